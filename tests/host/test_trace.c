/* sources: none */
/*
 * The ring of the trace and its serial port: a record that is made while another one is written, a
 * ring that runs over, and a host that does not read until the machine is to be switched off.
 */
#include "tests/host/stubs/trace_host.h"
#include "kernel/trace/ring.c"
#include "kernel/trace/serial.c"

#define RECORDS(n) ((n) * sizeof(struct trace_record))

/* What the task's hook does besides: records an event of its own, as a fault in the hook would. */
static unsigned int nested;

static void describe(struct running_task *task)
{
	*task = (struct running_task){.comm = "test", .pid = 7, .need_resched = nested};
	for (unsigned int i = 0; i < nested; i++)
		trace_event(TRACE_ZAP, i);
}

static struct trace_record get(u32 seq)
{
	struct trace_record r = {.type = 0xffff};

	CHECK(trace_get(seq, &r));
	return r;
}

/* The records from `from` on: their types in order, ended by 0xffff. */
static void expect_types(u32 from, const unsigned int *types)
{
	for (; *types != 0xffff; types++, from++)
		CHECK(get(from).type == *types && get(from).seq == from);
	CHECK(trace_head() == from);
}

static void test_recursion(void)
{
	u32 from = trace_head();

	CHECK(!trace_want(TRACE_READER_TRACEFS, ~0U));
	trace_event(TRACE_COPY, 1, 2);
	nested = 3;
	trace_event(TRACE_COPY, 3, 4);
	nested = 0;
	trace_event(TRACE_COPY, 5, 6);
	/* the comm; the three that came in between are counted and said, once */
	expect_types(from, (const unsigned int[]){TRACE_NAME, TRACE_COPY, TRACE_LOST, TRACE_COPY,
						  TRACE_COPY, 0xffff});
	CHECK(get(from + 2).arg[0] == 3);
	CHECK(get(from + 1).flags == 0 && get(from + 3).flags == TRACE_FLAG_NEED_RESCHED);
	CHECK(!host_irqs_off && !writing && !depth);
}

static void test_flags(void)
{
	unsigned long flags;

	local_irq_save(flags);
	trace_event(TRACE_COPY, 7, 8);
	CHECK(host_irqs_off);
	local_irq_restore(flags);
	CHECK(get(trace_head() - 1).flags == TRACE_FLAG_IRQS_OFF);
}

static void test_running_over(void)
{
	u32 size;

	CHECK(!trace_resize(LEAST_KB));
	size = LEAST_KB * 1024 / sizeof(struct trace_record);
	for (u32 i = 0; i < 3 * size; i++)
		trace_event(TRACE_COPY, i);
	CHECK(trace_head() - trace_tail() == size);
	CHECK(get(trace_head() - 1).arg[0] == 3 * size - 1);
	CHECK(!trace_get(trace_tail() - 1, &(struct trace_record){}));
}

/* The host takes nothing; records wait, and the one before power-off sends them, in order. */
static void test_drain(void)
{
	struct trace_record r;
	u32 seq = 0;

	CHECK(!trace_want(TRACE_READER_TRACEFS, 0));
	host_trace_option = "ttyS1,step";
	trace_serial_init();
	for (u32 i = 0; i < 20; i++)
		trace_event(TRACE_ZAP, i);
	CHECK(host_got == 0);
	host_listens = true;
	trace_serial_drain();
	CHECK(host_got && host_got % sizeof(r) == 0);
	for (size_t at = 0; at < host_got; at += sizeof(r)) {
		memcpy(&r, host_port + at, sizeof(r));
		if (at == 0)
			CHECK(r.type == TRACE_HEADER && !memcmp(&r.arg[4], build_id(), 20) &&
			      r.arg[9] == CONFIG_PGTABLE_LEVELS);
		if (r.type == TRACE_ZAP)
			CHECK(r.arg[0] == seq++);
	}
	CHECK(seq == 20);
}

/* A host that never reads holds the power-off up for two seconds, and no longer. */
static void test_drain_ends(void)
{
	u64 begin;

	host_listens = false;
	trace_event(TRACE_ZAP, 1);
	begin = host_ns;
	trace_serial_drain();
	CHECK(host_ns - begin >= DRAIN_NS && host_ns - begin < DRAIN_NS + NSEC_PER_SEC);
}

int main(void)
{
	running_task_hook = describe;
	run("a record that comes while one is written is counted", test_recursion);
	run("flags say how it was", test_flags);
	run("the newest records stay", test_running_over);
	run("what waits is sent before power-off", test_drain);
	run("power-off does not wait for ever", test_drain_ends);
	return failures != 0;
}
