/*
 * Memory that breaks, as madvise(MADV_HWPOISON) pretends it, and memory that is taken out of use
 * before it does (MADV_SOFT_OFFLINE). What these cases break stays out of use until the machine
 * ends.
 */
#include "maps.h"
#include "swaparea.h"
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#ifndef MADV_SOFT_OFFLINE
#	define MADV_SOFT_OFFLINE 101
#endif
#define RW		 (PROT_READ | PROT_WRITE)
#define PM_EXCLUSIVE	 (1ULL << 56)
#define PM_FILE		 (1ULL << 61)
#define PM_SWAP		 (1ULL << 62)
#define PM_KIND		 (PM_PRESENT | PM_SWAP | PM_FILE | PM_EXCLUSIVE)
#define SWP_HWPOISON	 27 /* of 32 kinds of entries */
#define SWP_SWAPIN_ERROR 31
#define KPF_HWPOISON	 (1ULL << 19)
#define EXT2_MAGIC	 0xef53
#define MADV_POP_READ	 22 /* MADV_POPULATE_READ */

static char *three_pages(int flags, int fd)
{
	char *p = mmap(free_room(3), 3 * P, RW, flags | MAP_FIXED, fd, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static char *three_anon(void)
{
	return memset(three_pages(MAP_PRIVATE | MAP_ANONYMOUS, -1), 5, 3 * P);
}

static int new_memfd(void)
{
	int fd = memfd_create("broken", 0);

	CHECK(fd >= 0 && ftruncate(fd, 3 * P) == 0);
	return fd;
}

static void check_broken_at(volatile char *p, int write)
{
	CHECK_FAULT(write ? (void)(*p = 1) : (void)*p, SIGBUS, BUS_MCEERR_AR, p);
	CHECK_EQ(probe_info.si_addr_lsb, 12);
}

static void check_broken(char *p)
{
	check_broken_at(p, 0);
	check_broken_at(p + 5, 1);
}

static void hwpoison(char *p)
{
	CHECK(madvise(p, P, MADV_HWPOISON) == 0);
}

static long corrupted(void)
{
	return field(slurp("/proc/meminfo"), "HardwareCorrupted:");
}

static unsigned long long frame_flags(unsigned long long pfn)
{
	unsigned long long flags;
	int fd = open("/proc/kpageflags", O_RDONLY);

	CHECK(fd >= 0 && pread(fd, &flags, 8, pfn * 8) == 8);
	close(fd);
	return flags;
}

static long smaps_of(const char *p, const char *name)
{
	char start[16];
	const char *text;

	snprintf(start, sizeof(start), "%08lx-", (unsigned long)p);
	text = strstr(slurp("/proc/self/smaps"), start);
	CHECK(text);
	return field(text, name);
}

TEST(a_broken_page_gives_sigbus)
{
	unsigned long long pfn;
	char *p, vec[3];
	long before, rss;

	need_root();
	p = three_anon();
	pfn = pagemap(p + P) & PM_PFN;
	before = corrupted();
	rss = field(slurp("/proc/self/status"), "RssAnon:");
	hwpoison(p + P);
	CHECK_EQ(corrupted(), before + 4);
	CHECK_EQ(field(slurp("/proc/self/status"), "RssAnon:"), rss - 4);
	CHECK_EQ(p[P - 1] + p[2 * P], 10);
	check_broken(p + P);
	CHECK(mincore(p, 3 * P, (void *)vec) == 0);
	CHECK_EQ(vec[1] & 1, 1);
	CHECK_EQ(pagemap(p + P), PM_SWAP | pfn << 5 | SWP_HWPOISON);
	CHECK(frame_flags(pfn) & KPF_HWPOISON);
	CHECK_EQ(smaps_of(p, "Rss:"), 12);
	CHECK_EQ(smaps_of(p, "Private_Dirty:"), 12);
	CHECK_EQ(smaps_of(p, "Anonymous:"), 12);
}

TEST(calls_do_not_get_at_it)
{
	struct iovec here, there;
	int fds[2], zero = open("/dev/zero", O_RDONLY);
	char *p, c;

	need_root();
	p = three_anon();
	hwpoison(p + P);
	CHECK(pipe(fds) == 0);
	CHECK_ERRNO(write(fds[1], p + P, 4), EFAULT);
	CHECK_ERRNO(read(zero, p + P, 4), EFAULT);
	here = (struct iovec){&c, 1};
	there = (struct iovec){p + P, 1};
	CHECK_ERRNO(process_vm_readv(getpid(), &here, 1, &there, 1, 0), EFAULT);
	CHECK_ERRNO(madvise(p + P, P, MADV_HWPOISON), EFAULT);
	CHECK_ERRNO(madvise(p + P, P, MADV_SOFT_OFFLINE), EFAULT);
	CHECK_ERRNO(madvise(p, 3 * P, MADV_POP_READ), EHWPOISON);
	CHECK_ERRNO(mlock(p, 3 * P), ENOMEM);
	CHECK(munlock(p, 3 * P) == 0);
}

TEST(it_goes_where_its_mapping_goes)
{
	char *p, *q, vec[3];
	int status;

	need_root();
	p = three_anon();
	q = free_room(3);
	hwpoison(p + P);
	CHECK(mprotect(p, 3 * P, PROT_NONE) == 0 && mprotect(p, 3 * P, RW) == 0);
	check_broken(p + P);
	CHECK(mremap(p, 3 * P, 3 * P, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	check_broken(q + P);
	CHECK(madvise(q, 3 * P, MADV_COLD) == 0 && madvise(q, 3 * P, MADV_PAGEOUT) == 0);
	check_broken(q + P);
	if (!fork()) {
		check_broken(q + P);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(madvise(q, 3 * P, MADV_WIPEONFORK) == 0);
	if (!fork())
		_exit(q[P]);
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(madvise(q, 3 * P, MADV_FREE) == 0);
	CHECK(mincore(q, 3 * P, (void *)vec) == 0);
	CHECK_EQ(vec[1] & 1, 0);
	CHECK_EQ(q[P], 0);
	q[0] = 5; /* not to be given up any more */
	hwpoison(q);
	CHECK(madvise(q, P, MADV_DONTNEED) == 0);
	CHECK_EQ(q[0], 0);
	q[0] = 1;
	hwpoison(q);
	CHECK(munmap(q, P) == 0);
}

TEST(all_who_share_it_lose_it)
{
	int go[2], status;
	char *p, c;

	need_root();
	p = three_anon();
	CHECK(pipe(go) == 0);
	if (!fork()) {
		CHECK(read(go[0], &c, 1) == 1);
		check_broken(p + P);
		CHECK_EQ(p[0], 5);
		_exit(0);
	}
	hwpoison(p + P);
	check_broken(p + P);
	CHECK(write(go[1], "", 1) == 1 && wait(&status) > 0);
	CHECK_EQ(status, 0);
}

TEST(it_kills_even_if_blocked)
{
	sigset_t set;
	char *p;

	need_root();
	p = three_anon();
	hwpoison(p);
	hwpoison(p + P);
	CHECK_SIGNAL((void)*(volatile char *)p, SIGBUS);
	sigemptyset(&set);
	sigaddset(&set, SIGBUS);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_SIGNAL((void)*(volatile char *)(p + P), SIGBUS);
}

TEST(a_broken_page_of_a_file_in_memory)
{
	char *p, *q, buf[4];
	int fd, out;

	need_root();
	fd = new_memfd();
	out = new_memfd();
	p = three_pages(MAP_SHARED, fd);
	q = three_pages(MAP_SHARED, fd);
	p[P - 1] = p[P] = 9;
	hwpoison(p + P);
	CHECK_EQ(pagemap(p + P) & PM_KIND, PM_SWAP | PM_FILE);
	CHECK_ERRNO(pread(fd, buf, 4, P), EIO);
	CHECK_EQ(pread(fd, buf, 4, P - 1), 1);
	CHECK_EQ(buf[0], 9);
	CHECK_ERRNO(pwrite(fd, "x", 1, P + 5), EIO);
	CHECK(lseek(fd, P, SEEK_SET) == (off_t)P);
	CHECK_ERRNO(sendfile(out, fd, NULL, 4), EIO);
	check_broken(p + P);
	check_broken(q + P);
	CHECK(msync(q, 3 * P, MS_SYNC) == 0 && fsync(fd) == 0);
	CHECK_ERRNO(madvise(q + P, P, MADV_HWPOISON), EFAULT);
	/* a hole in its place: who had the page does not get the hole, others do */
	CHECK(fallocate(fd, 3, P, P) == 0);
	CHECK_EQ(q[P], 0);
	check_broken(p + P);
	CHECK_EQ(pread(fd, buf, 4, P), 4);
	CHECK(ftruncate(fd, P) == 0 && ftruncate(fd, 3 * P) == 0);
	CHECK_EQ(p[P], 0);
}

TEST(a_broken_copy_leaves_the_file)
{
	char *p, *q, buf[4];
	int fd;

	need_root();
	fd = new_memfd();
	p = three_pages(MAP_PRIVATE, fd);
	q = three_pages(MAP_PRIVATE, fd);
	CHECK(pwrite(fd, "abc", 3, P) == 3 && pwrite(fd, "xyz", 3, 2 * P) == 3);
	p[P] = 1;
	hwpoison(p + P);
	check_broken(p + P);
	CHECK(pread(fd, buf, 3, P) == 3 && buf[0] == 'a' && q[P] == 'a');
	/* and one that nobody copied is the file's own */
	hwpoison(p + 2 * P);
	CHECK_ERRNO(pread(fd, buf, 3, 2 * P), EIO);
	check_broken(q + 2 * P);
	CHECK_ERRNO(madvise(free_room(1), P, MADV_HWPOISON), EFAULT);
	CHECK(ftruncate(fd, P) == 0);
	CHECK_ERRNO(madvise(p + P, P, MADV_HWPOISON), EFAULT);
	CHECK_ERRNO(madvise(p + P, P, MADV_SOFT_OFFLINE), EFAULT);
}

/* On a disk there is another copy: nobody notices. */
TEST(a_clean_page_of_a_disk_is_read_again)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct statfs fs;
	long before;
	char *p;

	need_root();
	CHECK(fd >= 0 && fstatfs(fd, &fs) == 0);
	if (fs.f_type != EXT2_MAGIC)
		SKIP("not on a disk");
	before = corrupted();
	p = mmap(NULL, 3 * P, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(p != MAP_FAILED && !memcmp(p, "\177ELF", 4));
	CHECK(madvise(p, P, MADV_SOFT_OFFLINE) == 0);
	CHECK(!memcmp(p, "\177ELF", 4));
	hwpoison(p);
	CHECK_EQ(corrupted(), before + 8);
	CHECK_EQ(pagemap(p), 0);
	CHECK(!memcmp(p, "\177ELF", 4));
}

static void check_offline(char *p, int value)
{
	unsigned long long old = pagemap(p);
	long before = corrupted();

	CHECK(madvise(p, P, MADV_SOFT_OFFLINE) == 0);
	CHECK_EQ(*p, value);
	CHECK_EQ(pagemap(p) & PM_KIND, old & PM_KIND);
	CHECK((pagemap(p) ^ old) & PM_PFN);
	CHECK(frame_flags(old & PM_PFN) & KPF_HWPOISON);
	CHECK_EQ(corrupted(), before + 4);
}

TEST(soft_offline_changes_the_frame_only)
{
	int go[2], status, fd;
	char *p, *q, c;

	need_root();
	fd = new_memfd();
	p = three_anon();
	q = three_pages(MAP_SHARED, fd);
	CHECK(mlock(p + P, P) == 0);
	q[0] = 7;
	check_offline(p + P, 5);
	check_offline(q, 7);
	CHECK(pipe(go) == 0);
	if (!fork()) {
		CHECK(read(go[0], &c, 1) == 1);
		CHECK_EQ(*p, 5);
		CHECK_EQ(q[1], 8);
		*p = 1;
		q[2] = 9;
		_exit(0);
	}
	check_offline(p, 5);
	check_offline(q, 7);
	q[1] = 8;
	CHECK(write(go[1], "", 1) == 1 && wait(&status) > 0);
	CHECK_EQ(status, 0);
	CHECK_EQ(*p, 5);
	CHECK_EQ(q[2], 9);
	CHECK(pread(fd, &c, 1, 1) == 1 && c == 8);
	CHECK(madvise(p, 3 * P, MADV_SOFT_OFFLINE) == 0);
	CHECK_EQ(p[0] + p[P] + p[2 * P], 15);
}

TEST(the_kernels_pages)
{
	char *p;

	need_root();
	p = three_pages(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	CHECK_ERRNO(madvise(p, P, MADV_SOFT_OFFLINE), EIO);
	CHECK_EQ(p[0], 0);
	CHECK_ERRNO(madvise(p, 3 * P, MADV_SOFT_OFFLINE), EIO);
}

TEST(who_may_and_where)
{
	char *p;

	need_root();
	p = memset(three_pages(MAP_PRIVATE | MAP_ANONYMOUS, -1), 1, 3 * P);
	CHECK_ERRNO(madvise(p + 1, P, MADV_HWPOISON), EINVAL);
	CHECK_ERRNO(madvise(p, -P + 1, MADV_HWPOISON), EINVAL);
	CHECK(madvise(p, 0, MADV_HWPOISON) == 0);
	CHECK_ERRNO(madvise((void *)0xd0000000, P, MADV_HWPOISON), EFAULT);
	CHECK_ERRNO(madvise(p, P, MADV_SOFT_OFFLINE + 1), EINVAL);
	CHECK(munmap(p + P, P) == 0);
	/* what comes before a hole is done */
	CHECK_ERRNO(madvise(p, 3 * P, MADV_HWPOISON), EFAULT);
	check_broken(p);
	CHECK_EQ(p[2 * P], 1);
	CHECK(mprotect(p + 2 * P, P, PROT_NONE) == 0);
	CHECK_ERRNO(madvise(p + 2 * P, P, MADV_HWPOISON), EFAULT);
	CHECK(mprotect(p + 2 * P, P, RW) == 0);
	/* a part of a page is the page */
	CHECK(madvise(p + 2 * P, 1, MADV_HWPOISON) == 0);
	check_broken(p + 2 * P);
	CHECK(setuid(1000) == 0);
	p = three_anon();
	CHECK_ERRNO(madvise(p, P, MADV_HWPOISON), EPERM);
	CHECK_ERRNO(madvise(p, P, MADV_SOFT_OFFLINE), EPERM);
	CHECK_ERRNO(madvise(p + 1, P, MADV_HWPOISON), EINVAL);
	CHECK(madvise(p, 0, MADV_HWPOISON) == 0);
}

static volatile int early_signals;
static volatile siginfo_t early_info;

static void note_early(int sig, siginfo_t *info, void *context)
{
	early_info = *info;
	early_signals++;
}

static void catch_early(void)
{
	struct sigaction sa = {.sa_sigaction = note_early, .sa_flags = SA_SIGINFO};

	CHECK(sigaction(SIGBUS, &sa, NULL) == 0);
}

static void check_early(char *p)
{
	CHECK_EQ(early_signals, 1);
	CHECK_EQ(early_info.si_code, BUS_MCEERR_AO);
	CHECK_EQ((unsigned long)early_info.si_addr, (unsigned long)p);
	CHECK_EQ(early_info.si_addr_lsb, 12);
	early_signals = 0;
}

TEST(some_want_to_know_early)
{
	int ready[2], status;
	char *p, *q, c;

	need_root();
	p = three_anon();
	q = memset(three_pages(MAP_SHARED | MAP_ANONYMOUS, -1), 1, 3 * P);
	catch_early();
	CHECK(pipe(ready) == 0);
	if (!fork()) {
		CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) == 0);
		hwpoison(p);
		check_early(p);
		CHECK_EQ(*(volatile char *)q, 1);
		CHECK(write(ready[1], "", 1) == 1);
		while (!early_signals)
			usleep(1000);
		check_early(q);
		_exit(0);
	}
	CHECK(read(ready[0], &c, 1) == 1);
	CHECK_EQ(early_signals, 0);
	hwpoison(q);
	CHECK_EQ(early_signals, 0);
	CHECK(wait(&status) > 0);
	CHECK_EQ(status, 0);
	/* a clean page: its loss is told at the first touch only */
	CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) == 0);
	q = mmap(NULL, P, PROT_READ, MAP_SHARED, new_memfd(), 0);
	CHECK_EQ(*(volatile char *)q, 0);
	hwpoison(q);
	CHECK_EQ(early_signals, 0);
	check_broken_at(q, 0);
}

TEST(early_for_all)
{
	char *p;

	need_root();
	p = three_anon();
	catch_early();
	CHECK_EQ(try_write("/proc/sys/vm/memory_failure_early_kill", "2"), -EINVAL);
	CHECK_EQ(try_write("/proc/sys/vm/memory_failure_early_kill", "1"), 1);
	hwpoison(p);
	check_early(p);
	CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0) == 0);
	hwpoison(p + P);
	CHECK_EQ(early_signals, 0);
	CHECK_EQ(try_write("/proc/sys/vm/memory_failure_early_kill", "0"), 1);
	CHECK_STR(slurp("/proc/sys/vm/memory_failure_recovery"), "1\n");
}

