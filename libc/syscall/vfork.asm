; pid_t vfork(void)
;
; The child runs on the parent's stack until it calls execve or _exit, so it would overwrite
; the return address; that is kept in edx, which the kernel preserves in both processes.

bits 32
global vfork
extern __syscall_ret

NR_VFORK equ 190			; asm/unistd_32.h

section .text
vfork:
	pop	edx
	mov	eax, NR_VFORK
	int	0x80
	push	edx
	test	eax, eax
	js	.failed
	ret
.failed:
	sub	esp, 8			; keeps the stack 16-byte aligned at the call
	push	eax
	call	__syscall_ret
	add	esp, 12
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
