/*
 * The files that are mapped, all in tmpfs: their making, and the calls that change them under their
 * mappings.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <string.h>
#include "diff.h"

#ifndef F_ADD_SEALS
#	define F_ADD_SEALS 1033
#	define F_GET_SEALS 1034
#endif
#ifndef MFD_HUGETLB
#	define MFD_HUGETLB 4u
#endif

#define FILE_PAGES 8

bool use_memfd = true;

static void open_as(int fd, const char *path, int flags)
{
	long got = sys(SYS_open, path, flags, 0666);

	if (failed(got)) {
		out("no %s: %ld\n", path, got);
		return;
	}
	sys(SYS_dup2, got, fd);
	sys(SYS_close, got);
}

static void fill(const char *path, int pages, int tail, uint8_t first)
{
	static uint8_t page[PAGE];
	long fd = sys(SYS_open, path, O_RDWR | O_CREAT | O_TRUNC, 0666);

	sys(SYS_fchmod, fd, 0666);
	for (int i = 0; i <= pages; i++) {
		memset(page, first + i, sizeof(page));
		sys(SYS_write, fd, page, i < pages ? PAGE : tail);
	}
	sys(SYS_close, fd);
}

/* Anew for each seed, before it gives up its privileges. */
void files_init(void)
{
	static const char memory[] = "memory";
	int pipe[2];
	long fd;

	fill("/tmp/diff.a", FILE_PAGES, 100, 1);
	fill("/tmp/diff.b", FILE_PAGES, 0, 33);
	fill("/tmp/diff.c", 0, 1000, 65);
	open_as(FD_RW, "/tmp/diff.a", O_RDWR);
	open_as(FD_R, "/tmp/diff.b", O_RDONLY);
	open_as(FD_W, "/tmp/diff.b", O_WRONLY);
	open_as(FD_RW2, "/tmp/diff.a", O_RDWR);
	open_as(FD_SMALL, "/tmp/diff.c", O_RDWR);
	open_as(FD_DIR, "/tmp", O_RDONLY);
	open_as(FD_ZERO, "/dev/zero", O_RDWR);
	open_as(FD_NULL, "/dev/null", O_RDWR);
	open_as(FD_PAGEMAP, "/proc/self/pagemap", O_RDONLY);
	for (int i = FD_MEM0; use_memfd && i <= FD_MEM1; i++) {
		fd = sys(SYS_memfd_create, memory, i == FD_MEM0 ? MFD_ALLOW_SEALING : 0);
		if (failed(fd))
			continue;
		sys(SYS_dup2, fd, i);
		sys(SYS_close, fd);
		sys(SYS_ftruncate, i, 6 * PAGE);
	}
	sys(SYS_pipe2, pipe, O_NONBLOCK);
	sys(SYS_dup2, pipe[0], FD_PIPE_R);
	sys(SYS_dup2, pipe[1], FD_PIPE_W);
	sys(SYS_close, pipe[0]);
	sys(SYS_close, pipe[1]);
}

int data_fd(void)
{
	static const int fds[] = {FD_RW,  FD_RW,    FD_RW,    FD_R,    FD_W,
				  FD_RW2, FD_SMALL, FD_SMALL, FD_MEM0, FD_MEM1};

	return PICK(fds);
}

int any_fd(void)
{
	static const int fds[] = {FD_DIR, FD_PIPE_R, FD_ZERO, FD_ZERO, FD_NULL, FD_BAD, -1, FD_RW};

	return PICK(fds);
}

/* A position around one of the limits: of files without and with O_LARGEFILE, and of positions. */
static int64_t wild_offset(void)
{
	static const int64_t limits[] = {0x7FFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF000, INT64_MAX,
					 INT64_MAX,  -1,	 INT64_MIN};

	return (int64_t)((uint64_t)PICK(limits) - rnd(chance(50) ? 10 : 2 * PAGE) + rnd(3));
}

