/*
 * The contents of /proc/sys: the kernel's variables, and the actions when some of them change.
 */
#include "kernel/fs/writeback.h"
#include "kernel/fs/proc/sysctl.h"
#include "mm/phys/vmstat.h"
#include "kernel/signal/signal.h"
#include "kernel/core/printk.h"
#include "kernel/core/random.h"
#include "kernel/core/utsname.h"
#include "kernel/cred/cred.h"
#include "kernel/fs/lease.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/proc/internal.h"
#include "kernel/fs/userfaultfd.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/util.h"
#include "kernel/sched/rlimit.h"
#include "kernel/signal/coredump.h"
#include "libc/include/bits/format.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/cache/shrinker.h"
#include "mm/hugetlb.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/gfp.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/oom.h"
#include "mm/phys/page_alloc.h"
#include "mm/phys/slab.h"
#include "mm/reclaim/reclaim.h"
#include "mm/shmem.h"
#include "mm/swap/swap.h"
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mman.h>

#define INT_MAX	 0x7fffffffL
#define LONG_MAX __LONG_MAX__

#define SYSCTL_DIR(NAME, TABLE)                                           \
	{                                                                 \
		.name = (NAME), .mode = S_IFDIR | 0555, .child = (TABLE), \
		.nr_child = ARRAY_SIZE(TABLE)                             \
	}
#define SYSCTL(NAME, MODE, HANDLER, DATA)                                                       \
	{                                                                                       \
		.name = (NAME), .mode = S_IFREG | (MODE), .handler = (HANDLER), .data = (DATA), \
		.count = 1                                                                      \
	}
#define SYSCTL_RANGE(NAME, MODE, HANDLER, DATA, MIN, MAX)                                       \
	{                                                                                       \
		.name = (NAME), .mode = S_IFREG | (MODE), .handler = (HANDLER), .data = (DATA), \
		.count = 1, .min = (MIN), .max = (MAX)                                          \
	}
#define SYSCTL_VECTOR(NAME, MODE, HANDLER, DATA)                                                \
	{                                                                                       \
		.name = (NAME), .mode = S_IFREG | (MODE), .handler = (HANDLER), .data = (DATA), \
		.count = ARRAY_SIZE(DATA)                                                       \
	}
#define SYSCTL_STRING(NAME, MODE, DATA)                                             \
	{                                                                           \
		.name = (NAME), .mode = S_IFREG | (MODE), .handler = proc_dostring, \
		.data = (DATA), .count = sizeof(DATA)                               \
	}

/* ---- kernel ---- */

static int printk_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			  loff_t *ppos)
{
	int levels[] = {console_loglevel, default_message_loglevel, minimum_console_loglevel,
			default_console_loglevel};
	const struct ctl_table copy = {.data = levels, .count = ARRAY_SIZE(levels)};
	int err;

	if (write && !capable())
		return -EPERM;
	err = proc_dointvec(&copy, write, buf, lenp, ppos);
	if (write) {
		console_loglevel = levels[0];
		default_message_loglevel = levels[1];
		minimum_console_loglevel = levels[2];
		default_console_loglevel = levels[3];
	}
	return err;
}

#define UUID_BYTES	    16
#define UUID_STRING_SIZE    37
#define UUID_VERSION_BYTE   6
#define UUID_VERSION_RANDOM 0x40
#define UUID_VARIANT_BYTE   8
#define UUID_VARIANT	    0x80

/* A random UUID (RFC 4122, version 4) as text. */
static void make_uuid(char *text)
{
	u8 uuid[UUID_BYTES];

	get_random_bytes(uuid, sizeof(uuid));
	uuid[UUID_VERSION_BYTE] = (uuid[UUID_VERSION_BYTE] & 0x0f) | UUID_VERSION_RANDOM;
	uuid[UUID_VARIANT_BYTE] = (uuid[UUID_VARIANT_BYTE] & 0x3f) | UUID_VARIANT;
	for (unsigned int i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		text += snprintf(text, 3, "%02x", uuid[i]);
	}
}

static char boot_id[UUID_STRING_SIZE]; /* made when it is first asked for */

