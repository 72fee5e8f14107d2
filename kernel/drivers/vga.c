/*
 * The VGA text screen. vt.c keeps the characters in ordinary memory; here what changed is copied to
 * the screen's memory, which is slow. The screen shows a window of that memory: scrolling moves the
 * window, and only when it reaches the end everything is copied back to the beginning.
 */
#include "kernel/core/printk.h"
#include "kernel/cred/cred.h"
#include "kernel/drivers/vga.h"
#include "kernel/drivers/vt.h"
#include "kernel/signal/signal.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/layout.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/kd.h>
#include <linux/major.h>

#define VGA_TEXT_BASE	  0xb8000UL
#define VGA_CELLS	  16384 /* 32 KiB */
#define CRTC_INDEX	  0x3d4
#define CRTC_DATA	  0x3d5
#define CRTC_CURSOR_START 0x0a
#define CRTC_CURSOR_OFF	  0x20
#define CRTC_START_HIGH	  0x0c
#define CRTC_CURSOR_HIGH  0x0e
#define CURSOR_FIRST_LINE 14   /* an underline */
#define WRITE_ROOM	  4096 /* the screen is always ready */
#define TEST_CELL	  0x0741

static struct vt vt;
static volatile u16 *const vga_mem = (u16 *)__va(VGA_TEXT_BASE);
static unsigned int origin; /* cell of vga_mem that is the upper left corner */
static bool present, cursor_shown = true;
static void (*leave_graphics)(void); /* a picture is shown: what ends it; NULL: text is */
static int kd_mode = KD_TEXT;	     /* KD_GRAPHICS: a program draws, and wants no text */
static struct tty_struct *screen_tty;

static void crtc_write(u8 index, u8 value)
{
	outb(index, CRTC_INDEX);
	outb(value, CRTC_DATA);
}

/* A register pair, high byte first. */
static void crtc_write_pair(u8 index, u16 value)
{
	crtc_write(index, value >> 8);
	crtc_write(index + 1, value & 0xff);
}

static void copy_row(unsigned int y)
{
	volatile u16 *to = vga_mem + origin + y * VT_COLS;

	for (unsigned int x = 0; x < VT_COLS; x++)
		to[x] = vt.cells[y][x];
}

static void move_origin(void)
{
	if (!vt.scrolled)
		return;
	origin += min(vt.scrolled, (unsigned int)VT_ROWS) * VT_COLS;
	if (vt.scrolled >= VT_ROWS)
		vt.dirty_rows = ~0U;
	if (origin + VT_ROWS * VT_COLS > VGA_CELLS) {
		origin = 0;
		vt.dirty_rows = ~0U;
	}
	vt.scrolled = 0;
}

/* Bring the screen up to date. Without one, or while it shows a picture, the terminal works all the
   same, unseen. Interrupts off. */
static void flush_screen(void)
{
	unsigned int old_origin = origin;

	if (!present || leave_graphics || kd_mode == KD_GRAPHICS)
		return;
	move_origin();
	for (unsigned int y = 0; y < VT_ROWS; y++) {
		if (vt.dirty_rows >> y & 1)
			copy_row(y);
	}
	vt.dirty_rows = 0;
	if (origin != old_origin)
		crtc_write_pair(CRTC_START_HIGH, origin);
	if (cursor_shown != vt.cursor_on) {
		cursor_shown = vt.cursor_on;
		crtc_write(CRTC_CURSOR_START,
			   CURSOR_FIRST_LINE | (cursor_shown ? 0 : CRTC_CURSOR_OFF));
	}
	crtc_write_pair(CRTC_CURSOR_HIGH, origin + vt.cur.y * VT_COLS + vt.cur.x);
}

static void vga_console_write(struct console *con, const char *s, size_t n)
{
	unsigned long flags;

	local_irq_save(flags);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			vt_put(&vt, '\r');
		vt_put(&vt, s[i]);
	}
	vt.reply[0] = '\0';
	flush_screen();
	local_irq_restore(flags);
}

/* Draw all of the text, whatever the screen's memory and registers hold. Interrupts off. */
static void redraw_screen(void)
{
	if (!present)
		return;
	origin = 0;
	vt.scrolled = 0;
	vt.dirty_rows = ~0U;
	crtc_write_pair(CRTC_START_HIGH, 0);
	cursor_shown = !vt.cursor_on; /* the register is written again */
	flush_screen();
}

/* ---- pictures instead of text ---- */

void vga_enter_graphics(void (*leave)(void))
{
	leave_graphics = leave;
}

bool vga_in_graphics(void)
{
	return leave_graphics;
}

