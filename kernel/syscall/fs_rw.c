/*
 * System calls of files: reading, writing, positions, sizes.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/writeback.h"
#include "kernel/syscall/syscall.h"
#include <linux/fadvise.h>
#include <linux/fs.h>

/* A 64-bit argument comes as two registers. */
static inline loff_t pos_from_hilo(unsigned long high, unsigned long low)
{
	return (loff_t)((u64)high << 32 | low);
}

SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)
{
	return ksys_rw(fd, buf, count, false);
}

SYSCALL_DEFINE3(write, unsigned int, fd, char __user *, buf, size_t, count)
{
	return ksys_rw(fd, buf, count, true);
}

SYSCALL_DEFINE5(pread64, unsigned int, fd, char __user *, buf, size_t, count, unsigned long, lo,
		unsigned long, hi)
{
	return ksys_prw(fd, buf, count, pos_from_hilo(hi, lo), false);
}

SYSCALL_DEFINE5(pwrite64, unsigned int, fd, char __user *, buf, size_t, count, unsigned long, lo,
		unsigned long, hi)
{
	return ksys_prw(fd, buf, count, pos_from_hilo(hi, lo), true);
}

SYSCALL_DEFINE3(readv, unsigned long, fd, const void __user *, vec, unsigned long, vlen)
{
	return ksys_rwv(fd, vec, vlen, 0, false);
}

SYSCALL_DEFINE3(writev, unsigned long, fd, const void __user *, vec, unsigned long, vlen)
{
	return ksys_rwv(fd, vec, vlen, 0, true);
}

SYSCALL_DEFINE5(preadv, unsigned long, fd, const void __user *, vec, unsigned long, vlen,
		unsigned long, lo, unsigned long, hi)
{
	return ksys_prwv(fd, vec, vlen, pos_from_hilo(hi, lo), 0, false);
}

SYSCALL_DEFINE5(pwritev, unsigned long, fd, const void __user *, vec, unsigned long, vlen,
		unsigned long, lo, unsigned long, hi)
{
	return ksys_prwv(fd, vec, vlen, pos_from_hilo(hi, lo), 0, true);
}

/* Position -1 means the file's own. */
SYSCALL_DEFINE6(preadv2, unsigned long, fd, const void __user *, vec, unsigned long, vlen,
		unsigned long, lo, unsigned long, hi, unsigned int, flags)
{
	if (pos_from_hilo(hi, lo) == -1)
		return ksys_rwv(fd, vec, vlen, flags, false);
	return ksys_prwv(fd, vec, vlen, pos_from_hilo(hi, lo), flags, false);
}

SYSCALL_DEFINE6(pwritev2, unsigned long, fd, const void __user *, vec, unsigned long, vlen,
		unsigned long, lo, unsigned long, hi, unsigned int, flags)
{
	if (pos_from_hilo(hi, lo) == -1)
		return ksys_rwv(fd, vec, vlen, flags, true);
	return ksys_prwv(fd, vec, vlen, pos_from_hilo(hi, lo), flags, true);
}

SYSCALL_DEFINE3(lseek, unsigned int, fd, long, offset, unsigned int, whence)
{
	struct file *f = fget(fd);
	loff_t pos;

	if (!f)
		return -EBADF;
	pos = vfs_llseek(f, offset, whence);
	fput(f);
	return pos != (long)pos ? -EOVERFLOW : (long)pos;
}

SYSCALL_DEFINE5(llseek, unsigned int, fd, unsigned long, hi, unsigned long, lo, loff_t __user *,
		result, unsigned int, whence)
{
	struct file *f = fget(fd);
	loff_t pos;

	if (!f)
		return -EBADF;
	pos = vfs_llseek(f, pos_from_hilo(hi, lo), whence);
	fput(f);
	if (pos < 0)
		return pos;
	return copy_to_user(result, &pos, sizeof(pos)) ? -EFAULT : 0;
}

SYSCALL_DEFINE4(sendfile, int, out_fd, int, in_fd, long __user *, uoffset, size_t, count)
{
	long offset;
	loff_t pos;
	ssize_t ret;

	if (!uoffset)
		return do_sendfile(out_fd, in_fd, NULL, count, 0);
	if (get_user(offset, uoffset))
		return -EFAULT;
	pos = offset;
	ret = do_sendfile(out_fd, in_fd, &pos, count, MAX_NON_LFS);
	return put_user((long)pos, uoffset) ? -EFAULT : ret;
}

SYSCALL_DEFINE4(sendfile64, int, out_fd, int, in_fd, loff_t __user *, uoffset, size_t, count)
{
	loff_t pos;
	ssize_t ret;

	if (!uoffset)
		return do_sendfile(out_fd, in_fd, NULL, count, 0);
	if (copy_from_user(&pos, uoffset, sizeof(pos)))
		return -EFAULT;
	ret = do_sendfile(out_fd, in_fd, &pos, count, 0);
	return copy_to_user(uoffset, &pos, sizeof(pos)) ? -EFAULT : ret;
}

