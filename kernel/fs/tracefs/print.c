/*
 * A record as a line, as Linux prints it.
 */
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/fs/tracefs/internal.h"
#include "libc/include/string.h"
#include "mm/phys/gfp.h"

#define NS_HALF_USEC	(NSEC_PER_USEC / 2)
#define STATE_FLAGS	0xff  /* of prev_state: why the task sleeps */
#define STATE_PREEMPTED 0x100 /* it does not sleep */
#define COMM_MAX	16
#define WORD_SIZE	32

/* ---- parts of lines ---- */

/* The function at an address, with the offset in it; or the address. */
static void print_symbol(struct seq_file *m, u32 addr, bool with_offset)
{
	unsigned long offset, size;
	const char *name = addr >= PAGE_OFFSET ? kallsyms_lookup(addr, &offset, &size) : NULL;

	if (!name)
		seq_printf(m, "0x%x", addr);
	else if (with_offset)
		seq_printf(m, "%s+0x%lx/0x%lx", name, offset, size);
	else
		seq_puts(m, name);
}

struct bit_name {
	u32 mask;
	const char *name;
};

/* Names with a stroke between them, and what has none in hexadecimal. */
static void print_bits(struct seq_file *m, u32 bits, const struct bit_name *names, unsigned int n,
		       const char *none)
{
	const char *between = "";

	if (!bits)
		seq_puts(m, none);
	for (unsigned int i = 0; i < n; i++) {
		if ((bits & names[i].mask) != names[i].mask)
			continue;
		seq_printf(m, "%s%s", between, names[i].name);
		between = "|";
		bits &= ~names[i].mask;
	}
	if (bits)
		seq_printf(m, "%s0x%x", between, bits);
}

#define GFP(flag)           \
	{                   \
		flag, #flag \
	}
static const struct bit_name gfp_names[] = {
	GFP(GFP_HIGHUSER_MOVABLE),
	GFP(GFP_HIGHUSER),
	GFP(GFP_KERNEL),
	GFP(GFP_NOFS),
	GFP(GFP_ATOMIC),
	GFP(GFP_NOIO),
	GFP(GFP_NOWAIT),
	GFP(__GFP_HIGHMEM),
	GFP(__GFP_ZERO),
	GFP(__GFP_COMP),
	GFP(__GFP_NOWARN),
	GFP(__GFP_MEMALLOC),
	GFP(__GFP_IO),
	GFP(__GFP_FS),
	GFP(__GFP_NORETRY),
	GFP(__GFP_MOVABLE),
	GFP(__GFP_NOFAIL),
	GFP(__GFP_WRITE),
};

static void print_gfp(struct seq_file *m, u32 gfp)
{
	seq_puts(m, " gfp_flags=");
	print_bits(m, gfp, gfp_names, ARRAY_SIZE(gfp_names), "none");
}

static const struct bit_name state_names[] = {
	{0x01, "S"}, {0x02, "D"}, {0x04, "T"}, {0x08, "t"},
	{0x10, "X"}, {0x20, "Z"}, {0x40, "P"}, {0x80, "I"},
};

/* The comm that stands in four args. */
static void print_comm(struct seq_file *m, const char *what, const u32 *arg)
{
	char comm[COMM_MAX + 1] = "";

	memcpy(comm, arg, COMM_MAX);
	seq_printf(m, "%s=%s", what, comm);
}

/* The comm of the record's own process. */
static const char *own_comm(const struct trace_iter *it, char *comm)
{
	if (it->comm[0] && it->comm_pid == it->rec.pid)
		return it->comm;
	return saved_comm(it->rec.pid, comm) ? comm : "<...>";
}

/* ---- Linux's events ---- */

static void print_page_fault(struct seq_file *m, const struct trace_iter *it)
{
	const u32 *arg = it->rec.arg;

	seq_puts(m, "address=");
	print_symbol(m, arg[0], false);
	seq_puts(m, " ip=");
	print_symbol(m, arg[1], false);
	seq_printf(m, " error_code=0x%x", arg[2]);
}

