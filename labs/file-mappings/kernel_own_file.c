/*
 * A file of the check's own: its pages, and the operations of the file system that it stands for.
 */
#include "labs/file-mappings/own_file.h"
#include "kernel/checks/pages.h"
#include "kernel/fs/mount.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"
#include "mm/cache/page_writeback.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

struct what_the_file_does file_does;

static u32 word_of_page(pgoff_t index)
{
	return index * 0x9e3779b1U + 0x5bd1e995U;
}

void take_out(struct address_space *mapping, struct page *page)
{
	lock_page(page);
	get_page(page);
	delete_from_page_cache(page);
	unlock_page(page);
	file_does.gone = page;
	if (file_does.shrink_to >= 0)
		mapping->host->i_size = file_does.shrink_to;
}

static int check_readpage(struct file *f, struct page *page)
{
	struct address_space *mapping = page->mapping;
	u32 *words;

	file_does.reads++;
	if (file_does.read_error) {
		unlock_page(page);
		return file_does.read_error;
	}
	words = kmap_local_page(page);
	for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		words[i] = word_of_page(page->index);
	kunmap_local(words);
	SetPageUptodate(page);
	unlock_page(page);
	if (file_does.shrink && file_does.reads == 1)
		take_out(mapping, page);
	return 0;
}

static int check_writepage(struct page *page, struct writeback_control *wbc)
{
	unlock_page(page);
	return 0;
}

static const struct address_space_operations check_aops = {
	.readpage = check_readpage,
	.writepage = check_writepage,
};

pte_t entry_at(struct mm_struct *mm, unsigned long addr)
{
	pte_t entry = __pte(0), *pte;

	spin_lock(&mm->page_table_lock);
	pte = lookup_pte(mm, addr);
	if (pte)
		entry = *pte;
	spin_unlock(&mm->page_table_lock);
	return entry;
}

void set_entry(struct mm_struct *mm, unsigned long addr, pte_t entry)
{
	pte_t *pte = mm_pte_alloc(mm, pmd_off(mm, addr), addr);

	EXPECT(pte, "no memory for a page table");
	spin_lock(&mm->page_table_lock);
	set_pte_at(mm, addr, pte, entry);
	spin_unlock(&mm->page_table_lock);
}

static vm_fault_t check_fault_at(struct vm_fault *vmf)
{
	struct file *f = vmf->vma->vm_file;

	if (file_does.fault)
		return file_does.fault;
	vmf->page = read_mapping_page(f->f_mapping, vmf->pgoff, f);
	EXPECT(!IS_ERR(vmf->page), "the check's file cannot be read");
	return 0;
}

static vm_fault_t check_page_mkwrite(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	file_does.mkwrites++;
	file_does.mkwrite_page = vmf->page;
	EXPECT(!spin_is_locked(&mm->page_table_lock),
	       "page_mkwrite, which may sleep, is called with page_table_lock held");
	file_does.mkwrite_entry = entry_at(mm, vmf->address);
	if (!vmf->page)
		return VM_FAULT_SIGBUS;
	EXPECT(!PageLocked(vmf->page),
	       "page_mkwrite, which locks the page, is called with the page locked");
	file_does.mkwrite_count = page_count(vmf->page);
	if (file_does.unmap_in_mkwrite)
		set_entry(mm, vmf->address, __pte(0));
	if (file_does.mkwrite & VM_FAULT_LOCKED)
		lock_page(vmf->page);
	return file_does.mkwrite;
}

const struct vm_operations_struct own_vm_ops = {
	.fault = check_fault_at,
	.page_mkwrite = check_page_mkwrite,
};

static const struct vm_operations_struct simple_vm_ops = {.fault = check_fault_at};

/* The operations that the next mapping gets. */
static const struct vm_operations_struct *next_vm_ops;

static int check_file_mmap(struct file *f, struct vm_area_struct *vma)
{
	vma->vm_ops = next_vm_ops;
	return 0;
}

