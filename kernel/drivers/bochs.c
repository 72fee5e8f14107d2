/*
 * QEMU's standard VGA as a frame buffer. It is a VGA whose whole memory can be seen at once, at a
 * PCI address (bar 0), and which shows that memory as pixels when its "dispi" registers (bar 2) say
 * so. Linux's driver of the same name does the same.
 */
#include "kernel/core/printk.h"
#include "kernel/drivers/fb.h"
#include "kernel/drivers/pci.h"
#include "kernel/drivers/resource.h"
#include "kernel/drivers/vga.h"
#include "kernel/drivers/vgastate.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "libc/include/string.h"
#include "mm/phys/pgtable.h"
#include <linux/errno.h>

#define QEMU_VENDOR	      0x1234
#define QEMU_STD_VGA	      0x1111
#define PCI_CLASS_DISPLAY_VGA 0x0300
#define MEMORY_BAR	      0
#define REGISTER_BAR	      2
#define REGISTERS_SIZE	      4096
#define DISPI_OFFSET	      0x500 /* in the register bar: 16-bit registers */

enum dispi_register {
	DISPI_ID,
	DISPI_XRES,
	DISPI_YRES,
	DISPI_BPP,
	DISPI_ENABLE,
	DISPI_BANK,
	DISPI_VIRT_WIDTH,
	DISPI_VIRT_HEIGHT,
	DISPI_X_OFFSET,
	DISPI_Y_OFFSET,
	DISPI_MEMORY_64K,
};
#define DISPI_ID_MASK	 0xfff0
#define DISPI_ID_VALUE	 0xb0c0
#define DISPI_ENABLED	 0x01
#define DISPI_LFB	 0x40
#define DISPI_MAX_XRES	 16000
#define DISPI_MAX_YRES	 12000
#define DISPI_MAX_OFFSET 0xffff
#define XRES_UNIT	 8
#define MEMORY_UNIT	 65536U
#define MOST_MEMORY	 (32ULL << 20) /* of it is used: the kernel maps all of that */

#define NO_SIZE (~0U) /* the screen's size in millimetres is not known */

static volatile u16 *dispi;
static struct vga_state text_state;

static u16 dispi_read(enum dispi_register n)
{
	return dispi[n];
}

static void dispi_write(enum dispi_register n, unsigned int value)
{
	dispi[n] = value;
}

/* ---- modes ---- */

static const struct {
	unsigned int bpp;
	struct fb_bitfield red, green, blue, transp;
} formats[] = {
	{16, {11, 5, 0}, {5, 6, 0}, {0, 5, 0}, {0, 0, 0}},
	{24, {16, 8, 0}, {8, 8, 0}, {0, 8, 0}, {0, 0, 0}},
	{32, {16, 8, 0}, {8, 8, 0}, {0, 8, 0}, {24, 8, 0}},
};

/* The format with at least as many bits. False: there is none. */
static bool set_format(struct fb_var_screeninfo *var)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		if (var->bits_per_pixel > formats[i].bpp)
			continue;
		var->bits_per_pixel = formats[i].bpp;
		var->red = formats[i].red;
		var->green = formats[i].green;
		var->blue = formats[i].blue;
		var->transp = formats[i].transp;
		return true;
	}
	return false;
}

/* There is no ray to be timed: show figures as Linux's vesafb does, which give 75 Hz or so. */
static void set_timing(struct fb_var_screeninfo *var)
{
	var->pixclock = 10000000 / var->xres * 1000 / var->yres;
	var->left_margin = var->hsync_len = (var->xres / 8) & 0xf8;
	var->right_margin = 32;
	var->upper_margin = 16;
	var->lower_margin = var->vsync_len = 4;
}

static int bochs_check_var(struct fb_var_screeninfo *var, struct fb_info *info)
{
	u64 size;

	if (var->xres > DISPI_MAX_XRES || var->yres > DISPI_MAX_YRES || !set_format(var))
		return -EINVAL;
	var->xres = ALIGN(var->xres, XRES_UNIT);
	var->xres_virtual = ALIGN(max(var->xres_virtual, var->xres), XRES_UNIT);
	var->yres_virtual = max(var->yres_virtual, var->yres);
	size = (u64)var->xres_virtual * (var->bits_per_pixel / 8) * var->yres_virtual;
	if (var->xres_virtual > DISPI_MAX_XRES || var->yres_virtual > DISPI_MAX_OFFSET ||
	    size > info->fix.smem_len)
		return -EINVAL;
	if (!var->pixclock)
		set_timing(var);
	var->grayscale = var->nonstd = var->rotate = 0;
	var->height = var->width = NO_SIZE;
	return 0;
}

/* ---- what the screen is told ---- */

