/*
 * The ring of records. New records take the place of the oldest ones; the readers find out by the
 * numbers what they have lost.
 *
 * Interrupts are off while a record is copied, so a handler's record comes before or after. A fault
 * or a non-maskable interrupt in between finds `writing` set, and its records are dropped: counted,
 * and missing in the numbers.
 */
#include "kernel/trace/trace.h"
#include "kernel/core/clock.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/core/utsname.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/pgtable-types.h"
#include "libc/include/string.h"
#include "mm/phys/vmalloc.h"
#include <linux/errno.h>

#define DEFAULT_KB 1024UL
#define LEAST_KB   4UL
#define MOST_KB	   65536UL
#define RECORD	   sizeof(struct trace_record)
#define COMM_LEN   16

#define NAME_WHAT(kind, len, offset) ((u32)(kind) << 24 | (u32)(len) << 12 | (offset))
#define NAME_MOST		     0xfffU

_Static_assert(sizeof(struct trace_record) == 64, "a record");

u32 trace_mask;
bool (*trace_tracefs_filter)(enum trace_type type, unsigned int pid, const u32 *arg);
void (*trace_send)(void);

static LIST_HEAD(switches);
static u32 wanted[TRACE_NR_READERS];
static unsigned long ring_kb = DEFAULT_KB;

/* Guarded by closed interrupts. */
static struct trace_record *ring;
static u32 ring_size; /* a power of two */
static u32 head;      /* the number of the next record */
static u32 tail;      /* the oldest one that the ring holds */
static bool writing;
static u32 dropped; /* records that came while another was written */

static unsigned int depth; /* of events in one another: an interrupt while a record is sent */
static u64 spent;	   /* TSC cycles that the tracing took */

/* The task whose comm the last NAME told, and when. */
static u16 named_pid;
static char named_comm[COMM_LEN];
static u32 named_at;
static bool named;

/* ---- recording ---- */

/* The next record, filled but for its args. Interrupts off. */
static struct trace_record *next_record(enum trace_type type, const struct trace_record *head_of)
{
	struct trace_record *r = &ring[head & (ring_size - 1)];

	*r = *head_of;
	r->type = type;
	r->seq = head++;
	if (head - tail > ring_size)
		tail = head - ring_size;
	return r;
}

/* A text, in as many records as it takes. Interrupts off. */
static void put_text(enum trace_type type, const struct trace_record *head_of, unsigned int kind,
		     const char *text, size_t len)
{
	size_t offset = 0;

	len = min(len, (size_t)NAME_MOST);
	do {
		struct trace_record *r = next_record(type, head_of);

		r->arg[0] = NAME_WHAT(kind, len, offset);
		memcpy(&r->arg[1], text + offset, min(len - offset, (size_t)TRACE_TEXT));
		offset += TRACE_TEXT;
	} while (offset < len);
}

/* Tell the comm of the record's task if the readers do not know it, or may have lost it. */
static void put_comm(const struct trace_record *head_of, const char *comm)
{
	if (named && named_pid == head_of->pid && !strncmp(named_comm, comm, COMM_LEN) &&
	    head - named_at < min(ring_size / 4, (u32)TRACE_REPEAT))
		return;
	named = true;
	named_pid = head_of->pid;
	named_at = head;
	strncpy(named_comm, comm, COMM_LEN);
	put_text(TRACE_NAME, head_of, TRACE_NAME_COMM, comm, strnlen(comm, COMM_LEN));
}

/* Who wants the event: a bit mask of readers. */
static u8 readers_of(enum trace_type type, unsigned int pid, const u32 *arg)
{
	u8 readers = 0;

	for (unsigned int i = 0; i < TRACE_NR_READERS; i++) {
		if (type < TRACE_HEADER ? !(wanted[i] & TRACE_BIT(type)) : !wanted[i])
			continue;
		if (i == TRACE_READER_TRACEFS && trace_tracefs_filter &&
		    !trace_tracefs_filter(type, pid, arg))
			continue;
		readers |= 1U << i;
	}
	return readers;
}

/* Begin: what all records of this event have in common. False: nobody wants it, or it comes out of
   the tracing itself. Interrupts off. */
static bool begin(enum trace_type type, u32 insns, const u32 *arg, struct trace_record *common)
{
	struct running_task task = {.comm = "swapper"};

	if (writing || !ring) {
		dropped += writing;
		return false;
	}
	writing = true;
	memset(common, 0, sizeof(*common));
	if (running_task_hook)
		running_task_hook(&task);
	common->pid = task.pid;
	common->flags = (in_interrupt() ? TRACE_FLAG_HARDIRQ : 0) |
			(task.need_resched ? TRACE_FLAG_NEED_RESCHED : 0);
	common->readers = readers_of(type, common->pid, arg);
	if (!common->readers) {
		writing = false;
		return false;
	}
	common->ns = sched_clock();
	put_comm(common, task.comm);
	if (dropped) {
		next_record(TRACE_LOST, common)->arg[0] = dropped;
		dropped = 0;
	}
	common->insns = insns;
	depth++;
	return true;
}

