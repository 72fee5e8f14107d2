/*
 * Checks of lab 8 that run in the kernel: the functions of a driver's mmap, called directly. The
 * device of most checks is a block of memory that the check has allocated and filled at random.
 */
#include "kernel/checks/check.h"
#include "kernel/drivers/mem.h"
#include "kernel/drivers/resource.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/phys/gfp.h"
#include <linux/errno.h>
#include <linux/fcntl.h>

#define DEVICE_ORDER  4 /* the block has 2^4 pages */
#define DEVICE_PAGES  (1U << DEVICE_ORDER)
#define LOW	      0x10000000UL /* user addresses */
#define HIGH	      0x60000000UL
#define BIOS_PFN      0xf0UL
#define BIOS_PAGES    16U
#define VIDEO_PFN     0xb8UL /* the VGA's memory of text, 8 pages */
#define FIRST_MIB     256UL  /* pages */
#define LOW_RAM_PFN   2UL    /* memory below 1 MiB */
#define LOW_RAM_PAGES 0x90UL
#define HIGH_ROM_PFN  0xfffffUL
#define RESET_OFFSET  0xff0 /* in the last page of the address space: where the processor starts */
#define FAR_JUMP      0xea
#define SHARED_RW     (VM_READ | VM_WRITE | VM_SHARED | VM_MAYREAD | VM_MAYWRITE | VM_MAYSHARE)
#define SHARED_RO     (VM_READ | VM_SHARED | VM_MAYREAD | VM_MAYSHARE)
#define PRIVATE_RW    (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE)
#define PFN_FLAGS     (VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP)

/* ---- what the checks are made of ---- */

/* A block of memory with random contents, above the first MiB: its first frame. */
static unsigned long new_device(void)
{
	struct page *page;
	u32 *word;

	do {
		page = alloc_pages(GFP_KERNEL, DEVICE_ORDER);
		EXPECT(page, "no memory for the check's device");
	} while (page_to_pfn(page) < FIRST_MIB);
	word = lowmem_page_address(page);
	for (unsigned int i = 0; i < DEVICE_PAGES * PAGE_SIZE / sizeof(*word); i++)
		word[i] = check_random();
	return page_to_pfn(page);
}

static const struct vm_operations_struct device_ops = {.access = generic_access_phys};

/* A VMA as mmap gives it to a driver: in no list yet. mmap_sem is held for writing from here on. */
static struct vm_area_struct *new_vma(unsigned long start, unsigned int pages, unsigned long flags)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma;

	down_write(&mm->mmap_sem);
	vma = vm_area_alloc(mm, start, start + pages * PAGE_SIZE, flags, 0);
	EXPECT(vma, "no memory for a VMA");
	vma->vm_ops = &device_ops;
	return vma;
}

/* A start for a VMA, so that a border between two page tables is inside it. */
static unsigned long across_two_tables(unsigned int pages)
{
	unsigned long border = ALIGN(check_random_page(LOW, HIGH), PMD_SIZE);

	return border - (1 + check_random_below(pages - 1)) * PAGE_SIZE;
}

static pte_t entry_at(struct vm_area_struct *vma, unsigned long addr)
{
	pte_t entry = __pte(0), *pte;

	spin_lock(&vma->vm_mm->page_table_lock);
	pte = lookup_pte(vma->vm_mm, addr);
	if (pte)
		entry = *pte;
	spin_unlock(&vma->vm_mm->page_table_lock);
	return entry;
}

/* Set an entry by hand. */
static void put_entry(struct vm_area_struct *vma, unsigned long addr, pte_t entry)
{
	pte_t *pte = mm_pte_alloc(vma->vm_mm, pmd_off(vma->vm_mm, addr), addr);

	EXPECT(pte, "no memory for a page table");
	spin_lock(&vma->vm_mm->page_table_lock);
	set_pte_at(vma->vm_mm, addr, pte, entry);
	spin_unlock(&vma->vm_mm->page_table_lock);
}

