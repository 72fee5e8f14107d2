/*
 * ext2's format, read with suspicion; see parse.h. Nothing here trusts a number before it was
 * compared with what it must fit into: a file system can be damaged, or made by an enemy.
 */
#include "kernel/fs/ext2/parse.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define BITS_PER_BYTE		8
/* Blocks that every group has besides inodes: two bitmaps, and at least one of data. */
#define BITMAP_BLOCKS		2
#define GROUP_OVERHEAD_BLOCKS	(BITMAP_BLOCKS + 1)
/* A file may not have more sectors than i_blocks counts. */
#define MAX_SECTORS		0xffffffffULL
#define SECTOR_BITS		9
#define SIZE_LIMIT_WITHOUT_HIGH 0x7fffffffLL

#define EXTRA_ALIGN  4
#define EPOCH_BITS   2
#define EPOCH_MASK   ((1U << EPOCH_BITS) - 1)
#define NSEC_PER_SEC 1000000000U

static int refuse(const char **why, const char *text, int error)
{
	*why = text;
	return error;
}

static bool is_power_of_2(__u32 n)
{
	return n && !(n & (n - 1));
}

/* The numbers that stand for themselves; no comparison yet but what later divisions need. */
static int read_super(const struct ext2_super_block *es, struct ext2_layout *l, const char **why,
		      __u32 *detail)
{
	bool dynamic = es->s_rev_level != EXT2_GOOD_OLD_REV;

	if (es->s_magic != EXT2_SUPER_MAGIC)
		return refuse(why, "Can't find an ext2 filesystem", -EINVAL);
	*detail = es->s_log_block_size;
	if (es->s_log_block_size > EXT2_MAX_LOG_BLOCK_SIZE)
		return refuse(why, "bad blocksize (log)", -EINVAL);
	if (dynamic) {
		l->feature_compat = es->s_feature_compat;
		l->feature_incompat = es->s_feature_incompat;
		l->feature_ro_compat = es->s_feature_ro_compat;
	}
	*detail = l->feature_incompat & ~EXT2_FEATURE_INCOMPAT_SUPP;
	if (*detail)
		return refuse(why, "couldn't mount because of unsupported optional features",
			      -EINVAL);
	l->block_bits = EXT2_MIN_BLOCK_LOG_SIZE + es->s_log_block_size;
	l->block_size = 1U << l->block_bits;
	l->super_block = EXT2_SUPER_OFFSET >> l->block_bits;
	l->inode_size = dynamic ? es->s_inode_size : EXT2_GOOD_OLD_INODE_SIZE;
	l->first_ino = dynamic ? es->s_first_ino : EXT2_GOOD_OLD_FIRST_INO;
	*detail = l->inode_size;
	if (l->inode_size < EXT2_GOOD_OLD_INODE_SIZE || !is_power_of_2(l->inode_size) ||
	    l->inode_size > l->block_size)
		return refuse(why, "unsupported inode size", -EINVAL);
	l->inodes_per_block = l->block_size / l->inode_size;
	l->desc_per_block = l->block_size / sizeof(struct ext2_group_desc);
	l->blocks_count = es->s_blocks_count;
	l->first_data_block = es->s_first_data_block;
	l->blocks_per_group = es->s_blocks_per_group;
	l->inodes_count = es->s_inodes_count;
	l->inodes_per_group = es->s_inodes_per_group;
	l->first_meta_bg = es->s_first_meta_bg;
	l->free_blocks = es->s_free_blocks_count;
	l->free_inodes = es->s_free_inodes_count;
	l->reserved_blocks = es->s_r_blocks_count;
	if (l->feature_compat & EXT2_FEATURE_COMPAT_RESIZE_INODE)
		l->reserved_gdt = es->s_reserved_gdt_blocks;
	*detail = 0;
	return 0;
}

