/*
 * sleep NUMBER[smhd] ...: wait that long; fractions are seconds, too.
 */
#define PROGRAM "sleep"
#define USAGE	"NUMBER[smhd] ..."
#include "user/common.h"
#include <time.h>

static double parse_duration(const char *s)
{
	static const char units[] = "smhd";
	static const int seconds[] = {1, 60, 3600, 86400};
	char *end;
	double value = strtod(s, &end);
	const char *unit = *end ? strchr(units, *end) : units;

	if (end == s || !unit || value < 0 || value != value || (*end && end[1])) {
		complain("invalid time interval '%s'", s);
		usage(1);
	}
	return value * seconds[unit - units];
}

int main(int argc, char **argv)
{
	const double most = INT_MAX;
	struct timespec ts;
	double total = 0;

	if (argc > 1 && strcmp(argv[1], "--") == 0) {
		argv++;
		argc--;
	}
	if (argc < 2)
		usage(1);
	for (int i = 1; i < argc; i++)
		total += parse_duration(argv[i]);
	if (total > most)
		total = most;
	ts.tv_sec = total;
	ts.tv_nsec = (total - ts.tv_sec) * 1e9;
	while (nanosleep(&ts, &ts) < 0) {
		if (errno != EINTR)
			die("nanosleep");
	}
	return 0;
}
