; The first instructions: a Multiboot 1 loader (GRUB, or QEMU's -kernel) jumps to _start in 32-bit
; protected mode without paging, with eax = its magic number and ebx = physical address of its info.
;
; The kernel is linked at 3 GiB + 1 MiB but lies at 1 MiB, so until paging is on every address has
; to be made physical. Here: clear .bss, build the first page directory out of large pages, turn
; paging on, jump up, drop the identity map, and call start_kernel(magic, info).
;
;   first page directory            virtual               physical
;     the beginning                 0          .. 4 MiB   0 .. 4 MiB     (until the jump)
;     from PAGE_OFFSET on           0xC0000000 .. +896M   0 .. 896 MiB   (stay: paging_init refines)

%include "kernel/x86/asm.inc"
%if MAPIX_PAE
%include "kernel/x86/pgtable-3level.inc"
%else
%include "kernel/x86/pgtable-2level.inc"
%endif

        extern  __bss_start, __bss_stop, start_kernel, boot_stack
        global  _start, boot_pg_dir

MULTIBOOT_MAGIC         equ 0x1BADB002
MULTIBOOT_PAGE_ALIGN    equ 1 << 0      ; modules on page boundaries
MULTIBOOT_MEMORY_INFO   equ 1 << 1      ; memory map, please
MULTIBOOT_FLAGS         equ MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO

CR0_WP          equ 1 << 16
CR0_PG          equ 1 << 31

%define PHYS(x) ((x) - PAGE_OFFSET)

        section .multiboot progbits alloc noexec nowrite align=4
        dd      MULTIBOOT_MAGIC
        dd      MULTIBOOT_FLAGS
        dd      -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

        section .text.head progbits alloc exec nowrite align=16
_start:
        cli
        cld
        mov     ebp, eax                ; the magic; rep stosd wants eax
        mov     edi, PHYS(__bss_start)
        mov     ecx, PHYS(__bss_stop)
        sub     ecx, edi
        shr     ecx, 2
        xor     eax, eax
        rep stosd

        CHECK_PROCESSOR
        mov     edi, PHYS(boot_pg_dir)
        MAKE_BOOT_TABLES
        LOAD_BOOT_TABLES
        mov     eax, cr0
        or      eax, CR0_PG | CR0_WP
        mov     cr0, eax
        mov     eax, .high
        jmp     eax

.high:  DROP_IDENTITY_MAP boot_pg_dir
        mov     esp, boot_stack + THREAD_SIZE
        push    0                       ; the end of the chain of frames: no return address,
        push    0                       ; no frame pointer
        mov     eax, ebp
        mov     edx, ebx
        xor     ebp, ebp
        call    start_kernel
.stop:  cli
        hlt
        jmp     .stop

        section .bss.page_aligned nobits alloc noexec write align=4096
boot_pg_dir:
        resb    BOOT_TABLES
