/*
 * Extended attributes of tmpfs: those of the administrator (trusted.) and of security modules
 * (security.), in memory. A user can set none of them: what a user can make the kernel keep has a
 * limit, and these have none.
 */
#include "kernel/fs/tmpfs/tmpfs.h"
#include "libc/include/string.h"
#include <linux/limits.h>

static void whole_name(char *to, const struct xattr_handler *handler, const char *name)
{
	strcpy(to, handler->prefix);
	strcat(to, name);
}

static int tmpfs_xattr_get(const struct xattr_handler *handler, struct inode *inode,
			   const char *name, void *buf, size_t size)
{
	char whole[XATTR_NAME_MAX + 1];

	whole_name(whole, handler, name);
	return simple_xattr_get(&TMPFS_I(inode)->xattrs, whole, buf, size);
}

static int tmpfs_xattr_set(const struct xattr_handler *handler, struct inode *inode,
			   const char *name, const void *value, size_t size, int flags)
{
	char whole[XATTR_NAME_MAX + 1];
	int err;

	whole_name(whole, handler, name);
	err = simple_xattr_set(&TMPFS_I(inode)->xattrs, whole, value, size, flags);
	if (!err)
		inode->i_ctime = current_time();
	return err;
}

ssize_t tmpfs_listxattr(struct inode *inode, char *buf, size_t size)
{
	return simple_xattr_list(&TMPFS_I(inode)->xattrs, buf, size);
}

static const struct xattr_handler security_handler = {
	.prefix = XATTR_SECURITY_PREFIX,
	.get = tmpfs_xattr_get,
	.set = tmpfs_xattr_set,
};
static const struct xattr_handler trusted_handler = {
	.prefix = XATTR_TRUSTED_PREFIX,
	.get = tmpfs_xattr_get,
	.set = tmpfs_xattr_set,
};

const struct xattr_handler *const tmpfs_xattr_handlers[] = {&security_handler, &trusted_handler,
							    NULL};
