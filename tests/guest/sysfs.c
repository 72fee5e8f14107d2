/*
 * sysfs: the processors, disks and pools of the machine as files.
 */
#include "check.h"
#include "procfile.h"
#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#define CPU	  "/sys/devices/system/cpu/"
#define HUGE	  "/sys/kernel/mm/hugepages/"
#define PAGE	  4096
#define PATH_SIZE 512

TEST(it_is_a_file_system_of_its_own)
{
	struct statfs fs;
	struct stat st;

	CHECK(!statfs("/sys", &fs));
	CHECK_EQ(fs.f_type, SYSFS_MAGIC);
	CHECK_EQ(fs.f_bsize, PAGE);
	CHECK_EQ(fs.f_namelen, 255);
	CHECK_EQ(fs.f_blocks, 0);
	CHECK(!stat("/sys", &st));
	CHECK_EQ(st.st_mode, S_IFDIR | 0555);
	CHECK_EQ(st.st_ino, 1);
	CHECK_EQ(st.st_size, 0);
	CHECK(strstr(slurp("/proc/mounts"), " /sys sysfs rw,relatime 0 0\n") != NULL);
	CHECK(strstr(slurp("/proc/filesystems"), "nodev\tsysfs\n") != NULL);
}

TEST(there_is_one_processor)
{
	CHECK_STR(slurp(CPU "online"), "0\n");
	CHECK_STR(slurp(CPU "present"), "0\n");
	CHECK_STR(slurp(CPU "possible"), "0\n");
	CHECK_STR(slurp(CPU "isolated"), "\n");
	CHECK_STR(slurp(CPU "offline"), "\n");
	CHECK(atoi(slurp(CPU "kernel_max")) >= 0);
	CHECK_STR(slurp(CPU "cpu0/topology/core_id"), "0\n");
	CHECK_STR(slurp(CPU "cpu0/topology/thread_siblings"), "1\n");
	CHECK_STR(slurp(CPU "cpu0/topology/thread_siblings_list"), "0\n");
	CHECK_EQ(sysconf(_SC_NPROCESSORS_CONF), 1);
	CHECK_EQ(sysconf(_SC_NPROCESSORS_ONLN), 1);
}

/* The size of a huge page, which is in the folder's name, depends on the format of the page tables.
 */
static void check_pool(const char *file)
{
	char path[PATH_SIZE];

	slurp("/proc/meminfo");
	snprintf(path, sizeof(path), HUGE "hugepages-%lldkB/%s", field(proc_text, "Hugepagesize:"),
		 file);
	CHECK_STR(slurp(path), "0\n");
}

TEST(the_pool_of_huge_pages_is_empty)
{
	check_pool("nr_hugepages");
	check_pool("free_hugepages");
	check_pool("resv_hugepages");
	check_pool("surplus_hugepages");
	check_pool("nr_overcommit_hugepages");
}

TEST(files_have_a_page_and_root_cannot_write_them)
{
	struct stat st;

	CHECK(!stat(CPU "online", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0444);
	CHECK_EQ(st.st_size, PAGE);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_ERRNO(open(CPU "online", O_WRONLY), EACCES);
	CHECK_ERRNO(open(CPU "online", O_RDWR), EACCES);
}

TEST(nothing_can_be_made_in_it)
{
	CHECK_ERRNO(mkdir("/sys/x", 0755), EPERM);
	CHECK_ERRNO(open("/sys/x", O_CREAT | O_WRONLY, 0644), EACCES);
	CHECK_ERRNO(open("/sys/x", O_RDONLY), ENOENT);
	CHECK_ERRNO(unlink(CPU "online"), EPERM);
	CHECK_ERRNO(read(open("/sys/block", O_RDONLY), proc_text, 1), EISDIR);
}

static int nr_entries(const char *path, int type)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	int n = 0;

	CHECK(dir != NULL);
	while ((d = readdir(dir)))
		n += *d->d_name != '.' && d->d_type == type;
	closedir(dir);
	return n;
}

