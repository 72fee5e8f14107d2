/*
 * userfaultfd: what a pager is told of fork, mremap, munmap and madvise, and that these calls wait
 * until it has read it.
 */
#include "uffd.h"

/* ---- a thread that makes one call ---- */

struct call {
	long (*fn)(char *p);
	char *p;
	volatile long ret;
	volatile int done, error;
	pthread_t thread;
};

static void *make_call(void *arg)
{
	struct call *c = arg;

	c->ret = c->fn(c->p);
	c->error = errno;
	c->done = 1;
	return NULL;
}

/* Returns when the pager of fd has something to read; without one (-1), some time later. */
static void start_call(struct call *c, long (*fn)(char *p), char *p, int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	c->fn = fn;
	c->p = p;
	c->done = 0;
	CHECK_EQ(pthread_create(&c->thread, NULL, make_call, c), 0);
	if (fd < 0) {
		usleep(50000);
		return;
	}
	CHECK_EQ(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(poll(&pfd, 1, -1), 1);
	CHECK_EQ(fcntl(fd, F_SETFL, 0), 0);
}

static long end_call(struct call *c)
{
	CHECK_EQ(pthread_join(c->thread, NULL), 0);
	return c->ret;
}

static char *watched(int fd, int pages)
{
	char *p = anon(pages * PAGE);

	CHECK_EQ(uffd_register(fd, p, pages * PAGE), 0);
	return p;
}

/* ---- madvise ---- */

static long dontneed(char *p)
{
	return madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED);
}

static long lazy_free(char *p)
{
	return madvise(p + PAGE, 2 * PAGE, MADV_FREE);
}

static void removed(long (*fn)(char *p), char *p, int fd, char still)
{
	struct uffd_msg msg;
	struct call c;

	start_call(&c, fn, p, fd);
	CHECK(!c.done);
	if (still)
		CHECK_EQ(p[PAGE], still); /* nothing is dropped before the pager knows */
	CHECK_ERRNO(uffd_copy(fd, p + 3 * PAGE, page_of('x'), PAGE), EAGAIN);
	CHECK_EQ(uffd_copied, 1); /* not written */
	CHECK_ERRNO(uffd_zero(fd, p + 3 * PAGE, PAGE), EAGAIN);
	CHECK_EQ(uffd_copied, 1); /* not written */
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_REMOVE);
	CHECK_EQ(msg.arg.remove.start, (unsigned long)p + PAGE);
	CHECK_EQ(msg.arg.remove.end, (unsigned long)p + 3 * PAGE);
	CHECK_EQ(end_call(&c), 0);
	CHECK_EQ(uffd_copy(fd, p + 3 * PAGE, page_of('x'), PAGE), 0);
}

TEST(pages_that_are_dropped)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_REMOVE);
	char *p = watched(fd, 4);
	struct toucher t;

	CHECK_EQ(uffd_copy(fd, p + PAGE, page_of('a'), PAGE), 0);
	removed(dontneed, p, fd, 'a');
	start_toucher(&t, p + PAGE, 0);
	CHECK_FAULT(fd, p + PAGE, 0);
	CHECK_EQ(uffd_copy(fd, p + PAGE, page_of('b'), PAGE), 0);
	CHECK_EQ(end_toucher(&t), 'b');
	p = watched(fd, 4);
	removed(lazy_free, p, fd, 0);
	/* errors come first, and tell nobody */
	CHECK_EQ(mlock(p + 3 * PAGE, PAGE), 0);
	CHECK_ERRNO(madvise(p + 3 * PAGE, PAGE, MADV_DONTNEED), EINVAL);
}

static long punch(char *p)
{
	return madvise(p + PAGE, 2 * PAGE, MADV_REMOVE);
}

TEST(holes_that_are_punched)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_REMOVE);
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	p[PAGE] = 's';
	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	removed(punch, p, fd, 's');
}

