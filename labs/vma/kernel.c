/*
 * Lab 2, the VMA: checks that the kernel runs on itself.
 */
#include "labs/vma/fixture.h"
#include "kernel/fs/fs.h"
#include "mm/calls.h"
#include "mm/phys/slab.h"
#include "mm/shmem.h"
#include <linux/errno.h>
#include <linux/mman.h>

/* ---- find_vma ---- */

static void expect_found(struct mm_struct *mm, unsigned long addr, const struct vm_area_struct *vma)
{
	struct vm_area_struct *found = find_vma(mm, addr);
	const char *call = check_text("find_vma(mm, %#lx)", addr);

	if (vma)
		expect_vma(call, found, RANGE(vma));
	else
		EXPECT(!found, "%s: wanted NULL, seen the VMA %08lx-%08lx", call, RANGE(found));
}

/* The answer must come from the tree. */
static void expect_found_anew(struct mm_struct *mm, unsigned long addr)
{
	mm->mmap_cache = NULL;
	expect_found(mm, addr, scan(mm, addr));
}

KERNEL_CHECK(find_vma_returns_the_first_that_ends_above)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[MANY];
	int i;

	expect_found_anew(mm, BASE);
	random_space(mm, vmas);
	for (i = 0; i < MANY; i++) {
		expect_found_anew(mm, vmas[i]->vm_start);
		expect_found_anew(mm, vmas[i]->vm_start + check_random_below(PAGE_SIZE));
		expect_found_anew(mm, vmas[i]->vm_start - 1);
		expect_found_anew(mm, vmas[i]->vm_end - 1);
		expect_found_anew(mm, vmas[i]->vm_end);
	}
	expect_found_anew(mm, 0);
	expect_found_anew(mm, TASK_SIZE - 1);
}

KERNEL_CHECK(find_vma_searches_the_tree)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[MANY];
	int i;

	random_space(mm, vmas);
	mm->mmap = NULL; /* a search through the list finds nothing now */
	for (i = 0; i < MANY; i++)
		vmas[i]->vm_next = vmas[i]->vm_prev = NULL;
	for (i = 0; i < MANY; i++) {
		mm->mmap_cache = NULL;
		expect_found(mm, vmas[i]->vm_start, vmas[i]);
	}
}

KERNEL_CHECK(find_vma_remembers_its_last_answer)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[MANY];
	int i;

	random_space(mm, vmas);
	for (i = 0; i < MANY; i++) {
		find_vma(mm, vmas[i]->vm_start);
		EXPECT(mm->mmap_cache == vmas[i],
		       "mm->mmap_cache after find_vma(mm, %#lx) is not the VMA that was found",
		       vmas[i]->vm_start);
		/* what is remembered answers for its own addresses only */
		expect_found(mm, vmas[i]->vm_end, scan(mm, vmas[i]->vm_end));
		mm->mmap_cache = vmas[i];
		expect_found(mm, vmas[i]->vm_start - 1, scan(mm, vmas[i]->vm_start - 1));
	}
}

/* ---- __vma_link, vma_rb_place, vma_unlink ---- */

static void link_it(struct mm_struct *mm, struct vm_area_struct *vma)
{
	__vma_link(mm, vma, before(mm, vma->vm_start));
}

KERNEL_CHECK(the_first_vma_is_linked)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vma = make_vma(mm, any_place(), 3, VM_READ);

	link_it(mm, vma);
	EXPECT(mm->mmap == vma, "after __vma_link() of the first VMA: it is not in mm->mmap");
	EXPECT(mm->mm_rb.rb_node == &vma->vm_rb,
	       "after __vma_link() of the first VMA: it is not the root of the tree");
	expect_space(mm, "__vma_link() of the first VMA");
}

KERNEL_CHECK(vmas_are_linked_in_any_order)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[MANY];
	int i;

	random_vmas(mm, vmas);
	shuffle(vmas);
	for (i = 0; i < MANY; i++) {
		link_it(mm, vmas[i]);
		EXPECT_EQ(check_text("mm->map_count after %d times __vma_link()", i + 1),
			  mm->map_count, i + 1);
		expect_space(mm, check_text("__vma_link() of %08lx-%08lx", RANGE(vmas[i])));
	}
}

