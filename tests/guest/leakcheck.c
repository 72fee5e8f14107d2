/*
 * leakcheck WARM-UP COMMAND: runs both by the shell, and tells what the second one has not given
 * back: memory, objects of the kernel, and slots of swap. The first one fills caches that stay. It
 * exits as COMMAND does, or with 1 if something is missing; see scripts/stress.
 *
 * Pages of those that live on may be in swap, so it is turned off before each look: that brings
 * them back, and cannot end if there is a slot that belongs to nobody.
 */
#define _GNU_SOURCE
#include "leaks.h"
#include <stdlib.h>
#include <sys/swap.h>
#include <sys/wait.h>

#define SETTLE_SECONDS 2 /* what ends by itself: exiting processes, writes */

#define MAX_AREAS 8

/* Turn all swap areas off, and on again. => whether it succeeded. */
static int bring_back(void)
{
	FILE *file = fopen("/proc/swaps", "r");
	char line[512], path[MAX_AREAS][256];
	int areas = 0, good = 1;

	while (file && areas < MAX_AREAS && fgets(line, sizeof(line), file))
		areas += line[0] == '/' && sscanf(line, "%255s", path[areas]) == 1;
	if (file)
		fclose(file);
	for (int i = 0; i < areas; i++) {
		if (swapoff(path[i]) < 0) {
			perror(path[i]);
			good = 0;
		}
	}
	for (int i = 0; good && i < areas; i++) {
		if (swapon(path[i], 0) < 0) {
			perror(path[i]);
			good = 0;
		}
	}
	return good;
}

static int run(const char *command)
{
	int status = system(command);

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	sleep(SETTLE_SECONDS);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void say_leak(long count, const char *of_what)
{
	printf("leak: %ld %s\n", count, of_what);
}

int main(int argc, char **argv)
{
	static struct figures before, now;
	int status, leaks;

	if (argc != 3)
		return 2;
	run(argv[1]);
	leaks = !bring_back();
	measure(&before);
	status = run(argv[2]);
	leaks |= !bring_back();
	measure(&now);
	leaks |= leaks_found(&before, &now, say_leak);
	if (!leaks)
		printf("no leak\n");
	return status ? status : leaks;
}
