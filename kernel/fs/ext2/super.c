/*
 * Mounting an ext2 file system: read the superblock, believe it only after parse.c has, look at
 * every group, and find the root directory. A mount for writing says so in the superblock, and
 * takes it back when it ends.
 */
#include "kernel/core/printk.h"
#include "kernel/core/random.h"
#include "kernel/fs/ext2/ext2.h"
#include "kernel/fs/mount.h"
#include "kernel/sched/sched.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/stat.h>

static struct kmem_cache *ext2_inode_cachep;
static LIST_HEAD(ext2_supers);

static struct inode *ext2_alloc_inode(struct super_block *sb)
{
	struct ext2_inode_info *ei = kmem_cache_zalloc(ext2_inode_cachep, GFP_KERNEL);

	if (!ei)
		return NULL;
	mutex_init(&ei->truncate_mutex);
	mutex_init(&ei->name_mutex);
	init_rwsem(&ei->xattr_sem);
	INIT_LIST_HEAD(&ei->removal_list);
	INIT_LIST_HEAD(&ei->newborn);
	INIT_LIST_HEAD(&ei->newborn_of);
	return &ei->vfs_inode;
}

static void ext2_destroy_inode(struct inode *inode)
{
	ext2_filters_free(inode);
	kfree(EXT2_I(inode)->ibody);
	kmem_cache_free(ext2_inode_cachep, EXT2_I(inode));
}

static void free_pending(struct ext2_pending *p)
{
	for (int i = 0; i < EXT2_PENDING_MAPS; i++)
		kfree(p->map[i]);
}

static void free_sbi(struct ext2_sb_info *sbi)
{
	for (u32 g = 0; sbi->groups && g < sbi->layout.groups_count; g++) {
		free_pending(&sbi->groups[g].blocks);
		free_pending(&sbi->groups[g].inodes);
		kfree(sbi->groups[g].reserved);
	}
	kvfree(sbi->groups);
	kfree(sbi);
}

static void ext2_put_super(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	if (!sbi)
		return;
	if (ext2_write_state(sb, false))
		ext2_msg(sb->s_bdev, KERN_ERR, "error: the last changes could not be written");
	sb->s_fs_info = NULL;
	list_del(&sbi->list);
	free_sbi(sbi);
}

static int ext2_statfs(struct super_block *sb, struct kstatfs *buf)
{
	const struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_layout *l = &sbi->layout;

	buf->f_type = EXT2_SUPER_MAGIC;
	buf->f_bsize = sb->s_blocksize;
	buf->f_frsize = sb->s_blocksize;
	buf->f_blocks = l->blocks_count -
			(ext2_test_opt(&sbi->options, EXT2_MOUNT_MINIXDF) ? 0 : sbi->overhead);
	buf->f_bfree = sbi->free_blocks;
	buf->f_bavail =
		sbi->free_blocks > l->reserved_blocks ? sbi->free_blocks - l->reserved_blocks : 0;
	buf->f_files = l->inodes_count;
	buf->f_ffree = sbi->free_inodes;
	buf->f_namelen = EXT2_NAME_LEN;
	buf->f_fsid = sbi->fsid;
	return 0;
}

/* Can it be written to at all? */
static int check_writable(struct block_device *bdev, const struct ext2_sb_info *sbi)
{
	u32 unknown = sbi->layout.feature_ro_compat & ~EXT2_FEATURE_RO_COMPAT_SUPP;

	if (!unknown)
		return 0;
	ext2_msg(bdev, KERN_ERR,
		 "couldn't mount RDWR because of unsupported optional features (%x)", unknown);
	return -EINVAL;
}

static int ext2_remount(struct super_block *sb, unsigned long *flags, const char *data)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_options options = sbi->options;
	bool rw = !(*flags & MS_RDONLY);
	int err = ext2_parse_options(sb->s_bdev, data, &options);

	if (err)
		return err;
	if (rw && sb_rdonly(sb)) {
		if (check_writable(sb->s_bdev, sbi))
			return -EROFS;
		err = ext2_write_state(sb, true);
	} else if (!rw) {
		err = ext2_write_state(sb, false);
	}
	if (err)
		return err;
	options.sb_block = sbi->options.sb_block;
	sbi->options = options;
	return 0;
}

