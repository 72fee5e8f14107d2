/*
 * The floor below the trace, on the host: a clock that the test turns, an interrupt flag, memory,
 * and a serial port that takes what the test lets it take. Included before the trace's source
 * files, it takes the place of the kernel's headers of the same guards.
 */
#ifndef TESTS_HOST_STUBS_TRACE_HOST_H
#define TESTS_HOST_STUBS_TRACE_HOST_H

#include "tests/host/hosttest.h"
#include "kernel/abi/types.h"

/* --- the library is the host's --- */
#define LIBC_STRING_H

/* --- kernel/x86/cpu.h --- */
#define KERNEL_X86_CPU_H
static struct {
	unsigned int khz;
} boot_cpu_data = {.khz = 1000000};
static bool host_irqs_off;
#define local_irq_save(flags)	   ((flags) = host_irqs_off, host_irqs_off = true)
#define local_irq_restore(flags)   (host_irqs_off = (flags))
#define irqs_disabled_flags(flags) (flags)
#define cpu_relax()		   ((void)0)

/* --- kernel/core/clock.h: every look at the clock takes a microsecond --- */
#define KERNEL_CORE_CLOCK_H
#define NSEC_PER_SEC 1000000000ULL
static u64 host_ns;
static u64 sched_clock(void)
{
	return host_ns += 1000;
}
#define rdtsc() sched_clock()

/* --- kernel/core/panic.h, printk.h --- */
#define KERNEL_CORE_PANIC_H
#define KERNEL_CORE_PRINTK_H
#define in_interrupt() false
#define pr_err(...)    ((void)(0 ? printf(__VA_ARGS__) : 0))
struct running_task {
	const char *comm;
	int pid;
	void *stack;
	bool need_resched;
};
static void (*running_task_hook)(struct running_task *task);

/* --- kernel/core/utsname.h --- */
#define KERNEL_CORE_UTSNAME_H
#define BUILD_ID_SIZE 20
static const void *build_id(void)
{
	return "a build id of 20 byt";
}

/* --- kernel/core/cmdline.h --- */
#define KERNEL_CORE_CMDLINE_H
static const char *host_trace_option; /* trace= */
static int cmdline_get(const char *name, char *value, size_t size)
{
	if (strcmp(name, "trace") || !host_trace_option)
		return -1;
	snprintf(value, size, "%s", host_trace_option);
	return 0;
}
static unsigned long cmdline_get_ulong(const char *name, unsigned long otherwise)
{
	return otherwise;
}

/* --- mm/phys/vmalloc.h --- */
#define MM_PHYS_VMALLOC_H
#define vmalloc(size) malloc(size)
#define vfree(p)      free(p)

/* --- kernel/drivers/serial.h --- */
#define KERNEL_DRIVERS_SERIAL_H
static bool host_listens; /* the port takes bytes */
static unsigned char host_port[1 << 20];
static size_t host_got;
static unsigned long host_asked; /* how often it was tried */
static bool serial_poll_begin(int line)
{
	return line == 1;
}
static int serial_poll_getc(int line)
{
	return -1;
}
static size_t serial_poll_send(int line, const char *buf, size_t n, unsigned int patience)
{
	host_asked++;
	host_ns += 1000 * patience / 100;
	if (!host_listens || host_got + n > sizeof(host_port))
		return 0;
	memcpy(host_port + host_got, buf, n);
	host_got += n;
	return n;
}

#endif
