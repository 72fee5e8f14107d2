/*
 * Extended attributes of ext2, on the disk at /mnt, which has blocks of 4 KiB and inodes of 256
 * bytes: small ones are in the inode, others in a block.
 */
#include "tmpdir.h"
#include <linux/limits.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#define BLOCK 4096

static void check_list(const char *file, const char *want, size_t len)
{
	char names[512];

	CHECK_EQ(llistxattr(file, names, sizeof(names)), (long)len);
	CHECK(!memcmp(names, want, len));
	CHECK_EQ(llistxattr(file, NULL, 0), (long)len);
	if (len > 1)
		CHECK_ERRNO(llistxattr(file, names, len - 1), ERANGE);
}
#define CHECK_LIST(file, text) check_list(file, text, sizeof(text))

static void check_value(const char *file, const char *name, const void *want, size_t len)
{
	static char got[BLOCK];

	CHECK_EQ(lgetxattr(file, name, got, sizeof(got)), (long)len);
	CHECK(!memcmp(got, want, len));
}

/* What is in memory is forgotten: the disk is read again. */
static void forget(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	CHECK(write(fd, "3", 1) == 1);
	close(fd);
}

static long blocks(const char *file)
{
	struct stat st;

	CHECK(lstat(file, &st) == 0);
	return st.st_blocks;
}

TEST(small_ones_are_in_the_inode)
{
	disk_enter();
	put_file("f", "");
	CHECK(setxattr("f", "user.a", "12345", 5, 0) == 0);
	CHECK(setxattr("f", "trusted.b", "", 0, 0) == 0);
	CHECK(setxattr("f", "security.c", "c", 1, 0) == 0);
	CHECK_EQ(blocks("f"), 0);
	CHECK_LIST("f", "user.a\0trusted.b\0security.c");
	forget();
	CHECK_LIST("f", "user.a\0trusted.b\0security.c");
	check_value("f", "user.a", "12345", 5);
	check_value("f", "trusted.b", "", 0);
	check_value("f", "security.c", "c", 1);
	disk_leave();
}

TEST(large_ones_are_in_a_block)
{
	static char value[3000];

	disk_enter();
	put_file("f", "");
	memset(value, 'v', sizeof(value));
	CHECK(setxattr("f", "user.large", value, sizeof(value), 0) == 0);
	CHECK_EQ(blocks("f"), BLOCK / 512);
	CHECK(setxattr("f", "trusted.small", "1", 1, 0) == 0); /* the inode has room */
	CHECK(setxattr("f", "user.b", value, 500, 0) == 0);
	CHECK(setxattr("f", "user.a", value, 100, 0) == 0);
	CHECK_LIST("f", "trusted.small\0user.a\0user.b\0user.large"); /* sorted in the block */
	forget();
	CHECK_LIST("f", "trusted.small\0user.a\0user.b\0user.large");
	check_value("f", "user.large", value, sizeof(value));
	check_value("f", "user.a", value, 100);
	CHECK(removexattr("f", "user.a") == 0);
	CHECK(removexattr("f", "user.b") == 0);
	CHECK_EQ(blocks("f"), BLOCK / 512);
	CHECK(removexattr("f", "user.large") == 0);
	CHECK_EQ(blocks("f"), 0);
	CHECK_LIST("f", "trusted.small");
	disk_leave();
}

TEST(a_value_that_grows_and_shrinks_moves)
{
	static char value[2000];

	disk_enter();
	put_file("f", "");
	CHECK(setxattr("f", "user.a", "small", 5, 0) == 0);
	CHECK_EQ(blocks("f"), 0);
	CHECK(setxattr("f", "user.a", value, sizeof(value), 0) == 0);
	CHECK_EQ(blocks("f"), BLOCK / 512);
	check_value("f", "user.a", value, sizeof(value));
	CHECK_LIST("f", "user.a");
	CHECK(setxattr("f", "user.a", "small", 5, XATTR_REPLACE) == 0);
	CHECK_EQ(blocks("f"), 0);
	CHECK_LIST("f", "user.a");
	forget();
	check_value("f", "user.a", "small", 5);
	disk_leave();
}

TEST(what_does_not_fit)
{
	static char value[XATTR_SIZE_MAX];

	disk_enter();
	put_file("f", "");
	CHECK_ERRNO(setxattr("f", "user.a", value, sizeof(value), 0), ENOSPC);
	CHECK_ERRNO(setxattr("f", "user.a", value, BLOCK, 0), ENOSPC);
	CHECK_EQ(blocks("f"), 0);
	/* the header, the entry, the end */
	CHECK_ERRNO(setxattr("f", "user.a", value, BLOCK - 32 - 20 - 3, 0), ENOSPC);
	CHECK(setxattr("f", "user.a", value, BLOCK - 32 - 20 - 4, 0) == 0);
	CHECK_ERRNO(setxattr("f", "user.b", value, 100, 0), ENOSPC);
	CHECK(setxattr("f", "user.b", value, 40, 0) == 0);
	CHECK(setxattr("f", "user.a", value, BLOCK / 2, 0) == 0);
	CHECK(setxattr("f", "user.c", value, 100, 0) == 0);
	CHECK_LIST("f", "user.b\0user.a\0user.c");
	disk_leave();
}

