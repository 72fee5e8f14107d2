; The moment of the context switch, and the boot code's move to another stack.

%include "kernel/x86/asm.inc"

        extern  __switch_to
        global  __switch_to_asm, call_on_stack

        section .text

; struct task_struct *__switch_to_asm(struct task_struct *prev /* eax */, struct task_struct *next /* edx */)
;
; Pushes prev's callee-saved registers on its kernel stack and pops next's from its own. The C part
; does the rest and returns prev. The stack of a task that is not running:
;
;	16	return address		into switch_to's caller, or ret_from_fork for a new task
;	12	ebp
;	 8	ebx			(new kernel thread: its function)
;	 4	edi			(new kernel thread: the argument)
;	 0	esi	<- task->sp
__switch_to_asm:
        push    ebp
        push    ebx
        push    edi
        push    esi
        mov     [eax + TASK_SP], esp
        mov     esp, [edx + TASK_SP]
        pop     esi
        pop     edi
        pop     ebx
        pop     ebp
        jmp     __switch_to             ; returns prev in eax, to next's return address

; void call_on_stack(void (*fn)(void) /* eax */, void *top /* edx */): fn does not return.
call_on_stack:
        mov     esp, edx
        xor     ebp, ebp                ; backtraces end here
        call    eax
.stop:  hlt
        jmp     .stop
