/*
 * Properties of files, who asks, and what a file says of itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>
#include "filediff.h"

#ifndef SYS_utimensat_time64
#	define SYS_utimensat_time64 412
#endif
#ifndef SYS_faccessat2
#	define SYS_faccessat2 439
#endif
#define NSEC_NOW  0x3FFFFFFF
#define NSEC_OMIT 0x3FFFFFFE

void do_stat(void)
{
	static const int some[] = {0,	  0,	 AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x2000, 0x4000,
				   0x800, 0x8000};

	if (chance(40)) {
		int fd = any_fd_slot();

		out("fstat %d", fd);
		print_stat_of(fd, "", AT_EMPTY_PATH);
		return;
	}
	const char *path = any_path();
	int flags = PICK(some);

	out("statx");
	out_path(path);
	out(" %x", flags);
	print_stat_of(AT_FDCWD, path, flags);
}

void do_chmod(void)
{
	unsigned mode = any_mode();

	if (chance(30)) {
		int fd = any_fd_slot();

		out("fchmod %d %o", fd, mode);
		result(sys(SYS_fchmod, fd, mode));
		return;
	}
	const char *path = any_path();

	out("chmod");
	out_path(path);
	out(" %o", mode);
	result(sys(SYS_chmod, path, mode));
}

static int any_owner(void)
{
	static const int owners[] = {-1, 0, 1000, 1000, 1001, 2000, 70000, 65535, 65536};

	return PICK(owners);
}

void do_chown(void)
{
	int uid = any_owner(), gid = any_owner();

	if (chance(30)) {
		int fd = any_fd_slot();

		out("fchown %d %d %d", fd, uid, gid);
		result(sys(SYS_fchown32, fd, uid, gid));
		return;
	}
	const char *path = any_path();
	int flags = chance(50) ? 0 : AT_SYMLINK_NOFOLLOW;

	out("fchownat");
	out_path(path);
	out(" %d %d %x", uid, gid, flags);
	result(sys(SYS_fchownat, AT_FDCWD, path, uid, gid, flags));
}

/* Times that are not about now, so that it can be told what is. */
static int64_t any_time(void)
{
	static const int64_t times[] = {0,
					1,
					-1,
					1000,
					123456789,
					999999999,
					0x7FFFFFFF,
					0x80000000ll,
					0xFFFFFFFFll,
					0x100000000ll,
					0x37FFFFFFFll,
					0x380000000ll,
					-0x80000000ll,
					-0x80000001ll,
					INT64_MAX,
					INT64_MIN};

	return PICK(times);
}

void do_utime(void)
{
	struct {
		int64_t sec;
		int64_t nsec;
	} times[2];
	static const int some[] = {0, 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH};
	bool by_fd = chance(40), now = chance(10);
	int flags = PICK(some), fd = any_fd_slot();
	const char *path = any_path();

	for (int i = 0; i < 2; i++) {
		times[i].sec = any_time();
		times[i].nsec = chance(85)   ? rnd(1000000000)
				: chance(45) ? NSEC_NOW
				: chance(90) ? NSEC_OMIT
					     : 1000000000;
	}
	out("utimensat");
	if (by_fd)
		out(" %d", fd);
	else
		out_path(path);
	if (now)
		out(" now");
	else
		out(" %lld.%llx %lld.%llx", (long long)times[0].sec, (long long)times[0].nsec,
		    (long long)times[1].sec, (long long)times[1].nsec);
	out(" %x", flags);
	result(sys(SYS_utimensat_time64, by_fd ? fd : AT_FDCWD, by_fd ? NULL : path,
		   now ? NULL : times, by_fd ? 0 : flags));
}

void do_access(void)
{
	static const int some[] = {0, 0, AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH};
	const char *path = any_path();
	int mode = chance(95) ? rnd(8) : rnd(16), flags = PICK(some);

	out("faccessat2");
	out_path(path);
	out(" %o %x", mode, flags);
	result(sys(SYS_faccessat2, AT_FDCWD, path, mode, flags));
}

/* Root becomes a user and comes back; in some seeds there is no way back. */
void do_user(void)
{
	static const unsigned users[] = {0, 0, 1000, 1000, 1001, 2000};
	unsigned user = PICK(users), group = PICK(users), more[2] = {PICK(users), PICK(users)};
	int n = rnd(3);

	if (chance(30)) {
		unsigned mask = chance(70) ? 022 : rnd(01000);

		out("umask %o", mask);
		result(sys(SYS_umask, mask));
		return;
	}
	sys(SYS_setresuid32, -1, 0, -1);
	out("user %u group %u and %d: %u %u", user, group, n, more[0], more[1]);
	result(sys(SYS_setgroups32, n, more));
	out("setresgid");
	result(sys(SYS_setresgid32, -1, group, -1));
	out("setresuid");
	result(sys(SYS_setresuid32, -1, user, -1));
}

void do_statfs(void)
{
	struct statfs64 st = {0};
	int fd = any_fd_slot();
	const char *path = any_path();
	long ret;

	if (chance(50)) {
		out("fstatfs64 %d", fd);
		ret = result(sys(SYS_fstatfs64, fd, sizeof(st), &st));
	} else {
		out("statfs64");
		out_path(path);
		ret = result(sys(SYS_statfs64, path, sizeof(st), &st));
	}
	if (!failed(ret))
		out("  type %lx bsize %ld frsize %ld namelen %ld flags %lx\n", (long)st.f_type,
		    (long)st.f_bsize, (long)st.f_frsize, (long)st.f_namelen, (long)st.f_flags);
}