/* The entries of [addr, addr + pages) are special and map the frames from pfn on, with prot. */
static void expect_frames(const char *call, struct vm_area_struct *vma, unsigned long addr,
			  unsigned int pages, unsigned long pfn, pgprot_t prot)
{
	const pteval_t bits = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_PCD;

	for (unsigned int i = 0; i < pages; i++, addr += PAGE_SIZE) {
		pte_t entry = entry_at(vma, addr);

		EXPECT(!pte_none(entry), "%s: page %u of %u, at %#lx, has no page-table entry",
		       call, i, pages, addr);
		EXPECT(pte_pfn(entry) == pfn + i,
		       "%s: page %u of %u maps frame %#lx, and not frame %#lx", call, i, pages,
		       pte_pfn(entry), pfn + i);
		EXPECT(pte_kind(entry) == PTE_SPECIAL,
		       "%s: the entry of page %u is %#llx, which is not marked special", call, i,
		       (u64)pte_val(entry));
		EXPECT(!((pte_val(entry) ^ pgprot_val(prot)) & bits),
		       "%s: the entry of page %u has the rights %#llx, and not %#llx", call, i,
		       (u64)(pte_val(entry) & bits), (u64)(pgprot_val(prot) & bits));
	}
}

static void expect_empty(const char *call, struct vm_area_struct *vma, unsigned long addr,
			 unsigned int pages)
{
	for (unsigned int i = 0; i < pages; i++, addr += PAGE_SIZE)
		EXPECT(pte_none(entry_at(vma, addr)),
		       "%s: there is an entry for %#lx too (%#llx), which was not asked for", call,
		       addr, (u64)pte_val(entry_at(vma, addr)));
}

/* The call as C writes it, for the text of a failure. */
static const char *remap_text(const struct vm_area_struct *vma, unsigned long addr,
			      unsigned long pfn, unsigned long size)
{
	return check_text(
		"remap_pfn_range(vma of %lu pages, vm_start + %#lx, frame %#lx, %#lx bytes)",
		vma_pages(vma), addr - vma->vm_start, pfn, size);
}

/* ---- remap_pfn_range ---- */

KERNEL_CHECK(a_range_of_frames_is_mapped_in_order)
{
	unsigned int pages = 3 + check_random_below(DEVICE_PAGES - 2);
	struct vm_area_struct *vma = new_vma(across_two_tables(pages), pages, SHARED_RW);
	unsigned long pfn = new_device(), size = pages * PAGE_SIZE;
	const char *call = remap_text(vma, vma->vm_start, pfn, size);
	u32 word, offset = check_random_below(size) & ~3U;

	EXPECT_EQ(call, remap_pfn_range(vma, vma->vm_start, pfn, size, vma->vm_page_prot), 0);
	expect_frames(call, vma, vma->vm_start, pages, pfn, vma->vm_page_prot);
	expect_empty(call, vma, vma->vm_start - PAGE_SIZE, 1);
	expect_empty(call, vma, vma->vm_end, 1);
	up_write(&vma->vm_mm->mmap_sem);
	EXPECT_EQ(check_text("a load at vm_start + %#x", offset),
		  get_user(word, (u32 __user *)(vma->vm_start + offset)), 0);
	EXPECT_EQ(check_text("the word at vm_start + %#x, read through the mapping", offset), word,
		  *(u32 *)(__va(PFN_PHYS(pfn)) + offset));
}

KERNEL_CHECK(the_protection_is_the_one_asked_for)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 2, SHARED_RW);
	unsigned long pfn = new_device(), last = vma->vm_start + PAGE_SIZE;
	pgprot_t prot = pgprot_noncached(PAGE_READONLY);

	EXPECT_EQ("remap_pfn_range(vma, vm_start, frame, 1 page, noncached and read-only)",
		  remap_pfn_range(vma, vma->vm_start, pfn, PAGE_SIZE, prot), 0);
	EXPECT_EQ("remap_pfn_range(vma, the second page, frame, 1 page, vm_page_prot)",
		  remap_pfn_range(vma, last, pfn + 1, PAGE_SIZE, vma->vm_page_prot), 0);
	expect_frames("remap_pfn_range(..., noncached and read-only)", vma, vma->vm_start, 1, pfn,
		      prot);
	expect_frames("remap_pfn_range(..., vm_page_prot)", vma, last, 1, pfn + 1,
		      vma->vm_page_prot);
	up_write(&vma->vm_mm->mmap_sem);
	EXPECT(copy_to_user((void __user *)vma->vm_start, "x", 1),
	       "a store to the read-only page succeeds");
}

