/*
 * difftest [--first K] [--seeds N] [--only K,...] [--calls C] [--persona HEX] [--show] [--dense]
 * [--without FAMILY,...] [--mutate CALL]: random sequences of memory calls, one line `seed K HASH`
 * for each, or with --show everything that was hashed (--dense: status and smaps after every call).
 * See docs/testing.md.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "diff.h"

#define OUTPUT_AT 0x60000000
#define SEED_TIME 60 /* seconds */
#define USER	  1000
#define PLACE	  "/tmp/difftest"

static struct output *output;
static int calls = 250, fork_depth;
static bool show, dense;

static void do_fork(void);

static struct family {
	const char *name;
	void (*fn)(void);
	int weight;
} families[] = {
	{"mmap", do_mmap, 220},
	{"mmap", do_old_mmap, 20},
	{"munmap", do_munmap, 45},
	{"mprotect", do_mprotect, 100},
	{"mremap", do_mremap, 90},
	{"brk", do_brk, 25},
	{"touch", do_touch, 240},
	{"stack", do_touch_stack, 5},
	{"fork", do_fork, 12},
	{"madvise", do_madvise, 70},
	{"mincore", do_mincore, 20},
	{"mlock", do_mlock, 40},
	{"mlockall", do_mlockall, 5},
	{"msync", do_msync, 15},
	{"remap", do_remap_file_pages, 6},
	{"files", do_file_op, 40},
	{"memfd", do_memfd, 6},
	{"seals", do_seals, 8},
	{"process_vm", do_process_vm, 12},
	{"membarrier", do_membarrier, 2},
	{"numa", do_numa, 5},
	{"limits", do_limits, 8},
	{"personality", do_personality, 4},
	{"sysctl", do_sysctl, 6},
	{"maps", print_maps, 60},
	{"status", print_status, 30},
	{"smaps", print_smaps, 10},
	{"contents", print_contents, 12},
	{"pagemap", print_pagemap, 20},
};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

static void one_call(void)
{
	int all = 0, at;

	for (size_t i = 0; i < FAMILIES; i++)
		all += families[i].weight;
	at = rnd(all);
	for (size_t i = 0; i < FAMILIES; i++) {
		at -= families[i].weight;
		if (at < 0) {
			families[i].fn();
			if (show) /* if the next call hangs, it is known which one */
				out_flush();
			if (dense) {
				print_status();
				print_smaps();
			}
			return;
		}
	}
}

/* A child makes some calls of its own, then the parent goes on: what each wrote, the other must not
 * see. */
static void do_fork(void)
{
	int some = 3 + rnd(10), status = 0;
	long pid;

	if (fork_depth >= 2)
		return;
	calls_made++;
	out("fork\n");
	out_flush();
	pid = sys(SYS_fork);
	if (pid < 0) {
		result(pid);
		return;
	}
	if (!pid) {
		fork_depth++;
		rnd_seed(rnd32());
		for (int i = 0; i < some; i++)
			one_call();
		print_maps();
		print_contents();
		out_flush();
		sys(SYS_exit_group, 0);
	}
	while (sys(SYS_wait4, pid, &status, 0, 0) == -4)
		;
	out("child ended: %x\n", status);
}

static void run_seed(unsigned seed)
{
	rnd_seed(seed);
	sys(SYS_alarm, SEED_TIME);
	faults_init();
	files_init();
	arena_init();
	if (seed % 4 == 3 && sys(SYS_setresuid32, USER, USER, USER))
		out("no setresuid\n");
	print_maps();
	for (int i = 0; i < calls; i++)
		one_call();
	print_maps();
	print_status();
	print_contents();
	out_flush();
	sys(SYS_exit_group, 0);
}

/* On a file system that both kernels have, and with arguments and environment that are the same. */
static void move_to_tmp(char **argv)
{
	static char data[65536];
	/* with rseq, Linux would write to a page of ours whenever it schedules */
	char *const environment[] = {"GLIBC_TUNABLES=glibc.pthread.rseq=0", NULL};
	int from = open("/proc/self/exe", O_RDONLY),
	    to = open(PLACE, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	for (char **arg = argv; arg[0] && arg[1]; arg++)
		if (!strcmp(arg[0], "--persona"))
			sys(SYS_personality, strtoul(arg[1], NULL, 16));
	while ((n = read(from, data, sizeof(data))) > 0)
		if (write(to, data, n) != n)
			exit(2);
	close(from);
	close(to);
	argv[0] = PLACE;
	execve(PLACE, argv, environment);
	perror(PLACE);
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
	char line[80];
	int status;
	long pid;

	out_init(output, show);
	pid = sys(SYS_fork);
	if (!pid)
		run_seed(seed);
	sys(SYS_wait4, pid, &status, 0, 0);
	sysctls_restore();
	snprintf(line, sizeof(line), "seed %u %016llx %u %x\n", seed,
		 (unsigned long long)output->hash, output->lines, status);
	sys(SYS_write, 1, line, strlen(line));
}

static void leave_out(const char *list)
{
	for (size_t i = 0; i < FAMILIES; i++) {
		size_t n = strlen(families[i].name);

		for (const char *at = strstr(list, families[i].name); at;
		     at = strstr(at + 1, families[i].name))
			if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ','))
				families[i].weight = 0;
	}
	use_memfd = !strstr(list, "memfd");
	use_hugetlb = !strstr(list, "hugetlb");
}

int main(int argc, char **argv)
{
	unsigned first = 0, seeds = 0;
	char *only = "";

	if (strcmp(argv[0], PLACE))
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
		else if (!strcmp(argv[i], "--persona") && more)
			persona = strtoul(argv[++i], NULL, 16);
		else if (!strcmp(argv[i], "--calls") && more)
			calls = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--mutate") && more)
			mutate_call = strtoul(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--without") && more)
			leave_out(argv[++i]);
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
