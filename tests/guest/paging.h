/*
 * What kind of page tables the kernel has: with PAE or without, and with NX or without. Some
 * answers depend on it, on Linux too.
 */
#ifndef TESTS_GUEST_PAGING_H
#define TESTS_GUEST_PAGING_H

#include "check.h"
#include <stdio.h>
#include <sys/utsname.h>

/* Does FILE have a line that begins with NAME and contains WORD? */
static int file_says(const char *file, const char *name, const char *word)
{
	char line[4096];
	FILE *f = fopen(file, "r");
	int found = 0;

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = ' ';
		found |= !strncmp(line, name, strlen(name)) && strstr(line, word) != NULL;
	}
	fclose(f);
	return found;
}

/* A large page of 2 MiB is how a program recognizes PAE. */
static int has_pae(void)
{
	return file_says("/proc/meminfo", "Hugepagesize:", " 2048 kB");
}

/* Of a huge page: it covers the addresses of one page table. */
__attribute__((unused)) static int huge_page_shift(void)
{
	return has_pae() ? 21 : 22;
}

/* Has the kernel switched NX on? */
static int nx_on(void)
{
	static int on = -1;

	if (on < 0)
		on = file_says("/proc/cpuinfo", "flags", " nx ") && has_pae();
	return on;
}

/* Bits of an error code that are there only then. */
__attribute__((unused)) static int nx(int bits)
{
	return nx_on() ? bits : 0;
}

/* Do the entries of programs have the bit? Linux 6.1 with PAE loses it: its vm_get_page_prot()
 * keeps an entry of 64 bits in an unsigned long. */
__attribute__((unused)) static int nx_active(void)
{
	struct utsname name;

	CHECK_EQ(uname(&name), 0);
	return nx_on() && !strstr(name.release, "-686-pae");
}

#endif
