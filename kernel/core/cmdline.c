/*
 * The kernel command line, taken apart on demand: it is short and asked rarely.
 */
#include "kernel/core/cmdline.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"
#include <linux/errno.h>

char saved_command_line[COMMAND_LINE_SIZE];

void cmdline_init(const char *line)
{
	strscpy(saved_command_line, line, sizeof(saved_command_line));
}

/*
 * The next word from *pos on: its start, with its length in *len (quotes included); NULL at the
 * end.
 */
static const char *next_word(const char **pos, size_t *len)
{
	const char *start = *pos, *p;
	bool quoted = false;

	while (*start == ' ' || *start == '\t' || *start == '\n')
		start++;
	if (!*start)
		return NULL;
	for (p = start; *p && (quoted || (*p != ' ' && *p != '\t' && *p != '\n')); p++) {
		if (*p == '"')
			quoted = !quoted;
	}
	*pos = p;
	*len = p - start;
	return start;
}

/* Copy without quotes. The full length. */
static int copy_unquoted(char *buf, size_t size, const char *s, size_t len)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++) {
		if (s[i] == '"')
			continue;
		if (n + 1 < size)
			buf[n] = s[i];
		n++;
	}
	if (size)
		buf[min(n, size - 1)] = '\0';
	return n;
}

int cmdline_word(int n, char *buf, size_t size)
{
	const char *pos = saved_command_line, *word;
	size_t len;

	while ((word = next_word(&pos, &len))) {
		if (n-- == 0)
			return copy_unquoted(buf, size, word, len);
	}
	return -ENOENT;
}

/* The last word `name` or `name=…`. */
static const char *find_option(const char *name, size_t *len)
{
	const char *pos = saved_command_line, *word, *found = NULL;
	size_t name_len = strlen(name), word_len;

	while ((word = next_word(&pos, &word_len))) {
		if (word_len < name_len || strncmp(word, name, name_len) ||
		    (word_len > name_len && word[name_len] != '='))
			continue;
		found = word;
		*len = word_len;
	}
	return found;
}

int cmdline_get(const char *name, char *buf, size_t size)
{
	size_t len, skip = strlen(name) + 1;
	const char *word = find_option(name, &len);

	if (!word || len < skip)
		return -ENOENT;
	return copy_unquoted(buf, size, word + skip, len - skip);
}

bool cmdline_has(const char *name)
{
	size_t len;

	return find_option(name, &len) != NULL;
}

unsigned long cmdline_get_ulong(const char *name, unsigned long def)
{
	char value[32], *end;
	unsigned long v;

	if (cmdline_get(name, value, sizeof(value)) < 0)
		return def;
	v = (unsigned long)memparse(value, &end);
	return end == value || *end ? def : v;
}
