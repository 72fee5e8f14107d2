/*
 * The devices of memory: /dev/mem, null, zero, full, random, urandom, kmsg.
 */
#ifndef KERNEL_DRIVERS_MEM_H
#define KERNEL_DRIVERS_MEM_H

struct file_operations;

/* ---- devmem.c: /dev/mem ---- */
extern const struct file_operations mem_fops;
enum devmem_access {
	DEVMEM_REFUSED,
	DEVMEM_ALLOWED,
	DEVMEM_ZEROS, /* reads as zeros, and what is written is lost */
};
/* What a program may do with this frame, by the list of /proc/iomem. */
enum devmem_access devmem_is_allowed(unsigned long pfn);

/* Register them; called by the VFS once devtmpfs is there. */
void mem_devices_init(void);

#endif
