/*
 * Lab 6, copy-on-write: checks that the kernel runs on itself.
 *
 * The write fault is called with entries that are made by hand, as fork would leave them. fork's
 * copy goes into an address space that is made for it, so that no program is needed.
 */
#include "kernel/checks/pages.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/gfp.h"
#include "mm/reclaim/memory_failure.h"

/* An anonymous VMA of so many pages in the thread's address space. */
static struct vm_area_struct *anon_vma_of(struct mm_struct *mm, unsigned long pages, int prot)
{
	return check_map(mm, NULL, check_room(pages), pages, prot, MAP_PRIVATE, 0);
}

/* A page full of 'o' that fork has shared: its entry is read-only, and there is a reference for the
   entry of a child. */
static struct page *map_shared_page(struct vm_area_struct *vma, unsigned long addr)
{
	struct page *page = check_map_page(vma, addr, PAGE_READONLY, 'o');

	ClearPageAnonExclusive(page);
	get_page(page);
	page_dup_rmap(page);
	return page;
}

/* The page that the entry maps now: a copy of `old`, not counted by others. */
static struct page *expect_copy(struct vm_area_struct *vma, unsigned long addr, struct page *old,
				unsigned char byte)
{
	pte_t entry = check_entry(vma->vm_mm, addr);
	struct page *new = vm_normal_page(entry);

	EXPECT(new, "the entry of %#lx is %#llx: no page is present", addr, (u64)pte_val(entry));
	EXPECT(new != old, "the page at %#lx was not copied", addr);
	EXPECT(check_filled(new, byte), "the copy does not hold what the page holds");
	EXPECT(PageAnon(new) && vma->anon_vma, "the copy has no anon_vma");
	EXPECT_EQ("page_count() of the copy", page_count(new), 1);
	EXPECT_EQ("page_mapcount() of the copy", page_mapcount(new), 1);
	return new;
}

/* The entry still maps the page. */
static void expect_same(struct mm_struct *mm, unsigned long addr, struct page *page,
			const char *why)
{
	EXPECT(vm_normal_page(check_entry(mm, addr)) == page, "the page at %#lx was copied, but %s",
	       addr, why);
}

/* ---- cow.c: wp_page_reuse ---- */

KERNEL_CHECK(an_entry_becomes_writable_without_a_copy)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *page = check_map_page(vma, addr, PAGE_READONLY, 'o');
	struct vm_fault vmf;

	check_set_entry(mm, addr, pte_mkold(mk_pte(page, PAGE_READONLY)));
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	check_result("wp_page_reuse()", check_call(wp_page_reuse, &vmf), 0);
	check_maps(mm, addr, page, true);
	EXPECT(pte_dirty(check_entry(mm, addr)), "the entry is not dirty");
	EXPECT(pte_young(check_entry(mm, addr)), "the accessed bit of the entry is not set");
	EXPECT_EQ("page_count() of the page", page_count(page), 1);
}

KERNEL_CHECK(a_slower_reuse_changes_nothing)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *page = check_map_page(vma, addr, PAGE_READONLY, 'o');
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);

	check_set_entry(mm, addr, pte_mkold(mk_pte(page, PAGE_READONLY))); /* another thread */
	check_result("wp_page_reuse(), and another thread was faster",
		     check_call(wp_page_reuse, &vmf), VM_FAULT_NOPAGE);
	check_maps(mm, addr, page, false);
}

KERNEL_CHECK(a_forced_write_gives_no_right)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, PROT_READ);
	unsigned long addr = vma->vm_start;
	struct page *page = check_map_page(vma, addr, PAGE_READONLY, 'o');
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE); /* as ptrace's */

	check_result("wp_page_reuse() in a mapping with PROT_READ", check_call(wp_page_reuse, &vmf),
		     0);
	check_maps(mm, addr, page, false);
	EXPECT(pte_dirty(check_entry(mm, addr)), "the entry is not dirty");
}

/* ---- cow.c: do_wp_page, anon_page_is_ours, wp_page_copy ---- */

