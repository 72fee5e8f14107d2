/*
 * userfaultfd(2): the file through which a pager learns of faults and events (read, poll), and acts
 * on them (ioctl). What these calls do is in mm/userfaultfd.h.
 */
#include "kernel/fs/userfaultfd.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/fs/anon_inodes.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/seq_file.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/mm.h"
#include "mm/userfaultfd.h"
#include <linux/ioctl.h>
#include <linux/major.h>

#define USERFAULTFD_MINOR 126 /* of MISC_MAJOR; Debian's kernel has given it that one */
#define UFFD_FILE_FLAGS	  (O_CLOEXEC | O_NONBLOCK)

int sysctl_unprivileged_userfaultfd;

static const struct file_operations userfaultfd_fops;

/* ---- reading ---- */

/* The child's pager becomes a file of the reader. 0, or -errno with nothing changed. Sleeps. */
static int install_child(struct uffd_event *event, struct uffd_msg *msg)
{
	unsigned int flags = event->child->flags & UFFD_FILE_FLAGS;
	int fd = get_unused_fd_flags(flags);
	struct file *f;

	if (fd < 0)
		return fd;
	f = anon_inode_getfile("[userfaultfd]", &userfaultfd_fops, event->child, O_RDONLY | flags);
	if (IS_ERR(f)) {
		put_unused_fd(fd);
		return PTR_ERR(f);
	}
	event->child = NULL; /* the file's */
	fd_install(fd, f);
	msg->arg.fork.ufd = fd;
	return 0;
}

static int read_event(struct userfaultfd_ctx *ctx, struct uffd_msg *msg)
{
	struct uffd_event *event = list_first_entry(&ctx->events, struct uffd_event, list);
	int err = 0;

	*msg = event->msg;
	list_del_init(&event->list);
	event->reading = true; /* it does not go away while we sleep */
	if (event->child)
		err = install_child(event, msg);
	userfaultfd_event_read(event, !err);
	return err;
}

/* Wait for one message and take it. A fault stays queued until the pager wakes it. */
static int read_message(struct userfaultfd_ctx *ctx, bool no_wait, struct uffd_msg *msg)
{
	struct uffd_wait *wait;
	int err;

	while (!userfaultfd_readable(ctx)) {
		if (no_wait)
			return signal_pending(current) ? -ERESTARTSYS : -EAGAIN;
		err = wait_event_interruptible(ctx->fd_wait, userfaultfd_readable(ctx));
		if (err)
			return err;
	}
	if (list_empty(&ctx->pending))
		return read_event(ctx, msg);
	wait = list_first_entry(&ctx->pending, struct uffd_wait, list);
	list_move(&wait->list, &ctx->faults);
	*msg = wait->msg;
	return 0;
}

static ssize_t userfaultfd_read(struct file *f, char __user *buf, size_t len, loff_t *ppos)
{
	struct userfaultfd_ctx *ctx = f->private_data;
	bool no_wait = f->f_flags & O_NONBLOCK;
	struct uffd_msg msg;
	ssize_t done;
	int err = -EINVAL;

	if (!ctx->features)
		return -EINVAL;
	for (done = 0; len - done >= sizeof(msg); done += sizeof(msg)) {
		err = read_message(ctx, no_wait, &msg);
		if (!err && copy_to_user(buf + done, &msg, sizeof(msg)))
			err = -EFAULT;
		if (err)
			break;
		no_wait = true; /* it waits for the first one only */
	}
	return done ? done : err;
}

static unsigned int userfaultfd_poll(struct file *f, struct poll_table *pt)
{
	struct userfaultfd_ctx *ctx = f->private_data;

	poll_wait(f, &ctx->fd_wait, pt);
	/* a fault that was polled may be woken before it is read, so a read might block */
	if (!ctx->features || !(f->f_flags & O_NONBLOCK))
		return POLLERR;
	return userfaultfd_readable(ctx) ? POLLIN : 0;
}

static int userfaultfd_release(struct inode *inode, struct file *f)
{
	struct userfaultfd_ctx *ctx = f->private_data;
	struct uffd_event *event;

	ctx->released = true; /* before mmap_sem is waited for: see handle_userfault() */
	userfaultfd_unregister_all(ctx);
	wake_userfault(ctx, 0, 0);
	list_for_each_entry (event, &ctx->events, list)
		wake_up_process(event->task);
	userfaultfd_ctx_put(ctx);
	return 0;
}

