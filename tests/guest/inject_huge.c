/* mapix-only: /proc/sys/debug/fail_*_after of a debug kernel makes the n-th allocation, and all
 * behind it, fail.
 *
 * As inject.c, for huge pages: whatever fails, the figures of the pool are right afterwards.
 */
#include "inject.h"
#include "thp.h"
#include <linux/falloc.h>
#include <linux/memfd.h>
#include <sys/mount.h>

#define RW (PROT_READ | PROT_WRITE)

static void touch(char *p)
{
	if (p != MAP_FAILED)
		*(volatile char *)p = 1;
}

static void act_private(void)
{
	char *p = map_huge(2, RW, MAP_PRIVATE), *q;
	pid_t pid;

	if (p == MAP_FAILED)
		return;
	touch(p);
	pid = fork();
	if (!pid) {
		touch(p);
		touch(p + H);
		_exit(DONE);
	}
	touch(p);
	mprotect(p, H, PROT_READ);
	q = mremap(p, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x50000000);
	madvise(p + H, H, MADV_DONTNEED);
	touch(p + H);
	if (q != MAP_FAILED)
		munmap(q, H);
	munmap(p, 2 * H);
}

static void act_shared(void)
{
	int fd = syscall(SYS_memfd_create, "h", MFD_HUGETLB);
	char *p;

	if (fd < 0)
		return;
	ftruncate(fd, 3 * H);
	fallocate(fd, 0, H, H);
	p = mmap(NULL, 3 * H, RW, MAP_SHARED, fd, 0);
	touch(p);
	touch(mmap(NULL, H, RW, MAP_PRIVATE, fd, 0));
	fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, H, H);
	ftruncate(fd, H);
	ftruncate(fd, 2 * H);
	touch(p == MAP_FAILED ? p : p + H);
}

#define MOUNT "/tmp/huge"

/* In a mount, which the case makes and ends: with failing allocations nobody could end it. */
static void act_files(void)
{
	int fd = open(MOUNT "/f", O_CREAT | O_RDWR, 0600);

	mmap(NULL, 2 * H, RW, MAP_SHARED, fd, 0);
	fallocate(fd, 0, 0, H); /* touching it could be SIGBUS, which would leave the file */
	mkdir(MOUNT "/d", 0700);
	rename(MOUNT "/f", MOUNT "/d/f");
	unlink(MOUNT "/d/f");
	unlink(MOUNT "/f");
	rmdir(MOUNT "/d");
}

static void try_to_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	write(fd, text, 1);
	close(fd);
}

static void act_pool(void)
{
	try_to_write("/proc/sys/vm/nr_hugepages", "6");
	map_huge(3, RW, MAP_PRIVATE);
	try_to_write("/proc/sys/vm/nr_overcommit_hugepages", "2");
	map_huge(4, RW, MAP_PRIVATE);
	try_to_write("/proc/sys/vm/nr_hugepages", "4");
}

/* A child may be killed by SIGBUS where there is no memory for a page. */
static void fail_with_pool(void (*act)(void))
{
	pool(4);
	fail_in_turn(act);
	set_overcommit(0);
	set_pool(4);
	CHECK_POOL(4, 4, 0, 0);
}

TEST(private_mappings)
{
	fail_with_pool(act_private);
}

TEST(shared_mappings)
{
	fail_with_pool(act_shared);
}

TEST(files)
{
	static const char *const left[] = {"d/f", "f"};
	unsigned int i;

	pool(4);
	mkdir(MOUNT, 0700);
	CHECK(mount("none", MOUNT, "hugetlbfs", 0, "min_size=4194304,size=8388608") == 0);
	fail_in_turn(act_files);
	CHECK(chdir(MOUNT) == 0);
	for (i = 0; i < 2; i++)
		unlink(left[i]);
	rmdir("d");
	CHECK(chdir("/") == 0);
	CHECK(umount(MOUNT) == 0);
	CHECK(rmdir(MOUNT) == 0);
	CHECK_POOL(4, 4, 0, 0);
}

TEST(the_pool)
{
	fail_with_pool(act_pool);
}

/* ---- transparent ones ---- */

/* Without the huge page of zeros, small ones do it. */
static void act_transparent(void)
{
	char *p =
		mmap((void *)0x50000000, 2 * H, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	pid_t pid;

	if (p == MAP_FAILED)
		return;
	if (*(volatile char *)p || *(volatile char *)(p + H))
		abort();
	pid = fork();
	if (!pid) {
		touch(p + 4096);
		_exit(*(volatile char *)(p + H) ? 1 : DONE);
	}
	mprotect(p + H, 4096, PROT_READ);
	mremap(p, H, H, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x60000000);
	madvise(p + H + 8192, 4096, MADV_DONTNEED);
	touch(p + 2 * H - 1);
	madvise(p + H, H, COLLAPSE);
	munmap(p, 2 * H);
}

TEST(transparent_huge_pages)
{
	thp_on();
	fail_in_turn(act_transparent);
}

#define KPF_ZERO_PAGE (1ULL << 24)
#define KPF_THP	      (1ULL << 22)

/* An empty page table in store, and no huge page of zeros. */
static void prepare_stock(void)
{
	char *small = area(1);

	try_to_write("/proc/sys/vm/drop_caches", "2");
	CHECK_EQ(madvise(small, H, MADV_NOHUGEPAGE), 0);
	touch(small);
	CHECK_EQ(munmap(small, H), 0);
}

/* Each of them is shared as the huge one would be, and the next area gets that again. */
TEST(small_pages_of_zeros_do_it_without_a_huge_one)
{
	int knob = open_knob(knob_paths[0]);
	long made, failed, fallback;
	char *p, seen;

	thp_on();
	p = area(3);
	touch(p);
	prepare_stock();
	made = vmstat("thp_zero_page_alloc ");
	failed = vmstat("thp_zero_page_alloc_failed ");
	fallback = vmstat("thp_fault_fallback ");
	set_knob(knob, 0);
	seen = *(volatile char *)(p + H + 5 * PAGE);
	set_knob(knob, -1);
	CHECK_EQ(seen, 0);
	CHECK_EQ(vmstat("thp_zero_page_alloc_failed "), failed + 1);
	CHECK_EQ(vmstat("thp_zero_page_alloc "), made);
	CHECK_EQ(vmstat("thp_fault_fallback "), fallback + 1);
	CHECK_EQ(frame_flags_of(p + H + 5 * PAGE) & (KPF_ZERO_PAGE | KPF_THP), KPF_ZERO_PAGE);
	CHECK_EQ(pagemap(p + H), 0);
	for (unsigned long i = 0; i < H; i += PAGE)
		CHECK_EQ(*(volatile char *)(p + H + i), 0);
	CHECK_EQ(pagemap(p + H), pagemap(p + 2 * H - PAGE));
	CHECK_EQ(*(volatile char *)(p + 2 * H), 0);
	CHECK_EQ(vmstat("thp_zero_page_alloc "), made + 1);
	CHECK_EQ(frame_flags_of(p + 2 * H) & KPF_THP, KPF_THP);
}