/* End: the flags are those before begin(). */
static void finish(unsigned long flags, u64 start, u8 readers)
{
	writing = false;
	local_irq_restore(flags);
	if (readers & TRACE_BIT(TRACE_READER_SERIAL) && trace_send)
		trace_send();
	if (!--depth)
		spent += rdtsc() - start;
}

void trace_write_named(enum trace_type type, u32 insns, const u32 *arg, unsigned int n,
		       enum trace_name_kind kind, const char *name)
{
	struct trace_record common;
	unsigned long flags;
	u64 start = rdtsc();

	local_irq_save(flags);
	if (!begin(type, insns, arg, &common)) {
		local_irq_restore(flags);
		return;
	}
	if (irqs_disabled_flags(flags))
		common.flags |= TRACE_FLAG_IRQS_OFF;
	if (name)
		put_text(TRACE_NAME, &common, kind, name, strlen(name));
	memcpy(next_record(type, &common)->arg, arg, n * sizeof(*arg));
	finish(flags, start, common.readers);
}

void trace_write(enum trace_type type, u32 insns, const u32 *arg, unsigned int n)
{
	trace_write_named(type, insns, arg, n, TRACE_NAME_FILE, NULL);
}

void trace_mark(const char *text, size_t len)
{
	struct trace_record common;
	unsigned long flags;
	u64 start = rdtsc();

	local_irq_save(flags);
	if (!begin(TRACE_MARKER, 0, NULL, &common)) {
		local_irq_restore(flags);
		return;
	}
	put_text(TRACE_MARKER, &common, 0, text, len);
	finish(flags, start, common.readers);
}

u64 trace_cycles(void)
{
	return rdtsc() - spent;
}

/* ---- reading ---- */

u32 trace_head(void)
{
	return head;
}

u32 trace_tail(void)
{
	return tail;
}

bool trace_get(u32 seq, struct trace_record *to)
{
	unsigned long flags;
	bool there;

	local_irq_save(flags);
	there = ring && seq - tail < head - tail;
	if (there)
		*to = ring[seq & (ring_size - 1)];
	local_irq_restore(flags);
	return there;
}

void trace_header(struct trace_record *to, u32 lost)
{
	memset(to, 0, sizeof(*to));
	to->type = TRACE_HEADER;
	to->ns = sched_clock();
	to->seq = head;
	to->readers = TRACE_BIT(TRACE_READER_SERIAL);
	to->arg[0] = TRACE_MAGIC;
	to->arg[1] = RECORD << 16 | TRACE_VERSION;
	to->arg[2] = boot_cpu_data.khz;
	to->arg[3] = lost;
	memcpy(&to->arg[4], build_id(), BUILD_ID_SIZE);
	to->arg[9] = CONFIG_PGTABLE_LEVELS;
}

/* ---- who wants what ---- */

/* Put a ring of this size in the place of the old one. The numbers go on. */
static int make_ring(unsigned long kb)
{
	u32 size = kb * 1024 / RECORD;
	struct trace_record *made = vmalloc(size * RECORD), *old;
	unsigned long flags;

	if (!made)
		return -ENOMEM;
	local_irq_save(flags);
	old = ring;
	ring = made;
	ring_size = size;
	tail = head;
	named = false;
	local_irq_restore(flags);
	vfree(old);
	return 0;
}

int trace_resize(unsigned long kb)
{
	int err;

	if (kb < 1 || kb > MOST_KB)
		return -EINVAL;
	kb = max(LEAST_KB, 1UL << fls((unsigned int)kb - 1));
	err = ring ? make_ring(kb) : 0;
	if (!err)
		ring_kb = kb;
	return err;
}

unsigned long trace_size_kb(void)
{
	return ring_kb;
}

bool trace_has_ring(void)
{
	return ring;
}

void trace_register_switch(struct trace_switch *s)
{
	list_add_tail(&s->list, &switches);
}

int trace_want(enum trace_reader reader, u32 events)
{
	u32 mask = events, before = trace_mask;
	struct trace_switch *s;

	if (events && !ring) {
		int err = make_ring(ring_kb);

		if (err)
			return err;
	}
	wanted[reader] = events;
	for (unsigned int i = 0; i < TRACE_NR_READERS; i++)
		mask |= wanted[i];
	list_for_each_entry (s, &switches, list)
		if (!(before & s->events) != !(mask & s->events))
			s->set(mask & s->events);
	trace_mask = mask;
	return 0;
}

u32 trace_wanted(enum trace_reader reader)
{
	return wanted[reader];
}

void trace_init(void)
{
	trace_resize(cmdline_get_ulong("trace_buf", DEFAULT_KB));
	trace_serial_init();
}