static void userfaultfd_show_fdinfo(struct seq_file *m, struct file *f)
{
	const struct userfaultfd_ctx *ctx = f->private_data;
	unsigned long pending = 0, total;
	const struct list_head *pos;

	list_for_each (pos, &ctx->pending)
		pending++;
	total = pending;
	list_for_each (pos, &ctx->faults)
		total++;
	seq_printf(m, "pending:\t%lu\ntotal:\t%lu\nAPI:\t%llx:%x:%llx\n", pending, total, UFFD_API,
		   ctx->features, UFFD_API_IOCTLS | UFFD_API_RANGE_IOCTLS);
}

/* ---- ioctl ---- */

#define FEATURES_OF_WP	  UFFD_FEATURE_PAGEFAULT_FLAG_WP
#define FEATURES_OF_MINOR (UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS)

/* What is offered. As on the i386 Linux: no write protection, no minor faults; the command line may
   add them. Pages of files are never protected. */
static u64 uffd_features =
	UFFD_API_FEATURES & ~(FEATURES_OF_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM | FEATURES_OF_MINOR);
static u64 uffd_modes = UFFDIO_REGISTER_MODE_MISSING;

static int check_api(const struct userfaultfd_ctx *ctx, const struct uffdio_api *api)
{
	if (api->api != UFFD_API)
		return -EINVAL;
	if (api->features & UFFD_FEATURE_EVENT_FORK && !has_cap(CAP_SYS_PTRACE))
		return -EPERM;
	return api->features & ~uffd_features ? -EINVAL : 0;
}

static long uffd_api(struct userfaultfd_ctx *ctx, struct uffdio_api __user *arg)
{
	struct uffdio_api api, answer = {.api = UFFD_API, .ioctls = UFFD_API_IOCTLS};
	long err;

	answer.features = uffd_features;
	if (copy_from_user(&api, arg, sizeof(api)))
		return -EFAULT;
	err = check_api(ctx, &api);
	if (!err && copy_to_user(arg, &answer, sizeof(answer)))
		return -EFAULT;
	if (!err && ctx->features) /* the second handshake */
		err = -EINVAL;
	if (!err) {
		ctx->features = (u32)api.features | UFFD_FEATURE_INITIALIZED;
		return 0;
	}
	return clear_user(arg, sizeof(*arg)) ? -EFAULT : err;
}

/* Is it a range of whole pages of user space? 0 or -EINVAL. */
static long validate_range(const struct userfaultfd_ctx *ctx, u64 start, u64 len)
{
	u64 task_size = ctx->mm->task_size;

	if ((start | len) & ~PAGE_MASK || !len)
		return -EINVAL;
	return start >= task_size || len > task_size - start ? -EINVAL : 0;
}

/* VM_UFFD_FLAGS for UFFDIO_REGISTER_MODE_ bits. */
static unsigned long watch_flags(u64 mode)
{
	return (mode & UFFDIO_REGISTER_MODE_MISSING ? VM_UFFD_MISSING : 0) |
	       (mode & UFFDIO_REGISTER_MODE_WP ? VM_UFFD_WP : 0) |
	       (mode & UFFDIO_REGISTER_MODE_MINOR ? VM_UFFD_MINOR : 0);
}

/* The ioctls for a range that is watched like this; basic: some of it consists of huge pages. */
static u64 range_ioctls(u64 mode, bool basic)
{
	u64 ioctls = basic ? UFFD_API_RANGE_IOCTLS_BASIC : UFFD_API_RANGE_IOCTLS;

	if (!(mode & UFFDIO_REGISTER_MODE_WP))
		ioctls &= ~((u64)1 << _UFFDIO_WRITEPROTECT);
	if (!(mode & UFFDIO_REGISTER_MODE_MINOR))
		ioctls &= ~((u64)1 << _UFFDIO_CONTINUE);
	return ioctls;
}

static long uffd_register(struct userfaultfd_ctx *ctx, struct uffdio_register __user *arg)
{
	struct uffdio_register reg;
	bool basic;
	long err;

	if (copy_from_user(&reg, arg, offsetof(struct uffdio_register, ioctls)))
		return -EFAULT;
	if (!reg.mode || reg.mode & ~uffd_modes)
		return -EINVAL;
	err = validate_range(ctx, reg.range.start, reg.range.len);
	if (!err)
		err = userfaultfd_register(ctx, reg.range.start, reg.range.start + reg.range.len,
					   watch_flags(reg.mode), &basic);
	if (err)
		return err;
	reg.ioctls = range_ioctls(reg.mode, basic);
	return copy_to_user(&arg->ioctls, &reg.ioctls, sizeof(reg.ioctls)) ? -EFAULT : 0;
}

