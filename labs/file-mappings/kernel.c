/*
 * Checks of lab 7 that run in the kernel: the functions of file mappings and of stores to them,
 * called directly. The file of the checks is one of their own: see own_file.h.
 */
#include "labs/file-mappings/own_file.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include <linux/errno.h>
#include <linux/mman.h>

/* ---- filemap_fault ---- */

static const char *filemap_text(pgoff_t index, loff_t size)
{
	return check_text("filemap_fault() of page %lu of a file of %lu bytes", index,
			  (unsigned long)size);
}

KERNEL_CHECK(a_fault_returns_the_page_locked)
{
	struct file *f = new_file(20 * PAGE_SIZE);
	pgoff_t index = check_random_below(20);
	const char *call = filemap_text(index, 20 * PAGE_SIZE);
	struct vm_area_struct *vma;
	struct vm_fault vmf;
	struct page *page;

	check_mm();
	vma = map_file(f, LOW, 20, PROT_READ, MAP_SHARED, 0);
	vmf = fault_at(vma, LOW + index * PAGE_SIZE, false);
	expect_fault(call, filemap_fault(&vmf), ALL_BITS, VM_FAULT_LOCKED | VM_FAULT_MAJOR);
	page = vmf.page;
	EXPECT(page, "%s: vmf->page is not set", call);
	EXPECT_EQ(check_text("%s: the index of vmf->page", call), page->index, index);
	EXPECT(page->mapping == f->f_mapping, "%s: vmf->page is no page of the file", call);
	EXPECT(PageLocked(page), "%s: vmf->page is not locked", call);
	EXPECT(PageUptodate(page), "%s: vmf->page has not been read", call);
	EXPECT_EQ(check_text("%s: references of vmf->page (one is the cache's, one the caller's)",
			     call),
		  page_count(page), 2);
	EXPECT_EQ(check_text("%s: pages read", call), file_does.reads, 1);
}

KERNEL_CHECK(a_page_in_the_cache_is_not_read_again)
{
	struct file *f = new_file(8 * PAGE_SIZE);
	pgoff_t index = check_random_below(8);
	const char *call = filemap_text(index, 8 * PAGE_SIZE);
	struct page *page = page_of(f, index);
	struct vm_fault vmf;

	check_mm();
	vmf = fault_at(map_file(f, LOW, 8, PROT_READ, MAP_SHARED, 0), LOW + index * PAGE_SIZE,
		       false);
	expect_fault(check_text("%s, which is in the cache", call), filemap_fault(&vmf), ALL_BITS,
		     VM_FAULT_LOCKED);
	EXPECT(vmf.page == page, "%s: vmf->page is not the page that is in the cache", call);
	EXPECT_EQ(check_text("%s: pages read", call), file_does.reads, 1);
	EXPECT_EQ(check_text("%s: references of the page (cache, check, caller)", call),
		  page_count(page), 3);
}

/* A fault by a mapping that begins with page 2, at the file's end. */
static void expect_filemap(struct file *f, pgoff_t index, vm_fault_t wanted)
{
	struct vm_area_struct *vma = find_vma(current->mm, LOW);
	struct vm_fault vmf = fault_at(vma, LOW, false);
	unsigned long pages = f->f_mapping->nrpages;
	vm_fault_t ret;

	vmf.pgoff = index;
	ret = filemap_fault(&vmf);
	expect_fault(filemap_text(index, f->f_mapping->host->i_size), ret,
		     VM_FAULT_ERROR | VM_FAULT_LOCKED, wanted);
	if (ret & VM_FAULT_LOCKED) {
		EXPECT(PageLocked(vmf.page), "%s: vmf->page is not locked",
		       filemap_text(index, f->f_mapping->host->i_size));
		unlock_page(vmf.page);
		put_page(vmf.page);
	} else {
		EXPECT_EQ(check_text("pages in the cache after %s",
				     filemap_text(index, f->f_mapping->host->i_size)),
			  f->f_mapping->nrpages, pages);
	}
}

