/*
 * tracefs: what the ring of the trace holds, as text, and which events go into it; mounted on
 * /sys/kernel/tracing.
 */
#ifndef KERNEL_FS_TRACEFS_TRACEFS_H
#define KERNEL_FS_TRACEFS_TRACEFS_H

/* Boot: register the file system. Panics without memory. */
void tracefs_init(void);

#endif
