/*
 * swapoff: a swap area is taken out of use. What is in it comes back into memory first.
 */
#include "kernel/core/panic.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/blkdev.h"
#include "kernel/fs/namei.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "mm/cache/page_writeback.h"
#include "mm/internal.h"
#include "mm/ksm.h"
#include "mm/pagewalk.h"
#include "mm/shmem.h"
#include "mm/swap/internal.h"

/* The area that uses this file or device; NULL: it is none. */
static struct swap_info_struct *find_area(const struct address_space *mapping)
{
	struct swap_info_struct *si;

	list_for_each_entry (si, &swap_active_head, list)
		if (si->swap_file->f_mapping == mapping)
			return si;
	return NULL;
}

/* The memory that was promised must be there without the area, too. Then nobody gets a slot of it
   any more. 0 or -ENOMEM. */
static int stop_using(struct swap_info_struct *si)
{
	if (security_vm_enough_memory(si->pages))
		return -ENOMEM;
	vm_unacct_memory(si->pages);
	remove_swap_info(si);
	return 0;
}

/* ---- bringing the pages back ---- */

/* Map `wanted`: the page of the slot, or a copy. Nobody has asked for it, so nobody looks who else
   has the page: the first write will. A copy is nobody else's. */
static void map_back(struct vm_area_struct *vma, unsigned long addr, pte_t *pte, struct page *page,
		     struct page *wanted)
{
	map_swapped_page(vma, addr, pte, wanted, 0);
	if (wanted == page)
		ClearPageAnonExclusive(page);
}

/* Replace the entry of addr by the locked page, if it is still `old`. A page that could not be read
   is lost: whoever touches it gets SIGBUS. *mapped: the caller's reference is the entry's now. 0 or
   -ENOMEM. */
static int unuse_pte(struct vm_area_struct *vma, unsigned long addr, pte_t old, struct page *page,
		     bool *mapped)
{
	struct page *wanted = ksm_might_need_to_copy(page, vma, addr);
	struct mm_struct *mm = vma->vm_mm;
	bool done = false;
	pte_t *pte;

	*mapped = false;
	if (!wanted)
		return -ENOMEM;
	spin_lock(&mm->page_table_lock);
	pte = lookup_pte(mm, addr);
	if (pte && pte_same(*pte, old)) {
		done = PageUptodate(page);
		if (done)
			map_back(vma, addr, pte, page, wanted);
		else
			lose_swapped_page(mm, addr, pte, page);
	}
	spin_unlock(&mm->page_table_lock);
	*mapped = done && wanted == page;
	if (!done && wanted != page)
		put_page(wanted);
	return 0;
}

/* The same for the page of a slot, with a reference that this function takes over. Sleeps. */
static int unuse_page(struct vm_area_struct *vma, unsigned long addr, pte_t old, struct page *page)
{
	bool mapped;
	int err;

	lock_page(page);
	wait_on_page_writeback(page);
	err = unuse_pte(vma, addr, old, page, &mapped);
	if (PageSwapCache(page) && page_swap_entry(page).val == pte_to_swp_entry(old).val)
		try_to_free_swap(page);
	unlock_page(page);
	if (!mapped)
		put_page(page);
	return err;
}

/* The entries of one table. The page is read without page_table_lock. */
static int unuse_pmd_entry(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	const struct swap_info_struct *si = walk->private;
	int err = 0;

	for (; addr != end && !err; addr += PAGE_SIZE) {
		pte_t pte = *pte_offset_map(pmd, addr);
		struct page *page;

		if (!is_swap_pte(pte) || swp_type(pte_to_swp_entry(pte)) != si->type)
			continue;
		page = lookup_swap_cache(pte_to_swp_entry(pte));
		if (!page)
			page = swapin_readahead(pte_to_swp_entry(pte));
		if (!page && pte_same(*pte_offset_map(pmd, addr), pte))
			return -ENOMEM;
		if (page)
			err = unuse_page(walk->vma, addr, pte, page);
		cond_resched();
	}
	return err;
}

static const struct mm_walk_ops unuse_ops = {.pmd_entry = unuse_pmd_entry,
					     .large_page = pass_large_page};

static int unuse_mm(struct mm_struct *mm, struct swap_info_struct *si)
{
	struct vm_area_struct *vma;
	int err = 0;

	down_read(&mm->mmap_sem);
	for (vma = mm->mmap; vma && !err; vma = vma->vm_next) {
		if (vma->anon_vma && !(vma->vm_flags & VM_HUGETLB))
			err = walk_page_range_vma(vma, vma->vm_start, vma->vm_end, &unuse_ops, si);
		cond_resched();
	}
	mm_check_debug(mm);
	up_read(&mm->mmap_sem);
	return err;
}

/* All address spaces with pages in swap. One that is being looked into stays on the list. */
static int unuse_all_mms(struct swap_info_struct *si)
{
	struct mm_struct *mm, *prev = &init_mm;
	int err = 0;

	mmget(prev);
	while (!err && si->inuse_pages && prev->mmlist.next != &init_mm.mmlist) {
		mm = list_entry(prev->mmlist.next, struct mm_struct, mmlist);
		if (signal_pending(current)) {
			err = -EINTR;
			break;
		}
		if (!mm->mm_users) { /* it is ending: its slots are being freed */
			cond_resched();
			break;
		}
		mmget(mm);
		mmput(prev);
		prev = mm;
		err = unuse_mm(mm, si);
	}
	mmput(prev);
	return err;
}

/* Pages that only the swap cache has: nobody looks for them any more. */
static int unuse_swap_cache(struct swap_info_struct *si)
{
	unsigned long offset = 0;
	struct page *page;

	while (si->inuse_pages && (page = radix_tree_find(&si->cache, &offset))) {
		if (signal_pending(current))
			return -EINTR;
		if (!xa_is_value(page)) {
			get_page(page);
			lock_page(page);
			wait_on_page_writeback(page);
			try_to_free_swap(page);
			unlock_page(page);
			put_page(page);
		}
		offset++;
		cond_resched();
	}
	return 0;
}

/* Until no slot is in use. Others may move their pages and copy their entries meanwhile, so that
   one round may miss some. 0 or -errno. */
static int try_to_unuse(struct swap_info_struct *si)
{
	int err = 0;

	while (!err && si->inuse_pages) {
		err = shmem_unuse(si->type);
		if (!err)
			err = unuse_all_mms(si);
		if (!err)
			err = unuse_swap_cache(si);
		cond_resched();
	}
	return err;
}

/* ---- the call ---- */

static int swapoff_file(const struct file *victim)
{
	struct swap_info_struct *si = find_area(victim->f_mapping);
	struct inode *inode;
	int err;

	if (!si)
		return -EINVAL;
	swap_check();
	err = stop_using(si);
	if (err)
		return err;
	err = try_to_unuse(si);
	if (err) {
		insert_swap_info(si);
		return err;
	}
	while (si->users)
		yield();
	inode = si->swap_file->f_mapping->host;
	inode_lock(inode);
	inode->i_flags &= ~S_SWAPFILE;
	inode_unlock(inode);
	free_swap_info(si);
	return 0;
}

int do_swapoff(const char __user *uname)
{
	struct file *victim;
	char *name;
	int err;

	if (!has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	name = getname(uname);
	if (IS_ERR(name))
		return PTR_ERR(name);
	victim = filp_open(name, O_RDWR, 0);
	putname(name);
	if (IS_ERR(victim))
		return PTR_ERR(victim);
	err = swapoff_file(victim);
	fput(victim);
	return err;
}
