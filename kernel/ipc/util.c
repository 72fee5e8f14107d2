/*
 * Identifiers, keys and permissions of System V IPC. See util.h.
 */
#include "kernel/ipc/util.h"
#include "kernel/ipc/ipc.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "mm/phys/gfp.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define OVERFLOW_ID	 65534 /* what an id beyond 16 bits reads as in the old layouts */
#define IPC_MEMORY_SHARE 8     /* one part in this many */

struct ipc_ids shm_ids, sem_ids, msg_ids;

static void ipc_init_ids(struct ipc_ids *ids)
{
	mutex_init(&ids->mutex);
	ids->last_idx = ids->next_id = -1;
	INIT_RADIX_TREE(&ids->objects, GFP_KERNEL);
	for (unsigned int i = 0; i < IPC_KEY_LISTS; i++)
		INIT_LIST_HEAD(&ids->keys[i]);
}

void ipc_init(void)
{
	ipc_init_ids(&shm_ids);
	ipc_init_ids(&sem_ids);
	ipc_init_ids(&msg_ids);
}

/* ---- memory ---- */

static size_t ipc_bytes; /* of all objects */

int ipc_charge(size_t bytes)
{
	size_t limit = totalram_pages() / IPC_MEMORY_SHARE << PAGE_SHIFT;

	if (ipc_bytes > limit || bytes > limit - ipc_bytes)
		return -ENOMEM;
	ipc_bytes += bytes;
	return 0;
}

void ipc_uncharge(size_t bytes)
{
	ipc_bytes -= bytes;
}

/* ---- the tables ---- */

static struct list_head *key_list(struct ipc_ids *ids, key_t key)
{
	return &ids->keys[(unsigned int)key & (IPC_KEY_LISTS - 1)];
}

static struct kern_ipc_perm *ipc_findkey(struct ipc_ids *ids, key_t key)
{
	struct kern_ipc_perm *perm;

	list_for_each_entry (perm, key_list(ids, key), key_node)
		if (perm->key == key)
			return perm;
	return NULL;
}

/* A free index in [from, end), or -ENOSPC. */
static int find_free_idx(const struct ipc_ids *ids, int from, int end)
{
	for (int idx = from; idx < end; idx++)
		if (!radix_tree_lookup(&ids->objects, idx))
			return idx;
	return -ENOSPC;
}

/* The index of a new object, and its sequence number in perm->seq. They go round, so that an index
   is not used again at once; each time around, the sequence number changes. */
static int choose_idx(struct ipc_ids *ids, struct kern_ipc_perm *perm)
{
	int wanted = ids->next_id, end, idx;

	ids->next_id = -1;
	if (wanted >= 0) {
		perm->seq = ipcid_to_seqx(wanted);
		return find_free_idx(ids, ipcid_to_idx(wanted), IPCMNI);
	}
	end = min(max(ids->in_use * 3 / 2, IPC_MIN_CYCLE), IPCMNI);
	idx = find_free_idx(ids, ids->idr_next, end);
	if (idx < 0)
		idx = find_free_idx(ids, 0, end);
	if (idx < 0)
		return idx;
	ids->idr_next = idx + 1;
	if (idx <= ids->last_idx && ++ids->seq >= IPC_SEQ_MAX)
		ids->seq = 0;
	ids->last_idx = idx;
	perm->seq = ids->seq;
	return idx;
}

int ipc_addid(struct ipc_ids *ids, struct kern_ipc_perm *perm, int limit)
{
	int idx, err;

	if (ids->in_use >= min(limit, IPCMNI))
		return -ENOSPC;
	mutex_init(&perm->lock);
	perm->refcount = 1;
	perm->deleted = false;
	perm->uid = perm->cuid = current->cred.euid;
	perm->gid = perm->cgid = current->cred.egid;
	idx = choose_idx(ids, perm);
	if (idx < 0)
		return idx;
	perm->id = (perm->seq << IPCMNI_SHIFT) + idx;
	err = radix_tree_insert(&ids->objects, idx, perm);
	if (err)
		return err;
	if (perm->key != IPC_PRIVATE)
		list_add(&perm->key_node, key_list(ids, perm->key));
	ids->in_use++;
	ids->max_idx = max(ids->max_idx, idx);
	return perm->id;
}

