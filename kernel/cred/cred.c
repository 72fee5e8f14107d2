/*
 * Credentials: user and group ids and capabilities, and the rules by which a task may change them.
 *
 * Each call makes a changed copy and hands it to commit_creds(), so that a refused change changes
 * nothing.
 */
#include "kernel/cred/cred.h"
#include "kernel/cred/user.h"
#include "libc/include/string.h"
#include "mm/mm_types.h"
#include <linux/errno.h>
#include <linux/prctl.h>
#include <linux/securebits.h>

int suid_dumpable = SUID_DUMP_DISABLE;

/* What a task loses when its fsuid stops being 0. */
#define CAP_FS_SET                                                               \
	(1ULL << CAP_CHOWN | 1ULL << CAP_MKNOD | 1ULL << CAP_DAC_OVERRIDE |      \
	 1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_FOWNER | 1ULL << CAP_FSETID | \
	 1ULL << CAP_LINUX_IMMUTABLE | 1ULL << CAP_MAC_OVERRIDE)

static bool issecure(const struct cred *cred, int bit)
{
	return cred->securebits & issecure_mask(bit);
}

int commit_creds(const struct cred *new)
{
	const struct cred *old = &current->cred;
	struct user_struct *left = old->user;

	/* Tasks that had access to the process may have none any more. */
	if (old->euid != new->euid || old->egid != new->egid || old->fsuid != new->fsuid ||
	    old->fsgid != new->fsgid || (new->cap_permitted & ~old->cap_permitted)) {
		if (current->mm)
			set_dumpable(current->mm, suid_dumpable);
		current->pdeath_signal = 0;
	}
	current->cred = *new;
	if (left != new->user) {
		new->user->processes++;
		left->processes--;
		free_uid(left);
	}
	return 0;
}

