#ifndef MM_ASLR_H
#define MM_ASLR_H

/* Boot: option norandmaps. */
void aslr_init(void);
/* exec's random choices, for current (PF_RANDOMIZE in its flags allows them). */
unsigned long randomize_stack_top(unsigned long top);
unsigned long arch_randomize_brk(unsigned long brk); /* somewhere in the 32 MiB above */
unsigned long arch_align_stack(unsigned long sp);    /* a little below, aligned to 16 */

#endif