static long uffd_unregister(struct userfaultfd_ctx *ctx, const struct uffdio_range __user *arg)
{
	struct uffdio_range range;
	long err;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	err = validate_range(ctx, range.start, range.len);
	return err ? err : userfaultfd_unregister(ctx, range.start, range.start + range.len);
}

static long uffd_wake(struct userfaultfd_ctx *ctx, const struct uffdio_range __user *arg)
{
	struct uffdio_range range;
	long err;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	err = validate_range(ctx, range.start, range.len);
	if (!err)
		wake_userfault(ctx, range.start, range.len);
	return err;
}

/* The end of a call that fills `len` bytes at start: `done`, bytes or -errno, is its result, which
   also goes to the program's structure. */
static long fill_result(struct userfaultfd_ctx *ctx, s64 done, s64 __user *result, u64 start,
			u64 len, bool wake)
{
	if (copy_to_user(result, &done, sizeof(done)))
		return -EFAULT;
	if (done < 0)
		return done;
	if (wake)
		wake_userfault(ctx, start, done);
	return done == (s64)len ? 0 : -EAGAIN;
}

static long uffd_copy(struct userfaultfd_ctx *ctx, struct uffdio_copy __user *arg)
{
	struct uffdio_copy copy;
	s64 done;
	long err;

	if (ctx->mmap_changing)
		return -EAGAIN;
	if (copy_from_user(&copy, arg, offsetof(struct uffdio_copy, copy)))
		return -EFAULT;
	err = validate_range(ctx, copy.dst, copy.len);
	if (err)
		return err;
	if (copy.src + copy.len <= copy.src || /* it wraps */
	    copy.mode & ~(UFFDIO_COPY_MODE_DONTWAKE | UFFDIO_COPY_MODE_WP))
		return -EINVAL;
	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	done = mcopy_atomic(ctx, copy.dst, copy.src, copy.len, copy.mode);
	mmput(ctx->mm);
	return fill_result(ctx, done, &arg->copy, copy.dst, copy.len,
			   !(copy.mode & UFFDIO_COPY_MODE_DONTWAKE));
}

static long uffd_zeropage(struct userfaultfd_ctx *ctx, struct uffdio_zeropage __user *arg)
{
	struct uffdio_zeropage zero;
	s64 done;
	long err;

	if (ctx->mmap_changing)
		return -EAGAIN;
	if (copy_from_user(&zero, arg, offsetof(struct uffdio_zeropage, zeropage)))
		return -EFAULT;
	err = validate_range(ctx, zero.range.start, zero.range.len);
	if (err)
		return err;
	if (zero.mode & ~UFFDIO_ZEROPAGE_MODE_DONTWAKE)
		return -EINVAL;
	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	done = mfill_zeropage(ctx, zero.range.start, zero.range.len);
	mmput(ctx->mm);
	return fill_result(ctx, done, &arg->zeropage, zero.range.start, zero.range.len,
			   !(zero.mode & UFFDIO_ZEROPAGE_MODE_DONTWAKE));
}

/* The pages are in the file already: only map them. A pager may do this even if it does not hear of
   such faults. */
static long uffd_continue(struct userfaultfd_ctx *ctx, struct uffdio_continue __user *arg)
{
	struct uffdio_continue cont;
	s64 done;
	long err;

	if (ctx->mmap_changing)
		return -EAGAIN;
	if (copy_from_user(&cont, arg, offsetof(struct uffdio_continue, mapped)))
		return -EFAULT;
	err = validate_range(ctx, cont.range.start, cont.range.len);
	if (err)
		return err;
	if (cont.mode & ~UFFDIO_CONTINUE_MODE_DONTWAKE)
		return -EINVAL;
	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	done = mcontinue_atomic(ctx, cont.range.start, cont.range.len);
	mmput(ctx->mm);
	return fill_result(ctx, done, &arg->mapped, cont.range.start, cont.range.len,
			   !(cont.mode & UFFDIO_CONTINUE_MODE_DONTWAKE));
}

static long uffd_writeprotect(struct userfaultfd_ctx *ctx,
			      const struct uffdio_writeprotect __user *arg)
{
	struct uffdio_writeprotect wp;
	bool protect;
	long err;

	if (ctx->mmap_changing)
		return -EAGAIN;
	if (copy_from_user(&wp, arg, sizeof(wp)))
		return -EFAULT;
	err = validate_range(ctx, wp.range.start, wp.range.len);
	if (err)
		return err;
	if (wp.mode & ~(UFFDIO_WRITEPROTECT_MODE_DONTWAKE | UFFDIO_WRITEPROTECT_MODE_WP) ||
	    wp.mode == (UFFDIO_WRITEPROTECT_MODE_DONTWAKE | UFFDIO_WRITEPROTECT_MODE_WP))
		return -EINVAL;
	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	protect = wp.mode & UFFDIO_WRITEPROTECT_MODE_WP;
	err = mwriteprotect_range(ctx, wp.range.start, wp.range.len, protect);
	mmput(ctx->mm);
	if (!err && !wp.mode) /* neither protect nor DONTWAKE */
		wake_userfault(ctx, wp.range.start, wp.range.len);
	return err;
}

