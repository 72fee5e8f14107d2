/*
 * The files that show records: trace leaves them in the ring, trace_pipe takes them out, and stats
 * counts them.
 *
 * Nothing wakes a reader of trace_pipe, because a record may be made where no task can be woken: in
 * the scheduler. So a timer looks for records while somebody waits for one.
 */
#include "kernel/core/clock.h"
#include "kernel/fs/poll.h"
#include "kernel/fs/tracefs/internal.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"

#define LOOK_TICKS (HZ / 50) /* how often a waiting reader looks */
#define LINE_SIZE  8192	     /* the longest line: a marker of 4 KiB, or a path */

/* ---- trace ---- */

struct trace_reader_state {
	struct trace_iter it;
	loff_t index; /* of the record that `it` has come to; 0: of none, the header is next */
	u32 end;      /* what came later is not shown: reading makes records itself */
};

static void print_header(struct seq_file *m)
{
	struct trace_counts counts;

	count_trace(&counts);
	seq_printf(m,
		   "# tracer: nop\n"
		   "#\n"
		   "# entries-in-buffer/entries-written: %u/%u   #P:1\n"
		   "#\n",
		   counts.entries, counts.entries + counts.overrun);
	seq_puts(m, "#                                _-----=> irqs-off/BH-disabled\n"
		    "#                               / _----=> need-resched\n"
		    "#                              | / _---=> hardirq/softirq\n"
		    "#                              || / _--=> preempt-depth\n"
		    "#                              ||| / _-=> migrate-disable\n"
		    "#                              |||| /     delay\n"
		    "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
		    "#              | |         |   |||||     |         |\n");
}

/* Go to the record number pos, counted from 1. */
static void *trace_seek(struct seq_file *m, loff_t pos)
{
	struct trace_reader_state *state = m->private;

	if (pos < state->index) {
		trace_iter_begin(&state->it);
		state->index = 0;
	}
	while (state->index < pos) {
		if ((s32)(state->it.seq - state->end) >= 0 || !trace_iter_next(&state->it))
			return NULL;
		state->index++;
	}
	return state;
}

static void *trace_start(struct seq_file *m, loff_t *pos)
{
	struct trace_reader_state *state = m->private;

	if (*pos)
		return trace_seek(m, *pos);
	trace_iter_begin(&state->it);
	state->index = 0;
	state->end = trace_head();
	return SEQ_START_TOKEN;
}

static void *trace_next(struct seq_file *m, void *v, loff_t *pos)
{
	return trace_seek(m, ++*pos);
}

static void trace_stop(struct seq_file *m, void *v)
{
}

static int trace_show(struct seq_file *m, void *v)
{
	const struct trace_reader_state *state = v;

	if (v == SEQ_START_TOKEN) {
		print_header(m);
		return 0;
	}
	if (state->it.skipped)
		seq_puts(m, "CPU:0 [LOST EVENTS]\n");
	print_record(m, &state->it);
	return 0;
}

static const struct seq_operations trace_seq_operations = {
	.start = trace_start,
	.next = trace_next,
	.stop = trace_stop,
	.show = trace_show,
};

static int trace_open(struct inode *inode, struct file *file)
{
	struct trace_reader_state *state;
	int err;

	if (file->f_mode & FMODE_WRITE && file->f_flags & O_TRUNC)
		clear_trace();
	state = kvmalloc(sizeof(*state));
	if (!state)
		return -ENOMEM;
	trace_iter_begin(&state->it);
	state->index = 0;
	state->end = trace_head();
	err = seq_open(file, &trace_seq_operations);
	if (err)
		kvfree(state);
	else
		((struct seq_file *)file->private_data)->private = state;
	return err;
}

static int trace_release(struct inode *inode, struct file *file)
{
	const struct seq_file *m = file->private_data;

	kvfree(m->private);
	return seq_release(inode, file);
}

/* What is written is not looked at: opening it with O_TRUNC has cleared it. */
static ssize_t ignore_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	return len;
}

const struct file_operations trace_operations = {
	.open = trace_open,
	.read = seq_read,
	.write = ignore_write,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.llseek = seq_lseek,
	.release = trace_release,
};

/* ---- trace_pipe ---- */

/* An open trace_pipe; there is one at most. */
struct trace_pipe {
	struct mutex lock;
	struct trace_iter it;
	struct seq_file line; /* the line that is read now */
	bool has_read;
	char text[LINE_SIZE];
};

static bool pipe_is_open;
static DECLARE_WAIT_QUEUE_HEAD(pipe_wait);
static void look(struct timer_list *timer);
static struct timer_list look_timer;

static void look_soon(void)
{
	mod_timer(&look_timer, jiffies + LOOK_TICKS);
}

