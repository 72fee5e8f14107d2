/*
 * A library linked into programs (libtable.a) and the same library shared by programs
 * (libtable.so): sizes of the files, memory maps, and how often its code is in memory.
 */
#include "table/report.h"
#include <sys/stat.h>

enum {
	RUNS = 5,
	TEXT_SIZE = 32768
};

/* A process that runs one of the programs. */
struct run {
	const char *what, *program;
	pid_t pid;
	int end; /* the program ends when this is closed */
	struct report report;
};

static struct run runs[RUNS] = {
	{.what = "one, static", .program = "one-static"},
	{.what = "one, static, again", .program = "one-static"},
	{.what = "two, static", .program = "two-static"},
	{.what = "one, dynamic", .program = "one-dynamic"},
	{.what = "two, dynamic", .program = "two-dynamic"},
};

/* The folder of the programs, beside this one. */
static const char *folder(void)
{
	static char path[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof("parts/"));
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, "parts/");
	return path;
}

static const char *path_of(const char *program)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s%s", folder(), program);
	return path;
}

static void start(struct run *r)
{
	int report[2], end[2];

	fflush(stdout);
	if (pipe(report) < 0 || pipe2(end, O_CLOEXEC) < 0)
		fail("pipe");
	r->pid = fork();
	if (r->pid < 0)
		fail("fork");
	if (r->pid == 0) {
		/* out of the way of the two numbers first */
		int to = fcntl(report[1], F_DUPFD, END_FD + 1);
		int from = fcntl(end[0], F_DUPFD, END_FD + 1);

		dup2(to, REPORT_FD);
		dup2(from, END_FD);
		for (int fd = END_FD + 1; fd <= (to > from ? to : from); fd++)
			close(fd);
		execl(path_of(r->program), r->program, (char *)NULL);
		fail(path_of(r->program));
	}
	close(report[1]);
	close(end[0]);
	r->end = end[1];
	if (read(report[0], &r->report, sizeof(r->report)) != sizeof(r->report))
		fail(r->program);
	close(report[0]);
}

/* ---- what is shown ---- */

static void show_size(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (stat(path, &st) < 0)
		fail(path);
	printf("%-20s %8lu bytes\n", slash + 1, (unsigned long)st.st_size);
}

/* Where the library is in a process. */
static void show_places(const struct run *r)
{
	static const char *const names[PARTS] = {"code", "constants", "counter"};

	printf("\n%s: the library's\n", r->what);
	for (int part = 0; part < PARTS; part++) {
		const struct vma *v = &r->report.vma[part];

		printf("  %-10s %08lx %s %s\n", names[part], r->report.address[part], v->perms,
		       v->name);
	}
}

static void compare(const struct run *a, const struct run *b)
{
	printf("%-18s / %-18s", a->what, b->what);
	for (int part = 0; part < PARTS; part++)
		printf("  %-15s", same_frame(a->report.frame[part], b->report.frame[part]));
	putchar('\n');
}

/* The lines of /proc/PID/maps without what differs from disk to disk: device and inode. */
static void show_maps(const struct run *r)
{
	static char text[TEXT_SIZE];
	char path[64], *line = text;
	ssize_t n, have = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)r->pid);
	fd = open(path, O_RDONLY);
	while ((n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	close(fd);
	text[have] = '\0';
	printf("\nthe maps of %s\n", r->what);
	while (line && *line) {
		struct vma v;

		if (parse_vma(line, &v))
			printf("  %08lx-%08lx %s %s\n", v.start, v.end, v.perms, v.name);
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

int main(int argc, char **argv)
{
	begin(argv);
	need_frames();
	show_size("/usr/lib/libtable.a");
	show_size("/usr/lib/libtable.so");
	for (int i = 0; i < RUNS; i++) {
		start(&runs[i]);
		if (i != 1)
			show_size(path_of(runs[i].program));
	}
	for (int i = 0; i < RUNS; i++) {
		if (i != 1)
			show_places(&runs[i]);
	}
	printf("\n%-39s  %-15s  %-15s  %s\n", "in memory", "code", "constants", "counter");
	compare(&runs[0], &runs[1]);
	compare(&runs[0], &runs[2]);
	compare(&runs[0], &runs[3]);
	compare(&runs[3], &runs[4]);
	show_maps(&runs[0]);
	show_maps(&runs[3]);
	for (int i = 0; i < RUNS; i++) {
		close(runs[i].end);
		waitpid(runs[i].pid, NULL, 0);
	}
	return 0;
}
