/*
 * Partitions of a spare disk.
 */
#include "check.h"
#include "sparedisk.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SECTOR 512
#define LINUX  0x83
#define CHAIN  0x05
#define NAME   64

struct slot {
	uint32_t start, size;
	unsigned char type, boot;
};

static char disk_name[NAME];

static int disk(int flags)
{
	char target[NAME];
	int fd = open(spare_disk(), flags);
	ssize_t n;

	CHECK(fd >= 0);
	n = readlink(spare_disk(), target, sizeof(target) - 1);
	CHECK(n > 0);
	target[n] = '\0';
	strcpy(disk_name, strrchr(target, '/') + 1);
	return fd;
}

/* A table of up to four, at a sector of the disk. */
static void write_table(int fd, off_t sector, const struct slot *slots, int nr)
{
	unsigned char bytes[SECTOR] = {0};

	for (int i = 0; i < nr; i++) {
		unsigned char *e = bytes + 446 + i * 16;

		e[0] = slots[i].boot;
		e[4] = slots[i].type ? slots[i].type : LINUX;
		memcpy(e + 8, &slots[i].start, 4);
		memcpy(e + 12, &slots[i].size, 4);
	}
	bytes[510] = 0x55;
	bytes[511] = 0xaa;
	CHECK_EQ(pwrite(fd, bytes, SECTOR, sector * SECTOR), SECTOR);
}

static int reread(int fd)
{
	return ioctl(fd, BLKRRPART, 0);
}

static const char *part_path(int n)
{
	static char path[2 * NAME];

	snprintf(path, sizeof(path), "/dev/%s%d", disk_name, n);
	return path;
}

/* A number out of /sys/block/DISK/DISKn/what. -1: there is none. */
static long long part_value(int n, const char *what)
{
	char path[4 * NAME];
	long long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/%s/%s%d/%s", disk_name, disk_name, n, what);
	f = fopen(path, "r");
	if (!f)
		return -1;
	CHECK_EQ(fscanf(f, "%lld", &value), 1);
	fclose(f);
	return value;
}

/* How many lines of /proc/partitions are of this disk. */
static int listed(void)
{
	char line[128], name[NAME];
	FILE *f = fopen("/proc/partitions", "r");
	int n = 0;

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f))
		n += sscanf(line, "%*d %*d %*d %63s", name) == 1 &&
		     !strncmp(name, disk_name, strlen(disk_name));
	fclose(f);
	return n;
}

static void check_part(int n, uint32_t start, uint32_t size)
{
	struct stat st;

	CHECK_EQ(part_value(n, "start"), start);
	CHECK_EQ(part_value(n, "size"), size);
	CHECK_EQ(part_value(n, "partition"), n);
	CHECK(stat(part_path(n), &st) == 0);
	CHECK(S_ISBLK(st.st_mode));
}

TEST(primary_ones_come_and_go)
{
	static const struct slot first[] = {{.start = 64, .size = 1000},
					    {.start = 2048, .size = 2048},
					    {.start = 0, .size = 0},
					    {.start = 8192, .size = 512}};
	static const struct slot second[] = {{.start = 0, .size = 0}, {.start = 4096, .size = 100}};
	int fd = disk(O_RDWR);

	write_table(fd, 0, first, 4);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 4);
	check_part(1, 64, 1000);
	check_part(2, 2048, 2048);
	check_part(4, 8192, 512);
	write_table(fd, 0, second, 2);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 2);
	check_part(2, 4096, 100);
	CHECK(access(part_path(1), F_OK) != 0);
	CHECK_EQ(part_value(1, "size"), -1);
	write_table(fd, 0, NULL, 0);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 1);
}

