/*
 * man [NAME]: the page of docs/ about NAME, which may be a page, a call, a program or a word; on a
 * terminal a screen at a time. Without NAME: which pages there are.
 */
#define PROGRAM "man"
#define USAGE	"[NAME]"
#include "user/common.h"
#include <ctype.h>
#include <dirent.h>

#define DOCS   "/usr/share/doc/mapix"
#define SUFFIX ".md"

static const char *const folders[] = {DOCS, DOCS "/experiments"};
/* They name every call or every function, and are the page of none. */
static const char *const listings[] = {"abi-coverage.md", "call-trees.md", "fields.md",
				       "glossary.md", "maps-line.md"};

enum {
	FOLDERS = sizeof(folders) / sizeof(folders[0]),
	LISTINGS = sizeof(listings) / sizeof(listings[0]),
	HEADING = 20 /* a heading with the word counts as so many lines */
};

static bool is_page(const char *name)
{
	size_t n = strlen(name);

	return n > strlen(SUFFIX) && strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

/* Where WORD stands in TEXT as a whole word; NULL: nowhere. */
static const char *find_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at++) {
		bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
		bool ends = !(isalnum((unsigned char)at[n]) || at[n] == '_');

		if (begins && ends)
			return at;
	}
	return NULL;
}

/* How much the page is about the word: the lines that name it, headings many times. */
static long score(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	char line[1024];
	long points = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (find_word(line, word))
			points += line[0] == '#' ? HEADING : 1;
	}
	if (f)
		fclose(f);
	return points;
}

/* The page with the most points of BY(page's path, its name, WORD) in a folder, allocated; NULL:
 * none. */
static char *best_page(long (*by)(const char *path, const char *name, const char *word),
		       const char *word)
{
	char *best = NULL;
	long most = 0;

	for (int i = 0; i < FOLDERS; i++) {
		DIR *dir = opendir(folders[i]);
		struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			char *path = join_path(folders[i], entry->d_name);
			long points = is_page(entry->d_name) ? by(path, entry->d_name, word) : 0;

			if (points > most) {
				free(best);
				best = path;
				most = points;
			} else {
				free(path);
			}
		}
		if (dir)
			closedir(dir);
	}
	return best;
}

/* By its name: the word itself, or one of those that it consists of; mechanisms before experiments.
 */
static long by_name(const char *path, const char *name, const char *word)
{
	size_t n = strlen(word);

	if (!find_word(name, word))
		return 0;
	return 1 + (strcmp(name + n, SUFFIX) == 0) + 2 * !strstr(path, "/experiments/");
}

static long by_text(const char *path, const char *name, const char *word)
{
	for (int i = 0; i < LISTINGS; i++) {
		if (strcmp(name, listings[i]) == 0)
			return 0;
	}
	return score(path, word);
}

_Noreturn static void show(const char *path)
{
	char *argv[] = {NULL, (char *)path, NULL};
	bool paged = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

	argv[0] = paged ? "less" : "cat";
	execvp(argv[0], argv);
	argv[0] = "more";
	execvp(argv[0], argv);
	die(path);
}

/* A program says itself how it is used. */
static void show_program(const char *name)
{
	static const char *const places[] = {"/bin", "/sbin"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = join_path(places[i], name);

		if (access(path, X_OK) < 0)
			continue;
		dup2(STDOUT_FILENO, STDERR_FILENO);
		execl(path, name, "--help", (char *)NULL);
	}
}

static void list_pages(FILE *out)
{
	for (int i = 0; i < FOLDERS; i++) {
		DIR *dir = opendir(folders[i]);
		struct dirent *entry;

		fprintf(out, i ? "\nExperiments:" : "Pages:");
		while (dir && (entry = readdir(dir))) {
			if (is_page(entry->d_name))
				fprintf(out, " %.*s", (int)(strlen(entry->d_name) - strlen(SUFFIX)),
					entry->d_name);
		}
		if (dir)
			closedir(dir);
	}
	fprintf(out, "\nA program says how it is used: NAME --help. Linux's manual pages hold for "
		     "the calls:\n"
		     "https://man7.org/linux/man-pages\n");
}

int main(int argc, char **argv)
{
	const char *word = argv[argc - 1]; /* man 2 mmap */
	char *page;

	if (argc > 1 && argv[1][0] == '-')
		usage(1);
	if (argc < 2) {
		printf("What is to be shown? man NAME: a page, a call, a program, a word.\n");
		list_pages(stdout);
		return finish(0);
	}
	page = best_page(by_name, word);
	if (page)
		show(page);
	show_program(word);
	page = best_page(by_text, word);
	if (page)
		show(page);
	complain("there is no page about %s", word);
	list_pages(stderr);
	return 1;
}
