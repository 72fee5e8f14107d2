/*
 * How long a call can keep the processor: for each of latency_calls.h, a user's process repeats it,
 * and a real-time task that sleeps a millisecond at a time measures how late it wakes. Under
 * `-icount shift=0` the clock counts instructions.
 *
 * latency [-l] [MS] [NAME]: each for MS milliseconds; only those whose name contains NAME. With -l
 * what the kernel's log says of it follows (debug kernels name who keeps the processor too long).
 */
#define _GNU_SOURCE
#include "latency_calls.h"
#include <sys/mount.h>
#include <sys/prctl.h>
#include <time.h>

#define LOG_SIZE     (256 * KIB)
#define ACTION_CLEAR 5

/* ---- measuring ---- */

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* A process group of a user that does nothing else; it ends with us. */
static pid_t start(void (*loop)(void))
{
	struct sched_param normal = {0};
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sched_setscheduler(0, SCHED_OTHER, &normal);
	setpgid(0, 0);
	fd = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (setgid(65534) || setuid(65534))
		_exit(1);
	loop();
	_exit(1);
}

/* The longest time from one wake-up to the next within `ms`, in microseconds; -1: the process ended
   by itself. */
static long long measure(pid_t pid, int ms)
{
	const struct timespec nap = {0, 1000000};
	long long begin = now_us(), last = begin, longest = 0;

	while (last < begin + ms * 1000LL) {
		long long now;

		nanosleep(&nap, NULL);
		now = now_us();
		if (now - last > longest)
			longest = now - last;
		last = now;
		if (waitpid(pid, NULL, WNOHANG) > 0)
			return -1;
	}
	return longest;
}

static void show_log(void)
{
	static char text[LOG_SIZE];
	int n = klogctl(ACTION_READ_ALL, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	if (strstr(text, "latency:"))
		puts(text);
	klogctl(ACTION_CLEAR, NULL, 0);
}

int main(int argc, char **argv)
{
	struct sched_param rt = {.sched_priority = 50};
	int log = argc > 1 && !strcmp(argv[1], "-l");
	int ms = argc > 1 + log ? atoi(argv[1 + log]) : 200;
	const char *only = argc > 2 + log ? argv[2 + log] : "";

	mkdir("/tmp/latency", 0700);
	mlockall(MCL_CURRENT);
	setvbuf(stdout, NULL, _IONBF, 0);
	if (sched_setscheduler(0, SCHED_FIFO, &rt)) {
		perror("SCHED_FIFO");
		return 1;
	}
	for (unsigned int i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		long long longest;
		pid_t pid;

		if (!strstr(calls[i].name, only))
			continue;
		mount("none", "/tmp/latency", "tmpfs", 0, NULL);
		pid = start(calls[i].loop);
		setpgid(pid, pid);
		longest = measure(pid, ms);
		kill(-pid, SIGKILL);
		while (waitpid(-1, NULL, 0) > 0)
			;
		remove_ipc();
		printf("%s: %lld us\n", calls[i].name, longest);
		if (log)
			show_log();
		umount("/tmp/latency");
	}
	return 0;
}
