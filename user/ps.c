/*
 * ps [-eAf] [-p PID] [-o FIELD,...], ps [aux]: the processes, as /proc shows them.
 *
 * A report is a list of columns; -f, u and the like are lists made ready.
 */
#define PROGRAM "ps"
#define USAGE	"[-eAfw] [-p PID,...] [-o FIELD,...] | [auxw]"
#include "user/proc.h"
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>

/* Device numbers of terminals: Linux Documentation/admin-guide/devices.txt */
enum {
	TTY_MAJOR = 4,
	SERIAL_FIRST = 64,
	CONSOLE_MAJOR = 5,
	PTS_MAJOR = 136
};

enum {
	TEXT = 4096,
	MAX_COLUMNS = 32
};

struct process {
	struct proc_stat st;
	unsigned uid;
};

struct column {
	const char *name, *title;
	int width; /* negative: to the left; 0: the last column, as wide as need be */
	void (*print)(const struct process *p, char *buf);
};

static long ticks_per_second, page_kib;
static double uptime;
static long long total_memory;

/* ---- the fields ---- */

static void f_pid(const struct process *p, char *buf)
{
	sprintf(buf, "%d", p->st.pid);
}

static void f_ppid(const struct process *p, char *buf)
{
	sprintf(buf, "%d", p->st.ppid);
}

static void f_pgid(const struct process *p, char *buf)
{
	sprintf(buf, "%d", p->st.pgrp);
}

static void f_sid(const struct process *p, char *buf)
{
	sprintf(buf, "%d", p->st.session);
}

static void f_user(const struct process *p, char *buf)
{
	strcpy(buf, user_name(p->uid));
}

static void f_uid(const struct process *p, char *buf)
{
	sprintf(buf, "%u", p->uid);
}

static void f_comm(const struct process *p, char *buf)
{
	strcpy(buf, p->st.comm);
}

static void f_args(const struct process *p, char *buf)
{
	ssize_t n = read_proc_file(p->st.pid, "cmdline", buf, TEXT);

	while (n > 0 && !buf[n - 1])
		n--;
	if (n <= 0) { /* a kernel thread or a zombie */
		sprintf(buf, "[%s]%s", p->st.comm, p->st.state == 'Z' ? " <defunct>" : "");
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\0' || buf[i] == '\n')
			buf[i] = ' ';
	}
	buf[n] = '\0';
}

static void f_state(const struct process *p, char *buf)
{
	sprintf(buf, "%c", p->st.state);
}

static void f_stat(const struct process *p, char *buf)
{
	sprintf(buf, "%c%s%s%s%s", p->st.state,
		p->st.nice < 0	 ? "<"
		: p->st.nice > 0 ? "N"
				 : "",
		p->st.session == p->st.pid ? "s" : "", p->st.threads > 1 ? "l" : "",
		p->st.tty && p->st.tpgid == p->st.pgrp ? "+" : "");
}

static void f_tty(const struct process *p, char *buf)
{
	unsigned maj = major((dev_t)p->st.tty), min = minor((dev_t)p->st.tty);

	if (!p->st.tty)
		strcpy(buf, "?");
	else if (maj == TTY_MAJOR && min < SERIAL_FIRST)
		sprintf(buf, "tty%u", min);
	else if (maj == TTY_MAJOR)
		sprintf(buf, "ttyS%u", min - SERIAL_FIRST);
	else if (maj == CONSOLE_MAJOR && min == 1)
		strcpy(buf, "console");
	else if (maj == PTS_MAJOR)
		sprintf(buf, "pts/%u", min);
	else
		sprintf(buf, "%u:%u", maj, min);
}

