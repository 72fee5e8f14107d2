/*
 * Scripts: "#! interpreter [argument]". The interpreter is run in the script's place, with the argument and the
 * script's name put before the script's own arguments.
 */
#include "kernel/exec/exec.h"
#include "kernel/fs/fs.h"
#include "libc/include/string.h"
#include "mm/slab.h"
#include <linux/errno.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut the first line of buf into interpreter and argument (NULL if none). -ENOEXEC if there is no
   interpreter, or its name may have been cut off by the end of the buffer. */
static int parse_line(char *buf, char **interp, char **arg)
{
	char *end = memchr(buf, '\n', BINPRM_BUF_SIZE), *p;
	bool cut = !end;

	if (cut)
		end = buf + BINPRM_BUF_SIZE - 1;
	*end = '\0';
	while (end > buf + 2 && is_blank(end[-1]))
		*--end = '\0';
	for (p = buf + 2; is_blank(*p); p++)
		;
	if (!*p)
		return -ENOEXEC;
	*interp = p;
	while (*p && !is_blank(*p))
		p++;
	if (!*p) {
		*arg = NULL;
		/* a name that fills the buffer is one that we have not seen whole */
		return cut && strlen(buf) >= BINPRM_BUF_SIZE - 1 ? -ENOEXEC : 0;
	}
	*p++ = '\0';
	while (is_blank(*p))
		p++;
	*arg = *p ? p : NULL;
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
