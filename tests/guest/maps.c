/*
 * /proc/PID/maps and smaps: their form, that they tell the truth, and that they stay readable
 * whatever happens in between.
 */
#include "maps.h"
#include "procfile.h"
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define NAME_COLUMN 49

/* ---- form ---- */

static int is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Does the text agree with a pattern? x: a hexadecimal digit, others themselves. */
static int agrees(const char *text, const char *pattern)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == 'x' ? !is_hex(*text) : *pattern != '?' && *pattern != *text)
			return 0;
	}
	return 1;
}

static void check_line(const char *line)
{
	const char *p;

	if (!agrees(line, "xxxxxxxx-xxxxxxxx ???? xxxxxxxx xx:xx "))
		CHECK_FAIL("bad line: %s", line);
	CHECK(strchr("r-", line[18]) && strchr("w-", line[19]) && strchr("x-", line[20]) &&
	      strchr("ps", line[21]));
	for (p = line + 38; *p >= '0' && *p <= '9'; p++)
		;
	CHECK(p > line + 38 && *p == ' ');
	if (!p[1])
		return;
	for (; p < line + NAME_COLUMN; p++)
		CHECK(*p == ' ');
	CHECK(*p != ' ' && *p);
}

TEST(form)
{
	unsigned long start, end, last = 0;
	char *line, *next;

	CHECK(sbrk(4096) != (void *)-1);
	for (line = slurp("/proc/self/maps"); *line; line = next) {
		next = strchr(line, '\n');
		CHECK(next);
		*next++ = 0;
		check_line(line);
		CHECK_EQ(sscanf(line, "%lx-%lx", &start, &end), 2);
		CHECK(start >= last && end > start && !(start % P) && !(end % P));
		last = end;
	}
	CHECK(last);
}

TEST(unnamed_line_ends_with_a_blank)
{
	char *p = anon_at(free_room(3), 3, PROT_READ | PROT_WRITE), wanted[128];

	snprintf(wanted, sizeof(wanted), "\n%08lx-%08lx rw-p 00000000 00:00 0 \n", (unsigned long)p,
		 (unsigned long)p + 3 * P);
	CHECK(strstr(slurp("/proc/self/maps"), wanted));
}

TEST(names)
{
	struct map_line m;
	char exe[256];
	int n = readlink("/proc/self/exe", exe, sizeof(exe) - 1), local;

	CHECK(n > 0);
	exe[n] = 0;
	CHECK(sbrk(4096) != (void *)-1);
	CHECK(map_at(test_names, &m));
	CHECK_STR(m.name, exe);
	CHECK_STR(m.perms, "r-xp");
	CHECK(map_at(&local, &m));
	CHECK_STR(m.name, "[stack]");
	CHECK_STR(m.perms, "rw-p");
	CHECK(map_at((char *)sbrk(0) - 1, &m));
	CHECK_STR(m.name, "[heap]");
	CHECK_STR(m.perms, "rw-p");
	CHECK(map_at((void *)getauxval(AT_SYSINFO_EHDR), &m));
	CHECK_STR(m.name, "[vdso]");
	CHECK_STR(m.perms, "r-xp");
}

TEST(permissions_split_and_join)
{
	char *p = anon_at(free_room(3), 3, PROT_READ | PROT_WRITE);

	CHECK(mprotect(p + P, P, PROT_NONE) == 0);
	CHECK_MAP(p, P, "rw-p");
	CHECK_MAP(p + P, P, "---p");
	CHECK_MAP(p + 2 * P, P, "rw-p");
	CHECK(mprotect(p + P, P, PROT_READ | PROT_EXEC) == 0);
	CHECK_MAP(p + P, P, "r-xp");
	CHECK(mprotect(p + P, P, PROT_READ | PROT_WRITE) == 0);
	CHECK_MAP(p, 3 * P, "rw-p");
	CHECK(munmap(p + P, P) == 0);
	CHECK_UNMAPPED(p + P);
}

TEST(file_offset_device_and_inode)
{
	char path[] = "/tmp/guestXXXXXX", wanted[256];
	int fd = mkstemp(path), n;
	struct stat st;
	char *p;

	CHECK(fd >= 0 && ftruncate(fd, 4 * P) == 0 && fstat(fd, &st) == 0);
	p = mmap(NULL, 2 * P, PROT_READ, MAP_SHARED, fd, 2 * P);
	CHECK(p != MAP_FAILED);
	n = snprintf(wanted, sizeof(wanted), "%08lx-%08lx r--s 00002000 %02x:%02x %lu ",
		     (unsigned long)p, (unsigned long)p + 2 * P, major(st.st_dev), minor(st.st_dev),
		     (unsigned long)st.st_ino);
	sprintf(wanted + n, "%*s%s\n", NAME_COLUMN - n, "", path);
	CHECK(strstr(slurp("/proc/self/maps"), wanted));
	CHECK(unlink(path) == 0);
	strcpy(strrchr(wanted, '\n'), " (deleted)\n");
	CHECK(strstr(slurp("/proc/self/maps"), wanted));
}

