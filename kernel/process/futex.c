/*
 * Futexes. Waiters are in a hash table. The key names the word on which they sleep: for a private
 * word, address space and address; for a word in a page of a file, inode and offset, because other
 * processes may map it at other addresses.
 *
 * Comparing the word and joining the queue must be one step. Kernel code is not preempted, so it is
 * enough that nothing sleeps in between: the word is read with page faults disabled. If that fails,
 * the page is faulted in and everything starts again.
 *
 * Waiters with the highest real-time priority are woken first, those of the same priority in order
 * of arrival.
 *
 * The queues are used by tasks only, never by interrupt handlers. A key holds no reference to its
 * inode, which may be freed before the waiter is woken, so it contains a number that is never
 * reused. The address space is the waiter's own.
 */
#include "kernel/process/futex.h"
#include "kernel/fs/fs.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/fault.h"
#include "mm/phys/pgtable_large.h"
#include "mm/vma.h"
#include <linux/errno.h>

struct futex_key {
	u64 space; /* address of the mm_struct, or sequence number of the inode */
	unsigned long page;
	unsigned int offset;
};

struct futex_q {
	struct list_head list; /* in its bucket, by priority; empty: woken */
	struct task_struct *task;
	unsigned int priority; /* rt_priority when it began to wait; 0 for ordinary tasks */
	struct futex_key key;
	u32 bitset;
};

#define FUTEX_BUCKETS 256
static struct list_head futex_queues[FUTEX_BUCKETS];

static struct list_head *hash_futex(const struct futex_key *key)
{
	unsigned long h = (unsigned long)key->space / sizeof(long) + key->page * 31 + key->offset;
	struct list_head *bucket = &futex_queues[(h ^ h >> 8) % FUTEX_BUCKETS];

	if (unlikely(!bucket->next))
		INIT_LIST_HEAD(bucket);
	return bucket;
}

static bool match_futex(const struct futex_key *a, const struct futex_key *b)
{
	return a->space == b->space && a->page == b->page && a->offset == b->offset;
}

/*
 * Get the page of a word that may be shared. It is faulted in for writing, so that a private
 * mapping gets its own copy and can be told from a shared one. If the mapping is read-only, a page
 * of the file will do, unless the word is to be written. Takes a reference. 0 or -errno.
 */
static int get_futex_page(unsigned long address, bool write, struct page **page)
{
	struct mm_struct *mm = current->mm;
	bool read_only = false;
	long got;

	got = get_user_pages_unlocked(mm, address, 1, FOLL_WRITE, page);
	if (got == -EFAULT && !write) {
		read_only = true;
		got = get_user_pages_unlocked(mm, address, 1, 0, page);
	}
	if (got < 0)
		return got;
	if (read_only && !page_mapping(compound_head(*page))) {
		put_page(*page);
		return -EFAULT;
	}
	return 0;
}

static u64 get_inode_sequence_number(struct inode *inode)
{
	static u64 last;

	if (!inode->i_sequence)
		inode->i_sequence = ++last;
	return inode->i_sequence;
}

/* Keys of different kinds never match. As in Linux, the low bits of the offset, which are not
   needed, hold the kind. */
#define KEY_OF_FILE	  1
#define KEY_SHARED_MEMORY 2

/* May sleep. `write`: the word will be written. 0, -EINVAL (not aligned), -EFAULT or -ENOMEM. */
static int get_futex_key(u32 __user *uaddr, bool shared, bool write, struct futex_key *key)
{
	unsigned long address = (unsigned long)uaddr;
	struct address_space *mapping;
	struct page *page, *head;
	int err;

	if (address % sizeof(u32))
		return -EINVAL;
	if (!access_ok(uaddr, sizeof(u32)))
		return -EFAULT;
	key->space = (unsigned long)current->mm;
	key->page = address >> PAGE_SHIFT;
	key->offset = address & ~PAGE_MASK;
	if (!shared)
		return 0;
	err = get_futex_page(address, write, &page);
	if (err)
		return err;
	head = compound_head(page);
	mapping = page_mapping(head);
	if (mapping) {
		key->space = get_inode_sequence_number(mapping->host);
		/* a huge page is one page of its file, and has many words of this offset */
		key->page =
			PageHuge(head) ? (head->index << HPAGE_ORDER) + (page - head) : page->index;
		key->offset |= KEY_OF_FILE;
	} else if (PageAnon(head)) {
		key->offset |= KEY_SHARED_MEMORY;
	} else { /* truncated just now */
		err = -EFAULT;
	}
	put_page(page);
	return err;
}

