/*
 * System calls: everything else. One line each: SYSCALL(name) stands for number __NR_name
 * served by sys_name; SYSCALL_AS(__NR_number, name) where the two names differ.
 * table.c includes this file twice, so it has no include guard.
 */
SYSCALL(get_thread_area)
SYSCALL(getrandom)
SYSCALL(reboot)
SYSCALL(set_thread_area)
SYSCALL(setdomainname)
SYSCALL(sethostname)
SYSCALL(sysinfo)
SYSCALL(syslog)
SYSCALL_AS(__NR_oldolduname, olduname)
SYSCALL_AS(__NR_olduname, uname)
SYSCALL_AS(__NR_uname, newuname)
