/*
 * userfaultfd: the handshake, which memory can be watched, and how faults on missing pages of
 * anonymous memory reach their pager and are resolved.
 */
#include "uffd.h"
#include "procfile.h"
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>

TEST(the_call_checks_its_flags)
{
	int fd;

	CHECK_ERRNO(userfaultfd(2), EINVAL);
	CHECK_ERRNO(userfaultfd(-1), EINVAL);
	fd = userfaultfd(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK);
	close(fd);
	fd = userfaultfd(0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE), 0);
}

TEST(only_root_may_stop_the_kernel)
{
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	CHECK_ERRNO(userfaultfd(0), EPERM);
	CHECK_ERRNO(userfaultfd(2), EPERM);
	CHECK(userfaultfd(UFFD_USER_MODE_ONLY) >= 0);
	CHECK_ERRNO(open("/dev/userfaultfd", O_RDWR), EACCES);
}

TEST(a_sysctl_lets_everybody)
{
	int fd = open("/proc/sys/vm/unprivileged_userfaultfd", O_RDWR);
	char text[8] = "";

	CHECK(fd >= 0);
	CHECK_EQ(read(fd, text, sizeof(text)), 2);
	CHECK_STR(text, "0\n");
	CHECK_ERRNO(pwrite(fd, "2\n", 2, 0), EINVAL);
	CHECK_EQ(pwrite(fd, "1\n", 2, 0), 2);
	if (fork() == 0) {
		CHECK_EQ(setresuid(1000, 1000, 1000), 0);
		CHECK(userfaultfd(0) >= 0);
		CHECK_ERRNO(uffd_api(userfaultfd(0), UFFD_FEATURE_EVENT_FORK), EPERM);
		_exit(0);
	}
	wait(NULL);
	CHECK_EQ(pwrite(fd, "0\n", 2, 0), 2);
}

TEST(a_device_makes_pagers)
{
	int dev = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), fd;
	struct stat st;

	CHECK(dev >= 0);
	CHECK_EQ(fstat(dev, &st), 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0600);
	CHECK_EQ(st.st_rdev >> 8, 10);
	CHECK_ERRNO(ioctl(dev, UFFDIO_API, 0), EINVAL);
	CHECK_ERRNO(ioctl(dev, USERFAULTFD_IOC_NEW, 2), EINVAL);
	fd = ioctl(dev, USERFAULTFD_IOC_NEW, O_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(uffd_api(fd, 0), 0);
}

TEST(the_handshake)
{
	struct uffdio_api api = {.api = UFFD_API, .ioctls = 1}, zero = {0};
	int fd = userfaultfd(O_NONBLOCK);
	char buf[64];

	/* nothing else works before */
	CHECK_ERRNO(uffd_register(fd, anon(PAGE), PAGE), EINVAL);
	CHECK_ERRNO(read(fd, buf, sizeof(buf)), EINVAL);
	CHECK_ERRNO(ioctl(fd, UFFDIO_API, NULL), EFAULT);
	api.api = UFFD_API + 1;
	CHECK_ERRNO(ioctl(fd, UFFDIO_API, &api), EINVAL);
	CHECK(!memcmp(&api, &zero, sizeof(api)));
	api.api = UFFD_API;
	api.features = 1ULL << 40;
	CHECK_ERRNO(ioctl(fd, UFFDIO_API, &api), EINVAL);
	CHECK(!memcmp(&api, &zero, sizeof(api)));
	/* what this machine does not have */
	CHECK_ERRNO(uffd_api(fd, UFFD_FEATURE_PAGEFAULT_FLAG_WP), EINVAL);
	CHECK_ERRNO(uffd_api(fd, UFFD_FEATURE_MINOR_SHMEM), EINVAL);
	CHECK_ERRNO(uffd_api(fd, UFFD_FEATURE_WP_HUGETLBFS_SHMEM), EINVAL);
	api.api = UFFD_API;
	api.features = UFFD_FEATURE_THREAD_ID;
	CHECK_EQ(ioctl(fd, UFFDIO_API, &api), 0);
	CHECK_EQ(api.api, UFFD_API);
	CHECK_EQ(api.features, FEATURES);
	CHECK_EQ(api.ioctls,
		 1ULL << _UFFDIO_REGISTER | 1ULL << _UFFDIO_UNREGISTER | 1ULL << _UFFDIO_API);
	CHECK_ERRNO(ioctl(fd, UFFDIO_API, &api), EINVAL); /* once only */
	CHECK_ERRNO(ioctl(fd, UFFDIO_API + 1, &api), EINVAL);
	CHECK_ERRNO(read(fd, buf, sizeof(buf)), EAGAIN);
	CHECK_ERRNO(read(fd, buf, 31), EINVAL);
}

