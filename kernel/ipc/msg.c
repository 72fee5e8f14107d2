/*
 * System V message queues: messages with a type, taken in the order in which they came, or by type.
 *
 * A message that somebody waits for is handed over and never gets into the queue. So a receiver
 * that waits longer is served first, and none that comes later can take it away.
 */
#include "kernel/ipc/msg.h"
#include "kernel/ipc/ipc.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/stat.h>

int msg_ctlmax = MSGMAX, msg_ctlmnb = MSGMNB, msg_ctlmni = MSGMNI;
unsigned long msg_bytes, msg_hdrs;

#define MSG_READ  (S_IRUSR | S_IRGRP | S_IROTH)
#define MSG_WRITE (S_IWUSR | S_IWGRP | S_IWOTH)

/* Which messages msgrcv takes. */
enum search_mode {
	SEARCH_ANY,	  /* the first */
	SEARCH_EQUAL,	  /* the first of the type */
	SEARCH_NOTEQUAL,  /* the first of another type */
	SEARCH_LESSEQUAL, /* the first of the lowest type, which must not be above */
	SEARCH_NUMBER,	  /* the n-th */
};

/* A task that waits in msgrcv, on its stack. */
struct msg_receiver {
	struct list_head r_list;
	struct task_struct *r_tsk;
	enum search_mode r_mode;
	long r_msgtype;
	size_t r_maxsize;
	struct msg_msg *r_msg; /* ERR_PTR(-EAGAIN) while it waits */
};

/* A task that waits in msgsnd. */
struct msg_sender {
	struct list_head list; /* next is NULL: no longer listed */
	struct task_struct *tsk;
	size_t msgsz;
};

/* ---- those that wait ---- */

static bool msg_fits_inqueue(const struct msg_queue *msq, size_t msgsz)
{
	return msgsz + msq->q_cbytes <= msq->q_qbytes && 1 + msq->q_qnum <= msq->q_qbytes;
}

/* A sender whose message does not fit goes to the end of the line, as on Linux. */
void ss_wakeup(struct msg_queue *msq, bool kill)
{
	struct task_struct *stop = NULL;
	struct msg_sender *mss, *n;

	list_for_each_entry_safe (mss, n, &msq->q_senders, list) {
		struct task_struct *tsk = mss->tsk;

		if (kill) {
			mss->list.next = NULL;
		} else if (stop == tsk) {
			break; /* that is all of them */
		} else if (!msg_fits_inqueue(msq, mss->msgsz)) {
			if (!stop)
				stop = tsk;
			list_move_tail(&mss->list, &msq->q_senders);
			continue;
		}
		wake_up_process(tsk);
	}
}

void expunge_all(struct msg_queue *msq, int error)
{
	struct msg_receiver *msr, *n;

	list_for_each_entry_safe (msr, n, &msq->q_receivers, r_list) {
		struct task_struct *tsk = msr->r_tsk;

		msr->r_msg = ERR_PTR(error);
		wake_up_process(tsk);
	}
}

static bool testmsg(const struct msg_msg *msg, long type, enum search_mode mode)
{
	switch (mode) {
	case SEARCH_ANY:
	case SEARCH_NUMBER:
		return true;
	case SEARCH_LESSEQUAL:
		return msg->m_type <= type;
	case SEARCH_EQUAL:
		return msg->m_type == type;
	case SEARCH_NOTEQUAL:
		return msg->m_type != type;
	}
	return false;
}

/* Hand the message to the first task that waits for such a one. Those that want it but have not
   enough room get E2BIG. */
static bool pipelined_send(struct msg_queue *msq, struct msg_msg *msg)
{
	struct msg_receiver *msr, *n;

	list_for_each_entry_safe (msr, n, &msq->q_receivers, r_list) {
		struct task_struct *tsk = msr->r_tsk;
		bool fits = msr->r_maxsize >= msg->m_ts;

		if (!testmsg(msg, msr->r_msgtype, msr->r_mode))
			continue;
		list_del(&msr->r_list);
		msr->r_msg = fits ? msg : ERR_PTR(-E2BIG);
		wake_up_process(tsk);
		if (!fits)
			continue;
		msq->q_lrpid = tsk->pid;
		msq->q_rtime = get_seconds();
		return true;
	}
	return false;
}

