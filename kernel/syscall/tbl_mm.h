/*
 * System calls: memory. One line each: SYSCALL(name) stands for number __NR_name
 * served by sys_name; SYSCALL_AS(__NR_number, name) where the two names differ.
 * table.c includes this file twice, so it has no include guard.
 */
SYSCALL(brk)
SYSCALL(execve)
SYSCALL(madvise)
SYSCALL(membarrier)
SYSCALL(memfd_create)
SYSCALL(mincore)
SYSCALL(mlock)
SYSCALL(mlock2)
SYSCALL(mlockall)
SYSCALL(mmap)
SYSCALL(mmap2)
SYSCALL(mprotect)
SYSCALL(mremap)
SYSCALL(msync)
SYSCALL(munlock)
SYSCALL(munlockall)
SYSCALL(munmap)
SYSCALL(process_madvise)
SYSCALL(process_mrelease)
SYSCALL(process_vm_readv)
SYSCALL(process_vm_writev)
SYSCALL(remap_file_pages)
