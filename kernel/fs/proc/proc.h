/*
 * The file system of type "proc".
 */
#ifndef KERNEL_FS_PROC_PROC_H
#define KERNEL_FS_PROC_PROC_H

/* Boot, after vfs_init: makes it known to mount. Panics without memory. */
void proc_init(void);

#endif
