/* futex(2): waiting, waking, requeueing, shared and private words, robust lists. */
#include "check.h"
#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static long futex(void *uaddr, int op, unsigned val, const void *timeout, void *uaddr2,
		  unsigned val3)
{
	return syscall(SYS_futex, uaddr, op, val, timeout, uaddr2, val3);
}

static char stacks[8][16384] __attribute__((aligned(16)));
static volatile int words[4];
static volatile int results[8], done;

#define THREAD_FLAGS \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

/* A thread that waits on words[0] once; its result is negative errno. No libc in here. */
static long raw(int nr, long a, long b, long c, long d, long e)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory");
	return ret;
}

static int waiter(void *arg)
{
	int i = (int)arg;

	results[i] = raw(SYS_futex, (long)&words[0], FUTEX_WAIT_PRIVATE, 0, 0, 0);
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	raw(SYS_exit, 0, 0, 0, 0, 0);
	return 0;
}

static void start_waiters(int n)
{
	for (int i = 0; i < n; i++) {
		results[i] = 99;
		CHECK(clone(waiter, stacks[i] + sizeof(stacks[i]), THREAD_FLAGS, (void *)i) > 0);
	}
	usleep(100000); /* until they sleep */
	CHECK_EQ(done, 0);
}

static void wait_done(int n)
{
	for (int i = 0; done != n && i < 2000; i++)
		usleep(1000);
	CHECK_EQ(done, n);
}

TEST(errors)
{
	struct timespec bad = {0, 1000000000}, neg = {-1, 0};

	words[0] = 5;
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN);
	CHECK_ERRNO(futex((char *)&words[0] + 1, FUTEX_WAIT, 5, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((void *)4, FUTEX_WAIT, 5, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((void *)4, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((void *)0xc0000000, FUTEX_WAIT, 5, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((void *)4, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 5, &bad, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 5, &neg, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 5, (void *)1, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT_BITSET, 5, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAKE_BITSET, 5, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((void *)&words[0], 99, 5, NULL, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 5, NULL, NULL, 0),
		    ENOSYS);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_REQUEUE, -1, (void *)1, (void *)&words[1], 0),
		    EINVAL);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_CMP_REQUEUE, 1, (void *)1, (void *)&words[1], 4),
		    EAGAIN);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE, 1, NULL, NULL, 0), 0);
}

TEST(timeouts)
{
	struct timespec t = {0, 30000000}, a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 0, &t, NULL, 0), ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &b);
	long us = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
	CHECK(us >= 30000);
	/* Absolute times: on the monotonic clock, or the wall's. */
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT_BITSET, 0, &a, NULL, -1), ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &a);
	a.tv_nsec += 20000000;
	if (a.tv_nsec >= 1000000000) {
		a.tv_nsec -= 1000000000;
		a.tv_sec++;
	}
	CHECK_ERRNO(
		futex((void *)&words[0], FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &a, NULL, -1),
		ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &b);
	CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
}

TEST(wake_counts)
{
	start_waiters(4);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
	wait_done(1);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0), 2);
	wait_done(3);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 1);
	wait_done(4);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(results[i], 0);
}

TEST(requeue)
{
	start_waiters(4);
	CHECK_EQ(futex((void *)&words[0], FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2,
		       (void *)&words[1], 0),
		 3);
	wait_done(1);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 1);
	wait_done(2);
	CHECK_EQ(futex((void *)&words[1], FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 2);
	wait_done(4);
}

