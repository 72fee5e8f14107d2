/*
 * mmap: new mappings.
 *
 * do_mmap checks the request, in Linux's order because that decides the errno of a call with two
 * errors. get_unmapped_area chooses the place, and mmap_region makes or extends a VMA there. No
 * page is touched.
 */
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "mm/hugetlb.h"
#include "mm/layout.h"
#include "kernel/fs/seals.h"
#include "mm/shmem.h"
#include "mm/userfaultfd.h"
#include <linux/mman.h>
#include <linux/errno.h>
#include <linux/personality.h>
#include <linux/stat.h>

#ifndef MAP_TYPE
#	define MAP_TYPE 0x0f
#endif
/* What MAP_SHARED_VALIDATE accepts without the file's consent: all flags older than itself. */
#define LEGACY_MAP_MASK                                                                          \
	(MAP_SHARED | MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | MAP_EXECUTABLE | \
	 MAP_UNINITIALIZED | MAP_GROWSDOWN | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE |         \
	 MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_32BIT | MAP_HUGE_2MB | MAP_HUGE_1GB)

int sysctl_max_map_count = 65530;
unsigned long mmap_min_addr = 65536;
unsigned long stack_guard_gap = 256UL << PAGE_SHIFT;

/* ---- where ---- */

/* A hint that would lie in the forbidden first pages is moved up to the lowest allowed address. */
static unsigned long round_hint_to_min(unsigned long hint)
{
	hint &= PAGE_MASK;
	return hint && hint < mmap_min_addr ? PAGE_ALIGN(mmap_min_addr) : hint;
}

bool area_is_free(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	struct vm_area_struct *vma;

	if (addr > TASK_SIZE - len)
		return false;
	vma = find_vma(mm, addr);
	return !vma || addr + len <= vm_start_gap(vma);
}

/* Search for room that is longer by the most that alignment can cost: it holds an aligned place.
   The last one is taken when searching down, the first one when searching up. */
unsigned long vm_unmapped_area(struct mm_struct *mm, unsigned long len, unsigned long align)
{
	unsigned long slack = align - PAGE_SIZE, low = max(PAGE_SIZE, mmap_min_addr);
	unsigned long bottom = mm->mmap_legacy_base, found;

	VM_BUG_ON(align < PAGE_SIZE || align & (align - 1));
	if (!mm->mmap_legacy) {
		found = unmapped_area_topdown(mm, len + slack, low, mm->mmap_base);
		if (!IS_ERR_VALUE(found))
			return (found + slack) & -align;
		bottom = TASK_UNMAPPED_BASE; /* the room above mmap_base is the last resort */
	}
	found = unmapped_area(mm, len + slack, bottom, TASK_SIZE);
	return IS_ERR_VALUE(found) ? found : (found + slack) & -align;
}

/* The hint, if it is allowed and free; else the place that the layout prefers. */
static unsigned long arch_get_unmapped_area(struct mm_struct *mm, unsigned long addr,
					    unsigned long len, unsigned long flags)
{
	if (len > TASK_SIZE - mmap_min_addr)
		return -ENOMEM;
	if (flags & MAP_FIXED)
		return addr;
	if (addr) {
		addr = PAGE_ALIGN(addr);
		if (addr >= mmap_min_addr && area_is_free(mm, addr, len))
			return addr;
	}
	return vm_unmapped_area(mm, len, PAGE_SIZE);
}

unsigned long get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags)
{
	if (len > TASK_SIZE)
		return -ENOMEM;
	if (file && file->f_op->get_unmapped_area)
		addr = file->f_op->get_unmapped_area(file, addr, len, pgoff, flags);
	else
		addr = arch_get_unmapped_area(current->mm, addr, len, flags);
	if (IS_ERR_VALUE(addr))
		return addr;
	if (addr > TASK_SIZE - len)
		return -ENOMEM;
	if (addr & ~PAGE_MASK)
		return -EINVAL;
	return addr < mmap_min_addr && !has_cap(CAP_SYS_RAWIO) ? (unsigned long)-EPERM : addr;
}

/* ---- what ---- */

static unsigned long calc_vm_prot_bits(unsigned long prot)
{
	return (prot & PROT_READ ? VM_READ : 0) | (prot & PROT_WRITE ? VM_WRITE : 0) |
	       (prot & PROT_EXEC ? VM_EXEC : 0);
}

