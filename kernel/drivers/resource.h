/*
 * The owners of physical addresses and ports: /proc/iomem and /proc/ioports.
 */
#ifndef KERNEL_DRIVERS_RESOURCE_H
#define KERNEL_DRIVERS_RESOURCE_H

#include "kernel/abi/types.h"

struct resource {
	u64 start, end; /* both inclusive */
	const char *name;
	struct resource *parent, *sibling, *child; /* by address */
	unsigned int flags;			   /* IORESOURCE_, as in Linux */
};
#define IORESOURCE_SYSTEM_RAM 0x01000000
#define IORESOURCE_BUSY	      0x80000000 /* a driver uses it: no program may */

extern struct resource iomem_resource, ioport_resource;

/* Put `new`, which stays where it is for ever, below `root`, inside whatever holds all of it and
   around whatever it holds. -EBUSY if it overlaps another in part. */
int insert_resource(struct resource *root, struct resource *new);
/* The same with memory of its own, while the page allocator works; failure is silent, as nothing
   but the lists depends on it. The name stays the caller's. */
void add_resource(struct resource *root, u64 start, u64 size, const char *name);
/* A driver takes possession of device memory, for ever: adds it, marked IORESOURCE_BUSY. */
void request_mem_region(u64 start, u64 size, const char *name);
/* Does a resource with any of these flags touch [start, start + size)? */
bool region_intersects(const struct resource *root, u64 start, u64 size, unsigned int flags);
/* The one after r in the order of the lists: children first. NULL: r was the last. */
struct resource *next_resource(const struct resource *r);

#endif
