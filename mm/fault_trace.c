/*
 * What the trace records of pages: faults, copies, and entries that are cleared. handle_mm_fault()
 * does not know of it: its callers call it by static_call(), and while somebody reads the trace,
 * trace_mm_fault() stands in between. It looks at the entry before and after.
 */
#include "kernel/fs/fs.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/ptrace.h"
#include "mm/fault.h"
#include "mm/huge_memory.h"
#include "mm/internal.h"
#include "mm/mm_trace.h"
#include "mm/pagewalk.h"
#include "mm/phys/pgtable_large.h"
#include "mm/phys/swapops.h"
#include "libc/include/string.h"

/* ---- faults ---- */

/* What a fault finds, and what it leaves. */
struct fault_view {
	struct vm_area_struct *vma;
	unsigned long address;
	unsigned int flags; /* FAULT_FLAG_ */
	unsigned long vm_flags, vm_start;
	bool anonymous, large; /* a large page was there already */
	pte_t before, after;
	u32 around; /* a bit for each entry around it that was not empty */
	long rss[NR_MM_COUNTERS];
	vm_fault_t result;
};

static pte_t entry_at(struct mm_struct *mm, unsigned long address)
{
	pte_t entry;

	spin_lock(&mm->page_table_lock);
	entry = lookup_entry(mm, address);
	spin_unlock(&mm->page_table_lock);
	return entry;
}

/* The half of an entry that only PAE has. */
static u32 pte_high(pte_t pte)
{
	return (u64)pte_val(pte) >> 32;
}

static u32 frame_of(pte_t pte)
{
	return pte_present(pte) ? pte_pfn(pte) : TRACE_NONE;
}

/* Does the entry, which is special, map zeros? */
static bool maps_zeros(pte_t pte)
{
	return pte_pfn(pte) == zero_pfn || is_huge_zero_pfn(pte_pfn(pte));
}

/* TRACE_FOUND_ */
static enum trace_found what_entry_holds(pte_t pte)
{
	const struct page *page = vm_normal_page(pte);

	if (page)
		return PageAnon(compound_head(page)) ? TRACE_FOUND_ANON_PAGE
						     : TRACE_FOUND_FILE_PAGE;
	if (pte_none(pte))
		return TRACE_FOUND_NOTHING;
	if (!pte_present(pte))
		return is_swap_pte(pte) ? TRACE_FOUND_SWAP : TRACE_FOUND_POISON;
	return maps_zeros(pte) ? TRACE_FOUND_ZERO_PAGE : TRACE_FOUND_DEVICE;
}

/* What a fault did that found nothing in the entry. */
static enum trace_done how_filled(const struct fault_view *f)
{
	switch (what_entry_holds(f->after)) {
	case TRACE_FOUND_ZERO_PAGE:
		return TRACE_DONE_ZERO_PAGE;
	case TRACE_FOUND_ANON_PAGE:
		return f->anonymous ? TRACE_DONE_NEW_PAGE : TRACE_DONE_FILE_COPY;
	case TRACE_FOUND_FILE_PAGE:
		return pte_write(f->after) ? TRACE_DONE_FILE_SHARED : TRACE_DONE_FILE_PAGE;
	case TRACE_FOUND_DEVICE:
		return TRACE_DONE_DEVICE;
	default:
		return TRACE_DONE_NOTHING;
	}
}

/* What a fault did that found a page. */
static enum trace_done how_changed(const struct fault_view *f)
{
	if (!pte_present(f->after) || pte_same(f->before, f->after))
		return TRACE_DONE_NOTHING;
	if (pte_pfn(f->before) != pte_pfn(f->after))
		return maps_zeros(f->before) ? TRACE_DONE_NEW_PAGE : TRACE_DONE_COPIED;
	if (pte_write(f->before) || !pte_write(f->after))
		return TRACE_DONE_ACCESSED;
	return f->vm_flags & VM_SHARED ? TRACE_DONE_WRITABLE : TRACE_DONE_REUSED;
}

