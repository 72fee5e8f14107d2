/*
 * Data from file to file inside the kernel: kernel_read and kernel_write, and on top of them
 * sendfile and copy_file_range.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/uio.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/reclaim/memory_failure.h"

/* ---- kernel memory from and to files ---- */

/* The page of a file to read from, of those before `last`; NULL: a hole of a file that lives in
 * memory only. ERR_PTR. */
static struct page *page_to_read(struct file *f, pgoff_t index, pgoff_t last)
{
	struct address_space *mapping = f->f_mapping;

	int err;

	if (mapping->flags & AS_UNEVICTABLE) {
		err = mapping_swapin(mapping, index);
		return err ? ERR_PTR(err) : find_get_page(mapping, index);
	}
	return filemap_get_page(f, index, last);
}

/* Copy out of one page of the cache; bytes or -errno. */
static ssize_t read_from_page(struct file *f, char *buf, size_t len, loff_t pos)
{
	unsigned int offset = pos & (PAGE_SIZE - 1);
	struct page *page = page_to_read(f, pos >> PAGE_SHIFT, PFN_UP(pos + len));
	char *kaddr;

	if (IS_ERR(page))
		return PTR_ERR(page);
	if (page && PageHWPoison(page)) {
		put_page(page);
		return -EIO;
	}
	len = min(len, (size_t)(PAGE_SIZE - offset));
	if (page && PageUptodate(page)) {
		kaddr = kmap_local_page(page);
		memcpy(buf, kaddr + offset, len);
		kunmap_local(kaddr);
	} else {
		memset(buf, 0, len);
	}
	if (page)
		put_page(page);
	return len;
}

ssize_t kernel_read(struct file *f, void *buf, size_t len, loff_t *pos)
{
	struct address_space *mapping = f->f_mapping;
	size_t done = 0;

	if (f->f_op->read_kernel)
		return f->f_op->read_kernel(f, buf, len, pos);
	if (!mapping->a_ops || !mapping->a_ops->readpage || S_ISDIR(f->f_inode->i_mode))
		return -EINVAL;
	file_accessed(f);
	while (done < len && *pos < mapping->host->i_size) {
		loff_t left = mapping->host->i_size - *pos;
		ssize_t n = read_from_page(f, (char *)buf + done, min((loff_t)(len - done), left),
					   *pos);

		if (n < 0)
			return done ? (ssize_t)done : n;
		done += n;
		*pos += n;
		f->f_ra.prev_pos = *pos;
	}
	return done;
}

ssize_t kernel_write(struct file *f, const void *buf, size_t len, loff_t *pos)
{
	struct iov_iter iter = {.kernel = (char *)buf, .count = len};

	if (f->f_op->write_kernel)
		return f->f_op->write_kernel(f, buf, len, pos);
	return f->f_op->write_iter ? f->f_op->write_iter(f, &iter, pos) : -EINVAL;
}

/* ---- sendfile, copy_file_range ---- */

#define COPY_ROOM (16 * PAGE_SIZE) /* what Linux moves at once, by a pipe of its own */

/* Kernel memory for what is on its way, *room bytes: a page for a pipe, which gets one slot for
   each page of the source, and as much as Linux has for others: what it refuses, such as to let a
   file grow, it refuses for all of that. NULL: no memory. */
