/* System V shared memory: who may do what, limits, /proc/sys/kernel/shm*, and the old layouts. */
#include "maps.h"
#include "paging.h"
#include "sysvipc.h"
#include <sys/resource.h>

#define ANN  1000
#define BOB  1001
#define SIZE (4 * P)

static int new_segment(size_t size, int mode)
{
	int id = shm_get(IPC_PRIVATE, size, IPC_CREAT | mode);

	CHECK(id >= 0);
	return id;
}

static struct shmid_ds stat_segment(int id)
{
	struct shmid_ds ds;

	CHECK_EQ(shm_ctl(id, IPC_STAT, &ds), 0);
	return ds;
}

BOTH_TEST(permissions)
{
	int key = new_key(), id = shm_get(key, SIZE, IPC_CREAT | 0640);
	struct shmid_ds ds = stat_segment(id);

	need_root();
	ds.shm_perm.uid = ANN;
	ds.shm_perm.gid = BOB;
	CHECK_EQ(shm_ctl(id, IPC_SET, &ds), 0);
	AS_USER(ANN, {
		CHECK_EQ(shm_get(key, 0, 0600), id);
		CHECK_ERRNO(shm_get(key, 0, 0700), EACCES);
		CHECK(shm_at(id, NULL, 0) != (void *)-1);
		CHECK_ERRNO(shm_at(id, NULL, SHM_EXEC), EACCES);
		ds.shm_perm.mode = 0604;
		CHECK_EQ(shm_ctl(id, IPC_SET, &ds), 0);
		ds.shm_perm.mode = 0640;
		CHECK_EQ(shm_ctl(id, IPC_SET, &ds), 0);
	});
	AS_USER(BOB, {
		CHECK_EQ(shm_get(key, 0, 0400), id);
		CHECK_EQ(shm_get(key, 0, 0040), id);
		CHECK_ERRNO(shm_get(key, 0, 0600), EACCES);
		CHECK_ERRNO(shm_get(key, SIZE + 1, 0600), EINVAL);
		CHECK_ERRNO(shm_at(id, NULL, 0), EACCES);
		CHECK(shm_at(id, NULL, SHM_RDONLY) != (void *)-1);
		CHECK_EQ(shm_ctl(id, IPC_STAT, &ds), 0);
		CHECK_ERRNO(shm_ctl(id, IPC_SET, &ds), EPERM);
		CHECK_ERRNO(shm_ctl(id, IPC_RMID, NULL), EPERM);
		CHECK_ERRNO(shm_ctl(id, SHM_LOCK, NULL), EPERM);
		CHECK_ERRNO(shm_ctl(id, SHM_UNLOCK, NULL), EPERM);
	});
	AS_USER(BOB + 1, {
		CHECK_ERRNO(shm_ctl(id, IPC_STAT, &ds), EACCES);
		CHECK_ERRNO(shm_ctl(id & 32767, SHM_STAT, &ds), EACCES);
		CHECK_EQ(shm_ctl(id & 32767, 15, &ds), id);
		CHECK_ERRNO(shm_at(id, NULL, SHM_RDONLY), EACCES);
		CHECK_ERRNO(shm_get(key, 0, 04), EACCES);
		CHECK_EQ(shm_get(key, 0, 0), id);
		CHECK_ERRNO(shm_get(key, 0, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	});
	AS_USER(ANN, CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0));
}

BOTH_TEST(locking)
{
	const struct rlimit four = {4 * P, 4 * P}, none = {0, 0};
	int id, other;

	need_root();
	id = new_segment(SIZE, 0666);
	CHECK_EQ(shm_ctl(id, SHM_LOCK, NULL), 0);
	CHECK_EQ(stat_segment(id).shm_perm.mode, 02666);
	CHECK_EQ(shm_ctl(id, SHM_LOCK, NULL), 0);
	CHECK_EQ(shm_ctl(id, SHM_UNLOCK, NULL), 0);
	CHECK_EQ(shm_ctl(id, SHM_UNLOCK, NULL), 0);
	CHECK_EQ(stat_segment(id).shm_perm.mode, 0666);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
	CHECK_ERRNO(shm_ctl(id, SHM_LOCK, NULL), EINVAL);
	AS_USER(ANN, {
		CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &four), 0);
		id = new_segment(3 * P, 0600);
		other = new_segment(P + 1, 0600);
		CHECK_EQ(shm_ctl(id, SHM_LOCK, NULL), 0);
		CHECK_ERRNO(shm_ctl(other, SHM_LOCK, NULL), ENOMEM);
		CHECK_EQ(stat_segment(other).shm_perm.mode, 0600);
		CHECK_EQ(shm_ctl(id, SHM_UNLOCK, NULL), 0);
		CHECK_EQ(shm_ctl(other, SHM_LOCK, NULL), 0);
		CHECK_ERRNO(shm_ctl(id, SHM_LOCK, NULL), ENOMEM);
		CHECK_EQ(shm_ctl(other, IPC_RMID, NULL), 0);
		CHECK_EQ(shm_ctl(id, SHM_LOCK, NULL), 0);
		CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &none), 0);
		CHECK_ERRNO(shm_ctl(id, SHM_LOCK, NULL), EPERM);
		CHECK_EQ(shm_ctl(id, SHM_UNLOCK, NULL), 0);
		CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
	});
}

