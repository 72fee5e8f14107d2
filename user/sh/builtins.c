/*
 * The commands that the shell runs itself: what they change is its own.
 */
#include "user/sh/sh.h"

static int do_nothing(char **args)
{
	return *args[0] == ':' ? 0 : sh.status;
}

static int do_echo(char **args)
{
	bool newline = !args[1] || strcmp(args[1], "-n") != 0;

	for (char **word = args + (newline ? 1 : 2); *word; word++)
		printf("%s%s", *word, word[1] ? " " : "");
	if (newline)
		putchar('\n');
	return 0;
}

int do_cd(char **args)
{
	const char *dir = args[1] ? args[1] : value_of("HOME");
	char cwd[4096];

	if (!dir || chdir(dir) < 0) {
		complain("cd: %s: %s", dir ? dir : "HOME", dir ? strerror(errno) : "not set");
		return 1;
	}
	set_var("PWD", getcwd(cwd, sizeof(cwd)) ? cwd : dir);
	return 0;
}

static int do_exit(char **args)
{
	_exit(args[1] ? atoi(args[1]) : sh.status);
}

static int do_export(char **args)
{
	while (*++args) {
		size_t n = name_length(*args);
		char *name = get_string(*args, n);
		const char *value = (*args)[n] ? *args + n + 1 : value_of(name);

		if (n == 0 || ((*args)[n] && (*args)[n] != '=')) {
			complain("export: %s: not a name", *args);
			return 1;
		}
		export_var(name, value ? value : "");
	}
	return 0;
}

static int do_break(char **args)
{
	sh.leave = args[0][0] == 'b' ? BREAK : CONTINUE;
	return 0;
}

static int do_exec(char **args)
{
	if (args[1] && sh.interactive)
		set_signals(SIG_DFL, SIG_DFL);
	if (args[1])
		exec_program(args + 1);
	return 0;
}

static int do_source(char **args)
{
	return args[1] ? run_file(args[1]) : 2;
}

builtin_fn *find_builtin(const char *name)
{
	static const struct {
		const char *name;
		builtin_fn *fn;
	} builtins[] = {{"", do_nothing},      {":", do_nothing},   {".", do_source},
			{"echo", do_echo},     {"cd", do_cd},	    {"exit", do_exit},
			{"export", do_export}, {"break", do_break}, {"continue", do_break},
			{"exec", do_exec},     {"jobs", do_jobs},   {"wait", do_wait},
			{"kill", do_kill}};

	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
		if (strcmp(builtins[i].name, name) == 0)
			return builtins[i].fn;
	}
	return NULL;
}
