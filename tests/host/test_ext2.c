/* sources: kernel/fs/ext2/parse.c */
/*
 * ext2's parser against file systems that are whole and file systems that are damaged. A small
 * image is made in memory for each block size (and by mke2fs, where it is installed), walked
 * completely, and then walked again after each of thousands of random changes. The walker copies
 * every block to a buffer of exactly its size, so that the sanitizers see each byte read outside of
 * it, and it refuses to follow a block number out of the image: parse.c must have caught that
 * before.
 */
#include "tests/host/hosttest.h"
#include "kernel/fs/ext2/parse.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMAGE_BLOCKS 600
#define INODES	     64
#define INODE_SIZE   128
#define MUTATIONS    3000
#define WALK_BLOCKS  4000 /* of one walk: a damaged map can claim very much */
#define MAX_DEPTH    8	  /* directories */
#define BIG_BLOCKS   80	  /* of the file with indirect blocks, beyond a hole */

static const char *const ft_names[] = {"unknown", "file", "dir",  "chr",
				       "blk",	  "fifo", "sock", "link"};

struct image {
	unsigned char *bytes;
	size_t size;
};

/* ---- the walker: what the kernel does, without the kernel ---- */

struct walk {
	struct image img;
	struct ext2_layout l;
	unsigned long files, dirs, links, specials, data_blocks, holes, errors;
	unsigned long budget;
	unsigned long long sum; /* of all data bytes */
};

/* A copy of a block that parse.c let through; freed by the caller. NULL: the image ends before
   (real disks give EIO there, but the superblock's size was checked against the device's). */
static void *read_block(struct walk *w, uint32_t block)
{
	size_t at = (size_t)block << w->l.block_bits;
	void *copy;

	CHECK(at + w->l.block_size <= w->img.size);
	if (at + w->l.block_size > w->img.size)
		exit(1);
	copy = malloc(w->l.block_size);
	memcpy(copy, w->img.bytes + at, w->l.block_size);
	return copy;
}

/* Block number iblock of a file: 0 for a hole, or negative. */
static int64_t map_block(struct walk *w, const struct ext2_inode_data *inode, uint64_t iblock)
{
	uint32_t path[EXT2_MAX_DEPTH], number;
	int depth = ext2_block_to_path(&w->l, iblock, path);

	if (!depth)
		return -EIO;
	CHECK(depth <= EXT2_MAX_DEPTH && path[0] < EXT2_N_BLOCKS);
	number = inode->block[path[0]];
	for (int level = 1; level < depth && number; level++) {
		uint32_t *numbers;

		if (!ext2_data_block_valid(&w->l, number))
			return -EIO;
		CHECK(path[level] < w->l.block_size / 4);
		numbers = read_block(w, number);
		number = numbers[path[level]];
		free(numbers);
	}
	if (number && !ext2_data_block_valid(&w->l, number))
		return -EIO;
	return number;
}

static int read_inode(struct walk *w, uint32_t ino, struct ext2_inode_data *inode)
{
	uint32_t group;
	struct ext2_place place;
	struct ext2_group_desc gd;
	const char *why = "";
	char *block, *raw;
	int err;

	if (!ext2_valid_ino(&w->l, ino))
		return -EINVAL;
	group = ext2_ino_group(&w->l, ino);
	CHECK(group < w->l.groups_count);
	place = ext2_group_desc_place(&w->l, group);
	if ((uint64_t)(place.block + 1) << w->l.block_bits > w->img.size)
		return -EIO; /* the device says so */
	CHECK(place.offset + sizeof(gd) <= w->l.block_size);
	block = read_block(w, place.block);
	memcpy(&gd, block + place.offset, sizeof(gd));
	free(block);
	if (ext2_check_group_desc(&w->l, group, &gd, &why))
		return -EIO;
	place = ext2_inode_place(&w->l, ino, &gd);
	CHECK(place.offset + w->l.inode_size <= w->l.block_size);
	block = read_block(w, place.block);
	raw = malloc(w->l.inode_size);
	memcpy(raw, block + place.offset, w->l.inode_size);
	free(block);
	err = ext2_parse_inode(&w->l, raw, inode, &why);
	free(raw);
	return err;
}

