; Where a signal handler returns to: the system calls that restore the interrupted state from
; the frame at esp. The plain frame still has the signal number on top, the rt frame does not.

bits 32
global __restore
global __restore_rt

NR_SIGRETURN	equ 119			; asm/unistd_32.h
NR_RT_SIGRETURN equ 173

section .text
__restore:
	pop	eax
	mov	eax, NR_SIGRETURN
	int	0x80

__restore_rt:
	mov	eax, NR_RT_SIGRETURN
	int	0x80

section .note.GNU-stack noalloc noexec nowrite progbits
