/*
 * The virtual file system: inodes, dentries, open files, and the operation tables through which
 * concrete file systems and devices are reached. The shapes and names are Linux's.
 *
 * Lock order (whole list in docs/locking.md): inode->i_rwsem > mmap_sem > page lock.
 */
#ifndef KERNEL_FS_FS_H
#define KERNEL_FS_FS_H

#include "kernel/abi/types.h"
#include "kernel/locking/mutex.h"
#include "kernel/locking/rwsem.h"
#include "kernel/time/time.h"
#include "kernel/locking/wait.h"
#include "kernel/fs/fasync.h"
#include "kernel/fs/readahead.h"
#include "kernel/lib/err.h"
#include "kernel/lib/list.h"
#include "mm/cache/pagecache.h"
#include "mm/layout.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

struct page;
struct file;
struct inode;
struct dentry;
struct super_block;
struct vm_area_struct;
struct task_struct;
struct block_device;
struct pipe_inode_info;
struct seq_file;
struct iov_iter;
struct iovec;
struct kstatfs;
struct path;
struct address_space;
struct writeback_control;
struct xattr_handler;

#define PATH_MAX_KERNEL	 4096 /* PATH_MAX of <linux/limits.h>, with the NUL */
#define NAME_MAX_KERNEL	 255
#define MAX_SYMLINKS	 40
#define MAX_LFS_FILESIZE 0xffffffff000LL   /* as Linux on 32 bits: 2^32 - 1 pages */
#define MAX_NON_LFS	 ((1UL << 31) - 1) /* how far one gets without O_LARGEFILE */

/* ---- inodes ---- */

struct kstat {
	u64 ino;
	dev_t dev, rdev;
	umode_t mode;
	unsigned int nlink;
	uid_t uid;
	gid_t gid;
	loff_t size;
	struct timespec64 atime, mtime, ctime, btime;
	unsigned int blksize;
	u64 blocks; /* of 512 bytes */
	bool has_btime;
	bool mount_root; /* of the mount it was reached by */
	u32 mnt_id;
	u32 attributes, attributes_mask; /* STATX_ATTR_: those that are set, and that are known */
};

struct iattr {
	unsigned int ia_valid; /* ATTR_* */
	umode_t ia_mode;
	uid_t ia_uid;
	gid_t ia_gid;
	loff_t ia_size;
	struct timespec64 ia_atime, ia_mtime, ia_ctime;
};
#define ATTR_MODE      0x01
#define ATTR_UID       0x02
#define ATTR_GID       0x04
#define ATTR_SIZE      0x08
#define ATTR_ATIME     0x10
#define ATTR_MTIME     0x20
#define ATTR_CTIME     0x40
#define ATTR_ATIME_SET 0x80 /* to the given value, not to now */
#define ATTR_MTIME_SET 0x100
#define ATTR_FORCE     0x200 /* no permission check: the kernel's own doing */
#define ATTR_KILL_SUID 0x400 /* clear set-user-id, set-group-id: contents or owner change */
#define ATTR_KILL_SGID 0x2000
#define ATTR_KILL_PRIV 0x4000 /* the capabilities that the file has */
#define ATTR_TIMES_SET 0x800  /* utimensat with times: the owner's right */
#define ATTR_TOUCH     0x1000 /* set the times to now: write permission is sufficient */

/* Every member may be NULL; the VFS then answers as Linux does (EPERM, EROFS, ENOTDIR …). All are
   called with dir->i_rwsem held for writing except lookup (reading), get_link, getattr, permission.
 */
