/*
 * The line discipline: what read(2), write(2) and poll(2) on a terminal do, and output processing.
 * The way of the characters from the device into the buffer is in n_tty_receive.c.
 */
#include "kernel/time/time.h"
#include "kernel/drivers/n_tty.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/poll.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/fcntl.h>

#define TAB_COLUMNS	  8
#define READ_CHUNK	  256 /* copied to the reader at a time */
#define OUTPUT_CHUNK	  256 /* characters sent with interrupts off at a time */
#define WAKEUP_CHARS	  256 /* poll: writable while less than this waits to be sent */
#define TENTHS_PER_SECOND 10

int n_tty_open(struct tty_struct *tty)
{
	struct n_tty_data *ldata = kzalloc(sizeof(*ldata), GFP_KERNEL);

	if (!ldata)
		return -ENOMEM;
	mutex_init(&ldata->read_lock);
	tty->disc_data = ldata;
	n_tty_set_termios(tty, NULL);
	return 0;
}

/* ---- settings ---- */

static void mark_special(struct tty_struct *tty, unsigned int cc)
{
	__set_bit(_CHAR(tty, cc), tty->disc_data->char_map);
}

static void fill_char_map(struct tty_struct *tty)
{
	unsigned long *map = tty->disc_data->char_map;

	memset(map, 0, sizeof(tty->disc_data->char_map));
	if (_I_FLAG(tty, IGNCR | ICRNL))
		__set_bit('\r', map);
	if (_I_FLAG(tty, INLCR))
		__set_bit('\n', map);
	if (_L_FLAG(tty, ICANON)) {
		mark_special(tty, VERASE);
		mark_special(tty, VKILL);
		mark_special(tty, VEOF);
		__set_bit('\n', map);
		mark_special(tty, VEOL);
	}
	if (_L_FLAG(tty, ICANON) && _L_FLAG(tty, IEXTEN)) {
		mark_special(tty, VWERASE);
		mark_special(tty, VLNEXT);
		mark_special(tty, VEOL2);
		if (_L_FLAG(tty, ECHO))
			mark_special(tty, VREPRINT);
	}
	if (_I_FLAG(tty, IXON)) {
		mark_special(tty, VSTART);
		mark_special(tty, VSTOP);
	}
	if (_L_FLAG(tty, ISIG)) {
		mark_special(tty, VINTR);
		mark_special(tty, VQUIT);
		mark_special(tty, VSUSP);
	}
	__clear_bit(__DISABLED_CHAR, map);
}

/* Waiting characters change their meaning: all of them are one line, or none is. */
static void switch_canonical(struct tty_struct *tty)
{
	struct n_tty_data *ldata = tty->disc_data;

	memset(ldata->read_flags, 0, sizeof(ldata->read_flags));
	if (!_L_FLAG(tty, ICANON) || !read_cnt(ldata)) {
		ldata->canon_head = ldata->read_tail;
		ldata->push = false;
	} else {
		__set_bit(n_tty_index(ldata->read_head - 1), ldata->read_flags);
		ldata->canon_head = ldata->read_head;
		ldata->push = true;
	}
	ldata->erasing = false;
	ldata->lnext = false;
}

/* tty->termios has changed from *old (NULL: first time). */
void n_tty_set_termios(struct tty_struct *tty, const struct ktermios *old)
{
	struct n_tty_data *ldata = tty->disc_data;
	const tcflag_t special_input =
		IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IUCLC | IXON | INPCK;
	unsigned long flags;

	local_irq_save(flags);
	if (!old || (old->c_lflag ^ tty->termios.c_lflag) & ICANON)
		switch_canonical(tty);
	ldata->icanon = _L_FLAG(tty, ICANON) != 0;
	ldata->raw = !_I_FLAG(tty, special_input) && !_L_FLAG(tty, ICANON | ISIG | ECHO);
	fill_char_map(tty);
	if (old && !_I_FLAG(tty, IXON) && old->c_iflag & IXON)
		tty_start(tty);
	local_irq_restore(flags);
	wake_up_interruptible_all(&tty->write_wait);
	wake_up_interruptible_all(&tty->read_wait);
}

/* ---- output ---- */

