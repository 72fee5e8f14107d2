/* sigsetjmp is a macro: it saves the mask here and then calls setjmp in its own frame. */
#include <setjmp.h>
#include <signal.h>

void __sigsetjmp_mask(sigjmp_buf env, int savemask)
{
	sigset_t mask;

	env->mask_saved = savemask != 0;
	if (!savemask)
		return;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	env->mask[0] = mask.__bits[0];
	env->mask[1] = mask.__bits[1];
}

void siglongjmp(sigjmp_buf env, int val)
{
	if (env->mask_saved) {
		sigset_t mask = {.__bits = {env->mask[0], env->mask[1]}};

		sigprocmask(SIG_SETMASK, &mask, NULL);
	}
	longjmp(env, val);
}
