/*
 * The files `format`: the fields of an event and how they are printed, as Linux describes them. The
 * trace itself is read as text only.
 */
#include "kernel/fs/tracefs/internal.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"

#define FIRST_OFFSET 8 /* behind the common fields */
#define COMM_BYTES   16
#define NR_ARGS	     6 /* of a system call */

/* The number that `id` shows: never 0. */
static unsigned int event_id(unsigned int id)
{
	return id + 1;
}

#define PAGE_FAULT                                                                        \
	{                                                                                 \
		"unsigned long address, unsigned long ip, unsigned long error_code",      \
			"\"address=%ps ip=%ps error_code=0x%lx\", (void *)REC->address, " \
			"(void *)REC->ip, REC->error_code"                                \
	}
#define ALLOC                                                                                      \
	{                                                                                          \
		"unsigned long call_site, const void *ptr, size_t bytes_req, size_t bytes_alloc, " \
		"unsigned long gfp_flags",                                                         \
			"\"call_site=%pS ptr=%p bytes_req=%zu bytes_alloc=%zu gfp_flags=0x%lx\", " \
			"(void *)REC->call_site, REC->ptr, REC->bytes_req, REC->bytes_alloc, "     \
			"REC->gfp_flags"                                                           \
	}

#define WAKEUP                                                                              \
	{                                                                                   \
		"char comm[16], pid_t pid, int prio, int target_cpu",                       \
			"\"comm=%s pid=%d prio=%d target_cpu=%03d\", REC->comm, REC->pid, " \
			"REC->prio, REC->target_cpu"                                        \
	}

/* What Linux says of its events: fields as declarations, and the print format. Allocation flags are
   described as a number here. */
static const struct {
	const char *fields, *print;
} described[] = {
	[TRACE_PAGE_FAULT_USER] = PAGE_FAULT,
	[TRACE_PAGE_FAULT_KERNEL] = PAGE_FAULT,
	[TRACE_MM_PAGE_ALLOC] = {"unsigned long pfn, unsigned int order, unsigned long gfp_flags, "
				 "int migratetype",
				 "\"page=%p pfn=0x%lx order=%d migratetype=%d gfp_flags=0x%lx\", "
				 "mem_map + REC->pfn, REC->pfn, REC->order, REC->migratetype, "
				 "REC->gfp_flags"},
	[TRACE_MM_PAGE_FREE] = {"unsigned long pfn, unsigned int order",
				"\"page=%p pfn=0x%lx order=%d\", mem_map + REC->pfn, REC->pfn, "
				"REC->order"},
	[TRACE_KMALLOC] = ALLOC,
	[TRACE_KMEM_CACHE_ALLOC] = ALLOC,
	[TRACE_KFREE] = {"unsigned long call_site, const void *ptr",
			 "\"call_site=%pS ptr=%p\", (void *)REC->call_site, REC->ptr"},
	[TRACE_KMEM_CACHE_FREE] = {"unsigned long call_site, const void *ptr, "
				   "__data_loc char[] name",
				   "\"call_site=%pS ptr=%p name=%s\", (void *)REC->call_site, "
				   "REC->ptr, __get_str(name)"},
	[TRACE_SCHED_SWITCH] =
		{"char prev_comm[16], pid_t prev_pid, int prev_prio, long prev_state, "
		 "char next_comm[16], pid_t next_pid, int next_prio",
		 "\"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s "
		 "next_pid=%d next_prio=%d\", REC->prev_comm, REC->prev_pid, REC->prev_prio, "
		 "(REC->prev_state & 0xff) ? __print_flags(REC->prev_state & 0xff, \"|\", "
		 "{ 0x01, \"S\" }, { 0x02, \"D\" }, { 0x04, \"T\" }, { 0x08, \"t\" }, "
		 "{ 0x10, \"X\" }, { 0x20, \"Z\" }, { 0x40, \"P\" }, { 0x80, \"I\" }) : \"R\", "
		 "REC->prev_state & 0x100 ? \"+\" : \"\", REC->next_comm, REC->next_pid, "
		 "REC->next_prio"},
	[TRACE_SCHED_WAKEUP] = WAKEUP,
	[TRACE_SCHED_WAKEUP_NEW] = WAKEUP,
	[TRACE_SCHED_PROCESS_FORK] =
		{"char parent_comm[16], pid_t parent_pid, char child_comm[16], pid_t child_pid",
		 "\"comm=%s pid=%d child_comm=%s child_pid=%d\", REC->parent_comm, "
		 "REC->parent_pid, REC->child_comm, REC->child_pid"},
	[TRACE_SCHED_PROCESS_EXEC] =
		{"__data_loc char[] filename, pid_t pid, pid_t old_pid",
		 "\"filename=%s pid=%d old_pid=%d\", __get_str(filename), REC->pid, REC->old_pid"},
	[TRACE_SCHED_PROCESS_EXIT] = {"char comm[16], pid_t pid, int prio",
				      "\"comm=%s pid=%d prio=%d\", REC->comm, REC->pid, REC->prio"},
	[TRACE_RSS_STAT] =
		{"unsigned int mm_id, unsigned int curr, int member, long size",
		 "\"mm_id=%u curr=%d type=%s size=%ldB\", REC->mm_id, REC->curr, "
		 "__print_symbolic(REC->member, { 0, \"MM_FILEPAGES\" }, { 1, \"MM_ANONPAGES\" }, "
		 "{ 2, \"MM_SWAPENTS\" }, { 3, \"MM_SHMEMPAGES\" }), REC->size"},
	[TRACE_SYS_ENTER] = {"long id, unsigned long args[6]",
			     "\"NR %ld (%lx, %lx, %lx, %lx, %lx, %lx)\", REC->id, REC->args[0], "
			     "REC->args[1], REC->args[2], REC->args[3], REC->args[4], "
			     "REC->args[5]"},
	[TRACE_SYS_EXIT] = {"long id, long ret", "\"NR %ld = %ld\", REC->id, REC->ret"},
};

