/*
 * mremap: shrinks a mapping, grows it in place, or moves it with its pages. A move carries entries
 * from the old page tables to the new ones; it copies no page.
 */
#include "mm/internal.h"
#include "mm/calls.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/ksm.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/userfaultfd.h"
#include <linux/errno.h>
#include <linux/mman.h>

#define MREMAP_FLAGS (MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP)
/* A move may split VMAs and unmap: this many more mappings must be allowed. */
#define SPARE_MAPS   3

/* One call of mremap. Lengths are in bytes; addresses and lengths are page-aligned. mmap_sem w. */
struct vma_remap_struct {
	struct mm_struct *mm;
	struct vm_area_struct *vma; /* what is resized or moved, once it is known */
	unsigned long addr, old_len, new_len;
	unsigned long new_addr;	 /* MREMAP_FIXED: where to; MREMAP_DONTUNMAP: a hint */
	unsigned long flags;	 /* MREMAP_ */
	bool locked;		 /* out: the new part is locked, and must be faulted in */
	unsigned long moved_len; /* bytes that a pager in user space hears of if they move */
	struct list_head *event; /* mm->uffd_events: a move is told behind this one */
};

/* May the mapping change from old_len to new_len? 0 with its VMA in vrm->vma, or -errno. */
static int vma_to_resize(struct vma_remap_struct *vrm)
{
	unsigned long growth = vrm->new_len - vrm->old_len;
	struct mm_struct *mm = vrm->mm;
	struct vm_area_struct *vma = vrm->vma = vma_lookup(mm, vrm->addr);
	pgoff_t pgoff;

	if (!vma)
		return -EFAULT;
	/* an old length of 0 maps the same pages a second time: only shared pages can be */
	if (!vrm->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return -EINVAL;
	if (vrm->flags & MREMAP_DONTUNMAP && vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EINVAL;
	if (vrm->old_len > vma->vm_end - vrm->addr)
		return -EFAULT;
	if (!growth)
		return 0;
	pgoff = linear_page_index(vma, vrm->addr);
	if (pgoff + (vrm->new_len >> PAGE_SHIFT) < pgoff)
		return -EINVAL;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return -EFAULT;
	if (!mlock_future_ok(mm, vma->vm_flags, growth))
		return -EAGAIN;
	return may_expand_vm(mm, vma->vm_flags, growth >> PAGE_SHIFT) ? 0 : -ENOMEM;
}

/* ---- moving ---- */

/* The state of a move. */
struct move_walk {
	unsigned long distance; /* from each old address to its new one */
	unsigned long done;	/* the first old address that has not moved */
	struct address_space *mapping;
};

/* How many of the `len` bytes lie in one page table at the old place, and in one at the new. */
static unsigned long move_extent(unsigned long old, unsigned long new, unsigned long len)
{
	len = min(len, PMD_SIZE - (old & ~PMD_MASK));
	return min(len, PMD_SIZE - (new & ~PMD_MASK));
}

/* Move the entries of one extent. If the new place has no table, the extent is a whole table, which
   moves itself. The TLB is flushed at once: another thread may run before the next extent moves,
   and must not use the old addresses. */
static void move_ptes(struct mm_struct *mm, pmd_t *old_pmd, unsigned long old, pmd_t *new_pmd,
		      unsigned long new, unsigned long len)
{
	unsigned long i;
	pte_t *from, *to;

	spin_lock(&mm->page_table_lock);
	if (pmd_none(*new_pmd)) {
		pmd_populate(mm, new_pmd, pmd_page_vaddr(*old_pmd));
		pmd_clear(mm, old_pmd);
	} else {
		from = pte_offset_map(old_pmd, old);
		to = pte_offset_map(new_pmd, new);
		for (i = 0; i < len; i += PAGE_SIZE, from++, to++) {
			if (pte_none(*from))
				continue;
			VM_BUG_ON(!pte_none(*to));
			set_pte_at(mm, new + i, to, ptep_get_and_clear(mm, old + i, from));
		}
	}
	flush_mm_range(mm, old, old + len);
	spin_unlock(&mm->page_table_lock);
}

/* A truncation walks the VMAs of the file. If it visited the new place before an extent moves and
   the old one after, it would miss those pages: so the file's tree is locked for each extent. */
static int move_pmd(pmd_t *old_pmd, unsigned long old, unsigned long end, struct mm_walk *walk)
{
	struct move_walk *move = walk->private;
	unsigned long new, extent;
	pmd_t *new_pmd;

	for (; old != end; old += extent) {
		move->done = old;
		new = old + move->distance;
		new_pmd = pmd_off(walk->mm, new);
		extent = move_extent(old, new, end - old);
		if (extent != PMD_SIZE && !mm_pte_alloc(walk->mm, new_pmd, new))
			return -ENOMEM;
		if (move->mapping)
			i_mmap_lock_write(move->mapping);
		move_ptes(walk->mm, old_pmd, old, new_pmd, new, extent);
		if (move->mapping)
			i_mmap_unlock_write(move->mapping);
	}
	return 0;
}

/* Move the entry of a large page to the new place, which is empty. Needs no table. */
static int move_large_page(pmd_t *old_pmd, unsigned long old, unsigned long end,
			   struct mm_walk *walk)
{
	const struct move_walk *move = walk->private;
	unsigned long new = old + move->distance;
	pmd_t *new_pmd = pmd_off(walk->mm, new);

	if (!is_vm_hugetlb_page(walk->vma))
		return huge_pmd_move(old_pmd, old, end, new, walk);
	if (move->mapping)
		i_mmap_lock_write(move->mapping);
	spin_lock(&walk->mm->page_table_lock);
	VM_BUG_ON((old | new) & ~HPAGE_MASK || end - old != HPAGE_SIZE || !pmd_none(*new_pmd));
	if (!pmd_none(*old_pmd))
		set_pmd_at(walk->mm, new, new_pmd, pmdp_get_and_clear(walk->mm, old, old_pmd));
	flush_mm_range(walk->mm, old, old + PAGE_SIZE);
	spin_unlock(&walk->mm->page_table_lock);
	if (move->mapping)
		i_mmap_unlock_write(move->mapping);
	return 0;
}

static const struct mm_walk_ops move_ops = {.pmd_entry = move_pmd, .large_page = move_large_page};

unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old, unsigned long new,
			       unsigned long len)
{
	struct move_walk move = {
		.distance = new - old,
		.mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL,
	};
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma, .private = &move};

	mmap_assert_write_locked(vma->vm_mm);
	VM_BUG_ON(!PAGE_ALIGNED(old | new | len));
	VM_BUG_ON(old < new &&new < old + len); /* would write over what is still to move */
	return __walk_page_range(&walk, old, old + len, &move_ops) ? move.done - old : len;
}

