/*
 * Hardware interrupts through the two 8259 controllers: the second one is connected to line 2 of
 * the first. The BIOS assigns them vectors that collide with exceptions, so they are moved to 0x20.
 */
#include "kernel/irq/irq.h"
#include "kernel/core/printk.h"
#include "kernel/core/random.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ptrace.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include "libc/include/string.h"

#define PIC1_COMMAND  0x20
#define PIC1_DATA     0x21
#define PIC2_COMMAND  0xa0
#define PIC2_DATA     0xa1
#define CASCADE_LINE  2
#define LINES_PER_PIC 8

#define ICW1_INIT_ICW4 0x11
#define ICW4_8086      0x01
#define OCW2_EOI       0x20 /* the highest one in service */
#define OCW3_READ_ISR  0x0b

struct irqaction {
	irq_handler_t handler;
	const char *name;
	void *dev_id;
	struct irqaction *next;
};

static struct irqaction *actions[NR_IRQS];
static u64 counts[NR_IRQS];
static u16 masked = 0xffff; /* masked lines */
static struct pt_regs *irq_regs;

static void write_masks(void)
{
	outb(masked & 0xff, PIC1_DATA);
	outb(masked >> LINES_PER_PIC, PIC2_DATA);
}

void init_IRQ(void)
{
	outb(ICW1_INIT_ICW4, PIC1_COMMAND);
	outb(ICW1_INIT_ICW4, PIC2_COMMAND);
	io_delay();
	outb(FIRST_EXTERNAL_VECTOR, PIC1_DATA);
	outb(FIRST_EXTERNAL_VECTOR + LINES_PER_PIC, PIC2_DATA);
	io_delay();
	outb(1 << CASCADE_LINE, PIC1_DATA);
	outb(CASCADE_LINE, PIC2_DATA);
	io_delay();
	outb(ICW4_8086, PIC1_DATA);
	outb(ICW4_8086, PIC2_DATA);
	io_delay();
	masked = (u16) ~(1 << CASCADE_LINE);
	write_masks();
}

int request_irq(int irq, irq_handler_t handler, const char *name, void *dev_id)
{
	struct irqaction *action, **p;
	unsigned long flags;

	if (irq < 0 || irq >= NR_IRQS || irq == CASCADE_LINE || !handler)
		return -EINVAL;
	action = kmalloc(sizeof(*action), GFP_KERNEL);
	if (!action)
		return -ENOMEM;
	*action = (struct irqaction){handler, name, dev_id, NULL};
	local_irq_save(flags);
	for (p = &actions[irq]; *p; p = &(*p)->next)
		;
	*p = action;
	masked &= ~(1 << irq);
	write_masks();
	local_irq_restore(flags);
	return 0;
}

void free_irq(int irq, void *dev_id)
{
	struct irqaction *action, **p;
	unsigned long flags;

	local_irq_save(flags);
	for (p = &actions[irq]; *p && (*p)->dev_id != dev_id; p = &(*p)->next)
		;
	action = *p;
	if (action)
		*p = action->next;
	if (!actions[irq]) {
		masked |= 1 << irq;
		write_masks();
	}
	local_irq_restore(flags);
	kfree(action);
}

struct pt_regs *get_irq_regs(void)
{
	return irq_regs;
}

/* The controllers report a signal that vanished as their last line; it must not be acknowledged. */
static bool is_spurious(int irq)
{
	u16 port = irq < LINES_PER_PIC ? PIC1_COMMAND : PIC2_COMMAND;

	if (irq % LINES_PER_PIC != LINES_PER_PIC - 1)
		return false;
	outb(OCW3_READ_ISR, port);
	if (inb(port) >> (irq % LINES_PER_PIC) & 1)
		return false;
	if (irq >= LINES_PER_PIC)
		outb(OCW2_EOI, PIC1_COMMAND);
	return true;
}

/* Interrupts stay off throughout. */
void do_IRQ(struct pt_regs *regs)
{
	int irq = ~regs->orig_ax;
	struct pt_regs *old_regs = irq_regs;
	struct irqaction *action;

	if (is_spurious(irq))
		return;
	irq_nesting++;
	irq_regs = regs;
	counts[irq]++;
	for (action = actions[irq]; action; action = action->next)
		action->handler(irq, action->dev_id);
	add_interrupt_randomness(irq);
	if (irq >= LINES_PER_PIC)
		outb(OCW2_EOI, PIC2_COMMAND);
	outb(OCW2_EOI, PIC1_COMMAND);
	irq_regs = old_regs;
	irq_nesting--;
}

u64 irq_count(int irq)
{
	return counts[irq];
}

u64 irq_count_total(void)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < NR_IRQS; i++)
		sum += counts[i];
	return sum;
}

void irq_names(int irq, char *buf, size_t size)
{
	const struct irqaction *action;

	buf[0] = '\0';
	for (action = actions[irq]; action; action = action->next) {
		if (buf[0])
			strlcat(buf, ", ", size);
		strlcat(buf, action->name, size);
	}
}
