/*
 * memfd_create and seals: what is refused once a file is sealed, and to whom seals can be given.
 */
#include "halfway.h"
#include "paging.h"
#include <sys/stat.h>
#include <sys/statfs.h>

#ifndef F_SEAL_FUTURE_WRITE
#	define F_SEAL_FUTURE_WRITE 0x0010
#endif
#define RW	   (PROT_READ | PROT_WRITE)
#define LATER_SEAL 0x0020 /* F_SEAL_EXEC came after 6.1 */
#define LATER_FLAG 0x0008 /* and so did MFD_NOEXEC_SEAL */
#define PUNCH	   (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define HUGE	   (1UL << HUGE_LOG)
#define HUGE_LOG   huge_page_shift()
#define HUGE_MAGIC 0x958458f6UL
#define TMPFS	   0x01021994UL

static int memfd(const char *name, unsigned int flags)
{
	return syscall(SYS_memfd_create, name, flags);
}

/* A file of n pages that can be sealed. */
static int sealable(int n)
{
	int fd = memfd("sealable", MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK(ftruncate(fd, n * P) == 0);
	return fd;
}

static int reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags);
}

static char *map(int fd, int n, int prot, int flags)
{
	return mmap(NULL, n * P, prot, flags, fd, 0);
}

/* ---- memfd_create ---- */

TEST(a_memfd_is_an_empty_file_without_a_name)
{
	int fd = memfd("test", 0);
	struct statfs fs;
	struct stat st;

	CHECK(fd >= 0);
	CHECK(fstat(fd, &st) == 0 && fstatfs(fd, &fs) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0777);
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(st.st_size, 0);
	CHECK_EQ(st.st_dev, 1);
	CHECK_EQ((unsigned long)fs.f_type, TMPFS);
	CHECK_EQ(fs.f_blocks, 0);
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | 0100000);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(fcntl(memfd("test", MFD_CLOEXEC), F_GETFD), FD_CLOEXEC);
}

TEST(its_name_is_shown)
{
	int fd = memfd("a name/with: all", 0);
	char path[32], link[64] = "";
	struct map_line m;
	char *p;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(readlink(path, link, sizeof(link) - 1) > 0);
	CHECK_STR(link, "/memfd:a name/with: all (deleted)");
	CHECK(ftruncate(fd, P) == 0);
	p = map(fd, 1, RW, MAP_SHARED);
	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/memfd:a name/with: all (deleted)");
	CHECK_STR(m.perms, "rw-s");
	CHECK(memfd("", 0) >= 0);
}

TEST(errors_of_memfd_create)
{
	char name[256];

	memset(name, 'x', sizeof(name));
	name[250] = 0;
	CHECK_ERRNO(memfd(name, 0), EINVAL);
	name[249] = 0;
	CHECK(memfd(name, 0) >= 0);
	CHECK_ERRNO(memfd((char *)8, 0), EFAULT);
	CHECK_ERRNO(memfd((char *)8, LATER_FLAG), EINVAL);
	CHECK_ERRNO(memfd("x", LATER_FLAG), EINVAL);
	CHECK_ERRNO(memfd("x", ~0U), EINVAL);
	CHECK_ERRNO(memfd("x", 1U << MAP_HUGE_SHIFT), EINVAL);
}

/* ---- seals ---- */

TEST(seals_are_added_and_never_taken_away)
{
	int fd = sealable(1);

	CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, 0), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SHRINK);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, LATER_SEAL), EINVAL);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), 0);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), EPERM);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, 0), EPERM);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

TEST(sealing_wants_the_right_to_write)
{
	int fd = sealable(1), r = reopen(fd, O_RDONLY);

	CHECK(r >= 0);
	CHECK_EQ(fcntl(r, F_GET_SEALS), 0);
	CHECK_ERRNO(fcntl(r, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	CHECK_ERRNO(fcntl(r, F_ADD_SEALS, LATER_SEAL), EPERM);
}

TEST(who_else_has_seals)
{
	int fd = memfd("none allowed", 0), pipefd[2];

	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, 0), EPERM);
	fd = temp_file(1); /* on tmpfs */
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), EPERM);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, 64), EINVAL);
	fd = open("/tmp", O_RDONLY);
	CHECK_ERRNO(fcntl(fd, F_GET_SEALS), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), EPERM);
	fd = open("/dev/zero", O_RDWR);
	CHECK_ERRNO(fcntl(fd, F_GET_SEALS), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), EINVAL);
	CHECK(pipe(pipefd) == 0);
	CHECK_ERRNO(fcntl(pipefd[0], F_GET_SEALS), EINVAL);
	CHECK_ERRNO(fcntl(pipefd[0], F_ADD_SEALS, F_SEAL_SEAL), EPERM);
	CHECK_ERRNO(fcntl(pipefd[1], F_ADD_SEALS, F_SEAL_SEAL), EINVAL);
	CHECK_ERRNO(fcntl(99, F_GET_SEALS), EBADF);
	CHECK_ERRNO(fcntl(open("/tmp", O_PATH), F_GET_SEALS), EBADF);
}

