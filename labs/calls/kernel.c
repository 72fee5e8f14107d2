/*
 * Lab 3, brk, mmap, munmap and mprotect: the checks that the kernel runs on itself.
 *
 * Mappings are made by hand (put_vma), so that a function is checked with as little help from the
 * others as possible. kernel/checks/mappings.h explains the pictures, such as "[ww][r]..".
 */
#include "kernel/checks/mappings.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/err.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/calls.h"
#include "mm/shmem.h"
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/resource.h>

#define TABLE_BYTES (4UL << 20) /* what one page table maps */
#define ANON	    (MAP_PRIVATE | MAP_ANONYMOUS)
#define PROT_RW	    (PROT_READ | PROT_WRITE)
#define NOT_CHARGED (VM_READ | VM_WRITE | MAY) /* what mmap_region is asked for */

/* ---- the calls, each with the lock that it wants ---- */

#define ROOM(MM, LEN, ALIGN)   WITH_LOCK(MM, vm_unmapped_area(MM, LEN, ALIGN))
#define IS_FREE(MM, ADDR, LEN) WITH_LOCK(MM, area_is_free(MM, ADDR, LEN))

static unsigned long region(struct mm_struct *mm, unsigned long addr, unsigned long pages,
			    unsigned long flags)
{
	return WITH_LOCK(mm, mmap_region(NULL, addr, pages * P, flags, addr >> PAGE_SHIFT));
}

static void expect_region(struct mm_struct *mm, unsigned long addr, unsigned long pages,
			  unsigned long flags)
{
	EXPECT_EQ(check_text("mmap_region() of %lu pages, %s", pages, flag_names(flags)),
		  region(mm, addr, pages, flags), addr);
}

static void protect(unsigned long start, unsigned long len, unsigned long prot)
{
	EXPECT_EQ(check_text("do_mprotect(%s%s) of %lu pages",
			     prot & PROT_READ ? "PROT_READ" : "PROT_NONE",
			     prot & PROT_WRITE ? "|PROT_WRITE" : "", PAGE_ALIGN(len) >> PAGE_SHIFT),
		  do_mprotect(start, len, prot), 0);
}

static unsigned long map_file(struct file *file, unsigned long addr, unsigned long len,
			      unsigned long prot, unsigned long flags, unsigned long pgoff)
{
	return WITH_LOCK(current->mm, do_mmap(file, addr, len, prot, flags, pgoff));
}

static unsigned long map(unsigned long addr, unsigned long len, unsigned long prot,
			 unsigned long flags)
{
	return map_file(NULL, addr, len, prot, flags, 0);
}

static int unmap(struct mm_struct *mm, unsigned long start, unsigned long len)
{
	return WITH_LOCK(mm, do_munmap(mm, start, len));
}

/* ---- count_vma_pages_range ---- */

KERNEL_CHECK(mapped_pages_are_counted)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	bool mapped[PICTURE_PAGES] = {0};
	int i;

	put_vma(mm, p + 2 * P, 3, VM_READ);
	put_vma(mm, p + 5 * P, 2, RW);
	put_vma(mm, p + 11 * P, 6, VM_READ);
	put_vma(mm, p + 20 * P, 1, RW);
	for (i = 0; i < PICTURE_PAGES; i++)
		mapped[i] = vma_at(mm, p + i * P);
	for (i = 0; i < 100; i++) {
		int first = check_random_below(PICTURE_PAGES), wanted = 0, j;
		int end = first + check_random_below(PICTURE_PAGES - first) + 1;

		for (j = first; j < end; j++)
			wanted += mapped[j];
		EXPECT_EQ(check_text("count_vma_pages_range() of pages %d to %d of %s", first,
				     end - 1, picture(mm, p, PICTURE_PAGES)),
			  WITH_LOCK(mm, count_vma_pages_range(mm, p + first * P, p + end * P)),
			  wanted);
	}
}

/* ---- area_is_free ---- */

static void expect_free(struct mm_struct *mm, unsigned long p, int first, int pages, bool wanted)
{
	EXPECT_EQ(check_text("area_is_free() of %d pages from page %d on of %s", pages, first,
			     picture(mm, p, 12)),
		  IS_FREE(mm, p + first * P, pages * P), wanted);
}

static void expect_place(struct mm_struct *mm, const char *what, unsigned long addr, int pages,
			 bool wanted)
{
	EXPECT_EQ(check_text("area_is_free() of %s", what), IS_FREE(mm, addr, pages * P), wanted);
}

