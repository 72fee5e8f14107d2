/*
 * The registers of a task for debuggers and core files; see regset.h.
 */
#include "kernel/x86/task/regset.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/task/fpu.h"
#include "kernel/x86/task/i387.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/task/tls.h"
#include "libc/include/string.h"

#define SELECTOR_MASK 0xffff

_Static_assert(sizeof(struct pt_regs) == ELF_NGREG * sizeof(u32), "the order is the same");
_Static_assert(sizeof(struct user_i387) == __builtin_offsetof(struct _fpstate_32, status),
	       "the first part of a struct _fpstate_32");

void regset_get_general(struct task_struct *p, u32 regs[ELF_NGREG])
{
	struct pt_regs user = *task_pt_regs(p);

	user.ds &= SELECTOR_MASK;
	user.es &= SELECTOR_MASK;
	user.fs &= SELECTOR_MASK;
	user.gs &= SELECTOR_MASK;
	user.cs &= SELECTOR_MASK;
	user.ss &= SELECTOR_MASK;
	memcpy(regs, &user, sizeof(user));
}

const struct fxregs_state *regset_get_xfp(struct task_struct *p)
{
	fpu_sync(p);
	return fpu_state(p);
}

void regset_get_fp(struct task_struct *p, struct user_i387 *fp)
{
	struct _fpstate_32 state;

	fill_fsave_header(&state, regset_get_xfp(p));
	memcpy(fp, &state, sizeof(*fp));
}

bool regset_get_tls(const struct task_struct *p, struct user_desc tls[GDT_ENTRY_TLS_ENTRIES])
{
	bool any = false;

	for (int i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
		fill_user_desc(&tls[i], &p->thread.tls_array[i], GDT_ENTRY_TLS_MIN + i);
		any = any || !tls_entry_free(&p->thread.tls_array[i]);
	}
	return any;
}
