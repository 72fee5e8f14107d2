/*
 * madvise, mincore, msync, remap_file_pages: advice that acts, advice that marks, and the errors.
 */
#include "maps.h"

#ifndef MADV_POPULATE_READ
#	define MADV_POPULATE_READ  22
#	define MADV_POPULATE_WRITE 23
#endif
#define RW (PROT_READ | PROT_WRITE)

static int present(void *p)
{
	return (pagemap(p) & PM_PRESENT) != 0;
}

TEST(dontneed_drops_anonymous_pages)
{
	char *p = anon_at(free_room(3), 3, RW);

	memset(p, 1, 3 * P);
	CHECK_EQ(madvise(p + P, P, MADV_DONTNEED), 0);
	CHECK_EQ(p[0], 1);
	CHECK(!present(p + P));
	CHECK_EQ(p[P], 0);
	CHECK_MAP(p, 3 * P, "rw-p");
}

TEST(dontneed_of_a_private_file_mapping_shows_the_file_again)
{
	int fd = temp_file(1);
	char *p = mmap(NULL, P, RW, MAP_PRIVATE, fd, 0);

	*p = 'x';
	CHECK_EQ(madvise(p, P, MADV_DONTNEED), 0);
	CHECK_EQ(*p, 'a');
}

TEST(free_keeps_the_contents_while_memory_is_plenty)
{
	char *p = anon_at(free_room(1), 1, RW);

	*p = 5;
	CHECK_EQ(madvise(p, P, MADV_FREE), 0);
	CHECK_EQ(*p, 5);
	*p = 6;
	CHECK_EQ(*p, 6);
}

TEST(a_hole_is_passed_over_and_reported)
{
	char *p = anon_at(free_room(3), 3, RW);

	memset(p, 1, 3 * P);
	CHECK_EQ(munmap(p + P, P), 0);
	CHECK_ERRNO(madvise(p, 3 * P, MADV_DONTNEED), ENOMEM);
	CHECK_EQ(p[0], 0);
	CHECK_EQ(p[2 * P], 0);
}

