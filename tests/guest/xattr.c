/*
 * Extended attributes: those that tmpfs keeps, what ls and cp get told where there are none, and
 * the order of the checks.
 */
#include "tmpdir.h"
#include <linux/capability.h>
#include <linux/limits.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <time.h>

TEST(tmpfs_has_no_user_attributes)
{
	char value[8];
	int fd;

	tmpdir_enter();
	put_file("f", "x");
	CHECK(symlink("f", "l") == 0);
	fd = open("f", O_RDONLY);
	CHECK_ERRNO(getxattr("f", "user.a", value, sizeof(value)), EOPNOTSUPP);
	CHECK_ERRNO(fgetxattr(fd, "user.a", NULL, 0), EOPNOTSUPP);
	CHECK_ERRNO(setxattr("f", "user.a", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(fsetxattr(fd, "user.a", "1", 1, XATTR_CREATE), EOPNOTSUPP);
	CHECK_ERRNO(removexattr("f", "user.a"), EOPNOTSUPP);
	CHECK_ERRNO(fremovexattr(fd, "user.a"), EOPNOTSUPP);
	CHECK_EQ(listxattr("f", NULL, 0), 0);
	CHECK_EQ(llistxattr("l", value, sizeof(value)), 0);
	CHECK_EQ(flistxattr(fd, bad_address, 8), 0);
	close(fd);
	tmpdir_leave();
}

/* A user's attribute belongs to files and folders only. */
TEST(user_attribute_of_a_link)
{
	tmpdir_enter();
	CHECK(symlink("nowhere", "l") == 0);
	CHECK_ERRNO(lgetxattr("l", "user.a", NULL, 0), ENODATA);
	CHECK_ERRNO(lsetxattr("l", "user.a", "1", 1, 0), EPERM);
	CHECK_ERRNO(lremovexattr("l", "user.a"), EPERM);
	CHECK_ERRNO(getxattr("l", "user.a", NULL, 0), ENOENT);
	tmpdir_leave();
}

TEST(proc_has_no_attributes)
{
	const char *file = "/proc/self/status";

	CHECK_ERRNO(getxattr(file, "system.posix_acl_access", NULL, 0), EOPNOTSUPP);
	CHECK_ERRNO(getxattr(file, "security.selinux", NULL, 0), EOPNOTSUPP);
	CHECK_ERRNO(getxattr(file, "odd", NULL, 0), EOPNOTSUPP);
	CHECK_EQ(listxattr(file, NULL, 0), 0);
}

TEST(order_of_checks)
{
	static char name[XATTR_NAME_MAX + 8], value[XATTR_SIZE_MAX + 1];
	int fd;

	tmpdir_enter();
	put_file("f", "x");
	memset(name, 'n', sizeof(name) - 1);
	CHECK_ERRNO(getxattr("none", "", NULL, 0), ENOENT);
	CHECK_ERRNO(getxattr("f", "", NULL, 0), ERANGE);
	CHECK_ERRNO(getxattr("f", name, NULL, 0), ERANGE);
	CHECK_ERRNO(getxattr("f", bad_address, NULL, 0), EFAULT);
	CHECK_ERRNO(setxattr("f", bad_address, "1", 1, 4), EINVAL);
	CHECK_ERRNO(setxattr("f", "", "1", sizeof(value), 0), ERANGE);
	CHECK_ERRNO(setxattr("f", "user.a", value, sizeof(value), 0), E2BIG);
	CHECK_ERRNO(setxattr("f", "user.a", bad_address, 1, 0), EFAULT);
	CHECK_ERRNO(removexattr("f", ""), ERANGE);
	CHECK_ERRNO(flistxattr(-1, NULL, 0), EBADF);
	fd = open("f", O_PATH);
	CHECK_ERRNO(fgetxattr(fd, "user.a", NULL, 0), EBADF);
	close(fd);
	tmpdir_leave();
}

static void check_list(const char *file, const char *want, size_t len)
{
	char names[512];

	CHECK_EQ(llistxattr(file, NULL, 0), (long)len);
	CHECK_EQ(llistxattr(file, names, sizeof(names)), (long)len);
	CHECK(!memcmp(names, want, len));
}
#define CHECK_LIST(file, text) check_list(file, text, sizeof(text))

TEST(trusted_attributes)
{
	char value[8] = "";

	tmpdir_enter();
	put_file("f", "x");
	CHECK(setxattr("f", "trusted.a", "12345", 5, 0) == 0);
	CHECK_EQ(getxattr("f", "trusted.a", NULL, 0), 5);
	CHECK_ERRNO(getxattr("f", "trusted.a", value, 4), ERANGE);
	CHECK_EQ(getxattr("f", "trusted.a", value, 5), 5);
	CHECK(!memcmp(value, "12345", 6));
	CHECK_ERRNO(getxattr("f", "trusted.a", bad_address, 8), EFAULT);
	CHECK_ERRNO(getxattr("f", "trusted.b", value, 8), ENODATA);
	CHECK(setxattr("f", "trusted.b", "", 0, 0) == 0);
	CHECK_EQ(getxattr("f", "trusted.b", value, 8), 0);
	CHECK_LIST("f", "trusted.b\0trusted.a");
	CHECK(setxattr("f", "trusted.a", "1", 1, 0) == 0); /* it keeps its place */
	CHECK_LIST("f", "trusted.b\0trusted.a");
	CHECK(removexattr("f", "trusted.b") == 0);
	CHECK_ERRNO(removexattr("f", "trusted.b"), ENODATA);
	CHECK_LIST("f", "trusted.a");
	CHECK_ERRNO(listxattr("f", value, 8), ERANGE);
	CHECK_ERRNO(listxattr("f", bad_address, 100), EFAULT);
	tmpdir_leave();
}

TEST(create_and_replace)
{
	tmpdir_enter();
	put_file("f", "x");
	CHECK_ERRNO(setxattr("f", "trusted.a", "1", 1, XATTR_REPLACE), ENODATA);
	CHECK_ERRNO(setxattr("f", "trusted.a", "1", 1, XATTR_REPLACE | XATTR_CREATE), ENODATA);
	CHECK(setxattr("f", "trusted.a", "1", 1, XATTR_CREATE) == 0);
	CHECK_ERRNO(setxattr("f", "trusted.a", "1", 1, XATTR_CREATE), EEXIST);
	CHECK_ERRNO(setxattr("f", "trusted.a", "1", 1, XATTR_REPLACE | XATTR_CREATE), EEXIST);
	CHECK(setxattr("f", "trusted.a", "22", 2, XATTR_REPLACE) == 0);
	CHECK_EQ(getxattr("f", "trusted.a", NULL, 0), 2);
	tmpdir_leave();
}

TEST(names_without_a_rest)
{
	char value[8];

	tmpdir_enter();
	put_file("f", "x");
	CHECK_ERRNO(setxattr("f", "trusted.", "1", 1, 0), EINVAL);
	CHECK_ERRNO(getxattr("f", "trusted.", value, 8), EINVAL);
	CHECK_ERRNO(removexattr("f", "security."), EINVAL);
	CHECK_ERRNO(setxattr("f", "user.", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(setxattr("f", "system.x", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(setxattr("f", "odd", "1", 1, 0), EOPNOTSUPP);
	tmpdir_leave();
}

TEST(every_kind_of_file_has_attributes)
{
	int fd = memfd_create("m", 0), ends[2];
	char names[64];

	tmpdir_enter();
	CHECK(mkdir("d", 0755) == 0 && symlink("nowhere", "l") == 0 && mkfifo("p", 0644) == 0);
	CHECK(lsetxattr("d", "trusted.a", "1", 1, 0) == 0);
	CHECK(lsetxattr("l", "trusted.a", "1", 1, 0) == 0);
	CHECK(lsetxattr("p", "security.a", "1", 1, 0) == 0);
	CHECK_LIST("d", "trusted.a");
	CHECK_LIST("l", "trusted.a");
	CHECK_LIST("p", "security.a");
	CHECK(fsetxattr(fd, "trusted.a", "1", 1, 0) == 0);
	CHECK_EQ(flistxattr(fd, names, sizeof(names)), 10);
	CHECK(pipe(ends) == 0);
	CHECK_ERRNO(fsetxattr(ends[0], "trusted.a", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(fgetxattr(ends[0], "security.a", names, 1), EOPNOTSUPP);
	CHECK_EQ(flistxattr(ends[0], names, sizeof(names)), 0);
	tmpdir_leave();
}

TEST(attributes_of_limit_size)
{
	static char value[XATTR_SIZE_MAX + 8];
	char name[XATTR_NAME_MAX + 1];

	tmpdir_enter();
	put_file("f", "x");
	memset(value, 'v', sizeof(value));
	CHECK(setxattr("f", "trusted.big", value, XATTR_SIZE_MAX, 0) == 0);
	memset(value, 0, sizeof(value));
	CHECK_ERRNO(getxattr("f", "trusted.big", value, XATTR_SIZE_MAX - 1), ERANGE);
	CHECK_EQ(getxattr("f", "trusted.big", value, sizeof(value)), XATTR_SIZE_MAX);
	CHECK(value[XATTR_SIZE_MAX - 1] == 'v' && !value[XATTR_SIZE_MAX]);
	memset(name, 'n', sizeof(name) - 1);
	memcpy(name, "trusted.", 8);
	name[XATTR_NAME_MAX] = 0;
	CHECK(setxattr("f", name, "1", 1, 0) == 0);
	CHECK_EQ(getxattr("f", name, value, 1), 1);
	tmpdir_leave();
}

/* More names than a list can hold. */
TEST(a_list_that_is_too_long)
{
	static char names[XATTR_LIST_MAX + 8];
	char name[XATTR_NAME_MAX + 1];
	int i;

	tmpdir_enter();
	put_file("f", "x");
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "trusted.%0240d", i);
		CHECK(setxattr("f", name, "", 0, 0) == 0);
	}
	CHECK_EQ(listxattr("f", NULL, 0), 300 * 249);
	CHECK_ERRNO(listxattr("f", names, 1000), ERANGE);
	CHECK_ERRNO(listxattr("f", names, XATTR_LIST_MAX), E2BIG);
	CHECK_ERRNO(listxattr("f", names, sizeof(names)), E2BIG);
	tmpdir_leave();
}

TEST(attributes_change_ctime_alone)
{
	struct timespec pause = {0, 30000000};
	struct stat before, after;

	tmpdir_enter();
	put_file("f", "x");
	CHECK(stat("f", &before) == 0);
	nanosleep(&pause, NULL);
	CHECK(setxattr("f", "trusted.a", "1", 1, 0) == 0);
	CHECK(stat("f", &after) == 0);
	CHECK(after.st_ctim.tv_nsec != before.st_ctim.tv_nsec);
	CHECK_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	tmpdir_leave();
}

/* Others do not even see that there are trusted ones, but all see those of security modules. */
TEST(attributes_of_the_administrator)
{
	char value[8];

	tmpdir_enter();
	put_file("f", "x");
	CHECK(chmod("f", 0666) == 0);
	CHECK(setxattr("f", "trusted.a", "1", 1, 0) == 0);
	CHECK(setxattr("f", "security.a", "1", 1, 0) == 0);
	tmpdir_as_other();
	CHECK_LIST("f", "security.a");
	CHECK_ERRNO(getxattr("f", "trusted.a", value, 8), ENODATA);
	CHECK_ERRNO(setxattr("f", "trusted.a", "1", 1, 0), EPERM);
	CHECK_ERRNO(setxattr("f", "trusted.", "1", 1, 0), EPERM);
	CHECK_ERRNO(removexattr("f", "trusted.a"), EPERM);
	CHECK_EQ(getxattr("f", "security.a", value, 8), 1);
	tmpdir_as_root();
	CHECK_LIST("f", "security.a\0trusted.a");
	tmpdir_leave();
}

#define CAPS "security.capability"

static void set_caps(const char *file, unsigned int revision, size_t size, unsigned int rootid)
{
	unsigned int caps[6] = {revision, 1, 0, 0, 0, rootid};

	CHECK(setxattr(file, CAPS, caps, size, 0) == 0);
}

TEST(capabilities_of_a_program)
{
	unsigned int caps[6] = {VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE, 1};

	tmpdir_enter();
	put_file("f", "x");
	CHECK_ERRNO(setxattr("f", CAPS, "1", 1, 0), EINVAL);
	CHECK_ERRNO(setxattr("f", CAPS, caps, 24, 0), EINVAL);
	caps[0] |= 2;
	CHECK_ERRNO(setxattr("f", CAPS, caps, 20, 0), EINVAL);
	set_caps("f", VFS_CAP_REVISION_2, 20, 0);
	CHECK_EQ(getxattr("f", CAPS, NULL, 0), 20);
	CHECK_ERRNO(getxattr("f", CAPS, caps, 10), ERANGE);
	CHECK_EQ(getxattr("f", CAPS, caps, sizeof(caps)), 20);
	CHECK_EQ(caps[0], VFS_CAP_REVISION_2);
	set_caps("f", VFS_CAP_REVISION_3, 24, 0); /* of the root there is: shown as the other */
	CHECK_EQ(getxattr("f", CAPS, caps, sizeof(caps)), 20);
	CHECK_EQ(caps[0], VFS_CAP_REVISION_2);
	set_caps("f", VFS_CAP_REVISION_3, 24, 1000);
	CHECK_EQ(getxattr("f", CAPS, caps, sizeof(caps)), 24);
	CHECK(caps[0] == VFS_CAP_REVISION_3 && caps[5] == 1000);
	tmpdir_leave();
}

TEST(capabilities_go_when_the_program_changes)
{
	int fd;

	tmpdir_enter();
	put_file("f", "x");
	set_caps("f", VFS_CAP_REVISION_2, 20, 0);
	fd = open("f", O_WRONLY);
	CHECK(write(fd, "y", 1) == 1);
	CHECK_EQ(listxattr("f", NULL, 0), 0);
	set_caps("f", VFS_CAP_REVISION_2, 20, 0);
	CHECK(write(fd, "y", 1) == 1);
	CHECK_EQ(listxattr("f", NULL, 0), 0);
	set_caps("f", VFS_CAP_REVISION_2, 20, 0);
	CHECK(ftruncate(fd, 0) == 0);
	CHECK_EQ(listxattr("f", NULL, 0), 0);
	set_caps("f", VFS_CAP_REVISION_2, 20, 0);
	CHECK(chown("f", 5, 5) == 0);
	CHECK_EQ(listxattr("f", NULL, 0), 0);
	close(fd);
	tmpdir_leave();
}
