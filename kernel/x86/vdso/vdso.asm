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

; How to unwind this code: an .eh_frame as compilers write it, here by hand, with what Linux's tells.
;
; An unwinder that comes up from a signal handler meets a sigreturn stub as the caller: its registers are
; those that the kernel saved in the frame, and the frame is marked as a signal's (S), so that the address
; in it counts as it is and not as one behind a call.

; DWARF: exception tables, call frame instructions and expressions
DW_EH_PE_pcrel_sdata4   equ 0x1b
DW_CFA_nop              equ 0x00
DW_CFA_def_cfa          equ 0x0c
DW_CFA_def_cfa_expr     equ 0x0f
DW_CFA_expression       equ 0x10
DW_CFA_advance_loc      equ 0x40        ; the distance is added
DW_CFA_offset           equ 0x80        ; the register is added
DW_OP_deref             equ 0x06
DW_OP_breg_esp          equ 0x74

; the registers' numbers there
REG_EAX equ 0
REG_ECX equ 1
REG_EDX equ 2
REG_EBX equ 3
REG_ESP equ 4
REG_EBP equ 5
REG_ESI equ 6
REG_EDI equ 7
REG_EIP equ 8

; struct sigcontext_32
SC_DI   equ 16
SC_SI   equ 20
SC_BP   equ 24
SC_SP   equ 28
SC_BX   equ 32
SC_DX   equ 36
SC_CX   equ 40
SC_AX   equ 44
SC_IP   equ 56

; Where it lies as seen from esp in the stub: behind the signal's number, or in rt_sigframe's ucontext (164);
; the handler's return has taken the first word.
SIGCONTEXT      equ 4
RT_SIGCONTEXT   equ 164 - 4
POP_LENGTH      equ 1

; esp + %1 as an expression's operation; a number of two bytes in base 128 does for all
%macro  breg_esp 1
        db      DW_OP_breg_esp, (%1) & 0x7f | 0x80, (%1) >> 7
%endmacro

; Register %1 was saved at esp + %2.
%macro  saved 2
        db      DW_CFA_expression, %1, 3
        breg_esp %2
%endmacro

; All of a sigcontext at esp + %1.
%macro  sigcontext 1
        db      DW_CFA_def_cfa_expr, 4
        breg_esp %1 + SC_SP
        db      DW_OP_deref
        saved   REG_EAX, %1 + SC_AX
        saved   REG_ECX, %1 + SC_CX
        saved   REG_EDX, %1 + SC_DX
        saved   REG_EBX, %1 + SC_BX
        saved   REG_EBP, %1 + SC_BP
        saved   REG_ESI, %1 + SC_SI
        saved   REG_EDI, %1 + SC_DI
        saved   REG_EIP, %1 + SC_IP
%endmacro

        section .eh_frame progbits alloc noexec nowrite align=4
cie:    dd      cie_end - cie - 4
        dd      0                       ; a CIE
        db      1, "zR", 0              ; version; what the augmentation tells of
        db      1, 0x80 - 4, REG_EIP        ; code in bytes, data in -4 (base 128), where the return address is
        db      1, DW_EH_PE_pcrel_sdata4
        db      DW_CFA_def_cfa, REG_ESP, 4
        db      DW_CFA_offset + REG_EIP, 1
        align   4, db DW_CFA_nop
cie_end:
.fde:   dd      .end - .fde - 4
        dd      $ - cie
        dd      __kernel_vsyscall - $
        dd      vsyscall_end - __kernel_vsyscall
        db      0                       ; no augmentation
        align   4, db DW_CFA_nop
.end:

signal_cie:
        dd      signal_cie_end - signal_cie - 4
        dd      0
        db      1, "zRS", 0
        db      1, 0x80 - 4, REG_EIP
        db      1, DW_EH_PE_pcrel_sdata4
        align   4, db DW_CFA_nop
signal_cie_end:

; Both begin one byte early: unwinders that don't know S look up the address before.
sigreturn_fde:
        dd      .end - sigreturn_fde - 4
        dd      $ - signal_cie
        dd      __kernel_sigreturn - 1 - $
        dd      sigreturn_end - __kernel_sigreturn + 1
        db      0
        sigcontext SIGCONTEXT
        db      DW_CFA_advance_loc + POP_LENGTH + 1
        sigcontext SIGCONTEXT - 4
        align   4, db DW_CFA_nop
.end:

rt_sigreturn_fde:
        dd      .end - rt_sigreturn_fde - 4
        dd      $ - signal_cie
        dd      __kernel_rt_sigreturn - 1 - $
        dd      rt_sigreturn_end - __kernel_rt_sigreturn + 1
        db      0
        sigcontext RT_SIGCONTEXT
        align   4, db DW_CFA_nop
.end:
        dd      0

        section .note.GNU-stack progbits noalloc noexec nowrite
