/* Streams: flags of end and error, positions, directions, buffers, what is left to others. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include "compare.h"

#define FILE1 "/tmp/libc-streams-1"
#define FILE2 "/tmp/libc-streams-2"

static char buf[SIZE];

/* A stream that reads a pipe without waiting; the other end in *to. */
static FILE *from_pipe(int *to)
{
	int ends[2];

	if (pipe(ends) < 0)
		_exit(97);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*to = ends[1];
	return fdopen(ends[0], "r");
}

static void put(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(96);
}

/* After one error everything goes on, when there is more. */
static void reading_after_an_error(void)
{
	char *line = NULL;
	size_t size = 0;
	int to;
	FILE *f = from_pipe(&to);

	TEXT(fgets(buf, SIZE, f));
	FLAGS(f);
	put(to, "one\n");
	TEXT(fgets(buf, SIZE, f));
	put(to, "par");
	TEXT(fgets(buf, SIZE, f));
	put(to, "tial\n");
	TEXT(fgets(buf, SIZE, f));
	clearerr(f); /* glibc's getline wants it */
	SHOW(getline(&line, &size, f));
	clearerr(f);
	put(to, "two\n");
	SHOW(getline(&line, &size, f));
	put(to, "half");
	SHOW(getline(&line, &size, f));
	TEXT(line);
	SHOW(fgetc(f));
	put(to, "xyz");
	SHOW(fgetc(f));
	SHOW(fread(buf, 1, 10, f));
	SHOW(fread(buf, 1, 10, f));
	put(to, "12 ");
	SHOW(fscanf(f, "%s", buf));
	SHOW(fscanf(f, "%s", buf));
	FLAGS(f);
	clearerr(f);
	FLAGS(f);
	put(to, "3");
	close(to);
	TEXT(fgets(buf, SIZE, f));
	FLAGS(f);
	TEXT(fgets(buf, SIZE, f));
	FLAGS(f);
	SHOW(fclose(f));
	free(line);
}

/* The end of a file holds until it is cleared, a position set, or something put back. */
static void end_of_file(void)
{
	FILE *f, *w;

	make(FILE1, "ab");
	f = fopen(FILE1, "r");
	SHOW(fread(buf, 1, 10, f));
	FLAGS(f);
	w = fopen(FILE1, "a");
	fputs("cd", w);
	fflush(w);
	SHOW(fgetc(f));
	clearerr(f);
	SHOW(fgetc(f));
	SHOW(fgetc(f));
	SHOW(fgetc(f));
	FLAGS(f);
	SHOW(ungetc('q', f));
	FLAGS(f);
	SHOW(fgetc(f));
	SHOW(fgetc(f));
	FLAGS(f);
	SHOW(fseek(f, -1, SEEK_CUR));
	FLAGS(f);
	SHOW(fgetc(f));
	SHOW(ungetc(EOF, f));
	TEXT(fgets(buf, 1, f));
	FLAGS(f);
	fclose(w);
	fclose(f);
}

static void wrong_direction(void)
{
	FILE *f;

	make(FILE1, "abc");
	f = fopen(FILE1, "r");
	SHOW(fputc('x', f));
	SHOW(fputs("xyz", f));
	SHOW(fwrite("xyz", 1, 3, f));
	SHOW(fprintf(f, "%d", 1));
	SHOW(fprintf(f, "%s", ""));
	FLAGS(f);
	SHOW(fgetc(f));
	SHOW(fclose(f));
	f = fopen(FILE1, "a");
	SHOW(fgetc(f));
	FLAGS(f);
	TEXT(fgets(buf, SIZE, f));
	SHOW(fread(buf, 1, 3, f));
	SHOW(fscanf(f, "%s", buf));
	FLAGS(f);
	SHOW(fputc('x', f));
	SHOW(fclose(f));
	holds(FILE1);
}

