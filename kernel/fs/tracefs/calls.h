/*
 * The system calls, as Linux's events name them: number, name, parameters. These are the names of
 * its functions, which are not always those of the numbers. events.c includes this file where it
 * defines CALL, so it has no include guard.
 */
CALL(_llseek, "llseek",
     "unsigned int fd, unsigned long offset_high, unsigned long offset_low, loff_t *result, "
     "unsigned int whence")
CALL(_newselect, "select",
     "int n, fd_set *inp, fd_set *outp, fd_set *exp, struct __kernel_old_timeval *tvp")
CALL(access, "access", "const char *filename, int mode")
CALL(alarm, "alarm", "unsigned int seconds")
CALL(brk, "brk", "unsigned long brk")
CALL(capget, "capget", "cap_user_header_t header, cap_user_data_t dataptr")
CALL(capset, "capset", "cap_user_header_t header, const cap_user_data_t data")
CALL(chdir, "chdir", "const char *filename")
CALL(chmod, "chmod", "const char *filename, umode_t mode")
CALL(chown, "chown16", "const char *filename, old_uid_t user, old_gid_t group")
CALL(chown32, "chown", "const char *filename, uid_t user, gid_t group")
CALL(chroot, "chroot", "const char *filename")
CALL(clock_getres, "clock_getres_time32", "clockid_t which_clock, struct old_timespec32 *tp")
CALL(clock_getres_time64, "clock_getres",
     "const clockid_t which_clock, struct __kernel_timespec *tp")
CALL(clock_gettime, "clock_gettime32", "clockid_t which_clock, struct old_timespec32 *tp")
CALL(clock_gettime64, "clock_gettime", "const clockid_t which_clock, struct __kernel_timespec *tp")
CALL(clock_nanosleep, "clock_nanosleep_time32",
     "clockid_t which_clock, int flags, struct old_timespec32 *rqtp, struct old_timespec32 *rmtp")
CALL(clock_nanosleep_time64, "clock_nanosleep",
     "const clockid_t which_clock, int flags, const struct __kernel_timespec *rqtp, struct "
     "__kernel_timespec *rmtp")
CALL(clock_settime, "clock_settime32", "clockid_t which_clock, struct old_timespec32 *tp")
CALL(clock_settime64, "clock_settime",
     "const clockid_t which_clock, const struct __kernel_timespec *tp")
CALL(clone, "clone",
     "unsigned long clone_flags, unsigned long newsp, int *parent_tidptr, unsigned long tls, int "
     "*child_tidptr")
CALL(clone3, "clone3", "struct clone_args *uargs, size_t size")
CALL(close, "close", "unsigned int fd")
CALL(close_range, "close_range", "unsigned int fd, unsigned int max_fd, unsigned int flags")
CALL(copy_file_range, "copy_file_range",
     "int fd_in, loff_t *off_in, int fd_out, loff_t *off_out, size_t len, unsigned int flags")
CALL(creat, "creat", "const char *pathname, umode_t mode")
CALL(dup, "dup", "unsigned int fildes")
CALL(dup2, "dup2", "unsigned int oldfd, unsigned int newfd")
CALL(dup3, "dup3", "unsigned int oldfd, unsigned int newfd, int flags")
CALL(execve, "execve", "const char *filename, const char *const *argv, const char *const *envp")
CALL(exit, "exit", "int error_code")
CALL(exit_group, "exit_group", "int error_code")
CALL(faccessat, "faccessat", "int dfd, const char *filename, int mode")
CALL(faccessat2, "faccessat2", "int dfd, const char *filename, int mode, int flags")
CALL(fadvise64, "ia32_fadvise64",
     "int fd, unsigned int offset_lo, unsigned int offset_hi, size_t len, int advice")
CALL(fadvise64_64, "ia32_fadvise64_64",
     "int fd, __u32 offset_low, __u32 offset_high, __u32 len_low, __u32 len_high, int advice")
