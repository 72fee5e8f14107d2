/*
 * Terminals: the line discipline, termios, job control, hang-up. All cases use /dev/tty1, which
 * nobody else has open; characters are typed by TIOCSTI.
 */
#include "check.h"
#include <asm/termbits.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <time.h>

#define TTY "/dev/tty1"

/* <termios.h> and the kernel's structure don't go together. */
static struct termios get(int fd)
{
	struct termios t;

	CHECK(ioctl(fd, TCGETS, &t) == 0);
	return t;
}

static void set(int fd, const struct termios *t)
{
	CHECK(ioctl(fd, TCSETS, t) == 0);
}

static void type(int fd, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		CHECK(ioctl(fd, TIOCSTI, s + i) == 0);
}
#define TYPE(fd, s) type(fd, s, sizeof(s) - 1)

/* What a read of up to `size` bytes gives must be `s`. */
static void check_read(int fd, size_t size, const char *s, size_t n, int line)
{
	char buf[8192];
	ssize_t got = read(fd, buf, size);

	if (got != (ssize_t)n || memcmp(buf, s, n))
		CHECK_FAIL("line %d: read gave %zd bytes (errno %d): \"%.*s\"", line, got, errno,
			   got > 0 ? (int)got : 0, buf);
}
#define READS(fd, size, s) check_read(fd, size, s, sizeof(s) - 1, __LINE__)

static void no_input(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	CHECK_EQ(poll(&p, 1, 0), 0);
}

/* Run fn(fd) as the leader of a new session that has the terminal. */
static void session(void (*fn)(int fd))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		int fd;

		alarm(CHECK_SECONDS / 2);
		CHECK(setsid() > 0);
		fd = open(TTY, O_RDWR);
		if (fd < 0)
			CHECK_FAIL("open %s: errno %d", TTY, errno);
		fn(fd);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

