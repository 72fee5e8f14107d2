/* POSIX's system calls and constants. */
#ifndef LIBC_UNISTD_H
#define LIBC_UNISTD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <getopt.h>

#define STDIN_FILENO  0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define R_OK 4
#define W_OK 2
#define X_OK 1
#define F_OK 0

#ifndef SEEK_SET
#	define SEEK_SET 0
#	define SEEK_CUR 1
#	define SEEK_END 2
#endif
/* Linux include/uapi/linux/fs.h. */
#define SEEK_DATA 3
#define SEEK_HOLE 4

/* lockf (POSIX) */
#define F_ULOCK 0
#define F_LOCK	1
#define F_TLOCK 2
#define F_TEST	3

#define _POSIX_VERSION	   200809L
#define _POSIX_JOB_CONTROL 1
#define _POSIX_SAVED_IDS   1

/* Names of sysconf, numbered as in glibc's bits/confname.h. */
#define _SC_ARG_MAX	     0
#define _SC_CHILD_MAX	     1
#define _SC_CLK_TCK	     2
#define _SC_NGROUPS_MAX	     3
#define _SC_OPEN_MAX	     4
#define _SC_JOB_CONTROL	     7
#define _SC_SAVED_IDS	     8
#define _SC_VERSION	     29
#define _SC_PAGESIZE	     30
#define _SC_PAGE_SIZE	     _SC_PAGESIZE
#define _SC_LINE_MAX	     43
#define _SC_IOV_MAX	     60
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES	     85
#define _SC_AVPHYS_PAGES     86
#define _SC_HOST_NAME_MAX    180

/* Names of pathconf, numbered as in glibc's bits/confname.h. */
#define _PC_LINK_MAX  0
#define _PC_MAX_CANON 1
#define _PC_MAX_INPUT 2
#define _PC_NAME_MAX  3
#define _PC_PATH_MAX  4
#define _PC_PIPE_BUF  5

extern char **environ;

/* Files */
ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
ssize_t pread(int fd, void *buf, size_t n, off_t off);
ssize_t pwrite(int fd, const void *buf, size_t n, off_t off);
int truncate(const char *path, off_t len);
int ftruncate(int fd, off_t len);
off_t lseek(int fd, off_t off, int whence);
int close(int fd);
int dup(int fd);
int dup2(int from, int to);
int dup3(int from, int to, int flags);
int pipe(int fds[2]);
int pipe2(int fds[2], int flags);
void sync(void);
int isatty(int fd);
int tcsetpgrp(int fd, pid_t pgrp);

/* Names */
int access(const char *path, int mode);
int chdir(const char *path);
char *getcwd(char *buf, size_t size);
int symlink(const char *target, const char *path);
ssize_t readlink(const char *path, char *buf, size_t size);
int unlink(const char *path);
int rmdir(const char *path);

/* Processes */
pid_t fork(void);
pid_t vfork(void) __attribute__((returns_twice));
int execve(const char *path, char *const argv[], char *const envp[]);
int execvp(const char *file, char *const argv[]);
int execvpe(const char *file, char *const argv[], char *const envp[]);
int execl(const char *path, const char *arg, ...) __attribute__((sentinel));
_Noreturn void _exit(int status);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
pid_t getpgrp(void);
int setpgid(pid_t pid, pid_t pgrp);
pid_t setsid(void);
uid_t geteuid(void);
int pause(void);
unsigned int sleep(unsigned int seconds);

/* Memory */
int brk(void *addr);
void *sbrk(intptr_t increment);
int getpagesize(void);

/* The system */
long sysconf(int name);
int sethostname(const char *name, size_t len);
long syscall(long nr, ...);

#define pread64	    pread
#define pwrite64    pwrite
#define lseek64	    lseek
#define ftruncate64 ftruncate
#define truncate64  truncate

#endif
