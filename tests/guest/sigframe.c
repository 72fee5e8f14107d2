/* The frames that a handler finds on its stack on i386, word by word, and what sigreturn takes from
 * them. */
#include "check.h"
#include <setjmp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

/* What the kernel calls sigaction and the frames; see arch/x86/include/asm/sigframe.h. */
struct kernel_sigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask[2];
};

struct sigcontext_32 {
	unsigned gs, fs, es, ds, di, si, bp, sp, bx, dx, cx, ax, trapno, err, ip, cs, flags,
		sp_at_signal, ss, fpstate, oldmask, cr2;
};

struct fpstate {
	unsigned cw, sw, tag, ipoff, cssel, dataoff, datasel;
	unsigned char st[80];
	unsigned short status, magic;
	unsigned char fx[512];
};

struct sigframe {
	unsigned pretcode;
	int sig;
	struct sigcontext_32 sc;
	unsigned char unused[624];
	unsigned extramask;
	unsigned char retcode[8];
};

struct rt_sigframe {
	unsigned pretcode;
	int sig;
	unsigned pinfo, puc;
	siginfo_t info;
	struct {
		unsigned flags, link, ss_sp, ss_flags, ss_size;
		struct sigcontext_32 sc;
		unsigned mask[2];
	} uc;
	unsigned char retcode[8];
};

static struct sigframe seen;
static struct rt_sigframe rt_seen;
static unsigned frame_at, seen_ax, seen_cx, seen_dx, seen_flags;
static struct fpstate fp_seen;
static volatile int ran;
static void (*also)(struct sigcontext_32 *sc);

__attribute__((used)) static void old_handler_c(unsigned *frame, unsigned ax, unsigned cx,
						unsigned dx, unsigned flags)
{
	frame_at = (unsigned)frame;
	seen_ax = ax;
	seen_cx = cx;
	seen_dx = dx;
	seen_flags = flags;
	memcpy(&seen, frame, sizeof(seen));
	memcpy(&fp_seen, (void *)seen.sc.fpstate, sizeof(fp_seen));
	ran++;
	if (also)
		also(&((struct sigframe *)frame)->sc);
}

__attribute__((used)) static void rt_handler_c(unsigned *frame, unsigned ax, unsigned cx,
					       unsigned dx, unsigned flags)
{
	frame_at = (unsigned)frame;
	seen_ax = ax;
	seen_cx = cx;
	seen_dx = dx;
	seen_flags = flags;
	memcpy(&rt_seen, frame, sizeof(rt_seen));
	ran++;
	if (also)
		also(&((struct rt_sigframe *)frame)->uc.sc);
}

/* Handlers that hand over the registers as the kernel set them. */
void old_handler(void), rt_handler(void);
__asm__("old_handler: pushfl; pushl %edx; pushl %ecx; pushl %eax; leal 16(%esp), %eax; pushl %eax\n"
	"cld; call old_handler_c; addl $20, %esp; ret\n"
	"rt_handler: pushfl; pushl %edx; pushl %ecx; pushl %eax; leal 16(%esp), %eax; pushl %eax\n"
	"cld; call rt_handler_c; addl $20, %esp; ret\n");

static void install(int sig, void *handler, unsigned long flags, unsigned long mask0,
		    unsigned long mask1)
{
	struct kernel_sigaction sa = {handler, flags, NULL, {mask0, mask1}};

	CHECK_EQ(syscall(SYS_rt_sigaction, sig, &sa, NULL, 8), 0);
}

/* kill(getpid(), sig) with known values in the registers; those after it, for comparison. */
unsigned volatile regs_after[8];

static void kill_with_registers(int sig)
{
	__asm__ volatile("pushl %%ebp\n"
			 "movl $0x11111111, %%edx; movl $0x22222222, %%esi\n"
			 "movl $0x33333333, %%edi; movl $0x44444444, %%ebp\n"
			 "int $0x80\n"
			 "movl %%edx, regs_after; movl %%esi, regs_after+4\n"
			 "movl %%edi, regs_after+8; movl %%ebp, regs_after+12\n"
			 "movl %%eax, regs_after+16\n"
			 "popl %%ebp\n"
			 :
			 : "a"(SYS_kill), "b"(getpid()), "c"(sig)
			 : "edx", "esi", "edi", "memory", "cc");
}

