/*
 * /proc/PID/smaps: for each VMA what of it is in memory, how much of that is shared, and with how
 * many; smaps_rollup, the sum; and clear_refs, which forgets what was touched.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/pagewalk.h"
#include "mm/shmem.h"
#include "mm/swap/swap.h"
#include "mm/reclaim/memory_failure.h"
#include <linux/errno.h>

#define PSS_SHIFT 12 /* fractions of bytes in the proportional sizes */

struct mem_size_stats {
	unsigned long resident, shared_clean, shared_dirty, private_clean, private_dirty;
	unsigned long referenced, anonymous, lazyfree, anonymous_thp;
	unsigned long shared_hugetlb, private_hugetlb;
	unsigned long swap;
	u64 swap_pss;
	u64 pss, pss_anon, pss_file, pss_shmem, pss_locked, pss_dirty;
};

/* ---- counting ---- */

static bool page_is_lazyfree(const struct page *page, bool dirty)
{
	return PageAnon(page) && !PageSwapBacked(page) && !dirty && !PageDirty(page);
}

/* Add a page to what belongs to its owners: the share, and its kind. */
static void smaps_page_accumulate(struct mem_size_stats *mss, const struct page *page, u64 pss,
				  bool dirty, bool locked, bool private)
{
	mss->pss += pss;
	if (PageAnon(page))
		mss->pss_anon += pss;
	else if (PageSwapBacked(page))
		mss->pss_shmem += pss;
	else
		mss->pss_file += pss;
	if (locked)
		mss->pss_locked += pss;
	if (dirty || PageDirty(page)) {
		mss->pss_dirty += pss;
		*(private ? &mss->private_dirty : &mss->shared_dirty) += PAGE_SIZE;
	} else {
		*(private ? &mss->private_clean : &mss->shared_clean) += PAGE_SIZE;
	}
}

static int smaps_pte_entry(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	struct mem_size_stats *mss = walk->private;
	struct page *page;
	int mapcount;

	if (is_swap_pte(*pte)) {
		mss->swap += PAGE_SIZE;
		mss->swap_pss += (PAGE_SIZE << PSS_SHIFT) / swap_count(pte_to_swp_entry(*pte));
		return 0;
	}
	/* a poisoned page is no longer mapped, but still counted */
	if (pte_kind(*pte) != PTE_PAGE && !is_hwpoison_pte(*pte))
		return 0;
	page = pte_page(*pte);
	if (PageAnon(page))
		mss->anonymous += PAGE_SIZE;
	if (page_is_lazyfree(page, pte_dirty(*pte)))
		mss->lazyfree += PAGE_SIZE;
	mss->resident += PAGE_SIZE;
	if (pte_young(*pte) || PageReferenced(page))
		mss->referenced += PAGE_SIZE;
	mapcount = page_count(page) == 1 ? 1 : max(page_mapcount(page), 1);
	smaps_page_accumulate(mss, page, (PAGE_SIZE << PSS_SHIFT) / mapcount, pte_dirty(*pte),
			      walk->vma->vm_flags & VM_LOCKED, mapcount == 1);
	return 0;
}

/* A transparent huge page, or a part of it, counts as its small pages would. (Linux on the i386
   shows no Pss for one that is not shared: there, the sum in fractions of bytes wraps at 32 bits.)
 */
static void smaps_huge_pmd(pmd_t pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct mem_size_stats *mss = walk->private;
	const struct page *page = pmd_page(pmd);
	unsigned long size = end - addr;
	int mapcount = page_mapcount(page);

	mss->anonymous += size;
	mss->anonymous_thp += size;
	mss->resident += size;
	if (page_is_lazyfree(page, pmd_dirty(pmd)))
		mss->lazyfree += size;
	if (pmd_young(pmd) || PageReferenced(page))
		mss->referenced += size;
	for (; addr != end; addr += PAGE_SIZE)
		smaps_page_accumulate(mss, page, (PAGE_SIZE << PSS_SHIFT) / mapcount,
				      pmd_dirty(pmd), walk->vma->vm_flags & VM_LOCKED,
				      mapcount == 1);
}