KERNEL_CHECK(a_part_of_a_shared_mapping_is_mapped)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 5, SHARED_RW);
	unsigned long pfn = new_device(), addr = vma->vm_start + 2 * PAGE_SIZE;
	/* sizes are rounded up to pages */
	unsigned long size = PAGE_SIZE + 1 + check_random_below(PAGE_SIZE);
	const char *call = remap_text(vma, addr, pfn, size);

	vma->vm_pgoff = 7;
	EXPECT_EQ(call, remap_pfn_range(vma, addr, pfn, size, vma->vm_page_prot), 0);
	expect_empty(call, vma, vma->vm_start, 2);
	expect_frames(call, vma, addr, 2, pfn, vma->vm_page_prot);
	expect_empty(call, vma, vma->vm_start + 4 * PAGE_SIZE, 1);
	EXPECT(vma->vm_pgoff == 7, "%s: vm_pgoff of a shared mapping becomes %#lx; it must stay 7",
	       call, vma->vm_pgoff);
	EXPECT(!(vma->vm_flags & VM_PAT), "%s: VM_PAT is set, but this is a part of the VMA", call);
}

KERNEL_CHECK(the_vma_is_marked)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} flags[] = {{VM_IO, "VM_IO"},
		     {VM_PFNMAP, "VM_PFNMAP"},
		     {VM_DONTEXPAND, "VM_DONTEXPAND"},
		     {VM_DONTDUMP, "VM_DONTDUMP"},
		     {VM_PAT, "VM_PAT"}};
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 2, SHARED_RW);
	unsigned long pfn = new_device(), before = vma->vm_flags;
	const char *call = remap_text(vma, vma->vm_start, pfn, 2 * PAGE_SIZE);

	EXPECT_EQ(call, remap_pfn_range(vma, vma->vm_start, pfn, 2 * PAGE_SIZE, vma->vm_page_prot),
		  0);
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++)
		EXPECT(vma->vm_flags & flags[i].flag, "%s: %s is not set in vm_flags (%#lx)", call,
		       flags[i].name, vma->vm_flags);
	EXPECT((vma->vm_flags & before) == before,
	       "%s: vm_flags were %#lx and are %#lx: some have been lost", call, before,
	       vma->vm_flags);
}

KERNEL_CHECK(a_private_mapping_is_one_run_of_frames)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 3, PRIVATE_RW);
	unsigned long pfn = new_device(), flags = vma->vm_flags, part = 2 * PAGE_SIZE;
	unsigned long second = vma->vm_start + PAGE_SIZE;
	const char *call = remap_text(vma, vma->vm_start, pfn, part);

	EXPECT_EQ(call, remap_pfn_range(vma, vma->vm_start, pfn, part, vma->vm_page_prot), -EINVAL);
	expect_empty(call, vma, vma->vm_start, 3);
	EXPECT(vma->vm_flags == flags && !vma->vm_pgoff,
	       "%s is refused, but has changed the VMA: vm_flags %#lx, vm_pgoff %#lx", call,
	       vma->vm_flags, vma->vm_pgoff);
	call = remap_text(vma, second, pfn, part);
	EXPECT_EQ(call, remap_pfn_range(vma, second, pfn, part, vma->vm_page_prot), -EINVAL);
	call = remap_text(vma, vma->vm_start, pfn, 3 * PAGE_SIZE);
	EXPECT_EQ(call, remap_pfn_range(vma, vma->vm_start, pfn, 3 * PAGE_SIZE, vma->vm_page_prot),
		  0);
	expect_frames(call, vma, vma->vm_start, 3, pfn, vma->vm_page_prot);
	EXPECT_EQ(check_text("%s: vm_pgoff", call), vma->vm_pgoff, pfn);
}

KERNEL_CHECK(a_private_mapping_for_reading_may_be_mapped_in_parts)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 3, VM_READ | VM_MAYREAD);
	unsigned long pfn = new_device(), addr = vma->vm_start + PAGE_SIZE;
	const char *call = remap_text(vma, addr, pfn, PAGE_SIZE);

	EXPECT_EQ(call, remap_pfn_range(vma, addr, pfn, PAGE_SIZE, vma->vm_page_prot), 0);
	expect_frames(call, vma, addr, 1, pfn, vma->vm_page_prot);
}

KERNEL_CHECK(frames_are_not_counted)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 2, SHARED_RW);
	unsigned long pfn = new_device();
	struct page *page = pfn_to_page(pfn);
	const char *call = remap_text(vma, vma->vm_start, pfn, 2 * PAGE_SIZE);

	EXPECT_EQ(call, remap_pfn_range(vma, vma->vm_start, pfn, 2 * PAGE_SIZE, vma->vm_page_prot),
		  0);
	EXPECT_EQ(check_text("%s: page_count() of the first frame", call), page_count(page), 1);
	EXPECT_EQ(check_text("%s: page_mapcount() of the first frame", call), page_mapcount(page),
		  0);
	EXPECT_EQ(check_text("%s: resident pages of the address space", call),
		  get_mm_rss(vma->vm_mm), 0);
}

