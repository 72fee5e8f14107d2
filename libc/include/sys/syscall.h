/* Numbers of the system calls: the kernel's __NR_ names and the traditional SYS_ ones. */
#ifndef LIBC_SYS_SYSCALL_H
#define LIBC_SYS_SYSCALL_H

#include <asm/unistd.h>
#include <bits/syscall.h>

#endif
