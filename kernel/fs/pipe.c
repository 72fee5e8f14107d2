/*
 * Pipes and FIFOs: a ring of pages between writers and readers. A write of at most a page goes into
 * one page or waits, so it is never mixed with others (PIPE_BUF); small writes share the last page.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/uio.h"
#include "kernel/cred/user.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include <asm/ioctls.h>
#include <linux/magic.h>

#define PIPE_DEF_BUFFERS     16
#define PIPE_MIN_DEF_BUFFERS 2		/* slots of a pipe if its user has too many pipes already */
#define PIPE_MAX_SLOTS	     (1U << 17) /* as many of Linux's as fit its largest block of memory */

unsigned int pipe_max_size = 1024 * 1024;
unsigned long pipe_user_pages_hard;
unsigned long pipe_user_pages_soft = PIPE_DEF_BUFFERS * 1024;

struct pipe_buffer {
	struct page *page;
	unsigned int offset, len;
	bool packet; /* O_DIRECT: one read takes one write's bytes, the rest is dropped */
	bool fixed;  /* sendfile's: small writes do not join it */
};

struct pipe_inode_info {
	struct mutex mutex;
	wait_queue_head_t rd_wait, wr_wait;
	unsigned int head, tail; /* running numbers: head - tail slots are in use */
	unsigned int ring_size;	 /* slots, a power of two */
	struct pipe_buffer *bufs;
	unsigned int readers, writers, files;
	struct fasync_struct *fasync_readers, *fasync_writers;
	unsigned int r_counter, w_counter; /* opens so far: a partner has come if it changes */
	struct user_struct *user;	   /* the creator, to whom ring_size is charged */
};

static struct vfsmount *pipe_mnt;

static bool exceeds(unsigned long pages, unsigned long limit)
{
	return limit && pages > limit;
}

static bool pipe_is_unprivileged_user(void)
{
	return !has_cap(CAP_SYS_RESOURCE) && !has_cap(CAP_SYS_ADMIN);
}

/* The number of slots of a new pipe of the user; 0 if the user may have no more. */
static unsigned int new_pipe_slots(const struct user_struct *user)
{
	unsigned int slots = PIPE_DEF_BUFFERS;

	if (slots * PAGE_SIZE > pipe_max_size && !has_cap(CAP_SYS_RESOURCE))
		slots = pipe_max_size >> PAGE_SHIFT;
	if (!pipe_is_unprivileged_user())
		return slots;
	if (exceeds(user->pipe_bufs + slots, pipe_user_pages_soft))
		slots = PIPE_MIN_DEF_BUFFERS;
	return exceeds(user->pipe_bufs + slots, pipe_user_pages_hard) ? 0 : slots;
}

static void free_pipe_info(struct pipe_inode_info *pipe);

/* NULL: no memory, or the user has too many. */
static struct pipe_inode_info *alloc_pipe_info(void)
{
	struct pipe_inode_info *pipe = kzalloc(sizeof(*pipe), GFP_KERNEL);
	unsigned int slots;

	if (!pipe)
		return NULL;
	mutex_init(&pipe->mutex);
	init_waitqueue_head(&pipe->rd_wait);
	init_waitqueue_head(&pipe->wr_wait);
	pipe->user = get_uid(current->cred.user);
	slots = new_pipe_slots(pipe->user);
	if (slots) {
		/* Counted before the allocation sleeps. */
		pipe->ring_size = slots;
		pipe->user->pipe_bufs += slots;
		pipe->bufs = kcalloc(slots, sizeof(struct pipe_buffer), GFP_KERNEL);
	}
	if (!pipe->bufs) {
		free_pipe_info(pipe);
		return NULL;
	}
	return pipe;
}

static struct pipe_buffer *pipe_slot(struct pipe_inode_info *pipe, unsigned int n)
{
	return &pipe->bufs[n & (pipe->ring_size - 1)];
}

static bool pipe_empty(const struct pipe_inode_info *pipe)
{
	return pipe->head == pipe->tail;
}