static void f_time(const struct process *p, char *buf)
{
	unsigned long s = (p->st.utime + p->st.stime) / ticks_per_second;

	sprintf(buf, "%02lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

static void f_bsdtime(const struct process *p, char *buf)
{
	unsigned long s = (p->st.utime + p->st.stime) / ticks_per_second;

	sprintf(buf, "%lu:%02lu", s / 60, s % 60);
}

static void f_vsz(const struct process *p, char *buf)
{
	sprintf(buf, "%lu", p->st.vsize / 1024);
}

static void f_rss(const struct process *p, char *buf)
{
	sprintf(buf, "%ld", p->st.rss * page_kib);
}

/* Of the whole seconds that it has lived: in the first one the share would be mere chance. */
static double cpu_percent(const struct process *p)
{
	long lived = (long)uptime - (long)(p->st.start / ticks_per_second);

	return lived > 0 ? 100.0 * (p->st.utime + p->st.stime) / ticks_per_second / lived : 0;
}

static void f_cpu(const struct process *p, char *buf)
{
	unsigned tenths = cpu_percent(p) * 10;

	sprintf(buf, "%u.%u", tenths / 10, tenths % 10);
}

static void f_c(const struct process *p, char *buf)
{
	sprintf(buf, "%u", (unsigned)cpu_percent(p));
}

static void f_mem(const struct process *p, char *buf)
{
	unsigned tenths = total_memory > 0 ? 1000LL * p->st.rss * page_kib / total_memory : 0;

	sprintf(buf, "%u.%u", tenths / 10, tenths % 10);
}

static void f_start(const struct process *p, char *buf)
{
	time_t now = time(NULL);
	time_t started = now - (time_t)(uptime - (double)p->st.start / ticks_per_second);

	strftime(buf, TEXT, now - started < 24 * 3600 ? "%H:%M" : "%b%d", localtime(&started));
}

static void f_nice(const struct process *p, char *buf)
{
	sprintf(buf, "%ld", p->st.nice);
}

static void f_threads(const struct process *p, char *buf)
{
	sprintf(buf, "%ld", p->st.threads);
}

static const struct column columns[] = {
	{"pid", "PID", 5, f_pid},
	{"ppid", "PPID", 5, f_ppid},
	{"pgid", "PGID", 5, f_pgid},
	{"pgrp", "PGRP", 5, f_pgid},
	{"sid", "SID", 5, f_sid},
	{"user", "USER", -8, f_user},
	{"uid", "UID", 5, f_uid},
	{"euser", "UID", -8, f_user},
	{"comm", "COMMAND", -15, f_comm},
	{"cmd", "CMD", -27, f_args},
	{"ucmd", "CMD", -15, f_comm},
	{"args", "COMMAND", -27, f_args},
	{"command", "COMMAND", -27, f_args},
	{"state", "S", 1, f_state},
	{"s", "S", 1, f_state},
	{"stat", "STAT", -4, f_stat},
	{"tty", "TTY", -8, f_tty},
	{"time", "TIME", 8, f_time},
	{"bsdtime", "TIME", 6, f_bsdtime},
	{"vsz", "VSZ", 6, f_vsz},
	{"rss", "RSS", 5, f_rss},
	{"pcpu", "%CPU", 4, f_cpu},
	{"%cpu", "%CPU", 4, f_cpu},
	{"c", "C", 2, f_c},
	{"pmem", "%MEM", 4, f_mem},
	{"%mem", "%MEM", 4, f_mem},
	{"start", "START", 5, f_start},
	{"stime", "STIME", 5, f_start},
	{"ni", "NI", 3, f_nice},
	{"nlwp", "NLWP", 4, f_threads},
};

static struct column report[MAX_COLUMNS];
static int n_report;

/* "pid,rss=MEM": a title of one's own behind "=". */
static void add_columns(const char *list)
{
	char *copy = copy_string(list), *word;

	while ((word = strsep(&copy, ", "))) {
		char *title = strchr(word, '=');
		size_t i = 0;

		if (title)
			*title++ = '\0';
		while (i < sizeof(columns) / sizeof(columns[0]) &&
		       strcmp(columns[i].name, word) != 0)
			i++;
		if (i == sizeof(columns) / sizeof(columns[0]) || n_report == MAX_COLUMNS) {
			complain("unknown field: %s", word);
			exit(1);
		}
		report[n_report] = columns[i];
		if (title)
			report[n_report].title = title;
		n_report++;
	}
}

/* ---- the report ---- */

static int screen_width(void)
{
	struct winsize ws;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || !ws.ws_col)
		return INT_MAX;
	return ws.ws_col;
}

struct row {
	char text[2 * TEXT];
	size_t n;
};

static void add_cell(struct row *row, const char *text, int width, bool last)
{
	size_t room = sizeof(row->text) - row->n;
	int n;

	if (row->n >= sizeof(row->text) - 1)
		return;
	if (last && width <= 0)
		n = snprintf(row->text + row->n, room, "%s", text);
	else
		n = snprintf(row->text + row->n, room, "%*s%s", width, text, last ? "" : " ");
	row->n += (size_t)n < room ? (size_t)n : room - 1;
}

static void print_process(const struct process *p, int width)
{
	static char buf[TEXT];
	static struct row row;

	row.n = 0;
	row.text[0] = '\0';
	for (int i = 0; i < n_report; i++) {
		buf[0] = '\0';
		report[i].print(p, buf);
		add_cell(&row, buf, report[i].width, i + 1 == n_report);
	}
	printf("%.*s\n", width, row.text);
}

static void print_titles(int width)
{
	static struct row row;
	bool any = false;

	for (int i = 0; i < n_report; i++) {
		any |= *report[i].title != '\0';
		add_cell(&row, report[i].title, report[i].width, i + 1 == n_report);
	}
	if (any)
		printf("%.*s\n", width, row.text);
}

struct selection {
	bool all;	   /* processes of other users and terminals, too */
	bool no_terminal;  /* x: those without a terminal */
	bool any_terminal; /* a */
	const char *pids;
};

static bool selected(const struct selection *sel, const struct process *p, int own_tty)
{
	if (sel->pids) {
		for (const char *s = sel->pids; s; s = strpbrk(s, ", ")) {
			s += strspn(s, ", ");
			if (atoi(s) == p->st.pid)
				return true;
		}
		return false;
	}
	if (sel->all || (sel->any_terminal && sel->no_terminal))
		return true;
	if (sel->any_terminal)
		return p->st.tty != 0;
	if (sel->no_terminal)
		return p->uid == geteuid();
	return p->st.tty == own_tty && p->uid == geteuid();
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int *all_pids(size_t *n)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	int *pids = NULL;
	size_t cap = 0;
	long pid;

	if (!dir)
		die("/proc");
	*n = 0;
	while ((e = readdir(dir))) {
		if (!parse_long(e->d_name, &pid))
			continue;
		if (*n == cap)
			pids = allocate(pids, (cap = 2 * cap + 64) * sizeof(*pids));
		pids[(*n)++] = pid;
	}
	closedir(dir);
	if (*n)
		qsort(pids, *n, sizeof(*pids), compare);
	return pids;
}

static bool read_process(int pid, struct process *p)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &st) < 0 || !read_stat(pid, &p->st))
		return false;
	p->uid = st.st_uid;
	return true;
}

