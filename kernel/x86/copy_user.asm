; Copying to, from and within user memory. A fault on the user side that cannot be resolved ends the
; copy before the long word or byte that faulted. Every function returns the number of bytes not
; copied or cleared in eax.
; Arguments come in eax, edx, ecx (-mregparm=3). The caller has checked the range (access_ok).

%include "kernel/x86/asm.inc"

        global  __copy_user, __clear_user, __strncpy_from_user, __strnlen_user

        section .text

; unsigned long __copy_user(void *to, const void *from, unsigned long n)
        align   16
__copy_user:
        push    esi
        push    edi
        mov     edi, eax
        mov     esi, edx
        mov     eax, ecx
        shr     ecx, 2
        and     eax, 3
.long:  rep movsd
        mov     ecx, eax
.byte:  rep movsb
.done:  mov     eax, ecx
        pop     edi
        pop     esi
        ret
.fix:   lea     ecx, [eax + ecx * 4]
        jmp     .done
        EXTABLE __copy_user.long, __copy_user.fix
        EXTABLE __copy_user.byte, __copy_user.done

; unsigned long __clear_user(void *to, unsigned long n)
        align   16
__clear_user:
        push    edi
        mov     edi, eax
        mov     ecx, edx
        xor     eax, eax
        shr     ecx, 2
        and     edx, 3
.long:  rep stosd
        mov     ecx, edx
.byte:  rep stosb
.done:  mov     eax, ecx
        pop     edi
        ret
.fix:   lea     ecx, [edx + ecx * 4]
        jmp     .done
        EXTABLE __clear_user.long, __clear_user.fix
        EXTABLE __clear_user.byte, __clear_user.done

; long __strncpy_from_user(char *dst, const char *src, long count)
; The length without the terminator, count if there was none, -1 after a fault.
        align   16
__strncpy_from_user:
        push    esi
        push    edi
        push    ecx
        mov     edi, eax
        mov     esi, edx
        test    ecx, ecx
        jz      .full
.load:  mov     al, [esi]
        mov     [edi], al
        test    al, al
        jz      .full
        inc     esi
        inc     edi
        dec     ecx
        jnz     .load
.full:  pop     eax                     ; count - what was left
        sub     eax, ecx
.out:   pop     edi
        pop     esi
        ret
.fix:   pop     eax
        mov     eax, -1
        jmp     .out
        EXTABLE __strncpy_from_user.load, __strncpy_from_user.fix

; long __strnlen_user(const char *s, long n)
; The length with the terminator, n + 1 if there is none in n bytes, 0 after a fault.
        align   16
__strnlen_user:
        push    edi
        mov     edi, eax
        lea     ecx, [edx + 1]
        mov     edx, ecx
.next:  dec     ecx
        jz      .none
.load:  cmp     byte [edi], 0
        je      .end
        inc     edi
        jmp     .next
.end:   sub     edi, eax
        lea     eax, [edi + 1]
        pop     edi
        ret
.none:  mov     eax, edx
        pop     edi
        ret
.fix:   xor     eax, eax
        pop     edi
        ret
        EXTABLE __strnlen_user.load, __strnlen_user.fix
