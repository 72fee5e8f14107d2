/*
 * syslog(2): the log as text, for dmesg, and the consoles' log level.
 */
#include "kernel/core/printk.h"
#include "kernel/cred/cred.h"
#include "kernel/locking/wait.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/syscall/syscall.h"
#include "libc/include/bits/format.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"

#define SYSLOG_ACTION_CLOSE	    0
#define SYSLOG_ACTION_OPEN	    1
#define SYSLOG_ACTION_READ	    2
#define SYSLOG_ACTION_READ_ALL	    3
#define SYSLOG_ACTION_READ_CLEAR    4
#define SYSLOG_ACTION_CLEAR	    5
#define SYSLOG_ACTION_CONSOLE_OFF   6
#define SYSLOG_ACTION_CONSOLE_ON    7
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
#define SYSLOG_ACTION_SIZE_UNREAD   9
#define SYSLOG_ACTION_SIZE_BUFFER   10

#define LOG_BUFFER_BYTES (128 * 1024)
#define LOGLEVEL_MAX	 8

/* One record as text: "<6>[    1.234567] text\n". */
struct log_line {
	char text[sizeof_field(struct kmsg_record, text) + 48];
	struct kmsg_record rec;
};

static u64 read_seq;  /* where ACTION_READ goes on */
static u64 clear_seq; /* what ACTION_CLEAR hides */
static int saved_loglevel = -1;

static int format_line(struct log_line *line)
{
	const struct kmsg_record *rec = &line->rec;
	int n = snprintf(line->text, sizeof(line->text), "<%u>", rec->facility << 3 | rec->level);

	n += kmsg_format_time(rec->ts_ns, line->text + n, sizeof(line->text) - n);
	memcpy(line->text + n, rec->text, rec->len);
	n += rec->len;
	line->text[n++] = '\n';
	return n;
}

/* The next record that is still there. False at the end. */
static bool next_line(u64 *seq, struct log_line *line)
{
	int err;

	do {
		err = kmsg_read(seq, &line->rec);
	} while (err == -EPIPE);
	return !err;
}

/* Bytes of all records from seq on. */
static size_t log_size_from(u64 seq, struct log_line *line)
{
	size_t size = 0;

	while (next_line(&seq, line)) {
		size += format_line(line);
		cond_resched();
	}
	return size;
}

static long do_read_new(char __user *buf, int len, struct log_line *line)
{
	long err = wait_event_interruptible(*kmsg_wait_queue(), read_seq < kmsg_next_seq());
	long done = 0;

	if (err)
		return err;
	while (done < len) {
		u64 seq = read_seq;
		int n;

		if (!next_line(&seq, line))
			break;
		n = format_line(line);
		if (n > len - done)
			break;
		if (copy_to_user(buf + done, line->text, n))
			return done ? done : -EFAULT;
		done += n;
		read_seq = seq;
	}
	return done;
}

/* The last records that fit into len bytes, oldest first. */
static long do_read_all(char __user *buf, int len, bool clear, struct log_line *line)
{
	u64 seq = max(clear_seq, kmsg_first_seq());
	size_t size = log_size_from(seq, line);
	long done = 0;

	while (size > (size_t)len && next_line(&seq, line)) {
		size -= format_line(line);
		cond_resched();
	}
	while (next_line(&seq, line)) {
		int n = format_line(line);

		cond_resched();
		if (n > len - done)
			break;
		if (copy_to_user(buf + done, line->text, n))
			return -EFAULT;
		done += n;
	}
	if (clear)
		clear_seq = seq;
	return done;
}

static long do_read(int type, char __user *buf, int len)
{
	struct log_line *line;
	long ret;

	if (!buf || len < 0)
		return -EINVAL;
	if (!len)
		return 0;
	if (!access_ok(buf, len))
		return -EFAULT;
	line = kmalloc(sizeof(*line), GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	ret = type == SYSLOG_ACTION_READ
		      ? do_read_new(buf, len, line)
		      : do_read_all(buf, len, type == SYSLOG_ACTION_READ_CLEAR, line);
	kfree(line);
	return ret;
}

static long size_unread(void)
{
	struct log_line *line = kmalloc(sizeof(*line), GFP_KERNEL);
	long size;

	if (!line)
		return -ENOMEM;
	size = log_size_from(read_seq, line);
	kfree(line);
	return size;
}

static long set_level(int level)
{
	if (level < 1 || level > LOGLEVEL_MAX)
		return -EINVAL;
	console_loglevel = max(level, minimum_console_loglevel);
	saved_loglevel = -1;
	return 0;
}

SYSCALL_DEFINE3(syslog, int, type, char __user *, buf, int, len)
{
	int err = check_syslog_permissions(type == SYSLOG_ACTION_READ_ALL ||
					   type == SYSLOG_ACTION_SIZE_BUFFER);

	if (err)
		return err;
	switch (type) {
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN:
		return 0;
	case SYSLOG_ACTION_READ:
	case SYSLOG_ACTION_READ_ALL:
	case SYSLOG_ACTION_READ_CLEAR:
		return do_read(type, buf, len);
	case SYSLOG_ACTION_CLEAR:
		clear_seq = kmsg_next_seq();
		return 0;
	case SYSLOG_ACTION_CONSOLE_OFF:
		if (saved_loglevel < 0)
			saved_loglevel = console_loglevel;
		console_loglevel = minimum_console_loglevel;
		return 0;
	case SYSLOG_ACTION_CONSOLE_ON:
		if (saved_loglevel >= 0)
			console_loglevel = saved_loglevel;
		saved_loglevel = -1;
		return 0;
	case SYSLOG_ACTION_CONSOLE_LEVEL:
		return set_level(len);
	case SYSLOG_ACTION_SIZE_UNREAD:
		return size_unread();
	case SYSLOG_ACTION_SIZE_BUFFER:
		return LOG_BUFFER_BYTES;
	default:
		return -EINVAL;
	}
}