static void set_raw(int fd, int min, int time)
{
	struct termios t = get(fd);

	t.c_lflag &= ~(ICANON | ECHO);
	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = time;
	set(fd, &t);
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- settings ---- */

static void defaults(int fd)
{
	struct termios t = get(fd);
	struct winsize ws;

	CHECK_EQ(t.c_iflag & ~0x4000, ICRNL | IXON); /* IUTF8 is a matter of taste */
	CHECK_EQ(t.c_oflag, OPOST | ONLCR);
	CHECK_EQ(t.c_cflag, B38400 | CS8 | CREAD | HUPCL);
	CHECK_EQ(t.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
	CHECK_EQ(t.c_cc[VINTR], 3);
	CHECK_EQ(t.c_cc[VERASE], 127);
	CHECK_EQ(t.c_cc[VMIN], 1);
	CHECK_EQ(t.c_cc[VTIME], 0);
	CHECK_EQ(t.c_cc[VEOL], 0);
	CHECK(ioctl(fd, TIOCGWINSZ, &ws) == 0);
	CHECK_EQ(ws.ws_row, 25);
	CHECK_EQ(ws.ws_col, 80);
}
TEST(default_settings)
{
	session(defaults);
}

static void all_forms(int fd)
{
	struct termios t = get(fd);
	struct termios2 t2;

	CHECK(ioctl(fd, TCGETS2, &t2) == 0);
	CHECK_EQ(t2.c_ospeed, 38400);
	CHECK_EQ(t2.c_ispeed, 38400);
	CHECK_EQ(t2.c_lflag, t.c_lflag);
	t2.c_cc[VINTR] = 1;
	CHECK(ioctl(fd, TCSETS2, &t2) == 0);
	CHECK_EQ(get(fd).c_cc[VINTR], 1);
	t.c_cflag = (t.c_cflag & ~CBAUD) | B115200;
	CHECK(ioctl(fd, TCSETSW, &t) == 0);
	CHECK(ioctl(fd, TCGETS2, &t2) == 0);
	CHECK_EQ(t2.c_ospeed, 38400); /* a screen has no speed to be set */
	CHECK_EQ(t2.c_cc[VINTR], 3);
}
TEST(termios_forms)
{
	session(all_forms);
}

static volatile int winch;
static void on_winch(int sig)
{
	winch++;
}
/* A line of which we may be in the foreground. Nobody minds another size for a moment. */
TEST(window_size)
{
	int fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_NONBLOCK);
	struct winsize old, ws;
	pid_t pgrp;

	if (fd < 0 || ioctl(fd, TIOCGPGRP, &pgrp) || pgrp != getpgrp())
		SKIP("not in the foreground of /dev/ttyS0");
	signal(SIGWINCH, on_winch);
	CHECK(ioctl(fd, TIOCGWINSZ, &old) == 0);
	CHECK(ioctl(fd, TIOCSWINSZ, &old) == 0);
	CHECK_EQ(winch, 0);
	ws = old;
	ws.ws_row++;
	CHECK(ioctl(fd, TIOCSWINSZ, &ws) == 0);
	CHECK_EQ(winch, 1);
	CHECK(ioctl(fd, TIOCGWINSZ, &ws) == 0);
	CHECK_EQ(ws.ws_row, old.ws_row + 1);
	CHECK(ioctl(fd, TIOCSWINSZ, &old) == 0);
	CHECK_EQ(winch, 2);
}

TEST(ioctl_errors)
{
	int fd = open(TTY, O_RDWR | O_NOCTTY), null = open("/dev/null", O_RDWR);
	struct termios t;

	CHECK(fd >= 0 && null >= 0);
	CHECK_ERRNO(ioctl(null, TCGETS, &t), ENOTTY);
	CHECK_ERRNO(ioctl(fd, TCGETS, (void *)1), EFAULT);
	CHECK_ERRNO(ioctl(fd, TCSETS, (void *)1), EFAULT);
	CHECK_ERRNO(ioctl(fd, 0x54ff, 0), ENOTTY);
	CHECK_ERRNO(ioctl(fd, TCFLSH, 3), EINVAL);
	CHECK_ERRNO(ioctl(fd, TIOCGPGRP, &t), ENOTTY);
	CHECK_ERRNO(ioctl(fd, TIOCGSID, &t), ENOTTY);
	CHECK_ERRNO(lseek(fd, 0, SEEK_SET), ESPIPE);
}

/* ---- canonical input ---- */

static void lines(int fd)
{
	int n;

	no_input(fd);
	TYPE(fd, "abc");
	no_input(fd);
	TYPE(fd, "\x7f"
		 "d\n");
	CHECK(ioctl(fd, FIONREAD, &n) == 0);
	CHECK_EQ(n, 4);
	READS(fd, 100, "abd\n");
	TYPE(fd, "one two three");
	TYPE(fd, "\027\027"
		 "2\n");
	READS(fd, 100, "one 2\n");
	TYPE(fd, "forget\025it\n");
	READS(fd, 100, "it\n");
	TYPE(fd, "\x7f\x7f"
		 "x\n");
	READS(fd, 100, "x\n");
	TYPE(fd, "a\026\003"
		 "b\026\n\n");
	READS(fd, 100, "a\003b\n\n");
	no_input(fd);
}
TEST(line_editing)
{
	session(lines);
}

static void pieces(int fd)
{
	TYPE(fd, "first\nsecond\n");
	READS(fd, 2, "fi");
	READS(fd, 100, "rst\n");
	READS(fd, 100, "second\n");
}
TEST(read_in_pieces)
{
	session(pieces);
}

static void end_of_file(int fd)
{
	TYPE(fd, "\004");
	READS(fd, 100, "");
	TYPE(fd, "ab\004");
	READS(fd, 100, "ab");
	TYPE(fd, "ab\004cd\n");
	READS(fd, 2, "ab"); /* takes the mark with it */
	READS(fd, 100, "cd\n");
	TYPE(fd, "\004\004x\n");
	READS(fd, 100, "");
	READS(fd, 100, "");
	READS(fd, 100, "x\n");
}
TEST(end_of_file)
{
	session(end_of_file);
}

static void mapping(int fd)
{
	struct termios t = get(fd);

	TYPE(fd, "a\r");
	READS(fd, 100, "a\n");
	t.c_iflag = (t.c_iflag & ~ICRNL) | IGNCR;
	set(fd, &t);
	TYPE(fd, "b\rc\n");
	READS(fd, 100, "bc\n");
	t.c_iflag = INLCR;
	t.c_cc[VEOL] = '!';
	set(fd, &t);
	TYPE(fd, "d\ne!");
	READS(fd, 100, "d\re!");
	t.c_iflag = IUCLC | ISTRIP;
	set(fd, &t);
	TYPE(fd, "ABC\xe1!");
	READS(fd, 100, "abca!");
}
TEST(input_mapping)
{
	session(mapping);
}

static void long_line(int fd)
{
	static char line[5000];

	memset(line, 'x', sizeof(line));
	type(fd, line, sizeof(line));
	no_input(fd);
	TYPE(fd, "\n");
	CHECK_EQ(read(fd, line, sizeof(line)), 4096);
	CHECK_EQ(line[4095], '\n');
	no_input(fd);
}
TEST(line_longer_than_the_buffer)
{
	session(long_line);
}

static void switch_mode(int fd)
{
	struct termios canonical = get(fd);

	TYPE(fd, "half");
	set_raw(fd, 1, 0);
	READS(fd, 100, "half");
	TYPE(fd, "rest");
	set(fd, &canonical);
	READS(fd, 100, "rest");
	no_input(fd);
}
TEST(switch_canonical)
{
	session(switch_mode);
}

static void flushing(int fd)
{
	struct termios t = get(fd);

	TYPE(fd, "gone\n");
	CHECK(ioctl(fd, TCFLSH, 0) == 0);
	no_input(fd);
	TYPE(fd, "gone too\n");
	CHECK(ioctl(fd, TCSETSF, &t) == 0);
	no_input(fd);
	TYPE(fd, "x\n");
	CHECK(ioctl(fd, TCFLSH, 1) == 0);
	READS(fd, 100, "x\n");
}
TEST(flush)
{
	session(flushing);
}

/* ---- other ways of reading ---- */

static void raw_limits(int fd)
{
	long start;

	set_raw(fd, 0, 0);
	READS(fd, 100, "");
	TYPE(fd, "ab");
	READS(fd, 1, "a");
	READS(fd, 100, "b");
	set_raw(fd, 0, 2);
	start = milliseconds();
	READS(fd, 100, "");
	CHECK(milliseconds() - start >= 190 && milliseconds() - start < 2000);
	set_raw(fd, 3, 0);
	TYPE(fd, "xy");
	no_input(fd);
	TYPE(fd, "z1");
	READS(fd, 100, "xyz1");
	set_raw(fd, 5, 1); /* the time between two characters ends it */
	TYPE(fd, "pq");
	start = milliseconds();
	READS(fd, 100, "pq");
	CHECK(milliseconds() - start >= 90);
}
TEST(raw_min_and_time)
{
	session(raw_limits);
}

static void without_blocking(int fd)
{
	char c;

	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERRNO(read(fd, &c, 1), EAGAIN);
	TYPE(fd, "no line yet");
	CHECK_ERRNO(read(fd, &c, 1), EAGAIN);
	CHECK(fcntl(fd, F_SETFL, 0) == 0);
	CHECK(ioctl(fd, TCXONC, 0) == 0); /* as by ^S */
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	CHECK_ERRNO(write(fd, "x", 1), EAGAIN);
	CHECK(ioctl(fd, TCXONC, 1) == 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	TYPE(fd, "\023");
	CHECK_ERRNO(write(fd, "x", 1), EAGAIN);
	TYPE(fd, "\021");
	CHECK_EQ(write(fd, "x", 1), 1);
}
TEST(nonblocking)
{
	session(without_blocking);
}

static void on_alarm(int sig)
{
}
static void interrupted(int fd)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	char c;

	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
	CHECK_ERRNO(read(fd, &c, 1), EINTR);
}
TEST(interrupted_read)
{
	session(interrupted);
}

static void ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};
	pid_t pid;

	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLOUT);
	p.events = POLLIN;
	pid = fork();
	if (pid == 0) {
		usleep(100000);
		TYPE(fd, "line\n");
		_exit(0);
	}
	CHECK_EQ(poll(&p, 1, 10000), 1);
	CHECK_EQ(p.revents, POLLIN);
	READS(fd, 100, "line\n");
	CHECK_CHILD(pid);
}
TEST(poll)
{
	session(ready);
}

