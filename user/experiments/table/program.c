/*
 * A program that uses the library. It is built four times: one and two, which are different
 * programs, each with libtable.a and with libtable.so.
 */
#include "report.h"
#include "table.h"

/* What makes one and two differ. */
static const char name[] = PROGRAM_NAME;

static void look(struct report *r, enum part part, const void *address)
{
	r->address[part] = (unsigned long)address;
	r->frame[part] = page_frame(address);
	if (!find_vma((unsigned long)address, &r->vma[part]))
		fail(name);
}

int main(int argc, char **argv)
{
	static struct report r;
	char c;

	if (table_constant(0) != 1)
		fail(name);
	look(&r, CODE, table_code());
	look(&r, CONSTANTS, table_constants());
	look(&r, COUNTER, table_counter());
	if (write(REPORT_FD, &r, sizeof(r)) != sizeof(r))
		return 1;
	while (read(END_FD, &c, 1) > 0)
		;
	return 0;
}
