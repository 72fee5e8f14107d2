/*
 * Who may look into a process: /proc, process_vm_readv and what decides it: the ids, capabilities
 * and dumpable.
 */
#include "rights.h"
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

static char secret[] = "known to this process alone";

/* The files of a process that show or change its memory. */
static const char *const memory_files[] = {"mem",  "maps",    "smaps",	"smaps_rollup",
					   "auxv", "environ", "pagemap"};
#define NR_MEMORY_FILES ((int)(sizeof(memory_files) / sizeof(memory_files[0])))

static ssize_t read_secret(pid_t pid)
{
	char buf[sizeof(secret)];
	struct iovec local = {buf, sizeof(buf)}, remote = {secret, sizeof(secret)};

	return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

/* The caller may look into pid or (errno != 0) not: everything that looks says the same. */
static void check_look(pid_t pid, int error)
{
	char buf[64];

	for (int i = 0; i < NR_MEMORY_FILES; i++) {
		int fd = open(proc_path(pid, memory_files[i]), O_RDONLY);

		if (error ? fd >= 0 || errno != error : fd < 0)
			CHECK_FAIL("open of %s gives %d, errno %d", memory_files[i], fd, errno);
		close(fd);
	}
	if (!error) {
		CHECK_EQ(read_secret(pid), sizeof(secret));
		CHECK(readlink(proc_path(pid, "cwd"), buf, sizeof(buf)) > 0);
		CHECK(readlink(proc_path(pid, "exe"), buf, sizeof(buf)) > 0);
		CHECK(access(proc_path(pid, "fd/1"), F_OK) == 0);
		CHECK(close(open(proc_path(pid, "fdinfo/1"), O_RDONLY)) == 0);
		return;
	}
	CHECK_ERRNO(read_secret(pid), EPERM);
	CHECK_ERRNO(readlink(proc_path(pid, "cwd"), buf, sizeof(buf)), EACCES);
	CHECK_ERRNO(readlink(proc_path(pid, "root"), buf, sizeof(buf)), EACCES);
	CHECK_ERRNO(readlink(proc_path(pid, "exe"), buf, sizeof(buf)), EACCES);
	CHECK_ERRNO(open(proc_path(pid, "fd"), O_RDONLY), EACCES);
	CHECK_ERRNO(access(proc_path(pid, "fd/1"), F_OK), EACCES);
	CHECK_ERRNO(open(proc_path(pid, "fdinfo/1"), O_RDONLY), EACCES);
	CHECK_ERRNO(open(proc_path(pid, "clear_refs"), O_WRONLY), EACCES);
	CHECK_ERRNO(open(proc_path(pid, "personality"), O_RDONLY), EACCES);
}

/* The owner of the files of pid. */
static void check_owner(pid_t pid, uid_t uid)
{
	struct stat st;

	CHECK(stat(proc_path(pid, "mem"), &st) == 0);
	CHECK_EQ(st.st_uid, uid);
	CHECK_EQ(st.st_gid, uid);
	CHECK(stat(proc_path(pid, "status"), &st) == 0);
	CHECK_EQ(st.st_uid, uid);
}

TEST(a_user_looks_into_his_own_processes_only)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 0755);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, check_look(pid, 0));
	AS(BOB, check_look(pid, EACCES));
	AS(0, check_look(pid, 0));
	check_owner(pid, ANN);
	end_process(pid);
	tmpdir_leave();
}

TEST(a_set_uid_program_is_closed_to_its_starter)
{
	struct stat st;
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", BOB, 0, 04755);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, check_look(pid, EACCES));
	AS(BOB, check_look(pid, EACCES));
	AS(0, check_look(pid, 0));
	check_owner(pid, 0);
	CHECK(stat(proc_path(pid, ""), &st) == 0); /* the directory tells whose it is */
	CHECK_EQ(st.st_uid, BOB);
	CHECK_EQ(st.st_gid, ANN);
	end_process(pid);
	tmpdir_leave();
}