static void check_registers(const struct sigcontext_32 *sc, int sig)
{
	CHECK_EQ(sc->ax, 0); /* kill has returned */
	CHECK_EQ(sc->bx, getpid());
	CHECK_EQ(sc->cx, sig);
	CHECK_EQ(sc->dx, 0x11111111);
	CHECK_EQ(sc->si, 0x22222222);
	CHECK_EQ(sc->di, 0x33333333);
	CHECK_EQ(sc->bp, 0x44444444);
	CHECK_EQ(sc->sp, sc->sp_at_signal);
	CHECK(sc->sp > frame_at && sc->sp < frame_at + 8192);
	CHECK(sc->flags & 0x200);
	CHECK_EQ(sc->cs >> 16, 0);
	CHECK_EQ(sc->ss >> 16, 0);
	CHECK_EQ(sc->cs & 3, 3);
	CHECK_EQ(regs_after[0], 0x11111111);
	CHECK_EQ(regs_after[1], 0x22222222);
	CHECK_EQ(regs_after[2], 0x33333333);
	CHECK_EQ(regs_after[3], 0x44444444);
	CHECK_EQ(regs_after[4], 0);
}

TEST(old_frame)
{
	static const unsigned char code[8] = {0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80};

	install(SIGUSR1, old_handler, 0, 1 << (SIGUSR2 - 1), 1);
	kill_with_registers(SIGUSR1);
	CHECK_EQ(ran, 1);
	CHECK_EQ(frame_at % 16, 12);
	CHECK_EQ(seen.sig, SIGUSR1);
	CHECK_EQ(seen_ax, SIGUSR1);
	CHECK_EQ(seen_cx, 0);
	CHECK_EQ(seen_dx, 0);
	CHECK(memcmp(seen.retcode, code, sizeof(code)) == 0);
	CHECK_EQ(seen.sc.oldmask, 0);
	CHECK_EQ(seen.extramask, 0);
	check_registers(&seen.sc, SIGUSR1);
	CHECK_EQ((seen.sc.fpstate + 112) % 64, 0);
	CHECK(seen.sc.fpstate >= frame_at + sizeof(seen));
	CHECK(seen.sc.fpstate + sizeof(struct fpstate) <= seen.sc.sp);
}

TEST(rt_frame)
{
	static const unsigned char code[8] = {0xb8, 0xad, 0, 0, 0, 0xcd, 0x80, 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, 40);
	sigprocmask(SIG_BLOCK, &set, NULL);
	install(SIGUSR1, rt_handler, SA_SIGINFO, 0, 0);
	kill_with_registers(SIGUSR1);
	CHECK_EQ(ran, 1);
	CHECK_EQ(frame_at % 16, 12);
	CHECK_EQ(rt_seen.sig, SIGUSR1);
	CHECK_EQ(rt_seen.pinfo, frame_at + offsetof(struct rt_sigframe, info));
	CHECK_EQ(rt_seen.puc, frame_at + offsetof(struct rt_sigframe, uc));
	CHECK_EQ(seen_ax, SIGUSR1);
	CHECK_EQ(seen_dx, rt_seen.pinfo);
	CHECK_EQ(seen_cx, rt_seen.puc);
	CHECK(memcmp(rt_seen.retcode, code, sizeof(code)) == 0);
	CHECK_EQ(rt_seen.info.si_signo, SIGUSR1);
	CHECK_EQ(rt_seen.info.si_pid, getpid());
	CHECK_EQ(rt_seen.uc.link, 0);
	CHECK_EQ(rt_seen.uc.ss_flags, SS_DISABLE);
	CHECK_EQ(rt_seen.uc.mask[0], 1 << (SIGHUP - 1));
	CHECK_EQ(rt_seen.uc.mask[1], 1 << (40 - 33));
	CHECK_EQ(rt_seen.uc.sc.oldmask, rt_seen.uc.mask[0]);
	check_registers(&rt_seen.uc.sc, SIGUSR1);
}

/* The handler begins with the direction flag clear; the program's own comes back. */
TEST(flags)
{
	unsigned after;

	install(SIGUSR1, old_handler, 0, 0, 0);
	__asm__ volatile("std; int $0x80; pushfl; cld; popl %0"
			 : "=r"(after)
			 : "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory", "cc");
	CHECK_EQ(ran, 1);
	CHECK(seen.sc.flags & 0x400);
	CHECK(!(seen_flags & 0x400));
	CHECK(after & 0x400);
}

static void change_registers(struct sigcontext_32 *sc)
{
	sc->dx = 0x99999999;
	sc->ax = 0x1234;
}

