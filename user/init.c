/*
 * init: the first process. It mounts what every system has, starts the shell on the console (and
 * again, when it ends), reaps the orphans, and switches the machine off.
 *
 * With mapix.exec=DEVICE on the kernel's command line it runs one command instead, which stands
 * on that device, and reports its status: scripts/mapix exec works so.
 */
#define PROGRAM "init"
#define USAGE	"(run by the kernel as process 1)"
#include "user/proc.h"
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

static const char exec_option[] = "mapix.exec=";
static const char exec_magic[] = "MAPIXEXEC2\n";

enum {
	EXEC_MAX = 1 << 20, /* bytes of arguments */
	ANSWER_TENTHS = 10, /* of a second for a terminal to say how large it is */
	KIND_SIZE = 16,	    /* of "terminal", "pipe", "null" */
	ESCAPE = 0xff,	    /* in what comes for a pipe: before itself, or before 0, the end */
	NOT_FOUND = 127,
	NOT_EXECUTABLE = 126,
	KILLED = 128,
	PATIENCE = 20,	  /* tenths of a second for processes to end on SIGTERM */
	RESPAWN_DELAY = 1 /* seconds, when the shell ends at once */
};

static volatile sig_atomic_t shutdown_command; /* for reboot(); 0: none */

static void on_signal(int sig)
{
	if (sig == SIGUSR2)
		shutdown_command = RB_POWER_OFF;
	else if (sig == SIGTERM)
		shutdown_command = RB_AUTOBOOT;
	else if (sig == SIGUSR1)
		shutdown_command = RB_HALT_SYSTEM;
}

static void catch_signals(void)
{
	static const int signals[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD};
	struct sigaction sa;
	sigset_t all;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL); /* they come in sigsuspend() only */
}

static void release_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- what every system has ---- */

/* What everybody can fill, and no death frees: both together leave half of the memory. */
#define TMPFS_OPTIONS "mode=1777,size=25%"

static void mount_one(const char *type, const char *dir, const char *data)
{
	struct stat here, above;
	char parent[PATH_MAX];

	if (stat(dir, &here) < 0 && mkdir(dir, 0755) < 0) {
		complain_errno(dir);
		return;
	}
	snprintf(parent, sizeof(parent), "%s/..", dir);
	if (stat(dir, &here) == 0 && stat(parent, &above) == 0 && here.st_dev != above.st_dev)
		return; /* the kernel did it */
	if (mount(type, dir, type, 0, data) < 0 && errno != EBUSY)
		complain_errno(dir);
}

static void open_console(void)
{
	int fd;

	if (fcntl(STDIN_FILENO, F_GETFD) >= 0)
		return;
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	for (int i = 0; fd >= 0 && i <= STDERR_FILENO; i++) {
		if (fd != i)
			dup2(fd, i);
	}
	if (fd > STDERR_FILENO)
		close(fd);
}

/* The descriptors by name, for what wants to be given a file. */
static void link_descriptors(void)
{
	static const struct {
		const char *name, *target;
	} links[] = {{"/dev/fd", "/proc/self/fd"},
		     {"/dev/stdin", "/proc/self/fd/0"},
		     {"/dev/stdout", "/proc/self/fd/1"},
		     {"/dev/stderr", "/proc/self/fd/2"}};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (symlink(links[i].target, links[i].name) < 0 && errno != EEXIST)
			complain_errno(links[i].name);
	}
}

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
	mount_one("devtmpfs", "/dev", NULL);
	open_console();
	mount_one("tmpfs", "/dev/shm", TMPFS_OPTIONS);
	link_descriptors();
	mount_one("proc", "/proc", NULL);
	mount_one("sysfs", "/sys", NULL);
	mount_one("tmpfs", "/tmp", TMPFS_OPTIONS);
	set_hostname();
	setenv("HOME", "/root", 1);
	setenv("PATH", "/bin:/sbin:/usr/bin", 1);
	setenv("TERM", "linux", 0);
}

/* ---- the end ---- */

_Noreturn static void stop_machine(int command)
{
	sync();
	reboot(command);
	complain("the machine can be switched off now (%s)", strerror(errno));
	for (;;)
		pause();
}

static void end_processes(void)
{
	const struct timespec tenth = {.tv_nsec = 100000000};

	kill(-1, SIGTERM);
	kill(-1, SIGHUP); /* interactive shells ignore SIGTERM */
	kill(-1, SIGCONT);
	for (int i = 0; i < PATIENCE; i++) {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0) /* no children any more */
			return;
		nanosleep(&tenth, NULL);
	}
	kill(-1, SIGKILL);
}

/* ---- children ---- */

