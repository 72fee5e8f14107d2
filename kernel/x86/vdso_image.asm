; The finished vdso, as pages inside the kernel's read-only data.

        global  vdso_image, vdso_image_end

PAGE_SIZE       equ 4096

        section .rodata align=4096
        align   PAGE_SIZE
vdso_image:
        incbin  "vdso.so"
vdso_image_end:
        align   PAGE_SIZE, db 0
        times   (2 * PAGE_SIZE) - ($ - vdso_image) db 0 ; fails to assemble if it is larger than two pages