TEST(what_cannot_be_dropped_is_told_all_the_same)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_REMOVE);
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct call c;

	p[PAGE] = 's';
	CHECK_EQ(uffd_register(fd, p, 4 * PAGE), 0);
	start_call(&c, lazy_free, p, fd);
	CHECK_EQ(read_msg(fd).event, UFFD_EVENT_REMOVE);
	CHECK_EQ(end_call(&c), -1); /* it is not private memory */
	CHECK_EQ(p[PAGE], 's');
}

TEST(without_the_feature_nobody_waits)
{
	int fd = uffd_open(O_NONBLOCK, 0);
	char *p = watched(fd, 8), *q;
	struct uffd_msg msg;

	CHECK_EQ(madvise(p, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(munmap(p + PAGE, PAGE), 0);
	q = mremap(p + 4 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q != p + 4 * PAGE);
	CHECK(!has_flag(q, " um")); /* the pager cannot follow it */
	q[0] = 1;
	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EAGAIN);
	CHECK(has_flag(p + 5 * PAGE, " um"));
}

/* ---- munmap ---- */

static long unmap(char *p)
{
	return munmap(p + PAGE, 2 * PAGE + 1);
}

static long map_over(char *p)
{
	return mmap(p + PAGE, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) == p + PAGE;
}

static void unmapped(long (*fn)(char *p), long ret)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_UNMAP);
	char *p = watched(fd, 6);
	struct uffd_msg msg;
	struct call c;

	start_call(&c, fn, p, fd);
	CHECK(!c.done);
	CHECK_ERRNO(uffd_copy(fd, p, page_of('x'), PAGE), EAGAIN);
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_UNMAP);
	CHECK_EQ(msg.arg.remove.start, (unsigned long)p + PAGE);
	CHECK_EQ(msg.arg.remove.end, (unsigned long)p + 4 * PAGE);
	CHECK_EQ(end_call(&c), ret);
	CHECK_EQ(uffd_copy(fd, p, page_of('x'), PAGE), 0);
	CHECK(!has_flag(p + PAGE, " um") && has_flag(p + 4 * PAGE, " um"));
}

TEST(munmap_is_told)
{
	unmapped(unmap, 0);
}

TEST(mmap_over_it_is_told)
{
	unmapped(map_over, 1);
}

static long unmap_all(char *p)
{
	return munmap(p, 8 * PAGE);
}

TEST(one_call_tells_each_pager_once)
{
	int one = uffd_open(0, UFFD_FEATURE_EVENT_UNMAP),
	    two = uffd_open(0, UFFD_FEATURE_EVENT_UNMAP);
	int quiet = uffd_open(0, 0), i, fds[] = {one, two};
	char *p = anon(8 * PAGE);
	struct uffd_msg msg;
	struct call c;

	CHECK_EQ(uffd_register(one, p + PAGE, PAGE), 0);
	CHECK_EQ(uffd_register(two, p + 3 * PAGE, PAGE), 0);
	CHECK_EQ(uffd_register(one, p + 5 * PAGE, PAGE), 0);
	CHECK_EQ(uffd_register(quiet, p + 6 * PAGE, PAGE), 0);
	start_call(&c, unmap_all, p, one);
	for (i = 0; i < 2; i++) {
		CHECK(!c.done);
		msg = read_msg(fds[i]);
		CHECK_EQ(msg.event, UFFD_EVENT_UNMAP);
		CHECK_EQ(msg.arg.remove.start, (unsigned long)p); /* all of the call's range */
		CHECK_EQ(msg.arg.remove.end, (unsigned long)p + 8 * PAGE);
	}
	CHECK_EQ(end_call(&c), 0);
	fcntl(one, F_SETFL, O_NONBLOCK);
	CHECK_ERRNO(read(one, &msg, sizeof(msg)), EAGAIN);
}

static long shrink_heap(char *p)
{
	return syscall(SYS_brk, p) == (long)p;
}

