/*
 * What /proc tells of what a process does and uses: wchan, stack, syscall, io, timerslack_ns,
 * map_files, ns, cgroup.
 */
#include "check.h"
#include "procfile.h"
#include <dirent.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define STRANGER  4711
#define PAGE	  4096
#define TEXT_SIZE 256

static int pipe_fds[2];
static char pipe_buf[100];

/* Sleeps for ever in a read whose arguments are known. */
static void read_for_ever(void)
{
	CHECK_EQ(read(pipe_fds[0], pipe_buf, sizeof(pipe_buf)), 0);
}

static pid_t start_reader(void)
{
	char name[64];
	pid_t pid;

	CHECK(!pipe(pipe_fds));
	pid = fork();
	if (!pid)
		read_for_ever();
	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	while (!strstr(slurp(name), ") S "))
		sched_yield();
	return pid;
}

/* Run in a child as a user without rights; `pid` is a process of root's. */
static void as_stranger(void (*what)(pid_t pid), pid_t pid)
{
	pid_t child = fork();

	if (!child) {
		CHECK(!setgid(STRANGER) && !setuid(STRANGER));
		what(pid);
		_exit(0);
	}
	CHECK_CHILD(child);
}

static int try_pid(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return try_read(path);
}

static int is_name(const char *text)
{
	return strlen(text) > 2 && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
						"XYZ0123456789_.") == strlen(text);
}

/* ---- where it waits ---- */

TEST(wchan_names_the_function_in_which_it_sleeps)
{
	pid_t pid = start_reader();

	CHECK(!strncmp(slurp_pid(pid, "wchan"), "pipe_read", 9));
	end_child(pid);
	CHECK_STR(slurp("/proc/self/wchan"), "0");
	CHECK_STR(slurp("/proc/thread-self/wchan"), "0");
}

static void wchan_of_root(pid_t pid)
{
	CHECK_STR(slurp_pid(pid, "wchan"), "0");
}

TEST(wchan_is_0_for_strangers)
{
	pid_t pid = start_reader();

	CHECK(is_name(slurp_pid(pid, "wchan")));
	as_stranger(wchan_of_root, pid);
	end_child(pid);
}

TEST(syscall_shows_number_arguments_and_registers)
{
	pid_t pid = start_reader();
	unsigned long nr, fd, buf, len, rest[3], sp, ip;
	char end;

	CHECK_EQ(sscanf(slurp_pid(pid, "syscall"),
			"%lu 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx%c", &nr, &fd, &buf,
			&len, &rest[0], &rest[1], &rest[2], &sp, &ip, &end),
		 10);
	CHECK_EQ(nr, SYS_read);
	CHECK_EQ(fd, pipe_fds[0]);
	CHECK_EQ(buf, (unsigned long)pipe_buf);
	CHECK_EQ(len, sizeof(pipe_buf));
	CHECK(sp > 0xb0000000UL && ip > 0x8048000UL);
	CHECK_EQ(end, '\n');
	end_child(pid);
}

TEST(syscall_of_one_that_runs)
{
	char text[TEXT_SIZE];
	pid_t pid = fork();

	if (!pid)
		for (;;)
			;
	strcpy(text, slurp_pid(pid, "syscall"));
	end_child(pid);
	CHECK_STR(text, "running\n");
	/* Its own is the read. */
	snprintf(text, sizeof(text), "%d 0x", SYS_read);
	CHECK(!strncmp(slurp("/proc/self/syscall"), text, strlen(text)));
}

TEST(stack_is_a_backtrace_with_names)
{
	pid_t pid = start_reader();
	char *line, *next, *text = slurp_pid(pid, "stack");
	int n = 0;

	CHECK(!strncmp(text, "[<0>] pipe_read", 15));
	for (line = text; *line; line = next, n++) {
		unsigned int offset, size;
		char name[64];

		next = strchr(line, '\n');
		CHECK(next != NULL);
		*next++ = '\0';
		CHECK_EQ(sscanf(line, "[<0>] %63[^+]+0x%x/0x%x", name, &offset, &size), 3);
		CHECK(is_name(name));
		CHECK(offset <= size);
	}
	CHECK(n > 3);
	end_child(pid);
}

static void states_of_root(pid_t pid)
{
	CHECK_EQ(try_pid(pid, "stack"), EACCES);
	CHECK_EQ(try_pid(pid, "syscall"), EACCES);
	CHECK_EQ(try_pid(pid, "io"), EACCES);
	CHECK_EQ(try_pid(pid, "timerslack_ns"), EPERM);
	CHECK_EQ(try_pid(pid, "map_files"), EACCES);
	CHECK_EQ(try_pid(pid, "ns"), EACCES);
	CHECK_EQ(try_pid(pid, "ns/uts"), EACCES);
	CHECK_EQ(try_pid(pid, "cgroup"), 0);
}

