/*
 * /proc/locks and the lock lines of fdinfo: which locks are held, and who waits for them.
 */
#include "check.h"
#include "procfile.h"
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define FILE_NAME "/tmp/procfs_locks"
#define TEXT_SIZE 1024

static struct stat file;

static int open_file(void)
{
	int fd = open(FILE_NAME, O_RDWR | O_CREAT, 0600);

	CHECK(fd >= 0 && !fstat(fd, &file));
	return fd;
}

static int lock(int fd, int cmd, int type, long long start, long long len)
{
	struct flock64 fl = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};

	return fcntl(fd, cmd, &fl);
}

/* A process that waits for a lock; it is asleep when this returns. */
static pid_t start_waiter(int fd, int type, long long start, long long len)
{
	pid_t pid = fork();

	if (!pid) {
		if (len)
			lock(fd, F_SETLKW64, type, start, len);
		else
			flock(open_file(), type == F_RDLCK ? LOCK_SH : LOCK_EX);
		for (;;)
			pause();
	}
	while (!strstr(slurp_pid(pid, "stat"), ") S "))
		sched_yield();
	return pid;
}

/* The lines of /proc/locks that are of our file, without their numbers. */
static void our_locks(char *text)
{
	char *all = slurp("/proc/locks"), *line, *end, inode[64];

	snprintf(inode, sizeof(inode), " %02x:%02x:%lu ", major(file.st_dev), minor(file.st_dev),
		 (unsigned long)file.st_ino);
	*text = '\0';
	for (line = all; *line; line = end + 1) {
		end = strchr(line, '\n');
		CHECK(end != NULL);
		*end = '\0';
		if (!strstr(line, inode) && !strstr(line, "BREAKER"))
			continue;
		CHECK(strchr(line, ':') != NULL);
		strcat(text, strchr(line, ':') + 2);
		strcat(text, "\n");
	}
}

/* One such line. */
static void add_line(char *text, const char *head, int pid, const char *range)
{
	sprintf(text + strlen(text), "%s %d %02x:%02x:%lu %s\n", head, pid, major(file.st_dev),
		minor(file.st_dev), (unsigned long)file.st_ino, range);
}

