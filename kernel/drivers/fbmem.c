/*
 * /dev/fb0: the frame buffer as a file, and the ioctls of <linux/fb.h>. What is checked here and
 * how follows Linux's fbmem.c.
 *
 * Opening the device and asking about it leaves the text on the screen. The first use (a mode set,
 * a mapping, a read or a write) switches to the picture, and when the last file is closed the text
 * comes back. The mode stays for the next user.
 */
#include "kernel/drivers/fb.h"
#include "kernel/core/printk.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/fault.h"
#include "mm/layout.h"
#include <asm/ioctls.h>
#include <linux/errno.h>
#include <linux/major.h>

#define FB_MINOR	0
#define SMALLEST_SCREEN 8 /* pixels, each way */
#define COPY_CHUNK	PAGE_SIZE

static struct fb_info *registered_fb;

const struct fb_info *framebuffer(void)
{
	return registered_fb;
}

/* The screen shows the picture from now on. info->lock. */
static void __fb_activate(struct fb_info *info)
{
	if (info->active)
		return;
	info->active = true;
	info->fbops->fb_set_par(info);
	info->fbops->fb_pan_display(&info->var, info);
}

static void fb_activate(struct fb_info *info)
{
	mutex_lock(&info->lock);
	__fb_activate(info);
	mutex_unlock(&info->lock);
}

static int fb_open(struct inode *inode, struct file *file)
{
	struct fb_info *info = registered_fb;

	mutex_lock(&info->lock);
	info->users++;
	mutex_unlock(&info->lock);
	file->private_data = info;
	return 0;
}

static int fb_release(struct inode *inode, struct file *file)
{
	struct fb_info *info = file->private_data;

	mutex_lock(&info->lock);
	if (!--info->users && info->active) {
		info->active = false;
		info->fbops->fb_release(info);
	}
	mutex_unlock(&info->lock);
	return 0;
}

/* ---- read and write ---- */

/* Copy len bytes between the screen and the user, piece by piece: bytes done or -EFAULT. */
static ssize_t fb_copy(u8 *screen, char __user *buf, size_t len, bool write)
{
	size_t done = 0;

	while (done < len) {
		size_t n = min(len - done, (size_t)COPY_CHUNK);
		unsigned long left = write ? copy_from_user(screen + done, buf + done, n)
					   : copy_to_user(buf + done, screen + done, n);

		done += n - left;
		if (left)
			return done ? (ssize_t)done : -EFAULT;
		cond_resched();
	}
	return done;
}

static ssize_t fb_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct fb_info *info = file->private_data;
	loff_t size = info->fix.smem_len;
	ssize_t done;

	if (*ppos >= size)
		return 0;
	len = min((loff_t)len, size - *ppos);
	fb_activate(info);
	done = fb_copy(info->screen_base + *ppos, buf, len, false);
	if (done > 0)
		*ppos += done;
	return done;
}

static ssize_t fb_write(struct file *file, const char __user *buf, size_t len, loff_t *ppos)
{
	struct fb_info *info = file->private_data;
	loff_t size = info->fix.smem_len;
	int err = 0;
	ssize_t done;

	if (*ppos > size)
		return -EFBIG;
	if ((loff_t)len > size)
		err = -EFBIG;
	else if ((loff_t)len > size - *ppos)
		err = -ENOSPC;
	len = min((loff_t)len, size - *ppos);
	if (!len)
		return err;
	fb_activate(info);
	done = fb_copy(info->screen_base + *ppos, (char __user *)buf, len, true);
	if (done > 0)
		*ppos += done;
	return done;
}

/* ---- the mode ---- */

static int fb_pan_display(struct fb_info *info, const struct fb_var_screeninfo *var)
{
	const struct fb_fix_screeninfo *fix = &info->fix;

	/* no wrapping around the ends of the virtual screen: fix->ywrapstep is 0 */
	if (var->yoffset &&
	    (var->vmode & FB_VMODE_YWRAP || !fix->ypanstep || var->yoffset % fix->ypanstep))
		return -EINVAL;
	if (var->xoffset && (!fix->xpanstep || var->xoffset % fix->xpanstep))
		return -EINVAL;
	if (var->yoffset > info->var.yres_virtual - info->var.yres ||
	    var->xoffset > info->var.xres_virtual - info->var.xres)
		return -EINVAL;
	__fb_activate(info);
	info->fbops->fb_pan_display(var, info);
	info->var.xoffset = var->xoffset;
	info->var.yoffset = var->yoffset;
	return 0;
}

/* May the mode be set? Rounds *var to what the screen can do. 0 or -EINVAL. */
static int fb_check_mode(struct fb_info *info, struct fb_var_screeninfo *var)
{
	u32 pixels;
	int err;

	if (var->xres < SMALLEST_SCREEN || var->yres < SMALLEST_SCREEN ||
	    __builtin_mul_overflow(var->xres, var->yres, &pixels) ||
	    __builtin_mul_overflow(var->xres_virtual, var->yres_virtual, &pixels))
		return -EINVAL;
	err = info->fbops->fb_check_var(var, info);
	if (err)
		return err;
	return var->xres_virtual < var->xres || var->yres_virtual < var->yres ? -EINVAL : 0;
}

