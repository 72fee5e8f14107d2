/*
 * The page cache: the pages of files, found by (file, page index). One cache serves read, write,
 * exec and mmap, so they always see the same bytes.
 *
 * A page enters locked and not uptodate; the file system's readpage fills it and unlocks it. The
 * cache holds one reference to each of its pages. Clean pages that nobody maps stay until memory is
 * short.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/locking/wait.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/cache/filemap.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/layout.h"
#include <linux/errno.h>

static unsigned long cache_pages, shmem_pages;
static DECLARE_WAIT_QUEUE_HEAD(page_wait); /* for any page lock; waiters are rare */

unsigned long nr_file_pages(void)
{
	return cache_pages;
}

unsigned long nr_shmem_pages(void)
{
	return shmem_pages;
}

/* ---- the page lock ---- */

/* Is the page locked? Then whoever unlocks it will wake those who wait. This is asked anew at each
   look: unlocking takes the mark away, and before the sleeper runs somebody else may have taken the
   lock. */
static bool locked_with_waiters(struct page *page)
{
	if (!PageLocked(page))
		return false;
	SetPageWaiters(page);
	return true;
}

void wait_on_page_locked(struct page *page)
{
	wait_event(page_wait, !locked_with_waiters(page));
}

void lock_page(struct page *page)
{
	might_sleep();
	while (!trylock_page(page))
		wait_event(page_wait, !locked_with_waiters(page));
}

void unlock_page(struct page *page)
{
	BUG_ON(!PageLocked(page));
	ClearPageLocked(page);
	if (TestClearPageWaiters(page))
		wake_up_all(&page_wait);
}

/* ---- finding, adding, removing ---- */

struct page *find_get_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page = radix_tree_lookup(&mapping->pages, index);

	if (page)
		get_page(page);
	return page;
}

struct page *find_lock_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page;

	while ((page = find_get_page(mapping, index))) {
		lock_page(page);
		if (page->mapping == mapping)
			return page;
		unlock_page(page); /* truncated while we waited */
		put_page(page);
	}
	return NULL;
}

int add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	int err = radix_tree_insert(&mapping->pages, index, page);

	if (err)
		return err;
	get_page(page);
	SetPageLocked(page);
	page->mapping = mapping;
	page->index = index;
	mapping->nrpages++;
	cache_pages++;
	if (mapping->flags & AS_UNEVICTABLE) {
		SetPageSwapBacked(page);
		shmem_pages++;
	} else {
		lru_cache_add(page);
	}
	lru_count_page(page);
	return 0;
}

void delete_from_page_cache(struct page *page)
{
	struct address_space *mapping = page->mapping;

	BUG_ON(!PageLocked(page));
	radix_tree_delete(&mapping->pages, page->index);
	mapping->nrpages--;
	cache_pages--;
	lru_uncount_page(page);
	if (PageSwapBacked(page))
		shmem_pages--;
	else
		lru_cache_del(page);
	ClearPageDirty(page);
	ClearPageSwapBacked(page);
	page->mapping = NULL;
	put_page(page);
}

bool replace_page_cache_page(struct page *page, struct page *new)
{
	struct address_space *mapping = page->mapping;

	new->mapping = mapping;
	new->index = page->index;
	if (!PageSwapBacked(page))
		lru_cache_add(new);
	lru_count_page(new);
	if (!move_rmap(page, new)) {
		lru_uncount_page(new);
		lru_cache_del(new);
		new->mapping = NULL;
		return false;
	}
	*radix_tree_lookup_slot(&mapping->pages, page->index) = new;
	get_page(new);
	lru_uncount_page(page);
	lru_cache_del(page);
	page->mapping = NULL;
	put_page(page);
	return true;
}

