/* Sending signals. */
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

int kill(pid_t pid, int sig)
{
	return sys2(SYS_kill, pid, sig);
}

int tgkill(pid_t tgid, pid_t tid, int sig)
{
	return sys3(SYS_tgkill, tgid, tid, sig);
}

int raise(int sig)
{
	return tgkill(getpid(), gettid(), sig);
}
