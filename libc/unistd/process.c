/* Processes: making them, their groups and sessions. */
#include <sched.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

pid_t fork(void)
{
	return sys0(SYS_fork);
}

pid_t getpid(void)
{
	return raw0(SYS_getpid);
}

pid_t getppid(void)
{
	return raw0(SYS_getppid);
}

pid_t gettid(void)
{
	return raw0(SYS_gettid);
}

pid_t getpgrp(void)
{
	return raw0(SYS_getpgrp);
}

int setpgid(pid_t pid, pid_t pgrp)
{
	return sys2(SYS_setpgid, pid, pgrp);
}

pid_t setsid(void)
{
	return sys0(SYS_setsid);
}
