/*
 * execve: what a program finds at its start, and what files that are no programs get.
 */
#include "maps.h"
#include <elf.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/stat.h>

extern char **environ;
extern char __executable_start, _end;

/* A file of these bytes that may be executed; its name, which the next call reuses. */
static const char *program_file(const void *bytes, size_t n)
{
	static char name[] = "/tmp/guest-exec";
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, bytes, n), n);
	close(fd);
	return name;
}

static int exec_errno(const char *name)
{
	char *const argv[] = {"x", NULL};

	execve(name, argv, environ);
	return errno;
}

/* This program itself, in memory. */
static char *own_image(size_t *size)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;
	char *p;

	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	p = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(p != MAP_FAILED);
	*size = st.st_size;
	return p;
}

TEST(no_such_program)
{
	CHECK_EQ(exec_errno("/tmp/no-such-program"), ENOENT);
	CHECK_EQ(exec_errno("/tmp"), EACCES);
	CHECK_EQ(exec_errno(""), ENOENT);
	CHECK_EQ(exec_errno((char *)8), EFAULT);
}

TEST(a_file_without_execute_permission)
{
	const char *name = program_file("#!/bin/sh\n", 10);

	CHECK_EQ(chmod(name, 0644), 0);
	CHECK_EQ(exec_errno(name), EACCES);
}

TEST(files_of_other_kinds_are_enoexec)
{
	CHECK_EQ(exec_errno(program_file("", 0)), ENOEXEC);
	CHECK_EQ(exec_errno(program_file("hello, world\n", 13)), ENOEXEC);
	CHECK_EQ(exec_errno(program_file("\177ELF", 4)), ENOEXEC);
	CHECK_EQ(exec_errno(program_file("#!", 2)), EACCES); /* the working directory */
	CHECK_EQ(exec_errno(program_file("#! \n", 4)), ENOEXEC);
}

TEST(damaged_headers_are_enoexec)
{
	size_t size;
	char *image = own_image(&size);
	Elf32_Ehdr *e = (Elf32_Ehdr *)image, saved = *e;

	e->e_type = ET_REL;
	CHECK_EQ(exec_errno(program_file(image, size)), ENOEXEC);
	*e = saved;
	e->e_machine = EM_X86_64;
	CHECK_EQ(exec_errno(program_file(image, size)), ENOEXEC);
	*e = saved;
	e->e_phnum = 0;
	CHECK_EQ(exec_errno(program_file(image, size)), ENOEXEC);
	*e = saved;
	e->e_phnum = 3000;
	CHECK_EQ(exec_errno(program_file(image, size)), ENOEXEC);
	*e = saved;
	e->e_phentsize = 33;
	CHECK_EQ(exec_errno(program_file(image, size)), ENOEXEC);
	*e = saved;
	e->e_phoff = 0x7ffffff0;
	CHECK_EQ(exec_errno(program_file(image, size)), ENOEXEC);
	*e = saved;
	/* the file ends inside the program headers */
	CHECK_EQ(exec_errno(program_file(image, sizeof(*e) + 40)), ENOEXEC);
}

/* Past the point of no return there is no program to return to. */
TEST(segments_that_cannot_be_mapped_kill)
{
	size_t size;
	char *image = own_image(&size);
	Elf32_Phdr *p = (Elf32_Phdr *)(image + ((Elf32_Ehdr *)image)->e_phoff);
	const char *name;

	while (p->p_type != PT_LOAD)
		p++;
	p->p_vaddr = 0xc0000000;
	name = program_file(image, size);
	CHECK_SIGNAL(exec_errno(name), SIGSEGV);
}

TEST(a_truncated_program_dies_where_its_pages_are_missing)
{
	size_t size;
	char *image = own_image(&size);
	const char *name = program_file(image, 4096);

	CHECK_SIGNAL(exec_errno(name), SIGBUS);
}

