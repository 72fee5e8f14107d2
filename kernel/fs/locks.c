/*
 * Advisory locks: record locks by fcntl, owned by a descriptor table ("POSIX") or by an open file
 * ("OFD"), and whole-file locks by flock. Each inode has one list, sorted by start. All waiters
 * sleep on one queue. A request that would make POSIX owners wait for each other in a cycle fails
 * with EDEADLK.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/seq_file.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include <linux/fs.h>

#define OFFSET_MAX	      0x7fffffffffffffffLL
#define OFFT_OFFSET_MAX	      0x7fffffffLL /* what the old 32-bit struct flock can tell */
#define MAX_DEADLK_ITERATIONS 10

enum lock_kind {
	LOCK_POSIX,
	LOCK_OFD,
	LOCK_FLOCK,
	ALL_KINDS
};

struct file_lock {
	struct file_lock *next;
	struct lock_record record;
	struct inode *inode;
	const struct file *file; /* by which it was set; only to be compared */
	enum lock_kind kind;
	const void *owner; /* files_struct (POSIX) or file */
	pid_t pid;
	short type;	   /* F_RDLCK, F_WRLCK, F_UNLCK */
	loff_t start, end; /* inclusive */
};

/* A waiting request and the owner that it waits for. */
struct blocked {
	struct list_head list;
	const void *owner, *holder;
	const struct file_lock *request;
	/* Of /proc/locks, between start and stop: the lock that the request waits for, and the
	   waiter in front of it. */
	const struct file_lock *conflict;
	const struct blocked *before;
};
LIST_HEAD(lock_records);
static LIST_HEAD(blocked_list); /* in order of arrival */
static DECLARE_WAIT_QUEUE_HEAD(lock_wait);

static bool locks_overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* Overlapping, or one right behind the other. */
static bool locks_touch(const struct file_lock *a, const struct file_lock *b)
{
	return a->start - 1 <= b->end && b->start - 1 <= a->end;
}

static bool locks_conflict(const struct file_lock *a, const struct file_lock *b)
{
	if ((a->kind == LOCK_FLOCK) != (b->kind == LOCK_FLOCK))
		return false;
	return a->owner != b->owner && (a->type == F_WRLCK || b->type == F_WRLCK) &&
	       locks_overlap(a, b);
}

/* The first lock that conflicts with the request, or NULL. */
static struct file_lock *find_conflict(struct inode *inode, const struct file_lock *req)
{
	struct file_lock *l;

	for (l = inode->i_flock; l; l = l->next) {
		if (locks_conflict(l, req))
			return l;
	}
	return NULL;
}

static void show_lock(struct seq_file *m, const struct lock_record *r, long long id);

/* Locks have no limit, as in Linux. Their owner's end frees them: the OOM killer must see them. */
static unsigned long *owners_bytes(const struct file_lock *l)
{
	return l->kind == LOCK_POSIX ? &((struct files_struct *)l->owner)->lock_bytes
				     : &((struct file *)l->owner)->lock_bytes;
}

static void insert_lock(struct inode *inode, struct file_lock *new)
{
	struct file_lock **p = &inode->i_flock;

	while (*p && (*p)->start < new->start)
		p = &(*p)->next;
	new->next = *p;
	*p = new;
	new->inode = inode;
	new->record.show = show_lock;
	list_add(&new->record.list, &lock_records);
	*owners_bytes(new) += sizeof(*new);
}

static void delete_lock(struct file_lock **p)
{
	struct file_lock *l = *p;

	*p = l->next;
	list_del(&l->record.list);
	*owners_bytes(l) -= sizeof(*l);
	kfree(l);
}