static int print_report(const struct selection *sel, int width)
{
	struct process p;
	bool any = false;
	int own_tty = 0;
	size_t n;
	int *pids = all_pids(&n);

	if (read_process(getpid(), &p))
		own_tty = p.st.tty;
	print_titles(width);
	for (size_t i = 0; i < n; i++) {
		if (!read_process(pids[i], &p) || !selected(sel, &p, own_tty))
			continue;
		print_process(&p, width);
		any = true;
	}
	free(pids);
	return !any;
}

static void read_machine(void)
{
	static char buf[8192];

	ticks_per_second = sysconf(_SC_CLK_TCK);
	page_kib = sysconf(_SC_PAGESIZE) / 1024;
	if (read_file("/proc/uptime", buf, sizeof(buf)) > 0)
		uptime = strtod(buf, NULL);
	if (read_file("/proc/meminfo", buf, sizeof(buf)) > 0)
		total_memory = proc_value(buf, "MemTotal");
}

/* BSD's words without a dash: "aux". */
static void parse_bsd(const char *s, struct selection *sel, const char **format, bool *wide)
{
	for (; *s; s++) {
		if (*s == 'a')
			sel->any_terminal = true;
		else if (*s == 'x')
			sel->no_terminal = true;
		else if (*s == 'u')
			*format = "user,pid,%cpu,%mem,vsz,rss,tty,stat,start,bsdtime,command";
		else if (*s == 'w')
			*wide = true;
		else
			usage(1);
	}
	if (!*format)
		*format = "pid,tty,stat,bsdtime,command";
}

int main(int argc, char **argv)
{
	struct selection sel = {0};
	const char *format = NULL;
	bool wide = false;
	int opt;

	if (argc == 2 && argv[1][0] != '-') {
		parse_bsd(argv[1], &sel, &format, &wide);
		optind = argc;
	}
	while ((opt = getopt(argc, argv, "eAfp:o:w")) != -1) {
		if (opt == 'e' || opt == 'A')
			sel.all = true;
		else if (opt == 'f')
			format = "euser,pid,ppid,c,stime,tty,time,cmd";
		else if (opt == 'p')
			sel.pids = optarg;
		else if (opt == 'o')
			add_columns(optarg);
		else if (opt == 'w')
			wide = true;
		else
			usage(1);
	}
	if (optind < argc)
		usage(1);
	if (!n_report)
		add_columns(format ? format : "pid,tty,time,ucmd");
	read_machine();
	return finish(print_report(&sel, wide ? INT_MAX : screen_width()));
}
