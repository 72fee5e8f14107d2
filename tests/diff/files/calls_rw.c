/*
 * Opening, reading, writing, and what changes a file's size.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "filediff.h"

#ifndef SYS_openat2
#	define SYS_openat2 437
#endif

/* The largest file with blocks of 1 KiB. */
#define BORDER_OF_EXT2 0x400000000ll

static int any_flags(void)
{
	static const int access[] = {O_RDWR,   O_RDWR,	 O_RDWR,   O_RDWR,
				     O_WRONLY, O_RDONLY, O_RDONLY, 3};
	/* never O_DIRECT alone: see do_open() */
	static const int more[] = {O_CREAT,
				   O_CREAT,
				   O_CREAT | O_EXCL,
				   O_TRUNC,
				   O_APPEND,
				   O_NOFOLLOW,
				   O_DIRECTORY,
				   O_PATH,
				   O_NONBLOCK,
				   O_SYNC,
				   O_DSYNC,
				   O_NOATIME,
				   O_CLOEXEC,
				   O_CREAT | O_TRUNC,
				   O_LARGEFILE,
				   O_NOCTTY,
				   O_CREAT | O_EXCL | O_NOFOLLOW};
	int flags = PICK(access);

	while (chance(60))
		flags |= PICK(more);
	if (chance(85))
		flags |= O_LARGEFILE;
	/* a FIFO would be waited for */
	return flags | O_NONBLOCK;
}

void do_open(void)
{
	const char *path = any_path();
	int flags = any_flags();
	unsigned mode = any_mode();

	if (chance(25))
		flags |= O_CREAT;
	out("open");
	out_path(path);
	out(" flags %o mode %o", flags, mode);
	keep_fd(sys(SYS_open, path, flags, mode));
}

/* A file without a name, and often a name for it. */
void do_tmpfile(void)
{
	const char *path = chance(50) ? "." : any_path();
	int flags = O_TMPFILE | O_LARGEFILE | (chance(85) ? O_RDWR : rnd(4)) |
		    (chance(20) ? O_EXCL : 0);
	unsigned mode = any_mode();

	out("open");
	out_path(path);
	out(" TMPFILE flags %o mode %o", flags, mode);
	keep_fd(sys(SYS_open, path, flags, mode));
}

void do_close(void)
{
	int fd = any_fd_slot();

	out("close %d", fd);
	result(sys(SYS_close, fd));
}

void do_dup(void)
{
	int fd = any_fd_slot(), to = FD_FIRST + rnd(FD_SLOTS);

	if (chance(50)) {
		out("dup2 %d %d", fd, to);
		result(sys(SYS_dup2, fd, to));
		return;
	}
	/* the flags that F_SETFL can change */
	int flags = (chance(50) ? O_APPEND : 0) | O_NONBLOCK | (chance(10) ? O_NOATIME : 0) |
		    (chance(10) ? O_TRUNC | O_CREAT | O_SYNC : 0);

	out("setfl %d %o", fd, flags);
	result(sys(SYS_fcntl64, fd, F_SETFL, flags));
	out("getfl");
	result(sys(SYS_fcntl64, fd, F_GETFL, 0));
}

static unsigned long any_count(void)
{
	uint32_t kind = rnd(100);

	if (kind < 2)
		return 0;
	if (kind < 45)
		return 1 + rnd(64);
	if (kind < 60)
		return 1024 << rnd(4);
	if (kind < 95)
		return 1 + rnd(3 * PAGE);
	return 1 + rnd(DATA_MAX);
}

/* Where no file of ext2 can be, but one of ext4 could, a read is an access or not. */
static int64_t read_offset(void)
{
	int64_t at = any_offset();

	return !on_tmpfs && at > BORDER_OF_EXT2 ? at % BORDER_OF_EXT2 : at;
}

static void print_read(long ret)
{
	if (!failed(ret) && ret > 0)
		out("  %08x\n", hash_of(data, ret, 0));
}

