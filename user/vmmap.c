/*
 * vmmap [-a | -u] [-w COLUMNS] PID | NAME | self: the address space of a process as a picture in
 * characters: all of it as one strip, true to scale; every area with a cell for each page, which
 * shows whether the page is in memory; and bars of how much is resident, shared, dirty and swapped.
 * The cells are ASCII (-a), or blocks in UTF-8 (-u); without either, as the locale says.
 */
#define PROGRAM "vmmap"
#define USAGE	"[-a | -u] [-w COLUMNS] PID | NAME | self"
#include "user/space.h"
#include <dirent.h>
#include <sys/ioctl.h>

enum {
	LEAST_COLUMNS = 60,
	MOST_COLUMNS = 1000,
	USUAL_COLUMNS = 80,
	LABEL = 37,	 /* columns before the cells of an area */
	NAME = 14,	 /* of them, for its name */
	DIRTY = 8,	 /* columns behind the cells */
	MOST_LINES = 4,	 /* of an area */
	MARKS = 4,	 /* addresses below the strip */
	BAR_LABEL = 18,	 /* columns before a bar */
	SOME_PIDS = 128, /* letters of a list of them */
};

/* What 32-bit programs have of the address space on a 32-bit kernel; on a 64-bit one, all 4 GiB. */
#define USER_HALF 0xc0000000ULL
#define ALL	  0x100000000ULL

static const char letters[NR_KINDS] = {
	[KIND_CODE] = 'c',   [KIND_FILE] = 'f',	  [KIND_DATA] = 'd',
	[KIND_HEAP] = 'h',   [KIND_ANON] = 'a',	  [KIND_STACK] = 's',
	[KIND_SHARED] = 'm', [KIND_DEVICE] = 'v', [KIND_KERNEL] = 'k',
};

static const struct {
	const char *ascii, *utf8, *name;
} states[NR_STATES] = {
	[PAGE_ABSENT] = {".", "\u00b7", "not in memory"},
	[PAGE_SWAPPED] = {"o", "\u2591", "swapped"},
	[PAGE_SHARED] = {"=", "\u2592", "in memory, shared"},
	[PAGE_OWN] = {"#", "\u2588", "in memory, its own"},
};

static bool utf8;
static unsigned int columns;

static void put_cell(enum state state)
{
	fputs(utf8 ? states[state].utf8 : states[state].ascii, stdout);
}

/* A name in `width` columns. What is no printable ASCII might move the cursor. */
static void put_name(const char *name, int width)
{
	for (; *name && width; name++, width--)
		putchar(*name >= ' ' && *name <= '~' ? *name : '?');
	printf("%*s", width, "");
}

/* ---- the strip ---- */

static unsigned long long top_of(const struct space *space)
{
	return space->areas[space->nr_areas - 1].end - 1UL < USER_HALF ? USER_HALF : ALL;
}

/* The letter of the kind that has most of [from, to); a blank if nothing is there. */
static char strip_letter(const struct space *space, unsigned long long from, unsigned long long to)
{
	unsigned long long part[NR_KINDS] = {0}, most = 0;
	char letter = ' ';

	for (unsigned int i = 0; i < space->nr_areas; i++) {
		const struct area *a = &space->areas[i];
		unsigned long long start = a->start > from ? a->start : from;
		unsigned long long end = a->end < to ? a->end : to;

		if (start < end)
			part[a->kind] += end - start;
	}
	for (int k = 0; k < NR_KINDS; k++)
		if (part[k] > most) {
			most = part[k];
			letter = letters[k];
		}
	return letter;
}

static void draw_strip(const struct space *space)
{
	unsigned long long top = top_of(space);
	unsigned int width = columns - 2, each = width / MARKS;

	width = each * MARKS; /* so that the marks stand where their addresses are */
	putchar('|');
	for (unsigned int i = 0; i < width; i++)
		putchar(strip_letter(space, top * i / width, top * (i + 1) / width));
	printf("|\n");
	for (int i = 0; i < MARKS; i++)
		printf("|%08llx%*s", top * i / MARKS, (int)each - 9, "");
	printf(" |\n");
}

