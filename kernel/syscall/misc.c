/*
 * System calls that belong nowhere else: names, figures about the system, the log, random numbers,
 * restarting.
 */
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/drivers/reboot.h"
#include "kernel/time/time.h"
#include "kernel/core/utsname.h"
#include "kernel/drivers/serial.h"
#include "kernel/fs/blkdev.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "kernel/signal/signal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/trace/trace.h"
#include "kernel/x86/task/tls.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"
#include "mm/mm_types.h"
#include "mm/swap/swap.h"
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sysinfo.h>

SYSCALL_DEFINE1(newuname, struct new_utsname __user *, name)
{
	return copy_to_user(name, &init_utsname, sizeof(init_utsname)) ? -EFAULT : 0;
}

SYSCALL_DEFINE1(uname, struct old_utsname __user *, name)
{
	/* The new structure without its last field. */
	return copy_to_user(name, &init_utsname, sizeof(struct old_utsname)) ? -EFAULT : 0;
}

SYSCALL_DEFINE1(olduname, struct oldold_utsname __user *, name)
{
	struct oldold_utsname old;

	memset(&old, 0, sizeof(old)); /* all of it goes to the user */
	strlcpy(old.sysname, init_utsname.sysname, sizeof(old.sysname));
	strlcpy(old.nodename, init_utsname.nodename, sizeof(old.nodename));
	strlcpy(old.release, init_utsname.release, sizeof(old.release));
	strlcpy(old.version, init_utsname.version, sizeof(old.version));
	strlcpy(old.machine, init_utsname.machine, sizeof(old.machine));
	return copy_to_user(name, &old, sizeof(old)) ? -EFAULT : 0;
}

static long set_name(char *field, const char __user *name, int len)
{
	char tmp[__NEW_UTS_LEN + 1] = "";

	if (!has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > __NEW_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(tmp, name, len))
		return -EFAULT;
	memcpy(field, tmp, sizeof(tmp));
	return 0;
}

SYSCALL_DEFINE2(sethostname, char __user *, name, int, len)
{
	return set_name(init_utsname.nodename, name, len);
}
SYSCALL_DEFINE2(setdomainname, char __user *, name, int, len)
{
	return set_name(init_utsname.domainname, name, len);
}

/* Memory and swap space: in bytes if both together are less than 4 GiB, else in pages. */
static void sysinfo_memory(struct sysinfo *info)
{
	u64 bytes = PFN_PHYS(totalram_pages() + total_swap_pages);
	unsigned int shift = bytes == (unsigned long)bytes ? PAGE_SHIFT : 0;

	info->totalram = totalram_pages() << shift;
	info->freeram = nr_free_pages() << shift;
	info->sharedram = nr_shmem_pages() << shift;
	info->bufferram = nr_blockdev_pages() << shift;
	info->totalhigh = totalhigh_pages() << shift;
	info->freehigh = nr_free_highpages() << shift;
	info->totalswap = total_swap_pages << shift;
	info->freeswap = nr_swap_pages << shift;
	info->mem_unit = PAGE_SIZE >> shift;
}

SYSCALL_DEFINE1(sysinfo, struct sysinfo __user *, uinfo)
{
	const int load_fraction_bits = 11;
	struct timespec64 up = ns_to_timespec64(ktime_get_ns());
	struct sysinfo info;
	int i;

	memset(&info, 0, sizeof(info));
	info.uptime = up.tv_sec + (up.tv_nsec ? 1 : 0);
	get_avenrun(info.loads);
	for (i = 0; i < 3; i++)
		info.loads[i] <<= SI_LOAD_SHIFT - load_fraction_bits;
	sysinfo_memory(&info);
	info.procs = nr_threads;
	return copy_to_user(uinfo, &info, sizeof(info)) ? -EFAULT : 0;
}

SYSCALL_DEFINE3(getrandom, char __user *, ubuf, size_t, len, unsigned int, flags)
{
	const size_t len_max = 0x7fffffff;
	u8 chunk[128];
	size_t done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & (GRND_INSECURE | GRND_RANDOM)) == (GRND_INSECURE | GRND_RANDOM))
		return -EINVAL;
	len = min(len, len_max);
	if (!access_ok(ubuf, len))
		return -EFAULT;
	while (done < len) {
		size_t n = min(len - done, sizeof(chunk)), left;

		get_random_bytes(chunk, n);
		left = copy_to_user(ubuf + done, chunk, n);
		done += n - left;
		if (left)
			break;
		if (!(done % PAGE_SIZE)) {
			if (signal_pending(current))
				break;
			cond_resched();
		}
	}
	memset(chunk, 0, sizeof(chunk));
	return done || !len ? (long)done : -EFAULT;
}

/* What was printed or traced still goes out. */
static void drain_ports(void)
{
	trace_serial_drain();
	serial_drain();
}

SYSCALL_DEFINE4(reboot, int, magic1, int, magic2, unsigned int, cmd, void __user *, arg)
{
	if (!has_cap(CAP_SYS_BOOT))
		return -EPERM;
	if (magic1 != (int)LINUX_REBOOT_MAGIC1 ||
	    (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
	     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (cmd) {
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		pr_emerg("reboot: Restarting system\n");
		drain_ports();
		machine_restart();
	case LINUX_REBOOT_CMD_HALT:
		pr_emerg("reboot: System halted\n");
		drain_ports();
		machine_halt();
	case LINUX_REBOOT_CMD_POWER_OFF:
		pr_emerg("reboot: Power down\n");
		drain_ports();
		machine_power_off();
	case LINUX_REBOOT_CMD_CAD_ON:
		cad_restarts = true;
		return 0;
	case LINUX_REBOOT_CMD_CAD_OFF:
		cad_restarts = false;
		return 0;
	default:
		return -EINVAL;
	}
}

SYSCALL_DEFINE1(set_thread_area, struct user_desc __user *, u_info)
{
	return do_set_thread_area(current, -1, u_info, 1);
}
SYSCALL_DEFINE1(get_thread_area, struct user_desc __user *, u_info)
{
	return do_get_thread_area(current, -1, u_info);
}
