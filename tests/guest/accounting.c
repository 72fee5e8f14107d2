/*
 * What /proc says about memory, counted again: by the page, by the mapping and by the kind; the
 * faults of well-known sequences; and memory that is locked.
 */
#include "maps.h"
#include "procfile.h"
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define PM_FILE (1ULL << 61)

#define KPF_REFERENCED	(1ULL << 2)
#define KPF_ACTIVE	(1ULL << 6)
#define KPF_ANON	(1ULL << 12)
#define KPF_SWAPBACKED	(1ULL << 14)
#define KPF_UNEVICTABLE (1ULL << 18)
#define KPF_RESERVED	(1ULL << 32)
#define KPF_MLOCKED	(1ULL << 33)
#define KPF_EXCLUSIVE	(1ULL << 34) /* of an anonymous page */

static char *pages(int n)
{
	return anon_at(free_room(n), n, PROT_READ | PROT_WRITE);
}

static void touch(volatile char *p, int n)
{
	for (; n--; p += P)
		*p = 1;
}

static int look(volatile char *p, int n)
{
	int sum = 0;

	for (; n--; p += P)
		sum += *p;
	return sum;
}

static uint64_t kpage(const char *name, const void *addr)
{
	int fd = open(name, O_RDONLY);
	uint64_t value = 0;

	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &value, 8, (off_t)(pagemap(addr) & PM_PFN) * 8), 8);
	close(fd);
	return value;
}

static uint64_t flags_of(const void *addr)
{
	return kpage("/proc/kpageflags", addr);
}

/* ---- faults ---- */

static long faults(void)
{
	struct rusage r;

	CHECK(getrusage(RUSAGE_SELF, &r) == 0);
	return r.ru_minflt + r.ru_majflt;
}

/* Touches so many pages: what is behind it, the page tables too, was used before. */
#define CHECK_FAULTS(WANTED, ACTION)                  \
	do {                                          \
		long before_ = (faults(), faults());  \
		ACTION;                               \
		CHECK_EQ(faults() - before_, WANTED); \
	} while (0)

TEST(faults_of_anonymous_memory)
{
	char *p = pages(16);

	CHECK_FAULTS(4, touch(p, 4));
	CHECK_FAULTS(0, touch(p, 4));
	CHECK_FAULTS(3, look(p + 4 * P, 3));
	CHECK_FAULTS(3, touch(p + 4 * P, 3)); /* the page of zeros is copied */
	CHECK(madvise(p, 2 * P, MADV_DONTNEED) == 0);
	CHECK_FAULTS(2, touch(p, 4));
}

TEST(faults_that_the_kernel_has_for_us)
{
	char *p = pages(32), *q = pages(8);
	struct iovec from = {q, 4 * P}, to = {p + 16 * P, 4 * P};

	CHECK_FAULTS(4, CHECK(mlock(p, 4 * P) == 0));
	CHECK_FAULTS(0, CHECK(mlock(p, 4 * P) == 0));
	CHECK_FAULTS(4, CHECK(madvise(p + 4 * P, 4 * P, MADV_POPULATE_READ) == 0));
	CHECK_FAULTS(4, CHECK(madvise(p + 4 * P, 4 * P, MADV_POPULATE_WRITE) == 0));
	/* four of zeros there, four written here */
	CHECK_FAULTS(8, CHECK_EQ(process_vm_readv(getpid(), &to, 1, &from, 1, 0), 4 * (int)P));
	CHECK_FAULTS(
		8, CHECK(mmap(p, 8 * P, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0) == p));
	CHECK_FAULTS(
		8, CHECK(mmap(p, 8 * P, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0) == p));
}

TEST(faults_of_system_calls)
{
	char *p = pages(16);
	int fd = temp_file(4), z = open("/dev/zero", O_RDONLY);

	CHECK_FAULTS(4, CHECK_EQ(pread(fd, p, 4 * P, 0), 4 * (int)P));
	CHECK_FAULTS(3, CHECK_EQ(read(z, p + 4 * P, 3 * P), 3 * (int)P));
	CHECK_FAULTS(2, CHECK_EQ(pwrite(fd, p + 8 * P, 2 * P, 0), 2 * (int)P));
}

