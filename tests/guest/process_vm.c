/*
 * process_vm_readv and process_vm_writev: whose memory, which pages, how much of it.
 */
#include "halfway.h"
#include "procfile.h"
#include <sys/resource.h>

#define RW	   (PROT_READ | PROT_WRITE)
#define IOV_LIMIT  1024
#define NO_PROCESS 0x3ffffff

static long readv_of(pid_t pid, const struct iovec *local, unsigned long nlocal,
		     const struct iovec *remote, unsigned long nremote)
{
	return syscall(SYS_process_vm_readv, pid, local, nlocal, remote, nremote, 0);
}

static long writev_of(pid_t pid, const struct iovec *local, unsigned long nlocal,
		      const struct iovec *remote, unsigned long nremote)
{
	return syscall(SYS_process_vm_writev, pid, local, nlocal, remote, nremote, 0);
}

static long read_of(pid_t pid, void *to, void *from, unsigned long n)
{
	struct iovec local = {to, n}, remote = {from, n};

	return readv_of(pid, &local, 1, &remote, 1);
}

static long write_of(pid_t pid, void *from, void *to, unsigned long n)
{
	struct iovec local = {from, n}, remote = {to, n};

	return writev_of(pid, &local, 1, &remote, 1);
}

/* A child that waits for its end. */
static pid_t sleeper(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static long faults(void)
{
	struct rusage usage;

	CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

TEST(reading_what_is_there_is_no_fault)
{
	static char buf[16];
	char *p = anon_at(free_room(3), 3, RW);
	long before;

	p[0] = buf[0] = 1;
	buf[1] = p[P]; /* the zero page */
	before = faults();
	CHECK_EQ(read_of(getpid(), buf, p, sizeof(buf)), 16);
	CHECK_EQ(read_of(getpid(), buf, p + P, sizeof(buf)), 16);
	CHECK_EQ(faults() - before, 0);
	CHECK_EQ(read_of(getpid(), buf, p + 2 * P, sizeof(buf)), 16);
	CHECK_EQ(faults() - before, 1);
}

TEST(memory_of_a_child)
{
	char *p = anon_at(free_room(3), 3, RW), text[16] = "";
	pid_t pid;

	strcpy(p + P - 3, "parent");
	pid = sleeper();
	strcpy(p + P - 3, "mother");
	CHECK_EQ(read_of(pid, text, p + P - 3, 7), 7);
	CHECK_STR(text, "parent");
	CHECK_EQ(write_of(pid, "child!", p + P - 3, 7), 7);
	CHECK_EQ(read_of(pid, text, p + P - 3, 7), 7);
	CHECK_STR(text, "child!");
	CHECK_STR(p + P - 3, "mother");
	/* a page that nobody has touched yet */
	CHECK_EQ(write_of(pid, "new", p + 2 * P, 4), 4);
	CHECK_EQ(read_of(pid, text, p + 2 * P, 4), 4);
	CHECK_STR(text, "new");
	CHECK_EQ(p[2 * P], 0);
	end(pid);
}

TEST(shared_memory_and_files)
{
	int fd = temp_file(1);
	char *s = mmap(NULL, P, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *f = mmap(NULL, 2 * P, RW, MAP_PRIVATE, fd, 0), c = 0;
	pid_t pid = sleeper();

	CHECK_EQ(write_of(pid, "x", s, 1), 1);
	CHECK_EQ(*s, 'x');
	CHECK_EQ(read_of(pid, &c, f, 1), 1);
	CHECK_EQ(c, 'a');
	CHECK_EQ(write_of(pid, "y", f, 1), 1);
	CHECK_EQ(*f, 'a');
	CHECK_ERRNO(read_of(pid, &c, f + P, 1), EFAULT); /* beyond the end */
	end(pid);
}

TEST(several_pieces)
{
	char from[] = "abcdefghij", to[11] = "";
	struct iovec remote[3] = {{from, 2}, {from + 4, 0}, {from + 5, 5}};
	struct iovec local[4] = {{to, 1}, {to + 1, 3}, {NULL, 0}, {to + 4, 6}};

	CHECK_EQ(readv_of(getpid(), local, 4, remote, 3), 7);
	CHECK_STR(to, "abfghij");
	/* the shorter side decides */
	CHECK_EQ(readv_of(getpid(), local, 1, remote, 3), 1);
	CHECK_EQ(writev_of(getpid(), local, 4, remote, 1), 2);
}

TEST(permissions_are_those_of_the_mapping)
{
	char *p = anon_at(free_room(4), 4, RW), c = 'z';

	p[0] = p[P] = p[2 * P] = 'p';
	CHECK(mprotect(p, P, PROT_NONE) == 0);
	CHECK(mprotect(p + P, P, PROT_READ) == 0);
	CHECK(mprotect(p + 2 * P, P, PROT_EXEC) == 0);
	CHECK(mprotect(p + 3 * P, P, PROT_WRITE) == 0);
	CHECK_ERRNO(read_of(getpid(), &c, p, 1), EFAULT);
	CHECK_EQ(read_of(getpid(), &c, p + P, 1), 1);
	CHECK_ERRNO(read_of(getpid(), &c, p + 2 * P, 1), EFAULT);
	CHECK_EQ(c, 'p');
	CHECK_ERRNO(read_of(getpid(), &c, p + 3 * P, 1), EFAULT);
	CHECK_ERRNO(write_of(getpid(), &c, p + P, 1), EFAULT);
	CHECK_EQ(write_of(getpid(), &c, p + 3 * P, 1), 1);
	CHECK_ERRNO(read_of(getpid(), &c, (void *)0xc0100000, 1), EFAULT);
	CHECK_ERRNO(read_of(getpid(), &c, (void *)-1UL, 1), EFAULT);
	CHECK_ERRNO(read_of(getpid(), &c, (void *)P, 1), EFAULT);
}

TEST(what_was_moved_before_an_error_counts)
{
	char *p = anon_at(free_room(3), 2, RW), *q = anon_at(free_room(3), 2, RW), bad[8];
	struct iovec local[2], remote[2];

	CHECK_EQ(read_of(getpid(), q, p + P, 2 * P), P);	 /* the other side ends */
	CHECK_EQ(read_of(getpid(), q + P + 128, p, P), P - 128); /* this side ends */
	CHECK_ERRNO(read_of(getpid(), q + 2 * P, p, 4), EFAULT);
	local[0] = (struct iovec){bad, 4};
	local[1] = (struct iovec){(void *)16, 4};
	remote[0] = (struct iovec){p, 8};
	CHECK_EQ(readv_of(getpid(), local, 2, remote, 1), 4);
	remote[0] = (struct iovec){p, 3};
	remote[1] = (struct iovec){(void *)16, 4};
	local[0] = (struct iovec){bad, 8};
	CHECK_EQ(readv_of(getpid(), local, 1, remote, 2), 3);
	/* what comes after the first bad piece is not looked at */
	remote[0] = (struct iovec){(void *)16, 4};
	remote[1] = (struct iovec){p, 4};
	CHECK_ERRNO(readv_of(getpid(), local, 1, remote, 2), EFAULT);
}

TEST(limits_of_the_vectors)
{
	static struct iovec many[IOV_LIMIT + 1];
	char c, d;
	struct iovec one = {&c, 1}, other = {&d, 1};
	int i;

	for (i = 0; i <= IOV_LIMIT; i++)
		many[i] = one;
	CHECK_ERRNO(readv_of(getpid(), many, IOV_LIMIT + 1, &other, 1), EINVAL);
	CHECK_ERRNO(readv_of(getpid(), &other, 1, many, IOV_LIMIT + 1), EINVAL);
	CHECK_EQ(readv_of(getpid(), &other, 1, many, IOV_LIMIT), 1);
	CHECK_EQ(readv_of(getpid(), many, IOV_LIMIT, &other, 1), 1);
	CHECK_ERRNO(readv_of(getpid(), (void *)8, 1, &other, 1), EFAULT);
	CHECK_ERRNO(readv_of(getpid(), &other, 1, (void *)8, 1), EFAULT);
	one.iov_len = -1UL;
	CHECK_ERRNO(readv_of(getpid(), &one, 1, &other, 1), EINVAL);
	CHECK_ERRNO(readv_of(getpid(), &other, 1, &one, 1), EINVAL);
	one.iov_base = (void *)0xc0000000;
	one.iov_len = 1;
	CHECK_ERRNO(readv_of(getpid(), &one, 1, &other, 1), EFAULT);
	CHECK_ERRNO(syscall(SYS_process_vm_readv, getpid(), &one, 1, &other, 1, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_process_vm_writev, NO_PROCESS, (void *)8, 1, (void *)8, 1, 1),
		    EINVAL);
}

TEST(nothing_to_do_asks_nobody)
{
	char c;
	struct iovec none = {&c, 0}, one = {&c, 1};

	CHECK_EQ(readv_of(NO_PROCESS, NULL, 0, &one, 1), 0);
	CHECK_EQ(readv_of(NO_PROCESS, &none, 1, (void *)8, 1), 0);
	CHECK_EQ(readv_of(NO_PROCESS, &one, 1, NULL, 0), 0);
	CHECK_EQ(readv_of(NO_PROCESS, &one, 1, &none, 1), 0);
	CHECK_ERRNO(readv_of(NO_PROCESS, &one, 1, &one, 1), ESRCH);
	CHECK_ERRNO(readv_of(-1, &one, 1, &one, 1), ESRCH);
	CHECK_ERRNO(readv_of(0, &one, 1, &one, 1), ESRCH);
}

TEST(a_dead_process_has_no_memory)
{
	pid_t pid = fork();
	siginfo_t info;
	char c;

	if (pid == 0)
		_exit(0);
	CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK_ERRNO(read_of(pid, &c, &pid, 1), ESRCH);
	waitpid(pid, NULL, 0);
	CHECK_ERRNO(read_of(pid, &c, &pid, 1), ESRCH);
}

TEST(whose_memory)
{
	pid_t pid = sleeper(), other;
	char c = 'x', *p = &c;

	if (setresuid(1000, 1000, 0)) {
		end(pid);
		SKIP("not root");
	}
	CHECK_ERRNO(read_of(pid, p, p, 1), EPERM);
	CHECK_ERRNO(write_of(pid, p, p, 1), EPERM);
	CHECK_EQ(read_of(getpid(), p, p, 1), 1);
	CHECK(setresuid(0, 0, 0) == 0);
	end(pid);

	/* of the same user, dumpable or not */
	pid = fork();
	if (pid == 0) {
		if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000) ||
		    prctl(PR_SET_DUMPABLE, 1))
			_exit(1);
		other = sleeper();
		CHECK_EQ(read_of(other, p, p, 1), 1);
		end(other);
		other = fork();
		if (other == 0) {
			prctl(PR_SET_DUMPABLE, 0);
			for (;;)
				pause();
		}
		usleep(100000);
		CHECK_ERRNO(read_of(other, p, p, 1), EPERM);
		end(other);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* More than one turn's worth of pages: both kernels take them in pieces. */
TEST(megabytes)
{
	unsigned long i, n = 10UL << 20;
	char *from = anon_at(free_room(n / P), n / P, RW),
	     *to = anon_at(free_room(n / P), n / P, RW);
	pid_t pid;

	for (i = 0; i < n; i += P)
		from[i] = i / P;
	pid = sleeper();
	memset(from, 0, n);
	CHECK_EQ(read_of(pid, to, from, n), n);
	for (i = 0; i < n; i += P)
		CHECK_EQ(to[i], (char)(i / P));
	end(pid);
}

/* A number of /proc/vmstat, of which Linux keeps parts for each processor. */
static long vmstat(const char *name)
{
	CHECK_EQ(try_write("/proc/sys/vm/stat_refresh", "1"), 1);
	return field(slurp("/proc/vmstat"), name);
}

TEST(pages_are_pinned_meanwhile)
{
	char *from = anon_at(free_room(20), 20, RW), *to = anon_at(free_room(20), 20, RW);
	long acquired, released;
	pid_t pid;

	need_root();
	memset(from, 1, 20 * P);
	pid = sleeper();
	acquired = vmstat("nr_foll_pin_acquired ");
	released = vmstat("nr_foll_pin_released ");
	CHECK_EQ(acquired, released);
	CHECK_EQ(read_of(pid, to, from + 1, 19 * P), 19 * P);
	CHECK_EQ(vmstat("nr_foll_pin_acquired ") - acquired, 20);
	CHECK_EQ(vmstat("nr_foll_pin_released ") - released, 20);
	end(pid);
}

/* ---- in the middle of a call ---- */

/* What the call brings after the fork is for this process all the same. */
static void fork_halfway(char *m, int unused)
{
	pid_t child;

	wait_until_halfway(m);
	child = fork();
	if (child == 0) {
		wait_until_over();
		_exit(m[HALFWAY_LAST] == OLD_BYTE ? 0 : CHECK_FAILED);
	}
	for (unsigned long i = 0; i < HALFWAY_BYTES; i += P)
		m[i + 1] = 1;
	wait_until_over();
	for (unsigned long i = 0; i < HALFWAY_BYTES; i += P)
		CHECK_EQ(m[i], NEW_BYTE);
	CHECK_CHILD(child);
}

TEST(a_fork_in_the_middle_takes_nothing_away)
{
	int seen = 0;

	for (int i = 0; i < HALFWAY_ROUNDS && !seen; i++)
		seen = call_halfway(SYS_process_vm_writev, fresh_pages(MAP_PRIVATE),
				    fresh_pages(MAP_PRIVATE), fork_halfway, 0);
}

static void write_halfway(char *m, int source)
{
	wait_until_halfway(m);
	((char *)source)[HALFWAY_LAST] = 'w';
	wait_until_over();
	CHECK_EQ(m[0], 's');
	CHECK_EQ(m[HALFWAY_LAST], 'w');
}

/* A fork before the call has shared the pages: those that are read are the process's own. */
TEST(what_it_writes_in_the_middle_is_read)
{
	int seen = 0;

	for (int i = 0; i < HALFWAY_ROUNDS && !seen; i++) {
		char *copy = fresh_pages(MAP_SHARED), *source = fresh_pages(MAP_PRIVATE);

		memset(source, 's', HALFWAY_BYTES);
		seen = call_halfway(SYS_process_vm_readv, copy, source, write_halfway, (int)source);
	}
}