TEST(a_heap_that_shrinks_is_told)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_UNMAP);
	char *old = (char *)((syscall(SYS_brk, 0) + PAGE - 1) & -PAGE);
	struct uffd_msg msg;
	struct call c;

	CHECK_EQ(syscall(SYS_brk, old + 8 * PAGE), (long)old + 8 * PAGE);
	CHECK_EQ(uffd_register(fd, old + 2 * PAGE, 6 * PAGE), 0);
	start_call(&c, shrink_heap, old + 4 * PAGE, fd);
	CHECK(!c.done);
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_UNMAP);
	CHECK_EQ(msg.arg.remove.start, (unsigned long)old + 4 * PAGE);
	CHECK_EQ(msg.arg.remove.end, (unsigned long)old + 8 * PAGE);
	CHECK_EQ(end_call(&c), 1);
}

/* ---- mremap ---- */

static char *target;

static long move_to_target(char *p)
{
	return (long)mremap(p + PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
}

TEST(a_move_is_told)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_REMAP);
	char *p = watched(fd, 4);
	struct toucher t;
	struct uffd_msg msg;
	struct call c;

	target = anon(3 * PAGE);
	CHECK_EQ(uffd_copy(fd, p + PAGE, page_of('m'), PAGE), 0);
	start_call(&c, move_to_target, p, fd);
	CHECK(!c.done);
	CHECK_ERRNO(uffd_copy(fd, p, page_of('x'), PAGE), EAGAIN);
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_REMAP);
	CHECK_EQ(msg.arg.remap.from, (unsigned long)p + PAGE);
	CHECK_EQ(msg.arg.remap.to, (unsigned long)target);
	CHECK_EQ(msg.arg.remap.len, 2 * PAGE);
	CHECK_EQ(end_call(&c), (long)target);
	CHECK_EQ(target[0], 'm');
	CHECK(has_flag(target, " um"));
	start_toucher(&t, target + 2 * PAGE, 1); /* the new part is watched too */
	CHECK_FAULT(fd, target + 2 * PAGE, UFFD_PAGEFAULT_FLAG_WRITE);
	CHECK_EQ(uffd_zero(fd, target + PAGE, 2 * PAGE), 0);
	end_toucher(&t);
}

TEST(a_move_of_locked_memory_brings_the_new_part_first)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_REMAP);
	char *p = watched(fd, 4);
	struct uffd_msg msg;
	struct call c;

	target = anon(3 * PAGE);
	CHECK_EQ(uffd_copy(fd, p + PAGE, anon(2 * PAGE), 2 * PAGE), 0);
	CHECK_EQ(mlock(p + PAGE, 2 * PAGE), 0);
	start_call(&c, move_to_target, p, fd);
	CHECK_FAULT(fd, target + 2 * PAGE, UFFD_PAGEFAULT_FLAG_WRITE);
	/* it cannot be filled before the move is read, which comes after it: only this helps */
	CHECK_ERRNO(uffd_copy(fd, target + 2 * PAGE, page_of('x'), PAGE), EAGAIN);
	CHECK_EQ(uffd_unregister(fd, target, 3 * PAGE), 0);
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_REMAP);
	CHECK_EQ(end_call(&c), (long)target);
	CHECK_EQ(target[2 * PAGE], 0);
}

TEST(a_move_among_unmaps_in_their_order)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP), i;
	char *p = watched(fd, 4);
	struct uffd_msg msg[3];
	struct call c;

	target = watched(fd, 3);
	start_call(&c, move_to_target, p, fd);
	for (i = 0; i < 3; i++)
		msg[i] = read_msg(fd);
	CHECK_EQ(end_call(&c), (long)target);
	CHECK_EQ(msg[0].event, UFFD_EVENT_UNMAP); /* what was at the target */
	CHECK_EQ(msg[0].arg.remove.start, (unsigned long)target);
	CHECK_EQ(msg[0].arg.remove.end, (unsigned long)target + 3 * PAGE);
	CHECK_EQ(msg[1].event, UFFD_EVENT_REMAP);
	CHECK_EQ(msg[1].arg.remap.len, 2 * PAGE);
	CHECK_EQ(msg[2].event, UFFD_EVENT_UNMAP); /* the old place */
	CHECK_EQ(msg[2].arg.remove.start, (unsigned long)p + PAGE);
	CHECK_EQ(msg[2].arg.remove.end, (unsigned long)p + 3 * PAGE);
}