static void modes(void)
{
	static const char *const all[] = {"",  "z",  "r",  "rw", "rb", "r+", "rb+", "r+b",
					  "w", "wx", "w+", "a",	 "a+", "ab", "re",  "xr"};
	FILE *f;

	for (unsigned int i = 0; i < sizeof(all) / sizeof(*all); i++) {
		int fd, flags;

		errno = 0;
		f = fopen(FILE1, all[i]);
		fd = f ? fileno(f) : -1;
		flags = errno;
		say("mode %s: %d errno %d", all[i], !!f, flags);
		if (f)
			say(" flags %x cloexec %d", fcntl(fd, F_GETFL) & ~0x8000,
			    fcntl(fd, F_GETFD));
		say("\n");
		if (f)
			fclose(f);
	}
	SHOW(!!fdopen(-1, "r"));
	SHOW(!!fdopen(open(FILE1, O_RDONLY), "w"));
	SHOW(!!fdopen(open(FILE1, O_WRONLY), "r"));
	SHOW(!!fdopen(open(FILE1, O_WRONLY), "r+"));
	SHOW(!!fdopen(open(FILE1, O_RDWR), "w"));
	SHOW(!!fdopen(open(FILE1, O_RDWR), "q"));
}

static void appending(void)
{
	FILE *f;
	int fd;

	make(FILE1, "1\n2\n3\n");
	f = fopen(FILE1, "a");
	SHOW(ftell(f));
	fputs("4\n", f);
	SHOW(ftell(f));
	SHOW(fseek(f, 0, SEEK_SET));
	SHOW(ftell(f));
	fputs("5\n", f);
	SHOW(ftell(f));
	SHOW(fclose(f));
	holds(FILE1);
	f = fopen(FILE1, "a+");
	SHOW(ftell(f));
	TEXT(fgets(buf, SIZE, f));
	SHOW(ftell(f));
	SHOW(fseek(f, 0, SEEK_CUR));
	fputs("6\n", f);
	SHOW(ftell(f));
	SHOW(fseek(f, 2, SEEK_SET));
	TEXT(fgets(buf, SIZE, f));
	SHOW(fclose(f));
	holds(FILE1);
	fd = open(FILE1, O_RDWR);
	f = fdopen(fd, "a");
	SHOW(!!(fcntl(fd, F_GETFL) & O_APPEND));
	SHOW(ftell(f));
	fputs("7\n", f);
	SHOW(ftell(f));
	SHOW(fclose(f));
	holds(FILE1);
}

static void there_and_back(void)
{
	FILE *f;

	make(FILE1, "abcdefgh");
	f = fopen(FILE1, "r+");
	SHOW(fgetc(f));
	SHOW(fseek(f, 0, SEEK_CUR));
	SHOW(fputc('X', f));
	SHOW(ftell(f));
	SHOW(fseek(f, 1, SEEK_CUR));
	SHOW(fgetc(f));
	SHOW(fflush(f));
	SHOW(fputs("YZ", f));
	SHOW(fflush(f));
	SHOW(fgetc(f));
	rewind(f);
	SHOW(fgetc(f));
	SHOW(fseek(f, 0, SEEK_END));
	SHOW(fputs("end", f));
	SHOW(fseek(f, -100, SEEK_CUR));
	SHOW(ftell(f));
	SHOW(fseek(f, 3, 17));
	SHOW(fseek(f, 2, SEEK_SET));
	SHOW(fgetc(f));
	SHOW(fclose(f));
	holds(FILE1);
}

static void putting_back(void)
{
	FILE *f;

	make(FILE1, "abc");
	f = fopen(FILE1, "r");
	SHOW(ungetc('z', f));
	SHOW(fgetc(f));
	SHOW(fgetc(f));
	SHOW(ungetc(0x1ff, f));
	SHOW(fgetc(f));
	SHOW(ungetc('q', f));
	SHOW(ftell(f));
	SHOW(fseek(f, 0, SEEK_CUR));
	SHOW(fgetc(f));
	SHOW(ungetc('1', f));
	SHOW(fread(buf, 1, 10, f));
	SHOW(buf[0]);
	FLAGS(f);
	fclose(f);
	SHOW(!!(f = fopen(FILE1, "r")));
	setvbuf(f, NULL, _IONBF, 0);
	SHOW(fgetc(f));
	SHOW(ungetc('y', f));
	SHOW(fgetc(f));
	SHOW(fgetc(f));
	fclose(f);
}

