/*
 * The devices of memory: /dev/null, zero, full, random, urandom, kmsg.
 */
#ifndef KERNEL_DRIVERS_MEM_H
#define KERNEL_DRIVERS_MEM_H

/* Register them; called by the VFS once devtmpfs is there. */
void mem_devices_init(void);

#endif