TEST(sigreturn_restores_what_the_frame_says)
{
	also = change_registers;
	install(SIGUSR1, old_handler, 0, 0, 0);
	kill_with_registers(SIGUSR1);
	CHECK_EQ(regs_after[0], 0x99999999);
	CHECK_EQ(regs_after[4], 0x1234);
	install(SIGUSR1, rt_handler, SA_SIGINFO, 0, 0);
	regs_after[0] = 0;
	kill_with_registers(SIGUSR1);
	CHECK_EQ(regs_after[0], 0x99999999);
	CHECK_EQ(regs_after[4], 0x1234);
}

static sigjmp_buf env;

static void leave(struct sigcontext_32 *sc)
{
	siglongjmp(env, 1);
}

TEST(fault_in_the_frame)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	also = leave;
	install(SIGSEGV, rt_handler, SA_SIGINFO, 0, 0);
	if (sigsetjmp(env, 1) == 0)
		*(volatile char *)0x10 = 1;
	CHECK_EQ(rt_seen.uc.sc.trapno, 14);
	CHECK_EQ(rt_seen.uc.sc.err, 6);
	CHECK_EQ(rt_seen.uc.sc.cr2, 0x10);
	CHECK_EQ((unsigned)rt_seen.info.si_addr, 0x10);
	CHECK_EQ(rt_seen.info.si_code, SEGV_MAPERR);
	CHECK(*page == 0);
	if (sigsetjmp(env, 1) == 0)
		page[5] = 1;
	CHECK_EQ(rt_seen.uc.sc.err, 7);
	CHECK_EQ(rt_seen.uc.sc.cr2, (unsigned)page + 5);
	CHECK_EQ(rt_seen.info.si_code, SEGV_ACCERR);
	install(SIGFPE, rt_handler, SA_SIGINFO, 0, 0);
	if (sigsetjmp(env, 1) == 0)
		__asm__ volatile("xorl %%ecx, %%ecx; idivl %%ecx" ::"a"(1), "d"(0) : "ecx", "cc");
	CHECK_EQ(rt_seen.sig, SIGFPE);
	CHECK_EQ(rt_seen.info.si_code, FPE_INTDIV);
	CHECK_EQ(rt_seen.uc.sc.trapno, 0);
	CHECK_EQ((unsigned)rt_seen.info.si_addr, rt_seen.uc.sc.ip);
	install(SIGTRAP, rt_handler, SA_SIGINFO, 0, 0);
	if (sigsetjmp(env, 1) == 0)
		__asm__ volatile("int3");
	CHECK_EQ(rt_seen.info.si_code, SI_KERNEL);
	CHECK_EQ(rt_seen.uc.sc.trapno, 3);
}

/* ---- floating point ---- */

static void compute(struct sigcontext_32 *sc)
{
	/* A handler has a fresh FPU, and may do with it what it likes. */
	unsigned short cw;
	__asm__ volatile("fnstcw %0" : "=m"(cw));
	CHECK_EQ(cw, 0x37f);
	__asm__ volatile("fldpi; fldpi; fldpi; fmulp; fmulp; fstp %st(0)");
}

TEST(fpu_state_is_kept)
{
	double in = 1.25, out;
	unsigned short cw = 0x27f, cw_after;

	also = compute;
	install(SIGUSR1, old_handler, 0, 0, 0);
	__asm__ volatile("fldcw %2; fldl %1; int $0x80; fstpl %0; fnstcw %3; fninit"
			 : "=m"(out)
			 : "m"(in), "m"(cw), "m"(cw_after), "a"(SYS_kill), "b"(getpid()),
			   "c"(SIGUSR1)
			 : "memory", "st");
	CHECK_EQ(ran, 1);
	CHECK_EQ(cw_after, 0x27f);
	CHECK(out == in);
	CHECK_EQ(fp_seen.cw, 0xffff027f);
	CHECK_EQ(fp_seen.sw & 0xffff3800, 0xffff3800);
	CHECK_EQ(fp_seen.tag, 0xffff3fff);
	CHECK_EQ(fp_seen.magic, 0);
	/* 1.25 = 1.01b * 2^0 */
	CHECK_EQ(fp_seen.st[9] << 8 | fp_seen.st[8], 0x3fff);
	CHECK_EQ(fp_seen.st[7], 0xa0);
}

static void change_fpu(struct sigcontext_32 *sc)
{
	((struct fpstate *)sc->fpstate)->st[7] = 0xc0; /* 1.5 */
}

