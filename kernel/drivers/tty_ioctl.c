/*
 * The settings of a terminal: termios in its four binary forms, window size, flow control, and the
 * smaller ioctls.
 */
#include "kernel/drivers/n_tty.h"
#include "kernel/fs/fs.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include <linux/errno.h>
#include <linux/tty.h>

/* ---- speeds ---- */

/* By the B constants: the index is B0..B38400, or behind them the low bits of B57600 and up. */
static const unsigned int baud_table[] = {
	0,	 50,	  75,	   110,	    134,     150,     200,     300,
	600,	 1200,	  1800,	   2400,    4800,    9600,    19200,   38400,
	57600,	 115200,  230400,  460800,  500000,  576000,  921600,  1000000,
	1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};
#define NR_LOW_SPEEDS 16 /* B0 to B38400; B57600 is CBAUDEX | 1 */

static unsigned int baud_of(tcflag_t bits, unsigned int other)
{
	unsigned int i = bits & ~CBAUDEX;

	if (bits == BOTHER)
		return other;
	if (bits & CBAUDEX)
		i += NR_LOW_SPEEDS - 1;
	return i < ARRAY_SIZE(baud_table) ? baud_table[i] : 0;
}

unsigned int tty_termios_baud_rate(const struct ktermios *t)
{
	return baud_of(t->c_cflag & CBAUD, t->c_ospeed);
}

static unsigned int tty_termios_input_baud_rate(const struct ktermios *t)
{
	tcflag_t bits = (t->c_cflag >> IBSHIFT) & CBAUD;

	return bits == B0 ? tty_termios_baud_rate(t) : baud_of(bits, t->c_ispeed);
}

/* ---- termios ---- */

#define TERMIOS_FLUSH 1 /* TCSETSF: forget the input */
#define TERMIOS_WAIT  2 /* TCSETSW: after what was written is sent */

/* The device has no such settings: all but three bits stay as they were. */
static void copy_hw(struct ktermios *t, const struct ktermios *old)
{
	const tcflag_t soft = HUPCL | CREAD | CLOCAL;

	t->c_cflag = (t->c_cflag & soft) | (old->c_cflag & ~soft);
	t->c_ispeed = old->c_ispeed;
	t->c_ospeed = old->c_ospeed;
}

void tty_set_termios(struct tty_struct *tty, const struct ktermios *new_termios)
{
	struct ktermios old = tty->termios;
	unsigned long flags;

	local_irq_save(flags);
	tty->termios = *new_termios;
	if (!tty->ops->set_termios)
		copy_hw(&tty->termios, &old);
	local_irq_restore(flags);
	if (tty->ops->set_termios)
		tty->ops->set_termios(tty, &old);
	n_tty_set_termios(tty, &old);
}

/* Let current change settings, after waiting as `opt` says. */
static int prepare_change(struct tty_struct *tty, unsigned int opt)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	if (opt & TERMIOS_FLUSH)
		n_tty_flush_buffer(tty);
	if (opt & TERMIOS_WAIT)
		return tty_wait_until_sent(tty);
	return 0;
}

static int change(struct tty_struct *tty, struct ktermios *new_termios, unsigned int opt)
{
	int err;

	new_termios->c_ispeed = tty_termios_input_baud_rate(new_termios);
	new_termios->c_ospeed = tty_termios_baud_rate(new_termios);
	err = prepare_change(tty, opt);
	if (!err)
		tty_set_termios(tty, new_termios);
	return err;
}

/* struct termios: ktermios without the speeds at its end. */
static int set_termios(struct tty_struct *tty, void __user *arg, unsigned int opt)
{
	struct ktermios k = tty->termios;

	_Static_assert(offsetof(struct ktermios, c_ispeed) == sizeof(struct termios), "termios");
	if (copy_from_user(&k, arg, sizeof(struct termios)))
		return -EFAULT;
	return change(tty, &k, opt);
}

static int set_termios2(struct tty_struct *tty, void __user *arg, unsigned int opt)
{
	struct ktermios k;

	_Static_assert(sizeof(struct ktermios) == sizeof(struct termios2), "termios2");
	if (copy_from_user(&k, arg, sizeof(k)))
		return -EFAULT;
	return change(tty, &k, opt);
}

