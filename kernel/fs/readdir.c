/*
 * Reading directories: the file system walks its entries, and an actor packs them into what
 * getdents64(2) or the older getdents(2) hands out.
 */
#include "kernel/fs/internal.h"
#include "kernel/lib/util.h"

/* Linux: include/linux/dirent.h; not in the UAPI headers. */
struct linux_dirent64 {
	u64 d_ino;
	s64 d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};
#define DIRENT64_NAME_OFFSET 19
_Static_assert(__builtin_offsetof(struct linux_dirent64, d_name) == DIRENT64_NAME_OFFSET, "ABI");

/* Linux: fs/readdir.c. The type is in the last byte of the record. */
struct linux_dirent {
	unsigned long d_ino;
	unsigned long d_off;
	unsigned short d_reclen;
	char d_name[];
};
#define DIRENT_NAME_OFFSET 10
_Static_assert(__builtin_offsetof(struct linux_dirent, d_name) == DIRENT_NAME_OFFSET, "ABI");

struct getdents_ctx {
	char __user *next; /* where the next record goes */
	char __user *last; /* the last one, whose d_off is still open; or NULL */
	int left;	   /* bytes of room: from 2 GiB on it is negative and nothing fits */
	int error;
};

static int iterate_dir(struct file *f, struct dir_context *ctx)
{
	struct inode *inode = f->f_inode;
	int err = -ENOENT;

	if (!f->f_op->iterate)
		return -ENOTDIR;
	down_read(&inode->i_rwsem);
	if (!IS_DEADDIR(inode)) {
		ctx->pos = f->f_pos;
		err = f->f_op->iterate(f, ctx);
		f->f_pos = ctx->pos;
		file_accessed(f);
	}
	up_read(&inode->i_rwsem);
	return err;
}

/* A name with a slash or a NUL in it cannot be used: the file system is damaged. */
static bool name_is_bad(const char *name, int len)
{
	int i;

	for (i = 0; i < len; i++) {
		if (name[i] == '/' || !name[i])
			return true;
	}
	return len <= 0;
}

static int filldir64(void *arg, const char *name, int len, loff_t offset, u64 ino,
		     unsigned int type)
{
	struct getdents_ctx *ctx = arg;
	struct linux_dirent64 __user *d = (void __user *)ctx->next;
	struct linux_dirent64 head = {.d_ino = ino, .d_type = type};
	unsigned int reclen = ALIGN(DIRENT64_NAME_OFFSET + len + 1, sizeof(u64));

	ctx->error = name_is_bad(name, len) ? -EIO : -EINVAL;
	if (ctx->error == -EIO || (int)reclen > ctx->left || (ctx->last && signal_pending(current)))
		return -1;
	head.d_reclen = reclen;
	ctx->error = -EFAULT;
	if (ctx->last && put_user((s64)offset, &((struct linux_dirent64 __user *)ctx->last)->d_off))
		return -1;
	if (copy_to_user(d, &head, DIRENT64_NAME_OFFSET) || copy_to_user(d->d_name, name, len) ||
	    clear_user(d->d_name + len, 1))
		return -1;
	ctx->error = 0;
	ctx->last = ctx->next;
	ctx->next += reclen;
	ctx->left -= reclen;
	cond_resched();
	return 0;
}

static int filldir(void *arg, const char *name, int len, loff_t offset, u64 ino, unsigned int type)
{
	struct getdents_ctx *ctx = arg;
	struct linux_dirent __user *d = (void __user *)ctx->next;
	struct linux_dirent head = {.d_ino = ino};
	unsigned int reclen = ALIGN(DIRENT_NAME_OFFSET + len + 2, sizeof(long));
	unsigned char type_byte = type;

	ctx->error = name_is_bad(name, len) ? -EIO : -EINVAL;
	if (ctx->error == -EIO || (int)reclen > ctx->left || (ctx->last && signal_pending(current)))
		return -1;
	head.d_reclen = reclen;
	ctx->error = ino != (unsigned long)ino ? -EOVERFLOW : -EFAULT;
	if (ctx->error == -EOVERFLOW)
		return -1;
	if (ctx->last &&
	    put_user((unsigned long)offset, &((struct linux_dirent __user *)ctx->last)->d_off))
		return -1;
	if (copy_to_user(d, &head, DIRENT_NAME_OFFSET) || copy_to_user(d->d_name, name, len) ||
	    clear_user(d->d_name + len, 1) ||
	    put_user(type_byte, (unsigned char __user *)d + reclen - 1))
		return -1;
	ctx->error = 0;
	ctx->last = ctx->next;
	ctx->next += reclen;
	ctx->left -= reclen;
	cond_resched();
	return 0;
}

long do_getdents(unsigned int fd, void __user *buf, unsigned int count, bool wide)
{
	struct getdents_ctx ctx = {.next = buf, .left = count};
	struct dir_context dir = {.actor = wide ? filldir64 : filldir, .ctx = &ctx};
	struct file *f = fget(fd);
	long ret;

	if (!f)
		return -EBADF;
	mutex_lock(&f->f_pos_lock);
	ret = iterate_dir(f, &dir);
	/* Where the next call goes on is also the last record's d_off. */
	if (ret >= 0)
		ret = ctx.error;
	if (ctx.last) {
		if (wide)
			ret = put_user((s64)f->f_pos,
				       &((struct linux_dirent64 __user *)ctx.last)->d_off);
		else
			ret = put_user((unsigned long)f->f_pos,
				       &((struct linux_dirent __user *)ctx.last)->d_off);
		if (!ret)
			ret = (int)count - ctx.left;
	}
	mutex_unlock(&f->f_pos_lock);
	fput(f);
	return ret;
}