TEST(shrink)
{
	int fd = sealable(2);

	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	CHECK_ERRNO(ftruncate(fd, P), EPERM);
	CHECK_ERRNO(reopen(fd, O_RDWR | O_TRUNC), EPERM);
	CHECK(ftruncate(fd, 2 * P) == 0);
	CHECK(ftruncate(fd, 3 * P) == 0);
	CHECK_ERRNO(ftruncate(fd, 2 * P), EPERM);
	CHECK(fallocate(fd, PUNCH, 0, 9 * P) == 0);
	CHECK_EQ(pwrite(fd, "x", 1, 4 * P), 1);
}

TEST(grow)
{
	static char big[3 * P];
	int fd = sealable(1);

	CHECK(ftruncate(fd, P + 10) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
	CHECK_EQ(write(fd, big, 3 * P), P); /* page by page */
	CHECK_ERRNO(write(fd, big, P), EPERM);
	CHECK_EQ(pwrite(fd, big, 10, P), 10);
	CHECK_ERRNO(pwrite(fd, big, 11, P), EPERM);
	CHECK_ERRNO(ftruncate(fd, 2 * P), EPERM);
	CHECK_ERRNO(fallocate(fd, 0, 0, 2 * P), EPERM);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 2 * P), EPERM);
	CHECK(fallocate(fd, 0, 0, P + 10) == 0);
	CHECK(fallocate(fd, PUNCH, 0, 9 * P) == 0);
	CHECK(ftruncate(fd, P) == 0);
	CHECK_ERRNO(ftruncate(fd, P + 1), EPERM);
}

TEST(write_seal_waits_for_writable_mappings)
{
	int fd = sealable(2), r = reopen(fd, O_RDONLY);
	char *p = map(fd, 1, PROT_READ, MAP_SHARED);

	/* it could become writable */
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW), EBUSY);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
	CHECK(munmap(p, P) == 0);
	CHECK(map(fd, 1, RW, MAP_PRIVATE) != MAP_FAILED);
	CHECK(map(r, 1, PROT_READ, MAP_SHARED) != MAP_FAILED);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
}

TEST(the_pieces_of_a_mapping_all_count)
{
	int fd = sealable(4);
	char *p = map(fd, 4, RW, MAP_SHARED);

	CHECK(munmap(p + P, P) == 0);
	CHECK(munmap(p, P) == 0);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	if (fork() == 0)
		_exit(munmap(p + 2 * P, 2 * P));
	wait(NULL);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK((p = mremap(p + 2 * P, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, free_room(1))) !=
	      MAP_FAILED);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(p, P) == 0);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
}

static void nothing_writes(int fd, int seal)
{
	int r = reopen(fd, O_RDONLY);
	char *p;

	CHECK(fcntl(fd, F_ADD_SEALS, seal) == 0);
	CHECK_ERRNO(write(fd, "x", 1), EPERM);
	CHECK_EQ(write(fd, "x", 0), 0);
	CHECK_ERRNO(fallocate(fd, PUNCH, 0, P), EPERM);
	CHECK(fallocate(fd, 0, 0, 3 * P) == 0);
	CHECK(ftruncate(fd, P) == 0);
	CHECK(ftruncate(fd, 2 * P) == 0);
	CHECK(reopen(fd, O_RDWR) >= 0);

	CHECK_ERRNO(map(fd, 1, RW, MAP_SHARED), EPERM);
	CHECK_ERRNO(map(fd, 1, PROT_WRITE, MAP_SHARED), EPERM);
	CHECK((p = map(fd, 1, PROT_READ, MAP_SHARED)) != MAP_FAILED);
	CHECK_ERRNO(mprotect(p, P, RW), EACCES);
	CHECK(mprotect(p, P, PROT_READ | PROT_EXEC) == 0);
	CHECK((p = map(fd, 1, PROT_NONE, MAP_SHARED)) != MAP_FAILED);
	CHECK_ERRNO(mprotect(p, P, PROT_WRITE), EACCES);
	CHECK((p = map(r, 1, PROT_READ, MAP_SHARED)) != MAP_FAILED);
	CHECK_ERRNO(mprotect(p, P, RW), EACCES);
	CHECK((p = map(fd, 1, RW, MAP_PRIVATE)) != MAP_FAILED);
	p[0] = 'y';
	CHECK_EQ(pread(fd, p + 1, 1, 0), 1);
	CHECK_EQ(p[1], 0);
}

