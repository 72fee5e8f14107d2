/*
 * The records in the ring that are tracefs's. A record is one if it was made for
 *TRACE_READER_TRACEFS (see wanted_record); a marker of several records counts once.
 *
 * Three numbers tell all: `written` counts the records that were made, `passed` those that were
 * consumed, cleared or lost, and `start` is the first one in the ring that was not. So
 *
 *	written = passed + records from `start` on + lost ones that were not counted yet
 *
 * and after the ring has run over, counting what is still there tells how many are lost.
 */
#include "kernel/fs/tracefs/internal.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "libc/include/string.h"

#define SAVED_COMMS    256 /* a power of two */
#define TEXT_KIND(r)   ((r)->arg[0] >> 24)
#define TEXT_LEN(r)    ((r)->arg[0] >> 12 & 0xfff)
#define TEXT_OFFSET(r) ((r)->arg[0] & 0xfff)

/* Changed with interrupts off: an interrupt handler's record may come at any time. */
static u32 written;

static u32 passed, start;
static u32 overrun, consumed; /* since the last clear_trace() */
static u32 unsaid;	      /* lost records of which trace_consume() has not told yet */

/* The comms of processes that were recorded, by pid: one of those that share a place. */
static struct {
	unsigned int pid;
	char comm[ITER_COMM_SIZE];
} saved_comms[SAVED_COMMS];

/* ---- what is recorded ---- */

static void save_comm(unsigned int pid)
{
	unsigned int i = pid % SAVED_COMMS;

	if (!pid)
		return;
	saved_comms[i].pid = pid;
	strlcpy(saved_comms[i].comm, current->comm, sizeof(saved_comms[i].comm));
}

/* trace_tracefs_filter. Interrupts off. */
static bool wanted_record(enum trace_type type, unsigned int pid, const u32 *arg)
{
	if (type < TRACE_HEADER && (!event_is_on(type, arg) || !pid_is_traced(type, pid, arg)))
		return false;
	written++;
	save_comm(pid);
	return true;
}

void buffer_init(void)
{
	trace_tracefs_filter = wanted_record;
}

bool saved_comm(unsigned int pid, char *comm)
{
	unsigned int i = pid % SAVED_COMMS;

	if (!pid || saved_comms[i].pid != pid)
		return false;
	strlcpy(comm, saved_comms[i].comm, ITER_COMM_SIZE);
	return true;
}

int saved_cmdlines_show(struct seq_file *m, unsigned int id)
{
	for (unsigned int i = 0; i < SAVED_COMMS; i++) {
		if (saved_comms[i].pid)
			seq_printf(m, "%u %s\n", saved_comms[i].pid, saved_comms[i].comm);
	}
	return 0;
}

/* ---- walking ---- */

/* Does a record of tracefs begin here? */
static bool is_ours(const struct trace_record *r)
{
	if (!(r->readers & TRACE_BIT(TRACE_READER_TRACEFS)))
		return false;
	return r->type < TRACE_HEADER || (r->type == TRACE_MARKER && !TEXT_OFFSET(r));
}

void trace_iter_begin(struct trace_iter *it)
{
	memset(it, 0, offsetof(struct trace_iter, name));
	it->name[0] = '\0';
	it->seq = start;
}

/* One part of a text. Is it the last? */
static bool take_text(struct trace_iter *it)
{
	const struct trace_record *r = &it->rec;
	size_t len = TEXT_LEN(r), offset = TEXT_OFFSET(r), n = 0;

	if (offset < len)
		n = min(len - offset, (size_t)TRACE_TEXT);
	memcpy(it->name + offset, &r->arg[1], n);
	it->name[offset + n] = '\0';
	return offset + n >= len;
}

/* A NAME: a comm is kept, another text waits in it->name for the next event. */
static void take_name(struct trace_iter *it)
{
	const struct trace_record *r = &it->rec;

	if (TEXT_KIND(r) != TRACE_NAME_COMM) {
		take_text(it);
		return;
	}
	it->comm_pid = r->pid;
	memcpy(it->comm, &r->arg[1], ITER_COMM_SIZE - 1);
	it->comm[min(TEXT_LEN(r), (u32)ITER_COMM_SIZE - 1)] = '\0';
}

/* The record at it->seq is not there. False: it is not yet. */
static bool skip_lost(struct trace_iter *it)
{
	if ((s32)(trace_tail() - it->seq) <= 0)
		return false;
	it->seq = trace_tail();
	it->skipped = true;
	it->comm[0] = it->name[0] = '\0';
	return true;
}

bool trace_iter_next(struct trace_iter *it)
{
	bool in_marker = false;

	it->skipped = false;
	it->name[0] = '\0';
	for (;;) {
		cond_resched();
		if (!trace_get(it->seq, &it->rec)) {
			if (!skip_lost(it))
				return false;
			in_marker = false;
			continue;
		}
		it->seq++;
		if (it->rec.type == TRACE_NAME) {
			take_name(it);
		} else if (it->rec.type == TRACE_MARKER) {
			in_marker = is_ours(&it->rec) || (in_marker && TEXT_OFFSET(&it->rec));
			if (in_marker && take_text(it))
				return true;
		} else if (is_ours(&it->rec)) {
			return true;
		} else {
			it->name[0] = '\0'; /* it was for an event that is not ours */
		}
	}
}

/* ---- counting ---- */

/* How many of the first *nr_written records are in the ring and not consumed. *oldest_ns: when the
   first of them was made. `start` moves over what is lost. May sleep. */
static u32 count_entries(u32 *nr_written, u64 *oldest_ns)
{
	struct trace_record r;
	unsigned long flags;
	u32 end, seq, n = 0;

	local_irq_save(flags);
	*nr_written = written;
	end = trace_head();
	local_irq_restore(flags);
	*oldest_ns = 0;
	for (seq = start; seq != end; seq++) {
		cond_resched();
		if ((s32)(trace_tail() - start) > 0) {
			seq = start = trace_tail(); /* what was counted so far may be gone */
			n = 0;
			if ((s32)(seq - end) >= 0)
				break;
		}
		if (!trace_get(seq, &r) || !is_ours(&r))
			continue;
		if (!n++)
			*oldest_ns = r.ns;
	}
	return n;
}

/* Note what is lost since the last time. */
static void note_lost(struct trace_counts *counts)
{
	u32 nr_written, lost;

	counts->entries = count_entries(&nr_written, &counts->oldest_ns);
	lost = nr_written - passed - counts->entries;
	passed += lost;
	overrun += lost;
	unsaid += lost;
}

void count_trace(struct trace_counts *counts)
{
	note_lost(counts);
	counts->overrun = overrun;
	counts->read = consumed;
}

void clear_trace(void)
{
	unsigned long flags;

	local_irq_save(flags);
	passed = written;
	start = trace_head();
	overrun = consumed = unsaid = 0;
	local_irq_restore(flags);
}

/* ---- consuming ---- */

bool trace_pending(void)
{
	return written != passed;
}

bool trace_consume(struct trace_iter *it, unsigned int *lost)
{
	struct trace_counts counts;
	bool found;

	if ((s32)(trace_tail() - start) > 0)
		note_lost(&counts);
	it->seq = start;
	found = trace_iter_next(it);
	start = it->seq;
	passed += found;
	consumed += found;
	if (it->skipped)
		note_lost(&counts);
	if (found) {
		*lost = unsaid;
		unsaid = 0;
	}
	return found;
}
