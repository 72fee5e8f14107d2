/* Signals: sending, masks, queues, actions, waiting for them, and what they do to system calls. */
#include "check.h"
#include <setjmp.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t count, order[16];
static volatile siginfo_t last; /* glibc promises that raise calls nothing of ours */

static void handler(int sig)
{
	order[count % 16] = sig;
	count++;
}

static void info_handler(int sig, siginfo_t *info, void *context)
{
	last = *info;
	handler(sig);
}

static void catch_signal(int sig, int flags)
{
	struct sigaction sa = {.sa_flags = flags};

	if (flags & SA_SIGINFO)
		sa.sa_sigaction = info_handler;
	else
		sa.sa_handler = handler;
	CHECK_EQ(sigaction(sig, &sa, NULL), 0);
}

static void block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

static void unblock(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	CHECK_EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
}

TEST(default_actions)
{
	static const int ignored[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};
	static const int fatal[] = {SIGHUP, SIGPIPE, SIGUSR2,	SIGVTALRM,
				    SIGIO,  SIGPWR,  SIGSTKFLT, 64};
	unsigned i;

	for (i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		CHECK_SIGNAL(raise(ignored[i]), 0);
	for (i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		CHECK_SIGNAL(raise(fatal[i]), fatal[i]);
}

TEST(action_errors)
{
	struct sigaction sa = {.sa_handler = SIG_IGN};

	CHECK_ERRNO(sigaction(0, &sa, NULL), EINVAL);
	CHECK_ERRNO(sigaction(65, &sa, NULL), EINVAL);
	CHECK_ERRNO(sigaction(SIGKILL, &sa, NULL), EINVAL);
	CHECK_ERRNO(sigaction(SIGSTOP, &sa, NULL), EINVAL);
	CHECK_EQ(sigaction(SIGKILL, NULL, &sa), 0);
	CHECK(sa.sa_handler == SIG_DFL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 1, NULL, 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, NULL, 16), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 7, &sa.sa_mask, NULL, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 7, 1, NULL, 8), EFAULT);
	CHECK_EQ(syscall(SYS_rt_sigprocmask, 7, NULL, &sa.sa_mask, 8), 0);
	/* Flags that mean nothing are dropped. */
	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART | 0x400 | 0x20;
	CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	CHECK_EQ(sigaction(SIGUSR1, NULL, &sa), 0);
	CHECK_EQ(sa.sa_flags & ~0x04000000, SA_RESTART);
}

TEST(kill_errors)
{
	CHECK_ERRNO(kill(getpid(), 65), EINVAL);
	CHECK_ERRNO(kill(getpid(), -1), EINVAL);
	CHECK_ERRNO(kill(0x7ffffff, 0), ESRCH);
	CHECK_ERRNO(kill(-0x7ffffff, SIGTERM), ESRCH);
	CHECK_ERRNO(kill((pid_t)0x80000000, SIGTERM), ESRCH);
	CHECK_EQ(kill(getpid(), 0), 0);
	CHECK_ERRNO(syscall(SYS_tkill, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_tgkill, 0, getpid(), 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_tgkill, 1, getpid(), 0), ESRCH);
	CHECK_EQ(syscall(SYS_tgkill, getpid(), getpid(), 0), 0);
	if (getuid() == 0) {
		pid_t pid = fork();

		if (pid == 0) {
			CHECK_EQ(setresuid(1234, 1234, 1234), 0);
			CHECK_ERRNO(kill(getppid(), SIGTERM), EPERM);
			CHECK_ERRNO(kill(getppid(), 0), EPERM);
			CHECK_EQ(kill(getppid(), SIGCONT), 0); /* the same session */
			_exit(0);
		}
		CHECK_CHILD(pid);
	}
}

TEST(siginfo_of_kill)
{
	catch_signal(SIGUSR1, SA_SIGINFO);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(last.si_signo, SIGUSR1);
	CHECK_EQ(last.si_code, SI_USER);
	CHECK_EQ(last.si_pid, getpid());
	CHECK_EQ(last.si_uid, getuid());
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(last.si_code, SI_TKILL);
	union sigval value = {.sival_int = 4711};
	CHECK_EQ(sigqueue(getpid(), SIGUSR1, value), 0);
	CHECK_EQ(last.si_code, SI_QUEUE);
	CHECK_EQ(last.si_value.sival_int, 4711);
	CHECK_EQ(count, 3);
}

