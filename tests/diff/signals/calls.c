/*
 * The system calls about signals, with arguments good and bad.
 */
#include <signal.h>
#include <string.h>
#include "stub.h"

#define SIGSET_SIZE	  8
#define MIN_STACK	  2048
#define SA_KNOWN_RESTORER 0x04000000u
#define SS_AUTO_DISARM	  (1u << 31)

/* rt_sigaction's argument; the old call's has its mask second. */
struct action {
	uint32_t handler, flags, restorer, mask[2];
};

int any_signal(void)
{
	static const int favourites[] = {4,  5,	 7,  8,	 11, 11, 11, 7,	 10, 12, 10,
					 12, 17, 18, 20, 23, 28, 14, 13, 31, 6,	 32,
					 33, 34, 35, 63, 64, 15, 2,  1,	 16, 21};
	static const int odd[] = {0, -1, 65, 9, 19, 66, 1000, 9, 19};

	if (chance(3))
		return PICK(odd);
	return chance(85) ? PICK(favourites) : 1 + (int)rnd(64);
}

void random_set(uint32_t set[2])
{
	set[0] = set[1] = 0;
	if (chance(5)) {
		set[0] = set[1] = 0xFFFFFFFF;
		return;
	}
	for (int n = rnd(6); n; n--) {
		int sig = any_signal() - 1;

		if (sig >= 0 && sig < 64)
			set[sig / 32] |= 1u << sig % 32;
	}
	/* faults and the like blocked are a death: not always */
	if (chance(60))
		set[0] &= ~(1u << 10 | 1u << 6 | 1u << 3 | 1u << 7 | 1u << 4);
}

static uint32_t any_handler(void)
{
	static const uint32_t wild[] = {NONE, DATA, 0xC0000000, 2, 0xFFFFFFFF, DATA_END};

	if (chance(75))
		return (uint32_t)(chance(50) ? handler_a : handler_b);
	return chance(90) ? rnd(2) : PICK(wild);
}

static void random_action(struct action *a)
{
	static const uint32_t flags[] = {SA_NOCLDSTOP, SA_NOCLDWAIT, SA_RESTART,	 SA_NODEFER,
					 SA_NODEFER,   SA_RESETHAND, SA_ONSTACK,	 SA_ONSTACK,
					 0x800,	       0x400,	     0x10000000 /* ? */, 0x100};

	a->handler = any_handler();
	a->flags = chance(60) ? SA_SIGINFO : 0;
	for (int n = rnd(4); n; n--)
		a->flags |= PICK(flags);
	a->restorer = 0;
	if (chance(50)) {
		a->flags |= SA_KNOWN_RESTORER;
		a->restorer = (uint32_t)((a->flags & SA_SIGINFO) && chance(97) ? restorer_rt
									       : restorer_old);
	} else if (chance(10)) {
		a->restorer = chance(50) ? DATA : rnd32();
	}
	if (chance(3))
		a->restorer = chance(50) ? 0 : DATA;
	random_set(a->mask);
}

static const char *handler_name(uint32_t handler)
{
	return handler == (uint32_t)handler_a	? "A"
	       : handler == (uint32_t)handler_b ? "B"
						: address(handler);
}

static void print_action(const char *what, const struct action *a)
{
	out(" %s %s flags %x restorer %s mask %08x%08x", what, handler_name(a->handler), a->flags,
	    a->restorer == (uint32_t)restorer_rt    ? "rt"
	    : a->restorer == (uint32_t)restorer_old ? "old"
						    : address(a->restorer),
	    a->mask[1], a->mask[0]);
}

void set_handler(int sig)
{
	struct action a;

	random_action(&a);
	if (a.handler < 2)
		a.handler = (uint32_t)handler_a;
	sys(SYS_rt_sigaction, sig, &a, 0, SIGSET_SIZE);
}

