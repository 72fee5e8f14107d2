/* Packing of device numbers (Linux include/linux/kdev_t.h, new_encode_dev). */
#ifndef LIBC_SYS_SYSMACROS_H
#define LIBC_SYS_SYSMACROS_H

#define major(dev) ((unsigned int)((((dev) >> 8) & 0xfffULL) | (((dev) >> 32) & 0xfffff000ULL)))
#define minor(dev) ((unsigned int)(((dev)&0xffULL) | (((dev) >> 12) & 0xffffff00ULL)))
#define makedev(maj, min)                                                                          \
	((((maj)&0xfffff000ULL) << 32) | (((maj)&0xfffULL) << 8) | (((min)&0xffffff00ULL) << 12) | \
	 ((min)&0xffULL))

#endif