/* Calls with a position that is asked for and cannot be, or only just; what they could leave behind
 * is cut off. */
void do_offsets(void)
{
	int fd = chance(95) ? data_fd() : any_fd();
	static uint8_t data[2 * PAGE];
	static const unsigned long lengths[] = {0, 1, 8, PAGE, 2 * PAGE, 0x7FFFFFFF, 0xFFFFFFFF};
	int64_t at = wild_offset(), other = chance(50) ? wild_offset() : rnd(3 * PAGE);
	unsigned long len = PICK(lengths), low, high;
	struct {
		void *base;
		unsigned long len;
	} vector = {data, len};
	static const char *const names[] = {"pread64",	       "pwrite64",   "preadv",
					    "pwritev",	       "sendfile64", "sendfile64 to",
					    "truncate",	       "fallocate",  "punch hole",
					    "copy_file_range", "fadvise",    "readahead"};
	uint32_t call = rnd(sizeof(names) / sizeof(names[0]));
	int64_t pos[2] = {at, other};

	/* room that is really taken stays small, and a hole begins below 4 GiB: see
	 * maps_beyond_4g() */
	if (call == 7 && (uint64_t)other > 2 * PAGE)
		other = rnd(2 * PAGE);
	/* what lies behind the buffer is this program, and then a hole */
	if (call < 4 && len == 0x7FFFFFFF)
		len = vector.len = sizeof(data);
	if (call == 8 && at > 0)
		at = rnd(12 * PAGE);
	low = at;
	high = at >> 32;
	out("%s fd %d at %llx len %lx other %llx", names[call], fd, (unsigned long long)at, len,
	    (unsigned long long)other);
	switch (call) {
	case 0:
	case 1:
		result(sys(call ? SYS_pwrite64 : SYS_pread64, fd, data, len, low, high));
		break;
	case 2:
	case 3:
		result(sys(call == 2 ? SYS_preadv : SYS_pwritev, fd, &vector, 1, low, high));
		break;
	case 4:
		result(sys(SYS_sendfile64, FD_RW2, fd, pos, len & 0xFFFF));
		break;
	case 5:
		sys(SYS__llseek, fd, high, low, pos, 0);
		result(sys(SYS_sendfile64, fd, FD_SMALL, pos + 1, len & 0xFFFF));
		sys(SYS_lseek, fd, 0, 0);
		break;
	case 6:
		result(sys(SYS_ftruncate64, fd, low, high));
		break;
	case 7:
	case 8:
		result(sys(SYS_fallocate, fd,
			   call == 7 ? 0 : FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, low, high,
			   (unsigned long)other, (unsigned long)(other >> 32)));
		break;
	case 9:
		result(sys(SYS_copy_file_range, chance(50) ? fd : FD_RW, pos, fd, pos + 1, len, 0));
		break;
	case 10:
		result(sys(SYS_fadvise64_64, fd, low, high, (unsigned long)other,
			   (unsigned long)(other >> 32), rnd(7)));
		break;
	case 11:
		result(sys(SYS_readahead, fd, low, high, len));
		break;
	}
	sys(SYS_ftruncate, fd, FILE_PAGES * PAGE);
}

static void do_read_write(int fd, unsigned long offset)
{
	static uint8_t data[3 * PAGE];
	unsigned long len = 1 + rnd(chance(70) ? 64 : sizeof(data) - 1);
	bool in_memory = chance(20);
	unsigned long where = in_memory ? odd_addr() : (unsigned long)data;
	bool reads = chance(50);
	long ret;

	/* Where a page of the buffer is missing, Linux on i386 may write for ever. */
	if (in_memory && !reads && len > PAGE - where % PAGE)
		len = PAGE - where % PAGE;
	if (in_memory && (precious(where, len) || in_vdso(where, len)))
		return;
	if (reads) {
		memset(data, 0, sizeof(data));
		out("pread64 fd %d %lx at %lx", fd, len, offset);
		if (in_memory) {
			out(" to %08lx", where);
			model_unknown(where, len);
		}
		ret = result(sys(SYS_pread64, fd, where, len, offset, 0));
		for (long i = 0; !in_memory && i < ret; i += i ? 1 : ret > 1 ? ret - 1 : 1)
			out("  %d", data[i]);
		out("\n");
		return;
	}
	memset(data, rnd(256), len);
	out("pwrite64 fd %d %lx of %d at %lx", fd, len, data[0], offset);
	if (in_memory)
		out(" from %08lx", where);
	result(sys(SYS_pwrite64, fd, where, len, offset, 0));
}

