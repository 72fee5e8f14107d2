/*
 * userfaultfd under load: many threads fault, several pagers fill, while others unmap, move, fork
 * and give back. Every page holds what the pager put there, and nobody waits for ever.
 */
#include "uffd.h"
#include <sys/wait.h>

#define THREADS 6
#define PAGES	64
#define ROUNDS	3

static char *area;
static int fd;
static volatile int stop, stop_pagers;

/* What the pager puts on a page. */
static unsigned stamp(unsigned long page)
{
	return 0x5a000000u + page;
}

/* Fills whatever is asked for; of two pagers that fill the same page one is late. */
static void *pager(void *arg)
{
	unsigned page[PAGE / sizeof(unsigned)] = {0}; /* fork holds the locks of malloc */
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	struct uffd_msg msg;

	(void)arg;
	while (!stop_pagers) {
		char *at;

		msg.event = 0;
		/* faults are read before events: whoever tried again at once would hide these */
		if (poll(&pfd, 1, 20) != 1 || read(fd, &msg, sizeof(msg)) != sizeof(msg) ||
		    msg.event != UFFD_EVENT_PAGEFAULT)
			uffd_wake(fd, area, PAGES * PAGE);
		if (msg.event == UFFD_EVENT_FORK)
			close(msg.arg.fork.ufd); /* the child sees zeros */
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		at = (char *)(unsigned long)msg.arg.pagefault.address;
		page[0] = stamp((at - area) / PAGE);
		if (uffd_copy(fd, at, page, PAGE) < 0 && errno == EEXIST)
			uffd_wake(fd, at, PAGE); /* another pager was faster */
	}
	return NULL;
}

static void *toucher(void *arg)
{
	unsigned seed = (long)arg;
	long bad = 0;
	int i;

	for (i = 0; i < PAGES * ROUNDS; i++) {
		unsigned page = rand_r(&seed) % PAGES;
		volatile unsigned *p = (volatile unsigned *)(area + page * PAGE);

		bad += p[0] != stamp(page);
		if (i % 7 == 0)
			p[1 + (long)arg] = i;
	}
	return (void *)bad;
}

/* Gives pages back, so that they are missing again. */
static void *giver(void *arg)
{
	unsigned seed = 99;

	(void)arg;
	while (!stop) {
		madvise(area + rand_r(&seed) % PAGES * PAGE, PAGE, MADV_DONTNEED);
		usleep(10000);
	}
	return NULL;
}

static void *forker(void *arg)
{
	(void)arg;
	while (!stop) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(area[PAGE] == 1);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		usleep(20000);
	}
	return NULL;
}

/* Registers and unregisters a part that nobody touches, so that mmap_sem is taken for writing. */
static void *registrar(void *arg)
{
	char *p = anon(8 * PAGE);

	(void)arg;
	while (!stop) {
		uffd_register(fd, p + 2 * PAGE, 3 * PAGE);
		uffd_unregister(fd, p + 3 * PAGE, PAGE);
		uffd_unregister(fd, p, 8 * PAGE);
		usleep(5000);
	}
	return NULL;
}

static void stress(unsigned long long features, void *(**others)(void *), int nr)
{
	pthread_t threads[THREADS], helpers[8];
	void *bad;
	long i;

	fd = uffd_open(O_NONBLOCK, features);
	area = anon(PAGES * PAGE);
	CHECK_EQ(uffd_register(fd, area, PAGES * PAGE), 0);
	for (i = 0; i < nr; i++)
		CHECK_EQ(pthread_create(&helpers[i], NULL, others[i], NULL), 0);
	for (i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, toucher, (void *)i), 0);
	for (i = 0; i < THREADS; i++) {
		CHECK_EQ(pthread_join(threads[i], &bad), 0);
		CHECK_EQ((long)bad, 0);
	}
	stop = 1; /* the others wait for pagers, which therefore go last and stand first */
	for (i = nr - 1; i >= 0; i--) {
		if (others[i] == pager)
			stop_pagers = 1;
		CHECK_EQ(pthread_join(helpers[i], NULL), 0);
	}
}

TEST(one_pager)
{
	stress(0, (void *(*[])(void *)){pager}, 1);
}

TEST(three_pagers)
{
	stress(0, (void *(*[])(void *)){pager, pager, pager}, 3);
}

TEST(pages_that_come_and_go)
{
	stress(0, (void *(*[])(void *)){pager, pager, giver, registrar}, 4);
}

TEST(pages_that_come_and_go_with_events)
{
	stress(UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP,
	       (void *(*[])(void *)){pager, pager, giver, giver, registrar}, 5);
}

TEST(forks)
{
	stress(0, (void *(*[])(void *)){pager, forker, giver}, 3);
}

TEST(forks_with_events)
{
	stress(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMOVE,
	       (void *(*[])(void *)){pager, pager, forker, giver}, 4);
}

/* A pager process that is killed in the middle: its file closes, and the program runs on with
   zeros. */
TEST(a_pager_that_is_killed)
{
	pthread_t threads[THREADS];
	pid_t pid;
	long i;

	fd = uffd_open(O_NONBLOCK, 0);
	area = anon(PAGES * PAGE);
	CHECK_EQ(uffd_register(fd, area, PAGES * PAGE), 0);
	pid = fork();
	if (pid == 0) {
		pager(NULL);
		_exit(0);
	}
	close(fd);
	for (i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, toucher, (void *)i), 0);
	usleep(5000);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	for (i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}
