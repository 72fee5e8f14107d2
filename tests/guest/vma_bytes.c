/*
 * What the bytes are after a mapping was split, merged, moved, cut and grown: each page must show
 * what its offset says, whether it was touched before or not, here, in a child, and in the file.
 */
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>

#define PAGE  4096
#define WORDS (PAGE / sizeof(unsigned))
#define N     12 /* pages of the mapping */
#define FIRST 3	 /* the page of the file that it begins with */
#define ROOM  24 /* free pages on both sides */

enum kind {
	PRIVATE_FILE,
	COPIES,
	SHARED_FILE,
	ANON,
	SHARED_ANON,
	KINDS
};
enum touch {
	UNTOUCHED,
	ODD_PAGES,
	ALL_PAGES,
	TOUCHES
};

static enum kind kind;
static int fd;
static char *place, *elsewhere;
static char *at[N]; /* where page i is, or NULL */
static int want[N]; /* the number that it is filled with; 0: zeros */

static int file_number(int i)
{
	return FIRST + i + 1;
}

static int is_file(void)
{
	return kind == PRIVATE_FILE || kind == COPIES || kind == SHARED_FILE;
}

static int is_shared(void)
{
	return kind == SHARED_FILE || kind == SHARED_ANON;
}

static void fill(void *page, int number)
{
	unsigned i, *word = page;

	for (i = 0; i < WORDS; i++)
		word[i] = (unsigned)number << 12 | i;
}

static void check_page(const void *page, int number, const char *where, int i)
{
	const unsigned *word = page;
	unsigned w;

	for (w = 0; w < WORDS; w++)
		if (word[w] != (number ? (unsigned)number << 12 | w : 0))
			CHECK_FAIL("%s: kind %d, page %d: word %u is %#x, the page should hold %d",
				   where, kind, i, w, word[w], number);
}

static void make_file(void)
{
	char page[PAGE];
	int i;

	fd = memfd_create("bytes", 0);
	CHECK(fd >= 0);
	for (i = 0; i < FIRST + N + ROOM; i++) {
		fill(page, i + 1);
		CHECK_EQ(write(fd, page, PAGE), PAGE);
	}
}

/* The mapping, in the middle of free room, with a page that is not its own on either side of the
   room. */
