/*
 * sigdiff: random calls about signals, faults and what handlers do; options as difftest's
 * (seeds.c),
 * --dense: every frame word by word. See docs/testing.md.
 *
 * Each seed is a number of processes one after the other, each of which makes a few calls and,
 * often enough, dies of one; its parent says how.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "stub.h"

#define USER	    1000
#define CHILD_TIME  4 /* seconds */
#define CHILD_CALLS 24
#define CONTINUES   5 /* after so many stops it is enough */

static void do_fork(void);

static struct family families[] = {
	{"action", do_action, 180},
	{"mask", do_mask, 60},
	{"pending", do_pending, 20},
	{"wait", do_wait, 40},
	{"suspend", do_suspend, 30},
	{"altstack", do_altstack, 70},
	{"send", do_send, 180},
	{"fault", do_fault, 260},
	{"sigreturn", do_bad_sigreturn, 15},
	{"report", do_report, 25},
	{"fork", do_fork, 15},
	{"interrupted", do_interrupted, 20},
};

static volatile long child;
static int depth;

static void on_alarm(int sig)
{
	sys(SYS_kill, child, SIGKILL);
}

static void start_child(void)
{
	static const int likely[] = {SIGSEGV, SIGBUS,  SIGFPE,	SIGILL,
				     SIGTRAP, SIGUSR1, SIGUSR2, 34};
	int n = 4 + rnd(CHILD_CALLS);

	sys(SYS_signal, SIGALRM, SIG_DFL);	   /* that is our parent's */
	sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL); /* nobody who loops outlives the one who waits */
	me = sys(SYS_getpid);
	my_parent = sys(SYS_getppid);
	if (chance(80))
		sys(SYS_setpgid, 0, 0);
	if (!depth++)
		for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++)
			if (chance(85))
				set_handler(likely[i]);
	while (n--)
		one_call();
	do_report();
	out_flush();
	sys(SYS_exit_group, rnd(256));
}

static void wait_for(long pid)
{
	int status = 0, stops = 0;
	long ret;

	for (;;) {
		ret = sys(SYS_wait4, pid, &status, WUNTRACED | __WALL, 0);
		if (ret == -4)
			continue;
		out("\nchild: %x%s\n", status, ret == pid ? "" : " not waited for");
		if (ret != pid || (status & 0xFF) != 0x7F)
			return;
		if (++stops > CONTINUES)
			sys(SYS_kill, pid, SIGKILL);
		sys(SYS_kill, pid, SIGCONT);
	}
}

static uint64_t any_seed(void)
{
	return (uint64_t)rnd32() << 32 | rnd32();
}

/* No signal tells of the child's end: when it would come is up to the scheduler. */
static void do_fork(void)
{
	uint64_t seed = any_seed();
	uint32_t all[2] = {~0u, ~0u}, old[2];
	long self = me, parent = my_parent;

	if (depth > 2 || handler_depth > 1)
		return;
	out("fork\n");
	out_flush();
	sys(SYS_rt_sigprocmask, SIG_BLOCK, all, old, sizeof(all));
	child = sys(SYS_clone, 0, 0, 0, 0, 0);
	if (!child) {
		rnd_seed(seed);
		sys(SYS_rt_sigprocmask, SIG_SETMASK, old, 0, sizeof(old));
		start_child();
	}
	wait_for(child);
	me = self;
	my_parent = parent;
	sys(SYS_rt_sigprocmask, SIG_SETMASK, old, 0, sizeof(old));
}

static int calls;

static void children(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	uint64_t seed;

	sigaction(SIGALRM, &action, NULL);
	while (calls > 0) {
		out("----\n");
		out_flush();
		seed = any_seed();
		sys(SYS_alarm, CHILD_TIME);
		child = sys(SYS_clone, 0, 0, 0, 0, 0);
		if (!child) {
			rnd_seed(seed);
			start_child();
		}
		wait_for(child);
		calls -= CHILD_CALLS / 2;
		calls_made += CHILD_CALLS / 2;
	}
	out_flush();
	sys(SYS_exit_group, 0);
}

static void run_seed(unsigned seed, int how_many)
{
	calls = how_many;
	sys(SYS_setsid);
	stub_init();
	if (seed % 4 == 3 && sys(SYS_setresuid32, USER, USER, USER))
		out("no setresuid\n");
	on_c_stack(children);
}

/* Small numbers of processes would be taken for something else, or the reverse. */
#define FIRST_PID 2000

static void use_up_pids(void)
{
	long pid;

	do {
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	} while (pid > 0 && pid < FIRST_PID);
}

int main(int argc, char **argv)
{
	static const struct tester tester = {
		.place = "/tmp/sigdiff",
		.families = families,
		.count = sizeof(families) / sizeof(families[0]),
		.run = run_seed,
	};

	use_up_pids();
	return seeds_main(&tester, argc, argv);
}