static bool pipe_full(const struct pipe_inode_info *pipe)
{
	return pipe->head - pipe->tail >= pipe->ring_size;
}

static void free_pipe_info(struct pipe_inode_info *pipe)
{
	for (; pipe->tail != pipe->head; pipe->tail++)
		put_page(pipe_slot(pipe, pipe->tail)->page);
	pipe->user->pipe_bufs -= pipe->ring_size;
	free_uid(pipe->user);
	kfree(pipe->bufs);
	kfree(pipe);
}

static void put_pipe_info(struct inode *inode, struct pipe_inode_info *pipe)
{
	if (--pipe->files)
		return;
	inode->i_pipe = NULL;
	free_pipe_info(pipe);
}

/* ---- reading ---- */

/* Take bytes off the oldest slot. Bytes, or -EFAULT and nothing is taken. */
static ssize_t read_slot(struct pipe_inode_info *pipe, struct iov_iter *to, bool *packet)
{
	struct pipe_buffer *buf = pipe_slot(pipe, pipe->tail);
	size_t n = min(to->count, (size_t)buf->len), copied;
	char *kaddr;

	kaddr = kmap_local_page(buf->page);
	copied = copy_to_iter(kaddr + buf->offset, n, to);
	kunmap_local(kaddr);
	if (copied < n)
		return -EFAULT;
	buf->offset += n;
	buf->len -= n;
	*packet = buf->packet;
	if (!buf->len || buf->packet) {
		put_page(buf->page);
		pipe->tail++;
	}
	return n;
}

/* Wait for something to read; the mutex is dropped meanwhile. */
static int wait_readable(struct pipe_inode_info *pipe)
{
	int err;

	mutex_unlock(&pipe->mutex);
	kill_fasync(&pipe->fasync_writers, POLL_OUT);
	err = wait_event_interruptible(pipe->rd_wait, !pipe_empty(pipe) || !pipe->writers);
	mutex_lock(&pipe->mutex);
	return err;
}

static ssize_t pipe_read_iter(struct file *f, struct iov_iter *to, loff_t *ppos)
{
	struct pipe_inode_info *pipe = f->private_data;
	bool was_full, packet = false;
	ssize_t done = 0, n = 0;

	if (!to->count)
		return 0;
	mutex_lock(&pipe->mutex);
	was_full = pipe_full(pipe);
	while (to->count && !packet) {
		if (!pipe_empty(pipe)) {
			n = read_slot(pipe, to, &packet);
			if (n < 0)
				break;
			done += n;
			continue;
		}
		if (done || !pipe->writers)
			break;
		n = f->f_flags & O_NONBLOCK ? -EAGAIN : wait_readable(pipe);
		if (n)
			break;
		was_full = was_full || pipe_full(pipe);
	}
	/* With room again writers go on; with bytes left another reader does. */
	if (was_full && !pipe_full(pipe))
		wake_up_interruptible(&pipe->wr_wait);
	if (!pipe_empty(pipe))
		wake_up_interruptible(&pipe->rd_wait);
	mutex_unlock(&pipe->mutex);
	kill_fasync(&pipe->fasync_writers, POLL_OUT);
	if (done > 0)
		file_accessed(f);
	return done ? done : n;
}

static ssize_t pipe_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct iov_iter iter;
	struct iovec iov;

	iov_iter_ubuf(&iter, &iov, buf, len);
	return pipe_read_iter(f, &iter, ppos);
}

/* ---- writing ---- */

/* Put the odd bytes of a write behind those of the last slot, if they fit there. Bytes or -EFAULT.
 */
static ssize_t merge_into_last(struct pipe_inode_info *pipe, struct iov_iter *from)
{
	struct pipe_buffer *buf = pipe_slot(pipe, pipe->head - 1);
	size_t n = from->count & (PAGE_SIZE - 1), copied;
	char *kaddr;

	if (!n || pipe_empty(pipe) || buf->packet || buf->fixed ||
	    buf->offset + buf->len + n > PAGE_SIZE)
		return 0;
	kaddr = kmap_local_page(buf->page);
	copied = copy_from_iter(kaddr + buf->offset + buf->len, n, from);
	kunmap_local(kaddr);
	if (copied < n)
		return -EFAULT;
	buf->len += n;
	return n;
}