static int check_fsync(struct file *f, loff_t start, loff_t end, int datasync)
{
	unsigned int i = file_does.syncs++ % MOST_SYNCED;

	EXPECT(!rwsem_is_locked(&current->mm->mmap_sem),
	       "fsync, which waits for the disk, is called with mmap_sem held");
	file_does.sync_start[i] = start;
	file_does.sync_end[i] = end;
	return file_does.sync_error;
}

static const struct file_operations check_fops = {.mmap = check_file_mmap, .fsync = check_fsync};

struct file *new_file(loff_t size)
{
	static struct vfsmount *mnt;
	struct inode *inode;
	struct file *f;

	if (!mnt)
		mnt = kern_mount_pseudo("checkfs", 0x636b);
	inode = new_inode(mnt->mnt_sb);
	EXPECT(inode, "no memory for an inode");
	inode->i_mode = S_IFREG | 0600;
	inode->i_size = size;
	inode->i_mtime = inode->i_ctime = (struct timespec64){.tv_sec = OLD_TIME};
	inode->i_mapping->a_ops = &check_aops;
	f = alloc_file_pseudo(inode, "check", O_RDWR | O_NOATIME, &check_fops, NULL);
	EXPECT(!IS_ERR(f), "no memory for a file");
	f->f_ra.ra_pages = 0;
	memset(&file_does, 0, sizeof(file_does));
	file_does.shrink_to = -1;
	next_vm_ops = &own_vm_ops;
	return f;
}

void file_is_not_told(void)
{
	next_vm_ops = &simple_vm_ops;
}

bool time_is_new(struct file *f)
{
	const struct inode *inode = f->f_mapping->host;

	return inode->i_mtime.tv_sec != OLD_TIME && inode->i_ctime.tv_sec != OLD_TIME;
}

struct vm_area_struct *map_file(struct file *f, unsigned long addr, unsigned int pages,
				unsigned long prot, unsigned long flags, pgoff_t pgoff)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long at;

	down_write(&mm->mmap_sem);
	at = do_mmap(f, addr, pages * PAGE_SIZE, prot, flags | MAP_FIXED, pgoff);
	vma = at == addr ? find_vma(mm, addr) : NULL;
	up_write(&mm->mmap_sem);
	EXPECT(vma && vma->vm_start == addr, "the check's file cannot be mapped");
	return vma;
}

struct page *page_of(struct file *f, pgoff_t index)
{
	struct page *page = read_mapping_page(f->f_mapping, index, f);

	EXPECT(!IS_ERR(page), "the check's file cannot be read");
	return page;
}

struct vm_fault fault_at(struct vm_area_struct *vma, unsigned long addr, bool write)
{
	struct vm_fault vmf = {
		.vma = vma,
		.address = addr & PAGE_MASK,
		.flags = write ? FAULT_FLAG_WRITE : 0,
		.pgoff = linear_page_index(vma, addr & PAGE_MASK),
		.pmd = pmd_off(vma->vm_mm, addr),
	};

	vmf.pte = mm_pte_alloc(vma->vm_mm, vmf.pmd, addr);
	EXPECT(vmf.pte, "no memory for a page table");
	vmf.orig_pte = *vmf.pte;
	return vmf;
}

struct page *map_page(struct vm_area_struct *vma, unsigned long addr, pgprot_t prot, pteval_t bits)
{
	struct page *page = page_of(vma->vm_file, linear_page_index(vma, addr));
	struct mm_struct *mm = vma->vm_mm;

	set_entry(mm, addr, __pte(pte_val(mk_pte(page, prot)) | bits));
	spin_lock(&mm->page_table_lock);
	page_add_file_rmap(page, vma);
	add_mm_counter(mm, mm_counter(page), 1);
	spin_unlock(&mm->page_table_lock);
	return page;
}

void expect_fault(const char *call, vm_fault_t is, vm_fault_t mask, vm_fault_t wanted)
{
	EXPECT((is & mask) == wanted, "%s: wanted %s, seen %s", call, check_result_text(wanted),
	       check_result_text(is & mask));
}
