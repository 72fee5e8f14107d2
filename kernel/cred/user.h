/*
 * What is counted for each user, whichever of his processes it belongs to.
 */
#ifndef KERNEL_SCHED_USER_H
#define KERNEL_SCHED_USER_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"

struct user_struct {
	struct list_head hash;
	uid_t uid;
	unsigned int refs;
	unsigned long processes;  /* tasks that he is the real user of, zombies too: RLIMIT_NPROC */
	unsigned long sigpending; /* signals queued for them: RLIMIT_SIGPENDING. Interrupt handlers
				     change it, too, so only with interrupts off */
	unsigned long pipe_bufs;  /* pages that his pipes may hold */
};

extern struct user_struct root_user; /* user 0's, for ever */

/* The record of a user, made if he has none, and referenced. NULL: no memory. May sleep. */
struct user_struct *alloc_uid(uid_t uid);
static inline struct user_struct *get_uid(struct user_struct *user)
{
	user->refs++;
	return user;
}
/* Drop a reference; the last one frees the record, unless signals still count for it. */
void free_uid(struct user_struct *user);
/* A signal that was counted in `sigpending` is queued no more; interrupts are off. The record is
   freed if that was all it was there for. Interrupt handlers may call it. */
void user_signal_gone(struct user_struct *user);

#endif
