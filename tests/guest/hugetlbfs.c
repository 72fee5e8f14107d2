/*
 * hugetlbfs: a mount, its options and limits, its files and directories.
 */
#include "huge.h"
#include <linux/falloc.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define RW    (PROT_READ | PROT_WRITE)
#define WHERE "/tmp/huge"
#define FILE1 WHERE "/one"

/* Mount it with these options at WHERE, for this case alone. */
static void mount_huge(const char *options)
{
	mkdir(WHERE, 0700);
	while (umount2(WHERE, MNT_DETACH) == 0) /* of a case that failed */
		;
	CHECK(mount("none", WHERE, "hugetlbfs", 0, options) == 0);
}

static void end_mount(void)
{
	CHECK(umount(WHERE) == 0);
	CHECK(rmdir(WHERE) == 0);
}

static int new_file(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR | O_EXCL, 0644);

	CHECK(fd >= 0);
	return fd;
}

static char *map_file(int fd, long n, int flags)
{
	return mmap(NULL, n * H, RW, flags, fd, 0);
}

TEST(a_file_keeps_its_pages_until_it_is_removed)
{
	char *p;
	int fd;

	pool(2);
	mount_huge(NULL);
	fd = new_file(FILE1);
	p = map_file(fd, 2, MAP_SHARED);
	CHECK(p != MAP_FAILED);
	CHECK_POOL(2, 2, 2, 0);
	memcpy(p, "hello", 5);
	CHECK(munmap(p, 2 * H) == 0);
	CHECK_EQ(close(fd), 0);
	CHECK_POOL(2, 1, 1, 0);
	fd = open(FILE1, O_RDWR);
	p = map_file(fd, 1, MAP_SHARED);
	CHECK(!memcmp(p, "hello", 5));
	CHECK(unlink(FILE1) == 0);
	CHECK(!memcmp(p, "hello", 5));
	CHECK(munmap(p, H) == 0);
	CHECK_EQ(close(fd), 0);
	CHECK_POOL(2, 2, 0, 0);
	end_mount();
}

TEST(files_are_read_but_not_written_by_calls)
{
	char buf[16] = "";
	struct stat st;
	char *p;
	int fd;

	pool(1);
	mount_huge(NULL);
	fd = new_file(FILE1);
	CHECK_ERRNO(write(fd, "x", 1), EINVAL);
	CHECK_EQ(read(fd, buf, 1), 0);
	p = map_file(fd, 1, MAP_SHARED);
	CHECK(p != MAP_FAILED);
	memcpy(p + P - 2, "abcd", 4);
	CHECK_EQ(pread(fd, buf, 4, P - 2), 4);
	CHECK_STR(buf, "abcd");
	CHECK_EQ(pread(fd, buf, 4, H - 2), 2);
	CHECK_EQ(pread(fd, buf, 4, H), 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, H);
	CHECK_EQ(st.st_blksize, H);
	CHECK_ERRNO(ftruncate(fd, H + P), EINVAL);
	CHECK(ftruncate(fd, 0) == 0);
	CHECK(munmap(p, H) == 0);
	CHECK_EQ(close(fd), 0);
	CHECK(unlink(FILE1) == 0);
	end_mount();
}

TEST(offsets_are_multiples_of_a_huge_page)
{
	char *p;
	int fd;

	pool(2);
	mount_huge(NULL);
	fd = new_file(FILE1);
	CHECK_ERRNO(mmap(NULL, H, RW, MAP_SHARED, fd, P), EINVAL);
	p = mmap(NULL, H, RW, MAP_SHARED, fd, H);
	CHECK(p != MAP_FAILED);
	p[0] = 'x';
	CHECK_EQ(lseek(fd, 0, SEEK_END), 2 * (long)H);
	CHECK_POOL(2, 1, 0, 0);
	CHECK(munmap(p, H) == 0);
	CHECK_EQ(close(fd), 0);
	CHECK(unlink(FILE1) == 0);
	end_mount();
}

/* The options of the mount at WHERE, as /proc/mounts shows them. */
static const char *options_shown(void)
{
	static char line[256];
	char *opt;
	int fd = open("/proc/mounts", O_RDONLY);

	map_read_line(fd, NULL, 0);
	while (map_read_line(fd, line, sizeof(line)))
		if (strstr(line, " " WHERE " ") && (opt = strstr(line, "rw,relatime"))) {
			close(fd);
			*strchr(opt, ' ') = 0;
			return opt + strlen("rw,relatime");
		}
	close(fd);
	return "";
}

