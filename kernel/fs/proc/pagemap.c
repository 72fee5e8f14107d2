/*
 * /proc/PID/pagemap: for each page of the address space a word of 64 bits that says which frame it
 * is in; and /proc/kpagecount and kpageflags, which tell about the frames.
 */
#include "kernel/fs/proc/internal.h"
#include "mm/cache/lru.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/huge_memory.h"
#include "mm/pagewalk.h"
#include "mm/phys/swapops.h"
#include "mm/phys/slab.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/hugetlb.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel-page-flags.h>

#define PM_ENTRY_BYTES	  sizeof(u64)
#define PM_MMAP_EXCLUSIVE BIT_ULL(56)
#define PM_UFFD_WP	  BIT_ULL(57) /* write-protected for a pager in user space */
#define PM_FILE		  BIT_ULL(61)
#define PM_SWAP		  BIT_ULL(62)
#define PM_PRESENT	  BIT_ULL(63)
/* Bit 55, soft-dirty, is never set, as on Linux for this processor. */

/* Linux 6.1, include/linux/swap.h: of the 32 kinds of entries the last 5 are no swap files, and the
   first of those is a broken page. */
#define MAX_SWAPFILES_SHIFT 5
#define SWP_HWPOISON	    27ULL

#define PM_BATCH (PAGE_SIZE / PM_ENTRY_BYTES) /* entries looked up at a time */

/* ---- pagemap ---- */

struct pagemap_walk {
	u64 *entries;
	unsigned long start; /* address of the first */
	bool show_pfn;
};

static int pagemap_pte(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	struct pagemap_walk *pm = walk->private;
	const struct page *page = vm_normal_page(*pte);
	u64 entry = PM_PRESENT;

	if (is_hwpoison_pte(*pte)) { /* shown as a swap entry of a special type */
		entry = PM_SWAP;
		if (pm->show_pfn)
			entry |= SWP_HWPOISON | (u64)pte_pfn(*pte) << MAX_SWAPFILES_SHIFT;
		if (!PageAnon(pte_page(*pte)))
			entry |= PM_FILE;
	} else if (!pte_present(*pte)) {
		swp_entry_t swap = pte_to_swp_entry(*pte);

		entry = PM_SWAP;
		if (pm->show_pfn)
			entry |= swp_type(swap) | (u64)swp_offset(swap) << MAX_SWAPFILES_SHIFT;
		if (pte_swp_uffd_wp(*pte))
			entry |= PM_UFFD_WP;
	} else {
		if (pm->show_pfn)
			entry |= pte_pfn(*pte);
		if (page && !PageAnon(page))
			entry |= PM_FILE;
		if (page && page_mapcount(page) == 1)
			entry |= PM_MMAP_EXCLUSIVE;
		if (pte_uffd_wp(*pte))
			entry |= PM_UFFD_WP;
	}
	pm->entries[(addr - pm->start) >> PAGE_SHIFT] = entry;
	return 0;
}

/* The small pages of [addr, end), which a large page maps. */
static int pagemap_large_page(pmd_t *pmd, unsigned long addr, unsigned long end,
			      struct mm_walk *walk)
{
	struct pagemap_walk *pm = walk->private;
	const struct page *page = pmd_page(*pmd);
	u64 entry = PM_PRESENT;

	if (is_hwpoison_pmd(*pmd))
		return 0;
	if (!PageAnon(page))
		entry |= PM_FILE;
	if (page_mapcount(page) == 1)
		entry |= PM_MMAP_EXCLUSIVE;
	for (; addr != end; addr += PAGE_SIZE) {
		u64 pfn = pm->show_pfn ? pte_pfn(pmd_small_pte(*pmd, addr)) : 0;

		pm->entries[(addr - pm->start) >> PAGE_SHIFT] = entry | pfn;
	}
	return 0;
}

static const struct mm_walk_ops pagemap_ops = {.pte_entry = pagemap_pte,
					       .large_page = pagemap_large_page};

/* The entries of n pages from pm->start on. 0 or -EINTR. */
static int pagemap_fill(struct mm_struct *mm, struct pagemap_walk *pm, unsigned long n)
{
	unsigned long end = pm->start + (n << PAGE_SHIFT);
	struct vm_area_struct *vma;
	int err = down_read_killable(&mm->mmap_sem);

	if (err)
		return err;
	memset(pm->entries, 0, n * PM_ENTRY_BYTES);
	for (vma = find_vma(mm, pm->start); vma && vma->vm_start < end; vma = vma->vm_next)
		walk_page_range_vma(vma, max(vma->vm_start, pm->start), min(vma->vm_end, end),
				    &pagemap_ops, pm);
	up_read(&mm->mmap_sem);
	return 0;
}

/* From page number `index` on; len is a multiple of an entry. Bytes or -errno. */
static ssize_t pagemap_copy(struct mm_struct *mm, char __user *buf, size_t len, u64 index)
{
	struct pagemap_walk pm = {.show_pfn = has_cap(CAP_SYS_ADMIN)};
	const u64 last = TASK_SIZE >> PAGE_SHIFT;
	ssize_t done = 0;
	int err = 0;

	pm.entries = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!pm.entries)
		return -ENOMEM;
	while (len && index < last && !err) {
		unsigned long n =
			min_t(u64, min_t(u64, len / PM_ENTRY_BYTES, PM_BATCH), last - index);

		pm.start = (unsigned long)index << PAGE_SHIFT;
		err = pagemap_fill(mm, &pm, n);
		if (!err && copy_to_user(buf + done, pm.entries, n * PM_ENTRY_BYTES))
			err = -EFAULT;
		if (!err) {
			done += n * PM_ENTRY_BYTES;
			len -= n * PM_ENTRY_BYTES;
			index += n;
		}
		cond_resched();
	}
	kfree(pm.entries);
	return err ? err : done;
}