static void walk_data(struct walk *w, const struct ext2_inode_data *inode)
{
	uint64_t blocks = ((uint64_t)inode->size + w->l.block_size - 1) >> w->l.block_bits;

	for (uint64_t i = 0; i < blocks && w->budget; i++, w->budget--) {
		int64_t number = map_block(w, inode, i);
		unsigned char *data;

		if (number < 0) {
			w->errors++;
		} else if (!number) {
			w->holes++;
		} else {
			data = read_block(w, number);
			for (uint32_t n = 0; n < w->l.block_size; n++)
				w->sum += data[n];
			free(data);
			w->data_blocks++;
		}
	}
}

static void walk_inode(struct walk *w, uint32_t ino, int depth);

static void walk_dir_block(struct walk *w, const char *block, int depth)
{
	uint32_t offset = 0;

	while (offset < w->l.block_size && w->budget) {
		struct ext2_dirent de;
		const char *why = "";
		char name[EXT2_NAME_LEN + 1];

		if (ext2_parse_dirent(&w->l, block, offset, &de, &why)) {
			w->errors++;
			CHECK(*why);
			return;
		}
		CHECK(de.rec_len >= 12 && offset + de.rec_len <= w->l.block_size);
		CHECK(de.file_type < EXT2_FT_MAX && ft_names[de.file_type]);
		memcpy(name, de.name, de.name_len); /* the sanitizer checks that it is inside */
		name[de.name_len] = '\0';
		offset += de.rec_len;
		w->budget--;
		if (de.ino && strcmp(name, ".") && strcmp(name, ".."))
			walk_inode(w, de.ino, depth + 1);
	}
}

static void walk_dir(struct walk *w, const struct ext2_inode_data *inode, int depth)
{
	uint64_t blocks = (uint64_t)inode->size >> w->l.block_bits;

	w->dirs++;
	for (uint64_t i = 0; i < blocks && w->budget; i++, w->budget--) {
		int64_t number = map_block(w, inode, i);
		char *block;

		if (number <= 0) {
			w->errors++;
			continue;
		}
		block = read_block(w, number);
		walk_dir_block(w, block, depth);
		free(block);
	}
}

static void walk_inode(struct walk *w, uint32_t ino, int depth)
{
	struct ext2_inode_data inode;
	uint32_t major, minor;

	if (depth > MAX_DEPTH || !w->budget)
		return;
	if (read_inode(w, ino, &inode)) {
		w->errors++;
		return;
	}
	CHECK(inode.size >= 0 && inode.size <= ext2_max_size(&w->l));
	switch (inode.mode & S_IFMT) {
	case S_IFDIR:
		walk_dir(w, &inode, depth);
		break;
	case S_IFREG:
		w->files++;
		walk_data(w, &inode);
		break;
	case S_IFLNK:
		w->links++;
		if (!ext2_inode_is_fast_symlink(&w->l, &inode))
			walk_data(w, &inode);
		else
			CHECK(inode.size < (int64_t)sizeof(inode.block));
		break;
	default:
		w->specials++;
		ext2_inode_rdev(&inode, &major, &minor);
		CHECK(major < 1 << 12 && minor < 1 << 20);
	}
}