TEST(options)
{
	char options[128], shown[160], size[16];
	struct stat st;

	pool(2);
	sprintf(size, "pagesize=%luM", H >> 20);
	mount_huge(NULL);
	CHECK_STR(options_shown() + 1, size);
	CHECK(stat(WHERE, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0755);
	CHECK_EQ(st.st_size, 0);
	CHECK(umount(WHERE) == 0);
	sprintf(options, "uid=3,gid=4,mode=1777,nr_inodes=10,size=%lu,min_size=%lu,%s", 2 * H + 5,
		H, size);
	CHECK(mount("none", WHERE, "hugetlbfs", 0, options) == 0);
	sprintf(shown, ",uid=3,gid=4,mode=1777,nr_inodes=10,%s,size=%lu,min_size=%lu", size, 2 * H,
		H);
	CHECK_STR(options_shown(), shown);
	CHECK_POOL(2, 2, 1, 0);
	CHECK(stat(WHERE, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 01777);
	CHECK_EQ(st.st_uid * 10 + st.st_gid, 34);
	CHECK(umount(WHERE) == 0);
	CHECK_POOL(2, 2, 0, 0);
	CHECK_ERRNO(mount("none", WHERE, "hugetlbfs", 0, "size=big"), EINVAL);
	CHECK_ERRNO(mount("none", WHERE, "hugetlbfs", 0, "pagesize=1M"), EINVAL);
	CHECK_ERRNO(mount("none", WHERE, "hugetlbfs", 0, "colour=red"), EINVAL);
	sprintf(options, "size=%lu,min_size=%lu", H, 2 * H);
	CHECK_ERRNO(mount("none", WHERE, "hugetlbfs", 0, options), EINVAL);
	sprintf(options, "min_size=%lu", 3 * H); /* more than there is */
	CHECK_ERRNO(mount("none", WHERE, "hugetlbfs", 0, options), ENOMEM);
	CHECK(mount("none", WHERE, "hugetlbfs", 0, "size=50%") == 0);
	sprintf(shown, ",%s,size=%lu", size, H);
	CHECK_STR(options_shown(), shown);
	end_mount();
}

TEST(the_limit_of_a_mount)
{
	char options[32];
	struct statfs64 fs; /* the limits of inodes are 64 bits wide */
	char *p, *q;
	int fd;

	pool(4);
	sprintf(options, "size=%lu", 2 * H);
	mount_huge(options);
	CHECK(statfs64(WHERE, &fs) == 0);
	CHECK_EQ(fs.f_blocks, 2);
	CHECK_EQ(fs.f_bfree, 2);
	fd = new_file(FILE1);
	CHECK_ERRNO(map_file(fd, 3, MAP_SHARED), ENOMEM);
	p = map_file(fd, 2, MAP_SHARED);
	CHECK(p != MAP_FAILED);
	CHECK(statfs64(WHERE, &fs) == 0);
	CHECK_EQ(fs.f_bfree, 0);
	CHECK_POOL(4, 4, 2, 0);
	q = map_file(fd, 2, MAP_PRIVATE | MAP_NORESERVE);
	CHECK(q != MAP_FAILED);
	p[0] = 1;
	/* the copy would be the third page */
	CHECK_FAULT(q[1] = 2, SIGBUS, BUS_ADRERR, q + 1);
	CHECK(munmap(p, 2 * H) == 0);
	CHECK(ftruncate(fd, H) == 0);
	q[1] = 2;
	CHECK(munmap(q, 2 * H) == 0);
	CHECK_EQ(close(fd), 0);
	CHECK(unlink(FILE1) == 0);
	CHECK(statfs64(WHERE, &fs) == 0);
	CHECK_EQ(fs.f_bfree, 2);
	CHECK_POOL(4, 4, 0, 0);
	end_mount();
}

TEST(the_least_size_of_a_mount)
{
	char options[32];
	char *p;
	int fd;

	pool(3);
	sprintf(options, "min_size=%lu", 2 * H);
	mount_huge(options);
	CHECK_POOL(3, 3, 2, 0);
	/* others have one page */
	CHECK_ERRNO(map_huge(2, RW, MAP_PRIVATE), ENOMEM);
	fd = new_file(FILE1);
	p = map_file(fd, 2, MAP_SHARED);
	CHECK(p != MAP_FAILED);
	CHECK_POOL(3, 3, 2, 0);
	p[0] = 1;
	CHECK_POOL(3, 2, 1, 0);
	CHECK(munmap(p, 2 * H) == 0);
	CHECK(ftruncate(fd, 0) == 0);
	CHECK_POOL(3, 3, 2, 0);
	CHECK_EQ(close(fd), 0);
	CHECK(unlink(FILE1) == 0);
	end_mount();
	CHECK_POOL(3, 3, 0, 0);
}

TEST(names_in_a_mount)
{
	struct stat st;

	pool(0);
	mount_huge("nr_inodes=4");
	CHECK(mkdir(WHERE "/d", 0700) == 0);
	CHECK_EQ(close(new_file(WHERE "/d/f")), 0);
	CHECK(link(WHERE "/d/f", WHERE "/g") == 0);
	CHECK_ERRNO(symlink("g", WHERE "/s"), EINVAL);
	CHECK(mkfifo(WHERE "/p", 0600) == 0);
	CHECK_ERRNO(mkdir(WHERE "/e", 0700), ENOSPC); /* the root counts too */
	CHECK(stat(WHERE "/g", &st) == 0);
	CHECK_EQ(st.st_nlink, 2);
	CHECK(stat(WHERE, &st) == 0);
	CHECK_EQ(st.st_nlink, 3);
	CHECK_ERRNO(rmdir(WHERE "/d"), ENOTEMPTY);
	CHECK(rename(WHERE "/d/f", WHERE "/p") == 0);
	CHECK(rmdir(WHERE "/d") == 0);
	CHECK(stat(WHERE "/p", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0644);
	CHECK(unlink(WHERE "/p") == 0);
	CHECK(unlink(WHERE "/g") == 0);
	end_mount();
}
