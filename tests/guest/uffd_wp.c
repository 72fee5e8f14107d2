/*
 * userfaultfd: pages that a pager has write-protected, the calls. The i386 Linux does not offer it:
 * there, and on Mapix without the option uffd=wp, the cases are skipped.
 */
#include "uffd_wp.h"
#include <sys/uio.h>

/* ---- the calls ---- */

TEST(it_is_offered_or_not)
{
	unsigned long long bit = 1ull << _UFFDIO_WRITEPROTECT;
	int fd = uffd_open(0, 0), offered = !!(uffd_features() & UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	char *p = anon(4 * PAGE);

	if (!offered) {
		CHECK_ERRNO(uffd_register_as(fd, p, PAGE, WP), EINVAL);
		CHECK_ERRNO(uffd_register_as(fd, p, PAGE, WP | MISSING), EINVAL);
		CHECK_ERRNO(protect(fd, p, PAGE), ENOENT);
		SKIP("no write protection");
	}
	CHECK_EQ(uffd_register_as(fd, p, PAGE, MISSING), 0);
	CHECK_EQ(uffd_ioctls & bit, 0);
	CHECK_EQ(uffd_register_as(fd, p + PAGE, PAGE, WP), 0);
	CHECK_EQ(uffd_ioctls & bit, bit);
	CHECK_EQ(uffd_register_as(fd, p + 2 * PAGE, PAGE, MISSING | WP), 0);
	CHECK_EQ(uffd_ioctls & bit, bit);
	CHECK(has_flag(p, " um") && !has_flag(p, " uw"));
	CHECK(!has_flag(p + PAGE, " um") && has_flag(p + PAGE, " uw"));
	CHECK(has_flag(p + 2 * PAGE, " um") && has_flag(p + 2 * PAGE, " uw"));
	CHECK_EQ(count_maps(p, 4 * PAGE), 4);
	CHECK_ERRNO(uffd_register_as(fd, p, PAGE, 8), EINVAL);
}

TEST(what_can_be_protected)
{
	int fd = open_wp(0, 0);
	char *p = watched(fd, 4, 0), *q = anon(PAGE), *shared;

	CHECK_ERRNO(protect_as(fd, p, PAGE, 3), EINVAL); /* both */
	CHECK_ERRNO(protect_as(fd, p, PAGE, 4), EINVAL);
	CHECK_ERRNO(protect(fd, p + 1, PAGE), EINVAL);
	CHECK_ERRNO(protect(fd, p, 0), EINVAL);
	CHECK_ERRNO(protect(fd, q, PAGE), ENOENT);
	CHECK_EQ(uffd_register_as(fd, q, PAGE, MISSING), 0);
	CHECK_ERRNO(protect(fd, q, PAGE), ENOENT);
	CHECK_EQ(munmap(p + 3 * PAGE, PAGE), 0);
	CHECK_ERRNO(protect(fd, p, 4 * PAGE), ENOENT);
	CHECK_EQ(seen(p), 0);
	CHECK_EQ(protect(fd, p, 3 * PAGE), 0);
	CHECK_EQ(protect(fd, p, 3 * PAGE), 0);
	CHECK_EQ(seen(p + 2 * PAGE), 1);
	if (uffd_features() & UFFD_FEATURE_WP_HUGETLBFS_SHMEM)
		return;
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK_ERRNO(uffd_register_as(fd, shared, PAGE, WP), EINVAL);
	CHECK_ERRNO(uffd_register_as(fd, shared, PAGE, WP | MISSING), EINVAL);
}

TEST(a_write_waits_a_read_does_not)
{
	int fd = open_wp(0, 0);
	char *p = watched(fd, 3, 3);
	struct toucher t;

	CHECK_EQ(p[0], 'o');
	start_toucher(&t, p + PAGE + 7, 0);
	CHECK_EQ(end_toucher(&t), 'o');
	check_protected(fd, p + PAGE);
	CHECK_EQ(p[PAGE + 1], 'o');
	p[PAGE] = 'x'; /* not any more */
	CHECK_EQ(seen(p) + seen(p + 2 * PAGE), 2);
	check_protected(fd, p);
}

TEST(who_wakes)
{
	int fd = open_wp(0, 0);
	char *p = watched(fd, 1, 1);
	struct toucher t;

	start_toucher(&t, p, 1);
	CHECK_FAULT(fd, p, WP_FLAGS);
	CHECK_EQ(uffd_wake(fd, p, PAGE), 0); /* still protected: it faults again */
	CHECK_FAULT(fd, p, WP_FLAGS);
	CHECK_EQ(protect(fd, p, PAGE), 0);
	usleep(2000);
	CHECK(!t.done);
	CHECK_EQ(protect_as(fd, p, PAGE, UFFDIO_WRITEPROTECT_MODE_DONTWAKE), 0);
	CHECK_EQ(seen(p), 0);
	usleep(2000);
	CHECK(!t.done);
	CHECK_EQ(uffd_wake(fd, p, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'w');
}

TEST(what_is_not_there_is_not_protected)
{
	int fd = open_wp(O_NONBLOCK, 0);
	char *p = anon(2 * PAGE);

	CHECK_EQ(uffd_register_as(fd, p, 2 * PAGE, WP), 0);
	CHECK_EQ(protect(fd, p, 2 * PAGE), 0);
	CHECK_EQ(seen(p), 0);
	check_free(fd, p);
	CHECK_EQ(p[PAGE], 0);
	check_free(fd, p + PAGE);
}

TEST(the_page_of_zeros)
{
	int fd = open_wp(0, 0);
	char *p = anon(2 * PAGE);

	CHECK_EQ(uffd_register_as(fd, p, 2 * PAGE, WP), 0);
	CHECK_EQ(p[0], 0);
	CHECK_EQ(protect(fd, p, 2 * PAGE), 0);
	CHECK_EQ(seen(p + PAGE), 0);
	check_protected(fd, p);
	CHECK_EQ(p[1], 0);
}

TEST(a_copy_that_is_protected)
{
	int fd = open_wp(0, 0);
	char *p = anon(2 * PAGE), *q = anon(PAGE);
	struct toucher t;

	CHECK_EQ(uffd_register_as(fd, p, 2 * PAGE, MISSING | WP), 0);
	CHECK_EQ(uffd_register_as(fd, q, PAGE, MISSING), 0);
	CHECK_ERRNO(copy_protected(fd, q, page_of('q')), EINVAL);
	start_toucher(&t, p, 0);
	CHECK_FAULT(fd, p, 0);
	CHECK_EQ(copy_protected(fd, p, page_of('p')), 0);
	CHECK_EQ(end_toucher(&t), 'p');
	CHECK_EQ(p[1], 'p');
	check_protected(fd, p);
	/* a write that misses: the copy wakes it, and it faults a second time */
	start_toucher(&t, p + PAGE, 1);
	CHECK_FAULT(fd, p + PAGE, UFFD_PAGEFAULT_FLAG_WRITE);
	CHECK_EQ(copy_protected(fd, p + PAGE, page_of('p')), 0);
	CHECK_FAULT(fd, p + PAGE, WP_FLAGS);
	CHECK_EQ(unprotect(fd, p + PAGE, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'w');
	CHECK_EQ(p[PAGE + 1], 'p');
}

/* ---- what happens to protected pages ---- */

TEST(mprotect_does_not_open_them)
{
	int fd = open_wp(0, 0), i;
	char *p = watched(fd, 3, 3);
	static const int prots[] = {PROT_READ, PROT_NONE, PROT_READ | PROT_WRITE | PROT_EXEC};

	for (i = 0; i < 3; i++) {
		CHECK_EQ(mprotect(p, 3 * PAGE, prots[i]), 0);
		CHECK_EQ(seen(p + i * PAGE), 1);
		CHECK_EQ(mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE), 0);
		check_protected(fd, p + i * PAGE);
	}
}

TEST(protected_while_read_only)
{
	int fd = open_wp(0, 0);
	char *p = watched(fd, 1, 0);

	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK_EQ(protect(fd, p, PAGE), 0);
	CHECK_EQ(unprotect(fd, p, PAGE), 0);
	CHECK_SIGNAL(p[0] = 1, SIGSEGV);
	CHECK_EQ(protect(fd, p, PAGE), 0);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_WRITE), 0);
	check_protected(fd, p);
}

