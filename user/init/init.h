/*
 * What the parts of init share.
 */
#ifndef USER_INIT_H
#define USER_INIT_H

#define PROGRAM "init"
#define USAGE	"(run by the kernel as process 1)"
#include "user/proc.h"
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

/* main.c: processes, and the end */

enum {
	NOT_FOUND = 127 /* the status of a command that is not there */
};

extern volatile sig_atomic_t shutdown_command; /* for reboot(); 0: none */

void release_signals(void);
pid_t start(void (*run)(char **argv), char **argv);
int wait_for(pid_t pid);
void kill_processes(void);
void end_processes(void);
bool boot_option(const char *name, int n, char *value, size_t size);
_Noreturn void stop_machine(int command);

/* disks.c: what is mounted where */

typedef void complaint(const char *what, int err); /* err: an errno */

void mount_what_every_system_has(void);
void mount_fstab(bool root_only);
void link_disks(void);
void mount_first_disk(complaint *complain_of);
void use_swap_disk(complaint *complain_of);
void unmount_all(complaint *complain_of);

/* terminal.c */

void measure_terminal(void);

/* exec.c: one command instead of a shell */

_Noreturn void exec_mode(const char *device);

#endif
