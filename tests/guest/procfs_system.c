/*
 * What /proc tells about the system: memory, time, versions, lists; and /proc/sys, which takes what
 * Linux takes.
 */
#include "procfile.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#define P 4096UL

/* ---- the system ---- */

TEST(meminfo_is_true)
{
	enum {
		MB = 8
	};
	long long before, anon, committed;
	char *text = slurp("/proc/meminfo"), *p;

	CHECK(!strncmp(text, "MemTotal:       ", 16));
	CHECK(strstr(text, " kB\nMemFree:        "));
	CHECK_EQ(field(text, "LowTotal:") + field(text, "HighTotal:"), field(text, "MemTotal:"));
	CHECK(field(text, "MemAvailable:") <= field(text, "MemTotal:"));
	CHECK(field(text, "MemFree:") < field(text, "MemTotal:"));
	CHECK_EQ(field(text, "Slab:"), field(text, "SReclaimable:") + field(text, "SUnreclaim:"));
	CHECK_EQ(field(text, "Active:"),
		 field(text, "Active(anon):") + field(text, "Active(file):"));
	CHECK(field(text, "PageTables:") > 0 && field(text, "KernelStack:") > 0);
	before = field(text, "MemFree:");
	anon = field(text, "AnonPages:");
	committed = field(text, "Committed_AS:");
	p = mmap(NULL, MB << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	memset(p, 1, MB << 20);
	slurp("/proc/meminfo");
	CHECK(field(proc_text, "MemFree:") <= before - MB / 2 * 1024);
	CHECK(field(proc_text, "AnonPages:") >= anon + (MB - 1) * 1024);
	CHECK(field(proc_text, "Committed_AS:") >= committed + (MB - 1) * 1024);
	CHECK(munmap(p, MB << 20) == 0);
	slurp("/proc/meminfo");
	CHECK(field(proc_text, "MemFree:") >= before - MB / 2 * 1024);
}

TEST(buddyinfo_and_slabinfo)
{
	char *line = slurp("/proc/buddyinfo"), zone[32];
	int node, used;

	for (; *line; line = strchr(line, '\n') + 1) {
		CHECK_EQ(sscanf(line, "Node %d, zone %31s%n", &node, zone, &used), 2);
		CHECK_EQ(strchr(line, '\n') - line, 13 + 8 + 1 + 11 * 7);
	}
	need_root();
	CHECK(!strncmp(slurp("/proc/slabinfo"),
		       "slabinfo - version: 2.1\n# name            <active_objs>", 60 - 7));
	CHECK(strstr(proc_text, "\nvm_area_struct "));
	CHECK(strstr(proc_text, "\ntask_struct "));
	CHECK(strstr(proc_text, " : slabdata "));
}

TEST(vmstat_has_the_lines_it_should)
{
	char *text = slurp("/proc/vmstat"), *line, name[64];
	const char *first = "nr_free_pages ", *last = "nr_unstable 0\n";
	unsigned long value;

	CHECK(strncmp(text, first, strlen(first)) == 0);
	CHECK(strcmp(text + strlen(text) - strlen(last), last) == 0);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		CHECK_EQ(sscanf(line, "%63[a-z0-9_] %lu", name, &value), 2);
}

TEST(vmstat_counts_faults)
{
	long long faults = field(slurp("/proc/vmstat"), "pgfault ");
	char *p = mmap(NULL, 100 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	memset(p, 1, 100 * P);
	CHECK(field(slurp("/proc/vmstat"), "pgfault ") >= faults + 100);
	CHECK(field(proc_text, "nr_free_pages ") > 0);
	CHECK(field(proc_text, "nr_page_table_pages ") > 0);
	CHECK(field(proc_text, "pgfree ") > 0);
}

TEST(uptime_loadavg_stat)
{
	double up, up2, idle, load[3];
	struct timespec now;
	int running, total, last;
	char *text;

	clock_gettime(CLOCK_BOOTTIME, &now);
	CHECK_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf\n", &up, &idle), 2);
	CHECK(up >= now.tv_sec + now.tv_nsec / 1e9 - 0.02 && up < now.tv_sec + 10);
	usleep(50000);
	CHECK_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf\n", &up2, &idle), 2);
	CHECK(up2 >= up + 0.03);
	CHECK_EQ(sscanf(slurp("/proc/loadavg"), "%lf %lf %lf %d/%d %d\n", &load[0], &load[1],
			&load[2], &running, &total, &last),
		 6);
	CHECK(running >= 1 && total >= running && last >= getpid());
	text = slurp("/proc/stat");
	CHECK(!strncmp(text, "cpu  ", 5));
	CHECK(strstr(text, "\ncpu0 ") && strstr(text, "\nintr ") && strstr(text, "\nctxt "));
	CHECK(llabs(field(text, "btime ") + (long long)up2 - time(NULL)) <= 2);
	CHECK(field(text, "processes ") > 1 && field(text, "procs_running ") >= 1);
}

TEST(version_and_lists)
{
	struct utsname name;
	char wanted[256];

	CHECK(uname(&name) == 0);
	snprintf(wanted, sizeof(wanted), "%s version %s (", name.sysname, name.release);
	CHECK(!strncmp(slurp("/proc/version"), wanted, strlen(wanted)));
	CHECK(strstr(proc_text, name.version));
	CHECK(strstr(slurp("/proc/filesystems"), "nodev\tproc\n"));
	CHECK(strstr(proc_text, "nodev\ttmpfs\n"));
	CHECK(strstr(slurp("/proc/mounts"), "proc /proc proc rw"));
	CHECK(strstr(slurp("/proc/self/mountinfo"), " /proc rw"));
	CHECK(strstr(proc_text, " - proc proc rw\n"));
	CHECK(strstr(slurp("/proc/devices"), "Character devices:\n  1 mem\n"));
	CHECK(strstr(proc_text, "\nBlock devices:\n"));
	CHECK(strstr(slurp("/proc/cpuinfo"), "processor\t: 0\nvendor_id\t: "));
	CHECK(strstr(proc_text, "\nflags\t\t: fpu "));
	CHECK(!strncmp(slurp("/proc/swaps"), "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
		       41));
	CHECK_EQ(slurp("/proc/cmdline")[strlen(slurp("/proc/cmdline")) - 1], '\n');
}

/* ---- /proc/sys ---- */

#define RANDOMIZE  "/proc/sys/kernel/randomize_va_space"
#define OVERCOMMIT "/proc/sys/vm/overcommit_memory"

static const struct {
	const char *text;
	int result, value;
} int_writes[] = {
	{"1", 1, 1},
	{"2x", -EINVAL, 1},
	{"-1", 2, -1},
	{"3 4", 2, 3},
	{"", 0, 3},
	{"\n", -EINVAL, 3},
	{" 1\n", 3, 1},
	{"0x2\n", 4, 2},
	{"010", 3, 8},
	{"99999999999999999999", -EINVAL, 8},
	{"1\n\n", 3, 1},
	{"0 a", 2, 0},
	{"2147483648", -EINVAL, 0},
	{"- 1", -EINVAL, 0},
	{"2", 1, 2},
};

TEST(sysctl_integers)
{
	unsigned int i;

	need_root();
	for (i = 0; i < sizeof(int_writes) / sizeof(*int_writes); i++) {
		int n = try_write(RANDOMIZE, int_writes[i].text);

		if (n != int_writes[i].result)
			CHECK_FAIL("\"%s\" gave %d", int_writes[i].text, n);
		CHECK_EQ(strtol(slurp(RANDOMIZE), NULL, 10), int_writes[i].value);
	}
	CHECK_STR(slurp(RANDOMIZE), "2\n");
}

TEST(sysctl_ranges)
{
	need_root();
	CHECK_EQ(try_write(OVERCOMMIT, "3"), -EINVAL);
	CHECK_EQ(try_write(OVERCOMMIT, "-1"), -EINVAL);
	CHECK_EQ(try_write(OVERCOMMIT, "1"), 1);
	CHECK_STR(slurp(OVERCOMMIT), "1\n");
	CHECK_EQ(try_write(OVERCOMMIT, "0"), 1);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "0"), -EINVAL);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "5"), -EINVAL);
	CHECK_EQ(try_write("/proc/sys/vm/drop_caches", "3\n"), 2);
	CHECK_ERRNO(open("/proc/sys/vm/drop_caches", O_RDONLY), EACCES);
	CHECK_EQ(try_write("/proc/sys/kernel/ostype", "x"), -EACCES);
}

