/*
 * mremap: a mapping shrinks, grows in place, or moves with its pages: entries are carried from the
 * old page tables to the new ones, no page is copied.
 */
#include "mm/internal.h"
#include "mm/mremap.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/hugetlb.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include <linux/errno.h>
#include <linux/mman.h>

#define MREMAP_FLAGS (MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP)
/* Moving may split twice and unmap: so many mappings must still be allowed. */
#define SPARE_MAPS   3

/* May the mapping at addr change from old_len to new_len? Its VMA, or ERR_PTR. */
static struct vm_area_struct *vma_to_resize(struct mm_struct *mm, unsigned long addr,
					    unsigned long old_len, unsigned long new_len,
					    unsigned long flags)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	pgoff_t pgoff;

	if (!vma)
		return ERR_PTR(-EFAULT);
	/* no old length: a second view of the same pages, which only shared ones can have */
	if (!old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return ERR_PTR(-EINVAL);
	if (flags & MREMAP_DONTUNMAP && vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return ERR_PTR(-EINVAL);
	if (old_len > vma->vm_end - addr)
		return ERR_PTR(-EFAULT);
	if (new_len == old_len)
		return vma;
	pgoff = linear_page_index(vma, addr);
	if (pgoff + (new_len >> PAGE_SHIFT) < pgoff)
		return ERR_PTR(-EINVAL);
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return ERR_PTR(-EFAULT);
	if (!mlock_future_ok(mm, vma->vm_flags, new_len - old_len))
		return ERR_PTR(-EAGAIN);
	if (!may_expand_vm(mm, vma->vm_flags, (new_len - old_len) >> PAGE_SHIFT))
		return ERR_PTR(-ENOMEM);
	return vma;
}

/* ---- moving ---- */

/* A move on its way. */
struct move_walk {
	unsigned long distance; /* from each old address to its new one */
	unsigned long done;	/* the first old address that has not moved */
	struct address_space *mapping;
};

/* How far from here old and new addresses stay within one page table each. */
static unsigned long move_extent(unsigned long old, unsigned long new, unsigned long len)
{
	len = min(len, PMD_SIZE - (old & ~PMD_MASK));
	return min(len, PMD_SIZE - (new & ~PMD_MASK));
}

/* The entries of one extent, into a table that is there; those of a whole table go with their
   table. Flushed at once: another thread may run before the next one, and must not use what has
   gone. */
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
		for (i = 0; i < len; i += PAGE_SIZE, from++, to++)
			if (!pte_none(*from))
				set_pte_at(mm, new + i, to, ptep_get_and_clear(mm, old + i, from));
	}
	flush_mm_range(mm, old, old + len);
	spin_unlock(&mm->page_table_lock);
}

/* Whoever walks the file's VMAs to unmap its pages must not come by the new place before an extent
   moves, and by the old one after: the file is locked for each. */
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

static const struct mm_walk_ops move_ops = {.pmd_entry = move_pmd};

unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old, unsigned long new,
			       unsigned long len)
{
	struct move_walk move = {
		.distance = new - old,
		.mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL,
	};
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma, .private = &move};

	return __walk_page_range(&walk, old, old + len, &move_ops) ? move.done - old : len;
}

/* A VMA at addr with the properties of *vmap, merged with what is there if it fits; *vmap follows
   if it was swallowed itself. NULL: no memory. */
