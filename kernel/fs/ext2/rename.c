/*
 * rename: a name moves, alone, over another file's, or in exchange for it.
 *
 * After a power cut the file must have one name or the other. In one block of a directory that is
 * one write. Otherwise the new name is on the disk before the old one goes; of a directory, which
 * must not have two, both pages are written one right after the other. What takes another file's
 * name is on the disk itself, with its data, before; and the other one has a name until it is dead.
 */
#include "kernel/fs/ext2/ext2.h"
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/stat.h>

/* One side of a rename. */
struct side {
	struct inode *dir, *inode; /* inode NULL: the name is new */
	const struct qstr *name;
	struct ext2_entry entry;
	bool found; /* entry.page is referenced */
};

static void release(struct side *s)
{
	if (s->found)
		put_page(s->entry.page);
	s->found = false;
}

/* Find the side's entry: it must be that of the inode. 0 or -errno. */
static int find_side(struct side *s)
{
	int found;

	if (!s->inode)
		return 0;
	found = ext2_find_entry(s->dir, s->name, &s->entry);
	if (found < 0)
		return found;
	if (!found)
		return -ENOENT;
	s->found = true;
	return s->entry.ino == s->inode->i_ino ? 0 : -ENOENT;
}

/* The ".." of a directory that moves. 0 or -errno. */
static int set_parent(struct inode *inode, struct inode *parent)
{
	static const struct qstr dotdot = {.name = "..", .len = 2};
	struct ext2_entry e;
	int found = ext2_find_entry(inode, &dotdot, &e);

	if (found <= 0) {
		ext2_error(inode->i_sb, "ext2_rename", "directory #%lu has no '..'",
			   (unsigned long)inode->i_ino);
		return found ? found : -EUCLEAN;
	}
	ext2_set_entry(inode, &e, parent, false);
	return 0;
}

/* The inode and its data are on the disk, so that it can take another one's place. */
static int commit_source(struct inode *inode)
{
	int err = write_inode_now(inode, true);

	if (!err)
		err = ext2_sync_metadata(inode->i_sb);
	return err;
}

/* Only one directory can have names that are noted as not on the disk yet: before one comes in
   `dir`, those in an older one are written. */
static int settle_older_names(struct inode *inode, struct inode *dir)
{
	struct ext2_inode_info *ei = EXT2_I(inode);

	if (ei->name_dir && ei->name_dir != dir->i_ino && (ei->alive || inode->i_nlink > 1))
		return ext2_settle_name(inode);
	return 0;
}

/* ---- to a new name ---- */

static int write_both(struct side *from, struct side *to)
{
	int err = ext2_write_dir(to->dir);

	return err ? err : ext2_write_dir(from->dir);
}

static int move_name(struct side *from, struct side *to)
{
	struct ext2_inode_info *ei = EXT2_I(from->inode);
	bool dir = S_ISDIR(from->inode->i_mode);
	int err = ext2_add_name(to->dir, to->name, from->inode);

	if (err)
		return err;
	ext2_note_name(from->inode, to->dir);
	if (ei->alive && !dir)
		err = ext2_write_dir(to->dir);
	if (err) /* both names stay: the file has one more than links, until a check */
		return err;
	from->found = false;
	err = ext2_delete_entry(from->dir, &from->entry);
	/* An old name may be on the disk although the inode is not. */
	if (!err && dir && (ei->alive || ei->born != EXT2_SB(from->dir->i_sb)->dir_writes))
		err = write_both(from, to);
	return err;
}

/* ---- over another file ---- */

/* Let the target's entry name the source. If that was the victim's last name, it keeps another one
   until it is dead on the disk: the source's old one, if that is in the same page (`swap`), or a
   passing one in the same block; *left is its entry. Without room for that, *left has no page. */
static int take_entry(struct side *from, struct side *to, bool swap, struct ext2_entry *left)
{
	int err;

	left->page = NULL;
	if (to->inode->i_nlink > 1 && !S_ISDIR(to->inode->i_mode))
		err = -ENOSPC;
	else if (swap && from->entry.page == to->entry.page)
		err = ext2_swap_entries(to->dir, &to->entry, from->inode, &from->entry, to->inode);
	else
		err = ext2_set_entry_keeping(to->dir, &to->entry, from->inode, to->inode, left);
	if (err && err != -ENOSPC)
		return err;
	if (!err && swap && !left->page) {
		*left = from->entry;
		from->found = false;
	}
	if (!err)
		return ext2_write_dir(to->dir);
	/* For a moment a power cut may take the victim, and not leave its name to the source. */
	err = ext2_drop_link(to->dir, to->inode);
	if (err)
		return err;
	to->found = false;
	ext2_set_entry(to->dir, &to->entry, from->inode, true);
	return ext2_write_dir(to->dir);
}

/* The victim goes: its links, and what is left of its names. */
static int bury_victim(struct side *to, struct ext2_entry *left)
{
	struct inode *victim = to->inode;
	int err = 0;

	if (left->page) {
		err = ext2_drop_link(to->dir, victim);
		if (err)
			put_page(left->page);
		else
			err = ext2_delete_entry(to->dir, left);
	}
	victim->i_ctime = current_time();
	mark_inode_dirty(victim);
	if (S_ISDIR(victim->i_mode)) { /* which was one of its directories */
		to->dir->i_nlink--;
		mark_inode_dirty(to->dir);
	}
	return err;
}

