/* sources: none */
/*
 * The walk through page tables over tables of three levels, as PAE has them: each entry of a range
 * is met once, holes and large pages are told apart, the lock is held where it should be, and a
 * function that says so ends the walk. (With two levels, all guest programs test it.)
 */
#include "tests/host/hosttest.h"
#include "kernel/abi/types.h"

/* --- mm/layout.h, mm/mm_types.h, kernel/core, kernel/sched --- */
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define MM_MM_TYPES_H
#define KERNEL_CORE_PANIC_H
#define KERNEL_SCHED_SCHED_H
#define BUG_ON(cond)		  CHECK(!(cond))
#define check_page_table_lock(mm) CHECK((mm)->page_table_lock)
#define spin_lock(l)		  take_lock(l, true)
#define spin_unlock(l)		  take_lock(l, false)
static void take_lock(bool *lock, bool take)
{
	CHECK(*lock != take);
	*lock = take;
}
static int rests;
#define cond_resched() ((void)rests++)

/* --- Entries: 0 is empty, 1 a large page, all else leads to a table --- */
typedef struct {
	unsigned long pte;
} pte_t;
typedef struct {
	pte_t *table;
} pmd_t;
typedef struct {
	pmd_t *table;
} pgd_t;
struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_flags;
	struct mm_struct *vm_mm;
};
#define VM_PFNMAP 1
struct mm_struct {
	pgd_t *pgd;
	bool page_table_lock;
};
#define LEVEL_BITS  9
#define PTRS	    (1UL << LEVEL_BITS)
#define PMD_SHIFT   (PAGE_SHIFT + LEVEL_BITS)
#define PGDIR_SHIFT (PMD_SHIFT + LEVEL_BITS)
#define LARGE	    ((pte_t *)1)
#define ADDR_END(addr, end, shift)                                       \
	({                                                               \
		unsigned long b_ = (((addr) >> (shift)) + 1) << (shift); \
		b_ < (end) ? b_ : (end);                                 \
	})
#define pgd_addr_end(addr, end)	  ADDR_END(addr, end, PGDIR_SHIFT)
#define pmd_addr_end(addr, end)	  ADDR_END(addr, end, PMD_SHIFT)
#define pgd_offset(mm, addr)	  ((mm)->pgd + ((addr) >> PGDIR_SHIFT))
#define pgd_none(e)		  (!(e).table)
#define pmd_offset(pgd, addr)	  ((pgd)->table + ((addr) >> PMD_SHIFT & (PTRS - 1)))
#define pmd_off(mm, addr)	  pmd_offset(pgd_offset(mm, addr), addr)
#define pmd_none(e)		  (!(e).table)
#define pmd_has_table(e)	  ((e).table && (e).table != LARGE)
#define pte_offset_map(pmd, addr) ((pmd)->table + ((addr) >> PAGE_SHIFT & (PTRS - 1)))
#define pte_none(e)		  (!(e).pte)
#define MM_PHYS_PGTABLE_LARGE_H
#define __pte(value)	       ((pte_t){(value)})
#define pmd_large(e)	       ((e).table == LARGE)
#define pmd_small_pte(e, addr) ((pte_t){(unsigned long)(e).table | (addr)})

#include "mm/pagewalk.c"

/* --- An address space of 4 GiB: the second GiB has no middle table; of the first and the third a
   few directory entries have tables, and one is a large page. An entry holds its own address. ---
 */
#define GIB	  (1UL << PGDIR_SHIFT)
#define MIB2	  (1UL << PMD_SHIFT)
#define END	  (4 * GIB)
#define LARGE_AT  (2 * GIB + 5 * MIB2)
#define STEP	  (3 * PAGE_SIZE) /* between entries that are not empty */
#define NR_TABLES 6
static const unsigned long tables_at[NR_TABLES] = {
	0, GIB - MIB2, 2 * GIB, 2 * GIB + MIB2, 2 * GIB + 7 * MIB2, 3 * GIB - MIB2,
};
static pgd_t directory[4];
static struct mm_struct mm = {.pgd = directory};

