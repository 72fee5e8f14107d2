/*
 * Spin locks on one processor: taking one only forbids to sleep, and the _irq kinds keep interrupt
 * handlers out. Debug builds notice a lock taken twice, and a sleep while one is held.
 */
#ifndef KERNEL_CORE_SPINLOCK_H
#define KERNEL_CORE_SPINLOCK_H

#include "kernel/abi/types.h"
#include "kernel/x86/cpu.h"

#if MAPIX_DEBUG
typedef struct {
	bool locked;
} spinlock_t;
#	define SPIN_LOCK_UNLOCKED \
		{                  \
			false      \
		}
extern int spinlocks_held;
/* spin_bug() panics because a spin lock was used wrongly; `what` says how. might_sleep_at() does
 * the work of might_sleep(). */
void spin_bug(const char *what) __attribute__((noreturn, cold));
void might_sleep_at(const char *file, int line);
/* Tests: every Nth might_sleep() does sleep; 0: none. /proc/sys/debug/sleep_yield. */
extern int sleep_yield;
/* Lets all others run. Registered by the scheduler. */
extern void (*sleep_hook)(void);
/* Is it the turn of this one, if every n-th is to do something? */
static inline bool nth_turn(unsigned int *turns, int n)
{
	return n > 0 && ++*turns % n == 0;
}
/* Put at the top of what may sleep: panics if a spin lock is held, or interrupts are off, or inside
   an interrupt handler. */
#	define might_sleep() might_sleep_at(__FILE__, __LINE__)
/* Boot: from here on might_sleep() checks. */
void allow_sleeping(void);
static inline void spin_lock(spinlock_t *lock)
{
	if (lock->locked)
		spin_bug("taken twice");
	lock->locked = true;
	spinlocks_held++;
	barrier();
}
static inline void spin_unlock(spinlock_t *lock)
{
	barrier();
	if (!lock->locked)
		spin_bug("released but not held");
	lock->locked = false;
	spinlocks_held--;
}
static inline bool spin_is_locked(const spinlock_t *lock)
{
	return lock->locked;
}
#else
typedef struct {
} spinlock_t;
#	define SPIN_LOCK_UNLOCKED \
		{                  \
		}
#	define might_sleep() ((void)0)
static inline void allow_sleeping(void)
{
}
static inline void spin_lock(spinlock_t *lock)
{
	barrier();
}
static inline void spin_unlock(spinlock_t *lock)
{
	barrier();
}
#endif

static inline void spin_lock_init(spinlock_t *lock)
{
	*lock = (spinlock_t)SPIN_LOCK_UNLOCKED;
}

#endif
