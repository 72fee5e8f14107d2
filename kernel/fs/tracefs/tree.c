/*
 * The files of /sys/kernel/tracing, with Linux's permissions.
 */
#include "kernel/fs/tracefs/internal.h"

#define READ_ONLY  (S_IFREG | 0440)
#define READ_WRITE (S_IFREG | 0640)
#define WRITE_ONLY (S_IFREG | 0220)
#define DIRECTORY  (S_IFDIR | 0750)

#define SHOW(NAME, FUNCTION)                                         \
	{                                                            \
		.name = (NAME), .mode = READ_ONLY, .show = FUNCTION, \
	}
#define SHOW_STORE(NAME, SHOW_FUNCTION, STORE_FUNCTION)                                            \
	{                                                                                          \
		.name = (NAME), .mode = READ_WRITE, .show = SHOW_FUNCTION, .store = STORE_FUNCTION \
	}
#define FOP(NAME, MODE, OPERATIONS)                                \
	{                                                          \
		.name = (NAME), .mode = (MODE), .fop = &OPERATIONS \
	}
#define DIR(NAME, TABLE) \
	.name = (NAME), .mode = DIRECTORY, .child = (TABLE), .nr_child = ARRAY_SIZE(TABLE)

static const struct tracefs_entry event_entries[] = {
	SHOW_STORE("enable", event_enable_show, event_enable_store),
	SHOW("format", event_format_show),
	SHOW("id", event_id_show),
};
const struct tracefs_entry tracefs_event = {DIR("event", event_entries)};

static const struct tracefs_entry system_entries[] = {
	SHOW_STORE("enable", system_enable_show, system_enable_store),
};
const struct tracefs_entry tracefs_system = {DIR("system", system_entries), .children = EVENT_DIRS};

static const struct tracefs_entry events_entries[] = {
	SHOW_STORE("enable", all_enable_show, all_enable_store),
};

/* There is one processor, so its files are those of all. */
static const struct tracefs_entry cpu0_entries[] = {
	SHOW_STORE("buffer_size_kb", buffer_size_show, buffer_size_store),
	SHOW("stats", stats_show),
	FOP("trace", READ_WRITE, trace_operations),
	FOP("trace_pipe", READ_ONLY, trace_pipe_operations),
};
static const struct tracefs_entry per_cpu_entries[] = {{DIR("cpu0", cpu0_entries)}};

static const struct tracefs_entry root_entries[] = {
	SHOW("README", readme_show),
	SHOW("available_events", available_events_show),
	SHOW("available_tracers", tracers_show),
	SHOW_STORE("buffer_size_kb", buffer_size_show, buffer_size_store),
	SHOW("buffer_total_size_kb", buffer_size_show),
	SHOW_STORE("current_tracer", tracers_show, current_tracer_store),
	{DIR("events", events_entries), .children = SYSTEM_DIRS},
	{DIR("per_cpu", per_cpu_entries)},
	SHOW("saved_cmdlines", saved_cmdlines_show),
	{.name = "set_event",
	 .mode = READ_WRITE,
	 .show = set_event_show,
	 .store = set_event_store,
	 .clear = set_event_clear},
	{.name = "set_event_pid",
	 .mode = READ_WRITE,
	 .show = set_event_pid_show,
	 .store = set_event_pid_store,
	 .clear = set_event_pid_clear},
	FOP("trace", READ_WRITE, trace_operations),
	SHOW_STORE("trace_clock", trace_clock_show, trace_clock_store),
	FOP("trace_marker", WRITE_ONLY, trace_marker_operations),
	FOP("trace_pipe", READ_ONLY, trace_pipe_operations),
	SHOW_STORE("tracing_on", tracing_on_show, tracing_on_store),
};
const struct tracefs_entry tracefs_root = {.name = "",
					   .mode = S_IFDIR | 0700,
					   .child = root_entries,
					   .nr_child = ARRAY_SIZE(root_entries)};
