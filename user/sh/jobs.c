/*
 * Jobs: the processes of one command line, their process group, and who has the terminal.
 *
 * wait_children() is the one place where children are reaped; whatever ended or stopped is noted
 * in the table, and those who wait look there.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
	REMEMBERED = 64
}; /* ended background jobs kept for wait */

struct proc {
	pid_t pid;
	int status;
	bool done, stopped;
};

struct job {
	int id; /* of %1; 0 while it has none */
	pid_t pgid;
	struct proc *procs;
	int n;
	char *text;
	bool background;
	bool plain;    /* stays in the shell's process group */
	bool reported; /* its present state was told to the user */
	struct job *next;
};

static struct job *jobs; /* the newest first: %+ is the first with a number */
static int loops;	 /* loops that the shell itself is in */
static pid_t keeper;	 /* see start_keeper() */

void jobs_init(void)
{
	int fd;

	sh.tty = -1;
	sh.monitor = false;
	if (!sh.interactive)
		return;
	fd = open("/dev/tty", O_RDWR);
	if (fd < 0)
		fd = dup(STDIN_FILENO);
	sh.tty = fd < 0 ? -1 : move_high(fd);
	if (sh.tty < 0 || tcgetpgrp(sh.tty) < 0) {
		warn("can't access tty; job control turned off");
		return;
	}
	while (tcgetpgrp(sh.tty) != getpgrp())
		kill(0, SIGTTIN);
	sh.monitor = true;
	signals_init();
	setpgid(0, 0);
	tcsetpgrp(sh.tty, getpgrp());
}

static void job_free(struct job *j)
{
	struct job **link = &jobs;

	while (*link && *link != j)
		link = &(*link)->next;
	if (*link)
		*link = j->next;
	free(j->procs);
	free(j->text);
	free(j);
}

void jobs_forget(void)
{
	while (jobs)
		job_free(jobs);
	keeper = 0;
	loops = 0;
}

static bool job_done(const struct job *j)
{
	for (int i = 0; i < j->n; i++) {
		if (!j->procs[i].done)
			return false;
	}
	return true;
}

static bool job_stopped(const struct job *j)
{
	bool stopped = false;

	for (int i = 0; i < j->n; i++) {
		if (!j->procs[i].done && !j->procs[i].stopped)
			return false;
		stopped |= j->procs[i].stopped;
	}
	return stopped;
}

static int last_status(const struct job *j)
{
	return j->n ? j->procs[j->n - 1].status : 0;
}

static void give_number(struct job *j)
{
	int id = 0;

	if (j->id)
		return;
	for (struct job *k = jobs; k; k = k->next) {
		if (k->id > id)
			id = k->id;
	}
	j->id = id + 1;
}

/* A script may start any number of jobs and never wait: only the newest are remembered. */
static void drop_old_jobs(void)
{
	struct job *oldest = NULL;
	int n = 0;

	for (struct job *j = jobs; j; j = j->next) {
		if (j->background && job_done(j)) {
			oldest = j;
			n++;
		}
	}
	if (n > REMEMBERED)
		job_free(oldest);
}

struct job *job_new(const char *text, bool background)
{
	struct job *j = xmalloc(sizeof(*j));

	drop_old_jobs();
	*j = (struct job){.text = xstrdup(text), .background = background, .next = jobs};
	jobs = j;
	return j;
}

struct job *job_new_quiet(void)
{
	struct job *j = job_new("", false);

	j->plain = true;
	return j;
}

static void no_input(void)
{
	int fd = open("/dev/null", O_RDONLY);

	if (fd > 0) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
}

static void enter_child(pid_t pgid, bool background, bool plain)
{
	bool monitor = sh.monitor && !plain;

	if (monitor) {
		setpgid(0, pgid);
		if (!background) /* SIGTTOU is still ignored */
			tcsetpgrp(sh.tty, getpgrp());
	}
	signals_child();
	traps_reset();
	jobs_forget();
	if (!monitor && background) {
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		no_input();
	}
}

/*
 * fork() with every signal blocked until the child has undone what the shell had set: a signal that
 * the shell ignores, SIGTERM say, would be lost if it came to the child before. A signal that comes
 * while it is blocked waits, even if it is ignored at that time (signal(7)).
 */
