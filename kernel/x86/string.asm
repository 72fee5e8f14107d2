; memcpy, memmove, memset and memcmp with the string instructions: an iteration of `rep` costs one
; instruction and moves a long word. They replace the portable ones in libc/string, which
; are weak.
; Arguments come in eax, edx, ecx (-mregparm=3).

        global  memcpy, memmove, memset, memcmp

        section .text

; void *memcpy(void *dst, const void *src, size_t n)
        align   16
memcpy:
        push    esi
        push    edi
        mov     edi, eax
        mov     esi, edx
        mov     edx, ecx
        shr     ecx, 2
        and     edx, 3
        rep movsd
        mov     ecx, edx
        rep movsb
        pop     edi
        pop     esi
        ret

; void *memmove(void *dst, const void *src, size_t n)
; Upwards unless the destination begins inside the source: then the last byte goes first.
        align   16
memmove:
        push    esi
        mov     esi, eax
        sub     esi, edx
        cmp     esi, ecx
        pop     esi
        jae     memcpy
        push    esi
        push    edi
        lea     edi, [eax + ecx - 1]
        lea     esi, [edx + ecx - 1]
        mov     edx, ecx
        std
        and     ecx, 3
        rep movsb
        sub     edi, 3                  ; from a long word's last byte to its first
        sub     esi, 3
        mov     ecx, edx
        shr     ecx, 2
        rep movsd
        cld
        pop     edi
        pop     esi
        ret

; void *memset(void *dst, int c, size_t n)
        align   16
memset:
        push    edi
        push    eax
        mov     edi, eax
        movzx   eax, dl
        imul    eax, eax, 0x01010101
        mov     edx, ecx
        shr     ecx, 2
        and     edx, 3
        rep stosd
        mov     ecx, edx
        rep stosb
        pop     eax
        pop     edi
        ret

; int memcmp(const void *a, const void *b, size_t n)
; Compares long words while they are equal, then the bytes of the one that differs, or the rest.
        align   16
memcmp:
        push    esi
        push    edi
        mov     esi, eax
        mov     edi, edx
        mov     edx, ecx
        shr     ecx, 2
        and     edx, 3
        cmp     eax, eax                ; equal if there are none
        repe cmpsd
        je      .rest
        sub     esi, 4
        sub     edi, 4
        mov     edx, 4
.rest:  mov     ecx, edx
        cmp     eax, eax
        repe cmpsb
        je      .equal
        movzx   eax, byte [esi - 1]
        movzx   ecx, byte [edi - 1]
        sub     eax, ecx
        jmp     .out
.equal: xor     eax, eax
.out:   pop     edi
        pop     esi
        ret