static int check_groups(struct ext2_layout *l, const char **why, __u32 *detail)
{
	*detail = l->inodes_per_group;
	if (l->inodes_per_group < l->inodes_per_block ||
	    l->inodes_per_group > l->block_size * BITS_PER_BYTE)
		return refuse(why, "invalid #inodes per group", -EINVAL);
	l->itb_per_group = (l->inodes_per_group + l->inodes_per_block - 1) / l->inodes_per_block;
	*detail = l->blocks_per_group;
	if (l->blocks_per_group > l->block_size * BITS_PER_BYTE)
		return refuse(why, "#blocks per group too big", -EINVAL);
	if (l->blocks_per_group <= l->itb_per_group + GROUP_OVERHEAD_BLOCKS)
		return refuse(why, "#blocks per group smaller than metadata size", -EINVAL);
	l->groups_count = (l->blocks_count - l->first_data_block - 1) / l->blocks_per_group + 1;
	*detail = l->inodes_count;
	if ((__u64)l->groups_count * l->inodes_per_group != l->inodes_count)
		return refuse(why, "invalid #inodes", -EINVAL);
	*detail = l->first_ino;
	if (l->first_ino < EXT2_GOOD_OLD_FIRST_INO || l->first_ino > l->inodes_count)
		return refuse(why, "invalid first ino", -EINVAL);
	*detail = 0;
	return 0;
}

int ext2_parse_super(const struct ext2_super_block *es, __u64 device_bytes, struct ext2_layout *l,
		     const char **why, __u32 *detail)
{
	int err;

	*l = (struct ext2_layout){0};
	*detail = 0;
	err = read_super(es, l, why, detail);
	if (err)
		return err;
	*detail = es->s_log_frag_size;
	if (es->s_log_frag_size != es->s_log_block_size)
		return refuse(why, "fragsize log != blocksize log (not supported yet)", -EINVAL);
	*detail = l->reserved_gdt;
	if (l->reserved_gdt > l->block_size / sizeof(__le32))
		return refuse(why, "Number of reserved GDT blocks insanely large", -EINVAL);
	*detail = l->first_data_block;
	if (l->first_data_block != l->super_block || l->blocks_count <= l->first_data_block)
		return refuse(why, "bad first data block", -EINVAL);
	*detail = l->blocks_count;
	if ((__u64)l->blocks_count << l->block_bits > device_bytes)
		return refuse(why, "bad geometry: block count exceeds size of device", -EINVAL);
	return check_groups(l, why, detail);
}

static bool is_power_of(__u32 n, __u32 base)
{
	while (n > base && n % base == 0)
		n /= base;
	return n == base;
}

