/*
 * A guest test is an ordinary Linux i386 program: it includes this header and holds cases,
 *
 *	TEST(brk_grows) { CHECK(sbrk(4096) != (void *)-1); CHECK_ERRNO(munmap(0, 0), EINVAL); }
 *
 * Each case runs in a child of its own with an alarm, so that it may crash, exit or leave its
 * address space in ruins. For each a line is printed: `ok NAME`, `skip NAME: why` or `not ok NAME:
 * file:line: text`. The program exits 1 if one failed. With arguments only the cases of these names
 * run; `-l` lists them. What a case asserts must hold on Linux too; if only Mapix can pass it, the
 * first line of the file says why: a comment that begins with `mapix-only:`.
 */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#ifndef _GNU_SOURCE
#	define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends what hangs: the host may be so busy that a second here is none of work. */
#define CHECK_SECONDS 600
#define CHECK_FAILED  1
#define CHECK_SKIPPED 77

struct check_case {
	const char *name;
	void (*run)(void);
	struct check_case *next;
};

static struct check_case *check_first, **check_end = &check_first;
static const char *check_name;

#define TEST(NAME)                                                          \
	static void test_##NAME(void);                                      \
	__attribute__((constructor)) static void add_##NAME(void)           \
	{                                                                   \
		static struct check_case self = {#NAME, test_##NAME, NULL}; \
		*check_end = &self;                                         \
		check_end = &self.next;                                     \
	}                                                                   \
	static void test_##NAME(void)

/* A host that asks for a case (labs/runner.c) sets variables: a case that comes to its end prints
 * CHECK_TOKEN and how many CHECKs there were, and the CHECK with the number CHECK_SPOIL fails. */
static const char *check_token;
static int check_count, check_spoil;

/* Prints one line by one write, so that lines of several processes don't mix. */
__attribute__((format(printf, 1, 2), unused)) static void check_print(const char *format, ...)
{
	char line[512];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	if (write(1, line, length) < 0)
		_exit(CHECK_FAILED);
}

/* Ends the case, and a child that it forked as well: the parent then sees the exit status (see
 * check_wait). */
#define CHECK_FAIL(FORMAT, ...)                                                          \
	do {                                                                             \
		check_print("not ok %s: %s:%d: " FORMAT, check_name, __FILE__, __LINE__, \
			    ##__VA_ARGS__);                                              \
		_exit(CHECK_FAILED);                                                     \
	} while (0)

/* Counts a CHECK whose condition is HOLDS, which it returns. */
__attribute__((unused)) static int check_counted(int holds)
{
	if (++check_count == check_spoil) {
		check_print("not ok %s: spoiled", check_name);
		_exit(CHECK_FAILED);
	}
	return holds;
}

#define SKIP(WHY)                                            \
	do {                                                 \
		check_print("skip %s: %s", check_name, WHY); \
		_exit(CHECK_SKIPPED);                        \
	} while (0)

#define CHECK(CONDITION)                                                \
	do {                                                            \
		if (!check_counted(!!(CONDITION)))                      \
			CHECK_FAIL("%s (errno %d)", #CONDITION, errno); \
	} while (0)

/* Integers and addresses of up to 64 bits. */
#define CHECK_EQ(IS, WANTED)                                                                   \
	do {                                                                                   \
		long long is_ = (long long)(IS), wanted_ = (long long)(WANTED);                \
		if (!check_counted(is_ == wanted_))                                            \
			CHECK_FAIL("%s is %lld (%#llx), not %s = %lld (%#llx)", #IS, is_, is_, \
				   #WANTED, wanted_, wanted_);                                 \
	} while (0)

#define CHECK_STR(IS, WANTED)                                                      \
	do {                                                                       \
		const char *is_ = (IS), *wanted_ = (WANTED);                       \
		if (!check_counted(!strcmp(is_, wanted_)))                         \
			CHECK_FAIL("%s is \"%s\", not \"%s\"", #IS, is_, wanted_); \
	} while (0)

/* CALL returns -1 (as a number or a pointer) and sets errno to WANTED. */
#define CHECK_ERRNO(CALL, WANTED)                                                   \
	do {                                                                        \
		errno = 0;                                                          \
		long is_ = (long)(CALL);                                            \
		int errno_ = errno;                                                 \
		if (!check_counted(is_ == -1))                                      \
			CHECK_FAIL("%s gave %#lx and not %s", #CALL, is_, #WANTED); \
		if (errno_ != (WANTED))                                             \
			CHECK_FAIL("%s gave errno %d (%s), not %s", #CALL, errno_,  \
				   strerror(errno_), #WANTED);                      \
	} while (0)

/* STATEMENT, run in a child, ends it by the signal WANTED; 0: the child reaches the end of the
 * statement. */
#define CHECK_SIGNAL(STATEMENT, WANTED)                                                         \
	do {                                                                                    \
		pid_t pid_ = fork();                                                            \
		int status_;                                                                    \
		if (pid_ == 0) {                                                                \
			STATEMENT;                                                              \
			_exit(0);                                                               \
		}                                                                               \
		CHECK(pid_ > 0 && waitpid(pid_, &status_, 0) == pid_);                          \
		if (WIFSIGNALED(status_) ? WTERMSIG(status_) != (WANTED) : (WANTED) || status_) \
			CHECK_FAIL("%s: wait status %#x, not signal %d", #STATEMENT, status_,   \
				   (WANTED));                                                   \
	} while (0)

/* Waits for a child of the case, which must exit with 0. */
#define CHECK_CHILD(PID)                                                             \
	do {                                                                         \
		int status_ = -1;                                                    \
		CHECK(waitpid((PID), &status_, 0) == (PID));                         \
		if (status_)                                                         \
			CHECK_FAIL("the child ended with wait status %#x", status_); \
	} while (0)

/* Returns 1 if the case failed. */
static int check_run(struct check_case *c)
{
	int status;
	pid_t pid;

	check_name = c->name;
	check_token = getenv("CHECK_TOKEN");
	check_spoil = check_token && getenv("CHECK_SPOIL") ? atoi(getenv("CHECK_SPOIL")) : 0;
	pid = fork();
	if (pid == 0) {
		alarm(CHECK_SECONDS);
		signal(SIGQUIT, SIG_DFL); /* a shell may have let it be ignored */
		c->run();
		if (check_token)
			check_print("ended %s %s %d", c->name, check_token, check_count);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		check_print("not ok %s: no child: errno %d", c->name, errno);
		return 1;
	}
	if (WIFSIGNALED(status)) {
		check_print("not ok %s: killed by signal %d (%s)", c->name, WTERMSIG(status),
			    strsignal(WTERMSIG(status)));
		return 1;
	}
	if (WEXITSTATUS(status) == CHECK_SKIPPED)
		return 0;
	if (WEXITSTATUS(status) == 0)
		check_print("ok %s", c->name);
	else if (WEXITSTATUS(status) != CHECK_FAILED)
		check_print("not ok %s: exit status %d", c->name, WEXITSTATUS(status));
	return WEXITSTATUS(status) != 0;
}

static int check_wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return argc < 2;
}

#ifndef CHECK_NO_MAIN
int main(int argc, char **argv)
{
	struct check_case *c;
	int list = argc > 1 && strcmp(argv[1], "-l") == 0, failed = 0;

	for (c = check_first; c; c = c->next) {
		if (list)
			check_print("%s", c->name);
		else if (check_wanted(c->name, argc, argv))
			failed |= check_run(c);
	}
	return failed;
}
#endif

#endif