static enum trace_done what_was_done(const struct fault_view *f)
{
	if (f->result & VM_FAULT_OOM)
		return TRACE_DONE_NO_MEMORY;
	if (f->result & VM_FAULT_ERROR)
		return TRACE_DONE_SIGNAL;
	if (is_swap_pte(f->before))
		return pte_present(f->after) ? TRACE_DONE_SWAP_IN : TRACE_DONE_NOTHING;
	return pte_present(f->before) ? how_changed(f) : how_filled(f);
}

/* Does the fault come from user mode? Then the registers on top of the kernel stack are those of an
   exception, and not of a system call. */
static bool from_user_mode(void)
{
	return current->mm && (long)task_pt_regs(current)->orig_ax < 0;
}

static u32 access_of(unsigned int flags)
{
	return (flags & FAULT_FLAG_WRITE ? TRACE_ACCESS_WRITE : 0) |
	       (flags & FAULT_FLAG_UNSHARE ? TRACE_ACCESS_UNSHARE : 0) |
	       (from_user_mode() ? TRACE_ACCESS_USER : 0);
}

u32 trace_faults_told;

static void write_fault(const struct fault_view *f, u32 insns)
{
	const u32 args[] = {
		f->address,	  access_of(f->flags), what_entry_holds(f->before),
		what_was_done(f), frame_of(f->before), frame_of(f->after),
		f->result,	  f->vm_flags,	       mm_number(f->vma->vm_mm),
		f->vm_start,
	};

	trace_write(TRACE_FAULT, insns, args, ARRAY_SIZE(args));
	trace_faults_told++;
}

/* The page of the file that a private copy was made of; none if it has left the page cache. */
static u32 copied_file_frame(const struct fault_view *f)
{
	struct page *page = find_get_page(f->vma->vm_file->f_mapping,
					  linear_page_index(f->vma, f->address & PAGE_MASK));
	u32 frame = page ? page_to_pfn(page) : TRACE_NONE;

	if (page)
		put_page(page);
	return frame;
}

static void write_copy(const struct fault_view *f)
{
	enum trace_done done = what_was_done(f);

	if (done == TRACE_DONE_COPIED)
		trace_copy(frame_of(f->before), frame_of(f->after));
	else if (done == TRACE_DONE_FILE_COPY && f->vma->vm_file)
		trace_copy(copied_file_frame(f), frame_of(f->after));
}

/* ---- pages that a fault maps besides ---- */

#define AROUND_PAGES 16 /* as many as a fault maps at most, its own one among them */

/* The first address that a fault on f->address may map. */
static unsigned long around_start(const struct fault_view *f)
{
	return max(f->address & ~(AROUND_PAGES * PAGE_SIZE - 1), f->vm_start);
}

/* Which of the entries around the fault are not empty? A bit for each. */
static u32 entries_around(const struct fault_view *f)
{
	struct mm_struct *mm = f->vma->vm_mm;
	unsigned long addr = around_start(f);
	u32 found = 0;

	if (f->anonymous)
		return 0;
	spin_lock(&mm->page_table_lock);
	for (unsigned int i = 0; i < AROUND_PAGES; i++, addr += PAGE_SIZE) {
		const pte_t *pte = addr < TASK_SIZE ? lookup_pte(mm, addr) : NULL;

		if (pte && !pte_none(*pte))
			found |= 1U << i;
	}
	spin_unlock(&mm->page_table_lock);
	return found;
}

static void write_page(enum trace_page_op op, const struct mm_struct *mm, unsigned long address,
		       pte_t pte, unsigned long old, unsigned long pages)
{
	trace_event(TRACE_PAGE, op, address, frame_of(pte), pte_val(pte), pte_high(pte),
		    mm_number(mm), old, pages);
}

/* A page that the directory's entry maps. */
static void write_large(enum trace_page_op op, const struct mm_struct *mm, unsigned long address,
			pmd_t pmd, unsigned long old)
{
	write_page(op, mm, address, pmd_small_pte(pmd, address), old, HPAGE_NR);
}