TEST(newline_in_a_name)
{
	const char *path = "/tmp/guest a\nb\\c";
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && ftruncate(fd, P) == 0);
	CHECK(mmap(NULL, P, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	CHECK(unlink(path) == 0);
	CHECK(strstr(slurp("/proc/self/maps"), " /tmp/guest a\\012b\\c (deleted)\n"));
}

TEST(shared_anonymous)
{
	char *p = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct map_line m;

	CHECK(p != MAP_FAILED);
	CHECK(map_at(p, &m));
	CHECK_STR(m.perms, "rw-s");
	CHECK_STR(m.name, "/dev/zero (deleted)");
}

/* ---- reading in pieces ---- */

/* Mappings of one page each, alternating, so that they do not join: the text is several pages long.
 */
static char *many_mappings(int n)
{
	char *p = free_room(n);
	int i;

	for (i = 0; i < n; i++)
		anon_at(p + i * P, 1, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
	return p;
}

TEST(pieces_of_any_size)
{
	static const int steps[] = {1, 7, 64, 1000, 4095, 4096, 4097, 60000};
	static char whole[60000], pieces[60000];
	int i, fd, length;

	many_mappings(300);
	fd = open("/proc/self/maps", O_RDONLY);
	length = slurp_fd(fd, whole, sizeof(whole), sizeof(whole));
	CHECK(length > 300 * NAME_COLUMN / 2);
	for (i = 0; i < (int)(sizeof(steps) / sizeof(*steps)); i++) {
		CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
		CHECK_EQ(slurp_fd(fd, pieces, sizeof(pieces), steps[i]), length);
		CHECK(!memcmp(whole, pieces, length));
	}
	for (i = 0; i < length; i += 997) {
		CHECK_EQ(pread(fd, pieces, 10, i), length - i < 10 ? length - i : 10);
		CHECK(!memcmp(whole + i, pieces, length - i < 10 ? length - i : 10));
	}
	CHECK_EQ(pread(fd, pieces, 10, length), 0);
	CHECK_EQ(lseek(fd, 5, SEEK_CUR), length + 5);
	CHECK_ERRNO(lseek(fd, 0, SEEK_END), EINVAL);
}

/* Read a line at a time while the mappings change: what comes is always further up. */
TEST(changes_between_reads)
{
	static char line[4096];
	int fd = open("/proc/self/maps", O_RDONLY), n, seen = 0;
	char *p = many_mappings(200);
	unsigned long start, end, last = 0;
	unsigned int round = 0;

	while ((n = read(fd, line, sizeof(line))) > 0) {
		char *at = line;

		CHECK(line[n - 1] == '\n');
		while (at < line + n) {
			CHECK_EQ(sscanf(at, "%lx-%lx", &start, &end), 2);
			if (start < last)
				CHECK_FAIL("%lx after %lx", start, last);
			last = end;
			seen += start >= (unsigned long)p && end <= (unsigned long)p + 200 * P;
			at = strchr(at, '\n') + 1;
		}
		/* Away with all that was shown, and some of what was not. */
		if (last > (unsigned long)p && last < (unsigned long)p + 200 * P) {
			munmap(p, last - (unsigned long)p);
			munmap(p + 150 * P, 20 * P);
			if (++round == 1)
				anon_at(p + 10 * P, 5, PROT_READ);
		}
	}
	CHECK_EQ(n, 0);
	CHECK(seen >= 180 && seen <= 200);
}

TEST(writing)
{
	int fd = open("/proc/self/maps", O_WRONLY);

	if (fd < 0)
		SKIP("not root");
	CHECK_ERRNO(write(fd, "x", 1), EINVAL);
}

/* ---- another's ---- */

TEST(of_a_child)
{
	char *p = anon_at(free_room(5), 5, PROT_READ), wanted[64], path[64];
	int ready[2], go[2], fd;
	pid_t pid;
	char c;

	snprintf(wanted, sizeof(wanted), "\n%08lx-%08lx r--p", (unsigned long)p,
		 (unsigned long)p + 2 * P);
	CHECK(pipe(ready) == 0 && pipe(go) == 0);
	pid = fork();
	if (!pid) {
		close(go[1]);
		munmap(p + 2 * P, 3 * P);
		if (write(ready[1], "", 1) == 1 && read(go[0], &c, 1) == 0)
			_exit(0);
		_exit(1);
	}
	close(go[0]);
	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK(strstr(slurp_pid(pid, "maps"), wanted));
	CHECK(!strstr(slurp("/proc/self/maps"), wanted));
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	fd = open(path, O_RDONLY);
	CHECK_EQ(read(fd, proc_text, 10), 10);
	close(go[1]);
	CHECK_EQ(waitid(P_PID, pid, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	/* A zombie has none. */
	CHECK_STR(slurp(path), "");
	CHECK_CHILD(pid);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_ERRNO(read(fd, proc_text, 10), ESRCH);
	CHECK_EQ(try_read(path), ENOENT);
}

/* A file opened before an exec shows the old address space, of which nothing is left. */
TEST(opened_before_exec)
{
	char text[8];
	int fd = open("/proc/self/maps", O_RDONLY);

	CHECK_EQ(read(fd, text, sizeof(text)), (int)sizeof(text));
	if (getenv("OPENED_BEFORE_EXEC")) {
		CHECK_EQ(read(9, text, sizeof(text)), 0);
		return;
	}
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(dup2(fd, 9), 9);
	setenv("OPENED_BEFORE_EXEC", "1", 1);
	execl("/proc/self/exe", "maps", "opened_before_exec", NULL);
	CHECK_FAIL("exec: errno %d", errno);
}

/* ---- smaps ---- */

/* The figures of the mapping that begins at p. */
static const char *smaps_of(const char *p)
{
	char start[16];
	char *text = slurp("/proc/self/smaps"), *entry, *flags;

	snprintf(start, sizeof(start), "%08lx-", (unsigned long)p);
	entry = strstr(text, start);
	CHECK(entry);
	flags = strstr(entry, "VmFlags: ");
	CHECK(flags);
	*strchr(flags, '\n') = 0;
	return entry;
}

TEST(smaps_counts_pages)
{
	char *p = anon_at(free_room(4), 4, PROT_READ | PROT_WRITE);
	const char *entry;

	p[0] = p[P] = 1;
	entry = smaps_of(p);
	CHECK_EQ(field(entry, "Size:"), 16);
	CHECK_EQ(field(entry, "KernelPageSize:"), 4);
	CHECK_EQ(field(entry, "MMUPageSize:"), 4);
	CHECK_EQ(field(entry, "Rss:"), 8);
	CHECK_EQ(field(entry, "Pss:"), 8);
	CHECK_EQ(field(entry, "Pss_Dirty:"), 8);
	CHECK_EQ(field(entry, "Shared_Clean:"), 0);
	CHECK_EQ(field(entry, "Shared_Dirty:"), 0);
	CHECK_EQ(field(entry, "Private_Clean:"), 0);
	CHECK_EQ(field(entry, "Private_Dirty:"), 8);
	CHECK_EQ(field(entry, "Referenced:"), 8);
	CHECK_EQ(field(entry, "Anonymous:"), 8);
	CHECK_EQ(field(entry, "Swap:"), 0);
	CHECK_EQ(field(entry, "Locked:"), 0);
	CHECK(strstr(entry, "\nVmFlags: rd wr mr mw me ac"));
}

TEST(smaps_shares)
{
	char *p = anon_at(free_room(4), 4, PROT_READ | PROT_WRITE);
	const char *entry;
	pid_t pid;

	memset(p, 1, 4 * P);
	pid = fork();
	if (!pid) {
		p[0] = 2;
		entry = smaps_of(p);
		CHECK_EQ(field(entry, "Rss:"), 16);
		CHECK_EQ(field(entry, "Pss:"), 4 + 3 * 2);
		CHECK_EQ(field(entry, "Shared_Dirty:"), 12);
		CHECK_EQ(field(entry, "Private_Dirty:"), 4);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(field(smaps_of(p), "Private_Dirty:"), 16);
}

TEST(smaps_zero_page_is_nothing)
{
	char *p = anon_at(free_room(2), 2, PROT_READ | PROT_WRITE);
	volatile char *v = p;

	CHECK_EQ(v[0] + v[P], 0);
	CHECK_EQ(field(smaps_of(p), "Rss:"), 0);
}

TEST(smaps_rollup_is_the_sum)
{
	static const char *const names[] = {
		"Rss:", "Private_Dirty:", "Anonymous:", "Shared_Clean:"};
	long long sum[4] = {0};
	char *line, *text;
	int i;

	/* What is looked at must not grow by being looked at. */
	memset(proc_text, 1, sizeof(proc_text));
	slurp("/proc/self/smaps");
	slurp("/proc/self/smaps_rollup");
	field(proc_text, "Rss:");
	for (line = slurp("/proc/self/smaps"); line && *line; line++) {
		for (i = 0; i < 4; i++) {
			if (!strncmp(line, names[i], strlen(names[i])))
				sum[i] += strtoll(line + strlen(names[i]), NULL, 10);
		}
		line = strchr(line, '\n');
	}
	text = slurp("/proc/self/smaps_rollup");
	CHECK(strstr(text, " ---p 00000000 00:00 0          [rollup]\n"));
	for (i = 0; i < 4; i++)
		CHECK_EQ(field(text, names[i]), sum[i]);
}

TEST(clear_refs)
{
	char *p = anon_at(free_room(2), 2, PROT_READ | PROT_WRITE);

	memset(p, 1, 2 * P);
	CHECK_EQ(field(smaps_of(p), "Referenced:"), 8);
	CHECK_EQ(try_write("/proc/self/clear_refs", "1"), 1);
	CHECK_EQ(field(smaps_of(p), "Referenced:"), 0);
	CHECK_EQ(field(smaps_of(p), "Rss:"), 8);
	CHECK_EQ(try_write("/proc/self/clear_refs", "0"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/clear_refs", "6"), -EINVAL);
	CHECK_EQ(try_write("/proc/self/clear_refs", "x"), -EINVAL);
}
