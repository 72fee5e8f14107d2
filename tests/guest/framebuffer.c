/* mapix-only: the reference machine has no screen. tests/system/test_fb.py runs this with one.
 *
 * /dev/fb0: what it says of itself, modes, the memory by read, write and mmap.
 */
#include "maps.h"
#include "procfile.h"
#include <linux/fb.h>
#include <linux/kd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define FB     "/dev/fb0"
#define COLORS 256

static struct fb_fix_screeninfo fix;
static struct fb_var_screeninfo var;

static int open_fb(int flags)
{
	int fd = open(FB, flags);

	if (fd < 0 && errno == ENOENT)
		SKIP("there is no frame buffer");
	CHECK(fd >= 0);
	CHECK(!ioctl(fd, FBIOGET_FSCREENINFO, &fix));
	CHECK(!ioctl(fd, FBIOGET_VSCREENINFO, &var));
	return fd;
}

static int set_mode(int fd, unsigned xres, unsigned yres, unsigned bits)
{
	var = (struct fb_var_screeninfo){.xres = xres, .yres = yres, .bits_per_pixel = bits};
	return ioctl(fd, FBIOPUT_VSCREENINFO, &var);
}

TEST(it_describes_itself)
{
	struct stat st;
	int fd = open_fb(O_RDONLY);

	CHECK(!stat(FB, &st));
	CHECK_EQ(st.st_mode, S_IFCHR | 0600);
	CHECK_EQ(st.st_rdev, makedev(29, 0));
	CHECK_EQ(fix.type, FB_TYPE_PACKED_PIXELS);
	CHECK_EQ(fix.visual, FB_VISUAL_TRUECOLOR);
	CHECK_EQ(fix.line_length, var.xres_virtual * var.bits_per_pixel / 8);
	CHECK(fix.smem_len >= fix.line_length * var.yres);
	CHECK_EQ(fix.mmio_len, 0);
	CHECK_STR(slurp("/proc/fb"), "0 bochs\n");
	CHECK_STR(slurp("/sys/class/graphics/fb0/name"), "bochs\n");
	CHECK_STR(slurp("/sys/class/graphics/fb0/dev"), "29:0\n");
	CHECK_ERRNO(ioctl(fd, FBIOGET_VSCREENINFO, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fd, FBIOGET_FSCREENINFO, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fd, FBIOPUT_VSCREENINFO, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fd, FIONREAD, NULL), ENOTTY);
	CHECK_ERRNO(ioctl(fd, FBIO_WAITFORVSYNC, NULL), ENOTTY);
	CHECK_ERRNO(ioctl(fd, FBIOGET_CON2FBMAP, NULL), EINVAL);
}

TEST(only_root_opens_it)
{
	close(open_fb(O_RDONLY));
	CHECK(!setuid(1000));
	CHECK_ERRNO(open(FB, O_RDONLY), EACCES);
}

TEST(modes_are_rounded_to_what_the_screen_can)
{
	int fd = open_fb(O_RDWR);

	CHECK(!set_mode(fd, 795, 600, 31));
	CHECK_EQ(var.xres, 800);
	CHECK_EQ(var.yres, 600);
	CHECK_EQ(var.xres_virtual, 800);
	CHECK_EQ(var.bits_per_pixel, 32);
	CHECK_EQ(var.red.offset, 16);
	CHECK_EQ(var.green.length, 8);
	CHECK(var.pixclock > 0);
	CHECK(!ioctl(fd, FBIOGET_FSCREENINFO, &fix));
	CHECK_EQ(fix.line_length, 3200);
	CHECK(!set_mode(fd, 640, 480, 12));
	CHECK_EQ(var.bits_per_pixel, 16);
	CHECK_EQ(var.green.length, 6);
	CHECK(!set_mode(fd, 1024, 768, 32));
}

TEST(modes_that_cannot_be_are_refused)
{
	struct fb_var_screeninfo before, after;
	int fd = open_fb(O_RDWR);

	before = var;
	CHECK_ERRNO(set_mode(fd, 7, 600, 32), EINVAL);
	CHECK_ERRNO(set_mode(fd, 800, 7, 32), EINVAL);
	CHECK_ERRNO(set_mode(fd, 800, 600, 33), EINVAL);
	CHECK_ERRNO(set_mode(fd, 16008, 600, 32), EINVAL);
	CHECK_ERRNO(set_mode(fd, 8000, 8000, 32), EINVAL); /* more than there is memory */
	CHECK_ERRNO(set_mode(fd, 0xfffffff9, 600, 32), EINVAL);
	CHECK_ERRNO(set_mode(fd, 0x10000, 0x10000, 32), EINVAL);
	var = before;
	var.xres_virtual = var.yres_virtual = 0xffffffff;
	CHECK_ERRNO(ioctl(fd, FBIOPUT_VSCREENINFO, &var), EINVAL);
	var = before;
	var.yres_virtual = 0xfffffff;
	var.xres_virtual = 8;
	CHECK_ERRNO(ioctl(fd, FBIOPUT_VSCREENINFO, &var), EINVAL);
	CHECK(!ioctl(fd, FBIOGET_VSCREENINFO, &after));
	CHECK(!memcmp(&before, &after, sizeof(before)));
}

