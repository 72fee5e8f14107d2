/*
 * From names to files: the path walk. A walk is at a path (mount and dentry, both referenced) and
 * takes one component after the other: `.`, `..`, or a name that the dentry cache or the file
 * system knows; it steps through mounts and follows symbolic links, whose text is put in front of
 * what is left of the path.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/namei.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

/* ---- names from user space ---- */

static char *getname_flags(const char __user *filename, bool empty_ok)
{
	char *name = kmalloc(PATH_MAX_KERNEL, GFP_KERNEL);
	long len;

	if (!name)
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(name, filename, PATH_MAX_KERNEL);
	if (len > 0 && len < PATH_MAX_KERNEL)
		return name;
	if (len == 0 && empty_ok)
		return name;
	kfree(name);
	if (len < 0)
		return ERR_PTR(len);
	return ERR_PTR(len ? -ENAMETOOLONG : -ENOENT);
}

char *getname(const char __user *filename)
{
	return getname_flags(filename, false);
}

void putname(char *name)
{
	if (!IS_ERR_OR_NULL(name))
		kfree(name);
}

/* ---- one name in one directory ---- */

/* The cached dentry if it is still true, or NULL. */
static struct dentry *lookup_cached(struct dentry *parent, const struct qstr *name)
{
	struct dentry *d = d_lookup(parent, name);
	int valid;

	if (!d || !d->d_op || !d->d_op->d_revalidate)
		return d;
	valid = d->d_op->d_revalidate(d);
	if (valid > 0)
		return d;
	/* What is below a name that is no longer true is not either. */
	if (!d_mountpoint(d)) {
		shrink_dcache_parent(d);
		d_drop(d);
	}
	dput(d);
	return valid < 0 ? ERR_PTR(valid) : NULL;
}

struct dentry *lookup_locked(struct dentry *parent, const struct qstr *name)
{
	struct inode *dir = parent->d_inode;
	struct dentry *d, *other;

	if (name->len > NAME_MAX_KERNEL)
		return ERR_PTR(-ENAMETOOLONG);
	d = lookup_cached(parent, name);
	if (d)
		return d;
	if (IS_DEADDIR(dir))
		return ERR_PTR(-ENOENT);
	if (!dir->i_op->lookup)
		return ERR_PTR(-ENOTDIR);
	d = d_alloc(parent, name);
	if (!d)
		return ERR_PTR(-ENOMEM);
	other = dir->i_op->lookup(dir, d);
	if (other) {
		dput(d);
		d = other;
	}
	return d;
}

/* The same with the directory unlocked; a cached name is found without the lock. */
static struct dentry *lookup_one(struct dentry *parent, const struct qstr *name)
{
	struct dentry *d = lookup_cached(parent, name);

	if (d)
		return d;
	inode_lock(parent->d_inode);
	d = lookup_locked(parent, name);
	inode_unlock(parent->d_inode);
	return d;
}

struct dentry *lookup_last(struct nameidata *nd)
{
	return lookup_one(nd->path.dentry, &nd->last);
}

struct dentry *lookup_last_locked(struct nameidata *nd)
{
	return lookup_locked(nd->path.dentry, &nd->last);
}

/* ---- steps ---- */

/* Go down through everything that is mounted on this very place. */
static void follow_mounts(struct path *path)
{
	struct vfsmount *mnt;

	while ((mnt = lookup_mnt(path))) {
		mntget(mnt);
		dget(mnt->mnt_root);
		path_put(path);
		path->mnt = mnt;
		path->dentry = mnt->mnt_root;
	}
}

void nd_step(struct nameidata *nd, struct dentry *d)
{
	dput(nd->path.dentry);
	nd->path.dentry = d;
	follow_mounts(&nd->path);
}

static void follow_dotdot(struct path *path)
{
	const struct path *root = &current->fs->root;
	struct path up;

	for (;;) {
		struct vfsmount *mnt = path->mnt;

		if (path->dentry == root->dentry && mnt == root->mnt)
			break;
		if (path->dentry != mnt->mnt_root) {
			struct dentry *parent = dget(path->dentry->d_parent);

			dput(path->dentry);
			path->dentry = parent;
			break;
		}
		if (mnt->mnt_parent == mnt)
			break;
		up = (struct path){mnt->mnt_parent, mnt->mnt_mountpoint};
		path_get(&up);
		path_put(path);
		*path = up;
	}
	follow_mounts(path);
}

void nd_handle_dots(struct nameidata *nd)
{
	if (nd->last_type == LAST_DOTDOT)
		follow_dotdot(&nd->path);
}