TEST(a_set_gid_program_is_closed_to_its_starter)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, BOB, 02755);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, check_look(pid, EACCES));
	check_owner(pid, 0);
	end_process(pid);
	tmpdir_leave();
}

TEST(a_program_that_may_not_be_read_shows_no_memory)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 0711);
	AS(ANN, CHECK_ERRNO(open("prog", O_RDONLY), EACCES));
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, check_look(pid, EACCES));
	check_owner(pid, 0);
	end_process(pid);
	tmpdir_leave();
}

ROLE(dumpable_again)
{
	CHECK_EQ(prctl(PR_GET_DUMPABLE), atoi(argv[0]));
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
}

/* It may read itself, and decide to be seen; what it starts is seen as ever. */
TEST(a_program_that_may_not_be_read_may_open_itself)
{
	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 0711);
	copy_self("open", 0, 0, 0755);
	AS(ANN, exec_role("./prog", "dumpable_again", "0"));
	AS(ANN, exec_role("./open", "dumpable_again", "1"));
	AS(ANN, prctl(PR_SET_DUMPABLE, 0); exec_role("./open", "dumpable_again", "1"));
	tmpdir_leave();
}

TEST(who_changes_his_ids_is_closed)
{
	need_root();
	AS(0, CHECK_EQ(prctl(PR_GET_DUMPABLE), 1); CHECK(setresuid(-1, ANN, -1) == 0);
	   CHECK_EQ(prctl(PR_GET_DUMPABLE), 0));
	AS(0, CHECK(setresgid(-1, ANN, -1) == 0); CHECK_EQ(prctl(PR_GET_DUMPABLE), 0));
	AS(0, CHECK(setresuid(ANN, -1, -1) == 0); CHECK_EQ(prctl(PR_GET_DUMPABLE), 1));
	AS(0, CHECK(setresgid(ANN, -1, -1) == 0); CHECK_EQ(prctl(PR_GET_DUMPABLE), 1));
	AS(0, syscall(SYS_setfsuid32, ANN); CHECK_EQ(prctl(PR_GET_DUMPABLE), 0));
	AS(0, CHECK(setgroups(0, NULL) == 0); CHECK_EQ(prctl(PR_GET_DUMPABLE), 1));
}

TEST(dumpable_is_0_or_1_for_a_program)
{
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 2), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_DUMPABLE, -1), EINVAL);
	CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
	AS(0, CHECK_EQ(prctl(PR_GET_DUMPABLE), 0)); /* a child's too */
}

static void put_suid_dumpable(const char *value)
{
	int fd = open("/proc/sys/fs/suid_dumpable", O_WRONLY);

	CHECK(fd >= 0 && write(fd, value, 1) == 1);
	close(fd);
}

TEST(suid_dumpable_says_what_such_programs_get)
{
	need_root();
	put_suid_dumpable("2");
	AS(0, CHECK(setresuid(-1, ANN, -1) == 0); CHECK_EQ(prctl(PR_GET_DUMPABLE), 2));
	put_suid_dumpable("1");
	AS(0, CHECK(setresuid(-1, ANN, -1) == 0); CHECK_EQ(prctl(PR_GET_DUMPABLE), 1));
	put_suid_dumpable("0");
	AS(0, CHECK(setresuid(-1, ANN, -1) == 0); CHECK_EQ(prctl(PR_GET_DUMPABLE), 0));
	int fd = open("/proc/sys/fs/suid_dumpable", O_WRONLY);
	CHECK_ERRNO(write(fd, "3", 1), EINVAL);
}

static void *close_it(void *arg)
{
	CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
	return NULL;
}

/* What one thread says counts for the memory that all of them share. */
TEST(dumpable_belongs_to_the_address_space)
{
	pid_t pid, tid;
	int p[2];

	need_root();
	CHECK(pipe(p) == 0);
	pid = fork();
	if (!pid) {
		pthread_t t;

		become(ANN);
		prctl(PR_SET_DUMPABLE, 1);
		pthread_create(&t, NULL, close_it, NULL);
		pthread_join(t, NULL);
		CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
		tid = syscall(SYS_gettid);
		CHECK(write(p[1], &tid, sizeof(tid)) == sizeof(tid));
		pause();
	}
	CHECK(read(p[0], &tid, sizeof(tid)) == sizeof(tid));
	AS(ANN, CHECK_ERRNO(read_secret(tid), EPERM));
	end_process(pid);
}