/* With data: the UUID kept there; else a new one each time. */
static int uuid_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			loff_t *ppos)
{
	char fresh[UUID_STRING_SIZE] = "";
	char *text = t->data ? t->data : fresh;
	const struct ctl_table copy = {.data = text, .count = UUID_STRING_SIZE};

	if (!*text)
		make_uuid(text);
	return proc_dostring(&copy, write, buf, lenp, ppos);
}

static const struct ctl_table random_table[] = {
	{.name = "boot_id", .mode = S_IFREG | 0444, .data = boot_id, .handler = uuid_handler},
	{.name = "uuid", .mode = S_IFREG | 0444, .handler = uuid_handler},
};

/* Both together must make sense; what does not changes nothing. */
static int sched_rt_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			    loff_t *ppos)
{
	int period = sysctl_sched_rt_period, runtime = sysctl_sched_rt_runtime;
	int err = proc_dointvec(t, write, buf, lenp, ppos);

	if (!err && write &&
	    (sysctl_sched_rt_period <= 0 || sysctl_sched_rt_runtime < -1 ||
	     sysctl_sched_rt_runtime > sysctl_sched_rt_period))
		err = -EINVAL;
	if (err) {
		sysctl_sched_rt_period = period;
		sysctl_sched_rt_runtime = runtime;
	}
	return err;
}

/* Kept in ticks; nothing or less brings the default back. */
static int sched_rr_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			    loff_t *ppos)
{
	const u64 tick_ms = MSEC_PER_SEC / HZ;
	int err = proc_dointvec(t, write, buf, lenp, ppos);

	if (err || !write)
		return err;
	if (sysctl_sched_rr_timeslice_ms <= 0)
		sysctl_sched_rr_timeslice_ms = RR_TIMESLICE_MS;
	sched_rr_timeslice = div_u64(sysctl_sched_rr_timeslice_ms + tick_ms - 1, tick_ms);
	return 0;
}

/* A process that may not read the log must not be able to permit it to itself. */
static int dmesg_restrict_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				  loff_t *ppos)
{
	if (write && !capable())
		return -EPERM;
	return proc_dointvec_minmax(t, write, buf, lenp, ppos);
}

/* The last of the four, semmni, has bounds. */
static int sem_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp, loff_t *ppos)
{
	int semmni = sem_ctls[SEM_CTLS - 1];
	int err = proc_dointvec(t, write, buf, lenp, ppos);

	if (!err && write && (sem_ctls[SEM_CTLS - 1] < 0 || sem_ctls[SEM_CTLS - 1] > IPCMNI))
		err = -ERANGE;
	if (err)
		sem_ctls[SEM_CTLS - 1] = semmni;
	return err;
}

static int shm_rmid_forced_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				   loff_t *ppos)
{
	int err = proc_dointvec_minmax(t, write, buf, lenp, ppos);

	if (!err && write && shm_rmid_forced)
		shm_destroy_orphaned();
	return err;
}

#define PID_MAX_MIN 301 /* Linux: reserved pids and one */

/* Kept for old programs, without effect. */
static int auto_msgmni_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			       loff_t *ppos)
{
	int dummy = 0;
	const struct ctl_table copy = {.data = &dummy, .count = 1, .min = 0, .max = 1};

	if (write)
		pr_info("sysctl: \"auto_msgmni\" has no effect\n");
	return proc_dointvec_minmax(&copy, write, buf, lenp, ppos);
}

/* For programs that restore what they saved: the id of the next object. */
#define SYSCTL_NEXT_ID(NAME, DATA)                                                              \
	{                                                                                       \
		.name = (NAME), .mode = S_IFREG | 0444, .data = (DATA), .count = 1, .min = 0,   \
		.max = INT_MAX, .handler = proc_dointvec_minmax, .cap = CAP_CHECKPOINT_RESTORE, \
	}

static int cap_last_cap = CAP_LAST_CAP;
static int ngroups_max = NGROUPS_MAX;

