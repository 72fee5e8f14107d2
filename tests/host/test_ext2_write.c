/* sources: kernel/fs/ext2/parse.c kernel/fs/ext2/encode.c kernel/fs/ext2/search.c */
/*
 * The parts of ext2 that write, without a disk: inodes go to their bytes and back, directory blocks
 * are filled and emptied beside a simple list of what must be in them, and the search of bitmaps is
 * compared with one that looks at every bit.
 */
#include "tests/host/hosttest.h"
#include "kernel/fs/ext2/encode.h"
#include "kernel/fs/ext2/search.h"
#include <errno.h>
#include <sys/stat.h>

#define ROUNDS	  3000
#define DIR_STEPS 4000
#define NAMES	  400 /* different ones */
#define MAP_BITS  2000

static struct ext2_layout layout(uint32_t block_bits, uint32_t inode_size)
{
	return (struct ext2_layout){
		.block_size = 1U << block_bits,
		.block_bits = block_bits,
		.blocks_count = 100000,
		.first_data_block = block_bits == 10,
		.super_block = block_bits == 10,
		.blocks_per_group = 8U << block_bits,
		.groups_count = 100000 / (8U << block_bits) + 1,
		.inodes_count = 1000000,
		.inode_size = inode_size,
		.itb_per_group = 32,
		.desc_per_block = (1U << block_bits) / sizeof(struct ext2_group_desc),
		.feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE,
	};
}

/* ---- inodes ---- */

static struct ext2_time random_time(int64_t max)
{
	static const int64_t edges[] = {0,
					1,
					0x7fffffff,
					0x80000000LL,
					0xffffffffLL,
					-1,
					-0x80000000LL,
					0x17fffffffLL,
					0x27fffffffLL,
					0x37fffffffLL};
	struct ext2_time t = {.nsec = rnd_below(1000000000)};

	t.sec = rnd_below(2) ? edges[rnd_below(sizeof(edges) / sizeof(*edges))]
			     : (int64_t)(rnd() % 0x480000000ULL) - 0x80000000LL;
	if (t.sec > max)
		t.sec = max;
	return t;
}

static struct ext2_inode_data random_inode(const struct ext2_layout *l, uint32_t isize)
{
	static const uint16_t modes[] = {S_IFREG, S_IFDIR, S_IFCHR, S_IFIFO, S_IFSOCK};
	int64_t max = ext2_max_time(l);
	struct ext2_inode_data d = {
		.mode = modes[rnd_below(5)] | rnd_below(07777),
		.links = 1 + rnd_below(65000),
		.uid = rnd(),
		.gid = rnd(),
		.atime = random_time(max),
		.mtime = random_time(max),
		.ctime = random_time(max),
		.crtime = random_time(max),
		.has_crtime = EXT2_HAS_EXTRA(isize, i_crtime_extra),
		.extra_isize = isize,
		.sectors = rnd(),
		.flags = rnd(),
		.generation = rnd(),
		.file_acl = 5000,
	};

	d.size = S_ISREG(d.mode) ? (int64_t)rnd_below(1UL << 33) : 4096 * (int64_t)rnd_below(1000);
	for (int i = 0; i < EXT2_N_BLOCKS; i++)
		d.block[i] = rnd();
	return d;
}

static bool same_time(struct ext2_time a, struct ext2_time b)
{
	return a.sec == b.sec && a.nsec == b.nsec;
}

static void check_same(const struct ext2_inode_data *a, const struct ext2_inode_data *b)
{
	CHECK(a->mode == b->mode && a->links == b->links && a->uid == b->uid && a->gid == b->gid);
	CHECK(a->size == b->size && a->dtime == b->dtime && a->sectors == b->sectors);
	CHECK(a->flags == b->flags && a->generation == b->generation && a->file_acl == b->file_acl);
	CHECK(a->has_crtime == b->has_crtime && a->extra_isize == b->extra_isize);
	CHECK(!memcmp(a->block, b->block, sizeof(a->block)));
	CHECK(same_time(a->atime, b->atime) && same_time(a->mtime, b->mtime) &&
	      same_time(a->ctime, b->ctime));
	CHECK(!a->has_crtime || same_time(a->crtime, b->crtime));
}

