/* mapix-only: /proc/sys/debug/fail_*_after of a debug kernel makes the n-th allocation, and all
 * behind it, fail.
 *
 * The calls of userfaultfd with each allocation failing in turn: a call fails, or the process is
 * killed for want of memory, but nobody waits for ever, nothing is lost, and what a pager has
 * filled is either there or missing.
 */
#include "inject.h"
#include "huge.h"
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#define EVENTS                                                                            \
	(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE | \
	 UFFD_FEATURE_EVENT_UNMAP)
#define MISSING UFFDIO_REGISTER_MODE_MISSING
#define WP	UFFDIO_REGISTER_MODE_WP
#define MINOR	UFFDIO_REGISTER_MODE_MINOR

/* What the kernel offers; found out before anything fails. */
static unsigned long long modes;

static int open_pager(unsigned long long features)
{
	struct uffdio_api api = {.api = UFFD_API, .features = features};
	int fd = syscall(SYS_userfaultfd, O_NONBLOCK);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		_exit(DONE);
	return fd;
}

static int watch(int fd, void *p, unsigned long len, unsigned long long mode)
{
	struct uffdio_register reg = {.range = {(unsigned long)p, len}, .mode = mode};

	return ioctl(fd, UFFDIO_REGISTER, &reg);
}

static int on_range(int fd, unsigned long command, void *p, unsigned long len)
{
	struct uffdio_range range = {(unsigned long)p, len};

	return ioctl(fd, command, &range);
}

static int copy(int fd, void *p, const void *from, unsigned long len, unsigned long long mode)
{
	struct uffdio_copy c = {
		.dst = (unsigned long)p, .src = (unsigned long)from, .len = len, .mode = mode};

	return ioctl(fd, UFFDIO_COPY, &c);
}

static int zero(int fd, void *p, unsigned long len)
{
	struct uffdio_zeropage z = {.range = {(unsigned long)p, len}};

	return ioctl(fd, UFFDIO_ZEROPAGE, &z);
}

static int let_in(int fd, void *p, unsigned long len)
{
	struct uffdio_continue c = {.range = {(unsigned long)p, len}};

	return ioctl(fd, UFFDIO_CONTINUE, &c);
}

static int protect(int fd, void *p, unsigned long len, unsigned long long mode)
{
	struct uffdio_writeprotect w = {.range = {(unsigned long)p, len}, .mode = mode};

	return ioctl(fd, UFFDIO_WRITEPROTECT, &w);
}

/* Memory that is watched; the act ends where there is none. */
static char *watched(int fd, unsigned long len, int flags, unsigned long long mode)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED || watch(fd, p, len, mode))
		_exit(DONE);
	return p;
}

/* ---- a thread that is the pager ---- */

static int pager_fd;

/* When it cannot fill a page, it closes its file: then nobody waits for it. When it cannot read an
   event, the process ends: a fork that waits for that has given the file to the child already. */
static int pager(void *unused)
{
	struct pollfd pfd = {.fd = pager_fd, .events = POLLIN};
	struct uffd_msg msg;

	(void)unused;
	for (;;) {
		unsigned long at;
		int err = 0;

		if (poll(&pfd, 1, -1) < 0)
			_exit(DONE);
		if (read(pager_fd, &msg, sizeof(msg)) != sizeof(msg)) {
			if (errno == EAGAIN)
				continue;
			_exit(DONE);
		}
		at = msg.arg.pagefault.address & -PAGE;
		if (msg.event == UFFD_EVENT_FORK)
			close(msg.arg.fork.ufd);
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
			err = protect(pager_fd, (void *)at, PAGE, 0);
		else if (msg.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_MINOR)
			err = let_in(pager_fd, (void *)at, PAGE);
		else
			err = copy(pager_fd, (void *)at, buffer, PAGE, 0);
		if (err && errno != EAGAIN && errno != EEXIST)
			break;
		if (err)
			on_range(pager_fd, UFFDIO_WAKE, (void *)at, PAGE);
	}
	close(pager_fd);
	return 0;
}

