/* The system as a whole: names, memory, messages, mounts, power, random numbers. */
#include <linux/reboot.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

int sethostname(const char *name, size_t len)
{
	return sys2(SYS_sethostname, name, len);
}

int sysinfo(struct sysinfo *info)
{
	return sys1(SYS_sysinfo, info);
}

int klogctl(int type, char *buf, int len)
{
	return sys3(SYS_syslog, type, buf, len);
}

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data)
{
	return sys5(SYS_mount, source, target, type, flags, data);
}

int umount2(const char *target, int flags)
{
	return sys2(SYS_umount2, target, flags);
}

int swapon(const char *path, int flags)
{
	return sys2(SYS_swapon, path, flags);
}

int swapoff(const char *path)
{
	return sys1(SYS_swapoff, path);
}

int reboot(int cmd)
{
	return sys4(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, NULL);
}

int personality(unsigned long persona)
{
	return sys1(SYS_personality, persona);
}
