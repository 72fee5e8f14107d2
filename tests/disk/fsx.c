/*
 * fsx FILE SEED OPERATIONS [KIB]: random operations on one file, of KIB at most (256), checked
 * against a model in memory: read, write, load and store by mappings that come and go and by one
 * that stays, truncate up and down, msync, fsync, sync_file_range, a hole (where the file system
 * makes holes), the file opened anew, and for root the caches dropped. Prints the size of the file
 * and a hash of what it is to hold, or what differed and the operations before that.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE	   4096
#define MAX_LENGTH (80 << 10)
#define LOG_LINES  40
#define LOG_WIDTH  80

static const char *path;
static int fd;
static unsigned char *model;	/* zeroes beyond size */
static unsigned char *standing; /* the mapping that stays, of the whole range */
static size_t size, max_size, offset, length;
static unsigned char buffer[MAX_LENGTH];
static unsigned long operation;
static char log_lines[LOG_LINES][LOG_WIDTH];
static unsigned int state;

static unsigned int random_number(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static unsigned int below(unsigned int n)
{
	return random_number() % n;
}

static void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(log_lines[operation % LOG_LINES], LOG_WIDTH, format, args);
	va_end(args);
}

static void fail(const char *format, ...)
{
	unsigned long first = operation < LOG_LINES ? 0 : operation - LOG_LINES + 1;
	int error = errno;
	va_list args;

	for (; first <= operation; first++)
		printf("%lu: %s\n", first, log_lines[first % LOG_LINES]);
	va_start(args, format);
	printf("FAILED: ");
	vprintf(format, args);
	va_end(args);
	printf(" (errno %d: %s), size %zu\n", error, strerror(error), size);
	exit(1);
}

static void must(long result, const char *what)
{
	if (result < 0)
		fail("%s", what);
}

