/* Memory, paths, directories, new names, tokens, dates and sums. */
#define _GNU_SOURCE
#include "compare.h"
#include <dirent.h>
#include <libgen.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>

static void blocks(void)
{
	volatile size_t many = 0x10000, most = PTRDIFF_MAX; /* the compiler would refuse them */
	void *p = NULL;

	SHOW(posix_memalign(&p, 3, 8));
	SHOW(posix_memalign(&p, 64, 100));
	SHOW((uintptr_t)p % 64);
	SHOW(malloc_usable_size(p) >= 100);
	SHOW((uintptr_t)aligned_alloc(4096, 8192) % 4096);
	SHOW(calloc(many, many + 1) != NULL);
	SHOW(reallocarray(NULL, many, many + 1) != NULL);
	SHOW(malloc(most + 1) != NULL);
}

/* Does a block of so many bytes lie in the heap? */
static int is_in_heap(size_t n)
{
	char *block = malloc(n);
	int heap = block && block < (char *)sbrk(0);

	free(block);
	return heap;
}

/* Does freeing a block of 256 KiB at the end of the heap move the break back? */
static int is_trimmed(void)
{
	char *volatile block = malloc(256 << 10); /* the compiler would do without it */
	char *full = sbrk(0), *after;

	free(block);
	after = sbrk(0);
	return after < full;
}

/* How many times the break moves for 64 blocks of 16 KiB. */
static int moves_of_the_break(void)
{
	char *before = sbrk(0), *now;
	int moves = 0;

	for (int i = 0; i < 64; i++) {
		if (!malloc(16 << 10))
			return -1;
		now = sbrk(0);
		moves += now != before;
		before = now;
	}
	return moves;
}

static void options(void)
{
	SHOW(is_in_heap(256 << 10));
	SHOW(mallopt(M_MMAP_THRESHOLD, 512 << 10));
	SHOW(is_in_heap(256 << 10));
	SHOW(is_in_heap(1 << 20));
	SHOW(mallopt(M_MMAP_MAX, 0));
	SHOW(is_in_heap(1 << 20));
	SHOW(mallopt(M_MMAP_MAX, 65536));
	SHOW(mallopt(M_MMAP_THRESHOLD, -1));
	SHOW(is_in_heap(8 << 20));
	SHOW(mallopt(M_TOP_PAD, 0));
	SHOW(mallopt(M_TRIM_THRESHOLD, 128 << 10));
	SHOW(is_trimmed());
	SHOW(mallopt(M_TRIM_THRESHOLD, -1));
	SHOW(is_trimmed());
	SHOW(mallopt(M_TOP_PAD, 2 << 20));
	SHOW(moves_of_the_break() <= 1);
	SHOW(mallopt(M_TOP_PAD, -1));
	SHOW(malloc(2 << 20) != NULL);
}

static void paths(void)
{
	static const char *const all[] = {"/a/b/", "/", "", "a", "a/", "a//b//", ".", ".."};
	char path[64], found[4096];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		strcpy(path, all[i]);
		say("dirname [%s]\n", dirname(path));
		strcpy(path, all[i]);
		say("basename [%s]\n", basename(path));
	}
	SHOW(mkdir("/tmp/general", 0755));
	SHOW(symlink("/tmp/general", "/tmp/general/self"));
	say("realpath %s\n", realpath("/tmp/general/self/../general/./self/", found));
	SHOW(realpath("/tmp/general/none/x", found) != NULL);
	SHOW(realpath("", found) != NULL);
	SHOW(realpath("/etc/passwd/", found) != NULL);
}

static int entries(DIR *dir)
{
	int n = 0;

	while (readdir(dir))
		n++;
	return n;
}

static void directories(void)
{
	DIR *dir = opendir("/tmp/general");
	long second;

	SHOW(dir != NULL);
	readdir(dir);
	second = telldir(dir);
	SHOW(entries(dir));
	seekdir(dir, second);
	SHOW(entries(dir));
	rewinddir(dir);
	SHOW(entries(dir));
	SHOW(closedir(dir));
	SHOW(opendir("/etc/passwd") != NULL);
}

