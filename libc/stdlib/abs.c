/* Small integer arithmetic. */
#include <stdlib.h>

int abs(int v)
{
	return v < 0 ? -v : v;
}

ldiv_t ldiv(long num, long den)
{
	return (ldiv_t){num / den, num % den};
}
