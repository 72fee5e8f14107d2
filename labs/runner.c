/*
 * The first program of a machine that checks a lab's kernel: PID 1. It runs cases of guest tests as
 * the host asks by the second serial port, and tells what each has found, signed with the host's
 * nonce: see docs/testing.md.
 *
 *	run PROGRAM/CASE [leaks] [spoil=K]	runs /tests/PROGRAM CASE, whose Kth CHECK is to fail
 *	run decoy/N			runs this program itself as a case that must pass, or fail
 *	end				switches off
 */
#define _GNU_SOURCE
#include "kernel/checks/siphash.h"
#include "tests/guest/leaks.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LINK	     "/dev/ttyS1"
#define SELF	     "/checks"
#define TESTS	     "/tests/"
#define CASE_MS	     6000      /* of the machine's time */
#define MOST_BYTES   (1 << 20) /* that a case prints */
#define GRACE_MS     2000      /* for those that were killed */
#define LOOK_MS	     20	       /* how often it is looked whether a silent case has ended */
#define LINE_SIZE    1024
#define TEXT_SIZE    401
#define NAME_SIZE    128
#define SKIPPED	     77 /* exit status of a case: tests/guest/check.h */
#define CANNOT_RUN   127
#define DECOY_FAILS  1
#define DECOY_SHOWN  0x7fffffff
#define DECOY_LARGE  0x00010000
#define HEX_PER_BYTE 2

static uint8_t nonce[SIPHASH_KEY];
static FILE *host;
static char text[TEXT_SIZE];	  /* of the verdict */
static char token[32], spoil[32]; /* variables for a case: see tests/guest/check.h */
static int counted;		  /* CHECKs of the case that ran last */

/* What a case prints, line by line. */
struct output {
	const char *name; /* of the case */
	char line[LINE_SIZE];
	size_t length;
	char last[LINE_SIZE]; /* the last line that is no verdict */
	bool passed, failed, ended;
	long bytes;
};

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* ---- the host ---- */

static void tell_host(const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int length, done = 0, n;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	for (; done < length; done += n) {
		n = write(fileno(host), line + done, length - done);
		if (n < 0)
			return;
	}
}

/* The reason of a failure; what would end the line becomes a blank. */
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
}

static void tell_verdict(const char *name, bool ok)
{
	static unsigned int sequence;
	const char *verdict = ok ? "ok" : "failed";
	char line[LINE_SIZE];
	int n;

	if (ok)
		say("%d", counted);
	n = snprintf(line, sizeof(line), "%u %s %s %s", ++sequence, verdict, name, text);
	tell_host("verdict %u %s %s %016llx %s", sequence, verdict, name,
		  (unsigned long long)siphash(nonce, line, n), text);
}

static void set_nonce(const char *digits)
{
	unsigned int byte;

	for (int i = 0; i < SIPHASH_KEY; i++)
		if (sscanf(digits + i * HEX_PER_BYTE, "%2x", &byte) == 1)
			nonce[i] = byte;
}

static bool open_link(void)
{
	struct termios raw;
	int fd = open(LINK, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &raw) < 0)
		return false;
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	host = fdopen(fd, "r");
	return host != NULL;
}

/* ---- one case ---- */

/* Does the line tell that the case has come to its end? Then it has the token. */
static bool take_end(const char *line, struct output *out)
{
	char wanted[NAME_SIZE + sizeof(token)];
	int length = snprintf(wanted, sizeof(wanted), "ended %s %s ", out->name,
			      token + strlen("CHECK_TOKEN="));

	if (strncmp(line, wanted, length))
		return false;
	out->ended = true;
	counted = atoi(line + length);
	return true;
}

static void take_line(struct output *out)
{
	char *line = out->line, *name, *rest;
	bool ok = !strncmp(line, "ok ", 3), bad = !strncmp(line, "not ok ", 7);
	bool skipped = !strncmp(line, "skip ", 5);

	line[out->length] = '\0';
	out->length = 0;
	if (take_end(line, out))
		return;
	name = line + (ok ? 3 : bad ? 7 : 5);
	if (!ok && !bad && !skipped) {
		memcpy(out->last, line, sizeof(out->last));
		return;
	}
	rest = strchr(name, ':');
	if (rest)
		*rest++ = '\0';
	if (strcmp(name, out->name) || out->failed)
		return; /* of several reasons the first one counts */
	out->passed = ok;
	out->failed = !ok;
	if (!ok)
		say("%s%s", skipped ? "the case was skipped:" : "",
		    !rest		      ? ""
		    : skipped || *rest != ' ' ? rest
					      : rest + 1);
}