KERNEL_CHECK(a_place_is_free_if_all_of_it_is)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 4, VM_READ);
	put_vma(mm, p + 9 * P, 3, VM_READ);
	expect_free(mm, p, 4, 5, true);
	expect_free(mm, p, 4, 6, false);
	expect_free(mm, p, 3, 2, false);
	expect_free(mm, p, 8, 1, true);
	expect_free(mm, p, 0, 12, false);
	expect_free(mm, p, 12, 100, true);
	expect_place(mm, "the last page of user space", TASK_SIZE - P, 1, true);
	expect_place(mm, "the last page of user space and the one above", TASK_SIZE - P, 2, false);
	EXPECT_EQ("area_is_free(TASK_SIZE - 4096, TASK_SIZE): the sum wraps",
		  IS_FREE(mm, TASK_SIZE - P, TASK_SIZE), false);
}

KERNEL_CHECK(the_gap_below_a_stack_is_not_free)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place(), gap = stack_guard_gap;

	put_vma(mm, p, 2, RW | VM_GROWSDOWN);
	expect_place(mm, "the page right below a stack", p - P, 1, false);
	expect_place(mm, "the highest page of the guard gap of a stack", p - gap, 1, false);
	expect_place(mm, "the page below the guard gap of a stack", p - gap - P, 1, true);
	expect_place(mm, "two pages, of which the guard gap of a stack needs one", p - gap - P, 2,
		     false);
}

/* ---- vm_unmapped_area ---- */

KERNEL_CHECK(room_is_taken_from_the_top)
{
	struct mm_struct *mm = check_mm();
	unsigned long top = mm->mmap_base, n = 1 + check_random_below(50);

	EXPECT_EQ("vm_unmapped_area(): the room right below mmap_base", ROOM(mm, n * P, P),
		  top - n * P);
	put_vma(mm, top - 10 * P, 10, VM_READ);
	put_vma(mm, top - 20 * P, 7, VM_READ); /* 3 pages are free between them */
	EXPECT_EQ("vm_unmapped_area() of 3 pages: they fit between two mappings",
		  ROOM(mm, 3 * P, P), top - 13 * P);
	EXPECT_EQ("vm_unmapped_area() of 4 pages: they fit only below both mappings",
		  ROOM(mm, 4 * P, P), top - 24 * P);
}

KERNEL_CHECK(room_above_mmap_base_is_the_last_resort)
{
	struct mm_struct *mm = check_mm();
	unsigned long top = mm->mmap_base;

	put_vma(mm, mmap_min_addr, (top - mmap_min_addr) >> PAGE_SHIFT, 0);
	EXPECT_EQ("vm_unmapped_area() when all below mmap_base is taken: the lowest room above",
		  ROOM(mm, 5 * P, P), top);
	put_vma(mm, top, (TASK_SIZE - top) >> PAGE_SHIFT, 0);
	EXPECT_EQ("vm_unmapped_area() when only the pages below mmap_min_addr are free",
		  ROOM(mm, P, P), -ENOMEM);
}

KERNEL_CHECK(room_for_huge_pages_is_aligned)
{
	struct mm_struct *mm = check_mm();
	unsigned long top = mm->mmap_base, align = TABLE_BYTES;

	put_vma(mm, top - 5 * P, 5, 0);
	EXPECT_EQ("vm_unmapped_area() of 4 MiB at a multiple of 4 MiB", ROOM(mm, align, align),
		  (top - 5 * P - align) & -align);
}

/* ---- mmap_region, extend_neighbour ---- */

KERNEL_CHECK(a_region_becomes_a_vma)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place(), n = 1 + check_random_below(9);
	struct accounts before = accounts(mm);
	struct vm_area_struct *vma;

	EXPECT_EQ(check_text("mmap_region() of %lu pages", n), region(mm, p, n, NOT_CHARGED), p);
	vma = mm->mmap;
	EXPECT(vma, "mmap_region() of private anonymous memory: wanted a VMA, seen none");
	EXPECT_EQ("its vm_start", vma->vm_start, p);
	EXPECT_EQ("its vm_end", vma->vm_end, p + n * P);
	EXPECT_EQ("its vm_pgoff: the address in pages", vma->vm_pgoff, p >> PAGE_SHIFT);
	EXPECT(vma->vm_flags == (RW | MAY), "its vm_flags: wanted %s, seen %s",
	       flag_names(RW | MAY), flag_names(vma->vm_flags));
	EXPECT_EQ("its vm_file", vma->vm_file, NULL);
	expect_accounts("mmap_region() of writable memory", mm, before,
			(struct accounts){n, n, 0, n});
	check_all(mm);
}

