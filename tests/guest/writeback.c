/*
 * From the page cache to the disk: when pages are dirty, who writes them, and what the calls that
 * ask for it return. The files are on the disk at /mnt.
 */
#include "check.h"
#include "procfile.h"
#include "tmpdir.h"
#include <stdbool.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define P     4096
#define PAGES 64
#define VM(x) "/proc/sys/vm/" x

static char block[P];

/* Linux counts on each processor for a while: fold that into what /proc shows. */
static void fold_counters(void)
{
	CHECK_EQ(try_read(VM("stat_refresh")), 0);
}

static long meminfo(const char *name)
{
	fold_counters();
	return field(slurp("/proc/meminfo"), name);
}

static long vmstat(const char *name)
{
	fold_counters();
	return field(slurp("/proc/vmstat"), name);
}

static long io_field(const char *name)
{
	return field(slurp("/proc/self/io"), name);
}

/* A new file of PAGES dirty pages. */
static int dirty_file(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(write(fd, block, P), P);
	return fd;
}

static void put_number(const char *name, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld\n", value);
	CHECK_EQ(try_write(name, text), (int)strlen(text));
}

static long get_number(const char *name)
{
	return strtol(slurp(name), NULL, 10);
}

static void pause_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* ---- dirty, and clean again ---- */

TEST(a_write_makes_pages_dirty_and_fsync_makes_them_clean)
{
	int fd;

	disk_enter();
	sync();
	fd = dirty_file();
	CHECK(meminfo("Dirty:") >= PAGES * P / 1024);
	CHECK_EQ(fsync(fd), 0);
	CHECK(meminfo("Dirty:") < PAGES * P / 1024);
	CHECK_EQ(meminfo("Writeback:"), 0);
	close(fd);
	disk_leave();
}