TEST(nobody_pretends_to_be_the_kernel)
{
	siginfo_t info = {.si_code = SI_KERNEL};
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, pid, SIGTERM, &info), EPERM);
	info.si_code = SI_TKILL;
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, pid, SIGTERM, &info), EPERM);
	info.si_code = SI_QUEUE;
	CHECK_EQ(syscall(SYS_rt_sigqueueinfo, pid, SIGTERM, &info), 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static int send_code(int sig, int code, int word, int value)
{
	int info[32] = {sig, 0, code};

	if (word)
		info[word] = value;
	return syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), sig, info);
}

/* Behind the fields that the kernel keeps must be nothing, if it does not know the kind. */
TEST(siginfo_of_unknown_kind)
{
	catch_signal(SIGUSR1, SA_SIGINFO);
	CHECK_EQ(send_code(SIGUSR1, -7, 8, 1), 0); /* known: what is behind them is not looked at */
	CHECK_EQ(send_code(SIGUSR1, -60, 31, 1), 0);
	CHECK_EQ(send_code(SIGUSR1, 6, 31, 1), 0); /* as many codes as SIGPOLL has */
	CHECK_EQ(send_code(SIGUSR1, SI_KERNEL, 31, 1), 0);
	CHECK_EQ(((volatile int *)&last)[31], 0);
	CHECK_EQ(count, 4);
	CHECK_ERRNO(send_code(SIGUSR1, -8, 8, 1), E2BIG);
	CHECK_ERRNO(send_code(SIGUSR1, 7, 31, 1), E2BIG);
	CHECK_ERRNO(send_code(SIGCHLD, 7, 31, 1), E2BIG);
	CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, 0, 0, SIGUSR1, NULL),
		    EFAULT); /* before EINVAL */
	CHECK_EQ(send_code(SIGUSR1, 100, 7, 1), 0);
	CHECK_EQ(send_code(SIGUSR1, -100, 0, 0), 0);
	CHECK_EQ(count, 6);
}

static void send_blocked_then_fault(int sig, int code)
{
	block(sig);
	send_code(sig, code, 0, 0);
	__asm__ volatile("ud2");
}

/* What was sent with the code of a fault goes before a fault that comes later, though it is
   blocked; real-time signals are taken for those 32 below (Linux's mask has 32 bits). */
TEST(blocked_signals_with_codes_of_faults)
{
	CHECK_SIGNAL(send_blocked_then_fault(SIGBUS, BUS_ADRERR), SIGBUS);
	CHECK_SIGNAL(send_blocked_then_fault(SIGBUS, SI_QUEUE), SIGILL);
	CHECK_SIGNAL(send_blocked_then_fault(SIGUSR1, 1), SIGILL);
	CHECK_SIGNAL(send_blocked_then_fault(32 + SIGSEGV, 1), 32 + SIGSEGV);
	CHECK_SIGNAL(send_blocked_then_fault(32 + SIGUSR1, 1), SIGILL);
}

