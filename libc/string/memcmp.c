/* memcmp, and BSD's bcmp, which tells only equal from different. */
#include "libc/include/string.h"
#include "libc/include/strings.h"
#include "libc/string/pure.h"

REPLACEABLE int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n; n--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}