TEST(a_store_through_a_mapping_makes_a_page_dirty_and_msync_makes_it_clean)
{
	long before, written;
	char *p;
	int fd;

	disk_enter();
	fd = dirty_file();
	CHECK_EQ(fsync(fd), 0);
	p = mmap(NULL, PAGES * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	before = vmstat("nr_dirtied");
	for (int i = 0; i < PAGES; i++)
		p[i * P] = 1;
	CHECK(vmstat("nr_dirtied") >= before + PAGES);
	written = vmstat("nr_written");
	CHECK_EQ(msync(p, PAGES * P, MS_SYNC), 0);
	CHECK(vmstat("nr_written") >= written + PAGES);
	/* a page that was written is dirty again with the next store */
	before = vmstat("nr_dirtied");
	p[0] = 2;
	CHECK(vmstat("nr_dirtied") > before);
	CHECK_EQ(munmap(p, PAGES * P), 0);
	close(fd);
	disk_leave();
}

TEST(a_second_store_to_a_dirty_page_costs_nothing)
{
	long before;
	char *p;
	int fd;

	disk_enter();
	fd = dirty_file();
	CHECK_EQ(fsync(fd), 0);
	p = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[0] = 1;
	before = io_field("write_bytes:");
	p[1] = 1;
	CHECK_EQ(io_field("write_bytes:"), before);
	munmap(p, P);
	close(fd);
	disk_leave();
}

TEST(who_makes_a_page_dirty_is_charged_for_the_write)
{
	long before = io_field("write_bytes:");
	int fd;

	disk_enter();
	fd = dirty_file();
	CHECK(io_field("write_bytes:") >= before + PAGES * P);
	close(fd);
	disk_leave();
}

TEST(what_is_truncated_before_it_is_written_is_a_cancelled_write)
{
	long before, dirty;
	int fd;

	disk_enter();
	sync();
	fd = dirty_file();
	before = io_field("cancelled_write_bytes:");
	dirty = meminfo("Dirty:");
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK(io_field("cancelled_write_bytes:") >= before + PAGES * P);
	CHECK(meminfo("Dirty:") <= dirty - PAGES * P / 1024);
	close(fd);
	disk_leave();
}

TEST(the_pages_of_tmpfs_are_never_dirty)
{
	long before;
	int fd;

	tmpdir_enter();
	sync();
	before = vmstat("nr_dirtied");
	fd = dirty_file();
	CHECK(vmstat("nr_dirtied") < before + PAGES);
	close(fd);
	tmpdir_leave();
}

/* ---- the flusher ---- */

/* Wait until the file's pages have been written without being asked to. */
static bool written_in_time(long before)
{
	for (int i = 0; i < 100; i++) {
		if (vmstat("nr_written") >= before + PAGES)
			return true;
		pause_ms(100);
	}
	return false;
}

TEST(the_flusher_writes_what_is_old)
{
	long expire = get_number(VM("dirty_expire_centisecs"));
	long interval = get_number(VM("dirty_writeback_centisecs"));
	long before;
	bool written;
	int fd;

	disk_enter();
	put_number(VM("dirty_expire_centisecs"), 50);
	put_number(VM("dirty_writeback_centisecs"), 20);
	sync();
	before = vmstat("nr_written");
	fd = dirty_file();
	written = written_in_time(before);
	put_number(VM("dirty_expire_centisecs"), expire);
	put_number(VM("dirty_writeback_centisecs"), interval);
	CHECK(written);
	close(fd);
	disk_leave();
}

TEST(the_flusher_writes_what_is_too_much)
{
	long before;
	bool written;
	int fd;

	disk_enter();
	sync();
	put_number(VM("dirty_background_bytes"), 4 * P);
	before = vmstat("nr_written");
	fd = dirty_file();
	for (int i = 0; i < 3 * PAGES; i++) /* the limits are looked at once in a while */
		CHECK_EQ(write(fd, block, P), P);
	written = written_in_time(before);
	put_number(VM("dirty_background_ratio"), 10);
	CHECK(written);
	close(fd);
	disk_leave();
}

TEST(writers_are_held_back_while_too_much_is_dirty)
{
	int fd;

	disk_enter();
	sync();
	put_number(VM("dirty_background_bytes"), 64 * P);
	put_number(VM("dirty_bytes"), 128 * P);
	fd = dirty_file();
	for (int i = 0; i < 16 * PAGES; i++) {
		CHECK_EQ(write(fd, block, P), P);
		/* the look once in a while lets some more through */
		CHECK(meminfo("Dirty:") <= 3 * 128 * P / 1024);
	}
	put_number(VM("dirty_ratio"), 20);
	put_number(VM("dirty_background_ratio"), 10);
	close(fd);
	disk_leave();
}

TEST(of_a_share_and_a_number_of_bytes_the_one_set_last_counts)
{
	put_number(VM("dirty_bytes"), 1 << 20);
	CHECK_EQ(get_number(VM("dirty_ratio")), 0);
	put_number(VM("dirty_ratio"), 20);
	CHECK_EQ(get_number(VM("dirty_bytes")), 0);
	put_number(VM("dirty_background_bytes"), 1 << 20);
	CHECK_EQ(get_number(VM("dirty_background_ratio")), 0);
	put_number(VM("dirty_background_ratio"), 10);
	CHECK_EQ(get_number(VM("dirty_background_bytes")), 0);
}

TEST(the_limits_have_bounds)
{
	CHECK_EQ(try_write(VM("dirty_ratio"), "101\n"), -EINVAL);
	CHECK_EQ(try_write(VM("dirty_ratio"), "-1\n"), -EINVAL);
	CHECK_EQ(try_write(VM("dirty_background_ratio"), "101\n"), -EINVAL);
	CHECK_EQ(try_write(VM("dirty_bytes"), "8191\n"), -EINVAL);
	CHECK_EQ(try_write(VM("dirty_background_bytes"), "0\n"), -EINVAL);
	CHECK_EQ(try_write(VM("dirty_expire_centisecs"), "-1\n"), -EINVAL);
}

/* ---- sync_file_range, syncfs ---- */

TEST(sync_file_range_writes_its_range)
{
	long before;
	int fd;

	disk_enter();
	fd = dirty_file();
	CHECK_EQ(fsync(fd), 0);
	for (int i = 0; i < PAGES; i++)
		CHECK_EQ(pwrite(fd, block, P, i * P), P);
	before = vmstat("nr_written");
	CHECK_EQ(sync_file_range(fd, 0, 8 * P,
				 SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
					 SYNC_FILE_RANGE_WAIT_AFTER),
		 0);
	CHECK(vmstat("nr_written") >= before + 8);
	CHECK(meminfo("Dirty:") >= (PAGES - 8) * P / 1024);
	close(fd);
	disk_leave();
}

TEST(sync_file_range_refuses_what_makes_no_sense)
{
	int fd, fds[2];

	tmpdir_enter();
	fd = open("f", O_RDWR | O_CREAT, 0644);
	CHECK_EQ(sync_file_range(fd, 0, 0, 0), 0);
	CHECK_ERRNO(sync_file_range(fd, 0, 0, 8), EINVAL);
	CHECK_ERRNO(sync_file_range(fd, -1, 0, 0), EINVAL);
	CHECK_ERRNO(sync_file_range(fd, 2, -1, 0), EINVAL);
	CHECK_ERRNO(sync_file_range(fd, 0x7fffffffffffffffLL, 1, 0), EINVAL);
	CHECK_EQ(sync_file_range(fd, 1LL << 44, 0, SYNC_FILE_RANGE_WRITE), 0);
	CHECK_ERRNO(sync_file_range(-1, 0, 0, 8), EBADF);
	CHECK_EQ(pipe(fds), 0);
	CHECK_ERRNO(sync_file_range(fds[0], 0, 0, 0), ESPIPE);
	close(fds[0]);
	close(fds[1]);
	close(fd);
	tmpdir_leave();
}

TEST(syncfs_writes_the_file_system_of_any_open_file)
{
	int fd, dir;

	disk_enter();
	fd = dirty_file();
	dir = open(".", O_RDONLY | O_DIRECTORY);
	CHECK_EQ(syncfs(dir), 0);
	CHECK(meminfo("Dirty:") < PAGES * P / 1024);
	CHECK_ERRNO(syncfs(-1), EBADF);
	close(dir);
	dir = open(".", O_PATH);
	CHECK_ERRNO(syncfs(dir), EBADF);
	close(dir);
	close(fd);
	disk_leave();
}

TEST(a_file_opened_with_O_SYNC_is_written_at_once)
{
	long before;
	int fd;

	disk_enter();
	sync();
	fd = open("file", O_WRONLY | O_CREAT | O_SYNC, 0644);
	before = vmstat("nr_written");
	CHECK_EQ(write(fd, block, P), P);
	CHECK(vmstat("nr_written") > before);
	close(fd);
	disk_leave();
}

TEST(pwritev2_with_RWF_DSYNC_writes_at_once)
{
	struct iovec iov = {block, P};
	long before;
	int fd;

	disk_enter();
	sync();
	fd = open("file", O_WRONLY | O_CREAT, 0644);
	before = vmstat("nr_written");
	CHECK_EQ(pwritev2(fd, &iov, 1, 0, RWF_DSYNC), P);
	CHECK(vmstat("nr_written") > before);
	close(fd);
	disk_leave();
}

/* ---- files and directories whose changes go to the disk at once ---- */

/* Requests to write that the disk of the current directory has done. */
static long disk_writes(void)
{
	unsigned int major, minor;
	struct stat st;
	long writes;

	CHECK_EQ(stat(".", &st), 0);
	for (char *line = strtok(slurp("/proc/diskstats"), "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%u %u %*s %*u %*u %*u %*u %ld", &major, &minor, &writes) == 3 &&
		    makedev(major, minor) == st.st_dev)
			return writes;
	}
	CHECK(!"the disk is in /proc/diskstats");
	return 0;
}

