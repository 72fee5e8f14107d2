/*
 * Threads of one address space that do things to the same pages at once: fault, fork, truncate,
 * unmap, move, execute. Nothing that one of them has stored is lost, and nobody sees bytes that are
 * no more.
 *
 * What goes wrong here goes wrong between a look and a change, when the one who looked has slept.
 * An allocation sleeps seldom: run it with mapix.alloc_yield=1 (docs/testing.md).
 */
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/mman.h>

#define THREADS	   4
#define PAGES	   64
#define PAGE	   4096
#define WORDS	   (PAGE / sizeof(unsigned))
#define TABLE_SPAN (4UL << 20) /* what one page table maps */
#define PATTERN	   0x5a5a5a5aU

static unsigned *volatile area; /* what the threads of a case work on */
static size_t stride = WORDS;	/* words from one page that they touch to the next */
static int pages = PAGES;
static pthread_barrier_t barrier;
static pthread_t threads[THREADS];

static void start(void *(*fn)(void *), int parties)
{
	long k;

	CHECK_EQ(pthread_barrier_init(&barrier, NULL, parties), 0);
	for (k = 0; k < THREADS; k++)
		CHECK_EQ(pthread_create(&threads[k], NULL, fn, (void *)k), 0);
}

static void join(void)
{
	int k;

	for (k = 0; k < THREADS; k++)
		CHECK_EQ(pthread_join(threads[k], NULL), 0);
}

static unsigned *word_of(int page, int k)
{
	return area + page * stride + k;
}

/* Each thread has a word of its own in each page. */
static void *store_words(void *arg)
{
	long k = (long)arg;
	int p;

	pthread_barrier_wait(&barrier);
	for (p = 0; p < pages; p++)
		*(volatile unsigned *)word_of(p, k) = p + 1 + k;
	return NULL;
}

/* All store at once; then all words are there, and the word behind them is `rest` as before. */
static void store_and_check(unsigned rest)
{
	int p, k;

	start(store_words, THREADS);
	join();
	for (p = 0; p < pages; p++) {
		for (k = 0; k < THREADS; k++)
			CHECK_EQ(*word_of(p, k), p + 1 + k);
		CHECK_EQ(*word_of(p, THREADS), rest);
	}
}

static void *map(size_t len, int flags, int fd)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* A file without a name, filled with the pattern. */
static int pattern_file(int npages)
{
	unsigned page[WORDS];
	unsigned i;
	int fd = memfd_create("pattern", 0), p;

	CHECK(fd >= 0);
	for (i = 0; i < WORDS; i++)
		page[i] = PATTERN;
	for (p = 0; p < npages; p++)
		CHECK_EQ(write(fd, page, PAGE), PAGE);
	return fd;
}

TEST(fresh_pages_keep_all_stores)
{
	int round;

	for (round = 0; round < 4; round++) {
		area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		store_and_check(0);
		CHECK_EQ(munmap(area, PAGES * PAGE), 0);
	}
}

TEST(pages_of_zeros_keep_all_stores)
{
	int p;

	area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (p = 0; p < PAGES; p++)
		CHECK_EQ(*(volatile unsigned *)word_of(p, 0), 0);
	store_and_check(0);
}

TEST(pages_shared_with_a_child_keep_all_stores)
{
	int go[2], p;
	pid_t child;
	char c;

	area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (p = 0; p < PAGES; p++)
		*word_of(p, 0) = *word_of(p, THREADS) = PATTERN;
	CHECK_EQ(pipe(go), 0);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		close(go[1]);
		CHECK_EQ(read(go[0], &c, 1), 0);
		for (p = 0; p < PAGES; p++)
			CHECK(*word_of(p, 0) == PATTERN && *word_of(p, 1) == 0);
		_exit(0);
	}
	store_and_check(PATTERN);
	close(go[1]);
	CHECK_CHILD(child);
}

TEST(private_pages_of_a_file_keep_all_stores)
{
	int fd = pattern_file(PAGES);

	area = map(PAGES * PAGE, MAP_PRIVATE, fd);
	store_and_check(PATTERN);
}

TEST(shared_pages_of_a_file_keep_all_stores)
{
	unsigned word;
	int fd = memfd_create("shared", 0);

	CHECK(fd >= 0 && ftruncate(fd, PAGES * PAGE) == 0);
	area = map(PAGES * PAGE, MAP_SHARED, fd);
	store_and_check(0);
	CHECK_EQ(pread(fd, &word, sizeof(word), PAGE), sizeof(word));
	CHECK_EQ(word, 2);
}

/* Each page has a page table of its own, which all threads want at once. */
TEST(fresh_page_tables_keep_all_stores)
{
	pages = 16;
	stride = TABLE_SPAN / sizeof(unsigned);
	area = map(pages * TABLE_SPAN, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	store_and_check(0);
	CHECK_EQ(munmap(area, pages * TABLE_SPAN), 0);
}

/* ---- fork ---- */

static volatile int stop;

/* Counts in all pages, one after the other, until told to stop. */
static void *count_upwards(void *arg)
{
	unsigned long k = (unsigned long)arg;
	unsigned n = 0;
	int p;

	pthread_barrier_wait(&barrier);
	for (; !stop; sched_yield())
		for (n++, p = 0; p < PAGES; p++)
			*(volatile unsigned *)word_of(p, k) = n;
	for (p = 0; p < PAGES; p++)
		CHECK_EQ(*word_of(p, k), n);
	return NULL;
}

/* A child sees one moment of each thread's work, which then goes on without it. */
TEST(a_child_sees_one_moment)
{
	int round, p, k;

	area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	start(count_upwards, THREADS + 1);
	pthread_barrier_wait(&barrier);
	for (round = 0; round < 20; round++) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (!child) {
			for (k = 0; k < THREADS; k++)
				for (p = 1; p < PAGES; p++) {
					unsigned before = *word_of(p - 1, k), n = *word_of(p, k);

					CHECK(n == before || n + 1 == before);
					CHECK(n + 1 >= *word_of(0, k));
				}
			_exit(0);
		}
		CHECK_CHILD(child);
	}
	stop = 1;
	join();
}