static pid_t fork_blocked(pid_t pgid, bool background, bool plain)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	pid = fork();
	if (pid == 0)
		enter_child(pgid, background, plain);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

/*
 * Between the end of one job and the start of the next the terminal belongs for a moment to a
 * process group without a living member, and a ^C that comes then reaches nobody. So the jobs of a
 * loop share one group, and its leader, the keeper, only waits: if ^C ends it, the loop ends.
 */
static void start_keeper(void)
{
	pid_t pid = fork_blocked(0, true, false);

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (pid < 0)
		return; /* the job that follows has a group of its own, then */
	setpgid(pid, pid);
	keeper = pid;
}

/* The keeper ended, or ^Z stopped it with the job: the next job gets another one. */
static void keeper_changed(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		got_interrupt = 1;
	if (WIFSTOPPED(status))
		kill(keeper, SIGKILL);
	keeper = 0;
}

void jobs_enter_loop(void)
{
	loops++;
}

void jobs_leave_loop(void)
{
	if (--loops == 0 && keeper) {
		kill(keeper, SIGKILL);
		keeper = 0;
	}
}

pid_t job_fork(struct job *j)
{
	pid_t pid;

	out_flush();
	if (sh.monitor && loops && !j->plain && !j->background && !j->pgid) {
		if (!keeper)
			start_keeper();
		j->pgid = keeper;
	}
	pid = fork_blocked(j->pgid, j->background, j->plain);
	if (pid < 0)
		warn("can't fork: %s", strerror(errno));
	if (pid <= 0)
		return pid;
	if (!j->pgid)
		j->pgid = pid;
	if (sh.monitor && !j->plain)
		setpgid(pid, j->pgid); /* the child does it, too: whoever comes first */
	j->procs = xrealloc(j->procs, (j->n + 1) * sizeof(*j->procs));
	j->procs[j->n++] = (struct proc){.pid = pid};
	return pid;
}

static void note_status(pid_t pid, int status)
{
	for (struct job *j = jobs; j; j = j->next) {
		for (int i = 0; i < j->n; i++) {
			struct proc *p = &j->procs[i];

			if (p->pid != pid || p->done)
				continue;
			p->stopped = WIFSTOPPED(status);
			p->done = !p->stopped;
			p->status = status;
			j->reported = false;
			return;
		}
	}
}

/* Children that cannot be waited for any more have ended somehow. */
static void note_all_gone(void)
{
	for (struct job *j = jobs; j; j = j->next) {
		for (int i = 0; i < j->n; i++)
			j->procs[i].done = true;
	}
}

/* Reap one child. False: none changed (or a signal came, when blocking). */
static bool wait_children(bool block)
{
	int status;
	pid_t pid = waitpid(-1, &status, (sh.monitor ? WUNTRACED : 0) | (block ? 0 : WNOHANG));

	if (pid > 0 && pid == keeper)
		keeper_changed(status);
	else if (pid > 0)
		note_status(pid, status);
	else if (pid < 0 && errno == ECHILD)
		note_all_gone();
	return pid > 0;
}

