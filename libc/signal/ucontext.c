/* The layouts that a handler sees, checked against the kernel's. */
#include <signal.h>
#include <stddef.h>
#include <sys/ucontext.h>

#define AT(field, reg) \
	_Static_assert(offsetof(struct sigcontext, field) == 4 * (reg), "order of " #field)

AT(gs, REG_GS);
AT(edi, REG_EDI);
AT(esp, REG_ESP);
AT(eax, REG_EAX);
AT(trapno, REG_TRAPNO);
AT(eip, REG_EIP);
AT(eflags, REG_EFL);
AT(ss, REG_SS);
_Static_assert(sizeof(mcontext_t) == sizeof(struct sigcontext), "mcontext_t");
_Static_assert(offsetof(mcontext_t, cr2) == offsetof(struct sigcontext, cr2), "mcontext_t");
