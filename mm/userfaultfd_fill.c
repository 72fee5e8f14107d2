/*
 * userfaultfd: how a pager fills missing pages, each at once with its contents, so that no thread
 * sees a page that is half filled.
 */
#include "mm/hugetlb.h"
#include "mm/install_pte.h"
#include "mm/mm_trace.h"
#include "mm/userfaultfd.h"
#include "kernel/fs/fs.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"

/* One call. */
struct uffd_fill {
	struct userfaultfd_ctx *ctx;
	unsigned long dst, src, len, done; /* bytes; done: the pages before it are filled */
	bool zero;			   /* with zeros; else from src */
	bool cached;			   /* neither: with the file's own pages */
	u64 mode;
	struct vm_area_struct *vma;
	bool huge;	   /* it consists of huge pages */
	struct page *page; /* filled, but not mapped yet; or NULL */
};

/* What fill_page() returns if the source must be read without mmap_sem. */
#define READ_SOURCE_FIRST (-EBUSY)

/* Find the VMA, which must hold the whole range. 0 or -errno. mmap_sem r. */
static int find_dst_vma(struct uffd_fill *fill)
{
	struct vm_area_struct *vma = find_vma(fill->ctx->mm, fill->dst);

	if (fill->ctx->mmap_changing)
		return -EAGAIN;
	if (!vma || vma->vm_start > fill->dst || vma->vm_end - fill->dst < fill->len)
		return -ENOENT;
	/* that it may be written was checked when it was registered */
	if (!vma->vm_userfaultfd_ctx)
		return -ENOENT;
	if (fill->mode & UFFDIO_COPY_MODE_WP && !(vma->vm_flags & VM_UFFD_WP))
		return -EINVAL;
	fill->huge = is_vm_hugetlb_page(vma);
	if (fill->huge && (fill->zero || (fill->dst | fill->len) & ~HPAGE_MASK))
		return -EINVAL; /* whole huge pages, and there is no shared one of zeros */
	if (!fill->huge && !vma_is_anonymous(vma) && !vma->vm_ops->add_page)
		return -EINVAL;
	if (fill->cached && vma_is_anonymous(vma))
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED) && anon_vma_prepare(vma))
		return -ENOMEM;
	fill->vma = vma;
	return 0;
}

/* Copy the source to fill->page. Returns the bytes not copied. */
static unsigned long read_source(struct uffd_fill *fill)
{
	char *kaddr = kmap_local_page(fill->page);
	unsigned long left =
		copy_from_user(kaddr, (const void __user *)(fill->src + fill->done), PAGE_SIZE);

	kunmap_local(kaddr);
	return left;
}

/* Make fill->page the next page, unless it is already. The source may be missing itself, and
   waiting for it with mmap_sem held could deadlock: then READ_SOURCE_FIRST. Or -ENOMEM. */
static int prepare_page(struct uffd_fill *fill)
{
	unsigned long left;

	if (fill->page)
		return 0;
	fill->page = alloc_page(GFP_HIGHUSER_MOVABLE | (fill->zero ? __GFP_ZERO : 0));
	if (!fill->page)
		return -ENOMEM;
	if (fill->zero)
		return 0;
	pagefault_disable();
	left = read_source(fill);
	pagefault_enable();
	return left ? READ_SOURCE_FIRST : 0;
}

/* No mapping of a file is filled beyond the file's end. Who fills with zeros, as Linux, takes a
   private mapping of /dev/zero for such a file, whose size is 0. */
static bool beyond_end(const struct vm_fault *vmf)
{
	const struct vm_area_struct *vma = vmf->vma;

	return vma->vm_file &&
	       linear_page_index(vma, vmf->address) >= i_size_pages(vma->vm_file->f_inode);
}

/* A private page: anonymous memory, or what the first write to a file's page would make. */
static int fill_private(struct uffd_fill *fill, struct vm_fault *vmf)
{
	pte_t zeros = pte_mkspecial(pfn_pte(zero_pfn, fill->vma->vm_page_prot)), entry;
	int err;

	if (fill->zero) {
		if (beyond_end(vmf))
			return -EFAULT;
		return install_pte(vmf, NULL, zeros, false) ? 0 : -EEXIST;
	}
	err = prepare_page(fill);
	if (err)
		return err;
	if (!vma_is_anonymous(fill->vma) && beyond_end(vmf))
		return -EFAULT;
	entry = anon_entry(vmf, fill->page);
	if (fill->mode & UFFDIO_COPY_MODE_WP)
		entry = pte_mkuffd_wp(entry);
	if (!install_pte(vmf, fill->page, entry, true))
		return -EEXIST;
	fill->page = NULL; /* the entry's */
	return 0;
}

/* A page of a file in a shared mapping: it becomes the file's before it is mapped. As on Linux,
   that there is no room comes before all other errors. */
static int fill_shared(struct uffd_fill *fill, struct vm_fault *vmf)
{
	struct vm_area_struct *vma = fill->vma;
	pgoff_t pgoff = linear_page_index(vma, vmf->address);
	struct page *page;
	int err = vma->vm_ops->add_page(vma, pgoff, NULL);

	if (!err)
		err = prepare_page(fill);
	if (err)
		return err;
	page = fill->page;
	err = vma->vm_ops->add_page(vma, pgoff, page);
	if (err)
		return err;
	if (install_pte(vmf, page, anon_entry(vmf, page), false))
		fill->page = NULL; /* the entry's */
	else
		delete_from_page_cache(page);
	unlock_page(page);
	return fill->page ? -EEXIST : 0;
}

