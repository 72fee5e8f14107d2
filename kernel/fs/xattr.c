/*
 * Extended attributes: who may read and change them, and which handler of the file system keeps
 * them. A file system without handlers has none, which programs (ls, cp, tar) take for "no ACL, no
 * label" and go on.
 */
#include "kernel/fs/xattr.h"
#include "kernel/fs/internal.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

static bool has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* ---- permissions ---- */

static int user_xattr_permission(struct inode *inode, int mask)
{
	if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
		return mask & MAY_WRITE ? -EPERM : -ENODATA;
	if (mask & MAY_WRITE && S_ISDIR(inode->i_mode) && inode->i_mode & S_ISVTX &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	return inode_permission(inode, mask);
}

/* May current read (MAY_READ) or change (MAY_WRITE) an attribute of this name? 0 or -errno. */
static int xattr_permission(struct inode *inode, const char *name, int mask)
{
	if (mask & MAY_WRITE && (IS_IMMUTABLE(inode) || IS_APPEND(inode)))
		return -EPERM;
	if (has_prefix(name, XATTR_SYSTEM_PREFIX) || has_prefix(name, XATTR_SECURITY_PREFIX))
		return 0;
	if (has_prefix(name, XATTR_TRUSTED_PREFIX)) {
		if (has_cap(CAP_SYS_ADMIN))
			return 0;
		return mask & MAY_WRITE ? -EPERM : -ENODATA;
	}
	if (has_prefix(name, XATTR_USER_PREFIX))
		return user_xattr_permission(inode, mask);
	return inode_permission(inode, mask);
}

/* Labels of security modules, of which there are none, are the administrator's; the capabilities of
   programs have a right of their own. */
static int security_xattr_permission(const char *name)
{
	if (!has_prefix(name, XATTR_SECURITY_PREFIX))
		return 0;
	return has_cap(strcmp(name, XATTR_NAME_CAPS) ? CAP_SYS_ADMIN : CAP_SETFCAP) ? 0 : -EPERM;
}

/* ---- handlers ---- */

/* The handler of *name, which becomes the rest behind its prefix. ERR_PTR(-EINVAL): nothing is
   behind it; ERR_PTR(-EOPNOTSUPP): there is none. */
static const struct xattr_handler *xattr_resolve_name(const struct inode *inode, const char **name)
{
	const struct xattr_handler *const *h = inode->i_sb->s_xattr;

	for (; h && *h; h++) {
		if ((*h)->name) {
			if (!strcmp(*name, (*h)->name))
				return *h;
		} else if (has_prefix(*name, (*h)->prefix)) {
			*name += strlen((*h)->prefix);
			return **name ? *h : ERR_PTR(-EINVAL);
		}
	}
	return ERR_PTR(-EOPNOTSUPP);
}

/* Without permission checks: the inode is locked for writing. */
static int xattr_set(struct inode *inode, const char *name, const void *value, size_t size,
		     int flags)
{
	const struct xattr_handler *handler = xattr_resolve_name(inode, &name);

	if (IS_ERR(handler))
		return PTR_ERR(handler);
	return handler->set ? handler->set(handler, inode, name, value, size, flags) : -EOPNOTSUPP;
}

static int xattr_get(struct inode *inode, const char *name, void *buf, size_t size)
{
	const struct xattr_handler *handler = xattr_resolve_name(inode, &name);

	if (IS_ERR(handler))
		return PTR_ERR(handler);
	return handler->get ? handler->get(handler, inode, name, buf, size) : -EOPNOTSUPP;
}

/* ---- the calls ---- */

int vfs_getxattr(struct inode *inode, const char *name, void *buf, size_t size)
{
	int err = xattr_permission(inode, name, MAY_READ);

	if (err)
		return err;
	if (!strcmp(name, XATTR_NAME_CAPS))
		return cap_inode_getsecurity(inode, buf, size);
	return xattr_get(inode, name, buf, size);
}

static int change(struct inode *inode, const char *name, const void *value, size_t size, int flags)
{
	int err;

	inode_lock(inode);
	err = xattr_permission(inode, name, MAY_WRITE);
	if (!err)
		err = security_xattr_permission(name);
	if (!err)
		err = xattr_set(inode, name, value, size, flags);
	inode->i_flags &= ~S_NOSEC;
	inode_unlock(inode);
	return err;
}

int vfs_setxattr(struct inode *inode, const char *name, void *value, size_t size, int flags)
{
	if (size && !strcmp(name, XATTR_NAME_CAPS)) {
		int len = cap_convert_nscap(value, size);

		if (len < 0)
			return len;
		size = len;
	}
	return change(inode, name, value, size, flags);
}

int vfs_removexattr(struct inode *inode, const char *name)
{
	return change(inode, name, NULL, 0, XATTR_REPLACE);
}

ssize_t vfs_listxattr(struct inode *inode, char *buf, size_t size)
{
	return inode->i_op->listxattr ? inode->i_op->listxattr(inode, buf, size) : 0;
}

int xattr_list_one(struct xattr_list *list, const char *prefix, const char *name, size_t len)
{
	size_t prefix_len = strlen(prefix), all = prefix_len + len + 1;
	char *to = list->buf + list->used;

	if (has_prefix(*prefix ? prefix : name, XATTR_TRUSTED_PREFIX) && !has_cap(CAP_SYS_ADMIN))
		return 0;
	if (list->buf) {
		if (all > list->room - list->used)
			return -ERANGE;
		memcpy(to, prefix, prefix_len);
		memcpy(to + prefix_len, name, len);
		to[all - 1] = '\0';
	}
	list->used += all;
	return 0;
}

/* ---- in memory ---- */

struct simple_xattr {
	struct list_head list;
	size_t size, name_len;
	char data[]; /* the name with its NUL, and the value */
};

static char *value_of(const struct simple_xattr *xattr)
{
	return (char *)xattr->data + xattr->name_len + 1;
}

static struct simple_xattr *find(const struct simple_xattrs *xattrs, const char *name)
{
	struct simple_xattr *xattr;

	list_for_each_entry (xattr, &xattrs->head, list) {
		if (!strcmp(xattr->data, name))
			return xattr;
	}
	return NULL;
}

static struct simple_xattr *alloc(const char *name, const void *value, size_t size)
{
	size_t name_len = strlen(name);
	struct simple_xattr *xattr = kvmalloc(sizeof(*xattr) + name_len + 1 + size);

	if (!xattr)
		return NULL;
	xattr->size = size;
	xattr->name_len = name_len;
	memcpy(xattr->data, name, name_len + 1);
	memcpy(value_of(xattr), value, size);
	return xattr;
}

void simple_xattrs_free(struct simple_xattrs *xattrs)
{
	struct simple_xattr *xattr, *next;

	list_for_each_entry_safe (xattr, next, &xattrs->head, list) {
		kvfree(xattr);
		cond_resched();
	}
	simple_xattrs_init(xattrs);
}

int simple_xattr_get(const struct simple_xattrs *xattrs, const char *name, void *buf, size_t size)
{
	const struct simple_xattr *xattr = find(xattrs, name);

	if (!xattr)
		return -ENODATA;
	if (size && size < xattr->size)
		return -ERANGE;
	if (size)
		memcpy(buf, value_of(xattr), xattr->size);
	return xattr->size;
}

int simple_xattr_set(struct simple_xattrs *xattrs, const char *name, const void *value, size_t size,
		     int flags)
{
	struct simple_xattr *old, *new = NULL;

	if (value) {
		new = alloc(name, value, size);
		if (!new)
			return -ENOMEM;
	}
	old = find(xattrs, name);
	if (old ? flags & XATTR_CREATE : flags & XATTR_REPLACE) {
		kvfree(new);
		return old ? -EEXIST : -ENODATA;
	}
	/* one that changes keeps its place in the list */
	if (new)
		list_add(&new->list, old ? &old->list : &xattrs->head);
	if (old)
		list_del(&old->list);
	kvfree(old);
	return 0;
}

ssize_t simple_xattr_list(const struct simple_xattrs *xattrs, char *buf, size_t size)
{
	struct xattr_list list = {.buf = size ? buf : NULL, .room = size};
	const struct simple_xattr *xattr;
	int err = 0;

	list_for_each_entry (xattr, &xattrs->head, list) {
		err = xattr_list_one(&list, "", xattr->data, xattr->name_len);
		if (err)
			return err;
	}
	return list.used;
}
