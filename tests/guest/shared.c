/*
 * Shared memory: anonymous, /dev/zero and files of tmpfs. Seen by all that map it, the same as what
 * read and write see, cut off by truncation; and how it is counted.
 */
#include "maps.h"
#include "procfile.h"
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define RW    (PROT_READ | PROT_WRITE)
#define PUNCH (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define KEEP  FALLOC_FL_KEEP_SIZE

static char *shared_anon(int n)
{
	char *p = mmap(NULL, n * P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static char *map_file(int fd, int n, int flags)
{
	char *p = mmap(NULL, n * P, RW, flags, fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* An empty file of n pages on tmpfs. */
static int sparse(int n)
{
	int fd = temp_file(0);

	CHECK(ftruncate(fd, n * P) == 0);
	return fd;
}

static long blocks(int fd)
{
	struct stat st;

	CHECK(fstat(fd, &st) == 0);
	return st.st_blocks;
}

static long meminfo(const char *name)
{
	return field(slurp("/proc/meminfo"), name);
}

static long status(const char *name)
{
	return field(slurp("/proc/self/status"), name);
}

/* The fields device and inode of the line that holds addr. */
static void device_of(void *addr, char *device, long *inode)
{
	char *line = slurp("/proc/self/maps");
	unsigned long start, end;

	for (; line && *line; line = strchr(line, '\n') + 1) {
		CHECK(sscanf(line, "%lx-%lx %*s %*s %15s %ld", &start, &end, device, inode) == 4);
		if ((unsigned long)addr >= start && (unsigned long)addr < end)
			return;
	}
	CHECK_FAIL("%p is not mapped", addr);
}

/* ---- anonymous ---- */

TEST(anonymous_memory_is_shared_across_fork_and_never_copied)
{
	char *p = shared_anon(3);
	unsigned long long frame;
	pid_t pid;

	p[0] = 'a';
	frame = pagemap(p) & PM_PFN;
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(p[0], 'a');
		p[0] = 'b';
		p[P] = 'c'; /* not touched before the fork */
		CHECK((pagemap(p) & PM_PFN) == frame);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(p[0], 'b');
	CHECK_EQ(p[P], 'c');
	CHECK_EQ(p[2 * P], 0);
	CHECK((pagemap(p) & PM_PFN) == frame);
}

TEST(its_file_has_no_name)
{
	char *p = shared_anon(1), *q = shared_anon(1), device[16];
	struct map_line m;
	long inode, other;

	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/dev/zero (deleted)");
	CHECK_STR(m.perms, "rw-s");
	CHECK_EQ(m.offset, 0);
	CHECK_EQ(m.end - m.start, P); /* two of them never merge */
	device_of(p, device, &inode);
	CHECK_STR(device, "00:01");
	device_of(q, device, &other);
	CHECK(inode && other && inode != other);
}

TEST(dev_zero_shared_is_the_same)
{
	int fd = open("/dev/zero", O_RDWR);
	char *p = map_file(fd, 2, MAP_SHARED), device[16];
	struct map_line m;
	long inode;
	pid_t pid;

	CHECK_EQ(p[P], 0);
	pid = fork();
	if (pid == 0) {
		p[P] = 1;
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(p[P], 1);
	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/dev/zero (deleted)");
	device_of(p, device, &inode);
	CHECK_STR(device, "00:01");
	/* privately it is anonymous memory, but keeps its name */
	p = map_file(fd, 1, MAP_PRIVATE);
	p[0] = 1;
	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/dev/zero");
	CHECK_EQ(map_file(fd, 1, MAP_PRIVATE)[0], 0);
}

TEST(the_file_keeps_its_size)
{
	char *p = shared_anon(2), *q;

	p[0] = 'x';
	q = mremap(p, 2 * P, 4 * P, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(q[0], 'x');
	CHECK_FAULT(*(volatile char *)(q + 2 * P), SIGBUS, BUS_ADRERR, q + 2 * P);
	/* an old size of 0 makes a second mapping of the same */
	p = mremap(q, 0, 2 * P, MREMAP_MAYMOVE);
	CHECK(p != MAP_FAILED && p != q);
	p[1] = 'y';
	CHECK_EQ(q[1], 'y');
}

TEST(pieces_rejoin)
{
	char *p = shared_anon(3);

	CHECK(mprotect(p + P, P, PROT_READ) == 0);
	CHECK_MAP(p + P, P, "r--s");
	CHECK(mprotect(p + P, P, RW) == 0);
	CHECK_MAP(p, 3 * P, "rw-s");
	CHECK_FAULT(p[3 * P - 1] = 1, 0, probe_info.si_code, probe_info.si_addr);
	CHECK(madvise(p, 3 * P, MADV_DONTNEED) == 0); /* the file keeps the pages */
	CHECK_EQ(p[3 * P - 1], 1);
}

/* ---- files ---- */

TEST(read_write_and_mappings_agree)
{
	int fd = sparse(2);
	char *p = map_file(fd, 2, MAP_SHARED), *q = map_file(fd, 2, MAP_SHARED);
	char *r = map_file(fd, 2, MAP_PRIVATE), c;

	p[5] = 'a';
	CHECK_EQ(q[5], 'a');
	CHECK_EQ(r[5], 'a');
	CHECK_EQ(pread(fd, &c, 1, 5), 1);
	CHECK_EQ(c, 'a');
	CHECK_EQ(pwrite(fd, "b", 1, P + 7), 1);
	CHECK_EQ(p[P + 7], 'b');
	CHECK_EQ(r[P + 7], 'b');
	r[P + 8] = 'c'; /* a copy from here on */
	CHECK_EQ(pwrite(fd, "d", 1, P + 7), 1);
	CHECK_EQ(q[P + 7], 'd');
	CHECK_EQ(r[P + 7], 'b');
	CHECK_EQ(q[P + 8], 0);
	/* from a mapping into its own file */
	CHECK_EQ(pwrite(fd, p, 16, P), 16);
	CHECK_EQ(p[P + 5], 'a');
	CHECK_EQ(pread(fd, p, 16, P), 16);
	CHECK(msync(p, 2 * P, MS_SYNC) == 0);
}

TEST(truncation_takes_pages_away)
{
	int fd = temp_file(4);
	char *s = map_file(fd, 4, MAP_SHARED), *v = map_file(fd, 4, MAP_PRIVATE);

	s[3 * P] = 'S';
	v[2 * P] = v[P + 100] = 'V'; /* private copies */
	CHECK_EQ(s[0] + v[0], 'a' + 'a');
	CHECK(ftruncate(fd, P + 50) == 0);
	CHECK_FAULT(*(volatile char *)(s + 2 * P), SIGBUS, BUS_ADRERR, s + 2 * P);
	CHECK_FAULT(s[3 * P + 9] = 1, SIGBUS, BUS_ADRERR, s + 3 * P + 9);
	CHECK_FAULT(*(volatile char *)(v + 2 * P), SIGBUS, BUS_ADRERR, v + 2 * P);
	CHECK_EQ(s[P + 49], 'b');
	CHECK_EQ(s[P + 50], 0);
	CHECK_EQ(v[P + 100], 'V'); /* in the page that holds the end */
	CHECK_EQ(v[P + 50], 'b');
	CHECK(ftruncate(fd, 4 * P) == 0);
	CHECK_EQ(s[P + 50] + s[2 * P] + s[3 * P] + v[2 * P], 0);
	CHECK_EQ(v[P + 100], 'V');
}

TEST(the_kernel_too_ends_at_the_end_of_the_file)
{
	int fd = sparse(1), pipefd[2];
	char *p = map_file(fd, 2, MAP_SHARED);

	CHECK(pipe(pipefd) == 0);
	CHECK_EQ(write(pipefd[1], p, 1), 1);
	CHECK_ERRNO(write(pipefd[1], p + P, 1), EFAULT);
	CHECK_ERRNO(read(pipefd[0], p + P, 1), EFAULT);
}

TEST(holes_and_data)
{
	int fd = sparse(8);
	char c = 'x';

	CHECK_EQ(blocks(fd), 0);
	CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO);
	CHECK_EQ(lseek(fd, 5, SEEK_HOLE), 5);
	CHECK_EQ(pread(fd, &c, 1, 3 * P), 1);
	CHECK_EQ(c, 0);
	CHECK_EQ(blocks(fd), 0); /* reading makes no page */
	CHECK_EQ(pwrite(fd, "d", 1, 3 * P + 5), 1);
	CHECK_EQ(blocks(fd), 8);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 3 * P);
	CHECK_EQ(lseek(fd, 3 * P + 9, SEEK_DATA), 3 * P + 9);
	CHECK_EQ(lseek(fd, 3 * P + 9, SEEK_HOLE), 4 * P);
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0);
	CHECK_ERRNO(lseek(fd, 4 * P, SEEK_DATA), ENXIO);
	CHECK_ERRNO(lseek(fd, 8 * P, SEEK_HOLE), ENXIO);
	CHECK_ERRNO(lseek(fd, -1, SEEK_DATA), ENXIO);
	CHECK_EQ(lseek(fd, 8 * P - 1, SEEK_HOLE), 8 * P - 1);
	CHECK_EQ(pwrite(fd, "d", 1, 7 * P), 1);
	CHECK_EQ(lseek(fd, 7 * P, SEEK_HOLE), 8 * P);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 8 * P);
}

TEST(a_touch_makes_a_page_of_a_hole)
{
	int fd = sparse(64);
	volatile char *s = map_file(fd, 64, MAP_SHARED), *v = map_file(fd, 64, MAP_PRIVATE);

	CHECK_EQ(s[0], 0);
	CHECK_EQ(blocks(fd), 8);
	CHECK_EQ(v[20 * P], 0); /* even a private read */
	CHECK_EQ(blocks(fd), 16);
	v[40 * P] = 1; /* and a private write */
	CHECK_EQ(blocks(fd), 24);
	CHECK_EQ(s[40 * P], 0);
}

TEST(punching_holes)
{
	int fd = temp_file(5);
	char *s = map_file(fd, 5, MAP_SHARED), *v = map_file(fd, 5, MAP_PRIVATE), c;

	v[2 * P] = 'V';
	CHECK_EQ(s[2 * P] + v[3 * P], 'c' + 'd');
	CHECK(fallocate(fd, PUNCH, P + 100, 2 * P + 100) == 0);
	CHECK_EQ(blocks(fd), 4 * 8);
	CHECK_EQ(s[P + 99], 'b');
	CHECK_EQ(s[P + 100] + s[2 * P] + s[3 * P + 199], 0);
	CHECK_EQ(s[3 * P + 200], 'd');
	CHECK_EQ(v[2 * P], 'V'); /* private copies stay */
	CHECK_EQ(v[2 * P + 1], 'c');
	CHECK_EQ(v[3 * P], 0);
	CHECK_EQ(pread(fd, &c, 1, 2 * P), 1);
	CHECK_EQ(c, 0);
	CHECK(fallocate(fd, PUNCH, 4 * P, 100 * P) == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 5 * P);
	CHECK_EQ(s[4 * P], 0);
	CHECK_EQ(blocks(fd), 5 * 8); /* touched again */
	CHECK(madvise(s, P, MADV_REMOVE) == 0);
	CHECK_EQ(s[0], 0);
}

TEST(allocation)
{
	int fd = sparse(0);
	char *p;

	CHECK(fallocate(fd, KEEP, P, 2 * P) == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	CHECK_EQ(blocks(fd), 16);
	CHECK(ftruncate(fd, 0) == 0); /* to the size it has: the promise is taken back */
	CHECK_EQ(blocks(fd), 0);
	CHECK(fallocate(fd, 0, 100, 2 * P) == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 2 * P + 100);
	CHECK_EQ(blocks(fd), 24);
	CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO); /* never written: a hole */
	p = map_file(fd, 2, MAP_SHARED);
	CHECK_EQ(p[0] + p[P], 0);
	CHECK_EQ(blocks(fd), 24);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 0);
	CHECK_ERRNO(fallocate(fd, 0, 0, 0), EINVAL);
	CHECK_ERRNO(fallocate(fd, 0, -1, P), EINVAL);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, P), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, P), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, P), EOPNOTSUPP);
}

