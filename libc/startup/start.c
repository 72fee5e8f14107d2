/*
 * From crt0 to main: takes the initial stack apart, runs the constructors, and ends the
 * program with what main returns.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libc/internal/libc.h"
#include "libc/stdio/format_impl.h"

typedef void (*constructor)(int, char **, char **);

extern constructor __preinit_array_start[] __attribute__((weak));
extern constructor __preinit_array_end[] __attribute__((weak));
extern constructor __init_array_start[] __attribute__((weak));
extern constructor __init_array_end[] __attribute__((weak));
int main(int argc, char **argv, char **envp);

int errno;
char **environ;
unsigned long *__auxv;
char *program_invocation_name = "";
char *program_invocation_short_name = "";

/* vsnprintf names these only weakly, which would not fetch them from the archive. */
__attribute__((used)) static int (*const format_fp)(struct format_sink *,
						    const struct format_spec *,
						    struct format_args *) = __format_fp;
__attribute__((used)) static void (*const format_fail)(enum format_failure) = __format_fail;

static void set_name(char *name)
{
	char *slash = strrchr(name, '/');

	program_invocation_name = name;
	program_invocation_short_name = slash ? slash + 1 : name;
}

void __libc_start_main(long *stack)
{
	int argc = stack[0];
	char **argv = (char **)(stack + 1);
	constructor *c;
	char **p;

	environ = argv + argc + 1;
	for (p = environ; *p; p++)
		;
	__auxv = (unsigned long *)(p + 1);
	if (argc > 0)
		set_name(argv[0]);
	for (c = __preinit_array_start; c < __preinit_array_end; c++)
		(*c)(argc, argv, environ);
	for (c = __init_array_start; c < __init_array_end; c++)
		(*c)(argc, argv, environ);
	exit(main(argc, argv, environ));
}
