/*
 * What sendfile can read and what it can write: in Linux a file must say that it can be spliced.
 */
#include "tmpdir.h"
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>

static int sink(void)
{
	return memfd_create("sink", 0);
}

TEST(files_that_describe_the_system_are_served)
{
	static const char *const names[] = {
		"/proc/buddyinfo",
		"/proc/cmdline",
		"/proc/cpuinfo",
		"/proc/devices",
		"/proc/filesystems",
		"/proc/interrupts",
		"/proc/loadavg",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/uptime",
		"/proc/version",
		"/proc/vmstat",
		"/proc/self/mounts",
		"/proc/self/mountinfo",
		"/proc/zoneinfo",
		"/proc/sys/vm/max_map_count",
		"/proc/sys/kernel/ostype",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = open(names[i], O_RDONLY), out = sink();
		char sent[8] = "", is[8] = "";
		ssize_t n = sendfile(out, fd, NULL, 5);

		if (n <= 0)
			CHECK_FAIL("%s: %d, errno %d", names[i], (int)n, errno);
		CHECK_EQ(lseek(fd, 0, SEEK_CUR), n);
		CHECK_EQ(pread(out, sent, 5, 0), n);
		if (strcmp(names[i], "/proc/uptime") && strcmp(names[i], "/proc/loadavg")) {
			CHECK_EQ(pread(fd, is, 5, 0), n);
			CHECK_STR(sent, is);
		}
		close(fd);
		close(out);
	}
}

TEST(files_of_a_process_are_refused)
{
	static const char *const names[] = {
		"auxv",	 "cmdline",   "comm",	  "environ",	 "limits",	  "maps",
		"mem",	 "oom_score", "pagemap",  "smaps",	 "smaps_rollup",  "stat",
		"statm", "status",    "fdinfo/0", "personality", "oom_score_adj", "clear_refs",
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];
		int fd, out = sink();

		snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
		fd = open(path, O_RDONLY);
		if (sendfile(out, fd, NULL, 64) != -1 || errno != EINVAL)
			CHECK_FAIL("%s, errno %d", path, errno);
		CHECK_EQ(lseek(out, 0, SEEK_END), 0);
		close(fd);
		close(out);
	}
}

TEST(some_files_of_the_system_are_refused)
{
	static const char *const names[] = {"/proc/slabinfo", "/proc/swaps", "/proc/kpagecount",
					    "/dev/zero",      "/dev/null",   "/dev/full",
					    "/tmp",	      "/proc"};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = open(names[i], O_RDONLY);

		CHECK(fd >= 0);
		if (sendfile(sink(), fd, NULL, 64) != -1 || errno != EINVAL)
			CHECK_FAIL("%s, errno %d", names[i], errno);
	}
}

TEST(random_numbers_have_no_position)
{
	int fd = open("/dev/urandom", O_RDONLY), out = sink(), p[2];
	char bytes[64];
	off64_t pos = 7;

	CHECK_EQ(sendfile(out, fd, NULL, 5000), 5000);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(sendfile64(out, fd, &pos, 64), 64);
	CHECK_EQ(pos, 7);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(sendfile(p[1], fd, NULL, 64), 64);
	CHECK_EQ(read(p[0], bytes, 64), 64);
}

TEST(destinations)
{
	static const char *const refused[] = {"/dev/zero", "/dev/full", "/dev/kmsg",
					      "/proc/self/comm", "/proc/self/oom_score_adj"};
	int in = sink(), empty = sink(), null = open("/dev/null", O_WRONLY);
	off64_t pos = 0;
	unsigned int i;

	CHECK_EQ(write(in, "abc", 3), 3);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int fd = open(refused[i], O_WRONLY);

		CHECK(fd >= 0);
		pos = 0;
		if (sendfile64(fd, in, &pos, 3) != -1 || errno != EINVAL)
			CHECK_FAIL("%s, errno %d", refused[i], errno);
		CHECK_EQ(pos, 0);
		/* what brings nothing is not refused */
		CHECK_EQ(sendfile(fd, empty, NULL, 3), 0);
	}
	CHECK_EQ(sendfile64(null, in, &pos, 3), 3);
	CHECK_EQ(pos, 3);
}