/* 0, or the error that mounting gives. */
static int walk(struct image img, struct walk *w)
{
	struct ext2_super_block *es = malloc(sizeof(*es));
	const char *why = "";
	uint32_t detail;
	int err;

	*w = (struct walk){.img = img, .budget = WALK_BLOCKS};
	memcpy(es, img.bytes + EXT2_SUPER_OFFSET, sizeof(*es));
	err = ext2_parse_super(es, img.size, &w->l, &why, &detail);
	free(es);
	if (err) {
		CHECK(err == -EINVAL && *why);
		return err;
	}
	CHECK(ext2_overhead_blocks(&w->l) <= w->l.blocks_count);
	for (uint32_t group = 0; group < w->l.groups_count; group++) {
		struct ext2_place place = ext2_group_desc_place(&w->l, group);
		struct ext2_group_desc gd;

		if ((uint64_t)(place.block + 1) << w->l.block_bits > img.size)
			return -EIO;
		memcpy(&gd, img.bytes + ((size_t)place.block << w->l.block_bits) + place.offset,
		       sizeof(gd));
		err = ext2_check_group_desc(&w->l, group, &gd, &why);
		if (err)
			return err;
	}
	walk_inode(w, EXT2_ROOT_INO, 0);
	return 0;
}

/* ---- a small file system, made by hand ---- */

struct maker {
	struct image img;
	uint32_t bits, bsize, next_block, inode_table;
};

static void *block_at(struct maker *m, uint32_t block)
{
	return m->img.bytes + ((size_t)block << m->bits);
}

static uint32_t new_block(struct maker *m, int fill)
{
	uint32_t block = m->next_block++;

	CHECK(block < IMAGE_BLOCKS);
	memset(block_at(m, block), fill, m->bsize);
	return block;
}

static struct ext2_inode *inode_at(struct maker *m, uint32_t ino)
{
	return (struct ext2_inode *)((char *)block_at(m, m->inode_table) + (ino - 1) * INODE_SIZE);
}

static void make_super(struct maker *m)
{
	struct ext2_super_block *es = (void *)(m->img.bytes + EXT2_SUPER_OFFSET);
	struct ext2_group_desc *gd;

	*es = (struct ext2_super_block){
		.s_inodes_count = INODES,
		.s_blocks_count = IMAGE_BLOCKS,
		.s_first_data_block = m->bsize == 1024,
		.s_log_block_size = m->bits - 10,
		.s_log_frag_size = m->bits - 10,
		.s_blocks_per_group = m->bsize * 8,
		.s_frags_per_group = m->bsize * 8,
		.s_inodes_per_group = INODES,
		.s_magic = EXT2_SUPER_MAGIC,
		.s_rev_level = EXT2_DYNAMIC_REV,
		.s_first_ino = EXT2_GOOD_OLD_FIRST_INO,
		.s_inode_size = INODE_SIZE,
		.s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE,
		.s_feature_ro_compat = EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER,
	};
	m->next_block = es->s_first_data_block + 1;
	gd = block_at(m, new_block(m, 0));
	gd->bg_block_bitmap = new_block(m, 0);
	gd->bg_inode_bitmap = new_block(m, 0);
	gd->bg_inode_table = m->inode_table = m->next_block;
	for (uint32_t i = 0; i < INODES * INODE_SIZE; i += m->bsize)
		new_block(m, 0);
}

static struct ext2_inode *make_inode(struct maker *m, uint32_t ino, uint16_t mode, uint32_t size)
{
	struct ext2_inode *inode = inode_at(m, ino);

	inode->i_mode = mode;
	inode->i_links_count = 1;
	inode->i_size = size;
	return inode;
}

/* Append an entry; the last one of a block is stretched to its end afterwards. */
static uint32_t add_entry(char *block, uint32_t at, uint32_t ino, const char *name, int type,
			  uint32_t rec_len)
{
	struct ext2_dir_entry_2 *de = (void *)(block + at);
	size_t len = strlen(name);

	de->inode = ino;
	de->name_len = len;
	de->file_type = type;
	de->rec_len = rec_len ? rec_len - at : EXT2_DIR_REC_LEN(len);
	memcpy(de->name, name, len);
	return at + de->rec_len;
}