/* ---- a file that was opened before ---- */

static int opened[NR_MEMORY_FILES];

/* Each descriptor goes on showing the old program's memory, which is gone. */
static void check_old_memory(void)
{
	char buf[64];

	for (int i = 0; i < NR_MEMORY_FILES; i++) {
		ssize_t n = read(opened[i], buf, sizeof(buf));

		if (!strcmp(memory_files[i], "smaps_rollup"))
			CHECK(n == -1 && errno == ESRCH);
		else if (!strcmp(memory_files[i], "auxv")) /* kept with the structure */
			CHECK_EQ(n, sizeof(buf));
		else
			CHECK_EQ(n, 0);
	}
}

ROLE(exec_when_told)
{
	char c;

	CHECK(write(1, "x", 1) == 1 && read(0, &c, 1) == 1);
	exec_role(argc ? argv[0] : "./prog", "hold", NULL);
}

TEST(an_open_file_shows_the_memory_of_its_open)
{
	int go[2], out[2];
	pid_t pid;
	char c;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 04755);
	copy_self("stage", 0, 0, 0755);
	CHECK(pipe(go) == 0 && pipe(out) == 0);
	pid = fork();
	if (!pid) {
		become(ANN);
		dup2(go[0], 0);
		dup2(out[1], 1);
		exec_role("./stage", "exec_when_told", NULL);
	}
	CHECK(read(out[0], &c, 1) == 1);
	AS(
		ANN,
		for (int i = 0; i < NR_MEMORY_FILES; i++) {
			opened[i] = open(proc_path(pid, memory_files[i]), O_RDONLY);
			CHECK(opened[i] >= 0);
		} CHECK(write(go[1], "x", 1) == 1 && read(out[0], &c, 1) == 1);
		check_old_memory(); check_look(pid, EACCES));
	end_process(pid);
	tmpdir_leave();
}

/* ---- while exec is at work ---- */

#define EXECS	    8
#define DESCRIPTORS 200

ROLE(exec_with_descriptors)
{
	for (int i = 0; i < DESCRIPTORS; i++)
		fcntl(dup(0), F_SETFD, FD_CLOEXEC);
	role_exec_when_told(argc, argv);
}

/* Open the memory of pid over and over, until that is refused; what the last descriptors show must
   not be the new program's. */
static void open_until_refused(pid_t pid, int go)
{
	int fds[2] = {-1, -1}, fd;
	char buf[sizeof(secret)];

	CHECK(write(go, "x", 1) == 1);
	while ((fd = open(proc_path(pid, "mem"), O_RDWR)) >= 0) {
		close(fds[0]);
		fds[0] = fds[1];
		fds[1] = fd;
		sched_yield();
	}
	CHECK_EQ(errno, EACCES);
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			CHECK_EQ(pread(fds[i], buf, sizeof(buf), (off_t)(long)secret), 0);
	}
}

/* exec closes files, and may sleep, between the new memory and the new rights: nobody gets in. */
TEST(exec_shows_no_memory_before_the_new_rights)
{
	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 04755);
	copy_self("stage", 0, 0, 0755);
	for (int i = 0; i < EXECS; i++) {
		int go[2], out[2];
		pid_t pid;
		char c;

		CHECK(pipe(go) == 0 && pipe(out) == 0);
		pid = fork();
		if (!pid) {
			become(ANN);
			dup2(go[0], 0);
			dup2(out[1], 1);
			exec_role("./stage", "exec_with_descriptors", NULL);
		}
		CHECK(read(out[0], &c, 1) == 1);
		AS(ANN, open_until_refused(pid, go[1]));
		end_process(pid);
		close(go[0]), close(go[1]), close(out[0]), close(out[1]);
	}
	tmpdir_leave();
}