/* Read the word without sleeping. */
static int get_futex_value(u32 *value, u32 __user *uaddr)
{
	int err;

	pagefault_disable();
	err = __get_user(*value, uaddr);
	pagefault_enable();
	return err;
}

/* Make the word's page present and writable. 0 or -EFAULT. */
static int fault_in_user_writeable(u32 __user *uaddr)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	down_read(&mm->mmap_sem);
	vma = vma_lookup(mm, (unsigned long)uaddr);
	if (!vma || !(vma->vm_flags & VM_WRITE)) {
		up_read(&mm->mmap_sem);
		return -EFAULT;
	}
	fault = static_call(handle_mm_fault)(vma, (unsigned long)uaddr, FAULT_FLAG_WRITE);
	up_read(&mm->mmap_sem);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}

/* ---- waking ---- */

/* Queue it behind those of the same or a higher priority. */
static void queue_futex(struct futex_q *q)
{
	struct list_head *bucket = hash_futex(&q->key), *pos;

	for (pos = bucket->prev; pos != bucket; pos = pos->prev)
		if (list_entry(pos, struct futex_q, list)->priority >= q->priority)
			break;
	list_add(&q->list, pos);
}

static void wake_futex(struct futex_q *q)
{
	list_del_init(&q->list);
	wake_up_process(q->task);
}

/* Wake up to nr (but at least one) of the waiters whose bitset intersects `bitset`, highest
   priority first. Returns how many. */
static int wake_queue(const struct futex_key *key, int nr, u32 bitset)
{
	struct list_head *bucket = hash_futex(key);
	struct futex_q *q, *n;
	int woken = 0;

	list_for_each_entry_safe (q, n, bucket, list) {
		if (!match_futex(&q->key, key) || !(q->bitset & bitset))
			continue;
		wake_futex(q);
		if (++woken >= nr)
			break;
	}
	return woken;
}

static long futex_wake(u32 __user *uaddr, bool shared, int nr, u32 bitset)
{
	struct futex_key key;
	int err;

	if (!bitset)
		return -EINVAL;
	err = get_futex_key(uaddr, shared, false, &key);
	return err ? err : wake_queue(&key, nr, bitset);
}

void futex_wake_address(int __user *uaddr)
{
	futex_wake((u32 __user *)uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
}

/* ---- waiting ---- */

static long futex_wait_restart(struct restart_block *restart);

/* Sleep on q until woken (true), or until a timeout or signal (false). */
static bool futex_wait_queue(struct futex_q *q, clockid_t clock, u64 expires_ns, bool *timed_out)
{
	*timed_out = false;
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (list_empty(&q->list) || *timed_out || signal_pending(current))
			break;
		if (expires_ns == FUTEX_NO_TIMEOUT)
			schedule();
		else if (!schedule_until_clock_ns(clock, expires_ns))
			*timed_out = true;
	}
	set_current_state(TASK_RUNNING);
	if (list_empty(&q->list))
		return true;
	list_del_init(&q->list);
	return false;
}

#define FLAGS_SHARED  1
#define FLAGS_CLOCKRT 2 /* expires_ns is on CLOCK_REALTIME */

static long futex_wait(u32 __user *uaddr, unsigned int flags, u32 val, u64 expires_ns, u32 bitset)
{
	struct futex_q q = {.task = current, .priority = current->rt_priority, .bitset = bitset};
	clockid_t clock = flags & FLAGS_CLOCKRT ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	struct restart_block *restart;
	bool timed_out;
	u32 value;
	int err;

	if (!bitset)
		return -EINVAL;
	for (;;) {
		err = get_futex_key(uaddr, flags & FLAGS_SHARED, false, &q.key);
		if (err)
			return err;
		if (!get_futex_value(&value, uaddr))
			break;
		if (get_user(value, uaddr))
			return -EFAULT;
	}
	if (value != val)
		return -EWOULDBLOCK;
	queue_futex(&q);
	if (futex_wait_queue(&q, clock, expires_ns, &timed_out))
		return 0;
	if (timed_out)
		return -ETIMEDOUT;
	if (expires_ns == FUTEX_NO_TIMEOUT)
		return -ERESTARTSYS;
	restart = &current->restart_block;
	restart->fn = futex_wait_restart;
	restart->expires_ns = expires_ns;
	restart->arg[0] = (unsigned long)uaddr;
	restart->arg[1] = val;
	restart->arg[2] = flags;
	restart->arg[3] = bitset;
	return -ERESTART_RESTARTBLOCK;
}

static long futex_wait_restart(struct restart_block *restart)
{
	restart->fn = do_no_restart_syscall;
	return futex_wait((u32 __user *)restart->arg[0], restart->arg[2], restart->arg[1],
			  restart->expires_ns, restart->arg[3]);
}

