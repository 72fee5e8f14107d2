/*
 * /dev/mem: physical memory as a file, whose offsets are physical addresses. A small driver with
 * all parts of one; docs/drivers-mmap.md goes through it.
 *
 * The kernel's memory is not shown: devmem_is_allowed() decides page by page, as Linux does with
 * CONFIG_STRICT_DEVMEM. What is left are the BIOS and the memory of devices.
 */
#include "kernel/cred/cred.h"
#include "kernel/drivers/mem.h"
#include "kernel/drivers/resource.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/fault.h"
#include "mm/layout.h"
#include "mm/phys/page.h"
#include "mm/vma.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>

#define FIRST_MIB_PFN 256 /* below it there are the BIOS and VGA, whoever has claimed them */
#define FRAMES_OF_4G  (1UL << (32 - PAGE_SHIFT))

enum devmem_access devmem_is_allowed(unsigned long pfn)
{
	if (region_intersects(&iomem_resource, PFN_PHYS(pfn), PAGE_SIZE, IORESOURCE_SYSTEM_RAM))
		return pfn < FIRST_MIB_PFN ? DEVMEM_ZEROS : DEVMEM_REFUSED;
	if (region_intersects(&iomem_resource, PFN_PHYS(pfn), PAGE_SIZE, IORESOURCE_BUSY))
		return pfn < FIRST_MIB_PFN ? DEVMEM_ALLOWED : DEVMEM_REFUSED;
	return DEVMEM_ALLOWED;
}

static int open_mem(struct inode *inode, struct file *file)
{
	if (!has_cap(CAP_SYS_RAWIO))
		return -EPERM;
	file->f_mode |= FMODE_UNSIGNED_OFFSET;
	return 0;
}

/* Offsets are addresses: all but the last page of them, which would look like errors. */
static loff_t memory_lseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if ((u64)offset >= (u64)-MAX_ERRNO)
		return -EOVERFLOW;
	file->f_pos = offset;
	return offset;
}

/* ---- read and write: what the kernel has mapped already ---- */

/* Move n bytes, all in one page: how many, or -errno. */
static ssize_t transfer(unsigned long phys, char __user *buf, size_t n, bool write)
{
	unsigned long left = 0;

	switch (devmem_is_allowed(PHYS_PFN(phys))) {
	case DEVMEM_REFUSED:
		return -EPERM;
	case DEVMEM_ALLOWED:
		left = write ? copy_from_user(__va(phys), buf, n)
			     : copy_to_user(buf, __va(phys), n);
		break;
	case DEVMEM_ZEROS:
		left = write ? 0 : clear_user(buf, n);
	}
	return left == n || (left && !write) ? -EFAULT : (ssize_t)(n - left);
}

/* As on Linux, a failure ends the call without a count, except for a write that found its buffer
   bad after it had begun. */
static ssize_t mem_rw(char __user *buf, size_t len, loff_t *ppos, bool write)
{
	unsigned long phys = *ppos, last = phys + len - 1;
	size_t done = 0, n;
	ssize_t moved;

	if (phys != *ppos && MAX_PHYSMEM_BITS == BITS_PER_LONG)
		return write ? -EFBIG : 0; /* no address of that size */
	if (phys != *ppos || last > __pa(high_memory) - 1 || phys + len < phys)
		return -EFAULT;
	while (done < len) {
		n = min(len - done, PAGE_SIZE - offset_in_page(phys + done));
		moved = transfer(phys + done, buf + done, n, write);
		if (moved < 0 && !(write && moved == -EFAULT && done))
			return moved;
		if (moved > 0)
			done += moved;
		if (moved != (ssize_t)n)
			break;
		cond_resched();
	}
	*ppos += done;
	return done;
}

static ssize_t read_mem(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return mem_rw(buf, len, ppos, false);
}

static ssize_t write_mem(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return mem_rw((char __user *)buf, len, ppos, true);
}

/* ---- mmap: any physical address, if it is nobody's ---- */

static const struct vm_operations_struct mmap_mem_ops = {.access = generic_access_phys};

/* May the frame be mapped? None above 4 GiB, because Linux takes it for another one when it asks
   whom it belongs to. Memory that the page allocator hands out is not, wherever it lies: what a
   program kept mapped would be another program's later. */
static bool frame_is_mappable(unsigned long pfn)
{
	return pfn < FRAMES_OF_4G && devmem_is_allowed(pfn) != DEVMEM_REFUSED &&
	       (!pfn_valid(pfn) || PageReserved(pfn_to_page(pfn)));
}

/* ->mmap of /dev/mem: map the frames from number vm_pgoff on, without caching for O_DSYNC and above
   the first MiB. 0; -EINVAL beyond the last physical address; -EPERM if one of the frames may not
   be mapped; -EAGAIN if remap_pfn_range() fails. mmap_sem w; may sleep. */
static int mmap_mem(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start, pfn = vma->vm_pgoff;

	if (PFN_PHYS(pfn) + size > 1ULL << MAX_PHYSMEM_BITS)
		return -EINVAL;
	for (unsigned long i = 0; i < size >> PAGE_SHIFT; i++) {
		if (!frame_is_mappable(pfn + i))
			return -EPERM;
		cond_resched();
	}
	if (file->f_flags & O_DSYNC || pfn >= FIRST_MIB_PFN)
		vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_ops = &mmap_mem_ops;
	return remap_pfn_range(vma, vma->vm_start, pfn, size, vma->vm_page_prot) ? -EAGAIN : 0;
}

const struct file_operations mem_fops = {
	.llseek = memory_lseek,
	.read = read_mem,
	.write = write_mem,
	.mmap = mmap_mem,
	.open = open_mem,
};
