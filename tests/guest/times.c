/*
 * The times of files: what a read, a write and a store through a mapping change, relatime, noatime,
 * and O_NOATIME.
 */
#include "tmpdir.h"
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define PAGE  4096UL
#define AT    1
#define MT    2
#define CT    4
#define MT_CT (MT | CT)
#ifndef MADV_POPULATE_WRITE
#	define MADV_POPULATE_WRITE 23
#endif
#define TICKS 20000 /* microseconds: longer than the clock of files stands still */

static struct stat before;
static char buf[PAGE];
static int fd;

static int same(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int changed_since(const struct stat *old, int file)
{
	struct stat now;

	CHECK_EQ(fstat(file, &now), 0);
	return (same(old->st_atim, now.st_atim) ? 0 : AT) |
	       (same(old->st_mtim, now.st_mtim) ? 0 : MT) |
	       (same(old->st_ctim, now.st_ctim) ? 0 : CT);
}

static void watch(void)
{
	CHECK_EQ(fstat(fd, &before), 0);
	usleep(TICKS);
}

/* ACTION changes exactly these times of fd. */
#define CHECK_TIMES(ACTION, WANTED)                             \
	do {                                                    \
		watch();                                        \
		ACTION;                                         \
		CHECK_EQ(changed_since(&before, fd), (WANTED)); \
	} while (0)

/* The last read is older than the last write: a read is due to be recorded. */
static void make_due(void)
{
	static const struct timespec times[2] = {{1000, 0}, {2000, 0}};

	CHECK_EQ(futimens(fd, times), 0);
}

static void enter_mount(unsigned long flags)
{
	tmpdir_enter();
	if (mount("t", tmpdir_path, "tmpfs", flags, NULL))
		SKIP("not root");
	CHECK_EQ(chdir(tmpdir_path), 0);
	fd = open("f", O_RDWR | O_CREAT, 0644);
	CHECK_EQ(write(fd, buf, PAGE), PAGE);
	CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
	make_due();
}

static void leave_mount(void)
{
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(umount2(tmpdir_path, MNT_DETACH), 0);
	CHECK_EQ(rmdir(tmpdir_path), 0);
}

static char *map(int prot, int flags)
{
	char *p = mmap(NULL, 4 * PAGE, prot, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* ---- stores ---- */

static void check_stores(void)
{
	volatile char *p = map(PROT_READ | PROT_WRITE, MAP_SHARED);

	CHECK_TIMES(p[0] = 1, MT_CT);
	CHECK_TIMES(p[1] = 1, 0); /* no fault */
	CHECK_TIMES(p[3 * PAGE] = 1, MT_CT);
	CHECK_TIMES(msync((void *)p, PAGE, MS_SYNC), 0);
	CHECK_TIMES(p[2] = 1, 0);
	CHECK_TIMES(madvise((void *)p, 4 * PAGE, MADV_DONTNEED), 0);
	CHECK_TIMES(p[0] = 1, MT_CT);
	CHECK_TIMES(madvise((void *)p, 4 * PAGE, MADV_DONTNEED), 0);
	CHECK_TIMES(CHECK_EQ(p[0], 1), 0);
	CHECK_TIMES(munmap((void *)p, 4 * PAGE), 0);
	p = map(PROT_READ | PROT_WRITE, MAP_PRIVATE);
	CHECK_TIMES(p[0] = 1, 0);
}

TEST(a_store_through_a_shared_mapping_changes_mtime_and_ctime)
{
	enter_mount(0);
	check_stores();
	leave_mount();
}

TEST(so_it_does_in_a_memfd)
{
	fd = memfd_create("x", 0);
	CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
	check_stores();
}

TEST(the_kernels_stores_count_too)
{
	struct iovec local = {buf, 10}, remote;
	int zero = open("/dev/zero", O_RDONLY);
	char *p;

	enter_mount(0);
	p = map(PROT_READ | PROT_WRITE, MAP_SHARED);
	CHECK_TIMES(CHECK_EQ(read(zero, p, 10), 10), MT_CT);
	remote = (struct iovec){p + PAGE, 10};
	CHECK_TIMES(CHECK_EQ(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), 10), MT_CT);
	CHECK_TIMES(CHECK_EQ(madvise(p + 2 * PAGE, PAGE, MADV_POPULATE_WRITE), 0), MT_CT);
	leave_mount();
}

TEST(a_write_counts_even_if_its_buffer_is_bad)
{
	enter_mount(0);
	CHECK_TIMES(CHECK_ERRNO(pwrite(fd, bad_address, 10, 0), EFAULT), MT_CT);
	CHECK_TIMES(CHECK_EQ(pwrite(fd, buf, 0, 0), 0), 0);
	CHECK_TIMES(CHECK_EQ(pwrite(fd, buf, 1, 0), 1), MT_CT);
	leave_mount();
}

/* ---- reads ---- */

/* All that reads a file, each when it is due. */
static void check_reads(int file, int wanted)
{
	struct iovec v = {buf, 10};
	int out = memfd_create("out", 0), p[2];
	off64_t pos;

	CHECK_EQ(pipe(p), 0);
#define READ(...)                                               \
	do {                                                    \
		make_due();                                     \
		pos = 0;                                        \
		watch();                                        \
		__VA_ARGS__;                                    \
		CHECK_EQ(changed_since(&before, fd), (wanted)); \
	} while (0)
	READ(CHECK_EQ(pread(file, buf, 10, 0), 10));
	READ(CHECK_EQ(pread(file, buf, 10, 1 << 20), 0));
	READ(CHECK_EQ(preadv(file, &v, 1, 0), 10));
	READ(CHECK_EQ(sendfile64(out, file, &pos, 10), 10));
	READ(CHECK_EQ(sendfile64(p[1], file, &pos, 10), 10));
	READ(CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0) != MAP_FAILED));
	READ(CHECK(mmap(NULL, PAGE, PROT_WRITE | PROT_READ, MAP_PRIVATE, file, 0) != MAP_FAILED));
#undef READ
	make_due();
	CHECK_TIMES(CHECK_EQ(pread(file, buf, 0, 0), 0), wanted);
}

