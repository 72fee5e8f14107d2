/* sources: kernel/lib/rbtree.c kernel/lib/interval_tree.c */
/*
 * The VMA code against a model that keeps one byte of state for each page: random mmap, munmap and
 * mprotect on a small address space; after each call the VMAs must cover exactly the model's pages,
 * list and tree must agree, gaps and counters must be right, no two neighbours that could be one
 * may be left, and the place that get_unmapped_area chooses must be the one that a plain search
 * finds. Then the same with failing allocations: a call that fails has changed nothing that shows.
 */
#include "tests/host/stubs/vma_host.h"
#include "mm/vma.c"
#include "mm/vma_merge.c"
#include "mm/interval_tree.c"
#include "mm/anon_vma.c"
#include "mm/util.c"
#include "mm/mmap.c"
#include "mm/munmap.c"
#include "mm/mprotect.c"
#include "mm/mlock.c"
#include "tests/host/stubs/vma_around.h"

#define NR_PAGES  (TASK_SIZE >> PAGE_SHIFT)
#define MIN_PAGE  (65536 >> PAGE_SHIFT)
#define BASE_PAGE (14UL << 8) /* mmap_base, in pages */

static struct mm_struct mm;
static struct task_struct task;
static struct signal_struct limits;

/* The model: VM_ flags that show, by page; 0 is unmapped. */
#define MAPPED 0x80
static unsigned char model[NR_PAGES];
/* A call that fails at its second split leaves the first one, as on Linux: neighbours that match.
 */
static bool failures_left_splits;

static unsigned char shown(unsigned long vm_flags)
{
	return MAPPED | (vm_flags & 7) | (vm_flags & VM_ACCOUNT ? 8 : 0);
}

static unsigned char model_flags(int prot)
{
	return MAPPED | prot | (prot & PROT_WRITE ? 8 : 0);
}

static void check_against_model(void)
{
	struct vm_area_struct *vma, *prev = NULL;
	struct rb_node *node = rb_first(&mm.mm_rb);
	unsigned long page = 0, total = 0;
	int count = 0;

	for (vma = mm.mmap; vma; prev = vma, vma = vma->vm_next) {
		unsigned long gap = vma->vm_start - (prev ? prev->vm_end : 0);

		CHECK(vma->vm_prev == prev && &vma->vm_rb == node);
		CHECK(failures_left_splits || !prev || prev->vm_end < vma->vm_start ||
		      prev->vm_flags != vma->vm_flags);
		for (; page < vma->vm_start >> PAGE_SHIFT; page++)
			CHECK(model[page] == 0);
		for (; page < vma->vm_end >> PAGE_SHIFT; page++)
			CHECK(model[page] == shown(vma->vm_flags));
		if (node->rb_left)
			gap = max(gap, vma_of(node->rb_left)->rb_subtree_gap);
		if (node->rb_right)
			gap = max(gap, vma_of(node->rb_right)->rb_subtree_gap);
		CHECK(vma->rb_subtree_gap == gap);
		CHECK(vma->vm_pgoff == vma->vm_start >> PAGE_SHIFT);
		total += vma_pages(vma);
		count++;
		node = rb_next(node);
	}
	for (; page < NR_PAGES; page++)
		CHECK(model[page] == 0);
	CHECK(!node && count == mm.map_count && total == mm.total_vm);
	CHECK(mm.highest_vm_end == (prev ? prev->vm_end : 0));
	CHECK(host_objects == count);
}

static bool model_free(unsigned long page, unsigned long n)
{
	while (n--)
		if (model[page + n])
			return false;
	return true;
}

/* Where a mapping of n pages without a hint must go: highest fit below mmap_base, else lowest fit
   above TASK_UNMAPPED_BASE. 0: nowhere. */
static unsigned long model_search(unsigned long n)
{
	unsigned long page;

	for (page = BASE_PAGE - n; n <= BASE_PAGE && page >= MIN_PAGE && page < NR_PAGES; page--)
		if (model_free(page, n))
			return page;
	for (page = TASK_UNMAPPED_BASE >> PAGE_SHIFT; page + n <= NR_PAGES; page++)
		if (model_free(page, n))
			return page;
	return 0;
}

static void random_mmap(void)
{
	unsigned long n = 1 + rnd_below(rnd_below(8) ? 12 : 1500), addr = 0, got, place;
	int prot = rnd_below(8), flags = MAP_PRIVATE | MAP_ANONYMOUS;

	if (rnd_below(2)) { /* fixed: anywhere */
		place = MIN_PAGE + rnd_below(NR_PAGES - MIN_PAGE - n);
		flags |= MAP_FIXED;
		addr = place << PAGE_SHIFT;
	} else {
		place = model_search(n);
	}
	got = vm_mmap(NULL, addr, n << PAGE_SHIFT, prot, flags, 0);
	if (IS_ERR_VALUE(got)) {
		CHECK(got == (unsigned long)-ENOMEM);
		if (!(flags & MAP_FIXED))
			CHECK(!place || host_fail_after == -1);
		else if (!find_vma_intersection(&mm, addr, addr + (n << PAGE_SHIFT)))
			memset(model + place, 0, n); /* Linux too has unmapped by then */
		return;
	}
	CHECK(got == place << PAGE_SHIFT);
	memset(model + place, model_flags(prot), n);
}

