/*
 * What the files of the VFS share among themselves, with tmpfs, with the thin system calls in
 * kernel/syscall/fs*.c, and with kernel/do_mounts.c, which sets the VFS up. Not for others.
 */
#ifndef KERNEL_FS_INTERNAL_H
#define KERNEL_FS_INTERNAL_H

#include "kernel/fs/blkdev.h"
#include "kernel/fs/mount.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/layout.h"
#include "mm/cache/pagecache.h"
#include "mm/phys/page.h"

struct file_lock;
struct pollfd;
struct stat64;
struct statx;

/* dcache.c */
/* Boot: make the dentry cache. Panics without memory. */
void dcache_init(void);
/* A dentry without a parent, for files without a name; the caller sets its inode. NULL: no memory.
 */
struct dentry *d_alloc_pseudo(struct super_block *sb, const struct qstr *name);
/* A place-holder for d_subdirs of `parent`, not in it yet; dput frees it. NULL: no memory. */
struct dentry *d_alloc_cursor(struct dentry *parent);
/* The two change places. The inodes of both directories are locked. */
void d_exchange(struct dentry *a, struct dentry *b);
/* The child of p1 on the way from p1 down to p2; NULL if p2 is not below p1. */
struct dentry *d_ancestor(struct dentry *p1, struct dentry *p2);
/* rename.c: while it is free, no directory goes to another parent. */
extern struct mutex rename_mutex;
/* Free at most nr unused dentries. => the number freed. */
unsigned long shrink_dcache(unsigned long nr);
/* Free the unused dentries below parent. May sleep. */
void shrink_dcache_parent(struct dentry *parent);
/* All dentries of a super block that goes away; puts s_root. */
void shrink_dcache_for_umount(struct super_block *sb);
/* getcwd: the text at *start, ending at buf + len. 0, -ENOENT (removed), -ENAMETOOLONG. */
int d_path_cwd(char *buf, int len, char **start);

/* libfs.c: directories that exist in the dentry cache only */
extern const struct file_operations simple_dir_operations;
/* Does the directory hold no names (true for everything else)? Its inode is locked. */
bool simple_empty(const struct dentry *dir);

/* inode.c */
/* Boot: make the inode cache. Panics without memory. */
void inode_init(void);
/* umount: write all unused inodes that are still dirty, and evict all of them. Sleeps. */
void evict_inodes(struct super_block *sb);

/* super.c, mount.c */
/* The super block for a mount of bdev (NULL for file systems without one): the existing one or a
 * new. */
struct super_block *mount_fs(struct file_system_type *type, unsigned long flags,
			     struct block_device *bdev, const char *data);
extern struct list_head super_blocks;
/* Take a reference to mnt and return it. NULL is allowed. */
struct vfsmount *mntget(struct vfsmount *mnt);
/* What is mounted on a path, topmost first asked for; NULL if nothing. No reference. */
struct vfsmount *lookup_mnt(const struct path *path);
/* Is anything mounted on it? */
bool d_mountpoint(const struct dentry *d);
/* -EROFS if the mount or its file system is read-only. */
int mnt_want_write(const struct vfsmount *mnt);
/* Mount sb (reference taken over) at path (NULL: the root of all). The mount, or ERR_PTR. */
struct vfsmount *do_add_mount(struct super_block *sb, struct path *path, unsigned long flags,
			      const char *devname);
/* umount2(2). 0 or -errno; sleeps. */
int do_umount_path(const char __user *name, int flags);

/* namei.c */
enum {
	LAST_NORM,
	LAST_ROOT,
	LAST_DOT,
	LAST_DOTDOT
};
struct nameidata {
	struct path path; /* where the walk is; references held */
	struct qstr last; /* the last component, for LAST_NORM */
	int last_type;
	bool last_slash;    /* slashes stand behind it */
	unsigned int flags; /* LOOKUP_ */
	unsigned int links; /* symbolic links followed */
	char *buf;	    /* text of a symbolic link that `last` may point into, or NULL */
};
/* Walk all but the last component. On success nd holds the directory; nd_put it. */
int path_parentat(int dfd, const char *name, unsigned int flags, struct nameidata *nd);
void nd_put(struct nameidata *nd);
/* Follow the last component's symbolic link (dentry's reference is taken over): nd is then again
   before a last component, or (magic link: returns 1) at the target itself. */
