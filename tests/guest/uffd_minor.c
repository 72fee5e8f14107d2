/*
 * userfaultfd: a pager hears of pages that are in the page cache, but not mapped, and lets them in
 * by UFFDIO_CONTINUE. The i386 Linux does not offer it: there, and on Mapix without the option
 * uffd=minor, the cases are skipped.
 */
#include "uffd.h"
#undef CHECK_FAULT /* of userfaultfd: here that of maps.h */
#include "huge.h"
#include "swaparea.h"

#define MISSING UFFDIO_REGISTER_MODE_MISSING
#define MINOR	UFFDIO_REGISTER_MODE_MINOR

static int open_minor(int flags, unsigned long long features)
{
	unsigned long long all = UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS;

	if ((uffd_features() & all) != all)
		SKIP("no minor faults");
	return uffd_open(flags, features);
}

/* A fault on the page of this address comes next. */
static void next_fault(int fd, void *addr, unsigned long long flags)
{
	struct uffd_msg msg = read_msg(fd);

	CHECK_EQ(msg.event, UFFD_EVENT_PAGEFAULT);
	CHECK_EQ(msg.arg.pagefault.address, (unsigned long)addr);
	CHECK_EQ(msg.arg.pagefault.flags, flags);
}

static void nothing_comes(int fd)
{
	struct uffd_msg msg;

	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EAGAIN);
}

/* Two mappings of the same pages of a new file, the first as `flags` say: at[0], at[1]. */
static int two_mappings(char *at[2], int pages, int flags)
{
	int file = memfd_create("minor", MFD_CLOEXEC);

	CHECK(file >= 0);
	CHECK_EQ(ftruncate(file, pages * PAGE), 0);
	at[0] = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, file, 0);
	at[1] = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CHECK(at[0] != MAP_FAILED && at[1] != MAP_FAILED);
	return file;
}

TEST(it_is_offered_or_not)
{
	unsigned long long bit = 1ull << _UFFDIO_CONTINUE;
	int fd = uffd_open(0, 0), offered = !!(uffd_features() & UFFD_FEATURE_MINOR_SHMEM);
	char *at[2];

	two_mappings(at, 4, MAP_SHARED);
	if (!offered) {
		CHECK_ERRNO(uffd_register_as(fd, at[0], PAGE, MINOR), EINVAL);
		CHECK_ERRNO(uffd_register_as(fd, at[0], PAGE, MISSING | MINOR), EINVAL);
		SKIP("no minor faults");
	}
	CHECK_EQ(uffd_register_as(fd, at[0], PAGE, MISSING), 0);
	CHECK_EQ(uffd_ioctls & bit, 0);
	CHECK_EQ(uffd_register_as(fd, at[0] + PAGE, PAGE, MINOR), 0);
	CHECK_EQ(uffd_ioctls & bit, bit);
	CHECK_EQ(uffd_register_as(fd, at[0] + 2 * PAGE, PAGE, MINOR | MISSING), 0);
	CHECK(has_flag(at[0], " um") && !has_flag(at[0], " ui"));
	CHECK(!has_flag(at[0] + PAGE, " um") && has_flag(at[0] + PAGE, " ui"));
	CHECK(has_flag(at[0] + 2 * PAGE, " um") && has_flag(at[0] + 2 * PAGE, " ui"));
	CHECK_EQ(count_maps(at[0], 4 * PAGE), 4);
	CHECK_ERRNO(uffd_register_as(fd, anon(PAGE), PAGE, MINOR), EINVAL);
}

