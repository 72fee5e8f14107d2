/*
 * Terminals: what stands between a device that sends and receives characters (serial line, screen
 * and keyboard) and the programs that read lines from it and write to it. The parts:
 *
 *	tty_io.c	files: open, read, write, poll, hang-up
 *	tty_ioctl.c	settings
 *	tty_jobctrl.c	sessions, foreground and background process groups
 *	n_tty.c		the line discipline: reading and writing
 *	n_tty_receive.c	the line discipline: editing, echo, signal characters
 *
 * A driver hands received characters over inside its interrupt handler, so whatever both sides
 * touch is guarded by closing the interrupts.
 */
#ifndef KERNEL_DRIVERS_TTY_H
#define KERNEL_DRIVERS_TTY_H

#include "kernel/abi/types.h"
#include "kernel/locking/mutex.h"
#include "kernel/locking/wait.h"
#include "kernel/lib/list.h"
#include <linux/termios.h>

struct file;
struct poll_table;
struct task_struct;
struct tty_struct;
struct n_tty_data;

/* What came with a received character. */
enum tty_flag {
	TTY_NORMAL,
	TTY_BREAK,
	TTY_FRAME,
	TTY_PARITY,
	TTY_OVERRUN
};

/* What a driver does. Everything may be called with interrupts off, and none of it sleeps. */
struct tty_operations {
	/* Take up to n characters for sending: how many were taken. */
	size_t (*write)(struct tty_struct *tty, const u8 *buf, size_t n);
	size_t (*write_room)(struct tty_struct *tty);	   /* characters that write would take */
	size_t (*chars_in_buffer)(struct tty_struct *tty); /* taken but not sent yet */
	/* The rest may be NULL. */
	void (*flush_buffer)(struct tty_struct *tty); /* forget what was not sent */
	void (*stop)(struct tty_struct *tty);	      /* ^S: pause sending */
	void (*start)(struct tty_struct *tty);
	void (*throttle)(struct tty_struct *tty);   /* the reader is behind: take no more input */
	void (*unthrottle)(struct tty_struct *tty); /* go on */
	/* NULL: speed and character size cannot be changed. */
	void (*set_termios)(struct tty_struct *tty, const struct ktermios *old);
	/* May the window get this size? 0 or -EINVAL. */
	int (*resize)(struct tty_struct *tty, const struct winsize *ws);
	void (*break_ctl)(struct tty_struct *tty, bool on);
	/* A command that is not every terminal's. May sleep. 0, -errno, or -ENOIOCTLCMD: unknown.
	 */
	long (*ioctl)(struct tty_struct *tty, unsigned int cmd, unsigned long arg);
};

#define TTY_WRITE_CHUNK 2048

struct tty_struct {
	char name[16]; /* "ttyS0" */
	dev_t dev;
	const struct tty_operations *ops;
	void *driver_data;
	struct list_head list; /* all terminals */

	/* Settings. Changed by tasks with interrupts off. */
	struct ktermios termios, init_termios;
	struct winsize winsize, init_winsize;
	bool reset_termios; /* the last close and a hang-up bring init_termios back */
	bool exclusive;	    /* TIOCEXCL */
	bool stopped;	    /* by ^S or TCOOFF */
	bool throttled;	    /* the driver was told to take no more */

	/* Job control: numbers, held by pid_hold; 0 if none. */
	pid_t pgrp;    /* foreground process group */
	pid_t session; /* whose controlling terminal it is */

	int count;		    /* open files */
	struct list_head tty_files; /* struct tty_file_private */
	wait_queue_head_t read_wait, write_wait;
	struct fasync_struct *fasync; /* files with O_ASYNC */
	bool wants_pollout;	      /* one of them could not write all it had */
	struct mutex write_lock;      /* one write(2) at a time, and write_buf */
	u8 write_buf[TTY_WRITE_CHUNK];
	struct n_tty_data *disc_data;
};

/* file->private_data of an open terminal. */
struct tty_file_private {
	struct tty_struct *tty;
	struct file *file;
	bool console; /* opened as /dev/console: a hang-up spares it */
	struct list_head list;
};

