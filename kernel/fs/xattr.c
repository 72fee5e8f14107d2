/*
 * Extended attributes: no file system here keeps any. What is asked is checked as where there are
 * some, and then the answer is that the file system has none, which programs (ls, cp, tar) take for
 * "no ACL, no label" and go on.
 */
#include "kernel/fs/internal.h"
#include "kernel/sched/sched.h"
#include "libc/include/string.h"
#include <linux/xattr.h>

static bool has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* May current read (MAY_READ) or change (MAY_WRITE) an attribute of this name? 0 or -errno. */
static int xattr_permission(struct inode *inode, const char *name, int mask)
{
	int hidden = mask & MAY_WRITE ? -EPERM : -ENODATA;

	if (mask & MAY_WRITE && (IS_IMMUTABLE(inode) || IS_APPEND(inode)))
		return -EPERM;
	if (has_prefix(name, XATTR_SYSTEM_PREFIX))
		return 0;
	if (has_prefix(name, XATTR_SECURITY_PREFIX))
		return mask & MAY_WRITE && !capable() ? -EPERM : 0;
	if (has_prefix(name, XATTR_TRUSTED_PREFIX))
		return capable() ? 0 : hidden;
	if (has_prefix(name, XATTR_USER_PREFIX)) {
		if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
			return hidden;
		if (mask & MAY_WRITE && S_ISDIR(inode->i_mode) && inode->i_mode & S_ISVTX &&
		    !inode_owner_or_capable(inode))
			return -EPERM;
	}
	return inode_permission(inode, mask);
}

int vfs_xattr(const struct path *path, const char *name, int mask)
{
	int err = xattr_permission(path->dentry->d_inode, name, mask);

	return err ? err : -EOPNOTSUPP;
}
