/*
 * System calls: making, ending and waiting for processes, and their numbers.
 */
#include "kernel/drivers/tty.h"
#include "kernel/process/clone.h"
#include "kernel/process/futex.h"
#include "kernel/cred/ptrace.h"
#include "kernel/process/session.h"
#include "kernel/signal/signal.h"
#include "kernel/process/wait.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/timespec.h"
#include "libc/include/string.h"
#include "mm/mm_types.h"

/* ---- fork and its kin ---- */

SYSCALL_DEFINE_REGS(fork)
{
	struct kernel_clone_args args = {.exit_signal = SIGCHLD};

	return kernel_clone(&args, regs);
}

SYSCALL_DEFINE_REGS(vfork)
{
	struct kernel_clone_args args = {.flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD};

	return kernel_clone(&args, regs);
}

/* clone(flags, newsp, parent_tid, tls, child_tid) */
SYSCALL_DEFINE_REGS(clone)
{
	unsigned long flags = regs->bx;
	struct kernel_clone_args args = {
		.flags = flags & ~CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.stack = regs->cx,
		.parent_tid = (int __user *)regs->dx,
		.tls = regs->si,
		.child_tid = (int __user *)regs->di,
	};

	return kernel_clone(&args, regs);
}

#define CLONE3_FLAGS (CLONE_LEGACY_FLAGS | CLONE_CLEAR_SIGHAND)

