/*
 * The size of the system call table; entry.asm checks numbers against it.
 */
#ifndef KERNEL_SYSCALL_TABLE_H
#define KERNEL_SYSCALL_TABLE_H

/* One above the highest number Linux 6.1 has on i386 (set_mempolicy_home_node, 450). */
#define NR_SYSCALLS 451

#endif