TEST(strangers_do_not_see_them)
{
	pid_t pid = start_reader();

	as_stranger(states_of_root, pid);
	end_child(pid);
}

static void own_stack(pid_t pid)
{
	CHECK(!prctl(PR_SET_DUMPABLE, 1));
	CHECK_EQ(try_read("/proc/self/stack"), EACCES);
	CHECK_EQ(try_read("/proc/self/syscall"), 0);
	CHECK_EQ(try_read("/proc/self/io"), 0);
}

TEST(stack_is_for_the_administrator_only)
{
	as_stranger(own_stack, 0);
}

/* ---- io ---- */

struct io {
	long long rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled;
};

static struct io parse_io(const char *text)
{
	struct io io;

	CHECK_EQ(sscanf(text,
			"rchar: %lld\nwchar: %lld\nsyscr: %lld\nsyscw: %lld\nread_bytes: "
			"%lld\nwrite_bytes: %lld\ncancelled_write_bytes: %lld\n",
			&io.rchar, &io.wchar, &io.syscr, &io.syscw, &io.read_bytes, &io.write_bytes,
			&io.cancelled),
		 7);
	return io;
}

static struct io thread_io(void)
{
	return parse_io(slurp("/proc/thread-self/io"));
}

/* What one look itself adds to the next one: one read of the text and one that finds its end. */
static long long own_chars(const struct io *io)
{
	char text[TEXT_SIZE];

	return snprintf(text, sizeof(text),
			"rchar: %lld\nwchar: %lld\nsyscr: %lld\nsyscw: %lld\nread_bytes: "
			"%lld\nwrite_bytes: %lld\ncancelled_write_bytes: %lld\n",
			io->rchar, io->wchar, io->syscr, io->syscw, io->read_bytes, io->write_bytes,
			io->cancelled);
}
#define OWN_READS 2

static void check_io(const struct io *before, int rchar, int wchar, int syscr, int syscw)
{
	struct io after = thread_io();

	CHECK_EQ(after.rchar - before->rchar - own_chars(before), rchar);
	CHECK_EQ(after.wchar - before->wchar, wchar);
	CHECK_EQ(after.syscr - before->syscr - OWN_READS, syscr);
	CHECK_EQ(after.syscw - before->syscw, syscw);
	CHECK_EQ(after.cancelled, 0);
}

TEST(io_counts_bytes_and_calls)
{
	int zero = open("/dev/zero", O_RDWR);
	static char buf[100];
	struct io before = thread_io();

	CHECK_EQ(read(zero, buf, 70), 70);
	CHECK_EQ(write(zero, buf, 30), 30);
	CHECK_EQ(write(zero, buf, 31), 31);
	check_io(&before, 70, 61, 1, 2);
	before = thread_io();
	CHECK_EQ(pread(zero, buf, 9, 0), 9);
	CHECK_EQ(pwrite(zero, buf, 8, 0), 8);
	check_io(&before, 9, 8, 1, 1);
}

TEST(io_counts_a_vector_as_one_call)
{
	int zero = open("/dev/zero", O_RDWR);
	static char buf[100];
	struct iovec iov[3] = {{buf, 10}, {buf, 20}, {buf, 30}};
	struct io before = thread_io();

	CHECK_EQ(readv(zero, iov, 3), 60);
	CHECK_EQ(writev(zero, iov, 2), 30);
	CHECK_EQ(preadv(zero, iov, 3, 0), 60);
	check_io(&before, 120, 30, 2, 1);
}

TEST(io_counts_sendfile_as_both)
{
	int out = open("/dev/null", O_WRONLY), in = open("/proc/self/exe", O_RDONLY);
	struct io before = thread_io();

	CHECK_EQ(sendfile(out, in, NULL, 1000), 1000);
	check_io(&before, 1000, 1000, 1, 1);
}

TEST(io_counts_calls_that_fail_in_the_file)
{
	struct io before;
	struct iovec iov;

	CHECK(!pipe2(pipe_fds, O_NONBLOCK));
	before = thread_io();
	CHECK_ERRNO(read(pipe_fds[0], pipe_buf, 1), EAGAIN);
	check_io(&before, 0, 0, 1, 0);
	/* Not those that never reach it, but for vectors. */
	before = thread_io();
	CHECK_ERRNO(read(-1, pipe_buf, 1), EBADF);
	CHECK_ERRNO(read(pipe_fds[1], pipe_buf, 1), EBADF);
	CHECK_ERRNO(write(pipe_fds[0], pipe_buf, 1), EBADF);
	CHECK_ERRNO(readv(-1, &iov, 1), EBADF);
	CHECK_ERRNO(writev(-1, &iov, 1), EBADF);
	check_io(&before, 0, 0, 1, 1);
}