/* Large inodes: everything comes back, and bytes that are not known stay. */
static void test_inode_round_trip(void)
{
	struct ext2_layout l = layout(12, 256);

	for (int i = 0; i < ROUNDS; i++) {
		unsigned char *raw = malloc(256), before[256];
		struct ext2_inode_data d = random_inode(&l, 32), back;
		const char *why = "";

		for (int n = 0; n < 256; n++)
			raw[n] = rnd();
		memcpy(before, raw, 256);
		ext2_encode_inode(&l, &d, raw);
		CHECK(ext2_parse_inode(&l, raw, &back, &why) == 0);
		check_same(&d, &back);
		CHECK(!memcmp(raw + 160, before + 160, 96)); /* attributes in the inode */
		CHECK(!memcmp(raw + 36, before + 36, 4));    /* i_reserved1: i_version */
		CHECK(!memcmp(raw + 112, before + 112, 4));  /* i_faddr */
		CHECK(!memcmp(raw + 130, before + 130, 2));  /* i_checksum_hi */
		CHECK(!memcmp(raw + 152, before + 152, 8));  /* i_version_hi, i_projid */
		if (!S_ISREG(d.mode))
			CHECK(!memcmp(raw + 108, before + 108, 4)); /* i_dir_acl */
		free(raw);
	}
}

/* What has no room is left out, and nothing is written behind the end. */
static void test_small_inodes(void)
{
	struct ext2_layout l = layout(10, 128);

	CHECK(ext2_max_time(&l) == 0x7fffffff);
	for (int i = 0; i < ROUNDS; i++) {
		struct ext2_inode *raw = calloc(1, 128);
		struct ext2_inode_data d = random_inode(&l, 0), back;
		const char *why = "";

		ext2_encode_inode(&l, &d, raw);
		CHECK(ext2_parse_inode(&l, raw, &back, &why) == 0);
		d.atime.nsec = d.mtime.nsec = d.ctime.nsec = 0;
		check_same(&d, &back);
		d.mtime.sec = 0x123456789;
		ext2_encode_inode(&l, &d, raw);
		CHECK(raw->i_mtime == 0x7fffffff);
		free(raw);
	}
}

/* An inode of 256 bytes that was made by an old kernel has fewer of the extra fields. */
static void test_extra_isize(void)
{
	struct ext2_layout l = layout(12, 256);

	for (uint32_t isize = 4; isize <= 128; isize += 4) {
		struct ext2_inode_data d = random_inode(&l, isize), back;
		unsigned char *raw = calloc(1, 256);
		const char *why = "";

		ext2_encode_inode(&l, &d, raw);
		CHECK(ext2_parse_inode(&l, raw, &back, &why) == 0);
		CHECK(back.has_crtime == (isize >= 24) && back.extra_isize == isize);
		CHECK(isize < 8 ? back.ctime.nsec == 0 : same_time(back.ctime, d.ctime));
		CHECK(isize < 12 ? back.mtime.nsec == 0 : same_time(back.mtime, d.mtime));
		CHECK(isize < 16 ? back.atime.nsec == 0 : same_time(back.atime, d.atime));
		for (int n = 128 + isize; n < 256; n++)
			CHECK(!raw[n]);
		((struct ext2_inode_extra *)(raw + 128))->i_extra_isize = isize + 1;
		CHECK(ext2_parse_inode(&l, raw, &back, &why) == -EUCLEAN && *why);
		((struct ext2_inode_extra *)(raw + 128))->i_extra_isize = 132;
		CHECK(ext2_parse_inode(&l, raw, &back, &why) == -EUCLEAN && *why);
		free(raw);
	}
}