/* Does the group begin with a copy of the superblock? */
static bool group_has_super(const struct ext2_layout *l, __u32 group)
{
	if (!(l->feature_ro_compat & EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER) || group <= 1)
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

__u32 ext2_group_first_block(const struct ext2_layout *l, __u32 group)
{
	return l->first_data_block + group * l->blocks_per_group;
}

__u32 ext2_group_last_block(const struct ext2_layout *l, __u32 group)
{
	if (group == l->groups_count - 1)
		return l->blocks_count - 1;
	return ext2_group_first_block(l, group) + l->blocks_per_group - 1;
}

struct ext2_place ext2_group_desc_place(const struct ext2_layout *l, __u32 group)
{
	__u32 nr = group / l->desc_per_block;
	struct ext2_place p = {
		.offset = group % l->desc_per_block * sizeof(struct ext2_group_desc),
	};

	if (!(l->feature_incompat & EXT2_FEATURE_INCOMPAT_META_BG) || nr < l->first_meta_bg) {
		p.block = l->super_block + 1 + nr;
	} else {
		__u32 bg = nr * l->desc_per_block;

		p.block = ext2_group_first_block(l, bg) + group_has_super(l, bg);
	}
	return p;
}

int ext2_check_group_desc(const struct ext2_layout *l, __u32 group,
			  const struct ext2_group_desc *gd, const char **why)
{
	__u32 first = ext2_group_first_block(l, group), last = ext2_group_last_block(l, group);

	if (gd->bg_block_bitmap < first || gd->bg_block_bitmap > last)
		return refuse(why, "block bitmap outside its group", -EINVAL);
	if (gd->bg_inode_bitmap < first || gd->bg_inode_bitmap > last)
		return refuse(why, "inode bitmap outside its group", -EINVAL);
	if (gd->bg_inode_table < first || gd->bg_inode_table > last ||
	    last - gd->bg_inode_table < l->itb_per_group - 1)
		return refuse(why, "inode table outside its group", -EINVAL);
	return 0;
}

/* Blocks of descriptors in a group (with meta_bg only three groups of each set have one). */
static __u32 group_desc_blocks(const struct ext2_layout *l, __u32 group)
{
	__u32 all = (l->groups_count + l->desc_per_block - 1) / l->desc_per_block;
	__u32 place = group % l->desc_per_block;

	if (l->feature_incompat & EXT2_FEATURE_INCOMPAT_META_BG) {
		if (group / l->desc_per_block >= l->first_meta_bg)
			return place <= 1 || place == l->desc_per_block - 1;
		all = l->first_meta_bg < all ? l->first_meta_bg : all;
	}
	return group_has_super(l, group) ? all : 0;
}

/* What a group begins with: the superblock, descriptors, and what is kept for more of them. */
static __u32 group_base_blocks(const struct ext2_layout *l, __u32 group)
{
	__u32 n = group_desc_blocks(l, group);

	return group_has_super(l, group) ? n + 1 + l->reserved_gdt : n;
}

__u32 ext2_overhead_blocks(const struct ext2_layout *l)
{
	__u64 n = l->first_data_block;

	for (__u32 group = 0; group < l->groups_count; group++)
		n += group_base_blocks(l, group) + BITMAP_BLOCKS + l->itb_per_group;
	return n < l->blocks_count ? n : l->blocks_count;
}

__u32 ext2_block_group(const struct ext2_layout *l, __u32 block)
{
	return (block - l->first_data_block) / l->blocks_per_group;
}

static bool overlap(__u32 a, __u32 a_count, __u32 b, __u32 b_count)
{
	return a < (__u64)b + b_count && b < (__u64)a + a_count;
}

void ext2_set_places_end(const struct ext2_layout *l, struct ext2_places *at, __u32 group)
{
	__u32 end = ext2_group_first_block(l, group) + group_base_blocks(l, group);

	if (end <= at->block_bitmap)
		end = at->block_bitmap + 1;
	if (end <= at->inode_bitmap)
		end = at->inode_bitmap + 1;
	if (end < at->inode_table + l->itb_per_group)
		end = at->inode_table + l->itb_per_group;
	at->end = end;
}

bool ext2_is_metadata(const struct ext2_layout *l, const struct ext2_places *at, __u32 block,
		      __u32 count)
{
	__u32 group;

	if (at->end && block >= at->end) /* most are: checked for each access to a file */
		return false;
	group = ext2_block_group(l, block);
	return overlap(block, count, ext2_group_first_block(l, group),
		       group_base_blocks(l, group)) ||
	       overlap(block, count, at->block_bitmap, 1) ||
	       overlap(block, count, at->inode_bitmap, 1) ||
	       overlap(block, count, at->inode_table, l->itb_per_group);
}

bool ext2_valid_ino(const struct ext2_layout *l, __u64 ino)
{
	return (ino == EXT2_ROOT_INO || ino >= l->first_ino) && ino <= l->inodes_count;
}

struct ext2_place ext2_inode_place(const struct ext2_layout *l, __u32 ino,
				   const struct ext2_group_desc *gd)
{
	__u32 index = (ino - 1) % l->inodes_per_group;

	return (struct ext2_place){
		.block = gd->bg_inode_table + index / l->inodes_per_block,
		.offset = index % l->inodes_per_block * l->inode_size,
	};
}

/* Linux compares with this size of the whole, so a map of three full levels is the bound. */
__s64 ext2_max_size(const struct ext2_layout *l)
{
	__u64 per = l->block_size / sizeof(__le32);
	__u64 data = EXT2_NDIR_BLOCKS + per + per * per + per * per * per;
	__u64 limit = MAX_SECTORS >> (l->block_bits - SECTOR_BITS);

	if (data > limit)
		data = limit;
	return (__s64)(data << l->block_bits);
}

static bool known_mode(__u16 mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return true;
	}
	return false;
}