static void make_big_file(struct maker *m, uint32_t ino)
{
	struct ext2_inode *inode = make_inode(m, ino, S_IFREG | 0644, 0);
	uint32_t per = m->bsize / 4, far = EXT2_NDIR_BLOCKS + per + 3;
	uint32_t *ind, *dind;

	inode->i_block[0] = new_block(m, 1);
	inode->i_block[EXT2_IND_BLOCK] = new_block(m, 0);
	ind = block_at(m, inode->i_block[EXT2_IND_BLOCK]);
	for (uint32_t i = 0; i < BIG_BLOCKS; i++)
		ind[i] = new_block(m, 1);
	inode->i_block[EXT2_DIND_BLOCK] = new_block(m, 0);
	dind = block_at(m, inode->i_block[EXT2_DIND_BLOCK]);
	dind[0] = new_block(m, 0);
	((uint32_t *)block_at(m, dind[0]))[3] = new_block(m, 1);
	inode->i_size = (far + 1) * m->bsize;
	inode->i_blocks = (BIG_BLOCKS + 5) * (m->bsize / 512);
}

static struct image make_image(uint32_t bits)
{
	struct maker m = {.bits = bits, .bsize = 1U << bits};
	struct ext2_inode *root, *sub, *link;
	uint32_t at = 0;
	char *dir;

	m.img.size = (size_t)IMAGE_BLOCKS << bits;
	m.img.bytes = calloc(1, m.img.size);
	make_super(&m);
	root = make_inode(&m, EXT2_ROOT_INO, S_IFDIR | 0755, m.bsize);
	root->i_block[0] = new_block(&m, 0);
	root->i_blocks = m.bsize / 512;
	dir = block_at(&m, root->i_block[0]);
	at = add_entry(dir, at, EXT2_ROOT_INO, ".", EXT2_FT_DIR, 0);
	at = add_entry(dir, at, EXT2_ROOT_INO, "..", EXT2_FT_DIR, 0);
	at = add_entry(dir, at, 12, "big", EXT2_FT_REG_FILE, 0);
	at = add_entry(dir, at, 13, "fast", EXT2_FT_SYMLINK, 0);
	at = add_entry(dir, at, 14, "slow", EXT2_FT_SYMLINK, 0);
	at = add_entry(dir, at, 15, "null", EXT2_FT_CHRDEV, 0);
	at = add_entry(dir, at, 16, "sub", EXT2_FT_DIR, 0);
	add_entry(dir, at, 17, "empty", EXT2_FT_REG_FILE, m.bsize);
	make_big_file(&m, 12);
	link = make_inode(&m, 13, S_IFLNK | 0777, 6);
	memcpy(link->i_block, "target", 6);
	link = make_inode(&m, 14, S_IFLNK | 0777, 100);
	link->i_block[0] = new_block(&m, 'x');
	link->i_blocks = m.bsize / 512;
	make_inode(&m, 15, S_IFCHR | 0666, 0)->i_block[0] = 1 << 8 | 3;
	sub = make_inode(&m, 16, S_IFDIR | 0755, 2 * m.bsize);
	sub->i_blocks = 2 * m.bsize / 512;
	for (int i = 0; i < 2; i++) {
		sub->i_block[i] = new_block(&m, 0);
		add_entry(block_at(&m, sub->i_block[i]), 0, i ? 17 : 0, "again", EXT2_FT_REG_FILE,
			  m.bsize);
	}
	make_inode(&m, 17, S_IFREG | 0600, 0);
	return m.img;
}

/* ---- the tests ---- */

static void test_whole(void)
{
	for (uint32_t bits = 10; bits <= 12; bits++) {
		struct image img = make_image(bits);
		struct walk w;

		CHECK(walk(img, &w) == 0);
		CHECK(w.errors == 0);
		CHECK(w.dirs == 2 && w.files == 3 && w.links == 2 && w.specials == 1);
		/* the file's direct, indirect and doubly indirect blocks, and the slow link's */
		CHECK(w.data_blocks == BIG_BLOCKS + 3);
		CHECK(w.sum == (BIG_BLOCKS + 2ULL) * (1 << bits) + 'x' * (1ULL << bits));
		CHECK(w.holes > 11);
		free(img.bytes);
	}
}

