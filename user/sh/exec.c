/*
 * Running the tree: a case for each kind of node, and what a simple command does.
 */
#include "user/sh/sh.h"

enum {
	NOT_EXECUTABLE = 126,
	NOT_FOUND = 127
};

/* A descriptor of the shell that a redirection has covered; COPY (from 10 on) is -1 if it was
 * closed. */
struct saved {
	int fd, copy;
	struct saved *below;
};

bool leaving(void)
{
	return sh.leave || sh.failed || interrupted;
}

/* ---- redirections ---- */

/* SAVED: a list of what undo() brings back, or NULL: it is for good. False after a message. */
static bool redirect(struct redir *r, struct saved **saved)
{
	for (; r && !sh.failed; r = r->next) {
		char *word = expand_text(r->word), *end;
		int fd = strtol(word, &end, 10);

		if (saved) {
			struct saved *s = get(sizeof(*s));

			*s = (struct saved){r->fd, fcntl(r->fd, F_DUPFD_CLOEXEC, 10), *saved};
			*saved = s;
		}
		fd = r->dup ? dup(*word && !*end ? fd : -1) : open(word, r->flags, 0666);
		if (fd < 0 && (!r->dup || strcmp(word, "-") != 0)) {
			complain("%s: %s", word, strerror(errno));
			return false;
		}
		if (fd < 0)
			close(r->fd);
		else if (fd != r->fd && dup2(fd, r->fd) >= 0)
			close(fd);
	}
	return !sh.failed;
}

static void undo(struct saved *s)
{
	for (; s; s = s->below) {
		close(s->fd);
		if (s->copy >= 0)
			dup2(s->copy, s->fd);
		close(s->copy);
	}
}

/* ---- simple commands ---- */

/* The assignments in front of a command. */
static void assign(struct word *w, struct word *end,
		   void (*set)(const char *name, const char *value))
{
	for (; w != end && !sh.failed; w = w->next) {
		size_t n = name_length(w->text);

		set(get_string(w->text, n), expand_text(w->text + n + 1));
	}
}

/* In the shell itself; "exec" alone leaves its redirections in force. */
static int run_builtin(builtin_fn *fn, char **args, struct redir *r)
{
	bool for_good = strcmp(args[0], "exec") == 0;
	struct saved *saved = NULL;
	int status = redirect(r, for_good ? NULL : &saved) ? fn(args) : 1;

	if (fflush(stdout) != 0) {
		complain("%s: %s", args[0], strerror(errno));
		clearerr(stdout);
		status = 1;
	}
	undo(saved);
	return status;
}

static int run_simple(struct node *n, bool last)
{
	struct word *first = n->words;
	struct list args = {0};
	builtin_fn *fn;
	pid_t pid = 0;
	struct job *j;

	while (first && name_length(first->text) && first->text[name_length(first->text)] == '=')
		first = first->next;
	expand_words(first, &args);
	if (sh.failed)
		return sh.status;
	if (!args.n) { /* assignments and redirections alone; $? may come from $(...) in them */
		list_add(&args, "");
		sh.status = 0;
	}
	fn = find_builtin(args.v[0]);
	if (fn) {
		assign(n->words, first, set_var);
		return run_builtin(fn, args.v, n->redirs);
	}
	if (!last) {
		j = new_job("", false);
		pid = job_fork(j);
	}
	if (pid != 0)
		return job_wait(j);
	assign(n->words, first, export_var);
	if (!redirect(n->redirs, NULL))
		_exit(1);
	exec_program(args.v);
}

/* ---- processes ---- */

static void use(int fd, int as)
{
	if (fd >= 0 && fd != as) {
		dup2(fd, as);
		close(fd);
	}
}

/* One process of a job, which reads from INPUT. PIPED: what it writes comes from the descriptor
   that is returned. */
