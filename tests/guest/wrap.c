/*
 * Sums that a program can make wrap: the last page of addresses, the last 8 KiB of positions,
 * counts whose product with a size passes 2^32. Which errno comes first is Linux's.
 */
#include "tmpdir.h"
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>

#define PAGE	4096UL
#define MAX_POS 0x7fffffffffffffffLL
#define MAX_LFS 0xffffffff000LL /* the largest size of a file */

static char buf[2 * PAGE];

/* Raw, since the library has its own idea of bad positions. */
static long at(int call, int fd, void *mem, unsigned long n, long long pos)
{
	return syscall(call, fd, mem, n, (unsigned long)pos, (unsigned long)(pos >> 32));
}

static const int calls_at[] = {SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev};

/* As pread64 and so on, a vector standing for the buffer where one is wanted. */
static long transfer(int call, int fd, void *mem, unsigned long n, long long pos)
{
	struct iovec v = {mem, n};

	return call == SYS_preadv || call == SYS_pwritev ? at(call, fd, &v, 1, pos)
							 : at(call, fd, mem, n, pos);
}

/* ---- addresses ---- */

TEST(a_break_in_the_last_page_is_refused)
{
	unsigned long end = (syscall(SYS_brk, 0) + PAGE - 1) & -PAGE;
	volatile char *heap = (char *)end;
	unsigned long want;

	CHECK_EQ(syscall(SYS_brk, end + 2 * PAGE), end + 2 * PAGE);
	heap[0] = 7;
	heap[2 * PAGE - 1] = 8;
	for (want = -PAGE - 1; want; want += want < -PAGE + 8 || want > -9UL ? 1 : 8)
		CHECK_EQ(syscall(SYS_brk, want), end + 2 * PAGE);
	CHECK_EQ(heap[0], 7);
	CHECK_EQ(heap[2 * PAGE - 1], 8);
}

