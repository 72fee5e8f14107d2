/*
 * date [-u] [-d @SECONDS] [-s @SECONDS] [+FORMAT]: print or set the time (UTC).
 */
#define PROGRAM "date"
#define USAGE	"[-u] [-d @SECONDS] [-s @SECONDS] [+FORMAT]"
#include "user/common.h"
#include <time.h>

static time_t parse_time(const char *s)
{
	char *end;
	long long t;

	if (*s != '@')
		usage(1);
	t = strtoll(s + 1, &end, 10);
	if (end == s + 1 || *end) {
		complain("invalid date '%s'", s);
		exit(1);
	}
	return t;
}

int main(int argc, char **argv)
{
	const char *format = "%a %b %e %H:%M:%S UTC %Y";
	struct timespec ts;
	char buf[512];
	int opt;

	clock_gettime(CLOCK_REALTIME, &ts);
	while ((opt = getopt(argc, argv, "ud:s:")) != -1) {
		if (opt == 'd') {
			ts.tv_sec = parse_time(optarg);
		} else if (opt == 's') {
			ts.tv_sec = parse_time(optarg);
			ts.tv_nsec = 0;
			if (clock_settime(CLOCK_REALTIME, &ts) < 0)
				die("cannot set date");
		} else if (opt == '?') {
			usage(1);
		}
	}
	if (optind < argc && (argv[optind][0] != '+' || optind + 1 < argc))
		usage(1);
	if (optind < argc)
		format = argv[optind] + 1;
	if (!*format)
		strcpy(buf, "");
	else if (!strftime(buf, sizeof(buf), format, gmtime(&ts.tv_sec))) {
		complain("the result is too long");
		return 1;
	}
	puts(buf);
	return finish(0);
}
