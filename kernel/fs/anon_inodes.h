/*
 * Files that are an interface of the kernel and nothing else: they have no name in a directory, and
 * no contents.
 */
#ifndef KERNEL_FS_ANON_INODES_H
#define KERNEL_FS_ANON_INODES_H

#include "kernel/fs/fs.h"

/* Boot: the file system of these files, mounted nowhere. Panics without memory. */
void anon_inodes_init(void);
/* A new file with an inode of its own, which /proc/PID/fd shows as "anon_inode:NAME". `name` must
   outlive the file. flags: O_. ERR_PTR(-ENOMEM or -ENFILE), and then private_data stays the
   caller's. Sleeps. */
struct file *anon_inode_getfile(const char *name, const struct file_operations *fop,
				void *private_data, unsigned int flags);

#endif
