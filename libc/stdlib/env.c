/*
 * The environment. environ first points into the initial stack; the first change copies the
 * list to the heap. Strings made by setenv are freed when they are replaced, others never.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **own_list; /* the list that is ours, if environ is it */
static char **owned;	/* strings that setenv made */
static size_t owned_count;

/* Index of the entry NAME=…, or of the final NULL. */
static size_t find(const char *name, size_t len)
{
	size_t i = 0;

	if (!environ)
		return 0;
	for (; environ[i]; i++) {
		if (strncmp(environ[i], name, len) == 0 && environ[i][len] == '=')
			break;
	}
	return i;
}

static int bad_name(const char *name)
{
	if (name && *name && !strchr(name, '='))
		return 0;
	errno = EINVAL;
	return 1;
}

static void release(char *string)
{
	size_t i;

	for (i = 0; i < owned_count; i++) {
		if (owned[i] == string) {
			owned[i] = owned[--owned_count];
			free(string);
			return;
		}
	}
}

static int own(char *string)
{
	char **bigger = reallocarray(owned, owned_count + 1, sizeof(*owned));

	if (!bigger)
		return -1;
	owned = bigger;
	owned[owned_count++] = string;
	return 0;
}

/* Makes room for one more entry behind the n there are. */
static int grow(size_t n)
{
	char **list = reallocarray(environ == own_list ? own_list : NULL, n + 2, sizeof(*list));

	if (!list)
		return -1;
	if (environ != own_list && n)
		memcpy(list, environ, n * sizeof(*list));
	list[n] = NULL;
	own_list = environ = list;
	return 0;
}

/* Puts NAME=VALUE in the place of the older entry, or at the end. */
static int store(char *string, size_t len)
{
	size_t i = find(string, len);

	if (environ && environ[i]) {
		release(environ[i]);
		environ[i] = string;
		return 0;
	}
	if (grow(i) < 0)
		return -1;
	environ[i] = string;
	environ[i + 1] = NULL;
	return 0;
}

char *getenv(const char *name)
{
	size_t len = strlen(name);
	size_t i = find(name, len);

	return len && environ && environ[i] ? environ[i] + len + 1 : NULL;
}

int setenv(const char *name, const char *value, int overwrite)
{
	size_t len, value_len;
	char *string;

	if (bad_name(name))
		return -1;
	if (!overwrite && getenv(name))
		return 0;
	len = strlen(name);
	value_len = strlen(value);
	string = malloc(len + value_len + 2);
	if (!string)
		return -1;
	memcpy(string, name, len);
	string[len] = '=';
	memcpy(string + len + 1, value, value_len + 1);
	if (own(string) < 0) {
		free(string);
		return -1;
	}
	if (store(string, len) < 0) {
		release(string);
		return -1;
	}
	return 0;
}

/* The string itself becomes part of the environment. Without '=' it removes a name. */
int putenv(char *string)
{
	char *equals = strchr(string, '=');

	return equals ? store(string, equals - string) : unsetenv(string);
}

int unsetenv(const char *name)
{
	size_t len, i;

	if (bad_name(name))
		return -1;
	len = strlen(name);
	while (environ && environ[i = find(name, len)]) {
		release(environ[i]);
		for (; environ[i]; i++)
			environ[i] = environ[i + 1];
	}
	return 0;
}