/* ---- requeueing ---- */

/* Wake nr_wake of uaddr's waiters and move up to nr_requeue others to uaddr2. With cmpval, only if
   the word at uaddr still has that value. */
static long futex_requeue(u32 __user *uaddr, u32 __user *uaddr2, bool shared, int nr_wake,
			  int nr_requeue, const u32 *cmpval)
{
	struct futex_key key, key2;
	struct futex_q *q, *n;
	u32 value;
	int err, count = 0;

	if (nr_wake < 0 || nr_requeue < 0)
		return -EINVAL;
	for (;;) {
		err = get_futex_key(uaddr, shared, false, &key);
		if (!err)
			err = get_futex_key(uaddr2, shared, false, &key2);
		if (err)
			return err;
		if (!cmpval || !get_futex_value(&value, uaddr))
			break;
		if (get_user(value, uaddr))
			return -EFAULT;
	}
	if (cmpval && value != *cmpval)
		return -EAGAIN;
	list_for_each_entry_safe (q, n, hash_futex(&key), list) {
		if (count - nr_wake >= nr_requeue)
			break;
		if (!match_futex(&q->key, &key))
			continue;
		if (++count <= nr_wake) {
			wake_futex(q);
		} else if (!match_futex(&key, &key2)) {
			q->key = key2;
			list_del(&q->list);
			queue_futex(q);
		}
	}
	return count;
}

/* ---- FUTEX_WAKE_OP ---- */

static int sign_extend12(unsigned int v)
{
	return (int)(v << 20) >> 20;
}

/* Do the encoded operation on the word, without sleeping; *result: does the comparison of the old
   value hold? 0, -ENOSYS, or -EFAULT if the page was not there. */
static int futex_op_in_user(unsigned int encoded, u32 __user *uaddr, bool *result)
{
	unsigned int op = encoded >> 28 & 7, cmp = encoded >> 24 & 15;
	int oparg = sign_extend12(encoded >> 12 & 0xfff), cmparg = sign_extend12(encoded & 0xfff);
	u32 old, new;
	int err;

	if (encoded & (unsigned int)FUTEX_OP_OPARG_SHIFT << 28)
		oparg = 1 << (oparg & 31);
	pagefault_disable();
	err = __get_user(old, uaddr);
	switch (op) {
	case FUTEX_OP_SET:
		new = oparg;
		break;
	case FUTEX_OP_ADD:
		new = old + oparg;
		break;
	case FUTEX_OP_OR:
		new = old | oparg;
		break;
	case FUTEX_OP_ANDN:
		new = old & ~oparg;
		break;
	case FUTEX_OP_XOR:
		new = old ^ oparg;
		break;
	default:
		new = old;
		err = -ENOSYS;
	}
	if (!err)
		err = __put_user(new, uaddr);
	pagefault_enable();
	if (err)
		return err;
	switch (cmp) {
	case FUTEX_OP_CMP_EQ:
		*result = (int)old == cmparg;
		break;
	case FUTEX_OP_CMP_NE:
		*result = (int)old != cmparg;
		break;
	case FUTEX_OP_CMP_LT:
		*result = (int)old < cmparg;
		break;
	case FUTEX_OP_CMP_GE:
		*result = (int)old >= cmparg;
		break;
	case FUTEX_OP_CMP_LE:
		*result = (int)old <= cmparg;
		break;
	case FUTEX_OP_CMP_GT:
		*result = (int)old > cmparg;
		break;
	default:
		return -ENOSYS;
	}
	return 0;
}

static long futex_wake_op(u32 __user *uaddr, u32 __user *uaddr2, bool shared, int nr_wake,
			  int nr_wake2, u32 op)
{
	struct futex_key key, key2;
	bool wake2 = false;
	int err, woken;

	for (;;) {
		err = get_futex_key(uaddr, shared, false, &key);
		if (!err)
			err = get_futex_key(uaddr2, shared, true, &key2);
		if (err)
			return err;
		err = futex_op_in_user(op, uaddr2, &wake2);
		if (!err)
			break;
		if (err != -EFAULT)
			return err;
		err = fault_in_user_writeable(uaddr2);
		if (err)
			return err;
	}
	woken = wake_queue(&key, nr_wake, FUTEX_BITSET_MATCH_ANY);
	if (wake2)
		woken += wake_queue(&key2, nr_wake2, FUTEX_BITSET_MATCH_ANY);
	return woken;
}

/* ---- the call ---- */

