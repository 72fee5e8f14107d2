/* The flags of files that chattr(1) sets: on tmpfs, and what immutable and append-only forbid. */
#include "tmpdir.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#define MODIFIABLE (FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL)

static int fd, dir;

static void begin(void)
{
	if (getuid())
		SKIP("not root");
	tmpdir_enter();
	put_file("file", "text");
	CHECK(mkdir("dir", 0755) == 0);
	put_file("dir/old", "");
	fd = open("file", O_RDWR);
	dir = open("dir", O_RDONLY);
	CHECK(fd >= 0 && dir >= 0);
}

static int get_flags(int file)
{
	int flags = -1;

	CHECK(ioctl(file, FS_IOC_GETFLAGS, &flags) == 0);
	return flags;
}

static int set_flags(int file, int flags)
{
	return ioctl(file, FS_IOC_SETFLAGS, &flags);
}

static void end(void)
{
	CHECK(set_flags(fd, 0) == 0 && set_flags(dir, 0) == 0);
	tmpdir_leave();
}

TEST(four_flags_can_be_set)
{
	begin();
	CHECK_EQ(get_flags(fd), 0);
	CHECK_EQ(get_flags(dir), 0);
	for (int bit = 0; bit < 32; bit++) {
		unsigned flag = 1U << bit;

		if (flag & MODIFIABLE) {
			CHECK_EQ(set_flags(fd, flag), 0);
			CHECK_EQ(get_flags(fd), flag);
		} else {
			CHECK_ERRNO(set_flags(fd, flag), EOPNOTSUPP);
		}
	}
	CHECK_ERRNO(ioctl(fd, FS_IOC_GETFLAGS, bad_address), EFAULT);
	CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, bad_address), EFAULT);
	end();
}

TEST(who_has_none)
{
	int ends[2], flags, other;

	begin();
	CHECK(pipe(ends) == 0);
	CHECK_ERRNO(ioctl(ends[0], FS_IOC_GETFLAGS, &flags), ENOTTY);
	CHECK(mkfifo("fifo", 0600) == 0);
	other = open("fifo", O_RDWR);
	CHECK_ERRNO(ioctl(other, FS_IOC_GETFLAGS, &flags), ENOTTY);
	other = open("/proc/self/maps", O_RDONLY);
	CHECK_ERRNO(ioctl(other, FS_IOC_GETFLAGS, &flags), ENOTTY);
	CHECK_ERRNO(ioctl(other, FS_IOC_SETFLAGS, &flags), ENOTTY);
	other = memfd_create("memory", 0);
	CHECK_EQ(get_flags(other), 0);
	end();
}

TEST(immutable_forbids_every_change)
{
	struct timespec then[2] = {{1, 0}, {1, 0}};

	begin();
	CHECK_EQ(set_flags(fd, FS_IMMUTABLE_FL), 0);
	CHECK_ERRNO(open("file", O_RDWR), EPERM);
	CHECK_ERRNO(open("file", O_RDONLY | O_TRUNC), EPERM);
	CHECK(open("file", O_RDONLY) >= 0);
	CHECK_ERRNO(access("file", W_OK), EPERM);
	CHECK_ERRNO(unlink("file"), EPERM);
	CHECK_ERRNO(link("file", "other"), EPERM);
	CHECK_ERRNO(rename("file", "other"), EPERM);
	CHECK_ERRNO(rename("dir/old", "file"), EPERM);
	CHECK_ERRNO(chmod("file", 0600), EPERM);
	CHECK_ERRNO(chown("file", 0, 0), EPERM);
	CHECK_ERRNO(truncate("file", 0), EPERM);
	CHECK_ERRNO(futimens(fd, NULL), EPERM);
	CHECK_ERRNO(futimens(fd, then), EPERM);
	CHECK_ERRNO(fallocate(fd, 0, 0, 8192), EPERM);
	CHECK_ERRNO(fsetxattr(fd, "user.x", "1", 1, 0), EPERM);
	CHECK_ERRNO(copy_file_range(open("dir/old", O_RDONLY), NULL, fd, NULL, 1, 0), EPERM);
	/* who has it open already may go on */
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(ftruncate(fd, 0), 0);
	end();
}