struct inode_operations {
	/* Attach the inode (or NULL: negative) to `dentry` by d_add; returns NULL, or ERR_PTR, or
	   what d_splice_alias does. */
	struct dentry *(*lookup)(struct inode *dir, struct dentry *dentry);
	int (*create)(struct inode *dir, struct dentry *dentry, umode_t mode);
	/* O_TMPFILE: a file without a name (i_nlink 0), or ERR_PTR. */
	struct inode *(*tmpfile)(struct inode *dir, umode_t mode);
	int (*link)(struct dentry *old, struct inode *dir, struct dentry *dentry);
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*symlink)(struct inode *dir, struct dentry *dentry, const char *target);
	int (*mkdir)(struct inode *dir, struct dentry *dentry, umode_t mode);
	int (*rmdir)(struct inode *dir, struct dentry *dentry);
	int (*mknod)(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t rdev);
	int (*rename)(struct inode *olddir, struct dentry *old, struct inode *newdir,
		      struct dentry *newd, unsigned int flags);
	/* The target of a symbolic link, NUL-terminated, in a kmalloc'ed string that the caller
	   frees; or ERR_PTR. */
	char *(*get_link)(struct inode *inode);
	/* A "magic" link (/proc/PID/exe, fd/N): gives the path itself. 0 or -errno; takes
	 * references. */
	int (*follow_magic)(struct inode *inode, struct path *path);
	/* May current go where such a link leads (and not only read it)? 0 or -errno; NULL: yes. */
	int (*may_follow)(struct inode *inode);
	int (*setattr)(struct dentry *dentry, struct iattr *attr);
	int (*getattr)(struct inode *inode, struct kstat *stat); /* NULL: generic_fillattr */
	/* FS_IOC_GETFLAGS and SETFLAGS: FS_..._FL. NULL get: there are none; NULL set: EOPNOTSUPP.
	 */
	u32 (*fileattr_get)(struct inode *inode);
	int (*fileattr_set)(struct inode *inode, u32 flags);
	int (*permission)(struct inode *inode, int mask); /* NULL: generic_permission */
	/* listxattr(2), into kernel memory: see xattr.h. NULL: there are no attributes. */
	ssize_t (*listxattr)(struct inode *inode, char *buf, size_t size);
};

struct inode {
	u64 i_ino;
	u64 i_sequence; /* never used for another inode; 0: none was needed yet (futex.c) */
	umode_t i_mode;
	unsigned int i_nlink;
	uid_t i_uid;
	gid_t i_gid;
	dev_t i_rdev;
	loff_t i_size;
	struct timespec64 i_atime, i_mtime, i_ctime;
	u64 i_blocks; /* of 512 bytes */
	unsigned int i_blkbits;
	unsigned int i_flags;
	int i_count;	  /* references; 0 with i_nlink > 0 may stay cached */
	int i_readcount;  /* open files that only read */
	int i_writecount; /* > 0: open for writing; < 0: being executed (deny write: ETXTBSY) */

	const struct inode_operations *i_op;
	const struct file_operations *i_fop;
	struct super_block *i_sb;
	struct address_space *i_mapping; /* = &i_data, or the block device's */
	struct address_space i_data;
	struct rw_semaphore i_rwsem;
	struct list_head i_sb_list; /* all inodes of the super block */
	struct list_head i_hash;    /* (sb, ino) hash; see iget_locked */
	struct list_head i_lru;	    /* s_inode_lru, while i_count is 0 */
	struct dentry *i_dentry;    /* a directory's only dentry, if it has one now */
	unsigned int i_state;	    /* I_NEW … */
	struct list_head i_wb_list; /* s_dirty, while it is dirty */
	unsigned long dirtied_when; /* jiffies: the first change that is not on disk yet */
	struct lease *i_lease;	    /* see lease.c */
	struct file_lock *i_flock;  /* POSIX and flock locks, see locks.c */
	union {
		struct pipe_inode_info *i_pipe;
		struct block_device *i_bdev;
	};
};
/* The pages that hold the file's bytes, the last one perhaps in part. It may change whenever the
   caller sleeps. */
static inline pgoff_t i_size_pages(const struct inode *inode)
{
	return PFN_UP(inode->i_size);
}
static inline unsigned int i_blocksize(const struct inode *inode)
{
	return 1U << inode->i_blkbits;
}
#define I_NEW		 0x01
#define I_FREEING	 0x02
#define I_LINKABLE	 0x04 /* has no name yet, but may get one: linkat */
#define I_SYNC		 0x08 /* fs_writeback.c is writing it */
/* What is newer than on the disk: times alone; what fdatasync must write too (size, owner …);
 * pages.
 */
#define I_DIRTY_SYNC	 0x10
#define I_DIRTY_DATASYNC 0x20
#define I_DIRTY_PAGES	 0x40
#define I_DIRTY_INODE	 (I_DIRTY_SYNC | I_DIRTY_DATASYNC)
#define I_DIRTY		 (I_DIRTY_INODE | I_DIRTY_PAGES)

