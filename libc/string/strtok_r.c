/* Cutting a string into tokens: strtok_r skips empty ones, strsep does not. */
#include "libc/include/string.h"

char *strtok_r(char *restrict s, const char *restrict delim, char **restrict save)
{
	char *end;

	if (!s)
		s = *save;
	s += strspn(s, delim);
	if (*s == '\0') {
		*save = s;
		return NULL;
	}
	end = s + strcspn(s, delim);
	if (*end)
		*end++ = '\0';
	*save = end;
	return s;
}

char *strsep(char **s, const char *delim)
{
	char *token = *s;
	char *end;

	if (!token)
		return NULL;
	end = token + strcspn(token, delim);
	if (*end)
		*end++ = '\0';
	else
		end = NULL;
	*s = end;
	return token;
}
