/*
 * The events: their names, and which are enabled, as set_event and the files `enable` say. The ring
 * records all system calls as two events; here each call has two of its own as well.
 */
#include "kernel/fs/tracefs/internal.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/kstrtox.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include <asm/unistd.h>

#define CALL(NR, NAME, PARAMS) [__NR_##NR] = {NAME, PARAMS},
static const struct traced_call calls[] = {
#include "kernel/fs/tracefs/calls.h"
};
#undef CALL

#define NR_EVENTS    CALL_EVENT(ARRAY_SIZE(calls), 0)
#define SYSTEM_CALLS "syscalls"

/* A bit that no event has: the wish for markers alone. */
#define MARKERS TRACE_BIT(31)

#define EVENT_TABLE(c_name, number, system, event, args) [number] = {#system, #event, args},
static const struct {
	const char *system, *name, *args;
} events[] = {TRACE_EVENTS(EVENT_TABLE)};

static const char *const systems[] = {"exceptions",   "kmem",  "mapix",
				      "raw_syscalls", "sched", SYSTEM_CALLS};

bool tracing_is_on = true;
static DECLARE_BITMAP(enabled, NR_EVENTS);
/* Events of calls that were enabled by their own names last, and not with all calls. */
static DECLARE_BITMAP(own_line, NR_EVENTS);

/* ---- names ---- */

const struct traced_call *traced_call(unsigned int nr)
{
	return nr < ARRAY_SIZE(calls) && calls[nr].name ? &calls[nr] : NULL;
}

unsigned int nr_events(void)
{
	return NR_EVENTS;
}

bool event_exists(unsigned int id)
{
	if (IS_CALL_EVENT(id))
		return traced_call(CALL_NR(id));
	return id < ARRAY_SIZE(events) && events[id].name;
}

const char *event_name(unsigned int id, char *name)
{
	if (IS_CALL_EVENT(id))
		snprintf(name, EVENT_NAME_SIZE, "sys_%s_%s", CALL_END(id) ? "exit" : "enter",
			 traced_call(CALL_NR(id))->name);
	else
		strlcpy(name, events[id].name, EVENT_NAME_SIZE);
	return name;
}

const char *event_args(unsigned int id)
{
	return events[id].args;
}

const char *system_name(unsigned int system)
{
	return system < ARRAY_SIZE(systems) ? systems[system] : NULL;
}

unsigned int event_system(unsigned int id)
{
	const char *name = IS_CALL_EVENT(id) ? SYSTEM_CALLS : events[id].system;
	unsigned int system = 0;

	while (strcmp(systems[system], name))
		system++;
	return system;
}

/* ---- what is enabled ---- */

static bool is_enabled(unsigned int id)
{
	return test_bit(id, enabled);
}

bool event_is_on(enum trace_type type, const u32 *arg)
{
	unsigned int id = CALL_EVENT(arg[0], type == TRACE_SYS_EXIT);

	if (is_enabled(type))
		return true;
	return (type == TRACE_SYS_ENTER || type == TRACE_SYS_EXIT) && arg[0] < ARRAY_SIZE(calls) &&
	       is_enabled(id);
}

bool call_has_own_line(unsigned int id)
{
	return id < NR_EVENTS && test_bit(id, own_line);
}

int apply_events(void)
{
	u32 wanted = MARKERS;

	if (!tracing_is_on)
		return trace_want(TRACE_READER_TRACEFS, 0);
	for (unsigned int id = 0; id < NR_EVENTS; id++) {
		if (!is_enabled(id))
			continue;
		if (IS_CALL_EVENT(id))
			wanted |= TRACE_BIT(CALL_END(id) ? TRACE_SYS_EXIT : TRACE_SYS_ENTER);
		else
			wanted |= TRACE_BIT(id);
	}
	return trace_want(TRACE_READER_TRACEFS, wanted);
}

/* All calls are enabled, under one name: their records have that name from now on, but for those
   that are enabled by themselves. */
static void enable_raw(unsigned int end)
{
	for (unsigned int nr = 0; nr < ARRAY_SIZE(calls); nr++) {
		if (!is_enabled(CALL_EVENT(nr, end)))
			__clear_bit(CALL_EVENT(nr, end), own_line);
	}
}

static void enable(unsigned int id, bool on)
{
	if (!on) {
		__clear_bit(id, enabled);
		return;
	}
	__set_bit(id, enabled);
	if (IS_CALL_EVENT(id))
		__set_bit(id, own_line);
	if (id == TRACE_SYS_ENTER || id == TRACE_SYS_EXIT)
		enable_raw(id == TRACE_SYS_EXIT);
}

