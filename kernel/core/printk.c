/*
 * printk and the log behind it.
 *
 * The log is a ring of records of different length, each a header and its text. A record that does
 * not fit before the end of the ring leaves a header with length 0 and goes to the beginning; the
 * oldest records give way to new ones. Every record has a number, one more than the last one's.
 *
 * Everything here may be called from interrupt handlers: interrupts are off around each use.
 */
#include "kernel/core/printk.h"
#include "kernel/core/printk_internal.h"
#include "kernel/core/clock.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "libc/include/bits/format.h"
#include "libc/include/string.h"
#include <linux/errno.h>

#define LOG_SIZE  (128 * 1024)
#define LOG_ALIGN 8U
#define LINE_MAX  sizeof_field(struct kmsg_record, text)

struct log_header {
	u64 ts_ns;
	u16 size;     /* with the text, rounded up; 0: the ring continues at its beginning */
	u16 text_len; /* without newline or terminator */
	u8 level, facility;
};

int console_loglevel = LOGLEVEL_DEFAULT;
int default_message_loglevel = 4;
int minimum_console_loglevel = 1;
int default_console_loglevel = LOGLEVEL_DEFAULT;

void (*kmsg_notify)(void);

static char ring[LOG_SIZE] __attribute__((aligned(8)));
static unsigned int first_idx, next_idx; /* offsets in the ring */
static u64 first_seq, next_seq;

/* Where the last reader stopped, so that it need not walk from the beginning. */
static u64 hint_seq;
static unsigned int hint_idx;

/* A line that has no newline yet. */
static struct {
	char text[LINE_MAX];
	unsigned int len;
	u8 level;
} cont;

/* ---- the ring ---- */

static struct log_header *header_at(unsigned int idx)
{
	return (struct log_header *)(ring + idx);
}

/* Skip the mark at the end of the ring. */
static unsigned int wrap_idx(unsigned int idx)
{
	return LOG_SIZE - idx < sizeof(struct log_header) || !header_at(idx)->size ? 0 : idx;
}

static unsigned int next_record(unsigned int idx)
{
	return wrap_idx(idx + header_at(idx)->size);
}

static void drop_first(void)
{
	first_seq++;
	if (first_seq == next_seq)
		first_idx = next_idx;
	else
		first_idx = next_record(first_idx);
}

/* Make room for `size` bytes in one piece at next_idx. One byte of the ring is always free, so that
   equal indices mean an empty log. */
static void make_room(unsigned int size)
{
	if (LOG_SIZE - next_idx < size + sizeof(struct log_header)) {
		while (first_seq != next_seq && first_idx >= next_idx)
			drop_first();
		if (LOG_SIZE - next_idx >= sizeof(struct log_header))
			header_at(next_idx)->size = 0;
		next_idx = 0;
		if (first_seq == next_seq)
			first_idx = 0;
	}
	while (first_seq != next_seq && first_idx >= next_idx && first_idx - next_idx <= size)
		drop_first();
}

static void log_store(u8 facility, u8 level, const char *text, unsigned int len)
{
	unsigned int size = ALIGN(sizeof(struct log_header) + len, LOG_ALIGN);
	struct log_header *h;

	make_room(size);
	if (first_seq == next_seq)
		first_idx = next_idx;
	h = header_at(next_idx);
	*h = (struct log_header){sched_clock(), size, len, level, facility};
	memcpy(h + 1, text, len);
	next_idx += size;
	next_seq++;
	console_emit(h->level, h->ts_ns, (char *)(h + 1), len);
	if (kmsg_notify)
		kmsg_notify();
}

/* ---- writing ---- */

/* A level at the beginning of a message: skips it. 'c' for KERN_CONT, 0 if there is none. */
static char take_level(const char **s)
{
	char c;

	if ((*s)[0] != KERN_SOH_ASCII)
		return 0;
	c = (*s)[1];
	if (!(c >= '0' && c <= '7') && c != 'c')
		return 0;
	*s += 2;
	return c;
}

static void cont_flush(void)
{
	if (!cont.len)
		return;
	log_store(0, cont.level, cont.text, cont.len);
	cont.len = 0;
}

