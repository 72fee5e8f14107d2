/* sources: kernel/fs/ext2/xattr_format.c */
/*
 * The areas of extended attributes on the disk: changed at random against a simple copy, and then
 * damaged at random. The area is a buffer of exactly its size, so that the sanitizers see each byte
 * outside of it.
 */
#include "tests/host/hosttest.h"
#include "kernel/fs/ext2/xattr_format.h"

#define NAMES	  10
#define STEPS	  3000
#define MUTATIONS 4000

static struct ext2_xattr_area new_area(unsigned int size, bool block)
{
	struct ext2_xattr_area a = {
		.base = calloc(1, size),
		.first = block ? sizeof(struct ext2_xattr_header) : 0,
		.size = size,
		.block = block,
	};

	return a;
}

static struct ext2_xattr_name nth_name(unsigned int i)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";

	return (struct ext2_xattr_name){.index = i % 3 + 1, .len = 1 + i * 2, .name = text};
}

static void random_changes(unsigned int size, bool block)
{
	struct ext2_xattr_area a = new_area(size, block);
	int len[NAMES];
	char value[NAMES][200];

	memset(len, -1, sizeof(len));
	for (int step = 0; step < STEPS; step++) {
		unsigned int i = rnd_below(NAMES),
			     n = rnd_below(rnd_below(3) ? 20 : sizeof(value[0]));
		struct ext2_xattr_name name = nth_name(i);
		const struct ext2_xattr_entry *e;
		char fresh[sizeof(value[0])];

		memset(fresh, step, sizeof(fresh));
		if (!rnd_below(4)) {
			CHECK(ext2_xattr_set(&a, &name, NULL, 0) == 0);
			len[i] = -1;
		} else if (ext2_xattr_set(&a, &name, fresh, n) == 0) {
			len[i] = n;
			memcpy(value[i], fresh, n);
		}
		CHECK(ext2_xattr_check(&a) == 0);
		for (i = 0; i < NAMES; i++) {
			name = nth_name(i);
			e = ext2_xattr_find(&a, &name);
			CHECK(!e == (len[i] < 0));
			if (e && len[i] >= 0)
				CHECK((int)e->e_value_size == len[i] &&
				      !memcmp(ext2_xattr_value(&a, e), value[i], len[i]));
		}
	}
	for (int i = 0; i < NAMES; i++) {
		struct ext2_xattr_name name = nth_name(i);

		CHECK(ext2_xattr_set(&a, &name, NULL, 0) == 0);
	}
	CHECK(!ext2_xattr_first(&a));
	for (unsigned int i = a.first; i < size; i++)
		CHECK(!a.base[i]);
	free(a.base);
}

/* Whatever is damaged: no byte outside the area is touched. */
static void random_damage(unsigned int size, bool block)
{
	static const char value[200];
	unsigned int refused = 0;

	for (int m = 0; m < MUTATIONS; m++) {
		struct ext2_xattr_area a = new_area(size, block);
		struct ext2_xattr_name name;

		for (unsigned int i = 0; i < NAMES; i++) {
			name = nth_name(i);
			ext2_xattr_set(&a, &name, value, rnd_below(30));
		}
		for (unsigned int i = 0; i <= rnd_below(3); i++)
			a.base[a.first + rnd_below(rnd_below(2) ? 60 : size - a.first)] =
				rnd_below(256);
		refused += ext2_xattr_check(&a) != 0;
		if (ext2_xattr_check(&a) == 0) {
			for (unsigned int i = 0; i < 20; i++) {
				name = nth_name(rnd_below(NAMES));
				ext2_xattr_set(&a, &name, rnd_below(3) ? value : NULL,
					       rnd_below(60));
				if (ext2_xattr_check(&a))
					break;
			}
		}
		free(a.base);
	}
	CHECK(refused > MUTATIONS / 10 && refused < MUTATIONS);
}

static void hash_of_a_block(void)
{
	struct ext2_xattr_area a = new_area(1024, true);
	struct ext2_xattr_name name = {.index = 1, .len = 1, .name = "a"};
	const struct ext2_xattr_header *header = (const void *)a.base;

	CHECK(ext2_xattr_set(&a, &name, "1234", 4) == 0);
	/* 'a', shifted by 16, and the value's word */
	CHECK(ext2_xattr_first(&a)->e_hash == (0x610000 ^ 0x34333231));
	CHECK(header->h_hash == (0x610000 ^ 0x34333231));
	free(a.base);
}

static void test_changes(void)
{
	random_changes(92, false);
	random_changes(1024, true);
	random_changes(4096, true);
}

static void test_damage(void)
{
	random_damage(92, false);
	random_damage(1024, true);
}

int main(void)
{
	run("xattr: the hash of a block", hash_of_a_block);
	run("xattr: random changes", test_changes);
	run("xattr: damaged areas", test_damage);
	return failures != 0;
}
