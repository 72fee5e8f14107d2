/*
 * The PS/2 keyboard behind the i8042 controller, scan code set 1 (the controller translates), with
 * the American layout. Keys become the characters and escape sequences of Linux's console.
 */
#include "kernel/core/printk.h"
#include "kernel/drivers/reboot.h"
#include "kernel/drivers/vga.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "kernel/irq/irq.h"
#include "libc/include/string.h"

#define I8042_DATA		 0x60
#define I8042_STATUS		 0x64
#define I8042_COMMAND		 0x64
#define STATUS_OUTPUT_FULL	 0x01 /* a byte waits for us */
#define STATUS_INPUT_FULL	 0x02 /* the controller still has ours */
#define STATUS_FROM_MOUSE	 0x20
#define NO_CONTROLLER		 0xff
#define CMD_READ_CONFIG		 0x20
#define CMD_WRITE_CONFIG	 0x60
#define CMD_ENABLE_KEYBOARD	 0xae
#define CONFIG_KEYBOARD_IRQ	 0x01
#define CONFIG_KEYBOARD_OFF	 0x10
#define CONFIG_TRANSLATE	 0x40
#define KEYBOARD_ENABLE_SCANNING 0xf4
#define KEYBOARD_IRQ		 1
#define POLL_LIMIT		 100000
#define MAX_FLUSH		 64

#define SCAN_EXTENDED 0xe0
#define SCAN_PAUSE    0xe1
#define SCAN_RELEASE  0x80
#define PAUSE_BYTES   5 /* after the first: they mean nothing else */
#define SCAN_MAX      0x59

#define ESC	  '\033'
#define CTRL_MASK 037

enum {
	KEY_CTRL = 0x1d,
	KEY_LSHIFT = 0x2a,
	KEY_RSHIFT = 0x36,
	KEY_ALT = 0x38,
	KEY_CAPS = 0x3a,
	KEY_NUM = 0x45,
	KEY_KP_FIRST = 0x47,
	KEY_DELETE = 0x53,
	KEY_KP_LAST = 0x53,
	KEY_KP_ENTER = 0x1c, /* extended */
	KEY_KP_SLASH = 0x35, /* extended */
};

static const char plain[SCAN_MAX] = {
	0,    ESC, '1', '2', '3', '4', '5', '6', '7', '8', '9',	 '0', '-', '=',		 0x7f,
	'\t', 'q', 'w', 'e', 'r', 't', 'y', 'u', 'i', 'o', 'p',	 '[', ']', '\r',	 0,
	'a',  's', 'd', 'f', 'g', 'h', 'j', 'k', 'l', ';', '\'', '`', 0,   '\\',	 'z',
	'x',  'c', 'v', 'b', 'n', 'm', ',', '.', '/', 0,   '*',	 0,   ' ', [0x56] = '<',
};
static const char shifted[SCAN_MAX] = {
	0,    ESC, '!', '@', '#', '$', '%', '^', '&', '*', '(', ')', '_', '+',		0x7f,
	'\t', 'Q', 'W', 'E', 'R', 'T', 'Y', 'U', 'I', 'O', 'P', '{', '}', '\r',		0,
	'A',  'S', 'D', 'F', 'G', 'H', 'J', 'K', 'L', ':', '"', '~', 0,	  '|',		'Z',
	'X',  'C', 'V', 'B', 'N', 'M', '<', '>', '?', 0,   '*', 0,   ' ', [0x56] = '>',
};

/* The keypad from scan code 0x47 on, with Num Lock; and what the keys mean without it, which is
   also what the grey keys between say. */
static const char keypad_digits[] = "789-456+1230.";
static const char *const keypad_keys[] = {
	"\033[1~", "\033[A",  "\033[5~", NULL,	    "\033[D",  "\033[G",  "\033[C",
	NULL,	   "\033[4~", "\033[B",	 "\033[6~", "\033[2~", "\033[3~",
};
#define FIRST_FUNCTION_KEY 0x3b
static const char *const function_keys[] = {
	"\033[[A",  "\033[[B",	"\033[[C",  "\033[[D",	"\033[[E",
	"\033[17~", "\033[18~", "\033[19~", "\033[20~", "\033[21~",
};
static const char *const f11_f12[] = {"\033[23~", "\033[24~"};
#define KEY_F11 0x57

/* Touched by the interrupt handler only. */
static bool left_shift, right_shift, ctrl, alt, caps_lock, num_lock, extended;
static int skip;

static void send(const char *s, size_t n)
{
	tty_receive(vga_tty(), (const u8 *)s, n);
}

/* A key with an escape sequence; the cursor keys have two forms. */
static void send_sequence(const char *s)
{
	char application[] = "\033Ox";

	if (vga_cursor_keys_mode() && strlen(s) == 3 && s[2] >= 'A' && s[2] <= 'D') {
		application[2] = s[2];
		s = application;
	}
	send(s, strlen(s));
}

static char with_ctrl(char c)
{
	if (c == ' ' || c == '2')
		return 0;
	if (c == '/' || c == '-')
		return '_' & CTRL_MASK;
	if (c == '\r' || c == '\t' || c == ESC)
		return c;
	if (c == 0x7f)
		return '\b';
	return c >= '@' ? c & CTRL_MASK : c;
}

