/*
 * Reclaim: which pages are freed when memory is short, which stay, and who frees them. Memory gets
 * short by reading a file without blocks that is larger than memory, or by locking most of it.
 *
 * linux-alone: it measures what memory is used for, and Linux keeps much of what others have used.
 */
#include "swaparea.h"
#include <dirent.h>
#include <stdbool.h>
#include <sys/mman.h>

#define P	 4096UL
#define MIB	 (1UL << 20)
#define RW	 (PROT_READ | PROT_WRITE)
#define ANON	 (MAP_PRIVATE | MAP_ANONYMOUS)
#define SWAP_MIB 40
#define ROOM_MIB 24 /* what is left of memory beside what is locked */
#define FILE_MIB 64 /* what is left for files, beside one that stays */

#define BIG  "/mnt/big"
#define USED "/mnt/used"

static unsigned long long vmstat(const char *name)
{
	return field(slurp("/proc/vmstat"), name);
}

static unsigned long long meminfo_mib(const char *name)
{
	return field(slurp("/proc/meminfo"), name) / 1024;
}

/* A new file, all of it a hole, or of bytes. */
static int new_file(const char *path, unsigned long mib, bool hole)
{
	static char text[64 * 1024];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	memset(text, 'x', sizeof(text));
	if (hole)
		CHECK(ftruncate(fd, mib * MIB) == 0);
	for (unsigned long i = 0; !hole && i < mib * MIB / sizeof(text); i++)
		CHECK_EQ(write(fd, text, sizeof(text)), (long)sizeof(text));
	CHECK(fsync(fd) == 0);
	return fd;
}

static void read_all(int fd)
{
	static char text[64 * 1024];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, text, sizeof(text), at)) > 0)
		at += n;
	CHECK(n == 0);
}

/* Read a file once that is larger than the memory for files. To be quick about it, what is more
   than FILE_MIB is taken by another file, which is in memory alone and cannot go, as there is no
   swap. */
static void read_more_than_memory(void)
{
	unsigned long available = meminfo_mib("MemAvailable:");
	int kept = memfd_create("kept", 0), fd;

	CHECK(kept >= 0);
	if (available > FILE_MIB)
		CHECK_EQ(fallocate(kept, 0, 0, (off_t)((available - FILE_MIB) * MIB)), 0);
	fd = new_file(BIG, 2 * FILE_MIB, true);
	read_all(fd);
	close(fd);
	close(kept);
	CHECK(unlink(BIG) == 0);
}

/* How many of the file's pages are in memory. */
static unsigned long resident(int fd, unsigned long pages)
{
	unsigned char vec[pages];
	char *p = mmap(NULL, pages * P, PROT_READ, MAP_SHARED, fd, 0);
	unsigned long n = 0;

	CHECK(p != MAP_FAILED);
	CHECK(mincore(p, pages * P, vec) == 0);
	for (unsigned long i = 0; i < pages; i++)
		n += vec[i] & 1;
	CHECK(munmap(p, pages * P) == 0);
	return n;
}

/* ---- pages of files ---- */

TEST(kswapd_frees_pages_of_files)
{
	unsigned long long scan, steal, runs, file;

	need_swap_disk();
	scan = vmstat("pgscan_kswapd ");
	steal = field(proc_text, "pgsteal_kswapd ");
	runs = field(proc_text, "pageoutrun ");
	file = field(proc_text, "pgsteal_file ");
	read_more_than_memory();
	CHECK(vmstat("pgscan_kswapd ") > scan);
	CHECK(field(proc_text, "pgsteal_kswapd ") > steal);
	CHECK(field(proc_text, "pageoutrun ") > runs);
	/* at least what did not fit */
	CHECK((field(proc_text, "pgsteal_file ") - file) * P > FILE_MIB / 2 * MIB);
}

TEST(what_is_read_once_does_not_drive_out_what_is_used)
{
	const unsigned long mib = 4, pages = mib * MIB / P;
	int fd;

	need_swap_disk();
	fd = new_file(USED, mib, false);
	for (int i = 0; i < 4; i++)
		read_all(fd);
	CHECK_EQ(resident(fd, pages), pages);
	read_more_than_memory();
	if (resident(fd, pages) < pages * 3 / 4)
		CHECK_FAIL("%lu of %lu pages are left", resident(fd, pages), pages);
	close(fd);
	CHECK(unlink(USED) == 0);
}

TEST(what_is_not_used_again_goes)
{
	const unsigned long mib = 4, pages = mib * MIB / P;
	int fd;

	need_swap_disk();
	fd = new_file(USED, mib, false);
	CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	CHECK_EQ(resident(fd, pages), 0UL);
	read_all(fd);
	read_more_than_memory();
	if (resident(fd, pages) > pages / 4)
		CHECK_FAIL("%lu of %lu pages are left", resident(fd, pages), pages);
	close(fd);
	CHECK(unlink(USED) == 0);
}

TEST(locked_pages_of_a_file_stay)
{
	const unsigned long mib = 4, pages = mib * MIB / P;
	unsigned long long locked;
	char *p;
	int fd;

	need_swap_disk();
	fd = new_file(USED, mib, false);
	locked = vmstat("nr_unevictable ");
	p = mmap(NULL, mib * MIB, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED && mlock(p, mib * MIB) == 0);
	CHECK(vmstat("nr_unevictable ") >= locked + pages - 64);
	read_more_than_memory();
	CHECK_EQ(resident(fd, pages), pages);
	CHECK(munmap(p, mib * MIB) == 0);
	close(fd);
	CHECK(unlink(USED) == 0);
}

/* ---- anonymous pages ---- */

static unsigned int mark(unsigned long page, unsigned int round)
{
	return page * 2654435761u + round;
}

