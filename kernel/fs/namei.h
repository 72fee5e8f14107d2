/*
 * From the name of a file to the file: kernel/fs/namei.c and open.c. `dfd` is a descriptor of the
 * directory where a relative path begins, or AT_FDCWD.
 */
#ifndef KERNEL_FS_NAMEI_H
#define KERNEL_FS_NAMEI_H

#include "kernel/fs/fs.h"

#define LOOKUP_FOLLOW	 0x1
#define LOOKUP_DIRECTORY 0x2
#define LOOKUP_EMPTY	 0x8
/* Copies a path from user space (PATH_MAX): kmalloc'ed string or ERR_PTR(-EFAULT, -ENAMETOOLONG,
 * -ENOENT if empty). */
char *getname(const char __user *filename);
/* Frees what getname returned. */
void putname(char *name);
/* From a path (kernel or user memory) to what it names, beginning at dfd if it is relative: *path
   with a reference of the caller's, for path_put; or -errno. Sleeps. */
int kern_path_at(int dfd, const char *name, unsigned int lookup_flags, struct path *path);
int user_path_at(int dfd, const char __user *name, unsigned int lookup_flags, struct path *path);
/* The same for a call's AT_* flags, of which `known` are allowed: -EINVAL for others. A last link
   is followed unless AT_SYMLINK_NOFOLLOW is given. */
int user_path_at_flags(int dfd, const char __user *name, int flags, int known, struct path *path);
int kern_unlink(const char *name); /* unlink(2) from inside the kernel */
/* open(2) from inside the kernel. ERR_PTR on failure. */
struct file *filp_open(const char *name, int flags, umode_t mode);
/*
 * For exec: opens a file for reading. It must be a regular file with execute permission, and not on
 * a noexec mount (EACCES). Writing to it fails with ETXTBSY until the caller calls
 * allow_write_access().
 */
struct file *open_exec(const char *name);
/* Prevent the file from being opened for writing while it is executed: 0, or -ETXTBSY if it is open
   for writing already. allow_write_access ends it. */
int deny_write_access(struct file *f);
void allow_write_access(struct file *f);

#endif