static const struct ctl_table kern_table[] = {
	SYSCTL("auto_msgmni", 0644, auto_msgmni_handler, NULL),
	SYSCTL("cap_last_cap", 0444, proc_dointvec, &cap_last_cap),
	SYSCTL_STRING("core_pattern", 0644, core_pattern),
	SYSCTL("core_uses_pid", 0644, proc_dointvec, &core_uses_pid),
	SYSCTL_RANGE("dmesg_restrict", 0644, dmesg_restrict_handler, &dmesg_restrict, 0, 1),
	SYSCTL_STRING("domainname", 0644, init_utsname.domainname),
	SYSCTL_STRING("hostname", 0644, init_utsname.nodename),
	SYSCTL_NEXT_ID("msg_next_id", &msg_ids.next_id),
	SYSCTL_RANGE("msgmax", 0644, proc_dointvec_minmax, &msg_ctlmax, 0, INT_MAX),
	SYSCTL_RANGE("msgmnb", 0644, proc_dointvec_minmax, &msg_ctlmnb, 0, INT_MAX),
	SYSCTL_RANGE("msgmni", 0644, proc_dointvec_minmax, &msg_ctlmni, 0, IPCMNI),
	SYSCTL("ngroups_max", 0444, proc_dointvec, &ngroups_max),
	SYSCTL_STRING("osrelease", 0444, init_utsname.release),
	SYSCTL_STRING("ostype", 0444, init_utsname.sysname),
	SYSCTL_RANGE("pid_max", 0644, proc_dointvec_minmax, &pid_max, PID_MAX_MIN, PID_MAX_LIMIT),
	SYSCTL("printk", 0644, printk_handler, NULL),
	SYSCTL_DIR("random", random_table),
	SYSCTL("randomize_va_space", 0644, proc_dointvec, &randomize_va_space),
	SYSCTL("sched_rr_timeslice_ms", 0644, sched_rr_handler, &sysctl_sched_rr_timeslice_ms),
	SYSCTL("sched_rt_period_us", 0644, sched_rt_handler, &sysctl_sched_rt_period),
	SYSCTL("sched_rt_runtime_us", 0644, sched_rt_handler, &sysctl_sched_rt_runtime),
	SYSCTL_VECTOR("sem", 0644, sem_handler, sem_ctls),
	SYSCTL_NEXT_ID("sem_next_id", &sem_ids.next_id),
	SYSCTL_NEXT_ID("shm_next_id", &shm_ids.next_id),
	SYSCTL_RANGE("shm_rmid_forced", 0644, shm_rmid_forced_handler, &shm_rmid_forced, 0, 1),
	SYSCTL("shmall", 0644, proc_doulongvec, &shm_ctlall),
	SYSCTL("shmmax", 0644, proc_doulongvec, &shm_ctlmax),
	SYSCTL_RANGE("shmmni", 0644, proc_dointvec_minmax, &shm_ctlmni, 0, IPCMNI),
	SYSCTL_RANGE("threads-max", 0644, proc_dointvec_minmax, &max_threads, 1, MAX_THREADS),
	SYSCTL_STRING("version", 0444, init_utsname.version),
};

/* ---- vm ---- */

#define SWAPPINESS_MAX	 200
#define PAGE_CLUSTER_MAX 31

static int drop_caches_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			       loff_t *ppos)
{
	enum {
		DROP_PAGES = 1,
		DROP_OBJECTS = 2
	};
	int what = *(int *)t->data;
	int err = proc_dointvec_minmax(t, write, buf, lenp, ppos);

	if (err || !write)
		return err;
	what = *(int *)t->data;
	if (what & DROP_PAGES) {
		drop_page_cache();
		count_vm_event(DROP_PAGECACHE);
	}
	if (what & DROP_OBJECTS) {
		drop_dcache_and_icache();
		shrink_slab(GFP_KERNEL, 0); /* what is no cache of files */
		kmem_cache_shrink_all();
		count_vm_event(DROP_SLAB);
	}
	drain_all_stocks();
	return 0;
}

static int min_free_kbytes_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				   loff_t *ppos)
{
	int err = proc_dointvec_minmax(t, write, buf, lenp, ppos);

	if (!err && write)
		setup_per_zone_wmarks();
	return err;
}

/* The limit is either a share of memory or a number: setting one forgets the other. */
static int overcommit_ratio_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				    loff_t *ppos)
{
	int err = proc_dointvec(t, write, buf, lenp, ppos);

	if (!err && write)
		sysctl_overcommit_kbytes = 0;
	return err;
}

