/*
 * Descriptor tables: small numbers for open files. A table grows by doubling; a bitmap tells which
 * numbers are taken (also by an open under way), another which close on exec.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "kernel/lib/bitmap.h"
#include "kernel/sched/rlimit.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include <linux/close_range.h>

#define NR_OPEN_DEFAULT 32U   /* descriptors of a new table */
#define NR_OPEN_MAX	(~0U) /* all of a table */

static struct file *init_fd[NR_OPEN_DEFAULT];
static unsigned long init_open_fds[1], init_close_on_exec[1];
struct files_struct init_files = {.count = 1,
				  .max_fds = NR_OPEN_DEFAULT,
				  .fd = init_fd,
				  .open_fds = init_open_fds,
				  .close_on_exec = init_close_on_exec};
_Static_assert(NR_OPEN_DEFAULT == 8 * sizeof(init_open_fds), "one word of bits");

void file_table_init(void);

void files_init(void)
{
	file_table_init();
}

/* ---- tables ---- */

static void free_table(struct files_struct *files)
{
	kvfree(files->fd);
	kvfree(files->open_fds);
	kvfree(files->close_on_exec);
}

/* Give `files` arrays of nr entries (a multiple of the word size), all empty. 0 or -ENOMEM. */
static int alloc_table(struct files_struct *files, unsigned int nr)
{
	size_t bytes = BITS_TO_LONGS(nr) * sizeof(long);

	files->max_fds = nr;
	files->fd = kvzalloc(nr * sizeof(struct file *));
	files->open_fds = kvzalloc(bytes);
	files->close_on_exec = kvzalloc(bytes);
	if (files->fd && files->open_fds && files->close_on_exec)
		return 0;
	free_table(files);
	return -ENOMEM;
}

/* Copy the first nr entries' worth of `from` into the larger `to`, without references. */
static void copy_table(struct files_struct *to, const struct files_struct *from, unsigned int nr)
{
	size_t bytes = BITS_TO_LONGS(nr) * sizeof(long);

	memcpy(to->fd, from->fd, nr * sizeof(struct file *));
	memcpy(to->open_fds, from->open_fds, bytes);
	memcpy(to->close_on_exec, from->close_on_exec, bytes);
}

unsigned long files_own_bytes(const struct files_struct *files)
{
	unsigned int bits = 2 * BITS_TO_LONGS(files->max_fds) * sizeof(long);

	return sizeof(*files) + files->max_fds * sizeof(*files->fd) + bits + files->lock_bytes;
}

/* Make room for descriptor fd. 0, -ENOMEM, or -EMFILE. */
static int expand_files(struct files_struct *files, unsigned int fd)
{
	struct files_struct bigger;
	unsigned int nr;

	if (fd < files->max_fds)
		return 0;
	if (fd >= (unsigned int)sysctl_nr_open)
		return -EMFILE;
	nr = roundup_pow_of_two(fd + 1);
	if (nr > (unsigned int)__INT_MAX__ / sizeof(struct file *))
		return -EMFILE;
	if (alloc_table(&bigger, nr))
		return -ENOMEM;
	/* The allocation may have slept, and a thread have made room meanwhile. */
	if (fd < files->max_fds) {
		free_table(&bigger);
		return 0;
	}
	copy_table(&bigger, files, files->max_fds);
	if (files->fd != init_fd)
		free_table(files);
	files->max_fds = nr;
	files->fd = bigger.fd;
	files->open_fds = bigger.open_fds;
	files->close_on_exec = bigger.close_on_exec;
	return 0;
}

/* A copy with references of its own, of the descriptors below `limit`. */
static struct files_struct *dup_files(struct files_struct *old, unsigned int limit)
{
	struct files_struct *files = kzalloc(sizeof(*files), GFP_KERNEL);
	unsigned int i, last, nr;

