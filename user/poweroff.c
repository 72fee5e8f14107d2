/*
 * poweroff [-f]: write everything to the disks, have init end the other processes, and switch the
 * machine off; -f: at once.
 */
#define PROGRAM "poweroff"
#define USAGE	"[-f]"
#include "user/common.h"
#include <signal.h>
#include <sys/reboot.h>

int main(int argc, char **argv)
{
	bool force = argc == 2 && strcmp(argv[1], "-f") == 0;

	if (argc > 1 && !force)
		usage(1);
	sync();
	if (force ? reboot(RB_POWER_OFF) < 0 : kill(1, SIGUSR2) < 0)
		die(PROGRAM);
	return 0;
}