/* Where a child leaves the offset of the file that is its standard input. */
static void left_for_the_next(void)
{
	int fd;

	make(FILE1, "1\n2\n3\n4\n");
	fd = open(FILE1, O_RDWR);
	dup2(fd, 0);
	CHILD(fgets(buf, SIZE, stdin); exit(0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	CHILD(fgets(buf, SIZE, stdin); fflush(stdin); _exit(0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	CHILD(fgets(buf, SIZE, stdin); _exit(0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	lseek(fd, 0, SEEK_SET);
	CHILD(fgetc(stdin); fgetc(stdin); ungetc('\n', stdin); exit(0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	lseek(fd, 0, SEEK_SET);
	CHILD(FILE *f = fdopen(fd, "r+"); fgetc(f); exit(0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	CHILD(FILE *f = fdopen(dup(fd), "r"); fgets(buf, SIZE, f); fflush(f); fclose(f); _exit(0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	lseek(fd, 2, SEEK_SET);
	CHILD(while (getchar() != EOF); exit(0));
	SHOW(lseek(fd, 0, SEEK_CUR));
	lseek(fd, 0, SEEK_SET);
	SHOW(system("read a; read b; echo $a $b >" FILE2));
	holds(FILE2);
	close(fd);
}

static void what_is_not_written(void)
{
	FILE *f = fopen("/dev/full", "w");

	SHOW(fputs("abc", f));
	SHOW(fflush(f));
	FLAGS(f);
	SHOW(fputs("abc", f));
	SHOW(fseek(f, 0, SEEK_SET));
	SHOW(fclose(f));
	f = fopen("/dev/full", "w");
	fputs("abc", f);
	SHOW(fclose(f));
	f = fopen("/dev/full", "w");
	setvbuf(f, NULL, _IOLBF, 0);
	SHOW(fputs("abc\n", f) < 0);
	SHOW(fprintf(f, "abc\n") < 0);
	SHOW(fputc('x', f));
	SHOW(fputc('\n', f));
	FLAGS(f);
	fclose(f);
	f = fopen("/dev/full", "w");
	setvbuf(f, NULL, _IONBF, 0);
	SHOW(fprintf(f, "abc%d", 3));
	SHOW(fputc('x', f));
	SHOW(fputs("xyz", f));
	SHOW(fwrite("xyz", 1, 3, f));
	FLAGS(f);
	clearerr(f);
	FLAGS(f);
	fclose(f);
	SHOW(dprintf(open("/dev/full", O_WRONLY), "x"));
}

static void nothing(int sig)
{
}

/* A pipe that takes no more, and one whose reader is interrupted. */
static void interrupted(void)
{
	struct sigaction sa = {.sa_handler = nothing};
	struct itimerval soon = {.it_value.tv_usec = 20000}, often = {{0, 20000}, {0, 20000}};
	int ends[2];
	FILE *f;

	sigaction(SIGALRM, &sa, NULL);
	SHOW(pipe(ends));
	f = fdopen(ends[0], "r");
	setitimer(ITIMER_REAL, &soon, NULL);
	TEXT(fgets(buf, SIZE, f));
	FLAGS(f);
	put(ends[1], "after\n");
	TEXT(fgets(buf, SIZE, f));
	fclose(f);
	signal(SIGPIPE, SIG_IGN);
	f = fdopen(ends[1], "w");
	SHOW(fputs("nobody", f));
	SHOW(fflush(f));
	FLAGS(f);
	SHOW(fclose(f));
	SHOW(pipe(ends));
	f = fdopen(ends[1], "w");
	setitimer(ITIMER_REAL, &often, NULL);
	memset(buf, 'x', SIZE);
	while (fwrite(buf, 1, SIZE, f) == SIZE)
		;
	SHOW(errno);
	FLAGS(f);
	memset(&often, 0, sizeof(often));
	setitimer(ITIMER_REAL, &often, NULL);
	close(ends[0]);
	fclose(f);
}

static void opened_again(void)
{
	FILE *f;
	int fd;

	make(FILE1, "first\n");
	make(FILE2, "second\n");
	f = fopen(FILE1, "r");
	fd = fileno(f);
	SHOW(fgetc(f));
	SHOW(freopen(FILE2, "r", f) == f);
	SHOW(fileno(f) == fd);
	TEXT(fgets(buf, SIZE, f));
	SHOW(fgetc(f));
	FLAGS(f);
	SHOW(freopen(FILE1, "w", f) == f);
	FLAGS(f);
	SHOW(fputs("new\n", f));
	SHOW(freopen(FILE2, "a", f) == f);
	holds(FILE1);
	SHOW(fputs("more\n", f));
	SHOW(ftell(f));
	SHOW(freopen(NULL, "r", f) == f);
	holds(FILE2);
	SHOW(fcntl(fileno(f), F_GETFL) & O_ACCMODE);
	TEXT(fgets(buf, SIZE, f));
	SHOW(freopen(NULL, "r+", f) == f);
	SHOW(fcntl(fileno(f), F_GETFL) & O_ACCMODE);
	SHOW(ftell(f));
	SHOW(fputs("SEC", f));
	SHOW(freopen(NULL, "w", f) == f);
	holds(FILE2);
	SHOW(fcntl(fileno(f), F_GETFD));
	SHOW(freopen(FILE1, "re", f) == f);
	SHOW(fcntl(fileno(f), F_GETFD));
	SHOW(!!freopen("/no/such/file", "r", f));
	SHOW(fcntl(fd, F_GETFD));
	CHILD(f = freopen(FILE1, "w", stderr); fputs("msg", stderr); _exit(0));
	holds(FILE1);
	CHILD(fputs("", stderr); f = freopen(FILE1, "w", stderr); fprintf(stderr, "m%dn", 5);
	      exit(3));
	holds(FILE1);
	CHILD(close(0); f = freopen(FILE2, "r", stdin); exit(10 + fileno(stdin)));
	CHILD(fputs("out", stdout); f = freopen(FILE1, "w", stdout); printf("x"); exit(1));
	holds(FILE1);
}

/* How much a child that ends at once has written. */
static void buffers(void)
{
	static char own[1024];
	FILE *f;

	CHILD(f = fopen(FILE1, "w"); fputs("a\nb", f); _exit(0));
	holds(FILE1);
	CHILD(f = fopen(FILE1, "w"); setvbuf(f, NULL, _IOLBF, 0); fputs("a\nb", f); _exit(0));
	holds(FILE1);
	CHILD(f = fopen(FILE1, "w"); setlinebuf(f); fputs("a", f); fputc('\n', f); fputc('c', f);
	      _exit(0));
	holds(FILE1);
	CHILD(f = fopen(FILE1, "w"); setlinebuf(f); fprintf(f, "a\nb%dc", 1); _exit(0));
	holds(FILE1);
	CHILD(f = fopen(FILE1, "w"); setbuf(f, NULL); fputs("a\nb", f); _exit(0));
	holds(FILE1);
	CHILD(f = fopen(FILE1, "w"); setvbuf(f, own, _IOFBF, sizeof(own)); fputs("a\nb", f);
	      _exit(0));
	holds(FILE1);
	SHOW(setvbuf(stdin, NULL, 17, 0));
	/* changed on the way */
	CHILD(f = fopen(FILE1, "w"); fputs("a", f); setvbuf(f, NULL, _IONBF, 0); fputs("b", f);
	      _exit(0));
	holds(FILE1);
	CHILD(f = fopen(FILE1, "w"); setvbuf(f, NULL, _IONBF, 0); setvbuf(f, NULL, _IOFBF, 0);
	      fputs("b", f); _exit(0));
	holds(FILE1);
	CHILD(dup2(open(FILE1, O_WRONLY | O_TRUNC), 2); setvbuf(stderr, NULL, _IOFBF, 0);
	      fputs("e", stderr); _exit(0));
	holds(FILE1);
	make(FILE1, "one\ntwo\nthree\n");
	f = fopen(FILE1, "r");
	TEXT(fgets(buf, SIZE, f));
	SHOW(setvbuf(f, NULL, _IONBF, 0));
	TEXT(fgets(buf, SIZE, f));
	SHOW(lseek(fileno(f), 0, SEEK_CUR));
	SHOW(fread(buf, 1, 3, f));
	SHOW(lseek(fileno(f), 0, SEEK_CUR));
	fclose(f);
}

static void large(void)
{
	static char text[100000], back[100001];
	FILE *f = fopen(FILE1, "w+");
	unsigned int i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = 'a' + i % 23;
	SHOW(fputc('!', f));
	SHOW(fwrite(text, 10, sizeof(text) / 10, f));
	SHOW(ftell(f));
	rewind(f);
	SHOW(fgetc(f));
	SHOW(fread(back, 1, sizeof(back), f));
	SHOW(memcmp(text, back, sizeof(text)));
	FLAGS(f);
	SHOW(fseek(f, 50001, SEEK_SET));
	SHOW(fread(back, 7, 1000, f));
	SHOW(memcmp(text + 50000, back, 7000));
	SHOW(ftell(f));
	SHOW(fseek(f, -10, SEEK_END));
	SHOW(fread(back, 4, 5, f));
	SHOW(fread(back, 0, 5, f));
	SHOW(fwrite(back, 5, 0, f));
	fclose(f);
}

static void commands(void)
{
	static const char *const bad[] = {"", "z", "rw", "r+", "wb"};
	FILE *f;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		SHOW(!!popen("true", bad[i]));
	f = popen("cat >" FILE1 "; exit 3", "w");
	SHOW(fputs("x\n", f));
	SHOW(pclose(f));
	holds(FILE1);
	f = popen("echo a; kill -9 $$", "re");
	SHOW(fcntl(fileno(f), F_GETFD));
	TEXT(fgets(buf, SIZE, f));
	SHOW(pclose(f));
	f = popen("read a; echo $a", "r");
	SHOW(fcntl(fileno(f), F_GETFD));
	TEXT(fgets(buf, SIZE, f));
	SHOW(pclose(f));
}

/* Streams whose files are folders, or gone. */
static void no_files(void)
{
	FILE *f = fopen("/tmp", "r");

	SHOW(fgetc(f));
	FLAGS(f);
	SHOW(fclose(f));
	SHOW(!!fopen("/tmp", "w"));
	f = fopen(FILE1, "r");
	close(fileno(f));
	SHOW(fgetc(f));
	FLAGS(f);
	SHOW(fseek(f, 0, SEEK_SET));
	SHOW(ftell(f));
	SHOW(fclose(f));
	f = fopen(FILE1, "w");
	close(fileno(f));
	fputc('x', f);
	SHOW(fclose(f));
}

static void lines(void)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	f = fopen(FILE1, "w");
	fwrite("a\0b\nlast", 1, 8, f);
	fclose(f);
	f = fopen(FILE1, "r");
	SHOW(getline(&line, &size, f));
	SHOW(getline(&line, &size, f));
	TEXT(line);
	FLAGS(f);
	SHOW(getline(&line, &size, f));
	SHOW(getline(NULL, &size, f));
	rewind(f);
	SHOW(getdelim(&line, &size, 'b', f));
	TEXT(fgets(buf, 3, f));
	TEXT(fgets(buf, 3, f));
	fclose(f);
	free(line);
}

int main(void)
{
	reading_after_an_error();
	end_of_file();
	wrong_direction();
	modes();
	appending();
	there_and_back();
	putting_back();
	left_for_the_next();
	what_is_not_written();
	interrupted();
	opened_again();
	buffers();
	large();
	lines();
	commands();
	no_files();
	return 0;
}