/* Standard signals do not count, real-time ones do; low numbers come first. */
TEST(queues)
{
	int i;
	sigset_t set;

	catch_signal(SIGUSR1, 0);
	catch_signal(SIGRTMIN, 0);
	catch_signal(SIGRTMIN + 1, 0);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (i = 0; i < 3; i++) {
		raise(SIGRTMIN + 1);
		raise(SIGRTMIN);
		raise(SIGUSR1);
	}
	sigpending(&set);
	CHECK(sigismember(&set, SIGUSR1) && sigismember(&set, SIGRTMIN));
	CHECK(!sigismember(&set, SIGUSR2));
	sigfillset(&set);
	CHECK_EQ(count, 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(count, 7);
	/* Each handler is set up before the one before it has run: the last one runs first. */
	int usr1 = 0, rt = 0;
	for (i = 0; i < 7; i++) {
		usr1 += order[i] == SIGUSR1;
		rt += order[i] == SIGRTMIN;
	}
	CHECK_EQ(usr1, 1);
	CHECK_EQ(rt, 3);
}

TEST(kill_and_stop_cannot_be_blocked)
{
	sigset_t set;

	sigfillset(&set);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(!sigismember(&set, SIGKILL));
	CHECK(!sigismember(&set, SIGSTOP));
	CHECK(sigismember(&set, SIGTERM));
	CHECK_SIGNAL(raise(SIGKILL), SIGKILL);
}

static sigset_t mask_in_handler;

static void mask_handler(int sig)
{
	sigprocmask(SIG_BLOCK, NULL, &mask_in_handler);
	count++;
}

TEST(masks_in_handlers)
{
	struct sigaction sa = {.sa_handler = mask_handler};
	sigset_t now;

	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK(sigismember(&mask_in_handler, SIGUSR1));
	CHECK(sigismember(&mask_in_handler, SIGUSR2));
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(!sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
	sa.sa_flags = SA_NODEFER;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK(!sigismember(&mask_in_handler, SIGUSR1));
	sa.sa_flags = SA_RESETHAND;
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(count, 3);
	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == SIG_DFL);
	CHECK_SIGNAL(raise(SIGUSR1), SIGUSR1);
}

static volatile int depth, deepest;

static void nested(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (deepest < 5)
		raise(sig);
	depth--;
}

TEST(nested_handlers)
{
	struct sigaction sa = {.sa_handler = nested, .sa_flags = SA_NODEFER};

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(deepest, 5);
	CHECK_EQ(depth, 0);
}

/* Ignoring a pending signal throws it away, even if it is blocked. */
TEST(ignoring_discards)
{
	catch_signal(SIGUSR1, 0);
	block(SIGUSR1);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	catch_signal(SIGUSR1, 0);
	unblock(SIGUSR1);
	CHECK_EQ(count, 0);
}

TEST(blocked_faults_kill)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_SIGNAL(*(volatile int *)4 = 0, SIGSEGV);
	signal(SIGSEGV, SIG_IGN);
	CHECK_SIGNAL(*(volatile int *)4 = 0, SIGSEGV);
	signal(SIGILL, SIG_IGN);
	CHECK_SIGNAL(__asm__ volatile("ud2"), SIGILL);
}

/* ---- waiting ---- */

TEST(sigsuspend_restores_the_mask)
{
	sigset_t empty, now;

	catch_signal(SIGUSR1, 0);
	block(SIGUSR1);
	raise(SIGUSR1);
	CHECK_EQ(count, 0);
	sigemptyset(&empty);
	CHECK_ERRNO(sigsuspend(&empty), EINTR);
	CHECK_EQ(count, 1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1));
	CHECK_ERRNO(syscall(SYS_rt_sigsuspend, &empty, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigsuspend, 1, 8), EFAULT);
}

TEST(sigtimedwait_takes_one)
{
	struct timespec none = {0, 0}, bad = {0, 1000000000}, some = {0, 20000000};
	siginfo_t info;
	sigset_t set;
	union sigval value = {.sival_int = 5};

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERRNO(sigtimedwait(&set, &info, &none), EAGAIN);
	CHECK_ERRNO(sigtimedwait(&set, &info, &some), EAGAIN);
	CHECK_ERRNO(sigtimedwait(&set, &info, &bad), EINVAL);
	sigqueue(getpid(), SIGRTMIN, value);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(sigtimedwait(&set, &info, &none), SIGUSR1);
	CHECK_EQ(info.si_code, SI_USER);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN);
	CHECK_EQ(info.si_value.sival_int, 5);
	if (fork() == 0) {
		usleep(20000);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	catch_signal(SIGCHLD, 0);
	catch_signal(SIGALRM, 0);
	alarm(1);
	CHECK_ERRNO(sigwaitinfo(&set, &info), EINTR);
}

/* ---- interrupted calls ---- */

static void arm(int milliseconds)
{
	struct itimerval it = {{0, 0}, {0, milliseconds * 1000}};

	CHECK_EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
}

TEST(restarted_read)
{
	int fds[2];
	char c;

	CHECK_EQ(pipe(fds), 0);
	catch_signal(SIGALRM, 0);
	arm(30);
	CHECK_ERRNO(read(fds[0], &c, 1), EINTR);
	catch_signal(SIGALRM, SA_RESTART);
	if (fork() == 0) {
		usleep(100000);
		_exit(write(fds[1], "x", 1) != 1);
	}
	arm(30);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(count, 2);
}

TEST(pause_is_never_restarted)
{
	catch_signal(SIGALRM, SA_RESTART);
	arm(30);
	CHECK_ERRNO(pause(), EINTR);
}

TEST(nanosleep_tells_the_rest)
{
	struct timespec want = {5, 0}, rest = {0, 0};

	catch_signal(SIGALRM, SA_RESTART);
	arm(50);
	CHECK_ERRNO(nanosleep(&want, &rest), EINTR);
	CHECK(rest.tv_sec == 4 && rest.tv_nsec > 500000000);
}

