/*
 * What becomes of the robust futexes that a dying thread holds: each is marked, and one waiter is
 * woken. What the words of a list may look like, and what happens between the kernel's look at one
 * and its change (docs/testing.md: mapix.alloc_yield makes it sleep there).
 */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define PAGE	4096
#define WAITERS FUTEX_WAITERS
#define DIED	FUTEX_OWNER_DIED

struct lock {
	struct robust_list list;
	unsigned word;
};
#define OFFSET ((long)offsetof(struct lock, word))

static long futex_wait(unsigned *word, unsigned value, const struct timespec *timeout)
{
	return syscall(SYS_futex, word, FUTEX_WAIT, value, timeout, NULL, 0);
}

static struct lock *map_locks(int flags)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void set_list(struct robust_list_head *head)
{
	CHECK_EQ(syscall(SYS_set_robust_list, head, sizeof(*head)), 0);
}

static pid_t gettid_(void)
{
	return syscall(SYS_gettid);
}

/* ---- a waiter comes while the owner dies ---- */

static struct lock *contended;
static volatile int locked, go;

static void *die_with_the_lock(void *arg)
{
	static struct robust_list_head head;

	head = (struct robust_list_head){.list.next = &contended->list, .futex_offset = OFFSET};
	contended->list.next = &head.list;
	set_list(&head);
	contended->word = gettid_();
	locked = 1;
	while (!go)
		sched_yield();
	syscall(SYS_exit, 0);
	return arg;
}

/* As a C library takes a lock: set the bit that asks for a wake-up, and sleep. */
static void lock_or_wait(unsigned *word)
{
	for (;;) {
		unsigned v = __atomic_load_n(word, __ATOMIC_SEQ_CST);

		if (v & DIED)
			return;
		if (!(v & WAITERS) &&
		    !__atomic_compare_exchange_n(word, &v, v | WAITERS, 0, __ATOMIC_SEQ_CST,
						 __ATOMIC_SEQ_CST))
			continue;
		futex_wait(word, v | WAITERS, NULL); /* for ever, if nobody wakes */
	}
}

/* Writable for all to see, but its first store copies the page, which takes time. */
static pid_t share_the_page(void)
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child)
		for (;;)
			pause();
	return child;
}

TEST(a_waiter_that_comes_while_the_owner_dies_is_woken)
{
	pthread_attr_t detached;
	int round, i;

	CHECK_EQ(pthread_attr_init(&detached), 0);
	CHECK_EQ(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED), 0);
	for (round = 0; round < 30; round++) {
		pthread_t owner;
		pid_t child;

		contended = map_locks(MAP_PRIVATE);
		locked = go = 0;
		CHECK_EQ(pthread_create(&owner, &detached, die_with_the_lock, NULL), 0);
		while (!locked)
			sched_yield();
		child = share_the_page();
		go = 1;
		for (i = round % 7; i > 0; i--)
			sched_yield();
		lock_or_wait(&contended->word);
		CHECK_EQ(kill(child, SIGKILL), 0);
		CHECK_EQ(waitpid(child, NULL, 0), child);
		CHECK_EQ(munmap(contended, PAGE), 0);
	}
}

/* ---- the words of a list ---- */

enum {
	MINE,
	PI_OF_MINE,
	OF_ANOTHER,
	BEHIND,
	PENDING,
	LOCKS
};
static struct lock *locks;

/* In a child: own `n` of the locks, from the first, in their order; the word at `pending` is what
   the last operation was about. */
static void die_with_list(int n, struct robust_list *pending, int pi)
{
	static struct robust_list_head head;
	struct robust_list **next = &head.list.next;
	int i;

	head.futex_offset = OFFSET;
	head.list_op_pending = pending;
	for (i = 0; i < n; i++) {
		*next = (void *)((long)&locks[i].list | (i == pi));
		next = &locks[i].list.next;
	}
	*next = &head.list;
	set_list(&head);
	_exit(0);
}

/* A child waits until the word is told; woken in time or not. The word's waiters are seen to sleep
   by the parent's FUTEX_CMP_REQUEUE onto itself, which counts them. */
static pid_t start_waiter(unsigned *word)
{
	struct timespec patience = {1, 0};
	unsigned value = *word;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		_exit(futex_wait(word, value, &patience) == 0 ? 1 : errno == ETIMEDOUT ? 2 : 3);
	while (syscall(SYS_futex, word, FUTEX_REQUEUE, 0, 1, word, 0) != 1)
		sched_yield();
	return pid;
}

static bool was_woken(pid_t waiter)
{
	int status;

	CHECK_EQ(waitpid(waiter, &status, 0), waiter);
	CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 2));
	return WEXITSTATUS(status) == 1;
}

