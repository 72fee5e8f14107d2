/*
 * What is mounted where: what every system has, the disks that a command is given, and the end of
 * all that.
 */
#include "user/init/init.h"
#include "user/fstab.h"
#include <sys/swap.h>
#include <sys/sysinfo.h>

/* What everybody can fill, and no death frees: both together leave half of the memory, and the
   segments of System V an eighth less. */
#define TMPFS_OPTIONS "mode=1777,size=25%"
#define SHM_SHARE     8

enum {
	MOUNTS_SIZE = 65536,
	SWAPS_MAX = 32 /* as many areas as Linux has */
};

/* A line of /proc/mounts. */
struct mounted {
	char *device, *dir, *type, *options;
};

static void mount_one(const char *type, const char *dir, const char *data)
{
	struct stat here, above;
	char parent[PATH_MAX];

	if (stat(dir, &here) < 0 && mkdir(dir, 0755) < 0) {
		complain_errno(dir);
		return;
	}
	snprintf(parent, sizeof(parent), "%s/..", dir);
	if (stat(dir, &here) == 0 && stat(parent, &above) == 0 && here.st_dev != above.st_dev)
		return; /* the kernel did it */
	if (mount(type, dir, type, 0, data) < 0 && errno != EBUSY)
		complain_errno(dir);
}

static void open_console(void)
{
	int fd;

	if (fcntl(STDIN_FILENO, F_GETFD) >= 0)
		return;
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	for (int i = 0; fd >= 0 && i <= STDERR_FILENO; i++) {
		if (fd != i)
			dup2(fd, i);
	}
	if (fd > STDERR_FILENO)
		close(fd);
}

/* The descriptors by name, for what wants to be given a file. */
static void link_descriptors(void)
{
	static const struct {
		const char *name, *target;
	} links[] = {{"/dev/fd", "/proc/self/fd"},
		     {"/dev/stdin", "/proc/self/fd/0"},
		     {"/dev/stdout", "/proc/self/fd/1"},
		     {"/dev/stderr", "/proc/self/fd/2"}};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (symlink(links[i].target, links[i].name) < 0 && errno != EEXIST)
			complain_errno(links[i].name);
	}
}

static void limit_segments(void)
{
	char pages[16];
	struct sysinfo info;
	int fd = open("/proc/sys/kernel/shmall", O_WRONLY | O_CLOEXEC), n;

	if (fd < 0 || sysinfo(&info) < 0) {
		complain_errno("/proc/sys/kernel/shmall");
	} else {
		n = snprintf(pages, sizeof(pages), "%lu",
			     info.totalram / (sysconf(_SC_PAGESIZE) / info.mem_unit) / SHM_SHARE);
		if (write(fd, pages, n) < 0)
			complain_errno("/proc/sys/kernel/shmall");
	}
	if (fd >= 0)
		close(fd);
}

/* The console is opened on the way, so that what comes behind it can complain. */
void mount_what_every_system_has(void)
{
	mount_one("devtmpfs", "/dev", NULL);
	open_console();
	mount_one("tmpfs", "/dev/shm", TMPFS_OPTIONS);
	link_descriptors();
	mount_one("proc", "/proc", NULL);
	limit_segments();
	mount_one("sysfs", "/sys", NULL);
	mount_one("tracefs", "/sys/kernel/tracing", NULL);
	mount_one("tmpfs", "/tmp", TMPFS_OPTIONS);
}

/* ---- the command's disks ---- */

/* /dev/disk/0, /dev/disk/1 … for the devices that mapix.disk= names, one after the other. As on
 * Linux, where udev does it, the kernel makes the nodes and a program the links. */
void link_disks(void)
{
	char device[NAME_MAX + 1], name[64], target[NAME_MAX + 8];

	for (int n = 0; boot_option("mapix.disk=", n, device, sizeof(device)); n++) {
		snprintf(name, sizeof(name), "/dev/disk/%d", n);
		snprintf(target, sizeof(target), "../%s", last_part(device));
		if (n == 0 && mkdir("/dev/disk", 0755) < 0 && errno != EEXIST)
			complain_errno("/dev/disk");
		if (symlink(target, name) < 0 && errno != EEXIST)
			complain_errno(name);
	}
}

/* An ext2 file system on the first disk goes to /mnt. */
void mount_first_disk(complaint *complain_of)
{
	char device[PATH_MAX], label[LABEL_SIZE + 1];
	int found;

	if (!realpath("/dev/disk/0", device))
		return; /* there are no disks */
	found = find_signature(device, &ext2_signature, label);
	if (found < 0 || (found && mount(device, "/mnt", "ext2", 0, NULL) < 0))
		complain_of(device, errno);
}

