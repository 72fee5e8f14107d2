/*
 * Huge pages as others use them: core dumps, futexes, /proc/PID/mem.
 */
#include "core_file.h"
#include "huge.h"
#include <linux/futex.h>
#include <sys/syscall.h>

#define CORE_BIT 0x80

static void set_filter(const char *text)
{
	int fd = open("/proc/self/coredump_filter", O_WRONLY);

	CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* A child dies and leaves a core, which is loaded. */
static void dump(void)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	int status;
	pid_t pid;

	CHECK(setrlimit(RLIMIT_CORE, &unlimited) == 0);
	pid = fork();
	if (!pid)
		abort();
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, SIGABRT | CORE_BIT);
	load_core("core");
}

TEST(a_core_holds_private_huge_pages)
{
	struct stat st;
	char *p, *q;

	pool(3);
	tmpdir_enter();
	p = huge(2, MAP_PRIVATE);
	q = huge(1, MAP_SHARED);
	p[H + 5] = 'p';
	q[5] = 'q';
	dump();
	CHECK_EQ(load_at(p)->p_filesz, 2 * H);
	CHECK_EQ(*(const char *)dumped(p + H + 5), 'p');
	CHECK_EQ(*(const char *)dumped(p + 5), 0);
	CHECK_EQ(load_at(q)->p_filesz, 0);
	/* what was never touched takes no room, nor a page of the pool */
	CHECK(stat("core", &st) == 0);
	CHECK(st.st_blocks * 512LL < (long long)(H + H / 2));
	CHECK_POOL(3, 1, 1, 0);
	tmpdir_leave();
}

TEST(the_filter_of_cores_knows_huge_pages)
{
	char *p, *q;

	pool(2);
	tmpdir_enter();
	p = huge(1, MAP_PRIVATE);
	q = huge(1, MAP_SHARED);
	p[5] = 'p';
	q[5] = 'q';
	set_filter("0x40");
	dump();
	CHECK_EQ(load_at(p)->p_filesz, 0);
	CHECK_EQ(load_at(q)->p_filesz, H);
	CHECK_EQ(*(const char *)dumped(q + 5), 'q');
	tmpdir_leave();
}

static long futex(int *word, int op, int value)
{
	return syscall(SYS_futex, word, op, value, NULL, NULL, 0);
}

/* The words lie at the same place in two small pages of one huge page. */
TEST(futexes_in_a_huge_page)
{
	int *words[2], i, woken;
	pid_t pid[2];
	char *p;

	pool(1);
	p = huge(1, MAP_SHARED);
	for (i = 0; i < 2; i++) {
		words[i] = (int *)(p + i * P + 8);
		pid[i] = fork();
		if (!pid[i]) {
			while (*(volatile int *)words[i] == 0)
				futex(words[i], FUTEX_WAIT, 0);
			_exit(0);
		}
	}
	for (i = 0; i < 2; i++) {
		/* wait until it sleeps; only the one of this word wakes */
		while ((woken = futex(words[i], FUTEX_WAKE, 100)) == 0)
			usleep(1000);
		CHECK_EQ(woken, 1);
		*(volatile int *)words[i] = 1;
		futex(words[i], FUTEX_WAKE, 100);
		CHECK_CHILD(pid[i]);
	}
}

TEST(proc_mem_of_huge_pages)
{
	int fd = open("/proc/self/mem", O_RDWR);
	char *p, buf[4] = "";

	pool(2);
	p = huge(2, MAP_PRIVATE);
	p[H - 1] = 'a';
	CHECK_EQ(pread64(fd, buf, 2, (unsigned long)(p + H - 1)), 2);
	CHECK_STR(buf, "a");
	CHECK_EQ(pwrite64(fd, "xy", 2, (unsigned long)(p + H - 1)), 2);
	CHECK_EQ(p[H - 1], 'x');
	CHECK_EQ(p[H], 'y');
	/* a debugger cannot write where the program may not */
	CHECK(mprotect(p, H, PROT_READ) == 0);
	CHECK_ERRNO(pwrite64(fd, "z", 1, (unsigned long)p), EIO);
	CHECK_EQ(pread64(fd, buf, 1, (unsigned long)(p + H - 1)), 1);
	CHECK_EQ(buf[0], 'x');
}
