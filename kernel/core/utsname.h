/*
 * The names of system and machine: uname(2), /proc/version, /proc/sys/kernel.
 */
#ifndef KERNEL_CORE_UTSNAME_H
#define KERNEL_CORE_UTSNAME_H

#include "kernel/abi/types.h"
#include <linux/utsname.h>

/* nodename and domainname change by sethostname and setdomainname, the rest never. */
extern struct new_utsname init_utsname;
/* The text of /proc/version, with its newline. */
extern const char linux_banner[];

#endif
