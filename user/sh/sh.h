/*
 * The shell: types and functions that its files share.
 *
 * A command line travels lex.c (tokens) -> parse.c (tree of struct node) -> exec.c, which asks
 * expand.c for the words, redir.c for the redirections and jobs.c for the processes.
 */
#ifndef USER_SH_SH_H
#define USER_SH_SH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* ---- mem.c: memory that goes away all at once, and strings that grow ---- */

struct chunk;

struct arena {
	struct chunk *top;
	int refs;
};

struct arena_mark {
	struct chunk *top;
	size_t used;
};

struct sbuf {
	char *s; /* always NUL-terminated once something was added */
	size_t n, cap;
};

struct strlist {
	char **v; /* NULL-terminated by list_end() */
	size_t n, cap;
};

/* All of these end the shell with a message when memory runs out. */
void *xmalloc(size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);

struct arena *arena_new(void);
void arena_get(struct arena *a);
void arena_put(struct arena *a); /* frees it with the last reference */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t n);
struct arena_mark arena_mark(struct arena *a);
void arena_release(struct arena *a, struct arena_mark m);

void sbuf_add(struct sbuf *b, char c);
void sbuf_puts(struct sbuf *b, const char *s);
void sbuf_write(struct sbuf *b, const char *s, size_t n);
char *sbuf_str(struct sbuf *b); /* never NULL; still owned by B */
void sbuf_free(struct sbuf *b);

/* Lists hold pointers into (and live in) the arena sh.tmp. */
void list_add(struct strlist *l, char *s);
char **list_end(struct strlist *l);

/* ---- output of builtins: one buffer, flushed after each ---- */

void out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_write(const char *s, size_t n);
int out_flush(void); /* 0, or 1 after a message about the write error */
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int write_all(int fd, const char *s, size_t n);

/* ---- lex.c: input and tokens ---- */

struct input {
	char *buf; /* text from the start of the current command on */
	size_t len, pos, cap;
	int fd;		  /* -1: the text is all there is */
	bool tty;	  /* lines come from the line editor, with prompts */
	bool bytewise;	  /* never read past the line: commands share the descriptor */
	bool eof;	  /* nothing follows buf */
	bool interrupted; /* ^C at the prompt: drop the command */
	bool started;	  /* part of a command was read: prompt with PS2 */
	int line;
};

enum token {
	T_EOF,
	T_NEWLINE,
	T_WORD,
	T_ANDAND,
	T_OROR,
	T_SEMI,
	T_DSEMI,
	T_AMP,
	T_PIPE,
	T_LPAREN,
	T_RPAREN,
	T_REDIR
};

enum redir_type {
	R_READ,
	R_WRITE,
	R_CLOBBER,
	R_APPEND,
	R_RDWR,
	R_DUPIN,
	R_DUPOUT,
	R_HEREDOC,
	R_HEREDOC_TABS /* <<- */
};

struct redir {
	enum redir_type type;
	int fd;	      /* the descriptor that is redirected */
	char *target; /* raw word; of a here-document the text */
	bool quoted;  /* here-document without expansion */
	char *delim;
	struct redir *next;
	struct redir *next_heredoc; /* while the text is still to be read */
};

struct parser {
	struct input *in;
	struct arena *arena;
	enum token tok;
	bool have_tok;
	char *text;	       /* T_WORD: raw text */
	enum redir_type rtype; /* T_REDIR */
	int rfd;	       /* T_REDIR: number in front of it, or -1 */
	size_t start, end;     /* of the token in in->buf */
	size_t last_end;       /* of the token consumed last */
	struct redir *heredocs;
	bool error;
	bool dquoted; /* inside double quotes, where ' means nothing */
	int depth;
};

void input_string(struct input *in, const char *text);
void input_fd(struct input *in, int fd, bool bytewise);
void input_free(struct input *in);
void input_next_command(struct input *in); /* forget the text consumed so far */
void parser_init(struct parser *p, struct input *in, struct arena *arena);
enum token lex_peek(struct parser *p);
void lex_next(struct parser *p);
void syntax_error(struct parser *p, const char *what);
bool lex_skip_brace(struct parser *p); /* after "${", to behind "}" */
bool lex_skip_arith(struct parser *p); /* after "$((", to behind "))" */
bool is_name_start(int c);
bool is_name_char(int c);

/* ---- parse.c: the tree ---- */

struct word {
	char *text; /* raw: quotes and expansions as typed */
	struct word *next;
};

