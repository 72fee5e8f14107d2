/*
 * The line discipline's input: what happens to each character between the device and the buffer
 * that read(2) empties. Signal characters, flow control, editing of the line, echo. Everything here
 * runs with interrupts off, most of it inside the driver's interrupt handler.
 */
#include "kernel/drivers/n_tty.h"
#include "kernel/fs/fasync.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include <linux/signal.h>

#define DEL	       0x7f
#define BELL	       '\a'
#define CTRL_BIT       0100 /* '^' and the letter: the control character with this bit turned over */
#define TAB_COLUMNS    8
#define MARKED_CHARS   3    /* that a marked character takes */
#define PARMRK_CHAR    0xff /* introduces a marked character */
#define LATIN1_LETTERS 0xc0

static bool is_control(u8 c)
{
	return c < ' ' || c == DEL;
}

static bool is_word_char(u8 c)
{
	u8 lower = c | ' ';

	return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c >= LATIN1_LETTERS ||
	       c == '_';
}

static u8 read_buf(const struct n_tty_data *ldata, size_t position)
{
	return ldata->read_buf[n_tty_index(position)];
}

static void put_tty_queue(struct n_tty_data *ldata, u8 c)
{
	ldata->read_buf[n_tty_index(ldata->read_head++)] = c;
}

/* ---- echo ---- */

static void put_raw(struct tty_struct *tty, u8 c)
{
	tty->ops->write(tty, &c, 1);
}

static void echo_char_raw(struct tty_struct *tty, u8 c)
{
	if (_O_FLAG(tty, OPOST))
		n_tty_output_char(tty, c);
	else
		put_raw(tty, c);
}

/* A control character is shown as ^X. */
static void echo_char(struct tty_struct *tty, u8 c)
{
	if (!_L_FLAG(tty, ECHOCTL) || !is_control(c) || c == '\t') {
		echo_char_raw(tty, c);
		return;
	}
	put_raw(tty, '^');
	put_raw(tty, c ^ CTRL_BIT);
	tty->disc_data->column += 2;
}

static void echo_erase_column(struct tty_struct *tty)
{
	echo_char_raw(tty, '\b');
	echo_char_raw(tty, ' ');
	echo_char_raw(tty, '\b');
}

static void finish_erasing(struct tty_struct *tty)
{
	if (tty->disc_data->erasing) {
		echo_char_raw(tty, '/');
		tty->disc_data->erasing = false;
	}
}

/* Where the line being typed begins: erasing a tab needs it. */
static void echo_set_canon_col(struct n_tty_data *ldata)
{
	if (ldata->canon_head == ldata->read_head)
		ldata->canon_column = ldata->column;
}

/* ---- erasing: ^H, ^W, ^U ---- */

/* Go back over a tab: its width follows from what stands before it on the line. */
static void echo_erase_tab(struct tty_struct *tty)
{
	struct n_tty_data *ldata = tty->disc_data;
	size_t tail = ldata->read_head;
	unsigned int columns = 0, back;
	bool after_tab = false;

	while (tail != ldata->canon_head && !after_tab) {
		u8 c = read_buf(ldata, --tail);

		if (c == '\t')
			after_tab = true;
		else if (is_control(c))
			columns += _L_FLAG(tty, ECHOCTL) ? 2 : 0;
		else if (!is_continuation(tty, c))
			columns++;
	}
	if (!after_tab)
		columns += ldata->canon_column;
	for (back = TAB_COLUMNS - columns % TAB_COLUMNS; back; back--) {
		put_raw(tty, '\b');
		if (ldata->column)
			ldata->column--;
	}
}