/* i_flags: Linux's values */
#define S_SYNC		    0x01 /* every write goes to the disk at once */
#define S_DIRSYNC	    0x40 /* of a directory: every change of its names does */
#define S_NOATIME	    0x02 /* reading changes no time */
#define S_APPEND	    0x04 /* only appending is allowed, and nothing is removed */
#define S_IMMUTABLE	    0x08
#define IS_APPEND(inode)    ((inode)->i_flags & S_APPEND)
#define IS_IMMUTABLE(inode) ((inode)->i_flags & S_IMMUTABLE)
#define S_DEAD		    0x10 /* a removed directory: nothing can be made in it */
#define IS_DEADDIR(inode)   ((inode)->i_flags & S_DEAD)

#define S_SWAPFILE	   0x100 /* a swap area: nothing but swap writes to it */
#define IS_SWAPFILE(inode) ((inode)->i_flags & S_SWAPFILE)
#define S_PRIVATE	   0x200  /* the kernel's own: of a segment of System V shared memory */
#define S_NOSEC		   0x1000 /* has no capabilities that a write takes away */

#define S_IALLUGO 07777 /* all permission bits with the set-id and sticky ones */

/* ---- names ---- */

struct qstr {
	const char *name;
	unsigned int len;
	u32 hash;
};

struct dentry_operations {
	/* > 0 still valid, 0 look it up again. (procfs: the process may be gone.) */
	int (*d_revalidate)(struct dentry *dentry);
	bool delete_when_unused; /* do not keep in the cache after the last dput */
	/* A name made on demand (pipe:[123], memfd:x) for /proc; writes into buf. */
	int (*d_dname)(struct dentry *dentry, char *buf, int len);
};

struct dentry {
	int d_count;
	unsigned int d_flags;  /* DCACHE_ */
	struct inode *d_inode; /* NULL: negative */
	struct dentry *d_parent;
	struct qstr d_name;
	char d_iname[32]; /* short names live here */
	struct list_head d_hash, d_child, d_subdirs, d_lru;
	struct super_block *d_sb;
	const struct dentry_operations *d_op;
	struct vfsmount *d_mounted; /* what is mounted on it, or NULL */
};
#define DCACHE_UNHASHED 0x01
#define DCACHE_CURSOR	0x04 /* no name: the place of a reader in d_subdirs */
#define IS_ROOT(d)	((d) == (d)->d_parent)
static inline bool d_unhashed(const struct dentry *d)
{
	return d->d_flags & DCACHE_UNHASHED;
}
static inline bool d_unlinked(const struct dentry *d)
{
	return d_unhashed(d) && !IS_ROOT(d);
}

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	struct vfsmount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct list_head mnt_list; /* all mounts, in order of mounting: /proc/mounts */
	int mnt_count;
	int mnt_id;		/* as in mountinfo; 0: mounted nowhere (pipes) */
	unsigned int mnt_flags; /* MS_RDONLY, MS_NOSUID … */
	bool mnt_expiry_mark;	/* umount2(MNT_EXPIRE) has marked it, and it was not used since */
	char *mnt_devname;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file_system_type {
	const char *name;
	bool requires_dev;
	/* Make or find the super block. `dev` is NULL without FS_REQUIRES_DEV. Returns it with
	   s_root set, or ERR_PTR. `data` is mount(2)'s option string or NULL. */
	struct super_block *(*mount)(struct file_system_type *type, unsigned long flags,
				     struct block_device *dev, const char *data);
	struct list_head list;
};

struct super_operations {
	struct inode *(*alloc_inode)(struct super_block *sb); /* NULL: plain struct inode */
	void (*destroy_inode)(struct inode *inode);
	/* Last reference to an inode with i_nlink == 0 (or sb going away): free its store. */
	void (*evict_inode)(struct inode *inode);
	/* Write what the inode holds into the file system's own caches, and for WB_SYNC_ALL to the
	   disk. 0 or -errno. Sleeps. Called with I_SYNC set. NULL: inodes are in memory only. */
	int (*write_inode)(struct inode *inode, struct writeback_control *wbc);
	/* All inodes were written: let what the file system caches itself follow; with `wait`, it
	   is on the disk then. 0 or -errno. Sleeps. */
	int (*sync_fs)(struct super_block *sb, bool wait);
	void (*put_super)(struct super_block *sb);
	int (*statfs)(struct super_block *sb, struct kstatfs *buf);
	int (*show_options)(struct seq_file *m, struct super_block *sb);
	/* mount(MS_REMOUNT): *flags are the MS_RDONLY … wanted, `data` the options. 0 or -errno.
	   NULL: a read-only file system cannot become writable (EROFS). */
	int (*remount_fs)(struct super_block *sb, unsigned long *flags, const char *data);
	bool drop_inode_when_unused; /* do not cache inodes at i_count 0 */
};

