/*
 * Running the tree: one function per kind of node.
 *
 * exec_node() returns the status and leaves it in sh.status. When something leaves commands early
 * (break, return, exit, an error, ^C), it sets sh.unwind, and every function here returns as soon
 * as it sees that.
 */
#include "user/sh/sh.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- programs ---- */

char *find_command(const char *name)
{
	const char *path = var_get("PATH");
	char *fallback = NULL;

	if (strchr(name, '/'))
		return arena_strndup(sh.tmp, name, strlen(name));
	for (const char *p = path ? path : ""; *p;) {
		size_t n = strcspn(p, ":"), k = strlen(name);
		char *file = arena_alloc(sh.tmp, n + k + 3);
		struct stat st;

		memcpy(file, p, n);
		strcpy(file + n, n ? "/" : "./");
		strcat(file, name);
		if (stat(file, &st) == 0 && S_ISREG(st.st_mode)) {
			if (access(file, X_OK) == 0)
				return file;
			fallback = file;
		}
		p += n + (p[n] == ':');
	}
	return fallback;
}

/* A file that the kernel cannot run: text is a script; anything else is a damaged program. */
static bool is_script(const char *path)
{
	char buf[256];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf));
	close(fd);
	if (n >= 4 && memcmp(buf, "\177ELF", 4) == 0)
		return false;
	for (ssize_t i = 0; i < n && buf[i] != '\n'; i++) {
		if (buf[i] == '\0')
			return false;
	}
	return n >= 0;
}

static void exec_script(char *path, char **argv, char **envp)
{
	struct strlist list = {0};

	list_add(&list, "sh");
	list_add(&list, path);
	for (argv++; *argv; argv++)
		list_add(&list, *argv);
	execve("/bin/sh", list_end(&list), envp);
}

void exec_program(char **argv)
{
	char *path = find_command(argv[0]);
	char **envp = var_environ();
	int err = ENOENT;

	if (path) {
		execve(path, argv, envp);
		err = errno;
	}
	if (err == ENOEXEC && is_script(path)) {
		exec_script(path, argv, envp);
		err = errno;
	}
	warn("%s: %s", argv[0], err == ENOENT ? "not found" : strerror(err));
	exit_shell(err == ENOENT || err == ENOTDIR ? 127 : 126);
}

/* ---- simple commands ---- */

static void add_quoted(struct sbuf *b, const char *text)
{
	bool quote = !*text || strpbrk(text, " \t\n'\"\\$&|;<>()*?[#~`") != NULL;

	if (quote)
		sbuf_add(b, '\'');
	sbuf_puts(b, text);
	if (quote)
		sbuf_add(b, '\'');
}

/* set -x: the words of a command; with a name, the assignment name=argv[0]. */
static void trace(const char *name, char **argv)
{
	struct sbuf b = {0};
	const char *prefix = var_get("PS4");

	sbuf_puts(&b, prefix ? prefix : "+ ");
	if (name) {
		sbuf_puts(&b, name);
		sbuf_add(&b, '=');
	}
	for (; *argv; argv++) {
		add_quoted(&b, *argv);
		sbuf_add(&b, argv[1] ? ' ' : '\n');
	}
	write_all(STDERR_FILENO, b.s, b.n);
	sbuf_free(&b);
}

static int do_assignments(struct word *w, int flags, struct saved_var **saved)
{
	for (; w; w = w->next) {
		char *name = arena_strndup(sh.tmp, w->text, strchr(w->text, '=') - w->text);
		char *value = expand_string(w->text + strlen(name) + 1);

		if (!value)
			return -1;
		if (saved)
			var_save(saved, name);
		if (var_set(name, value, flags) < 0) {
			sh.unwind = U_ERROR;
			sh.status = 2;
			return -1;
		}
		if (sh.xtrace)
			trace(name, (char *[]){value, NULL});
	}
	return 0;
}

static int exec_bare(struct node *n)
{
	struct saved_fd *saved = NULL;
	int status = 0;

	if (redirect(n->redirs, &saved) < 0)
		status = 1;
	redirect_undo(&saved);
	if (do_assignments(n->assigns, 0, NULL) < 0)
		return sh.status;
	return status ? status : sh.subst_status;
}

static int special_error(void)
{
	if (!sh.interactive && !sh.unwind) {
		sh.unwind = U_ERROR;
		sh.status = 2;
	}
	return 2;
}

static int exec_builtin(struct node *n, const struct builtin *b, char **argv, int flags)
{
	struct saved_fd *fds = NULL;
	struct saved_var *vars = NULL;
	bool keep = b->fn == builtin_exec;
	int status;

	if (redirect(n->redirs, keep ? NULL : &fds) < 0) {
		redirect_undo(&fds);
		return b->special ? special_error() : 1;
	}
	if (do_assignments(n->assigns, keep ? V_EXPORT : 0, b->special ? NULL : &vars) < 0) {
		status = sh.status;
	} else {
		int outer = sh.call_flags;

		sh.call_flags = flags & EV_TESTED;
		status = b->fn(argv);
		sh.call_flags = outer;
		if (out_flush())
			status = 1;
	}
	var_restore(&vars);
	redirect_undo(&fds);
	return status;
}