KERNEL_CHECK(only_private_writable_memory_is_charged)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place(), limit = current->signal->rlim[RLIMIT_AS].rlim_cur, ret;
	struct accounts before = accounts(mm);

	expect_region(mm, p, 4, VM_READ | MAY);
	expect_accounts("mmap_region() of read-only memory", mm, before,
			(struct accounts){4, 0, 0, 0});
	expect_region(mm, p + 9 * P, 2, VM_READ | VM_WRITE | VM_NORESERVE | MAY);
	expect_accounts("mmap_region() of writable memory with VM_NORESERVE", mm, before,
			(struct accounts){6, 2, 0, 0});
	current->signal->rlim[RLIMIT_AS].rlim_cur = 8 * P;
	ret = region(mm, p + 20 * P, 3, NOT_CHARGED);
	current->signal->rlim[RLIMIT_AS].rlim_cur = limit;
	EXPECT_EQ("mmap_region() of 3 pages when RLIMIT_AS allows 2 more", ret, -ENOMEM);
	expect_accounts("an mmap_region() that failed", mm, before, (struct accounts){6, 2, 0, 0});
	expect_region(mm, p + 30 * P, 3, VM_READ | VM_LOCKED | MAY);
	expect_accounts("these calls, the last one of locked memory,", mm, before,
			(struct accounts){9, 2, 3, 0});
}

static int refuse(struct file *file, struct vm_area_struct *vma)
{
	return -ENODEV;
}

KERNEL_CHECK(what_a_driver_refuses_leaves_nothing)
{
	struct file *file = shmem_file_setup("check", P, 0);
	struct mm_struct *mm = check_mm();
	struct accounts before = accounts(mm);
	struct file_operations driver = *file->f_op;

	driver.mmap = refuse;
	file->f_op = &driver;
	EXPECT_EQ("mmap_region() of a file whose driver refuses",
		  WITH_LOCK(mm, mmap_region(file, any_place(), 3 * P, NOT_CHARGED, 0)), -ENODEV);
	expect_accounts("a mapping that a driver has refused", mm, before, (struct accounts){0});
	EXPECT_EQ("references to the file afterwards", file->f_count, 1);
}

/* Replacing needs do_munmap. */
KERNEL_CHECK(a_region_replaces_what_is_there)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place(), limit = current->signal->rlim[RLIMIT_AS].rlim_cur, ret;

	put_vma(mm, p, 6, RW);
	touch(p + 2 * P, 7);
	/* the limit leaves no page: what is replaced does not count */
	current->signal->rlim[RLIMIT_AS].rlim_cur = 6 * P;
	ret = region(mm, p + 2 * P, 2, VM_READ | MAY);
	current->signal->rlim[RLIMIT_AS].rlim_cur = limit;
	EXPECT_EQ("mmap_region() over 2 of 6 mapped pages, which are all that RLIMIT_AS allows",
		  ret, p + 2 * P);
	expect_picture("mmap_region() over the third and fourth page", mm, p, 6, "[ww][rr][ww]");
	EXPECT_EQ("a load from the new page", peek(p + 2 * P), 0);
	check_all(mm);
}

KERNEL_CHECK(a_region_extends_its_neighbours)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p + 2 * P, 2, RW);
	expect_region(mm, p + 4 * P, 1, NOT_CHARGED);
	expect_picture("mmap_region() of 1 page above [ww]", mm, p, 8, "..[www]...");
	expect_region(mm, p + P, 1, NOT_CHARGED);
	expect_picture("mmap_region() of 1 page below [www]", mm, p, 8, ".[wwww]...");
	put_vma(mm, p + 7 * P, 1, RW);
	expect_region(mm, p + 5 * P, 2, NOT_CHARGED);
	expect_picture("mmap_region() that closes the hole of [wwww]..[w]", mm, p, 9,
		       ".[wwwwwww].");
	EXPECT_EQ("vm_pgoff of the mapping that grew down", vma_at(mm, p + P)->vm_pgoff,
		  (p + P) >> PAGE_SHIFT);
	check_all(mm);
}

KERNEL_CHECK(a_region_that_differs_stays_apart)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 2, RW);
	EXPECT_EQ(
		"mmap_region() of 1 page after a hole, whose offset follows that of [ww]",
		WITH_LOCK(mm, mmap_region(NULL, p + 5 * P, P, NOT_CHARGED, (p >> PAGE_SHIFT) + 2)),
		p + 5 * P);
	expect_picture("mmap_region() with an offset that fits, but after a hole", mm, p, 6,
		       "[ww]...[w]");
	expect_region(mm, p + 2 * P, 2, VM_READ | MAY);
	expect_picture("mmap_region() of read-only memory beside [ww]", mm, p, 6, "[ww][rr].[w]");
	put_vma(mm, p + 10 * P, 1, VM_READ | VM_DONTEXPAND);
	expect_region(mm, p + 11 * P, 1, VM_READ | VM_DONTEXPAND | MAY);
	expect_picture("mmap_region() of special memory beside its like", mm, p + 10 * P, 3,
		       "[r][r].");
}

