; int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
;
; The child begins with an empty stack of its own, so what it needs is written there before the
; call: it takes arg and fn from there, calls fn(arg), and exits with what that returns. After the
; two pushes:
;
;   esp+24 arg  +20 flags  +16 stack  +12 fn  +8 return address  +4 ebx  +0 esi
;
; The further arguments of Linux's clone() (for CLONE_SETTLS, CLONE_PARENT_SETTID and
; CLONE_CHILD_CLEARTID) are not passed on: flags that need them must not be set.

bits 32
global clone
extern __syscall_ret

NR_EXIT  equ 1				; asm/unistd_32.h
NR_CLONE equ 120

section .text
clone:
	push	ebx
	push	esi
	mov	ecx, [esp + 16]
	and	ecx, -16		; the stack is aligned where fn is called
	sub	ecx, 16
	mov	eax, [esp + 24]
	mov	[ecx], eax
	mov	eax, [esp + 12]
	mov	[ecx + 4], eax
	mov	ebx, [esp + 20]
	xor	edx, edx
	xor	esi, esi
	mov	eax, NR_CLONE
	int	0x80
	test	eax, eax
	jz	.child
	push	eax			; the stack is 16-byte aligned at the call
	call	__syscall_ret
	add	esp, 4
	pop	esi
	pop	ebx
	ret
.child:
	xor	ebp, ebp		; the end of every walk of the stack
	call	[esp + 4]
	mov	ebx, eax
	mov	eax, NR_EXIT
	int	0x80

section .note.GNU-stack noalloc noexec nowrite progbits