TEST(the_policy)
{
	int policy;

	CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_DEFAULT);
	for (policy = PR_MCE_KILL_LATE; policy <= PR_MCE_KILL_DEFAULT; policy++) {
		CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, policy, 0, 0) == 0);
		CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), policy);
	}
	CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, 3, 0, 0), EINVAL);
	CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_LATE);
	CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 1, 0, 0), EINVAL);
	CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0) == 0);
	CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_DEFAULT);
	CHECK_ERRNO(prctl(PR_MCE_KILL, 2, 0, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 1, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_MCE_KILL_GET, 1, 0, 0, 0), EINVAL);
}

/* ---- files of a disk ---- */

/* A file on the disk at /mnt, of three pages of fives; *again becomes another open file of it. */
static int disk_file(int *again)
{
	char name[] = "/mnt/brokenXXXXXX", page[P];
	int fd = mkstemp(name);

	if (fd < 0)
		SKIP("no disk to write to");
	*again = open(name, O_RDWR);
	CHECK(*again >= 0 && unlink(name) == 0);
	memset(page, 5, P);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(write(fd, page, P), P);
	CHECK(fsync(fd) == 0 && fsync(*again) == 0);
	return fd;
}

TEST(what_was_written_to_a_page_of_a_disk_is_lost)
{
	int again, fd;
	char *p, c;

	need_root();
	fd = disk_file(&again);
	p = three_pages(MAP_SHARED, fd);
	p[P] = p[2 * P] = 6;
	hwpoison(p + P);
	check_broken(p + P);
	CHECK_EQ(p[2 * P], 6);
	CHECK_EQ(pread(fd, &c, 1, P), 1);
	CHECK_EQ(c, 5); /* as it is on the disk */
	CHECK_ERRNO(fsync(fd), EIO);
	CHECK(fsync(fd) == 0);
	CHECK_ERRNO(fsync(again), EIO); /* each open file tells it once */
	CHECK(fsync(again) == 0);
	CHECK_ERRNO(syncfs(fd), EIO); /* so does the file system */
	CHECK(syncfs(fd) == 0);
	CHECK_EQ(pread(fd, &c, 1, 2 * P), 1);
	CHECK_EQ(c, 6);
}