/* The pages of two mappings were touched: each has an anon_vma of its own. */
KERNEL_CHECK(two_histories_do_not_become_one)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 2, RW);
	touch(p, 1);
	put_vma(mm, p + 10 * P, 2, RW);
	touch(p + 10 * P, 2);
	expect_region(mm, p + 2 * P, 8, NOT_CHARGED);
	expect_picture("mmap_region() between two mappings with an anon_vma each", mm, p, 12,
		       "[ww][wwwwwwwwww]");
	check_all(mm);
}

/* ---- do_mmap ---- */

struct bad_mmap {
	const char *what;
	unsigned long addr, len, flags, pgoff;
	long wanted;
};

KERNEL_CHECK(mmap_finds_errors_in_order)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	int most = sysctl_max_map_count;
	long ret;
	const struct bad_mmap calls[] = {
		{"length 0", 0, 0, ANON, 0, -EINVAL},
		{"a length that wraps when it is rounded up", 0, -1UL, ANON, 0, -ENOMEM},
		{"a length and an offset that wrap", 0, -1UL, ANON, -1UL, -ENOMEM},
		{"an offset whose last page wraps", 0, 2 * P, ANON, -1UL, -EOVERFLOW},
		{"such an offset and an address that is not aligned", p + 1, 2 * P,
		 ANON | MAP_FIXED, -1UL, -EOVERFLOW},
		{"a length above 3 GiB", 0, TASK_SIZE + P, ANON, 0, -ENOMEM},
		{"MAP_FIXED at an address that is not aligned", p + 1, P, ANON | MAP_FIXED, 0,
		 -EINVAL},
		{"MAP_FIXED_NOREPLACE, its last page mapped", p - P, 2 * P,
		 ANON | MAP_FIXED_NOREPLACE, 0, -EEXIST},
		{"MAP_FIXED_NOREPLACE there, and no MAP_PRIVATE", p - P, 2 * P,
		 MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0, -EEXIST},
		{"neither MAP_PRIVATE nor MAP_SHARED", p + 8 * P, P, MAP_ANONYMOUS | MAP_FIXED, 0,
		 -EINVAL},
	};

	put_vma(mm, p, 2, VM_READ);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		const struct bad_mmap *c = &calls[i];

		EXPECT_EQ(check_text("do_mmap() with %s", c->what),
			  map_file(NULL, c->addr, c->len, PROT_READ, c->flags, c->pgoff),
			  c->wanted);
		expect_picture("a do_mmap() that failed", mm, p - P, 4, ".[rr].");
	}
	sysctl_max_map_count = 0;
	ret = map(p + 8 * P, P, PROT_READ, ANON | MAP_FIXED);
	sysctl_max_map_count = most;
	EXPECT_EQ("do_mmap() when there are more mappings than max_map_count", ret, -ENOMEM);
}

struct good_mmap {
	const char *what;
	unsigned long prot, flags, vm_flags;
};

KERNEL_CHECK(the_flags_of_a_mapping)
{
	static const struct good_mmap calls[] = {
		{"PROT_READ, MAP_PRIVATE", PROT_READ, MAP_PRIVATE, VM_READ | MAY},
		{"PROT_READ|PROT_WRITE, MAP_PRIVATE", PROT_RW, MAP_PRIVATE, RW | MAY},
		{"PROT_EXEC, MAP_PRIVATE", PROT_EXEC, MAP_PRIVATE, VM_EXEC | MAY},
		{"PROT_READ, MAP_SHARED", PROT_READ, MAP_SHARED,
		 VM_READ | VM_SHARED | VM_MAYSHARE | MAY},
		{"PROT_READ, MAP_PRIVATE|MAP_GROWSDOWN", PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN,
		 VM_READ | VM_GROWSDOWN | MAY},
		{"PROT_READ, MAP_PRIVATE|MAP_LOCKED", PROT_READ, MAP_PRIVATE | MAP_LOCKED,
		 VM_READ | VM_LOCKED | MAY},
		{"PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_NORESERVE", PROT_RW,
		 MAP_PRIVATE | MAP_NORESERVE, VM_READ | VM_WRITE | VM_NORESERVE | MAY},
	};

	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++, p += 1000 * P) {
		const struct good_mmap *c = &calls[i];
		const struct vm_area_struct *vma;

		EXPECT_EQ(check_text("do_mmap(%s)", c->what),
			  map(p, 2 * P - 1, c->prot, c->flags | MAP_ANONYMOUS | MAP_FIXED), p);
		vma = vma_at(mm, p);
		EXPECT(vma && vma->vm_end == p + 2 * P && !vma->vm_file == !(c->flags & MAP_SHARED),
		       "do_mmap(%s) of 2 pages less 1 byte: wanted a VMA of 2 pages, with a "
		       "nameless "
		       "file if it is shared, seen %s%s",
		       c->what, picture(mm, p, 4), vma && vma->vm_file ? " with a file" : "");
		EXPECT(vma->vm_flags == c->vm_flags,
		       "vm_flags after do_mmap(%s): wanted %s, seen %s", c->what,
		       flag_names(c->vm_flags), flag_names(vma->vm_flags));
		EXPECT_EQ(check_text("vm_pgoff after do_mmap(%s)", c->what), vma->vm_pgoff,
			  c->flags & MAP_SHARED ? 0 : p >> PAGE_SHIFT);
	}
	mm->def_flags = VM_LOCKED;
	EXPECT_EQ("do_mmap() after mlockall(MCL_FUTURE)", map(p, P, PROT_READ, ANON | MAP_FIXED),
		  p);
	EXPECT(vma_at(mm, p) && vma_at(mm, p)->vm_flags & VM_LOCKED,
	       "vm_flags after mlockall(MCL_FUTURE) and do_mmap(): wanted LOCKED among them, "
	       "seen %s",
	       vma_at(mm, p) ? flag_names(vma_at(mm, p)->vm_flags) : "no VMA");
}