/* With MREMAP_DONTUNMAP, would a merge at the new place join it with the old one? The old VMA must
   stay one of its own, as it changes when the pages have moved. Only an untouched mapping can match
   itself there. As on Linux, it does not merge with the other neighbour either. */
static bool merges_with_itself(const struct vma_remap_struct *vrm)
{
	const struct vm_area_struct *vma = vrm->vma;

	return vrm->flags & MREMAP_DONTUNMAP && vma_is_anonymous(vma) && !vma->anon_vma &&
	       (vrm->new_addr == vma->vm_end || vrm->new_addr + vrm->new_len == vma->vm_start);
}

/* Make a VMA at the new place with the properties of vrm->vma, or extend a neighbour that matches.
   If that absorbs vrm->vma itself, vrm->vma becomes the neighbour. NULL: no memory. */
static struct vm_area_struct *copy_vma(struct vma_remap_struct *vrm)
{
	struct vm_area_struct *vma = vrm->vma, *new;
	unsigned long vma_start = vma->vm_start;
	struct vma_merge_struct vmg = {
		.start = vrm->new_addr,
		.end = vrm->new_addr + vrm->new_len,
		.flags = vma->vm_flags,
		.anon_vma = vma->anon_vma,
		.file = vma->vm_file,
		.pgoff = linear_page_index(vma, vrm->addr),
		.uffd_ctx = vma->vm_userfaultfd_ctx,
	};

