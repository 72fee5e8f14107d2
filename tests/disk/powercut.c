/*
 * powercut DEVICE SEED: a load for the disk, and word of what must survive a power cut.
 *
 * It mounts DEVICE on /mnt, and several writers change files there, each in a folder of its own.
 *What is durable, since fsync, msync, sync or such has returned, is said on the terminal, a line
 *each:
 *
 *	P PATH TYPE...    from now on PATH is this: file SIZE CRC | dir | link TARGET | none
 *	O PATH A | B      from now on PATH is one of both
 *	B PATH            from now on nothing is promised of PATH
 *
 * and the writer goes on only when a byte has come back for it, so that who reads the lines knows
 * what was on the disk at that time. It never ends by itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITERS	  4
#define FILES	  12
#define PLACE	  "/mnt"
#define SIZE_MAX_ (300 * 1024)

/* What a writer knows of one of its names. */
struct name {
	enum {
		NONE,
		FILE_,
		DIR_,
		LINK_
	} type;
	uint32_t size, crc;
	int durable; /* has it been promised as it is now? */
	char target[100];
};

static struct name names[FILES];
static uint8_t bytes[SIZE_MAX_];
static uint64_t state;
static int writer, lock_fd;
/* Every other load calls fsync and such rarely, so that more is left to the flusher. */
static int lazy;

static uint32_t rnd(uint32_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint64_t)(uint32_t)(state * 0x2545F4914F6CDD1Dull >> 32) * n >> 32;
}

/* Is this to be made durable at once? In one of `n` cases not. */
static int at_once(int n)
{
	return lazy ? !rnd(12) : !!rnd(n);
}

static void die(const char *what, const char *path)
{
	fprintf(stderr, "E writer %d: %s %s: %s\n", writer, what, path, strerror(errno));
	kill(0, 9);
	_exit(1);
}

/* As zlib's. */
static uint32_t crc_of(const uint8_t *p, size_t n)
{
	static uint32_t table[256];
	uint32_t crc = ~0u;

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (int k = 0; k < 8; k++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xEDB88320 : 0);
	}
	while (n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
	return ~crc;
}

/* One line, and the answer to it: one writer at a time. */
static void say(const char *format, ...)
{
	char line[600], answer;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	while (flock(lock_fd, LOCK_EX) < 0)
		;
	if (write(1, line, n) != n || read(0, &answer, 1) != 1)
		_exit(1);
	flock(lock_fd, LOCK_UN);
}

static const char *path_of(int i)
{
	static char paths[4][100];
	static int next;
	char *path = paths[next++ % 4];

	/* some names are long, so that a folder has several blocks */
	snprintf(path, 100, PLACE "/w%d/%s%d", writer,
		 i % 3 ? "f" : "a-name-that-takes-more-room-than-others-in-its-folder-", i);
	return path;
}

static void promise(int i)
{
	struct name *f = &names[i];

	f->durable = 1;
	switch (f->type) {
	case NONE:
		say("P %s none\n", path_of(i));
		break;
	case FILE_:
		say("P %s file %u %u\n", path_of(i), f->size, f->crc);
		break;
	case DIR_:
		say("P %s dir\n", path_of(i));
		break;
	case LINK_:
		say("P %s link %s\n", path_of(i), f->target);
		break;
	}
}

static void begin(int i)
{
	if (names[i].durable)
		say("B %s\n", path_of(i));
	names[i].durable = 0;
}

static void sync_folder(void)
{
	char path[40];
	int fd;

	snprintf(path, sizeof(path), PLACE "/w%d", writer);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || fsync(fd) < 0)
		die("fsync", path);
	close(fd);
}

/* What the file holds now, as the kernel says. */
static void look(int i)
{
	int fd = open(path_of(i), O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n < 0)
		die("read", path_of(i));
	names[i].type = FILE_;
	names[i].size = n;
	names[i].crc = crc_of(bytes, n);
	close(fd);
}

static void fill(uint8_t *p, size_t n)
{
	uint32_t x = rnd(~0u);

	while (n--) {
		x = x * 1664525 + 1013904223;
		*p++ = x >> 24;
	}
}

/* ---- what a writer does ---- */

static void write_file(int i)
{
	int flags = O_RDWR | O_CREAT | (rnd(4) ? 0 : O_TRUNC) | (rnd(8) ? 0 : O_SYNC);
	uint32_t size = rnd(6) ? 1 + rnd(20000) : 1 + rnd(120000), at = 0;
	int fd;

	if (names[i].type != FILE_ && names[i].type != NONE)
		return;
	begin(i);
	fd = open(path_of(i), flags, 0644);
	if (fd < 0)
		die("open", path_of(i));
	if (names[i].type == FILE_ && !(flags & O_TRUNC))
		at = rnd(names[i].size + 5000);
	if (at + size > SIZE_MAX_)
		at = 0;
	fill(bytes, size);
	if (pwrite(fd, bytes, size, at) != (ssize_t)size)
		die("pwrite", path_of(i));
	if (!rnd(5) && ftruncate(fd, rnd(at + size)) < 0)
		die("ftruncate", path_of(i));
	if (at_once(3)) {
		if ((rnd(2) ? fsync(fd) : fdatasync(fd)) < 0)
			die("fsync", path_of(i));
		look(i);
		promise(i);
	} else {
		look(i);
	}
	close(fd);
}

