/*
 * mmap and munmap: places, errors, splitting and merging as /proc/self/maps shows them.
 */
#include "maps.h"

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static void *anon(void *addr, size_t len, int prot, int flags)
{
	return mmap(addr, len, prot, ANON | flags, -1, 0);
}

TEST(new_mappings_go_below_the_last_one)
{
	char *a = anon(NULL, P, PROT_READ, 0), *b = anon(NULL, P, PROT_NONE, 0);

	CHECK(a != MAP_FAILED);
	CHECK(b == a - P);
}

TEST(length_is_rounded_up_to_pages)
{
	char *p = free_room(3);

	CHECK(anon(p, P + 1, PROT_READ, MAP_FIXED) == p);
	CHECK_MAP(p, 2 * P, "r--p");
}

TEST(a_free_hint_is_taken_and_a_taken_one_is_not)
{
	char *p = free_room(2);

	CHECK(anon(p, P, PROT_READ, 0) == p);
	CHECK(anon(p, P, PROT_READ, 0) != p);
}

TEST(a_hint_is_rounded_down)
{
	char *p = free_room(3);

	CHECK(anon(p + P + 1, P, PROT_READ, 0) == p + P);
}

TEST(a_hint_in_the_first_pages_becomes_mmap_min_addr)
{
	CHECK_EQ((unsigned long)anon((void *)P, P, PROT_READ, 0), 65536);
}

TEST(a_hint_that_overlaps_the_end_of_user_space_is_ignored)
{
	CHECK((unsigned long)anon((void *)0xc0000000UL, P, PROT_READ, 0) < 0xc0000000UL);
}

TEST(fixed_replaces_what_is_there)
{
	char *p = anon_at(free_room(3), 3, RW);

	p[P] = 7;
	CHECK(anon(p + P, P, RW | PROT_EXEC, MAP_FIXED) == p + P);
	CHECK_EQ(p[P], 0);
	CHECK_MAP(p, P, "rw-p");
	CHECK_MAP(p + P, P, "rwxp");
	CHECK_MAP(p + 2 * P, P, "rw-p");
}

TEST(fixed_noreplace_refuses_a_taken_place)
{
	char *p = anon_at(free_room(2), 1, RW);

	CHECK_ERRNO(anon(p, 2 * P, RW, MAP_FIXED_NOREPLACE), EEXIST);
	CHECK(anon(p + P, P, RW, MAP_FIXED_NOREPLACE) == p + P);
}

TEST(errors_of_arguments)
{
	CHECK_ERRNO(anon(NULL, 0, RW, 0), EINVAL);
	CHECK_ERRNO(anon(NULL, 0xc0000001UL, RW, 0), ENOMEM);
	CHECK_ERRNO(anon(NULL, -1UL, RW, 0), ENOMEM);
	CHECK_ERRNO(anon((void *)0x10000001, P, RW, MAP_FIXED), EINVAL);
	CHECK_ERRNO(anon((void *)0xbffff000UL, 2 * P, RW, MAP_FIXED), ENOMEM);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_PRIVATE, 99, 0), EBADF);
	CHECK_ERRNO(mmap(NULL, 0, RW, MAP_PRIVATE, 99, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_mmap2, 0, 2 * P, RW, ANON, -1, ~0UL), EOVERFLOW);
}

TEST(errors_of_descriptors)
{
	int w = open("/tmp/guest-mmap", O_WRONLY | O_CREAT, 0600),
	    r = open("/tmp/guest-mmap", O_RDONLY);
	int dir = open("/tmp", O_RDONLY), pipefd[2];

	CHECK(w >= 0 && r >= 0 && dir >= 0 && pipe(pipefd) == 0);
	unlink("/tmp/guest-mmap");
	CHECK_ERRNO(mmap(NULL, P, PROT_NONE, MAP_PRIVATE, w, 0), EACCES);
	CHECK_ERRNO(mmap(NULL, P, RW, MAP_SHARED, r, 0), EACCES);
	CHECK(mmap(NULL, P, RW, MAP_PRIVATE, r, 0) != MAP_FAILED);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_PRIVATE, pipefd[0], 0), ENODEV);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, r, 0), EINVAL);
}

