/*
 * What a program may do after exec: set-uid and set-gid, capabilities, no_new_privs, and what of
 * its starter it does not inherit.
 */
#include "rights.h"
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* ---- the table of capabilities(7), "Transformation of capabilities during execve" ---- */

#define ALL   ((1ULL << (CAP_LAST_CAP + 1)) - 1)
#define RAW   CAP(NET_RAW)
#define ADMIN CAP(SYS_ADMIN)
#define SETID CAP(SETUID)

/* Who starts the program, and what it is then. */
struct exec_case {
	const char *name;
	uid_t ruid, euid;
	unsigned long long permitted, inheritable, ambient;
	int securebits, nnp, share;
	mode_t set_id; /* of the program, which belongs to `owner` and group `owner` */
	uid_t owner;
	/* afterwards */
	uid_t now_euid, now_egid;
	unsigned long long now_permitted, now_effective, now_ambient;
	int secure;
};

static const struct exec_case exec_cases[] = {
	{"root", 0, 0, ALL, 0, 0, 0, 0, 0, 0, 0, 0, 0, ALL, ALL, 0, 0},
	{"root that dropped all", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ALL, ALL, 0, 0},
	{"root that dropped all, nnp", 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	{"root with one, nnp", 0, 0, RAW, 0, 0, 0, 1, 0, 0, 0, 0, 0, RAW, RAW, 0, 0},
	{"a user", ANN, ANN, 0, 0, 0, 0, 0, 0, 0, 0, ANN, ANN, 0, 0, 0, 0},
	{"a user with capabilities", ANN, ANN, RAW, 0, 0, 0, 0, 0, 0, 0, ANN, ANN, 0, 0, 0, 0},
	{"inheritable ones alone", ANN, ANN, RAW, RAW, 0, 0, 0, 0, 0, 0, ANN, ANN, 0, 0, 0, 0},
	{"ambient ones", ANN, ANN, RAW, RAW, RAW, 0, 0, 0, 0, 0, ANN, ANN, RAW, RAW, RAW, 0},
	{"ambient ones, nnp", ANN, ANN, RAW, RAW, RAW, 0, 1, 0, 0, 0, ANN, ANN, RAW, RAW, RAW, 0},
	{"set-uid root", ANN, ANN, 0, 0, 0, 0, 0, 0, 04000, 0, 0, ANN, ALL, ALL, 0, 1},
	{"set-uid root, nnp", ANN, ANN, 0, 0, 0, 0, 1, 0, 04000, 0, ANN, ANN, 0, 0, 0, 0},
	{"set-uid root, shared fs", ANN, ANN, 0, 0, 0, 0, 0, 1, 04000, 0, ANN, ANN, 0, 0, 0, 1},
	{"set-uid root, shared fs, SETUID", ANN, ANN, SETID, 0, 0, 0, 0, 1, 04000, 0, 0, ANN, SETID,
	 SETID, 0, 1},
	{"set-uid root, ambient", ANN, ANN, RAW, RAW, RAW, 0, 0, 0, 04000, 0, 0, ANN, ALL, ALL, 0,
	 1},
	{"set-uid root, ambient, nnp", ANN, ANN, RAW, RAW, RAW, 0, 1, 0, 04000, 0, ANN, ANN, RAW,
	 RAW, RAW, 0},
	{"set-uid BOB", ANN, ANN, 0, 0, 0, 0, 0, 0, 04000, BOB, BOB, ANN, 0, 0, 0, 1},
	{"set-uid BOB, ambient", ANN, ANN, RAW, RAW, RAW, 0, 0, 0, 04000, BOB, BOB, ANN, 0, 0, 0,
	 1},
	{"set-uid BOB, nnp", ANN, ANN, 0, 0, 0, 0, 1, 0, 04000, BOB, ANN, ANN, 0, 0, 0, 0},
	{"set-uid BOB, shared fs", ANN, ANN, 0, 0, 0, 0, 0, 1, 04000, BOB, ANN, ANN, 0, 0, 0, 1},
	{"set-uid ANN", ANN, ANN, RAW, RAW, RAW, 0, 0, 0, 04000, ANN, ANN, ANN, RAW, RAW, RAW, 0},
	{"set-gid BOB", ANN, ANN, 0, 0, 0, 0, 0, 0, 02000, BOB, ANN, BOB, 0, 0, 0, 1},
	{"set-gid BOB, nnp", ANN, ANN, 0, 0, 0, 0, 1, 0, 02000, BOB, ANN, ANN, 0, 0, 0, 0},
	{"set-gid BOB, shared fs", ANN, ANN, 0, 0, 0, 0, 0, 1, 02000, BOB, ANN, ANN, 0, 0, 0, 1},
	{"set-gid root, ambient", ANN, ANN, RAW, RAW, RAW, 0, 0, 0, 02000, 0, ANN, 0, 0, 0, 0, 1},
	{"real user, effective root", ANN, 0, ALL, 0, 0, 0, 0, 0, 0, 0, 0, ANN, ALL, ALL, 0, 1},
	{"real user, effective root, nnp", ANN, 0, ALL, 0, 0, 0, 1, 0, 0, 0, ANN, ANN, ALL, ALL, 0,
	 1},
	{"real user, effective root, nnp, few", ANN, 0, RAW, 0, 0, 0, 1, 0, 0, 0, ANN, ANN, RAW,
	 RAW, 0, 1},
	{"real user, effective root, shared", ANN, 0, ALL, 0, 0, 0, 0, 1, 0, 0, 0, ANN, ALL, ALL, 0,
	 1},
	{"real root, effective user", 0, ANN, ALL, 0, 0, 0, 0, 0, 0, 0, ANN, 0, ALL, 0, 0, 1},
	{"real root, set-uid ANN", 0, 0, ALL, 0, 0, 0, 0, 0, 04000, ANN, ANN, 0, ALL, 0, 0, 1},
	{"real ANN, effective BOB, ambient", ANN, BOB, RAW, RAW, RAW, 0, 0, 0, 0, 0, BOB, ANN, 0, 0,
	 0, 1},
	{"root, NOROOT", 0, 0, ALL, 0, 0, SECBIT_NOROOT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	{"root, NOROOT, ambient", 0, 0, ALL, RAW, RAW, SECBIT_NOROOT, 0, 0, 0, 0, 0, 0, RAW, RAW,
	 RAW, 0},
	{"set-uid root, NOROOT", ANN, ANN, ADMIN, 0, 0, SECBIT_NOROOT, 0, 0, 04000, 0, 0, ANN, 0, 0,
	 0, 1},
	{"root with inheritable", 0, 0, RAW, RAW, 0, 0, 0, 0, 0, 0, 0, 0, ALL, ALL, 0, 0},
	{"set-uid root, shared fs, ambient", ANN, ANN, RAW, RAW, RAW, 0, 0, 1, 04000, 0, ANN, ANN,
	 RAW, RAW, 0, 1},
};

static void set_caps(unsigned long long permitted, unsigned long long inheritable)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {
		{permitted, permitted, inheritable},
		{permitted >> 32, permitted >> 32, inheritable >> 32}};

	CHECK(syscall(SYS_capset, &header, data) == 0);
}

static void raise_ambient(unsigned long long caps)
{
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (caps >> cap & 1)
			CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) == 0);
	}
}