static void start_pager(int fd)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	pager_fd = fd;
	if (clone(pager, thread_stack + PAGE, flags, NULL) < 0)
		_exit(DONE);
}

/* Filled by the pager, or zeros, if it has gone. */
static void check_page(const volatile char *p)
{
	if (*p != 0 && *p != 1)
		_exit(CHECK_FAILED);
}

/* ---- the acts ---- */

static void act_open(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	int dev = open("/dev/userfaultfd", O_RDWR);
	int fd = ioctl(dev, USERFAULTFD_IOC_NEW, O_CLOEXEC);

	ioctl(fd, UFFDIO_API, &api);
	close(fd);
	close(dev);
	close(open_pager(EVENTS));
}

static void act_register(void)
{
	int fd = open_pager(0), other = open_pager(0);
	char *p = mmap(NULL, 9 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	watch(fd, p + 2 * PAGE, 5 * PAGE, MISSING);
	watch(other, p, PAGE, MISSING);
	watch(other, p + 8 * PAGE, PAGE, MISSING);
	watch(fd, p + PAGE, PAGE, MISSING);
	on_range(fd, UFFDIO_UNREGISTER, p + 4 * PAGE, PAGE);
	mprotect(p + 2 * PAGE, PAGE, PROT_READ);
	close(other);
	close(fd);
	p[PAGE] = 1; /* nobody watches */
}

static void act_fill(void)
{
	int fd = open_pager(0);
	char *p = watched(fd, 8 * PAGE, MAP_PRIVATE, MISSING);
	char *fresh = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!copy(fd, p, buffer, 2 * PAGE, 0) && (p[0] != 1 || p[2 * PAGE - 1] != 1))
		_exit(CHECK_FAILED);
	if (fresh != MAP_FAILED && !copy(fd, p + 2 * PAGE, fresh, PAGE, 0) && p[2 * PAGE])
		_exit(CHECK_FAILED);
	if (!zero(fd, p + 3 * PAGE, 2 * PAGE) && p[4 * PAGE])
		_exit(CHECK_FAILED);
}

static void act_shared(void)
{
	int fd = open_pager(0);
	char *p = watched(fd, 4 * PAGE, MAP_SHARED, MISSING);

	if (!copy(fd, p, buffer, PAGE, 0) && p[0] != 1)
		_exit(CHECK_FAILED);
	if (!zero(fd, p + PAGE, PAGE) && p[PAGE])
		_exit(CHECK_FAILED);
	madvise(p, 2 * PAGE, MADV_DONTNEED); /* the file keeps them */
	if (!let_in(fd, p, PAGE) && p[0] != 1)
		_exit(CHECK_FAILED);
	madvise(p, PAGE, MADV_REMOVE);
}

static void act_wait(void)
{
	int fd = open_pager(0), pipes[2];
	char *p = watched(fd, 8 * PAGE, MAP_PRIVATE, MISSING);
	char *q = watched(fd, 8 * PAGE, MAP_SHARED, MISSING);

	if (pipe2(pipes, O_NONBLOCK))
		return;
	start_pager(fd);
	check_page(p);
	check_page(q);
	p[PAGE] = q[PAGE] = 1;
	mlock(p + 2 * PAGE, 2 * PAGE);
	write(pipes[1], p + 5 * PAGE, 1);
	read(pipes[0], q + 5 * PAGE, 1);
}