	if (!files)
		return NULL;
again:
	last = find_last_bit(old->open_fds, min(old->max_fds, limit));
	nr = max(NR_OPEN_DEFAULT, (unsigned int)roundup_pow_of_two(last + 1));
	nr = min(nr, old->max_fds);
	if (alloc_table(files, nr)) {
		kfree(files);
		return NULL;
	}
	/* The allocation may have slept: descriptors may have come that do not fit. */
	if (find_next_bit(old->open_fds, min(old->max_fds, limit), nr) < min(old->max_fds, limit)) {
		free_table(files);
		goto again;
	}
	copy_table(files, old, nr);
	/* In one go: a copy of what the table was at different times would lose what moves. */
	for_each_set_bit(i, files->open_fds, nr)
	{
		if (i < limit && files->fd[i]) {
			get_file(files->fd[i]);
			continue;
		}
		/* An open under way elsewhere is not ours. */
		files->fd[i] = NULL;
		__clear_bit(i, files->open_fds);
		__clear_bit(i, files->close_on_exec);
	}
	files->count = 1;
	files->next_fd = find_first_zero_bit(files->open_fds, nr);
	return files;
}

static void put_files(struct files_struct *files)
{
	unsigned int i;

	if (--files->count)
		return;
	for (i = 0; i < files->max_fds; i++) {
		struct file *f = files->fd[i];

		files->fd[i] = NULL;
		if (f) {
			filp_close(f, files);
			cond_resched();
		}
	}
	if (files == &init_files)
		return;
	if (files->fd != init_fd)
		free_table(files);
	kfree(files);
}

int copy_files(unsigned long clone_flags, struct task_struct *p)
{
	struct files_struct *old = current->files ? current->files : &init_files;

	if (clone_flags & CLONE_FILES) {
		old->count++;
		p->files = old;
		return 0;
	}
	p->files = dup_files(old, NR_OPEN_MAX);
	return p->files ? 0 : -ENOMEM;
}

void exit_files(struct task_struct *p)
{
	struct files_struct *files = p->files;

	p->files = NULL;
	if (files)
		put_files(files);
}

int unshare_files(void)
{
	struct files_struct *old = current->files, *files;

	if (old->count == 1)
		return 0;
	files = dup_files(old, NR_OPEN_MAX);
	if (!files)
		return -ENOMEM;
	current->files = files;
	put_files(old);
	return 0;
}

void do_close_on_exec(struct files_struct *files)
{
	unsigned int fd;

	for_each_set_bit(fd, files->close_on_exec, files->max_fds)
	{
		struct file *f = files->fd[fd];

		if (!f)
			continue;
		files->fd[fd] = NULL;
		put_unused_fd(fd);
		filp_close(f, files);
		cond_resched();
	}
}

/* ---- descriptors of current ---- */

static struct file *fd_file(unsigned int fd)
{
	struct files_struct *files = current->files;

	return fd < files->max_fds ? files->fd[fd] : NULL;
}

struct file *fget_raw(unsigned int fd)
{
	struct file *f = fd_file(fd);

	return f ? get_file(f) : NULL;
}

struct file *fget(unsigned int fd)
{
	struct file *f = fd_file(fd);

	return f && !(f->f_mode & FMODE_PATH) ? get_file(f) : NULL;
}

/* The lowest free number from `start` on, below `end`: reserved, or -EMFILE, -ENOMEM. */
static int alloc_fd(unsigned int start, unsigned long end, unsigned int flags)
{
	struct files_struct *files = current->files;
	unsigned int fd, before;
	int err;

	do {
		before = files->max_fds;
		fd = max(start, (unsigned int)files->next_fd);
		if (fd < files->max_fds)
			fd = find_next_zero_bit(files->open_fds, files->max_fds, fd);
		if (fd >= end)
			return -EMFILE;
		err = expand_files(files, fd);
		if (err)
			return err;
		/* Making room may have slept: choose again. */
	} while (files->max_fds != before);
	if (start <= (unsigned int)files->next_fd)
		files->next_fd = fd + 1;
	__set_bit(fd, files->open_fds);
	if (flags & O_CLOEXEC)
		__set_bit(fd, files->close_on_exec);
	else
		__clear_bit(fd, files->close_on_exec);
	return fd;
}

