/* sources: kernel/lib/rbtree.c kernel/lib/interval_tree.c */
/*
 * anon_vma against a model that knows which process maps which page: a family of processes forks,
 * writes, splits and merges mappings by mprotect, unmaps, maps and ends, at random. After each step
 * every page must be found, by its anon_vma and its index, in each process that maps it and once
 * only; and the search must not visit a process that cannot have it. At the end no link may be
 * left. Then the same with failing allocations.
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

#define NR_PROCESSES 12
#define NR_PAGES     24 /* of the range that all of them use */
#define START	     (8UL << 20)
#define FIXED	     (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)

/* A page of memory, as reverse mapping sees it. */
struct frame {
	struct anon_vma *anon_vma;
	pgoff_t index;
	int maker; /* the process that wrote it */
	int mappings;
};

static struct process {
	struct mm_struct mm;
	int number;   /* no two processes of a run have the same */
	int ancestor; /* the number of the process that forked it */
	bool alive;
	struct frame *maps[NR_PAGES];
} processes[NR_PROCESSES];

static struct task_struct task;
static struct signal_struct limits;
static int parent_of[1 << 16], last_number, visits, needless;

static void become(struct process *p)
{
	task.mm = task.active_mm = &p->mm;
}

static void forget(struct process *p, int i)
{
	if (p->maps[i] && !--p->maps[i]->mappings)
		free(p->maps[i]);
	p->maps[i] = NULL;
}

static struct process *new_process(int ancestor)
{
	for (int i = 0; i < NR_PROCESSES; i++) {
		struct process *p = &processes[i];

		if (p->alive)
			continue;
		*p = (struct process){.number = ++last_number, .ancestor = ancestor, .alive = true};
		parent_of[p->number] = ancestor;
		p->mm.mmap_base = TASK_SIZE;
		p->mm.task_size = TASK_SIZE;
		return p;
	}
	return NULL;
}

/* ---- what a process does ---- */

static void write_page(struct process *p, int i)
{
	unsigned long addr = START + i * PAGE_SIZE;
	struct vm_area_struct *vma = vma_lookup(&p->mm, addr);
	struct frame *frame;

	if (!vma || anon_vma_prepare(vma))
		return;
	frame = malloc(sizeof(*frame));
	*frame = (struct frame){vma->anon_vma, linear_page_index(vma, addr), p->number, 1};
	forget(p, i);
	p->maps[i] = frame;
}

static void end(struct process *p)
{
	become(p);
	host_fail_after = -1;
	CHECK(vm_munmap(0, TASK_SIZE) == 0);
	for (int i = 0; i < NR_PAGES; i++)
		forget(p, i);
	CHECK(!p->mm.mmap && !p->mm.map_count);
	p->alive = false;
}

static void fork_process(struct process *p)
{
	struct process *child = new_process(p->number);
	struct vm_area_struct *old, *vma, *prev = NULL;

	if (!child)
		return;
	for (old = p->mm.mmap; old; old = old->vm_next) {
		vma = vm_area_dup(old);
		if (!vma)
			break;
		vma->vm_mm = &child->mm;
		if (anon_vma_fork(vma, old)) {
			CHECK(!vma->anon_vma && list_empty(&vma->anon_vma_chain));
			vm_area_free(vma);
			break;
		}
		vma_link(&child->mm, vma, prev);
		vm_stat_account(&child->mm, vma->vm_flags, vma_pages(vma));
		if (vma->vm_flags & VM_ACCOUNT)
			security_vm_enough_memory(vma_pages(vma));
		for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
			int i = (addr - START) >> PAGE_SHIFT;

			child->maps[i] = p->maps[i];
			if (child->maps[i])
				child->maps[i]->mappings++;
		}
		prev = vma;
	}
	if (old) /* there was no memory */
		end(child);
}

static void unmap(struct process *p, int first, int n)
{
	if (vm_munmap(START + first * PAGE_SIZE, n * PAGE_SIZE))
		return;
	while (n--)
		forget(p, first + n);
}

static void map(struct process *p, int first, int n)
{
	unsigned long addr = START + first * PAGE_SIZE;
	unsigned long got = vm_mmap(NULL, addr, n * PAGE_SIZE, 3, FIXED, 0);

	/* what was there is unmapped by then, also if there is no memory for the new mapping */
	if (IS_ERR_VALUE(got) && find_vma_intersection(&p->mm, addr, addr + n * PAGE_SIZE))
		return;
	while (n--)
		forget(p, first + n);
}

static void step(bool ends)
{
	struct process *p = &processes[rnd_below(NR_PROCESSES)];
	int first = rnd_below(NR_PAGES), n = 1 + rnd_below(NR_PAGES - first);

	if (!p->alive)
		return;
	become(p);
	switch (rnd_below(12)) {
	case 0:
		fork_process(p);
		break;
	case 1:
		if (ends && rnd_below(2))
			end(p);
		break;
	case 2:
		unmap(p, first, 1 + n / 4);
		break;
	case 3:
		map(p, first, n);
		break;
	case 4:
	case 5:
	case 6:
		do_mprotect(START + first * PAGE_SIZE, n * PAGE_SIZE, 1 + 2 * rnd_below(2));
		break;
	default:
		write_page(p, first);
	}
}

/* ---- what must be true ---- */

static struct process *process_of(const struct mm_struct *mm)
{
	return container_of(mm, struct process, mm);
}

static bool is_descendant(int number, int ancestor)
{
	while (number > ancestor)
		number = parent_of[number];
	return number == ancestor;
}

/* The search for the page: it finds all its mappings, and visits no process that was not forked
   from its maker. If processes have ended, one may have taken over an anon_vma, and its relatives
   are visited too. */
