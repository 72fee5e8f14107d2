/*
 * The frame buffer. Its memory is mapped, so drawing is storing: there is no call for it.
 */
#include "user/vmview/vmview.h"
#include <linux/fb.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define DEVICE "/dev/fb0"

enum {
	BITS_PER_PIXEL = 32,
	LEAST_WIDTH = 640,
	LEAST_HEIGHT = 480,
	GOOD_WIDTH = 1024,
	GOOD_HEIGHT = 768
};

/* Keep the mode that is set, unless it is too small or has other pixels. */
static void choose_mode(int fd, struct fb_var_screeninfo *var)
{
	if (ioctl(fd, FBIOGET_VSCREENINFO, var) < 0)
		die(DEVICE);
	if (var->bits_per_pixel == BITS_PER_PIXEL && var->xres >= LEAST_WIDTH &&
	    var->yres >= LEAST_HEIGHT)
		return;
	*var = (struct fb_var_screeninfo){
		.xres = GOOD_WIDTH, .yres = GOOD_HEIGHT, .bits_per_pixel = BITS_PER_PIXEL};
	if (ioctl(fd, FBIOPUT_VSCREENINFO, var) < 0)
		die(DEVICE);
}

void open_screen(struct screen *screen)
{
	struct fb_var_screeninfo var;
	struct fb_fix_screeninfo fix;

	screen->fd = open(DEVICE, O_RDWR);
	if (screen->fd < 0)
		die(DEVICE);
	choose_mode(screen->fd, &var);
	if (ioctl(screen->fd, FBIOGET_FSCREENINFO, &fix) < 0)
		die(DEVICE);
	screen->width = var.xres;
	screen->height = var.yres;
	screen->line = fix.line_length / sizeof(uint32_t);
	screen->pixels = mmap(NULL, (size_t)fix.line_length * var.yres, PROT_READ | PROT_WRITE,
			      MAP_SHARED, screen->fd, 0);
	if (screen->pixels == MAP_FAILED)
		die(DEVICE);
	fill(screen, 0, 0, screen->width, screen->height, 0);
}

void fill(const struct screen *screen, unsigned int x, unsigned int y, unsigned int width,
	  unsigned int height, uint32_t color)
{
	for (unsigned int j = y; j < y + height && j < screen->height; j++)
		for (unsigned int i = x; i < x + width && i < screen->width; i++)
			screen->pixels[j * screen->line + i] = color;
}

static void write_letter(const struct screen *screen, unsigned int x, unsigned int y, char c,
			 uint32_t ink, uint32_t paper)
{
	const unsigned char *rows =
		font[(c < FIRST_LETTER || c > LAST_LETTER ? '?' : c) - FIRST_LETTER];

	if (x + LETTER_STEP > screen->width || y + LETTER_HEIGHT > screen->height)
		return;
	for (unsigned int j = 0; j < LETTER_HEIGHT; j++)
		for (unsigned int i = 0; i < LETTER_STEP; i++)
			screen->pixels[(y + j) * screen->line + x + i] =
				i < LETTER_WIDTH && rows[j] >> (LETTER_WIDTH - 1 - i) & 1 ? ink
											  : paper;
}

unsigned int write_text(const struct screen *screen, unsigned int x, unsigned int y,
			const char *text, uint32_t ink, uint32_t paper)
{
	for (; *text; text++, x += LETTER_STEP)
		write_letter(screen, x, y, *text, ink, paper);
	return x;
}