static void random_munmap(void)
{
	unsigned long n = 1 + rnd_below(rnd_below(4) ? 20 : 2000);
	unsigned long page = rnd_below(NR_PAGES - n + 1);
	int err = vm_munmap(page << PAGE_SHIFT, n << PAGE_SHIFT);

	if (!err)
		memset(model + page, 0, n);
	else
		CHECK(err == -ENOMEM);
}

static void random_mprotect(void)
{
	unsigned long n = 1 + rnd_below(30), page = rnd_below(NR_PAGES - n + 1), i;
	int prot = rnd_below(8), err = do_mprotect(page << PAGE_SHIFT, n << PAGE_SHIFT, prot);
	bool failed_allocation = err == -ENOMEM;

	if (rnd_below(4) ==
	    0) { /* locking splits and merges too, and shows nothing here when it is undone */
		do_mlock(page << PAGE_SHIFT, n << PAGE_SHIFT, VM_LOCKED);
		do_munlock(0, TASK_SIZE);
		do_munlockall();
		CHECK(mm.locked_vm == 0);
	}
	for (i = page; i < page + n && model[i]; i++) {
		unsigned char *m = &model[i];
		struct vm_area_struct *vma = vma_lookup(&mm, i << PAGE_SHIFT);
		unsigned char want = MAPPED | prot | (*m & 8) | (prot & PROT_WRITE ? 8 : 0);

		if (!vma || (failed_allocation && shown(vma->vm_flags) == *m))
			continue;
		*m = want;
	}
	if (!err)
		CHECK(i == page + n);
}

static void start(void)
{
	int i;

	memset(&mm, 0, sizeof(mm));
	memset(model, 0, sizeof(model));
	mm.mmap_base = BASE_PAGE << PAGE_SHIFT;
	mm.task_size = TASK_SIZE;
	for (i = 0; i < (int)RLIM_NLIMITS; i++)
		limits.rlim[i].rlim_cur = limits.rlim[i].rlim_max = RLIM_INFINITY;
	task = (struct task_struct){.mm = &mm, .active_mm = &mm, .signal = &limits};
	current = &task;
}

static void finish(void)
{
	CHECK(vm_munmap(0, TASK_SIZE) == 0);
	memset(model, 0, sizeof(model));
	check_against_model();
	CHECK(vm_memory_committed() == 0);
}

static void random_calls(int n, int fail_one_in)
{
	while (n--) {
		if (fail_one_in && !rnd_below(fail_one_in))
			host_fail_after = rnd_below(3);
		switch (rnd_below(5)) {
		case 0:
		case 1:
			random_mmap();
			break;
		case 2:
			random_munmap();
			break;
		default:
			random_mprotect();
		}
		host_fail_after = -1;
		check_against_model();
	}
}

static void test_random_calls(void)
{
	start();
	random_calls(20000, 0);
	finish();
}

static void test_random_calls_with_failures(void)
{
	start();
	failures_left_splits = true;
	random_calls(20000, 3);
	failures_left_splits = false;
	finish();
}

static void test_legacy_layout_searches_upwards(void)
{
	unsigned long a, b;

	start();
	mm.mmap_legacy = true;
	mm.mmap_legacy_base = TASK_UNMAPPED_BASE;
	a = vm_mmap(NULL, 0, 2 * PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	b = vm_mmap(NULL, 0, PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	CHECK(a == TASK_UNMAPPED_BASE && b == a + 2 * PAGE_SIZE);
	CHECK(vm_munmap(a, PAGE_SIZE) == 0);
	CHECK(vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0) == a);
	model[a >> PAGE_SHIFT] = model[(a >> PAGE_SHIFT) + 1] = model_flags(PROT_READ);
	model[b >> PAGE_SHIFT] = model_flags(PROT_NONE);
	check_against_model();
	finish();
}

static void test_different_identities_stay_apart(void)
{
	const unsigned long at = 8UL << 20;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	start();
	CHECK(vm_mmap(NULL, at, PAGE_SIZE, 3, flags, 0) == at);
	CHECK(vm_mmap(NULL, at + 2 * PAGE_SIZE, PAGE_SIZE, 3, flags, 0) == at + 2 * PAGE_SIZE);
	CHECK(!anon_vma_prepare(find_vma(&mm, at)));
	CHECK(!anon_vma_prepare(find_vma(&mm, at + 2 * PAGE_SIZE)));
	CHECK(vm_mmap(NULL, at + PAGE_SIZE, PAGE_SIZE, 3, flags, 0) == at + PAGE_SIZE);
	CHECK(mm.map_count == 2 && find_vma(&mm, at)->vm_end == at + PAGE_SIZE);
	CHECK(vm_munmap(at, 3 * PAGE_SIZE) == 0);
	CHECK(host_objects == 0 && vm_memory_committed() == 0);
}

int main(void)
{
	vma_init();
	anon_vma_init();
	run("random_calls", test_random_calls);
	run("random_calls_with_failures", test_random_calls_with_failures);
	run("legacy_layout_searches_upwards", test_legacy_layout_searches_upwards);
	run("different_identities_stay_apart", test_different_identities_stay_apart);
	return failures != 0;
}