TEST(io_of_a_process_has_that_of_its_children)
{
	int zero = open("/dev/zero", O_WRONLY);
	static char buf[1000];
	struct io before, after;
	pid_t pid;

	before = parse_io(slurp("/proc/self/io"));
	pid = fork();
	if (!pid) {
		CHECK_EQ(write(zero, buf, sizeof(buf)), sizeof(buf));
		for (;;)
			pause();
	}
	while (parse_io(slurp_pid(pid, "io")).wchar != (long long)sizeof(buf))
		sched_yield();
	after = parse_io(slurp("/proc/self/io"));
	CHECK_EQ(after.wchar, before.wchar);
	end_child(pid);
	after = parse_io(slurp("/proc/self/io"));
	CHECK_EQ(after.wchar - before.wchar, sizeof(buf));
	CHECK_EQ(after.syscw - before.syscw, 1);
}

/* ---- timerslack_ns ---- */

TEST(timerslack_ns_is_that_of_prctl)
{
	CHECK_STR(slurp("/proc/self/timerslack_ns"), "50000\n");
	CHECK(!prctl(PR_SET_TIMERSLACK, 70000));
	CHECK_STR(slurp("/proc/self/timerslack_ns"), "70000\n");
	CHECK_EQ(try_write("/proc/self/timerslack_ns", "80000"), 5);
	CHECK_EQ(prctl(PR_GET_TIMERSLACK), 80000);
	CHECK_EQ(try_write("/proc/self/timerslack_ns", "0\n"), 2);
	CHECK_EQ(prctl(PR_GET_TIMERSLACK), 50000);
	CHECK_EQ(try_write("/proc/self/timerslack_ns", "x"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/timerslack_ns", "-1"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/timerslack_ns", "4294967296"), 10);
	CHECK_STR(slurp("/proc/self/timerslack_ns"), "4294967296\n");
}

