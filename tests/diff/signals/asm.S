/*
 * Into the stub and out of it, and into handlers and out of them: nothing of it may depend on the
 * stack pointer or the data segments, which are the stub's or whatever a frame said.
 */
#define BX 0
#define CX 4
#define DX 8
#define SI 12
#define DI 16
#define BP 20
#define AX 24
#define SP 28
#define IP 32
#define FLAGS 36
#define DS 40
#define ES 44
#define FS 48
#define GS 52
#define FPU 56

#define FLAGS_PLAIN 0x202
#define MXCSR_PLAIN 0x1f80
#define C_STACK_HALF 0x8000

	.globl stub_in, stub_out, stub_in_fx, stub_out_fx, stub_sp, c_stack_tops
	.globl stub_enter, stub_back, stub_escape, on_c_stack
	.globl handler_entry, handler_fx, handler_depth, handler_a, handler_b, restorer_old, restorer_rt

	.bss
	.balign 64
stub_in_fx:	.skip 512
stub_out_fx:	.skip 512
handler_fx:	.skip 512
stub_in:	.skip 60
stub_out:	.skip 60
stub_sp:	.skip 4
handler_entry:	.skip 40
handler_depth:	.skip 4
c_stack_tops:	.skip 32
own_gs:		.skip 4
	.data
mxcsr_plain:	.long MXCSR_PLAIN

	.text
/* The C code's world: flat segments, its TLS, flags and FPU as C wants them; eax is lost. */
.macro C_WORLD
	push	$FLAGS_PLAIN
	popf
	mov	%ss, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	own_gs, %eax
	mov	%eax, %gs
	xor	%eax, %eax
	mov	%eax, %fs
	fninit
	ldmxcsr	mxcsr_plain
.endm

stub_enter:
	push	%ebp
	push	%edi
	push	%esi
	push	%ebx
	mov	%gs, %eax
	mov	%eax, own_gs
	mov	%esp, stub_sp
	cmpb	$0, stub_in + FPU
	je	1f
	fxrstor	stub_in_fx
1:	mov	stub_in + BX, %ebx
	mov	stub_in + CX, %ecx
	mov	stub_in + DX, %edx
	mov	stub_in + SI, %esi
	mov	stub_in + DI, %edi
	mov	stub_in + BP, %ebp
	mov	stub_in + ES, %es
	mov	stub_in + FS, %fs
	mov	stub_in + GS, %gs
	pushl	stub_in + FLAGS
	popf				/* with TF, every instruction from here on traps */
	mov	stub_in + SP, %esp
	mov	stub_in + AX, %eax
	mov	stub_in + DS, %ds
	jmp	*%ss:stub_in + IP

stub_back:
	mov	%eax, %ss:stub_out + AX
	mov	%ds, %ss:stub_out + DS
	mov	%ss, %eax
	mov	%eax, %ds
	mov	%ebx, stub_out + BX
	mov	%ecx, stub_out + CX
	mov	%edx, stub_out + DX
	mov	%esi, stub_out + SI
	mov	%edi, stub_out + DI
	mov	%ebp, stub_out + BP
	mov	%esp, stub_out + SP
	mov	%es, stub_out + ES
	mov	%fs, stub_out + FS
	mov	%gs, stub_out + GS
	mov	stub_sp, %esp
	pushf
	popl	stub_out + FLAGS
	push	$FLAGS_PLAIN
	popf
	cmpb	$0, stub_in + FPU
	je	1f
	fxsave	stub_out_fx
1:	movl	$0, stub_out + IP
leave_stub:
	C_WORLD
	pop	%ebx
	pop	%esi
	pop	%edi
	pop	%ebp
	ret

stub_escape:
	mov	stub_sp, %esp
	movl	$1, stub_out + IP
	jmp	leave_stub

on_c_stack:
	mov	4(%esp), %eax
	mov	c_stack_tops, %esp
	call	*%eax
	ud2

handler_a:
	movl	$'A', handler_entry
	jmp	1f
handler_b:
	movl	$'B', handler_entry
1:	mov	%eax, handler_entry + 4
	mov	%edx, handler_entry + 8
	mov	%ecx, handler_entry + 12
	mov	%esp, handler_entry + 16
	mov	handler_depth, %eax
	lea	1(%eax), %eax
	mov	%eax, handler_depth
	mov	c_stack_tops(,%eax,4), %esp
	pushf
	popl	handler_entry + 20
	push	$FLAGS_PLAIN
	popf
	mov	%ds, handler_entry + 24
	mov	%es, handler_entry + 28
	mov	%fs, handler_entry + 32
	mov	%gs, handler_entry + 36
	fxsave	handler_fx
	C_WORLD
	call	handler_c
	decl	handler_depth
	mov	(%eax), %ecx		/* struct leaving */
	mov	4(%eax), %esp
	mov	8(%eax), %eax
	cmp	$1, %ecx
	ja	stub_escape
	je	1f
	ret
1:	int	$0x80
	jmp	stub_back

restorer_old:
	pop	%eax
	mov	$119, %eax
	int	$0x80
	jmp	stub_back
restorer_rt:
	mov	$173, %eax
	int	$0x80
	jmp	stub_back

	.section .note.GNU-stack, "", @progbits
