/*
 * Checks that the kernel runs on itself, for the labs, each of which has a file kernel.c.
 *
 *	KERNEL_CHECK(the_heap_grows)
 *	{
 *		struct mm_struct *mm = check_mm();
 *
 *		EXPECT_EQ("do_brk(0x8049000)", do_brk(0x8049000), 0x8049000);
 *		EXPECT(mm->map_count == 1, "there are %d mappings and not 1", mm->map_count);
 *	}
 *
 * Each check runs in a kernel thread of its own. The first EXPECT that is not true ends it. What
 * the check has allocated then stays allocated, and its locks stay locked. A panic fails the check
 * that ran. Only the kernels that `make check-kernel LAB=NAME` builds have checks.
 */
#ifndef KERNEL_CHECKS_CHECK_H
#define KERNEL_CHECKS_CHECK_H

#include "kernel/abi/types.h"
#include "mm/layout.h"

struct mm_struct;

struct kernel_check {
	const char *name;
	void (*run)(void);
};

#define KERNEL_CHECK(NAME)                                                                \
	static void check_##NAME(void);                                                   \
	__attribute__((used, section(".rodata.checks"))) static const struct kernel_check \
		entry_##NAME = {#NAME, check_##NAME};                                     \
	static void check_##NAME(void)

/* ---- fixture.c ---- */
/*
 * A new address space, without mappings and with the top-down layout. It becomes the thread's own:
 * user addresses can be touched by get_user() and copy_to_user(). It is not taken apart when the
 * check ends, so that a check fails for no other function than those that it calls.
 */
struct mm_struct *check_mm(void);
/* Go on in another address space, which the caller has made by mm_alloc(). The old one stays. */
void check_use_mm(struct mm_struct *mm);
/* Take the address space apart as the exit of a process does, and look at it by mm_check() before:
   a mistake panics. The thread has none afterwards. May sleep. */
void check_exit_mm(void);
/* The thread borrows its address space from here on, so that its end leaves it as it is. */
void check_leave_mm(void);
/* A random number. The same seed gives the same numbers. */
u32 check_random(void);
/* A random number of [0, below), and a random address of a page of [low, high), which are both
   page-aligned. */
static inline u32 check_random_below(u32 below)
{
	return check_random() % below;
}
static inline unsigned long check_random_page(unsigned long low, unsigned long high)
{
	return low + check_random_below((high - low) >> PAGE_SHIFT) * PAGE_SIZE;
}
/* Begin the random numbers anew. */
void check_seed(u32 seed);

/* ---- expect.c ---- */
/* Text with arguments, for the first argument of EXPECT_EQ. Eight calls later the buffer is used
   again. */
const char *check_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The check has failed for this reason: it ends here. */
void check_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn, cold));
/* Counts an EXPECT whose condition is `holds`, which it returns. The one that the host has chosen
   to be spoiled fails here. */
bool check_counted(bool holds);
/* Fails unless is == wanted. Errors are shown by name, other numbers as in C. */
void check_equal(const char *what, long is, long wanted);
/* The reason of the last failure. */
const char *check_reason(void);
/* Before a check: count its EXPECTs from 0, and let that with the number `spoiled` fail; 0: none.
   How many there were. */
void check_count_from_zero(unsigned int spoiled);
unsigned int check_count(void);

/* COND must be true; else the text, made as by printf, says what is wrong. */
#define EXPECT(COND, FMT, ...)                          \
	do {                                            \
		if (!check_counted(COND))               \
			check_fail(FMT, ##__VA_ARGS__); \
	} while (0)
/* IS must be WANTED, both numbers or pointers of at most 32 bits; WHAT is the call or the value as
   C writes it. */
#define EXPECT_EQ(WHAT, IS, WANTED) check_equal(WHAT, (long)(IS), (long)(WANTED))

/* ---- run.c ---- */
/* The end of the thread of a check: it leaves its address space as it is. */
void check_end(void) __attribute__((noreturn));
/* Boot, before init: run the checks. Returns if the machine is to go on. */
void run_kernel_checks(void) __attribute__((weak));

#endif
