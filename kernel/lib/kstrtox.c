/*
 * Numbers from text, and string helpers beside the C library's.
 */
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include <linux/errno.h>

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20; /* lower case */
	return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* Settle base 0 by the prefix, and skip the prefix of base 16. */
static const char *fix_base(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x' && digit_of(s[2]) < 16;

	if (*base == 0)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return *base == 16 && hex ? s + 2 : s;
}

/* The digits at s; *end behind them, *overflow if they do not fit. */
static unsigned long long parse_digits(const char *s, unsigned int base, const char **end,
				       bool *overflow)
{
	unsigned long long v = 0;

	*overflow = false;
	for (; digit_of(*s) < (int)base; s++)
		if (__builtin_mul_overflow(v, (unsigned long long)base, &v) ||
		    __builtin_add_overflow(v, (unsigned long long)digit_of(*s), &v))
			*overflow = true;
	*end = s;
	return v;
}

static int parse_whole(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long v;
	const char *digits, *end;
	bool overflow;

	digits = fix_base(s, &base);
	v = parse_digits(digits, base, &end, &overflow);
	if (end == digits)
		return -EINVAL;
	if (*end == '\n')
		end++;
	if (*end)
		return -EINVAL;
	if (overflow)
		return -ERANGE;
	*res = v;
	return 0;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	return parse_whole(*s == '+' ? s + 1 : s, base, res);
}

static int kstrtoll(const char *s, unsigned int base, long long *res)
{
	bool negative = *s == '-';
	unsigned long long v;
	int err;

	err = parse_whole(*s == '-' || *s == '+' ? s + 1 : s, base, &v);
	if (err)
		return err;
	if (v > (unsigned long long)INT64_MAX + negative)
		return -ERANGE;
	*res = negative ? (long long)(0 - v) : (long long)v;
	return 0;
}

/* The narrower kinds: parse wide, and refuse what does not fit. */
#define __KSTRTO(name, type, wide_name, wide_type)            \
	int name(const char *s, unsigned int base, type *res) \
	{                                                     \
		wide_type v;                                  \
		int err = wide_name(s, base, &v);             \
                                                              \
		if (err)                                      \
			return err;                           \
		if (v != (wide_type)(type)v)                  \
			return -ERANGE;                       \
		*res = (type)v;                               \
		return 0;                                     \
	}
__KSTRTO(kstrtouint, unsigned int, kstrtoull, unsigned long long)
__KSTRTO(kstrtoint, int, kstrtoll, long long)
#undef __KSTRTO

static unsigned long long simple_strtoull(const char *s, char **endp, unsigned int base)
{
	const char *digits = fix_base(s, &base), *end;
	unsigned long long v;
	bool overflow;

	v = parse_digits(digits, base, &end, &overflow);
	if (endp)
		*endp = (char *)end;
	return v;
}

unsigned long simple_strtoul(const char *s, char **endp, unsigned int base)
{
	return (unsigned long)simple_strtoull(s, endp, base);
}

unsigned long long memparse(const char *s, char **endp)
{
	char *end;
	unsigned long long v = simple_strtoull(s, &end, 0);

	switch (*end | 0x20) {
	case 'g':
		v <<= 10;
		fallthrough;
	case 'm':
		v <<= 10;
		fallthrough;
	case 'k':
		v <<= 10;
		end++;
		break;
	}
	if (endp)
		*endp = end;
	return v;
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t i;

	if (!size)
		return -E2BIG;
	for (i = 0; i < size - 1 && src[i]; i++)
		dst[i] = src[i];
	dst[i] = '\0';
	return src[i] ? -E2BIG : (ssize_t)i;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char *skip_spaces(const char *s)
{
	while (is_blank(*s))
		s++;
	return (char *)s;
}

char *strim(char *s)
{
	char *end;

	s = skip_spaces(s);
	for (end = s; *end; end++)
		;
	while (end > s && is_blank(end[-1]))
		end--;
	*end = '\0';
	return s;
}
