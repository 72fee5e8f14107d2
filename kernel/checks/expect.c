/*
 * What a check wanted and what it has seen, as text.
 */
#include "kernel/checks/check.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/util.h"
#include "libc/include/stdio.h"
#include <linux/errno.h>

#define REASON_MAX  400
#define TEXT_MAX    160
#define NR_TEXTS    8
#define MAX_ERRNO   4095
#define MAX_DECIMAL 4096 /* larger numbers are addresses */

static char reason[REASON_MAX];
static unsigned int counted, to_spoil;

const char *check_reason(void)
{
	return reason;
}

const char *check_text(const char *fmt, ...)
{
	static char texts[NR_TEXTS][TEXT_MAX];
	static unsigned int turn;
	char *text = texts[turn++ % NR_TEXTS];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, TEXT_MAX, fmt, args);
	va_end(args);
	return text;
}

void check_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	for (char *c = reason; *c; c++)
		if (*c < ' ')
			*c = ' '; /* it is told in one line */
	spinlocks_held = 0;	  /* what it holds must not keep the thread from ending */
	check_end();
}

void check_count_from_zero(unsigned int spoiled)
{
	counted = 0;
	to_spoil = spoiled;
}

unsigned int check_count(void)
{
	return counted;
}

bool check_counted(bool holds)
{
	if (++counted == to_spoil)
		check_fail("spoiled");
	return holds;
}

static const char *error_name(long err)
{
	static const struct {
		long err;
		const char *name;
	} names[] = {
		{-EPERM, "-EPERM"},   {-ENOENT, "-ENOENT"}, {-EINTR, "-EINTR"},
		{-EIO, "-EIO"},	      {-EBADF, "-EBADF"},   {-EAGAIN, "-EAGAIN"},
		{-ENOMEM, "-ENOMEM"}, {-EACCES, "-EACCES"}, {-EFAULT, "-EFAULT"},
		{-EBUSY, "-EBUSY"},   {-EEXIST, "-EEXIST"}, {-ENODEV, "-ENODEV"},
		{-EINVAL, "-EINVAL"}, {-ENOSYS, "-ENOSYS"}, {-EOVERFLOW, "-EOVERFLOW"},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].err == err)
			return names[i].name;
	return NULL;
}

static const char *number(long value)
{
	const char *name = error_name(value);

	if (name)
		return name;
	if (value >= -MAX_ERRNO && value < MAX_DECIMAL)
		return check_text("%ld", value);
	return check_text("%#lx", value);
}

void check_equal(const char *what, long is, long wanted)
{
	if (!check_counted(is == wanted))
		check_fail("%s: wanted %s, seen %s", what, number(wanted), number(is));
}
