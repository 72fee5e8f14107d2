/*
 * Damaged ext2 images, one after the other, for tests/system/corrupt.py: each is copied from the
 * store to the slot (the first partition of a second disk), mounted writable, walked, written to
 * and unmounted. A repaired image is read as a whole, and written to in a directory of its own.
 *
 *	corrupt STORE SLOT: runs on Mapix and on Linux. The store begins with its number of images,
 *	their size and a kind for each; one line for every result goes to the host.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS	  64 /* a damaged time may lie behind 2038 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define HEAD	    65536
#define MAX_IMAGES  4096
#define MAX_PATHS   300
#define MAX_DEPTH   5
#define MAX_ENTRIES 400
#define PATH_SIZE   2048
#define MOST_READ   (512 << 10)
#define HANG_MS	    60000
#define DEAD_MS	    5000
#define OPERATIONS  70
#define ROOM	    (1 << 20)
#define LINES_SHOWN 4
#define BLKFLSBUF   _IO(0x12, 97)
#define READ_ALL    3
#define CLEAR_ALL   5

#define MNT "/tmp/m"

struct head {
	uint32_t count, size;
	uint8_t kind[MAX_IMAGES]; /* 'd': damaged, 'r': repaired */
	uint32_t seed[MAX_IMAGES];
};

static struct head head;
static char slot_name[64];
static char *paths[MAX_PATHS];
static mode_t modes[MAX_PATHS];
static int nr_paths, nr_errors;
static uint64_t state;
static char buffer[65536], room[ROOM];
static sigjmp_buf on_fault;

static uint32_t random_number(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % below;
}

