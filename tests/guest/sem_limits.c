/* System V semaphores: who may do what, limits, /proc, and the old layout. */
#include "sysvipc.h"

#define ANN 1000
#define BOB 1001

static long op1(int id, int num, int op, int flags)
{
	struct sembuf sop = {num, op, flags};

	return sem_op(id, &sop, 1, -1);
}

BOTH_TEST(permissions)
{
	int key = new_key(), id = sem_get(key, 2, IPC_CREAT | 0640);
	unsigned short values[2] = {1, 1};
	struct semid_ds ds;

	need_root();
	CHECK_EQ(sem_ctl(id, 0, IPC_STAT, (long)&ds), 0);
	ds.sem_perm.uid = ANN;
	ds.sem_perm.gid = BOB;
	CHECK_EQ(sem_ctl(id, 0, IPC_SET, (long)&ds), 0);
	AS_USER(ANN, {
		CHECK_EQ(op1(id, 0, 1, 0), 0);
		CHECK_EQ(sem_ctl(id, 0, SETALL, (long)values), 0);
		CHECK_EQ(sem_ctl(id, 0, IPC_SET, (long)&ds), 0);
		CHECK_ERRNO(sem_get(key, 0, 0700), EACCES);
	});
	AS_USER(BOB, {
		CHECK_EQ(sem_ctl(id, 0, GETVAL, 0), 1);
		CHECK_EQ(sem_ctl(id, 0, GETALL, (long)values), 0);
		CHECK_ERRNO(op1(id, 0, 0, IPC_NOWAIT), EAGAIN); /* which only looks */
		CHECK_ERRNO(op1(id, 0, 1, 0), EACCES);
		CHECK_ERRNO(op1(id, 9, 1, 0), EFBIG);
		CHECK_ERRNO(sem_ctl(id, 0, SETVAL, 1), EACCES);
		CHECK_ERRNO(sem_ctl(id, 9, SETVAL, 1), EINVAL);
		CHECK_ERRNO(sem_ctl(id, 0, SETALL, (long)values), EACCES);
		CHECK_ERRNO(sem_ctl(id, 0, IPC_SET, (long)&ds), EPERM);
		CHECK_ERRNO(sem_ctl(id, 0, IPC_RMID, 0), EPERM);
		CHECK_ERRNO(sem_get(key, 0, 0600), EACCES);
		CHECK_ERRNO(sem_get(key, 3, 0600), EINVAL);
	});
	AS_USER(BOB + 1, {
		CHECK_ERRNO(sem_ctl(id, 0, IPC_STAT, (long)&ds), EACCES);
		CHECK_ERRNO(sem_ctl(id & 32767, 0, SEM_STAT, (long)&ds), EACCES);
		CHECK_EQ(sem_ctl(id & 32767, 0, 20 /* SEM_STAT_ANY */, (long)&ds), id);
		CHECK_ERRNO(sem_ctl(id, 0, GETVAL, 0), EACCES);
		CHECK_ERRNO(sem_ctl(id, 9, GETVAL, 0), EACCES);
		CHECK_ERRNO(sem_ctl(id, 0, GETALL, (long)values), EACCES);
		CHECK_ERRNO(op1(id, 0, 0, 0), EACCES);
	});
	AS_USER(ANN, CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0));
}

BOTH_TEST(information)
{
	int id = sem_get(IPC_PRIVATE, 300, 0600), max;
	struct seminfo info, now;
	unsigned short values[300];

	max = sem_ctl(0, 0, IPC_INFO, (long)&info);
	CHECK(max >= (id & 32767));
	CHECK_EQ(info.semmap, 1024000000);
	CHECK_EQ(info.semmni, 32000);
	CHECK_EQ(info.semmns, 1024000000);
	CHECK_EQ(info.semmnu, 1024000000);
	CHECK_EQ(info.semmsl, 32000);
	CHECK_EQ(info.semopm, 500);
	CHECK_EQ(info.semume, 500);
	CHECK_EQ(info.semusz, 20);
	CHECK_EQ(info.semvmx, 32767);
	CHECK_EQ(info.semaem, 32767);
	CHECK_EQ(sem_ctl(0, 0, SEM_INFO, (long)&now), max);
	CHECK(now.semusz >= 1);
	CHECK(now.semaem >= 300);
	for (int i = 0; i < 300; i++)
		values[i] = i;
	CHECK_EQ(sem_ctl(id, 0, SETALL, (long)values), 0);
	memset(values, 0, sizeof(values));
	CHECK_EQ(sem_ctl(id, 0, GETALL, (long)values), 0);
	CHECK_EQ(values[299], 299);
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
	CHECK_EQ(sem_ctl(0, 0, SEM_INFO, (long)&info) <= max, 1);
	CHECK_EQ(info.semusz, now.semusz - 1);
	CHECK_EQ(info.semaem, now.semaem - 300);
	CHECK_ERRNO(sem_ctl(0, 0, IPC_INFO, 1), EFAULT);
	CHECK_EQ(sem_ctl(0, 12345, IPC_INFO, (long)&info) >= 0, 1);
}

