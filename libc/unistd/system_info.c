/* The system as a whole: names, memory, messages, mounts, power, random numbers. */
#include <linux/reboot.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

#define LOADS 3

_Static_assert(sizeof(struct utsname) == sizeof(struct new_utsname), "the kernel's new_utsname");

int uname(struct utsname *buf)
{
	return sys1(SYS_uname, buf);
}

int gethostname(char *buf, size_t size)
{
	struct utsname name;

	if (uname(&name) < 0)
		return -1;
	if (strlcpy(buf, name.nodename, size) >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return 0;
}

int getdomainname(char *buf, size_t size)
{
	struct utsname name;

	if (uname(&name) < 0)
		return -1;
	if (strlcpy(buf, name.domainname, size) >= size) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int sethostname(const char *name, size_t len)
{
	return sys2(SYS_sethostname, name, len);
}

int sysinfo(struct sysinfo *info)
{
	return sys1(SYS_sysinfo, info);
}

int getloadavg(double *loads, int n)
{
	struct sysinfo info;
	int i;

	if (sysinfo(&info) < 0)
		return -1;
	if (n > LOADS)
		n = LOADS;
	for (i = 0; i < n; i++)
		loads[i] = info.loads[i] / (double)(1 << SI_LOAD_SHIFT);
	return n;
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

int umount(const char *target)
{
	return umount2(target, 0);
}

int reboot(int cmd)
{
	return sys4(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, NULL);
}

int personality(unsigned long persona)
{
	return sys1(SYS_personality, persona);
}

int prctl(int option, ...)
{
	unsigned long arg[4];
	va_list ap;
	int i;

	va_start(ap, option);
	for (i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	return sys5(SYS_prctl, option, arg[0], arg[1], arg[2], arg[3]);
}

ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	return sys3(SYS_getrandom, buf, len, flags);
}

/* At most 256 bytes, and either all of them or an error. */
int getentropy(void *buf, size_t len)
{
	char *p = buf;

	if (len > 256) {
		errno = EIO;
		return -1;
	}
	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

char *getlogin(void)
{
	char *name = getenv("LOGNAME");

	if (!name)
		errno = ENOENT;
	return name;
}