TEST(the_file)
{
	int fd = userfaultfd(O_NONBLOCK), n;
	struct pollfd pfd = {.fd = fd, .events = POLLIN | POLLOUT};
	char path[64], name[64], text[512];
	struct stat st;

	CHECK_EQ(poll(&pfd, 1, 0), 1);
	CHECK_EQ(pfd.revents, POLLERR); /* no handshake yet */
	CHECK_EQ(uffd_api(fd, UFFD_FEATURE_THREAD_ID), 0);
	CHECK_EQ(poll(&pfd, 1, 0), 0);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
	CHECK_EQ(poll(&pfd, 1, 0), 1);
	CHECK_EQ(pfd.revents, POLLERR); /* a read might block */
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
	CHECK_ERRNO(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0), ENODEV);
	CHECK_EQ(lseek(fd, 5, SEEK_SET), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_mode, 0600);
	CHECK_EQ(st.st_nlink, 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name) - 1);
	CHECK(n > 0);
	name[n] = '\0';
	CHECK_STR(name, "anon_inode:[userfaultfd]");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	n = open(path, O_RDONLY);
	CHECK(n >= 0);
	text[read(n, text, sizeof(text) - 1)] = '\0';
	CHECK(strstr(text, "\npending:\t0\ntotal:\t0\nAPI:\taa:80000100:800000000000000") == NULL);
	CHECK(strstr(text, "\npending:\t0\ntotal:\t0\nAPI:\taa:80000100:80000000000000df\n") !=
	      NULL);
}

TEST(what_can_be_watched)
{
	int fd = uffd_open(0, 0), other = uffd_open(0, 0), zero = open("/dev/zero", O_RDWR);
	int disk = open("/mnt/uffd", O_RDWR | O_CREAT, 0600);
	struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	char *p = anon(8 * PAGE), *q;

	CHECK_ERRNO(ioctl(fd, UFFDIO_REGISTER, NULL), EFAULT);
	CHECK_ERRNO(uffd_register(fd, p, 0), EINVAL);
	CHECK_ERRNO(uffd_register(fd, p + 1, PAGE), EINVAL);
	CHECK_ERRNO(uffd_register(fd, p, PAGE + 1), EINVAL);
	CHECK_ERRNO(uffd_register(fd, (void *)0xc0000000, PAGE), EINVAL);
	CHECK_ERRNO(uffd_register(fd, p, -(unsigned long)p), EINVAL);
	reg.range.start = 1ULL << 32 | (unsigned long)p; /* not an address of this machine */
	reg.range.len = PAGE;
	CHECK_ERRNO(ioctl(fd, UFFDIO_REGISTER, &reg), EINVAL);
	reg.range.start = (unsigned long)p;
	for (reg.mode = 0; reg.mode < 16; reg.mode++)
		if (reg.mode != UFFDIO_REGISTER_MODE_MISSING)
			CHECK_ERRNO(ioctl(fd, UFFDIO_REGISTER, &reg), EINVAL);
	/* holes do not matter, but there must be something */
	munmap(p + PAGE, PAGE);
	CHECK_ERRNO(uffd_register(fd, p + PAGE, PAGE), EINVAL);
	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK_ERRNO(uffd_register(other, p, PAGE), EBUSY);
	CHECK_ERRNO(uffd_register(other, p + 2 * PAGE, 6 * PAGE), EBUSY);
	CHECK(!has_flag(p + 4 * PAGE, " um"));
	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK_EQ(uffd_register(other, p + 4 * PAGE, PAGE), 0);
	/* files and devices */
	q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, disk, 0);
	CHECK(q != MAP_FAILED);
	CHECK_ERRNO(uffd_register(fd, q, PAGE), EINVAL);
	unlink("/mnt/uffd");
	q = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(uffd_register(fd, q, PAGE), 0);
	/* no access is needed now */
	q = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(uffd_register(fd, q, PAGE), 0);
	reg.range.start = (unsigned long)q;
	reg.mode = UFFDIO_REGISTER_MODE_MISSING;
	CHECK_EQ(ioctl(fd, UFFDIO_REGISTER, &reg), 0);
	CHECK_EQ(reg.ioctls,
		 1ULL << _UFFDIO_WAKE | 1ULL << _UFFDIO_COPY | 1ULL << _UFFDIO_ZEROPAGE);
	CHECK_ERRNO(uffd_register(fd, (void *)(0xc0000000 - PAGE), PAGE), ENOMEM);
	CHECK_ERRNO(uffd_unregister(fd, (void *)(0xc0000000 - PAGE), PAGE), ENOMEM);
}