TEST(errors_of_arguments)
{
	char *p = anon_at(free_room(1), 1, RW);

	CHECK_ERRNO(madvise(p + 1, P, MADV_NORMAL), EINVAL);
	CHECK_ERRNO(madvise(p, P, 77), EINVAL);
	CHECK_ERRNO(madvise(p, -1UL, MADV_NORMAL), EINVAL);
	CHECK_EQ(madvise(p, 0, MADV_NORMAL), 0);
	CHECK_ERRNO(madvise(p, 0, 77), EINVAL);
	CHECK_EQ(mlock(p, P), 0);
	CHECK_ERRNO(madvise(p, P, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(madvise(p, P, MADV_FREE), EINVAL);
}

TEST(advice_that_marks_splits_and_merges)
{
	char *p = anon_at(free_room(3), 3, RW);

	CHECK_EQ(madvise(p + P, P, MADV_SEQUENTIAL), 0);
	CHECK_MAP(p, P, "rw-p");
	CHECK_MAP(p + P, P, "rw-p");
	CHECK_EQ(madvise(p + P, P, MADV_NORMAL), 0);
	CHECK_MAP(p, 3 * P, "rw-p");
}

TEST(dontfork_is_missing_in_the_child)
{
	char *p = anon_at(free_room(2), 2, RW);
	pid_t pid;

	CHECK_EQ(madvise(p, P, MADV_DONTFORK), 0);
	pid = fork();
	if (!pid) {
		CHECK_UNMAPPED(p);
		CHECK_MAP(p + P, P, "rw-p");
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(madvise(p, P, MADV_DOFORK), 0);
	CHECK_MAP(p, 2 * P, "rw-p");
}

TEST(wipeonfork_is_zero_in_the_child)
{
	char *p = anon_at(free_room(1), 1, RW);
	pid_t pid;

	*p = 3;
	CHECK_EQ(madvise(p, P, MADV_WIPEONFORK), 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(*p, 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(*p, 3);
	CHECK_ERRNO(
		madvise(mmap(NULL, P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), P, MADV_WIPEONFORK),
		EINVAL);
}

TEST(populate_faults_in)
{
	char *p = anon_at(free_room(2), 2, RW);

	CHECK_EQ(madvise(p, 2 * P, MADV_POPULATE_READ), 0);
	CHECK(present(p) && present(p + P));
	CHECK_EQ(pagemap(p) & PM_PFN, pagemap(p + P) & PM_PFN);
	CHECK_EQ(madvise(p, 2 * P, MADV_POPULATE_WRITE), 0);
	CHECK((pagemap(p) & PM_PFN) != (pagemap(p + P) & PM_PFN));
	CHECK_EQ(mprotect(p, P, PROT_READ), 0);
	CHECK_ERRNO(madvise(p, P, MADV_POPULATE_WRITE), EINVAL);
	CHECK_ERRNO(madvise(mmap(NULL, P, PROT_READ, MAP_PRIVATE, temp_file(0), 0), P,
			    MADV_POPULATE_READ),
		    EFAULT);
}

/* The copy is made without an access of the program's: the processor must not go on with the page
   that it knows. */
TEST(populate_copies_for_who_has_read_before)
{
	int fd = temp_file(1);
	volatile char *p = mmap(NULL, P, RW, MAP_PRIVATE, fd, 0);

	CHECK_EQ(p[0], 'a');
	CHECK_EQ(madvise((void *)p, P, MADV_POPULATE_WRITE), 0);
	CHECK_EQ(pwrite(fd, "z", 1, 0), 1);
	CHECK_EQ(p[0], 'a');
}

TEST(remove_punches_a_hole)
{
	int fd = temp_file(2);
	char *p = mmap(NULL, 2 * P, RW, MAP_SHARED, fd, 0), c;

	CHECK_EQ(p[P], 'b');
	CHECK_EQ(madvise(p + P, P, MADV_REMOVE), 0);
	CHECK_EQ(p[P], 0);
	CHECK_EQ(p[0], 'a');
	CHECK_EQ(pread(fd, &c, 1, P), 1);
	CHECK_EQ(c, 0);
	CHECK_ERRNO(madvise(mmap(NULL, P, RW, MAP_PRIVATE, fd, 0), P, MADV_REMOVE), EACCES);
	CHECK_ERRNO(madvise(anon_at(free_room(1), 1, RW), P, MADV_REMOVE), EINVAL);
}

TEST(mincore_tells_what_is_in_memory)
{
	char *p = anon_at(free_room(3), 3, RW);
	unsigned char vec[4] = {9, 9, 9, 9};

	p[P] = 1;
	CHECK_EQ(mincore(p, 3 * P, vec), 0);
	CHECK_EQ(vec[0], 0);
	CHECK_EQ(vec[1], 1);
	CHECK_EQ(vec[2], 0);
	CHECK_EQ(vec[3], 9);
	CHECK_ERRNO(mincore(p + 1, P, vec), EINVAL);
	CHECK_ERRNO(mincore(p, 4 * P, vec), ENOMEM);
	CHECK_ERRNO(mincore((void *)0xc0000000UL, P, vec), ENOMEM);
	CHECK_ERRNO(mincore(p, P, (unsigned char *)0xc0000000UL), EFAULT);
	CHECK_EQ(mincore(p, 0, vec), 0);
}

TEST(msync_errors)
{
	char *p = anon_at(free_room(3), 3, RW);

	CHECK_EQ(msync(p, 3 * P, MS_SYNC), 0);
	CHECK_ERRNO(msync(p, P, MS_SYNC | MS_ASYNC), EINVAL);
	CHECK_ERRNO(msync(p, P, 8), EINVAL);
	CHECK_ERRNO(msync(p + 1, P, MS_SYNC), EINVAL);
	CHECK_EQ(munmap(p + P, P), 0);
	CHECK_ERRNO(msync(p, 3 * P, MS_SYNC), ENOMEM);
	CHECK_EQ(mlock(p, P), 0);
	CHECK_ERRNO(msync(p, P, MS_INVALIDATE), EBUSY);
}

TEST(remap_file_pages_changes_the_order)
{
	int fd = temp_file(3);
	char *p = mmap(NULL, 3 * P, RW, MAP_SHARED, fd, 0);

	CHECK_EQ(syscall(SYS_remap_file_pages, p, P, 0, 2, 0), 0);
	CHECK_EQ(p[0], 'c');
	CHECK_EQ(p[P], 'b');
	CHECK_ERRNO(syscall(SYS_remap_file_pages, p, P, PROT_READ, 2, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_remap_file_pages, anon_at(free_room(1), 1, RW), P, 0, 0, 0),
		    EINVAL);
}
