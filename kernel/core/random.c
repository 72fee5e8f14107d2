/*
 * Random numbers by ChaCha20. The state is a key that is replaced after every use, so that numbers
 * given out earlier cannot be computed from a later state; whatever is unpredictable is stirred
 * into the key.
 */
#include "kernel/core/random.h"
#include "kernel/core/clock.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "libc/include/string.h"

#define CHACHA_WORDS  16
#define CHACHA_ROUNDS 20
#define KEY_WORDS     8
#define KEY_BYTES     (KEY_WORDS * sizeof(u32))
#define RDRAND_TRIES  10
#define SEED_BYTES    64

static u32 key[KEY_WORDS];
static u64 counter;

/* What interrupts leave, until the next number is drawn. */
static u32 fast_pool;

static inline u32 rotl(u32 v, int n)
{
	return v << n | v >> (32 - n);
}

static inline void quarter_round(u32 *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotl(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotl(x[b] ^ x[c], 7);
}

/* One block of the key stream (RFC 8439, with a 64-bit counter). */
static void chacha_block(u32 out[CHACHA_WORDS])
{
	static const char constants[] = "expand 32-byte k";
	u32 in[CHACHA_WORDS];
	int i;

	memcpy(in, constants, 4 * sizeof(u32));
	memcpy(in + 4, key, KEY_BYTES);
	in[12] = (u32)counter;
	in[13] = counter >> 32;
	in[14] = 0;
	in[15] = 0;
	counter++;
	memcpy(out, in, sizeof(in));
	for (i = 0; i < CHACHA_ROUNDS; i += 2) {
		quarter_round(out, 0, 4, 8, 12);
		quarter_round(out, 1, 5, 9, 13);
		quarter_round(out, 2, 6, 10, 14);
		quarter_round(out, 3, 7, 11, 15);
		quarter_round(out, 0, 5, 10, 15);
		quarter_round(out, 1, 6, 11, 12);
		quarter_round(out, 2, 7, 8, 13);
		quarter_round(out, 3, 4, 9, 14);
	}
	for (i = 0; i < CHACHA_WORDS; i++)
		out[i] += in[i];
}

/* The first half of a block becomes the key, the second half is given out. */
static void extract(u32 out[KEY_WORDS])
{
	u32 block[CHACHA_WORDS];

	key[0] ^= fast_pool;
	chacha_block(block);
	memcpy(key, block, KEY_BYTES);
	memcpy(out, block + KEY_WORDS, KEY_BYTES);
}

void get_random_bytes(void *buf, size_t n)
{
	u32 half[KEY_WORDS];
	unsigned long flags;
	u8 *p = buf;

	while (n) {
		size_t len = min(n, KEY_BYTES);

		local_irq_save(flags);
		extract(half);
		local_irq_restore(flags);
		memcpy(p, half, len);
		p += len;
		n -= len;
	}
	memset(half, 0, sizeof(half));
	barrier();
}

/* Single words come from a stock: one block serves eight of them. A word given out is wiped. */
u32 get_random_u32(void)
{
	static u32 stock[KEY_WORDS];
	static unsigned int left;
	unsigned long flags;
	u32 v;

	local_irq_save(flags);
	if (!left) {
		extract(stock);
		left = KEY_WORDS;
	}
	v = stock[--left];
	stock[left] = 0;
	local_irq_restore(flags);
	return v;
}

void add_randomness(const void *buf, size_t n)
{
	const u8 *p = buf;
	u32 discard[KEY_WORDS];
	unsigned long flags;

	while (n) {
		size_t len = min(n, KEY_BYTES), i;

		local_irq_save(flags);
		for (i = 0; i < len; i++)
			((u8 *)key)[i] ^= p[i];
		extract(discard);
		local_irq_restore(flags);
		p += len;
		n -= len;
	}
}

void add_interrupt_randomness(int irq)
{
	fast_pool = rotl(fast_pool, 7) ^ (u32)rdtsc() ^ irq;
}

void random_init(void)
{
	union {
		u32 words[SEED_BYTES / sizeof(u32)];
		u64 stamps[SEED_BYTES / sizeof(u64)];
	} seed;
	unsigned int i;
	int tries;

	for (i = 0; i < ARRAY_SIZE(seed.stamps); i++)
		seed.stamps[i] = rdtsc() ^ (u64)ktime_get_real_ns() << i;
	add_randomness(&seed, sizeof(seed));
	if (!(boot_cpu_data.features_ecx >> X86_FEATURE_ECX_RDRAND & 1))
		return;
	for (i = 0; i < ARRAY_SIZE(seed.words); i++) {
		for (tries = 0; tries < RDRAND_TRIES && !rdrand(&seed.words[i]); tries++)
			;
	}
	add_randomness(&seed, sizeof(seed));
}