TEST(faults_of_file_pages)
{
	int fd = temp_file(40);
	char *p = free_room(64);

	p = (char *)(((unsigned long)p + 0xffff) & ~0xffffUL);
	CHECK(mmap(p, 40 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) == p);
	CHECK_FAULTS(3, look(p, 40)); /* 16 pages each */
	CHECK_FAULTS(5, touch(p, 5));
	CHECK(munmap(p, 40 * P) == 0);
	CHECK(mmap(p, 40 * P, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == p);
	CHECK_FAULTS(5, touch(p, 5));
}

TEST(faults_of_copy_on_write)
{
	char *p = pages(8);
	pid_t pid;

	touch(p, 8);
	pid = fork();
	if (!pid) {
		touch(p + 7 * P, 1); /* the table is there */
		CHECK_FAULTS(4, touch(p, 4));
		CHECK_FAULTS(0, look(p, 8));
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_FAULTS(8, touch(p, 8)); /* alone again, which it must find out */
	CHECK_FAULTS(0, touch(p, 8));
}

/* Pages that nobody else can have are writable again at once; others are looked at first. */
TEST(no_fault_after_protection_comes_back)
{
	char *p = pages(8);

	touch(p, 4);
	look(p + 4 * P, 1);
	CHECK(mprotect(p, 8 * P, PROT_READ) == 0);
	CHECK(mprotect(p, 8 * P, PROT_READ | PROT_WRITE) == 0);
	CHECK_FAULTS(0, touch(p, 4));
	CHECK(mprotect(p, 8 * P, PROT_NONE) == 0);
	CHECK(mprotect(p, 8 * P, PROT_READ | PROT_WRITE) == 0);
	CHECK_FAULTS(4, touch(p, 8));
}

TEST(protection_comes_back_to_shared_pages)
{
	char *p = pages(2);
	pid_t pid;

	touch(p, 2);
	pid = start_child(NULL);
	CHECK(mprotect(p, 2 * P, PROT_READ) == 0);
	CHECK(mprotect(p, 2 * P, PROT_READ | PROT_WRITE) == 0);
	CHECK_FAULTS(2, touch(p, 2));
	end_child(pid);
}

/* ---- locked memory ---- */

static char locked_area[8 * 4096] __attribute__((aligned(4096)));

TEST(flags_of_locked_pages)
{
	char *p = pages(64);
	pid_t pid;

	need_root();
	touch(p, 64);
	CHECK(!(flags_of(p) & (KPF_MLOCKED | KPF_UNEVICTABLE)));
	CHECK(mlock(p, 64 * P) == 0);
	CHECK(flags_of(p) & KPF_MLOCKED);
	pid = start_child(NULL); /* it inherits the page, not the lock */
	CHECK(flags_of(p) & KPF_MLOCKED);
	end_child(pid);
	CHECK(flags_of(p) & KPF_MLOCKED);
	CHECK(munlock(p, 32 * P) == 0);
	CHECK(!(flags_of(p) & KPF_MLOCKED));
	CHECK(flags_of(p + 32 * P) & KPF_MLOCKED);
	/* moving keeps it */
	CHECK(mremap(p + 40 * P, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, locked_area) == locked_area);
	CHECK(flags_of(locked_area) & KPF_MLOCKED);
	CHECK(munlockall() == 0);
	CHECK(!(flags_of(locked_area) & KPF_MLOCKED));
}

TEST(file_page_locked_twice)
{
	int fd = temp_file(1);
	char *p = mmap(NULL, P, PROT_READ, MAP_SHARED, fd, 0);
	char *q = mmap(NULL, P, PROT_READ, MAP_SHARED, fd, 0);

	need_root();
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	CHECK(mlock(p, P) == 0 && mlock(q, P) == 0);
	CHECK(flags_of(p) & KPF_MLOCKED);
	CHECK(munmap(p, P) == 0);
	CHECK(flags_of(q) & KPF_MLOCKED);
	CHECK(munlock(q, P) == 0);
	CHECK(!(flags_of(q) & KPF_MLOCKED));
}

/* Linux adds up in lots of 15 pages. */
#define LOT 60 /* kB */
#define CHECK_NEAR(A, B, KB)                                                  \
	do {                                                                  \
		long long a_ = (A), b_ = (B);                                 \
		if (a_ - b_ > (KB) || b_ - a_ > (KB))                         \
			CHECK_FAIL("%s is %lld, not about %lld", #A, a_, b_); \
	} while (0)

TEST(mlocked_in_meminfo)
{
	long long before = field(slurp("/proc/meminfo"), "Mlocked:");
	long long unevictable = field(proc_text, "Unevictable:");
	char *p = pages(1000);

	CHECK(mlock(p, 1000 * P) == 0);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Mlocked:"), before + 4000, LOT);
	CHECK_NEAR(field(proc_text, "Unevictable:"), unevictable + 4000, LOT);
	CHECK_NEAR(field(slurp("/proc/vmstat"), "nr_mlock ") * 4, before + 4000, LOT);
	CHECK(munlock(p, 500 * P) == 0);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Mlocked:"), before + 2000, LOT);
	CHECK(madvise(p + 500 * P, 250 * P, MADV_DONTNEED_LOCKED) == 0);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Mlocked:"), before + 1000, LOT);
	CHECK(munmap(p, 1000 * P) == 0);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Mlocked:"), before, LOT);
}

TEST(locks_end_with_the_process)
{
	long long before = field(slurp("/proc/meminfo"), "Mlocked:");
	pid_t pid = fork();

	if (!pid) {
		char *p = pages(1000);

		touch(p, 500);
		CHECK(mlockall(MCL_CURRENT) == 0);
		CHECK(mremap(p, 300 * P, 300 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP) != MAP_FAILED);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Mlocked:"), before, LOT);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Unevictable:"), before, LOT);
}

/* ---- /proc/meminfo ---- */

TEST(kinds_add_up)
{
	char *text = slurp("/proc/meminfo");

	CHECK_EQ(field(text, "Active:"),
		 field(text, "Active(anon):") + field(text, "Active(file):"));
	CHECK_EQ(field(text, "Inactive:"),
		 field(text, "Inactive(anon):") + field(text, "Inactive(file):"));
	CHECK_NEAR(field(text, "Active(anon):") + field(text, "Inactive(anon):"),
		   field(text, "AnonPages:") + field(text, "Shmem:"), 5 * LOT);
	CHECK_NEAR(field(text, "Active(file):") + field(text, "Inactive(file):"),
		   field(text, "Cached:") + field(text, "Buffers:") - field(text, "Shmem:"),
		   5 * LOT);
	CHECK_EQ(field(slurp("/proc/vmstat"), "nr_zone_inactive_anon "),
		 field(proc_text, "nr_inactive_anon "));
	CHECK(strstr(proc_text, "\nnr_mlock ") && strstr(proc_text, "\nnr_dirty ") &&
	      strstr(proc_text, "\npgactivate ") &&
	      strstr(proc_text, "\nunevictable_pgs_mlocked "));
}

TEST(lazily_freed_pages_count_as_a_files)
{
	char *p = pages(1000);
	long long anon, file;

	touch(p, 1000);
	anon = field(slurp("/proc/meminfo"), "Inactive(anon):");
	file = field(proc_text, "Inactive(file):");
	CHECK(madvise(p, 1000 * P, MADV_FREE) == 0);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Inactive(anon):"), anon - 4000, 2 * LOT);
	CHECK_NEAR(field(proc_text, "Inactive(file):"), file + 4000, 2 * LOT);
	CHECK(munmap(p, 1000 * P) == 0);
	CHECK_NEAR(field(slurp("/proc/meminfo"), "Inactive(file):"), file, 2 * LOT);
}

/* ---- recounts ---- */

struct recount {
	long rss, anon, file, shmem;
};

/* All pages of the process, by pagemap and kpageflags. */
static struct recount count_pages(void)
{
	int maps = open("/proc/self/pagemap", O_RDONLY), kf = open("/proc/kpageflags", O_RDONLY);
	static uint64_t e[1024];
	struct recount r = {0};
	off_t pos;

	CHECK(maps >= 0 && kf >= 0);
	for (pos = 0; pos < (off_t)(0xC0000000UL / P * 8); pos += sizeof(e)) {
		CHECK_EQ(pread(maps, e, sizeof(e), pos), (int)sizeof(e));
		for (unsigned int i = 0; i < 1024; i++) {
			uint64_t flags = 0;

			if (!(e[i] & PM_PRESENT))
				continue;
			CHECK_EQ(pread(kf, &flags, 8, (off_t)(e[i] & PM_PFN) * 8), 8);
			if (flags & KPF_RESERVED || !(e[i] & PM_PFN)) /* zeros, the clock */
				continue;
			r.rss++;
			if (flags & KPF_ANON)
				r.anon++;
			else if (flags & KPF_SWAPBACKED)
				r.shmem++;
			else
				r.file++;
		}
	}
	close(maps);
	close(kf);
	return r;
}

/* The sum of a line of smaps over all mappings, in kB. */
static long long sum_smaps(const char *name)
{
	static char text[1 << 17];
	int fd = open("/proc/self/smaps", O_RDONLY);
	long long sum = 0;
	char *line;

	CHECK(fd >= 0);
	memset(text, 1, sizeof(text)); /* there is all of it before it is counted */
	slurp_fd(fd, text, sizeof(text), 4096);
	close(fd);
	for (line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, strlen(name)))
			sum += strtoll(line + strlen(name), NULL, 10);
	}
	return sum;
}