TEST(a_page_that_is_as_on_the_disk_is_no_loss)
{
	int again, fd;
	char *p;

	need_root();
	fd = disk_file(&again);
	p = three_pages(MAP_SHARED, fd);
	p[P] = 6;
	CHECK(msync(p, 3 * P, MS_SYNC) == 0);
	hwpoison(p + P);
	CHECK_EQ(p[P], 6);
	p[P] = 7;
	CHECK(fsync(fd) == 0 && fsync(again) == 0);
}

TEST(a_dirty_page_is_moved_with_what_was_written)
{
	unsigned long long pfn;
	int again, fd;
	char *p, c;

	need_root();
	fd = disk_file(&again);
	p = three_pages(MAP_SHARED, fd);
	p[P] = 6;
	pfn = pagemap(p + P) & PM_PFN;
	CHECK(madvise(p + P, P, MADV_SOFT_OFFLINE) == 0);
	CHECK_EQ(p[P], 6);
	CHECK((pagemap(p + P) & PM_PFN) != pfn);
	p[P + 1] = 7;
	CHECK(fsync(fd) == 0);
	CHECK(munmap(p, 3 * P) == 0);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "1"), 1);
	CHECK_EQ(pread(fd, &c, 1, P + 1), 1);
	CHECK_EQ(c, 7);
}