/* The bytes at `start` of the file are `count` of these. */
static void compare(const unsigned char *bytes, size_t start, size_t count, const char *what)
{
	if (memcmp(bytes, model + start, count) == 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (bytes[i] != model[start + i])
			fail("%s: at %zu is %02x, not %02x", what, start + i, bytes[i],
			     model[start + i]);
}

/* A range; one in four begins or ends near a page's or a small block's boundary. */
static void choose_range(size_t limit)
{
	offset = limit ? below(limit) : 0;
	if (below(4) == 0)
		offset &= ~(below(2) ? PAGE - 1 : 1023);
	length = 1 + below(below(3) ? 5000 : MAX_LENGTH);
	if (below(4) == 0)
		length = (length + PAGE - 1) & ~(PAGE - 1);
	if (length > MAX_LENGTH)
		length = MAX_LENGTH;
	if (offset + length > limit)
		length = limit - offset;
}

static void fill(void)
{
	unsigned int start = random_number();

	for (size_t i = 0; i < length; i++)
		buffer[i] = start + i + (i >> 8) * 7 + 1;
}

static void do_read(void)
{
	size_t expected;
	ssize_t got;

	choose_range(max_size);
	note("read %zu at %zu", length, offset);
	expected = offset >= size ? 0 : size - offset < length ? size - offset : length;
	got = pread(fd, buffer, length, offset);
	if (got < 0 || (size_t)got != expected)
		fail("read of %zu gave %zd", expected, got);
	compare(buffer, offset, expected, "read");
}

static void stored(void)
{
	memcpy(model + offset, buffer, length);
	if (size < offset + length)
		size = offset + length;
}

static void do_write(void)
{
	choose_range(max_size);
	note("write %zu at %zu", length, offset);
	fill();
	if (pwrite(fd, buffer, length, offset) != (ssize_t)length)
		fail("write");
	stored();
}

static void do_append(void)
{
	int other;

	choose_range(max_size - size);
	note("append %zu", length);
	fill();
	other = open(path, O_WRONLY | O_APPEND);
	must(other, "open to append");
	if (write(other, buffer, length) != (ssize_t)length)
		fail("append");
	close(other);
	offset = size;
	stored();
}

static void do_truncate(void)
{
	size_t new_size =
		below(3) ? below(max_size + 1) : size - below(size < 9000 ? size + 1 : 9000);

	note("truncate from %zu to %zu", size, new_size);
	must(below(2) ? ftruncate(fd, new_size) : truncate(path, new_size), "truncate");
	if (new_size < size)
		memset(model + new_size, 0, size - new_size);
	size = new_size;
}

/* Where a mapping of the range begins; `bytes` is what lies before it in its first page. */
static unsigned char *map_range(int flags, size_t *bytes)
{
	unsigned char *p;

	*bytes = offset % PAGE;
	p = mmap(NULL, length + *bytes, PROT_READ | PROT_WRITE, flags, fd, offset - *bytes);
	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

/* In the last page the bytes beyond the end are zeroes. */
static void do_load(void)
{
	size_t before, end;
	unsigned char *p;

	choose_range(size);
	note("load %zu at %zu", length, offset);
	if (!length)
		return;
	p = map_range(below(2) ? MAP_SHARED : MAP_PRIVATE, &before);
	end = (offset + length + PAGE - 1) & ~(PAGE - 1);
	compare(p + before, offset, end - offset, "load");
	munmap(p, length + before);
}

static void do_store(void)
{
	size_t before;
	unsigned char *p;
	int grow = below(4) == 0, sync = below(6);

	choose_range(grow ? max_size : size);
	note("store %zu at %zu%s%s", length, offset, grow ? ", growing" : "",
	     sync == 0	 ? ", MS_SYNC"
	     : sync == 1 ? ", MS_ASYNC"
			 : "");
	if (!length)
		return;
	fill();
	if (offset + length > size)
		must(ftruncate(fd, offset + length), "truncate");
	p = map_range(MAP_SHARED, &before);
	memcpy(p + before, buffer, length);
	if (sync < 2)
		must(msync(p, length + before, sync ? MS_ASYNC : MS_SYNC), "msync");
	munmap(p, length + before);
	stored();
}

static void do_private_store(void)
{
	size_t before;
	unsigned char *p;

	choose_range(size);
	note("private store %zu at %zu", length, offset);
	if (!length)
		return;
	fill();
	p = map_range(MAP_PRIVATE, &before);
	memcpy(p + before, buffer, length);
	munmap(p, length + before);
}

static void do_standing(void)
{
	int store = below(2);

	choose_range(size);
	note("%s %zu at %zu by the mapping that stays", store ? "store" : "load", length, offset);
	if (!store) {
		compare(standing + offset, offset, length, "the mapping that stays");
		return;
	}
	fill();
	memcpy(standing + offset, buffer, length);
	stored();
	if (below(8) == 0)
		must(msync(standing, max_size, MS_SYNC), "msync");
}

static void do_sync(void)
{
	static const char *const names[] = {"fsync", "fdatasync", "sync_file_range", "msync",
					    "syncfs"};
	int which = below(5);

	choose_range(max_size);
	note("%s", names[which]);
	must(which == 0	  ? fsync(fd)
	     : which == 1 ? fdatasync(fd)
	     : which == 2 ? sync_file_range(fd, offset, length,
					    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
						    below(2) * SYNC_FILE_RANGE_WAIT_AFTER)
	     : which == 3 ? msync(standing, max_size, MS_SYNC | MS_INVALIDATE)
			  : syncfs(fd),
	     names[which]);
}

static void do_hole(void)
{
	choose_range(size);
	note("hole %zu at %zu", length, offset);
	if (!length)
		return;
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0)
		memset(model + offset, 0, length);
	else if (errno != EOPNOTSUPP)
		fail("hole");
}

static void map_standing(void)
{
	standing = mmap(NULL, max_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (standing == MAP_FAILED)
		fail("mmap");
}

/* What is mapped is not dropped, so the mapping that stays goes for once, mostly. */
static void do_drop(void)
{
	int drop = open("/proc/sys/vm/drop_caches", O_WRONLY), sync_first = below(4);
	int unmap = below(4);

	note("drop caches%s%s", sync_first ? ", after fsync" : "", unmap ? ", unmapped" : "");
	if (drop < 0)
		return;
	if (unmap)
		munmap(standing, max_size);
	if (sync_first)
		must(fsync(fd), "fsync");
	must(write(drop, "3", 1), "drop_caches");
	close(drop);
	if (unmap)
		map_standing();
}

static void do_advise(void)
{
	static const int advice[] = {POSIX_FADV_NORMAL, POSIX_FADV_RANDOM, POSIX_FADV_SEQUENTIAL,
				     POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED};
	int which = below(5);

	choose_range(max_size);
	note("fadvise %d, %zu at %zu", which, length, offset);
	errno = posix_fadvise(fd, offset, length, advice[which]);
	must(errno ? -1 : 0, "fadvise");
}

static void do_open(void)
{
	note("close, open");
	must(close(fd), "close");
	fd = open(path, O_RDWR);
	must(fd, "open");
}

static void check_size(void)
{
	struct stat st;

	must(fstat(fd, &st), "fstat");
	if ((size_t)st.st_size != size)
		fail("st_size is %lld", (long long)st.st_size);
}

static void check_all(void)
{
	unsigned char *bytes = malloc(max_size);

	note("read all");
	if (!bytes || pread(fd, bytes, max_size, 0) != (ssize_t)size)
		fail("read of all");
	compare(bytes, 0, size, "read of all");
	free(bytes);
}

static const struct {
	void (*run)(void);
	int weight;
} operations[] = {
	{do_read, 20}, {do_write, 20}, {do_append, 4},	  {do_truncate, 8},
	{do_load, 14}, {do_store, 14}, {do_standing, 12}, {do_private_store, 3},
	{do_sync, 6},  {do_hole, 2},   {do_advise, 3},	  {do_open, 2},
};

static void one_operation(void)
{
	int weight = 0, at = 0;
	size_t i;

	if (below(60) == 0) {
		do_drop();
		return;
	}
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		weight += operations[i].weight;
	weight = below(weight);
	while (weight >= operations[at].weight)
		weight -= operations[at++].weight;
	operations[at].run();
}

static unsigned int hash(void)
{
	unsigned int h = 2166136261u;

	for (size_t i = 0; i < size; i++)
		h = (h ^ model[i]) * 16777619u;
	return h;
}

static void begin(char **argv, const char *kib)
{
	path = argv[1];
	state = atoi(argv[2]) * 2654435761u + 1;
	max_size = (size_t)atoi(kib) << 10;
	model = calloc(1, max_size + PAGE);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	must(fd, path);
	if (!model)
		fail("no memory");
	map_standing();
}

int main(int argc, char **argv)
{
	unsigned long count;

	if (argc < 4) {
		fprintf(stderr, "fsx FILE SEED OPERATIONS [KIB]\n");
		return 2;
	}
	begin(argv, argc > 4 ? argv[4] : "256");
	count = strtoul(argv[3], NULL, 0);
	for (operation = 0; operation < count; operation++) {
		one_operation();
		check_size();
	}
	check_all();
	must(fsync(fd), "fsync");
	printf("%s: %zu %08x\n", path, size, hash());
	return 0;
}
