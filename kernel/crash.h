/*
 * Crashes on request: the boot option mapix.crash=KIND of debug builds.
 */
#ifndef KERNEL_CRASH_H
#define KERNEL_CRASH_H

#if MAPIX_DEBUG
/* Commit the mistake that the option names, if it is there: does not return then. An unknown name
   is logged. */
void crash_on_request(void);
#else
static inline void crash_on_request(void)
{
}
#endif

#endif
