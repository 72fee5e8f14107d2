/* The allocator's parameters and statistics. */
#include <malloc.h>
#include <stdio.h>
#include "libc/malloc/chunk.h"

static struct malloc_state *const m = &__malloc_state;

/* Returns 1, or 0 for a parameter or a value that is not known. */
int mallopt(int param, int value)
{
	switch (param) {
	case M_TRIM_THRESHOLD:
		m->trim_threshold = value;
		return 1;
	case M_TOP_PAD:
		if (value < 0)
			return 0;
		m->top_pad = value;
		return 1;
	case M_MMAP_THRESHOLD:
		m->mmap_threshold = value;
		return 1;
	case M_MMAP_MAX:
		m->mmap_max = value;
		return 1;
	default:
		return 0;
	}
}

struct mallinfo2 mallinfo2(void)
{
	struct mallinfo2 info = {0};

	__bin_count(&info.ordblks, &info.fordblks);
	info.arena = m->from_system;
	info.hblks = m->maps;
	info.hblkhd = m->mapped_bytes;
	if (m->top) {
		info.keepcost = chunk_size(m->top);
		info.ordblks++;
		info.fordblks += info.keepcost;
	}
	info.uordblks = info.arena - info.fordblks;
	return info;
}

struct mallinfo mallinfo(void)
{
	struct mallinfo2 info = mallinfo2();

	return (struct mallinfo){
		.arena = info.arena,
		.ordblks = info.ordblks,
		.hblks = info.hblks,
		.hblkhd = info.hblkhd,
		.uordblks = info.uordblks,
		.fordblks = info.fordblks,
		.keepcost = info.keepcost,
	};
}

void malloc_stats(void)
{
	struct mallinfo2 info = mallinfo2();

	fprintf(stderr, "heap bytes     = %10zu\nin use         = %10zu\n", info.arena,
		info.uordblks);
	fprintf(stderr, "mapped chunks  = %10zu\nmapped bytes   = %10zu\n", info.hblks,
		info.hblkhd);
}
