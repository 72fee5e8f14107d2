/*
 * tracefs: what the kernel records, as text in /sys/kernel/tracing, and the files that choose it.
 */
#include "check.h"
#include "procfile.h"
#include <dirent.h>
#include <linux/magic.h>
#include <poll.h>
#include <regex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/statfs.h>

#define TRACING "/sys/kernel/tracing/"
#define PAGE	4096
#define SIZE	(1 << 20)
#define MARKER	1024 /* bytes of one record of trace_marker */
#define HEADER                                                             \
	"#\n"                                                              \
	"#                                _-----=> irqs-off/BH-disabled\n" \
	"#                               / _----=> need-resched\n"         \
	"#                              | / _---=> hardirq/softirq\n"      \
	"#                              || / _--=> preempt-depth\n"        \
	"#                              ||| / _-=> migrate-disable\n"      \
	"#                              |||| /     delay\n"                \
	"#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"      \
	"#              | |         |   |||||     |         |\n"

/* A line up to its event: comm (Linux does not always keep it) and pid, processor, flags, time. */
#define CONTEXT                                                                             \
	"^ *(tracefs|<\\.\\.\\.>)-%d +\\[000\\] [.dDX][.NnpBbL][.hHszZ][.0-9a-f][.0-9a-f] " \
	"+[0-9]+\\.[0-9]{6}: "

static char text[SIZE];

/* Write to a file of tracefs: 0 or the errno. */
static int put_flags(const char *name, const char *value, int flags)
{
	char path[128];
	int fd, n, err = 0, length = strlen(value);

	snprintf(path, sizeof(path), TRACING "%s", name);
	fd = open(path, O_WRONLY | flags);
	if (fd < 0)
		return errno;
	for (; length && !err; length -= n, value += n) {
		n = write(fd, value, length);
		if (n < 0) {
			err = errno;
			n = 0;
		}
	}
	close(fd);
	return err;
}

static int put(const char *name, const char *value)
{
	return put_flags(name, value, O_TRUNC);
}

/* All of a file of tracefs, valid until the next call. */
static char *get(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), TRACING "%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		CHECK_FAIL("cannot open %s: errno %d", path, errno);
	slurp_fd(fd, text, sizeof(text), PAGE);
	close(fd);
	return text;
}

/* Nothing is enabled, nothing recorded; it records. */
static void reset(void)
{
	if (access(TRACING "trace", F_OK) < 0)
		CHECK(!mount("tracefs", TRACING, "tracefs", 0, NULL));
	CHECK_EQ(put("set_event", "\n"), 0);
	CHECK_EQ(put("set_event_pid", "\n"), 0);
	CHECK_EQ(put("tracing_on", "1"), 0);
	CHECK_EQ(put("trace", "\n"), 0);
}

/* Record this event of this process from now on. */
static void record(const char *event)
{
	char pid[16];

	reset();
	snprintf(pid, sizeof(pid), "%d", getpid());
	CHECK_EQ(put("set_event_pid", pid), 0);
	CHECK_EQ(put("set_event", event), 0);
}

/* The end of it: the trace, in which nothing is from now on. */
static char *recorded(void)
{
	CHECK_EQ(put("tracing_on", "0"), 0);
	CHECK_EQ(put("set_event", "\n"), 0);
	CHECK_EQ(put("set_event_pid", "\n"), 0);
	return get("trace");
}

/* How many lines match; *FOUND is where the last of them begins. The pattern is formatted. */
static int count_lines(char *lines, char **found, const char *format, ...)
{
	char pattern[1024], *line = lines, *end;
	va_list args;
	regex_t regex;
	int n = 0;

	va_start(args, format);
	vsnprintf(pattern, sizeof(pattern), format, args);
	va_end(args);
	CHECK(!regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB));
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (!regexec(&regex, line, 0, NULL, 0)) {
			n++;
			if (found)
				*found = line;
		}
		*end = '\n';
	}
	regfree(&regex);
	return n;
}

static int count_text(const char *lines, const char *what)
{
	int n = 0;

	for (; (lines = strstr(lines, what)); lines++)
		n++;
	return n;
}

static unsigned int mode_of(const char *name)
{
	struct stat st;
	char path[128];

	snprintf(path, sizeof(path), TRACING "%s", name);
	if (lstat(path, &st) < 0)
		CHECK_FAIL("%s: errno %d", path, errno);
	return st.st_mode;
}

