/* System V shared memory: segments, their keys and ids, attaching and detaching. */
#include "maps.h"
#include "sysvipc.h"
#include <sys/resource.h>

#define SIZE (4 * P)

static int new_segment(size_t size)
{
	int id = shm_get(IPC_PRIVATE, size, IPC_CREAT | 0600);

	CHECK(id >= 0);
	return id;
}

static char *attach(int id)
{
	char *p = shm_at(id, NULL, 0);

	CHECK(p != (char *)-1);
	return p;
}

static void remove_segment(int id)
{
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
}

static struct shmid_ds stat_segment(int id)
{
	struct shmid_ds ds;

	CHECK_EQ(shm_ctl(id, IPC_STAT, &ds), 0);
	return ds;
}

#define CHECK_ATTACHED(ID, N) CHECK_EQ(stat_segment(ID).shm_nattch, (N))
#define CHECK_GONE(ID)	      CHECK_ERRNO(shm_ctl((ID), IPC_STAT, &(struct shmid_ds){}), EINVAL)

BOTH_TEST(shmget_finds_and_makes_segments)
{
	int key = new_key(), id, other;

	CHECK_ERRNO(shm_get(key, SIZE, 0600), ENOENT);
	CHECK_ERRNO(shm_get(key, 0, IPC_CREAT | 0600), EINVAL);
	id = shm_get(key, SIZE, IPC_CREAT | IPC_EXCL | 0600);
	CHECK(id >= 0);
	CHECK_ERRNO(shm_get(key, SIZE, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_ERRNO(shm_get(key, SIZE + 1, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	CHECK_ERRNO(shm_get(key, SIZE + 1, 0600), EINVAL);
	CHECK_EQ(shm_get(key, SIZE, IPC_CREAT | 0600), id);
	CHECK_EQ(shm_get(key, 0, 0), id);
	CHECK_EQ(shm_get(key, 1, 0777), id); /* root may all */
	other = new_segment(1);
	CHECK(other != id);
	remove_segment(other);
	remove_segment(id);
	CHECK_ERRNO(shm_get(key, SIZE, 0600), ENOENT);
	CHECK_ERRNO(shm_ctl(id, IPC_RMID, NULL), EINVAL);
	CHECK_ERRNO(shm_at(id, NULL, 0), EINVAL);
	CHECK_ERRNO(shm_at(-1, NULL, 0), EINVAL);
	CHECK_ERRNO(shm_ctl(-1, IPC_STAT, NULL), EINVAL);
	CHECK_ERRNO(shm_ctl(id, 99, NULL), EINVAL);
}

BOTH_TEST(a_segment_is_described)
{
	time_t before = time(NULL) - 1;
	int key = new_key(), id = shm_get(key, SIZE - 100, IPC_CREAT | 0641);
	struct shmid_ds ds = stat_segment(id);
	char *p;

	CHECK_EQ(ds.shm_perm.__key, key);
	CHECK_EQ(ds.shm_perm.mode, 0641);
	CHECK_EQ(ds.shm_perm.uid, geteuid());
	CHECK_EQ(ds.shm_perm.cuid, geteuid());
	CHECK_EQ(ds.shm_perm.gid, getegid());
	CHECK_EQ(ds.shm_perm.cgid, getegid());
	CHECK_EQ(ds.shm_perm.__seq, id >> 15);
	CHECK_EQ(ds.shm_segsz, SIZE - 100);
	CHECK_EQ(ds.shm_atime, 0);
	CHECK_EQ(ds.shm_dtime, 0);
	CHECK(ds.shm_ctime >= before && ds.shm_ctime <= time(NULL));
	CHECK_EQ(ds.shm_cpid, getpid());
	CHECK_EQ(ds.shm_lpid, 0);
	CHECK_EQ(ds.shm_nattch, 0);
	p = attach(id);
	ds = stat_segment(id);
	CHECK(ds.shm_atime >= before && ds.shm_atime <= time(NULL));
	CHECK_EQ(ds.shm_dtime, 0);
	CHECK_EQ(ds.shm_lpid, getpid());
	CHECK_EQ(ds.shm_nattch, 1);
	CHECK_EQ(shm_dt(p), 0);
	ds = stat_segment(id);
	CHECK(ds.shm_dtime >= before && ds.shm_dtime <= time(NULL));
	CHECK_EQ(ds.shm_nattch, 0);
	ds.shm_perm.mode = 07604;
	ds.shm_perm.uid = 1000;
	ds.shm_perm.gid = 100000;
	ds.shm_segsz = 1;
	CHECK_EQ(shm_ctl(id, IPC_SET, &ds), 0);
	ds = stat_segment(id);
	CHECK_EQ(ds.shm_perm.mode, 0604);
	CHECK_EQ(ds.shm_perm.uid, 1000);
	CHECK_EQ(ds.shm_perm.gid, 100000);
	CHECK_EQ(ds.shm_perm.cuid, geteuid());
	CHECK_EQ(ds.shm_segsz, SIZE - 100);
	ds.shm_perm.uid = -1;
	CHECK_ERRNO(shm_ctl(id, IPC_SET, &ds), EINVAL);
	CHECK_ERRNO(shm_ctl(id, IPC_STAT, (void *)1), EFAULT);
	CHECK_ERRNO(shm_ctl(id, IPC_SET, (void *)1), EFAULT);
	remove_segment(id);
}

BOTH_TEST(maps_show_key_and_id)
{
	int key = new_key(), id = shm_get(key, SIZE - 1, IPC_CREAT | 0600);
	char *p = attach(id), wanted[128], line[256];
	int found = 0, fd;

	snprintf(wanted, sizeof(wanted), "%08lx-%08lx rw-s 00000000 00:01 %-10d ", (long)p,
		 (long)p + SIZE, id);
	sprintf(wanted + strlen(wanted), "/SYSV%08x (deleted)", key);
	fd = open("/proc/self/maps", O_RDONLY);
	map_read_line(fd, NULL, 0);
	while (map_read_line(fd, line, sizeof(line))) {
		if (!strncmp(line, wanted, 8)) {
			CHECK_STR(line, wanted);
			found = 1;
		}
	}
	CHECK(found);
	close(fd);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_UNMAPPED(p);
	remove_segment(id);
}

BOTH_TEST(attaches_share_their_bytes)
{
	int id = new_segment(SIZE);
	char *p = attach(id), *q = attach(id), *r = shm_at(id, NULL, SHM_RDONLY);
	pid_t pid;

	CHECK(p != q && r != (char *)-1);
	CHECK_ATTACHED(id, 3);
	strcpy(p + P, "one");
	CHECK_STR(q + P, "one");
	CHECK_STR(r + P, "one");
	CHECK_MAP(r, SIZE, "r--s");
	CHECK_FAULT(r[0] = 1, SIGSEGV, SEGV_ACCERR, r);
	CHECK_ERRNO(mprotect(r, SIZE, PROT_READ | PROT_WRITE), EACCES);
	CHECK_EQ(mprotect(r, SIZE, PROT_READ | PROT_EXEC), 0);
	pid = fork();
	if (!pid) {
		CHECK_ATTACHED(id, 6);
		strcpy(q + P, "two");
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_ATTACHED(id, 3);
	CHECK_EQ(stat_segment(id).shm_lpid, pid);
	CHECK_STR(p + P, "two");
	CHECK_EQ(shm_dt(p) | shm_dt(q) | shm_dt(r), 0);
	CHECK_ERRNO(shm_dt(p), EINVAL);
	p = attach(id);
	CHECK_STR(p + P, "two");
	remove_segment(id);
}

BOTH_TEST(the_last_detach_removes)
{
	int key = new_key(), id = shm_get(key, SIZE, IPC_CREAT | 0600);
	char *p = attach(id), *q;

	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
	CHECK_EQ(stat_segment(id).shm_perm.mode, 01600);
	CHECK_EQ(stat_segment(id).shm_perm.__key, 0);
	CHECK_ERRNO(shm_get(key, SIZE, 0), ENOENT);
	CHECK_EQ(shm_ctl(id, IPC_RMID, NULL), 0);
	q = attach(id);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_ATTACHED(id, 1);
	q[0] = 1;
	CHECK_EQ(shm_dt(q), 0);
	CHECK_GONE(id);
}

BOTH_TEST(exit_and_exec_detach)
{
	char *const argv[] = {"true", NULL};
	int id = new_segment(SIZE);
	char *p = attach(id);
	pid_t pid = fork();

	if (!pid)
		kill(getpid(), SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK_ATTACHED(id, 1);
	pid = fork();
	if (!pid) {
		execve("/bin/true", argv, NULL);
		_exit(2);
	}
	CHECK_CHILD(pid);
	CHECK_ATTACHED(id, 1);
	CHECK_EQ(stat_segment(id).shm_lpid, pid);
	pid = fork();
	if (!pid) {
		CHECK_EQ(shm_dt(p), 0);
		remove_segment(id);
		CHECK_ATTACHED(id, 1);
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(munmap(p, SIZE), 0);
	CHECK_GONE(id);
}

BOTH_TEST(where_it_is_attached)
{
	int id = new_segment(SIZE);
	char *room = free_room(16), *p;

	CHECK(shm_at(id, room + P, 0) == room + P);
	CHECK_ERRNO(shm_at(id, room + P, 0), EINVAL);
	CHECK_ERRNO(shm_at(id, room, 0), EINVAL);
	CHECK_ERRNO(shm_at(id, room + 8 * P + 4, 0), EINVAL);
	CHECK(shm_at(id, room + 8 * P + 4, SHM_RND) == room + 8 * P);
	CHECK_ATTACHED(id, 2);
	room[P] = 'x';
	CHECK_EQ(room[8 * P], 'x');
	CHECK_ERRNO(shm_at(id, NULL, SHM_REMAP), EINVAL);
	CHECK_ERRNO(shm_at(id, (void *)100, SHM_RND | SHM_REMAP), EINVAL);
	CHECK_ERRNO(shm_at(id, (void *)100, SHM_REMAP), EINVAL);
	p = anon_at(room, 16, PROT_READ | PROT_WRITE);
	CHECK_ATTACHED(id, 0);
	CHECK_ERRNO(shm_at(id, room + 4 * P, 0), EINVAL);
	CHECK(shm_at(id, room + 4 * P, SHM_REMAP) == room + 4 * P);
	CHECK_EQ(p[4 * P], 'x');
	CHECK_MAP(p + 4 * P, 4 * P, "rw-s");
	CHECK_MAP(p, 4 * P, "rw-p");
	CHECK(shm_at(id, room + 6 * P, SHM_REMAP | SHM_RDONLY) == room + 6 * P);
	CHECK_MAP(p + 4 * P, 2 * P, "rw-s");
	CHECK_ATTACHED(id, 2);
	CHECK(shm_at(id, room, SHM_REMAP | SHM_EXEC) == room);
	CHECK_MAP(p, 4 * P, "rwxs");
	CHECK_ERRNO(shm_at(id, (void *)0xbffff000, SHM_REMAP), ENOMEM);
	CHECK_ERRNO(shm_at(id, (void *)0xfffff000, 0), EINVAL);
	CHECK_ERRNO(shm_dt(p + 1), EINVAL);
	CHECK_ERRNO(shm_dt(p + P), EINVAL);
	remove_segment(id);
}

BOTH_TEST(shmdt_finds_the_parts)
{
	int id = new_segment(8 * P), other = new_segment(8 * P);
	char *room = free_room(20), *p = room + P;

	/* split by mprotect and munmap */
	CHECK(shm_at(id, p, 0) == p);
	CHECK_EQ(mprotect(p + 2 * P, P, PROT_READ), 0);
	CHECK_ATTACHED(id, 3);
	CHECK_EQ(munmap(p + 4 * P, P), 0);
	CHECK_ATTACHED(id, 4);
	CHECK_ERRNO(shm_dt(p + 2 * P), EINVAL);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_ATTACHED(id, 0);
	CHECK_UNMAPPED(p + 7 * P);
	/* the beginning is gone */
	CHECK(shm_at(id, p, 0) == p);
	CHECK_EQ(munmap(p, 2 * P), 0);
	CHECK_ATTACHED(id, 1);
	CHECK_ERRNO(shm_dt(p + 2 * P), EINVAL);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_ATTACHED(id, 0);
	/* a part of another segment at a place that fits */
	CHECK(shm_at(id, p, 0) == p);
	CHECK_EQ(munmap(p + 4 * P, 4 * P), 0);
	CHECK(shm_at(other, p + 8 * P, 0) == p + 8 * P);
	CHECK(mremap(p + 12 * P, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, p + 4 * P) ==
	      p + 4 * P);
	CHECK_ATTACHED(other, 2);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_ATTACHED(id, 0);
	CHECK_ATTACHED(other, 2);
	CHECK_MAP(p + 4 * P, 4 * P, "rw-s");
	CHECK_EQ(shm_dt(p + 8 * P), 0);
	CHECK_ATTACHED(other, 1);
	CHECK_EQ(shm_dt(p), 0);
	CHECK_ATTACHED(other, 0);
	remove_segment(id);
	remove_segment(other);
}

BOTH_TEST(mremap_moves_and_copies)
{
	int id = new_segment(4 * P);
	char *p = attach(id), *room = free_room(8), *q;

	p[P] = 'm';
	CHECK(mremap(p, 4 * P, 4 * P, MREMAP_MAYMOVE | MREMAP_FIXED, room) == room);
	CHECK_ATTACHED(id, 1);
	CHECK_EQ(room[P], 'm');
	/* it may grow, but what lies beyond the segment is not there */
	CHECK(mremap(room, 4 * P, 6 * P, 0) == room);
	CHECK_FAULT(room[4 * P] = 1, SIGBUS, BUS_ADRERR, room + 4 * P);
	q = mremap(room, 0, 4 * P, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK_ATTACHED(id, 2);
	CHECK_EQ(q[P], 'm');
	CHECK_EQ(shm_dt(room), 0);
	CHECK_UNMAPPED(room);
	CHECK_EQ(shm_dt(q), 0);
	CHECK_ATTACHED(id, 0);
	remove_segment(id);
}

BOTH_TEST(the_memory_calls_work_on_it)
{
	int id = new_segment(4 * P);
	unsigned char vec[4];
	char *p = attach(id);

	memset(p, 'a', 4 * P);
	CHECK_EQ(mincore(p, 4 * P, vec), 0);
	CHECK(vec[0] & vec[3] & 1);
	CHECK_EQ(msync(p, 4 * P, MS_SYNC), 0);
	CHECK_EQ(madvise(p, 4 * P, MADV_DONTNEED), 0);
	CHECK_EQ(p[P], 'a');
	CHECK_EQ(madvise(p + P, P, MADV_REMOVE), 0);
	CHECK_EQ(p[P], 0);
	CHECK_EQ(p[2 * P], 'a');
	CHECK_EQ(remap_file_pages(p, P, 0, 2, 0), 0);
	CHECK_ATTACHED(id, 2);
	p[0] = 'r';
	CHECK_EQ(p[2 * P], 'r');
	CHECK_EQ(mlock(p, 4 * P), 0);
	CHECK_EQ(munmap(p, 4 * P), 0);
	CHECK_ATTACHED(id, 0);
	p = attach(id);
	remove_segment(id);
	CHECK_ERRNO(remap_file_pages(p, 4 * P, 0, 0, 0), EINVAL);
	CHECK_GONE(id);
}

BOTH_TEST(a_segment_may_be_mapped_by_reading_one_page)
{
	int id = new_segment(16 * P);
	char *p = attach(id), *q;
	unsigned char vec[16];

	memset(p, 1, 16 * P);
	q = attach(id);
	CHECK_EQ(q[0], 1); /* no pages around it */
	CHECK(pagemap(q) & PM_PRESENT);
	CHECK(!(pagemap(q + P) & PM_PRESENT));
	CHECK_EQ(mincore(q, 16 * P, vec), 0);
	CHECK(vec[15] & 1);
	remove_segment(id);
}

BOTH_TEST(all_segments_by_index)
{
	int id = new_segment(3 * P + 1), max, i, found = 0;
	struct shm_info info = {}, more;
	struct shminfo limits;
	struct shmid_ds ds;
	char *p = attach(id);

	max = shm_ctl(0, SHM_INFO, (void *)&info);
	CHECK(max >= (id & 32767));
	CHECK(info.used_ids > 0);
	CHECK_EQ(info.swap_attempts | info.swap_successes, 0);
	p[0] = 1;
	i = new_segment(P);
	shm_ctl(0, SHM_INFO, (void *)&more);
	CHECK_EQ(more.used_ids, info.used_ids + 1);
	CHECK_EQ(more.shm_tot, info.shm_tot + 1);
	CHECK_EQ(more.shm_rss + more.shm_swp, info.shm_rss + info.shm_swp + 1);
	remove_segment(i);
	for (i = 0; i <= max; i++) {
		int got = shm_ctl(i, SHM_STAT, &ds);

		if (got < 0)
			CHECK_EQ(errno, EINVAL);
		else
			CHECK_EQ(got & 32767, i);
		if (got == id) {
			found++;
			CHECK_EQ(ds.shm_segsz, 3 * P + 1);
			CHECK_EQ(shm_ctl(i, 15 /* SHM_STAT_ANY */, &ds), id);
		}
	}
	CHECK_EQ(found, 1);
	CHECK_EQ(shm_ctl(0, IPC_INFO, (void *)&limits), max);
	CHECK_EQ(limits.shmmin, 1);
	CHECK_EQ(limits.shmmni, sysctl_number("shmmni"));
	CHECK_EQ(limits.shmseg, limits.shmmni);
	CHECK_EQ(limits.shmmax, (unsigned long)sysctl_number("shmmax"));
	CHECK_EQ(limits.shmall, (unsigned long)sysctl_number("shmall"));
	CHECK_ERRNO(shm_ctl(0, IPC_INFO, (void *)1), EFAULT);
	CHECK_ERRNO(shm_ctl(0, SHM_INFO, (void *)1), EFAULT);
	remove_segment(id);
}

BOTH_TEST(proc_sysvipc_shm)
{
	int key = new_key(), id = shm_get(key, SIZE + 5, IPC_CREAT | 0606);
	char *p = attach(id), wanted[256];
	struct shmid_ds ds;

	p[0] = p[P] = 1;
	ds = stat_segment(id);
	snprintf(wanted, sizeof(wanted),
		 "%10d %10d  %4o %10lu %5u %5u  %5lu %5u %5u %5u %5u %10lu %10lu %10lu "
		 "%10lu %10lu",
		 key, id, 0606, SIZE + 5, getpid(), getpid(), 1L, 0, 0, 0, 0, ds.shm_atime, 0L,
		 ds.shm_ctime, 2 * P, 0L);
	CHECK_STR(ipc_line("/proc/sysvipc/shm", id), wanted);
	slurp("/proc/sysvipc/shm");
	*strchr(proc_text, '\n') = '\0';
	CHECK_STR(proc_text,
		  "       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  "
		  "cgid      atime      dtime      ctime        rss       swap");
	remove_segment(id);
	CHECK_EQ(strncmp(ipc_line("/proc/sysvipc/shm", id), "         0 ", 11), 0);
	CHECK(strstr(ipc_line("/proc/sysvipc/shm", id), "  1606 "));
	CHECK_EQ(shm_dt(p), 0);
	CHECK_STR(ipc_line("/proc/sysvipc/shm", id), "");
}

/* Ids: an index is not used again at once, and the number in front of it changes each time around.
 */
TEST(ids_go_round)
{
	int ids[200], i;

	for (i = 0; i < 200; i++) {
		ids[i] = new_segment(1);
		remove_segment(ids[i]);
	}
	for (i = 1; i < 200; i++) {
		int index = ids[i] & 32767, last = ids[i - 1] & 32767;

		CHECK(index != last);
		if (index > last)
			CHECK_EQ(ids[i] >> 15, ids[i - 1] >> 15);
		else
			CHECK_EQ(ids[i] >> 15, (ids[i - 1] >> 15) + 1);
	}
}