/* Huge pages of the pool count by themselves, and in nothing else. */
static int smaps_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct mem_size_stats *mss = walk->private;

	if (!pmd_large(*pmd) || is_huge_zero_pmd(*pmd))
		return 0;
	if (!is_vm_hugetlb_page(walk->vma))
		smaps_huge_pmd(*pmd, addr, end, walk);
	else if (!is_hwpoison_pmd(*pmd) && page_mapcount(pmd_page(*pmd)) > 1)
		mss->shared_hugetlb += HPAGE_SIZE;
	else
		mss->private_hugetlb += HPAGE_SIZE;
	return 0;
}

static const struct mm_walk_ops smaps_walk_ops = {.pte_entry = smaps_pte_entry,
						  .large_page = smaps_large_page};

/* Pages of tmpfs in swap, for which there is no entry. A private mapping that is written to may
   have copies in their place. */
static int smaps_shmem_hole(unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct mem_size_stats *mss = walk->private;
	const struct vm_area_struct *vma = walk->vma;
	pgoff_t first = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);

	mss->swap += shmem_partial_swap_usage(vma->vm_file->f_mapping, first,
					      first + ((end - addr) >> PAGE_SHIFT))
		     << PAGE_SHIFT;
	return 0;
}

static int smaps_shmem_range(pte_t *pte, unsigned long addr, unsigned long end,
			     struct mm_walk *walk)
{
	const struct vm_area_struct *vma = walk->vma;
	struct mem_size_stats *mss = walk->private;

	for (; addr != end; addr += PAGE_SIZE, pte++) {
		pgoff_t index = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);

		if (!pte_none(*pte))
			smaps_pte_entry(pte, addr, walk);
		else if (xa_is_value(radix_tree_lookup(&vma->vm_file->f_mapping->pages, index)))
			mss->swap += PAGE_SIZE;
	}
	return 0;
}

static const struct mm_walk_ops smaps_shmem_walk_ops = {
	.pte_range = smaps_shmem_range,
	.pte_hole = smaps_shmem_hole,
};

static void smap_gather_stats(struct vm_area_struct *vma, struct mem_size_stats *mss)
{
	const struct mm_walk_ops *ops = &smaps_walk_ops;
	struct mm_walk whole = {.vma = vma, .private = mss};

	if (vma->vm_file && shmem_mapping(vma->vm_file->f_mapping) &&
	    shmem_swapped_pages(vma->vm_file->f_mapping->host)) {
		/* like Linux, not looking for copies that were made before it became read-only */
		if (vma->vm_flags & VM_SHARED || !(vma->vm_flags & VM_WRITE))
			smaps_shmem_hole(vma->vm_start, vma->vm_end, &whole);
		else
			ops = &smaps_shmem_walk_ops;
	}
	walk_page_range_vma(vma, vma->vm_start, vma->vm_end, ops, mss);
}

/* ---- printing ---- */

static void put_kb(struct seq_file *m, const char *name, unsigned long bytes)
{
	seq_printf(m, "%-16s%8lu kB\n", name, bytes >> 10);
}

static void put_pss(struct seq_file *m, const char *name, u64 pss)
{
	put_kb(m, name, (unsigned long)(pss >> PSS_SHIFT));
}

/* The figures; the sum also tells the kinds apart. Huge pages there are none. */
static void __show_smap(struct seq_file *m, const struct mem_size_stats *mss, bool rollup)
{
	put_kb(m, "Rss:", mss->resident);
	put_pss(m, "Pss:", mss->pss);
	put_pss(m, "Pss_Dirty:", mss->pss_dirty);
	if (rollup) {
		put_pss(m, "Pss_Anon:", mss->pss_anon);
		put_pss(m, "Pss_File:", mss->pss_file);
		put_pss(m, "Pss_Shmem:", mss->pss_shmem);
	}
	put_kb(m, "Shared_Clean:", mss->shared_clean);
	put_kb(m, "Shared_Dirty:", mss->shared_dirty);
	put_kb(m, "Private_Clean:", mss->private_clean);
	put_kb(m, "Private_Dirty:", mss->private_dirty);
	put_kb(m, "Referenced:", mss->referenced);
	put_kb(m, "Anonymous:", mss->anonymous);
	put_kb(m, "LazyFree:", mss->lazyfree);
	put_kb(m, "AnonHugePages:", mss->anonymous_thp);
	put_kb(m, "ShmemPmdMapped:", 0);
	put_kb(m, "FilePmdMapped:", 0);
	put_kb(m, "Shared_Hugetlb:", mss->shared_hugetlb);
	put_kb(m, "Private_Hugetlb:", mss->private_hugetlb);
	put_kb(m, "Swap:", mss->swap);
	put_pss(m, "SwapPss:", mss->swap_pss);
	put_pss(m, "Locked:", mss->pss_locked);
}

