/*
 * The pages of an address space: made present by faults, held by the kernel, unmapped. "mmap_sem r"
 * and "mmap_sem w" as in mm.h.
 */
#ifndef MM_FAULT_H
#define MM_FAULT_H

#include "kernel/lib/static_call.h"
#include "mm/mm_types.h"
#include <linux/errno.h>

struct page;

/* Make the page of `address` present for this kind of access (FAULT_FLAG_), which the VMA must
   permit. Returns VM_FAULT_ bits; after VM_FAULT_RETRY, which FAULT_FLAG_ALLOW_RETRY allows,
   mmap_sem is released. mmap_sem r; may sleep. */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags);
DECLARE_STATIC_CALL(handle_mm_fault); /* the trace watches it: mm_trace.c */
/* Unmap the pages of `size` bytes of the VMA from start on; the next access faults. mmap_sem r;
   lets others run. */
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size);

/* ---- pfnmap.c: for a driver's mmap ---- */
/* Map the frames from pfn on at addr, for `size` bytes (rounded up to pages), with permissions
   prot. The frames do not count their mappings: they must stay what they are for as long as the
   driver exists. The VMA becomes VM_IO and VM_PFNMAP; if it is private and writable, all of it must
   be mapped at once. 0; -EINVAL; or -ENOMEM with part of the frames mapped, which the caller of
   ->mmap unmaps. mmap_sem w; may sleep. */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot);
/* Map the part of the device's memory [start, start + len) that the VMA asks for by its offset,
   with its vm_page_prot. 0; -EINVAL if the VMA reaches beyond the end; -ENOMEM. mmap_sem w; may
   sleep. */
int vm_iomap_memory(struct vm_area_struct *vma, phys_addr_t start, unsigned long len);
/* *phys becomes the physical address behind addr. 0, or -EINVAL: nothing is mapped there, or a page
   (a private copy), or the entry is not writable and `write` is set. mmap_sem r. */
int follow_phys(struct vm_area_struct *vma, unsigned long addr, bool write, phys_addr_t *phys);
/* A vm_ops->access for mappings of device memory: /proc/PID/mem can read and write it. */
int generic_access_phys(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
			bool write);

/* The permissions of entries in a VMA with these flags; not writable where the first write must
   fault. */
pgprot_t vm_get_page_prot(unsigned long vm_flags);
/* Give the entries of [start, end) the permissions in vma->vm_page_prot, and flush them from the
   TLB. Lets others run. mmap_sem w. */
void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* Take references to `nr` user pages from start on, and fault in those not present. Returns how
   many, or -errno. The caller must be done with them before it releases mmap_sem: after that, fork
   and copy-on-write may put another page there. mmap_sem r; may sleep before each page. */
long get_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages);
/* The same for a caller that does not hold mmap_sem: it is taken, and released while a pager in
   user space fills a page. Also -EINTR. gup_flags: FOLL_WRITE, FOLL_PIN. */
long get_user_pages_unlocked(struct mm_struct *mm, unsigned long start, unsigned long nr,
			     unsigned int gup_flags, struct page **pages);
/* The same with FOLL_PIN, for pages that are used for a while. As long as private pages are pinned,
   fork gives copies to the child and leaves the pages to this address space. So a page that fork
   already shares is copied before it is pinned, even for reading. */
long pin_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages);
/* Drop the pins; `dirty`: the pages were written. */
void unpin_user_pages(struct page **pages, unsigned long nr, bool dirty);
#define FOLL_WRITE 0x01
#define FOLL_FORCE 0x10 /* also what mprotect could permit; writes only private copies */
#define FOLL_PIN   0x40000
/* Read or write another process's memory (/proc/PID/environ, cmdline, mem). Returns the bytes done.
   Takes mmap_sem; may sleep. */
int access_process_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		      unsigned int gup_flags);
/* The page at addr in current's memory for a core dump, referenced; NULL if it is untouched (zeros)
   or cannot be read. Takes mmap_sem. */
struct page *get_dump_page(unsigned long addr);

/* ---- filemap.c: what the vm_operations of a file system with a page cache consist of ---- */
/* ->fault: find or read the page in the page cache, and lock it. */
vm_fault_t filemap_fault(struct vm_fault *vmf);
/*
 * The beginning of a ->page_mkwrite: updates the file's times and locks vmf->page. VM_FAULT_LOCKED:
 * the file system gives it blocks, calls set_page_dirty, and returns VM_FAULT_LOCKED with the page
 * locked, or unlocks the page and returns vmf_error(). VM_FAULT_NOPAGE: the file was truncated;
 * return that. Sleeps.
 */
vm_fault_t filemap_lock_page_for_write(struct vm_fault *vmf);
/* The result of a fault that failed with -errno. */
static inline vm_fault_t vmf_error(int err)
{
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/* ---- rmap.c ---- */
/* Page-cache pages that are mapped somewhere, and anonymous pages, of all address spaces. */
unsigned long nr_mapped_pages(void), nr_anon_pages(void);

#endif
