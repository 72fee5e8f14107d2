/*
 * The three calls that tell the system's names, and the two that set them.
 */
#include "check.h"
#include <sys/syscall.h>
#include <sys/utsname.h>

#define OLD_UTS_LEN 8
#define UTS_LEN	    64

/* Linux's structures of the two older calls */
struct oldold_utsname {
	char sysname[OLD_UTS_LEN + 1], nodename[OLD_UTS_LEN + 1], release[OLD_UTS_LEN + 1],
		version[OLD_UTS_LEN + 1], machine[OLD_UTS_LEN + 1];
};
struct old_utsname {
	char sysname[UTS_LEN + 1], nodename[UTS_LEN + 1], release[UTS_LEN + 1],
		version[UTS_LEN + 1], machine[UTS_LEN + 1];
};

static void check_clean(const char *field, int size)
{
	int i, length = strnlen(field, size);

	CHECK(length < size);
	for (i = length; i < size; i++)
		CHECK_EQ(field[i], 0);
}

TEST(uname)
{
	struct utsname new;
	struct old_utsname old;

	memset(&new, 0xff, sizeof(new));
	memset(&old, 0xff, sizeof(old));
	CHECK(syscall(SYS_uname, &new) == 0);
	CHECK(syscall(SYS_olduname, &old) == 0);
	CHECK_STR(new.sysname, "Linux");
	CHECK(strncmp(new.release, "6.1.", 4) == 0);
	CHECK_STR(new.machine, "i686");
	CHECK_STR(old.sysname, new.sysname);
	CHECK_STR(old.release, new.release);
	CHECK_STR(old.version, new.version);
	CHECK_STR(old.machine, new.machine);
}

/* Names are cut to 8 characters, and nothing of the kernel's stack comes with them. */
TEST(oldest_uname)
{
	struct oldold_utsname name;
	struct utsname new;

	memset(&name, 0xff, sizeof(name));
	CHECK(uname(&new) == 0);
	CHECK(syscall(SYS_oldolduname, &name) == 0);
	check_clean(name.sysname, sizeof(name.sysname));
	check_clean(name.nodename, sizeof(name.nodename));
	check_clean(name.release, sizeof(name.release));
	check_clean(name.version, sizeof(name.version));
	check_clean(name.machine, sizeof(name.machine));
	CHECK_STR(name.sysname, "Linux");
	CHECK_EQ(strncmp(name.release, new.release, OLD_UTS_LEN), 0);
	CHECK_ERRNO(syscall(SYS_oldolduname, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_oldolduname, (void *)0xc0000000), EFAULT);
}

TEST(setting_names)
{
	struct utsname before, now;

	CHECK(uname(&before) == 0);
	if (sethostname("some-host", 9))
		SKIP("not root");
	CHECK(uname(&now) == 0);
	CHECK_STR(now.nodename, "some-host");
	CHECK(sethostname("x", 1) == 0);
	CHECK(uname(&now) == 0);
	CHECK_STR(now.nodename, "x");
	CHECK_ERRNO(sethostname("x", -1), EINVAL);
	CHECK_ERRNO(sethostname("x", UTS_LEN + 1), EINVAL);
	CHECK_ERRNO(sethostname((void *)0xc0000000, 4), EFAULT);
	CHECK(setdomainname("domain", 6) == 0);
	CHECK(uname(&now) == 0);
	CHECK_STR(now.domainname, "domain");
	CHECK(sethostname(before.nodename, strlen(before.nodename)) == 0);
	CHECK(setdomainname(before.domainname, strlen(before.domainname)) == 0);
	CHECK(setuid(1000) == 0);
	CHECK_ERRNO(sethostname("x", 1), EPERM);
}