/* Unlock a queue and sleep until somebody wakes current, or a signal comes. A reference is kept. */
static void sleep_on_queue(struct msg_queue *msq)
{
	mutex_unlock(&msq->q_perm.lock);
	set_current_state(TASK_INTERRUPTIBLE);
	schedule();
	set_current_state(TASK_RUNNING);
	mutex_lock(&msq->q_perm.lock);
}

/* The queue with this id, locked and with a reference; ERR_PTR. */
static struct msg_queue *lock_queue(int msqid, int mode)
{
	struct kern_ipc_perm *perm = ipc_obtain_object_check(&msg_ids, msqid);
	int err;

	if (IS_ERR(perm))
		return ERR_CAST(perm);
	if (ipcperms(perm, mode))
		return ERR_PTR(-EACCES);
	err = ipc_lock_object(perm);
	return err ? ERR_PTR(err) : to_msg_queue(perm);
}

/* ---- msgsnd ---- */

/* Wait until there may be room for msgsz bytes. The queue is locked. 0 or -errno. */
static int wait_for_room(struct msg_queue *msq, size_t msgsz)
{
	struct msg_sender s = {.tsk = current, .msgsz = msgsz};

	list_add_tail(&s.list, &msq->q_senders);
	sleep_on_queue(msq);
	if (msq->q_perm.deleted)
		return -EIDRM;
	if (s.list.next)
		list_del(&s.list);
	if (signal_pending(current))
		return -ERESTARTNOHAND;
	return ipcperms(&msq->q_perm, MSG_WRITE) ? -EACCES : 0;
}

static void enqueue(struct msg_queue *msq, struct msg_msg *msg)
{
	msq->q_lspid = current->tgid;
	msq->q_stime = get_seconds();
	if (pipelined_send(msq, msg))
		return;
	list_add_tail(&msg->m_list, &msq->q_messages);
	msq->q_cbytes += msg->m_ts;
	msq->q_qnum++;
	msg_bytes += msg->m_ts;
	msg_hdrs++;
}

/* Takes over the message on success. */
static int send_msg(int msqid, struct msg_msg *msg, int msgflg)
{
	struct msg_queue *msq = lock_queue(msqid, MSG_WRITE);
	int err = 0;

	if (IS_ERR(msq))
		return PTR_ERR(msq);
	while (!err && !msg_fits_inqueue(msq, msg->m_ts))
		err = msgflg & IPC_NOWAIT ? -EAGAIN : wait_for_room(msq, msg->m_ts);
	if (!err)
		enqueue(msq, msg);
	ipc_unlock_object(&msq->q_perm);
	return err;
}

long do_msgsnd(int msqid, struct msgbuf __user *msgp, size_t msgsz, int msgflg)
{
	struct msg_msg *msg;
	long mtype;
	int err;

	if (get_user(mtype, &msgp->mtype))
		return -EFAULT;
	if (msgsz > (unsigned int)msg_ctlmax || (long)msgsz < 0 || msqid < 0 || mtype < 1)
		return -EINVAL;
	msg = load_msg(msgp->mtext, msgsz);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	msg->m_type = mtype;
	err = send_msg(msqid, msg, msgflg);
	if (err)
		free_msg(msg);
	return err;
}

/* ---- msgrcv ---- */

/* What msgtyp and the flags mean; *msgtyp becomes the number to compare with. */
static enum search_mode convert_mode(long *msgtyp, int msgflg)
{
	if (msgflg & MSG_COPY)
		return SEARCH_NUMBER;
	if (!*msgtyp)
		return SEARCH_ANY;
	if (*msgtyp < 0) {
		*msgtyp = *msgtyp == INT32_MIN ? INT32_MAX : -*msgtyp;
		return SEARCH_LESSEQUAL;
	}
	return msgflg & MSG_EXCEPT ? SEARCH_NOTEQUAL : SEARCH_EQUAL;
}

