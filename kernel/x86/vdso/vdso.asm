; The code that the kernel lends to programs: mapped into each of them as [vdso].
;
; How a program enters the kernel is the kernel's to choose, behind __kernel_vsyscall. The two
; sigreturn stubs are where signal handlers return to; debuggers and unwinders know a signal frame
; by exactly these bytes, which are Linux's (arch/x86/entry/vdso/vdso32/sigreturn.S).

NR_sigreturn    equ 119
NR_rt_sigreturn equ 173
LINUX_VERSION_CODE equ 0x060100         ; 6.1.0: what programs may expect of the kernel

        global  __kernel_vsyscall:function (vsyscall_end - __kernel_vsyscall)
        global  __kernel_sigreturn:function (sigreturn_end - __kernel_sigreturn)
        global  __kernel_rt_sigreturn:function (rt_sigreturn_end - __kernel_rt_sigreturn)

        section .note.linux progbits alloc noexec nowrite align=4
        dd      6, 4, 0                 ; lengths of name and value, type
        db      "Linux", 0, 0, 0
        dd      LINUX_VERSION_CODE

        section .text align=16

; The call's number in eax, arguments in ebx, ecx, edx, esi, edi, ebp; the result in eax.
        align   16
__kernel_vsyscall:
        int     0x80
        ret
vsyscall_end:

; esp points to the frame's signal number: the handler's return took pretcode off.
        align   16
__kernel_sigreturn:
        pop     eax
        mov     eax, NR_sigreturn
        int     0x80
sigreturn_end:
        nop

        align   16
__kernel_rt_sigreturn:
        mov     eax, NR_rt_sigreturn
        int     0x80
rt_sigreturn_end:
        nop

        section .note.GNU-stack progbits noalloc noexec nowrite