TEST(it_is_a_file_system_of_its_own)
{
	struct statfs fs;

	reset();
	CHECK(!statfs(TRACING, &fs));
	CHECK_EQ(fs.f_type, TRACEFS_MAGIC);
	CHECK_EQ(mode_of(""), S_IFDIR | 0700);
	CHECK_EQ(mode_of("events"), S_IFDIR | 0750);
	CHECK_EQ(mode_of("events/sched/sched_switch"), S_IFDIR | 0750);
	CHECK_EQ(mode_of("events/sched/sched_switch/enable"), S_IFREG | 0640);
	CHECK_EQ(mode_of("events/sched/sched_switch/format"), S_IFREG | 0440);
	CHECK_EQ(mode_of("trace"), S_IFREG | 0640);
	CHECK_EQ(mode_of("trace_pipe"), S_IFREG | 0440);
	CHECK_EQ(mode_of("trace_marker"), S_IFREG | 0220);
	CHECK_EQ(mode_of("per_cpu/cpu0/stats"), S_IFREG | 0440);
	CHECK(strstr(slurp("/proc/filesystems"), "nodev\ttracefs\n") != NULL);
	CHECK_ERRNO(mkdir(TRACING "events/new", 0700), EPERM);
	CHECK_ERRNO(open(TRACING "new", O_CREAT | O_WRONLY, 0600), EACCES);
}

TEST(an_empty_trace_has_a_header)
{
	reset();
	CHECK_STR(get("trace"), "# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   "
				"#P:1\n" HEADER);
	CHECK_STR(get("per_cpu/cpu0/trace"),
		  "# tracer: nop\n#\n# entries-in-buffer/entries-written: 0/0   #P:1\n" HEADER);
}

TEST(a_marker_is_a_line)
{
	reset();
	CHECK_EQ(put("trace_marker", "hello\n"), 0);
	CHECK_EQ(put("trace_marker", "no newline"), 0);
	CHECK_EQ(put("trace_marker", "two\nlines\n"), 0);
	get("trace");
	CHECK(strstr(text, "entries-in-buffer/entries-written: 3/3   #P:1\n") != NULL);
	CHECK_EQ(count_lines(text, NULL, CONTEXT "tracing_mark_write: hello$", getpid()), 1);
	CHECK_EQ(count_lines(text, NULL, CONTEXT "tracing_mark_write: no newline$", getpid()), 1);
	CHECK_EQ(count_lines(text, NULL, CONTEXT "tracing_mark_write: two$", getpid()), 1);
	CHECK_EQ(count_lines(text, NULL, "^lines$"), 1);
}

TEST(a_long_marker_is_cut)
{
	char long_text[3 * MARKER], *found,
		*bad = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	reset();
	fd = open(TRACING "trace_marker", O_WRONLY);
	memset(long_text, 'x', sizeof(long_text));
	CHECK_EQ(write(fd, long_text, MARKER + 500), MARKER);
	CHECK_EQ(write(fd, long_text, 100), 100);
	CHECK_ERRNO(write(fd, bad, 3), EFAULT);
	CHECK_ERRNO(read(fd, long_text, 3), EBADF);
	get("trace");
	CHECK(strstr(text, "entries-in-buffer/entries-written: 3/3 ") != NULL);
	CHECK_EQ(count_lines(text, NULL, "tracing_mark_write: x{100}$"), 1);
	CHECK_EQ(count_lines(text, NULL, "tracing_mark_write: <faulted>$"), 1);
	CHECK_EQ(count_lines(text, &found, "tracing_mark_write: x{101}"), 1);
	CHECK_EQ(strspn(strchr(found, 'x'), "x"), MARKER);
	CHECK_EQ(put("tracing_on", "0"), 0);
	CHECK_ERRNO(write(fd, "x", 1), EBADF);
}

TEST(truncation_clears_and_appending_does_not)
{
	reset();
	CHECK_EQ(put("trace_marker", "gone"), 0);
	CHECK_EQ(put_flags("trace", "anything", O_APPEND), 0);
	CHECK_EQ(count_text(get("trace"), "gone"), 1);
	CHECK_EQ(put("trace", ""), 0);
	CHECK(strstr(get("trace"), "written: 0/0 ") != NULL);
}

