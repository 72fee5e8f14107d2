/*
 * Leases: the holder of a lease gets a signal when another process opens the file in a conflicting
 * way, and that process waits for some time until the holder has given the lease up (fcntl(2),
 * "Leases").
 */
#ifndef KERNEL_FS_LEASE_H
#define KERNEL_FS_LEASE_H

#include "kernel/fs/fs.h"

extern int leases_enable, lease_break_time; /* /proc/sys/fs/; the second in seconds */

/* F_RDLCK, F_WRLCK or F_UNLCK: what the file holds, or will when it is being broken. */
int fcntl_getlease(struct file *f);
/* 0 or -errno; -EAGAIN while others have the file open in a way that conflicts. */
int fcntl_setlease(unsigned int fd, struct file *f, int type);
/* The last reference to an open file goes: its leases too. */
void leases_remove_file(struct file *f);
/* The part of break_lease() for an inode that has leases. */
int __break_lease(struct inode *inode, unsigned int flags);
/* The inode is about to be opened with these O_ flags, or truncated (O_WRONLY): wait until no lease
   conflicts. 0, -EWOULDBLOCK (O_NONBLOCK), -ERESTARTSYS. */
static inline int break_lease(struct inode *inode, unsigned int flags)
{
	return inode->i_lease ? __break_lease(inode, flags) : 0;
}

#endif
