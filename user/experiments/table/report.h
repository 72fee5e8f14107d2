/*
 * What a program that uses the library tells the experiment about itself.
 */
#ifndef USER_REPORT_H
#define USER_REPORT_H

#include "../experiment.h"

enum part {
	CODE,
	CONSTANTS,
	COUNTER,
	PARTS
};

struct report {
	unsigned long address[PARTS];
	uint64_t frame[PARTS];
	struct vma vma[PARTS];
};

enum {
	REPORT_FD = 3, /* where the report goes */
	END_FD = 4     /* whose end is the program's end */
};

#endif
