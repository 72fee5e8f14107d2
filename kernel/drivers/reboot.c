/*
 * Ctrl-Alt-Del.
 */
#include "kernel/drivers/reboot.h"
#include "kernel/core/panic.h"
#include "kernel/signal/signal.h"

bool cad_restarts = true;

void ctrl_alt_del(void)
{
	struct task_struct *init = find_process_by_pid(1);

	if (cad_restarts || !init)
		machine_restart();
	send_sig(SIGINT, init);
}
