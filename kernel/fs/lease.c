/*
 * Leases on regular files: see lease.h. An inode has a list of them: one for writing, or any number
 * for reading.
 */
#include "kernel/fs/lease.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/seq_file.h"
#include "mm/phys/slab.h"

int leases_enable = 1, lease_break_time = 45;

struct lease {
	struct lease *next;
	struct lock_record record;
	pid_t pid;		     /* the process that took it */
	struct fasync_struct holder; /* the file, and for the signal to it */
	int type;		     /* F_RDLCK or F_WRLCK */
	bool unlock_pending;	     /* it must go, at unlock_time at the latest */
	bool downgrade_pending;	     /* it must not be for writing any more, at downgrade_time */
	u64 unlock_time, downgrade_time; /* monotonic; 0: no limit */
};

static DECLARE_WAIT_QUEUE_HEAD(lease_wait); /* tasks that wait for a lease to be given up: */
static LIST_HEAD(breakers);

struct breaker {
	struct list_head list;
	const struct lease *lease; /* the one waited for; only to be compared */
	pid_t pid;
	bool want_write;
};

static bool lease_breaking(const struct lease *l)
{
	return l->unlock_pending || l->downgrade_pending;
}

static struct lease **find_lease(struct file *f)
{
	struct lease **p = &f->f_inode->i_lease;

	while (*p && (*p)->holder.file != f)
		p = &(*p)->next;
	return p;
}

/* Change the lease's type; F_UNLCK removes it. Waiters check again. */
static void lease_modify(struct lease **p, int type)
{
	struct lease *l = *p;

	if (type == F_UNLCK) {
		struct file *f = l->holder.file;

		*p = l->next;
		list_del(&l->record.list);
		f_delown(f);
		f->f_owner.signum = 0;
		f->f_flags &= ~FASYNC;
		kfree(l);
	} else {
		l->type = type;
		l->downgrade_pending = l->downgrade_pending && type != F_RDLCK;
	}
	wake_up_all(&lease_wait);
}

static bool past_time(u64 then)
{
	return then && ktime_get_ns() >= then;
}

/* Remove or downgrade the leases whose time is over. */
static void time_out_leases(struct inode *inode)
{
	struct lease **p = &inode->i_lease;

	while (*p) {
		struct lease *l = *p;

		if (l->downgrade_pending && past_time(l->downgrade_time))
			lease_modify(p, F_RDLCK);
		if (l->unlock_pending && past_time(l->unlock_time))
			lease_modify(p, F_UNLCK);
		if (*p == l)
			p = &l->next;
	}
}

/* ---- /proc/locks, fdinfo ---- */

static const char *lease_type_name(int type)
{
	return type == F_WRLCK ? "WRITE" : type == F_RDLCK ? "READ" : "UNLCK";
}

/* A lease that is being broken shows what it is to become. */
static void show_lease_status(struct seq_file *m, const struct lease *l)
{
	int type = l->unlock_pending ? F_UNLCK : l->downgrade_pending ? F_RDLCK : l->type;
	const struct inode *inode = l->holder.file->f_inode;

	seq_printf(m, "LEASE  %s %s %d %02x:%02x:%llu 0 EOF\n",
		   lease_breaking(l) ? "BREAKING " : "ACTIVE   ", lease_type_name(type), l->pid,
		   MAJOR(inode->i_sb->s_dev), MINOR(inode->i_sb->s_dev), inode->i_ino);
}

static void show_lease(struct seq_file *m, const struct lock_record *r, long long id)
{
	const struct lease *l = container_of(r, struct lease, record);
	const struct breaker *b;

	seq_printf(m, "%lld: ", id);
	show_lease_status(m, l);
	list_for_each_entry (b, &breakers, list) {
		if (b->lease != l)
			continue;
		/* It has no file open yet. */
		seq_printf(m, "%lld: -> LEASE  BREAKER   %s %d <none>:0 0 EOF\n", id,
			   lease_type_name(b->want_write ? F_WRLCK : F_RDLCK), b->pid);
	}
}

void show_fd_lease(struct seq_file *m, const struct file *f, int *id)
{
	const struct lease *l = f->f_inode->i_lease;

	while (l && l->holder.file != f)
		l = l->next;
	if (!l)
		return;
	seq_printf(m, "lock:\t%d: ", ++*id);
	show_lease_status(m, l);
}

/* ---- holders ---- */

int fcntl_getlease(struct file *f)
{
	const struct lease *l;

	time_out_leases(f->f_inode);
	l = *find_lease(f);
	if (!l || l->unlock_pending)
		return F_UNLCK;
	return l->downgrade_pending ? F_RDLCK : l->type;
}

