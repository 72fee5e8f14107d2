/* Scheduling. */
#ifndef LIBC_SCHED_H
#define LIBC_SCHED_H

#include <sys/types.h>
#include <time.h>
#include <linux/sched.h>

#define SCHED_OTHER SCHED_NORMAL

struct sched_param {
	int sched_priority;
};

/* A set of processors, as wide as glibc's. */
#define CPU_SETSIZE 1024
typedef struct {
	unsigned long __bits[CPU_SETSIZE / (8 * sizeof(unsigned long))];
} cpu_set_t;

#define __CPU_WORD(cpu)	    ((cpu) / (8 * sizeof(unsigned long)))
#define __CPU_BIT(cpu)	    (1UL << ((cpu) % (8 * sizeof(unsigned long))))
#define CPU_ZERO(set)	    __builtin_memset((set), 0, sizeof(*(set)))
#define CPU_SET(cpu, set)   ((set)->__bits[__CPU_WORD(cpu)] |= __CPU_BIT(cpu))
#define CPU_CLR(cpu, set)   ((set)->__bits[__CPU_WORD(cpu)] &= ~__CPU_BIT(cpu))
#define CPU_ISSET(cpu, set) (((set)->__bits[__CPU_WORD(cpu)] & __CPU_BIT(cpu)) != 0)
#define CPU_COUNT(set)	    __cpu_count(set)
int __cpu_count(const cpu_set_t *set);

/* Let another one run. */
int sched_yield(void);
/* Start a child that calls fn(arg) on the stack that ends at `stack`, and exits with the result.
   flags: CLONE_ bits and the signal sent at its end. CLONE_SETTLS, CLONE_PARENT_SETTID and
   CLONE_CHILD_CLEARTID, whose further arguments this one does not pass on, must not be set. => its
   thread id, or -1. */
int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);

#endif
