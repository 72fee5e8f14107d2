/*
 * The trace over a serial port: boot option trace=ttyS1[,step], with trace_events= for what is
 * wanted. Records go out as they are made, by polling, so that a machine that dies or hangs has
 * told all that came before.
 *
 * Whoever makes a record sends what is new in the ring. An interrupt handler whose record comes
 * while another one is sent leaves it to the sender. A port that takes nothing for long is not
 * waited for until it takes something again; meanwhile the ring may run over, and a LOST record
 * says how many are missing.
 */
#include "kernel/core/clock.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/printk.h"
#include "kernel/drivers/serial.h"
#include "kernel/trace/trace.h"
#include "kernel/x86/cpu.h"
#include "libc/include/string.h"
#include <linux/errno.h>

#define PATIENT	  5000000U /* looks at the port before it is given up */
#define IMPATIENT 1U	   /* while it is given up */
#define DRAIN_NS \
	(2 * (u64)NSEC_PER_SEC) /* how long power-off waits for a host that reads nothing */
#define OPTION_MAX  256
#define PORT_PREFIX "ttyS"

/* What the host may send. Any other byte is an answer too. */
#define HOST_RUN  'c' /* no more waiting */
#define HOST_STEP 's' /* wait after each event */

/* What is sent if trace_events= is absent: all but the small objects and pages of the kernel. */
#define DEFAULT_EVENTS                                                                   \
	(ALL_EVENTS & ~(TRACE_BIT(TRACE_MM_PAGE_ALLOC) | TRACE_BIT(TRACE_MM_PAGE_FREE) | \
			TRACE_BIT(TRACE_KMALLOC) | TRACE_BIT(TRACE_KFREE) |              \
			TRACE_BIT(TRACE_KMEM_CACHE_ALLOC) | TRACE_BIT(TRACE_KMEM_CACHE_FREE)))

#define EVENT_BIT(c_name, number, sys, event, args) | TRACE_BIT(number)
#define ALL_EVENTS				    (0U TRACE_EVENTS(EVENT_BIT))

#define EVENT_NAME(c_name, number, sys, event, args) [number] = {#sys, #event},
static const struct {
	const char *system, *name;
} event_names[] = {TRACE_EVENTS(EVENT_NAME)};

static int line;
static bool step, given_up;
static bool sending; /* guarded by closed interrupts */

/* What is sent next: the part of `out` from `sent` on. */
static struct trace_record out;
static size_t sent = sizeof(out);
static u32 next, lost, since_header = TRACE_REPEAT;

/* ---- sending ---- */

static bool send_record(void)
{
	size_t n = serial_poll_send(line, (const char *)&out + sent, sizeof(out) - sent,
				    given_up ? IMPATIENT : PATIENT);

	sent += n;
	given_up = sent < sizeof(out) && !n;
	return sent == sizeof(out);
}

/* How many records the ring has lost for this reader since the last look. */
static u32 count_lost(void)
{
	u32 missing = trace_tail() - next;

	if ((s32)missing <= 0)
		return 0;
	next += missing;
	lost += missing;
	return missing;
}

static void make_lost(u32 missing)
{
	trace_header(&out, lost);
	out.type = TRACE_LOST;
	memset(out.arg, 0, sizeof(out.arg));
	out.arg[0] = missing;
}

/* Put the next record that is for the port into `out`. False: there is none. */
static bool load_record(void)
{
	u32 missing;

	if (since_header == TRACE_REPEAT) {
		since_header = 0;
		trace_header(&out, lost);
		out.seq = next;
		return true;
	}
	missing = count_lost();
	if (missing) {
		make_lost(missing);
		return true;
	}
	while (trace_get(next, &out)) {
		next++;
		if (!(out.readers & TRACE_BIT(TRACE_READER_SERIAL)))
			continue;
		since_header++;
		return true;
	}
	return false;
}

/* Load the next record, or stop sending, in one step for interrupt handlers. */
static bool load_or_stop(void)
{
	unsigned long flags;
	bool loaded;

	local_irq_save(flags);
	loaded = load_record();
	if (loaded)
		sent = 0;
	else
		sending = false;
	local_irq_restore(flags);
	return loaded;
}

