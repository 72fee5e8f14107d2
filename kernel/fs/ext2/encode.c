/*
 * ext2's inodes and directory blocks, written; see encode.h.
 */
#include "kernel/fs/ext2/encode.h"
#include "libc/include/string.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define EPOCH_BITS	2
#define EPOCH_MASK	((1U << EPOCH_BITS) - 1)
#define OLD_DEV_NUMBERS 256 /* majors and minors that the narrow encoding has */

/* ---- inodes ---- */

__s64 ext2_max_time(const struct ext2_layout *l)
{
	__s64 max = 0x7fffffff;

	if (l->inode_size >= EXT2_MAX_INODE_KNOWN)
		max += (__s64)EPOCH_MASK << 32;
	return max;
}

/* The part of a time that stands beyond the first 32 bits of seconds. */
static __u32 time_extra(struct ext2_time t)
{
	__u32 epoch = (__u64)(t.sec - (__s32)t.sec) >> 32 & EPOCH_MASK;

	return epoch | t.nsec << EPOCH_BITS;
}

/* Without the extra bits, what they would say has to be left out. */
static __u32 old_seconds(struct ext2_time t, bool has_extra)
{
	const __s64 first = EXT2_MIN_TIME, last = 0x7fffffff;

	if (has_extra)
		return t.sec;
	return t.sec < first ? first : t.sec > last ? last : t.sec;
}

static void encode_times(const struct ext2_inode_data *info, struct ext2_inode *raw,
			 struct ext2_inode_extra *extra)
{
	__u32 isize = info->extra_isize;
	bool has_c = EXT2_HAS_EXTRA(isize, i_ctime_extra);
	bool has_m = EXT2_HAS_EXTRA(isize, i_mtime_extra);
	bool has_a = EXT2_HAS_EXTRA(isize, i_atime_extra);

	raw->i_ctime = old_seconds(info->ctime, has_c);
	raw->i_mtime = old_seconds(info->mtime, has_m);
	raw->i_atime = old_seconds(info->atime, has_a);
	if (has_c)
		extra->i_ctime_extra = time_extra(info->ctime);
	if (has_m)
		extra->i_mtime_extra = time_extra(info->mtime);
	if (has_a)
		extra->i_atime_extra = time_extra(info->atime);
	if (info->has_crtime) {
		extra->i_crtime = info->crtime.sec;
		extra->i_crtime_extra = time_extra(info->crtime);
	}
}

void ext2_encode_inode(const struct ext2_layout *l, const struct ext2_inode_data *info, void *inode)
{
	struct ext2_inode *raw = inode;
	struct ext2_inode_extra *extra = (void *)(raw + 1);

	raw->i_mode = info->mode;
	raw->i_links_count = info->links;
	raw->i_uid = info->uid;
	raw->i_uid_high = info->uid >> 16;
	raw->i_gid = info->gid;
	raw->i_gid_high = info->gid >> 16;
	raw->i_size = info->size;
	if (S_ISREG(info->mode))
		raw->i_size_high = (__u64)info->size >> 32;
	raw->i_dtime = info->dtime;
	raw->i_blocks = info->sectors;
	raw->i_flags = info->flags;
	raw->i_generation = info->generation;
	raw->i_file_acl = info->file_acl;
	for (int i = 0; i < EXT2_N_BLOCKS; i++)
		raw->i_block[i] = info->block[i];
	if (l->inode_size >= EXT2_MAX_INODE_KNOWN)
		extra->i_extra_isize = info->extra_isize;
	encode_times(info, raw, extra);
}

void ext2_encode_rdev(struct ext2_inode_data *info, __u32 major, __u32 minor)
{
	bool old = major < OLD_DEV_NUMBERS && minor < OLD_DEV_NUMBERS;

	memset(info->block, 0, sizeof(info->block));
	if (old)
		info->block[0] = major << 8 | minor;
	else
		info->block[1] = (minor & 0xff) | major << 8 | (minor & ~0xffU) << 12;
}

/* ---- blocks of directories ---- */

static struct ext2_dir_entry_2 *entry_at(void *block, __u32 offset)
{
	return (void *)((char *)block + offset);
}

static void put_entry(const struct ext2_layout *l, struct ext2_dir_entry_2 *de, const char *name,
		      __u32 len, __u32 ino, __u32 file_type)
{
	bool typed = l->feature_incompat & EXT2_FEATURE_INCOMPAT_FILETYPE;

	de->inode = ino;
	de->name_len = len;
	de->file_type = typed ? file_type : 0;
	memcpy(de->name, name, len);
}

void ext2_dirblock_init(const struct ext2_layout *l, void *block)
{
	memset(block, 0, l->block_size);
	entry_at(block, 0)->rec_len = l->block_size;
}