/* What a damaged file system may answer; anything else is told to the host. */
static bool usual(int error)
{
	static const int list[] = {EUCLEAN,    EIO,    ENOSPC,	EFBIG,	 ENOENT,    ESTALE,
				   EROFS,      EPERM,  ENOTDIR, EISDIR,	 ENOTEMPTY, EEXIST,
				   ELOOP,      EMLINK, EINVAL,	ENODATA, EOVERFLOW, ENAMETOOLONG,
				   EOPNOTSUPP, ENXIO,  ERANGE,	EBUSY,	 EXDEV,	    EACCES};

	for (unsigned int i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (error == list[i])
			return true;
	return false;
}

static long note(const char *call, long result, const char *path)
{
	if (result >= 0)
		return result;
	if (errno == EUCLEAN || errno == EIO)
		nr_errors++;
	if (!usual(errno))
		printf("O %s %d %s\n", call, errno, path);
	return result;
}

static uint32_t crc32(uint32_t crc, const char *p, size_t n)
{
	static uint32_t table[256];

	if (!table[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int bit = 0; bit < 8; bit++)
				c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
			table[i] = c;
		}
	crc = ~crc;
	while (n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
	return ~crc;
}

/* ---- reading ---- */

/* Read a file up to MOST_READ, and its last bytes. false if a read failed. */
static bool read_file(const char *path, const struct stat *st, bool tell)
{
	int fd = note("open", open(path, O_RDONLY | O_NONBLOCK), path);
	uint32_t crc = 0;
	long done = 0, n;

	if (fd < 0)
		return false;
	while ((n = note("read", read(fd, buffer, sizeof(buffer)), path)) > 0 && done < MOST_READ) {
		crc = crc32(crc, buffer, n);
		done += n;
	}
	if (n >= 0 && st->st_size > MOST_READ)
		note("pread", pread(fd, buffer, 4096, st->st_size - 4096), path);
	if (tell)
		printf("F %llu %lld %08x %d\n", (unsigned long long)st->st_ino,
		       (long long)st->st_size, crc, n < 0 ? errno : 0);
	close(fd);
	return n >= 0;
}

static void read_xattrs(const char *path)
{
	char names[4096];
	long n = note("llistxattr", llistxattr(path, names, sizeof(names)), path);

	for (char *name = names; n > 0 && name < names + n; name += strlen(name) + 1)
		note("lgetxattr", lgetxattr(path, name, buffer, sizeof(buffer)), path);
}

static void walk(const char *dir, int depth, bool tell);

static void look_at(const char *path, int depth, bool tell)
{
	struct stat st;

	if (note("lstat", lstat(path, &st), path) < 0) {
		if (tell)
			printf("X %s %d\n", path, errno);
		return;
	}
	if (nr_paths < MAX_PATHS) {
		modes[nr_paths] = st.st_mode;
		paths[nr_paths++] = strdup(path);
	}
	read_xattrs(path);
	if (S_ISLNK(st.st_mode))
		note("readlink", readlink(path, buffer, sizeof(buffer)), path);
	else if (S_ISREG(st.st_mode))
		read_file(path, &st, tell);
	else if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
		walk(path, depth + 1, tell);
}

static void walk(const char *dir, int depth, bool tell)
{
	static int total;
	struct dirent *entry;
	DIR *d = opendir(dir);
	char *path;

	if (!d) {
		note("opendir", -1, dir);
		return;
	}
	path = malloc(PATH_SIZE);
	for (int n = 0; n < MAX_ENTRIES && total < 3 * MAX_ENTRIES; n++, total++) {
		errno = 0;
		entry = readdir(d);
		if (!entry) {
			if (errno)
				nr_errors -= note("readdir", -1, dir) && errno == EIO;
			break;
		}
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    strchr(entry->d_name, '/'))
			continue;
		if (snprintf(path, PATH_SIZE, "%s/%s", dir, entry->d_name) < PATH_SIZE)
			look_at(path, depth, tell);
	}
	free(path);
	closedir(d);
}

/* ---- writing ---- */

static void fault(int number)
{
	siglongjmp(on_fault, number);
}

static void store_mapped(const char *path)
{
	int fd = note("open", open(path, O_RDWR | O_NONBLOCK), path);
	struct stat st;
	char *p;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size) {
		off_t at = st.st_size - 1 < 1 << 30 ? (st.st_size - 1) & ~4095 : 0;

		if (random_number(2))
			at = 0;
		p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);
		if (p != MAP_FAILED) {
			/* SIGBUS may just mean that the disk is full */
			if (!sigsetjmp(on_fault, 1))
				p[random_number(64)]++;
			note("msync", msync(p, 4096, MS_SYNC), path);
			munmap(p, 4096);
		}
	}
	close(fd);
}

static void write_to(const char *path)
{
	static const off_t places[] = {0, 1000, 13000, 300000, 70000000, 0x7fffff00};
	int how = random_number(4);
	int fd = note("open", open(path, (how == 1 ? O_RDWR | O_APPEND : O_RDWR) | O_NONBLOCK),
		      path);
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		off_t at = how == 2 ? places[random_number(6)] : 0;

		note("pwrite", pwrite(fd, buffer, 1 + random_number(9000), at), path);
		if (how == 3)
			note("ftruncate", ftruncate(fd, places[random_number(6)]), path);
		note("fsync", random_number(2) ? fsync(fd) : fdatasync(fd), path);
	}
	close(fd);
}

static void create(const char *path)
{
	int fd = note("create", open(path, O_RDWR | O_CREAT | O_NONBLOCK, 0644), path);
	struct stat st;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		note("write", write(fd, buffer, 1 + random_number(20000)), path);
		note("fsync", fsync(fd), path);
	}
	close(fd);
}

static const char *any(void)
{
	return nr_paths ? paths[random_number(nr_paths)] : MNT;
}

/* A new name, mostly in a directory. */
static const char *new_name(void)
{
	static char name[PATH_SIZE + 300];
	const char *dir = MNT;

	for (int i = 0; i < 10 && nr_paths; i++) {
		int n = random_number(nr_paths);

		if (S_ISDIR(modes[n]) && random_number(3)) {
			dir = paths[n];
			break;
		}
	}
	snprintf(name, sizeof(name), "%s/n%0*u", dir, 1 + random_number(4) * 30, random_number(20));
	return name;
}

