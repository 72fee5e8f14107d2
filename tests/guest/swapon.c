/*
 * swapon and swapoff: the header, who may, what is refused, what is shown, and what a file that is
 * a swap area can no longer do.
 */
#include "swaparea.h"
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>

#define PAGES  64
#define BLANKS "                               "

static const char *good_file(void)
{
	fill_swap_header(PAGES);
	return make_swap_file("swap", PAGES);
}

static void off(const char *path)
{
	CHECK_EQ(swapoff(path), 0);
	CHECK_EQ(unlink(path), 0);
}

/* ---- the figures ---- */

TEST(an_area_is_shown_in_proc_swaps)
{
	const char *path = good_file();

	CHECK(!swaps_line(path));
	CHECK_EQ(swapon(path, 0), 0);
	CHECK(strstr(slurp("/proc/swaps"), "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"));
	CHECK(swaps_line(path));
	CHECK(strstr(swaps_line(path), "/mnt/swap" BLANKS "file\t\t252\t\t0\t\t-"));
	CHECK_EQ(swapoff(path), 0);
	CHECK(!swaps_line(path));
	CHECK_EQ(unlink(path), 0);
}

TEST(priorities)
{
	const char *path = good_file();

	CHECK_EQ(swapon(path, SWAP_FLAG_PREFER | 7), 0);
	CHECK(strstr(swaps_line(path), "\t7"));
	CHECK_EQ(swapoff(path), 0);
	CHECK_EQ(swapon(path, SWAP_FLAG_PREFER), 0);
	CHECK(strstr(swaps_line(path), "\t\t0"));
	CHECK_EQ(swapoff(path), 0);
	CHECK_EQ(swapon(path, SWAP_FLAG_PREFER | 0x7fff), 0);
	CHECK(strstr(swaps_line(path), "\t32767"));
	off(path);
}

TEST(sysinfo_and_meminfo_count_it)
{
	const char *path = good_file();
	struct sysinfo before, after;
	long kb = field(slurp("/proc/meminfo"), "SwapTotal:");

	CHECK_EQ(sysinfo(&before), 0);
	CHECK_EQ(swapon(path, 0), 0);
	CHECK_EQ(sysinfo(&after), 0);
	CHECK_EQ(after.totalswap * after.mem_unit - before.totalswap * before.mem_unit,
		 (PAGES - 1) * SWAP_PAGE);
	CHECK_EQ(field(slurp("/proc/meminfo"), "SwapTotal:") - kb, (PAGES - 1) * 4);
	CHECK(field(slurp("/proc/meminfo"), "SwapFree:") <=
	      field(slurp("/proc/meminfo"), "SwapTotal:"));
	off(path);
}

TEST(the_commit_limit_counts_it)
{
	const char *path = good_file();
	long before = field(slurp("/proc/meminfo"), "CommitLimit:");

	CHECK_EQ(swapon(path, 0), 0);
	CHECK_EQ(field(slurp("/proc/meminfo"), "CommitLimit:") - before, (PAGES - 1) * 4);
	off(path);
}

/* ---- what is refused ---- */

TEST(flags)
{
	const char *path = good_file();

	CHECK_ERRNO(swapon(path, 0x80000), EINVAL);
	CHECK_ERRNO(swapon(path, -1), EINVAL);
	CHECK_EQ(swapon(path, 0x70000), 0); /* to tell the disk of free slots */
	off(path);
}

TEST(names)
{
	need_swap_disk();
	CHECK_ERRNO(swapon("/mnt/none", 0), ENOENT);
	CHECK_ERRNO(swapoff("/mnt/none"), ENOENT);
	CHECK_ERRNO(swapon("/mnt", 0), EISDIR);
	CHECK_ERRNO(swapoff("/mnt"), EISDIR);
	CHECK_ERRNO(swapon("/dev/null", 0), EINVAL);
	CHECK_ERRNO(swapoff("/dev/null"), EINVAL);
	CHECK_ERRNO(swapon(NULL, 0), EFAULT);
	CHECK_ERRNO(swapoff(NULL), EFAULT);
	CHECK_ERRNO(swapon("", 0), ENOENT);
}

static void as_user(void)
{
	CHECK_EQ(setuid(1000), 0);
	CHECK_ERRNO(swapon("/mnt/swap", 0), EPERM);
	CHECK_ERRNO(swapon("/mnt/swap", -1), EINVAL);
	CHECK_ERRNO(swapon(NULL, 0), EPERM);
	CHECK_ERRNO(swapoff("/mnt/swap"), EPERM);
	CHECK_ERRNO(swapoff(NULL), EPERM);
}