/* ---- for drivers ---- */
/* Linux's default settings: B38400, canonical, echo. */
extern const struct ktermios tty_std_termios;
/*
 * Make a terminal known. The caller has filled name, dev, ops, driver_data, init_termios and
 * init_winsize in zeroed memory that stays. Also makes its device node. 0 or -ENOMEM, -EBUSY.
 */
int tty_register_device(struct tty_struct *tty);
/* Received characters; interrupts off. Returns how many were taken: if less than n, the terminal is
   throttled, and the driver keeps the rest until unthrottle is called. */
size_t tty_receive(struct tty_struct *tty, const u8 *buf, size_t n);
/* One character with an error, or a break. It is dropped if there is no room. Interrupts off. */
void tty_receive_flagged(struct tty_struct *tty, u8 c, enum tty_flag flag);
/* May the driver fetch one more character? If not, the terminal is throttled now. Interrupts off.
 */
bool tty_receive_ready(struct tty_struct *tty);
/* There is room for output again: wake writers. */
void tty_wakeup(struct tty_struct *tty);

/* ---- tty_io.c ---- */
/* Character devices 5,0 and 5,1; called once at boot, after the VFS. */
void tty_init(void);
/* Has the terminal of this open file been hung up? */
bool tty_hung_up_p(const struct file *file);
/* All files on it give end of file from now on; with exit_session the foreground group gets SIGHUP.
 */
void tty_hangup(struct tty_struct *tty, bool exit_session);
/* vhangup(2): hang up current's controlling terminal. */
void tty_vhangup_self(void);
/* Wait until everything is sent: 0, or -ERESTARTSYS. */
int tty_wait_until_sent(struct tty_struct *tty);
/* Stop and go on sending. */
void tty_stop(struct tty_struct *tty);
void tty_start(struct tty_struct *tty);
/* The terminal of an open file. No reference is taken. */
struct tty_struct *file_tty(const struct file *file);
/* Opened as /dev/console? Then job control does not stop its readers and writers. */
bool file_is_console(const struct file *file);

/* ---- tty_ioctl.c ---- */
/* file_operations.ioctl: 0 or -errno, -ENOTTY for an unknown command. May sleep. */
long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
/* Bits per second, from the B constants or the numbers beside BOTHER. */
unsigned int tty_termios_baud_rate(const struct ktermios *t);
/* Put new settings into force. */
void tty_set_termios(struct tty_struct *tty, const struct ktermios *new_termios);

/* ---- tty_jobctrl.c ---- */
/*
 * May current use the terminal in a way that only the foreground group may? 0; -ERESTARTSYS after
 * `sig` (SIGTTIN, SIGTTOU) was sent to its group; -EIO if the group is orphaned, so that no shell
 * could continue it.
 */
int __tty_check_change(struct tty_struct *tty, int sig);
int tty_check_change(struct tty_struct *tty); /* for SIGTTOU */
/* An open without O_NOCTTY: a session leader without a terminal gets this one, if it is free. */
void tty_open_proc_set_tty(struct file *file, struct tty_struct *tty);
/* A hang-up: every process of the session loses the terminal. The leader is told, and remembers the
   foreground group for its own exit. */
void tty_signal_session(struct tty_struct *tty);
/* current's session loses its terminal: at the exit of its leader (on_exit), or by TIOCNOTTY. If a
   hang-up took it before, the group that was in the foreground then is told at the exit. */
void disassociate_ctty(bool on_exit);
/* p (a new session's leader, say) has no controlling terminal any more. */
void proc_clear_tty(struct task_struct *p);
/* Set the foreground group, or the session (0: none), and keep its number in use. */
void tty_set_pgrp(struct tty_struct *tty, pid_t pgrp);
void tty_set_session(struct tty_struct *tty, pid_t session);
/* The job-control ioctls; -ENOIOCTLCMD for others. */
long tty_jobctrl_ioctl(struct tty_struct *tty, struct file *file, unsigned int cmd,
		       unsigned long arg);
#define ENOIOCTLCMD 515 /* as in Linux: "not one of mine"; never seen by a program */
/* For /proc/PID/stat: the device number as user space sees it, and the foreground group; 0 and -1
   if p has no terminal. */
void task_tty_numbers(const struct task_struct *p, int *tty_nr, int *tty_pgrp);

#endif
