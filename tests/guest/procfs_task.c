/*
 * What /proc tells about a process: status, stat, names and arguments, threads, limits, and who may
 * read it. The memory files are in maps.c and pagemap.c.
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
#include <time.h>

#define P 4096UL

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

	CHECK(!strncmp(text, "Name:\tprocfs_task\nUmask:\t00", 27));
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

/* Whether a process would have huge pages is kept by fork and exec, where this case begins anew. */
TEST(status_tells_of_huge_pages)
{
	pid_t pid;

	if (getenv("NO_HUGE_PAGES")) {
		CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
		CHECK_EQ(field(slurp("/proc/self/status"), "THP_enabled:"), 0);
		return;
	}
	CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
	CHECK_EQ(field(slurp("/proc/self/status"), "THP_enabled:"), 1);
	CHECK_ERRNO(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_THP_DISABLE, 1, 1, 0, 0), EINVAL);
	CHECK_EQ(prctl(PR_SET_THP_DISABLE, 5, 0, 0, 0), 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(setenv("NO_HUGE_PAGES", "1", 1), 0);
		execl("/proc/self/exe", "procfs_task", check_name, NULL);
		_exit(CHECK_FAILED);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(field(slurp("/proc/self/status"), "THP_enabled:"), 0);
	CHECK_EQ(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
	CHECK_EQ(field(slurp("/proc/self/status"), "THP_enabled:"), 1);
}

TEST(stat_has_52_fields)
{
	char *text = slurp("/proc/self/stat"), *p, *save;
	unsigned long long value[53] = {0};
	int n = 2;
	struct timespec now;

	CHECK_EQ(strtoull(text, NULL, 10), getpid());
	CHECK(strstr(text, " (procfs_task) R "));
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

	CHECK_STR(slurp("/proc/self/comm"), "procfs_task\n");
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
	CHECK_STR(slurp("/proc/self/comm"), "procfs_task\n");
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
	CHECK_STR(slurp_pid(pid, "comm"), "procfs_task\n");
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
