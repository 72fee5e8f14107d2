/*
 * Who may do what with a file: permission bits, capabilities, and when the set-user-id and
 * set-group-id bits go. Three users: root, ANN and BOB.
 */
#include "rights.h"
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/sysmacros.h>

static void make_file(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, "some text", 9) == 9);
	CHECK(fchown(fd, uid, gid) == 0);
	CHECK(fchmod(fd, mode) == 0);
	close(fd);
}

static void make_dir(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	CHECK(mkdir(name, 0700) == 0);
	CHECK(chown(name, uid, gid) == 0);
	CHECK(chmod(name, mode) == 0);
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	CHECK(lstat(name, &st) == 0);
	return st.st_mode & 07777;
}

/* May the file be opened so? 0 or the errno. */
static int opens(const char *name, int flags)
{
	int fd = open(name, flags);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* access for the effective ids; the C library reckons it itself. */
static int may_access(const char *name, int mode)
{
	return syscall(SYS_faccessat2, AT_FDCWD, name, mode, AT_EACCESS);
}

/* ---- permission ---- */

TEST(the_first_class_that_fits_decides)
{
	need_root();
	tmpdir_enter();
	make_file("owner", ANN, 0, 0077);
	make_file("group", BOB, ANN, 0707);
	make_file("other", BOB, BOB, 0774);
	AS(ANN, CHECK_EQ(opens("owner", O_RDONLY), EACCES);
	   CHECK_EQ(opens("group", O_RDONLY), EACCES); CHECK_EQ(opens("other", O_RDONLY), 0);
	   CHECK_EQ(opens("other", O_WRONLY), EACCES));
	AS(0, CHECK_EQ(opens("owner", O_RDWR), 0); CHECK_EQ(opens("group", O_RDWR), 0));
	tmpdir_leave();
}

/* Root's rights are capabilities, and others may have them. */
TEST(capabilities_override_permissions)
{
	need_root();
	tmpdir_enter();
	make_file("file", BOB, BOB, 0);
	make_file("exec", BOB, BOB, 0100);
	make_dir("dir", BOB, BOB, 0);
	AS_WITH(0, 0, CHECK_EQ(opens("file", O_RDONLY), EACCES);
		CHECK_EQ(opens("dir", O_RDONLY), EACCES); CHECK_ERRNO(chmod("file", 0777), EPERM);
		CHECK_ERRNO(chown("file", 0, 0), EPERM));
	AS_WITH(ANN, CAP(DAC_READ_SEARCH), CHECK_EQ(opens("file", O_RDONLY), 0);
		CHECK_EQ(opens("file", O_WRONLY), EACCES); CHECK_EQ(opens("file", O_RDWR), EACCES);
		CHECK_EQ(opens("dir", O_RDONLY), 0); CHECK_EQ(opens("dir/none", O_RDONLY), ENOENT);
		CHECK_ERRNO(mkdir("dir/new", 0777), EACCES));
	AS_WITH(ANN, CAP(DAC_OVERRIDE), CHECK_EQ(opens("file", O_RDWR), 0);
		CHECK(may_access("exec", X_OK) == 0); CHECK_ERRNO(may_access("file", X_OK), EACCES);
		CHECK(mkdir("dir/new", 0777) == 0 && rmdir("dir/new") == 0);
		CHECK_ERRNO(chmod("file", 0777), EPERM));
	AS_WITH(ANN, CAP(FOWNER), CHECK(chmod("file", 0) == 0);
		CHECK_ERRNO(chown("file", ANN, -1), EPERM);
		CHECK_EQ(opens("file", O_RDONLY), EACCES));
	AS_WITH(ANN, CAP(CHOWN), CHECK(chown("file", BOB, 0) == 0);
		CHECK_ERRNO(chmod("file", 0777), EPERM));
	tmpdir_leave();
}

TEST(calls_of_the_administrator_ask_for_a_capability)
{
	need_root();
	tmpdir_enter();
	CHECK(chmod(".", 0777) == 0);
	AS_WITH(0, 0, CHECK_ERRNO(mknod("null", S_IFCHR | 0666, makedev(1, 3)), EPERM);
		CHECK_ERRNO(chroot("."), EPERM); CHECK_ERRNO(sethostname("x", 1), EPERM));
	AS_WITH(ANN, CAP(MKNOD), CHECK(mknod("null", S_IFCHR | 0666, makedev(1, 3)) == 0));
	AS_WITH(ANN, CAP(SYS_CHROOT), CHECK(chroot(".") == 0));
	AS(ANN, CHECK(mknod("pipe", S_IFIFO | 0666, 0) == 0);
	   CHECK(mknod("plain", S_IFREG | 0666, 0) == 0);
	   CHECK_ERRNO(mknod("disk", S_IFBLK | 0666, makedev(7, 0)), EPERM);
	   /* a whiteout leads to no driver */
	   CHECK(mknod("whiteout", S_IFCHR, 0) == 0);
	   CHECK_ERRNO(mknod("block", S_IFBLK, 0), EPERM));
	tmpdir_leave();
}

/* access asks for the real user, with the rights that he would have. */
TEST(access_asks_for_the_real_user)
{
	need_root();
	tmpdir_enter();
	make_file("ann", ANN, ANN, 0600);
	make_file("bob", BOB, BOB, 0600);
	AS(0, CHECK(setresuid(ANN, 0, 0) == 0); CHECK(access("ann", R_OK) == 0);
	   CHECK_ERRNO(access("bob", R_OK), EACCES); CHECK(may_access("bob", R_OK) == 0));
	AS(0, CHECK(setresuid(0, ANN, 0) == 0); CHECK(access("bob", R_OK) == 0);
	   CHECK_ERRNO(may_access("bob", R_OK), EACCES));
	AS_WITH(ANN, CAP(DAC_OVERRIDE), CHECK_ERRNO(access("bob", R_OK), EACCES);
		CHECK(may_access("bob", R_OK) == 0));
	tmpdir_leave();
}

TEST(in_a_sticky_directory_names_are_their_owners)
{
	need_root();
	tmpdir_enter();
	make_dir("sticky", 0, 0, 01777);
	make_file("sticky/ann", ANN, ANN, 0666);
	make_file("sticky/bob", BOB, BOB, 0666);
	AS(ANN, CHECK_ERRNO(unlink("sticky/bob"), EPERM);
	   CHECK_ERRNO(rename("sticky/bob", "sticky/b"), EPERM);
	   CHECK_ERRNO(rename("sticky/ann", "sticky/bob"), EPERM);
	   CHECK(unlink("sticky/ann") == 0));
	AS_WITH(0, 0, CHECK(rename("sticky/bob", "sticky/b") == 0)); /* the directory's owner */
	AS_WITH(ANN, CAP(FOWNER), CHECK(unlink("sticky/b") == 0));
	tmpdir_leave();
}

/* ---- changing attributes ---- */

TEST(owner_and_group_change_by_their_rules)
{
	need_root();
	tmpdir_enter();
	make_file("ann", ANN, ANN, 0644);
	AS(ANN, CHECK(chown("ann", ANN, -1) == 0); CHECK(chown("ann", -1, ANN) == 0);
	   CHECK(chown("ann", -1, -1) == 0); CHECK_ERRNO(chown("ann", BOB, -1), EPERM);
	   CHECK_ERRNO(chown("ann", -1, BOB), EPERM));
	AS(BOB, CHECK_ERRNO(chown("ann", BOB, -1), EPERM);
	   CHECK_ERRNO(chown("ann", -1, BOB), EPERM); CHECK(chown("ann", -1, -1) == 0);
	   CHECK_ERRNO(chmod("ann", 0644), EPERM));
	AS(0, gid_t group = BOB; CHECK(setgroups(1, &group) == 0);
	   CHECK(setresuid(ANN, ANN, ANN) == 0); CHECK(chown("ann", -1, BOB) == 0));
	tmpdir_leave();
}

/* What is left of `mode` when user `id` has set the owner or group to what it was. */
static mode_t mode_after_chown(uid_t id, mode_t mode)
{
	make_file("file", ANN, BOB, mode);
	AS(id, CHECK(chown("file", ANN, -1) == 0));
	return mode_of("file");
}

TEST(chown_takes_the_set_id_bits)
{
	need_root();
	tmpdir_enter();
	CHECK_EQ(mode_after_chown(ANN, 06755), 0755);
	CHECK_EQ(mode_after_chown(ANN, 04644), 0644);
	CHECK_EQ(mode_after_chown(ANN, 02745), 0745); /* not a member: ANN could not set it */
	CHECK_EQ(mode_after_chown(0, 06755), 0755);
	CHECK_EQ(mode_after_chown(0, 02745), 02745);
	CHECK_EQ(mode_after_chown(0, 01777), 01777);
	make_file("file", ANN, ANN, 02745);
	AS(ANN, CHECK(chown("file", ANN, -1) == 0));
	CHECK_EQ(mode_of("file"), 02745);
	make_dir("dir", ANN, ANN, 06755);
	AS(ANN, CHECK(chown("dir", ANN, ANN) == 0));
	CHECK_EQ(mode_of("dir"), 06755);
	make_file("file", ANN, ANN, 06755); /* to take bits is to change the mode */
	AS(BOB, CHECK_ERRNO(chown("file", -1, -1), EPERM));
	AS_WITH(BOB, CAP(CHOWN), CHECK_ERRNO(chown("file", BOB, BOB), EPERM));
	tmpdir_leave();
}

TEST(chmod_gives_set_group_id_to_members_only)
{
	need_root();
	tmpdir_enter();
	make_file("file", ANN, BOB, 0644);
	make_dir("dir", ANN, BOB, 0755);
	AS(ANN, CHECK(chmod("file", 06755) == 0));
	CHECK_EQ(mode_of("file"), 04755);
	AS(ANN, CHECK(chmod("dir", 06755) == 0));
	CHECK_EQ(mode_of("dir"), 04755);
	AS_WITH(ANN, CAP(FSETID), CHECK(chmod("file", 06755) == 0));
	CHECK_EQ(mode_of("file"), 06755);
	AS_WITH(0, 0, CHECK_ERRNO(chmod("file", 06755), EPERM));
	tmpdir_leave();
}

TEST(times_are_set_by_the_owner_and_touched_by_writers)
{
	struct timespec when[2] = {{1, 0}, {2, 0}};
	struct timespec one_now[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};

	need_root();
	tmpdir_enter();
	make_file("file", ANN, ANN, 0622);
	make_file("closed", ANN, ANN, 0600);
	AS(BOB, CHECK(utimensat(AT_FDCWD, "file", NULL, 0) == 0);
	   CHECK_ERRNO(utimensat(AT_FDCWD, "file", when, 0), EPERM);
	   CHECK_ERRNO(utimensat(AT_FDCWD, "file", one_now, 0), EPERM);
	   CHECK_ERRNO(utimensat(AT_FDCWD, "closed", NULL, 0), EACCES));
	AS(ANN, CHECK(utimensat(AT_FDCWD, "file", when, 0) == 0));
	AS_WITH(BOB, CAP(FOWNER), CHECK(utimensat(AT_FDCWD, "closed", when, 0) == 0));
	tmpdir_leave();
}

/* ---- changes of the contents ---- */

static void by_write(int fd)
{
	CHECK(write(fd, "x", 1) == 1);
}

static void by_pwrite(int fd)
{
	CHECK(pwrite(fd, "x", 1, 0) == 1);
}

static void by_ftruncate(int fd)
{
	CHECK(ftruncate(fd, 5) == 0);
}

static void by_ftruncate_to_the_same(int fd)
{
	CHECK(ftruncate(fd, 9) == 0);
}

static void by_truncate(int fd)
{
	CHECK(truncate("file", 5) == 0);
}

static void by_open(int fd)
{
	CHECK_EQ(opens("file", O_WRONLY | O_TRUNC), 0);
}

static void by_fallocate(int fd)
{
	CHECK(fallocate(fd, 0, 0, 10000) == 0);
}

static void by_fallocate_of_what_is_there(int fd)
{
	CHECK(fallocate(fd, 0, 0, 1) == 0);
}

static void by_fallocate_keep_size(int fd)
{
	CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 10000) == 0);
}

