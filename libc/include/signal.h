/*
 * Signals. Numbers, flags and siginfo_t are the kernel's; its sigset_t and struct sigaction
 * are of the old 4-byte kind, so they are renamed away and the 64-signal ones put in place.
 */
#ifndef LIBC_SIGNAL_H
#define LIBC_SIGNAL_H

#include <sys/types.h>
#include <bits/uapi_time.h>
#include <bits/timespec.h>
#include <bits/sigset.h>

#define sigset_t  __uapi_sigset_t
#define sigaction __uapi_sigaction
#include <asm/signal.h>
#undef sigset_t
#undef sigaction
#undef NSIG
#undef SIGRTMIN
#undef SIGRTMAX

#include <asm/siginfo.h>
#include <sys/ucontext.h>

/*
 * Linux arch/x86/include/asm/signal.h: 64 signals. Its real-time ones start at 32, but glibc
 * and musl keep the first two for their threads; programs see the same numbers with all.
 */
#define _NSIG	 65
#define NSIG	 _NSIG
#define SIGRTMIN 34
#define SIGRTMAX 64
/* Linux include/uapi/linux/signal.h. */
#include <linux/signal.h>

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int);
typedef sighandler_t sig_t;

/* The union and the macros sa_handler, sa_sigaction are those of the UAPI header. */
struct sigaction {
	union {
		void (*_sa_handler)(int);
		void (*_sa_sigaction)(int, siginfo_t *, void *);
	} _u;
	sigset_t sa_mask;
	int sa_flags;
	void (*sa_restorer)(void);
};

int sigaction(int sig, const struct sigaction *act, struct sigaction *old);
sighandler_t signal(int sig, sighandler_t handler);
int raise(int sig);
int kill(pid_t pid, int sig);
int tgkill(pid_t tgid, pid_t tid, int sig);
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
int sigsuspend(const sigset_t *mask);
int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int sig);
int sigdelset(sigset_t *set, int sig);
int sigismember(const sigset_t *set, int sig);

#endif
