/*
 * Garbage where the kernel looks: frames for sigreturn, alternate stacks, jumps to anywhere, code.
 * The program may end as it likes; the kernel does not, and it gives no rights away.
 */
#include "machine_code.h"
#include <asm/processor-flags.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>

/* Runs f in a child, which may end as it likes within a few seconds. */
static void in_child(void (*f)(void))
{
	struct itimerval soon = {{0, 0}, {0, 300000}};
	int status;
	pid_t pid;

	rnd();
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		setitimer(ITIMER_REAL, &soon, NULL);
		f();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
}

static uint32_t garbage_word(void)
{
	static const uint32_t words[] = {0,	     1,		 USER_CS,    USER_DS,
					 0x60,	     0x68,	 0x33,	     0xffff,
					 0xc0100000, 0xbfffffff, 0xc0000000, 0xffffffff,
					 0x80000000, 0x00023202, 0x00004302, 0x46585346};

	return rnd() % 4 ? words[rnd() % COUNT(words)] : rnd();
}

/* ---- frames for sigreturn ---- */

static void return_from_garbage(void)
{
	uint32_t *frame = (uint32_t *)code_page, nr = rnd() % 2 ? SYS_rt_sigreturn : SYS_sigreturn;
	unsigned int i;

	for (i = 0; i < PAGE / 4; i++)
		frame[i] = garbage_word();
	/* a floating-point state where there may be one */
	for (i = 0; i < 40; i++)
		if (rnd() % 8 == 0)
			frame[i] = (uint32_t)code_page + 1024;
	__asm__ volatile("mov %0, %%esp\n int $0x80\n ud2\n"
			 :
			 : "r"(code_page + 16), "a"(nr)
			 : "memory");
}

TEST(sigreturn_of_garbage)
{
	int i;

	make_code_page();
	for (i = 0; i < 300; i++)
		in_child(return_from_garbage);
}

static void spoil_frame(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint32_t *words = (uint32_t *)uc, *fp = (uint32_t *)uc->uc_mcontext.fpregs;
	int n = 1 + rnd() % 3;

	while (n--) {
		if (rnd() % 3 == 0 && fp)
			fp[rnd() % 156] = garbage_word();
		else
			words[rnd() % 30] = garbage_word();
	}
}

static void return_from_spoilt(void)
{
	struct sigaction sa = {.sa_sigaction = spoil_frame, .sa_flags = SA_SIGINFO};
	volatile double x = 1.5;

	sigaction(SIGUSR1, &sa, NULL);
	x *= 3;
	raise(SIGUSR1);
	x /= 3;
	getppid();
}

TEST(sigreturn_of_spoilt_frames)
{
	int i;

	make_code_page();
	for (i = 0; i < 400; i++)
		in_child(return_from_spoilt);
}

/* Every privilege that a frame could ask for stays the kernel's. */
static volatile uint32_t wanted_flags;

static void ask_for_flags(int sig, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] = wanted_flags;
}

TEST(sigreturn_gives_no_rights)
{
	struct sigaction sa = {.sa_sigaction = ask_for_flags, .sa_flags = SA_SIGINFO};
	uint32_t flags;

	sigaction(SIGUSR1, &sa, NULL);
	wanted_flags = 0xffffffff & ~X86_EFLAGS_TF;
	raise(SIGUSR1);
	__asm__ volatile("pushf\n pop %0\n push $0x202\n popf\n" : "=r"(flags)::"cc", "memory");
	CHECK_EQ(flags & (X86_EFLAGS_IOPL | X86_EFLAGS_VM | X86_EFLAGS_VIF | X86_EFLAGS_VIP |
			  X86_EFLAGS_NT),
		 0);
	wanted_flags = 0;
	raise(SIGUSR1);
	__asm__ volatile("pushf\n pop %0\n" : "=r"(flags)::"memory");
	CHECK_EQ(flags & X86_EFLAGS_IF, X86_EFLAGS_IF);
}

static volatile int spoilt_register;
static volatile uint32_t spoilt_value;

static void spoil_register(int sig, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[spoilt_register] = spoilt_value;
}

static void return_with(int reg, uint32_t value)
{
	struct sigaction sa = {.sa_sigaction = spoil_register, .sa_flags = SA_SIGINFO};

	sigaction(SIGUSR1, &sa, NULL);
	spoilt_register = reg;
	spoilt_value = value;
	raise(SIGUSR1);
}

/* A return that iret refuses; a data segment that cannot be loaded is simply not there. */
TEST(sigreturn_selectors)
{
	CHECK_SIGNAL(return_with(REG_CS, 0), SIGILL);
	CHECK_SIGNAL(return_with(REG_CS, 0x60), SIGILL);
	CHECK_SIGNAL(return_with(REG_CS, USER_DS), SIGILL);
	CHECK_SIGNAL(return_with(REG_CS, 0x80), SIGILL);
	CHECK_SIGNAL(return_with(REG_CS, 0xffff), SIGILL);
	CHECK_SIGNAL(return_with(REG_SS, 0), SIGILL);
	CHECK_SIGNAL(return_with(REG_SS, 0x68), SIGILL);
	CHECK_SIGNAL(return_with(REG_SS, USER_CS), SIGILL);
	CHECK_SIGNAL(return_with(REG_SS, 0xfff7), SIGILL);
	CHECK_SIGNAL(return_with(REG_FS, 0x60), 0);
	CHECK_SIGNAL(return_with(REG_EIP, 0xc0100000), SIGSEGV);
	CHECK_SIGNAL(return_with(REG_ESP, 0xc0100000), SIGSEGV);
}

/* ---- alternate stacks ---- */

static void nothing(int sig)
{
}

static void raise_on_garbage_stack(void)
{
	struct sigaction sa = {.sa_handler = nothing, .sa_flags = SA_ONSTACK};
	uint32_t places[] = {garbage_word(), (uint32_t)code_page,
			     (uint32_t)code_page + (rnd() % PAGE)};
	stack_t stack = {.ss_sp = (void *)places[rnd() % 3],
			 .ss_size = garbage_word(),
			 .ss_flags = rnd() % 8 ? 0 : garbage_word()};

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	raise(SIGUSR1);
}

TEST(alternate_stacks_of_garbage)
{
	int i;

	make_code_page();
	for (i = 0; i < 150; i++)
		in_child(raise_on_garbage_stack);
}

/* ---- jumps and code ---- */

static unsigned long vdso_base;

static void find_vdso(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/maps", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[vdso]"))
			vdso_base = strtoul(line, NULL, 16);
	if (f)
		fclose(f);
}

static void jump_into_vdso(void)
{
	call_code((void *)(vdso_base + rnd() % PAGE));
}

static void jump_anywhere(void)
{
	call_code((void *)(uintptr_t)garbage_word());
}

static void run_garbage(void)
{
	unsigned int i;

	/* no call of the system by chance: kill(-1) would end more than us */
	for (i = 0; i < PAGE; i++)
		do
			code_page[i] = rnd();
		while (code_page[i] == 0x80 || code_page[i] == 0x34);
	call_code(code_page);
}

TEST(jumps_to_anywhere)
{
	int i;

	make_code_page();
	find_vdso();
	for (i = 0; i < 100; i++) {
		in_child(jump_anywhere);
		if (vdso_base)
			in_child(jump_into_vdso);
	}
}

TEST(code_of_garbage)
{
	int i;

	make_code_page();
	for (i = 0; i < 500; i++)
		in_child(run_garbage);
}