TEST(a_mode_can_be_tried)
{
	struct fb_var_screeninfo before, after;
	int fd = open_fb(O_RDWR);

	before = var;
	var = (struct fb_var_screeninfo){
		.xres = 641, .yres = 480, .bits_per_pixel = 32, .activate = FB_ACTIVATE_TEST};
	CHECK(!ioctl(fd, FBIOPUT_VSCREENINFO, &var));
	CHECK_EQ(var.xres, 648);
	CHECK(!ioctl(fd, FBIOGET_VSCREENINFO, &after));
	CHECK(!memcmp(&before, &after, sizeof(before)));
}

TEST(the_screen_is_a_window_of_a_larger_one)
{
	int fd = open_fb(O_RDWR);

	var.yres_virtual = 2 * var.yres;
	CHECK(!ioctl(fd, FBIOPUT_VSCREENINFO, &var));
	CHECK_EQ(var.yres_virtual, 2 * var.yres);
	var.yoffset = var.yres;
	CHECK(!ioctl(fd, FBIOPAN_DISPLAY, &var));
	CHECK(!ioctl(fd, FBIOGET_VSCREENINFO, &var));
	CHECK_EQ(var.yoffset, var.yres);
	var.yoffset++;
	CHECK_ERRNO(ioctl(fd, FBIOPAN_DISPLAY, &var), EINVAL);
	var.yoffset = 0;
	var.xoffset = 8;
	CHECK_ERRNO(ioctl(fd, FBIOPAN_DISPLAY, &var), EINVAL);
	var.xoffset = 0;
	var.yoffset = 1;
	var.vmode = FB_VMODE_YWRAP;
	CHECK_ERRNO(ioctl(fd, FBIOPAN_DISPLAY, &var), EINVAL);
	CHECK(!set_mode(fd, 1024, 768, 32));
}

TEST(it_can_be_dark)
{
	int fd = open_fb(O_RDWR);

	for (int level = FB_BLANK_POWERDOWN; level >= FB_BLANK_UNBLANK; level--)
		CHECK(!ioctl(fd, FBIOBLANK, level));
	CHECK_ERRNO(ioctl(fd, FBIOBLANK, FB_BLANK_POWERDOWN + 1), EINVAL);
	CHECK_ERRNO(ioctl(fd, FBIOBLANK, -1), EINVAL);
}

TEST(the_color_map_is_kept)
{
	static unsigned short red[COLORS], green[COLORS], blue[COLORS];
	struct fb_cmap map = {0, COLORS, red, green, blue, NULL};
	int fd = open_fb(O_RDWR);

	CHECK(!ioctl(fd, FBIOGETCMAP, &map));
	CHECK_EQ(red[4], 0xaaaa);
	CHECK_EQ(green[6], 0x5555);
	CHECK_EQ(blue[15], 0xffff);
	red[100] = 0x1234;
	CHECK(!ioctl(fd, FBIOPUTCMAP, &map));
	map = (struct fb_cmap){100, 1, red, green, blue, NULL};
	red[0] = 0;
	CHECK(!ioctl(fd, FBIOGETCMAP, &map));
	CHECK_EQ(red[0], 0x1234);
	map.start = COLORS;
	CHECK_ERRNO(ioctl(fd, FBIOGETCMAP, &map), EINVAL);
	CHECK_ERRNO(ioctl(fd, FBIOPUTCMAP, &map), EINVAL);
	map = (struct fb_cmap){0, 0, red, green, blue, NULL};
	CHECK_ERRNO(ioctl(fd, FBIOGETCMAP, &map), EINVAL);
	map = (struct fb_cmap){0, 1, red, NULL, blue, NULL};
	CHECK_ERRNO(ioctl(fd, FBIOPUTCMAP, &map), EFAULT);
}