static void change_names(uint32_t what)
{
	const char *path = any(), *name = new_name();

	switch (what) {
	case 0:
		note("rename", rename(path, name), path);
		break;
	case 1:
		note("rename", rename(path, any()), path);
		break;
	case 2:
		note("link", link(path, name), path);
		break;
	case 3:
	case 4:
		note("unlink", unlink(path), path);
		break;
	case 5:
		note("mkdir", mkdir(name, 0755), name);
		break;
	case 6:
		note("rmdir", rmdir(path), path);
		break;
	case 7:
		memset(room, 'l', 200);
		room[random_number(2) ? 20 : 200] = 0;
		note("symlink", symlink(room, name), name);
		break;
	case 8:
		note("mknod", mknod(name, S_IFIFO | 0600, 0), name);
		break;
	}
}

static void change(uint32_t what)
{
	const char *path = any();

	if (what < 9)
		change_names(what);
	else if (what < 12)
		write_to(path);
	else if (what < 14)
		create(new_name());
	else if (what == 14)
		store_mapped(path);
	else if (what == 15)
		note("truncate", truncate(path, random_number(2) ? 0 : random_number(100000)),
		     path);
	else if (what == 16)
		note("lsetxattr", lsetxattr(path, "user.new", buffer, 1 + random_number(600), 0),
		     path);
	else if (what == 17)
		note("lremovexattr", lremovexattr(path, "user.name"), path);
	else if (what == 18)
		note("chmod", chmod(path, 0700), path);
}

static void change_all(void)
{
	struct statvfs fs;

	for (int i = 0; i < OPERATIONS; i++)
		change(random_number(19));
	note("statvfs", statvfs(MNT, &fs), MNT);
	sync();
}

/* Write to a repaired image without touching what it holds. */
static void add(void)
{
	nr_paths = 0;
	if (note("mkdir", mkdir(MNT "/added by the test", 0755), MNT) < 0)
		return;
	paths[0] = MNT "/added by the test";
	modes[0] = S_IFDIR;
	nr_paths = 1;
	for (int i = 0; i < OPERATIONS / 2; i++) {
		const char *name = new_name();

		create(name);
		if (i % 3 == 0)
			note("unlink", unlink(name), name);
		if (i % 4 == 0)
			note("rename", rename(name, new_name()), name);
		if (i % 5 == 0)
			store_mapped(name);
		if (i % 7 == 0)
			note("mkdir", mkdir(new_name(), 0755), name);
	}
	sync();
}

/* ---- one image ---- */

static bool copy(int store, int slot, uint32_t n)
{
	for (uint32_t at = 0; at < head.size; at += ROOM) {
		if (pread(store, room, ROOM, HEAD + (off_t)n * head.size + at) != ROOM ||
		    pwrite(slot, room, ROOM, at) != ROOM)
			return false;
	}
	return !fsync(slot) && !ioctl(slot, BLKFLSBUF, 0);
}

/* Past what the device's cache has of blocks that were files' and not its own. */
static bool copy_back(int store, int slot, uint32_t n)
{
	if (ioctl(slot, BLKFLSBUF, 0))
		return false;
	for (uint32_t at = 0; at < head.size; at += ROOM) {
		if (pread(slot, room, ROOM, at) != ROOM ||
		    pwrite(store, room, ROOM, HEAD + (off_t)n * head.size + at) != ROOM)
			return false;
	}
	return true;
}