static int exec_function(struct node *n, struct func *f, char **argv, int flags)
{
	struct saved_fd *fds = NULL;
	struct saved_var *vars = NULL;
	int status = 1;

	if (redirect(n->redirs, &fds) == 0) {
		status = sh.status;
		if (do_assignments(n->assigns, V_EXPORT, &vars) == 0)
			status = call_function(f, argv, flags);
	}
	var_restore(&vars);
	redirect_undo(&fds);
	return status;
}

static const char *job_text(struct node *n, char **argv)
{
	struct sbuf b = {0};
	char *text;

	if (n->src)
		return n->src;
	for (; argv && *argv; argv++) {
		sbuf_puts(&b, *argv);
		if (argv[1])
			sbuf_add(&b, ' ');
	}
	text = arena_strndup(sh.tmp, sbuf_str(&b), b.n);
	sbuf_free(&b);
	return text;
}

static int exec_external(struct node *n, char **argv, int flags)
{
	if (!(flags & EV_EXIT) || have_traps()) {
		struct job *j = job_new(job_text(n, argv), false);
		pid_t pid = job_fork(j);

		if (pid < 0) {
			job_wait(j);
			return 2;
		}
		if (pid > 0)
			return job_wait(j);
	}
	out_flush();
	if (redirect(n->redirs, NULL) < 0)
		exit_shell(1);
	if (do_assignments(n->assigns, V_EXPORT, NULL) < 0)
		exit_shell(sh.status);
	signals_child();
	exec_program(argv);
}

static int exec_simple(struct node *n, int flags)
{
	struct strlist words = {0};
	const struct builtin *b;
	struct func *f;
	char **argv;
	bool plain = false; /* "command": no functions */

	sh.subst_status = 0;
	if (expand_words(n->words, &words) < 0)
		return sh.status;
	argv = list_end(&words);
	if (!*argv)
		return exec_bare(n);
	if (sh.xtrace)
		trace(NULL, argv);
	while (strcmp(argv[0], "command") == 0 && argv[1] && argv[1][0] != '-') {
		argv++;
		plain = true;
	}
	f = plain ? NULL : find_function(argv[0]);
	if (f)
		return exec_function(n, f, argv, flags);
	b = find_builtin(argv[0]);
	if (b)
		return exec_builtin(n, b, argv, flags);
	return exec_external(n, argv, flags);
}

/* ---- pipelines, subshells, background ---- */

/* Fork all elements of the pipeline; false if a process or pipe could not be had. */
static bool start_pipeline(struct job *j, struct node *first, int flags)
{
	int in = -1;

	for (struct node *n = first; n; n = n->next) {
		int fds[2] = {-1, -1};
		pid_t pid = -1;

		if (n->next && pipe(fds) < 0)
			warn("can't make a pipe: %s", strerror(errno));
		else
			pid = job_fork(j);
		if (pid == 0) {
			if (in >= 0) {
				dup2(in, STDIN_FILENO);
				close(in);
			}
			if (fds[1] >= 0) {
				close(fds[0]);
				dup2(fds[1], STDOUT_FILENO);
				close(fds[1]);
			}
			exec_node(n, EV_EXIT | (flags & EV_TESTED));
			exit_shell(sh.status);
		}
		if (in >= 0)
			close(in);
		if (fds[1] >= 0)
			close(fds[1]);
		in = fds[0];
		if (pid < 0) {
			if (in >= 0)
				close(in);
			return false;
		}
	}
	return true;
}

static int exec_pipe(struct node *n, int flags)
{
	struct job *j = job_new(n->src ? n->src : "", false);
	bool ok = start_pipeline(j, n->left, flags);
	int status = job_wait(j);

	return ok ? status : 2;
}

static int exec_async(struct node *n)
{
	struct job *j = job_new(n->src ? n->src : "", true);
	int status = 0;

	if (n->left->type == N_PIPE) {
		status = start_pipeline(j, n->left->left, 0) ? 0 : 2;
	} else {
		pid_t pid = job_fork(j);

		if (pid == 0) {
			exec_node(n->left, EV_EXIT);
			exit_shell(sh.status);
		}
		status = pid < 0 ? 2 : 0;
	}
	job_background(j);
	return status;
}

static int exec_subshell(struct node *n, int flags)
{
	if (!(flags & EV_EXIT) || have_traps()) {
		struct job *j = job_new(n->src ? n->src : "( ... )", false);
		pid_t pid = job_fork(j);

		if (pid != 0) {
			int status = job_wait(j);

			return pid < 0 ? 2 : status;
		}
	}
	if (redirect(n->redirs, NULL) < 0)
		exit_shell(1);
	exec_node(n->left, EV_EXIT | (flags & EV_TESTED));
	exit_shell(sh.status);
}

/* ---- control structures ---- */

