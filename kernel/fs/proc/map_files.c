/*
 * /proc/PID/map_files: a link to the file behind each mapping that has one, named by its addresses.
 * It leads to the file itself, even if that has no name any more.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/cred/ptrace.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/mm.h"
#include "mm/vma.h"
#include <linux/errno.h>

#define MAP_NAME_SIZE	 (2 * 8 + 2)
#define MAP_LINK_SIZE	 64	/* what stat shows as the link's length */
#define MAP_FILES_INODES 0x3fff /* mask of the page number in the inode's number */

/* The address space of p with mmap_sem held; 0, -EACCES (p keeps current out), -ENOENT (it has
   none), -EINTR. Unlock and mmput when done. */
static int lock_task_mm(struct task_struct *p, struct mm_struct **mmp)
{
	struct mm_struct *mm;

	if (!ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS))
		return -EACCES;
	mm = get_task_mm(p);
	if (!mm)
		return -ENOENT;
	if (down_read_killable(&mm->mmap_sem)) {
		mmput(mm);
		return -EINTR;
	}
	*mmp = mm;
	return 0;
}

static void unlock_task_mm(struct mm_struct *mm)
{
	up_read(&mm->mmap_sem);
	mmput(mm);
}

/* What find_mapping tells: the file, referenced, and how the mapping's link looks. */
struct mapped_file {
	unsigned long start, end;
	struct path path;
	umode_t mode;
};

static umode_t map_link_mode(const struct file *f)
{
	return S_IFLNK | (f->f_mode & FMODE_READ ? S_IRUSR : 0) |
	       (f->f_mode & FMODE_WRITE ? S_IWUSR : 0);
}

/* The first mapping of a file that begins at or behind `addr`. 0, -ENOENT: there is none, or as
   above. path_put(&map->path) when done. */
static int find_mapping(struct task_struct *p, unsigned long addr, struct mapped_file *map)
{
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	int err = lock_task_mm(p, &mm);

	if (err)
		return err;
	vma = find_vma(mm, addr);
	while (vma && (vma->vm_start < addr || !vma->vm_file))
		vma = vma->vm_next;
	if (vma) {
		*map = (struct mapped_file){vma->vm_start, vma->vm_end, vma->vm_file->f_path,
					    map_link_mode(vma->vm_file)};
		path_get(&map->path);
	}
	unlock_task_mm(mm);
	return vma ? 0 : -ENOENT;
}

/* The mapping with just these ends. */
static int find_exact_mapping(struct task_struct *p, unsigned long start, unsigned long end,
			      struct mapped_file *map)
{
	int err = find_mapping(p, start, map);

	if (err || (map->start == start && map->end == end))
		return err;
	path_put(&map->path);
	return -ENOENT;
}

/* ---- one link ---- */

static int map_files_follow(struct inode *inode, struct path *path)
{
	struct task_struct *p = get_proc_task(inode);
	struct mapped_file map;
	int err;

	if (!p)
		return -EACCES;
	err = find_exact_mapping(p, PROC_I(inode)->vm_start, PROC_I(inode)->vm_end, &map);
	put_task_struct(p);
	if (!err)
		*path = map.path;
	return err;
}

/* Following a link may open a file that is not reachable otherwise; reading the link's text is
   harmless. */
static int map_files_may_follow(struct inode *inode)
{
	return has_cap(CAP_SYS_ADMIN) || has_cap(CAP_CHECKPOINT_RESTORE) ? 0 : -EPERM;
}

static const struct inode_operations map_files_link_inode_operations = {
	.follow_magic = map_files_follow,
	.may_follow = map_files_may_follow,
	.setattr = proc_pid_setattr,
};

static int map_files_revalidate(struct dentry *dentry)
{
	const struct proc_inode *ei = PROC_I(dentry->d_inode);
	struct mapped_file map;
	struct task_struct *p;
	int err;

	if (!pid_revalidate(dentry))
		return 0;
	p = get_proc_task(dentry->d_inode);
	if (!p)
		return 0;
	err = find_exact_mapping(p, ei->vm_start, ei->vm_end, &map);
	put_task_struct(p);
	if (err)
		return 0;
	path_put(&map.path);
	return 1;
}

static const struct dentry_operations map_files_dentry_operations = {
	.d_revalidate = map_files_revalidate,
	.delete_when_unused = true,
};