static void do_rt_action(int sig)
{
	static const int sizes[] = {0, 4, 16, -1};
	struct action *act = argument(sizeof(*act)), *old = argument(sizeof(*old));
	void *to = chance(60) ? odd_pointer(old) : NULL,
	     *from = chance(85) ? odd_pointer(act) : NULL;
	int size = chance(97) ? SIGSET_SIZE : PICK(sizes);

	random_action(act);
	out("rt_sigaction %d", sig);
	print_action("", act);
	out(" %p %p %d", from, to, size);
	stub_call(0, SYS_rt_sigaction, sig, S(from), S(to), size, 0);
	if (to == old)
		print_action("   old", old);
}

static void do_old_action(int sig)
{
	struct action a;
	uint32_t *act = argument(16), *old = argument(16);
	void *to = chance(60) ? odd_pointer(old) : NULL,
	     *from = chance(85) ? odd_pointer(act) : NULL;

	random_action(&a);
	act[0] = a.handler;
	act[1] = a.mask[0];
	act[2] = a.flags;
	act[3] = a.restorer;
	out("sigaction %d", sig);
	print_action("", &a);
	out(" %p %p", from, to);
	stub_call(0, SYS_sigaction, sig, S(from), S(to), 0, 0);
	if (to == old) {
		a = (struct action){old[0], old[2], old[3], {old[1], 0}};
		print_action("   old", &a);
	}
}

void do_action(void)
{
	int sig = any_signal(), kind = rnd(10);

	if (kind < 6) {
		do_rt_action(sig);
	} else if (kind < 9) {
		do_old_action(sig);
	} else {
		uint32_t handler = any_handler();

		out("signal %d %s", sig, handler_name(handler));
		stub_call(0, SYS_signal, sig, handler, 0, 0, 0);
	}
	out("\n");
}

void do_mask(void)
{
	static const int hows[] = {0, 1, 2, 0, 1, 2, 1, 1, 3, -1};
	uint32_t *set = argument(8), *old = argument(8);
	void *to = chance(60) ? odd_pointer(old) : NULL,
	     *from = chance(85) ? odd_pointer(set) : NULL;
	int how = PICK(hows), kind = rnd(10);

	random_set(set);
	if (how == 1 && chance(40))
		set[0] = set[1] = 0xFFFFFFFF;
	if (kind < 7) {
		int size = chance(97) ? SIGSET_SIZE : (int)rnd(20);

		out("rt_sigprocmask %d %08x%08x %p %p %d", how, set[1], set[0], from, to, size);
		stub_call(0, SYS_rt_sigprocmask, how, S(from), S(to), size, 0);
	} else if (kind < 9) {
		out("sigprocmask %d %08x %p %p", how, set[0], from, to);
		stub_call(0, SYS_sigprocmask, how, S(from), S(to), 0, 0);
	} else if (chance(50)) {
		out("ssetmask %x", set[0]);
		stub_call(0, SYS_ssetmask, set[0], 0, 0, 0, 0);
	} else {
		out("sgetmask");
		stub_call(0, SYS_sgetmask, 0, 0, 0, 0, 0);
	}
	out("   old %08x%08x\n", old[1], old[0]);
}

void do_pending(void)
{
	uint32_t *set = argument(8);
	void *to = odd_pointer(set);

	if (chance(70)) {
		int size = chance(80) ? SIGSET_SIZE : (int)rnd(20);

		out("rt_sigpending %p %d", to, size);
		stub_call(0, SYS_rt_sigpending, S(to), size, 0, 0, 0);
	} else {
		out("sigpending %p", to);
		stub_call(0, SYS_sigpending, S(to), 0, 0, 0, 0);
	}
	out("   %08x%08x\n", set[1], set[0]);
}

/* The blocked ones that wait, in low[2]. */
static void pending(uint32_t set[2])
{
	set[0] = set[1] = 0;
	sys(SYS_rt_sigpending, set, SIGSET_SIZE);
}