static int check_clone_args(const struct clone_args *ca)
{
	if (!ca->set_tid != !ca->set_tid_size)
		return -EINVAL;
	if ((ca->exit_signal & ~(u64)CSIGNAL) || !valid_signal(ca->exit_signal))
		return -EINVAL;
	if ((ca->flags & ~CLONE3_FLAGS) || (ca->flags & (CLONE_DETACHED | CSIGNAL)))
		return -EINVAL;
	if ((ca->flags & (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND)) ==
	    (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((ca->flags & (CLONE_THREAD | CLONE_PARENT)) && ca->exit_signal)
		return -EINVAL;
	if (!ca->stack != !ca->stack_size)
		return -EINVAL;
	if (ca->stack && !access_ok((void __user *)(unsigned long)ca->stack, ca->stack_size))
		return -EINVAL;
	return ca->set_tid ? -EINVAL : 0; /* choosing the pid is not supported */
}

/* A structure that may be shorter or longer than ours; what we do not know must be zero. */
static int copy_clone_args(struct clone_args *ca, const void __user *from, size_t size)
{
	size_t known = min(size, sizeof(*ca));
	u8 byte;

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	memset(ca, 0, sizeof(*ca));
	if (copy_from_user(ca, from, known))
		return -EFAULT;
	for (size_t i = known; i < size; i++) {
		if (get_user(byte, (const u8 __user *)from + i))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return 0;
}

SYSCALL_DEFINE_REGS(clone3)
{
	struct kernel_clone_args args;
	struct clone_args ca;
	int err = copy_clone_args(&ca, (const void __user *)regs->bx, regs->cx);

	if (!err)
		err = check_clone_args(&ca);
	if (err)
		return err;
	args = (struct kernel_clone_args){
		.flags = ca.flags,
		.exit_signal = ca.exit_signal,
		.stack = ca.stack ? ca.stack + ca.stack_size : 0,
		.parent_tid = (int __user *)(unsigned long)ca.parent_tid,
		.child_tid = (int __user *)(unsigned long)ca.child_tid,
		.tls = ca.tls,
	};
	return kernel_clone(&args, regs);
}

/* ---- the end ---- */

SYSCALL_DEFINE1(exit, int, error_code)
{
	do_exit((error_code & 0xff) << 8);
}

SYSCALL_DEFINE1(exit_group, int, error_code)
{
	do_group_exit((error_code & 0xff) << 8);
}

#define WAIT4_OPTIONS (WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS \
	(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define NO_PGRP ((pid_t)0x80000000)

static long kernel_wait4(pid_t pid, int __user *status, int options, struct rusage __user *ru)
{
	struct wait_opts wo = {.flags = options | WEXITED, .want_usage = ru != NULL};
	long ret;

	if (options & ~WAIT4_OPTIONS)
		return -EINVAL;
	if (pid == NO_PGRP)
		return -ESRCH;
	wo.type = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
	wo.pid = pid > 0 ? pid : pid ? -pid : current->signal->pgrp;
	ret = do_wait(&wo);
	if (ret > 0 && status && put_user(wo.status, status))
		ret = -EFAULT;
	if (ret > 0 && ru && copy_to_user(ru, &wo.usage, sizeof(wo.usage)))
		ret = -EFAULT;
	return ret;
}

SYSCALL_DEFINE4(wait4, pid_t, pid, int __user *, status, int, options, struct rusage __user *, ru)
{
	return kernel_wait4(pid, status, options, ru);
}

SYSCALL_DEFINE3(waitpid, pid_t, pid, int __user *, status, int, options)
{
	return kernel_wait4(pid, status, options, NULL);
}

/* Only these fields of the siginfo are written. */
static int put_wait_info(siginfo_t __user *info, const struct wait_opts *wo, pid_t pid)
{
	if (put_user(pid ? SIGCHLD : 0, &info->si_signo) || put_user(0, &info->si_errno) ||
	    put_user(wo->cause, &info->si_code) || put_user(pid, &info->si_pid) ||
	    put_user(wo->uid, &info->si_uid) || put_user(wo->cause_status, &info->si_status))
		return -EFAULT;
	return 0;
}

/* The pid of the child that has something to tell; 0: none yet; -errno. */
static long kernel_waitid(int which, pid_t pid, int options, struct wait_opts *wo)
{
	if ((options & ~WAITID_OPTIONS) || !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	switch (which) {
	case P_ALL:
		break;
	case P_PID:
		if (pid <= 0)
			return -EINVAL;
		break;
	case P_PGID:
		if (pid < 0)
			return -EINVAL;
		if (!pid)
			wo->pid = current->signal->pgrp;
		break;
	case P_PIDFD:
		return pid < 0 ? -EINVAL : -EBADF; /* there are no process descriptors */
	default:
		return -EINVAL;
	}
	return do_wait(wo);
}

/* A failed call fills `info` in as well: with zeros. */
SYSCALL_DEFINE5(waitid, int, which, pid_t, pid, siginfo_t __user *, info, int, options,
		struct rusage __user *, ru)
{
	struct wait_opts wo = {
		.type = which, .pid = pid, .flags = options, .want_usage = ru != NULL};
	long ret = kernel_waitid(which, pid, options, &wo);

	if (ret > 0 && ru && copy_to_user(ru, &wo.usage, sizeof(wo.usage)))
		return -EFAULT;
	if (info && put_wait_info(info, &wo, max(ret, 0L)))
		return -EFAULT;
	return ret > 0 ? 0 : ret;
}

/* ---- numbers ---- */

SYSCALL_DEFINE0(getpid)
{
	return current->tgid;
}
SYSCALL_DEFINE0(gettid)
{
	return current->pid;
}
SYSCALL_DEFINE0(getppid)
{
	return current->group_leader->real_parent->tgid;
}
SYSCALL_DEFINE1(getpgid, pid_t, pid)
{
	return do_getpgid(pid);
}
SYSCALL_DEFINE0(getpgrp)
{
	return current->signal->pgrp;
}
SYSCALL_DEFINE2(setpgid, pid_t, pid, pid_t, pgid)
{
	return do_setpgid(pid, pgid);
}
SYSCALL_DEFINE1(getsid, pid_t, pid)
{
	return do_getsid(pid);
}
SYSCALL_DEFINE0(setsid)
{
	return do_setsid();
}

SYSCALL_DEFINE0(vhangup)
{
	if (!has_cap(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	tty_vhangup_self();
	return 0;
}

SYSCALL_DEFINE1(set_tid_address, int __user *, tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}

/* ---- futexes ---- */

SYSCALL_DEFINE2(set_robust_list, struct robust_list_head __user *, head, size_t, len)
{
	if (len != sizeof(*head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

SYSCALL_DEFINE3(get_robust_list, int, pid, struct robust_list_head __user *__user *, head_ptr,
		size_t __user *, len_ptr)
{
	struct task_struct *p = pid ? find_task_by_pid(pid) : current;
	struct robust_list_head __user *head;

	if (!p)
		return -ESRCH;
	if (!ptrace_may_access(p, PTRACE_MODE_READ_REALCREDS))
		return -EPERM;
	head = p->robust_list;
	if (put_user(sizeof(*head), len_ptr))
		return -EFAULT;
	return put_user(head, head_ptr);
}

/* Does `utime` point to a timeout, or is it a number? */
static bool futex_has_timeout(int op)
{
	int cmd = op & FUTEX_CMD_MASK;

	return cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET;
}

SYSCALL_DEFINE6(futex, u32 __user *, uaddr, int, op, u32, val,
		const struct __kernel_old_timespec __user *, utime, u32 __user *, uaddr2, u32, val3)
{
	u64 expires = FUTEX_NO_TIMEOUT;
	struct timespec64 ts;
	int err;

	if (utime && futex_has_timeout(op)) {
		err = get_old_timespec(&ts, utime);
		if (!err)
			err = futex_timeout(op, &ts, &expires);
		if (err)
			return err;
	}
	return do_futex(uaddr, op, val, expires, uaddr2, (unsigned long)utime, val3);
}

SYSCALL_DEFINE6(futex_time64, u32 __user *, uaddr, int, op, u32, val,
		const struct __kernel_timespec __user *, utime, u32 __user *, uaddr2, u32, val3)
{
	u64 expires = FUTEX_NO_TIMEOUT;
	struct timespec64 ts;
	int err;

	if (utime && futex_has_timeout(op)) {
		err = get_timespec64(&ts, utime);
		if (!err)
			err = futex_timeout(op, &ts, &expires);
		if (err)
			return err;
	}
	return do_futex(uaddr, op, val, expires, uaddr2, (unsigned long)utime, val3);
}