/* A new slot with up to a page of the write: all of it or none. Bytes, -EFAULT or -ENOMEM. A bad
   address leaves an empty slot, as in Linux: the pipe then polls as readable. */
static ssize_t write_slot(struct pipe_inode_info *pipe, struct iov_iter *from, bool packet)
{
	struct page *page = alloc_page(GFP_HIGHUSER);
	size_t n = min(from->count, (size_t)PAGE_SIZE), copied;
	char *kaddr;

	if (!page)
		return -ENOMEM;
	kaddr = kmap_local_page(page);
	copied = copy_from_iter(kaddr, n, from);
	kunmap_local(kaddr);
	*pipe_slot(pipe, pipe->head++) = (struct pipe_buffer){
		.page = page,
		.len = copied < n ? 0 : n,
		.packet = packet && !from->kernel,
		.fixed = from->kernel,
	};
	return copied < n ? -EFAULT : (ssize_t)n;
}

static int wait_writable(struct pipe_inode_info *pipe)
{
	int err;

	mutex_unlock(&pipe->mutex);
	wake_up_interruptible(&pipe->rd_wait);
	kill_fasync(&pipe->fasync_readers, POLL_IN);
	err = wait_event_interruptible(pipe->wr_wait, !pipe_full(pipe) || !pipe->readers);
	mutex_lock(&pipe->mutex);
	return err;
}

static int broken_pipe(void)
{
	send_sig_info(SIGPIPE, SEND_SIG_NOINFO, current);
	return -EPIPE;
}

static ssize_t pipe_write_iter(struct file *f, struct iov_iter *from, loff_t *ppos)
{
	struct pipe_inode_info *pipe = f->private_data;
	bool packet = f->f_flags & O_DIRECT;
	ssize_t done = 0, n = 0;

	if (!from->count)
		return 0;
	mutex_lock(&pipe->mutex);
	if (pipe->readers && !from->kernel)
		n = merge_into_last(pipe, from);
	if (n > 0)
		done = n;
	while (n >= 0 && from->count) {
		if (!pipe->readers) {
			n = broken_pipe();
		} else if (!pipe_full(pipe)) {
			n = write_slot(pipe, from, packet);
			done += n > 0 ? n : 0;
		} else {
			n = f->f_flags & O_NONBLOCK ? -EAGAIN : wait_writable(pipe);
		}
	}
	if (!pipe_empty(pipe))
		wake_up_interruptible(&pipe->rd_wait);
	if (!pipe_full(pipe))
		wake_up_interruptible(&pipe->wr_wait);
	mutex_unlock(&pipe->mutex);
	kill_fasync(&pipe->fasync_readers, POLL_IN);
	if (done > 0 && !from->kernel) /* what sendfile puts in is no write: as on Linux */
		file_update_time(f);
	return done > 0 ? done : n;
}

static ssize_t pipe_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	struct iov_iter iter;
	struct iovec iov;

	iov_iter_ubuf(&iter, &iov, buf, len);
	return pipe_write_iter(f, &iter, ppos);
}

int pipe_wait_for_space(struct file *f)
{
	struct pipe_inode_info *pipe = f->private_data;
	int err = 0;

	mutex_lock(&pipe->mutex);
	while (!err) {
		if (!pipe->readers)
			err = broken_pipe();
		else if (!pipe_full(pipe))
			break;
		else
			err = f->f_flags & O_NONBLOCK ? -EAGAIN : wait_writable(pipe);
	}
	mutex_unlock(&pipe->mutex);
	return err;
}

/* ---- poll, ioctl, fcntl ---- */