/* A thread may change the root while path_put sleeps. */
static void nd_to_root(struct nameidata *nd)
{
	struct path root = current->fs->root;

	path_get(&root);
	path_put(&nd->path);
	nd->path = root;
}

/* ---- symbolic links ---- */

/* The rest of the path with the link's target in front: "TARGET/REST". kmalloc'ed or ERR_PTR. */
static char *link_then_rest(const char *target, const char *rest, bool slash)
{
	size_t n = strlen(target), m = strlen(rest);
	char *text = kmalloc(n + m + 2, GFP_KERNEL);

	if (!text)
		return ERR_PTR(-ENOMEM);
	memcpy(text, target, n);
	if (m || slash)
		text[n++] = '/';
	memcpy(text + n, rest, m + 1);
	return text;
}

/*
 * Follow the link d, whose reference is taken over; nd->path is its directory, and `rest` is the
 * path after the link. Returns the path to continue with, NULL if a magic link has jumped to its
 * target, or ERR_PTR.
 */
static char *follow_link(struct nameidata *nd, struct dentry *d, const char *rest, bool slash)
{
	struct inode *inode = d->d_inode;
	struct path here = {nd->path.mnt, d}, there;
	char *target, *text = NULL;
	int err = 0;

	if (nd->links++ >= MAX_SYMLINKS)
		err = -ELOOP;
	else if (nd->path.mnt->mnt_flags & MS_NOSYMFOLLOW)
		err = -ELOOP;
	if (err) {
		dput(d);
		return ERR_PTR(err);
	}
	cond_resched(); /* the text of a link may be as long as a path, and lead to the next */
	touch_atime(&here);
	if (inode->i_op->follow_magic) {
		if (inode->i_op->may_follow)
			err = inode->i_op->may_follow(inode);
		if (!err)
			err = inode->i_op->follow_magic(inode, &there);
		dput(d);
		if (err)
			return ERR_PTR(err);
		path_put(&nd->path);
		nd->path = there;
		return NULL;
	}
	target = inode->i_op->get_link ? inode->i_op->get_link(inode) : ERR_PTR(-EINVAL);
	dput(d);
	if (IS_ERR(target))
		return target;
	if (!*target)
		text = ERR_PTR(-ENOENT);
	else
		text = link_then_rest(target, rest, slash);
	if (!IS_ERR(text) && *target == '/')
		nd_to_root(nd);
	kfree(target);
	return text;
}

/* ---- the walk ---- */

static int component_type(const struct qstr *c)
{
	if (c->name[0] != '.')
		return LAST_NORM;
	if (c->len == 1)
		return LAST_DOT;
	return c->len == 2 && c->name[1] == '.' ? LAST_DOTDOT : LAST_NORM;
}

/* Replace the text that is walked. */
static const char *nd_set_text(struct nameidata *nd, char *text)
{
	kfree(nd->buf);
	nd->buf = text;
	return text;
}

/* Walk one component that is not the last. Returns what to walk next, or ERR_PTR. */
static const char *walk_component(struct nameidata *nd, const struct qstr *c, int type,
				  const char *rest)
{
	struct dentry *d;
	char *text;

	if (type == LAST_DOTDOT)
		follow_dotdot(&nd->path);
	if (type != LAST_NORM)
		return rest;
	d = lookup_one(nd->path.dentry, c);
	if (IS_ERR(d))
		return ERR_CAST(d);
	if (!d->d_inode) {
		dput(d);
		return ERR_PTR(-ENOENT);
	}
	if (!S_ISLNK(d->d_inode->i_mode)) {
		nd_step(nd, d);
		return rest;
	}
	text = follow_link(nd, d, rest, false);
	if (IS_ERR(text))
		return text;
	return text ? nd_set_text(nd, text) : rest;
}

/* Walk all but the last component of `name`, from nd->path on. */
static int link_path_walk(const char *name, struct nameidata *nd)
{
	struct inode *inode;
	struct qstr c;
	const char *p;
	int err, type;

	nd->last_slash = false;
	while (*name == '/')
		name++;
	if (!*name) {
		nd->last_type = LAST_ROOT;
		return 0;
	}
	for (;;) {
		inode = nd->path.dentry->d_inode;
		if (!S_ISDIR(inode->i_mode))
			return -ENOTDIR;
		err = inode_permission(inode, MAY_EXEC);
		if (err)
			return err;
		p = strchrnul(name, '/');
		c = (struct qstr){name, p - name, 0};
		type = component_type(&c);
		name = p;
		while (*name == '/')
			name++;
		if (!*name)
			break;
		name = walk_component(nd, &c, type, name);
		if (IS_ERR(name))
			return PTR_ERR(name);
		/* A link's text may begin with slashes. */
		while (*name == '/')
			name++;
		if (!*name) {
			/* "link/" whose text was "/" */
			nd->last_type = LAST_ROOT;
			return 0;
		}
	}
	nd->last = c;
	nd->last_type = type;
	nd->last_slash = *p == '/';
	return 0;
}