struct super_block {
	dev_t s_dev;
	unsigned long s_blocksize;
	unsigned long s_flags; /* MS_RDONLY … */
	unsigned long s_magic;
	loff_t s_maxbytes;
	s64 s_time_min, s_time_max; /* seconds: the times that its files can have */
	struct dentry *s_root;
	const struct super_operations *s_op;
	const struct xattr_handler *const *s_xattr; /* NULL: files have no extended attributes */
	struct file_system_type *s_type;
	struct list_head s_inodes;
	struct list_head s_inode_lru; /* the unused ones of them, unused longest last */
	struct list_head s_dirty;     /* the dirty ones of them, dirty longest first */
	bool s_writeback;	      /* there is a store: dirty inodes are put on s_dirty */
	errseq_t s_wb_err;	      /* errors of write-back, for syncfs */
	struct block_device *s_bdev;
	bool s_claim; /* it is the device's holder: blkdev_get */
	int s_active; /* mounts, and others who use it; 0: it goes */
	int s_count;  /* who keeps the structure: all active ones together are one */
	/* Written by who mounts it, umounts it or changes its flags; read by who walks its inodes:
	   below namespace_sem, above the inodes' locks. */
	struct rw_semaphore s_umount;
	void *s_fs_info;
	struct list_head s_list;		/* all super blocks */
	const struct dentry_operations *s_d_op; /* what d_alloc gives its dentries */
	int s_writers;				/* files open for writing: no remount read-only */
	struct vfsmount *s_kern_mnt;		/* the kernel's own mount, for nameless files */
	bool s_noexec;				/* nothing there is a program (procfs) */
};
/* May nothing at this place be executed, nor be mapped so? */
static inline bool path_noexec(const struct path *path)
{
	return path->mnt->mnt_flags & MS_NOEXEC || path->mnt->mnt_sb->s_noexec;
}
#define SB_FLAGS (MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME)
static inline bool sb_rdonly(const struct super_block *sb)
{
	return sb->s_flags & MS_RDONLY;
}

static inline bool IS_SYNC(const struct inode *inode)
{
	return inode->i_sb->s_flags & MS_SYNCHRONOUS || inode->i_flags & S_SYNC;
}
static inline bool IS_DIRSYNC(const struct inode *dir)
{
	return dir->i_sb->s_flags & (MS_SYNCHRONOUS | MS_DIRSYNC) ||
	       dir->i_flags & (S_SYNC | S_DIRSYNC);
}

/* statfs(2)'s answer, for super_operations.statfs; blocks are of f_bsize bytes. */
struct kstatfs {
	long f_type, f_bsize;
	u64 f_blocks, f_bfree, f_bavail, f_files, f_ffree;
	u64 f_fsid;
	long f_namelen, f_frsize;
};

/* ---- open files ---- */

typedef int (*filldir_t)(void *ctx, const char *name, int namelen, loff_t offset, u64 ino,
			 unsigned int d_type);
struct dir_context {
	filldir_t actor; /* nonzero: stop, the entry was not taken */
	void *ctx;
	loff_t pos; /* of the next entry */
};

