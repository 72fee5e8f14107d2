/*
 * vmview [-1] [PID]: draws the address space of a process on the frame buffer, live, until a key is
 * pressed or the process ends. Each page is a cell, whose colour shows what kind of area it belongs
 * to and whether it is in memory. -1: one picture, then the end. Without PID: vmview itself.
 */
#include "user/vmview/vmview.h"
#include <linux/kd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>

enum {
	TENTHS = 2 /* of a second, from one picture to the next */
};

static struct termios old_termios;
static bool terminal, console;

/* Take keys as they come; and if the terminal is the screen itself, let it draw no text. */
static void open_keyboard(void)
{
	struct termios t;

	terminal = tcgetattr(0, &old_termios) == 0;
	if (!terminal)
		return;
	t = old_termios;
	t.c_lflag &= ~(ICANON | ECHO | ISIG);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = TENTHS;
	tcsetattr(0, TCSANOW, &t);
	console = ioctl(0, KDSETMODE, KD_GRAPHICS) == 0;
}

static void close_keyboard(void)
{
	if (console)
		ioctl(0, KDSETMODE, KD_TEXT);
	if (terminal)
		tcsetattr(0, TCSANOW, &old_termios);
}

/* Wait for the next picture. True: a key was pressed. */
static bool key_pressed(void)
{
	struct timespec pause = {.tv_nsec = TENTHS * 100000000L};
	char key;

	if (terminal)
		return read(0, &key, 1) == 1;
	nanosleep(&pause, NULL);
	return false;
}

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	stopped = 1;
}

int main(int argc, char **argv)
{
	static struct screen screen;
	static struct space space;
	bool once = false;
	int pid, c;

	while ((c = getopt(argc, argv, "1")) != -1) {
		if (c != '1')
			usage(2);
		once = true;
	}
	if (argc - optind > 1)
		usage(2);
	pid = optind < argc ? atoi(argv[optind]) : getpid();
	if (pid <= 0 || !read_space(pid, "maps", &space)) {
		if (pid > 0 && errno == EACCES)
			complain("the address space of process %d is another user's", pid);
		else
			complain("there is no process %s", argv[optind]);
		return 1;
	}
	open_screen(&screen);
	signal(SIGTERM, stop);
	signal(SIGHUP, stop);
	open_keyboard();
	do {
		draw_space(&screen, &space);
	} while (!once && !key_pressed() && !stopped && read_space(pid, "maps", &space));
	close_keyboard();
	return 0;
}
