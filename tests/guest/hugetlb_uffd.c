/*
 * userfaultfd: a pager fills missing huge pages.
 */
#include "uffd.h"
#undef CHECK_FAULT /* of userfaultfd: here that of maps.h */
#include "huge.h"

/* The address of the next fault, which is one of a missing page. */
static unsigned long next_fault(int fd)
{
	struct uffd_msg msg;

	CHECK_EQ(read(fd, &msg, sizeof(msg)), sizeof(msg));
	CHECK_EQ(msg.event, UFFD_EVENT_PAGEFAULT);
	return msg.arg.pagefault.address;
}

/* H bytes: page i is full of 'a' + i % 16. */
static char *source(void)
{
	char *src = anon(H);
	unsigned long i;

	for (i = 0; i < H / P; i++)
		memset(src + i * P, 'a' + i % 16, P);
	return src;
}

static void fill(int flags)
{
	struct toucher t;
	char *p, *src;
	int fd;

	pool(3);
	src = source();
	p = huge(3, flags);
	fd = uffd_open(O_CLOEXEC, 0);
	CHECK_EQ(uffd_register(fd, p, 2 * H), 0);
	CHECK(has_flag(p, " um"));
	start_toucher(&t, p + H + 5 * P + 7, 0);
	CHECK_EQ(next_fault(fd), (unsigned long)(p + H));
	CHECK_EQ(t.done, 0);
	CHECK_POOL(3, 3, 3, 0);
	CHECK_EQ(uffd_copy(fd, p + H, src, H), 0);
	CHECK_EQ(uffd_copied, H);
	CHECK_EQ(pthread_join(t.thread, NULL), 0);
	CHECK_EQ(t.seen, 'f');
	CHECK(!memcmp(p + H, src, H));
	CHECK_POOL(3, 2, 2, 0);
	p[H] = 'z';
	CHECK_EQ(p[H], 'z');
	CHECK_EQ(src[0], 'a');
	/* the third one is not watched */
	p[2 * H] = 1;
	CHECK_ERRNO(uffd_copy(fd, p + H, src, H), EEXIST);
	CHECK_POOL(3, 1, 1, 0);
}

TEST(private_huge_pages_are_filled)
{
	fill(MAP_PRIVATE);
}

TEST(shared_huge_pages_are_filled)
{
	fill(MAP_SHARED);
}

TEST(the_exact_address_of_a_fault)
{
	struct toucher t;
	char *p, *src;
	int fd;

	pool(1);
	src = source();
	p = huge(1, MAP_PRIVATE);
	fd = uffd_open(O_CLOEXEC, UFFD_FEATURE_EXACT_ADDRESS);
	CHECK_EQ(uffd_register(fd, p, H), 0);
	start_toucher(&t, p + 5 * P + 7, 1);
	CHECK_EQ(next_fault(fd), (unsigned long)(p + 5 * P + 7));
	CHECK_EQ(uffd_copy(fd, p, src, H), 0);
	CHECK_EQ(pthread_join(t.thread, NULL), 0);
	CHECK_EQ(p[5 * P + 7], 'w');
	CHECK_EQ(p[5 * P + 8], 'f');
}

TEST(only_whole_huge_pages)
{
	char *p, *src;
	int fd;

	pool(2);
	src = source();
	p = huge(2, MAP_PRIVATE);
	fd = uffd_open(O_CLOEXEC, 0);
	CHECK_ERRNO(uffd_register(fd, p + P, H), EINVAL);
	CHECK_ERRNO(uffd_register(fd, p, P), EINVAL);
	CHECK_EQ(uffd_register(fd, p, 2 * H), 0);
	CHECK_ERRNO(uffd_copy(fd, p, src, P), EINVAL);
	CHECK_ERRNO(uffd_copy(fd, p + P, src, H), EINVAL);
	CHECK_ERRNO(uffd_zero(fd, p, H), EINVAL);
	CHECK_POOL(2, 2, 2, 0);
	CHECK_ERRNO(uffd_copy(fd, p, (char *)0x1000, H), EFAULT);
	CHECK_POOL(2, 2, 2, 0);
	CHECK_EQ(uffd_copy(fd, p, src, H), 0);
	CHECK_EQ(p[P], 'b');
	CHECK_EQ(uffd_unregister(fd, p, 2 * H), 0);
	CHECK_EQ(p[H], 0);
	CHECK_POOL(2, 0, 0, 0);
}

TEST(the_source_need_not_be_present)
{
	char *p, *src;
	int fd;

	pool(2);
	src = huge(1, MAP_PRIVATE); /* nothing of it is there yet */
	p = huge(1, MAP_SHARED);
	fd = uffd_open(O_CLOEXEC, 0);
	CHECK_EQ(uffd_register(fd, p, H), 0);
	CHECK_EQ(uffd_copy(fd, p, src, H), 0);
	CHECK_EQ(p[H - 1], 0);
	CHECK_POOL(2, 0, 0, 0);
}

/* A pager may do so even if it does not hear of such faults. */
static void let_in(int flags)
{
	int fd, file;
	char *p, *q;

	pool(4);
	file = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
	CHECK(file >= 0);
	CHECK_EQ(ftruncate(file, 2 * H), 0);
	p = mmap(NULL, 2 * H, PROT_READ | PROT_WRITE, flags, file, 0);
	q = mmap(NULL, 2 * H, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	q[0] = 'q';
	fd = uffd_open(O_CLOEXEC, 0);
	CHECK_EQ(uffd_register(fd, p, 2 * H), 0);
	CHECK_ERRNO(uffd_continue(fd, p, P), EINVAL);
	CHECK_ERRNO(uffd_continue(fd, p + H, H), EFAULT); /* the file has none */
	CHECK_EQ(uffd_continue(fd, p, H), 0);
	CHECK_ERRNO(uffd_continue(fd, p, H), EEXIST);
	CHECK_EQ(p[0], 'q');
	p[1] = 'p';
	CHECK_EQ(q[1], flags == MAP_SHARED ? 'p' : 0);
	CHECK_EQ(p[0], 'q');
}

TEST(shared_pages_of_the_file_are_mapped_by_continue)
{
	let_in(MAP_SHARED);
}

TEST(private_pages_of_the_file_are_mapped_by_continue)
{
	let_in(MAP_PRIVATE);
}

TEST(a_dry_pool_fills_nothing)
{
	char *p, *src;
	int fd;

	pool(0);
	src = source();
	p = huge(1, MAP_PRIVATE | MAP_NORESERVE);
	fd = uffd_open(O_CLOEXEC, 0);
	CHECK_EQ(uffd_register(fd, p, H), 0);
	CHECK_ERRNO(uffd_copy(fd, p, src, H), ENOMEM);
}