void do_read(void)
{
	int fd = any_fd_slot();
	unsigned long count = any_count();
	int64_t at = read_offset();
	void *where = chance(99) ? data : NULL;

	memset(data, 0xEE, count);
	if (chance(40)) {
		out("read %d %lu%s", fd, count, where ? "" : " to NULL");
		print_read(result(sys(SYS_read, fd, where, count)));
		return;
	}
	out("pread64 %d %lu at %llx%s", fd, count, (long long)at, where ? "" : " to NULL");
	print_read(result(sys(SYS_pread64, fd, where, count, LOW(at), HIGH(at))));
}

void do_write(void)
{
	int fd = any_fd_slot();
	unsigned long count = any_count();
	int64_t at = any_offset();
	uint32_t salt = rnd32();
	void *where = chance(99) ? data : NULL;

	fill(data, count, salt);
	if (chance(40)) {
		out("write %d %lu salt %x%s", fd, count, salt, where ? "" : " from NULL");
		result(sys(SYS_write, fd, where, count));
		return;
	}
	out("pwrite64 %d %lu at %llx salt %x%s", fd, count, (long long)at, salt,
	    where ? "" : " from NULL");
	result(sys(SYS_pwrite64, fd, where, count, LOW(at), HIGH(at)));
}

/* readv, writev, preadv2, pwritev2 with the flags that are answered everywhere. */
void do_vectors(void)
{
	int fd = any_fd_slot(), n = rnd(5), call = rnd(4);
	struct iovec vector[4];
	unsigned long used = 0;
	int64_t at = chance(90) ? read_offset() : -1;
	static const int some[] = {0, 0, 0, 0, RWF_APPEND, RWF_DSYNC, RWF_SYNC, 0x80};
	int flags = PICK(some);
	static const char *const names[] = {"readv", "writev", "preadv2", "pwritev2"};

	for (int i = 0; i < n; i++) {
		vector[i].iov_base = data + used;
		vector[i].iov_len = chance(10) ? 0 : 1 + rnd(2 * PAGE);
		used += vector[i].iov_len;
	}
	if (call % 2)
		fill(data, used, n);
	else
		memset(data, 0xEE, used);
	/* reading must not depend on when a page was written */
	if (call == 2)
		flags &= 0x80;
	out("%s %d n %d bytes %lu", names[call], fd, n, used);
	if (call < 2) {
		long ret = result(sys(call ? SYS_writev : SYS_readv, fd, vector, n));

		if (!call)
			print_read(ret);
		return;
	}
	out(" at %llx flags %x", (long long)at, flags);
	long ret = result(sys(call == 2 ? SYS_preadv2 : SYS_pwritev2, fd, vector, n, LOW(at),
			      HIGH(at), flags));

	if (call == 2)
		print_read(ret);
}

static bool is_folder(int fd)
{
	struct stat64 st = {0};

	return !sys(SYS_fstat64, fd, &st) && S_ISDIR(st.st_mode);
}

void do_lseek(void)
{
	int fd = any_fd_slot(), whence = chance(97) ? rnd(5) : rnd(9);
	int64_t at = any_offset(), pos = -1;

	/* the positions in a folder are those of the hashes of names, in ext4, which mounts ext2 */
	if (!on_tmpfs && is_folder(fd)) {
		at = 0;
		whence = 0;
	}
	if (common->blocks_differ && whence > 2) /* where the holes are */
		whence = 1;
	if ((whence == 1 || whence == 2) && chance(50))
		at = -at;
	if (chance(20)) {
		out("lseek %d %lx %d", fd, (long)at, whence);
		result(sys(SYS_lseek, fd, (long)at, whence));
		return;
	}
	out("llseek %d %llx %d", fd, (long long)at, whence);
	if (!failed(result(sys(SYS__llseek, fd, HIGH(at), LOW(at), &pos, whence))))
		out("  %llx\n", (long long)pos);
}

