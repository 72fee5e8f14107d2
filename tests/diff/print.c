/*
 * Output: hashed, and shown if asked for. The hash lies in memory that forked processes share, so
 * that a seed has one hash whoever printed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "diff.h"

#define FNV_PRIME 0x100000001B3ull

int calls_made, mutate_call = -1;
static struct output *shared;
static bool show;
static char buffer[8192];
static size_t used;

void out_init(struct output *where, bool shown)
{
	shared = where;
	show = shown;
	shared->hash = 0xCBF29CE484222325ull;
	shared->lines = 0;
}

void out_flush(void)
{
	size_t done = 0;

	for (size_t i = 0; i < used; i++) {
		shared->hash = (shared->hash ^ (uint8_t)buffer[i]) * FNV_PRIME;
		shared->lines += buffer[i] == '\n';
	}
	while (show && done < used) {
		long n = sys(SYS_write, 1, buffer + done, used - done);

		if (n <= 0)
			break;
		done += n;
	}
	used = 0;
}

void out(const char *format, ...)
{
	va_list args;
	int n;

	if (used > sizeof(buffer) - 512)
		out_flush();
	va_start(args, format);
	n = vsnprintf(buffer + used, sizeof(buffer) - used, format, args);
	va_end(args);
	used += n;
}

static const struct {
	int number;
	const char *name;
} names[] = {
	{1, "EPERM"},	   {2, "ENOENT"},      {3, "ESRCH"},	 {4, "EINTR"},
	{5, "EIO"},	   {6, "ENXIO"},       {9, "EBADF"},	 {11, "EAGAIN"},
	{12, "ENOMEM"},	   {13, "EACCES"},     {14, "EFAULT"},	 {16, "EBUSY"},
	{17, "EEXIST"},	   {18, "EXDEV"},      {19, "ENODEV"},	 {20, "ENOTDIR"},
	{21, "EISDIR"},	   {22, "EINVAL"},     {24, "EMFILE"},	 {25, "ENOTTY"},
	{26, "ETXTBSY"},   {27, "EFBIG"},      {28, "ENOSPC"},	 {29, "ESPIPE"},
	{30, "EROFS"},	   {31, "EMLINK"},     {32, "EPIPE"},	 {34, "ERANGE"},
	{38, "ENOSYS"},	   {39, "ENOTEMPTY"},  {40, "ELOOP"},	 {36, "ENAMETOOLONG"},
	{75, "EOVERFLOW"}, {95, "EOPNOTSUPP"}, {117, "EUCLEAN"},
};

static void print_error(int error)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == error) {
			out(" = %s\n", names[i].name);
			return;
		}
	out(" = errno %d\n", error);
}

/* Is this the first result from the call to mutate on? */
static bool is_to_mutate(void)
{
	bool yes = mutate_call >= 0 && calls_made >= mutate_call;

	calls_made++;
	if (yes)
		mutate_call = -1;
	return yes;
}

long result(long ret)
{
	ret += is_to_mutate();
	if (failed(ret))
		print_error(-ret);
	else
		out(" = %ld\n", ret);
	return ret;
}

unsigned long result_addr(unsigned long ret)
{
	ret += is_to_mutate() * PAGE;
	if (failed(ret))
		print_error(-ret);
	else
		out(" = %08lx\n", ret);
	return ret;
}
