/*
 * Data from file to file inside the kernel: kernel_read and kernel_write through the page cache,
 * and on top of them sendfile and copy_file_range.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/seq_file.h"
#include "libc/include/string.h"
#include "mm/gfp.h"
#include "mm/highmem.h"
#include "mm/slab.h"

/* ---- kernel memory from and to files ---- */

/* The page of a file to read from; NULL: a hole of a file that lives in memory only. ERR_PTR. */
static struct page *page_to_read(struct file *f, pgoff_t index)
{
	struct address_space *mapping = f->f_mapping;

	if (mapping->flags & AS_UNEVICTABLE)
		return find_get_page(mapping, index);
	return read_mapping_page(mapping, index, f);
}

/* Copy out of one page of the cache; bytes or -errno. */
static ssize_t read_from_page(struct file *f, char *buf, size_t len, loff_t pos)
{
	unsigned int offset = pos & (PAGE_SIZE - 1);
	struct page *page = page_to_read(f, pos >> PAGE_SHIFT);
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

	if (!mapping->a_ops || !mapping->a_ops->readpage) {
		if (f->f_op->read == seq_read)
			return seq_read_kernel(f, buf, len, pos);
		return S_ISDIR(f->f_inode->i_mode) ? -EISDIR : -EINVAL;
	}
	if (*pos < 0)
		return -EINVAL;
	while (done < len && *pos < mapping->host->i_size) {
		loff_t left = mapping->host->i_size - *pos;
		ssize_t n = read_from_page(f, (char *)buf + done, min((loff_t)(len - done), left),
					   *pos);

		if (n < 0)
			return done ? (ssize_t)done : n;
		done += n;
		*pos += n;
	}
	return done;
}

/* Put kernel bytes into one page of the cache; bytes or -errno. The inode is locked. */
static ssize_t write_to_page(struct file *f, const char *buf, size_t len, loff_t pos)
{
	const struct address_space_operations *a_ops = f->f_mapping->a_ops;
	unsigned int offset = pos & (PAGE_SIZE - 1);
	struct page *page;
	char *kaddr;
	int err;

	len = min(len, (size_t)(PAGE_SIZE - offset));
	err = a_ops->write_begin(f, f->f_mapping, pos, len, &page);
	if (err)
		return err;
	kaddr = kmap_local_page(page);
	memcpy(kaddr + offset, buf, len);
	kunmap_local(kaddr);
	return a_ops->write_end(f, f->f_mapping, pos, len, len, page);
}

ssize_t kernel_write(struct file *f, const void *buf, size_t len, loff_t *pos)
{
	struct address_space *mapping = f->f_mapping;
	ssize_t todo, done = 0, n = 0;

	if (f->f_op->write_kernel)
		return f->f_op->write_kernel(f, buf, len, pos);
	if (!f->f_op->write || !mapping->a_ops || !mapping->a_ops->write_begin)
		return -EINVAL;
	inode_lock(mapping->host);
	todo = generic_write_checks(f, pos, len);
	if (todo > 0) {
		n = file_modified(f);
	}
	while (!n && done < todo) {
		n = write_to_page(f, (const char *)buf + done, todo - done, *pos);
		if (n <= 0)
			break;
		done += n;
		*pos += n;
		n = 0;
	}
	inode_unlock(mapping->host);
	return done ? done : todo < 0 ? todo : n;
}

/* ---- sendfile, copy_file_range ---- */

/* Move up to `count` bytes by a page of kernel memory. Advances the positions by what arrived. */
static ssize_t copy_between(struct file *in, loff_t *in_pos, struct file *out, loff_t *out_pos,
			    size_t count)
{
	char *buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t done = 0;
	ssize_t n = 0;

	if (!buf)
		return -ENOMEM;
	while (done < count) {
		loff_t pos = *in_pos;
		/* Page by page of the source: a pipe gets one slot for each. */
		size_t piece = min(count - done, (size_t)(PAGE_SIZE - (pos & (PAGE_SIZE - 1))));
		ssize_t got = kernel_read(in, buf, piece, &pos);

		n = got;
		if (got <= 0)
			break;
		n = kernel_write(out, buf, got, out_pos);
		if (n <= 0)
			break;
		*in_pos += n;
		done += n;
		if (n < got)
			break;
		if (signal_pending(current)) {
			n = -EINTR;
			break;
		}
	}
	kfree(buf);
	return done ? (ssize_t)done : n;
}

static int sendfile_check_source(const struct file *in, const loff_t *ppos, size_t count)
{
	if (ppos && !(in->f_mode & FMODE_PREAD))
		return -ESPIPE;
	if ((ssize_t)count < 0 || (ppos && *ppos < 0))
		return -EINVAL;
	return 0;
}

static ssize_t sendfile_files(struct file *out, struct file *in, loff_t *ppos, size_t count,
			      loff_t max)
{
	loff_t in_pos = ppos ? *ppos : in->f_pos, out_pos = out->f_pos;
	ssize_t ret;

	if (!(out->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!max)
		max = min(in->f_inode->i_sb->s_maxbytes, out->f_inode->i_sb->s_maxbytes);
	if (in_pos + (loff_t)count > max) {
		if (in_pos >= max)
			return -EOVERFLOW;
		count = max - in_pos;
	}
	if (S_ISFIFO(out->f_inode->i_mode)) {
		ret = pipe_wait_for_space(out);
		if (ret)
			return ret;
	} else if (out->f_flags & O_APPEND) {
		return -EINVAL;
	}
	if (!S_ISREG(in->f_inode->i_mode) && !S_ISBLK(in->f_inode->i_mode))
		return -EINVAL;
	ret = copy_between(in, &in_pos, out, &out_pos, count);
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
	if (in_pos < 0 || out_pos < 0)
		return -EINVAL;
	if (in_pos + (loff_t)len < in_pos || out_pos + (loff_t)len < out_pos)
		return -EOVERFLOW;
	/* What lies behind the end of the source does not count. */
	len = in_pos < in->f_inode->i_size ? min((loff_t)len, in->f_inode->i_size - in_pos) : 0;
	if (in->f_inode == out->f_inode && out_pos + (loff_t)len > in_pos &&
	    out_pos < in_pos + (loff_t)len)
		return -EINVAL;
	if (!len)
		return 0;
	ret = copy_between(in, &in_pos, out, &out_pos, len);
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