void do_wait(void)
{
	static const int32_t times[][2] = {{0, 0},  {0, 1000}, {0, 1000000},	{0, 0},
					   {-1, 0}, {0, -1},   {0, 1000000000}, {0, 999999}};
	uint32_t *set = argument(8), *info = argument(128), waiting[2];
	int32_t *time = argument(16);
	void *to = chance(80) ? odd_pointer(info) : NULL, *from = odd_pointer(set),
	     *until = odd_pointer(time);
	int size = chance(97) ? SIGSET_SIZE : (int)rnd(20), which = rnd(8);
	bool time64 = chance(40);

	random_set(set);
	pending(waiting);
	if (chance(60)) {
		set[0] |= waiting[0];
		set[1] |= waiting[1];
	}
	if (((set[0] & waiting[0] & ~0x40100) || (set[1] & waiting[1])) && chance(20) &&
	    from == set)
		until = NULL;
	time[0] = times[which][0];
	time[time64 ? 2 : 1] = times[which][1];
	if (time64)
		time[1] = time[3] = times[which][0] < 0 ? -1 : 0;
	out("rt_sigtimedwait%s %08x%08x %p %p %p %d,%d %d", time64 ? "64" : "", set[1], set[0],
	    from, to, until, times[which][0], times[which][1], size);
	if (stub_call(0, time64 ? SYS_rt_sigtimedwait_time64 : SYS_rt_sigtimedwait, S(from), S(to),
		      S(until), size, 0) > 0)
		print_siginfo(info);
	out("\n");
}

/* Only with something pending that ends the wait. */
void do_suspend(void)
{
	uint32_t *set = argument(8), waiting[2];
	int sig, kind = rnd(10);
	struct action now;

	pending(waiting);
	if (kind < 8 && !waiting[0] && !waiting[1]) {
		uint32_t all[2] = {0xFFFFFFFF, 0xFFFFFFFF};

		sys(SYS_rt_sigprocmask, 0, all, 0, SIGSET_SIZE);
		sys(SYS_tkill, me, chance(50) ? 10 : 34);
		pending(waiting);
	}
	random_set(set);
	if (kind == 9) {
		out("rt_sigsuspend, bad");
		if (chance(50))
			stub_call(0, SYS_rt_sigsuspend, S(set), rnd(8), 0, 0, 0);
		else
			stub_call(0, SYS_rt_sigsuspend, NONE, SIGSET_SIZE, 0, 0, 0);
		return;
	}
	sig = waiting[0]   ? __builtin_ctz(waiting[0]) + 1
	      : waiting[1] ? __builtin_ctz(waiting[1]) + 33
			   : 0;
	if (!sig || sys(SYS_rt_sigaction, sig, 0, &now, SIGSET_SIZE) || now.handler < 2)
		return;
	set[(sig - 1) / 32] &= ~(1u << (sig - 1) % 32);
	out("sigsuspend %d: %08x%08x", sig, set[1], set[0]);
	if (kind < 6)
		stub_call(0, SYS_rt_sigsuspend, S(set), SIGSET_SIZE, 0, 0, 0);
	else if (sig <= 32)
		stub_call(0, SYS_sigsuspend, 0, 0, set[0], 0, 0);
	else
		out(" not\n");
}

void do_altstack(void)
{
	static const uint32_t modes[] = {0,
					 SS_AUTO_DISARM,
					 SS_DISABLE,
					 SS_ONSTACK,
					 0,
					 0,
					 3,
					 4,
					 SS_AUTO_DISARM | SS_DISABLE,
					 0x40000000,
					 SS_AUTO_DISARM};
	static const uint32_t sizes[] = {ALT_SIZE,	ALT_SIZE, ALT_SIZE, MIN_STACK,
					 MIN_STACK - 1, 0,	  1000,	    3 * PAGE,
					 0xFFFFFFFF,	4096,	  8192};
	static const uint32_t bases[] = {ALT,  ALT, ALT,       ALT,	   ALT + 4, ALT + 64,
					 NONE, 0,   STACK_LOW, 0xBFFFF000, ALT + 3};
	uint32_t *new = argument(12), *old = argument(12);
	void *to = chance(60) ? odd_pointer(old) : NULL,
	     *from = chance(85) ? odd_pointer(new) : NULL;

	new[0] = chance(65) ? ALT : PICK(bases);
	new[1] = PICK(modes);
	new[2] = chance(50) ? ALT_SIZE : PICK(sizes);
	out("sigaltstack %x %x %x %p %p", new[0], new[1], new[2], from, to);
	stub_call(0, SYS_sigaltstack, S(from), S(to), 0, 0, 0);
	out("   old %x %x %x\n", old[0], old[1], old[2]);
}