/* ---- swap ---- */

#define SLOTS 1024

static int is_in_swap(const char *p)
{
	return (pagemap(p) & PM_KIND) == PM_SWAP && (pagemap(p) & 31) < SWP_HWPOISON;
}

/* Three pages of fives that have gone to swap and have been read since: they have their slots. */
static char *three_read_again(void)
{
	char *p = three_anon();

	CHECK_EQ(madvise(p, 3 * P, MADV_PAGEOUT), 0);
	CHECK(is_in_swap(p) && is_in_swap(p + P) && is_in_swap(p + 2 * P));
	CHECK_EQ(p[0] + p[P] + p[2 * P], 15);
	return p;
}

TEST(a_page_that_is_as_in_swap_is_no_loss)
{
	char *p;

	begin_swap(SLOTS);
	p = three_read_again();
	catch_early();
	CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) == 0);
	hwpoison(p + P);
	CHECK_EQ(early_signals, 0);
	CHECK(is_in_swap(p + P));
	CHECK_EQ(p[P], 5);
	CHECK_EQ(p[2 * P - 1], 5);
	p[P] = 6;
	CHECK_EQ(p[P] + p[2 * P], 11);
	end_swap();
}

#define FAIL_SWAP "/proc/sys/debug/fail_swap_io_after"

