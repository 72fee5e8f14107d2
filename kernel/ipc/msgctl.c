/*
 * msgctl(2): what a queue and all of them look like, changing and removing one.
 */
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/msg.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include <linux/errno.h>

/* ---- layouts ---- */

static int copy_msqid_to_user(void __user *buf, const struct msqid64_ds *in, int version)
{
	const unsigned long ushort_max = UINT16_MAX;
	struct msqid_ds out;

	if (version == IPC_64)
		return copy_to_user(buf, in, sizeof(*in)) ? -EFAULT : 0;
	memset(&out, 0, sizeof(out));
	ipc64_perm_to_ipc_perm(&in->msg_perm, &out.msg_perm);
	out.msg_stime = in->msg_stime;
	out.msg_rtime = in->msg_rtime;
	out.msg_ctime = in->msg_ctime;
	out.msg_cbytes = min(in->msg_cbytes, ushort_max);
	out.msg_lcbytes = in->msg_cbytes;
	out.msg_qnum = min(in->msg_qnum, ushort_max);
	out.msg_qbytes = min(in->msg_qbytes, ushort_max);
	out.msg_lqbytes = in->msg_qbytes;
	out.msg_lspid = in->msg_lspid;
	out.msg_lrpid = in->msg_lrpid;
	return copy_to_user(buf, &out, sizeof(out)) ? -EFAULT : 0;
}

static int copy_msqid_from_user(struct msqid64_ds *out, const void __user *buf, int version)
{
	struct msqid_ds old;

	if (version == IPC_64)
		return copy_from_user(out, buf, sizeof(*out)) ? -EFAULT : 0;
	if (copy_from_user(&old, buf, sizeof(old)))
		return -EFAULT;
	ipc_perm_to_ipc64_perm(&old.msg_perm, &out->msg_perm);
	out->msg_qbytes = old.msg_qbytes ? old.msg_qbytes : old.msg_lqbytes;
	return 0;
}

/* ---- looking ---- */

/* Returns the highest index. */
static int msgctl_info(int cmd, void __user *buf)
{
	bool now = cmd == MSG_INFO;
	struct msginfo info;
	int max_idx = msg_ids.max_idx;

	memset(&info, 0, sizeof(info)); /* it has padding */
	info.msgmni = msg_ctlmni;
	info.msgmax = msg_ctlmax;
	info.msgmnb = msg_ctlmnb;
	info.msgssz = MSGSSZ;
	info.msgseg = MSGSEG;
	info.msgpool = now ? msg_ids.in_use : MSGPOOL;
	info.msgmap = now ? (int)msg_hdrs : MSGMAP;
	info.msgtql = now ? (int)msg_bytes : MSGTQL;
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max_idx;
}

/* IPC_STAT and its relatives, which return the id. */
static int msgctl_stat(int msqid, int cmd, void __user *buf, int version)
{
	struct kern_ipc_perm *perm = ipc_obtain_for_stat(&msg_ids, msqid, cmd, cmd == MSG_STAT_ANY);
	const struct msg_queue *msq;
	struct msqid64_ds out;
	int id;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	msq = to_msg_queue(perm);
	id = perm->id;
	memset(&out, 0, sizeof(out));
	kernel_to_ipc64_perm(perm, &out.msg_perm);
	out.msg_stime = msq->q_stime;
	out.msg_stime_high = msq->q_stime >> 32;
	out.msg_rtime = msq->q_rtime;
	out.msg_rtime_high = msq->q_rtime >> 32;
	out.msg_ctime = msq->q_ctime;
	out.msg_ctime_high = msq->q_ctime >> 32;
	out.msg_cbytes = msq->q_cbytes;
	out.msg_qnum = msq->q_qnum;
	out.msg_qbytes = msq->q_qbytes;
	out.msg_lspid = msq->q_lspid;
	out.msg_lrpid = msq->q_lrpid;
	if (copy_msqid_to_user(buf, &out, version))
		return -EFAULT;
	return cmd == IPC_STAT ? 0 : id;
}

/* ---- changing ---- */

/* Sleeping receivers may no longer be permitted to read, and for sleeping senders there may be
   room now. */
static int msgctl_set(int msqid, const void __user *buf, int version)
{
	struct kern_ipc_perm *perm;
	struct msg_queue *msq;
	struct msqid64_ds in;
	int err = copy_msqid_from_user(&in, buf, version);

	if (err)
		return err;
	perm = ipcctl_obtain_check(&msg_ids, msqid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	if (in.msg_qbytes > (unsigned int)msg_ctlmnb && !has_cap(CAP_SYS_RESOURCE))
		return -EPERM;
	err = ipc_lock_object(perm);
	if (err)
		return err;
	msq = to_msg_queue(perm);
	err = ipc_update_perm(&in.msg_perm, perm);
	if (!err) {
		msq->q_qbytes = in.msg_qbytes;
		msq->q_ctime = get_seconds();
		expunge_all(msq, -EAGAIN);
		ss_wakeup(msq, false);
	}
	ipc_unlock_object(perm);
	return err;
}

static void free_messages(struct msg_queue *msq)
{
	struct msg_msg *msg, *n;

	list_for_each_entry_safe (msg, n, &msq->q_messages, m_list) {
		msg_hdrs--;
		free_msg(msg);
		cond_resched();
	}
	msg_bytes -= msq->q_cbytes;
}

static int msgctl_rmid(int msqid)
{
	struct kern_ipc_perm *perm = ipcctl_obtain_check(&msg_ids, msqid);
	struct msg_queue *msq;
	int err;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	err = ipc_lock_object(perm);
	if (err)
		return err;
	msq = to_msg_queue(perm);
	expunge_all(msq, -EIDRM);
	ss_wakeup(msq, true);
	ipc_rmid(&msg_ids, perm);
	free_messages(msq);
	ipc_putref(perm); /* the tables' */
	ipc_unlock_object(perm);
	return 0;
}

long do_msgctl(int msqid, int cmd, void __user *buf, int version)
{
	if (msqid < 0 || cmd < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return msgctl_info(cmd, buf);
	case MSG_STAT:
	case MSG_STAT_ANY:
	case IPC_STAT:
		return msgctl_stat(msqid, cmd, buf, version);
	case IPC_SET:
		return msgctl_set(msqid, buf, version);
	case IPC_RMID:
		return msgctl_rmid(msqid);
	}
	return -EINVAL;
}
