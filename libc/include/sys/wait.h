/* Waiting for children, and the layout of an exit status. */
#ifndef LIBC_SYS_WAIT_H
#define LIBC_SYS_WAIT_H

#include <sys/types.h>
#include <signal.h>
#include <linux/wait.h>

/* The status word (Linux kernel/exit.c): low 7 bits the signal, 0x80 core, then the code. */
#define WEXITSTATUS(s)	     (((s)&0xff00) >> 8)
#define WTERMSIG(s)	     ((s)&0x7f)
#define WSTOPSIG(s)	     WEXITSTATUS(s)
#define WCOREDUMP(s)	     ((s)&0x80)
#define WIFEXITED(s)	     (WTERMSIG(s) == 0)
#define WIFSIGNALED(s)	     ((signed char)(WTERMSIG(s) + 1) >> 1 > 0)
#define WIFSTOPPED(s)	     (((s)&0xff) == 0x7f)
#define WIFCONTINUED(s)	     ((s) == 0xffff)
#define W_EXITCODE(ret, sig) ((ret) << 8 | (sig))
#define W_STOPCODE(sig)	     ((sig) << 8 | 0x7f)

typedef int idtype_t;
struct rusage;

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
pid_t wait4(pid_t pid, int *status, int options, struct rusage *ru);

#endif
