/* sources: none */
/*
 * libc's vsnprintf (with what only programs have of it) against the host's, over thousands of
 * random format strings and values. The file under test is included under other names, because the
 * host's library has functions of the same ones.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#define vsnprintf mapix_vsnprintf
#define snprintf  mapix_snprintf
#include "libc/stdio/vsnprintf.c"
#undef emit
#define emit emit_fp
#include "libc/stdio/fmt_fp.c"
#undef emit
#include "libc/stdio/format_more.c"
#undef vsnprintf
#undef snprintf

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-truncation"

#define BUFFER	   512
#define INT_CASES  60000
#define FP_CASES   12000
#define TEXT_CASES 20000

static uint64_t seed = 0x6d61706978;
static int failures;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static unsigned int below(unsigned int n)
{
	return rnd() % n;
}

/* Formats with both and compares text, length and the byte behind the buffer. */
static void compare(size_t size, const char *fmt, ...)
{
	char ours[BUFFER], theirs[BUFFER];
	int our_len, their_len, our_errno, their_errno;
	va_list ap;

	memset(ours, '#', sizeof(ours));
	memset(theirs, '#', sizeof(theirs));
	va_start(ap, fmt);
	errno = ENOENT;
	our_len = mapix_vsnprintf(ours, size, fmt, ap);
	our_errno = errno;
	va_end(ap);
	va_start(ap, fmt);
	errno = ENOENT;
	their_len = vsnprintf(theirs, size, fmt, ap);
	their_errno = errno;
	va_end(ap);
	/* What is in the buffer after a failure is left open. */
	if (our_len == their_len && our_errno == their_errno &&
	    (our_len < 0 || memcmp(ours, theirs, sizeof(ours)) == 0))
		return;
	if (failures++ < 20)
		printf("# size %zu format \"%s\": got %d \"%.100s\" (errno %d), "
		       "expected %d \"%.100s\" (errno %d)\n",
		       size, fmt, our_len, size ? ours : "", our_errno, their_len,
		       size ? theirs : "", their_errno);
}

/* A random specification without its letters: flags, width, precision. */
static char *random_field(char *p, int flag_chance)
{
	static const char flags[] = "-+ #0";
	unsigned int i;

	*p++ = '%';
	for (i = 0; i < sizeof(flags) - 1; i++) {
		if (below(flag_chance) == 0)
			*p++ = flags[i];
	}
	if (below(2))
		p += sprintf(p, "%u", 1 + below(30));
	if (below(2))
		p += below(5) ? sprintf(p, ".%u", below(24)) : sprintf(p, ".");
	return p;
}

static size_t random_size(void)
{
	return below(4) ? 256 : below(12);
}

static uint64_t random_integer(void)
{
	static const uint64_t edges[] = {0,
					 1,
					 9,
					 10,
					 0x7f,
					 0x80,
					 0xff,
					 0x7fff,
					 0x8000,
					 0x7fffffff,
					 0x80000000,
					 0xffffffff,
					 0x100000000,
					 9999999999999999999u,
					 0x7fffffffffffffff,
					 0x8000000000000000,
					 UINT64_MAX};

	if (below(3) == 0)
		return edges[below(sizeof(edges) / sizeof(edges[0]))];
	return rnd() >> below(64);
}

static void test_integers(void)
{
	static const char *const lengths[] = {"", "hh", "h", "l", "ll", "z", "t", "j"};
	static const char letters[] = "diuoxX";
	char fmt[64];
	int i;

	for (i = 0; i < INT_CASES; i++) {
		char *p = fmt;

		if (below(4) == 0)
			p += sprintf(p, "<%%%%");
		p = random_field(p, 3);
		p += sprintf(p, "%s%c>", lengths[below(8)], letters[below(6)]);
		compare(random_size(), fmt, random_integer());
	}
}

static double random_double(void)
{
	static const double edges[] = {0.0,
				       0.5,
				       1.5,
				       2.5,
				       0.05,
				       1e22,
				       1e23,
				       9.995,
				       99.5,
				       0.1,
				       1e-5,
				       9.9999e-5,
				       123456.5,
				       1e300,
				       5e-324,
				       2.2250738585072014e-308,
				       1.7976931348623157e308,
				       1e15,
				       999999.5,
				       0.000123456};
	union {
		uint64_t bits;
		double value;
	} u;

	switch (below(4)) {
	case 0:
		return edges[below(sizeof(edges) / sizeof(edges[0]))] * (below(2) ? 1 : -1);
	case 1:
		return (double)(int64_t)(rnd() >> below(64)) / (1 << below(12));
	case 2:
		return (int)below(2000000) / 1000.0;
	default:
		u.bits = rnd();
		return u.value;
	}
}

