/* Non-local jumps. jmp_buf keeps the callee-saved registers and, for sigsetjmp, the mask. */
#ifndef LIBC_SETJMP_H
#define LIBC_SETJMP_H

typedef struct {
	unsigned long regs[6]; /* ebx esi edi ebp esp eip */
	int mask_saved;
	unsigned long mask[2];
} jmp_buf[1];
typedef jmp_buf sigjmp_buf;

int setjmp(jmp_buf env) __attribute__((returns_twice));
int _setjmp(jmp_buf env) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int val);
_Noreturn void _longjmp(jmp_buf env, int val);
_Noreturn void siglongjmp(sigjmp_buf env, int val);
void __sigsetjmp_mask(sigjmp_buf env, int savemask);

#define setjmp(env)		 setjmp(env)
#define sigsetjmp(env, savemask) (__sigsetjmp_mask(env, savemask), setjmp(env))

#endif
