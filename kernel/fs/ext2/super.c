/*
 * Mounting an ext2 file system: read the superblock, believe it only after parse.c has, look at
 * every group, and find the root directory. Always read-only: a request for more is answered with a
 * message and with a mount that refuses writes (EROFS).
 */
#include "kernel/core/printk.h"
#include "kernel/fs/ext2/ext2.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/stat.h>

#define ERROR_TEXT_SIZE 200

static struct kmem_cache *ext2_inode_cachep;
static LIST_HEAD(ext2_supers);

static void ext2_msg(struct block_device *bdev, const char *level, const char *text)
{
	printk("%sEXT2-fs (%s): %s\n", level, bdev->name, text);
}

void ext2_error(struct super_block *sb, const char *function, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	printk(KERN_CRIT "EXT2-fs (%s): error: %s: %s\n", sb->s_bdev->name, function, text);
}

static struct inode *ext2_alloc_inode(struct super_block *sb)
{
	struct ext2_inode_info *ei = kmem_cache_zalloc(ext2_inode_cachep, GFP_KERNEL);

	return ei ? &ei->vfs_inode : NULL;
}

static void ext2_destroy_inode(struct inode *inode)
{
	kmem_cache_free(ext2_inode_cachep, EXT2_I(inode));
}

static void ext2_put_super(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	if (!sbi)
		return;
	sb->s_fs_info = NULL;
	list_del(&sbi->list);
	kfree(sbi);
}

static int ext2_statfs(struct super_block *sb, struct kstatfs *buf)
{
	const struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_layout *l = &sbi->layout;

	buf->f_type = EXT2_SUPER_MAGIC;
	buf->f_bsize = sb->s_blocksize;
	buf->f_frsize = sb->s_blocksize;
	buf->f_blocks = l->blocks_count - sbi->overhead;
	buf->f_bfree = sbi->free_blocks;
	buf->f_bavail =
		sbi->free_blocks > l->reserved_blocks ? sbi->free_blocks - l->reserved_blocks : 0;
	buf->f_files = l->inodes_count;
	buf->f_ffree = l->free_inodes;
	buf->f_namelen = EXT2_NAME_LEN;
	buf->f_fsid = sbi->fsid;
	return 0;
}

static const struct super_operations ext2_sops = {
	.alloc_inode = ext2_alloc_inode,
	.destroy_inode = ext2_destroy_inode,
	.put_super = ext2_put_super,
	.statfs = ext2_statfs,
};

