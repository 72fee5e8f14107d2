/*
 * Pages of shared memory and of tmpfs in swap: their file finds them again, whatever is done to it.
 */
#include "swaparea.h"
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#define AREA  1024 /* slots */
#define PAGES 32
#define SIZE  (PAGES * SWAP_PAGE)
#define RW    (PROT_READ | PROT_WRITE)

static int fd; /* of the file that `swapped_out` has made */

static void fill(unsigned char *p, int pages, int salt)
{
	int i;

	for (i = 0; i < pages; i++)
		memset(p + i * SWAP_PAGE, salt + i * 7, SWAP_PAGE);
}

static void holds(const unsigned char *p, int pages, int salt)
{
	int i, j;

	for (i = 0; i < pages; i++)
		for (j = 0; j < SWAP_PAGE; j += 511)
			CHECK_EQ(p[i * SWAP_PAGE + j], (unsigned char)(salt + i * 7));
}

/* The kilobytes in swap of the mapping at p, by smaps. */
static long swap_kb(const void *p)
{
	char *entry, range[32];

	snprintf(range, sizeof(range), "\n%08lx-", (unsigned long)p);
	entry = strstr(slurp("/proc/self/smaps"), range);
	CHECK(entry);
	return field(entry, "Swap:");
}

static void out(unsigned char *p, int pages)
{
	CHECK_EQ(madvise(p, pages * SWAP_PAGE, MADV_PAGEOUT), 0);
}

static unsigned char *swapped_out(int salt)
{
	unsigned char *p;

	fd = syscall(SYS_memfd_create, "shared", 0);
	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, SIZE), 0);
	p = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	fill(p, PAGES, salt);
	out(p, PAGES);
	CHECK_EQ(swap_kb(p), PAGES * 4);
	return p;
}

TEST(a_page_comes_back)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(1);
	holds(p, PAGES, 1);
	CHECK_EQ(swap_kb(p), 0);
	fill(p, PAGES, 2);
	out(p, PAGES);
	CHECK_EQ(swap_kb(p), PAGES * 4);
	holds(p, PAGES, 2);
	end_swap();
}

TEST(shared_between_processes)
{
	unsigned char *p;
	pid_t pid;

	begin_swap(AREA);
	p = mmap(NULL, SIZE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	fill(p, PAGES, 1);
	out(p, PAGES);
	CHECK_EQ(swap_kb(p), PAGES * 4);
	pid = fork();
	if (!pid) {
		holds(p, PAGES, 1);
		fill(p, PAGES, 2);
		_exit(0);
	}
	CHECK_CHILD(pid);
	holds(p, PAGES, 2);
	end_swap();
}

TEST(read_and_write)
{
	static unsigned char buf[SIZE];
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(1);
	CHECK_EQ(pread(fd, buf, SIZE, 0), SIZE);
	holds(buf, PAGES, 1);
	out(p, PAGES);
	CHECK_EQ(munmap(p, SIZE), 0);
	CHECK_EQ(pwrite(fd, "x", 1, 5 * SWAP_PAGE + 9), 1); /* the rest of the page stays */
	CHECK_EQ(pread(fd, buf, SIZE, 0), SIZE);
	CHECK_EQ(buf[5 * SWAP_PAGE + 9], 'x');
	buf[5 * SWAP_PAGE + 9] = buf[5 * SWAP_PAGE];
	holds(buf, PAGES, 1);
	end_swap();
}

TEST(truncation_frees_the_slots)
{
	unsigned char *p;
	int i;

	begin_swap(AREA);
	p = swapped_out(1);
	CHECK_EQ(ftruncate(fd, 10 * SWAP_PAGE + 100), 0);
	CHECK(swap_kb(p) <= 11 * 4);
	CHECK_EQ(ftruncate(fd, SIZE), 0);
	holds(p, 10, 1);
	CHECK_EQ(p[10 * SWAP_PAGE + 99], (unsigned char)(1 + 10 * 7));
	for (i = 10 * SWAP_PAGE + 100; i < SIZE; i += 100)
		CHECK_EQ(p[i], 0);
	end_swap();
}

TEST(a_hole_is_punched)
{
	unsigned char *p;
	int i;

	begin_swap(AREA);
	p = swapped_out(1);
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4 * SWAP_PAGE + 10,
			   4 * SWAP_PAGE),
		 0);
	CHECK(swap_kb(p) <= (PAGES - 3) * 4);
	holds(p, 4, 1);
	CHECK_EQ(p[4 * SWAP_PAGE + 9], (unsigned char)(1 + 4 * 7));
	for (i = 4 * SWAP_PAGE + 10; i < 8 * SWAP_PAGE + 10; i++)
		CHECK_EQ(p[i], 0);
	CHECK_EQ(p[8 * SWAP_PAGE + 10], (unsigned char)(1 + 8 * 7));
	holds(p + 9 * SWAP_PAGE, PAGES - 9, 1 + 9 * 7);
	end_swap();
}

TEST(fallocate_keeps_it)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(1);
	CHECK_EQ(fallocate(fd, 0, 0, SIZE + SWAP_PAGE), 0);
	holds(p, PAGES, 1);
	end_swap();
}

