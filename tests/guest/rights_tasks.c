/*
 * Who may do what to another process: signals, scheduling, limits; and setting one's own ids.
 * Three users: root, ANN and BOB, and programs that may more than who started them.
 */
#include "rights.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* A process of user `id`: real, effective and saved ids as given. */
static pid_t process_with(uid_t ruid, uid_t euid, uid_t suid)
{
	int p[2];
	pid_t pid;
	char c;

	CHECK(pipe(p) == 0);
	pid = fork();
	if (!pid) {
		CHECK(setgroups(0, NULL) == 0 && setresgid(ANN, ANN, ANN) == 0);
		CHECK(setresuid(ruid, euid, suid) == 0);
		CHECK(write(p[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	CHECK(read(p[0], &c, 1) == 1);
	close(p[0]);
	close(p[1]);
	return pid;
}

/* ---- signals ---- */

TEST(kill_goes_by_real_and_saved_ids)
{
	static const struct {
		uid_t ruid, euid, suid;
		int may;
	} rows[] = {{ANN, ANN, ANN, 1}, {BOB, ANN, BOB, 0}, {ANN, BOB, BOB, 1},
		    {BOB, BOB, ANN, 1}, {ANN, 0, 0, 1},	    {0, ANN, 0, 0}};

	need_root();
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pid_t pid = process_with(rows[i].ruid, rows[i].euid, rows[i].suid);

		if (rows[i].may)
			AS(ANN, CHECK(kill(pid, 0) == 0));
		else
			AS(ANN, CHECK_ERRNO(kill(pid, 0), EPERM);
			   CHECK(kill(pid, SIGCONT) == 0)); /* of the same session */
		AS_WITH(BOB, CAP(KILL), CHECK(kill(pid, 0) == 0));
		end_process(pid);
	}
}

TEST(sigcont_needs_the_same_session_without_rights)
{
	pid_t pid;

	need_root();
	pid = process_with(BOB, BOB, BOB);
	AS(ANN, CHECK(setsid() > 0); CHECK_ERRNO(kill(pid, SIGCONT), EPERM));
	end_process(pid);
}

/* ---- scheduling ---- */

static int set_policy(pid_t pid, int policy, int priority)
{
	struct sched_param param = {priority};

	return sched_setscheduler(pid, policy, &param);
}

TEST(scheduling_goes_by_the_effective_id)
{
	cpu_set_t cpus;
	pid_t pid;

	need_root();
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	pid = process_with(ANN, BOB, BOB);
	AS(ANN, CHECK(setpriority(PRIO_PROCESS, pid, 5) == 0);
	   CHECK(set_policy(pid, SCHED_BATCH, 0) == 0);
	   CHECK(sched_setaffinity(pid, sizeof(cpus), &cpus) == 0));
	end_process(pid);
	pid = process_with(BOB, BOB, ANN);
	AS(ANN, CHECK_ERRNO(setpriority(PRIO_PROCESS, pid, 5), EPERM);
	   CHECK_ERRNO(set_policy(pid, SCHED_BATCH, 0), EPERM);
	   CHECK_ERRNO(sched_setaffinity(pid, sizeof(cpus), &cpus), EPERM);
	   CHECK(sched_getaffinity(pid, sizeof(cpus), &cpus) == 0);
	   CHECK_EQ(sched_getscheduler(pid), SCHED_OTHER);
	   CHECK_EQ(getpriority(PRIO_PROCESS, pid), 0));
	AS_WITH(ANN, CAP(SYS_NICE), CHECK(setpriority(PRIO_PROCESS, pid, -5) == 0);
		CHECK(set_policy(pid, SCHED_FIFO, 1) == 0);
		CHECK(sched_setaffinity(pid, sizeof(cpus), &cpus) == 0));
	end_process(pid);
}

TEST(a_user_only_grows_nicer)
{
	pid_t pid;

	need_root();
	pid = process_with(ANN, ANN, ANN);
	AS(ANN, CHECK(setpriority(PRIO_PROCESS, pid, 5) == 0);
	   CHECK_ERRNO(setpriority(PRIO_PROCESS, pid, 4), EACCES);
	   CHECK_ERRNO(set_policy(pid, SCHED_FIFO, 1), EPERM);
	   CHECK(set_policy(pid, SCHED_IDLE, 0) == 0);
	   CHECK_ERRNO(set_policy(pid, SCHED_OTHER, 0), EPERM));
	end_process(pid);
}

/* A process with more capabilities is no prey, although its real user is the same. */
TEST(a_set_uid_root_program_is_not_slowed_by_its_starter)
{
	cpu_set_t cpus;
	pid_t pid;

	need_root();
	tmpdir_enter();
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	copy_self("prog", 0, 0, 04755);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, CHECK_ERRNO(setpriority(PRIO_PROCESS, pid, 15), EPERM);
	   CHECK_ERRNO(setpriority(PRIO_USER, ANN, 15), EPERM); /* the last one's answer */
	   CHECK_ERRNO(set_policy(pid, SCHED_IDLE, 0), EPERM);
	   CHECK_ERRNO(set_policy(pid, SCHED_BATCH, 0), EPERM);
	   CHECK_ERRNO(sched_setaffinity(pid, sizeof(cpus), &cpus), EPERM);
	   CHECK_ERRNO(setpriority(PRIO_PROCESS, pid, -15), EACCES));
	CHECK_EQ(getpriority(PRIO_PROCESS, pid), 0);
	AS_WITH(ANN, CAP(SYS_NICE), CHECK(setpriority(PRIO_PROCESS, pid, 15) == 0));
	end_process(pid);
	tmpdir_leave();
}

/* ---- limits, futexes ---- */

TEST(prlimit_goes_by_all_ids)
{
	struct rlimit limit;
	pid_t pid;

	need_root();
	pid = process_with(ANN, ANN, ANN);
	AS(ANN, CHECK(prlimit(pid, RLIMIT_NOFILE, NULL, &limit) == 0);
	   CHECK(prlimit(pid, RLIMIT_NOFILE, &limit, NULL) == 0); limit.rlim_max++;
	   CHECK_ERRNO(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), EPERM));
	AS(BOB, CHECK_ERRNO(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), EPERM));
	AS_WITH(BOB, CAP(SYS_RESOURCE), CHECK(prlimit(pid, RLIMIT_NOFILE, NULL, &limit) == 0);
		limit.rlim_max++; CHECK(prlimit(pid, RLIMIT_NOFILE, &limit, NULL) == 0));
	end_process(pid);
	pid = process_with(ANN, ANN, BOB);
	AS(ANN, CHECK_ERRNO(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), EPERM));
	end_process(pid);
}