static int overcommit_kbytes_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				     loff_t *ppos)
{
	int err = proc_doulongvec(t, write, buf, lenp, ppos);

	if (!err && write)
		sysctl_overcommit_ratio = 0;
	return err;
}

static int mmap_min_addr_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				 loff_t *ppos)
{
	if (write && !has_cap(CAP_SYS_RAWIO))
		return -EPERM;
	return proc_doulongvec(t, write, buf, lenp, ppos);
}

/* Whatever is written. */
static int compact_memory_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				  loff_t *ppos)
{
	if (write)
		compact_memory();
	return 0;
}

/* Of the two that limit dirty pages, a share of memory and a number of bytes, the one that was set
   last counts. */
static int dirty_share_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			       loff_t *ppos)
{
	int err = proc_dointvec_minmax(t, write, buf, lenp, ppos);

	if (!err && write)
		*(t->data == &vm_dirty_ratio ? &vm_dirty_bytes : &dirty_background_bytes) = 0;
	return err;
}

static int dirty_bytes_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			       loff_t *ppos)
{
	int err = proc_doulongvec_minmax(t, write, buf, lenp, ppos);

	if (!err && write)
		*(t->data == &vm_dirty_bytes ? &vm_dirty_ratio : &dirty_background_ratio) = 0;
	return err;
}

/* The flusher sleeps by the interval: it is to learn of a new one. */
static int dirty_writeback_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				   loff_t *ppos)
{
	int err = proc_dointvec(t, write, buf, lenp, ppos);

	if (!err && write)
		wakeup_flusher_timer();
	return err;
}

/* Folds each processor's counters into the whole at once; here they are one. */
static int stat_refresh_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				loff_t *ppos)
{
	if (!write)
		*lenp = 0;
	return 0;
}

static int drop_caches_value;
/* Seconds between two foldings of each processor's counters into the whole; here they are one. */
static int stat_interval = 1;
#define STAT_INTERVAL_MAX (INT_MAX / 250) /* in Linux it must fit in ticks of 4 ms, too */

#if MAPIX_HWPOISON
#	define MEMORY_FAILURE                                                              \
		SYSCTL_RANGE("memory_failure_early_kill", 0644, proc_dointvec_minmax,       \
			     &sysctl_memory_failure_early_kill, 0, 1),                      \
			SYSCTL_RANGE("memory_failure_recovery", 0644, proc_dointvec_minmax, \
				     &sysctl_memory_failure_recovery, 0, 1),
#else
#	define MEMORY_FAILURE
#endif

/* The size of the pool that root wants; surplus pages do not count. */
static int nr_hugepages_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				loff_t *ppos)
{
	unsigned long pages = default_hstate.max_huge_pages;
	const struct ctl_table copy = {.data = &pages, .count = 1};
	int err = proc_doulongvec(&copy, write, buf, lenp, ppos);

	if (!err && write)
		set_max_huge_pages(pages);
	return err;
}

