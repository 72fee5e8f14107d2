/*
 * Raw system calls, and accesses whose faults are caught on a stack of their own.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include "diff.h"

long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	long ret;
	struct {
		long nr, f;
	} last = {nr, f};

	/* all registers are needed: ebp is saved by hand, and is the last to be loaded */
	asm volatile("push %%ebp\n\t"
		     "mov 4(%%eax), %%ebp\n\t"
		     "mov (%%eax), %%eax\n\t"
		     "int $0x80\n\t"
		     "pop %%ebp"
		     : "=a"(ret)
		     : "a"(&last), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
		     : "memory");
	return ret;
}

static sigjmp_buf back;
static volatile bool armed;
/* Of a page fault's error code: it was no load and no store. The processor sets it where NX is in
   use, which it is not in ours when PAE is compared (see docs/pae.md). tests/guest/nx.c looks at
   it. */
#define PF_INSTR 0x10
static struct fault last_fault;
static uint8_t signal_stack[16384] __attribute__((aligned(4096)));

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	last_fault.sig = sig;
	last_fault.code = info->si_code;
	last_fault.addr = (unsigned long)info->si_addr;
	last_fault.error = uc->uc_mcontext.gregs[REG_ERR] & ~PF_INSTR;
	last_fault.trap = uc->uc_mcontext.gregs[REG_TRAPNO];
	if (armed)
		siglongjmp(back, 1);
	out("unexpected signal %d code %d addr %08lx at %08x\n", sig, info->si_code,
	    last_fault.addr, uc->uc_mcontext.gregs[REG_EIP]);
	out_flush();
	sys(SYS_exit_group, 99);
}

void faults_init(void)
{
	static const int sigs[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
	stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
	struct sigaction action = {.sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sigaction(sigs[i], &action, NULL);
}

#define CAUGHT(access)                       \
	do {                                 \
		armed = true;                \
		if (sigsetjmp(back, 0)) {    \
			armed = false;       \
			*fault = last_fault; \
			return -1;           \
		}                            \
		access;                      \
		armed = false;               \
	} while (0)

int load_byte(unsigned long addr, struct fault *fault)
{
	volatile int value = 0;

	CAUGHT(value = *(volatile uint8_t *)addr);
	return value;
}

int store_byte(unsigned long addr, uint8_t value, struct fault *fault)
{
	CAUGHT(*(volatile uint8_t *)addr = value);
	return 0;
}

int run_code(unsigned long addr, struct fault *fault)
{
	CAUGHT(((void (*)(void))addr)());
	return 0;
}

void print_fault(const struct fault *fault)
{
	out(" = signal %d code %d addr %08lx error %lx trap %lu\n", fault->sig, fault->code,
	    fault->addr, fault->error, fault->trap);
}