static void make_mapping(enum touch touch)
{
	int flags = MAP_FIXED | (is_shared() ? MAP_SHARED : MAP_PRIVATE), i;
	char *room =
		mmap(NULL, (2 * ROOM + N) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(room != MAP_FAILED);
	place = room + ROOM * PAGE;
	CHECK(!munmap(room, (2 * ROOM + N) * PAGE));
	if (is_file())
		make_file();
	CHECK(mmap(place, N * PAGE, PROT_READ | PROT_WRITE,
		   is_file() ? flags : flags | MAP_ANONYMOUS, is_file() ? fd : -1,
		   is_file() ? FIRST * PAGE : 0) == place);
	elsewhere = mmap(NULL, (2 * N + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(elsewhere != MAP_FAILED);
	elsewhere += PAGE;
	for (i = 0; i < N; i++) {
		int touched = touch == ALL_PAGES || (touch == ODD_PAGES && i % 2);

		at[i] = place + i * PAGE;
		want[i] = is_file() ? file_number(i) : 0;
		if (touched && is_file())
			check_page(at[i], want[i], "at first", i);
		if (touched && kind != PRIVATE_FILE && kind != SHARED_FILE)
			fill(at[i], want[i] = 100 + i);
	}
}

/* In the middle of an operation, by a store to each. */
static void touch(int first, int n)
{
	int i;

	for (i = first; i < first + n; i++)
		fill(at[i], want[i] = 300 + i);
}

static void moved(int first, int n, char *to)
{
	int i;

	for (i = first; i < first + n; i++)
		at[i] = to ? to + (i - first) * PAGE : NULL;
}

/* What is mapped anew, or was thrown away. */
static void anew(int first, int n)
{
	int i;

	for (i = first; i < first + n; i++) {
		at[i] = place + i * PAGE;
		if (!is_shared())
			want[i] = is_file() ? file_number(i) : 0;
	}
}

static void check_pages(const char *where)
{
	int i;

	for (i = 0; i < N; i++)
		if (at[i])
			check_page(at[i], want[i], where, i);
}

/* Every page gets a number of its own, which the file has too if it is shared, and only then. */
static void write_all(void)
{
	char page[PAGE];
	int i;

	for (i = 0; i < N; i++)
		if (at[i])
			fill(at[i], want[i] = 200 + i);
	check_pages("written");
	for (i = 0; is_file() && i < N; i++) {
		CHECK_EQ(pread(fd, page, PAGE, (FIRST + i) * PAGE), PAGE);
		check_page(page, kind == SHARED_FILE && at[i] ? want[i] : file_number(i),
			   "the file", i);
	}
}

/* The file ends within the mapping and grows again: nothing behind its end stays, copies neither.
 */
static void truncate_half(void)
{
	int i;

	CHECK(!ftruncate(fd, (FIRST + N / 2) * PAGE));
	CHECK(!ftruncate(fd, (FIRST + N + ROOM) * PAGE));
	for (i = N / 2; i < N; i++)
		want[i] = 0;
	check_pages("truncated");
}

static void check_everything(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		check_pages("in a child");
		write_all();
		_exit(0);
	}
	if (!is_shared())
		check_pages("in the parent");
	CHECK_CHILD(pid);
	if (!is_shared())
		check_pages("in the parent, later");
	write_all();
	if (is_file()) {
		truncate_half();
		close(fd);
	}
}

/* STATEMENTS change a mapping of each kind, touched before in each way. */
#define EACH_MAPPING(STATEMENTS)                                       \
	do {                                                           \
		int touch_;                                            \
		for (kind = 0; kind < KINDS; kind++)                   \
			for (touch_ = 0; touch_ < TOUCHES; touch_++) { \
				pid_t pid_ = fork();                   \
				if (!pid_) {                           \
					make_mapping(touch_);          \
					STATEMENTS;                    \
					check_everything();            \
					_exit(0);                      \
				}                                      \
				CHECK_CHILD(pid_);                     \
			}                                              \
	} while (0)

#define READ_ONLY(FIRST, N) CHECK(!mprotect(place + (FIRST)*PAGE, (N)*PAGE, PROT_READ))
#define WRITABLE(FIRST, N)  CHECK(!mprotect(place + (FIRST)*PAGE, (N)*PAGE, PROT_READ | PROT_WRITE))
#define UNMAP(FIRST, N)                                         \
	do {                                                    \
		CHECK(!munmap(place + (FIRST)*PAGE, (N)*PAGE)); \
		moved(FIRST, N, NULL);                          \
	} while (0)
#define MOVE(FIRST, N, FROM, TO)                                                             \
	do {                                                                                 \
		CHECK(mremap(FROM, (N)*PAGE, (N)*PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, TO) == \
		      (TO));                                                                 \
		moved(FIRST, N, TO);                                                         \
	} while (0)

TEST(nothing_happens)
{
	EACH_MAPPING();
}

TEST(protected_in_the_middle)
{
	EACH_MAPPING(READ_ONLY(4, 3); check_pages("split"); WRITABLE(4, 3));
}

TEST(protected_at_the_head)
{
	EACH_MAPPING(READ_ONLY(0, 5); check_pages("split"); WRITABLE(0, 5));
}

TEST(protected_at_the_tail)
{
	EACH_MAPPING(READ_ONLY(7, 5); check_pages("split"); WRITABLE(7, 5));
}

TEST(protected_and_never_seen_before_it_is_whole_again)
{
	EACH_MAPPING(READ_ONLY(4, 3); READ_ONLY(9, 1); WRITABLE(0, N));
}

TEST(touched_above_and_then_one)
{
	EACH_MAPPING(READ_ONLY(4, 3); touch(7, 5); WRITABLE(4, 3));
}

TEST(touched_below_and_then_one)
{
	EACH_MAPPING(READ_ONLY(4, 3); touch(0, 4); WRITABLE(4, 3));
}

TEST(touched_on_both_sides_and_then_one)
{
	EACH_MAPPING(READ_ONLY(4, 3); touch(9, 2); touch(1, 2); WRITABLE(4, 3));
}

TEST(the_border_between_two_protections_wanders)
{
	EACH_MAPPING(READ_ONLY(6, 6); check_pages("half"); READ_ONLY(3, 3); check_pages("down");
		     WRITABLE(3, 5); check_pages("up"); WRITABLE(8, 4));
}

TEST(not_accessible_in_between)
{
	EACH_MAPPING(CHECK(!mprotect(place + 3 * PAGE, 5 * PAGE, PROT_NONE)); WRITABLE(5, 1);
		     check_page(at[5], want[5], "island", 5); WRITABLE(3, 5));
}

TEST(unmapped_in_the_middle)
{
	EACH_MAPPING(UNMAP(5, 2));
}

TEST(unmapped_at_both_ends)
{
	EACH_MAPPING(UNMAP(0, 3); UNMAP(10, 2));
}

TEST(unmapped_every_other_page)
{
	EACH_MAPPING(int i; for (i = 0; i < N; i += 2) UNMAP(i, 1));
}

static void map_again(int first, int n)
{
	int flags = MAP_FIXED | (is_shared() ? MAP_SHARED : MAP_PRIVATE);

	CHECK(mmap(place + first * PAGE, n * PAGE, PROT_READ | PROT_WRITE,
		   is_file() ? flags : flags | MAP_ANONYMOUS, is_file() ? fd : -1,
		   is_file() ? (FIRST + first) * PAGE : 0) == place + first * PAGE);
	anew(first, n);
	if (kind == SHARED_ANON) { /* another memory */
		int i;

		for (i = first; i < first + n; i++)
			want[i] = 0;
	}
}

TEST(a_hole_is_filled_again)
{
	EACH_MAPPING(UNMAP(5, 3); check_pages("hole"); map_again(5, 3));
}

TEST(replaced_in_the_middle)
{
	EACH_MAPPING(map_again(2, 6));
}

TEST(the_ends_are_mapped_again)
{
	EACH_MAPPING(UNMAP(0, 4); UNMAP(9, 3); map_again(2, 2); map_again(0, 2); map_again(9, 3));
}

TEST(moved_as_a_whole)
{
	EACH_MAPPING(MOVE(0, N, place, elsewhere));
}

TEST(the_middle_moves_away)
{
	EACH_MAPPING(MOVE(4, 3, place + 4 * PAGE, elsewhere));
}

TEST(the_head_moves_away)
{
	EACH_MAPPING(MOVE(0, 5, place, elsewhere));
}

TEST(the_tail_moves_away)
{
	EACH_MAPPING(MOVE(7, 5, place + 7 * PAGE, elsewhere));
}

TEST(the_middle_moves_away_and_back)
{
	EACH_MAPPING(MOVE(4, 3, place + 4 * PAGE, elsewhere); check_pages("away");
		     MOVE(4, 3, elsewhere, place + 4 * PAGE));
}

TEST(the_tail_moves_away_and_back_unseen)
{
	EACH_MAPPING(MOVE(7, 5, place + 7 * PAGE, elsewhere);
		     MOVE(7, 5, elsewhere, place + 7 * PAGE));
}

TEST(pieces_change_places)
{
	EACH_MAPPING(MOVE(0, 3, place, elsewhere); MOVE(6, 3, place + 6 * PAGE, place);
		     MOVE(0, 3, elsewhere, place + 6 * PAGE));
}

TEST(moved_over_a_part_of_itself)
{
	EACH_MAPPING(MOVE(8, 2, place + 8 * PAGE, place + 2 * PAGE); at[2] = at[3] = NULL);
}

TEST(shrunk)
{
	EACH_MAPPING(CHECK(mremap(place, N * PAGE, 5 * PAGE, 0) == place); moved(5, N - 5, NULL));
}

TEST(shrunk_and_grown_in_place)
{
	EACH_MAPPING(CHECK(mremap(place, N * PAGE, 5 * PAGE, 0) == place);
		     CHECK(mremap(place, 5 * PAGE, N * PAGE, 0) == place); anew(5, N - 5));
}

TEST(the_tail_of_a_split_mapping_grows)
{
	EACH_MAPPING(UNMAP(9, 3); READ_ONLY(0, 6);
		     CHECK(mremap(place + 6 * PAGE, 3 * PAGE, 6 * PAGE, 0) == place + 6 * PAGE);
		     anew(9, 3); WRITABLE(0, 6));
}

/* Pages 10 and 11 are given up, then a mapping of ten grows where it has no room. */
TEST(grown_by_moving)
{
	EACH_MAPPING(char *to; UNMAP(10, 2); CHECK(mmap(place + 10 * PAGE, PAGE, PROT_NONE,
							MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1,
							0) == place + 10 * PAGE);
		     to = mremap(place, 10 * PAGE, N * PAGE, MREMAP_MAYMOVE);
		     CHECK(to != MAP_FAILED); anew(10, 2); moved(0, N, to));
}

TEST(moved_and_shrunk_at_once)
{
	EACH_MAPPING(CHECK(mremap(place + 2 * PAGE, 6 * PAGE, 4 * PAGE,
				  MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere) == elsewhere);
		     moved(2, 4, elsewhere); moved(6, 2, NULL));
}

/* The pages go; what the old place shows is as if it had never been touched. */
TEST(moved_and_left_mapped)
{
	EACH_MAPPING(int i; CHECK(mremap(place + 4 * PAGE, 3 * PAGE, 3 * PAGE,
					 MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
					 elsewhere) == elsewhere);
		     for (i = 4; i < 7; i++) check_page(place + i * PAGE,
							is_shared() ? want[i]
							: is_file() ? file_number(i)
								    : 0,
							"left", i);
		     moved(4, 3, elsewhere));
}

TEST(advised_in_the_middle)
{
	EACH_MAPPING(CHECK(!madvise(place + 4 * PAGE, 3 * PAGE, MADV_SEQUENTIAL));
		     check_pages("split"); CHECK(!madvise(place, 5 * PAGE, MADV_RANDOM));
		     check_pages("again"); CHECK(!madvise(place, N * PAGE, MADV_NORMAL)));
}

TEST(locked_in_the_middle)
{
	EACH_MAPPING(CHECK(!mlock(place + 4 * PAGE, 3 * PAGE)); check_pages("split");
		     CHECK(!mlock(place + 6 * PAGE, 6 * PAGE)); CHECK(!munlock(place, N * PAGE)));
}

TEST(dropped_in_the_middle)
{
	EACH_MAPPING(CHECK(!madvise(place + 3 * PAGE, 4 * PAGE, MADV_DONTNEED)); anew(3, 4));
}

TEST(removed_from_the_file)
{
	EACH_MAPPING(int removed = madvise(place + 4 * PAGE, 3 * PAGE, MADV_REMOVE);
		     CHECK_EQ(removed, is_shared() ? 0 : -1);
		     if (!removed) want[4] = want[5] = want[6] = 0);
}

TEST(dropped_in_a_part_that_was_split_off)
{
	EACH_MAPPING(READ_ONLY(3, 6); CHECK(!madvise(place + 4 * PAGE, 2 * PAGE, MADV_DONTNEED));
		     anew(4, 2); check_pages("dropped"); WRITABLE(3, 6));
}

/* Below 16 MiB of nothing, so that page tables of both places are cut differently. */
TEST(moved_across_the_borders_of_page_tables)
{
	const unsigned long table = 4UL << 20;

	EACH_MAPPING(char *to =
			     mmap(NULL, 4 * table, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		     CHECK(to != MAP_FAILED);
		     to = (char *)(((unsigned long)to + 2 * table) & -table) - 5 * PAGE;
		     MOVE(0, N, place, to); check_pages("across");
		     MOVE(0, N, to, to + 2 * N * PAGE - table); check_pages("again");
		     MOVE(0, N, to + 2 * N * PAGE - table, to + 3 * PAGE));
}

/* A whole page table goes along with what moves by exactly its size. */
/* What fits by its flags and offset, but is of another file, or of none. */
TEST(files_side_by_side)
{
	const int flags = MAP_SHARED | MAP_FIXED;
	char *p = mmap(NULL, 3 * N * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     page[PAGE];
	int other = memfd_create("other", 0), i;

	CHECK(p != MAP_FAILED);
	kind = SHARED_FILE;
	make_file();
	for (i = 0; i < 3 * N; i++) {
		fill(page, 500 + i);
		CHECK_EQ(write(other, page, PAGE), PAGE);
	}
	CHECK(mmap(p, N * PAGE, PROT_READ, flags, fd, 0) == p);
	CHECK(mmap(p + 2 * N * PAGE, N * PAGE, PROT_READ, flags, fd, 2 * N * PAGE) ==
	      p + 2 * N * PAGE);
	CHECK(mmap(p + N * PAGE, N * PAGE, PROT_READ, flags, other, N * PAGE) == p + N * PAGE);
	for (i = 0; i < 3 * N; i++)
		check_page(p + i * PAGE, i < N || i >= 2 * N ? i + 1 : 500 + i, "file", i);
	/* and by mprotect */
	CHECK(!mprotect(p + N * PAGE, N * PAGE, PROT_READ | PROT_WRITE));
	CHECK(!munmap(p, N * PAGE));
	CHECK(mmap(p, N * PAGE, PROT_READ | PROT_WRITE, flags, fd, 0) == p);
	CHECK(!mprotect(p + N * PAGE, N * PAGE, PROT_READ));
	CHECK(!mprotect(p, N * PAGE, PROT_READ));
	for (i = 0; i < 3 * N; i++)
		check_page(p + i * PAGE, i < N || i >= 2 * N ? i + 1 : 500 + i, "again", i);
}

TEST(megabytes_keep_their_order)
{
	const unsigned long table = 4UL << 20, size = 3 * table;
	char *from = mmap(NULL, 10 * table, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *to;
	unsigned long i;

	CHECK(from != MAP_FAILED);
	from = (char *)(((unsigned long)from + table) & -table) - 3 * PAGE;
	to = from + 4 * table;
	CHECK(!mprotect(from, size, PROT_READ | PROT_WRITE));
	for (i = 0; i < size; i += PAGE)
		*(unsigned *)(from + i) = i;
	CHECK(mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	for (i = 0; i < size; i += PAGE)
		CHECK_EQ(*(unsigned *)(to + i), i);
	CHECK(mremap(to, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, from + PAGE) == from + PAGE);
	for (i = 0; i < size; i += PAGE)
		CHECK_EQ(*(unsigned *)(from + PAGE + i), i);
	CHECK_SIGNAL(*(volatile char *)to, SIGSEGV);
}