KERNEL_CHECK(behind_the_end_is_sigbus)
{
	unsigned int pages = 2 + check_random_below(5);
	struct file *f = new_file(pages * PAGE_SIZE);
	struct mm_struct *mm = check_mm();
	loff_t *size = &f->f_mapping->host->i_size;

	map_file(f, LOW, 1, PROT_READ, MAP_SHARED, 0);
	down_read(&mm->mmap_sem);
	expect_filemap(f, pages - 1, VM_FAULT_LOCKED);
	expect_filemap(f, pages, VM_FAULT_SIGBUS);
	expect_filemap(f, pages + 1000, VM_FAULT_SIGBUS);
	expect_filemap(f, ~0UL, VM_FAULT_SIGBUS);
	*size += 1; /* one byte of the next page */
	expect_filemap(f, pages, VM_FAULT_LOCKED);
	expect_filemap(f, pages + 1, VM_FAULT_SIGBUS);
	*size = 0;
	expect_filemap(f, 0, VM_FAULT_SIGBUS);
}

KERNEL_CHECK(an_error_of_the_disk_is_sigbus)
{
	struct file *f = new_file(2 * PAGE_SIZE);
	struct vm_fault vmf;

	check_mm();
	vmf = fault_at(map_file(f, LOW, 2, PROT_READ, MAP_SHARED, 0), LOW, false);
	file_does.read_error = -ENOMEM;
	expect_fault("filemap_fault() of a page that cannot be read (-ENOMEM)", filemap_fault(&vmf),
		     VM_FAULT_ERROR | VM_FAULT_LOCKED, VM_FAULT_OOM);
	file_does.read_error = -EIO;
	expect_fault("filemap_fault() of a page that cannot be read (-EIO)", filemap_fault(&vmf),
		     VM_FAULT_ERROR | VM_FAULT_LOCKED, VM_FAULT_SIGBUS);
}

/* While the page was read, another task has truncated the file. */
KERNEL_CHECK(a_page_that_was_truncated_meanwhile_is_not_mapped)
{
	struct file *f = new_file(4 * PAGE_SIZE);
	const char *call = "filemap_fault() of page 2, while the file is cut to 1 page";
	struct vm_fault vmf;

	check_mm();
	vmf = fault_at(map_file(f, LOW, 4, PROT_READ, MAP_SHARED, 0), LOW + 2 * PAGE_SIZE, false);
	file_does.shrink = true;
	file_does.shrink_to = PAGE_SIZE;
	expect_fault(call, filemap_fault(&vmf), VM_FAULT_ERROR | VM_FAULT_LOCKED, VM_FAULT_SIGBUS);
	EXPECT(file_does.gone, "%s: the page has not been read", call);
	EXPECT(!PageLocked(file_does.gone), "%s: the page that is gone stays locked", call);
	EXPECT_EQ(check_text("%s: references of the page that is gone (the check has one)", call),
		  page_count(file_does.gone), 1);
}

/* The page has gone and the file is as long as before: a new page is read. */
KERNEL_CHECK(a_page_that_was_replaced_meanwhile_is_looked_up_again)
{
	struct file *f = new_file(4 * PAGE_SIZE);
	const char *call = "filemap_fault() of page 2, while that page leaves the cache";
	struct vm_fault vmf;

	check_mm();
	vmf = fault_at(map_file(f, LOW, 4, PROT_READ, MAP_SHARED, 0), LOW + 2 * PAGE_SIZE, false);
	file_does.shrink = true;
	expect_fault(call, filemap_fault(&vmf), VM_FAULT_ERROR | VM_FAULT_LOCKED, VM_FAULT_LOCKED);
	EXPECT(vmf.page != file_does.gone, "%s: vmf->page is the page that is no longer the file's",
	       call);
	EXPECT(vmf.page->mapping == f->f_mapping, "%s: vmf->page is no page of the file", call);
	EXPECT_EQ(check_text("%s: pages read", call), file_does.reads, 2);
	EXPECT(!PageLocked(file_does.gone), "%s: the page that is gone stays locked", call);
	EXPECT_EQ(check_text("%s: references of the page that is gone (the check has one)", call),
		  page_count(file_does.gone), 1);
}

/* ---- filemap_lock_page_for_write ---- */