struct poll_table;
struct file_operations {
	loff_t (*llseek)(struct file *file, loff_t offset, int whence); /* NULL: -ESPIPE */
	/* buf is a user address unless noted; *ppos is updated. Bytes done or -errno. NULL:
	 * -EINVAL. */
	ssize_t (*read)(struct file *file, char __user *buf, size_t len, loff_t *ppos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t len, loff_t *ppos);
	/* The same for a vector that is one transfer; NULL: buffer by buffer. */
	ssize_t (*read_iter)(struct file *file, struct iov_iter *to, loff_t *ppos);
	ssize_t (*write_iter)(struct file *file, struct iov_iter *from, loff_t *ppos);
	int (*iterate)(struct file *file, struct dir_context *ctx);
	unsigned int (*poll)(struct file *file, struct poll_table *pt); /* NULL: always ready */
	long (*ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	/* Called by mmap_region with mmap_sem held for writing; sets vma->vm_ops. NULL: -ENODEV. */
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	unsigned long (*get_unmapped_area)(struct file *file, unsigned long addr, unsigned long len,
					   unsigned long pgoff, unsigned long flags);
	int (*open)(struct inode *inode, struct file *file);
	int (*flush)(struct file *file);			/* each close(2) */
	int (*release)(struct inode *inode, struct file *file); /* the last reference */
	/* O_ASYNC is set or cleared for descriptor fd: see fasync_helper. NULL: no signals. */
	int (*fasync)(int fd, struct file *file, bool on);
	/* What /proc/PID/fdinfo says of it besides the common lines. NULL: nothing. */
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
	int (*fsync)(struct file *file, loff_t start, loff_t end, int datasync);
	int (*fallocate)(struct file *file, int mode, loff_t offset, loff_t len);
	/*
	 * As read and write, to and from kernel memory: sendfile, kernel_read, kernel_write. NULL:
	 * kernel_read uses a_ops if the file has a page cache, and kernel_write uses write_iter;
	 * otherwise they return -EINVAL.
	 */
	ssize_t (*read_kernel)(struct file *file, char *buf, size_t len, loff_t *ppos);
	ssize_t (*write_kernel)(struct file *file, const char *buf, size_t len, loff_t *ppos);
	/* For the OOM killer: the pages that become free when the file is no longer open or mapped.
	   Does not sleep. NULL: 0. */
	unsigned long (*held_pages)(const struct file *file);
	/* Where the file's seals are (F_SEAL_, guarded by i_rwsem). NULL: it cannot be sealed. */
	unsigned int *(*seals)(struct file *file);
};

struct file {
	int f_count;
	unsigned int f_flags; /* O_* */
	unsigned int f_mode;  /* FMODE_* */
	loff_t f_pos;
	struct path f_path;
	struct inode *f_inode;
	struct address_space *f_mapping;
	errseq_t f_wb_err, f_sb_err; /* errors of write-back that it has reported already */
	struct file_ra_state f_ra;
	const struct file_operations *f_op;
	struct fown_struct f_owner; /* whom its signals are for */
	u64 f_version; /* pipes: which writers were there at open; procfs: see its internal.h */
	void *private_data;
	unsigned long lock_bytes; /* memory of the locks that belong to it */
	struct mutex f_pos_lock;
	struct file *f_next_dying; /* in dying_files of a task */
};
#define FMODE_READ	      0x1
#define FMODE_WRITE	      0x2
#define FMODE_LSEEK	      0x4
#define FMODE_PREAD	      0x8
#define FMODE_PWRITE	      0x10
#define FMODE_OPENED	      0x80000  /* f_op->open succeeded: release is due */
#define FMODE_CREATED	      0x100000 /* this open made the file */
#define FMODE_WRITER	      0x10000  /* counted in i_writecount */
#define FMODE_READER	      0x20000  /* counted in i_readcount */
#define FMODE_PATH	      0x4000
#define FMODE_RANDOM	      0x1000 /* POSIX_FADV_RANDOM: no read-ahead */
#define FMODE_UNSIGNED_OFFSET 0x2000 /* a position is an address: it has no sign */

#define MAY_EXEC   1
#define MAY_WRITE  2
#define MAY_READ   4
#define MAY_APPEND 8
#define MAY_ACCESS 0x10
#define MAY_OPEN   0x20
#define MAY_CHDIR  0x40

/* The table of open files; shared by CLONE_FILES. */
struct files_struct {
	int count;
	int next_fd;
	unsigned int max_fds;
	struct file **fd;
	unsigned long *open_fds;      /* bitmap */
	unsigned long *close_on_exec; /* bitmap */
	unsigned long lock_bytes;     /* memory of the POSIX locks that belong to it */
};

struct fs_struct {
	int count;
	umode_t umask;
	struct path root, pwd;
};
extern struct files_struct init_files; /* of init_task, and so of what it forks first */
extern struct fs_struct init_fs;

/* kernel/fs/file_table.c: descriptors and file objects */
struct file *fget(unsigned int fd);	/* NULL if not open or O_PATH; takes a reference */
struct file *fget_raw(unsigned int fd); /* O_PATH files too */
static inline struct file *get_file(struct file *f)
{
	f->f_count++;
	return f;
}
/* Drops a reference; the last one closes the file. May sleep. */
void fput(struct file *f);
/* The same, but the last one closes the file only when current returns to its program, or ends: as
   on Linux, what the file holds is held until then. */
void fput_later(struct file *f);
/* Bytes of the kernel's own that go with the last reference, besides held_pages: structures, locks.
   And those that go with a table, without what its files are. For the OOM killer. */
unsigned long file_own_bytes(const struct file *f);
unsigned long files_own_bytes(const struct files_struct *files);
int get_unused_fd_flags(unsigned int flags); /* O_CLOEXEC; -EMFILE */
/* Give back a descriptor of get_unused_fd_flags() that no file was installed in. */
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *f); /* the reference goes to the table */
/* close(2): 0, -EBADF, or what the file's flush says. Sleeps. */
int close_fd(unsigned int fd);
/* exec: closes what is marked close-on-exec. Sleeps. */
void do_close_on_exec(struct files_struct *files);
int unshare_files(void); /* exec: a table of current's own */
/* fork: p gets current's table, shared with CLONE_FILES, else a copy. 0 or -ENOMEM. */
int copy_files(unsigned long clone_flags, struct task_struct *p);
/* exit: p gives up its table; the last user closes its files. Sleeps. */
void exit_files(struct task_struct *p);
/* fork: p gets current's directories and umask, shared with CLONE_FS, else a copy; or -ENOMEM.
   exit: p gives them up. */