KERNEL_CHECK(the_last_owner_copies_nothing)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *page = check_map_page(vma, addr, PAGE_READONLY, 'o');
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);

	ClearPageAnonExclusive(page); /* fork has shared it, and the child is gone */
	check_result("do_wp_page(), page_count() is 1", check_call(do_wp_page, &vmf), 0);
	expect_same(mm, addr, page, "nobody else has it");
	check_maps(mm, addr, page, true);
	EXPECT(PageAnonExclusive(page), "the page is not exclusive again");
	check_rss(mm, MM_ANONPAGES, 1);
}

KERNEL_CHECK(an_exclusive_page_is_not_copied)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *page = check_map_page(vma, addr, PAGE_READONLY, 'o');
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);

	get_page(page); /* a reference of the kernel, not of a child */
	check_result("do_wp_page(), the page is exclusive", check_call(do_wp_page, &vmf), 0);
	expect_same(mm, addr, page, "it is exclusive, and the other reference is the kernel's");
	check_maps(mm, addr, page, true);
	EXPECT_EQ("page_count() of the page", page_count(page), 2);
}

KERNEL_CHECK(a_page_of_two_owners_is_copied)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 2, CHECK_RW);
	unsigned long addr = vma->vm_start + PAGE_SIZE;
	struct page *old = map_shared_page(vma, addr), *new;
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);

	check_result("do_wp_page(), page_count() is 2", check_call(do_wp_page, &vmf), 0);
	new = expect_copy(vma, addr, old, 'o');
	check_maps(mm, addr, new, true);
	EXPECT(pte_dirty(check_entry(mm, addr)), "the entry of the copy is not dirty");
	EXPECT_EQ("page_count() of the old page", page_count(old), 1);
	EXPECT_EQ("page_mapcount() of the old page", page_mapcount(old), 1);
	EXPECT(!PageAnonExclusive(old), "the old page became exclusive, and the child has it");
	check_rss(mm, MM_ANONPAGES, 1);
	EXPECT_EQ("the byte that the program reads", check_read(addr), 'o');
	check_fill(new, 'n');
	EXPECT_EQ("the byte that the program reads after its page changed", check_read(addr), 'n');
}

KERNEL_CHECK(a_page_of_a_file_is_copied)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(3);
	unsigned long addr = check_room(3) + PAGE_SIZE;
	struct vm_area_struct *vma =
		check_map(mm, file, addr - PAGE_SIZE, 3, CHECK_RW, MAP_PRIVATE, 0);
	struct page *old = check_file_page(file, 1);
	int count = page_count(old);
	struct vm_fault vmf;

	check_result("handle_mm_fault() for a read", check_handle(vma, addr, 0), 0);
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	check_result("do_wp_page(), a private page of a file", check_call(do_wp_page, &vmf), 0);
	check_maps(mm, addr, expect_copy(vma, addr, old, check_byte(1)), true);
	EXPECT(check_filled(old, check_byte(1)), "the page of the file has changed");
	EXPECT_EQ("page_count() of the page of the file", page_count(old), count);
	check_rss(mm, MM_ANONPAGES, 1);
}

/* Nobody maps it but we, and only our entry holds it; yet it is no anonymous page. */
KERNEL_CHECK(a_page_that_is_not_anonymous_is_never_ours)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *old = alloc_page(GFP_HIGHUSER_MOVABLE);
	struct vm_fault vmf;

	check_fill(old, 'f');
	check_set_entry(mm, addr, mk_pte(old, PAGE_READONLY));
	spin_lock(&mm->page_table_lock);
	page_add_file_rmap(old, vma);
	add_mm_counter(mm, MM_FILEPAGES, 1);
	spin_unlock(&mm->page_table_lock);
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	check_result("do_wp_page(), a page that is not anonymous", check_call(do_wp_page, &vmf), 0);
	EXPECT(vm_normal_page(check_entry(mm, addr)) != old,
	       "a page that is not anonymous became writable without a copy");
}

KERNEL_CHECK(the_page_of_zeros_is_replaced)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct vm_fault vmf;
	struct page *new;

	check_set_entry(mm, addr, pte_mkspecial(pfn_pte(zero_pfn, PAGE_READONLY)));
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	check_soil_memory();
	check_result("do_wp_page(), the zero page", check_call(do_wp_page, &vmf), 0);
	new = expect_copy(vma, addr, pfn_to_page(zero_pfn), 0);
	check_maps(mm, addr, new, true);
	check_rss(mm, MM_ANONPAGES, 1);
}

