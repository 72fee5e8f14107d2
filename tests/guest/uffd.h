/*
 * What the tests of userfaultfd share: calls by their names, and a pager that runs as a thread.
 */
#ifndef TESTS_GUEST_UFFD_H
#define TESTS_GUEST_UFFD_H

#include "check.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE 4096UL
#define FEATURES                                                                                  \
	(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |         \
	 UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_MISSING_HUGETLBFS | UFFD_FEATURE_MISSING_SHMEM | \
	 UFFD_FEATURE_SIGBUS | UFFD_FEATURE_THREAD_ID | UFFD_FEATURE_EXACT_ADDRESS)

__attribute__((unused)) static int userfaultfd(int flags)
{
	return syscall(SYS_userfaultfd, flags);
}

__attribute__((unused)) static int uffd_api(int fd, unsigned long long features)
{
	struct uffdio_api api = {.api = UFFD_API, .features = features};

	return ioctl(fd, UFFDIO_API, &api);
}

/* A pager with these features. */
__attribute__((unused)) static int uffd_open(int flags, unsigned long long features)
{
	int fd = userfaultfd(flags);

	CHECK(fd >= 0);
	CHECK_EQ(uffd_api(fd, features), 0);
	return fd;
}

__attribute__((unused)) static int uffd_register(int fd, void *start, size_t len)
{
	struct uffdio_register reg = {
		.range = {(unsigned long)start, len},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	return ioctl(fd, UFFDIO_REGISTER, &reg);
}

/* In this mode: UFFDIO_REGISTER_MODE_ bits. */
__attribute__((unused)) static unsigned long long uffd_ioctls;
__attribute__((unused)) static int uffd_register_as(int fd, void *start, size_t len,
						    unsigned long long mode)
{
	struct uffdio_register reg = {.range = {(unsigned long)start, len}, .mode = mode};
	int ret = ioctl(fd, UFFDIO_REGISTER, &reg);

	uffd_ioctls = reg.ioctls;
	return ret;
}

/* The features that the kernel has. */
__attribute__((unused)) static unsigned long long uffd_features(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	int fd = userfaultfd(O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(ioctl(fd, UFFDIO_API, &api), 0);
	close(fd);
	return api.features;
}

__attribute__((unused)) static int uffd_continue(int fd, void *start, size_t len)
{
	struct uffdio_continue c = {.range = {(unsigned long)start, len}};

	return ioctl(fd, UFFDIO_CONTINUE, &c);
}

__attribute__((unused)) static int uffd_unregister(int fd, void *start, size_t len)
{
	struct uffdio_range range = {(unsigned long)start, len};

	return ioctl(fd, UFFDIO_UNREGISTER, &range);
}

__attribute__((unused)) static int uffd_wake(int fd, void *start, size_t len)
{
	struct uffdio_range range = {(unsigned long)start, len};

	return ioctl(fd, UFFDIO_WAKE, &range);
}

/* Bytes copied, or -errno, as the structure says. */
__attribute__((unused)) static long uffd_copied;
__attribute__((unused)) static int uffd_copy(int fd, void *dst, const void *src, size_t len)
{
	struct uffdio_copy copy = {
		.dst = (unsigned long)dst, .src = (unsigned long)src, .len = len, .copy = 1};
	int ret = ioctl(fd, UFFDIO_COPY, &copy);

	uffd_copied = copy.copy;
	return ret;
}

__attribute__((unused)) static int uffd_zero(int fd, void *start, size_t len)
{
	struct uffdio_zeropage zero = {.range = {(unsigned long)start, len}, .zeropage = 1};
	int ret = ioctl(fd, UFFDIO_ZEROPAGE, &zero);

	uffd_copied = zero.zeropage;
	return ret;
}

__attribute__((unused)) static char *anon(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* A page full of this byte. */
__attribute__((unused)) static char *page_of(char byte)
{
	static char page[PAGE] __attribute__((aligned(4096)));

	memset(page, byte, PAGE);
	return page;
}

/* Has a line of /proc/self/smaps' VmFlags for the mapping at p this flag? */
__attribute__((unused)) static int has_flag(void *p, const char *flag)
{
	char line[256];
	unsigned long start, end;
	FILE *f = fopen("/proc/self/smaps", "r");
	int here = 0, found = 0;

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = (unsigned long)p >= start && (unsigned long)p < end;
		if (here && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, flag) != NULL;
	}
	fclose(f);
	return found;
}

/* How many lines of /proc/self/maps lie in [p, p + len)? */
__attribute__((unused)) static int count_maps(void *p, size_t len)
{
	unsigned long start, end, low = (unsigned long)p;
	FILE *f = fopen("/proc/self/maps", "r");
	char line[256];
	int n = 0;

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f))
		n += sscanf(line, "%lx-%lx ", &start, &end) == 2 && start < low + len && end > low;
	fclose(f);
	return n;
}

/* ---- a thread that touches memory ---- */

struct toucher {
	volatile char *at;
	int write;
	volatile int done;
	volatile char seen;
	volatile int tid;
	pthread_t thread;
};

__attribute__((unused)) static void *touch(void *arg)
{
	struct toucher *t = arg;

	t->tid = syscall(SYS_gettid);
	if (t->write)
		*t->at = 'w';
	t->seen = *t->at;
	t->done = 1;
	return NULL;
}

__attribute__((unused)) static void start_toucher(struct toucher *t, void *at, int write)
{
	t->at = at;
	t->write = write;
	t->done = 0;
	CHECK_EQ(pthread_create(&t->thread, NULL, touch, t), 0);
}

__attribute__((unused)) static char end_toucher(struct toucher *t)
{
	CHECK_EQ(pthread_join(t->thread, NULL), 0);
	CHECK(t->done);
	return t->seen;
}

/* The next message. */
__attribute__((unused)) static struct uffd_msg read_msg(int fd)
{
	struct uffd_msg msg;

	CHECK_EQ(read(fd, &msg, sizeof(msg)), sizeof(msg));
	return msg;
}

/* A fault on the page of this address comes next. */
#define CHECK_FAULT(FD, ADDR, FLAGS)                                         \
	do {                                                                 \
		struct uffd_msg msg_ = read_msg(FD);                         \
		CHECK_EQ(msg_.event, UFFD_EVENT_PAGEFAULT);                  \
		CHECK_EQ(msg_.arg.pagefault.address, (unsigned long)(ADDR)); \
		CHECK_EQ(msg_.arg.pagefault.flags, FLAGS);                   \
	} while (0)

#endif