int futex_timeout(int op, const struct timespec64 *ts, u64 *expires_ns)
{
	u64 now = ktime_get_ns();
	s64 ns;

	if (!timespec64_valid(ts))
		return -EINVAL;
	ns = timespec64_to_ns(ts);
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		*expires_ns = now + ns; /* the only operation with a relative timeout */
	else
		*expires_ns = ns;
	return 0;
}

long do_futex(u32 __user *uaddr, int op, u32 val, u64 expires_ns, u32 __user *uaddr2, u32 val2,
	      u32 val3)
{
	bool shared = !(op & FUTEX_PRIVATE_FLAG), wall = op & FUTEX_CLOCK_REALTIME;
	unsigned int flags = (shared ? FLAGS_SHARED : 0) | (wall ? FLAGS_CLOCKRT : 0);
	int cmd = op & FUTEX_CMD_MASK;

	if (wall && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT:
		return futex_wait(uaddr, flags, val, expires_ns, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return futex_wait(uaddr, flags, val, expires_ns, val3);
	case FUTEX_WAKE:
		return futex_wake(uaddr, shared, val, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(uaddr, shared, val, val3);
	case FUTEX_REQUEUE:
		return futex_requeue(uaddr, uaddr2, shared, val, val2, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(uaddr, uaddr2, shared, val, val2, &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(uaddr, uaddr2, shared, val, val2, val3);
	default:
		return -ENOSYS;
	}
}

/* ---- robust futexes ---- */

#define FUTEX_PI_BIT 1UL /* in the list's pointers */

/* Change the word from `old` to `new`: 0, -EAGAIN if it is not `old` any more, -EFAULT if it cannot
   be written. May sleep; the comparison notices a waiter that sets its bit meanwhile. */
static int change_futex_value(u32 __user *uaddr, u32 old, u32 new)
{
	u32 found;
	int err;

	pagefault_disable();
	err = __cmpxchg_user(&found, uaddr, old, new);
	pagefault_enable();
	if (err)
		return fault_in_user_writeable(uaddr) ? -EFAULT : -EAGAIN;
	return found == old ? 0 : -EAGAIN;
}

/* Handle the futex word of a lock that the dying thread may hold. -1: the rest of the list cannot
 * be trusted.
 */
static int handle_futex_death(u32 __user *uaddr, struct task_struct *p, bool pi, bool pending)
{
	u32 value, owner;
	int err;

	if ((unsigned long)uaddr % sizeof(u32))
		return -1;
	do {
		if (get_user(value, uaddr))
			return -1;
		owner = value & FUTEX_TID_MASK;
		/* The thread died between unlocking and waking a waiter, or between being woken and
		   taking the lock: without a wake-up here the waiters would sleep for ever, also if
		   another took the lock meanwhile and does not know that somebody waits. */
		if (pending && !pi &&
		    (!owner || (owner != (u32)p->pid && !(value & FUTEX_WAITERS)))) {
			futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
			return 0;
		}
		if (owner != (u32)p->pid)
			return 0;
		err = change_futex_value(uaddr, value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
	} while (err == -EAGAIN);
	if (err)
		return -1;
	if (!pi && (value & FUTEX_WAITERS))
		futex_wake(uaddr, true, 1, FUTEX_BITSET_MATCH_ANY);
	return 0;
}

static int fetch_robust_entry(unsigned long *entry, bool *pi, struct robust_list __user **from)
{
	unsigned long value;

	if (get_user(value, (unsigned long __user *)from))
		return -EFAULT;
	*pi = value & FUTEX_PI_BIT;
	*entry = value & ~FUTEX_PI_BIT;
	return 0;
}

void exit_robust_list(struct task_struct *p)
{
	struct robust_list_head __user *head = p->robust_list;
	unsigned long entry, next, pending;
	bool pi, next_pi, pending_pi;
	long offset;

	p->robust_list = NULL;
	if (!head || fetch_robust_entry(&entry, &pi, &head->list.next) ||
	    get_user(offset, &head->futex_offset) ||
	    fetch_robust_entry(&pending, &pending_pi, &head->list_op_pending))
		return;
	for (int limit = ROBUST_LIST_LIMIT; limit && entry != (unsigned long)&head->list; limit--) {
		struct robust_list __user *e = (struct robust_list __user *)entry;
		int err = fetch_robust_entry(&next, &next_pi, &e->next);

		/* The pending entry may or may not be on the list: it is handled last. */
		if (entry != pending &&
		    handle_futex_death((u32 __user *)(entry + offset), p, pi, false))
			return;
		if (err)
			return;
		entry = next;
		pi = next_pi;
		cond_resched();
	}
	if (pending)
		handle_futex_death((u32 __user *)(pending + offset), p, pending_pi, true);
}
