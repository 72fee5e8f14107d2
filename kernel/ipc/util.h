/*
 * What shared memory, semaphores and message queues have in common: identifiers, keys, permissions.
 *
 * An id consists of the object's index in the table of its kind, and a sequence number, so that an
 * id is not soon used again for another object.
 *
 * Locks. One processor and no preemption: what does not sleep needs none. The tables are changed in
 * one step, and a pointer from them is valid until the caller sleeps, or for as long as it holds a
 * reference. ipc_ids.mutex lets one ipcget() at a time look for a key and create the object. The
 * contents of semaphore arrays and message queues are guarded by a mutex in each object, since
 * their loops can be long; shared memory needs no lock.
 */
#ifndef KERNEL_IPC_UTIL_H
#define KERNEL_IPC_UTIL_H

#include "kernel/abi/types.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/list.h"
#include "kernel/lib/radix_tree.h"
#include "kernel/locking/mutex.h"
#include <linux/ipc.h>

#define IPCMNI_SHIFT  15
#define IPCMNI	      (1 << IPCMNI_SHIFT) /* objects of a kind at most */
#define IPC_MIN_CYCLE 64		  /* an index is not used again before this many others */

#define ipcid_to_idx(id)  ((id) & (IPCMNI - 1))
#define ipcid_to_seqx(id) ((id) >> IPCMNI_SHIFT)
#define IPC_SEQ_MAX	  (INT32_MAX >> IPCMNI_SHIFT)

/* The head of every object. Names are Linux's. */
struct kern_ipc_perm {
	struct mutex lock;
	unsigned int refcount; /* one until it is removed, one for each holder of the lock */
	bool deleted;	       /* no longer in the tables */
	int id, seq;
	key_t key;
	struct list_head key_node; /* in the table of keys, unless key is IPC_PRIVATE */
	uid_t uid, cuid;	   /* owner, creator */
	gid_t gid, cgid;
	umode_t mode;
	void (*free)(struct kern_ipc_perm *perm); /* there are no more references */
};

#define IPC_KEY_LISTS 64 /* a power of two */

/* All objects of a kind. */
struct ipc_ids {
	struct mutex mutex;
	int in_use;
	int max_idx;	   /* the highest index in use; 0 if there is none */
	int seq, last_idx; /* of the object created last */
	int idr_next;	   /* the search for a free index begins here */
	int next_id;	   /* -1, or the id wanted for the next object */
	struct radix_tree_root objects;
	struct list_head keys[IPC_KEY_LISTS];
};

extern struct ipc_ids shm_ids, sem_ids, msg_ids;

/* What ..get wants. */
struct ipc_params {
	key_t key;
	int flg;
	union {
		size_t size; /* of a segment */
		int nsems;   /* of an array */
	} u;
};

struct ipc_ops {
	/* Create an object: its id or -errno. ids->mutex is held; may sleep. */
	int (*getnew)(const struct ipc_params *params);
	/* May the object be used, which exists? 0 or -errno. Does not sleep. NULL: it may. */
	int (*more_checks)(const struct kern_ipc_perm *perm, const struct ipc_params *params);
};

/* shmget, semget and msgget: the id of the object with params->key, created if the flags say so, or
   -errno. */
int ipcget(struct ipc_ids *ids, const struct ipc_ops *ops, const struct ipc_params *params);

/* Put a new object, whose key, mode and free are set, into the tables. It gets current's ids and
   one reference. Its id, or -ENOSPC (more than `limit`), -ENOMEM. ids->mutex is held; may sleep. */
int ipc_addid(struct ipc_ids *ids, struct kern_ipc_perm *perm, int limit);
/* Take it out of the tables and mark it deleted. The caller drops the tables' reference. */
void ipc_rmid(struct ipc_ids *ids, struct kern_ipc_perm *perm);
/* It cannot be found by its key any more. */
void ipc_set_key_private(struct kern_ipc_perm *perm);

/* The object with an id. ERR_PTR(-EINVAL). Takes no reference. */
struct kern_ipc_perm *ipc_obtain_object_check(struct ipc_ids *ids, int id);
/* The same for IPC_SET and IPC_RMID: current must own it. Also ERR_PTR(-EPERM). */
struct kern_ipc_perm *ipcctl_obtain_check(struct ipc_ids *ids, int id);
/* The same for the ..STAT commands: by index unless it is IPC_STAT; current must be able to read
   it, unless any_user is set. Also ERR_PTR(-EACCES). */
struct kern_ipc_perm *ipc_obtain_for_stat(struct ipc_ids *ids, int id, int cmd, bool any_user);
/* The first object at or after *idx, which becomes its index; NULL if there is none. */
struct kern_ipc_perm *ipc_find_next(struct ipc_ids *ids, unsigned long *idx);

/* Drop a reference. */
void ipc_putref(struct kern_ipc_perm *perm);
/* Lock an object, with a reference: 0, or -EIDRM (and nothing held) if it is deleted by then. May
   sleep. */
int ipc_lock_object(struct kern_ipc_perm *perm);
/* Unlock it, and drop the reference. */
void ipc_unlock_object(struct kern_ipc_perm *perm);

/* Does current have the access `flag` (permission bits, of which one class is enough)? 0 or -1. */
int ipcperms(const struct kern_ipc_perm *perm, int flag);
/* IPC_SET: 0, or -EINVAL for the ids -1. */
int ipc_update_perm(const struct ipc64_perm *in, struct kern_ipc_perm *out);

/* What programs see of the head, in the present layout and in the old one. */
void kernel_to_ipc64_perm(const struct kern_ipc_perm *in, struct ipc64_perm *out);
void ipc64_perm_to_ipc_perm(const struct ipc64_perm *in, struct ipc_perm *out);
/* IPC_SET with the old layout: the fields that count. */
void ipc_perm_to_ipc64_perm(const struct ipc_perm *in, struct ipc64_perm *out);

/* All objects together may take a part of memory. Count that many bytes more: 0 or -ENOMEM. */
int ipc_charge(size_t bytes);
void ipc_uncharge(size_t bytes); /* they are free again */

/* A file of /proc/sysvipc. */
struct ipc_proc_iface {
	const char *header;
	struct ipc_ids *ids;
	void (*show)(struct seq_file *m, const struct kern_ipc_perm *perm); /* one line */
};

#endif