/* The host's byte, if it has sent one. */
static bool hear_host(void)
{
	int c = serial_poll_getc(line);

	if (c == HOST_RUN)
		step = false;
	else if (c == HOST_STEP)
		step = true;
	return c >= 0;
}

/* In step mode the machine stands still until the host has seen the event. */
static void wait_for_host(void)
{
	bool heard = hear_host();

	while (step && !heard) {
		cpu_relax();
		heard = hear_host();
	}
}

static void send_new_records(void)
{
	unsigned long flags;
	bool busy;

	local_irq_save(flags);
	busy = sending;
	sending = true;
	local_irq_restore(flags);
	if (busy)
		return;
	for (;;) {
		if (sent < sizeof(out)) {
			if (!send_record()) {
				sending = false;
				return;
			}
			if (out.type < TRACE_HEADER)
				wait_for_host();
		}
		if (!load_or_stop())
			return;
	}
}

void trace_serial_drain(void)
{
	u64 end = sched_clock() + DRAIN_NS;

	if (!trace_send)
		return;
	step = false;
	while ((sent < sizeof(out) || next != trace_head()) && sched_clock() < end) {
		u32 before = next;

		given_up = true;
		send_new_records();
		if (next != before)
			end = sched_clock() + DRAIN_NS;
	}
}

/* ---- the options ---- */

/* The events that a word of trace_events= names: all, a system, an event, or system:event. */
static u32 events_of(const char *word, size_t len)
{
	u32 events = 0;

	if (len == strlen("all") && !strncmp(word, "all", len))
		return ALL_EVENTS;
	for (unsigned int i = 0; i < ARRAY_SIZE(event_names); i++) {
		const char *system = event_names[i].system, *name = event_names[i].name;
		size_t n = strlen(system);

		if ((len == n && !strncmp(word, system, n)) ||
		    (len == strlen(name) && !strncmp(word, name, len)) ||
		    (len == n + 1 + strlen(name) && !strncmp(word, system, n) && word[n] == ':' &&
		     !strncmp(word + n + 1, name, strlen(name))))
			events |= TRACE_BIT(i);
	}
	return events;
}

/* The events of a list with commas. */
static u32 events_option(void)
{
	char list[OPTION_MAX];
	const char *word = list;
	u32 events = 0;

	if (cmdline_get("trace_events", list, sizeof(list)) < 0)
		return DEFAULT_EVENTS;
	for (;;) {
		const char *comma = strchr(word, ',');
		size_t len = comma ? (size_t)(comma - word) : strlen(word);
		u32 found = events_of(word, len);

		if (!found)
			pr_err("trace_events=: there is no event %.*s\n", (int)len, word);
		events |= found;
		if (!comma)
			return events;
		word = comma + 1;
	}
}

/* The number of the port that the option names, or -EINVAL. */
static int port_option(const char *value, bool *with_step)
{
	size_t n = strlen(PORT_PREFIX);
	const char *rest = value + n + 1;

	if (strncmp(value, PORT_PREFIX, n) || value[n] < '0' || value[n] > '3')
		return -EINVAL;
	*with_step = !strcmp(rest, ",step");
	return *rest && !*with_step ? -EINVAL : value[n] - '0';
}

void trace_serial_init(void)
{
	char value[OPTION_MAX];

	if (cmdline_get("trace", value, sizeof(value)) < 0)
		return;
	line = port_option(value, &step);
	if (line < 0) {
		pr_err("trace=%s: the option is trace=ttySN or trace=ttySN,step\n", value);
		return;
	}
	if (!serial_poll_begin(line)) {
		pr_err("trace=%s: there is no such port\n", value);
		return;
	}
	trace_send = send_new_records;
	if (trace_want(TRACE_READER_SERIAL, events_option())) {
		pr_err("trace=%s: no memory for the ring\n", value);
		return;
	}
	next = trace_head();
	send_new_records();
}
