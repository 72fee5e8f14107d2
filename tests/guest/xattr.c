/*
 * Extended attributes where there are none: what ls and cp get told, and the order of the checks.
 */
#include "tmpdir.h"
#include <linux/limits.h>
#include <sys/xattr.h>

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
