/*
 * The kernel's gravest mistakes, committed on purpose, so that the tests can see each of them
 * caught: mapix.crash=null|text|rodata|nx|stack|bug|doublefree|overrun|triple|hog. In debug builds
 * only.
 */
#include "kernel/crash.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/panic.h"
#include "kernel/time/time.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"

#if MAPIX_DEBUG

#	define KIND_MAX       32
#	define HOG_ALLOWED_MS 10
#	define HOG_US	       100000

static int *volatile nowhere = (int *)8;
static const int constant = 1;

static noinline void crash_null(void)
{
	*nowhere = 1;
}

static noinline void crash_text(void)
{
	*(volatile char *)crash_null = 0;
}

static noinline void crash_rodata(void)
{
	*(volatile int *)&constant = 2;
}

/* Without NX, the code runs. */
static noinline void crash_nx(void)
{
	static u8 code[] = {0xc3}; /* ret */

	((void (*)(void))code)();
}

/* Down until the guard page is hit. It ends one day, so that the compiler takes it as it is. */
static noinline int deeper(unsigned int n)
{
	volatile char local[64];

	local[0] = (char)n;
	return n ? deeper(n - 1) + local[0] : 0;
}

static noinline void crash_stack(void)
{
	deeper(~0U);
}

static noinline void crash_bug(void)
{
	BUG_ON(nowhere != NULL);
}

static noinline void crash_doublefree(void)
{
	void *object = kmalloc(100, GFP_KERNEL);

	kfree(object);
	kfree(object);
}

static noinline void crash_overrun(void)
{
	char *volatile object = kmalloc(100, GFP_KERNEL);

	object[128] = 'x';
	kfree(object);
}

/* No handler for any exception: the processor resets, and nobody says a word. */
static noinline void crash_triple(void)
{
	static const struct desc_ptr no_idt;

	lidt(&no_idt);
	raise_breakpoint();
}

/* It keeps the processor although another wants it. */
static noinline void crash_hog(void)
{
	latency_warn_ms = HOG_ALLOWED_MS;
	set_task_work(current, TIF_NEED_RESCHED);
	udelay(HOG_US);
	clear_task_work(current, TIF_NEED_RESCHED);
}

void crash_on_request(void)
{
	static const struct {
		const char *name;
		void (*commit)(void);
	} kinds[] = {
		{"null", crash_null},
		{"text", crash_text},
		{"rodata", crash_rodata},
		{"nx", crash_nx},
		{"stack", crash_stack},
		{"bug", crash_bug},
		{"doublefree", crash_doublefree},
		{"overrun", crash_overrun},
		{"triple", crash_triple},
		{"hog", crash_hog},
	};
	char wanted[KIND_MAX];

	if (cmdline_get("mapix.crash", wanted, sizeof(wanted)) < 0)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(wanted, kinds[i].name)) {
			kinds[i].commit();
			panic("mapix.crash=%s was not caught", wanted);
		}
	}
	pr_err("mapix.crash=%s: no such kind\n", wanted);
}

#endif