TEST(sysctl_overcommit_share_or_number)
{
	char *ratio = "/proc/sys/vm/overcommit_ratio", *kbytes = "/proc/sys/vm/overcommit_kbytes";
	char old[32];

	need_root();
	strcpy(old, slurp(ratio));
	CHECK_EQ(try_write(kbytes, "-1"), -EINVAL);
	CHECK_EQ(try_write(kbytes, "40000"), 5);
	CHECK_STR(slurp(kbytes), "40000\n");
	CHECK_STR(slurp(ratio), "0\n");
	CHECK_EQ(field(slurp("/proc/meminfo"), "CommitLimit:"), 40000);
	CHECK_EQ(try_write(ratio, "25"), 2);
	CHECK_STR(slurp(kbytes), "0\n");
	CHECK(field(slurp("/proc/meminfo"), "CommitLimit:") <= field(proc_text, "MemTotal:") / 4);
	CHECK_EQ(try_write(ratio, old), (int)strlen(old));
}

TEST(sysctl_strings_and_vectors)
{
	const char *host = "/proc/sys/kernel/hostname", *printk = "/proc/sys/kernel/printk";
	char old_host[80], old_printk[80];
	struct utsname name;

	need_root();
	strcpy(old_host, slurp(host));
	strcpy(old_printk, slurp(printk));
	CHECK_EQ(try_write(host, "abc\ndef"), 7);
	CHECK_STR(slurp(host), "abc\n");
	CHECK(uname(&name) == 0);
	CHECK_STR(name.nodename, "abc");
	CHECK_EQ(try_write(host, old_host), (int)strlen(old_host));
	CHECK_EQ(try_write(printk, "3 4 1 7\n"), 8);
	CHECK_STR(slurp(printk), "3\t4\t1\t7\n");
	CHECK_EQ(try_write(printk, "2 5"), 3);
	CHECK_STR(slurp(printk), "2\t5\t1\t7\n");
	CHECK_EQ(try_write(printk, old_printk), (int)strlen(old_printk));
	CHECK_STR(slurp(printk), old_printk);
}