TEST(wake_op)
{
	start_waiters(2);
	words[1] = 10;
	/* words[1] += 5; the old value is above 9: wake words[1]'s waiters too, of whom there are
	 * none. */
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_OP_PRIVATE, 2, (void *)1, (void *)&words[1],
		       FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_GT, 9)),
		 2);
	CHECK_EQ(words[1], 15);
	wait_done(2);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, (void *)&words[1],
		       FUTEX_OP(FUTEX_OP_ANDN, 1, FUTEX_OP_CMP_EQ, 0)),
		 0);
	CHECK_EQ(words[1], 14);
	CHECK_EQ(futex((void *)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, (void *)&words[1],
		       FUTEX_OP(FUTEX_OP_SET, -3, FUTEX_OP_CMP_LT, -1)),
		 0);
	CHECK_EQ(words[1], -3);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, (void *)&words[1],
			  FUTEX_OP(7, 1, FUTEX_OP_CMP_EQ, 0)),
		    ENOSYS);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, (void *)16,
			  FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 0)),
		    EFAULT);
}

/* Two processes, one word: at different addresses if need be. */
TEST(shared)
{
	int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int i;

	if (word == MAP_FAILED)
		SKIP("no shared anonymous mappings");
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
		_exit(0);
	}
	for (i = 0; i < 2000; i++) {
		if (futex(word, FUTEX_WAKE, 1, NULL, NULL, 0) == 1)
			break;
		usleep(1000);
	}
	CHECK(i < 2000);
	CHECK_CHILD(pid);
	/* A private wake-up does not reach another process. */
	pid = fork();
	if (pid == 0) {
		struct timespec t = {0, 100000000};

		CHECK_ERRNO(futex(word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0), ETIMEDOUT);
		_exit(0);
	}
	usleep(50000);
	CHECK_EQ(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	CHECK_CHILD(pid);
}

static void on_alarm(int sig)
{
}

static volatile int *places[2];

static int place_waiter(void *arg)
{
	int i = (int)arg;

	results[i] = raw(SYS_futex, (long)places[i], FUTEX_WAIT, 0, 0, 0);
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	raw(SYS_exit, 0, 0, 0, 0, 0);
	return 0;
}

/* Whoever waits for a word of a file that is gone has nothing to do with a new file, wherever the
   kernel keeps it. */
TEST(a_new_file_has_no_waiters)
{
	for (int i = 0; i < 2; i++) {
		int fd = syscall(SYS_memfd_create, "place", 0);

		CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
		places[i] = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		CHECK(places[i] != MAP_FAILED);
		close(fd);
		results[i] = 99;
		CHECK(clone(place_waiter, stacks[i] + sizeof(stacks[i]), THREAD_FLAGS, (void *)i) >
		      0);
		usleep(100000); /* until it sleeps */
		if (i == 0)
			CHECK(munmap((void *)places[0], 4096) == 0);
	}
	CHECK_EQ(futex((void *)places[1], FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	wait_done(1);
	CHECK_EQ(results[1], 0);
	CHECK_EQ(results[0], 99);
}

TEST(signals)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	struct itimerval it = {{0, 0}, {0, 20000}};
	struct timespec t = {5, 0};

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 0, NULL, NULL, 0), EINTR);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 0, &t, NULL, 0), EINTR);
	/* With a timeout it is not restarted, whatever the handler asks for. */
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(futex((void *)&words[0], FUTEX_WAIT, 0, &t, NULL, 0), EINTR);
}

static struct robust_list_head head;
static struct {
	struct robust_list list;
	int word;
} lock;