static void check_recount(void)
{
	long long sum = sum_smaps("Rss:"), slack = 0;
	struct recount r = count_pages();

	slurp("/proc/self/status");
	/* Linux adds up in lots of 64 pages for each of the kinds. */
	slack = strstr(slurp("/proc/version"), "Mapix") ? 0 : 63 * 4;
	slurp("/proc/self/status");
	CHECK_NEAR(field(proc_text, "VmRSS:"), sum, 3 * slack);
	CHECK_NEAR(field(proc_text, "RssAnon:"), r.anon * 4, slack);
	/* the page of the vdso is the kernel's own, in both */
	CHECK_NEAR(field(proc_text, "RssFile:"), r.file * 4, slack + 8);
	CHECK_NEAR(field(proc_text, "RssShmem:"), r.shmem * 4, slack);
	CHECK_EQ(sum_smaps("Anonymous:"), r.anon * 4);
	CHECK_EQ(field(slurp("/proc/self/smaps_rollup"), "Rss:"), sum_smaps("Rss:"));
}

TEST(resident_pages_counted_again)
{
	int fd = temp_file(8), m = memfd_create("m", 0), exe = open("/proc/self/exe", O_RDONLY);
	char *p = pages(200), *s, *f, *x;

	need_root();
	count_pages(); /* what the counting itself needs is there from now on */
	sum_smaps("Rss:");
	slurp("/proc/self/smaps_rollup");
	check_recount();
	touch(p, 100);
	look(p + 100 * P, 50);
	check_recount();
	CHECK(ftruncate(m, 64 * P) == 0);
	s = mmap(NULL, 64 * P, PROT_READ | PROT_WRITE, MAP_SHARED, m, 0);
	f = mmap(NULL, 8 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	x = mmap(NULL, 40 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE, exe, 0);
	CHECK(s != MAP_FAILED && f != MAP_FAILED && x != MAP_FAILED);
	touch(s, 32);
	look(f, 8);
	touch(f, 3);
	look(x, 40);
	touch(x + 10 * P, 9);
	check_recount();
	CHECK(mlock(p + 90 * P, 70 * P) == 0);
	CHECK(mprotect(p, 20 * P, PROT_NONE) == 0);
	CHECK(madvise(p + 20 * P, 20 * P, MADV_FREE) == 0);
	CHECK(madvise(p + 40 * P, 20 * P, MADV_DONTNEED) == 0);
	CHECK(ftruncate(m, 16 * P) == 0);
	CHECK(madvise(x, 40 * P, MADV_PAGEOUT) == 0);
	check_recount();
	p = mremap(p, 150 * P, 150 * P, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	check_recount();
}

TEST(counts_of_mappings)
{
	int fd = temp_file(1), i;
	pid_t pid[3];
	char *p[4];

	need_root();
	for (i = 0; i < 4; i++) {
		p[i] = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		CHECK(p[i] != MAP_FAILED);
		touch(p[i], 1);
		CHECK_EQ(kpage("/proc/kpagecount", p[0]), i + 1);
	}
	for (i = 0; i < 3; i++)
		pid[i] = start_child(NULL); /* they fault such pages in when they want them */
	CHECK_EQ(kpage("/proc/kpagecount", p[0]), 4);
	for (i = 0; i < 3; i++)
		end_child(pid[i]);
	CHECK(munmap(p[3], P) == 0 && madvise(p[2], P, MADV_DONTNEED) == 0);
	CHECK_EQ(kpage("/proc/kpagecount", p[0]), 2);
	CHECK(ftruncate(fd, 0) == 0);
	CHECK_EQ(pagemap(p[0]), 0);
}

TEST(anonymous_pages_of_one_or_more)
{
	char *p = pages(2);
	pid_t pid;

	need_root();
	touch(p, 2);
	CHECK(flags_of(p) & KPF_EXCLUSIVE);
	pid = start_child(NULL);
	CHECK(!(flags_of(p) & KPF_EXCLUSIVE));
	CHECK_EQ(kpage("/proc/kpagecount", p), 2);
	touch(p, 1);
	CHECK(flags_of(p) & KPF_EXCLUSIVE);
	CHECK(!(flags_of(p + P) & KPF_EXCLUSIVE));
	end_child(pid);
	CHECK(!(flags_of(p + P) & KPF_EXCLUSIVE));
	touch(p, 2);
	CHECK(flags_of(p + P) & KPF_EXCLUSIVE);
}

static long long committed(void)
{
	return field(slurp("/proc/meminfo"), "Committed_AS:");
}

TEST(promises_end_with_the_process)
{
	long long before = (committed(), committed());

	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		if (!pid) {
			struct rlimit lim = {8 << 20, RLIM_INFINITY};
			char *p = pages(300);

			touch(p, 100);
			CHECK(mprotect(p + 50 * P, 100 * P, PROT_READ) == 0);
			CHECK(mremap(p, 20 * P, 40 * P, MREMAP_MAYMOVE) != MAP_FAILED);
			CHECK(setrlimit(RLIMIT_AS, &lim) == 0);
			CHECK(mmap(NULL, 1 << 24, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			      MAP_FAILED);
			CHECK(mremap(p + 200 * P, 100 * P, 1 << 24, MREMAP_MAYMOVE) == MAP_FAILED);
			CHECK(sbrk(1 << 24) == (void *)-1);
			_exit(0);
		}
		CHECK_CHILD(pid);
		CHECK_EQ(committed(), before);
	}
}

/* ---- what was used ---- */

/* A page read a second time is in use, and no longer merely noted. */
TEST(pages_in_use)
{
	int fd = temp_file(1);
	char *p = mmap(NULL, P, PROT_READ, MAP_SHARED, fd, 0), c;
	uint64_t flags;

	need_root();
	CHECK(p != MAP_FAILED);
	look(p, 1);
	flags = flags_of(p);
	CHECK((flags & KPF_REFERENCED) && !(flags & KPF_ACTIVE));
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK(!(flags_of(p) & KPF_REFERENCED));
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK(flags_of(p) & KPF_REFERENCED);
}

/* ---- the files of a process ---- */

TEST(oom_adj)
{
	static const struct {
		const char *adj;
		int score;
	} scale[] = {{"-17", -1000}, {"-16", -941}, {"-1", -58}, {"0", 0},
		     {"8", 470},     {"14", 823},   {"15", 1000}};

	need_root();
	for (unsigned int i = 0; i < sizeof(scale) / sizeof(scale[0]); i++) {
		CHECK_EQ(try_write("/proc/self/oom_adj", scale[i].adj), (int)strlen(scale[i].adj));
		CHECK_EQ(field(slurp("/proc/self/oom_score_adj"), ""), scale[i].score);
	}
	CHECK_EQ(try_write("/proc/self/oom_adj", "16"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/oom_adj", "-18"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "999"), 3);
	CHECK_STR(slurp("/proc/self/oom_adj"), "15\n");
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "-58"), 3);
	CHECK_STR(slurp("/proc/self/oom_adj"), "0\n");
	CHECK_EQ(try_write("/proc/self/oom_score_adj", ""), -EINVAL);
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "0"), 1);
	CHECK(setuid(1000) == 0);
	CHECK_EQ(try_write("/proc/self/oom_adj", "-1"), -EACCES);
}