/* The address of the frame's struct page. */
static void print_page(struct seq_file *m, u32 pfn)
{
	seq_printf(m, "page=%08lx pfn=0x%x", (unsigned long)pfn_to_page(pfn), pfn);
}

static void print_page_alloc(struct seq_file *m, const struct trace_iter *it)
{
	const u32 *arg = it->rec.arg;

	print_page(m, arg[0]);
	seq_printf(m, " order=%u migratetype=%u", arg[1], arg[3]);
	print_gfp(m, arg[2]);
}

static void print_page_free(struct seq_file *m, const struct trace_iter *it)
{
	print_page(m, it->rec.arg[0]);
	seq_printf(m, " order=%u", it->rec.arg[1]);
}

static void print_call_site(struct seq_file *m, const u32 *arg)
{
	seq_puts(m, "call_site=");
	print_symbol(m, arg[0], true);
	seq_printf(m, " ptr=%08x", arg[1]);
}

static void print_alloc(struct seq_file *m, const struct trace_iter *it)
{
	const u32 *arg = it->rec.arg;

	print_call_site(m, arg);
	seq_printf(m, " bytes_req=%u bytes_alloc=%u", arg[2], arg[3]);
	print_gfp(m, arg[4]);
	seq_puts(m, " node=-1 accounted=false");
}

static void print_free(struct seq_file *m, const struct trace_iter *it)
{
	print_call_site(m, it->rec.arg);
	if (it->rec.type == TRACE_KMEM_CACHE_FREE)
		seq_printf(m, " name=%s", it->name);
}

static void print_rss_stat(struct seq_file *m, const struct trace_iter *it)
{
	static const char *const members[] = {"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS",
					      "MM_SHMEMPAGES"};
	const u32 *arg = it->rec.arg;

	seq_printf(m, "mm_id=%u curr=%d type=%s size=%dB", arg[0], (s32)arg[1],
		   arg[2] < ARRAY_SIZE(members) ? members[arg[2]] : "?", (s32)arg[3]);
}

static void print_switch(struct seq_file *m, const struct trace_iter *it)
{
	const u32 *arg = it->rec.arg, *rest = arg + TRACE_COMM_ARGS; /* next_pid, next_prio … */
	char comm[ITER_COMM_SIZE];

	seq_printf(m, "prev_comm=%s prev_pid=%u prev_prio=%d prev_state=", own_comm(it, comm),
		   it->rec.pid, (s32)rest[2]);
	print_bits(m, rest[3] & STATE_FLAGS, state_names, ARRAY_SIZE(state_names), "R");
	seq_puts(m, rest[3] & STATE_PREEMPTED ? "+ ==> " : " ==> ");
	print_comm(m, "next_comm", arg);
	seq_printf(m, " next_pid=%u next_prio=%d", rest[0], (s32)rest[1]);
}

static void print_wakeup(struct seq_file *m, const struct trace_iter *it)
{
	const u32 *rest = it->rec.arg + TRACE_COMM_ARGS;

	print_comm(m, "comm", it->rec.arg);
	seq_printf(m, " pid=%u prio=%d", rest[0], (s32)rest[1]);
	if (it->rec.type != TRACE_SCHED_PROCESS_EXIT)
		seq_printf(m, " target_cpu=%03u", rest[2]);
}

static void print_fork(struct seq_file *m, const struct trace_iter *it)
{
	char comm[ITER_COMM_SIZE];

	seq_printf(m, "comm=%s pid=%u ", own_comm(it, comm), it->rec.pid);
	print_comm(m, "child_comm", it->rec.arg);
	seq_printf(m, " child_pid=%u", it->rec.arg[TRACE_COMM_ARGS]);
}

static void print_exec(struct seq_file *m, const struct trace_iter *it)
{
	seq_printf(m, "filename=%s pid=%u old_pid=%u", it->name, it->rec.arg[0], it->rec.arg[1]);
}