static int start_part(struct job *j, struct node *n, int input, bool piped)
{
	int ends[2] = {-1, -1};

	if (piped && pipe(ends) < 0)
		complain("pipe: %s", strerror(errno));
	if (job_fork(j) == 0) {
		use(input, STDIN_FILENO);
		use(ends[1], STDOUT_FILENO);
		close(ends[0]);
		_exit(run(n, true));
	}
	close(input);
	close(ends[1]);
	return ends[0];
}

static struct job *start(struct node *n, bool background)
{
	struct job *j = new_job(background ? n->source : "", background);
	int input = -1;

	for (; n->type == N_PIPE; n = n->right)
		input = start_part(j, n->left, input, true);
	start_part(j, n, input, false);
	return j;
}

/* ---- the tree ---- */

static void run_loop(struct node *n)
{
	struct list values = {0};
	int status = 0;
	enum leave leave = STAY;

	if (n->type == N_FOR)
		expand_words(n->words->next, &values);
	for (int i = 0; leave != BREAK && !leaving(); i++) {
		struct mark m = mark();

		if (n->type == N_FOR ? i == values.n : run(n->left, false) != 0)
			break;
		if (n->type == N_FOR)
			set_var(n->words->text, values.v[i]);
		status = run(n->right, false);
		release(m);
		leave = sh.leave;
		sh.leave = STAY;
	}
	sh.status = status;
}

static void run_list(struct node *n, bool last)
{
	for (; n && !leaving(); n = n->right) {
		struct mark m = mark();

		run(n->left, last && !n->right);
		release(m);
	}
}

static void run_node(struct node *n, bool last)
{
	switch (n->type) {
	case N_SIMPLE:
		sh.status = run_simple(n, last);
		break;
	case N_PIPE:
		sh.status = job_wait(start(n, false));
		break;
	case N_NOT:
		sh.status = !run(n->left, false);
		break;
	case N_AND:
	case N_OR:
		if ((run(n->left, false) == 0) == (n->type == N_AND))
			run(n->right, last);
		break;
	case N_SEQ:
		run_list(n, last);
		break;
	case N_ASYNC:
		job_started(start(n->left, true));
		sh.status = 0;
		break;
	case N_SUBSHELL:
		sh.status = last ? run(n->left, true) : job_wait(start(n->left, false));
		break;
	case N_GROUP:
		run(n->left, last);
		break;
	case N_IF:
		if (run(n->left, false) != 0 && !n->other)
			sh.status = 0;
		else
			run(sh.status == 0 ? n->right : n->other, last);
		break;
	case N_WHILE:
	case N_FOR:
		run_loop(n);
		break;
	}
}

int run(struct node *n, bool last)
{
	struct saved *saved = NULL;

	if (!n || leaving())
		return sh.status;
	if (n->type == N_SIMPLE || redirect(n->redirs, &saved))
		run_node(n, last);
	else
		sh.status = 1;
	undo(saved);
	return sh.status;
}

/* ---- programs, and texts that are all there ---- */

void exec_program(char **args)
{
	execvp(args[0], args);
	complain("%s: %s", args[0], errno == ENOENT ? "not found" : strerror(errno));
	_exit(errno == ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
}

int run_text(const char *s, bool last)
{
	struct mark m = mark();
	struct buf b = {0};
	struct node *n;

	add(&b, s, strlen(s));
	add(&b, "\n", 1);
	for (s = text(&b); *s && !leaving();) {
		enum parsed what = parse(&s, &n);

		if (what == PARSED) {
			run(n, last && !*s);
			continue;
		}
		if (what == NEED_MORE)
			complain("syntax error: unexpected end");
		sh.failed = true;
		sh.status = 2;
	}
	release(m);
	return sh.status;
}

int run_file(const char *path)
{
	struct buf b = {0};
	char data[4096];
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && (n = read(fd, data, sizeof(data))) > 0)
		add(&b, data, n);
	if (n < 0) {
		complain("%s: %s", path, strerror(errno));
		return NOT_FOUND;
	}
	close(fd);
	return run_text(text(&b), false);
}
