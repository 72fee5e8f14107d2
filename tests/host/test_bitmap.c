/* sources: kernel/lib/bitmap.c */
/*
 * Bitmaps against an array of bool, and the bit and number helpers.
 */
#include "tests/host/hosttest.h"
#include "kernel/lib/bitmap.h"

#define MAX_BITS 200
static bool model[MAX_BITS];

static unsigned long model_next(bool want, unsigned long size, unsigned long from)
{
	while (from < size && model[from] != want)
		from++;
	return from < size ? from : size;
}

static unsigned long model_last(unsigned long size)
{
	for (unsigned long i = size; i--;)
		if (model[i])
			return i;
	return size;
}

static unsigned long model_area(unsigned long size, unsigned long start, unsigned long nr,
				unsigned long mask)
{
	for (unsigned long s = start; s < size; s++) {
		if (s & mask || nr > size - s)
			continue;
		if (model_next(true, s + nr, s) == s + nr)
			return s;
	}
	return size + 1;
}

static void compare(const unsigned long *map, unsigned long size)
{
	unsigned long from = rnd_below(size + 2), nr = 1 + rnd_below(20);

	for (unsigned long i = 0; i < size; i++)
		CHECK(test_bit(i, map) == model[i]);
	CHECK(find_next_bit(map, size, from) == model_next(true, size, min(from, size)));
	CHECK(find_next_zero_bit(map, size, from) == model_next(false, size, min(from, size)));
	CHECK(find_first_bit(map, size) == model_next(true, size, 0));
	CHECK(find_first_zero_bit(map, size) == model_next(false, size, 0));
	CHECK(find_last_bit(map, size) == model_last(size));
	CHECK(bitmap_find_next_zero_area(map, size, min(from, size), nr, 0) ==
	      model_area(size, min(from, size), nr, 0));
	CHECK(bitmap_find_next_zero_area(map, size, 0, nr, 7) == model_area(size, 0, nr, 7));
}

static void test_random(void)
{
	for (int round = 0; round < 200; round++) {
		unsigned long size = 1 + rnd_below(MAX_BITS);
		/* Exactly as long as needed, so that the sanitizer sees a step outside. */
		unsigned long *map = calloc(BITS_TO_LONGS(size), sizeof(long));

		memset(model, 0, sizeof(model));
		for (int i = 0; i < 100; i++) {
			unsigned long start = rnd_below(size);
			unsigned long len = rnd_below(size - start + 1);
			bool set = rnd_below(2);

			if (set)
				bitmap_set(map, start, len);
			else
				bitmap_clear(map, start, len);
			for (unsigned long b = start; b < start + len; b++)
				model[b] = set;
			compare(map, size);
		}
		free(map);
	}
}

static void test_bits(void)
{
	unsigned long map[2] = {0, 0};

	CHECK(!test_and_set_bit(70, map) && test_and_set_bit(70, map));
	CHECK(test_and_clear_bit(70, map) && !test_and_clear_bit(70, map));
	set_bit(3, map);
	set_bit(4, map);
	clear_bit(3, map);
	CHECK(map[0] == 16 && map[1] == 0);
	CHECK(fls(0) == 0 && fls(1) == 1 && fls(0x80000000) == 32 && fls64(1ULL << 40) == 41);
	CHECK(__ffs(8) == 3 && __fls(9) == 3 && ilog2(4097) == 12);
	CHECK(roundup_pow_of_two(5) == 8 && roundup_pow_of_two(8) == 8);
	CHECK(hweight32(0xf0f0f0f1) == 17 && hweight_long(~0UL) == BITS_PER_LONG);
	CHECK(ALIGN(5, 4) == 8 && ALIGN_DOWN(7UL, 4) == 4);
	CHECK(MAJOR(MKDEV(253, 70000)) == 253 && MINOR(MKDEV(253, 70000)) == 70000);
	CHECK(new_decode_dev(new_encode_dev(MKDEV(8, 300))) == MKDEV(8, 300));
}

int main(void)
{
	run("bitmap: random ranges", test_random);
	run("bitmap: bits and numbers", test_bits);
	return failures != 0;
}