static void in_child(uint32_t n)
{
	bool repaired = head.kind[n] == 'r';

	signal(SIGBUS, fault);
	signal(SIGSEGV, fault);
	walk(MNT, 0, repaired);
	printf("W %d\n", nr_paths);
	if (repaired)
		add();
	else
		change_all();
	printf("E %d\n", nr_errors);
	fflush(stdout);
	_exit(0);
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

static bool ended(pid_t pid, long ms, int *status)
{
	for (long end = now_ms() + ms; now_ms() < end; poll(NULL, 0, 5))
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
	return false;
}

/* The kernel's messages since the last call: their number; those of a fault of the kernel and
   the first few others are printed. */
static void messages(void)
{
	int n = klogctl(READ_ALL, room, sizeof(room) - 1), of_ext2 = 0;
	char *line = room;

	room[n < 0 ? 0 : n] = 0;
	klogctl(CLEAR_ALL, NULL, 0);
	for (char *end; *line; line = end) {
		end = strchrnul(line, '\n');
		if (*end)
			*end++ = 0;
		if (strstr(line, "EXT2-fs") || strstr(line, "EXT4-fs")) {
			if (of_ext2++ < LINES_SHOWN)
				printf("K %s\n", line);
		} else if (strstr(line, "BUG") || strstr(line, "WARN") || strstr(line, "Oops") ||
			   strstr(line, "rror")) {
			printf("B %s\n", line);
		}
	}
	printf("G %d\n", of_ext2);
}

/* Nothing behind the end that the superblock tells may change. */
static void check_tail(int store, int slot, uint32_t n)
{
	uint32_t super[16];
	uint64_t end;

	if (pread(store, super, sizeof(super), HEAD + (off_t)n * head.size + 1024) != sizeof(super))
		return;
	end = super[6] > 6 ? head.size : (uint64_t)super[1] << (10 + super[6]);
	for (; end < head.size; end += 512) {
		if (pread(store, buffer, 512, HEAD + (off_t)n * head.size + end) != 512 ||
		    pread(slot, buffer + 512, 512, end) != 512 ||
		    memcmp(buffer, buffer + 512, 512)) {
			printf("T %llu\n", (unsigned long long)end);
			return;
		}
	}
}

/* false: the machine is of no more use */
static bool with_mounted(uint32_t n)
{
	static char text[4096];
	long start = now_ms();
	int status, fd;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		in_child(n);
	if (!ended(pid, HANG_MS, &status)) {
		snprintf(text, sizeof(text), "/proc/%d/stack", pid);
		fd = open(text, O_RDONLY);
		status = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		text[status < 0 ? 0 : status] = 0;
		printf("H %d\n%s\n", (int)n, text);
		kill(pid, SIGKILL);
		if (!ended(pid, DEAD_MS, &status))
			return false;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		printf("S %x\n", status);
	printf("D %ld\n", now_ms() - start);
	return true;
}

static bool one(int store, uint32_t n)
{
	const char *data = head.seed[n] % 3 ? "errors=continue" : "errors=remount-ro";
	int slot = open(slot_name, O_RDWR);
	bool alive = true;

	state = head.seed[n];
	printf("I %u\n", n);
	if (slot < 0 || !copy(store, slot, n)) {
		printf("C %d\n", errno);
		return false;
	}
	if (mount(slot_name, MNT, "ext2", 0, data)) {
		printf("M %d\n", errno);
	} else {
		printf("M 0\n");
		alive = with_mounted(n);
		printf("U %d\n", umount(MNT) ? errno : 0);
	}
	if (head.kind[n] == 'r' && !copy_back(store, slot, n))
		printf("C %d\n", errno);
	else if (head.kind[n] == 'd')
		check_tail(store, slot, n);
	close(slot);
	messages();
	fflush(stdout);
	return alive;
}

int main(int argc, char **argv)
{
	int store = argc < 3 ? -1 : open(argv[1], O_RDWR);

	if (store < 0 || pread(store, &head, sizeof(head), 0) != sizeof(head) ||
	    head.count > MAX_IMAGES)
		return 2;
	snprintf(slot_name, sizeof(slot_name), "%s", argv[2]);
	mkdir(MNT, 0755);
	klogctl(CLEAR_ALL, NULL, 0);
	memset(buffer, 'b', sizeof(buffer));
	for (uint32_t n = 0; n < head.count; n++)
		if (!one(store, n))
			return 3;
	fsync(store);
	puts("END");
	return 0;
}
