/*
 * brk: the heap's end by the byte, its silent refusals, and the VMA it leaves.
 */
#include "maps.h"
#include <sys/resource.h>

static unsigned long brk_to(unsigned long addr)
{
	return syscall(SYS_brk, addr);
}

TEST(the_break_is_kept_to_the_byte)
{
	unsigned long now = brk_to(0);

	CHECK_EQ(brk_to(now + 5), now + 5);
	CHECK_EQ(brk_to(0), now + 5);
	CHECK_EQ(brk_to(now), now);
}

TEST(new_memory_is_zero_and_appears_when_touched)
{
	unsigned long now = brk_to(0);
	char *page = (char *)((now + P) & -P);

	CHECK_EQ(brk_to(now + 4 * P), now + 4 * P);
	CHECK_EQ(pagemap(page) & PM_PRESENT, 0);
	CHECK_EQ(*page, 0);
	*page = 1;
	CHECK(pagemap(page) & PM_PRESENT);
	CHECK_EQ(pagemap(page + P) & PM_PRESENT, 0);
}

TEST(memory_given_back_is_gone)
{
	unsigned long now = brk_to(0);
	volatile char *page = (char *)((now + P) & -P);

	CHECK_EQ(brk_to(now + 4 * P), now + 4 * P);
	page[P] = 1;
	CHECK_EQ(brk_to(now), now);
	CHECK_EQ(PROBE(page[P]), SIGSEGV);
	CHECK_EQ(brk_to(now + 4 * P), now + 4 * P);
	CHECK_EQ(page[P], 0);
}

TEST(below_the_heap_is_refused)
{
	unsigned long now = brk_to(0);

	CHECK_EQ(brk_to(0x1000), now);
	CHECK_EQ(brk_to(now), now);
}

TEST(the_heap_keeps_a_page_from_the_next_mapping)
{
	unsigned long now = brk_to(0), end = (now + P - 1) & -P;

	anon_at((char *)end + 4 * P, 1, PROT_READ);
	CHECK_EQ(brk_to(end + 4 * P), now);
	CHECK_EQ(brk_to(end + 3 * P + 1), now);
	CHECK_EQ(brk_to(end + 3 * P), end + 3 * P);
}

TEST(rlimit_data_stops_it)
{
	struct rlimit r = {1 << 20, 1 << 20};
	unsigned long now = brk_to(0);

	CHECK_EQ(setrlimit(RLIMIT_DATA, &r), 0);
	CHECK_EQ(brk_to(now + (2 << 20)), now);
}

TEST(a_heap_made_read_only_grows_as_another_mapping)
{
	unsigned long start, now = brk_to(0), end = (now + P - 1) & -P;
	struct map_line m;

	CHECK_EQ(brk_to(end + P), end + P);
	CHECK(map_at((void *)end, &m));
	start = m.start;
	CHECK_EQ(mprotect((void *)start, end + P - start, PROT_READ), 0);
	CHECK_EQ(brk_to(end + 2 * P), end + 2 * P);
	CHECK_MAP(end + P, P, "rw-p");
}

TEST(the_heap_is_named)
{
	unsigned long now = brk_to(0);
	struct map_line m;

	CHECK_EQ(brk_to(now + P), now + P);
	CHECK(map_at((void *)now, &m));
	CHECK_STR(m.name, "[heap]");
}

TEST(sbrk_beyond_the_address_space_is_enomem)
{
	CHECK_ERRNO(sbrk(0x7fffffff), ENOMEM);
}
