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
	unsigned long pipe_bufs; /* pages that his pipes may hold */
};

/* The record of a user, made if he has none, and referenced. NULL: no memory. May sleep. */
struct user_struct *alloc_uid(uid_t uid);
/* Drop a reference; the last one frees the record. */
void free_uid(struct user_struct *user);

#endif