TEST(every_read_is_recorded_when_it_is_due)
{
	enter_mount(0);
	check_reads(fd, AT);
	CHECK_TIMES(pread(fd, buf, 1, 0), 0); /* and not again, before a write */
	CHECK_TIMES(pwrite(fd, buf, 1, 0), MT_CT);
	CHECK_TIMES(pread(fd, buf, 1, 0), AT);
	leave_mount();
}

TEST(strictatime_records_each)
{
	enter_mount(MS_STRICTATIME);
	check_reads(fd, AT);
	CHECK_TIMES(pread(fd, buf, 1, 0), AT);
	leave_mount();
}

TEST(a_memfd_and_a_pipe_record_each)
{
	int p[2];

	fd = memfd_create("x", 0);
	CHECK_EQ(write(fd, buf, 10), 10);
	CHECK_TIMES(pread(fd, buf, 1, 0), AT);
	CHECK_TIMES(pread(fd, buf, 1, 0), AT);
	CHECK_EQ(pipe(p), 0);
	fd = p[0];
	CHECK_TIMES(CHECK_EQ(write(p[1], "abc", 3), 3), MT_CT);
	CHECK_TIMES(CHECK_EQ(read(fd, buf, 1), 1), AT);
	CHECK_TIMES(CHECK_EQ(read(fd, buf, 1), 1), AT);
}

TEST(noatime_records_none)
{
	enter_mount(MS_NOATIME);
	check_reads(fd, 0);
	leave_mount();
}

TEST(O_NOATIME_records_none)
{
	int quiet, dir;

	enter_mount(MS_STRICTATIME);
	quiet = open("f", O_RDWR | O_NOATIME);
	CHECK(quiet >= 0);
	check_reads(quiet, 0);
	CHECK_EQ(fcntl(quiet, F_SETFL, 0), 0);
	CHECK_TIMES(pread(quiet, buf, 1, 0), AT);
	CHECK_EQ(fcntl(fd, F_SETFL, O_NOATIME), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_NOATIME, O_NOATIME);
	CHECK_TIMES(pread(fd, buf, 1, 0), 0);
	dir = open(".", O_RDONLY | O_NOATIME);
	fd = open(".", O_RDONLY);
	CHECK_TIMES(CHECK(syscall(SYS_getdents64, dir, buf, PAGE) > 0), 0);
	CHECK_TIMES(CHECK(syscall(SYS_getdents64, fd, buf, PAGE) > 0), AT);
	leave_mount();
}

TEST(O_NOATIME_is_the_owners_right)
{
	int theirs, mine;

	tmpdir_enter();
	put_file("f", "x");
	CHECK_EQ(chmod("f", 0666), 0);
	CHECK_EQ(chmod(".", 0777), 0);
	theirs = open("f", O_RDWR | O_NOATIME);
	tmpdir_as_other();
	CHECK_ERRNO(open("f", O_RDONLY | O_NOATIME), EPERM);
	CHECK_ERRNO(open("/dev/zero", O_RDONLY | O_NOATIME), EPERM);
	mine = open("f", O_RDONLY);
	CHECK_ERRNO(fcntl(mine, F_SETFL, O_NOATIME), EPERM);
	CHECK_EQ(fcntl(theirs, F_SETFL, O_NOATIME | O_NONBLOCK), 0); /* it stays */
	CHECK_EQ(fcntl(theirs, F_SETFL, 0), 0);
	CHECK_ERRNO(fcntl(theirs, F_SETFL, O_NOATIME), EPERM);
	CHECK(open("own", O_RDWR | O_CREAT | O_NOATIME, 0600) >= 0);
	CHECK(open("f", O_PATH | O_NOATIME) >= 0);
	tmpdir_as_root();
	tmpdir_leave();
}
