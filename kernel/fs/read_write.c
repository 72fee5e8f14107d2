/*
 * Reading, writing, and the position in a file: checks common to all files, then file_operations.
 */
#include "kernel/fs/writeback.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/uio.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include <linux/fs.h>

/* ---- positions ---- */

loff_t no_llseek(struct file *f, loff_t offset, int whence)
{
	return -ESPIPE;
}

loff_t noop_llseek(struct file *f, loff_t offset, int whence)
{
	return f->f_pos;
}

loff_t generic_file_llseek(struct file *f, loff_t offset, int whence)
{
	struct inode *inode = f->f_mapping->host;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (!offset)
			return f->f_pos;
		offset += f->f_pos;
		break;
	case SEEK_END:
		offset += inode->i_size;
		break;
	case SEEK_DATA:
		/* All of a file is data, and behind its end comes a hole. */
		if (offset < 0 || offset >= inode->i_size)
			return -ENXIO;
		break;
	case SEEK_HOLE:
		if (offset < 0 || offset >= inode->i_size)
			return -ENXIO;
		offset = inode->i_size;
		break;
	default:
		return -EINVAL;
	}
	if (offset < 0 || offset > inode->i_sb->s_maxbytes)
		return -EINVAL;
	f->f_pos = offset;
	return offset;
}

loff_t default_llseek(struct file *f, loff_t offset, int whence)
{
	loff_t size = f->f_inode->i_size;

	switch (whence) {
	case SEEK_CUR:
		offset += f->f_pos;
		break;
	case SEEK_END:
		offset += size;
		break;
	case SEEK_DATA:
		if (offset >= size)
			return -ENXIO;
		break;
	case SEEK_HOLE:
		if (offset >= size)
			return -ENXIO;
		offset = size;
		break;
	}
	if (offset < 0)
		return -EINVAL;
	f->f_pos = offset;
	return offset;
}

loff_t vfs_llseek(struct file *f, loff_t offset, unsigned int whence)
{
	loff_t ret;

	if (whence > SEEK_MAX)
		return -EINVAL;
	if (!(f->f_mode & FMODE_LSEEK))
		return -ESPIPE;
	mutex_lock(&f->f_pos_lock);
	ret = f->f_op->llseek(f, offset, whence);
	mutex_unlock(&f->f_pos_lock);
	return ret;
}

/* All users of an open regular file or directory share its position, so calls that use it run one
   at a time. */
static bool has_atomic_pos(const struct file *f)
{
	return S_ISREG(f->f_inode->i_mode) || S_ISDIR(f->f_inode->i_mode);
}

/* ---- checks ---- */

int rw_verify_area(const struct file *f, loff_t pos, size_t len)
{
	if ((ssize_t)len < 0)
		return -EINVAL;
	if (f->f_mode & FMODE_UNSIGNED_OFFSET)
		return pos < 0 && (pos == INT64_MIN || (loff_t)len >= -pos) ? -EOVERFLOW : 0;
	return pos < 0 || (loff_t)len > INT64_MAX - pos ? -EINVAL : 0;
}

ssize_t generic_write_check_limits(struct file *f, loff_t pos, size_t len)
{
	loff_t max = f->f_mapping->host->i_sb->s_maxbytes;
	unsigned long limit = rlimit(RLIMIT_FSIZE);

	if (limit != RLIM_INFINITY) {
		if (pos >= (loff_t)limit) {
			send_sig_info(SIGXFSZ, SEND_SIG_NOINFO, current);
			return -EFBIG;
		}
		len = min((loff_t)len, (loff_t)limit - pos);
	}
	if (!(f->f_flags & O_LARGEFILE))
		max = MAX_NON_LFS;
	return pos >= max ? -EFBIG : (ssize_t)min((loff_t)len, max - pos);
}

ssize_t generic_write_checks(struct file *f, const struct iov_iter *from, loff_t *pos)
{
	if (IS_SWAPFILE(f->f_mapping->host))
		return -ETXTBSY;
	if (!from->count)
		return 0;
	if (f->f_flags & O_APPEND || from->append)
		*pos = f->f_mapping->host->i_size;
	return generic_write_check_limits(f, *pos, from->count);
}

