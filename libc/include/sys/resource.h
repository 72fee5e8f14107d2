/* Limits and usage of resources; limits are 64-bit here and go through prlimit64. */
#ifndef LIBC_SYS_RESOURCE_H
#define LIBC_SYS_RESOURCE_H

#include <sys/types.h>
#include <sys/time.h>

#define rusage	 __uapi_rusage
#define rlimit	 __uapi_rlimit
#define rlimit64 __uapi_rlimit64
#include <linux/resource.h>
#undef rusage
#undef rlimit
#undef rlimit64

typedef unsigned long long rlim_t;

#define RLIMIT_NLIMITS RLIM_NLIMITS

#undef RLIM_INFINITY
#define RLIM_INFINITY  (~0ULL)
#define RLIM_SAVED_CUR RLIM_INFINITY
#define RLIM_SAVED_MAX RLIM_INFINITY

struct rlimit {
	rlim_t rlim_cur;
	rlim_t rlim_max;
};
#define rlimit64 rlimit
typedef rlim_t rlim64_t;

struct rusage {
	struct timeval ru_utime;
	struct timeval ru_stime;
	long ru_maxrss;
	long ru_ixrss;
	long ru_idrss;
	long ru_isrss;
	long ru_minflt;
	long ru_majflt;
	long ru_nswap;
	long ru_inblock;
	long ru_oublock;
	long ru_msgsnd;
	long ru_msgrcv;
	long ru_nsignals;
	long ru_nvcsw;
	long ru_nivcsw;
};

int getrlimit(int resource, struct rlimit *lim);
int setrlimit(int resource, const struct rlimit *lim);
int prlimit(pid_t pid, int resource, const struct rlimit *lim, struct rlimit *old);
int getrusage(int who, struct rusage *ru);

#endif