/* Show that the character `c`, which stood at `head` with its continuation bytes, is gone. */
static void echo_erase_char(struct tty_struct *tty, u8 c, size_t head, size_t bytes, bool by_erase)
{
	struct n_tty_data *ldata = tty->disc_data;

	if (_L_FLAG(tty, ECHOPRT)) {
		if (!ldata->erasing) {
			echo_char_raw(tty, '\\');
			ldata->erasing = true;
		}
		echo_char(tty, c);
		while (--bytes)
			put_raw(tty, read_buf(ldata, ++head));
	} else if (by_erase && !_L_FLAG(tty, ECHOE)) {
		echo_char(tty, _CHAR(tty, VERASE));
	} else if (c == '\t') {
		echo_erase_tab(tty);
	} else {
		if (is_control(c) && _L_FLAG(tty, ECHOCTL))
			echo_erase_column(tty);
		if (!is_control(c) || _L_FLAG(tty, ECHOCTL))
			echo_erase_column(tty);
	}
}

/* Take the last character off the line. False: there is only a piece of one. */
static bool erase_one(struct tty_struct *tty, u8 *erased, size_t *head)
{
	struct n_tty_data *ldata = tty->disc_data;
	size_t at = ldata->read_head;
	u8 c;

	do {
		c = read_buf(ldata, --at);
	} while (is_continuation(tty, c) && at != ldata->canon_head);
	*erased = c;
	*head = at;
	return !is_continuation(tty, c);
}

static void kill_line_plainly(struct tty_struct *tty)
{
	tty->disc_data->read_head = tty->disc_data->canon_head;
	if (!_L_FLAG(tty, ECHO))
		return;
	finish_erasing(tty);
	echo_char(tty, _CHAR(tty, VKILL));
	if (_L_FLAG(tty, ECHOK))
		echo_char_raw(tty, '\n');
}

/* c is VERASE (a character), VWERASE (a word) or VKILL (the line). */
static void eraser(struct tty_struct *tty, u8 c)
{
	struct n_tty_data *ldata = tty->disc_data;
	bool one = c == _CHAR(tty, VERASE), word = !one && c == _CHAR(tty, VWERASE), seen = false;
	const tcflag_t visible = ECHO | ECHOK | ECHOKE | ECHOE;

	if (ldata->read_head == ldata->canon_head)
		return;
	if (!one && !word && _L_FLAG(tty, visible) != visible) {
		kill_line_plainly(tty);
		return;
	}
	while (ldata->read_head != ldata->canon_head) {
		size_t head, bytes;
		u8 erased;

		if (!erase_one(tty, &erased, &head))
			break;
		if (word && is_word_char(erased))
			seen = true;
		else if (word && seen)
			break;
		bytes = ldata->read_head - head;
		ldata->read_head = head;
		if (_L_FLAG(tty, ECHO))
			echo_erase_char(tty, erased, head, bytes, one);
		if (one)
			break;
	}
	if (ldata->read_head == ldata->canon_head && _L_FLAG(tty, ECHO))
		finish_erasing(tty);
}

/* ---- signals ---- */

static void isig(struct tty_struct *tty, int sig)
{
	if (!_L_FLAG(tty, NOFLSH)) {
		if (tty->ops->flush_buffer)
			tty->ops->flush_buffer(tty);
		n_tty_flush_buffer(tty);
		wake_up_interruptible_all(&tty->write_wait);
	}
	if (tty->pgrp)
		kill_pgrp(tty->pgrp, sig, SEND_SIG_PRIV);
}

/* True if c was a character for signals or flow control. */
static bool receive_signal_or_flow(struct tty_struct *tty, u8 c)
{
	static const struct {
		u8 cc, sig;
	} signals[] = {{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}};

	if (_I_FLAG(tty, IXON) && (c == _CHAR(tty, VSTART) || c == _CHAR(tty, VSTOP))) {
		if (c == _CHAR(tty, VSTART))
			tty_start(tty);
		else
			tty_stop(tty);
		return true;
	}
	for (unsigned int i = 0; _L_FLAG(tty, ISIG) && i < ARRAY_SIZE(signals); i++) {
		if (c != _CHAR(tty, signals[i].cc))
			continue;
		isig(tty, signals[i].sig);
		if (_I_FLAG(tty, IXON))
			tty_start(tty);
		if (_L_FLAG(tty, ECHO))
			echo_char(tty, c);
		return true;
	}
	return false;
}