static long userfaultfd_ioctl(struct file *f, unsigned int cmd, unsigned long arg)
{
	struct userfaultfd_ctx *ctx = f->private_data;
	void __user *user = (void __user *)arg;

	if (cmd == UFFDIO_API)
		return uffd_api(ctx, user);
	if (!ctx->features)
		return -EINVAL;
	switch (cmd) {
	case UFFDIO_REGISTER:
		return uffd_register(ctx, user);
	case UFFDIO_UNREGISTER:
		return uffd_unregister(ctx, user);
	case UFFDIO_WAKE:
		return uffd_wake(ctx, user);
	case UFFDIO_COPY:
		return uffd_copy(ctx, user);
	case UFFDIO_ZEROPAGE:
		return uffd_zeropage(ctx, user);
	case UFFDIO_CONTINUE:
		return uffd_continue(ctx, user);
	case UFFDIO_WRITEPROTECT:
		return uffd_writeprotect(ctx, user);
	}
	return -EINVAL;
}

static const struct file_operations userfaultfd_fops = {
	.llseek = noop_llseek,
	.read = userfaultfd_read,
	.poll = userfaultfd_poll,
	.ioctl = userfaultfd_ioctl,
	.release = userfaultfd_release,
	.show_fdinfo = userfaultfd_show_fdinfo,
};

/* ---- making one ---- */

static long new_userfaultfd(unsigned int flags)
{
	struct userfaultfd_ctx *ctx;
	struct file *f;
	int fd;

	if (flags & ~(UFFD_FILE_FLAGS | UFFD_USER_MODE_ONLY))
		return -EINVAL;
	ctx = userfaultfd_ctx_alloc(current->mm, flags);
	if (!ctx)
		return -ENOMEM;
	fd = get_unused_fd_flags(flags);
	f = fd < 0 ? ERR_PTR(fd)
		   : anon_inode_getfile("[userfaultfd]", &userfaultfd_fops, ctx,
					O_RDONLY | (flags & UFFD_FILE_FLAGS));
	if (IS_ERR(f)) {
		if (fd >= 0)
			put_unused_fd(fd);
		userfaultfd_ctx_put(ctx);
		return PTR_ERR(f);
	}
	fd_install(fd, f);
	return fd;
}

long do_userfaultfd(unsigned int flags)
{
	/* a fault in the kernel that waits for a pager holds up whatever the kernel is doing */
	if (!(flags & UFFD_USER_MODE_ONLY) && !has_cap(CAP_SYS_PTRACE) &&
	    !sysctl_unprivileged_userfaultfd)
		return -EPERM;
	return new_userfaultfd(flags);
}

static long userfaultfd_dev_ioctl(struct file *f, unsigned int cmd, unsigned long flags)
{
	return cmd == USERFAULTFD_IOC_NEW ? new_userfaultfd(flags) : -EINVAL;
}

static const struct file_operations userfaultfd_dev_fops = {
	.llseek = noop_llseek,
	.ioctl = userfaultfd_dev_ioctl,
};

/* uffd=wp,minor: what the x86-64 Linux offers besides. */
static void read_options(void)
{
	char list[64], *rest = list, *word;

	if (cmdline_get("uffd", list, sizeof(list)) < 0)
		return;
	while ((word = strsep(&rest, ","))) {
		if (!strcmp(word, "wp")) {
			uffd_features |= FEATURES_OF_WP;
			uffd_modes |= UFFDIO_REGISTER_MODE_WP;
		} else if (!strcmp(word, "minor")) {
			uffd_features |= FEATURES_OF_MINOR;
			uffd_modes |= UFFDIO_REGISTER_MODE_MINOR;
		} else {
			pr_err("uffd=: there is no mode %s\n", word);
		}
	}
}

void userfaultfd_init(void)
{
	read_options();
	if (register_chrdev(MISC_MAJOR, USERFAULTFD_MINOR, "userfaultfd", &userfaultfd_dev_fops))
		panic("/dev/userfaultfd cannot be made");
}