/* It is charged when it is made, unless SHM_NORESERVE is given. */
TEST(the_whole_segment_is_promised)
{
	char old_all[32];
	long long before;
	int id, other;

	need_root();
	strcpy(old_all, slurp("/proc/sys/kernel/shmall"));
	CHECK(set_sysctl("shmall", "4278190079") > 0);
	before = field(slurp("/proc/meminfo"), "Committed_AS:");
	id = new_segment(1024 * P, 0600);
	CHECK(field(slurp("/proc/meminfo"), "Committed_AS:") >= before + 4096);
	other = new_segment(1024 * P, SHM_NORESERVE | 0600);
	CHECK(field(slurp("/proc/meminfo"), "Committed_AS:") < before + 2 * 4096);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL) | shm_ctl(other, IPC_RMID, NULL), 0);
	CHECK(field(slurp("/proc/meminfo"), "Committed_AS:") < before + 4096);
	CHECK_ERRNO(shm_get(IPC_PRIVATE, 0xf0000000, IPC_CREAT | 0600), ENOMEM);
	CHECK_ERRNO(shm_get(IPC_PRIVATE, ~0UL, IPC_CREAT | 0600), EINVAL);
	CHECK(set_sysctl("shmall", old_all) > 0);
}

/* Runs in the whole system: sets the variables back. */
TEST(limits_can_be_changed)
{
	int id, i, ids[40], n = 0, err = 0;
	struct shm_info info;
	char text[32], old_all[32], old_max[32], old_mni[32];

	need_root();
	strcpy(old_all, slurp("/proc/sys/kernel/shmall"));
	strcpy(old_max, slurp("/proc/sys/kernel/shmmax"));
	strcpy(old_mni, slurp("/proc/sys/kernel/shmmni"));
	CHECK_EQ(set_sysctl("shmmax", "8192"), 4);
	CHECK_ERRNO(shm_get(IPC_PRIVATE, 8193, 0600), EINVAL);
	id = new_segment(8192, 0600);
	CHECK(set_sysctl("shmmax", old_max) > 0);
	shm_ctl(0, SHM_INFO, (void *)&info);
	snprintf(text, sizeof(text), "%lu", info.shm_tot + 2);
	CHECK(set_sysctl("shmall", text) > 0);
	CHECK_ERRNO(shm_get(IPC_PRIVATE, 2 * P + 1, 0600), ENOSPC);
	i = new_segment(2 * P, 0600);
	CHECK_EQ(shm_ctl(i, IPC_RMID, NULL), 0);
	CHECK(set_sysctl("shmall", old_all) > 0);
	snprintf(text, sizeof(text), "%d", info.used_ids + 5);
	CHECK(set_sysctl("shmmni", text) > 0);
	while (n < 40 && (ids[n] = shm_get(IPC_PRIVATE, 1, 0600)) >= 0)
		n++;
	err = errno;
	CHECK(set_sysctl("shmmni", old_mni) > 0);
	CHECK_EQ(n, 5);
	CHECK_EQ(err, ENOSPC);
	while (n--)
		CHECK_EQ(shm_ctl(ids[n], IPC_RMID, NULL), 0);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
	CHECK_EQ(set_sysctl("shmmni", "32769"), -EINVAL);
	CHECK_EQ(set_sysctl("shmmni", "-1"), -EINVAL);
	CHECK_EQ(set_sysctl("shm_rmid_forced", "2"), -EINVAL);
}

