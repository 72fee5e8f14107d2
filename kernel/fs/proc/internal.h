/*
 * procfs: files that show what the kernel knows. Nothing is stored: each file's text is made when
 * it is read. This header holds what the parts share: the tables of files, the inode, and access to
 * the process that a file is about.
 *
 *	inode.c		super block and inodes
 *	root.c		/proc itself, and its files that belong to no process
 *	base.c		/proc/PID and /proc/PID/task/TID
 *	fd.c		/proc/PID/fd, fdinfo
 *	map_files.c	/proc/PID/map_files
 *	namespaces.c	/proc/PID/ns
 *	array.c		status, stat, statm
 *	task_state.c	wchan, stack, syscall, io, sched, schedstat, timerslack_ns, cgroup
 *	task_mmu.c	maps, and what the memory files share
 *	smaps.c, pagemap.c, meminfo.c, vmstat.c, mounts.c ... what their names say
 *	kernel.c	kallsyms, modules, iomem, ioports, vmallocinfo
 *	sysvipc.c	/proc/sysvipc
 *	sysctl.c	/proc/sys: the variables; proc_sysctl.c: their files and formats
 */
#ifndef KERNEL_FS_PROC_INTERNAL_H
#define KERNEL_FS_PROC_INTERNAL_H

#include "kernel/fs/fs.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/util.h"
#include "kernel/cred/ptrace.h"
#include "mm/fault.h"
#include "mm/mm.h"
#include "mm/vma.h"

struct ctl_table;

/* A file of every process. Of show, follow and iop exactly one is there, or fop alone. */
struct pid_entry {
	const char *name;
	umode_t mode;
	/* All of a file's text; p is referenced. 0 or -errno. */
	int (*show)(struct seq_file *m, struct task_struct *p);
	/* Where a magic link leads: takes references. 0 or -errno. */
	int (*follow)(struct task_struct *p, struct path *path);
	const struct inode_operations *iop; /* of a directory */
	const struct file_operations *fop;
};
#define PID_SHOW(NAME, MODE, SHOW)                                       \
	{                                                                \
		.name = (NAME), .mode = S_IFREG | (MODE), .show = (SHOW) \
	}
#define PID_FILE(NAME, MODE, FOP)                                       \
	{                                                               \
		.name = (NAME), .mode = S_IFREG | (MODE), .fop = &(FOP) \
	}
#define PID_LINK(NAME, FOLLOW)                                             \
	{                                                                  \
		.name = (NAME), .mode = S_IFLNK | 0777, .follow = (FOLLOW) \
	}
#define PID_DIR(NAME, MODE, IOP, FOP)                                                  \
	{                                                                              \
		.name = (NAME), .mode = S_IFDIR | (MODE), .iop = &(IOP), .fop = &(FOP) \
	}

/* A file of /proc itself. */
struct proc_dir_entry {
	const char *name;
	umode_t mode;
	int (*show)(struct seq_file *m, void *v); /* all of its text, or NULL: */
	bool no_splice;				  /* with show: sendfile is refused, as by Linux */
	const struct file_operations *fop;
	const struct inode_operations *iop;
	const char *target; /* of a symbolic link */
	/* of a directory of such files */
	const struct proc_dir_entry *child;
	unsigned int nr_child;
};

struct proc_inode {
	/*
	 * The process or thread: its number, and when it began, since numbers are used again. No
	 * reference is kept, so that a file or name in use keeps nothing of a dead process. pid is
	 * 0 in files of no process.
	 */
	pid_t pid;
	u64 start_time_ns;
	union {
		unsigned int fd; /* in fd/ and fdinfo/ */
		struct {
			unsigned long vm_start, vm_end; /* in map_files/ */
		};
	};
	union {
		const struct pid_entry *entry;
		const struct proc_dir_entry *pde;
		const struct ctl_table *sysctl;
	};
	struct inode vfs_inode;
};
static inline struct proc_inode *PROC_I(const struct inode *inode)
{
	return container_of(inode, struct proc_inode, vfs_inode);
}