/* Another thread, played by the check, has put its copy into the entry since the fault looked. */
KERNEL_CHECK(a_slower_copy_changes_nothing)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start, free;
	struct page *old = map_shared_page(vma, addr), *other;
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);

	other = check_map_page(vma, addr, PAGE_SHARED, 'x');
	free = nr_free_pages();
	check_result("do_wp_page(), and another thread was faster",
		     check_call(do_wp_page, &vmf) & ~VM_FAULT_NOPAGE, 0);
	check_maps(mm, addr, other, true);
	EXPECT_EQ("page_count() of the old page, which had 2", page_count(old), 2);
	EXPECT_EQ("nr_free_pages() afterwards: the copy is given back", nr_free_pages(), free);
}

KERNEL_CHECK(a_copy_without_memory)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *old = map_shared_page(vma, addr);
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	vm_fault_t ret;

	fail_page_alloc_after = 0;
	ret = check_call(do_wp_page, &vmf);
	fail_page_alloc_after = -1;
	check_result("do_wp_page() without memory", ret, VM_FAULT_OOM);
	check_maps(mm, addr, old, false);
	EXPECT_EQ("page_count() of the old page, which had 2", page_count(old), 2);
}

static int asked;

static vm_fault_t refuse_write(struct vm_fault *vmf)
{
	asked++;
	return VM_FAULT_OOM;
}

KERNEL_CHECK(a_write_to_a_shared_page_is_for_the_file)
{
	static const struct vm_operations_struct ops = {.page_mkwrite = refuse_write};
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(1);
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, file, addr, 1, CHECK_RW, MAP_SHARED, 0);
	struct page *page = check_file_page(file, 0);
	struct vm_fault vmf;

	vma->vm_ops = &ops;
	check_set_entry(mm, addr, mk_pte(page, PAGE_READONLY));
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	asked = 0;
	check_result("do_wp_page() in a shared mapping, the file has no memory",
		     check_call(do_wp_page, &vmf), VM_FAULT_OOM);
	EXPECT(asked == 1, "the file was asked %d times (page_mkwrite), not once", asked);
	check_maps(mm, addr, page, false);
}

KERNEL_CHECK(a_shared_mapping_is_never_copied)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(1);
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, file, addr, 1, CHECK_RW, MAP_SHARED, 0);
	struct page *page = check_file_page(file, 0);
	struct vm_fault vmf;

	check_result("handle_mm_fault() for a read", check_handle(vma, addr, 0), 0);
	check_set_entry(mm, addr, mk_pte(page, PAGE_READONLY));
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	check_result("do_wp_page() in a shared mapping", check_call(do_wp_page, &vmf), 0);
	expect_same(mm, addr, page, "the mapping is shared");
	check_maps(mm, addr, page, true);
}

/* ---- cow.c: do_unshare_page ---- */

KERNEL_CHECK(a_pin_gets_a_page_of_its_own)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *old = map_shared_page(vma, addr), *new;
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_UNSHARE);

	check_result("do_unshare_page() of a page that fork shares",
		     check_call(do_unshare_page, &vmf), 0);
	new = expect_copy(vma, addr, old, 'o');
	check_maps(mm, addr, new, false);
	EXPECT(PageAnonExclusive(new), "the copy is not exclusive");
	EXPECT_EQ("page_count() of the old page", page_count(old), 1);
}

KERNEL_CHECK(a_pin_of_an_own_page_copies_nothing)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *page = check_map_page(vma, addr, PAGE_READONLY, 'o');
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_UNSHARE);

	check_result("do_unshare_page() of an exclusive page", check_call(do_unshare_page, &vmf),
		     0);
	expect_same(mm, addr, page, "it is exclusive");
	check_maps(mm, addr, page, false);
}

KERNEL_CHECK(a_pin_leaves_other_pages_alone)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(1);
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, file, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *page = check_file_page(file, 0);
	struct vm_fault vmf;

	check_set_entry(mm, addr, pte_mkspecial(pfn_pte(zero_pfn, PAGE_READONLY)));
	vmf = check_fault(vma, addr, FAULT_FLAG_UNSHARE);
	check_result("do_unshare_page() of the zero page", check_call(do_unshare_page, &vmf), 0);
	EXPECT_EQ("the frame afterwards", pte_pfn(check_entry(mm, addr)), zero_pfn);
	check_set_entry(mm, addr, mk_pte(page, PAGE_READONLY));
	vmf = check_fault(vma, addr, FAULT_FLAG_UNSHARE);
	check_result("do_unshare_page() of a page of a file", check_call(do_unshare_page, &vmf), 0);
	check_maps(mm, addr, page, false);
}

