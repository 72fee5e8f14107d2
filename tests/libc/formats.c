/* printf, scanf, strftime and getopt: what is beyond the plain conversions. */
#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include "compare.h"

#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"

static char buf[SIZE], text[SIZE];

static void printing(void)
{
	volatile size_t size = 2;
	int a = -1;

	SHOW(snprintf(buf, SIZE, "%2$s %1$s %2$.1s", "x", "yz"));
	TEXT(buf);
	SHOW(snprintf(buf, SIZE, "%2$*1$d|%2$-*1$d|%3$.*1$f", 5, 42, 1.5));
	TEXT(buf);
	SHOW(snprintf(buf, SIZE, "%1$lld %2$hhx %3$c %4$p", -1LL, 0x1ff, 'c', NULL));
	TEXT(buf);
	SHOW(snprintf(buf, SIZE, "a$b %d%%", 3));
	TEXT(buf);
	errno = ENOENT;
	SHOW((errno = ENOENT, snprintf(buf, SIZE, "%m|%20m|%.3m")));
	TEXT(buf);
	SHOW(snprintf(buf, SIZE, "abc%nd", &a));
	SHOW(a);
	SHOW(snprintf(buf, SIZE, "%ls|%lc|%S|%5C", L"wide", L'c', L"W", L'x'));
	TEXT(buf);
	SHOW(snprintf(buf, SIZE, "%lc", 0x20ac));
	SHOW(snprintf(buf, SIZE, "%"));
	SHOW(snprintf(buf, size, "%2$s%1$s", "long", "text"));
	TEXT(buf);
	SHOW(printf("%s", ""));
	SHOW(setvbuf(stdout, NULL, _IONBF, 0));
	SHOW(puts("four"));
	SHOW(printf("%2$s%1$c", '\n', "numbered"));
}

static void scanning(void)
{
	int a = -1, b = -1, c = -1;

	SHOW(sscanf("12 ab 34", "%3$d %1$s %2$d", text, &b, &a));
	say("%d %s %d\n", a, text, b);
	SHOW(sscanf("12 34", "%2$*d %1$d", &a));
	SHOW(a);
	SHOW(sscanf("123456", "%1$2d%2$3d%3$n", &a, &b, &c));
	say("%d %d %d\n", a, b, c);
	SHOW(sscanf("1 2", "%d%d", &a, &b));
	SHOW(sscanf("", "%1$d", &a));
	SHOW(sscanf("x", "%1$d", &a));
}

/* What sets and widths take, in characters of either kind. */
static void scanning_text(void)
{
	static const char *const sets[] = {"%[a-]%s", "%[c-a]%s",  "%[]]%s", "%[^]]%s", "%[^^]%s",
					   "%[a-]",   "%2[a-c]%s", "%3s%s",  "%2c%s",	"%hs"};
	static const char *const texts[] = {"abc-z", "]]x", "a^b", "  x y", "", "-c"};
	char *grown = text;
	wchar_t wide[20];

	for (unsigned int i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		for (unsigned int j = 0; j < sizeof(texts) / sizeof(*texts); j++) {
			memset(buf, 0, 10);
			memset(text, 0, 10);
			say("%s of %s: %d", sets[i], texts[j],
			    sscanf(texts[j], sets[i], buf, text));
			say(" [%s][%s]\n", buf, text);
		}
	}
	SHOW(sscanf("wide x", "%ls", wide));
	say("%ls %d\n", wide, (int)wide[4]);
	SHOW(sscanf("wide x", "%2l[a-z]%S", wide, wide + 10));
	say("%x %x %ls\n", (int)wide[0], (int)wide[1], wide + 10);
	SHOW(sscanf("grown rest", "%ms%s", &grown, buf));
	TEXT(grown);
	SHOW(sscanf("grown", "%mls", &grown));
	say("%ls\n", (wchar_t *)grown);
	SHOW(sscanf("", "%ms", &grown));
	SHOW(grown);
	grown = buf;
	SHOW(sscanf("5", "%m[a-z]", &grown));
	SHOW(grown);
	SHOW(sscanf("1000", "%'d", (int *)buf));
}

