/*
 * What the files of most file systems do: read and write by way of the page cache, and change size.
 */
#include "kernel/fs/internal.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/cache/lru.h"
#include "mm/mm.h"
#include "mm/phys/highmem.h"

ssize_t generic_file_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct address_space *mapping = f->f_mapping;
	struct inode *inode = mapping->host;
	size_t done = 0;
	ssize_t err = 0;

	while (done < len && *ppos < inode->i_size) {
		unsigned int offset = *ppos & ~PAGE_MASK;
		size_t n = min_t(size_t, len - done, PAGE_SIZE - offset), left;
		struct page *page = read_mapping_page(mapping, *ppos >> PAGE_SHIFT, f);
		char *kaddr;

		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		/* the size is looked at again: the read may have slept */
		n = *ppos < inode->i_size ? min_t(loff_t, n, inode->i_size - *ppos) : 0;
		kaddr = kmap_local_page(page);
		left = copy_to_user(buf + done, kaddr + offset, n);
		kunmap_local(kaddr);
		/* many small reads of a page are one use of it */
		if (!f->f_read_end || (f->f_read_end - 1) >> PAGE_SHIFT != *ppos >> PAGE_SHIFT)
			mark_page_accessed(page);
		put_page(page);
		done += n - left;
		*ppos += n - left;
		f->f_read_end = *ppos;
		if (left) {
			err = -EFAULT;
			break;
		}
		if (!n)
			break;
		cond_resched();
	}
	if (len)
		file_accessed(f);
	return done ? (ssize_t)done : err;
}

/* ---- writing ---- */

/* Touch both ends of a piece, which is at most a page long. => the bytes from buf on that can be
 * read. */
static size_t fault_in_readable(const char __user *buf, size_t len)
{
	char c __attribute__((unused)); /* only the fault matters */

	if (get_user(c, buf))
		return 0;
	if (get_user(c, buf + len - 1))
		len = PAGE_SIZE - offset_in_page(buf);
	return len;
}

/* One piece within one page. Bytes written or -errno; 0 means: fault the buffer in again. */
static ssize_t write_one_page(struct file *f, const char __user *buf, size_t len, loff_t pos)
{
	struct address_space *mapping = f->f_mapping;
	unsigned int offset = pos & ~PAGE_MASK;
	struct page *page;
	size_t copied = 0;
	char *kaddr;
	int err;

	len = fault_in_readable(buf, len);
	if (!len)
		return -EFAULT;
	err = mapping->a_ops->write_begin(f, mapping, pos, len, &page);
	if (err)
		return err;
	/* no fault while the page is locked: it could want that very page */
	pagefault_disable();
	kaddr = kmap_local_page(page);
	copied = len - copy_from_user(kaddr + offset, buf, len);
	kunmap_local(kaddr);
	pagefault_enable();
	return mapping->a_ops->write_end(f, mapping, pos, len, copied, page);
}

ssize_t generic_file_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	struct inode *inode = f->f_mapping->host;
	size_t done = 0;
	ssize_t n = 0;

	if (!f->f_mapping->a_ops->write_begin)
		return -EROFS;
	down_write(&inode->i_rwsem);
	if (f->f_flags & O_APPEND)
		*ppos = inode->i_size;
	file_update_time(f); /* even if nothing can be copied: as Linux */
	while (done < len) {
		size_t piece = min_t(size_t, len - done, PAGE_SIZE - (*ppos & ~PAGE_MASK));

		n = write_one_page(f, buf + done, piece, *ppos);
		if (n < 0)
			break;
		done += n;
		*ppos += n;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	up_write(&inode->i_rwsem);
	return done || n >= 0 ? (ssize_t)done : n;
}

/* ---- size ---- */

void truncate_setsize(struct inode *inode, loff_t newsize)
{
	loff_t oldsize = inode->i_size;
	loff_t hole = (newsize + PAGE_SIZE - 1) & ~(loff_t)(PAGE_SIZE - 1);

	inode->i_size = newsize;
	if (newsize >= oldsize)
		return;
	/* twice: a fault may map a page again between the two */
	unmap_mapping_range(inode->i_mapping, hole, 0, true);
	truncate_inode_pages(inode->i_mapping, newsize);
	unmap_mapping_range(inode->i_mapping, hole, 0, true);
}
