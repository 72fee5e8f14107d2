/* sources: none */
/*
 * libc's pure string functions against the host's, with random strings at every alignment.
 * Each string lies at the very end of an allocation, so that the address sanitizer sees a read
 * or a write too far.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The host's functions, under names of their own; its <string.h> would clash with ours. */
#define HOST(ret, name, args) ret host_##name args __asm__(#name)
HOST(void *, memchr, (const void *, int, size_t));
HOST(void *, memrchr, (const void *, int, size_t));
HOST(int, memcmp, (const void *, const void *, size_t));
HOST(size_t, strlen, (const char *));
HOST(size_t, strnlen, (const char *, size_t));
HOST(int, strcmp, (const char *, const char *));
HOST(int, strncmp, (const char *, const char *, size_t));
HOST(int, strncasecmp, (const char *, const char *, size_t));
HOST(char *, strchr, (const char *, int));
HOST(char *, strrchr, (const char *, int));
HOST(char *, strstr, (const char *, const char *));
HOST(char *, strpbrk, (const char *, const char *));
HOST(size_t, strspn, (const char *, const char *));
HOST(size_t, strcspn, (const char *, const char *));
HOST(char *, strncpy, (char *, const char *, size_t));
HOST(char *, strsep, (char **, const char *));

#define memcpy	       mapix_memcpy
#define memmove	       mapix_memmove
#define memset	       mapix_memset
#define memcmp	       mapix_memcmp
#define memchr	       mapix_memchr
#define memrchr	       mapix_memrchr
#define strlen	       mapix_strlen
#define strnlen	       mapix_strnlen
#define strcpy	       mapix_strcpy
#define stpcpy	       mapix_stpcpy
#define strncpy	       mapix_strncpy
#define stpncpy	       mapix_stpncpy
#define strcat	       mapix_strcat
#define strlcpy	       mapix_strlcpy
#define strlcat	       mapix_strlcat
#define strcmp	       mapix_strcmp
#define strncmp	       mapix_strncmp
#define strncasecmp    mapix_strncasecmp
#define strchr	       mapix_strchr
#define strrchr	       mapix_strrchr
#define strchrnul      mapix_strchrnul
#define strstr	       mapix_strstr
#define strpbrk	       mapix_strpbrk
#define strspn	       mapix_strspn
#define strcspn	       mapix_strcspn
#define strsep	       mapix_strsep
#define explicit_bzero mapix_explicit_bzero
#include "libc/string/memcpy.c"
#include "libc/string/memmove.c"
#include "libc/string/memset.c"
#include "libc/string/memcmp.c"
#include "libc/string/memchr.c"
#include "libc/string/strstr.c"
#include "libc/string/strlen.c"
#include "libc/string/strcpy.c"
#include "libc/string/strcat.c"
#include "libc/string/strlcpy.c"
#include "libc/string/strcmp.c"
#include "libc/string/strncasecmp.c"
#include "libc/string/strchr.c"
#include "libc/string/strspn.c"
#include "libc/string/strtok_r.c"

#define ROUNDS 20000
#define MAX    80

static uint64_t seed = 0x737472696e67;
static int failures;

static unsigned int below(unsigned int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 20) % n;
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void check(int ok, const char *what)
{
	if (!ok && failures++ < 20)
		printf("# %s\n", what);
}

/* A heap block of n random bytes; few different ones, so that searches find something. */
static char *random_block(size_t n)
{
	char *p = malloc(n ? n : 1);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = "abAB\xff,"[below(6)];
	return p;
}

static char *random_string(size_t max)
{
	size_t n = below(max);
	char *p = random_block(n + 1);

	p[n] = '\0';
	return p;
}

static int same(const char *a, const char *b, size_t n)
{
	return host_memcmp(a, b, n) == 0;
}

static void test_copy(void)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		size_t n = below(MAX), from = below(MAX), to = below(MAX), i;
		char *a = random_block(2 * MAX), *b = malloc(2 * MAX), *tail = random_block(n);

		for (i = 0; i < 2 * MAX; i++)
			b[i] = a[i];
		check(mapix_memmove(a + to, a + from, n) == a + to, "memmove: result");
		for (i = 0; i < n; i++)
			check(a[to + i] == b[from + i], "memmove: data");
		for (i = 0; i < 2 * MAX; i++)
			check(i - to < n || a[i] == b[i], "memmove: around");
		mapix_memcpy(a + to, tail, n);
		check(same(a + to, tail, n), "memcpy: data");
		mapix_memset(a + from, (int)round, n);
		for (i = 0; i < n; i++)
			check(a[from + i] == (char)round, "memset: data");
		mapix_memset(tail, 1, n);
		free(a);
		free(b);
		free(tail);
	}
}