TEST(timerslack_default_is_what_the_parent_had)
{
	pid_t pid;

	CHECK(!prctl(PR_SET_TIMERSLACK, 70000));
	pid = fork();
	if (!pid) {
		CHECK_EQ(prctl(PR_GET_TIMERSLACK), 70000);
		CHECK(!prctl(PR_SET_TIMERSLACK, 1));
		CHECK_EQ(prctl(PR_GET_TIMERSLACK), 1);
		CHECK(!prctl(PR_SET_TIMERSLACK, 0));
		CHECK_EQ(prctl(PR_GET_TIMERSLACK), 70000);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* ---- map_files ---- */

static char map_name[64];

/* A file without a name, of two pages, mapped; its link in map_files is map_name. */
static char *map_nameless(int *fd)
{
	char *p;

	*fd = open("/tmp/procfs_state", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(*fd >= 0 && !ftruncate(*fd, 2 * PAGE));
	p = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, *fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK(!unlink("/tmp/procfs_state"));
	snprintf(map_name, sizeof(map_name), "/proc/self/map_files/%lx-%lx", (unsigned long)p,
		 (unsigned long)p + 2 * PAGE);
	return p;
}

TEST(map_files_lead_to_the_file_itself)
{
	char target[TEXT_SIZE] = "", c;
	struct stat st, link;
	int fd, again;

	map_nameless(&fd);
	CHECK(readlink(map_name, target, sizeof(target) - 1) > 0);
	CHECK_STR(target, "/tmp/procfs_state (deleted)");
	CHECK(!lstat(map_name, &link));
	CHECK_EQ(link.st_mode, S_IFLNK | 0600);
	CHECK_EQ(link.st_size, 64);
	again = open(map_name, O_RDWR);
	CHECK(again >= 0);
	CHECK(!fstat(fd, &st) && !fstat(again, &link));
	CHECK_EQ(link.st_ino, st.st_ino);
	CHECK_EQ(pwrite(fd, "x", 1, PAGE), 1);
	CHECK_EQ(pread(again, &c, 1, PAGE), 1);
	CHECK_EQ(c, 'x');
}

TEST(map_files_are_named_by_both_ends)
{
	char name[96];
	int fd;
	unsigned long start = (unsigned long)map_nameless(&fd);

	snprintf(name, sizeof(name), "/proc/self/map_files/%lx-%lx", start, start + PAGE);
	CHECK_ERRNO(open(name, O_RDONLY), ENOENT);
	snprintf(name, sizeof(name), "/proc/self/map_files/0%lx-%lx", start, start + 2 * PAGE);
	CHECK_ERRNO(open(name, O_RDONLY), ENOENT);
	CHECK_ERRNO(open("/proc/self/map_files/1-2-3", O_RDONLY), ENOENT);
	CHECK(!munmap((void *)(start + PAGE), PAGE));
	CHECK_ERRNO(open(map_name, O_RDONLY), ENOENT);
	snprintf(name, sizeof(name), "/proc/self/map_files/%lx-%lx", start, start + PAGE);
	CHECK(open(name, O_RDONLY) >= 0);
}

TEST(map_files_lists_mappings_of_files_only)
{
	int fd, found = 0;
	unsigned long start = (unsigned long)map_nameless(&fd);
	char *anon = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	DIR *dir = opendir("/proc/self/map_files");
	struct dirent *d;

	CHECK(dir != NULL);
	while ((d = readdir(dir))) {
		unsigned long from, to;

		if (*d->d_name == '.')
			continue;
		CHECK_EQ(d->d_type, DT_LNK);
		CHECK_EQ(sscanf(d->d_name, "%lx-%lx", &from, &to), 2);
		CHECK((unsigned long)anon < from || (unsigned long)anon >= to);
		if (from == start) {
			CHECK_EQ(to, start + 2 * PAGE);
			found++;
		}
	}
	CHECK_EQ(found, 1);
}

static void follow_own_map(pid_t pid)
{
	char target[TEXT_SIZE];
	struct stat st;
	int fd;

	CHECK(!prctl(PR_SET_DUMPABLE, 1));
	map_nameless(&fd);
	CHECK(readlink(map_name, target, sizeof(target)) > 0);
	CHECK(!lstat(map_name, &st));
	CHECK_ERRNO(stat(map_name, &st), EPERM);
	CHECK_ERRNO(open(map_name, O_RDONLY), EPERM);
}

TEST(map_files_are_followed_by_the_administrator_only)
{
	as_stranger(follow_own_map, 0);
}

/* ---- ns, cgroup ---- */

static void check_ns(const char *name, const char *kind, int flag)
{
	char path[64], target[TEXT_SIZE] = "", wanted[TEXT_SIZE];
	struct stat st, child;
	pid_t pid;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	CHECK(!lstat(path, &st));
	CHECK_EQ(st.st_mode, S_IFLNK | 0777);
	CHECK_EQ(st.st_size, 0);
	CHECK(!stat(path, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0444);
	snprintf(wanted, sizeof(wanted), "%s:[%llu]", kind, (unsigned long long)st.st_ino);
	CHECK(readlink(path, target, sizeof(target) - 1) > 0);
	CHECK_STR(target, wanted);
	fd = open(path, O_RDONLY);
	CHECK_EQ(ioctl(fd, NS_GET_NSTYPE), flag);
	CHECK_ERRNO(read(fd, target, 1), EINVAL);
	close(fd);
	CHECK_ERRNO(open(path, O_RDWR), EPERM);
	/* A child is in the same. */
	pid = start_child(NULL);
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	CHECK(!stat(path, &child));
	CHECK(child.st_ino == st.st_ino && child.st_dev == st.st_dev);
	end_child(pid);
}

TEST(ns_tells_namespaces_apart)
{
	check_ns("uts", "uts", CLONE_NEWUTS);
	check_ns("pid", "pid", CLONE_NEWPID);
	check_ns("pid_for_children", "pid", CLONE_NEWPID);
	check_ns("user", "user", CLONE_NEWUSER);
	check_ns("mnt", "mnt", CLONE_NEWNS);
	check_ns("time", "time", CLONE_NEWTIME);
	check_ns("time_for_children", "time", CLONE_NEWTIME);
}

TEST(ns_of_the_first_are_numbered_as_ever)
{
	struct stat st;

	CHECK(!stat("/proc/self/ns/uts", &st));
	CHECK_EQ(st.st_ino, 0xEFFFFFFEU);
	CHECK(!stat("/proc/self/ns/pid", &st));
	CHECK_EQ(st.st_ino, 0xEFFFFFFCU);
	CHECK(!stat("/proc/self/ns/user", &st));
	CHECK_EQ(st.st_ino, 0xEFFFFFFDU);
}

TEST(cgroup_is_empty_without_a_hierarchy)
{
	CHECK_STR(slurp("/proc/self/cgroup"), "");
	CHECK_STR(slurp("/proc/thread-self/cgroup"), "");
}

TEST(threads_have_them_too)
{
	static const char *const both[] = {"wchan", "stack", "syscall", "io", "ns", "cgroup"};
	static const char *const process_only[] = {"map_files", "timerslack_ns", "coredump_filter"};
	char path[64];

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		snprintf(path, sizeof(path), "/proc/thread-self/%s", both[i]);
		CHECK(!access(path, F_OK));
	}
	for (size_t i = 0; i < sizeof(process_only) / sizeof(process_only[0]); i++) {
		snprintf(path, sizeof(path), "/proc/thread-self/%s", process_only[i]);
		CHECK_ERRNO(access(path, F_OK), ENOENT);
	}
}