static void store_file(int i)
{
	size_t at, len;
	uint8_t *p;
	int fd;

	if (names[i].type != FILE_ || !names[i].size)
		return;
	begin(i);
	fd = open(path_of(i), O_RDWR);
	p = mmap(NULL, names[i].size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		die("mmap", path_of(i));
	at = rnd(names[i].size);
	len = 1 + rnd(names[i].size - at);
	fill(p + at, len);
	if (at_once(2)) {
		if (msync(p, names[i].size, MS_SYNC) < 0)
			die("msync", path_of(i));
		look(i);
		promise(i);
	} else {
		look(i);
	}
	munmap(p, names[i].size);
	close(fd);
}

static void remove_name(int i)
{
	if (names[i].type == NONE)
		return;
	begin(i);
	if ((names[i].type == DIR_ ? rmdir(path_of(i)) : unlink(path_of(i))) < 0)
		die("unlink", path_of(i));
	names[i].type = NONE;
	if (at_once(2)) {
		sync_folder();
		promise(i);
	}
}

/* Whoever looks at the target of a rename sees what was there or what came, if both were durable.
 */
static void rename_file(int i)
{
	int to = rnd(FILES), both, was = names[i].durable;

	if (to == i || names[i].type != FILE_ ||
	    (names[to].type != FILE_ && names[to].type != NONE))
		return;
	both = names[i].durable && names[to].durable && names[to].type == FILE_;
	begin(i);
	if (both)
		say("O %s file %u %u | file %u %u\n", path_of(to), names[i].size, names[i].crc,
		    names[to].size, names[to].crc);
	else
		begin(to);
	if (rename(path_of(i), path_of(to)) < 0)
		die("rename", path_of(i));
	names[to] = names[i];
	names[i].type = NONE;
	names[to].durable = both;
	if (at_once(3)) {
		sync_folder();
		promise(i);
		if (was)
			promise(to); /* what fsync of a folder writes is the name */
	}
}

static void exchange(int i)
{
	int to = rnd(FILES);

	if (to == i || names[i].type == NONE || names[to].type == NONE)
		return;
	begin(i);
	begin(to);
	if (renameat2(AT_FDCWD, path_of(i), AT_FDCWD, path_of(to), RENAME_EXCHANGE) < 0)
		die("exchange", path_of(i));
	struct name other = names[to];

	names[to] = names[i];
	names[i] = other;
}

static void make(int i)
{
	int kind = rnd(3);

	if (names[i].type != NONE)
		return;
	begin(i);
	if (kind == 0) {
		if (mkdir(path_of(i), 0755) < 0)
			die("mkdir", path_of(i));
		names[i].type = DIR_;
	} else {
		int len = kind == 1 ? 1 + rnd(59) : 60 + rnd(39);

		memset(names[i].target, 'a' + rnd(26), len);
		names[i].target[len] = 0;
		if (symlink(names[i].target, path_of(i)) < 0)
			die("symlink", path_of(i));
		names[i].type = LINK_;
	}
	if (at_once(2)) {
		sync_folder();
		/* of a folder it is the contents that fsync writes: a link without its own is there
		 */
		if (kind == 0)
			promise(i);
	}
}

static void sync_all(void)
{
	if (rnd(2)) {
		sync();
	} else {
		int fd = open(PLACE, O_RDONLY);

		if (syncfs(fd) < 0)
			die("syncfs", PLACE);
		close(fd);
	}
	for (int i = 0; i < FILES; i++)
		if (!names[i].durable)
			promise(i);
}

static void write_for_ever(uint64_t seed)
{
	char path[40];

	state = (seed * WRITERS + writer + 1) * 0x9E3779B97F4A7C15ull;
	snprintf(path, sizeof(path), PLACE "/w%d", writer);
	if (mkdir(path, 0755) < 0)
		die("mkdir", path);
	/* a lock of each process's own */
	lock_fd = open("/tmp/powercut", O_RDWR);
	for (;;) {
		uint32_t what = rnd(100), i = rnd(FILES);

		if (what < 45)
			write_file(i);
		else if (what < 58)
			store_file(i);
		else if (what < 70)
			remove_name(i);
		else if (what < 83)
			rename_file(i);
		else if (what < 86)
			exchange(i);
		else if (what < 96)
			make(i);
		else if (!lazy || !rnd(10))
			sync_all();
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	close(open("/tmp/powercut", O_RDWR | O_CREAT, 0600));
	mkdir(PLACE, 0755);
	if (mount(argv[1], PLACE, "ext2", 0, "") < 0)
		die("mount", argv[1]);
	for (writer = 1; writer < WRITERS; writer++)
		if (!fork())
			break;
	if (writer == WRITERS)
		writer = 0;
	lazy = atoi(argv[2]) % 2;
	write_for_ever(strtoull(argv[2], NULL, 0));
}
