/*
 * /proc/PID/pagemap, by which a program can see what becomes of its pages: when they appear, which
 * frames they are in, and with whom they are shared.
 */
#include "maps.h"
#include "procfile.h"
#include <stdint.h>
#include <sys/prctl.h>

#define PM_EXCLUSIVE (1ULL << 56)
#define PM_FILE	     (1ULL << 61)
#define PM_SWAP	     (1ULL << 62)
#define PM_KIND	     (PM_PRESENT | PM_SWAP | PM_FILE | PM_EXCLUSIVE)

#define CHECK_KIND(ADDR, WANTED) CHECK_EQ(pagemap(ADDR) & PM_KIND, WANTED)
#define PFN(ADDR)		 (pagemap(ADDR) & PM_PFN)

static char *two_pages(void)
{
	return anon_at(free_room(2), 2, PROT_READ | PROT_WRITE);
}

TEST(there_only_after_the_first_touch)
{
	char *p = two_pages();

	CHECK_EQ(pagemap(p), 0);
	p[0] = 1;
	CHECK_KIND(p, PM_PRESENT | PM_EXCLUSIVE);
	CHECK_EQ(pagemap(p + P), 0);
	CHECK(munmap(p, 2 * P) == 0);
	CHECK_EQ(pagemap(p), 0);
}

TEST(reading_gives_the_zero_page)
{
	volatile char *p = two_pages();

	CHECK_EQ(p[0] + p[P], 0);
	CHECK_KIND((char *)p, PM_PRESENT);
	CHECK_EQ(PFN((char *)p), PFN((char *)p + P));
	p[0] = 1;
	CHECK_KIND((char *)p, PM_PRESENT | PM_EXCLUSIVE);
	need_root();
	CHECK(PFN((char *)p) && PFN((char *)p + P) && PFN((char *)p) != PFN((char *)p + P));
}

TEST(copy_on_write)
{
	char *p = two_pages();
	unsigned long long frame;
	int go[2], done[2];
	pid_t pid;
	char c;

	CHECK(pipe(go) == 0 && pipe(done) == 0);
	p[0] = p[P] = 1;
	frame = PFN(p);
	pid = fork();
	if (!pid) {
		CHECK_KIND(p, PM_PRESENT);
		CHECK_EQ(PFN(p), frame);
		p[0] = 2;
		CHECK_KIND(p, PM_PRESENT | PM_EXCLUSIVE);
		if (frame)
			CHECK(PFN(p) != frame);
		CHECK_KIND(p + P, PM_PRESENT);
		CHECK_EQ(write(done[1], "", 1), 1);
		CHECK_EQ(read(go[0], &c, 1), 1);
		_exit(0);
	}
	CHECK_EQ(read(done[0], &c, 1), 1);
	CHECK_KIND(p, PM_PRESENT | PM_EXCLUSIVE);
	CHECK_EQ(PFN(p), frame);
	CHECK_KIND(p + P, PM_PRESENT);
	CHECK_EQ(write(go[1], "", 1), 1);
	CHECK_CHILD(pid);
	/* The last owner keeps its page. */
	CHECK_KIND(p + P, PM_PRESENT | PM_EXCLUSIVE);
	p[0] = 3;
	CHECK_EQ(PFN(p), frame);
}

TEST(file_pages)
{
	int fd = temp_file(2);
	volatile char *p = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[0] + 0 * p[P], 'a');
	CHECK_KIND((char *)p, PM_PRESENT | PM_FILE | PM_EXCLUSIVE);
	p[0] = 'x';
	CHECK_KIND((char *)p, PM_PRESENT | PM_EXCLUSIVE);
	CHECK_KIND((char *)p + P, PM_PRESENT | PM_FILE | PM_EXCLUSIVE);
}