void do_truncate(void)
{
	int64_t size = any_offset();
	const char *path;
	int fd;

	if (chance(60)) {
		fd = any_fd_slot();
		out("ftruncate64 %d %llx", fd, (long long)size);
		result(sys(SYS_ftruncate64, fd, LOW(size), HIGH(size)));
		return;
	}
	path = any_path();
	out("truncate64");
	out_path(path);
	out(" %llx", (long long)size);
	result(sys(SYS_truncate64, path, LOW(size), HIGH(size)));
}

void do_fallocate(void)
{
	static const int modes[] = {0,
				    FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_PUNCH_HOLE,
				    FALLOC_FL_ZERO_RANGE,
				    FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_COLLAPSE_RANGE,
				    FALLOC_FL_INSERT_RANGE,
				    FALLOC_FL_UNSHARE_RANGE,
				    0x80};
	int fd = any_fd_slot(), mode = PICK(modes);
	int64_t at = any_offset(), len = chance(95) ? rnd(20 * PAGE) : any_offset();

	/* ext4, which mounts ext2, has larger files than these of ext2 */
	if (!on_tmpfs && at > BORDER_OF_EXT2)
		at %= BORDER_OF_EXT2;
	/* what is really taken stays small */
	if (!(mode & FALLOC_FL_PUNCH_HOLE) && len > 64 * (int64_t)PAGE && at + len > 0)
		len %= 64 * PAGE;
	if (chance(40)) {
		at &= -(int64_t)PAGE;
		len &= -(int64_t)PAGE;
	}
	out("fallocate %d mode %x %llx +%llx", fd, mode, (long long)at, (long long)len);
	if (!result(sys(SYS_fallocate, fd, mode, LOW(at), HIGH(at), LOW(len), HIGH(len))) &&
	    mode & FALLOC_FL_PUNCH_HOLE)
		common->blocks_differ = true;
}

void do_sync(void)
{
	int fd = any_fd_slot(), call = rnd(10);
	int64_t at = any_offset(), len = any_offset();
	unsigned flags = chance(90) ? rnd(8) : rnd(16);

	if (call < 4) {
		out("fsync %d", fd);
		result(sys(SYS_fsync, fd));
	} else if (call < 6) {
		out("fdatasync %d", fd);
		result(sys(SYS_fdatasync, fd));
	} else if (call < 8) {
		out("sync_file_range %d %llx +%llx %x", fd, (long long)at, (long long)len, flags);
		result(sys(SYS_sync_file_range, fd, LOW(at), HIGH(at), LOW(len), HIGH(len), flags));
	} else if (call == 8) {
		out("syncfs %d", fd);
		result(sys(SYS_syncfs, fd));
	} else {
		out("fadvise %d %llx +%llx %u", fd, (long long)at, (long long)len, flags);
		result(sys(SYS_fadvise64_64, fd, LOW(at), HIGH(at), LOW(len), HIGH(len), flags));
	}
}

static bool same_file(int a, int b)
{
	struct stat64 sa = {0}, sb = {0};

	sys(SYS_fstat64, a, &sa);
	sys(SYS_fstat64, b, &sb);
	return sa.st_ino == sb.st_ino;
}

/* Bytes that go from file to file within the kernel. Not by sendfile into the same file: Linux
 * copies from the very pages that it writes to. */
void do_copy(void)
{
	int from = any_fd_slot(), to = any_fd_slot();
	int64_t in = read_offset(), pos_out = read_offset();
	unsigned long count = any_count();

	if (chance(50) || same_file(from, to)) {
		out("copy_file_range %d %llx %d %llx %lu", from, (long long)in, to,
		    (long long)pos_out, count);
		result(sys(SYS_copy_file_range, from, &in, to, &pos_out, count, 0));
	} else {
		out("sendfile64 %d %d %llx %lu", to, from, (long long)in, count);
		result(sys(SYS_sendfile64, to, from, &in, count));
	}
	out("  %llx %llx\n", (long long)in, (long long)pos_out);
}
