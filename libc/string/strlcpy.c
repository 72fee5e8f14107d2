/*
 * BSD's bounded copies: they always leave a NUL (if size is not 0) and return the length that
 * was wanted, so a result of size or more tells that the string was cut.
 */
#include "libc/include/string.h"

size_t strlcpy(char *restrict dst, const char *restrict src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t copy = len < size ? len : size - 1;

		memcpy(dst, src, copy);
		dst[copy] = '\0';
	}
	return len;
}

size_t strlcat(char *restrict dst, const char *restrict src, size_t size)
{
	size_t have = strnlen(dst, size);

	if (have == size)
		return have + strlen(src);
	return have + strlcpy(dst + have, src, size - have);
}
