/* musl's threads: their stacks, locks, cancellation, their own data, and what the process's other
 * calls do to them. */
#include "../guest/check.h"
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

#define THREADS 16
#define TURNS	2000

static pthread_t threads[THREADS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static __thread int mine = 42;
static __thread char zeros[5000];

static void *null_of(void *arg)
{
	return arg;
}

static void start_all(void *(*run)(void *))
{
	long i;

	for (i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, run, (void *)i), 0);
}

static void join_all(void)
{
	int i;

	for (i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static int count;

static void *add(void *arg)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		pthread_mutex_lock(&lock);
		count++;
		if (i % 64 == 0)
			sched_yield();
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

TEST(mutex)
{
	start_all(add);
	join_all();
	CHECK_EQ(count, THREADS * TURNS);
}

TEST(create_and_join_many)
{
	pthread_t t;
	void *result;
	long i;

	for (i = 0; i < 1000; i++) {
		CHECK_EQ(pthread_create(&t, NULL, null_of, (void *)i), 0);
		CHECK_EQ(pthread_join(t, &result), 0);
		CHECK(result == (void *)i);
	}
}

static void *own_data(void *arg)
{
	int i, n = (long)arg;

	CHECK_EQ(mine, 42);
	for (i = 0; i < (int)sizeof(zeros); i++)
		CHECK_EQ(zeros[i], 0);
	memset(zeros, n, sizeof(zeros));
	mine = n;
	errno = n;
	for (i = 0; i < 50; i++) {
		sched_yield();
		CHECK(mine == n && zeros[4999] == n && errno == n);
	}
	return NULL;
}

TEST(thread_local)
{
	pid_t pid;

	mine = 7;
	pid = fork();
	if (!pid) {
		CHECK_EQ(mine, 7);
		mine = 42;
		_exit(0);
	}
	CHECK_CHILD(pid);
	CHECK_EQ(mine, 7);
	start_all(own_data);
	join_all();
	CHECK_EQ(mine, 7);
}

/* Blocks go from thread to thread: the allocator's locks, and mappings made and removed while
 * others fault. */
static unsigned char *blocks[64];

static void *allocate(void *arg)
{
	unsigned seed = (long)arg, i, size;
	unsigned char *mine, *other;

	for (i = 0; i < TURNS; i++) {
		seed = seed * 1103515245 + 12345;
		size = (seed >> 20) % 16 ? 4 + (seed >> 16) % 500 : 4 + (seed >> 8) % 300000;
		mine = malloc(size);
		CHECK(mine != NULL);
		memset(mine, size, size);
		memcpy(mine, &size, sizeof(size));
		other = __atomic_exchange_n(&blocks[seed >> 24 & 63], mine, __ATOMIC_ACQ_REL);
		if (!other)
			continue;
		memcpy(&size, other, sizeof(size));
		CHECK(size == 4 || other[size - 1] == (unsigned char)size);
		free(other);
	}
	return NULL;
}

TEST(malloc_in_all_threads)
{
	start_all(allocate);
	join_all();
}

static int full, sum;

static void *produce(void *arg)
{
	int i;

	for (i = 0; i < TURNS / 10; i++) {
		pthread_mutex_lock(&lock);
		while (full)
			pthread_cond_wait(&changed, &lock);
		full = 1;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

TEST(condition)
{
	int i;

	start_all(produce);
	for (i = 0; i < THREADS * (TURNS / 10); i++) {
		pthread_mutex_lock(&lock);
		while (!full)
			pthread_cond_wait(&changed, &lock);
		full = 0;
		sum++;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	join_all();
	CHECK_EQ(sum, THREADS * (TURNS / 10));
}

TEST(condition_with_a_time_limit)
{
	struct timespec at, now;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_nsec += 50000000;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	pthread_mutex_lock(&lock);
	CHECK_EQ(pthread_cond_timedwait(&changed, &lock, &at), ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &now);
	CHECK(now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec));
}

static int cleaned;
static pthread_key_t key;

static void clean(void *arg)
{
	cleaned += (long)arg;
}

static void *read_for_ever(void *arg)
{
	char c;

	pthread_setspecific(key, (void *)100);
	pthread_cleanup_push(clean, (void *)1);
	if (read(*(int *)arg, &c, 1) >= 0)
		CHECK_FAIL("there was something to read");
	pthread_cleanup_pop(0);
	return NULL;
}

__attribute__((noreturn)) static void *loop_for_ever(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	sem_post(arg);
	for (;;)
		;
}

TEST(cancellation)
{
	int fd[2], i;
	pthread_t t;
	void *result;
	sem_t started;

	CHECK_EQ(pthread_key_create(&key, clean), 0);
	CHECK_EQ(pipe(fd), 0);
	for (i = 0; i < 20; i++) {
		cleaned = 0;
		CHECK_EQ(pthread_create(&t, NULL, read_for_ever, &fd[0]), 0);
		if (i % 2)
			usleep(20000);
		CHECK_EQ(pthread_cancel(t), 0);
		CHECK_EQ(pthread_join(t, &result), 0);
		CHECK(result == PTHREAD_CANCELED);
		/* without the pause the thread may be cancelled before it does anything: at read()
		 */
		CHECK_EQ(cleaned, 101);
	}
	sem_init(&started, 0, 0);
	CHECK_EQ(pthread_create(&t, NULL, loop_for_ever, &started), 0);
	sem_wait(&started);
	CHECK_EQ(pthread_cancel(t), 0);
	CHECK_EQ(pthread_join(t, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
}

static void *die_with_the_lock(void *arg)
{
	pthread_mutex_lock(arg);
	return NULL;
}

TEST(robust_mutex)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t *robust = mmap(NULL, sizeof(*robust), PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_t t;
	pid_t pid;

	pthread_mutexattr_init(&attr);
	CHECK_EQ(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	CHECK_EQ(pthread_mutex_init(robust, &attr), 0);
	CHECK_EQ(pthread_create(&t, NULL, die_with_the_lock, robust), 0);
	CHECK_EQ(pthread_join(t, NULL), 0);
	CHECK_EQ(pthread_mutex_lock(robust), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(robust), 0);
	CHECK_EQ(pthread_mutex_unlock(robust), 0);
	pid = fork();
	if (!pid) {
		pthread_mutex_lock(robust);
		raise(SIGKILL);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_EQ(pthread_mutex_lock(robust), EOWNERDEAD);
}

static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static int serial, shared;

static void *meet(void *arg)
{
	int i, before;

	for (i = 0; i < 50; i++) {
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__sync_fetch_and_add(&serial, 1);
		if ((long)arg % 4 == 0) {
			pthread_rwlock_wrlock(&rwlock);
			before = shared;
			sched_yield();
			shared = before + 1;
		} else {
			pthread_rwlock_rdlock(&rwlock);
		}
		pthread_rwlock_unlock(&rwlock);
	}
	return NULL;
}

TEST(barriers_and_read_write_locks)
{
	pthread_barrier_init(&barrier, NULL, THREADS);
	start_all(meet);
	join_all();
	CHECK_EQ(serial, 50);
	CHECK_EQ(shared, 50 * THREADS / 4);
}

static sem_t *ping, *pong;

TEST(semaphores_between_processes)
{
	int i;
	pid_t pid;

	ping = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pong = ping + 1;
	CHECK(!sem_init(ping, 1, 0) && !sem_init(pong, 1, 0));
	pid = fork();
	for (i = 0; i < 500; i++) {
		CHECK_EQ(sem_post(pid ? ping : pong), 0);
		CHECK_EQ(sem_wait(pid ? pong : ping), 0);
	}
	if (!pid)
		_exit(0);
	CHECK_CHILD(pid);
}

static volatile pthread_t got;

static void note(int sig)
{
	got = pthread_self();
}

static void *wait_for_it(void *arg)
{
	while (!got)
		usleep(1000);
	return NULL;
}

TEST(signal_for_one_thread)
{
	signal(SIGUSR1, note);
	start_all(wait_for_it);
	CHECK_EQ(pthread_kill(threads[3], SIGUSR1), 0);
	join_all();
	CHECK(got == threads[3]);
}

/* i386 Linux changes one thread's user: musl stops all of them by signals and lets each do it. */
static void *whose(void *arg)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	CHECK_EQ(getuid(), 1000);
	CHECK_EQ(getgid(), 100);
	return NULL;
}

TEST(one_user_for_all_threads)
{
	pthread_mutex_lock(&lock);
	start_all(whose);
	CHECK_EQ(setgid(100), 0);
	CHECK_EQ(setuid(1000), 0);
	pthread_mutex_unlock(&lock);
	join_all();
}

static void *overflow(void *arg)
{
	volatile char room[4096];

	room[0] = arg ? *(char *)arg : 0;
	overflow((void *)room);
	return (void *)(long)room[0];
}

static void thread_overflows(void)
{
	pthread_t t;

	pthread_create(&t, NULL, overflow, NULL);
	pthread_join(t, NULL);
}

TEST(guard_below_the_stack)
{
	CHECK_SIGNAL(thread_overflows(), SIGSEGV);
}

static void *fork_here(void *arg)
{
	pid_t pid = fork();

	if (!pid) {
		CHECK_EQ(mine, 42);
		free(malloc(100));
		_exit(0);
	}
	CHECK_CHILD(pid);
	return NULL;
}

TEST(fork_in_threads)
{
	start_all(fork_here);
	join_all();
}

static void *exec_here(void *arg)
{
	execl("/proc/self/exe", "threads", "-l", NULL);
	return NULL;
}

static void thread_execs(void)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, 1);
	start_all(wait_for_it);
	CHECK_EQ(pthread_create(&threads[0], NULL, exec_here, NULL), 0);
	pause();
}

TEST(exec_ends_the_other_threads)
{
	CHECK_SIGNAL(thread_execs(), 0);
}

static void *exit_here(void *arg)
{
	exit(0);
}

static void thread_exits(void)
{
	start_all(wait_for_it);
	CHECK_EQ(pthread_create(&threads[0], NULL, exit_here, NULL), 0);
	pause();
}

TEST(exit_ends_the_other_threads)
{
	CHECK_SIGNAL(thread_exits(), 0);
}

static void *last_one(void *arg)
{
	usleep(20000);
	exit(0);
}

static void first_one_leaves(void)
{
	pthread_t t;

	CHECK_EQ(pthread_create(&t, NULL, last_one, NULL), 0);
	pthread_exit(NULL);
}

TEST(first_thread_leaves)
{
	CHECK_SIGNAL(first_one_leaves(), 0);
}

TEST(attributes)
{
	pthread_attr_t attr;
	pthread_t t;
	size_t size;
	void *at;
	char name[16];

	pthread_attr_init(&attr);
	CHECK_EQ(pthread_attr_setstacksize(&attr, 1 << 20), 0);
	CHECK_EQ(pthread_attr_setguardsize(&attr, 64 << 10), 0);
	CHECK_EQ(pthread_create(&t, &attr, wait_for_it, NULL), 0);
	CHECK_EQ(pthread_setname_np(t, "a thread"), 0);
	CHECK_EQ(pthread_getname_np(t, name, sizeof(name)), 0);
	CHECK_STR(name, "a thread");
	got = t;
	CHECK_EQ(pthread_join(t, NULL), 0);
	/* the first thread's stack is probed by mremap, page by page */
	CHECK_EQ(pthread_getattr_np(pthread_self(), &attr), 0);
	CHECK_EQ(pthread_attr_getstack(&attr, &at, &size), 0);
	CHECK((char *)at < (char *)&attr && (char *)&attr < (char *)at + size);
}
