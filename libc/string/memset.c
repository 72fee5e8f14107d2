/* memset, word by word in the aligned middle; and explicit_bzero, which is never left out. */
#include "libc/include/string.h"
#include "libc/string/pure.h"

NO_LOOP_IDIOM REPLACEABLE void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	word_alias word = BYTE_IN_WORD(c);

	for (; n && ((uintptr_t)d & WORD_MASK); n--)
		*d++ = c;
	for (; n >= 4 * WORD_SIZE; n -= 4 * WORD_SIZE) {
		word_alias *dw = (word_alias *)d;

		dw[0] = word;
		dw[1] = word;
		dw[2] = word;
		dw[3] = word;
		d += 4 * WORD_SIZE;
	}
	for (; n >= WORD_SIZE; n -= WORD_SIZE) {
		*(word_alias *)d = word;
		d += WORD_SIZE;
	}
	while (n--)
		*d++ = c;
	return dst;
}

void explicit_bzero(void *dst, size_t n)
{
	volatile unsigned char *d = dst;

	while (n--)
		*d++ = 0;
}