static const struct ctl_table vm_table[] = {
	SYSCTL("admin_reserve_kbytes", 0644, proc_doulongvec, &sysctl_admin_reserve_kbytes),
	SYSCTL("compact_memory", 0200, compact_memory_handler, NULL),
	SYSCTL_RANGE("dirty_background_bytes", 0644, dirty_bytes_handler, &dirty_background_bytes,
		     1, LONG_MAX),
	SYSCTL_RANGE("dirty_background_ratio", 0644, dirty_share_handler, &dirty_background_ratio,
		     0, 100),
	SYSCTL_RANGE("dirty_bytes", 0644, dirty_bytes_handler, &vm_dirty_bytes, 2 * PAGE_SIZE,
		     LONG_MAX),
	SYSCTL_RANGE("dirty_expire_centisecs", 0644, proc_dointvec_minmax, &dirty_expire_interval,
		     0, INT_MAX),
	SYSCTL_RANGE("dirty_ratio", 0644, dirty_share_handler, &vm_dirty_ratio, 0, 100),
	SYSCTL("dirty_writeback_centisecs", 0644, dirty_writeback_handler,
	       &dirty_writeback_interval),
	SYSCTL_RANGE("drop_caches", 0200, drop_caches_handler, &drop_caches_value, 1, 4),
	SYSCTL("hugetlb_shm_group", 0644, proc_dointvec, &sysctl_hugetlb_shm_group),
	SYSCTL_RANGE("legacy_va_layout", 0644, proc_dointvec_minmax, &sysctl_legacy_va_layout, 0,
		     INT_MAX),
	SYSCTL_RANGE("max_map_count", 0644, proc_dointvec_minmax, &sysctl_max_map_count, 0,
		     INT_MAX),
	MEMORY_FAILURE SYSCTL_RANGE("min_free_kbytes", 0644, min_free_kbytes_handler,
				    &min_free_kbytes, 0, INT_MAX),
	SYSCTL("mmap_min_addr", 0644, mmap_min_addr_handler, &mmap_min_addr),
	SYSCTL("nr_hugepages", 0644, nr_hugepages_handler, NULL),
	SYSCTL("nr_overcommit_hugepages", 0644, proc_doulongvec,
	       &default_hstate.nr_overcommit_huge_pages),
	SYSCTL("oom_dump_tasks", 0644, proc_dointvec, &sysctl_oom_dump_tasks),
	SYSCTL("oom_kill_allocating_task", 0644, proc_dointvec, &sysctl_oom_kill_allocating_task),
	SYSCTL("overcommit_kbytes", 0644, overcommit_kbytes_handler, &sysctl_overcommit_kbytes),
	SYSCTL_RANGE("overcommit_memory", 0644, proc_dointvec_minmax, &sysctl_overcommit_memory,
		     OVERCOMMIT_GUESS, OVERCOMMIT_NEVER),
	SYSCTL("overcommit_ratio", 0644, overcommit_ratio_handler, &sysctl_overcommit_ratio),
	SYSCTL_RANGE("page-cluster", 0644, proc_dointvec_minmax, &page_cluster, 0,
		     PAGE_CLUSTER_MAX),
	SYSCTL_RANGE("panic_on_oom", 0644, proc_dointvec_minmax, &sysctl_panic_on_oom, 0, 2),
	SYSCTL_RANGE("stat_interval", 0644, proc_dointvec_minmax, &stat_interval,
		     -STAT_INTERVAL_MAX, STAT_INTERVAL_MAX),
	SYSCTL("stat_refresh", 0600, stat_refresh_handler, NULL),
	SYSCTL_RANGE("swappiness", 0644, proc_dointvec_minmax, &vm_swappiness, 0, SWAPPINESS_MAX),
	SYSCTL_RANGE("unprivileged_userfaultfd", 0644, proc_dointvec_minmax,
		     &sysctl_unprivileged_userfaultfd, 0, 1),
	SYSCTL("user_reserve_kbytes", 0644, proc_doulongvec, &sysctl_user_reserve_kbytes),
	SYSCTL_RANGE("vfs_cache_pressure", 0644, proc_dointvec_minmax, &sysctl_vfs_cache_pressure,
		     0, INT_MAX),
};

/* ---- fs ---- */

#define DENTRY_AGE_LIMIT 45 /* Linux's, and as there without effect */

static int dentry_state_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				loff_t *ppos)
{
	unsigned long state[] = {
		dentry_stat.nr_dentry, dentry_stat.nr_unused, DENTRY_AGE_LIMIT, 0, 0, 0};
	const struct ctl_table copy = {.data = state, .count = ARRAY_SIZE(state)};

	return proc_doulongvec(&copy, write, buf, lenp, ppos);
}

static int inode_nr_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			    loff_t *ppos)
{
	unsigned long nr[] = {inodes_stat.nr_inodes, inodes_stat.nr_unused};
	const struct ctl_table copy = {.data = nr, .count = ARRAY_SIZE(nr)};

	return proc_doulongvec(&copy, write, buf, lenp, ppos);
}

/* Open files, none that are free and kept, and the limit. */
static int file_nr_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			   loff_t *ppos)
{
	unsigned long nr[] = {nr_open_files, 0, files_max};
	const struct ctl_table copy = {.data = nr, .count = ARRAY_SIZE(nr)};

	return proc_doulongvec(&copy, write, buf, lenp, ppos);
}

