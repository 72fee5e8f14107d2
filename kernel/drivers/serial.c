/*
 * The serial ports of a PC: 8250 to 16550A. As consoles they are polled, so that a message gets out
 * in any state of the machine; as terminals they send from a ring by interrupts, and receive by
 * interrupts.
 */
#include "kernel/core/cmdline.h"
#include "kernel/core/printk.h"
#include "kernel/drivers/resource.h"
#include "kernel/drivers/serial.h"
#include "kernel/drivers/tty.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "kernel/irq/irq.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/major.h>
#include <linux/serial_reg.h>

#define NR_PORTS	   4
#define NR_REGISTERS	   8
#define SERIAL_FIRST_MINOR 64	  /* of TTY_MAJOR */
#define UART_BASE_BAUD	   115200 /* with a divisor of 1 */
#define DEFAULT_BAUD	   9600	  /* Linux's, unless console=ttyS0,speed says otherwise */
#define FIFO_SIZE	   16
#define XMIT_SIZE	   4096
#define EARLY_SIZE	   256
#define WAKEUP_CHARS	   256	   /* writers are woken when less than this waits */
#define QUIET_LOOKS	   10000   /* at a port to which nothing comes any more */
#define POLL_LIMIT	   1000000 /* looks at a port that does not get ready before it is given up */
#define MAX_PASSES	   256	   /* of the interrupt handler */
#define LOOPBACK_TEST	   (UART_MCR_LOOP | UART_MCR_RTS | UART_MCR_OUT2)
#define MSR_LINES	   (UART_MSR_DCD | UART_MSR_RI | UART_MSR_DSR | UART_MSR_CTS)

struct uart_port {
	u16 iobase;
	int irq, line;
	bool present;
	bool polled; /* by the kernel itself, since before serial_init */
	unsigned int fifo_size, baud;
	u8 ier; /* shadow of the interrupt enable register */
	u8 lcr;
	struct tty_struct *tty; /* NULL before serial_init */
	/* Characters to be sent; guarded by closed interrupts. */
	unsigned int head, tail; /* count up; the difference is what waits */
	u8 xmit[XMIT_SIZE];
	/* Characters that came before serial_init. */
	unsigned int early_chars;
	u8 early[EARLY_SIZE];
	struct console con;
	struct resource res;
};

static struct uart_port ports[NR_PORTS] = {
	{.iobase = 0x3f8, .irq = 4},
	{.iobase = 0x2f8, .irq = 3},
	{.iobase = 0x3e8, .irq = 4},
	{.iobase = 0x2e8, .irq = 3},
};

static u8 serial_in(const struct uart_port *port, int reg)
{
	return inb(port->iobase + reg);
}

static void serial_out(const struct uart_port *port, int reg, u8 value)
{
	outb(value, port->iobase + reg);
}

static void set_ier(struct uart_port *port, u8 on, u8 off)
{
	u8 ier = (port->ier | on) & ~off;

	if (ier != port->ier) {
		port->ier = ier;
		serial_out(port, UART_IER, ier);
	}
}

/* ---- sending ---- */

static unsigned int waiting(const struct uart_port *port)
{
	return port->head - port->tail;
}

/* Fill the empty FIFO. Interrupts off. */
static void send_fifo(struct uart_port *port)
{
	for (unsigned int n = 0; n < port->fifo_size && waiting(port); n++)
		serial_out(port, UART_TX, port->xmit[port->tail++ % XMIT_SIZE]);
}

/* Send as long as the device is ready; what is left goes out by interrupts. Interrupts off. */
static void start_tx(struct uart_port *port)
{
	bool stopped = port->tty && port->tty->stopped;

	while (!stopped && waiting(port) && serial_in(port, UART_LSR) & UART_LSR_THRE)
		send_fifo(port);
	if (waiting(port) && !stopped)
		set_ier(port, UART_IER_THRI, 0);
	else
		set_ier(port, 0, UART_IER_THRI);
	if (port->tty && waiting(port) < WAKEUP_CHARS)
		tty_wakeup(port->tty);
}

/* True once the FIFO is empty; false if it is not after `limit` looks at the device. */
static bool wait_for_xmitr(const struct uart_port *port, unsigned int limit)
{
	for (unsigned int i = 0; i < limit; i++) {
		if (serial_in(port, UART_LSR) & UART_LSR_THRE)
			return true;
		cpu_relax();
	}
	return false;
}

/* What programs wrote comes before what the kernel says next. Interrupts off. */
static void drain_port(struct uart_port *port)
{
	while (waiting(port) && wait_for_xmitr(port, POLL_LIMIT))
		send_fifo(port);
}