void ipc_set_key_private(struct kern_ipc_perm *perm)
{
	if (perm->key != IPC_PRIVATE)
		list_del(&perm->key_node);
	perm->key = IPC_PRIVATE;
}

void ipc_rmid(struct ipc_ids *ids, struct kern_ipc_perm *perm)
{
	radix_tree_delete(&ids->objects, ipcid_to_idx(perm->id));
	ipc_set_key_private(perm);
	ids->in_use--;
	perm->deleted = true;
	while (ids->max_idx && !radix_tree_lookup(&ids->objects, ids->max_idx))
		ids->max_idx--;
}

struct kern_ipc_perm *ipc_find_next(struct ipc_ids *ids, unsigned long *idx)
{
	return radix_tree_find(&ids->objects, idx);
}

/* ---- finding, locking ---- */

static struct kern_ipc_perm *ipc_obtain_object_idr(struct ipc_ids *ids, int id)
{
	struct kern_ipc_perm *perm = radix_tree_lookup(&ids->objects, ipcid_to_idx(id));

	return perm ? perm : ERR_PTR(-EINVAL);
}

struct kern_ipc_perm *ipc_obtain_object_check(struct ipc_ids *ids, int id)
{
	struct kern_ipc_perm *perm = ipc_obtain_object_idr(ids, id);

	if (!IS_ERR(perm) && ipcid_to_seqx(id) != perm->seq)
		return ERR_PTR(-EINVAL);
	return perm;
}

struct kern_ipc_perm *ipcctl_obtain_check(struct ipc_ids *ids, int id)
{
	struct kern_ipc_perm *perm = ipc_obtain_object_check(ids, id);
	uid_t euid = current->cred.euid;

	if (!IS_ERR(perm) && euid != perm->cuid && euid != perm->uid && !capable())
		return ERR_PTR(-EPERM);
	return perm;
}

struct kern_ipc_perm *ipc_obtain_for_stat(struct ipc_ids *ids, int id, int cmd, bool any_user)
{
	struct kern_ipc_perm *perm =
		cmd == IPC_STAT ? ipc_obtain_object_check(ids, id) : ipc_obtain_object_idr(ids, id);

	if (!IS_ERR(perm) && !any_user && ipcperms(perm, S_IRUSR | S_IRGRP | S_IROTH))
		return ERR_PTR(-EACCES);
	return perm;
}

void ipc_putref(struct kern_ipc_perm *perm)
{
	if (!--perm->refcount)
		perm->free(perm);
}

int ipc_lock_object(struct kern_ipc_perm *perm)
{
	perm->refcount++;
	mutex_lock(&perm->lock);
	if (!perm->deleted)
		return 0;
	ipc_unlock_object(perm);
	return -EIDRM;
}

void ipc_unlock_object(struct kern_ipc_perm *perm)
{
	mutex_unlock(&perm->lock);
	ipc_putref(perm);
}

/* ---- permissions ---- */

int ipcperms(const struct kern_ipc_perm *perm, int flag)
{
	int requested = flag >> 6 | flag >> 3 | flag, granted = perm->mode;
	uid_t euid = current->cred.euid;

	if (euid == perm->cuid || euid == perm->uid)
		granted >>= 6;
	else if (in_group_p(perm->cgid) || in_group_p(perm->gid))
		granted >>= 3;
	return requested & ~granted & S_IRWXO && !has_cap(CAP_IPC_OWNER) ? -1 : 0;
}

int ipc_update_perm(const struct ipc64_perm *in, struct kern_ipc_perm *out)
{
	const umode_t bits = S_IRWXU | S_IRWXG | S_IRWXO;

	if (in->uid == (uid_t)-1 || in->gid == (gid_t)-1)
		return -EINVAL;
	out->uid = in->uid;
	out->gid = in->gid;
	out->mode = (out->mode & ~bits) | (in->mode & bits);
	return 0;
}