/* ---- signals and job control ---- */

static volatile int last_signal;
static void on_signal(int sig)
{
	last_signal = sig;
}
static void signal_characters(int fd)
{
	struct termios t = get(fd);

	signal(SIGINT, on_signal);
	signal(SIGQUIT, on_signal);
	signal(SIGTSTP, on_signal);
	TYPE(fd, "typed before");
	TYPE(fd, "\003");
	CHECK_EQ(last_signal, SIGINT);
	TYPE(fd, "x\n");
	READS(fd, 100, "x\n"); /* the signal flushed the rest */
	TYPE(fd, "\034");
	CHECK_EQ(last_signal, SIGQUIT);
	TYPE(fd, "\032");
	CHECK_EQ(last_signal, SIGTSTP);
	last_signal = 0;
	t.c_lflag |= NOFLSH;
	set(fd, &t);
	TYPE(fd, "kept");
	TYPE(fd, "\003");
	TYPE(fd, "\n");
	CHECK_EQ(last_signal, SIGINT);
	READS(fd, 100, "kept\n");
	last_signal = 0;
	t.c_lflag &= ~ISIG;
	set(fd, &t);
	TYPE(fd, "\003\n");
	READS(fd, 100, "\003\n");
	CHECK_EQ(last_signal, 0);
}
TEST(signal_characters)
{
	session(signal_characters);
}

