/*
 * Signals that files send: whom (F_SETOWN), which one (F_SETSIG), and the lists of the open files
 * that want them (O_ASYNC). fcntl(2), "Managing signals".
 */
#ifndef KERNEL_FS_FASYNC_H
#define KERNEL_FS_FASYNC_H

#include "kernel/abi/types.h"

struct file;
struct f_owner_ex;

struct fown_struct {
	pid_t pid;	 /* 0: none; no reference is held, so the process may be gone: */
	u32 generation;	 /* pid_generation(pid) when the owner was set */
	int type;	 /* F_OWNER_ */
	uid_t uid, euid; /* of the process that set the owner, which must be allowed to signal it */
	int signum;	 /* F_SETSIG; 0: SIGIO, without more */
};

/* One file that wants signals of one kind of event. */
struct fasync_struct {
	struct fasync_struct *next;
	struct file *file;
	int fd; /* what si_fd tells */
};

/* file_operations.fasync: put the file on the list, or take it off. > 0 if that changed something,
   0, or -ENOMEM. */
int fasync_helper(int fd, struct file *f, bool on, struct fasync_struct **list);
/* Something happened (POLL_IN …): signals for all on the list. Safe in interrupt handlers. */
void __kill_fasync(const struct fasync_struct *list, int band);
static inline void kill_fasync(struct fasync_struct *const *list, int band)
{
	if (*list)
		__kill_fasync(*list, band);
}

/* Set the owner of f (a process or group), which receives its signals; pid 0 means none. Without
   `force` an existing owner stays. type: F_OWNER_. Nothing is checked. */
void __f_setown(struct file *f, pid_t pid, int type, bool force);
/* F_SETOWN (minus a group), F_SETOWN_EX, F_GETOWN, F_GETOWN_EX, F_GETOWNER_UIDS, F_SETSIG. 0 or
 * -errno. */
int f_setown(struct file *f, int who);
int f_setown_ex(struct file *f, const struct f_owner_ex __user *arg);
pid_t f_getown(const struct file *f);
int f_getown_ex(const struct file *f, struct f_owner_ex __user *arg);
int f_getowner_uids(const struct file *f, uid_t __user *arg);
int f_setsig(struct file *f, unsigned long sig);
/* Remove the owner: f sends no more signals. */
void f_delown(struct file *f);

#endif
