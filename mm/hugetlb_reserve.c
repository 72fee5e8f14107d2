/*
 * Reservations of huge pages: a mapping promises its pages when it is made, so that no fault finds
 * the pool dry. (A page of 4 MiB cannot be found by reclaim when it is needed.)
 *
 * The meaning of a range in a reservation map depends on whose map it is:
 *
 *   shared    the file's map. What is in it is reserved, or there already.
 *   private   the map of the VMA that mmap made (HPAGE_RESV_OWNER), shared by its pieces. All of
 *             the VMA is reserved; what is in the map has been used. A copy by fork has no map, and
 *             lives on what is left over in the pool.
 */
#include "mm/hugetlb_internal.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/lib/util.h"
#include <linux/errno.h>

static struct resv_map *vma_resv_map(const struct vm_area_struct *vma)
{
	unsigned long data = (unsigned long)vma->vm_private_data;

	if (vma->vm_flags & VM_MAYSHARE)
		return HUGETLBFS_I(vma->vm_file->f_mapping->host)->resv;
	return (struct resv_map *)(data & ~(HPAGE_RESV_OWNER | HPAGE_RESV_UNMAPPED));
}

/* ---- one page ---- */

long vma_needs_reservation(struct vm_area_struct *vma, unsigned long addr)
{
	struct resv_map *resv = vma_resv_map(vma);
	long idx = vma_hugecache_offset(vma, addr), new;

	if (!resv)
		return 1;
	new = region_chg(resv, idx, idx + 1);
	return new < 0 || vma->vm_flags &VM_MAYSHARE ? new : !new;
}

long vma_commit_reservation(struct vm_area_struct *vma, unsigned long addr)
{
	struct resv_map *resv = vma_resv_map(vma);
	long idx = vma_hugecache_offset(vma, addr), new;

	if (!resv)
		return 1;
	new = region_add(resv, idx, idx + 1);
	return vma->vm_flags & VM_MAYSHARE ? new : !new;
}

void vma_end_reservation(struct vm_area_struct *vma, unsigned long addr)
{
	struct resv_map *resv = vma_resv_map(vma);

	if (resv)
		region_abort(resv);
}

bool vma_has_reserves(const struct vm_area_struct *vma, long chg)
{
	if (vma->vm_flags & VM_MAYSHARE)
		return !chg;
	return !(vma->vm_flags & VM_NORESERVE) && is_vma_resv_set(vma, HPAGE_RESV_OWNER) && !chg;
}

void restore_reserve_on_error(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	struct resv_map *resv = vma_resv_map(vma);
	bool shared = vma->vm_flags & VM_MAYSHARE;
	long idx = vma_hugecache_offset(vma, addr);

	/* what the allocation has put into the map: for a private mapping, that the reservation is
	   used; for a file, a page without one */
	if (!resv || HPageRestoreReserve(page) == shared)
		return;
	if (region_del(resv, idx, idx + 1) < 0) /* the reservation stays used */
		set_restore_reserve(page, false);
}

/* ---- ranges ---- */

/* Make the reservation map of a private mapping. */
static struct resv_map *make_private_map(struct vm_area_struct *vma)
{
	struct resv_map *resv = resv_map_alloc();

	if (resv) {
		vma->vm_private_data = resv;
		set_vma_resv_flags(vma, HPAGE_RESV_OWNER);
	}
	return resv;
}

bool hugetlb_reserve_pages(struct inode *inode, long from, long to, struct vm_area_struct *vma,
			   unsigned long vm_flags)
{
	bool shared = !vma || vma->vm_flags & VM_MAYSHARE;
	struct hugepage_subpool *spool = inode_subpool(inode);
	struct resv_map *resv;
	long chg, gbl_reserve;

	if (vm_flags & VM_NORESERVE)
		return true;
	resv = shared ? HUGETLBFS_I(inode)->resv : make_private_map(vma);
	if (!resv)
		return false;
	chg = shared ? region_chg(resv, from, to) : to - from;
	if (chg < 0)
		return false;
	gbl_reserve = hugepage_subpool_get_pages(spool, chg);
	if (gbl_reserve < 0)
		goto abort;
	if (hugetlb_acct_memory(gbl_reserve)) {
		hugepage_subpool_put_pages(spool, chg);
		goto abort;
	}
	if (shared) {
		long added = region_add(resv, from, to);

		/* others may have reserved the same pages while this task slept */
		if (added < chg)
			hugetlb_acct_memory(-hugepage_subpool_put_pages(spool, chg - added));
	}
	return true;
abort:
	if (shared) {
		region_abort(resv);
	} else {
		resv_map_put(resv);
		vma->vm_private_data = NULL;
	}
	return false;
}

long hugetlb_unreserve_pages(struct inode *inode, long start, long end, long freed)
{
	struct resv_map *resv = HUGETLBFS_I(inode)->resv;
	long chg = region_del(resv, start, end);

	if (chg < 0)
		return chg;
	inode->i_blocks -= (u64)freed << (HPAGE_SHIFT - 9);
	/* the freed pages have given their reservations back themselves */
	return hugetlb_acct_memory(-hugepage_subpool_put_pages(inode_subpool(inode), chg - freed));
}

void hugetlb_fix_reserve_counts(struct inode *inode)
{
	long pages = hugepage_subpool_get_pages(inode_subpool(inode), 1);

	inode->i_blocks -= 1U << (HPAGE_SHIFT - 9);
	if (pages < 0 || hugetlb_acct_memory(pages))
		pr_warn("HugeTLB: the count of reserved pages may become negative\n");
}

/* ---- the life of a VMA ---- */

void hugetlb_dup_vma_private(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		vma->vm_private_data = NULL;
}

void clear_vma_resv_huge_pages(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_MAYSHARE)
		return;
	resv_map_put(vma_resv_map(vma));
	vma->vm_private_data = NULL;
}

/* A piece, or a copy at another place: both have the same map. (A copy by fork has lost it.) */
static void hugetlb_vm_op_open(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE) && is_vma_resv_set(vma, HPAGE_RESV_OWNER))
		vma_resv_map(vma)->refs++;
}

/* What a private mapping reserved and did not use goes back. */
static void hugetlb_vm_op_close(struct vm_area_struct *vma)
{
	long from = vma_hugecache_offset(vma, vma->vm_start);
	long to = vma_hugecache_offset(vma, vma->vm_end), unused;
	struct resv_map *resv = vma_resv_map(vma);

	if (vma->vm_flags & VM_MAYSHARE || !is_vma_resv_set(vma, HPAGE_RESV_OWNER))
		return;
	unused = to - from - region_count(resv, from, to);
	if (unused)
		hugetlb_acct_memory(-hugepage_subpool_put_pages(
			inode_subpool(vma->vm_file->f_mapping->host), unused));
	resv_map_put(resv);
}

static int hugetlb_vm_op_split(struct vm_area_struct *vma, unsigned long addr)
{
	return addr & ~HPAGE_MASK ? -EINVAL : 0;
}

const struct vm_operations_struct hugetlb_vm_ops = {
	.open = hugetlb_vm_op_open,
	.close = hugetlb_vm_op_close,
	.may_split = hugetlb_vm_op_split,
};