KERNEL_CHECK(a_vma_is_linked_between_others)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *low = add_vma(mm, start, 1, VM_READ), *mid;
	struct vm_area_struct *high = add_vma(mm, start + 9 * P, 1, VM_READ);

	mid = make_vma(mm, start + 4 * P, 2, VM_READ);
	__vma_link(mm, mid, low);
	EXPECT(mid->vm_prev == low && mid->vm_next == high && low->vm_next == mid &&
		       high->vm_prev == mid,
	       "after __vma_link() between two VMAs: vm_next and vm_prev do not chain the three");
	expect_space(mm, "__vma_link() between two VMAs");
}

KERNEL_CHECK(writable_mappings_of_a_file_are_counted)
{
	struct mm_struct *mm = locked_mm();
	struct file *file = shmem_file_setup("lab", 4 * P, 0);
	struct vm_area_struct *vma = make_vma(mm, any_place(), 4, VM_READ | VM_SHARED);

	EXPECT(!IS_ERR(file), "the check cannot make a file");
	vma->vm_file = get_file(file);
	link_it(mm, vma);
	EXPECT_EQ("i_mmap_writable of a file that one mapping can write",
		  file->f_mapping->i_mmap_writable, 1);
	vma = make_vma(mm, vma->vm_start + 16 * P, 4, VM_READ);
	vma->vm_file = get_file(file);
	link_it(mm, vma);
	EXPECT_EQ("i_mmap_writable, when a private mapping of the file is added",
		  file->f_mapping->i_mmap_writable, 1);
}

KERNEL_CHECK(vmas_are_unlinked_in_any_order)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[MANY];
	int i;

	random_space(mm, vmas);
	shuffle(vmas);
	for (i = 0; i < MANY; i++) {
		vma_unlink(mm, vmas[i]);
		EXPECT_EQ(check_text("mm->map_count after %d times vma_unlink()", i + 1),
			  mm->map_count, MANY - 1 - i);
		expect_space(mm, check_text("vma_unlink() of %08lx-%08lx", RANGE(vmas[i])));
	}
}

KERNEL_CHECK(an_unlinked_vma_is_not_remembered)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[MANY];

	random_space(mm, vmas);
	mm->mmap_cache = vmas[7];
	vma_unlink(mm, vmas[7]);
	EXPECT(!mm->mmap_cache,
	       "after vma_unlink(): mm->mmap_cache is still the VMA that was unlinked");
	mm->mmap_cache = vmas[3];
	vma_unlink(mm, vmas[5]);
	EXPECT(mm->mmap_cache == vmas[3], "vma_unlink() of another VMA has changed mm->mmap_cache");
}

/* ---- free room: highest_gap, lowest_gap ---- */

static void expect_rooms(bool topdown)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[MANY];
	unsigned long end, low, high;
	int i;

	expect_room(mm, 5 * P, BASE, BASE + 5 * P, topdown);
	expect_room(mm, 5 * P, BASE, BASE + 4 * P, topdown);
	random_space(mm, vmas);
	end = vmas[MANY - 1]->vm_end + 8 * P;
	for (i = 0; i < 400; i++) {
		low = check_random_page(BASE - 8 * P, end);
		high = check_random_page(low, end + P);
		expect_room(mm, (1 + check_random_below(40)) * P, low, high, topdown);
		/* a gap that just fits, and the limits at its ends */
		low = vmas[check_random_below(MANY)]->vm_end;
		high = vmas[check_random_below(MANY)]->vm_start;
		if (low < high)
			expect_room(mm, (1 + check_random_below(20)) * P, low, high, topdown);
		high = scan(mm, low) ? scan(mm, low)->vm_start : end;
		if (low < high)
			expect_room(mm, high - low, low, high, topdown);
		expect_room(mm, (1 + check_random_below(40)) * P, BASE - 8 * P, end, topdown);
	}
	expect_room(mm, P, 0, TASK_SIZE, topdown);
}

KERNEL_CHECK(the_highest_room_is_found)
{
	expect_rooms(true);
}

KERNEL_CHECK(the_lowest_room_is_found)
{
	expect_rooms(false);
}

/* Subtrees without a large enough gap are not entered: in this tree, none but the way to the one
   gap may be. */