/* Change one to four numbers, most of them where the structures are. */
static void damage(struct image *img, size_t metadata)
{
	static const uint32_t evil[] = {0,	1,	0x7f,	    0x80,	0xff,
					0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
					0x100,	12,	599,	    600,	601};

	for (unsigned long n = 1 + rnd_below(4); n; n--) {
		size_t range = rnd_below(8) ? metadata : img->size;
		size_t at = EXT2_SUPER_OFFSET + rnd_below(range - EXT2_SUPER_OFFSET - 4);
		uint32_t value = evil[rnd_below(sizeof(evil) / sizeof(*evil))];

		switch (rnd_below(4)) {
		case 0:
			img->bytes[at] ^= 1 << rnd_below(8);
			break;
		case 1:
			img->bytes[at] = rnd();
			break;
		case 2:
			memcpy(img->bytes + (at & ~(size_t)3), &value, 4);
			break;
		case 3:
			memcpy(img->bytes + (at & ~(size_t)1), &value, 2);
			break;
		}
	}
}

/* => walks that got past the mount; *seen: those of them that met an error. */
static unsigned long damage_and_walk(struct image whole, size_t metadata, int times,
				     unsigned long *seen)
{
	struct image img = {malloc(whole.size), whole.size};
	unsigned long mounted = 0;
	struct walk w;

	*seen = 0;

	for (int i = 0; i < times; i++) {
		memcpy(img.bytes, whole.bytes, whole.size);
		damage(&img, metadata);
		if (!walk(img, &w))
			mounted++, *seen += w.errors != 0;
	}
	free(img.bytes);
	return mounted;
}

static void test_damaged(void)
{
	for (uint32_t bits = 10; bits <= 12; bits++) {
		struct image img = make_image(bits);
		unsigned long seen,
			mounted = damage_and_walk(img, (size_t)24 << bits, MUTATIONS, &seen);

		/* The damage is met at the mount, later, and not at all: the test tests. */
		CHECK(mounted > MUTATIONS / 4 && mounted < MUTATIONS);
		CHECK(seen > MUTATIONS / 20 && seen < mounted);
		free(img.bytes);
	}
}

/* Every byte of the superblock's known part takes on every value that could matter. */
static void test_superblock(void)
{
	struct image img = make_image(10);
	struct walk w;

	for (size_t at = 0; at < 264; at++) {
		unsigned char *byte = img.bytes + EXT2_SUPER_OFFSET + at, old = *byte;

		for (int bit = 0; bit < 8; bit++) {
			*byte = old ^ 1 << bit;
			walk(img, &w);
		}
		*byte = 0;
		walk(img, &w);
		*byte = 0xff;
		walk(img, &w);
		*byte = old;
	}
	CHECK(walk(img, &w) == 0 && !w.errors);
	free(img.bytes);
}

static void test_truncated(void)
{
	struct image img = make_image(11);
	struct walk w;

	img.size /= 2;
	CHECK(walk(img, &w) == -EINVAL);
	free(img.bytes);
}

static void test_features(void)
{
	struct image img = make_image(10);
	struct ext2_super_block *es = (void *)(img.bytes + EXT2_SUPER_OFFSET);
	struct walk w;

	es->s_feature_incompat |= 0x40; /* extents */
	CHECK(walk(img, &w) == -EINVAL);
	es->s_feature_incompat = 0; /* entries without a type */
	CHECK(walk(img, &w) == 0 && !w.errors);
	es->s_feature_compat = 0xffffffff; /* whatever it is, it may be read */
	es->s_feature_ro_compat |= 0x8000;
	CHECK(walk(img, &w) == 0 && !w.errors);
	es->s_rev_level = EXT2_GOOD_OLD_REV;
	CHECK(walk(img, &w) == 0 && !w.errors);
	es->s_magic = 0;
	CHECK(walk(img, &w) == -EINVAL);
	free(img.bytes);
}

