/*
 * Shared mappings of files that are on a disk: the file learns of the first store to each page, and
 * again after the page was written; what stores leave behind is found by read, msync and fsync. The
 * disk is the one at /mnt.
 */
#include "maps.h"
#include "procfile.h"
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

#define RW (PROT_READ | PROT_WRITE)

/* A file on the disk whose page i is filled with 'a' + i, and clean. */
static int store(int n)
{
	char name[] = "/mnt/mappedXXXXXX", page[P];
	int fd = mkstemp(name), i;

	if (fd < 0)
		SKIP("no disk to write to");
	CHECK(unlink(name) == 0);
	for (i = 0; i < n; i++) {
		memset(page, 'a' + i % 26, P);
		CHECK_EQ(write(fd, page, P), P);
	}
	CHECK(fsync(fd) == 0);
	return fd;
}

static volatile char *map(int fd, int n, int prot, int flags)
{
	char *p = mmap(NULL, n * P, prot, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static char byte_at(int fd, long offset)
{
	char c;

	CHECK_EQ(pread(fd, &c, 1, offset), 1);
	return c;
}

static long faults(void)
{
	struct rusage r;

	CHECK(getrusage(RUSAGE_SELF, &r) == 0);
	return r.ru_minflt + r.ru_majflt;
}

/* The statement takes this many faults. */
#define CHECK_FAULTS(DO, WANTED)                      \
	do {                                          \
		long before_ = (faults(), faults());  \
		DO;                                   \
		CHECK_EQ(faults() - before_, WANTED); \
	} while (0)

/* Kilobytes of the mapping that are dirty, by the entry or by the page. */
static long dirty_kb(volatile char *p)
{
	char start[16];
	const char *text = slurp("/proc/self/smaps"), *line;

	snprintf(start, sizeof(start), "\n%08lx-", (unsigned long)p);
	line = strstr(text, start);
	CHECK(line);
	return field(line + 1, "Shared_Dirty:") + field(line + 1, "Private_Dirty:");
}

static void sync_pages(volatile char *p, int n)
{
	CHECK(msync((char *)p, n * P, MS_SYNC) == 0);
}

/* ---- what is seen ---- */

TEST(a_store_is_what_read_sees)
{
	int fd = store(2);
	volatile char *p = map(fd, 2, RW, MAP_SHARED);

	CHECK_EQ(p[P], 'b');
	p[P + 1] = 'X';
	CHECK_EQ(byte_at(fd, P + 1), 'X');
	CHECK_EQ(pwrite(fd, "Y", 1, 7), 1);
	CHECK_EQ(p[7], 'Y');
	CHECK(munmap((char *)p, 2 * P) == 0);
	CHECK_EQ(byte_at(fd, P + 1), 'X');
	CHECK_EQ(byte_at(fd, P), 'b');
}

TEST(two_processes_share_a_page)
{
	int fd = store(1);
	volatile char *p = map(fd, 1, RW, MAP_SHARED);
	int status;
	pid_t pid;

	p[0] = '1';
	pid = fork();
	if (!pid) {
		CHECK_EQ(p[0], '1');
		p[1] = '2';
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_EQ(p[1], '2');
	CHECK_EQ(byte_at(fd, 1), '2');
}

TEST(a_private_copy_stays_private)
{
	int fd = store(2);
	volatile char *shared = map(fd, 2, RW, MAP_SHARED), *own = map(fd, 2, RW, MAP_PRIVATE);

	own[0] = 'P';
	shared[1] = 'S';
	shared[P] = 'S';
	CHECK_EQ(own[1], 'a'); /* of the copy */
	CHECK_EQ(own[P], 'S'); /* not copied yet */
	CHECK_EQ(byte_at(fd, 0), 'a');
	sync_pages(own, 2);
	CHECK_EQ(byte_at(fd, 0), 'a');
}

TEST(the_kernel_stores_too)
{
	int fd = store(2), pipes[2];
	volatile char *p = map(fd, 2, RW, MAP_SHARED);

	CHECK(pipe(pipes) == 0);
	CHECK_EQ(write(pipes[1], "pipe", 4), 4);
	CHECK_EQ(read(pipes[0], (char *)p + P - 2, 4), 4);
	CHECK_EQ(byte_at(fd, P - 2), 'p');
	CHECK_EQ(byte_at(fd, P + 1), 'e');
	sync_pages(p, 2);
	CHECK_EQ(dirty_kb(p), 0);
	CHECK_EQ(write(pipes[1], "more", 4), 4);
	CHECK_EQ(read(pipes[0], (char *)p + P - 2, 4), 4);
	CHECK_EQ(dirty_kb(p), 8);
	CHECK_EQ(byte_at(fd, P + 1), 'e');
}

/* ---- who learns of a store ---- */

TEST(the_first_store_faults)
{
	int fd = store(2);
	volatile char *p = map(fd, 2, RW, MAP_SHARED), c __attribute__((unused));

	CHECK_FAULTS(c = p[0], 1);
	CHECK_FAULTS(p[0] = 1, 1);
	CHECK_FAULTS(p[1] = 1, 0);
	CHECK_FAULTS(c = p[2], 0);
}

TEST(so_does_the_first_store_after_a_write)
{
	int fd = store(1);
	volatile char *p = map(fd, 1, RW, MAP_SHARED);
	int i;

	p[0] = 1;
	for (i = 2; i < 5; i++) {
		CHECK_FAULTS(p[1] = i, 0);
		sync_pages(p, 1);
		CHECK_FAULTS(p[0] = i, 1);
	}
	CHECK_EQ(byte_at(fd, 0), 4);
	CHECK(fsync(fd) == 0);
	CHECK_FAULTS(p[0] = 5, 1);
	CHECK(fdatasync(fd) == 0);
	CHECK_FAULTS(p[0] = 6, 1);
	CHECK(msync((char *)p, P, MS_ASYNC) == 0);
	CHECK(msync((char *)p, P, MS_INVALIDATE) == 0);
	CHECK_FAULTS(p[0] = 7, 0);
}

TEST(in_each_mapping)
{
	int fd = store(1);
	volatile char *p = map(fd, 1, RW, MAP_SHARED), *q = map(fd, 1, RW, MAP_SHARED);

	p[0] = q[1] = 1;
	CHECK_FAULTS(p[0] = q[1] = 2, 0);
	sync_pages(p, 1);
	CHECK_FAULTS(p[0] = 3, 1);
	CHECK_FAULTS(q[1] = 3, 1);
	CHECK_EQ(byte_at(fd, 1), 3);
}

TEST(in_each_process)
{
	int fd = store(1), go[2], back[2];
	volatile char *p = map(fd, 1, RW, MAP_SHARED);
	int status;
	char c;
	pid_t pid;

	CHECK(pipe(go) == 0 && pipe(back) == 0);
	p[0] = 1;
	pid = fork();
	if (!pid) {
		p[1] = 1;
		CHECK_EQ(write(back[1], "", 1), 1);
		CHECK_EQ(read(go[0], &c, 1), 1);
		CHECK_FAULTS(p[1] = 2, 1);
		CHECK_FAULTS(p[1] = 3, 0);
		_exit(0);
	}
	CHECK_EQ(read(back[0], &c, 1), 1);
	sync_pages(p, 1);
	CHECK_EQ(dirty_kb(p), 0);
	CHECK_EQ(write(go[1], "", 1), 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_EQ(dirty_kb(p), 4);
	CHECK_EQ(byte_at(fd, 1), 3);
}

TEST(after_mprotect)
{
	int fd = store(2);
	volatile char *p = map(fd, 2, RW, MAP_SHARED), c __attribute__((unused));

	p[0] = 1;
	c = p[P];
	CHECK(mprotect((char *)p, 2 * P, PROT_READ) == 0);
	CHECK_FAULT(p[0] = 2, SIGSEGV, SEGV_ACCERR, p);
	CHECK(mprotect((char *)p, 2 * P, RW) == 0);
	CHECK_FAULTS(p[0] = 2, 0); /* the file knows */
	CHECK_FAULTS(p[P] = 2, 1); /* of this one it does not */
	CHECK(mprotect((char *)p, 2 * P, PROT_READ) == 0);
	sync_pages(p, 2);
	CHECK(mprotect((char *)p, 2 * P, RW) == 0);
	CHECK_FAULTS(p[0] = 3, 1);
	CHECK_FAULTS(p[P] = 3, 1);
	CHECK_EQ(dirty_kb(p), 8);
}

TEST(a_mapping_that_becomes_writable)
{
	int fd = store(2);
	volatile char *p = map(fd, 2, PROT_READ, MAP_SHARED), c __attribute__((unused));

	c = p[0];
	CHECK(mprotect((char *)p, 2 * P, RW) == 0);
	CHECK_EQ(dirty_kb(p), 0);
	CHECK_FAULTS(p[0] = 1, 1);
	CHECK_FAULTS(p[P] = 1, 1);
	CHECK_EQ(dirty_kb(p), 8);
	CHECK_EQ(byte_at(fd, P), 1);
}

TEST(after_mremap)
{
	int fd = store(4);
	volatile char *p = map(fd, 2, RW, MAP_SHARED), *q;

	p[0] = 1;
	q = mremap((char *)p, 2 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, free_room(4));
	CHECK(q != MAP_FAILED);
	CHECK_FAULTS(q[0] = 2, 0);
	CHECK_FAULTS(q[3 * P] = 2, 1);
	CHECK_EQ(dirty_kb(q), 8);
	sync_pages(q, 4);
	CHECK_FAULTS(q[0] = 3, 1);
	CHECK_FAULTS(q[3 * P] = 3, 1);
	CHECK_EQ(byte_at(fd, 3 * P), 3);
}

TEST(advice_changes_nothing)
{
	int fd = store(2);
	volatile char *p = map(fd, 2, RW, MAP_SHARED);

	p[0] = 1;
	CHECK(madvise((char *)p, P, MADV_DONTFORK) == 0);
	CHECK(madvise((char *)p, 2 * P, MADV_DOFORK) == 0);
	CHECK(madvise((char *)p, 2 * P, MADV_RANDOM) == 0);
	CHECK_FAULTS(p[0] = 2, 0);
	CHECK_FAULTS(p[P] = 2, 1);
	CHECK(madvise((char *)p, 2 * P, MADV_DONTNEED) == 0);
	CHECK_EQ(byte_at(fd, P), 2); /* the page knows that it is dirty */
	sync_pages(p, 2);
	CHECK_EQ(p[P], 2);
	CHECK_FAULTS(p[P] = 3, 1);
}

TEST(locked_and_populated_pages_are_not_dirty)
{
	int fd = store(4);
	volatile char *p = map(fd, 4, RW, MAP_SHARED | MAP_POPULATE);

	CHECK_EQ(dirty_kb(p), 0);
	CHECK(mlock((char *)p, 4 * P) == 0);
	CHECK_EQ(dirty_kb(p), 0);
	CHECK_FAULTS(p[0] = 1, 1);
	CHECK_EQ(dirty_kb(p), 4);
	CHECK(madvise((char *)p, 2 * P, MADV_POPULATE_WRITE) == 0);
	CHECK_EQ(dirty_kb(p), 8);
	CHECK_FAULTS(p[P] = 1, 0);
	CHECK_ERRNO(msync((char *)p, 4 * P, MS_SYNC | MS_INVALIDATE), EBUSY);
	CHECK_EQ(dirty_kb(p), 8);
	sync_pages(p, 4);
	CHECK_EQ(dirty_kb(p), 0);
}

TEST(another_process_stores)
{
	int fd = store(1);
	volatile char *p = map(fd, 1, RW, MAP_SHARED);
	pid_t pid = start_child(NULL);
	struct iovec mine = {"from outside", 12}, its = {(char *)p + 5, 12};

	CHECK_EQ(process_vm_writev(pid, &mine, 1, &its, 1, 0), 12);
	CHECK_EQ(byte_at(fd, 5), 'f');
	CHECK_EQ(p[16], 'e');
	CHECK_EQ(dirty_kb(p), 4);
	sync_pages(p, 1);
	CHECK_EQ(process_vm_writev(pid, &mine, 1, &its, 1, 0), 12);
	CHECK_EQ(dirty_kb(p), 4);
	end_child(pid);
}

/* ---- what is dirty ---- */

TEST(dirty_pages_are_counted)
{
	enum {
		N = 512
	};
	int fd = store(N), i;
	volatile char *p = map(fd, N, RW, MAP_SHARED);
	long long before = field(slurp("/proc/meminfo"), "Dirty:");

	for (i = 0; i < N; i++)
		p[i * P] = 'D';
	CHECK_EQ(dirty_kb(p), N * 4);
	CHECK(field(slurp("/proc/meminfo"), "Dirty:") >= before + N * 4 * 3 / 4);
	sync_pages(p, N);
	CHECK_EQ(dirty_kb(p), 0);
	CHECK(field(slurp("/proc/meminfo"), "Dirty:") < before + N * 4 / 4);
	CHECK(field(slurp("/proc/meminfo"), "Mapped:") >= N * 4);
}

TEST(msync_writes_its_range)
{
	int fd = store(4);
	volatile char *p = map(fd, 4, RW, MAP_SHARED);
	int i;

	for (i = 0; i < 4; i++)
		p[i * P] = 'm';
	sync_pages(p + P, 2);
	CHECK_EQ(dirty_kb(p), 8);
	CHECK_FAULTS(p[0] = 1, 0);
	CHECK_FAULTS(p[P] = 1, 1);
}

TEST(the_dirty_bit_outlives_the_mapping)
{
	int fd = store(2);
	volatile char *p = map(fd, 2, RW, MAP_SHARED), c __attribute__((unused));

	p[0] = p[P] = 'o';
	CHECK(munmap((char *)p, 2 * P) == 0);
	p = map(fd, 2, PROT_READ, MAP_SHARED);
	c = p[0] + p[P];
	CHECK_EQ(dirty_kb(p), 8);
	CHECK(fsync(fd) == 0);
	CHECK_EQ(dirty_kb(p), 0);
}

TEST(drop_caches_spares_what_is_dirty)
{
	int fd = store(2);
	volatile char *p = map(fd, 2, RW, MAP_SHARED);

	p[0] = p[P] = 'd';
	CHECK(munmap((char *)p, 2 * P) == 0);
	if (try_write("/proc/sys/vm/drop_caches", "3") != 1)
		SKIP("not root");
	CHECK_EQ(byte_at(fd, 0), 'd');
	CHECK(fsync(fd) == 0);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "3"), 1);
	CHECK_EQ(byte_at(fd, P), 'd');
	CHECK_EQ(byte_at(fd, P + 1), 'b');
}

/* The page is in no mapping any more, and must be read anew. */
TEST(a_page_that_was_written_can_be_dropped)
{
	int fd = store(16), i;
	volatile char *p = map(fd, 16, RW, MAP_SHARED);
	unsigned char in_core[16];

	for (i = 0; i < 16; i++)
		p[i * P + 1] = 'w';
	CHECK(munmap((char *)p, 16 * P) == 0);
	CHECK(fsync(fd) == 0);
	if (try_write("/proc/sys/vm/drop_caches", "1") != 1)
		SKIP("not root");
	p = map(fd, 16, RW, MAP_SHARED);
	CHECK(mincore((char *)p, 16 * P, in_core) == 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(in_core[i] & 1, 0);
	for (i = 0; i < 16; i++) {
		CHECK_EQ(p[i * P], 'a' + i);
		CHECK_EQ(p[i * P + 1], 'w');
	}
}

/* ---- files that change their size ---- */

TEST(truncation_takes_pages_away)
{
	int fd = store(4);
	volatile char *p = map(fd, 4, RW, MAP_SHARED), *own = map(fd, 4, RW, MAP_PRIVATE);

	p[0] = p[P + 100] = p[3 * P] = 's';
	own[100] = own[P + 100] = own[2 * P] = 'p';
	CHECK(ftruncate(fd, P + 50) == 0);
	CHECK_EQ(p[0], 's');
	CHECK_EQ(p[P + 49], 'b');
	CHECK_EQ(p[P + 50], 0); /* the rest of the last page is zeros */
	CHECK_EQ(p[P + 100], 0);
	CHECK_FAULT(p[2 * P] = 1, SIGBUS, BUS_ADRERR, p + 2 * P);
	CHECK_FAULT((void)p[3 * P], SIGBUS, BUS_ADRERR, p + 3 * P);
	CHECK_EQ(own[100], 'p');
	CHECK_EQ(own[P + 100], 'p'); /* a copy keeps what it had */
	CHECK_FAULT((void)own[2 * P], SIGBUS, BUS_ADRERR, own + 2 * P);
	CHECK(ftruncate(fd, 4 * P) == 0);
	CHECK_EQ(p[P + 100], 0);
	CHECK_EQ(p[2 * P], 0);
	CHECK_EQ(p[3 * P], 0);
	CHECK_EQ(own[2 * P], 0);
	p[3 * P] = 't';
	CHECK_EQ(byte_at(fd, 3 * P), 't');
	CHECK(fsync(fd) == 0);
}

/* What is stored behind the end is no part of the file, and does not show when it grows. */
TEST(stores_behind_the_end)
{
	int fd = store(1);
	volatile char *p = map(fd, 2, RW, MAP_SHARED);

	CHECK(ftruncate(fd, 100) == 0);
	p[50] = 'i';
	p[200] = 'b';
	sync_pages(p, 1);
	CHECK(ftruncate(fd, 2 * P) == 0);
	CHECK_EQ(byte_at(fd, 50), 'i');
	CHECK_EQ(byte_at(fd, 200), 0);
	p[3000] = 'x'; /* perhaps in a block that the file did not have */
	p[P] = 'y';
	CHECK(fsync(fd) == 0);
	if (try_write("/proc/sys/vm/drop_caches", "3") != 1)
		SKIP("not root");
	CHECK_EQ(byte_at(fd, 3000), 'x');
	CHECK_EQ(byte_at(fd, P), 'y');
}

/* ftruncate clears it, whether the size changes or not; a write leaves it until the page is
 * written. */
TEST(ftruncate_clears_what_is_behind_the_end)
{
	static const int sizes[] = {100, 200, 50};
	int i;

	for (i = 0; i < 3; i++) {
		int fd = store(1);
		volatile char *p = map(fd, 1, RW, MAP_SHARED);

		CHECK(ftruncate(fd, 100) == 0);
		p[99] = 'i';
		p[300] = 'b';
		CHECK(ftruncate(fd, sizes[i]) == 0);
		CHECK_EQ(p[300], 0);
		CHECK_EQ(p[99], sizes[i] < 100 ? 0 : 'i');
		CHECK_EQ(p[49], 'a');
	}
}

TEST(growing_by_write_makes_pages_accessible)
{
	int fd = store(1);
	volatile char *p = map(fd, 3, RW, MAP_SHARED);

	CHECK_FAULT(p[P] = 1, SIGBUS, BUS_ADRERR, p + P);
	CHECK_EQ(pwrite(fd, "end", 3, 2 * P), 3);
	p[P] = 'h'; /* a hole */
	CHECK_EQ(p[2 * P + 2], 'd');
	CHECK_EQ(p[2 * P + 3], 0);
	CHECK_EQ(byte_at(fd, P), 'h');
	CHECK(fsync(fd) == 0);
}

TEST(a_hole_gets_its_blocks)
{
	int fd = store(0);
	struct stat st;
	volatile char *p;

	CHECK(ftruncate(fd, 16 * P) == 0);
	p = map(fd, 16, RW, MAP_SHARED);
	CHECK_EQ(p[3 * P], 0);
	p[3 * P] = 'h';
	p[9 * P] = 'h';
	sync_pages(p, 16);
	CHECK(fstat(fd, &st) == 0);
	CHECK(st.st_blocks >= 4 && st.st_blocks <= 4 * 8);
	CHECK_EQ(byte_at(fd, 3 * P), 'h');
	CHECK_EQ(byte_at(fd, 4 * P), 0);
}

#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

TEST(punched_under_its_mappings)
{
	int fd = store(6);
	volatile char *p = map(fd, 6, RW, MAP_SHARED), *own = map(fd, 6, RW, MAP_PRIVATE);

	p[2 * P] = p[3 * P] = 's';
	own[2 * P + 1] = 'p';
	if (fallocate(fd, PUNCH, P + 1000, 3 * P)) /* up to P + 1000 of page 4 */
		SKIP("no holes here");
	CHECK_EQ(p[P + 999], 'b');
	CHECK_EQ(p[P + 1000], 0);
	CHECK_EQ(p[2 * P], 0);
	CHECK_EQ(p[3 * P], 0);
	CHECK_EQ(p[4 * P + 999], 0);
	CHECK_EQ(p[4 * P + 1000], 'e');
	CHECK_EQ(own[2 * P + 1], 'p'); /* copies stay */
	CHECK_EQ(own[3 * P], 0);
	CHECK_EQ(dirty_kb(p), 8); /* the two that became zeros in part */
	p[2 * P + 5] = 'n';
	CHECK(fsync(fd) == 0);
	if (try_write("/proc/sys/vm/drop_caches", "1") != 1)
		SKIP("not root");
	CHECK_EQ(byte_at(fd, P + 999), 'b');
	CHECK_EQ(byte_at(fd, P + 1000), 0);
	CHECK_EQ(byte_at(fd, 2 * P + 5), 'n');
	CHECK_EQ(byte_at(fd, 3 * P), 0);
	CHECK_EQ(byte_at(fd, 4 * P + 999), 0);
	CHECK_EQ(byte_at(fd, 4 * P + 1000), 'e');
	/* within one page, and to the end of another */
	p[100] = 'x';
	CHECK(fallocate(fd, PUNCH, 50, 100) == 0);
	CHECK(fallocate(fd, PUNCH, 5 * P + 10, 10 * P) == 0);
	CHECK_EQ(p[49], 'a');
	CHECK_EQ(p[100], 0);
	CHECK_EQ(p[150], 'a');
	CHECK_EQ(p[5 * P + 9], 'f');
	CHECK_EQ(p[6 * P - 1], 0);
}

/* Write a file until nothing more fits on the disk. */
static int fill_disk(void)
{
	static char chunk[64 * P];
	char name[] = "/mnt/fillXXXXXX";
	int fd = mkstemp(name);
	size_t size = sizeof(chunk);

	CHECK(fd >= 0 && unlink(name) == 0);
	while (size) {
		ssize_t n = write(fd, chunk, size);

		CHECK(n > 0 || (n < 0 && errno == ENOSPC));
		if (n < 0)
			size /= 2;
	}
	return fd;
}

TEST(a_full_disk_is_a_signal)
{
	int fd = store(2), filler;
	volatile char *p;

	CHECK(ftruncate(fd, 8 * P) == 0);
	p = map(fd, 8, RW, MAP_SHARED);
	CHECK_EQ(p[3 * P], 0);
	filler = fill_disk();
	CHECK_FAULT(p[3 * P] = 1, SIGBUS, BUS_ADRERR, p + 3 * P);
	CHECK_FAULT(p[4 * P] = 1, SIGBUS, BUS_ADRERR, p + 4 * P); /* which is not there yet */
	CHECK_EQ(p[3 * P], 0);
	p[P] = 'r'; /* this one has its blocks */
	sync_pages(p, 8);
	CHECK(close(filler) == 0);
	p[3 * P] = 's';
	sync_pages(p, 8);
	CHECK_EQ(byte_at(fd, P), 'r');
	CHECK_EQ(byte_at(fd, 3 * P), 's');
}

/* ---- times, and what cannot be mapped ---- */

TEST(a_store_changes_the_time)
{
	struct timespec old[2] = {{1000, 0}, {1000, 0}};
	int fd = store(1);
	volatile char *p = map(fd, 1, RW, MAP_SHARED);
	struct stat st;

	CHECK(futimens(fd, old) == 0);
	CHECK_EQ(p[0], 'a');
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_mtime, 1000);
	p[0] = 't';
	CHECK(fstat(fd, &st) == 0);
	CHECK(st.st_mtime > 1000 && st.st_ctime > 1000);
}

TEST(a_descriptor_for_reading)
{
	char path[32];
	int fd = store(1), only_read;
	volatile char *p;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	only_read = open(path, O_RDONLY);
	CHECK(only_read >= 0);
	CHECK_ERRNO((long)mmap(NULL, P, RW, MAP_SHARED, only_read, 0), EACCES);
	p = map(only_read, 1, PROT_READ, MAP_SHARED);
	CHECK_ERRNO(mprotect((char *)p, P, RW), EACCES);
	CHECK_EQ(pwrite(fd, "!", 1, 0), 1);
	CHECK_EQ(p[0], '!');
}

/* ---- the disk as a file ---- */

#define DISK   "/dev/disk/0"
#define AT_END (60L << 20) /* there the file system has nothing */

TEST(a_disk_is_stored_to_like_a_file)
{
	int fd = open(DISK, O_RDWR);
	volatile char *p;
	char c;

	if (fd < 0)
		SKIP("no " DISK);
	p = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, AT_END);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[0], 0);
	CHECK_EQ(p[P], 0);
	CHECK_FAULTS(p[0] = p[P] = 'D', 2);
	CHECK_EQ(pread(fd, &c, 1, AT_END + P), 1);
	CHECK_EQ(c, 'D');
	sync_pages(p, 2);
	CHECK_EQ(dirty_kb(p), 0);
	CHECK_FAULTS(p[0] = 0, 1);
	CHECK_EQ(pwrite(fd, "", 1, AT_END + P), 1);
	CHECK_EQ(p[P], 0);
	CHECK(fsync(fd) == 0);
}
