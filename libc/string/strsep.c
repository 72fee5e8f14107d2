/* Cutting a string into tokens, empty ones among them. */
#include "libc/include/string.h"

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
