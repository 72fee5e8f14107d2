/*
 * Regular expressions, POSIX's basic and extended ones, matched in time linear in the text.
 *
 * A pattern becomes a small program (Thompson's construction) that is run for all ways through
 * it at once; so no pattern can make it slow. Back-references are not in this class and refused.
 */
#ifndef USER_GREP_REGEX_H
#define USER_GREP_REGEX_H

#include <stdbool.h>
#include <stddef.h>

enum {
	RE_EXTENDED = 1,
	RE_FIXED = 2, /* no character is special */
	RE_ICASE = 4,
	RE_WORD = 8, /* a match has no word character on either side */
	RE_LINE = 16 /* a match is the whole line */
};

struct regex;

/*
 * Compile N patterns; any of them may match. NULL with *ERROR set to a message.
 * Ends the program when memory runs out.
 */
struct regex *regex_compile(char **patterns, size_t n, int flags, const char **error);

/* Leftmost longest match in S at FROM or later. A quick yes or no if START is NULL. */
bool regex_search(struct regex *re, const char *s, size_t n, size_t from, size_t *start,
		  size_t *end);

#endif