/* struct termio, System V's: the low 16 bits, and eight characters. */
static int set_termio(struct tty_struct *tty, void __user *arg, unsigned int opt)
{
	struct ktermios k = tty->termios;
	const tcflag_t low = 0xffff;
	struct termio t;

	if (copy_from_user(&t, arg, sizeof(t)))
		return -EFAULT;
	k.c_iflag = (k.c_iflag & ~low) | t.c_iflag;
	k.c_oflag = (k.c_oflag & ~low) | t.c_oflag;
	k.c_cflag = (k.c_cflag & ~low) | t.c_cflag;
	k.c_lflag = (k.c_lflag & ~low) | t.c_lflag;
	k.c_line = t.c_line;
	memcpy(k.c_cc, t.c_cc, NCC);
	return change(tty, &k, opt);
}

static int get_termio(struct tty_struct *tty, void __user *arg)
{
	const struct ktermios *k = &tty->termios;
	struct termio t = {
		.c_iflag = k->c_iflag,
		.c_oflag = k->c_oflag,
		.c_cflag = k->c_cflag,
		.c_lflag = k->c_lflag,
		.c_line = k->c_line,
	};

	memcpy(t.c_cc, k->c_cc, NCC);
	return copy_to_user(arg, &t, sizeof(t)) ? -EFAULT : 0;
}

static int get_bytes(void __user *arg, const void *from, size_t n)
{
	return copy_to_user(arg, from, n) ? -EFAULT : 0;
}

static long termios_ioctl(struct tty_struct *tty, unsigned int cmd, void __user *arg)
{
	switch (cmd) {
	case TCGETS:
		return get_bytes(arg, &tty->termios, sizeof(struct termios));
	case TCSETS:
		return set_termios(tty, arg, 0);
	case TCSETSW:
		return set_termios(tty, arg, TERMIOS_WAIT);
	case TCSETSF:
		return set_termios(tty, arg, TERMIOS_FLUSH | TERMIOS_WAIT);
	case TCGETS2:
		return get_bytes(arg, &tty->termios, sizeof(struct termios2));
	case TCSETS2:
		return set_termios2(tty, arg, 0);
	case TCSETSW2:
		return set_termios2(tty, arg, TERMIOS_WAIT);
	case TCSETSF2:
		return set_termios2(tty, arg, TERMIOS_FLUSH | TERMIOS_WAIT);
	case TCGETA:
		return get_termio(tty, arg);
	case TCSETA:
		return set_termio(tty, arg, 0);
	case TCSETAW:
		return set_termio(tty, arg, TERMIOS_WAIT);
	case TCSETAF:
		return set_termio(tty, arg, TERMIOS_FLUSH | TERMIOS_WAIT);
	default:
		return -ENOIOCTLCMD;
	}
}

/* ---- flow control and flushing ---- */

static int flow(struct tty_struct *tty, unsigned long arg)
{
	unsigned long flags;
	int err = tty_check_change(tty);
	u8 c;

	if (err)
		return err;
	local_irq_save(flags);
	switch (arg) {
	case TCOOFF:
		tty_stop(tty);
		break;
	case TCOON:
		tty_start(tty);
		break;
	case TCIOFF:
	case TCION:
		c = _CHAR(tty, arg == TCIOFF ? VSTOP : VSTART);
		if (c != __DISABLED_CHAR)
			tty->ops->write(tty, &c, 1);
		break;
	default:
		err = -EINVAL;
	}
	local_irq_restore(flags);
	return err;
}

static int flush(struct tty_struct *tty, unsigned long arg)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	if (arg != TCIFLUSH && arg != TCOFLUSH && arg != TCIOFLUSH)
		return -EINVAL;
	if (arg != TCOFLUSH)
		n_tty_flush_buffer(tty);
	if (arg != TCIFLUSH && tty->ops->flush_buffer) {
		tty->ops->flush_buffer(tty);
		tty_wakeup(tty);
	}
	return 0;
}

#define BREAK_TICKS (HZ / 4)
#define BREAK_TENTH (HZ / 10) /* TCSBRKP's unit */

static int send_break(struct tty_struct *tty, long ticks)
{
	if (!tty->ops->break_ctl)
		return 0;
	tty->ops->break_ctl(tty, true);
	set_current_state(TASK_INTERRUPTIBLE);
	schedule_timeout(ticks);
	tty->ops->break_ctl(tty, false);
	return signal_pending(current) ? -EINTR : 0;
}

