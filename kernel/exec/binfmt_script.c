/*
 * Scripts: "#! interpreter [argument]". The interpreter runs instead of the script. It gets the
 * argument and the script's name before the script's own arguments.
 */
#include "kernel/exec/exec.h"
#include "kernel/fs/fs.h"
#include "kernel/fs/namei.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *next_non_blank(char *p, const char *last)
{
	while (p <= last && is_blank(*p))
		p++;
	return p <= last ? p : NULL;
}

static char *next_terminator(char *p, const char *last)
{
	while (p <= last && !is_blank(*p) && *p)
		p++;
	return p <= last ? p : NULL;
}

/* Cut the first line of buf into interpreter and argument (NULL if none). -ENOEXEC if there is no
   interpreter, or if its name may have been cut off by the end of the buffer. */
static int parse_line(char *buf, char **interp, char **arg)
{
	char *last = buf + BINPRM_BUF_SIZE - 1;
	char *end = memchr(buf, '\n', BINPRM_BUF_SIZE), *sep;

	if (!end) { /* a short file ends in zeros; in a long one, the end of the name must be in the
		       buffer */
		end = next_non_blank(buf + 2, last);
		if (!end || !next_terminator(end, last))
			return -ENOEXEC;
		end = last;
	}
	while (is_blank(end[-1]))
		end--;
	*interp = next_non_blank(buf + 2, end);
	if (!*interp || *interp == end)
		return -ENOEXEC;
	*arg = NULL;
	sep = next_terminator(*interp, end);
	if (sep && *sep)
		*arg = next_non_blank(sep, end);
	*end = '\0';
	if (sep)
		*sep = '\0';
	return 0;
}

int load_script(struct linux_binprm *bprm, bool *again)
{
	char *interp, *arg, *name;
	struct file *file;
	int err;

	if (bprm->buf[0] != '#' || bprm->buf[1] != '!')
		return -ENOEXEC;
	err = parse_line(bprm->buf, &interp, &arg);
	if (err)
		return err;
	if (!*interp) /* the empty path means the working directory, which is not a program */
		return -EACCES;
	name = kstrdup(interp, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	err = remove_arg_zero(bprm);
	if (!err)
		err = copy_string_kernel(bprm->interp, bprm);
	if (!err && arg)
		err = copy_string_kernel(arg, bprm);
	if (!err)
		err = copy_string_kernel(name, bprm);
	if (err) {
		kfree(name);
		return err;
	}
	bprm->argc += arg ? 3 : 2;

	file = open_exec(name);
	if (IS_ERR(file)) {
		kfree(name);
		return PTR_ERR(file);
	}
	allow_write_access(bprm->file);
	fput(bprm->file);
	bprm->file = file;
	kfree(bprm->interp_buf);
	bprm->interp = bprm->interp_buf = name;
	*again = true;
	return 0;
}
