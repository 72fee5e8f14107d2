/* The length of a string: up to the word boundary by bytes, then four bytes at a time. */
#include "libc/include/string.h"
#include "libc/string/pure.h"

/* An aligned word never crosses a page, so reading past the NUL inside it is harmless. */
__attribute__((no_sanitize("address"))) NO_LOOP_IDIOM size_t strlen(const char *s)
{
	const char *p = s;
	const word_alias *w;

	for (; (uintptr_t)p & WORD_MASK; p++) {
		if (*p == '\0')
			return p - s;
	}
	for (w = (const word_alias *)p; !HAS_ZERO_BYTE(*w); w++)
		;
	for (p = (const char *)w; *p; p++)
		;
	return p - s;
}

size_t strnlen(const char *s, size_t max)
{
	const char *end = memchr(s, '\0', max);

	return end ? (size_t)(end - s) : max;
}