TEST(read_and_write_end_where_the_memory_ends)
{
	int fd = open_fb(O_RDWR);
	char buf[16] = "0123456789abcde";
	long end = fix.smem_len;

	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	CHECK_EQ(pwrite(fd, buf, 8, end - 4), 4);
	CHECK_EQ(pread(fd, buf + 8, 8, end - 4), 4);
	CHECK(!memcmp(buf, buf + 8, 4));
	CHECK_EQ(pread(fd, buf, 8, end), 0);
	CHECK_EQ(pread(fd, buf, 8, end + 4), 0);
	CHECK_ERRNO(pwrite(fd, buf, 8, end), ENOSPC);
	CHECK_ERRNO(pwrite(fd, buf, 8, end + 4), EFBIG);
	CHECK_EQ(pwrite(fd, buf, 0, end), 0);
	CHECK_ERRNO(pread(fd, (void *)1, 8, 0), EFAULT);
	CHECK_ERRNO(pwrite(fd, (void *)1, 8, 0), EFAULT);
	CHECK_EQ(fsync(fd), 0);
	CHECK_ERRNO(ftruncate(fd, 0), EINVAL);
}

TEST(a_mapping_is_the_memory)
{
	int fd = open_fb(O_RDWR);
	unsigned *p = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, P), word;
	struct map_line m;

	CHECK(p != MAP_FAILED);
	p[1] = 0x123456;
	CHECK_EQ(pread(fd, &word, 4, P + 4), 4);
	CHECK_EQ(word, 0x123456);
	word = 0x654321;
	CHECK_EQ(pwrite(fd, &word, 4, P + 8), 4);
	CHECK_EQ(p[2], 0x654321);
	CHECK_MAP(p, 2 * P, "rw-s");
	CHECK(map_at(p, &m));
	CHECK_EQ(m.offset, P);
	CHECK_STR(m.name, FB);
	CHECK_EQ(msync(p, 2 * P, MS_SYNC), 0);
	CHECK_ERRNO(syscall(SYS_pread64, open("/proc/self/mem", O_RDONLY), &word, 4, p, 0), EIO);
	close(fd);
	p[3] = 1;
	CHECK_EQ(p[3], 1);
}

TEST(what_lies_beyond_cannot_be_mapped)
{
	int fd = open_fb(O_RDWR);
	unsigned long end = fix.smem_len;

	CHECK(mmap(NULL, P, PROT_READ, MAP_SHARED, fd, end - P) != MAP_FAILED);
	CHECK_ERRNO(mmap(NULL, 2 * P, PROT_READ, MAP_SHARED, fd, end - P), EINVAL);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_SHARED, fd, end), EINVAL);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_SHARED, fd, end + P), EINVAL);
	CHECK_ERRNO(syscall(SYS_mmap2, NULL, P, PROT_READ, MAP_SHARED, fd, 0xffffeUL), EINVAL);
	CHECK_ERRNO(syscall(SYS_mmap2, NULL, P, PROT_READ, MAP_SHARED, fd, 0xfffffUL), EOVERFLOW);
	fd = open_fb(O_RDONLY);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
	CHECK(mmap(NULL, P, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
}

TEST(a_private_mapping_does_not_draw)
{
	int fd = open_fb(O_RDWR);
	unsigned *device = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unsigned *p = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	struct map_line m;

	CHECK(device != MAP_FAILED && p != MAP_FAILED);
	CHECK(map_at(p, &m));
	CHECK_EQ(m.offset, fix.smem_start);
	device[5] = 5;
	p[6] = 6;
	CHECK_EQ(p[5], 5);
	CHECK(device[6] != 6);
	device[5] = 7;
	CHECK_EQ(p[5], 5);
	device[P / 4] = 8;
	CHECK_EQ(p[P / 4], 8);
}

TEST(the_memory_of_the_driver_is_not_in_dev_mem)
{
	int fd, mem;

	fd = open_fb(O_RDWR);
	mem = open("/dev/mem", O_RDONLY);
	CHECK(mem >= 0);
	CHECK_ERRNO(mmap(NULL, P, PROT_READ, MAP_SHARED, mem, (off_t)fix.smem_start), EPERM);
	close(fd);
}

TEST(the_console_has_a_mode)
{
	int tty, mode = -1;

	close(open_fb(O_RDONLY));
	tty = open("/dev/tty1", O_RDWR | O_NOCTTY);
	CHECK(tty >= 0);
	CHECK(!ioctl(tty, KDGETMODE, &mode));
	CHECK_EQ(mode, KD_TEXT);
	CHECK(!ioctl(tty, KDSETMODE, KD_GRAPHICS));
	CHECK(!ioctl(tty, KDGETMODE, &mode));
	CHECK_EQ(mode, KD_GRAPHICS);
	CHECK_ERRNO(ioctl(tty, KDSETMODE, 7), EINVAL);
	CHECK(!ioctl(tty, KDSETMODE, KD_TEXT));
	CHECK_ERRNO(ioctl(tty, KDGETMODE, NULL), EFAULT);
	CHECK_ERRNO(ioctl(open("/dev/ttyS0", O_RDWR | O_NOCTTY), KDGETMODE, &mode), ENOTTY);
	CHECK(!setuid(1000));
	CHECK_ERRNO(ioctl(tty, KDSETMODE, KD_TEXT), EPERM);
}
