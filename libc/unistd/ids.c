/* User and group identities, by the calls with 32-bit ids. */
#include <unistd.h>
#include "libc/internal/syscall.h"

uid_t getuid(void)
{
	return raw0(SYS_getuid32);
}

uid_t geteuid(void)
{
	return raw0(SYS_geteuid32);
}

gid_t getgid(void)
{
	return raw0(SYS_getgid32);
}

gid_t getegid(void)
{
	return raw0(SYS_getegid32);
}

int setuid(uid_t uid)
{
	return sys1(SYS_setuid32, uid);
}

int setgid(gid_t gid)
{
	return sys1(SYS_setgid32, gid);
}

int setreuid(uid_t ruid, uid_t euid)
{
	return sys2(SYS_setreuid32, ruid, euid);
}

int setregid(gid_t rgid, gid_t egid)
{
	return sys2(SYS_setregid32, rgid, egid);
}

int setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	return sys3(SYS_setresuid32, ruid, euid, suid);
}

int setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	return sys3(SYS_setresgid32, rgid, egid, sgid);
}

int getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)
{
	return sys3(SYS_getresuid32, ruid, euid, suid);
}

int getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)
{
	return sys3(SYS_getresgid32, rgid, egid, sgid);
}

int seteuid(uid_t uid)
{
	return setresuid(-1, uid, -1);
}

int setegid(gid_t gid)
{
	return setresgid(-1, gid, -1);
}

int getgroups(int n, gid_t *list)
{
	return sys2(SYS_getgroups32, n, list);
}

int setgroups(size_t n, const gid_t *list)
{
	return sys2(SYS_setgroups32, n, list);
}
