/*
 * The name of a core file: core_pattern with its % specifiers filled in (core(5)).
 */
#include "kernel/time/time.h"
#include "kernel/core/utsname.h"
#include "kernel/exec/coredump.h"
#include "kernel/fs/fs.h"
#include "kernel/signal/coredump.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/mm.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

struct core_name {
	char *text;
	int used; /* of PATH_MAX_KERNEL bytes; more means that it does not fit */
};

static void put_text(struct core_name *cn, const char *s)
{
	int room = max(PATH_MAX_KERNEL - cn->used, 0);

	cn->used += snprintf(cn->text + PATH_MAX_KERNEL - room, room, "%s", s);
}

__attribute__((format(printf, 2, 3))) static void put_number(struct core_name *cn,
							     const char *format, ...)
{
	char number[24];
	va_list args;

	va_start(args, format);
	vsnprintf(number, sizeof(number), format, args);
	va_end(args);
	put_text(cn, number);
}

/* A name that a program or user chose: it must not lead to another directory. */
static void put_escaped(struct core_name *cn, const char *s)
{
	int start = cn->used;

	put_text(cn, *s ? s : "!");
	if (cn->used >= PATH_MAX_KERNEL)
		return;
	if (!strcmp(s, ".") || !strcmp(s, ".."))
		cn->text[start] = '!';
	for (char *c = cn->text + start; *c; c++)
		if (*c == '/')
			*c = '!';
}

/* The program's file: its whole path, or the last component. */
static int put_exe_file(struct core_name *cn, bool name_only)
{
	const struct file *exe = current->mm->exe_file;
	const char *path, *slash;
	char *buf;

	buf = kmalloc(PATH_MAX_KERNEL, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	path = d_path(&exe->f_path, buf, PATH_MAX_KERNEL);
	if (!IS_ERR(path)) {
		slash = name_only ? strrchr(path, '/') : NULL;
		put_escaped(cn, slash ? slash + 1 : path);
	}
	kfree(buf);
	return PTR_ERR_OR_ZERO(path);
}

/* Expand one specifier. 0 or -errno; an unknown one expands to nothing. */
static int put_specifier(struct core_name *cn, const struct coredump_params *cprm, char what)
{
	const struct cred *cred = &current->cred;

	switch (what) {
	case '%':
		put_text(cn, "%");
		break;
	case 'p':
	case 'P':
		put_number(cn, "%d", current->tgid);
		break;
	case 'i':
	case 'I':
		put_number(cn, "%d", current->pid);
		break;
	case 'u':
		put_number(cn, "%u", cred->uid);
		break;
	case 'g':
		put_number(cn, "%u", cred->gid);
		break;
	case 'd':
		put_number(cn, "%d", cprm->dumpable);
		break;
	case 's':
		put_number(cn, "%d", cprm->siginfo->si_signo);
		break;
	case 't':
		put_number(cn, "%lld", ns_to_timespec64(ktime_get_real_ns()).tv_sec);
		break;
	case 'h':
		put_escaped(cn, init_utsname.nodename);
		break;
	case 'e':
		put_escaped(cn, current->comm);
		break;
	case 'f':
	case 'E':
		return put_exe_file(cn, what == 'f');
	case 'c':
		put_number(cn, "%lu", cprm->limit);
		break;
	}
	return 0;
}

char *format_corename(const struct coredump_params *cprm, bool *is_pipe)
{
	struct core_name cn = {.text = kmalloc(PATH_MAX_KERNEL, GFP_KERNEL)};
	bool has_pid = false;
	int err = 0;

	if (!cn.text)
		return ERR_PTR(-ENOMEM);
	*cn.text = '\0';
	*is_pipe = core_pattern[0] == '|';
	for (const char *c = core_pattern + *is_pipe; *c && !err; c++) {
		if (*c != '%') {
			put_text(&cn, (char[]){*c, '\0'});
			continue;
		}
		if (!*++c) /* a single one at the end is dropped */
			break;
		has_pid = has_pid || *c == 'p';
		err = put_specifier(&cn, cprm, *c);
	}
	if (core_uses_pid && !has_pid && !*is_pipe)
		put_number(&cn, ".%d", current->tgid);
	if (!err && cn.used >= PATH_MAX_KERNEL)
		err = -ENAMETOOLONG;
	if (!err)
		return cn.text;
	kfree(cn.text);
	return ERR_PTR(err);
}