KERNEL_CHECK(without_a_page_table_it_is_enomem)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 1, SHARED_RW);
	unsigned long pfn = new_device();
	int err;

	fail_page_alloc_after = 0;
	err = remap_pfn_range(vma, vma->vm_start, pfn, PAGE_SIZE, vma->vm_page_prot);
	fail_page_alloc_after = -1;
	EXPECT_EQ("remap_pfn_range() without memory for a page table", err, -ENOMEM);
}

/* ---- vm_iomap_memory ---- */

static const char *iomap_text(const struct vm_area_struct *vma, phys_addr_t start,
			      unsigned long len)
{
	return check_text("vm_iomap_memory(vma with vm_pgoff %#lx and %lu pages, %#lx, %#lx)",
			  vma->vm_pgoff, vma_pages(vma), (unsigned long)start, len);
}

KERNEL_CHECK(the_offset_counts_from_the_devices_start)
{
	unsigned int pages = 1 + check_random_below(4), pgoff = 1 + check_random_below(4);
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), pages, SHARED_RW);
	unsigned long pfn = new_device(), len = DEVICE_PAGES * PAGE_SIZE;
	const char *call;

	vma->vm_pgoff = pgoff;
	call = iomap_text(vma, PFN_PHYS(pfn), len);
	EXPECT_EQ(call, vm_iomap_memory(vma, PFN_PHYS(pfn), len), 0);
	expect_frames(call, vma, vma->vm_start, pages, pfn + pgoff, vma->vm_page_prot);
}

/* The device begins and ends within pages: those count too. */
KERNEL_CHECK(a_device_may_begin_within_a_page)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 3, SHARED_RW);
	unsigned int into = 1 + check_random_below(PAGE_SIZE - 1);
	unsigned long pfn = new_device(), len = 2 * PAGE_SIZE;
	const char *call = iomap_text(vma, PFN_PHYS(pfn) + into, len);

	EXPECT_EQ(call, vm_iomap_memory(vma, PFN_PHYS(pfn) + into, len), 0);
	expect_frames(call, vma, vma->vm_start, 3, pfn, vma->vm_page_prot);
}

static void expect_no_iomap(unsigned int pages, unsigned long pgoff, phys_addr_t start,
			    unsigned long len)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), pages, SHARED_RW);
	const char *call;

	vma->vm_pgoff = pgoff;
	call = iomap_text(vma, start, len);
	EXPECT_EQ(call, vm_iomap_memory(vma, start, len), -EINVAL);
	expect_empty(call, vma, vma->vm_start, pages);
}

KERNEL_CHECK(what_reaches_beyond_the_device_is_refused)
{
	unsigned long start = PFN_PHYS(new_device()), pages = 1 + check_random_below(8);

	expect_no_iomap(pages + 1, 0, start, pages * PAGE_SIZE);
	expect_no_iomap(1, pages, start, pages * PAGE_SIZE);
	expect_no_iomap(2, pages - 1, start, pages * PAGE_SIZE);
	expect_no_iomap(1, pages + 1 + check_random_below(100), start, pages * PAGE_SIZE);
	expect_no_iomap(2, ~0UL, start, pages * PAGE_SIZE); /* a sum would wrap */
	/* the device itself would end beyond the last physical address */
	expect_no_iomap(1, 0, 0xfffff000UL, 2 * PAGE_SIZE);
}

/* ---- follow_phys, generic_access_phys ---- */

/* A VMA of two pages: frame pfn, for reading alone if read_only is set, and an empty entry. */
static struct vm_area_struct *device_vma(unsigned long pfn, bool read_only)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 2,
					     (read_only ? SHARED_RO : SHARED_RW) | PFN_FLAGS);

	put_entry(vma, vma->vm_start, pte_mkspecial(pfn_pte(pfn, vma->vm_page_prot)));
	return vma;
}