int copy_fs(unsigned long clone_flags, struct task_struct *p);
void exit_fs(struct task_struct *p);
/* A file without a name in the tree (pipe, memfd, ...) on a super block with s_kern_mnt. Takes over
   the inode's reference, on failure too; ERR_PTR. Without dop its path reads as `name`. */
struct file *alloc_file_pseudo(struct inode *inode, const char *name, unsigned int flags,
			       const struct file_operations *fop,
			       const struct dentry_operations *dop);
/* The file of `base` opened once more, with access mode `flags` and other operations. ERR_PTR. */
struct file *alloc_file_clone(const struct file *base, unsigned int flags,
			      const struct file_operations *fop);

/* A reference of one's own to mount and dentry, and its end, which may sleep. */
void path_get(const struct path *path);
void path_put(const struct path *path);
/* fallocate(2) on an open file. 0 or -errno. */
int vfs_fallocate(struct file *f, int mode, loff_t offset, loff_t len);
/* Is current the owner, or does it have CAP_FOWNER? */
bool inode_owner_or_capable(const struct inode *inode);
/* May current do this (MAY_*)? 0, -EACCES; -EROFS or -EPERM for writing what cannot be written.
   generic_permission looks at owner, group and mode alone. */
int inode_permission(struct inode *inode, int mask);
int generic_permission(struct inode *inode, int mask);

/* kernel/fs/dcache.c, inode.c, super.c, mount.c */
/* Take a reference to d and return it. NULL is allowed. */
struct dentry *dget(struct dentry *d);
/* Drops a reference; NULL is ignored. May sleep. */
void dput(struct dentry *d);
struct dentry *d_alloc(struct dentry *parent, const struct qstr *name); /* NULL: no memory */
/* The root of a super block, with one reference; takes over the inode's, even on failure. NULL: no
   memory, or the inode is NULL. */
struct dentry *d_make_root(struct inode *inode);
void d_add(struct dentry *d, struct inode *inode);	   /* hash; takes the inode's reference */
void d_instantiate(struct dentry *d, struct inode *inode); /* a negative one becomes positive */
/* For lookup, what d_add does; but a directory that a damaged disk names twice keeps its one
   dentry, which moves here from its other name: then it is returned with a reference. ERR_PTR:
   -ELOOP if d is inside that directory, -ESTALE if it cannot move now. */
struct dentry *d_splice_alias(struct inode *inode, struct dentry *d);
/* Take d out of the hash table, so that no lookup finds it. */
void d_drop(struct dentry *d);
/* The name is gone: the dentry becomes a negative one, or is unhashed if others hold it. The
   directory's inode is locked. */