static void random_siginfo(uint32_t *info, int sig)
{
	static const int codes[] = {-1, -1, -2, -3, -4,	  -6, -6, -7,  -60,
				    0,	1,  2,	3,  0x80, 4,  7,  100, -100};

	memset(info, 0, 128);
	info[0] = chance(90) ? (uint32_t)sig : rnd32();
	info[1] = rnd(3);
	info[2] = PICK(codes);
	for (int i = 3; i < 8; i++)
		info[i] = rnd32();
	if (chance(30))
		info[8 + rnd(24)] = rnd32();
}

static void send_info(int sig)
{
	uint32_t *info = argument(128);
	void *from = odd_pointer(info);

	random_siginfo(info, sig);
	out("%d code %d", sig, info[2]);
	if (chance(50)) {
		out(" rt_sigqueueinfo %p", from);
		stub_call(1, SYS_rt_sigqueueinfo, me, sig, S(from), 0, 0);
	} else {
		out(" rt_tgsigqueueinfo %p", from);
		stub_call(3, SYS_rt_tgsigqueueinfo, me, me, sig, S(from), 0);
	}
}

static void send_bad(int sig)
{
	static const long nobody[] = {0, -1, 0x7FFFFFFF, 99999999};
	long whom = PICK(nobody);

	out("nobody %ld %d", whom, sig);
	if (chance(50))
		stub_call(0, SYS_tkill, whom, sig, 0, 0, 0);
	else
		stub_call(chance(50) ? 1 : 0, SYS_tgkill, whom, whom, sig, 0, 0);
}

void do_send(void)
{
	int sig = any_signal(), kind = rnd(20);

	/* what does not become blocked, often enough, for do_wait and do_suspend */
	if (chance(30)) {
		uint32_t set[2] = {0, 0};

		if (sig > 0 && sig <= 64)
			set[(sig - 1) / 32] = 1u << (sig - 1) % 32;
		sys(SYS_rt_sigprocmask, 0, set, 0, SIGSET_SIZE);
	}
	if (kind < 6) {
		out("kill %d", sig);
		stub_call(1, SYS_kill, me, sig, 0, 0, 0);
	} else if (kind < 9) {
		out("tkill %d", sig);
		stub_call(1, SYS_tkill, me, sig, 0, 0, 0);
	} else if (kind < 12) {
		out("tgkill %d", sig);
		stub_call(3, SYS_tgkill, me, me, sig, 0, 0);
	} else if (kind < 19) {
		send_info(sig);
	} else {
		send_bad(sig);
	}
}

/* What the kernel knows: the mask, what waits, the alternate stack, and a few actions. */
void do_report(void)
{
	uint32_t set[2] = {0, 0}, waiting[2], stack[3];
	struct action a;

	sys(SYS_rt_sigprocmask, 0, 0, set, SIGSET_SIZE);
	pending(waiting);
	sys(SYS_sigaltstack, 0, stack);
	out("report: blocked %08x%08x waiting %08x%08x stack %x %x %x\n", set[1], set[0],
	    waiting[1], waiting[0], stack[0], stack[1], stack[2]);
	for (int sig = 1; sig <= 64; sig++) {
		memset(&a, 0, sizeof(a));
		sys(SYS_rt_sigaction, sig, 0, &a, SIGSET_SIZE);
		if (!a.handler && !a.flags)
			continue;
		out("   %d", sig);
		print_action("", &a);
	}
	out("\n");
}
