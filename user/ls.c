/*
 * ls [OPTION ...] [FILE ...]: list directories.
 */
#define PROGRAM "ls"
#define USAGE	"[-aACdFhilnrRStU1] [FILE ...]"
#include "user/common.h"
#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>

struct entry {
	char *name; /* as shown */
	char *path;
	struct stat st;
};

struct list {
	struct entry *v;
	size_t n, cap;
};

static struct {
	bool all, almost_all, columns, directory, classify, human, inode, details, numeric;
	bool reverse, recursive, one;
	char sort; /* 0: by name; 't', 'S', 'U' */
} opt;

static int status;

static void problem(const char *what, const char *path)
{
	complain("cannot %s '%s': %s", what, path, strerror(errno));
	status = status < 1 ? 1 : status;
}

static int compare(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	long long d = 0;

	if (opt.sort == 't') {
		d = (long long)b->st.st_mtim.tv_sec - a->st.st_mtim.tv_sec;
		if (d == 0)
			d = (long long)b->st.st_mtim.tv_nsec - a->st.st_mtim.tv_nsec;
	} else if (opt.sort == 'S') {
		d = (long long)b->st.st_size - a->st.st_size;
	}
	if (d == 0)
		d = strcmp(a->name, b->name);
	if (opt.reverse)
		d = -d;
	return d < 0 ? -1 : d > 0;
}

static bool add(struct list *l, const char *name, char *path)
{
	struct entry *e;

	if (l->n == l->cap)
		l->v = allocate(l->v, (l->cap = 2 * l->cap + 16) * sizeof(*l->v));
	e = &l->v[l->n];
	if (lstat(path, &e->st) < 0) {
		problem("access", path);
		return false;
	}
	e->name = copy_string(name);
	e->path = path;
	l->n++;
	return true;
}

static void free_list(struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].path);
	}
	free(l->v);
}

static size_t width_of(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static const char *suffix(const struct entry *e)
{
	mode_t m = e->st.st_mode;

	if (!opt.classify)
		return "";
	return S_ISDIR(m) ? "/" : S_ISLNK(m) ? "@" : S_ISFIFO(m) ? "|" : m & 0111 ? "*" : "";
}

/* ---- long format ---- */

struct widths {
	int links, user, group, size, inode;
};

static void widen(int *w, int n)
{
	if (n > *w)
		*w = n;
}

static int digits(unsigned long long n)
{
	return snprintf(NULL, 0, "%llu", n);
}

static const char *owner(unsigned id, bool group)
{
	static char buf[16];

	if (opt.numeric) {
		snprintf(buf, sizeof(buf), "%u", id);
		return buf;
	}
	return group ? group_name(id) : user_name(id);
}

static const char *size_text(const struct entry *e)
{
	static char buf[32];

	if (S_ISCHR(e->st.st_mode) || S_ISBLK(e->st.st_mode))
		snprintf(buf, sizeof(buf), "%u, %3u", major(e->st.st_rdev), minor(e->st.st_rdev));
	else if (opt.human)
		human_size(e->st.st_size, buf);
	else
		snprintf(buf, sizeof(buf), "%llu", (unsigned long long)e->st.st_size);
	return buf;
}

static void print_time(time_t t)
{
	const time_t half_year = 365 * 24 * 3600 / 2;
	time_t now = time(NULL);
	char buf[32];
	bool recent = t <= now && now - t < half_year;

	strftime(buf, sizeof(buf), recent ? "%b %e %H:%M" : "%b %e  %Y", localtime(&t));
	printf("%s", buf);
}

static void print_details(const struct entry *e, const struct widths *w)
{
	char mode[11], target[PATH_MAX];
	ssize_t n;

	mode_string(e->st.st_mode, mode);
	if (opt.inode)
		printf("%*llu ", w->inode, (unsigned long long)e->st.st_ino);
	printf("%s %*lu ", mode, w->links, (unsigned long)e->st.st_nlink);
	printf("%-*s ", w->user, owner(e->st.st_uid, false));
	printf("%-*s ", w->group, owner(e->st.st_gid, true));
	printf("%*s ", w->size, size_text(e));
	print_time(e->st.st_mtime);
	printf(" %s", e->name);
	if (S_ISLNK(e->st.st_mode) && (n = readlink(e->path, target, sizeof(target))) >= 0)
		printf(" -> %.*s", (int)n, target);
	else
		printf("%s", suffix(e));
	putchar('\n');
}

static void print_long(const struct list *l)
{
	struct widths w = {0};

	for (size_t i = 0; i < l->n; i++) {
		const struct entry *e = &l->v[i];

		widen(&w.links, digits(e->st.st_nlink));
		widen(&w.user, strlen(owner(e->st.st_uid, false)));
		widen(&w.group, strlen(owner(e->st.st_gid, true)));
		widen(&w.size, strlen(size_text(e)));
		widen(&w.inode, digits(e->st.st_ino));
	}
	for (size_t i = 0; i < l->n; i++)
		print_details(&l->v[i], &w);
}

/* ---- short formats ---- */

static int print_short(const struct entry *e, int inode_width)
{
	if (opt.inode)
		printf("%*llu ", inode_width, (unsigned long long)e->st.st_ino);
	printf("%s%s", e->name, suffix(e));
	return (opt.inode ? inode_width + 1 : 0) + width_of(e->name) + strlen(suffix(e));
}

static int screen_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	long n;

	if (columns && parse_long(columns, &n) && n > 0)
		return n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	return 80;
}