KERNEL_CHECK(the_physical_address_behind_an_address)
{
	unsigned long pfn = new_device(), offset = 1 + check_random_below(PAGE_SIZE - 1);
	struct vm_area_struct *vma = device_vma(pfn, false);
	phys_addr_t phys = 0;

	EXPECT_EQ(check_text("follow_phys(vma, vm_start + %#lx, write)", offset),
		  follow_phys(vma, vma->vm_start + offset, true, &phys), 0);
	EXPECT_EQ(check_text("the address that follow_phys(vma, vm_start + %#lx) finds", offset),
		  phys, PFN_PHYS(pfn) + offset);
	EXPECT(!spin_is_locked(&vma->vm_mm->page_table_lock),
	       "follow_phys() returns with page_table_lock held");
}

KERNEL_CHECK(where_no_frame_is_mapped_there_is_no_address)
{
	unsigned long pfn = new_device();
	struct vm_area_struct *vma = device_vma(pfn, true);
	struct vm_area_struct far = *vma;
	phys_addr_t phys = 0;

	EXPECT_EQ("follow_phys() of a page with an empty entry",
		  follow_phys(vma, vma->vm_start + PAGE_SIZE, false, &phys), -EINVAL);
	far.vm_start = vma->vm_start + PMD_SIZE;
	EXPECT_EQ("follow_phys() of a page without a page table",
		  follow_phys(&far, far.vm_start, false, &phys), -EINVAL);
	EXPECT_EQ("follow_phys() of a read-only entry, to write",
		  follow_phys(vma, vma->vm_start, true, &phys), -EINVAL);
	EXPECT_EQ("follow_phys() of a read-only entry, to read",
		  follow_phys(vma, vma->vm_start, false, &phys), 0);
	put_entry(vma, vma->vm_start + PAGE_SIZE, pfn_pte(pfn, vma->vm_page_prot));
	EXPECT_EQ("follow_phys() of an entry that maps a page (not special: a private copy)",
		  follow_phys(vma, vma->vm_start + PAGE_SIZE, false, &phys), -EINVAL);
	EXPECT(!spin_is_locked(&vma->vm_mm->page_table_lock),
	       "follow_phys() returns with page_table_lock held");
}

KERNEL_CHECK(an_ordinary_mapping_has_no_device_to_ask)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 1, SHARED_RW);
	unsigned long pfn = new_device();
	char byte;

	put_entry(vma, vma->vm_start, pte_mkspecial(pfn_pte(pfn, vma->vm_page_prot)));
	EXPECT_EQ("generic_access_phys() of a VMA without VM_IO and VM_PFNMAP",
		  generic_access_phys(vma, vma->vm_start, &byte, 1, false), -EINVAL);
}

KERNEL_CHECK(a_debugger_reads_and_writes_the_device)
{
	unsigned long pfn = new_device(), offset = 4 + check_random_below(1000);
	struct vm_area_struct *vma = device_vma(pfn, false);
	u32 *word = __va(PFN_PHYS(pfn)) + offset, value = 0, other = check_random(), before;

	before = *word;
	EXPECT_EQ(check_text("generic_access_phys(vma, vm_start + %#lx, buf, 4, read)", offset),
		  generic_access_phys(vma, vma->vm_start + offset, &value, sizeof(value), false),
		  sizeof(value));
	EXPECT_EQ("the word that generic_access_phys() has read", value, before);
	EXPECT_EQ("the device's word after that", *word, before);
	EXPECT_EQ(check_text("generic_access_phys(vma, vm_start + %#lx, buf, 4, write)", offset),
		  generic_access_phys(vma, vma->vm_start + offset, &other, sizeof(other), true),
		  sizeof(other));
	EXPECT_EQ("the device's word after generic_access_phys() has written to it", *word, other);
}

/* Above the memory that the kernel maps: the end of the BIOS, with the processor's first
   instruction. */
KERNEL_CHECK(a_debugger_reads_memory_that_the_kernel_does_not_map)
{
	struct vm_area_struct *vma = device_vma(HIGH_ROM_PFN, true);
	unsigned char byte = 0;

	EXPECT_EQ("generic_access_phys() of the byte at the physical address 0xfffffff0",
		  generic_access_phys(vma, vma->vm_start + RESET_OFFSET, &byte, 1, false), 1);
	EXPECT_EQ("the byte that it has read", byte, FAR_JUMP);
}

KERNEL_CHECK(a_debugger_does_not_write_what_is_read_only)
{
	unsigned long pfn = new_device();
	struct vm_area_struct *vma = device_vma(pfn, true);
	u32 *word = __va(PFN_PHYS(pfn)), before = *word, other = ~before;

	EXPECT_EQ("generic_access_phys(vma, vm_start, buf, 4, write) with a read-only entry",
		  generic_access_phys(vma, vma->vm_start, &other, sizeof(other), true), -EINVAL);
	EXPECT_EQ("the device's word after that", *word, before);
}

