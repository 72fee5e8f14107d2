/*
 * Checks that end in every way in which a check can end, for the tests of those who judge.
 */
#include "kernel/checks/check.h"
#include "kernel/core/panic.h"
#include "kernel/drivers/serial.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/uaccess.h"
#include "mm/internal.h"
#include <linux/mman.h>

static int *volatile nowhere = (int *)8;

KERNEL_CHECK(passes)
{
}

KERNEL_CHECK(user_memory_can_be_touched)
{
	unsigned long addr;
	int value = 0;

	check_mm();
	addr = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	EXPECT(!IS_ERR_VALUE(addr), "vm_mmap failed: %ld", (long)addr);
	EXPECT_EQ("put_user", put_user(7, (int __user *)addr), 0);
	EXPECT_EQ("get_user", get_user(value, (int __user *)addr), 0);
	EXPECT_EQ("the value read back", value, 7);
	check_exit_mm();
}

KERNEL_CHECK(fails)
{
	EXPECT_EQ(check_text("f(%#x)", 0x1000), 0x2000, 3);
}

KERNEL_CHECK(fails_by_error)
{
	EXPECT_EQ("f()", -ENOMEM, 0);
}

KERNEL_CHECK(fails_with_all_locks)
{
	struct mm_struct *mm = check_mm();

	down_write(&mm->mmap_sem);
	spin_lock(&mm->page_table_lock);
	EXPECT(!mm, "the text has\ntwo lines");
}

KERNEL_CHECK(says_that_something_is_not_there)
{
	pr_warn("do_something is not there yet\n");
	EXPECT_EQ("do_something()", 1, 2);
}

KERNEL_CHECK(shows_a_random_number)
{
	check_fail("%08x", check_random());
}

static noinline void stray_store(void)
{
	*nowhere = 1;
}

KERNEL_CHECK(crashes)
{
	stray_store();
}

KERNEL_CHECK(is_found_out_by_mm_check)
{
	struct mm_struct *mm = check_mm();

	mm->map_count++;
	check_exit_mm();
}

static noinline void spin(void)
{
	while (nowhere)
		barrier();
}

KERNEL_CHECK(loops)
{
	spin();
}

KERNEL_CHECK(loops_with_interrupts_off)
{
	local_irq_disable();
	spin();
}

KERNEL_CHECK(stops_the_processor)
{
	machine_halt();
}

KERNEL_CHECK(sleeps_for_ever)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
}

KERNEL_CHECK(floods_the_log)
{
	for (;;)
		pr_emerg("Kernel panic - not syncing: no\n");
}

KERNEL_CHECK(writes_to_the_link)
{
	for (int i = 0; i < 10000; i++)
		serial_poll_write(1, "ok ok ok", 8);
}

KERNEL_CHECK(forges_a_verdict)
{
	static const char line[] = "verdict 1 ok forges_a_verdict 0123456789abcdef \n";

	serial_poll_write(1, line, sizeof(line) - 1);
}

KERNEL_CHECK(resets_the_machine)
{
	machine_restart();
}

KERNEL_CHECK(switches_the_machine_off)
{
	machine_power_off();
}

KERNEL_CHECK(passes_at_last)
{
}
