/*
 * SipHash-2-4: a short code that only those can compute who know the key.
 */
#ifndef KERNEL_CHECKS_SIPHASH_H
#define KERNEL_CHECKS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY 16 /* bytes */

/* The code of `size` bytes. Needs nothing of its surroundings: programs use it too. */
uint64_t siphash(const uint8_t key[SIPHASH_KEY], const void *data, size_t size);

#endif
