/*
 * How much memory may be promised: overcommit's three modes, its limit and its reserves, and a
 * process's own limits RLIMIT_AS, RLIMIT_DATA and RLIMIT_MEMLOCK.
 */
#include "maps.h"
#include "procfile.h"
#include <sys/resource.h>

#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)
#define VM    "/proc/sys/vm/"
#define MB    (1UL << 20)
#define MB_KB 1024L

static long meminfo(const char *name)
{
	return field(slurp("/proc/meminfo"), name);
}

static long sysctl_value(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), VM "%s", name);
	return strtol(slurp(path), NULL, 10);
}

static void set(const char *name, long value)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), VM "%s", name);
	snprintf(text, sizeof(text), "%ld", value);
	if (try_write(path, text) != (int)strlen(text))
		CHECK_FAIL("cannot write %s to %s", text, path);
}

/* Runs `body` with settings of its own: they are as before afterwards, even if it fails. */
static void with_settings(void (*body)(void))
{
	static const char *const names[] = {"overcommit_memory", "overcommit_ratio",
					    "overcommit_kbytes", "admin_reserve_kbytes",
					    "user_reserve_kbytes"};
	long old[5];
	int i, status;
	pid_t pid;

	need_root();
	for (i = 0; i < 5; i++)
		old[i] = sysctl_value(names[i]);
	pid = fork();
	if (pid == 0) {
		body();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	set("overcommit_kbytes", 0);
	for (i = 0; i < 5; i++)
		if (i != 2)
			set(names[i], old[i]);
	if (status)
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void *anon(unsigned long size, int prot, int flags)
{
	return mmap(NULL, size, prot, ANON | flags, -1, 0);
}

/* Strict accounting, with room for `mb` more megabytes and no reserves. */
static void strict(long mb)
{
	set("overcommit_memory", 2);
	set("overcommit_kbytes", meminfo("Committed_AS:") + mb * MB_KB);
	set("admin_reserve_kbytes", 0);
	set("user_reserve_kbytes", 0);
}

/* ---- what is shown ---- */

static void formulas(void)
{
	unsigned long pages = meminfo("MemTotal:") / 4;

	set("overcommit_ratio", 50);
	CHECK_EQ(meminfo("CommitLimit:"), pages * 50 / 100 * 4);
	set("overcommit_ratio", 83);
	CHECK_EQ(meminfo("CommitLimit:"), pages * 83 / 100 * 4);
	set("overcommit_ratio", 200);
	CHECK_EQ(meminfo("CommitLimit:"), pages * 200 / 100 * 4);
	set("overcommit_ratio", -5);
	CHECK_EQ(meminfo("CommitLimit:"), pages * -5UL / 100 * 4);
	set("overcommit_kbytes", 100001);
	CHECK_EQ(meminfo("CommitLimit:"), 100000);
	CHECK_EQ(sysctl_value("overcommit_ratio"), 0);
	set("overcommit_ratio", 50);
	CHECK_EQ(sysctl_value("overcommit_kbytes"), 0);
	set("overcommit_kbytes", 0);
	CHECK_EQ(meminfo("CommitLimit:"), 0);
}

TEST(the_limit_is_a_share_or_a_number)
{
	with_settings(formulas);
}

TEST(bad_values)
{
	need_root();
	CHECK_EQ(try_write(VM "overcommit_memory", "3"), -EINVAL);
	CHECK_EQ(try_write(VM "overcommit_memory", "-1"), -EINVAL);
	CHECK_EQ(try_write(VM "overcommit_memory", "x"), -EINVAL);
	CHECK_EQ(try_write(VM "overcommit_kbytes", "-1"), -EINVAL);
	CHECK_EQ(try_write(VM "overcommit_kbytes", "99999999999"), -EINVAL);
	CHECK_EQ(try_write(VM "user_reserve_kbytes", "-1"), -EINVAL);
	CHECK_EQ(sysctl_value("overcommit_memory"), 0);
	CHECK_EQ(sysctl_value("stat_interval"), 1);
}

/* A 32nd of what was free at boot, up to 8 MiB and 128 MiB. */
TEST(reserves_follow_the_size_of_memory)
{
	long total = meminfo("MemTotal:"), user = sysctl_value("user_reserve_kbytes");
	long admin = sysctl_value("admin_reserve_kbytes");

	/* of what was free at first: not the disk of a machine that has it in memory */
	CHECK(user <= total / 32 && user >= total / 32 * 6 / 10);
	CHECK_EQ(admin, user < 8192 ? user : 8192);
}

TEST(what_counts)
{
	long before = meminfo("Committed_AS:");
	char *p = anon(100 * P, RW, 0), *r, *n;

	CHECK_EQ(meminfo("Committed_AS:") - before, 400);
	r = anon(100 * P, PROT_READ, 0);
	n = anon(100 * P, RW, MAP_NORESERVE);
	CHECK_EQ(meminfo("Committed_AS:") - before, 400);
	CHECK(mprotect(r, 10 * P, RW) == 0);
	CHECK_EQ(meminfo("Committed_AS:") - before, 440);
	CHECK(mprotect(r, 10 * P, PROT_READ) == 0); /* once writable, always counted */
	CHECK(mprotect(n, 100 * P, PROT_READ) == 0 && mprotect(n, 100 * P, RW) == 0);
	CHECK_EQ(meminfo("Committed_AS:") - before, 440);
	CHECK(munmap(p + 50 * P, 50 * P) == 0);
	CHECK_EQ(meminfo("Committed_AS:") - before, 240);
	CHECK(mremap(p, 50 * P, 60 * P, MREMAP_MAYMOVE) != MAP_FAILED);
	CHECK_EQ(meminfo("Committed_AS:") - before, 280);
	CHECK(munmap(n, 100 * P) == 0 && munmap(r, 100 * P) == 0);
	CHECK_EQ(meminfo("Committed_AS:") - before, 240);
}

/* ---- the modes ---- */

static void guess(void)
{
	unsigned long total = meminfo("MemTotal:") * 1024;
	char *p;

	if (total > 2000 * MB)
		_exit(CHECK_SKIPPED);
	set("overcommit_memory", 0);
	CHECK((p = anon(total, RW, 0)) != MAP_FAILED);
	CHECK(munmap(p, total) == 0);
	CHECK_ERRNO(anon(total + P, RW, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, total + P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK((p = anon(total + P, PROT_READ, 0)) != MAP_FAILED);
	CHECK_ERRNO(mprotect(p, total + P, RW), ENOMEM);
	CHECK(munmap(p, total + P) == 0);
	CHECK((p = anon(total + P, RW, MAP_NORESERVE)) != MAP_FAILED);
}

TEST(guess_refuses_what_can_never_be)
{
	with_settings(guess);
}

static void always(void)
{
	unsigned long total = meminfo("MemTotal:") * 1024;

	if (total > 2000 * MB)
		_exit(CHECK_SKIPPED);
	set("overcommit_memory", 1);
	CHECK(anon(total + P, RW, 0) != MAP_FAILED);
	CHECK(anon(MB, RW, 0) != MAP_FAILED);
}

TEST(always_refuses_nothing)
{
	with_settings(always);
}

static void never(void)
{
	char *p, *q;
	void *brk0;

	strict(32);
	CHECK_ERRNO(anon(64 * MB, RW, 0), ENOMEM);
	CHECK_ERRNO(anon(64 * MB, RW, MAP_NORESERVE), ENOMEM); /* is ignored now */
	CHECK_ERRNO(mmap(NULL, 64 * MB, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK_ERRNO(
		mmap(NULL, 64 * MB, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
		ENOMEM);
	CHECK((q = anon(64 * MB, PROT_READ, 0)) != MAP_FAILED);
	CHECK_ERRNO(mprotect(q, 64 * MB, RW), ENOMEM);
	CHECK(mprotect(q, 4 * MB, RW) == 0);
	p = mmap(free_room(16 * MB / P), 16 * MB, RW, ANON | MAP_FIXED | MAP_NORESERVE, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK_ERRNO(mremap(p, 16 * MB, 64 * MB, MREMAP_MAYMOVE), ENOMEM);
	CHECK_MAP(p, 16 * MB, "rw-p");
	brk0 = sbrk(0);
	CHECK_ERRNO(sbrk(64 * MB), ENOMEM);
	CHECK(sbrk(0) == brk0);
	CHECK_ERRNO(fork(), ENOMEM); /* 16 MB and more a second time */
	CHECK(munmap(p, 16 * MB) == 0);
	CHECK((p = anon(24 * MB, RW, 0)) != MAP_FAILED);
}

TEST(never_refuses_what_is_beyond_the_limit)
{
	with_settings(never);
}

static void reserves(void)
{
	char *p;

	strict(64);
	CHECK((p = anon(48 * MB, RW, 0)) != MAP_FAILED);
	CHECK(munmap(p, 48 * MB) == 0);
	/* a 32nd of a process is kept for the user's means of recovery, up to the reserve */
	CHECK((p = anon(1024 * MB, PROT_NONE, 0)) != MAP_FAILED);
	set("user_reserve_kbytes", 131072);
	CHECK_ERRNO(anon(48 * MB, RW, 0), ENOMEM);
	CHECK(munmap(anon(16 * MB, RW, 0), 16 * MB) == 0);
	set("user_reserve_kbytes", 0);
	CHECK(munmap(anon(48 * MB, RW, 0), 48 * MB) == 0);
	/* and some for the administrator's */
	set("admin_reserve_kbytes", 32 * MB_KB);
	CHECK(munmap(anon(48 * MB, RW, 0), 48 * MB) == 0);
	CHECK(setresuid(1000, 1000, 0) == 0);
	CHECK_ERRNO(anon(48 * MB, RW, 0), ENOMEM);
	CHECK(munmap(anon(16 * MB, RW, 0), 16 * MB) == 0);
}

TEST(reserves_keep_the_means_of_recovery)
{
	with_settings(reserves);
}

/* A page that was only read leaves the file when it is paged out, and is charged when it comes
 * again. */
static void paged_out(void)
{
	int fd = memfd_create("file", 0);
	char *p = mmap(NULL, 2 * P, PROT_READ, MAP_SHARED, fd, 0);

	CHECK(ftruncate(fd, 2 * P) == 0);
	CHECK_EQ(p[0], 0);
	CHECK_EQ(p[P], 0);
	CHECK(madvise(p, P, MADV_PAGEOUT) == 0);
	set("overcommit_memory", 2);
	set("overcommit_kbytes", 1);
	CHECK_EQ(p[P], 0);
	CHECK_FAULT(*(volatile char *)p, SIGBUS, BUS_ADRERR, p);
}

TEST(a_page_that_went_is_charged_again)
{
	with_settings(paged_out);
}

/* ---- limits of a process ---- */

static void limit(int which, unsigned long value)
{
	CHECK(setrlimit(which, &(struct rlimit){value, RLIM_INFINITY}) == 0);
}

/* A field of /proc/self/status in bytes. */
static unsigned long status(const char *name)
{
	return field(slurp("/proc/self/status"), name) * 1024UL;
}

TEST(address_space)
{
	char *p = anon_at(free_room(20), 10, RW), *q;
	void *brk0 = sbrk(0);

	limit(RLIMIT_AS, status("VmSize:") + 4 * P);
	CHECK_ERRNO(anon(5 * P, PROT_NONE, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, 5 * P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK((q = anon(4 * P, PROT_NONE, 0)) != MAP_FAILED);
	CHECK_ERRNO(anon(P, PROT_NONE, 0), ENOMEM);
	CHECK(sbrk(P) == (void *)-1 && sbrk(0) == brk0);
	CHECK_ERRNO(mremap(p, 10 * P, 11 * P, MREMAP_MAYMOVE), ENOMEM);
	/* what a fixed mapping replaces makes room */
	CHECK(mmap(p, 10 * P, PROT_READ, ANON | MAP_FIXED, -1, 0) == p);
	CHECK_ERRNO(mmap(p, 11 * P, PROT_READ, ANON | MAP_FIXED, -1, 0), ENOMEM);
	CHECK_MAP(p, 10 * P, "r--p");
	CHECK(munmap(q, 4 * P) == 0);
	CHECK(mremap(p, 10 * P, 14 * P, MREMAP_MAYMOVE) != MAP_FAILED);
	/* below what is there already */
	limit(RLIMIT_AS, P);
	CHECK_ERRNO(anon(P, PROT_NONE, 0), ENOMEM);
}

TEST(data)
{
	char *r = anon_at(free_room(10), 10, PROT_READ), *p = anon_at(free_room(20), 2, RW);
	void *brk0 = sbrk(0);

	limit(RLIMIT_DATA, status("VmData:") + 4 * P);
	CHECK_ERRNO(anon(5 * P, RW, 0), ENOMEM);
	CHECK_ERRNO(anon(5 * P, PROT_WRITE, MAP_NORESERVE), ENOMEM);
	CHECK_ERRNO(mmap(NULL, 5 * P, RW, MAP_PRIVATE, temp_file(1), 0), ENOMEM);
	CHECK(munmap(anon(5 * P, PROT_READ, 0), 5 * P) == 0);
	CHECK(mmap(NULL, 5 * P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	CHECK_ERRNO(mprotect(r, 5 * P, RW), ENOMEM);
	CHECK_MAP(r, 10 * P, "r--p");
	CHECK(mprotect(r, 4 * P, RW) == 0);
	CHECK_ERRNO(mprotect(r + 4 * P, P, RW), ENOMEM);
	CHECK(sbrk(P) == (void *)-1 && sbrk(0) == brk0);
	CHECK_ERRNO(mremap(p, 2 * P, 3 * P, MREMAP_MAYMOVE), ENOMEM);
	CHECK(mprotect(r, 4 * P, PROT_READ) == 0); /* given back at once */
	CHECK(mremap(p, 2 * P, 6 * P, MREMAP_MAYMOVE) != MAP_FAILED);
}

TEST(no_data_at_all_means_brk_only)
{
	CHECK(setrlimit(RLIMIT_DATA, &(struct rlimit){0, 64 * MB}) == 0);
	CHECK(anon(16 * MB, RW, 0) != MAP_FAILED);
	CHECK_ERRNO(anon(64 * MB, RW, 0), ENOMEM);
	CHECK(sbrk(P) == (void *)-1);
}

TEST(locked)
{
	char *p;

	if (setresuid(1000, 1000, 1000))
		SKIP("not root");
	CHECK(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){4 * P + 1, 4 * P + 1}) == 0);
	CHECK_ERRNO(anon(5 * P, RW, MAP_LOCKED), EAGAIN);
	CHECK((p = anon(4 * P, RW, MAP_LOCKED)) != MAP_FAILED);
	CHECK_EQ(status("VmLck:"), 4 * P);
	CHECK_ERRNO(anon(P, RW, MAP_LOCKED), EAGAIN);
	CHECK_ERRNO(mlock(free_room(1), P), ENOMEM);
	CHECK_ERRNO(mremap(p, 4 * P, 5 * P, MREMAP_MAYMOVE), EAGAIN);
	CHECK(munlock(p, P) == 0);
	CHECK(anon(P, RW, MAP_LOCKED) != MAP_FAILED);
	CHECK(munlockall() == 0);
	CHECK_EQ(status("VmLck:"), 0);
	CHECK(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0}) == 0);
	CHECK_ERRNO(anon(P, RW, MAP_LOCKED), EPERM);
	CHECK_ERRNO(mlock(p, P), EPERM);
}