/* Cut the request's range out of a lock of another type at *p. Returns where to go on. */
static struct file_lock **cut_lock(struct inode *inode, struct file_lock **p,
				   const struct file_lock *req, struct file_lock **spare)
{
	struct file_lock *l = *p, *tail = *spare;

	if (l->start < req->start && l->end > req->end) {
		*tail = *l;
		tail->start = req->end + 1;
		l->end = req->start - 1;
		*spare = NULL;
		insert_lock(inode, tail);
	} else if (l->start < req->start) {
		l->end = req->start - 1;
	} else if (l->end > req->end) {
		l->start = req->end + 1;
	} else {
		delete_lock(p);
		return p;
	}
	return &l->next;
}

/* Drop an owner's locks of one kind, or (kind ALL_KINDS) all of them. Needs no memory, so it cannot
   fail. */
static void remove_locks(struct inode *inode, const void *owner, enum lock_kind kind)
{
	struct file_lock **p = &inode->i_flock;
	bool any = false;

	while (*p) {
		if ((*p)->owner == owner && (kind == ALL_KINDS || (*p)->kind == kind)) {
			delete_lock(p);
			any = true;
			if (need_resched()) { /* others may change the list: from its beginning */
				cond_resched();
				p = &inode->i_flock;
			}
		} else {
			p = &(*p)->next;
		}
	}
	if (any)
		wake_up_all(&lock_wait);
}

/* Make the owner's locks in the range of *newp what it says; *newp and *spare become NULL if they
   are now in the list. There must be no conflict. Does not sleep. */
static void apply_lock(struct inode *inode, struct file_lock **newp, struct file_lock **spare)
{
	struct file_lock **p = &inode->i_flock, *new = *newp;

	while (*p) {
		struct file_lock *l = *p;
		bool ours = l->owner == new->owner && l->kind == new->kind;

		if (!ours) {
			p = &l->next;
		} else if (l->type == new->type && locks_touch(l, new)) {
			/* They become one. */
			new->start = min(new->start, l->start);
			new->end = max(new->end, l->end);
			delete_lock(p);
		} else if (l->type != new->type && locks_overlap(l, new)) {
			p = cut_lock(inode, p, new, spare);
		} else {
			p = &l->next;
		}
	}
	if (new->type != F_UNLCK) {
		insert_lock(inode, new);
		*newp = NULL;
	}
	wake_up_all(&lock_wait);
}

/* Would `owner` wait, over some steps, for itself? */
static bool posix_deadlock(const void *owner, const void *holder)
{
	struct blocked *b;
	int i;

	for (i = 0; i < MAX_DEADLK_ITERATIONS; i++) {
		const void *next = NULL;

		if (holder == owner)
			return true;
		list_for_each_entry (b, &blocked_list, list) {
			if (b->owner == holder)
				next = b->holder;
		}
		if (!next)
			return false;
		holder = next;
	}
	return false;
}

/* Does this owner still have a lock that conflicts with the request? */
static bool stands_against(struct inode *inode, const struct file_lock *req, const void *owner)
{
	const struct file_lock *conflict = find_conflict(inode, req);

	return conflict && conflict->owner == owner;
}

/*
 * Wait until nothing conflicts with the request; 0, -EAGAIN (without `wait`), -EDEADLK,
 * -ERESTARTSYS.
 */
