/* Searching for a string in a string. */
#include "libc/include/string.h"
#include "libc/include/strings.h"

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
