/*
 * fcntl(2): what can be asked of one descriptor.
 */
#include "kernel/fs/internal.h"

#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_NDELAY | O_DIRECT | O_NOATIME | FASYNC)

static int setfl(struct file *f, unsigned long arg)
{
	struct inode *inode = f->f_inode;

	if (arg & O_NOATIME && !(f->f_flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	if (arg & O_DIRECT && !(f->f_flags & O_DIRECT) && !inode->i_sb->s_bdev &&
	    !S_ISBLK(inode->i_mode) && !S_ISFIFO(inode->i_mode))
		return -EINVAL;
	f->f_flags = (arg & SETFL_MASK) | (f->f_flags & ~SETFL_MASK);
	return 0;
}

static bool owner_exists(int type, pid_t pid)
{
	struct task_struct *p;

	if (type != F_OWNER_PGRP)
		return find_task_by_pid(pid);
	for_each_task (p) {
		if (p->signal->pgrp == pid)
			return true;
	}
	return false;
}

/* Whom the file's signals are for; pid 0: nobody. */
static int f_setown(struct file *f, int type, pid_t pid)
{
	if (pid && !owner_exists(type, pid))
		return -ESRCH;
	f->f_owner = pid;
	f->f_owner_type = type;
	return 0;
}

/* F_SETOWN: a process, or minus a process group. */
static int f_setown_signed(struct file *f, int who)
{
	if (who >= 0)
		return f_setown(f, F_OWNER_PID, who);
	return who == -__INT_MAX__ - 1 ? -EINVAL : f_setown(f, F_OWNER_PGRP, -who);
}

static int f_setown_ex(struct file *f, const struct f_owner_ex __user *arg)
{
	struct f_owner_ex owner;

	if (copy_from_user(&owner, arg, sizeof(owner)))
		return -EFAULT;
	if (owner.type != F_OWNER_TID && owner.type != F_OWNER_PID && owner.type != F_OWNER_PGRP)
		return -EINVAL;
	return f_setown(f, owner.type, owner.pid);
}

static int f_getown_ex(const struct file *f, struct f_owner_ex __user *arg)
{
	struct f_owner_ex owner = {f->f_owner_type, f->f_owner};

	return copy_to_user(arg, &owner, sizeof(owner)) ? -EFAULT : 0;
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
		return setfl(f, arg);
	case F_GETOWN:
		return f->f_owner_type == F_OWNER_PGRP ? -f->f_owner : f->f_owner;
	case F_SETOWN:
		return f_setown_signed(f, (int)arg);
	case F_GETOWN_EX:
		return f_getown_ex(f, (void __user *)arg);
	case F_SETOWN_EX:
		return f_setown_ex(f, (const void __user *)arg);
	case F_GETPIPE_SZ:
	case F_SETPIPE_SZ:
		return pipe_fcntl(f, cmd, arg);
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return memfd_fcntl(f, cmd, arg);
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
