/*
 * Ending the machine on request.
 */
#ifndef KERNEL_DRIVERS_REBOOT_H
#define KERNEL_DRIVERS_REBOOT_H

#include "kernel/abi/types.h"

/* Does Ctrl-Alt-Del restart at once, or is it a SIGINT for init? reboot(2) sets it. */
extern bool cad_restarts;
/* The three keys were pressed; from the keyboard's interrupt handler. */
void ctrl_alt_del(void);

#endif