static void by_punch_hole(int fd)
{
	CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, 4096) == 0);
}

static void by_sendfile(int fd)
{
	int in = open("/proc/self/exe", O_RDONLY);

	CHECK(sendfile(fd, in, NULL, 10) == 10);
}

static void by_copy_file_range(int fd)
{
	int in = open("source", O_RDONLY);

	CHECK(copy_file_range(in, NULL, fd, NULL, 5, 0) == 5);
}

static void by_splice(int fd)
{
	int p[2];

	CHECK(pipe(p) == 0 && write(p[1], "text", 4) == 4);
	if (splice(p[0], NULL, fd, NULL, 4, 0) != 4 && errno == ENOSYS)
		CHECK(write(fd, "text", 4) == 4); /* not there */
}

static void by_nothing(int fd)
{
	CHECK(write(fd, "", 0) == 0);
}

static void by_store(int fd)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(p != MAP_FAILED);
	*p = 'x';
	CHECK(munmap(p, 4096) == 0);
}

static const struct change {
	const char *name;
	void (*run)(int fd);
	int takes;
} changes[] = {
	{"write", by_write, 1},
	{"pwrite", by_pwrite, 1},
	{"ftruncate", by_ftruncate, 1},
	{"ftruncate to the same", by_ftruncate_to_the_same, 1},
	{"truncate", by_truncate, 1},
	{"open(O_TRUNC)", by_open, 1},
	{"fallocate", by_fallocate, 1},
	{"fallocate of what is there", by_fallocate_of_what_is_there, 1},
	{"fallocate(KEEP_SIZE)", by_fallocate_keep_size, 1},
	{"fallocate(PUNCH_HOLE)", by_punch_hole, 1},
	{"sendfile", by_sendfile, 1},
	{"copy_file_range", by_copy_file_range, 1},
	{"splice", by_splice, 1},
	{"write of nothing", by_nothing, 0},
	{"a store to a shared mapping", by_store, 0},
};

