/*
 * poweroff, reboot, halt [-f]: have init end the other processes, unmount all disks, and switch the
 * machine off, start it anew or stop it; -f: at once, without any of that.
 */
#define PROGRAM "poweroff"
#define USAGE	"[-f] (also as reboot or halt)"
#include "user/common.h"
#include <signal.h>
#include <sys/reboot.h>

static const struct {
	const char *name;
	int signal, command; /* for init, for the kernel */
} ways[] = {
	{"poweroff", SIGUSR2, RB_POWER_OFF},
	{"reboot", SIGTERM, RB_AUTOBOOT},
	{"halt", SIGUSR1, RB_HALT_SYSTEM},
};

int main(int argc, char **argv)
{
	bool force = argc == 2 && strcmp(argv[1], "-f") == 0;
	size_t way = sizeof(ways) / sizeof(ways[0]) - 1;

	if (argc > 1 && !force)
		usage(1);
	while (way > 0 && strcmp(last_part(argv[0]), ways[way].name) != 0)
		way--;
	if (force)
		sync();
	if (force ? reboot(ways[way].command) < 0 : kill(1, ways[way].signal) < 0)
		die(ways[way].name);
	return 0;
}
