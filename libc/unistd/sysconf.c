/* Limits that a program can ask for at run time. */
#include <limits.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

#define DEFAULT_CLK_TCK 100
/* Linux fs/exec.c: arguments may take a quarter of the stack limit, at least ARG_MAX. */
#define ARG_SHARE	4

int getpagesize(void)
{
	return getauxval(AT_PAGESZ);
}

int get_nprocs(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);
}

int get_nprocs_conf(void)
{
	return get_nprocs();
}

static long pages(unsigned long units, unsigned long unit_size)
{
	return (unsigned long long)units * unit_size / getpagesize();
}

long get_phys_pages(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? -1 : pages(info.totalram, info.mem_unit);
}

long get_avphys_pages(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 ? -1 : pages(info.freeram, info.mem_unit);
}

/* A limit, or -1 (without an error) where there is none. */
static long limit(int resource, unsigned int share)
{
	struct rlimit lim;

	if (getrlimit(resource, &lim) < 0)
		return -1;
	return lim.rlim_cur / share > LONG_MAX ? -1 : (long)(lim.rlim_cur / share);
}

static long arg_max(void)
{
	long max = limit(RLIMIT_STACK, ARG_SHARE);

	return max >= 0 && max < ARG_MAX ? ARG_MAX : max;
}

static long clock_ticks(void)
{
	long ticks = getauxval(AT_CLKTCK);

	return ticks ? ticks : DEFAULT_CLK_TCK;
}

long sysconf(int name)
{
	switch (name) {
	case _SC_ARG_MAX:
		return arg_max();
	case _SC_CHILD_MAX:
		return limit(RLIMIT_NPROC, 1);
	case _SC_OPEN_MAX:
		return limit(RLIMIT_NOFILE, 1);
	case _SC_CLK_TCK:
		return clock_ticks();
	case _SC_PAGESIZE:
		return getpagesize();
	case _SC_NPROCESSORS_CONF:
		return get_nprocs_conf();
	case _SC_NPROCESSORS_ONLN:
		return get_nprocs();
	case _SC_PHYS_PAGES:
		return get_phys_pages();
	case _SC_AVPHYS_PAGES:
		return get_avphys_pages();
	case _SC_NGROUPS_MAX:
		return NGROUPS_MAX;
	case _SC_LINE_MAX:
		return LINE_MAX;
	case _SC_IOV_MAX:
		return IOV_MAX;
	case _SC_HOST_NAME_MAX:
		return HOST_NAME_MAX;
	case _SC_JOB_CONTROL:
		return _POSIX_JOB_CONTROL;
	case _SC_SAVED_IDS:
		return _POSIX_SAVED_IDS;
	case _SC_VERSION:
		return _POSIX_VERSION;
	default:
		errno = EINVAL;
		return -1;
	}
}