static int replace_target(struct side *from, struct side *to, struct inode *whiteout)
{
	struct ext2_entry left;
	int err;

	if (S_ISDIR(to->inode->i_mode) && !ext2_dir_is_empty(to->inode))
		return -ENOTEMPTY;
	err = commit_source(from->inode);
	if (!err)
		err = take_entry(from, to, !whiteout, &left);
	if (!err)
		err = bury_victim(to, &left);
	if (err || whiteout || !from->found)
		return err;
	from->found = false;
	err = ext2_delete_entry(from->dir, &from->entry);
	if (!err && S_ISDIR(from->inode->i_mode))
		err = ext2_write_dir(from->dir);
	return err;
}

/* A directory moves from one parent to the other. */
static int change_parent(struct side *from, struct side *to, struct inode *inode)
{
	int err;

	if (from->dir == to->dir || !S_ISDIR(inode->i_mode))
		return 0;
	err = set_parent(inode, to->dir);
	from->dir->i_nlink--;
	to->dir->i_nlink++;
	mark_inode_dirty(from->dir);
	mark_inode_dirty(to->dir);
	return err;
}

static bool too_many_links(const struct side *from, const struct side *to)
{
	return from->dir != to->dir && S_ISDIR(from->inode->i_mode) &&
	       !(to->inode && S_ISDIR(to->inode->i_mode)) && to->dir->i_nlink >= EXT2_LINK_MAX;
}

/* In its old place, if that has room for it, else in another one. */
static int move_within_or_away(struct side *from, struct side *to)
{
	int err = -ENOSPC;

	if (from->dir == to->dir)
		err = ext2_replace_name(from->dir, &from->entry, to->name, from->inode);
	if (!err)
		ext2_note_name(from->inode, to->dir);
	return err == -ENOSPC ? move_name(from, to) : err;
}

static int move_to_new_name(struct side *from, struct side *to, struct inode *whiteout)
{
	int err = settle_older_names(from->inode, to->dir);

	if (err)
		return err;
	if (!whiteout)
		return move_within_or_away(from, to);
	err = ext2_add_name(to->dir, to->name, from->inode);
	if (!err)
		ext2_note_name(from->inode, to->dir);
	return err;
}

static int move(struct side *from, struct side *to, struct inode *whiteout)
{
	struct mutex *name_mutex = &EXT2_I(from->inode)->name_mutex;
	int err;

	if (too_many_links(from, to))
		return -EMLINK;
	if (to->inode)
		return replace_target(from, to, whiteout);
	mutex_lock(name_mutex);
	err = move_to_new_name(from, to, whiteout);
	mutex_unlock(name_mutex);
	return err;
}

/* ---- a whiteout takes the old name: what overlayfs asks for ---- */

static struct inode *new_whiteout(struct inode *dir)
{
	struct inode *inode = ext2_new_inode(dir, S_IFCHR);

	if (IS_ERR(inode))
		return inode;
	ext2_encode_rdev(&EXT2_I(inode)->data, 0, 0);
	init_special_inode(inode, inode->i_mode, 0);
	return inode;
}

static int rename_leaving_whiteout(struct side *from, struct side *to)
{
	struct inode *whiteout = new_whiteout(from->dir);
	int err;

	if (IS_ERR(whiteout))
		return PTR_ERR(whiteout);
	err = move(from, to, whiteout);
	if (!err) {
		from->found = false;
		ext2_set_entry(from->dir, &from->entry, whiteout, true);
		ext2_note_name(whiteout, from->dir);
		mark_inode_dirty(whiteout);
	} else {
		whiteout->i_nlink = 0;
	}
	unlock_new_inode(whiteout);
	iput(whiteout);
	return err;
}

/* ---- exchange ---- */

static int exchange(struct side *from, struct side *to)
{
	bool from_dir = S_ISDIR(from->inode->i_mode), to_dir = S_ISDIR(to->inode->i_mode);
	int err;

	if (from->dir != to->dir && from_dir != to_dir &&
	    (from_dir ? to : from)->dir->i_nlink >= EXT2_LINK_MAX)
		return -EMLINK;
	err = commit_source(from->inode);
	if (!err)
		err = commit_source(to->inode);
	if (err)
		return err;
	from->found = to->found = false;
	ext2_set_entry(from->dir, &from->entry, to->inode, true);
	ext2_set_entry(to->dir, &to->entry, from->inode, true);
	err = write_both(from, to);
	if (!err)
		err = change_parent(from, to, from->inode);
	if (!err)
		err = change_parent(to, from, to->inode);
	to->inode->i_ctime = current_time();
	mark_inode_dirty(to->inode);
	return err;
}

int ext2_rename(struct inode *olddir, struct dentry *old, struct inode *newdir, struct dentry *newd,
		unsigned int flags)
{
	struct side from = {.dir = olddir, .inode = old->d_inode, .name = &old->d_name};
	struct side to = {.dir = newdir, .inode = newd->d_inode, .name = &newd->d_name};
	int err = find_side(&from);

	if (!err)
		err = find_side(&to);
	if (err)
		goto out;
	if (flags & RENAME_EXCHANGE) {
		err = exchange(&from, &to);
	} else {
		err = flags & RENAME_WHITEOUT ? rename_leaving_whiteout(&from, &to)
					      : move(&from, &to, NULL);
		if (!err)
			err = change_parent(&from, &to, from.inode);
	}
	from.inode->i_ctime = current_time();
	mark_inode_dirty(from.inode);
out:
	release(&from);
	release(&to);
	return err;
}
