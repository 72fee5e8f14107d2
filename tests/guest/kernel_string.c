/* The kernel's memcpy, memmove, memset and memcmp (kernel/x86/string.asm), linked into a program.
 */
#include "check.h"

#define REGPARM __attribute__((regparm(3)))
REGPARM void *kernel_memcpy(void *dst, const void *src, size_t n);
REGPARM void *kernel_memmove(void *dst, const void *src, size_t n);
REGPARM void *kernel_memset(void *dst, int c, size_t n);
REGPARM int kernel_memcmp(const void *a, const void *b, size_t n);

#define AREA	 160
#define MOST	 70 /* bytes of an operation */
#define ALIGN	 5
#define DISTANCE 12

static unsigned char area[AREA], model[AREA];

static void fill(void)
{
	for (int i = 0; i < AREA; i++)
		area[i] = model[i] = i * 37 + 11;
}

static void check_area(int n, int to, int from)
{
	for (int i = 0; i < AREA; i++)
		if (area[i] != model[i])
			CHECK_FAIL("byte %d of %d bytes to %d from %d", i, n, to, from);
}

static int direction_flag(void)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0" : "=r"(flags));
	return flags >> 10 & 1;
}

TEST(memcpy_copies_any_length_at_any_alignment)
{
	for (int n = 0; n < MOST; n++) {
		for (int to = 0; to < ALIGN; to++) {
			for (int from = 80; from < 80 + ALIGN; from++) {
				fill();
				for (int i = 0; i < n; i++)
					model[to + i] = model[from + i];
				CHECK(kernel_memcpy(area + to, area + from, n) == area + to);
				check_area(n, to, from);
			}
		}
	}
}

TEST(memmove_copies_between_places_that_overlap)
{
	static unsigned char copy[AREA];

	for (int n = 0; n < MOST; n++) {
		for (int from = 20; from < 20 + ALIGN; from++) {
			for (int to = from - DISTANCE; to <= from + DISTANCE; to++) {
				fill();
				memcpy(copy, model, AREA);
				for (int i = 0; i < n; i++)
					model[to + i] = copy[from + i];
				CHECK(kernel_memmove(area + to, area + from, n) == area + to);
				CHECK(!direction_flag());
				check_area(n, to, from);
			}
		}
	}
}

TEST(memset_takes_the_lowest_byte_of_the_value)
{
	for (int n = 0; n < MOST; n++) {
		for (int to = 0; to < ALIGN; to++) {
			fill();
			for (int i = 0; i < n; i++)
				model[to + i] = 0xa5;
			CHECK(kernel_memset(area + to, 0x12345fa5, n) == area + to);
			check_area(n, to, 0);
		}
	}
}

TEST(memcmp_finds_the_first_difference)
{
	for (int n = 0; n < MOST; n++) {
		for (int at = 0; at < n; at++) {
			memset(area, 7, AREA);
			memset(model, 7, AREA);
			area[at + 1] = 200; /* larger as an unsigned byte */
			if (at < n - 1)
				area[n] = 1; /* a later byte says the opposite */
			CHECK(kernel_memcmp(area + 1, model + 3, n) > 0);
			CHECK(kernel_memcmp(model + 1, area + 1, at) == 0);
			CHECK(kernel_memcmp(model + 1, area + 1, at + 1) < 0);
		}
		CHECK(kernel_memcmp(model, model + 1, n) == 0);
	}
}
