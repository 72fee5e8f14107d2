/*
 * Which memory can be executed: the same function of a few bytes in memory of each kind, called
 * there. With page tables that have no NX bit, whatever can be read runs.
 */
#include "experiment.h"
#include <setjmp.h>
#include <signal.h>

enum {
	ANSWER = 42
};

static const unsigned char function[] = {0xb8, ANSWER, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */

static sigjmp_buf escape;
static volatile siginfo_t last;
static unsigned char in_data[16] = {1};

static void on_fault(int sig, siginfo_t *info, void *context)
{
	last = *info;
	siglongjmp(escape, 1);
}

static void call(const char *what, const unsigned char *code)
{
	struct vma v;

	if (!find_vma((unsigned long)code, &v))
		fail(what);
	printf("%-34s %s  ", what, v.perms);
	if (sigsetjmp(escape, 1) == 0)
		printf("%s\n", ((int (*)(void))code)() == ANSWER ? "runs" : "does something else");
	else
		printf("SIGSEGV %s, si_addr is %s\n",
		       last.si_code == SEGV_ACCERR ? "SEGV_ACCERR" : "SEGV_MAPERR",
		       last.si_addr == (const void *)code ? "the function" : "another address");
}

static unsigned char *map(int prot)
{
	unsigned char *p =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	memcpy(p, function, sizeof(function));
	if (mprotect(p, PAGE, prot) < 0)
		fail("mprotect");
	return p;
}

int main(int argc, char **argv)
{
	struct sigaction sa;
	unsigned char on_stack[16], *heap, *p;

	begin(argv);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_fault;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, NULL);
	heap = sbrk(PAGE);
	if (heap == (void *)-1)
		fail("sbrk");
	memcpy(on_stack, function, sizeof(function));
	memcpy(heap, function, sizeof(function));
	memcpy(in_data, function, sizeof(function));
	call("a function on the stack", on_stack);
	call("on the heap", heap);
	call("in the program's data", in_data);
	call("in its constants", function);
	call("mapped to be read", map(PROT_READ));
	call("mapped to be read and executed", map(PROT_READ | PROT_EXEC));
	call("mapped with PROT_EXEC alone", map(PROT_EXEC));
	p = map(PROT_READ | PROT_WRITE);
	call("mapped to be read and written", p);
	mprotect(p, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	call("the same after mprotect(PROT_EXEC)", p);
	mprotect(p, PAGE, PROT_READ | PROT_WRITE);
	call("and after taking it away", p);
	mprotect(p, PAGE, PROT_NONE);
	call("and with PROT_NONE", p);
	return 0;
}