KERNEL_CHECK(what_a_debugger_maps_for_a_moment_is_unmapped)
{
	struct vm_area_struct *vma = device_vma(HIGH_ROM_PFN, true);
	char *before = ioremap(PFN_PHYS(HIGH_ROM_PFN), PAGE_SIZE), *after;
	char byte;

	EXPECT(before, "there is no room for a mapping of the kernel's");
	iounmap(before);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ("generic_access_phys() of a byte at the end of the physical addresses",
			  generic_access_phys(vma, vma->vm_start, &byte, 1, false), 1);
	after = ioremap(PFN_PHYS(HIGH_ROM_PFN), PAGE_SIZE);
	iounmap(after);
	EXPECT(before == after, "the kernel's mappings that generic_access_phys() has made are "
				"still there: iounmap() was not called");
}

/* ---- devmem_is_allowed ---- */

static const char *const answers[] = {"DEVMEM_REFUSED", "DEVMEM_ALLOWED", "DEVMEM_ZEROS"};

static void expect_answer(unsigned long pfn, enum devmem_access wanted, const char *what)
{
	enum devmem_access is = devmem_is_allowed(pfn);

	EXPECT(is == wanted, "devmem_is_allowed(%#lx), %s, is %s, and not %s", pfn, what,
	       is < ARRAY_SIZE(answers) ? answers[is] : "something else", answers[wanted]);
}

KERNEL_CHECK(the_systems_memory_is_refused)
{
	unsigned long top = PFN_DOWN(__pa(high_memory));

	expect_answer(BIOS_PFN, DEVMEM_ALLOWED, "the BIOS");
	expect_answer(FIRST_MIB, DEVMEM_REFUSED, "the first frame above 1 MiB");
	expect_answer(new_device(), DEVMEM_REFUSED, "a frame of memory in use");
	expect_answer(PFN_DOWN(__pa(&answers)), DEVMEM_REFUSED, "a frame of the kernel");
	for (int i = 0; i < 10; i++)
		expect_answer(FIRST_MIB + check_random_below(top - FIRST_MIB - FIRST_MIB),
			      DEVMEM_REFUSED, "a frame of the system's memory");
}

KERNEL_CHECK(memory_below_one_mib_is_zeros)
{
	expect_answer(1, DEVMEM_ZEROS, "memory below 1 MiB");
	expect_answer(1 + check_random_below(0x9e), DEVMEM_ZEROS, "memory below 1 MiB");
	/* half of this frame is memory, and half is the BIOS's */
	expect_answer(0x9f, DEVMEM_ZEROS, "a frame of which a part is memory");
}

/* What a driver has claimed, and what nobody has. */
KERNEL_CHECK(devices_are_for_their_drivers)
{
	unsigned long claimed = 0xd0000UL + check_random_below(0x1000) * 2;

	expect_answer(BIOS_PFN + check_random_below(BIOS_PAGES), DEVMEM_ALLOWED, "the BIOS");
	expect_answer(VIDEO_PFN, DEVMEM_ALLOWED, "memory of the VGA card");
	expect_answer(claimed, DEVMEM_ALLOWED, "an address that nobody has claimed");
	request_mem_region(PFN_PHYS(claimed), PAGE_SIZE, "check");
	expect_answer(claimed, DEVMEM_REFUSED, "memory that a driver has just claimed");
	expect_answer(claimed + 1, DEVMEM_ALLOWED, "the frame behind what a driver has claimed");
	expect_answer(claimed - 1, DEVMEM_ALLOWED, "the frame before what a driver has claimed");
}

/* ---- transfer, by the driver's read and write ---- */

/* A user address with a page of memory behind it, filled with 'u'. */
static char __user *user_page(struct page **page)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 1, SHARED_RW);

	*page = alloc_page(GFP_KERNEL);
	EXPECT(*page, "no memory for a page");
	memset(lowmem_page_address(*page), 'u', PAGE_SIZE);
	put_entry(vma, vma->vm_start, pte_mkspecial(mk_pte(*page, vma->vm_page_prot)));
	up_write(&vma->vm_mm->mmap_sem);
	return (char __user *)vma->vm_start;
}

static ssize_t read_at(unsigned long phys, char __user *buf, size_t n)
{
	struct file file = {0};
	loff_t pos = phys;

	return mem_fops.read(&file, buf, n, &pos);
}

