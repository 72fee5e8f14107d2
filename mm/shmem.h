/*
 * Shared anonymous memory: a file without a name, whose pages exist only in memory.
 */
#ifndef MM_SHMEM_H
#define MM_SHMEM_H

#include "kernel/abi/types.h"
#include "mm/phys/swapops.h"

struct address_space;
struct file;
struct inode;
struct user_struct;
struct vm_area_struct;

/* Back a VM_SHARED VMA with a nameless file of its own. 0 or -errno. */
int shmem_zero_setup(struct vm_area_struct *vma);
/* Create an unlinked file of `size` bytes on the kernel's own tmpfs; /proc shows it as `name`. Its
   memory is charged at once, or page by page if `flags` has VM_NORESERVE. Returns the file, or
   ERR_PTR. In kernel/fs/tmpfs/super.c. */
struct file *shmem_file_setup(const char *name, loff_t size, unsigned long flags);
/* Who belongs to this group may make segments of huge pages: /proc/sys/vm/hugetlb_shm_group. In
   kernel/ipc/shm.c. */
extern unsigned int sysctl_hugetlb_shm_group;
/* swapoff: bring back all pages of such files that are in the area with this number. 0 or -errno.
   Sleeps. In kernel/fs/tmpfs/swap.c, like the next ones. */
int shmem_unuse(unsigned int type);
/* Call fn, which must not sleep, for the swap entries in all files of tmpfs. */
void shmem_for_each_swap_entry(void (*fn)(swp_entry_t entry));
/* Is it the mapping of such a file, or of another one of tmpfs? */
bool shmem_mapping(const struct address_space *mapping);
/* Pages of a file that are in swap: all, and those of [start, end). */
unsigned long shmem_swapped_pages(const struct inode *inode);
unsigned long shmem_partial_swap_usage(struct address_space *mapping, pgoff_t start, pgoff_t end);
/* SHM_LOCK: count a file of `size` bytes among the locked memory of `user`, whose record gets a
   reference. False: that is more than current's RLIMIT_MEMLOCK. */
bool user_shm_lock(size_t size, struct user_struct *user);
/* It is unlocked; drops the reference. */
void user_shm_unlock(size_t size, struct user_struct *user);

#endif
