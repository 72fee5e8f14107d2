/*
 * mprotect: permissions by the page, splitting and merging, faults with Linux's codes.
 */
#include "maps.h"

#define RW (PROT_READ | PROT_WRITE)

TEST(a_write_to_read_only_memory_is_accerr)
{
	volatile char *p = anon_at(free_room(1), 1, RW);

	*p = 1;
	CHECK_EQ(mprotect((void *)p, P, PROT_READ), 0);
	CHECK_EQ(*p, 1);
	CHECK_FAULT(*p = 2, SIGSEGV, SEGV_ACCERR, p);
	CHECK_EQ(mprotect((void *)p, P, RW), 0);
	*p = 3;
	CHECK_EQ(*p, 3);
}

TEST(prot_none_keeps_the_contents)
{
	volatile char *p = anon_at(free_room(2), 2, RW);

	p[P] = 4;
	CHECK_EQ(mprotect((void *)p, 2 * P, PROT_NONE), 0);
	CHECK_FAULT(p[P], SIGSEGV, SEGV_ACCERR, p + P);
	CHECK_FAULT(p[0], SIGSEGV, SEGV_ACCERR, p);
	CHECK_EQ(mprotect((void *)p, 2 * P, PROT_READ), 0);
	CHECK_EQ(p[P], 4);
	CHECK_EQ(p[0], 0);
}

TEST(the_middle_is_split_off_and_merges_again)
{
	char *p = anon_at(free_room(3), 3, RW);

	memset(p, 1, 3 * P);
	CHECK_EQ(mprotect(p + P, P, PROT_READ), 0);
	CHECK_MAP(p, P, "rw-p");
	CHECK_MAP(p + P, P, "r--p");
	CHECK_MAP(p + 2 * P, P, "rw-p");
	CHECK_EQ(mprotect(p + P, P, RW), 0);
	CHECK_MAP(p, 3 * P, "rw-p");
}

TEST(a_part_joins_the_neighbour_that_has_its_protection)
{
	char *p = anon_at(free_room(4), 4, RW);

	CHECK_EQ(mprotect(p + 2 * P, 2 * P, PROT_READ), 0);
	CHECK_EQ(mprotect(p + P, P, PROT_READ), 0);
	CHECK_MAP(p, P, "rw-p");
	/* memory that was writable once stays accounted: the two pieces agree in that too */
	CHECK_MAP(p + P, 3 * P, "r--p");
}

TEST(never_writable_and_once_writable_memory_do_not_merge)
{
	char *p = anon_at(free_room(2), 2, PROT_READ);

	CHECK_EQ(mprotect(p, P, RW), 0);
	CHECK_EQ(mprotect(p, P, PROT_READ), 0);
	CHECK_MAP(p, P, "r--p");
	CHECK_MAP(p + P, P, "r--p");
}

TEST(errors)
{
	char *p = free_room(3);

	anon_at(p, 1, RW);
	anon_at(p + 2 * P, 1, RW);
	CHECK_ERRNO(mprotect(p + 1, P, PROT_READ), EINVAL);
	CHECK_EQ(mprotect(p, 0, 0x100), 0);
	CHECK_ERRNO(mprotect(p, P, 0x100), EINVAL);
	CHECK_ERRNO(mprotect(p, -P, PROT_READ), ENOMEM);
	CHECK_ERRNO(mprotect(p + P, P, PROT_READ), ENOMEM);
	CHECK_MAP(p, P, "rw-p");
	CHECK_ERRNO(mprotect(p, 3 * P, PROT_READ), ENOMEM);
	CHECK_MAP(p, P, "r--p"); /* up to the hole */
	CHECK_MAP(p + 2 * P, P, "rw-p");
	CHECK_ERRNO(mprotect(p, P, PROT_READ | PROT_GROWSDOWN), EINVAL);
	CHECK_ERRNO(mprotect(p, P, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP), EINVAL);
}

TEST(a_shared_mapping_of_a_read_only_descriptor_cannot_become_writable)
{
	int fd = temp_file(1), ro;
	char path[64];
	char *p;

	sprintf(path, "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY);
	CHECK(ro >= 0);
	p = mmap(NULL, P, PROT_READ, MAP_SHARED, ro, 0);
	CHECK(p != MAP_FAILED);
	CHECK_ERRNO(mprotect(p, P, RW), EACCES);
}

TEST(private_file_pages_become_writable_copies)
{
	int fd = temp_file(1);
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 0), c;

	CHECK_EQ(*p, 'a');
	CHECK_EQ(mprotect(p, P, RW), 0);
	*p = 'x';
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK_EQ(c, 'a');
}

TEST(grows_down_changes_the_stack_from_its_beginning)
{
	struct map_line m;
	unsigned long page = (unsigned long)&m & -P;

	CHECK_EQ(mprotect((void *)page, P, RW | PROT_EXEC | PROT_GROWSDOWN), 0);
	CHECK(map_at((void *)page, &m));
	CHECK_STR(m.perms, "rwxp");
	CHECK(m.start < page);
}
