/*
 * /proc/stat: where the processor's time went, and how often things happened; /proc/interrupts,
 * which of the interrupt lines are used.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/irq/irq.h"
#include "libc/include/stdio.h"

#define IRQ_NAMES_SIZE 80

static void show_cpu(struct seq_file *m, const char *name)
{
	const struct kernel_cpustat *c = &kcpustat;

	/* Waiting for input, interrupts and guests are not told apart here. */
	seq_printf(m, "%s %llu %llu %llu %llu 0 0 0 0 0 0\n", name, ns_to_ticks(c->user_ns),
		   ns_to_ticks(c->nice_ns), ns_to_ticks(c->system_ns), ns_to_ticks(c->idle_ns));
}

static unsigned long boot_time(void)
{
	return (unsigned long)div_u64(ktime_get_real_ns() - ktime_get_ns(), NSEC_PER_SEC);
}

int stat_proc_show(struct seq_file *m, void *v)
{
	show_cpu(m, "cpu ");
	show_cpu(m, "cpu0");
	seq_printf(m, "intr %llu", irq_count_total());
	for (int irq = 0; irq < NR_IRQS; irq++)
		seq_printf(m, " %llu", irq_count(irq));
	seq_printf(m, "\nctxt %llu\nbtime %lu\nprocesses %lu\n", nr_context_switches(), boot_time(),
		   total_forks);
	seq_printf(m, "procs_running %lu\nprocs_blocked %lu\n", nr_running(), nr_uninterruptible());
	return 0;
}

int interrupts_proc_show(struct seq_file *m, void *v)
{
	char names[IRQ_NAMES_SIZE];

	seq_puts(m, "           CPU0       \n");
	for (int irq = 0; irq < NR_IRQS; irq++) {
		irq_names(irq, names, sizeof(names));
		if (*names)
			seq_printf(m, "%3d: %10llu    XT-PIC      %s\n", irq, irq_count(irq),
				   names);
	}
	return 0;
}
