/*
 * The checks of lists in debug kernels: who changes a list must find it as it was left. They find a
 * list that was damaged where it is used next, and an entry that is on two lists.
 */
#include "kernel/core/panic.h"
#include "kernel/lib/list.h"

#if MAPIX_DEBUG
void list_check(const struct list_head *prev, const struct list_head *entry,
		const struct list_head *next)
{
	if (next == LIST_POISON1 || prev == LIST_POISON2)
		panic("list: %p is deleted twice", (void *)entry);
	if (prev->next != entry || next->prev != entry)
		panic("list: %p is deleted, but its neighbours are %p (next: %p) and %p (prev: %p)",
		      (void *)entry, (void *)prev, (void *)prev->next, (void *)next,
		      (void *)next->prev);
}

void list_check_gap(const struct list_head *prev, const struct list_head *entry,
		    const struct list_head *next)
{
	if (prev->next != next || next->prev != prev)
		panic("list: %p is added between %p (next: %p) and %p (prev: %p)", (void *)entry,
		      (void *)prev, (void *)prev->next, (void *)next, (void *)next->prev);
	if (entry == prev || entry == next)
		panic("list: %p is added twice", (void *)entry);
}
#endif
