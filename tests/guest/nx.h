/*
 * For tests of what can be executed: a small function in a buffer, a call of it that survives the
 * refusal, and a program whose stack is of another kind.
 */
#ifndef TESTS_GUEST_NX_H
#define TESTS_GUEST_NX_H

#include "check.h"
#include "paging.h"
#include <elf.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/ucontext.h>

#define PAGE 4096UL

/* Bits of the error code of a page fault. */
#define PF_PROT	 0x01 /* the page is present */
#define PF_USER	 0x04
#define PF_INSTR 0x10 /* a fetch, on a processor where NX is in use */

/* mov $42, %eax; ret */
#define RETURN_42 0xb8, 42, 0, 0, 0, 0xc3

__attribute__((unused)) static void put_code(unsigned char *p)
{
	static const unsigned char code[] = {RETURN_42};

	memcpy(p, code, sizeof(code));
}

static struct refusal {
	int signal, code, trapno, err;
	unsigned long address, ip;
} refusal;
static sigjmp_buf call_jump;
static const void *called_last;

static void note_refusal(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	refusal = (struct refusal){sig,
				   info->si_code,
				   regs[REG_TRAPNO],
				   regs[REG_ERR],
				   (unsigned long)info->si_addr,
				   regs[REG_EIP]};
	siglongjmp(call_jump, 1);
}

/* Call what is at p. => what it returns, or -1: a signal came, and `refusal` says which. */
static int call(const void *p)
{
	struct sigaction sa = {.sa_sigaction = note_refusal, .sa_flags = SA_SIGINFO};

	called_last = p;
	CHECK_EQ(sigaction(SIGSEGV, &sa, NULL), 0);
	if (sigsetjmp(call_jump, 1))
		return -1;
	return ((int (*)(void))p)();
}

#define CHECK_RUNS(P) CHECK_EQ(call(P), 42)

#define CHECK_REFUSED(P, CODE, ADDRESS, ERR)                         \
	do {                                                         \
		const void *p_ = (P);                                \
		CHECK_EQ(call(p_), -1);                              \
		CHECK_EQ(refusal.signal, SIGSEGV);                   \
		CHECK_EQ(refusal.code, CODE);                        \
		CHECK_EQ(refusal.trapno, 14);                        \
		CHECK_EQ(refusal.err, ERR);                          \
		CHECK_EQ(refusal.address, (unsigned long)(ADDRESS)); \
		CHECK_EQ(refusal.ip, (unsigned long)p_);             \
	} while (0)

/* It is readable and not executable: refused where NX is in use, run elsewhere. */
#define CHECK_NX(P)                                                                       \
	do {                                                                              \
		const void *q_ = (P);                                                     \
		if (nx_active())                                                          \
			CHECK_REFUSED(q_, SEGV_ACCERR, q_, PF_PROT | PF_USER | PF_INSTR); \
		else                                                                      \
			CHECK_RUNS(q_);                                                   \
	} while (0)

/* ---- a program of another kind ---- */

#define STACK_PROGRAM "NX_STACK_PROGRAM"

/* What such a program does before its main(): it says how its stack is mapped, and whether code
 * there runs. */
__attribute__((constructor)) static void be_the_program(void)
{
	unsigned char code[16];
	char line[256], perms[8] = "";
	unsigned long from, to;
	FILE *f;

	if (!getenv(STACK_PROGRAM))
		return;
	check_name = STACK_PROGRAM;
	f = fopen("/proc/self/maps", "r");
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[stack]"))
			sscanf(line, "%lx-%lx %4s", &from, &to, perms);
	put_code(code);
	printf("%s %s", perms, call(code) == 42 ? "runs" : "faults");
	fflush(stdout);
	_exit(0);
}

/* This program with another header of the stack: TYPE and FLAGS in the place of PT_GNU_STACK. */
static void make_program(const char *path, Elf32_Word type, Elf32_Word flags)
{
	static unsigned char image[8 << 20];
	const Elf32_Ehdr *e = (const Elf32_Ehdr *)image;
	Elf32_Phdr *ph;
	int in = open("/proc/self/exe", O_RDONLY), out = open(path, O_WRONLY | O_CREAT, 0755);
	ssize_t n = read(in, image, sizeof(image)), found = 0;

	CHECK(in >= 0 && out >= 0 && n > (ssize_t)sizeof(*e) && n < (ssize_t)sizeof(image));
	ph = (Elf32_Phdr *)(image + e->e_phoff);
	for (int i = 0; i < e->e_phnum; i++) {
		if (ph[i].p_type != PT_GNU_STACK)
			continue;
		ph[i].p_type = type;
		ph[i].p_flags = flags;
		found++;
	}
	CHECK_EQ(found, 1);
	CHECK_EQ(write(out, image, n), n);
	CHECK(!close(in) && !close(out));
}

/* Run such a program. => what it says. */
__attribute__((unused)) static const char *stack_of_program(Elf32_Word type, Elf32_Word flags)
{
	static char said[64];
	char path[] = "/tmp/nxXXXXXX";
	int fd[2], temp = mkstemp(path);
	pid_t pid;
	ssize_t n;

	CHECK(temp >= 0 && !close(temp) && !pipe(fd));
	make_program(path, type, flags);
	CHECK_EQ(chmod(path, 0755), 0);
	pid = fork();
	if (!pid) {
		char *argv[] = {path, NULL}, *envp[] = {STACK_PROGRAM "=1", NULL};

		dup2(fd[1], 1);
		execve(path, argv, envp);
		_exit(1);
	}
	CHECK_CHILD(pid);
	n = read(fd[0], said, sizeof(said) - 1);
	CHECK(n > 0);
	said[n] = '\0';
	unlink(path);
	return said;
}

#endif