TEST(data_and_holes)
{
	begin_swap(AREA);
	swapped_out(1);
	CHECK_EQ(ftruncate(fd, SIZE + SWAP_PAGE), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), SIZE);
	CHECK_EQ(lseek(fd, 5 * SWAP_PAGE + 1, SEEK_DATA), 5 * SWAP_PAGE + 1);
	end_swap();
}

TEST(the_file_goes)
{
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(1);
	close(fd);
	CHECK_EQ(munmap(p, SIZE), 0);
	end_swap();
}

TEST(its_blocks_still_count)
{
	struct stat before, after;
	unsigned char *p;

	begin_swap(AREA);
	p = swapped_out(1);
	CHECK_EQ(fstat(fd, &before), 0);
	CHECK_EQ(before.st_blocks, PAGES * 8);
	holds(p, PAGES, 1);
	CHECK_EQ(fstat(fd, &after), 0);
	CHECK_EQ(after.st_blocks, PAGES * 8);
	end_swap();
}

TEST(private_mappings_copy_it)
{
	unsigned char *p, *q;

	begin_swap(AREA);
	p = swapped_out(1);
	q = mmap(NULL, SIZE, RW, MAP_PRIVATE, fd, 0);
	CHECK(q != MAP_FAILED);
	fill(q, PAGES, 5);
	out(q, PAGES);
	holds(p, PAGES, 1);
	holds(q, PAGES, 5);
	end_swap();
}

/* A mapping that cannot be written to is said to have what its file has there. */
TEST(smaps_of_a_mapping_with_copies)
{
	unsigned char *shared, *own;

	begin_swap(AREA);
	shared = swapped_out(1);
	own = mmap(NULL, SIZE, RW, MAP_PRIVATE, fd, 0);
	CHECK(own != MAP_FAILED);
	fill(own, PAGES / 2, 2);
	holds(shared, PAGES, 1);
	out(shared, PAGES);
	CHECK_EQ(swap_kb(own), PAGES / 2 * 4);
	CHECK_EQ(mprotect(own, SIZE, PROT_READ), 0);
	CHECK_EQ(swap_kb(own), PAGES * 4);
	out(own, PAGES / 2);
	CHECK_EQ(swap_kb(own), PAGES * 4 + PAGES / 2 * 4);
	CHECK_EQ(mprotect(own, SIZE, RW), 0);
	CHECK_EQ(swap_kb(own), PAGES * 4);
	holds(own, PAGES / 2, 2);
	CHECK_EQ(munmap(own, SIZE), 0);
	end_swap();
}

TEST(willneed_and_mincore)
{
	unsigned char vec[PAGES], *p;
	int i;

	begin_swap(AREA);
	p = swapped_out(1);
	CHECK_EQ(madvise(p, SIZE, MADV_WILLNEED), 0);
	usleep(200000);
	CHECK_EQ(mincore(p, SIZE, vec), 0);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(vec[i] & 1, 1);
	holds(p, PAGES, 1);
	end_swap();
}

TEST(swapoff_brings_it_back)
{
	unsigned char *p, *q;

	begin_swap(AREA);
	p = swapped_out(1);
	q = swapped_out(2);
	CHECK_EQ(swapoff(swap_area), 0);
	CHECK_EQ(swap_kb(p), 0);
	CHECK_EQ(swap_kb(q), 0);
	holds(p, PAGES, 1);
	holds(q, PAGES, 2);
	CHECK_EQ(unlink(swap_area), 0);
}

TEST(seals_and_swap)
{
	unsigned char *p;

	begin_swap(AREA);
	fd = syscall(SYS_memfd_create, "sealed", 2U); /* MFD_ALLOW_SEALING */
	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, SIZE), 0);
	p = mmap(NULL, SIZE, RW, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	fill(p, PAGES, 1);
	out(p, PAGES);
	CHECK_EQ(munmap(p, SIZE), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK), 0);
	p = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(p != MAP_FAILED);
	holds(p, PAGES, 1);
	end_swap();
}

TEST(a_segment_of_system_v)
{
	struct shm_info info;
	unsigned char *p;
	int id;

	begin_swap(AREA);
	id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
	CHECK(id >= 0);
	p = shmat(id, NULL, 0);
	CHECK(p != (void *)-1);
	fill(p, PAGES, 1);
	out(p, PAGES);
	CHECK(shmctl(id, SHM_INFO, (struct shmid_ds *)&info) >= 0);
	CHECK_EQ(info.shm_swp, PAGES);
	CHECK_EQ(info.shm_rss, 0);
	holds(p, PAGES, 1);
	CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
	out(p, PAGES);
	CHECK(shmctl(id, SHM_INFO, (struct shmid_ds *)&info) >= 0);
	CHECK_EQ(info.shm_swp, 0); /* it is locked */
	CHECK_EQ(shmctl(id, SHM_UNLOCK, NULL), 0);
	CHECK_EQ(shmdt(p), 0);
	CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
	end_swap();
}