/* Read once; false at the end. */
static bool take_output(int fd, struct output *out)
{
	char bytes[4096];
	int n = read(fd, bytes, sizeof(bytes));

	for (int i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			take_line(out);
		else if (out->length < sizeof(out->line) - 1)
			out->line[out->length++] = bytes[i];
	}
	out->bytes += n > 0 ? n : 0;
	return n > 0 || (n < 0 && errno == EINTR);
}

static void become_case(char *const argv[], int output)
{
	static char *const environment[] = {"HOME=/", "PATH=/bin", "TERM=linux",
					    token,    spoil,	   NULL};
	int null = open("/dev/null", O_RDWR);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	execve(argv[0], argv, environment);
	dprintf(STDOUT_FILENO, "execve of %s: errno %d (%s)\n", argv[0], errno, strerror(errno));
	_exit(CANNOT_RUN);
}

/* Until the case ends: its wait status, or -1 if it does not. */
static int watch_case(pid_t pid, int fd, struct output *out)
{
	long long end = now_ms() + CASE_MS;
	bool more = true;
	int status;

	while (now_ms() < end && out->bytes < MOST_BYTES) {
		struct pollfd wanted = {.fd = fd, .events = POLLIN};

		if (poll(&wanted, more, LOOK_MS) > 0)
			more = take_output(fd, out);
		if (waitpid(pid, &status, WNOHANG) != pid)
			continue;
		fcntl(fd, F_SETFL, O_NONBLOCK);
		while (more)
			more = take_output(fd, out);
		if (out->length)
			take_line(out);
		return status;
	}
	return -1;
}

/* What a case has left behind must not disturb the next one. */
static void clear_away(void)
{
	long long end = now_ms() + GRACE_MS;

	kill(-1, SIGKILL);
	while (now_ms() < end && waitpid(-1, NULL, WNOHANG) >= 0)
		poll(NULL, 0, 1);
}

/* A new one that nothing in the machine knows beforehand. */
static void new_token(void)
{
	static unsigned int turn;
	char data[16];
	int n = snprintf(data, sizeof(data), "token %u", ++turn);

	snprintf(token, sizeof(token), "CHECK_TOKEN=%016llx",
		 (unsigned long long)siphash(nonce, data, n));
}

/* Run the case in a process of its own. Returns whether it passed; else the text says why not. */
static bool run_case(char *const argv[], const char *name)
{
	static struct output out;
	int ends[2], status;
	pid_t pid;

	out = (struct output){.name = name};
	counted = 0;
	new_token();
	if (pipe2(ends, O_CLOEXEC) < 0) {
		say("pipe failed: errno %d (%s)", errno, strerror(errno));
		return false;
	}
	pid = fork();
	if (pid == 0)
		become_case(argv, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		say("fork failed: errno %d (%s)", errno, strerror(errno));
		close(ends[0]);
		return false;
	}
	status = watch_case(pid, ends[0], &out);
	close(ends[0]);
	clear_away();
	if (out.failed)
		return false;
	if (out.bytes >= MOST_BYTES)
		say("it prints without an end");
	else if (status == -1)
		say("it has not ended after %d seconds of the machine's time", CASE_MS / 1000);
	else if (WIFSIGNALED(status))
		say("the program was killed by signal %d (%s). %s", WTERMSIG(status),
		    strsignal(WTERMSIG(status)), out.last);
	else if (status || !out.passed)
		say("exit status %d, and no result. %s", WEXITSTATUS(status), out.last);
	else if (!out.ended)
		say("the case was left before its end. %s", out.last);
	return !status && out.passed && out.ended && out.bytes < MOST_BYTES;
}

/* ---- leaks ---- */

static void say_leak(long count, const char *of_what)
{
	size_t used = strlen(text);

	snprintf(text + used, sizeof(text) - used, "%s%ld %s",
		 used ? ", " : "not given back: ", count, of_what);
}

/* Run a case that has passed again: does it give back what it takes? The first run may have filled
   caches, and something of the kernel's own may be under way at the end of a run: a leak comes each
   time. */