TEST(a_robust_list_is_shown_to_who_may_look)
{
	void *head;
	size_t size;
	pid_t pid;

	need_root();
	pid = process_with(ANN, ANN, ANN);
	CHECK(pid > 0);
	AS(ANN, CHECK_ERRNO(syscall(SYS_get_robust_list, pid, &head, &size), EPERM)); /* its ids
		changed */
	AS(0, CHECK(syscall(SYS_get_robust_list, pid, &head, &size) == 0));
	AS(ANN, CHECK(syscall(SYS_get_robust_list, 0, &head, &size) == 0));
	end_process(pid);
	pid = process_with(ANN, 0, 0);
	AS(ANN, CHECK_ERRNO(syscall(SYS_get_robust_list, pid, &head, &size), EPERM));
	end_process(pid);
	tmpdir_enter();
	copy_self("prog", 0, 0, 0755);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, CHECK(syscall(SYS_get_robust_list, pid, &head, &size) == 0));
	AS(BOB, CHECK_ERRNO(syscall(SYS_get_robust_list, pid, &head, &size), EPERM));
	end_process(pid);
	tmpdir_leave();
}

/* ---- exit signals ---- */

ROLE(outlive_the_child)
{
	int status;
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK(write(atoi(argv[0]), "x", 1) == 1); /* now the child may end */
	CHECK_EQ(sigwaitinfo(&set, &info), SIGCHLD);
	CHECK(waitpid(-1, &status, __WALL) > 0);
	CHECK_EQ(status, 0);
}

/* A child that was to kill its maker at its end tells the maker's next program by SIGCHLD. */
TEST(an_exit_signal_is_for_the_program_that_chose_it)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 04755);
	pid = fork();
	if (!pid) {
		char arg[12];
		int p[2];

		become(ANN);
		CHECK(pipe(p) == 0);
		if (!syscall(SYS_clone, SIGKILL, 0, 0, 0, 0)) {
			char c;

			_exit(read(p[0], &c, 1) != 1);
		}
		snprintf(arg, sizeof(arg), "%d", p[1]);
		exec_role("./prog", "outlive_the_child", arg);
	}
	CHECK_CHILD(pid);
	tmpdir_leave();
}

TEST(without_exec_the_exit_signal_is_the_chosen_one)
{
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0))
		_exit(0);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
}

/* ---- one's own ids ---- */

TEST(groups_are_kept_in_order)
{
	gid_t groups[4] = {50, 3, 9, 3}, now[4];

	need_root();
	CHECK(setgroups(4, groups) == 0);
	CHECK_EQ(getgroups(4, now), 4);
	CHECK(now[0] == 3 && now[1] == 3 && now[2] == 9 && now[3] == 50);
	groups[2] = -1;
	CHECK_ERRNO(setgroups(4, groups), EINVAL);
	AS(ANN, CHECK_ERRNO(setgroups(0, NULL), EPERM));
	CHECK_EQ(getgroups(4, now), 4);
}

static int fsuid(void)
{
	return syscall(SYS_setfsuid32, -1);
}