void serial_drain(void)
{
	unsigned long flags;

	local_irq_save(flags);
	for (int i = 0; i < NR_PORTS; i++) {
		if (!ports[i].present)
			continue;
		drain_port(&ports[i]);
		for (int n = 0; n < POLL_LIMIT; n++) {
			if (serial_in(&ports[i], UART_LSR) & UART_LSR_TEMT)
				break;
		}
	}
	local_irq_restore(flags);
}

static void console_putc(struct uart_port *port, u8 c)
{
	wait_for_xmitr(port, POLL_LIMIT);
	serial_out(port, UART_TX, c);
}

static void serial_console_write(struct console *con, const char *s, size_t n)
{
	struct uart_port *port = container_of(con, struct uart_port, con);
	unsigned long flags;

	local_irq_save(flags);
	drain_port(port);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			console_putc(port, '\r');
		console_putc(port, s[i]);
	}
	local_irq_restore(flags);
}

void serial_poll_write(int line, const char *s, size_t n)
{
	unsigned long flags;

	local_irq_save(flags);
	drain_port(&ports[line]);
	for (size_t i = 0; i < n; i++)
		console_putc(&ports[line], s[i]);
	local_irq_restore(flags);
}

size_t serial_poll_send(int line, const void *buf, size_t n, unsigned int patience)
{
	const struct uart_port *port = &ports[line];
	size_t done = 0;

	while (done < n && wait_for_xmitr(port, patience)) {
		size_t part = min(n - done, (size_t)port->fifo_size);

		outsb(port->iobase + UART_TX, (const u8 *)buf + done, part);
		done += part;
	}
	return done;
}

/* ---- receiving ---- */

bool serial_poll_begin(int line)
{
	if (!ports[line].present)
		return false;
	ports[line].polled = true;
	set_ier(&ports[line], 0, UART_IER_RDI | UART_IER_RLSI);
	return true;
}

void serial_poll_end(int line)
{
	set_ier(&ports[line], UART_IER_RDI | UART_IER_RLSI, 0);
}

int serial_poll_getc(int line)
{
	if (!(serial_in(&ports[line], UART_LSR) & UART_LSR_DR))
		return -EAGAIN;
	return serial_in(&ports[line], UART_RX);
}

static enum tty_flag error_flag(u8 lsr)
{
	if (lsr & UART_LSR_BI)
		return TTY_BREAK;
	if (lsr & UART_LSR_PE)
		return TTY_PARITY;
	if (lsr & UART_LSR_FE)
		return TTY_FRAME;
	return lsr & UART_LSR_OE ? TTY_OVERRUN : TTY_NORMAL;
}

static void receive_chars(struct uart_port *port, u8 lsr)
{
	while (lsr & (UART_LSR_DR | UART_LSR_BI) && tty_receive_ready(port->tty)) {
		enum tty_flag flag = error_flag(lsr);
		u8 c = serial_in(port, UART_RX);

		if (flag == TTY_NORMAL)
			tty_receive(port->tty, &c, 1);
		else
			tty_receive_flagged(port->tty, c, flag);
		lsr = serial_in(port, UART_LSR);
	}
}

static irqreturn_t serial_interrupt(int irq, void *dev_id)
{
	struct uart_port *port = dev_id;
	irqreturn_t ret = IRQ_NONE;

	for (int pass = 0; pass < MAX_PASSES; pass++) {
		u8 lsr;

		if (serial_in(port, UART_IIR) & UART_IIR_NO_INT)
			break;
		ret = IRQ_HANDLED;
		lsr = serial_in(port, UART_LSR);
		if (port->ier & UART_IER_RDI)
			receive_chars(port, lsr);
		serial_in(port, UART_MSR);
		if (lsr & UART_LSR_THRE)
			start_tx(port);
	}
	return ret;
}

/* ---- the terminal's operations ---- */

static size_t serial_write(struct tty_struct *tty, const u8 *buf, size_t n)
{
	struct uart_port *port = tty->driver_data;
	unsigned long flags;
	size_t done = 0;

	local_irq_save(flags);
	while (done < n && waiting(port) < XMIT_SIZE)
		port->xmit[port->head++ % XMIT_SIZE] = buf[done++];
	start_tx(port);
	local_irq_restore(flags);
	return done;
}

static size_t serial_write_room(struct tty_struct *tty)
{
	return XMIT_SIZE - waiting(tty->driver_data);
}

