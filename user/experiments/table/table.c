/*
 * The library: a function, a table of constants that makes it large enough to be looked at, and a
 * counter.
 */
#include "table.h"

enum {
	PAGE = 4096,
	TABLE_SIZE = 16 * PAGE
};

static const unsigned char table[TABLE_SIZE] __attribute__((aligned(PAGE))) = {1};
static int calls __attribute__((aligned(PAGE))) = 1;

int table_constant(int n)
{
	calls++;
	return table[n & (TABLE_SIZE - 1)];
}

const void *table_code(void)
{
	return (const void *)table_constant;
}

const void *table_constants(void)
{
	return table;
}

const void *table_counter(void)
{
	return &calls;
}
