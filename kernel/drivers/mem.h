/*
 * The devices of memory: /dev/mem, null, zero, full, random, urandom, kmsg.
 */
#ifndef KERNEL_DRIVERS_MEM_H
#define KERNEL_DRIVERS_MEM_H

struct file_operations;

extern const struct file_operations mem_fops; /* devmem.c: /dev/mem */

/* Register them; called by the VFS once devtmpfs is there. */
void mem_devices_init(void);

#endif