static int ready[2];

static int share_memory(void *unused)
{
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "20"), 2);
	CHECK_EQ(write(ready[1], "", 1), 1);
	for (;;)
		pause();
}

TEST(oom_score_adj_of_those_who_share_memory)
{
	static char stack[8192];
	char path[64], c;
	pid_t pid;

	CHECK_EQ(try_write("/proc/self/oom_score_adj", "10"), 2);
	CHECK(pipe(ready) == 0);
	pid = clone(share_memory, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK_STR(slurp("/proc/self/oom_score_adj"), "20\n");
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "30"), 2);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	CHECK_STR(slurp(path), "30\n");
	end_child(pid);
	pid = vfork(); /* it will have memory of its own */
	if (!pid) {
		try_write("/proc/self/oom_score_adj", "40");
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_STR(slurp("/proc/self/oom_score_adj"), "30\n");
}

TEST(positions)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);

	CHECK_EQ(lseek(fd, 8, SEEK_SET), 8);
	CHECK_EQ(lseek(fd, 3, SEEK_CUR), 11);
	CHECK_ERRNO(read(fd, proc_text, 8), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, SEEK_END), EINVAL);
	fd = open("/proc/self/oom_score_adj", O_RDONLY);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
	CHECK_EQ(read(fd, proc_text, 8), 1);
	CHECK_EQ(read(fd, proc_text, 8), 0);
	fd = open("/proc/self/clear_refs", O_WRONLY);
	CHECK_EQ(lseek(fd, 5, SEEK_SET), 0);
	CHECK_ERRNO(write(fd, "", 0), EINVAL);
	CHECK_ERRNO(write(fd, "0", 1), EINVAL);
	CHECK_ERRNO(write(fd, "6", 1), EINVAL);
	CHECK_EQ(write(fd, "1 \n", 3), 3);
}

