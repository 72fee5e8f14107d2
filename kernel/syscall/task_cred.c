/*
 * System calls: user and group ids, in their 32-bit form and in the old one with 16 bits, and
 * capabilities.
 *
 * An old-style id of 0xffff means -1; an id that does not fit shows as the overflow id.
 */
#include "kernel/cred/cred.h"
#include "kernel/syscall/syscall.h"
#include <linux/capability.h>
#include <linux/limits.h>

typedef u16 old_uid_t;
typedef u16 old_gid_t;
#define OVERFLOW_ID 65534
#define OLD_NO_ID   ((u16)-1)

static uid_t from_old_id(u16 id)
{
	return id == OLD_NO_ID ? NO_ID : id;
}

static u16 to_old_id(uid_t id)
{
	return id > 0xffff ? OVERFLOW_ID : id;
}

/* ---- asking ---- */

SYSCALL_DEFINE0(getuid32)
{
	return current->cred.uid;
}
SYSCALL_DEFINE0(geteuid32)
{
	return current->cred.euid;
}
SYSCALL_DEFINE0(getgid32)
{
	return current->cred.gid;
}
SYSCALL_DEFINE0(getegid32)
{
	return current->cred.egid;
}
SYSCALL_DEFINE0(getuid)
{
	return to_old_id(current->cred.uid);
}
SYSCALL_DEFINE0(geteuid)
{
	return to_old_id(current->cred.euid);
}
SYSCALL_DEFINE0(getgid)
{
	return to_old_id(current->cred.gid);
}
SYSCALL_DEFINE0(getegid)
{
	return to_old_id(current->cred.egid);
}

SYSCALL_DEFINE3(getresuid32, uid_t __user *, ruid, uid_t __user *, euid, uid_t __user *, suid)
{
	const struct cred *cred = &current->cred;

	if (put_user(cred->uid, ruid) || put_user(cred->euid, euid))
		return -EFAULT;
	return put_user(cred->suid, suid);
}

SYSCALL_DEFINE3(getresgid32, gid_t __user *, rgid, gid_t __user *, egid, gid_t __user *, sgid)
{
	const struct cred *cred = &current->cred;

	if (put_user(cred->gid, rgid) || put_user(cred->egid, egid))
		return -EFAULT;
	return put_user(cred->sgid, sgid);
}

SYSCALL_DEFINE3(getresuid, old_uid_t __user *, ruid, old_uid_t __user *, euid, old_uid_t __user *,
		suid)
{
	const struct cred *cred = &current->cred;

	if (put_user(to_old_id(cred->uid), ruid) || put_user(to_old_id(cred->euid), euid))
		return -EFAULT;
	return put_user(to_old_id(cred->suid), suid);
}

SYSCALL_DEFINE3(getresgid, old_gid_t __user *, rgid, old_gid_t __user *, egid, old_gid_t __user *,
		sgid)
{
	const struct cred *cred = &current->cred;

	if (put_user(to_old_id(cred->gid), rgid) || put_user(to_old_id(cred->egid), egid))
		return -EFAULT;
	return put_user(to_old_id(cred->sgid), sgid);
}

/* ---- changing ---- */

SYSCALL_DEFINE1(setuid32, uid_t, uid)
{
	return do_setuid(uid);
}
SYSCALL_DEFINE1(setgid32, gid_t, gid)
{
	return do_setgid(gid);
}
SYSCALL_DEFINE2(setreuid32, uid_t, ruid, uid_t, euid)
{
	return do_setreuid(ruid, euid);
}
SYSCALL_DEFINE2(setregid32, gid_t, rgid, gid_t, egid)
{
	return do_setregid(rgid, egid);
}
SYSCALL_DEFINE3(setresuid32, uid_t, ruid, uid_t, euid, uid_t, suid)
{
	return do_setresuid(ruid, euid, suid);
}
SYSCALL_DEFINE3(setresgid32, gid_t, rgid, gid_t, egid, gid_t, sgid)
{
	return do_setresgid(rgid, egid, sgid);
}
SYSCALL_DEFINE1(setfsuid32, uid_t, uid)
{
	return do_setfsuid(uid);
}
SYSCALL_DEFINE1(setfsgid32, gid_t, gid)
{
	return do_setfsgid(gid);
}
SYSCALL_DEFINE1(setuid, old_uid_t, uid)
{
	return do_setuid(from_old_id(uid));
}
SYSCALL_DEFINE1(setgid, old_gid_t, gid)
{
	return do_setgid(from_old_id(gid));
}
SYSCALL_DEFINE2(setreuid, old_uid_t, ruid, old_uid_t, euid)
{
	return do_setreuid(from_old_id(ruid), from_old_id(euid));
}
SYSCALL_DEFINE2(setregid, old_gid_t, rgid, old_gid_t, egid)
{
	return do_setregid(from_old_id(rgid), from_old_id(egid));
}
SYSCALL_DEFINE3(setresuid, old_uid_t, ruid, old_uid_t, euid, old_uid_t, suid)
{
	return do_setresuid(from_old_id(ruid), from_old_id(euid), from_old_id(suid));
}
SYSCALL_DEFINE3(setresgid, old_gid_t, rgid, old_gid_t, egid, old_gid_t, sgid)
{
	return do_setresgid(from_old_id(rgid), from_old_id(egid), from_old_id(sgid));
}
SYSCALL_DEFINE1(setfsuid, old_uid_t, uid)
{
	return do_setfsuid(from_old_id(uid));
}
SYSCALL_DEFINE1(setfsgid, old_gid_t, gid)
{
	return do_setfsgid(from_old_id(gid));
}