KERNEL_CHECK(a_hint_is_taken_if_it_is_free)
{
	unsigned long p = any_place(), addr;

	check_mm();
	EXPECT_EQ("do_mmap() with a hint that is free", map(p + 5, P, PROT_READ, ANON), p);
	addr = map(p, P, PROT_READ, ANON);
	EXPECT(addr != p && !IS_ERR_VALUE(addr),
	       "do_mmap() with a hint that is taken: wanted another place, seen %#lx", addr);
	EXPECT_EQ("do_mmap() with a hint in the forbidden first pages: the lowest place allowed",
		  map(P, P, PROT_READ, ANON), mmap_min_addr);
}

KERNEL_CHECK(a_file_decides_what_is_allowed)
{
	struct file *file = shmem_file_setup("check", 4 * P, 0);
	fmode_t mode;
	unsigned long p = any_place();

	check_mm();
	EXPECT(!IS_ERR(file), "no file for the check");
	mode = file->f_mode;
	file->f_mode = mode & ~FMODE_WRITE;
	EXPECT_EQ("do_mmap(PROT_WRITE, MAP_SHARED) of a file that is open for reading only",
		  map_file(file, p, P, PROT_RW, MAP_SHARED | MAP_FIXED, 0), -EACCES);
	file->f_mode = mode & ~FMODE_READ;
	EXPECT_EQ("do_mmap(PROT_NONE, MAP_PRIVATE) of a file that is not open for reading",
		  map_file(file, p, P, PROT_NONE, MAP_PRIVATE | MAP_FIXED, 0), -EACCES);
	file->f_mode = mode;
	EXPECT_EQ("do_mmap(MAP_GROWSDOWN) of a file",
		  map_file(file, p, P, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN | MAP_FIXED, 0),
		  -EINVAL);
	EXPECT_EQ("do_mmap() of page 3 of a file",
		  map_file(file, p, P, PROT_READ, MAP_SHARED | MAP_FIXED, 3), p);
	EXPECT_EQ("vm_pgoff of a mapping of page 3 of a file", vma_at(current->mm, p)->vm_pgoff, 3);
	fput(file);
}

/* ---- do_munmap, split_at_ends ---- */

KERNEL_CHECK(munmap_looks_at_its_range)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 2, VM_READ);
	EXPECT_EQ("do_munmap() of length 0", unmap(mm, p, 0), -EINVAL);
	EXPECT_EQ("do_munmap() at an address that is not aligned", unmap(mm, p + 1, P), -EINVAL);
	EXPECT_EQ("do_munmap() above user space", unmap(mm, TASK_SIZE + P, P), -EINVAL);
	EXPECT_EQ("do_munmap() across the end of user space", unmap(mm, TASK_SIZE - P, 2 * P),
		  -EINVAL);
	EXPECT_EQ("do_munmap() of a length that wraps", unmap(mm, p, -P), -EINVAL);
	EXPECT_EQ("do_munmap() where nothing is mapped", unmap(mm, p + 4 * P, P), 0);
	EXPECT_EQ("do_munmap() of the free pages right below a mapping",
		  unmap(mm, p - 3 * P, 3 * P), 0);
	expect_picture("these calls of do_munmap()", mm, p - P, 4, ".[rr].");
}