int wait_status(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return 128 + (WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
}

void job_report_signal(int status)
{
	const char *what;
	int sig;

	if (!WIFSIGNALED(status))
		return;
	sig = WTERMSIG(status);
	if (sig == SIGPIPE)
		return;
	if (sig == SIGINT) {
		if (sh.interactive)
			write_all(STDERR_FILENO, "\n", 1);
		return;
	}
	what = strsignal(sig);
	write_all(STDERR_FILENO, what, strlen(what));
	write_all(STDERR_FILENO, WCOREDUMP(status) ? " (core dumped)\n" : "\n",
		  WCOREDUMP(status) ? 15 : 1);
}

static void print_job(const struct job *j, bool with_pids)
{
	char state[40];
	int status = last_status(j), code = wait_status(status);
	const char *mark = j == jobs ? "+" : " ";

	if (job_stopped(j))
		strcpy(state, "Stopped");
	else if (!job_done(j))
		strcpy(state, "Running");
	else if (WIFSIGNALED(status))
		strncpy(state, strsignal(WTERMSIG(status)), sizeof(state) - 1)[39] = '\0';
	else if (code == 0)
		strcpy(state, "Done");
	else
		strcpy(state, "Done()");
	out("[%d]%s  ", j->id, mark);
	if (with_pids)
		out("%d ", (int)j->pgid);
	if (strcmp(state, "Done()") == 0)
		out("Done(%d)%*s ", code, code < 10 ? 16 : code < 100 ? 15 : 14, "");
	else
		out("%-23s ", state);
	out("%s%s\n", j->text, j->background && !job_done(j) && !job_stopped(j) ? " &" : "");
}

void jobs_notify(void)
{
	struct job *next;

	while (wait_children(false))
		;
	for (struct job *j = jobs; j; j = next) {
		next = j->next;
		if (!j->id || j->reported)
			continue;
		if (job_done(j) || job_stopped(j))
			print_job(j, false);
		j->reported = true;
		if (job_done(j))
			job_free(j);
	}
	out_flush();
}

/* Has a ^C ended any of its processes? The last one may have been through already. */
static bool was_interrupted(const struct job *j)
{
	for (int i = 0; i < j->n; i++) {
		if (WIFSIGNALED(j->procs[i].status) && WTERMSIG(j->procs[i].status) == SIGINT)
			return true;
	}
	return false;
}

static int job_ended(struct job *j)
{
	int status = last_status(j), code = wait_status(status);

	if (job_stopped(j)) {
		give_number(j);
		j->background = true;
		write_all(STDOUT_FILENO, "\n", 1);
		print_job(j, false);
		out_flush();
		j->reported = true;
		return 128 + SIGTSTP;
	}
	if (!j->plain && WIFSIGNALED(status))
		job_report_signal(status);
	if (!j->plain && sh.interactive && was_interrupted(j))
		got_interrupt = 1;
	job_free(j);
	return code;
}

/* Sleep until a child changes; false if a ^C, or with `traps` a signal with an action, came first.
 */
static bool wait_interruptible(bool traps)
{
	sigset_t all, old;
	bool changed;

	errno = 0;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	while (!(changed = wait_children(false)) && errno != ECHILD && !got_interrupt &&
	       !(traps && pending_trap()))
		sigsuspend(&old);
	changed |= errno == ECHILD;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return changed;
}

/* A ^C that came to the shell because the job did not have the terminal yet, or to the keeper, was
   meant for the job. */
static void wait_foreground(struct job *j)
{
	bool interrupted = false;

	while (!job_done(j) && !job_stopped(j)) {
		if (got_interrupt) {
			got_interrupt = 0;
			interrupted = true;
			kill(-j->pgid, SIGINT);
		}
		wait_interruptible(false);
	}
	tcsetpgrp(sh.tty, getpgrp());
	while (keeper && wait_children(false))
		;
	if (interrupted)
		got_interrupt = 1;
}

int job_wait(struct job *j)
{
	bool terminal = sh.monitor && !j->plain;
	struct termios modes;
	bool have_modes = terminal && tcgetattr(sh.tty, &modes) == 0;

	j->background = false;
	if (terminal)
		wait_foreground(j);
	while (!job_done(j) && !job_stopped(j))
		wait_children(true);
	if (have_modes && (job_stopped(j) || WIFSIGNALED(last_status(j))))
		tcsetattr(sh.tty, TCSADRAIN, &modes);
	return job_ended(j);
}

void job_background(struct job *j)
{
	sh.last_async = j->n ? j->procs[j->n - 1].pid : 0;
	sh.have_async = j->n > 0;
	if (!j->n) {
		job_free(j);
		return;
	}
	give_number(j);
	j->reported = true;
	if (sh.monitor) {
		out("[%d] %d\n", j->id, (int)sh.last_async);
		out_flush();
	}
}

/* ---- builtins ---- */

static struct job *find_job(const char *spec)
{
	struct job *previous = NULL;
	long n;

	if (!spec || strcmp(spec, "%%") == 0 || strcmp(spec, "%+") == 0 || strcmp(spec, "%") == 0) {
		for (struct job *j = jobs; j; j = j->next) {
			if (j->id)
				return j;
		}
		return NULL;
	}
	if (strcmp(spec, "%-") == 0) {
		for (struct job *j = jobs; j; j = j->next) {
			if (j->id && previous)
				return j;
			if (j->id)
				previous = j;
		}
		return previous;
	}
	for (struct job *j = jobs; j; j = j->next) {
		if (spec[0] == '%' && parse_number(spec + 1, &n) ? j->id && j->id == n
		    : spec[0] == '%' ? j->id && strncmp(j->text, spec + 1, strlen(spec + 1)) == 0
				     : false)
			return j;
		for (int i = 0; spec[0] != '%' && parse_number(spec, &n) && i < j->n; i++) {
			if (j->procs[i].pid == n)
				return j;
		}
	}
	return NULL;
}

int job_pgid(const char *spec, pid_t *pgid)
{
	struct job *j = find_job(spec);

	if (!j) {
		warn("%s: no such job", spec);
		return -1;
	}
	*pgid = sh.monitor ? -j->pgid : j->pgid;
	return 0;
}

static void forget_stop(struct job *j)
{
	for (int i = 0; i < j->n; i++)
		j->procs[i].stopped = false;
}

void job_continued(const char *spec)
{
	struct job *j = find_job(spec);

	if (j)
		forget_stop(j);
}

static void list_jobs(struct job *j, bool pids, bool only_pids)
{
	if (!j)
		return;
	list_jobs(j->next, pids, only_pids); /* the oldest first */
	if (!j->id)
		return;
	if (only_pids)
		out("%d\n", (int)j->pgid);
	else
		print_job(j, pids);
	j->reported = true;
}

int builtin_jobs(char **argv)
{
	bool pids = argv[1] && strcmp(argv[1], "-l") == 0;
	bool only_pids = argv[1] && strcmp(argv[1], "-p") == 0;
	struct job *next;

	if (argv[1] && !pids && !only_pids)
		return usage_error("jobs", "[-l | -p]");
	while (wait_children(false))
		;
	list_jobs(jobs, pids, only_pids);
	for (struct job *j = jobs; j; j = next) {
		next = j->next;
		if (j->id && job_done(j) && j->reported)
			job_free(j);
	}
	return 0;
}

static struct job *job_to_continue(char **argv)
{
	struct job *j = find_job(argv[1]);

	if (!sh.monitor) {
		warn("%s: no job control in this shell", argv[0]);
		return NULL;
	}
	if (!j) {
		warn("%s: %s: no such job", argv[0], argv[1] ? argv[1] : "current");
		return NULL;
	}
	forget_stop(j);
	return j;
}

int builtin_fg(char **argv)
{
	struct job *j = job_to_continue(argv);

	if (!j)
		return 1;
	out("%s\n", j->text);
	out_flush();
	tcsetpgrp(sh.tty, j->pgid);
	kill(-j->pgid, SIGCONT);
	return job_wait(j);
}

int builtin_bg(char **argv)
{
	struct job *j = job_to_continue(argv);

	if (!j)
		return 1;
	j->background = true;
	out("[%d] %s &\n", j->id, j->text);
	kill(-j->pgid, SIGCONT);
	return 0;
}

/* Wait for one job, or (NULL) for all in the background. False: interrupted. */
static bool wait_until_done(struct job *j)
{
	for (;;) {
		bool busy = false;

		for (struct job *k = j ? j : jobs; k; k = j ? NULL : k->next)
			busy |= !job_done(k) && !job_stopped(k);
		if (!busy)
			return true;
		if (!wait_interruptible(true))
			return false;
	}
}

static int interrupted_status(void)
{
	int sig = pending_trap();

	return 128 + (sig ? sig : SIGINT);
}

int builtin_wait(char **argv)
{
	int status = 0;

	if (!argv[1]) {
		struct job *next;

		if (!wait_until_done(NULL))
			return interrupted_status();
		for (struct job *j = jobs; j; j = next) {
			next = j->next;
			if (job_done(j) && !sh.monitor)
				job_free(j);
		}
		return 0;
	}
	for (argv++; *argv; argv++) {
		struct job *j = find_job(*argv);

		if (!j) {
			status = 127;
			continue;
		}
		if (!wait_until_done(j))
			return interrupted_status();
		status = wait_status(last_status(j));
		if (job_done(j)) {
			job_report_signal(last_status(j));
			job_free(j);
		}
	}
	return status;
}