	/* no page has recorded its offset yet: take the new place's, so that it can merge there */
	if (vma_is_anonymous(vma) && !vma->anon_vma)
		vmg.pgoff = vmg.start >> PAGE_SHIFT;
	VM_BUG_ON(find_vma_intersection(vrm->mm, vmg.start, vmg.end));
	find_vma_prev(vrm->mm, vmg.start, &vmg.prev);
	new = merges_with_itself(vrm) ? NULL : vma_merge(vrm->mm, &vmg);
	if (new) {
		if (vma_start >= new->vm_start && vma_start < new->vm_end)
			vrm->vma = new;
		return new;
	}
	new = vm_area_dup(vma);
	if (!new)
		return NULL;
	new->vm_start = vmg.start;
	new->vm_end = vmg.end;
	new->vm_pgoff = vmg.pgoff;
	if (anon_vma_clone(new, vma)) {
		vm_area_free(new);
		return NULL;
	}
	vma_link(vrm->mm, new, vmg.prev);
	vma_open(new);
	return new;
}

static int may_split_at_ends(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	int err = 0;

	if (!vma->vm_ops || !vma->vm_ops->may_split)
		return 0;
	if (vma->vm_start != start)
		err = vma->vm_ops->may_split(vma, start);
	if (!err && vma->vm_end != end)
		err = vma->vm_ops->may_split(vma, end);
	return err;
}

/* The old place could not be unmapped: there was no memory to split its VMA, perhaps for the second
   time, or to tell a pager in user space. Charge `len` bytes, and all of [start, end) is charged.
 */
static void recharge_old_place(struct mm_struct *mm, unsigned long start, unsigned long end,
			       unsigned long len)
{
	struct vm_area_struct *vma;

	vm_unacct_memory(-(long)(len >> PAGE_SHIFT)); /* whatever the limit is */
	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		vma->vm_flags |= VM_ACCOUNT;
}

/* Unmap the old place after a move. Its commit charge passes to the new place. */
static void unmap_old_place(struct vm_area_struct *vma, unsigned long addr, unsigned long len)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long hiwater_vm = mm->hiwater_vm, start = vma->vm_start, end = vma->vm_end;
	bool accounted = vma->vm_flags & VM_ACCOUNT, pieces_left, split;

	/* do_munmap must not give the charge back */
	vma->vm_flags &= ~VM_ACCOUNT;
	pieces_left = vma->vm_end - vma->vm_start != len;
	split = addr > vma->vm_start && addr + len < vma->vm_end;
	if (do_munmap(mm, addr, len) < 0) { /* no memory: it stays, and is charged again */
		if (accounted)
			recharge_old_place(mm, start, end, len);
		pieces_left = false;
	}
	mm->hiwater_vm = hiwater_vm;
	if (pieces_left && accounted) {
		vma->vm_flags |= VM_ACCOUNT;
		if (split)
			find_vma(mm, vma->vm_end)->vm_flags |= VM_ACCOUNT;
	}
}

/* MREMAP_DONTUNMAP of locked memory: the old place will not be locked any more, so it becomes a VMA
   of its own. 0, -ENOMEM or an error of ->may_split. As on Linux, the pieces stay if the move
   fails. */
static int isolate_old_place(struct vma_remap_struct *vrm)
{
	struct vm_area_struct *vma = vrm->vma;
	unsigned long end = vrm->addr + vrm->old_len;
	int err = 0;

	if (vma->vm_start < vrm->addr)
		err = split_vma(vrm->mm, vma, vrm->addr, true);
	if (!err && vma->vm_end > end)
		err = split_vma(vrm->mm, vma, end, false);
	return err;
}

