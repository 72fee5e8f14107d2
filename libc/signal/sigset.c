/* Sets of signals. */
#include <errno.h>
#include <signal.h>

#define BITS (8 * sizeof(unsigned long))

#define FIRST_INTERNAL 32 /* threads' libraries keep 32 and 33 for themselves */
#define LAST_INTERNAL  33

static int valid(int sig)
{
	if (sig > 0 && sig < _NSIG)
		return 1;
	errno = EINVAL;
	return 0;
}

/* A signal that may be put into a set or taken out of it. */
static int usable(int sig)
{
	if (sig >= FIRST_INTERNAL && sig <= LAST_INTERNAL)
		sig = 0;
	return valid(sig);
}

int sigemptyset(sigset_t *set)
{
	set->__bits[0] = set->__bits[1] = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	set->__bits[0] = set->__bits[1] = -1UL;
	return 0;
}

int sigaddset(sigset_t *set, int sig)
{
	if (!usable(sig))
		return -1;
	set->__bits[(sig - 1) / BITS] |= 1UL << (sig - 1) % BITS;
	return 0;
}

int sigdelset(sigset_t *set, int sig)
{
	if (!usable(sig))
		return -1;
	set->__bits[(sig - 1) / BITS] &= ~(1UL << (sig - 1) % BITS);
	return 0;
}

int sigismember(const sigset_t *set, int sig)
{
	if (!valid(sig))
		return -1;
	return set->__bits[(sig - 1) / BITS] >> (sig - 1) % BITS & 1;
}