static void check_same(const struct exec_case *c, const char *what, unsigned long long is,
		       unsigned long long wanted)
{
	if (is != wanted)
		CHECK_FAIL("%s: %s is %#llx, not %#llx", c->name, what, is, wanted);
}

/* The program of a case: is it what the table says? */
ROLE(check_case)
{
	const struct exec_case *c = &exec_cases[atoi(argv[0])];
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];
	unsigned long long ambient = 0;
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	CHECK(getresuid(&ruid, &euid, &suid) == 0 && getresgid(&rgid, &egid, &sgid) == 0);
	CHECK(syscall(SYS_capget, &header, data) == 0);
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		ambient |=
			(unsigned long long)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0)
			<< cap;
	check_same(c, "uid", ruid, c->ruid);
	check_same(c, "euid", euid, c->now_euid);
	check_same(c, "suid", suid, c->now_euid);
	check_same(c, "fsuid", syscall(SYS_setfsuid32, -1), c->now_euid);
	check_same(c, "egid", egid, c->now_egid);
	check_same(c, "sgid", sgid, c->now_egid);
	check_same(c, "fsgid", syscall(SYS_setfsgid32, -1), c->now_egid);
	check_same(c, "permitted", data[0].permitted | (unsigned long long)data[1].permitted << 32,
		   c->now_permitted);
	check_same(c, "effective", data[0].effective | (unsigned long long)data[1].effective << 32,
		   c->now_effective);
	check_same(c, "inheritable",
		   data[0].inheritable | (unsigned long long)data[1].inheritable << 32,
		   c->inheritable);
	check_same(c, "ambient", ambient, c->now_ambient);
	check_same(c, "AT_SECURE", getauxval(AT_SECURE), c->secure);
	check_same(c, "no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), c->nnp);
	check_same(c, "securebits", prctl(PR_GET_SECUREBITS), c->securebits);
}

static int sleep_until_killed(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == *(pid_t *)arg) /* it may have died before */
		pause();
	return 0;
}

