/*
 * Option parsing in GNU's manner: operands may stand between the options, and are moved
 * behind them; "--" ends the options; a '+' in front of the list ends them at the first
 * operand, a ':' makes a missing argument return ':'.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

char *optarg;
int optind = 1;
int opterr = 1;
int optopt;

static int position; /* inside a cluster of short options; 0: at the start of an argument */

static int complain(char *const argv[], const char *options, const char *text, char c)
{
	if (opterr && *options != ':')
		fprintf(stderr, "%s: %s -- '%c'\n", argv[0], text, c);
	return '?';
}

/* Moves argument `from` down to place `to`; those between move up by one. */
static void rotate(char **argv, int to, int from)
{
	char *moved = argv[from];

	memmove(argv + to + 1, argv + to, (from - to) * sizeof(*argv));
	argv[to] = moved;
}

static int short_option(int argc, char *const argv[], const char *options)
{
	char c = argv[optind][position++];
	const char *found = c == ':' ? NULL : strchr(options, c);
	const char *rest = argv[optind] + position;

	optopt = c;
	optarg = NULL;
	if (*rest == '\0' || (found && found[1] == ':')) {
		optind++;
		position = 0;
	}
	if (!found)
		return complain(argv, options, "invalid option", c);
	if (found[1] != ':')
		return c;
	if (*rest) {
		optarg = (char *)rest;
	} else if (found[2] != ':') {
		if (optind >= argc) {
			complain(argv, options, "option requires an argument", c);
			return *options == ':' ? ':' : '?';
		}
		optarg = argv[optind++];
	}
	return c;
}

/* The long option that `name` names or, if only one fits, abbreviates. -1: none, -2: several. */
static int find_long(const struct option *longopts, const char *name, size_t len)
{
	int i, match = -1;

	for (i = 0; longopts[i].name; i++) {
		if (strncmp(longopts[i].name, name, len) != 0)
			continue;
		if (longopts[i].name[len] == '\0')
			return i;
		match = match == -1 ? i : -2;
	}
	return match;
}

static int long_option(int argc, char *const argv[], const char *options,
		       const struct option *longopts, int *index)
{
	const char *name = argv[optind++] + 2;
	size_t len = strcspn(name, "=");
	int i = find_long(longopts, name, len);
	const struct option *o = longopts + i;

	optopt = 0;
	optarg = NULL;
	if (i < 0) {
		if (opterr && *options != ':')
			fprintf(stderr, "%s: %s option '--%.*s'\n", argv[0],
				i == -1 ? "unrecognized" : "ambiguous", (int)len, name);
		return '?';
	}
	if (name[len] == '=' && o->has_arg == no_argument) {
		optopt = o->val;
		if (opterr && *options != ':')
			fprintf(stderr, "%s: option '--%s' doesn't allow an argument\n", argv[0],
				o->name);
		return '?';
	}
	if (name[len] == '=') {
		optarg = (char *)name + len + 1;
	} else if (o->has_arg == required_argument) {
		if (optind >= argc) {
			optopt = o->val;
			if (opterr && *options != ':')
				fprintf(stderr, "%s: option '--%s' requires an argument\n", argv[0],
					o->name);
			return *options == ':' ? ':' : '?';
		}
		optarg = argv[optind++];
	}
	if (index)
		*index = i;
	if (o->flag) {
		*o->flag = o->val;
		return 0;
	}
	return o->val;
}

static int is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0';
}

/* Parses the option at optind; operands before it have been skipped. */
static int parse(int argc, char *const argv[], const char *options, const struct option *longopts,
		 int *index)
{
	if (position == 0) {
		if (longopts && strncmp(argv[optind], "--", 2) == 0)
			return long_option(argc, argv, options, longopts, index);
		position = 1;
	}
	return short_option(argc, argv, options);
}

int getopt_long(int argc, char *const argv[], const char *options, const struct option *longopts,
		int *index)
{
	int in_order = *options == '+';
	int first, start, taken, result = -1;

	if (in_order)
		options++;
	if (optind == 0) {
		optind = 1;
		position = 0;
	}
	first = optind;
	for (start = first; !in_order && start < argc && !is_option(argv[start]); start++)
		;
	if (start >= argc || !is_option(argv[start]))
		return -1;
	optind = start;
	if (position == 0 && strcmp(argv[start], "--") == 0)
		optind++;
	else
		result = parse(argc, argv, options, longopts, index);
	/*
	 * What was read (an option, perhaps its argument) goes before the operands skipped. In
	 * the middle of a cluster that is nothing yet, and the next call skips them again.
	 */
	for (taken = 0; start + taken < optind; taken++)
		rotate((char **)argv, first + taken, start + taken);
	optind = first + taken;
	return result;
}

int getopt(int argc, char *const argv[], const char *options)
{
	return getopt_long(argc, argv, options, NULL, NULL);
}
