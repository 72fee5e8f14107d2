/*
 * kill [-SIGNAL | -s SIGNAL] PID ...: send a signal. kill -l: the names of the signals.
 */
#define PROGRAM "kill"
#define USAGE	"[-SIGNAL | -s SIGNAL | -l [NUMBER]] PID ..."
#include "user/common.h"
#include <signal.h>
#include <strings.h>

static const char *const names[] = {
	NULL,	"HUP",	"INT",	"QUIT", "ILL",	  "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
	"SEGV", "USR2", "PIPE", "ALRM", "TERM",	  "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
	"TTOU", "URG",	"XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "POLL", "PWR",  "SYS",
};

enum {
	NAMES = sizeof(names) / sizeof(names[0]),
	SIGNALS = 65
};

static int signal_number(const char *s)
{
	long n;

	if (parse_long(s, &n))
		return n >= 0 && n < SIGNALS ? n : -1;
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	for (int i = 1; i < NAMES; i++) {
		if (strcasecmp(s, names[i]) == 0)
			return i;
	}
	return strcasecmp(s, "IO") == 0 ? SIGIO : -1;
}

static int list(char **argv)
{
	for (int i = 1; !*argv && i < NAMES; i++)
		printf("%2d) SIG%-8s%s", i, names[i], i % 5 && i + 1 < NAMES ? " " : "\n");
	for (; *argv; argv++) {
		int sig = signal_number(*argv);
		long n;

		if (parse_long(*argv, &n) && n > 128)
			sig = n - 128;
		if (sig < 1 || sig >= NAMES) {
			complain("%s: unknown signal", *argv);
			return 1;
		}
		if (parse_long(*argv, &n))
			puts(names[sig]);
		else
			printf("%d\n", sig);
	}
	return finish(0);
}

int main(int argc, char **argv)
{
	int sig = SIGTERM, status = 0;

	argv++;
	if (*argv && strcmp(*argv, "-l") == 0)
		return list(argv + 1);
	if (*argv && strcmp(*argv, "-s") == 0 && argv[1]) {
		sig = signal_number(argv[1]);
		argv += 2;
	} else if (*argv && argv[0][0] == '-' && argv[0][1] && strcmp(*argv, "--") != 0) {
		sig = signal_number(*argv + 1);
		argv++;
	}
	if (sig < 0) {
		complain("unknown signal: %s", argv[-1]);
		return 1;
	}
	if (*argv && strcmp(*argv, "--") == 0)
		argv++;
	if (!*argv)
		usage(1);
	for (; *argv; argv++) {
		long pid;

		if (!parse_long(*argv, &pid)) {
			complain("%s: not a process id", *argv);
			status = 1;
		} else if (kill(pid, sig) < 0) {
			complain_errno(*argv);
			status = 1;
		}
	}
	return status;
}
