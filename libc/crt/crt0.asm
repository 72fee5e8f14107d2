; The first instruction of a program. The System V ABI for i386 says what the kernel leaves:
;
;   esp -> argc
;          argv[0] ... argv[argc-1], 0
;          envp[0] ..., 0
;          auxiliary vector: pairs of words up to AT_NULL
;
; ebp is cleared to end the chain of frames, and the stack is aligned as calls want it.

bits 32
global _start
extern __libc_start_main

section .text
_start:
	xor	ebp, ebp
	mov	eax, esp
	and	esp, ~15
	sub	esp, 12
	push	eax			; the address of argc; esp is 16-byte aligned here
	call	__libc_start_main	; does not return
	hlt

section .note.GNU-stack noalloc noexec nowrite progbits