/* A new session that has the console as its controlling terminal. */
static pid_t start(void (*run)(char **argv), char **argv)
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
static int wait_for(pid_t pid)
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

/* ---- the size of the terminal ---- */

/* The report "ESC [ ROWS ; COLUMNS R" within N characters: where it begins, and its length and
 * size. NULL: there is none. */
static char *find_report(char *s, size_t n, int *length, struct winsize *ws)
{
	unsigned rows, columns;

	for (size_t i = 0; i + 1 < n; i++) {
		*length = 0;
		if (sscanf(s + i, "\033[%u;%uR%n", &rows, &columns, length) == 2 && *length > 0 &&
		    rows > 0 && rows <= USHRT_MAX && columns > 0 && columns <= USHRT_MAX) {
			ws->ws_row = rows;
			ws->ws_col = columns;
			return s + i;
		}
	}
	return NULL;
}

/* Sends the cursor to the last row and column, where the terminal stops it, and asks where it is.
 * Reads until the answer is there, or for a second nothing comes; the number of characters in BUF.
 */
static size_t ask_for_cursor(char *buf, size_t size)
{
	static const char question[] = "\0337\033[999;999H\033[6n\0338";
	size_t have = 0;
	ssize_t n = write(STDOUT_FILENO, question, sizeof(question) - 1);

	while (n > 0 && have < size - 1) {
		n = read(STDIN_FILENO, buf + have, 1);
		have += n > 0;
		if (n > 0 && buf[have - 1] == 'R')
			break;
	}
	buf[have] = '\0';
	return have;
}

/* A serial line does not say how large the terminal at its other end is, but the terminal does when
 * it is asked. Who does not answer once is not asked again. What has been typed meanwhile stays
 * typed. */
static void measure_terminal(void)
{
	static enum {
		UNKNOWN,
		ANSWERS,
		SILENT
	} terminal;
	struct winsize ws = {0};
	struct termios old, raw;
	char buf[256], *report;
	int length = 0;
	size_t n;

	if (terminal == SILENT || tcgetattr(STDIN_FILENO, &old) < 0 ||
	    ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) < 0 || (ws.ws_col && terminal != ANSWERS))
		return;
	raw = old;
	raw.c_lflag &= ~(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = ANSWER_TENTHS;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	n = ask_for_cursor(buf, sizeof(buf));
	tcsetattr(STDIN_FILENO, TCSANOW, &old);
	report = find_report(buf, n, &length, &ws);
	terminal = report ? ANSWERS : SILENT;
	if (report)
		ioctl(STDIN_FILENO, TIOCSWINSZ, &ws);
	for (char *s = buf; s < buf + n; s++) {
		if (!report || s < report || s >= report + length)
			ioctl(STDIN_FILENO, TIOCSTI, s);
	}
}

/* ---- shells ---- */

/* root's shell, as a login shell: its own name begins with a hyphen. */
static void run_shell(char **argv)
{
	char shell[PATH_MAX] = "/bin/sh", name[PATH_MAX];

	lookup_colon_file("/etc/passwd", 0, "root", 6, shell, sizeof(shell));
	snprintf(name, sizeof(name), "-%s", last_part(shell));
	execl(shell, name, (char *)NULL);
	complain_errno(shell);
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
			stop_machine(shutdown_command);
		}
		if (pid < 0 || time(NULL) - started < RESPAWN_DELAY)
			sleep(RESPAWN_DELAY);
	}
}

/* ---- one command ---- */

/* The device named on the kernel's command line, or NULL. */
static char *exec_device(void)
{
	static char line[4096];
	char *word, *rest = line;

	if (read_file("/proc/cmdline", line, sizeof(line)) <= 0)
		return NULL;
	while ((word = strsep(&rest, " \n"))) {
		if (strncmp(word, exec_option, strlen(exec_option)) == 0)
			return word + strlen(exec_option);
	}
	return NULL;
}

/* The arguments on DEVICE, and what standard input is to be: the magic, "kind\n", "argc\n",
 * "bytes\n", then the arguments with their NULs. */
static char **read_request(const char *device, char kind[KIND_SIZE])
{
	FILE *f = fopen(device, "r");
	char magic[sizeof(exec_magic)];
	char **argv = NULL, *text = NULL;
	int argc = 0, n = 0;
	size_t bytes = 0;

	if (!f) {
		complain_errno(device);
		return NULL;
	}
	if (fgets(magic, sizeof(magic), f) && strcmp(magic, exec_magic) == 0 &&
	    fscanf(f, "%15s %d %zu", kind, &argc, &bytes) == 3 && getc(f) == '\n' && argc > 0 &&
	    (size_t)argc <= bytes && bytes <= EXEC_MAX) {
		text = allocate(NULL, bytes);
		argv = allocate(NULL, (argc + 1) * sizeof(*argv));
	}
	if (text && fread(text, 1, bytes, f) == bytes && text[bytes - 1] == '\0') {
		for (char *s = text; s < text + bytes && n < argc; s += strlen(s) + 1)
			argv[n++] = s;
	}
	fclose(f);
	if (n == 0 || n < argc) {
		complain("%s: no command there", device);
		return NULL;
	}
	argv[n] = NULL;
	return argv;
}