static void expect_short_search(bool topdown)
{
	struct mm_struct *mm = locked_mm();
	struct vm_area_struct *vmas[2 * MANY];
	int i, room = check_random_below(2 * MANY);
	struct rb_node *node;

	add_vma(mm, P, (BASE >> PAGE_SHIFT) - 1, VM_READ); /* no room below BASE */
	for (i = 0; i < 2 * MANY; i++)
		vmas[i] = add_vma(mm, BASE + i * 2 * P + (i >= room ? 8 * P : 0), 1, VM_READ);
	/* a search that enters another subtree finds a VMA that seems to have much room below it */
	for (i = 0; i < 2 * MANY; i++) {
		for (node = &vmas[room]->vm_rb; node && of_node(node) != vmas[i];)
			node = rb_parent(node);
		if (!node)
			vmas[i]->vm_prev = NULL;
	}
	EXPECT_EQ(check_text("%s() with one gap that is large enough",
			     topdown ? "highest_gap" : "lowest_gap"),
		  (topdown ? unmapped_area_topdown : unmapped_area)(mm, 9 * P, BASE,
								    vmas[2 * MANY - 1]->vm_end),
		  vmas[room]->vm_start - 9 * P);
}

KERNEL_CHECK(subtrees_without_enough_room_are_passed_over)
{
	expect_short_search(true);
}

KERNEL_CHECK(the_lowest_room_too_is_found_without_detours)
{
	expect_short_search(false);
}

/* ---- can_vma_merge_before, can_vma_merge_after ---- */

KERNEL_CHECK(a_range_above_a_vma_must_match_it)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place(), pages = 2 + check_random_below(20);
	struct vm_area_struct *vma = make_vma(mm, start, pages, VM_READ);
	struct vma_merge_struct vmg;

	vmg = range_of(vma, start + pages * P, 1 + check_random_below(9), VM_READ);
	expect_match(can_vma_merge_after, "can_vma_merge_after", vma, &vmg);
}

KERNEL_CHECK(a_range_below_a_vma_must_match_it)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place(), pages = 2 + check_random_below(20);
	struct vm_area_struct *vma = make_vma(mm, start, 3, VM_READ);
	struct vma_merge_struct vmg = range_of(NULL, start - pages * P, pages, VM_READ);

	expect_match(can_vma_merge_before, "can_vma_merge_before", vma, &vmg);
}

/* ---- vma_expand ---- */

KERNEL_CHECK(a_vma_grows_into_the_room_beside_it)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *vma = add_vma(mm, start, 2, VM_READ);

	add_vma(mm, start + 9 * P, 1, VM_READ);
	add_vma(mm, start - 9 * P, 1, VM_READ);
	vma_expand(vma, start, start + 5 * P);
	expect_vma("vma_expand() by 3 pages above", vma, start, start + 5 * P);
	expect_pgoff("vma_expand() by 3 pages above", vma, start >> PAGE_SHIFT);
	expect_space(mm, "vma_expand() by 3 pages above");
	vma_expand(vma, start - 4 * P, start + 5 * P);
	expect_vma("vma_expand() by 4 pages below", vma, start - 4 * P, start + 5 * P);
	expect_pgoff("vma_expand() by 4 pages below", vma, (start >> PAGE_SHIFT) - 4);
	expect_space(mm, "vma_expand() by 4 pages below");
}

KERNEL_CHECK(the_last_vma_grows)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *vma = add_vma(mm, start, 2, VM_READ);

	vma_expand(vma, start, start + 7 * P);
	expect_space(mm, "vma_expand() of the last VMA");
}

KERNEL_CHECK(a_vma_that_grows_takes_pages_of_its_neighbours)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *vma = add_vma(mm, start, 4, VM_READ);
	struct vm_area_struct *above = add_vma(mm, start + 4 * P, 4, VM_READ);
	struct vm_area_struct *below = add_vma(mm, start - 4 * P, 4, VM_READ);

	vma_expand(vma, start, start + 6 * P);
	expect_vma("vma_expand() over 2 pages of the VMA above", above, start + 6 * P,
		   start + 8 * P);
	expect_pgoff("vma_expand() over 2 pages of it", above, (start >> PAGE_SHIFT) + 6);
	vma_expand(vma, start - P, start + 6 * P);
	expect_vma("vma_expand() over a page of the VMA below", below, start - 4 * P, start - P);
	expect_pgoff("vma_expand() over a page of it", below, (start >> PAGE_SHIFT) - 4);
	expect_space(mm, "vma_expand() over pages of both neighbours");
}

