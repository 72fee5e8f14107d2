/*
 * KSM: the thread that looks for equal pages, what programs ask of it (madvise), and its settings.
 *
 * ksmd goes round over all address spaces that have asked, page by page, a batch at a time. It
 * keeps an item for each page that it has seen. Trees and items are changed only by the holder of
 * ksm_thread_mutex (ksmd, or who writes to /sys/kernel/mm/ksm), and by an address space that ends:
 * that takes its own items away, and never waits for ksmd.
 */
#include "mm/ksm_internal.h"
#include "kernel/signal/signal.h"
#include "kernel/lib/util.h"
#include "kernel/locking/mutex.h"
#include "kernel/locking/wait.h"
#include "kernel/time/time.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/mman.h>

#define STEP_ADDRESSES 1024 /* looked at for a page before others may run */
#define KSMD_NICE      5
#define MS_PER_TICK    (1000 / HZ)

/* An address space that has asked. */
struct ksm_mm_slot {
	struct list_head list; /* in ksm_slots */
	struct mm_struct *mm;
	struct ksm_rmap_item *items; /* by address */
	unsigned int unmerged;	     /* the number of the request that has unmerged it */
};

unsigned int ksm_run = KSM_RUN_STOP;

static LIST_HEAD(ksm_slots);
static struct kmem_cache *rmap_item_cachep, *mm_slot_cachep;
static struct ksm_rmap_item *reserved_item;
static unsigned long nr_items;
static unsigned int pages_to_scan = 100, sleep_millisecs = 20;
static unsigned int unmerge_requests;
static unsigned long full_scans;
static DEFINE_MUTEX(ksm_thread_mutex);
static DECLARE_WAIT_QUEUE_HEAD(ksm_thread_wait); /* for something to do */
static DECLARE_WAIT_QUEUE_HEAD(ksm_iter_wait);	 /* between two batches */

/* Where ksmd is. */
static struct {
	struct ksm_mm_slot *slot;    /* NULL: a round is about to begin */
	unsigned long address;	     /* the next to be looked at */
	struct ksm_rmap_item **link; /* to the first item from there on */
	bool mergeable;		     /* this address space has VMAs to search */
} scan;

void ksm_init(void)
{
	rmap_item_cachep =
		kmem_cache_create("ksm_rmap_item", sizeof(struct ksm_rmap_item), 0, 0, NULL);
	mm_slot_cachep = kmem_cache_create("ksm_mm_slot", sizeof(struct ksm_mm_slot), 0, 0, NULL);
	ksm_tree_init();
	ksm_rmap_init();
}

/* ---- items ---- */

static void free_item(struct ksm_rmap_item *item)
{
	ksm_detach(item);
	nr_items--;
	item->mm->ksm_rmap_items--;
	kmem_cache_free(rmap_item_cachep, item);
}

/* The item of the address that ksmd has come to; those that it has passed go. The item is new if
   there is none: reserved_item. */
static struct ksm_rmap_item *item_of(struct mm_struct *mm, unsigned long address)
{
	struct ksm_rmap_item *item;

	while ((item = *scan.link) && item->address < address) {
		*scan.link = item->next;
		free_item(item);
	}
	if (!item || item->address != address) {
		item = reserved_item;
		reserved_item = NULL;
		*item = (struct ksm_rmap_item){.mm = mm, .address = address, .next = *scan.link};
		*scan.link = item;
		nr_items++;
		mm->ksm_rmap_items++;
	}
	scan.link = &item->next;
	return item;
}

/* ---- one step ---- */

static bool is_searched(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MERGEABLE && vma->anon_vma;
}

/* The next anonymous page from scan.address on, with its VMA; scan.address becomes its address.
   NULL: none yet; scan.address is where to go on, TASK_SIZE at the end. */
static struct page *next_page(struct mm_struct *mm, struct vm_area_struct **vma)
{
	struct page *page = NULL;
	unsigned int left = STEP_ADDRESSES;