TEST(memory_that_is_given_back)
{
	int fd = open_wp(O_NONBLOCK, 0);
	char *p = watched(fd, 2, 2);

	CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
	check_free(fd, p);
	CHECK_EQ(seen(p + PAGE), 1);
	CHECK_EQ(p[PAGE], 'o');
}

TEST(a_child_is_not_watched)
{
	int fd = open_wp(0, 0);
	char *p = watched(fd, 1, 1);
	pid_t pid = fork();

	if (pid == 0) {
		CHECK_EQ(seen(p), 0);
		CHECK(!has_flag(p, " uw"));
		p[0] = 'c';
		CHECK_EQ(p[1], 'o');
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(p[0], 'o');
	check_protected(fd, p);
}

static void *fork_and_write(void *arg)
{
	char *p = arg;
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		p[0] = 'c';
		p[PAGE] = 'c';
		_exit(p[1] != 'o' || p[PAGE + 1] != 0);
	}
	waitpid(pid, &status, 0);
	return (void *)(long)status;
}

TEST(a_child_with_a_pager_of_its_own)
{
	int fd = open_wp(0, UFFD_FEATURE_EVENT_FORK), child;
	char *p = watched(fd, 2, 0);
	struct uffd_msg msg;
	pthread_t thread;
	void *status;

	CHECK_EQ(madvise(p + PAGE, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(p[PAGE], 0); /* the page of zeros */
	CHECK_EQ(protect(fd, p, 2 * PAGE), 0);
	CHECK_EQ(pthread_create(&thread, NULL, fork_and_write, p), 0);
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_FORK);
	child = msg.arg.fork.ufd;
	CHECK_FAULT(child, p, WP_FLAGS);
	CHECK_EQ(unprotect(child, p, PAGE), 0);
	CHECK_FAULT(child, p + PAGE, WP_FLAGS);
	CHECK_EQ(unprotect(child, p + PAGE, PAGE), 0);
	CHECK_EQ(pthread_join(thread, &status), 0);
	CHECK_EQ((long)status, 0);
	CHECK_EQ(p[0], 'o');
	check_protected(fd, p);
	check_protected(fd, p + PAGE);
}

TEST(only_zeros_are_protected_in_the_child_too)
{
	int fd = open_wp(0, UFFD_FEATURE_EVENT_FORK), child;
	char *p = anon(2 * PAGE);
	struct uffd_msg msg;
	pthread_t thread;
	void *status;

	CHECK_EQ(uffd_register_as(fd, p, 2 * PAGE, WP), 0);
	CHECK_EQ(p[0] + p[PAGE], 0); /* the mapping has no page of its own */
	CHECK_EQ(protect(fd, p, 2 * PAGE), 0);
	CHECK_EQ(pthread_create(&thread, NULL, fork_and_write, p), 0);
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_FORK);
	child = msg.arg.fork.ufd;
	CHECK_FAULT(child, p, WP_FLAGS);
	CHECK_EQ(unprotect(child, p, 2 * PAGE), 0);
	CHECK_EQ(pthread_join(thread, &status), 0);
	CHECK_EQ(p[0], 0);
}