TEST(old_mmap_takes_its_arguments_from_memory)
{
	unsigned long args[6] = {0, P, PROT_READ, ANON, -1UL, 0};

	CHECK((syscall(SYS_mmap, args) & (P - 1)) == 0);
	args[5] = 1;
	CHECK_ERRNO(syscall(SYS_mmap, args), EINVAL);
	CHECK_ERRNO(syscall(SYS_mmap, 8), EFAULT);
}

TEST(private_file_pages_hold_the_file_and_keep_writes)
{
	int fd = temp_file(2);
	char *p = mmap(NULL, 2 * P, RW, MAP_PRIVATE, fd, 0), c;

	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[0], 'a');
	CHECK_EQ(p[P], 'b');
	p[P] = 'x';
	CHECK_EQ(pread(fd, &c, 1, P), 1);
	CHECK_EQ(c, 'b');
	CHECK_EQ(p[P], 'x');
	CHECK_EQ(p[P + 1], 'b');
}

TEST(a_private_mapping_sees_later_writes_to_the_file_until_it_is_written)
{
	int fd = temp_file(1);
	char *p = mmap(NULL, P, RW, MAP_PRIVATE, fd, 0);

	CHECK_EQ(p[5], 'a');
	CHECK_EQ(pwrite(fd, "z", 1, 5), 1);
	CHECK_EQ(p[5], 'z');
	p[6] = 'q';
	CHECK_EQ(pwrite(fd, "y", 1, 5), 1);
	CHECK_EQ(p[5], 'z');
}

TEST(beyond_the_end_of_the_file_is_sigbus)
{
	int fd = temp_file(1);
	volatile char *p = mmap(NULL, 2 * P, PROT_READ, MAP_PRIVATE, fd, 0);

	CHECK_EQ(p[P - 1], 'a');
	CHECK_FAULT(p[P + 3], SIGBUS, BUS_ADRERR, p + P + 3);
}

TEST(the_rest_of_the_last_page_of_a_file_is_zeros)
{
	int fd = temp_file(0);
	volatile char *p;

	CHECK_EQ(write(fd, "abc", 3), 3);
	p = mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK_EQ(p[2], 'c');
	CHECK_EQ(p[3], 0);
	CHECK_EQ(p[P - 1], 0);
}

TEST(a_file_mapping_shows_its_offset_and_lives_without_the_descriptor)
{
	int fd = temp_file(3);
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 2 * P);
	struct map_line m;

	close(fd);
	CHECK(map_at(p, &m));
	CHECK_EQ(m.offset, 2 * P);
	CHECK(strstr(m.name, "(deleted)"));
	CHECK_EQ(*p, 'c');
}

TEST(untouched_neighbours_merge)
{
	char *p = free_room(3);

	anon_at(p, 1, RW);
	anon_at(p + 2 * P, 1, RW);
	CHECK_MAP(p, P, "rw-p");
	anon_at(p + P, 1, RW);
	CHECK_MAP(p, 3 * P, "rw-p");
}

TEST(touched_mappings_made_apart_do_not_merge)
{
	char *p = free_room(3);

	*anon_at(p, 1, RW) = 1;
	*anon_at(p + 2 * P, 1, RW) = 1;
	anon_at(p + P, 1, RW); /* joins the one above */
	CHECK_MAP(p, P, "rw-p");
	CHECK_MAP(p + P, 2 * P, "rw-p");
}