static bool gives_back(char *const argv[], const char *name)
{
	static struct figures before, now;

	for (int runs = 1; runs < LEAK_RUNS; runs++) {
		measure(&before);
		if (!run_case(argv, name))
			return false;
		measure(&now);
		if (!leaks_found(&before, &now, NULL))
			return true;
	}
	text[0] = '\0';
	leaks_found(&before, &now, say_leak);
	return false;
}

/* ---- what the host asks for ---- */

static bool run_test(const char *test, bool leaks)
{
	char program[NAME_SIZE + sizeof(TESTS)], name[NAME_SIZE];
	char *argv[] = {program, name, NULL};
	const char *slash = strchr(test, '/');

	if (!slash) {
		say("there is no such check");
		return false;
	}
	snprintf(program, sizeof(program), TESTS "%.*s", (int)(slash - test), test);
	snprintf(name, sizeof(name), "%s", slash + 1);
	return run_case(argv, name) && (!leaks || gives_back(argv, name));
}

/* Only who knows the nonce knows whether it is to fail. */
static bool run_decoy(char *name)
{
	uint64_t hash = siphash(nonce, name, strlen(name));
	uint32_t is = ((uint32_t)(hash >> 32) & DECOY_SHOWN) | DECOY_LARGE;
	char seen[16], wanted[16];
	char *argv[] = {SELF, name, seen, wanted, NULL};

	snprintf(seen, sizeof(seen), "%#x", is);
	snprintf(wanted, sizeof(wanted), "%#x", hash & DECOY_FAILS ? ~is : is);
	return run_case(argv, name);
}

/* The decoy itself. */
static int be_decoy(const char *name, const char *seen, const char *wanted)
{
	if (!strcmp(seen, wanted)) {
		printf("ended %s %s 1\nok %s\n", name, getenv("CHECK_TOKEN"), name);
		return 0;
	}
	printf("not ok %s: %s: wanted %s, seen %s\n", name, name, wanted, seen);
	return 1;
}

/* What the kernel logs from here on belongs to this check. */
static void mark_log(const char *name)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	dprintf(fd, "check %s\n", name);
	close(fd);
}

static void obey(char *line)
{
	char name[NAME_SIZE];
	const char *to_spoil = strstr(line, " spoil=");

	line[strcspn(line, "\n")] = '\0';
	snprintf(spoil, sizeof(spoil), "CHECK_SPOIL=%d",
		 to_spoil ? atoi(to_spoil + strlen(" spoil=")) : 0);
	if (!strncmp(line, "nonce ", 6)) {
		set_nonce(line + 6);
	} else if (sscanf(line, "run %127s", name) == 1) {
		bool ok;

		mark_log(name);
		ok = !strncmp(name, "decoy/", 6) ? run_decoy(name)
						 : run_test(name, strstr(line, " leaks"));
		tell_verdict(name, ok);
	}
}

/* ---- the machine ---- */

static void mount_all(void)
{
	static const struct {
		const char *device, *dir, *type, *data;
	} mounts[] = {
		{"proc", "/proc", "proc", NULL},
		{"sysfs", "/sys", "sysfs", NULL},
		{"tmpfs", "/tmp", "tmpfs", "mode=1777,size=25%"},
		{"tmpfs", "/dev/shm", "tmpfs", "mode=1777,size=25%"},
		{"/dev/disk/0", "/mnt", "ext2", NULL},
	};

	mkdir("/dev/shm", 0755);
	mkdir("/dev/disk", 0755);
	if (access("/dev/vdb", F_OK) == 0)
		symlink("../vdb", "/dev/disk/0");
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (mounts[i].device[0] == '/' && access(mounts[i].device, F_OK) < 0)
			continue;
		if (mount(mounts[i].device, mounts[i].dir, mounts[i].type, 0, mounts[i].data) < 0)
			tell_host("remark %s cannot be mounted: errno %d (%s)", mounts[i].dir,
				  errno, strerror(errno));
	}
}

int main(int argc, char **argv)
{
	char line[LINE_SIZE];

	if (argc == 4)
		return be_decoy(argv[1], argv[2], argv[3]);
	if (!open_link())
		return 1; /* init dies, and the kernel says so */
	mount_all();
	tell_host("mapix-checks 1 user");
	while (fgets(line, sizeof(line), host) && strcmp(line, "end\n"))
		obey(line);
	reboot(RB_POWER_OFF);
	return 1;
}