static void act_events(void)
{
	int fd = open_pager(EVENTS);
	char *p = watched(fd, 8 * PAGE, MAP_PRIVATE, MISSING), *q;
	pid_t pid;

	start_pager(fd);
	check_page(p);
	pid = fork();
	if (!pid)
		_exit(p[0] && p[0] != 1 ? CHECK_FAILED : DONE);
	madvise(p, PAGE, MADV_DONTNEED);
	check_page(p);
	q = mremap(p + 4 * PAGE, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	if (q != MAP_FAILED)
		check_page(q);
	munmap(p + PAGE, PAGE);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void act_protect(void)
{
	int fd = open_pager(EVENTS);
	char *p = watched(fd, 8 * PAGE, MAP_PRIVATE, WP | MISSING), *q;
	pid_t pid;

	if (copy(fd, p, buffer, 4 * PAGE, UFFDIO_COPY_MODE_WP) || zero(fd, p + 4 * PAGE, 4 * PAGE))
		return;
	protect(fd, p, 8 * PAGE, UFFDIO_WRITEPROTECT_MODE_WP);
	start_pager(fd);
	p[0] = p[5 * PAGE] = 1;
	pid = fork();
	if (!pid) {
		p[PAGE] = 1;
		_exit(DONE);
	}
	q = mremap(p + 4 * PAGE, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	if (q != MAP_FAILED)
		q[0] = 1;
	on_range(fd, UFFDIO_UNREGISTER, p + 2 * PAGE, PAGE);
	p[2 * PAGE] = p[3 * PAGE] = 1;
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void act_minor(void)
{
	int fd = open_pager(0), file = memfd_create("minor", 0);
	char *p, *q;

	if (file < 0 || ftruncate(file, 4 * PAGE) || write(file, buffer, 2 * PAGE) != 2 * PAGE)
		return;
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	q = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	if (p == MAP_FAILED || q == MAP_FAILED || watch(fd, p, 4 * PAGE, MINOR) ||
	    watch(fd, q, 4 * PAGE, MINOR | MISSING))
		return;
	start_pager(fd);
	check_page(p);
	check_page(q);
	p[PAGE] = q[PAGE] = 1;
	check_page(q + 2 * PAGE);
}

/* One huge page is filled by a copy, the other one let in. */
static void act_huge(void)
{
	int fd = open_pager(0);
	char *p = map_huge(2, PROT_READ | PROT_WRITE, MAP_SHARED);
	char *from = map_huge(1, PROT_READ | PROT_WRITE, MAP_PRIVATE);

	if (p == MAP_FAILED || from == MAP_FAILED || watch(fd, p, 2 * H, MISSING))
		return;
	if (!copy(fd, p, from, H, 0) && p[0])
		_exit(CHECK_FAILED);
	if (!on_range(fd, UFFDIO_UNREGISTER, p + H, H))
		p[H] = 1;
	munmap(p + H, H);
	madvise(p, H, MADV_DONTNEED);
	if (!let_in(fd, p, H) && p[0])
		_exit(CHECK_FAILED);
}

static void offered(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	int fd = syscall(SYS_userfaultfd, 0);

	CHECK(fd >= 0 && !ioctl(fd, UFFDIO_API, &api));
	close(fd);
	modes = MISSING | (api.features & UFFD_FEATURE_PAGEFAULT_FLAG_WP ? WP : 0) |
		(api.features & UFFD_FEATURE_MINOR_SHMEM ? MINOR : 0);
}

TEST(opening)
{
	fail_in_turn(act_open);
}

TEST(registering)
{
	fail_in_turn(act_register);
}

TEST(filling)
{
	fail_in_turn(act_fill);
}

TEST(filling_shared_memory)
{
	fail_in_turn(act_shared);
}

TEST(waiting)
{
	fail_in_turn(act_wait);
}

TEST(events)
{
	fail_in_turn(act_events);
}

TEST(write_protection)
{
	offered();
	if (!(modes & WP))
		SKIP("no write protection");
	fail_in_turn(act_protect);
}

TEST(minor_faults)
{
	offered();
	if (!(modes & MINOR))
		SKIP("no minor faults");
	fail_in_turn(act_minor);
}

TEST(huge_pages)
{
	pool(3);
	fail_in_turn(act_huge);
	CHECK_POOL(3, 3, 0, 0);
}