/* Where the walk of `name` begins. */
static int path_init(int dfd, const char *name, struct nameidata *nd)
{
	struct file *f;

	if (*name == '/') {
		nd->path = current->fs->root;
		path_get(&nd->path);
		return 0;
	}
	if (dfd == AT_FDCWD) {
		nd->path = current->fs->pwd;
		path_get(&nd->path);
		return 0;
	}
	f = fget_raw(dfd);
	if (!f)
		return -EBADF;
	if (*name && !S_ISDIR(f->f_inode->i_mode)) {
		fput(f);
		return -ENOTDIR;
	}
	nd->path = f->f_path;
	path_get(&nd->path);
	fput(f);
	return 0;
}

void nd_put(struct nameidata *nd)
{
	path_put(&nd->path);
	kfree(nd->buf);
	nd->buf = NULL;
}

int path_parentat(int dfd, const char *name, unsigned int flags, struct nameidata *nd)
{
	int err;

	memset(nd, 0, sizeof(*nd));
	nd->flags = flags;
	err = path_init(dfd, name, nd);
	if (err)
		return err;
	err = link_path_walk(name, nd);
	if (err)
		nd_put(nd);
	return err;
}

/*
 * In a sticky directory that is writable for all, the last link of a path is followed only for its
 * owner, or if the link and the directory have the same owner (fs.protected_symlinks, which Debian
 * enables).
 */
static bool sticky_forbids_follow(const struct inode *dir, const struct inode *link)
{
	return (dir->i_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH) &&
	       link->i_uid != current->cred.fsuid && link->i_uid != dir->i_uid;
}

int nd_follow_link(struct nameidata *nd, struct dentry *link)
{
	char *text;

	if (sticky_forbids_follow(nd->path.dentry->d_inode, link->d_inode)) {
		dput(link);
		return -EACCES;
	}
	text = follow_link(nd, link, "", nd->last_slash);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (!text)
		return 1;
	return link_path_walk(nd_set_text(nd, text), nd);
}

/* Walk the last component, following links as the flags say: nd->path is then the file. */
static int walk_last(struct nameidata *nd)
{
	struct dentry *d;
	int err;

	for (;;) {
		if (nd->last_type != LAST_NORM) {
			nd_handle_dots(nd);
			return 0;
		}
		d = lookup_last(nd);
		if (IS_ERR(d))
			return PTR_ERR(d);
		if (!d->d_inode) {
			dput(d);
			return -ENOENT;
		}
		if (!S_ISLNK(d->d_inode->i_mode) ||
		    !(nd->flags & LOOKUP_FOLLOW || nd->last_slash)) {
			nd_step(nd, d);
			return 0;
		}
		err = nd_follow_link(nd, d);
		if (err)
			return err < 0 ? err : 0;
	}
}

int kern_path_at(int dfd, const char *name, unsigned int lookup_flags, struct path *path)
{
	struct nameidata nd;
	bool must_be_dir;
	int err;

	if (!*name) {
		if (!(lookup_flags & LOOKUP_EMPTY))
			return -ENOENT;
		memset(&nd, 0, sizeof(nd));
		err = path_init(dfd, name, &nd);
		if (!err)
			*path = nd.path;
		return err;
	}
	err = path_parentat(dfd, name, lookup_flags, &nd);
	if (err)
		return err;
	err = walk_last(&nd);
	must_be_dir = nd.last_slash || lookup_flags & LOOKUP_DIRECTORY;
	if (!err && must_be_dir && !S_ISDIR(nd.path.dentry->d_inode->i_mode))
		err = -ENOTDIR;
	if (err) {
		nd_put(&nd);
		return err;
	}
	kfree(nd.buf);
	*path = nd.path;
	return 0;
}

int user_path_at_flags(int dfd, const char __user *name, int flags, int known, struct path *path)
{
	unsigned int how = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;

	if (flags & ~known)
		return -EINVAL;
	if (flags & AT_EMPTY_PATH)
		how |= LOOKUP_EMPTY;
	return user_path_at(dfd, name, how, path);
}

int user_path_at(int dfd, const char __user *name, unsigned int lookup_flags, struct path *path)
{
	char *kname = getname_flags(name, lookup_flags & LOOKUP_EMPTY);
	int err;

	if (IS_ERR(kname))
		return PTR_ERR(kname);
	err = kern_path_at(dfd, kname, lookup_flags, path);
	putname(kname);
	return err;
}