static int fsgid(void)
{
	return syscall(SYS_setfsgid32, -1);
}

/* The file system's ids follow the effective ones, whenever those are set. */
TEST(fs_ids_follow_the_effective_ones)
{
	need_root();
	AS(0, syscall(SYS_setfsuid32, ANN); CHECK_EQ(fsuid(), ANN);
	   CHECK(setresuid(-1, -1, -1) == 0); CHECK_EQ(fsuid(), ANN);
	   CHECK(setresuid(-1, 0, -1) == 0); CHECK_EQ(fsuid(), 0));
	AS(0, syscall(SYS_setfsgid32, ANN); CHECK_EQ(fsgid(), ANN);
	   CHECK(setresgid(-1, -1, -1) == 0); CHECK_EQ(fsgid(), ANN);
	   CHECK(setresgid(-1, 0, -1) == 0); CHECK_EQ(fsgid(), 0));
	AS(0, syscall(SYS_setfsuid32, ANN); CHECK(setreuid(-1, -1) == 0); CHECK_EQ(fsuid(), 0));
	AS(0, syscall(SYS_setfsgid32, ANN); CHECK(setregid(-1, -1) == 0); CHECK_EQ(fsgid(), 0));
	AS(0, syscall(SYS_setfsuid32, ANN); CHECK(setuid(0) == 0); CHECK_EQ(fsuid(), 0));
}

TEST(a_user_exchanges_only_his_own_ids)
{
	need_root();
	AS(0, CHECK(setresuid(ANN, BOB, 0) == 0); CHECK(setresuid(BOB, ANN, -1) == 0);
	   CHECK_ERRNO(setresuid(-1, 4711, -1), EPERM);
	   CHECK_ERRNO(setresuid(ANN, 4711, -1), EPERM); CHECK(setreuid(ANN, BOB) == 0);
	   CHECK_ERRNO(setuid(4711), EPERM); CHECK(setuid(ANN) == 0); CHECK_EQ(geteuid(), ANN));
	AS(0, CHECK_ERRNO(setuid(-1), EINVAL); CHECK_ERRNO(setgid(-1), EINVAL));
}

/* ---- waitid ---- */

TEST(waitid_fills_in_what_it_has_not_found)
{
	siginfo_t info;

	memset(&info, 0x55, sizeof(info));
	CHECK_ERRNO(syscall(SYS_waitid, P_ALL, 0, &info, WEXITED, NULL), ECHILD);
	CHECK_EQ(info.si_signo, 0);
	CHECK_EQ(info.si_code, 0);
	CHECK_EQ(info.si_pid, 0);
	memset(&info, 0x55, sizeof(info));
	CHECK_ERRNO(syscall(SYS_waitid, P_ALL, 0, &info, 0, NULL), EINVAL);
	CHECK_EQ(info.si_signo, 0);
	CHECK_ERRNO(syscall(SYS_waitid, P_ALL, 0, bad_address, WEXITED, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_waitid, P_ALL, 0, NULL, WEXITED, NULL), ECHILD);
}

/* ---- the death of the parent ---- */

static volatile sig_atomic_t parent_died;

static void note_death(int sig)
{
	parent_died = 1;
}

/* Does the parent's death, as user `parent`, reach a child of user `child` that asked for it? */
static int death_reaches(uid_t parent, uid_t child)
{
	int ready[2], dead[2], result[2];
	pid_t pid;
	char c;

	CHECK(pipe(ready) == 0 && pipe(dead) == 0 && pipe(result) == 0);
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	pid = fork();
	if (!pid) {
		if (!fork()) {
			close(dead[1]);
			signal(SIGUSR1, note_death);
			if (child)
				CHECK(setuid(child) == 0);
			prctl(PR_SET_PDEATHSIG, SIGUSR1);
			CHECK(write(ready[1], "x", 1) == 1);
			while (read(dead[0], &c, 1) < 0) /* until the tester has seen it die */
				;
			c = parent_died;
			CHECK(write(result[1], &c, 1) == 1);
			_exit(0);
		}
		CHECK(read(ready[0], &c, 1) == 1);
		if (parent)
			CHECK(setuid(parent) == 0);
		_exit(0);
	}
	CHECK_CHILD(pid);
	close(dead[1]);
	CHECK(read(result[0], &c, 1) == 1);
	CHECK(wait(NULL) > 0); /* the orphan */
	return c;
}

/* The signal is the parent's: it must be allowed to send it. */
TEST(a_parents_death_is_told_if_it_may_signal)
{
	need_root();
	CHECK_EQ(death_reaches(0, 0), 1);
	CHECK_EQ(death_reaches(0, ANN), 1);
	CHECK_EQ(death_reaches(ANN, ANN), 1);
	CHECK_EQ(death_reaches(ANN, 0), 0);
	CHECK_EQ(death_reaches(ANN, BOB), 0);
}
