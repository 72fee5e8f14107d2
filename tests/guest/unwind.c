/* What an unwinder finds that comes up from a signal handler: the vdso says how its code is
 * unwound. */
#include "check.h"
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unwind.h>

#define SIGNALLED 0x5a

/* glibc's sigaction() always brings a stub of its own to return by: this one leaves it to the
 * kernel. */
struct kernel_sigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask[2];
};

static void *wanted;
static volatile int found, frames;

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *arg)
{
	frames++;
	if (_Unwind_FindEnclosingFunction((void *)_Unwind_GetIP(context)) == wanted)
		found = 1;
	return _URC_NO_REASON;
}

static void handler(int sig)
{
	_Unwind_Backtrace(look, NULL);
}

static void handle(int sig, unsigned long flags)
{
	struct kernel_sigaction act = {.handler = handler, .flags = flags};

	CHECK_EQ(syscall(SYS_rt_sigaction, sig, &act, NULL, 8), 0);
	found = frames = 0;
}

/* The signal meets the process in __kernel_vsyscall, which has no frame that could be guessed. */
static __attribute__((noinline)) int kill_by_vsyscall(int pid, int sig)
{
	int result;

	__asm__ volatile("call *%1"
			 : "=a"(result)
			 : "r"(getauxval(AT_SYSINFO)), "0"(SYS_kill), "b"(pid), "c"(sig)
			 : "memory", "cc");
	return result;
}

TEST(from_a_handler_into_an_interrupted_call)
{
	static const unsigned long flags[] = {0, SA_SIGINFO};

	wanted = kill_by_vsyscall;
	for (int i = 0; i < 2; i++) {
		handle(SIGUSR1, flags[i]);
		CHECK_EQ(kill_by_vsyscall(getpid(), SIGUSR1), 0);
		CHECK_EQ(found, 1);
		CHECK(frames > 5);
	}
}

static __attribute__((noinline)) int trap_here(void)
{
	int kept = SIGNALLED;

	__asm__ volatile("int3" : "+r"(kept));
	return kept;
}

TEST(from_a_handler_into_an_interrupted_function)
{
	static const unsigned long flags[] = {0, SA_SIGINFO};

	wanted = trap_here;
	for (int i = 0; i < 2; i++) {
		handle(SIGTRAP, flags[i]);
		CHECK_EQ(trap_here(), SIGNALLED);
		CHECK_EQ(found, 1);
		CHECK(frames > 5);
	}
}

/* Not found by looking at the bytes around: a table that says so covers each of the three. */
TEST(the_vdso_has_tables)
{
	unsigned char *vdso = (unsigned char *)getauxval(AT_SYSINFO_EHDR), *p;
	static const unsigned char stub[] = {0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80};
	static const unsigned char rt_stub[] = {0xb8, 173, 0, 0, 0, 0xcd, 0x80};
	int stubs = 0;

	CHECK(_Unwind_FindEnclosingFunction((char *)getauxval(AT_SYSINFO) + 1) != NULL);
	for (p = vdso; p < vdso + 4096; p++) {
		if (memcmp(p, stub, sizeof(stub)) && memcmp(p, rt_stub, sizeof(rt_stub)))
			continue;
		CHECK(_Unwind_FindEnclosingFunction(p + 1) == p - 1);
		stubs++;
	}
	CHECK_EQ(stubs, 2);
}