/* ---- supplementary groups ---- */

/* The number of groups, if the caller's array has room for them. */
static int check_getgroups(int size)
{
	int n = current->cred.group_info->ngroups;

	return size < 0 || (size && n > size) ? -EINVAL : n;
}

SYSCALL_DEFINE2(getgroups32, int, size, gid_t __user *, list)
{
	int n = check_getgroups(size);

	if (n > 0 && size && copy_to_user(list, current->cred.group_info->gid, n * sizeof(gid_t)))
		return -EFAULT;
	return n;
}

SYSCALL_DEFINE2(getgroups, int, size, old_gid_t __user *, list)
{
	int n = check_getgroups(size);

	for (int i = 0; size && i < n; i++)
		if (put_user(to_old_id(current->cred.group_info->gid[i]), &list[i]))
			return -EFAULT;
	return n;
}

/* Take the groups of a program's list; old: of the short kind. */
static int set_groups(unsigned int n, const void __user *list, bool old)
{
	struct group_info *groups;
	int err = 0;

	if (!has_cap(CAP_SETGID))
		return -EPERM;
	if (n > NGROUPS_MAX)
		return -EINVAL;
	groups = groups_alloc(n);
	if (!groups)
		return -ENOMEM;
	if (!old && copy_from_user(groups->gid, list, n * sizeof(gid_t)))
		err = -EFAULT;
	for (unsigned int i = 0; i < n && !err; i++) {
		old_gid_t gid;

		if (old && get_user(gid, (const old_gid_t __user *)list + i))
			err = -EFAULT;
		else if (old)
			groups->gid[i] = from_old_id(gid);
		if (!err && groups->gid[i] == NO_ID)
			err = -EINVAL;
	}
	if (err)
		put_group_info(groups);
	else
		do_setgroups(groups);
	return err;
}

SYSCALL_DEFINE2(setgroups32, unsigned int, size, const gid_t __user *, list)
{
	return set_groups(size, list, false);
}

SYSCALL_DEFINE2(setgroups, unsigned int, size, const old_gid_t __user *, list)
{
	return set_groups(size, list, true);
}

/* ---- capabilities ---- */

#define CAP_WORDS	   _LINUX_CAPABILITY_U32S_3
#define CAP_LATEST_VERSION _LINUX_CAPABILITY_VERSION_3

/* How many 32-bit words each set has in the caller's version. An unknown version is answered with
   ours. */
static int cap_validate_magic(cap_user_header_t header, unsigned int *words)
{
	u32 version;

	if (get_user(version, &header->version))
		return -EFAULT;
	switch (version) {
	case _LINUX_CAPABILITY_VERSION_1:
		*words = _LINUX_CAPABILITY_U32S_1;
		return 0;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		*words = CAP_WORDS;
		return 0;
	default:
		if (put_user((u32)CAP_LATEST_VERSION, &header->version))
			return -EFAULT;
		return -EINVAL;
	}
}

SYSCALL_DEFINE2(capget, cap_user_header_t, header, cap_user_data_t, data)
{
	struct __user_cap_data_struct out[CAP_WORDS];
	const struct cred *cred;
	struct task_struct *p;
	unsigned int words;
	pid_t pid;
	int err = cap_validate_magic(header, &words);

	if (!data || err)
		return !data && err == -EINVAL ? 0 : err;
	if (get_user(pid, &header->pid))
		return -EFAULT;
	if (pid < 0)
		return -EINVAL;
	p = pid ? find_task_by_pid(pid) : current;
	if (!p)
		return -ESRCH;
	cred = &p->cred;
	for (unsigned int i = 0; i < words; i++) {
		out[i].effective = (u32)(cred->cap_effective >> (32 * i));
		out[i].permitted = (u32)(cred->cap_permitted >> (32 * i));
		out[i].inheritable = (u32)(cred->cap_inheritable >> (32 * i));
	}
	return copy_to_user(data, out, words * sizeof(out[0])) ? -EFAULT : 0;
}

SYSCALL_DEFINE2(capset, cap_user_header_t, header, const cap_user_data_t, data)
{
	struct __user_cap_data_struct in[CAP_WORDS] = {{0}};
	u64 effective, permitted, inheritable;
	unsigned int words;
	pid_t pid;
	int err = cap_validate_magic(header, &words);

	if (err)
		return err;
	if (get_user(pid, &header->pid))
		return -EFAULT;
	if (pid && pid != current->pid)
		return -EPERM;
	if (copy_from_user(in, data, words * sizeof(in[0])))
		return -EFAULT;
	effective = in[0].effective | (u64)in[1].effective << 32;
	permitted = in[0].permitted | (u64)in[1].permitted << 32;
	inheritable = in[0].inheritable | (u64)in[1].inheritable << 32;
	return do_capset(effective & CAP_FULL_SET, inheritable & CAP_FULL_SET,
			 permitted & CAP_FULL_SET);
}
