/*
 * pagemap [-a] PID [START [END]]: which frame stands behind each page, from /proc/PID/pagemap.
 * Without a range: all of the process's mappings. -a: also pages that are not there. Addresses
 * are hexadecimal.
 */
#define PROGRAM "pagemap"
#define USAGE	"[-a] PID | self [START [END]]"
#include "user/proc.h"
#include <stdint.h>

/* Linux Documentation/admin-guide/mm/pagemap.rst */
#define PM_FRAME      ((1ULL << 55) - 1)
#define PM_SOFT_DIRTY (1ULL << 55)
#define PM_EXCLUSIVE  (1ULL << 56)
#define PM_FILE	      (1ULL << 61)
#define PM_SWAPPED    (1ULL << 62)
#define PM_PRESENT    (1ULL << 63)

static bool all;
static unsigned long page;

static void print_entry(unsigned long address, uint64_t entry)
{
	if (!(entry & (PM_PRESENT | PM_SWAPPED))) {
		if (all)
			printf("  %08lx  -\n", address);
		return;
	}
	printf("  %08lx  ", address);
	if (entry & PM_SWAPPED)
		printf("swapped");
	else if (entry & PM_FRAME)
		printf("frame %06llx", (unsigned long long)(entry & PM_FRAME));
	else
		printf("present"); /* the frame is shown to root only */
	printf("%s%s%s\n", entry & PM_FILE ? " file/shared" : " anon",
	       entry & PM_EXCLUSIVE ? " exclusive" : "",
	       entry & PM_SOFT_DIRTY ? " soft-dirty" : "");
}

static void print_range(int fd, unsigned long start, unsigned long end)
{
	uint64_t entries[512];

	for (unsigned long at = start / page; at < (end - 1) / page + 1;) {
		unsigned long left = (end - 1) / page + 1 - at;
		size_t want = left < 512 ? left : 512;
		ssize_t n =
			pread(fd, entries, want * sizeof(*entries), (off_t)at * sizeof(*entries));

		if (n < 0)
			die("pagemap");
		if (n == 0)
			return;
		for (ssize_t i = 0; i < n / (ssize_t)sizeof(*entries); i++)
			print_entry((at + i) * page, entries[i]);
		at += n / sizeof(*entries);
	}
}

static void print_mappings(const char *pid, int fd)
{
	char path[64], line[PATH_MAX + 128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	f = fopen(path, "r");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		fputs(line, stdout);
		print_range(fd, start, end);
	}
	fclose(f);
}

static unsigned long address(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 16);

	if (end == s || *end || *s == '-') {
		complain("not an address: %s", s);
		exit(1);
	}
	return n;
}

int main(int argc, char **argv)
{
	unsigned long start, end;
	char path[64];
	int opt, fd;

	while ((opt = getopt(argc, argv, "a")) != -1) {
		if (opt != 'a')
			usage(1);
		all = true;
	}
	if (argc - optind < 1 || argc - optind > 3)
		usage(1);
	page = sysconf(_SC_PAGESIZE);
	snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[optind]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		die(path);
	if (argc - optind == 1) {
		print_mappings(argv[optind], fd);
		return finish(0);
	}
	start = address(argv[optind + 1]);
	end = argc - optind == 3 ? address(argv[optind + 2]) : start + 1;
	if (end <= start) {
		complain("the range is empty");
		return 1;
	}
	print_range(fd, start, end);
	return finish(0);
}