static long leave_old(char *p)
{
	return (long)mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
}

TEST(the_old_place_that_stays_is_watched_on)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_REMAP);
	char *p = watched(fd, 2), *q;
	struct uffd_msg msg;
	struct toucher t;
	struct call c;

	CHECK_EQ(uffd_copy(fd, p, page_of('d'), PAGE), 0);
	start_call(&c, leave_old, p, fd);
	msg = read_msg(fd);
	q = (char *)end_call(&c);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(msg.event, UFFD_EVENT_REMAP);
	CHECK_EQ(msg.arg.remap.from, (unsigned long)p);
	CHECK_EQ(msg.arg.remap.to, (unsigned long)q);
	CHECK_EQ(q[0], 'd');
	start_toucher(&t, p, 0); /* its pages have gone */
	CHECK_FAULT(fd, p, 0);
	CHECK_EQ(uffd_zero(fd, p, PAGE), 0);
	CHECK_EQ(end_toucher(&t), 0);
}

TEST(growing_in_place_is_not_told)
{
	int fd = uffd_open(O_NONBLOCK, UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP);
	char *p = anon(4 * PAGE);
	struct uffd_msg msg;

	munmap(p + 2 * PAGE, 2 * PAGE);
	CHECK_EQ(uffd_register(fd, p, 2 * PAGE), 0);
	CHECK(mremap(p, 2 * PAGE, 3 * PAGE, 0) == p);
	CHECK(has_flag(p + 2 * PAGE, " um"));
	CHECK_EQ(count_maps(p, 3 * PAGE), 1);
	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EAGAIN);
}

/* ---- fork ---- */

static long fork_and_touch(char *p)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(p[PAGE] + p[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
}

TEST(a_child_is_not_watched)
{
	int fd = uffd_open(O_NONBLOCK, 0);
	char *p = watched(fd, 2);
	struct uffd_msg msg;

	CHECK_EQ(uffd_copy(fd, p, page_of(3), PAGE), 0);
	CHECK_EQ(fork_and_touch(p), 3); /* reads zeros */
	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EAGAIN);
}

TEST(a_child_has_a_pager_of_its_own)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_FORK), child;
	char *p = watched(fd, 2);
	struct uffd_msg msg;
	struct call c;

	CHECK_EQ(uffd_copy(fd, p, page_of(3), PAGE), 0);
	start_call(&c, fork_and_touch, p, fd);
	CHECK_ERRNO(uffd_copy(fd, p + PAGE, page_of('x'), PAGE), EAGAIN);
	msg = read_msg(fd);
	CHECK_EQ(msg.event, UFFD_EVENT_FORK);
	child = msg.arg.fork.ufd;
	CHECK(child > fd);
	CHECK_EQ(fcntl(child, F_GETFL) & O_NONBLOCK, 0);
	CHECK_FAULT(child, p + PAGE, 0);
	CHECK_EQ(uffd_copy(child, p + PAGE, page_of(4), PAGE), 0);
	CHECK_EQ(end_call(&c), 7);
	CHECK_ERRNO(uffd_copy(child, p + PAGE, page_of(4), PAGE), ESRCH); /* it has died */
	CHECK_ERRNO(uffd_register(child, p, PAGE), ENOMEM);
	close(child);
	/* the parent's is missing still */
	CHECK_EQ(uffd_copy(fd, p + PAGE, page_of(5), PAGE), 0);
	CHECK_EQ(p[PAGE], 5);
}

TEST(no_descriptor_for_the_child)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_FORK);
	char *p = watched(fd, 2);
	struct uffd_msg msg;
	struct call c;
	int last;

	CHECK_EQ(uffd_zero(fd, p, 2 * PAGE), 0);
	start_call(&c, fork_and_touch, p, fd);
	for (last = fd; dup(fd) >= 0; last++)
		continue;
	CHECK_ERRNO(read(fd, &msg, sizeof(msg)), EMFILE);
	CHECK(!c.done);
	close(last);
	msg = read_msg(fd); /* it is told again */
	CHECK_EQ(msg.event, UFFD_EVENT_FORK);
	CHECK_EQ(msg.arg.fork.ufd, last);
	CHECK_EQ(end_call(&c), 0);
}