static struct vm_area_struct *copy_vma(struct vm_area_struct **vmap, unsigned long addr,
				       unsigned long len, pgoff_t pgoff)
{
	struct vm_area_struct *vma = *vmap, *new, *prev;
	unsigned long vma_start = vma->vm_start;
	struct mm_struct *mm = vma->vm_mm;

	if (vma_is_anonymous(vma) && !vma->anon_vma)
		pgoff = addr >>
			PAGE_SHIFT; /* no page remembers where it was: so it may merge there */
	find_vma_prev(mm, addr, &prev);
	new = vma_merge(mm, prev, addr, addr + len, vma->vm_flags, vma->anon_vma, vma->vm_file,
			pgoff);
	if (new) {
		if (vma_start >= new->vm_start && vma_start < new->vm_end)
			*vmap = new;
		return new;
	}
	new = vm_area_alloc(mm);
	if (!new)
		return NULL;
	*new = *vma;
	new->vm_start = addr;
	new->vm_end = addr + len;
	new->vm_pgoff = pgoff;
	new->anon_vma = NULL;
	if (vma->anon_vma)
		anon_vma_clone(new, vma);
	if (new->vm_file)
		get_file(new->vm_file);
	vma_link(mm, new, prev);
	if (new->vm_ops &&new->vm_ops->open)
		new->vm_ops->open(new);
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

/* The old place after a move: gone, with the commit charge left to the new one. */
static void unmap_old_place(struct vm_area_struct *vma, unsigned long addr, unsigned long len)
{
	struct mm_struct *mm = vma->vm_mm;
	bool accounted = vma->vm_flags & VM_ACCOUNT, pieces_left, split;
	unsigned long hiwater_vm = mm->hiwater_vm;

	/* hidden, so that do_munmap does not give the charge back */
	vma->vm_flags &= ~VM_ACCOUNT;
	pieces_left = vma->vm_end - vma->vm_start != len;
	split = addr > vma->vm_start && addr + len < vma->vm_end;
	if (do_munmap(mm, addr, len) <
	    0) { /* no memory to split: it stays, as a mapping of its own */
		if (accounted) {
			security_vm_enough_memory(len >> PAGE_SHIFT);
			vma->vm_flags |= VM_ACCOUNT;
		}
		pieces_left = false;
	}
	mm->hiwater_vm = hiwater_vm;
	if (pieces_left && accounted) {
		vma->vm_flags |= VM_ACCOUNT;
		if (split)
			find_vma(mm, vma->vm_end)->vm_flags |= VM_ACCOUNT;
	}
}

/* MREMAP_DONTUNMAP: the old place stays as a fresh mapping without pages. */
static void keep_old_place(struct vm_area_struct *vma, struct vm_area_struct *new,
			   unsigned long addr, unsigned long len)
{
	vma->vm_flags &= ~VM_LOCKED_MASK;
	if (new != vma && vma->vm_start == addr && vma->vm_end == addr + len && vma->anon_vma) {
		anon_vma_put(vma->anon_vma);
		vma->anon_vma = NULL;
		vma->anon_vma_forked = false;
	}
}

static unsigned long move_vma(struct vm_area_struct *vma, unsigned long old_addr,
			      unsigned long old_len, unsigned long new_len, unsigned long new_addr,
			      unsigned long flags, bool *locked)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long vm_flags = vma->vm_flags, moved, ret = new_addr;
	long charge = (flags & MREMAP_DONTUNMAP ? new_len : new_len - old_len) >> PAGE_SHIFT;
	struct vm_area_struct *new;
	int err;

	if (mm->map_count >= sysctl_max_map_count - SPARE_MAPS)
		return -ENOMEM;
	err = may_split_at_ends(vma, old_addr, old_addr + old_len);
	if (err)
		return err;
	if (vm_flags & VM_ACCOUNT && security_vm_enough_memory(charge))
		return -ENOMEM;
	new = copy_vma(&vma, new_addr, new_len, linear_page_index(vma, old_addr));
	if (!new) {
		if (vm_flags & VM_ACCOUNT)
			vm_unacct_memory(charge);
		return -ENOMEM;
	}
	moved = move_page_tables(vma, old_addr, new_addr, old_len);
	vm_stat_account(mm, vm_flags, new_len >> PAGE_SHIFT);
	if (moved < old_len) { /* back again: those tables still exist. Then the new place goes */
		move_page_tables(vma, new_addr, old_addr, moved);
		vma = new;
		old_addr = new_addr;
		old_len = new_len;
		ret = -ENOMEM;
		if (vm_flags & VM_ACCOUNT)
			vm_unacct_memory(charge);
		flags &= ~MREMAP_DONTUNMAP;
		if (vm_flags & VM_LOCKED)
			mm->locked_vm += new_len >> PAGE_SHIFT; /* what do_munmap will take off */
	} else if (vm_flags & VM_LOCKED) {
		mm->locked_vm += new_len >> PAGE_SHIFT;
		*locked = true;
	}
	if (flags & MREMAP_DONTUNMAP) {
		if (vm_flags & VM_LOCKED) { /* the old mapping is not locked any more */
			mm->locked_vm -= new_len >> PAGE_SHIFT;
			mm->locked_stray += vma_pages(vma) - (new_len >> PAGE_SHIFT);
		}
		keep_old_place(vma, new, old_addr, old_len);
	} else {
		unmap_old_place(vma, old_addr, old_len);
	}
	return ret;
}

