; setjmp and longjmp: the registers that the ABI lets a function rely on across calls.
;
; jmp_buf: +0 ebx  +4 esi  +8 edi  +12 ebp  +16 esp (after setjmp's return)  +20 eip

bits 32
global setjmp
global _setjmp
global longjmp
global _longjmp

section .text
setjmp:
_setjmp:
	mov	eax, [esp + 4]		; env
	mov	[eax + 0], ebx
	mov	[eax + 4], esi
	mov	[eax + 8], edi
	mov	[eax + 12], ebp
	lea	ecx, [esp + 4]
	mov	[eax + 16], ecx
	mov	ecx, [esp]
	mov	[eax + 20], ecx
	xor	eax, eax
	ret

longjmp:
_longjmp:
	mov	edx, [esp + 4]		; env
	mov	eax, [esp + 8]		; val, but never 0
	cmp	eax, 1
	adc	eax, 0
	mov	ebx, [edx + 0]
	mov	esi, [edx + 4]
	mov	edi, [edx + 8]
	mov	ebp, [edx + 12]
	mov	esp, [edx + 16]
	jmp	[edx + 20]

section .note.GNU-stack noalloc noexec nowrite progbits
