/*
 * The files that control the trace, but for the events' own: whether it records, of whom, how large
 * the ring is; and trace_marker. What Linux offers a choice of and this kernel has only one of
 * (tracers, clocks) takes its one name.
 */
#include "kernel/fs/tracefs/internal.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"

#define TRACER	   "nop"
#define CLOCK	   "local"
#define PIDS	   65536	 /* as many as a record can name */
#define MARKER_MAX 1024		 /* bytes that one write puts into the trace, as in Linux */
#define FAULTED	   "<faulted>\n" /* what Linux records if the text cannot be read */

static DECLARE_BITMAP(traced_pids, PIDS);
static unsigned int nr_traced_pids;

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

char *next_word(char **text)
{
	char *p = *text, *word;

	while (is_blank(*p))
		p++;
	word = p;
	while (*p && !is_blank(*p))
		p++;
	*text = *p ? p + 1 : p;
	*p = '\0';
	return *word ? word : NULL;
}

/* ---- README ---- */

int readme_show(struct seq_file *m, unsigned int id)
{
	seq_puts(m, "tracing mini-HOWTO:\n\n"
		    "# echo 0 > tracing_on : quick way to disable tracing\n"
		    "# echo 1 > tracing_on : quick way to re-enable tracing\n\n"
		    " Important files:\n"
		    "  trace\t\t\t- The records in the ring\n"
		    "\t\t\t  To clear the ring: echo > trace\n"
		    "  trace_pipe\t\t- The same, but what is read is gone, and a reader waits\n"
		    "  trace_marker\t\t- What is written here becomes a record\n"
		    "  set_event\t\t- Enabled events: system:event, !system:event\n"
		    "  set_event_pid\t\t- Record only what these threads do\n"
		    "  available_events\t- All events\n"
		    "  buffer_size_kb\t- The size of the ring\n"
		    "  saved_cmdlines\t- The names of the processes in the ring\n"
		    "  events/\t\t- Directory of all systems and events:\n"
		    "      enable\t\t- Write 0/1 to enable/disable all events of a directory\n"
		    "      format\t\t- The fields of an event\n");
	return 0;
}

/* ---- tracing_on ---- */

int tracing_on_show(struct seq_file *m, unsigned int id)
{
	seq_printf(m, "%d\n", tracing_is_on);
	return 0;
}

int tracing_on_store(unsigned int id, char *text)
{
	bool before = tracing_is_on;
	unsigned int value;
	int err;

	if (kstrtouint(text, 10, &value))
		return -EINVAL;
	tracing_is_on = value;
	err = trace_has_ring() ? apply_events() : 0;
	if (err)
		tracing_is_on = before;
	return err;
}

/* ---- the ring's size, the tracer, the clock ---- */

/* The ring comes when something is recorded. */
int buffer_size_show(struct seq_file *m, unsigned int id)
{
	if (trace_has_ring())
		seq_printf(m, "%lu\n", trace_size_kb());
	else
		seq_printf(m, "0 (expanded: %lu)\n", trace_size_kb());
	return 0;
}

int buffer_size_store(unsigned int id, char *text)
{
	unsigned int kb;
	int err;

	if (kstrtouint(text, 10, &kb))
		return -EINVAL;
	err = trace_resize(kb);
	if (!err)
		clear_trace();
	return err;
}

int tracers_show(struct seq_file *m, unsigned int id)
{
	seq_puts(m, TRACER "\n");
	return 0;
}

/* 0 if the text is this one word. */
static int store_only(char *text, const char *name)
{
	const char *word = next_word(&text);

	return word && !strcmp(word, name) && !next_word(&text) ? 0 : -EINVAL;
}

int current_tracer_store(unsigned int id, char *text)
{
	return store_only(text, TRACER);
}

int trace_clock_show(struct seq_file *m, unsigned int id)
{
	seq_puts(m, "[" CLOCK "]\n");
	return 0;
}

int trace_clock_store(unsigned int id, char *text)
{
	return store_only(text, CLOCK);
}

/* ---- set_event_pid ---- */

static bool is_traced(unsigned int pid)
{
	return pid < PIDS && test_bit(pid, traced_pids);
}

bool pid_is_traced(enum trace_type type, unsigned int pid, const u32 *arg)
{
	if (!nr_traced_pids || is_traced(pid))
		return true;
	/* These are about two tasks; the other one's pid comes behind its comm. */
	switch (type) {
	case TRACE_SCHED_SWITCH:
	case TRACE_SCHED_WAKEUP:
	case TRACE_SCHED_WAKEUP_NEW:
		return is_traced(arg[TRACE_COMM_ARGS]);
	default:
		return false;
	}
}

int set_event_pid_show(struct seq_file *m, unsigned int id)
{
	for (unsigned int pid = 0; nr_traced_pids && pid < PIDS; pid++) {
		if (is_traced(pid))
			seq_printf(m, "%u\n", pid);
	}
	return 0;
}

int set_event_pid_store(unsigned int id, char *text)
{
	char *word;

	while ((word = next_word(&text))) {
		unsigned int pid;

		if (kstrtouint(word, 0, &pid) || pid >= PIDS)
			return -EINVAL;
		nr_traced_pids += !is_traced(pid);
		set_bit(pid, traced_pids);
	}
	return 0;
}

int set_event_pid_clear(void)
{
	nr_traced_pids = 0;
	memset(traced_pids, 0, sizeof(traced_pids));
	return 0;
}

/* ---- trace_marker ---- */

/* A text as a record; it ends with a newline, which is added if it is missing. */
static ssize_t marker_write(struct file *f, const char __user *buf, size_t len, loff_t *ppos)
{
	char *text;
	ssize_t ret;
	int err;

	if (!tracing_is_on)
		return -EBADF; /* as Linux says it */
	if (!len)
		return 0;
	err = trace_wanted(TRACE_READER_TRACEFS) ? 0 : apply_events();
	if (err)
		return err;
	len = min(len, (size_t)MARKER_MAX);
	text = kmalloc(MARKER_MAX + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	ret = len;
	if (copy_from_user(text, buf, len)) {
		ret = -EFAULT;
		len = strlcpy(text, FAULTED, MARKER_MAX);
	}
	if (text[len - 1] != '\n')
		text[len++] = '\n';
	trace_mark(text, len);
	kfree(text);
	return ret;
}

const struct file_operations trace_marker_operations = {
	.write = marker_write,
	.llseek = generic_file_llseek,
};
