/*
 * Kernel threads are in the list of processes, but they have no address space: what /proc tells of
 * this program, and what it tells of them.
 */
#include "experiment.h"
#include <dirent.h>

#define PF_KTHREAD 0x00200000UL /* Linux include/linux/sched.h: field 9 of /proc/PID/stat */

enum {
	BUFFER = 32768
};

/* What is counted of a process. */
struct look {
	long map_lines, pages, vm_lines, command_bytes;
	bool has_program, has_slept;
};

/* The text of /proc/PID/FILE, in a static buffer; empty if there is none, or the process has
 * ended. */
static char *read_file(const char *pid, const char *file, ssize_t *size)
{
	static char text[BUFFER];
	char path[64];
	ssize_t n, have = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, file);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && (n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += n;
	if (fd >= 0)
		close(fd);
	text[have] = '\0';
	if (size)
		*size = have;
	return text;
}

static long count_lines(const char *text, const char *beginning)
{
	long n = 0;

	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL)
		n += strncmp(text, beginning, strlen(beginning)) == 0;
	return n;
}

static bool is_kernel_thread(const char *pid)
{
	const char *after_name = strrchr(read_file(pid, "stat", NULL), ')');
	unsigned long flags = 0;

	return after_name && sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %lu", &flags) == 1 &&
	       flags & PF_KTHREAD;
}

static void look_at(const char *pid, struct look *sum)
{
	char path[64], link[256];
	const char *text;
	ssize_t bytes;

	sum->map_lines += count_lines(read_file(pid, "maps", NULL), "");
	sum->pages += strtol(read_file(pid, "statm", NULL), NULL, 10);
	text = read_file(pid, "status", NULL);
	sum->vm_lines += count_lines(text, "Vm");
	sum->has_slept |= !strstr(text, "\nvoluntary_ctxt_switches:\t0\n");
	read_file(pid, "cmdline", &bytes);
	sum->command_bytes += bytes;
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	sum->has_program |= readlink(path, link, sizeof(link)) > 0;
}

static const char *some(long n)
{
	return n ? "some" : "none";
}

static const char *yes(bool b)
{
	return b ? "yes" : "no";
}

static void show(const char *what, const char *ours, const char *theirs)
{
	printf("%-34s %-14s %s\n", what, ours, theirs);
}

int main(int argc, char **argv)
{
	struct look ours = {0}, theirs = {0};
	long found = 0;
	struct dirent *entry;
	DIR *proc;

	begin(argv);
	proc = opendir("/proc");
	if (!proc)
		fail("/proc");
	look_at("self", &ours);
	while ((entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !is_kernel_thread(entry->d_name))
			continue;
		look_at(entry->d_name, &theirs);
		found++;
	}
	closedir(proc);
	show("", "this program", "kernel threads");
	show("listed in /proc", "yes", yes(found));
	show("has run, and slept again", "-", yes(theirs.has_slept));
	show("lines of maps", some(ours.map_lines), some(theirs.map_lines));
	show("pages of address space (statm)", some(ours.pages), some(theirs.pages));
	show("lines Vm... of status", some(ours.vm_lines), some(theirs.vm_lines));
	show("command line (cmdline)", some(ours.command_bytes), some(theirs.command_bytes));
	show("program (exe)", yes(ours.has_program), yes(theirs.has_program));
	return 0;
}