void d_delete(struct dentry *d);
/* d takes the place of target, which is unhashed. The inodes of both directories are locked. */
void d_move(struct dentry *d, struct dentry *target);
/* A cached name with a reference, negative ones too; NULL if it is not cached. */
struct dentry *d_lookup(struct dentry *parent, const struct qstr *name);
/* The hash of a name of len bytes, for qstr.hash. */
u32 full_name_hash(const char *name, unsigned int len);
/* The path of an object seen from current's root, at the end of buf; " (deleted)" is appended for
   an unlinked one. ERR_PTR(-ENAMETOOLONG). */
char *d_path(const struct path *path, char *buf, int len);

struct inode *new_inode(struct super_block *sb); /* count 1; NULL: no memory */
struct inode *iget_locked(struct super_block *sb,
			  u64 ino); /* I_NEW set: caller fills and unlock_new_inode */
/* The inode of that number if it is in memory, with a reference; waits for one that comes or goes.
   NULL: it is not. */
struct inode *ilookup(struct super_block *sb, u64 ino);
/* The inode of iget_locked() has been filled in: wake the tasks that wait for it. */
void unlock_new_inode(struct inode *inode);
void iget_failed(struct inode *inode); /* instead of unlock_new_inode; drops the reference too */
static inline void inode_lock(struct inode *inode)
{
	down_write(&inode->i_rwsem);
}
static inline void inode_unlock(struct inode *inode)
{
	up_write(&inode->i_rwsem);
}
/* A reference; NULL if the inode is being freed. iput drops one, and with the last the inode may
   go. May sleep. */
struct inode *igrab(struct inode *inode);
void iput(struct inode *inode);
/* fileattr.c: an inode's flags on disk (FS_..._FL) come into force, and into a stat. */
void inode_set_fsflags(struct inode *inode, u32 fsflags);
void fill_stat_attributes(struct kstat *stat, u32 fsflags, u32 known);
/* Fill *stat with what the inode holds. No lock. */
void generic_fillattr(struct inode *inode, struct kstat *stat);
/* chmod, chown, utimes, truncate: checks rights and limits, fills in the times, and lets
   i_op->setattr do it (NULL: truncate_setsize and setattr_copy). The inode is locked. */
int notify_change(struct dentry *dentry, struct iattr *attr);
/* May current give a file this size? 0, or -EFBIG: RLIMIT_FSIZE (with SIGXFSZ) or s_maxbytes. */
int setattr_limits(struct inode *inode, loff_t size);
/* Store attributes (all but the size) in the inode, for i_op->setattr. */
void setattr_copy(struct inode *inode, const struct iattr *attr);
/* A read of what is at path is recorded where the mount wants that; of a file, unless O_NOATIME. */
void touch_atime(const struct path *path);
static inline void file_accessed(struct file *f)
{
	if (!(f->f_flags & O_NOATIME))
		touch_atime(&f->f_path);
}
/* A write changes mtime and ctime. */
void file_update_time(struct file *file);
/* The time that files are marked with. */
struct timespec64 current_time(void);
/* A number for an inode of a file system that keeps none. Never 0. */
u64 get_next_ino(void);
/* Owner, group and mode of something new that current makes in dir (NULL: nowhere): a directory
   with set-group-id hands its group on. */
void inode_init_owner(struct inode *inode, const struct inode *dir, umode_t mode);
/* A device, FIFO or socket node: sets i_mode, i_rdev and the file operations of its kind. */
void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev);
/* drop_caches: drop all pages of files that are clean and not used, with the shadows of others.
   Sleeps. */
void drop_page_cache(void);
/* Free all unused dentries, and all unused inodes with their pages: drop_caches. Sleeps. */
void drop_dcache_and_icache(void);
/* How eager reclaim is to free dentries and inodes, in percent: 100 means as eager as for pages. */
extern int sysctl_vfs_cache_pressure;
struct dentry_stat {
	long nr_dentry, nr_unused;
};
struct inodes_stat {
	long nr_inodes, nr_unused;
};
extern struct dentry_stat dentry_stat;
extern struct inodes_stat inodes_stat; /* /proc/sys/fs/inode-nr */
extern long nr_open_files, files_max;  /* /proc/sys/fs/file-nr, file-max */
/* /proc/sys/fs: bytes that a pipe of those without CAP_SYS_RESOURCE may have; pages in all pipes of
   a user above which new ones are small, and above which there are none (0: no limit). */
extern unsigned int pipe_max_size;
extern unsigned long pipe_user_pages_soft, pipe_user_pages_hard;
/* The size that a pipe gets when `size` bytes are asked for; 0: too large. */
unsigned int round_pipe_size(unsigned long size);

