/*
 * /proc/cpuinfo: what CPUID says of the processor.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/x86/cpu.h"
#include "libc/include/stdio.h"

#define NR_FLAGS 32
#define KHZ	 1000

static void show_flags(struct seq_file *m, u32 word, const char *const *names)
{
	for (unsigned int i = 0; i < NR_FLAGS; i++) {
		if (word >> i & 1 && names[i])
			seq_printf(m, " %s", names[i]);
	}
}

int cpuinfo_proc_show(struct seq_file *m, void *v)
{
	const struct cpuinfo_x86 *c = &boot_cpu_data;
	const char *fpu = cpu_has(X86_FEATURE_FPU) ? "yes" : "no";
	/* Two rounds of the delay loop for each tick of the time stamp counter. */
	unsigned long bogo = 2 * (c->khz / (KHZ / 100));

	seq_printf(m, "processor\t: 0\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n",
		   c->vendor, c->family, c->model);
	seq_printf(m, "model name\t: %s\nstepping\t: %u\ncpu MHz\t\t: %u.%03u\n", c->model_name,
		   c->stepping, c->khz / KHZ, c->khz % KHZ);
	seq_puts(m, "physical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n");
	seq_printf(m, "fpu\t\t: %s\nfpu_exception\t: %s\ncpuid level\t: %u\n", fpu, fpu,
		   c->cpuid_level);
	seq_puts(m, "wp\t\t: yes\nflags\t\t:");
	show_flags(m, c->features, x86_cap_flags);
	show_flags(m, c->features_ext, x86_cap_flags_ext);
	show_flags(m, c->features_ecx, x86_cap_flags_ecx);
	seq_printf(m, "\nbogomips\t: %lu.%02lu\n\n", bogo / 100, bogo % 100);
	return 0;
}
