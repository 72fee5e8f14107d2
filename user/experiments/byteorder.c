/*
 * Byte order: in which order the bytes of a number stand in memory.
 */
#include "experiment.h"

static void show(const char *what, const void *object, size_t size)
{
	const unsigned char *bytes = object;

	printf("%-32s", what);
	for (size_t i = 0; i < size; i++)
		printf(" %02x", bytes[i]);
	putchar('\n');
}

int main(int argc, char **argv)
{
	uint16_t half = 0x0102;
	uint32_t word = 0x01020304;
	uint64_t twice = 0x0102030405060708ULL;
	int32_t minus = -2;
	const char text[] = "\x01\x02\x03\x04";
	union {
		uint32_t word;
		uint8_t bytes[4];
	} both = {.word = 1};
	uint32_t read_back;

	begin(argv);
	printf("%-32s +0 +1 +2 +3 ...\n", "offset from the address:");
	show("uint16_t 0x0102", &half, sizeof(half));
	show("uint32_t 0x01020304", &word, sizeof(word));
	show("uint64_t 0x0102030405060708", &twice, sizeof(twice));
	show("int32_t -2", &minus, sizeof(minus));
	show("char[4] 01 02 03 04", text, sizeof(text) - 1);
	memcpy(&read_back, text, sizeof(read_back));
	printf("these four chars read as a uint32_t: 0x%08x\n", (unsigned)read_back);
	printf("the first byte of the number 1 is %d: %s-endian\n", both.bytes[0],
	       both.bytes[0] ? "little" : "big");
	return 0;
}
