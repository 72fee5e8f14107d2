/*
 * Timers, and sleeping until a given time.
 */
#ifndef KERNEL_TIME_TIME_H
#define KERNEL_TIME_TIME_H

#include "kernel/core/clock.h"
#include "kernel/lib/list.h"

/* --- Timers: their functions run in the timer interrupt, with interrupts off, and must not sleep
 * ---
 */
struct timer_list {
	struct list_head entry; /* off the queue: entry.next is NULL */
	u64 expires_ns;		/* on its clock */
	void (*function)(struct timer_list *timer);
};
/* Initialise a timer that is not armed. */
void timer_setup(struct timer_list *timer, void (*function)(struct timer_list *));
static inline bool timer_pending(const struct timer_list *timer)
{
	return timer->entry.next != NULL;
}
/* (Re)arm. Returns whether it was pending. From any context. */
int mod_timer_ns(struct timer_list *timer, u64 expires_ns);
int mod_timer(struct timer_list *timer, unsigned long expires_jiffies);
/* Disarm. Returns whether it was pending. On one processor it cannot be running meanwhile. */
int del_timer(struct timer_list *timer);
/* Boot: start the tick. After init_IRQ and the slab allocator. */
void tick_init(void);

/* Called from the tick: run the expired timers of both clocks. Interrupts off. */
void run_timers(u64 now_ns, u64 now_real_ns);

/* Sleep until the monotonic clock (or `clock`) reaches expires_ns, in current's state as set
   before; like schedule_timeout. 0 if the time came, -EINTR if woken before. */
int schedule_until_clock_ns(clockid_t clock, u64 expires_ns);
static inline int schedule_until_ns(u64 expires_ns)
{
	return schedule_until_clock_ns(CLOCK_MONOTONIC, expires_ns);
}

#endif
