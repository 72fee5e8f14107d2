/*
 * poweroff: write everything to the disks and switch the machine off. See shutdown.h.
 */
#define PROGRAM "poweroff"
#include "user/shutdown.h"

int main(int argc, char **argv)
{
	return shut_down(argc, argv, SIGUSR2, RB_POWER_OFF);
}