KERNEL_CHECK(a_vma_that_grows_over_others_replaces_them)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *vma = add_vma(mm, start, 2, VM_READ);

	add_vma(mm, start + 2 * P, 1, VM_READ);
	add_vma(mm, start + 3 * P, 2, VM_READ);
	add_vma(mm, start + 9 * P, 1, VM_READ);
	vma_expand(vma, start, start + 5 * P);
	expect_picture("vma_expand() over two VMAs", mm, start, 10, "[rrrrr]....[r]");
	expect_space(mm, "vma_expand() over two VMAs");
}

KERNEL_CHECK(a_file_finds_a_vma_that_has_grown)
{
	struct mm_struct *mm = locked_mm();
	struct file *file = shmem_file_setup("lab", 64 * P, 0);
	struct vm_area_struct *vma = make_vma(mm, any_place(), 4, VM_READ);
	struct address_space *mapping;

	EXPECT(!IS_ERR(file), "the check cannot make a file");
	mapping = file->f_mapping;
	vma->vm_file = get_file(file);
	vma->vm_pgoff = 10;
	link_by_hand(mm, vma);
	i_mmap_lock_write(mapping);
	vma_file_attach(vma);
	i_mmap_unlock_write(mapping);
	vma_expand(vma, vma->vm_start - 3 * P, vma->vm_end + 5 * P);
	expect_pgoff("vma_expand() by 3 pages below", vma, 7);
	EXPECT(vma_interval_tree_first(&mapping->i_mmap, 7, 7) == vma &&
		       vma_interval_tree_first(&mapping->i_mmap, 18, 18) == vma,
	       "vma_expand(): the file's tree (i_mmap) does not find the VMA by its new pages");
	EXPECT(!vma_interval_tree_first(&mapping->i_mmap, 19, 19) &&
		       !vma_interval_tree_first(&mapping->i_mmap, 6, 6),
	       "vma_expand(): the file's tree (i_mmap) finds the VMA by pages that it does not "
	       "map");
}

/* ---- vma_merge ---- */

/* Merge the middle two of six pages, of which the first two and the last two are as told. */
static struct vm_area_struct *merge(struct mm_struct *mm, unsigned long start, unsigned long below,
				    unsigned long above, const char *wanted)
{
	struct vma_merge_struct vmg = range_of(NULL, start + 2 * P, 2, VM_READ | VM_WRITE);
	struct vm_area_struct *merged;

	if (below)
		vmg.prev = add_vma(mm, start, 2, below);
	if (above)
		add_vma(mm, start + 4 * P, 2, above);
	merged = vma_merge(mm, &vmg);
	expect_picture(check_text("vma_merge() of two pages beside %s", below && above ? "two VMAs"
									: below ? "a VMA below"
										: "a VMA above"),
		       mm, start, 6, wanted);
	expect_space(mm, "vma_merge()");
	return merged;
}

KERNEL_CHECK(a_range_merges_with_what_matches)
{
	const unsigned long rw = VM_READ | VM_WRITE;
	struct vm_area_struct *vma;
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();

	vma = merge(mm, start, rw, VM_READ, "[wwww][rr]");
	expect_vma("vma_merge() with the VMA below", vma, start, start + 4 * P);
	start += 16 * P;
	vma = merge(mm, start, VM_READ, rw, "[rr][wwww]");
	expect_vma("vma_merge() with the VMA above", vma, start + 2 * P, start + 6 * P);
	expect_pgoff("vma_merge() with the VMA above", vma, (start >> PAGE_SHIFT) + 2);
	start += 16 * P;
	vma = merge(mm, start, rw, rw, "[wwwwww]");
	expect_vma("vma_merge() with both", vma, start, start + 6 * P);
}