static void new_names(void)
{
	char wrong[] = "/tmp/general/XXXXX", right[] = "/tmp/general/f-XXXXXX";
	struct stat st;
	int fd;

	SHOW(mkstemp(wrong));
	fd = mkstemp(right);
	SHOW(fstat(fd, &st));
	say("mode %o, %.15s, %d\n", st.st_mode, right, strstr(right, "XXXXXX") != NULL);
	SHOW(unlink(right));
	SHOW(unlink("/tmp/general/self"));
	SHOW(rmdir("/tmp/general"));
}

static void words(void)
{
	char text[] = "a,b;;c", *rest;

	for (char *t = strtok_r(text, ",;", &rest); t; t = strtok_r(NULL, ",;", &rest))
		say("token %s\n", t);
	SHOW(putenv("GENERAL=1"));
	say("%s\n", getenv("GENERAL"));
	SHOW(setenv("A=B", "x", 1));
	SHOW(unsetenv("a=b"));
	SHOW(atol("99999999999"));
	SHOW(abs(-5));
	SHOW(ldiv(-7, 2).quot * 100 + ldiv(-7, 2).rem);
}

static void dates(void)
{
	static const time_t times[] = {-1, 0, 951782400, 2147483647};
	struct tm tm;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		tm = *gmtime(&times[i]);
		say("%d %d %s", tm.tm_yday, tm.tm_wday, asctime(&tm));
		say("%d\n", mktime(&tm) == times[i]);
	}
	tm = (struct tm){.tm_year = 100, .tm_mon = 13, .tm_mday = 32};
	say("%lld\n", (long long)mktime(&tm));
	say("%s", asctime(localtime(&(time_t){86400})));
}

static void shared_memory(void)
{
	static const char *const bad[] = {"", "/", "/a/b", ".", "/none"};
	struct stat st;
	char *p;
	int fd = shm_open("/general", O_CREAT | O_EXCL | O_RDWR, 0600), again;

	SHOW(fd >= 0);
	SHOW(ftruncate(fd, 4096));
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	strcpy(p, "shared");
	again = shm_open("general", O_RDONLY, 0);
	say("read %s\n", (char *)mmap(NULL, 4096, PROT_READ, MAP_SHARED, again, 0));
	SHOW(fcntl(again, F_GETFD));
	SHOW(stat("/dev/shm/general", &st));
	SHOW(shm_open("/general", O_CREAT | O_EXCL | O_RDWR, 0600) < 0);
	SHOW(shm_unlink("/general"));
	SHOW(shm_unlink("/general"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		SHOW(shm_open(bad[i], O_RDONLY | O_NONBLOCK, 0));
		SHOW(shm_unlink(bad[i]));
	}
}

static void segments(void)
{
	int id = shmget(IPC_PRIVATE, 5000, IPC_CREAT | 0640);
	struct shmid_ds ds;
	char *p = shmat(id, NULL, 0), *q = shmat(id, NULL, SHM_RDONLY);

	SHOW(id < 0 || p == (void *)-1 || q == (void *)-1);
	strcpy(p + SHMLBA, "shared");
	TEXT(q + 4096);
	SHOW(shmctl(id, IPC_STAT, &ds));
	SHOW(ds.shm_segsz * 10 + ds.shm_nattch);
	SHOW(ds.shm_perm.mode);
	SHOW(shmctl(id, IPC_RMID, NULL));
	SHOW(shmdt(p));
	SHOW(shmdt(p));
	SHOW(shmdt(q));
	SHOW(shmctl(id, IPC_STAT, &ds));
	SHOW(shmget(IPC_PRIVATE, 0, 0600));
	SHOW(shmat(-1, NULL, 0));
}

int main(void)
{
	blocks();
	options();
	paths();
	directories();
	new_names();
	words();
	dates();
	shared_memory();
	segments();
	return 0;
}