static void *remap_to(void *arg)
{
	char **at = arg;

	at[1] = mremap(at[0], PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at[1]);
	return NULL;
}

static void move(int fd, int told)
{
	char *at[2] = {watched(fd, 3, 3) + PAGE, anon(PAGE)};
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, remap_to, at), 0);
	if (told)
		CHECK_EQ(read_msg(fd).event, UFFD_EVENT_REMAP);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(at[1][0], 'o');
	CHECK_EQ(has_flag(at[1], " uw"), told);
	if (told)
		check_protected(fd, at[1]);
	else
		check_free(fd, at[1]);
}

TEST(what_moves_is_free)
{
	move(open_wp(O_NONBLOCK, 0), 0);
}

TEST(what_moves_is_protected_if_that_is_told)
{
	move(open_wp(0, UFFD_FEATURE_EVENT_REMAP), 1);
}

TEST(who_looks_away_lets_go)
{
	int fd = open_wp(O_NONBLOCK, 0);
	char *p = watched(fd, 4, 4);

	CHECK_EQ(uffd_unregister(fd, p + PAGE, PAGE), 0);
	CHECK_EQ(seen(p), 1);
	check_free(fd, p + PAGE);
	CHECK_EQ(seen(p + 2 * PAGE), 1);
	CHECK_EQ(uffd_register_as(fd, p + 2 * PAGE, PAGE, MISSING), 0); /* in another way */
	CHECK(has_flag(p + 2 * PAGE, " um") && !has_flag(p + 2 * PAGE, " uw"));
	check_free(fd, p + 2 * PAGE);
	CHECK_EQ(uffd_register_as(fd, p + 3 * PAGE, PAGE, MISSING | WP), 0); /* in both */
	CHECK_EQ(seen(p + 3 * PAGE), 1);
}

