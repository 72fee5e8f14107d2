/*
 * What the kernel tells of itself and its memory: zoneinfo, pagetypeinfo, vmallocinfo, iomem,
 * ioports, kallsyms, modules; and of its scheduling: sched, schedstat.
 */
#include "check.h"
#include "procfile.h"
#include <sched.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>

#define STRANGER  4711
#define PAGE	  4096
#define LINE_SIZE 512
#define BATCH	  64

static void as_stranger(void (*what)(void))
{
	pid_t pid = fork();

	if (!pid) {
		CHECK(!setgid(STRANGER) && !setuid(STRANGER));
		what();
		_exit(0);
	}
	CHECK_CHILD(pid);
}

static void check_mode(const char *path, unsigned int mode)
{
	struct stat st;

	CHECK(!stat(path, &st));
	CHECK_EQ(st.st_mode, S_IFREG | mode);
	CHECK_EQ(st.st_size, 0);
}

/* The next line of a text, without its end; NULL behind the last. */
static char *next_line(char **text)
{
	char *line = *text, *end = strchr(line, '\n');

	if (!*line)
		return NULL;
	CHECK(end != NULL);
	*end = '\0';
	*text = end + 1;
	return line;
}

/* ---- memory ---- */

TEST(zoneinfo_adds_up)
{
	char *text = slurp("/proc/zoneinfo"), *line;
	long value, managed = 0, present = 0, free = 0;

	check_mode("/proc/zoneinfo", 0444);
	CHECK(!strncmp(text, "Node 0, zone ", 13));
	while ((line = next_line(&text))) {
		if (sscanf(line, "        managed  %ld", &value) == 1)
			managed += value;
		else if (sscanf(line, "        present  %ld", &value) == 1)
			present += value;
		else if (sscanf(line, "  pages free     %ld", &value) == 1)
			free += value;
	}
	CHECK_EQ(managed, field(slurp("/proc/meminfo"), "MemTotal:") / 4);
	CHECK(present >= managed);
	CHECK(free > 0 && free < managed);
}

TEST(zoneinfo_moves_with_what_is_used)
{
	const long pages = 1000;
	long before = field(slurp("/proc/zoneinfo"), "      nr_anon_pages "), after;
	char *p = malloc(pages * PAGE);

	memset(p, 1, pages * PAGE);
	after = field(slurp("/proc/zoneinfo"), "      nr_anon_pages ");
	/* Linux counts in batches. */
	CHECK(labs(after - before - pages) < BATCH);
	CHECK(labs(after - (long)field(slurp("/proc/vmstat"), "nr_anon_pages ")) < BATCH);
}

TEST(pagetypeinfo_counts_free_blocks)
{
	char *text = slurp("/proc/pagetypeinfo"), *line, zone[32], type[32];
	unsigned long free = 0, n;
	int at, types = 0;

	check_mode("/proc/pagetypeinfo", 0400);
	CHECK(!strncmp(text,
		       "Page block order: 10\nPages per block:  1024\n\nFree pages count per "
		       "migrate type at order       0      1 ",
		       100));
	while ((line = next_line(&text))) {
		if (sscanf(line, "Node    0, zone %8s type %12s %n", zone, type, &at) != 2)
			continue;
		types++;
		for (int order = 0; order <= 10; order++, at += 7) {
			CHECK_EQ(sscanf(line + at, "%lu", &n), 1);
			free += n << order;
		}
	}
	CHECK(types > 0 && types % 5 == 0);
	CHECK(free > 1000);
}

TEST(vmallocinfo_lists_areas)
{
	char *text = slurp("/proc/vmallocinfo"), *line, from[32], to[32], name[128], rest[64];
	unsigned int offset, size;
	long bytes;

	check_mode("/proc/vmallocinfo", 0400);
	CHECK(*text);
	while ((line = next_line(&text)) && text < proc_text + sizeof(proc_text) - LINE_SIZE) {
		if (strstr(line, "unpurged vm_area")) /* freed, but not unmapped yet: no caller */
			continue;
		CHECK_EQ(sscanf(line, "0x%31[^-]-0x%31[^ ] %ld %127[^+]+0x%x/0x%x %63s", from, to,
				&bytes, name, &offset, &size, rest),
			 7);
		CHECK(bytes > PAGE && bytes % PAGE == 0);
		/* what an area consists of, or, if it is not all one piece, its kind */
		CHECK(!strncmp(rest, "pages=", 6) || !strncmp(rest, "phys=", 5) ||
		      !strncmp(rest, "vm", 2));
	}
}

