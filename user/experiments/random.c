/*
 * Address space randomisation, on and off: the same program is run several times in both ways,
 * and its addresses are compared.
 */
#include "experiment.h"
#include <sys/personality.h>

enum {
	RUNS = 5,
	PLACES = 5,
	QUERY = -1
};

static const char *const names[PLACES] = {"code", "data", "heap", "mapping", "stack"};
static int data = 1;

/* The child: where things are. */
static void print_addresses(void)
{
	int local;
	void *mapping = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long places[PLACES] = {(unsigned long)print_addresses, (unsigned long)&data,
					(unsigned long)sbrk(0), (unsigned long)mapping,
					(unsigned long)&local};

	if (write(STDOUT_FILENO, places, sizeof(places)) != sizeof(places))
		_exit(1);
	_exit(0);
}

static void run_child(unsigned long persona, unsigned long *places)
{
	char *args[] = {"random", "child", NULL}, *env[] = {NULL};
	ssize_t n;
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0)
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		personality(persona);
		execve("/proc/self/exe", args, env);
		_exit(127);
	}
	close(fds[1]);
	n = read(fds[0], places, PLACES * sizeof(*places));
	close(fds[0]);
	waitpid(pid, NULL, 0);
	if (n != PLACES * sizeof(*places))
		fail("child");
}

static void compare(const char *title, unsigned long persona)
{
	unsigned long first[PLACES], next[PLACES];
	bool same[PLACES];

	memset(same, true, sizeof(same));
	run_child(persona, first);
	for (int run = 1; run < RUNS; run++) {
		run_child(persona, next);
		for (int i = 0; i < PLACES; i++)
			same[i] &= first[i] == next[i];
	}
	printf("%s, %d runs:\n", title, RUNS);
	for (int i = 0; i < PLACES; i++)
		printf("  %-8s %s\n", names[i], same[i] ? "always at the same address" : "moves");
}

int main(int argc, char **argv)
{
	char setting[8] = "?";
	int fd;

	if (argc == 2 && strcmp(argv[1], "child") == 0)
		print_addresses();
	begin(argv);
	fd = open("/proc/sys/kernel/randomize_va_space", O_RDONLY);
	if (fd < 0 || read(fd, setting, sizeof(setting) - 1) < 0)
		fail("/proc/sys/kernel/randomize_va_space");
	close(fd);
	setting[strcspn(setting, "\n")] = '\0';
	printf("/proc/sys/kernel/randomize_va_space is %s\n", setting);
	compare("as set", personality(QUERY) & ~ADDR_NO_RANDOMIZE);
	compare("with personality(ADDR_NO_RANDOMIZE)", personality(QUERY) | ADDR_NO_RANDOMIZE);
	return 0;
}