TEST(locks_of_all_kinds_newest_first)
{
	char is[TEXT_SIZE], wanted[TEXT_SIZE] = "";
	int fd = open_file();
	struct stat st;

	CHECK(!stat("/proc/locks", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0444);
	CHECK(!lock(fd, F_SETLK64, F_WRLCK, 0, 10));
	CHECK(!lock(fd, F_OFD_SETLK, F_RDLCK, 100, 0));
	CHECK(!flock(fd, LOCK_SH));
	CHECK(!lock(fd, F_SETLK64, F_RDLCK, 20, 5));
	our_locks(is);
	add_line(wanted, "POSIX  ADVISORY  READ", getpid(), "20 24");
	add_line(wanted, "FLOCK  ADVISORY  READ", getpid(), "0 EOF");
	add_line(wanted, "OFDLCK ADVISORY  READ", -1, "100 EOF");
	add_line(wanted, "POSIX  ADVISORY  WRITE", getpid(), "0 9");
	CHECK_STR(is, wanted);
	CHECK(!lock(fd, F_SETLK64, F_UNLCK, 0, 0));
	CHECK(!flock(fd, LOCK_UN));
	our_locks(is);
	*wanted = '\0';
	add_line(wanted, "OFDLCK ADVISORY  READ", -1, "100 EOF");
	CHECK_STR(is, wanted);
	close(fd);
	our_locks(is);
	CHECK_STR(is, "");
}

TEST(locks_are_numbered)
{
	int fd = open_file(), n = 0;
	char *line;

	CHECK(!lock(fd, F_SETLK64, F_WRLCK, 0, 10));
	CHECK(!lock(fd, F_SETLK64, F_WRLCK, 20, 10));
	for (line = slurp("/proc/locks"); *line; line = strchr(line, '\n') + 1) {
		if (!strncmp(strchr(line, ':'), ": -> ", 5))
			continue;
		CHECK_EQ(atoi(line), ++n);
	}
	CHECK(n >= 2);
}

TEST(waiters_stand_behind_the_lock)
{
	char is[TEXT_SIZE], wanted[TEXT_SIZE] = "";
	int fd = open_file();
	pid_t first, second, third;

	CHECK(!lock(fd, F_SETLK64, F_WRLCK, 0, 10));
	first = start_waiter(fd, F_WRLCK, 5, 1);
	second = start_waiter(fd, F_RDLCK, 5, 10); /* has to wait for the first, too */
	third = start_waiter(fd, F_WRLCK, 0, 1);   /* for the lock alone */
	our_locks(is);
	add_line(wanted, "POSIX  ADVISORY  WRITE", getpid(), "0 9");
	add_line(wanted, "-> POSIX  ADVISORY  WRITE", first, "5 5");
	add_line(wanted, " -> POSIX  ADVISORY  READ", second, "5 14");
	add_line(wanted, "-> POSIX  ADVISORY  WRITE", third, "0 0");
	CHECK_STR(is, wanted);
	end_child(first);
	end_child(second);
	end_child(third);
	our_locks(is);
	*wanted = '\0';
	add_line(wanted, "POSIX  ADVISORY  WRITE", getpid(), "0 9");
	CHECK_STR(is, wanted);
}

TEST(a_waiter_becomes_the_holder)
{
	char is[TEXT_SIZE], wanted[TEXT_SIZE] = "";
	int fd = open_file();
	pid_t waiter;

	CHECK(!flock(fd, LOCK_EX));
	waiter = start_waiter(fd, F_RDLCK, 0, 0);
	our_locks(is);
	add_line(wanted, "FLOCK  ADVISORY  WRITE", getpid(), "0 EOF");
	add_line(wanted, "-> FLOCK  ADVISORY  READ", waiter, "0 EOF");
	CHECK_STR(is, wanted);
	CHECK(!flock(fd, LOCK_UN));
	*wanted = '\0';
	add_line(wanted, "FLOCK  ADVISORY  READ", waiter, "0 EOF");
	do {
		sched_yield();
		our_locks(is);
	} while (!*is);
	CHECK_STR(is, wanted);
	end_child(waiter);
}

TEST(leases_and_who_breaks_them)
{
	char is[TEXT_SIZE], wanted[TEXT_SIZE] = "", path[64], *text;
	pid_t breaker;
	int fd;

	close(open_file());
	fd = open(FILE_NAME, O_RDONLY);
	CHECK(signal(SIGIO, SIG_IGN) != SIG_ERR);
	CHECK(!fcntl(fd, F_SETLEASE, F_RDLCK));
	our_locks(is);
	add_line(wanted, "LEASE  ACTIVE    READ", getpid(), "0 EOF");
	CHECK_STR(is, wanted);
	breaker = fork();
	if (!breaker) {
		open(FILE_NAME, O_WRONLY);
		for (;;)
			pause();
	}
	while (!strstr(slurp_pid(breaker, "stat"), ") S "))
		sched_yield();
	our_locks(is);
	*wanted = '\0';
	add_line(wanted, "LEASE  BREAKING  UNLCK", getpid(), "0 EOF");
	sprintf(wanted + strlen(wanted), "-> LEASE  BREAKER   WRITE %d <none>:0 0 EOF\n", breaker);
	CHECK_STR(is, wanted);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	text = strstr(slurp(path), "lock:");
	CHECK(text != NULL);
	*wanted = '\0';
	add_line(wanted, "lock:\t1: LEASE  BREAKING  UNLCK", getpid(), "0 EOF");
	CHECK_STR(text, wanted);
	end_child(breaker);
	CHECK(!fcntl(fd, F_SETLEASE, F_UNLCK));
	our_locks(is);
	CHECK_STR(is, "");
}

TEST(fdinfo_has_the_locks_of_its_file)
{
	int fd = open_file(), other = open_file();
	char path[64], wanted[TEXT_SIZE] = "", *text;

	CHECK(!lock(fd, F_SETLK64, F_WRLCK, 0, 10));
	CHECK(!lock(other, F_SETLK64, F_RDLCK, 50, 1));
	CHECK(!lock(other, F_OFD_SETLK, F_RDLCK, 100, 0));
	CHECK(!flock(fd, LOCK_EX));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	text = strstr(slurp(path), "lock:");
	CHECK(text != NULL);
	add_line(wanted, "lock:\t1: FLOCK  ADVISORY  WRITE", getpid(), "0 EOF");
	add_line(wanted, "lock:\t2: POSIX  ADVISORY  WRITE", getpid(), "0 9");
	CHECK_STR(text, wanted);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", other);
	text = strstr(slurp(path), "lock:");
	CHECK(text != NULL);
	*wanted = '\0';
	add_line(wanted, "lock:\t1: POSIX  ADVISORY  READ", getpid(), "50 50");
	add_line(wanted, "lock:\t2: OFDLCK ADVISORY  READ", -1, "100 EOF");
	CHECK_STR(text, wanted);
}