static char *alloc_copy_buffer(const struct file *out, size_t *room)
{
	char *buf = NULL;

	*room = S_ISFIFO(out->f_inode->i_mode) ? PAGE_SIZE : COPY_ROOM;
	if (*room > PAGE_SIZE)
		buf = kmalloc(*room, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	if (buf)
		return buf;
	*room = PAGE_SIZE;
	return kmalloc(PAGE_SIZE, GFP_KERNEL);
}

/* Move up to `count` bytes. Advances the positions by what arrived (that of a source without
   positions stays). */
static ssize_t copy_between(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			    size_t count)
{
	size_t done = 0, room;
	char *buf = alloc_copy_buffer(out, &room);
	ssize_t n = 0;

	if (!buf)
		return -ENOMEM;
	while (done < count) {
		loff_t pos = *in_pos;
		/* whole pages of the source, but for the first */
		size_t piece = min(count - done, (size_t)(room - (pos & (PAGE_SIZE - 1))));
		ssize_t got = kernel_read(in, buf, piece, &pos);

		n = got;
		if (got <= 0)
			break;
		n = kernel_write(out, buf, got, out_pos);
		if (n <= 0)
			break;
		*in_pos = n < got ? *in_pos + n : pos;
		done += n;
		if (n < got)
			break;
		if (signal_pending(current)) {
			n = -EINTR;
			break;
		}
		cond_resched();
	}
	kfree(buf);
	return done ? (ssize_t)done : n;
}

static int sendfile_check_source(const struct file *in, const loff_t *ppos, size_t count)
{
	if (ppos && !(in->f_mode & FMODE_PREAD))
		return -ESPIPE;
	return rw_verify_area(in, ppos ? *ppos : in->f_pos, count);
}

/* A destination other than a pipe must allow a write at its position, and the source must be
   seekable, so that no data is lost if the destination takes less than was read. */
static int sendfile_check_files(const struct file *out, const struct file *in, size_t count)
{
	int err = rw_verify_area(out, out->f_pos, count);

	if (err)
		return err;
	return out->f_flags & O_APPEND || !(in->f_mode & FMODE_LSEEK) ? -EINVAL : 0;
}

static ssize_t sendfile_files(struct file *out, struct file *in, loff_t *ppos, size_t count,
			      loff_t max)
{
	loff_t in_pos = ppos ? *ppos : in->f_pos, out_pos = out->f_pos;
	ssize_t ret;

	count = min(count, MAX_RW_COUNT);
	if (!(out->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!max)
		max = min(in->f_inode->i_sb->s_maxbytes, out->f_inode->i_sb->s_maxbytes);
	if (in_pos + (loff_t)count > max) {
		if (in_pos >= max)
			return -EOVERFLOW;
		count = max - in_pos;
	}
	if (S_ISFIFO(out->f_inode->i_mode))
		ret = pipe_wait_for_space(out);
	else
		ret = sendfile_check_files(out, in, count);
	if (ret)
		return ret;
	ret = copy_between(in, &in_pos, out, &out_pos, count);
	if (!S_ISFIFO(out->f_inode->i_mode))
		file_accessed(in); /* also if nothing was read, or could be: as Linux */
	task_io_count(&current->ioac, false, ret);
	task_io_count(&current->ioac, true, ret);
	if (ret < 0)
		return ret;
	if (ppos)
		*ppos = in_pos;
	else
		in->f_pos = in_pos;
	if (out->f_mode & FMODE_LSEEK)
		out->f_pos = out_pos;
	return ret;
}

ssize_t do_sendfile(int out_fd, int in_fd, loff_t *pos, size_t count, loff_t max)
{
	struct file *in = fget(in_fd), *out;
	ssize_t ret = -EBADF;

	if (!in)
		return -EBADF;
	/* All about the source is looked at before the destination. */
	if (in->f_mode & FMODE_READ)
		ret = sendfile_check_source(in, pos, count);
	if (!ret) {
		out = fget(out_fd);
		ret = out ? sendfile_files(out, in, pos, count, max) : -EBADF;
		if (out)
			fput(out);
	}
	fput(in);
	return ret;
}

/*
 * How much there is to copy, or -errno. The order is Linux's: positions count as unsigned while
 * they are added to, what lies behind the end of the source does not count, then come the limits of
 * the destination, and the sign of the positions last.
 */
static ssize_t copy_range_length(struct file *in, loff_t in_pos, struct file *out, loff_t out_pos,
				 size_t len)
{
	loff_t size = in->f_inode->i_size;
	u64 from = in_pos, to = out_pos;
	ssize_t allowed;

	if (from + len < from || to + len < to)
		return -EOVERFLOW;
	len = min((u64)min(len, MAX_RW_COUNT), in_pos < size ? (u64)size - from : 0);
	allowed = out_pos < 0 ? -EINVAL : generic_write_check_limits(out, out_pos, len);
	if (allowed < 0)
		return allowed;
	if (in->f_inode == out->f_inode && to + allowed > from && to < from + allowed)
		return -EINVAL;
	return in_pos < 0 ? -EINVAL : allowed;
}

static ssize_t copy_range_files(struct file *in, loff_t in_pos, struct file *out, loff_t out_pos,
				size_t len)
{
	ssize_t ret;

	if (S_ISDIR(in->f_inode->i_mode) || S_ISDIR(out->f_inode->i_mode))
		return -EISDIR;
	if (!S_ISREG(in->f_inode->i_mode) || !S_ISREG(out->f_inode->i_mode))
		return -EINVAL;
	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE) || out->f_flags & O_APPEND)
		return -EBADF;
	if (in->f_inode->i_sb != out->f_inode->i_sb)
		return -EXDEV;
	if (IS_IMMUTABLE(out->f_inode))
		return -EPERM;
	if (IS_SWAPFILE(in->f_inode) || IS_SWAPFILE(out->f_inode))
		return -ETXTBSY;
	ret = copy_range_length(in, in_pos, out, out_pos, len);
	if (ret <= 0)
		return ret;
	ret = copy_between(in, &in_pos, out, &out_pos, ret);
	task_io_count(&current->ioac, false, ret);
	task_io_count(&current->ioac, true, ret);
	return ret;
}

ssize_t do_copy_file_range(int in_fd, loff_t *in_pos, int out_fd, loff_t *out_pos, size_t len,
			   unsigned int flags)
{
	struct file *in = fget(in_fd), *out = fget(out_fd);
	ssize_t ret = -EBADF;

	if (in && out) {
		ret = flags ? -EINVAL
			    : copy_range_files(in, in_pos ? *in_pos : in->f_pos, out,
					       out_pos ? *out_pos : out->f_pos, len);
		if (ret > 0) {
			*(in_pos ? in_pos : &in->f_pos) += ret;
			*(out_pos ? out_pos : &out->f_pos) += ret;
		}
	}
	if (in)
		fput(in);
	if (out)
		fput(out);
	return ret;
}