static unsigned int pipe_poll(struct file *f, struct poll_table *pt)
{
	struct pipe_inode_info *pipe = f->private_data;
	unsigned int mask = 0;

	if (f->f_mode & FMODE_READ) {
		poll_wait(f, &pipe->rd_wait, pt);
		if (!pipe_empty(pipe))
			mask |= POLLIN | POLLRDNORM;
		if (!pipe->writers && f->f_version != pipe->w_counter)
			mask |= POLLHUP;
	}
	if (f->f_mode & FMODE_WRITE) {
		poll_wait(f, &pipe->wr_wait, pt);
		if (!pipe_full(pipe))
			mask |= POLLOUT | POLLWRNORM;
		if (!pipe->readers)
			mask |= POLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode_info *pipe = f->private_data;
	unsigned int n, count = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	mutex_lock(&pipe->mutex);
	for (n = pipe->tail; n != pipe->head; n++)
		count += pipe_slot(pipe, n)->len;
	mutex_unlock(&pipe->mutex);
	return put_user((int)count, (int __user *)arg);
}

static unsigned long pipe_held_pages(const struct file *f)
{
	const struct pipe_inode_info *pipe = f->private_data;

	return pipe->head - pipe->tail + PFN_UP(pipe->ring_size * sizeof(*pipe->bufs));
}

/* Give the pipe another number of slots. 0, -ENOMEM, or -EBUSY if more are in use. */
static int pipe_resize(struct pipe_inode_info *pipe, unsigned int slots)
{
	unsigned int i, used = pipe->head - pipe->tail, more = slots - pipe->ring_size;
	struct pipe_buffer *bufs;

	/* Counted before the allocation sleeps, so that no limit is passed meanwhile. */
	pipe->user->pipe_bufs += more;
	bufs = slots <= PIPE_MAX_SLOTS ? kcalloc(slots, sizeof(*bufs), GFP_KERNEL) : NULL;
	if (!bufs || used > slots) {
		int err = bufs ? -EBUSY : -ENOMEM;

		pipe->user->pipe_bufs -= more;
		kfree(bufs);
		return err;
	}
	for (i = 0; i < used; i++)
		bufs[i] = *pipe_slot(pipe, pipe->tail + i);
	kfree(pipe->bufs);
	pipe->bufs = bufs;
	pipe->ring_size = slots;
	pipe->tail = 0;
	pipe->head = used;
	return 0;
}

unsigned int round_pipe_size(unsigned long size)
{
	if (size > 1UL << 31)
		return 0;
	return size < PAGE_SIZE ? PAGE_SIZE : roundup_pow_of_two(size);
}

/* May the pipe get that many slots? The mutex is held. 0 or -EPERM. */
static int pipe_may_grow(const struct pipe_inode_info *pipe, unsigned long slots)
{
	unsigned long pages = pipe->user->pipe_bufs - pipe->ring_size + slots;

	if (slots <= pipe->ring_size)
		return 0;
	if (slots * PAGE_SIZE > pipe_max_size && !has_cap(CAP_SYS_RESOURCE))
		return -EPERM;
	if ((exceeds(pages, pipe_user_pages_soft) || exceeds(pages, pipe_user_pages_hard)) &&
	    pipe_is_unprivileged_user())
		return -EPERM;
	return 0;
}

long pipe_fcntl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode_info *pipe = f->private_data;
	unsigned long slots;
	long ret;

	if (f->f_op != &pipefifo_fops)
		return -EBADF;
	if (cmd == F_GETPIPE_SZ)
		return pipe->ring_size * PAGE_SIZE;
	slots = round_pipe_size(arg) >> PAGE_SHIFT;
	if (!slots)
		return -EINVAL;
	mutex_lock(&pipe->mutex);
	ret = pipe_may_grow(pipe, slots);
	if (!ret)
		ret = pipe_resize(pipe, slots);
	if (!ret)
		ret = slots * PAGE_SIZE;
	if (!pipe_full(pipe))
		wake_up_interruptible(&pipe->wr_wait);
	mutex_unlock(&pipe->mutex);
	return ret;
}

/* ---- open and close ---- */