TEST(create_replace_and_ctime)
{
	struct stat before, after;

	disk_enter();
	put_file("f", "x");
	CHECK_ERRNO(setxattr("f", "user.a", "1", 1, XATTR_REPLACE), ENODATA);
	CHECK(setxattr("f", "user.a", "1", 1, XATTR_CREATE) == 0);
	CHECK_ERRNO(setxattr("f", "user.a", "1", 1, XATTR_CREATE), EEXIST);
	CHECK_ERRNO(removexattr("f", "user.b"), ENODATA);
	CHECK_ERRNO(setxattr("f", "user.", "1", 1, 0), EINVAL);
	CHECK_ERRNO(setxattr("f", "system.x", "1", 1, 0), EOPNOTSUPP);
	usleep(30000);
	CHECK(stat("f", &before) == 0);
	CHECK(setxattr("f", "user.a", "1", 1, 0) == 0); /* the same value: nothing changes */
	CHECK(stat("f", &after) == 0);
	CHECK_EQ(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	CHECK(setxattr("f", "user.a", "2", 1, 0) == 0);
	CHECK(stat("f", &after) == 0);
	CHECK(before.st_ctim.tv_nsec != after.st_ctim.tv_nsec);
	CHECK_EQ(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	disk_leave();
}

TEST(kinds_of_files)
{
	disk_enter();
	CHECK(mkdir("d", 0755) == 0 && symlink("short", "l") == 0 && mkfifo("p", 0644) == 0);
	CHECK(setxattr("d", "user.a", "1", 1, 0) == 0);
	CHECK_ERRNO(lsetxattr("l", "user.a", "1", 1, 0), EPERM);
	CHECK_ERRNO(lsetxattr("p", "user.a", "1", 1, 0), EPERM);
	CHECK(lsetxattr("l", "trusted.a", "1", 1, 0) == 0);
	CHECK(lsetxattr("p", "trusted.a", "1", 1, 0) == 0);
	forget();
	CHECK_LIST("d", "user.a");
	CHECK_LIST("l", "trusted.a");
	CHECK_LIST("p", "trusted.a");
	disk_leave();
}

/* A short link with a block of attributes is still one whose text is in the inode. */
TEST(a_link_with_a_block)
{
	static char value[1000];
	char text[16];

	disk_enter();
	CHECK(symlink("short", "l") == 0);
	CHECK(lsetxattr("l", "trusted.a", value, sizeof(value), 0) == 0);
	CHECK_EQ(blocks("l"), BLOCK / 512);
	CHECK_EQ(readlink("l", text, sizeof(text)), 5);
	forget();
	CHECK_EQ(readlink("l", text, sizeof(text)), 5);
	CHECK(!memcmp(text, "short", 5));
	disk_leave();
}

TEST(a_user_sets_his_own)
{
	disk_enter();
	put_file("f", "x");
	put_file("g", "x");
	CHECK(mkdir("d", 0777) == 0 && chmod("d", 01777) == 0);
	CHECK(chown("f", 1000, 1000) == 0);
	CHECK(setxattr("f", "trusted.a", "1", 1, 0) == 0);
	tmpdir_as_other();
	CHECK(setxattr("f", "user.a", "1", 1, 0) == 0);
	CHECK_ERRNO(setxattr("g", "user.a", "1", 1, 0), EACCES);
	CHECK_ERRNO(setxattr("d", "user.a", "1", 1, 0), EPERM);
	CHECK_LIST("f", "user.a");
	CHECK_ERRNO(getxattr("g", "user.a", NULL, 0), ENODATA);
	tmpdir_as_root();
	CHECK_LIST("f", "trusted.a\0user.a");
	disk_leave();
}

/* Many inodes with a block, changed at random against a copy in memory. */
TEST(many_changes)
{
	enum {
		NAMES = 12,
		STEPS = 600
	};
	static char value[NAMES][300], got[300];
	int size[NAMES];
	unsigned int seed = 1;
	char name[32];

	disk_enter();
	put_file("f", "");
	for (int i = 0; i < NAMES; i++)
		size[i] = -1;
	for (int step = 0; step < STEPS; step++) {
		int i = (seed = seed * 1103515245 + 12345) >> 16 & 0xff, len;

		i %= NAMES;
		len = (seed >> 8) % (step % 3 ? 20 : sizeof(got));
		snprintf(name, sizeof(name), "%s.%.*s%d", i % 2 ? "user" : "trusted", i,
			 "abcdefghijkl", i);
		if (step % 5 == 4) {
			CHECK_EQ(removexattr("f", name), size[i] < 0 ? -1 : 0);
			size[i] = -1;
			continue;
		}
		memset(value[i], step, len);
		if (setxattr("f", name, value[i], len, 0)) {
			CHECK_EQ(errno, ENOSPC);
			continue;
		}
		size[i] = len;
		if (step % 50 == 0)
			forget();
		CHECK_EQ(getxattr("f", name, got, sizeof(got)), len);
		CHECK(!memcmp(got, value[i], len));
	}
	forget();
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "%s.%.*s%d", i % 2 ? "user" : "trusted", i,
			 "abcdefghijkl", i);
		CHECK_EQ(getxattr("f", name, got, sizeof(got)), size[i]);
		CHECK(size[i] < 0 || !memcmp(got, value[i], size[i]));
	}
	disk_leave();
}