CALL(fallocate, "ia32_fallocate",
     "int fd, int mode, unsigned int offset_lo, unsigned int offset_hi, unsigned int len_lo, "
     "unsigned int len_hi")
CALL(fchdir, "fchdir", "unsigned int fd")
CALL(fchmod, "fchmod", "unsigned int fd, umode_t mode")
CALL(fchmodat, "fchmodat", "int dfd, const char *filename, umode_t mode")
CALL(fchown, "fchown16", "unsigned int fd, old_uid_t user, old_gid_t group")
CALL(fchown32, "fchown", "unsigned int fd, uid_t user, gid_t group")
CALL(fchownat, "fchownat", "int dfd, const char *filename, uid_t user, gid_t group, int flag")
CALL(fcntl, "fcntl", "unsigned int fd, unsigned int cmd, unsigned long arg")
CALL(fcntl64, "fcntl64", "unsigned int fd, unsigned int cmd, unsigned long arg")
CALL(fdatasync, "fdatasync", "unsigned int fd")
CALL(fgetxattr, "fgetxattr", "int fd, const char *name, void *value, size_t size")
CALL(flistxattr, "flistxattr", "int fd, char *list, size_t size")
CALL(flock, "flock", "unsigned int fd, unsigned int cmd")
CALL(fork, "fork", "")
CALL(fremovexattr, "fremovexattr", "int fd, const char *name")
CALL(fsetxattr, "fsetxattr", "int fd, const char *name, const void *value, size_t size, int flags")
CALL(fstat, "newfstat", "unsigned int fd, struct stat *statbuf")
CALL(fstat64, "fstat64", "unsigned long fd, struct stat64 *statbuf")
CALL(fstatat64, "fstatat64", "int dfd, const char *filename, struct stat64 *statbuf, int flag")
CALL(fstatfs, "fstatfs", "unsigned int fd, struct statfs *buf")
CALL(fstatfs64, "fstatfs64", "unsigned int fd, size_t sz, struct statfs64 *buf")
CALL(fsync, "fsync", "unsigned int fd")
CALL(ftruncate, "ftruncate", "unsigned int fd, off_t length")
CALL(ftruncate64, "ia32_ftruncate64",
     "unsigned int fd, unsigned long offset_low, unsigned long offset_high")
CALL(futex, "futex_time32",
     "u32 *uaddr, int op, u32 val, const struct old_timespec32 *utime, u32 *uaddr2, u32 val3")
CALL(futex_time64, "futex",
     "u32 *uaddr, int op, u32 val, const struct __kernel_timespec *utime, u32 *uaddr2, u32 val3")
CALL(futimesat, "futimesat_time32",
     "unsigned int dfd, const char *filename, struct old_timeval32 *t")
CALL(get_robust_list, "get_robust_list",
     "int pid, struct robust_list_head * *head_ptr, size_t *len_ptr")