/* Read the superblock, which stands at the same byte whatever the block size. */
static int read_super(struct block_device *bdev, struct ext2_super_block *es)
{
	unsigned int offset;
	struct page *page = bread_page(bdev, EXT2_SUPER_OFFSET / EXT2_MIN_BLOCK_SIZE,
				       EXT2_MIN_BLOCK_SIZE, &offset);

	if (IS_ERR(page)) {
		ext2_msg(bdev, KERN_ERR, "error: unable to read superblock");
		return PTR_ERR(page) == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	memcpy_from_page(es, page, offset, sizeof(*es));
	put_page(page);
	return 0;
}

static int parse_super(struct block_device *bdev, struct ext2_sb_info *sbi)
{
	struct ext2_super_block *es = kmalloc(sizeof(*es), GFP_KERNEL);
	char text[ERROR_TEXT_SIZE];
	const char *why;
	u32 detail;
	int err;

	if (!es)
		return -ENOMEM;
	err = read_super(bdev, es);
	if (err)
		goto out;
	err = ext2_parse_super(es, bdev->nr_sectors * SECTOR_SIZE, &sbi->layout, &why, &detail);
	if (err) {
		snprintf(text, sizeof(text), "error: %s (%#x)", why, detail);
		ext2_msg(bdev, KERN_ERR, text);
	}
	/* As Linux makes it: the two halves of the UUID over each other. */
	for (unsigned int i = 0; i < sizeof(es->s_uuid); i++)
		((u8 *)&sbi->fsid)[i % sizeof(sbi->fsid)] ^= es->s_uuid[i];
out:
	kfree(es);
	return err;
}

/* Look at the descriptors that stand in one block, from `group` on. The number seen, or -errno. */
static int check_descriptor_block(struct block_device *bdev, struct ext2_sb_info *sbi, u32 group)
{
	const struct ext2_layout *l = &sbi->layout;
	u32 n = min(l->desc_per_block, l->groups_count - group);
	struct ext2_place place = ext2_group_desc_place(l, group);
	unsigned int offset;
	struct page *page = bread_page(bdev, place.block, l->block_size, &offset);
	const struct ext2_group_desc *gd;
	char text[ERROR_TEXT_SIZE];
	const char *why;
	char *kaddr;
	int err = 0;

	if (IS_ERR(page)) {
		ext2_msg(bdev, KERN_ERR, "error: unable to read group descriptors");
		return PTR_ERR(page) == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	kaddr = kmap_local_page(page);
	gd = (const struct ext2_group_desc *)(kaddr + offset);
	for (u32 i = 0; i < n && !err; i++) {
		err = ext2_check_group_desc(l, group + i, &gd[i], &why);
		sbi->free_blocks += gd[i].bg_free_blocks_count;
		if (err) {
			snprintf(text, sizeof(text),
				 "error: group descriptors corrupted: group %u: %s", group + i,
				 why);
			ext2_msg(bdev, KERN_ERR, text);
		}
	}
	kunmap_local(kaddr);
	put_page(page);
	return err ? err : (int)n;
}

static int check_descriptors(struct block_device *bdev, struct ext2_sb_info *sbi)
{
	const struct ext2_layout *l = &sbi->layout;
	u32 group = 0;

	while (group < l->groups_count) {
		int n = check_descriptor_block(bdev, sbi, group);

		if (n < 0)
			return n;
		group += n;
	}
	sbi->overhead = ext2_overhead_blocks(l);
	return 0;
}

/* s_root, or an error with its message. */
static int get_root(struct super_block *sb)
{
	struct inode *root = ext2_iget(sb, EXT2_ROOT_INO);

	if (IS_ERR(root))
		return PTR_ERR(root);
	if (!S_ISDIR(root->i_mode) || !root->i_blocks || !root->i_size) {
		iput(root);
		ext2_msg(sb->s_bdev, KERN_ERR, "error: corrupt root inode, run e2fsck");
		return -EINVAL;
	}
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static struct super_block *mounted_super(struct block_device *bdev)
{
	struct ext2_sb_info *sbi;

	list_for_each_entry (sbi, &ext2_supers, list) {
		if (sbi->sb->s_bdev == bdev) {
			sbi->sb->s_active++;
			return sbi->sb;
		}
	}
	return NULL;
}

/* Fill the super block and hand sbi over to it. */
static int fill_super(struct super_block *sb, struct block_device *bdev, struct ext2_sb_info *sbi)
{
	sb->s_bdev = bdev;
	sb->s_dev = bdev->dev;
	sb->s_blocksize = sbi->layout.block_size;
	sb->s_magic = EXT2_SUPER_MAGIC;
	sb->s_maxbytes = min(ext2_max_size(&sbi->layout), MAX_LFS_FILESIZE);
	sb->s_op = &ext2_sops;
	sb->s_fs_info = sbi;
	sbi->sb = sb;
	list_add(&sbi->list, &ext2_supers);
	return get_root(sb);
}

static struct super_block *ext2_mount(struct file_system_type *type, unsigned long flags,
				      struct block_device *bdev, const char *data)
{
	struct super_block *sb = mounted_super(bdev);
	struct ext2_sb_info *sbi;
	int err;

	if (sb)
		return sb;
	sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	if (!sbi)
		return ERR_PTR(-ENOMEM);
	err = parse_super(bdev, sbi);
	if (!err)
		err = check_descriptors(bdev, sbi);
	if (err)
		goto free_sbi;
	if (!(flags & MS_RDONLY))
		ext2_msg(bdev, KERN_NOTICE, "mounted read-only: writing is not supported");
	sb = alloc_super(type, flags | MS_RDONLY);
	if (IS_ERR_OR_NULL(sb)) {
		err = sb ? PTR_ERR(sb) : -ENOMEM;
		goto free_sbi;
	}
	err = fill_super(sb, bdev, sbi);
	if (err) {
		deactivate_super(sb); /* frees sbi by put_super */
		return ERR_PTR(err);
	}
	return sb;
free_sbi:
	kfree(sbi);
	return ERR_PTR(err);
}

static struct file_system_type ext2_fs_type = {
	.name = "ext2",
	.requires_dev = true,
	.mount = ext2_mount,
};

void ext2_init(void)
{
	ext2_inode_cachep = kmem_cache_create("ext2_inode_cache", sizeof(struct ext2_inode_info), 0,
					      SLAB_PANIC, NULL);
	register_filesystem(&ext2_fs_type);
}