TEST(a_limit_on_file_sizes_holds_for_allocation)
{
	int fd = sparse(1);

	CHECK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){2 * P, 2 * P}) == 0);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(fallocate(fd, 0, 0, 2 * P) == 0);
	CHECK_ERRNO(fallocate(fd, 0, 0, 3 * P), EFBIG);
	CHECK_ERRNO(fallocate(fd, KEEP, 0, 3 * P), EFBIG);
	CHECK(fallocate(fd, PUNCH, 0, 3 * P) == 0);
}

TEST(a_full_file_system)
{
	char dir[] = "/tmp/fullXXXXXX", path[32], *p;
	int fd;

	need_root();
	CHECK(mkdtemp(dir));
	CHECK(mount("full", dir, "tmpfs", 0, "size=16k") == 0);
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(ftruncate(fd, 8 * P) == 0);
	p = map_file(fd, 8, MAP_SHARED);
	p[0] = p[P] = p[2 * P] = 'x';
	CHECK_ERRNO(fallocate(fd, 0, 0, 6 * P), ENOSPC);
	CHECK_EQ(blocks(fd), 24);
	CHECK_EQ(p[2 * P], 'x');
	p[3 * P] = 'x';
	CHECK_FAULT(p[4 * P] = 1, SIGBUS, BUS_ADRERR, p + 4 * P);
	CHECK_FAULT(*(volatile char *)(p + 5 * P), SIGBUS, BUS_ADRERR, p + 5 * P);
	CHECK_ERRNO(pwrite(fd, "x", 1, 4 * P), ENOSPC);
	CHECK(fallocate(fd, PUNCH, 0, P) == 0);
	p[4 * P] = 1;
	CHECK(munmap(p, 8 * P) == 0 && close(fd) == 0);
	CHECK(umount(dir) == 0 && rmdir(dir) == 0);
}