/* ---- copy.c ---- */

/* A child: an empty address space beside the thread's own. */
static struct mm_struct *new_child(const struct mm_struct *parent)
{
	struct mm_struct *mm = mm_alloc();

	EXPECT(mm, "the check had no memory for an address space");
	mm->mmap_base = parent->mmap_base;
	mm->total_vm = parent->total_vm; /* fork copies the accounts: see dup_mm() */
	mm->data_vm = parent->data_vm;
	mm->exec_vm = parent->exec_vm;
	mm->stack_vm = parent->stack_vm;
	return mm;
}

/* copy_page_range() to a VMA of the same range in a new address space. => that VMA. */
static struct vm_area_struct *copy_to_child(struct vm_area_struct *src)
{
	struct mm_struct *mm = src->vm_mm, *child = new_child(mm);
	struct vm_area_struct *dst;
	int err;

	down_write(&mm->mmap_sem);
	down_write(&child->mmap_sem);
	dst = vm_area_dup(src);
	EXPECT(dst, "the check had no memory for a VMA");
	dst->vm_mm = child;
	vma_link(child, dst, NULL);
	err = copy_page_range(dst, src);
	up_write(&child->mmap_sem);
	up_write(&mm->mmap_sem);
	EXPECT_EQ("copy_page_range()", err, 0);
	return dst;
}

KERNEL_CHECK(a_private_page_is_shared_read_only)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 3, CHECK_RW), *dst;
	unsigned long addr = vma->vm_start + PAGE_SIZE;
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'o');

	dst = copy_to_child(vma);
	EXPECT(pte_present(check_entry(dst->vm_mm, addr)),
	       "copy_page_range(): the child has no entry for the parent's page");
	check_maps(dst->vm_mm, addr, page, false);
	check_maps(mm, addr, page, false);
	EXPECT_EQ("page_count(), parent and child", page_count(page), 2);
	EXPECT_EQ("page_mapcount(), parent and child", page_mapcount(page), 2);
	EXPECT(!PageAnonExclusive(page), "the page is still exclusive to the parent");
	check_rss(mm, MM_ANONPAGES, 1);
	EXPECT_EQ("rss_stat[MM_ANONPAGES] of the child", dst->vm_mm->rss_stat[MM_ANONPAGES], 1);
	EXPECT(pte_none(check_entry(dst->vm_mm, addr - PAGE_SIZE)),
	       "the child has an entry where the parent has none");
}

KERNEL_CHECK(the_childs_entry_is_dirty_and_old)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW), *dst;
	unsigned long addr = vma->vm_start;
	pte_t entry;

	check_map_page(vma, addr, PAGE_SHARED, 'o');
	dst = copy_to_child(vma);
	entry = check_entry(dst->vm_mm, addr);
	EXPECT(pte_present(entry), "the child has no entry for the parent's page");
	EXPECT(pte_dirty(entry), "the child's entry of a private page lost its dirty bit");
	EXPECT(!pte_young(entry), "the accessed bit is set, but the child has not used the page");
	EXPECT(pte_young(check_entry(mm, addr)), "the parent's entry lost its accessed bit");
}

/* A driver's mapping: frames that do not count their mappings, here also with one that does. */
KERNEL_CHECK(a_shared_page_stays_writable)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(1);
	unsigned long addr = check_room(2);
	struct vm_area_struct *vma = check_map(mm, file, addr, 2, CHECK_RW, MAP_SHARED, 0), *dst;
	pte_t frame = pte_mkdirty(pte_mkspecial(pfn_pte(zero_pfn, PAGE_SHARED))), entry;

	vma->vm_flags |= VM_MIXEDMAP;
	check_set_entry(mm, addr, frame);
	dst = copy_to_child(vma);
	entry = check_entry(dst->vm_mm, addr);
	EXPECT(pte_present(entry), "the child has no entry for the frame that a driver mapped");
	EXPECT_EQ("the frame in the child's entry", pte_pfn(entry), zero_pfn);
	EXPECT(pte_write(entry), "the child's entry in a shared mapping is not writable");
	EXPECT(!pte_dirty(entry), "the child's entry is dirty, but the child has not written");
	EXPECT_EQ("the parent's entry in a shared mapping", pte_val(check_entry(mm, addr)),
		  pte_val(frame));
	EXPECT_EQ("get_mm_rss() of the child: the frame is not counted", get_mm_rss(dst->vm_mm), 0);
}