/* A FIFO's open waits until the other side has been opened too. */
static int wait_for_partner(struct pipe_inode_info *pipe, const unsigned int *counter)
{
	unsigned int before = *counter;
	int err;

	mutex_unlock(&pipe->mutex);
	err = wait_event_interruptible(pipe->rd_wait, *counter != before);
	mutex_lock(&pipe->mutex);
	return err;
}

static int open_for_read(struct pipe_inode_info *pipe, struct file *f, bool is_pipe)
{
	pipe->r_counter++;
	if (!pipe->readers++)
		wake_up_interruptible_all(&pipe->rd_wait);
	if (is_pipe || pipe->writers)
		return 0;
	if (f->f_flags & O_NONBLOCK) {
		/* No hang-up is reported before a first writer came. */
		f->f_version = pipe->w_counter;
		return 0;
	}
	if (!wait_for_partner(pipe, &pipe->w_counter))
		return 0;
	if (!--pipe->readers)
		wake_up_interruptible_all(&pipe->wr_wait);
	return -ERESTARTSYS;
}

static int open_for_write(struct pipe_inode_info *pipe, struct file *f, bool is_pipe)
{
	if (!is_pipe && f->f_flags & O_NONBLOCK && !pipe->readers)
		return -ENXIO;
	pipe->w_counter++;
	if (!pipe->writers++)
		wake_up_interruptible_all(&pipe->rd_wait);
	if (is_pipe || pipe->readers)
		return 0;
	if (!wait_for_partner(pipe, &pipe->r_counter))
		return 0;
	if (!--pipe->writers)
		wake_up_interruptible_all(&pipe->rd_wait);
	return -ERESTARTSYS;
}

static int fifo_open(struct inode *inode, struct file *f)
{
	bool is_pipe = inode->i_sb == pipe_mnt->mnt_sb;
	struct pipe_inode_info *pipe;
	int err = 0;

	if (!inode->i_pipe) {
		pipe = alloc_pipe_info();
		if (!pipe)
			return -ENOMEM;
		/* Another task may have created it while the allocation slept. */
		if (inode->i_pipe)
			free_pipe_info(pipe);
		else
			inode->i_pipe = pipe;
	}
	pipe = inode->i_pipe;
	pipe->files++;
	f->private_data = pipe;
	f->f_version = 0;
	mutex_lock(&pipe->mutex);
	switch (f->f_mode & (FMODE_READ | FMODE_WRITE)) {
	case FMODE_READ:
		err = open_for_read(pipe, f, is_pipe);
		break;
	case FMODE_WRITE:
		err = open_for_write(pipe, f, is_pipe);
		break;
	case FMODE_READ | FMODE_WRITE:
		pipe->readers++;
		pipe->writers++;
		pipe->r_counter++;
		pipe->w_counter++;
		wake_up_interruptible_all(&pipe->rd_wait);
		break;
	default:
		err = -EINVAL;
	}
	mutex_unlock(&pipe->mutex);
	if (err)
		put_pipe_info(inode, pipe);
	return err;
}

static int pipe_release(struct inode *inode, struct file *f)
{
	struct pipe_inode_info *pipe = f->private_data;

	if (f->f_mode & FMODE_READ)
		pipe->readers--;
	if (f->f_mode & FMODE_WRITE)
		pipe->writers--;
	if (!pipe->readers != !pipe->writers) {
		wake_up_interruptible_all(&pipe->rd_wait);
		wake_up_interruptible_all(&pipe->wr_wait);
		kill_fasync(&pipe->fasync_readers, POLL_IN);
		kill_fasync(&pipe->fasync_writers, POLL_OUT);
	}
	put_pipe_info(inode, pipe);
	return 0;
}