static char stack[65536] __attribute__((aligned(16)));

static void become_starter(const struct exec_case *c)
{
	gid_t gid = c->ruid;
	pid_t pid = getpid();

	CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0);
	CHECK(setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0);
	CHECK(setresuid(c->ruid, c->euid, c->euid) == 0);
	if (c->securebits) { /* takes a capability that is not in effect any more */
		set_caps(ALL, c->inheritable);
		CHECK(prctl(PR_SET_SECUREBITS, c->securebits) == 0);
	}
	set_caps(c->permitted, c->inheritable);
	raise_ambient(c->ambient);
	if (c->nnp)
		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (c->share)
		CHECK(clone(sleep_until_killed, stack + sizeof(stack), CLONE_FS | SIGCHLD, &pid) >
		      0);
}

TEST(capabilities_of_a_new_program)
{
	need_root();
	tmpdir_enter();
	for (unsigned int i = 0; i < sizeof(exec_cases) / sizeof(exec_cases[0]); i++) {
		const struct exec_case *c = &exec_cases[i];
		char number[12];

		copy_self("prog", c->owner, c->owner, 0755 | c->set_id);
		snprintf(number, sizeof(number), "%d", i);
		AS(0, become_starter(c); exec_role("./prog", "check_case", number));
	}
	tmpdir_leave();
}

/* ---- a set-gid bit without the group's execute bit is none ---- */

ROLE(check_egid)
{
	CHECK_EQ(getegid(), atoi(argv[0]));
}

TEST(set_gid_counts_with_the_execute_bit_of_the_group)
{
	need_root();
	tmpdir_enter();
	copy_self("prog", 0, BOB, 02705);
	AS(ANN, exec_role("./prog", "check_egid", "1000"));
	copy_self("prog", 0, BOB, 02715);
	AS(ANN, exec_role("./prog", "check_egid", "1001"));
	tmpdir_leave();
}

/* ---- what is not inherited ---- */

#define UNSAFE_PERSONALITY \
	(ADDR_NO_RANDOMIZE | MMAP_PAGE_ZERO | READ_IMPLIES_EXEC | ADDR_COMPAT_LAYOUT)

/* Prints the personality, the place of a local variable and the lowest mapping. */
ROLE(show_layout)
{
	char line[100] = "";
	int local;
	FILE *f = fopen("/proc/self/maps", "r");

	CHECK(f && fgets(line, sizeof(line), f));
	printf("%x %lx %.8s", personality(0xffffffff), (long)&local & ~0xfffL, line);
}

/* The output of the role as ANN, after `prepare`. */
static const char *output_of(const char *program, const char *role, void (*prepare)(void))
{
	static char text[2][200];
	static int which;
	int p[2], n;

	which = !which;
	CHECK(pipe(p) == 0);
	AS(ANN, prepare(); dup2(p[1], 1); exec_role(program, role, NULL));
	n = read(p[0], text[which], sizeof(text[0]) - 1);
	CHECK(n > 0);
	text[which][n] = '\0';
	close(p[0]);
	close(p[1]);
	return text[which];
}

static void take_unsafe_personality(void)
{
	CHECK(personality(UNSAFE_PERSONALITY | STICKY_TIMEOUTS) >= 0);
}

TEST(a_set_uid_program_has_a_personality_of_its_own)
{
	unsigned int flags;
	unsigned long sp, first, sp2;

	need_root();
	tmpdir_enter();
	copy_self("plain", 0, 0, 0755);
	copy_self("prog", 0, 0, 04755); /* root's programs could map page 0 */
	CHECK(sscanf(output_of("./plain", "show_layout", take_unsafe_personality), "%x %lx %lx",
		     &flags, &sp, &first) == 3);
	CHECK_EQ(flags, UNSAFE_PERSONALITY | STICKY_TIMEOUTS);
	CHECK(sp >= 0xbfff0000);
	CHECK(sscanf(output_of("./prog", "show_layout", take_unsafe_personality), "%x %lx %lx",
		     &flags, &sp, &first) == 3);
	CHECK_EQ(flags, STICKY_TIMEOUTS);
	CHECK(first != 0);
	for (int i = 0; i < 20; i++) { /* the stack is somewhere else each time */
		CHECK(sscanf(output_of("./prog", "show_layout", take_unsafe_personality),
			     "%x %lx %lx", &flags, &sp2, &first) == 3);
		if (sp2 != sp)
			break;
	}
	CHECK(sp2 != sp);
	tmpdir_leave();
}

ROLE(show_stack_limit)
{
	struct rlimit limit;
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
	printf("%lx %lx %lx", (long)limit.rlim_cur, (long)limit.rlim_max, (long)p);
}

