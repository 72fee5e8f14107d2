/*
 * The link to the host that asks for checks: lines by the second serial port. The host chooses a
 * nonce, and what it is told of a check is signed by that key, so that nothing but run.c can tell
 * it.
 */
#include "kernel/checks/link.h"
#include "kernel/checks/siphash.h"
#include "kernel/drivers/serial.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"

#define LINK_PORT    1 /* COM2 */
#define LINE_MAX     640
#define DECOY_FAILS  1		/* bit of a decoy's hash */
#define DECOY_SHOWN  0x7fffffff /* of the number that it is shown with */
#define DECOY_LARGE  0x00010000 /* so that it is shown in hexadecimal digits */
#define HEX_PER_BYTE 2

static u8 nonce[SIPHASH_KEY];
static unsigned int sequence;

bool link_open(void)
{
	return serial_poll_begin(LINK_PORT);
}

void link_close(void)
{
	serial_poll_end(LINK_PORT);
	memset(nonce, 0, sizeof(nonce));
}

void link_read(char *line, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = serial_poll_getc(LINK_PORT)) != '\n') {
		if (c < 0)
			cond_resched();
		else if (n < size - 1)
			line[n++] = c;
	}
	line[n] = '\0';
}

void link_print(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list args;
	int n;

	va_start(args, fmt);
	n = min(vsnprintf(line, sizeof(line) - 1, fmt, args), LINE_MAX - 2);
	va_end(args);
	line[n++] = '\n';
	serial_poll_write(LINK_PORT, line, n);
}

static u8 hex_digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

void link_set_nonce(const char *digits)
{
	if (strlen(digits) != sizeof(nonce) * HEX_PER_BYTE)
		return;
	for (unsigned int i = 0; i < sizeof(nonce); i++, digits += HEX_PER_BYTE)
		nonce[i] = hex_digit(digits[0]) << 4 | hex_digit(digits[1]);
}

void link_verdict(const char *name, bool ok, const char *text)
{
	const char *verdict = ok ? "ok" : "failed";
	char line[LINE_MAX];
	int n;

	n = snprintf(line, sizeof(line), "%u %s %s %s", ++sequence, verdict, name, text);
	link_print("verdict %u %s %s %016llx %s", sequence, verdict, name,
		   siphash(nonce, line, min(n, LINE_MAX - 1)), text);
}

void link_decoy(const char *name, u32 *is, u32 *wanted)
{
	u64 hash = siphash(nonce, name, strlen(name));

	*is = ((u32)(hash >> 32) & DECOY_SHOWN) | DECOY_LARGE;
	*wanted = hash & DECOY_FAILS ? ~*is : *is;
}
