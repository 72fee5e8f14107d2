/*
 * System calls: how one is defined. entry.asm calls sys_call_table[number] with the registers; a
 * SYSCALL_DEFINE unpacks them into typed arguments.
 *
 *	SYSCALL_DEFINE3(read, int, fd, char __user *, buf, size_t, count)
 *	{
 *		...
 *	}
 */
#ifndef KERNEL_SYSCALL_SYSCALL_H
#define KERNEL_SYSCALL_SYSCALL_H

#include "kernel/abi/types.h"
#include "kernel/lib/err.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/uaccess.h"
#include <linux/errno.h>

typedef long (*sys_call_ptr_t)(const struct pt_regs *regs);
extern const sys_call_ptr_t sys_call_table[];

#define __SC_HEAD(name, ...)                                                            \
	long sys_##name(const struct pt_regs *regs);                                    \
	static inline __attribute__((always_inline)) long __do_sys_##name(__VA_ARGS__); \
	long sys_##name(const struct pt_regs *regs)
/* A register holds an argument: through unsigned long, so that pointers convert quietly. */
#define __SC(type, reg) (type)(regs->reg)

#define SYSCALL_DEFINE0(name)             \
	__SC_HEAD(name, void)             \
	{                                 \
		return __do_sys_##name(); \
	}                                 \
	static inline long __do_sys_##name(void)
#define SYSCALL_DEFINE1(name, t1, a1)                 \
	__SC_HEAD(name, t1 a1)                        \
	{                                             \
		return __do_sys_##name(__SC(t1, bx)); \
	}                                             \
	static inline long __do_sys_##name(t1 a1)
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2)                       \
	__SC_HEAD(name, t1 a1, t2 a2)                               \
	{                                                           \
		return __do_sys_##name(__SC(t1, bx), __SC(t2, cx)); \
	}                                                           \
	static inline long __do_sys_##name(t1 a1, t2 a2)
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)                             \
	__SC_HEAD(name, t1 a1, t2 a2, t3 a3)                                      \
	{                                                                         \
		return __do_sys_##name(__SC(t1, bx), __SC(t2, cx), __SC(t3, dx)); \
	}                                                                         \
	static inline long __do_sys_##name(t1 a1, t2 a2, t3 a3)
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4)                                   \
	__SC_HEAD(name, t1 a1, t2 a2, t3 a3, t4 a4)                                             \
	{                                                                                       \
		return __do_sys_##name(__SC(t1, bx), __SC(t2, cx), __SC(t3, dx), __SC(t4, si)); \
	}                                                                                       \
	static inline long __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                          \
	__SC_HEAD(name, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)                                     \
	{                                                                                      \
		return __do_sys_##name(__SC(t1, bx), __SC(t2, cx), __SC(t3, dx), __SC(t4, si), \
				       __SC(t5, di));                                          \
	}                                                                                      \
	static inline long __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)                  \
	__SC_HEAD(name, t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)                              \
	{                                                                                      \
		return __do_sys_##name(__SC(t1, bx), __SC(t2, cx), __SC(t3, dx), __SC(t4, si), \
				       __SC(t5, di), __SC(t6, bp));                            \
	}                                                                                      \
	static inline long __do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)

/* A call that needs all registers (fork, sigreturn, execve): gets them instead of arguments. It may
   change them; what it returns goes to ax. */
#define SYSCALL_DEFINE_REGS(name)                                                                \
	long sys_##name(const struct pt_regs *const_regs);                                       \
	static inline __attribute__((always_inline)) long __do_sys_##name(struct pt_regs *regs); \
	long sys_##name(const struct pt_regs *const_regs)                                        \
	{                                                                                        \
		return __do_sys_##name((struct pt_regs *)const_regs);                            \
	}                                                                                        \
	static inline long __do_sys_##name(struct pt_regs *regs)

#endif
