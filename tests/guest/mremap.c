/*
 * mremap: shrinking, growing in place, moving with the pages, and the errors.
 */
#include "maps.h"

#define RW (PROT_READ | PROT_WRITE)

TEST(shrinking_unmaps_the_tail)
{
	char *p = anon_at(free_room(4), 4, RW);

	memset(p, 1, 4 * P);
	CHECK(mremap(p, 4 * P, 2 * P, 0) == p);
	CHECK_MAP(p, 2 * P, "rw-p");
	CHECK_UNMAPPED(p + 2 * P);
	CHECK_EQ(p[2 * P - 1], 1);
}

TEST(growing_in_place_takes_the_free_room_behind)
{
	char *p = anon_at(free_room(4), 2, RW);

	p[P] = 2;
	CHECK(mremap(p, 2 * P, 4 * P, 0) == p);
	CHECK_MAP(p, 4 * P, "rw-p");
	CHECK_EQ(p[P], 2);
	CHECK_EQ(p[3 * P], 0);
}

TEST(without_room_and_without_maymove_it_fails)
{
	char *p = free_room(4);

	anon_at(p, 1, RW);
	anon_at(p + P, 1, PROT_READ);
	CHECK_ERRNO(mremap(p, P, 2 * P, 0), ENOMEM);
	CHECK_MAP(p, P, "rw-p");
}

TEST(moving_keeps_the_contents_and_the_frames)
{
	char *p = free_room(4), *q;
	unsigned long long frame;

	anon_at(p, 1, RW);
	anon_at(p + P, 1, PROT_READ);
	p[5] = 3;
	frame = pagemap(p) & PM_PFN;
	q = mremap(p, P, 3 * P, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q != p);
	CHECK_UNMAPPED(p);
	CHECK_EQ(q[5], 3);
	CHECK_EQ(q[2 * P], 0);
	CHECK_EQ(pagemap(q) & PM_PFN, frame);
}

TEST(fixed_replaces_its_destination)
{
	char *p = free_room(8);

	*anon_at(p, 2, RW) = 4;
	*anon_at(p + 4 * P, 2, RW) = 5;
	CHECK(mremap(p, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 4 * P) == p + 4 * P);
	CHECK_UNMAPPED(p);
	CHECK_EQ(p[4 * P], 4);
}

TEST(dontunmap_leaves_an_empty_mapping)
{
	char *p = anon_at(free_room(2), 2, RW), *q;

	*p = 6;
	q = mremap(p, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	CHECK(q != MAP_FAILED && q != p);
	CHECK_EQ(*q, 6);
	CHECK_EQ(*p, 0);
}

TEST(dontunmap_of_untouched_memory_does_not_merge_with_itself)
{
	char *p = free_room(8);

	anon_at(p + 2 * P, 2, RW);
	CHECK(mremap(p + 2 * P, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		     p) == p);
	CHECK_MAP(p, 2 * P, "rw-p");
	CHECK_MAP(p + 2 * P, 2 * P, "rw-p");
	anon_at(p + 6 * P, 1, RW);
	CHECK(mremap(p + 3 * P, P, P, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		     p + 5 * P) == p + 5 * P);
	CHECK_MAP(p + 5 * P, 2 * P, "rw-p"); /* with another it does */
}

/* Pages record the offset of their mapping. An empty one has that of its address again. */
TEST(what_dontunmap_left_merges_with_what_is_mapped_beside_it)
{
	char *p = free_room(12), *q = p + 6 * P;

	*anon_at(p, 2, RW) = 1;
	CHECK(mremap(p, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK(mremap(q, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, p) == p);
	anon_at(q + 2 * P, 1, RW);
	CHECK_MAP(q, 3 * P, "rw-p");
}

TEST(old_length_zero_duplicates_a_shared_mapping)
{
	char *p = mmap(NULL, 2 * P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *q;

	CHECK(p != MAP_FAILED);
	q = mremap(p, 0, 2 * P, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q != p);
	*p = 7;
	CHECK_EQ(*q, 7);
	p = anon_at(free_room(1), 1, RW);
	CHECK_ERRNO(mremap(p, 0, P, MREMAP_MAYMOVE), EINVAL);
}

TEST(an_untouched_mapping_merges_where_it_arrives)
{
	char *p = free_room(8);

	anon_at(p, 2, RW);
	anon_at(p + 6 * P, 1, RW);
	CHECK(mremap(p + 6 * P, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 2 * P) == p + 2 * P);
	CHECK_MAP(p, 3 * P, "rw-p");
}

TEST(a_touched_mapping_does_not_merge_where_it_arrives)
{
	char *p = free_room(8);

	*anon_at(p, 2, RW) = 1;
	*anon_at(p + 6 * P, 1, RW) = 1;
	CHECK(mremap(p + 6 * P, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 2 * P) == p + 2 * P);
	CHECK_MAP(p, 2 * P, "rw-p");
	CHECK_MAP(p + 2 * P, P, "rw-p");
}

TEST(a_part_of_a_mapping_moves_away)
{
	char *p = anon_at(free_room(3), 3, RW), *q;

	p[P] = 8;
	q = mremap(p + P, P, 2 * P, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(*q, 8);
	CHECK_MAP(p, P, "rw-p");
	CHECK_UNMAPPED(p + P);
	CHECK_MAP(p + 2 * P, P, "rw-p");
}

TEST(errors)
{
	char *p = free_room(6);

	anon_at(p, 2, RW);
	anon_at(p + 2 * P, 2, PROT_READ);
	CHECK_ERRNO(mremap(p + 1, P, P, 0), EINVAL);
	CHECK_ERRNO(mremap(p, P, 0, 0), EINVAL);
	CHECK_ERRNO(mremap(p, P, P, 8), EINVAL);
	CHECK_ERRNO(mremap(p, P, P, MREMAP_FIXED, p + 4 * P), EINVAL);
	CHECK_ERRNO(mremap(p, P, 2 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0), EINVAL);
	CHECK_ERRNO(mremap(p, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p + P), EINVAL);
	CHECK_ERRNO(mremap(p, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 1), EINVAL);
	CHECK_ERRNO(mremap(p, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, 0xc0000000), EINVAL);
	CHECK_ERRNO(mremap(p, 4 * P, 6 * P, MREMAP_MAYMOVE), EFAULT);
	CHECK_ERRNO(mremap(p + 5 * P, P, 2 * P, MREMAP_MAYMOVE), EFAULT);
	CHECK_ERRNO(mremap(p, 2 * P, 0xc0000000, MREMAP_MAYMOVE), ENOMEM);
}