TEST(a_program_that_is_being_written_is_busy)
{
	size_t size;
	char *image = own_image(&size);
	const char *name = program_file(image, size);
	int fd = open(name, O_WRONLY);

	CHECK_EQ(exec_errno(name), ETXTBSY);
	close(fd);
}

#define GATE_FD 100 /* a program that has it open waits there */

TEST(waits_at_the_gate)
{
	char c;

	if (read(GATE_FD, &c, 1) < 0)
		CHECK_EQ(errno, EBADF);
}

TEST(a_program_that_runs_cannot_be_written)
{
	size_t size;
	char *image = own_image(&size);
	const char *name = program_file(image, size);
	int gate[2], ready[2];
	pid_t pid;
	char c;

	CHECK(pipe(gate) == 0 && pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	if (!pid) {
		char *const argv[] = {"x", "waits_at_the_gate", NULL};

		dup2(gate[0], GATE_FD);
		close(gate[1]);
		close(1); /* its result is not ours */
		open("/dev/null", O_WRONLY);
		execve(name, argv, environ);
		_exit(99);
	}
	close(ready[1]);
	CHECK_EQ(read(ready[0], &c, 1), 0); /* exec has closed the other end */
	CHECK_ERRNO(open(name, O_WRONLY), ETXTBSY);
	CHECK_EQ(write(gate[1], "", 1), 1);
	CHECK_CHILD(pid);
	CHECK(open(name, O_WRONLY) >= 0);
}

TEST(a_script_runs_its_interpreter)
{
	static const char script[] =
		"#!/bin/sh -e\nread line < /proc/self/stat; test \"$1\" = two && exit 5\n";
	const char *name = program_file(script, sizeof(script) - 1);
	int status;
	pid_t pid = fork();

	if (!pid) {
		char *const argv[] = {"lost", "two", NULL};

		execve(name, argv, environ);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(WEXITSTATUS(status), 5);
}

TEST(scripts_that_name_each_other_end_in_eloop)
{
	static const char script[] = "#!/tmp/guest-exec\n";

	CHECK_EQ(exec_errno(program_file(script, sizeof(script) - 1)), ELOOP);
}

TEST(a_script_with_an_interpreter_that_is_not_there)
{
	CHECK_EQ(exec_errno(program_file("#!/no/such\n", 11)), ENOENT);
}

TEST(too_many_arguments_are_e2big)
{
	enum {
		N = 200000
	};
	char **argv = malloc((N + 1) * sizeof(char *));
	char *big = malloc(33 * P + 1), *const one[] = {"x", big, NULL};
	int i;

	for (i = 0; i < N; i++)
		argv[i] = "0123456789";
	argv[N] = NULL;
	CHECK_ERRNO(execve("/proc/self/exe", argv, environ), E2BIG);
	memset(big, 'x', 33 * P);
	big[33 * P] = 0;
	CHECK_ERRNO(execve("/proc/self/exe", one, environ), E2BIG);
}

TEST(bad_argument_pointers_are_efault)
{
	char *const argv[] = {"x", (char *)8, NULL};

	CHECK_ERRNO(execve("/proc/self/exe", argv, environ), EFAULT);
	CHECK_ERRNO(syscall(SYS_execve, "/proc/self/exe", 8, environ), EFAULT);
	CHECK_ERRNO(execve("/proc/self/exe", (char *const *)0xc0000000UL, environ), EFAULT);
}

TEST(the_auxiliary_vector_tells_the_truth)
{
	const Elf32_Ehdr *e = (const Elf32_Ehdr *)&__executable_start;
	unsigned long stack = (unsigned long)__builtin_frame_address(0);

	CHECK_EQ(getauxval(AT_PAGESZ), P);
	CHECK_EQ(getauxval(AT_CLKTCK), 100);
	CHECK_EQ(getauxval(AT_PHDR), (unsigned long)e + e->e_phoff);
	CHECK_EQ(getauxval(AT_PHENT), sizeof(Elf32_Phdr));
	CHECK_EQ(getauxval(AT_PHNUM), e->e_phnum);
	CHECK_EQ(getauxval(AT_ENTRY), e->e_entry);
	CHECK_EQ(getauxval(AT_BASE), 0);
	CHECK_EQ(getauxval(AT_UID), getuid());
	CHECK_EQ(getauxval(AT_EGID), getegid());
	CHECK_EQ(getauxval(AT_SECURE), 0);
	CHECK_EQ(getauxval(AT_MINSIGSTKSZ), 1440);
	CHECK_STR((char *)getauxval(AT_PLATFORM), "i686");
	CHECK(getauxval(AT_RANDOM) > stack);
	CHECK(getauxval(AT_EXECFN) > getauxval(AT_PLATFORM));
}

TEST(the_vdso_is_an_elf_image_with_the_entry_inside)
{
	const Elf32_Ehdr *e = (const Elf32_Ehdr *)getauxval(AT_SYSINFO_EHDR);
	unsigned long entry = getauxval(AT_SYSINFO);
	struct map_line m;
	long pid;

	CHECK(e && !memcmp(e->e_ident, ELFMAG, SELFMAG));
	CHECK_EQ(e->e_type, ET_DYN);
	CHECK(map_at(e, &m));
	CHECK_STR(m.name, "[vdso]");
	CHECK_STR(m.perms, "r-xp");
	CHECK(entry > m.start && entry < m.end);
	__asm__ volatile("call *%1" : "=a"(pid) : "r"(entry), "a"(SYS_getpid) : "memory");
	CHECK_EQ(pid, getpid());
	CHECK(map_at((char *)e - P, &m));
	CHECK_STR(m.name, "[vvar]");
	CHECK_EQ(m.end - m.start, 4 * P);
}

TEST(arguments_and_environment_lie_at_the_top_of_the_stack)
{
	struct map_line m;

	CHECK(map_at(environ[0], &m));
	CHECK_STR(m.name, "[stack]");
	CHECK(m.end - getauxval(AT_EXECFN) < P);
	CHECK((unsigned long)environ[0] < getauxval(AT_EXECFN));
	CHECK((unsigned long)&m < (unsigned long)environ);
}

TEST(the_heap_begins_at_or_above_the_end_of_bss)
{
	CHECK((unsigned long)sbrk(0) >= (unsigned long)&_end);
}

/* A static PIE that exits with the four lowest bits of its code's page number. */
static const struct aligned_pie {
	Elf32_Ehdr header;
	Elf32_Phdr load;
	unsigned char code[17];
} aligned_pie = {
	.header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
		   .e_type = ET_DYN,
		   .e_machine = EM_386,
		   .e_version = EV_CURRENT,
		   .e_entry = offsetof(struct aligned_pie, code),
		   .e_phoff = offsetof(struct aligned_pie, load),
		   .e_ehsize = sizeof(Elf32_Ehdr),
		   .e_phentsize = sizeof(Elf32_Phdr),
		   .e_phnum = 1},
	.load = {.p_type = PT_LOAD,
		 .p_filesz = sizeof(aligned_pie),
		 .p_memsz = sizeof(aligned_pie),
		 .p_flags = PF_R | PF_X,
		 .p_align = 0x10000},
	/* call next; next: pop ebx; shr ebx, 12; and ebx, 15; push 1; pop eax; int 0x80 */
	.code = {0xe8, 0, 0, 0, 0, 0x5b, 0xc1, 0xeb, 12, 0x83, 0xe3, 15, 0x6a, 1, 0x58, 0xcd, 0x80},
};

TEST(a_static_pie_is_aligned_as_it_asks)
{
	const char *name = program_file(&aligned_pie, sizeof(aligned_pie));
	int i, status;
	pid_t pid;

	for (i = 0; i < 20; i++) {
		pid = fork();
		if (!pid)
			_exit(exec_errno(name));
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
	}
}
