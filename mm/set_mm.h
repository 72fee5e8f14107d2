/*
 * prctl(PR_SET_MM): see set_mm.c.
 */
#ifndef MM_SET_MM_H
#define MM_SET_MM_H

/* The arguments are prctl(2)'s. 0 or -errno. May sleep; takes mmap_sem. */
long prctl_set_mm(unsigned long opt, unsigned long addr, unsigned long arg4, unsigned long arg5);

#endif
