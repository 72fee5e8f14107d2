/*
 * Message queues of System V inside: shared by msg.c (sending and receiving), msgutil.c (messages)
 * and msgctl.c.
 */
#ifndef KERNEL_IPC_MSG_H
#define KERNEL_IPC_MSG_H

#include "kernel/ipc/util.h"
#include <linux/msg.h>

/* A queue; q_perm.lock guards it. */
struct msg_queue {
	struct kern_ipc_perm q_perm;
	time64_t q_stime, q_rtime, q_ctime;
	unsigned long q_cbytes, q_qnum; /* in the queue now */
	unsigned long q_qbytes;		/* at most */
	pid_t q_lspid, q_lrpid;
	struct list_head q_messages;
	struct list_head q_receivers, q_senders; /* tasks that wait */
};

struct msg_msgseg;

/* A message: the first part of its text follows the structure, the rest is in `next`. */
struct msg_msg {
	struct list_head m_list;
	long m_type;
	size_t m_ts; /* size of the text */
	struct msg_msgseg *next;
};

static inline struct msg_queue *to_msg_queue(struct kern_ipc_perm *perm)
{
	return container_of(perm, struct msg_queue, q_perm);
}

extern unsigned long msg_bytes, msg_hdrs; /* text and messages in all queues */

/* msgutil.c */
/* A message with len bytes of text from the user. ERR_PTR(-ENOMEM, -EFAULT). Sleeps. */
struct msg_msg *load_msg(const void __user *src, size_t len);
/* Copy the first len bytes of the text to the user: 0 or -EFAULT. Sleeps. */
int store_msg(void __user *dest, const struct msg_msg *msg, size_t len);
/* Copy src, which must not be longer, into dst, which takes its size: 0 or -EINVAL. Sleeps. */
int copy_msg(const struct msg_msg *src, struct msg_msg *dst);
void free_msg(struct msg_msg *msg);

/* msg.c. The queue is locked. */
/* The waiting receivers get the error; with -EAGAIN they look again. */
void expunge_all(struct msg_queue *msq, int error);
/* There may be room now: wake the waiting senders whose message fits, or all (kill). */
void ss_wakeup(struct msg_queue *msq, bool kill);

#endif
