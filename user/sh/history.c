/*
 * The lines typed before, the newest HISTORY_MAX of them.
 */
#include "user/sh/sh.h"

#include <stdlib.h>
#include <string.h>

enum {
	HISTORY_MAX = 200
};

static char *lines[HISTORY_MAX];
static size_t count;

size_t history_count(void)
{
	return count;
}

const char *history_get(size_t i)
{
	return lines[i];
}

void history_add(const char *line)
{
	if (!line[strspn(line, " \t")] || (count && strcmp(lines[count - 1], line) == 0))
		return;
	if (count == HISTORY_MAX) {
		free(lines[0]);
		memmove(lines, lines + 1, --count * sizeof(*lines));
	}
	lines[count++] = xstrdup(line);
}