	*vma = find_vma(mm, scan.address);
	while (*vma && !is_searched(*vma))
		*vma = (*vma)->vm_next;
	if (!*vma) {
		scan.address = TASK_SIZE;
		return NULL;
	}
	scan.mergeable = true;
	scan.address = max(scan.address, (*vma)->vm_start);
	spin_lock(&mm->page_table_lock);
	for (; scan.address < (*vma)->vm_end && left--; scan.address += PAGE_SIZE) {
		page = ksm_candidate(lookup_pte(mm, scan.address));
		if (page)
			break;
	}
	spin_unlock(&mm->page_table_lock);
	return page;
}

static void begin_slot(struct ksm_mm_slot *slot)
{
	scan.slot = slot;
	scan.address = 0;
	scan.link = slot ? &slot->items : NULL;
	scan.mergeable = false;
}

/* The slot after this one; NULL: the round is over. */
static void leave_slot(struct ksm_mm_slot *slot)
{
	begin_slot(slot->list.next == &ksm_slots
			   ? NULL
			   : list_entry(slot->list.next, struct ksm_mm_slot, list));
}

static void free_slot(struct ksm_mm_slot *slot)
{
	list_del(&slot->list);
	slot->mm->ksm_slot = NULL;
	kmem_cache_free(mm_slot_cachep, slot);
}

/* All of an address space was looked at. */
static void end_slot(struct ksm_mm_slot *slot)
{
	bool forget = !scan.mergeable;
	struct ksm_rmap_item *item;

	while ((item = *scan.link)) {
		*scan.link = item->next;
		free_item(item);
	}
	leave_slot(slot);
	if (!scan.slot)
		full_scans++;
	if (forget)
		free_slot(slot);
}

