/*
 * The dentry cache: names of files as a tree. Each dentry connects a name in a directory to an
 * inode, or to none ("negative": the name is known not to exist). A dentry holds a reference to its
 * parent. An unused dentry stays in the hash table and on an LRU list until memory is reclaimed.
 */
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/fs/internal.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"

#define DCACHE_HASH_BITS 10
#define DCACHE_HASH_SIZE (1U << DCACHE_HASH_BITS)

static struct list_head dentry_hashtable[DCACHE_HASH_SIZE];
static LIST_HEAD(dentry_lru); /* unused ones, the longest unused last */
static struct kmem_cache *dentry_cache;
struct dentry_stat dentry_stat;
int sysctl_vfs_cache_pressure = 100;

void dcache_init(void)
{
	unsigned int i;

	for (i = 0; i < DCACHE_HASH_SIZE; i++)
		INIT_LIST_HEAD(&dentry_hashtable[i]);
	dentry_cache = kmem_cache_create("dentry", sizeof(struct dentry), 0, 0, NULL);
	if (!dentry_cache)
		panic("VFS: no memory for the dentry cache");
}

#define FNV_OFFSET 2166136261U
#define FNV_PRIME  16777619U

u32 full_name_hash(const char *name, unsigned int len)
{
	u32 hash = FNV_OFFSET;

	while (len--)
		hash = (hash ^ (unsigned char)*name++) * FNV_PRIME;
	return hash;
}

static struct list_head *d_bucket(const struct dentry *parent, u32 hash)
{
	hash += (unsigned long)parent / sizeof(struct dentry);
	hash ^= hash >> DCACHE_HASH_BITS;
	return &dentry_hashtable[hash & (DCACHE_HASH_SIZE - 1)];
}

/* A dentry without a parent and outside the hash table. */
static struct dentry *__d_alloc(const struct qstr *name)
{
	struct dentry *d = kmem_cache_zalloc(dentry_cache, GFP_KERNEL);
	char *text;

	if (!d)
		return NULL;
	text = d->d_iname;
	if (name->len >= sizeof(d->d_iname)) {
		text = kmalloc(name->len + 1, GFP_KERNEL);
		if (!text) {
			kmem_cache_free(dentry_cache, d);
			return NULL;
		}
	}
	memcpy(text, name->name, name->len);
	text[name->len] = '\0';
	d->d_name.name = text;
	d->d_name.len = name->len;
	d->d_name.hash = full_name_hash(text, name->len);
	d->d_count = 1;
	d->d_flags = DCACHE_UNHASHED;
	d->d_parent = d;
	INIT_LIST_HEAD(&d->d_hash);
	INIT_LIST_HEAD(&d->d_child);
	INIT_LIST_HEAD(&d->d_subdirs);
	INIT_LIST_HEAD(&d->d_lru);
	dentry_stat.nr_dentry++;
	return d;
}

struct dentry *d_alloc(struct dentry *parent, const struct qstr *name)
{
	struct dentry *d = __d_alloc(name);

	if (!d)
		return NULL;
	d->d_parent = dget(parent);
	d->d_sb = parent->d_sb;
	d->d_op = parent->d_sb->s_d_op;
	list_add(&d->d_child, &parent->d_subdirs);
	return d;
}

struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name)
{
	struct dentry *d = __d_alloc(name);

	if (d)
		d->d_sb = sb;
	return d;
}

struct dentry *d_alloc_cursor(struct dentry *parent)
{
	static const struct qstr no_name = {"", 0, 0};
	struct dentry *d = __d_alloc(&no_name);

	if (d) {
		d->d_flags |= DCACHE_CURSOR;
		d->d_parent = dget(parent);
		d->d_sb = parent->d_sb;
	}
	return d;
}

struct dentry *d_make_root(struct inode *inode)
{
	static const struct qstr slash = {"/", 1, 0};
	struct dentry *d = inode ? __d_alloc(&slash) : NULL;

	if (!d) {
		if (inode)
			iput(inode);
		return NULL;
	}
	d->d_sb = inode->i_sb;
	d->d_op = inode->i_sb->s_d_op;
	d_instantiate(d, inode);
	return d;
}

static void d_rehash(struct dentry *d)
{
	d->d_flags &= ~DCACHE_UNHASHED;
	list_add(&d->d_hash, d_bucket(d->d_parent, d->d_name.hash));
}

void d_instantiate(struct dentry *d, struct inode *inode)
{
	d->d_inode = inode;
	if (inode && S_ISDIR(inode->i_mode))
		inode->i_dentry = d;
}

/* The inode that d leaves behind, whose reference the caller drops. */
static struct inode *take_inode(struct dentry *d)
{
	struct inode *inode = d->d_inode;

	d->d_inode = NULL;
	if (inode && inode->i_dentry == d)
		inode->i_dentry = NULL;
	return inode;
}

void d_add(struct dentry *d, struct inode *inode)
{
	d_instantiate(d, inode);
	d_rehash(d);
}

void d_drop(struct dentry *d)
{
	if (d_unhashed(d))
		return;
	list_del_init(&d->d_hash);
	d->d_flags |= DCACHE_UNHASHED;
}

