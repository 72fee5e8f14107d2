/* Texts of the signals, worded as in glibc. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define UNKNOWN_SIZE 40

struct description {
	const char *name;
	const char *text;
};

#define S(name, text) [SIG##name] = {#name, text}

static const struct description signals[] = {
	S(HUP, "Hangup"),
	S(INT, "Interrupt"),
	S(QUIT, "Quit"),
	S(ILL, "Illegal instruction"),
	S(TRAP, "Trace/breakpoint trap"),
	S(ABRT, "Aborted"),
	S(BUS, "Bus error"),
	S(FPE, "Floating point exception"),
	S(KILL, "Killed"),
	S(USR1, "User defined signal 1"),
	S(SEGV, "Segmentation fault"),
	S(USR2, "User defined signal 2"),
	S(PIPE, "Broken pipe"),
	S(ALRM, "Alarm clock"),
	S(TERM, "Terminated"),
	S(STKFLT, "Stack fault"),
	S(CHLD, "Child exited"),
	S(CONT, "Continued"),
	S(STOP, "Stopped (signal)"),
	S(TSTP, "Stopped"),
	S(TTIN, "Stopped (tty input)"),
	S(TTOU, "Stopped (tty output)"),
	S(URG, "Urgent I/O condition"),
	S(XCPU, "CPU time limit exceeded"),
	S(XFSZ, "File size limit exceeded"),
	S(VTALRM, "Virtual timer expired"),
	S(PROF, "Profiling timer expired"),
	S(WINCH, "Window changed"),
	S(IO, "I/O possible"),
	S(PWR, "Power failure"),
	S(SYS, "Bad system call"),
};

#define SIGNALS ((int)(sizeof(signals) / sizeof(signals[0])))

/* The result is good until the next call for a signal without a text. */
char *strsignal(int sig)
{
	static char other[UNKNOWN_SIZE];

	if (sig > 0 && sig < SIGNALS)
		return (char *)signals[sig].text;
	if (sig >= SIGRTMIN && sig <= SIGRTMAX)
		snprintf(other, sizeof(other), "Real-time signal %d", sig - SIGRTMIN);
	else
		snprintf(other, sizeof(other), "Unknown signal %d", sig);
	return other;
}

/* "HUP", "INT" and so on; NULL for the others. */
const char *sigabbrev_np(int sig)
{
	return sig > 0 && sig < SIGNALS ? signals[sig].name : NULL;
}
