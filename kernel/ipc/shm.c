/*
 * System V shared memory. A segment is a nameless file of tmpfs, as a memfd is, which lives until
 * it is removed and not until it is closed. Each attach opens the file once more, so that a VMA
 * shows how often the segment is attached, by vm_ops->open and ->close.
 */
#include "kernel/ipc/shm.h"
#include "kernel/fs/fs.h"
#include "kernel/cred/user.h"
#include "kernel/ipc/ipc.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "libc/include/stdio.h"
#include "mm/hugetlb.h"
#include "mm/mm.h"
#include "mm/phys/slab.h"
#include "mm/shmem.h"
#include "mm/userfaultfd.h"
#include "mm/vma.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/stat.h>

#define SHM_NAME_SIZE sizeof("SYSV00000000")
#define SHMLBA	      PAGE_SIZE

#define SHM_PERMS (S_IRWXU | S_IRWXG | S_IRWXO)
/* What a segment takes besides its pages. */
#define SHM_BYTES                                                                    \
	(sizeof(struct shmid_kernel) + sizeof(struct file) + sizeof(struct dentry) + \
	 sizeof(struct inode))

unsigned long shm_ctlmax = SHMMAX, shm_ctlall = SHMALL, shm_tot;
int shm_ctlmni = SHMMNI, shm_rmid_forced;

static const struct vm_operations_struct shm_vm_ops;

/* ---- the end of a segment ---- */

static void shm_free(struct kern_ipc_perm *perm)
{
	kfree(to_shmid(perm));
	ipc_uncharge(SHM_BYTES);
}

/* No one has it attached: remove it. The memory goes with the file, when the last VMA that was just
   closed drops it. */
static void shm_destroy(struct shmid_kernel *shp)
{
	struct file *file = shp->shm_file;

	shp->shm_file = NULL;
	shm_tot -= PFN_UP(shp->shm_segsz);
	list_del_init(&shp->shm_clist);
	ipc_rmid(&shm_ids, &shp->shm_perm);
	if (shp->mlock_user)
		user_shm_unlock(shp->shm_segsz, shp->mlock_user);
	shp->mlock_user = NULL;
	fput(file);
	ipc_putref(&shp->shm_perm);
}

static bool shm_may_destroy(const struct shmid_kernel *shp)
{
	return !shp->shm_nattch && (shm_rmid_forced || shp->shm_perm.mode & SHM_DEST);
}

void do_shm_rmid(struct shmid_kernel *shp)
{
	if (!shp->shm_nattch) {
		shm_destroy(shp);
		return;
	}
	shp->shm_perm.mode |= SHM_DEST;
	ipc_set_key_private(&shp->shm_perm);
}

/* One attach less. */
static void shm_detach(struct shmid_kernel *shp)
{
	shp->shm_nattch--;
	if (shm_may_destroy(shp))
		shm_destroy(shp);
}

void exit_shm(struct task_struct *p)
{
	struct list_head *created = &p->sysvshm.shm_clist;

	while (!list_empty(created)) {
		struct shmid_kernel *shp =
			list_first_entry(created, struct shmid_kernel, shm_clist);

		list_del_init(&shp->shm_clist);
		if (shm_rmid_forced && shm_may_destroy(shp))
			shm_destroy(shp);
		cond_resched();
	}
}

void shm_destroy_orphaned(void)
{
	struct kern_ipc_perm *perm;

	for (unsigned long idx = 0; (perm = ipc_find_next(&shm_ids, &idx)); idx++) {
		struct shmid_kernel *shp = to_shmid(perm);

		if (list_empty(&shp->shm_clist) && shm_may_destroy(shp))
			shm_destroy(shp);
		cond_resched();
	}
}

unsigned long shm_rss_pages(const struct shmid_kernel *shp)
{
	const struct address_space *mapping = &shp->shm_file->f_inode->i_data;

	return mapping->nrpages << (mapping->flags & AS_HUGETLB ? HPAGE_ORDER : 0);
}

unsigned long shm_swap_pages(const struct shmid_kernel *shp)
{
	return shmem_swapped_pages(shp->shm_file->f_inode);
}

/* ---- mappings ---- */

static struct shmid_kernel *file_shmid(const struct file *file)
{
	return file->private_data;
}

static void count_attach(struct shmid_kernel *shp)
{
	shp->shm_atim = get_seconds();
	shp->shm_lprid = current->tgid;
	shp->shm_nattch++;
}

/* A copy of the VMA: fork, split, mremap. */
static void shm_open(struct vm_area_struct *vma)
{
	count_attach(file_shmid(vma->vm_file));
}

