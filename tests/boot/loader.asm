; A loader as meagre as some are, for the tests: it is itself started by QEMU's -kernel, with the kernel's
; ELF file as its first module and the root file system as the second, and hands on what little it pleases:
; no mem_lower and mem_upper, no name of its own, one module without a name, and a memory map that calls
; everything below 1 MiB usable, the ROMs and the screen too.
;
;   nasm -f elf32 tests/boot/loader.asm -o loader.o && ld -m elf_i386 -Ttext 0x3000000 loader.o -o loader

        bits    32
        global  _start

MULTIBOOT_MAGIC         equ 0x1BADB002
MULTIBOOT_FLAGS         equ 3           ; modules on page boundaries, memory map
LOADER_MAGIC            equ 0x2BADB002
PAGE_OFFSET             equ 0xC0000000
ONE_MIB                 equ 0x100000

; struct multiboot_info
MBI_FLAGS       equ 0
MBI_MEM_LOWER   equ 4
MBI_MEM_UPPER   equ 8
MBI_MODS_COUNT  equ 20
MBI_MODS_ADDR   equ 24
MBI_MMAP_LENGTH equ 44
MBI_MMAP_ADDR   equ 48
FLAG_MEMORY     equ 0x001
FLAG_LOADER     equ 0x200
MODULE_SIZE     equ 16
MODULE_STRING   equ 8
MMAP_TYPE       equ 20
MMAP_RAM        equ 1

; Elf32_Ehdr and Elf32_Phdr
E_ENTRY         equ 24
E_PHOFF         equ 28
E_PHENTSIZE     equ 42
E_PHNUM         equ 44
P_TYPE          equ 0
P_OFFSET        equ 4
P_PADDR         equ 12
P_FILESZ        equ 16
P_MEMSZ         equ 20
PT_LOAD         equ 1

        section .text
        align   4
        dd      MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

_start:
        cld
        mov     esp, stack_top
        call    load_kernel             ; -> ebp: where it starts
        call    hand_on_modules
        call    spoil_memory_map
        and     dword [ebx + MBI_FLAGS], ~(FLAG_MEMORY | FLAG_LOADER)
        mov     dword [ebx + MBI_MEM_LOWER], -1
        mov     dword [ebx + MBI_MEM_UPPER], -1
        mov     eax, LOADER_MAGIC
        jmp     ebp

; Copy the segments of the first module's ELF file to their physical addresses.
load_kernel:
        mov     eax, [ebx + MBI_MODS_ADDR]
        mov     eax, [eax]              ; the file
        mov     edx, [eax + E_PHOFF]
        add     edx, eax                ; its program headers
        movzx   ebp, word [eax + E_PHNUM]
.segment:
        cmp     dword [edx + P_TYPE], PT_LOAD
        jne     .next
        mov     esi, [edx + P_OFFSET]
        add     esi, eax
        mov     edi, [edx + P_PADDR]
        mov     ecx, [edx + P_FILESZ]
        rep movsb
        mov     ecx, [edx + P_MEMSZ]
        sub     ecx, [edx + P_FILESZ]
        push    eax
        xor     eax, eax
        rep stosb
        pop     eax
.next:
        movzx   ecx, word [eax + E_PHENTSIZE]
        add     edx, ecx
        dec     ebp
        jnz     .segment
        mov     ebp, [eax + E_ENTRY]
        cmp     ebp, PAGE_OFFSET
        jb      .physical
        sub     ebp, PAGE_OFFSET
.physical:
        ret

; The second module becomes the only one, and loses its name.
hand_on_modules:
        mov     eax, [ebx + MBI_MODS_ADDR]
        add     eax, MODULE_SIZE
        mov     [ebx + MBI_MODS_ADDR], eax
        mov     dword [ebx + MBI_MODS_COUNT], 1
        mov     dword [eax + MODULE_STRING], 0
        ret

; The first entry becomes all of the first MiB; whatever else begins there is usable too.
spoil_memory_map:
        mov     eax, [ebx + MBI_MMAP_ADDR]
        mov     ecx, eax
        add     ecx, [ebx + MBI_MMAP_LENGTH]
        mov     dword [eax + 4], 0
        mov     dword [eax + 12], ONE_MIB
.entry: cmp     dword [eax + 8], 0      ; above 4 GiB
        jne     .next
        cmp     dword [eax + 4], ONE_MIB
        jae     .next
        mov     dword [eax + MMAP_TYPE], MMAP_RAM
.next:  mov     edx, [eax]              ; the entry's size, without this word
        lea     eax, [eax + edx + 4]
        cmp     eax, ecx
        jb      .entry
        ret

        section .bss
        align   16
        resb    256
stack_top:
