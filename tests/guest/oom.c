/*
 * The end of everything: address space, memory, processes, descriptors, space in a file system,
 * depth of paths. The caller gets an errno or, if it touched more than there is, SIGKILL; what it
 * took comes back, and the others go on.
 */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>

#define PAGE	 4096UL
#define MEGABYTE (1UL << 20)
#define NOBODY	 65534

/* A folder of our own, which is the current one. */
static char folder[] = "/tmp/oom.XXXXXX";

static void enter_folder(void)
{
	CHECK(mkdtemp(folder) && chmod(folder, 0777) == 0 && chdir(folder) == 0);
}

static void leave_folder(void)
{
	CHECK(chdir("/") == 0);
	CHECK(rmdir(folder) == 0);
}

static void set_limit(int what, unsigned long value)
{
	struct rlimit limit = {value, value};

	CHECK(setrlimit(what, &limit) == 0);
}

static void become_nobody(void)
{
	CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static long read_number(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return strtol(text, NULL, 10);
}

/* ---- address space ---- */

TEST(address_space)
{
	unsigned long size = 256 * MEGABYTE, total = 0;
	char *last = NULL, *p;

	while (size >= PAGE) {
		p = mmap(last, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED) {
			CHECK_EQ(errno, ENOMEM);
			size /= 2;
			continue;
		}
		total += size;
		last = p;
	}
	CHECK(total > 2900 * MEGABYTE && total < 3072 * MEGABYTE);
	CHECK_ERRNO((long)mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	/* no room for anything: brk and a larger mapping fail too, and the stack still works */
	CHECK(sbrk(64 * MEGABYTE) == (void *)-1);
	CHECK_ERRNO((long)mremap(last, PAGE, 256 * MEGABYTE, MREMAP_MAYMOVE), ENOMEM);
	CHECK(munmap(last, PAGE) == 0);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

TEST(limit_of_address_space)
{
	char *p;
	int n;

	set_limit(RLIMIT_AS, 64 * MEGABYTE);
	for (n = 0; (p = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0)) != MAP_FAILED;
	     n++)
		*p = 1;
	CHECK_EQ(errno, ENOMEM);
	CHECK(n > 55 && n < 64);
	CHECK(malloc(2 * MEGABYTE) == NULL);
}

/* ---- memory ---- */

/* Touches as much as there is and more; the address space has room for 2.75 GiB at least. */
static void touch_everything(unsigned long most)
{
	unsigned long touched = 0, i;
	char *p;

	write_text("/proc/self/oom_score_adj", "1000");
	while (touched < most) {
		p = mmap(NULL, 4 * MEGABYTE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		for (i = 0; i < 4 * MEGABYTE; i += PAGE)
			p[i] = 1;
		touched += 4 * MEGABYTE;
	}
	_exit(2);
}

static unsigned long memory(void)
{
	struct sysinfo info;

	CHECK(sysinfo(&info) == 0);
	return info.totalram * info.mem_unit;
}

static unsigned long more_than_there_is(void)
{
	unsigned long total = memory();

	if (total > 2500 * MEGABYTE)
		SKIP("one process cannot touch it all");
	return total + 64 * MEGABYTE;
}

TEST(one_touches_all_memory)
{
	unsigned long most = more_than_there_is();

	CHECK_SIGNAL(touch_everything(most), SIGKILL);
	CHECK_SIGNAL(touch_everything(most), SIGKILL);
}

TEST(many_touch_all_memory)
{
	unsigned long most = more_than_there_is();
	int i, status, killed = 0;

	for (i = 0; i < 4; i++)
		if (fork() == 0)
			touch_everything(most);
	for (i = 0; i < 4; i++) {
		CHECK(wait(&status) > 0);
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	CHECK_EQ(killed, 4);
}

/* The kernel touches it on behalf of the process. */
static void read_into_everything(unsigned long most)
{
	int zero = open("/dev/zero", O_RDONLY);
	unsigned long done = 0;
	ssize_t n;
	char *p;

	write_text("/proc/self/oom_score_adj", "1000");
	while (done < most) {
		p = mmap(NULL, 4 * MEGABYTE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		n = read(zero, p, 4 * MEGABYTE);
		if (n < 0)
			_exit(errno == EFAULT ? 0 : 3);
		done += 4 * MEGABYTE;
	}
	_exit(2);
}

TEST(the_kernel_touches_all_memory)
{
	unsigned long most = more_than_there_is();
	int status;
	pid_t pid = fork();

	if (pid == 0)
		read_into_everything(most);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
}

/* Locks memory of its own until it dies for it; a new one takes the place of whoever dies. */
static void lock_memory(void)
{
	int fd;
	char *p;

	while ((fd = open("/proc/self/oom_score_adj", O_WRONLY)) < 0 || write(fd, "1000", 4) != 4)
		usleep(1000);
	while ((p = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0)) != MAP_FAILED)
		mlock(p, MEGABYTE);
	pause();
}

static volatile int handled;

static void count_signal(int sig)
{
	handled++;
}

/* The kernel's copies to new pages, and frames of signals on new stacks, until the time is up. */
static void need_memory(int seconds)
{
	const unsigned long size = 256 * 1024;
	int zero = open("/dev/zero", O_RDONLY);
	struct sigaction act = {.sa_handler = count_signal, .sa_flags = SA_ONSTACK};
	time_t end = time(NULL) + seconds;

	CHECK(zero >= 0 && sigaction(SIGUSR1, &act, NULL) == 0);
	while (time(NULL) < end) {
		stack_t ss = {.ss_size = 4 * PAGE};
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		if (p == MAP_FAILED)
			continue; /* no memory for the mapping itself: who asks is told */
		CHECK_EQ(read(zero, p, size / 2), size / 2);
		ss.ss_sp = p + size / 2;
		CHECK(sigaltstack(&ss, NULL) == 0);
		raise(SIGUSR1);
		CHECK(munmap(p, size) == 0);
	}
	CHECK(handled > 0);
	_exit(0);
}

#define LOCKERS 300
#define SECONDS 10

/* However many want the same memory: a copy of the kernel waits for its share and does not fail. */
TEST(the_kernel_waits_for_memory)
{
	int lockers = memory() / MEGABYTE < LOCKERS ? memory() / MEGABYTE : LOCKERS, i, status;
	pid_t group, witness;

	write_text("/proc/self/oom_score_adj", "-1000"); /* the children's too */
	witness = fork();
	if (witness == 0)
		need_memory(SECONDS);
	group = fork();
	if (group == 0) {
		setpgid(0, 0);
		for (i = 0; i < lockers; i++)
			if (fork() == 0)
				lock_memory();
		for (;;)
			if (wait(NULL) > 0 && fork() == 0)
				lock_memory();
	}
	CHECK(waitpid(witness, &status, 0) == witness);
	setpgid(group, group);
	CHECK(kill(-group, SIGKILL) == 0);
	CHECK(waitpid(group, NULL, 0) == group);
	CHECK_EQ(status, 0);
}

/*
 * A file of the disk, mapped whole and read several times over, though it is larger than memory (if
 * there is such a one: see test_robust.py). Every eighth page becomes the process's own.
 */
TEST(map_more_than_memory)
{
	const char *path = "/data";
	struct stat st;
	long i, round, page;
	char *p;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		SKIP("no file for it");
	CHECK(fstat(fd, &st) == 0);
	p = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
	CHECK(p != MAP_FAILED);
	for (round = 0; round < 3; round++)
		for (i = 0; i + (long)PAGE <= st.st_size; i += PAGE) {
			page = i / PAGE;
			/* lines of eight bytes, 128 of them with one number */
			CHECK_EQ(atoi(p + i + 8), page * 4);
			if (page % 8 == 0) {
				CHECK_EQ(p[i + 7], round ? 'x' : '\n');
				p[i + 7] = 'x';
			}
		}
	if (fork() == 0)
		_exit(p[7] != 'x' || p[PAGE + 7] != '\n');
	CHECK(wait(&fd) > 0 && fd == 0);
}

static unsigned long free_memory(void)
{
	struct sysinfo info;

	CHECK(sysinfo(&info) == 0);
	return info.freeram * info.mem_unit;
}

/* Who runs out of memory is not who has taken it all: the large one dies, and the small one never
 * notices. */
TEST(the_large_one_dies)
{
	int fds[2], status;
	pid_t large;
	char c, *p;
	unsigned long part = (more_than_there_is() - 64 * MEGABYTE) / 8, i;

	CHECK(pipe(fds) == 0);
	/* what the cache of files has is not free, but there for the asking */
	write_text("/proc/sys/vm/drop_caches", "3");
	large = fork();
	if (large == 0) {
		unsigned long size = free_memory() - part;

		write_text("/proc/self/oom_score_adj", "900");
		p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		for (i = 0; i < size && free_memory() > part; i += PAGE)
			p[i] = 1;
		c = write(fds[1], "x", 1);
		pause();
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	p = mmap(NULL, 2 * part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	for (i = 0; i < 2 * part; i += PAGE)
		p[i] = 1;
	CHECK(waitpid(large, &status, 0) == large);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* ---- processes ---- */

TEST(fork_bomb)
{
	int n, fds[2];
	char c;

	CHECK(pipe(fds) == 0);
	set_limit(RLIMIT_NPROC, 100);
	become_nobody();
	for (n = 0;; n++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			close(fds[1]);
			_exit(read(fds[0], &c, 1)); /* until the end */
		}
		CHECK(n < 100);
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(n, 99);
	CHECK_ERRNO(vfork(), EAGAIN);
	close(fds[1]);
	while (n--) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

/* Each child forks again, until nothing goes any more. */
static void multiply(void)
{
	for (;;)
		if (fork() < 0 && errno != EAGAIN)
			_exit(1);
}

TEST(exponential_fork_bomb)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setpgid(0, 0);
		set_limit(RLIMIT_NPROC, 60);
		become_nobody();
		signal(SIGALRM, SIG_DFL);
		multiply();
	}
	setpgid(pid, pid);
	usleep(300000);
	/* more may be born while the group is killed */
	while (kill(-pid, SIGKILL) == 0) {
		usleep(10000);
		while (waitpid(-1, &status, WNOHANG) > 0)
			;
	}
}

static char thread_stacks[200][512] __attribute__((aligned(16)));

static int idle_thread(void *arg)
{
	syscall(SYS_pause);
	return 0;
}

TEST(threads_until_there_are_too_many)
{
	int n;

	set_limit(RLIMIT_NPROC, 100);
	become_nobody();
	for (n = 0; n < 200; n++)
		if (clone(idle_thread, thread_stacks[n] + sizeof(thread_stacks[n]),
			  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD,
			  NULL) < 0)
			break;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(n, 99);
	/* exit_group ends them all */
}

/* ---- descriptors ---- */

TEST(pipes_until_emfile)
{
	int fds[2], n = 0, status;

	set_limit(RLIMIT_NOFILE, 200);
	while (pipe(fds) == 0)
		n++;
	CHECK_EQ(errno, EMFILE);
	CHECK(n >= 97 && n <= 98);
	CHECK_ERRNO(open("/dev/null", O_RDONLY) < 0 ? -1 : open("/dev/null", O_RDONLY), EMFILE);
	CHECK_ERRNO(fcntl(0, F_DUPFD, 200), EINVAL);
	CHECK_ERRNO(dup2(0, 200), EBADF);
	/* a child has them all too, and gives them back */
	if (fork() == 0)
		_exit(0);
	CHECK(wait(&status) > 0 && status == 0);
}

TEST(files_until_enfile)
{
	char text[32];
	long most = read_number("/proc/sys/fs/file-max");
	pid_t pid;

	snprintf(text, sizeof(text), "%ld", read_number("/proc/sys/fs/file-nr") + 100);
	write_text("/proc/sys/fs/file-max", text);
	pid = fork();
	if (pid == 0) {
		int n = 0;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(3);
		while (open("/dev/null", O_RDONLY) >= 0)
			n++;
		_exit(errno == ENFILE && n < 300 ? 0 : errno);
	}
	snprintf(text, sizeof(text), "%ld", most);
	CHECK(pid > 0);
	{
		int status = -1;

		waitpid(pid, &status, 0);
		write_text("/proc/sys/fs/file-max", text);
		CHECK_EQ(status, 0);
	}
}

/* ---- signals ---- */

TEST(queued_signals)
{
	sigset_t set;
	siginfo_t info;
	int n;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	set_limit(RLIMIT_SIGPENDING, 50);
	become_nobody();
	for (n = 0; n < 100; n++)
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = n}) < 0)
			break;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(n, 50);
	/* kill always works, with or without a place in the queue */
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(info.si_value.sival_int, 0);
}

/* ---- paths ---- */

TEST(chain_of_links)
{
	char name[16], next[16];
	int i, fd;

	enter_folder();
	fd = creat("0", 0600);
	CHECK(fd >= 0);
	for (i = 1; i <= 60; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(next, sizeof(next), "%d", i - 1);
		CHECK(symlink(next, name) == 0);
	}
	CHECK(access("40", F_OK) == 0);
	CHECK_ERRNO(access("41", F_OK), ELOOP);
	CHECK(symlink("self", "self") == 0 && symlink("self/self/self/x", "x") == 0);
	CHECK_ERRNO(open("self", O_RDONLY), ELOOP);
	CHECK_ERRNO(open("x/y", O_RDONLY), ELOOP);
	CHECK(unlink("self") == 0 && unlink("x") == 0);
	for (i = 0; i <= 60; i++) {
		snprintf(name, sizeof(name), "%d", i);
		CHECK(unlink(name) == 0);
	}
	leave_folder();
}

TEST(deep_folders)
{
	static char path[3 * PATH_MAX];
	const int depth = 1500;
	int i;

	enter_folder();
	for (i = 0; i < depth; i++)
		CHECK(mkdir("abc", 0777) == 0 && chdir("abc") == 0);
	CHECK_EQ(syscall(SYS_getcwd, path, sizeof(path)), -1);
	CHECK_EQ(errno, ENAMETOOLONG);
	for (i = 0; i < depth; i++)
		CHECK(chdir("..") == 0 && rmdir("abc") == 0);
	/* a path that is longer than a path may be */
	memset(path, '/', sizeof(path) - 1);
	CHECK_ERRNO(access(path, F_OK), ENAMETOOLONG);
	memset(path, 'a', NAME_MAX + 1);
	path[NAME_MAX + 1] = '\0';
	CHECK_ERRNO(creat(path, 0600), ENAMETOOLONG);
	leave_folder();
}

/* ---- space ---- */

/* A tmpfs of its own in "m". */
static void mount_small(const char *options)
{
	enter_folder();
	CHECK(mkdir("m", 0777) == 0);
	if (mount("none", "m", "tmpfs", 0, options) < 0)
		CHECK_FAIL("mount: errno %d", errno);
}

static void unmount_small(void)
{
	CHECK(umount("m") == 0 && rmdir("m") == 0);
	leave_folder();
}

TEST(full_file_system)
{
	static char block[64 * 1024];
	struct statfs fs;
	struct stat st;
	ssize_t n;
	int fd;

	mount_small("size=1m");
	fd = open("m/full", O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0);
	while ((n = write(fd, block, sizeof(block))) > 0)
		;
	CHECK_EQ(n, -1);
	CHECK_EQ(errno, ENOSPC);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, MEGABYTE);
	CHECK(statfs("m", &fs) == 0);
	CHECK_EQ(fs.f_bfree, 0);
	/* a hole takes no space until it is written: then it is SIGBUS for a mapping */
	CHECK(ftruncate(fd, 2 * MEGABYTE) == 0);
	CHECK_ERRNO(pwrite(fd, "x", 1, 3 * MEGABYTE / 2), ENOSPC);
	{
		char *map = mmap(NULL, 2 * MEGABYTE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		CHECK(map != MAP_FAILED);
		CHECK_SIGNAL(map[3 * MEGABYTE / 2] = 1, SIGBUS);
		map[0] = 1;
		munmap(map, 2 * MEGABYTE);
	}
	CHECK(ftruncate(fd, 0) == 0);
	CHECK(statfs("m", &fs) == 0);
	CHECK(fs.f_bfree >= fs.f_blocks - 1);
	CHECK_EQ(write(fd, block, sizeof(block)), sizeof(block));
	close(fd);
	unmount_small();
}

TEST(too_many_inodes)
{
	char name[32];
	int i, fd;

	mount_small("nr_inodes=50");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "m/%d", i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	CHECK_EQ(errno, ENOSPC);
	CHECK(i >= 48 && i <= 50);
	CHECK_ERRNO(mkdir("m/d", 0700), ENOSPC);
	CHECK_ERRNO(symlink("x", "m/l"), ENOSPC);
	CHECK(unlink("m/0") == 0);
	CHECK(mkdir("m/d", 0700) == 0);
	unmount_small();
}

/* /tmp itself, until memory or its size ends. */
TEST(fill_tmp)
{
	static char block[MEGABYTE];
	struct statfs fs;
	ssize_t n;
	int fd;

	if (memory() > 600 * MEGABYTE)
		SKIP("it would take long");
	enter_folder();
	fd = open("full", O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0);
	CHECK(unlink("full") == 0);
	while ((n = write(fd, block, sizeof(block))) > 0)
		;
	CHECK_EQ(n, -1);
	CHECK(errno == ENOSPC || errno == ENOMEM);
	close(fd);
	CHECK(statfs(".", &fs) == 0);
	CHECK(fs.f_bfree > fs.f_blocks / 2);
	leave_folder();
}

TEST(ten_thousand_files)
{
	const int files = 10000;
	struct dirent *e;
	char name[32];
	int i, fd, found = 0;
	DIR *d;

	enter_folder();
	for (i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0) /* a small machine has fewer inodes */
			break;
		close(fd);
	}
	CHECK(i == files || errno == ENOSPC || errno == ENOMEM);
	d = opendir(".");
	CHECK(d);
	while ((e = readdir(d)))
		found += e->d_name[0] == 'f';
	closedir(d);
	CHECK_EQ(found, i);
	while (i--) {
		snprintf(name, sizeof(name), "file%d", i);
		CHECK(unlink(name) == 0);
	}
	leave_folder();
}

TEST(file_size_limit)
{
	static char block[PAGE];
	int fd;

	enter_folder();
	fd = open("f", O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0 && unlink("f") == 0);
	set_limit(RLIMIT_FSIZE, 10000);
	signal(SIGXFSZ, SIG_IGN);
	CHECK_EQ(pwrite(fd, block, PAGE, 8000), 2000);
	CHECK_ERRNO(pwrite(fd, block, PAGE, 10000), EFBIG);
	CHECK_ERRNO(ftruncate(fd, 10001), EFBIG);
	signal(SIGXFSZ, SIG_DFL);
	CHECK_SIGNAL(if (pwrite(fd, block, PAGE, 20000)) _exit(1), SIGXFSZ);
	CHECK_ERRNO(syscall(SYS_pwrite64, fd, block, PAGE, 0, 0x80000000), EINVAL);
	leave_folder();
}
