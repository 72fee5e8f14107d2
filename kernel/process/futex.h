/*
 * Futexes: sleeping on a word of user memory.
 */
#ifndef KERNEL_PROCESS_FUTEX_H
#define KERNEL_PROCESS_FUTEX_H

#include "kernel/abi/types.h"
#include <linux/futex.h>

struct task_struct;
struct timespec64;

#define FUTEX_NO_TIMEOUT (~0ULL)

/*
 * futex(2). expires_ns: monotonic (with FUTEX_CLOCK_REALTIME on that clock), or FUTEX_NO_TIMEOUT.
 * val2 is the fourth argument where it is a number. Returns what futex(2) does, or -ERESTART*.
 */
long do_futex(u32 __user *uaddr, int op, u32 val, u64 expires_ns, u32 __user *uaddr2, u32 val2,
	      u32 val3);
/* The timeout argument of futex(2): the clock is as above; whether it is relative depends on op. 0
   or -EINVAL. */
int futex_timeout(int op, const struct timespec64 *ts, u64 *expires_ns);
/* Wake one waiter at a user address of current's. */
void futex_wake_address(int __user *uaddr);
/* p == current exits or execs: mark the robust futexes that it holds, and wake their waiters.
 */
void exit_robust_list(struct task_struct *p);

#endif
