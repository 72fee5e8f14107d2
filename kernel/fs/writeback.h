/*
 * Dirty inodes and their way to the disk: marked by those who change them, written by the flusher
 * thread, by sync(2) and its relatives, and at umount. How the pages of one file are written is in
 * mm/cache/page_writeback.h.
 */
#ifndef KERNEL_FS_WRITEBACK_H
#define KERNEL_FS_WRITEBACK_H

#include "kernel/fs/fs.h"
#include "mm/cache/page_writeback.h"
#include <linux/fs.h>

/* ---- fs_writeback.c ---- */

/* Boot: the hooks of page_writeback.h. */
void writeback_init(void);
/* The function of the flusher thread, which starts after init. Does not return. */
int flusher(void *unused);
/* Start it: dirty pages are too many, or memory is short. Does not sleep. */
void wakeup_flusher(void);
/* Its interval has changed: it sleeps anew. */
void wakeup_flusher_timer(void);

/* The inode has changed: flags are I_DIRTY_ bits. Does not sleep. */
void __mark_inode_dirty(struct inode *inode, unsigned int flags);
static inline void mark_inode_dirty(struct inode *inode)
{
	if ((inode->i_state & I_DIRTY_INODE) != I_DIRTY_INODE)
		__mark_inode_dirty(inode, I_DIRTY_INODE);
}
/* The same for times, which fdatasync need not write. */
static inline void mark_inode_dirty_sync(struct inode *inode)
{
	if (!(inode->i_state & I_DIRTY_SYNC))
		__mark_inode_dirty(inode, I_DIRTY_SYNC);
}
/* The inode goes: take it off the list, and wait for who is writing it. Sleeps. */
void inode_wb_del(struct inode *inode);

/* Write an inode's pages and the inode itself; with `wait`, all of it is on the disk then. The
   caller holds a reference. 0 or -errno. Sleeps. */
int write_inode_now(struct inode *inode, bool wait);
/* Write the inode, not its pages. */
int sync_inode_metadata(struct inode *inode, bool wait);
/* The dirty inodes of a file system: start to write them; and write all that are dirty now, and
   wait. Sleep. */
void writeback_inodes_sb(struct super_block *sb);
void sync_inodes_sb(struct super_block *sb);

/* ---- sync.c ---- */

/* Everything of the file system goes to the disk. 0 or -errno. The caller holds
   s_umount. Sleeps. */
int sync_filesystem(struct super_block *sb);
/* The end of fsync: an error of write-back that this open file has not reported yet, or 0. */
int file_check_and_advance_wb_err(struct file *f);
/* A file is opened: from here on it reports errors. */
void file_sample_wb_err(struct file *f);
/* file_operations.fsync for [start, end] of a file whose inode goes by write_inode: the pages, the
   inode, and the device's own cache. 0 or -errno. Takes the inode's lock. */
int generic_file_fsync(struct file *f, loff_t start, loff_t end, int datasync);
/* f_op->fsync, or -EINVAL if there is none. */
int vfs_fsync_range(struct file *f, loff_t start, loff_t end, int datasync);
/* After a write that ended at `end` and moved n bytes: bring them to the disk. n or -errno. */
ssize_t __generic_write_sync(struct file *f, loff_t end, ssize_t n, bool datasync);
/* The same if O_SYNC or O_DSYNC, a sync mount or inode, or RWF_SYNC or RWF_DSYNC in `flags` want
 * it. */
static inline ssize_t generic_write_sync(struct file *f, loff_t end, ssize_t n, unsigned int flags)
{
	bool sync = f->f_flags & __O_SYNC || flags & RWF_SYNC || IS_SYNC(f->f_mapping->host);

	if (likely(!sync && !(f->f_flags & O_DSYNC) && !(flags & RWF_DSYNC)))
		return n;
	return __generic_write_sync(f, end, n, !sync);
}
/* A change of the names in dir, one of which is perhaps inode's (NULL: it is gone), returned err:
   if it succeeded and dir's changes are synchronous, it goes to the disk. err, or -errno. Sleeps.
 */
int sync_names(struct inode *dir, struct inode *inode);
static inline int names_changed(struct inode *dir, struct inode *inode, int err)
{
	return err || likely(!IS_DIRSYNC(dir)) ? err : sync_names(dir, inode);
}
/* sync(2), syncfs(2), sync_file_range(2). */
void ksys_sync(void);
int do_syncfs(unsigned int fd);
int do_sync_file_range(unsigned int fd, loff_t offset, loff_t nbytes, unsigned int flags);

#endif