CALL(get_thread_area, "get_thread_area", "struct user_desc *u_info")
CALL(getcpu, "getcpu", "unsigned *cpup, unsigned *nodep, struct getcpu_cache *unused")
CALL(getcwd, "getcwd", "char *buf, unsigned long size")
CALL(getdents, "getdents", "unsigned int fd, struct linux_dirent *dirent, unsigned int count")
CALL(getdents64, "getdents64", "unsigned int fd, struct linux_dirent64 *dirent, unsigned int count")
CALL(getegid, "getegid16", "")
CALL(getegid32, "getegid", "")
CALL(geteuid, "geteuid16", "")
CALL(geteuid32, "geteuid", "")
CALL(getgid, "getgid16", "")
CALL(getgid32, "getgid", "")
CALL(getgroups, "getgroups16", "int gidsetsize, old_gid_t *grouplist")
CALL(getgroups32, "getgroups", "int gidsetsize, gid_t *grouplist")
CALL(getitimer, "getitimer", "int which, struct __kernel_old_itimerval *value")
CALL(getpgid, "getpgid", "pid_t pid")
CALL(getpgrp, "getpgrp", "")
CALL(getpid, "getpid", "")
CALL(getppid, "getppid", "")
CALL(getpriority, "getpriority", "int which, int who")
CALL(getrandom, "getrandom", "char *ubuf, size_t len, unsigned int flags")
CALL(getresgid, "getresgid16", "old_gid_t *rgidp, old_gid_t *egidp, old_gid_t *sgidp")
CALL(getresgid32, "getresgid", "gid_t *rgidp, gid_t *egidp, gid_t *sgidp")
CALL(getresuid, "getresuid16", "old_uid_t *ruidp, old_uid_t *euidp, old_uid_t *suidp")
CALL(getresuid32, "getresuid", "uid_t *ruidp, uid_t *euidp, uid_t *suidp")
CALL(getrlimit, "old_getrlimit", "unsigned int resource, struct rlimit *rlim")
CALL(getrusage, "getrusage", "int who, struct rusage *ru")
CALL(getsid, "getsid", "pid_t pid")
CALL(gettid, "gettid", "")
CALL(gettimeofday, "gettimeofday", "struct __kernel_old_timeval *tv, struct timezone *tz")
CALL(getuid, "getuid16", "")
CALL(getuid32, "getuid", "")
CALL(getxattr, "getxattr", "const char *pathname, const char *name, void *value, size_t size")
CALL(ioctl, "ioctl", "unsigned int fd, unsigned int cmd, unsigned long arg")
CALL(ipc, "ipc",
     "unsigned int call, int first, unsigned long second, unsigned long third, void *ptr, long "
     "fifth")
CALL(kill, "kill", "pid_t pid, int sig")
CALL(lchown, "lchown16", "const char *filename, old_uid_t user, old_gid_t group")
CALL(lchown32, "lchown", "const char *filename, uid_t user, gid_t group")
CALL(lgetxattr, "lgetxattr", "const char *pathname, const char *name, void *value, size_t size")
CALL(link, "link", "const char *oldname, const char *newname")
CALL(linkat, "linkat",
     "int olddfd, const char *oldname, int newdfd, const char *newname, int flags")
CALL(listxattr, "listxattr", "const char *pathname, char *list, size_t size")
CALL(llistxattr, "llistxattr", "const char *pathname, char *list, size_t size")
CALL(lremovexattr, "lremovexattr", "const char *pathname, const char *name")
CALL(lseek, "lseek", "unsigned int fd, off_t offset, unsigned int whence")
CALL(lsetxattr, "lsetxattr",
     "const char *pathname, const char *name, const void *value, size_t size, int flags")
CALL(lstat, "newlstat", "const char *filename, struct stat *statbuf")
CALL(lstat64, "lstat64", "const char *filename, struct stat64 *statbuf")
CALL(madvise, "madvise", "unsigned long start, size_t len_in, int behavior")
CALL(membarrier, "membarrier", "int cmd, unsigned int flags, int cpu_id")
CALL(memfd_create, "memfd_create", "const char *uname, unsigned int flags")
CALL(mincore, "mincore", "unsigned long start, size_t len, unsigned char *vec")
CALL(mkdir, "mkdir", "const char *pathname, umode_t mode")
CALL(mkdirat, "mkdirat", "int dfd, const char *pathname, umode_t mode")
CALL(mknod, "mknod", "const char *filename, umode_t mode, unsigned dev")
CALL(mknodat, "mknodat", "int dfd, const char *filename, umode_t mode, unsigned int dev")
CALL(mlock, "mlock", "unsigned long start, size_t len")
CALL(mlock2, "mlock2", "unsigned long start, size_t len, int flags")
CALL(mlockall, "mlockall", "int flags")
CALL(mmap, "old_mmap", "struct mmap_arg_struct *arg")
CALL(mmap2, "mmap_pgoff",
     "unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned "
     "long fd, unsigned long pgoff")