/* A fault on a small page has made a large one. */
static void write_new_large(const struct fault_view *f)
{
	struct mm_struct *mm = f->vma->vm_mm;
	const pmd_t *pmd = f->large ? NULL : lookup_large_pmd(mm, f->address);

	if (pmd)
		write_large(TRACE_PAGE_LARGE, mm, f->address & HPAGE_MASK, *pmd, 0);
}

/* The entries that have come with the fault, but not its own. */
static void write_around(const struct fault_view *f)
{
	u32 come = entries_around(f) & ~f->around;

	for (unsigned int i = 0; come >> i; i++) {
		unsigned long addr = around_start(f) + i * PAGE_SIZE;

		if (come & 1U << i && addr != (f->address & PAGE_MASK))
			write_page(TRACE_PAGE_AROUND, f->vma->vm_mm, addr,
				   entry_at(f->vma->vm_mm, addr), 0, 1);
	}
}

static void write_counter(const struct mm_struct *mm, unsigned int member)
{
	trace_event(TRACE_RSS_STAT, mm_number(mm), mm == current->mm, member,
		    mm->rss_stat[member] << PAGE_SHIFT);
}

/* The counters that have changed. */
static void write_rss(const struct mm_struct *mm, const long before[NR_MM_COUNTERS])
{
	for (unsigned int i = 0; i < NR_MM_COUNTERS; i++)
		if (mm->rss_stat[i] != before[i])
			write_counter(mm, i);
}

/* Stands before handle_mm_fault(). */
static vm_fault_t trace_mm_fault(struct vm_area_struct *vma, unsigned long address,
				 unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;
	struct fault_view f = {
		.vma = vma,
		.address = address,
		.flags = flags,
		.vm_flags = vma->vm_flags,
		.vm_start = vma->vm_start,
		.anonymous = vma_is_anonymous(vma),
		.large = lookup_large_pmd(mm, address),
		.before = entry_at(mm, address),
	};
	u64 start;
	u32 insns;

	f.around = entries_around(&f);
	memcpy(f.rss, mm->rss_stat, sizeof(f.rss));
	start = trace_cycles();
	f.result = handle_mm_fault(vma, address, flags);
	insns = trace_cycles() - start;
	if (!(f.result & VM_FAULT_RETRY)) { /* mmap_sem is still held */
		f.after = entry_at(mm, address);
		if (trace_on(TRACE_COPY))
			write_copy(&f);
		if (trace_on(TRACE_RSS_STAT))
			write_rss(mm, f.rss);
		if (trace_on(TRACE_FAULT))
			write_fault(&f, insns);
		if (trace_on(TRACE_PAGE)) {
			write_around(&f);
			write_new_large(&f);
		}
	}
	return f.result;
}

void trace_watch_faults(bool on)
{
	static_call_update(handle_mm_fault, on ? trace_mm_fault : handle_mm_fault);
}

void trace_bad_fault(unsigned long address, bool write)
{
	struct mm_struct *mm = current->mm;

	trace_event(TRACE_FAULT, address, access_of(write ? FAULT_FLAG_WRITE : 0),
		    TRACE_FOUND_NO_VMA, TRACE_DONE_SIGNAL, TRACE_NONE, TRACE_NONE, VM_FAULT_SIGSEGV,
		    0, mm ? mm_number(mm) : 0);
}

/* ---- pages that move ---- */

static int tell_moved(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	write_page(TRACE_PAGE_MOVED, walk->mm, addr, *pte,
		   addr - *(const unsigned long *)walk->private, 1);
	return 0;
}

static int tell_moved_large(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	write_large(TRACE_PAGE_MOVED, walk->mm, addr, *pmd,
		    addr - *(const unsigned long *)walk->private);
	return 0;
}

static const struct mm_walk_ops moved_ops = {.pte_entry = tell_moved,
					     .large_page = tell_moved_large};