static void take_unlimited_stack(void)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	(void)setrlimit(RLIMIT_STACK, &limit);
}

TEST(a_set_uid_program_has_a_stack_limit)
{
	unsigned long soft, hard, place;

	need_root();
	tmpdir_enter();
	take_unlimited_stack();
	copy_self("plain", 0, 0, 0755);
	copy_self("prog", BOB, BOB, 04755);
	CHECK(sscanf(output_of("./plain", "show_stack_limit", take_unlimited_stack), "%lx %lx %lx",
		     &soft, &hard, &place) == 3);
	CHECK_EQ(soft, ~0UL);
	CHECK(place < 0x80000000);
	CHECK(sscanf(output_of("./prog", "show_stack_limit", take_unlimited_stack), "%lx %lx %lx",
		     &soft, &hard, &place) == 3);
	CHECK_EQ(soft, 8UL << 20);
	CHECK_EQ(hard, ~0UL);
	CHECK(place > 0x80000000);
	tmpdir_leave();
}

ROLE(show_pdeath)
{
	int sig;

	CHECK(prctl(PR_GET_PDEATHSIG, &sig) == 0);
	printf("%d %d", sig, prctl(PR_GET_DUMPABLE));
}

static void take_pdeathsig(void)
{
	CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0);
}

TEST(who_gains_rights_dies_not_with_his_parent)
{
	char wanted[12];

	need_root();
	tmpdir_enter();
	copy_self("plain", 0, 0, 0755);
	copy_self("prog", BOB, BOB, 04755);
	snprintf(wanted, sizeof(wanted), "%d 1", SIGUSR1);
	CHECK_STR(output_of("./plain", "show_pdeath", take_pdeathsig), wanted);
	CHECK_STR(output_of("./prog", "show_pdeath", take_pdeathsig), "0 0");
	tmpdir_leave();
}

ROLE(check_pdeath)
{
	int sig;

	CHECK(prctl(PR_GET_PDEATHSIG, &sig) == 0);
	CHECK_EQ(sig, atoi(argv[0]));
	CHECK_EQ(prctl(PR_GET_DUMPABLE), atoi(argv[1]));
}

/* Root without capabilities gains them by exec: closed, too. */
TEST(who_gains_capabilities_is_closed)
{
	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 0755);
	AS(0, CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0); set_caps(RAW, 0);
	   execl("./prog", "prog", "role", "check_pdeath", "0", "0", NULL));
	AS(0, CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1) == 0);
	   execl("./prog", "prog", "role", "check_pdeath", "10", "1", NULL));
	tmpdir_leave();
}

/* ---- a shared working directory and umask ---- */

ROLE(tell_and_hold)
{
	char c = geteuid() == 0 ? 'r' : 'u';

	CHECK(write(1, &c, 1) == 1);
}

static int exec_set_uid(void *arg)
{
	exec_role("./prog", "tell_and_hold", NULL);
	return 1;
}

static void *exec_in_a_thread(void *arg)
{
	exec_role("./prog", "tell_and_hold", NULL);
	return NULL;
}

/* What a set-uid root program of ANN's says that was started so: 'r' root, 'u' user. */
static char who_is(void (*start)(void))
{
	int p[2];
	char c;

	CHECK(pipe(p) == 0);
	AS(ANN, dup2(p[1], 1); start());
	CHECK(read(p[0], &c, 1) == 1);
	close(p[0]);
	close(p[1]);
	return c;
}

static void start_sharing_fs(void)
{
	pid_t pid = clone(exec_set_uid, stack + sizeof(stack), CLONE_FS | SIGCHLD, NULL);

	CHECK_CHILD(pid);
}

static void start_sharing_files(void)
{
	pid_t pid = clone(exec_set_uid, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL);

	CHECK_CHILD(pid);
}

static void start_from_a_thread(void)
{
	pthread_t t;

	pthread_create(&t, NULL, exec_in_a_thread, NULL);
	pthread_join(t, NULL);
}

static void start_after_the_sharer_is_gone(void)
{
	pid_t pid = clone((int (*)(void *))_exit, stack + sizeof(stack), CLONE_FS | SIGCHLD, NULL);

	CHECK(waitpid(pid, NULL, 0) == pid);
	exec_set_uid(NULL);
}

TEST(set_uid_does_not_count_with_a_shared_fs)
{
	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 04755);
	CHECK_EQ(who_is(start_sharing_fs), 'u');
	CHECK_EQ(who_is(start_sharing_files), 'r');
	CHECK_EQ(who_is(start_from_a_thread), 'r'); /* its process's threads are gone then */
	CHECK_EQ(who_is(start_after_the_sharer_is_gone), 'r');
	tmpdir_leave();
}
