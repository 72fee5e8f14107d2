/*
 * mlock and its kin: pages come at once, limits, partial effects, mlockall.
 */
#include "maps.h"
#include <sys/resource.h>

#ifndef MLOCK_ONFAULT
#	define MLOCK_ONFAULT 1
#endif
#define RW (PROT_READ | PROT_WRITE)

static int present(void *p)
{
	return (pagemap(p) & PM_PRESENT) != 0;
}

/* VmLck of /proc/self/status, kB. */
static long locked_kb(void)
{
	char text[4096], *line;
	int fd = open("/proc/self/status", O_RDONLY), n = read(fd, text, sizeof(text) - 1);

	CHECK(n > 0);
	text[n] = 0;
	close(fd);
	line = strstr(text, "VmLck:");
	CHECK(line);
	return atol(line + 6);
}

TEST(mlock_faults_in_and_counts)
{
	char *p = anon_at(free_room(3), 3, RW);

	p[2 * P] = 1;
	CHECK_EQ(madvise(p + 2 * P, P, MADV_DONTNEED), 0); /* one identity for all three pages */
	CHECK_EQ(mlock(p + 1, P), 0);			   /* two pages */
	CHECK(present(p) && present(p + P) && !present(p + 2 * P));
	CHECK_EQ(locked_kb(), 8);
	CHECK_MAP(p, 2 * P, "rw-p");
	CHECK_EQ(mlock(p, P), 0); /* a second time counts nothing */
	CHECK_EQ(locked_kb(), 8);
	CHECK_EQ(munlock(p, 3 * P), 0);
	CHECK_EQ(locked_kb(), 0);
	CHECK_MAP(p, 3 * P, "rw-p");
	CHECK(present(p));
}

TEST(mlock2_on_fault_waits_for_the_touch)
{
	char *p = anon_at(free_room(1), 1, RW);

	CHECK_EQ(syscall(SYS_mlock2, p, P, MLOCK_ONFAULT), 0);
	CHECK(!present(p));
	CHECK_EQ(locked_kb(), 4);
	CHECK_ERRNO(syscall(SYS_mlock2, p, P, 2), EINVAL);
}

TEST(prot_none_is_enomem_but_locked)
{
	char *p = anon_at(free_room(1), 1, PROT_NONE);

	CHECK_ERRNO(mlock(p, P), ENOMEM);
	CHECK_EQ(locked_kb(), 4);
}

TEST(a_hole_is_enomem_after_what_comes_before)
{
	char *p = anon_at(free_room(3), 3, RW);

	CHECK_EQ(munmap(p + P, P), 0);
	CHECK_ERRNO(mlock(p, 3 * P), ENOMEM);
	CHECK_EQ(locked_kb(), 4);
	CHECK_ERRNO(munlock(p, 3 * P), ENOMEM);
	CHECK_EQ(locked_kb(), 0);
}

TEST(map_locked_and_unmapping)
{
	char *p = mmap(NULL, 3 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

	CHECK(p != MAP_FAILED);
	CHECK(present(p + 2 * P));
	CHECK_EQ(locked_kb(), 12);
	CHECK_EQ(munmap(p + P, P), 0);
	CHECK_EQ(locked_kb(), 8);
}

TEST(map_populate_faults_in_without_locking)
{
	char *p = mmap(NULL, 2 * P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	CHECK(present(p) && present(p + P));
	CHECK_EQ(locked_kb(), 0);
}

TEST(mlockall_current_and_future)
{
	char *p = anon_at(free_room(1), 1, RW), *q;

	CHECK_ERRNO(mlockall(0), EINVAL);
	CHECK_ERRNO(mlockall(8), EINVAL);
	CHECK_ERRNO(mlockall(MCL_ONFAULT), EINVAL);
	CHECK_EQ(mlockall(MCL_CURRENT), 0);
	CHECK(present(p));
	CHECK(locked_kb() > 100);
	CHECK_EQ(munlockall(), 0);
	CHECK_EQ(locked_kb(), 0);
	CHECK_EQ(mlockall(MCL_FUTURE), 0);
	CHECK_EQ(locked_kb(), 0);
	q = mmap(NULL, P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(present(q));
	CHECK_EQ(locked_kb(), 4);
}

TEST(locks_are_not_inherited_by_fork)
{
	char *p = anon_at(free_room(1), 1, RW);
	pid_t pid;

	CHECK_EQ(mlock(p, P), 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(locked_kb(), 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

TEST(dontunmap_unlocks_the_part_that_moved_and_no_more)
{
	char *p = anon_at(free_room(6), 6, RW), *q = anon_at(free_room(2), 2, RW);

	CHECK_EQ(mlock(p, 6 * P), 0);
	CHECK(mremap(p + 2 * P, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		     q) == q);
	CHECK_EQ(locked_kb(), 6 * P / 1024);
	CHECK_MAP(p, 2 * P, "rw-p");
	CHECK_MAP(p + 2 * P, 2 * P, "rw-p");
	CHECK_MAP(p + 4 * P, 2 * P, "rw-p");
	CHECK_EQ(munlock(p, 6 * P), 0);
	CHECK_EQ(locked_kb(), 2 * P / 1024);
	CHECK_EQ(munmap(q, 2 * P), 0);
	CHECK_EQ(locked_kb(), 0);
}

TEST(the_limit_holds_for_users)
{
	struct rlimit r = {2 * P, 2 * P}, none = {0, 0};
	char *p = anon_at(free_room(4), 4, RW);

	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &r), 0);
	CHECK_EQ(syscall(SYS_setresuid32, 1000, 1000, 1000), 0);
	CHECK_ERRNO(mlock(p, 3 * P), ENOMEM);
	CHECK_EQ(mlock(p, 2 * P), 0);
	CHECK_EQ(mlock(p, P), 0);
	CHECK_ERRNO(mlock(p + 2 * P, P), ENOMEM);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0), EAGAIN);
	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	CHECK_ERRNO(mlock(p, P), EPERM);
	CHECK_ERRNO(mlockall(MCL_FUTURE), EPERM);
}