TEST(only_for_the_administrator)
{
	pid_t pid;

	need_swap_disk();
	pid = fork();
	if (!pid) {
		as_user();
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* A header that was changed in one word is refused. */
static void refused(unsigned int word, unsigned int value, unsigned int pages)
{
	const char *path;

	fill_swap_header(PAGES);
	swap_header[word] = value;
	path = make_swap_file("swap", pages);
	CHECK_ERRNO(swapon(path, 0), EINVAL);
	CHECK_ERRNO(swapoff(path), EINVAL);
	CHECK_EQ(unlink(path), 0);
}

TEST(headers)
{
	refused(SWAP_PAGE / 4 - 1, 0, PAGES); /* no signature */
	refused(SWAP_VERSION, 0, PAGES);
	refused(SWAP_VERSION, 2, PAGES);
	refused(SWAP_LAST_PAGE, 0, PAGES);
	refused(SWAP_LAST_PAGE, PAGES, PAGES); /* the file is shorter */
	refused(SWAP_NR_BAD, 1, PAGES);	       /* a file has no bad blocks */
}

TEST(a_file_may_be_longer_than_its_area)
{
	const char *path;

	fill_swap_header(PAGES / 2);
	path = make_swap_file("swap", PAGES);
	CHECK_EQ(swapon(path, 0), 0);
	CHECK(strstr(swaps_line(path), "\t124\t"));
	off(path);
}

TEST(a_file_with_a_hole)
{
	const char *path = good_file();

	CHECK_EQ(truncate(path, 20 * SWAP_PAGE), 0);
	CHECK_EQ(truncate(path, PAGES * SWAP_PAGE), 0);
	CHECK_ERRNO(swapon(path, 0), EINVAL);
	CHECK_EQ(unlink(path), 0);
}

TEST(a_file_of_memory)
{
	int fd;

	need_swap_disk();
	fill_swap_header(2);
	fd = syscall(SYS_memfd_create, "swap", 0);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, swap_header, SWAP_PAGE), SWAP_PAGE);
	CHECK_EQ(write(fd, swap_header, SWAP_PAGE), SWAP_PAGE);
	CHECK_ERRNO(swapon("/proc/self/fd/3", 0), EINVAL);
}

TEST(only_once)
{
	const char *path = good_file();

	CHECK_EQ(swapon(path, 0), 0);
	CHECK_ERRNO(swapon(path, 0), EBUSY);
	CHECK_EQ(swapoff(path), 0);
	CHECK_ERRNO(swapoff(path), EINVAL);
	CHECK_EQ(unlink(path), 0);
}

TEST(a_file_without_a_name)
{
	const char *path = good_file();
	char fd_name[32];
	int fd = open(path, O_RDWR);

	CHECK(fd >= 0);
	CHECK_EQ(unlink(path), 0);
	snprintf(fd_name, sizeof(fd_name), "/proc/self/fd/%d", fd);
	CHECK_ERRNO(swapon(fd_name, 0), ENOENT);
}

/* ---- a file that is a swap area ---- */

TEST(nobody_writes_to_it)
{
	const char *path = good_file();
	int fd, other;

	CHECK_EQ(swapon(path, 0), 0);
	fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	CHECK_ERRNO(write(fd, "x", 1), ETXTBSY);
	CHECK_ERRNO(ftruncate(fd, 0), ETXTBSY);
	CHECK_ERRNO(ftruncate(fd, PAGES * SWAP_PAGE), ETXTBSY);
	CHECK_ERRNO(truncate(path, SWAP_PAGE), ETXTBSY);
	CHECK_ERRNO(fallocate(fd, 0, 0, SWAP_PAGE), ETXTBSY);
	CHECK_ERRNO(open(path, O_RDWR | O_TRUNC), ETXTBSY);
	CHECK_ERRNO(mmap(NULL, SWAP_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), ETXTBSY);
	CHECK(mmap(NULL, SWAP_PAGE, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	CHECK(mmap(NULL, SWAP_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	other = open("/mnt/other", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(write(other, "text", 4), 4);
	CHECK_ERRNO(copy_file_range(other, &(off64_t){0}, fd, &(off64_t){0}, 4, 0), ETXTBSY);
	CHECK_ERRNO(copy_file_range(fd, &(off64_t){0}, other, &(off64_t){0}, 4, 0), ETXTBSY);
	CHECK_EQ(unlink("/mnt/other"), 0);
	CHECK_EQ(swapoff(path), 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
	CHECK_EQ(unlink(path), 0);
}

TEST(it_keeps_its_name)
{
	const char *path = good_file();

	CHECK_EQ(swapon(path, 0), 0);
	CHECK_ERRNO(unlink(path), EPERM);
	CHECK_ERRNO(rename(path, "/mnt/other"), EPERM);
	CHECK_EQ(link(path, "/mnt/other"), 0);
	CHECK_ERRNO(unlink("/mnt/other"), EPERM);
	CHECK_EQ(swapoff("/mnt/other"), 0);
	CHECK_EQ(unlink("/mnt/other"), 0);
	CHECK_EQ(unlink(path), 0);
}

TEST(its_disk_stays_mounted)
{
	const char *path = good_file();

	CHECK_EQ(swapon(path, 0), 0);
	CHECK_ERRNO(umount("/mnt"), EBUSY);
	off(path);
}

/* ---- many ---- */

TEST(several_areas)
{
	char name[16], path[32];
	int i;

	fill_swap_header(4);
	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		CHECK_EQ(swapon(make_swap_file(name, 4), SWAP_FLAG_PREFER | i), 0);
	}
	for (i = 4; i >= 0; i--) {
		snprintf(path, sizeof(path), "/mnt/s%d", i);
		CHECK(swaps_line(path));
		off(path);
	}
}

TEST(too_many_areas)
{
	char name[16], path[32];
	int i, there = 0;

	fill_swap_header(4);
	for (i = 0; i < 32; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		if (swapon(make_swap_file(name, 4), 0))
			break;
		there++;
	}
	CHECK_EQ(errno, EPERM);
	CHECK(there <= 27 && there > 24); /* there may be others already */
	for (i = 0; i <= there; i++) {
		snprintf(path, sizeof(path), "/mnt/s%d", i);
		if (i < there)
			CHECK_EQ(swapoff(path), 0);
		CHECK_EQ(unlink(path), 0);
	}
}