KERNEL_CHECK(a_range_does_not_merge_with_what_differs)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vma_merge_struct vmg;

	EXPECT(!merge(mm, start, VM_READ, VM_READ, "[rr]..[rr]"),
	       "vma_merge() between two VMAs with other rights: wanted NULL");
	/* to say no is no work: the same call must also be able to merge */
	EXPECT(merge(mm, start + 16 * P, VM_READ | VM_WRITE, 0, "[wwww].."),
	       "vma_merge() with a VMA that matches: seen NULL");
	start += 32 * P;
	vmg = range_of(add_vma(mm, start, 2, VM_READ), start + 3 * P, 2, VM_READ);
	vmg.pgoff--; /* the offsets fit: what is missing is a page of the address space */
	EXPECT(!vma_merge(mm, &vmg), "vma_merge() with a VMA that does not touch the range");
	start += 32 * P;
	vmg = range_of(add_vma(mm, start, 2, VM_READ | VM_IO), start + 2 * P, 2, VM_READ | VM_IO);
	EXPECT(!vma_merge(mm, &vmg),
	       "vma_merge() has extended a driver's mapping (VM_SPECIAL), which only the driver "
	       "could fill");
}

KERNEL_CHECK(anonymous_pages_of_two_kinds_do_not_become_one_vma)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *low = add_vma(mm, start, 2, VM_READ);
	struct vm_area_struct *high = add_vma(mm, start + 4 * P, 2, VM_READ), *merged;
	struct vma_merge_struct vmg = range_of(low, start + 2 * P, 2, VM_READ);

	give_anon_vma(low);
	give_anon_vma(high);
	merged = vma_merge(mm, &vmg);
	expect_picture("vma_merge() between VMAs with two anon_vmas", mm, start, 6, "[rrrr][rr]");
	expect_vma("vma_merge() between VMAs with two anon_vmas", merged, start, start + 4 * P);
}

KERNEL_CHECK(a_part_of_a_vma_goes_to_its_neighbour)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *low = add_vma(mm, start, 2, VM_READ | VM_WRITE);
	struct vma_merge_struct vmg;

	/* the first page of this one becomes writable too */
	add_vma(mm, start + 2 * P, 3, VM_READ);
	vmg = range_of(low, start + 2 * P, 1, VM_READ | VM_WRITE);
	vma_merge(mm, &vmg);
	expect_picture("vma_merge() of the first page of the VMA above", mm, start, 5, "[www][rr]");
	/* and then the rest of it: it ends with the range, so it is no neighbour */
	vmg = range_of(low, start + 3 * P, 2, VM_READ | VM_WRITE);
	vma_merge(mm, &vmg);
	expect_picture("vma_merge() of all of the VMA above", mm, start, 5, "[wwwww]");
	expect_space(mm, "vma_merge()");
}

/* ---- __split_vma ---- */

/* Does reverse mapping look for exactly the pages of the VMA in it? */
static void expect_pages_found(const char *call, struct vm_area_struct *vma)
{
	struct rb_root *root = &vma->anon_vma->rb_root;
	unsigned long first = vma->vm_pgoff, last = first + vma_pages(vma) - 1;
	struct anon_vma_chain *avc;
	int found = 0;

	anon_vma_interval_tree_foreach(avc, root, first, last) found += avc->vma == vma;
	anon_vma_interval_tree_foreach(avc, root, last + 1, last + 1) found += avc->vma == vma;
	if (first)
		anon_vma_interval_tree_foreach(avc, root, first - 1, first - 1) found +=
			avc->vma == vma;
	EXPECT(found == 1,
	       "after %s: the tree of the anon_vma does not have %08lx-%08lx by its present pages",
	       call, RANGE(vma));
}

