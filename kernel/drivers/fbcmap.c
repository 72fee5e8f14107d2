/*
 * The colour map of the frame buffer. Its modes have true colours, so the map changes nothing on
 * the screen; it is kept for programs that ask for it.
 */
#include "kernel/drivers/fb.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include <linux/errno.h>

#define NR_TEXT_COLORS 16
#define DARK	       0xaaaa /* a component of the eight dark colours, and of the bright ones */
#define BRIGHT	       0xffff
#define BRIGHT_ADDS    0x5555
#define BROWN	       6 /* dark yellow with less green */
#define RED_BIT	       4
#define GREEN_BIT      2
#define BLUE_BIT       1
#define BRIGHT_BIT     8

static u16 text_color(unsigned int color, unsigned int bit)
{
	if (color & BRIGHT_BIT)
		return color & bit ? BRIGHT : BRIGHT_ADDS;
	if (color == BROWN && bit == GREEN_BIT)
		return BRIGHT_ADDS;
	return color & bit ? DARK : 0;
}

void fb_default_cmap(struct fb_info *info)
{
	for (unsigned int i = 0; i < NR_TEXT_COLORS; i++) {
		info->cmap.red[i] = text_color(i, RED_BIT);
		info->cmap.green[i] = text_color(i, GREEN_BIT);
		info->cmap.blue[i] = text_color(i, BLUE_BIT);
	}
}

/* Which entries does the user's map ask for? 0 or -errno. */
static int get_map(struct fb_cmap *map, const struct fb_cmap __user *arg, unsigned int *n)
{
	if (copy_from_user(map, arg, sizeof(*map)))
		return -EFAULT;
	if (map->start >= FB_CMAP_SIZE || !map->len)
		return -EINVAL;
	*n = min(map->len, FB_CMAP_SIZE - map->start);
	return 0;
}

int fb_cmap_to_user(struct fb_info *info, const struct fb_cmap __user *arg)
{
	const struct fb_colors *colors = &info->cmap;
	struct fb_cmap map;
	unsigned int n;
	int err = get_map(&map, arg, &n);

	if (err)
		return err;
	mutex_lock(&info->cmap_lock);
	if (copy_to_user(map.red, colors->red + map.start, n * sizeof(u16)) ||
	    copy_to_user(map.green, colors->green + map.start, n * sizeof(u16)) ||
	    copy_to_user(map.blue, colors->blue + map.start, n * sizeof(u16)))
		err = -EFAULT;
	mutex_unlock(&info->cmap_lock);
	return err;
}

/* Nothing changes if a part of the user's map cannot be read. */
int fb_set_user_cmap(struct fb_info *info, const struct fb_cmap __user *arg)
{
	static struct fb_colors new_colors; /* guarded by cmap_lock: there is one screen */
	struct fb_cmap map;
	unsigned int n;
	int err = get_map(&map, arg, &n);

	if (err)
		return err;
	mutex_lock(&info->cmap_lock);
	new_colors = info->cmap;
	if (copy_from_user(new_colors.red + map.start, map.red, n * sizeof(u16)) ||
	    copy_from_user(new_colors.green + map.start, map.green, n * sizeof(u16)) ||
	    copy_from_user(new_colors.blue + map.start, map.blue, n * sizeof(u16)))
		err = -EFAULT;
	else
		info->cmap = new_colors;
	mutex_unlock(&info->cmap_lock);
	return err;
}