void vga_leave_graphics(void)
{
	unsigned long flags;

	local_irq_save(flags);
	if (leave_graphics)
		leave_graphics();
	leave_graphics = NULL;
	kd_mode = KD_TEXT; /* also if the program that set the other mode is dead */
	redraw_screen();
	local_irq_restore(flags);
}

static void vga_unblank(void)
{
	if (leave_graphics || kd_mode == KD_GRAPHICS)
		vga_leave_graphics();
}

static struct console vga_con = {
	.name = "tty",
	.index = 0,
	.write = vga_console_write,
	.unblank = vga_unblank,
	.flags = CON_PRINTBUFFER,
};

/* Is there memory where the screen's should be? */
static bool probe_screen(void)
{
	u16 old = vga_mem[0], seen;

	vga_mem[0] = TEST_CELL;
	seen = vga_mem[0];
	vga_mem[0] = old;
	return seen == TEST_CELL;
}

void vga_console_init(void)
{
	vt_reset(&vt);
	present = probe_screen();
	if (!present)
		return;
	crtc_write_pair(CRTC_START_HIGH, 0);
	crtc_write(CRTC_CURSOR_START, CURSOR_FIRST_LINE);
	flush_screen();
	register_console(&vga_con);
}

/* ---- the terminal ---- */

static size_t vga_write(struct tty_struct *tty, const u8 *buf, size_t n)
{
	char reply[VT_REPLY_SIZE];
	unsigned long flags;

	if (tty->stopped)
		return 0;
	local_irq_save(flags);
	for (size_t i = 0; i < n; i++)
		vt_put(&vt, buf[i]);
	flush_screen();
	memcpy(reply, vt.reply, sizeof(reply));
	vt.reply[0] = '\0';
	if (reply[0])
		tty_receive(tty, (const u8 *)reply, strlen(reply));
	local_irq_restore(flags);
	return n;
}

static size_t vga_write_room(struct tty_struct *tty)
{
	return tty->stopped ? 0 : WRITE_ROOM;
}

static size_t vga_chars_in_buffer(struct tty_struct *tty)
{
	return 0;
}

/* The screen is as large as it is. */
static int vga_resize(struct tty_struct *tty, const struct winsize *ws)
{
	return ws->ws_row == VT_ROWS && ws->ws_col == VT_COLS ? 0 : -EINVAL;
}

static long set_kd_mode(const struct tty_struct *tty, unsigned long mode)
{
	unsigned long flags;

	if (current->signal->tty != tty && !has_cap(CAP_SYS_TTY_CONFIG))
		return -EPERM;
	if (mode != KD_GRAPHICS && mode != KD_TEXT && mode != KD_TEXT0 && mode != KD_TEXT1)
		return -EINVAL;
	mode = mode == KD_GRAPHICS ? KD_GRAPHICS : KD_TEXT;
	local_irq_save(flags);
	if (kd_mode != (int)mode) {
		kd_mode = mode;
		redraw_screen();
	}
	local_irq_restore(flags);
	return 0;
}

/* What programs that draw ask of the console. */
static long vga_ioctl(struct tty_struct *tty, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case KDGKBTYPE:
		return put_user(KB_101, (u8 __user *)arg);
	case KDGETMODE:
		return put_user(kd_mode, (int __user *)arg);
	case KDSETMODE:
		return set_kd_mode(tty, arg);
	default:
		return -ENOIOCTLCMD;
	}
}

static const struct tty_operations vga_ops = {
	.write = vga_write,
	.write_room = vga_write_room,
	.chars_in_buffer = vga_chars_in_buffer,
	.resize = vga_resize,
	.ioctl = vga_ioctl,
};

struct tty_struct *vga_tty(void)
{
	return screen_tty;
}

bool vga_cursor_keys_mode(void)
{
	return vt.cursor_keys;
}

void vga_init(void)
{
	struct tty_struct *tty;
	int err;

	tty = kzalloc(sizeof(*tty), GFP_KERNEL);
	if (!tty)
		return;
	strcpy(tty->name, "tty1");
	tty->dev = MKDEV(TTY_MAJOR, 1);
	tty->ops = &vga_ops;
	tty->init_termios = tty_std_termios;
	tty->init_termios.c_iflag |= IUTF8;
	tty->reset_termios = true;
	tty->init_winsize = (struct winsize){.ws_row = VT_ROWS, .ws_col = VT_COLS};
	err = tty_register_device(tty);
	if (err) {
		pr_err("tty1: cannot be registered: error %d\n", err);
		kfree(tty);
		return;
	}
	screen_tty = tty;
}