static ssize_t write_at(unsigned long phys, const char __user *buf, size_t n)
{
	struct file file = {0};
	loff_t pos = phys;

	return mem_fops.write(&file, buf, n, &pos);
}

KERNEL_CHECK(reading_refused_memory_is_eperm)
{
	unsigned long phys = PFN_PHYS(new_device()) + check_random_below(PAGE_SIZE - 16);
	char before[16];
	struct page *page;
	char __user *buf = user_page(&page);

	memcpy(before, __va(phys), sizeof(before));
	EXPECT_EQ(check_text("a read of 16 bytes at %#lx, which is memory in use", phys),
		  read_at(phys, buf, 16), -EPERM);
	EXPECT_EQ("the first byte of the buffer after that", *(char *)lowmem_page_address(page),
		  'u');
	EXPECT_EQ(check_text("a write of 16 bytes at %#lx, which is memory in use", phys),
		  write_at(phys, buf, 16), -EPERM);
	EXPECT(!memcmp(before, __va(phys), sizeof(before)),
	       "the write at %#lx is refused, but has changed the memory", phys);
}

KERNEL_CHECK(reading_the_bios)
{
	unsigned long phys = PFN_PHYS(BIOS_PFN) + check_random_below(BIOS_PAGES * PAGE_SIZE - 100);
	size_t n = 1 + check_random_below(100);
	struct page *page;
	char __user *buf = user_page(&page);
	const char *got = lowmem_page_address(page);

	EXPECT_EQ(check_text("a read of %u bytes at %#lx, in the BIOS", (unsigned int)n, phys),
		  read_at(phys, buf, n), n);
	for (size_t i = 0; i < n; i++)
		EXPECT_EQ(
			check_text("byte %u of a read at %#lx, in the BIOS", (unsigned int)i, phys),
			(unsigned char)got[i], *(unsigned char *)__va(phys + i));
	EXPECT_EQ("the byte of the buffer behind what was read", got[n], 'u');
	EXPECT_EQ("a read of the BIOS into an address that is not mapped",
		  read_at(phys, (char __user *)0x1000, n), -EFAULT);
}

KERNEL_CHECK(writing_to_the_vga_card)
{
	unsigned long phys = PFN_PHYS(VIDEO_PFN + 6) + check_random_below(100);
	u32 value = check_random(), before = *(u32 *)__va(phys);
	struct page *page;
	char __user *buf = user_page(&page);

	*(u32 *)lowmem_page_address(page) = value;
	EXPECT_EQ(check_text("a write of 4 bytes at %#lx, memory of the VGA card", phys),
		  write_at(phys, buf, 4), 4);
	EXPECT_EQ("the word that is there afterwards", *(u32 *)__va(phys), value);
	EXPECT_EQ("a write from an address that is not mapped",
		  write_at(phys, (char __user *)0x1000, 4), -EFAULT);
	*(u32 *)__va(phys) = before;
}

/* The address of a word of memory below 1 MiB that is not zero, from a random place on. */
static unsigned long low_word(void)
{
	unsigned long first = PFN_PHYS(LOW_RAM_PFN), bytes = PFN_PHYS(LOW_RAM_PAGES);
	unsigned long at = check_random_below(bytes) & ~3UL;

	for (unsigned long i = 0; i < bytes; i += 4, at = (at + 4) % bytes)
		if (*(u32 *)__va(first + at) && offset_in_page(at) <= PAGE_SIZE - 16)
			return first + at;
	check_fail("all memory below 1 MiB is zero");
}

KERNEL_CHECK(memory_below_one_mib_reads_as_zeros)
{
	unsigned long phys = low_word();
	u32 before = *(u32 *)__va(phys);
	struct page *page;
	char __user *buf = user_page(&page);
	const char *got = lowmem_page_address(page);

	EXPECT_EQ(check_text("a write of 4 bytes at %#lx, memory below 1 MiB", phys),
		  write_at(phys, buf, 4), 4);
	EXPECT(*(u32 *)__va(phys) == before,
	       "the write at %#lx, memory below 1 MiB, has changed that memory", phys);
	EXPECT_EQ(check_text("a read of 16 bytes at %#lx, memory below 1 MiB", phys),
		  read_at(phys, buf, 16), 16);
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(check_text("byte %d that the read at %#lx gives", i, phys), got[i], 0);
	EXPECT_EQ("a read of such memory into an address that is not mapped",
		  read_at(phys, (char __user *)0x1000, 16), -EFAULT);
}