static void check_frame(struct frame *frame, bool ends)
{
	struct anon_vma_chain *avc;
	int found = 0;

	anon_vma_interval_tree_foreach(avc, &frame->anon_vma->rb_root, frame->index, frame->index)
	{
		struct vm_area_struct *vma = avc->vma;
		struct process *p = process_of(vma->vm_mm);
		unsigned long addr = vma->vm_start + ((frame->index - vma->vm_pgoff) << PAGE_SHIFT);

		CHECK(p->alive && addr >= vma->vm_start && addr < vma->vm_end);
		visits++;
		if (p->maps[(addr - START) >> PAGE_SHIFT] == frame)
			found++;
		if (is_descendant(p->number, frame->maker))
			continue;
		CHECK(ends);
		needless++;
	}
	CHECK(found == frame->mappings);
}

static void check_identity(const struct anon_vma *anon_vma)
{
	CHECK(anon_vma->refcount >= 1 && anon_vma->num_active_vmas >= 1);
	CHECK((anon_vma->root == anon_vma) == (anon_vma->parent == anon_vma));
	CHECK(anon_vma->root->root == anon_vma->root && anon_vma->root->rb_root.rb_node);
}

static void check(bool ends)
{
	for (int n = 0; n < NR_PROCESSES; n++) {
		struct process *p = &processes[n];

		if (!p->alive)
			continue;
		for (int i = 0; i < NR_PAGES; i++)
			if (p->maps[i])
				check_frame(p->maps[i], ends);
		for (struct vm_area_struct *vma = p->mm.mmap; vma; vma = vma->vm_next) {
			CHECK(!vma->anon_vma == list_empty(&vma->anon_vma_chain));
			if (vma->anon_vma)
				check_identity(vma->anon_vma);
		}
	}
}

static void run_family(int steps, bool ends, int fail_one_in)
{
	for (int i = 0; i < (int)RLIM_NLIMITS; i++)
		limits.rlim[i].rlim_cur = limits.rlim[i].rlim_max = RLIM_INFINITY;
	task.signal = &limits;
	current = &task;
	last_number = 0;
	become(new_process(0));
	while (steps--) {
		if (fail_one_in && !rnd_below(fail_one_in))
			host_fail_after = rnd_below(6);
		step(ends);
		host_fail_after = -1;
		check(ends);
		if (!processes[0].alive && last_number < (1 << 16) - NR_PROCESSES)
			new_process(0);
	}
	for (int n = 0; n < NR_PROCESSES; n++)
		if (processes[n].alive)
			end(&processes[n]);
	CHECK(host_objects == 0 && vm_memory_committed() == 0);
}

static void test_pages_are_found_where_they_may_be(void)
{
	for (int i = 0; i < 200; i++)
		run_family(150, false, 0);
}

static void test_pages_are_found_after_processes_end(void)
{
	visits = needless = 0;
	for (int i = 0; i < 20; i++)
		run_family(2000, true, 0);
	CHECK(needless < visits / 4);
}

static void test_a_failed_allocation_leaves_no_link(void)
{
	for (int i = 0; i < 20; i++)
		run_family(2000, true, 3);
}

/* A process forks and ends, and its child does the same, many times: the child takes the anon_vma
   of the dead over, so the chain does not become longer and longer. */
static void test_chains_do_not_grow_with_the_generations(void)
{
	struct process *p;
	int links = 0;

	task.signal = &limits;
	current = &task;
	last_number = 0;
	p = new_process(0);
	become(p);
	map(p, 0, 1);
	write_page(p, 0);
	for (int i = 0; i < 100; i++) {
		fork_process(p);
		end(p);
		for (int n = 0; n < NR_PROCESSES; n++)
			if (processes[n].alive)
				p = &processes[n];
		become(p);
		write_page(p, 0);
		check(true);
	}
	for (struct list_head *l = p->mm.mmap->anon_vma_chain.next;
	     l != &p->mm.mmap->anon_vma_chain; l = l->next)
		links++;
	CHECK(links <= 3);
	end(p);
	CHECK(host_objects == 0);
}

static struct process *child_of(struct process *p)
{
	fork_process(p);
	for (int n = 0; n < NR_PROCESSES; n++)
		if (processes[n].alive && processes[n].number == last_number)
			return &processes[n];
	return NULL;
}

/* The dead had two children: if a child of the first took the anon_vma over, its pages would be
   looked for in the second. */
static void test_what_two_children_share_is_not_taken_over(void)
{
	struct process *root, *dead, *first, *heir;

	last_number = 0;
	root = new_process(0);
	become(root);
	map(root, 0, 1);
	write_page(root, 0);
	dead = child_of(root);
	write_page(dead, 0);
	first = child_of(dead);
	child_of(dead);
	end(dead);
	heir = child_of(first);
	write_page(heir, 0);
	check(false);
	for (int n = 0; n < NR_PROCESSES; n++)
		if (processes[n].alive)
			end(&processes[n]);
	CHECK(host_objects == 0);
}

int main(void)
{
	vma_init();
	anon_vma_init();
	run("pages_are_found_where_they_may_be", test_pages_are_found_where_they_may_be);
	run("pages_are_found_after_processes_end", test_pages_are_found_after_processes_end);
	run("a_failed_allocation_leaves_no_link", test_a_failed_allocation_leaves_no_link);
	run("chains_do_not_grow_with_the_generations",
	    test_chains_do_not_grow_with_the_generations);
	run("what_two_children_share_is_not_taken_over",
	    test_what_two_children_share_is_not_taken_over);
	return failures != 0;
}
