/*
 * difftest [--first K] [--seeds N] [--only K,...] [--calls C] [--persona HEX] [--show] [--dense]
 * [--without FAMILY,...] [--mutate CALL] [--mode pressure|huge|uffd]: random sequences of memory
 * calls, one line `seed K HASH` for each, or with --show everything that was hashed (--dense:
 * status and smaps after every call). See docs/testing.md.
 */
#include <string.h>
#include "diff.h"

#define USER	    1000
#define MODE_WEIGHT 130

static int fork_depth;

static void do_fork(void);

static struct family families[] = {
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
	{"offsets", do_offsets, 25},
	{"memfd", do_memfd, 6},
	{"seals", do_seals, 8},
	{"process_vm", do_process_vm, 12},
	{"membarrier", do_membarrier, 2},
	{"numa", do_numa, 5},
	{"limits", do_limits, 8},
	{"personality", do_personality, 4},
	{"sysctl", do_sysctl, 6},
	{"pressure", do_pressure, 0},
	{"huge", do_huge, 0},
	{"uffd", do_uffd, 0},
	{"maps", print_maps, 60},
	{"status", print_status, 30},
	{"smaps", print_smaps, 10},
	{"contents", print_contents, 12},
	{"pagemap", print_pagemap, 20},
};

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
		if (uffd)
			uffd_child();
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

static void before_seed(unsigned seed)
{
	(void)seed;
	if (pressure)
		keep_program_in_memory();
	if (huge)
		huge_pool();
}

static void run_seed(unsigned seed, int calls)
{
	faults_init();
	files_init();
	arena_init();
	if (seed % 4 == 3 && sys(SYS_setresuid32, USER, USER, USER))
		out("no setresuid\n");
	if (uffd)
		uffd_start(seed);
	print_maps();
	for (int i = 0; i < calls; i++) {
		one_call();
		if (uffd) /* which of two threads goes on first is for a kernel to choose */
			uffd_wait();
	}
	print_maps();
	print_status();
	print_contents();
}

static void print_accounts(void)
{
	print_status();
	print_smaps();
}

/* --mode NAME: the family of this name, which is left out otherwise. */
static bool set_mode(const char *option, char *value)
{
	if (strcmp(option, "--mode") != 0)
		return false;
	pressure = !strcmp(value, "pressure");
	huge = !strcmp(value, "huge");
	uffd = !strcmp(value, "uffd");
	if (huge)
		huge_init();
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!strcmp(families[i].name, value))
			families[i].weight = MODE_WEIGHT;
	return pressure || huge || uffd;
}

static void leave_out(const char *list)
{
	use_memfd = !strstr(list, "memfd");
	use_hugetlb = !strstr(list, "hugetlb");
}

int main(int argc, char **argv)
{
	static const struct tester tester = {
		.place = "/tmp/difftest",
		.families = families,
		.count = sizeof(families) / sizeof(families[0]),
		.persona = &persona,
		.option = set_mode,
		.before = before_seed,
		.run = run_seed,
		.restore = sysctls_restore,
		.after_call = print_accounts,
		.leave_out = leave_out,
	};

	return seeds_main(&tester, argc, argv);
}
