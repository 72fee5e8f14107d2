/*
 * The huge page of zeros. Memory that is only read needs no memory of its own: where a huge page
 * fits, the first read maps this one, which all address spaces share. It saves what a huge page
 * saves, faults and tables; the first write splits the mapping and then replaces one small page.
 *
 *     directory of A       the huge page of zeros       directory of B
 *     +-----+              +--------------------+       +-----+
 *     |  *--|------------->| 0 0 0 0 0 ...      |<------|--*  |
 *     +-----+              +--------------------+       +-----+
 *
 * Its entries are special, as those of the small page of zeros: nobody counts them, and it belongs
 * to nobody's memory. What is counted are the address spaces that may have such entries, until they
 * end. When none is left, the page stays for the next one; a shrinker frees it if memory is short.
 */
#include "kernel/lib/util.h"
#include "mm/cache/shrinker.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb_internal.h"
#include "mm/internal.h"
#include "mm/phys/gfp.h"

unsigned int thp_use_zero_page = 1;

static struct page *huge_zero_page;	/* NULL: there is none at present */
static unsigned int huge_zero_refcount; /* address spaces, and one until the shrinker comes */

bool is_huge_zero_pfn(unsigned long pfn)
{
	return huge_zero_page && pfn - page_to_pfn(huge_zero_page) < HPAGE_NR;
}

/* ---- who may map it ---- */

/* Unlike other huge pages, this one is worth making room at once. False: there is none. Sleeps. */
static bool alloc_huge_zero_page(void)
{
	struct page *page = alloc_transhuge(GFP_TRANSHUGE & ~__GFP_MOVABLE);

	if (!page) {
		count_vm_event(THP_ZERO_PAGE_ALLOC_FAILED);
		return false;
	}
	clear_huge_page(page);
	if (huge_zero_page) { /* another task was faster */
		put_page(page);
		return true;
	}
	huge_zero_page = page;
	huge_zero_refcount = 1;
	count_vm_event(THP_ZERO_PAGE_ALLOC);
	return true;
}

struct page *mm_get_huge_zero_page(struct mm_struct *mm)
{
	if (!huge_zero_page && !alloc_huge_zero_page())
		return NULL;
	if (!(mm->flags & MMF_HUGE_ZERO_PAGE)) {
		mm->flags |= MMF_HUGE_ZERO_PAGE;
		huge_zero_refcount++;
	}
	return huge_zero_page;
}

void mm_put_huge_zero_page(struct mm_struct *mm)
{
	if (mm->flags & MMF_HUGE_ZERO_PAGE)
		huge_zero_refcount--;
}

/* ---- when nobody does ---- */

static unsigned long count_huge_zero_page(struct shrinker *shrinker, struct shrink_control *sc)
{
	return huge_zero_page && huge_zero_refcount == 1 ? HPAGE_NR : 0;
}

static unsigned long free_huge_zero_page(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long pages = count_huge_zero_page(shrinker, sc);

	if (pages) {
		put_page(huge_zero_page);
		huge_zero_page = NULL;
	}
	return pages;
}

void huge_zero_page_init(void)
{
	static struct shrinker huge_zero_page_shrinker = {
		.count_objects = count_huge_zero_page,
		.scan_objects = free_huge_zero_page,
		.seeks = DEFAULT_SEEKS,
	};

	register_shrinker(&huge_zero_page_shrinker);
}

/* ---- the fault ---- */

vm_fault_t do_huge_zero_page_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	pte_t *table = pte_alloc_one();
	struct page *zero;

	if (!table)
		return VM_FAULT_OOM;
	zero = mm_get_huge_zero_page(mm);
	if (!zero) {
		free_pte_table(table);
		count_vm_event(THP_FAULT_FALLBACK);
		return VM_FAULT_FALLBACK;
	}
	spin_lock(&mm->page_table_lock);
	if (pmd_none(*vmf->pmd)) {
		pgtable_trans_huge_deposit(mm, table);
		set_pmd_at(mm, vmf->address & HPAGE_MASK, vmf->pmd,
			   pmd_mkspecial(mk_pmd(zero, vma->vm_page_prot)));
		table = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	if (table) /* another thread was faster */
		free_pte_table(table);
	return 0;
}