static void test_floats(void)
{
	static const char letters[] = "fegFEGaA";
	char fmt[64];
	int i;

	for (i = 0; i < FP_CASES; i++) {
		char *p = random_field(fmt, 4);
		double v = random_double();
		char letter = letters[below(8)];
		char *alt = memchr(fmt, '#', p - fmt);

		/* glibc drops the zeros of %#g when rounding gains a digit (999999.5). */
		if (alt && (letter == 'g' || letter == 'G'))
			*alt = '+';
		if (below(4) == 0) {
			sprintf(p, "L%c|", letter);
			compare(random_size(), fmt, (long double)v * (below(2) ? 3.0L : 1e40L));
		} else {
			sprintf(p, "%c|", letter);
			compare(random_size(), fmt, v);
		}
	}
}

static void test_texts(void)
{
	static const char *const words[] = {"", "a", "mapix", "a somewhat longer piece of text",
					    NULL};
	char fmt[64];
	int i;

	for (i = 0; i < TEXT_CASES; i++) {
		char *p = random_field(fmt, 5);
		char c = *p = "spc%"[below(4)];

		strcpy(p + 1, "x");
		/* The standard leaves flags and precisions with %% open; so do we. */
		if (c == '%')
			compare(random_size(), "a%%b");
		else if (c == 's')
			compare(random_size(), fmt, words[below(5)]);
		else if (c == 'p')
			compare(random_size(), "[%*p]", (int)below(30) - 15,
				(void *)(uintptr_t)random_integer());
		else
			compare(random_size(), fmt, (int)below(256));
	}
}

static void test_stars(void)
{
	int i;

	for (i = 0; i < 2000; i++) {
		int width = (int)below(40) - 20, precision = (int)below(20) - 5;

		compare(random_size(), "%*.*d|%-*s|%.*s", width, precision, (int)rnd(), width, "ab",
			precision, "abcdefgh");
	}
	compare(64, "%99999999999d", 1);
	compare(64, "%.99999999999d", 1);
	compare(64, "%2147483647d%d", 1, 1);
}

/* A %s with a precision must not look behind the characters it may print. */
static void test_unterminated(void)
{
	char *exact = malloc(3);

	memcpy(exact, "abc", 3);
	compare(64, "%.3s", exact);
	free(exact);
}

/* Arguments by their numbers, in any order; the first ones again, as those may be named twice. */
static void test_numbers(void)
{
	static const char *const kinds[] = {"d", "llx", "s", ".3f", "hhu", "Lg", "c", "p"};
	char fmt[200];
	int i;

	for (i = 0; i < TEXT_CASES; i++) {
		unsigned int first = below(8), step = 1 + 2 * below(4), n;
		char *p = fmt;

		for (n = 0; n < 8 + below(3); n++) {
			unsigned int which = (first + n * step) % 8;

			p += sprintf(p, "%%%u$%s%s%s ", which + 1, below(3) ? "" : "-",
				     below(3) || which == 3 ? "" : "*9$", kinds[which]);
		}
		compare(random_size(), fmt, (int)rnd(), (long long)rnd(), "some text",
			random_double(), (int)rnd(), (long double)random_double(),
			(int)('a' + below(26)), (void *)(uintptr_t)random_integer(),
			(int)below(20) - 10);
	}
	compare(64, "%2$s %1$s", "x", "y");
	compare(64, "%3$d", 1, 2, 3); /* those without a specification are ints */
	compare(64, "%1$*2$.*3$d|%1$d", 5, 7, 3);
	compare(64, "costs $%d%s", 5, "$");
	compare(64, "%1$s%%%1$s", "a");
	compare(64, "%0$d|%$d", 1);
}

static void test_what_the_kernel_lacks(void)
{
	int ours = -1, theirs = -1;

	compare(64, "[%m]");
	compare(64, "[%30m|%-30m|%.4m]");
	compare(64, "[%ls|%5ls|%-5ls|%.2ls|%S]", L"wide", L"abc", L"abc", L"abc", L"x");
	compare(64, "[%lc|%C|%3lc|%-3lc]", L'a', L'b', L'c', L'd');
	compare(64, "[%ls]", NULL);
	compare(64, "[%.3ls]", NULL);
	compare(64, "[%ls]", L"a\xe9z");
	compare(64, "[%lc]", 0xe9);
	compare(64, "[%.1ls]", L"a\xe9z");
	compare(64, "ends in %");
	compare(64, "ends in %l");
	compare(64, "ends in %5.");
	compare(64, "%y %5k");
	snprintf(NULL, 0, "abc%n%d", &theirs, 5);
	mapix_snprintf(NULL, 0, "abc%n%d", &ours, 5);
	if (ours != theirs)
		failures++;
}

static void run(const char *name, void (*test)(void))
{
	int before = failures;

	test();
	printf("%s vsnprintf: %s\n", failures == before ? "ok" : "not ok", name);
}

int main(void)
{
	run("integers", test_integers);
	run("floating point", test_floats);
	run("strings, characters, pointers", test_texts);
	run("stars and overflow", test_stars);
	run("unterminated string", test_unterminated);
	run("arguments by their numbers", test_numbers);
	run("what the kernel lacks", test_what_the_kernel_lacks);
	return failures != 0;
}
