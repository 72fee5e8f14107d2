/*
 * The trace: a ring of records of what the kernel does. See docs/tracing.md, and trace_abi.h for
 * the records.
 *
 * A place that records asks trace_on() first. That is the only cost while nobody reads. The calls
 * below may be made anywhere, also in interrupt handlers and with locks held: nothing sleeps, and
 * nothing is allocated.
 */
#ifndef KERNEL_TRACE_TRACE_H
#define KERNEL_TRACE_TRACE_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/util.h"
#include "kernel/trace/trace_abi.h"

/* The events that somebody wants, 1 << TRACE_…; only trace_want() writes it. */
extern u32 trace_mask;

#define TRACE_BIT(event) (1U << (event))

/* Does anybody want this event? */
static __always_inline bool trace_on(enum trace_type event)
{
	return unlikely(trace_mask & TRACE_BIT(event));
}

/* ---- recording ---- */

/* Record an event with n args; the others are 0. `insns`: see trace_abi.h. */
void trace_write(enum trace_type type, u32 insns, const u32 *arg, unsigned int n);
/* The same, with a NAME before it: a text of this kind, or none if it is NULL. */
void trace_write_named(enum trace_type type, u32 insns, const u32 *arg, unsigned int n,
		       enum trace_name_kind kind, const char *name);
/* What a program wrote to trace_marker: `len` bytes, in as many records as it takes. */
void trace_mark(const char *text, size_t len);

/* Record an event with the args that follow, as 32-bit numbers. */
#define trace_event(type, ...)                                                \
	do {                                                                  \
		const u32 trace_args_[] = {__VA_ARGS__};                      \
		trace_write((type), 0, trace_args_, ARRAY_SIZE(trace_args_)); \
	} while (0)

/* The time, in TSC cycles, without what the tracing itself took: two of them make `insns`. */
u64 trace_cycles(void);

/* ---- reading ---- */

/*
 * The records are numbered by `seq`. The ring holds those from trace_tail() up to trace_head(),
 * which comes next; numbers wrap, so compare differences. A reader keeps the number that it wants
 * next: if trace_tail() has passed it, so many records are lost to it.
 */
u32 trace_head(void);
u32 trace_tail(void);
/* Copy record number seq. False: it is not there any more, or not yet. */
bool trace_get(u32 seq, struct trace_record *to);
/*
 * The reader wants these events from now on, 0: none. The ring is made at the first wish. 0, or
 * -ENOMEM, and nothing has changed. A record that is in the ring stays; its `readers` says for whom
 * it was made. May sleep; task context.
 */
int trace_want(enum trace_reader reader, u32 events);
u32 trace_wanted(enum trace_reader reader); /* what it wants now */
/* Give the ring another size in KiB, rounded to a power of two of records; what it holds is lost to
   the readers. 0, -EINVAL, or -ENOMEM, and nothing has changed. May sleep; task context. */
int trace_resize(unsigned long kb);
unsigned long trace_size_kb(void); /* the size that the ring has, or will have at the first wish */
bool trace_has_ring(void);	   /* is it there yet? */
/* Fill *to with the header of a stream that has lost `lost` records. */
void trace_header(struct trace_record *to, u32 lost);

/* tracefs: is this event for it? NULL: all that it wants. Called with interrupts off, maybe in an
   interrupt handler. pid: of the record. */
extern bool (*trace_tracefs_filter)(enum trace_type type, unsigned int pid, const u32 *arg);

/* ---- for those whom the ring cannot name, because they stand higher ---- */

/* Sends what is new in the ring; called after a record for the serial port. */
extern void (*trace_send)(void);

/* Where an event costs nothing while it is off, something has to be turned on. `set` is called when
   the first of `events` is wanted, and when the last one is no longer wanted. Task context. */
struct trace_switch {
	u32 events;
	void (*set)(bool on);
	struct list_head list;
};
/* Boot, before the first wish. */
void trace_register_switch(struct trace_switch *s);

/* Boot: reads the options trace_buf= and, in serial.c, trace= and trace_events=, which may start a
   trace. All switches are registered. */
void trace_init(void);
void trace_serial_init(void);
/* Before the machine is switched off: send what still waits in the ring. A host that takes nothing
   for two seconds gets no more. Task context. */
void trace_serial_drain(void);

#endif