static struct msg_msg *find_msg(struct msg_queue *msq, long msgtyp, enum search_mode mode)
{
	struct msg_msg *msg, *found = NULL;
	long count = 0;

	list_for_each_entry (msg, &msq->q_messages, m_list) {
		cond_resched();
		if (!testmsg(msg, msgtyp, mode))
			continue;
		if (mode == SEARCH_LESSEQUAL && msg->m_type != 1) {
			msgtyp = msg->m_type - 1; /* only a lower one is better */
			found = msg;
		} else if (mode != SEARCH_NUMBER || count++ == msgtyp) {
			return msg;
		}
	}
	return found;
}

static void dequeue(struct msg_queue *msq, struct msg_msg *msg)
{
	list_del(&msg->m_list);
	msq->q_qnum--;
	msq->q_cbytes -= msg->m_ts;
	msq->q_rtime = get_seconds();
	msq->q_lrpid = current->tgid;
	msg_bytes -= msg->m_ts;
	msg_hdrs--;
	ss_wakeup(msq, false);
}

/* Wait for a message. The queue is locked. The message, or ERR_PTR: -EAGAIN means to look again. */
static struct msg_msg *wait_for_msg(struct msg_queue *msq, enum search_mode mode, long msgtyp,
				    size_t maxsize)
{
	struct msg_receiver r = {
		.r_tsk = current,
		.r_mode = mode,
		.r_msgtype = msgtyp,
		.r_maxsize = maxsize,
		.r_msg = ERR_PTR(-EAGAIN),
	};

	list_add_tail(&r.r_list, &msq->q_receivers);
	sleep_on_queue(msq);
	if (r.r_msg != ERR_PTR(-EAGAIN))
		return r.r_msg;
	list_del(&r.r_list);
	if (signal_pending(current))
		return ERR_PTR(-ERESTARTNOHAND);
	return ERR_PTR(ipcperms(&msq->q_perm, MSG_READ) ? -EACCES : -EAGAIN);
}

/* Take the message out of the queue, or put a copy of it into `copy`; ERR_PTR. */
static struct msg_msg *take_msg(struct msg_queue *msq, struct msg_msg *msg, struct msg_msg *copy,
				size_t maxsize)
{
	int err;

	if (maxsize < msg->m_ts)
		return ERR_PTR(-E2BIG);
	if (!copy) {
		dequeue(msq, msg);
		return msg;
	}
	err = copy_msg(msg, copy);
	return err ? ERR_PTR(err) : msg;
}

/* The message that msgrcv wants; ERR_PTR. With `copy`, it is only to be compared. */
static struct msg_msg *receive_msg(int msqid, size_t maxsize, long msgtyp, int msgflg,
				   struct msg_msg *copy)
{
	enum search_mode mode = convert_mode(&msgtyp, msgflg);
	struct msg_queue *msq = lock_queue(msqid, MSG_READ);
	struct msg_msg *msg;

	if (IS_ERR(msq))
		return ERR_CAST(msq);
	do {
		msg = find_msg(msq, msgtyp, mode);
		if (msg)
			msg = take_msg(msq, msg, copy, maxsize);
		else if (msgflg & IPC_NOWAIT)
			msg = ERR_PTR(-ENOMSG);
		else
			msg = wait_for_msg(msq, mode, msgtyp, maxsize);
	} while (msg == ERR_PTR(-EAGAIN));
	ipc_unlock_object(&msq->q_perm);
	return msg;
}

/* Type and text to the user; the bytes of text, or -EFAULT. */
static long do_msg_fill(struct msgbuf __user *msgp, const struct msg_msg *msg, size_t bufsz)
{
	size_t len = min(bufsz, msg->m_ts);

	if (put_user(msg->m_type, &msgp->mtype) || store_msg(msgp->mtext, msg, len))
		return -EFAULT;
	return len;
}

