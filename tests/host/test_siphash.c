/* sources: kernel/checks/siphash.c */
/*
 * SipHash-2-4 against the vectors that its authors published: the key 00 01 02 …, and messages of
 * the bytes 00 01 02 …
 */
#include "hosttest.h"
#include "kernel/checks/siphash.h"

static const struct {
	size_t size;
	uint64_t code;
} vectors[] = {
	{0, 0x726fdb47dd0e0e31ULL},  {1, 0x74f839c593dc67fdULL},  {2, 0x0d6c8009d9a94f5aULL},
	{7, 0xab0200f58b01d137ULL},  {8, 0x93f5f5799a932462ULL},  {9, 0x9e0082df0ba9e4b0ULL},
	{15, 0xa129ca6149be45e5ULL}, {16, 0x3f2acc7f57c29bdbULL}, {17, 0x699ae9f52cbe4794ULL},
	{31, 0x32d892fad841c342ULL}, {32, 0x7127512f72f27cceULL}, {63, 0x958a324ceb064572ULL},
};

int main(void)
{
	uint8_t bytes[64], *message;

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	for (unsigned int i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		/* a copy that ends with the message, so that reading on is noticed */
		message = malloc(vectors[i].size);
		for (size_t n = 0; n < vectors[i].size; n++)
			message[n] = bytes[n];
		CHECK(siphash(bytes, message, vectors[i].size) == vectors[i].code);
		free(message);
	}
	return 0;
}