void trace_moved(struct mm_struct *mm, unsigned long old, unsigned long new, unsigned long len)
{
	unsigned long distance = new - old;

	walk_page_range(mm, new, new + len, &moved_ops, &distance);
}

/* ---- large pages that come and are split ---- */

void trace_collapsed(const struct mm_struct *mm, unsigned long address, pmd_t entry)
{
	write_large(TRACE_PAGE_LARGE, mm, address, entry, 0);
}

void trace_split(const struct mm_struct *mm, unsigned long address, pte_t first)
{
	write_page(maps_zeros(first) ? TRACE_PAGE_SPLIT_ZEROS : TRACE_PAGE_SPLIT, mm, address,
		   first, 0, HPAGE_NR);
}

/* ---- pages that a pager fills ---- */

void trace_filled(struct mm_struct *mm, enum trace_page_op op, unsigned long address)
{
	bool large = lookup_large_pmd(mm, address);
	pte_t entry = entry_at(mm, address);
	const struct page *page = vm_normal_page(entry);

	if (trace_on(TRACE_PAGE))
		write_page(op, mm, address, entry, 0, large ? HPAGE_NR : 1);
	if (trace_on(TRACE_RSS_STAT) && page && !large)
		write_counter(mm, mm_counter(page));
}

/* ---- pages that go, and pages that are copied, read and written ---- */

static void write_zap(const struct mm_struct *mm, unsigned long address, pte_t pte,
		      unsigned long pages)
{
	trace_event(TRACE_ZAP, address, frame_of(pte), pte_val(pte), pte_high(pte), mm_number(mm),
		    pages);
}

/* Is the entry one of those that go? */
static bool will_go(pte_t pte, const struct mm_walk *walk)
{
	const struct page *page = vm_normal_page(pte);

	return *(const bool *)walk->private || (page && !PageAnon(compound_head(page)));
}

static int tell_entry(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	if (will_go(*pte, walk))
		write_zap(walk->mm, addr, *pte, 1);
	return 0;
}

/* A part of it goes when it has been split. */
static int tell_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	pte_t entry = pmd_small_pte(*pmd, addr);

	if (will_go(entry, walk))
		write_zap(walk->mm, addr, entry, (end - addr) / PAGE_SIZE);
	return 0;
}

static const struct mm_walk_ops tell_ops = {
	.pte_entry = tell_entry, .large_page = tell_large_page, .no_rest = true};

void trace_reclaimed(const struct mm_struct *mm, unsigned long address, pte_t entry)
{
	write_zap(mm, address, entry, 1);
}

void trace_migrated(const struct mm_struct *mm, unsigned long address, pte_t entry)
{
	write_page(TRACE_PAGE_MOVED, mm, address, entry, address, 1);
}

/* Stands before zap_tables(), which clears these entries. */
static void trace_zap_tables(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			     bool even_cows)
{
	struct mm_struct *mm = vma->vm_mm;
	struct mm_walk walk = {.mm = mm, .vma = vma, .private = &even_cows};
	long rss[NR_MM_COUNTERS];

	memcpy(rss, mm->rss_stat, sizeof(rss));
	if (trace_on(TRACE_ZAP))
		__walk_page_range(&walk, start, end, &tell_ops);
	zap_tables(vma, start, end, even_cows);
	if (trace_on(TRACE_RSS_STAT))
		write_rss(mm, rss);
}

void trace_watch_zaps(bool on)
{
	static_call_update(zap_tables, on ? trace_zap_tables : zap_tables);
}

void trace_copy(unsigned long from, unsigned long to)
{
	trace_event(TRACE_COPY, from, to);
}

void trace_file_page(enum trace_type type, const struct page *page)
{
	const struct inode *inode = page->mapping->host;
	const u32 args[] = {page_to_pfn(page), inode->i_sb->s_dev, inode->i_ino, page->index};

	trace_write(type, 0, args, ARRAY_SIZE(args));
}
