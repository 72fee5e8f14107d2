/*
 * What every tester's main program is: options, and a process for each seed that makes random calls
 * out of a table of families, and whose output becomes one line `seed K HASH`.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "diff.h"

#define OUTPUT_AT 0x60000000
#define SEED_TIME 60 /* seconds */

bool dense;
static bool show;
static int calls = 250;
static struct output *output;
static const struct tester *tester;

void one_call(void)
{
	struct family *f = tester->families;
	int all = 0, at;

	for (size_t i = 0; i < tester->count; i++)
		all += f[i].weight;
	at = rnd(all);
	while ((at -= f->weight) >= 0)
		f++;
	f->fn();
	if (show) /* if the next call hangs, it is known which one */
		out_flush();
	if (dense && tester->after_call)
		tester->after_call();
}

/* On a file system that both kernels have, and with arguments and environment that are the same. */
static void move_to_tmp(char **argv)
{
	static char data[65536];
	/* with rseq, Linux would write to a page of ours whenever it schedules */
	char *const environment[] = {"GLIBC_TUNABLES=glibc.pthread.rseq=0", NULL};
	int from = open("/proc/self/exe", O_RDONLY),
	    to = open(tester->place, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	for (char **arg = argv; arg[0] && arg[1]; arg++)
		if (!strcmp(arg[0], "--persona"))
			sys(SYS_personality, strtoul(arg[1], NULL, 16));
	while ((n = read(from, data, sizeof(data))) > 0)
		if (write(to, data, n) != n)
			exit(2);
	close(from);
	close(to);
	argv[0] = (char *)tester->place;
	execve(tester->place, argv, environment);
	perror(tester->place);
	exit(2);
}

/* What of the program is in memory must not depend on how many seeds ran before, or how they were
 * chosen. */
static void touch_image(void)
{
	extern char __executable_start[], _end[];

	for (volatile char *at = __executable_start; at < _end; at += PAGE)
		(void)*at;
}

static void start_seed(unsigned seed)
{
	const char *word = "";
	char line[80];
	int status;
	long pid;

	out_init(output, show);
	if (tester->before)
		tester->before(seed);
	pid = sys(SYS_fork);
	if (!pid) {
		rnd_seed(seed);
		sys(SYS_alarm, SEED_TIME);
		tester->run(seed, calls);
		out_flush();
		sys(SYS_exit_group, 0);
	}
	sys(SYS_wait4, pid, &status, 0, 0);
	if (tester->restore)
		tester->restore();
	if (tester->after)
		word = tester->after();
	snprintf(line, sizeof(line), "seed %u %016llx %u %x%s\n", seed,
		 (unsigned long long)output->hash, output->lines, status, word);
	sys(SYS_write, 1, line, strlen(line));
}

static void leave_out(const char *list)
{
	struct family *f = tester->families;

	for (size_t i = 0; i < tester->count; i++) {
		size_t n = strlen(f[i].name);

		for (const char *at = strstr(list, f[i].name); at; at = strstr(at + 1, f[i].name))
			if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ','))
				f[i].weight = 0;
	}
	if (tester->leave_out)
		tester->leave_out(list);
}

int seeds_main(const struct tester *t, int argc, char **argv)
{
	unsigned first = 0, seeds = 0;
	char *only = "";

	tester = t;
	if (strcmp(argv[0], t->place))
		move_to_tmp(argv);
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (!strcmp(argv[i], "--show"))
			show = true;
		else if (!strcmp(argv[i], "--dense"))
			dense = true;
		else if (!strcmp(argv[i], "--first") && more)
			first = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--seeds") && more)
			seeds = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--only") && more)
			only = argv[++i];
		else if (!strcmp(argv[i], "--persona") && more && t->persona)
			*t->persona = strtoul(argv[++i], NULL, 16);
		else if (!strcmp(argv[i], "--calls") && more)
			calls = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--mutate") && more)
			mutate_call = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--without") && more)
			leave_out(argv[++i]);
		else if (more && t->option && t->option(argv[i], argv[i + 1]))
			i++;
		else
			return 2;
	}
	output = mmap((void *)OUTPUT_AT, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	touch_image();
	for (unsigned seed = first; seed < first + seeds; seed++)
		start_seed(seed);
	for (char *at = only; *at; at += *at == ',')
		start_seed(strtoul(at, &at, 0));
	return 0;
}
