/*
 * fcntl(2): what can be asked of one descriptor.
 */
#include "kernel/fs/fasync.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/lease.h"
#include "kernel/fs/seals.h"

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_NDELAY | O_DIRECT | O_NOATIME)

static int setfl(unsigned int fd, struct file *f, unsigned long arg)
{
	struct inode *inode = f->f_inode;
	int err;

	if ((arg ^ f->f_flags) & O_APPEND && IS_APPEND(inode))
		return -EPERM;
	if (arg & O_NOATIME && !(f->f_flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	if (arg & O_DIRECT && !(f->f_flags & O_DIRECT) && !inode->i_sb->s_bdev &&
	    !S_ISBLK(inode->i_mode) && !S_ISFIFO(inode->i_mode))
		return -EINVAL;
	if ((arg ^ f->f_flags) & FASYNC && f->f_op->fasync) {
		err = f->f_op->fasync(fd, f, arg & FASYNC);
		if (err < 0)
			return err;
	}
	f->f_flags = (arg & SETFL_MASK) | (f->f_flags & ~SETFL_MASK);
	return 0;
}

static bool allowed_on_path_file(unsigned int cmd)
{
	return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC || cmd == F_GETFD || cmd == F_SETFD ||
	       cmd == F_GETFL;
}

static long fcntl_lock(unsigned int fd, struct file *f, unsigned int cmd, void __user *ulock)
{
	switch (cmd) {
	case F_GETLK:
		return fcntl_getlk(f, ulock, false, false);
	case F_SETLK:
	case F_SETLKW:
		return fcntl_setlk(fd, f, ulock, false, false, cmd == F_SETLKW);
	case F_GETLK64:
		return fcntl_getlk(f, ulock, true, false);
	case F_SETLK64:
	case F_SETLKW64:
		return fcntl_setlk(fd, f, ulock, true, false, cmd == F_SETLKW64);
	case F_OFD_GETLK:
		return fcntl_getlk(f, ulock, true, true);
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_setlk(fd, f, ulock, true, true, cmd == F_OFD_SETLKW);
	default:
		return -EINVAL;
	}
}

static long fcntl_file(unsigned int fd, struct file *f, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case F_DUPFD:
		return f_dupfd(arg, f, 0);
	case F_DUPFD_CLOEXEC:
		return f_dupfd(arg, f, O_CLOEXEC);
	case F_GETFD:
		return get_close_on_exec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		set_close_on_exec(fd, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return f->f_flags;
	case F_SETFL:
		return setfl(fd, f, arg);
	case F_GETOWN:
		return f_getown(f);
	case F_SETOWN:
		return f_setown(f, (int)arg);
	case F_GETOWN_EX:
		return f_getown_ex(f, (void __user *)arg);
	case F_SETOWN_EX:
		return f_setown_ex(f, (const void __user *)arg);
	case F_GETOWNER_UIDS:
		return f_getowner_uids(f, (uid_t __user *)arg);
	case F_GETSIG:
		return f->f_owner.signum;
	case F_SETSIG:
		return f_setsig(f, arg);
	case F_GETLEASE:
		return fcntl_getlease(f);
	case F_SETLEASE:
		return fcntl_setlease(fd, f, (int)arg);
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return pipe_fcntl(f, cmd, arg);
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return fcntl_seals(f, cmd, arg);
	default:
		return fcntl_lock(fd, f, cmd, (void __user *)arg);
	}
}

long do_fcntl(int fd, unsigned int cmd, unsigned long arg)
{
	struct file *f = fget_raw(fd);
	long ret;

	if (!f)
		return -EBADF;
	if (f->f_mode & FMODE_PATH && !allowed_on_path_file(cmd))
		ret = -EBADF;
	else
		ret = fcntl_file(fd, f, cmd, arg);
	fput(f);
	return ret;
}
