/* sources: kernel/lib/rbtree.c kernel/lib/interval_tree.c */
/*
 * The interval tree of a file's mappings against looking at all of them: after each change, every
 * VMA that shows some page of a range is found once, in the order of the first page, and no other.
 */
#include "tests/host/stubs/vma_host.h"
#include "mm/interval_tree.c"

#define NR_VMAS	   200
#define NR_PAGES   64
#define NR_CHANGES 20000

static struct vm_area_struct vmas[NR_VMAS];
static bool present[NR_VMAS];
static struct rb_root root;

static bool shows(const struct vm_area_struct *vma, pgoff_t first, pgoff_t last)
{
	return vma->vm_pgoff <= last && vma->vm_pgoff + vma_pages(vma) - 1 >= first;
}

static void check_range(pgoff_t first, pgoff_t last)
{
	struct vm_area_struct *vma;
	bool found[NR_VMAS] = {false};
	pgoff_t before = 0;
	int i;

	vma_interval_tree_foreach (vma, &root, first, last) {
		i = vma - vmas;
		CHECK(present[i] && !found[i]);
		CHECK(shows(vma, first, last) && vma->vm_pgoff >= before);
		before = vma->vm_pgoff;
		found[i] = true;
	}
	for (i = 0; i < NR_VMAS; i++)
		CHECK(found[i] == (present[i] && shows(&vmas[i], first, last)));
}

static void change(int i)
{
	if (present[i]) {
		vma_interval_tree_remove(&vmas[i], &root);
	} else {
		vmas[i].vm_pgoff = rand() % NR_PAGES;
		vmas[i].vm_start = 0;
		vmas[i].vm_end = (1 + rand() % (rand() % 8 ? 4 : NR_PAGES)) << PAGE_SHIFT;
		vma_interval_tree_insert(&vmas[i], &root);
	}
	present[i] = !present[i];
}

int main(void)
{
	/* now sparse, now crowded */
	for (int n = 0; n < NR_CHANGES; n++) {
		pgoff_t first = rand() % NR_PAGES;

		change(rand() % (n % 2000 < 1000 ? 10 : NR_VMAS));
		check_range(first, first);
		check_range(first, first + rand() % 8);
	}
	check_range(0, ~0UL);
	for (int i = 0; i < NR_VMAS; i++)
		if (present[i])
			change(i);
	CHECK(!root.rb_node);
	return 0;
}
