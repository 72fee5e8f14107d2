/*
 * The shell at the prompt: what its files share.
 *
 * A line goes from parse.c, which makes a tree of it, to exec.c, which runs the tree; expand.c
 * makes words of variables and quotes, jobs.c looks after processes. This is the part of a shell's
 * language that one types; the rest (functions, case, here-documents, traps) is in /bin/sh.
 */
#ifndef USER_SH_SH_H
#define USER_SH_SH_H

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- mem.c: memory for one command, given back all at once; what grows in it; variables ---- */

struct mark {
	struct chunk *chunk;
	size_t used;
};

struct buf {
	char *s;
	size_t n, size;
};

struct list {
	char **v; /* NULL behind the last */
	int n, size;
};

void *allocate(size_t n); /* from the heap; ends the shell if there is no memory */
void *get(size_t n);	  /* zeroed, until release() */
char *get_string(const char *s, size_t n);
struct mark mark(void);
void release(struct mark m); /* all that get() gave since mark() */
void add(struct buf *b, const char *s, size_t n);
char *text(struct buf *b); /* with a NUL behind it, never NULL */
void list_add(struct list *l, char *s);
const char *value_of(const char *name); /* NULL: not set */
void set_var(const char *name, const char *value);
void export_var(const char *name, const char *value);
void unset_var(const char *name);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- parse.c ---- */

struct word {
	char *text; /* with its quotes, as typed */
	struct word *next;
};

struct redir {
	int fd, flags; /* of open() */
	bool dup;      /* the word is another descriptor, or "-" */
	char *word;
	struct redir *next;
};

enum node_type {
	N_SIMPLE,   /* words, assignments among them */
	N_PIPE,	    /* left | right */
	N_NOT,	    /* ! left */
	N_AND,	    /* left && right */
	N_OR,	    /* left || right */
	N_SEQ,	    /* left; right */
	N_ASYNC,    /* left & */
	N_SUBSHELL, /* (left) */
	N_GROUP,    /* { left; } */
	N_IF,	    /* if left; then right; else other; fi */
	N_WHILE,    /* while left; do right; done */
	N_FOR	    /* for words (the name, then the values); do right; done */
};

struct node {
	enum node_type type;
	struct node *left, *right, *other;
	struct word *words;
	struct redir *redirs;
	char *source; /* as typed, for jobs */
};

enum parsed {
	PARSED,
	NEED_MORE, /* the command goes on in the next line */
	BAD	   /* a message was printed */
};

/* The commands of the line at *S, and *S behind it; *N: NULL if there are none. */
enum parsed parse(const char **s, struct node **n);
/* Behind the character at S, or the quotation or expansion that begins there; NULL: no end. */
const char *skip_part(const char *s, bool in_quotes);
size_t name_length(const char *s); /* of the variable's name that S begins with, or 0 */

/* ---- expand.c: sh.failed is set after a message ---- */

void expand_words(struct word *w, struct list *result);
char *expand_text(const char *s);   /* one word, not split */
char *expand_prompt(const char *s); /* as between double quotes */

/* ---- exec.c: run commands and return $?; LAST: nothing follows, no need to come back ---- */

int run(struct node *n, bool last);
int run_text(const char *s, bool last);
int run_file(const char *path);
bool leaving(void); /* commands are skipped, up to a loop or the prompt */

/* ---- jobs.c ---- */

void jobs_init(void);
/* ^C, and the other signals that an interactive shell survives and its children do not. */
void set_signals(void (*interrupt)(int sig), void (*others)(int sig));
struct job *new_job(const char *source, bool background); /* SOURCE: as typed */
pid_t job_fork(struct job *j);	 /* one more process; 0 in the child, -1 after a message */
int job_wait(struct job *j);	 /* until it ends; its status */
void job_started(struct job *j); /* in the background */
int do_jobs(char **args);	 /* NULL: only those that have ended */
int do_wait(char **args);
int do_kill(char **args);
extern volatile sig_atomic_t interrupted; /* by ^C */

/* ---- builtins.c, edit.c ---- */

typedef int builtin_fn(char **args);

builtin_fn *find_builtin(const char *name);
int do_cd(char **args);
void exec_program(char **args) __attribute__((noreturn));
bool edit_line(const char *prompt, struct buf *line); /* false: ^D; ^C sets `interrupted` */

/* ---- main.c ---- */

extern struct shell {
	char **args; /* $0, $1 and so on */
	int nargs;
	int status;	  /* $? */
	pid_t pid;	  /* $$ */
	pid_t last_async; /* $! */
	bool interactive;
	enum leave {
		STAY,
		CONTINUE,
		BREAK
	} leave;     /* this round of a loop, or the loop */
	bool failed; /* after a message: back to the prompt */
} sh;

#endif