/* What a transfer must pass before it begins. 0 or -errno. */
static __always_inline int check_buffer(const struct file *f, const void __user *buf, size_t len,
					loff_t pos, bool write)
{
	if (!(f->f_mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (write ? !f->f_op->write : !f->f_op->read)
		return -EINVAL;
	if (!access_ok(buf, len))
		return -EFAULT;
	return rw_verify_area(f, pos, len);
}

/* ---- one buffer ---- */

ssize_t generic_read_dir(struct file *f, char __user *buf, size_t len, loff_t *pos)
{
	return -EISDIR;
}

/* A transfer that was checked. Bytes or -errno. */
static __always_inline ssize_t rw_buffer(struct file *f, void __user *buf, size_t len, loff_t *pos,
					 bool write)
{
	len = min(len, (size_t)MAX_RW_COUNT);
	return write ? f->f_op->write(f, buf, len, pos) : f->f_op->read(f, buf, len, pos);
}

/* ---- several buffers ---- */

struct iovec *iovec_from_user(const struct iovec __user *uvec, unsigned long nr, struct iovec *fast,
			      unsigned long nr_fast)
{
	struct iovec *iov = fast;
	unsigned long i;
	int err = 0;

	if (nr > UIO_MAXIOV)
		return ERR_PTR(-EINVAL);
	if (nr > nr_fast) {
		iov = kmalloc_array(nr, sizeof(*iov), GFP_KERNEL);
		if (!iov)
			return ERR_PTR(-ENOMEM);
	}
	if (copy_from_user(iov, uvec, nr * sizeof(*iov)))
		err = -EFAULT;
	for (i = 0; !err && i < nr; i++) {
		if ((ssize_t)iov[i].iov_len < 0)
			err = -EINVAL;
	}
	if (!err)
		return iov;
	if (iov != fast)
		kfree(iov);
	return ERR_PTR(err);
}

ssize_t import_iovec(const struct iovec __user *uvec, unsigned long nr, struct iovec *fast,
		     unsigned long nr_fast, struct iovec **iovp)
{
	struct iovec *iov = iovec_from_user(uvec, nr, fast, nr_fast);
	size_t total = 0;
	unsigned long i;

	if (IS_ERR(iov))
		return PTR_ERR(iov);
	for (i = 0; i < nr; i++) {
		if (!access_ok(iov[i].iov_base, iov[i].iov_len)) {
			if (iov != fast)
				kfree(iov);
			return -EFAULT;
		}
		iov[i].iov_len = min((size_t)iov[i].iov_len, MAX_RW_COUNT - total);
		total += iov[i].iov_len;
	}
	*iovp = iov;
	return total;
}

static bool would_block(struct file *f)
{
	return !S_ISREG(f->f_inode->i_mode) && f->f_op->poll &&
	       !(f->f_op->poll(f, NULL) & (POLLIN | POLLHUP | POLLERR));
}

/* Transfer the buffers in turn, up to the first that is not filled. */
static ssize_t rw_vector(struct file *f, const struct iovec *iov, unsigned long nr, loff_t *pos,
			 bool write)
{
	ssize_t done = 0, n;

	for (; nr; nr--, iov++) {
		if (!iov->iov_len)
			continue;
		/* What came already is returned rather than waiting for more. */
		if (done && !write && would_block(f))
			break;
		n = check_buffer(f, iov->iov_base, iov->iov_len, *pos, write);
		if (!n)
			n = rw_buffer(f, iov->iov_base, iov->iov_len, pos, write);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (n != (ssize_t)iov->iov_len)
			break;
	}
	return done;
}

#define RW_FLAGS_SERVED (RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND)

/* May a vector of `total` bytes be moved so? 1: yes; 0: there is nothing to do; -errno. */
static int rw_iter_check(const struct file *f, size_t total, loff_t pos, unsigned int flags,
			 bool write)
{
	int err;

	if (!(f->f_mode & (write ? FMODE_WRITE : FMODE_READ)))
		return -EBADF;
	if (write ? !f->f_op->write : !f->f_op->read)
		return -EINVAL;
	if (!total)
		return 0;
	err = rw_verify_area(f, pos, total);
	if (err)
		return err;
	return flags & ~(unsigned int)RW_FLAGS_SERVED ? -EOPNOTSUPP : 1;
}

/* The vector is looked at first, whatever the file is: as Linux. */
static ssize_t rw_iter(struct file *f, const void __user *uvec, unsigned long nr, loff_t *pos,
		       unsigned int flags, bool write)
{
	struct iovec fast[8], *iov;
	struct iov_iter iter;
	ssize_t total, ret;

	total = import_iovec(uvec, nr, fast, ARRAY_SIZE(fast), &iov);
	if (total < 0)
		return total;
	iter = (struct iov_iter){.iov = iov, .count = total, .append = flags & RWF_APPEND};
	ret = rw_iter_check(f, total, *pos, flags, write);
	if (ret > 0 && write && f->f_op->write_iter)
		ret = f->f_op->write_iter(f, &iter, pos);
	else if (ret > 0 && !write && f->f_op->read_iter)
		ret = f->f_op->read_iter(f, &iter, pos);
	else if (ret > 0)
		ret = rw_vector(f, iov, nr, pos, write);
	if (write && flags & (RWF_DSYNC | RWF_SYNC))
		ret = generic_write_sync(f, *pos, ret, flags);
	if (iov != fast)
		kfree(iov);
	return ret;
}

/* ---- the calls: inlined, so that what is constant in a call costs nothing ---- */

/* What one of the calls asks for: one buffer, or a vector of them. */
struct rw_call {
	void __user *buf; /* the buffer, or the vector */
	size_t len;	  /* bytes of the buffer, or buffers of the vector */
	unsigned int flags;
	bool vector, write;
};

/* A vector counts as a call even if it fails, a buffer only when its checks have passed: as Linux.
 */
static __always_inline ssize_t rw_at(struct file *f, const struct rw_call *call, loff_t *pos)
{
	ssize_t ret;

	if (call->vector)
		return rw_iter(f, call->buf, call->len, pos, call->flags, call->write);
	ret = check_buffer(f, call->buf, call->len, *pos, call->write);
	if (ret)
		return ret;
	ret = rw_buffer(f, call->buf, call->len, pos, call->write);
	task_io_count(&current->ioac, call->write, ret);
	return ret;
}

/* At the file's own position, which moves on. */
static __always_inline ssize_t rw_at_own_pos(struct file *f, const struct rw_call *call)
{
	bool stream = !(f->f_mode & FMODE_LSEEK), lock = has_atomic_pos(f);
	ssize_t ret;
	loff_t pos;

	if (lock)
		mutex_lock(&f->f_pos_lock);
	pos = stream ? 0 : f->f_pos;
	ret = rw_at(f, call, &pos);
	if (ret >= 0 && !stream)
		f->f_pos = pos;
	if (lock)
		mutex_unlock(&f->f_pos_lock);
	return ret;
}

/* At *pos, or at the file's own position if pos is NULL. */
static __always_inline ssize_t do_rw(unsigned long fd, const struct rw_call *call, loff_t *pos)
{
	struct file *f;
	ssize_t ret = -EBADF;

	if (pos && *pos < 0)
		return -EINVAL;
	f = fget(fd);
	if (f) {
		if (!pos)
			ret = rw_at_own_pos(f, call);
		else if (f->f_mode & (call->write ? FMODE_PWRITE : FMODE_PREAD))
			ret = rw_at(f, call, pos);
		else
			ret = -ESPIPE;
		fput(f);
	}
	if (call->vector)
		task_io_count(&current->ioac, call->write, ret);
	return ret;
}

ssize_t ksys_rw(unsigned int fd, void __user *buf, size_t len, bool write)
{
	const struct rw_call call = {.buf = buf, .len = len, .write = write};

	return do_rw(fd, &call, NULL);
}

ssize_t ksys_prw(unsigned int fd, void __user *buf, size_t len, loff_t pos, bool write)
{
	const struct rw_call call = {.buf = buf, .len = len, .write = write};

	return do_rw(fd, &call, &pos);
}

ssize_t ksys_rwv(unsigned long fd, const struct iovec __user *vec, unsigned long nr,
		 unsigned int flags, bool write)
{
	const struct rw_call call = {(void __user *)vec, nr, flags, true, write};

	return do_rw(fd, &call, NULL);
}

ssize_t ksys_prwv(unsigned long fd, const struct iovec __user *vec, unsigned long nr, loff_t pos,
		  unsigned int flags, bool write)
{
	const struct rw_call call = {(void __user *)vec, nr, flags, true, write};

	return do_rw(fd, &call, &pos);
}