/*
 * Inode numbers are made from what the file is, so that they stay the same however often its inode
 * is made anew: of a process, the pid and a number below 64 Ki; all others above every pid's.
 */
#define PROC_ROOT_INO	   1U
#define PROC_PID_INO(p, n) ((u64)(p) << 16 | (n))
#define PROC_INO_TGID	   0x000U /* /proc/PID, then its entries */
#define PROC_INO_TID	   0x100U /* /proc/PID/task/TID, then its entries */
#define PROC_INO_NS	   0x200U
#define PROC_INO_MAP_FILES 0x4000U
#define PROC_INO_FD	   0x8000U
#define PROC_INO_FDINFO	   0xC000U
#define PROC_INO_FD_MASK   0x3FFFU
#define PROC_DYNAMIC_FIRST 0xF0000000U
#define PROC_SYSCTL_FIRST  0xF0010000U

/* ---- inode.c ---- */
/* Boot: make the cache of procfs inodes. 0 or -ENOMEM. */
int proc_init_inodecache(void);
/* An inode of type and permissions `mode`, owned by root; NULL: no memory. May sleep. */
struct inode *proc_new_inode(struct super_block *sb, umode_t mode, u64 ino);
extern const struct super_operations proc_sops;
void proc_put_super(struct super_block *sb); /* root.c: the last mount is gone */
/* chown and utimes of any file, and truncation (which does nothing); for others chmod too. */
int proc_setattr(struct dentry *dentry, struct iattr *attr);
int proc_pid_setattr(struct dentry *dentry, struct iattr *attr);
/* Give one name to readdir and move on; false: it is full. */
bool proc_emit(struct dir_context *ctx, const char *name, u64 ino, unsigned int type);
/* "." and "..", positions 0 and 1. */
bool proc_emit_dots(struct file *file, struct dir_context *ctx, u64 parent_ino);
/* A decimal number as a name, without leading zeros; -1 if it is none. */
long name_to_int(const struct qstr *name);

/* ---- base.c ---- */
/* The living (or zombie) process of an inode, referenced; NULL if it is gone. */
struct task_struct *get_proc_task(const struct inode *inode);
/* p, which is referenced, runs no new program until unlock_trace, and current may look into it and
   change it. -EPERM if not, -EINTR. */
int lock_trace(struct task_struct *p);
void unlock_trace(struct task_struct *p);
/* An inode of p's, which is referenced; NULL: no memory. */
struct inode *proc_pid_make_inode(struct super_block *sb, struct task_struct *p, umode_t mode,
				  u64 ino);
/* Still p's? Also brings the owner up to date. */
int pid_revalidate(struct dentry *dentry);
/* inode_operations.getattr of p's files: the owner follows p's ids. 0. */
int pid_getattr(struct inode *inode, struct kstat *stat);
/* inode_operations.lookup of /proc for a number: NULL, or ERR_PTR(-ENOENT, -ENOMEM). */
struct dentry *proc_pid_lookup(struct inode *dir, struct dentry *dentry);
/* The processes for readdir of /proc; positions from TGID_OFFSET on. */
int proc_pid_readdir(struct file *file, struct dir_context *ctx);
#define FIRST_PROCESS_ENTRY 256
#define TGID_OFFSET	    (FIRST_PROCESS_ENTRY + 2)

/* ---- the files of a process ---- */
/* array.c */
/* Each prints the file of this name for p, which is referenced. 0 or -errno. */
int proc_pid_status(struct seq_file *m, struct task_struct *p);
int proc_tgid_stat(struct seq_file *m, struct task_struct *p);
int proc_tid_stat(struct seq_file *m, struct task_struct *p);
int proc_pid_statm(struct seq_file *m, struct task_struct *p);
/* Threads of p's process; 0 if p has left it. */
unsigned int get_nr_threads(struct task_struct *p);
/* pid_files.c */
/* Each prints the file of this name for p, which is referenced. 0 or -errno. */
int proc_pid_limits(struct seq_file *m, struct task_struct *p);
int proc_pid_personality(struct seq_file *m, struct task_struct *p);
int proc_oom_score(struct seq_file *m, struct task_struct *p);
int proc_ksm_merging_pages(struct seq_file *m, struct task_struct *p);
int proc_ksm_stat(struct seq_file *m, struct task_struct *p);
extern const struct file_operations proc_pid_cmdline_operations, proc_environ_operations,
	proc_auxv_operations, proc_pid_comm_operations, proc_oom_score_adj_operations,
	proc_coredump_filter_operations, proc_oom_adj_operations, proc_mem_operations;