/* ---- fields ---- */

/* One declaration: len characters, as `char comm[16]`. */
struct field {
	const char *text;
	size_t len;
};

static bool begins(const struct field *f, const char *with)
{
	return !strncmp(f->text, with, strlen(with));
}

/* Is it a pointer or an array? */
static bool has_char(const struct field *f, char c)
{
	const char *found = strchr(f->text, c);

	return found && found < f->text + f->len;
}

static unsigned int field_size(const struct field *f)
{
	if (begins(f, "__data_loc ") || has_char(f, '*'))
		return sizeof(long);
	if (begins(f, "char "))
		return COMM_BYTES;
	if (begins(f, "unsigned long args["))
		return NR_ARGS * sizeof(long);
	if (begins(f, "umode_t ") || begins(f, "old_uid_t ") || begins(f, "old_gid_t "))
		return sizeof(short);
	if (begins(f, "loff_t "))
		return sizeof(loff_t);
	return sizeof(int);
}

static bool field_signed(const struct field *f)
{
	static const char *const types[] = {
		"int ",	  "long ",	"pid_t ", "loff_t ",	      "off_t ",	    "char ",
		"key_t ", "clockid_t ", "rwf_t ", "const clockid_t ", "__data_loc "};

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		if (begins(f, types[i]) && !has_char(f, '*'))
			return true;
	}
	return false;
}

/* The length of the type before the name. */
static int type_len(const struct field *f)
{
	size_t n = f->len;

	while (n && f->text[n - 1] != ' ' && f->text[n - 1] != '*')
		n--;
	return n;
}

static int name_len(const struct field *f)
{
	return f->len - type_len(f);
}

static const char *name_of(const struct field *f)
{
	return f->text + type_len(f);
}

static void show_field(struct seq_file *m, const struct field *f, unsigned int offset)
{
	seq_printf(m, "\tfield:%.*s%s%.*s;\toffset:%u;\tsize:%u;\tsigned:%d;\n", type_len(f),
		   f->text, has_char(f, '*') ? " " : "", name_len(f), name_of(f), offset,
		   field_size(f), field_signed(f));
}

