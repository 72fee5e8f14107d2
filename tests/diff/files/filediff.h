/*
 * The tester for file calls: what its files share. Random numbers, output and raw calls are the
 * memory tester's (tests/diff/diff.h).
 */
#ifndef TESTS_FILEDIFF_H
#define TESTS_FILEDIFF_H

#include "../diff.h"

/* ---- names.c: what there is to name, to aim at and to say ---- */
#define FD_FIRST 10
#define FD_SLOTS 8
#define FD_PROC	 30 /* /proc, opened before the root changed */
#define FD_NONE	 40
/* A path below the seed's folder, now and then a bad one; printed by out_path(). It stays valid for
 * the next seven calls. */
const char *any_path(void);
/* A string that a user can pass, or what kind of bad pointer it is. */
void out_path(const char *path);
/* One of the descriptors that hold what was opened, now and then none. */
int any_fd_slot(void);
/* Put what was opened into a slot. */
void keep_fd(long fd);
/* Positions: small ones, around the borders of pages, blocks and indirect blocks, and near the
 * largest. */
int64_t any_offset(void);
unsigned any_mode(void);
/* The bytes that a call writes: they say where they belong. */
void fill(uint8_t *data, unsigned long len, uint32_t salt);
#define DATA_MAX 131072u
extern uint8_t data[DATA_MAX];
/* Hash of what was read. */
uint32_t hash_of(const uint8_t *bytes, unsigned long len, uint32_t hash);
#define LOW(offset)  ((unsigned long)(offset))
#define HIGH(offset) ((unsigned long)((uint64_t)(offset) >> 32))

/* ---- tree.c: all that is on the file system, as a text ---- */
extern bool on_tmpfs, small_blocks, caches_dropped;
/* What a seed's process tells its parent. */
struct common {
	/* an indirect block that a hole emptied, one kernel keeps and the other frees; of a page
	 * that is stored to through a mapping one writes more blocks than the other */
	bool blocks_differ;
	/* Linux 6.1 may lose what is stored through a mapping, if blocks are smaller than a page,
	 * and the file became longer meanwhile */
	bool linux_loses;
};
extern struct common *common;
/* Set by each look at a file: its properties as far as both kernels must agree. */
void print_stat_of(int dirfd, const char *path, int flags);
/* All below a folder; what is printed, if it is, and the hash of what must be the same when the
 * caches were dropped. */
uint32_t print_tree(const char *path, bool print);

/* ---- the families of calls ---- */
void do_open(void);
void do_tmpfile(void);
void do_close(void);
void do_dup(void);
void do_read(void);
void do_write(void);
void do_vectors(void);
void do_lseek(void);
void do_truncate(void);
void do_fallocate(void);
void do_sync(void);
void do_copy(void);
void do_link(void);
void do_symlink(void);
void do_mknod(void);
void do_mkdir(void);
void do_remove(void);
void do_rename(void);
void do_chdir(void);
void do_stat(void);
void do_chmod(void);
void do_chown(void);
void do_utime(void);
void do_access(void);
void do_list(void);
void do_user(void);
void do_statfs(void);
void do_map(void);
void do_unmap(void);
void do_map_store(void);
void do_map_load(void);
void do_map_sync(void);

#endif