TEST(only_the_mighty_hear_of_forks)
{
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	CHECK_ERRNO(uffd_api(userfaultfd(UFFD_USER_MODE_ONLY), UFFD_FEATURE_EVENT_FORK), EPERM);
	CHECK_EQ(uffd_api(userfaultfd(UFFD_USER_MODE_ONLY), UFFD_FEATURE_EVENT_UNMAP), 0);
}

/* ---- a pager that goes ---- */

TEST(a_pager_that_closes_frees_who_waits)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_UNMAP), i;
	char *p = watched(fd, 8);
	struct toucher t[2];
	struct call c;

	start_toucher(&t[0], p, 0);
	CHECK_FAULT(fd, p, 0); /* read */
	start_toucher(&t[1], p + PAGE, 1);
	start_call(&c, unmap, p + 3 * PAGE, fd);
	CHECK(!c.done && !t[0].done && !t[1].done);
	close(fd);
	CHECK_EQ(end_call(&c), 0);
	CHECK_EQ(end_toucher(&t[0]), 0);
	CHECK_EQ(end_toucher(&t[1]), 'w');
	for (i = 0; i < 3; i++)
		CHECK(!has_flag(p + i * PAGE, " um"));
}

/* The pager is another process, so that the file is not the forking one's. */
TEST(a_pager_that_dies_does_not_stop_a_fork)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_FORK);
	struct call c;
	pid_t pid = fork();
	char *p;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	p = watched(fd, 2);
	close(fd);
	start_call(&c, fork_and_touch, p, -1);
	CHECK(!c.done);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_EQ(end_call(&c), 0); /* the child reads zeros */
	CHECK_EQ(p[0], 0);
}

