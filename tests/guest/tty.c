/*
 * Terminals: settings, the line discipline, other ways of reading, output.
 */
#include "tty_test.h"
#include <time.h>

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
	CHECK(milliseconds() - start >= 190);
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