CALL(mount, "mount", "char *dev_name, char *dir_name, char *type, unsigned long flags, void *data")
CALL(mprotect, "mprotect", "unsigned long start, size_t len, unsigned long prot")
CALL(mremap, "mremap",
     "unsigned long addr, unsigned long old_len, unsigned long new_len, unsigned long flags, "
     "unsigned long new_addr")
CALL(msgctl, "msgctl", "int msqid, int cmd, struct msqid_ds *buf")
CALL(msgget, "msgget", "key_t key, int msgflg")
CALL(msgrcv, "msgrcv", "int msqid, struct msgbuf *msgp, size_t msgsz, long msgtyp, int msgflg")
CALL(msgsnd, "msgsnd", "int msqid, struct msgbuf *msgp, size_t msgsz, int msgflg")
CALL(msync, "msync", "unsigned long start, size_t len, int flags")
CALL(munlock, "munlock", "unsigned long start, size_t len")
CALL(munlockall, "munlockall", "")
CALL(munmap, "munmap", "unsigned long addr, size_t len")
CALL(nanosleep, "nanosleep_time32", "struct old_timespec32 *rqtp, struct old_timespec32 *rmtp")
CALL(nice, "nice", "int increment")
CALL(oldfstat, "fstat", "unsigned int fd, struct __old_kernel_stat *statbuf")
CALL(oldlstat, "lstat", "const char *filename, struct __old_kernel_stat *statbuf")
CALL(oldolduname, "olduname", "struct oldold_utsname *name")
CALL(oldstat, "stat", "const char *filename, struct __old_kernel_stat *statbuf")
CALL(olduname, "uname", "struct old_utsname *name")
CALL(open, "open", "const char *filename, int flags, umode_t mode")
CALL(openat, "openat", "int dfd, const char *filename, int flags, umode_t mode")
CALL(pause, "pause", "")
CALL(personality, "personality", "unsigned int personality")
CALL(pipe, "pipe", "int *fildes")
CALL(pipe2, "pipe2", "int *fildes, int flags")
CALL(poll, "poll", "struct pollfd *ufds, unsigned int nfds, int timeout_msecs")
CALL(ppoll, "ppoll_time32",
     "struct pollfd *ufds, unsigned int nfds, struct old_timespec32 *tsp, const sigset_t *sigmask, "
     "size_t sigsetsize")
CALL(ppoll_time64, "ppoll",
     "struct pollfd *ufds, unsigned int nfds, struct __kernel_timespec *tsp, const sigset_t "
     "*sigmask, size_t sigsetsize")
CALL(prctl, "prctl",
     "int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5")
CALL(pread64, "ia32_pread64", "unsigned int fd, char *ubuf, u32 count, u32 poslo, u32 poshi")
CALL(preadv, "preadv",
     "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned "
     "long pos_h")
CALL(preadv2, "preadv2",
     "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned "
     "long pos_h, rwf_t flags")
CALL(prlimit64, "prlimit64",
     "pid_t pid, unsigned int resource, const struct rlimit64 *new_rlim, struct rlimit64 *old_rlim")
CALL(process_madvise, "process_madvise",
     "int pidfd, const struct iovec *vec, size_t vlen, int behavior, unsigned int flags")
CALL(process_mrelease, "process_mrelease", "int pidfd, unsigned int flags")
CALL(process_vm_readv, "process_vm_readv",
     "pid_t pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, "
     "unsigned long riovcnt, unsigned long flags")
CALL(process_vm_writev, "process_vm_writev",
     "pid_t pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, "
     "unsigned long riovcnt, unsigned long flags")
CALL(pselect6, "pselect6_time32",
     "int n, fd_set *inp, fd_set *outp, fd_set *exp, struct old_timespec32 *tsp, void *sig")
CALL(pselect6_time64, "pselect6",
     "int n, fd_set *inp, fd_set *outp, fd_set *exp, struct __kernel_timespec *tsp, void *sig")