/* MREMAP_DONTUNMAP: the old place remains as a mapping without pages, which is not locked. */
static void keep_old_place(struct vma_remap_struct *vrm, struct vm_area_struct *new)
{
	struct vm_area_struct *vma = vrm->vma;

	VM_BUG_ON(new == vma);
	if (vma->vm_flags & VM_LOCKED) {
		VM_BUG_ON(vma->vm_end - vma->vm_start != vrm->old_len);
		vrm->mm->locked_vm -= vma_pages(vma);
		vma->vm_flags &= ~VM_LOCKED_MASK;
	}
	if (vma->vm_start != vrm->addr || vma->vm_end != vrm->addr + vrm->old_len)
		return;
	/* all its pages have moved: it needs no anon_vma, and no offset that pages have recorded */
	unlink_anon_vmas(vma);
	if (!vma->vm_file)
		vma->vm_pgoff = vma->vm_start >> PAGE_SHIFT;
}

/* Check that limits and driver allow a move, and charge *charged pages for what it adds. 0 or
   -errno. */
static int prepare_move(struct vma_remap_struct *vrm, long *charged)
{
	/* with MREMAP_DONTUNMAP the old place stays charged */
	unsigned long added =
		vrm->flags & MREMAP_DONTUNMAP ? vrm->new_len : vrm->new_len - vrm->old_len;
	int err;

	if (vrm->mm->map_count >= sysctl_max_map_count - SPARE_MAPS)
		return -ENOMEM;
	err = may_split_at_ends(vrm->vma, vrm->addr, vrm->addr + vrm->old_len);
	if (!err && vrm->flags & MREMAP_DONTUNMAP && vrm->vma->vm_flags & VM_LOCKED)
		err = isolate_old_place(vrm);
	/* a merged page is known by the addresses where it was merged */
	if (!err)
		err = ksm_unmerge_range(vrm->vma, vrm->addr, vrm->addr + vrm->old_len);
	if (err)
		return err;
	*charged = 0;
	if (!(vrm->vma->vm_flags & VM_ACCOUNT))
		return 0;
	*charged = added >> PAGE_SHIFT;
	return security_vm_enough_memory(*charged);
}

/* There was no memory for a page table: move the first `moved` bytes back, for which the old tables
   still exist, and unmap the new place. */
static void undo_move(struct vma_remap_struct *vrm, struct vm_area_struct *new, unsigned long moved,
		      long charged)
{
	move_page_tables(vrm->vma, vrm->new_addr, vrm->addr, moved);
	vm_unacct_memory(charged);
	unmap_old_place(new, vrm->new_addr, vrm->new_len);
}

/* Four steps: check and charge, make a VMA at the new place, move the entries, unmap the old place.
   Returns the new address, or -errno with everything as it was. */
static unsigned long move_vma(struct vma_remap_struct *vrm)
{
	unsigned long pages = vrm->new_len >> PAGE_SHIFT, vm_flags = vrm->vma->vm_flags, moved;
	struct uffd_event *event;
	struct vm_area_struct *new;
	long charged;
	int err;

	err = prepare_move(vrm, &charged);
	if (err)
		return err;
	new = mremap_userfaultfd_prep(vrm->vma, &event) ? NULL : copy_vma(vrm);
	if (!new) {
		mremap_userfaultfd_fail(event);
		vm_unacct_memory(charged);
		return -ENOMEM;
	}
	moved = move_page_tables(vrm->vma, vrm->addr, vrm->new_addr, vrm->old_len);
	vm_stat_account(vrm->mm, vm_flags, pages);
	if (vm_flags & VM_LOCKED)
		vrm->mm->locked_vm += pages;
	if (moved < vrm->old_len) {
		mremap_userfaultfd_fail(event);
		undo_move(vrm, new, moved, charged);
		return -ENOMEM;
	}
	if (is_vm_hugetlb_page(vrm->vma))
		clear_vma_resv_huge_pages(vrm->vma);
	mremap_userfaultfd_moved(new, event, vrm->event, vrm->addr, vrm->new_addr, vrm->moved_len);
	vrm->locked = vm_flags & VM_LOCKED;
	if (vrm->flags & MREMAP_DONTUNMAP)
		keep_old_place(vrm, new);
	else
		unmap_old_place(vrm->vma, vrm->addr, vrm->old_len);
	return vrm->new_addr;
}

