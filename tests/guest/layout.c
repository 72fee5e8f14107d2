/*
 * Where a program's mappings begin and what may be executed: personality, PT_GNU_STACK, the layout
 * sysctl, randomisation. Each case runs this program again, changed or under another personality,
 * and the second run looks at itself.
 */
#include "maps.h"
#include <elf.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define RW    (PROT_READ | PROT_WRITE)
#define CHILD "LAYOUT_CHILD" /* in the environment of the second run: what to look at */

/* This program's copy in /tmp, with the type and flags of PT_GNU_STACK changed. */
static const char *copy_with_stack_header(unsigned int type, unsigned int flags)
{
	static const char name[] = "/tmp/guest-layout";
	int in = open("/proc/self/exe", O_RDONLY), out;
	struct stat st;
	Elf32_Phdr *p;
	char *image;

	CHECK(in >= 0 && fstat(in, &st) == 0);
	image = mmap(NULL, st.st_size, RW, MAP_PRIVATE, in, 0);
	CHECK(image != MAP_FAILED);
	p = (Elf32_Phdr *)(image + ((Elf32_Ehdr *)image)->e_phoff);
	while (p->p_type != PT_GNU_STACK)
		p++;
	p->p_type = type;
	p->p_flags = flags;
	unlink(name);
	out = open(name, O_WRONLY | O_CREAT | O_EXCL, 0755);
	CHECK(out >= 0);
	CHECK_EQ(write(out, image, st.st_size), st.st_size);
	close(out);
	return name;
}

