/* Core dumps: when there is one, where it goes, and what it holds, byte by byte. */
#include "core_file.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>

#define CORE_BIT 0x80

static void set_core_limit(rlim_t limit)
{
	struct rlimit rl = {limit, RLIM_INFINITY};

	CHECK(setrlimit(RLIMIT_CORE, &rl) == 0);
}

static void die_of_abort(void)
{
	abort();
}

/* The wait status of a child that runs `die`. */
static int run(void (*die)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		die();
		_exit(0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

/* In a directory of the case's own, with a core limit. */
static void begin(void)
{
	tmpdir_enter();
	set_core_limit(RLIM_INFINITY);
}

/* ---- when there is one ---- */

static int signal_to_raise;

static void die_of_signal(void)
{
	raise(signal_to_raise);
}

TEST(ten_signals_leave_a_core)
{
	static const int dumping[] = {SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE,
				      SIGSEGV, SIGBUS, SIGSYS,	SIGXCPU, SIGXFSZ};
	struct stat st;

	begin();
	for (unsigned i = 0; i < sizeof(dumping) / sizeof(*dumping); i++) {
		signal_to_raise = dumping[i];
		CHECK_EQ(run(die_of_signal), dumping[i] | CORE_BIT);
		CHECK(stat("core", &st) == 0 && S_ISREG(st.st_mode));
		CHECK_EQ(st.st_mode & 07777, 0600);
		CHECK(st.st_size > PAGE);
		CHECK(unlink("core") == 0);
	}
	tmpdir_leave();
}

TEST(other_signals_leave_none)
{
	static const int others[] = {SIGHUP,  SIGINT,  SIGKILL,	  SIGTERM, SIGUSR1,
				     SIGPIPE, SIGALRM, SIGSTKFLT, SIGIO,   40};

	begin();
	for (unsigned i = 0; i < sizeof(others) / sizeof(*others); i++) {
		signal_to_raise = others[i];
		CHECK_EQ(run(die_of_signal), others[i]);
		CHECK(!core_exists("core"));
	}
	tmpdir_leave();
}

TEST(the_parent_hears_that_it_dumped)
{
	siginfo_t info;
	pid_t pid;

	begin();
	pid = fork();
	if (pid == 0)
		abort();
	CHECK(waitid(P_PID, pid, &info, WEXITED) == 0);
	CHECK_EQ(info.si_code, CLD_DUMPED);
	CHECK_EQ(info.si_status, SIGABRT);
	tmpdir_leave();
}

/* Less than a page is none; what does not fit is cut off, and it is a dump all the same. */
TEST(the_limit_cuts_it_off)
{
	static const rlim_t limits[] = {PAGE, PAGE + 1, 3 * PAGE};
	struct stat st;

	begin();
	set_core_limit(0);
	CHECK_EQ(run(die_of_abort), SIGABRT);
	set_core_limit(PAGE - 1);
	CHECK_EQ(run(die_of_abort), SIGABRT);
	CHECK(!core_exists("core"));
	for (unsigned i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		set_core_limit(limits[i]);
		CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
		CHECK(stat("core", &st) == 0);
		CHECK(st.st_size > 0 &&
		      st.st_blocks * 512 <= (off_t)((limits[i] + PAGE - 1) & -PAGE));
	}
	tmpdir_leave();
}

static void die_undumpable(void)
{
	CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
	abort();
}

static void die_after_setuid(void)
{
	CHECK(setresuid(1000, 1000, 1000) == 0);
	abort();
}

TEST(who_is_not_dumpable_leaves_none)
{
	begin();
	CHECK(chmod(".", 0777) == 0);
	CHECK_EQ(run(die_undumpable), SIGABRT);
	if (getuid() == 0)
		CHECK_EQ(run(die_after_setuid), SIGABRT);
	CHECK(!core_exists("core"));
	tmpdir_leave();
}

/* ---- where it goes ---- */

#define CORE_PATTERN "/proc/sys/kernel/core_pattern"

static char old_pattern[128], old_uses_pid[8];

static void restore_pattern(void)
{
	put_file(CORE_PATTERN, old_pattern);
	put_file("/proc/sys/kernel/core_uses_pid", old_uses_pid);
}

static void set_pattern(const char *pattern, const char *uses_pid)
{
	if (getuid())
		SKIP("not root");
	if (!*old_pattern) {
		strcpy(old_pattern, get_file(CORE_PATTERN));
		strcpy(old_uses_pid, get_file("/proc/sys/kernel/core_uses_pid"));
	}
	put_file(CORE_PATTERN, pattern);
	put_file("/proc/sys/kernel/core_uses_pid", uses_pid);
}

/* A child dies under this pattern; its core is called `name`, in which # is its number. */
static void check_core_name(const char *pattern, const char *uses_pid, const char *name)
{
	char wanted[256] = "";
	int status;
	pid_t pid;

	set_pattern(pattern, uses_pid);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a/b");
		abort();
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	restore_pattern();
	for (; *name; name++)
		sprintf(wanted + strlen(wanted), *name == '#' ? "%d" : "%c",
			*name == '#' ? pid : *name);
	CHECK_EQ(status, SIGABRT | CORE_BIT);
	if (!core_exists(wanted))
		CHECK_FAIL("pattern %s left no %s", pattern, wanted);
	CHECK(unlink(wanted) == 0);
}

TEST(the_name_follows_the_pattern)
{
	begin();
	check_core_name("c", "0", "c");
	check_core_name("c", "1", "c.#");
	check_core_name("x.%p", "1", "x.#");
	check_core_name("%P-%i-%I", "0", "#-#-#");
	check_core_name("%u.%g.%s.%d", "0", "0.0.6.1");
	check_core_name("e.%e", "0", "e.a!b");
	check_core_name("%c", "0", "4294967295");
	check_core_name("%f", "0", "coredump");
	check_core_name("%%x%", "0", "%x");
	check_core_name("a%qb", "0", "ab");
	CHECK(mkdir("sub", 0777) == 0);
	check_core_name("sub/core", "0", "sub/core");
	tmpdir_leave();
}

TEST(a_program_for_cores_that_is_not_there_takes_none)
{
	begin();
	set_pattern("|/no/such/program %p", "0");
	int status = run(die_of_abort);

	restore_pattern();
	CHECK_EQ(status, SIGABRT);
	CHECK(!core_exists("core"));
	tmpdir_leave();
}

#define SUID_DUMPABLE "/proc/sys/fs/suid_dumpable"

static int run_suid_dumpable(const char *mode)
{
	int status;

	put_file(SUID_DUMPABLE, mode);
	status = run(die_after_setuid);
	put_file(SUID_DUMPABLE, "0");
	return status;
}

/* One whose rights changed is dumped for his user, or for root: then only at a place that the
   pattern names whole, and over no file. */
TEST(suid_dumpable_says_for_whom_the_changed_are_dumped)
{
	char pattern[128];
	struct stat st;

	begin();
	if (getuid())
		SKIP("not root");
	CHECK(chmod(".", 0777) == 0);
	CHECK_EQ(run_suid_dumpable("1"), SIGABRT | CORE_BIT);
	CHECK(stat("core", &st) == 0 && st.st_uid == 1000 && unlink("core") == 0);
	CHECK_EQ(run_suid_dumpable("2"), SIGABRT);
	CHECK(!core_exists("core"));
	CHECK(chmod(".", 0700) == 0);
	snprintf(pattern, sizeof(pattern), "%s/whole", tmpdir_path);
	for (int i = 0; i < 2; i++) {
		int status;

		set_pattern(pattern, "0");
		status = run_suid_dumpable("2");
		restore_pattern();
		CHECK_EQ(status, i ? SIGABRT : SIGABRT | CORE_BIT);
		CHECK(stat("whole", &st) == 0 && st.st_uid == 0 && (st.st_mode & 07777) == 0600);
	}
	tmpdir_leave();
}

/* What has the name is removed first, and never written to. */
TEST(it_is_always_a_new_file)
{
	struct stat st;

	begin();
	put_file("other", "precious");
	CHECK(link("other", "core") == 0);
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	CHECK_STR(get_file("other"), "precious");
	CHECK(unlink("core") == 0);
	CHECK(symlink("other", "core") == 0);
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	CHECK(lstat("core", &st) == 0 && S_ISREG(st.st_mode));
	CHECK_STR(get_file("other"), "precious");
	CHECK(unlink("core") == 0);
	CHECK(mkdir("core", 0777) == 0);
	CHECK_EQ(run(die_of_abort), SIGABRT);
	tmpdir_leave();
}

TEST(a_full_disk_cuts_it_off)
{
	struct stat st;

	begin();
	CHECK(mkdir("small", 0777) == 0);
	if (mount("none", "small", "tmpfs", 0, "size=16k"))
		SKIP("not root");
	CHECK(chdir("small") == 0);
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	CHECK(stat("core", &st) == 0);
	CHECK_EQ(st.st_blocks * 512, 16384);
	CHECK(chdir("..") == 0 && umount("small") == 0);
	tmpdir_leave();
}

/* ---- what it holds ---- */

static void die_with_maps(void)
{
	char buf[PAGE];
	int in = open("/proc/self/maps", O_RDONLY), out = open("maps", O_WRONLY | O_CREAT, 0600);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			_exit(1);
	syscall(SYS_kill, getpid(), SIGABRT);
}

TEST(there_is_a_segment_for_each_mapping)
{
	unsigned long start, end;
	char perms[8], line[512];
	Elf32_Off offset = 0;
	FILE *maps;
	int i = 1;

	begin();
	CHECK_EQ(run(die_with_maps), SIGABRT | CORE_BIT);
	load_core("core");
	CHECK(memcmp(core, "\177ELF\1\1\1\0\0\0\0\0\0\0\0\0", EI_NIDENT) == 0);
	CHECK_EQ(core_ehdr()->e_type, ET_CORE);
	CHECK_EQ(core_ehdr()->e_machine, EM_386);
	CHECK_EQ(core_phdr(0)->p_type, PT_NOTE);
	CHECK_EQ(core_phdr(0)->p_offset, 52 + core_ehdr()->e_phnum * 32);
	maps = fopen("maps", "r");
	while (fgets(line, sizeof(line), maps)) {
		Elf32_Phdr *p = core_phdr(i++);

		CHECK(sscanf(line, "%lx-%lx %4s", &start, &end, perms) == 3);
		CHECK_EQ(p->p_type, PT_LOAD);
		CHECK_EQ(p->p_vaddr, start);
		CHECK_EQ(p->p_memsz, end - start);
		CHECK_EQ(p->p_flags, (perms[0] == 'r' ? PF_R : 0) | (perms[1] == 'w' ? PF_W : 0) |
					     (perms[2] == 'x' ? PF_X : 0));
		CHECK(p->p_offset % PAGE == 0 && p->p_offset >= offset);
		offset = p->p_offset + p->p_filesz;
	}
	fclose(maps);
	CHECK_EQ(i, core_ehdr()->e_phnum);
	CHECK_EQ(core_size, offset);
	tmpdir_leave();
}

static int initialised = 0x1234567;
static const char read_only[] = "this stands in the program's file";

static void die_after_writing(void)
{
	initialised = 0x7654321;
	abort();
}

extern const Elf32_Ehdr __ehdr_start;

TEST(it_has_the_data_but_not_the_text)
{
	begin();
	CHECK_EQ(run(die_after_writing), SIGABRT | CORE_BIT);
	load_core("core");
	CHECK(dumped(&initialised) != NULL);
	CHECK_EQ(*(const int *)dumped(&initialised), 0x7654321);
	CHECK(dumped((const void *)die_after_writing) == NULL);
	CHECK(dumped(read_only) == NULL);
	/* but for the first page, which tells the program */
	CHECK_EQ(load_at(&__ehdr_start)->p_filesz, PAGE);
	CHECK(memcmp(dumped(&__ehdr_start), &__ehdr_start, 64) == 0);
	tmpdir_leave();
}

static char *area; /* three pages of each kind */
static int area_file;

#define KINDS 4
static const struct kind {
	const char *name;
	int flags;
	unsigned filter;
} kinds[KINDS] = {
	{"anonymous private", MAP_PRIVATE | MAP_ANONYMOUS, 1 << 0},
	{"anonymous shared", MAP_SHARED | MAP_ANONYMOUS, 1 << 1},
	{"file-backed private", MAP_PRIVATE, 1 << 2},
	{"file-backed shared", MAP_SHARED, 1 << 3},
};

/* Reserve the places, each with a gap behind it, and map each kind; the second page is touched. */
static void make_areas(void)
{
	area = mmap(NULL, KINDS * 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area_file = open("data", O_RDWR | O_CREAT, 0600);
	CHECK(area != MAP_FAILED && area_file >= 0 && ftruncate(area_file, 3 * PAGE) == 0);
	CHECK(pwrite(area_file, "of the file", 12, PAGE) == 12);
	for (int i = 0; i < KINDS; i++) {
		char *p = area + i * 4 * PAGE;

		CHECK(mmap(p, 3 * PAGE, PROT_READ | PROT_WRITE, kinds[i].flags | MAP_FIXED,
			   kinds[i].flags & MAP_ANONYMOUS ? -1 : area_file, 0) == p);
		if (kinds[i].flags & MAP_ANONYMOUS)
			strcpy(p + PAGE, kinds[i].name);
	}
}

static void set_filter(unsigned filter)
{
	char text[16];

	sprintf(text, "%#x", filter);
	put_file("/proc/self/coredump_filter", text);
}

static void check_filter(unsigned filter)
{
	set_filter(filter);
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	load_core("core");
	for (int i = 0; i < KINDS; i++) {
		char *p = area + i * 4 * PAGE;
		size_t size = filter & kinds[i].filter ? 3 * PAGE : 0;

		if (load_at(p)->p_filesz != size)
			CHECK_FAIL("%s with filter %#x: %u bytes, not %u", kinds[i].name, filter,
				   load_at(p)->p_filesz, size);
		if (size)
			CHECK_STR(dumped(p + PAGE),
				  kinds[i].flags & MAP_ANONYMOUS ? kinds[i].name : "of the file");
	}
	/* the first page of the program, if it is not dumped for another reason */
	CHECK_EQ(load_at(&__ehdr_start)->p_filesz != 0, (filter & (1 << 4 | 1 << 2)) != 0);
	CHECK(munmap(core, core_size) == 0);
}

TEST(the_filter_chooses_among_the_kinds)
{
	begin();
	make_areas();
	check_filter(0x33);
	check_filter(0);
	check_filter(1 << 4);
	for (int i = 0; i < KINDS; i++)
		check_filter(kinds[i].filter);
	check_filter(0x7f);
	tmpdir_leave();
}

/* What the case below execs: it only looks at its filter. */
__attribute__((constructor)) static void after_exec(void)
{
	if (getenv("FILTER_WANTED"))
		_exit(strcmp(get_file("/proc/self/coredump_filter"), getenv("FILTER_WANTED")) != 0);
}

TEST(the_filter_is_a_file)
{
	const char *file = "/proc/self/coredump_filter";
	int fd, status;
	pid_t pid;

	CHECK_STR(get_file(file), "00000033\n");
	put_file(file, "0xffffffff");
	CHECK_STR(get_file(file), "000001ff\n");
	put_file(file, "17\n");
	CHECK_STR(get_file(file), "00000011\n");
	fd = open(file, O_WRONLY);
	CHECK_ERRNO(write(fd, "x", 1), EINVAL);
	CHECK_ERRNO(write(fd, "", 0), EINVAL);
	CHECK_ERRNO(write(fd, "0x100000000", 11), ERANGE);
	/* fork and exec keep it */
	pid = fork();
	if (pid == 0) {
		CHECK_STR(get_file(file), "00000011\n");
		setenv("FILTER_WANTED", "00000011\n", 1);
		execl("/proc/self/exe", "coredump", NULL);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

TEST(device_memory_is_not_in_it)
{
	int fd = open("/dev/mem", O_RDWR);
	char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0xf0000);
	char *private = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0xf0000);

	CHECK(shared != MAP_FAILED && private != MAP_FAILED);
	private[PAGE] = 1; /* with a copy of the first page, Linux 6.1 cannot fork */
	begin();
	set_filter(0x1ff);
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	load_core("core");
	CHECK_EQ(load_at(shared)->p_filesz, 0);
	CHECK_EQ(load_at(shared)->p_memsz, PAGE);
	CHECK_EQ(load_at(private)->p_filesz, 0);
	tmpdir_leave();
}

TEST(madvise_keeps_memory_out)
{
	char *p;

	begin();
	p = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	memset(p, 'x', 3 * PAGE);
	CHECK(madvise(p, 3 * PAGE, MADV_DONTDUMP) == 0);
	CHECK(madvise(p + PAGE, PAGE, MADV_DODUMP) == 0);
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	load_core("core");
	CHECK(dumped(p) == NULL);
	CHECK(dumped(p + PAGE) && *(const char *)dumped(p + PAGE) == 'x');
	CHECK(dumped(p + 2 * PAGE) == NULL);
	tmpdir_leave();
}

TEST(untouched_pages_are_holes)
{
	const size_t size = 4 << 20;
	struct stat st;
	char *p;

	begin();
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	p[size / 2] = 'm';
	*(volatile char *)p; /* the page of zeros */
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	CHECK(stat("core", &st) == 0);
	CHECK(st.st_size > (off_t)size && st.st_blocks * 512 < (off_t)size / 4);
	load_core("core");
	CHECK_EQ(*(const char *)dumped(p + size / 2), 'm');
	CHECK_EQ(*(const char *)dumped(p + size - 1), 0);
	tmpdir_leave();
}

/* ---- notes ---- */

static void die_with_registers(void)
{
	asm volatile("movl $0x11111111, %eax\n movl $0x22222222, %ecx\n movl $0x33333333, %edx\n"
		     "movl $0x44444444, %ebx\n movl $0x55555555, %esi\n movl $0x66666666, %edi\n"
		     "movl $0x77777777, %ebp\n"
		     ".globl dies_here\ndies_here: ud2");
}
extern char dies_here[];

/* The order of the registers in a struct elf_prstatus. */
enum {
	EBX,
	ECX,
	EDX,
	ESI,
	EDI,
	EBP,
	EAX,
	ORIG_EAX = 11,
	EIP,
	CS,
};

TEST(the_registers_are_those_of_the_fault)
{
	const struct elf_prstatus *status;
	const siginfo_t *info;

	begin();
	CHECK_EQ(run(die_with_registers), SIGILL | CORE_BIT);
	load_core("core");
	status = find_note(NT_PRSTATUS, 0, sizeof(*status));
	CHECK_EQ(status->pr_info.si_signo, SIGILL);
	CHECK_EQ(status->pr_cursig, SIGILL);
	CHECK_EQ(status->pr_ppid, getpid());
	CHECK_EQ(status->pr_pgrp, getpgrp());
	CHECK_EQ(status->pr_sid, getsid(0));
	CHECK_EQ(status->pr_fpvalid, 1);
	CHECK_EQ(status->pr_reg[EAX], 0x11111111);
	CHECK_EQ(status->pr_reg[ECX], 0x22222222);
	CHECK_EQ(status->pr_reg[EDX], 0x33333333);
	CHECK_EQ(status->pr_reg[EBX], 0x44444444);
	CHECK_EQ(status->pr_reg[ESI], 0x55555555);
	CHECK_EQ(status->pr_reg[EDI], 0x66666666);
	CHECK_EQ(status->pr_reg[EBP], 0x77777777);
	CHECK_EQ(status->pr_reg[EIP], (unsigned long)dies_here);
	CHECK_EQ((long)status->pr_reg[ORIG_EAX], -1);
	CHECK_EQ(status->pr_reg[CS], 0x73);
	info = find_note(NT_SIGINFO, 0, sizeof(*info));
	CHECK_EQ(info->si_signo, SIGILL);
	CHECK_EQ(info->si_code, ILL_ILLOPN);
	CHECK(info->si_addr == dies_here);
	tmpdir_leave();
}

static void die_with_fpu(void)
{
	static const unsigned xmm[4] __attribute__((aligned(16))) = {1, 2, 3, 0x98765432};

	asm volatile("fninit; fldpi; movaps %0, %%xmm5; ud2" : : "m"(xmm));
}

TEST(the_fpu_is_there_in_both_forms)
{
	static const unsigned char pi[] = {0x35, 0xc2, 0x68, 0x21, 0xa2,
					   0xda, 0x0f, 0xc9, 0x00, 0x40};
	static const unsigned xmm[4] = {1, 2, 3, 0x98765432};
	const struct user_fpxregs_struct *xfp;
	const struct user_fpregs_struct *fp;

	begin();
	CHECK_EQ(run(die_with_fpu), SIGILL | CORE_BIT);
	load_core("core");
	fp = find_note(NT_PRFPREG, 0, sizeof(*fp));
	CHECK(memcmp(fp->st_space, pi, sizeof(pi)) == 0);
	CHECK_EQ(fp->cwd & 0xffff, 0x37f);
	CHECK_EQ(fp->twd & 0xffff, 0x3fff);
	xfp = find_note(NT_PRXFPREG, 0, sizeof(*xfp));
	CHECK(memcmp(xfp->st_space, pi, sizeof(pi)) == 0);
	CHECK(memcmp(xfp->xmm_space + 5 * 4, xmm, sizeof(xmm)) == 0);
	CHECK_EQ(xfp->mxcsr, 0x1f80);
	tmpdir_leave();
}

TEST(the_process_is_described)
{
	const struct elf_prpsinfo *info;
	char auxv[512];
	ssize_t size;
	int fd;

	begin();
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	load_core("core");
	info = find_note(NT_PRPSINFO, 0, sizeof(*info));
	CHECK_EQ(info->pr_sname, 'R');
	CHECK_EQ(info->pr_ppid, getpid());
	CHECK_EQ(info->pr_uid, getuid());
	CHECK_STR(info->pr_fname, "coredump");
	CHECK(strstr(info->pr_psargs, "coredump") != NULL);
	fd = open("/proc/self/auxv", O_RDONLY);
	size = read(fd, auxv, sizeof(auxv));
	CHECK(size > 0);
	CHECK(memcmp(find_note(NT_AUXV, 0, size), auxv, size) == 0);
	tmpdir_leave();
}

TEST(the_mapped_files_are_named)
{
	const unsigned *note;
	const char *name;
	char wanted[128];
	unsigned i;

	begin();
	make_areas();
	CHECK(unlink("data") == 0);
	CHECK_EQ(run(die_of_abort), SIGABRT | CORE_BIT);
	load_core("core");
	note = find_note(NT_FILE, 0, 0);
	CHECK_EQ(note[1], PAGE);
	name = (const char *)(note + 2 + 3 * note[0]);
	for (i = 0; i < note[0] && note[2 + 3 * i] != (unsigned long)area + 8 * PAGE; i++)
		name += strlen(name) + 1;
	CHECK(i < note[0]);
	CHECK_EQ(note[2 + 3 * i + 1], (unsigned long)area + 11 * PAGE);
	CHECK_EQ(note[2 + 3 * i + 2], 0);
	snprintf(wanted, sizeof(wanted), "%s/data (deleted)", tmpdir_path);
	CHECK_STR(name, wanted);
	tmpdir_leave();
}

volatile int threads_run;

static void *spin(void *arg)
{
	asm volatile("lock incl threads_run\n 1: jmp 1b" : : "D"(arg) : "memory");
	return NULL;
}

static void die_with_threads(void)
{
	pthread_t t;

	for (long i = 1; i <= 3; i++)
		pthread_create(&t, NULL, spin, (void *)(0x1000 + i));
	while (threads_run < 3)
		sched_yield();
	abort();
}

TEST(each_thread_has_its_registers)
{
	const struct elf_prstatus *status;
	unsigned n, seen = 0;

	begin();
	CHECK_EQ(run(die_with_threads), SIGABRT | CORE_BIT);
	load_core("core");
	for (n = 0; (status = find_note(NT_PRSTATUS, n, sizeof(*status))); n++) {
		unsigned edi = status->pr_reg[EDI];

		CHECK_EQ(status->pr_sigpend, 0);
		CHECK(find_note(NT_PRFPREG, n, 0) && find_note(NT_386_TLS, n, 0));
		if (n)
			seen |= 1 << (edi - 0x1000);
	}
	CHECK_EQ(n, 4);
	CHECK_EQ(seen, 0xe);
	tmpdir_leave();
}
