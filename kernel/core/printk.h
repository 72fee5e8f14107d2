/*
 * The kernel's log: printk() writes a line into a ring and to the consoles; dmesg, syslog(2) and
 * /dev/kmsg read the ring.
 */
#ifndef KERNEL_CORE_PRINTK_H
#define KERNEL_CORE_PRINTK_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"
#include <stdarg.h>

/* Levels, as the first bytes of the format: printk(KERN_ERR "disk is on fire\n"). */
#define KERN_SOH       "\001"
#define KERN_SOH_ASCII '\001'
#define KERN_EMERG     KERN_SOH "0"
#define KERN_ALERT     KERN_SOH "1"
#define KERN_CRIT      KERN_SOH "2"
#define KERN_ERR       KERN_SOH "3"
#define KERN_WARNING   KERN_SOH "4"
#define KERN_NOTICE    KERN_SOH "5"
#define KERN_INFO      KERN_SOH "6"
#define KERN_DEBUG     KERN_SOH "7"
#define KERN_CONT      KERN_SOH "c" /* continues the last line */

/* Log a line. Callable from everywhere, interrupt handlers too. Returns the length. */
int printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The messages of one kind: zeros at first. */
struct ratelimit_state {
	u64 begin;
	unsigned int printed, missed;
};
/* For messages that a program can provoke as often as it likes: true ten times in five seconds. */
bool __ratelimit(struct ratelimit_state *rs);
/* The same for messages that have no state of their own. */
bool printk_ratelimit(void);

#ifndef pr_fmt
#	define pr_fmt(fmt) fmt
#endif
#define pr_emerg(fmt, ...)  printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)  printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)    printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)   printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...) printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)   printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

/* The body of a function that is still to be written, in a handout (labs/README.md): NAME is its
   __func__. The log has one line about each such function. */
#define not_there(NAME)                                                     \
	do {                                                                \
		static bool said;                                           \
		if (!said) {                                                \
			said = true;                                        \
			printk(KERN_WARNING "%s is not there yet\n", NAME); \
		}                                                           \
	} while (0)

/*
 * Where the log is shown. write() runs with interrupts off, must not sleep and must not printk; it
 * turns \n into \r\n itself if its device wants that. When a console registers it gets the whole
 * log so far (CON_PRINTBUFFER) or only what comes later.
 */
struct console {
	const char *name; /* "ttyS", "tty" */
	int index;	  /* ttyS0: 0 */
	void (*write)(struct console *con, const char *s, size_t n);
	/* Show the log again, whatever the screen shows: a panic. Interrupts off. NULL: it does. */
	void (*unblank)(void);
	unsigned int flags; /* CON_ */
	struct list_head list;
};
#define CON_PRINTBUFFER 1 /* replay the log at registration */
#define CON_ANYTIME	2 /* gets every line, whatever the log level: the debug port */
/* Enabled only if the command line's console= names it, or none is named. CON_ANYTIME ones always.
 */
void register_console(struct console *con);
/* The console named last on the command line (or the first registered): what /dev/console is.
   NULL if there is none. */
struct console *preferred_console(void);

#define LOGLEVEL_DEFAULT 7 /* lines below it reach the consoles */
#define LOGLEVEL_QUIET	 4
#define LOGLEVEL_DEBUG	 10
extern int console_loglevel, default_message_loglevel, minimum_console_loglevel,
	default_console_loglevel; /* the four numbers of /proc/sys/kernel/printk */

/* Read the command line's quiet, debug, loglevel=, ignore_loglevel, console=. */
void printk_setup(void);

/* --- Reading the log --- */
struct kmsg_record {
	u64 seq;
	u64 ts_ns;   /* monotonic */
	u8 level;    /* 0-7 */
	u8 facility; /* 0: the kernel; 1: a program that wrote to /dev/kmsg */
	u16 len;     /* of the text, which has no newline at its end */
	char text[1000];
};
/*
 * The first record with a number of at least *seq: 0 and rec filled and *seq = its number plus one;
 * -EAGAIN if there is none yet; -EPIPE if records from *seq on are lost (*seq is then the oldest
 * one's number: call again).
 */
int kmsg_read(u64 *seq, struct kmsg_record *rec);
u64 kmsg_first_seq(void); /* the oldest record's number */
u64 kmsg_next_seq(void);  /* the number the next one will have */
/* "[    1.234567] " into buf (24 bytes are enough); the length. */
int kmsg_format_time(u64 ts_ns, char *buf, size_t size);
/* A line from a program; priority as in syslog: facility << 3 | level. */
void printk_emit(unsigned int priority, const char *text, size_t len);
/* Readers of an empty log sleep here. */
struct wait_queue_head *kmsg_wait_queue(void);

#endif
