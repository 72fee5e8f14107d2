/*
 * One command instead of a shell: it stands on a disk of its own, and its status goes to the
 * kernel's log.
 */
#include "user/init/init.h"
#include <sys/reboot.h>
#include <termios.h>

static const char exec_magic[] = "MAPIXEXEC2\n";

enum {
	EXEC_MAX = 1 << 20, /* bytes of arguments */
	KIND_SIZE = 16,	    /* of "terminal", "pipe", "null" */
	ESCAPE = 0xff,	    /* in what comes for a pipe: before itself, or before 0, the end */
	NOT_EXECUTABLE = 126,
	KILLED = 128
};

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
static void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *fmt, ...)
{
	FILE *f = fopen("/dev/kmsg", "w");
	va_list ap;

	if (!f)
		return;
	fprintf(f, "mapix-exec: ");
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fclose(f);
}

/* What the caller outside is to say besides. */
static void warn(const char *what, int err)
{
	char text[PATH_MAX + 64];

	snprintf(text, sizeof(text), "warning %s: %s", what, strerror(err));
	tell("%s", text);
}

_Noreturn void exec_mode(const char *device)
{
	char kind[KIND_SIZE] = "";
	char **argv = read_request(device, kind);
	int code = NOT_FOUND, status;
	pid_t pid;

	mount_fstab(true);
	link_disks();
	mount_first_disk(warn);
	use_swap_disk(warn);
	make_raw(strcmp(kind, "pipe") == 0);
	tell("start"); /* from here on the terminal takes what the caller types */
	command_stdin = open_stdin(kind);
	pid = argv ? start(run_command, argv) : -1;
	if (command_stdin >= 0)
		close(command_stdin);
	if (pid > 0) {
		status = wait_for(pid);
		code = WIFEXITED(status) ? WEXITSTATUS(status) : KILLED + WTERMSIG(status);
	}
	if (shutdown_command) { /* the command itself wanted it */
		code = 0;
		end_processes();
	} else {
		kill_processes(); /* what it left in the background */
	}
	tcdrain(STDOUT_FILENO);
	unmount_all(warn);
	tell("status %d", code);
	stop_machine(shutdown_command ? shutdown_command : RB_POWER_OFF);
}