TEST(append_only_may_grow)
{
	struct timespec then[2] = {{1, 0}, {1, 0}};
	int more;

	begin();
	CHECK_EQ(set_flags(fd, FS_APPEND_FL), 0);
	CHECK_ERRNO(open("file", O_WRONLY), EPERM);
	CHECK_ERRNO(open("file", O_WRONLY | O_APPEND | O_TRUNC), EPERM);
	more = open("file", O_WRONLY | O_APPEND);
	CHECK_EQ(write(more, "more", 4), 4);
	CHECK_STR(get_file("file"), "textmore");
	CHECK_ERRNO(fcntl(more, F_SETFL, 0), EPERM);
	CHECK_ERRNO(unlink("file"), EPERM);
	CHECK_ERRNO(truncate("file", 100), EPERM);
	CHECK_ERRNO(ftruncate(fd, 0), EPERM);
	CHECK_ERRNO(chmod("file", 0600), EPERM);
	CHECK_EQ(futimens(fd, NULL), 0);
	CHECK_ERRNO(futimens(fd, then), EPERM);
	CHECK_EQ(fallocate(fd, 0, 0, 8192), 0);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), EPERM);
	CHECK_ERRNO((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	end();
}

TEST(directories_too)
{
	begin();
	CHECK_EQ(set_flags(dir, FS_IMMUTABLE_FL), 0);
	CHECK_ERRNO(open("dir/new", O_RDWR | O_CREAT, 0600), EPERM);
	CHECK_ERRNO(unlink("dir/old"), EPERM);
	CHECK_ERRNO(rmdir("dir"), EPERM);
	CHECK_ERRNO(rename("dir", "other"), EPERM);
	CHECK_EQ(set_flags(dir, FS_APPEND_FL), 0);
	CHECK(open("dir/new", O_RDWR | O_CREAT, 0600) >= 0);
	CHECK_ERRNO(unlink("dir/old"), EPERM);
	end();
}

TEST(what_children_inherit)
{
	int child;

	begin();
	CHECK_EQ(set_flags(dir, FS_NODUMP_FL | FS_NOATIME_FL | FS_APPEND_FL), 0);
	child = open("dir/new", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(get_flags(child), FS_NODUMP_FL | FS_NOATIME_FL);
	end();
}

TEST(noatime_is_heeded)
{
	struct timespec then[2] = {{1000, 0}, {2000, 0}};
	struct stat st;
	char c;

	begin();
	CHECK_EQ(set_flags(fd, FS_NOATIME_FL), 0);
	CHECK_EQ(futimens(fd, then), 0);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_atime, 1000);
	CHECK_EQ(set_flags(fd, 0), 0);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK(fstat(fd, &st) == 0);
	CHECK(st.st_atime != 1000);
	end();
}

TEST(statx_tells_them)
{
	struct statx st;

	begin();
	CHECK_EQ(set_flags(fd, FS_IMMUTABLE_FL | FS_NODUMP_FL | FS_NOATIME_FL), 0);
	CHECK(statx(AT_FDCWD, "file", 0, STATX_ALL, &st) == 0);
	CHECK_EQ(st.stx_attributes, STATX_ATTR_IMMUTABLE | STATX_ATTR_NODUMP);
	CHECK_EQ(st.stx_attributes_mask, 0x203070);
	CHECK(statx(AT_FDCWD, "/proc/self/maps", 0, STATX_ALL, &st) == 0);
	CHECK_EQ(st.stx_attributes_mask, 0x203000);
	end();
}

TEST(rights)
{
	int mine;

	begin();
	CHECK(chmod(".", 0777) == 0 && chmod("file", 0666) == 0);
	CHECK(setresuid(1000, 1000, 0) == 0);
	CHECK_ERRNO(set_flags(fd, 0), EPERM);
	mine = open("mine", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(set_flags(mine, FS_NODUMP_FL), 0);
	CHECK_ERRNO(set_flags(mine, FS_IMMUTABLE_FL), EPERM);
	CHECK_ERRNO(set_flags(mine, FS_APPEND_FL), EPERM);
	CHECK_EQ(get_flags(mine), FS_NODUMP_FL);
	CHECK(setresuid(0, 0, 0) == 0);
	end();
}

TEST(a_read_only_mount_keeps_them)
{
	int file;

	begin();
	CHECK(mkdir("m", 0700) == 0 && mount("none", "m", "tmpfs", 0, NULL) == 0);
	put_file("m/file", "x");
	CHECK(mount("none", "m", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
	file = open("m/file", O_RDONLY);
	CHECK_EQ(get_flags(file), 0);
	CHECK_ERRNO(set_flags(file, FS_NODUMP_FL), EROFS);
	close(file);
	CHECK(umount("m") == 0);
	end();
}

/* ---- the larger structure ---- */

#define XFLAGS_COMMON (FS_XFLAG_IMMUTABLE | FS_XFLAG_APPEND | FS_XFLAG_NODUMP | FS_XFLAG_NOATIME)

static unsigned get_xflags(int file)
{
	struct fsxattr x;

	memset(&x, -1, sizeof(x));
	CHECK_EQ(ioctl(file, FS_IOC_FSGETXATTR, &x), 0);
	CHECK_EQ(x.fsx_extsize | x.fsx_nextents | x.fsx_projid | x.fsx_cowextsize, 0);
	return x.fsx_xflags;
}

static int set_xflags(int file, unsigned xflags)
{
	struct fsxattr x = {.fsx_xflags = xflags};

	return ioctl(file, FS_IOC_FSSETXATTR, &x);
}

TEST(the_same_flags_in_the_larger_structure)
{
	struct fsxattr project = {.fsx_projid = 1};
	int null = open("/dev/null", O_RDWR);

	begin();
	CHECK_EQ(get_xflags(fd), 0);
	CHECK_EQ(set_flags(fd, MODIFIABLE), 0);
	CHECK_EQ(get_xflags(fd), XFLAGS_COMMON);
	CHECK_EQ(set_xflags(fd, FS_XFLAG_NODUMP), 0);
	CHECK_EQ(get_flags(fd), FS_NODUMP_FL);
	for (int bit = 0; bit < 32; bit++) {
		unsigned xflag = 1U << bit;

		if (xflag & XFLAGS_COMMON)
			CHECK_EQ(set_xflags(fd, xflag), 0);
		else if (xflag == FS_XFLAG_SYNC)
			CHECK_ERRNO(set_xflags(fd, xflag), EOPNOTSUPP);
	}
	CHECK_EQ(set_xflags(fd, 0), 0);
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &project), EOPNOTSUPP);
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSGETXATTR, bad_address), EFAULT);
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, bad_address), EFAULT);
	CHECK_ERRNO(ioctl(null, FS_IOC_FSGETXATTR, &project), ENOTTY);
	tmpdir_as_other();
	CHECK_ERRNO(set_xflags(fd, 0), EPERM);
	tmpdir_as_root();
	end();
}