/* Before a change that cannot be undone: so that apply_events() cannot fail behind it. 0 or
 * -ENOMEM.
 */
static int need_ring(void)
{
	return trace_has_ring() ? 0 : apply_events();
}

/* Enable or disable the events of a system and of a name, or of one that is either; NULL: any. 0,
   or -EINVAL: there is none; or -ENOMEM. */
static int enable_matching(const char *system, const char *name, const char *either, bool on)
{
	char own[EVENT_NAME_SIZE];
	bool found = false;
	int err = need_ring();

	if (err)
		return err;
	for (unsigned int id = 0; id < NR_EVENTS; id++) {
		const char *of;

		if (!event_exists(id))
			continue;
		of = systems[event_system(id)];
		event_name(id, own);
		if ((system && strcmp(system, of)) || (name && strcmp(name, own)) ||
		    (either && strcmp(either, of) && strcmp(either, own)))
			continue;
		found = true;
		enable(id, on);
	}
	return found ? apply_events() : -EINVAL;
}

/* ---- files: set_event, available_events ---- */

static void show_events(struct seq_file *m, bool only_enabled)
{
	char name[EVENT_NAME_SIZE];

	for (unsigned int id = 0; id < NR_EVENTS; id++) {
		if (event_exists(id) && (!only_enabled || is_enabled(id)))
			seq_printf(m, "%s:%s\n", systems[event_system(id)], event_name(id, name));
	}
}

int available_events_show(struct seq_file *m, unsigned int id)
{
	show_events(m, false);
	return 0;
}

int set_event_show(struct seq_file *m, unsigned int id)
{
	show_events(m, true);
	return 0;
}

/* NULL if the word stands for all. */
static const char *unless_all(const char *word)
{
	return !*word || !strcmp(word, "*") ? NULL : word;
}

/* SYSTEM:EVENT, either of which may be * or empty, or a system or event alone; ! disables it. */
static int set_events(char *word)
{
	bool on = *word != '!';
	char *colon;

	word += !on;
	colon = strchr(word, ':');
	if (!colon)
		return enable_matching(NULL, NULL, word, on);
	*colon = '\0';
	return enable_matching(unless_all(word), unless_all(colon + 1), NULL, on);
}

int set_event_store(unsigned int id, char *text)
{
	char *word;

	while ((word = next_word(&text))) {
		int err = set_events(word);

		if (err)
			return err;
	}
	return 0;
}

int set_event_clear(void)
{
	memset(enabled, 0, sizeof(enabled));
	return trace_has_ring() ? apply_events() : 0;
}

/* ---- files: enable ---- */

/* Linux's answer for all events of a system, NULL: of all: 0, 1, or X if they differ. */
static int show_enabled(struct seq_file *m, const char *system)
{
	unsigned int seen = 0;

	for (unsigned int id = 0; id < NR_EVENTS; id++) {
		if (event_exists(id) && (!system || systems[event_system(id)] == system))
			seen |= 1U << is_enabled(id);
	}
	seq_printf(m, "%c\n", "?01X"[seen]);
	return 0;
}

/* 0 or 1 from a text; -EINVAL. */
static int parse_switch(const char *text, bool *on)
{
	unsigned int value;

	if (kstrtouint(text, 10, &value) || value > 1)
		return -EINVAL;
	*on = value;
	return 0;
}

int all_enable_show(struct seq_file *m, unsigned int id)
{
	return show_enabled(m, NULL);
}

int all_enable_store(unsigned int id, char *text)
{
	bool on;
	int err = parse_switch(text, &on);

	return err ? err : enable_matching(NULL, NULL, NULL, on);
}

int system_enable_show(struct seq_file *m, unsigned int system)
{
	return show_enabled(m, systems[system]);
}

int system_enable_store(unsigned int system, char *text)
{
	bool on;
	int err = parse_switch(text, &on);

	return err ? err : enable_matching(systems[system], NULL, NULL, on);
}

int event_enable_show(struct seq_file *m, unsigned int id)
{
	seq_printf(m, "%d\n", is_enabled(id));
	return 0;
}

int event_enable_store(unsigned int id, char *text)
{
	bool on;
	int err = parse_switch(text, &on);

	if (!err)
		err = need_ring();
	if (err)
		return err;
	enable(id, on);
	return apply_events();
}
