/*
 * What the random system calls of fuzz.c are made of: random numbers, arguments that are right,
 * nearly right or nonsense, and the table of calls with the kinds of their arguments.
 */
#ifndef TESTS_GUEST_FUZZ_CALLS_H
#define TESTS_GUEST_FUZZ_CALLS_H

#include "check.h"
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define PAGE	       4096UL
#define NR_CALLS_KNOWN 451
#define MAX_FORKS      6
#define KERNEL_START   0xc0000000UL
#define SCRATCH_WORDS  64

/* ---- random numbers ---- */

static uint64_t random_state;

static uint32_t rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16);
}

static uint32_t below(uint32_t n)
{
	return rnd() % n;
}

static void seed_random(uint32_t seed, uint32_t burst)
{
	int i;

	random_state = 0x9e3779b97f4a7c15ULL * (seed + 1) ^ 0xbf58476d1ce4e5b9ULL * (burst + 1);
	for (i = 0; i < 8; i++)
		rnd();
}

/* ---- what arguments are made of ---- */

/* Pages: 0-3 read and write, 4 read only, 5 nothing allowed, 6-7 read and write, 8 not mapped. */
static unsigned char *arena;
#define ARENA_PAGES 9

/* Also the processes that a burst forks count here. */
static struct shared {
	int forks;
	pid_t children[MAX_FORKS];
} * shared;

static const char *const own_paths[] = {"a", "b", "d",	    "d/x",	"d/y",
					"l", "f", "d/../a", "d/none/x", ""};