KERNEL_CHECK(a_page_to_be_written_is_locked)
{
	struct file *f = new_file(3 * PAGE_SIZE - 100);
	const char *call = "filemap_lock_page_for_write()";
	struct page *page = page_of(f, 2);
	struct vm_fault vmf;

	check_mm();
	vmf = fault_at(map_file(f, LOW, 3, RW, MAP_SHARED, 0), LOW + 2 * PAGE_SIZE, true);
	vmf.page = page;
	expect_fault(call, filemap_lock_page_for_write(&vmf), ALL_BITS, VM_FAULT_LOCKED);
	EXPECT(PageLocked(page), "%s: the page is not locked", call);
	EXPECT(time_is_new(f), "%s: mtime and ctime of the file are the old ones", call);
	EXPECT(!PageDirty(page), "%s: the page is dirty already; its caller decides that", call);
	EXPECT_EQ(check_text("%s: references of the page (cache, check)", call), page_count(page),
		  2);
}

KERNEL_CHECK(a_page_that_the_file_has_lost_is_not_written)
{
	struct file *f = new_file(3 * PAGE_SIZE);
	const char *call = "filemap_lock_page_for_write() of a page that is no longer the file's";
	struct page *page = page_of(f, 1), *last = page_of(f, 2);
	struct vm_fault vmf;

	check_mm();
	vmf = fault_at(map_file(f, LOW, 3, RW, MAP_SHARED, 0), LOW + PAGE_SIZE, true);
	vmf.page = page;
	take_out(f->f_mapping, page);
	expect_fault(call, filemap_lock_page_for_write(&vmf), ALL_BITS, VM_FAULT_NOPAGE);
	EXPECT(!PageLocked(page), "%s: the page stays locked", call);
	call = "filemap_lock_page_for_write() of a page behind the file's end";
	vmf.page = last;
	f->f_mapping->host->i_size = 2 * PAGE_SIZE;
	expect_fault(call, filemap_lock_page_for_write(&vmf), ALL_BITS, VM_FAULT_NOPAGE);
	EXPECT(!PageLocked(last), "%s: the page stays locked", call);
}

/* ---- do_shared_fault ---- */

/* What both ways to a writable page must leave behind. */
static void expect_written(const char *call, struct vm_area_struct *vma, unsigned long addr,
			   struct page *page)
{
	pte_t entry = entry_at(vma->vm_mm, addr);

	EXPECT(!pte_none(entry), "%s: the page has no entry", call);
	EXPECT(vm_normal_page(entry) == page, "%s: the entry (%#llx) maps another page", call,
	       (u64)pte_val(entry));
	EXPECT(pte_write(entry), "%s: the entry (%#llx) is not writable", call,
	       (u64)pte_val(entry));
	EXPECT(pte_dirty(entry), "%s: the entry (%#llx) is not dirty", call, (u64)pte_val(entry));
	EXPECT(!PageLocked(page), "%s: the page stays locked", call);
	EXPECT(PageDirty(page), "%s: the page is not dirty, so the store will be lost", call);
}

static void expect_mkwrite(const char *call, struct page *page)
{
	EXPECT_EQ(check_text("%s: calls of page_mkwrite", call), file_does.mkwrites, 1);
	EXPECT(file_does.mkwrite_page == page,
	       "%s: page_mkwrite is called with vmf->page %p, not %p", call, file_does.mkwrite_page,
	       page);
	EXPECT(!pte_write(file_does.mkwrite_entry),
	       "%s: the entry is writable before page_mkwrite is asked", call);
}

KERNEL_CHECK(the_first_store_tells_the_file)
{
	unsigned int pages = 4 + check_random_below(4), i = check_random_below(4);
	struct file *f = new_file(20 * PAGE_SIZE);
	pgoff_t pgoff = 1 + check_random_below(8);
	unsigned long addr = LOW + i * PAGE_SIZE;
	const char *call = "do_shared_fault()";
	struct vm_area_struct *vma;
	struct vm_fault vmf;
	struct page *page;
	vm_fault_t ret;

	check_mm();
	vma = map_file(f, LOW, pages, RW, MAP_SHARED, pgoff);
	page = page_of(f, pgoff + i);
	vmf = fault_at(vma, addr, true);
	ret = do_shared_fault(&vmf);
	expect_fault(call, ret, ALL_BITS & ~VM_FAULT_LOCKED, VM_FAULT_DIRTIED);
	expect_mkwrite(call, page);
	expect_written(call, vma, addr, page);
	EXPECT_EQ(check_text("%s: page_mapcount()", call), page_mapcount(page), 1);
	EXPECT_EQ(check_text("%s: references of the page (cache, check, entry)", call),
		  page_count(page), 3);
	EXPECT_EQ(check_text("%s: resident pages", call), get_mm_rss(vma->vm_mm), 1);
}

