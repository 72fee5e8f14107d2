/*
 * start_kernel: the order in which the kernel comes to life, as a checklist. What a step needs of
 * the earlier ones is said where it is not plain.
 */
#include "kernel/block/blkdev.h"
#include "kernel/checks/check.h"
#include "kernel/core/cmdline.h"
#include "kernel/crash.h"
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/core/spinlock.h"
#include "kernel/time/time.h"
#include "kernel/core/utsname.h"
#include "kernel/drivers/fb.h"
#include "kernel/drivers/pci.h"
#include "kernel/drivers/ramdisk.h"
#include "kernel/drivers/rtc.h"
#include "kernel/drivers/serial.h"
#include "kernel/drivers/tty.h"
#include "kernel/drivers/vga.h"
#include "kernel/drivers/virtio.h"
#include "kernel/exec/exec.h"
#include "kernel/fs/ext2/ext2.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/namei.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/fs/sysfs/sysfs.h"
#include "kernel/fs/tracefs/tracefs.h"
#include "kernel/fs/writeback.h"
#include "kernel/ipc/ipc.h"
#include "kernel/process/process_trace.h"
#include "kernel/sched/sched.h"
#include "kernel/syscall/table.h"
#include "kernel/signal/signal.h"
#include "kernel/trace/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/task/fpu.h"
#include "kernel/irq/irq.h"
#include "kernel/x86/entry/setup.h"
#include "kernel/x86/task/switch.h"
#include "kernel/x86/task/vdso.h"
#include "mm/ksm.h"
#include "mm/aslr.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/phys/memblock.h"
#include "mm/mm.h"
#include "mm/mm_trace.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include "mm/reclaim/reclaim.h"
#include <linux/fcntl.h>

#define INIT_NAME_MAX 128

void start_kernel(u32 magic, u32 info);

static const char *const init_envp[] = {"HOME=/", "TERM=linux", NULL};

/* Try to become a program: returns only if that fails. 0: it is one now. */
static int run_init_process(const char *name)
{
	const char *const argv[] = {name, NULL};

	pr_info("Run %s as init process\n", name);
	return kernel_execve(name, argv, init_envp);
}

/* Descriptors 0, 1 and 2 of init: the console. */
static void open_console(void)
{
	struct file *file = filp_open("/dev/console", O_RDWR, 0);
	int i, fd;

	if (IS_ERR(file)) {
		pr_err("Warning: unable to open an initial console (error %ld).\n", -PTR_ERR(file));
		return;
	}
	for (i = 0; i < 3; i++) {
		fd = get_unused_fd_flags(0);
		if (fd < 0)
			panic("No memory for the descriptors of init");
		fd_install(fd, get_file(file));
	}
	fput(file);
}

/* The threads that work for all others. They come after init, whose pid must be 1. */
static void start_kernel_threads(void)
{
	if (IS_ERR(kthread_run(flusher, NULL, "flush")) ||
	    IS_ERR(kthread_run(kswapd, NULL, "kswapd0")) ||
	    IS_ERR(kthread_run(kcompactd, NULL, "kcompactd0")) ||
	    IS_ERR(kthread_run(ksmd, NULL, "ksmd")) ||
	    IS_ERR(kthread_run(khugepaged, NULL, "khugepaged")))
		panic("No memory for the kernel threads");
}

/* The first kernel thread: pid 1. Drivers may sleep from here on. */
static int kernel_init(void *unused)
{
	static const char *const candidates[] = {"/sbin/init", "/etc/init", "/bin/init", "/bin/sh"};
	char name[INIT_NAME_MAX];
	unsigned int i;
	int err;

	crash_on_request();
	pci_init();
	tty_init();
	serial_init();
	vga_init();
	keyboard_init();
	bochs_fb_init();
	ramdisk_init();
	virtio_blk_init();
	ext2_init();
	start_kernel_threads();
	mount_root();
	overcommit_init();
	open_console();
	if (run_kernel_checks && cmdline_has("checks"))
		run_kernel_checks();
	if (cmdline_get("init", name, sizeof(name)) >= 0) {
		err = run_init_process(name);
		if (!err)
			return 0;
		panic("Requested init %s failed (error %d).", name, err);
	}
	for (i = 0; i < ARRAY_SIZE(candidates); i++) {
		err = run_init_process(candidates[i]);
		if (!err)
			return 0;
		if (err != -ENOENT)
			pr_err("Starting init: %s exists but couldn't execute it (error %d)\n",
			       candidates[i], err);
	}
	panic("No working init found. Try passing init= option to kernel.");
}

/* The rest of start_kernel, on a stack with a guard page; ends as the idle task. */
static void rest_init(void)
{
	struct task_struct *init;

	task_init();
	fork_init();
	signals_init();
	mm_init_caches();
	reclaim_init();
	bio_init_pools();
	vfs_init();
	ipc_init();
	hugetlb_init();
	hugepage_init();
	hugetlbfs_init();
	proc_init();
	sysfs_init();
	tracefs_init();
	mm_trace_init();
	process_trace_init();
	syscall_trace_init();
	trace_init();
	init = kthread_run(kernel_init, NULL, "init");
	if (IS_ERR(init))
		panic("No memory for init");
	if (IS_ERR(kthread_run(kblockd, NULL, "kblockd")))
		panic("No memory for kblockd");
	allow_sleeping();
	sched_debug_init();
	cpu_idle();
}

void start_kernel(u32 magic, u32 info)
{
	/* The loader's information, traps, the processor, the clock, the memory map, page tables.
	 */
	setup_arch(magic, info);
	pr_notice("%s", linux_banner);
	serial_console_init();
	vga_console_init();

	/* Memory. */
	mem_init();
	kmem_cache_init(MAPIX_DEBUG || cmdline_has("slab_debug"));
	vmalloc_init();
	mark_rodata_ro();
	vdso_init();

	/* Tasks, interrupts and time. */
	sched_init();
	fpu_init();
	init_IRQ();
	timekeeping_init(rtc_read_time());
	random_init();
	aslr_init();
	tick_init();
	local_irq_enable();

	init_task.stack = alloc_thread_stack();
	if (!init_task.stack)
		panic("No memory for the idle task's stack");
	call_on_stack(rest_init, (char *)init_task.stack + THREAD_SIZE);
}