static const char *const other_paths[] = {
	"/",
	"/proc/self/maps",
	"/proc/self/status",
	"/proc/self/mem",
	"/dev/null",
	"/dev/zero",
	"/dev/full",
	"/proc/self/fd",
	"/proc/meminfo",
	"/proc/self/exe",
	"/proc/stat",
	"/proc/self/environ",
	"/dev",
	"/proc",
	"/tmp",
	"/dev/urandom",
	"/none/x",
	"/proc/self/pagemap",
	"/bin",
	"/proc/self/fd/1",
	"/proc/self/auxv",
	"/proc/1/maps",
	"/proc/self/cwd",
	"/proc/slabinfo",
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char long_path[5000];

static uint32_t small_number(void)
{
	static const uint32_t numbers[] = {
		0,	    1,		2,	    3,		4,	    7,		8,
		16,	    64,		100,	    255,	256,	    4095,	4096,
		4097,	    8192,	65535,	    65536,	1 << 20,    0x7fffffff, 0x80000000,
		0xffffffff, 0xfffff000, 0xfffffffe, 0xfffff001, 0xffffe000, 0xfffffff8};

	return numbers[below(COUNT(numbers))];
}

static uint32_t any_pointer(void)
{
	static const uint32_t places[] = {
		0,	    8,		0xbffff000, KERNEL_START - 2, KERNEL_START, 0xc0100000,
		0xf8000000, 0xffffe000, 0xffffffff, 0xfffff000,	      0xfffff001};

	switch (below(8)) {
	case 0:
		return places[below(COUNT(places))];
	case 1: /* about to leave its page */
		return (uint32_t)arena + (1 + below(ARENA_PAGES)) * PAGE - (1 + below(24));
	case 2:
		return (uint32_t)arena + below(ARENA_PAGES) * PAGE;
	default:
		return (uint32_t)arena + below(4 * PAGE);
	}
}

static uint32_t any_fd(void)
{
	return below(8) ? 3 + below(14) : small_number();
}

static uint32_t any_pid(void)
{
	static const uint32_t none[] = {0x7fffffff, 0x80000000, 32000, 0x12345};

	switch (below(4)) {
	case 0:
		return none[below(COUNT(none))];
	case 1:
		return shared->forks > 0 ? (uint32_t)shared->children[below(MAX_FORKS)] : 0;
	case 2:
		return (uint32_t)syscall(SYS_getpid);
	default:
		return 0;
	}
}

static uint32_t any_number(void)
{
	switch (below(6)) {
	case 0:
		return rnd();
	case 1:
		return 1U << below(32);
	case 2:
		return any_fd();
	case 3:
		return any_pointer();
	default:
		return small_number();
	}
}

static uint32_t own_path(void)
{
	return (uint32_t)own_paths[below(COUNT(own_paths))];
}

static uint32_t any_path(void)
{
	switch (below(16)) {
	case 0:
		return (uint32_t)long_path;
	case 1:
		return any_pointer();
	case 2:
	case 3:
	case 4:
	case 5:
		return (uint32_t)other_paths[below(COUNT(other_paths))];
	default:
		return own_path();
	}
}

/* Something that could be a structure: words that could be pointers, lengths, descriptors or times.
 */
static uint32_t scratch_structure(void)
{
	uint32_t *words = (uint32_t *)(arena + PAGE * below(3) + 4 * below(512));
	int i;

	for (i = 0; i < SCRATCH_WORDS; i++)
		switch (below(5)) {
		case 0:
			words[i] = any_pointer();
			break;
		case 1:
			words[i] = any_fd();
			break;
		case 2:
			words[i] = below(300);
			break;
		default:
			words[i] = below(3) ? 0 : any_number();
			break;
		}
	return (uint32_t)words;
}

/* ---- the calls ---- */

/*
 * The kinds of arguments: f descriptor, p buffer, s any path, o a path of our own, n length, m
 * number, w a small number that chooses what to do, c and i the same for fcntl and ioctl, t
 * structure that is read, P process, S signal, a page of the arena, L length in pages, F flags, 0
 * always zero.
 */
struct call {
	int nr;
	const char *kinds;
};

#define C(NAME, KINDS)            \
	{                         \
		SYS_##NAME, KINDS \
	}
static const struct call calls[] = {
	C(read, "fpn"),
	C(write, "fpn"),
	C(munlockall, ""),
	C(mlockall, "w"),
	C(membarrier, "FF"),
	C(madvise, "aLw"),
	C(mprotect, "aLw"),
	C(mremap, "aLLwa"),
	C(open, "sFm"),
	C(open, "oFm"),
	C(close, "f"),
	C(waitpid, "Ppm"),
	C(creat, "om"),
	C(link, "oo"),
	C(unlink, "o"),
	C(execve, "ott"),
	C(chdir, "o"),
	C(time, "p"),
	C(mknod, "omm"),
	C(chmod, "om"),
	C(lchown, "omm"),
	C(lseek, "fnw"),
	C(utime, "ot"),
	C(access, "sm"),
	C(nice, "m"),
	C(kill, "PS"),
	C(rename, "oo"),
	C(mkdir, "om"),
	C(rmdir, "o"),
	C(dup, "f"),
	C(pipe, "p"),
	C(times, "p"),
	C(brk, "a"),
	C(signal, "Sp"),
	C(ioctl, "fit"),
	C(fcntl, "fcm"),
	C(setpgid, "PP"),
	C(olduname, "p"),
	C(umask, "m"),
	C(dup2, "ff"),
	C(sigaction, "Stp"),
	C(setrlimit, "wt"),
	C(getrusage, "wp"),
	C(gettimeofday, "pp"),
	C(getgroups, "np"),
	C(setgroups, "nt"),
	C(select, "t"),
	C(symlink, "so"),
	C(readlink, "spn"),
	C(mmap, "t"),
	C(munmap, "aL"),
	C(truncate, "on"),
	C(ftruncate, "fn"),
	C(fchmod, "fm"),
	C(fchown, "fmm"),
	C(getpriority, "wP"),
	C(statfs, "sp"),
	C(fstatfs, "fp"),
	C(setitimer, "wtp"),
	C(getitimer, "wp"),
	C(stat, "sp"),
	C(lstat, "sp"),
	C(fstat, "fp"),
	C(wait4, "PpFp"),
	C(sysinfo, "p"),
	C(fsync, "f"),
	C(sigreturn, ""),
	C(clone, "F0ppt"),
	C(uname, "p"),
	C(mprotect, "aLF"),
	C(sigprocmask, "wtp"),
	C(getpgid, "P"),
	C(fchdir, "f"),
	C(personality, "m"),
	C(_llseek, "fnnpw"),
	C(getdents, "fpn"),
	C(_newselect, "nttttt"),
	C(flock, "fw"),
	C(msync, "aLF"),
	C(readv, "ftn"),
	C(writev, "ftn"),
	C(getsid, "P"),
	C(fdatasync, "f"),
	C(mlock, "aL"),
	C(munlock, "aL"),
	C(nanosleep, "tp"),
	C(mremap, "aLLFa"),
	C(poll, "tnn"),
	C(prctl, "wmmmm"),
	C(rt_sigaction, "Stp8"),
	C(rt_sigprocmask, "wtp8"),
	C(rt_sigpending, "pm"),
	C(rt_sigtimedwait, "tpt8"),
	C(rt_sigqueueinfo, "PSt"),
	C(rt_sigsuspend, "t8"),
	C(pread64, "fpnnn"),
	C(pwrite64, "fpnnn"),
	C(chown, "omm"),
	C(getcwd, "pn"),
	C(capget, "tp"),
	C(capset, "tt"),
	C(sigaltstack, "tp"),
	C(sendfile, "ffpn"),
	C(vfork, ""),
	C(ugetrlimit, "wp"),
	C(mmap2, "aLFFfn"),
	C(mmap2, "aLFFfn"),
	C(mmap2, "aLFFfn"),
	C(truncate64, "onn"),
	C(ftruncate64, "fnn"),
	C(stat64, "sp"),
	C(lstat64, "sp"),
	C(fstat64, "fp"),
	C(fork, ""),
	C(fork, ""),
	C(setreuid32, "mm"),
	C(setgroups32, "nt"),
	C(getresuid32, "ppp"),
	C(setresuid32, "mmm"),
	C(mincore, "aLp"),
	C(madvise, "aLw"),
	C(getdents64, "fpn"),
	C(fcntl64, "fct"),
	C(gettid, ""),
	C(readahead, "fnnn"),
	C(tkill, "PS"),
	C(sendfile64, "ffpn"),
	C(futex, "twmttm"),
	C(sched_setaffinity, "Pnt"),
	C(sched_getaffinity, "Pnp"),
	C(set_thread_area, "t"),
	C(get_thread_area, "t"),
	C(exit_group, "m"),
	C(exit, "m"),
	C(set_tid_address, "p"),
	C(remap_file_pages, "aLmnF"),
	C(clock_gettime, "wp"),
	C(clock_nanosleep, "wwtp"),
	C(statfs64, "snp"),
	C(fstatfs64, "fnp"),
	C(tgkill, "PPS"),
	C(utimes, "ot"),
	C(fadvise64_64, "fnnnnw"),
	C(waitid, "wPpFp"),
	C(openat, "fsFm"),
	C(openat, "foFm"),
	C(mkdirat, "fom"),
	C(mknodat, "fomm"),
	C(fchownat, "fommF"),
	C(fstatat64, "fspF"),
	C(unlinkat, "foF"),
	C(renameat, "fofo"),
	C(linkat, "fofoF"),
	C(symlinkat, "sfo"),
	C(readlinkat, "fspn"),
	C(fchmodat, "fom"),
	C(faccessat, "fsm"),
	C(pselect6, "nttttt"),
	C(ppoll, "tntt8"),
	C(set_robust_list, "tn"),
	C(get_robust_list, "Ppp"),
	C(splice, "fpfpnF"),
	C(tee, "ffnF"),
	C(getcpu, "ppp"),
	C(utimensat, "fotF"),
	C(fallocate, "fwnnnn"),
	C(dup3, "ffF"),
	C(pipe2, "pF"),
	C(preadv, "ftnnn"),
	C(pwritev, "ftnnn"),
	C(rt_tgsigqueueinfo, "PPSt"),
	C(prlimit64, "Pwtp"),
	C(process_vm_readv, "Ptntnm"),
	C(process_vm_writev, "Ptntnm"),
	C(renameat2, "fofoF"),
	C(getrandom, "pnF"),
	C(memfd_create, "sF"),
	C(mlock2, "aLF"),
	C(copy_file_range, "fpfpnF"),
	C(preadv2, "ftnnnF"),
	C(pwritev2, "ftnnnF"),
	C(statx, "fsFmp"),
	C(clone3, "tn"),
	C(close_range, "mmF"),
	C(faccessat2, "fsmF"),
	C(rt_sigreturn, ""),
	C(restart_syscall, ""),
	C(eventfd2, "mF"),
	C(epoll_create1, "F"),
	C(timerfd_create, "mF"),
	C(inotify_init1, "F"),
	C(socketpair, "mmmp"),
	C(shmget, "mnF"),
	C(ipc, "mmmmtm"),
};

/* Those that any random number may not be. */
static const int forbidden[] = {
	SYS_reboot,
	SYS_settimeofday,
	SYS_stime,
	SYS_clock_settime,
	SYS_clock_settime64,
	SYS_adjtimex,
	SYS_clock_adjtime,
	SYS_clock_adjtime64,
	SYS_mount,
	SYS_umount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_swapon,
	SYS_swapoff,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_iopl,
	SYS_ioperm,
	SYS_vm86,
	SYS_vm86old,
	SYS_ptrace,
	SYS_init_module,
	SYS_delete_module,
	SYS_finit_module,
	SYS_kexec_load,
	SYS_syslog,
	SYS_sched_setscheduler,
	SYS_sched_setparam,
	SYS_sched_setattr,
	SYS_acct,
	SYS_quotactl,
	SYS_kill,
	SYS_tkill,
	SYS_tgkill,
	SYS_rt_sigqueueinfo,
	SYS_rt_tgsigqueueinfo,
	SYS_vhangup,
	SYS_setpriority,
	SYS_ioprio_set,
	SYS_unlink,
	SYS_unlinkat,
	SYS_rmdir,
	SYS_rename,
	SYS_renameat,
	SYS_renameat2,
	SYS_chroot,
	SYS_move_mount,
	SYS_fsopen,
	SYS_open_tree,
	SYS_pidfd_send_signal,
	SYS_chdir,
	SYS_fork,
	SYS_vfork,
	SYS_clone,
	SYS_clone3,
	SYS_bpf,
	SYS_prlimit64,
	SYS_unshare,
	SYS_setns,
	SYS_keyctl,
	SYS_process_vm_writev,
	SYS_link,
	SYS_linkat,
	SYS_symlink,
	SYS_symlinkat,
	SYS_mknod,
	SYS_mknodat,
	SYS_truncate,
	SYS_truncate64,
	SYS_chmod,
	SYS_fchmodat,
	SYS_mkdir,
	SYS_mkdirat,
	SYS_execve,
	SYS_execveat,
	SYS_migrate_pages,
	SYS_move_pages,
	SYS_sched_setaffinity,
};

static int is_forbidden(int nr)
{
	unsigned int i;

	for (i = 0; i < COUNT(forbidden); i++)
		if (forbidden[i] == nr)
			return 1;
	return 0;
}

static uint32_t argument(char kind)
{
	if (kind != 'o' && kind != 'P' && kind != '0' && below(24) == 0)
		return any_number();
	switch (kind) {
	case '0':
		return 0;
	case '8':
		return 8;
	case 'f':
		return any_fd();
	case 'p':
		return any_pointer();
	case 's':
		return any_path();
	case 'o':
		return own_path();
	case 't':
		return below(6) ? scratch_structure() : any_pointer();
	case 'n':
		return below(3) ? below(10000) : small_number();
	case 'P':
		return any_pid();
	case 'S':
		return below(70);
	case 'a':
		return below(3)	  ? (uint32_t)arena + PAGE * below(ARENA_PAGES)
		       : below(2) ? 0
				  : any_number() & ~(PAGE - 1);
	case 'L':
		return below(8) ? PAGE * below(4) : small_number();
	case 'w':
		return below(16) ? below(40) : any_number();
	case 'c':
		return below(3) ? below(17) : 1024 + below(16);
	case 'i':
		return below(4) ? 0x5400 + below(0x60) : any_number();
	case 'F':
		return below(4) ? below(64) : below(2) ? 1U << below(32) : rnd();
	default:
		return any_number();
	}
}

static long raw_call(uint32_t nr, const uint32_t *a)
{
	long result;

	/* ebp is an argument too, so all of them come from memory that eax points at */
	__asm__ volatile("push %%ebp\n push %%ebx\n"
			 "mov 4(%%eax), %%ebx\n mov 8(%%eax), %%ecx\n mov 12(%%eax), %%edx\n"
			 "mov 16(%%eax), %%esi\n mov 20(%%eax), %%edi\n mov 24(%%eax), %%ebp\n"
			 "mov (%%eax), %%eax\n int $0x80\n pop %%ebx\n pop %%ebp\n"
			 : "=a"(result)
			 : "a"((uint32_t[]){nr, a[0], a[1], a[2], a[3], a[4], a[5]})
			 : "ecx", "edx", "esi", "edi", "memory");
	return result;
}

#endif
