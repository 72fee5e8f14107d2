/*
 * filediff: random calls about files; options as difftest's (seeds.c), and --on FS,...: the file
 * systems that the seeds take in turn, each `tmpfs` or a device. See docs/testing.md.
 *
 * A seed works in a folder of its own, which is its root. Afterwards everything in it is printed,
 * again when the caches were dropped, and again after the file system was mounted anew.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <unistd.h>
#include "filediff.h"

#define COMMON_AT 0x61000000
#define USER	  1000
#define PLACE	  "/tmp/filediff.d"
#define MOST_FS	  8
#define SMALL	  4 /* every so many seeds the tmpfs is small */

static struct family families[] = {
	{"open", do_open, 110},	       {"tmpfile", do_tmpfile, 10},
	{"close", do_close, 20},       {"dup", do_dup, 12},
	{"read", do_read, 70},	       {"write", do_write, 110},
	{"vectors", do_vectors, 30},   {"lseek", do_lseek, 40},
	{"truncate", do_truncate, 45}, {"fallocate", do_fallocate, 25},
	{"sync", do_sync, 20},	       {"copy", do_copy, 15},
	{"link", do_link, 30},	       {"symlink", do_symlink, 30},
	{"mknod", do_mknod, 20},       {"mkdir", do_mkdir, 35},
	{"remove", do_remove, 50},     {"rename", do_rename, 60},
	{"chdir", do_chdir, 8},	       {"stat", do_stat, 60},
	{"chmod", do_chmod, 35},       {"chown", do_chown, 30},
	{"utime", do_utime, 30},       {"access", do_access, 20},
	{"list", do_list, 20},	       {"user", do_user, 15},
	{"statfs", do_statfs, 5},      {"map", do_map, 50},
	{"unmap", do_unmap, 12},       {"store", do_map_store, 50},
	{"load", do_map_load, 50},     {"msync", do_map_sync, 20},
};

static const char *file_systems[MOST_FS] = {"tmpfs"};
static unsigned count = 1, this_seed;
static char folder[64];

static const char *file_system(void)
{
	return file_systems[this_seed % count];
}

static void mount_it(void)
{
	const char *options = this_seed / count % SMALL ? "size=64m" : "size=400k,nr_inodes=40";
	long ret = on_tmpfs ? sys(SYS_mount, "none", PLACE, "tmpfs", 0, options)
			    : sys(SYS_mount, file_system(), PLACE, "ext2", 0, "");

	if (failed(ret))
		out("mount: %ld\n", ret);
}

static void unmount_it(void)
{
	long ret = sys(SYS_umount2, PLACE, 0);

	if (failed(ret))
		out("umount: %ld\n", ret);
}

/* Something to begin with. */
static void set_up(void)
{
	static const char *const dirs[] = {"d1", "d2", "d1/d3"};
	static const char *const files[] = {"a", "b", "d1/a", "d2/b", "d1/d3/c", "e"};

	for (int i = 0; i < 3; i++)
		sys(SYS_mkdir, dirs[i], 0777);
	sys(SYS_symlink, "d2", "s");
	for (int i = 0; i < 6; i++) {
		long fd = sys(SYS_open, files[i], O_RDWR | O_CREAT | O_LARGEFILE, 0666);

		fill(data, DATA_MAX, i);
		sys(SYS_write, fd, data, rnd(1u << (3 * i)));
		sys(SYS_dup2, fd, FD_FIRST + i);
		sys(SYS_close, fd);
	}
}

static void run_seed(unsigned seed, int calls)
{
	faults_init();
	struct statfs64 fs = {0};

	mount_it();
	sys(SYS_statfs64, PLACE, sizeof(fs), &fs);
	small_blocks = fs.f_bsize < PAGE;
	sys(SYS_umask, 0);
	sys(SYS_mkdir, folder, 0777);
	sys(SYS_dup2, sys(SYS_open, "/proc", O_RDONLY | O_DIRECTORY), FD_PROC);
	if (failed(sys(SYS_chdir, folder)) || failed(sys(SYS_chroot, ".")))
		out("no folder\n");
	set_up();
	sys(SYS_umask, 022);
	if (seed / count % 4 == 3 &&
	    (sys(SYS_setgroups32, 0, NULL) || sys(SYS_setresgid32, USER, USER, USER) ||
	     sys(SYS_setresuid32, USER, USER, USER)))
		out("no user\n");
	for (int i = 0; i < calls; i++)
		one_call();
}

static void drop_caches(void)
{
	long fd;

	sys(SYS_sync);
	fd = sys(SYS_open, "/proc/sys/vm/drop_caches", O_WRONLY);
	sys(SYS_write, fd, "3", 1);
	sys(SYS_close, fd);
}

/* By the parent, when the seed's process and with it all descriptors are gone. Whether the tree
 * reads the same from the disk, each kernel is asked for itself, see struct common. */
static const char *print_all(void)
{
	bool again = !common->linux_loses, same = true;
	uint32_t tree;

	caches_dropped = false;
	tree = print_tree(folder, true);
	drop_caches();
	caches_dropped = true;
	same &= print_tree(folder, again) == tree;
	if (!on_tmpfs) {
		unmount_it();
		mount_it();
		same &= print_tree(folder, again) == tree;
	}
	unmount_it();
	out_flush();
	return same ? "" : " changed";
}

static void before_seed(unsigned seed)
{
	if (!common)
		common = mmap((void *)COMMON_AT, PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	*common = (struct common){0};
	this_seed = seed;
	caches_dropped = false;
	on_tmpfs = !strcmp(file_system(), "tmpfs");
	snprintf(folder, sizeof(folder), PLACE "/s%u", seed);
	sys(SYS_mkdir, PLACE, 0755);
	/* where the first disk is mounted already it would stay so */
	if (!on_tmpfs)
		sys(SYS_umount2, "/mnt", 0);
}

static bool option(const char *name, char *value)
{
	if (strcmp(name, "--on"))
		return false;
	count = 0;
	for (char *fs = strtok(value, ","); fs && count < MOST_FS; fs = strtok(NULL, ","))
		file_systems[count++] = fs;
	return count > 0;
}

int main(int argc, char **argv)
{
	static const struct tester tester = {
		.place = "/tmp/filediff",
		.families = families,
		.count = sizeof(families) / sizeof(families[0]),
		.option = option,
		.before = before_seed,
		.run = run_seed,
		.after = print_all,
	};

	return seeds_main(&tester, argc, argv);
}
