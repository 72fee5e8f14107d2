; All ways into the kernel and out of it: the system call gate, exceptions, interrupts, and the first
; return of a new task.
;
; Every entry builds the same frame on the kernel stack of the task, struct pt_regs (ptrace.h):
;
;	 68	(top of the kernel stack)
;	 64	ss	\
;	 60	sp	 |  pushed by the processor; sp and ss only when it came
;	 56	flags	 |  from user mode
;	 52	cs	 |
;	 48	ip	/
;	 44	orig_ax	   the call's number; -1 for an exception; ~line for an interrupt
;	 40	gs	\
;	 36	fs	 |
;	 32	es	 |
;	 28	ds	 |
;	 24	ax	 |  pushed by SAVE_ALL
;	 20	bp	 |
;	 16	di	 |
;	 12	si	 |
;	  8	dx	 |
;	  4	cx	 |
;	  0	bx	/   <- esp, and eax for the C function called (-mregparm=3)
;
; The kernel runs with the user's flat data segment in ds and es, as Linux does; it never uses fs and
; gs, so these keep what the last program had and are loaded anew on every return to user mode (another
; task may have run, and TLS may have changed).

%include "kernel/x86/asm.inc"

        extern  sys_call_table, syscall_limit, syscall_slow, current_task
        extern  exit_to_user_mode_work, static_call_schedule_tail, do_IRQ
        extern  static_call_do_page_fault, iret_error
        extern  do_divide_error, do_debug, do_nmi, do_int3, do_overflow, do_bounds, do_invalid_op
        extern  do_device_not_available, do_coprocessor_segment_overrun, do_invalid_tss
        extern  do_segment_not_present, do_stack_segment, do_general_protection
        extern  do_spurious_interrupt_bug, do_coprocessor_error, do_alignment_check
        extern  do_machine_check, do_simd_error
        global  entry_INT80, ret_from_fork, irq_entries_start
        global  exception_entries

; The frame below what the processor and the entry pushed, gs apart; and the kernel's segments: ds and
; es may hold anything the program put there.
%macro SAVE_BELOW_GS 0
        push    fs
        push    es
        push    ds
        push    eax
        push    ebp
        push    edi
        push    esi
        push    edx
        push    ecx
        push    ebx
        cld
        mov     ecx, USER_DS
        mov     ds, ecx
        mov     es, ecx
%endmacro

%macro SAVE_ALL 0
        push    gs
        SAVE_BELOW_GS
%endmacro

%macro RESTORE_REGS 0
        pop     ebx
        pop     ecx
        pop     edx
        pop     esi
        pop     edi
        pop     ebp
        pop     eax
%endmacro

        section .text

; ---------------------------------------------------------------- system calls
        align   16
entry_INT80:                            ; a trap gate: interrupts stay on
        push    eax                     ; orig_ax
        SAVE_ALL
        cmp     eax, [syscall_limit]    ; 0 while calls are traced
        jae     .slow
        mov     edx, eax
        mov     eax, esp
        call    [sys_call_table + edx * 4]
.done:  mov     [esp + PT_AX], eax
syscall_exit:
        cli                             ; no interrupt between this look at the work and iret
        mov     ecx, [current_task]
        cmp     dword [ecx + TASK_WORK], 0
        jne     exit_work
restore_all:
        RESTORE_REGS
.ds:    pop     ds
.es:    pop     es
.fs:    pop     fs
.gs:    pop     gs
        add     esp, 4                  ; orig_ax
.iret:  iret

exit_work:
        mov     eax, esp
        call    exit_to_user_mode_work  ; returns with interrupts off and no work left
        jmp     restore_all

entry_INT80.slow:
        mov     eax, esp
        call    syscall_slow            ; no such call, or one to be traced
        jmp     entry_INT80.done

