/*
 * What tests that use up everything share: limits, another user, how much memory there is.
 */
#ifndef TESTS_GUEST_EXHAUST_H
#define TESTS_GUEST_EXHAUST_H

#include "check.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#define PAGE	 4096UL
#define MEGABYTE (1UL << 20)
#define NOBODY	 65534

__attribute__((unused)) static void set_limit(int what, unsigned long value)
{
	struct rlimit limit = {value, value};

	CHECK(setrlimit(what, &limit) == 0);
}

__attribute__((unused)) static void become_nobody(void)
{
	CHECK(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

__attribute__((unused)) static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

__attribute__((unused)) static unsigned long memory(void)
{
	struct sysinfo info;

	CHECK(sysinfo(&info) == 0);
	return info.totalram * info.mem_unit;
}

#endif