static void expect_halves(bool new_below)
{
	const char *call = new_below ? "__split_vma(new_below)" : "__split_vma()";
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place(), pages = 2 + check_random_below(9);
	struct vm_area_struct *vma = add_vma(mm, start, pages + 5, VM_READ), *low, *high;
	const struct anon_vma *anon;

	vma->vm_pgoff = 77;
	give_anon_vma(vma);
	anon = vma->anon_vma;
	EXPECT_EQ(call, __split_vma(mm, vma, start + pages * P, new_below), 0);
	low = mm->mmap;
	high = low->vm_next;
	EXPECT(high, "after %s: there is one VMA, %08lx-%08lx", call, RANGE(low));
	expect_vma(check_text("the part below, after %s", call), low, start, start + pages * P);
	expect_vma(check_text("the part above, after %s", call), high, start + pages * P,
		   start + (pages + 5) * P);
	expect_pgoff(call, low, 77);
	expect_pgoff(call, high, 77 + pages);
	EXPECT(vma == (new_below ? high : low), "after %s: the new VMA is the part %s", call,
	       new_below ? "above" : "below");
	EXPECT(low->vm_flags == high->vm_flags, "after %s: the parts have different vm_flags",
	       call);
	EXPECT(low->anon_vma == anon && high->anon_vma == anon,
	       "after %s: a part has lost its anon_vma", call);
	EXPECT_EQ(check_text("anon_vma->num_active_vmas after %s", call), anon->num_active_vmas, 2);
	expect_pages_found(call, low);
	expect_pages_found(call, high);
	expect_space(mm, call);
}

KERNEL_CHECK(a_vma_is_split_with_the_new_one_above)
{
	expect_halves(false);
}

KERNEL_CHECK(a_vma_is_split_with_the_new_one_below)
{
	expect_halves(true);
}

static int refuse(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static int opened;

static void count_open(struct vm_area_struct *vma)
{
	opened++;
}

KERNEL_CHECK(a_split_that_fails_changes_nothing)
{
	static const struct vm_operations_struct refusing = {.may_split = refuse};
	static const struct vm_operations_struct counting = {.open = count_open};
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *vma = add_vma(mm, start, 4, VM_READ);
	int err;

	vma->vm_ops = &refusing;
	EXPECT_EQ("__split_vma() of a VMA whose driver refuses it with -EINVAL",
		  __split_vma(mm, vma, start + P, false), -EINVAL);
	vma->vm_ops = &counting;
	fail_slab_after = 0;
	err = __split_vma(mm, vma, start + P, true);
	fail_slab_after = -1;
	EXPECT_EQ("__split_vma() without memory", err, -ENOMEM);
	expect_picture("two times __split_vma() that failed", mm, start, 4, "[rrrr]");
	expect_pgoff("__split_vma() that failed", vma, start >> PAGE_SHIFT);
	opened = 0;
	EXPECT_EQ("__split_vma() with memory", __split_vma(mm, vma, start + P, true), 0);
	EXPECT_EQ("calls of the driver's ->open for the new VMA", opened, 1);
}

KERNEL_CHECK(both_parts_of_a_file_mapping_are_found_by_the_file)
{
	struct mm_struct *mm = locked_mm();
	struct file *file = shmem_file_setup("lab", 64 * P, 0);
	struct vm_area_struct *vma = make_vma(mm, any_place(), 8, VM_READ), *first, *second;
	struct address_space *mapping;
	int files;

	EXPECT(!IS_ERR(file), "the check cannot make a file");
	mapping = file->f_mapping;
	vma->vm_file = get_file(file);
	vma->vm_pgoff = 10;
	link_by_hand(mm, vma);
	i_mmap_lock_write(mapping);
	vma_file_attach(vma);
	i_mmap_unlock_write(mapping);
	files = file->f_count;
	EXPECT_EQ("__split_vma()", __split_vma(mm, vma, vma->vm_start + 3 * P, false), 0);
	EXPECT_EQ("references to the file that a second mapping adds", file->f_count - files, 1);
	first = vma_interval_tree_first(&mapping->i_mmap, 12, 12);
	second = vma_interval_tree_first(&mapping->i_mmap, 13, 13);
	EXPECT(first == vma,
	       "after __split_vma(): the file's tree (i_mmap) does not find the part below");
	EXPECT(second && second == vma->vm_next,
	       "after __split_vma(): the file's tree (i_mmap) does not find the part above");
}

/* ---- vma_modify_flags ---- */

static struct vm_area_struct *modify(struct mm_struct *mm, unsigned long start, int first,
				     int pages)
{
	struct vma_part part = {.start = start + first * P, .end = start + (first + pages) * P};
	struct vm_area_struct *vma;

	part.vma = scan(mm, part.start);
	part.prev = before(mm, part.start);
	vma = vma_modify_flags(&part, VM_READ | VM_WRITE | MAY);
	if (!IS_ERR(vma))
		vma->vm_flags = VM_READ | VM_WRITE | MAY;
	return vma;
}

KERNEL_CHECK(a_change_of_rights_splits_at_the_ends_of_the_range)
{
	static const struct {
		int first, pages;
		const char *wanted, *call;
	} parts[] = {
		{0, 6, "[wwwwww]", "vma_modify_flags() of all"},
		{0, 2, "[ww][rrrr]", "vma_modify_flags() of the head"},
		{4, 2, "[rrrr][ww]", "vma_modify_flags() of the tail"},
		{2, 3, "[rr][www][r]", "vma_modify_flags() of the middle"},
	};
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *vma;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++, start += 16 * P) {
		add_vma(mm, start, 6, VM_READ);
		vma = modify(mm, start, parts[i].first, parts[i].pages);
		expect_vma(parts[i].call, vma, start + parts[i].first * P,
			   start + (parts[i].first + parts[i].pages) * P);
		expect_picture(parts[i].call, mm, start, 6, parts[i].wanted);
		expect_space(mm, parts[i].call);
	}
}