/* ---- the directory ---- */

static u64 map_files_ino(pid_t pid, unsigned long start)
{
	return PROC_PID_INO(pid, PROC_INO_MAP_FILES | (start >> PAGE_SHIFT & MAP_FILES_INODES));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number at *s, which ends before `end`; written as the kernel writes it, without leading
   zeros. False: it is none. */
static bool parse_address(const char **s, const char *end, unsigned long *addr)
{
	const char *p = *s;

	*addr = 0;
	for (; p < end && hex_digit(*p) >= 0; p++) {
		if (*addr >> (BITS_PER_LONG - 4))
			return false;
		*addr = *addr << 4 | hex_digit(*p);
	}
	if (p == *s || (**s == '0' && p - *s > 1))
		return false;
	*s = p;
	return true;
}

/* "start-end" */
static bool parse_name(const struct qstr *name, unsigned long *start, unsigned long *end)
{
	const char *s = name->name, *limit = s + name->len;

	return parse_address(&s, limit, start) && s < limit && *s++ == '-' &&
	       parse_address(&s, limit, end) && s == limit;
}

static struct dentry *add_map_link(struct inode *dir, struct dentry *dentry, struct task_struct *p,
				   const struct mapped_file *map)
{
	struct inode *inode =
		proc_pid_make_inode(dir->i_sb, p, map->mode, map_files_ino(p->pid, map->start));

	if (!inode)
		return ERR_PTR(-ENOMEM);
	PROC_I(inode)->vm_start = map->start;
	PROC_I(inode)->vm_end = map->end;
	inode->i_op = &map_files_link_inode_operations;
	inode->i_size = MAP_LINK_SIZE;
	dentry->d_op = &map_files_dentry_operations;
	d_add(dentry, inode);
	return NULL;
}

static struct dentry *proc_map_files_lookup(struct inode *dir, struct dentry *dentry)
{
	struct task_struct *p = get_proc_task(dir);
	struct dentry *res;
	struct mapped_file map;
	unsigned long start, end;
	int err;

	if (!p)
		return ERR_PTR(-ENOENT);
	if (!ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS))
		err = -EACCES;
	else if (!parse_name(&dentry->d_name, &start, &end))
		err = -ENOENT;
	else
		err = find_exact_mapping(p, start, end, &map);
	res = ERR_PTR(err);
	if (!err) {
		res = add_map_link(dir, dentry, p, &map);
		path_put(&map.path);
	}
	put_task_struct(p);
	return res;
}

/* Positions from 2 on are page numbers: whatever is mapped meanwhile, no name comes twice. */
static int emit_mappings(struct dir_context *ctx, struct task_struct *p)
{
	const loff_t end = 2 + (TASK_SIZE >> PAGE_SHIFT);
	char name[MAP_NAME_SIZE];
	struct mapped_file map;
	int err = 0;

	while (!err && ctx->pos >= 2 && ctx->pos < end) {
		err = find_mapping(p, (unsigned long)(ctx->pos - 2) << PAGE_SHIFT, &map);
		if (err)
			break;
		path_put(&map.path);
		ctx->pos = 2 + (map.start >> PAGE_SHIFT);
		snprintf(name, sizeof(name), "%lx-%lx", map.start, map.end);
		if (!proc_emit(ctx, name, map_files_ino(p->pid, map.start), S_DT(S_IFLNK)))
			break;
		cond_resched();
	}
	return err == -ENOENT ? 0 : err;
}

static int proc_map_files_readdir(struct file *file, struct dir_context *ctx)
{
	struct task_struct *p = get_proc_task(file->f_inode);
	int err = -EACCES;

	if (!p)
		return -ENOENT;
	if (ptrace_may_access(p, PTRACE_MODE_READ_FSCREDS)) {
		err = 0;
		if (proc_emit_dots(file, ctx, file->f_path.dentry->d_parent->d_inode->i_ino))
			err = emit_mappings(ctx, p);
	}
	put_task_struct(p);
	return err;
}

const struct inode_operations proc_map_files_inode_operations = {
	.lookup = proc_map_files_lookup,
	.permission = proc_fd_permission,
	.getattr = pid_getattr,
	.setattr = proc_pid_setattr,
};
const struct file_operations proc_map_files_operations = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate = proc_map_files_readdir,
};
