/*
 * The credentials of a new program: the effect of set-uid and set-gid bits, and the capabilities
 * that follow from the ids, by the rules of execve(2) and capabilities(7). See exec.h.
 */
#include "kernel/exec/exec.h"
#include "kernel/fs/fs.h"
#include "kernel/cred/cred.h"
#include <linux/fs.h>
#include <linux/personality.h>
#include <linux/securebits.h>
#include <linux/stat.h>

/* The personality bits that make addresses predictable or memory easier to exploit. Linux's value.
 */
#define PER_CLEAR_ON_SETID \
	(READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO)

void would_dump(struct linux_binprm *bprm, const struct file *file)
{
	if (inode_permission(file->f_inode, MAY_READ))
		bprm->enforce_nondump = true;
}

/* True if another process shares working directory and umask: it could change them while the new
   program relies on them. The other threads of this process are gone. */
static bool shares_fs(void)
{
	return current->fs->count > 1;
}

/* The ids that the file's bits give. */
static void bprm_fill_uid(struct linux_binprm *bprm)
{
	const struct inode *inode = bprm->file->f_inode;

	if (bprm->file->f_path.mnt->mnt_flags & MS_NOSUID || current->no_new_privs)
		return;
	if (inode->i_mode & S_ISUID) {
		bprm->per_clear |= PER_CLEAR_ON_SETID;
		bprm->cred.euid = inode->i_uid;
	}
	if ((inode->i_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP)) {
		bprm->per_clear |= PER_CLEAR_ON_SETID;
		bprm->cred.egid = inode->i_gid;
	}
}

/* Files have no capabilities of their own here; root's programs get all that the bounding set
   allows. Returns whether they become effective. */
static bool handle_privileged_root(struct cred *new, const struct cred *old)
{
	new->cap_permitted = 0;
	if (new->securebits & issecure_mask(SECURE_NOROOT))
		return false;
	if (new->euid == 0 || new->uid == 0)
		new->cap_permitted = old->cap_bset | old->cap_inheritable;
	return new->euid == 0;
}

void bprm_creds_from_file(struct linux_binprm *bprm)
{
	const struct cred *old = &current->cred;
	struct cred *new = &bprm->cred;
	bool effective, is_setid, gained;

	*new = *old;
	bprm->per_clear = 0;
	bprm_fill_uid(bprm);
	effective = handle_privileged_root(new, old);
	gained = new->cap_permitted & ~old->cap_permitted;
	if (gained)
		bprm->per_clear |= PER_CLEAR_ON_SETID;
	is_setid = new->euid != old->uid || new->egid != old->gid;
	if ((is_setid || gained) && (current->no_new_privs || shares_fs())) {
		/* no more than the old program had */
		if (!has_cap(CAP_SETUID) || current->no_new_privs) {
			new->euid = new->uid;
			new->egid = new->gid;
		}
		new->cap_permitted &= old->cap_permitted;
	}
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (is_setid)
		new->cap_ambient = 0;
	new->cap_permitted |= new->cap_ambient;
	new->cap_effective = effective ? new->cap_permitted : new->cap_ambient;
	new->securebits &= ~issecure_mask(SECURE_KEEP_CAPS);
	bprm->secureexec = is_setid || (new->uid != 0 &&
					(effective || (new->cap_permitted & ~new->cap_ambient)));
}