TEST(lengths_that_pass_the_end_of_addresses)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long len = -(unsigned long)p; /* up to 2^32 */

	CHECK(p != MAP_FAILED);
	memset(p, 3, 4 * PAGE);
	for (; len < -(unsigned long)p + 2 * PAGE; len += PAGE / 2) {
		CHECK_ERRNO(munmap(p, len), EINVAL);
		CHECK_ERRNO(mprotect(p, len, PROT_NONE), ENOMEM);
		CHECK_ERRNO(mlock(p, len), EINVAL);
		CHECK_ERRNO(mincore(p, len, (unsigned char *)buf), ENOMEM);
		CHECK_ERRNO(mremap(p, len, PAGE, MREMAP_MAYMOVE), EINVAL);
		CHECK_EQ(p[4 * PAGE - 1], 3);
	}
	CHECK_ERRNO(mmap(NULL, -1UL, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK_ERRNO(mremap(p, 4 * PAGE, -1UL, MREMAP_MAYMOVE), EINVAL);
	CHECK_EQ(p[0], 3);
}

TEST(memory_of_a_process_is_read_modulo_4_GiB)
{
	int fd = open("/proc/self/mem", O_RDWR);
	char c = 0;

	buf[5] = 'x';
	CHECK_EQ(transfer(SYS_pread64, fd, &c, 1, 0x100000000LL + (unsigned long)&buf[5]), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(lseek64(fd, 0x700000000LL + (unsigned long)&buf[5], SEEK_SET),
		 0x700000000LL + (unsigned long)&buf[5]);
	CHECK_EQ(write(fd, "yz", 2), 2);
	CHECK_EQ(buf[6], 'z');
	CHECK_EQ(lseek64(fd, 0, SEEK_CUR), (unsigned long)&buf[7]);
}

/* ---- positions ---- */

static void check_positions(int fd, int writes)
{
	static const unsigned long lengths[] = {1, 2, 8, PAGE, 2 * PAGE};
	unsigned int c, i;

	for (c = 0; c < 4; c++) {
		if (!writes && calls_at[c] != SYS_pread64 && calls_at[c] != SYS_preadv)
			continue;
		for (i = 0; i < 5; i++) {
			unsigned long n = lengths[i];

			CHECK_ERRNO(transfer(calls_at[c], fd, buf, n, MAX_POS - n + 1), EINVAL);
			CHECK_ERRNO(transfer(calls_at[c], fd, buf, n, MAX_POS), EINVAL);
			/* a bad buffer is seen before, within the vector too */
			CHECK_ERRNO(transfer(calls_at[c], fd, (void *)-PAGE, n, MAX_POS), EFAULT);
		}
		CHECK_ERRNO(transfer(calls_at[c], fd, buf, 1, -1), EINVAL);
	}
}

TEST(positions_past_the_largest)
{
	static const char *const zeros[] = {"/dev/zero", "/dev/full", "/dev/null"};
	static const char *const texts[] = {"/proc/meminfo", "/proc/self/maps", "/proc/self/exe",
					    "/proc/self/status", "/proc/sys/vm/max_map_count"};
	struct stat st;
	unsigned int i;
	int fd;

	for (i = 0; i < 3; i++)
		check_positions(open(zeros[i], O_RDWR), 1);
	for (i = 0; i < 5; i++)
		check_positions(open(texts[i], O_RDONLY), 0);
	fd = memfd_create("x", 0);
	check_positions(fd, 1);
	tmpdir_enter();
	fd = open("f", O_RDWR | O_CREAT | O_APPEND, 0600);
	check_positions(fd, 1);
	/* appending goes to the end of the file, but where it was asked for is looked at */
	CHECK_EQ(lseek64(fd, MAX_LFS - 1, SEEK_SET), MAX_LFS - 1);
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_ERRNO(transfer(SYS_pwrite64, fd, buf, 3, MAX_POS - 1), EINVAL);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 3);
	tmpdir_leave();
}

TEST(positions_just_below_the_largest)
{
	int fd = memfd_create("x", 0);

	CHECK_EQ(transfer(SYS_pread64, fd, buf, 8, MAX_POS - 8), 0);
	CHECK_EQ(transfer(SYS_preadv, fd, buf, 8, MAX_POS - 8), 0);
	CHECK_ERRNO(transfer(SYS_pwrite64, fd, buf, 8, MAX_POS - 8), EFBIG);
	CHECK_ERRNO(transfer(SYS_pwritev, fd, buf, 8, MAX_POS - 8), EFBIG);
	CHECK_EQ(transfer(SYS_pread64, fd, buf, 0, MAX_POS), 0);
	CHECK_EQ(transfer(SYS_pwrite64, fd, buf, 0, MAX_POS), 0);
}

TEST(what_is_wrong_with_the_descriptor_comes_first)
{
	int reads = open("/dev/zero", O_RDONLY), writes = open("/dev/zero", O_WRONLY);
	int dir = open("/tmp", O_RDONLY);

	CHECK_ERRNO(transfer(SYS_pread64, writes, buf, 8, MAX_POS), EBADF);
	CHECK_ERRNO(transfer(SYS_pwrite64, reads, (void *)-PAGE, 8, MAX_POS), EBADF);
	CHECK_ERRNO(transfer(SYS_pread64, dir, buf, 8, MAX_POS), EINVAL);
	CHECK_ERRNO(transfer(SYS_pread64, dir, buf, 8, 0), EISDIR);
}

TEST(a_vector_is_looked_at_before_the_files_mode)
{
	int writes = open("/dev/zero", O_WRONLY);
	struct iovec bad = {(void *)-PAGE, 8}, negative = {buf, -1UL};

	CHECK_ERRNO(readv(writes, &bad, 1), EFAULT);
	CHECK_ERRNO(readv(writes, &negative, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_readv, writes, 8, 1), EFAULT);
	CHECK_ERRNO(syscall(SYS_readv, 99, 8, 1), EBADF);
}

TEST(copies_near_the_largest_position)
{
	int in = memfd_create("in", 0), out = memfd_create("out", 0);
	long long from, to;

#define COPY(FROM, TO, N) \
	(from = (FROM), to = (TO), syscall(SYS_copy_file_range, in, &from, out, &to, (N), 0))
	CHECK_EQ(write(in, "0123456789", 10), 10);
	CHECK_EQ(COPY(MAX_POS - 7, 0, 8), 0); /* nothing there */
	CHECK_ERRNO(COPY(MAX_POS, MAX_POS, 8), EFBIG);
	CHECK_ERRNO(COPY(0, MAX_LFS, 1), EFBIG);
	CHECK_ERRNO(COPY(0, -1, 1), EOVERFLOW);
	CHECK_ERRNO(COPY(-1, 0, 8), EOVERFLOW);
	CHECK_ERRNO(COPY(0, -8, 1), EINVAL);
	CHECK_ERRNO(COPY(-8, 0, 1), EINVAL);
	CHECK_EQ(COPY(8, 0, -1UL), 2);
	from = MAX_POS - 7;
	CHECK_ERRNO(syscall(SYS_sendfile64, out, in, &from, 8), EINVAL);
	from = MAX_POS - 8;
	CHECK_ERRNO(syscall(SYS_sendfile64, out, in, &from, 8), EOVERFLOW);
	from = 0;
	CHECK_ERRNO(syscall(SYS_sendfile64, out, in, &from, -1UL), EINVAL);
}

TEST(a_file_without_a_size_takes_any_position)
{
	int fd = open("/proc/sys/vm/max_map_count", O_RDONLY);

	CHECK_EQ(lseek64(fd, MAX_POS, SEEK_SET), MAX_POS);
	CHECK_ERRNO(lseek64(fd, 1, SEEK_CUR), EINVAL);
	CHECK_EQ(lseek64(fd, 0, SEEK_CUR), MAX_POS);
	CHECK_EQ(lseek64(fd, -1, SEEK_HOLE), 0);
}

TEST(a_lock_beyond_2_GiB_does_not_fit_the_old_structure)
{
	struct flock64 wide = {.l_type = F_WRLCK, .l_start = 5, .l_len = 0x7ffffffe};
	struct {
		short type, whence;
		long start, len;
		int pid;
	} narrow = {F_WRLCK, SEEK_SET, 0, 0, 0};
	int fd = memfd_create("x", 0), status;
	pid_t pid;

	CHECK_EQ(fcntl(fd, F_SETLK64, &wide), 0);
	pid = fork();
	if (!pid) {
		CHECK_ERRNO(syscall(SYS_fcntl64, fd, F_GETLK, &narrow), EOVERFLOW);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* ---- counts ---- */

TEST(counts_that_wrap)
{
	struct timeval wait = {0x7fffffff, 1000000};
	int dir = open("/tmp", O_RDONLY), p[2];

	CHECK_EQ(pipe(p), 0);
	CHECK_ERRNO(fcntl(p[0], F_SETPIPE_SZ, 0x80000000UL), ENOMEM);
	CHECK_ERRNO(fcntl(p[0], F_SETPIPE_SZ, 0x80000001UL), EINVAL);
	CHECK_ERRNO(syscall(SYS_getdents64, dir, buf, 0x80000000UL), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 0x80000000UL, buf), EINVAL);
	CHECK_ERRNO(syscall(SYS_poll, buf, 0x20000001UL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_poll, -PAGE, 0, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_readv, dir, buf, 0x20000001UL), EINVAL);
	CHECK_ERRNO(syscall(SYS_setgroups32, 0x40000001UL, buf), EINVAL);
	CHECK_ERRNO(syscall(SYS__newselect, 0, NULL, NULL, NULL, &wait), EINVAL);
}