/* MSG_COPY: the message stays in the queue. The buffer must be readable too, as on Linux. */
static long receive_copy(int msqid, struct msgbuf __user *msgp, size_t bufsz, long msgtyp,
			 int msgflg)
{
	size_t maxsize = msgflg & MSG_NOERROR ? INT32_MAX : bufsz;
	struct msg_msg *copy, *msg;
	size_t room;
	long ret;

	if (msgflg & MSG_EXCEPT || !(msgflg & IPC_NOWAIT))
		return -EINVAL;
	room = min(bufsz, (size_t)(unsigned int)msg_ctlmax);
	copy = load_msg(msgp, room);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	msg = receive_msg(msqid, maxsize, msgtyp, msgflg, copy);
	ret = PTR_ERR_OR_ZERO(msg);
	if (!ret)
		ret = do_msg_fill(msgp, copy, bufsz);
	free_msg(copy);
	return ret;
}

long do_msgrcv(int msqid, struct msgbuf __user *msgp, size_t bufsz, long msgtyp, int msgflg)
{
	size_t maxsize = msgflg & MSG_NOERROR ? INT32_MAX : bufsz;
	struct msg_msg *msg;
	long ret;

	if (msqid < 0 || (long)bufsz < 0)
		return -EINVAL;
	if (msgflg & MSG_COPY)
		return receive_copy(msqid, msgp, bufsz, msgtyp, msgflg);
	msg = receive_msg(msqid, maxsize, msgtyp, msgflg, NULL);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	ret = do_msg_fill(msgp, msg, bufsz);
	free_msg(msg);
	return ret;
}

/* ---- msgget ---- */

static void msg_queue_free(struct kern_ipc_perm *perm)
{
	ipc_uncharge(sizeof(struct msg_queue));
	kfree(to_msg_queue(perm));
}

static int newque(const struct ipc_params *params)
{
	struct msg_queue *msq;
	int id = ipc_charge(sizeof(*msq));

	if (id)
		return id;
	msq = kzalloc(sizeof(*msq), GFP_KERNEL);
	if (!msq) {
		ipc_uncharge(sizeof(*msq));
		return -ENOMEM;
	}
	msq->q_perm.key = params->key;
	msq->q_perm.mode = params->flg & (S_IRWXU | S_IRWXG | S_IRWXO);
	msq->q_perm.free = msg_queue_free;
	msq->q_ctime = get_seconds();
	msq->q_qbytes = msg_ctlmnb;
	INIT_LIST_HEAD(&msq->q_messages);
	INIT_LIST_HEAD(&msq->q_receivers);
	INIT_LIST_HEAD(&msq->q_senders);
	id = ipc_addid(&msg_ids, &msq->q_perm, msg_ctlmni);
	if (id < 0)
		msg_queue_free(&msq->q_perm);
	return id;
}

long do_msgget(key_t key, int msgflg)
{
	static const struct ipc_ops msg_ops = {.getnew = newque};
	const struct ipc_params params = {.key = key, .flg = msgflg};

	return ipcget(&msg_ids, &msg_ops, &params);
}

/* ---- /proc/sysvipc/msg ---- */

static void msg_proc_show(struct seq_file *m, const struct kern_ipc_perm *perm)
{
	const struct msg_queue *msq = container_of(perm, struct msg_queue, q_perm);

	seq_printf(m, "%10d %10d  %4o  %10lu %10lu %5u %5u ", perm->key, perm->id, perm->mode,
		   msq->q_cbytes, msq->q_qnum, msq->q_lspid, msq->q_lrpid);
	seq_printf(m, "%5u %5u %5u %5u %10lld %10lld %10lld\n", perm->uid, perm->gid, perm->cuid,
		   perm->cgid, msq->q_stime, msq->q_rtime, msq->q_ctime);
}

const struct ipc_proc_iface msg_proc_iface = {
	.header =
		"       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  "
		"cgid      stime      rtime      ctime\n",
	.ids = &msg_ids,
	.show = msg_proc_show,
};
