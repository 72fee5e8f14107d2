/*
 * Jobs: the processes of a command line.
 *
 * What runs in the foreground stays in the shell's process group, which has the terminal: ^C
 * reaches both, so that a loop ends, too. Each job in the background has a group of its own, which
 * ^C does not reach. There is no ^Z here: /bin/sh has all of job control.
 */
#include "user/sh/sh.h"

#include <sys/wait.h>

enum {
	MOST = 32 /* processes of a job */
};

struct job {
	struct job *next; /* an older one */
	int id;		  /* of %1; 0: it is in the foreground */
	pid_t group;	  /* 0: the shell's */
	bool background;
	int n;
	struct process {
		pid_t pid;
		bool ended;
		int status; /* as waitpid() gives it */
	} processes[MOST];
	char source[];
};

volatile sig_atomic_t interrupted;

static struct job *jobs;

static void on_signal(int sig)
{
	if (sig == SIGINT)
		interrupted = 1;
}

static void set_signal(int sig, void (*handler)(int sig))
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigaction(sig, &sa, NULL);
}

void set_signals(void (*interrupt)(int sig), void (*others)(int sig))
{
	static const int ignored[] = {SIGQUIT, SIGTERM, SIGTTIN, SIGTTOU, SIGTSTP};

	set_signal(SIGINT, interrupt);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		set_signal(ignored[i], others);
}

void jobs_init(void)
{
	set_signal(SIGCHLD, on_signal);
	if (!sh.interactive)
		return;
	set_signals(on_signal, SIG_IGN);
	setpgid(0, 0);
	tcsetpgrp(STDIN_FILENO, getpgrp());
}

struct job *new_job(const char *source, bool background)
{
	struct job *j = allocate(sizeof(*j) + strlen(source) + 1);

	*j = (struct job){.next = jobs, .background = background};
	strcpy(j->source, source);
	return jobs = j;
}

static void free_job(struct job *j)
{
	struct job **link = &jobs;

	while (*link != j)
		link = &(*link)->next;
	*link = j->next;
	free(j);
}

/* ---- processes ---- */

/*
 * Signals are blocked until the child has undone what the shell had set: one that the shell ignores
 * would be lost if it came before. A signal that comes while it is blocked waits, even if it is
 * ignored at that time (signal(7)).
 */
pid_t job_fork(struct job *j)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = j->n < MOST ? fork() : -1;
	if (pid < 0)
		complain("can't fork: %s", strerror(errno));
	if (pid >= 0 && sh.interactive && j->background) {
		setpgid(pid, j->group); /* in both processes: whoever comes first */
		j->group = j->group ? j->group : pid;
	}
	if (pid > 0)
		j->processes[j->n++].pid = pid;
	if (pid == 0 && sh.interactive) {
		set_signals(SIG_DFL, SIG_DFL);
		set_signal(SIGTSTP, SIG_IGN); /* nobody would continue it */
	}
	if (pid == 0) {
		sh.interactive = false;
		jobs = NULL;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

/* Note a child that has ended; false: there is none. */
static bool reap(void)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	for (struct job *j = jobs; j && pid > 0; j = j->next) {
		for (int i = 0; i < j->n; i++) {
			if (j->processes[i].pid == pid)
				j->processes[i] = (struct process){pid, true, status};
		}
	}
	return pid > 0;
}

static bool running(struct job *j)
{
	for (int i = 0; i < j->n; i++) {
		if (!j->processes[i].ended)
			return true;
	}
	return false;
}

/* Its last process's, for $?, and the signal that ended it or 0. */
static int status_of(struct job *j, int *sig)
{
	int status = j->n ? j->processes[j->n - 1].status : 1 << 8;

	*sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return *sig ? 128 + *sig : WEXITSTATUS(status);
}

/* Sleep until the job has ended; false if a ^C came before. */
static bool wait_for(struct job *j)
{
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	while (running(j) && !interrupted) {
		if (!reap())
			sigsuspend(&old);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return !running(j);
}

int job_wait(struct job *j)
{
	bool ctrl_c = false;
	int status, sig;

	while (!wait_for(j)) {
		ctrl_c = true;
		interrupted = 0;
		for (int i = 0; i < j->n; i++) { /* it may have come to the shell alone */
			if (!j->processes[i].ended)
				kill(j->processes[i].pid, SIGINT);
		}
	}
	status = status_of(j, &sig);
	if (ctrl_c || (sh.interactive && sig == SIGINT))
		interrupted = 1;
	if (sig && sig != SIGINT && sig != SIGPIPE)
		fprintf(stderr, "%s\n", strsignal(sig));
	free_job(j);
	return status;
}

void job_started(struct job *j)
{
	int id = 0;

	if (j->n == 0) {
		free_job(j);
		return;
	}
	for (struct job *k = jobs; k; k = k->next)
		id = k->id > id ? k->id : id;
	j->id = id + 1;
	sh.last_async = j->processes[j->n - 1].pid;
	if (sh.interactive)
		fprintf(stderr, "[%d] %d\n", j->id, (int)sh.last_async);
}

/* From the oldest to the newest; what has ended is forgotten. */
static void print_jobs(struct job *j, bool all)
{
	const char *state = "Running";
	int sig;

	if (!j)
		return;
	print_jobs(j->next, all);
	if (!running(j)) {
		status_of(j, &sig);
		state = sig ? strsignal(sig) : "Done";
	}
	if (all || !running(j))
		printf("[%d]  %-12s %s\n", j->id, state, j->source);
	if (!running(j))
		free_job(j);
}

int do_jobs(char **args)
{
	while (reap())
		;
	print_jobs(jobs, args != NULL);
	fflush(stdout);
	return 0;
}

/* "%1", or the number of its last process; "%%": the newest. */
static struct job *find_job(const char *name)
{
	int n = atoi(name + (*name == '%'));

	for (struct job *j = jobs; j; j = j->next) {
		if (*name == '%' ? j->id && (n == 0 || n == j->id)
				 : n && n == j->processes[j->n - 1].pid)
			return j;
	}
	return NULL;
}

int do_wait(char **args)
{
	int status = 0, sig;

	for (struct job *j = jobs; j && !args[1]; j = j->next) {
		if (!wait_for(j))
			return 128 + SIGINT;
	}
	while (args[1] && *++args) {
		struct job *j = find_job(*args);

		if (j && !wait_for(j))
			return 128 + SIGINT;
		status = j ? status_of(j, &sig) : 127;
	}
	return status;
}

/* kill [-SIGNAL] PID or %JOB... */
int do_kill(char **args)
{
	int sig = SIGTERM, status = 0;

	if (args[1] && args[1][0] == '-') {
		const char *name = *++args + 1;

		name += strncmp(name, "SIG", 3) == 0 ? 3 : 0;
		sig = isdigit((unsigned char)*name) ? atoi(name) : -1;
		for (int i = 1; i < NSIG; i++) {
			if (sigabbrev_np(i) && strcmp(sigabbrev_np(i), name) == 0)
				sig = i;
		}
	}
	while (*++args) {
		struct job *j = **args == '%' ? find_job(*args) : NULL;
		pid_t pid = !j ? atoi(*args) : j->group ? -j->group : j->processes[0].pid;

		errno = ESRCH;
		if (pid == 0 || kill(pid, sig) < 0) {
			complain("kill: %s: %s", *args, strerror(errno));
			status = 1;
		}
	}
	return status;
}