/* ---- the legend ---- */

/* Two blanks, or a new line if `need` columns do not fit any more. Returns the columns used. */
static unsigned int separate(unsigned int used, unsigned int need)
{
	if (used && used + 2 + need <= columns) {
		fputs("  ", stdout);
		return used + 2 + need;
	}
	if (used)
		putchar('\n');
	return need;
}

static void draw_legend(void)
{
	unsigned int used = 0;

	for (int k = 0; k < NR_KINDS; k++) {
		used = separate(used, strlen(kind_name(k)) + 2);
		printf("%c %s", letters[k], kind_name(k));
	}
	putchar('\n');
	used = 0;
	for (int s = 0; s < NR_STATES; s++) {
		used = separate(used, strlen(states[s].name) + 2);
		put_cell(s);
		printf(" %s", states[s].name);
	}
	putchar('\n');
}

/* ---- the areas ---- */

static const char *size_text(unsigned long long bytes)
{
	static char text[HUMAN];

	return human_size(bytes, text);
}

/* Pages that a cell stands for: one, or a power of two with which the area fits its lines. */
static unsigned long pages_of_cell(unsigned long pages, unsigned int per_line)
{
	unsigned long n = 1;

	while ((pages + n - 1) / n > (unsigned long)MOST_LINES * per_line)
		n *= 2;
	return n;
}

/* What stands before each line of cells: in the first what the area is, in the second its scale. */
static void draw_label(const struct area *a, unsigned int line, unsigned long per_cell)
{
	char scale[2 * HUMAN] = "";

	if (line == 0) {
		printf("%08lx %5s %s %c ", a->start, size_text(a->end - a->start), a->perms,
		       letters[a->kind]);
		put_name(a->name, NAME);
		putchar(' ');
		return;
	}
	if (line == 1 && per_cell > 1)
		snprintf(scale, sizeof(scale), "each cell %s",
			 size_text((unsigned long long)per_cell * PAGE_SIZE));
	printf("%*s%-*s", 9, "", LABEL - 9, scale);
}

static void draw_area(const struct space *space, const struct area *a)
{
	unsigned int per_line = (columns - LABEL - DIRTY) / 8 * 8, line = 0;
	unsigned long pages = (a->end - a->start) / PAGE_SIZE;
	unsigned long per_cell = pages_of_cell(pages, per_line), first = 0;

	do {
		unsigned int cells = 0;

		draw_label(a, line, per_cell);
		for (; cells < per_line && first < pages; cells++, first += per_cell)
			put_cell(summary(space, a, first,
					 pages - first < per_cell ? pages - first : per_cell));
		if (line++ == 0 && a->dirty)
			printf("%*s%*s", per_line - cells, "", DIRTY,
			       size_text(a->dirty * 1024ULL));
		putchar('\n');
	} while (first < pages);
}

static void draw_areas(const struct space *space)
{
	unsigned int per_line = (columns - LABEL - DIRTY) / 8 * 8;
	unsigned long end = 0;

	printf("\n%-8s %5s %-4s   %-*s %-*s%*s\n", "address", "size", "mode", NAME, "name",
	       per_line, "pages", DIRTY, "dirty");
	for (unsigned int i = 0; i < space->nr_areas; i++) {
		const struct area *a = &space->areas[i];

		if (a->start > end)
			printf("%7s%s %5s\n", "", utf8 ? "\u22ee" : ":", size_text(a->start - end));
		draw_area(space, a);
		end = a->end;
	}
}

/* ---- the bars ---- */

static void draw_bar(const char *name, unsigned long long kib, unsigned long long all)
{
	unsigned int width = columns - BAR_LABEL;
	unsigned int cells = (kib * width + all - 1) / all;

	printf("%-10s %5s%s", name, size_text(kib * 1024), cells ? "  " : "");
	for (unsigned int i = 0; i < cells; i++)
		put_cell(PAGE_OWN);
	putchar('\n');
}

