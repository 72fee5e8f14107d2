/*
 * The floor below the memory allocators, on the host: physical memory is an array, the direct map
 * is its address, and panic() jumps back to the test that expects it. Included before the
 * allocators' source files, it takes the place of the kernel's headers of the same guards.
 */
#ifndef TESTS_HOST_STUBS_MM_HOST_H
#define TESTS_HOST_STUBS_MM_HOST_H

#include "tests/host/hosttest.h"
#include "kernel/abi/types.h"
#include <setjmp.h>
#include <sys/mman.h>

/* --- mm/layout.h --- */
#define MM_LAYOUT_H
#define PAGE_SHIFT 12
#undef PAGE_SIZE
#undef PAGE_MASK
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(a)	(((a) + PAGE_SIZE - 1) & PAGE_MASK)
#define MAXMEM		(896UL << 20)
#define PAGE_OFFSET	host_page_offset
#define KERNEL_LOAD	(PAGE_OFFSET + 0x100000UL)
#define __pa(x)		((unsigned long)(x)-PAGE_OFFSET)
#define __va(x)		((void *)((unsigned long)(x) + PAGE_OFFSET))
#define PFN_PHYS(pfn)	((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(x)	((unsigned long)((x) >> PAGE_SHIFT))
#define PFN_UP(x)	(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	((x) >> PAGE_SHIFT)
#define pfn_to_kaddr(p) __va(PFN_PHYS(p))
static unsigned long host_page_offset;
extern unsigned long max_pfn, max_low_pfn;
extern void *high_memory;

/* --- kernel/core/printk.h and panic.h --- */
#define KERNEL_CORE_PRINTK_H
#define KERNEL_CORE_PANIC_H
static int host_messages; /* printed by the code under test */
#define pr_info(...) ((void)(host_messages++, 0 ? printf(__VA_ARGS__) : 0))
#define pr_warn(...) pr_info(__VA_ARGS__)
#define pr_err(...)  pr_info(__VA_ARGS__)

static jmp_buf panic_jump;
static int panic_expected;
static char panic_text[256];

__attribute__((noreturn, format(printf, 1, 2))) static inline void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(panic_text, sizeof(panic_text), fmt, args);
	va_end(args);
	if (panic_expected)
		longjmp(panic_jump, 1);
	printf("# panic: %s\n", panic_text);
	exit(1);
}
#define BUG_ON(cond)                                                          \
	do {                                                                  \
		if (cond)                                                     \
			panic("BUG at %s:%d: %s", __FILE__, __LINE__, #cond); \
	} while (0)
#define WARN_ON(cond) (cond)

/* The code under test keeps nothing in registers across a panic that a test could look at. */
#pragma GCC diagnostic ignored "-Wclobbered"

/* Run the statement and demand a panic whose text contains `words`. */
#define EXPECT_PANIC(words, statement)                            \
	do {                                                      \
		panic_expected = 1;                               \
		if (!setjmp(panic_jump)) {                        \
			statement;                                \
			CHECK(!"no panic: " #statement);          \
		} else if (!strstr(panic_text, words)) {          \
			printf("# panic text: %s\n", panic_text); \
			CHECK(!"another panic than " words);      \
		}                                                 \
		panic_expected = 0;                               \
	} while (0)

/* --- libc/include/string.h: the host's serves --- */
#define LIBC_STRING_H

/* --- kernel/trace/trace.h: nobody reads --- */
#define KERNEL_TRACE_TRACE_H
#include "kernel/trace/trace_abi.h"
#define TRACE_BIT(event) (1U << (event))
#define trace_mask	 0U
#define trace_on(event)	 false
#define trace_event(...) ((void)0)
static inline void trace_write_named(int type, u32 insns, const u32 *arg, unsigned int n, int kind,
				     const char *name)
{
}
struct trace_switch {
	u32 events;
	void (*set)(bool on);
};
static inline void trace_register_switch(struct trace_switch *s)
{
}

/* --- mm/phys/highmem.h: all of the array can be reached --- */
#define MM_PHYS_HIGHMEM_H
#define clear_highpage(page) memset(lowmem_page_address(page), 0, PAGE_SIZE)

/* Memory for the machine of the test, `pages` frames from 0 on, filled with rubbish. */
static inline void host_memory(unsigned long pages)
{
	char *ram = mmap(NULL, (pages << PAGE_SHIFT) + (4UL << 20), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (ram == MAP_FAILED)
		exit(1);
	host_page_offset = ((unsigned long)ram + (4UL << 20) - 1) & ~((4UL << 20) - 1);
	memset((void *)host_page_offset, 0xe7, pages << PAGE_SHIFT);
}

#endif