static void shm_close(struct vm_area_struct *vma)
{
	struct shmid_kernel *shp = file_shmid(vma->vm_file);

	shp->shm_lprid = current->tgid;
	shp->shm_dtim = get_seconds();
	shm_detach(shp);
}

static vm_fault_t shm_fault(struct vm_fault *vmf)
{
	return file_shmid(vmf->vma->vm_file)->vm_ops->fault(vmf);
}

static int shm_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	const struct vm_operations_struct *ops = file_shmid(vma->vm_file)->vm_ops;

	return ops->may_split ? ops->may_split(vma, addr) : 0;
}

static const struct vm_operations_struct shm_vm_ops = {
	.open = shm_open,
	.close = shm_close,
	.fault = shm_fault,
	.may_split = shm_may_split,
};

static int shm_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct shmid_kernel *shp = file_shmid(file);
	int err;

	/* remap_file_pages may have unmapped the last VMA of a segment that was to be removed */
	if (shp->shm_perm.deleted)
		return -EINVAL;
	count_attach(shp);
	err = shp->shm_file->f_op->mmap(shp->shm_file, vma);
	if (err) {
		shp->shm_lprid = current->tgid;
		shp->shm_dtim = get_seconds();
		shm_detach(shp);
		return err;
	}
	shp->vm_ops = vma->vm_ops;
	vma->vm_ops = &shm_vm_ops;
	return 0;
}

static unsigned long shm_get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
					   unsigned long pgoff, unsigned long flags)
{
	struct file *base = file_shmid(file)->shm_file;

	return base->f_op->get_unmapped_area(base, addr, len, pgoff, flags);
}

static int shm_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return 0; /* there is nothing behind the memory */
}

/* MADV_REMOVE. The inode is that of the segment's own file. */
static int shm_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct file *base = file_shmid(file)->shm_file;
	int err;

	if (!base) /* removed, and unmapped since the call looked */
		return -EOPNOTSUPP;
	get_file(base);
	err = base->f_op->fallocate(base, mode, offset, len);
	fput(base);
	return err;
}

static int shm_release(struct inode *inode, struct file *file)
{
	ipc_putref(&file_shmid(file)->shm_perm);
	return 0;
}

/* Is the segment removed when nobody has it attached any more? */
static unsigned long shm_held_pages(const struct file *file)
{
	const struct shmid_kernel *shp = file_shmid(file);
	bool goes = shm_rmid_forced || shp->shm_perm.mode & SHM_DEST;

	return goes && shp->shm_file ? shm_rss_pages(shp) : 0;
}

static const struct file_operations shm_file_operations = {
	.mmap = shm_mmap,
	.fsync = shm_fsync,
	.fallocate = shm_fallocate,
	.release = shm_release,
	.held_pages = shm_held_pages,
};

static const struct file_operations shm_file_operations_huge = {
	.mmap = shm_mmap,
	.get_unmapped_area = shm_get_unmapped_area,
	.fsync = shm_fsync,
	.fallocate = shm_fallocate,
	.release = shm_release,
};

/* ---- shmget ---- */

unsigned int sysctl_hugetlb_shm_group;

/* A segment of huge pages, all of which are reserved now, so that nobody who attaches it need do
 * it.
 */
static struct file *huge_shm_file(const char *name, size_t size, int shmflg)
{
	unsigned int size_log = shmflg >> SHM_HUGE_SHIFT & SHM_HUGE_MASK;
	size_t huge_size = HUGE_PAGE_ALIGN(size);
	struct file *file;

	if (!hugetlb_size_ok(size_log))
		return ERR_PTR(-EINVAL);
	if (!has_cap(CAP_IPC_LOCK) && !in_group_p(sysctl_hugetlb_shm_group))
		return ERR_PTR(-EPERM);
	file = hugetlb_file_setup(name, huge_size, shmflg & SHM_NORESERVE ? VM_NORESERVE : 0,
				  size_log);
	if (!IS_ERR(file))
		file->f_inode->i_flags |= S_PRIVATE;
	return file;
}

static struct file *shm_file_setup(const struct ipc_params *params)
{
	bool noreserve = params->flg & SHM_NORESERVE;
	char name[SHM_NAME_SIZE];

	snprintf(name, sizeof(name), "SYSV%08x", params->key);
	if (params->flg & SHM_HUGETLB)
		return huge_shm_file(name, params->u.size, params->flg);
	if (sysctl_overcommit_memory == OVERCOMMIT_NEVER)
		noreserve = false;
	return shmem_file_setup(name, params->u.size, noreserve ? VM_NORESERVE : 0);
}