TEST(who_waits_can_be_killed)
{
	int fd = uffd_open(0, UFFD_FEATURE_EVENT_UNMAP), status;
	pid_t pid = fork();

	if (pid == 0) {
		int own = uffd_open(0, UFFD_FEATURE_EVENT_UNMAP);
		char *p = watched(own, 4);
		struct toucher t;
		struct call c;

		start_toucher(&t, p, 0);
		start_call(&c, unmap, p + PAGE, own);
		write(1, p + PAGE * 0, 1); /* in the kernel; nobody fills it */
		_exit(1);
	}
	(void)fd;
	usleep(100000);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static volatile int alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void *touch_alarmed(void *arg)
{
	volatile char *p = arg;

	return (void *)(long)*p;
}

TEST(a_signal_is_handled_before_the_page_comes)
{
	int fd = uffd_open(0, 0);
	char *p = watched(fd, 1);
	pthread_t thread;
	void *seen;
	int i;

	signal(SIGUSR1, on_alarm);
	CHECK_EQ(pthread_create(&thread, NULL, touch_alarmed, p), 0);
	CHECK_FAULT(fd, p, 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
		CHECK_FAULT(fd, p, 0); /* it has handled the signal, and faults again */
		CHECK_EQ(alarms, i + 1);
	}
	CHECK_EQ(uffd_copy(fd, p, page_of('s'), PAGE), 0);
	CHECK_EQ(pthread_join(thread, &seen), 0);
	CHECK_EQ((long)seen, 's');
}

/* ---- who waits in the kernel ---- */

/* The task comes to sleep in this state. */
static void wait_for_state(int tid, char wanted)
{
	char path[64], text[64], state = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	for (int i = 0; i < 200 && state != wanted; i++) {
		FILE *f = fopen(path, "r");

		CHECK(f && fgets(text, sizeof(text), f));
		fclose(f);
		state = strrchr(text, ')')[2];
		usleep(5000);
	}
	CHECK_EQ(state, wanted);
}

struct waiter {
	char *to;
	int pipes[2], tid;
	long ret;
	pthread_t thread;
};

static void *read_pipe(void *arg)
{
	struct waiter *w = arg;

	w->tid = syscall(SYS_gettid);
	w->ret = read(w->pipes[0], w->to, 10);
	return NULL;
}

static void *lock_page(void *arg)
{
	struct waiter *w = arg;

	w->tid = syscall(SYS_gettid);
	w->ret = mlock(w->to, PAGE);
	return NULL;
}

static void start_waiter(struct waiter *w, int fd, void *(*fn)(void *))
{
	w->to = watched(fd, 1);
	CHECK_EQ(pipe(w->pipes), 0);
	CHECK_EQ(write(w->pipes[1], "0123456789", 10), 10);
	CHECK_EQ(pthread_create(&w->thread, NULL, fn, w), 0);
	CHECK_FAULT(fd, w->to, UFFD_PAGEFAULT_FLAG_WRITE);
}

static long end_waiter(struct waiter *w, int fd)
{
	CHECK_EQ(uffd_copy(fd, w->to, page_of('k'), PAGE), 0);
	CHECK_EQ(pthread_join(w->thread, NULL), 0);
	return w->ret;
}

TEST(a_fault_in_a_system_call_sleeps_like_any_other)
{
	int fd = uffd_open(0, 0);
	struct waiter w;

	start_waiter(&w, fd, read_pipe);
	wait_for_state(w.tid, 'S');
	CHECK_EQ(end_waiter(&w, fd), 10);
}

TEST(a_call_that_asks_for_pages_sleeps_undisturbed)
{
	int fd = uffd_open(0, 0);
	struct waiter w;

	start_waiter(&w, fd, lock_page);
	wait_for_state(w.tid, 'D');
	CHECK_EQ(end_waiter(&w, fd), 0);
}

/* It cannot be handled there, but the fault starts again. */
TEST(a_signal_in_the_middle_of_a_system_call)
{
	int fd = uffd_open(0, 0);
	struct waiter w;

	signal(SIGUSR1, on_alarm);
	start_waiter(&w, fd, read_pipe);
	CHECK_EQ(pthread_kill(w.thread, SIGUSR1), 0);
	CHECK_FAULT(fd, w.to, UFFD_PAGEFAULT_FLAG_WRITE);
	CHECK_EQ(alarms, 0);
	CHECK_EQ(end_waiter(&w, fd), 10);
	CHECK_EQ(alarms, 1);
	CHECK_EQ(w.to[9], '9');
	CHECK_EQ(w.to[10], 'k');
}

TEST(exec_leaves_the_pager_behind)
{
	int fd = uffd_open(0, 0), pipes[2], status;
	char *p, byte;
	pid_t pid;

	CHECK_EQ(pipe(pipes), 0);
	pid = vfork(); /* the same memory, until it executes */
	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	p = watched(fd, 1);
	/* a child that makes a pager, gives it to nobody, and executes another program */
	pid = fork();
	if (pid == 0) {
		int own = uffd_open(0, 0);

		watched(own, 1);
		CHECK_EQ(write(pipes[1], "x", 1), 1);
		execl("/proc/self/exe", "uffd_events", "-l", NULL);
		_exit(2);
	}
	CHECK_EQ(read(pipes[0], &byte, 1), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(uffd_copy(fd, p, page_of('e'), PAGE), 0);
	CHECK_EQ(p[0], 'e');
}

TEST(the_pager_may_be_another_process)
{
	int fd = uffd_open(0, 0), pipes[2];
	char *p = watched(fd, 4);
	pid_t pid;
	int i;

	CHECK_EQ(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < 4; i++) {
			struct uffd_msg msg = read_msg(fd);
			void *at = (void *)(unsigned long)msg.arg.pagefault.address;

			CHECK_EQ(uffd_copy(fd, at, page_of('0' + i), PAGE), 0);
		}
		_exit(0);
	}
	for (i = 3; i >= 0; i--)
		CHECK_EQ(p[i * PAGE], '3' - i);
	CHECK_CHILD(pid);
}