/* Choose the new place, or check the one that was asked for, and move. `hint` is like the address
   given to mmap, map_flags is MAP_FIXED or 0. */
static unsigned long move_to_place(struct vma_remap_struct *vrm, unsigned long hint,
				   unsigned long map_flags)
{
	struct vm_area_struct *vma = vrm->vma;
	unsigned long place;

	if (vma->vm_flags & VM_MAYSHARE)
		map_flags |= MAP_SHARED;
	place = get_unmapped_area(vma->vm_file, hint, vrm->new_len,
				  linear_page_index(vma, vrm->addr), map_flags);
	if (IS_ERR_VALUE(place))
		return place;
	vrm->new_addr = place;
	return move_vma(vrm);
}

/* mremap with MREMAP_FIXED or MREMAP_DONTUNMAP. As on Linux, the new place and the end that the
   mapping loses are unmapped even if the move is then refused. */
static unsigned long mremap_to(struct vma_remap_struct *vrm)
{
	unsigned long addr = vrm->addr, new_addr = vrm->new_addr, new_len = vrm->new_len;
	struct mm_struct *mm = vrm->mm;
	int err;

	if (offset_in_page(new_addr) || new_len > TASK_SIZE || new_addr > TASK_SIZE - new_len)
		return -EINVAL;
	if (addr + vrm->old_len > new_addr && new_addr + new_len > addr) /* they overlap */
		return -EINVAL;
	if (mm->map_count + 2 >= sysctl_max_map_count - SPARE_MAPS)
		return -ENOMEM;
	if (vrm->flags & MREMAP_FIXED) {
		err = do_munmap(mm, new_addr, new_len);
		if (err)
			return err;
		vrm->event = mm->uffd_events.prev;
	}
	if (vrm->old_len > new_len) {
		err = do_munmap(mm, addr + new_len, vrm->old_len - new_len);
		if (err)
			return err;
		vrm->old_len = new_len;
	}
	err = vma_to_resize(vrm);
	if (err)
		return err;
	if (vrm->flags & MREMAP_DONTUNMAP &&
	    !may_expand_vm(mm, vrm->vma->vm_flags, vrm->old_len >> PAGE_SHIFT))
		return -ENOMEM;
	return move_to_place(vrm, new_addr, vrm->flags & MREMAP_FIXED ? MAP_FIXED : 0);
}

/* ---- in place ---- */

/* Is there free room behind the VMA for `delta` more bytes? */
static bool vma_expandable(struct vm_area_struct *vma, unsigned long delta)
{
	unsigned long end = vma->vm_end + delta;

	if (end < vma->vm_end)
		return false;
	if (vma->vm_next && vma->vm_next->vm_start < end)
		return false;
	return !IS_ERR_VALUE(
		get_unmapped_area(NULL, vma->vm_start, end - vma->vm_start, 0, MAP_FIXED));
}

