/*
 * Permission to inspect another process. See ptrace.h.
 */
#include "kernel/cred/ptrace.h"
#include "mm/mm_types.h"

static bool same_ids(uid_t uid, gid_t gid, const struct cred *t)
{
	return uid == t->euid && uid == t->suid && uid == t->uid && gid == t->egid &&
	       gid == t->sgid && gid == t->gid;
}

bool ptrace_may_access(const struct task_struct *p, unsigned int mode)
{
	const struct cred *mine = &current->cred, *cred = &p->cred;
	bool fscreds = mode & PTRACE_MODE_FSCREDS;

	if (p->signal == current->signal || has_cap(CAP_SYS_PTRACE))
		return true;
	if (!same_ids(fscreds ? mine->fsuid : mine->uid, fscreds ? mine->fsgid : mine->gid, cred))
		return false;
	if (p->mm && get_dumpable(p->mm) != SUID_DUMP_USER)
		return false;
	return !(cred->cap_permitted & ~(fscreds ? mine->cap_effective : mine->cap_permitted));
}
