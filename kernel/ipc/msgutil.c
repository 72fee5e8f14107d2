/*
 * The texts of messages, in pieces of a page, so that a long one needs no long run of free pages.
 */
#include "kernel/ipc/msg.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

struct msg_msgseg {
	struct msg_msgseg *next;
};

#define DATALEN_MSG (PAGE_SIZE - sizeof(struct msg_msg))
#define DATALEN_SEG (PAGE_SIZE - sizeof(struct msg_msgseg))

/* A walk over the pieces of a text. */
struct piece {
	char *data;
	size_t len;
	struct msg_msgseg *next; /* what follows */
	size_t left;		 /* bytes of the text in it */
};

static struct piece first_piece(const struct msg_msg *msg, size_t len)
{
	size_t n = min(len, (size_t)DATALEN_MSG);

	return (struct piece){(char *)(msg + 1), n, msg->next, len - n};
}

static struct piece next_piece(const struct piece *p)
{
	size_t n = min(p->left, (size_t)DATALEN_SEG);

	return (struct piece){(char *)(p->next + 1), n, p->next->next, p->left - n};
}

void free_msg(struct msg_msg *msg)
{
	struct msg_msgseg *seg = msg->next, *next;

	ipc_uncharge(sizeof(*msg) + msg->m_ts);
	kfree(msg);
	for (; seg; seg = next) {
		next = seg->next;
		kfree(seg);
		cond_resched();
	}
}

/* Room for a text of len bytes; NULL: no memory. */
static struct msg_msg *alloc_msg(size_t len)
{
	size_t n = min(len, (size_t)DATALEN_MSG);
	struct msg_msgseg **tail;
	struct msg_msg *msg;

	if (ipc_charge(sizeof(*msg) + len))
		return NULL;
	msg = kmalloc(sizeof(*msg) + n, GFP_KERNEL);
	if (!msg) {
		ipc_uncharge(sizeof(*msg) + len);
		return NULL;
	}
	msg->m_ts = len;
	msg->next = NULL;
	for (tail = &msg->next; len > n; tail = &(*tail)->next) {
		len -= n;
		n = min(len, (size_t)DATALEN_SEG);
		*tail = kmalloc(sizeof(**tail) + n, GFP_KERNEL);
		if (!*tail) {
			free_msg(msg);
			return NULL;
		}
		(*tail)->next = NULL;
		cond_resched();
	}
	return msg;
}

struct msg_msg *load_msg(const void __user *src, size_t len)
{
	struct msg_msg *msg = alloc_msg(len);
	const char __user *from = src;
	struct piece p;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	for (p = first_piece(msg, len);; p = next_piece(&p)) {
		if (copy_from_user(p.data, from, p.len)) {
			free_msg(msg);
			return ERR_PTR(-EFAULT);
		}
		if (!p.left)
			return msg;
		from += p.len;
		cond_resched();
	}
}

int store_msg(void __user *dest, const struct msg_msg *msg, size_t len)
{
	char __user *to = dest;
	struct piece p;

	for (p = first_piece(msg, len);; p = next_piece(&p)) {
		if (copy_to_user(to, p.data, p.len))
			return -EFAULT;
		if (!p.left)
			return 0;
		to += p.len;
		cond_resched();
	}
}

int copy_msg(const struct msg_msg *src, struct msg_msg *dst)
{
	size_t room = dst->m_ts;
	struct piece from, to;

	if (src->m_ts > room)
		return -EINVAL;
	from = first_piece(src, src->m_ts);
	for (to = first_piece(dst, room);; to = next_piece(&to)) {
		memcpy(to.data, from.data, from.len);
		if (!from.left)
			break;
		from = next_piece(&from);
		cond_resched();
	}
	dst->m_type = src->m_type;
	dst->m_ts = src->m_ts;
	ipc_uncharge(room - src->m_ts);
	return 0;
}
