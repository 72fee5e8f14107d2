/* memcpy and mempcpy: word by word when both sides can be aligned together. */
#include "libc/include/string.h"
#include "libc/string/pure.h"

NO_LOOP_IDIOM REPLACEABLE void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if ((((uintptr_t)d ^ (uintptr_t)s) & WORD_MASK) == 0) {
		for (; n && ((uintptr_t)d & WORD_MASK); n--)
			*d++ = *s++;
		for (; n >= 4 * WORD_SIZE; n -= 4 * WORD_SIZE) {
			word_alias *dw = (word_alias *)d;
			const word_alias *sw = (const word_alias *)s;

			dw[0] = sw[0];
			dw[1] = sw[1];
			dw[2] = sw[2];
			dw[3] = sw[3];
			d += 4 * WORD_SIZE;
			s += 4 * WORD_SIZE;
		}
		for (; n >= WORD_SIZE; n -= WORD_SIZE) {
			*(word_alias *)d = *(const word_alias *)s;
			d += WORD_SIZE;
			s += WORD_SIZE;
		}
	}
	while (n--)
		*d++ = *s++;
	return dst;
}
