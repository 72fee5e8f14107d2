/*
 * pmap [-x] PID ...: the mappings of a process, from /proc/PID/maps; -x: with how much of each
 * is in memory and was written, from smaps, or counted from pagemap where there is no smaps.
 */
#define PROGRAM "pmap"
#define USAGE	"[-x] PID ..."
#include "user/proc.h"
#include <stdint.h>

/* A bit of /proc/PID/pagemap: Linux Documentation/admin-guide/mm/pagemap.rst */
#define PAGE_PRESENT (1ULL << 63)

struct area {
	unsigned long start, end;
	char perms[5];
	char name[PATH_MAX];
	long rss, dirty; /* KiB */
};

static void count_pages(int pid, struct area *a)
{
	unsigned long page = sysconf(_SC_PAGESIZE);
	char path[64];
	uint64_t entry;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY);
	for (unsigned long at = a->start; fd >= 0 && at < a->end; at += page) {
		if (pread(fd, &entry, sizeof(entry), (off_t)(at / page) * sizeof(entry)) !=
		    sizeof(entry))
			break;
		if (entry & PAGE_PRESENT)
			a->rss += page / 1024;
	}
	if (fd >= 0)
		close(fd);
}

static const char *shown_name(const struct area *a)
{
	if (!*a->name)
		return "  [ anon ]";
	if (strcmp(a->name, "[stack]") == 0)
		return "  [ stack ]";
	return *a->name == '[' ? "  [ anon ]" : last_part(a->name);
}

static bool parse_area(const char *line, struct area *a)
{
	memset(a, 0, sizeof(*a));
	return sscanf(line, "%lx-%lx %4s %*s %*s %*s %[^\n]", &a->start, &a->end, a->perms,
		      a->name) >= 3;
}

static void print_area(const struct area *a, bool extended)
{
	unsigned long kib = (a->end - a->start) / 1024;
	char perms[] = "-----";

	for (int i = 0; i < 3; i++)
		perms[i] = a->perms[i];
	perms[3] = a->perms[3] == 's' ? 's' : '-';
	if (extended)
		printf("%08lx %7lu %7ld %7ld %s %s\n", a->start, kib, a->rss, a->dirty, perms,
		       shown_name(a));
	else
		printf("%08lx %6luK %s %s\n", a->start, kib, perms, shown_name(a));
}

static void read_smaps_line(const char *line, struct area *a)
{
	long v;

	if (sscanf(line, "Rss: %ld", &v) == 1)
		a->rss = v;
	else if (sscanf(line, "Shared_Dirty: %ld", &v) == 1 ||
		 sscanf(line, "Private_Dirty: %ld", &v) == 1)
		a->dirty += v;
}

static FILE *open_maps(int pid, bool extended, bool *smaps)
{
	char path[64];
	FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	if (extended)
		f = fopen(path, "r");
	*smaps = f != NULL;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	return f ? f : fopen(path, "r");
}

static bool print_process(int pid, bool extended)
{
	char command[4096], line[PATH_MAX + 128];
	unsigned long total = 0;
	long rss = 0, dirty = 0;
	bool smaps, have = false;
	FILE *f = open_maps(pid, extended, &smaps);
	struct area a, next;
	ssize_t n = read_proc_file(pid, "cmdline", command, sizeof(command));

	if (!f)
		return false;
	for (ssize_t i = 0; i + 1 < n; i++)
		command[i] = command[i] ? command[i] : ' ';
	printf("%d:   %s\n", pid, n > 0 ? command : "");
	if (extended)
		printf("%-8s %7s %7s %7s %-5s %s\n", "Address", "Kbytes", "RSS", "Dirty", "Mode",
		       "Mapping");
	for (;;) {
		bool more = fgets(line, sizeof(line), f) != NULL;

		if (more && !parse_area(line, &next)) {
			read_smaps_line(line, &a);
			continue;
		}
		if (have) {
			if (extended && !smaps)
				count_pages(pid, &a);
			print_area(&a, extended);
			total += (a.end - a.start) / 1024;
			rss += a.rss;
			dirty += a.dirty;
		}
		if (!more)
			break;
		a = next;
		have = true;
	}
	fclose(f);
	if (extended)
		printf("-------- ------- ------- ------- \ntotal kB %7lu %7ld %7ld\n", total, rss,
		       dirty);
	else
		printf(" total %8luK\n", total);
	return true;
}

int main(int argc, char **argv)
{
	bool extended = false;
	int opt, status = 0;
	long pid;

	while ((opt = getopt(argc, argv, "x")) != -1) {
		if (opt != 'x')
			usage(1);
		extended = true;
	}
	if (optind == argc)
		usage(1);
	for (; optind < argc; optind++) {
		const char *arg = argv[optind];

		if (strncmp(arg, "/proc/", 6) == 0)
			arg += 6;
		if (!parse_long(arg, &pid))
			usage(1);
		if (!print_process(pid, extended))
			status = 42; /* as procps: a process that is not there */
	}
	return finish(status);
}
