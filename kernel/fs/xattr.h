/*
 * Extended attributes: the handlers that a super block has for the names that its files can have,
 * and the list that file systems in memory keep them in.
 */
#ifndef KERNEL_FS_XATTR_H
#define KERNEL_FS_XATTR_H

#include "kernel/fs/fs.h"
#include <linux/xattr.h>

/* For one name, or for all names with a prefix. A super block has an array of them (s_xattr), with
   NULL at its end. */
struct xattr_handler {
	const char *name;
	const char *prefix;
	int flags; /* the file system's own */
	/* The length of the value; it is copied to buf unless size is 0. `name` lacks the prefix.
	   -ENODATA, -ERANGE (it is longer than size), -EIO, -ENOMEM. May sleep. */
	int (*get)(const struct xattr_handler *handler, struct inode *inode, const char *name,
		   void *buf, size_t size);
	/* Flags: XATTR_CREATE, XATTR_REPLACE; value NULL: remove it. -EEXIST, -ENODATA, -ENOSPC,
	   -ENOMEM, -EIO. The inode is locked for writing. */
	int (*set)(const struct xattr_handler *handler, struct inode *inode, const char *name,
		   const void *value, size_t size, int flags);
};

/*
 * The calls of these names, with their permission checks. The names and values are in kernel
 * memory. get: the length of the value; list: the length of the names, each with its NUL. Both copy
 * unless size is 0. All return -errno on failure, and may sleep.
 */
int vfs_getxattr(struct inode *inode, const char *name, void *buf, size_t size);
ssize_t vfs_listxattr(struct inode *inode, char *buf, size_t size);
int vfs_setxattr(struct inode *inode, const char *name, void *value, size_t size, int flags);
int vfs_removexattr(struct inode *inode, const char *name);
/* A list of names under construction; buf NULL only counts. */
struct xattr_list {
	char *buf;
	size_t room, used;
};
/* Append a name in two parts, if current may see that there is such an attribute. 0, or -ERANGE:
   there is no more room. */
int xattr_list_one(struct xattr_list *list, const char *prefix, const char *name, size_t len);

/* xattr_caps.c: what a program may do, security.capability. */
/* Checks a value that current wants to set, and brings it to the form to be stored: its new size;
   or -EINVAL, -EPERM. */
int cap_convert_nscap(void *value, size_t size);
/* The value as a program sees it, as handler->get. */
int cap_inode_getsecurity(struct inode *inode, void *buf, size_t size);
/* Whether the inode has any; and their removal, when the file or its owner changes. The inode is
   locked for writing. 0 or -errno. */
bool cap_inode_need_killpriv(struct inode *inode);
int cap_inode_killpriv(struct inode *inode);

/* ---- in memory ---- */

struct simple_xattrs {
	struct list_head head; /* of simple_xattr, the newest first; nothing sleeps in a walk */
};
static inline void simple_xattrs_init(struct simple_xattrs *xattrs)
{
	INIT_LIST_HEAD(&xattrs->head);
}
/* Frees all. Sleeps. */
void simple_xattrs_free(struct simple_xattrs *xattrs);
/* As handler->get and set, with the whole name. */
int simple_xattr_get(const struct simple_xattrs *xattrs, const char *name, void *buf, size_t size);
int simple_xattr_set(struct simple_xattrs *xattrs, const char *name, const void *value, size_t size,
		     int flags);
/* As inode_operations.listxattr, for an inode with these. */
ssize_t simple_xattr_list(const struct simple_xattrs *xattrs, char *buf, size_t size);

#endif