TEST(fpu_state_can_be_changed)
{
	double in = 1.25, out;

	also = change_fpu;
	install(SIGUSR1, old_handler, 0, 0, 0);
	__asm__ volatile("fldl %1; int $0x80; fstpl %0"
			 : "=m"(out)
			 : "m"(in), "a"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory", "st");
	CHECK(out == 1.5);
}

/* ---- the alternate stack ---- */

static char alternate[32768] __attribute__((aligned(16)));

TEST(alternate_stack)
{
	stack_t ss = {alternate, 0, sizeof(alternate)}, old;

	CHECK_EQ(sigaltstack(&ss, &old), 0);
	CHECK_EQ(old.ss_flags, SS_DISABLE);
	install(SIGUSR1, rt_handler, SA_SIGINFO | SA_ONSTACK, 0, 0);
	kill_with_registers(SIGUSR1);
	CHECK(frame_at > (unsigned)alternate && frame_at < (unsigned)alternate + sizeof(alternate));
	CHECK_EQ(rt_seen.uc.ss_sp, (unsigned)alternate);
	CHECK_EQ(rt_seen.uc.ss_size, sizeof(alternate));
	CHECK_EQ(rt_seen.uc.ss_flags, 0);
	install(SIGUSR1, rt_handler, SA_SIGINFO, 0, 0);
	kill_with_registers(SIGUSR1);
	CHECK(!(frame_at > (unsigned)alternate &&
		frame_at < (unsigned)alternate + sizeof(alternate)));
}

static void on_stack(int sig)
{
	stack_t ss;

	CHECK_EQ(sigaltstack(NULL, &ss), 0);
	CHECK_EQ(ss.ss_flags, SS_ONSTACK);
	CHECK_ERRNO(sigaltstack(&ss, NULL), EPERM);
	ran++;
}

TEST(alternate_stack_rules)
{
	stack_t ss = {alternate, 0, 100}, old;
	struct sigaction sa = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};

	CHECK_ERRNO(sigaltstack(&ss, NULL), ENOMEM);
	ss.ss_flags = 5;
	CHECK_ERRNO(sigaltstack(&ss, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_sigaltstack, 1, NULL), EFAULT);
	ss.ss_flags = 0;
	ss.ss_size = sizeof(alternate);
	CHECK_EQ(sigaltstack(&ss, NULL), 0);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	CHECK_EQ(ran, 1);
	ss.ss_flags = SS_DISABLE;
	CHECK_EQ(sigaltstack(&ss, &old), 0);
	CHECK(old.ss_sp == alternate);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, SS_DISABLE);
}

static sigjmp_buf overflow_env;

static void on_overflow(int sig)
{
	siglongjmp(overflow_env, 1);
}

/* -Winfinite-recursion would be right. */
static volatile int stop_recursion;
static int recurse(int n)
{
	volatile char page[4096];

	page[0] = n;
	return stop_recursion ? page[0] : recurse(n + 1) + page[0];
}

TEST(stack_overflow_is_handled)
{
	stack_t ss = {alternate, 0, sizeof(alternate)};
	struct sigaction sa = {.sa_handler = on_overflow, .sa_flags = SA_ONSTACK};

	CHECK_EQ(sigaltstack(&ss, NULL), 0);
	sigaction(SIGSEGV, &sa, NULL);
	if (sigsetjmp(overflow_env, 1) == 0) {
		recurse(0);
		CHECK_FAIL("the stack had no end");
	}
}

/* Without one, there is no room for the frame either. */
TEST(stack_overflow_kills)
{
	struct sigaction sa = {.sa_handler = on_overflow};

	sigaction(SIGSEGV, &sa, NULL);
	CHECK_SIGNAL(recurse(0), SIGSEGV);
}

/* ---- bad frames ---- */

TEST(no_room_for_a_frame)
{
	install(SIGUSR1, old_handler, 0, 0, 0);
	CHECK_SIGNAL(__asm__ volatile("movl $16, %%esp; int $0x80" ::"a"(SYS_kill), "b"(getpid()),
				      "c"(SIGUSR1)),
		     SIGSEGV);
	CHECK_SIGNAL(__asm__ volatile("movl $0xc0000100, %%esp; int $0x80" ::"a"(SYS_kill),
				      "b"(getpid()), "c"(SIGUSR1)),
		     SIGSEGV);
}

TEST(sigreturn_from_nowhere)
{
	CHECK_SIGNAL(__asm__ volatile("movl $64, %%esp; int $0x80" ::"a"(SYS_sigreturn)), SIGSEGV);
	CHECK_SIGNAL(__asm__ volatile("movl $64, %%esp; int $0x80" ::"a"(SYS_rt_sigreturn)),
		     SIGSEGV);
	CHECK_SIGNAL(__asm__ volatile("movl $0xc0001000, %%esp; int $0x80" ::"a"(SYS_rt_sigreturn)),
		     SIGSEGV);
}

