/*
 * tracefs: Linux's names, permissions and lines, for the events that this kernel has.
 *
 *	inode.c		the file system: lookup, readdir, inodes, the mount
 *	tree.c		the tables: which directories and files there are
 *	events.c	the names of events, and which of them are enabled
 *	format.c	the files `format`
 *	calls.h		the names and parameters of the system calls
 *	control.c	the other files that are written to
 *	buffer.c	the records in the ring that are tracefs's
 *	trace.c		trace, trace_pipe, stats
 *	print.c		a record as a line
 */
#ifndef KERNEL_FS_TRACEFS_INTERNAL_H
#define KERNEL_FS_TRACEFS_INTERNAL_H

#include "kernel/fs/seq_file.h"
#include "kernel/lib/util.h"
#include "kernel/trace/trace.h"

/* ---- the tree ---- */

/* What a directory holds besides its entries. */
enum tracefs_children {
	NO_CHILDREN,
	SYSTEM_DIRS, /* one for each system of events, with tracefs_system's entries */
	EVENT_DIRS,  /* one for each event of the system, with tracefs_event's */
};

/* A file (show, store or fop) or a directory. */
struct tracefs_entry {
	const char *name;
	umode_t mode; /* with the type */
	/* All of its text. id: the system or event in whose directory it stands. 0 or -errno. */
	int (*show)(struct seq_file *m, unsigned int id);
	/* A text that is written to it. 0 or -errno. */
	int (*store)(unsigned int id, char *text);
	/* It is opened for writing with O_TRUNC. 0 or -errno; NULL: nothing happens. */
	int (*clear)(void);
	const struct file_operations *fop; /* instead of these three */
	const struct tracefs_entry *child;
	unsigned int nr_child;
	enum tracefs_children children;
};

extern const struct tracefs_entry tracefs_root, tracefs_system, tracefs_event;

/* ---- events.c ---- */

#define EVENT_NAME_SIZE 64
#define TRACE_COMM_ARGS 4 /* args that a comm takes */

/* Events have numbers: first those of TRACE_EVENTS, then two for each system call. */
#define FIRST_CALL_EVENT    32U
#define CALL_EVENT(nr, end) (FIRST_CALL_EVENT + (nr)*2 + (end))
#define IS_CALL_EVENT(id)   ((id) >= FIRST_CALL_EVENT)
#define CALL_NR(id)	    (((id)-FIRST_CALL_EVENT) / 2)
#define CALL_END(id)	    (((id)-FIRST_CALL_EVENT) % 2) /* is it sys_exit_…? */

/* A call's name and its parameters, as in C. */
struct traced_call {
	const char *name, *params;
};
/* NULL: there is no such call. */
const struct traced_call *traced_call(unsigned int nr);

/* The numbers are below it, but not all are used. */
unsigned int nr_events(void);
/* Is there an event of this number? */
bool event_exists(unsigned int id);
/* Its name, into a buffer of EVENT_NAME_SIZE. Returns it. */
const char *event_name(unsigned int id, char *name);
unsigned int event_system(unsigned int id);   /* the number of its system */
const char *system_name(unsigned int system); /* NULL: there are no more */
/* The names of its args, for an event that is no call's. */
const char *event_args(unsigned int id);
/* Is this record wanted? Interrupts may be off. */
bool event_is_on(enum trace_type type, const u32 *arg);
/* Is a record of this event of a call printed under the call's own name, and not raw? */
bool call_has_own_line(unsigned int id);
/* Tell the ring what is wanted now. 0, or -ENOMEM, and nothing has changed. Sleeps. */
int apply_events(void);
/* Recording is on: tracing_on. */
extern bool tracing_is_on;

/* show, store and clear of the files of these names; all_, system_ and event_ are those of
   `enable`. */
int available_events_show(struct seq_file *m, unsigned int id);
int set_event_show(struct seq_file *m, unsigned int id);
int set_event_store(unsigned int id, char *text);
int set_event_clear(void);
int all_enable_show(struct seq_file *m, unsigned int id);
int all_enable_store(unsigned int id, char *text);
int system_enable_show(struct seq_file *m, unsigned int system);
int system_enable_store(unsigned int system, char *text);
int event_enable_show(struct seq_file *m, unsigned int id);
int event_enable_store(unsigned int id, char *text);
int event_id_show(struct seq_file *m, unsigned int id); /* format.c */
int event_format_show(struct seq_file *m, unsigned int id);

/* ---- control.c ---- */

/* Cut the first word off *text, in place. NULL: there is none. */
char *next_word(char **text);
/* Is this record of a process in set_event_pid, or is that empty? Interrupts may be off. */
bool pid_is_traced(enum trace_type type, unsigned int pid, const u32 *arg);

/* show, store and clear of the files of these names. */
int readme_show(struct seq_file *m, unsigned int id);
int tracing_on_show(struct seq_file *m, unsigned int id);
int tracing_on_store(unsigned int id, char *text);
int buffer_size_show(struct seq_file *m, unsigned int id);
int buffer_size_store(unsigned int id, char *text);
int tracers_show(struct seq_file *m, unsigned int id);
int current_tracer_store(unsigned int id, char *text);
int trace_clock_show(struct seq_file *m, unsigned int id);
int trace_clock_store(unsigned int id, char *text);
int set_event_pid_show(struct seq_file *m, unsigned int id);
int set_event_pid_store(unsigned int id, char *text);
int set_event_pid_clear(void);
extern const struct file_operations trace_marker_operations;

/* ---- buffer.c ---- */

#define ITER_NAME_SIZE 4096 /* the longest text that a NAME or MARKER has, with its NUL */
#define ITER_COMM_SIZE 17

/* A reader's place in the ring, and the record that it has come to, with the texts before it. */
struct trace_iter {
	u32 seq;      /* the next record */
	bool skipped; /* records were lost on the way to this one */
	struct trace_record rec;
	unsigned int comm_pid;
	char comm[ITER_COMM_SIZE]; /* comm_pid's; empty: not known */
	char name[ITER_NAME_SIZE]; /* of a file or slab cache; or a marker's text */
};

/* The records that tracefs has, as stats shows them. */
struct trace_counts {
	unsigned int entries; /* in the ring, and not consumed */
	unsigned int overrun; /* that nobody has read, and that are not in the ring any more */
	unsigned int read;    /* consumed */
	u64 oldest_ns;	      /* when the first entry was made */
};

/* Boot: begin to choose what is recorded. */
void buffer_init(void);
/* Put a reader at the first record that is not consumed. */
void trace_iter_begin(struct trace_iter *it);
/* Go to the next record, and over what is lost. False: there is none. May sleep. */
bool trace_iter_next(struct trace_iter *it);
/* Consume the next record; *lost: how many before it were lost. False: there is none. The caller is
   the only consumer. May sleep. */
bool trace_consume(struct trace_iter *it, unsigned int *lost);
/* Is there one to consume? */
bool trace_pending(void);
/* May sleep. */
void count_trace(struct trace_counts *counts);
/* All records so far are consumed, and the counters begin at 0. */
void clear_trace(void);
/* The comm that a process had in its last record, with a NUL. False: not known. */
bool saved_comm(unsigned int pid, char *comm);
/* show of the file. */
int saved_cmdlines_show(struct seq_file *m, unsigned int id);

/* ---- trace.c and print.c ---- */

extern const struct file_operations trace_operations, trace_pipe_operations;
/* show of the file. */
int stats_show(struct seq_file *m, unsigned int id);
/* The record that the reader has come to, as a line. */
void print_record(struct seq_file *m, const struct trace_iter *it);

#endif