KERNEL_CHECK(a_poisoned_entry_is_copied_as_it_is)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 2, CHECK_RW), *dst;
	unsigned long addr = vma->vm_start;
	pte_t entry = mk_hwpoison_pte(alloc_page(GFP_HIGHUSER_MOVABLE));

	check_map_page(vma, addr + PAGE_SIZE, PAGE_SHARED, 'o'); /* the VMA has an anon_vma */
	check_set_entry(mm, addr, entry);
	dst = copy_to_child(vma);
	EXPECT_EQ("the child's entry of a poisoned page", pte_val(check_entry(dst->vm_mm, addr)),
		  pte_val(entry));
	EXPECT_EQ("rss_stat[MM_ANONPAGES] of the child", dst->vm_mm->rss_stat[MM_ANONPAGES], 1);
}

KERNEL_CHECK(what_a_fault_finds_again_is_not_copied)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(2);
	unsigned long addr = check_room(2);
	struct vm_area_struct *vma = check_map(mm, file, addr, 2, CHECK_RW, MAP_PRIVATE, 0), *dst;
	struct vm_area_struct *anon =
		check_map(mm, NULL, addr + PMD_SIZE, 1, CHECK_RW, MAP_PRIVATE, 0);

	check_map_page(anon, anon->vm_start, PAGE_SHARED, 'o');
	dst = copy_to_child(anon);
	EXPECT_EQ("pgtables_bytes of a child that gets an anonymous page",
		  dst->vm_mm->pgtables_bytes, PAGE_SIZE);
	check_result("handle_mm_fault() for a read", check_handle(vma, addr, 0), 0);
	dst = copy_to_child(vma);
	EXPECT(pte_none(check_entry(dst->vm_mm, addr)),
	       "the entry of a page of a file was copied: a fault of the child finds it again");
	EXPECT_EQ("pgtables_bytes of the child", dst->vm_mm->pgtables_bytes, 0);
}

KERNEL_CHECK(what_no_fault_finds_again_is_copied)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(2);
	unsigned long addr = check_room(2);
	struct vm_area_struct *vma = check_map(mm, file, addr, 2, CHECK_RW, MAP_PRIVATE, 0), *dst;
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'p');

	dst = copy_to_child(vma);
	EXPECT(vm_normal_page(check_entry(dst->vm_mm, addr)) == page,
	       "the entry of an anonymous page of a private file mapping was not copied");
	for (int i = 0; i < 2; i++) {
		vma = check_map(mm, file, addr + (i + 1) * PMD_SIZE, 1, CHECK_RW, MAP_SHARED, 0);
		vma->vm_flags |= i ? VM_MIXEDMAP : VM_PFNMAP;
		check_set_entry(mm, vma->vm_start, pte_mkspecial(pfn_pte(zero_pfn, PAGE_SHARED)));
		dst = copy_to_child(vma);
		EXPECT(pte_present(check_entry(dst->vm_mm, dst->vm_start)),
		       "the entry of a frame that a driver mapped (%s) was not copied",
		       i ? "VM_MIXEDMAP" : "VM_PFNMAP");
	}
}

/* ---- fork.c ---- */

/* dup_mmap() to the child. */
static int dup(struct mm_struct *child, struct mm_struct *mm)
{
	int err;

	down_write(&mm->mmap_sem);
	down_write(&child->mmap_sem);
	err = dup_mmap(child, mm);
	up_write(&child->mmap_sem);
	up_write(&mm->mmap_sem);
	return err;
}

static struct mm_struct *fork_mm(struct mm_struct *mm)
{
	struct mm_struct *child = new_child(mm);