static void cont_add(const char *s, unsigned int len)
{
	len = min_t(unsigned int, len, sizeof(cont.text) - cont.len);
	memcpy(cont.text + cont.len, s, len);
	cont.len += len;
}

static int vprintk(const char *fmt, va_list args)
{
	static char buf[LINE_MAX];
	const char *s = buf, *end;
	unsigned long flags;
	char level;
	int len;

	local_irq_save(flags);
	len = vsnprintf(buf, sizeof(buf), fmt, args);
	level = take_level(&s);
	if (level != 'c') {
		cont_flush();
		cont.level = level ? level - '0' : default_message_loglevel;
	}
	while ((end = strchr(s, '\n'))) {
		cont_add(s, end - s);
		if (cont.len)
			cont_flush();
		else
			log_store(0, cont.level, "", 0);
		s = end + 1;
	}
	cont_add(s, strlen(s));
	local_irq_restore(flags);
	return len;
}

int printk(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vprintk(fmt, args);
	va_end(args);
	return len;
}

bool __ratelimit(struct ratelimit_state *rs)
{
	const u64 interval_ns = 5 * NSEC_PER_SEC;
	const unsigned int burst = 10;
	u64 now = ktime_get_ns();

	if (!rs->begin || now - rs->begin >= interval_ns) {
		if (rs->missed)
			printk(KERN_WARNING "%u messages suppressed\n", rs->missed);
		*rs = (struct ratelimit_state){.begin = now};
	}
	if (rs->printed++ < burst)
		return true;
	rs->missed++;
	return false;
}

bool printk_ratelimit(void)
{
	static struct ratelimit_state state;

	return __ratelimit(&state);
}

void printk_flush(void)
{
	unsigned long flags;

	local_irq_save(flags);
	cont_flush();
	local_irq_restore(flags);
}

void printk_emit(unsigned int priority, const char *text, size_t len)
{
	const unsigned int level_mask = 7, facility_shift = 3;
	unsigned long flags;

	while (len && text[len - 1] == '\n')
		len--;
	local_irq_save(flags);
	cont_flush();
	log_store(priority >> facility_shift, priority & level_mask, text,
		  min_t(size_t, len, LINE_MAX));
	local_irq_restore(flags);
}

/* ---- reading ---- */

/* Find record `seq`, which is in the log. */
static unsigned int find_record(u64 seq)
{
	unsigned int idx = first_idx;
	u64 at = first_seq;

	if (hint_seq >= first_seq && hint_seq <= seq && hint_seq < next_seq) {
		idx = wrap_idx(hint_idx);
		at = hint_seq;
	}
	for (; at < seq; at++)
		idx = next_record(idx);
	return idx;
}

int kmsg_read(u64 *seq, struct kmsg_record *rec)
{
	const struct log_header *h;
	unsigned long flags;
	unsigned int idx;
	int err = 0;

	local_irq_save(flags);
	if (*seq < first_seq) {
		*seq = first_seq;
		err = -EPIPE;
	} else if (*seq >= next_seq) {
		err = -EAGAIN;
	} else {
		idx = find_record(*seq);
		h = header_at(idx);
		rec->seq = *seq;
		rec->ts_ns = h->ts_ns;
		rec->level = h->level;
		rec->facility = h->facility;
		rec->len = h->text_len;
		memcpy(rec->text, h + 1, h->text_len);
		++*seq;
		hint_seq = *seq;
		hint_idx = idx + h->size;
	}
	local_irq_restore(flags);
	return err;
}

u64 kmsg_first_seq(void)
{
	return first_seq;
}
u64 kmsg_next_seq(void)
{
	return next_seq;
}

int kmsg_format_time(u64 ts_ns, char *buf, size_t size)
{
	u32 nsec;
	u64 sec = div_u64_rem(ts_ns, NSEC_PER_SEC, &nsec);

	return snprintf(buf, size, "[%5lu.%06lu] ", (unsigned long)sec,
			(unsigned long)(nsec / NSEC_PER_USEC));
}
