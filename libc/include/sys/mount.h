/* Mounting of file systems. */
#ifndef LIBC_SYS_MOUNT_H
#define LIBC_SYS_MOUNT_H

#include <linux/mount.h>

/* Flags of umount2: Linux include/linux/fs.h (not in the UAPI). */
#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW 8

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);

#endif