TEST(what_cannot_be_written)
{
	need_root();
	CHECK_EQ(try_write("/proc/meminfo", "1"), -EIO);
	CHECK_EQ(try_write("/proc/vmstat", ""), -EIO);
	CHECK_EQ(try_write("/proc/kpagecount", "1"), -EIO);
	CHECK_EQ(try_write("/proc/self/smaps", "1"), -EINVAL);
}

/* A debugger writes where the program may not: into a private copy. */
TEST(writing_by_force)
{
	int fd = open("/proc/self/mem", O_RDWR), file = temp_file(1);
	char *p = pages(3), *s, *q, c = 0;

	CHECK(fd >= 0);
	touch(p, 1);
	CHECK(mprotect(p, P, PROT_READ) == 0);
	CHECK(mprotect(p + P, 2 * P, PROT_NONE) == 0);
	CHECK_EQ(pwrite64(fd, "xy", 2, (unsigned long)p), 2);
	CHECK_EQ(p[1], 'y');
	CHECK_EQ(pwrite64(fd, "z", 1, (unsigned long)(p + P)), 1);
	CHECK_EQ(pread64(fd, &c, 1, (unsigned long)(p + P)), 1);
	CHECK_EQ(c, 'z');
	CHECK_EQ(PROBE(*(volatile char *)(p + P)), SIGSEGV);
	q = mmap(NULL, P, PROT_READ, MAP_PRIVATE, file, 0);
	CHECK_EQ(pwrite64(fd, "Q", 1, (unsigned long)q), 1);
	CHECK_EQ(q[0], 'Q');
	CHECK_EQ(q[1], 'a');
	CHECK_EQ(pread(file, &c, 1, 0), 1);
	CHECK_EQ(c, 'a');
	CHECK_FAULT(*(volatile char *)q = 1, SIGSEGV, SEGV_ACCERR, q);
	/* what others would see stays as it is */
	s = mmap(NULL, P, PROT_READ, MAP_SHARED, file, 0);
	CHECK_ERRNO(pwrite64(fd, "S", 1, (unsigned long)s), EIO);
	CHECK_EQ(s[0], 'a');
}