	EXPECT_EQ("dup_mmap(child, mm)", dup(child, mm), 0);
	return child;
}

/* The child's VMA of the same range. */
static struct vm_area_struct *vma_of_child(struct mm_struct *child,
					   const struct vm_area_struct *vma)
{
	struct vm_area_struct *found;

	down_read(&child->mmap_sem);
	found = vma_lookup(child, vma->vm_start);
	up_read(&child->mmap_sem);
	EXPECT(found, "the child has no VMA at %#lx", vma->vm_start);
	EXPECT_EQ("vm_start of the child's VMA", found->vm_start, vma->vm_start);
	EXPECT_EQ("vm_end of the child's VMA", found->vm_end, vma->vm_end);
	return found;
}

KERNEL_CHECK(each_mapping_is_copied)
{
	struct mm_struct *mm = check_mm(), *child;
	struct file *file = check_file(4);
	long count = file->f_count;
	struct vm_area_struct *vma, *copy;

	for (int i = 0; i < 8; i++)
		check_map(mm, i % 2 ? file : NULL,
			  0x10000000 + i * 0x1000000 + check_random_below(100) * PAGE_SIZE,
			  1 + check_random_below(3), i % 3 ? CHECK_RW : PROT_READ,
			  i % 4 == 3 ? MAP_SHARED : MAP_PRIVATE, i % 2);
	child = fork_mm(mm);
	EXPECT_EQ("map_count of the child", child->map_count, mm->map_count);
	for (vma = mm->mmap, copy = child->mmap; vma; vma = vma->vm_next, copy = copy->vm_next) {
		EXPECT(copy && copy == vma_of_child(child, vma),
		       "list and tree of the child disagree at %#lx", vma->vm_start);
		EXPECT(copy->vm_mm == child, "vm_mm of the child's VMA is not the child");
		EXPECT_EQ("vm_flags of the child's VMA", copy->vm_flags, vma->vm_flags);
		EXPECT_EQ("vm_pgoff of the child's VMA", copy->vm_pgoff, vma->vm_pgoff);
		EXPECT(copy->vm_file == vma->vm_file, "the child's VMA maps another file");
	}
	EXPECT_EQ("references to the file: the check's, and one for each of the 8 VMAs of it",
		  file->f_count, count + 8);
	down_read(&child->mmap_sem);
	mm_check(child);
	up_read(&child->mmap_sem);
}

KERNEL_CHECK(a_mapping_not_to_be_copied_is_left_out)
{
	struct mm_struct *mm = check_mm(), *child;
	unsigned long pages = 0;

	for (unsigned long addr = 0x10000000; addr < 0x40000000; addr += 0x10000000) {
		unsigned long n = 1 + check_random_below(9);

		check_map(mm, NULL, addr, n, CHECK_RW, MAP_PRIVATE, 0)->vm_flags |= VM_DONTCOPY;
		pages += n;
	}
	child = new_child(mm);
	EXPECT_EQ("dup_mmap(child, mm), all mappings have VM_DONTCOPY", dup(child, mm), 0);
	EXPECT_EQ("map_count of the child", child->map_count, 0);
	EXPECT_EQ("total_vm of the child", child->total_vm, mm->total_vm - pages);
	EXPECT_EQ("data_vm of the child", child->data_vm, mm->data_vm - pages);
}

KERNEL_CHECK(a_mapping_to_be_wiped_is_empty)
{
	struct mm_struct *mm = check_mm(), *child;
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW), *copy;
	struct page *page = check_map_page(vma, vma->vm_start, PAGE_SHARED, 'o');

	vma->vm_flags |= VM_WIPEONFORK;
	child = fork_mm(mm);
	copy = vma_of_child(child, vma);
	EXPECT(pte_none(check_entry(child, vma->vm_start)),
	       "the child has a page in a mapping with VM_WIPEONFORK");
	EXPECT(!copy->anon_vma, "the child's mapping has an anon_vma, but no page");
	EXPECT_EQ("page_count() of the parent's page", page_count(page), 1);
	check_maps(mm, vma->vm_start, page, true);
}