/* Writes to every page, in rounds, and looks each time at what the round before has written. */
static void write_rounds(unsigned int *p, unsigned long pages, unsigned int rounds)
{
	for (unsigned int round = 0; round < rounds; round++) {
		for (unsigned long i = 0; i < pages; i++) {
			unsigned int *at = p + i * (P / 4);

			if (round && (at[0] != mark(i, round) || at[P / 4 - 1] != mark(i, round)))
				CHECK_FAIL("page %lu, round %u: %#x, %#x", i, round, at[0],
					   at[P / 4 - 1]);
			at[0] = at[P / 4 - 1] = mark(i, round + 1);
		}
	}
}

TEST(more_than_memory_comes_back_right)
{
	const unsigned long size = 40 * MIB;
	unsigned long long out, in, anon;
	unsigned int *p;
	size_t locked;
	char *lock;

	begin_swap(SWAP_MIB * MIB / P);
	lock = lock_all_but(ROOM_MIB, &locked);
	out = vmstat("pswpout ");
	in = field(proc_text, "pswpin ");
	anon = field(proc_text, "pgsteal_anon ");
	p = mmap(NULL, size, RW, ANON, -1, 0);
	CHECK(p != MAP_FAILED);
	write_rounds(p, size / P, 3);
	CHECK(vmstat("pswpout ") > out + 1024);
	CHECK(field(proc_text, "pswpin ") > in); /* how many depends on what else can be freed */
	CHECK(field(proc_text, "pgsteal_anon ") > anon + 1024);
	for (size_t i = 0; i < locked; i += P)
		CHECK_EQ(lock[i], 0);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmLck:"), (long long)(locked / 1024));
	CHECK(munmap(lock, locked) == 0 && munmap(p, size) == 0);
	end_swap();
}

TEST(processes_that_share_pages_get_them_back)
{
	const unsigned long size = 20 * MIB;
	unsigned int *p;
	size_t locked;
	char *lock;
	pid_t pid[3];

	begin_swap(SWAP_MIB * MIB / P);
	p = mmap(NULL, size, RW, ANON, -1, 0);
	CHECK(p != MAP_FAILED);
	write_rounds(p, size / P, 1);
	lock = lock_all_but(ROOM_MIB, &locked);
	for (int k = 0; k < 3; k++) {
		pid[k] = fork();
		if (!pid[k]) { /* each has its own part to write to, and looks at all */
			for (unsigned long i = k; i < size / P; i += 9)
				p[i * (P / 4)] = k;
			for (unsigned long i = 0; i < size / P; i++)
				CHECK_EQ(p[i * (P / 4)],
					 i % 9 == (unsigned long)k ? (unsigned int)k : mark(i, 1));
			_exit(0);
		}
	}
	for (int k = 0; k < 3; k++)
		CHECK_CHILD(pid[k]);
	for (unsigned long i = 0; i < size / P; i++)
		CHECK_EQ(p[i * (P / 4)], mark(i, 1));
	CHECK(munmap(lock, locked) == 0 && munmap(p, size) == 0);
	end_swap();
}

TEST(pages_given_up_are_not_written)
{
	const unsigned long size = 12 * MIB;
	unsigned long long freed;
	unsigned int *p, *q;
	size_t locked;
	char *lock;

	begin_swap(SWAP_MIB * MIB / P);
	lock = lock_all_but(ROOM_MIB, &locked);
	p = mmap(NULL, size, RW, ANON, -1, 0);
	CHECK(p != MAP_FAILED);
	write_rounds(p, size / P, 1);
	CHECK(madvise(p, size, MADV_FREE) == 0);
	freed = vmstat("pglazyfreed ");
	q = mmap(NULL, 30 * MIB, RW, ANON, -1, 0);
	CHECK(q != MAP_FAILED);
	write_rounds(q, 30 * MIB / P, 2);
	CHECK(vmstat("pglazyfreed ") > freed + size / P / 2);
	for (unsigned long i = 0; i < size / P; i++)
		CHECK(p[i * (P / 4)] == 0 || p[i * (P / 4)] == mark(i, 1));
	CHECK(munmap(lock, locked) == 0 && munmap(p, size) == 0 && munmap(q, 30 * MIB) == 0);
	end_swap();
}

/* ---- kswapd ---- */

#define PF_MEMALLOC 0x00000800
#define PF_KSWAPD   0x00020000
#define PF_KTHREAD  0x00200000

/* The process with this name, or 0. */
static int find_task(const char *name)
{
	struct dirent *d;
	DIR *dir = opendir("/proc");
	int found = 0;

	CHECK(dir);
	while (!found && (d = readdir(dir))) {
		char path[300], comm[32] = "";
		int fd, pid = atoi(d->d_name);

		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		fd = pid ? open(path, O_RDONLY) : -1;
		if (fd < 0)
			continue;
		if (read(fd, comm, sizeof(comm) - 1) > 0 && !strncmp(comm, name, strlen(name)))
			found = pid;
		close(fd);
	}
	closedir(dir);
	return found;
}

TEST(kswapd_is_a_kernel_thread_that_may_use_the_reserve)
{
	const unsigned int wanted = PF_MEMALLOC | PF_KSWAPD | PF_KTHREAD;
	int pid = find_task("kswapd0"), at = 0;
	char *text;

	CHECK(pid);
	text = strchr(slurp_pid(pid, "stat"), ')');
	CHECK(text);
	while (at < 7 && (text = strchr(text + 1, ' '))) /* the ninth field */
		at++;
	CHECK(text);
	CHECK_EQ((unsigned int)strtoul(text, NULL, 10) & wanted, wanted);
	CHECK_EQ(slurp_pid(pid, "maps")[0], 0);
}
