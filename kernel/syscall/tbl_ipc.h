/*
 * System calls: System V IPC. One line each: SYSCALL(name) stands for number __NR_name
 * served by sys_name; SYSCALL_AS(__NR_number, name) where the two names differ.
 * table.c includes this file twice, so it has no include guard.
 */
SYSCALL(ipc)
SYSCALL(msgctl)
SYSCALL(msgget)
SYSCALL(msgrcv)
SYSCALL(msgsnd)
SYSCALL(semctl)
SYSCALL(semget)
SYSCALL(semtimedop_time64)
SYSCALL(shmat)
SYSCALL(shmctl)
SYSCALL(shmdt)
SYSCALL(shmget)