static void test_rdev(void)
{
	static const uint32_t majors[] = {0, 1, 255, 256, 4095},
			      minors[] = {0, 3, 255, 256, 1048575};

	for (int i = 0; i < 25; i++) {
		struct ext2_inode_data d = {0};
		uint32_t major = majors[i / 5], minor = minors[i % 5], a, b;

		memset(d.block, 0xff, sizeof(d.block));
		ext2_encode_rdev(&d, major, minor);
		ext2_inode_rdev(&d, &a, &b);
		CHECK(a == major && b == minor && !d.block[2]);
	}
}

/* ---- directory blocks ---- */

struct model {
	uint32_t ino[NAMES]; /* 0: not there */
	unsigned used;	     /* bytes that its entries need */
};

static uint32_t name_of(unsigned n, char *name)
{
	uint32_t len = 4 + n * 7 % 57; /* at least: all digits of n and a letter */

	memset(name, 'a' + n % 26, len);
	for (uint32_t i = 0; i < len && n; i++, n /= 10)
		name[i] = '0' + n % 10;
	return len;
}

/* The block is exactly what the model says. */
static void check_dir(const struct ext2_layout *l, const void *block, const struct model *m)
{
	const char *why = "";
	unsigned found = 0, expected = 0;
	struct ext2_dirent de;

	for (uint32_t at = 0; at < l->block_size; at += de.rec_len) {
		CHECK(ext2_parse_dirent(l, block, at, &de, &why) == 0);
		found += de.ino != 0;
	}
	for (unsigned n = 0; n < NAMES; n++) {
		char name[64];
		uint32_t len = name_of(n, name), offset;

		CHECK(ext2_dirblock_find(l, block, name, len, &offset, &why) == m->ino[n]);
		expected += m->ino[n] != 0;
	}
	CHECK(found == expected);
	CHECK(ext2_dirblock_has_names(l, block, &why) == (expected != 0));
}

/* One random change. */
static void step_dir(const struct ext2_layout *l, void *block, struct model *m)
{
	unsigned n = rnd_below(NAMES), other = rnd_below(NAMES);
	uint32_t len, offset, ino = 1 + rnd_below(1000);
	const char *why = "";
	char name[64];
	int err;

	len = name_of(n, name);
	if (!m->ino[n]) {
		err = ext2_dirblock_insert(l, block, name, len, ino, EXT2_FT_REG_FILE, &why);
		CHECK(!err || err == -ENOSPC);
		if (err) /* as long as entries can't be moved, half of a block is surely enough */
			CHECK(m->used > l->block_size / 4);
		else
			m->ino[n] = ino, m->used += EXT2_DIR_REC_LEN(len);
		return;
	}
	CHECK(ext2_dirblock_find(l, block, name, len, &offset, &why) == m->ino[n]);
	if (rnd_below(3) == 0 && !m->ino[other]) {
		m->used -= EXT2_DIR_REC_LEN(len);
		len = name_of(other, name);
		err = ext2_dirblock_rename(l, block, offset, name, len, EXT2_FT_DIR, &why);
		CHECK(!err || err == -ENOSPC);
		if (!err)
			m->ino[other] = m->ino[n], m->ino[n] = 0;
		else
			len = name_of(n, name);
		m->used += EXT2_DIR_REC_LEN(len);
	} else if (rnd_below(3) == 0) {
		ext2_dirblock_set(l, block, offset, ino, EXT2_FT_FIFO);
		m->ino[n] = ino;
	} else {
		CHECK(ext2_dirblock_delete(l, block, offset, &why) == 0);
		m->ino[n] = 0;
		m->used -= EXT2_DIR_REC_LEN(len);
	}
}

static void test_dirblock(void)
{
	for (uint32_t bits = 10; bits <= 12; bits++) {
		struct ext2_layout l = layout(bits, 128);
		char *block = malloc(l.block_size);
		struct model m = {0};

		ext2_dirblock_init(&l, block);
		for (int i = 0; i < DIR_STEPS; i++) {
			step_dir(&l, block, &m);
			check_dir(&l, block, &m);
		}
		free(block);
	}
}

