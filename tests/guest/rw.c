/*
 * Reading and writing: positions, vectors, holes, limits, bad buffers, sendfile.
 */
#include "tmpdir.h"
#include <limits.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

TEST(a_vector_goes_to_the_end_by_a_flag)
{
	struct iovec v[2] = {{"ab", 2}, {"cd", 2}};
	int fd;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(write(fd, "0123", 4), 4);
	CHECK_EQ(pwritev2(fd, v, 2, 1, RWF_APPEND), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
	CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
	CHECK_EQ(pwritev2(fd, v, 1, -1, RWF_APPEND), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	CHECK_STR(get_file("f"), "0123abcdab");
	CHECK_EQ(pwritev2(fd, v, 1, 0, 0), 2);
	CHECK_STR(get_file("f"), "ab23abcdab");
	tmpdir_leave();
}

TEST(positions)
{
	char buf[16];
	int fd;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
	CHECK_EQ(read(fd, buf, 5), 0);
	CHECK_EQ(lseek(fd, -3, SEEK_END), 7);
	CHECK_EQ(read(fd, buf, 16), 3);
	CHECK(!memcmp(buf, "789", 3));
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	CHECK_EQ(lseek(fd, 3, SEEK_CUR), 5);
	CHECK_ERRNO(lseek(fd, -6, SEEK_CUR), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 9), EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 0);
	CHECK_ERRNO(lseek(fd, 10, SEEK_DATA), ENXIO);
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 10);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(pread(fd, buf, 3, 4), 3);
	CHECK(!memcmp(buf, "456", 3));
	CHECK_EQ(pwrite(fd, "xy", 2, 8), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_STR(get_file("f"), "01234567xy");
	CHECK_ERRNO(pread(fd, buf, 1, -1), EINVAL);
	CHECK_EQ(pread(fd, buf, 1, 100), 0);
	CHECK_EQ(dup(fd), fd + 1);
	CHECK_EQ(lseek(fd, 4, SEEK_SET), 4);
	CHECK_EQ(lseek(fd + 1, 0, SEEK_CUR), 4);
	tmpdir_leave();
}

TEST(holes)
{
	static char buf[10000];
	struct stat st;
	int fd, i;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(lseek(fd, 9000, SEEK_SET), 9000);
	CHECK_EQ(write(fd, "end", 3), 3);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, 9003);
	memset(buf, 1, sizeof(buf));
	CHECK_EQ(pread(fd, buf, sizeof(buf), 0), 9003);
	for (i = 0; i < 9000; i++)
		CHECK_EQ(buf[i], 0);
	CHECK(!memcmp(buf + 9000, "end", 3));
	/* what truncation cut off does not come back */
	CHECK(ftruncate(fd, 9001) == 0);
	CHECK(ftruncate(fd, 9010) == 0);
	CHECK_EQ(pread(fd, buf, 10, 9000), 10);
	CHECK(!memcmp(buf, "e\0\0\0\0\0\0\0\0\0", 10));
	tmpdir_leave();
}

TEST(truncation)
{
	struct stat st;
	int fd, p[2];

	tmpdir_enter();
	put_file("f", "0123456789");
	CHECK(truncate("f", 4) == 0);
	CHECK_STR(get_file("f"), "0123");
	fd = open("f", O_RDWR);
	CHECK(ftruncate(fd, 6) == 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, 6);
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	CHECK_ERRNO(ftruncate(99, -1), EINVAL);
	CHECK_ERRNO(ftruncate(99, 1), EBADF);
	CHECK_ERRNO(truncate("none", 1), ENOENT);
	CHECK_ERRNO(truncate("f", -1), EINVAL);
	CHECK_ERRNO(truncate(".", 1), EISDIR);
	CHECK_ERRNO(truncate("/dev/null", 1), EINVAL);
	fd = open("f", O_RDONLY);
	CHECK_ERRNO(ftruncate(fd, 1), EINVAL);
	CHECK(pipe(p) == 0);
	CHECK_ERRNO(ftruncate(p[1], 1), EINVAL);
	tmpdir_leave();
}

TEST(vectors)
{
	char a[4], b[4], c[8];
	struct iovec in[3] = {{a, 3}, {b, 0}, {c, 8}}, out[3] = {{"one", 3}, {NULL, 0}, {"two", 3}},
		     bad[2] = {{"x", 1}, {bad_address, 4}};
	int fd;

	tmpdir_enter();
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(writev(fd, out, 3), 6);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(readv(fd, in, 3), 6);
	CHECK(!memcmp(a, "one", 3) && !memcmp(c, "two", 3));
	CHECK_EQ(preadv(fd, in, 1, 1), 3);
	CHECK(!memcmp(a, "net", 3));
	CHECK_EQ(pwritev(fd, out, 3, 6), 6);
	CHECK_STR(get_file("f"), "onetwoonetwo");
	CHECK_ERRNO(syscall(SYS_writev, fd, out, -1), EINVAL);
	CHECK_ERRNO(syscall(SYS_writev, fd, out, IOV_MAX + 1), EINVAL);
	CHECK_ERRNO(writev(fd, bad_address, 2), EFAULT);
	CHECK_EQ(writev(fd, out, 0), 0);
	out[0].iov_len = -1;
	CHECK_ERRNO(writev(fd, out, 1), EINVAL);
	/* what could be written before the bad part is */
	CHECK_EQ(writev(fd, bad, 2), 1);
	tmpdir_leave();
}