KERNEL_CHECK(a_change_of_rights_joins_the_neighbour_that_has_them)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();

	add_vma(mm, start, 2, VM_READ | VM_WRITE);
	add_vma(mm, start + 2 * P, 4, VM_READ);
	add_vma(mm, start + 6 * P, 2, VM_READ | VM_WRITE);
	expect_vma("vma_modify_flags() of a page beside a VMA that has the flags",
		   modify(mm, start, 2, 1), start, start + 3 * P);
	expect_picture("vma_modify_flags() of page 2", mm, start, 8, "[www][rrr][ww]");
	expect_vma("vma_modify_flags() of a page beside a VMA above", modify(mm, start, 5, 1),
		   start + 5 * P, start + 8 * P);
	expect_picture("vma_modify_flags() of page 5", mm, start, 8, "[www][rr][www]");
	modify(mm, start, 3, 2);
	expect_picture("vma_modify_flags() of pages 3 and 4", mm, start, 8, "[wwwwwwww]");
	expect_space(mm, "vma_modify_flags()");
}

KERNEL_CHECK(too_many_mappings_stop_a_split_and_no_merge)
{
	struct mm_struct *mm = locked_mm();
	unsigned long start = any_place();
	struct vm_area_struct *vma;
	int most = sysctl_max_map_count;

	add_vma(mm, start, 2, VM_READ | VM_WRITE);
	add_vma(mm, start + 2 * P, 4, VM_READ);
	sysctl_max_map_count = 2;
	vma = modify(mm, start, 3, 1);
	sysctl_max_map_count = most;
	EXPECT(IS_ERR(vma), "vma_modify_flags() that must split, with as many VMAs as there may "
			    "be: wanted -ENOMEM, seen a VMA");
	EXPECT_EQ("vma_modify_flags() that must split, with as many VMAs as there may be",
		  PTR_ERR(vma), -ENOMEM);
	expect_picture("vma_modify_flags() that failed", mm, start, 6, "[ww][rrrr]");
	sysctl_max_map_count = 2;
	vma = modify(mm, start, 2, 1);
	sysctl_max_map_count = most;
	EXPECT(!IS_ERR(vma),
	       "vma_modify_flags() that only merges: wanted a VMA, seen the error %ld",
	       PTR_ERR(vma));
	expect_picture("vma_modify_flags() that only merges", mm, start, 6, "[www][rrr]");
}

/* ---- all of them ---- */

KERNEL_CHECK(random_calls_leave_list_and_tree_in_order)
{
	struct mm_struct *mm = check_mm();
	int i;

	for (i = 0; i < 300; i++) {
		unsigned long start = BASE + check_random_below(32) * P;
		unsigned long len = (1 + check_random_below(8)) * P;
		unsigned long prot = check_random_below(2) ? PROT_READ : PROT_READ | PROT_WRITE;
		u32 what = check_random_below(3);

		if (what == 0)
			vm_munmap(start, len);
		else if (what == 1)
			do_mprotect(start, len, prot);
		else
			vm_mmap(NULL, start, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
		check_all(mm);
	}
	vm_munmap(BASE, 64 * P);
	EXPECT_EQ("mm->map_count when all is unmapped", mm->map_count, 0);
	check_exit_mm();
}