/* The seconds are signed; two more bits, where they are, count upwards from there. */
static struct ext2_time decode_time(__u32 seconds, __u32 extra)
{
	return (struct ext2_time){
		.sec = (__s32)seconds + ((__s64)(extra & EPOCH_MASK) << 32),
		.nsec = extra >> EPOCH_BITS < NSEC_PER_SEC ? extra >> EPOCH_BITS : 0,
	};
}

/* The part of an inode behind its first 128 bytes. 0 or -EUCLEAN. */
static int parse_extra(const struct ext2_layout *l, const void *inode, struct ext2_inode_data *info,
		       const char **why)
{
	const struct ext2_inode *raw = inode;
	const struct ext2_inode_extra *extra = (const void *)(raw + 1);
	__u32 room = l->inode_size - sizeof(*raw);

	info->atime = decode_time(raw->i_atime, 0);
	info->mtime = decode_time(raw->i_mtime, 0);
	info->ctime = decode_time(raw->i_ctime, 0);
	if (room < sizeof(*extra))
		return 0;
	info->extra_isize = extra->i_extra_isize;
	if (info->extra_isize > room || info->extra_isize % EXTRA_ALIGN)
		return refuse(why, "bad extra_isize", -EUCLEAN);
	if (!info->extra_isize) /* unused until now */
		info->extra_isize = sizeof(*extra);
	if (EXT2_HAS_EXTRA(info->extra_isize, i_ctime_extra))
		info->ctime = decode_time(raw->i_ctime, extra->i_ctime_extra);
	if (EXT2_HAS_EXTRA(info->extra_isize, i_mtime_extra))
		info->mtime = decode_time(raw->i_mtime, extra->i_mtime_extra);
	if (EXT2_HAS_EXTRA(info->extra_isize, i_atime_extra))
		info->atime = decode_time(raw->i_atime, extra->i_atime_extra);
	info->has_crtime = EXT2_HAS_EXTRA(info->extra_isize, i_crtime_extra);
	if (info->has_crtime)
		info->crtime = decode_time(extra->i_crtime, extra->i_crtime_extra);
	return 0;
}

static int check_inode(const struct ext2_layout *l, const struct ext2_inode_data *info,
		       const char **why)
{
	if (info->size < 0 || info->size > ext2_max_size(l))
		return refuse(why, "bad size", -EUCLEAN);
	if (!S_ISREG(info->mode) && info->size > SIZE_LIMIT_WITHOUT_HIGH)
		return refuse(why, "bad size", -EUCLEAN);
	if (S_ISDIR(info->mode) && info->size & (l->block_size - 1))
		return refuse(why, "size of directory is not a multiple of chunk size", -EUCLEAN);
	if (S_ISLNK(info->mode) && (!info->size || info->size > l->block_size))
		return refuse(why, "bad length of symbolic link", -EUCLEAN);
	if (info->file_acl && !ext2_data_block_valid(l, info->file_acl))
		return refuse(why, "bad extended attribute block", -EUCLEAN);
	return 0;
}

int ext2_parse_inode(const struct ext2_layout *l, const void *inode, struct ext2_inode_data *info,
		     const char **why)
{
	const struct ext2_inode *raw = inode;
	int err;

	*info = (struct ext2_inode_data){
		.mode = raw->i_mode,
		.links = raw->i_links_count,
		.uid = raw->i_uid | (__u32)raw->i_uid_high << 16,
		.gid = raw->i_gid | (__u32)raw->i_gid_high << 16,
		.size = raw->i_size,
		.dtime = raw->i_dtime,
		.sectors = raw->i_blocks,
		.flags = raw->i_flags,
		.generation = raw->i_generation,
		.file_acl = raw->i_file_acl,
	};
	for (int i = 0; i < EXT2_N_BLOCKS; i++)
		info->block[i] = raw->i_block[i];
	if (!info->links && (!info->mode || info->dtime))
		return -ESTALE;
	if (!known_mode(info->mode))
		return refuse(why, "bad file type", -EUCLEAN);
	if (S_ISREG(info->mode))
		info->size = (__s64)((__u64)raw->i_size_high << 32 | raw->i_size);
	err = parse_extra(l, inode, info, why);
	return err ? err : check_inode(l, info, why);
}