static void test_search(void)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		char *s = random_string(MAX), *t = random_string(6);
		size_t n = host_strlen(s), cut = below(MAX);
		int c = "abAB\xff,\0z"[below(8)];

		check(mapix_strlen(s) == n, "strlen");
		check(mapix_strnlen(s, cut) == host_strnlen(s, cut), "strnlen");
		check(mapix_memchr(s, c, n) == host_memchr(s, c, n), "memchr");
		check(mapix_memrchr(s, c, n) == host_memrchr(s, c, n), "memrchr");
		check(mapix_strchr(s, c) == host_strchr(s, c), "strchr");
		check(mapix_strrchr(s, c) == host_strrchr(s, c), "strrchr");
		check(mapix_strstr(s, t) == host_strstr(s, t), "strstr");
		check(mapix_strpbrk(s, t) == host_strpbrk(s, t), "strpbrk");
		check(mapix_strspn(s, t) == host_strspn(s, t), "strspn");
		check(mapix_strcspn(s, t) == host_strcspn(s, t), "strcspn");
		free(s);
		free(t);
	}
}

static void test_compare(void)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		char *s = random_string(12), *t = random_string(12);
		size_t n = below(14), len = host_strlen(s);

		if (host_strlen(t) < len)
			len = host_strlen(t);
		check(sign(mapix_strcmp(s, t)) == sign(host_strcmp(s, t)), "strcmp");
		check(sign(mapix_strncmp(s, t, n)) == sign(host_strncmp(s, t, n)), "strncmp");
		check(sign(mapix_memcmp(s, t, len)) == sign(host_memcmp(s, t, len)), "memcmp");
		check(sign(mapix_strncasecmp(s, t, n)) == sign(host_strncasecmp(s, t, n)),
		      "strncasecmp");
		free(s);
		free(t);
	}
}

static void test_strings(void)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		char a[3 * MAX], b[3 * MAX], *s = random_string(MAX), *exact;
		size_t n = below(MAX), len = host_strlen(s);

		mapix_memset(a, '#', sizeof(a));
		mapix_memset(b, '#', sizeof(b));
		mapix_strncpy(a, s, n);
		host_strncpy(b, s, n);
		check(same(a, b, sizeof(a)), "strncpy");
		mapix_strcpy(a, "start");
		check(mapix_strcat(a, s) == a && same(a, "start", 5) && host_strcmp(a + 5, s) == 0,
		      "strcat");
		exact = malloc(n + 1);
		check(mapix_strlcpy(exact, s, n) == len, "strlcpy: result");
		check(n == 0 || host_strlen(exact) == (len < n ? len : n - 1), "strlcpy: length");
		if (n > 2) {
			mapix_strcpy(exact, "x");
			check(mapix_strlcat(exact, s, n) == len + 1, "strlcat: result");
			check(host_strlen(exact) == (len + 1 < n ? len + 1 : n - 1), "strlcat");
		}
		free(exact);
		exact = malloc(len + 1);
		check(mapix_stpcpy(exact, s) == exact + len && same(exact, s, len + 1), "stpcpy");
		free(exact);
		free(s);
	}
}

static void test_tokens(void)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		char *s = random_string(MAX), a[MAX], b[MAX], *x = a, *y = b, *p, *q;

		mapix_strcpy(a, s);
		mapix_strcpy(b, s);
		while (x && y) {
			p = mapix_strsep(&x, ",a");
			q = host_strsep(&y, ",a");
			check(host_strcmp(p, q) == 0, "strsep");
		}
		check(!x && !y, "strsep: count");
		free(s);
	}
}

static void run(const char *name, void (*test)(void))
{
	int before = failures;

	test();
	printf("%s string: %s\n", failures == before ? "ok" : "not ok", name);
}

int main(void)
{
	run("copying", test_copy);
	run("searching", test_search);
	run("comparing", test_compare);
	run("building", test_strings);
	run("cutting", test_tokens);
	return failures != 0;
}