/* A read lease conflicts with writers, a write lease with every other opener. */
static int check_conflicting_open(const struct file *f, int type)
{
	const struct inode *inode = f->f_inode;
	int readers = 0, writers = 0;

	if (type == F_RDLCK)
		return inode->i_writecount > 0 ? -EAGAIN : 0;
	if (f->f_mode & FMODE_WRITE)
		writers = 1;
	else if (f->f_mode & FMODE_READ)
		readers = 1;
	return inode->i_writecount != writers || inode->i_readcount != readers ? -EAGAIN : 0;
}

/* Do the leases of others stand against one of this type? */
static int check_other_leases(const struct file *f, int type)
{
	const struct lease *l;

	for (l = f->f_inode->i_lease; l; l = l->next)
		if (l->holder.file != f && (type == F_WRLCK || l->unlock_pending))
			return -EAGAIN;
	return 0;
}

static int add_lease(unsigned int fd, struct file *f, int type)
{
	struct lease *new = kzalloc(sizeof(*new), GFP_KERNEL), **mine;
	int err;

	if (!new)
		return -ENOMEM;
	time_out_leases(f->f_inode);
	mine = find_lease(f);
	err = check_conflicting_open(f, type);
	if (!err)
		err = check_other_leases(f, type);
	if (!err && !*mine && !leases_enable)
		err = -EINVAL;
	if (err || *mine)
		kfree(new);
	if (err)
		return err;
	if (*mine) {
		lease_modify(mine, type);
	} else {
		new->holder.file = f;
		new->type = type;
		new->pid = current->tgid;
		new->record.show = show_lease;
		list_add(&new->record.list, &lock_records);
		*mine = new; /* the end of the list */
	}
	(*mine)->holder.fd = fd;
	f->f_flags |= FASYNC;
	__f_setown(f, current->tgid, F_OWNER_PID, false);
	return 0;
}

int fcntl_setlease(unsigned int fd, struct file *f, int type)
{
	const struct inode *inode = f->f_inode;
	struct lease **p;

	if (type != F_RDLCK && type != F_WRLCK && type != F_UNLCK)
		return -EINVAL;
	if (current->cred.fsuid != inode->i_uid && !has_cap(CAP_LEASE))
		return -EACCES;
	if (!S_ISREG(inode->i_mode))
		return -EINVAL;
	if (type != F_UNLCK)
		return add_lease(fd, f, type);
	p = find_lease(f);
	if (!*p)
		return -EAGAIN;
	lease_modify(p, F_UNLCK);
	return 0;
}

void leases_remove_file(struct file *f)
{
	struct lease **p = find_lease(f);

	if (*p)
		lease_modify(p, F_UNLCK);
}

/* ---- breaking ---- */

static bool lease_conflicts(const struct lease *l, bool want_write)
{
	return want_write || l->type == F_WRLCK;
}

static struct lease *conflicting_lease(const struct inode *inode, bool want_write)
{
	struct lease *l = inode->i_lease;

	while (l && !lease_conflicts(l, want_write))
		l = l->next;
	return l;
}

/* Tell the holders, each once. */
static void begin_break(struct inode *inode, bool want_write)
{
	u64 until = lease_break_time > 0 ? ktime_get_ns() + lease_break_time * NSEC_PER_SEC : 0;
	struct lease *l;

	for (l = inode->i_lease; l; l = l->next) {
		if (!lease_conflicts(l, want_write) ||
		    (want_write ? l->unlock_pending : lease_breaking(l)))
			continue;
		if (want_write) {
			l->unlock_pending = true;
			l->unlock_time = until;
		} else {
			l->downgrade_pending = true;
			l->downgrade_time = until;
		}
		__kill_fasync(&l->holder, POLL_MSG);
	}
}

/* Ticks until the lease is taken by force. */
static long ticks_left(const struct lease *l)
{
	u64 until = l->unlock_pending ? l->unlock_time : l->downgrade_time, now = ktime_get_ns();

	if (!until)
		return __LONG_MAX__;
	return until <= now ? 1 : (long)div_u64(until - now, NSEC_PER_TICK) + 1;
}

int __break_lease(struct inode *inode, unsigned int flags)
{
	bool want_write = (flags & O_ACCMODE) != O_RDONLY;
	struct lease *l;

	time_out_leases(inode);
	if (!conflicting_lease(inode, want_write))
		return 0;
	begin_break(inode, want_write);
	if (flags & O_NONBLOCK)
		return -EWOULDBLOCK;
	while ((l = conflicting_lease(inode, want_write))) {
		struct breaker b = {.lease = l, .pid = current->tgid, .want_write = want_write};
		long err;

		list_add_tail(&b.list, &breakers);
		err = wait_event_interruptible_timeout(
			lease_wait, conflicting_lease(inode, want_write) != l, ticks_left(l));
		list_del(&b.list);
		if (err < 0)
			return err;
		time_out_leases(inode);
	}
	return 0;
}