/* A child in a process group of its own; `foreground`: which gets the terminal. */
static pid_t job(int fd, void (*fn)(int fd), int foreground)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		if (foreground) {
			pid = getpid();
			CHECK(ioctl(fd, TIOCSPGRP, &pid) == 0);
		}
		signal(SIGTTOU, SIG_DFL);
		fn(fd);
		_exit(0);
	}
	setpgid(pid, pid);
	return pid;
}

static int wait_status(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	return status;
}

static void reads(int fd)
{
	char c;

	if (read(fd, &c, 1) != 1)
		_exit(errno);
}
static void writes(int fd)
{
	if (write(fd, "x", 1) != 1)
		_exit(errno);
}
static void sets(int fd)
{
	struct termios t = get(fd);

	if (ioctl(fd, TCSETS, &t))
		_exit(errno);
}
static void waits(int fd)
{
	pause();
}
static void ignores_and_reads(int fd)
{
	signal(SIGTTIN, SIG_IGN);
	reads(fd);
}
static void blocks_and_sets(int fd)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, SIGTTOU);
	sigprocmask(SIG_BLOCK, &s, NULL);
	sets(fd);
}

static void check_stopped(pid_t pid, int sig)
{
	int status = wait_status(pid);

	if (!WIFSTOPPED(status) || WSTOPSIG(status) != sig)
		CHECK_FAIL("status %#x, not stopped by %d", status, sig);
	kill(pid, SIGKILL);
	kill(pid, SIGCONT);
	wait_status(pid);
}

static void background(int fd)
{
	struct termios t = get(fd);

	check_stopped(job(fd, reads, 0), SIGTTIN);
	CHECK_EQ(wait_status(job(fd, ignores_and_reads, 0)), EIO << 8);
	CHECK_EQ(wait_status(job(fd, writes, 0)), 0);
	check_stopped(job(fd, sets, 0), SIGTTOU);
	CHECK_EQ(wait_status(job(fd, blocks_and_sets, 0)), 0);
	t.c_lflag |= TOSTOP;
	set(fd, &t);
	check_stopped(job(fd, writes, 0), SIGTTOU);
}
TEST(background_jobs)
{
	session(background);
}

static void foreground(int fd)
{
	pid_t pid = job(fd, waits, 1), pgrp;
	int status;

	do {
		CHECK(ioctl(fd, TIOCGPGRP, &pgrp) == 0);
	} while (pgrp != pid);
	TYPE(fd, "\032");
	status = wait_status(pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
	kill(-pid, SIGCONT);
	TYPE(fd, "\003");
	CHECK_EQ(wait_status(pid), SIGINT);
	signal(SIGTTOU, SIG_IGN);
	pgrp = getpid();
	CHECK(ioctl(fd, TIOCSPGRP, &pgrp) == 0);
}
TEST(foreground_job)
{
	session(foreground);
}

/* The group of a process whose parent has died: nobody would continue it. */
static void orphaned(int fd)
{
	int report[2];
	char result;
	pid_t pid;

	CHECK(pipe(report) == 0);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (fork())
			_exit(0);
		while (getppid() == pid)
			usleep(1000);
		usleep(50000);
		result = read(fd, &result, 1) < 0 ? errno : 0;
		if (write(report[1], &result, 1) != 1)
			_exit(1);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(report[0], &result, 1), 1);
	CHECK_EQ(result, EIO);
}
TEST(orphaned_group)
{
	session(orphaned);
}

static void process_groups(int fd)
{
	pid_t me = getpid(), pgrp, parent = getppid();

	CHECK(ioctl(fd, TIOCGPGRP, &pgrp) == 0);
	CHECK_EQ(pgrp, me);
	CHECK(ioctl(fd, TIOCGSID, &pgrp) == 0);
	CHECK_EQ(pgrp, me);
	pgrp = -1;
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &pgrp), EINVAL);
	pgrp = 30000;
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &pgrp), ESRCH);
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &parent), EPERM);
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, (void *)1), EFAULT);
	CHECK(ioctl(fd, TIOCSCTTY, 0) == 0); /* it is ours already */
}
TEST(process_groups)
{
	session(process_groups);
}

