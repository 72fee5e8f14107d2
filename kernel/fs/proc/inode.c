/*
 * procfs's super block and inodes. An inode exists as long as a name or an open file refers to it,
 * and is created again when its name is looked up again.
 */
#include "kernel/fs/proc/internal.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/magic.h>

static struct kmem_cache *proc_inode_cachep;

int proc_init_inodecache(void)
{
	proc_inode_cachep =
		kmem_cache_create("proc_inode_cache", sizeof(struct proc_inode), 0, 0, NULL);
	return proc_inode_cachep ? 0 : -ENOMEM;
}

static struct inode *proc_alloc_inode(struct super_block *sb)
{
	struct proc_inode *ei = kmem_cache_zalloc(proc_inode_cachep, GFP_KERNEL);

	return ei ? &ei->vfs_inode : NULL;
}

static void proc_destroy_inode(struct inode *inode)
{
	kmem_cache_free(proc_inode_cachep, PROC_I(inode));
}

static int proc_statfs(struct super_block *sb, struct kstatfs *buf)
{
	buf->f_type = PROC_SUPER_MAGIC;
	buf->f_bsize = PAGE_SIZE;
	buf->f_namelen = NAME_MAX_KERNEL;
	return 0;
}

const struct super_operations proc_sops = {
	.alloc_inode = proc_alloc_inode,
	.destroy_inode = proc_destroy_inode,
	.put_super = proc_put_super,
	.statfs = proc_statfs,
	.drop_inode_when_unused = true,
};

struct inode *proc_new_inode(struct super_block *sb, umode_t mode, u64 ino)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = ino;
	inode->i_mode = mode;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	return inode;
}

int proc_setattr(struct dentry *dentry, struct iattr *attr)
{
	attr->ia_valid &= ~ATTR_SIZE;
	setattr_copy(dentry->d_inode, attr);
	return 0;
}

/* The permissions of a process's files are what keeps others out of it. */
int proc_pid_setattr(struct dentry *dentry, struct iattr *attr)
{
	return attr->ia_valid & ATTR_MODE ? -EPERM : proc_setattr(dentry, attr);
}

bool proc_emit(struct dir_context *ctx, const char *name, u64 ino, unsigned int type)
{
	if (ctx->actor(ctx->ctx, name, strlen(name), ctx->pos, ino, type))
		return false;
	ctx->pos++;
	return true;
}

bool proc_emit_dots(struct file *file, struct dir_context *ctx, u64 parent_ino)
{
	if (ctx->pos == 0 && !proc_emit(ctx, ".", file->f_inode->i_ino, S_DT(S_IFDIR)))
		return false;
	return ctx->pos != 1 || proc_emit(ctx, "..", parent_ino, S_DT(S_IFDIR));
}

#define DECIMAL	   10
#define MAX_NUMBER ((0x7fffffffL - (DECIMAL - 1)) / DECIMAL)

long name_to_int(const struct qstr *name)
{
	long n = 0;

	if (!name->len || (name->len > 1 && name->name[0] == '0'))
		return -1;
	for (unsigned int i = 0; i < name->len; i++) {
		unsigned int digit = name->name[i] - '0';

		if (digit >= DECIMAL || n > MAX_NUMBER)
			return -1;
		n = n * DECIMAL + digit;
	}
	return n;
}