/* sendfile of it into a pipe: bytes or -errno. */
static int try_sendfile(const char *path)
{
	int fds[2], in = open(path, O_RDONLY), n;

	CHECK(in >= 0 && !pipe(fds));
	n = sendfile(fds[1], in, NULL, 100);
	n = n < 0 ? -errno : n;
	close(in);
	close(fds[0]);
	close(fds[1]);
	return n;
}

TEST(sendfile_serves_those_that_linux_serves)
{
	CHECK_EQ(try_sendfile("/proc/zoneinfo"), 100);
	CHECK_EQ(try_sendfile("/proc/iomem"), 100);
	CHECK_EQ(try_sendfile("/proc/ioports"), 100);
	CHECK_EQ(try_sendfile("/proc/pagetypeinfo"), 100);
	CHECK_EQ(try_sendfile("/proc/vmallocinfo"), 100);
	CHECK_EQ(try_sendfile("/proc/locks"), 0);
	CHECK_EQ(try_sendfile("/sys/devices/system/cpu/online"), 2);
	CHECK_EQ(try_sendfile("/proc/kallsyms"), -EINVAL);
	CHECK_EQ(try_sendfile("/proc/modules"), -EINVAL);
	CHECK_EQ(try_sendfile("/proc/self/io"), -EINVAL);
	CHECK_EQ(try_sendfile("/proc/self/sched"), -EINVAL);
}

/* ---- addresses ---- */

TEST(iomem_shows_the_kernel_in_memory)
{
	char *text = slurp("/proc/iomem"), *line;
	unsigned long start, end, ram_start = 0, ram_end = 0;
	int found = 0, at;

	check_mode("/proc/iomem", 0444);
	while ((line = next_line(&text))) {
		CHECK(sscanf(line, " %lx-%lx : %n", &start, &end, &at) == 2);
		CHECK(start <= end);
		if (!strcmp(line + at, "System RAM")) {
			ram_start = start;
			ram_end = end;
		} else if (!strcmp(line + at, "Kernel code") || !strcmp(line + at, "Kernel data") ||
			   !strcmp(line + at, "Kernel rodata") ||
			   !strcmp(line + at, "Kernel bss")) {
			CHECK(!strncmp(line, "  ", 2) && line[2] != ' ');
			CHECK(start >= ram_start && end <= ram_end);
			found++;
		}
	}
	CHECK_EQ(found, 4);
}

TEST(ioports_shows_the_timer_and_the_keyboard)
{
	char *text = slurp("/proc/ioports");

	check_mode("/proc/ioports", 0444);
	CHECK(strstr(text, "0040-0043 : timer0\n") != NULL);
	CHECK(strstr(text, "0060-0060 : keyboard\n") != NULL);
	CHECK(strstr(text, "0cf8-0cff : PCI conf1\n") != NULL);
}

/* The line of a function in kallsyms: its address and type. */
static int find_symbol(const char *name, unsigned long *addr, char *type)
{
	char line[LINE_SIZE], symbol[LINE_SIZE];
	FILE *f = fopen("/proc/kallsyms", "r");
	int found = 0;

	CHECK(f != NULL);
	while (!found && fgets(line, sizeof(line), f)) {
		CHECK(line[8] == ' ' && line[10] == ' ');
		CHECK_EQ(sscanf(line, "%8lx %c %s", addr, type, symbol), 3);
		found = !strcmp(symbol, name);
	}
	fclose(f);
	return found;
}

static void no_addresses(void)
{
	unsigned long addr;
	char type;

	CHECK(find_symbol("schedule", &addr, &type));
	CHECK_EQ(addr, 0);
	CHECK_EQ(type, 'T');
	CHECK(!strncmp(slurp("/proc/iomem"), "00000000-00000000 : ", 20));
	CHECK(strstr(slurp("/proc/ioports"), "0000-0000 : timer0\n") != NULL);
	CHECK_EQ(try_read("/proc/vmallocinfo"), EACCES);
	CHECK_EQ(try_read("/proc/pagetypeinfo"), EACCES);
}

TEST(kallsyms_has_addresses_for_root)
{
	unsigned long addr;
	char type;

	check_mode("/proc/kallsyms", 0444);
	CHECK(find_symbol("schedule", &addr, &type));
	CHECK(addr >= 0xc0000000UL);
	CHECK_EQ(type, 'T');
	CHECK(!find_symbol("no_such_function", &addr, &type));
}

