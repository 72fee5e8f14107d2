/* The old place of <unistd.h>. */
#include <unistd.h>