/* After a loop's body: is the loop left? Takes "break" and "continue" that are meant for it. */
static bool leave_loop(void)
{
	if (sh.unwind != U_BREAK && sh.unwind != U_CONTINUE)
		return sh.unwind != U_NONE;
	if (--sh.unwind_count > 0)
		return true;
	if (sh.unwind == U_BREAK) {
		sh.unwind = U_NONE;
		return true;
	}
	sh.unwind = U_NONE;
	return false;
}

static int exec_while(struct node *n, int flags)
{
	int status = 0;

	sh.loops++;
	jobs_enter_loop();
	for (;;) {
		int test = exec_node(n->left, EV_TESTED);

		if (sh.unwind) {
			status = test;
			if (leave_loop())
				break;
			continue;
		}
		if ((test == 0) == (n->type == N_UNTIL))
			break;
		status = exec_node(n->right, flags & EV_TESTED);
		if (leave_loop())
			break;
	}
	jobs_leave_loop();
	sh.loops--;
	return status;
}

static int exec_for(struct node *n, int flags)
{
	struct strlist list = {0};
	int status = 0;

	if (n->in_words) {
		if (expand_words(n->words, &list) < 0)
			return sh.status;
	} else {
		for (int i = 0; i < sh.nargs; i++)
			list_add(&list, arena_strndup(sh.tmp, sh.args[i], strlen(sh.args[i])));
	}
	sh.loops++;
	jobs_enter_loop();
	for (size_t i = 0; i < list.n; i++) {
		if (var_set(n->name, list.v[i], 0) < 0) {
			status = special_error();
			break;
		}
		status = exec_node(n->right, flags & EV_TESTED);
		if (leave_loop())
			break;
	}
	jobs_leave_loop();
	sh.loops--;
	return status;
}

static int exec_case(struct node *n, int flags)
{
	char *word = expand_string(n->words->text);

	for (struct case_item *item = n->items; word && item; item = item->next) {
		for (struct word *w = item->patterns; w; w = w->next) {
			char *pattern = expand_pattern(w->text);

			if (!pattern)
				return sh.status;
			if (pattern_match(pattern, word))
				return item->body ? exec_node(item->body, flags) : 0;
		}
	}
	return word ? 0 : sh.status;
}

static int exec_if(struct node *n, int flags)
{
	int test = exec_node(n->left, EV_TESTED);

	if (sh.unwind)
		return test;
	if (test == 0)
		return exec_node(n->right, flags);
	return n->third ? exec_node(n->third, flags) : 0;
}

static int exec_not(struct node *n)
{
	int status = exec_node(n->left, EV_TESTED);

	return sh.unwind ? status : !status;
}

static int exec_and_or(struct node *n, int flags)
{
	int status = exec_node(n->left, EV_TESTED);

	if (sh.unwind || (status == 0) != (n->type == N_AND))
		return status;
	return exec_node(n->right, flags);
}

static int exec_compound(struct node *n, int flags)
{
	switch (n->type) {
	case N_GROUP:
		return exec_node(n->left, flags);
	case N_IF:
		return exec_if(n, flags);
	case N_WHILE:
	case N_UNTIL:
		return exec_while(n, flags);
	case N_FOR:
		return exec_for(n, flags);
	default:
		return exec_case(n, flags);
	}
}

static int exec_redirected(struct node *n, int flags)
{
	struct saved_fd *saved = NULL;
	int status;

	if (!n->redirs)
		return exec_compound(n, flags);
	status = redirect(n->redirs, &saved) < 0 ? 1 : exec_compound(n, flags & ~EV_EXIT);
	redirect_undo(&saved);
	return status;
}

static int dispatch(struct node *n, int flags)
{
	switch (n->type) {
	case N_SIMPLE:
		return exec_simple(n, flags);
	case N_PIPE:
		return exec_pipe(n, flags);
	case N_NOT:
		return exec_not(n);
	case N_AND:
	case N_OR:
		return exec_and_or(n, flags);
	case N_ASYNC:
		return exec_async(n);
	case N_SUBSHELL:
		return exec_subshell(n, flags);
	case N_FUNC:
		define_function(n);
		return 0;
	default:
		return exec_redirected(n, flags);
	}
}

static bool can_fail(enum node_type type)
{
	return type == N_SIMPLE || type == N_PIPE || type == N_SUBSHELL;
}

int exec_node(struct node *n, int flags)
{
	struct arena_mark mark;
	int status;

	while (n && n->type == N_SEQ) {
		exec_node(n->left, flags & ~EV_EXIT);
		if (sh.unwind)
			return sh.status;
		n = n->right;
	}
	run_traps();
	check_interrupt();
	if (!n || sh.noexec)
		sh.status = 0;
	if (!n || sh.noexec || sh.unwind)
		return sh.status;
	mark = arena_mark(sh.tmp);
	status = dispatch(n, flags);
	arena_release(sh.tmp, mark);
	sh.status = status;
	check_interrupt();
	run_traps();
	if (status && sh.errexit && !(flags & EV_TESTED) && !sh.unwind && can_fail(n->type))
		sh.unwind = U_EXIT;
	return sh.status;
}
