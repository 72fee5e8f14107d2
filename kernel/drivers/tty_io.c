/*
 * Terminals as files: the device nodes, open and close, read and write, hang-up.
 */
#include "kernel/core/printk.h"
#include "kernel/drivers/n_tty.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/poll.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/major.h>

#define TTY_MINOR	    0 /* of TTYAUX_MAJOR: the opener's own terminal */
#define CONSOLE_MINOR	    1 /* and the system's console */
#define VT_FOREGROUND_MINOR 0 /* of TTY_MAJOR: the virtual console on the screen */
#define VT_FIRST_MINOR	    1

#define CTRL(c)	 ((c)&037)
#define DEL_CHAR 0177
#define STD_BAUD 38400

static LIST_HEAD(tty_list);

const struct ktermios tty_std_termios = {
	.c_iflag = ICRNL | IXON,
	.c_oflag = OPOST | ONLCR,
	.c_cflag = B38400 | CS8 | CREAD | HUPCL,
	.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.c_cc =
		{
			[VINTR] = CTRL('C'),
			[VQUIT] = CTRL('\\'),
			[VERASE] = DEL_CHAR,
			[VKILL] = CTRL('U'),
			[VEOF] = CTRL('D'),
			[VMIN] = 1,
			[VSTART] = CTRL('Q'),
			[VSTOP] = CTRL('S'),
			[VSUSP] = CTRL('Z'),
			[VREPRINT] = CTRL('R'),
			[VDISCARD] = CTRL('O'),
			[VWERASE] = CTRL('W'),
			[VLNEXT] = CTRL('V'),
		},
	.c_ispeed = STD_BAUD,
	.c_ospeed = STD_BAUD,
};

/* The terminal with this device number, or NULL. */
static struct tty_struct *tty_lookup(dev_t dev)
{
	struct tty_struct *tty;

	if (dev == MKDEV(TTY_MAJOR, VT_FOREGROUND_MINOR))
		dev = MKDEV(TTY_MAJOR, VT_FIRST_MINOR);
	list_for_each_entry (tty, &tty_list, list) {
		if (tty->dev == dev)
			return tty;
	}
	return NULL;
}

static struct tty_struct *tty_lookup_name(const char *name)
{
	struct tty_struct *tty;

	list_for_each_entry (tty, &tty_list, list) {
		if (!strcmp(tty->name, name))
			return tty;
	}
	return strcmp(name, "tty0") ? NULL : tty_lookup(MKDEV(TTY_MAJOR, VT_FOREGROUND_MINOR));
}

static struct tty_file_private *file_private(const struct file *file)
{
	return file->private_data;
}

struct tty_struct *file_tty(const struct file *file)
{
	return file_private(file)->tty;
}

bool file_is_console(const struct file *file)
{
	return file_private(file)->console;
}

/* ---- what is left of a file after a hang-up ---- */

static int tty_release(struct inode *inode, struct file *file);

static ssize_t hung_up_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return 0;
}

static ssize_t hung_up_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	return -EIO;
}

static ssize_t hung_up_write_kernel(struct file *file, const char *buf, size_t len, loff_t *ppos)
{
	return -EIO;
}

static unsigned int hung_up_poll(struct file *file, struct poll_table *pt)
{
	return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
}

static long hung_up_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
}

static int hung_up_fasync(int fd, struct file *file, bool on)
{
	return -ENOTTY;
}

static const struct file_operations hung_up_tty_fops = {
	.llseek = no_llseek,
	.read = hung_up_read,
	.write = hung_up_write,
	.write_kernel = hung_up_write_kernel,
	.poll = hung_up_poll,
	.ioctl = hung_up_ioctl,
	.fasync = hung_up_fasync,
	.release = tty_release,
};

bool tty_hung_up_p(const struct file *file)
{
	return file->f_op == &hung_up_tty_fops;
}