static void test_dots(void)
{
	struct ext2_layout l = layout(10, 128);
	char *block = malloc(l.block_size);
	const char *why = "";
	uint32_t offset;

	ext2_dirblock_dots(&l, block, 12, 2);
	CHECK(ext2_dirblock_find(&l, block, ".", 1, &offset, &why) == 12 && offset == 0);
	CHECK(ext2_dirblock_find(&l, block, "..", 2, &offset, &why) == 2 && offset == 12);
	CHECK(ext2_dirblock_has_names(&l, block, &why) == 0);
	CHECK(ext2_dirblock_insert(&l, block, "x", 1, 13, EXT2_FT_REG_FILE, &why) == 0);
	CHECK(ext2_dirblock_has_names(&l, block, &why) == 1);
	l.feature_incompat = 0; /* the type is the high half of the length then */
	CHECK(ext2_dirblock_insert(&l, block, "y", 1, 13, EXT2_FT_REG_FILE, &why) == 0);
	CHECK(ext2_dirblock_find(&l, block, "y", 1, &offset, &why) == 13);
	CHECK(((struct ext2_dir_entry_2 *)(block + offset))->file_type == 0);
	free(block);
}

/* A damaged block is refused, never written outside of, and not changed when it is refused. */
static void test_damaged_dirblock(void)
{
	struct ext2_layout l = layout(10, 128);

	for (int i = 0; i < ROUNDS; i++) {
		char *block = malloc(l.block_size), before[1024];
		struct model m = {0};
		const char *why = "";
		uint32_t offset;
		int err;

		ext2_dirblock_init(&l, block);
		for (int n = 0; n < 60; n++)
			step_dir(&l, block, &m);
		for (int n = 0; n < 3; n++)
			block[rnd_below(l.block_size)] = rnd();
		memcpy(before, block, l.block_size);
		err = ext2_dirblock_insert(&l, block, "name", 4, 5, 1, &why);
		CHECK(!err || !memcmp(before, block, l.block_size));
		if (ext2_dirblock_find(&l, block, "name", 4, &offset, &why) > 0)
			ext2_dirblock_delete(&l, block, offset, &why);
		ext2_dirblock_has_names(&l, block, &why);
		free(block);
	}
}

/* ---- bitmaps ---- */

static bool is_free(const struct ext2_bitmaps *maps, uint32_t bit)
{
	uint32_t used = maps->disk[bit / 32];

	for (int i = 0; i < EXT2_BUSY_MAPS; i++)
		used |= maps->busy[i] ? maps->busy[i][bit / 32] : 0;
	return !(used >> bit % 32 & 1);
}

static uint32_t naive_next(const struct ext2_bitmaps *maps, uint32_t from, uint32_t to)
{
	while (from < to && !is_free(maps, from))
		from++;
	return from;
}

static uint32_t naive_run(const struct ext2_bitmaps *maps, uint32_t bit, uint32_t to, uint32_t max)
{
	uint32_t n = 0;

	while (bit + n < to && n < max && is_free(maps, bit + n))
		n++;
	return n;
}

static bool naive_has_run(const struct ext2_bitmaps *maps, uint32_t bits, uint32_t want)
{
	for (uint32_t bit = 0; bit < bits; bit++)
		if (naive_run(maps, bit, bits, want) == want)
			return true;
	return false;
}

static void fill(uint32_t *map, unsigned density)
{
	memset(map, 0, (MAP_BITS + 31) / 32 * 4);
	for (uint32_t bit = 0; bit < MAP_BITS; bit++)
		if (rnd_below(100) < density)
			map[bit / 32] |= 1U << bit % 32;
}