TEST(strangers_see_no_addresses)
{
	as_stranger(no_addresses);
}

TEST(modules_is_empty)
{
	check_mode("/proc/modules", 0444);
	if (strstr(slurp("/proc/modules"), " Live "))
		SKIP("modules are loaded");
	CHECK_STR(slurp("/proc/modules"), "");
}

/* ---- sched, schedstat ---- */

static void parse_schedstat(const char *text, unsigned long long *run, unsigned long long *delay,
			    unsigned long *turns)
{
	char end;

	CHECK_EQ(sscanf(text, "%llu %llu %lu%c", run, delay, turns, &end), 4);
	CHECK_EQ(end, '\n');
}

static void spin_ms(int ms)
{
	struct timespec ts;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	while (ts.tv_sec * 1000 + ts.tv_nsec / 1000000 < ms);
}

static void spin_and_wait(void)
{
	spin_ms(60);
}

TEST(schedstat_counts_time_on_the_processor)
{
	pid_t pid = start_child(spin_and_wait);
	unsigned long long run, delay;
	unsigned long turns;

	check_mode("/proc/self/schedstat", 0444);
	while (!strstr(slurp_pid(pid, "stat"), ") S "))
		sched_yield();
	parse_schedstat(slurp_pid(pid, "schedstat"), &run, &delay, &turns);
	CHECK(run >= 60000000);
	CHECK(turns >= 1);
	end_child(pid);
}

static void sleep_often(void)
{
	struct timespec ms = {0, 1000000};

	for (int i = 0; i < 20; i++)
		nanosleep(&ms, NULL);
}

TEST(sched_counts_switches)
{
	pid_t pid = start_child(sleep_often);
	long long voluntary, involuntary;
	unsigned long long run, delay;
	char head[LINE_SIZE], *text;
	unsigned long turns;

	check_mode("/proc/self/sched", 0644);
	while (!strstr(slurp_pid(pid, "stat"), ") S "))
		sched_yield();
	text = slurp_pid(pid, "sched");
	snprintf(head, sizeof(head),
		 "procfs_kernel (%d, #threads: 1)\n"
		 "-------------------------------------------------------------------\n"
		 "se.exec_start                                :",
		 pid);
	CHECK(!strncmp(text, head, strlen(head)));
	voluntary = field(text, "nr_voluntary_switches                        :");
	involuntary = field(text, "nr_involuntary_switches                      :");
	CHECK(voluntary >= 20);
	CHECK_EQ(field(text, "nr_switches                                  :"),
		 voluntary + involuntary);
	CHECK_EQ(field(text, "se.load.weight                               :"), 1024);
	CHECK_EQ(field(text, "policy                                       :"), 0);
	CHECK_EQ(field(text, "prio                                         :"), 120);
	text = slurp_pid(pid, "status");
	CHECK_EQ(field(text, "voluntary_ctxt_switches:"), voluntary);
	parse_schedstat(slurp_pid(pid, "schedstat"), &run, &delay, &turns);
	CHECK(turns >= 21);
	end_child(pid);
}

static long weight_at(int nice)
{
	CHECK(!setpriority(PRIO_PROCESS, 0, nice));
	return field(slurp("/proc/self/sched"), "se.load.weight                               :");
}

TEST(sched_shows_the_weight_of_a_nice_value)
{
	static const struct {
		int nice, weight;
	} known[] = {{-20, 88761}, {-10, 9548}, {-1, 1277}, {0, 1024}, {1, 820}, {19, 15}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		CHECK_EQ(weight_at(known[i].nice), known[i].weight);
}

TEST(sched_shows_priority_and_policy)
{
	struct sched_param param = {.sched_priority = 7};
	char *text;

	CHECK(!setpriority(PRIO_PROCESS, 0, 5));
	text = slurp("/proc/self/sched");
	CHECK_EQ(field(text, "prio                                         :"), 125);
	CHECK_EQ(field(text, "se.load.weight                               :"), 335);
	CHECK(!sched_setscheduler(0, SCHED_RR, &param));
	text = slurp("/proc/thread-self/sched");
	CHECK_EQ(field(text, "prio                                         :"), 92);
	CHECK_EQ(field(text, "policy                                       :"), SCHED_RR);
	CHECK_EQ(try_write("/proc/self/sched", "0"), 1);
}