static void print_raw_call(struct seq_file *m, const struct trace_iter *it)
{
	const u32 *arg = it->rec.arg;

	if (it->rec.type == TRACE_SYS_EXIT)
		seq_printf(m, "NR %d = %d", (s32)arg[0], (s32)arg[1]);
	else
		seq_printf(m, "NR %d (%x, %x, %x, %x, %x, %x)", (s32)arg[0], arg[1], arg[2], arg[3],
			   arg[4], arg[5], arg[6]);
}

static void (*const printers[])(struct seq_file *m, const struct trace_iter *it) = {
	[TRACE_PAGE_FAULT_USER] = print_page_fault,
	[TRACE_PAGE_FAULT_KERNEL] = print_page_fault,
	[TRACE_MM_PAGE_ALLOC] = print_page_alloc,
	[TRACE_MM_PAGE_FREE] = print_page_free,
	[TRACE_KMALLOC] = print_alloc,
	[TRACE_KFREE] = print_free,
	[TRACE_KMEM_CACHE_ALLOC] = print_alloc,
	[TRACE_KMEM_CACHE_FREE] = print_free,
	[TRACE_RSS_STAT] = print_rss_stat,
	[TRACE_SCHED_SWITCH] = print_switch,
	[TRACE_SCHED_WAKEUP] = print_wakeup,
	[TRACE_SCHED_WAKEUP_NEW] = print_wakeup,
	[TRACE_SCHED_PROCESS_FORK] = print_fork,
	[TRACE_SCHED_PROCESS_EXEC] = print_exec,
	[TRACE_SCHED_PROCESS_EXIT] = print_wakeup,
	[TRACE_SYS_ENTER] = print_raw_call,
	[TRACE_SYS_EXIT] = print_raw_call,
};

/* ---- calls by name: sys_NAME(param: value, …), sys_NAME -> result ---- */

/* The name of a parameter: the last word of its declaration, which ends at a comma. */
static const char *param_name(const char *param, size_t *len)
{
	const char *end = strchr(param, ','), *p;

	if (!end)
		end = param + strlen(param);
	for (p = end; p[-1] != ' ' && p[-1] != '*'; p--)
		;
	*len = end - p;
	return p;
}

static void print_params(struct seq_file *m, const char *params, const u32 *values)
{
	const char *between = "";

	while (params && *params) {
		size_t len;
		const char *name = param_name(params, &len);

		seq_printf(m, "%s%.*s: %x", between, (int)len, name, *values++);
		between = ", ";
		params = strchr(params, ',');
		if (params)
			params += strlen(", ");
	}
}

/* False: it is not to be printed by its name. */
static bool print_call(struct seq_file *m, const struct trace_iter *it)
{
	const struct trace_record *r = &it->rec;
	bool end = r->type == TRACE_SYS_EXIT;
	const struct traced_call *call;

	if (!end && r->type != TRACE_SYS_ENTER)
		return false;
	call = traced_call(r->arg[0]);
	if (!call || !call_has_own_line(CALL_EVENT(r->arg[0], end)))
		return false;
	if (end) {
		seq_printf(m, "sys_%s -> 0x%x\n", call->name, r->arg[1]);
		return true;
	}
	seq_printf(m, "sys_%s(", call->name);
	print_params(m, call->params, &r->arg[1]);
	seq_puts(m, ")\n");
	return true;
}

/* ---- our own events: name=value, with words for what has a name ---- */

struct arg_words {
	const char *event, *arg;
	const char *const *words;
	unsigned int n;
};

static const char *const vma_ops[] = {
	"?", "map", "unmap", "brk", "stack", "protect", "move", "flags", "fork", "special", "there",
};
static const char *const mm_ops[] = {"?", "switch", "fork", "exec", "exit"};
static const char *const page_ops[] = {
	"?", "around", "moved", "large", "split", "split_zeros", "filled", "zeroed", "continued",
};
static const char *const found_words[] = {"nothing", "zero_page", "anon_page", "file_page",
					  "device",  "poison",	  "no_vma",    "swap"};