/* Is there room for a segment of this size? 0 or -errno. */
static int check_size(size_t size)
{
	unsigned long pages = PFN_UP(size);

	if (size < SHMMIN || size > shm_ctlmax)
		return -EINVAL;
	if (pages << PAGE_SHIFT < size || shm_tot + pages < shm_tot || shm_tot + pages > shm_ctlall)
		return -ENOSPC;
	return 0;
}

/* Give the segment its memory and its id. */
static int setup_segment(struct shmid_kernel *shp, const struct ipc_params *params)
{
	struct file *file = shm_file_setup(params);
	int id;

	if (IS_ERR(file))
		return PTR_ERR(file);
	shp->shm_file = file;
	id = ipc_addid(&shm_ids, &shp->shm_perm, shm_ctlmni);
	if (id < 0) {
		fput(file);
		return id;
	}
	list_add(&shp->shm_clist, &current->sysvshm.shm_clist);
	file->f_inode->i_ino = id; /* /proc/PID/maps shows it */
	shm_tot += PFN_UP(params->u.size);
	return id;
}

static int newseg(const struct ipc_params *params)
{
	struct shmid_kernel *shp;
	int err = check_size(params->u.size);

	if (!err)
		err = ipc_charge(SHM_BYTES);
	if (err)
		return err;
	shp = kzalloc(sizeof(*shp), GFP_KERNEL);
	if (!shp) {
		ipc_uncharge(SHM_BYTES);
		return -ENOMEM;
	}
	shp->shm_perm.key = params->key;
	shp->shm_perm.mode = params->flg & SHM_PERMS;
	shp->shm_perm.free = shm_free;
	shp->shm_cprid = current->tgid;
	shp->shm_ctim = get_seconds();
	shp->shm_segsz = params->u.size;
	err = setup_segment(shp, params);
	if (err < 0)
		shm_free(&shp->shm_perm);
	return err;
}

static int shm_more_checks(const struct kern_ipc_perm *perm, const struct ipc_params *params)
{
	const struct shmid_kernel *shp = container_of(perm, struct shmid_kernel, shm_perm);

	return shp->shm_segsz < params->u.size ? -EINVAL : 0;
}

long do_shmget(key_t key, size_t size, int shmflg)
{
	static const struct ipc_ops shm_ops = {.getnew = newseg, .more_checks = shm_more_checks};
	const struct ipc_params params = {.key = key, .flg = shmflg, .u.size = size};

	return ipcget(&shm_ids, &shm_ops, &params);
}

/* ---- shmat ---- */

/* How a segment is to be attached. */
struct shm_attach {
	unsigned long addr;
	unsigned long prot, flags; /* of the mapping */
	int acc_mode;		   /* the permission that is needed */
	unsigned int f_flags;	   /* how the file is opened */
	bool remap;
};

/* What the arguments of shmat mean. 0 or -EINVAL. */
static int parse_attach(struct shm_attach *at, unsigned long addr, int shmflg)
{
	*at = (struct shm_attach){.addr = addr, .flags = MAP_SHARED, .remap = shmflg & SHM_REMAP};
	if (addr & (SHMLBA - 1)) {
		if (!(shmflg & SHM_RND))
			return -EINVAL;
		at->addr &= ~(SHMLBA - 1);
	}
	if (!at->addr && at->remap)
		return -EINVAL;
	if (addr) /* before it was rounded, as on Linux */
		at->flags |= MAP_FIXED;
	at->prot = PROT_READ;
	at->acc_mode = S_IRUSR | S_IRGRP | S_IROTH;
	at->f_flags = O_RDONLY;
	if (!(shmflg & SHM_RDONLY)) {
		at->prot |= PROT_WRITE;
		at->acc_mode |= S_IWUSR | S_IWGRP | S_IWOTH;
		at->f_flags = O_RDWR;
	}
	if (shmflg & SHM_EXEC) {
		at->prot |= PROT_EXEC;
		at->acc_mode |= S_IXUSR | S_IXGRP | S_IXOTH;
	}
	return 0;
}

/* Open the segment once more. The file holds a reference to it. */
static struct file *shm_open_file(struct shmid_kernel *shp, unsigned int f_flags)
{
	struct file *base = shp->shm_file;
	struct file *file = alloc_file_clone(base, f_flags,
					     is_file_hugepages(base) ? &shm_file_operations_huge
								     : &shm_file_operations);

	if (!IS_ERR(file)) {
		file->private_data = shp;
		shp->shm_perm.refcount++;
	}
	return file;
}