/* The swap area that mapix.swap= names. */
void use_swap_disk(complaint *complain_of)
{
	char device[NAME_MAX + 1];

	if (boot_option("mapix.swap=", 0, device, sizeof(device)) && swapon(device, 0) < 0)
		complain_of(device, errno);
}

/* ---- /etc/fstab ---- */

/* The line "DEVICE / …": what the kernel has mounted read-only becomes writable, unless the disk
 * (a CD) cannot be written. */
static void remount_root(unsigned long flags, const char *data)
{
	if (mount(NULL, "/", NULL, MS_REMOUNT | flags, data) < 0 && errno != EROFS)
		complain_errno("/");
}

/* With the option nofail a disk that is not there is not missed. */
static void mount_line(const struct fstab_line *l)
{
	char device[PATH_MAX];
	bool found = find_device(l->device, device, sizeof(device));

	if (strcmp(l->type, "swap") == 0) {
		if (found ? swapon(device, 0) < 0 : !l->nofail)
			complain_errno(l->device);
	} else if (found ? mount(device, l->dir, l->type, l->flags, l->data) < 0 : !l->nofail) {
		complain_errno(l->dir);
	}
}

void mount_fstab(bool root_only)
{
	struct fstab_line l = {.data = NULL};
	FILE *f = fopen(FSTAB, "r");

	while (f && next_fstab_line(f, &l)) {
		if (strcmp(l.dir, "/") == 0)
			remount_root(l.flags, l.data);
		else if (!root_only)
			mount_line(&l);
	}
	if (f)
		fclose(f);
}

/* ---- the end ---- */

/* In TEXT the escapes of /proc/mounts, a backslash and three octal digits, become characters. */
static char *unescape(char *text)
{
	char *to = text;
	unsigned c;

	for (char *from = text; *from; to++) {
		if (sscanf(from, "\\%3o", &c) == 1) {
			*to = (char)c;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return text;
}

/* The next line of what was read of /proc/mounts, from the end on: *END becomes its beginning. */
static bool last_mounted(char *text, char **end, struct mounted *m)
{
	char *line, *rest;

	if (*end == text)
		return false;
	(*end)[-1] = '\0';
	line = strrchr(text, '\n');
	rest = *end = line ? line + 1 : text;
	m->device = strsep(&rest, " ");
	m->dir = strsep(&rest, " ");
	m->type = strsep(&rest, " ");
	m->options = strsep(&rest, " ");
	if (!m->options)
		return false;
	unescape(m->device);
	unescape(m->dir);
	return true;
}

/* Where this process has its terminal and its lists, and what only the end of the machine frees. */
static bool stays_mounted(const char *dir)
{
	return strcmp(dir, "/") == 0 || strcmp(dir, "/dev") == 0 || strcmp(dir, "/proc") == 0;
}

/* Whether the file system is on a disk, which is to be left clean. */
static bool on_disk(const struct mounted *m)
{
	return *m->device == '/';
}

/* What was mounted last is unmounted first. Whether anything was. */
static bool unmount_round(void)
{
	static char text[MOUNTS_SIZE];
	ssize_t n = read_file("/proc/mounts", text, sizeof(text));
	char *end = text + (n > 0 ? n : 0);
	struct mounted m;
	bool any = false;

	while (last_mounted(text, &end, &m))
		any |= !stays_mounted(m.dir) && umount2(m.dir, 0) == 0;
	return any;
}

/* Give up all swap, which may lie in a file: no file system is unmounted before. One that holds
 * more than fits into memory stays. Whether any was given up. */
static bool swap_off(void)
{
	FILE *f = fopen("/proc/swaps", "r");
	char line[PATH_MAX], name[PATH_MAX], *areas[SWAPS_MAX];
	int n = 0;
	bool any = false;

	while (f && n < SWAPS_MAX && fgets(line, sizeof(line), f)) {
		if (line[0] == '/' && sscanf(line, "%4095s", name) == 1)
			areas[n++] = unescape(strdup(name));
	}
	if (f)
		fclose(f);
	for (int i = 0; i < n; i++)
		any |= swapoff(areas[i]) == 0;
	return any;
}

/* Unmount everything that can be; what is still in use, and the root file system, is made read-only
 * instead, which leaves the disk as clean. */
void unmount_all(complaint *complain_of)
{
	static char text[MOUNTS_SIZE];
	struct mounted m;
	char *end;
	ssize_t n;

	do {
		while (unmount_round())
			;
	} while (swap_off());
	n = read_file("/proc/mounts", text, sizeof(text));
	end = text + (n > 0 ? n : 0);
	while (last_mounted(text, &end, &m)) {
		if (!on_disk(&m))
			continue;
		if (!stays_mounted(m.dir) && umount2(m.dir, 0) < 0)
			complain_of(m.dir, errno);
		if (strncmp(m.options, "ro", 2) != 0 &&
		    mount(NULL, m.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
			complain_of(m.dir, errno);
	}
}
