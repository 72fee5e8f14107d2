/*
 * For tests that run machine code of their own making: a page for it, a call that comes back
 * whatever it did to the stack pointer, random numbers, the selectors of a program.
 */
#ifndef TESTS_GUEST_MACHINE_CODE_H
#define TESTS_GUEST_MACHINE_CODE_H

#include "check.h"
#include <stdint.h>
#include <sys/mman.h>

#define PAGE	4096UL
#define USER_CS 0x73
#define USER_DS 0x7b

static uint64_t random_state = 0x9e3779b97f4a7c15ULL;

static uint32_t rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 16);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static unsigned char *code_page;

static void make_code_page(void)
{
	code_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(code_page != MAP_FAILED);
}

/* The stack pointer comes back from ebp, so the code may ruin it. */
static void call_code(const void *code)
{
	__asm__ volatile("push %%ebp\n mov %%esp, %%ebp\n call *%0\n mov %%ebp, %%esp\n pop %%ebp\n"
			 :
			 : "r"(code)
			 : "eax", "ecx", "edx", "memory", "cc");
}

#endif