/* Three pages, of which the second has a slot and is not written there: a pipe has it meanwhile;
 * or, where there is no vmsplice, the disk fails.
 */
static char *three_with_one_unwritten(void)
{
	char *p = three_anon(), buf[P];
	struct iovec iov = {p + P, P};
	int fds[2], piped;

	CHECK(pipe(fds) == 0);
	piped = vmsplice(fds[1], &iov, 1, 0) == (int)P;
	if (!piped && try_write(FAIL_SWAP, "0") < 0) {
		end_swap();
		SKIP("no write to swap can fail");
	}
	CHECK_EQ(madvise(p + P, P, MADV_PAGEOUT), 0);
	CHECK(is_in_swap(p + P));
	if (piped)
		CHECK_EQ(read(fds[0], buf, P), P);
	else
		CHECK_EQ(try_write(FAIL_SWAP, "-1"), 2);
	close(fds[0]);
	close(fds[1]);
	return p;
}

TEST(what_swap_does_not_have_yet_is_lost)
{
	char *p, vec[3];
	int status;

	begin_swap(SLOTS);
	p = three_with_one_unwritten();
	catch_early();
	CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) == 0);
	hwpoison(p + P);
	check_early(p + P);
	CHECK(is_in_swap(p + P));
	check_broken(p + P);
	CHECK(mincore(p, 3 * P, (void *)vec) == 0);
	CHECK_EQ(vec[1] & 1, 0);
	CHECK_ERRNO(madvise(p + P, P, MADV_HWPOISON), EFAULT);
	if (!fork()) {
		check_broken(p + P);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK_EQ(p[0] + p[2 * P], 10);
	CHECK(madvise(p, 3 * P, MADV_DONTNEED) == 0);
	CHECK_EQ(p[P], 0);
	end_swap();
}

static void check_lost(char *p)
{
	CHECK_FAULT((void)*(volatile char *)p, SIGBUS, BUS_ADRERR, p);
	CHECK_FAULT(p[5] = 1, SIGBUS, BUS_ADRERR, p + 5);
}

/* swapoff finds nothing there that it could bring back. */
TEST(a_lost_page_stays_lost_without_the_area)
{
	unsigned long long pfn;
	char *p, *q;
	int status;

	begin_swap(SLOTS);
	p = three_with_one_unwritten();
	q = free_room(3);
	CHECK_EQ(p[P], 5);
	pfn = pagemap(p + P) & PM_PFN;
	hwpoison(p + P);
	end_swap();
	CHECK_EQ(pagemap(p + P), PM_SWAP | pfn << 5 | SWP_SWAPIN_ERROR);
	check_lost(p + P);
	if (!fork()) {
		check_lost(p + P);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(mremap(p, 3 * P, 3 * P, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	check_lost(q + P);
	CHECK_ERRNO(madvise(q + P, P, MADV_HWPOISON), EFAULT);
	CHECK_EQ(q[0] + q[2 * P], 10);
	CHECK(madvise(q + P, P, MADV_DONTNEED) == 0);
	CHECK_EQ(q[P], 0);
}