TEST(file_mappings_merge_when_the_offsets_fit)
{
	int fd = temp_file(3);
	char *p = free_room(3);

	CHECK(mmap(p, P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == p);
	CHECK(mmap(p + P, P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, P) == p + P);
	CHECK_MAP(p, 2 * P, "r--p");
	CHECK(mmap(p + 2 * P, P, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == p + 2 * P);
	CHECK_MAP(p, 2 * P, "r--p");
}

TEST(munmap_cuts_the_head_the_tail_and_the_middle)
{
	char *p = anon_at(free_room(5), 5, RW);

	memset(p, 5, 5 * P);
	CHECK_EQ(munmap(p, P), 0);
	CHECK_EQ(munmap(p + 4 * P, P), 0);
	CHECK_EQ(munmap(p + 2 * P, P), 0);
	CHECK_UNMAPPED(p);
	CHECK_MAP(p + P, P, "rw-p");
	CHECK_UNMAPPED(p + 2 * P);
	CHECK_MAP(p + 3 * P, P, "rw-p");
	CHECK_EQ(p[P], 5);
	CHECK_EQ(p[3 * P], 5);
}

TEST(munmap_spans_mappings_and_holes)
{
	char *p = free_room(6);

	anon_at(p, 2, RW);
	anon_at(p + 3 * P, 1, PROT_READ);
	anon_at(p + 4 * P, 2, RW);
	CHECK_EQ(munmap(p + P, 4 * P), 0);
	CHECK_MAP(p, P, "rw-p");
	CHECK_UNMAPPED(p + 3 * P);
	CHECK_MAP(p + 5 * P, P, "rw-p");
}

TEST(munmap_errors)
{
	char *p = free_room(1);

	CHECK_ERRNO(munmap(p, 0), EINVAL);
	CHECK_ERRNO(munmap(p + 1, P), EINVAL);
	CHECK_ERRNO(munmap((void *)0xc0000000UL, P), EINVAL);
	CHECK_ERRNO(munmap((void *)0xbffff000UL, 2 * P), EINVAL);
	CHECK_EQ(munmap(p, P), 0); /* a hole */
}

TEST(memory_comes_back_as_zeros_after_munmap)
{
	char *p = anon_at(free_room(1), 1, RW);

	memset(p, 9, P);
	munmap(p, P);
	anon_at(p, 1, RW);
	CHECK_EQ(p[0], 0);
	CHECK_EQ(p[P - 1], 0);
}

TEST(unknown_protection_bits_are_ignored)
{
	char *p = anon(NULL, P, 0x100, 0);
	struct map_line m;

	CHECK(p != MAP_FAILED && map_at(p, &m));
	CHECK_STR(m.perms, "---p");
}

TEST(the_mapping_area_is_searched_from_the_top_for_a_gap_that_fits)
{
	char *p = anon(NULL, 16 * P, PROT_NONE, 0), *big, *small;

	CHECK_EQ(munmap(p + 2 * P, P), 0);
	CHECK_EQ(munmap(p + 8 * P, 2 * P), 0);
	big = anon(NULL, 2 * P, PROT_READ, 0);
	small = anon(NULL, P, PROT_READ, 0);
	CHECK(big == p + 8 * P);
	CHECK(small == p + 2 * P);
}

TEST(many_mappings_are_found_again)
{
	enum {
		N = 2000
	};
	char *p = mmap(NULL, 2 * N * P, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	int i;

	CHECK(p != MAP_FAILED);
	for (i = 0; i < N; i++)
		CHECK_EQ(mprotect(p + 2 * i * P, P, RW), 0);
	for (i = 0; i < N; i++)
		*(int *)(p + 2 * i * P) = i;
	for (i = 0; i < N; i++)
		CHECK_EQ(*(int *)(p + 2 * i * P), i);
	CHECK_EQ(munmap(p, 2 * N * P), 0);
}

TEST(too_many_mappings_are_refused)
{
	enum {
		MOST = 65530
	};
	char *p = mmap(NULL, 2 * 70000 * P, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
	int i, err = 0;

	CHECK(p != MAP_FAILED);
	for (i = 0; i < 70000 && !err; i++)
		err = mprotect(p + 2 * i * P, P, PROT_READ) ? errno : 0;
	CHECK_EQ(err, ENOMEM);
	CHECK(2 * i > MOST - 40 && 2 * i < MOST + 40);
}

TEST(rlimit_as_stops_mmap)
{
	struct rlimit64 {
		unsigned long long cur, max;
	} r = {64 << 20, 64 << 20};

	CHECK_EQ(syscall(SYS_prlimit64, 0, 9 /* RLIMIT_AS */, &r, NULL), 0);
	CHECK_ERRNO(anon(NULL, 64 << 20, PROT_READ, 0), ENOMEM);
	CHECK(anon(NULL, 32 << 20, PROT_READ, 0) != MAP_FAILED);
}
