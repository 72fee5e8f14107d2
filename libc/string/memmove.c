/* memmove: copies upwards or downwards, whichever does not overwrite what is still to come. */
#include "libc/include/string.h"
#include "libc/string/pure.h"

NO_LOOP_IDIOM static void copy_up(unsigned char *d, const unsigned char *s, size_t n)
{
	if ((((uintptr_t)d ^ (uintptr_t)s) & WORD_MASK) == 0) {
		for (; n && ((uintptr_t)d & WORD_MASK); n--)
			*d++ = *s++;
		for (; n >= WORD_SIZE; n -= WORD_SIZE) {
			*(word_alias *)d = *(const word_alias *)s;
			d += WORD_SIZE;
			s += WORD_SIZE;
		}
	}
	while (n--)
		*d++ = *s++;
}

NO_LOOP_IDIOM static void copy_down(unsigned char *d, const unsigned char *s, size_t n)
{
	if ((((uintptr_t)d ^ (uintptr_t)s) & WORD_MASK) == 0) {
		for (; n && ((uintptr_t)(d + n) & WORD_MASK); n--)
			d[n - 1] = s[n - 1];
		for (; n >= WORD_SIZE; n -= WORD_SIZE)
			*(word_alias *)(d + n - WORD_SIZE) =
				*(const word_alias *)(s + n - WORD_SIZE);
	}
	while (n--)
		d[n] = s[n];
}

REPLACEABLE void *memmove(void *dst, const void *src, size_t n)
{
	/* The unsigned difference is below n only if dst lies inside the source. */
	if ((uintptr_t)dst - (uintptr_t)src < n)
		copy_down(dst, src, n);
	else
		copy_up(dst, src, n);
	return dst;
}
