/*
 * What the files of most file systems do: read and write by way of the page cache, and change size.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/uio.h"
#include "kernel/fs/writeback.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/cache/lru.h"
#include "mm/cache/pagecache.h"
#include "mm/phys/highmem.h"

ssize_t generic_file_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct address_space *mapping = f->f_mapping;
	struct inode *inode = mapping->host;
	pgoff_t last = PFN_UP(*ppos + len); /* behind what is wanted; cut off if it wraps */
	size_t done = 0;
	ssize_t err = 0;

	if (*ppos >= inode->i_sb->s_maxbytes)
		return 0; /* where no file can be: as Linux, this is no access */
	while (done < len && *ppos < inode->i_size) {
		unsigned int offset = *ppos & ~PAGE_MASK;
		size_t n = min_t(size_t, len - done, PAGE_SIZE - offset), left;
		struct page *page = filemap_get_page(f, *ppos >> PAGE_SHIFT, last);
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
		if ((f->f_ra.prev_pos - 1) >> PAGE_SHIFT != *ppos >> PAGE_SHIFT)
			mark_page_accessed(page);
		put_page(page);
		done += n - left;
		*ppos += n - left;
		f->f_ra.prev_pos = *ppos;
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

/* Touch both ends of a piece, which is at most a page long. => how many bytes of it can be read. */
static size_t fault_in_readable(const char __user *buf, size_t len)
{
	char c __attribute__((unused)); /* only the fault matters */

	if (get_user(c, buf))
		return 0;
	if (get_user(c, buf + len - 1))
		len = PAGE_SIZE - offset_in_page(buf);
	return len;
}

/* The next piece, within one page. Bytes written or -errno; 0 means: fault the buffer in again. */
static ssize_t write_one_page(struct file *f, struct iov_iter *from, loff_t pos)
{
	struct address_space *mapping = f->f_mapping;
	unsigned int offset = pos & ~PAGE_MASK;
	size_t len = min(iov_iter_piece(from), (size_t)(PAGE_SIZE - offset));
	struct page *page;
	size_t copied = 0;
	char *kaddr;
	int err, taken;

	if (!from->kernel)
		len = fault_in_readable(iov_iter_addr(from), len);
	if (!len)
		return -EFAULT;
	err = mapping->a_ops->write_begin(f, mapping, pos, len, &page);
	if (err)
		return err;
	/* no fault while the page is locked: it could want that very page */
	pagefault_disable();
	kaddr = kmap_local_page(page);
	copied = copy_from_iter(kaddr + offset, len, from);
	kunmap_local(kaddr);
	pagefault_enable();
	taken = mapping->a_ops->write_end(f, mapping, pos, len, copied, page);
	if (taken >= 0 && taken < copied)
		iov_iter_revert(from, copied - taken);
	return taken;
}

ssize_t generic_perform_write(struct file *f, struct iov_iter *from, loff_t *ppos)
{
	size_t done = 0;
	ssize_t n = 0;

	while (from->count) {
		n = write_one_page(f, from, *ppos);
		if (n < 0)
			break;
		done += n;
		*ppos += n;
		balance_dirty_pages_ratelimited(f->f_mapping);
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done || n >= 0 ? (ssize_t)done : n;
}

ssize_t generic_file_write_iter(struct file *f, struct iov_iter *from, loff_t *ppos)
{
	struct inode *inode = f->f_mapping->host;
	ssize_t ret;

	if (!f->f_mapping->a_ops->write_begin)
		return -EROFS;
	inode_lock(inode);
	ret = generic_write_checks(f, from, ppos);
	if (ret > 0) {
		from->count = ret;
		ret = file_modified(f); /* even if nothing can be copied: as Linux */
		if (!ret)
			ret = generic_perform_write(f, from, ppos);
	}
	inode_unlock(inode);
	return generic_write_sync(f, *ppos, ret, 0);
}

ssize_t generic_file_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	struct iov_iter iter;
	struct iovec iov;

	iov_iter_ubuf(&iter, &iov, buf, len);
	return generic_file_write_iter(f, &iter, ppos);
}

/* ---- size ---- */

void pagecache_isize_extended(struct inode *inode, loff_t from, loff_t to)
{
	loff_t block_end = ALIGN(from, (loff_t)i_blocksize(inode));
	struct page *page;

	if (to <= block_end || !(block_end & (PAGE_SIZE - 1)))
		return;
	page = find_lock_page(inode->i_mapping, from >> PAGE_SHIFT);
	if (!page)
		return;
	if (page_mkclean(page))
		set_page_dirty(page);
	unlock_page(page);
	put_page(page);
}

void truncate_setsize(struct inode *inode, loff_t newsize)
{
	loff_t oldsize = inode->i_size;
	loff_t hole = (newsize + PAGE_SIZE - 1) & ~(loff_t)(PAGE_SIZE - 1);

	inode->i_size = newsize;
	if (newsize > oldsize)
		pagecache_isize_extended(inode, oldsize, newsize);
	if (newsize >= oldsize)
		return;
	/* twice: a fault may map a page again between the two */
	unmap_mapping_range(inode->i_mapping, hole, 0, true);
	truncate_inode_pages(inode->i_mapping, newsize);
	unmap_mapping_range(inode->i_mapping, hole, 0, true);
}