TEST(logical_ones_are_a_chain)
{
	static const struct slot primary[] = {{.start = 64, .size = 100},
					      {.start = 1000, .size = 9000, .type = CHAIN}};
	static const struct slot link1[] = {{.start = 64, .size = 500},
					    {.start = 1000, .size = 1000, .type = CHAIN}};
	static const struct slot link2[] = {{.start = 8, .size = 300},
					    {.start = 3000, .size = 1000, .type = CHAIN}};
	static const struct slot link3[] = {{.start = 1, .size = 1}};
	int fd = disk(O_RDWR);

	write_table(fd, 0, primary, 2);
	write_table(fd, 1000, link1, 2);
	write_table(fd, 2000, link2, 2);
	write_table(fd, 4000, link3, 1);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 6);
	check_part(1, 64, 100);
	check_part(2, 1000, 2);
	check_part(5, 1064, 500);
	check_part(6, 2008, 300);
	check_part(7, 4001, 1);
	write_table(fd, 0, NULL, 0);
	CHECK(reread(fd) == 0);
}

TEST(what_is_no_table_names_nothing)
{
	static const struct slot wrong_boot[] = {
		{.start = 64, .size = 100, .type = LINUX, .boot = 0x12}};
	static const struct slot gpt[] = {{.start = 1, .size = 10000, .type = 0xee}};
	unsigned char zeros[SECTOR] = {0};
	int fd = disk(O_RDWR);

	write_table(fd, 0, wrong_boot, 1);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 1);
	write_table(fd, 0, gpt, 1);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 1);
	CHECK_EQ(pwrite(fd, zeros, SECTOR, 0), SECTOR);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 1);
}

/* Beyond the end of the disk; a chain that bites its tail; garbage in the third entry. */
TEST(damaged_tables)
{
	int fd = disk(O_RDWR);
	unsigned long sectors;
	struct slot s[4] = {{0}};

	CHECK(ioctl(fd, BLKGETSIZE, &sectors) == 0);
	s[0] = (struct slot){.start = sectors - 10, .size = 100};
	s[1] = (struct slot){.start = sectors, .size = 100};
	s[2] = (struct slot){.start = sectors - 20, .size = 0xffffffff};
	s[3] = (struct slot){.start = 0xffffffff, .size = 0xffffffff};
	write_table(fd, 0, s, 4);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 3);
	check_part(1, sectors - 10, 10);
	check_part(3, sectors - 20, 20);

	memset(s, 0, sizeof(s));
	s[0] = (struct slot){.start = 1000, .size = 5000, .type = CHAIN};
	write_table(fd, 0, s, 1);
	s[0] = (struct slot){.start = 0, .size = 0};
	s[1] = (struct slot){.start = 0, .size = 5000, .type = CHAIN}; /* itself */
	s[2] = (struct slot){.start = 10, .size = 20};		       /* good, though third */
	s[3] = (struct slot){.start = 4990, .size = 20}; /* leaves the extended partition */
	write_table(fd, 1000, s, 4);
	CHECK(reread(fd) == 0);
	/* as many as there can be: the same one again and again */
	check_part(5, 1010, 20);
	check_part(6, 1010, 20);
	check_part(255, 1010, 20);
	CHECK(access(part_path(256), F_OK) != 0);
	CHECK_EQ(listed(), 1 + 1 + 251);
	write_table(fd, 0, NULL, 0);
	CHECK(reread(fd) == 0);
	CHECK_EQ(listed(), 1);
}

