/*
 * calls "COMMAND ARG..." ...: the calls that are named, one after the other, each with its result.
 *
 * Descriptors and mappings have numbers. A signal of an access is caught and printed. What a test
 * of failing disks does inside is written down in the test itself so, and runs on Linux too.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 10
#define MANY  (1 << 20)

static int fds[SLOTS];
static char *maps[SLOTS];
static size_t lengths[SLOTS];
static char *word[8], buffer[MANY];
static sigjmp_buf back;

static long long number(int i)
{
	return word[i] ? strtoll(word[i], NULL, 0) : 0;
}

static int *fd(void)
{
	return &fds[number(1) % SLOTS];
}

static char **map(void)
{
	return &maps[number(1) % SLOTS];
}

static void on_fault(int sig)
{
	siglongjmp(back, sig);
}

static long long do_open(void)
{
	int flags = strchr(word[3], 'w') ? O_RDWR : O_RDONLY;

	if (strchr(word[3], 'c'))
		flags |= O_CREAT;
	if (strchr(word[3], 's'))
		flags |= O_SYNC;
	*fd() = open(word[2], flags, 0644);
	return *fd() < 0 ? -1 : 0;
}

static long long do_close(void)
{
	long long ret = close(*fd());

	*fd() = 0;
	return ret;
}

static long long do_pwrite(void)
{
	memset(buffer, number(4), number(3) % MANY);
	return pwrite(*fd(), buffer, number(3) % MANY, number(2));
}

/* The bytes that were read are told by their sum. */
static long long do_pread(void)
{
	ssize_t n = pread(*fd(), buffer, number(3) % MANY, number(2));
	unsigned sum = 0;

	for (ssize_t i = 0; i < n; i++)
		sum += (unsigned char)buffer[i];
	if (n > 0)
		printf("sum %u ", sum);
	return n;
}

/* Write until there is no more room. */
static long long do_fill(void)
{
	long long done = 0;
	ssize_t n;

	memset(buffer, number(2), MANY);
	while ((n = write(*fd(), buffer, number(3) ? number(3) : 65536)) > 0)
		done += n;
	printf("%lld bytes, then ", done);
	return n;
}

static long long do_fsync(void)
{
	return fsync(*fd());
}

static long long do_fdatasync(void)
{
	return fdatasync(*fd());
}

static long long do_syncfs(void)
{
	return syncfs(*fd());
}

static long long do_sync(void)
{
	sync();
	return 0;
}

static long long do_trunc(void)
{
	return ftruncate(*fd(), number(2));
}

/* map N FD OFFSET LENGTH */
static long long do_map(void)
{
	lengths[number(1) % SLOTS] = number(4);
	*map() = mmap(NULL, number(4), PROT_READ | PROT_WRITE, MAP_SHARED, fds[number(2) % SLOTS],
		      number(3));
	return *map() == MAP_FAILED ? -1 : 0;
}

static long long do_unmap(void)
{
	long long ret = munmap(*map(), lengths[number(1) % SLOTS]);

	*map() = NULL;
	return ret;
}

static long long do_msync(void)
{
	return msync(*map(), lengths[number(1) % SLOTS], MS_SYNC);
}

static long long do_store(void)
{
	((volatile char *)*map())[number(2)] = number(3);
	return 0;
}

static long long do_load(void)
{
	return ((volatile unsigned char *)*map())[number(2)];
}

static long long do_unlink(void)
{
	return unlink(word[1]);
}

static long long do_mkdir(void)
{
	return mkdir(word[1], 0755);
}

static long long do_rename(void)
{
	return rename(word[1], word[2]);
}

static long long do_stat(void)
{
	struct stat st;

	return stat(word[1], &st) ? -1 : st.st_size;
}

static long long do_mount(void)
{
	return mount(word[1], word[2], "ext2", 0, word[3]);
}

/* Nothing of this program's is in its way. */
static long long do_umount(void)
{
	for (int i = 0; i < SLOTS; i++) {
		if (fds[i] > 2)
			close(fds[i]);
		if (maps[i] && maps[i] != MAP_FAILED)
			munmap(maps[i], lengths[i]);
		fds[i] = 0;
		maps[i] = NULL;
	}
	return umount(word[1]);
}

/* Free blocks, for root and for all, and free inodes. */
static long long do_statfs(void)
{
	struct statfs st;

	if (statfs(word[1], &st) < 0)
		return -1;
	printf("free %lu avail %lu inodes %lu ", (long)st.f_bfree, (long)st.f_bavail,
	       (long)st.f_ffree);
	return 0;
}

static long long do_drop(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	long long ret = write(fd, "3", 1);

	close(fd);
	return ret;
}

/* How a program ends that is run. */
static long long do_exec(void)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		execl(word[1], word[1], (char *)NULL);
		printf("errno %d ", errno);
		fflush(stdout);
		_exit(126);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* The host has something to do. */
static long long do_wait(void)
{
	char c;

	puts("waiting");
	fflush(stdout);
	return read(0, &c, 1);
}

static const struct {
	const char *name;
	long long (*fn)(void);
} commands[] = {
	{"open", do_open},     {"close", do_close},
	{"pwrite", do_pwrite}, {"pread", do_pread},
	{"fill", do_fill},     {"fsync", do_fsync},
	{"syncfs", do_syncfs}, {"fdatasync", do_fdatasync},
	{"sync", do_sync},     {"trunc", do_trunc},
	{"map", do_map},       {"unmap", do_unmap},
	{"msync", do_msync},   {"store", do_store},
	{"load", do_load},     {"unlink", do_unlink},
	{"mkdir", do_mkdir},   {"rename", do_rename},
	{"stat", do_stat},     {"mount", do_mount},
	{"umount", do_umount}, {"statfs", do_statfs},
	{"drop", do_drop},     {"exec", do_exec},
	{"wait", do_wait},
};

static void run(char *line)
{
	int n = 0, sig;
	long long ret;

	printf("%s: ", line);
	memset(word, 0, sizeof(word));
	for (char *w = strtok(line, " "); w && n < 8; w = strtok(NULL, " "))
		word[n++] = w;
	for (size_t i = 0; n && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, word[0]))
			continue;
		fflush(stdout);
		sig = sigsetjmp(back, 1);
		if (sig) {
			printf("%s\n", sig == SIGBUS ? "SIGBUS" : "SIGSEGV");
			return;
		}
		ret = commands[i].fn();
		if (ret == -1)
			printf("%s\n", strerrorname_np(errno));
		else
			printf("%lld\n", ret);
		return;
	}
	printf("no such command\n");
}

int main(int argc, char **argv)
{
	signal(SIGBUS, on_fault);
	signal(SIGSEGV, on_fault);
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	fflush(stdout);
	return 0;
}