/* ---- counting ---- */

static long rollup(const char *name)
{
	return field(slurp("/proc/self/smaps_rollup"), name);
}

TEST(resident_pages_are_of_the_shared_kind)
{
	const int n = 200,
		  slack = 64 * 4; /* Linux brings a task's own counters together now and then */
	long anon, file, shmem, told, all;
	char *p;
	int i;

	/* code and buffers are there before the counting begins */
	memset(proc_text, 0, sizeof(proc_text));
	munmap(shared_anon(1), P);
	rollup("Pss_Shmem:");
	told = status("RssShmem:");
	all = meminfo("Shmem:");
	p = shared_anon(n);
	anon = rollup("Pss_Anon:");
	file = rollup("Pss_File:");
	shmem = rollup("Pss_Shmem:");
	for (i = 0; i < n; i++)
		p[i * P] = 1;
	CHECK_EQ(rollup("Pss_Shmem:") - shmem, n * 4);
	CHECK_EQ(rollup("Pss_Anon:") - anon, 0);
	CHECK_EQ(rollup("Pss_File:") - file, 0);
	told = status("RssShmem:") - told;
	CHECK(labs(told - n * 4) <= slack);
	CHECK(labs(meminfo("Shmem:") - all - n * 4) <= slack);
	CHECK(madvise(p, n * P, MADV_DONTNEED) == 0);
	CHECK_EQ(rollup("Pss_Shmem:") - shmem, 0);
	CHECK(labs(meminfo("Shmem:") - all - n * 4) <= slack);
	CHECK(munmap(p, n * P) == 0);
	CHECK(labs(meminfo("Shmem:") - all) <= slack);
}

