/*
 * The wall between user and kernel: the kernel's memory is part of every address space, and no
 * program reads, writes, executes or maps it, or gets a system call to do so.
 */
#include "experiment.h"
#include <setjmp.h>
#include <signal.h>

#define TASK_SIZE 0xc0000000UL
#define KERNEL	  ((volatile char *)0xc0100000UL) /* where the kernel's own code lies */
#define NOTHING	  ((volatile char *)0xfffff000UL) /* where the kernel maps nothing */

static sigjmp_buf escape;
static volatile siginfo_t last;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	last = *info;
	siglongjmp(escape, 1);
}

static const char *signal_text(void)
{
	if (last.si_signo == SIGSEGV)
		return last.si_code == SEGV_MAPERR   ? "SIGSEGV, SEGV_MAPERR"
		       : last.si_code == SEGV_ACCERR ? "SIGSEGV, SEGV_ACCERR"
		       : last.si_code == SI_KERNEL   ? "SIGSEGV, SI_KERNEL"
						     : "SIGSEGV";
	return last.si_signo == SIGTRAP ? "SIGTRAP" : "another signal";
}

static void report(const char *what)
{
	printf("  %-42s %s\n", what, last.si_signo ? signal_text() : "works");
}

/* The statement is run, and the signal that it got is printed. */
#define ATTEMPT(WHAT, STATEMENT)             \
	do {                                 \
		last.si_signo = 0;           \
		if (!sigsetjmp(escape, 1)) { \
			STATEMENT;           \
		}                            \
		report(WHAT);                \
	} while (0)

static void report_call(const char *what, long result)
{
	int err = errno;

	printf("  %-42s %s\n", what, result == -1 ? strerror(err) : "works");
}

static void accesses(void)
{
	void (*kernel_code)(void) = (void (*)(void))(unsigned long)KERNEL;

	printf("memory, by instructions of the program\n");
	ATTEMPT("read of the kernel's code", (void)*KERNEL);
	ATTEMPT("write to it", *KERNEL = 1);
	ATTEMPT("jump to it", kernel_code());
	ATTEMPT("read where the kernel maps nothing", (void)*NOTHING);
}

static void instructions(void)
{
	unsigned int segment = 0;

	__asm__("mov %%cs, %0" : "=r"(segment));
	printf("instructions; the program runs at level %u\n", segment & 3);
	ATTEMPT("cli (no more interrupts)", __asm__ volatile("cli"));
	ATTEMPT("hlt (stop the processor)", __asm__ volatile("hlt"));
	ATTEMPT("mov %cr3 (which page directory?)", __asm__ volatile("mov %%cr3, %0"
								     : "=r"(segment)));
	ATTEMPT("in (read a device's register)", __asm__ volatile("inb $0x60" : : : "eax"));
	ATTEMPT("int $14 (pretend a page fault)", __asm__ volatile("int $14"));
	ATTEMPT("int3 (a breakpoint)", __asm__ volatile("int3"));
}

static void calls(void)
{
	int zero = open("/dev/zero", O_RDONLY), out = open("/dev/null", O_WRONLY), ends[2];
	void *there = (void *)TASK_SIZE;

	if (zero < 0 || out < 0 || pipe(ends) < 0)
		fail("open");
	printf("system calls with addresses of the kernel\n");
	report_call("write() from the kernel to a pipe", write(ends[1], (void *)KERNEL, 1));
	report_call("read() of zeros into the kernel", read(zero, (void *)KERNEL, 1));
	report_call("open() of a name in the kernel", open((const char *)KERNEL, O_RDONLY));
	report_call(
		"mmap() there, MAP_FIXED",
		(long)mmap(there, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	report_call("mprotect() to writable", mprotect(there, PAGE, PROT_READ | PROT_WRITE));
	report_call("munmap()", munmap(there, PAGE));
	close(zero);
	close(out);
	close(ends[0]);
	close(ends[1]);
}

static void maps(void)
{
	unsigned long end = 0;
	struct vma v;

	for (char *line = read_maps(); line && *line;) {
		if (parse_vma(line, &v))
			end = v.end;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	printf("the last mapping of /proc/self/maps ends %s\n",
	       end <= TASK_SIZE ? "at or below 0xc0000000" : "in the kernel");
}

int main(int argc, char **argv)
{
	struct sigaction sa;

	begin(argv);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_signal;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGTRAP, &sa, NULL);
	accesses();
	instructions();
	calls();
	maps();
	return 0;
}