TEST(proc_sysvipc_sem)
{
	int key = new_key(), id = sem_get(key, 11, IPC_CREAT | 0604);
	struct semid_ds ds;
	char wanted[256];

	CHECK_EQ(op1(id, 10, 1, 0), 0);
	CHECK_EQ(sem_ctl(id, 0, IPC_STAT, (long)&ds), 0);
	snprintf(wanted, sizeof(wanted), "%10d %10d  %4o %10u %5u %5u %5u %5u %10lu %10lu", key, id,
		 0604, 11, 0, 0, 0, 0, ds.sem_otime, ds.sem_ctime);
	CHECK_STR(ipc_line("/proc/sysvipc/sem", id), wanted);
	slurp("/proc/sysvipc/sem");
	*strchr(proc_text, '\n') = '\0';
	CHECK_STR(proc_text, "       key      semid perms      nsems   uid   gid  cuid  cgid      "
			     "otime      ctime");
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
	CHECK_STR(ipc_line("/proc/sysvipc/sem", id), "");
}

/* Runs in the whole system: sets the variable back. */
TEST(limits_can_be_changed)
{
	const char *initial = "32000\t1024000000\t500\t32000\n";
	int id = sem_get(IPC_PRIVATE, 5, 0600), other;
	struct sembuf sops[4] = {};
	struct seminfo now;
	char text[64];

	need_root();
	CHECK_STR(slurp("/proc/sys/kernel/sem"), initial);
	CHECK_EQ(set_sysctl("sem", "5 6 3 32768"), 11);
	CHECK_STR(slurp("/proc/sys/kernel/sem"), "5\t6\t3\t32768\n");
	CHECK_ERRNO(sem_get(IPC_PRIVATE, 6, 0600), EINVAL);
	CHECK_ERRNO(sem_get(IPC_PRIVATE, 5, 0600), ENOSPC);
	CHECK_ERRNO(sem_op(id, sops, 4, -1), E2BIG);
	CHECK_EQ(sem_op(id, sops, 3, -1), 0);
	CHECK_EQ(sem_ctl(0, 0, SEM_INFO, (long)&now) >= 0, 1);
	snprintf(text, sizeof(text), "32000 32000 500 %d", now.semusz + 1);
	CHECK(set_sysctl("sem", text) > 0);
	other = sem_get(IPC_PRIVATE, 5, 0600);
	CHECK(other >= 0);
	CHECK_ERRNO(sem_get(IPC_PRIVATE, 5, 0600), ENOSPC);
	CHECK_EQ(set_sysctl("sem", "1 2 3 32769"), -ERANGE);
	snprintf(text, sizeof(text), "1\t2\t3\t%d\n", now.semusz + 1);
	CHECK_STR(slurp("/proc/sys/kernel/sem"), text);
	CHECK_EQ(set_sysctl("sem", "1 2 3 -1"), -ERANGE);
	CHECK(set_sysctl("sem", initial) > 0);
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0) | sem_ctl(other, 0, IPC_RMID, 0), 0);
	CHECK_EQ(set_sysctl("sem_next_id", "65543"), 5);
	id = sem_get(IPC_PRIVATE, 1, 0600);
	CHECK_EQ(id, 65543);
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
}

/* The largest array there is. */
TEST(a_large_array)
{
	static unsigned short values[32000];
	int id = sem_get(IPC_PRIVATE, 32000, 0600);
	struct sembuf sop = {31999, -7, SEM_UNDO};

	CHECK(id >= 0);
	values[31999] = 7;
	CHECK_EQ(sem_ctl(id, 0, SETALL, (long)values), 0);
	CHECK_EQ(sem_op(id, &sop, 1, -1), 0);
	CHECK_EQ(sem_ctl(id, 0, GETALL, (long)values), 0);
	CHECK_EQ(values[31999], 0);
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
}

TEST(the_old_layout)
{
	struct {
		int key;
		unsigned short uid, gid, cuid, cgid, mode, seq;
		long otime, ctime;
		void *base, *pending, *last, *undo;
		unsigned short nsems;
	} ds;
	int id = sem_get(new_key(), 4, IPC_CREAT | 0640);
	void *arg = &ds;
	struct semid_ds now;

	memset(&ds, 0xff, sizeof(ds));
	CHECK_EQ(ipc_call(SEMCTL_CALL, id, 0, IPC_STAT, &arg, 0), 0);
	CHECK_EQ(ds.key, new_key());
	CHECK_EQ(ds.mode, 0640);
	CHECK_EQ(ds.otime, 0);
	CHECK(ds.ctime);
	CHECK_EQ((long)ds.base | (long)ds.pending | (long)ds.last | (long)ds.undo, 0);
	CHECK_EQ(ds.nsems, 4);
	ds.uid = 3;
	ds.mode = 0600;
	CHECK_EQ(ipc_call(SEMCTL_CALL, id, 0, IPC_SET, &arg, 0), 0);
	CHECK_EQ(sem_ctl(id, 0, IPC_STAT, (long)&now), 0);
	CHECK_EQ(now.sem_perm.uid, 3);
	CHECK_EQ(now.sem_perm.mode, 0600);
	CHECK_ERRNO(ipc_call(SEMCTL_CALL, id, 0, IPC_STAT, NULL, 0), EINVAL);
	CHECK_ERRNO(ipc_call(SEMCTL_CALL, id, 0, IPC_STAT, 1, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_semctl, id, 0, GETVAL | IPC64, 0), EINVAL);
	arg = (void *)5;
	CHECK_EQ(ipc_call(SEMCTL_CALL, id, 1, SETVAL, &arg, 0), 0);
	CHECK_EQ(sem_ctl(id, 1, GETVAL, 0), 5);
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
}
