/*
 * Hardware interrupts: two 8259 controllers, lines 0-15 on vectors 0x20-0x2f. Lines may be shared.
 */
#ifndef KERNEL_IRQ_IRQ_H
#define KERNEL_IRQ_IRQ_H

#include "kernel/abi/types.h"
#include "kernel/x86/cpu.h"

struct pt_regs;

#define NR_IRQS		      16
#define FIRST_EXTERNAL_VECTOR 0x20
#define IA32_SYSCALL_VECTOR   0x80

typedef enum {
	IRQ_NONE,
	IRQ_HANDLED
} irqreturn_t;
/* Runs with interrupts off, on the stack of the interrupted task; must not sleep. */
typedef irqreturn_t (*irq_handler_t)(int irq, void *dev_id);

/* Register a handler for a line and unmask the line. dev_id distinguishes handlers that share a
   line. 0, -EINVAL or -ENOMEM. */
int request_irq(int irq, irq_handler_t handler, const char *name, void *dev_id);
/* Remove a handler; the line is masked with its last handler. */
void free_irq(int irq, void *dev_id);
/* The registers at the time of the interrupt that is being handled; NULL outside of handlers. */
struct pt_regs *get_irq_regs(void);
u64 irq_count(int irq); /* since boot */
/* The sum of irq_count() over all lines. */
u64 irq_count_total(void);
/* The names of a line's handlers, joined by ", ", for /proc/interrupts; "" if none. */
void irq_names(int irq, char *buf, size_t size);

/* Boot: set up both controllers, with the line of every device masked. */
void init_IRQ(void);
/* From entry.asm: an interrupt came; regs->orig_ax is the complement of its line. */
void do_IRQ(struct pt_regs *regs);

#endif
