/*
 * Namespaces as files. There is one of each kind, and every process is in it: two processes can be
 * found to share it (as lsns and ls -L do, by device and inode number), and nothing else.
 */
#ifndef KERNEL_FS_NSFS_H
#define KERNEL_FS_NSFS_H

#include "kernel/fs/fs.h"

enum ns_kind {
	NS_UTS,
	NS_PID,
	NS_USER,
	NS_MNT,
	NS_TIME,
	NS_IPC,
	NR_NS_KINDS
};

/* Boot: the file system of the files below, mounted nowhere. Panics without memory. */
void nsfs_init(void);
/* The file of the one namespace of a kind; takes references. */
void ns_get_path(enum ns_kind kind, struct path *path);

#endif