int nd_follow_link(struct nameidata *nd, struct dentry *link);
/* Look the last component up in nd->path's directory, which the caller has locked for writing. */
struct dentry *lookup_last_locked(struct nameidata *nd);
struct dentry *lookup_last(struct nameidata *nd); /* the same, locks itself */
/* The same for a name in parent, whose inode the caller has locked for writing. A dentry (maybe
   negative) with a reference, or ERR_PTR. */
struct dentry *lookup_locked(struct dentry *parent, const struct qstr *name);
/* After LAST_DOT, LAST_DOTDOT, LAST_ROOT: move nd->path there. */
void nd_handle_dots(struct nameidata *nd);
/* Move nd->path from the directory to its child, through what is mounted there. Takes over d. */
void nd_step(struct nameidata *nd, struct dentry *d);

/* dirops.c */
/* Create a regular file in dir, which is locked for writing, if current may. The umask is taken
   from `mode`. 0 or -errno. */
int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode);
/* A file without a name in a directory that current may write: *file is its path, with references.
   Only a `linkable` one can get a name. 0 or -errno; may sleep. */
int vfs_tmpfile(const struct path *parent, umode_t mode, bool linkable, struct path *file);
/* May current add the name child to dir, or remove victim from it (isdir: by rmdir)? 0 or -errno.
   dir is locked for writing. */
int may_create(struct inode *dir, struct dentry *child);
int may_delete(struct inode *dir, struct dentry *victim, bool isdir);
/* The system calls of these names: 0 or -errno; do_readlinkat: bytes. They sleep. */
int do_mkdirat(int dfd, const char __user *name, umode_t mode);
int do_mknodat(int dfd, const char __user *name, umode_t mode, unsigned int dev);
int do_rmdir(int dfd, const char __user *name);
int do_unlinkat(int dfd, const char __user *name);
int do_symlinkat(const char __user *target, int newdfd, const char __user *name);
int do_linkat(int olddfd, const char __user *old, int newdfd, const char __user *new, int flags);
int do_renameat2(int olddfd, const char __user *old, int newdfd, const char __user *new,
		 unsigned int flags);
int do_readlinkat(int dfd, const char __user *name, char __user *buf, int size);

/* open.c, perms.c */
/* openat(2): the new descriptor or -errno. Sleeps. */
long do_sys_open(int dfd, const char __user *name, int flags, umode_t mode);
/* attr.c: which of ATTR_KILL_SUID and ATTR_KILL_SGID a change takes: of the owner, of the contents.
 */
unsigned int setattr_should_drop_suidgid(const struct inode *inode);
unsigned int inode_needs_remove_privs(struct inode *inode);
/* attr.c: a mode for something new in `dir`, without set-group-id if the group will be one of which
   current is no member. */
umode_t mode_strip_sgid(const struct inode *dir, umode_t mode);
/* Set the length of a file, which the caller does not hold locked. attrs: more ATTR_ bits. The
 * caller has checked that current may write. 0 or -errno; sleeps. */
int do_truncate(struct dentry *dentry, loff_t length, unsigned int attrs);
/* The system calls of these names: 0 or -errno. small: beyond 2 GiB only with O_LARGEFILE. They
   sleep. */
int do_sys_truncate(const char __user *name, loff_t length);
int do_sys_ftruncate(unsigned int fd, loff_t length, bool small);
int do_fallocate(int fd, int mode, loff_t offset, loff_t len);
int do_faccessat(int dfd, const char __user *name, int mode, int flags);
int do_chdir(const char __user *name);
int do_fchdir(unsigned int fd);
int do_chroot(const char __user *name);
int do_fchmodat(int dfd, const char __user *name, umode_t mode);
int do_fchmod(unsigned int fd, umode_t mode);
int do_fchownat(int dfd, const char __user *name, uid_t uid, gid_t gid, int flags);
int do_fchown(unsigned int fd, uid_t uid, gid_t gid);
/* times: NULL is now; tv_nsec may be UTIME_NOW or UTIME_OMIT. name NULL: dfd itself. */
int do_utimes(int dfd, const char __user *name, const struct timespec64 *times, int flags);

/* file.c: descriptor tables; file_table.c: file objects */
/* Boot: make the cache of open files. */
void files_init(void);
/* An open file with one reference and without operations, for these O_ flags. ERR_PTR(-ENFILE,
   -ENOMEM). */