static int output_newline(struct tty_struct *tty)
{
	struct n_tty_data *ldata = tty->disc_data;

	if (_O_FLAG(tty, ONLRET))
		ldata->column = 0;
	if (_O_FLAG(tty, ONLCR)) {
		if (tty->ops->write_room(tty) < 2)
			return -1;
		ldata->canon_column = ldata->column = 0;
		tty->ops->write(tty, (const u8 *)"\r\n", 2);
		return 0;
	}
	ldata->canon_column = ldata->column;
	return tty->ops->write(tty, (const u8 *)"\n", 1) ? 0 : -1;
}

static int output_tab(struct tty_struct *tty)
{
	static const u8 blanks[TAB_COLUMNS] = "        ";
	struct n_tty_data *ldata = tty->disc_data;
	unsigned int spaces = TAB_COLUMNS - ldata->column % TAB_COLUMNS;

	if (_O_FLAG(tty, TABDLY) == XTABS) {
		if (tty->ops->write_room(tty) < spaces)
			return -1;
		ldata->column += spaces;
		tty->ops->write(tty, blanks, spaces);
		return 0;
	}
	if (!tty->ops->write(tty, (const u8 *)"\t", 1))
		return -1;
	ldata->column += spaces;
	return 0;
}

int n_tty_output_char(struct tty_struct *tty, u8 c)
{
	struct n_tty_data *ldata = tty->disc_data;
	bool printable = c >= ' ' && c != 0x7f;

	if (!tty->ops->write_room(tty))
		return -1;
	if (c == '\n')
		return output_newline(tty);
	if (c == '\t')
		return output_tab(tty);
	if (c == '\r') {
		if (_O_FLAG(tty, ONOCR) && !ldata->column)
			return 0;
		if (_O_FLAG(tty, OCRNL)) {
			c = '\n';
			if (_O_FLAG(tty, ONLRET))
				ldata->canon_column = ldata->column = 0;
		} else {
			ldata->canon_column = ldata->column = 0;
		}
	} else if (c == '\b') {
		if (ldata->column)
			ldata->column--;
	} else if (printable) {
		if (_O_FLAG(tty, OLCUC) && c >= 'a' && c <= 'z')
			c &= ~' ';
		if (!is_continuation(tty, c))
			ldata->column++;
	}
	tty->ops->write(tty, &c, 1);
	return 0;
}

/* Send the characters before the next one that needs thought: how many went out. */
static size_t output_plain(struct tty_struct *tty, const u8 *buf, size_t nr)
{
	unsigned int columns = 0;
	size_t n = 0, sent;

	nr = min(nr, tty->ops->write_room(tty));
	while (n < nr && buf[n] != '\n' && buf[n] != '\r' && buf[n] != '\t' && buf[n] != '\b')
		n++;
	if (_O_FLAG(tty, OLCUC))
		n = 0;
	sent = n ? tty->ops->write(tty, buf, n) : 0;
	for (size_t i = 0; i < sent; i++)
		columns += buf[i] >= ' ' && buf[i] != 0x7f && !is_continuation(tty, buf[i]);
	tty->disc_data->column += columns;
	return sent;
}

/* Send what there is room for. Interrupts off. */
static size_t output_some(struct tty_struct *tty, const u8 *buf, size_t nr)
{
	size_t done = 0;

	if (!_O_FLAG(tty, OPOST))
		return tty->ops->write(tty, buf, nr);
	while (done < nr) {
		done += output_plain(tty, buf + done, nr - done);
		if (done == nr || n_tty_output_char(tty, buf[done]))
			break;
		done++;
	}
	return done;
}

