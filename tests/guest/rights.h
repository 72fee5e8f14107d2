/*
 * For tests of who may do what to whom: three users (root and two others), and programs with other
 * rights than their starter's: copies of the test program itself, which run one of its roles.
 *
 *	ROLE(hold) { pause(); }
 *	TEST(x) { copy_self("prog", 0, 0, 04755); pid_t p = start_as(ANN, "prog", "hold"); ... }
 */
#ifndef TESTS_GUEST_RIGHTS_H
#define TESTS_GUEST_RIGHTS_H

#include "tmpdir.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define ANN 1000 /* uid and gid */
#define BOB 1001

struct role {
	const char *name;
	void (*run)(int argc, char **argv);
	struct role *next;
};
static struct role *roles;

/* What a program does instead of the tests if its first argument is "role" and the second NAME. It
 * exits with 0 at its end. */
#define ROLE(NAME)                                                          \
	static void role_##NAME(int argc, char **argv);                     \
	__attribute__((constructor(101))) static void add_role_##NAME(void) \
	{                                                                   \
		static struct role self = {#NAME, role_##NAME, NULL};       \
		self.next = roles;                                          \
		roles = &self;                                              \
	}                                                                   \
	static void role_##NAME(int argc, char **argv)

__attribute__((constructor(102))) static void run_role(int argc, char **argv)
{
	if (argc < 3 || strcmp(argv[1], "role"))
		return;
	for (struct role *r = roles; r; r = r->next) {
		if (!strcmp(r->name, argv[2])) {
			r->run(argc - 3, argv + 3);
			fflush(stdout);
			_exit(0);
		}
	}
	_exit(CHECK_FAILED);
}

/* Waits until it is killed. */
ROLE(hold)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(1, "x", 1) == 1)
		for (;;)
			pause();
}

static void need_root(void)
{
	if (geteuid())
		SKIP("not root");
}

/* A copy of this program under `name`. */
__attribute__((unused)) static void copy_self(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	char buf[8192];
	ssize_t n;

	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		CHECK(write(out, buf, n) == n);
	CHECK(fchown(out, uid, gid) == 0);
	CHECK(fchmod(out, mode) == 0);
	close(in);
	close(out);
}

/* All ids and no other groups: for good. */
__attribute__((unused)) static void become(uid_t id)
{
	CHECK(setgroups(0, NULL) == 0);
	CHECK(setresgid(id, id, id) == 0);
	CHECK(setresuid(id, id, id) == 0);
}

#define CAP(NAME) (1ULL << (CAP_##NAME))

/* User `id` with no capabilities but these. */
__attribute__((unused)) static void become_with(uid_t id, unsigned long long caps)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{caps, caps, 0}, {caps >> 32, caps >> 32, 0}};

	CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0);
	become(id);
	CHECK(syscall(SYS_capset, &header, data) == 0);
}

/* Run `program`'s role with one argument (or NULL); does not return. */
__attribute__((unused)) static void exec_role(const char *program, const char *role,
					      const char *arg)
{
	execl(program, program, "role", role, arg, NULL);
	CHECK_FAIL("exec %s: errno %d", program, errno);
}

/* A process of user `id` that runs the role, which has written a byte to its output: it is there.
 */
__attribute__((unused)) static pid_t start_as(uid_t id, const char *program, const char *role)
{
	int p[2];
	char c;
	pid_t pid;

	CHECK(pipe(p) == 0);
	pid = fork();
	if (!pid) {
		if (id)
			become(id);
		dup2(p[1], 1);
		close(p[0]);
		close(p[1]);
		exec_role(program, role, NULL);
	}
	close(p[1]);
	CHECK(pid > 0 && read(p[0], &c, 1) == 1);
	close(p[0]);
	return pid;
}

__attribute__((unused)) static void end_process(pid_t pid)
{
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

/* STATEMENT as user ID, in a child, which must reach its end. */
#define AS(ID, STATEMENT)                    \
	do {                                 \
		pid_t as_ = fork();          \
		if (!as_) {                  \
			uid_t id_ = (ID);    \
			if (id_)             \
				become(id_); \
			STATEMENT;           \
			_exit(0);            \
		}                            \
		CHECK_CHILD(as_);            \
	} while (0)

/* The same with capabilities. */
#define AS_WITH(ID, CAPS, STATEMENT)           \
	do {                                   \
		pid_t as_ = fork();            \
		if (!as_) {                    \
			become_with(ID, CAPS); \
			STATEMENT;             \
			_exit(0);              \
		}                              \
		CHECK_CHILD(as_);              \
	} while (0)

/* /proc/PID/NAME */
__attribute__((unused)) static const char *proc_path(pid_t pid, const char *name)
{
	static char path[2][80];
	static int which;

	which = !which;
	snprintf(path[which], sizeof(path[0]), "/proc/%d/%s", (int)pid, name);
	return path[which];
}

#endif