/* Sectors of a partition are the disk's, from its start on and not beyond its end. */
TEST(reading_and_writing)
{
	static const struct slot one[] = {{.start = 100, .size = 10}, {.start = 110, .size = 10}};
	static unsigned char bytes[4 * SECTOR], got[4 * SECTOR];
	struct hd_geometry geo;
	int fd = disk(O_RDWR), part, whole;
	unsigned long sectors;

	write_table(fd, 0, one, 2);
	CHECK(reread(fd) == 0);
	part = open(part_path(1), O_RDWR);
	CHECK(part >= 0);
	CHECK(ioctl(part, BLKGETSIZE, &sectors) == 0);
	CHECK_EQ(sectors, 10);
	CHECK(ioctl(part, HDIO_GETGEO, &geo) == 0);
	CHECK_EQ(geo.start, 100);
	CHECK_ERRNO(ioctl(part, BLKRRPART, 0), EINVAL);
	CHECK_ERRNO(reread(fd), EBUSY);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7 + i / SECTOR + 1;
	CHECK_EQ(pwrite(part, bytes, sizeof(bytes), 7 * SECTOR), 3 * SECTOR);
	CHECK_ERRNO(pwrite(part, bytes, 1, 10 * SECTOR), ENOSPC);
	CHECK_EQ(pread(part, got, sizeof(got), 7 * SECTOR), 3 * SECTOR);
	CHECK(fsync(part) == 0);
	CHECK(memcmp(bytes, got, 3 * SECTOR) == 0);
	close(part);
	whole = disk(O_RDWR);
	CHECK(ioctl(whole, BLKFLSBUF, 0) == 0);
	CHECK_EQ(pread(whole, got, sizeof(got), 107 * SECTOR), sizeof(got));
	CHECK(memcmp(bytes, got, 3 * SECTOR) == 0);
	CHECK(memcmp(bytes + 3 * SECTOR, got + 3 * SECTOR, SECTOR) != 0);
	write_table(fd, 0, NULL, 0);
	CHECK(reread(fd) == 0);
}

/* Who holds the disk holds all of it; who holds a partition leaves the others to others. */
TEST(claims)
{
	static const struct slot two[] = {{.start = 100, .size = 10}, {.start = 110, .size = 10}};
	int fd = disk(O_RDWR), held, part, other;

	write_table(fd, 0, two, 2);
	CHECK(reread(fd) == 0);
	part = open(part_path(1), O_RDONLY | O_EXCL);
	CHECK(part >= 0);
	CHECK_ERRNO(open(part_path(1), O_RDONLY | O_EXCL), EBUSY);
	CHECK_ERRNO(open(spare_disk(), O_RDONLY | O_EXCL), EBUSY);
	other = open(part_path(2), O_RDONLY | O_EXCL);
	CHECK(other >= 0);
	close(part);
	CHECK_ERRNO(open(spare_disk(), O_RDONLY | O_EXCL), EBUSY);
	close(other);
	held = open(spare_disk(), O_RDONLY | O_EXCL);
	CHECK(held >= 0);
	CHECK_ERRNO(open(part_path(1), O_RDONLY | O_EXCL), EBUSY);
	CHECK_ERRNO(reread(fd), EBUSY); /* another one may: */
	CHECK(reread(held) == 0);
	close(held);
	write_table(fd, 0, NULL, 0);
	CHECK(reread(fd) == 0);
}

TEST(it_is_counted_for_both)
{
	static const struct slot one[] = {{.start = 2048, .size = 4096}};
	long long before, sectors;
	char buf[SECTOR], path[4 * NAME];
	int fd = disk(O_RDWR), part;
	FILE *f;

	write_table(fd, 0, one, 1);
	CHECK(reread(fd) == 0);
	snprintf(path, sizeof(path), "/sys/block/%s/stat", disk_name);
	f = fopen(path, "r");
	CHECK(f && fscanf(f, "%*d %*d %lld", &before) == 1);
	fclose(f);
	part = open(part_path(1), O_RDONLY);
	CHECK(part >= 0);
	CHECK_EQ(pread(part, buf, sizeof(buf), 1 << 20), sizeof(buf));
	snprintf(path, sizeof(path), "/sys/block/%s/%s1/stat", disk_name, disk_name);
	f = fopen(path, "r");
	CHECK(f && fscanf(f, "%*d %*d %lld", &sectors) == 1);
	CHECK(sectors >= 1);
	fclose(f);
	snprintf(path, sizeof(path), "/sys/block/%s/stat", disk_name);
	f = fopen(path, "r");
	CHECK(f && fscanf(f, "%*d %*d %lld", &sectors) == 1);
	CHECK(sectors > before);
	fclose(f);
	close(part);
	write_table(fd, 0, NULL, 0);
	CHECK(reread(fd) == 0);
}