TEST(bad_buffers)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	tmpdir_enter();
	CHECK(munmap(page + 4096, 4096) == 0);
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK_ERRNO(write(fd, page + 4096, 4), EFAULT);
	CHECK_ERRNO(write(fd, (void *)0xc0100000, 4), EFAULT);
	CHECK_ERRNO(write(fd, (void *)0xfffffffc, 8), EFAULT);
	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_ERRNO(read(fd, (void *)0xc0100000, 4), EFAULT);
	CHECK_ERRNO(read(fd, page + 4096, 4), EFAULT);
	CHECK_EQ(read(fd, page + 4092, 8), 4);
	CHECK_EQ(read(fd, page, 0), 0);
	CHECK_EQ(write(fd, NULL, 0), 0);
	tmpdir_leave();
}

static volatile int got_xfsz;

static void on_xfsz(int sig)
{
	got_xfsz++;
}

TEST(reading_a_directory)
{
	void *const kernels = (void *)0xC0100000; /* looked at before the kind of file */
	struct iovec v = {kernels, 10};
	char c;
	int fd;

	tmpdir_enter();
	fd = open(".", O_RDONLY);
	CHECK_ERRNO(read(fd, &c, 1), EISDIR);
	CHECK_ERRNO(read(fd, NULL, 1), EISDIR);
	CHECK_ERRNO(read(fd, &c, 0), EISDIR);
	CHECK_ERRNO(read(fd, kernels, 10), EFAULT);
	CHECK_ERRNO(pread(fd, kernels, 10, 5), EFAULT);
	CHECK_ERRNO(pread(fd, &c, 1, -1), EINVAL);
	CHECK_ERRNO(readv(fd, &v, 1), EFAULT);
	v = (struct iovec){&c, 1};
	CHECK_ERRNO(readv(fd, &v, 1), EISDIR);
	v.iov_len = 0;
	CHECK_EQ(readv(fd, &v, 1), 0);
	CHECK_ERRNO(sendfile(open("f", O_RDWR | O_CREAT, 0600), fd, NULL, 1), EINVAL);
	tmpdir_leave();
}

TEST(size_limit)
{
	struct rlimit rl = {100, RLIM_INFINITY};
	char buf[64] = {};
	int fd;

	tmpdir_enter();
	signal(SIGXFSZ, on_xfsz);
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK(setrlimit(RLIMIT_FSIZE, &rl) == 0);
	CHECK_EQ(write(fd, buf, 64), 64);
	CHECK_EQ(write(fd, buf, 64), 36);
	CHECK_EQ(got_xfsz, 0);
	CHECK_ERRNO(write(fd, buf, 64), EFBIG);
	CHECK_EQ(got_xfsz, 1);
	CHECK_ERRNO(ftruncate(fd, 101), EFBIG);
	CHECK_EQ(got_xfsz, 2);
	CHECK(ftruncate(fd, 100) == 0);
	tmpdir_leave();
}

/* Whoever appends begins where the file ends when his turn comes, and there the limit holds. */
TEST(appends_keep_to_the_limit_together)
{
	enum {
		BIG = 16 << 20,
		PIECE = 4096
	};
	struct rlimit rl = {BIG + PIECE, RLIM_INFINITY};
	char *buf = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile int *go =
		mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i, fd, status, written = 0;
	struct stat st;

	tmpdir_enter();
	signal(SIGXFSZ, SIG_IGN);
	fd = open("f", O_CREAT | O_RDWR | O_APPEND, 0666);
	CHECK(setrlimit(RLIMIT_FSIZE, &rl) == 0);
	for (i = 0; i < 2; i++) {
		if (!fork()) {
			fd = open("f", O_WRONLY | O_APPEND); /* a position of one's own */
			while (!*go)
				sched_yield();
			_exit(write(fd, buf, PIECE) == PIECE);
		}
	}
	*go = 1; /* they wait for the inode while the large piece is written */
	CHECK_EQ(write(fd, buf, BIG), BIG);
	for (i = 0; i < 2; i++) {
		CHECK(wait(&status) > 0);
		written += WEXITSTATUS(status);
	}
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(written, 1);
	CHECK_EQ(st.st_size, BIG + PIECE);
	tmpdir_leave();
}