static bool reserve(void)
{
	if (!reserved_item)
		reserved_item = kmem_cache_alloc(rmap_item_cachep,
						 GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
	return ksm_reserve_node() && ksm_reserve_places() && reserved_item;
}

/* Look at the next page, or at some addresses without one. False: no memory, or nothing to search.
 */
static bool scan_step(void)
{
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	struct page *page;

	if (!reserve()) /* it may sleep: nothing that is known before is known after it */
		return false;
	if (!scan.slot) {
		if (list_empty(&ksm_slots))
			return false;
		unstable_tree_reset();
		begin_slot(list_first_entry(&ksm_slots, struct ksm_mm_slot, list));
	}
	mm = scan.slot->mm;
	/* it is being changed: later; or it ends, and takes its items away itself */
	if (!mm->mm_users || !down_read_trylock(&mm->mmap_sem))
		return true;
	page = next_page(mm, &vma);
	if (page) {
		ksm_merge_page(item_of(mm, scan.address), vma, page);
		scan.address += PAGE_SIZE;
	} else if (scan.address == TASK_SIZE) {
		end_slot(scan.slot);
	}
	up_read(&mm->mmap_sem);
	return true;
}

static bool ksmd_should_run(void)
{
	return ksm_run & KSM_RUN_MERGE && !list_empty(&ksm_slots);
}

static void scan_batch(void)
{
	for (unsigned int n = pages_to_scan; n && scan_step(); n--)
		cond_resched();
	if (reserved_item)
		kmem_cache_free(rmap_item_cachep, reserved_item);
	reserved_item = NULL;
	ksm_release_node();
	ksm_release_places();
}

int ksmd(void *unused)
{
	unsigned int ms;

	set_task_policy(current, SCHED_NORMAL, 0, KSMD_NICE);
	for (;;) {
		mutex_lock(&ksm_thread_mutex);
		if (ksmd_should_run())
			scan_batch();
		mutex_unlock(&ksm_thread_mutex);
		ms = sleep_millisecs;
		if (ksmd_should_run())
			wait_event_interruptible_timeout(ksm_iter_wait, ms != sleep_millisecs,
							 ms / MS_PER_TICK + 1);
		else
			wait_event_interruptible(ksm_thread_wait, ksmd_should_run());
	}
}

/* ---- address spaces ---- */

/* Search this address space too: after all others of this round. */
static int ksm_enter(struct mm_struct *mm)
{
	struct ksm_mm_slot *slot = kmem_cache_alloc(mm_slot_cachep, GFP_KERNEL);
	bool first = list_empty(&ksm_slots);

	if (!slot)
		return -ENOMEM;
	*slot = (struct ksm_mm_slot){.mm = mm};
	if (scan.slot) /* just behind ksmd, which comes here last */
		list_add_tail(&slot->list, &scan.slot->list);
	else
		list_add_tail(&slot->list, &ksm_slots);
	mm->ksm_slot = slot;
	if (first)
		wake_up_interruptible(&ksm_thread_wait);
	return 0;
}

int ksm_fork(struct mm_struct *mm, struct mm_struct *oldmm)
{
	return oldmm->ksm_slot ? ksm_enter(mm) : 0;
}

void ksm_exit(struct mm_struct *mm)
{
	struct ksm_mm_slot *slot = mm->ksm_slot;
	struct ksm_rmap_item *item;

	if (!slot)
		return;
	if (scan.slot == slot)
		leave_slot(slot);
	item = slot->items;
	free_slot(slot);
	while (item) {
		struct ksm_rmap_item *next = item->next;

		free_item(item);
		item = next;
		cond_resched();
	}
}

/* ---- copying what was merged ---- */

static bool is_merged(struct mm_struct *mm, unsigned long addr)
{
	const struct page *page;
	const pte_t *pte;

	spin_lock(&mm->page_table_lock);
	pte = lookup_pte(mm, addr);
	page = pte ? vm_normal_page(*pte) : NULL;
	spin_unlock(&mm->page_table_lock);
	return page && PageKsm(page);
}

/* Give the program pages of its own again. 0, -ENOMEM or -ERESTARTSYS. mmap_sem. */
static int unmerge_ksm_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	for (unsigned long addr = start; addr < end; addr += PAGE_SIZE) {
		while (is_merged(vma->vm_mm, addr)) {
			vm_fault_t fault =
				static_call(handle_mm_fault)(vma, addr, FAULT_FLAG_UNSHARE);

			if (fault & VM_FAULT_OOM)
				return -ENOMEM;
			if (fault & VM_FAULT_ERROR) /* the page is broken: nobody can have it */
				break;
		}
		if (signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
	return 0;
}

int ksm_unmerge_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (!vma->anon_vma || ksm_nothing_is_merged())
		return 0;
	return unmerge_ksm_pages(vma, start, end);
}

int ksm_madvise(struct vm_area_struct *vma, unsigned long start, unsigned long end, int behavior,
		unsigned long *vm_flags)
{
	const unsigned long never = VM_MERGEABLE | VM_SHARED | VM_MAYSHARE | VM_PFNMAP | VM_IO |
				    VM_DONTEXPAND | VM_HUGETLB | VM_MIXEDMAP;
	struct mm_struct *mm = vma->vm_mm;
	int err = 0;

	if (behavior == MADV_MERGEABLE) {
		if (*vm_flags & never)
			return 0;
		if (!mm->ksm_slot)
			err = ksm_enter(mm);
		if (!err)
			*vm_flags |= VM_MERGEABLE;
		return err;
	}
	if (!(*vm_flags & VM_MERGEABLE))
		return 0;
	err = ksm_unmerge_range(vma, start, end);
	if (!err)
		*vm_flags &= ~VM_MERGEABLE;
	return err;
}

/* Some address space that this request has not visited yet, with a user more; NULL: none. */
static struct mm_struct *next_to_unmerge(void)
{
	struct ksm_mm_slot *slot;

	list_for_each_entry (slot, &ksm_slots, list)
		if (slot->unmerged != unmerge_requests && slot->mm->mm_users) {
			slot->unmerged = unmerge_requests;
			mmget(slot->mm);
			return slot->mm;
		}
	return NULL;
}

static int unmerge_mm(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	int err = 0;

	down_read(&mm->mmap_sem);
	for (vma = mm->mmap; vma && !err; vma = vma->vm_next)
		if (is_searched(vma))
			err = unmerge_ksm_pages(vma, vma->vm_start, vma->vm_end);
	while (!err && mm->ksm_slot && mm->ksm_slot->items) {
		struct ksm_rmap_item *item = mm->ksm_slot->items;

		mm->ksm_slot->items = item->next;
		free_item(item);
		cond_resched();
	}
	up_read(&mm->mmap_sem);
	return err;
}

/* Copy every merged page for each who maps it. */
static int unmerge_all(void)
{
	struct mm_struct *mm;
	int err = 0;

	begin_slot(NULL);
	unmerge_requests++;
	while (!err && (mm = next_to_unmerge())) {
		err = unmerge_mm(mm);
		mmput(mm);
	}
	if (!err) {
		ksm_drop_stable_nodes();
		full_scans = 0;
	}
	return err;
}

/* ---- settings and figures ---- */

static int set_run(unsigned int run)
{
	int err = 0;

	if (run > KSM_RUN_UNMERGE)
		return -EINVAL;
	mutex_lock(&ksm_thread_mutex);
	if (ksm_run != run) {
		ksm_run = run;
		if (run == KSM_RUN_UNMERGE)
			err = unmerge_all();
		if (err)
			ksm_run = KSM_RUN_STOP;
	}
	mutex_unlock(&ksm_thread_mutex);
	if (run & KSM_RUN_MERGE)
		wake_up_interruptible(&ksm_thread_wait);
	return err;
}

/* How many may share a page cannot change while some do. */
static int set_max_page_sharing(unsigned int value)
{
	int err = 0;

	if (value < 2)
		return -EINVAL;
	mutex_lock(&ksm_thread_mutex);
	if (value != ksm_max_page_sharing && (ksm_pages_shared || !ksm_drop_stable_nodes()))
		err = -EBUSY;
	else
		ksm_max_page_sharing = value;
	mutex_unlock(&ksm_thread_mutex);
	return err;
}

int ksm_set_value(enum ksm_value which, unsigned int value)
{
	switch (which) {
	case KSM_RUN:
		return set_run(value);
	case KSM_MAX_PAGE_SHARING:
		return set_max_page_sharing(value);
	case KSM_PAGES_TO_SCAN:
		pages_to_scan = value;
		return 0;
	case KSM_SLEEP_MILLISECS:
		sleep_millisecs = value;
		wake_up_interruptible(&ksm_iter_wait);
		return 0;
	case KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS:
		ksm_prune_millisecs = value;
		return 0;
	case KSM_USE_ZERO_PAGES:
		ksm_use_zero_pages = value;
		return 0;
	default:
		return -EINVAL;
	}
}

unsigned long ksm_value(enum ksm_value which)
{
	unsigned long in_trees = ksm_pages_shared + ksm_pages_sharing + ksm_pages_unshared;
	unsigned long values[] = {
		[KSM_FULL_SCANS] = full_scans,
		[KSM_MAX_PAGE_SHARING] = ksm_max_page_sharing,
		[KSM_PAGES_SHARED] = ksm_pages_shared,
		[KSM_PAGES_SHARING] = ksm_pages_sharing,
		[KSM_PAGES_TO_SCAN] = pages_to_scan,
		[KSM_PAGES_UNSHARED] = ksm_pages_unshared,
		/* changed since the last round, or not looked at twice yet */
		[KSM_PAGES_VOLATILE] = nr_items > in_trees ? nr_items - in_trees : 0,
		[KSM_RUN] = ksm_run,
		[KSM_SLEEP_MILLISECS] = sleep_millisecs,
		[KSM_STABLE_NODE_CHAINS] = ksm_chains,
		[KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS] = ksm_prune_millisecs,
		[KSM_STABLE_NODE_DUPS] = ksm_dups,
		[KSM_USE_ZERO_PAGES] = ksm_use_zero_pages,
	};

	return values[which];
}
