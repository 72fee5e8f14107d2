/*
 * Option parsing in GNU's manner: operands may stand between the options, and are moved
 * behind them when the next option is asked for; "--" ends the options. A '+' in front of the
 * list, or POSIXLY_CORRECT in the environment, ends them at the first operand; a '-' returns
 * the operands, each as the argument of option 1. A ':' then makes a missing argument return
 * ':', without a message.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPERAND 1 /* what is returned for an operand, after '-' */

char *optarg;
int optind = 1;
int opterr = 1;
int optopt;

enum order {
	PERMUTE,
	STOP_AT_OPERAND,
	RETURN_OPERANDS
};

/* How far a vector has been parsed. */
static struct {
	int started;
	enum order order;
	char *rest;	/* of a cluster of short options; NULL or empty: at an argument's start */
	int first, end; /* operands that have been skipped: argv[first] to argv[end - 1] */
} scan;

/* One call: its arguments without the letters in front of the list. */
struct parse {
	int argc;
	char **argv;
	const char *options;
	const struct option *longopts;
};

static const char *start(const char *options)
{
	if (optind == 0 || !scan.started) {
		if (optind == 0)
			optind = 1;
		scan.started = 1;
		scan.first = scan.end = optind;
		scan.rest = NULL;
		if (*options == '-')
			scan.order = RETURN_OPERANDS;
		else if (*options == '+' || getenv("POSIXLY_CORRECT"))
			scan.order = STOP_AT_OPERAND;
		else
			scan.order = PERMUTE;
	}
	return options + (*options == '-' || *options == '+');
}

static int silent(const struct parse *p)
{
	return !opterr || *p->options == ':';
}

static int missing(const struct parse *p)
{
	return *p->options == ':' ? ':' : '?';
}

/* Moves argument `from` down to place `to`; those between move up by one. */
static void rotate(char **argv, int to, int from)
{
	char *moved = argv[from];

	memmove(argv + to + 1, argv + to, (from - to) * sizeof(*argv));
	argv[to] = moved;
}

/* What has been read since the operands were skipped goes before them. */
static void move_operands(char **argv)
{
	int i;

	if (scan.first == scan.end) {
		scan.first = scan.end = optind;
		return;
	}
	for (i = scan.end; i < optind; i++)
		rotate(argv, scan.first++, i);
	scan.end = optind;
}

static int is_operand(const char *arg)
{
	return arg[0] != '-' || arg[1] == '\0';
}

/*
 * Finds the next argument with options. Returns 0 when optind is there, and otherwise what
 * getopt has to return.
 */
static int find_option(const struct parse *p)
{
	/* The caller may have set optind back. */
	if (scan.end > optind)
		scan.end = optind;
	if (scan.first > optind)
		scan.first = optind;
	if (scan.order == PERMUTE) {
		move_operands(p->argv);
		while (optind < p->argc && is_operand(p->argv[optind]))
			optind++;
		scan.end = optind;
	}
	if (optind < p->argc && strcmp(p->argv[optind], "--") == 0) {
		optind++;
		move_operands(p->argv);
		scan.end = optind = p->argc;
	}
	if (optind >= p->argc) {
		if (scan.first != scan.end)
			optind = scan.first;
		return -1;
	}
	if (!is_operand(p->argv[optind]))
		return 0;
	if (scan.order == STOP_AT_OPERAND)
		return -1;
	optarg = p->argv[optind++];
	return OPERAND;
}

static int short_option(const struct parse *p)
{
	char c = *scan.rest++;
	const char *found = c == ':' || c == ';' ? NULL : strchr(p->options, c);

	if (*scan.rest == '\0')
		optind++;
	if (!found) {
		if (!silent(p))
			fprintf(stderr, "%s: invalid option -- '%c'\n", p->argv[0], c);
		optopt = c;
		return '?';
	}
	if (found[1] != ':')
		return c;
	if (*scan.rest) {
		optarg = scan.rest;
		optind++;
	} else if (found[2] != ':') {
		if (optind >= p->argc) {
			if (!silent(p))
				fprintf(stderr, "%s: option requires an argument -- '%c'\n",
					p->argv[0], c);
			optopt = c;
			c = missing(p);
		} else {
			optarg = p->argv[optind++];
		}
	}
	scan.rest = NULL;
	return c;
}

static int same_option(const struct option *a, const struct option *b)
{
	return a->has_arg == b->has_arg && a->flag == b->flag && a->val == b->val;
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
		if (match == -1)
			match = i;
		else if (match >= 0 && !same_option(&longopts[match], &longopts[i]))
			match = -2;
	}
	return match;
}

static int unknown_long(const struct parse *p, const char *name, size_t len, int several)
{
	const struct option *o;

	optopt = 0;
	if (silent(p))
		return '?';
	if (!several) {
		fprintf(stderr, "%s: unrecognized option '--%s'\n", p->argv[0], name);
		return '?';
	}
	fprintf(stderr, "%s: option '--%s' is ambiguous; possibilities:", p->argv[0], name);
	for (o = p->longopts; o->name; o++) {
		if (strncmp(o->name, name, len) == 0)
			fprintf(stderr, " '--%s'", o->name);
	}
	fprintf(stderr, "\n");
	return '?';
}

static int long_option(const struct parse *p, int *index)
{
	const char *name = p->argv[optind++] + 2;
	size_t len = strcspn(name, "=");
	int i = find_long(p->longopts, name, len);
	const struct option *o = p->longopts + i;

	if (i < 0)
		return unknown_long(p, name, len, i == -2);
	if (name[len] == '=' && o->has_arg == no_argument) {
		if (!silent(p))
			fprintf(stderr, "%s: option '--%s' doesn't allow an argument\n", p->argv[0],
				o->name);
		optopt = o->val;
		return '?';
	}
	if (name[len] == '=') {
		optarg = (char *)name + len + 1;
	} else if (o->has_arg == required_argument) {
		if (optind >= p->argc) {
			if (!silent(p))
				fprintf(stderr, "%s: option '--%s' requires an argument\n",
					p->argv[0], o->name);
			optopt = o->val;
			return missing(p);
		}
		optarg = p->argv[optind++];
	}
	if (index)
		*index = i;
	if (!o->flag)
		return o->val;
	*o->flag = o->val;
	return 0;
}

int getopt_long(int argc, char *const argv[], const char *options, const struct option *longopts,
		int *index)
{
	struct parse p = {.argc = argc, .argv = (char **)argv, .longopts = longopts};
	int result;

	if (argc < 1)
		return -1;
	optarg = NULL;
	p.options = start(options);
	if (!scan.rest || !*scan.rest) {
		result = find_option(&p);
		if (result)
			return result;
		if (longopts && argv[optind][1] == '-')
			return long_option(&p, index);
		scan.rest = argv[optind] + 1;
	}
	return short_option(&p);
}

int getopt(int argc, char *const argv[], const char *options)
{
	return getopt_long(argc, argv, options, NULL, NULL);
}
