/* System V message queues. */
#include "sysvipc.h"
#include <sys/mman.h>

#define ANN 1000
#define BOB 1001

struct message {
	long type;
	char text[8200];
};

static int new_queue(void)
{
	int id = msg_get(IPC_PRIVATE, IPC_CREAT | 0600);

	CHECK(id >= 0);
	return id;
}

static void remove_queue(int id)
{
	CHECK_EQ(msg_ctl(id, IPC_RMID, NULL), 0);
}

static struct msqid_ds stat_queue(int id)
{
	struct msqid_ds ds;

	CHECK_EQ(msg_ctl(id, IPC_STAT, &ds), 0);
	return ds;
}

static long send_text(int id, long type, const char *text, int flags)
{
	struct message m = {.type = type};

	strcpy(m.text, text);
	return msg_snd(id, &m, strlen(text), flags);
}

/* The text of the message that this receives, or "" and errno. */
static const char *receive(int id, long type, int flags)
{
	static struct message m;
	long n = msg_rcv(id, &m, sizeof(m.text), type, flags);

	m.text[n < 0 ? 0 : n] = '\0';
	return m.text;
}

BOTH_TEST(msgget_finds_and_makes_queues)
{
	int key = new_key(), id;
	struct message m = {1, "x"};

	CHECK_ERRNO(msg_get(key, 0600), ENOENT);
	id = msg_get(key, IPC_CREAT | IPC_EXCL | 0600);
	CHECK(id >= 0);
	CHECK_ERRNO(msg_get(key, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_EQ(msg_get(key, IPC_CREAT | 0600), id);
	CHECK_EQ(msg_get(key, 0), id);
	remove_queue(id);
	CHECK_ERRNO(msg_ctl(id, IPC_RMID, NULL), EINVAL);
	CHECK_ERRNO(msg_snd(id, &m, 1, 0), EINVAL);
	CHECK_ERRNO(msg_rcv(id, &m, 1, 0, 0), EINVAL);
	CHECK_ERRNO(msg_rcv(-1, &m, 1, 0, 0), EINVAL);
	CHECK_ERRNO(msg_ctl(-1, IPC_STAT, NULL), EINVAL);
	CHECK_ERRNO(msg_ctl(id, 99, NULL), EINVAL);
}

BOTH_TEST(a_queue_is_described)
{
	time_t before = time(NULL) - 1;
	int key = new_key(), id = msg_get(key, IPC_CREAT | 0642);
	struct msqid_ds ds = stat_queue(id);

	CHECK_EQ(ds.msg_perm.__key, key);
	CHECK_EQ(ds.msg_perm.mode, 0642);
	CHECK_EQ(ds.msg_perm.__seq, id >> 15);
	CHECK_EQ(ds.msg_stime | ds.msg_rtime, 0);
	CHECK(ds.msg_ctime >= before && ds.msg_ctime <= time(NULL));
	CHECK_EQ(ds.__msg_cbytes | ds.msg_qnum, 0);
	CHECK_EQ(ds.msg_qbytes, 16384);
	CHECK_EQ(ds.msg_lspid | ds.msg_lrpid, 0);
	CHECK_EQ(send_text(id, 1, "hello", 0), 0);
	CHECK_EQ(send_text(id, 1, "", 0), 0);
	ds = stat_queue(id);
	CHECK_EQ(ds.__msg_cbytes, 5);
	CHECK_EQ(ds.msg_qnum, 2);
	CHECK_EQ(ds.msg_lspid, getpid());
	CHECK_EQ(ds.msg_lrpid, 0);
	CHECK(ds.msg_stime >= before);
	CHECK_STR(receive(id, 0, 0), "hello");
	ds = stat_queue(id);
	CHECK_EQ(ds.__msg_cbytes, 0);
	CHECK_EQ(ds.msg_qnum, 1);
	CHECK_EQ(ds.msg_lrpid, getpid());
	CHECK(ds.msg_rtime >= before);
	ds.msg_perm.mode = 0600;
	ds.msg_perm.gid = 4;
	ds.msg_qbytes = 100;
	CHECK_EQ(msg_ctl(id, IPC_SET, &ds), 0);
	ds = stat_queue(id);
	CHECK_EQ(ds.msg_perm.gid, 4);
	CHECK_EQ(ds.msg_qbytes, 100);
	CHECK_ERRNO(msg_ctl(id, IPC_STAT, (void *)1), EFAULT);
	CHECK_ERRNO(msg_ctl(id, IPC_SET, (void *)1), EFAULT);
	CHECK_EQ(msg_ctl(id & 32767, MSG_STAT, &ds), id);
	remove_queue(id);
}

BOTH_TEST(messages_come_by_type)
{
	int id = new_queue(), i;
	char text[2] = "a";

	for (i = 0; i < 6; i++, text[0]++)
		CHECK_EQ(send_text(id, "\5\3\7\3\1\5"[i], text, 0), 0);
	CHECK_STR(receive(id, 3, 0), "b");
	CHECK_STR(receive(id, -4, 0), "e");
	CHECK_STR(receive(id, -2, IPC_NOWAIT), "");
	CHECK_EQ(errno, ENOMSG);
	CHECK_STR(receive(id, 5, MSG_EXCEPT), "c");
	CHECK_STR(receive(id, -0x80000000L, 0), "d");
	CHECK_STR(receive(id, 0, 0), "a");
	CHECK_STR(receive(id, 4, IPC_NOWAIT), "");
	CHECK_EQ(errno, ENOMSG);
	CHECK_STR(receive(id, 5, MSG_EXCEPT | IPC_NOWAIT), "");
	CHECK_EQ(errno, ENOMSG);
	CHECK_STR(receive(id, 0, 0), "f");
	remove_queue(id);
}

BOTH_TEST(sizes)
{
	int id = new_queue();
	struct message m = {1, ""};

	CHECK_ERRNO(msg_snd(id, &m, 8193, 0), EINVAL);
	CHECK_ERRNO(msg_snd(id, &m, -1, 0), EINVAL);
	m.type = 0;
	CHECK_ERRNO(msg_snd(id, &m, 1, 0), EINVAL);
	m.type = -1;
	CHECK_ERRNO(msg_snd(id, &m, 1, 0), EINVAL);
	CHECK_ERRNO(msg_snd(id, (void *)1, 1, 0), EFAULT);
	CHECK_ERRNO(msg_snd(-1, (void *)1, 1, 0), EFAULT);
	CHECK_ERRNO(msg_snd(-1, &m, 1, 0), EINVAL);
	for (int i = 0; i < 8192; i++)
		m.text[i] = i / 13;
	m.type = 77;
	CHECK_EQ(msg_snd(id, &m, 8192, 0), 0);
	memset(&m, 0, sizeof(m));
	CHECK_ERRNO(msg_rcv(id, &m, 8191, 0, 0), E2BIG);
	CHECK_ERRNO(msg_rcv(id, &m, -1, 0, 0), EINVAL);
	CHECK_EQ(stat_queue(id).msg_qnum, 1);
	CHECK_EQ(msg_rcv(id, &m, 8200, 0, 0), 8192);
	CHECK_EQ(m.type, 77);
	for (int i = 0; i < 8192; i++)
		CHECK_EQ(m.text[i], (char)(i / 13));
	CHECK_EQ(msg_snd(id, &m, 5000, 0), 0);
	memset(&m, 0, sizeof(m));
	CHECK_EQ(msg_rcv(id, &m, 4500, 0, MSG_NOERROR), 4500);
	CHECK_EQ(m.text[4499], (char)(4499 / 13));
	CHECK_EQ(m.text[4500], 0);
	CHECK_EQ(stat_queue(id).msg_qnum, 0);
	/* one that cannot be stored is lost */
	CHECK_EQ(send_text(id, 1, "x", 0), 0);
	CHECK_ERRNO(msg_rcv(id, (void *)1, 1, 0, 0), EFAULT);
	CHECK_EQ(stat_queue(id).msg_qnum, 0);
	remove_queue(id);
}

BOTH_TEST(a_copy_leaves_the_message)
{
	const int copy = MSG_COPY | IPC_NOWAIT;
	int id = new_queue();
	struct message m;

	CHECK_EQ(send_text(id, 5, "one", 0), 0);
	CHECK_EQ(send_text(id, 6, "second", 0), 0);
	CHECK_ERRNO(msg_rcv(id, &m, 10, 0, MSG_COPY), EINVAL);
	CHECK_ERRNO(msg_rcv(id, &m, 10, 0, copy | MSG_EXCEPT), EINVAL);
	CHECK_EQ(msg_rcv(id, &m, 10, 1, copy), 6);
	CHECK_EQ(m.type, 6);
	CHECK_EQ(memcmp(m.text, "second", 6), 0);
	CHECK_EQ(msg_rcv(id, &m, 10, 0, copy), 3);
	CHECK_EQ(m.type, 5);
	CHECK_ERRNO(msg_rcv(id, &m, 10, 2, copy), ENOMSG);
	CHECK_ERRNO(msg_rcv(id, &m, 10, -1, copy), ENOMSG);
	CHECK_ERRNO(msg_rcv(id, &m, 5, 1, copy), E2BIG);
	CHECK_ERRNO(msg_rcv(id, &m, 5, 1, copy | MSG_NOERROR), EINVAL);
	CHECK_ERRNO(msg_rcv(id, (void *)1, 10, 1, copy), EFAULT);
	CHECK_EQ(stat_queue(id).msg_qnum, 2);
	CHECK_EQ(stat_queue(id).msg_lrpid, 0);
	remove_queue(id);
}

/* ---- waiting ---- */

static int *shared;

static void make_shared(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
}

/* A child that receives, and exits with the first byte of the text, or 100 + errno. */
static pid_t receiver(int id, size_t size, long type, int flags)
{
	pid_t pid = fork();
	struct message m;

	if (!pid) {
		if (msg_rcv(id, &m, size, type, flags) < 0)
			_exit(100 + errno);
		_exit(m.text[0]);
	}
	wait_for_sleep(pid);
	return pid;
}

static int status_of(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

BOTH_TEST(receivers_wait)
{
	int id = new_queue();
	pid_t any = receiver(id, 10, 0, 0), three = receiver(id, 10, 3, 0),
	      other = receiver(id, 10, 3, MSG_EXCEPT), small = receiver(id, 1, 7, 0),
	      low = receiver(id, 1, -9, MSG_NOERROR);

	CHECK_EQ(send_text(id, 3, "A", 0), 0);
	CHECK_EQ(status_of(any), 'A');
	CHECK_EQ(stat_queue(id).msg_lrpid, any);
	CHECK_EQ(stat_queue(id).msg_qnum, 0);
	CHECK_EQ(send_text(id, 8, "B", 0), 0);
	CHECK_EQ(status_of(other), 'B');
	/* too long for the first that wants it, so the next one has it */
	CHECK_EQ(send_text(id, 7, "CC", 0), 0);
	CHECK_EQ(status_of(small), 100 + E2BIG);
	CHECK_EQ(status_of(low), 'C');
	CHECK_EQ(send_text(id, 4, "D", 0), 0);
	CHECK_EQ(stat_queue(id).msg_qnum, 1);
	CHECK_EQ(send_text(id, 3, "E", 0), 0);
	CHECK_EQ(status_of(three), 'E');
	CHECK_STR(receive(id, 0, 0), "D");
	any = receiver(id, 10, 0, 0);
	remove_queue(id);
	CHECK_EQ(status_of(any), 100 + EIDRM);
}

static pid_t sender(int id, int size, int number)
{
	static struct message m = {.type = 1};
	pid_t pid = fork();

	if (!pid) {
		m.text[0] = number;
		_exit(msg_snd(id, &m, size, 0) ? 100 + errno : 0);
	}
	wait_for_sleep(pid);
	return pid;
}

BOTH_TEST(senders_wait_for_room)
{
	static struct message m = {.type = 1};
	int id = new_queue();
	pid_t large, small, tiny;

	CHECK_EQ(msg_snd(id, &m, 8192, 0), 0);
	CHECK_EQ(msg_snd(id, &m, 8192, 0), 0);
	CHECK_ERRNO(msg_snd(id, &m, 1, IPC_NOWAIT), EAGAIN);
	CHECK_EQ(msg_snd(id, &m, 0, IPC_NOWAIT), 0);
	large = sender(id, 8000, 'l');
	small = sender(id, 300, 's');
	tiny = sender(id, 1, 't');
	CHECK_EQ(msg_rcv(id, &m, 8192, 0, 0), 8192);
	/* 8192 bytes of room: 8000 and 1 fit, 300 do not any more */
	CHECK_EQ(status_of(large), 0);
	CHECK_EQ(status_of(tiny), 0);
	CHECK_EQ(msg_rcv(id, &m, 8192, 0, 0), 8192);
	CHECK_EQ(status_of(small), 0);
	CHECK_EQ(msg_rcv(id, &m, 8192, 0, 0), 0);
	CHECK_EQ(msg_rcv(id, &m, 8192, 0, 0), 8000);
	CHECK_EQ(stat_queue(id).msg_qnum, 2);
	CHECK_EQ(msg_snd(id, &m, 8192, 0), 0);
	large = sender(id, 8192, 'l');
	remove_queue(id);
	CHECK_EQ(status_of(large), 100 + EIDRM);
}

/* Messages without text are counted, too. */
TEST(the_number_of_messages_is_limited)
{
	struct message m = {.type = 1};
	int id = new_queue(), n = 0;
	struct msqid_ds ds = stat_queue(id);

	ds.msg_qbytes = 20;
	CHECK_EQ(msg_ctl(id, IPC_SET, &ds), 0);
	while (!msg_snd(id, &m, 0, IPC_NOWAIT))
		n++;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(n, 20);
	remove_queue(id);
}

BOTH_TEST(ipc_set_wakes_both_sides)
{
	static struct message m = {.type = 1};
	int id = new_queue();
	struct msqid_ds ds = stat_queue(id);
	pid_t from, to, user;

	need_root();
	ds.msg_perm.mode = 0666;
	ds.msg_qbytes = 10;
	CHECK_EQ(msg_ctl(id, IPC_SET, &ds), 0);
	from = sender(id, 11, 'x');
	ds.msg_qbytes = 11;
	CHECK_EQ(msg_ctl(id, IPC_SET, &ds), 0);
	CHECK_EQ(status_of(from), 0);
	CHECK_EQ(msg_rcv(id, &m, 11, 0, 0), 11);
	to = receiver(id, 10, 0, 0);
	user = fork();
	if (!user) {
		become_user(ANN);
		_exit(msg_rcv(id, &m, 10, 0, 0) < 0 ? 100 + errno : 0);
	}
	wait_for_sleep(user);
	ds.msg_perm.mode = 0600;
	CHECK_EQ(msg_ctl(id, IPC_SET, &ds), 0);
	CHECK_EQ(status_of(user), 100 + EACCES);
	CHECK_EQ(send_text(id, 1, "Z", 0), 0);
	CHECK_EQ(status_of(to), 'Z');
	remove_queue(id);
}

static void handler(int sig)
{
}

/* A handler ends the wait, whatever the action says; a stop does not. */
BOTH_TEST(signals_while_waiting)
{
	const struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
	static struct message m = {.type = 1};
	int id = new_queue(), i, status;
	pid_t pid;

	make_shared();
	for (i = 0; i < 2; i++) {
		if (i) {
			CHECK_EQ(msg_snd(id, &m, 8192, 0), 0);
			CHECK_EQ(msg_snd(id, &m, 8192, 0), 0);
		}
		pid = fork();
		if (!pid) {
			sigaction(SIGUSR1, &sa, NULL);
			if (i)
				CHECK_ERRNO(msg_snd(id, &m, 1, 0), EINTR);
			else
				CHECK_ERRNO(msg_rcv(id, &m, 1, 0, 0), EINTR);
			_exit(0);
		}
		wait_for_sleep(pid);
		kill(pid, SIGSTOP);
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		kill(pid, SIGCONT);
		wait_for_sleep(pid);
		kill(pid, SIGUSR1);
		CHECK_CHILD(pid);
	}
	remove_queue(id);
}

/* ---- who may, and how much ---- */

BOTH_TEST(permissions)
{
	int key = new_key(), id = msg_get(key, IPC_CREAT | 0640);
	struct msqid_ds ds = stat_queue(id);
	struct message m = {1, "x"};

	need_root();
	ds.msg_perm.uid = ANN;
	ds.msg_perm.gid = BOB;
	ds.msg_qbytes = 20000; /* root may */
	CHECK_EQ(msg_ctl(id, IPC_SET, &ds), 0);
	AS_USER(ANN, {
		CHECK_EQ(msg_snd(id, &m, 1, 0), 0);
		CHECK_ERRNO(msg_ctl(id, IPC_SET, &ds), EPERM);
		ds.msg_qbytes = 16384;
		CHECK_EQ(msg_ctl(id, IPC_SET, &ds), 0);
	});
	AS_USER(BOB, {
		CHECK_ERRNO(msg_snd(id, &m, 1, 0), EACCES);
		CHECK_EQ(msg_rcv(id, &m, 1, 0, 0), 1);
		CHECK_ERRNO(msg_ctl(id, IPC_SET, &ds), EPERM);
		CHECK_ERRNO(msg_ctl(id, IPC_RMID, NULL), EPERM);
		CHECK_ERRNO(msg_get(key, 0600), EACCES);
		CHECK_EQ(msg_get(key, 0400), id);
	});
	AS_USER(BOB + 1, {
		CHECK_ERRNO(msg_rcv(id, &m, 1, 0, IPC_NOWAIT), EACCES);
		CHECK_ERRNO(msg_ctl(id, IPC_STAT, &ds), EACCES);
		CHECK_ERRNO(msg_ctl(id & 32767, MSG_STAT, &ds), EACCES);
		CHECK_EQ(msg_ctl(id & 32767, 13 /* MSG_STAT_ANY */, &ds), id);
	});
	AS_USER(ANN, CHECK_EQ(msg_ctl(id, IPC_RMID, NULL), 0));
}

BOTH_TEST(information)
{
	int id = new_queue(), max;
	struct msginfo info, now;

	max = msg_ctl(0, IPC_INFO, (void *)&info);
	CHECK(max >= (id & 32767));
	CHECK_EQ(info.msgpool, 512000);
	CHECK_EQ(info.msgmap, 16384);
	CHECK_EQ(info.msgmax, 8192);
	CHECK_EQ(info.msgmnb, 16384);
	CHECK_EQ(info.msgmni, 32000);
	CHECK_EQ(info.msgssz, 16);
	CHECK_EQ(info.msgtql, 16384);
	CHECK_EQ(info.msgseg, 65535);
	CHECK_EQ(msg_ctl(0, MSG_INFO, (void *)&info), max);
	CHECK_EQ(send_text(id, 1, "12345", 0), 0);
	CHECK_EQ(msg_ctl(0, MSG_INFO, (void *)&now), max);
	CHECK_EQ(now.msgmap, info.msgmap + 1);
	CHECK_EQ(now.msgtql, info.msgtql + 5);
	remove_queue(id);
	CHECK(msg_ctl(0, MSG_INFO, (void *)&now) >= 0);
	CHECK_EQ(now.msgpool, info.msgpool - 1);
	CHECK_EQ(now.msgmap, info.msgmap);
	CHECK_EQ(now.msgtql, info.msgtql);
	CHECK_ERRNO(msg_ctl(0, IPC_INFO, (void *)1), EFAULT);
}

TEST(proc_sysvipc_msg)
{
	int key = new_key(), id = msg_get(key, IPC_CREAT | 0604);
	char wanted[256];
	struct msqid_ds ds;

	CHECK_EQ(send_text(id, 9, "abc", 0), 0);
	ds = stat_queue(id);
	snprintf(wanted, sizeof(wanted),
		 "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u %5u %10lu %10lu %10lu", key, id,
		 0604, 3L, 1L, getpid(), 0, 0, 0, 0, 0, ds.msg_stime, 0L, ds.msg_ctime);
	CHECK_STR(ipc_line("/proc/sysvipc/msg", id), wanted);
	slurp("/proc/sysvipc/msg");
	*strchr(proc_text, '\n') = '\0';
	CHECK_STR(proc_text,
		  "       key      msqid perms      cbytes       qnum lspid lrpid   uid   "
		  "gid  cuid  cgid      stime      rtime      ctime");
	remove_queue(id);
	CHECK_STR(ipc_line("/proc/sysvipc/msg", id), "");
}

/* Runs in the whole system: sets the variables back. */
TEST(limits_can_be_changed)
{
	struct message m = {.type = 1};
	int id, other, err;
	struct msginfo now;
	char text[32];

	need_root();
	CHECK_EQ(sysctl_number("msgmni"), 32000);
	CHECK_EQ(set_sysctl("msgmnb", "100"), 3);
	CHECK_EQ(set_sysctl("msgmax", "50"), 2);
	id = new_queue();
	CHECK_EQ(stat_queue(id).msg_qbytes, 100);
	CHECK_ERRNO(msg_snd(id, &m, 51, 0), EINVAL);
	CHECK_EQ(msg_snd(id, &m, 50, 0), 0);
	CHECK_EQ(set_sysctl("msgmnb", "16384"), 5);
	CHECK_EQ(set_sysctl("msgmax", "8192"), 4);
	CHECK(msg_ctl(0, MSG_INFO, (void *)&now) >= 0);
	snprintf(text, sizeof(text), "%d", now.msgpool);
	CHECK(set_sysctl("msgmni", text) > 0);
	other = msg_get(IPC_PRIVATE, 0600);
	err = errno;
	CHECK_EQ(set_sysctl("msgmni", "32000"), 5);
	CHECK(other < 0 && err == ENOSPC);
	remove_queue(id);
	CHECK_EQ(set_sysctl("msgmni", "32769"), -EINVAL);
	CHECK_EQ(set_sysctl("msgmax", "-1"), -EINVAL);
	CHECK_STR(slurp("/proc/sys/kernel/auto_msgmni"), "0\n");
	CHECK_EQ(set_sysctl("auto_msgmni", "1"), 1);
	CHECK_STR(slurp("/proc/sys/kernel/auto_msgmni"), "0\n");
	CHECK_EQ(set_sysctl("auto_msgmni", "2"), -EINVAL);
	CHECK_EQ(set_sysctl("msg_next_id", "98309"), 5);
	id = new_queue();
	CHECK_EQ(id, 98309);
	remove_queue(id);
}

TEST(the_old_layout)
{
	struct {
		int key;
		unsigned short uid, gid, cuid, cgid, mode, seq;
		void *first, *last;
		long stime, rtime, ctime;
		unsigned long lcbytes, lqbytes;
		unsigned short cbytes, qnum, qbytes, lspid, lrpid;
	} ds;
	int id = msg_get(new_key(), IPC_CREAT | 0640);
	struct message m = {1, "x"};
	struct msqid_ds now = stat_queue(id);

	now.msg_qbytes = 100000;
	CHECK_EQ(msg_ctl(id, IPC_SET, &now), 0);
	CHECK_EQ(send_text(id, 1, "12", 0), 0);
	memset(&ds, 0xff, sizeof(ds));
	CHECK_EQ(ipc_call(MSGCTL_CALL, id, IPC_STAT, 0, &ds, 0), 0);
	CHECK_EQ(ds.key, new_key());
	CHECK_EQ(ds.mode, 0640);
	CHECK_EQ((long)ds.first | (long)ds.last, 0);
	CHECK_EQ(ds.lcbytes, 2);
	CHECK_EQ(ds.lqbytes, 100000);
	CHECK_EQ(ds.cbytes, 2);
	CHECK_EQ(ds.qnum, 1);
	CHECK_EQ(ds.qbytes, 65535);
	CHECK_EQ(ds.lspid, (unsigned short)getpid());
	CHECK_EQ(ds.rtime | ds.lrpid, 0);
	ds.qbytes = 0;
	ds.lqbytes = 70000;
	CHECK_EQ(ipc_call(MSGCTL_CALL, id, IPC_SET, 0, &ds, 0), 0);
	CHECK_EQ(stat_queue(id).msg_qbytes, 70000);
	ds.qbytes = 9;
	CHECK_EQ(ipc_call(MSGCTL_CALL, id, IPC_SET, 0, &ds, 0), 0);
	CHECK_EQ(stat_queue(id).msg_qbytes, 9);
	/* the two forms of msgrcv */
	CHECK_EQ(ipc_call(MSGRCV_CALL | 1 << 16, id, 10, 0, &m, 1), 2);
	CHECK_EQ(memcmp(m.text, "12", 2), 0);
	CHECK_ERRNO(ipc_call(MSGRCV_CALL, id, 10, 0, NULL, 1), EINVAL);
	CHECK_ERRNO(ipc_call(MSGRCV_CALL, id, 10, 0, 1, 1), EFAULT);
	CHECK_ERRNO(syscall(SYS_msgctl, id, IPC_STAT | IPC64, &now), EINVAL);
	remove_queue(id);
}