/* Sorted downwards, in as many columns as fit. */
static void print_columns(const struct list *l, int inode_width)
{
	size_t widest = 1, columns, rows;

	for (size_t i = 0; i < l->n; i++) {
		size_t w = width_of(l->v[i].name) + strlen(suffix(&l->v[i]));

		widest = w > widest ? w : widest;
	}
	widest += 2 + (opt.inode ? inode_width + 1 : 0);
	columns = screen_width() / widest;
	columns = columns ? columns : 1;
	rows = (l->n + columns - 1) / columns;
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = row; i < l->n; i += rows) {
			int n = print_short(&l->v[i], inode_width);

			if (i + rows < l->n)
				printf("%*s", (int)(widest - n), "");
		}
		putchar('\n');
	}
}

static void print_list(struct list *l)
{
	int inode_width = 0;

	if (opt.sort != 'U' && l->n)
		qsort(l->v, l->n, sizeof(*l->v), compare);
	for (size_t i = 0; i < l->n; i++)
		widen(&inode_width, digits(l->v[i].st.st_ino));
	if (opt.details) {
		print_long(l);
	} else if (opt.columns) {
		print_columns(l, inode_width);
	} else {
		for (size_t i = 0; i < l->n; i++) {
			print_short(&l->v[i], inode_width);
			putchar('\n');
		}
	}
}

/* ---- directories ---- */

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void list_directory(const char *path, bool title)
{
	static bool first = true;
	DIR *dir = opendir(path);
	struct list l = {0};
	unsigned long long blocks = 0;
	struct dirent *e;

	if (!dir) {
		problem("open directory", path);
		return;
	}
	while ((errno = 0, e = readdir(dir))) {
		char *full;

		if (e->d_name[0] == '.' && !opt.all && (!opt.almost_all || is_dots(e->d_name)))
			continue;
		full = join_path(path, e->d_name);
		if (!add(&l, e->d_name, full))
			free(full);
		else
			blocks += l.v[l.n - 1].st.st_blocks;
	}
	if (errno)
		problem("read directory", path);
	closedir(dir);
	if (title)
		printf("%s%s:\n", first ? "" : "\n", path);
	first = false;
	if (opt.details && opt.human) {
		char buf[HUMAN];

		printf("total %s\n", human_size(blocks * 512, buf));
	} else if (opt.details) {
		printf("total %llu\n", blocks / 2);
	}
	print_list(&l);
	for (size_t i = 0; opt.recursive && i < l.n; i++) {
		if (S_ISDIR(l.v[i].st.st_mode) && !is_dots(l.v[i].name))
			list_directory(l.v[i].path, true);
	}
	free_list(&l);
}

static bool is_directory(const struct entry *e)
{
	struct stat st;

	if (opt.directory)
		return false;
	if (S_ISLNK(e->st.st_mode) && !opt.details)
		return stat(e->path, &st) == 0 && S_ISDIR(st.st_mode);
	return S_ISDIR(e->st.st_mode);
}

static void list_arguments(char **names, int n)
{
	struct list files = {0}, dirs = {0};
	bool title = n > 1 || opt.recursive;

	for (int i = 0; i < n; i++) {
		char *path = copy_string(names[i]);

		if (!add(&files, names[i], path)) {
			free(path);
			status = 2;
		} else if (is_directory(&files.v[files.n - 1])) {
			add(&dirs, names[i], copy_string(path));
			free(files.v[--files.n].name);
			free(path);
		}
	}
	if (files.n)
		print_list(&files);
	if (files.n && dirs.n)
		putchar('\n');
	if (dirs.n)
		qsort(dirs.v, dirs.n, sizeof(*dirs.v), compare);
	for (size_t i = 0; i < dirs.n; i++)
		list_directory(dirs.v[i].path, title);
	free_list(&files);
	free_list(&dirs);
}

static void set_option(int letter)
{
	switch (letter) {
	case 'a':
		opt.all = true;
		break;
	case 'A':
		opt.almost_all = true;
		break;
	case 'C':
		opt.columns = true;
		break;
	case 'd':
		opt.directory = true;
		break;
	case 'F':
		opt.classify = true;
		break;
	case 'h':
		opt.human = true;
		break;
	case 'i':
		opt.inode = true;
		break;
	case 'n':
		opt.numeric = opt.details = true;
		break;
	case 'l':
		opt.details = true;
		break;
	case 'r':
		opt.reverse = true;
		break;
	case 'R':
		opt.recursive = true;
		break;
	case 'S':
	case 't':
	case 'U':
		opt.sort = letter;
		break;
	case '1':
		opt.columns = false;
		break;
	default:
		usage(2);
	}
}

int main(int argc, char **argv)
{
	static char *here[] = {"."};
	int letter;

	opt.columns = isatty(STDOUT_FILENO);
	while ((letter = getopt(argc, argv, "aACdFhilnrRStU1")) != -1)
		set_option(letter);
	if (optind == argc)
		list_arguments(here, 1);
	else
		list_arguments(argv + optind, argc - optind);
	return finish(status);
}
