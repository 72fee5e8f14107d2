/*
 * The edges of memory calls, to the page: what just fits and what just does not, for each limit;
 * and that promises are given back to the page.
 */
#include "maps.h"
#include "procfile.h"
#include <stdint.h>
#include <sys/resource.h>

#ifndef MREMAP_DONTUNMAP
#	define MREMAP_DONTUNMAP 4
#endif
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define NOBODY	65534
#define MAX_MAP "/proc/sys/vm/max_map_count"

static char *anon(int n, int prot)
{
	return anon_at(free_room(n), n, prot);
}

static void limit(int which, unsigned long value)
{
	struct rlimit r = {value, value};

	CHECK(!setrlimit(which, &r));
}

/* ---- how many mappings ---- */

static int mappings(void)
{
	int fd = open("/proc/self/maps", O_RDONLY), n = 0;
	char line[512];

	map_read_line(fd, NULL, 0);
	while (map_read_line(fd, line, sizeof(line)))
		n++;
	close(fd);
	return n;
}

static void set_max(int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", n);
	CHECK_EQ(try_write(MAX_MAP, text), strlen(text));
}

/* Runs body in a child; the machine's limit is as before afterwards. */
static void with_max_map_count(void (*body)(void))
{
	int old = strtol(slurp(MAX_MAP), NULL, 10), status;
	pid_t pid;

	need_root();
	pid = fork();
	if (!pid) {
		body();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	set_max(old);
	if (status)
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void split_to_the_limit(void)
{
	char *p = anon(9, RW);
	int n = mappings(), most;

	for (most = n - 3;; most++) {
		set_max(most);
		if (!mprotect(p + 4 * P, P, PROT_READ))
			break;
		CHECK_EQ(errno, ENOMEM);
		CHECK(most < n + 5);
		CHECK(!mprotect(p, 9 * P, RW));
	}
	CHECK_EQ(most, n + 2); /* a middle makes two more */
	CHECK(!mprotect(p, 9 * P, RW));
	CHECK_MAP(p, 9 * P, "rw-p");
	set_max(most);
	CHECK(!mprotect(p + 4 * P, P, PROT_READ));
	CHECK_ERRNO(mprotect(p + P, P, PROT_READ), ENOMEM);
	CHECK_ERRNO(munmap(p + P, P), ENOMEM);
	CHECK(!munmap(p, P)); /* makes none more */
	CHECK(!munmap(p + 8 * P, P));
	CHECK_MAP(p + P, 3 * P, "rw-p");
	CHECK_MAP(p + 5 * P, 3 * P, "rw-p");
	set_max(most + 1);
	CHECK_ERRNO(mprotect(p + 2 * P, P, PROT_READ), ENOMEM);
	CHECK(!mprotect(p + P, 3 * P, RW));
	CHECK(!munmap(p + 2 * P, P));
	CHECK_ERRNO(munmap(p + 6 * P, P), ENOMEM);
}

TEST(splits_end_exactly_at_the_limit_of_mappings)
{
	with_max_map_count(split_to_the_limit);
}

/* ---- what is promised ---- */

static long committed(void)
{
	return field(slurp("/proc/meminfo"), "Committed_AS:") / 4;
}

/* STATEMENTS change what is promised by PAGES. */
#define CHECK_PROMISES(PAGES, STATEMENTS)                  \
	do {                                               \
		long before_ = (committed(), committed()); \
		STATEMENTS;                                \
		CHECK_EQ(committed() - before_, PAGES);    \
	} while (0)

TEST(promises_of_new_and_removed_memory)
{
	char *p = free_room(40);

	CHECK_PROMISES(40, anon_at(p, 40, RW));
	CHECK_PROMISES(0, anon_at(p + 10 * P, 10, RW)); /* replaced */
	CHECK_PROMISES(-10, anon_at(p + 10 * P, 10, PROT_READ));
	CHECK_PROMISES(-7, CHECK(!munmap(p + 30 * P, 7 * P)));
	CHECK_PROMISES(-23, CHECK(!munmap(p, 40 * P)));
}

TEST(promises_of_memory_that_becomes_writable)
{
	char *p = free_room(20);

	CHECK_PROMISES(0, anon_at(p, 20, PROT_READ));
	CHECK_PROMISES(5, CHECK(!mprotect(p + 5 * P, 5 * P, RW)));
	CHECK_PROMISES(0, CHECK(!mprotect(p + 5 * P, 5 * P, PROT_READ)));
	CHECK_PROMISES(0, CHECK(!mprotect(p + 5 * P, 5 * P, RW)));
	CHECK_PROMISES(15, CHECK(!mprotect(p, 20 * P, RW)));
	CHECK_PROMISES(-20, CHECK(!munmap(p, 20 * P)));
}

static void fail_to_protect(void)
{
	char *p = anon(9, PROT_READ);

	set_max(1);
	CHECK_PROMISES(0, CHECK_ERRNO(mprotect(p + 3 * P, P, RW), ENOMEM));
}

TEST(promises_of_a_change_that_fails)
{
	with_max_map_count(fail_to_protect);
}

TEST(promises_of_memory_that_grows_moves_and_shrinks)
{
	char *p = free_room(100), *q = free_room(200) + 150 * P;

	anon_at(p, 30, RW);
	CHECK_PROMISES(10, CHECK(mremap(p, 30 * P, 40 * P, 0) == p));
	CHECK_PROMISES(-5, CHECK(mremap(p, 40 * P, 35 * P, 0) == p));
	memset(p, 1, 35 * P);
	CHECK_PROMISES(0, CHECK(mremap(p + 10 * P, 10 * P, 10 * P, MREMAP_MAYMOVE | MREMAP_FIXED,
				       q) == q));
	CHECK_PROMISES(-10, CHECK(!munmap(p, 10 * P)));
	CHECK_PROMISES(-15, CHECK(!munmap(p + 20 * P, 15 * P)));
	CHECK_PROMISES(10, CHECK(mremap(q, 10 * P, 10 * P,
					MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, p) == p));
	CHECK_PROMISES(-10, CHECK(!munmap(p, 10 * P)));
	CHECK_PROMISES(-10, CHECK(!munmap(q, 10 * P)));
}

TEST(promises_of_a_child)
{
	char *p = anon(1000, RW);
	long before = (committed(), committed()), more;
	pid_t pid = start_child(NULL);

	more = committed() - before;
	CHECK(more >= 1000 && more < 1500);
	end_child(pid);
	CHECK_EQ(committed(), before);
	CHECK(!munmap(p, 1000 * P));
	CHECK_EQ(committed(), before - 1000);
}

TEST(promises_of_what_is_refused)
{
	CHECK_PROMISES(0, CHECK_ERRNO(mmap(NULL, 0xb0000000, RW, ANON, -1, 0), ENOMEM));
	CHECK_PROMISES(0, CHECK_ERRNO(mmap(NULL, 0x60000000, RW, ANON, -1, 0), ENOMEM));
}

/* ---- the limits of a process ---- */

TEST(address_space_to_the_page)
{
	char *p = free_room(20);
	long now;

	anon_at(p, 10, RW);
	slurp("/proc/self/status");
	now = field(slurp("/proc/self/status"), "VmSize:") * 1024;
	limit(RLIMIT_AS, now + 5 * P);
	CHECK_ERRNO(mmap(p + 10 * P, 6 * P, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
	CHECK(mmap(p + 10 * P, 5 * P, RW, ANON | MAP_FIXED, -1, 0) == p + 10 * P);
	CHECK_ERRNO(mmap(p + 15 * P, P, PROT_NONE, ANON | MAP_FIXED, -1, 0), ENOMEM);
	CHECK(mmap(p, 10 * P, PROT_READ, ANON | MAP_FIXED, -1, 0) == p); /* in place of as much */
	CHECK_ERRNO(mmap(p + 14 * P, 2 * P, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
	CHECK_ERRNO(mremap(p + 10 * P, 5 * P, 6 * P, 0), ENOMEM);
	CHECK(!munmap(p, P));
	CHECK(mremap(p + 10 * P, 5 * P, 6 * P, 0) == p + 10 * P);
}

/* Within one page, for a new one would also have to fit in with all other data. */
TEST(the_heap_to_the_byte)
{
	char *page = (char *)(((unsigned long)sbrk(0) + P - 1) & -P), *stat;
	unsigned long start_brk, data;
	int i;

	CHECK(!brk(page + 100));
	stat = strrchr(slurp("/proc/self/stat"), ')') + 2;
	for (i = 3; i < 45; i++) /* start_data, end_data, start_brk: fields 45 to 47 */
		stat = strchr(stat, ' ') + 1;
	data = -strtoul(stat, &stat, 10);
	data += strtoul(stat, &stat, 10);
	start_brk = strtoul(stat, &stat, 10);
	limit(RLIMIT_DATA, (unsigned long)page + 200 - start_brk + data);
	CHECK_ERRNO(brk(page + 201), ENOMEM);
	CHECK(!brk(page + 200));
	CHECK(!brk(page + 100));
}

TEST(the_heap_keeps_exactly_one_page_free)
{
	char *end = (char *)(((unsigned long)sbrk(0) + P - 1) & -P);

	anon_at(end + 8 * P, 1, PROT_NONE);
	CHECK_ERRNO(brk(end + 8 * P), ENOMEM);
	CHECK_ERRNO(brk(end + 7 * P + 1), ENOMEM);
	CHECK(!brk(end + 7 * P));
	memset(end, 1, 7 * P);
	CHECK(!brk(end + 7 * P - 1)); /* shrinks, but not by a page */
	CHECK(!brk(end + 7 * P));
}

TEST(the_heap_grows_as_one_mapping)
{
	char *end = (char *)(((unsigned long)sbrk(0) + P - 1) & -P);
	struct map_line low, high;

	CHECK(!brk(end + 2 * P) && !brk(end + 5 * P) && !brk(end + 9 * P));
	memset(end, 1, 9 * P);
	CHECK(map_at(end, &low) && map_at(end + 8 * P, &high));
	CHECK_EQ(low.start, high.start);
	CHECK_EQ(high.end, (unsigned long)end + 9 * P);
}

TEST(a_stack_to_its_limit)
{
	char *p = free_room(400) + 390 * P;

	CHECK(mmap(p, 2 * P, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0) == p);
	limit(RLIMIT_STACK, 12 * P);
	CHECK_EQ(PROBE(p[-10 * P] = 1), 0);
	CHECK_MAP(p - 10 * P, 12 * P, "rw-p");
	CHECK_EQ(PROBE(p[-11 * P] = 1), SIGSEGV);
	CHECK_EQ(p[-10 * P] + p[-9 * P], 1);
}

TEST(a_stack_to_its_guard_gap)
{
	char *p = free_room(400);

	anon_at(p, 2, RW);
	CHECK(mmap(p + 300 * P, 2 * P, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0) == p + 300 * P);
	CHECK_EQ(PROBE(p[257 * P] = 1), SIGSEGV);
	CHECK_EQ(PROBE(p[258 * P] = 1), 0);
	CHECK_MAP(p + 258 * P, 44 * P, "rw-p");
	/* what comes down to it can be used by nobody else, unless it is asked for by force */
	CHECK(mmap(p + 2 * P, P, RW, ANON, -1, 0) != p + 2 * P);
	anon_at(p + 257 * P, 1, PROT_NONE);
	CHECK(mremap(p, 2 * P, 3 * P, 0) == p);
}

/* The room between two mappings: it is taken by what fits exactly, asked for or found. */
TEST(room_that_fits_exactly)
{
	char *p = free_room(20);

	anon_at(p, 5, PROT_NONE);
	anon_at(p + 10 * P, 5, PROT_NONE);
	CHECK(mmap(p + 5 * P, 5 * P, RW, ANON, -1, 0) == p + 5 * P);
	CHECK(!munmap(p + 5 * P, 5 * P));
	CHECK(mmap(p + 5 * P, 6 * P, RW, ANON, -1, 0) != p + 5 * P);
	CHECK(mmap(p + 4 * P, 5 * P, RW, ANON, -1, 0) != p + 4 * P);
	munmap(p + 5 * P, 5 * P);
	anon_at(p + 5 * P, 2, RW);
	CHECK_ERRNO(mremap(p + 5 * P, 2 * P, 6 * P, 0), ENOMEM);
	CHECK(mremap(p + 5 * P, 2 * P, 5 * P, 0) == p + 5 * P);
	memset(p + 5 * P, 1, 5 * P);
}

TEST(moving_next_door)
{
	char *p = free_room(20) + 10 * P;

	anon_at(p, 4, RW);
	memset(p, 5, 4 * P);
	CHECK_ERRNO(mremap(p, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 3 * P), EINVAL);
	CHECK_ERRNO(mremap(p, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p - 3 * P), EINVAL);
	CHECK(mremap(p, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 4 * P) == p + 4 * P);
	CHECK(mremap(p + 4 * P, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p) == p);
	CHECK_EQ(p[0] + p[4 * P - 1], 10);
}

/* What searches for room keeps off the room below a stack, which may grow there. */
TEST(room_below_a_stack_is_not_found)
{
	char *p = free_room(1000), *q;
	int pages;

	CHECK(mmap(p + 990 * P, 10 * P, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0) ==
	      p + 990 * P);
	for (pages = 700; pages < 1000; pages++) {
		q = mmap(NULL, pages * P, PROT_NONE, ANON, -1, 0);
		CHECK(q != MAP_FAILED);
		CHECK(q + pages * P <= p + (990 - 256) * P || q >= p + 1000 * P);
		CHECK(!munmap(q, pages * P));
	}
}

/* Nothing is mapped above it, and then again nothing there. */
TEST(the_last_page_of_all)
{
	char *last = (char *)0xbffff000UL, *p;
	struct map_line m;

	if (map_at(last, &m))
		SKIP("the stack is there");
	anon_at(last, 1, RW);
	last[P - 1] = 1;
	CHECK_MAP(last, P, "rw-p");
	CHECK(!munmap(last, P));
	CHECK_UNMAPPED(last);
	CHECK_ERRNO(mmap(last, 2 * P, RW, ANON | MAP_FIXED, -1, 0), ENOMEM);
	p = anon(3, RW);
	memset(p, 1, 3 * P);
}

/* Pages of two histories: no mapping holds both. */
TEST(two_histories_do_not_become_one)
{
	char *p = free_room(9);

	anon_at(p, 3, RW);
	memset(p, 1, 3 * P);
	anon_at(p + 6 * P, 3, RW);
	memset(p + 6 * P, 2, 3 * P);
	anon_at(p + 3 * P, 3, PROT_READ);
	CHECK(!mprotect(p + 3 * P, 3 * P, RW));
	CHECK_MAP(p, 6 * P, "rw-p");
	CHECK_MAP(p + 6 * P, 3 * P, "rw-p");
}

TEST(a_history_from_before_fork_is_not_continued)
{
	char *p = free_room(6);
	pid_t pid;

	anon_at(p + 3 * P, 3, RW);
	memset(p + 3 * P, 1, 3 * P);
	pid = fork();
	if (!pid) {
		anon_at(p, 3, RW);
		memset(p, 2, 3 * P);
		CHECK(!mprotect(p, 3 * P, PROT_READ) && !mprotect(p + 3 * P, 3 * P, PROT_READ));
		CHECK_MAP(p, 3 * P, "r--p");
		CHECK_MAP(p + 3 * P, 3 * P, "r--p");
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* All gaps from the top down are closed until one of exactly seven pages is left. */
TEST(a_gap_that_fits_exactly_is_found)
{
	char *p = mmap(NULL, 4000 * P, PROT_NONE, ANON, -1, 0), *q;
	int i;

	CHECK(p != MAP_FAILED);
	CHECK(!munmap(p + 2000 * P, 7 * P));
	for (i = 0; i < 20000; i++) {
		q = mmap(NULL, 7 * P, PROT_NONE, ANON, -1, 0);
		CHECK(q != MAP_FAILED);
		if (q == p + 2000 * P)
			return;
		CHECK(q > p); /* never below while there is room above */
	}
	CHECK_FAIL("the gap was not found");
}

static void become_user(void)
{
	need_root();
	CHECK(!setgid(NOBODY) && !setuid(NOBODY));
}

TEST(locked_memory_to_the_page)
{
	char *p = anon(30, RW);

	limit(RLIMIT_MEMLOCK, 8 * P);
	become_user();
	CHECK_ERRNO(mlock(p, 9 * P), ENOMEM);
	CHECK(!mlock(p, 8 * P));
	CHECK(!mlock(p, 8 * P)); /* counts once */
	CHECK_ERRNO(mlock(p + 8 * P, 1), ENOMEM);
	CHECK_ERRNO(mlock(p + 4 * P, 5 * P), ENOMEM);
	CHECK_ERRNO(mmap(NULL, P, RW, ANON | MAP_LOCKED, -1, 0), EAGAIN);
	CHECK(!munlock(p + 7 * P, P));
	CHECK(!mlock(p + 20 * P + 100, 1));
	CHECK_ERRNO(mlock(p + 8 * P, 1), ENOMEM);
	CHECK(!munmap(p, 2 * P)); /* gives two back */
	CHECK_ERRNO(mlock(p + 10 * P + 4000, P + 200), ENOMEM);
}

TEST(locked_memory_that_grows)
{
	char *p = free_room(30), *end;
	unsigned char there;

	anon_at(p, 4, RW);
	limit(RLIMIT_MEMLOCK, 6 * P);
	become_user();
	CHECK(!mlock(p, 4 * P));
	CHECK_ERRNO(mremap(p, 4 * P, 7 * P, 0), EAGAIN);
	CHECK(mremap(p, 4 * P, 6 * P, 0) == p);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmLck:"), 24);
	CHECK(!mincore(p + 5 * P, P, &there) && there);
	CHECK(!mlockall(MCL_FUTURE));
	end = sbrk(0);
	errno = 0;
	CHECK(brk(end + 2 * P) && errno);
	CHECK_ERRNO(mmap(NULL, P, RW, ANON, -1, 0), EAGAIN);
}

TEST(a_locked_stack_grows_by_locked_pages)
{
	char *p = free_room(400) + 390 * P;

	CHECK(mmap(p, 2 * P, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0) == p);
	CHECK(!mlock(p, 2 * P));
	CHECK_EQ(PROBE(p[-3 * P] = 1), 0);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmLck:"), 20);
	CHECK(!munmap(p - 3 * P, 5 * P));
	CHECK_EQ(field(slurp("/proc/self/status"), "VmLck:"), 0);
}

TEST(an_odd_range_is_locked_to_its_last_page)
{
	char *p = anon(4, RW);

	CHECK(!mlock(p + P - 1, 2));
	CHECK(pagemap(p) & PM_PRESENT && pagemap(p + P) & PM_PRESENT);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmLck:"), 8);
	CHECK(!munlock(p + P - 1, 2));
	CHECK_EQ(field(slurp("/proc/self/status"), "VmLck:"), 0);
}

TEST(locked_file_pages_are_copied_when_they_become_writable)
{
	int fd = memfd_create("x", 0), i;
	struct rusage before, after;
	char *p;

	CHECK(!ftruncate(fd, 8 * P));
	p = mmap(NULL, 8 * P, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(p != MAP_FAILED && !mlock(p, 8 * P) && !mprotect(p, 8 * P, RW));
	CHECK(!getrusage(RUSAGE_SELF, &before));
	for (i = 0; i < 8; i++)
		p[i * P] = 1;
	CHECK(!getrusage(RUSAGE_SELF, &after));
	CHECK_EQ(after.ru_minflt - before.ru_minflt, 0);
}

TEST(the_left_place_is_not_locked)
{
	char *p = anon(4, RW), *q = free_room(4);

	CHECK(!mlock(p, 4 * P));
	CHECK(mremap(p, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, q) == q);
	CHECK(!(pagemap(p) & PM_PRESENT));
	CHECK(!madvise(p, 4 * P, MADV_DONTNEED)); /* EINVAL if it were locked */
	CHECK_ERRNO(madvise(q, 4 * P, MADV_DONTNEED), EINVAL);
}

/* ---- offsets ---- */

TEST(offsets_to_the_last_page_of_a_file)
{
	int fd = memfd_create("x", 0);

#define MMAP2(FD, PAGES, OFFSET) \
	syscall(SYS_mmap2, NULL, (PAGES)*P, PROT_READ, (FD) < 0 ? ANON : MAP_SHARED, FD, OFFSET)
	CHECK(MMAP2(fd, 1, 0xfffffffeUL) != -1);
	CHECK(MMAP2(fd, 2, 0xfffffffdUL) != -1);
	CHECK_ERRNO(MMAP2(fd, 2, 0xfffffffeUL), EOVERFLOW);
	CHECK_ERRNO(MMAP2(fd, 1, 0xffffffffUL), EOVERFLOW);
	CHECK_ERRNO(MMAP2(-1, 1, 0xffffffffUL), EOVERFLOW);
	CHECK(MMAP2(-1, 1, 0xfffffffeUL) != -1);
}