TEST(shared_pages)
{
	char *p = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long long frame;
	pid_t pid;

	CHECK(p != MAP_FAILED);
	CHECK_EQ(pagemap(p), 0);
	p[0] = 1;
	CHECK_KIND(p, PM_PRESENT | PM_FILE | PM_EXCLUSIVE);
	frame = PFN(p);
	pid = fork();
	if (!pid) {
		p[0] = 2;
		CHECK_KIND(p, PM_PRESENT | PM_FILE);
		CHECK_EQ(PFN(p), frame);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(p[0], 2);
}

TEST(inaccessible_page_is_still_there)
{
	char *p = two_pages();

	p[0] = 1;
	CHECK(mprotect(p, 2 * P, PROT_NONE) == 0);
	CHECK_KIND(p, PM_PRESENT | PM_EXCLUSIVE);
	CHECK_EQ(pagemap(p + P), 0);
}

TEST(text_and_stack)
{
	char local = 1;

	CHECK_EQ(pagemap((char *)test_text_and_stack) & (PM_PRESENT | PM_FILE),
		 PM_PRESENT | PM_FILE);
	CHECK_KIND(&local, PM_PRESENT | PM_EXCLUSIVE);
}

TEST(positions_and_lengths)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	const off_t end = 0xC0000000UL / P * 8;
	uint64_t e[4];

	CHECK_ERRNO(pread(fd, e, 8, 4), EINVAL);
	CHECK_ERRNO(pread(fd, e, 7, 0), EINVAL);
	CHECK_EQ(pread(fd, e, 0, 0), 0);
	CHECK_ERRNO(lseek(fd, 0, SEEK_END), EINVAL);
	CHECK_EQ(lseek(fd, 80, SEEK_SET), 80);
	CHECK_EQ(read(fd, e, 16), 16);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 96);
	CHECK_EQ(e[0] | e[1], 0);
	/* A 64-bit kernel gives a 32-bit program a page more or less. */
	CHECK_EQ(pread(fd, e, 8, end - 16), 8);
	CHECK_EQ(pread(fd, e, 32, 2 * end), 0);
	CHECK_ERRNO(write(fd, e, 8), EBADF);
}

/* More than is looked up at a time, with pages here and there. */
TEST(large_range)
{
	enum {
		N = 3000
	};
	static uint64_t e[N + 2];
	char *p = anon_at(free_room(N), N, PROT_READ | PROT_WRITE);
	int fd = open("/proc/self/pagemap", O_RDONLY), i;

	for (i = 0; i < N; i += 7)
		p[i * P] = 1;
	CHECK_EQ(pread(fd, e, sizeof(e), (off_t)((unsigned long)p / P - 1) * 8), (int)sizeof(e));
	CHECK_EQ(e[0], 0);
	CHECK_EQ(e[N + 1], 0);
	for (i = 0; i < N; i++) {
		if ((e[i + 1] >> 63) != (i % 7 == 0))
			CHECK_FAIL("entry %d is %#llx", i, (unsigned long long)e[i + 1]);
	}
}

TEST(of_a_child)
{
	char *p = two_pages(), path[64];
	int ready[2], fd;
	uint64_t e[2];
	pid_t pid;
	char c;

	CHECK(pipe(ready) == 0);
	pid = fork();
	if (!pid) {
		p[P] = 1;
		CHECK_EQ(write(ready[1], "", 1), 1);
		pause();
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, e, 16, (off_t)((unsigned long)p / P * 8)), 16);
	CHECK_EQ(e[0], 0);
	CHECK_EQ(e[1] & PM_KIND, PM_PRESENT | PM_EXCLUSIVE);
	CHECK_EQ(pagemap(p + P), 0);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	CHECK_EQ(pread(fd, e, 16, 0), 0);
}

TEST(frames_are_secret)
{
	char *p = two_pages();

	need_root();
	p[0] = 1;
	CHECK(PFN(p));
	CHECK(setgid(1000) == 0 && setuid(1000) == 0);
	CHECK_EQ(try_read("/proc/self/pagemap"), EACCES);
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	CHECK_KIND(p, PM_PRESENT | PM_EXCLUSIVE);
	CHECK_EQ(PFN(p), 0);
	CHECK_EQ(try_read("/proc/1/pagemap"), EACCES);
}

/* What /proc/kpagecount or kpageflags says of a frame. */
static uint64_t kpage(const char *name, unsigned long long frame)
{
	int fd = open(name, O_RDONLY);
	uint64_t value = 0;

	CHECK(fd >= 0);
	CHECK_EQ(pread(fd, &value, 8, frame * 8), 8);
	CHECK_ERRNO(pread(fd, &value, 4, 0), EINVAL);
	close(fd);
	return value;
}

#define KPF_UPTODATE  (1ULL << 3)
#define KPF_MMAP      (1ULL << 11)
#define KPF_ANON      (1ULL << 12)
#define KPF_ZERO_PAGE (1ULL << 24)

TEST(counts_and_flags_of_frames)
{
	char *p = two_pages();
	volatile char *v = p;
	pid_t pid;

	need_root();
	p[0] = 1;
	CHECK_EQ(v[P], 0);
	CHECK_EQ(kpage("/proc/kpagecount", PFN(p)), 1);
	CHECK_EQ(kpage("/proc/kpageflags", PFN(p)) & (KPF_UPTODATE | KPF_MMAP | KPF_ANON),
		 KPF_UPTODATE | KPF_MMAP | KPF_ANON);
	CHECK(kpage("/proc/kpageflags", PFN(p + P)) & KPF_ZERO_PAGE);
	pid = fork();
	if (!pid) {
		CHECK_EQ(kpage("/proc/kpagecount", PFN(p)), 2);
		_exit(0);
	}
	CHECK_CHILD(pid);
}