TEST(robust_list)
{
	struct robust_list_head *got;
	size_t len;
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	CHECK_ERRNO(syscall(SYS_set_robust_list, &head, 7), EINVAL);
	CHECK_EQ(syscall(SYS_set_robust_list, &head, sizeof(head)), 0);
	CHECK_EQ(syscall(SYS_get_robust_list, 0, &got, &len), 0);
	CHECK(got == &head);
	CHECK_EQ(len, sizeof(head));
	if (shared == MAP_FAILED)
		SKIP("no shared anonymous mappings");
	pid = fork();
	if (pid == 0) {
		head.list.next = &lock.list;
		lock.list.next = &head.list;
		head.futex_offset = (char *)shared - (char *)&lock.list;
		*shared = getpid() | FUTEX_WAITERS;
		CHECK_EQ(syscall(SYS_set_robust_list, &head, sizeof(head)), 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ((unsigned)*shared, FUTEX_WAITERS | FUTEX_OWNER_DIED);
}

/* A word that others might see names its page, which is made present; and it must be one that could
   be written. */
TEST(shared_words_are_touched)
{
	uint32_t *word =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct timespec soon = {0, 100000000};
	unsigned char present;

	CHECK(word != MAP_FAILED);
	CHECK_EQ(syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL), 0);
	CHECK(mincore(word, 4096, &present) == 0 && !(present & 1));
	CHECK_EQ(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL), 0);
	CHECK(mincore(word, 4096, &present) == 0 && present & 1);
	/* nobody could change it: others neither */
	CHECK(mprotect(word, 4096, PROT_READ) == 0);
	CHECK_ERRNO(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL), EFAULT);
	CHECK_EQ(syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL), 0);
	CHECK(mprotect(word, 4096, PROT_READ | PROT_WRITE) == 0);
	CHECK_ERRNO(syscall(SYS_futex, word, FUTEX_WAIT, 0, &soon), ETIMEDOUT);
}

/* In a file that can only be read one may wait; what others write to it is seen. */
TEST(file_that_can_only_be_read)
{
	char name[] = "/tmp/futexXXXXXX";
	int fd = mkstemp(name);
	struct timespec soon = {0, 1000000};
	uint32_t *word;

	CHECK(fd >= 0 && unlink(name) == 0 && ftruncate(fd, 4096) == 0);
	word = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(word != MAP_FAILED);
	CHECK_ERRNO(syscall(SYS_futex, word, FUTEX_WAIT, 0, &soon), ETIMEDOUT);
	CHECK_EQ(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL), 0);
	CHECK_ERRNO(syscall(SYS_futex, word, FUTEX_WAKE_OP, 1, 1, word, FUTEX_OP(0, 1, 0, 0)),
		    EFAULT);
}

/* ---- who is woken first ---- */

/* A child of this real-time priority (0: an ordinary one) that waits on the word; it sleeps. */
static pid_t start_prioritized(int *word, int priority)
{
	struct sched_param param = {.sched_priority = priority};
	char path[32], stat[64], state = 0;
	pid_t pid = fork();

	if (!pid) {
		CHECK(!priority || sched_setscheduler(0, SCHED_FIFO, &param) == 0);
		_exit(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0) != 0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (state != 'S') {
		FILE *f = fopen(path, "r");

		usleep(1000);
		CHECK(f && fgets(stat, sizeof(stat), f));
		fclose(f);
		state = strrchr(stat, ')')[2];
	}
	return pid;
}

static const int priorities[] = {0, 10, 30, 20, 0, 30};
static const int wake_order[] = {2, 5, 3, 1, 0, 4};
#define NR_PRIORITIES (int)(sizeof(priorities) / sizeof(priorities[0]))

static void check_wake_order(int requeue)
{
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[NR_PRIORITIES];
	int i, *word = shared;

	CHECK(shared != MAP_FAILED);
	for (i = 0; i < NR_PRIORITIES; i++)
		pid[i] = start_prioritized(word, priorities[i]);
	if (requeue) {
		word = shared + 1;
		CHECK_EQ(futex(shared, FUTEX_REQUEUE, 0, (void *)NR_PRIORITIES, word, 0),
			 NR_PRIORITIES);
	}
	for (i = 0; i < NR_PRIORITIES; i++) {
		CHECK_EQ(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
		CHECK_EQ(waitpid(-1, NULL, 0), pid[wake_order[i]]);
	}
}

TEST(the_highest_priority_is_woken_first_and_equals_in_order)
{
	check_wake_order(0);
}

TEST(requeued_waiters_stand_by_priority_too)
{
	check_wake_order(1);
}