void do_file_op(void)
{
	static const int modes[] = {0,
				    FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    FALLOC_FL_PUNCH_HOLE,
				    FALLOC_FL_ZERO_RANGE,
				    FALLOC_FL_COLLAPSE_RANGE};
	uint32_t kind = rnd(100);
	int fd = chance(95) ? data_fd() : any_fd(), mode = PICK(modes);
	long offset = rnd(12 * PAGE), len = rnd(6 * PAGE);

	if (chance(40))
		offset &= -PAGE;
	if (kind < 25) {
		long size = chance(90) ? offset : -1 - offset;

		out("ftruncate fd %d %ld", fd, size);
		result(sys(SYS_ftruncate, fd, size));
	} else if (kind < 35) {
		unsigned high = chance(90) ? 0 : rnd(3) - 1;

		out("ftruncate64 fd %d %lx high %x", fd, offset, high);
		result(sys(SYS_ftruncate64, fd, offset, high));
		if (high)
			sys(SYS_ftruncate, fd, 4 * PAGE);
	} else if (kind < 55) {
		int high = chance(97) ? 0 : -1;

		out("fallocate fd %d mode %x %lx high %d +%lx", fd, mode, offset, high, len);
		result(sys(SYS_fallocate, fd, mode, offset, high, len, 0));
	} else {
		do_read_write(fd, offset);
	}
}

void do_memfd(void)
{
	static const char *const names[] = {"", "one", "two", "with space"};
	static char longest[256];
	unsigned flags = chance(80) ? rnd(4) : chance(50) ? rnd(64) : MFD_HUGETLB | rnd(64) << 26;
	int slot = FD_MEM0 + rnd(2);
	const char *name = PICK(names);
	long fd;

	if (chance(10)) {
		memset(longest, 'x', sizeof(longest) - 1);
		longest[248 + rnd(4)] = 0;
		name = longest;
	} else if (chance(3)) {
		name = (const char *)0xC0000000;
	}
	out("memfd_create flags %x", flags);
	fd = sys(SYS_memfd_create, name, flags);
	if (failed(fd)) {
		result(fd);
		return;
	}
	/* the pool of huge pages is empty: such a file is good for nothing, and its size has rules
	 * of its own */
	if (!(flags & MFD_HUGETLB)) {
		sys(SYS_dup2, fd, slot);
		result(slot);
		if (chance(90))
			sys(SYS_ftruncate, slot, rnd(8) * PAGE);
	} else {
		result(0);
	}
	sys(SYS_close, fd);
}

void do_seals(void)
{
	int fd = chance(80) ? FD_MEM0 + (int)rnd(2) : chance(60) ? data_fd() : any_fd();

	if (chance(40)) {
		out("F_GET_SEALS fd %d", fd);
		result(sys(SYS_fcntl64, fd, F_GET_SEALS, 0));
		return;
	}
	/* sealing the sealing itself is rarer, so that more can happen */
	unsigned seals = (chance(10) ? 1 : 0) | (chance(90) ? 1u << (1 + rnd(4)) : rnd(64));

	out("F_ADD_SEALS fd %d %x", fd, seals);
	result(sys(SYS_fcntl64, fd, F_ADD_SEALS, seals));
}
