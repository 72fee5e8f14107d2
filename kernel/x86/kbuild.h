/*
 * How C tells its numbers to the assembler and the linker: DEFINE leaves a line in the compiler's
 * output that make turns into a definition (Makefile, asm-offsets).
 */
#ifndef KERNEL_X86_KBUILD_H
#define KERNEL_X86_KBUILD_H

#define DEFINE(name, value)	   __asm__ volatile(".ascii \"-> " #name " %c0\"" : : "i"(value))
#define OFFSET(name, type, member) DEFINE(name, __builtin_offsetof(type, member))

#endif
