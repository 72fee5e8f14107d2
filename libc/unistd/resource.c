/* Limits, usage and priorities. */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "libc/internal/rusage.h"
#include "libc/internal/syscall.h"

_Static_assert(sizeof(struct rlimit) == sizeof(struct __uapi_rlimit64), "the kernel's rlimit64");

int prlimit(pid_t pid, int resource, const struct rlimit *lim, struct rlimit *old)
{
	return sys4(SYS_prlimit64, pid, resource, lim, old);
}

int getrlimit(int resource, struct rlimit *lim)
{
	return prlimit(0, resource, NULL, lim);
}

int setrlimit(int resource, const struct rlimit *lim)
{
	return prlimit(0, resource, lim, NULL);
}

void __rusage_from_kernel(struct rusage *ru, const struct __uapi_rusage *k)
{
	memset(ru, 0, sizeof(*ru));
	ru->ru_utime.tv_sec = k->ru_utime.tv_sec;
	ru->ru_utime.tv_usec = k->ru_utime.tv_usec;
	ru->ru_stime.tv_sec = k->ru_stime.tv_sec;
	ru->ru_stime.tv_usec = k->ru_stime.tv_usec;
	/* From ru_maxrss on, both are the same row of longs. */
	memcpy(&ru->ru_maxrss, &k->ru_maxrss,
	       sizeof(*k) - offsetof(struct __uapi_rusage, ru_maxrss));
}

int getrusage(int who, struct rusage *ru)
{
	struct __uapi_rusage k;
	long r = raw2(SYS_getrusage, who, &k);

	if (r == 0)
		__rusage_from_kernel(ru, &k);
	return __syscall_ret(r);
}
