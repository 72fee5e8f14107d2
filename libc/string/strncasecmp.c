/* Comparing strings without regard to the case of ASCII letters. */
#include "libc/include/string.h"

static int lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && lower(*a) == lower(*b); n--, a++, b++)
		;
	return n ? lower(*a) - lower(*b) : 0;
}