/* What is stored is the size that a pipe gets. */
static int pipe_max_size_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				 loff_t *ppos)
{
	unsigned long size = pipe_max_size;
	const struct ctl_table copy = {.data = &size, .count = 1};
	size_t len = *lenp;
	int err = proc_doulongvec(&copy, write, buf, lenp, ppos);

	if (write)
		*lenp = len; /* consume what follows the number too */

	if (err || !write)
		return err;
	if (!round_pipe_size(size))
		return -EINVAL;
	pipe_max_size = round_pipe_size(size);
	return 0;
}

#define NR_OPEN_MIN 32	       /* the descriptors of a word's bits */
#define NR_OPEN_MAX 0x3fffffe0 /* whose files' addresses fit into memory */

static const struct ctl_table fs_table[] = {
	SYSCTL("dentry-state", 0444, dentry_state_handler, NULL),
	SYSCTL_RANGE("file-max", 0644, proc_doulongvec_minmax, &files_max, 0, INT_MAX),
	SYSCTL("file-nr", 0444, file_nr_handler, NULL),
	SYSCTL("inode-nr", 0444, inode_nr_handler, NULL),
	SYSCTL_RANGE("nr_open", 0644, proc_dointvec_minmax, &sysctl_nr_open, NR_OPEN_MIN,
		     NR_OPEN_MAX),
	SYSCTL_RANGE("mount-max", 0644, proc_dointvec_minmax, &sysctl_mount_max, 1, INT_MAX),
	SYSCTL("pipe-max-size", 0644, pipe_max_size_handler, NULL),
	SYSCTL("pipe-user-pages-hard", 0644, proc_doulongvec, &pipe_user_pages_hard),
	SYSCTL("pipe-user-pages-soft", 0644, proc_doulongvec, &pipe_user_pages_soft),
	SYSCTL("lease-break-time", 0644, proc_dointvec, &lease_break_time),
	SYSCTL("leases-enable", 0644, proc_dointvec, &leases_enable),
	SYSCTL_RANGE("suid_dumpable", 0644, proc_dointvec_minmax, &suid_dumpable, SUID_DUMP_DISABLE,
		     SUID_DUMP_ROOT),
};

/* ---- debug ---- */

static int exception_trace_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
				   loff_t *ppos)
{
	int value = show_unhandled_signals;
	const struct ctl_table copy = {.data = &value, .count = 1};
	int err = proc_dointvec(&copy, write, buf, lenp, ppos);

	show_unhandled_signals = value;
	return err;
}

#if MAPIX_DEBUG
#	define FAULT_INJECTION                                                                   \
		SYSCTL("fail_page_alloc_after", 0644, proc_dointvec, &fail_page_alloc_after),     \
			SYSCTL("fail_slab_after", 0644, proc_dointvec, &fail_slab_after),         \
			SYSCTL("fail_swap_io_after", 0644, proc_dointvec, &fail_swap_io_after),   \
			SYSCTL_RANGE("sleep_yield", 0644, proc_dointvec_minmax, &sleep_yield, 0,  \
				     INT_MAX),                                                    \
			SYSCTL_RANGE("alloc_yield", 0644, proc_dointvec_minmax, &alloc_yield, 0,  \
				     INT_MAX),                                                    \
			SYSCTL_RANGE("alloc_reclaim", 0644, proc_dointvec_minmax, &alloc_reclaim, \
				     0, INT_MAX),                                                 \
			SYSCTL_RANGE("latency_warn_ms", 0644, proc_dointvec_minmax,               \
				     &latency_warn_ms, 0, INT_MAX),
#else
#	define FAULT_INJECTION
#endif
_Static_assert(sizeof(fail_page_alloc_after) == sizeof(int), "shown as an int");

static const struct ctl_table debug_table[] = {
	SYSCTL("exception-trace", 0644, exception_trace_handler, NULL), FAULT_INJECTION};

static const struct ctl_table root_table[] = {
	SYSCTL_DIR("debug", debug_table),
	SYSCTL_DIR("fs", fs_table),
	SYSCTL_DIR("kernel", kern_table),
	SYSCTL_DIR("vm", vm_table),
};

const struct ctl_table sysctl_root = SYSCTL_DIR("sys", root_table);