/* task_state.c */
/* Each prints the file of this name for p, which is referenced. 0 or -errno. Some print nothing, or
   fail, if current may not look into p. */
int proc_pid_wchan(struct seq_file *m, struct task_struct *p);
int proc_pid_stack(struct seq_file *m, struct task_struct *p);
int proc_pid_syscall(struct seq_file *m, struct task_struct *p);
int proc_tgid_io_accounting(struct seq_file *m, struct task_struct *p);
int proc_tid_io_accounting(struct seq_file *m, struct task_struct *p);
int proc_cgroup_show(struct seq_file *m, struct task_struct *p);
int proc_pid_schedstat(struct seq_file *m, struct task_struct *p);
extern const struct file_operations proc_pid_sched_operations;
extern const struct file_operations proc_timerslack_ns_operations;
/* map_files.c, namespaces.c */
extern const struct inode_operations proc_map_files_inode_operations, proc_ns_dir_inode_operations;
extern const struct file_operations proc_map_files_operations, proc_ns_dir_operations;
/* fd.c */
/* Of fd/ and map_files/: a process may always look at its own. */
int proc_fd_permission(struct inode *inode, int mask);
extern const struct inode_operations proc_fd_inode_operations, proc_fdinfo_inode_operations;
extern const struct file_operations proc_fd_operations, proc_fdinfo_operations;
/* task_mmu.c, smaps.c, pagemap.c */
extern const struct file_operations proc_pid_maps_operations, proc_pid_smaps_operations,
	proc_pid_smaps_rollup_operations, proc_pagemap_operations, proc_clear_refs_operations;
/* mounts.c */
extern const struct file_operations proc_mounts_operations, proc_mountinfo_operations;

/*
 * The address space of a process's file, for its open: NULL if the process has none,
 * ERR_PTR(-ESRCH, -EACCES, -EINTR). `mode`: PTRACE_MODE_READ or PTRACE_MODE_ATTACH. The file keeps
 * this address space, whatever program the process runs later. The reference is to the structure
 * only (drop it with mmdrop()), not to the memory that it describes: call mmget_not_zero() before
 * looking at that memory, and mmput() afterwards.
 */
struct mm_struct *proc_mem_open(struct inode *inode, unsigned int mode);
/* file_operations.held_pages of such files: what is left of an address space without users; and
   the same for those whose private_data it is. */
unsigned long proc_mm_held_pages(const struct mm_struct *mm);
unsigned long proc_mem_held_pages(const struct file *file);
/* The position is an address, or a place in a table: there is no end, and any value will do. */
loff_t mem_lseek(struct file *file, loff_t offset, int whence);

/* A walk over the VMAs of an address space by a seq_file; m->private. */
struct proc_maps_private {
	struct inode *inode;
	struct mm_struct *mm;
	struct task_struct *task; /* while the walk is on: referenced, and mmap_sem held */
	bool locked;
};
/* For an open, of the process's address space at that moment; ERR_PTR as proc_mem_open, -ENOMEM. */
struct proc_maps_private *proc_maps_private_alloc(struct inode *inode);
/* Drop the reference to the address space, and free priv. */
void proc_maps_private_free(struct proc_maps_private *priv);
/* file_operations.held_pages of those that have such a one. */
unsigned long proc_maps_held_pages(const struct file *file);
/* Open and release of a file that lists the VMAs of a process; m->private is a proc_maps_private. 0
   or -errno. */