/* Readers want to know what can be read, writers where there is room. */
static int pipe_fasync(int fd, struct file *f, bool on)
{
	struct pipe_inode_info *pipe = f->private_data;
	int ret = 0;

	if (f->f_mode & FMODE_READ)
		ret = fasync_helper(fd, f, on, &pipe->fasync_readers);
	if (ret >= 0 && f->f_mode & FMODE_WRITE) {
		ret = fasync_helper(fd, f, on, &pipe->fasync_writers);
		if (ret < 0 && f->f_mode & FMODE_READ)
			fasync_helper(-1, f, false, &pipe->fasync_readers);
	}
	return ret;
}

const struct file_operations pipefifo_fops = {
	.llseek = no_llseek,
	.read = pipe_read,
	.write = pipe_write,
	.read_iter = pipe_read_iter,
	.write_iter = pipe_write_iter,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.open = fifo_open,
	.fasync = pipe_fasync,
	.release = pipe_release,
	.held_pages = pipe_held_pages,
};

/* ---- pipe(2) ---- */

static int pipefs_dname(struct dentry *d, char *buf, int len)
{
	int n = snprintf(buf, len, "pipe:[%llu]", (unsigned long long)d->d_inode->i_ino);

	return n < len ? n : -ENAMETOOLONG;
}

static const struct dentry_operations pipefs_dops = {.d_dname = pipefs_dname};

void pipe_init(void)
{
	pipe_mnt = kern_mount_pseudo("pipefs", PIPEFS_MAGIC);
}

static struct inode *new_pipe_inode(void)
{
	struct pipe_inode_info *pipe = alloc_pipe_info();
	struct inode *inode = pipe ? new_inode(pipe_mnt->mnt_sb) : NULL;

	if (!inode) {
		if (pipe)
			free_pipe_info(pipe);
		return NULL;
	}
	inode->i_ino = get_next_ino();
	inode->i_pipe = pipe;
	inode->i_fop = &pipefifo_fops;
	inode->i_mode = S_IFIFO | S_IRUSR | S_IWUSR;
	inode->i_uid = current->cred.fsuid;
	inode->i_gid = current->cred.fsgid;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time();
	return inode;
}

/* Both ends: files[0] reads, files[1] writes. */
static int create_pipe_files(struct file *files[2], int flags)
{
	struct inode *inode = new_pipe_inode();
	struct pipe_inode_info *pipe;

	if (!inode)
		return -ENFILE;
	pipe = inode->i_pipe;
	files[1] = alloc_file_pseudo(inode, "", O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)),
				     &pipefifo_fops, &pipefs_dops);
	if (IS_ERR(files[1])) {
		free_pipe_info(pipe);
		return PTR_ERR(files[1]);
	}
	files[1]->private_data = pipe;
	pipe->files = pipe->writers = pipe->w_counter = 1;
	files[0] = alloc_empty_file(O_RDONLY | (flags & O_NONBLOCK));
	if (IS_ERR(files[0])) {
		fput(files[1]);
		return PTR_ERR(files[0]);
	}
	files[0]->f_path = files[1]->f_path;
	path_get(&files[0]->f_path);
	files[0]->f_inode = inode;
	files[0]->f_mapping = inode->i_mapping;
	files[0]->f_op = &pipefifo_fops;
	files[0]->f_mode |= FMODE_OPENED;
	files[0]->private_data = pipe;
	pipe->readers = pipe->r_counter = 1;
	pipe->files++;
	return 0;
}

int do_pipe2(int __user *ufds, int flags)
{
	struct file *files[2];
	int fds[2] = {-1, -1}, err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	err = create_pipe_files(files, flags);
	if (err)
		return err;
	err = fds[0] = get_unused_fd_flags(flags);
	if (err >= 0)
		err = fds[1] = get_unused_fd_flags(flags);
	if (err >= 0)
		err = copy_to_user(ufds, fds, sizeof(fds)) ? -EFAULT : 0;
	if (err) {
		if (fds[0] >= 0)
			put_unused_fd(fds[0]);
		if (fds[1] >= 0)
			put_unused_fd(fds[1]);
		fput(files[0]);
		fput(files[1]);
		return err;
	}
	fd_install(fds[0], files[0]);
	fd_install(fds[1], files[1]);
	return 0;
}
