/*
 * The interrupt descriptor table: which entry of entry.asm serves which vector.
 */
#include "kernel/x86/cpu.h"
#include "kernel/x86/desc.h"
#include "kernel/irq/irq.h"
#include "kernel/x86/entry/traps.h"
#include "kernel/x86/extable.h"

#define NR_VECTORS     256
#define NR_EXCEPTIONS  20
#define IRQ_ENTRY_SIZE 16
#define KERNEL_DPL     0
#define USER_DPL       3

extern void entry_INT80(void);
extern void (*const exception_entries[NR_EXCEPTIONS])(void);
extern char irq_entries_start[];

static struct gate_desc idt_table[NR_VECTORS] __attribute__((aligned(8)));

/* Vector n: handler with privilege dpl. */
static void set_gate(unsigned int n, unsigned int type, void (*handler)(void), unsigned int dpl)
{
	u32 addr = (u32)handler;

	idt_table[n] = (struct gate_desc){.offset_low = addr & 0xffff,
					  .segment = __KERNEL_CS,
					  .type = type,
					  .dpl = dpl,
					  .p = 1,
					  .offset_high = addr >> 16};
}

/* Vector n switches to the task of a TSS selector. */
static void set_task_gate(unsigned int n, u16 selector)
{
	idt_table[n] = (struct gate_desc){.segment = selector, .type = GATE_TASK, .p = 1};
}

void trap_init(void)
{
	struct desc_ptr idtr = {sizeof(idt_table) - 1, (u32)idt_table};
	unsigned int i;

	sort_extable();
	for (i = 0; i < NR_EXCEPTIONS; i++) {
		/* `int3` and `into` are instructions that programs may use. */
		unsigned int dpl = i == X86_TRAP_BP || i == X86_TRAP_OF ? USER_DPL : KERNEL_DPL;

		if (exception_entries[i])
			set_gate(i, GATE_INTERRUPT, exception_entries[i], dpl);
	}
	set_task_gate(X86_TRAP_DF, GDT_ENTRY_DOUBLEFAULT_TSS * 8);
	for (i = 0; i < NR_IRQS; i++)
		set_gate(FIRST_EXTERNAL_VECTOR + i, GATE_INTERRUPT,
			 (void (*)(void))(irq_entries_start + i * IRQ_ENTRY_SIZE), KERNEL_DPL);
	set_gate(IA32_SYSCALL_VECTOR, GATE_TRAP, entry_INT80, USER_DPL);
	gdt_init();
	lidt(&idtr);
}