/* The timer: are there records for those who wait? */
static void look(struct timer_list *timer)
{
	if (trace_pending() || !tracing_is_on)
		wake_up(&pipe_wait);
	else if (waitqueue_active(&pipe_wait))
		look_soon();
}

static int pipe_open(struct inode *inode, struct file *file)
{
	struct trace_pipe *pipe;

	if (pipe_is_open)
		return -EBUSY;
	pipe = kvmalloc(sizeof(*pipe));
	if (!pipe)
		return -ENOMEM;
	if (pipe_is_open) { /* kvmalloc() has slept */
		kvfree(pipe);
		return -EBUSY;
	}
	pipe_is_open = true;
	mutex_init(&pipe->lock);
	trace_iter_begin(&pipe->it);
	memset(&pipe->line, 0, sizeof(pipe->line));
	pipe->line.buf = pipe->text;
	pipe->line.size = sizeof(pipe->text);
	pipe->has_read = false;
	file->private_data = pipe;
	timer_setup(&look_timer, look);
	return 0;
}

static int pipe_release(struct inode *inode, struct file *file)
{
	del_timer(&look_timer);
	kvfree(file->private_data);
	pipe_is_open = false;
	return 0;
}

/* Print the next record. False: there is none. */
static bool next_line(struct trace_pipe *pipe)
{
	struct seq_file *m = &pipe->line;
	unsigned int lost;

	if (!trace_consume(&pipe->it, &lost))
		return false;
	m->count = m->from = 0;
	if (lost)
		seq_printf(m, "CPU:0 [LOST %u EVENTS]\n", lost);
	print_record(m, &pipe->it);
	return true;
}

/* As many bytes of lines as there are and fit, but less than a page, as on Linux: a reader who
   makes records by what it does with these lines gets the new ones by its next call. */
static ssize_t read_lines(struct trace_pipe *pipe, char __user *buf, size_t len)
{
	struct seq_file *m = &pipe->line;
	size_t done = 0;

	len = min(len, PAGE_SIZE - 1);

	while (done < len && (m->from < m->count || next_line(pipe))) {
		size_t n = min(m->count - m->from, len - done);

		if (copy_to_user(buf + done, m->buf + m->from, n))
			return done ? (ssize_t)done : -EFAULT;
		m->from += n;
		done += n;
	}
	pipe->has_read |= done > 0;
	return done;
}

static bool has_text(const struct trace_pipe *pipe)
{
	return pipe->line.from < pipe->line.count || trace_pending();
}

/* Is there something to read, or the end? That is when nothing is recorded any more and the reader
   has had something. */
static bool readable(const struct trace_pipe *pipe)
{
	return has_text(pipe) || (!tracing_is_on && pipe->has_read);
}

static ssize_t pipe_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct trace_pipe *pipe = file->private_data;
	ssize_t ret;

	do {
		if (file->f_flags & O_NONBLOCK && !has_text(pipe))
			return -EAGAIN;
		if (!readable(pipe)) {
			look_soon();
			ret = wait_event_interruptible(pipe_wait, readable(pipe));
			if (ret)
				return ret;
		}
		mutex_lock(&pipe->lock);
		ret = read_lines(pipe, buf, len);
		mutex_unlock(&pipe->lock);
	} while (len && !ret && tracing_is_on); /* what was there is lost now */
	return ret;
}

static unsigned int pipe_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, &pipe_wait, pt);
	if (has_text(file->private_data))
		return POLLIN | POLLRDNORM;
	look_soon();
	return 0;
}

const struct file_operations trace_pipe_operations = {
	.open = pipe_open,
	.read = pipe_read,
	.poll = pipe_poll,
	.llseek = no_llseek,
	.release = pipe_release,
};

/* ---- stats ---- */

static void show_seconds(struct seq_file *m, const char *what, u64 ns)
{
	u32 nsec;
	u64 sec = div_u64_rem(ns, NSEC_PER_SEC, &nsec);

	seq_printf(m, "%s ts: %5llu.%06llu\n", what, sec, nsec / NSEC_PER_USEC);
}

int stats_show(struct seq_file *m, unsigned int id)
{
	struct trace_counts counts;

	count_trace(&counts);
	seq_printf(m, "entries: %u\noverrun: %u\ncommit overrun: 0\nbytes: %lu\n", counts.entries,
		   counts.overrun, counts.entries * (unsigned long)sizeof(struct trace_record));
	show_seconds(m, "oldest event", counts.oldest_ns);
	show_seconds(m, "now", ktime_get_ns());
	seq_printf(m, "dropped events: 0\nread events: %u\n", counts.read);
	return 0;
}