int get_unused_fd_flags(unsigned int flags)
{
	return alloc_fd(0, rlimit(RLIMIT_NOFILE), flags);
}

void put_unused_fd(unsigned int fd)
{
	struct files_struct *files = current->files;

	__clear_bit(fd, files->open_fds);
	__clear_bit(fd, files->close_on_exec);
	if (fd < (unsigned int)files->next_fd)
		files->next_fd = fd;
}

void fd_install(unsigned int fd, struct file *f)
{
	current->files->fd[fd] = f;
}

int filp_close(struct file *f, struct files_struct *files)
{
	int err = 0;

	if (f->f_op->flush)
		err = f->f_op->flush(f);
	if (!(f->f_mode & FMODE_PATH) && f->f_inode->i_flock)
		locks_remove_posix(f, files);
	fput(f);
	return err;
}

int close_fd(unsigned int fd)
{
	struct file *f = fd_file(fd);

	if (!f)
		return -EBADF;
	current->files->fd[fd] = NULL;
	put_unused_fd(fd);
	return filp_close(f, current->files);
}

int close_range_fds(unsigned int first, unsigned int last, unsigned int flags)
{
	struct files_struct *files;
	unsigned int fd;
	int err;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = unshare_files();
		if (err)
			return err;
	}
	files = current->files;
	for (fd = first; fd < files->max_fds && fd <= last; fd++) {
		if (!files->fd[fd])
			continue;
		if (flags & CLOSE_RANGE_CLOEXEC)
			__set_bit(fd, files->close_on_exec);
		else
			close_fd(fd);
		cond_resched();
	}
	return 0;
}

bool get_close_on_exec(unsigned int fd)
{
	return fd < current->files->max_fds && test_bit(fd, current->files->close_on_exec);
}

void set_close_on_exec(unsigned int fd, bool on)
{
	if (on)
		__set_bit(fd, current->files->close_on_exec);
	else
		__clear_bit(fd, current->files->close_on_exec);
}

/* ---- dup ---- */

int f_dupfd(unsigned int from, struct file *f, unsigned int flags)
{
	unsigned long limit = rlimit(RLIMIT_NOFILE);
	int fd;

	if (from >= limit)
		return -EINVAL;
	fd = alloc_fd(from, limit, flags);
	if (fd >= 0)
		fd_install(fd, get_file(f));
	return fd;
}

int ksys_dup(unsigned int fd)
{
	struct file *f = fget_raw(fd);
	int newfd;

	if (!f)
		return -EBADF;
	newfd = get_unused_fd_flags(0);
	if (newfd < 0)
		fput(f);
	else
		fd_install(newfd, f);
	return newfd;
}

int ksys_dup3(unsigned int oldfd, unsigned int newfd, int flags, bool same_ok)
{
	struct files_struct *files = current->files;
	struct file *f, *old;
	int err;

	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	if (oldfd == newfd)
		return !same_ok ? -EINVAL : fd_file(oldfd) ? (int)newfd : -EBADF;
	if (newfd >= rlimit(RLIMIT_NOFILE))
		return -EBADF;
	if (!fd_file(oldfd))
		return -EBADF;
	err = expand_files(files, newfd);
	if (err)
		return err == -EMFILE ? -EBADF : err;
	f = fget_raw(oldfd);
	if (!f)
		return -EBADF;
	old = files->fd[newfd];
	if (!old && test_bit(newfd, files->open_fds)) {
		fput(f);
		return -EBUSY; /* an open under way has the number */
	}
	__set_bit(newfd, files->open_fds);
	set_close_on_exec(newfd, flags & O_CLOEXEC);
	files->fd[newfd] = f;
	if (old)
		filp_close(old, files);
	return newfd;
}