TEST(the_next_id_can_be_chosen)
{
	int id, other;

	need_root();
	CHECK_EQ(sysctl_number("shm_next_id"), -1UL);
	CHECK_EQ(set_sysctl("shm_next_id", "3276830"), 7);
	id = new_segment(1, 0600);
	CHECK_EQ(id, 3276830);
	CHECK_EQ(sysctl_number("shm_next_id"), -1UL);
	CHECK_EQ(set_sysctl("shm_next_id", "3276830"), 7);
	other = new_segment(1, 0600); /* the next free index, with this sequence number */
	CHECK_EQ(other, 3276831);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL) | shm_ctl(other, IPC_RMID, NULL), 0);
	CHECK_EQ(set_sysctl("shm_next_id", "-1"), -EINVAL);
	AS_USER(ANN, {
		CHECK_EQ(set_sysctl("shm_next_id", "5"), -EACCES);
		CHECK_EQ(try_read("/proc/sys/kernel/shm_next_id"), 0);
		CHECK_EQ(set_sysctl("shmmax", "5"), -EACCES);
	});
}

/* With shm_rmid_forced a segment does not outlive its creator, unless somebody has it attached. */
TEST(forced_removal)
{
	int fds[2], ids[3];
	pid_t pid;
	char *p;

	need_root();
	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		ids[0] = new_segment(P, 0600);
		_exit(write(fds[1], ids, sizeof(ids[0])) != sizeof(ids[0]));
	}
	CHECK_CHILD(pid);
	CHECK_EQ(read(fds[0], ids, sizeof(ids[0])), sizeof(ids[0]));
	stat_segment(ids[0]);
	ids[1] = new_segment(P, 0600);
	CHECK_EQ(set_sysctl("shm_rmid_forced", "1"), 1);
	CHECK_ERRNO(shm_ctl(ids[0], IPC_STAT, (struct shmid_ds *)proc_text), EINVAL);
	stat_segment(ids[1]); /* its creator lives */
	p = shm_at(ids[1], NULL, 0);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_ERRNO(shm_ctl(ids[1], IPC_STAT, (struct shmid_ds *)proc_text), EINVAL);
	pid = fork();
	if (!pid) {
		ids[0] = new_segment(P, 0600);
		ids[1] = new_segment(P, 0600);
		_exit(write(fds[1], ids, sizeof(ids)) != sizeof(ids));
	}
	CHECK_CHILD(pid);
	CHECK_EQ(set_sysctl("shm_rmid_forced", "0"), 1);
	CHECK_EQ(read(fds[0], ids, sizeof(ids)), sizeof(ids));
	CHECK_ERRNO(shm_ctl(ids[0], IPC_STAT, (struct shmid_ds *)proc_text), EINVAL);
	CHECK_ERRNO(shm_ctl(ids[1], IPC_STAT, (struct shmid_ds *)proc_text), EINVAL);
}

/* The pool of huge pages is empty. */
TEST(huge_pages)
{
	const long huge = 1L << huge_page_shift();
	char *p;
	int id;

	need_root();
	CHECK_ERRNO(shm_get(IPC_PRIVATE, SIZE, SHM_HUGETLB | 0600), ENOMEM);
	CHECK_ERRNO(shm_get(IPC_PRIVATE, SIZE, SHM_HUGETLB | 30 << 26 | 0600), EINVAL);
	id = new_segment(SIZE, SHM_HUGETLB | SHM_NORESERVE | 0600);
	CHECK_EQ(stat_segment(id).shm_segsz, SIZE);
	p = shm_at(id, NULL, 0);
	CHECK_EQ((long)p % huge, 0);
	CHECK_MAP(p, (unsigned long)huge, "rw-s");
	CHECK_FAULT(p[0] = 1, SIGBUS, BUS_ADRERR, p);
	CHECK_ERRNO(munmap(p, P), EINVAL);
	CHECK_ERRNO(mprotect(p + P, P, PROT_READ), EINVAL);
	CHECK_EQ(stat_segment(id).shm_nattch, 1);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_ERRNO(shm_at(id, (void *)0x50001000, 0), EINVAL);
	CHECK_EQ(stat_segment(id).shm_nattch, 0);
	CHECK_EQ(shm_ctl(id, SHM_LOCK, NULL), 0);
	CHECK_EQ(stat_segment(id).shm_perm.mode, 0600);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
	AS_USER(ANN, {
		CHECK_ERRNO(shm_get(IPC_PRIVATE, SIZE, SHM_HUGETLB | 0600), EPERM);
		CHECK_ERRNO(shm_get(IPC_PRIVATE, SIZE, SHM_HUGETLB | 30 << 26 | 0600), EINVAL);
	});
}