TEST(write)
{
	nothing_writes(sealable(2), F_SEAL_WRITE);
}

TEST(future_write_stops_new_writers)
{
	nothing_writes(sealable(2), F_SEAL_FUTURE_WRITE);
}

TEST(future_write_leaves_old_mappings)
{
	int fd = sealable(2);
	char *p = map(fd, 2, RW, MAP_SHARED), c;

	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	p[0] = 'a';
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK_EQ(c, 'a');
	CHECK(mprotect(p, P, PROT_READ) == 0);
	CHECK(mprotect(p, P, RW) == 0);
	p[1] = 'b';
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(p, 2 * P) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
}

/* Of the two refusals one comes before the old mapping goes. */
TEST(refused_fixed_mappings)
{
	int fd = sealable(1);
	char *p = anon_at(free_room(3), 3, RW);
	struct map_line m;

	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	CHECK_ERRNO(mmap(p + P, P, RW, MAP_SHARED | MAP_FIXED, fd, 0), EPERM);
	CHECK_MAP(p, 3 * P, "rw-p");
	fd = sealable(1);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	CHECK_ERRNO(mmap(p + P, P, RW, MAP_SHARED | MAP_FIXED, fd, 0), EPERM);
	CHECK(!map_at(p + P, &m));
	CHECK_MAP(p, P, "rw-p");
}

/* ---- sealing in the middle of a call that writes to the pages ---- */

static int go[2];
static pid_t spinner; /* 0: none */

/* When it gets a byte it keeps the processor from all that have no real-time priority. */
static pid_t start_spinner(void)
{
	pid_t pid = fork();
	char c;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		set_fifo(1);
		if (read(go[0], &c, 1) == 1)
			for (;;)
				;
		_exit(0);
	}
	CHECK(pid > 0);
	return pid;
}

static char last_byte(int fd)
{
	char c;

	CHECK(pread(fd, &c, 1, HALFWAY_LAST) == 1);
	return c;
}

static void seal_halfway(char *m, int fd)
{
	char now;
	int err;

	wait_until_halfway(m);
	if (spinner)
		CHECK(write(go[1], "x", 1) == 1);
	CHECK(munmap(m, HALFWAY_BYTES) == 0);
	err = fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) ? errno : 0;
	now = last_byte(fd);
	if (spinner)
		kill(spinner, SIGKILL);
	if (err) { /* then all is as before */
		CHECK_EQ(err, EBUSY);
		CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
		CHECK(munmap(map(fd, 1, RW, MAP_SHARED), P) == 0);
	}
	wait_until_over();
	CHECK_EQ(last_byte(fd), NEW_BYTE);
	if (err)
		CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	else
		CHECK_EQ(now, NEW_BYTE);
}

static void seal_during_a_write(void)
{
	int seen = 0;

	for (int i = 0; i < HALFWAY_ROUNDS && !seen; i++) {
		int fd = sealable(HALFWAY_PAGES);

		seen = call_halfway(SYS_process_vm_writev, fresh_pages(MAP_PRIVATE),
				    map(fd, HALFWAY_PAGES, RW, MAP_SHARED), seal_halfway, fd);
		close(fd);
	}
}

TEST(what_is_sealed_changes_no_more)
{
	seal_during_a_write();
}

TEST(who_writes_for_long_keeps_it_from_being_sealed)
{
	CHECK(pipe(go) == 0);
	spinner = start_spinner();
	seal_during_a_write();
	kill(spinner, SIGKILL);
	CHECK(waitpid(spinner, NULL, 0) == spinner);
}

