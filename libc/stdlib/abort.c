/* The abnormal end of a program: SIGABRT, whatever the program has set for it. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void abort(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGABRT);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(SIGABRT);
	/* A handler returned, or the signal is ignored. */
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	_exit(127);
}