TEST(folders_say_whether_their_events_differ)
{
	reset();
	CHECK_STR(get("events/enable"), "0\n");
	CHECK_STR(get("events/sched/enable"), "0\n");
	CHECK_EQ(put("events/sched/sched_switch/enable", "1\n"), 0);
	CHECK_STR(get("events/sched/sched_switch/enable"), "1\n");
	CHECK_STR(get("events/sched/sched_wakeup/enable"), "0\n");
	CHECK_STR(get("events/sched/enable"), "X\n");
	CHECK_STR(get("events/enable"), "X\n");
	CHECK_STR(get("set_event"), "sched:sched_switch\n");
	CHECK_EQ(put("events/sched/enable", "1"), 0);
	CHECK_STR(get("events/sched/enable"), "1\n");
	CHECK_STR(get("events/sched/sched_wakeup/enable"), "1\n");
	CHECK_STR(get("events/kmem/enable"), "0\n");
	CHECK_EQ(put("events/enable", "0"), 0);
	CHECK_STR(get("events/sched/enable"), "0\n");
	CHECK_STR(get("events/enable"), "0\n");
}

TEST(set_event_takes_systems_and_events)
{
	reset();
	CHECK_EQ(put("set_event", "page_fault_user\n"), 0);
	CHECK_STR(get("set_event"), "exceptions:page_fault_user\n");
	CHECK_EQ(put_flags("set_event", "sched:sched_switch\n", O_APPEND), 0);
	CHECK_EQ(count_text(get("set_event"), "\n"), 2);
	CHECK_EQ(put_flags("set_event", "!exceptions:*", O_APPEND), 0);
	CHECK_STR(get("set_event"), "sched:sched_switch\n");
	CHECK_EQ(put("set_event", "exceptions\n"), 0);
	CHECK(strstr(get("set_event"), "exceptions:page_fault_kernel\n") != NULL);
	CHECK(strstr(text, "exceptions:page_fault_user\n") != NULL);
	CHECK_EQ(put("set_event", "*:*\n"), 0);
	CHECK_STR(get("events/enable"), "1\n");
	CHECK_EQ(put("set_event", "\n"), 0);
	CHECK_STR(get("set_event"), "");
	CHECK(strstr(get("available_events"), "sched:sched_switch\n") != NULL);
	CHECK(strstr(text, "syscalls:sys_enter_mmap_pgoff\n") != NULL);
	CHECK(strstr(text, "syscalls:sys_exit_clock_nanosleep_time32\n") != NULL);
}

TEST(set_event_pid_is_a_list)
{
	reset();
	CHECK_EQ(put("set_event_pid", "7 9\n"), 0);
	CHECK_STR(get("set_event_pid"), "7\n9\n");
	CHECK_EQ(put_flags("set_event_pid", "8", O_APPEND), 0);
	CHECK_STR(get("set_event_pid"), "7\n8\n9\n");
	CHECK_EQ(put("set_event_pid", "\n"), 0);
	CHECK_STR(get("set_event_pid"), "");
}

TEST(bad_values_are_refused)
{
	reset();
	CHECK_EQ(put("set_event", "nosuch:event\n"), EINVAL);
	CHECK_EQ(put("set_event", "sched:nosuch\n"), EINVAL);
	CHECK_EQ(put("set_event", "nosuch\n"), EINVAL);
	CHECK_EQ(put("set_event_pid", "abc\n"), EINVAL);
	CHECK_EQ(put("events/enable", "2"), EINVAL);
	CHECK_EQ(put("events/sched/enable", "x"), EINVAL);
	CHECK_EQ(put("events/sched/sched_switch/enable", "2"), EINVAL);
	CHECK_EQ(put("tracing_on", "on"), EINVAL);
	CHECK_EQ(put("current_tracer", "nosuch"), EINVAL);
	CHECK_EQ(put("trace_clock", "nosuch"), EINVAL);
	CHECK_EQ(put("buffer_size_kb", "0"), EINVAL);
	CHECK_EQ(put("buffer_size_kb", "many"), EINVAL);
	CHECK_EQ(put("available_events", "x"), EINVAL);
	CHECK_EQ(put("events/sched/sched_switch/format", "x"), EINVAL);
	CHECK_EQ(try_read(TRACING "trace_marker"), EINVAL);
	CHECK_EQ(try_read(TRACING "events/sched/nosuch/enable"), ENOENT);
	CHECK_STR(get("events/enable"), "0\n");
}