TEST(neighbours_of_a_sealed_file_merge)
{
	int fd = sealable(3);
	char *p = free_room(3);

	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	CHECK(mmap(p, P, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == p);
	CHECK(mmap(p + P, P, PROT_READ, MAP_SHARED | MAP_FIXED, fd, P) == p + P);
	CHECK_MAP(p, 2 * P, "r--s");
	CHECK(mprotect(p + P, P, PROT_NONE) == 0);
	CHECK_MAP(p, P, "r--s");
	CHECK(mprotect(p + P, P, PROT_READ) == 0);
	CHECK_MAP(p, 2 * P, "r--s");
}

/* ---- huge pages, of which there are none ---- */

static int huge(unsigned int size_log)
{
	return memfd("huge", MFD_HUGETLB | MFD_ALLOW_SEALING | size_log << MAP_HUGE_SHIFT);
}

TEST(sizes_of_huge_pages)
{
	unsigned int log;

	for (log = 1; log < 64; log++)
		if (log != HUGE_LOG)
			CHECK_ERRNO(huge(log), ENODEV);
	CHECK(huge(0) >= 0);
	CHECK(huge(HUGE_LOG) >= 0);
}

TEST(a_file_of_huge_pages)
{
	int fd = huge(0);
	char c[3] = "xy";
	struct statfs fs;
	struct stat st;

	CHECK(fstat(fd, &st) == 0 && fstatfs(fd, &fs) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0777);
	CHECK_EQ(st.st_blksize, HUGE);
	CHECK_EQ((unsigned long)fs.f_type, HUGE_MAGIC);
	CHECK_EQ(fs.f_bsize, HUGE);
	CHECK_ERRNO(write(fd, c, 1), EINVAL);
	CHECK_ERRNO(ftruncate(fd, P), EINVAL);
	CHECK(ftruncate(fd, 2 * HUGE) == 0);
	CHECK_EQ(pread(fd, c, 2, 2 * HUGE - 1), 1);
	CHECK_EQ(c[0], 0);
	CHECK_EQ(c[1], 'y');
	CHECK_ERRNO(fallocate(fd, 0, 0, HUGE), ENOSPC);
	CHECK(fallocate(fd, PUNCH, 0, HUGE) == 0);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, HUGE), EOPNOTSUPP);
	CHECK(fsync(fd) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	CHECK_ERRNO(ftruncate(fd, HUGE), EPERM);
	CHECK(ftruncate(fd, 3 * HUGE) == 0);
}

TEST(mapping_huge_pages)
{
	int fd = huge(0);
	struct map_line m;
	char *p;

	CHECK(ftruncate(fd, 2 * HUGE) == 0);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_SHARED, fd, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, P, PROT_NONE, MAP_PRIVATE, fd, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_SHARED, fd, P), EINVAL);
	CHECK_ERRNO(mmap((void *)0x10001000, P, RW, MAP_SHARED | MAP_FIXED, fd, 0), EINVAL);
	p = mmap(NULL, P, RW, MAP_SHARED | MAP_NORESERVE, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ((unsigned long)p % HUGE, 0);
	CHECK_MAP(p, HUGE, "rw-s");
	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/memfd:huge (deleted)");
	CHECK_FAULT(p[5] = 1, SIGBUS, BUS_ADRERR, p + 5);
	CHECK_ERRNO(munmap(p, P), EINVAL);
	CHECK_ERRNO(mprotect(p, P, PROT_READ), EINVAL);
	CHECK(mprotect(p, HUGE, PROT_READ) == 0);
	CHECK(madvise(p, HUGE, MADV_DONTNEED) == 0);
	CHECK(madvise(p, P, MADV_DONTNEED) == 0);
	CHECK_ERRNO(madvise(p + P, HUGE - P, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(mremap(p, HUGE, 2 * HUGE, MREMAP_MAYMOVE), EINVAL);
	CHECK_ERRNO(mremap(p + P, P, P, 0), EINVAL);
	CHECK(mremap(p, HUGE, P, 0) == p);
	CHECK_MAP(p, HUGE, "r--s");
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(p, HUGE) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	CHECK_ERRNO(fallocate(fd, PUNCH, 0, HUGE), EPERM);
}

TEST(anonymous_huge_pages)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
	struct map_line m;
	char *p;

	CHECK_ERRNO(mmap(NULL, P, RW, flags, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, 0, RW, flags, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, -P, RW, flags, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, P, RW, flags | 24 << MAP_HUGE_SHIFT, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, P, RW, flags | HUGE_LOG << MAP_HUGE_SHIFT, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap((void *)0x20001000, P, RW, flags | MAP_FIXED, -1, 0), EINVAL);
	/* the offset is looked at first, as these pages are not charged like others */
	CHECK_ERRNO(syscall(SYS_mmap2, NULL, 2048u << 20, RW, flags, -1, 3), EINVAL);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_PRIVATE | MAP_HUGETLB, 99, 0), EBADF);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_PRIVATE | MAP_HUGETLB, temp_file(1), 0), EINVAL);
	p = mmap(NULL, P, RW, flags | MAP_NORESERVE, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK_MAP(p, HUGE, "rw-p");
	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/anon_hugepage (deleted)");
	CHECK(madvise(p, HUGE, MADV_DONTDUMP) == 0 && madvise(p, HUGE, MADV_DODUMP) == 0);
	CHECK(munmap(p, HUGE) == 0);
}