void kernel_to_ipc64_perm(const struct kern_ipc_perm *in, struct ipc64_perm *out)
{
	out->key = in->key;
	out->uid = in->uid;
	out->gid = in->gid;
	out->cuid = in->cuid;
	out->cgid = in->cgid;
	out->mode = in->mode;
	out->seq = in->seq;
}

static unsigned short high2lowid(unsigned int id)
{
	return id > UINT16_MAX ? OVERFLOW_ID : id;
}

void ipc64_perm_to_ipc_perm(const struct ipc64_perm *in, struct ipc_perm *out)
{
	out->key = in->key;
	out->uid = high2lowid(in->uid);
	out->gid = high2lowid(in->gid);
	out->cuid = high2lowid(in->cuid);
	out->cgid = high2lowid(in->cgid);
	out->mode = in->mode;
	out->seq = in->seq;
}

void ipc_perm_to_ipc64_perm(const struct ipc_perm *in, struct ipc64_perm *out)
{
	out->uid = in->uid;
	out->gid = in->gid;
	out->mode = in->mode;
}

/* ---- shmget, semget, msgget ---- */

static int ipcget_public(struct ipc_ids *ids, const struct ipc_ops *ops,
			 const struct ipc_params *params)
{
	struct kern_ipc_perm *perm = ipc_findkey(ids, params->key);
	int err;

	if (!perm)
		return params->flg & IPC_CREAT ? ops->getnew(params) : -ENOENT;
	if (params->flg & IPC_CREAT && params->flg & IPC_EXCL)
		return -EEXIST;
	err = ops->more_checks ? ops->more_checks(perm, params) : 0;
	if (err)
		return err;
	return ipcperms(perm, params->flg) ? -EACCES : perm->id;
}

int ipcget(struct ipc_ids *ids, const struct ipc_ops *ops, const struct ipc_params *params)
{
	int ret;

	mutex_lock(&ids->mutex);
	if (params->key == IPC_PRIVATE)
		ret = ops->getnew(params);
	else
		ret = ipcget_public(ids, ops, params);
	mutex_unlock(&ids->mutex);
	return ret;
}

/* ---- /proc/sysvipc ---- */

/* The object at or after *pos - 1, referenced; position 0 is the header. */
static void *sysvipc_find(struct seq_file *m, loff_t *pos)
{
	const struct ipc_proc_iface *iface = m->private;
	struct kern_ipc_perm *perm;
	unsigned long idx;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos > IPCMNI)
		return NULL;
	idx = *pos - 1;
	perm = ipc_find_next(iface->ids, &idx);
	if (!perm)
		return NULL;
	*pos = idx + 1;
	perm->refcount++;
	return perm;
}

static void *sysvipc_proc_start(struct seq_file *m, loff_t *pos)
{
	return sysvipc_find(m, pos);
}

static void sysvipc_proc_stop(struct seq_file *m, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		ipc_putref(v);
}

static void *sysvipc_proc_next(struct seq_file *m, void *v, loff_t *pos)
{
	sysvipc_proc_stop(m, v);
	++*pos;
	return sysvipc_find(m, pos);
}

static int sysvipc_proc_show(struct seq_file *m, void *v)
{
	const struct ipc_proc_iface *iface = m->private;
	const struct kern_ipc_perm *perm = v;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, iface->header);
	else if (!perm->deleted)
		iface->show(m, perm);
	return 0;
}

static const struct seq_operations sysvipc_seq_operations = {
	.start = sysvipc_proc_start,
	.stop = sysvipc_proc_stop,
	.next = sysvipc_proc_next,
	.show = sysvipc_proc_show,
};

int sysvipc_proc_open(struct file *file, const struct ipc_proc_iface *iface)
{
	struct seq_file *m;
	int err = seq_open(file, &sysvipc_seq_operations);

	if (err)
		return err;
	m = file->private_data;
	m->private = (void *)iface;
	return 0;
}
