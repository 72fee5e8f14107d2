/* mapix-only: /proc/sys/debug/fail_*_after of a debug kernel makes the n-th allocation, and all
 * behind it, fail.
 *
 * System V IPC: each call fails with ENOMEM and changes nothing, until it has what it needs.
 */
#include "sysvipc.h"
#include <sched.h>
#include <sys/mman.h>

#define PAGE 4096
#define MOST 40 /* allocations of a call */

static int page_knob, slab_knob;

static void set_knobs(int pages, int objects)
{
	char text[2][16];

	snprintf(text[0], sizeof(text[0]), "%d", pages);
	snprintf(text[1], sizeof(text[1]), "%d", objects);
	if (pwrite(page_knob, text[0], strlen(text[0]), 0) < 0 ||
	    pwrite(slab_knob, text[1], strlen(text[1]), 0) < 0)
		_exit(CHECK_FAILED);
}

static void prepare(void)
{
	page_knob = open("/proc/sys/debug/fail_page_alloc_after", O_RDWR);
	slab_knob = open("/proc/sys/debug/fail_slab_after", O_RDWR);
	if (page_knob < 0 || slab_knob < 0)
		SKIP("no debug kernel");
	CHECK_EQ(try_write("/proc/self/oom_score_adj", "-1000"), 5);
	CHECK_EQ(mlockall(MCL_CURRENT), 0);
}

/* The result of the call when it succeeds at last; it must have failed at least `LEAST` times. BACK
 * undoes what it did (its result is r_), since all is done twice: pages fail, and objects. */
#define FAIL_IN_TURN(CALL, LEAST, BACK)                                      \
	({                                                                   \
		long r_ = -1;                                                \
		int failed_ = 0, err_;                                       \
		for (int knob_ = 0; knob_ < 2; knob_++) {                    \
			for (int n_ = 0;; n_++) {                            \
				set_knobs(knob_ ? -1 : n_, knob_ ? n_ : -1); \
				r_ = (long)(CALL);                           \
				err_ = errno;                                \
				set_knobs(-1, -1);                           \
				if (r_ != -1)                                \
					break;                               \
				CHECK_EQ(err_, ENOMEM);                      \
				CHECK(n_ < MOST);                            \
				failed_++;                                   \
			}                                                    \
			if (!knob_)                                          \
				BACK;                                        \
		}                                                            \
		CHECK(failed_ >= (LEAST));                                   \
		r_;                                                          \
	})

TEST(shared_memory)
{
	struct shmid_ds ds;
	int id;
	char *p;

	prepare();
	id = FAIL_IN_TURN(shm_get(new_key(), 4 * PAGE, IPC_CREAT | 0600), 3,
			  CHECK_EQ(shm_ctl(r_, IPC_RMID, NULL), 0));
	p = (char *)FAIL_IN_TURN(shm_at(id, NULL, 0), 2, CHECK_EQ(shm_dt(r_), 0));
	CHECK_EQ(shm_ctl(id, IPC_STAT, &ds), 0);
	CHECK_EQ(ds.shm_nattch, 1);
	p[0] = 1;
	/* the parts stay apart, so it is attached anew */
	FAIL_IN_TURN(mprotect(p + PAGE, PAGE, PROT_READ), 1,
		     CHECK(shm_dt(p) == 0 && shm_at(id, p, 0) == p));
	CHECK_EQ(shm_dt(p), 0);
	CHECK_EQ(shm_ctl(id, IPC_STAT, &ds), 0);
	CHECK_EQ(ds.shm_nattch, 0);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
}

TEST(semaphores)
{
	static unsigned short values[3000];
	struct sembuf sops[100] = {{0, 1, SEM_UNDO}};
	int id;

	for (int i = 1; i < 100; i++)
		sops[i].sem_num = 1;
	prepare();
	id = FAIL_IN_TURN(sem_get(new_key(), 3000, IPC_CREAT | 0600), 2,
			  CHECK_EQ(sem_ctl(r_, 0, IPC_RMID, 0), 0));
	FAIL_IN_TURN(sem_op(id, sops, 100, -1), 1, (void)r_);
	FAIL_IN_TURN(sem_ctl(id, 0, GETALL, (long)values), 1, (void)r_);
	CHECK_EQ(values[0], 2);
	values[0] = 9;
	FAIL_IN_TURN(sem_ctl(id, 0, SETALL, (long)values), 1, (void)r_);
	CHECK_EQ(sem_ctl(id, 0, GETVAL, 0), 9);
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
}

TEST(messages)
{
	static struct {
		long type;
		char text[8192];
	} m = {1, "text"};
	struct msqid_ds ds;
	int id;

	prepare();
	id = FAIL_IN_TURN(msg_get(new_key(), IPC_CREAT | 0600), 2,
			  CHECK_EQ(msg_ctl(r_, IPC_RMID, NULL), 0));
	FAIL_IN_TURN(msg_snd(id, &m, 8192, 0), 3, CHECK_EQ(msg_rcv(id, &m, 8192, 0, 0), 8192));
	CHECK_EQ(msg_ctl(id, IPC_STAT, &ds), 0);
	CHECK_EQ(ds.msg_qnum, 1);
	FAIL_IN_TURN(msg_rcv(id, &m, 8192, 0, MSG_COPY | IPC_NOWAIT), 3, (void)r_);
	CHECK_STR(m.text, "text");
	set_knobs(0, 0); /* receiving needs no memory */
	CHECK_EQ(msg_rcv(id, &m, 8192, 0, 0), 8192);
	set_knobs(-1, -1);
	CHECK_EQ(msg_ctl(id, IPC_RMID, NULL), 0);
}

TEST(tables)
{
	int id = sem_get(IPC_PRIVATE, 1, 0600);

	prepare();
	close(FAIL_IN_TURN(open("/proc/sysvipc/sem", O_RDONLY), 1, CHECK_EQ(close(r_), 0)));
	CHECK_EQ(sem_ctl(id, 0, IPC_RMID, 0), 0);
}

/* What removes, detaches and exits needs no memory. */
TEST(nothing_is_needed_to_give_it_back)
{
	int shm = shm_get(IPC_PRIVATE, 4 * PAGE, 0600), sem = sem_get(IPC_PRIVATE, 3000, 0600);
	int msg = msg_get(IPC_PRIVATE, 0600), status;
	struct sembuf sop = {2999, 5, SEM_UNDO};
	struct {
		long type;
		char text[5000];
	} m = {1, ""};
	char *p = shm_at(shm, NULL, 0);
	pid_t pid;

	memset(p, 1, 4 * PAGE);
	CHECK_EQ(msg_snd(msg, &m, 5000, 0), 0);
	prepare();
	pid = fork();
	if (!pid) {
		CHECK_EQ(sem_op(sem, &sop, 1, -1), 0);
		p[PAGE] = 2;
		memset(&m, 1, sizeof(m));
		set_knobs(0, 0);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(sem_ctl(sem, 2999, GETVAL, 0), 0);
	CHECK_EQ(shm_ctl(shm, IPC_RMID, NULL), 0);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_EQ(sem_ctl(sem, 0, IPC_RMID, 0), 0);
	CHECK_EQ(msg_ctl(msg, IPC_RMID, NULL), 0);
	set_knobs(-1, -1);
}
