/*
 * Which memory can be executed. With PAE (make PAE=1; Linux's flavour 686-pae) on a processor that
 * has NX, only that of mappings with PROT_EXEC; elsewhere whatever can be read. Each test knows
 * both answers, and a third: Linux 6.1 switches NX on but does not use it for programs (nx.h).
 */
#include "maps.h"
#include "nx.h"
#include <sys/personality.h>

static const int read_write = PROT_READ | PROT_WRITE;

static unsigned char *anon(int prot, int flags)
{
	void *p = mmap(NULL, PAGE, prot, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

/* ---- memory that nobody asked to execute ---- */

TEST(the_stack)
{
	unsigned char code[16];

	put_code(code);
	CHECK_NX(code);
}

TEST(the_heap)
{
	unsigned char *code = sbrk(PAGE);

	put_code(code);
	CHECK_NX(code);
}

static unsigned char in_data[16] = {1}, in_bss[16];

TEST(static_data)
{
	put_code(in_data);
	put_code(in_bss);
	CHECK_NX(in_data);
	CHECK_NX(in_bss);
}

TEST(anonymous_memory)
{
	unsigned char *own = anon(read_write, MAP_PRIVATE), *shared = anon(read_write, MAP_SHARED);

	put_code(own);
	put_code(shared);
	CHECK_NX(own);
	CHECK_NX(shared);
}

TEST(a_file_that_is_mapped_to_be_read)
{
	int fd = temp_file(1), flags[] = {MAP_PRIVATE, MAP_SHARED};
	unsigned char code[16];

	put_code(code);
	CHECK_EQ(pwrite(fd, code, sizeof(code), 0), sizeof(code));
	for (int i = 0; i < 2; i++) {
		void *p = mmap(NULL, PAGE, PROT_READ, flags[i], fd, 0),
		     *x = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, flags[i], fd, 0);

		CHECK(p != MAP_FAILED && x != MAP_FAILED);
		CHECK_NX(p);
		CHECK_RUNS(x);
		CHECK_NX(p); /* the same page of the page cache, but not the same entry */
	}
}

TEST(read_only_data_of_the_program)
{
	static const unsigned char code[] = {RETURN_42};

	CHECK_NX(code);
}

/* ---- the fault ---- */

/* The fetch makes the page present, as a read does, and is then refused. */
TEST(a_page_that_was_never_touched)
{
	unsigned char *p = anon(PROT_READ, MAP_PRIVATE);
	unsigned long long before = pagemap(p);

	if (!nx_active())
		SKIP("there is no NX: its zeros are instructions");
	CHECK_EQ(before >> 63, 0);
	CHECK_REFUSED(p, SEGV_ACCERR, p, PF_PROT | PF_USER | PF_INSTR);
	CHECK_EQ(pagemap(p) >> 63, 1);
}

TEST(where_nothing_is_mapped)
{
	char *p = free_room(1);

	CHECK_REFUSED(p, SEGV_MAPERR, p, PF_USER | nx(PF_INSTR));
	CHECK_REFUSED(NULL, SEGV_MAPERR, NULL, PF_USER | nx(PF_INSTR));
}

TEST(a_page_without_any_right)
{
	unsigned char *p = anon(read_write, MAP_PRIVATE);

	CHECK_REFUSED(anon(PROT_NONE, MAP_PRIVATE), SEGV_ACCERR, called_last,
		      PF_USER | nx(PF_INSTR));
	put_code(p);
	CHECK_EQ(mprotect(p, PAGE, PROT_NONE), 0);
	CHECK_REFUSED(p, SEGV_ACCERR, p, PF_USER | nx(PF_INSTR));
}

/* A program never learns whether something is there. */
TEST(the_kernels_memory)
{
	static const unsigned long addresses[] = {0xc0000000, 0xc0100000, 0xf8000000, 0xffffe000};

	for (unsigned int i = 0; i < 4; i++) {
		void *p = (void *)addresses[i];

		CHECK_REFUSED(p, SEGV_MAPERR, p, PF_PROT | PF_USER | nx(PF_INSTR));
	}
}

/* mov $42, %eax that begins in an executable page and ends in one that is not: the second page is
 * what the signal names. */
TEST(an_instruction_on_the_border)
{
	unsigned char *p =
		mmap(NULL, 2 * PAGE, read_write | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	put_code(p + PAGE - 2);
	CHECK_RUNS(p + PAGE - 2);
	CHECK_EQ(mprotect(p + PAGE, PAGE, read_write), 0);
	if (nx_active())
		CHECK_REFUSED(p + PAGE - 2, SEGV_ACCERR, p + PAGE, PF_PROT | PF_USER | PF_INSTR);
	else
		CHECK_RUNS(p + PAGE - 2);
}

/* The kernel's own accesses are no fetches. */
TEST(what_is_not_executable_can_still_be_read_and_written)
{
	unsigned char *p = anon(read_write, MAP_PRIVATE);
	int fd[2];

	put_code(p);
	CHECK_NX(p);
	CHECK_EQ(pipe(fd), 0);
	CHECK_EQ(write(fd[1], p, 16), 16);
	CHECK_EQ(read(fd[0], p + 16, 16), 16);
	CHECK(!memcmp(p, p + 16, 16));
}

/* ---- rights that change ---- */

TEST(mprotect_gives_and_takes_the_right)
{
	unsigned char *p = anon(read_write, MAP_PRIVATE);

	put_code(p);
	for (int i = 0; i < 3; i++) {
		CHECK_NX(p);
		CHECK_EQ(mprotect(p, PAGE, PROT_READ | PROT_EXEC), 0);
		CHECK_RUNS(p);
		CHECK_EQ(mprotect(p, PAGE, PROT_READ), 0);
		CHECK_NX(p);
		CHECK_EQ(mprotect(p, PAGE, PROT_EXEC), 0);
		CHECK_RUNS(p);
		CHECK_EQ(p[0], 0xb8); /* no right but to execute: the processor has no such page */
		CHECK_EQ(mprotect(p, PAGE, read_write | PROT_EXEC), 0);
		put_code(p);
		CHECK_RUNS(p);
		CHECK_EQ(mprotect(p, PAGE, read_write), 0);
	}
}

TEST(one_page_of_three)
{
	unsigned char *p = mmap(NULL, 3 * PAGE, read_write, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	for (int i = 0; i < 3; i++)
		put_code(p + i * PAGE);
	CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ | PROT_EXEC), 0);
	CHECK_NX(p);
	CHECK_RUNS(p + PAGE);
	CHECK_NX(p + 2 * PAGE);
}

TEST(a_copy_after_fork)
{
	unsigned char *code = anon(read_write | PROT_EXEC, MAP_PRIVATE),
		      *data = anon(read_write, MAP_PRIVATE);
	pid_t pid;

	put_code(code);
	put_code(data);
	pid = fork();
	if (!pid) {
		CHECK_RUNS(code);
		CHECK_NX(data);
		put_code(code + 32); /* both pages are copied now */
		put_code(data + 32);
		CHECK_RUNS(code + 32);
		CHECK_NX(data + 32);
		_exit(0);
	}
	CHECK_CHILD(pid);
	put_code(code + 32);
	CHECK_RUNS(code + 32);
	CHECK_NX(data);
}

TEST(a_mapping_that_moves)
{
	unsigned char *p = anon(read_write, MAP_PRIVATE),
		      *x = anon(read_write | PROT_EXEC, MAP_PRIVATE);

	put_code(p);
	put_code(x);
	p = mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, free_room(2));
	x = mremap(x, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, free_room(2));
	CHECK(p != MAP_FAILED && x != MAP_FAILED);
	CHECK_NX(p);
	CHECK_RUNS(x);
	put_code(x + PAGE);
	CHECK_RUNS(x + PAGE);
}

