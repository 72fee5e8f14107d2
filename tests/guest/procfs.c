/*
 * /proc as a tree of files: which names there are, their kinds and rights, links and open files. It
 * has Linux's form throughout.
 */
#include "procfile.h"
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* ---- the tree ---- */

TEST(self)
{
	char text[32], wanted[32];
	int n = readlink("/proc/self", text, sizeof(text) - 1);
	struct stat st;

	CHECK(n > 0);
	text[n] = 0;
	CHECK_EQ(atoi(text), getpid());
	n = readlink("/proc/thread-self", text, sizeof(text) - 1);
	CHECK(n > 0);
	text[n] = 0;
	snprintf(wanted, sizeof(wanted), "%d/task/%d", getpid(), getpid());
	CHECK_STR(text, wanted);
	n = readlink("/proc/mounts", text, sizeof(text) - 1);
	CHECK_EQ(n, 11);
	CHECK(!memcmp(text, "self/mounts", 11));
	CHECK(lstat("/proc/self", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFLNK | 0777);
	CHECK_EQ(st.st_size, 0);
}

TEST(modes_and_file_system)
{
	struct statfs fs;
	struct stat st;

	CHECK(stat("/proc", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0555);
	CHECK_EQ(st.st_ino, 1);
	CHECK(statfs("/proc", &fs) == 0);
	CHECK_EQ(fs.f_type, 0x9fa0);
	CHECK(stat("/proc/self", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0555);
	CHECK(st.st_nlink > 2);
	CHECK(stat("/proc/self/task", &st) == 0);
	CHECK_EQ(st.st_nlink, 3);
	CHECK(stat("/proc/self/status", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0444);
	CHECK_EQ(st.st_size, 0);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_EQ(st.st_blksize, 1024);
	CHECK(stat("/proc/self/fd", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0500);
	CHECK(stat("/proc/self/environ", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0400);
	CHECK(stat("/proc/sys/vm", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0555);
	CHECK(stat("/proc/sys/vm/max_map_count", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0644);
}

TEST(nothing_can_be_made_or_removed)
{
	need_root();
	CHECK_ERRNO(mkdir("/proc/guest", 0700), ENOENT);
	CHECK_ERRNO(open("/proc/guest", O_CREAT | O_RDWR, 0600), ENOENT);
	CHECK_ERRNO(symlink("a", "/proc/guest"), ENOENT);
	CHECK_ERRNO(unlink("/proc/meminfo"), EPERM);
	CHECK_ERRNO(unlink("/proc/self/status"), EPERM);
	CHECK_ERRNO(rmdir("/proc/sys"), EPERM);
	CHECK_ERRNO(chmod("/proc/self/status", 0777), EPERM);
	CHECK_ERRNO(chmod("/proc/sys/vm/max_map_count", 0777), EPERM);
	CHECK(truncate("/proc/self/comm", 0) == 0);
}

TEST(names_that_are_none)
{
	CHECK_EQ(try_read("/proc/0/comm"), ENOENT);
	CHECK_EQ(try_read("/proc/01/comm"), ENOENT);
	CHECK_EQ(try_read("/proc/-1/comm"), ENOENT);
	CHECK_EQ(try_read("/proc/99999999999/comm"), ENOENT);
	CHECK_EQ(try_read("/proc/self/guest"), ENOENT);
	CHECK_EQ(try_read("/proc/self/fd/999"), ENOENT);
	CHECK_EQ(try_read("/proc/self/task/1/comm"), ENOENT);
	CHECK_EQ(try_read("/proc/sys/kernel/guest"), ENOENT);
	CHECK_EQ(try_read("/proc/self/status/x"), ENOTDIR);
	CHECK_EQ(try_read("/proc/self/.."), EISDIR);
}

TEST(readdir_lists_processes_in_order)
{
	pid_t pid = start_child(NULL);
	int last = 0, seen_self = 0, seen_child = 0, seen_meminfo = 0, seen_link = 0;
	DIR *dir = opendir("/proc");
	struct dirent *d;
	struct stat st;

	CHECK(dir);
	while ((d = readdir(dir))) {
		int n = atoi(d->d_name);

		seen_meminfo += !strcmp(d->d_name, "meminfo") && d->d_type == DT_REG;
		seen_link += !strcmp(d->d_name, "self") && d->d_type == DT_LNK;
		if (n > 0) {
			CHECK(n > last);
			CHECK_EQ(d->d_type, DT_DIR);
			last = n;
		}
		seen_self += n == getpid();
		seen_child += n == pid;
		if (n == pid) {
			CHECK(fstatat(dirfd(dir), d->d_name, &st, 0) == 0);
			CHECK_EQ(st.st_ino, d->d_ino);
		}
	}
	CHECK_EQ(seen_self, 1);
	CHECK_EQ(seen_child, 1);
	CHECK_EQ(seen_meminfo, 1);
	CHECK_EQ(seen_link, 1);
	end_child(pid);
}

TEST(readdir_of_a_process)
{
	static const char *const wanted[] = {
		"task",	   "fd",      "fdinfo",	       "environ",    "auxv",  "status",
		"limits",  "comm",    "stat",	       "statm",	     "maps",  "cwd",
		"root",	   "exe",     "mounts",	       "mountinfo",  "smaps", "smaps_rollup",
		"pagemap", "cmdline", "oom_score_adj", "personality"};
	DIR *dir = opendir("/proc/self");
	unsigned int i, found = 0;
	struct dirent *d;

	CHECK(dir);
	while ((d = readdir(dir))) {
		for (i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
			found += !strcmp(wanted[i], d->d_name);
	}
	CHECK_EQ(found, sizeof(wanted) / sizeof(*wanted));
}

/* ---- links and open files ---- */

static void check_link(const char *link, const char *wanted)
{
	char text[256];
	int n = readlink(link, text, sizeof(text) - 1);

	CHECK(n > 0);
	text[n] = 0;
	CHECK_STR(text, wanted);
}

TEST(cwd_root_and_exe)
{
	struct stat a, b;
	char path[64];
	pid_t pid;

	CHECK(chdir("/tmp") == 0);
	check_link("/proc/self/cwd", "/tmp");
	check_link("/proc/self/root", "/");
	CHECK(stat("/proc/self/cwd", &a) == 0 && stat("/tmp", &b) == 0);
	CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	CHECK(access("/proc/self/cwd/../proc/self/root/proc/self/exe", X_OK) == 0);
	CHECK(chdir("/proc/self") == 0);
	snprintf(path, sizeof(path), "/proc/%d", getpid());
	check_link("/proc/self/cwd", path);
	pid = start_child(NULL);
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	CHECK(stat(path, &a) == 0 && stat("/proc/self/exe", &b) == 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	end_child(pid);
}

TEST(removed_directory)
{
	char name[] = "/tmp/guestXXXXXX", wanted[64];

	CHECK(mkdtemp(name) && chdir(name) == 0 && rmdir(name) == 0);
	snprintf(wanted, sizeof(wanted), "%s (deleted)", name);
	check_link("/proc/self/cwd", wanted);
}

TEST(fd_links)
{
	char name[] = "/tmp/guestXXXXXX", link[64], text[64];
	int fd = mkstemp(name), p[2], n;
	struct stat st;

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "hello", 5), 5);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	check_link(link, name);
	CHECK(lstat(link, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFLNK | 0700);
	CHECK_EQ(st.st_size, 64);
	CHECK(unlink(name) == 0);
	snprintf(text, sizeof(text), "%s (deleted)", name);
	check_link(link, text);
	/* The link leads to the file itself, which has no name any more. */
	n = open(link, O_RDONLY);
	CHECK(n >= 0);
	CHECK_EQ(read(n, text, sizeof(text)), 5);
	CHECK(!memcmp(text, "hello", 5));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", n);
	CHECK(lstat(link, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFLNK | 0500);
	CHECK(pipe(p) == 0 && fstat(p[0], &st) == 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", p[0]);
	snprintf(text, sizeof(text), "pipe:[%lu]", (unsigned long)st.st_ino);
	check_link(link, text);
	CHECK(stat(link, &st) == 0 && S_ISFIFO(st.st_mode));
	close(p[0]);
	CHECK_ERRNO(readlink(link, text, sizeof(text)), ENOENT);
}

TEST(fd_directory)
{
	int fd = open("/", O_RDONLY), last = -1, found = 0;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;

	CHECK(dir && dup2(fd, 500) == 500);
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		CHECK_EQ(d->d_type, DT_LNK);
		CHECK(atoi(d->d_name) > last);
		last = atoi(d->d_name);
		CHECK(fcntl(last, F_GETFD) >= 0);
		found += last == fd || last == dirfd(dir) || last == 500;
	}
	CHECK_EQ(found, 3);
	CHECK(strstr(slurp_pid(getpid(), "status"), "\nFDSize:\t512\n"));
}

TEST(fdinfo)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char path[64], *text;
	struct stat st;

	CHECK(fd >= 0 && lseek(fd, 1234, SEEK_SET) == 1234 && fstat(fd, &st) == 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	text = slurp(path);
	CHECK_EQ(field(text, "pos:"), 1234);
	CHECK_EQ(field(text, "flags:") & ~O_LARGEFILE & ~0100000, O_CLOEXEC);
	CHECK(field(text, "mnt_id:") > 0);
	CHECK_EQ(field(text, "ino:"), st.st_ino);
	CHECK(fcntl(fd, F_SETFD, 0) == 0);
	CHECK_EQ(field(slurp(path), "flags:") & O_CLOEXEC, 0);
}

/* ---- threads of the kernel ---- */

/* The letter of the state of the process of this name; 0: there is none. */
static char state_of(const char *wanted)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char name[32], path[300], state = 0, one;

	CHECK(dir != NULL);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && !access(path, F_OK) &&
		    sscanf(slurp(path), "%*d (%31[^)]) %c", name, &one) == 2 &&
		    !strcmp(name, wanted))
			state = one;
	}
	closedir(dir);
	return state;
}

/* One that has nothing to do is no load: it does not wait for a disk. */
TEST(threads_of_the_kernel_sleep_when_they_are_idle)
{
	static const char *const names[] = {"kswapd0", "kcompactd0", "ksmd"};

	for (int i = 0; i < 3; i++) {
		for (int tries = 0; tries < 50 && state_of(names[i]) != 'S'; tries++)
			usleep(20000);
		CHECK_EQ(state_of(names[i]), 'S');
	}
}