enum node_type {
	N_SIMPLE,   /* assigns, words, redirs */
	N_PIPE,	    /* left | right | ... : a list through next */
	N_NOT,	    /* ! left */
	N_AND,	    /* left && right */
	N_OR,	    /* left || right */
	N_SEQ,	    /* left ; right */
	N_ASYNC,    /* left & */
	N_SUBSHELL, /* ( left ) */
	N_GROUP,    /* { left } */
	N_IF,	    /* if left; then right; else third */
	N_WHILE,    /* while left; do right */
	N_UNTIL,
	N_FOR,	/* for name in words; do right */
	N_CASE, /* case words in items */
	N_FUNC	/* name () left */
};

struct case_item {
	struct word *patterns;
	struct node *body;
	struct case_item *next;
};

struct node {
	enum node_type type;
	struct node *left, *right, *third;
	struct node *next; /* next element of a pipeline */
	struct word *assigns, *words;
	bool in_words; /* N_FOR: "in" was there (else "$@") */
	char *name;
	struct case_item *items;
	struct redir *redirs;
	char *src; /* text as typed, for jobs; may be NULL */
};

/* One complete command line. NULL: nothing there (p->error, p->in->interrupted, or T_EOF next). */
struct node *parse_line(struct parser *p);
/* The list inside "$(", up to and including its ")". NULL with p->error, or an empty list. */
struct node *parse_substitution(struct parser *p);
bool is_assignment(const char *word);

/* ---- vars.c ---- */

enum {
	V_EXPORT = 1,
	V_READONLY = 2
};

struct var {
	char *name;
	char *value; /* NULL: unset, though it may be marked for export */
	int flags;
	struct var *next;
};

void vars_init(char **envp);
const char *var_get(const char *name);
struct var *var_find(const char *name);
int var_set(const char *name, const char *value, int flags); /* 0; -1 after a message */
int var_unset(const char *name);
void var_each(void (*fn)(struct var *v, void *arg), void *arg); /* sorted by name */
char **var_environ(void);					/* in sh.tmp */

/* Variables that get their old value back: NAME=x command, and local. */
struct saved_var {
	char *name, *value;
	int flags;
	bool existed;
	struct saved_var *next;
};
void var_save(struct saved_var **list, const char *name);
void var_restore(struct saved_var **list);

/* ---- expand.c, arith.c, pattern.c ---- */

int expand_words(struct word *w, struct strlist *result);
char *expand_string(const char *raw); /* one string, no splitting; NULL after a message */
char *expand_heredoc(const char *raw);
char *expand_pattern(const char *raw); /* quoted characters stand behind backslashes */
char *unquote(const char *raw);	       /* quote removal only */
bool arith_eval(const char *text, long long *result); /* false after a message */
bool pattern_match(const char *pattern, const char *s);
bool has_pattern(const char *pattern);
void glob_add(char *pattern, struct strlist *result); /* matches, or the pattern itself */
char *unescape_pattern(const char *pattern);

/* ---- subst.c: $(command) ---- */

/* What the commands print, without the last newlines; their status in sh.subst_status. */
void command_output(const char *text, struct sbuf *result);

/* ---- exec.c ---- */

enum {
	EV_EXIT = 1,   /* last thing this process does: exec without a fork */
	EV_TESTED = 2, /* the status is looked at: no errexit */
};

enum unwind {
	U_NONE,
	U_BREAK,
	U_CONTINUE,
	U_RETURN,
	U_ERROR,
	U_INTERRUPT,
	U_EXIT
};

int exec_node(struct node *n, int flags);
void exec_program(char **argv) __attribute__((noreturn));
char *find_command(const char *name); /* path in sh.tmp, NULL if there is none */

/* ---- run.c ---- */

int run_string(const char *text, int flags);
int run_input(struct input *in, int flags);
int run_file(const char *path); /* status; -1 if it can't be opened (errno) */

/* ---- func.c ---- */

struct func *find_function(const char *name);
void unset_function(const char *name);
void define_function(struct node *n);
int call_function(struct func *f, char **argv, int flags); /* its status */

struct func {
	char *name;
	struct node *body;
	struct arena *arena;
	struct func *next;
};
extern struct func *functions;

/* ---- redir.c ---- */

struct saved_fd {
	int fd, copy; /* copy -1: FD was closed before */
	struct saved_fd *next;
};

/* SAVED NULL: for good. 0, or -1 after a message. */
int redirect(struct redir *r, struct saved_fd **saved);
void redirect_undo(struct saved_fd **saved);
int move_high(int fd); /* to a close-on-exec descriptor from 10 up; -1 on error */

