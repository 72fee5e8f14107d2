/* Spans of a string inside and outside a set of characters. */
#include "libc/include/string.h"

size_t strspn(const char *s, const char *set)
{
	const char *p;

	for (p = s; *p && strchr(set, *p); p++)
		;
	return p - s;
}

size_t strcspn(const char *s, const char *set)
{
	const char *p;

	for (p = s; *p && !strchr(set, *p); p++)
		;
	return p - s;
}

char *strpbrk(const char *s, const char *set)
{
	s += strcspn(s, set);
	return *s ? (char *)s : NULL;
}