TEST(who_closes_lets_go)
{
	int fd = open_wp(0, 0);
	char *p = watched(fd, 2, 2);
	struct toucher t;

	start_toucher(&t, p, 1);
	CHECK_FAULT(fd, p, WP_FLAGS);
	close(fd);
	CHECK_EQ(end_toucher(&t), 'w');
	p[PAGE] = 'x';
	CHECK_EQ(count_maps(p, 2 * PAGE), 1);
}

/* ---- other ways to a page ---- */

struct waiter {
	char *to;
	int pipes[2];
	long ret;
};

static void *read_pipe(void *arg)
{
	struct waiter *w = arg;

	w->ret = read(w->pipes[0], w->to, 4);
	return NULL;
}

static void *write_by_pid(void *arg)
{
	struct waiter *w = arg;
	struct iovec local = {"1234", 4}, remote = {w->to, 4};

	w->ret = process_vm_writev(getpid(), &local, 1, &remote, 1, 0);
	return NULL;
}

static void kernel_writes(void *(*fn)(void *))
{
	int fd = open_wp(0, 0);
	struct waiter w = {.to = watched(fd, 1, 1)};
	pthread_t thread;

	CHECK_EQ(pipe(w.pipes), 0);
	CHECK_EQ(write(w.pipes[1], "1234", 4), 4);
	CHECK_EQ(pthread_create(&thread, NULL, fn, &w), 0);
	CHECK_FAULT(fd, w.to, WP_FLAGS);
	CHECK_EQ(w.to[0], 'o');
	CHECK_EQ(unprotect(fd, w.to, PAGE), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(w.ret, 4);
	CHECK(!memcmp(w.to, "1234o", 5));
}

TEST(a_system_call_that_writes_waits)
{
	kernel_writes(read_pipe);
}

TEST(process_vm_writev_waits)
{
	kernel_writes(write_by_pid);
}

TEST(proc_mem_does_not_wait)
{
	int fd = open_wp(O_NONBLOCK, 0), mem = open("/proc/self/mem", O_RDWR);
	char *p = watched(fd, 1, 1), c = 0;

	CHECK_EQ(pread64(mem, &c, 1, (unsigned long)p), 1);
	CHECK_EQ(c, 'o');
	CHECK_ERRNO(pwrite64(mem, "m", 1, (unsigned long)p), EIO);
	CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
	CHECK_ERRNO(pwrite64(mem, "m", 1, (unsigned long)p), EIO); /* by force, neither */
	CHECK_EQ(unprotect(fd, p, PAGE), 0);
	CHECK_EQ(pwrite64(mem, "m", 1, (unsigned long)p), 1);
	CHECK_EQ(p[0], 'm');
}

TEST(the_feature_sigbus)
{
	int fd = open_wp(O_NONBLOCK, UFFD_FEATURE_SIGBUS);
	char *p = watched(fd, 1, 1);
	int status;
	pid_t pid;

	pid = vfork(); /* the same memory, and not a copy that is not watched */
	if (pid == 0) {
		*(volatile char *)p = 1;
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGBUS);
	CHECK_EQ(p[0], 'o');
}
