/*
 * Names: making, moving and removing them, and what a folder lists.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "filediff.h"

/* Most calls take a folder's descriptor; mostly it is the current one. */
static int any_dirfd(void)
{
	return chance(90) ? AT_FDCWD : any_fd_slot();
}

static void out_dirfd(int fd)
{
	if (fd == AT_FDCWD)
		out(" .");
	else
		out(" %d", fd);
}

static void link_nameless(void)
{
	int fd = any_fd_slot(), call = rnd(4);
	const char *path = any_path();
	char self[40];

	if (call == 0) {
		out("linkat %d EMPTY", fd);
		out_path(path);
		result(sys(SYS_linkat, fd, "", AT_FDCWD, path, AT_EMPTY_PATH));
		return;
	}
	snprintf(self, sizeof(self), "self/fd/%d", fd);
	out("linkat fd %d%s", fd, call == 1 ? " itself" : "");
	out_path(path);
	result(sys(SYS_linkat, FD_PROC, self, AT_FDCWD, path, call == 1 ? 0 : AT_SYMLINK_FOLLOW));
}

void do_link(void)
{
	const char *from = any_path(), *to = any_path();
	static const int some[] = {0, 0, AT_SYMLINK_FOLLOW, AT_EMPTY_PATH, 1};
	int flags = PICK(some), d1 = any_dirfd(), d2 = any_dirfd();

	if (chance(30)) {
		link_nameless();
		return;
	}
	out("linkat");
	out_dirfd(d1);
	out_path(from);
	out_dirfd(d2);
	out_path(to);
	out(" flags %x", flags);
	result(sys(SYS_linkat, d1, from, d2, to, flags));
}

/* What a link says is a path, or a text of a length around those of fast links and of blocks. */
void do_symlink(void)
{
	static const int lengths[] = {1,    58,	  59,	60,   61,   127, 128,
				      1023, 1024, 1025, 4094, 4095, 4096};
	static char text[4100];
	const char *path = any_path(), *target = any_path();

	if (chance(40)) {
		static char seen[8192];

		out("readlink");
		out_path(path);
		long n = sys(SYS_readlink, path, seen, chance(90) ? sizeof(seen) : rnd(100));

		result(n);
		if (n > 0)
			out("  '%.100s'(%08x)\n", seen, hash_of((uint8_t *)seen, n, 0));
		memset(seen, 0, sizeof(seen));
		return;
	}
	if (chance(25)) {
		int len = PICK(lengths);

		memset(text, 't', len);
		text[len] = 0;
		target = text;
	}
	out("symlink");
	out_path(target);
	out_path(path);
	result(sys(SYS_symlink, target, path));
}

void do_mknod(void)
{
	static const unsigned types[] = {S_IFREG,  0,	    S_IFIFO, S_IFCHR, S_IFBLK,
					 S_IFSOCK, S_IFDIR, S_IFLNK, 0110000};
	static const unsigned devices[] = {0,	    0x103,	0x7F01,	   0xFFFF,
					   0x10000, 0x12345678, 0xFFFFFFFF};
	const char *path = any_path();
	unsigned mode = any_mode() | PICK(types), device = PICK(devices);
	int d = any_dirfd();

	/* opening one must not do anything: these devices do not exist on either side, or are null
	 */
	out("mknodat");
	out_dirfd(d);
	out_path(path);
	out(" %o dev %x", mode, device);
	result(sys(SYS_mknodat, d, path, mode, device));
}

void do_mkdir(void)
{
	const char *path = any_path();
	unsigned mode = any_mode();
	int d = any_dirfd();

	out("mkdirat");
	out_dirfd(d);
	out_path(path);
	out(" %o", mode);
	result(sys(SYS_mkdirat, d, path, mode));
}

void do_remove(void)
{
	static const int flags[] = {0, 0, 0, AT_REMOVEDIR, AT_REMOVEDIR, 1};
	const char *path = any_path();
	int flag = PICK(flags), d = any_dirfd();

	out("unlinkat");
	out_dirfd(d);
	out_path(path);
	out(" %x", flag);
	result(sys(SYS_unlinkat, d, path, flag));
}

void do_rename(void)
{
	static const unsigned some[] = {
		0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_EXCHANGE, RENAME_WHITEOUT, 3, 8};
	const char *from = any_path(), *to = any_path();
	unsigned flags = PICK(some);
	int d1 = any_dirfd(), d2 = any_dirfd();

	out("renameat2");
	out_dirfd(d1);
	out_path(from);
	out_dirfd(d2);
	out_path(to);
	out(" %x", flags);
	result(sys(SYS_renameat2, d1, from, d2, to, flags));
}

void do_chdir(void)
{
	const char *path = chance(40) ? "/" : any_path();
	int fd = any_fd_slot();
	static char cwd[8192];

	if (chance(20)) {
		out("fchdir %d", fd);
		result(sys(SYS_fchdir, fd));
	} else if (chance(90)) {
		out("chdir");
		out_path(path);
		result(sys(SYS_chdir, path));
	}
	out("getcwd");
	memset(cwd, 0, sizeof(cwd));
	if (result(sys(SYS_getcwd, cwd, sizeof(cwd))) > 0)
		out("  %.200s\n", cwd);
}

/* ---- what a folder lists, sorted ---- */

#define LISTED 400

static struct {
	char name[260];
	int type;
} listed[LISTED];

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

void do_list(void)
{
	static char buffer[2048];
	const char *path = chance(40) ? "." : any_path();
	unsigned size = chance(90) ? sizeof(buffer) : rnd(300);
	int n = 0;
	long fd, got;

	out("list");
	out_path(path);
	fd = sys(SYS_open, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
	if (failed(fd)) {
		result(fd);
		return;
	}
	while ((got = sys(SYS_getdents64, fd, buffer, size)) > 0)
		for (long at = 0; at < got;) {
			struct dirent64 *entry = (struct dirent64 *)(buffer + at);

			if (n < LISTED) {
				strcpy(listed[n].name, entry->d_name);
				listed[n++].type = entry->d_type;
			}
			at += entry->d_reclen;
		}
	/* where a call ends depends on the order */
	result(size >= 300 || got == 0 ? got : 0);
	sys(SYS_close, fd);
	if (size < 300)
		return;
	qsort(listed, n, sizeof(listed[0]), compare_names);
	for (int i = 0; i < n; i++)
		out(" %.12s(%u):%d", listed[i].name, (unsigned)strlen(listed[i].name),
		    listed[i].type);
	out("\n");
}
