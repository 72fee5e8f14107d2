/* The state of a user context. Only the types: there is no makecontext. */
#include <signal.h>
#include <sys/ucontext.h>