void ext2_dirblock_dots(const struct ext2_layout *l, void *block, __u32 self, __u32 parent)
{
	struct ext2_dir_entry_2 *de = entry_at(block, 0);
	__u32 first = EXT2_DIR_REC_LEN(1);

	memset(block, 0, l->block_size);
	put_entry(l, de, ".", 1, self, EXT2_FT_DIR);
	de->rec_len = first;
	de = entry_at(block, first);
	put_entry(l, de, "..", 2, parent, EXT2_FT_DIR);
	de->rec_len = l->block_size - first;
}

__s64 ext2_dirblock_find(const struct ext2_layout *l, const void *block, const char *name,
			 __u32 len, __u32 *offset, const char **why)
{
	struct ext2_dirent de;

	for (__u32 at = 0; at < l->block_size; at += de.rec_len) {
		int err = ext2_parse_dirent(l, block, at, &de, why);

		if (err)
			return err;
		*offset = at;
		if (de.ino && de.name_len == len && !memcmp(de.name, name, len))
			return de.ino;
	}
	return 0;
}

/* The entry at `offset` gives what it does not need to a new one behind it. */
static void split_entry(const struct ext2_layout *l, void *block, __u32 offset, const char *name,
			__u32 len, __u32 ino, __u32 file_type)
{
	struct ext2_dir_entry_2 *de = entry_at(block, offset);

	if (de->inode) {
		__u32 own = EXT2_DIR_REC_LEN(de->name_len), rest = de->rec_len - own;

		de->rec_len = own;
		de = entry_at(block, offset + own);
		de->rec_len = rest;
	}
	put_entry(l, de, name, len, ino, file_type);
}

int ext2_dirblock_insert(const struct ext2_layout *l, void *block, const char *name, __u32 len,
			 __u32 ino, __u32 file_type, const char **why)
{
	__u32 need = EXT2_DIR_REC_LEN(len), room = l->block_size;
	struct ext2_dirent de;

	/* All entries are looked at: a damaged block is not written to. */
	for (__u32 at = 0; at < l->block_size; at += de.rec_len) {
		int err = ext2_parse_dirent(l, block, at, &de, why);
		__u32 own;

		if (err)
			return err;
		own = de.ino ? EXT2_DIR_REC_LEN(de.name_len) : 0;
		if (room == l->block_size && de.rec_len - own >= need)
			room = at;
	}
	if (room == l->block_size)
		return -ENOSPC;
	split_entry(l, block, room, name, len, ino, file_type);
	return 0;
}

/* The entry before the one at `offset`: 0 with *before (NULL: it is the first), or -EIO. */
static int entry_before(const struct ext2_layout *l, void *block, __u32 offset,
			struct ext2_dir_entry_2 **before, const char **why)
{
	struct ext2_dirent de;

	*before = NULL;
	for (__u32 at = 0; at < offset; at += de.rec_len) {
		int err = ext2_parse_dirent(l, block, at, &de, why);

		if (err)
			return err;
		*before = entry_at(block, at);
		if (at + de.rec_len > offset) {
			*why = "entry inside another one";
			return -EIO;
		}
	}
	return 0;
}

int ext2_dirblock_delete(const struct ext2_layout *l, void *block, __u32 offset, const char **why)
{
	struct ext2_dir_entry_2 *before, *de = entry_at(block, offset);
	int err = entry_before(l, block, offset, &before, why);

	if (err)
		return err;
	if (before)
		before->rec_len += de->rec_len;
	de->inode = 0;
	return 0;
}

int ext2_dirblock_rename(const struct ext2_layout *l, void *block, __u32 offset, const char *name,
			 __u32 len, __u32 file_type, const char **why)
{
	struct ext2_dir_entry_2 *before, *de = entry_at(block, offset);
	__u32 ino = de->inode;
	int err = entry_before(l, block, offset, &before, why);

	if (err)
		return err;
	/* The old entry's room may be what the new one needs. */
	if (before)
		before->rec_len += de->rec_len;
	de->inode = 0;
	err = ext2_dirblock_insert(l, block, name, len, ino, file_type, why);
	if (err) {
		if (before)
			before->rec_len -= de->rec_len;
		de->inode = ino;
	}
	return err;
}

void ext2_dirblock_set(const struct ext2_layout *l, void *block, __u32 offset, __u32 ino,
		       __u32 file_type)
{
	struct ext2_dir_entry_2 *de = entry_at(block, offset);

	de->inode = ino;
	de->file_type = l->feature_incompat & EXT2_FEATURE_INCOMPAT_FILETYPE ? file_type : 0;
}

static bool is_dots(const struct ext2_dirent *de)
{
	return de->name_len <= 2 && !memcmp(de->name, "..", de->name_len);
}

int ext2_dirblock_has_names(const struct ext2_layout *l, const void *block, const char **why)
{
	struct ext2_dirent de;

	for (__u32 at = 0; at < l->block_size; at += de.rec_len) {
		int err = ext2_parse_dirent(l, block, at, &de, why);

		if (err)
			return err;
		if (de.ino && !is_dots(&de))
			return 1;
	}
	return 0;
}
