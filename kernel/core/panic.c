/*
 * When the kernel cannot go on: say why, show where, stop.
 */
#include "kernel/core/panic.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/printk_internal.h"
#include "kernel/core/clock.h"
#include "kernel/core/utsname.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/thread.h"
#include "libc/include/bits/format.h"
#include "libc/include/string.h"

#define SYMBOL_MAX   96
#define REASON_MAX   256
#define MAX_FRAMES   32
#define US_PER_TENTH 100000

bool panic_in_progress;
void (*running_task_hook)(struct running_task *task);

static struct running_task running_task(void)
{
	struct running_task task = {.comm = "swapper"};

	if (running_task_hook)
		running_task_hook(&task);
	return task;
}

/* Does a pair of words (saved frame pointer, return address) lie at bp on the running stack? */
static bool frame_on_stack(unsigned long bp)
{
	unsigned long stack = current_stack_pointer() & ~(THREAD_SIZE - 1UL);
	unsigned long own = (unsigned long)running_task().stack;

	if (own && bp >= own && bp <= own + THREAD_SIZE - 2 * sizeof(long))
		stack = own;
	return !(bp % sizeof(long)) && bp >= stack && bp <= stack + THREAD_SIZE - 2 * sizeof(long);
}

static void show_address(const char *level, unsigned long ip)
{
	char symbol[SYMBOL_MAX];

	printk("%s [<%08lx>] %s\n", level, ip, sprint_symbol(symbol, sizeof(symbol), ip));
}

static void show_trace_at(const char *level, unsigned long ip, unsigned long bp)
{
	int n;

	printk("%sCall Trace:\n", level);
	if (ip)
		show_address(level, ip);
	for (n = 0; n < MAX_FRAMES && frame_on_stack(bp); n++) {
		const unsigned long *frame = (const unsigned long *)bp;

		if (!is_kernel_text(frame[1]))
			break;
		show_address(level, frame[1]);
		if (frame[0] <= bp)
			break;
		bp = frame[0];
	}
}

void show_trace(unsigned long ip, unsigned long bp)
{
	show_trace_at(KERN_EMERG, ip, bp);
}

static void dump_stack_at(const char *level)
{
	struct running_task task = running_task();

	printk("%sCPU: 0 PID: %d Comm: %s Not tainted %s %.*s\n", level, task.pid, task.comm,
	       init_utsname.release, (int)strcspn(init_utsname.version, " "), init_utsname.version);
	show_trace_at(level, 0, current_frame_pointer());
}

void dump_stack(void)
{
	dump_stack_at(KERN_WARNING);
}

void show_regs_at(const struct pt_regs *regs, unsigned long sp)
{
	struct running_task task = running_task();
	char symbol[SYMBOL_MAX];

	pr_emerg("Task: %s[%d]  EIP: %s\n", task.comm, task.pid,
		 sprint_symbol(symbol, sizeof(symbol), regs->ip));
	pr_emerg("EAX: %08lx EBX: %08lx ECX: %08lx EDX: %08lx\n", regs->ax, regs->bx, regs->cx,
		 regs->dx);
	pr_emerg("ESI: %08lx EDI: %08lx EBP: %08lx ESP: %08lx\n", regs->si, regs->di, regs->bp, sp);
	pr_emerg("EIP: %08lx DS: %04lx ES: %04lx FS: %04lx GS: %04lx CS: %04lx SS: %04lx EFLAGS: "
		 "%08lx\n",
		 regs->ip, regs->ds & 0xffff, regs->es & 0xffff, regs->fs & 0xffff,
		 regs->gs & 0xffff, regs->cs & 0xffff,
		 user_mode(regs) ? regs->ss & 0xffff : __KERNEL_DS, regs->flags);
	pr_emerg("CR0: %08lx CR2: %08lx CR3: %08lx CR4: %08lx\n", read_cr0(), read_cr2(),
		 read_cr3(), read_cr4());
}

void show_regs(const struct pt_regs *regs)
{
	show_regs_at(regs, regs_stack_pointer(regs));
}

void warn_at(const char *file, int line, const char *what)
{
	pr_warn("WARNING: %s at %s:%d\n", what, file, line);
	dump_stack();
}

void bug_at(const char *file, int line, const char *what)
{
	panic("kernel BUG at %s:%d: %s", file, line, what);
}

/* The boot option panic=: seconds until restart; 0 never, negative at once. */
static void __noreturn panic_end(void)
{
	long timeout = 0;
	char value[16];

	if (cmdline_get("panic", value, sizeof(value)) >= 0)
		timeout = value[0] == '-' ? -1 : (long)cmdline_get_ulong("panic", 0);
	if (!timeout)
		machine_halt();
	for (timeout *= 10; timeout > 0; timeout--)
		udelay(US_PER_TENTH);
	machine_restart();
}

void panic(const char *fmt, ...)
{
	static char reason[REASON_MAX];
	va_list args;

	local_irq_disable();
	if (panic_in_progress) /* the report itself failed */
		machine_halt();
	panic_in_progress = true;
	if (console_loglevel) /* loglevel=0 means: not even this */
		console_loglevel = LOGLEVEL_DEBUG;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	console_unblank();
	printk_flush();
	pr_emerg("Kernel panic - not syncing: %s\n", reason);
	dump_stack_at(KERN_EMERG);
	pr_emerg("---[ end Kernel panic - not syncing: %s ]---\n", reason);
	panic_end();
}