/* ---- mmap_mem ---- */

static int mmap_at(struct vm_area_struct *vma, unsigned long pfn, unsigned int f_flags)
{
	struct file file = {.f_flags = f_flags};

	vma->vm_pgoff = pfn;
	return mem_fops.mmap(&file, vma);
}

static const char *mmap_text(unsigned int pages, unsigned long pfn)
{
	return check_text("mmap_mem() of %u page(s) from frame %#lx on", pages, pfn);
}

KERNEL_CHECK(there_is_nothing_beyond_the_last_frame)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 2, SHARED_RO);

	EXPECT_EQ(mmap_text(2, 0xfffff), mmap_at(vma, 0xfffff, 0), -EINVAL);
	EXPECT_EQ(mmap_text(2, 0x100000), mmap_at(vma, 0x100000, 0), -EINVAL);
	EXPECT_EQ(mmap_text(2, 0xffffffff), mmap_at(vma, 0xffffffff, 0), -EINVAL);
	expect_empty("mmap_mem() beyond the last frame", vma, vma->vm_start, 2);
}

KERNEL_CHECK(the_systems_memory_cannot_be_mapped)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 2, SHARED_RO);
	unsigned long pfn = new_device();

	EXPECT_EQ(mmap_text(2, pfn), mmap_at(vma, pfn, 0), -EPERM);
	/* the BIOS's last frame and the first one above 1 MiB */
	EXPECT_EQ(mmap_text(2, FIRST_MIB - 1), mmap_at(vma, FIRST_MIB - 1, 0), -EPERM);
	expect_empty("mmap_mem(), which was refused,", vma, vma->vm_start, 2);
}

KERNEL_CHECK(the_bios_can_be_mapped)
{
	unsigned int pages = 2 + check_random_below(4);
	unsigned long pfn = BIOS_PFN + check_random_below(BIOS_PAGES - pages);
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), pages, SHARED_RO);
	const char *call = mmap_text(pages, pfn);

	vma->vm_ops = NULL;
	EXPECT_EQ(call, mmap_at(vma, pfn, 0), 0);
	expect_frames(call, vma, vma->vm_start, pages, pfn, PAGE_READONLY);
	EXPECT(vma->vm_ops && vma->vm_ops->access == generic_access_phys,
	       "%s: vm_ops is not mmap_mem_ops, so a debugger cannot read the mapping", call);
	EXPECT(!(pgprot_val(vma->vm_page_prot) & _PAGE_PCD),
	       "%s: the mapping is not cached, but it is below 1 MiB", call);
}

KERNEL_CHECK(device_memory_is_not_cached)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 1, SHARED_RO);
	unsigned long pfn = 0xd0001UL + check_random_below(0x1000) * 2;

	EXPECT_EQ(mmap_text(1, pfn), mmap_at(vma, pfn, 0), 0);
	EXPECT(pgprot_val(vma->vm_page_prot) & _PAGE_PCD,
	       "%s: vm_page_prot lacks _PAGE_PCD: the mapping is cached", mmap_text(1, pfn));
	expect_frames(mmap_text(1, pfn), vma, vma->vm_start, 1, pfn, vma->vm_page_prot);
	vma = new_vma(check_random_page(LOW, HIGH), 1, SHARED_RO);
	EXPECT_EQ("mmap_mem() of the last frame there is", mmap_at(vma, HIGH_ROM_PFN, 0), 0);
	vma = new_vma(check_random_page(LOW, HIGH), 1, SHARED_RO);
	EXPECT_EQ("mmap_mem() of the BIOS, opened with O_DSYNC", mmap_at(vma, BIOS_PFN, O_DSYNC),
		  0);
	EXPECT(pgprot_val(vma->vm_page_prot) & _PAGE_PCD,
	       "mmap_mem() of the BIOS, opened with O_DSYNC: the mapping is cached");
}

/* The page table cannot be allocated. */
KERNEL_CHECK(a_failure_of_the_mapping_is_eagain)
{
	struct vm_area_struct *vma = new_vma(check_random_page(LOW, HIGH), 1, SHARED_RO);
	int err;

	fail_page_alloc_after = 0;
	err = mmap_at(vma, BIOS_PFN, 0);
	fail_page_alloc_after = -1;
	EXPECT_EQ("mmap_mem() of the BIOS without memory for a page table", err, -EAGAIN);
}