CALL(pwrite64, "ia32_pwrite64",
     "unsigned int fd, const char *ubuf, u32 count, u32 poslo, u32 poshi")
CALL(pwritev, "pwritev",
     "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned "
     "long pos_h")
CALL(pwritev2, "pwritev2",
     "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned "
     "long pos_h, rwf_t flags")
CALL(read, "read", "unsigned int fd, char *buf, size_t count")
CALL(readahead, "ia32_readahead", "int fd, unsigned int off_lo, unsigned int off_hi, size_t count")
CALL(readlink, "readlink", "const char *path, char *buf, int bufsiz")
CALL(readlinkat, "readlinkat", "int dfd, const char *pathname, char *buf, int bufsiz")
CALL(readv, "readv", "unsigned long fd, const struct iovec *vec, unsigned long vlen")
CALL(reboot, "reboot", "int magic1, int magic2, unsigned int cmd, void *arg")
CALL(remap_file_pages, "remap_file_pages",
     "unsigned long start, unsigned long size, unsigned long prot, unsigned long pgoff, unsigned "
     "long flags")
CALL(removexattr, "removexattr", "const char *pathname, const char *name")
CALL(rename, "rename", "const char *oldname, const char *newname")
CALL(renameat, "renameat", "int olddfd, const char *oldname, int newdfd, const char *newname")
CALL(renameat2, "renameat2",
     "int olddfd, const char *oldname, int newdfd, const char *newname, unsigned int flags")
CALL(restart_syscall, "restart_syscall", "")
CALL(rmdir, "rmdir", "const char *pathname")
CALL(rt_sigaction, "rt_sigaction",
     "int sig, const struct sigaction *act, struct sigaction *oact, size_t sigsetsize")
CALL(rt_sigpending, "rt_sigpending", "sigset_t *uset, size_t sigsetsize")
CALL(rt_sigprocmask, "rt_sigprocmask", "int how, sigset_t *nset, sigset_t *oset, size_t sigsetsize")
CALL(rt_sigqueueinfo, "rt_sigqueueinfo", "pid_t pid, int sig, siginfo_t *uinfo")
CALL(rt_sigreturn, "rt_sigreturn", "")
CALL(rt_sigsuspend, "rt_sigsuspend", "sigset_t *unewset, size_t sigsetsize")
CALL(rt_sigtimedwait, "rt_sigtimedwait_time32",
     "const sigset_t *uthese, siginfo_t *uinfo, const struct old_timespec32 *uts, size_t "
     "sigsetsize")
CALL(rt_sigtimedwait_time64, "rt_sigtimedwait",
     "const sigset_t *uthese, siginfo_t *uinfo, const struct __kernel_timespec *uts, size_t "
     "sigsetsize")
CALL(rt_tgsigqueueinfo, "rt_tgsigqueueinfo", "pid_t tgid, pid_t pid, int sig, siginfo_t *uinfo")
CALL(sched_get_priority_max, "sched_get_priority_max", "int policy")
CALL(sched_get_priority_min, "sched_get_priority_min", "int policy")
CALL(sched_getaffinity, "sched_getaffinity",
     "pid_t pid, unsigned int len, unsigned long *user_mask_ptr")
CALL(sched_getattr, "sched_getattr",
     "pid_t pid, struct sched_attr *uattr, unsigned int usize, unsigned int flags")
CALL(sched_getparam, "sched_getparam", "pid_t pid, struct sched_param *param")
CALL(sched_getscheduler, "sched_getscheduler", "pid_t pid")
CALL(sched_rr_get_interval, "sched_rr_get_interval_time32",
     "pid_t pid, struct old_timespec32 *interval")
CALL(sched_rr_get_interval_time64, "sched_rr_get_interval",
     "pid_t pid, struct __kernel_timespec *interval")
CALL(sched_setaffinity, "sched_setaffinity",
     "pid_t pid, unsigned int len, unsigned long *user_mask_ptr")
