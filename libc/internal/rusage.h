/* struct rusage: the kernel's has 32-bit times. */
#ifndef LIBC_INTERNAL_RUSAGE_H
#define LIBC_INTERNAL_RUSAGE_H

#include <sys/resource.h>

void __rusage_from_kernel(struct rusage *ru, const struct __uapi_rusage *k);

#endif
