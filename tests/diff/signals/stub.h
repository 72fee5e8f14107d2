/*
 * The differential tester of signals: what its files share.
 *
 * Whatever is to raise a signal, a system call or an instruction that faults, runs in the stub: a
 * few bytes of code in a page of their own, entered with all registers chosen, down to the segment
 * registers, the flags and the FPU, and looked at again when it comes back. The handlers look at
 * their registers, at the frame, and at the siginfo; they spoil the frame, come back by this way or
 * that, or jump out. All of it lies at fixed addresses, so that both kernels print the same
 * numbers.
 */
#ifndef TESTS_DIFF_STUB_H
#define TESTS_DIFF_STUB_H

#include <ucontext.h>
#include "../diff.h"

/* ---- memory (stub.c maps it) ---- */
#define CODE	   0x40000000u /* the stub's instructions */
#define DATA	   0x40010000u /* arguments; the first words below are ones, for jumps there */
#define DATA_SIZE  (4 * PAGE)
#define DATA_END   (DATA + DATA_SIZE) /* followed by nothing */
#define NONE	   0x40020000u	      /* PROT_NONE */
#define READ_ONLY  0x40021000u
#define FILE_PAGES 0x40030000u /* two pages of a file that has a few bytes */
#define STACK_LOW  0x50200000u /* the stub's stack; it grows */
#define STACK_TOP  0x50204000u
#define STACK_HOLE 0x50110000u /* where something below stops it */
#define ALT	   0x50300000u /* for alternate stacks */
#define ALT_SIZE   (16 * PAGE)
#define C_STACKS   0x51000000u /* of handlers, by depth */
#define C_STACK	   0x10000u
#define DEPTHS	   6
#define UNUSED	   0xA5 /* what stacks hold before anything is there */

/* ---- asm.S ---- */
struct registers {
	uint32_t bx, cx, dx, si, di, bp, ax, sp, ip, flags;
	uint32_t ds, es, fs, gs;
	bool fpu; /* load fx before and save it after */
};
struct fxsave {
	uint16_t cw, sw;
	uint8_t tag, zero;
	uint16_t opcode;
	uint32_t ip, cs, data, ds, mxcsr, mxcsr_mask;
	uint8_t st[8][16], xmm[8][16];
	uint8_t reserved[48], software[176];
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct fxsave) == 512, "fxsave");

extern struct registers stub_in, stub_out;
extern struct fxsave stub_in_fx, stub_out_fx;
extern uint32_t stub_sp; /* where the innermost stub that runs has its caller */
extern uint32_t c_stack_tops[DEPTHS + 2];
void stub_enter(void); /* returns when the code jumps to stub_back, or somebody to stub_escape */
extern char stub_back[], stub_escape[];
/* Start fn on a stack that stands where it stands. */
void on_c_stack(void (*fn)(void));
/* What a handler found in its registers. */
extern struct entry {
	uint32_t which, ax, dx, cx, sp, flags, ds, es, fs, gs;
} handler_entry;
extern struct fxsave handler_fx;
extern int handler_depth;
extern char handler_a[], handler_b[], restorer_old[], restorer_rt[];
/* How a handler leaves: to the restorer, by a call of its own, or out of it. */
enum {
	LEAVE_RETURN,
	LEAVE_CALL,
	LEAVE_ESCAPE
};
struct leaving {
	uint32_t kind, sp, ax;
};

/* ---- stub.c ---- */
extern long me, my_parent; /* the process that makes the calls, and the one that waits for it */
void stub_init(void);
/* The next stub gets random registers, its stack pointer on the stub's stack or, in a handler, on
 * the handler's. */
void stub_random(void);
/* Append bytes to its code. */
void stub_code(const void *bytes, size_t n);
/* Run it, and say what comes of it, but not the result of a call, which is returned. `pids` tells
 * which registers (1: bx, 2: cx) hold numbers of processes, which differ. */
long stub_run(unsigned pids);
/* A call through the stub, its result printed. */
long stub_call(unsigned pids, long nr, long a, long b, long c, long d, long e);
extern unsigned stub_pids;
/* Has no signal come yet, so that the stacks hold nothing but UNUSED? */
extern bool stub_is_fresh;
/* Old frames may lie where a new one is looked for: the numbers of processes go out of them, which
   are not the same on two kernels. */
void stub_forget_pids(void);
/* As a number, or if it is one in the vdso, just that. */
const char *address(uint32_t value);
uint32_t hash(const void *data, size_t n);
bool vdso_has(uint32_t address);
/* As address(), of a register of 16 bits: a spoilt frame may have half an address there. */
const char *selector(uint32_t value);

/* ---- handler.c ---- */
struct leaving *handler_c(void);
void print_siginfo(const uint32_t *info);

/* ---- the families of calls ---- */
int any_signal(void);
void random_set(uint32_t set[2]);
void *argument(size_t n); /* room for an argument, not shared with those that a handler makes */
void *odd_pointer(void *good); /* now and then one that is none */
void set_handler(int sig);
void do_action(void);
void do_mask(void);
void do_pending(void);
void do_wait(void);
void do_suspend(void);
void do_altstack(void);
void do_send(void);
void do_report(void);
void do_fault(void);
void do_bad_sigreturn(void);
void do_interrupted(void);
/* interrupted.c: does SIGALRM come where it is not wanted? sc: the registers in its frame. */
bool alarm_is_early(int sig, uint32_t *sc);

#endif