static void reset_termios(struct tty_struct *tty)
{
	struct ktermios fresh = tty->init_termios;

	if (tty->reset_termios)
		tty_set_termios(tty, &fresh);
}

void tty_hangup(struct tty_struct *tty, bool exit_session)
{
	struct tty_file_private *priv;

	list_for_each_entry (priv, &tty->tty_files, list) {
		if (priv->console)
			continue;
		fasync_helper(-1, priv->file, false, &tty->fasync);
		priv->file->f_op = &hung_up_tty_fops;
	}
	if (tty->session) {
		tty_signal_session(tty);
		if (exit_session && tty->pgrp)
			kill_pgrp(tty->pgrp, SIGHUP, SEND_SIG_PRIV);
	}
	tty_set_session(tty, 0);
	tty_set_pgrp(tty, 0);
	n_tty_flush_buffer(tty);
	reset_termios(tty);
	tty_start(tty);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
}

void tty_vhangup_self(void)
{
	if (current->signal->tty)
		tty_hangup(current->signal->tty, false);
}

/* ---- open and close ---- */

static struct tty_struct *console_tty(void)
{
	struct console *con = preferred_console();
	char name[sizeof(((struct tty_struct *)0)->name)];

	if (!con)
		return NULL;
	snprintf(name, sizeof(name), "%s%d", con->name, con->index);
	return tty_lookup_name(name);
}

/* Which terminal a device node means; NULL: none. *console and *noctty as the node says. */
static struct tty_struct *tty_of_node(dev_t dev, bool *console, bool *noctty)
{
	*console = dev == MKDEV(TTYAUX_MAJOR, CONSOLE_MINOR);
	if (*console || dev == MKDEV(TTY_MAJOR, VT_FOREGROUND_MINOR))
		*noctty = true;
	if (*console)
		return console_tty();
	if (dev == MKDEV(TTYAUX_MAJOR, TTY_MINOR))
		return current->signal->tty;
	return tty_lookup(dev);
}

static int tty_open(struct inode *inode, struct file *file)
{
	bool console, noctty = file->f_flags & O_NOCTTY;
	/* allocate first: during a sleep the terminal may be hung up or made exclusive */
	struct tty_file_private *priv = kmalloc(sizeof(*priv), GFP_KERNEL);
	struct tty_struct *tty = tty_of_node(inode->i_rdev, &console, &noctty);
	int err = 0;

	if (!tty)
		err = inode->i_rdev == MKDEV(TTYAUX_MAJOR, TTY_MINOR) ? -ENXIO : -ENODEV;
	else if (tty->exclusive && !capable())
		err = -EBUSY;
	else if (!priv)
		err = -ENOMEM;
	if (err) {
		kfree(priv);
		return err;
	}
	*priv = (struct tty_file_private){.tty = tty, .file = file, .console = console};
	list_add(&priv->list, &tty->tty_files);
	tty->count++;
	file->private_data = priv;
	if (!noctty)
		tty_open_proc_set_tty(file, tty);
	return 0;
}

/* Without an owner named, the signals are for the foreground group. */
static int tty_fasync(int fd, struct file *file, bool on)
{
	struct tty_struct *tty = file_tty(file);
	int ret = fasync_helper(fd, file, on, &tty->fasync);

	if (ret <= 0 || !on)
		return ret;
	if (tty->pgrp)
		__f_setown(file, tty->pgrp, F_OWNER_PGRP, false);
	else
		__f_setown(file, current->tgid, F_OWNER_PID, false);
	return 0;
}

static int tty_release(struct inode *inode, struct file *file)
{
	struct tty_file_private *priv = file_private(file);
	struct tty_struct *tty = priv->tty;

	list_del(&priv->list);
	kfree(priv);
	if (tty->count == 1)
		tty_wait_until_sent(tty);
	if (--tty->count) /* opened again while we waited */
		return 0;
	tty->exclusive = false;
	tty_start(tty);
	n_tty_flush_buffer(tty);
	reset_termios(tty);
	return 0;
}