KERNEL_CHECK(munmap_removes_whole_mappings)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	struct accounts before;

	put_vma(mm, p, 2, VM_READ);
	before = accounts(mm);
	put_vma(mm, p + 3 * P, 2, RW);
	put_vma(mm, p + 5 * P, 1, VM_READ);
	put_vma(mm, p + 8 * P, 4, RW | VM_LOCKED);
	put_vma(mm, p + 12 * P, 1, VM_READ);
	touch(p + 4 * P, 1);
	touch(p + 9 * P, 2);
	EXPECT_EQ("do_munmap() of three mappings and two holes", unmap(mm, p + 2 * P, 10 * P - 5),
		  0);
	expect_picture("do_munmap() of pages 2 to 11 of [rr].[ww][r]..[wwww][r]", mm, p, 14,
		       "[rr]..........[r].");
	expect_accounts("mapping and unmapping", mm, before, (struct accounts){1, 0, 0, 0});
	EXPECT_EQ("anonymous pages of the process (rss_stat)", mm->rss_stat[MM_ANONPAGES], 0);
	check_all(mm);
}

KERNEL_CHECK(munmap_cuts_a_mapping)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	struct vm_area_struct *vma;

	put_vma(mm, p, 9, RW);
	EXPECT_EQ("do_munmap() of the first page of 9", unmap(mm, p, P), 0);
	expect_picture("do_munmap() of the first page", mm, p, 10, ".[wwwwwwww].");
	EXPECT_EQ("do_munmap() of the last page", unmap(mm, p + 8 * P, P), 0);
	expect_picture("do_munmap() of the last page", mm, p, 10, ".[wwwwwww]..");
	EXPECT_EQ("do_munmap() of 2 pages in the middle", unmap(mm, p + 3 * P, 2 * P), 0);
	expect_picture("do_munmap() of 2 pages in the middle", mm, p, 10, ".[ww]..[www]..");
	vma = vma_at(mm, p + 5 * P);
	EXPECT_EQ("vm_pgoff of the part above the hole", vma->vm_pgoff, (p + 5 * P) >> PAGE_SHIFT);
	EXPECT_EQ("do_munmap() from inside one mapping to inside the next",
		  unmap(mm, p + 2 * P, 4 * P), 0);
	expect_picture("do_munmap() of pages 2 to 5", mm, p, 10, ".[w]....[ww]..");
	check_all(mm);
}

KERNEL_CHECK(a_hole_at_the_limit_of_mappings)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	int most = sysctl_max_map_count, middle, head, tail;

	put_vma(mm, p, 9, RW);
	sysctl_max_map_count = 1;
	middle = unmap(mm, p + 4 * P, P);
	head = unmap(mm, p, P);
	tail = unmap(mm, p + 8 * P, P);
	sysctl_max_map_count = most;
	EXPECT_EQ("do_munmap() in the middle when there are max_map_count mappings", middle,
		  -ENOMEM);
	EXPECT_EQ("do_munmap() of the first page then: it makes no mapping more", head, 0);
	EXPECT_EQ("do_munmap() of the last page then: it makes no mapping more", tail, 0);
	expect_picture("these three calls of do_munmap()", mm, p, 9, ".[wwwwwww].");
}

KERNEL_CHECK(munmap_frees_pages_and_tables)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place() & -TABLE_BYTES;

	put_vma(mm, p - P, 2, RW); /* it needs two page tables */
	put_vma(mm, p + 2 * P, 1, RW);
	touch(p - P, 1);
	touch(p, 2);
	touch(p + 2 * P, 3);
	EXPECT_EQ("do_munmap() of a page that was touched", unmap(mm, p + 2 * P, P), 0);
	EXPECT_EQ("anonymous pages of the process (rss_stat)", mm->rss_stat[MM_ANONPAGES], 2);
	EXPECT_EQ("the peak of resident pages (VmHWM)", mm_hiwater_rss(mm), 3);
	EXPECT_EQ("bytes of page tables, of which the neighbour below needs both",
		  mm->pgtables_bytes, 2 * P);
	EXPECT_EQ("a load from the neighbour below", peek(p), 2);
	put_vma(mm, p + 2 * P, 1, RW);
	EXPECT_EQ("a load from a page unmapped and mapped again", peek(p + 2 * P), 0);
	EXPECT_EQ("do_munmap() of the neighbour below", unmap(mm, p - P, 2 * P), 0);
	EXPECT_EQ("bytes of page tables, of which the mapping above needs one", mm->pgtables_bytes,
		  P);
	EXPECT_EQ("do_munmap() of the last mapping", unmap(mm, p + 2 * P, P), 0);
	EXPECT_EQ("bytes of page tables when nothing is mapped", mm->pgtables_bytes, 0);
	check_exit_mm();
}

