/*
 * Signals: the actions of trap, and what the shell itself does with ^C and its kin.
 *
 * A handler only notes that its signal came; the action runs between two commands.
 */
#include "user/sh/sh.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum {
	SIGNALS = 65,
	EXIT_TRAP = 0
};

static char *actions[SIGNALS]; /* NULL: none; "": ignore */
static volatile sig_atomic_t came[SIGNALS];
static volatile sig_atomic_t any_came;
static bool ignored_at_start[SIGNALS];
static bool in_trap;
volatile sig_atomic_t got_interrupt;

static const char *const names[] = {
	"EXIT", "HUP",	"INT",	"QUIT", "ILL",	  "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
	"SEGV", "USR2", "PIPE", "ALRM", "TERM",	  "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
	"TTOU", "URG",	"XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
};

enum {
	NAMED = sizeof(names) / sizeof(names[0])
};

const char *signal_name(int sig)
{
	return sig >= 0 && sig < NAMED ? names[sig] : NULL;
}

int signal_number(const char *name)
{
	long n;

	if (parse_number(name, &n))
		return n >= 0 && n < SIGNALS ? n : -1;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 0; i < NAMED; i++) {
		if (strcasecmp(name, names[i]) == 0)
			return i;
	}
	return -1;
}

static void on_signal(int sig)
{
	came[sig] = 1;
	any_came = 1;
}

static void on_interrupt(int sig)
{
	if (actions[sig])
		on_signal(sig);
	else
		got_interrupt = 1;
}

static void on_child(int sig)
{
	/* being there is enough: it wakes sigsuspend() */
}

static void handle(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = fn;
	sa.sa_flags = flags;
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

static bool job_signal(int sig)
{
	return sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* What happens on SIG follows from its action and the kind of shell. */
static void set_disposition(int sig)
{
	if (sig == SIGCHLD)
		handle(sig, actions[sig] && *actions[sig] ? on_signal : on_child, SA_RESTART);
	else if (actions[sig] && !*actions[sig])
		handle(sig, SIG_IGN, 0);
	else if (sig == SIGINT && sh.interactive)
		handle(sig, on_interrupt, 0);
	else if (actions[sig])
		handle(sig, on_signal, 0);
	else if (sh.interactive && (sig == SIGTERM || sig == SIGQUIT))
		handle(sig, SIG_IGN, 0);
	else if (sh.monitor && job_signal(sig))
		handle(sig, SIG_IGN, 0);
	else
		handle(sig, SIG_DFL, 0);
}

void signals_init(void)
{
	set_disposition(SIGCHLD);
	if (sh.interactive) {
		set_disposition(SIGINT);
		set_disposition(SIGTERM);
		set_disposition(SIGQUIT);
	}
	if (sh.monitor) {
		set_disposition(SIGTSTP);
		set_disposition(SIGTTIN);
		set_disposition(SIGTTOU);
	}
}

void signals_child(void)
{
	bool interactive = sh.interactive, monitor = sh.monitor;

	sh.interactive = sh.monitor = false;
	if (interactive) {
		set_disposition(SIGINT);
		set_disposition(SIGTERM);
		set_disposition(SIGQUIT);
	}
	if (monitor) {
		set_disposition(SIGTSTP);
		set_disposition(SIGTTIN);
		set_disposition(SIGTTOU);
	}
	/* a ^C that came after the fork was meant for the child */
	if (got_interrupt)
		raise(SIGINT);
	got_interrupt = 0;
}

void traps_reset(void)
{
	for (int i = 0; i < SIGNALS; i++) {
		came[i] = 0;
		if (!actions[i] || !*actions[i])
			continue;
		free(actions[i]);
		actions[i] = NULL;
		if (i != EXIT_TRAP)
			set_disposition(i);
	}
	any_came = 0;
	in_trap = false;
}

bool have_traps(void)
{
	for (int i = 0; i < SIGNALS; i++) {
		if (actions[i] && *actions[i])
			return true;
	}
	return false;
}

int pending_trap(void)
{
	for (int i = 1; any_came && i < SIGNALS; i++) {
		if (came[i] && actions[i])
			return i;
	}
	return 0;
}

static void run_action(int sig)
{
	char *action = xstrdup(actions[sig]);
	int status = sh.status;

	in_trap = true;
	run_string(action, 0);
	in_trap = false;
	if (sh.unwind != U_EXIT)
		sh.status = status;
	free(action);
}

bool run_traps(void)
{
	int sig;
	bool ran = false;

	while (any_came && !in_trap && !sh.unwind && (sig = pending_trap())) {
		came[sig] = 0;
		run_action(sig);
		ran = true;
	}
	if (!pending_trap())
		any_came = 0;
	return ran;
}

void run_exit_trap(void)
{
	if (!actions[EXIT_TRAP] || !*actions[EXIT_TRAP])
		return;
	sh.unwind = U_NONE;
	run_action(EXIT_TRAP);
	free(actions[EXIT_TRAP]);
	actions[EXIT_TRAP] = NULL;
}

void check_interrupt(void)
{
	if (!got_interrupt)
		return;
	got_interrupt = 0;
	if (!sh.unwind) {
		sh.unwind = U_INTERRUPT;
		sh.status = 128 + SIGINT;
	}
}

static void print_traps(void)
{
	for (int i = 0; i < SIGNALS; i++) {
		if (!actions[i])
			continue;
		out("trap -- '");
		for (const char *s = actions[i]; *s; s++) {
			if (*s == '\'')
				out("'\\''");
			else
				out_write(s, 1);
		}
		if (i < NAMED)
			out("' %s\n", names[i]);
		else
			out("' %d\n", i);
	}
}

/* A signal that was ignored when a script's shell started stays so. */
static bool was_ignored(int sig)
{
	static bool asked[SIGNALS];
	struct sigaction sa;

	if (!asked[sig] && sigaction(sig, NULL, &sa) == 0)
		ignored_at_start[sig] = sa.sa_handler == SIG_IGN && !actions[sig];
	asked[sig] = true;
	return ignored_at_start[sig] && !sh.interactive;
}

static void set_trap(int sig, const char *action)
{
	if (sig != EXIT_TRAP && was_ignored(sig))
		return;
	free(actions[sig]);
	actions[sig] = action ? xstrdup(action) : NULL;
	if (sig != EXIT_TRAP)
		set_disposition(sig);
}

int builtin_trap(char **argv)
{
	const char *action = NULL;
	int status = 0;
	long n;

	argv++;
	if (*argv && strcmp(*argv, "--") == 0)
		argv++;
	if (!*argv) {
		print_traps();
		return 0;
	}
	if (argv[1] && !parse_number(*argv, &n)) {
		action = strcmp(*argv, "-") == 0 ? NULL : *argv;
		argv++;
	}
	for (; *argv; argv++) {
		int sig = signal_number(*argv);

		if (sig < 0) {
			warn("trap: %s: invalid signal specification", *argv);
			status = 1;
		} else {
			set_trap(sig, action);
		}
	}
	return status;
}