/* Of a FIFO sendfile changes no time, though write does. */
TEST(a_fifo_keeps_its_times)
{
	struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
	const char *name = "sendfile.fifo";
	struct stat st;
	int in = sink(), fd;

	CHECK(chdir("/tmp") == 0 && (mkfifo(name, 0600) == 0 || errno == EEXIST));
	fd = open(name, O_RDWR);
	CHECK(fd >= 0 && unlink(name) == 0);
	CHECK_EQ(write(in, "abc", 3), 3);
	CHECK(lseek(in, 0, SEEK_SET) == 0 && futimens(fd, times) == 0);
	CHECK_EQ(sendfile(fd, in, NULL, 3), 3);
	CHECK(fstat(fd, &st) == 0);
	CHECK_EQ(st.st_mtime, 2000);
	CHECK_EQ(write(fd, "d", 1), 1);
	CHECK(fstat(fd, &st) == 0);
	CHECK(st.st_mtime > 2000);
}

TEST(a_sysctl_can_be_written)
{
	int fd = open("/proc/sys/kernel/domainname", O_RDWR), in = sink(), old = sink();
	off64_t pos = 0, back = 0;
	char name[16] = "";
	ssize_t n = sendfile(old, fd, NULL, 100);

	CHECK(n > 0);
	CHECK_EQ(write(in, "sent.there\n", 11), 11);
	lseek(fd, 0, SEEK_SET);
	CHECK_EQ(sendfile64(fd, in, &pos, 11), 11);
	CHECK_EQ(pread(fd, name, sizeof(name), 0), 11);
	CHECK_STR(name, "sent.there\n");
	lseek(fd, 0, SEEK_SET);
	CHECK_EQ(sendfile64(fd, old, &back, n), n);
}

TEST(the_whole_of_a_long_text_is_sent)
{
	static char sent[300000], is[300000];
	int fd = open("/proc/self/mounts", O_RDONLY), out = sink();
	ssize_t n = sendfile(out, fd, NULL, sizeof(sent));

	CHECK(n > 0);
	CHECK_EQ(sendfile(out, fd, NULL, sizeof(sent)), 0);
	CHECK_EQ(pread(out, sent, sizeof(sent), 0), n);
	CHECK_EQ(pread(fd, is, sizeof(is), 0), n);
	CHECK(!memcmp(sent, is, n));
}

/* The first page of the source would fit alone. */
TEST(pages_of_the_source_are_written_together)
{
	int in = sink(), out = memfd_create("sealed", MFD_ALLOW_SEALING);
	char is[0x701];
	off_t from = 0xa45;

	CHECK_EQ(ftruncate(in, 0x3000), 0);
	CHECK_EQ(pwrite(in, "source", 6, from), 6);
	CHECK_EQ(ftruncate(out, 0x3701), 0);
	CHECK_EQ(fcntl(out, F_ADD_SEALS, F_SEAL_GROW), 0);
	CHECK_EQ(lseek(out, 0x3000, SEEK_SET), 0x3000);
	CHECK_ERRNO(sendfile(out, in, &from, 0x2000), EPERM);
	CHECK_EQ(from, 0xa45);
	CHECK_EQ(pread(out, is, sizeof(is), 0x3000), sizeof(is));
	for (unsigned int i = 0; i < sizeof(is); i++)
		CHECK_EQ(is[i], 0);
	CHECK_EQ(sendfile(out, in, &from, 0x701), 0x701);
	CHECK_EQ(pread(out, is, 6, 0x3000), 6);
	CHECK(!memcmp(is, "source", 6));
}

TEST(a_position_is_at_most_what_the_file_system_takes)
{
	int fd = open("/proc/meminfo", O_RDONLY);
	off64_t pos = 0x7fffffff;

	CHECK_ERRNO(sendfile64(sink(), fd, &pos, 64), EOVERFLOW);
	pos = 0x7ffffffe;
	CHECK_EQ(sendfile64(sink(), fd, &pos, 64), 0);
}

TEST(copy_file_range_stays_within_a_file_system)
{
	int out = sink();

	CHECK_ERRNO(syscall(SYS_copy_file_range, open("/proc/meminfo", O_RDONLY), NULL, out, NULL,
			    64, 0),
		    EXDEV);
	CHECK_ERRNO(syscall(SYS_copy_file_range, open("/dev/urandom", O_RDONLY), NULL, out, NULL,
			    64, 0),
		    EINVAL);
}
