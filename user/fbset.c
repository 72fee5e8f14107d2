/*
 * fbset [-g XRES YRES VXRES VYRES BITS]: the mode of the frame buffer, shown as Debian's fbset
 * shows it, or set: what the screen shows, the size of the picture it is a part of, and the bits of
 * a pixel.
 */
#define PROGRAM "fbset"
#define USAGE	"[-g XRES YRES VXRES VYRES BITS]"
#include "user/common.h"
#include <linux/fb.h>
#include <sys/ioctl.h>

#define DEVICE "/dev/fb0"

enum {
	NR_NUMBERS = 5
};

static unsigned int number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end || n > UINT_MAX)
		usage(2);
	return n;
}

static void set_geometry(int fd, char **numbers)
{
	struct fb_var_screeninfo var = {
		.xres = number(numbers[0]),
		.yres = number(numbers[1]),
		.xres_virtual = number(numbers[2]),
		.yres_virtual = number(numbers[3]),
		.bits_per_pixel = number(numbers[4]),
	};

	if (ioctl(fd, FBIOPUT_VSCREENINFO, &var) < 0)
		die(DEVICE);
}

static void show_field(const struct fb_bitfield *f, char end)
{
	printf("%u/%u%c", f->length, f->offset, end);
}

static void show(int fd)
{
	struct fb_var_screeninfo v;

	if (ioctl(fd, FBIOGET_VSCREENINFO, &v) < 0)
		die(DEVICE);
	printf("\nmode \"%ux%u\"\n", v.xres, v.yres);
	printf("    geometry %u %u %u %u %u\n", v.xres, v.yres, v.xres_virtual, v.yres_virtual,
	       v.bits_per_pixel);
	printf("    timings %u %u %u %u %u %u %u\n", v.pixclock, v.left_margin, v.right_margin,
	       v.upper_margin, v.lower_margin, v.hsync_len, v.vsync_len);
	printf("    rgba ");
	show_field(&v.red, ',');
	show_field(&v.green, ',');
	show_field(&v.blue, ',');
	show_field(&v.transp, '\n');
	printf("endmode\n\n");
}

int main(int argc, char **argv)
{
	bool set = argc == 2 + NR_NUMBERS && strcmp(argv[1], "-g") == 0;
	int fd;

	if (argc != 1 && !set)
		usage(2);
	fd = open(DEVICE, set ? O_RDWR : O_RDONLY);
	if (fd < 0)
		die(DEVICE);
	if (set)
		set_geometry(fd, argv + 2);
	else
		show(fd);
	return finish(0);
}
