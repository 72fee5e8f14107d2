/* Integers from text: strtol and its relatives over one scanner. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static int digit_value(int c)
{
	if (isdigit(c))
		return c - '0';
	if (isalpha(c))
		return tolower(c) - 'a' + 10;
	return INT_MAX;
}

/* Skips "0x" (if hexadecimal digits follow) and settles base 0. */
static const char *prefix(const char *s, int *base)
{
	int hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && isxdigit((unsigned char)s[2]);

	if ((*base == 0 || *base == 16) && hex) {
		*base = 16;
		return s + 2;
	}
	if (*base == 0)
		*base = *s == '0' ? 8 : 10;
	return s;
}

/*
 * The number at s. `limit` is the largest magnitude allowed (for a minus sign, neg_limit);
 * beyond it the result is the limit and errno ERANGE. *negative tells of a minus sign.
 */
static unsigned long long scan(const char *s, char **end, int base, unsigned long long limit,
			       unsigned long long neg_limit, int *negative)
{
	const char *start = s, *digits;
	unsigned long long v = 0;
	int overflow = 0, d;

	*negative = 0;
	if (base < 0 || base == 1 || base > 36) {
		errno = EINVAL;
		return 0;
	}
	if (end)
		*end = (char *)start;
	while (isspace((unsigned char)*s))
		s++;
	if (*s == '+' || *s == '-')
		*negative = *s++ == '-';
	s = prefix(s, &base);
	if (*negative)
		limit = neg_limit;
	for (digits = s; (d = digit_value((unsigned char)*s)) < base; s++) {
		if (v > (limit - d) / base)
			overflow = 1;
		else
			v = v * base + d;
	}
	if (s == digits)
		return 0;
	if (end)
		*end = (char *)s;
	if (!overflow)
		return v;
	errno = ERANGE;
	return limit;
}

long long strtoll(const char *s, char **end, int base)
{
	int negative;
	unsigned long long v = scan(s, end, base, LLONG_MAX, LLONG_MAX + 1ULL, &negative);

	return negative ? -v : v;
}

unsigned long long strtoull(const char *s, char **end, int base)
{
	int negative, before = errno;
	unsigned long long v;

	errno = 0;
	v = scan(s, end, base, ULLONG_MAX, ULLONG_MAX, &negative);
	/* A minus sign negates in the unsigned type, except for the value of an overflow. */
	if (negative && errno != ERANGE)
		v = -v;
	if (!errno)
		errno = before;
	return v;
}

long strtol(const char *s, char **end, int base)
{
	int negative;
	unsigned long v = scan(s, end, base, LONG_MAX, LONG_MAX + 1ULL, &negative);

	return negative ? -v : v;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	int negative, before = errno;
	unsigned long v;

	errno = 0;
	v = scan(s, end, base, ULONG_MAX, ULONG_MAX, &negative);
	if (negative && errno != ERANGE)
		v = -v;
	if (!errno)
		errno = before;
	return v;
}

int atoi(const char *s)
{
	return strtol(s, NULL, 10);
}

long atol(const char *s)
{
	return strtol(s, NULL, 10);
}
