/*
 * Who may open which file of a process in /proc, and what it says to him: the owner of the process,
 * another user, the starter of a set-uid program, root.
 */
#include "rights.h"

/* O_ opens and reads, E_ the open is refused (EACCES); what follows the open is its read. */
enum {
	OPENS,
	CLOSED,
};

/* The files, their modes, and whether they open for the owner and for others. */
static const struct proc_file {
	const char *name;
	mode_t mode;
	int read_own, read_other, write_own, write_other;
} files[] = {
	{"auxv", 0400, OPENS, CLOSED, CLOSED, CLOSED},
	{"clear_refs", 0200, CLOSED, CLOSED, OPENS, CLOSED},
	{"cmdline", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"comm", 0644, OPENS, OPENS, OPENS, CLOSED},
	{"coredump_filter", 0644, OPENS, OPENS, OPENS, CLOSED},
	{"environ", 0400, OPENS, CLOSED, CLOSED, CLOSED},
	{"fd", 0500, OPENS, CLOSED, 0, 0},
	{"fdinfo", 0555, OPENS, CLOSED, 0, 0},
	{"fdinfo/1", 0444, OPENS, CLOSED, CLOSED, CLOSED},
	{"io", 0400, OPENS, CLOSED, CLOSED, CLOSED},
	{"limits", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"map_files", 0500, OPENS, CLOSED, 0, 0},
	{"maps", 0444, OPENS, CLOSED, CLOSED, CLOSED},
	{"mem", 0600, OPENS, CLOSED, OPENS, CLOSED},
	{"mountinfo", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"mounts", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"oom_adj", 0644, OPENS, OPENS, OPENS, CLOSED},
	{"oom_score", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"oom_score_adj", 0644, OPENS, OPENS, OPENS, CLOSED},
	{"pagemap", 0400, OPENS, CLOSED, CLOSED, CLOSED},
	{"personality", 0400, OPENS, CLOSED, CLOSED, CLOSED},
	{"smaps", 0444, OPENS, CLOSED, CLOSED, CLOSED},
	{"smaps_rollup", 0444, OPENS, CLOSED, CLOSED, CLOSED},
	{"stack", 0400, OPENS, CLOSED, CLOSED, CLOSED},
	{"stat", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"statm", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"status", 0444, OPENS, OPENS, CLOSED, CLOSED},
	{"syscall", 0400, OPENS, CLOSED, CLOSED, CLOSED},
	{"task", 0555, OPENS, OPENS, 0, 0},
	{"wchan", 0444, OPENS, OPENS, CLOSED, CLOSED},
};
#define NR_FILES (sizeof(files) / sizeof(files[0]))

/* As the process's owner (own) or somebody else. */
static void check_files(pid_t pid, int own)
{
	for (unsigned int i = 0; i < NR_FILES; i++) {
		const struct proc_file *f = &files[i];
		const char *path = proc_path(pid, f->name);
		struct stat st;
		int fd;

		if (stat(path, &st) && errno == EACCES && !own && strchr(f->name, '/'))
			continue;
		if ((st.st_mode & 07777) != f->mode)
			CHECK_FAIL("%s has mode %o", f->name, st.st_mode);
		errno = 0;
		fd = open(path, O_RDONLY);
		if ((own ? f->read_own : f->read_other) ? fd >= 0 || errno != EACCES : fd < 0)
			CHECK_FAIL("%s opens for reading as %s: %d, errno %d", f->name,
				   own ? "owner" : "other", fd, errno);
		close(fd);
		if (S_ISDIR(st.st_mode))
			continue;
		errno = 0;
		fd = open(path, O_WRONLY);
		if ((own ? f->write_own : f->write_other) ? fd >= 0 || errno != EACCES : fd < 0)
			CHECK_FAIL("%s opens for writing as %s: %d, errno %d", f->name,
				   own ? "owner" : "other", fd, errno);
		close(fd);
	}
}

/* The owner of each file: `uid`; but world-readable directories tell whose process it is. */
static void check_owners(pid_t pid, uid_t uid, uid_t process_uid)
{
	struct stat st;

	for (unsigned int i = 0; i < NR_FILES; i++) {
		CHECK(lstat(proc_path(pid, files[i].name), &st) == 0);
		if (st.st_uid != ((st.st_mode & 07777) == 0555 ? process_uid : uid))
			CHECK_FAIL("%s is %d's", files[i].name, (int)st.st_uid);
	}
	CHECK(stat(proc_path(pid, ""), &st) == 0);
	CHECK_EQ(st.st_uid, process_uid);
}

TEST(files_of_a_users_process)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 0755);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, check_files(pid, 1));
	AS(BOB, check_files(pid, 0));
	check_owners(pid, ANN, ANN);
	end_process(pid);
	tmpdir_leave();
}

TEST(files_of_a_set_uid_program)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", BOB, 0, 04755);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, check_files(pid, 0));
	AS(BOB, check_files(pid, 0));
	check_owners(pid, 0, BOB);
	end_process(pid);
	tmpdir_leave();
}

TEST(files_of_a_program_that_may_not_be_read)
{
	pid_t pid;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 0711);
	pid = start_as(ANN, "./prog", "hold");
	AS(ANN, check_files(pid, 0));
	check_owners(pid, 0, ANN);
	end_process(pid);
	tmpdir_leave();
}

/* What others may open still keeps addresses and registers to itself. */
TEST(stat_hides_addresses_from_others)
{
	char line[500], *field;
	pid_t pid;
	int fd;

	need_root();
	tmpdir_enter();
	copy_self("prog", 0, 0, 0755);
	pid = start_as(ANN, "./prog", "hold");
	for (int own = 0; own < 2; own++)
		AS(own ? ANN : BOB, fd = open(proc_path(pid, "stat"), O_RDONLY);
		   CHECK(read(fd, line, sizeof(line)) > 0); field = strrchr(line, ')');
		   for (int i = 2; i < 26; i++) field = strchr(field + 1, ' ');
		   if (own) CHECK(atol(field) > 1); else CHECK_EQ(atol(field), 1));
	end_process(pid);
	tmpdir_leave();
}

TEST(nobody_writes_to_the_directory_of_a_process)
{
	struct timespec now[2] = {{1, 0}, {1, 0}};
	pid_t pid = getpid();

	CHECK_ERRNO(access(proc_path(pid, ""), W_OK), EPERM);
	CHECK_ERRNO(mkdir(proc_path(pid, "new"), 0777), ENOENT);
	CHECK_ERRNO(unlink(proc_path(pid, "stat")), EPERM);
	CHECK_ERRNO(open(proc_path(pid, "new"), O_CREAT | O_WRONLY, 0666), ENOENT);
	CHECK_ERRNO(utimensat(AT_FDCWD, proc_path(pid, ""), now, 0), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, proc_path(pid, ""), NULL, 0), EPERM);
	CHECK_ERRNO(chown(proc_path(pid, ""), 0, 0), EPERM);
	CHECK_ERRNO(chmod(proc_path(pid, ""), 0777), EPERM);
	CHECK_ERRNO(chmod(proc_path(pid, "stat"), 0777), EPERM);
}