/* The address or -errno. */
static unsigned long attach_locked(struct file *file, const struct shm_attach *at,
				   unsigned long size)
{
	if (at->addr && !at->remap &&
	    (at->addr + size < at->addr ||
	     find_vma_intersection(current->mm, at->addr, at->addr + size)))
		return -EINVAL;
	return static_call(do_mmap)(file, at->addr, size, at->prot, at->flags, 0);
}

static unsigned long map_segment(struct file *file, const struct shm_attach *at)
{
	unsigned long size = file->f_inode->i_size, addr;
	struct mm_struct *mm = current->mm;
	bool populate;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	addr = attach_locked(file, at, size);
	userfaultfd_forget_events(mm); /* as Linux: no pager is told what SHM_REMAP replaced */
	populate = mm->def_flags & VM_LOCKED;
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	if (populate && !IS_ERR_VALUE(addr))
		mm_populate(addr, size);
	return addr;
}

long do_shmat(int shmid, unsigned long addr, int shmflg, unsigned long *raddr)
{
	struct kern_ipc_perm *perm;
	struct shm_attach at;
	struct shmid_kernel *shp;
	struct file *file;
	int err;

	if (shmid < 0)
		return -EINVAL;
	err = parse_attach(&at, addr, shmflg);
	if (err)
		return err;
	perm = ipc_obtain_object_check(&shm_ids, shmid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	if (ipcperms(perm, at.acc_mode))
		return -EACCES;
	shp = to_shmid(perm);
	shp->shm_nattch++; /* it must not go meanwhile */
	file = shm_open_file(shp, at.f_flags);
	err = PTR_ERR_OR_ZERO(file);
	if (!err) {
		*raddr = map_segment(file, &at);
		err = IS_ERR_VALUE(*raddr) ? (int)*raddr : 0;
		fput(file);
	}
	shm_detach(shp);
	return err;
}

/* ---- shmdt ---- */

/* Does vma show the part of a segment that would be there if the segment were attached at addr? */
static bool is_part_of_attach(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_ops == &shm_vm_ops && (vma->vm_start - addr) >> PAGE_SHIFT == vma->vm_pgoff;
}

/* Unmap vma. Returns the next one. */
static struct vm_area_struct *unmap_part(struct mm_struct *mm, struct vm_area_struct *vma)
{
	unsigned long end = vma->vm_end;

	static_call(do_munmap)(mm, vma->vm_start, end - vma->vm_start);
	return find_vma(mm, end);
}

/* mprotect and munmap may have split the mapping. The first part that is found tells which segment
   it is, and how far the others can be; none of them may be another segment's. */
static int detach_locked(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);
	const struct file *file;
	loff_t size;

	while (vma && !is_part_of_attach(vma, addr)) {
		vma = vma->vm_next;
		cond_resched();
	}
	if (!vma)
		return -EINVAL;
	file = vma->vm_file; /* compared, not followed: it may be gone by then */
	size = PAGE_ALIGN(file->f_inode->i_size);
	vma = unmap_part(mm, vma);
	while (vma && vma->vm_end - addr <= size) {
		if (is_part_of_attach(vma, addr) && vma->vm_file == file)
			vma = unmap_part(mm, vma);
		else
			vma = vma->vm_next;
		cond_resched();
	}
	return 0;
}

long do_shmdt(unsigned long addr)
{
	struct mm_struct *mm = current->mm;
	int err;

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	err = detach_locked(mm, addr);
	mm_check_debug(mm);
	up_write(&mm->mmap_sem);
	return err;
}

/* ---- /proc/sysvipc/shm ---- */

static void shm_proc_show(struct seq_file *m, const struct kern_ipc_perm *perm)
{
	const struct shmid_kernel *shp = container_of(perm, struct shmid_kernel, shm_perm);

	seq_printf(m, "%10d %10d  %4o %10zu %5u %5u  ", perm->key, perm->id, perm->mode,
		   shp->shm_segsz, shp->shm_cprid, shp->shm_lprid);
	seq_printf(m, "%5lu %5u %5u %5u %5u %10lld %10lld %10lld ", shp->shm_nattch, perm->uid,
		   perm->gid, perm->cuid, perm->cgid, shp->shm_atim, shp->shm_dtim, shp->shm_ctim);
	seq_printf(m, "%10lu %10lu\n", shm_rss_pages(shp) << PAGE_SHIFT,
		   shm_swap_pages(shp) << PAGE_SHIFT);
}

const struct ipc_proc_iface shm_proc_iface = {
	.header = "       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  "
		  "cgid      atime      dtime      ctime        rss       swap\n",
	.ids = &shm_ids,
	.show = shm_proc_show,
};