/* `mode`, of a file that ANN may write, after the change by her or with capabilities. */
static mode_t mode_after(const struct change *change, uid_t id, unsigned long long caps,
			 mode_t mode)
{
	int fd;

	make_file("file", BOB, BOB, mode);
	AS_WITH(id, caps, fd = open("file", O_RDWR); CHECK(fd >= 0); change->run(fd));
	return mode_of("file");
}

TEST(a_change_of_the_contents_takes_the_set_id_bits)
{
	need_root();
	tmpdir_enter();
	make_file("source", 0, 0, 0644);
	for (unsigned int i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];
		static const struct {
			uid_t id;
			unsigned long long caps;
			mode_t before, after;
		} rows[] = {
			{ANN, 0, 06777, 0777},
			{ANN, 0, 06676, 0676},
			{ANN, 0, 02676, 0676},
			{ANN, 0, 02666, 0666}, /* not a member */
			{BOB, 0, 02666, 02666},
			{BOB, 0, 06777, 0777},
			{0, CAP(DAC_OVERRIDE), 06777, 0777},
			{ANN, CAP(FSETID), 06777, 06777},
		};

		for (unsigned int k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			mode_t after = mode_after(c, rows[k].id, rows[k].caps, rows[k].before);
			mode_t wanted = c->takes ? rows[k].after : rows[k].before;

			if (after != wanted)
				CHECK_FAIL("%s by %d: mode %o becomes %o, not %o", c->name,
					   (int)rows[k].id, rows[k].before, after, wanted);
		}
	}
	tmpdir_leave();
}