/* A vector is one write: what goes beyond the limit is cut off, without a signal. */
TEST(a_vector_meets_the_limit_once)
{
	struct rlimit rl = {100, RLIM_INFINITY};
	char a[60], b[40], c[50];
	struct iovec v[] = {{a, sizeof(a)}, {b, 0}, {b, sizeof(b)}, {c, sizeof(c)}};
	int fd;

	tmpdir_enter();
	signal(SIGXFSZ, on_xfsz);
	fd = open("f", O_CREAT | O_RDWR, 0666);
	CHECK(setrlimit(RLIMIT_FSIZE, &rl) == 0);
	got_xfsz = 0;
	CHECK_EQ(writev(fd, v, 4), 100);
	CHECK_EQ(got_xfsz, 0);
	CHECK_ERRNO(writev(fd, v, 4), EFBIG);
	CHECK_EQ(got_xfsz, 1);
	tmpdir_leave();
}

TEST(large_files)
{
	struct stat st;
	long long res;
	char c;
	int fd;

	tmpdir_enter();
	fd = syscall(SYS_open, "f", O_CREAT | O_RDWR, 0666);
	CHECK(fd >= 0);
	CHECK_ERRNO(syscall(SYS_pwrite64, fd, "x", 1, 0x7fffffff, 0), EFBIG);
	CHECK_EQ(syscall(SYS__llseek, fd, 1, 0, &res, SEEK_SET), 0);
	CHECK_EQ(res, 1LL << 32);
	CHECK_ERRNO(syscall(SYS_lseek, fd, 0, SEEK_CUR), EOVERFLOW);
	CHECK_ERRNO(syscall(SYS__llseek, fd, 0, 0, bad_address, SEEK_CUR), EFAULT);
	close(fd);
	fd = open("f", O_RDWR | O_LARGEFILE);
	CHECK_EQ(syscall(SYS_pwrite64, fd, "x", 1, 0, 1), 1);
	CHECK_EQ(syscall(SYS_pread64, fd, &c, 1, 0, 1), 1);
	CHECK_EQ(c, 'x');
	CHECK_ERRNO(syscall(SYS_stat, "f", &st), EOVERFLOW);
	CHECK_EQ(syscall(SYS_ftruncate64, fd, 5, 0), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 5);
	tmpdir_leave();
}

TEST(sendfile_moves_bytes)
{
	off_t off = 2;
	char buf[16];
	int in, out, p[2];

	tmpdir_enter();
	put_file("a", "0123456789");
	in = open("a", O_RDONLY);
	out = open("b", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(sendfile(out, in, &off, 4), 4);
	CHECK_EQ(off, 6);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
	CHECK_EQ(sendfile(out, in, NULL, 100), 10);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 10);
	CHECK_EQ(sendfile(out, in, NULL, 100), 0);
	CHECK_STR(get_file("b"), "23450123456789");
	CHECK(pipe(p) == 0);
	off = 0;
	CHECK_EQ(sendfile(p[1], in, &off, 5), 5);
	CHECK_EQ(read(p[0], buf, 16), 5);
	CHECK(!memcmp(buf, "01234", 5));
	CHECK_ERRNO(sendfile(out, p[0], NULL, 5), EINVAL);
	CHECK_ERRNO(sendfile(in, in, NULL, 5), EBADF);
	CHECK_ERRNO(sendfile(out, out, bad_address, 5), EFAULT);
	tmpdir_leave();
}

TEST(copy_range)
{
	loff_t from = 1, to = 0;
	int in, out;

	tmpdir_enter();
	put_file("a", "0123456789");
	in = open("a", O_RDONLY);
	out = open("b", O_CREAT | O_RDWR, 0666);
	CHECK_EQ(syscall(SYS_copy_file_range, in, &from, out, &to, 4, 0), 4);
	CHECK_EQ(from, 5);
	CHECK_EQ(to, 4);
	CHECK_STR(get_file("b"), "1234");
	CHECK_ERRNO(syscall(SYS_copy_file_range, in, NULL, out, NULL, 4, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_copy_file_range, in, NULL, in, NULL, 4, 0), EBADF);
	tmpdir_leave();
}

TEST(mapped_and_written_agree)
{
	char *map, buf[8];
	int fd;

	tmpdir_enter();
	put_file("f", "0123456789");
	fd = open("f", O_RDWR);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	CHECK(!memcmp(map, "0123456789", 10));
	CHECK_EQ(pwrite(fd, "XY", 2, 3), 2);
	CHECK(!memcmp(map, "012XY56789", 10));
	map[0] = 'Z';
	CHECK_EQ(pread(fd, buf, 4, 0), 4);
	CHECK(!memcmp(buf, "Z12X", 4));
	/* a write from the very page that is written to */
	CHECK_EQ(pwrite(fd, map, 10, 5), 10);
	tmpdir_leave();
}
