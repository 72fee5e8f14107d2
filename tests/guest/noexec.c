/*
 * A file system mounted noexec: nothing there is executed, mapped executable, or made so later.
 */
#include "maps.h"
#include "tmpdir.h"
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>

#define PAGE 4096UL

static int fd; /* a file of four pages there, open for reading and writing */

static void enter_noexec(void)
{
	tmpdir_enter();
	if (mount("t", tmpdir_path, "tmpfs", MS_NOEXEC, NULL))
		SKIP("not root");
	CHECK_EQ(chdir(tmpdir_path), 0);
	fd = open("f", O_RDWR | O_CREAT, 0755);
	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, 4 * PAGE), 0);
}

static void leave_noexec(void)
{
	close(fd);
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(umount2(tmpdir_path, MNT_DETACH), 0);
	CHECK_EQ(rmdir(tmpdir_path), 0);
}

static void *map(int prot, int flags)
{
	return mmap(NULL, PAGE, prot, flags, fd, 0);
}

TEST(executable_mappings_are_refused)
{
	int prot;

	enter_noexec();
	for (prot = 0; prot < 8; prot++) {
		void *p = map(prot, MAP_PRIVATE), *q = map(prot, MAP_SHARED);

		if (prot & PROT_EXEC)
			CHECK(p == MAP_FAILED && q == MAP_FAILED && errno == EPERM);
		else
			CHECK(p != MAP_FAILED && q != MAP_FAILED);
	}
	leave_noexec();
}

TEST(a_mapping_cannot_be_made_executable)
{
	char *p;

	enter_noexec();
	p = map(PROT_READ, MAP_PRIVATE);
	CHECK_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
	CHECK_ERRNO(mprotect(p, PAGE, PROT_EXEC), EACCES);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_WRITE), 0);
	p[0] = 1; /* also not when the page is a copy */
	CHECK_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_EXEC), EACCES);
	leave_noexec();
}

TEST(which_error_comes_first)
{
	int writes;

	enter_noexec();
	writes = open("f", O_WRONLY);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE, writes, 0), EACCES);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0), EPERM);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE, open("/proc/meminfo", O_RDONLY), 0),
		    EPERM);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, open("/proc/meminfo", O_RDONLY), 0),
		    EIO);
	close(writes);
	leave_noexec();
}

TEST(reading_implies_no_execution_there)
{
	struct map_line m;
	char *p;

	enter_noexec();
	CHECK(personality(READ_IMPLIES_EXEC) != -1);
	p = map(PROT_READ, MAP_PRIVATE);
	CHECK(p != MAP_FAILED);
	CHECK(map_at(p, &m));
	CHECK_STR(m.perms, "r--p");
	CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_WRITE), 0);
	CHECK(map_at(p, &m));
	CHECK_STR(m.perms, "rw-p");
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(map_at(p, &m));
	CHECK_STR(m.perms, "r-xp");
	leave_noexec();
}

TEST(what_was_mapped_before_keeps_its_rights)
{
	char *p, *q;

	enter_noexec();
	CHECK_EQ(mount("t", tmpdir_path, NULL, MS_REMOUNT, NULL), 0);
	p = map(PROT_READ, MAP_PRIVATE);
	q = map(PROT_READ | PROT_EXEC, MAP_PRIVATE);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	CHECK_EQ(mount("t", tmpdir_path, NULL, MS_REMOUNT | MS_NOEXEC, NULL), 0);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_EXEC), 0);
	CHECK_EQ(mprotect(q, PAGE, PROT_READ), 0);
	CHECK_EQ(mprotect(q, PAGE, PROT_READ | PROT_EXEC), 0);
	CHECK_ERRNO(map(PROT_EXEC, MAP_PRIVATE), EPERM);
	leave_noexec();
}

TEST(programs_and_scripts_are_not_executed)
{
	char *const args[] = {(char *)"x", NULL};
	char path[64];

	enter_noexec();
	put_file("script", "#!/bin/sh\nexit 7\n");
	CHECK_EQ(chmod("script", 0755), 0);
	CHECK_ERRNO(execv("f", args), EACCES);
	CHECK_ERRNO(execv("script", args), EACCES);
	CHECK_ERRNO(access("script", X_OK), EACCES);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_ERRNO(execv(path, args), EACCES);
	CHECK_ERRNO(execv("/proc/self/maps", args), EACCES);
	leave_noexec();
}
