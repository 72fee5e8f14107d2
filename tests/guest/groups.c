/* Supplementary groups: up to 65536, sorted, inherited, and what they allow. */
#include "tmpdir.h"
#include <grp.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MOST 65536

static gid_t gids[MOST + 1];

static void need_root(void)
{
	if (getuid())
		SKIP("not root");
}

TEST(as_many_as_linux_has)
{
	need_root();
	for (int i = 0; i <= MOST; i++)
		gids[i] = 100000 - i;
	CHECK_ERRNO(syscall(SYS_setgroups32, MOST + 1, gids), EINVAL);
	CHECK_ERRNO(syscall(SYS_setgroups32, -1, gids), EINVAL);
	CHECK_EQ(syscall(SYS_setgroups32, MOST, gids), 0);
	CHECK_EQ(syscall(SYS_getgroups32, 0, NULL), MOST);
	CHECK_ERRNO(syscall(SYS_getgroups32, MOST - 1, gids), EINVAL);
	memset(gids, 0, sizeof(gids));
	CHECK_EQ(syscall(SYS_getgroups32, MOST, gids), MOST);
	for (int i = 0; i < MOST; i++)
		if (gids[i] != 100000U - MOST + 1 + i)
			CHECK_FAIL("group %d is %u", i, gids[i]);
	CHECK_ERRNO(syscall(SYS_getgroups32, MOST, 1), EFAULT);
	CHECK_STR(get_file("/proc/sys/kernel/ngroups_max"), "65536\n");
}

TEST(they_are_sorted_and_kept_twice)
{
	static const gid_t wanted[] = {0, 5, 5, 70000, 4294967294U};
	gid_t list[] = {70000, 5, 4294967294U, 0, 5};

	need_root();
	CHECK_EQ(syscall(SYS_setgroups32, 5, list), 0);
	memset(list, 0, sizeof(list));
	CHECK_EQ(syscall(SYS_getgroups32, 5, list), 5);
	CHECK(memcmp(list, wanted, sizeof(list)) == 0);
}

TEST(a_bad_list_changes_nothing)
{
	gid_t one = 7, bad[] = {1, -1, 2}, list[3];
	unsigned short bad16[] = {1, 0xffff};

	need_root();
	CHECK_EQ(syscall(SYS_setgroups32, 1, &one), 0);
	CHECK_ERRNO(syscall(SYS_setgroups32, 3, bad), EINVAL);
	CHECK_ERRNO(syscall(SYS_setgroups32, 3, bad_address), EFAULT);
	CHECK_ERRNO(syscall(SYS_setgroups, 2, bad16), EINVAL);
	CHECK_EQ(syscall(SYS_getgroups32, 3, list), 1);
	CHECK_EQ(list[0], 7);
}

TEST(the_old_call_shows_what_does_not_fit)
{
	gid_t large[] = {70000, 3};
	unsigned short list[2];

	need_root();
	CHECK_EQ(syscall(SYS_setgroups32, 2, large), 0);
	CHECK_EQ(syscall(SYS_getgroups, 2, list), 2);
	CHECK_EQ(list[0], 3);
	CHECK_EQ(list[1], 65534);
	list[0] = 9;
	list[1] = 8;
	CHECK_EQ(syscall(SYS_setgroups, 2, list), 0);
	CHECK_EQ(syscall(SYS_getgroups32, 2, large), 2);
	CHECK_EQ(large[0], 8);
	CHECK_EQ(large[1], 9);
}

TEST(the_last_of_many_opens_a_file)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	put_file("file", "of a group");
	CHECK(chmod(".", 0755) == 0 && chmod("file", 0640) == 0 && chown("file", 0, 1999) == 0);
	for (int i = 0; i < 1000; i++)
		gids[i] = 1000 + i;
	CHECK_EQ(syscall(SYS_setgroups32, 1000, gids), 0);
	pid = fork(); /* which inherits them */
	if (pid == 0) {
		CHECK(setresgid(1, 1, 1) == 0 && setresuid(1000, 1000, 1000) == 0);
		CHECK_STR(get_file("file"), "of a group");
		CHECK_ERRNO(syscall(SYS_setgroups32, 0, NULL), EPERM);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(syscall(SYS_setgroups32, 999, gids), 0);
	CHECK(setresgid(1, 1, 1) == 0 && setresuid(1000, 1000, 0) == 0);
	CHECK_ERRNO(open("file", O_RDONLY), EACCES);
	CHECK(setresuid(0, 0, 0) == 0);
	tmpdir_leave();
}

TEST(status_lists_them_all)
{
	char line[8192], *p;
	FILE *f;
	int n = 0;

	need_root();
	for (int i = 0; i < 1000; i++)
		gids[i] = 1999 - i;
	CHECK_EQ(syscall(SYS_setgroups32, 1000, gids), 0);
	f = fopen("/proc/self/status", "r");
	while (fgets(line, sizeof(line), f) && strncmp(line, "Groups:\t", 8))
		;
	for (p = line + 8; *p != '\n'; n++) {
		CHECK_EQ(strtol(p, &p, 10), 1000 + n);
		CHECK_EQ(*p++, ' ');
	}
	CHECK_EQ(n, 1000);
	fclose(f);
}
