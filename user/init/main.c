/*
 * init: the first process. It mounts what every system has, starts the shell on the console (and
 * again, when it ends), reaps the orphans, and switches the machine off.
 *
 * With mapix.exec=DEVICE on the kernel's command line it runs one command instead, which stands
 * on that device, and reports its status: scripts/mapix exec works so.
 */
#include "user/init/init.h"
#include <sys/reboot.h>
#include <time.h>

enum {
	PATIENCE = 20,	  /* tenths of a second for processes to end on SIGTERM, or on SIGKILL */
	RESPAWN_DELAY = 1 /* seconds, when the shell ends at once */
};

volatile sig_atomic_t shutdown_command;

static void on_signal(int sig)
{
	if (sig == SIGUSR2)
		shutdown_command = RB_POWER_OFF;
	else if (sig == SIGTERM || sig == SIGINT) /* SIGINT: Ctrl-Alt-Del */
		shutdown_command = RB_AUTOBOOT;
	else if (sig == SIGUSR1)
		shutdown_command = RB_HALT_SYSTEM;
}

static void catch_signals(void)
{
	static const int signals[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGCHLD};
	struct sigaction sa;
	sigset_t all;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL); /* they come in sigsuspend() only */
}

void release_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- what every system has ---- */

static void set_hostname(void)
{
	char name[HOST_NAME_MAX + 1];

	if (read_file("/etc/hostname", name, sizeof(name)) <= 0)
		return;
	name[strcspn(name, "\n")] = '\0';
	if (*name && sethostname(name, strlen(name)) < 0)
		complain_errno("sethostname");
}

static void set_up(void)
{
	mount_what_every_system_has();
	set_hostname();
	setenv("HOME", "/root", 1);
	setenv("PATH", "/bin:/sbin:/usr/bin", 1);
	setenv("TERM", "linux", 0);
}

/* ---- the end ---- */

_Noreturn void stop_machine(int command)
{
	sync();
	reboot(command);
	complain("the machine can be switched off now (%s)", strerror(errno));
	for (;;)
		pause();
}

/* Reap until there are no children any more, for a while. Whether there are none. */
static bool reap_all(void)
{
	const struct timespec pause = {.tv_nsec = 1000000000 / 100};

	for (int i = 0; i < PATIENCE * 10; i++) {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* All others end; whose parents end become children of this one. */
void kill_processes(void)
{
	kill(-1, SIGKILL);
	reap_all();
}

/* The same, but at first they are asked to. */
void end_processes(void)
{
	kill(-1, SIGTERM);
	kill(-1, SIGHUP); /* interactive shells ignore SIGTERM */
	kill(-1, SIGCONT);
	if (!reap_all())
		kill_processes();
}

/* ---- children ---- */

/* A new session that has the console as its controlling terminal. */
pid_t start(void (*run)(char **argv), char **argv)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	setsid();
	ioctl(STDIN_FILENO, TIOCSCTTY, 1);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	release_signals();
	if (chdir("/") < 0)
		complain_errno("/");
	run(argv);
	_exit(NOT_FOUND);
}

/* Reap until PID ends (its wait status) or the machine is to stop (-1). */
int wait_for(pid_t pid)
{
	sigset_t none;
	int status;

	sigemptyset(&none);
	for (;;) {
		pid_t ended;

		while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
			if (ended == pid)
				return status;
		}
		if (shutdown_command)
			return -1;
		sigsuspend(&none);
	}
}

/* ---- shells ---- */

/* Where a disk is mounted for it, the shell starts in /home: what is written there is kept. */
static void go_home(void)
{
	struct stat dir, root;

	if (stat("/home", &dir) < 0 || stat("/", &root) < 0 || dir.st_dev == root.st_dev)
		return;
	if (setenv("HOME", "/home", 1) < 0 || chdir("/home") < 0)
		complain_errno("/home");
}

/* root's shell, as a login shell: its own name begins with a hyphen. */
static void run_shell(char **argv)
{
	char shell[PATH_MAX] = "/bin/sh", name[PATH_MAX];

	go_home();
	lookup_colon_file("/etc/passwd", 0, "root", 6, shell, sizeof(shell));
	snprintf(name, sizeof(name), "-%s", last_part(shell));
	execl(shell, name, (char *)NULL);
	complain_errno(shell);
}

static void complain_about(const char *what, int err)
{
	complain("%s: %s", what, strerror(err));
}

_Noreturn static void run_shells(void)
{
	for (;;) {
		time_t started = time(NULL);
		pid_t pid;

		measure_terminal();
		pid = start(run_shell, NULL);

		if (pid < 0)
			complain_errno("fork");
		if ((pid > 0 && wait_for(pid) == -1) || shutdown_command) {
			end_processes();
			unmount_all(complain_about);
			stop_machine(shutdown_command);
		}
		if (pid < 0 || time(NULL) - started < RESPAWN_DELAY)
			sleep(RESPAWN_DELAY);
	}
}

/* The Nth of the words "NAMEvalue" (N: from 0) on the kernel's command line; false: there is none.
 */
bool boot_option(const char *name, int n, char *value, size_t size)
{
	char line[4096], *word, *rest = line;

	if (read_file("/proc/cmdline", line, sizeof(line)) <= 0)
		return false;
	while ((word = strsep(&rest, " \n"))) {
		if (strncmp(word, name, strlen(name)) == 0 && n-- == 0) {
			snprintf(value, size, "%s", word + strlen(name));
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	char device[PATH_MAX];

	if (getpid() != 1) {
		complain("this is the first process's program");
		return 1;
	}
	catch_signals();
	set_up();
	if (boot_option("mapix.exec=", 0, device, sizeof(device)))
		exec_mode(device);
	mount_fstab(false);
	reboot(RB_DISABLE_CAD); /* it is a signal now */
	run_shells();
}
