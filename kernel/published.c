/*
 * The structure that tells readers outside of the kernel how its memory is laid out. All numbers
 * are made by the compiler and the linker, so none of them can be out of date.
 */
#include "kernel/published.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "mm/layout.h"
#include "mm/mm_types.h"
#include "mm/phys/memblock.h"
#include "mm/phys/page.h"
#include "mm/phys/pgtable.h"

#define FIELD(type, field) {#type "." #field, offsetof(struct type, field)},
#define SIZE(type)	   {"sizeof." #type, sizeof(struct type)},
#define ADDRESS(variable)  {"&" #variable, (unsigned long)&(variable)},
#define NUMBER(constant)   {#constant, constant},

/* clang-format off */
const struct mapix_published mapix_published __aligned(PAGE_SIZE) = {
	.magic = PUBLISHED_MAGIC,
	.version = PUBLISHED_VERSION,
	.number_size = sizeof(struct published_number),
	.numbers = {
		FIELD(task_struct, pid)
		FIELD(task_struct, tgid)
		FIELD(task_struct, state)
		FIELD(task_struct, flags)
		FIELD(task_struct, mm)
		FIELD(task_struct, comm)
		FIELD(task_struct, tasks)
		FIELD(task_struct, group_leader)
		FIELD(task_struct, real_parent)
		FIELD(task_struct, min_flt)
		FIELD(task_struct, maj_flt)
		FIELD(mm_struct, mmap)
		FIELD(mm_struct, mm_rb)
		FIELD(mm_struct, pgd)
		FIELD(mm_struct, map_count)
		FIELD(mm_struct, mm_users)
		FIELD(mm_struct, rss_stat)
		FIELD(mm_struct, total_vm)
		FIELD(mm_struct, locked_vm)
		FIELD(mm_struct, pgtables_bytes)
		FIELD(mm_struct, start_code)
		FIELD(mm_struct, end_code)
		FIELD(mm_struct, start_data)
		FIELD(mm_struct, end_data)
		FIELD(mm_struct, start_brk)
		FIELD(mm_struct, brk)
		FIELD(mm_struct, start_stack)
		FIELD(mm_struct, vdso)
		FIELD(mm_struct, exe_file)
		FIELD(vm_area_struct, vm_start)
		FIELD(vm_area_struct, vm_end)
		FIELD(vm_area_struct, vm_next)
		FIELD(vm_area_struct, vm_rb)
		FIELD(vm_area_struct, rb_subtree_gap)
		FIELD(vm_area_struct, vm_flags)
		FIELD(vm_area_struct, vm_pgoff)
		FIELD(vm_area_struct, vm_file)
		FIELD(vm_area_struct, anon_vma)
		FIELD(rb_node, __rb_parent_color)
		FIELD(rb_node, rb_left)
		FIELD(rb_node, rb_right)
		FIELD(rb_root, rb_node)
		FIELD(list_head, next)
		FIELD(file, f_path)
		FIELD(file, f_inode)
		FIELD(path, mnt)
		FIELD(path, dentry)
		FIELD(dentry, d_name)
		FIELD(dentry, d_parent)
		FIELD(dentry, d_inode)
		FIELD(qstr, name)
		FIELD(qstr, len)
		FIELD(vfsmount, mnt_root)
		FIELD(vfsmount, mnt_parent)
		FIELD(vfsmount, mnt_mountpoint)
		FIELD(inode, i_ino)
		FIELD(inode, i_sb)
		FIELD(inode, i_nlink)
		FIELD(super_block, s_dev)
		FIELD(page, flags)
		FIELD(page, _refcount)
		FIELD(page, _mapcount)
		FIELD(page, mapping)
		FIELD(page, index)
		FIELD(page, private)
		SIZE(page)
		ADDRESS(all_tasks)
		ADDRESS(init_task)
		ADDRESS(current_task)
		ADDRESS(mem_map)
		ADDRESS(max_pfn)
		ADDRESS(swapper_pg_dir)
		ADDRESS(empty_zero_page)
		NUMBER(PAGE_OFFSET)
		NUMBER(PAGE_SHIFT)
		NUMBER(PGDIR_SHIFT)
		NUMBER(TASK_SIZE)
		NUMBER(PTE_PFN_MASK)
		NUMBER(_PAGE_PRESENT)
		NUMBER(_PAGE_RW)
		NUMBER(_PAGE_USER)
		NUMBER(_PAGE_ACCESSED)
		NUMBER(_PAGE_DIRTY)
		NUMBER(_PAGE_PSE)
		NUMBER(_PAGE_GLOBAL)
		NUMBER(_PAGE_SPECIAL)
		NUMBER(_PAGE_HWPOISON)
		NUMBER(VM_READ)
		NUMBER(VM_WRITE)
		NUMBER(VM_EXEC)
		NUMBER(VM_SHARED)
		NUMBER(VM_MAYSHARE)
		NUMBER(VM_GROWSDOWN)
		NUMBER(VM_PFNMAP)
		NUMBER(VM_LOCKED)
		NUMBER(MM_FILEPAGES)
		NUMBER(MM_ANONPAGES)
		NUMBER(MM_SWAPENTS)
		NUMBER(MM_SHMEMPAGES)
		NUMBER(PG_dirty)
		NUMBER(PG_locked)
		NUMBER(PG_slab)
		NUMBER(PG_buddy)
		NUMBER(PG_reserved)
		NUMBER(PG_head)
		NUMBER(PG_swapbacked)
		NUMBER(PG_lru)
		NUMBER(PG_private)
		NUMBER(TASK_INTERRUPTIBLE)
		NUMBER(TASK_UNINTERRUPTIBLE)
		NUMBER(TASK_STOPPED)
		{"", 0}, /* the end */
	},
};
/* clang-format on */