int proc_maps_open(struct inode *inode, struct file *file, const struct seq_operations *op);
int proc_map_release(struct inode *inode, struct file *file);
/* seq_operations over the VMAs of the process. From start to stop mmap_sem r is held, and
   references to the process and its address space. */
void *proc_maps_start(struct seq_file *m, loff_t *pos);
void *proc_maps_next(struct seq_file *m, void *v, loff_t *pos);
void proc_maps_stop(struct seq_file *m, void *v);
/* The line of a VMA in maps. */
void show_map_vma(struct seq_file *m, struct vm_area_struct *vma);
/* "start-end perm offset dev inode " and the column of the name set. */
void show_vma_header_prefix(struct seq_file *m, unsigned long start, unsigned long end,
			    unsigned long flags, u64 offset, dev_t dev, u64 ino);

/* Pages by what they are used for. */
struct memory_figures {
	unsigned long free, available, buffers;
	unsigned long file;  /* the page cache, with buffers and shmem */
	unsigned long shmem; /* of it, tmpfs and shared anonymous memory */
	unsigned long anon, mapped, slab_reclaimable, slab_unreclaimable;
};
/* Fill *f with the numbers of this moment, in pages. */
void get_memory_figures(struct memory_figures *f);

/* What is shown may depend on the rights of who opened the file: they are kept in f_version. */
static inline void keep_opener_caps(struct file *file)
{
	file->f_version = current->cred.cap_effective;
}
static inline bool file_opener_has_cap(const struct file *file, int cap)
{
	return file->f_version >> cap & 1;
}

/* ---- files of /proc ---- */
/* What those answer that cannot be written: other than a process's, -EIO. */
ssize_t proc_no_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos);
/* seq_operations.show of the files of these names: each prints a whole file. 0 or -errno. */
int meminfo_proc_show(struct seq_file *m, void *v);
int vmstat_proc_show(struct seq_file *m, void *v);
int zoneinfo_proc_show(struct seq_file *m, void *v);
int buddyinfo_proc_show(struct seq_file *m, void *v);
int pagetypeinfo_proc_show(struct seq_file *m, void *v);
int slabinfo_proc_show(struct seq_file *m, void *v);
int cpuinfo_proc_show(struct seq_file *m, void *v);
int stat_proc_show(struct seq_file *m, void *v);
int interrupts_proc_show(struct seq_file *m, void *v);
int devices_proc_show(struct seq_file *m, void *v);
int partitions_proc_show(struct seq_file *m, void *v);
int uptime_proc_show(struct seq_file *m, void *v);
int loadavg_proc_show(struct seq_file *m, void *v);
int version_proc_show(struct seq_file *m, void *v);
int cmdline_proc_show(struct seq_file *m, void *v);
int filesystems_proc_show(struct seq_file *m, void *v);
int swaps_proc_show(struct seq_file *m, void *v);
int diskstats_proc_show(struct seq_file *m, void *v);
int modules_proc_show(struct seq_file *m, void *v);
int iomem_proc_show(struct seq_file *m, void *v);
int ioports_proc_show(struct seq_file *m, void *v);
extern const struct file_operations proc_kmsg_operations, proc_kpagecount_operations,
	proc_kpageflags_operations, proc_kallsyms_operations, proc_vmallocinfo_operations,
	proc_locks_operations;

/* sysvipc.c */
#define NR_SYSVIPC_ENTRIES 3
extern const struct proc_dir_entry proc_sysvipc_entries[NR_SYSVIPC_ENTRIES];

/* ---- proc_sysctl.c ---- */
extern const struct inode_operations proc_sys_dir_inode_operations;
extern const struct file_operations proc_sys_dir_operations;
extern const struct ctl_table sysctl_root; /* sysctl.c: what stands in /proc/sys */

/* The d_type of readdir for a mode. */
#define S_DT(mode) (((mode)&S_IFMT) >> 12)
/* Nanoseconds as the hundredths of a second in which /proc counts time. */
static inline u64 ns_to_ticks(u64 ns)
{
	return nsec_to_clock_t(ns);
}
/* Pages as kB. */
static inline unsigned long pages_to_kb(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}

#endif