static void check_search(const struct ext2_bitmaps *maps, uint32_t bits)
{
	uint32_t goal = rnd_below(bits), want = 1 + rnd_below(40);
	uint32_t bit = ext2_search_bitmap(maps, bits, goal, want);

	CHECK(bit <= bits);
	if (bit == bits) {
		CHECK(naive_next(maps, 0, bits) == bits);
		return;
	}
	CHECK(is_free(maps, bit));
	if (is_free(maps, goal))
		CHECK(bit == goal);
	else if (naive_has_run(maps, bits, want < EXT2_GOOD_RUN ? EXT2_GOOD_RUN : want))
		CHECK(naive_run(maps, bit, bits, want) == want);
}

static void test_search(void)
{
	uint32_t *disk = malloc((MAP_BITS + 31) / 32 * 4), *a = malloc((MAP_BITS + 31) / 32 * 4);

	for (int i = 0; i < 1000; i++) {
		struct ext2_bitmaps maps = {.disk = disk, .busy = {NULL, i % 2 ? a : NULL}};
		uint32_t bits = MAP_BITS - rnd_below(70);

		fill(disk, i % 4 == 3 ? 100 : rnd_below(101));
		fill(a, rnd_below(50));
		for (int n = 0; n < 10; n++) {
			uint32_t from = rnd_below(bits), next = ext2_next_free(&maps, from, bits);

			CHECK(next == naive_next(&maps, from, bits));
			if (next < bits)
				CHECK(ext2_free_run(&maps, next, bits, 50) ==
				      naive_run(&maps, next, bits, 50));
			check_search(&maps, bits);
		}
	}
	free(disk);
	free(a);
}

static void check_metadata(const struct ext2_places *places)
{
	struct ext2_layout l = layout(10, 128);
	struct ext2_places at = *places;

	CHECK(ext2_block_group(&l, 8200) == 1);
	CHECK(ext2_is_metadata(&l, &at, 8193, 1)); /* the copy of the superblock */
	CHECK(ext2_is_metadata(&l, &at, 8200, 1) && ext2_is_metadata(&l, &at, 8201, 1));
	CHECK(ext2_is_metadata(&l, &at, 8300, 1) && ext2_is_metadata(&l, &at, 8331, 1));
	CHECK(ext2_is_metadata(&l, &at, 8290, 11) && ext2_is_metadata(&l, &at, 8331, 100));
	CHECK(!ext2_is_metadata(&l, &at, 8202, 98) && !ext2_is_metadata(&l, &at, 8332, 1000));
}

/* The end only saves the look at the rest; whatever comes last makes it. */
static void test_metadata(void)
{
	struct ext2_layout l = layout(10, 128);
	struct ext2_places at = {.block_bitmap = 8200, .inode_bitmap = 8201, .inode_table = 8300};
	struct ext2_places odd = {.block_bitmap = 9000, .inode_bitmap = 8201, .inode_table = 8300};

	check_metadata(&at);
	ext2_set_places_end(&l, &at, 1);
	CHECK(at.end == 8332);
	check_metadata(&at);
	ext2_set_places_end(&l, &odd, 1);
	CHECK(odd.end == 9001 && ext2_is_metadata(&l, &odd, 9000, 1) &&
	      ext2_is_metadata(&l, &odd, 8331, 1) && !ext2_is_metadata(&l, &odd, 9001, 1));
	odd.inode_bitmap = 9100;
	ext2_set_places_end(&l, &odd, 1);
	CHECK(odd.end == 9101);
}

int main(void)
{
	run("ext2_inode_round_trip", test_inode_round_trip);
	run("ext2_small_inodes", test_small_inodes);
	run("ext2_extra_isize", test_extra_isize);
	run("ext2_rdev", test_rdev);
	run("ext2_dirblock", test_dirblock);
	run("ext2_dots", test_dots);
	run("ext2_damaged_dirblock", test_damaged_dirblock);
	run("ext2_search", test_search);
	run("ext2_metadata", test_metadata);
	return failures != 0;
}