static void gives_up(int fd)
{
	pid_t pgrp;
	int tty = open("/dev/tty", O_RDWR);

	CHECK(tty >= 0);
	CHECK(ioctl(tty, TIOCGPGRP, &pgrp) == 0);
	CHECK_EQ(pgrp, getpid());
	signal(SIGHUP, on_signal);
	CHECK(ioctl(fd, TIOCNOTTY, 0) == 0);
	CHECK_EQ(last_signal, SIGHUP);
	CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
	CHECK_ERRNO(ioctl(fd, TIOCNOTTY, 0), ENOTTY);
	CHECK_ERRNO(ioctl(fd, TIOCGPGRP, &pgrp), ENOTTY);
	CHECK(ioctl(fd, TIOCSCTTY, 0) == 0);
	CHECK(ioctl(fd, TIOCGPGRP, &pgrp) == 0);
}
TEST(controlling_terminal)
{
	session(gives_up);
}

static void no_ctty(int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		CHECK_ERRNO(ioctl(fd, TIOCSCTTY, 0), 0 + EPERM); /* no leader */
		CHECK(setsid() > 0);
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERRNO(ioctl(fd, TIOCSCTTY, 0), EPERM); /* another session's */
		CHECK(open(TTY, O_RDWR) >= 0);
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		_exit(0);
	}
	CHECK_CHILD(pid);
}
TEST(no_controlling_terminal)
{
	session(no_ctty);
}

/* The leader ends: its foreground job gets SIGHUP, and every open file of the terminal is dead. */
TEST(hangup)
{
	int report[2], fd = open(TTY, O_RDWR | O_NOCTTY);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char result = 0;
	pid_t pid;

	CHECK(fd >= 0 && pipe(report) == 0);
	pid = fork();
	if (pid == 0) {
		int tty;

		setsid();
		tty = open(TTY, O_RDWR);
		CHECK(tty >= 0);
		signal(SIGHUP, on_signal);
		if (fork() == 0) {
			while (!last_signal)
				usleep(1000);
			result = last_signal;
			if (read(tty, &result, 1) != 0 || write(tty, "x", 1) != -1 || errno != EIO)
				result = 0;
			if (write(report[1], &result, 1) != 1)
				_exit(1);
			_exit(0);
		}
		usleep(50000);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(report[0], &result, 1), 1);
	CHECK_EQ(result, SIGHUP);
	CHECK_EQ(read(fd, &result, 1), 0);
	CHECK_ERRNO(write(fd, "x", 1), EIO);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents & (POLLHUP | POLLERR | POLLIN), POLLHUP | POLLERR | POLLIN);
	CHECK_ERRNO(ioctl(fd, TIOCGPGRP, &pid), EIO);
	CHECK_ERRNO(ioctl(fd, TIOCSPGRP, &pid), ENOTTY);
}

static void exclusive(int fd)
{
	pid_t pid;
	int n;

	CHECK(ioctl(fd, TIOCEXCL, 0) == 0);
	CHECK(ioctl(fd, TIOCGEXCL, &n) == 0);
	CHECK_EQ(n, 1);
	pid = fork();
	if (pid == 0) {
		CHECK(setuid(1) == 0);
		CHECK(open(TTY, O_RDWR) < 0 && (errno == EBUSY || errno == EACCES));
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK(ioctl(fd, TIOCNXCL, 0) == 0);
}
TEST(exclusive_use)
{
	session(exclusive);
}

/* ---- output ---- */

/* How many characters a write makes, seen by the column that the cursor reports. */
static void output(int fd)
{
	struct termios t = get(fd);
	char buf[32];
	int row, column;

	set_raw(fd, 1, 0);
	CHECK_EQ(write(fd, "\033[2J\033[Hab\n\033[6n", 15), 15 - 0);
	t = get(fd);
	buf[read(fd, buf, sizeof(buf) - 1)] = '\0';
	CHECK(sscanf(buf, "\033[%d;%dR", &row, &column) == 2);
	CHECK_EQ(row, 2);
	CHECK_EQ(column, 1); /* ONLCR */
	t.c_oflag = 0;
	set(fd, &t);
	CHECK_EQ(write(fd, "ab\n\033[6n", 7), 7);
	buf[read(fd, buf, sizeof(buf) - 1)] = '\0';
	CHECK(sscanf(buf, "\033[%d;%dR", &row, &column) == 2);
	CHECK_EQ(row, 3);
	CHECK_EQ(column, 3);
}
TEST(output_and_cursor_report)
{
	session(output);
}
