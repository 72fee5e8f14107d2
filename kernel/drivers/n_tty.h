/*
 * The line discipline's state, shared by its two files. Positions count characters since the
 *beginning; only their differences count, and their remainder, which is the place in the ring:
 *
 *	read_tail <= canon_head <= read_head <= read_tail + N_TTY_BUF_SIZE
 *	          ready lines     line being typed
 */
#ifndef KERNEL_DRIVERS_N_TTY_H
#define KERNEL_DRIVERS_N_TTY_H

#include "kernel/drivers/tty.h"
#include "kernel/lib/bitops.h"

#define N_TTY_BUF_SIZE 4096
#define __DISABLED_CHAR \
	'\0' /* as a control character: none; in the buffer, with its flag: end of file */

struct n_tty_data {
	/* Guarded by closed interrupts. */
	size_t read_head, canon_head, read_tail;
	bool lnext;   /* the next character is not special */
	bool erasing; /* in the middle of \...\/ of ECHOPRT */
	bool icanon;
	bool raw;  /* no character is special: copy */
	bool push; /* ICANON was switched on over waiting characters: they count as a line */
	unsigned int column, canon_column; /* of the cursor; where the line being typed began */
	unsigned long char_map[256 / BITS_PER_LONG];		  /* special characters */
	unsigned long read_flags[N_TTY_BUF_SIZE / BITS_PER_LONG]; /* line ends in read_buf */
	u8 read_buf[N_TTY_BUF_SIZE];

	struct mutex read_lock; /* one reader at a time */
};

static inline size_t n_tty_index(size_t position)
{
	return position & (N_TTY_BUF_SIZE - 1);
}
static inline size_t read_cnt(const struct n_tty_data *ldata)
{
	return ldata->read_head - ldata->read_tail;
}

#define _I_FLAG(tty, f) ((tty)->termios.c_iflag & (f))
#define _O_FLAG(tty, f) ((tty)->termios.c_oflag & (f))
#define _L_FLAG(tty, f) ((tty)->termios.c_lflag & (f))
#define _CHAR(tty, i)	((tty)->termios.c_cc[i])

/* n_tty_receive.c */
/* How many more characters of input fit. */
size_t n_tty_receive_room(const struct tty_struct *tty);

/* n_tty.c */
int n_tty_open(struct tty_struct *tty); /* 0 or -ENOMEM */
/* Read input to user memory, as VMIN, VTIME and ICANON say. Bytes, 0 at end of file or -errno,
   -ERESTARTSYS on a signal. One reader at a time; sleeps. */
ssize_t n_tty_read(struct tty_struct *tty, struct file *file, char __user *buf, size_t nr);
/* From the kernel's memory. */
ssize_t n_tty_write(struct tty_struct *tty, struct file *file, const u8 *buf, size_t nr);
/* file_operations.poll: the POLL bits that hold now. */
unsigned int n_tty_poll(struct tty_struct *tty, struct file *file, struct poll_table *pt);
/* tty->termios has changed from *old (NULL: the first time). */
void n_tty_set_termios(struct tty_struct *tty, const struct ktermios *old);
void n_tty_flush_buffer(struct tty_struct *tty); /* forget the input */
unsigned int n_tty_inq(struct tty_struct *tty);	 /* FIONREAD */
/* One character of output, processed as OPOST says: 0, or -1 if there is no room. Interrupts off.
 */
int n_tty_output_char(struct tty_struct *tty, u8 c);
/* Is it a byte after the first of a UTF-8 character? */
static inline bool is_continuation(const struct tty_struct *tty, u8 c)
{
	return _I_FLAG(tty, IUTF8) && (c & 0xc0) == 0x80;
}

#endif