struct file *alloc_empty_file(unsigned int flags);
/* End one descriptor's use of f: drop the POSIX locks of the table `files` and the reference.
   Returns what the file's flush says. Sleeps. */
int filp_close(struct file *f, struct files_struct *files);
/* dup3(2), or dup2(2) with same_ok; and dup(2). The new descriptor or -errno. */
int ksys_dup3(unsigned int oldfd, unsigned int newfd, int flags, bool same_ok);
int ksys_dup(unsigned int fd);
/* F_DUPFD: install f, with a reference of its own, in the lowest free descriptor at or above
   `from`. flags: O_CLOEXEC. The descriptor or -errno. */
int f_dupfd(unsigned int from, struct file *f, unsigned int flags);
/* close_range(2). 0 or -errno; sleeps. */
int close_range_fds(unsigned int first, unsigned int last, unsigned int flags);
/* Read or change the close-on-exec flag of a descriptor of current's; to change it, the descriptor
   must be open. */
bool get_close_on_exec(unsigned int fd);
void set_close_on_exec(unsigned int fd, bool on);

/* fcntl.c, locks.c */
/* fcntl64(2): what the command returns, or -errno. May sleep. */
long do_fcntl(int fd, unsigned int cmd, unsigned long arg);
/* F_GETLK and F_SETLK on a struct flock, or flock64 if `wide`; ofd: for the open file instead of
   the process; wait: F_SETLKW. 0 or -errno, -ERESTARTSYS while waiting. */
int fcntl_getlk(struct file *f, void __user *ulock, bool wide, bool ofd);
int fcntl_setlk(unsigned int fd, struct file *f, void __user *ulock, bool wide, bool ofd,
		bool wait);
/* flock(2). 0 or -errno; sleeps unless LOCK_NB is set. */
int do_flock(unsigned int fd, unsigned int cmd);
struct seq_file;
/* What /proc/locks shows: a lock of locks.c, or a lease. */
struct lock_record {
	struct list_head list; /* of lock_records, newest first */
	/* Print the lock and its waiters, each line with this number. */
	void (*show)(struct seq_file *m, const struct lock_record *r, long long id);
};
extern struct list_head lock_records;
/* lease.c: a file's lease as a line of fdinfo, numbered ++*id. */
void show_fd_lease(struct seq_file *m, const struct file *f, int *id);
/* A table of files closes f: remove the POSIX locks that it owns. */
void locks_remove_posix(struct file *f, struct files_struct *owner);
/* The open file goes: its flock and OFD locks too. */
void locks_remove_file(struct file *f);

/* read_write.c, uio.c, splice.c */
#define MAX_RW_COUNT (0x7fffffffU & PAGE_MASK) /* the most that one call transfers */
/* lseek(2) on an open file: the new position or -errno. Takes f_pos_lock. */
loff_t vfs_llseek(struct file *f, loff_t offset, unsigned int whence);
/* read(2) and write(2) of one buffer at the file's own position; those of a vector of nr buffers
   with preadv2's flags; and both at `pos`, which the file must have. Bytes moved or -errno. */
ssize_t ksys_rw(unsigned int fd, void __user *buf, size_t len, bool write);
ssize_t ksys_rwv(unsigned long fd, const struct iovec __user *vec, unsigned long nr,
		 unsigned int flags, bool write);
ssize_t ksys_prw(unsigned int fd, void __user *buf, size_t len, loff_t pos, bool write);
ssize_t ksys_prwv(unsigned long fd, const struct iovec __user *vec, unsigned long nr, loff_t pos,
		  unsigned int flags, bool write);
/* May len bytes at pos be asked for? -EINVAL for what is negative or passes the largest position;
   where positions are addresses they have no sign, and only wrapping is refused: -EOVERFLOW. */
int rw_verify_area(const struct file *f, loff_t pos, size_t len);
/* How much of a write of len bytes at pos RLIMIT_FSIZE (SIGXFSZ beyond it) and the file system
   allow; -EFBIG: nothing. Less than 2 GiB are asked for. */
ssize_t generic_write_check_limits(struct file *f, loff_t pos, size_t len);
/* sendfile(2): from *pos of the source, or from its own position if pos is NULL. `max` is a
   position the source is not read beyond; 0: what the file systems can hold. Bytes copied or
   -errno. */