/* The first declaration of a list, which moves behind it. False: there is none. */
static bool next_field(const char **list, struct field *f)
{
	const char *comma;

	if (!**list)
		return false;
	comma = strchr(*list, ',');
	f->text = *list;
	f->len = comma ? (size_t)(comma - *list) : strlen(*list);
	*list += f->len + (comma ? strlen(", ") : 0);
	return true;
}

static void show_fields(struct seq_file *m, const char *list)
{
	unsigned int offset = FIRST_OFFSET;
	struct field f;

	while (next_field(&list, &f)) {
		show_field(m, &f, offset);
		offset += field_size(&f);
	}
}

/* ---- calls: each parameter has the size of a register ---- */

static void show_call(struct seq_file *m, unsigned int id)
{
	const char *params = traced_call(CALL_NR(id))->params, *list = params;
	unsigned int offset = FIRST_OFFSET + sizeof(int);
	struct field f;

	seq_printf(m, "\tfield:int __syscall_nr;\toffset:%d;\tsize:4;\tsigned:1;\n", FIRST_OFFSET);
	if (CALL_END(id)) {
		seq_printf(m, "\tfield:long ret;\toffset:%u;\tsize:4;\tsigned:1;\n", offset);
		seq_puts(m, "\nprint fmt: \"0x%lx\", REC->ret\n");
		return;
	}
	for (; next_field(&list, &f); offset += sizeof(long))
		show_field(m, &f, offset);
	seq_puts(m, "\nprint fmt: \"");
	for (list = params; next_field(&list, &f);)
		seq_printf(m, "%s%.*s: 0x%%0%dlx", f.text == params ? "" : ", ", name_len(&f),
			   name_of(&f), (int)sizeof(long));
	seq_putc(m, '"');
	for (list = params; next_field(&list, &f);)
		seq_printf(m, ", ((unsigned long)(REC->%.*s))", name_len(&f), name_of(&f));
	seq_putc(m, '\n');
}

/* ---- our own events: all args are numbers ---- */

/* The first of the words, which move behind it. False: there is none. */
static bool next_arg(const char **words, struct field *f)
{
	const char *blank = strchr(*words, ' ');

	f->text = *words;
	f->len = blank ? (size_t)(blank - *words) : strlen(*words);
	*words += f->len + (blank ? 1 : 0);
	return f->len;
}

static void show_own(struct seq_file *m, unsigned int id)
{
	const char *args = event_args(id), *words = args;
	unsigned int offset = FIRST_OFFSET;
	struct field f;

	for (; next_arg(&words, &f); offset += sizeof(u32))
		seq_printf(m, "\tfield:u32 %.*s;\toffset:%u;\tsize:4;\tsigned:0;\n", (int)f.len,
			   f.text, offset);
	seq_puts(m, "\nprint fmt: \"");
	for (words = args; next_arg(&words, &f);)
		seq_printf(m, "%s%.*s=0x%%x", f.text == args ? "" : " ", (int)f.len, f.text);
	seq_putc(m, '"');
	for (words = args; next_arg(&words, &f);)
		seq_printf(m, ", REC->%.*s", (int)f.len, f.text);
	seq_putc(m, '\n');
}

int event_format_show(struct seq_file *m, unsigned int id)
{
	char name[EVENT_NAME_SIZE];

	seq_printf(m, "name: %s\nID: %u\nformat:\n", event_name(id, name), event_id(id));
	seq_puts(m, "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n");
	if (IS_CALL_EVENT(id)) {
		show_call(m, id);
	} else if (id < ARRAY_SIZE(described) && described[id].fields) {
		show_fields(m, described[id].fields);
		seq_printf(m, "\nprint fmt: %s\n", described[id].print);
	} else {
		show_own(m, id);
	}
	return 0;
}

int event_id_show(struct seq_file *m, unsigned int id)
{
	seq_printf(m, "%u\n", event_id(id));
	return 0;
}
