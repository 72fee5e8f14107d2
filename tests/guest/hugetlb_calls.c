/*
 * Calls on mappings of huge pages, at their boundaries: munmap, mprotect, mremap, madvise, mincore,
 * mlock; segments and memory files; and what /proc shows.
 */
#include "huge.h"
#include "sysvipc.h"
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define RW (PROT_READ | PROT_WRITE)

/* ---- where ---- */

TEST(places_are_multiples_of_a_huge_page)
{
	char *p, *hint;

	pool(0);
	hint = (char *)(0x50000000 + P);
	p = mmap(hint, H, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
	CHECK_EQ((long)p, 0x50000000);
	CHECK_ERRNO(mmap(hint, H, RW,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE | MAP_FIXED, -1,
			 0),
		    EINVAL);
	/* a length is rounded up */
	p = mmap(NULL, P, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0);
	CHECK_MAP(p, H, "rw-p");
}

TEST(munmap_of_a_part_of_a_huge_page)
{
	char *p;

	pool(2);
	p = huge(2, MAP_PRIVATE);
	memset(p, 1, 2 * H);
	CHECK_ERRNO(munmap(p, P), EINVAL);
	CHECK_ERRNO(munmap(p + P, H), EINVAL);
	CHECK_ERRNO(munmap(p + H - P, P), EINVAL);
	CHECK_EQ(p[0] + p[H] + p[2 * H - 1], 3);
	CHECK_POOL(2, 0, 0, 0);
	CHECK(munmap(p + H, H) == 0);
	CHECK_MAP(p, H, "rw-p");
	CHECK_FAULT(p[H] = 1, SIGSEGV, SEGV_MAPERR, p + H);
	CHECK_POOL(2, 1, 0, 0);
}

TEST(mprotect_of_huge_pages)
{
	char *p;

	pool(3);
	p = huge(3, MAP_PRIVATE);
	memset(p, 5, 2 * H);
	CHECK_ERRNO(mprotect(p, P, PROT_READ), EINVAL);
	CHECK_ERRNO(mprotect(p + P, H - P, PROT_READ), EINVAL);
	CHECK(mprotect(p + H, H, PROT_READ) == 0);
	CHECK_MAP(p, H, "rw-p");
	CHECK_MAP(p + H, H, "r--p");
	CHECK_MAP(p + 2 * H, H, "rw-p");
	CHECK_EQ(p[H + 3], 5);
	CHECK_FAULT(p[H + 3] = 6, SIGSEGV, SEGV_ACCERR, p + H + 3);
	p[2] = 7;
	CHECK(mprotect(p, 2 * H, PROT_NONE) == 0);
	CHECK_FAULT(p[2]++, SIGSEGV, SEGV_ACCERR, p + 2);
	CHECK_POOL(3, 1, 1, 0);
	CHECK(mprotect(p, 3 * H, RW) == 0);
	CHECK_EQ(p[2], 7);
	p[H + 3] = 8;
	p[2 * H] = 9;
	CHECK_EQ(p[H + 3], 8);
	CHECK_POOL(3, 0, 0, 0);
}

TEST(mprotect_of_shared_huge_pages)
{
	char *p;

	pool(1);
	p = huge(1, MAP_SHARED);
	p[0] = 1;
	CHECK(mprotect(p, H, PROT_READ) == 0);
	CHECK_FAULT(p[0] = 2, SIGSEGV, SEGV_ACCERR, p);
	CHECK(mprotect(p, H, RW) == 0);
	p[0] = 3;
	CHECK_EQ(p[0], 3);
}

TEST(mremap_moves_huge_pages)
{
	char *p, *q;

	pool(2);
	p = huge(2, MAP_PRIVATE);
	p[0] = 'a';
	q = mmap(NULL, 4 * H, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(q != MAP_FAILED);
	q += H - (unsigned long)q % H;
	CHECK_ERRNO(mremap(p, 2 * H, 3 * H, MREMAP_MAYMOVE), EINVAL);
	CHECK_ERRNO(mremap(p + P, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, q), EINVAL);
	CHECK_ERRNO(mremap(p, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, q + P), EINVAL);
	CHECK(mremap(p, 2 * H, 2 * H, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	CHECK_UNMAPPED(p);
	CHECK_MAP(q, 2 * H, "rw-p");
	CHECK_EQ(q[0], 'a');
	CHECK_POOL(2, 1, 1, 0); /* the reservation has moved too */
	q[H] = 'b';
	CHECK_POOL(2, 0, 0, 0);
	/* shrinking is unmapping */
	CHECK(mremap(q, 2 * H, H, 0) == q);
	CHECK_POOL(2, 1, 0, 0);
	CHECK_EQ(q[0], 'a');
	CHECK(munmap(q, H) == 0);
	CHECK_POOL(2, 2, 0, 0);
}

TEST(mremap_dontunmap_is_refused)
{
	char *p;

	pool(1);
	p = huge(1, MAP_PRIVATE);
	CHECK_ERRNO(mremap(p, H, H, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL), EINVAL);
}

/* ---- advice ---- */

TEST(madvise_of_huge_pages)
{
	char *p;

	pool(2);
	p = huge(2, MAP_PRIVATE);
	memset(p, 1, 2 * H);
	CHECK_ERRNO(madvise(p + P, H, MADV_DONTNEED), EINVAL);
	CHECK(madvise(p, P, MADV_DONTNEED) == 0); /* nothing: less than a huge page */
	CHECK_EQ(p[0], 1);
	CHECK(madvise(p, H + P, MADV_DONTNEED) == 0); /* one */
	CHECK_EQ(p[H], 1);
	CHECK_POOL(2, 1, 0, 0);
	CHECK_EQ(p[0], 0);
	CHECK_ERRNO(madvise(p, H, MADV_FREE), EINVAL);
	CHECK_ERRNO(madvise(p, P, MADV_FREE), EINVAL); /* of less than a huge page, too */
	CHECK_ERRNO(madvise(p, H, 20 /* MADV_COLD */), EINVAL);
	CHECK_ERRNO(madvise(p, H, 21 /* MADV_PAGEOUT */), EINVAL);
	CHECK_ERRNO(madvise(p, H, MADV_REMOVE), EACCES);
	CHECK(madvise(p, H, MADV_DONTDUMP) == 0);
	CHECK(madvise(p, H, MADV_DODUMP) == 0);
	CHECK_ERRNO(madvise(p, P, MADV_DONTFORK), EINVAL);
	CHECK(madvise(p, H, MADV_DONTFORK) == 0);
}

TEST(madvise_remove_makes_a_hole)
{
	char *p;

	pool(2);
	p = huge(2, MAP_SHARED);
	memset(p, 1, 2 * H);
	CHECK(madvise(p, H, MADV_REMOVE) == 0);
	CHECK_POOL(2, 1, 0, 0);
	CHECK_EQ(p[0], 0);
	CHECK_EQ(p[H], 1);
}

TEST(madvise_populate_takes_pages)
{
	char *p;

	pool(2);
	p = huge(2, MAP_PRIVATE);
	CHECK(madvise(p, H, 23 /* MADV_POPULATE_WRITE */) == 0);
	CHECK_POOL(2, 1, 1, 0);
	CHECK(madvise(p, 2 * H, 22 /* MADV_POPULATE_READ */) == 0);
	CHECK_POOL(2, 0, 0, 0);
}

TEST(mincore_of_huge_pages)
{
	unsigned long n, pages;
	unsigned char *vec;
	char *p;

	pool(2);
	pages = 2 * H / P;
	p = huge(2, MAP_PRIVATE);
	p[H] = 1;
	vec = malloc(pages);
	memset(vec, 0xff, pages);
	CHECK(mincore(p, 2 * H, vec) == 0);
	for (n = 0; n < pages; n++)
		CHECK_EQ(vec[n], n >= pages / 2);
	CHECK(mincore(p + H - P, 2 * P, vec) == 0);
	CHECK_EQ(vec[0], 0);
	CHECK_EQ(vec[1], 1);
}

TEST(mlock_of_huge_pages)
{
	long locked;
	char *p;

	pool(2);
	locked = figure("/proc/self/status", "VmLck");
	p = huge(2, MAP_PRIVATE);
	CHECK(mlock(p, H) == 0);
	CHECK_POOL(2, 1, 1, 0); /* they are there now, but huge pages are not counted */
	CHECK_EQ(figure("/proc/self/status", "VmLck"), locked);
	CHECK_MAP(p, 2 * H, "rw-p");
	CHECK(munlock(p, H) == 0);
	p = huge(1, MAP_PRIVATE | MAP_LOCKED | MAP_NORESERVE);
	CHECK_EQ(figure("/proc/self/status", "VmLck"), locked);
}

/* ---- files and segments ---- */

TEST(a_segment_of_huge_pages)
{
	struct shmid_ds ds;
	char *p, *q;
	int id;

	pool(3);
	id = shm_get(IPC_PRIVATE, H + P, SHM_HUGETLB | 0600);
	CHECK(id >= 0);
	CHECK_POOL(3, 3, 2, 0); /* shmget reserves */
	p = shm_at(id, NULL, 0);
	q = shm_at(id, NULL, 0);
	CHECK_EQ((unsigned long)p % H, 0);
	CHECK_MAP(p, 2 * H, "rw-s");
	p[H] = 'x';
	CHECK_EQ(q[H], 'x');
	CHECK_POOL(3, 2, 1, 0);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_EQ(shm_ctl(id, IPC_RMID, &ds), 0);
	CHECK_EQ(q[H], 'x');
	CHECK_EQ(shm_dt(q), 0);
	CHECK_POOL(3, 3, 0, 0);
	CHECK_ERRNO(shm_get(IPC_PRIVATE, 4 * H, SHM_HUGETLB | 0600), ENOMEM);
}

static int huge_memfd(void)
{
	int fd = syscall(SYS_memfd_create, "huge", MFD_HUGETLB);

	CHECK(fd >= 0);
	return fd;
}

TEST(a_memory_file_of_huge_pages)
{
	struct stat st;
	char *p, *q, c;
	int fd;

	pool(3);
	fd = huge_memfd();
	CHECK_ERRNO(ftruncate(fd, P), EINVAL);
	CHECK(ftruncate(fd, 2 * H) == 0);
	CHECK_POOL(3, 3, 0, 0);
	p = mmap(NULL, 2 * H, RW, MAP_SHARED, fd, 0);
	q = mmap(NULL, 2 * H, RW, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	CHECK_POOL(3, 3, 2, 0); /* once for both */
	p[H + 5] = 'x';
	CHECK_EQ(q[H + 5], 'x');
	CHECK_EQ(pread(fd, &c, 1, H + 5), 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(pread(fd, &c, 1, 5), 1);
	CHECK_EQ(c, 0);
	CHECK_ERRNO(pwrite(fd, "y", 1, 0), EINVAL);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_blocks, H / 512);
	CHECK_POOL(3, 2, 1, 0);
	/* a page beyond the end goes, and an access there is SIGBUS */
	CHECK(ftruncate(fd, H) == 0);
	CHECK_POOL(3, 3, 1, 0);
	CHECK_FAULT(p[H + 5] = 1, SIGBUS, BUS_ADRERR, p + H + 5);
	p[0] = 1;
	CHECK_POOL(3, 2, 0, 0);
}

TEST(a_private_mapping_copies_the_page_of_the_file)
{
	char *p, *q;
	int fd;

	pool(3);
	fd = huge_memfd();
	p = mmap(NULL, H, RW, MAP_SHARED, fd, 0);
	q = mmap(NULL, H, RW, MAP_PRIVATE, fd, 0);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	CHECK_POOL(3, 3, 2, 0);
	p[0] = 'f';
	CHECK_EQ(q[0], 'f');
	CHECK_POOL(3, 2, 1, 0);
	q[1] = 'q';
	CHECK_EQ(q[0], 'f');
	CHECK_EQ(p[1], 0);
	CHECK_POOL(3, 1, 0, 0);
	p[0] = 'g';
	CHECK_EQ(q[0], 'f');
	CHECK(munmap(q, H) == 0);
	CHECK_POOL(3, 2, 0, 0);
}

TEST(fallocate_of_huge_pages)
{
	struct stat st;
	char *p;
	int fd;

	pool(3);
	fd = huge_memfd();
	CHECK(fallocate(fd, 0, 0, 2 * H) == 0);
	CHECK_POOL(3, 1, 0, 0);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, 2 * H);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_KEEP_SIZE, 2 * H, 2 * H), ENOSPC);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_size, 2 * H);
	p = mmap(NULL, 2 * H, RW, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	memset(p, 1, 2 * H);
	/* a hole: whole pages go, the rest is filled with zeros */
	CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, H - P, H + P) == 0);
	CHECK_EQ(p[H - P - 1], 1);
	CHECK_EQ(p[H - P], 0);
	CHECK_EQ(p[H - 1], 0);
	CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10, 20) == 0);
	CHECK_EQ(p[9], 1);
	CHECK_EQ(p[10], 0);
	CHECK_EQ(p[29], 0);
	CHECK_EQ(p[30], 1);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, H), EOPNOTSUPP);
}

