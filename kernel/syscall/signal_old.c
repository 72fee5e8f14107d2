/*
 * System calls: signals as they were before the set had 8 bytes. Only the first 32 signals fit.
 */
#include "kernel/signal/signal.h"
#include "kernel/syscall/syscall.h"

SYSCALL_DEFINE3(sigaction, int, sig, const struct old_sigaction __user *, act,
		struct old_sigaction __user *, oact)
{
	struct old_sigaction in, out;
	struct k_sigaction new, old;
	int err;

	if (act) {
		if (copy_from_user(&in, act, sizeof(in)))
			return -EFAULT;
		new.sa = (struct sigaction){in._u._sa_handler, in.sa_flags, in.sa_restorer,
					    make_sigset(in.sa_mask)};
	}
	err = do_sigaction(sig, act ? &new : NULL, oact ? &old : NULL);
	if (err || !oact)
		return err;
	out._u._sa_handler = old.sa.sa_handler;
	out.sa_mask = old.sa.sa_mask.sig[0];
	out.sa_flags = old.sa.sa_flags;
	out.sa_restorer = old.sa.sa_restorer;
	return copy_to_user(oact, &out, sizeof(out)) ? -EFAULT : 0;
}

/* System V's: the handler runs once, with its signal let in. */
SYSCALL_DEFINE2(signal, int, sig, __sighandler_t, handler)
{
	struct k_sigaction new = {
		{.sa_handler = handler, .sa_flags = (unsigned long)SA_ONESHOT | SA_NOMASK}};
	struct k_sigaction old;
	int err = do_sigaction(sig, &new, &old);

	return err ? err : (long)old.sa.sa_handler;
}

/* The upper half of the mask stays. */
static sigset_t with_low_half(unsigned long low)
{
	return (sigset_t){{low, current->blocked.sig[1]}};
}

SYSCALL_DEFINE3(sigprocmask, int, how, const old_sigset_t __user *, set, old_sigset_t __user *,
		oset)
{
	old_sigset_t old = current->blocked.sig[0], in;
	sigset_t new;

	if (set) {
		if (get_user(in, set))
			return -EFAULT;
		in &= ~(old_sigset_t)SIG_KERNEL_ONLY_MASK;
		switch (how) {
		case SIG_BLOCK:
			new = with_low_half(old | in);
			break;
		case SIG_UNBLOCK:
			new = with_low_half(old & ~in);
			break;
		case SIG_SETMASK:
			new = with_low_half(in);
			break;
		default:
			return -EINVAL;
		}
		set_current_blocked(&new);
	}
	return oset ? put_user(old, oset) : 0;
}

SYSCALL_DEFINE1(sigpending, old_sigset_t __user *, set)
{
	sigset_t pending = do_sigpending();

	return put_user(pending.sig[0], set);
}

/* The mask is the third argument, by an old mistake. */
SYSCALL_DEFINE3(sigsuspend, int, unused1, int, unused2, old_sigset_t, mask)
{
	sigset_t set = make_sigset(mask);

	return do_sigsuspend(&set);
}

SYSCALL_DEFINE0(sgetmask)
{
	return current->blocked.sig[0];
}

SYSCALL_DEFINE1(ssetmask, int, newmask)
{
	unsigned long old = current->blocked.sig[0];
	sigset_t set = make_sigset((unsigned long)newmask);

	set_current_blocked(&set);
	return old;
}
