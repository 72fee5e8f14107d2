/* sources: none */
/*
 * errseq: every observer sees an error once, whatever the others do.
 */
#include "tests/host/hosttest.h"
#include "kernel/lib/errseq.h"
#include <errno.h>

#define OBSERVERS 5
static errseq_t eseq;
static struct {
	errseq_t since;
	int pending; /* what the observer must be told next */
} observer[OBSERVERS];
static int last_unseen; /* an error that nobody was told: a new observer is */

static void new_observer(int i)
{
	observer[i].since = errseq_sample(&eseq);
	observer[i].pending = last_unseen;
}

static void step(void)
{
	int i = rnd_below(OBSERVERS);

	switch (rnd_below(4)) {
	case 0:
		new_observer(i);
		break;
	case 1: {
		int err = rnd_below(2) ? -EIO : -ENOSPC;

		errseq_set(&eseq, err);
		for (int j = 0; j < OBSERVERS; j++)
			observer[j].pending = err;
		last_unseen = err;
		break;
	}
	case 2:
		CHECK(errseq_check(&eseq, observer[i].since) == observer[i].pending);
		break;
	default:
		CHECK(errseq_check_and_advance(&eseq, &observer[i].since) == observer[i].pending);
		observer[i].pending = 0;
		last_unseen = 0;
	}
}

static void test_random(void)
{
	for (int i = 0; i < OBSERVERS; i++)
		new_observer(i);
	for (int n = 0; n < 200000; n++)
		step();
}

int main(void)
{
	run("errseq: each observer sees each error once", test_random);
	return failures != 0;
}