/* All in the scale of the first; what is there at all has one cell at least. */
static void draw_bars(const struct space *space)
{
	unsigned long long mapped = 0, rss = 0, shared = 0, dirty = 0, swapped = 0;

	for (unsigned int i = 0; i < space->nr_areas; i++) {
		const struct area *a = &space->areas[i];

		mapped += (a->end - a->start) / 1024;
		rss += a->rss;
		shared += a->shared;
		dirty += a->dirty;
		swapped += a->swapped;
	}
	putchar('\n');
	draw_bar("mapped", mapped, mapped);
	draw_bar("resident", rss, mapped);
	draw_bar("  shared", shared, mapped);
	draw_bar("  dirty", dirty, mapped);
	draw_bar("swapped", swapped, mapped);
}

/* ---- which process, and how ---- */

/* The only process with this name; 0, with a message, if there is none or several. */
static int pid_of_name(const char *name)
{
	char pids[SOME_PIDS] = "";
	DIR *d = opendir("/proc");
	int found = 0, n = 0;
	struct dirent *e;

	if (!d)
		die("/proc");
	while ((e = readdir(d))) {
		struct proc_stat stat;
		size_t used = strlen(pids);
		long pid;

		if (!parse_long(e->d_name, &pid) || !read_stat(pid, &stat) ||
		    strcmp(stat.comm, name) != 0)
			continue;
		found = pid;
		snprintf(pids + used, sizeof(pids) - used, "%s%ld", n++ ? ", " : "", pid);
	}
	closedir(d);
	if (n == 0)
		complain("there is no process %s", name);
	if (n > 1)
		complain("several processes are called %s: say which by its PID (%s)", name, pids);
	return n == 1 ? found : 0;
}

static int pid_of(const char *who)
{
	long pid;

	if (strcmp(who, "self") == 0)
		return getpid();
	if (!parse_long(who, &pid))
		return pid_of_name(who);
	if (pid > 0 && pid <= INT_MAX)
		return pid;
	complain("there is no process %s", who);
	return 0;
}

static bool read_process(const char *who, struct space *space)
{
	int pid = pid_of(who);

	if (!pid)
		return false;
	if (!read_space(pid, "smaps", space)) {
		if (errno == ESRCH || errno == ENOENT)
			complain("there is no process %s", who);
		else
			complain("process %s: %s", who, strerror(errno));
		return false;
	}
	if (!space->nr_areas)
		complain("process %s has no address space: it is a kernel thread, or it has ended",
			 who);
	return space->nr_areas;
}

static unsigned int terminal_columns(void)
{
	struct winsize size;

	if (ioctl(1, TIOCGWINSZ, &size) < 0 || !size.ws_col)
		return USUAL_COLUMNS;
	if (size.ws_col > MOST_COLUMNS)
		return MOST_COLUMNS;
	return size.ws_col < LEAST_COLUMNS ? LEAST_COLUMNS : size.ws_col;
}

static bool locale_is_utf8(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *value = NULL;

	for (int i = 0; i < 3 && !(value && *value); i++)
		value = getenv(variables[i]);
	return value && (strstr(value, "UTF-8") || strstr(value, "utf8"));
}

int main(int argc, char **argv)
{
	static struct space space;
	long wide = 0;
	int c;

	utf8 = locale_is_utf8();
	while ((c = getopt(argc, argv, "auw:")) != -1) {
		if (c != 'a' && c != 'u' && c != 'w')
			usage(1);
		if (c != 'w')
			utf8 = c == 'u';
		else if (!parse_long(optarg, &wide) || wide < LEAST_COLUMNS ||
			 wide > MOST_COLUMNS) {
			complain("the width is %d to %d columns, not %s", LEAST_COLUMNS,
				 MOST_COLUMNS, optarg);
			return 1;
		}
	}
	if (argc - optind != 1)
		usage(1);
	columns = wide ? wide : terminal_columns();
	if (!read_process(argv[optind], &space))
		return 1;
	printf("process %d (", space.pid);
	put_name(space.command, strlen(space.command));
	printf("), %u areas\n", space.nr_areas);
	draw_strip(&space);
	draw_legend();
	draw_areas(&space);
	draw_bars(&space);
	return finish(0);
}
