/*
 * Bringing what was written to the disk when a program asks for it: sync(2), syncfs(2), fsync(2),
 * sync_file_range(2), and files opened with O_SYNC.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/writeback.h"
#include <linux/fs.h>

/* ---- a file system ---- */

int sync_filesystem(struct super_block *sb)
{
	int err = 0, bdev_err;

	if (!sb->s_writeback || sb_rdonly(sb))
		return 0;
	writeback_inodes_sb(sb); /* start everything, so that the waiting below is short */
	sync_inodes_sb(sb);
	if (sb->s_op->sync_fs)
		err = sb->s_op->sync_fs(sb, true);
	bdev_err = sync_blockdev(sb->s_bdev);
	return err ? err : bdev_err;
}

static void sync_one_super(struct super_block *sb, void *unused)
{
	sync_filesystem(sb);
}

void ksys_sync(void)
{
	iterate_supers(sync_one_super, NULL, true);
}

int do_syncfs(unsigned int fd)
{
	struct file *f = fget(fd);
	struct super_block *sb;
	int err, wb_err;

	if (!f)
		return -EBADF;
	sb = f->f_path.dentry->d_sb;
	down_read(&sb->s_umount);
	err = sync_filesystem(sb);
	up_read(&sb->s_umount);
	wb_err = errseq_check_and_advance(&sb->s_wb_err, &f->f_sb_err);
	fput(f);
	return err ? err : wb_err;
}

/* ---- a file ---- */

void file_sample_wb_err(struct file *f)
{
	f->f_wb_err = errseq_sample(&f->f_mapping->wb_err);
	f->f_sb_err = errseq_sample(&f->f_path.dentry->d_sb->s_wb_err);
}

int file_check_and_advance_wb_err(struct file *f)
{
	f->f_mapping->flags &= ~(AS_EIO | AS_ENOSPC); /* whoever asks here is told exactly */
	return errseq_check_and_advance(&f->f_mapping->wb_err, &f->f_wb_err);
}

int generic_file_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = f->f_mapping->host;
	struct block_device *bdev = inode->i_sb->s_bdev;
	int err = filemap_write_and_wait_range(f->f_mapping, start, end), wb_err;

	if (!err) {
		inode_lock(inode);
		/* who writes it just now has taken the bits away already: that is waited for */
		if (inode->i_state & (I_SYNC | (datasync ? I_DIRTY_DATASYNC : I_DIRTY_INODE)))
			err = sync_inode_metadata(inode, true);
		inode_unlock(inode);
	}
	wb_err = file_check_and_advance_wb_err(f);
	if (!err && bdev)
		err = blkdev_issue_flush(bdev);
	return err ? err : wb_err;
}

int vfs_fsync_range(struct file *f, loff_t start, loff_t end, int datasync)
{
	return f->f_op->fsync ? f->f_op->fsync(f, start, end, datasync) : -EINVAL;
}

ssize_t __generic_write_sync(struct file *f, loff_t end, ssize_t n, bool datasync)
{
	int err = n > 0 ? vfs_fsync_range(f, end - n, end - 1, datasync) : 0;

	return err ? err : n;
}

int sync_names(struct inode *dir, struct inode *inode)
{
	int err = inode ? write_inode_now(inode, true) : 0;

	return err ? err : write_inode_now(dir, true);
}

#define SYNC_FILE_RANGE_VALID \
	(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER)

/* [offset, end] of an open file, as flags say. */
static int sync_file_range(struct file *f, loff_t offset, loff_t end, unsigned int flags)
{
	struct address_space *mapping = f->f_mapping;
	umode_t mode = f->f_inode->i_mode;
	int err = 0;

	if (!S_ISREG(mode) && !S_ISBLK(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
		return -ESPIPE;
	if (flags & SYNC_FILE_RANGE_WAIT_BEFORE)
		err = filemap_fdatawait_range(mapping, offset, end);
	if (!err && flags & SYNC_FILE_RANGE_WRITE) {
		bool all =
			(flags & SYNC_FILE_RANGE_WRITE_AND_WAIT) == SYNC_FILE_RANGE_WRITE_AND_WAIT;

		err = filemap_fdatawrite_range(mapping, offset, end,
					       all ? WB_SYNC_ALL : WB_SYNC_NONE);
	}
	if (!err && flags & SYNC_FILE_RANGE_WAIT_AFTER)
		err = filemap_fdatawait_range(mapping, offset, end);
	return err;
}

int do_sync_file_range(unsigned int fd, loff_t offset, loff_t nbytes, unsigned int flags)
{
	struct file *f = fget(fd);
	loff_t end;
	int err;

	if (!f)
		return -EBADF;
	end = (loff_t)((u64)offset + (u64)nbytes);
	if (flags & ~SYNC_FILE_RANGE_VALID || offset < 0 || end < 0 || end < offset)
		err = -EINVAL;
	else if ((u64)offset >> PAGE_SHIFT > ~0UL) /* beyond what the page cache can hold */
		err = 0;
	else
		err = sync_file_range(
			f, offset, !nbytes || (u64)end >> PAGE_SHIFT > ~0UL ? ALL_BYTES : end - 1,
			flags);
	fput(f);
	return err;
}
