; long __syscall(long nr, long a, long b, long c, long d, long e, long f)
;
; The i386 system call: number in eax, arguments in ebx, ecx, edx, esi, edi, ebp, answer in eax.
; All other registers come back unchanged. After the four pushes:
;
;   esp+44 f   +40 e   +36 d   +32 c   +28 b   +24 a   +20 nr   +16 return address
;   esp+12 ebp  +8 edi  +4 esi  +0 ebx

bits 32
global __syscall

section .text
__syscall:
	push	ebp
	push	edi
	push	esi
	push	ebx
	mov	eax, [esp + 20]
	mov	ebx, [esp + 24]
	mov	ecx, [esp + 28]
	mov	edx, [esp + 32]
	mov	esi, [esp + 36]
	mov	edi, [esp + 40]
	mov	ebp, [esp + 44]
	int	0x80
	pop	ebx
	pop	esi
	pop	edi
	pop	ebp
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