KERNEL_CHECK(locks_are_not_inherited)
{
	struct mm_struct *mm = check_mm(), *child;
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);

	vma->vm_flags |= VM_LOCKED | VM_LOCKONFAULT;
	child = fork_mm(mm);
	EXPECT_EQ("VM_LOCKED and VM_LOCKONFAULT in the child",
		  vma_of_child(child, vma)->vm_flags & VM_LOCKED_MASK, 0);
	EXPECT_EQ("VM_LOCKED and VM_LOCKONFAULT in the parent", vma->vm_flags & VM_LOCKED_MASK,
		  VM_LOCKED | VM_LOCKONFAULT);
}

KERNEL_CHECK(the_child_has_an_anon_vma_of_its_own)
{
	struct mm_struct *mm = check_mm(), *child;
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW), *copy;

	check_map_page(vma, vma->vm_start, PAGE_SHARED, 'o');
	child = fork_mm(mm);
	copy = vma_of_child(child, vma);
	EXPECT(copy->anon_vma, "the child's VMA has pages, but no anon_vma");
	EXPECT(copy->anon_vma != vma->anon_vma, "the child's VMA has the parent's anon_vma");
	EXPECT(!list_empty(&copy->anon_vma_chain) && !list_is_singular(&copy->anon_vma_chain),
	       "the child's VMA is not linked to the anon_vma of the pages that it shares");
}

static int opened;

static void count_open(struct vm_area_struct *vma)
{
	opened++;
}

KERNEL_CHECK(the_driver_is_told_of_the_copy)
{
	static const struct vm_operations_struct ops = {.open = count_open};
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);

	vma->vm_ops = &ops;
	opened = 0;
	fork_mm(mm);
	EXPECT_EQ("calls of vm_ops->open() for the copy of one VMA", opened, 1);
}

KERNEL_CHECK(the_childs_memory_is_promised)
{
	struct mm_struct *mm = check_mm();
	unsigned long pages = 1 + check_random_below(50);
	long before;

	anon_vma_of(mm, pages, CHECK_RW);
	check_map(mm, NULL, 0x70000000, 3, PROT_READ, MAP_PRIVATE, 0); /* nothing to promise */
	before = vm_memory_committed();
	fork_mm(mm);
	EXPECT_EQ("vm_memory_committed(): pages promised to the child",
		  vm_memory_committed() - before, pages);
}

/* An old translation would let the parent write. */
KERNEL_CHECK(the_parents_translations_are_flushed)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_vma_of(mm, 1, CHECK_RW);
	unsigned char __user *byte = (unsigned char __user *)vma->vm_start;
	long err;

	check_map_page(vma, vma->vm_start, PAGE_SHARED, 'o');
	EXPECT_EQ("a write of the parent before fork", put_user('p', byte), 0);
	fork_mm(mm);
	pagefault_disable();
	err = put_user('q', byte);
	pagefault_enable();
	EXPECT(err, "after fork the parent still writes to the shared page without a fault: %s",
	       pte_write(check_entry(mm, vma->vm_start)) ? "its entry is writable"
							 : "the old translation is in the TLB");
}

KERNEL_CHECK(a_fork_that_fails_takes_back_everything)
{
	struct mm_struct *mm = check_mm(), *child = new_child(mm);
	struct vm_area_struct *vma = anon_vma_of(mm, 2, CHECK_RW);
	unsigned char __user *byte = (unsigned char __user *)vma->vm_start;
	struct page *page = check_map_page(vma, vma->vm_start, PAGE_SHARED, 'o');
	long before = vm_memory_committed(), err;

	child->total_vm = mm->total_vm;
	child->data_vm = mm->data_vm;
	mmput(fork_mm(mm)); /* with memory it works, and goes */
	check_set_entry(mm, vma->vm_start, mk_pte(page, PAGE_SHARED));
	EXPECT_EQ("a write of the parent before fork", put_user('p', byte), 0);
	drain_all_stocks();
	fail_page_alloc_after = 0; /* there is none for the child's page table */
	err = dup(child, mm);
	fail_page_alloc_after = -1;
	EXPECT_EQ("dup_mmap() without memory for a page table", err, -ENOMEM);
	mmput(child);
	EXPECT_EQ("page_count() of the parent's page", page_count(page), 1);
	EXPECT(vm_memory_committed() == before,
	       "after the failed fork %ld pages are promised, before it %ld", vm_memory_committed(),
	       before);
}