/* kernel/fs/locks.c: /proc/locks; and the locks of a process (its descriptor table) by an open
   file, as lines of fdinfo. */
struct seq_file;
struct seq_operations;
extern const struct seq_operations locks_seq_operations;
void show_fd_locks(struct seq_file *m, const struct file *f, const struct files_struct *files);

/* kernel/fs/read_write.c */
/* The `read` of directories: -EISDIR, once the checks common to all files have passed. */
ssize_t generic_read_dir(struct file *f, char __user *buf, size_t len, loff_t *pos);
/* Into a kernel buffer from *pos (exec headers, sendfile). Bytes done, 0 at the end, or -errno. */
ssize_t kernel_read(struct file *f, void *buf, size_t len, loff_t *pos);
/* Within what the file system can hold; all of a file is data. The new position, -EINVAL or
   -ENXIO. */
loff_t generic_file_llseek(struct file *f, loff_t offset, int whence);
/* For files that have no size of their own: any position that is not negative. */
loff_t default_llseek(struct file *f, loff_t offset, int whence);
/* For files without a position: -ESPIPE. */
loff_t no_llseek(struct file *f, loff_t offset, int whence);
/* For files whose position means nothing: the position as it is. */
loff_t noop_llseek(struct file *f, loff_t offset, int whence);
/* Write from kernel memory at *pos. Bytes done or -errno. */
ssize_t kernel_write(struct file *f, const void *buf, size_t len, loff_t *pos);
/* What a write to a regular file begins with: moves *pos to the end for
   O_APPEND and RWF_APPEND, cuts the length to RLIMIT_FSIZE (SIGXFSZ and -EFBIG beyond it) and to
   what the file system takes. Returns the length left, or -errno. The inode is locked. */
ssize_t generic_write_checks(struct file *f, const struct iov_iter *from, loff_t *pos);
/* Before contents or size change: takes set-user-id and set-group-id away, as Linux does, and sets
   the times of a change. The inode is locked. 0 or -errno. */
int file_modified(struct file *f);

/* kernel/fs/device.c: character and block devices by number */
int register_chrdev(
	unsigned int major, unsigned int minor, const char *name,
	const struct file_operations *fop); /* also makes /dev/name appear in devtmpfs */
/* The name of the first character device whose number is not below *dev, which it becomes; NULL if
   there is none. */
const char *next_chrdev(dev_t *dev);
struct block_device;
/* A disk, whose name, number, minors, size, queue and operations are set, and its partitions: they
   appear in devtmpfs. 0 or -errno. Sleeps. */
int register_blkdev(struct block_device *disk);
struct block_device *lookup_bdev(const char *path); /* "/dev/vda" or "vda"; NULL */
extern const struct file_operations def_chr_fops, def_blk_fops;

/* kernel/fs/generic_file.c: a file's operations by way of the page cache */
ssize_t generic_file_read(struct file *f, char __user *buf, size_t len, loff_t *ppos);
/* A write to a regular file: its position, its limits, its times and its pages under one hold of
   the inode's lock, so that whatever is appended starts where the file ends. Bytes or -errno. */
ssize_t generic_file_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos);
ssize_t generic_file_write_iter(struct file *f, struct iov_iter *from, loff_t *ppos);
/* The pages alone, at *ppos and as many bytes as `from` has. The inode is locked. Sleeps. Bytes or
   -errno. */
ssize_t generic_perform_write(struct file *f, struct iov_iter *from, loff_t *ppos);
/* A new size: what lies behind it goes out of all mappings and out of the cache. The inode is
   locked. Sleeps. */
void truncate_setsize(struct inode *inode, loff_t newsize);
/*
 * The file has grown from `from` to `to` bytes, and i_size says so. If blocks are smaller than
 * pages, the page that held the old end may lack blocks that lie behind it: the next write to it
 * through a mapping tells the file system again (page_mkwrite). The inode is locked. Sleeps.
 */
void pagecache_isize_extended(struct inode *inode, loff_t from, loff_t to);
/* mm/filemap.c: mmap of such a file. 0, or -EINVAL. */
int generic_file_mmap(struct file *f, struct vm_area_struct *vma);

/* poll(2), select(2): kernel/fs/poll.h */

#endif