KERNEL_CHECK(the_file_may_return_the_page_locked)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "do_shared_fault() whose page_mkwrite returns VM_FAULT_LOCKED";
	struct vm_area_struct *vma;
	struct vm_fault vmf;

	check_mm();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	file_does.mkwrite = VM_FAULT_LOCKED;
	vmf = fault_at(vma, LOW, true);
	expect_fault(call, do_shared_fault(&vmf), VM_FAULT_ERROR | VM_FAULT_NOPAGE, 0);
	expect_written(call, vma, LOW, page_of(f, 0));
}

/* The disk is full: the program gets SIGBUS, and nothing is mapped. */
KERNEL_CHECK(the_file_may_refuse_the_store)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "do_shared_fault() whose page_mkwrite returns VM_FAULT_SIGBUS";
	struct page *page = page_of(f, 0);
	struct vm_area_struct *vma;
	struct vm_fault vmf;

	check_mm();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	file_does.mkwrite = VM_FAULT_SIGBUS;
	vmf = fault_at(vma, LOW, true);
	expect_fault(call, do_shared_fault(&vmf), VM_FAULT_ERROR, VM_FAULT_SIGBUS);
	EXPECT_EQ(check_text("%s: calls of page_mkwrite", call), file_does.mkwrites, 1);
	EXPECT(pte_none(entry_at(vma->vm_mm, LOW)), "%s: the page is mapped", call);
	EXPECT(!PageLocked(page), "%s: the page stays locked", call);
	EXPECT(!PageDirty(page), "%s: the page is dirty", call);
	EXPECT_EQ(check_text("%s: references of the page (cache, check)", call), page_count(page),
		  2);
}

KERNEL_CHECK(an_error_of_the_fault_is_passed_on)
{
	struct file *f = new_file(PAGE_SIZE);
	struct vm_fault vmf;

	check_mm();
	vmf = fault_at(map_file(f, LOW, 1, RW, MAP_SHARED, 0), LOW, true);
	file_does.fault = VM_FAULT_OOM;
	expect_fault("do_shared_fault() whose vm_ops->fault returns VM_FAULT_OOM",
		     do_shared_fault(&vmf), VM_FAULT_ERROR, VM_FAULT_OOM);
	EXPECT_EQ("calls of page_mkwrite without a page", file_does.mkwrites, 0);
}

KERNEL_CHECK(a_file_that_is_not_told_gets_its_time)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "do_shared_fault() of a file without page_mkwrite";
	struct vm_area_struct *vma;
	struct vm_fault vmf;

	check_mm();
	file_is_not_told();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	vmf = fault_at(vma, LOW, true);
	expect_fault(call, do_shared_fault(&vmf), VM_FAULT_ERROR | VM_FAULT_DIRTIED, 0);
	expect_written(call, vma, LOW, page_of(f, 0));
	EXPECT(time_is_new(f), "%s: mtime and ctime of the file are the old ones", call);
}

/* ---- wp_page_shared ---- */

KERNEL_CHECK(a_store_to_a_read_only_page_tells_the_file)
{
	struct file *f = new_file(4 * PAGE_SIZE);
	pgoff_t index = check_random_below(4);
	unsigned long addr = LOW + index * PAGE_SIZE;
	const char *call = "wp_page_shared()";
	struct vm_area_struct *vma;
	struct vm_fault vmf;
	struct page *page;
	int count;

	check_mm();
	vma = map_file(f, LOW, 4, RW, MAP_SHARED, 0);
	page = map_page(vma, addr, vma->vm_page_prot, 0);
	count = page_count(page);
	vmf = fault_at(vma, addr, true);
	expect_fault(call, wp_page_shared(&vmf, page), ALL_BITS, VM_FAULT_DIRTIED);
	expect_mkwrite(call, page);
	EXPECT(file_does.mkwrite_count > count,
	       "%s: page_mkwrite, which may sleep, is called without a reference of the fault's "
	       "own",
	       call);
	expect_written(call, vma, addr, page);
	EXPECT_EQ(check_text("%s: references of the page, of which there were %d before", call,
			     count),
		  page_count(page), count);
}