static void make_tables(void)
{
	for (int g = 0; g < 4; g += 2)
		directory[g].table = calloc(PTRS, sizeof(pmd_t));
	for (int i = 0; i < NR_TABLES; i++) {
		unsigned long base = tables_at[i];

		pmd_off(&mm, base)->table = calloc(PTRS, sizeof(pte_t));
		for (unsigned long a = base; a < base + MIB2; a += PAGE_SIZE)
			if (a % STEP == 0)
				pte_offset_map(pmd_off(&mm, a), a)->pte = a | 1;
	}
	pmd_off(&mm, LARGE_AT)->table = LARGE;
}

/* --- What the walk does --- */
struct seen {
	unsigned long next;    /* where the walk goes on */
	unsigned long entries; /* that were not empty */
	unsigned long tables, holes, large, stop_at;
};

static void part(struct seen *s, unsigned long addr, unsigned long end, bool locked)
{
	CHECK(addr == s->next && addr < end && mm.page_table_lock == locked);
	s->next = end;
}

static int see_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct seen *s = walk->private;

	part(s, addr, end, true);
	CHECK(addr >> PMD_SHIFT == (end - 1) >> PMD_SHIFT);
	s->tables++;
	for (; addr != end; addr += PAGE_SIZE, pte++) {
		CHECK(pte->pte == 0 || pte->pte == (addr | 1));
		s->entries += pte->pte != 0;
	}
	return 0;
}

static int see_hole(unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct seen *s = walk->private;

	part(s, addr, end, false);
	s->holes++;
	return 0;
}

static int see_large(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct seen *s = walk->private;

	part(s, addr, end, false);
	CHECK(pmd->table == LARGE && addr >> PMD_SHIFT == LARGE_AT >> PMD_SHIFT);
	s->large++;
	return 0;
}

static int see_table(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct seen *s = walk->private;

	part(s, addr, end, false);
	CHECK(pmd == pmd_off(&mm, addr) && pmd_has_table(*pmd));
	s->tables++;
	return 0;
}

static int see_entry(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	struct seen *s = walk->private;

	CHECK(mm.page_table_lock && pte->pte == (addr | 1));
	s->entries++;
	return addr == s->stop_at ? 7 : 0;
}

/* A page table takes the place of the large page. */
static int split_large(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct seen *s = walk->private;

	CHECK(pmd->table == LARGE && !mm.page_table_lock);
	s->large++;
	pmd->table = calloc(PTRS, sizeof(pte_t));
	pte_offset_map(pmd, addr)->pte = addr | 1;
	return WALK_TABLE;
}

static unsigned long entries_in(unsigned long start, unsigned long end)
{
	unsigned long n = 0;

	for (int i = 0; i < NR_TABLES; i++)
		for (unsigned long a = tables_at[i]; a < tables_at[i] + MIB2; a += PAGE_SIZE)
			n += a >= start && a < end && a % STEP == 0;
	return n;
}

static const struct mm_walk_ops range_ops = {
	.pte_range = see_range, .pte_hole = see_hole, .large_page = see_large};
static const struct mm_walk_ops table_ops = {
	.pmd_entry = see_table, .pte_hole = see_hole, .large_page = see_large, .no_rest = true};
static const struct mm_walk_ops entry_ops = {.pte_entry = see_entry, .large_page = see_large};

static const struct mm_walk_ops split_ops = {.pte_entry = see_entry, .large_page = split_large};
static const struct mm_walk_ops split_table_ops = {.pmd_entry = see_table,
						   .large_page = split_large};

