/*
 * poll(2) and select(2): ask every file whether it is ready, and if none is, sleep on all their
 * wait queues at once until one of them wakes us, the time is over, or a signal comes.
 */
#include "kernel/fs/poll.h"
#include "kernel/fs/internal.h"
#include "kernel/lib/bitmap.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

#define POLLIN_SET	  (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define POLLOUT_SET	  (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)
#define POLLEX_SET	  (POLLPRI)
#define NR_INLINE_ENTRIES 8

/* One wait queue we sleep on, and the file it belongs to (referenced). */
struct poll_entry {
	struct poll_entry *next;
	struct file *file;
	wait_queue_head_t *wq;
	wait_queue_entry_t wait;
};

struct poll_wqueues {
	struct poll_table pt;
	bool triggered;
	int error; /* -ENOMEM: a queue could not be joined */
	struct poll_entry *entries;
	unsigned int nr_inline;
	struct poll_entry inline_entries[NR_INLINE_ENTRIES];
};

static int pollwake(wait_queue_entry_t *wait, unsigned int mode, void *key)
{
	struct poll_wqueues *pwq = wait->private;

	pwq->triggered = true;
	return default_wake_function(wait, mode, key);
}

static void poll_queue(struct file *file, wait_queue_head_t *wq, struct poll_table *pt)
{
	struct poll_wqueues *pwq = container_of(pt, struct poll_wqueues, pt);
	struct poll_entry *e;

	if (pwq->nr_inline < NR_INLINE_ENTRIES) {
		e = &pwq->inline_entries[pwq->nr_inline++];
	} else {
		e = kmalloc(sizeof(*e), GFP_KERNEL);
		if (!e) {
			pwq->error = -ENOMEM;
			return;
		}
		current->call_bytes += sizeof(*e);
	}
	e->file = get_file(file);
	e->wq = wq;
	memset(&e->wait, 0, sizeof(e->wait));
	e->wait.task = current;
	e->wait.func = pollwake;
	e->wait.private = pwq;
	e->next = pwq->entries;
	pwq->entries = e;
	add_wait_queue(wq, &e->wait);
}

static void poll_initwait(struct poll_wqueues *pwq)
{
	pwq->pt.queue = poll_queue;
	pwq->triggered = false;
	pwq->error = 0;
	pwq->entries = NULL;
	pwq->nr_inline = 0;
}

static void poll_freewait(struct poll_wqueues *pwq)
{
	struct poll_entry *e, *next;

	for (e = pwq->entries; e; e = next) {
		next = e->next;
		remove_wait_queue(e->wq, &e->wait);
		fput(e->file);
		if (e < pwq->inline_entries || e >= pwq->inline_entries + NR_INLINE_ENTRIES)
			kfree(e);
		cond_resched();
	}
}

/* Sleep until a queue wakes us. False once the time is over. */
static bool poll_sleep(struct poll_wqueues *pwq, const u64 *expires)
{
	bool in_time = true;

	set_current_state(TASK_INTERRUPTIBLE);
	if (!pwq->triggered) {
		if (expires)
			in_time = schedule_until_ns(*expires) != 0;
		else
			schedule();
	}
	set_current_state(TASK_RUNNING);
	pwq->triggered = false;
	return in_time;
}

static unsigned int file_poll(struct file *f, struct poll_table *pt)
{
	return f->f_op->poll ? f->f_op->poll(f, pt) : DEFAULT_POLLMASK;
}

/* ---- poll ---- */

static unsigned int poll_one(const struct pollfd *pfd, struct poll_table *pt)
{
	unsigned int mask;
	struct file *f;

	if (pfd->fd < 0)
		return 0;
	f = fget(pfd->fd);
	if (!f)
		return POLLNVAL;
	mask = file_poll(f, pt) & ((unsigned short)pfd->events | POLLERR | POLLHUP);
	fput(f);
	return mask;
}

/* The number of ready entries, 0 after the time, -ENOMEM, or -ERESTARTNOHAND. */
static int do_poll(struct pollfd *fds, unsigned int nfds, struct poll_wqueues *pwq,
		   const u64 *expires)
{
	bool in_time = !expires || *expires;
	unsigned int i;
	int count;

	if (!in_time)
		pwq->pt.queue = NULL;
	for (;;) {
		count = 0;
		for (i = 0; i < nfds; i++) {
			fds[i].revents = poll_one(&fds[i], &pwq->pt);
			if (fds[i].revents) {
				count++;
				pwq->pt.queue = NULL; /* it will not come to sleeping */
			}
			cond_resched();
		}
		pwq->pt.queue = NULL; /* all queues are joined in the first round */
		if (!count) {
			count = pwq->error;
			if (signal_pending(current))
				count = -ERESTARTNOHAND;
		}
		if (count || !in_time)
			return count;
		in_time = poll_sleep(pwq, expires);
	}
}