static void show_smap_vma_flags(struct seq_file *m, const struct vm_area_struct *vma)
{
	static const struct {
		unsigned long flag;
		char name[3];
	} names[] = {
		{VM_READ, "rd"},	 {VM_WRITE, "wr"},	{VM_EXEC, "ex"},
		{VM_SHARED, "sh"},	 {VM_MAYREAD, "mr"},	{VM_MAYWRITE, "mw"},
		{VM_MAYEXEC, "me"},	 {VM_MAYSHARE, "ms"},	{VM_GROWSDOWN, "gd"},
		{VM_UFFD_MISSING, "um"}, {VM_PFNMAP, "pf"},	{VM_UFFD_WP, "uw"},
		{VM_LOCKED, "lo"},	 {VM_IO, "io"},		{VM_SEQ_READ, "sr"},
		{VM_RAND_READ, "rr"},	 {VM_DONTCOPY, "dc"},	{VM_DONTEXPAND, "de"},
		{VM_LOCKONFAULT, "??"},	 {VM_ACCOUNT, "ac"},	{VM_NORESERVE, "nr"},
		{VM_HUGETLB, "ht"},	 {VM_SYNC, "sf"},	{VM_PAT, "ar"},
		{VM_WIPEONFORK, "wf"},	 {VM_DONTDUMP, "dd"},	{VM_MIXEDMAP, "mm"},
		{VM_HUGEPAGE, "hg"},	 {VM_NOHUGEPAGE, "nh"}, {VM_MERGEABLE, "mg"},
		{VM_UFFD_MINOR, "ui"},
	};

	seq_puts(m, "VmFlags: ");
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (vma->vm_flags & names[i].flag)
			seq_printf(m, "%s ", names[i].name);
	}
	seq_putc(m, '\n');
}

/* ---- smaps ---- */

static int show_smap(struct seq_file *m, void *v)
{
	struct vm_area_struct *vma = v;
	unsigned long page_size = vma->vm_flags & VM_HUGETLB ? HPAGE_SIZE : PAGE_SIZE;
	struct mem_size_stats mss = {0};

	smap_gather_stats(vma, &mss);
	show_map_vma(m, vma);
	put_kb(m, "Size:", vma->vm_end - vma->vm_start);
	put_kb(m, "KernelPageSize:", page_size);
	put_kb(m, "MMUPageSize:", page_size);
	__show_smap(m, &mss, false);
	seq_printf(m, "THPeligible:    %d\n", transparent_hugepage_active(vma));
	show_smap_vma_flags(m, vma);
	return 0;
}

static const struct seq_operations proc_pid_smaps_op = {
	.start = proc_maps_start,
	.next = proc_maps_next,
	.stop = proc_maps_stop,
	.show = show_smap,
};

static int pid_smaps_open(struct inode *inode, struct file *file)
{
	return proc_maps_open(inode, file, &proc_pid_smaps_op);
}

const struct file_operations proc_pid_smaps_operations = {
	.open = pid_smaps_open,
	.read = seq_read,
	.held_pages = proc_maps_held_pages,
	.llseek = seq_lseek,
	.release = proc_map_release,
};

/* ---- smaps_rollup ---- */

/* All VMAs, with mmap_sem held for reading: the sum, and where the last one ends. */
static unsigned long gather_all(struct mm_struct *mm, struct mem_size_stats *mss)
{
	struct vm_area_struct *vma;
	unsigned long end = 0;

	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		smap_gather_stats(vma, mss);
		end = vma->vm_end;
		cond_resched();
	}
	return end;
}

static int show_smaps_rollup(struct seq_file *m, void *v)
{
	struct mem_size_stats mss = {0};
	struct proc_maps_private *priv = m->private;
	struct task_struct *p = get_proc_task(priv->inode);
	struct mm_struct *mm = priv->mm;
	unsigned long end;
	int err;

	if (!p)
		return -ESRCH;
	put_task_struct(p);
	if (!mm || !mmget_not_zero(mm))
		return -ESRCH;
	err = down_read_killable(&mm->mmap_sem);
	if (!err) {
		end = gather_all(mm, &mss);
		show_vma_header_prefix(m, mm->mmap ? mm->mmap->vm_start : 0, end, 0, 0, 0, 0);
		up_read(&mm->mmap_sem);
		seq_pad(m, ' ');
		seq_puts(m, "[rollup]\n");
		__show_smap(m, &mss, true);
	}
	mmput(mm);
	return err;
}