KERNEL_CHECK(a_store_that_the_file_refuses_changes_nothing)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "wp_page_shared() whose page_mkwrite returns VM_FAULT_OOM";
	struct vm_area_struct *vma;
	struct vm_fault vmf;
	struct page *page;
	int count;

	check_mm();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	page = map_page(vma, LOW, vma->vm_page_prot, 0);
	count = page_count(page);
	file_does.mkwrite = VM_FAULT_OOM;
	vmf = fault_at(vma, LOW, true);
	expect_fault(call, wp_page_shared(&vmf, page), VM_FAULT_ERROR, VM_FAULT_OOM);
	EXPECT(!pte_write(entry_at(vma->vm_mm, LOW)), "%s: the entry is writable", call);
	EXPECT(!PageDirty(page), "%s: the page is dirty", call);
	EXPECT_EQ(check_text("%s: references of the page, of which there were %d before", call,
			     count),
		  page_count(page), count);
}

/* Another thread has unmapped the page while page_mkwrite slept. */
KERNEL_CHECK(an_entry_that_has_changed_is_left_alone)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "wp_page_shared(), while another thread clears the entry";
	struct vm_area_struct *vma;
	struct vm_fault vmf;
	struct page *page;

	check_mm();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	page = map_page(vma, LOW, vma->vm_page_prot, 0);
	file_does.unmap_in_mkwrite = true;
	vmf = fault_at(vma, LOW, true);
	expect_fault(call, wp_page_shared(&vmf, page), VM_FAULT_ERROR, 0);
	EXPECT_EQ(check_text("%s: calls of page_mkwrite", call), file_does.mkwrites, 1);
	EXPECT(pte_none(entry_at(vma->vm_mm, LOW)), "%s: there is an entry again (%#llx)", call,
	       (u64)pte_val(entry_at(vma->vm_mm, LOW)));
	EXPECT(!PageLocked(page), "%s: the page stays locked", call);
	EXPECT(!spin_is_locked(&vma->vm_mm->page_table_lock), "%s: page_table_lock stays held",
	       call);
}

KERNEL_CHECK(a_page_of_a_file_that_is_not_told_becomes_writable)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "wp_page_shared() for a file without page_mkwrite";
	struct vm_area_struct *vma;
	struct vm_fault vmf;
	struct page *page;

	check_mm();
	file_is_not_told();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	page = map_page(vma, LOW, PAGE_READONLY, 0);
	vmf = fault_at(vma, LOW, true);
	expect_fault(call, wp_page_shared(&vmf, page), ALL_BITS, 0);
	expect_written(call, vma, LOW, page);
	EXPECT(time_is_new(f), "%s: mtime and ctime of the file are the old ones", call);
}

/* Device memory has no page to be told of. */
KERNEL_CHECK(a_frame_without_a_page_becomes_writable)
{
	struct file *f = new_file(PAGE_SIZE);
	const char *call = "wp_page_shared(vmf, NULL)";
	struct vm_area_struct *vma;
	struct vm_fault vmf;
	pte_t entry;

	check_mm();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	set_entry(vma->vm_mm, LOW, pte_mkspecial(pfn_pte(0xb8, PAGE_READONLY)));
	vmf = fault_at(vma, LOW, true);
	expect_fault(call, wp_page_shared(&vmf, NULL), ALL_BITS, 0);
	entry = entry_at(vma->vm_mm, LOW);
	EXPECT(pte_write(entry) && pte_pfn(entry) == 0xb8,
	       "%s: the entry is %#llx; it must be writable and map frame 0xb8", call,
	       (u64)pte_val(entry));
	EXPECT_EQ(check_text("%s: calls of page_mkwrite", call), file_does.mkwrites, 0);
}
