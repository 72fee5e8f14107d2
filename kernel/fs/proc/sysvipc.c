/*
 * /proc/sysvipc: the objects of System V IPC, a line each.
 */
#include "kernel/fs/proc/internal.h"
#include "kernel/ipc/ipc.h"

static int sysvipc_msg_open(struct inode *inode, struct file *file)
{
	return sysvipc_proc_open(file, &msg_proc_iface);
}

static int sysvipc_sem_open(struct inode *inode, struct file *file)
{
	return sysvipc_proc_open(file, &sem_proc_iface);
}

static int sysvipc_shm_open(struct inode *inode, struct file *file)
{
	return sysvipc_proc_open(file, &shm_proc_iface);
}

#define SYSVIPC_OPERATIONS(OPEN)                                                             \
	{                                                                                    \
		.open = (OPEN), .read = seq_read, .held_pages = seq_held_pages,              \
		.read_kernel = seq_read_kernel, .write = proc_no_write, .llseek = seq_lseek, \
		.release = seq_release,                                                      \
	}

static const struct file_operations sysvipc_msg_operations = SYSVIPC_OPERATIONS(sysvipc_msg_open);
static const struct file_operations sysvipc_sem_operations = SYSVIPC_OPERATIONS(sysvipc_sem_open);
static const struct file_operations sysvipc_shm_operations = SYSVIPC_OPERATIONS(sysvipc_shm_open);

const struct proc_dir_entry proc_sysvipc_entries[NR_SYSVIPC_ENTRIES] = {
	{.name = "msg", .mode = S_IFREG | 0444, .fop = &sysvipc_msg_operations},
	{.name = "sem", .mode = S_IFREG | 0444, .fop = &sysvipc_sem_operations},
	{.name = "shm", .mode = S_IFREG | 0444, .fop = &sysvipc_shm_operations},
};
