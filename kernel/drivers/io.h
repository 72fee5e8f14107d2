/*
 * Registers of a device in memory (ioremap): each access is made once, with its size, in the order
 * of the program.
 */
#ifndef KERNEL_DRIVERS_IO_H
#define KERNEL_DRIVERS_IO_H

#include "kernel/x86/cpu.h"

static inline u8 ioread8(const void *addr)
{
	return READ_ONCE(*(const u8 *)addr);
}
static inline u16 ioread16(const void *addr)
{
	return READ_ONCE(*(const u16 *)addr);
}
static inline u32 ioread32(const void *addr)
{
	return READ_ONCE(*(const u32 *)addr);
}
/* What was written to memory before is there when the device sees the write. */
static inline void iowrite8(u8 v, void *addr)
{
	barrier();
	WRITE_ONCE(*(u8 *)addr, v);
}
static inline void iowrite16(u16 v, void *addr)
{
	barrier();
	WRITE_ONCE(*(u16 *)addr, v);
}
static inline void iowrite32(u32 v, void *addr)
{
	barrier();
	WRITE_ONCE(*(u32 *)addr, v);
}

#endif
