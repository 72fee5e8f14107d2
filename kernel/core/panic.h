/*
 * The end, and warnings of it: panic, BUG, WARN, register dumps and symbolised backtraces.
 */
#ifndef KERNEL_CORE_PANIC_H
#define KERNEL_CORE_PANIC_H

#include "kernel/abi/types.h"
#include "kernel/core/printk.h"

struct pt_regs;

/* Print the reason and a backtrace and stop the machine (or restart it: boot option panic=). */
void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn, cold));
/* True once panic() has begun: consoles then poll and take no locks. */
extern bool panic_in_progress;

/* The running task, for reports, as the scheduler describes it. */
struct running_task {
	const char *comm;
	int pid;
	void *stack;	   /* lowest address of the kernel stack, or NULL */
	bool need_resched; /* another task is to run soon */
};
extern void (*running_task_hook)(struct running_task *task);

/* For BUG and WARN below: panic, or log a warning with a backtrace. `what` is the condition's text.
 */
void bug_at(const char *file, int line, const char *what) __attribute__((noreturn, cold));
void warn_at(const char *file, int line, const char *what) __attribute__((cold));

#define BUG() bug_at(__FILE__, __LINE__, "BUG()")
#define BUG_ON(cond)                                       \
	do {                                               \
		if (__builtin_expect(!!(cond), 0))         \
			bug_at(__FILE__, __LINE__, #cond); \
	} while (0)
/* Complain with a backtrace and go on; the value is the condition's. */
#define WARN_ON(cond)                                       \
	({                                                  \
		bool __warn = !!(cond);                     \
		if (__builtin_expect(__warn, 0))            \
			warn_at(__FILE__, __LINE__, #cond); \
		__warn;                                     \
	})

/* Log the registers of an interrupt or fault. */
void show_regs(const struct pt_regs *regs);
/* The same for registers that lie elsewhere than on the stack at sp. */
void show_regs_at(const struct pt_regs *regs, unsigned long sp);
/* Log the running task and its call chain, as a warning. */
void dump_stack(void);
/* The call chain by frame pointers from bp on, `ip` first (0: leave it out). */
void show_trace(unsigned long ip, unsigned long bp);

/* --- kernel/core/kallsyms.c: names of kernel addresses --- */
/* The function around addr, *offset into it and *size of it; NULL if unknown. */
const char *kallsyms_lookup(unsigned long addr, unsigned long *offset, unsigned long *size);
/* "name+0x12/0x34" or the bare number, into buf. Returns buf. */
char *sprint_symbol(char *buf, size_t size, unsigned long addr);
/* Does addr lie in the kernel's code? */
bool is_kernel_text(unsigned long addr);
/* Does addr lie in a function that is __sched? */
bool in_sched_functions(unsigned long addr);
/* The n-th symbol of the kernel in order of addresses, *type as nm tells it; NULL behind the last.
 */
const char *kallsyms_symbol(unsigned int n, unsigned long *addr, char *type);

/* --- kernel/x86/reboot.c --- */
/* Restart the machine, switch it off, or halt the processor. Nothing is written back first. */
void machine_restart(void) __attribute__((noreturn));
void machine_power_off(void) __attribute__((noreturn));
void machine_halt(void) __attribute__((noreturn));

#endif