CALL(sched_setattr, "sched_setattr", "pid_t pid, struct sched_attr *uattr, unsigned int flags")
CALL(sched_setparam, "sched_setparam", "pid_t pid, struct sched_param *param")
CALL(sched_setscheduler, "sched_setscheduler", "pid_t pid, int policy, struct sched_param *param")
CALL(sched_yield, "sched_yield", "")
CALL(select, "old_select", "struct sel_arg_struct *arg")
CALL(semctl, "semctl", "int semid, int semnum, int cmd, unsigned long arg")
CALL(semget, "semget", "key_t key, int nsems, int semflg")
CALL(semtimedop_time64, "semtimedop",
     "int semid, struct sembuf *tsops, unsigned int nsops, const struct __kernel_timespec *timeout")
CALL(sendfile, "sendfile", "int out_fd, int in_fd, off_t *offset, size_t count")
CALL(sendfile64, "sendfile64", "int out_fd, int in_fd, loff_t *offset, size_t count")
CALL(set_robust_list, "set_robust_list", "struct robust_list_head *head, size_t len")
CALL(set_thread_area, "set_thread_area", "struct user_desc *u_info")
CALL(set_tid_address, "set_tid_address", "int *tidptr")
CALL(setdomainname, "setdomainname", "char *name, int len")
CALL(setfsgid, "setfsgid16", "old_gid_t gid")
CALL(setfsgid32, "setfsgid", "gid_t gid")
CALL(setfsuid, "setfsuid16", "old_uid_t uid")
CALL(setfsuid32, "setfsuid", "uid_t uid")
CALL(setgid, "setgid16", "old_gid_t gid")
CALL(setgid32, "setgid", "gid_t gid")
CALL(setgroups, "setgroups16", "int gidsetsize, old_gid_t *grouplist")
CALL(setgroups32, "setgroups", "int gidsetsize, gid_t *grouplist")
CALL(sethostname, "sethostname", "char *name, int len")
CALL(setitimer, "setitimer",
     "int which, struct __kernel_old_itimerval *value, struct __kernel_old_itimerval *ovalue")
CALL(setpgid, "setpgid", "pid_t pid, pid_t pgid")
CALL(setpriority, "setpriority", "int which, int who, int niceval")
CALL(setregid, "setregid16", "old_gid_t rgid, old_gid_t egid")
CALL(setregid32, "setregid", "gid_t rgid, gid_t egid")
CALL(setresgid, "setresgid16", "old_gid_t rgid, old_gid_t egid, old_gid_t sgid")
CALL(setresgid32, "setresgid", "gid_t rgid, gid_t egid, gid_t sgid")
CALL(setresuid, "setresuid16", "old_uid_t ruid, old_uid_t euid, old_uid_t suid")
CALL(setresuid32, "setresuid", "uid_t ruid, uid_t euid, uid_t suid")
CALL(setreuid, "setreuid16", "old_uid_t ruid, old_uid_t euid")
CALL(setreuid32, "setreuid", "uid_t ruid, uid_t euid")
CALL(setrlimit, "setrlimit", "unsigned int resource, struct rlimit *rlim")
CALL(setsid, "setsid", "")
CALL(settimeofday, "settimeofday", "struct __kernel_old_timeval *tv, struct timezone *tz")
CALL(setuid, "setuid16", "old_uid_t uid")
CALL(setuid32, "setuid", "uid_t uid")
CALL(setxattr, "setxattr",
     "const char *pathname, const char *name, const void *value, size_t size, int flags")
