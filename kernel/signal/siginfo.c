/*
 * Copying siginfo from and to user memory. The user structure has 128 bytes. The kernel keeps only
 * the first of them, and refuses unknown layouts that use the others.
 */
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include <linux/errno.h>

/* The number of si_codes of a signal; NSIGPOLL for signals without specific ones. */
static int si_code_limit(int sig)
{
	switch (sig) {
	case SIGILL:
		return NSIGILL;
	case SIGFPE:
		return NSIGFPE;
	case SIGSEGV:
		return NSIGSEGV;
	case SIGBUS:
		return NSIGBUS;
	case SIGTRAP:
		return NSIGTRAP;
	case SIGCHLD:
		return NSIGCHLD;
	case SIGSYS:
		return NSIGSYS;
	default:
		return NSIGPOLL;
	}
}

/* Is the layout after the three numbers known (and so short enough)? */
static bool known_siginfo_layout(int sig, int code)
{
	if (code > SI_USER)
		return code == SI_KERNEL || code <= si_code_limit(sig);
	return code >= SI_DETHREAD || code == SI_ASYNCNL;
}

int copy_siginfo_from_user(siginfo_t *to, const siginfo_t __user *from, int sig)
{
	u8 expansion[SIGINFO_EXPANSION_SIZE];

	if (copy_from_user(to, from, KERNEL_SIGINFO_SIZE))
		return -EFAULT;
	to->si_signo = sig;
	if (known_siginfo_layout(sig, to->si_code))
		return 0;
	if (copy_from_user(expansion, (const u8 __user *)from + KERNEL_SIGINFO_SIZE,
			   sizeof(expansion)))
		return -EFAULT;
	for (size_t i = 0; i < sizeof(expansion); i++)
		if (expansion[i])
			return -E2BIG;
	return 0;
}

int copy_siginfo_to_user(siginfo_t __user *to, const siginfo_t *from)
{
	if (copy_to_user(to, from, KERNEL_SIGINFO_SIZE) ||
	    clear_user((u8 __user *)to + KERNEL_SIGINFO_SIZE, SIGINFO_EXPANSION_SIZE))
		return -EFAULT;
	return 0;
}