/* ---- do_brk, grow_brk ---- */

/* An address space whose heap begins at p and has `bytes` bytes. */
static struct mm_struct *mm_with_heap(unsigned long p, unsigned long bytes)
{
	struct mm_struct *mm = check_mm();

	mm->start_brk = p;
	mm->brk = p + bytes;
	if (bytes)
		put_vma(mm, p, PAGE_ALIGN(bytes) >> PAGE_SHIFT, RW);
	return mm;
}

KERNEL_CHECK(the_break_is_kept_to_the_byte)
{
	unsigned long p = any_place(), a = 1 + check_random_below(4095);
	struct mm_struct *mm = mm_with_heap(p, P + 10);

	EXPECT_EQ("do_brk(0) returns the break", do_brk(0), p + P + 10);
	EXPECT_EQ("do_brk() within the last page", do_brk(p + P + a), p + P + a);
	EXPECT_EQ("do_brk() to the end of that page", do_brk(p + 2 * P), p + 2 * P);
	expect_picture("do_brk() within a page", mm, p, 4, "[ww]..");
}

KERNEL_CHECK(a_bad_break_is_refused_without_an_error)
{
	unsigned long p = any_place(), old = p + P + 10;
	struct mm_struct *mm = mm_with_heap(p, P + 10);
	unsigned long limit = current->signal->rlim[RLIMIT_DATA].rlim_cur, over, at;

	EXPECT_EQ("do_brk() below the beginning of the heap returns the old break", do_brk(p - 1),
		  old);
	EXPECT_EQ("do_brk() to the beginning of the heap less a page", do_brk(p - P), old);
	EXPECT_EQ("do_brk(0xfffff001): rounding up wraps", do_brk(0xfffff001UL), old);
	EXPECT_EQ("do_brk() above user space", do_brk(TASK_SIZE + P), old);
	mm->start_data = p - 3 * P; /* the limit counts .data too */
	mm->end_data = p - 3 * P + 100;
	current->signal->rlim[RLIMIT_DATA].rlim_cur = P + 150;
	over = do_brk(p + P + 51);
	at = do_brk(p + P + 50);
	current->signal->rlim[RLIMIT_DATA].rlim_cur = limit;
	EXPECT_EQ("do_brk() one byte above RLIMIT_DATA", over, old);
	EXPECT_EQ("do_brk() right at RLIMIT_DATA", at, p + P + 50);
	expect_picture("these calls of do_brk()", mm, p, 4, "[ww]..");
}

KERNEL_CHECK(the_heap_grows_as_one_mapping)
{
	unsigned long p = any_place();
	struct mm_struct *mm = mm_with_heap(p, 0);
	struct accounts before;

	put_vma(mm, p - 2 * P, 2, RW); /* .bss */
	before = accounts(mm);
	EXPECT_EQ("do_brk() to the first byte of a heap", do_brk(p + 1), p + 1);
	expect_picture("do_brk() to the first byte of a heap above .bss", mm, p - 2 * P, 6,
		       "[ww][w]...");
	EXPECT_EQ("do_brk() 2 pages up", do_brk(p + 2 * P + 1), p + 2 * P + 1);
	expect_picture("do_brk() two pages up", mm, p - 2 * P, 6, "[ww][www].");
	expect_accounts("a heap of 3 pages", mm, before, (struct accounts){3, 3, 0, 3});
	check_all(mm);
}

KERNEL_CHECK(the_heap_keeps_a_page_from_the_next_mapping)
{
	unsigned long p = any_place(), high = p + 1000 * P;
	struct mm_struct *mm = mm_with_heap(p, P);

	put_vma(mm, p + 8 * P, 1, VM_READ);
	EXPECT_EQ("do_brk() up to a mapping", do_brk(p + 8 * P), p + P);
	EXPECT_EQ("do_brk() into the page below a mapping", do_brk(p + 7 * P + 1), p + P);
	EXPECT_EQ("do_brk() to one page below a mapping", do_brk(p + 7 * P), p + 7 * P);

	mm = mm_with_heap(p, P);
	put_vma(mm, high, 1, RW | VM_GROWSDOWN);
	EXPECT_EQ("do_brk() into the page below the guard gap of a stack",
		  do_brk(high - stack_guard_gap - P + 1), p + P);
	EXPECT_EQ("do_brk() to one page below the guard gap of a stack",
		  do_brk(high - stack_guard_gap - P), high - stack_guard_gap - P);
}