/* Map a page of the file, which must be there, in memory or in swap. Private mappings get it
   read-only. */
static int fill_cached(const struct uffd_fill *fill, struct vm_fault *vmf)
{
	struct vm_area_struct *vma = fill->vma;
	vm_fault_t found;
	pte_t entry;
	bool mapped;

	if (beyond_end(vmf))
		return -EINVAL;
	vmf->pgoff = linear_page_index(vma, vmf->address);
	if (!radix_tree_lookup(&vma->vm_file->f_mapping->pages, vmf->pgoff))
		return -EFAULT;
	found = vma->vm_ops->fault(vmf);
	if (found & VM_FAULT_ERROR)
		return found & VM_FAULT_OOM ? -ENOMEM : -EFAULT;
	entry = vma->vm_flags & VM_SHARED ? anon_entry(vmf, vmf->page)
					  : mk_pte(vmf->page, vma->vm_page_prot);
	mapped = install_pte(vmf, vmf->page, entry, false);
	if (found & VM_FAULT_LOCKED)
		unlock_page(vmf->page);
	if (!mapped)
		put_page(vmf->page);
	return mapped ? 0 : -EEXIST;
}

/* Fill the next page. 0, READ_SOURCE_FIRST or -errno. mmap_sem r. */
static int fill_page(struct uffd_fill *fill)
{
	struct mm_struct *mm = fill->ctx->mm;
	struct vm_fault vmf = {
		.vma = fill->vma,
		.address = fill->dst + fill->done,
		.flags = FAULT_FLAG_WRITE | FAULT_FLAG_PAGER,
	};

	vmf.pmd = pmd_off(mm, vmf.address);
	if (!pmd_none(*vmf.pmd) && !pmd_has_table(*vmf.pmd)) /* a large page */
		return -EEXIST;
	vmf.pte = mm_pte_alloc(mm, vmf.pmd, vmf.address);
	if (!vmf.pte)
		return -ENOMEM;
	if (fill->cached)
		return fill_cached(fill, &vmf);
	return fill->vma->vm_flags & VM_SHARED ? fill_shared(fill, &vmf) : fill_private(fill, &vmf);
}

/* The same with a huge page. */
static int fill_huge_page(const struct uffd_fill *fill)
{
	unsigned long dst = fill->dst + fill->done;

	return fill->cached ? hugetlb_mcontinue_atomic(fill->vma, dst)
			    : hugetlb_mcopy_atomic(fill->vma, dst, fill->src + fill->done);
}

/* Tell the trace of the page that was filled. */
static void tell_filled(const struct uffd_fill *fill)
{
	enum trace_page_op op = fill->cached ? TRACE_PAGE_CONTINUED
				: fill->zero ? TRACE_PAGE_ZEROED
					     : TRACE_PAGE_FILLED;

	if (trace_on(TRACE_PAGE) || trace_on(TRACE_RSS_STAT))
		trace_filled(fill->ctx->mm, op, fill->dst + fill->done);
}

/* Fill pages until READ_SOURCE_FIRST or another error. 0: all are filled. */
static int fill_pages(struct uffd_fill *fill)
{
	struct mm_struct *mm = fill->ctx->mm;
	int err;

	down_read(&mm->mmap_sem);
	err = find_dst_vma(fill);
	while (!err && fill->done < fill->len) {
		err = fill->huge ? fill_huge_page(fill) : fill_page(fill);
		if (!err)
			tell_filled(fill);
		cond_resched();
		if (err)
			break;
		fill->done += fill->huge ? HPAGE_SIZE : PAGE_SIZE;
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	up_read(&mm->mmap_sem);
	return err;
}

static ssize_t fill_range(struct uffd_fill *fill)
{
	int err;

	while ((err = fill_pages(fill)) == READ_SOURCE_FIRST) {
		if (fill->huge ? hugetlb_fault_in_source(fill->src + fill->done)
			       : read_source(fill)) {
			err = -EFAULT;
			break;
		}
	}
	if (fill->page)
		put_page(fill->page);
	return fill->done ? (ssize_t)fill->done : err;
}

ssize_t mcopy_atomic(struct userfaultfd_ctx *ctx, unsigned long dst, unsigned long src,
		     unsigned long len, u64 mode)
{
	struct uffd_fill fill = {.ctx = ctx, .dst = dst, .src = src, .len = len, .mode = mode};

	return fill_range(&fill);
}

ssize_t mfill_zeropage(struct userfaultfd_ctx *ctx, unsigned long dst, unsigned long len)
{
	struct uffd_fill fill = {.ctx = ctx, .dst = dst, .len = len, .zero = true};

	return fill_range(&fill);
}

ssize_t mcontinue_atomic(struct userfaultfd_ctx *ctx, unsigned long dst, unsigned long len)
{
	struct uffd_fill fill = {.ctx = ctx, .dst = dst, .len = len, .cached = true};

	return fill_range(&fill);
}
