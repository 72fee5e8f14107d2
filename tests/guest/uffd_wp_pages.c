/*
 * userfaultfd: pages that a pager has write-protected stay so in swap, when they move to other
 * frames, beside equal pages (KSM), in huge ones, and under load. Skipped where it is not offered.
 */
#include "uffd_wp.h"
#include "swaparea.h"

#define SOFT_OFFLINE 101 /* MADV_SOFT_OFFLINE: Debian's headers are older */

/* ---- swap ---- */

static char area[64];

static void with_swap(void)
{
	need_swap_disk();
	fill_swap_header(128);
	strcpy(area, make_swap_file("swap", 128));
	CHECK_EQ(swapon(area, 0), 0);
}

static void without_swap(void)
{
	CHECK_EQ(swapoff(area), 0);
	CHECK_EQ(unlink(area), 0);
}

TEST(in_swap_and_back)
{
	int fd = open_wp(0, 0);
	char *p;

	with_swap();
	p = watched(fd, 3, 2);
	CHECK_EQ(madvise(p, 3 * PAGE, MADV_PAGEOUT), 0);
	CHECK_EQ(seen(p), 3);
	CHECK_EQ(seen(p + 2 * PAGE), 2);
	CHECK_EQ(p[1], 'o'); /* back by a read */
	CHECK_EQ(seen(p), 1);
	check_protected(fd, p);
	check_protected(fd, p + PAGE); /* back by a write */
	CHECK_EQ(p[PAGE + 1], 'o');
	p[2 * PAGE] = 'x';
	without_swap();
}

TEST(protected_while_in_swap)
{
	int fd = open_wp(0, 0);
	char *p;

	with_swap();
	p = watched(fd, 3, 1);
	CHECK_EQ(madvise(p, 3 * PAGE, MADV_PAGEOUT), 0);
	CHECK_EQ(unprotect(fd, p, PAGE), 0);
	CHECK_EQ(protect(fd, p + PAGE, 2 * PAGE), 0);
	CHECK_EQ(seen(p), 2);
	CHECK_EQ(seen(p + PAGE), 3);
	p[0] = 'x';
	check_protected(fd, p + PAGE);
	CHECK_EQ(uffd_unregister(fd, p + 2 * PAGE, PAGE), 0);
	CHECK_EQ(seen(p + 2 * PAGE), 2);
	p[2 * PAGE] = 'x';
	CHECK_EQ(p[2 * PAGE + 1], 'o');
	without_swap();
}

TEST(the_swap_area_goes)
{
	int fd = open_wp(0, 0);
	char *p;

	with_swap();
	p = watched(fd, 2, 1);
	CHECK_EQ(madvise(p, 2 * PAGE, MADV_PAGEOUT), 0);
	without_swap();
	CHECK_EQ(seen(p), 1);
	CHECK_EQ(seen(p + PAGE), 0);
	p[PAGE] = 'x';
	check_protected(fd, p);
}

TEST(a_child_and_swap)
{
	int fd = open_wp(0, 0);
	char *p;
	pid_t pid;

	with_swap();
	p = watched(fd, 1, 1);
	CHECK_EQ(madvise(p, PAGE, MADV_PAGEOUT), 0);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(seen(p), 2);
		p[0] = 'c';
		CHECK_EQ(p[1], 'o');
		_exit(0);
	}
	CHECK_CHILD(pid);
	check_protected(fd, p);
	CHECK_EQ(p[1], 'o');
	without_swap();
}

/* ---- other frames ---- */

TEST(a_page_that_moves_to_another_frame)
{
	int fd = open_wp(O_NONBLOCK, 0);
	char *p = watched(fd, 2, 1);

	if (madvise(p, 2 * PAGE, SOFT_OFFLINE))
		SKIP("frames cannot be given up here");
	CHECK_EQ(p[0], 'o');
	CHECK_EQ(seen(p), 1);
	check_free(fd, p + PAGE);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	check_protected(fd, p);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		SKIP("not here");
	CHECK_EQ(write(fd, text, strlen(text)), (long)strlen(text));
	close(fd);
}

static long full_scans(void)
{
	return atol(slurp("/sys/kernel/mm/ksm/full_scans"));
}

#define KSM "/sys/kernel/mm/ksm/"

/* Equal to its neighbours, but not merged with them: its next write is told. */
TEST(equal_pages)
{
	int fd = open_wp(0, 0);
	char *p = watched(fd, 8, 4);
	long before;

	write_file(KSM "run", "2");
	write_file(KSM "sleep_millisecs", "1");
	write_file(KSM "pages_to_scan", "1000");
	CHECK_EQ(madvise(p, 8 * PAGE, MADV_MERGEABLE), 0);
	write_file(KSM "run", "1");
	for (before = full_scans(); full_scans() < before + 4;)
		usleep(10000);
	CHECK_EQ(atol(slurp(KSM "pages_sharing")), 3); /* the other four */
	/* protected after it was merged, and taken out again */
	CHECK_EQ(protect(fd, p + 5 * PAGE, PAGE), 0);
	check_protected(fd, p + 4 * PAGE - PAGE);
	CHECK_EQ(madvise(p + 4 * PAGE, 4 * PAGE, MADV_UNMERGEABLE), 0);
	check_protected(fd, p + 5 * PAGE);
	CHECK_EQ(p[5 * PAGE + 1], 'o');
	write_file(KSM "run", "2");
}