static void test_block_to_path(void)
{
	for (uint32_t bits = 10; bits <= 12; bits++) {
		struct ext2_layout l = {.block_bits = bits, .block_size = 1U << bits};
		uint64_t per = l.block_size / 4, first = EXT2_NDIR_BLOCKS;
		uint32_t p[EXT2_MAX_DEPTH];

		CHECK(ext2_block_to_path(&l, 0, p) == 1 && p[0] == 0);
		CHECK(ext2_block_to_path(&l, 11, p) == 1 && p[0] == 11);
		CHECK(ext2_block_to_path(&l, first, p) == 2 && p[0] == EXT2_IND_BLOCK && p[1] == 0);
		first += per;
		CHECK(ext2_block_to_path(&l, first - 1, p) == 2 && p[1] == per - 1);
		CHECK(ext2_block_to_path(&l, first, p) == 3 && !p[1] && !p[2]);
		first += per * per;
		CHECK(ext2_block_to_path(&l, first - 1, p) == 3 && p[1] == per - 1 &&
		      p[2] == per - 1);
		CHECK(ext2_block_to_path(&l, first, p) == 4 && p[0] == EXT2_TIND_BLOCK && !p[3]);
		first += per * per * per;
		CHECK(ext2_block_to_path(&l, first - 1, p) == 4 && p[3] == per - 1);
		CHECK(ext2_block_to_path(&l, first, p) == 0);
		CHECK(ext2_block_to_path(&l, ~0ULL, p) == 0);
	}
}

/* The real thing, if it is installed: several groups, resize_inode, dir_index. */
static void test_mke2fs(void)
{
	static const char *const sizes[] = {"1024", "2048", "4096"};
	char dir[] = "/tmp/ext2testXXXXXX", command[512];

	if (!mkdtemp(dir))
		return;
	for (int i = 0; i < 3; i++) {
		struct image img = {.size = 20 << 20};
		unsigned long seen;
		struct walk w;
		FILE *f;

		snprintf(command, sizeof(command),
			 "PATH=$PATH:/sbin:/usr/sbin; mkdir -p %s/d/sub && cp /etc/services "
			 "%s/d/sub 2>&-;"
			 "for i in $(seq 200); do echo $i >%s/d/file-with-a-long-name-$i; done;"
			 "ln -sfn sub %s/d/link; command -v mke2fs >/dev/null &&"
			 "mke2fs -q -F -t ext2 -b %s -d %s/d %s/img 20M >/dev/null 2>&1",
			 dir, dir, dir, dir, sizes[i], dir, dir);
		if (system(command))
			break; /* not installed */
		snprintf(command, sizeof(command), "%s/img", dir);
		f = fopen(command, "r");
		img.bytes = malloc(img.size);
		CHECK(f && fread(img.bytes, 1, img.size, f) == img.size);
		fclose(f);
		unlink(command);
		CHECK(walk(img, &w) == 0);
		CHECK(!w.errors && w.dirs == 3 && w.files >= 200 && w.links == 1);
		damage_and_walk(img, 1 << 20, MUTATIONS / 30, &seen);
		free(img.bytes);
	}
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CHECK(system(command) == 0);
}

int main(void)
{
	run("ext2_whole", test_whole);
	run("ext2_block_to_path", test_block_to_path);
	run("ext2_features", test_features);
	run("ext2_truncated", test_truncated);
	run("ext2_superblock", test_superblock);
	run("ext2_damaged", test_damaged);
	run("ext2_mke2fs", test_mke2fs);
	return failures != 0;
}