/* ---- files that shrink ---- */

static sigjmp_buf out[THREADS];
static __thread long self;

static void leave(int sig)
{
	siglongjmp(out[self], 1);
}

#define ROUNDS 20
static int shrinking;

/* Map the file's page afresh, far from everything (the table is missing, too), and read it,
   or store behind the word that is looked at, while the file shrinks and grows; afterwards nothing
   of the old bytes may be seen. */
static void *touch_while_it_shrinks(void *arg)
{
	int round;

	self = (long)arg;
	for (round = 0; round < ROUNDS; round++) {
		char *room = mmap(NULL, 2 * TABLE_SPAN, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		volatile unsigned *p =
			(void *)(((unsigned long)room + TABLE_SPAN - 1) & -TABLE_SPAN);

		CHECK(room != MAP_FAILED);
		CHECK(mmap((void *)p, PAGE, PROT_READ | PROT_WRITE,
			   MAP_FIXED | (self & 1 ? MAP_SHARED : MAP_PRIVATE), shrinking, 0) == p);
		pthread_barrier_wait(&barrier); /* the pattern is there */
		if (!sigsetjmp(out[self], 1)) {
			if (self & 1)
				p[1] = 1;
			CHECK(*p == PATTERN || *p == 0);
		}
		pthread_barrier_wait(&barrier); /* it has shrunk and grown */
		CHECK_EQ(*p, 0);
		CHECK_EQ(munmap(room, 2 * TABLE_SPAN), 0);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

/* The third barrier of each round is where the bytes come back. */
static void while_threads_touch(void (*shrink)(int fd))
{
	unsigned word = PATTERN;
	int round;

	CHECK(signal(SIGBUS, leave) != SIG_ERR);
	shrinking = pattern_file(1);
	start(touch_while_it_shrinks, THREADS + 1);
	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&barrier);
		shrink(shrinking);
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		CHECK_EQ(pwrite(shrinking, &word, sizeof(word), 0), sizeof(word));
	}
	join();
}

static void truncate_and_grow(int fd)
{
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(ftruncate(fd, PAGE), 0);
}

TEST(truncated_bytes_are_gone)
{
	while_threads_touch(truncate_and_grow);
}

static void punch(int fd)
{
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), 0);
}

TEST(bytes_of_a_punched_hole_are_gone)
{
	while_threads_touch(punch);
}

/* ---- mappings that change ---- */

static void *store_until_told(void *arg)
{
	int p;

	self = (long)arg;
	pthread_barrier_wait(&barrier);
	for (; !stop;
	     sched_yield()) /* a task that yields to them shall not wait for whole slices */
		for (p = 0; p < PAGES; p++)
			if (!sigsetjmp(out[self], 1))
				*(volatile unsigned *)word_of(p, self) = p + 1 + self;
	return NULL;
}

/* Change the area while all store to it; those stores end in a signal where it is not. */
static void while_threads_store(void (*change)(int round))
{
	int round;

	CHECK(signal(SIGSEGV, leave) != SIG_ERR);
	area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	start(store_until_told, THREADS + 1);
	pthread_barrier_wait(&barrier);
	for (round = 0; round < ROUNDS; round++)
		change(round);
	stop = 1;
	join();
	store_and_check(0);
}

static void replace(int round)
{
	CHECK(mmap(area, PAGES * PAGE, PROT_READ | PROT_WRITE,
		   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == area);
	sched_yield();
}

TEST(replacing_a_mapping_that_is_written)
{
	while_threads_store(replace);
}

static void drop_pages(int round)
{
	CHECK_EQ(madvise(area, PAGES * PAGE, round & 1 ? MADV_DONTNEED : MADV_FREE), 0);
	sched_yield();
}

TEST(dropping_pages_that_are_written)
{
	while_threads_store(drop_pages);
}

static void protect(int round)
{
	CHECK_EQ(mprotect(area + round * WORDS, PAGE, PROT_READ), 0);
	sched_yield();
	CHECK_EQ(mprotect(area, PAGES * PAGE, PROT_READ | PROT_WRITE), 0);
	sched_yield();
}

TEST(protecting_pages_that_are_written)
{
	while_threads_store(protect);
}

static void move_there_and_back(int round)
{
	void *there = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(there != MAP_FAILED);
	CHECK(mremap(area, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, there) ==
	      there);
	sched_yield();
	CHECK(mremap(there, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area) ==
	      area);
	sched_yield();
}

TEST(moving_pages_that_are_written)
{
	while_threads_store(move_there_and_back);
}

/* ---- the end ---- */

TEST(exec_while_threads_store)
{
	int round;

	for (round = 0; round < 4; round++) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (!child) {
			area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
			start(store_until_told, THREADS + 1);
			pthread_barrier_wait(&barrier);
			sched_yield();
			CHECK(dup2(open("/dev/null", O_WRONLY), 1) == 1);
			execl("/proc/self/exe", "threads", "-l", NULL);
			_exit(1);
		}
		CHECK_CHILD(child);
	}
}

TEST(exit_while_threads_store)
{
	int round;

	for (round = 0; round < 4; round++) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (!child) {
			area = map(PAGES * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
			start(store_until_told, THREADS + 1);
			pthread_barrier_wait(&barrier);
			sched_yield();
			_exit(0);
		}
		CHECK_CHILD(child);
	}
}