/* ---- huge pages ---- */

#define THP "/sys/kernel/mm/transparent_hugepage/enabled"

static char thp_mode[64];

static void restore_thp(void)
{
	*strchr(thp_mode, ']') = 0;
	write_file(THP, strchr(thp_mode, '[') + 1);
}

TEST(a_part_of_a_huge_page)
{
	int fd = open_wp(O_NONBLOCK, 0);
	unsigned long size = 4 << 20, i;
	char *p = anon(3 * size);

	p = (char *)(((unsigned long)p + size - 1) & -size);
	strcpy(thp_mode, slurp(THP));
	write_file(THP, "always");
	memset(p, 'o', size);
	restore_thp();
	CHECK_EQ(uffd_register_as(fd, p, size, WP), 0);
	p[0] = 'x';
	CHECK_EQ(protect(fd, p + 16 * PAGE, 16 * PAGE), 0);
	for (i = 0; i < size / PAGE; i++)
		CHECK_EQ(seen(p + i * PAGE), i / 16 == 1);
	check_free(fd, p + 15 * PAGE);
	check_free(fd, p + 32 * PAGE);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	check_protected(fd, p + 16 * PAGE);
	CHECK_EQ(p[16 * PAGE + 1], 'o');
}

/* ---- a snapshot while others write ---- */

#define PAGES	64
#define THREADS 4

static char *memory, snapshot[PAGES][PAGE];
static int taken[PAGES], pager_fd;
static volatile int stop;

/* Saves each page before its first write. */
static void *save_pages(void *arg)
{
	struct pollfd pfd = {.fd = pager_fd, .events = POLLIN};
	struct uffd_msg msg;

	(void)arg;
	while (!stop) {
		char *at;
		int page;

		if (poll(&pfd, 1, 10) != 1 || read(pager_fd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		if (msg.event != UFFD_EVENT_PAGEFAULT || msg.arg.pagefault.flags != WP_FLAGS)
			_exit(CHECK_FAILED);
		at = (char *)(unsigned long)msg.arg.pagefault.address;
		page = (at - memory) / PAGE;
		if (!taken[page]++)
			memcpy(snapshot[page], at, PAGE);
		if (unprotect(pager_fd, at, PAGE))
			_exit(CHECK_FAILED);
	}
	return NULL;
}

static void *write_pages(void *arg)
{
	unsigned int seed = (long)arg;

	for (int i = 0; i < 500; i++)
		memory[rand_r(&seed) % PAGES * PAGE + rand_r(&seed) % PAGE] = 'w';
	return NULL;
}

/* Forks, which share the pages, and reclaim take part. */
static void *disturb(void *arg)
{
	(void)arg;
	while (!stop) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		madvise(memory, PAGES * PAGE, MADV_PAGEOUT);
		usleep(2000);
	}
	return NULL;
}

TEST(a_snapshot_while_threads_write)
{
	pthread_t threads[THREADS], saver, other;
	long i, round;

	pager_fd = open_wp(O_NONBLOCK, 0);
	with_swap();
	memory = watched(pager_fd, PAGES, 0);
	for (round = 0; round < 5; round++) {
		char fill = 'a' + round;

		memset(memory, fill, PAGES * PAGE);
		memset(taken, 0, sizeof(taken));
		stop = 0;
		CHECK_EQ(protect(pager_fd, memory, PAGES * PAGE), 0);
		CHECK_EQ(pthread_create(&saver, NULL, save_pages, NULL), 0);
		CHECK_EQ(pthread_create(&other, NULL, disturb, NULL), 0);
		for (i = 0; i < THREADS; i++)
			CHECK_EQ(pthread_create(&threads[i], NULL, write_pages, (void *)i), 0);
		for (i = 0; i < THREADS; i++)
			CHECK_EQ(pthread_join(threads[i], NULL), 0);
		stop = 1;
		CHECK_EQ(pthread_join(saver, NULL), 0);
		CHECK_EQ(pthread_join(other, NULL), 0);
		for (i = 0; i < PAGES * PAGE; i++) {
			const char *old =
				taken[i / PAGE] ? snapshot[i / PAGE] : memory + i / PAGE * PAGE;

			CHECK_EQ(old[i % PAGE], fill);
		}
		CHECK_EQ(unprotect(pager_fd, memory, PAGES * PAGE), 0);
	}
	without_swap();
}
