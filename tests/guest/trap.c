/*
 * What a program can do to the processor: forbidden instructions, exceptions of every kind,
 * selectors, flags, stack pointers. Each ends by Linux's signal or not at all.
 *
 * Left out is what an emulator does not do as a processor does: segment limits, some exceptions of
 * the FPU. `trap -p` prints what each of the instructions gives, for comparing two systems.
 */
#define CHECK_NO_MAIN
#include "machine_code.h"
#include "paging.h"
#include <asm/ldt.h>
#include <asm/processor-flags.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>

/* ---- single instructions ---- */

#define NO_SIGNAL 0

struct trap {
	const char *name;
	const char *code; /* machine code; a return comes behind it */
	unsigned int length;
	/* What Linux makes of it. */
	int signal, si_code, trapno;
	unsigned int err;
};

#define CODE(NAME, BYTES, SIGNAL, SI_CODE, TRAPNO, ERR)                      \
	{                                                                    \
		NAME, BYTES, sizeof(BYTES) - 1, SIGNAL, SI_CODE, TRAPNO, ERR \
	}

/* clang-format off */
static const struct trap traps[] = {
	CODE("hlt", "\xf4", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("cli", "\xfa", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("sti", "\xfb", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("in al, dx", "\xec", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("in eax, 0x64", "\xe5\x64", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("out dx, al", "\xee", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("out 0x64, al", "\xe6\x64", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("rep insb", "\xf3\x6c", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("rep outsb", "\xf3\x6e", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("mov eax, cr0", "\x0f\x20\xc0", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("mov cr3, eax", "\x0f\x22\xd8", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("mov eax, dr7", "\x0f\x21\xf8", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("mov dr0, eax", "\x0f\x23\xc0", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("lgdt [esp]", "\x0f\x01\x14\x24", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("lidt [esp]", "\x0f\x01\x1c\x24", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("lmsw ax", "\x0f\x01\xf0", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("invlpg [esp]", "\x0f\x01\x3c\x24", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("lldt ax", "\x0f\x00\xd0", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("ltr ax", "\x0f\x00\xd8", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("clts", "\x0f\x06", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("invd", "\x0f\x08", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("wbinvd", "\x0f\x09", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("rdmsr", "\x0f\x32", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("wrmsr", "\x0f\x30", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("rdtsc", "\x0f\x31", NO_SIGNAL, 0, 0, 0),
	CODE("sgdt", "\x0f\x01\x44\x24\xc0", NO_SIGNAL, 0, 0, 0),
	CODE("rsm", "\x0f\xaa", SIGILL, ILL_ILLOPN, 6, 0),
	CODE("ud2", "\x0f\x0b", SIGILL, ILL_ILLOPN, 6, 0),
	CODE("lock nop", "\xf0\x90", SIGILL, ILL_ILLOPN, 6, 0),
	CODE("mov cs, ax", "\x8e\xc8", SIGILL, ILL_ILLOPN, 6, 0),
	CODE("int3", "\xcc", SIGTRAP, SI_KERNEL, 3, 0),
	CODE("int 3", "\xcd\x03", SIGTRAP, SI_KERNEL, 3, 0),
	CODE("into, no overflow", "\x31\xc0\xce", NO_SIGNAL, 0, 0, 0),
	CODE("into", "\xb0\x7f\x04\x01\xce", SIGSEGV, SI_KERNEL, 4, 0),
	CODE("bound", "\x6a\x05\x6a\x00\xb8\x06\x00\x00\x00\x62\x04\x24", SIGSEGV, SI_KERNEL, 5, 0),
	CODE("div by 0", "\x31\xc9\xf7\xf1", SIGFPE, FPE_INTDIV, 0, 0),
	CODE("div overflow", "\x31\xc9\x41\xba\x05\x00\x00\x00\xf7\xf1", SIGFPE, FPE_INTDIV, 0, 0),
	CODE("idiv overflow", "\xb8\x00\x00\x00\x80\x99\x83\xc9\xff\xf7\xf9", SIGFPE, FPE_INTDIV, 0, 0),
	CODE("aam 0", "\xd4\x00", SIGFPE, FPE_INTDIV, 0, 0),
	CODE("int 0", "\xcd\x00", SIGSEGV, SI_KERNEL, 13, 0x02),
	CODE("int 1", "\xcd\x01", SIGSEGV, SI_KERNEL, 13, 0x0a),
	CODE("int 2", "\xcd\x02", SIGSEGV, SI_KERNEL, 13, 0x12),
	CODE("int 8", "\xcd\x08", SIGSEGV, SI_KERNEL, 13, 0x42),
	CODE("int 13", "\xcd\x0d", SIGSEGV, SI_KERNEL, 13, 0x6a),
	CODE("int 14", "\xcd\x0e", SIGSEGV, SI_KERNEL, 13, 0x72),
	CODE("int 32", "\xcd\x20", SIGSEGV, SI_KERNEL, 13, 0x102),
	CODE("int 0x7f", "\xcd\x7f", SIGSEGV, SI_KERNEL, 13, 0x3fa),
	CODE("int 0x81", "\xcd\x81", SIGSEGV, SI_KERNEL, 13, 0x40a),
	CODE("int 255", "\xcd\xff", SIGSEGV, SI_KERNEL, 13, 0x7fa),
	CODE("ds = kernel data", "\xb8\x68\x00\x00\x00\x8e\xd8", SIGSEGV, SI_KERNEL, 13, 0x68),
	CODE("es = TSS", "\xb8\x80\x00\x00\x00\x8e\xc0", SIGSEGV, SI_KERNEL, 13, 0x80),
	CODE("fs = beyond the GDT", "\xb8\xfb\xff\x00\x00\x8e\xe0", SIGSEGV, SI_KERNEL, 13, 0xfff8),
	CODE("gs = in the LDT", "\xb8\x07\x00\x00\x00\x8e\xe8", SIGSEGV, SI_KERNEL, 13, 0x04),
	CODE("gs = empty TLS", "\xb8\x43\x00\x00\x00\x8e\xe8", SIGSEGV, SI_KERNEL, 13, 0x40),
	CODE("ss = 0", "\x31\xc0\x8e\xd0", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("ss = code", "\xb8\x73\x00\x00\x00\x8e\xd0", SIGSEGV, SI_KERNEL, 13, 0x70),
	CODE("ss = user data with rpl 0", "\xb8\x78\x00\x00\x00\x8e\xd0", SIGSEGV, SI_KERNEL, 13, 0x78),
	CODE("jmp to kernel code", "\xea\x00\x00\x10\xc0\x60\x00", SIGSEGV, SI_KERNEL, 13, 0x60),
	CODE("call to kernel code", "\x9a\x00\x00\x10\xc0\x60\x00", SIGSEGV, SI_KERNEL, 13, 0x60),
	CODE("jmp to TSS", "\xea\x00\x00\x00\x00\x80\x00", SIGSEGV, SI_KERNEL, 13, 0x80),
	CODE("call to TSS", "\x9a\x00\x00\x00\x00\x80\x00", SIGSEGV, SI_KERNEL, 13, 0x80),
	CODE("jmp to the double fault's TSS", "\xea\x00\x00\x00\x00\xf8\x00", SIGSEGV, SI_KERNEL, 13, 0xf8),
	CODE("jmp to data", "\xea\x00\x00\x00\x00\x7b\x00", SIGSEGV, SI_KERNEL, 13, 0x78),
	CODE("jmp to 0:0", "\xea\x00\x00\x00\x00\x00\x00", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("lcall 7, 0", "\x9a\x00\x00\x00\x00\x07\x00", SIGSEGV, SI_KERNEL, 13, 0x04),
	CODE("retf to kernel code", "\x6a\x60\x6a\x00\xcb", SIGSEGV, SI_KERNEL, 13, 0x60),
	CODE("iret to kernel code", "\x6a\x00\x6a\x60\x6a\x00\xcf", SIGSEGV, SI_KERNEL, 13, 0x60),
	CODE("iret with the nested-task flag", "\x9c\x58\x80\xcc\x40\x50\x9d\x6a\x00\x6a\x00\x6a\x00\xcf", SIGSEGV, SI_KERNEL, 10, 0),
	CODE("mov eax, [0]", "\xa1\x00\x00\x00\x00", SIGSEGV, SEGV_MAPERR, 14, 4),
	CODE("mov [0], eax", "\xa3\x00\x00\x00\x00", SIGSEGV, SEGV_MAPERR, 14, 6),
	CODE("mov eax, [0xc0100000]", "\xa1\x00\x00\x10\xc0", SIGSEGV, SEGV_MAPERR, 14, 5),
	CODE("mov [0xc0100000], eax", "\xa3\x00\x00\x10\xc0", SIGSEGV, SEGV_MAPERR, 14, 7),
	CODE("mov [0xffffffff], al", "\xa2\xff\xff\xff\xff", SIGSEGV, SEGV_MAPERR, 14, 7),
	CODE("mov [0xc0000000], al", "\xa2\x00\x00\x00\xc0", SIGSEGV, SEGV_MAPERR, 14, 7),
	CODE("jmp 0", "\x31\xc0\xff\xe0", SIGSEGV, SEGV_MAPERR, 14, 4),
	CODE("jmp 0xc0100000", "\xb8\x00\x00\x10\xc0\xff\xe0", SIGSEGV, SEGV_MAPERR, 14, 5),
	CODE("jmp 0xffffffff", "\xb8\xff\xff\xff\xff\xff\xe0", SIGSEGV, SEGV_MAPERR, 14, 5),
	CODE("push with esp = 0", "\x31\xe4\x50", SIGSEGV, SEGV_MAPERR, 14, 7),
	CODE("push with esp = 0x1000", "\xbc\x00\x10\x00\x00\x50", SIGSEGV, SEGV_MAPERR, 14, 6),
	CODE("single step", "\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x90\x90", SIGTRAP, TRAP_TRACE, 1, 0),
	CODE("single step over int 0x80", "\xb8\x14\x00\x00\x00\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\xcd\x80\x90", SIGTRAP, TRAP_TRACE, 1, 0),
	CODE("popf with everything but TF", "\x68\xff\xfe\x3f\x00\x9d\x68\x02\x02\x00\x00\x9d", NO_SIGNAL, 0, 0, 0),
	CODE("iopl 3", "\x9c\x81\x0c\x24\x00\x30\x00\x00\x9d\xfa", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("x87: 1 / 0", "\xdb\xe3\x68\x7b\x03\x00\x00\xd9\x2c\x24\xd9\xe8\xd9\xee\xde\xf9\x9b\x58", SIGFPE, FPE_FLTDIV, 16, 0),
	CODE("x87: 0 / 0", "\xdb\xe3\x68\x7e\x03\x00\x00\xd9\x2c\x24\xd9\xee\xd9\xee\xde\xf9\x9b\x58", SIGFPE, FPE_FLTINV, 16, 0),
	CODE("x87: pi is inexact", "\xdb\xe3\x68\x5f\x03\x00\x00\xd9\x2c\x24\xd9\xeb\xd9\x1c\x24\x9b\x58", SIGFPE, FPE_FLTRES, 16, 0),
	CODE("fxrstor, not aligned", "\x83\xe4\xf0\x0f\xae\x4c\x24\x01", SIGSEGV, SI_KERNEL, 13, 0),
	CODE("16 bytes of one instruction", "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x90", SIGSEGV, SI_KERNEL, 13, 0),
};
/* clang-format on */

/* What the handler saw, for the parent. */
static struct seen {
	int signal, si_code, trapno;
	unsigned int err;
} * seen;

static unsigned char *handler_stack;

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};

static void note(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	*seen = (struct seen){sig, info->si_code, uc->uc_mcontext.gregs[REG_TRAPNO],
			      uc->uc_mcontext.gregs[REG_ERR]};
	_exit(0);
}

static void catch_faults(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction sa = {.sa_sigaction = handler,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
	stack_t stack = {.ss_sp = handler_stack, .ss_size = 16 * PAGE};
	unsigned int i;

	CHECK(sigaltstack(&stack, NULL) == 0);
	for (i = 0; i < COUNT(fault_signals); i++)
		CHECK(sigaction(fault_signals[i], &sa, NULL) == 0);
}

static void prepare(void)
{
	make_code_page();
	handler_stack =
		mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	seen = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(handler_stack != MAP_FAILED && seen != MAP_FAILED);
}

static void run_code(const char *code, unsigned int length)
{
	/* mov esp, ebp; sub esp, 4; ret: the code may leave what it pushed */
	static const unsigned char leave[] = {0x8d, 0x65, 0xfc, 0xc3};
	pid_t pid;

	*seen = (struct seen){0};
	pid = fork();
	if (pid == 0) {
		alarm(CHECK_SECONDS / 2);
		memcpy(code_page, code, length);
		memcpy(code_page + length, leave, sizeof(leave));
		catch_faults(note);
		call_code(code_page);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

TEST(instructions)
{
	unsigned int i, wrong = 0;

	prepare();
	for (i = 0; i < COUNT(traps); i++) {
		const struct trap *t = &traps[i];
		int fetch = !strncmp(t->name, "jmp", 3) && t->trapno == 14;
		unsigned int err = t->err | (fetch ? nx(0x10) : 0);

		run_code(t->code, t->length);
		if (seen->signal == t->signal && seen->si_code == t->si_code &&
		    seen->trapno == t->trapno && seen->err == err)
			continue;
		wrong++;
		check_print("%s: signal %d code %#x trap %d error %#x and not %d %#x %d %#x",
			    t->name, seen->signal, seen->si_code, seen->trapno, seen->err,
			    t->signal, t->si_code, t->trapno, err);
	}
	CHECK_EQ(wrong, 0);
}

/* ---- selectors ---- */

static volatile int loads_refused;

/* The faulting load stands at the start of code_page and is two bytes long. */
static void skip_load(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	if ((uint32_t)uc->uc_mcontext.gregs[REG_EIP] != (uint32_t)code_page ||
	    (sig != SIGSEGV && sig != SIGBUS))
		_exit(2);
	loads_refused++;
	uc->uc_mcontext.gregs[REG_EIP] += 2;
}

/* mov sreg, ax; ret. sreg: 0 es, 2 ss, 3 ds, 4 fs, 5 gs */
static void load_segment(int sreg, uint32_t selector)
{
	code_page[0] = 0x8e;
	code_page[1] = 0xc0 | sreg << 3;
	code_page[2] = 0xc3;
	__asm__ volatile("call *%1\n mov %2, %%ds\n mov %2, %%es\n"
			 : "+a"(selector)
			 : "c"(code_page), "d"(USER_DS)
			 : "memory");
}

TEST(every_selector_into_every_register)
{
	static const int registers[] = {0, 3, 4};
	uint32_t gs, selector;
	unsigned int i;

	prepare();
	catch_faults(skip_load);
	__asm__ volatile("mov %%gs, %0" : "=r"(gs));
	for (i = 0; i < COUNT(registers); i++)
		for (selector = 0; selector < 65536; selector += selector < 512 ? 1 : 509)
			load_segment(registers[i], selector);
	/* the null selectors, and those of the user's segments, by whichever privilege they ask */
	loads_refused = 0;
	for (selector = 0; selector < 4; selector++) {
		load_segment(4, selector);
		load_segment(4, (USER_CS & ~3) | selector);
		load_segment(4, (USER_DS & ~3) | selector);
	}
	CHECK_EQ(loads_refused, 0);
	load_segment(4, 0x60);
	load_segment(4, 0x6b);
	CHECK_EQ(loads_refused, 2);
	load_segment(4, 0);
}

static int set_area(const struct user_desc *d)
{
	return syscall(SYS_set_thread_area, d);
}

/* Segments of every make, loaded and then taken away below the registers that hold them. */
TEST(thread_areas)
{
	struct user_desc d, none;
	int i, n;

	prepare();
	catch_faults(skip_load);
	memset(&none, 0, sizeof(none));
	none.entry_number = 7;
	for (i = 0; i < 3000; i++) {
		uint32_t *words = (uint32_t *)&d;

		for (n = 0; n < 4; n++)
			words[n] = rnd() >> (rnd() % 32);
		d.entry_number = 7;
		if (rnd() % 4)
			d.seg_32bit = 1, d.seg_not_present = 0;
		set_area(&d);
		load_segment(rnd() % 2 ? 4 : 0, 7 * 8 + 3);
		load_segment(3, 7 * 8 + 3);
		if (rnd() % 2) {
			load_segment(4, 7 * 8 + 3);
			set_area(&none);
			sched_yield();
			getppid();
		}
		if (i % 256 == 0) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			CHECK_CHILD(pid);
		}
	}
	CHECK(set_area(&none) == 0);
	__asm__ volatile("mov %%fs, %0" : "=r"(n));
	CHECK((n & 0xffff) == 0 || (n & 0xffff) == 7 * 8 + 3 || (n & 0xffff) == USER_DS);
}

static int descriptor(int number, unsigned int base, unsigned int limit, int contents,
		      int not_present)
{
	struct user_desc d = {.entry_number = number,
			      .base_addr = base,
			      .limit = limit,
			      .seg_32bit = 1,
			      .contents = contents,
			      .limit_in_pages = 1,
			      .seg_not_present = not_present};

	return set_area(&d);
}

TEST(descriptors_that_are_refused)
{
	CHECK_ERRNO(descriptor(7, 0, 0xfffff, 2, 0), EINVAL); /* code */
	CHECK_ERRNO(descriptor(7, 0, 0xfffff, 3, 0), EINVAL);
	CHECK_ERRNO(descriptor(7, 0, 0xfffff, 0, 1), EINVAL);
	CHECK_ERRNO(descriptor(5, 0, 0xfffff, 0, 0), EINVAL);
	CHECK_ERRNO(descriptor(9, 0, 0xfffff, 0, 0), EINVAL);
	CHECK_ERRNO(descriptor(14, 0, 0xfffff, 0, 0), EINVAL);
	CHECK_ERRNO(descriptor(-2, 0, 0xfffff, 0, 0), EINVAL);
	CHECK_EQ(descriptor(7, 0, 0xfffff, 1, 0), 0);
}

/* A stack in a segment of its own, which signals leave and come back to. */
static volatile int handled;

static void count(int sig)
{
	handled++;
}

TEST(signal_on_a_segment_of_its_own)
{
	uint32_t ss = 7 * 8 + 3, after, pid = getpid();

	prepare();
	CHECK_EQ(descriptor(7, 0, 0xfffff, 0, 0), 0);
	signal(SIGUSR1, count);
	__asm__ volatile("mov %[ss], %%ss\n int $0x80\n mov %%ss, %[after]\n mov %[ds], %%ss\n"
			 : [after] "=&r"(after)
			 : [ss] "r"(ss), [ds] "r"(USER_DS), "a"(SYS_kill), "b"(pid), "c"(SIGUSR1)
			 : "memory");
	CHECK_EQ(handled, 1);
	CHECK_EQ(after & 0xffff, ss);
}

/* From such a stack an old program's handler goes to its restorer, if it is none: to the alternate
 * stack. Returns the status of the child that does so. */
static int switch_stack_to(char *alternate, char *to)
{
	const struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = {count, 0, to, 0};
	stack_t stack = {.ss_sp = alternate, .ss_size = 4 * PAGE};
	uint32_t ss = 7 * 8 + 3, pid;
	int status;
	pid_t child = fork();

	if (child == 0) {
		CHECK_EQ(descriptor(7, 0, 0xfffff, 0, 0), 0);
		CHECK(sigaltstack(&stack, NULL) == 0);
		CHECK(syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, sizeof(action.mask)) == 0);
		pid = getpid();
		__asm__ volatile("mov %[ss], %%ss\n int $0x80\n mov %[ds], %%ss\n"
				 :
				 : [ss] "r"(ss), [ds] "r"(USER_DS), "a"(SYS_kill), "b"(pid),
				   "c"(SIGUSR1)
				 : "memory");
		_exit(handled);
	}
	CHECK(waitpid(child, &status, 0) == child);
	return status;
}

TEST(a_restorer_may_be_the_alternate_stack)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	prepare();
	CHECK_EQ(WEXITSTATUS(switch_stack_to(p, p + 4 * PAGE)), 1);
	CHECK_EQ(switch_stack_to(p, p + 8 * PAGE), SIGSEGV);
}

/* ---- system calls out of any state ---- */

/* getpid with these flags; what the flags are then. */
static uint32_t call_with_flags(uint32_t flags, uint32_t *result)
{
	uint32_t after;

	__asm__ volatile("push %2\n popf\n int $0x80\n pushf\n pop %1\n push $0x202\n popf\n cld\n"
			 : "=a"(*result), "=&r"(after)
			 : "r"(flags), "0"(SYS_getppid)
			 : "memory", "cc");
	return after;
}

TEST(flags_in_a_call)
{
	static const uint32_t flags[] = {X86_EFLAGS_CF,
					 X86_EFLAGS_DF,
					 X86_EFLAGS_OF,
					 X86_EFLAGS_NT,
					 X86_EFLAGS_AC,
					 X86_EFLAGS_ID,
					 X86_EFLAGS_ZF | X86_EFLAGS_SF};
	uint32_t result;
	unsigned int i;

	for (i = 0; i < COUNT(flags); i++) {
		uint32_t after =
			call_with_flags(flags[i] | X86_EFLAGS_IF | X86_EFLAGS_FIXED, &result);

		CHECK_EQ(result, getppid());
		CHECK_EQ(after & flags[i], flags[i]);
		CHECK_EQ(after & X86_EFLAGS_IOPL, 0);
		CHECK_EQ(after & X86_EFLAGS_IF, X86_EFLAGS_IF);
	}
}

TEST(registers_in_a_call)
{
	uint32_t es, result, kept;

	/* no segment but the stack's and the code's */
	__asm__ volatile("mov %2, %%ds\n mov %2, %%es\n int $0x80\n mov %%es, %1\n mov %3, %%ds\n "
			 "mov %3, %%es\n"
			 : "=a"(result), "=&r"(es)
			 : "r"(0), "r"(USER_DS), "0"(SYS_getppid)
			 : "memory");
	CHECK_EQ(result, getppid());
	CHECK_EQ(es & 0xffff, 0);
	/* no stack */
	__asm__ volatile("mov %%esp, %%esi\n xor %%esp, %%esp\n int $0x80\n mov %%esp, %1\n mov "
			 "%%esi, %%esp\n"
			 : "=a"(result), "=&r"(kept)
			 : "0"(SYS_getppid)
			 : "esi", "memory");
	CHECK_EQ(result, getppid());
	CHECK_EQ(kept, 0);
	/* a copy into the kernel goes upwards whatever the direction flag says */
	__asm__ volatile("std\n int $0x80\n cld\n"
			 : "=a"(result)
			 : "0"(SYS_access), "b"("/"), "c"(0)
			 : "memory", "cc");
	CHECK_EQ(result, 0);
}

TEST(unknown_calls)
{
	static const uint32_t numbers[] = {451,	       452,	   511,	       512,
					   1000,       0x3fffffff, 0x40000000, 0x7fffffff,
					   0x80000000, 0xc0000000, 0xffffffff};
	unsigned int i;

	for (i = 0; i < COUNT(numbers); i++)
		CHECK_ERRNO(syscall(numbers[i]), ENOSYS);
}

static void check_virtual_8086(unsigned ip, unsigned cs, unsigned flags)
{
	unsigned frame[] = {ip, cs, flags, 0x100, 0x1000, 0x1000, 0x1000, 0, 0};
	int status;
	pid_t pid = fork();

	if (pid == 0)
		__asm__ volatile("movl %0, %%esp; iret" ::"r"(frame));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
}

/* iret into virtual-8086 mode: the VM flag is not a program's to set, but QEMU sets it, and with it
 * whatever the other flags say: interrupts off too. */
TEST(virtual_8086_mode)
{
	check_virtual_8086(0x100, 0x1000, 0x20202);
	check_virtual_8086(0x100, 0x1000, 0x20002);
	check_virtual_8086(0x100, 0x1003, 0x20002);
}

static void print_traps(void)
{
	unsigned int i;

	prepare();
	for (i = 0; i < COUNT(traps); i++) {
		run_code(traps[i].code, traps[i].length);
		check_print("%s: %d %#x %d %#x", traps[i].name, seen->signal, seen->si_code,
			    seen->trapno, seen->err);
	}
}

int main(int argc, char **argv)
{
	struct check_case *c;
	int failed = 0;

	if (argc > 1 && strcmp(argv[1], "-p") == 0) {
		print_traps();
		return 0;
	}
	for (c = check_first; c; c = c->next)
		if (check_wanted(c->name, argc, argv))
			failed |= check_run(c);
	return failed;
}