struct dentry *dget(struct dentry *d)
{
	if (d && !d->d_count++ && !list_empty(&d->d_lru)) {
		list_del_init(&d->d_lru);
		dentry_stat.nr_unused--;
	}
	return d;
}

/* Free an unused dentry. Returns its parent, whose reference the caller now owns, or NULL.
 */
static struct dentry *dentry_kill(struct dentry *d)
{
	struct dentry *parent = d->d_parent == d ? NULL : d->d_parent;
	struct inode *inode = take_inode(d);

	d_drop(d);
	if (!list_empty(&d->d_lru)) {
		list_del_init(&d->d_lru);
		dentry_stat.nr_unused--;
	}
	list_del_init(&d->d_child);
	if (inode)
		iput(inode);
	if (d->d_name.name != d->d_iname)
		kfree((char *)d->d_name.name);
	kmem_cache_free(dentry_cache, d);
	dentry_stat.nr_dentry--;
	return parent;
}

void dput(struct dentry *d)
{
	while (d && !--d->d_count) {
		if (!d_unhashed(d) && !(d->d_op && d->d_op->delete_when_unused)) {
			list_add(&d->d_lru, &dentry_lru);
			dentry_stat.nr_unused++;
			return;
		}
		d = dentry_kill(d);
	}
}

void d_delete(struct dentry *d)
{
	if (d->d_count == 1 && d->d_inode)
		iput(take_inode(d));
	else
		d_drop(d);
}

struct dentry *d_lookup(struct dentry *parent, const struct qstr *name)
{
	u32 hash = full_name_hash(name->name, name->len);
	struct dentry *d;

	list_for_each_entry (d, d_bucket(parent, hash), d_hash) {
		if (d->d_name.hash == hash && d->d_parent == parent && d->d_name.len == name->len &&
		    !memcmp(d->d_name.name, name->name, name->len))
			return dget(d);
	}
	return NULL;
}

static void swap_names(struct dentry *a, struct dentry *b)
{
	bool a_short = a->d_name.name == a->d_iname, b_short = b->d_name.name == b->d_iname;
	char iname[sizeof(a->d_iname)];

	memcpy(iname, a->d_iname, sizeof(iname));
	memcpy(a->d_iname, b->d_iname, sizeof(iname));
	memcpy(b->d_iname, iname, sizeof(iname));
	swap(a->d_name, b->d_name);
	if (b_short)
		a->d_name.name = a->d_iname;
	if (a_short)
		b->d_name.name = b->d_iname;
}

/* The two change places: names and parents. The references to the parents change hands with them.
 */
static void d_swap_places(struct dentry *a, struct dentry *b)
{
	swap_names(a, b);
	swap(a->d_parent, b->d_parent);
	list_move(&b->d_child, &b->d_parent->d_subdirs);
	list_move(&a->d_child, &a->d_parent->d_subdirs);
}

void d_move(struct dentry *d, struct dentry *target)
{
	bool hashed = !d_unhashed(d);

	d_drop(d);
	d_drop(target);
	d_swap_places(d, target);
	if (hashed)
		d_rehash(d);
}

void d_exchange(struct dentry *a, struct dentry *b)
{
	d_drop(a);
	d_drop(b);
	d_swap_places(a, b);
	d_rehash(a);
	d_rehash(b);
}

struct dentry *d_ancestor(struct dentry *p1, struct dentry *p2)
{
	struct dentry *p;

	for (p = p2; !IS_ROOT(p); p = p->d_parent) {
		if (p->d_parent == p1)
			return p;
	}
	return NULL;
}

/* Move the directory's dentry to where d, a new one, stands. The inode of d's parent is locked;
   that of the other one must be free. */
static int move_alias(struct dentry *alias, struct dentry *d)
{
	bool same = alias->d_parent == d->d_parent;

	if (!same && (IS_ROOT(alias) || rwsem_is_locked(&alias->d_parent->d_inode->i_rwsem) ||
		      !mutex_trylock(&rename_mutex)))
		return -ESTALE;
	d_move(alias, d);
	if (d_unhashed(alias))
		d_rehash(alias);
	if (!same)
		mutex_unlock(&rename_mutex);
	return 0;
}

struct dentry *d_splice_alias(struct inode *inode, struct dentry *d)
{
	struct dentry *alias = inode && S_ISDIR(inode->i_mode) ? dget(inode->i_dentry) : NULL;
	int err = -ELOOP;

	if (!alias) {
		d_add(d, inode);
		return NULL;
	}
	if (!d_ancestor(alias, d))
		err = move_alias(alias, d);
	else if (printk_ratelimit())
		printk(KERN_WARNING "VFS: Lookup of '%s' in %s would have caused loop\n",
		       d->d_name.name, d->d_sb->s_type->name);
	iput(inode);
	if (!err)
		return alias;
	dput(alias);
	return ERR_PTR(err);
}

/* Free one unused dentry and the ancestors that become unused and unhashed by it. */
static void prune_one_dentry(struct dentry *d)
{
	dput(dentry_kill(d));
}