static int wait_for_lock(struct inode *inode, const struct file_lock *req, bool wait)
{
	struct file_lock *conflict;
	struct blocked b;
	int err;

	if (req->type == F_UNLCK)
		return 0;
	while ((conflict = find_conflict(inode, req))) {
		if (!wait)
			return -EAGAIN;
		if (req->kind == LOCK_POSIX && posix_deadlock(req->owner, conflict->owner))
			return -EDEADLK;
		b = (struct blocked){
			.owner = req->owner, .holder = conflict->owner, .request = req};
		list_add_tail(&b.list, &blocked_list);
		err = wait_event_interruptible(lock_wait, !stands_against(inode, req, b.holder));
		list_del(&b.list);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Wait for the lock, if `wait`, and take it: 0, -ENOLCK (for flock -ENOMEM) without memory, or as
 * wait_for_lock. Memory is allocated first, so that no other task can take the lock between the
 * check for conflicts and the change. Releasing all locks needs no memory; releasing the middle of
 * a lock makes two of it.
 */
static int set_lock(struct inode *inode, const struct file_lock *req, bool wait)
{
	struct file_lock *new, *spare;
	int err;

	if (req->type == F_UNLCK && !req->start && req->end == OFFSET_MAX) {
		remove_locks(inode, req->owner, req->kind);
		return 0;
	}
	new = kmemdup(req, sizeof(*req), GFP_KERNEL);
	spare = kmalloc(sizeof(*spare), GFP_KERNEL);
	if (new &&spare)
		err = wait_for_lock(inode, req, wait);
	else
		err = req->kind == LOCK_FLOCK ? -ENOMEM : -ENOLCK;
	if (!err)
		apply_lock(inode, &new, &spare);
	kfree(new);
	kfree(spare);
	return err;
}

/* ---- fcntl ---- */

static int copy_flock_in(struct flock64 *fl, const void __user *ulock, bool wide)
{
	struct flock narrow;

	if (wide)
		return copy_from_user(fl, ulock, sizeof(*fl)) ? -EFAULT : 0;
	if (copy_from_user(&narrow, ulock, sizeof(narrow)))
		return -EFAULT;
	*fl = (struct flock64){.l_type = narrow.l_type,
			       .l_whence = narrow.l_whence,
			       .l_start = narrow.l_start,
			       .l_len = narrow.l_len,
			       .l_pid = narrow.l_pid};
	return 0;
}

static int copy_flock_out(void __user *ulock, const struct flock64 *fl, bool wide)
{
	struct flock narrow;

	if (wide)
		return copy_to_user(ulock, fl, sizeof(*fl)) ? -EFAULT : 0;
	/* a lock without an end has length 0 */
	if (fl->l_type != F_UNLCK &&
	    (fl->l_start > OFFT_OFFSET_MAX || fl->l_start + fl->l_len - 1 > OFFT_OFFSET_MAX))
		return -EOVERFLOW;
	narrow = (struct flock){.l_type = fl->l_type,
				.l_whence = fl->l_whence,
				.l_start = fl->l_start,
				.l_len = fl->l_len,
				.l_pid = fl->l_pid};
	return copy_to_user(ulock, &narrow, sizeof(narrow)) ? -EFAULT : 0;
}

/* The range that a struct flock means for this file. */
static int flock_to_range(struct file *f, const struct flock64 *fl, struct file_lock *req)
{
	loff_t base;

	switch (fl->l_whence) {
	case SEEK_SET:
		base = 0;
		break;
	case SEEK_CUR:
		base = f->f_pos;
		break;
	case SEEK_END:
		base = f->f_inode->i_size;
		break;
	default:
		return -EINVAL;
	}
	if (fl->l_start > OFFSET_MAX - base)
		return -EOVERFLOW;
	req->start = base + fl->l_start;
	if (req->start < 0)
		return -EINVAL;
	if (fl->l_len > 0) {
		if (fl->l_len - 1 > OFFSET_MAX - req->start)
			return -EOVERFLOW;
		req->end = req->start + fl->l_len - 1;
	} else if (fl->l_len < 0) {
		if (req->start + fl->l_len < 0)
			return -EINVAL;
		req->end = req->start - 1;
		req->start += fl->l_len;
	} else {
		req->end = OFFSET_MAX;
	}
	return 0;
}

static int make_request(struct file *f, const struct flock64 *fl, bool ofd, struct file_lock *req)
{
	if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK && fl->l_type != F_UNLCK)
		return -EINVAL;
	if (ofd && fl->l_pid)
		return -EINVAL;
	req->kind = ofd ? LOCK_OFD : LOCK_POSIX;
	req->owner = ofd ? (const void *)f : (const void *)current->files;
	req->file = f;
	req->inode = f->f_inode;
	req->pid = ofd ? -1 : current->tgid;
	req->type = fl->l_type;
	return flock_to_range(f, fl, req);
}

int fcntl_getlk(struct file *f, void __user *ulock, bool wide, bool ofd)
{
	struct file_lock req, *conflict;
	struct flock64 fl;
	int err = copy_flock_in(&fl, ulock, wide);

	if (err)
		return err;
	if (fl.l_type != F_RDLCK && fl.l_type != F_WRLCK)
		return -EINVAL;
	err = make_request(f, &fl, ofd, &req);
	if (err)
		return err;
	conflict = find_conflict(f->f_inode, &req);
	if (!conflict) {
		fl.l_type = F_UNLCK;
	} else {
		fl.l_type = conflict->type;
		fl.l_whence = SEEK_SET;
		fl.l_start = conflict->start;
		fl.l_len = conflict->end == OFFSET_MAX ? 0 : conflict->end - conflict->start + 1;
		fl.l_pid = conflict->pid;
	}
	return copy_flock_out(ulock, &fl, wide);
}

int fcntl_setlk(unsigned int fd, struct file *f, void __user *ulock, bool wide, bool ofd, bool wait)
{
	struct file_lock req;
	struct flock64 fl;
	struct file *now;
	int err = copy_flock_in(&fl, ulock, wide);

	if (!err)
		err = make_request(f, &fl, ofd, &req);
	if (err)
		return err;
	if ((req.type == F_RDLCK && !(f->f_mode & FMODE_READ)) ||
	    (req.type == F_WRLCK && !(f->f_mode & FMODE_WRITE)))
		return -EBADF;
	err = set_lock(f->f_inode, &req, wait);
	if (err || req.type == F_UNLCK)
		return err;
	/* Another thread may have closed the descriptor during the sleep: then the lock would never
	   be released. */
	now = fget(fd);
	if (now != f) {
		req.type = F_UNLCK;
		set_lock(f->f_inode, &req, false);
		err = -EBADF;
	}
	if (now)
		fput(now);
	return err;
}

/* ---- flock ---- */

static bool holds_flock(const struct file *f, short type)
{
	const struct file_lock *l;

	for (l = f->f_inode->i_flock; l; l = l->next) {
		if (l->owner == f && l->kind == LOCK_FLOCK && l->type == type)
			return true;
	}
	return false;
}

int do_flock(unsigned int fd, unsigned int cmd)
{
	struct file_lock req = {.kind = LOCK_FLOCK, .end = OFFSET_MAX, .pid = current->tgid};
	struct file *f;
	int err;

	switch (cmd & ~LOCK_NB) {
	case LOCK_SH:
		req.type = F_RDLCK;
		break;
	case LOCK_EX:
		req.type = F_WRLCK;
		break;
	case LOCK_UN:
		req.type = F_UNLCK;
		break;
	default:
		return -EINVAL;
	}
	f = fget(fd);
	if (!f)
		return -EBADF;
	req.owner = f;
	req.file = f;
	req.inode = f->f_inode;
	if (req.type != F_UNLCK && !(f->f_mode & (FMODE_READ | FMODE_WRITE))) {
		err = -EBADF;
	} else if (holds_flock(f, req.type)) {
		err = 0;
	} else {
		/* Another kind of lock held is given up first, even if the new one then cannot be
		 * had. */
		remove_locks(f->f_inode, f, LOCK_FLOCK);
		err = set_lock(f->f_inode, &req, !(cmd & LOCK_NB));
	}
	fput(f);
	return err;
}

/* ---- /proc/locks, and the lock lines of fdinfo ---- */

static void show_lock_status(struct seq_file *m, const struct file_lock *l)
{
	static const char *const kinds[] = {[LOCK_POSIX] = "POSIX  ADVISORY ",
					    [LOCK_OFD] = "OFDLCK ADVISORY ",
					    [LOCK_FLOCK] = "FLOCK  ADVISORY "};
	dev_t dev = l->inode->i_sb->s_dev;

	seq_printf(m, "%s %s %d %02x:%02x:%llu ", kinds[l->kind],
		   l->type == F_WRLCK ? "WRITE" : "READ", l->pid, MAJOR(dev), MINOR(dev),
		   l->inode->i_ino);
	if (l->kind == LOCK_FLOCK)
		seq_puts(m, "0 EOF\n");
	else if (l->end == OFFSET_MAX)
		seq_printf(m, "%lld EOF\n", l->start);
	else
		seq_printf(m, "%lld %lld\n", l->start, l->end);
}

/* The waiters for l stand in line: each behind the first one that it would have to wait for as
   well, and so on among those behind that one. Sets ->before, which is NULL in front of the line.
 */
static void line_up(const struct file_lock *l)
{
	struct blocked *b, *c;

	list_for_each_entry (b, &blocked_list, list) {
		b->before = NULL;
		if (b->conflict != l)
			continue;
		list_for_each_entry (c, &blocked_list, list) {
			if (c == b)
				break;
			if (c->conflict == l && c->before == b->before &&
			    locks_conflict(c->request, b->request))
				b->before = c;
		}
	}
}

/* Of the waiters for l, the first that waits directly behind `before` and comes after `last` (NULL:
   any). */
static const struct blocked *next_behind(const struct file_lock *l, const struct blocked *before,
					 const struct blocked *last)
{
	const struct blocked *b;

	list_for_each_entry (b, &blocked_list, list) {
		if (!last && b->conflict == l && b->before == before)
			return b;
		if (b == last)
			last = NULL;
	}
	return NULL;
}

/* The lock with number `id`, and its waiters. */
static void show_lock(struct seq_file *m, const struct lock_record *r, long long id)
{
	const struct file_lock *l = container_of(r, struct file_lock, record);
	const struct blocked *b;
	int level = 1;

	seq_printf(m, "%lld: ", id);
	show_lock_status(m, l);
	line_up(l);
	b = next_behind(l, NULL, NULL);
	while (b) {
		const struct blocked *next = next_behind(l, b, NULL);

		seq_printf(m, "%lld: %*s-> ", id, level - 1, "");
		show_lock_status(m, b->request);
		level += !!next;
		while (!next && b) {
			next = next_behind(l, b->before, b);
			if (!next) {
				b = b->before;
				level--;
			}
		}
		b = next;
	}
}

static void *locks_start(struct seq_file *m, loff_t *pos)
{
	struct list_head *at;
	struct blocked *b;
	loff_t n = *pos;

	list_for_each_entry (b, &blocked_list, list)
		b->conflict = find_conflict(b->request->inode, b->request);
	list_for_each (at, &lock_records) {
		if (!n--)
			return list_entry(at, struct lock_record, list);
	}
	return NULL;
}

static void *locks_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct lock_record *r = v;

	++*pos;
	return r->list.next == &lock_records ? NULL : list_next_entry(r, list);
}

static void locks_stop(struct seq_file *m, void *v)
{
}

static int locks_show(struct seq_file *m, void *v)
{
	const struct lock_record *r = v;

	r->show(m, r, m->index + 1);
	return 0;
}

const struct seq_operations locks_seq_operations = {
	.start = locks_start,
	.next = locks_next,
	.stop = locks_stop,
	.show = locks_show,
};

void show_fd_locks(struct seq_file *m, const struct file *f, const struct files_struct *files)
{
	const struct file_lock *l;
	int id = 0;

	/* Whole files first. */
	for (int whole = 1; whole >= 0; whole--) {
		for (l = f->f_inode->i_flock; l; l = l->next) {
			if (l->file != f || (l->owner != f && l->owner != files) ||
			    (l->kind == LOCK_FLOCK) != whole)
				continue;
			seq_printf(m, "lock:\t%d: ", ++id);
			show_lock_status(m, l);
		}
	}
	show_fd_lease(m, f, &id);
}

/* ---- closing ---- */

void locks_remove_posix(struct file *f, struct files_struct *owner)
{
	remove_locks(f->f_inode, owner, ALL_KINDS);
}

void locks_remove_file(struct file *f)
{
	remove_locks(f->f_inode, f, ALL_KINDS);
}
