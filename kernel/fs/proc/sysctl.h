/*
 * /proc/sys: variables of the kernel as files. A table names them and says how each is printed and
 * read.
 */
#ifndef KERNEL_FS_PROC_SYSCTL_H
#define KERNEL_FS_PROC_SYSCTL_H

#include "kernel/abi/types.h"

struct ctl_table;
/*
 * Print into buf (write false) or read from it; *lenp is its size, and becomes what was printed or
 * taken; *ppos is the position in the file. 0 or -errno.
 */
typedef int proc_handler(const struct ctl_table *t, bool write, char *buf, size_t *lenp,
			 loff_t *ppos);

struct ctl_table {
	const char *name;
	umode_t mode;
	/* A file: */
	void *data;
	unsigned int count; /* numbers in data; of a string: its size */
	long min, max;	    /* what the minmax handlers accept */
	proc_handler *handler;
	/* A file that this capability lets current read and write, whatever the mode; 0: none. */
	int cap;
	/* A directory: */
	const struct ctl_table *child;
	unsigned int nr_child;
};

/* int[count]: any value; or from min to max. */
proc_handler proc_dointvec, proc_dointvec_minmax;
/* unsigned long[count]: any value; or from min to max. */
proc_handler proc_doulongvec, proc_doulongvec_minmax;
/* char[count]: one line; read-only ones have any size. */
proc_handler proc_dostring;

#endif
