/*
 * Mappings, files, entries and faults made by hand, for checks: see pages.h.
 */
#include "kernel/checks/pages.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/pagewalk.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include "mm/shmem.h"

#define LOWEST	  0x10000000UL
#define HIGHEST	  0x60000000UL
#define NR_SOILED 64

unsigned long check_room(unsigned long pages)
{
	unsigned long table = LOWEST + check_random_below((HIGHEST - LOWEST) / PMD_SIZE) * PMD_SIZE;

	return check_random_page(table, table + PMD_SIZE - pages * PAGE_SIZE);
}

struct vm_area_struct *check_map(struct mm_struct *mm, struct file *file, unsigned long addr,
				 unsigned long pages, int prot, int flags, pgoff_t pgoff)
{
	struct vm_area_struct *vma;
	unsigned long is;

	down_write(&mm->mmap_sem);
	is = do_mmap(file, addr, pages * PAGE_SIZE, prot,
		     flags | MAP_FIXED | (file ? 0 : MAP_ANONYMOUS), pgoff);
	vma = find_vma(mm, addr);
	up_write(&mm->mmap_sem);
	EXPECT(is == addr && vma && vma->vm_start == addr && vma_pages(vma) == pages,
	       "the check could not map %lu pages at %#lx", pages, addr);
	return vma;
}

struct file *check_file(unsigned int pages)
{
	struct file *file = shmem_file_setup("check", 0, VM_NORESERVE);
	char *text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	loff_t pos = 0;

	EXPECT(!IS_ERR(file) && text, "the check could not make a file");
	for (unsigned int n = 0; n < pages; n++) {
		memset(text, check_byte(n), PAGE_SIZE);
		EXPECT(kernel_write(file, text, PAGE_SIZE, &pos) == PAGE_SIZE,
		       "the check could not write to its file");
	}
	kfree(text);
	return file;
}

struct page *check_file_page(struct file *file, pgoff_t n)
{
	struct page *page = find_get_page(file->f_mapping, n);

	EXPECT(page, "page %lu of the check's file is not in memory", n);
	put_page(page);
	return page;
}

pte_t check_entry(struct mm_struct *mm, unsigned long addr)
{
	pte_t entry = __pte(0), *pte;

	spin_lock(&mm->page_table_lock);
	pte = lookup_pte(mm, addr);
	if (pte)
		entry = *pte;
	spin_unlock(&mm->page_table_lock);
	return entry;
}

/* The place of the entry. */
static pte_t *entry_of(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = pmd_off(mm, addr);
	pte_t *table;

	if (pmd_none(*pmd)) {
		table = pte_alloc_one();
		EXPECT(table, "the check had no memory for a page table");
		spin_lock(&mm->page_table_lock);
		pmd_populate(mm, pmd, table);
		mm->pgtables_bytes += PAGE_SIZE;
		spin_unlock(&mm->page_table_lock);
	}
	return pte_offset_map(pmd, addr);
}

void check_set_entry(struct mm_struct *mm, unsigned long addr, pte_t entry)
{
	pte_t *pte = entry_of(mm, addr);

	spin_lock(&mm->page_table_lock);
	set_pte_at(mm, addr, pte, entry);
	flush_mm_range(mm, addr, addr + PAGE_SIZE);
	spin_unlock(&mm->page_table_lock);
}

struct page *check_map_page(struct vm_area_struct *vma, unsigned long addr, pgprot_t rights,
			    unsigned char byte)
{
	struct mm_struct *mm = vma->vm_mm;
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE);
	int err;

	EXPECT(page, "the check had no memory for a page");
	check_fill(page, byte);
	down_read(&mm->mmap_sem);
	err = anon_vma_prepare(vma);
	up_read(&mm->mmap_sem);
	EXPECT(!err, "the check had no memory for an anon_vma");
	spin_lock(&mm->page_table_lock);
	page_add_new_anon_rmap(page, vma, addr);
	add_mm_counter(mm, MM_ANONPAGES, 1);
	spin_unlock(&mm->page_table_lock);
	check_set_entry(mm, addr, pte_mkdirty(mk_pte(page, rights)));
	return page;
}

struct vm_fault check_fault(struct vm_area_struct *vma, unsigned long addr, unsigned int flags)
{
	struct vm_fault vmf = {
		.vma = vma,
		.address = addr & PAGE_MASK,
		.flags = flags,
		.pmd = pmd_off(vma->vm_mm, addr),
	};

