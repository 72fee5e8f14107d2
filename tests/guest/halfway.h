/*
 * Being there while process_vm_readv or writev copies: a process of real-time priority looks at the
 * pages in short intervals. When the first one was written and the last one was not, the caller is
 * in the middle of its call, and does not go on unless the watcher waits.
 */
#ifndef TESTS_GUEST_HALFWAY_H
#define TESTS_GUEST_HALFWAY_H

#include "maps.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/uio.h>

#define HALFWAY_PAGES  1024UL
#define HALFWAY_BYTES  (HALFWAY_PAGES * P)
#define HALFWAY_LAST   (HALFWAY_BYTES - P)
#define HALFWAY_ROUNDS 30 /* the call may be over before anybody looks */
#define HALFWAY_MISSED 2  /* exit status of such a watcher */
#define OLD_BYTE       'o'
#define NEW_BYTE       0

static int halfway_ready[2], halfway_over[2];

static void set_fifo(int priority)
{
	struct sched_param param = {priority};

	if (sched_setscheduler(0, SCHED_FIFO, &param))
		SKIP("not root");
}

/* In the watcher. Returns in the middle of the call that writes to m. */
static void wait_until_halfway(const volatile char *m)
{
	CHECK(write(halfway_ready[1], "x", 1) == 1);
	while (m[0] == OLD_BYTE)
		usleep(1);
	if (m[HALFWAY_LAST] != OLD_BYTE)
		_exit(HALFWAY_MISSED);
}

/* In the watcher: until the call has ended. */
static void wait_until_over(void)
{
	char x;

	CHECK_EQ(read(halfway_over[0], &x, 1), 0);
}

/* Call nr, process_vm_readv or writev, on the memory of a child that does watch(m, arg), where m
   are the pages that are being written. Whether it came in time. */
static int call_halfway(int nr, char *local, char *remote, void (*watch)(char *m, int arg), int arg)
{
	char *m = nr == SYS_process_vm_writev ? remote : local, x;
	struct iovec here = {local, HALFWAY_BYTES}, there = {remote, HALFWAY_BYTES};
	int status;
	pid_t pid;

	memset(m, OLD_BYTE, HALFWAY_BYTES);
	CHECK(pipe(halfway_ready) == 0 && pipe(halfway_over) == 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		set_fifo(2);
		close(halfway_over[1]);
		watch(m, arg);
		_exit(0);
	}
	if (m == remote) /* a file can be sealed only if nobody else maps it */
		CHECK(munmap(remote, HALFWAY_BYTES) == 0);
	close(halfway_ready[1]);
	if (read(halfway_ready[0], &x, 1) == 1)
		CHECK_EQ(syscall(nr, pid, &here, 1, &there, 1, 0), HALFWAY_BYTES);
	close(halfway_ready[0]);
	close(halfway_over[1]);
	close(halfway_over[0]);
	CHECK(munmap(local, HALFWAY_BYTES) == 0 && munmap(remote, HALFWAY_BYTES) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	status = WEXITSTATUS(status);
	if (status && status != HALFWAY_MISSED)
		_exit(status); /* it has said why */
	return !status;
}

/* Pages whose first use takes a while, and that hold zeros. */
static char *fresh_pages(int flags)
{
	char *p = mmap(NULL, HALFWAY_BYTES, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

#endif