/* ---- jobs.c ---- */

struct job;

void jobs_init(void);
void jobs_forget(void); /* in a new subshell: they are somebody else's children */
struct job *job_new(const char *text, bool background);
struct job *job_new_quiet(void); /* of the shell's own process group: $(...) */
pid_t job_fork(struct job *j);	 /* 0 in the child; -1 after a message */
void jobs_enter_loop(void);	 /* jobs between these two share a process group */
void jobs_leave_loop(void);
int job_wait(struct job *j); /* foreground: until it ends or stops; its status */
void job_background(struct job *j);
void jobs_notify(void);
void job_report_signal(int status);
int wait_status(int status); /* $? for a wait status */
int builtin_jobs(char **argv);
int builtin_fg(char **argv);
int builtin_bg(char **argv);
int builtin_wait(char **argv);
int job_pgid(const char *spec, pid_t *pgid); /* "%1": -1 after a message */
void job_continued(const char *spec);	     /* it got a signal that ends a stop */

/* ---- trap.c ---- */

void signals_init(void);
void signals_child(void); /* what a command must see: undo the shell's own settings */
void traps_reset(void);	  /* in a subshell */
bool run_traps(void);	  /* actions for signals that came; true if one was run */
int pending_trap(void);	  /* number of a signal whose action waits, or 0 */
void run_exit_trap(void);
bool have_traps(void);
int signal_number(const char *name); /* "INT", "SIGINT", "2"; -1 if there is none */
const char *signal_name(int sig);
int builtin_trap(char **argv);
int builtin_exec(char **argv);
void check_interrupt(void); /* ^C on an interactive shell: unwind to the prompt */
extern volatile sig_atomic_t got_interrupt;

/* ---- builtins ---- */

struct builtin {
	const char *name;
	int (*fn)(char **argv);
	bool special; /* POSIX: assignments stay, a redirection error ends the script */
};

const struct builtin *find_builtin(const char *name);
void each_builtin(void (*fn)(const char *name, void *arg), void *arg);
int usage_error(const char *name, const char *usage);
bool parse_number(const char *s, long *result);
int set_options(char **argv, int *consumed); /* -e +x -o name; -1 after a message */
int builtin_test(char **argv);
int builtin_printf(char **argv);
int builtin_echo(char **argv);
int builtin_read(char **argv);
int builtin_ulimit(char **argv);
int builtin_kill(char **argv);
int builtin_umask(char **argv);
int builtin_cd(char **argv);
int builtin_pwd(char **argv);
int builtin_type(char **argv);
int builtin_command(char **argv);
int builtin_export(char **argv);
int builtin_readonly(char **argv);
int builtin_unset(char **argv);
int builtin_local(char **argv);
int builtin_set(char **argv);
int builtin_shift(char **argv);
int builtin_getopts(char **argv);
int builtin_times(char **argv);
int builtin_history(char **argv);
char **clone_args(char **argv); /* NULL-terminated copy from malloc */
void free_args(char **argv);
void set_args(char **argv); /* takes the array over */

/* ---- edit.c, history.c, complete.c ---- */

enum {
	EDIT_EOF = -1,
	EDIT_INTERRUPT = -2
};

int edit_line(const char *prompt, struct sbuf *line); /* length, or EDIT_... */
void history_add(const char *line);
size_t history_count(void);
const char *history_get(size_t i); /* 0 is the oldest */
/* Words that START completes to, in sh.tmp; a directory ends with "/". */
void complete_word(const char *start, bool command, struct strlist *result);
char *prompt_string(bool continuation); /* in sh.tmp */

/* ---- the shell itself ---- */

struct shell {
	const char *name; /* $0 */
	char **args;	  /* $1 ... */
	int nargs;
	int status; /* $? */
	pid_t pid;  /* $$: of the first shell, also in subshells */
	pid_t last_async;
	bool have_async;
	bool interactive;
	bool monitor; /* job control */
	bool errexit, nounset, xtrace, noglob, noclobber, verbose, noexec, allexport;
	enum unwind unwind; /* why commands are being left */
	int unwind_count;   /* loops still to leave */
	int loops, functions, sourced;
	int call_flags;	  /* EV_TESTED of the builtin that runs */
	int tty;	  /* the terminal, or -1 */
	int subst_status; /* status of the last command substitution */
	struct saved_var **locals;
	struct arena *tmp;     /* of expansions; released command by command */
	struct arena *current; /* of the tree being run */
};

extern struct shell sh;

void exit_shell(int status) __attribute__((noreturn));

#endif
