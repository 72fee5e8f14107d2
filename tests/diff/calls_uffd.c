/*
 * Page faults handled by the program itself, with --mode uffd: a thread is the monitor of a
 * userfaultfd, and chooses by its own numbers what it answers. It prints nothing: it notes what it
 * read and did, and the main thread asks for the notes, so that they stand at the same place in
 * every run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "diff.h"

#ifndef UFFD_USER_MODE_ONLY
#	define UFFD_USER_MODE_ONLY 1
#endif

enum {
	NOTES = 256,
	STUCK = 8 /* faults at one address, one behind the other */
};

bool uffd;
static bool is_child;
static volatile bool is_open; /* FD_UFFD is a descriptor that the monitor reads */

static struct note {
	const char *what;
	unsigned long a, b, c;
	long ret;
} notes[NOTES];
static volatile int noted;

/* ---- the monitor ---- */

static uint8_t stack[32768] __attribute__((aligned(4096)));
static uint8_t filled[3 * PAGE] __attribute__((aligned(4096)));
static uint32_t numbers;
static unsigned long main_thread, last_address;
static int same_address;

static void note(const char *what, unsigned long a, unsigned long b, unsigned long c, long ret)
{
	if (noted < NOTES)
		notes[noted++] = (struct note){what, a, b, c, ret};
}

static uint32_t monitor_rnd(uint32_t n)
{
	numbers = numbers * 1664525 + 1013904223;
	return (numbers >> 8) % n;
}

static void wake(unsigned long addr)
{
	struct uffdio_range range = {addr, PAGE};

	sys(SYS_ioctl, FD_UFFD, UFFDIO_WAKE, &range);
}

static void answer_copy(unsigned long addr, unsigned long pages)
{
	struct uffdio_copy copy = {.dst = addr,
				   .src = (unsigned long)filled,
				   .len = pages * PAGE,
				   .mode = monitor_rnd(2) ? UFFDIO_COPY_MODE_DONTWAKE : 0};
	long ret;

	memset(filled, 1 + monitor_rnd(255), sizeof(filled));
	ret = sys(SYS_ioctl, FD_UFFD, UFFDIO_COPY, &copy);
	note("copy", addr, pages, copy.copy, ret);
	wake(addr);
}

static void answer_zero(unsigned long addr)
{
	struct uffdio_zeropage zero = {.range = {addr, PAGE},
				       .mode = monitor_rnd(2) ? UFFDIO_ZEROPAGE_MODE_DONTWAKE : 0};
	long ret = sys(SYS_ioctl, FD_UFFD, UFFDIO_ZEROPAGE, &zero);

	note("zeropage", addr, zero.zeropage, 0, ret);
	wake(addr);
}

static void answer_unregister(unsigned long addr)
{
	struct uffdio_range range = {addr, PAGE};

	note("unregister", addr, 0, 0, sys(SYS_ioctl, FD_UFFD, UFFDIO_UNREGISTER, &range));
	wake(addr);
}

/* An answer that leaves the page away brings the fault again: in the end the descriptor is closed,
 * which lets all go on. */
static void answer_fault(unsigned long addr)
{
	uint32_t kind = monitor_rnd(100);

	same_address = addr == last_address ? same_address + 1 : 0;
	last_address = addr;
	if (same_address > STUCK) {
		is_open = false;
		note("close", addr, 0, 0, sys(SYS_close, FD_UFFD));
	} else if (same_address > STUCK / 2 || kind >= 92) {
		answer_unregister(addr);
	} else if (kind < 55) {
		answer_copy(addr, 1);
	} else if (kind < 65) {
		answer_copy(addr, 1 + monitor_rnd(3));
	} else if (kind < 85) {
		answer_zero(addr);
	} else {
		note("wake", addr, 0, 0, 0);
		wake(addr);
	}
}

static void handle(const struct uffd_msg *msg)
{
	switch (msg->event) {
	case UFFD_EVENT_PAGEFAULT:
		note("fault", msg->arg.pagefault.address, msg->arg.pagefault.flags,
		     msg->arg.pagefault.feat.ptid == main_thread,
		     msg->arg.pagefault.feat.ptid == 0);
		answer_fault(msg->arg.pagefault.address & -PAGE);
		break;
	case UFFD_EVENT_FORK:
		note("fork", 0, 0, 0, sys(SYS_close, msg->arg.fork.ufd));
		break;
	case UFFD_EVENT_REMAP:
		note("remap", msg->arg.remap.from, msg->arg.remap.to, msg->arg.remap.len, 0);
		break;
	default:
		note(msg->event == UFFD_EVENT_REMOVE  ? "remove"
		     : msg->event == UFFD_EVENT_UNMAP ? "unmap"
						      : "event",
		     msg->arg.remove.start, msg->arg.remove.end, msg->event, 0);
	}
}

