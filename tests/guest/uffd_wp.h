/*
 * Write-protected pages of userfaultfd, for tests.
 */
#ifndef TESTS_GUEST_UFFD_WP_H
#define TESTS_GUEST_UFFD_WP_H

#include "uffd.h"

#define MISSING	 UFFDIO_REGISTER_MODE_MISSING
#define WP	 UFFDIO_REGISTER_MODE_WP
#define WP_FLAGS (UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE)

__attribute__((unused)) static int protect_as(int fd, void *start, size_t len,
					      unsigned long long mode)
{
	struct uffdio_writeprotect wp = {.range = {(unsigned long)start, len}, .mode = mode};

	return ioctl(fd, UFFDIO_WRITEPROTECT, &wp);
}

__attribute__((unused)) static int protect(int fd, void *start, size_t len)
{
	return protect_as(fd, start, len, UFFDIO_WRITEPROTECT_MODE_WP);
}

__attribute__((unused)) static int unprotect(int fd, void *start, size_t len)
{
	return protect_as(fd, start, len, 0);
}

__attribute__((unused)) static int copy_protected(int fd, void *dst, const void *src)
{
	struct uffdio_copy copy = {.dst = (unsigned long)dst,
				   .src = (unsigned long)src,
				   .len = PAGE,
				   .mode = UFFDIO_COPY_MODE_WP};

	return ioctl(fd, UFFDIO_COPY, &copy);
}

__attribute__((unused)) static int open_wp(int flags, unsigned long long features)
{
	if (!(uffd_features() & UFFD_FEATURE_PAGEFAULT_FLAG_WP))
		SKIP("no write protection");
	return uffd_open(flags, features);
}

/* Pages full of 'o' that are watched for writes, the first `protected` of them protected. */
__attribute__((unused)) static char *watched(int fd, int pages, int protected)
{
	char *p = anon(pages * PAGE);

	memset(p, 'o', pages * PAGE);
	CHECK_EQ(uffd_register_as(fd, p, pages * PAGE, WP), 0);
	if (protected)
		CHECK_EQ(protect(fd, p, protected * PAGE), 0);
	return p;
}

/* What /proc/self/pagemap says: 1 is protected, 2 in swap. */
__attribute__((unused)) static int seen(void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	unsigned long long entry;

	CHECK_EQ(pread(fd, &entry, 8, (unsigned long)p / PAGE * 8), 8);
	close(fd);
	return (entry >> 57 & 1) | (entry >> 62 & 1) << 1;
}

/* The first write to p is told, and goes on when the protection is taken away. */
__attribute__((unused)) static void check_protected(int fd, char *p)
{
	struct toucher t;

	CHECK_EQ(seen(p) & 1, 1);
	start_toucher(&t, p, 1);
	CHECK_FAULT(fd, p, WP_FLAGS);
	CHECK(!t.done);
	CHECK_EQ(unprotect(fd, p, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'w');
	CHECK_EQ(seen(p), 0);
}

/* Nobody is asked; fd does not block. */
__attribute__((unused)) static void check_free(int fd, char *p)
{
	struct uffd_msg msg;

	CHECK_EQ(seen(p) & 1, 0);
	*(volatile char *)p = 'f';
	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EAGAIN);
}

#endif