static void test_every_part_is_met_once(void)
{
	static const unsigned long edges[] = {0,
					      PAGE_SIZE,
					      MIB2 - PAGE_SIZE,
					      MIB2,
					      GIB - MIB2,
					      GIB - PAGE_SIZE,
					      GIB,
					      2 * GIB,
					      LARGE_AT,
					      LARGE_AT + PAGE_SIZE,
					      2 * GIB + 8 * MIB2,
					      3 * GIB - PAGE_SIZE,
					      3 * GIB,
					      END};
	const unsigned int n = sizeof(edges) / sizeof(edges[0]);

	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = i; j < n; j++) {
			struct seen a = {.next = edges[i]}, b = a;

			CHECK(walk_page_range(&mm, edges[i], edges[j], &range_ops, &a) == 0);
			CHECK(a.next == edges[j]);
			CHECK(a.entries == entries_in(edges[i], edges[j]));
			rests = 0;
			CHECK(walk_page_range(&mm, edges[i], edges[j], &table_ops, &b) == 0);
			CHECK(rests == 0);
			CHECK(b.next == edges[j] && b.tables == a.tables && b.holes == a.holes &&
			      b.large == a.large);
		}
}

static void test_missing_levels(void)
{
	struct seen s = {0};

	rests = 0;
	CHECK(walk_page_range(&mm, 0, END, &range_ops, &s) == 0);
	CHECK(s.tables == NR_TABLES && s.large == 1);
	/* a missing middle table is one hole, others run after each directory entry that is there
	 */
	CHECK(s.holes == 2 * PTRS - NR_TABLES - 1 + 2);
	CHECK((unsigned long)rests == 2 * PTRS);
}

static void test_a_walk_is_ended(void)
{
	struct seen s = {.stop_at = 4 * STEP};

	CHECK(walk_page_range(&mm, 0, MIB2, &entry_ops, &s) == 7);
	CHECK(s.entries == 5 && !mm.page_table_lock);
}

static void test_a_large_page_is_split(void)
{
	const unsigned long addr = LARGE_AT + PAGE_SIZE;
	struct seen s = {0}, t = {.next = addr};

	CHECK(walk_page_range(&mm, addr, LARGE_AT + MIB2, &split_ops, &s) == 0);
	CHECK(s.large == 1 && s.entries == 1);
	free(pmd_off(&mm, addr)->table);
	pmd_off(&mm, addr)->table = LARGE;
	CHECK(walk_page_range(&mm, addr, LARGE_AT + MIB2, &split_table_ops, &t) == 0);
	CHECK(t.large == 1 && t.tables == 1);
	free(pmd_off(&mm, addr)->table);
	pmd_off(&mm, addr)->table = LARGE;
}

static void test_device_memory_is_a_hole(void)
{
	struct vm_area_struct vma = {.vm_end = MIB2, .vm_mm = &mm};
	struct seen pages = {0}, device = {0};

	CHECK(walk_page_range_vma(&vma, 0, MIB2, &range_ops, &pages) == 0);
	CHECK(pages.next == MIB2 && pages.tables == 1 && pages.holes == 0);
	vma.vm_flags = VM_PFNMAP;
	CHECK(walk_page_range_vma(&vma, 0, MIB2, &range_ops, &device) == 0);
	CHECK(device.next == MIB2 && device.tables == 0 && device.holes == 1);
	CHECK(walk_page_range_vma(&vma, 0, MIB2, &entry_ops, &device) == 0);
	CHECK(device.entries == 0);
}

static void test_one_address(void)
{
	mm.page_table_lock = true;
	CHECK(lookup_pte(&mm, 2 * STEP) == pte_offset_map(pmd_off(&mm, 0), 2 * STEP));
	CHECK(lookup_pte(&mm, MIB2) == NULL);
	CHECK(lookup_pte(&mm, GIB) == NULL);
	CHECK(lookup_pte(&mm, LARGE_AT) == NULL);
	mm.page_table_lock = false;
}

int main(void)
{
	make_tables();
	run("every part is met once", test_every_part_is_met_once);
	run("missing levels", test_missing_levels);
	run("a walk is ended", test_a_walk_is_ended);
	run("a large page is split", test_a_large_page_is_split);
	run("device memory is a hole", test_device_memory_is_a_hole);
	run("one address", test_one_address);
	return failures != 0;
}
