/*
 * The end of everything but memory (oom.c): descriptors, queued signals, the depth of paths, space
 * in a file system. The caller gets an errno, and what it took comes back.
 */
#include "exhaust.h"
#include <dirent.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

/* A folder of our own, which is the current one. */
static char folder[] = "/tmp/exhaust.XXXXXX";

static void enter_folder(void)
{
	CHECK(mkdtemp(folder) && chmod(folder, 0777) == 0 && chdir(folder) == 0);
}

static void leave_folder(void)
{
	CHECK(chdir("/") == 0);
	CHECK(rmdir(folder) == 0);
}

static long read_number(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return strtol(text, NULL, 10);
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

/* As many as a tenth of memory holds, of a kilobyte each. */
TEST(files_by_memory)
{
	long most = read_number("/proc/sys/fs/file-max"), least = 8192;

	CHECK(most >= least);
	CHECK(most <= least || most <= (long)(memory() / 1024 / 10));
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