static int fb_set_var(struct fb_info *info, struct fb_var_screeninfo *var)
{
	int err;

	if (var->activate &
	    FB_ACTIVATE_INV_MODE) /* remove it from a list of modes: there is none */
		return -EINVAL;
	if (!(var->activate & FB_ACTIVATE_FORCE) && info->active &&
	    !memcmp(&info->var, var, sizeof(*var)))
		return 0;
	err = fb_check_mode(info, var);
	if (err || (var->activate & FB_ACTIVATE_MASK) != FB_ACTIVATE_NOW)
		return err;
	info->var = *var;
	info->active = true;
	info->fbops->fb_set_par(info);
	if (fb_pan_display(info, var)) /* offsets that are out of range are ignored, as on Linux */
		info->fbops->fb_pan_display(&info->var, info);
	return 0;
}

/* ---- ioctl ---- */

/* The lock is not held while user memory is copied: a fault there takes mmap_sem, which fb_mmap's
   caller holds when it waits for the lock. */

static int get_fix(struct fb_info *info, void __user *arg)
{
	struct fb_fix_screeninfo fix;

	mutex_lock(&info->lock);
	fix = info->fix;
	mutex_unlock(&info->lock);
	return copy_to_user(arg, &fix, sizeof(fix)) ? -EFAULT : 0;
}

static int get_var(struct fb_info *info, void __user *arg)
{
	struct fb_var_screeninfo var;

	mutex_lock(&info->lock);
	var = info->var;
	mutex_unlock(&info->lock);
	return copy_to_user(arg, &var, sizeof(var)) ? -EFAULT : 0;
}

/* Set the mode or the offsets, and tell the caller what became of them. */
static int change_var(struct fb_info *info, void __user *arg, bool pan)
{
	struct fb_var_screeninfo var;
	int err;

	if (copy_from_user(&var, arg, sizeof(var)))
		return -EFAULT;
	var.activate &= ~FB_ACTIVATE_KD_TEXT;
	mutex_lock(&info->lock);
	err = pan ? fb_pan_display(info, &var) : fb_set_var(info, &var);
	mutex_unlock(&info->lock);
	if (!err && copy_to_user(arg, &var, sizeof(var)))
		err = -EFAULT;
	return err;
}

static int fb_blank(struct fb_info *info, unsigned long level)
{
	if (level > FB_BLANK_POWERDOWN)
		return -EINVAL;
	mutex_lock(&info->lock);
	__fb_activate(info);
	info->fbops->fb_blank(level != FB_BLANK_UNBLANK, info);
	mutex_unlock(&info->lock);
	return 0;
}

static long fb_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct fb_info *info = file->private_data;
	void __user *p = (void __user *)arg;

	switch (cmd) {
	case FBIOGET_VSCREENINFO:
		return get_var(info, p);
	case FBIOGET_FSCREENINFO:
		return get_fix(info, p);
	case FBIOPUT_VSCREENINFO:
		return change_var(info, p, false);
	case FBIOPAN_DISPLAY:
		return change_var(info, p, true);
	case FBIOGETCMAP:
		return fb_cmap_to_user(info, p);
	case FBIOPUTCMAP:
		return fb_set_user_cmap(info, p);
	case FBIOBLANK:
		return fb_blank(info, arg);
	case FBIOGET_CON2FBMAP: /* about text that is drawn into the frame buffer */
	case FBIOPUT_CON2FBMAP:
		return -EINVAL;
	default:
		return -ENOTTY;
	}
}

/* What is written is on the screen already. */
static int fb_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return 0;
}

/* ---- mmap ---- */

/* A mapping shows the frame buffer from the byte that its offset names. The processor does not
   cache it, so what a program stores is on the screen at once. */
static int fb_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct fb_info *info = file->private_data;
	int err;

	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	err = vm_iomap_memory(vma, info->fix.smem_start, info->fix.smem_len);
	if (err)
		return err;
	fb_activate(info);
	return 0;
}

static const struct file_operations fb_fops = {
	.llseek = default_llseek,
	.read = fb_read,
	.write = fb_write,
	.ioctl = fb_ioctl,
	.mmap = fb_mmap,
	.open = fb_open,
	.release = fb_release,
	.fsync = fb_fsync,
};

/* ---- registering ---- */

int register_framebuffer(struct fb_info *info)
{
	int err;

	if (registered_fb)
		return -EBUSY;
	registered_fb = info;
	err = register_chrdev(FB_MAJOR, FB_MINOR, "fb0", &fb_fops);
	if (err) {
		registered_fb = NULL;
		return err;
	}
	pr_info("fb0: %s frame buffer device\n", info->fix.id);
	return 0;
}

int fb_proc_show(struct seq_file *m, void *v)
{
	if (registered_fb)
		seq_printf(m, "%d %s\n", FB_MINOR, registered_fb->fix.id);
	return 0;
}
