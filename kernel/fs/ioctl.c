/*
 * ioctl(2): the commands that mean the same for every file, then the file's own.
 */
#include "kernel/fs/internal.h"
#include <asm/ioctls.h>
#include <linux/fs.h>

/* "Not my command", from a driver (Linux: include/linux/errno.h, not in the UAPI headers). */
#define ENOIOCTLCMD 515

static long ioctl_fionbio(struct file *f, int __user *arg)
{
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	if (on)
		f->f_flags |= O_NONBLOCK;
	else
		f->f_flags &= ~O_NONBLOCK;
	return 0;
}

static long ioctl_fioasync(unsigned int fd, struct file *f, int __user *arg)
{
	int on, err = 0;

	if (get_user(on, arg))
		return -EFAULT;
	if (!!on != !!(f->f_flags & FASYNC))
		err = f->f_op->fasync ? f->f_op->fasync(fd, f, on) : -ENOTTY;
	return min(err, 0);
}

static long ioctl_file(struct file *f, unsigned int cmd, unsigned long arg)
{
	long ret = f->f_op->ioctl ? f->f_op->ioctl(f, cmd, arg) : -ENOTTY;

	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

long do_vfs_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct file *f = fget(fd);
	struct inode *inode;
	long ret = 0;

	if (!f)
		return -EBADF;
	inode = f->f_inode;
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		set_close_on_exec(fd, cmd == FIOCLEX);
		break;
	case FIONBIO:
		ret = ioctl_fionbio(f, (int __user *)arg);
		break;
	case FIOASYNC:
		ret = ioctl_fioasync(fd, f, (int __user *)arg);
		break;
	case FS_IOC_GETFLAGS:
		ret = ioctl_getflags(f, (u32 __user *)arg);
		break;
	case FS_IOC_SETFLAGS:
		ret = ioctl_setflags(f, (const u32 __user *)arg);
		break;
	case FS_IOC_FSGETXATTR:
		ret = ioctl_fsgetxattr(f, (struct fsxattr __user *)arg);
		break;
	case FS_IOC_FSSETXATTR:
		ret = ioctl_fssetxattr(f, (const struct fsxattr __user *)arg);
		break;
	case FIOQSIZE:
		if (S_ISDIR(inode->i_mode) || S_ISREG(inode->i_mode) || S_ISLNK(inode->i_mode))
			ret = put_user((loff_t)(inode->i_blocks << 9), (loff_t __user *)arg);
		else
			ret = -ENOTTY;
		break;
	case FIGETBSZ:
		ret = put_user((int)inode->i_sb->s_blocksize, (int __user *)arg);
		break;
	case FIONREAD:
		if (S_ISREG(inode->i_mode))
			ret = put_user((int)(inode->i_size - f->f_pos), (int __user *)arg);
		else
			ret = ioctl_file(f, cmd, arg);
		break;
	default:
		ret = ioctl_file(f, cmd, arg);
	}
	fput(f);
	return ret;
}
