/*
 * Memory faults and the signals they become: what si_code and si_addr say, and how a handler can
 * mend the fault so that the instruction is done again.
 */
#include "experiment.h"
#include <setjmp.h>
#include <signal.h>

static volatile char *page;
static sigjmp_buf escape;
static volatile int mend; /* the handler makes the page writable and returns */
static volatile siginfo_t last;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	last = *info;
	if (mend && mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE) == 0)
		return;
	siglongjmp(escape, 1);
}

static const char *signal_text(void)
{
	return last.si_signo == SIGSEGV ? "SIGSEGV" : last.si_signo == SIGBUS ? "SIGBUS" : "?";
}

static const char *code_text(void)
{
	if (last.si_signo == SIGBUS)
		return last.si_code == BUS_ADRERR ? "BUS_ADRERR" : "?";
	return last.si_code == SEGV_MAPERR   ? "SEGV_MAPERR"
	       : last.si_code == SEGV_ACCERR ? "SEGV_ACCERR"
					     : "?";
}

static void attempt(const char *what, volatile char *address, bool store)
{
	last.si_signo = 0;
	if (sigsetjmp(escape, 1) == 0) {
		if (store)
			*address = 1;
		else
			(void)*address;
	}
	printf("%-36s", what);
	if (last.si_signo == 0)
		printf(" works\n");
	else
		printf(" %s %s si_addr %s%s\n", signal_text(), code_text(),
		       last.si_addr == (void *)address ? "is the address" : "is another address",
		       mend ? ", mended" : "");
}

int main(int argc, char **argv)
{
	struct sigaction sa;

	begin(argv);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_fault;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		fail("mmap");
	attempt("write to a new page", page, true);
	mprotect((void *)page, PAGE, PROT_READ);
	attempt("read after mprotect(PROT_READ)", page, false);
	attempt("write after mprotect(PROT_READ)", page, true);
	mend = 1;
	attempt("the same with a handler that mends", page, true);
	mend = 0;
	printf("%-36s the page holds %d\n", "", page[0]);
	mprotect((void *)page, PAGE, PROT_NONE);
	attempt("read after mprotect(PROT_NONE)", page, false);
	munmap((void *)page, PAGE);
	attempt("read after munmap()", page, false);
	attempt("read of address 0", NULL, false);
	attempt("write to the code", (volatile char *)attempt, true);
	attempt("read of the kernel, 0xc0100000", (volatile char *)0xc0100000UL, false);
	return 0;
}
