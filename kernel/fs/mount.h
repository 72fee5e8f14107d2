/*
 * File systems: their types, super blocks, and mounts.
 */
#ifndef KERNEL_FS_MOUNT_H
#define KERNEL_FS_MOUNT_H

#include "kernel/fs/fs.h"

/* A super block of pipes, eventfds and their like, mounted nowhere. Panics without memory. */
struct vfsmount *kern_mount_pseudo(const char *name, unsigned long magic);
/* The kernel's own mount of any super block (reference taken over), for nameless files. Panics
 * likewise. */
struct vfsmount *kern_mount_super(struct super_block *sb);
/* Boot: makes a type known. -EBUSY if its name is taken. */
int register_filesystem(struct file_system_type *type);
/* NULL if there is none. */
struct file_system_type *get_fs_type(const char *name);
/* A super block with one reference, NULL without memory; and the end of a reference: the last lets
   root, inodes and block go. Sleeps. */
struct super_block *alloc_super(struct file_system_type *type, unsigned long flags);
void deactivate_super(struct super_block *sb);
/* Call fn for each active super block with s_umount held for reading. Those whose s_umount others
   hold are skipped, unless `wait` is set. Sleeps. */
void iterate_supers(void (*fn)(struct super_block *sb, void *arg), void *arg, bool wait);
/* mount(2) with its arguments in kernel memory. 0 or -errno; sleeps. */
int do_mount(const char *dev, const char *dir, const char *type, unsigned long flags,
	     const char *data);
/* Boot: caches and the kernel's own file systems. Panics without memory. */
void vfs_init(void);
/* Mount root= on "/"; panics naming what was tried and which block devices there are. */
void mount_root(void);
/* One line of /proc/mounts with its newline; nothing for a mount outside current's root. */
int show_vfsmnt(struct seq_file *m, struct vfsmount *mnt);
/* The same for /proc/PID/mountinfo. */
int show_mountinfo(struct seq_file *m, struct vfsmount *mnt);
/* statfs of the file system a path is on. */
int vfs_statfs(const struct path *path, struct kstatfs *buf);
extern struct list_head mount_list, file_systems;
extern int sysctl_mount_max; /* /proc/sys/fs/mount-max: mounts in the tree */
extern struct rw_semaphore
	namespace_sem; /* guards mount_list: hold it for reading to walk the list */

#endif
