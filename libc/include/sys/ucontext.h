/*
 * The machine state that a SA_SIGINFO handler gets as its third argument: glibc's names over
 * the kernel's struct ucontext (asm-generic/ucontext.h) and struct sigcontext.
 */
#ifndef LIBC_SYS_UCONTEXT_H
#define LIBC_SYS_UCONTEXT_H

#include <bits/sigset.h>
#include <bits/uapi_time.h>
#define sigset_t  __uapi_sigset_t
#define sigaction __uapi_sigaction
#include <asm/signal.h>
#undef sigset_t
#undef sigaction
#include <asm/sigcontext.h>

typedef int greg_t;
#define NGREG 19
typedef greg_t gregset_t[NGREG];

/* Indices into gregs, in the order of struct sigcontext. */
enum {
	REG_GS,
	REG_FS,
	REG_ES,
	REG_DS,
	REG_EDI,
	REG_ESI,
	REG_EBP,
	REG_ESP,
	REG_EBX,
	REG_EDX,
	REG_ECX,
	REG_EAX,
	REG_TRAPNO,
	REG_ERR,
	REG_EIP,
	REG_CS,
	REG_EFL,
	REG_UESP,
	REG_SS
};
#define REG_GS	   REG_GS
#define REG_ESP	   REG_ESP
#define REG_EBP	   REG_EBP
#define REG_EAX	   REG_EAX
#define REG_TRAPNO REG_TRAPNO
#define REG_ERR	   REG_ERR
#define REG_EIP	   REG_EIP
#define REG_EFL	   REG_EFL
#define REG_UESP   REG_UESP

typedef struct _fpstate *fpregset_t;

typedef struct {
	gregset_t gregs;
	fpregset_t fpregs;
	unsigned long oldmask;
	unsigned long cr2;
} mcontext_t;

typedef struct ucontext_t {
	unsigned long uc_flags;
	struct ucontext_t *uc_link;
	stack_t uc_stack;
	mcontext_t uc_mcontext;
	sigset_t uc_sigmask;
} ucontext_t;

#endif