static unsigned long mremap_to(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
			       unsigned long new_addr, unsigned long new_len, unsigned long flags,
			       bool *locked)
{
	struct vm_area_struct *vma;
	unsigned long map_flags = 0, place;
	int err;

	if (offset_in_page(new_addr) || new_len > TASK_SIZE || new_addr > TASK_SIZE - new_len)
		return -EINVAL;
	if (addr + old_len > new_addr && new_addr + new_len > addr) /* they overlap */
		return -EINVAL;
	if (mm->map_count + 2 >= sysctl_max_map_count - SPARE_MAPS)
		return -ENOMEM;
	if (flags & MREMAP_FIXED) {
		err = do_munmap(mm, new_addr, new_len);
		if (err)
			return err;
		map_flags |= MAP_FIXED;
	}
	if (old_len > new_len) {
		err = do_munmap(mm, addr + new_len, old_len - new_len);
		if (err)
			return err;
		old_len = new_len;
	}
	vma = vma_to_resize(mm, addr, old_len, new_len, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (flags & MREMAP_DONTUNMAP && !may_expand_vm(mm, vma->vm_flags, old_len >> PAGE_SHIFT))
		return -ENOMEM;
	if (vma->vm_flags & VM_MAYSHARE)
		map_flags |= MAP_SHARED;
	place = get_unmapped_area(vma->vm_file, new_addr, new_len, linear_page_index(vma, addr),
				  map_flags);
	if (IS_ERR_VALUE(place))
		return place;
	return move_vma(vma, addr, old_len, new_len, flags & MREMAP_FIXED ? new_addr : place, flags,
			locked);
}

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

static unsigned long grow_in_place(struct vm_area_struct *vma, unsigned long addr,
				   unsigned long old_len, unsigned long new_len, bool *locked)
{
	struct mm_struct *mm = vma->vm_mm;
	long pages = (new_len - old_len) >> PAGE_SHIFT;
	long charged = vma->vm_flags & VM_ACCOUNT ? pages : 0;

	if (charged && security_vm_enough_memory(charged))
		return -ENOMEM;
	/* the new part merges with the mapping it extends, and perhaps with the next one */
	vma = vma_merge(mm, vma, addr + old_len, addr + new_len, vma->vm_flags, vma->anon_vma,
			vma->vm_file, linear_page_index(vma, addr + old_len));
	if (!vma) {
		vm_unacct_memory(charged);
		return -ENOMEM;
	}
	vm_stat_account(mm, vma->vm_flags, pages);
	if (vma->vm_flags & VM_LOCKED) {
		mm->locked_vm += pages;
		*locked = true;
	}
	return addr;
}

/* mmap_sem w; the arguments are page-aligned and make sense. *where: the mapping's new place. */
static unsigned long resize(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
			    unsigned long new_len, unsigned long flags, unsigned long new_addr,
			    bool *locked)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	int err;

	if (!vma)
		return -EFAULT;
	if (vma->vm_flags & VM_HUGETLB) { /* in whole huge pages, and never more of them */
		old_len = HUGE_PAGE_ALIGN(old_len);
		new_len = HUGE_PAGE_ALIGN(new_len);
		if ((addr | new_addr) & ~HPAGE_MASK || new_len > old_len)
			return -EINVAL;
	}
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(mm, addr, old_len, new_addr, new_len, flags, locked);
	if (old_len >= new_len) {
		err = do_munmap(mm, addr + new_len, old_len - new_len);
		return err && old_len != new_len ? (unsigned long)err : addr;
	}
	vma = vma_to_resize(mm, addr, old_len, new_len, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (old_len == vma->vm_end - addr && vma_expandable(vma, new_len - old_len))
		return grow_in_place(vma, addr, old_len, new_len, locked);
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	new_addr = get_unmapped_area(vma->vm_file, 0, new_len, linear_page_index(vma, addr),
				     vma->vm_flags & VM_MAYSHARE ? MAP_SHARED : 0);
	if (IS_ERR_VALUE(new_addr))
		return new_addr;
	return move_vma(vma, addr, old_len, new_len, new_addr, flags, locked);
}

unsigned long do_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
			unsigned long flags, unsigned long new_addr)
{
	struct mm_struct *mm = current->mm;
	bool locked = false;
	unsigned long ret;

	if (flags & ~MREMAP_FLAGS || (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (flags & MREMAP_DONTUNMAP && (!(flags & MREMAP_MAYMOVE) || old_len != new_len))
		return -EINVAL;
	old_len = PAGE_ALIGN(old_len);
	new_len = PAGE_ALIGN(new_len);
	if (offset_in_page(addr) || !new_len)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	ret = resize(mm, addr, old_len, new_len, flags, new_addr, &locked);
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	if (locked && !IS_ERR_VALUE(ret) && new_len > old_len)
		mm_populate(ret + old_len, new_len - old_len);
	return ret;
}