SYSCALL_DEFINE6(copy_file_range, int, in_fd, loff_t __user *, uin, int, out_fd, loff_t __user *,
		uout, size_t, len, unsigned int, flags)
{
	loff_t in_pos, out_pos;
	ssize_t ret;

	if ((uin && copy_from_user(&in_pos, uin, sizeof(in_pos))) ||
	    (uout && copy_from_user(&out_pos, uout, sizeof(out_pos))))
		return -EFAULT;
	ret = do_copy_file_range(in_fd, uin ? &in_pos : NULL, out_fd, uout ? &out_pos : NULL, len,
				 flags);
	if (ret > 0 && ((uin && copy_to_user(uin, &in_pos, sizeof(in_pos))) ||
			(uout && copy_to_user(uout, &out_pos, sizeof(out_pos)))))
		return -EFAULT;
	return ret;
}

SYSCALL_DEFINE2(truncate, const char __user *, name, long, length)
{
	return do_sys_truncate(name, length);
}

SYSCALL_DEFINE3(truncate64, const char __user *, name, unsigned long, lo, unsigned long, hi)
{
	return do_sys_truncate(name, pos_from_hilo(hi, lo));
}

SYSCALL_DEFINE2(ftruncate, unsigned int, fd, long, length)
{
	return do_sys_ftruncate(fd, length, true);
}

SYSCALL_DEFINE3(ftruncate64, unsigned int, fd, unsigned long, lo, unsigned long, hi)
{
	return do_sys_ftruncate(fd, pos_from_hilo(hi, lo), true); /* i386: O_LARGEFILE here too */
}

SYSCALL_DEFINE6(fallocate, int, fd, int, mode, unsigned long, off_lo, unsigned long, off_hi,
		unsigned long, len_lo, unsigned long, len_hi)
{
	return do_fallocate(fd, mode, pos_from_hilo(off_hi, off_lo), pos_from_hilo(len_hi, len_lo));
}

/* ---- to the disk ---- */

static long do_fsync(unsigned int fd, int datasync)
{
	struct file *f = fget(fd);
	int err;

	if (!f)
		return -EBADF;
	err = vfs_fsync_range(f, 0, ALL_BYTES, datasync);
	fput(f);
	return err;
}

SYSCALL_DEFINE1(fsync, unsigned int, fd)
{
	return do_fsync(fd, 0);
}

SYSCALL_DEFINE1(fdatasync, unsigned int, fd)
{
	return do_fsync(fd, 1);
}

SYSCALL_DEFINE0(sync)
{
	ksys_sync();
	return 0;
}

SYSCALL_DEFINE1(syncfs, int, fd)
{
	return do_syncfs(fd);
}

SYSCALL_DEFINE6(sync_file_range, int, fd, unsigned long, off_lo, unsigned long, off_hi,
		unsigned long, len_lo, unsigned long, len_hi, unsigned int, flags)
{
	return do_sync_file_range(fd, pos_from_hilo(off_hi, off_lo), pos_from_hilo(len_hi, len_lo),
				  flags);
}

/* ---- hints ---- */

static long do_fadvise(int fd, loff_t offset, loff_t len, int advice)
{
	struct file *f = fget(fd);
	long ret;

	if (!f)
		return -EBADF;
	ret = vfs_fadvise(f, offset, len, advice);
	fput(f);
	return ret;
}

SYSCALL_DEFINE5(fadvise64, int, fd, unsigned long, lo, unsigned long, hi, size_t, len, int, advice)
{
	return do_fadvise(fd, pos_from_hilo(hi, lo), len, advice);
}

SYSCALL_DEFINE6(fadvise64_64, int, fd, unsigned long, lo, unsigned long, hi, unsigned long, len_lo,
		unsigned long, len_hi, int, advice)
{
	return do_fadvise(fd, pos_from_hilo(hi, lo), pos_from_hilo(len_hi, len_lo), advice);
}

SYSCALL_DEFINE4(readahead, int, fd, unsigned long, lo, unsigned long, hi, size_t, count)
{
	struct file *f = fget(fd);
	long ret = -EINVAL;

	if (!f)
		return -EBADF;
	if (!(f->f_mode & FMODE_READ))
		ret = -EBADF;
	else if (f->f_mapping->a_ops && f->f_mapping->a_ops->readpage &&
		 (S_ISREG(f->f_inode->i_mode) || S_ISBLK(f->f_inode->i_mode)))
		ret = vfs_fadvise(f, pos_from_hilo(hi, lo), count, POSIX_FADV_WILLNEED);
	fput(f);
	return ret;
}