/* The text again, with interrupts off. */
static void bochs_leave(void)
{
	dispi_write(DISPI_ENABLE, 0);
	vga_restore(&text_state);
}

/* Setting a mode clears the part of the memory that it shows. */
static void bochs_set_par(struct fb_info *info)
{
	const struct fb_var_screeninfo *var = &info->var;

	if (!vga_in_graphics()) {
		vga_save(&text_state, info->screen_base);
		vga_enter_graphics(bochs_leave);
	}
	dispi_write(DISPI_ENABLE, 0);
	dispi_write(DISPI_XRES, var->xres);
	dispi_write(DISPI_YRES, var->yres);
	dispi_write(DISPI_BPP, var->bits_per_pixel);
	dispi_write(DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB);
	dispi_write(DISPI_VIRT_WIDTH, var->xres_virtual);
	vga_blank(false);
	info->fix.line_length = var->xres_virtual * (var->bits_per_pixel / 8);
}

static void bochs_pan_display(const struct fb_var_screeninfo *var, struct fb_info *info)
{
	dispi_write(DISPI_X_OFFSET, var->xoffset);
	dispi_write(DISPI_Y_OFFSET, var->yoffset);
}

static void bochs_blank(bool blank, struct fb_info *info)
{
	vga_blank(blank);
}

static void bochs_release(struct fb_info *info)
{
	vga_leave_graphics();
}

static const struct fb_ops bochs_ops = {
	.fb_check_var = bochs_check_var,
	.fb_set_par = bochs_set_par,
	.fb_pan_display = bochs_pan_display,
	.fb_blank = bochs_blank,
	.fb_release = bochs_release,
};

static struct fb_info bochs_info = {
	.fbops = &bochs_ops,
	.fix = {.id = "bochs",
		.type = FB_TYPE_PACKED_PIXELS,
		.visual = FB_VISUAL_TRUECOLOR,
		.ypanstep = 1},
};

/* ---- finding it ---- */

/* The first of some modes that the memory is large enough for. */
static int first_mode(struct fb_info *info)
{
	static const struct fb_var_screeninfo modes[] = {
		{.xres = 1024, .yres = 768, .bits_per_pixel = 32},
		{.xres = 640, .yres = 480, .bits_per_pixel = 16},
	};
	int err = -EINVAL;

	for (unsigned int i = 0; i < ARRAY_SIZE(modes) && err; i++) {
		info->var = modes[i];
		err = bochs_check_var(&info->var, info);
	}
	return err;
}

/* The one that also shows text: there may be others, which only have pixels. */
static struct pci_dev *find_device(void)
{
	struct pci_dev *dev = NULL;

	while ((dev = pci_get_device(QEMU_VENDOR, QEMU_STD_VGA, dev)))
		if (dev->class >> 8 == PCI_CLASS_DISPLAY_VGA)
			break;
	return dev;
}

static int map_device(struct fb_info *info, const struct pci_dev *dev)
{
	const struct pci_bar *memory = &dev->bar[MEMORY_BAR], *regs = &dev->bar[REGISTER_BAR];
	unsigned int size;
	u8 *base;

	if (memory->io || !memory->size || regs->io || regs->size < REGISTERS_SIZE)
		return -ENODEV;
	base = ioremap(regs->start, REGISTERS_SIZE);
	if (!base)
		return -ENOMEM;
	dispi = (volatile u16 *)(base + DISPI_OFFSET);
	if ((dispi_read(DISPI_ID) & DISPI_ID_MASK) != DISPI_ID_VALUE)
		goto no_device;
	size = min(min((u64)dispi_read(DISPI_MEMORY_64K) * MEMORY_UNIT, memory->size), MOST_MEMORY);
	info->screen_base = size ? ioremap(memory->start, size) : NULL;
	if (!info->screen_base)
		goto no_device;
	info->fix.smem_start = memory->start;
	info->fix.smem_len = size;
	return 0;
no_device:
	iounmap(base);
	return -ENODEV;
}

void bochs_fb_init(void)
{
	struct pci_dev *dev = find_device();
	struct fb_info *info = &bochs_info;

	if (!dev)
		return;
	pci_enable_device(dev);
	if (map_device(info, dev))
		return;
	mutex_init(&info->lock);
	mutex_init(&info->cmap_lock);
	fb_default_cmap(info);
	if (first_mode(info) || register_framebuffer(info)) {
		pr_err("bochs: the screen cannot be used as a frame buffer\n");
		return;
	}
	info->fix.line_length = info->var.xres_virtual * (info->var.bits_per_pixel / 8);
	request_mem_region(dev->bar[MEMORY_BAR].start, dev->bar[MEMORY_BAR].size, "bochs");
}
