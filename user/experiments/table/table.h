/*
 * A small library, of which there are two: libtable.a and libtable.so.
 */
#ifndef USER_TABLE_H
#define USER_TABLE_H

/* The Nth of its constants; the call is counted. */
int table_constant(int n);

/* Where its code, its constants and its counter are. */
const void *table_code(void);
const void *table_constants(void);
const void *table_counter(void);

#endif