/* ---- characters ---- */

/* The line is complete with c (a newline, or the mark of end of file). */
static void end_line(struct tty_struct *tty, u8 c)
{
	struct n_tty_data *ldata = tty->disc_data;

	set_bit(n_tty_index(ldata->read_head), ldata->read_flags);
	put_tty_queue(ldata, c);
	ldata->canon_head = ldata->read_head;
	kill_fasync(&tty->fasync, POLL_IN);
	wake_up_interruptible_all(&tty->read_wait);
}

static void reprint_line(struct tty_struct *tty, u8 c)
{
	struct n_tty_data *ldata = tty->disc_data;

	finish_erasing(tty);
	echo_char(tty, c);
	echo_char_raw(tty, '\n');
	for (size_t at = ldata->canon_head; at != ldata->read_head; at++)
		echo_char(tty, read_buf(ldata, at));
}

/* Canonical mode's own characters. True if c was one. */
static bool receive_editing(struct tty_struct *tty, u8 c)
{
	struct n_tty_data *ldata = tty->disc_data;
	bool echo = _L_FLAG(tty, ECHO), iexten = _L_FLAG(tty, IEXTEN);

	if (c == _CHAR(tty, VERASE) || c == _CHAR(tty, VKILL) ||
	    (c == _CHAR(tty, VWERASE) && iexten)) {
		eraser(tty, c);
	} else if (c == _CHAR(tty, VLNEXT) && iexten) {
		ldata->lnext = true;
		if (echo) {
			finish_erasing(tty);
			if (_L_FLAG(tty, ECHOCTL)) {
				echo_char_raw(tty, '^');
				echo_char_raw(tty, '\b');
			}
		}
	} else if (c == _CHAR(tty, VREPRINT) && echo && iexten) {
		reprint_line(tty, c);
	} else if (c == '\n') {
		if (_L_FLAG(tty, ECHO | ECHONL))
			echo_char_raw(tty, '\n');
		end_line(tty, c);
	} else if (c == _CHAR(tty, VEOF)) {
		end_line(tty, __DISABLED_CHAR);
	} else if (c == _CHAR(tty, VEOL) || (c == _CHAR(tty, VEOL2) && iexten)) {
		if (echo) {
			echo_set_canon_col(ldata);
			echo_char(tty, c);
		}
		if (_I_FLAG(tty, PARMRK) && c == PARMRK_CHAR)
			put_tty_queue(ldata, c);
		end_line(tty, c);
	} else {
		return false;
	}
	return true;
}

static void receive_ordinary(struct tty_struct *tty, u8 c)
{
	struct n_tty_data *ldata = tty->disc_data;

	if (_L_FLAG(tty, ECHO)) {
		finish_erasing(tty);
		if (c == '\n') {
			echo_char_raw(tty, '\n');
		} else {
			echo_set_canon_col(ldata);
			echo_char(tty, c);
		}
	}
	if (_I_FLAG(tty, PARMRK) && c == PARMRK_CHAR)
		put_tty_queue(ldata, c);
	put_tty_queue(ldata, c);
}

static u8 map_input(const struct tty_struct *tty, u8 c)
{
	if (_I_FLAG(tty, ISTRIP))
		c &= 0x7f;
	if (_I_FLAG(tty, IUCLC) && _L_FLAG(tty, IEXTEN) && c >= 'A' && c <= 'Z')
		c |= ' ';
	return c;
}