static void read_messages(void)
{
	struct uffd_msg msg;

	while (is_open && sys(SYS_read, FD_UFFD, &msg, sizeof(msg)) == sizeof(msg))
		handle(&msg);
}

static int monitor(void *unused)
{
	struct pollfd fds[2] = {{.fd = FD_ASK_R, .events = POLLIN}, {.events = POLLIN}};
	char byte;

	(void)unused;
	for (;;) {
		fds[1].fd = is_open ? FD_UFFD : -1;
		sys(SYS_poll, fds, 2, -1);
		read_messages();
		if (fds[0].revents && sys(SYS_read, FD_ASK_R, &byte, 1) == 1) {
			read_messages();
			sys(SYS_write, FD_ANSWER_W, &byte, 1);
		}
	}
	return 0;
}

/* ---- the main thread ---- */

void uffd_wait(void)
{
	char byte = 0;

	sys(SYS_write, FD_ASK_W, &byte, 1);
	while (sys(SYS_read, FD_ANSWER_R, &byte, 1) == -EINTR)
		;
}

void uffd_child(void)
{
	uffd_wait();
	is_child = true;
}

static void print_notes(void)
{
	uffd_wait();
	for (int i = 0; i < noted; i++)
		out("  monitor: %s %lx %lx %lx = %ld\n", notes[i].what, notes[i].a, notes[i].b,
		    notes[i].c, notes[i].ret);
	noted = 0;
}

static void pipe_at(int reader, int writer)
{
	int fds[2];

	sys(SYS_pipe, fds);
	sys(SYS_dup2, fds[0], reader);
	sys(SYS_dup2, fds[1], writer);
	sys(SYS_close, fds[0]);
	sys(SYS_close, fds[1]);
}

void uffd_start(unsigned seed)
{
	numbers = seed * 2654435761u;
	main_thread = sys(SYS_gettid);
	pipe_at(FD_ASK_R, FD_ASK_W);
	pipe_at(FD_ANSWER_R, FD_ANSWER_W);
	if (clone(monitor, stack + sizeof(stack),
		  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
		  NULL) < 0)
		out("no monitor\n");
}

/* The monitor looks away before FD_UFFD changes. */
static void let_go(void)
{
	if (!is_open)
		return;
	is_open = false;
	uffd_wait();
	sys(SYS_close, FD_UFFD);
}

static uint64_t any_features(void)
{
	uint64_t features = 0;

	if (chance(8))
		return 1ull << rnd(64);
	if (chance(30))
		features |= UFFD_FEATURE_EVENT_FORK;
	if (chance(50))
		features |= UFFD_FEATURE_EVENT_REMAP;
	if (chance(50))
		features |= UFFD_FEATURE_EVENT_REMOVE;
	if (chance(50))
		features |= UFFD_FEATURE_EVENT_UNMAP;
	if (chance(10))
		features |= UFFD_FEATURE_SIGBUS;
	if (chance(30))
		features |= UFFD_FEATURE_THREAD_ID;
	if (chance(30))
		features |= UFFD_FEATURE_EXACT_ADDRESS;
	return features;
}

static void shake_hands(void)
{
	struct uffdio_api api = {.api = chance(97) ? UFFD_API : rnd(256),
				 .features = any_features()};
	long ret;

	out("uffd: api %llx features %llx", api.api, api.features);
	ret = result(sys(SYS_ioctl, FD_UFFD, UFFDIO_API, &api));
	out("  features %llx ioctls %llx\n", api.features, api.ioctls);
	if (ret == 0 && !is_open) {
		is_open = true;
		uffd_wait(); /* from here on the monitor polls it */
	}
}

static void open_new(void)
{
	int flags = O_NONBLOCK;
	long fd;

	if (chance(50))
		flags |= UFFD_USER_MODE_ONLY;
	if (chance(50))
		flags |= O_CLOEXEC;
	if (chance(5))
		flags |= 1 << rnd(31);
	let_go();
	out("uffd: userfaultfd %x", flags);
	fd = sys(SYS_userfaultfd, flags);
	if (failed(fd)) {
		result(fd);
		return;
	}
	result(0);
	sys(SYS_dup2, fd, FD_UFFD);
	sys(SYS_close, fd);
	if (!(flags & O_NONBLOCK))
		return;
	if (chance(95))
		shake_hands();
}

static void any_target(unsigned long *addr, unsigned long *len)
{
	any_range(addr, len);
	keep_off(addr, len);
	if (chance(60)) {
		*addr &= -PAGE;
		*len = (*len + PAGE - 1) & -PAGE;
	}
}

