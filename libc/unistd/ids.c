/* User and group identities, by the calls with 32-bit ids. */
#include <unistd.h>
#include "libc/internal/syscall.h"

uid_t geteuid(void)
{
	return raw0(SYS_geteuid32);
}