static unsigned selector;

static void bad_cs(struct sigcontext_32 *sc)
{
	sc->cs = selector;
}
static void bad_ss(struct sigcontext_32 *sc)
{
	sc->ss = selector;
}
static void bad_ds(struct sigcontext_32 *sc)
{
	sc->ds = sc->es = sc->fs = sc->gs = selector;
}

/* Selectors that cannot be loaded: a signal, or a null selector, and never more. */
TEST(bad_selectors)
{
	static const unsigned selectors[] = {0x00, 0x03,   0x60,   0x63, 0x68,
					     0x6b, 0xfff8, 0xffff, 0x80, 0x1234};
	unsigned i;

	install(SIGUSR1, old_handler, 0, 0, 0);
	for (i = 0; i < sizeof(selectors) / sizeof(*selectors); i++) {
		pid_t pid;
		int status;

		selector = selectors[i];
		also = bad_cs;
		pid = fork();
		if (pid == 0) {
			kill(getpid(), SIGUSR1);
			_exit(0);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status));
		also = bad_ss;
		pid = fork();
		if (pid == 0) {
			kill(getpid(), SIGUSR1);
			_exit(0);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status));
		also = bad_ds;
		pid = fork();
		if (pid == 0) {
			kill(getpid(), SIGUSR1);
			_exit(0);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status));
	}
}

static void bad_flags(struct sigcontext_32 *sc)
{
	sc->flags |= 0x3000 | 0x20000 | 0x80000 | 0x100000; /* IOPL 3, VM, VIF, VIP */
	sc->flags &= ~0x200;				    /* no interrupts */
}

/* A frame gives no rights. */
TEST(flags_of_a_frame_give_no_rights)
{
	unsigned flags;

	also = bad_flags;
	install(SIGUSR1, old_handler, 0, 0, 0);
	kill_with_registers(SIGUSR1);
	__asm__ volatile("pushfl; popl %0" : "=r"(flags));
	CHECK_EQ(flags & 0x3000, 0);
	CHECK_EQ(flags & 0x20000, 0);
	CHECK(flags & 0x200);
	CHECK_SIGNAL(__asm__ volatile("cli"), SIGSEGV);
}

/* ---- a way back that fails ---- */

static unsigned own_gs;

static void look_and_jump(struct sigcontext_32 *sc)
{
	__asm__ volatile("movl %0, %%gs" ::"r"(own_gs));
	siglongjmp(env, 1);
}

static void spoil_then_look(struct sigcontext_32 *sc)
{
	sc->gs = 0xfff8;  /* no such descriptor */
	sc->fpstate = 64; /* nothing there */
	also = look_and_jump;
}

/* sigreturn tries gs at once, and of an FPU state that it cannot have it makes the initial one. */
TEST(failed_sigreturn)
{
	unsigned short cw = 0x27f;

	__asm__ volatile("movl %%gs, %0" : "=r"(own_gs));
	also = spoil_then_look;
	install(SIGUSR1, rt_handler, SA_SIGINFO, 0, 0);
	install(SIGSEGV, rt_handler, SA_SIGINFO, 0, 0);
	__asm__ volatile("fldcw %0" ::"m"(cw));
	if (!sigsetjmp(env, 1))
		kill(getpid(), SIGUSR1);
	CHECK_EQ(ran, 2);
	CHECK_EQ(rt_seen.sig, SIGSEGV);
	CHECK_EQ(rt_seen.info.si_code, SI_KERNEL);
	CHECK_EQ(rt_seen.uc.sc.gs, 0);
	memcpy(&fp_seen, (void *)rt_seen.uc.sc.fpstate, sizeof(fp_seen));
	CHECK_EQ(fp_seen.cw, 0xffff037f);
}

/* uc_stack has the flags of sigaltstack(2) as they were given, whether the stack is in use or not.
 */
TEST(stack_flags_in_the_frame)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate), .ss_flags = SS_ONSTACK};

	install(SIGUSR1, rt_handler, SA_SIGINFO, 0, 0);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(rt_seen.uc.ss_flags, SS_DISABLE);
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(rt_seen.uc.ss_flags, SS_ONSTACK);
	stack.ss_flags = 0;
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(rt_seen.uc.ss_flags, 0);
}