TEST(what_fallocate_puts_behind_the_end_can_be_mapped)
{
	char *p, *q;
	int fd;

	pool(3);
	fd = huge_memfd();
	CHECK(ftruncate(fd, H) == 0);
	CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, H, H) == 0);
	p = mmap(NULL, 2 * H, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, H);
	q = mmap(NULL, H, RW, MAP_PRIVATE | MAP_NORESERVE, fd, H);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	CHECK_EQ(p[5], 0);
	q[5] = 'q';
	CHECK_EQ(p[5], 0);
	CHECK_FAULT(*(volatile char *)(p + H), SIGBUS, BUS_ADRERR, p + H);
	CHECK(ftruncate(fd, H) == 0);
	CHECK_FAULT(*(volatile char *)p, SIGBUS, BUS_ADRERR, p);
	CHECK_FAULT(*(volatile char *)q, SIGBUS, BUS_ADRERR, q);
}

TEST(a_file_may_end_within_a_page_that_is_there)
{
	char *p;
	int fd;

	pool(2);
	fd = huge_memfd();
	CHECK(fallocate(fd, 0, 0, 100) == 0);
	p = mmap(NULL, 2 * H, RW, MAP_SHARED | MAP_NORESERVE, fd, 0);
	CHECK(p != MAP_FAILED);
	p[H - 1] = 1;
	CHECK_EQ(p[0], 0);
}