TEST(what_there_is_only_one_of)
{
	reset();
	CHECK_EQ(put("current_tracer", "nop\n"), 0);
	CHECK_STR(get("current_tracer"), "nop\n");
	CHECK(strstr(get("available_tracers"), "nop\n") != NULL);
	CHECK_EQ(put("trace_clock", "local\n"), 0);
	CHECK(strstr(get("trace_clock"), "[local]") != NULL);
	CHECK_EQ(strncmp(get("README"), "tracing mini-HOWTO:\n\n", 21), 0);
	CHECK_EQ(put("tracing_on", "2"), 0);
	CHECK_STR(get("tracing_on"), "1\n");
	CHECK_EQ(put("tracing_on", "0"), 0);
	CHECK_STR(get("tracing_on"), "0\n");
}

TEST(formats_describe_the_fields)
{
	reset();
	get("events/exceptions/page_fault_user/format");
	CHECK_EQ(strncmp(text, "name: page_fault_user\nID: ", 26), 0);
	CHECK(strstr(text, "\tfield:unsigned long address;\toffset:8;\tsize:4;\tsigned:0;\n"
			   "\tfield:unsigned long ip;\toffset:12;\tsize:4;\tsigned:0;\n"
			   "\tfield:unsigned long error_code;\toffset:16;\tsize:4;\tsigned:0;\n"
			   "\nprint fmt: \"address=%ps ip=%ps error_code=0x%lx\", ") != NULL);
	get("events/syscalls/sys_enter_write/format");
	CHECK(strstr(text, "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
			   "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
			   "\tfield:unsigned int fd;\toffset:12;\tsize:4;\tsigned:0;\n"
			   "\tfield:const char * buf;\toffset:16;\tsize:4;\tsigned:0;\n"
			   "\tfield:size_t count;\toffset:20;\tsize:4;\tsigned:0;\n"
			   "\nprint fmt: \"fd: 0x%04lx, buf: 0x%04lx, count: 0x%04lx\", "
			   "((unsigned long)(REC->fd)), ((unsigned long)(REC->buf)), "
			   "((unsigned long)(REC->count))\n") != NULL);
	get("events/sched/sched_switch/format");
	CHECK(strstr(text, "\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:1;\n"
			   "\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n") != NULL);
	CHECK(atoi(get("events/sched/sched_switch/id")) > 0);
}

/* ---- trace_pipe ---- */

