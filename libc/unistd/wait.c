/* Waiting for children. */
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "libc/internal/rusage.h"
#include "libc/internal/syscall.h"

pid_t wait4(pid_t pid, int *status, int options, struct rusage *ru)
{
	struct __uapi_rusage k;
	long r = raw4(SYS_wait4, pid, status, options, ru ? &k : NULL);

	if (r > 0 && ru)
		__rusage_from_kernel(ru, &k);
	return __syscall_ret(r);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}
