/*
 * Running the checks of a lab before there is a program. The host asks for them by the second
 * serial port: see link.c and docs/testing.md. Without such a port all of them run, the log tells
 * what each has found, and the machine is switched off.
 */
#include "kernel/checks/check.h"
#include "kernel/checks/link.h"
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/irq/irq.h"
#include "kernel/lib/err.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/locking/wait.h"
#include "kernel/sched/sched.h"
#include "kernel/time/time.h"
#include "kernel/x86/ptrace.h"
#include "libc/include/string.h"

#define CHECK_SECONDS 2 /* of the machine's time: a check takes some milliseconds */
#define COMMAND_MAX   128
#define SYMBOL_MAX    96
#define SEED_BASE     16
#define COUNT_BASE    10

/* The table of the lab's checks: see linker.ld. */
extern const struct kernel_check __start_checks[], __stop_checks[];

static const struct kernel_check *running;
static bool failed;
static bool finished; /* the check's function has returned */
static struct completion ended;

static void too_late(struct timer_list *timer)
{
	const struct pt_regs *regs = get_irq_regs();
	char symbol[SYMBOL_MAX] = "it sleeps";

	if (current != &init_task && !user_mode(regs))
		sprint_symbol(symbol, sizeof(symbol), regs->ip);
	panic("the check has not ended after %d seconds of the machine's time: %s", CHECK_SECONDS,
	      symbol);
}

void check_end(void)
{
	check_leave_mm();
	complete(&ended);
	do_exit(0);
}

static int check_thread(void *unused)
{
	failed = true;
	finished = false;
	running->run();
	if (!finished)
		check_fail("the check was left before its end");
	failed = false;
	check_end();
}

/* The compiler calls these at both ends of each function of a lab's kernel.c. */
void __cyg_profile_func_enter(void *function, void *from)
{
}

void __cyg_profile_func_exit(void *function, void *from)
{
	finished |= function == running->run;
}

/* Run one in a thread of its own. Returns whether it found everything as it should be. */
static bool run_check(const struct kernel_check *check, u32 seed, unsigned int spoiled)
{
	struct timer_list timer;

	pr_notice("check %s\n", check->name);
	running = check;
	check_seed(seed);
	check_count_from_zero(spoiled);
	timer_setup(&timer, too_late);
	mod_timer_ns(&timer, ktime_get_ns() + CHECK_SECONDS * NSEC_PER_SEC);
	init_completion(&ended);
	if (IS_ERR(kthread_run(check_thread, NULL, "check")))
		panic("No memory for the thread of a check");
	wait_for_completion_killable(&ended); /* nothing kills the thread that becomes init */
	del_timer(&timer);
	return !failed;
}

/* ---- asked by a host ---- */

static const char *decoy_name;

/* A check whose outcome only those know who know the nonce. */
static void run_decoy(void)
{
	u32 is, wanted;

	link_decoy(decoy_name, &is, &wanted);
	check_equal(decoy_name, (long)is, (long)wanted);
	finished = true;
}

static const struct kernel_check decoy = {"decoy", run_decoy};

static const struct kernel_check *find_check(const char *name)
{
	const struct kernel_check *check;

	if (!strncmp(name, "decoy/", strlen("decoy/"))) {
		decoy_name = name;
		return &decoy;
	}
	for (check = __start_checks; check < __stop_checks; check++)
		if (!strcmp(check->name, name))
			return check;
	return NULL;
}

/* NAME, or NAME spoil=K: the check's Kth EXPECT has to fail. The verdict of a check that has passed
   tells how many there were. */
static void run_named(char *name, u32 seed)
{
	char *option = strchr(name, ' ');
	unsigned int spoiled = 0;
	const struct kernel_check *check;

	if (option) {
		*option++ = '\0';
		if (!strncmp(option, "spoil=", strlen("spoil=")))
			spoiled = simple_strtoul(option + strlen("spoil="), NULL, COUNT_BASE);
	}
	check = find_check(name);
	if (!check)
		link_verdict(name, false, "the kernel has no such check");
	else if (run_check(check, seed, spoiled))
		link_verdict(name, true, check_text("%u", check_count()));
	else
		link_verdict(name, false, check_reason());
}

/* What follows the word and a blank in the line; NULL if it begins otherwise. */
static char *after(char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && line[n] == ' ' ? line + n + 1 : NULL;
}

/* Until the host lets the machine go on. */
static void serve_host(void)
{
	char line[COMMAND_MAX];
	char *rest;
	u32 seed = 0;

	link_print("mapix-checks 1 kernel");
	for (link_read(line, sizeof(line)); strcmp(line, "go"); link_read(line, sizeof(line))) {
		if ((rest = after(line, "nonce")))
			link_set_nonce(rest);
		else if ((rest = after(line, "seed")))
			seed = simple_strtoul(rest, NULL, SEED_BASE);
		else if ((rest = after(line, "run")))
			run_named(rest, seed);
	}
	link_close();
}

/* ---- without a host ---- */

static void run_all(void)
{
	u32 seed = get_random_u32();
	const struct kernel_check *check;

	pr_notice("checks: seed %08x\n", seed);
	for (check = __start_checks; check < __stop_checks; check++) {
		if (run_check(check, seed, 0))
			pr_notice("check %s: ok\n", check->name);
		else
			pr_notice("check %s: failed: %s\n", check->name, check_reason());
	}
	machine_power_off();
}

void run_kernel_checks(void)
{
	watchdog_start();
	if (link_open())
		serve_host();
	else
		run_all();
}