static void let_in(int flags, int write)
{
	int fd = open_minor(0, 0);
	struct toucher t;
	char *at[2];

	two_mappings(at, 3, flags);
	memset(at[1], 'o', 3 * PAGE);
	CHECK_EQ(uffd_register_as(fd, at[0], 3 * PAGE, MINOR), 0);
	start_toucher(&t, at[0] + PAGE + 5, write);
	next_fault(fd, at[0] + PAGE,
		   UFFD_PAGEFAULT_FLAG_MINOR | (write ? UFFD_PAGEFAULT_FLAG_WRITE : 0));
	at[1][PAGE + 6] = 'n'; /* the pager changes it first */
	CHECK_EQ(t.done, 0);
	CHECK_EQ(uffd_continue(fd, at[0] + PAGE, PAGE), 0);
	CHECK_EQ(end_toucher(&t), write ? 'w' : 'o');
	CHECK_EQ(at[0][PAGE + 6], 'n');
	CHECK_ERRNO(uffd_continue(fd, at[0] + PAGE, PAGE), EEXIST);
	at[0][PAGE] = 'x';
	CHECK_EQ(at[1][PAGE], flags == MAP_SHARED ? 'x' : 'o');
	CHECK_EQ(at[1][PAGE + 5], write && flags == MAP_SHARED ? 'w' : 'o');
	/* each page is asked for by itself */
	start_toucher(&t, at[0], 0);
	next_fault(fd, at[0], UFFD_PAGEFAULT_FLAG_MINOR);
	CHECK_EQ(uffd_continue(fd, at[0], PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'o');
}

TEST(a_read_of_shared_memory)
{
	let_in(MAP_SHARED, 0);
}

TEST(a_write_to_shared_memory)
{
	let_in(MAP_SHARED, 1);
}

TEST(a_read_of_a_private_mapping)
{
	let_in(MAP_PRIVATE, 0);
}

TEST(a_write_to_a_private_mapping)
{
	let_in(MAP_PRIVATE, 1);
}

TEST(what_is_mapped_or_missing_is_nothing_for_it)
{
	int fd = open_minor(O_NONBLOCK, 0);
	char *at[2];

	two_mappings(at, 3, MAP_SHARED);
	memset(at[1], 'o', PAGE);
	CHECK_EQ(at[0][0], 'o');
	CHECK_EQ(uffd_register_as(fd, at[0], 3 * PAGE, MINOR), 0);
	at[0][0] = 'x';
	nothing_comes(fd);
	CHECK_ERRNO(uffd_continue(fd, at[0] + PAGE, PAGE), EFAULT);
	CHECK_EQ(at[0][PAGE], 0); /* a hole: the kernel fills it */
	at[0][2 * PAGE] = 'x';
	nothing_comes(fd);
}

TEST(both_kinds)
{
	int fd = open_minor(0, 0);
	struct toucher t;
	char *at[2];

	two_mappings(at, 2, MAP_SHARED);
	at[1][0] = 'o';
	CHECK_EQ(uffd_register_as(fd, at[0], 2 * PAGE, MINOR | MISSING), 0);
	start_toucher(&t, at[0], 0);
	next_fault(fd, at[0], UFFD_PAGEFAULT_FLAG_MINOR);
	CHECK_ERRNO(uffd_copy(fd, at[0], page_of('c'), PAGE), EEXIST);
	CHECK_EQ(uffd_continue(fd, at[0], PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'o');
	start_toucher(&t, at[0] + PAGE, 0);
	next_fault(fd, at[0] + PAGE, 0);
	CHECK_ERRNO(uffd_continue(fd, at[0] + PAGE, PAGE), EFAULT);
	CHECK_EQ(uffd_copy(fd, at[0] + PAGE, page_of('c'), PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'c');
}

TEST(a_continue_that_does_not_wake)
{
	struct uffdio_continue c = {.mode = UFFDIO_CONTINUE_MODE_DONTWAKE};
	int fd = open_minor(0, 0);
	struct toucher t;
	char *at[2];

	two_mappings(at, 4, MAP_SHARED);
	memset(at[1], 'o', 3 * PAGE);
	CHECK_EQ(uffd_register_as(fd, at[0], 4 * PAGE, MINOR), 0);
	start_toucher(&t, at[0], 0);
	next_fault(fd, at[0], UFFD_PAGEFAULT_FLAG_MINOR);
	c.range.start = (unsigned long)at[0];
	c.range.len = 4 * PAGE;
	CHECK_ERRNO(ioctl(fd, UFFDIO_CONTINUE, &c), EAGAIN); /* three are there */
	CHECK_EQ(c.mapped, 3 * PAGE);
	usleep(2000);
	CHECK_EQ(t.done, 0);
	CHECK_EQ(uffd_wake(fd, at[0], PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'o');
	c.mode = 2;
	CHECK_ERRNO(ioctl(fd, UFFDIO_CONTINUE, &c), EINVAL);
}

TEST(a_page_in_swap)
{
	int fd = open_minor(0, 0);
	char *at[2], area[64];
	struct toucher t;

	need_swap_disk();
	fill_swap_header(64);
	strcpy(area, make_swap_file("swap", 64));
	CHECK_EQ(swapon(area, 0), 0);
	two_mappings(at, 2, MAP_SHARED);
	memset(at[1], 'o', 2 * PAGE);
	CHECK_EQ(madvise(at[1], 2 * PAGE, MADV_PAGEOUT), 0);
	CHECK_EQ(uffd_register_as(fd, at[0], 2 * PAGE, MINOR), 0);
	start_toucher(&t, at[0], 1);
	next_fault(fd, at[0], UFFD_PAGEFAULT_FLAG_MINOR | UFFD_PAGEFAULT_FLAG_WRITE);
	CHECK_EQ(uffd_continue(fd, at[0], 2 * PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'w');
	CHECK_EQ(at[0][PAGE], 'o');
	CHECK_EQ(swapoff(area), 0);
	CHECK_EQ(unlink(area), 0);
}

TEST(a_page_that_is_truncated_meanwhile)
{
	int fd = open_minor(0, 0), file;
	struct toucher t;
	char *at[2];

	file = two_mappings(at, 2, MAP_SHARED);
	memset(at[1], 'o', 2 * PAGE);
	CHECK_EQ(uffd_register_as(fd, at[0], 2 * PAGE, MINOR), 0);
	start_toucher(&t, at[0] + PAGE, 0);
	next_fault(fd, at[0] + PAGE, UFFD_PAGEFAULT_FLAG_MINOR);
	CHECK_EQ(ftruncate(file, PAGE), 0);
	CHECK_ERRNO(uffd_continue(fd, at[0] + PAGE, PAGE), EINVAL);
	CHECK_EQ(ftruncate(file, 2 * PAGE), 0);
	CHECK_EQ(uffd_wake(fd, at[0] + PAGE, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 0); /* a hole now */
}

static void *write_page(void *arg)
{
	int pipes[2];

	if (pipe(pipes))
		return NULL;
	return (void *)write(pipes[1], arg, PAGE);
}

TEST(a_system_call_waits)
{
	int fd = open_minor(0, 0);
	pthread_t thread;
	char *at[2];
	void *ret;

	two_mappings(at, 1, MAP_SHARED);
	at[1][0] = 'o';
	CHECK_EQ(uffd_register_as(fd, at[0], PAGE, MINOR), 0);
	CHECK_EQ(pthread_create(&thread, NULL, write_page, at[0]), 0);
	next_fault(fd, at[0], UFFD_PAGEFAULT_FLAG_MINOR);
	CHECK_EQ(uffd_continue(fd, at[0], PAGE), 0);
	CHECK_EQ(pthread_join(thread, &ret), 0);
	CHECK_EQ((long)ret, PAGE);
}

TEST(who_closes_lets_them_in)
{
	int fd = open_minor(0, 0);
	struct toucher t;
	char *at[2];

	two_mappings(at, 2, MAP_SHARED);
	at[1][0] = at[1][PAGE] = 'o';
	CHECK_EQ(uffd_register_as(fd, at[0], 2 * PAGE, MINOR), 0);
	CHECK_EQ(uffd_unregister(fd, at[0] + PAGE, PAGE), 0);
	CHECK_EQ(at[0][PAGE], 'o');
	start_toucher(&t, at[0], 0);
	next_fault(fd, at[0], UFFD_PAGEFAULT_FLAG_MINOR);
	close(fd);
	CHECK_EQ(end_toucher(&t), 'o');
}

/* ---- huge pages ---- */

/* Two mappings of the same n huge pages, which are full of 'o'. */
static void two_huge_mappings(char *at[2], int n, int flags)
{
	int file = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);

	CHECK(file >= 0);
	CHECK_EQ(ftruncate(file, n * H), 0);
	at[0] = mmap(NULL, n * H, PROT_READ | PROT_WRITE, flags, file, 0);
	at[1] = mmap(NULL, n * H, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CHECK(at[0] != MAP_FAILED && at[1] != MAP_FAILED);
	memset(at[1], 'o', n * H);
}

static void let_huge_page_in(int flags, int write)
{
	int fd = open_minor(0, 0);
	struct toucher t;
	char *at[2];

	pool(4);
	two_huge_mappings(at, 2, flags);
	CHECK_EQ(uffd_register_as(fd, at[0], 2 * H, MINOR), 0);
	CHECK_EQ(uffd_ioctls >> _UFFDIO_CONTINUE & 1, 1);
	start_toucher(&t, at[0] + H + 5 * PAGE, write);
	next_fault(fd, at[0] + H,
		   UFFD_PAGEFAULT_FLAG_MINOR | (write ? UFFD_PAGEFAULT_FLAG_WRITE : 0));
	CHECK_EQ(t.done, 0);
	CHECK_ERRNO(uffd_continue(fd, at[0] + H, PAGE), EINVAL);
	CHECK_EQ(uffd_continue(fd, at[0] + H, H), 0);
	CHECK_EQ(end_toucher(&t), write ? 'w' : 'o');
	CHECK_ERRNO(uffd_continue(fd, at[0] + H, H), EEXIST);
	at[0][H] = 'x';
	CHECK_EQ(at[1][H], flags == MAP_SHARED ? 'x' : 'o');
	CHECK_EQ(at[0][H + 1], 'o');
	CHECK_EQ(uffd_unregister(fd, at[0], 2 * H), 0);
	CHECK_EQ(at[0][0], 'o');
}

TEST(a_read_of_a_shared_huge_page)
{
	let_huge_page_in(MAP_SHARED, 0);
}

TEST(a_write_to_a_shared_huge_page)
{
	let_huge_page_in(MAP_SHARED, 1);
}

TEST(a_read_of_a_private_huge_page)
{
	let_huge_page_in(MAP_PRIVATE, 0);
}

TEST(a_write_to_a_private_huge_page)
{
	let_huge_page_in(MAP_PRIVATE, 1);
}

TEST(both_kinds_of_huge_pages)
{
	int fd = open_minor(0, 0);
	struct toucher t;
	char *at[2];

	pool(2);
	two_huge_mappings(at, 2, MAP_SHARED);
	CHECK_EQ(madvise(at[1] + H, H, MADV_REMOVE), 0);
	CHECK_EQ(uffd_register_as(fd, at[0], 2 * H, MINOR | MISSING), 0);
	start_toucher(&t, at[0] + H, 0);
	next_fault(fd, at[0] + H, 0);
	CHECK_ERRNO(uffd_continue(fd, at[0] + H, H), EFAULT);
	CHECK_EQ(uffd_copy(fd, at[0] + H, at[1], H), 0);
	CHECK_EQ(end_toucher(&t), 'o');
	start_toucher(&t, at[0], 0);
	next_fault(fd, at[0], UFFD_PAGEFAULT_FLAG_MINOR);
	CHECK_EQ(uffd_continue(fd, at[0], H), 0);
	CHECK_EQ(end_toucher(&t), 'o');
}
