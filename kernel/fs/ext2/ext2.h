/*
 * ext2 inside the kernel: what hangs on a super block and on an inode, and what the files of this
 * folder offer each other. The format itself is in ondisk.h, its checks in parse.h, its writing in
 * encode.h. docs/ext2.md says in which order what is written, and why.
 *
 * Locks: a directory's names by its i_rwsem, and its page's lock for each change; an inode's map of
 * blocks by truncate_mutex, which is taken inside page locks. The allocators need none: they do not
 * sleep between looking and taking.
 */
#ifndef KERNEL_FS_EXT2_EXT2_H
#define KERNEL_FS_EXT2_EXT2_H

#include "kernel/fs/blkdev.h"
#include "kernel/fs/ext2/encode.h"
#include "kernel/fs/ext2/parse.h"
#include "kernel/fs/ext2/search.h"
#include "kernel/fs/writeback.h"
#include "kernel/fs/xattr.h"
#include "kernel/lib/util.h"
#include "mm/phys/page.h"

#define EXT2_PENDING_MAPS 2
/* What was freed, and is still named by something on the disk. */
struct ext2_pending {
	u32 *map[EXT2_PENDING_MAPS]; /* since the last commit began, and before it; NULL: none */
	u32 count;		     /* bits in both */
	u32 covered;		     /* of them: of the commit that is under way */
	bool all; /* no memory for a map: nothing of this group is given out until the next commit
		   */
};

struct ext2_group {
	struct ext2_places at;
	u32 free_blocks, free_inodes, used_dirs; /* clear bits on the disk, pending ones too */
	struct ext2_pending blocks, inodes;
	u32 *reserved; /* blocks that are kept for files that grow: see reserve.c; NULL: none */
	bool dirty;    /* the counts are newer than the descriptor */
	bool checked;  /* its bitmap of blocks has been looked at */
	bool bad_blocks, bad_inodes; /* damaged: nothing is taken from it */
};

struct ext2_options {
	u32 errors; /* EXT2_ERRORS_ */
	uid_t resuid;
	gid_t resgid;
	u32 flags;    /* EXT2_MOUNT_ */
	u32 sb_block; /* of 1 KiB: where the superblock is read from */
};
/* Options without a value that change something, or are shown at least. */
#define EXT2_MOUNT_MINIXDF	     0x01 /* statfs counts the file system's own blocks too */
#define EXT2_MOUNT_GRPID	     0x02 /* a new file has its directory's group */
#define EXT2_MOUNT_DEBUG	     0x04
#define EXT2_MOUNT_NO_UID32	     0x08 /* owners have 16 bits on the disk */
#define EXT2_MOUNT_NO_BARRIER	     0x10 /* fsync does not flush the device's own cache */
#define EXT2_MOUNT_DISCARD	     0x20
#define EXT2_MOUNT_NO_AUTO_DA_ALLOC  0x40
#define EXT2_MOUNT_NO_MBCACHE	     0x80
#define EXT2_MOUNT_NO_BLOCK_VALIDITY 0x100
#define EXT2_MOUNT_NO_INIT_ITABLE    0x200
static inline bool ext2_test_opt(const struct ext2_options *o, u32 flag)
{
	return o->flags & flag;
}

struct ext2_sb_info {
	struct super_block *sb;
	struct ext2_layout layout;
	struct ext2_options options;
	struct ext2_group *groups;
	u64 free_blocks; /* sums over the groups */
	u32 free_inodes, used_dirs;
	u32 pending_blocks, pending_inodes;
	u32 overhead; /* blocks that no file can have */
	u64 fsid;
	u16 mount_state;    /* s_state when it was mounted */
	u32 default_errors; /* s_errors */
	uid_t default_resuid;
	gid_t default_resgid;
	bool damaged;	/* EXT2_ERROR_FS is to be set */
	bool writable;	/* the superblock on the disk says that it is mounted for writing */
	u32 next_group; /* where the next directory of the root goes */
	u32 next_generation;
	/* Changes of inodes and indirect blocks in the device's cache, and those on the disk. */
	u64 meta_seq, synced_seq;
	u64 dir_writes;	   /* pages of directories written so far */
	u32 reserve_epoch; /* counts how often all reservations were dropped */
	u32 reserved_blocks;
	struct mutex commit_mutex;
	struct list_head removal_dirs; /* lost names since the last commit: by removal_list */
	struct list_head list; /* all mounted ones: a device is read by one super block only */
};