KERNEL_CHECK(the_heap_shrinks)
{
	unsigned long p = any_place();
	struct mm_struct *mm = mm_with_heap(p, 4 * P);

	touch(p + 2 * P, 5);
	EXPECT_EQ("do_brk() 2 pages and 1 byte down", do_brk(p + 2 * P - 1), p + 2 * P - 1);
	expect_picture("do_brk() two pages down", mm, p, 5, "[ww]...");
	EXPECT_EQ("anonymous pages of the process (rss_stat)", mm->rss_stat[MM_ANONPAGES], 0);
}

/* ---- protect_part, mprotect_fixup ---- */

KERNEL_CHECK(mprotect_grants_only_what_may_be)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 2, VM_READ)->vm_flags &= ~VM_MAYWRITE;
	put_vma(mm, p + 4 * P, 2, VM_READ)->vm_flags &= ~VM_MAYEXEC;
	EXPECT_EQ("do_mprotect(PROT_READ|PROT_WRITE) without VM_MAYWRITE",
		  do_mprotect(p, P, PROT_RW), -EACCES);
	EXPECT_EQ("do_mprotect(PROT_READ|PROT_EXEC) without VM_MAYEXEC",
		  do_mprotect(p + 4 * P, P, PROT_READ | PROT_EXEC), -EACCES);
	expect_picture("both calls of do_mprotect()", mm, p, 6, "[rr]..[rr]");
}

KERNEL_CHECK(mprotect_splits_and_merges)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 6, RW);
	protect(p + 2 * P, 2 * P - 1, PROT_READ);
	expect_picture("do_mprotect(PROT_READ) of pages 2 and 3", mm, p, 6, "[ww][rr][ww]");
	protect(p + P, P, PROT_READ);
	expect_picture("do_mprotect(PROT_READ) of page 1", mm, p, 6, "[w][rrr][ww]");
	protect(p + P, 3 * P, PROT_RW);
	expect_picture("do_mprotect(PROT_READ|PROT_WRITE) of pages 1 to 3", mm, p, 6, "[wwwwww]");
	protect(p + 5 * P, P, PROT_NONE);
	expect_picture("do_mprotect(PROT_NONE) of the last page", mm, p, 6, "[wwwww][-]");
	check_all(mm);
}

KERNEL_CHECK(mprotect_changes_the_entries)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 2, RW);
	touch(p, 11);
	touch(p + P, 12);
	protect(p, P, PROT_READ);
	EXPECT_EQ("a store after do_mprotect(PROT_READ)", put_user(1, (int __user *)p), -EFAULT);
	EXPECT_EQ("a load after it", peek(p), 11);
	touch(p + P, 13); /* the page beside it stays writable */
	protect(p, P, PROT_NONE);
	EXPECT_EQ("a load after do_mprotect(PROT_NONE)", peek(p), -EFAULT);
	protect(p, P, PROT_RW);
	EXPECT_EQ("a load after do_mprotect(PROT_READ|PROT_WRITE)", peek(p), 11);
	EXPECT_EQ("a store after it", put_user(14, (int __user *)p), 0);
	check_all(mm);
}

KERNEL_CHECK(memory_that_becomes_writable_is_charged)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();
	struct accounts before;
	int most = sysctl_max_map_count, err;

	put_vma(mm, p, 9, VM_READ);
	before = accounts(mm);
	sysctl_max_map_count = 1;
	err = do_mprotect(p + 4 * P, P, PROT_RW);
	sysctl_max_map_count = most;
	EXPECT_EQ("do_mprotect() in the middle when there are max_map_count mappings", err,
		  -ENOMEM);
	expect_accounts("a do_mprotect() that failed", mm, before, (struct accounts){0, 0, 0, 0});
	protect(p + 2 * P, 3 * P, PROT_RW);
	expect_accounts("do_mprotect(PROT_READ|PROT_WRITE) of 3 pages", mm, before,
			(struct accounts){0, 3, 0, 3});
	protect(p + 2 * P, 3 * P, PROT_READ);
	expect_accounts("do_mprotect() to writable and back", mm, before,
			(struct accounts){0, 0, 0, 3});
	protect(p + 2 * P, 3 * P, PROT_RW);
	expect_accounts("do_mprotect() to writable, back, and to writable again", mm, before,
			(struct accounts){0, 3, 0, 3});
	check_exit_mm();
}

KERNEL_CHECK(locked_memory_that_becomes_writable_is_there)
{
	struct mm_struct *mm = check_mm();
	unsigned long p = any_place();

	put_vma(mm, p, 3, VM_READ | VM_LOCKED);
	protect(p, 3 * P, PROT_RW);
	EXPECT_EQ(
		"anonymous pages of the process (rss_stat): the pages of locked memory are copied "
		"at once",
		mm->rss_stat[MM_ANONPAGES], 3);
}
