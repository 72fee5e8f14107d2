; int clone(int (*fn)(void *), void *stack, int flags, void *arg,
;           pid_t *parent_tid, void *tls, pid_t *child_tid)
;
; The child starts on a stack of its own, so nothing of the caller's frame is there: fn is
; carried over in ebp and its argument is put on the new stack. After the four pushes:
;
;   esp+44 child_tid  +40 tls  +36 parent_tid  +32 arg  +28 flags  +24 stack  +20 fn
;   esp+16 return address  +12 ebp  +8 edi  +4 esi  +0 ebx

bits 32
global clone
extern __syscall_ret

NR_CLONE equ 120			; asm/unistd_32.h
NR_EXIT  equ 1
EINVAL	 equ 22

section .text
clone:
	push	ebp
	push	edi
	push	esi
	push	ebx
	mov	eax, -EINVAL
	mov	ebp, [esp + 20]
	mov	ecx, [esp + 24]
	test	ebp, ebp
	jz	.done
	test	ecx, ecx
	jz	.done
	and	ecx, ~15
	sub	ecx, 16
	mov	eax, [esp + 32]
	mov	[ecx], eax
	mov	ebx, [esp + 28]
	mov	edx, [esp + 36]
	mov	esi, [esp + 40]
	mov	edi, [esp + 44]
	mov	eax, NR_CLONE
	int	0x80
	test	eax, eax
	jnz	.done
	mov	eax, ebp		; the child
	xor	ebp, ebp
	call	eax
	mov	ebx, eax
	mov	eax, NR_EXIT
	int	0x80
	hlt
.done:
	pop	ebx
	pop	esi
	pop	edi
	pop	ebp
	sub	esp, 8
	push	eax
	call	__syscall_ret
	add	esp, 12
	ret

section .note.GNU-stack noalloc noexec nowrite progbits