static const struct super_operations ext2_sops = {
	.alloc_inode = ext2_alloc_inode,
	.destroy_inode = ext2_destroy_inode,
	.evict_inode = ext2_evict_inode,
	.write_inode = ext2_write_inode,
	.sync_fs = ext2_sync_fs,
	.put_super = ext2_put_super,
	.statfs = ext2_statfs,
	.show_options = ext2_show_options,
	.remount_fs = ext2_remount,
};

/* Read the superblock, which stands at the same byte whatever the block size. */
static int read_super(struct block_device *bdev, u32 block, struct ext2_super_block *es)
{
	unsigned int offset;
	struct page *page = bread_page(bdev, block, EXT2_MIN_BLOCK_SIZE, &offset);

	if (IS_ERR(page)) {
		ext2_msg(bdev, KERN_ERR, "error: unable to read superblock");
		return PTR_ERR(page) == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	memcpy_from_page(es, page, offset, sizeof(*es));
	put_page(page);
	return 0;
}

/* What the superblock says besides the layout. */
static void take_defaults(struct ext2_sb_info *sbi, const struct ext2_super_block *es)
{
	struct ext2_options *o = &sbi->options;

	/* As Linux makes it: the two halves of the UUID over each other. */
	for (unsigned int i = 0; i < sizeof(es->s_uuid); i++)
		((u8 *)&sbi->fsid)[i % sizeof(sbi->fsid)] ^= es->s_uuid[i];
	sbi->mount_state = es->s_state;
	sbi->default_errors = es->s_errors;
	if (es->s_errors != EXT2_ERRORS_CONTINUE && es->s_errors != EXT2_ERRORS_PANIC)
		sbi->default_errors = EXT2_ERRORS_RO;
	sbi->default_resuid = es->s_def_resuid;
	sbi->default_resgid = es->s_def_resgid;
	o->errors = sbi->default_errors;
	o->resuid = sbi->default_resuid;
	o->resgid = sbi->default_resgid;
}

static int parse_super(struct block_device *bdev, struct ext2_sb_info *sbi, const char *data)
{
	struct ext2_super_block *es = kmalloc(sizeof(*es), GFP_KERNEL);
	struct ext2_options asked = {.sb_block = EXT2_SUPER_OFFSET / EXT2_MIN_BLOCK_SIZE};
	const char *why;
	u32 detail;
	int err;

	if (!es)
		return -ENOMEM;
	/* Where the superblock is read is an option, and the others have their defaults in it. */
	err = ext2_parse_options(bdev, data, &asked);
	sbi->options.sb_block = asked.sb_block;
	if (!err)
		err = read_super(bdev, asked.sb_block, es);
	if (err)
		goto out;
	err = ext2_parse_super(es, bdev->nr_sectors * SECTOR_SIZE, &sbi->layout, &why, &detail);
	if (err) {
		ext2_msg(bdev, KERN_ERR, "error: %s (%#x)", why, detail);
		goto out;
	}
	take_defaults(sbi, es);
	err = ext2_parse_options(bdev, data, &sbi->options);
out:
	kfree(es);
	return err;
}

/* A group, whose descriptor was found sane; but its counts may be anything. */
static void take_group(struct ext2_sb_info *sbi, u32 g, const struct ext2_group_desc *gd)
{
	const struct ext2_layout *l = &sbi->layout;
	struct ext2_group *group = &sbi->groups[g];
	u32 blocks = ext2_group_last_block(l, g) - ext2_group_first_block(l, g) + 1;

	group->at = (struct ext2_places){
		.block_bitmap = gd->bg_block_bitmap,
		.inode_bitmap = gd->bg_inode_bitmap,
		.inode_table = gd->bg_inode_table,
	};
	ext2_set_places_end(l, &group->at, g);
	group->free_blocks = min_t(u32, gd->bg_free_blocks_count, blocks);
	group->free_inodes = min_t(u32, gd->bg_free_inodes_count, l->inodes_per_group);
	group->used_dirs = min_t(u32, gd->bg_used_dirs_count, l->inodes_per_group);
	sbi->free_blocks += group->free_blocks;
	sbi->free_inodes += group->free_inodes;
	sbi->used_dirs += group->used_dirs;
}

/* Take over what the descriptors of one block say, from `group` on. The number seen, or -errno. */
static int read_descriptor_block(struct block_device *bdev, struct ext2_sb_info *sbi, u32 group)
{
	const struct ext2_layout *l = &sbi->layout;
	u32 n = min(l->desc_per_block, l->groups_count - group);
	struct ext2_place place = ext2_group_desc_place(l, group);
	unsigned int offset;
	struct page *page = bread_page(bdev, place.block, l->block_size, &offset);
	const struct ext2_group_desc *gd;
	const char *why = NULL;
	int err = 0;

	if (IS_ERR(page)) {
		ext2_msg(bdev, KERN_ERR, "error: unable to read group descriptors");
		return PTR_ERR(page) == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	gd = (const void *)((char *)kmap_local_page(page) + offset);
	for (u32 i = 0; i < n && !err; i++) {
		err = ext2_check_group_desc(l, group + i, &gd[i], &why);
		if (err)
			ext2_msg(bdev, KERN_ERR, "error: group descriptors corrupted: group %u: %s",
				 group + i, why);
		else
			take_group(sbi, group + i, &gd[i]);
	}
	kunmap_local(gd);
	put_page(page);
	return err ? err : (int)n;
}

static int read_descriptors(struct block_device *bdev, struct ext2_sb_info *sbi)
{
	const struct ext2_layout *l = &sbi->layout;
	u32 group = 0;

	sbi->groups = kvzalloc((unsigned long)l->groups_count * sizeof(*sbi->groups));
	if (!sbi->groups)
		return -ENOMEM;
	while (group < l->groups_count) {
		int n = read_descriptor_block(bdev, sbi, group);

		if (n < 0)
			return n;
		group += n;
		cond_resched();
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
		if (sbi->sb->s_bdev == bdev && sbi->sb->s_active) {
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
	sb->s_xattr = ext2_xattr_handlers;
	sb->s_fs_info = sbi;
	sb->s_writeback = true;
	sb->s_time_min = EXT2_MIN_TIME;
	sb->s_time_max = ext2_max_time(&sbi->layout);
	sbi->sb = sb;
	list_add(&sbi->list, &ext2_supers);
	return get_root(sb);
}

/* Everything that is read before there is a super block. */
static struct ext2_sb_info *read_sbi(struct block_device *bdev, unsigned long flags,
				     const char *data)
{
	struct ext2_sb_info *sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	int err;

	if (!sbi)
		return ERR_PTR(-ENOMEM);
	mutex_init(&sbi->commit_mutex);
	INIT_LIST_HEAD(&sbi->removal_dirs);
	sbi->next_generation = get_random_u32();
	err = parse_super(bdev, sbi, data);
	if (!err && !(flags & MS_RDONLY))
		err = check_writable(bdev, sbi);
	if (!err)
		err = read_descriptors(bdev, sbi);
	if (!err) {
		sbi->next_group = get_random_u32() % sbi->layout.groups_count;
		return sbi;
	}
	free_sbi(sbi);
	return ERR_PTR(err);
}

/* Writing begins. A file system that was not unmounted cleanly is better checked first. */
static int begin_writing(struct super_block *sb)
{
	const struct ext2_sb_info *sbi = EXT2_SB(sb);

	if (sbi->mount_state & EXT2_ERROR_FS)
		ext2_msg(sb->s_bdev, KERN_WARNING,
			 "warning: mounting fs with errors, running e2fsck is recommended");
	else if (!(sbi->mount_state & EXT2_VALID_FS))
		ext2_msg(sb->s_bdev, KERN_WARNING,
			 "warning: mounting unchecked fs, running e2fsck is recommended");
	return ext2_write_state(sb, true);
}

static struct super_block *ext2_mount(struct file_system_type *type, unsigned long flags,
				      struct block_device *bdev, const char *data)
{
	struct super_block *sb = mounted_super(bdev);
	struct ext2_sb_info *sbi;
	int err;

	if (sb)
		return sb;
	sbi = read_sbi(bdev, flags, data);
	if (IS_ERR(sbi))
		return ERR_CAST(sbi);
	sb = alloc_super(type, flags);
	if (IS_ERR_OR_NULL(sb)) {
		free_sbi(sbi);
		return sb ? sb : ERR_PTR(-ENOMEM);
	}
	err = fill_super(sb, bdev, sbi);
	if (!err && !(flags & MS_RDONLY))
		err = begin_writing(sb);
	if (err) {
		deactivate_super(sb); /* frees sbi by put_super */
		return ERR_PTR(err);
	}
	return sb;
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