/* Run `program`'s case `look` with this personality; its exit status. */
static int run_look(const char *program, const char *look, unsigned long persona)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		char *const argv[] = {"layout", (char *)look, NULL};

		setenv(CHILD, "1", 1);
		CHECK(personality(persona) != -1);
		close(1);
		open("/tmp/guest-layout.out", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		execv(program, argv);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

#define LOOK(NAME) TEST(NAME)
#define ONLY_IN_CHILD               \
	do {                        \
		if (!getenv(CHILD)) \
			return;     \
	} while (0)

static void check_perms(const void *addr, const char *perms)
{
	struct map_line m;

	CHECK(map_at(addr, &m));
	CHECK_STR(m.perms, perms);
}

/* ---- what the second run looks at ---- */

LOOK(look_plain)
{
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int here;

	ONLY_IN_CHILD;
	check_perms(&here, "rw-p");
	check_perms(p, "r--p");
}

LOOK(look_exec_stack)
{
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int here;

	ONLY_IN_CHILD;
	check_perms(&here, "rwxp");
	check_perms(p, "r--p");
}

LOOK(look_read_implies_exec)
{
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *q = mmap(NULL, P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *heap;
	int here;

	ONLY_IN_CHILD;
	CHECK(personality(0xffffffff) & READ_IMPLIES_EXEC);
	check_perms(&here, "rwxp");
	check_perms(p, "r-xp");
	check_perms(q, "---p");
	CHECK_EQ(mprotect(q, P, RW), 0);
	check_perms(q, "rwxp");
	heap = sbrk(P);
	check_perms(heap, "rwxp");
}

LOOK(look_top_down)
{
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ONLY_IN_CHILD;
	CHECK((unsigned long)p > 0xb0000000UL);
	CHECK(mmap(NULL, P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == p - P);
}

LOOK(look_bottom_up)
{
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ONLY_IN_CHILD;
	CHECK((unsigned long)p >= 0x40000000UL && (unsigned long)p < 0x48000000UL);
	CHECK(mmap(NULL, P, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == p + P);
}

/* Everything at the places that are known. */
LOOK(look_not_random)
{
	struct map_line m;

	ONLY_IN_CHILD;
	CHECK(map_at(&m, &m));
	CHECK_EQ(m.end, 0xc0000000UL);
	CHECK(map_above(0xb7ffe000UL, &m));
	CHECK_EQ(m.start, 0xb7ffe000UL);
	CHECK_STR(m.name, "[vdso]");
}

LOOK(look_room_for_a_large_stack)
{
	char *p = mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ONLY_IN_CHILD;
	/* 1 GiB of stack, the guard gap, and mappings below */
	CHECK((unsigned long)p < 0xc0000000UL - (1UL << 30) - 256 * P);
	CHECK((unsigned long)p > 0xc0000000UL - (1UL << 30) - (64UL << 20));
}

/* ---- the cases ---- */

TEST(a_usual_program_has_no_executable_stack)
{
	CHECK_EQ(run_look("/proc/self/exe", "look_plain", PER_LINUX), 0);
}

TEST(pt_gnu_stack_can_ask_for_an_executable_stack)
{
	const char *name = copy_with_stack_header(PT_GNU_STACK, PF_R | PF_W | PF_X);

	CHECK_EQ(run_look(name, "look_exec_stack", PER_LINUX), 0);
}

TEST(a_program_without_pt_gnu_stack_may_run_what_it_can_read)
{
	const char *name = copy_with_stack_header(PT_NULL, 0);

	CHECK_EQ(run_look(name, "look_read_implies_exec", PER_LINUX), 0);
}

TEST(new_mappings_go_down_from_the_top)
{
	CHECK_EQ(run_look("/proc/self/exe", "look_top_down", PER_LINUX), 0);
}

TEST(addr_compat_layout_goes_up)
{
	CHECK_EQ(run_look("/proc/self/exe", "look_bottom_up", PER_LINUX | ADDR_COMPAT_LAYOUT), 0);
}

TEST(the_legacy_sysctl_goes_up)
{
	int fd = open("/proc/sys/vm/legacy_va_layout", O_WRONLY), status;

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "1", 1), 1);
	status = run_look("/proc/self/exe", "look_bottom_up", PER_LINUX);
	CHECK_EQ(pwrite(fd, "0", 1, 0), 1);
	CHECK_EQ(status, 0);
}

TEST(addr_no_randomize_puts_everything_at_its_place)
{
	CHECK_EQ(run_look("/proc/self/exe", "look_not_random", PER_LINUX | ADDR_NO_RANDOMIZE), 0);
}

TEST(the_stacks_limit_makes_room)
{
	struct rlimit r = {1UL << 30, RLIM_INFINITY};

	CHECK_EQ(setrlimit(RLIMIT_STACK, &r), 0);
	CHECK_EQ(run_look("/proc/self/exe", "look_room_for_a_large_stack", PER_LINUX), 0);
}

TEST(personality_is_kept_by_fork_and_told)
{
	pid_t pid;

	CHECK(personality(ADDR_NO_RANDOMIZE) >= 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
		_exit(0);
	}
	CHECK_CHILD(pid);
}

/* Thirty runs that all begin at the same place would be a strange chance: 2 to the power of -240.
 */
TEST(mappings_begin_at_random_places)
{
	int pipefd[2], i, fd = open("/proc/sys/kernel/randomize_va_space", O_RDONLY);
	unsigned long first = 0, addr;
	int different = 0;
	char mode = '0';

	CHECK(fd >= 0 && read(fd, &mode, 1) == 1);
	if (mode == '0')
		SKIP("the kernel runs with norandmaps");
	CHECK(pipe(pipefd) == 0);
	for (i = 0; i < 30; i++) {
		pid_t pid = vfork();

		if (!pid) {
			dup2(pipefd[1], 100);
			execl("/proc/self/exe", "layout", "tell_place", NULL);
			_exit(99);
		}
		CHECK_CHILD(pid);
		CHECK_EQ(read(pipefd[0], &addr, sizeof(addr)), sizeof(addr));
		if (!i)
			first = addr;
		different |= addr != first;
	}
	CHECK(different);
}

LOOK(tell_place)
{
	unsigned long addr = (unsigned long)mmap(NULL, P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (write(100, &addr, sizeof(addr)) < 0)
		CHECK_EQ(errno, EBADF);
}