TEST(directories_count_their_directories)
{
	static const char *const dirs[] = {"/sys", "/sys/devices/system/cpu/cpu0/topology",
					   "/sys/kernel/mm/hugepages", "/sys/fs"};
	struct stat st;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		CHECK(!stat(dirs[i], &st));
		CHECK_EQ(st.st_nlink, 2 + nr_entries(dirs[i], DT_DIR));
	}
}

/* ---- disks ---- */

/* A line of /proc/diskstats is the number, the name and the figures of the disk's stat. */
static void check_stat(const char *disk, const char *line)
{
	char path[PATH_SIZE], *text;
	unsigned int a, b;

	snprintf(path, sizeof(path), "/sys/class/block/%s/stat", disk);
	text = slurp(path);
	CHECK_EQ(strlen(text), 17 * 9);
	for (int i = 0; i < 17; i++) {
		CHECK_EQ(sscanf(line, "%u", &a), 1);
		CHECK_EQ(sscanf(text, "%u", &b), 1);
		CHECK_EQ(a, b);
		line += strspn(line, " ");
		line += strcspn(line, " \n");
		text += strspn(text, " ");
		text += strcspn(text, " \n");
	}
	CHECK_EQ(*line, '\n');
	CHECK_STR(text, "\n");
}

static void check_disk(const char *disk, unsigned int major, unsigned int minor)
{
	char path[PATH_SIZE], text[PATH_SIZE], name[64];
	unsigned long long sectors, kib;
	char *line;

	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", disk);
	snprintf(text, sizeof(text), "%u:%u\n", major, minor);
	CHECK_STR(slurp(path), text);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/size", major, minor);
	sectors = strtoull(slurp(path), NULL, 10);
	snprintf(name, sizeof(name), " %s\n", disk);
	line = strstr(slurp("/proc/partitions"), name);
	CHECK(line != NULL);
	while (line > proc_text && line[-1] != ' ')
		line--;
	kib = strtoull(line, NULL, 10);
	CHECK_EQ(sectors / 2, kib);
	snprintf(path, sizeof(path), "/sys/class/block/%s/ro", disk);
	CHECK(!strcmp(slurp(path), "0\n") || !strcmp(slurp(path), "1\n"));
	snprintf(path, sizeof(path), "/sys/class/block/%s/inflight", disk);
	CHECK_STR(slurp(path), "       0        0\n");
}

TEST(disks_are_those_of_diskstats)
{
	static char stats[sizeof(proc_text)];
	unsigned int major, minor;
	char disk[64], *line;
	int n;

	CHECK(!mlockall(MCL_CURRENT)); /* reading the program would change the figures */
	strcpy(stats, slurp("/proc/diskstats"));
	if (!*stats)
		SKIP("there is no disk");
	for (line = stats; *line; line = strchr(line, '\n') + 1) {
		CHECK_EQ(sscanf(line, "%4u %7u %63s%n", &major, &minor, disk, &n), 3);
		check_stat(disk, line + n);
		check_disk(disk, major, minor);
	}
}

TEST(reading_a_disk_is_counted)
{
	static char stats[sizeof(proc_text)];
	unsigned long long reads[2], sectors[2];
	char disk[64], path[PATH_SIZE];
	int fd;

	if (sscanf(slurp("/proc/diskstats"), "%*u %*u %63s", disk) != 1)
		SKIP("there is no disk");
	snprintf(path, sizeof(path), "/dev/%s", disk);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	snprintf(path, sizeof(path), "/sys/class/block/%s/stat", disk);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "1"), 1);
	CHECK_EQ(sscanf(slurp(path), "%llu %*u %llu", &reads[0], &sectors[0]), 2);
	/* far apart: each is a request; behind what a file system there keeps in memory */
	for (int i = 0; i < 4; i++)
		CHECK_EQ(pread(fd, stats, PAGE, (2048 + i * 256) * PAGE), PAGE);
	CHECK_EQ(sscanf(slurp(path), "%llu %*u %llu", &reads[1], &sectors[1]), 2);
	CHECK(reads[1] >= reads[0] + 4);
	CHECK(sectors[1] >= sectors[0] + 4 * PAGE / 512);
	CHECK(field(slurp("/proc/self/io"), "read_bytes: ") >= 4 * PAGE);
}
