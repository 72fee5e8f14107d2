/*
 * System calls: clocks and timers. One line each: SYSCALL(name) stands for number __NR_name
 * served by sys_name; SYSCALL_AS(__NR_number, name) where the two names differ.
 * table.c includes this file twice, so it has no include guard.
 */
SYSCALL(clock_getres)
SYSCALL(clock_getres_time64)
SYSCALL(clock_gettime)
SYSCALL(clock_gettime64)
SYSCALL(clock_nanosleep)
SYSCALL(clock_nanosleep_time64)
SYSCALL(clock_settime)
SYSCALL(clock_settime64)
SYSCALL(gettimeofday)
SYSCALL(nanosleep)
SYSCALL(settimeofday)
SYSCALL(stime)
SYSCALL(time)