static unsigned long calc_vm_flag_bits(unsigned long flags)
{
	return (flags & MAP_GROWSDOWN ? VM_GROWSDOWN : 0) | (flags & MAP_LOCKED ? VM_LOCKED : 0) |
	       (flags & MAP_SYNC ? VM_SYNC : 0);
}

/* Do the pages lie below the largest size of such a file? Except for regular files and block
   devices, that is 4 GiB. A file of addresses has no size. */
static bool file_mmap_ok(struct file *file, unsigned long pgoff, unsigned long len)
{
	umode_t mode = file->f_inode->i_mode;
	u64 maxsize = S_ISREG(mode) || S_ISBLK(mode) ? MAX_LFS_FILESIZE : ~0UL;

	return file->f_mode & FMODE_UNSIGNED_OFFSET || pgoff <= (maxsize - len) >> PAGE_SHIFT;
}

/* May the file be mapped like this? Adds the sharing bits to *vm_flags, and takes away what the
   file forbids. 0 or -errno. */
static long check_file_mapping(struct file *file, unsigned long len, unsigned long prot,
			       unsigned long flags, unsigned long pgoff, unsigned long *vm_flags)
{
	if (!file_mmap_ok(file, pgoff, len))
		return -EOVERFLOW;
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		flags &= LEGACY_MAP_MASK;
		/* fallthrough */
	case MAP_SHARED_VALIDATE:
		if (flags & ~(LEGACY_MAP_MASK | MAP_SHARED_VALIDATE))
			return -EOPNOTSUPP;
		if (prot & PROT_WRITE && !(file->f_mode & FMODE_WRITE))
			return -EACCES;
		if (prot & PROT_WRITE && IS_SWAPFILE(file->f_mapping->host))
			return -ETXTBSY;
		if (file->f_mode & FMODE_WRITE && IS_APPEND(file->f_inode))
			return -EACCES;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		/* a file sealed against writing can be mapped only for reading */
		if (!(file->f_mode & FMODE_WRITE))
			*vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
		else if (!(prot & PROT_WRITE) && file_seals(file) & WRITE_SEALS)
			*vm_flags &= ~VM_MAYWRITE;
		/* fallthrough */
	case MAP_PRIVATE:
		if (!(file->f_mode & FMODE_READ))
			return -EACCES;
		if (path_noexec(&file->f_path)) {
			if (prot & PROT_EXEC)
				return -EPERM;
			*vm_flags &= ~VM_MAYEXEC;
		}
		if (!file->f_op->mmap)
			return -ENODEV;
		return *vm_flags & VM_GROWSDOWN ? -EINVAL : 0;
	}
	return -EINVAL;
}

static long check_anon_mapping(unsigned long flags, unsigned long *vm_flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED:
		if (*vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	case MAP_PRIVATE:
		return 0;
	}
	return -EINVAL;
}

unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff)
{
	struct mm_struct *mm = current->mm;
	unsigned long vm_flags;
	long err;

	mmap_assert_write_locked(mm);
	if (!len)
		return -EINVAL;
	if (prot & PROT_READ && current->personality & READ_IMPLIES_EXEC &&
	    !(file && path_noexec(&file->f_path)))
		prot |= PROT_EXEC;
	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	if (!(flags & MAP_FIXED))
		addr = round_hint_to_min(addr);
	len = PAGE_ALIGN(len);
	if (!len)
		return -ENOMEM;
	if (pgoff + (len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	if (mm->map_count > sysctl_max_map_count)
		return -ENOMEM;

	addr = get_unmapped_area(file, addr, len, pgoff, flags);
	if (IS_ERR_VALUE(addr))
		return addr;
	if (flags & MAP_FIXED_NOREPLACE && find_vma_intersection(mm, addr, addr + len))
		return -EEXIST;

	vm_flags = calc_vm_prot_bits(prot) | calc_vm_flag_bits(flags) | mm->def_flags | VM_MAYREAD |
		   VM_MAYWRITE | VM_MAYEXEC;
	if (flags & MAP_LOCKED && !has_cap(CAP_IPC_LOCK) && !rlimit(RLIMIT_MEMLOCK))
		return -EPERM;
	if (!mlock_future_ok(mm, vm_flags, len))
		return -EAGAIN;
	err = file ? check_file_mapping(file, len, prot, flags, pgoff, &vm_flags)
		   : check_anon_mapping(flags, &vm_flags);
	if (err)
		return err;
	if (!file)
		pgoff = vm_flags & VM_SHARED ? 0 : addr >> PAGE_SHIFT;
	if (flags & MAP_NORESERVE &&
	    (sysctl_overcommit_memory != OVERCOMMIT_NEVER || (file && is_file_hugepages(file))))
		vm_flags |= VM_NORESERVE;
	return mmap_region(file, addr, len, vm_flags, pgoff);
}
DEFINE_STATIC_CALL(do_mmap);

/* ---- making it ---- */

/* Private writable memory is charged against the commit limit; huge pages have accounts of their
 * own. */
static bool accountable_mapping(const struct file *file, unsigned long vm_flags)
{
	if (file && is_file_hugepages(file))
		return false;
	return (vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

/* Extend a neighbour with the same properties over the range; NULL: there is none, or no memory.
   This is not vma_merge: as on Linux, the range has no anon_vma yet, and that of the next VMA, if
   it matches, decides whether the VMA before joins too. */
static struct vm_area_struct *extend_neighbour(struct vma_merge_struct *vmg,
					       struct vm_area_struct *next)
{
	unsigned long start = vmg->start, end = vmg->end;
	struct vm_area_struct *vma = NULL;

	if (vmg->flags & VM_SPECIAL)
		return NULL;
	if (next && next->vm_start == end && can_vma_merge_before(next, vmg)) {
		vma = next;
		end = next->vm_end;
	}
	vmg->anon_vma = vma ? vma->anon_vma : NULL;
	if (vmg->prev && vmg->prev->vm_end == start && can_vma_merge_after(vmg->prev, vmg)) {
		vma = vmg->prev;
		start = vma->vm_start;
	}
	return vma && !vma_expand(vma, start, end) ? vma : NULL;
}

static const struct vm_operations_struct dummy_vm_ops;

/* Connect the new VMA with what backs it: its file, a nameless file for shared anonymous memory, or
   nothing. */
static int vma_set_store(struct vm_area_struct *vma, struct file *file)
{
	if (!file)
		return vma->vm_flags & VM_SHARED ? shmem_zero_setup(vma) : 0;
	vma->vm_file = get_file(file);
	vma->vm_ops = &dummy_vm_ops; /* not anonymous, whatever the driver does */
	return file->f_op->mmap(file, vma);
}

/* The flags of the VMA count, not those asked for: its driver may have added some. */
static void charge_new_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long pages)
{
	vm_stat_account(mm, vma->vm_flags, pages);
	if (!(vma->vm_flags & VM_LOCKED))
		return;
	if (vma->vm_flags & VM_SPECIAL)
		vma->vm_flags &= ~VM_LOCKED_MASK;
	else
		mm->locked_vm += pages;
}

/* Is the file sealed against such a mapping? */
static bool denies_mapping(const struct file *file, unsigned long vm_flags)
{
	return file && is_shared_maywrite(vm_flags) && mapping_denies_writable(file->f_mapping);
}

/* Free a VMA that is not linked yet, with the pages that its driver mapped before it failed and
   their page tables. */
static void undo_vma(struct vm_area_struct *vma, struct vm_area_struct *prev,
		     struct vm_area_struct *next)
{
	unmap_page_range(vma, vma->vm_start, vma->vm_end);
	free_pgtables(vma->vm_mm, vma->vm_start, vma->vm_end, prev ? prev->vm_end : 0,
		      next ? next->vm_start : TASK_SIZE);
	vm_area_free(vma);
}

/* Make a VMA for the range, connect it with what backs it, and link it. ERR_PTR on failure. */
static struct vm_area_struct *new_region(struct mm_struct *mm, const struct vma_merge_struct *vmg,
					 struct vm_area_struct *next)
{
	struct vm_area_struct *vma;
	int err;

	vma = vm_area_alloc(mm, vmg->start, vmg->end, vmg->flags, vmg->pgoff);
	if (!vma)
		return ERR_PTR(-ENOMEM);
	err = vma_set_store(vma, vmg->file);
	if (!err && denies_mapping(vma->vm_file, vma->vm_flags)) { /* sealed meanwhile */
		err = -EPERM;
		if (vma->vm_ops && vma->vm_ops->close)
			vma->vm_ops->close(vma);
	}
	if (err) {
		undo_vma(vma, vmg->prev, next);
		return ERR_PTR(err);
	}
	if (vma_wants_writenotify(vma))
		vma_set_page_prot(vma);
	vma_link(mm, vma, vmg->prev);
	return vma;
}

/* Unmap what the range holds, if the limits allow a mapping there; vmg->prev and *next become its
   neighbours. 0 or -ENOMEM. */
static int make_room(struct mm_struct *mm, struct vma_merge_struct *vmg,
		     struct vm_area_struct **next)
{
	unsigned long start = vmg->start, end = vmg->end, pages = (end - start) >> PAGE_SHIFT;

	/* what a MAP_FIXED mapping replaces does not count against the limit */
	if (!may_expand_vm(mm, vmg->flags, pages) &&
	    !may_expand_vm(mm, vmg->flags, pages - count_vma_pages_range(mm, start, end)))
		return -ENOMEM;
	*next = find_vma_prev(mm, start, &vmg->prev);
	if (!*next || (*next)->vm_start >= end)
		return 0;
	if (do_munmap(mm, start, end - start))
		return -ENOMEM;
	*next = find_vma_prev(mm, start, &vmg->prev);
	return 0;
}

unsigned long mmap_region(struct file *file, unsigned long addr, unsigned long len,
			  unsigned long vm_flags, unsigned long pgoff)
{
	struct vma_merge_struct vmg = {
		.start = addr, .end = addr + len, .flags = vm_flags, .file = file, .pgoff = pgoff};
	unsigned long pages = len >> PAGE_SHIFT, charged = 0;
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma, *next;
	int err;

	mmap_assert_write_locked(mm);
	VM_BUG_ON(!PAGE_ALIGNED(addr | len) || !len || addr > TASK_SIZE - len);
	if (denies_mapping(file, vm_flags))
		return -EPERM;
	err = make_room(mm, &vmg, &next);
	if (err)
		return err;
	VM_BUG_ON(next && next->vm_start < vmg.end);
	if (accountable_mapping(file, vm_flags)) {
		if (security_vm_enough_memory(pages))
			return -ENOMEM;
		charged = pages;
		vmg.flags |= VM_ACCOUNT;
	}
	vma = extend_neighbour(&vmg, next);
	if (!vma)
		vma = new_region(mm, &vmg, next);
	if (IS_ERR(vma)) {
		vm_unacct_memory(charged);
		return PTR_ERR(vma);
	}
	charge_new_vma(mm, vma, pages);
	return addr;
}

unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff)
{
	struct mm_struct *mm = current->mm;
	unsigned long ret;
	bool populate;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	ret = do_mmap(file, addr, len, prot, flags, pgoff);
	populate = !IS_ERR_VALUE(ret) && (flags & MAP_LOCKED || mm->def_flags & VM_LOCKED ||
					  (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE);
	mm_check_debug(mm);
	mmap_write_unlock_notify(mm);
	if (populate)
		mm_populate(ret, len);
	return ret;
}
DEFINE_STATIC_CALL(vm_mmap);

/* The file of descriptor fd, referenced, or ERR_PTR; *len is rounded up to its huge pages. */
static struct file *file_to_map(unsigned long fd, unsigned long flags, unsigned long *len)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (is_file_hugepages(file)) {
		*len = HUGE_PAGE_ALIGN(*len);
	} else if (flags & MAP_HUGETLB) {
		fput(file);
		return ERR_PTR(-EINVAL);
	}
	return file;
}

/* The nameless file behind an anonymous mapping of huge pages. ERR_PTR. */
static struct file *huge_file_to_map(unsigned long flags, unsigned long *len)
{
	unsigned int size_log = flags >> MAP_HUGE_SHIFT & MAP_HUGE_MASK;

	if (!hugetlb_size_ok(size_log))
		return ERR_PTR(-EINVAL);
	*len = HUGE_PAGE_ALIGN(*len);
	return hugetlb_file_setup(HUGETLB_ANON_FILE, *len, VM_NORESERVE, size_log);
}

unsigned long ksys_mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot,
			      unsigned long flags, unsigned long fd, unsigned long pgoff)
{
	struct file *file = NULL;
	unsigned long ret;

	if (!(flags & MAP_ANONYMOUS))
		file = file_to_map(fd, flags, &len);
	else if (flags & MAP_HUGETLB)
		file = huge_file_to_map(flags, &len);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = vm_mmap(file, addr, len, prot, flags, pgoff);
	if (file)
		fput(file);
	return ret;
}