/* ---- programs of the old kind ---- */

/* Whatever they may read they may execute. */
TEST(read_implies_exec)
{
	unsigned char *before = anon(read_write, MAP_PRIVATE), *p;
	struct map_line m;

	CHECK(personality(PER_LINUX | READ_IMPLIES_EXEC) >= 0);
	p = anon(read_write, MAP_PRIVATE);
	put_code(p);
	put_code(before);
	CHECK(map_at(p, &m));
	CHECK_STR(m.perms, "rwxp");
	CHECK_RUNS(p);
	CHECK_NX(before);
	CHECK_EQ(mprotect(before, PAGE, PROT_READ), 0);
	CHECK_RUNS(before);
	CHECK(personality(PER_LINUX) >= 0);
}

TEST(a_program_whose_stack_is_executable)
{
	CHECK_STR(stack_of_program(PT_GNU_STACK, PF_R | PF_W | PF_X), "rwxp runs");
}

TEST(a_program_that_does_not_say_what_its_stack_is)
{
	CHECK_STR(stack_of_program(PT_NULL, 0), "rwxp runs");
}

TEST(a_program_whose_stack_is_not_executable)
{
	CHECK_STR(stack_of_program(PT_GNU_STACK, PF_R | PF_W),
		  nx_active() ? "rw-p faults" : "rw-p runs");
}

/* ---- what the kernel maps ---- */

/* The handler runs, and comes back, though the stack is not executable: the code that ends it is in
 * the vdso. */
static volatile int handled;

static void handle(int sig)
{
	handled++;
}

TEST(signals_on_a_stack_that_is_not_executable)
{
	static unsigned char stack[4 * PAGE];
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction sa = {.sa_handler = handle};

	CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	sa.sa_flags = SA_ONSTACK;
	CHECK_EQ(sigaltstack(&other, NULL), 0);
	CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(handled, 2);
}
