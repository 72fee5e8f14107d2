/*
 * reboot: write everything to the disks and start the machine again. See shutdown.h.
 */
#define PROGRAM "reboot"
#include "user/shutdown.h"

int main(int argc, char **argv)
{
	return shut_down(argc, argv, SIGTERM, RB_AUTOBOOT);
}