TEST(the_words_are_marked_and_one_waiter_each_is_woken)
{
	pid_t waiters[4], owner;
	int gate[2];
	char c;

	locks = map_locks(MAP_SHARED);
	CHECK_EQ(pipe(gate), 0);
	owner = fork();
	CHECK(owner >= 0);
	if (!owner) {
		CHECK_EQ(read(gate[0], &c, 1), 1);
		die_with_list(4, NULL, PI_OF_MINE);
	}
	locks[MINE].word = locks[PI_OF_MINE].word = locks[BEHIND].word = owner | WAITERS;
	locks[OF_ANOTHER].word = (owner + 1) | WAITERS;
	waiters[0] = start_waiter(&locks[MINE].word);
	waiters[1] = start_waiter(&locks[PI_OF_MINE].word);
	waiters[2] = start_waiter(&locks[OF_ANOTHER].word);
	waiters[3] = start_waiter(&locks[BEHIND].word);
	CHECK_EQ(write(gate[1], "", 1), 1);
	CHECK_CHILD(owner);
	CHECK_EQ(locks[MINE].word, WAITERS | DIED);
	CHECK_EQ(locks[PI_OF_MINE].word, WAITERS | DIED);
	CHECK_EQ(locks[OF_ANOTHER].word, (owner + 1) | WAITERS);
	CHECK_EQ(locks[BEHIND].word, WAITERS | DIED);
	CHECK(was_woken(waiters[0]));
	CHECK(!was_woken(waiters[1]));
	CHECK(!was_woken(waiters[2]));
	CHECK(was_woken(waiters[3]));
}

/* The last operation's lock has `word` in it. What is in it after the death; was the waiter woken?
 */
static unsigned pending_word(unsigned word, bool owned, int pi, bool *woken)
{
	pid_t owner, waiter;
	int gate[2];
	char c;

	locks = map_locks(MAP_SHARED);
	CHECK_EQ(pipe(gate), 0);
	owner = fork();
	CHECK(owner >= 0);
	if (!owner) {
		CHECK_EQ(read(gate[0], &c, 1), 1);
		die_with_list(0, (void *)((long)&locks[PENDING].list | pi), -1);
	}
	locks[PENDING].word = word | (owned ? owner : 0);
	waiter = start_waiter(&locks[PENDING].word);
	CHECK_EQ(write(gate[1], "", 1), 1);
	CHECK_CHILD(owner);
	*woken = was_woken(waiter);
	return locks[PENDING].word;
}

TEST(the_pending_lock)
{
	bool woken;

	CHECK_EQ(pending_word(0, false, 0, &woken), 0);
	CHECK(woken); /* unlocked, but who unlocked it had no time to wake */
	CHECK_EQ(pending_word(WAITERS, false, 0, &woken), WAITERS);
	CHECK(woken); /* the owner before died, too, and we were the one whom that woke */
	CHECK_EQ(pending_word(WAITERS | DIED, false, 0, &woken), WAITERS | DIED);
	CHECK(woken);
	CHECK_EQ(pending_word(0, false, 1, &woken), 0);
	CHECK(!woken);
	CHECK_EQ(pending_word(0, true, 0, &woken), DIED);
	CHECK(!woken); /* nobody said that he waits */
	CHECK_EQ(pending_word(WAITERS, true, 0, &woken), WAITERS | DIED);
	CHECK(woken);
	CHECK_EQ(pending_word(WAITERS, true, 1, &woken), WAITERS | DIED);
	CHECK(!woken);
	CHECK_EQ(pending_word(1 << 29, false, 0, &woken), 1 << 29);
	CHECK(woken); /* somebody else's, who does not know of the waiter */
	CHECK_EQ(pending_word(1 << 29 | DIED, false, 0, &woken), 1 << 29 | DIED);
	CHECK(woken);
	CHECK_EQ(pending_word(1 << 29 | WAITERS, false, 0, &woken), 1 << 29 | WAITERS);
	CHECK(!woken);
	CHECK_EQ(pending_word(1 << 29, false, 1, &woken), 1 << 29);
	CHECK(!woken);
}

/* A word that cannot be written, or is not aligned, ends the list; but the next one was fetched
   before, and the pending lock is looked at only if the list was good. */
TEST(a_word_that_cannot_be_written_ends_the_list)
{
	struct lock *first = map_locks(MAP_SHARED), *second = map_locks(MAP_SHARED);
	static struct robust_list_head head;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		head.futex_offset = OFFSET;
		head.list.next = &first->list;
		first->list.next = &second->list;
		second->list.next = &head.list;
		first->word = second->word = getpid();
		CHECK_EQ(mprotect(first, PAGE, PROT_READ), 0);
		set_list(&head);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(first->word, pid);
	CHECK_EQ(second->word, pid);
}

/* ---- killed by another thread ---- */

static void *hold_for_ever(void *arg)
{
	struct lock *lock = arg;
	static struct robust_list_head head;

	head = (struct robust_list_head){.list.next = &lock->list, .futex_offset = OFFSET};
	lock->list.next = &head.list;
	set_list(&head);
	lock->word = gettid_() | WAITERS;
	for (;;)
		pause();
	return NULL;
}

/* Its process ends by another thread, and it must still fault the words in. */
TEST(the_locks_of_a_thread_killed_by_another)
{
	struct lock *lock = map_locks(MAP_SHARED);
	pid_t pid, waiter;
	int gate[2];
	char c;

	CHECK_EQ(pipe(gate), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		pthread_t t;

		CHECK_EQ(pthread_create(&t, NULL, hold_for_ever, lock), 0);
		CHECK_EQ(read(gate[0], &c, 1), 1);
		CHECK_EQ(madvise(lock, PAGE, MADV_DONTNEED), 0);
		_exit(0);
	}
	while (!__atomic_load_n(&lock->word, __ATOMIC_SEQ_CST))
		sched_yield();
	waiter = start_waiter(&lock->word);
	CHECK_EQ(write(gate[1], "", 1), 1);
	CHECK_CHILD(pid);
	CHECK_EQ(lock->word, WAITERS | DIED);
	CHECK(was_woken(waiter));
}