struct page *find_or_create_page(struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	for (;;) {
		struct page *page = find_lock_page(mapping, index);
		int err;

		if (page)
			return page;
		page = alloc_page(gfp);
		if (!page)
			return ERR_PTR(-ENOMEM);
		err = add_to_page_cache(page, mapping, index, gfp);
		if (!err)
			return page;
		put_page(page);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

bool set_page_dirty(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (mapping && mapping->a_ops->set_page_dirty)
		return mapping->a_ops->set_page_dirty(page);
	return !TestSetPageDirty(page);
}

/* ---- reading ---- */

/* Fill a locked page; waits. The page stays referenced. */
static int fill_page(struct address_space *mapping, struct page *page, struct file *f)
{
	int err;

	ClearPageError(page);
	err = mapping->a_ops->readpage(f, page);
	if (err)
		return err;
	wait_on_page_locked(page);
	return PageUptodate(page) ? 0 : -EIO;
}

struct page *read_mapping_page(struct address_space *mapping, pgoff_t index, struct file *f)
{
	struct page *page = find_get_page(mapping, index);
	int err;

	if (page && PageUptodate(page))
		return page;
	if (page)
		put_page(page);
	page = find_or_create_page(mapping, index, mapping->gfp_mask);
	if (IS_ERR(page))
		return page;
	if (PageUptodate(page)) {
		unlock_page(page);
		return page;
	}
	err = fill_page(mapping, page, f);
	if (!err)
		return page;
	put_page(page);
	return ERR_PTR(err);
}

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

/* ---- mapping ---- */

static pgoff_t pages_of_file(const struct inode *inode)
{
	return (inode->i_size + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

vm_fault_t filemap_fault(struct vm_fault *vmf)
{
	struct file *f = vmf->vma->vm_file;
	struct address_space *mapping = f->f_mapping;
	vm_fault_t major = 0;
	struct page *page;

	for (;;) {
		if (vmf->pgoff >= pages_of_file(mapping->host))
			return VM_FAULT_SIGBUS;
		page = find_get_page(mapping, vmf->pgoff);
		if (!page || !PageUptodate(page)) {
			if (page)
				put_page(page);
			major = VM_FAULT_MAJOR;
			page = read_mapping_page(mapping, vmf->pgoff, f);
			if (IS_ERR(page))
				return PTR_ERR(page) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
		}
		lock_page(page);
		if (page->mapping == mapping && vmf->pgoff < pages_of_file(mapping->host))
			break;
		unlock_page(page);
		put_page(page);
	}
	vmf->page = page;
	return VM_FAULT_LOCKED | major;
}

static const struct vm_operations_struct generic_file_vm_ops = {
	.fault = filemap_fault,
	.map_around = true,
};

int generic_file_mmap(struct file *f, struct vm_area_struct *vma)
{
	/* a file system that cannot write back has no shared writable mappings */
	if (vma->vm_flags & VM_SHARED && vma->vm_flags & VM_MAYWRITE &&
	    !(f->f_mapping->flags & AS_UNEVICTABLE) && !f->f_mapping->a_ops->writepage)
		return -EINVAL;
	file_accessed(f);
	vma->vm_ops = &generic_file_vm_ops;
	return 0;
}

/* ---- truncation ---- */

/* What lies behind the new end within its page must read as zeros if the file grows again. */
static void zero_tail_of_page(struct address_space *mapping, loff_t from)
{
	unsigned int offset = from & ~PAGE_MASK;
	struct page *page;

	if (!offset)
		return;
	page = find_lock_page(mapping, from >> PAGE_SHIFT);
	if (!page)
		return;
	zero_user(page, offset, PAGE_SIZE - offset);
	unlock_page(page);
	put_page(page);
}

void truncate_inode_page(struct page *page)
{
	/* a fault may have mapped it again since the file was unmapped; private copies stay */
	if (page_mapped(page))
		unmap_mapping_range(page->mapping, (loff_t)page->index << PAGE_SHIFT, PAGE_SIZE,
				    false);
	delete_from_page_cache(page);
}

void truncate_inode_pages(struct address_space *mapping, loff_t from)
{
	unsigned long index = (from + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct page *page;

	zero_tail_of_page(mapping, from);
	while ((page = radix_tree_find(&mapping->pages, &index))) {
		get_page(page);
		lock_page(page);
		if (page->mapping == mapping)
			truncate_inode_page(page);
		unlock_page(page);
		put_page(page);
		index++;
		cond_resched();
	}
}

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