static int smaps_rollup_open(struct inode *inode, struct file *file)
{
	struct proc_maps_private *priv = proc_maps_private_alloc(inode);
	int err;

	if (IS_ERR(priv))
		return PTR_ERR(priv);
	err = seq_open_show(file, show_smaps_rollup, priv);
	if (err)
		proc_maps_private_free(priv);
	return err;
}

const struct file_operations proc_pid_smaps_rollup_operations = {
	.open = smaps_rollup_open,
	.read = seq_read,
	.held_pages = proc_maps_held_pages,
	.llseek = seq_lseek,
	.release = proc_map_release,
};

/* ---- clear_refs ---- */

enum clear_refs_types {
	CLEAR_REFS_ALL = 1,
	CLEAR_REFS_ANON,
	CLEAR_REFS_MAPPED,
	CLEAR_REFS_SOFT_DIRTY, /* as on Linux without that feature: nothing to clear */
	CLEAR_REFS_MM_HIWATER_RSS,
	CLEAR_REFS_LAST,
};

static int clear_refs_pte(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	struct page *page = vm_normal_page(*pte);

	if (page) {
		ptep_test_and_clear_young(walk->vma, addr, pte);
		ClearPageReferenced(page);
	}
	return 0;
}

/* Linux leaves huge pages of the pool as they are. */
static int clear_refs_large_page(pmd_t *pmd, unsigned long addr, unsigned long end,
				 struct mm_walk *walk)
{
	if (is_vm_hugetlb_page(walk->vma) || is_huge_zero_pmd(*pmd))
		return 0;
	spin_lock(&walk->mm->page_table_lock);
	pmdp_test_and_clear_young(walk->mm, addr & HPAGE_MASK, pmd);
	ClearPageReferenced(pmd_page(*pmd));
	spin_unlock(&walk->mm->page_table_lock);
	return 0;
}

/* Not flushed table by table: a touch that the TLB hides is no harm. */
static const struct mm_walk_ops clear_refs_walk_ops = {.pte_entry = clear_refs_pte,
						       .large_page = clear_refs_large_page};

static void clear_refs_mm(struct mm_struct *mm, int type)
{
	struct vm_area_struct *vma;

	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		cond_resched();
		if ((type == CLEAR_REFS_ANON && vma->vm_file) ||
		    (type == CLEAR_REFS_MAPPED && !vma->vm_file))
			continue;
		walk_page_range_vma(vma, vma->vm_start, vma->vm_end, &clear_refs_walk_ops, NULL);
	}
	if (mm == current->active_mm)
		flush_tlb_mm();
}

#define CLEAR_REFS_TEXT_SIZE 13

static ssize_t clear_refs_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	char text[CLEAR_REFS_TEXT_SIZE] = "";
	struct task_struct *p;
	struct mm_struct *mm;
	int type, err;

	if (copy_from_user(text, buf, min(len, sizeof(text) - 1)))
		return -EFAULT;
	err = kstrtoint(strim(text), 10, &type);
	if (err)
		return err;
	if (type < CLEAR_REFS_ALL || type >= CLEAR_REFS_LAST)
		return -EINVAL;
	p = get_proc_task(file->f_inode);
	if (!p)
		return -ESRCH;
	mm = get_task_mm(p);
	put_task_struct(p);
	if (!mm)
		return len;
	err = down_write_killable(&mm->mmap_sem);
	if (!err) {
		if (type == CLEAR_REFS_MM_HIWATER_RSS)
			mm->hiwater_rss = get_mm_rss(mm);
		else if (type != CLEAR_REFS_SOFT_DIRTY)
			clear_refs_mm(mm, type);
		up_write(&mm->mmap_sem);
	}
	mmput(mm);
	return err ? err : (ssize_t)len;
}

const struct file_operations proc_clear_refs_operations = {
	.write = clear_refs_write,
	.llseek = noop_llseek,
};