static const char *const done_words[] = {
	"nothing", "zero_page", "new_page", "file_page", "file_shared", "file_copy", "copied",
	"reused",  "writable",	"accessed", "device",	 "signal",	"no_memory", "swap_in",
};
#define WORDS(EVENT, ARG, TABLE)                        \
	{                                               \
		EVENT, ARG, (TABLE), ARRAY_SIZE(TABLE), \
	}
static const struct arg_words arg_words[] = {
	WORDS("vma", "op", vma_ops),	    WORDS("mm", "op", mm_ops),
	WORDS("page", "op", page_ops),	    WORDS("fault", "found", found_words),
	WORDS("fault", "done", done_words),
};

static const struct bit_name access_names[] = {
	{TRACE_ACCESS_WRITE, "write"},
	{TRACE_ACCESS_USER, "user"},
	{TRACE_ACCESS_UNSHARE, "unshare"},
};

static void print_arg(struct seq_file *m, const char *event, const char *arg, u32 value)
{
	if (!strcmp(arg, "access")) {
		seq_puts(m, " access=");
		print_bits(m, value, access_names, ARRAY_SIZE(access_names), "read");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(arg_words); i++) {
		const struct arg_words *w = &arg_words[i];

		if (!strcmp(event, w->event) && !strcmp(arg, w->arg) && value < w->n) {
			seq_printf(m, " %s=%s", arg, w->words[value]);
			return;
		}
	}
	if (value == TRACE_NONE)
		seq_printf(m, " %s=-1", arg);
	else
		seq_printf(m, " %s=0x%x", arg, value);
}

static void print_own(struct seq_file *m, const struct trace_iter *it, const char *event)
{
	const char *args = event_args(it->rec.type), *end;
	const u32 *value = it->rec.arg;
	char word[WORD_SIZE];

	for (; *args; args = *end ? end + 1 : end) {
		end = strchr(args, ' ');
		if (!end)
			end = args + strlen(args);
		strlcpy(word, args, min(sizeof(word), (size_t)(end - args) + 1));
		print_arg(m, event, word, *value++);
	}
	if (it->name[0])
		seq_printf(m, " name=%s", it->name);
}

/* ---- the line ---- */

/* Who, where, how and when. */
static void print_context(struct seq_file *m, const struct trace_iter *it)
{
	const struct trace_record *r = &it->rec;
	char comm[ITER_COMM_SIZE];
	u32 usec;
	u64 sec = div_u64_rem(div_u64(r->ns + NS_HALF_USEC, NSEC_PER_USEC), USEC_PER_SEC, &usec);

	seq_printf(m, "%16s-%-7u [000] ", r->pid ? own_comm(it, comm) : "<idle>", r->pid);
	seq_putc(m, r->flags & TRACE_FLAG_IRQS_OFF ? 'd' : '.');
	seq_putc(m, r->flags & TRACE_FLAG_NEED_RESCHED ? 'N' : '.');
	seq_putc(m, r->flags & TRACE_FLAG_HARDIRQ ? 'h' : '.');
	seq_printf(m, ".. %5llu.%06u: ", sec, usec);
}

void print_record(struct seq_file *m, const struct trace_iter *it)
{
	unsigned int type = it->rec.type;
	char name[EVENT_NAME_SIZE];

	print_context(m, it);
	if (type == TRACE_MARKER) {
		seq_printf(m, "tracing_mark_write: %s", it->name);
		return;
	}
	if (print_call(m, it))
		return;
	seq_printf(m, "%s:", event_name(type, name));
	if (type < ARRAY_SIZE(printers) && printers[type]) {
		seq_putc(m, ' ');
		printers[type](m, it);
	} else {
		print_own(m, it, name);
	}
	seq_putc(m, '\n');
}