ssize_t do_sendfile(int out_fd, int in_fd, loff_t *pos, size_t count, loff_t max);
/* copy_file_range(2); NULL: the file's own position. Bytes copied or -errno. */
ssize_t do_copy_file_range(int in_fd, loff_t *in_pos, int out_fd, loff_t *out_pos, size_t len,
			   unsigned int flags);
/* FS_IOC_GETFLAGS, SETFLAGS, FSGETXATTR and FSSETXATTR. 0 or -errno, -ENOTTY if the file system has
   no flags. The setting ones lock the inode. */
long ioctl_getflags(struct file *f, u32 __user *arg);
long ioctl_setflags(struct file *f, const u32 __user *arg);
struct fsxattr;
long ioctl_fsgetxattr(struct file *f, struct fsxattr __user *arg);
long ioctl_fssetxattr(struct file *f, const struct fsxattr __user *arg);
/* ioctl(2): the commands that every file has, then the file's own operation. Its result or -errno.
 */
long do_vfs_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg);

/* stat.c, readdir.c */
/* Fill *stat for a path (flags: AT_) or a descriptor, O_PATH ones too. 0 or -errno; sleeps. */
int vfs_statx(int dfd, const char __user *name, int flags, struct kstat *stat);
int vfs_fstat(unsigned int fd, struct kstat *stat);
/* Bytes of records in buf, 0 at the end, -errno. wide: getdents64's records. */
long do_getdents(unsigned int fd, void __user *buf, unsigned int count, bool wide);

/* poll.c; expires: on the monotonic clock, NULL never, 0 no waiting. -ERESTARTNOHAND on a signal.
 */
int do_sys_poll(struct pollfd __user *fds, unsigned int nfds, const u64 *expires);
/* users: the read, write and exception sets, each may be NULL. */
int core_sys_select(int n, unsigned long __user *const users[3], const u64 *expires);

/* pipe.c */
extern const struct file_operations pipefifo_fops;
/* Boot: mount the file system of pipes, for the kernel alone. */
void pipe_init(void);
/* pipe2(2): two descriptors into user memory. 0 or -errno; on failure neither is open. */
int do_pipe2(int __user *fds, int flags);
/* Until a byte can be written: 0, -EPIPE (with SIGPIPE), -EAGAIN, -ERESTARTSYS. */
int pipe_wait_for_space(struct file *f);
/* F_GETPIPE_SZ and F_SETPIPE_SZ: the capacity in bytes, or -errno (-EBADF if f is no pipe). Takes
   the pipe's mutex. */
long pipe_fcntl(struct file *f, unsigned int cmd, unsigned long arg);

/* device.c, block_dev.c, tmpfs/ */
/* Boot: mount the file system of block devices' inodes, for the kernel alone. */
void bdev_init(void);
/* The registered device of this number, or NULL. No reference is taken: devices stay. */
struct block_device *bdev_by_devt(dev_t dev);
/* Give the device its page cache, or the one that it had the right size. 0 or -ENOMEM. */
int bdev_setup_inode(struct block_device *bdev);
/* A disk or partition appears: 0 or -errno. It disappears: nobody uses it. Sleep. */
int add_bdev(struct block_device *bdev);
void del_bdev(struct block_device *bdev);
/* partitions.c: the partitions of a disk become those that its table names now. 0; -EBUSY: one is
   in use; -EIO: the table cannot be read; -ENOMEM. The caller uses the disk and holds its bd_mutex.
 */
int bdev_disk_changed(struct block_device *disk);
/* block_ioctl.c: def_blk_fops.ioctl. */
long blkdev_ioctl(struct file *f, unsigned int cmd, unsigned long arg);
extern const struct address_space_operations blkdev_aops;
/* Boot: make tmpfs and devtmpfs known. Panic without memory. */
void tmpfs_init(void);
void devtmpfs_init(void);
/* Make a device node in devtmpfs; mode gives its type. 0, -EEXIST or -errno. Sleeps. */
int devtmpfs_create_node(const char *name, umode_t mode, dev_t dev);
/* Remove it again, if it is there. Sleeps. */
void devtmpfs_delete_node(const char *name, dev_t dev);
void devtmpfs_mount_dev(void); /* on /dev, if it is there */

#endif