TEST(sysctl_positions)
{
	int fd = open("/proc/sys/vm/max_map_count", O_RDONLY);
	char text[16];

	CHECK_EQ(read(fd, text, 3), 3);
	CHECK(!memcmp(text, "655", 3));
	CHECK_EQ(read(fd, text, 3), 0);
	CHECK_EQ(pread(fd, text, sizeof(text), 0), 6);
	CHECK(!memcmp(text, "65530\n", 6));
	fd = open("/proc/sys/kernel/ostype", O_RDONLY);
	CHECK_EQ(read(fd, text, 3), 3);
	CHECK_EQ(read(fd, text, 16), 3);
	CHECK(!memcmp(text, "ux\n", 3));
}

TEST(random_uuids)
{
	char first[64], boot[64];

	strcpy(first, slurp("/proc/sys/kernel/random/uuid"));
	CHECK_EQ(strlen(first), 37);
	CHECK(first[8] == '-' && first[13] == '-' && first[14] == '4' && strchr("89ab", first[19]));
	CHECK(strcmp(slurp("/proc/sys/kernel/random/uuid"), first));
	strcpy(boot, slurp("/proc/sys/kernel/random/boot_id"));
	CHECK_STR(slurp("/proc/sys/kernel/random/boot_id"), boot);
}