ssize_t n_tty_write(struct tty_struct *tty, struct file *file, const u8 *buf, size_t nr)
{
	DECLARE_WAITQUEUE(wait, current);
	size_t done = 0;
	int err = 0;

	if (_L_FLAG(tty, TOSTOP) && !file_is_console(file)) {
		err = tty_check_change(tty);
		if (err)
			return err;
	}
	add_wait_queue(&tty->write_wait, &wait);
	for (;;) {
		unsigned long flags;
		size_t n;

		set_current_state(TASK_INTERRUPTIBLE);
		if (signal_pending(current))
			err = -ERESTARTSYS;
		else if (tty_hung_up_p(file))
			err = -EIO;
		if (err)
			break;
		local_irq_save(flags);
		n = output_some(tty, buf + done, min_t(size_t, nr - done, OUTPUT_CHUNK));
		local_irq_restore(flags);
		done += n;
		if (done == nr)
			break;
		if (n)
			continue;
		if (file->f_flags & O_NONBLOCK) {
			err = -EAGAIN;
			break;
		}
		schedule();
	}
	set_current_state(TASK_RUNNING);
	remove_wait_queue(&tty->write_wait, &wait);
	if (done < nr && tty->fasync)
		tty->wants_pollout = true;
	return done ? (ssize_t)done : err;
}

/* ---- reading ---- */

static bool input_available_p(const struct tty_struct *tty, bool poll)
{
	const struct n_tty_data *ldata = tty->disc_data;
	size_t wanted = poll && !_CHAR(tty, VTIME) && _CHAR(tty, VMIN) ? _CHAR(tty, VMIN) : 1;

	if (ldata->icanon)
		return ldata->canon_head != ldata->read_tail;
	return read_cnt(ldata) >= wanted;
}

/* The buffer has room again. */
static void check_unthrottle(struct tty_struct *tty)
{
	if (!tty->throttled || !n_tty_receive_room(tty))
		return;
	tty->throttled = false;
	if (tty->ops->unthrottle)
		tty->ops->unthrottle(tty);
}

/* Take up to n characters of one line. *found: its end was reached (a newline is copied, the mark
   of end of file is not). Interrupts off. */
static size_t take_canonical(struct n_tty_data *ldata, u8 *to, size_t n, bool *found)
{
	size_t copied = 0;

	*found = false;
	while (copied < n && ldata->read_tail != ldata->canon_head && !*found) {
		size_t at = n_tty_index(ldata->read_tail++);

		*found = __test_and_clear_bit(at, ldata->read_flags);
		if (!*found || ldata->read_buf[at] != __DISABLED_CHAR)
			to[copied++] = ldata->read_buf[at];
	}
	if (*found)
		ldata->push = false;
	return copied;
}

static size_t take_raw(struct n_tty_data *ldata, u8 *to, size_t n)
{
	size_t copied = 0;

	while (copied < n && ldata->read_tail != ldata->read_head)
		to[copied++] = ldata->read_buf[n_tty_index(ldata->read_tail++)];
	return copied;
}

/* A read took the last character of a line but not the end-of-file mark after it. Skip the mark
   too, otherwise the next read would return a false end of file. */
static void skip_eof(struct n_tty_data *ldata)
{
	size_t at = n_tty_index(ldata->read_tail);

	if (ldata->read_tail != ldata->canon_head && test_bit(at, ldata->read_flags) &&
	    ldata->read_buf[at] == __DISABLED_CHAR) {
		__clear_bit(at, ldata->read_flags);
		ldata->read_tail++;
	}
}

/* Move what is there to the reader. Bytes, or -EFAULT; *end: in canonical mode, the read is over.
 */
static ssize_t copy_available(struct tty_struct *tty, char __user *buf, size_t nr, bool *end)
{
	struct n_tty_data *ldata = tty->disc_data;
	size_t done = 0;

	*end = false;
	while (done < nr && !*end) {
		u8 chunk[READ_CHUNK];
		size_t n = min_t(size_t, nr - done, READ_CHUNK);
		unsigned long flags;

		local_irq_save(flags);
		if (ldata->icanon) {
			n = take_canonical(ldata, chunk, n, end);
			if (!*end && done + n == nr)
				skip_eof(ldata);
			*end |= ldata->read_tail == ldata->canon_head || done + n == nr;
		} else {
			n = take_raw(ldata, chunk, n);
		}
		check_unthrottle(tty);
		local_irq_restore(flags);
		if (!n)
			break;
		if (copy_to_user(buf + done, chunk, n))
			return -EFAULT;
		done += n;
	}
	return done;
}

/* VMIN and VTIME: how many characters end a read, and how long it waits, in ticks. */
struct read_limits {
	size_t minimum;
	long timeout; /* for the next character */
	long between; /* from one to the next; 0: no limit */
};

