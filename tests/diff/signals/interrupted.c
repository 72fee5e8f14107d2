/*
 * Calls that wait and are interrupted by a signal: which give EINTR, which are made again.
 *
 * A timer sends SIGALRM again and again until it finds the call waiting. All that come before or
 * after are passed over in silence, so that nobody sees how many there were.
 */
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include "stub.h"

#define TICK_US	      2000
#define INT80_LENGTH  2
#define WOULD_RESTART 512 /* -ERESTARTSYS, which a program never sees */
#define SC_AX	      11
#define SC_IP	      14
#define FOREVER	      1000 /* seconds */

static enum {
	NOTHING,
	WAITS,
	WAS_INTERRUPTED
} state;
static uint32_t call_ip, call_nr;
static int before_call; /* how often the alarm came there */

static void tick(long microseconds)
{
	struct itimerval timer = {{0, microseconds}, {0, microseconds}};

	sys(SYS_setitimer, ITIMER_REAL, &timer, 0);
}

bool alarm_is_early(int sig, uint32_t *sc)
{
	if (state == NOTHING || sig != SIGALRM)
		return false;
	if (state == WAS_INTERRUPTED ||
	    (sc[SC_IP] != call_ip && sc[SC_IP] != call_ip + INT80_LENGTH))
		return true;
	/* the first time it may not have been made yet; the next time it has been made again */
	if (sc[SC_IP] == call_ip && !before_call++)
		return true;
	state = WAS_INTERRUPTED;
	tick(0);
	if (sc[SC_IP] == call_ip && sc[SC_AX] == call_nr) {
		sc[SC_IP] += INT80_LENGTH;
		sc[SC_AX] = -WOULD_RESTART;
	}
	return false;
}

static void wait_for_alarm(void)
{
	static int pipe_ends[2] = {-1, -1};
	uint32_t *set = argument(8), *word = argument(4);
	int32_t *time = argument(8);
	struct pollfd *poll = argument(sizeof(*poll));

	if (pipe_ends[0] < 0)
		sys(SYS_pipe, pipe_ends);
	time[0] = FOREVER;
	time[1] = 0;
	*word = 0;
	set[0] = ~(1u << (SIGALRM - 1));
	set[1] = ~0u;
	*poll = (struct pollfd){.fd = pipe_ends[0], .events = POLLIN};
	const struct {
		const char *name;
		long nr, a, b, c, d, e;
	} all[] =
		{
			{"pause", SYS_pause, 0, 0, 0, 0, 0},
			{"nanosleep", SYS_nanosleep, S(time), 0, 0, 0, 0},
			{"clock_nanosleep", SYS_clock_nanosleep, 1, 0, S(time), 0, 0},
			{"rt_sigsuspend", SYS_rt_sigsuspend, S(set), 8, 0, 0, 0},
			{"rt_sigtimedwait", SYS_rt_sigtimedwait, S(word), 0, S(time), 8, 0},
			{"rt_sigtimedwait, no end", SYS_rt_sigtimedwait, S(set), 0, 0, 8, 0},
			{"read", SYS_read, pipe_ends[0], S(set), 8, 0, 0},
			{"poll", SYS_poll, S(poll), 1, FOREVER * 1000, 0, 0},
			{"select", SYS__newselect, 0, 0, 0, 0, S(time)},
			{"futex", SYS_futex, S(word), FUTEX_WAIT, 0, 0, 0},
			{"futex, timed", SYS_futex, S(word), FUTEX_WAIT, 0, S(time), 0},
		},
	  *call = &PICK(all);

	out("%s", call->name);
	stub_random();
	stub_is_fresh = false; /* who knows where the early ones left their frames */
	stub_in.flags &= ~0x100;
	stub_in.ax = call_nr = call->nr;
	stub_in.bx = call->a;
	stub_in.cx = call->b;
	stub_in.dx = call->c;
	stub_in.si = call->d;
	stub_in.di = call->e;
	call_ip = stub_in.ip;
	stub_code("\xCD\x80", INT80_LENGTH);
	before_call = 0;
	state = WAITS;
	tick(TICK_US);
	result(stub_run(0));
}

void do_interrupted(void)
{
	uint32_t alarm[2] = {1u << (SIGALRM - 1), 0}, fill[2] = {~0u, ~0u}, old[2],
		 none[2] = {0, 0};
	struct {
		void *handler;
		uint32_t flags, restorer, mask[2];
	} action = {handler_a, 0, 0, {0, 0}};

	if (handler_depth)
		return;
	action.flags = (chance(50) ? SA_RESTART : 0) | (chance(50) ? SA_SIGINFO : 0) |
		       (chance(30) ? SA_ONSTACK : 0);
	sys(SYS_rt_sigprocmask, SIG_BLOCK, fill, old, 8);
	sys(SYS_rt_sigaction, SIGALRM, &action, 0, 8);
	sys(SYS_rt_sigprocmask, SIG_UNBLOCK, alarm, 0, 8);
	out("flags %x ", action.flags);
	wait_for_alarm();
	tick(0);
	action.handler = SIG_IGN; /* and forget what still waits */
	sys(SYS_rt_sigaction, SIGALRM, &action, 0, 8);
	state = NOTHING;
	sys(SYS_rt_sigprocmask, SIG_SETMASK, chance(50) ? old : none, 0, 8);
}