static long break_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg)
{
	int err = tty_check_change(tty);

	if (err)
		return err;
	if (cmd != TIOCCBRK && tty_wait_until_sent(tty))
		return -EINTR;
	if (cmd == TCSBRK)
		return arg ? 0 : send_break(tty, BREAK_TICKS);
	if (cmd == TCSBRKP)
		return send_break(tty, arg ? (long)arg * BREAK_TENTH : BREAK_TICKS);
	if (tty->ops->break_ctl)
		tty->ops->break_ctl(tty, cmd == TIOCSBRK);
	return 0;
}

/* ---- the others ---- */

static int tiocswinsz(struct tty_struct *tty, void __user *arg)
{
	struct winsize ws;

	if (copy_from_user(&ws, arg, sizeof(ws)))
		return -EFAULT;
	if (!memcmp(&ws, &tty->winsize, sizeof(ws)))
		return 0;
	if (tty->ops->resize && tty->ops->resize(tty, &ws))
		return -EINVAL;
	if (tty->pgrp)
		kill_pgrp(tty->pgrp, SIGWINCH, SEND_SIG_PRIV);
	tty->winsize = ws;
	return 0;
}

static int tiocsti(struct tty_struct *tty, u8 __user *arg)
{
	unsigned long flags;
	u8 c;

	if (current->signal->tty != tty && !capable())
		return -EPERM;
	if (get_user(c, arg))
		return -EFAULT;
	local_irq_save(flags);
	tty_receive(tty, &c, 1);
	local_irq_restore(flags);
	return 0;
}

static int set_softcar(struct tty_struct *tty, int __user *arg)
{
	struct ktermios k = tty->termios;
	int on;

	if (get_user(on, arg))
		return -EFAULT;
	k.c_cflag = (k.c_cflag & ~CLOCAL) | (on ? CLOCAL : 0);
	tty_set_termios(tty, &k);
	return 0;
}

static long small_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg)
{
	int __user *p = (int __user *)arg;
	int disc;

	switch (cmd) {
	case TIOCEXCL:
		tty->exclusive = true;
		return 0;
	case TIOCNXCL:
		tty->exclusive = false;
		return 0;
	case TIOCGEXCL:
		return put_user(tty->exclusive ? 1 : 0, p);
	case TIOCGETD:
		return put_user(N_TTY, p);
	case TIOCSETD:
		if (get_user(disc, p))
			return -EFAULT;
		return disc == N_TTY ? 0 : -EINVAL;
	case TIOCGDEV:
		return put_user(new_encode_dev(tty->dev), (unsigned int __user *)arg);
	case TIOCGSOFTCAR:
		return put_user(tty->termios.c_cflag & CLOCAL ? 1 : 0, p);
	case TIOCSSOFTCAR:
		return set_softcar(tty, p);
	case TIOCVHANGUP:
		if (!capable())
			return -EPERM;
		tty_hangup(tty, false);
		return 0;
	default:
		return -ENOIOCTLCMD;
	}
}

static long line_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCGWINSZ:
		return get_bytes((void __user *)arg, &tty->winsize, sizeof(tty->winsize));
	case TIOCSWINSZ:
		return tiocswinsz(tty, (void __user *)arg);
	case FIONREAD:
		return put_user(n_tty_inq(tty), (unsigned int __user *)arg);
	case TIOCOUTQ:
		return put_user(tty->ops->chars_in_buffer(tty), (unsigned int __user *)arg);
	case TIOCSTI:
		return tiocsti(tty, (u8 __user *)arg);
	case TCFLSH:
		return flush(tty, arg);
	case TCXONC:
		return flow(tty, arg);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK:
		return break_ioctl(tty, cmd, arg);
	default:
		return -ENOIOCTLCMD;
	}
}

long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct tty_struct *tty = file_tty(file);
	long ret = termios_ioctl(tty, cmd, (void __user *)arg);

	if (ret == -ENOIOCTLCMD)
		ret = line_ioctl(tty, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = tty_jobctrl_ioctl(tty, file, cmd, arg);
	if (ret == -ENOIOCTLCMD)
		ret = small_ioctl(tty, cmd, arg);
	if (ret == -ENOIOCTLCMD && tty->ops->ioctl)
		ret = tty->ops->ioctl(tty, cmd, arg);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}