static struct read_limits get_limits(const struct tty_struct *tty)
{
	struct read_limits l = {.timeout = MAX_SCHEDULE_TIMEOUT};
	long time = (long)_CHAR(tty, VTIME) * HZ / TENTHS_PER_SECOND;

	if (tty->disc_data->icanon)
		return l;
	l.minimum = _CHAR(tty, VMIN);
	if (l.minimum) {
		l.between = time;
	} else {
		l.minimum = 1;
		l.timeout = time;
	}
	return l;
}

static int lock_reader(struct tty_struct *tty, struct file *file)
{
	struct mutex *lock = &tty->disc_data->read_lock;

	if (file->f_flags & O_NONBLOCK)
		return mutex_trylock(lock) ? 0 : -EAGAIN;
	return mutex_lock_interruptible(lock) ? -ERESTARTSYS : 0;
}

/* The loop of a read; the caller is on read_wait. */
static ssize_t read_loop(struct tty_struct *tty, struct file *file, char __user *buf, size_t nr)
{
	struct read_limits limits = get_limits(tty);
	size_t done = 0;

	while (done < nr) {
		ssize_t n;
		bool end;

		set_current_state(TASK_INTERRUPTIBLE);
		if (!input_available_p(tty, false)) {
			if (tty_hung_up_p(file) || !limits.timeout)
				break;
			if (file->f_flags & O_NONBLOCK)
				return done ? (ssize_t)done : -EAGAIN;
			if (signal_pending(current))
				return done ? (ssize_t)done : -ERESTARTSYS;
			limits.timeout = schedule_timeout(limits.timeout);
			continue;
		}
		set_current_state(TASK_RUNNING);
		n = copy_available(tty, buf + done, nr - done, &end);
		if (n < 0)
			return n;
		done += n;
		if (tty->disc_data->icanon ? end : done >= limits.minimum)
			break;
		if (limits.between)
			limits.timeout = limits.between;
	}
	return done;
}

ssize_t n_tty_read(struct tty_struct *tty, struct file *file, char __user *buf, size_t nr)
{
	DECLARE_WAITQUEUE(wait, current);
	int err = file_is_console(file) ? 0 : __tty_check_change(tty, SIGTTIN);
	ssize_t done;

	if (!err)
		err = lock_reader(tty, file);
	if (err)
		return err;
	add_wait_queue(&tty->read_wait, &wait);
	done = read_loop(tty, file, buf, nr);
	set_current_state(TASK_RUNNING);
	remove_wait_queue(&tty->read_wait, &wait);
	mutex_unlock(&tty->disc_data->read_lock);
	return done;
}

unsigned int n_tty_poll(struct tty_struct *tty, struct file *file, struct poll_table *pt)
{
	unsigned int mask = 0;

	poll_wait(file, &tty->read_wait, pt);
	poll_wait(file, &tty->write_wait, pt);
	if (input_available_p(tty, true))
		mask |= POLLIN | POLLRDNORM;
	if (tty_hung_up_p(file))
		mask |= POLLHUP;
	if (tty->ops->chars_in_buffer(tty) < WAKEUP_CHARS && tty->ops->write_room(tty))
		mask |= POLLOUT | POLLWRNORM;
	return mask;
}

void n_tty_flush_buffer(struct tty_struct *tty)
{
	struct n_tty_data *ldata = tty->disc_data;
	unsigned long flags;

	local_irq_save(flags);
	ldata->read_head = ldata->canon_head = ldata->read_tail = 0;
	ldata->lnext = ldata->erasing = ldata->push = false;
	memset(ldata->read_flags, 0, sizeof(ldata->read_flags));
	check_unthrottle(tty);
	local_irq_restore(flags);
}

unsigned int n_tty_inq(struct tty_struct *tty)
{
	struct n_tty_data *ldata = tty->disc_data;
	unsigned int n = 0;

	if (!ldata->icanon)
		return read_cnt(ldata);
	/* Marks of end of file are not read as characters. */
	for (size_t at = ldata->read_tail; at != ldata->canon_head; at++) {
		size_t i = n_tty_index(at);

		n += !(test_bit(i, ldata->read_flags) && ldata->read_buf[i] == __DISABLED_CHAR);
	}
	return n;
}
