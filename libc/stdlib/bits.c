/* Small integer arithmetic, and BSD's memory functions. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int abs(int v)
{
	return v < 0 ? -v : v;
}

long labs(long v)
{
	return v < 0 ? -v : v;
}

long long llabs(long long v)
{
	return v < 0 ? -v : v;
}

intmax_t imaxabs(intmax_t v)
{
	return v < 0 ? -v : v;
}

div_t div(int num, int den)
{
	return (div_t){num / den, num % den};
}

ldiv_t ldiv(long num, long den)
{
	return (ldiv_t){num / den, num % den};
}

lldiv_t lldiv(long long num, long long den)
{
	return (lldiv_t){num / den, num % den};
}

imaxdiv_t imaxdiv(intmax_t num, intmax_t den)
{
	return (imaxdiv_t){num / den, num % den};
}

int ffs(int v)
{
	return v ? __builtin_ctz(v) + 1 : 0;
}

int ffsl(long v)
{
	return v ? __builtin_ctzl(v) + 1 : 0;
}

int ffsll(long long v)
{
	return v ? __builtin_ctzll(v) + 1 : 0;
}

void bzero(void *dst, size_t n)
{
	memset(dst, 0, n);
}

void bcopy(const void *src, void *dst, size_t n)
{
	memmove(dst, src, n);
}