; A selector that cannot be loaded (the program's doing, by sigreturn) becomes the null selector: the
; fault left it on top of the stack.
fix_ds: mov     dword [esp], 0
        jmp     restore_all.ds
fix_es: mov     dword [esp], 0
        jmp     restore_all.es
fix_fs: mov     dword [esp], 0
        jmp     restore_all.fs
fix_gs: mov     dword [esp], 0
        jmp     restore_all.gs
        EXTABLE restore_all.ds, fix_ds
        EXTABLE restore_all.es, fix_es
        EXTABLE restore_all.fs, fix_fs
        EXTABLE restore_all.gs, fix_gs

; iret refused cs, ss or the flags: the program gets a signal instead, on a frame made anew over the
; five words that iret did not take.
fix_iret:
        push    -1
        SAVE_ALL
        mov     eax, esp
        call    iret_error
        jmp     syscall_exit
        EXTABLE restore_all.iret, fix_iret

; ---------------------------------------------------------------- exceptions
; EXCEPTION name, vector, has_code: an entry whose handler is do_name(regs, error_code). All gates are
; interrupt gates: the handlers begin with interrupts off.
%macro EXCEPTION 3
        align   16
entry_%1:
%if %3 == 0
        push    0                       ; the error code that this exception does not have
%endif
        push    do_%1                   ; where gs will be
        jmp     common_exception
%endmacro

        EXCEPTION divide_error, 0, 0
        EXCEPTION debug, 1, 0
        EXCEPTION nmi, 2, 0
        EXCEPTION int3, 3, 0
        EXCEPTION overflow, 4, 0
        EXCEPTION bounds, 5, 0
        EXCEPTION invalid_op, 6, 0
        EXCEPTION device_not_available, 7, 0
        EXCEPTION coprocessor_segment_overrun, 9, 0
        EXCEPTION invalid_tss, 10, 1
        EXCEPTION segment_not_present, 11, 1
        EXCEPTION stack_segment, 12, 1
        EXCEPTION general_protection, 13, 1
        EXCEPTION spurious_interrupt_bug, 15, 0
        EXCEPTION coprocessor_error, 16, 0
        EXCEPTION alignment_check, 17, 1
        EXCEPTION machine_check, 18, 0
        EXCEPTION simd_error, 19, 0

common_exception:
        SAVE_BELOW_GS
        mov     ecx, [esp + PT_GS]      ; the handler
        mov     ebx, gs
        mov     [esp + PT_GS], ebx
        mov     edx, [esp + PT_ORIG_AX] ; the error code
        mov     dword [esp + PT_ORIG_AX], -1
        mov     eax, esp
        call    ecx

ret_from_exception:
        test    byte [esp + PT_CS], SEGMENT_RPL
        jnz     syscall_exit

; Back into the kernel: there is no work to look at, and fs and gs are left alone. They may hold the
; selectors of a task that ran before, whose TLS descriptors are gone: loading these would fault.
        RESTORE_REGS
        pop     ds
        pop     es
        add     esp, 12                 ; fs, gs, orig_ax
        iret

; The page fault has its own short way. Its handler reads CR2 before it opens interrupts.
        align   16
entry_page_fault:
        SAVE_ALL                        ; over it lies the error code, where orig_ax belongs
        mov     edx, [esp + PT_ORIG_AX]
        mov     dword [esp + PT_ORIG_AX], -1
        mov     eax, esp
        call    [static_call_do_page_fault]
        jmp     ret_from_exception

; ---------------------------------------------------------------- interrupts
; Sixteen entries of irq_entry_size bytes each, one for each line of the two 8259s. orig_ax becomes
; ~line, which is negative and so never taken for a call's number.
irq_entry_size equ 16
        align   16
irq_entries_start:
%assign line 0
%rep 16
        align   16
        push    ~line
        jmp     common_interrupt
%assign line line + 1
%endrep

        align   16
common_interrupt:
        SAVE_ALL
        mov     eax, esp
        call    do_IRQ
        jmp     ret_from_exception

; ---------------------------------------------------------------- the first return of a new task
; copy_thread made a stack on which __switch_to_asm "returns" here: eax = the previous task, and for a
; kernel thread ebx = its function, edi = the argument. A function that comes back has turned its
; thread into a program (execve): pt_regs above hold how it begins.
ret_from_fork:
        call    [static_call_schedule_tail]
        sti
        test    ebx, ebx
        jz      syscall_exit
        mov     eax, edi
        xor     ebp, ebp                ; backtraces end here
        call    ebx
        mov     dword [esp + PT_AX], 0
        jmp     syscall_exit

; ---------------------------------------------------------------- the handlers' addresses by vector
        section .rodata
        align   4
exception_entries:
        dd      entry_divide_error, entry_debug, entry_nmi, entry_int3
        dd      entry_overflow, entry_bounds, entry_invalid_op, entry_device_not_available
        dd      0                       ; 8, the double fault, is a task of its own
        dd      entry_coprocessor_segment_overrun, entry_invalid_tss, entry_segment_not_present
        dd      entry_stack_segment, entry_general_protection, entry_page_fault
        dd      entry_spurious_interrupt_bug, entry_coprocessor_error, entry_alignment_check
        dd      entry_machine_check, entry_simd_error