static void receive_special(struct tty_struct *tty, u8 c)
{
	if (receive_signal_or_flow(tty, c))
		return;
	if (tty->stopped && _I_FLAG(tty, IXON) && _I_FLAG(tty, IXANY))
		tty_start(tty);
	if (c == '\r') {
		if (_I_FLAG(tty, IGNCR))
			return;
		if (_I_FLAG(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && _I_FLAG(tty, INLCR)) {
		c = '\r';
	}
	if (tty->disc_data->icanon && receive_editing(tty, c))
		return;
	receive_ordinary(tty, c);
}

static void receive_char(struct tty_struct *tty, u8 c)
{
	struct n_tty_data *ldata = tty->disc_data;

	if (ldata->raw) {
		put_tty_queue(ldata, c);
		return;
	}
	c = map_input(tty, c);
	if (ldata->lnext) {
		ldata->lnext = false;
		receive_ordinary(tty, c);
	} else if (test_bit(c, ldata->char_map)) {
		receive_special(tty, c);
	} else {
		if (tty->stopped && _I_FLAG(tty, IXON) && _I_FLAG(tty, IXANY))
			tty_start(tty);
		receive_ordinary(tty, c);
	}
}

/* ---- the driver's side ---- */

/*
 * How many characters fit. A marked character takes three places. While a line is typed that cannot
 * end for want of room, one more is always taken, so that its newline gets through: see make_room.
 */
size_t n_tty_receive_room(const struct tty_struct *tty)
{
	const struct n_tty_data *ldata = tty->disc_data;
	size_t room = N_TTY_BUF_SIZE - read_cnt(ldata);

	if (_I_FLAG(tty, PARMRK))
		room /= MARKED_CHARS;
	if (room > 1)
		return room - 1;
	return ldata->icanon && ldata->canon_head == ldata->read_tail;
}

/* The line is longer than the buffer: what comes now takes the place of its last characters. */
static void make_room(struct tty_struct *tty)
{
	struct n_tty_data *ldata = tty->disc_data;
	size_t needed = _I_FLAG(tty, PARMRK) ? MARKED_CHARS : 1;
	size_t room = N_TTY_BUF_SIZE - read_cnt(ldata);

	if (room >= needed)
		return;
	ldata->read_head -= needed - room;
	if (_I_FLAG(tty, IMAXBEL))
		put_raw(tty, BELL);
}

static void throttle(struct tty_struct *tty)
{
	tty->throttled = true;
	if (tty->ops->throttle)
		tty->ops->throttle(tty);
}

bool tty_receive_ready(struct tty_struct *tty)
{
	if (n_tty_receive_room(tty))
		return true;
	throttle(tty);
	return false;
}

static void wake_raw_readers(struct tty_struct *tty)
{
	if (tty->disc_data->icanon || !read_cnt(tty->disc_data))
		return;
	kill_fasync(&tty->fasync, POLL_IN);
	wake_up_interruptible_all(&tty->read_wait);
}

size_t tty_receive(struct tty_struct *tty, const u8 *buf, size_t n)
{
	size_t taken = 0;

	while (taken < n && tty_receive_ready(tty)) {
		make_room(tty);
		receive_char(tty, buf[taken++]);
	}
	wake_raw_readers(tty);
	return taken;
}

static void put_marked(struct n_tty_data *ldata, u8 c)
{
	put_tty_queue(ldata, PARMRK_CHAR);
	put_tty_queue(ldata, 0);
	put_tty_queue(ldata, c);
}

static void receive_break(struct tty_struct *tty)
{
	if (_I_FLAG(tty, IGNBRK))
		return;
	if (_I_FLAG(tty, BRKINT))
		isig(tty, SIGINT);
	else if (_I_FLAG(tty, PARMRK))
		put_marked(tty->disc_data, 0);
	else
		put_tty_queue(tty->disc_data, 0);
}

void tty_receive_flagged(struct tty_struct *tty, u8 c, enum tty_flag flag)
{
	if (!n_tty_receive_room(tty))
		return;
	make_room(tty);
	switch (flag) {
	case TTY_BREAK:
		receive_break(tty);
		break;
	case TTY_PARITY:
	case TTY_FRAME:
		if (!_I_FLAG(tty, INPCK))
			receive_char(tty, c);
		else if (_I_FLAG(tty, IGNPAR))
			break;
		else if (_I_FLAG(tty, PARMRK))
			put_marked(tty->disc_data, c);
		else
			put_tty_queue(tty->disc_data, 0);
		break;
	default: /* an overrun lost others; this one is good */
		receive_char(tty, c);
	}
	wake_raw_readers(tty);
}