/* Adjust the capabilities when user ids change to or from 0. */
static void cap_emulate_setxuid(struct cred *new, const struct cred *old)
{
	bool was_root = old->uid == 0 || old->euid == 0 || old->suid == 0;
	bool is_root = new->uid == 0 || new->euid == 0 || new->suid == 0;

	if (issecure(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (was_root && !is_root) {
		if (!issecure(old, SECURE_KEEP_CAPS)) {
			new->cap_permitted = 0;
			new->cap_effective = 0;
		}
		new->cap_ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->cap_effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->cap_effective = new->cap_permitted;
}

/* ---- user ids ---- */

int dmesg_restrict = 1; /* as Debian has it */

int check_syslog_permissions(bool only_looks)
{
	if (only_looks && !dmesg_restrict)
		return 0;
	return has_cap(CAP_SYSLOG) || has_cap(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

bool nproc_exceeded(const struct user_struct *user)
{
	return user->processes > rlimit(RLIMIT_NPROC) && user != &root_user;
}

/*
 * The last step of calls that may change the real user. The new user may already have too many
 * tasks. Few programs check whether setuid fails, so it succeeds, and the next exec fails instead.
 */
static int commit_uids(struct cred *new)
{
	const struct cred *old = &current->cred;

	if (new->uid != old->uid) {
		new->user = alloc_uid(new->uid);
		if (!new->user)
			return -EAGAIN;
		current->flags &= ~PF_NPROC_EXCEEDED;
		if (nproc_exceeded(new->user))
			current->flags |= PF_NPROC_EXCEEDED;
	}
	cap_emulate_setxuid(new, old);
	return commit_creds(new);
}

int do_setuid(uid_t uid)
{
	struct cred new = current->cred;

	if (uid == NO_ID)
		return -EINVAL;
	if (has_cap(CAP_SETUID))
		new.uid = new.suid = uid;
	else if (uid != new.uid && uid != new.suid)
		return -EPERM;
	new.euid = new.fsuid = uid;
	return commit_uids(&new);
}

int do_setreuid(uid_t ruid, uid_t euid)
{
	const struct cred *old = &current->cred;
	struct cred new = *old;
	bool may = has_cap(CAP_SETUID);

	if (ruid != NO_ID) {
		new.uid = ruid;
		if (old->uid != ruid && old->euid != ruid && !may)
			return -EPERM;
	}
	if (euid != NO_ID) {
		new.euid = euid;
		if (old->uid != euid && old->euid != euid && old->suid != euid && !may)
			return -EPERM;
	}
	if (ruid != NO_ID || (euid != NO_ID && euid != old->uid))
		new.suid = new.euid;
	new.fsuid = new.euid;
	return commit_uids(&new);
}

static bool is_own_uid(uid_t uid)
{
	const struct cred *cred = &current->cred;

	return uid == NO_ID || uid == cred->uid || uid == cred->euid || uid == cred->suid;
}

/* Such a call changes nothing, so it does not reset the file system id either. */
static bool setresuid_is_noop(uid_t ruid, uid_t euid, uid_t suid)
{
	const struct cred *old = &current->cred;

	return (ruid == NO_ID || ruid == old->uid) &&
	       (euid == NO_ID || (euid == old->euid && euid == old->fsuid)) &&
	       (suid == NO_ID || suid == old->suid);
}

int do_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	struct cred new = current->cred;

	if (setresuid_is_noop(ruid, euid, suid))
		return 0;
	if (!has_cap(CAP_SETUID) && (!is_own_uid(ruid) || !is_own_uid(euid) || !is_own_uid(suid)))
		return -EPERM;
	if (ruid != NO_ID)
		new.uid = ruid;
	if (euid != NO_ID)
		new.euid = euid;
	if (suid != NO_ID)
		new.suid = suid;
	new.fsuid = new.euid;
	return commit_uids(&new);
}

uid_t do_setfsuid(uid_t uid)
{
	const struct cred *old = &current->cred;
	struct cred new = *old;
	uid_t old_fsuid = old->fsuid;

	if (uid == NO_ID || uid == old_fsuid || (!is_own_uid(uid) && !has_cap(CAP_SETUID)))
		return old_fsuid;
	new.fsuid = uid;
	if (!issecure(old, SECURE_NO_SETUID_FIXUP)) {
		if (old_fsuid == 0)
			new.cap_effective &= ~CAP_FS_SET;
		if (uid == 0)
			new.cap_effective |= new.cap_permitted &CAP_FS_SET;
	}
	commit_creds(&new);
	return old_fsuid;
}

/* ---- group ids ---- */

int do_setgid(gid_t gid)
{
	struct cred new = current->cred;

	if (gid == NO_ID)
		return -EINVAL;
	if (has_cap(CAP_SETGID))
		new.gid = new.sgid = gid;
	else if (gid != new.gid && gid != new.sgid)
		return -EPERM;
	new.egid = new.fsgid = gid;
	return commit_creds(&new);
}

int do_setregid(gid_t rgid, gid_t egid)
{
	const struct cred *old = &current->cred;
	struct cred new = *old;
	bool may = has_cap(CAP_SETGID);

	if (rgid != NO_ID) {
		if (old->gid != rgid && old->egid != rgid && !may)
			return -EPERM;
		new.gid = rgid;
	}
	if (egid != NO_ID) {
		if (old->gid != egid && old->egid != egid && old->sgid != egid && !may)
			return -EPERM;
		new.egid = egid;
	}
	if (rgid != NO_ID || (egid != NO_ID && egid != old->gid))
		new.sgid = new.egid;
	new.fsgid = new.egid;
	return commit_creds(&new);
}

static bool is_own_gid(gid_t gid)
{
	const struct cred *cred = &current->cred;

	return gid == NO_ID || gid == cred->gid || gid == cred->egid || gid == cred->sgid;
}

/* Such a call changes nothing, so it does not reset the file system id either. */
static bool setresgid_is_noop(gid_t rgid, gid_t egid, gid_t sgid)
{
	const struct cred *old = &current->cred;

	return (rgid == NO_ID || rgid == old->gid) &&
	       (egid == NO_ID || (egid == old->egid && egid == old->fsgid)) &&
	       (sgid == NO_ID || sgid == old->sgid);
}

int do_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	struct cred new = current->cred;

	if (setresgid_is_noop(rgid, egid, sgid))
		return 0;
	if (!has_cap(CAP_SETGID) && (!is_own_gid(rgid) || !is_own_gid(egid) || !is_own_gid(sgid)))
		return -EPERM;
	if (rgid != NO_ID)
		new.gid = rgid;
	if (egid != NO_ID)
		new.egid = egid;
	if (sgid != NO_ID)
		new.sgid = sgid;
	new.fsgid = new.egid;
	return commit_creds(&new);
}

gid_t do_setfsgid(gid_t gid)
{
	struct cred new = current->cred;
	gid_t old = new.fsgid;

	if (gid == NO_ID || gid == old || (!is_own_gid(gid) && !has_cap(CAP_SETGID)))
		return old;
	new.fsgid = gid;
	commit_creds(&new);
	return old;
}

/* ---- capabilities ---- */

int do_capset(u64 effective, u64 inheritable, u64 permitted)
{
	const struct cred *old = &current->cred;
	struct cred new = *old;

	if (!has_cap(CAP_SETPCAP) && (inheritable & ~(old->cap_inheritable | old->cap_permitted)))
		return -EPERM;
	if (inheritable & ~(old->cap_inheritable | old->cap_bset))
		return -EPERM;
	if ((permitted & ~old->cap_permitted) || (effective & ~permitted))
		return -EPERM;
	new.cap_effective = effective;
	new.cap_inheritable = inheritable;
	new.cap_permitted = permitted;
	new.cap_ambient &= permitted &inheritable;
	return commit_creds(&new);
}

static long set_securebits(unsigned long bits)
{
	const struct cred *old = &current->cred;
	struct cred new = *old;
	unsigned long locked = (old->securebits & SECURE_ALL_LOCKS) >> 1;

	if ((locked & (old->securebits ^ bits)) || (old->securebits & SECURE_ALL_LOCKS & ~bits) ||
	    (bits & ~(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) || !has_cap(CAP_SETPCAP))
		return -EPERM;
	new.securebits = bits;
	return commit_creds(&new);
}

static long set_keepcaps(unsigned long on)
{
	struct cred *cred = &current->cred;

	if (on > 1)
		return -EINVAL;
	if (issecure(cred, SECURE_KEEP_CAPS_LOCKED))
		return -EPERM;
	if (on)
		cred->securebits |= issecure_mask(SECURE_KEEP_CAPS);
	else
		cred->securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
	return 0;
}

static long drop_bounding(unsigned long cap)
{
	if (!has_cap(CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	current->cred.cap_bset &= ~(1ULL << cap);
	return 0;
}

static long ambient(unsigned long what, unsigned long cap)
{
	struct cred *cred = &current->cred;

	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap)
			return -EINVAL;
		cred->cap_ambient = 0;
		return 0;
	}
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	switch (what) {
	case PR_CAP_AMBIENT_IS_SET:
		return cred->cap_ambient >> cap & 1;
	case PR_CAP_AMBIENT_RAISE:
		if (!((cred->cap_permitted & cred->cap_inheritable) >> cap & 1) ||
		    issecure(cred, SECURE_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
		cred->cap_ambient |= 1ULL << cap;
		return 0;
	case PR_CAP_AMBIENT_LOWER:
		cred->cap_ambient &= ~(1ULL << cap);
		return 0;
	default:
		return -EINVAL;
	}
}

long prctl_capabilities(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
			unsigned long arg5)
{
	switch (option) {
	case PR_CAPBSET_READ:
		return arg2 <= CAP_LAST_CAP ? (long)(current->cred.cap_bset >> arg2 & 1) : -EINVAL;
	case PR_CAPBSET_DROP:
		return drop_bounding(arg2);
	case PR_SET_SECUREBITS:
		return set_securebits(arg2);
	case PR_GET_SECUREBITS:
		return current->cred.securebits;
	case PR_GET_KEEPCAPS:
		return issecure(&current->cred, SECURE_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(arg2);
	case PR_CAP_AMBIENT:
		return arg4 || arg5 || (arg2 == PR_CAP_AMBIENT_CLEAR_ALL && arg3)
			       ? -EINVAL
			       : ambient(arg2, arg3);
	default:
		return -EINVAL;
	}
}
