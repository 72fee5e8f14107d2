/*
 * Address ranges in use, as two trees: what lies inside another range is its child.
 */
#include "kernel/drivers/resource.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

#define LAST_PORT 0xffff

struct resource iomem_resource = {.end = ~0ULL, .name = "PCI mem"};
struct resource ioport_resource = {.end = LAST_PORT, .name = "PCI IO"};

static bool holds(const struct resource *a, const struct resource *b)
{
	return a->start <= b->start && a->end >= b->end;
}

static bool overlap(const struct resource *a, const struct resource *b)
{
	return a->start <= b->end && b->start <= a->end;
}

/* Make the run of children from *p on that `new` holds its own, and put it in their place. */
static void take_place(struct resource *parent, struct resource **p, struct resource *new)
{
	struct resource *first = *p, **end = p;

	while (*end && holds(new, *end)) {
		(*end)->parent = new;
		end = &(*end)->sibling;
	}
	new->parent = parent;
	new->child = first != *end ? first : NULL;
	new->sibling = *end;
	*end = NULL; /* behind the last child; or *p itself, set next */
	*p = new;
}

int insert_resource(struct resource *root, struct resource *new)
{
	struct resource *parent = root, **p = &root->child;

	while (*p && (*p)->start <= new->end) {
		if (!overlap(*p, new)) {
			p = &(*p)->sibling;
		} else if (holds(*p, new)) {
			parent = *p;
			p = &parent->child;
		} else {
			break;
		}
	}
	for (struct resource *r = *p; r && overlap(r, new); r = r->sibling) {
		if (!holds(new, r))
			return -EBUSY;
	}
	take_place(parent, p, new);
	return 0;
}

static void add_flagged(struct resource *root, u64 start, u64 size, const char *name,
			unsigned int flags)
{
	struct resource *r = size ? kzalloc(sizeof(*r), GFP_KERNEL) : NULL;

	if (!r)
		return;
	*r = (struct resource){
		.start = start, .end = start + size - 1, .name = name, .flags = flags};
	if (insert_resource(root, r))
		kfree(r);
}

void add_resource(struct resource *root, u64 start, u64 size, const char *name)
{
	add_flagged(root, start, size, name, 0);
}

void request_mem_region(u64 start, u64 size, const char *name)
{
	add_flagged(&iomem_resource, start, size, name, IORESOURCE_BUSY);
}

bool region_intersects(const struct resource *root, u64 start, u64 size, unsigned int flags)
{
	for (const struct resource *r = root->child; r; r = next_resource(r))
		if (r->flags & flags && r->start < start + size && r->end >= start)
			return true;
	return false;
}

struct resource *next_resource(const struct resource *r)
{
	if (r->child)
		return r->child;
	while (!r->sibling && r->parent)
		r = r->parent;
	return r->sibling;
}