static size_t serial_chars_in_buffer(struct tty_struct *tty)
{
	return waiting(tty->driver_data);
}

static void serial_flush_buffer(struct tty_struct *tty)
{
	struct uart_port *port = tty->driver_data;
	unsigned long flags;

	local_irq_save(flags);
	port->head = port->tail;
	local_irq_restore(flags);
}

/* Serves start and stop: start_tx looks at tty->stopped. */
static void serial_start(struct tty_struct *tty)
{
	unsigned long flags;

	local_irq_save(flags);
	start_tx(tty->driver_data);
	local_irq_restore(flags);
}

static void serial_throttle(struct tty_struct *tty)
{
	set_ier(tty->driver_data, 0, UART_IER_RDI | UART_IER_RLSI);
}

/* If characters wait in the device, the interrupt comes at once. */
static void serial_unthrottle(struct tty_struct *tty)
{
	set_ier(tty->driver_data, UART_IER_RDI | UART_IER_RLSI, 0);
}

/* Speed and format into the device. Interrupts off. */
static void program_line(struct uart_port *port)
{
	unsigned int divisor = UART_BASE_BAUD / port->baud;

	serial_out(port, UART_LCR, port->lcr | UART_LCR_DLAB);
	serial_out(port, UART_DLL, divisor & 0xff);
	serial_out(port, UART_DLM, divisor >> 8);
	serial_out(port, UART_LCR, port->lcr);
}

static u8 lcr_of(tcflag_t cflag)
{
	static const u8 lengths[] = {UART_LCR_WLEN5, UART_LCR_WLEN6, UART_LCR_WLEN7,
				     UART_LCR_WLEN8};
	u8 lcr = lengths[(cflag & CSIZE) / CS6];

	if (cflag & CSTOPB)
		lcr |= UART_LCR_STOP;
	if (cflag & PARENB)
		lcr |= UART_LCR_PARITY | (cflag & PARODD ? 0 : UART_LCR_EPAR);
	return lcr;
}

static void serial_set_termios(struct tty_struct *tty, const struct ktermios *old)
{
	struct uart_port *port = tty->driver_data;
	unsigned int baud = tty_termios_baud_rate(&tty->termios);
	u8 lcr = lcr_of(tty->termios.c_cflag);
	unsigned long flags;

	if (!baud)
		baud = port->baud; /* B0 only drops the line */
	if (baud > UART_BASE_BAUD)
		baud = UART_BASE_BAUD;
	if (baud == port->baud && lcr == port->lcr)
		return;
	local_irq_save(flags);
	drain_port(port);
	port->baud = baud;
	port->lcr = lcr;
	program_line(port);
	local_irq_restore(flags);
}

static void serial_break_ctl(struct tty_struct *tty, bool on)
{
	struct uart_port *port = tty->driver_data;

	serial_out(port, UART_LCR, port->lcr | (on ? UART_LCR_SBC : 0));
}

static const struct tty_operations serial_ops = {
	.write = serial_write,
	.write_room = serial_write_room,
	.chars_in_buffer = serial_chars_in_buffer,
	.flush_buffer = serial_flush_buffer,
	.stop = serial_start,
	.start = serial_start,
	.throttle = serial_throttle,
	.unthrottle = serial_unthrottle,
	.set_termios = serial_set_termios,
	.break_ctl = serial_break_ctl,
};

/* ---- finding the ports ---- */

/* Does the register that has no other use hold what is written? The 8250 has none. */
static bool scratch_holds(struct uart_port *port)
{
	static const u8 patterns[] = {0x5a, 0xa5};

	for (unsigned int i = 0; i < ARRAY_SIZE(patterns); i++) {
		serial_out(port, UART_SCR, patterns[i]);
		if (serial_in(port, UART_SCR) != patterns[i])
			return false;
	}
	return true;
}

/*
 * A register that holds what was written, and either the scratch register or the modem lines looped
 * back to the status: an emulated port need not do the latter.
 */
static bool probe_port(struct uart_port *port)
{
	u8 lines;

	serial_out(port, UART_IER, 0);
	if (serial_in(port, UART_IER))
		return false;
	serial_out(port, UART_MCR, LOOPBACK_TEST);
	lines = serial_in(port, UART_MSR) & MSR_LINES;
	serial_out(port, UART_MCR, UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2);
	return lines == (UART_MSR_DCD | UART_MSR_CTS) || scratch_holds(port);
}

/* Switching the FIFO on empties it: keep what has been typed since the machine started. Behind one
   character others may be on their way: they are waited for until the line is quiet. */