/* What must be on the disk before something else is written: how often it has changed, and up to
   which change the disk has it. A flag would not do: the first of two writers would clear it, and
   the second one would go on before the first one's write is on the disk. */
struct ext2_unsaved {
	u64 changed, saved;
};

static inline bool ext2_is_unsaved(const struct ext2_unsaved *u)
{
	return u->saved < u->changed;
}

/* The disk has everything up to the change `upto`, which was ->changed before the writing began. */
static inline void ext2_note_saved(struct ext2_unsaved *u, u64 upto)
{
	if (u->saved < upto)
		u->saved = upto;
}

struct ext2_inode_info {
	struct ext2_inode_data data;
	struct mutex truncate_mutex; /* data.block[] and the indirect blocks, to change them */
	/* Where the last block was put: the next one goes behind it. */
	u64 last_iblock;
	u32 last_block;
	/* Blocks that are kept for it, while reserve_epoch is the file system\'s. */
	u32 reserve_start, reserve_count, reserve_size;
	u32 reserve_epoch;

	bool on_disk; /* its place in the table has been written since it was allocated */
	bool alive;   /* and says that it has names */
	u64 name_dir; /* the directory of a name that is perhaps not on the disk yet; 0: none is */
	u64 name_seq; /* counts the names that were noted there */
	/* Held while it moves from one name to another, and while it gets alive on the disk: it
	   must not get alive by a name that is about to go. Taken before that of the directory
	   above. */
	struct mutex name_mutex;
	/* Of a directory: those made in it that are not alive on the disk yet. Of one of them: its
	   place there. */
	struct list_head newborn, newborn_of;
	u64 born;     /* dir_writes when it was made */
	u64 meta_seq; /* of the last change of its place in the table or of its indirect blocks */
	struct ext2_unsaved fresh_indirects; /* blocks of numbers that data.block[] leads to */
	struct page *fresh; /* write_begin's page, if nothing of it was on the disk before */

	/* Directories. */
	u32 dir_start_lookup; /* page where the last name was found */
	u32 dir_room;	      /* pages below have no room for a name of dir_room_len bytes */
	u32 dir_room_len;
	u64 removal_seq;	       /* what must be on the disk before a page of it is written */
	struct ext2_unsaved unflushed; /* its pages, which the device's cache may still lose */
	struct ext2_filters *filters;  /* dir_filter.c */
	struct ext2_unsaved grown;     /* the inode, whose place in the table lacks new blocks */
	struct list_head removal_list;

	/* Extended attributes: data.file_acl, and what this points to. */
	struct rw_semaphore xattr_sem;
	char *ibody; /* the inode's own part, newer than the table's; NULL: as it is there */

	struct inode vfs_inode;
};

static inline struct ext2_sb_info *EXT2_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}
static inline struct ext2_inode_info *EXT2_I(struct inode *inode)
{
	return container_of(inode, struct ext2_inode_info, vfs_inode);
}
/* A block in the device's cache that belongs to the inode has changed. */
static inline void ext2_meta_changed(struct inode *inode)
{
	EXT2_I(inode)->meta_seq = ++EXT2_SB(inode->i_sb)->meta_seq;
}

/* Bytes of a page in the device's cache, which may be less than a block, have changed. */
static inline void ext2_mark_dirty(struct page *page, unsigned int offset, unsigned int size)
{
	unsigned int first = ALIGN_DOWN(offset, SECTOR_SIZE);

	mark_block_dirty(page, first, ALIGN(offset + size, SECTOR_SIZE) - first);
}
/* Is a symbolic link's target in the inode? */
static inline bool ext2_has_fast_link(struct inode *inode)
{
	struct ext2_inode_data *data = &EXT2_I(inode)->data;

	data->mode = inode->i_mode;
	data->sectors = inode->i_blocks;
	data->size = inode->i_size;
	return ext2_inode_is_fast_symlink(&EXT2_SB(inode->i_sb)->layout, data);
}

/* error.c */
/* Report damage: the device, the function that found it, and what it is; then do what errors= says.
   Does not sleep. */
