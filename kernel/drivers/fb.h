/*
 * The frame buffer: the screen as memory, one pixel behind the other. fbmem.c is the character
 * device /dev/fb0 with Linux's ioctls; bochs.c is the driver of the one kind of screen there is,
 * QEMU's standard VGA.
 */
#ifndef KERNEL_DRIVERS_FB_H
#define KERNEL_DRIVERS_FB_H

#include "kernel/abi/types.h"
#include "kernel/locking/mutex.h"
#include <linux/fb.h>

struct seq_file;

#define FB_CMAP_SIZE 256

/* A colour map. */
struct fb_colors {
	u16 red[FB_CMAP_SIZE], green[FB_CMAP_SIZE], blue[FB_CMAP_SIZE];
};

struct fb_info;

/* What a driver does. All may sleep, and hold info->lock. */
struct fb_ops {
	/* Change *var to what the screen can do and is nearest. 0 or -EINVAL. */
	int (*fb_check_var)(struct fb_var_screeninfo *var, struct fb_info *info);
	/* Show a picture in the mode of info->var, and set the parts of info->fix that follow from
	   it. */
	void (*fb_set_par)(struct fb_info *info);
	/* Show the part of the virtual screen that begins at var's offsets, which are in range. */
	void (*fb_pan_display)(const struct fb_var_screeninfo *var, struct fb_info *info);
	void (*fb_blank)(bool blank, struct fb_info *info);
	/* Give the screen back to the text console. */
	void (*fb_release)(struct fb_info *info);
};

struct fb_info {
	const struct fb_ops *fbops;
	u8 *screen_base; /* fix.smem_len bytes */
	struct mutex lock;
	/* Guarded by it: */
	struct fb_var_screeninfo var;
	struct fb_fix_screeninfo fix;
	unsigned int users; /* open files; a mapping keeps its file open */
	bool active;	    /* the screen shows this, and not text */

	struct mutex cmap_lock;
	struct fb_colors cmap; /* guarded by it */
};

/* Make info, which is filled in and stays, /dev/fb0. 0; -EBUSY if there is one; -ENOMEM. */
int register_framebuffer(struct fb_info *info);
/* The frame buffer, or NULL. */
const struct fb_info *framebuffer(void);
/* fbcmap.c: the map that programs find at first. */
void fb_default_cmap(struct fb_info *info);
/* FBIOGETCMAP and FBIOPUTCMAP. May sleep. 0 or -errno. */
int fb_cmap_to_user(struct fb_info *info, const struct fb_cmap __user *arg);
int fb_set_user_cmap(struct fb_info *info, const struct fb_cmap __user *arg);
/* /proc/fb: a line for it. */
int fb_proc_show(struct seq_file *m, void *v);

/* bochs.c: find QEMU's standard VGA and register it. After the VFS, the PCI bus and the console. */
void bochs_fb_init(void);

#endif
