/*
 * What a program that musl starts finds: arguments, its own name, the auxiliary vector's fixed
 * part, and its maps after the library has allocated, started threads and (if it is linked
 * dynamically) loaded another library. Both kernels print the same.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static const unsigned long shown[] = {
	AT_PHENT,  AT_PHNUM,  AT_PAGESZ, AT_FLAGS, AT_UID,  AT_EUID,	     AT_GID,	    AT_EGID,
	AT_SECURE, AT_CLKTCK, AT_PHDR,	 AT_ENTRY, AT_BASE, AT_SYSINFO_EHDR, AT_MINSIGSTKSZ};

static void *wait_for_ever(void *arg)
{
	pause();
	return NULL;
}

static void show_maps(const char *title)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char *line = NULL, *inode;
	size_t size = 0;

	printf("%s\n", title);
	/* without device and inode, which differ from disk to disk */
	while (f && getline(&line, &size, f) > 0) {
		inode = strchr(line, '/');
		inode = inode ? inode : strchr(line, '[');
		printf("%.31s %s", line, inode ? inode : "\n");
	}
	fclose(f);
	free(line);
}

static int count(struct dl_phdr_info *info, size_t size, void *data)
{
	printf("object '%s' with %d headers\n", info->dlpi_name, info->dlpi_phnum);
	return 0;
}

static void load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	int (*twice)(int);

	if (!library) {
		printf("dlopen: %s\n", dlerror());
		return;
	}
	twice = (int (*)(int))dlsym(library, "twice");
	printf("twice 21 is %d, ", twice(21));
	printf("twice again %d\n", twice(0));
	dl_iterate_phdr(count, NULL);
}

int main(int argc, char **argv, char **envp)
{
	unsigned i;
	pthread_t thread;
	char path[200] = "";
	void *blocks[3];

	for (i = 0; (int)i < argc; i++)
		printf("argument %s\n", argv[i]);
	for (i = 0; envp[i]; i++)
		printf("environment %s\n", envp[i]);
	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		printf("auxv %lu: %#lx\n", shown[i], getauxval(shown[i]));
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		printf("no exe: %d\n", errno);
	printf("I am %s, %s, %s\n", path, (char *)getauxval(AT_EXECFN),
	       (char *)getauxval(AT_PLATFORM));
	show_maps("at the start");
	blocks[0] = malloc(100);
	blocks[1] = malloc(100000);
	blocks[2] = malloc(10 << 20);
	for (i = 0; i < 4; i++)
		pthread_create(&thread, NULL, wait_for_ever, NULL);
	show_maps("with blocks and threads");
	for (i = 0; i < 3; i++)
		free(blocks[i]);
	load("/lib/plugin.so");
	show_maps("at the end");
	return 3;
}