static void keep_early_chars(struct uart_port *port)
{
	for (int looks = 0; looks < QUIET_LOOKS && port->early_chars < EARLY_SIZE; looks++) {
		if (serial_in(port, UART_LSR) & UART_LSR_DR) {
			port->early[port->early_chars++] = serial_in(port, UART_RX);
			looks = 0;
		} else if (!port->early_chars) {
			return;
		}
	}
}

static void setup_port(struct uart_port *port)
{
	keep_early_chars(port);
	serial_out(port, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8);
	port->fifo_size = serial_in(port, UART_IIR) >> 6 == 3 ? FIFO_SIZE : 1;
	port->lcr = UART_LCR_WLEN8;
	program_line(port);
}

/* Does console=ttySn[,speed] name this port? Takes over the speed. */
static bool named_as_console(struct uart_port *port)
{
	char word[64], name[32];
	bool named = false;
	size_t len;

	len = snprintf(name, sizeof(name), "console=ttyS%d", port->line);
	for (int i = 0; cmdline_word(i, word, sizeof(word)) >= 0; i++) {
		unsigned int baud = 0;

		if (strncmp(word, name, len) || (word[len] && word[len] != ','))
			continue;
		named = true;
		for (const char *p = word + len + (word[len] != 0); *p >= '0' && *p <= '9'; p++)
			baud = baud * 10 + (*p - '0');
		if (baud && baud <= UART_BASE_BAUD)
			port->baud = baud;
	}
	return named;
}

void serial_console_init(void)
{
	for (int i = 0; i < NR_PORTS; i++) {
		struct uart_port *port = &ports[i];
		bool named;

		port->line = i;
		port->baud = DEFAULT_BAUD;
		port->present = probe_port(port);
		if (!port->present)
			continue;
		port->res = (struct resource){.start = port->iobase,
					      .end = port->iobase + NR_REGISTERS - 1,
					      .name = "serial"};
		insert_resource(&ioport_resource, &port->res);
		named = named_as_console(port);
		setup_port(port);
		port->con = (struct console){.name = "ttyS",
					     .index = i,
					     .write = serial_console_write,
					     .flags = CON_PRINTBUFFER};
		/* With no console= at all the first port is one, and the others stay free. */
		if (named || i == 0)
			register_console(&port->con);
	}
}

static tcflag_t baud_bits(unsigned int baud)
{
	static const tcflag_t candidates[] = {B300,  B1200,  B2400,  B4800,
					      B9600, B19200, B38400, B57600};

	for (unsigned int i = 0; i < ARRAY_SIZE(candidates); i++) {
		struct ktermios t = {.c_cflag = candidates[i]};

		if (tty_termios_baud_rate(&t) == baud)
			return candidates[i];
	}
	return B115200;
}

static int register_port(struct uart_port *port)
{
	struct tty_struct *tty = kzalloc(sizeof(*tty), GFP_KERNEL);
	unsigned long flags;
	int err;

	if (!tty)
		return -ENOMEM;
	snprintf(tty->name, sizeof(tty->name), "ttyS%d", port->line);
	tty->dev = MKDEV(TTY_MAJOR, SERIAL_FIRST_MINOR + port->line);
	tty->ops = &serial_ops;
	tty->driver_data = port;
	tty->init_termios = tty_std_termios;
	tty->init_termios.c_cflag = baud_bits(port->baud) | CS8 | CREAD | HUPCL | CLOCAL;
	tty->init_termios.c_ispeed = tty->init_termios.c_ospeed = port->baud;
	err = tty_register_device(tty);
	if (err) {
		kfree(tty);
		return err;
	}
	port->tty = tty;
	local_irq_save(flags);
	tty_receive(tty, port->early, port->early_chars);
	local_irq_restore(flags);
	err = request_irq(port->irq, serial_interrupt, "ttyS", port);
	if (!err)
		set_ier(port, UART_IER_RDI | UART_IER_RLSI, 0);
	return err;
}

void serial_init(void)
{
	for (int i = 0; i < NR_PORTS; i++) {
		struct uart_port *port = &ports[i];
		int err;

		if (!port->present || port->polled)
			continue;
		err = register_port(port);
		if (err) {
			pr_err("ttyS%d: cannot be set up: error %d\n", i, err);
			continue;
		}
		pr_info("ttyS%d at I/O 0x%x (irq = %d, base_baud = %d) is a %s\n", i, port->iobase,
			port->irq, UART_BASE_BAUD, port->fifo_size > 1 ? "16550A" : "8250");
	}
}