/* A call that is refused, or changes nothing, takes nothing. */
TEST(a_refused_change_takes_no_bits)
{
	int fd;

	need_root();
	tmpdir_enter();
	make_file("file", ANN, ANN, 04755);
	AS(ANN, fd = open("file", O_RDWR); CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	   CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP);
	   CHECK_ERRNO(fallocate(fd, 0, 0, 0), EINVAL); CHECK_EQ(write(fd, (void *)1, 0), 0));
	CHECK_EQ(mode_of("file"), 04755);
	tmpdir_leave();
}

TEST(fallocate_is_a_change_for_the_times)
{
	struct timespec old[2] = {{1, 0}, {1, 0}};
	struct stat st;
	int fd;

	tmpdir_enter();
	fd = open("file", O_RDWR | O_CREAT, 0666);
	CHECK(fallocate(fd, 0, 0, 100) == 0 && futimens(fd, old) == 0);
	CHECK(fallocate(fd, 0, 0, 100) == 0 && fstat(fd, &st) == 0);
	CHECK(st.st_mtime != 1);
	tmpdir_leave();
}

/* ---- new files ---- */

TEST(a_new_file_has_no_set_group_id_of_a_group_not_its_makers)
{
	struct stat st;
	int fd;

	need_root();
	tmpdir_enter();
	make_dir("dir", 0, BOB, 02777);
	umask(0);
	AS(ANN, CHECK_EQ(fd = open("dir/a", O_CREAT | O_WRONLY, 06777), 3);
	   CHECK_EQ(open("dir/b", O_CREAT | O_WRONLY, 02767), 4);
	   CHECK(mknod("dir/c", S_IFREG | 06775, 0) == 0);
	   CHECK(mknod("dir/d", S_IFIFO | 06775, 0) == 0); CHECK(mkdir("dir/e", 06777) == 0);
	   CHECK(creat("dir/f", 02711) >= 0));
	CHECK_EQ(mode_of("dir/a"), 04777);
	CHECK_EQ(mode_of("dir/b"), 02767); /* without the group's execute bit it stays */
	CHECK_EQ(mode_of("dir/c"), 04775);
	CHECK_EQ(mode_of("dir/d"), 04775);
	CHECK_EQ(mode_of("dir/e"), 02777);
	CHECK_EQ(mode_of("dir/f"), 0711);
	CHECK(stat("dir/a", &st) == 0);
	CHECK_EQ(st.st_uid, ANN);
	CHECK_EQ(st.st_gid, BOB);
	AS(BOB, CHECK(creat("dir/h", 06777) >= 0));
	CHECK_EQ(mode_of("dir/h"), 06777);
	AS_WITH(ANN, CAP(FSETID), CHECK(creat("dir/i", 06777) >= 0));
	CHECK_EQ(mode_of("dir/i"), 06777);
	tmpdir_leave();
}

TEST(the_umask_comes_after)
{
	need_root();
	tmpdir_enter();
	make_dir("dir", 0, BOB, 02777);
	umask(070);
	AS(ANN, CHECK(creat("dir/a", 02777) >= 0));
	CHECK_EQ(mode_of("dir/a"), 0707);
	tmpdir_leave();
}