static void set_flags(const char *name, int flags)
{
	int fd = open(name, O_RDONLY);

	CHECK_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	close(fd);
}

TEST(a_file_with_the_flag_S_is_written_at_once)
{
	long before;
	int fd;

	disk_enter();
	put_file("f", "text");
	set_flags("f", FS_SYNC_FL);
	fd = open("f", O_WRONLY);
	sync();
	before = disk_writes();
	CHECK_EQ(write(fd, block, P), P);
	CHECK(disk_writes() > before);
	close(fd);
	set_flags("f", 0);
	before = disk_writes();
	fd = open("f", O_WRONLY);
	CHECK_EQ(write(fd, block, P), P);
	CHECK_EQ(disk_writes(), before);
	close(fd);
	disk_leave();
}

/* Does the call make the disk write? */
#define WRITES_NOW(call)                                \
	do {                                            \
		long before_ = (sync(), disk_writes()); \
		CHECK_EQ(call, 0);                      \
		CHECK(disk_writes() > before_);         \
	} while (0)

TEST(the_names_of_a_directory_with_the_flag_D_are_written_at_once)
{
	disk_enter();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(mkdir("e", 0755), 0);
	set_flags("d", FS_DIRSYNC_FL);
	WRITES_NOW(mknod("d/f", S_IFREG | 0644, 0));
	WRITES_NOW(link("d/f", "d/g"));
	WRITES_NOW(symlink("f", "d/l"));
	WRITES_NOW(mkdir("d/d", 0755));
	WRITES_NOW(rename("d/f", "d/h"));
	WRITES_NOW(rename("d/h", "e/h"));
	WRITES_NOW(unlink("d/g"));
	WRITES_NOW(rmdir("d/d"));
	disk_leave();
}

/* ---- one cache ---- */

TEST(drop_caches_leaves_what_is_dirty)
{
	char c = 0;
	int fd;

	disk_enter();
	memset(block, 'x', P);
	fd = dirty_file();
	CHECK_EQ(try_write(VM("drop_caches"), "3\n"), 2);
	CHECK_EQ(pread(fd, &c, 1, 5 * P), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(try_write(VM("drop_caches"), "3\n"), 2);
	c = 0;
	CHECK_EQ(pread(fd, &c, 1, 6 * P), 1);
	CHECK_EQ(c, 'x');
	close(fd);
	disk_leave();
}

TEST(write_read_and_two_mappings_see_one_file)
{
	char *p, *q, c;
	int fd;

	disk_enter();
	fd = dirty_file();
	p = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	q = mmap(NULL, 2 * P, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	p[P] = 'm';
	CHECK_EQ(q[P], 'm');
	CHECK_EQ(pread(fd, &c, 1, P), 1);
	CHECK_EQ(c, 'm');
	CHECK_EQ(pwrite(fd, "w", 1, P + 1), 1);
	CHECK_EQ(q[P + 1], 'w');
	CHECK_EQ(munmap(p, 2 * P) + munmap(q, 2 * P), 0);
	close(fd);
	disk_leave();
}
