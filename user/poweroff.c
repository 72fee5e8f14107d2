/*
 * poweroff: write everything to the disks and switch the machine off. init does it, so that it
 * can end the other processes first; -f: at once.
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
	if (!force && kill(1, SIGUSR2) < 0)
		die("init");
	if (force && reboot(RB_POWER_OFF) < 0)
		die(PROGRAM);
	return 0;
}