TEST(first_touches_are_minor_faults)
{
	struct rusage before, after;
	char *p = shared_anon(64);
	int i;

	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < 64; i++)
		p[i * P] = 1;
	getrusage(RUSAGE_SELF, &after);
	CHECK_EQ(after.ru_minflt - before.ru_minflt, 64);
	CHECK_EQ(after.ru_majflt - before.ru_majflt, 0);
}

/* How much more is promised than `before`, in pages. */
static long committed(long before)
{
	return (meminfo("Committed_AS:") - before) / 4;
}

TEST(shared_memory_is_promised_at_once)
{
	long before = meminfo("Committed_AS:");
	char *p = mmap(NULL, 100 * P, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(committed(before), 100); /* not to write it, but somebody might */
	CHECK_EQ(((volatile char *)p)[5], 0);
	CHECK_EQ(committed(before), 100);
	CHECK(munmap(p + P, 99 * P) == 0);
	CHECK_EQ(committed(before), 100); /* the file is there */
	CHECK(munmap(p, P) == 0);
	CHECK_EQ(committed(before), 0);
}

TEST(without_reserve_page_by_page)
{
	long before = meminfo("Committed_AS:");
	char *p = mmap(NULL, 100 * P, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(committed(before), 0);
	p[0] = p[50 * P] = 1;
	CHECK_EQ(committed(before), 2);
	CHECK(munmap(p, 100 * P) == 0);
	CHECK_EQ(committed(before), 0);
}

TEST(files_are_promised_page_by_page)
{
	long before = meminfo("Committed_AS:");
	int fd = sparse(100);
	char *s, *v;

	CHECK_EQ(committed(before), 0);
	s = map_file(fd, 100, MAP_SHARED);
	CHECK_EQ(committed(before), 0);
	s[0] = 1;
	CHECK_EQ(pwrite(fd, "x", 1, P), 1);
	CHECK_EQ(committed(before), 2);
	v = map_file(fd, 100, MAP_PRIVATE);
	CHECK_EQ(committed(before), 102);
	CHECK(fallocate(fd, 0, 10 * P, 10 * P) == 0);
	CHECK_EQ(committed(before), 112);
	CHECK(fallocate(fd, PUNCH, 10 * P, 10 * P) == 0);
	CHECK_EQ(committed(before), 102);
	CHECK(munmap(v, 100 * P) == 0);
	CHECK_EQ(committed(before), 2);
	CHECK(ftruncate(fd, 0) == 0);
	CHECK_EQ(committed(before), 0);
}