/* All that is there now, into text. */
static void drain(int fd)
{
	int n, length = 0;

	while ((n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += n;
	CHECK_EQ(errno, EAGAIN);
	text[length] = 0;
}

TEST(trace_pipe_consumes)
{
	char line[256];
	int fd;

	reset();
	fd = open(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, line, sizeof(line)), EAGAIN);
	CHECK_EQ(put("trace_marker", "first"), 0);
	CHECK_EQ(put("trace_marker", "second"), 0);
	CHECK_EQ(read(fd, line, 40), 40);
	drain(fd);
	CHECK_EQ(strncmp(text, line, 40) == 0, 0);
	CHECK_EQ(count_text(text, "tracing_mark_write"), 2 - (strstr(line, "tracing") != NULL));
	CHECK(strstr(text, "second\n") != NULL);
	CHECK_EQ(put("tracing_on", "0"), 0);
	CHECK_ERRNO(read(fd, line, sizeof(line)), EAGAIN);
	CHECK(!fcntl(fd, F_SETFL, 0));
	CHECK_EQ(read(fd, line, sizeof(line)), 0);
	CHECK_EQ(count_text(get("trace"), "tracing_mark_write"), 0);
	CHECK(strstr(text, "written: 0/0 ") != NULL);
	CHECK(strstr(get("per_cpu/cpu0/stats"), "\nread events: 2\n") != NULL);
}

TEST(there_is_one_reader)
{
	int fd;

	reset();
	fd = open(TRACING "trace_pipe", O_RDONLY);
	CHECK(fd >= 0);
	CHECK_ERRNO(open(TRACING "trace_pipe", O_RDONLY), EBUSY);
	CHECK_ERRNO(open(TRACING "per_cpu/cpu0/trace_pipe", O_RDONLY), EBUSY);
	close(fd);
	fd = open(TRACING "per_cpu/cpu0/trace_pipe", O_RDONLY);
	CHECK(fd >= 0);
	CHECK_ERRNO(lseek(fd, 0, SEEK_SET), ESPIPE);
}

TEST(a_reader_waits)
{
	struct pollfd p = {.events = POLLIN};
	char line[256] = "";
	pid_t child;

	reset();
	p.fd = open(TRACING "trace_pipe", O_RDONLY);
	CHECK(p.fd >= 0);
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(poll(&p, 1, 50), 0);
	for (int i = 0; i < 2; i++) {
		child = fork();
		if (!child) {
			usleep(100000);
			CHECK_EQ(put("trace_marker", i ? "polled" : "read"), 0);
			_exit(0);
		}
		if (i)
			CHECK_EQ(poll(&p, 1, -1), 1);
		CHECK(read(p.fd, line, sizeof(line) - 1) > 0);
		CHECK(strstr(line, i ? "polled\n" : "read\n") != NULL);
		CHECK_CHILD(child);
	}
}

TEST(what_is_lost_is_counted)
{
	int fd, n = 3000, lost, there;
	char *found;

	reset();
	CHECK_EQ(put("buffer_size_kb", "8"), 0);
	CHECK(atoi(get("buffer_size_kb")) >= 8);
	CHECK_EQ(put("trace", ""), 0);
	for (int i = 0; i < n; i++)
		CHECK_EQ(put("trace_marker", "one of many"), 0);
	CHECK_EQ(put("tracing_on", "0"), 0);
	there = count_text(get("trace"), "one of many");
	CHECK(there > 0);
	CHECK(there < n);
	found = strstr(text, "entries-written: ");
	CHECK(found != NULL);
	CHECK_EQ(atoi(found + 17), there);
	CHECK_EQ(atoi(strchr(found, '/') + 1), n);
	CHECK_EQ(atoi(strstr(get("per_cpu/cpu0/stats"), "overrun: ") + 9), n - there);
	fd = open(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK);
	drain(fd);
	CHECK_EQ(sscanf(text, "CPU:0 [LOST %d EVENTS]\n", &lost), 1);
	CHECK_EQ(lost + count_text(text, "one of many"), n);
	CHECK_EQ(put("buffer_size_kb", "1024"), 0);
}

/* ---- events ---- */

TEST(page_faults_have_address_and_error_code)
{
	char *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	record("exceptions:page_fault_user\n");
	p[0] = 1;
	(void)*(volatile char *)(p + PAGE + 5);
	p[PAGE + 6] = 1;
	recorded();
	CHECK_EQ(count_lines(text, NULL,
			     CONTEXT
			     "page_fault_user: address=0x%lx ip=0x[0-9a-f]+ error_code=0x6$",
			     getpid(), (long)p),
		 1);
	CHECK_EQ(count_lines(text, NULL,
			     CONTEXT
			     "page_fault_user: address=0x%lx ip=0x[0-9a-f]+ error_code=0x4$",
			     getpid(), (long)p + PAGE + 5),
		 1);
	CHECK_EQ(count_lines(text, NULL,
			     CONTEXT
			     "page_fault_user: address=0x%lx ip=0x[0-9a-f]+ error_code=0x7$",
			     getpid(), (long)p + PAGE + 6),
		 1);
}

TEST(a_kernel_fault_names_the_function)
{
	int fd = open("/dev/zero", O_RDONLY);
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(fd >= 0 && p != MAP_FAILED);
	record("exceptions:page_fault_kernel\n");
	CHECK_EQ(read(fd, p + 4, 8), 8);
	recorded();
	CHECK_EQ(count_lines(text, NULL,
			     CONTEXT "page_fault_kernel: address=0x%lx ip=[a-z_][0-9a-z_.]* "
				     "error_code=0x2$",
			     getpid(), (long)p + 4),
		 1);
}

TEST(calls_have_names_and_arguments)
{
	int length = 3 * PAGE;
	char *p;

	record("syscalls:sys_enter_mmap_pgoff syscalls:sys_exit_mmap_pgoff "
	       "syscalls:sys_enter_munmap syscalls:sys_exit_close\n");
	p = (char *)syscall(SYS_mmap2, 0, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_ERRNO(syscall(SYS_close, -1), EBADF);
	CHECK(!syscall(SYS_munmap, p, length));
	recorded();
	CHECK_EQ(count_lines(text, NULL,
			     CONTEXT "sys_mmap_pgoff\\(addr: 0, len: 3000, prot: 1, flags: 22, fd: "
				     "ffffffff, pgoff: 0\\)$",
			     getpid()),
		 1);
	CHECK_EQ(count_lines(text, NULL, CONTEXT "sys_mmap_pgoff -> 0x%lx$", getpid(), (long)p), 1);
	CHECK_EQ(count_lines(text, NULL, CONTEXT "sys_munmap\\(addr: %lx, len: 3000\\)$", getpid(),
			     (long)p),
		 1);
	CHECK_EQ(count_lines(text, NULL, CONTEXT "sys_close -> 0xfffffff7$", getpid()), 1);
	CHECK_EQ(count_text(text, "sys_munmap ->"), 0);
	CHECK_EQ(count_text(text, "sys_close("), 0);
}

TEST(calls_have_numbers_too)
{
	record("raw_syscalls\n");
	CHECK_ERRNO(syscall(SYS_dup2, -1, 0x1234), EBADF);
	recorded();
	CHECK_EQ(count_lines(text, NULL,
			     CONTEXT "sys_enter: NR 63 \\(ffffffff, 1234(, [0-9a-f]+){4}\\)$",
			     getpid()),
		 1);
	CHECK_EQ(count_lines(text, NULL, CONTEXT "sys_exit: NR 63 = -9$", getpid()), 1);
}

TEST(only_the_wanted_process_is_recorded)
{
	char list[32];
	pid_t child;
	int go[2];

	CHECK(!pipe(go));
	child = fork();
	if (!child) {
		CHECK_EQ(read(go[0], list, 1), 1);
		CHECK_ERRNO(syscall(SYS_close, -2), EBADF);
		_exit(0);
	}
	reset();
	snprintf(list, sizeof(list), "%d\n", child);
	CHECK_EQ(put("set_event_pid", list), 0);
	CHECK_EQ(put("set_event", "syscalls:sys_enter_close\n"), 0);
	CHECK_EQ(write(go[1], "", 1), 1);
	CHECK_ERRNO(syscall(SYS_close, -3), EBADF);
	CHECK_CHILD(child);
	recorded();
	CHECK_EQ(count_lines(text, NULL, CONTEXT "sys_close\\(fd: fffffffe\\)$", child), 1);
	CHECK_EQ(count_text(text, "sys_close(fd: fffffffd)"), 0);
}

TEST(a_switch_names_both_tasks)
{
	record("sched:sched_switch\n");
	usleep(20000);
	recorded();
	CHECK(count_lines(text, NULL,
			  CONTEXT "sched_switch: prev_comm=tracefs prev_pid=%d prev_prio=120 "
				  "prev_state=S ==> next_comm=.* next_pid=[0-9]+ next_prio=[0-9]+$",
			  getpid(), getpid()) >= 1);
	CHECK(count_lines(
		      text, NULL,
		      "^ *[^ ].*-[0-9]+ +\\[000\\] .*: sched_switch: prev_comm=.* prev_pid=[0-9]+ "
		      "prev_prio=[0-9]+ prev_state=[A-Z]\\+? ==> next_comm=tracefs next_pid=%d "
		      "next_prio=120$",
		      getpid()) >= 1);
	CHECK(strstr(get("saved_cmdlines"), " tracefs\n") != NULL);
}

TEST(a_process_comes_and_goes)
{
	pid_t child;

	record("sched:sched_process_fork sched:sched_process_exit sched:sched_process_exec\n");
	child = fork();
	if (!child)
		_exit(0);
	CHECK_CHILD(child);
	CHECK_EQ(put("set_event_pid", "\n"), 0);
	CHECK_EQ(put("set_event", "sched:sched_process_exit sched:sched_process_exec\n"), 0);
	CHECK(system("exec /bin/true") == 0);
	recorded();
	CHECK_EQ(count_lines(text, NULL,
			     CONTEXT "sched_process_fork: comm=tracefs pid=%d child_comm=tracefs "
				     "child_pid=%d$",
			     getpid(), getpid(), child),
		 1);
	CHECK_EQ(count_lines(text, NULL,
			     "sched_process_exec: filename=/bin/true pid=[0-9]+ old_pid=[0-9]+$"),
		 1);
	CHECK(count_lines(text, NULL, "sched_process_exit: comm=true pid=[0-9]+ prio=120$") == 1);
}

/* The frame of an address of this process. */
static unsigned long frame_of(const void *address)
{
	unsigned long long entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	CHECK_EQ(pread(fd, &entry, sizeof(entry), (unsigned long)address / PAGE * sizeof(entry)),
		 sizeof(entry));
	close(fd);
	return entry;
}

TEST(a_page_has_its_frame_and_flags)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long frame;

	CHECK(p != MAP_FAILED);
	record("kmem:mm_page_alloc\n");
	*p = 1;
	recorded();
	frame = frame_of(p);
	CHECK(frame != 0);
	CHECK(count_lines(text, NULL,
			  CONTEXT
			  "mm_page_alloc: page=[0-9a-z()]+ pfn=0x%lx order=0 "
			  "migratetype=[0-9] gfp_flags=GFP_HIGHUSER_MOVABLE(\\|__GFP_[A-Z]+)*$",
			  getpid(), frame) >= 1);
}

TEST(small_objects_have_a_call_site)
{
	record("kmem:kmalloc kmem:kfree kmem:kmem_cache_alloc kmem:kmem_cache_free\n");
	close(open("/dev/null", O_RDONLY));
	recorded();
	CHECK(count_lines(text, NULL,
			  CONTEXT
			  "kmem_cache_alloc: call_site=[a-z_][0-9a-z_.]*\\+0x[0-9a-f]+/0x[0-9a-f]+ "
			  "ptr=[0-9a-z()]+ bytes_req=[0-9]+ bytes_alloc=[0-9]+ "
			  "gfp_flags=GFP_KERNEL(\\|__GFP_ZERO)? node=-1 accounted=(true|false)$",
			  getpid()) >= 1);
	CHECK(count_lines(text, NULL,
			  "kmem_cache_free: call_site=[a-z_][0-9a-z_.]*\\+0x[0-9a-f]+/0x[0-9a-f]+ "
			  "ptr=[0-9a-z()]+ name=[a-z_0-9-]+$") >= 1);
}

TEST(counters_of_pages_have_names)
{
	char *p =
		mmap(NULL, 100 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	record("kmem:rss_stat\n");
	memset(p, 1, 100 * PAGE);
	recorded();
	CHECK(count_lines(text, NULL,
			  CONTEXT "rss_stat: mm_id=[0-9]+ curr=1 type=MM_ANONPAGES size=[0-9]+B$",
			  getpid()) >= 1);
}

TEST(a_reader_who_makes_records_gets_less_than_a_page)
{
	int in, out, n;

	record("syscalls:sys_enter_write");
	in = open(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK);
	out = open("/tmp/self", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(in >= 0 && out >= 0);
	for (int i = 0; i < 200; i++)
		CHECK_EQ(write(out, "x", 1), 1);
	/* each round writes what it has read, and so makes a record that a later one finds */
	for (int i = 0; i < 20; i++) {
		n = read(in, text, sizeof(text) - 1);
		CHECK(n > 0 && n < PAGE);
		text[n] = 0;
		CHECK(i < 10 || strstr(text, "sys_write(fd: "));
		CHECK_EQ(write(out, text, n), n);
	}
	close(in);
	close(out);
	recorded();
}

TEST(a_wakeup_that_asks_for_the_processor_says_so)
{
	struct sched_param param = {.sched_priority = 5};
	pid_t child;
	int fds[2];
	char c;

	CHECK(!pipe(fds));
	child = fork();
	if (!child) {
		CHECK(!sched_setscheduler(0, SCHED_FIFO, &param));
		_exit(read(fds[0], &c, 1) != 1);
	}
	usleep(200000); /* the child waits for the byte */
	record("sched:sched_wakeup");
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_CHILD(child);
	CHECK_EQ(count_lines(recorded(), NULL,
			     "^ *[^ ]+-%d +\\[000\\] [dD]N[^ ]* .*: sched_wakeup: comm=[^ ]+ "
			     "pid=%d prio=94 target_cpu=000$",
			     getpid(), child),
		 1);
}