/* What the command prints is to arrive as it is, and nothing else; piped: and what it reads. */
static void make_raw(bool piped)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &t) < 0)
		return;
	t.c_oflag &= ~OPOST;
	t.c_lflag &= ~(ECHO | ECHONL | ISIG);
	if (piped) {
		t.c_iflag = 0;
		t.c_lflag &= ~(ICANON | IEXTEN);
		t.c_cc[VMIN] = 1;
		t.c_cc[VTIME] = 0;
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static void write_whole(int fd, const unsigned char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0)
			_exit(1);
		data += n;
		size -= n;
	}
}

/* Hands on to FD what comes at the terminal, until the end comes or nobody reads. */
_Noreturn static void fill_pipe(int fd)
{
	unsigned char in[1024], out[sizeof(in)];
	bool escaped = false;
	ssize_t n;

	signal(SIGPIPE, SIG_DFL);
	release_signals();
	while ((n = read(STDIN_FILENO, in, sizeof(in))) > 0) {
		size_t have = 0;

		for (ssize_t i = 0; i < n; i++) {
			if (!escaped && in[i] == ESCAPE) {
				escaped = true;
				continue;
			}
			if (escaped && in[i] != ESCAPE) {
				write_whole(fd, out, have);
				_exit(0);
			}
			escaped = false;
			out[have++] = in[i];
		}
		write_whole(fd, out, have);
	}
	_exit(0);
}

/* The command's standard input, as a descriptor: a pipe that a process of its own fills, or
 * /dev/null. -1: the terminal, or what was wanted cannot be had. */
static int open_stdin(const char *kind)
{
	int fds[2];
	pid_t pid;

	if (strcmp(kind, "null") == 0)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (strcmp(kind, "pipe") != 0 || pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		fill_pipe(fds[1]);
	}
	close(fds[1]);
	if (pid < 0)
		complain_errno("fork");
	return fds[0];
}

/* The environment stands in a fixed order: it lies on the stack, and what lies below it depends on
 * it. */
static char *exec_environment[] = {"PATH=/sbin:/bin:/usr/sbin:/usr/bin", "HOME=/root", "TERM=linux",
				   NULL};

static int command_stdin = -1; /* -1: the terminal */

static void run_command(char **argv)
{
	if (command_stdin >= 0)
		dup2(command_stdin, STDIN_FILENO);
	environ = exec_environment;
	execvp(argv[0], argv);
	if (errno != ENOENT && errno != ENOTDIR) {
		complain_errno(argv[0]);
		_exit(NOT_EXECUTABLE);
	}
	complain("%s: not found", argv[0]);
}

/* A line in the kernel's log, where the caller outside looks for it. */
static void tell(const char *what, int value)
{
	FILE *f = fopen("/dev/kmsg", "w");

	if (!f)
		return;
	fprintf(f, "mapix-exec: %s %d\n", what, value);
	fclose(f);
}

_Noreturn static void exec_mode(const char *device)
{
	char kind[KIND_SIZE] = "";
	char **argv = read_request(device, kind);
	int code = NOT_FOUND, status;
	pid_t pid;

	make_raw(strcmp(kind, "pipe") == 0);
	tell("start", getpid()); /* from here on the terminal takes what the caller types */
	command_stdin = open_stdin(kind);
	pid = argv ? start(run_command, argv) : -1;
	if (command_stdin >= 0)
		close(command_stdin);
	if (pid > 0) {
		status = wait_for(pid);
		code = WIFEXITED(status) ? WEXITSTATUS(status) : KILLED + WTERMSIG(status);
		kill(-1, SIGKILL); /* what it left in the background */
	}
	if (shutdown_command) /* the command itself wanted it */
		code = 0;
	tcdrain(STDOUT_FILENO);
	tell("status", code);
	stop_machine(shutdown_command ? shutdown_command : RB_POWER_OFF);
}

int main(int argc, char **argv)
{
	char *device;

	if (getpid() != 1) {
		complain("this is the first process's program");
		return 1;
	}
	catch_signals();
	set_up();
	device = exec_device();
	if (device)
		exec_mode(device);
	run_shells();
}
