/*
 * Clearing and copying whole pages with the processor's string instructions.
 */
#ifndef KERNEL_X86_PAGE_H
#define KERNEL_X86_PAGE_H

/* Both take page-aligned kernel addresses that are mapped. */
static inline void clear_page(void *page)
{
	unsigned long words = 1024;

	__asm__ volatile("rep stosl" : "+D"(page), "+c"(words) : "a"(0) : "memory");
}
static inline void copy_page(void *to, const void *from)
{
	unsigned long words = 1024;

	__asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words)::"memory");
}

#endif
