/*
 * All lists of system calls, for table.c.
 */
#include "kernel/syscall/tbl_fs.h"
#include "kernel/syscall/tbl_mm.h"
#include "kernel/syscall/tbl_task.h"
#include "kernel/syscall/tbl_signal.h"
#include "kernel/syscall/tbl_time.h"
#include "kernel/syscall/tbl_ipc.h"
#include "kernel/syscall/tbl_misc.h"