static void send_char(char c)
{
	char s[2] = {ESC};
	int n = 0;

	if (ctrl)
		c = with_ctrl(c);
	if (alt)
		n++;
	s[n++] = c;
	send(s, n);
}

static void ordinary_key(u8 code)
{
	bool shift = left_shift || right_shift;
	char c = plain[code];

	if (caps_lock && c >= 'a' && c <= 'z')
		shift = !shift;
	if (shift)
		c = shifted[code];
	if (c)
		send_char(c);
}

static void press(u8 code)
{
	if (ctrl && alt && code == KEY_DELETE) {
		ctrl_alt_del();
	} else if (code >= KEY_KP_FIRST && code <= KEY_KP_LAST) {
		const char *s = keypad_keys[code - KEY_KP_FIRST];

		if ((num_lock && !extended) || !s)
			send_char(keypad_digits[code - KEY_KP_FIRST]);
		else
			send_sequence(s);
	} else if (extended && code != KEY_KP_ENTER && code != KEY_KP_SLASH) {
		return;
	} else if (code >= FIRST_FUNCTION_KEY &&
		   code < FIRST_FUNCTION_KEY + ARRAY_SIZE(function_keys)) {
		send_sequence(function_keys[code - FIRST_FUNCTION_KEY]);
	} else if (code == KEY_F11 || code == KEY_F11 + 1) {
		send_sequence(f11_f12[code - KEY_F11]);
	} else if (code < SCAN_MAX) {
		ordinary_key(code);
	}
}

/* Keys that only change the meaning of others. True if it was one. */
static bool modifier(u8 code, bool down)
{
	switch (code) {
	case KEY_LSHIFT:
		left_shift =
			extended ? left_shift : down; /* E0 2A is no key, but a prefix of some */
		return true;
	case KEY_RSHIFT:
		right_shift = extended ? right_shift : down;
		return true;
	case KEY_CTRL:
		ctrl = down;
		return true;
	case KEY_ALT:
		alt = down;
		return true;
	case KEY_CAPS:
		caps_lock ^= down;
		return true;
	case KEY_NUM:
		num_lock ^= down;
		return true;
	}
	return false;
}

static void scan_code(u8 code)
{
	bool down = !(code & SCAN_RELEASE);

	if (skip) {
		skip--;
		return;
	}
	if (code == SCAN_EXTENDED) {
		extended = true;
		return;
	}
	if (code == SCAN_PAUSE) {
		skip = PAUSE_BYTES;
		return;
	}
	code &= ~SCAN_RELEASE;
	if (!modifier(code, down) && down)
		press(code);
	extended = false;
}

static irqreturn_t keyboard_interrupt(int irq, void *dev_id)
{
	irqreturn_t ret = IRQ_NONE;
	u8 status;

	while ((status = inb(I8042_STATUS)) & STATUS_OUTPUT_FULL) {
		u8 code = inb(I8042_DATA);

		ret = IRQ_HANDLED;
		if (!(status & STATUS_FROM_MOUSE))
			scan_code(code);
	}
	return ret;
}

/* ---- the controller ---- */

static bool wait_input_empty(void)
{
	for (int i = 0; i < POLL_LIMIT; i++) {
		if (!(inb(I8042_STATUS) & STATUS_INPUT_FULL))
			return true;
	}
	return false;
}

static int read_data(void)
{
	for (int i = 0; i < POLL_LIMIT; i++) {
		if (inb(I8042_STATUS) & STATUS_OUTPUT_FULL)
			return inb(I8042_DATA);
	}
	return -1;
}

static void write_command(u8 command)
{
	wait_input_empty();
	outb(command, I8042_COMMAND);
}

static void write_data(u8 data)
{
	wait_input_empty();
	outb(data, I8042_DATA);
}

static void flush_output(void)
{
	for (int i = 0; i < MAX_FLUSH && inb(I8042_STATUS) & STATUS_OUTPUT_FULL; i++)
		inb(I8042_DATA);
}

/* False: there is no controller. */
static bool setup_controller(void)
{
	int config;

	if (inb(I8042_STATUS) == NO_CONTROLLER)
		return false;
	flush_output();
	write_command(CMD_READ_CONFIG);
	config = read_data();
	if (config < 0)
		return false;
	config |= CONFIG_KEYBOARD_IRQ | CONFIG_TRANSLATE;
	config &= ~CONFIG_KEYBOARD_OFF;
	write_command(CMD_WRITE_CONFIG);
	write_data(config);
	write_command(CMD_ENABLE_KEYBOARD);
	write_data(KEYBOARD_ENABLE_SCANNING);
	read_data(); /* its acknowledgement */
	flush_output();
	return true;
}

void keyboard_init(void)
{
	unsigned long flags;
	bool found;

	if (!vga_tty())
		return;
	local_irq_save(flags);
	found = setup_controller();
	local_irq_restore(flags);
	if (!found)
		pr_info("i8042: No controller found\n");
	else if (request_irq(KEYBOARD_IRQ, keyboard_interrupt, "i8042", NULL))
		pr_err("i8042: no interrupt\n");
}
