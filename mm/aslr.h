/*
 * Address-space layout randomization for exec. (mm.h declares what mmap needs.)
 */
#ifndef MM_ASLR_H
#define MM_ASLR_H

#define STACK_RND_PAGES 0x7ffUL /* the top of the stack moves by up to this many pages */

/* Called at boot: obeys the option norandmaps. */
void aslr_init(void);
unsigned long randomize_stack_top(unsigned long top); /* up to 8 MiB lower */
unsigned long arch_randomize_brk(unsigned long brk);  /* somewhere in the 32 MiB above */
/* Rounds sp down to 16 bytes, and moves it up to 8 KiB lower if current may be randomized. */
unsigned long arch_align_stack(unsigned long sp);

#endif