/* A stop and continuation restarts a sleep, which then ends on time. */
TEST(nanosleep_goes_on_after_a_stop)
{
	struct timespec want = {0, 300000000}, a, b;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		CHECK_EQ(nanosleep(&want, NULL), 0);
		clock_gettime(CLOCK_MONOTONIC, &b);
		long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
		CHECK(ms >= 299 && ms < 2000);
		_exit(0);
	}
	usleep(50000);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	kill(pid, SIGCONT);
	CHECK_CHILD(pid);
}

/* ---- alarms ---- */

TEST(alarm_counts_down)
{
	struct itimerval it;
	unsigned int left;

	catch_signal(SIGALRM, 0);
	alarm(0); /* the runner set one */
	CHECK_EQ(alarm(100), 0);
	CHECK_EQ(getitimer(ITIMER_REAL, &it), 0);
	CHECK_EQ(it.it_interval.tv_sec, 0);
	CHECK(it.it_value.tv_sec > 50 && it.it_value.tv_sec <= 99);
	left = alarm(0);
	CHECK(left > 50 && left <= 100);
	CHECK_EQ(alarm(0), 0);
	CHECK_EQ(count, 0);
}

TEST(interval_timers)
{
	struct itimerval it = {{0, 20000}, {0, 20000}}, bad = {{0, 0}, {0, 1000000}};

	CHECK_ERRNO(setitimer(3, &it, NULL), EINVAL);
	CHECK_ERRNO(setitimer(ITIMER_REAL, &bad, NULL), EINVAL);
	CHECK_ERRNO(getitimer(9, &it), EINVAL);
	catch_signal(SIGALRM, 0);
	catch_signal(SIGVTALRM, 0);
	catch_signal(SIGPROF, 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
	while (count < 5)
		pause();
	it.it_interval.tv_usec = it.it_value.tv_usec = 0;
	CHECK_EQ(setitimer(ITIMER_REAL, &it, &bad), 0);
	CHECK_EQ(bad.it_interval.tv_usec, 20000);
	count = 0;
	it.it_value.tv_usec = 20000;
	CHECK_EQ(setitimer(ITIMER_VIRTUAL, &it, NULL), 0);
	while (!count)
		;
	CHECK_EQ(order[0], SIGVTALRM);
	CHECK_EQ(setitimer(ITIMER_PROF, &it, NULL), 0);
	while (count < 2)
		;
	CHECK_EQ(order[1], SIGPROF);
}

/* ---- leaving a handler by a jump ---- */

static sigjmp_buf env;

static void jump(int sig)
{
	siglongjmp(env, sig);
}

TEST(siglongjmp_out_of_a_fault)
{
	struct sigaction sa = {.sa_handler = jump};
	volatile int i;

	sigaction(SIGSEGV, &sa, NULL);
	for (i = 0; i < 3; i++) {
		if (sigsetjmp(env, 1) == 0) {
			*(volatile int *)8 = 1;
			CHECK_FAIL("the store did not fault");
		}
	}
	CHECK_EQ(i, 3);
}

/* ---- the old calls ---- */

TEST(old_calls)
{
	unsigned long old;

	catch_signal(SIGUSR1, 0);
	CHECK_EQ(syscall(SYS_sgetmask), 0);
	CHECK_EQ(syscall(SYS_ssetmask, 1 << (SIGUSR1 - 1)), 0);
	raise(SIGUSR1);
	CHECK_EQ(syscall(SYS_sigpending, &old), 0);
	CHECK_EQ(old, 1 << (SIGUSR1 - 1));
	CHECK_EQ(count, 0);
	CHECK_ERRNO(syscall(SYS_sigsuspend, 0, 0, 0), EINTR);
	CHECK_EQ(count, 1);
	CHECK_EQ(syscall(SYS_sgetmask), 1 << (SIGUSR1 - 1));
	unsigned long set = 1 << (SIGUSR1 - 1);
	CHECK_EQ(syscall(SYS_sigprocmask, SIG_UNBLOCK, &set, &old), 0);
	CHECK_EQ(old, set);
	CHECK_EQ(syscall(SYS_sgetmask), 0);
	CHECK_EQ(syscall(SYS_signal, SIGUSR2, handler), 0);
	CHECK_EQ(syscall(SYS_signal, SIGUSR2, handler), (long)handler);
	raise(SIGUSR2);
	CHECK_EQ(count, 2);
	CHECK_SIGNAL(raise(SIGUSR2), SIGUSR2); /* once only */
}