/* ---- the layouts of ipc(2) without IPC_64 ---- */

struct old_perm {
	int key;
	unsigned short uid, gid, cuid, cgid, mode, seq;
};

struct old_shmid_ds {
	struct old_perm perm;
	int segsz;
	long atime, dtime, ctime;
	unsigned short cpid, lpid, nattch, unused;
	void *unused2, *unused3;
};

TEST(the_old_layouts)
{
	struct old_shmid_ds ds;
	struct {
		int max, min, mni, seg, all;
	} info;
	int id = shm_get(new_key(), SIZE, IPC_CREAT | 0606);
	struct shmid_ds now = stat_segment(id);

	now.shm_perm.uid = 100000;
	CHECK_EQ(shm_ctl(id, IPC_SET, &now), 0);
	memset(&ds, 0xff, sizeof(ds));
	CHECK_EQ(ipc_call(SHMCTL_CALL, id, IPC_STAT, 0, &ds, 0), 0);
	CHECK_EQ(ds.perm.key, new_key());
	CHECK_EQ(ds.perm.uid, 65534);
	CHECK_EQ(ds.perm.cuid, 0);
	CHECK_EQ(ds.perm.mode, 0606);
	CHECK_EQ(ds.perm.seq, (unsigned short)(id >> 15));
	CHECK_EQ(ds.segsz, SIZE);
	CHECK_EQ(ds.ctime, stat_segment(id).shm_ctime);
	CHECK_EQ(ds.cpid, (unsigned short)getpid());
	CHECK_EQ(ds.lpid | ds.nattch | ds.unused, 0);
	CHECK_EQ((long)ds.unused2 | (long)ds.unused3, 0);
	ds.perm.uid = 7;
	ds.perm.gid = 8;
	ds.perm.mode = 0600;
	CHECK_EQ(ipc_call(SHMCTL_CALL, id, IPC_SET, 0, &ds, 0), 0);
	now = stat_segment(id);
	CHECK_EQ(now.shm_perm.uid, 7);
	CHECK_EQ(now.shm_perm.gid, 8);
	CHECK_EQ(now.shm_perm.mode, 0600);
	CHECK(ipc_call(SHMCTL_CALL, 0, IPC_INFO, 0, &info, 0) >= 0);
	CHECK_EQ((unsigned int)info.max, (unsigned long)sysctl_number("shmmax") > 0x7fffffff
						 ? 0x7fffffff
						 : sysctl_number("shmmax"));
	CHECK_EQ(info.min, 1);
	CHECK_EQ(info.mni, sysctl_number("shmmni"));
	CHECK_ERRNO(syscall(SYS_shmctl, id, IPC_STAT | IPC64, &now), EINVAL);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
}

TEST(odd_arguments_of_ipc)
{
	int id = new_segment(SIZE, 0600);
	unsigned long at = 0;

	CHECK_ERRNO(ipc_call(0, 0, 0, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(ipc_call(5, 0, 0, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(ipc_call(25, 0, 0, 0, 0, 0), ENOSYS);
	CHECK_ERRNO(ipc_call(SHMAT_CALL | 1 << 16, id, 0, &at, 0, 0), EINVAL);
	CHECK_EQ(ipc_call(SHMAT_CALL | 2 << 16, id, 0, &at, 0, 0), 0);
	CHECK_EQ(shm_dt(at), 0);
	/* the mapping stays if the address cannot be stored */
	CHECK_ERRNO(ipc_call(SHMAT_CALL, id, 0, 1, 0, 0), EFAULT);
	CHECK_EQ(stat_segment(id).shm_nattch, 1);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
}
