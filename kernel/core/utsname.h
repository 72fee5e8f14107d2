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

/* The notes of the image: the linker's build id, as ELF writes it. */
extern const char __start_notes[], __stop_notes[];
#define BUILD_ID_SIZE 20 /* a hash of what was linked */
/* The bytes of the build id: all 0 in a kernel that was linked without one. */
const void *build_id(void);

#endif
