/*
 * Ways to stop the machine.
 */
#include "kernel/core/panic.h"
#include "kernel/x86/cpu.h"

#define QEMU_PM1A_CONTROL  0x604 /* of QEMU's ACPI power management; BOCHS_PM1A older ones' */
#define BOCHS_PM1A_CONTROL 0xb004
#define PM1_SLP_EN_S5	   0x2000

#define KBD_COMMAND	0x64
#define KBD_STATUS_FULL 0x02
#define KBD_PULSE_RESET 0xfe
#define RESET_CONTROL	0xcf9
#define RESET_FULL	0x0e
#define RESET_HARD	0x02
#define KBD_TRIES	10000

void machine_halt(void)
{
	local_irq_disable();
	for (;;)
		halt();
}

void machine_power_off(void)
{
	local_irq_disable();
	outw(PM1_SLP_EN_S5, QEMU_PM1A_CONTROL);
	outw(PM1_SLP_EN_S5, BOCHS_PM1A_CONTROL);
	machine_halt();
}

void machine_restart(void)
{
	static const struct desc_ptr no_idt;
	int i;

	local_irq_disable();
	for (i = 0; i < KBD_TRIES && (inb(KBD_COMMAND) & KBD_STATUS_FULL); i++)
		io_delay();
	outb(KBD_PULSE_RESET, KBD_COMMAND);
	for (i = 0; i < KBD_TRIES; i++)
		io_delay();
	outb(RESET_HARD, RESET_CONTROL);
	outb(RESET_FULL, RESET_CONTROL);
	/* Last resort: without an IDT the next exception resets the processor. */
	lidt(&no_idt);
	raise_breakpoint();
	machine_halt();
}
