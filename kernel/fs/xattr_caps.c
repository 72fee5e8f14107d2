/*
 * The attribute security.capability: what a program may do beyond what its user may. It is kept,
 * shown, and taken away when the file or its owner changes. exec does not give it to anybody.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/xattr.h"
#include "libc/include/string.h"
#include <linux/capability.h>

/* A value of revision 2, or of revision 3, which has a root user at its end. */
static bool is_revision(const struct vfs_ns_cap_data *cap, size_t size, u32 revision)
{
	size_t len = revision == VFS_CAP_REVISION_2 ? XATTR_CAPS_SZ_2 : XATTR_CAPS_SZ_3;

	return size == len && (cap->magic_etc & ~VFS_CAP_FLAGS_EFFECTIVE) == revision;
}

int cap_convert_nscap(void *value, size_t size)
{
	struct vfs_ns_cap_data cap = {0};

	memcpy(&cap, value, min(size, sizeof(cap)));
	if (!is_revision(&cap, size, VFS_CAP_REVISION_2) &&
	    !is_revision(&cap, size, VFS_CAP_REVISION_3))
		return -EINVAL;
	if (!has_cap(CAP_SETFCAP))
		return -EPERM;
	if (size == XATTR_CAPS_SZ_3 && cap.rootid == (uid_t)-1)
		return -EINVAL;
	return size;
}

/* What keeps the security attributes of an inode; NULL: nothing. */
static const struct xattr_handler *security_handler(const struct inode *inode)
{
	const struct xattr_handler *const *h = inode->i_sb->s_xattr;

	for (; h && *h; h++) {
		if ((*h)->prefix && !strcmp((*h)->prefix, XATTR_SECURITY_PREFIX))
			return *h;
	}
	return NULL;
}

/* The stored value as a program sees it: its length, or -EINVAL if it is none. */
static int show_caps(struct vfs_ns_cap_data *cap, int len)
{
	if (is_revision(cap, len, VFS_CAP_REVISION_2))
		return len;
	if (!is_revision(cap, len, VFS_CAP_REVISION_3))
		return -EINVAL;
	if (cap->rootid)
		return len;
	/* of the only root there is */
	cap->magic_etc = VFS_CAP_REVISION_2 | (cap->magic_etc & VFS_CAP_FLAGS_EFFECTIVE);
	return XATTR_CAPS_SZ_2;
}

int cap_inode_getsecurity(struct inode *inode, void *buf, size_t size)
{
	const struct xattr_handler *h = security_handler(inode);
	struct vfs_ns_cap_data cap;
	int len = h ? h->get(h, inode, XATTR_CAPS_SUFFIX, &cap, sizeof(cap)) : -EOPNOTSUPP;

	if (len >= 0)
		len = show_caps(&cap, len);
	if (len < 0)
		return len == -ERANGE ? -EINVAL : len;
	if (size && size < (size_t)len)
		return -ERANGE;
	if (size)
		memcpy(buf, &cap, len);
	return len;
}

bool cap_inode_need_killpriv(struct inode *inode)
{
	const struct xattr_handler *h;

	if (inode->i_flags & S_NOSEC)
		return false;
	h = security_handler(inode);
	if (h && h->get(h, inode, XATTR_CAPS_SUFFIX, NULL, 0) > 0)
		return true;
	inode->i_flags |= S_NOSEC;
	return false;
}

int cap_inode_killpriv(struct inode *inode)
{
	const struct xattr_handler *h = security_handler(inode);

	return h->set(h, inode, XATTR_CAPS_SUFFIX, NULL, 0, XATTR_REPLACE);
}
