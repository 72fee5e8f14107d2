/*
 * What poweroff and reboot share: everything is written to the disks, and init is asked to end the
 * other processes and then the machine; -f: the machine, at once.
 */
#ifndef USER_SHUTDOWN_H
#define USER_SHUTDOWN_H

#define USAGE "[-f]"
#include "user/common.h"
#include <signal.h>
#include <sys/reboot.h>

/* main() of both: the signal that init takes for the request, and the kernel's command. */
static inline int shut_down(int argc, char **argv, int sig, int command)
{
	bool force = argc == 2 && strcmp(argv[1], "-f") == 0;

	if (argc > 1 && !force)
		usage(1);
	sync();
	if (!force && kill(1, sig) < 0)
		die("init");
	if (force && reboot(command) < 0)
		die(PROGRAM);
	return 0;
}

#endif
