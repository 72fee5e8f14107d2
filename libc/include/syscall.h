/* The old place of <sys/syscall.h>. */
#include <sys/syscall.h>