TEST(watched_memory_is_a_mapping_of_its_own)
{
	int fd = uffd_open(0, 0), other = uffd_open(0, 0);
	char *p = anon(9 * PAGE);

	CHECK_EQ(uffd_register(fd, p + 3 * PAGE, 3 * PAGE), 0);
	CHECK(has_flag(p + 3 * PAGE, " um"));
	CHECK(!has_flag(p + 2 * PAGE, " um") && !has_flag(p + 6 * PAGE, " um"));
	CHECK_EQ(count_maps(p, 9 * PAGE), 3);
	CHECK_EQ(uffd_register(fd, p + 6 * PAGE, PAGE), 0); /* merges */
	CHECK_EQ(count_maps(p, 9 * PAGE), 3);
	CHECK_EQ(uffd_register(other, p + 7 * PAGE, PAGE), 0); /* another pager: does not */
	CHECK_EQ(count_maps(p, 9 * PAGE), 4);
	/* permissions split and merge as ever */
	CHECK_EQ(mprotect(p + 3 * PAGE, PAGE, PROT_READ), 0);
	CHECK_EQ(count_maps(p, 9 * PAGE), 5);
	CHECK(has_flag(p + 3 * PAGE, " um") && has_flag(p + 4 * PAGE, " um"));
	CHECK_EQ(mprotect(p + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(count_maps(p, 9 * PAGE), 4);
	CHECK_EQ(uffd_unregister(fd, p + 4 * PAGE, PAGE), 0);
	CHECK_EQ(count_maps(p, 9 * PAGE), 6);
	CHECK_EQ(uffd_unregister(other, p, 9 * PAGE), 0); /* any pager's */
	CHECK_EQ(count_maps(p, 9 * PAGE), 1);
	CHECK(!has_flag(p, " um"));
	CHECK_EQ(uffd_register(fd, p + PAGE, PAGE), 0);
	CHECK_EQ(uffd_register(other, p + 3 * PAGE, PAGE), 0);
	close(fd); /* lets go */
	CHECK_EQ(count_maps(p, 9 * PAGE), 3);
	close(other);
	CHECK_EQ(count_maps(p, 9 * PAGE), 1);
}

/* As Linux 6.1, which compares the wrong offset if the range does not begin with its mapping. */
TEST(the_end_of_a_mapping_does_not_merge_with_the_next_one)
{
	int fd = uffd_open(0, 0), flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	char *p = anon(8 * PAGE);

	CHECK_EQ(uffd_register(fd, p + 2 * PAGE, 6 * PAGE), 0);
	CHECK(mmap(p + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED);
	CHECK_EQ(count_maps(p, 8 * PAGE), 2);
	CHECK_EQ(uffd_register(fd, p + 2 * PAGE, 2 * PAGE), 0);
	CHECK_EQ(count_maps(p, 8 * PAGE), 3);
	CHECK_EQ(uffd_unregister(fd, p + 3 * PAGE, PAGE), 0);
	CHECK_EQ(count_maps(p, 8 * PAGE), 4);
	CHECK_EQ(uffd_register(fd, p + 3 * PAGE, PAGE), 0); /* begins with it: merges */
	CHECK_EQ(count_maps(p, 8 * PAGE), 2);
}

TEST(new_memory_beside_is_not_watched)
{
	char *p = anon(4 * PAGE);
	int fd = uffd_open(0, 0);

	munmap(p + 2 * PAGE, 2 * PAGE);
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK(mmap(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p + 2 * PAGE);
	CHECK_EQ(count_maps(p, 4 * PAGE), 2);
	p[2 * PAGE] = 1;
}

static void fill(int write, int zero, char wanted)
{
	char *p = anon(3 * PAGE);
	int fd = uffd_open(0, 0);
	struct toucher t;

	CHECK_EQ(uffd_register(fd, p, 3 * PAGE), 0);
	start_toucher(&t, p + PAGE + 123, write);
	CHECK_FAULT(fd, p + PAGE, write ? UFFD_PAGEFAULT_FLAG_WRITE : 0);
	usleep(2000);
	CHECK(!t.done);
	if (zero)
		CHECK_EQ(uffd_zero(fd, p + PAGE, PAGE), 0);
	else
		CHECK_EQ(uffd_copy(fd, p + PAGE, page_of('c'), PAGE), 0);
	CHECK_EQ(uffd_copied, PAGE);
	CHECK_EQ(end_toucher(&t), wanted);
	CHECK_EQ(p[PAGE], zero ? 0 : 'c');
	CHECK_EQ(p[2 * PAGE - 1], zero ? 0 : 'c');
}

TEST(a_read_waits_for_a_copy)
{
	fill(0, 0, 'c');
}

TEST(a_write_waits_for_a_copy)
{
	fill(1, 0, 'w');
}

TEST(a_read_waits_for_zeros)
{
	fill(0, 1, 0);
}

TEST(a_write_waits_for_zeros)
{
	fill(1, 1, 'w');
}

TEST(the_page_is_there_before_it_is_touched)
{
	int fd = uffd_open(O_NONBLOCK, 0);
	char *p = anon(8 * PAGE), *src = anon(3 * PAGE);
	unsigned char vec[8];
	struct uffd_msg msg;

	CHECK_EQ(uffd_register(fd, p, 8 * PAGE), 0);
	memset(src, 'a', 3 * PAGE);
	CHECK_EQ(uffd_copy(fd, p + PAGE, src, 3 * PAGE), 0);
	CHECK_EQ(uffd_copied, 3 * PAGE);
	CHECK_EQ(uffd_zero(fd, p + 4 * PAGE, 2 * PAGE), 0);
	CHECK_EQ(uffd_copied, 2 * PAGE);
	CHECK_EQ(mincore(p, 8 * PAGE, vec), 0);
	CHECK_EQ(vec[0] & 1, 0);
	CHECK_EQ(vec[1] & vec[2] & vec[3] & vec[4] & vec[5] & 1, 1);
	CHECK_EQ(vec[6] & 1, 0);
	CHECK_EQ(p[PAGE], 'a');
	CHECK_EQ(p[4 * PAGE - 1], 'a');
	CHECK_EQ(p[4 * PAGE], 0);
	p[5 * PAGE] = 1;
	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EAGAIN);
}

TEST(what_cannot_be_filled)
{
	char *p = anon(8 * PAGE), *q = anon(PAGE), *src = anon(8 * PAGE);
	int fd = uffd_open(0, 0);
	struct uffdio_copy copy = {0};
	struct uffdio_zeropage zero = {0};

	munmap(src + 2 * PAGE, PAGE);
	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK_ERRNO(ioctl(fd, UFFDIO_COPY, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fd, UFFDIO_ZEROPAGE, NULL), EFAULT);
	CHECK_ERRNO(uffd_copy(fd, q, src, PAGE), ENOENT);
	CHECK_EQ(uffd_copied, -ENOENT);
	CHECK_ERRNO(uffd_copy(fd, p + 3 * PAGE, src, 2 * PAGE), ENOENT); /* two mappings */
	CHECK_ERRNO(uffd_copy(fd, p + 1, src, PAGE), EINVAL);
	CHECK_EQ(uffd_copied, 1); /* not written */
	CHECK_ERRNO(uffd_copy(fd, p, src, 0), EINVAL);
	CHECK_ERRNO(uffd_copy(fd, p, src, PAGE - 1), EINVAL);
	CHECK_ERRNO(uffd_zero(fd, p + 1, PAGE), EINVAL);
	CHECK_ERRNO(uffd_zero(fd, q, PAGE), ENOENT);
	copy.dst = (unsigned long)p;
	copy.src = (unsigned long)src;
	copy.len = PAGE;
	copy.mode = 4;
	CHECK_ERRNO(ioctl(fd, UFFDIO_COPY, &copy), EINVAL);
	copy.mode = UFFDIO_COPY_MODE_WP;
	CHECK_ERRNO(ioctl(fd, UFFDIO_COPY, &copy), EINVAL);
	copy.mode = 0;
	copy.src = -1ULL - 100;
	CHECK_ERRNO(ioctl(fd, UFFDIO_COPY, &copy), EINVAL);
	zero.range.start = (unsigned long)p;
	zero.range.len = PAGE;
	zero.mode = 2;
	CHECK_ERRNO(ioctl(fd, UFFDIO_ZEROPAGE, &zero), EINVAL);
	/* the source need not be aligned, but must be there */
	memset(src, 's', PAGE);
	src[PAGE] = 't';
	CHECK_EQ(uffd_copy(fd, p, src + 1, PAGE), 0);
	CHECK_EQ(p[PAGE - 2], 's');
	CHECK_EQ(p[PAGE - 1], 't');
	CHECK_ERRNO(uffd_copy(fd, p + PAGE, src + 2 * PAGE, PAGE), EFAULT);
	CHECK_EQ(uffd_copied, -EFAULT);
	CHECK_ERRNO(uffd_copy(fd, p, src, PAGE), EEXIST);
	CHECK_EQ(uffd_copied, -EEXIST);
	CHECK_ERRNO(uffd_zero(fd, p, PAGE), EEXIST);
	/* part of it */
	CHECK_ERRNO(uffd_copy(fd, p + PAGE, src, 3 * PAGE), EAGAIN);
	CHECK_EQ(uffd_copied, 2 * PAGE);
	CHECK_ERRNO(uffd_zero(fd, p + 3 * PAGE, 2 * PAGE), ENOENT);
	CHECK_EQ(uffd_zero(fd, p + 3 * PAGE, PAGE), 0);
}

TEST(the_source_may_be_fresh_memory)
{
	char *p = anon(2 * PAGE), *src = anon(2 * PAGE);
	int fd = uffd_open(0, 0);

	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_EQ(uffd_copy(fd, p, src, 2 * PAGE), 0);
	CHECK_EQ(p[0] | p[PAGE], 0);
}

TEST(a_read_only_mapping_is_filled)
{
	char *p = anon(PAGE);
	int fd = uffd_open(0, 0);

	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK_EQ(uffd_register(fd, p, PAGE), 0);
	CHECK_EQ(uffd_copy(fd, p, page_of('r'), PAGE), 0);
	CHECK_EQ(p[7], 'r');
	CHECK_SIGNAL(p[7] = 1, SIGSEGV);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_WRITE), 0);
	p[7] = 1;
	CHECK_EQ(p[8], 'r');
}

TEST(wake_alone_fills_nothing)
{
	char *p = anon(2 * PAGE);
	int fd = uffd_open(0, 0);
	struct toucher t;
	struct uffdio_copy copy = {
		.dst = (unsigned long)p,
		.src = (unsigned long)page_of('d'),
		.len = PAGE,
		.mode = UFFDIO_COPY_MODE_DONTWAKE,
	};

	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	start_toucher(&t, p, 0);
	CHECK_FAULT(fd, p, 0);
	CHECK_EQ(uffd_wake(fd, p, PAGE), 0); /* it faults again */
	CHECK_FAULT(fd, p, 0);
	CHECK_EQ(uffd_wake(fd, p + PAGE, PAGE), 0); /* not there */
	CHECK_ERRNO(uffd_wake(fd, p, 0), EINVAL);
	CHECK_EQ(ioctl(fd, UFFDIO_COPY, &copy), 0);
	usleep(2000);
	CHECK(!t.done);
	CHECK_EQ(uffd_wake(fd, p, 2 * PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'd');
}

TEST(several_messages_in_one_read)
{
	char *p = anon(4 * PAGE), *src = anon(4 * PAGE);
	int fd = uffd_open(O_NONBLOCK, 0), i;
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	struct uffd_msg msg[4];
	struct toucher t[3];

	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	CHECK_EQ(poll(&pfd, 1, 0), 0);
	for (i = 0; i < 3; i++) {
		start_toucher(&t[i], p + i * PAGE, 0);
		CHECK_EQ(poll(&pfd, 1, -1), 1);
		CHECK_EQ(pfd.revents, POLLIN);
		usleep(5000); /* until it waits */
	}
	CHECK_EQ(read(fd, msg, sizeof(msg) - 1), 3 * sizeof(*msg));
	for (i = 0; i < 3; i++) /* first come, first served */
		CHECK_EQ(msg[i].arg.pagefault.address, (unsigned long)p + i * PAGE);
	CHECK_EQ(poll(&pfd, 1, 0), 0); /* they wait, but were read */
	CHECK_ERRNO(read(fd, msg, sizeof(msg)), EAGAIN);
	CHECK_EQ(uffd_copy(fd, p, src, 4 * PAGE), 0);
	for (i = 0; i < 3; i++)
		end_toucher(&t[i]);
}

/* What fdinfo says of the pager: who waits and was not read yet, and all who wait. */
static void check_waiting(int fd, int pending, int total)
{
	char path[64], text[96];

	usleep(20000);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(text, sizeof(text), "\npending:\t%d\ntotal:\t%d\nAPI:\t%s\n", pending, total,
		 "aa:80000000:80000000000000df");
	CHECK(strstr(slurp(path), text) != NULL);
}

TEST(fdinfo_counts_who_waits)
{
	int fd = uffd_open(0, 0);
	char *p = anon(2 * PAGE);
	struct toucher t[2];

	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	start_toucher(&t[0], p, 0);
	CHECK_FAULT(fd, p, 0);
	start_toucher(&t[1], p + PAGE, 0);
	check_waiting(fd, 1, 2);
	CHECK_FAULT(fd, p + PAGE, 0);
	check_waiting(fd, 0, 2);
	CHECK_EQ(uffd_zero(fd, p, PAGE), 0); /* wakes the one only */
	end_toucher(&t[0]);
	check_waiting(fd, 0, 1);
	CHECK_EQ(uffd_zero(fd, p + PAGE, PAGE), 0);
	end_toucher(&t[1]);
}

TEST(the_thread_and_the_exact_address)
{
	int fd = uffd_open(0, UFFD_FEATURE_THREAD_ID | UFFD_FEATURE_EXACT_ADDRESS);
	char *p = anon(PAGE);
	struct uffd_msg msg;
	struct toucher t;

	CHECK_EQ(uffd_register(fd, p, PAGE), 0);
	start_toucher(&t, p + 123, 1);
	msg = read_msg(fd);
	CHECK_EQ(msg.arg.pagefault.address, (unsigned long)p + 123);
	CHECK_EQ(msg.arg.pagefault.feat.ptid, t.tid);
	CHECK_EQ(uffd_zero(fd, p, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'w');
}

static char *volatile bus_at;

static void on_bus(int sig, siginfo_t *info, void *ctx)
{
	(void)sig;
	(void)ctx;
	_exit(info->si_addr == bus_at && info->si_code == BUS_ADRERR ? 42 : 1);
}

TEST(the_signal_tells_where)
{
	int fd = uffd_open(O_NONBLOCK, UFFD_FEATURE_SIGBUS), status, pipes[2];
	struct sigaction sa = {.sa_sigaction = on_bus, .sa_flags = SA_SIGINFO};
	char *p = anon(2 * PAGE);

	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_EQ(write(pipes[1], "x", 1), 1);
	CHECK_ERRNO(read(pipes[0], p, 1), EFAULT); /* in the kernel: an error */
	CHECK_ERRNO(mlock(p, PAGE), ENOMEM);
	CHECK_EQ(uffd_zero(fd, p + PAGE, PAGE), 0);
	p[PAGE] = 1;
	CHECK_EQ(sigaction(SIGBUS, &sa, NULL), 0);
	bus_at = p + 77;
	if (vfork() == 0) { /* the same memory, and not a copy that is not watched */
		*bus_at = 1;
		_exit(2);
	}
	wait(&status);
	CHECK_EQ(WEXITSTATUS(status), 42);
}

TEST(only_faults_of_user_mode)
{
	int fd = uffd_open(0, 0), user = userfaultfd(UFFD_USER_MODE_ONLY), pipes[2];
	char *p = anon(2 * PAGE);
	struct toucher t;

	(void)fd;
	CHECK_EQ(uffd_api(user, 0), 0);
	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(uffd_register(user, p, 2 * PAGE), 0);
	CHECK_EQ(write(pipes[1], "x", 1), 1);
	CHECK_ERRNO(read(pipes[0], p, 1), EFAULT);
	start_toucher(&t, p, 0);
	CHECK_FAULT(user, p, 0);
	CHECK_EQ(uffd_copy(user, p, page_of('u'), PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'u');
}

/* ---- the kernel as the one that faults ---- */

struct reader {
	int fd;
	char *to;
	long got;
	int error;
};

static void *read_into(void *arg)
{
	struct reader *r = arg;

	r->got = read(r->fd, r->to, 10);
	r->error = errno;
	return NULL;
}

TEST(a_system_call_waits_too)
{
	int fd = uffd_open(0, 0), pipes[2];
	char *p = anon(PAGE);
	pthread_t thread;
	struct reader r = {.to = p + 5};

	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(uffd_register(fd, p, PAGE), 0);
	CHECK_EQ(write(pipes[1], "0123456789", 10), 10);
	r.fd = pipes[0];
	CHECK_EQ(pthread_create(&thread, NULL, read_into, &r), 0);
	CHECK_FAULT(fd, p, UFFD_PAGEFAULT_FLAG_WRITE);
	CHECK_EQ(uffd_copy(fd, p, page_of('k'), PAGE), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(r.got, 10);
	CHECK(!memcmp(p + 3, "kk0123456789k", 13));
}

static void *lock_it(void *arg)
{
	return (void *)(long)mlock(arg, 3 * PAGE);
}

static void *populate_it(void *arg)
{
	return (void *)(long)madvise(arg, 3 * PAGE, 23 /* MADV_POPULATE_WRITE */);
}

static void page_in(void *(*fn)(void *))
{
	char *p = anon(3 * PAGE);
	int fd = uffd_open(0, 0), i;
	pthread_t thread;
	void *ret;

	CHECK_EQ(uffd_register(fd, p, 3 * PAGE), 0);
	CHECK_EQ(pthread_create(&thread, NULL, fn, p), 0);
	for (i = 0; i < 3; i++) {
		CHECK_FAULT(fd, p + i * PAGE, UFFD_PAGEFAULT_FLAG_WRITE);
		CHECK_EQ(uffd_copy(fd, p + i * PAGE, page_of('0' + i), PAGE), 0);
	}
	CHECK_EQ(pthread_join(thread, &ret), 0);
	CHECK_EQ((long)ret, 0);
	for (i = 0; i < 3; i++)
		CHECK_EQ(p[i * PAGE + 9], '0' + i);
}

TEST(mlock_waits)
{
	page_in(lock_it);
}

TEST(madv_populate_waits)
{
	page_in(populate_it);
}

TEST(process_vm_readv_waits)
{
	int fd = uffd_open(0, 0), i;
	char *p = anon(3 * PAGE), *buf = anon(3 * PAGE);
	struct iovec local = {buf, 3 * PAGE}, remote = {p, 3 * PAGE};
	pid_t parent = getpid(), pid;

	CHECK_EQ(uffd_register(fd, p, 3 * PAGE), 0);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(process_vm_readv(parent, &local, 1, &remote, 1, 0), 3 * PAGE);
		for (i = 0; i < 3; i++)
			CHECK_EQ(buf[i * PAGE + 100], 'x' + i);
		_exit(0);
	}
	for (i = 0; i < 3; i++) {
		CHECK_FAULT(fd, p + i * PAGE, 0);
		CHECK_EQ(uffd_copy(fd, p + i * PAGE, page_of('x' + i), PAGE), 0);
	}
	CHECK_CHILD(pid);
}

TEST(proc_mem_does_not_wait)
{
	int fd = uffd_open(0, 0), mem = open("/proc/self/mem", O_RDWR);
	char *p = anon(2 * PAGE), c;

	CHECK(mem >= 0);
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_ERRNO(pread64(mem, &c, 1, (unsigned long)p), EIO);
	CHECK_EQ(uffd_copy(fd, p, page_of('m'), PAGE), 0);
	CHECK_EQ(pread64(mem, &c, 1, (unsigned long)p), 1);
	CHECK_EQ(c, 'm');
}

/* ---- counting ---- */

TEST(a_fault_for_a_pager_is_a_major_one)
{
	char *p = anon(PAGE);
	int fd = uffd_open(0, 0);
	struct rusage before, after;
	struct toucher t;

	CHECK_EQ(uffd_register(fd, p, PAGE), 0);
	getrusage(RUSAGE_SELF, &before);
	start_toucher(&t, p, 0);
	CHECK_FAULT(fd, p, 0);
	CHECK_EQ(uffd_zero(fd, p, PAGE), 0);
	end_toucher(&t);
	getrusage(RUSAGE_SELF, &after);
	CHECK_EQ(after.ru_majflt - before.ru_majflt, 1);
}

TEST(the_page_table_comes_before_the_page)
{
	int fd = uffd_open(0, UFFD_FEATURE_SIGBUS), flags = MAP_PRIVATE | MAP_ANONYMOUS;
	char *p = mmap((void *)0x60000000, PAGE, PROT_READ, flags, -1, 0);
	long before = field(slurp("/proc/self/status"), "VmPTE:");

	CHECK_EQ(uffd_register(fd, p, PAGE), 0);
	CHECK_ERRNO(mlock(p, PAGE), ENOMEM);
	CHECK_EQ(field(slurp("/proc/self/status"), "VmPTE:") - before, 4);
}

TEST(memory_that_is_given_back_is_missing_again)
{
	char *p = anon(2 * PAGE);
	int fd = uffd_open(0, 0);
	struct toucher t;

	memset(p, 'o', 2 * PAGE);
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_EQ(p[0], 'o'); /* there: nothing to wait for */
	CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(p[PAGE], 'o');
	start_toucher(&t, p, 0);
	CHECK_FAULT(fd, p, 0);
	CHECK_EQ(uffd_copy(fd, p, page_of('n'), PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'n');
}

/* But not for UFFDIO_ZEROPAGE: to Linux it is a mapping of a file of 0 bytes there. */
TEST(a_private_mapping_of_dev_zero_is_anonymous_memory)
{
	int fd = uffd_open(0, 0), zero = open("/dev/zero", O_RDWR);
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, PAGE);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK_EQ(uffd_copy(fd, p, page_of('z'), PAGE), 0);
	CHECK_EQ(p[5], 'z');
	CHECK_ERRNO(uffd_zero(fd, p + PAGE, PAGE), EFAULT);
}
