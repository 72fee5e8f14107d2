/*
 * What is counted for each user, over all of the user's processes.
 */
#ifndef KERNEL_CRED_USER_H
#define KERNEL_CRED_USER_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"

struct user_struct {
	struct list_head hash;
	uid_t uid;
	unsigned int refs;
	unsigned long processes;  /* tasks with this real uid, including zombies: RLIMIT_NPROC */
	unsigned long sigpending; /* signals queued for them: RLIMIT_SIGPENDING. Interrupt handlers
				     change it, too, so only with interrupts off */
	unsigned long pipe_bufs;  /* capacity of the user's pipes in pages */
	unsigned long locked_shm; /* pages of segments that the user has locked: RLIMIT_MEMLOCK */
};

extern struct user_struct root_user; /* of uid 0; never freed */

/* The record of a user, created if there is none, with a reference. NULL: no memory. May sleep. */
struct user_struct *alloc_uid(uid_t uid);
static inline struct user_struct *get_uid(struct user_struct *user)
{
	user->refs++;
	return user;
}
/* Drop a reference; the last one frees the record, unless signals still count for it. */
void free_uid(struct user_struct *user);
/* A signal that was counted in `sigpending` is no longer queued. The record is freed if it has no
   other use. Interrupts are off; interrupt handlers may call it. */
void user_last_signal_gone(struct user_struct *user);
static inline void user_signal_gone(struct user_struct *user)
{
	if (!--user->sigpending && !user->refs)
		user_last_signal_gone(user);
}

#endif