int do_sys_poll(struct pollfd __user *ufds, unsigned int nfds, const u64 *expires)
{
	struct poll_wqueues pwq;
	struct pollfd *fds;
	unsigned int i;
	int ret;

	if (nfds > rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	fds = kvmalloc(nfds * sizeof(*fds)); /* the limit of files keeps it from overflowing */
	if (!fds)
		return -ENOMEM;
	current->call_bytes = nfds * sizeof(*fds);
	ret = -EFAULT;
	if (copy_from_user(fds, ufds, nfds * sizeof(*fds)))
		goto out;
	poll_initwait(&pwq);
	ret = do_poll(fds, nfds, &pwq, expires);
	poll_freewait(&pwq);
	if (!access_ok(ufds, nfds * sizeof(*ufds)))
		ret = -EFAULT;
	for (i = 0; i < nfds; i++) {
		if (put_user(fds[i].revents, &ufds[i].revents)) {
			ret = -EFAULT;
			break;
		}
	}
out:
	kvfree(fds);
	current->call_bytes = 0;
	return ret;
}

/* ---- select ---- */

/* Three sets asked about and three answered, in one block of `words` longs each. */
struct fd_sets {
	unsigned int words;
	unsigned long *in[3], *out[3];
};

static const unsigned int select_masks[3] = {POLLIN_SET, POLLOUT_SET, POLLEX_SET};

/* One more than the highest descriptor asked about; -EBADF if one is not open. */
static int max_select_fd(int n, const struct fd_sets *sets)
{
	int fd, max = 0;

	for (fd = 0; fd < n; fd++) {
		struct file *f;

		cond_resched();
		if (!test_bit(fd, sets->in[0]) && !test_bit(fd, sets->in[1]) &&
		    !test_bit(fd, sets->in[2]))
			continue;
		f = fget(fd);
		if (!f)
			return -EBADF;
		fput(f);
		max = fd + 1;
	}
	return max;
}

/* Ask one descriptor about the sets it is in; how many answers were yes. */
static int select_one(int fd, struct fd_sets *sets, struct poll_table *pt)
{
	unsigned int i, mask;
	struct file *f;
	int count = 0;

	if (!test_bit(fd, sets->in[0]) && !test_bit(fd, sets->in[1]) && !test_bit(fd, sets->in[2]))
		return 0;
	f = fget(fd);
	if (!f)
		return 0; /* closed by a thread meanwhile */
	mask = file_poll(f, pt);
	for (i = 0; i < ARRAY_SIZE(select_masks); i++) {
		if (mask & select_masks[i] && test_bit(fd, sets->in[i])) {
			__set_bit(fd, sets->out[i]);
			count++;
		}
	}
	fput(f);
	return count;
}

static int do_select(int n, struct fd_sets *sets, const u64 *expires)
{
	bool in_time = !expires || *expires;
	struct poll_wqueues pwq;
	int fd, count, max = max_select_fd(n, sets);

	if (max < 0)
		return max;
	poll_initwait(&pwq);
	if (!in_time)
		pwq.pt.queue = NULL;
	for (;;) {
		count = 0;
		for (fd = 0; fd < max; fd++) {
			count += select_one(fd, sets, &pwq.pt);
			if (count)
				pwq.pt.queue = NULL;
			cond_resched();
		}
		pwq.pt.queue = NULL;
		if (!count && pwq.error)
			count = pwq.error;
		if (count || !in_time || signal_pending(current))
			break;
		in_time = poll_sleep(&pwq, expires);
	}
	poll_freewait(&pwq);
	return !count && in_time && signal_pending(current) ? -ERESTARTNOHAND : count;
}

static int copy_sets_in(struct fd_sets *sets, unsigned long __user *const users[3])
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (users[i] && copy_from_user(sets->in[i], users[i], sets->words * sizeof(long)))
			return -EFAULT;
	}
	return 0;
}

static int copy_sets_out(const struct fd_sets *sets, unsigned long __user *const users[3])
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (users[i] && copy_to_user(users[i], sets->out[i], sets->words * sizeof(long)))
			return -EFAULT;
	}
	return 0;
}

int core_sys_select(int n, unsigned long __user *const users[3], const u64 *expires)
{
	struct fd_sets sets;
	unsigned long *bits;
	unsigned int i;
	int ret, err;

	if (n < 0)
		return -EINVAL;
	n = min((unsigned int)n, current->files->max_fds);
	sets.words = BITS_TO_LONGS(n);
	bits = kvzalloc((6 * sets.words + 1) * sizeof(long));
	if (!bits)
		return -ENOMEM;
	for (i = 0; i < 3; i++) {
		sets.in[i] = bits + i * sets.words;
		sets.out[i] = bits + (3 + i) * sets.words;
	}
	ret = copy_sets_in(&sets, users);
	if (!ret)
		ret = do_select(n, &sets, expires);
	if (ret >= 0) {
		err = copy_sets_out(&sets, users);
		if (err)
			ret = err;
	}
	kvfree(bits);
	current->call_bytes = 0;
	return ret;
}