	vmf.pgoff = linear_page_index(vma, vmf.address);
	if (!pmd_none(*vmf.pmd)) {
		vmf.pte = pte_offset_map(vmf.pmd, addr);
		vmf.orig_pte = *vmf.pte;
	}
	return vmf;
}

vm_fault_t check_call(vm_fault_t (*handler)(struct vm_fault *vmf), struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	vm_fault_t ret;

	down_read(&mm->mmap_sem);
	ret = handler(vmf);
	up_read(&mm->mmap_sem);
	return ret;
}

vm_fault_t check_handle(struct vm_area_struct *vma, unsigned long addr, unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;
	vm_fault_t ret;

	down_read(&mm->mmap_sem);
	ret = handle_mm_fault(vma, addr, flags);
	up_read(&mm->mmap_sem);
	return ret;
}

const char *check_result_text(vm_fault_t ret)
{
	static const struct {
		vm_fault_t bit;
		const char *name;
	} names[] = {
		{VM_FAULT_OOM, "VM_FAULT_OOM"},		{VM_FAULT_SIGBUS, "VM_FAULT_SIGBUS"},
		{VM_FAULT_MAJOR, "VM_FAULT_MAJOR"},	{VM_FAULT_HWPOISON, "VM_FAULT_HWPOISON"},
		{VM_FAULT_SIGSEGV, "VM_FAULT_SIGSEGV"}, {VM_FAULT_NOPAGE, "VM_FAULT_NOPAGE"},
		{VM_FAULT_LOCKED, "VM_FAULT_LOCKED"},	{VM_FAULT_RETRY, "VM_FAULT_RETRY"},
		{VM_FAULT_DIRTIED, "VM_FAULT_DIRTIED"},
	};
	const char *text = "";

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (ret & names[i].bit)
			text = check_text("%s%s%s", text, *text ? " | " : "", names[i].name);
	return *text ? text : "0";
}

void check_whole_result(const char *what, vm_fault_t is, vm_fault_t wanted)
{
	if (is != wanted)
		check_fail("%s: wanted %s, seen %s", what, check_result_text(wanted),
			   check_result_text(is));
}

void check_result(const char *what, vm_fault_t is, vm_fault_t wanted)
{
	check_whole_result(what, is & ~(VM_FAULT_MAJOR | VM_FAULT_LOCKED), wanted);
}

void check_maps(struct mm_struct *mm, unsigned long addr, struct page *page, bool write)
{
	pte_t entry = check_entry(mm, addr);

	EXPECT(pte_present(entry), "the entry of %#lx is %#llx: no page is present", addr,
	       (u64)pte_val(entry));
	EXPECT_EQ(check_text("the frame in the entry of %#lx", addr), pte_pfn(entry),
		  page_to_pfn(page));
	EXPECT(pte_write(entry) == write, "the entry of %#lx is%s writable", addr,
	       write ? " not" : "");
}

void check_rss(struct mm_struct *mm, int member, long wanted)
{
	static const char *const names[] = {"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS",
					    "MM_SHMEMPAGES"};

	EXPECT_EQ(check_text("mm->rss_stat[%s]", names[member]), mm->rss_stat[member], wanted);
}

void check_soil_memory(void)
{
	struct page *pages[NR_SOILED];
	unsigned int n;

	for (n = 0; n < NR_SOILED; n++) {
		pages[n] = alloc_page(GFP_HIGHUSER_MOVABLE);
		EXPECT(pages[n], "the check had no memory for a page");
		check_fill(pages[n], 0x5a);
	}
	while (n)
		put_page(pages[--n]);
}

void check_fill(struct page *page, unsigned char byte)
{
	void *kaddr = kmap_local_page(page);

	memset(kaddr, byte, PAGE_SIZE);
	kunmap_local(kaddr);
}

bool check_filled(struct page *page, unsigned char byte)
{
	unsigned char *kaddr = kmap_local_page(page);
	unsigned int n = 0;

	while (n < PAGE_SIZE && kaddr[n] == byte)
		n++;
	kunmap_local(kaddr);
	return n == PAGE_SIZE;
}

unsigned char check_read(unsigned long addr)
{
	unsigned char byte = 0;
	long err = get_user(byte, (const unsigned char __user *)addr);

	EXPECT(!err, "a read of %#lx failed", addr);
	return byte;
}
