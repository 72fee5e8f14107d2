/* Searching for a run of bytes, and for a string in a string. */
#include "libc/include/string.h"
#include "libc/include/strings.h"

void *memmem(const void *hay, size_t haylen, const void *needle, size_t len)
{
	const unsigned char *h = hay;
	const unsigned char *first = needle;

	if (len == 0)
		return (void *)hay;
	while (haylen >= len) {
		h = memchr(h, *first, haylen - len + 1);
		if (!h)
			return NULL;
		if (memcmp(h, needle, len) == 0)
			return (void *)h;
		h++;
		haylen = (const unsigned char *)hay + haylen - h;
		hay = h;
	}
	return NULL;
}

char *strstr(const char *hay, const char *needle)
{
	size_t len = strlen(needle);

	if (len == 0)
		return (char *)hay;
	for (; (hay = strchr(hay, *needle)); hay++) {
		if (strncmp(hay, needle, len) == 0)
			return (char *)hay;
	}
	return NULL;
}

char *strcasestr(const char *hay, const char *needle)
{
	size_t len = strlen(needle);

	for (;; hay++) {
		if (strncasecmp(hay, needle, len) == 0)
			return (char *)hay;
		if (*hay == '\0')
			return NULL;
	}
}