TEST(statfs_of_a_huge_file)
{
	struct statfs fs;

	pool(0);
	CHECK(fstatfs(huge_memfd(), &fs) == 0);
	CHECK_EQ(fs.f_bsize, H);
	CHECK_EQ(fs.f_blocks, 0);
}

/* ---- what /proc shows ---- */

/* A figure of smaps of the mapping at p, in KiB. */
static long smaps(const char *p, const char *name)
{
	char line[256], start[16];
	FILE *f = fopen("/proc/self/smaps", "r");
	int inside = 0;
	long kb = -1;

	CHECK(f);
	sprintf(start, "%lx-", (unsigned long)p);
	while (kb < 0 && fgets(line, sizeof(line), f)) {
		if (!inside)
			inside = !strncmp(line, start, strlen(start));
		else if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			kb = atol(line + strlen(name) + 1);
	}
	fclose(f);
	return kb;
}

TEST(smaps_of_huge_pages)
{
	char *p;
	pid_t pid;

	pool(3);
	p = huge(2, MAP_PRIVATE);
	p[0] = 1;
	CHECK_EQ(smaps(p, "Size"), 2 * H >> 10);
	CHECK_EQ(smaps(p, "KernelPageSize"), H >> 10);
	CHECK_EQ(smaps(p, "MMUPageSize"), H >> 10);
	CHECK_EQ(smaps(p, "Rss"), 0);
	CHECK_EQ(smaps(p, "Private_Hugetlb"), H >> 10);
	CHECK_EQ(smaps(p, "Shared_Hugetlb"), 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(smaps(p, "Private_Hugetlb"), 0);
		CHECK_EQ(smaps(p, "Shared_Hugetlb"), H >> 10);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(smaps(p, "Private_Hugetlb"), H >> 10);
}

TEST(status_counts_huge_pages)
{
	long rss, more;
	char *p;

	pool(2);
	CHECK_EQ(figure("/proc/self/status", "HugetlbPages"), 0);
	rss = figure("/proc/self/status", "VmRSS");
	p = huge(2, MAP_PRIVATE);
	memset(p, 1, 2 * H);
	CHECK_EQ(figure("/proc/self/status", "HugetlbPages"), 2 * H >> 10);
	more = figure("/proc/self/status", "VmRSS") - rss;
	CHECK(more < 100);
	CHECK(munmap(p, H) == 0);
	CHECK_EQ(figure("/proc/self/status", "HugetlbPages"), H >> 10);
}

TEST(pagemap_of_huge_pages)
{
	uint64_t entry[4];
	unsigned long addr;
	char *p, *q;
	int fd;

	pool(2);
	p = huge(1, MAP_PRIVATE);
	q = huge(1, MAP_SHARED);
	p[0] = q[0] = 1;
	fd = open("/proc/self/pagemap", O_RDONLY);
	addr = (unsigned long)p;
	CHECK_EQ(pread(fd, entry, 16, addr / P * 8), 16);
	CHECK_EQ(entry[0] >> 55, 1 << 8 | 1 << 1); /* present, and mapped once */
	CHECK_EQ(entry[1] - entry[0], 1);
	CHECK_EQ((entry[0] & 0x7fffffffffffffULL) % (H / P), 0);
	CHECK_EQ(pread(fd, entry + 2, 8, (addr + H - P) / P * 8), 8);
	CHECK_EQ(entry[2] - entry[0], H / P - 1);
	addr = (unsigned long)q;
	CHECK_EQ(pread(fd, entry, 8, addr / P * 8), 8);
	CHECK_EQ(entry[0] >> 55, 1 << 8 | 1 << 6 | 1 << 1); /* and of a file */
}

TEST(maps_names_them)
{
	struct map_line m;
	char *p;

	pool(1);
	p = huge(1, MAP_PRIVATE);
	CHECK(map_at(p, &m));
	CHECK_STR(m.name, "/anon_hugepage (deleted)");
}