void ext2_error(struct super_block *sb, const char *function, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A message of the log about a device. */
void ext2_msg(struct block_device *bdev, const char *level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* super.c */
/* Register the file system; called once at boot. */
void ext2_init(void);

/* options.c */
/* What the superblock and the mount's options say. 0 or -EINVAL with a message. */
int ext2_parse_options(struct block_device *bdev, const char *data, struct ext2_options *o);
/* super_operations.show_options. */
int ext2_show_options(struct seq_file *m, struct super_block *sb);

/* sync.c */
/* All changes of inodes and indirect blocks so far are on the disk then, and survive a loss of
   power: what depends on them may be written. 0 or -errno. Sleeps. */
int ext2_sync_metadata(struct super_block *sb);
/* The disk knows nothing more of what was freed before: it may be given out again. 0 or -errno.
   Sleeps. The caller may hold the lock of a file's page, but not of a directory's. */
int ext2_commit(struct super_block *sb);
/* super_operations.sync_fs. */
int ext2_sync_fs(struct super_block *sb, bool wait);
/* The superblock on the disk: mounted for writing (`rw`), or no more. 0 or -errno. Sleeps. */
int ext2_write_state(struct super_block *sb, bool rw);
/* A file grows beyond 2 GiB: the superblock's feature that says that there are such. 0 or -errno.
   Sleeps. */
int ext2_set_large_file(struct super_block *sb);
/* The same for the feature that there are extended attributes. */
int ext2_set_ext_attr(struct super_block *sb);

/* inode.c */
/* The inode with a number from a directory; referenced. ERR_PTR: -EINVAL (no such number), -ESTALE
   (deleted), -EUCLEAN (nonsense), -EIO, -ENOMEM. May sleep. */
struct inode *ext2_iget(struct super_block *sb, u64 ino);
/* Where an inode stands in the table: the page, referenced, and *offset in it; or ERR_PTR. Sleeps.
 */
struct page *ext2_inode_page(struct super_block *sb, u64 ino, unsigned int *offset);
/* Give an inode the operations of its kind. */
void ext2_set_operations(struct inode *inode);

/* attr.c */
/* inode_operations: the flags on disk are shown in the first two. */
u32 ext2_fileattr_get(struct inode *inode);
int ext2_getattr(struct inode *inode, struct kstat *stat);
int ext2_fileattr_set(struct inode *inode, u32 flags);
/* file_operations.ioctl of files and directories. */
long ext2_ioctl(struct file *f, unsigned int cmd, unsigned long arg);
int ext2_setattr(struct dentry *dentry, struct iattr *attr);

/* write_inode.c */
/* super_operations.write_inode. */
int ext2_write_inode(struct inode *inode, struct writeback_control *wbc);
/* Copy the inode to its place in the table now. Its name, and the blocks of numbers that it leads
   to, are on the disk before. 0 or -errno. Sleeps. */
int ext2_update_inode(struct inode *inode);
/* The inode has a name in `dir` that may not be on the disk yet. Called when the name is in the
   directory's page. Only one directory may have such names: see ext2_settle_name. */
void ext2_note_name(struct inode *inode, struct inode *dir);
/* The name of an inode, and those of the directories above it, are on the disk then. 0 or -errno.
   Sleeps. */
int ext2_settle_name(struct inode *inode);
/* The names in a directory's pages are on the disk then, with what leads to them, and survive a
   loss of power. 0 or -errno. Sleeps. */
int ext2_write_dir(struct inode *dir);
/* file_operations.fsync, of files and directories. */
int ext2_fsync(struct file *f, loff_t start, loff_t end, int datasync);

/* balloc.c */
/*
 * Take 1 to *count blocks that follow each other, near `goal` (0: in the inode's group). The first
 * block's number and *count, or 0 and *err: -ENOSPC, -EIO, -ENOMEM. May sleep, and may commit.
 */
u32 ext2_new_blocks(struct inode *inode, u32 goal, u32 *count, int *err);
/* Give blocks back. `at_once`: nothing on the disk names them. Their copies in the device's cache
   must be forgotten already. May sleep. */
void ext2_free_blocks(struct super_block *sb, u32 block, u32 count, bool at_once);
/* May the file have these blocks? Not if they are out of range, or metadata. ext2_check_blocks also
   says so in the log. */
bool ext2_run_is_valid(struct inode *inode, u32 block, u32 count);
bool ext2_check_blocks(struct inode *inode, u32 block, u32 count);
/* The bitmaps in which a free bit can be searched, until the caller sleeps. reserved: NULL: none.
 */
struct ext2_bitmaps ext2_maps(const u32 *disk, const struct ext2_pending *pending,
			      const u32 *reserved);
/* A bit that has been freed may not be given out before the next commit. */
void ext2_add_pending(struct ext2_sb_info *sbi, struct ext2_pending *pending, u32 *total, u32 bit,
		      u32 count);

/* reserve.c */
/* Is `goal` the next of the blocks that are kept for the inode? Then *count is cut to them. */
bool ext2_reserved_here(struct inode *inode, u32 goal, u32 *count);
/* Blocks have been taken for the inode: if they come from what was kept for it, that is less now;
   else what follows them in the group's bitmap, as far as it is free, is kept for it. Sleeps not.
 */
void ext2_took_blocks(struct inode *inode, u32 g, const u32 *disk, u32 block, u32 count);
/* Room for the reservations of a group, before its bitmap is looked at. May sleep. */
void ext2_reserve_prepare(struct inode *inode, u32 g);
/* Nothing is kept for the inode any more; or for nobody. */
void ext2_discard_reservation(struct inode *inode);
void ext2_drop_reservations(struct ext2_sb_info *sbi);

/* ialloc.c */
/* A new inode in a directory, with current's owner and the directory's rules, locked by I_NEW; or
   ERR_PTR. Sleeps. */
struct inode *ext2_new_inode(struct inode *dir, umode_t mode);
/* The number of an inode that goes is free again. Sleeps. */
void ext2_free_inode(struct inode *inode);

/* block_map.c */
/*
 * Find where block `iblock` of a file is on the disk, and how many of the next blocks are adjacent
 * there. Returns the number of blocks (1 to `max`); *phys is the first one's disk block, or 0 if
 * all of them are a hole. -EIO: damaged or unreadable; -ENOMEM. May sleep.
 */
int ext2_get_blocks(struct inode *inode, u64 iblock, u32 max, u32 *phys);

/* block_alloc.c */
/* The same, but holes are given blocks, whose contents are the caller's business (of a directory:
   an empty one on the disk). *fresh: they are new. Also -ENOSPC, -EFBIG. */
/* address_space_operations.bmap */
u64 ext2_bmap(struct address_space *mapping, u64 block);
int ext2_get_blocks_create(struct inode *inode, u64 iblock, u32 max, u32 *phys, bool *fresh);

/* truncate.c */
/* Free all blocks that begin at byte `size` or behind. Takes truncate_mutex. Sleeps. */
void ext2_truncate_blocks(struct inode *inode, loff_t size);
/* The same for the blocks [first, end) of a file, and what led to them alone. */
void ext2_free_range(struct inode *inode, u64 first, u64 end);
/* A regular file's new size. 0 or -errno. The inode is locked. Sleeps. */
int ext2_setsize(struct inode *inode, loff_t size);
/* super_operations.evict_inode. */
void ext2_evict_inode(struct inode *inode);

/* holes.c */
struct fiemap;
/* file_operations.llseek of regular files: holes are found where they are. */
loff_t ext2_file_llseek(struct file *f, loff_t offset, int whence);
/* FS_IOC_FIEMAP: where the file's blocks are. 0 or -errno. Sleeps. */
long ext2_fiemap(struct file *f, struct fiemap __user *arg);
/* file_operations.fallocate: blocks can be given back, but not be had without being written. */
int ext2_fallocate(struct file *f, int mode, loff_t offset, loff_t len);

/* dir.c */
/* Are all entries of a directory's page sound? 0, or -EIO after a message. */
int ext2_check_page(struct inode *dir, struct page *page);
/* A name that was found: the page, referenced, and the entry's block and place in it. */
struct ext2_entry {
	struct page *page;
	u32 block, offset;
	u64 ino;
};
/* Find a name: 1 (put_page(e->page) is the caller's), 0 if there is none, or -errno. Sleeps. */
int ext2_find_entry(struct inode *dir, const struct qstr *name, struct ext2_entry *e);

/* inode_operations.lookup. */
struct dentry *ext2_lookup(struct inode *dir, struct dentry *dentry);

/* dir_filter.c: the directory is locked, for reading at least */
/* Is the name surely not in that page? */
bool ext2_filter_excludes(struct inode *dir, u32 page, const struct qstr *name);
/* Room for the page's filter, if the directory is large. May sleep. */
void ext2_filter_prepare(struct inode *dir, u32 page);
/* The filter of a page, which has `bytes` of entries at kaddr, if there is room for it. */
void ext2_filter_build(struct inode *dir, u32 page, const char *kaddr, u32 bytes);
/* A name comes into the page. */
void ext2_filter_add(struct inode *dir, u32 page, const struct qstr *name);
/* The inode goes. */
void ext2_filters_free(struct inode *dir);

/* dir_change.c: the directory is locked */
/* Add a name for an inode. 0 or -errno. Sleeps. */
int ext2_add_name(struct inode *dir, const struct qstr *name, struct inode *inode);
/* Take an entry away; its reference ends. 0 or -errno. Sleeps. */
int ext2_delete_entry(struct inode *dir, struct ext2_entry *e);
/* The entry of an inode gets another name in the same block, at once; its reference stays. 0,
   -ENOSPC (no room there), or -errno. Sleeps. */
int ext2_replace_name(struct inode *dir, struct ext2_entry *e, const struct qstr *name,
		      struct inode *inode);
/* The entry names another inode from now on; its reference ends. With `touch` the directory's times
   change too. Sleeps. */
void ext2_set_entry(struct inode *dir, struct ext2_entry *e, struct inode *inode, bool touch);
/* Two entries in one page name other inodes, at once; the references stay. 0. Sleeps. */
int ext2_swap_entries(struct inode *dir, const struct ext2_entry *a, struct inode *in_a,
		      const struct ext2_entry *b, struct inode *in_b);
/* The entry names another inode, and what it named (`kept`) gets a passing name in the same block,
   at once: *left, with a reference. The entry's reference stays. 0, -ENOSPC (no room, or no such
   name), or -errno. Sleeps. */
int ext2_set_entry_keeping(struct inode *dir, const struct ext2_entry *e, struct inode *inode,
			   struct inode *kept, struct ext2_entry *left);
/* A new directory's first block. 0 or -errno. Sleeps. */
int ext2_make_empty(struct inode *inode, struct inode *parent);
/* Has a directory no names? A block that cannot be read counts as a name. Sleeps. */
bool ext2_dir_is_empty(struct inode *dir);

/* namei.c, rename.c */
/* The inode is about to lose a name of `dir`: its links are counted down, and if that was the last
   one, the table is told at once. 0, or -errno without a change. Sleeps. */
int ext2_drop_link(struct inode *dir, struct inode *inode);
/* inode_operations.rename. */
int ext2_rename(struct inode *olddir, struct dentry *old, struct inode *newdir, struct dentry *newd,
		unsigned int flags);

/* xattr.c */
extern const struct xattr_handler *const ext2_xattr_handlers[];
/* inode_operations.listxattr. Sleeps. */
ssize_t ext2_listxattr(struct inode *inode, char *buf, size_t size);
/* The inode's own attributes come to its place in the table, `raw`. Does not sleep. */
void ext2_encode_ibody(struct inode *inode, char *raw);
/* An inode that goes gives up its block of attributes. Sleeps. */
void ext2_drop_xattr_block(struct inode *inode);

/* readpage.c, writepage.c */
/* Fill a locked page from the disk; it stays locked. 0 or -errno. Sleeps. */
int ext2_fill_page(struct inode *inode, struct page *page);
/* Give the bytes [from, to) of a locked page of a file blocks. *fresh: all of them are new. 0 or
   -errno. Sleeps. */
int ext2_map_page(struct inode *inode, struct page *page, u32 from, u32 to, bool *fresh);
/* address_space_operations. ext2_readpages: not of directories. */
int ext2_readpage(struct file *file, struct page *page);
void ext2_readpages(struct file *file, struct address_space *mapping, struct page **pages,
		    unsigned int nr);
extern const struct address_space_operations ext2_aops, ext2_dir_aops;
extern const struct file_operations ext2_file_operations, ext2_dir_operations;
extern const struct inode_operations ext2_dir_inode_operations, ext2_symlink_inode_operations;
extern const struct inode_operations ext2_file_inode_operations, ext2_special_inode_operations;

#endif
