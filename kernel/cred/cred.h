/*
 * Changes of a task's credentials. The rules are those of credentials(7) and capabilities(7). All
 * return 0 or -errno, unless noted, and change current's own credentials only. An id of -1 (NO_ID)
 * means "leave it".
 */
#ifndef KERNEL_CRED_CRED_H
#define KERNEL_CRED_CRED_H

#include "kernel/sched/sched.h"

#define NO_ID ((uid_t)-1)

/*
 * Install new credentials for current. new->user is either current's or a reference that is taken
 * over. If tasks that had access to the process may have none any more, dumpable is set to
 * suid_dumpable and pdeath_signal is cleared. Cannot fail: 0.
 */
int commit_creds(const struct cred *new);
/* The ids of users: -EAGAIN if there is no memory for the new one's record. */
int do_setuid(uid_t uid);
int do_setreuid(uid_t ruid, uid_t euid);
int do_setresuid(uid_t ruid, uid_t euid, uid_t suid);
extern int dmesg_restrict; /* /proc/sys/kernel/dmesg_restrict */
/* May current access the kernel's log? 0 or -EPERM. Reading all of it or asking for its size needs
   no capability unless dmesg_restrict is set. */
int check_syslog_permissions(bool only_looks);
/* Does the user have more tasks than current's RLIMIT_NPROC? Root is exempt. */
bool nproc_exceeded(const struct user_struct *user);
/* The ids of groups: 0, -EINVAL or -EPERM. */
int do_setgid(gid_t gid);
int do_setregid(gid_t rgid, gid_t egid);
int do_setresgid(gid_t rgid, gid_t egid, gid_t sgid);
/* These return the old id, whether it was changed or not. */
uid_t do_setfsuid(uid_t uid);
gid_t do_setfsgid(gid_t gid);

/* groups.c: a list with room for n groups; NULL: no memory. */
struct group_info *groups_alloc(unsigned int n);
/* setgroups(2) without the permission check: sets current's supplementary groups. Takes over the
   reference. */
void do_setgroups(struct group_info *groups);

/* capset(2): 64 bits each. */
int do_capset(u64 effective, u64 inheritable, u64 permitted);
/* The capability operations of prctl(2). */
long prctl_capabilities(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
			unsigned long arg5);

/* /proc/sys/fs/suid_dumpable: the dumpable value of programs that have other privileges than the
   user who started them. */
extern int suid_dumpable;

#endif