unsigned long shrink_dcache(unsigned long nr)
{
	unsigned long freed = 0;

	/* A parent comes to the list's front when its last child goes, and is reached in its turn.
	   What others add while we rest may stay. */
	nr = min(nr, (unsigned long)dentry_stat.nr_dentry);
	while (freed < nr && !list_empty(&dentry_lru)) {
		prune_one_dentry(list_last_entry(&dentry_lru, struct dentry, d_lru));
		freed++;
		cond_resched();
	}
	return freed;
}

/* Move the unused dentries below `parent` from the LRU list to `dispose`. A dentry that is used
   again is removed from that list too. */
static void collect_unused(struct dentry *parent, struct list_head *dispose)
{
	struct list_head *next = parent->d_subdirs.next;
	struct dentry *d = parent;

	for (;;) {
		while (next == &d->d_subdirs) {
			if (d == parent)
				return;
			next = d->d_child.next;
			d = d->d_parent;
		}
		d = list_entry(next, struct dentry, d_child);
		if (!list_empty(&d->d_lru))
			list_move(&d->d_lru, dispose);
		next = d->d_subdirs.next;
	}
}

void shrink_dcache_parent(struct dentry *parent)
{
	LIST_HEAD(dispose);

	/* a directory becomes unused with its last child: until there are none */
	for (;;) {
		collect_unused(parent, &dispose);
		if (list_empty(&dispose))
			return;
		while (!list_empty(&dispose)) {
			prune_one_dentry(list_first_entry(&dispose, struct dentry, d_lru));
			cond_resched();
		}
	}
}

void shrink_dcache_for_umount(struct super_block *sb)
{
	struct dentry *root = sb->s_root, *d = root, *parent;

	sb->s_root = NULL;
	while (d) {
		if (!list_empty(&d->d_subdirs)) {
			d = list_first_entry(&d->d_subdirs, struct dentry, d_child);
			continue;
		}
		/* In-memory file systems pin each name by one reference; nothing else can be left.
		 */
		WARN_ON(d->d_count > 1);
		parent = dentry_kill(d);
		if (parent)
			parent->d_count--;
		d = parent;
		cond_resched();
	}
}

/* ---- paths as text ---- */

struct path_text {
	char *buf, *pos; /* pos moves down from the end of buf */
};

static int prepend(struct path_text *t, const char *s, int len)
{
	if (t->pos - t->buf < len)
		return -ENAMETOOLONG;
	t->pos -= len;
	memcpy(t->pos, s, len);
	return 0;
}

/* Prepend the names from `path` up to `root`. 0, 1 if the way up did not pass root, or
 * -ENAMETOOLONG. */
static int prepend_path(const struct path *path, const struct path *root, struct path_text *t)
{
	struct dentry *d = path->dentry;
	struct vfsmount *mnt = path->mnt;
	bool empty = true;
	int err;

	while (d != root->dentry || mnt != root->mnt) {
		if (d == mnt->mnt_root || IS_ROOT(d)) {
			if (d != mnt->mnt_root || mnt->mnt_parent == mnt) {
				err = empty ? prepend(t, "/", 1) : 0;
				return err ? err : 1;
			}
			d = mnt->mnt_mountpoint;
			mnt = mnt->mnt_parent;
			continue;
		}
		err = prepend(t, d->d_name.name, d->d_name.len);
		if (!err)
			err = prepend(t, "/", 1);
		if (err)
			return err;
		empty = false;
		d = d->d_parent;
	}
	return empty ? prepend(t, "/", 1) : 0;
}

static const char deleted_mark[] = " (deleted)";

char *d_path(const struct path *path, char *buf, int len)
{
	struct path_text t = {buf, buf + len};
	struct dentry *d = path->dentry;
	int err;

	if (d->d_op && d->d_op->d_dname && IS_ROOT(d)) {
		int n = d->d_op->d_dname(d, buf, len);

		return n < 0 ? ERR_PTR(n) : buf;
	}
	err = prepend(&t, "", 1);
	if (!err && IS_ROOT(d) && d != path->mnt->mnt_root) {
		/* A nameless file: what its maker called it. */
		err = prepend(&t, d->d_name.name, d->d_name.len);
		return err ? ERR_PTR(err) : t.pos;
	}
	if (!err && d_unlinked(d))
		err = prepend(&t, deleted_mark, sizeof(deleted_mark) - 1);
	if (!err)
		err = prepend_path(path, &current->fs->root, &t);
	return err < 0 ? ERR_PTR(err) : t.pos;
}

int d_path_cwd(char *buf, int len, char **start)
{
	static const char unreachable[] = "(unreachable)";
	struct path_text t = {buf, buf + len};
	int err;

	if (d_unlinked(current->fs->pwd.dentry))
		return -ENOENT;
	err = prepend(&t, "", 1);
	if (!err)
		err = prepend_path(&current->fs->pwd, &current->fs->root, &t);
	if (err > 0)
		err = prepend(&t, unreachable, sizeof(unreachable) - 1);
	*start = t.pos;
	return err;
}