static ssize_t pagemap_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct mm_struct *mm = file->private_data;
	ssize_t ret = -EINVAL;

	if (!mm || !mmget_not_zero(mm))
		return 0;
	if (!(*ppos % PM_ENTRY_BYTES) && !(len % PM_ENTRY_BYTES))
		ret = pagemap_copy(mm, buf, len, *ppos / PM_ENTRY_BYTES);
	mmput(mm);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

static int pagemap_open(struct inode *inode, struct file *file)
{
	struct mm_struct *mm = proc_mem_open(inode, PTRACE_MODE_READ);

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	file->private_data = mm;
	return 0;
}

static int pagemap_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		mmdrop(file->private_data);
	return 0;
}

const struct file_operations proc_pagemap_operations = {
	.open = pagemap_open,
	.read = pagemap_read,
	.llseek = mem_lseek,
	.release = pagemap_release,
	.held_pages = proc_mem_held_pages,
};

/* ---- kpagecount, kpageflags ---- */

#define KPF(bit)	 BIT_ULL(KPF_##bit)
/* Linux 6.1, include/linux/kernel-page-flags.h: bits for those who debug the kernel. An exclusive
   anonymous page has the flag that says of a file's page that it has a place on disk. */
#define KPF_RESERVED	 32
#define KPF_MLOCKED	 33
#define KPF_MAPPEDTODISK 34

/* A frame's flags in the stable numbering of <linux/kernel-page-flags.h>. */
static u64 stable_page_flags(const struct page *page)
{
	const struct page *head = compound_head(page);
	static const struct {
		enum pageflags flag;
		u64 bit;
	} map[] = {
		{PG_locked, KPF(LOCKED)},
		{PG_error, KPF(ERROR)},
		{PG_referenced, KPF(REFERENCED)},
		{PG_uptodate, KPF(UPTODATE)},
		{PG_dirty, KPF(DIRTY)},
		{PG_lru, KPF(LRU)},
		{PG_active, KPF(ACTIVE)},
		{PG_writeback, KPF(WRITEBACK)},
		{PG_reclaim, KPF(RECLAIM)},
		{PG_swapcache, KPF(SWAPCACHE)},
		{PG_swapbacked, KPF(SWAPBACKED)},
		{PG_unevictable, KPF(UNEVICTABLE)},
		{PG_reserved, KPF(RESERVED)},
		{PG_mlocked, KPF(MLOCKED)},
		{PG_anon_exclusive, KPF(MAPPEDTODISK)},
		{PG_slab, KPF(SLAB)},
		{PG_buddy, KPF(BUDDY)},
	};
	u64 flags = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(map); i++) {
		if (page->flags >> map[i].flag & 1)
			flags |= map[i].bit;
	}
	if (PageHWPoison(page))
		flags |= KPF(HWPOISON);
	if (page == ZERO_PAGE(0))
		flags |= KPF(ZERO_PAGE);
	if (is_huge_zero_pfn(page_to_pfn(page)))
		flags |= KPF(ZERO_PAGE) | KPF(THP);
	if (PageHead(page))
		flags |= KPF(COMPOUND_HEAD);
	if (PageTail(page) && !PageBuddy(page))
		flags |= KPF(COMPOUND_TAIL);
	if (PageHuge(page))
		flags |= KPF(HUGE);
	if (PageTransHuge(page))
		flags |= KPF(THP);
	if (!PageSlab(head) && page_mapped(head)) {
		flags |= KPF(MMAP);
		if (PageAnon(head))
			flags |= KPF(ANON);
		if (PageKsm(page))
			flags |= KPF(KSM);
	}
	return flags;
}

static u64 page_map_count(const struct page *page)
{
	if (PageTransHuge(page) || PageHuge(page))
		page = compound_head(page); /* which counts for all */
	return PageSlab(page) ? 0 : page_mapcount(page);
}

static ssize_t kpage_read(char __user *buf, size_t len, loff_t *ppos,
			  u64 (*get)(const struct page *page))
{
	u64 pfn = *ppos / PM_ENTRY_BYTES;
	ssize_t done = 0;

	if (*ppos % PM_ENTRY_BYTES || len % PM_ENTRY_BYTES)
		return -EINVAL;
	for (; (size_t)done < len && pfn < max_pfn; pfn++, done += PM_ENTRY_BYTES) {
		if (put_user(get(pfn_to_page((unsigned long)pfn)), (u64 __user *)(buf + done)))
			return -EFAULT;
		cond_resched();
	}
	*ppos += done;
	return done;
}

static ssize_t kpagecount_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return kpage_read(buf, len, ppos, page_map_count);
}

static ssize_t kpageflags_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return kpage_read(buf, len, ppos, stable_page_flags);
}

const struct file_operations proc_kpagecount_operations = {
	.read = kpagecount_read,
	.write = proc_no_write,
	.llseek = mem_lseek,
};
const struct file_operations proc_kpageflags_operations = {
	.read = kpageflags_read,
	.write = proc_no_write,
	.llseek = mem_lseek,
};