/* New memory, so that there are pages that miss. */
static void map_new(unsigned long addr, unsigned long len)
{
	unsigned long flags = MAP_FIXED | MAP_ANONYMOUS | (chance(70) ? MAP_PRIVATE : MAP_SHARED);
	unsigned long ret;

	out("uffd: mmap2 %lx %lx flags %lx", addr, len, flags);
	ret = result_addr(sys(SYS_mmap2, addr, len, PROT_READ | PROT_WRITE, flags, -1, 0));
	if (!failed(ret))
		arena_remember(ret, len);
	model_unknown(addr, len);
}

static void do_register(void)
{
	struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	unsigned long addr, len;

	if (chance(60)) {
		addr = ARENA + rnd(ARENA_PAGES) * PAGE;
		len = (1 + rnd(8)) * PAGE;
		map_new(addr, len);
	} else {
		any_target(&addr, &len);
	}
	if (chance(8))
		reg.mode = rnd(16);
	reg.range.start = addr;
	reg.range.len = len;
	out("uffd: register %lx %lx mode %llx", addr, len, reg.mode);
	if (!result(sys(SYS_ioctl, FD_UFFD, UFFDIO_REGISTER, &reg)))
		model_unknown(addr, len);
	out("  ioctls %llx\n", reg.ioctls);
}

/* The ioctls that take a range and nothing else. */
static void do_range(const char *name, unsigned long command)
{
	struct uffdio_range range;
	unsigned long addr, len;

	any_target(&addr, &len);
	range.start = addr;
	range.len = len;
	out("uffd: %s %lx %lx", name, addr, len);
	result(sys(SYS_ioctl, FD_UFFD, command, &range));
}

static void do_copy(void)
{
	static uint8_t data[4 * PAGE] __attribute__((aligned(4096)));
	unsigned long addr, len, src = (unsigned long)data;
	struct uffdio_copy copy = {.mode = chance(85) ? rnd(2) : rnd(8)};

	any_target(&addr, &len);
	if (chance(70) || len > sizeof(data))
		len = (1 + rnd(3)) * PAGE;
	if (chance(10) && !in_vdso(addr, 8 * PAGE))
		src = any_addr();
	memset(data, rnd(256), sizeof(data));
	copy.dst = addr;
	copy.src = src;
	copy.len = len;
	out("uffd: copy to %lx from %s %lx mode %llx", addr,
	    src == (unsigned long)data ? "me" : "there", len, copy.mode);
	result(sys(SYS_ioctl, FD_UFFD, UFFDIO_COPY, &copy));
	out("  copy %lld\n", copy.copy);
	model_unknown(addr, len);
}

static void do_zeropage(void)
{
	struct uffdio_zeropage zero = {.mode = chance(85) ? rnd(2) : rnd(8)};
	unsigned long addr, len;

	any_target(&addr, &len);
	zero.range.start = addr;
	zero.range.len = len;
	out("uffd: zeropage %lx %lx mode %llx", addr, len, zero.mode);
	result(sys(SYS_ioctl, FD_UFFD, UFFDIO_ZEROPAGE, &zero));
	out("  zeropage %lld\n", zero.zeropage);
}

static void do_other(void)
{
	struct uffd_msg msgs[2];
	unsigned long number = _IOC(_IOC_READ | _IOC_WRITE, UFFDIO, rnd(16), 8 + 8 * rnd(5));
	static uint64_t argument[8];

	if (chance(40)) {
		out("uffd: read");
		result(sys(SYS_read, FD_UFFD, msgs, chance(50) ? sizeof(msgs) : rnd(sizeof(msgs))));
		return;
	}
	argument[0] = any_addr();
	argument[1] = PAGE;
	argument[2] = rnd(4);
	out("uffd: ioctl %lx", number);
	result(sys(SYS_ioctl, FD_UFFD, number, argument));
}

static void touch_some(void)
{
	unsigned long addr, len;

	any_target(&addr, &len);
	if (!in_vdso(addr & -PAGE, 6 * PAGE))
		store_pages(addr & -PAGE, 1 + rnd(5));
}

void do_uffd(void)
{
	uint32_t kind = rnd(100);

	if (is_child)
		return;
	if (!is_open && kind < 40)
		open_new();
	else if (kind < 6)
		open_new();
	else if (kind < 30)
		do_register();
	else if (kind < 34)
		do_range("unregister", UFFDIO_UNREGISTER);
	else if (kind < 38)
		do_range("wake", UFFDIO_WAKE);
	else if (kind < 50)
		do_copy();
	else if (kind < 58)
		do_zeropage();
	else if (kind < 61)
		do_other();
	else if (kind < 63)
		shake_hands();
	else
		touch_some();
	print_notes();
}
