/*
 * Mappings of /dev/zero, which are memory without a file, and of /dev/null and /dev/full, which
 * cannot be mapped.
 */
#include "maps.h"

static int open_dev(const char *name, int flags)
{
	int fd = open(name, flags);

	CHECK(fd >= 0);
	return fd;
}

static char *map_zero(int pages, int flags, long offset)
{
	int fd = open_dev("/dev/zero", O_RDWR);
	char *p = mmap(NULL, pages * P, PROT_READ | PROT_WRITE, flags, fd, offset);

	CHECK(p != MAP_FAILED);
	close(fd);
	return p;
}

TEST(null_and_full_cannot_be_mapped)
{
	static const char *const names[] = {"/dev/null", "/dev/full"};

	for (int i = 0; i < 2; i++) {
		int fd = open_dev(names[i], O_RDWR);

		CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 0), ENODEV);
		CHECK_ERRNO(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), ENODEV);
		CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 1), EINVAL);
	}
}

TEST(private_is_anonymous_memory)
{
	char *p = map_zero(3, MAP_PRIVATE, 2 * P);
	struct map_line m;

	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/dev/zero");
	CHECK_EQ(m.offset, 2 * P);
	CHECK_EQ(p[0], 0);
	p[P] = 1;
	if (!fork()) {
		CHECK_EQ(p[P], 1);
		p[P] = 2;
		_exit(0);
	}
	CHECK(wait(NULL) > 0);
	CHECK_EQ(p[P], 1);
	CHECK(!madvise(p, 3 * P, MADV_DONTNEED));
	CHECK_EQ(p[P], 0);
	p[P] = 3;
	p = mremap(p, 3 * P, 6 * P, MREMAP_MAYMOVE);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[P], 3);
	CHECK_EQ(p[5 * P], 0);
}

TEST(shared_is_a_file_without_a_name)
{
	char *p = map_zero(2, MAP_SHARED, 0), *q = map_zero(2, MAP_SHARED, 0);
	struct map_line m;

	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/dev/zero (deleted)");
	p[0] = 1;
	CHECK_EQ(q[0], 0); /* each has its own */
	if (!fork()) {
		p[P] = 2;
		_exit(0);
	}
	CHECK(wait(NULL) > 0);
	CHECK_EQ(p[P], 2);
	CHECK(pagemap(p) & PM_PRESENT);
	CHECK(!madvise(p, 2 * P, MADV_DONTNEED));
	CHECK_EQ(p[0], 1);
	p = mremap(p, 2 * P, 4 * P, MREMAP_MAYMOVE);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[P], 2);
	CHECK_FAULT((void)*(volatile char *)(p + 2 * P), SIGBUS, BUS_ADRERR, p + 2 * P);
}

/* The file is as long as the mapping, and the mapping shows it from its offset on. */
TEST(shared_with_an_offset_begins_behind_the_end)
{
	char *p = map_zero(2, MAP_SHARED, 2 * P);

	CHECK_FAULT((void)*(volatile char *)p, SIGBUS, BUS_ADRERR, p);
	p = map_zero(2, MAP_SHARED, P);
	CHECK_EQ(PROBE((void)*(volatile char *)p), 0);
	CHECK_FAULT((void)*(volatile char *)(p + P), SIGBUS, BUS_ADRERR, p + P);
}

TEST(the_descriptor_decides_what_may_be_done)
{
	int fd = open_dev("/dev/zero", O_RDONLY);

	CHECK_ERRNO(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	CHECK(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	CHECK(mmap(NULL, P, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_PRIVATE, open_dev("/dev/zero", O_WRONLY), 0),
		    EACCES);
}

TEST(full_is_full_and_null_is_empty)
{
	int full = open_dev("/dev/full", O_RDWR), null = open_dev("/dev/null", O_RDWR);
	char c = 1;

	CHECK_ERRNO(write(full, &c, 1), ENOSPC);
	CHECK_ERRNO(write(full, &c, 0), ENOSPC);
	CHECK_EQ(read(full, &c, 1), 1);
	CHECK_EQ(c, 0);
	CHECK_EQ(write(null, &c, 1), 1);
	CHECK_EQ(read(null, &c, 1), 0);
}
