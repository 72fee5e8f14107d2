/*
 * free [-bkmgh]: memory, as /proc/meminfo counts it.
 */
#define PROGRAM "free"
#define USAGE	"[-bkmgh]"
#include "user/proc.h"

static int shift = 10; /* the unit is 2^shift bytes */
static bool human;

static void print(long long kib)
{
	char buf[HUMAN];

	if (human)
		printf(" %11s", human_size(kib * 1024ULL, buf));
	else
		printf(" %11lld", kib * 1024 >> shift);
}

/* A missing line counts as 0, as it does for programs that read /proc/meminfo on old kernels. */
static long long value(const char *text, const char *key)
{
	long long v = proc_value(text, key);

	return v < 0 ? 0 : v;
}

int main(int argc, char **argv)
{
	static char text[8192];
	long long total, available, cache;
	int opt;

	while ((opt = getopt(argc, argv, "bkmgh")) != -1) {
		if (opt == '?')
			usage(1);
		human = opt == 'h';
		shift = opt == 'b' ? 0 : opt == 'm' ? 20 : opt == 'g' ? 30 : 10;
	}
	if (optind < argc)
		usage(1);
	if (read_file("/proc/meminfo", text, sizeof(text)) < 0)
		die("/proc/meminfo");
	total = value(text, "MemTotal");
	available = proc_value(text, "MemAvailable");
	cache = value(text, "Buffers") + value(text, "Cached") + value(text, "SReclaimable");
	if (available < 0)
		available = value(text, "MemFree") + cache;
	printf("%-7s %12s %11s %11s %11s %11s %11s\n", "", "total", "used", "free", "shared",
	       "buff/cache", "available");
	printf("Mem:    ");
	print(total);
	print(total - available);
	print(value(text, "MemFree"));
	print(value(text, "Shmem"));
	print(cache);
	print(available);
	printf("\nSwap:   ");
	print(value(text, "SwapTotal"));
	print(value(text, "SwapTotal") - value(text, "SwapFree"));
	print(value(text, "SwapFree"));
	putchar('\n');
	return finish(0);
}