/* Add the new part by a merge with the mapping that it extends, and perhaps with the next one. */
static unsigned long grow_in_place(struct vma_remap_struct *vrm)
{
	unsigned long old_end = vrm->addr + vrm->old_len;
	struct vm_area_struct *vma = vrm->vma;
	long pages = (vrm->new_len - vrm->old_len) >> PAGE_SHIFT;
	long charged = vma->vm_flags & VM_ACCOUNT ? pages : 0;
	struct vma_merge_struct vmg = {
		.prev = vma,
		.start = old_end,
		.end = vrm->addr + vrm->new_len,
		.flags = vma->vm_flags,
		.anon_vma = vma->anon_vma,
		.file = vma->vm_file,
		.pgoff = linear_page_index(vma, old_end),
		.uffd_ctx = vma->vm_userfaultfd_ctx,
	};

	if (charged && security_vm_enough_memory(charged))
		return -ENOMEM;
	/* one that wants to know of its end never merges, but may grow */
	if (vma->vm_ops && vma->vm_ops->close)
		vma_expand(vma, vma->vm_start, vmg.end); /* into free room: cannot fail */
	else
		vma = vma_merge(vrm->mm, &vmg);
	if (!vma) {
		vm_unacct_memory(charged);
		return -ENOMEM;
	}
	vm_stat_account(vrm->mm, vma->vm_flags, pages);
	if (vma->vm_flags & VM_LOCKED) {
		vrm->mm->locked_vm += pages;
		vrm->locked = true;
	}
	return vrm->addr;
}

/* A mapping of huge pages is resized by whole huge pages, and cannot grow. 0 or -EINVAL. */
static int align_to_huge_pages(struct vma_remap_struct *vrm)
{
	vrm->old_len = HUGE_PAGE_ALIGN(vrm->old_len);
	vrm->new_len = HUGE_PAGE_ALIGN(vrm->new_len);
	if ((vrm->addr | vrm->new_addr) & ~HPAGE_MASK || vrm->new_len > vrm->old_len)
		return -EINVAL;
	return 0;
}

/* mmap_sem w. The mapping's new address, or -errno. */
static unsigned long resize(struct vma_remap_struct *vrm)
{
	struct vm_area_struct *vma = vma_lookup(vrm->mm, vrm->addr);
	int err = 0;

	if (!vma)
		return -EFAULT;
	if (vma->vm_flags & VM_HUGETLB)
		err = align_to_huge_pages(vrm);
	if (err)
		return err;
	if (vrm->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(vrm);
	if (vrm->old_len >= vrm->new_len) {
		err = do_munmap(vrm->mm, vrm->addr + vrm->new_len, vrm->old_len - vrm->new_len);
		return err && vrm->old_len != vrm->new_len ? (unsigned long)err : vrm->addr;
	}
	err = vma_to_resize(vrm);
	if (err)
		return err;
	vma = vrm->vma;
	if (vrm->old_len == vma->vm_end - vrm->addr &&
	    vma_expandable(vma, vrm->new_len - vrm->old_len))
		return grow_in_place(vrm);
	return vrm->flags & MREMAP_MAYMOVE ? move_to_place(vrm, 0, 0) : (unsigned long)-ENOMEM;
}

unsigned long do_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
			unsigned long flags, unsigned long new_addr)
{
	struct mm_struct *mm = current->mm;
	struct vma_remap_struct vrm = {
		.mm = mm,
		.addr = addr,
		.old_len = PAGE_ALIGN(old_len),
		.new_len = PAGE_ALIGN(new_len),
		.new_addr = new_addr,
		.flags = flags,
		.moved_len = PAGE_ALIGN(old_len),
		.event = &mm->uffd_events,
	};
	unsigned long ret;
	LIST_HEAD(events);

	if (flags & ~MREMAP_FLAGS || (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (flags & MREMAP_DONTUNMAP && (!(flags & MREMAP_MAYMOVE) || old_len != new_len))
		return -EINVAL;
	if (offset_in_page(addr) || !vrm.new_len)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	ret = resize(&vrm);
	mm_check_debug(mm);
	list_splice_init(&mm->uffd_events, &events);
	up_write(&mm->mmap_sem);
	/* Linux locks the new part before the pager knows of it, unlike mmap and brk */
	if (vrm.locked && !IS_ERR_VALUE(ret) && vrm.new_len > vrm.old_len)
		mm_populate(ret + vrm.old_len, vrm.new_len - vrm.old_len);
	userfaultfd_deliver(&events);
	return ret;
}