/* ---- read, write, poll ---- */

static ssize_t tty_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	return n_tty_read(file_tty(file), file, buf, len);
}

static int lock_writer(struct tty_struct *tty, struct file *file)
{
	if (mutex_trylock(&tty->write_lock))
		return 0;
	if (file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	return mutex_lock_interruptible(&tty->write_lock) ? -ERESTARTSYS : 0;
}

static ssize_t tty_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	struct tty_struct *tty = file_tty(file);
	size_t done = 0;
	ssize_t n = lock_writer(tty, file);

	if (n)
		return n;
	while (done < len) {
		size_t chunk = min_t(size_t, len - done, TTY_WRITE_CHUNK);

		n = -EFAULT;
		if (copy_from_user(tty->write_buf, buf + done, chunk))
			break;
		n = n_tty_write(tty, file, tty->write_buf, chunk);
		if (n <= 0)
			break;
		done += n;
		n = -ERESTARTSYS;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	mutex_unlock(&tty->write_lock);
	return done || !len ? (ssize_t)done : n;
}

/* sendfile to a terminal. */
static ssize_t tty_write_kernel(struct file *file, const char *buf, size_t len, loff_t *ppos)
{
	struct tty_struct *tty = file_tty(file);
	ssize_t n = lock_writer(tty, file);

	if (n)
		return n;
	n = n_tty_write(tty, file, (const u8 *)buf, len);
	mutex_unlock(&tty->write_lock);
	return n;
}

static unsigned int tty_poll(struct file *file, struct poll_table *pt)
{
	return n_tty_poll(file_tty(file), file, pt);
}

static const struct file_operations tty_fops = {
	.llseek = no_llseek,
	.read = tty_read,
	.write = tty_write,
	.write_kernel = tty_write_kernel,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.open = tty_open,
	.fasync = tty_fasync,
	.release = tty_release,
};

/* ---- flow ---- */

void tty_stop(struct tty_struct *tty)
{
	if (tty->stopped)
		return;
	tty->stopped = true;
	if (tty->ops->stop)
		tty->ops->stop(tty);
}

void tty_start(struct tty_struct *tty)
{
	if (!tty->stopped)
		return;
	tty->stopped = false;
	if (tty->ops->start)
		tty->ops->start(tty);
	tty_wakeup(tty);
}

void tty_wakeup(struct tty_struct *tty)
{
	if (tty->wants_pollout) {
		tty->wants_pollout = false;
		kill_fasync(&tty->fasync, POLL_OUT);
	}
	wake_up_all(&tty->write_wait);
}

int tty_wait_until_sent(struct tty_struct *tty)
{
	/* What ^S holds back is not waited for. */
	return wait_event_interruptible(tty->write_wait,
					tty->stopped || !tty->ops->chars_in_buffer(tty));
}

/* ---- registration ---- */

int tty_register_device(struct tty_struct *tty)
{
	int err;

	INIT_LIST_HEAD(&tty->tty_files);
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	mutex_init(&tty->write_lock);
	tty->termios = tty->init_termios;
	tty->winsize = tty->init_winsize;
	err = n_tty_open(tty);
	if (err)
		return err;
	err = register_chrdev(MAJOR(tty->dev), MINOR(tty->dev), tty->name, &tty_fops);
	if (err) {
		kfree(tty->disc_data);
		return err;
	}
	list_add_tail(&tty->list, &tty_list);
	return 0;
}

void tty_init(void)
{
	int err = register_chrdev(TTYAUX_MAJOR, TTY_MINOR, "tty", &tty_fops);

	if (!err)
		err = register_chrdev(TTYAUX_MAJOR, CONSOLE_MINOR, "console", &tty_fops);
	if (!err)
		err = register_chrdev(TTY_MAJOR, VT_FOREGROUND_MINOR, "tty0", &tty_fops);
	if (err)
		pr_err("tty: no device nodes: error %d\n", err);
}
