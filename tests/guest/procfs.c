/*
 * /proc but for the memory files: what it tells about processes and the system is true and has
 * Linux's form, and /proc/sys takes what Linux takes.
 */
#include "procfile.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>

#define P 4096UL

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("not root");
}

/* A child that waits to be killed, once it has done `prepare`. */
static pid_t start_child(void (*prepare)(void))
{
	int ready[2];
	pid_t pid;
	char c;

	CHECK(pipe(ready) == 0);
	pid = fork();
	if (!pid) {
		if (prepare)
			prepare();
		CHECK_EQ(write(ready[1], "", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_child(pid_t pid)
{
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

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

/* ---- the life of a process ---- */

TEST(zombie_and_gone)
{
	int status_fd, dir_fd;
	char path[64], *text;
	struct stat st;
	pid_t pid = fork();

	if (!pid)
		_exit(3);
	CHECK_EQ(waitid(P_PID, pid, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	text = slurp_pid(pid, "status");
	CHECK(strstr(text, "\nState:\tZ (zombie)\n"));
	CHECK(!strstr(text, "\nVmSize:"));
	CHECK_EQ(field(text, "Threads:"), 1);
	CHECK_STR(slurp_pid(pid, "cmdline"), "");
	CHECK_STR(slurp_pid(pid, "environ"), "");
	CHECK_STR(slurp_pid(pid, "statm"), "0 0 0 0 0 0 0\n");
	text = strrchr(slurp_pid(pid, "stat"), ')');
	CHECK(text && text[2] == 'Z');
	text = strrchr(text, ' ');
	CHECK_STR(text, " 768\n");
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	CHECK_ERRNO(readlink(path, proc_text, 1), ENOENT);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	dir_fd = open(path, O_RDONLY | O_DIRECTORY);
	status_fd = openat(dir_fd, "status", O_RDONLY);
	CHECK(dir_fd >= 0 && status_fd >= 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_ERRNO(stat(path, &st), ENOENT);
	CHECK(fstat(dir_fd, &st) == 0);
	CHECK_ERRNO(read(status_fd, path, 1), ESRCH);
	CHECK_ERRNO(openat(dir_fd, "status", O_RDONLY), ESRCH);
	CHECK_ERRNO(syscall(SYS_getdents64, dir_fd, path, sizeof(path)), ENOENT);
}

TEST(status)
{
	char *text = slurp("/proc/self/status");
	long long size, text_size;
	struct rlimit lim;

	CHECK(!strncmp(text, "Name:\tprocfs\nUmask:\t00", 22));
	CHECK(strstr(text, "\nState:\tR (running)\n"));
	CHECK_EQ(field(text, "Tgid:"), getpid());
	CHECK_EQ(field(text, "Pid:"), getpid());
	CHECK_EQ(field(text, "PPid:"), getppid());
	CHECK_EQ(field(text, "TracerPid:"), 0);
	CHECK_EQ(field(text, "Uid:"), getuid());
	CHECK_EQ(field(text, "Gid:"), getgid());
	CHECK_EQ(field(text, "NSpid:"), getpid());
	CHECK_EQ(field(text, "Threads:"), 1);
	CHECK(field(text, "FDSize:") >= 32);
	size = field(text, "VmSize:");
	CHECK(field(text, "VmPeak:") >= size);
	CHECK(field(text, "VmHWM:") >= field(text, "VmRSS:"));
	CHECK_EQ(field(text, "VmRSS:"),
		 field(text, "RssAnon:") + field(text, "RssFile:") + field(text, "RssShmem:"));
	CHECK_EQ(field(text, "VmLck:"), 0);
	CHECK(field(text, "VmData:") > 0 && field(text, "VmStk:") >= 128);
	text_size = field(text, "VmExe:");
	CHECK(text_size > 100 && text_size < 1000);
	CHECK(field(text, "VmPTE:") >= 4);
	CHECK_EQ(field(text, "VmSwap:"), 0);
	CHECK(strstr(text, "\nVmSwap:\t       0 kB\n"));
	CHECK(getrlimit(RLIMIT_SIGPENDING, &lim) == 0);
	CHECK_EQ(strtoul(strchr(strstr(text, "\nSigQ:\t"), '/') + 1, NULL, 10), lim.rlim_cur);
	CHECK(strstr(text, "\nCpus_allowed_list:\t0"));
	CHECK(strstr(text, "\nvoluntary_ctxt_switches:\t"));
	CHECK(strstr(text, "\nnonvoluntary_ctxt_switches:\t"));
}

TEST(status_counts_memory)
{
	long long size = field(slurp("/proc/self/status"), "VmSize:"), data, anon, peak;
	char *p;

	data = field(proc_text, "VmData:");
	p = mmap(NULL, 64 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmSize:"), size + 256);
	CHECK_EQ(field(proc_text, "VmData:"), data + 256);
	anon = field(proc_text, "RssAnon:");
	memset(p, 1, 64 * P);
	slurp("/proc/self/status");
	/* Linux counts up to 63 pages late. */
	CHECK(field(proc_text, "RssAnon:") >= anon && field(proc_text, "RssAnon:") <= anon + 512);
	peak = field(proc_text, "VmPeak:");
	CHECK(munmap(p, 64 * P) == 0);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmSize:"), size);
	CHECK_EQ(field(proc_text, "VmPeak:"), peak);
}

static void any_handler(int sig)
{
}

TEST(status_signals)
{
	sigset_t set;
	char *text;

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, any_handler);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, 34);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(kill(getpid(), SIGHUP) == 0);
	text = slurp("/proc/self/status");
	CHECK(strstr(text, "\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000001\n"
			   "SigBlk:\t0000000200000001\n"));
	CHECK(strstr(text, "\nSigIgn:\t0000000000000200\nSigCgt:\t0000000000000800\n"));
	CHECK(strstr(text, "\nSigQ:\t1/"));
}

TEST(stat_has_52_fields)
{
	char *text = slurp("/proc/self/stat"), *p, *save;
	unsigned long long value[53] = {0};
	int n = 2;
	struct timespec now;

	CHECK_EQ(strtoull(text, NULL, 10), getpid());
	CHECK(strstr(text, " (procfs) R "));
	CHECK_EQ(text[strlen(text) - 1], '\n');
	for (p = strtok_r(strrchr(text, ')') + 2, " \n", &save); p;
	     p = strtok_r(NULL, " \n", &save))
		value[++n < 53 ? n : 52] = strtoull(p, NULL, 10);
	CHECK_EQ(n, 52);
	CHECK_EQ(value[4], getppid());
	CHECK_EQ(value[5], getpgrp());
	CHECK_EQ(value[6], getsid(0));
	CHECK_EQ(value[18], 20); /* priority */
	CHECK_EQ(value[19], 0);	 /* nice */
	CHECK_EQ(value[20], 1);	 /* threads */
	clock_gettime(CLOCK_BOOTTIME, &now);
	CHECK(value[22] <= now.tv_sec * 100ULL + now.tv_nsec / 10000000);
	CHECK_EQ(value[23], field(slurp("/proc/self/status"), "VmSize:") * 1024ULL);
	CHECK_EQ(value[25], 4294967295ULL); /* limit of resident pages */
	CHECK(value[26] <= (unsigned long)main && (unsigned long)main < value[27]);
	CHECK((unsigned long)&text < value[28]);
	CHECK_EQ(value[38], SIGCHLD);
	CHECK(value[45] && value[46] >= value[45] && value[47] >= value[46]);
	CHECK(value[48] < value[49] && value[49] <= value[50] && value[50] < value[51]);
}

TEST(statm)
{
	unsigned long size, resident, shared, text, lib, data, dirty;

	CHECK_EQ(sscanf(slurp("/proc/self/statm"), "%lu %lu %lu %lu %lu %lu %lu", &size, &resident,
			&shared, &text, &lib, &data, &dirty),
		 7);
	slurp("/proc/self/status");
	CHECK_EQ(size * 4, field(proc_text, "VmSize:"));
	CHECK_EQ(data * 4, field(proc_text, "VmData:") + field(proc_text, "VmStk:"));
	CHECK(resident >= shared && size > resident && text && !lib && !dirty);
}

/* ---- names and arguments ---- */

TEST(comm)
{
	char long_name[] = "0123456789abcdefgh";

	CHECK_STR(slurp("/proc/self/comm"), "procfs\n");
	CHECK_EQ(try_write("/proc/self/comm", long_name), (int)strlen(long_name));
	CHECK_STR(slurp("/proc/self/comm"), "0123456789abcde\n");
	CHECK(strstr(slurp("/proc/self/stat"), " (0123456789abcde) R "));
	CHECK_EQ(prctl(PR_SET_NAME, "a) \n\\("), 0);
	CHECK_STR(slurp("/proc/self/comm"), "a) \n\\(\n");
	CHECK(!strncmp(slurp("/proc/self/status"), "Name:\ta) \\n\\\\(\nUmask:", 20));
	need_root();
	CHECK_EQ(try_write("/proc/1/comm", "x"), -EINVAL);
}

/* Run by exec below: stays until it is killed. */
TEST(wait_to_be_looked_at)
{
	if (getenv("X") && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		pause();
}

TEST(cmdline_and_environ)
{
	static char *const argv[] = {"a b", "", "wait_to_be_looked_at", NULL};
	static char *const envp[] = {"X=1", "Y=", NULL};
	char path[64], text[64];
	int fd, n = 0;
	pid_t pid = fork();

	if (!pid) {
		execve("/proc/self/exe", argv, envp);
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	while (n != 26) {
		usleep(1000);
		fd = open(path, O_RDONLY);
		n = read(fd, text, sizeof(text));
		close(fd);
	}
	CHECK(!memcmp(text, "a b\0\0wait_to_be_looked_at\0", 26));
	fd = open(path, O_RDONLY);
	CHECK_EQ(pread(fd, text, 2, 2), 2);
	CHECK(!memcmp(text, "b\0", 2));
	CHECK_EQ(pread(fd, text, sizeof(text), 26), 0);
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY);
	CHECK_EQ(read(fd, text, sizeof(text)), 7);
	CHECK(!memcmp(text, "X=1\0Y=\0", 7));
	CHECK_EQ(pread(fd, text, sizeof(text), 7), 0);
	end_child(pid);
}

TEST(cmdline_as_a_title)
{
	unsigned long arg_start, arg_end;
	char *text = strrchr(slurp("/proc/self/stat"), ')') + 2;
	int i;

	for (i = 3; i < 48; i++)
		text = strchr(text, ' ') + 1;
	CHECK_EQ(sscanf(text, "%lu %lu", &arg_start, &arg_end), 2);
	text = (char *)arg_start;
	memset(text, 'x', arg_end - arg_start);
	strcpy((char *)arg_end, "y");
	slurp("/proc/self/cmdline");
	CHECK_EQ(strlen(proc_text), arg_end - arg_start + 1);
	CHECK_EQ(proc_text[arg_end - arg_start], 'y');
}

TEST(auxv)
{
	unsigned long pairs[64][2];
	int fd = open("/proc/self/auxv", O_RDONLY), n, i;

	n = read(fd, pairs, sizeof(pairs));
	CHECK(n > 0 && n % (int)sizeof(*pairs) == 0);
	n /= sizeof(*pairs);
	CHECK_EQ(pairs[n - 1][0], AT_NULL);
	for (i = 0; i < n - 1; i++) {
		CHECK(pairs[i][0]);
		if (pairs[i][0] != AT_HWCAP) /* the C library has its own idea of it */
			CHECK_EQ(pairs[i][1], getauxval(pairs[i][0]));
	}
	CHECK_EQ(read(fd, pairs, sizeof(pairs)), 0);
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

/* ---- threads ---- */

static int thread_pipe[2];

static void *thread_main(void *unused)
{
	pid_t tid = syscall(SYS_gettid);
	char c;

	prctl(PR_SET_NAME, "second");
	if (write(thread_pipe[1], &tid, sizeof(tid)) == sizeof(tid))
		while (read(thread_pipe[0], &c, 1) < 0)
			;
	return NULL;
}

TEST(threads)
{
	int sync[2][2], entries = 0;
	pthread_t thread;
	struct dirent *d;
	char path[64];
	pid_t tid;
	DIR *dir;

	CHECK(pipe(sync[0]) == 0 && pipe(sync[1]) == 0);
	thread_pipe[0] = sync[0][0];
	thread_pipe[1] = sync[1][1];
	CHECK_EQ(pthread_create(&thread, NULL, thread_main, NULL), 0);
	CHECK_EQ(read(sync[1][0], &tid, sizeof(tid)), (int)sizeof(tid));
	dir = opendir("/proc/self/task");
	while ((d = readdir(dir))) {
		int n = atoi(d->d_name);

		entries += n == tid || n == getpid();
	}
	CHECK_EQ(entries, 2);
	CHECK_EQ(field(slurp("/proc/self/status"), "Threads:"), 2);
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
	slurp(path);
	CHECK(!strncmp(proc_text, "Name:\tsecond\n", 13));
	CHECK_EQ(field(proc_text, "Pid:"), tid);
	CHECK_EQ(field(proc_text, "Tgid:"), getpid());
	/* A thread has a directory of that name, though it is not listed. */
	CHECK_STR(slurp_pid(tid, "comm"), "second\n");
	CHECK_STR(slurp("/proc/self/comm"), "procfs\n");
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	CHECK_EQ(try_write(path, "other"), 5);
	CHECK_STR(slurp_pid(tid, "comm"), "other\n");
	CHECK_EQ(write(sync[0][1], "", 1), 1);
	CHECK_EQ(pthread_join(thread, NULL), 0);
}

/* ---- limits, rights ---- */

TEST(limits)
{
	struct rlimit lim = {12345, RLIM_INFINITY};
	char *text, wanted[128];

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = 123;
	CHECK(setrlimit(RLIMIT_NOFILE, &lim) == 0);
	text = slurp("/proc/self/limits");
	CHECK(!strncmp(
		text,
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max cpu time              unlimited            unlimited            seconds   \n",
		158));
	snprintf(wanted, sizeof(wanted),
		 "\nMax open files            123                  %-20lu files     \n",
		 (unsigned long)lim.rlim_max);
	CHECK(strstr(text, wanted));
	CHECK(strstr(text, "\nMax realtime timeout      unlimited            unlimited            "
			   "us        \n"));
}

TEST(oom_score_adj)
{
	pid_t pid;

	need_root();
	CHECK_STR(slurp("/proc/self/oom_score_adj"), "0\n");
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "1001"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "-1001"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "x"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/oom_score_adj", " -5 \n"), 5);
	CHECK_STR(slurp("/proc/self/oom_score_adj"), "-5\n");
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "500"), 3);
	pid = fork();
	if (!pid) {
		CHECK_STR(slurp("/proc/self/oom_score_adj"), "500\n");
		CHECK(setuid(1000) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
		CHECK_EQ(try_write("/proc/self/oom_score_adj", "600"), 3);
		CHECK_EQ(try_write("/proc/self/oom_score_adj", "500"), 3);
		CHECK_EQ(try_write("/proc/self/oom_score_adj", "499"), -EACCES);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

static void check_kept_out_of(pid_t pid)
{
	static const char *const secret[] = {"environ", "maps",		"auxv", "pagemap",
					     "smaps",	"smaps_rollup", "mem",	"personality"};
	char path[64];
	unsigned int i;

	CHECK(setgid(1000) == 0 && setuid(1000) == 0);
	for (i = 0; i < sizeof(secret) / sizeof(*secret); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, secret[i]);
		if (try_read(path) != EACCES)
			CHECK_FAIL("%s: errno %d", path, try_read(path));
	}
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	CHECK_ERRNO(open(path, O_RDONLY), EACCES);
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	CHECK_ERRNO(readlink(path, proc_text, 64), EACCES);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/0", pid);
	CHECK_EQ(try_read(path), EACCES);
	CHECK(strstr(slurp_pid(pid, "status"), "\nVmSize:"));
	CHECK_STR(slurp_pid(pid, "comm"), "procfs\n");
	CHECK(strstr(slurp_pid(pid, "stat"), " 0 0 0 0 0 0 0 0\n"));
	CHECK_EQ(try_read("/proc/slabinfo"), EACCES);
	CHECK_EQ(try_read("/proc/kmsg"), EACCES);
	CHECK_EQ(try_write("/proc/sys/vm/overcommit_memory", "0"), -EACCES);
}

TEST(others_are_kept_out)
{
	pid_t pid, stranger;

	need_root();
	pid = start_child(NULL);
	stranger = fork();
	if (!stranger) {
		check_kept_out_of(pid);
		_exit(0);
	}
	CHECK_CHILD(stranger);
	end_child(pid);
}

TEST(owner)
{
	struct stat st;

	need_root();
	CHECK(setgid(1000) == 0 && setuid(1001) == 0);
	CHECK(stat("/proc/self", &st) == 0);
	CHECK_EQ(st.st_uid, 1001);
	CHECK_EQ(st.st_gid, 1000);
	/* Who gave up rights may still know secrets: until exec its files are root's. */
	CHECK(stat("/proc/self/maps", &st) == 0);
	CHECK_EQ(st.st_uid, 0);
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	CHECK(stat("/proc/self/maps", &st) == 0);
	CHECK_EQ(st.st_uid, 1001);
}

/* ---- the system ---- */

TEST(meminfo_is_true)
{
	enum {
		MB = 8
	};
	long long before, anon, committed;
	char *text = slurp("/proc/meminfo"), *p;

	CHECK(!strncmp(text, "MemTotal:       ", 16));
	CHECK(strstr(text, " kB\nMemFree:        "));
	CHECK_EQ(field(text, "LowTotal:") + field(text, "HighTotal:"), field(text, "MemTotal:"));
	CHECK(field(text, "MemAvailable:") <= field(text, "MemTotal:"));
	CHECK(field(text, "MemFree:") < field(text, "MemTotal:"));
	CHECK_EQ(field(text, "Slab:"), field(text, "SReclaimable:") + field(text, "SUnreclaim:"));
	CHECK_EQ(field(text, "Active:"),
		 field(text, "Active(anon):") + field(text, "Active(file):"));
	CHECK(field(text, "PageTables:") > 0 && field(text, "KernelStack:") > 0);
	before = field(text, "MemFree:");
	anon = field(text, "AnonPages:");
	committed = field(text, "Committed_AS:");
	p = mmap(NULL, MB << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	memset(p, 1, MB << 20);
	slurp("/proc/meminfo");
	CHECK(field(proc_text, "MemFree:") <= before - MB / 2 * 1024);
	CHECK(field(proc_text, "AnonPages:") >= anon + (MB - 1) * 1024);
	CHECK(field(proc_text, "Committed_AS:") >= committed + (MB - 1) * 1024);
	CHECK(munmap(p, MB << 20) == 0);
	slurp("/proc/meminfo");
	CHECK(field(proc_text, "MemFree:") >= before - MB / 2 * 1024);
}

TEST(buddyinfo_and_slabinfo)
{
	char *line = slurp("/proc/buddyinfo"), zone[32];
	int node, used;

	for (; *line; line = strchr(line, '\n') + 1) {
		CHECK_EQ(sscanf(line, "Node %d, zone %31s%n", &node, zone, &used), 2);
		CHECK_EQ(strchr(line, '\n') - line, 13 + 8 + 1 + 11 * 7);
	}
	need_root();
	CHECK(!strncmp(slurp("/proc/slabinfo"),
		       "slabinfo - version: 2.1\n# name            <active_objs>", 60 - 7));
	CHECK(strstr(proc_text, "\nvm_area_struct "));
	CHECK(strstr(proc_text, "\ntask_struct "));
	CHECK(strstr(proc_text, " : slabdata "));
}

TEST(vmstat_counts_faults)
{
	long long faults = field(slurp("/proc/vmstat"), "pgfault ");
	char *p = mmap(NULL, 100 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	memset(p, 1, 100 * P);
	CHECK(field(slurp("/proc/vmstat"), "pgfault ") >= faults + 100);
	CHECK(field(proc_text, "nr_free_pages ") > 0);
	CHECK(field(proc_text, "nr_page_table_pages ") > 0);
	CHECK(field(proc_text, "pgfree ") > 0);
}

TEST(uptime_loadavg_stat)
{
	double up, up2, idle, load[3];
	struct timespec now;
	int running, total, last;
	char *text;

	clock_gettime(CLOCK_BOOTTIME, &now);
	CHECK_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf\n", &up, &idle), 2);
	CHECK(up >= now.tv_sec + now.tv_nsec / 1e9 - 0.02 && up < now.tv_sec + 10);
	usleep(50000);
	CHECK_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf\n", &up2, &idle), 2);
	CHECK(up2 >= up + 0.03);
	CHECK_EQ(sscanf(slurp("/proc/loadavg"), "%lf %lf %lf %d/%d %d\n", &load[0], &load[1],
			&load[2], &running, &total, &last),
		 6);
	CHECK(running >= 1 && total >= running && last >= getpid());
	text = slurp("/proc/stat");
	CHECK(!strncmp(text, "cpu  ", 5));
	CHECK(strstr(text, "\ncpu0 ") && strstr(text, "\nintr ") && strstr(text, "\nctxt "));
	CHECK(llabs(field(text, "btime ") + (long long)up2 - time(NULL)) <= 2);
	CHECK(field(text, "processes ") > 1 && field(text, "procs_running ") >= 1);
}

TEST(version_and_lists)
{
	struct utsname name;
	char wanted[256];

	CHECK(uname(&name) == 0);
	snprintf(wanted, sizeof(wanted), "%s version %s (", name.sysname, name.release);
	CHECK(!strncmp(slurp("/proc/version"), wanted, strlen(wanted)));
	CHECK(strstr(proc_text, name.version));
	CHECK(strstr(slurp("/proc/filesystems"), "nodev\tproc\n"));
	CHECK(strstr(proc_text, "nodev\ttmpfs\n"));
	CHECK(strstr(slurp("/proc/mounts"), "proc /proc proc rw"));
	CHECK(strstr(slurp("/proc/self/mountinfo"), " /proc rw"));
	CHECK(strstr(proc_text, " - proc proc rw\n"));
	CHECK(strstr(slurp("/proc/devices"), "Character devices:\n  1 mem\n"));
	CHECK(strstr(proc_text, "\nBlock devices:\n"));
	CHECK(strstr(slurp("/proc/cpuinfo"), "processor\t: 0\nvendor_id\t: "));
	CHECK(strstr(proc_text, "\nflags\t\t: fpu "));
	CHECK(!strncmp(slurp("/proc/swaps"), "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
		       41));
	CHECK_EQ(slurp("/proc/cmdline")[strlen(slurp("/proc/cmdline")) - 1], '\n');
}

/* ---- /proc/sys ---- */

#define RANDOMIZE  "/proc/sys/kernel/randomize_va_space"
#define OVERCOMMIT "/proc/sys/vm/overcommit_memory"

static const struct {
	const char *text;
	int result, value;
} int_writes[] = {
	{"1", 1, 1},
	{"2x", -EINVAL, 1},
	{"-1", 2, -1},
	{"3 4", 2, 3},
	{"", 0, 3},
	{"\n", -EINVAL, 3},
	{" 1\n", 3, 1},
	{"0x2\n", 4, 2},
	{"010", 3, 8},
	{"99999999999999999999", -EINVAL, 8},
	{"1\n\n", 3, 1},
	{"0 a", 2, 0},
	{"2147483648", -EINVAL, 0},
	{"- 1", -EINVAL, 0},
	{"2", 1, 2},
};

TEST(sysctl_integers)
{
	unsigned int i;

	need_root();
	for (i = 0; i < sizeof(int_writes) / sizeof(*int_writes); i++) {
		int n = try_write(RANDOMIZE, int_writes[i].text);

		if (n != int_writes[i].result)
			CHECK_FAIL("\"%s\" gave %d", int_writes[i].text, n);
		CHECK_EQ(strtol(slurp(RANDOMIZE), NULL, 10), int_writes[i].value);
	}
	CHECK_STR(slurp(RANDOMIZE), "2\n");
}

TEST(sysctl_ranges)
{
	need_root();
	CHECK_EQ(try_write(OVERCOMMIT, "3"), -EINVAL);
	CHECK_EQ(try_write(OVERCOMMIT, "-1"), -EINVAL);
	CHECK_EQ(try_write(OVERCOMMIT, "1"), 1);
	CHECK_STR(slurp(OVERCOMMIT), "1\n");
	CHECK_EQ(try_write(OVERCOMMIT, "0"), 1);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "0"), -EINVAL);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "5"), -EINVAL);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "3\n"), 2);
	CHECK_ERRNO(open("/proc/sys/vm/drop_caches", O_RDONLY), EACCES);
	CHECK_EQ(try_write("/proc/sys/kernel/ostype", "x"), -EACCES);
}

TEST(sysctl_overcommit_share_or_number)
{
	char *ratio = "/proc/sys/vm/overcommit_ratio", *kbytes = "/proc/sys/vm/overcommit_kbytes";
	char old[32];

	need_root();
	strcpy(old, slurp(ratio));
	CHECK_EQ(try_write(kbytes, "-1"), -EINVAL);
	CHECK_EQ(try_write(kbytes, "40000"), 5);
	CHECK_STR(slurp(kbytes), "40000\n");
	CHECK_STR(slurp(ratio), "0\n");
	CHECK_EQ(field(slurp("/proc/meminfo"), "CommitLimit:"), 40000);
	CHECK_EQ(try_write(ratio, "25"), 2);
	CHECK_STR(slurp(kbytes), "0\n");
	CHECK(field(slurp("/proc/meminfo"), "CommitLimit:") <= field(proc_text, "MemTotal:") / 4);
	CHECK_EQ(try_write(ratio, old), (int)strlen(old));
}

TEST(sysctl_strings_and_vectors)
{
	const char *host = "/proc/sys/kernel/hostname", *printk = "/proc/sys/kernel/printk";
	char old_host[80], old_printk[80];
	struct utsname name;

	need_root();
	strcpy(old_host, slurp(host));
	strcpy(old_printk, slurp(printk));
	CHECK_EQ(try_write(host, "abc\ndef"), 7);
	CHECK_STR(slurp(host), "abc\n");
	CHECK(uname(&name) == 0);
	CHECK_STR(name.nodename, "abc");
	CHECK_EQ(try_write(host, old_host), (int)strlen(old_host));
	CHECK_EQ(try_write(printk, "3 4 1 7\n"), 8);
	CHECK_STR(slurp(printk), "3\t4\t1\t7\n");
	CHECK_EQ(try_write(printk, "2 5"), 3);
	CHECK_STR(slurp(printk), "2\t5\t1\t7\n");
	CHECK_EQ(try_write(printk, old_printk), (int)strlen(old_printk));
	CHECK_STR(slurp(printk), old_printk);
}

TEST(sysctl_positions)
{
	int fd = open("/proc/sys/vm/max_map_count", O_RDONLY);
	char text[16];

	CHECK_EQ(read(fd, text, 3), 3);
	CHECK(!memcmp(text, "655", 3));
	CHECK_EQ(read(fd, text, 3), 0);
	CHECK_EQ(pread(fd, text, sizeof(text), 0), 6);
	CHECK(!memcmp(text, "65530\n", 6));
	fd = open("/proc/sys/kernel/ostype", O_RDONLY);
	CHECK_EQ(read(fd, text, 3), 3);
	CHECK_EQ(read(fd, text, 16), 3);
	CHECK(!memcmp(text, "ux\n", 3));
}

TEST(random_uuids)
{
	char first[64], boot[64];

	strcpy(first, slurp("/proc/sys/kernel/random/uuid"));
	CHECK_EQ(strlen(first), 37);
	CHECK(first[8] == '-' && first[13] == '-' && first[14] == '4' && strchr("89ab", first[19]));
	CHECK(strcmp(slurp("/proc/sys/kernel/random/uuid"), first));
	strcpy(boot, slurp("/proc/sys/kernel/random/boot_id"));
	CHECK_STR(slurp("/proc/sys/kernel/random/boot_id"), boot);
}
