/* Scheduling. */
#include <sched.h>
#include <string.h>
#include "libc/internal/syscall.h"

int sched_yield(void)
{
	return sys0(SYS_sched_yield);
}

/* The kernel answers how many bytes of the set it wrote. */
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	long r = raw3(SYS_sched_getaffinity, pid, size, set);

	if (r < 0)
		return __syscall_ret(r);
	memset((char *)set + r, 0, size - r);
	return 0;
}

int __cpu_count(const cpu_set_t *set)
{
	int cpu, n = 0;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		n += CPU_ISSET(cpu, set);
	return n;
}