CALL(sgetmask, "sgetmask", "")
CALL(shmat, "shmat", "int shmid, char *shmaddr, int shmflg")
CALL(shmctl, "shmctl", "int shmid, int cmd, struct shmid_ds *buf")
CALL(shmdt, "shmdt", "char *shmaddr")
CALL(shmget, "shmget", "key_t key, size_t size, int shmflg")
CALL(sigaction, "sigaction", "int sig, const struct old_sigaction *act, struct old_sigaction *oact")
CALL(sigaltstack, "sigaltstack", "const stack_t *uss, stack_t *uoss")
CALL(signal, "signal", "int sig, __sighandler_t handler")
CALL(sigpending, "sigpending", "old_sigset_t *uset")
CALL(sigprocmask, "sigprocmask", "int how, old_sigset_t *nset, old_sigset_t *oset")
CALL(sigreturn, "sigreturn", "")
CALL(sigsuspend, "sigsuspend", "int unused1, int unused2, old_sigset_t mask")
CALL(ssetmask, "ssetmask", "int newmask")
CALL(stat, "newstat", "const char *filename, struct stat *statbuf")
CALL(stat64, "stat64", "const char *filename, struct stat64 *statbuf")
CALL(statfs, "statfs", "const char *pathname, struct statfs *buf")
CALL(statfs64, "statfs64", "const char *pathname, size_t sz, struct statfs64 *buf")
CALL(statx, "statx",
     "int dfd, const char *filename, unsigned flags, unsigned int mask, struct statx *buffer")
CALL(stime, "stime32", "old_time32_t *tptr")
CALL(swapoff, "swapoff", "const char *specialfile")
CALL(swapon, "swapon", "const char *specialfile, int swap_flags")
CALL(symlink, "symlink", "const char *oldname, const char *newname")
CALL(symlinkat, "symlinkat", "const char *oldname, int newdfd, const char *newname")
CALL(sync, "sync", "")
CALL(sync_file_range, "ia32_sync_file_range",
     "int fd, unsigned int off_low, unsigned int off_hi, unsigned int n_low, unsigned int n_hi, "
     "int flags")
CALL(syncfs, "syncfs", "int fd")
CALL(sysinfo, "sysinfo", "struct sysinfo *info")
CALL(syslog, "syslog", "int type, char *buf, int len")
CALL(tgkill, "tgkill", "pid_t tgid, pid_t pid, int sig")
CALL(time, "time32", "old_time32_t *tloc")
CALL(times, "times", "struct tms *tbuf")
CALL(tkill, "tkill", "pid_t pid, int sig")
CALL(truncate, "truncate", "const char *path, long length")
CALL(truncate64, "ia32_truncate64",
     "const char *filename, unsigned long offset_low, unsigned long offset_high")
CALL(ugetrlimit, "getrlimit", "unsigned int resource, struct rlimit *rlim")
CALL(umask, "umask", "int mask")
CALL(umount, "oldumount", "char *name")
CALL(umount2, "umount", "char *name, int flags")
CALL(uname, "newuname", "struct new_utsname *name")
CALL(unlink, "unlink", "const char *pathname")
CALL(unlinkat, "unlinkat", "int dfd, const char *pathname, int flag")
CALL(userfaultfd, "userfaultfd", "int flags")
CALL(utime, "utime32", "const char *filename, struct old_utimbuf32 *t")
CALL(utimensat, "utimensat_time32",
     "unsigned int dfd, const char *filename, struct old_timespec32 *t, int flags")
CALL(utimensat_time64, "utimensat",
     "int dfd, const char *filename, struct __kernel_timespec *utimes, int flags")
CALL(utimes, "utimes_time32", "const char *filename, struct old_timeval32 *t")
CALL(vfork, "vfork", "")
CALL(vhangup, "vhangup", "")
CALL(wait4, "wait4", "pid_t upid, int *stat_addr, int options, struct rusage *ru")
CALL(waitid, "waitid",
     "int which, pid_t upid, struct siginfo *infop, int options, struct rusage *ru")
CALL(waitpid, "waitpid", "pid_t pid, int *stat_addr, int options")
CALL(write, "write", "unsigned int fd, const char *buf, size_t count")
CALL(writev, "writev", "unsigned long fd, const struct iovec *vec, unsigned long vlen")