bool ext2_inode_is_fast_symlink(const struct ext2_layout *l, const struct ext2_inode_data *info)
{
	__u32 ea_sectors = info->file_acl ? l->block_size >> SECTOR_BITS : 0;

	return S_ISLNK(info->mode) && info->sectors <= ea_sectors &&
	       info->size < (__s64)sizeof(info->block);
}

/* block[0] holds 8 bits of each, else block[1] the wide form (Linux: new_decode_dev). */
void ext2_inode_rdev(const struct ext2_inode_data *info, __u32 *major, __u32 *minor)
{
	__u32 dev = info->block[0];

	if (dev) {
		*major = dev >> 8 & 0xff;
		*minor = dev & 0xff;
		return;
	}
	dev = info->block[1];
	*major = (dev & 0xfff00) >> 8;
	*minor = (dev & 0xff) | (dev >> 12 & 0xfff00);
}

bool ext2_data_block_valid(const struct ext2_layout *l, __u32 block)
{
	return block > l->first_data_block && block < l->blocks_count && block != l->super_block;
}

int ext2_block_to_path(const struct ext2_layout *l, __u64 iblock, __u32 path[EXT2_MAX_DEPTH])
{
	__u32 bits = l->block_bits - 2; /* a block holds 1 << bits numbers */
	__u32 mask = (1U << bits) - 1;
	__u64 n = iblock;

	if (n < EXT2_NDIR_BLOCKS) {
		path[0] = n;
		return 1;
	}
	n -= EXT2_NDIR_BLOCKS;
	if (n <= mask) {
		path[0] = EXT2_IND_BLOCK;
		path[1] = n;
		return 2;
	}
	n -= mask + 1;
	if (n >> (2 * bits) == 0) {
		path[0] = EXT2_DIND_BLOCK;
		path[1] = n >> bits;
		path[2] = n & mask;
		return 3;
	}
	n -= 1ULL << (2 * bits);
	if (n >> (3 * bits) == 0) {
		path[0] = EXT2_TIND_BLOCK;
		path[1] = n >> (2 * bits);
		path[2] = n >> bits & mask;
		path[3] = n & mask;
		return 4;
	}
	return 0;
}

int ext2_parse_dirent(const struct ext2_layout *l, const void *block, __u32 offset,
		      struct ext2_dirent *de, const char **why)
{
	const struct ext2_dir_entry_2 *raw;
	__u32 left = l->block_size - offset;

	if (offset % EXT2_DIR_PAD || offset >= l->block_size || left < EXT2_DIR_REC_LEN(1))
		return refuse(why, "directory entry across blocks", -EIO);
	raw = (const void *)((const char *)block + offset);
	de->ino = raw->inode;
	de->rec_len = raw->rec_len;
	de->name_len = raw->name_len;
	de->file_type = EXT2_FT_UNKNOWN;
	if (l->feature_incompat & EXT2_FEATURE_INCOMPAT_FILETYPE && raw->file_type < EXT2_FT_MAX)
		de->file_type = raw->file_type;
	de->name = raw->name;
	if (de->rec_len < EXT2_DIR_REC_LEN(1))
		return refuse(why, "rec_len is smaller than minimal", -EIO);
	if (de->rec_len % EXT2_DIR_PAD)
		return refuse(why, "unaligned directory entry", -EIO);
	if (de->rec_len < EXT2_DIR_REC_LEN(de->name_len))
		return refuse(why, "rec_len is too small for name_len", -EIO);
	if (de->rec_len > left)
		return refuse(why, "directory entry across blocks", -EIO);
	if (de->ino > l->inodes_count)
		return refuse(why, "inode out of bounds", -EIO);
	return 0;
}