static void dates(void)
{
	static const char *const all[] = {
		"%5Y",	  "%_d",  "%-d",  "%05e", "%^a",    "%#a", "%#p",   "%#Z",
		"%_5H",	  "%3j",  "%-j",  "%^B",  "%10D",   "%^c", "%010D", "%-I",
		"%_I",	  "%8p",  "%-8p", "%08b", "%-m/%y", "%EY", "%Od",   "%Q",
		"%5Q",	  "%",	  "%-",	  "%5",	  "%E",	    "%+",  "%c",    "%x %X",
		"%G%g%V", "%U%W", "%C",	  "%e",	  "%0e",    "%-e", "%k%l",  "%n%t%%"};
	struct tm tm = {.tm_year = 124, .tm_mday = 5, .tm_hour = 3, .tm_min = 7, .tm_sec = 9};

	tm.tm_wday = 5;
	tm.tm_yday = 4;
	tm.tm_zone = "UTC";
	for (unsigned int i = 0; i < sizeof(all) / sizeof(*all); i++) {
		size_t len = strftime(buf, SIZE, all[i], &tm);

		buf[len] = '\0';
		say("%s: %zu [%s]\n", all[i], len, buf);
	}
	SHOW(strftime(buf, 5, "%Y", &tm));
	SHOW(strftime(buf, 4, "%Y", &tm));
	SHOW(strftime(buf, 10, "%20Y", &tm));
}

/* Everything that one vector gives, and how it lies afterwards. */
static void options(const char *name, const char *list, const struct option *longs, char **vector)
{
	int argc = 0, c, index = -1;

	while (vector[argc])
		argc++;
	optind = 0;
	optopt = 0;
	say("%s [%s]:", name, list);
	while ((c = getopt_long(argc, vector, list, longs, &index)) != -1) {
		say(" %d(%s,%d,%d,%d", c, optarg ? optarg : "-", optind,
		    c == '?' || c == ':' ? optopt : 0, index);
		for (int i = 0; i < argc; i++)
			say("%s%s", i ? " " : ";", vector[i]);
		say(")");
	}
	say(" end %d:", optind);
	for (int i = 0; i < argc; i++)
		say(" %s", vector[i]);
	say("\n");
}

#define OPTIONS(name, list, longs, ...) \
	options(name, list, longs, (char *[]){"p", __VA_ARGS__, NULL})

static void short_options(void)
{
	OPTIONS("order", "ab:c", NULL, "-a", "x", "-bval", "y", "-c", "--", "-a", "z");
	OPTIONS("order", "+ab:c", NULL, "-a", "x", "-bval");
	OPTIONS("order", "-ab:c", NULL, "x", "-a", "y", "-b", "v", "--", "-c", "z");
	OPTIONS("cluster", "ab:c", NULL, "x", "-acb", "v", "y", "-ca");
	OPTIONS("errors", ":ab:", NULL, "-xaz", "-", "-b");
	OPTIONS("errors", "-:ab:", NULL, "o", "-x", "-:", "-b");
	OPTIONS("errors", "ab:", NULL, "-x", "-b");
	OPTIONS("optional", "o::a", NULL, "-o", "x", "-ovalue", "-ao");
	OPTIONS("nothing", "a", NULL, "x", "y");
	OPTIONS("end", "a", NULL, "x", "--");
	setenv("POSIXLY_CORRECT", "", 1);
	OPTIONS("posix", "ab:c", NULL, "-a", "x", "-c");
	OPTIONS("posix", "-ab:c", NULL, "-a", "x", "-c");
	unsetenv("POSIXLY_CORRECT");
	OPTIONS("posix", "ab:c", NULL, "-a", "x", "-c");
}

static void long_options(void)
{
	static int flag;
	static const struct option longs[] = {
		{"verbose", no_argument, NULL, 'v'},	{"version", no_argument, NULL, 'V'},
		{"file", required_argument, NULL, 'f'}, {"opt", optional_argument, NULL, 'o'},
		{"same", no_argument, NULL, 's'},	{"samedi", no_argument, NULL, 's'},
		{"flag", no_argument, &flag, 7},	{NULL, 0, NULL, 0}};

	OPTIONS("long", "vf:o::", longs, "x", "--verb", "--file", "a", "y", "--opt", "--opt=3");
	OPTIONS("long", "vf:", longs, "--ver", "--sam", "--file=", "--fl", "-f", "--", "--", "-v");
	OPTIONS("long", ":vf:", longs, "--bad", "--verbose=1", "x", "--ver", "--file");
	OPTIONS("long", "vf:", longs, "--bad=5", "--verbose=1", "--file");
	OPTIONS("long", "-vf:", longs, "a", "--verbose", "b");
	SHOW(flag);
}

static void signal_sets(void)
{
	static const int numbers[] = {-1, 0, 1, 31, 32, 33, 34, 64, 65};
	sigset_t set;

	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sigemptyset(&set);
		say("signal %d:\n", numbers[i]);
		SHOW(sigaddset(&set, numbers[i]));
		SHOW(sigismember(&set, numbers[i]));
		SHOW(sigdelset(&set, numbers[i]));
	}
	say("%d %d %s\n", SIGRTMIN, SIGRTMAX, strsignal(40));
}

int main(void)
{
	dup2(STDOUT_FILENO, STDERR_FILENO);
	printing();
	scanning();
	scanning_text();
	dates();
	short_options();
	long_options();
	signal_sets();
	return 0;
}
