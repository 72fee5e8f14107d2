/*
 * shmctl(2): what a segment and all of them look like, and changing, locking and removing one.
 */
#include "kernel/cred/user.h"
#include "kernel/fs/fs.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/shm.h"
#include "kernel/lib/err.h"
#include "kernel/sched/sched.h"
#include "kernel/x86/uaccess.h"
#include "libc/include/string.h"
#include "mm/cache/lru.h"
#include "mm/hugetlb.h"
#include "mm/shmem.h"
#include <linux/errno.h>

/* ---- layouts ---- */

static int copy_shmid_to_user(void __user *buf, const struct shmid64_ds *in, int version)
{
	struct shmid_ds out;

	if (version == IPC_64)
		return copy_to_user(buf, in, sizeof(*in)) ? -EFAULT : 0;
	memset(&out, 0, sizeof(out));
	ipc64_perm_to_ipc_perm(&in->shm_perm, &out.shm_perm);
	out.shm_segsz = in->shm_segsz;
	out.shm_atime = in->shm_atime;
	out.shm_dtime = in->shm_dtime;
	out.shm_ctime = in->shm_ctime;
	out.shm_cpid = in->shm_cpid;
	out.shm_lpid = in->shm_lpid;
	out.shm_nattch = in->shm_nattch;
	return copy_to_user(buf, &out, sizeof(out)) ? -EFAULT : 0;
}

static int copy_shmid_from_user(struct shmid64_ds *out, const void __user *buf, int version)
{
	struct shmid_ds old;

	if (version == IPC_64)
		return copy_from_user(out, buf, sizeof(*out)) ? -EFAULT : 0;
	if (copy_from_user(&old, buf, sizeof(old)))
		return -EFAULT;
	ipc_perm_to_ipc64_perm(&old.shm_perm, &out->shm_perm);
	return 0;
}

/* ---- looking ---- */

/* Returns the highest index. */
static int shmctl_ipc_info(void __user *buf, int version)
{
	const struct shminfo64 info = {
		.shmmax = shm_ctlmax,
		.shmmin = SHMMIN,
		.shmmni = shm_ctlmni,
		.shmseg = shm_ctlmni,
		.shmall = shm_ctlall,
	};
	const struct shminfo old = {
		.shmmax = min(info.shmmax, (unsigned long)INT32_MAX),
		.shmmin = info.shmmin,
		.shmmni = info.shmmni,
		.shmseg = info.shmseg,
		.shmall = info.shmall,
	};
	int max_idx = shm_ids.max_idx;

	if (version == IPC_64 ? copy_to_user(buf, &info, sizeof(info))
			      : copy_to_user(buf, &old, sizeof(old)))
		return -EFAULT;
	return max_idx;
}

/* Returns the highest index. */
static int shmctl_shm_info(void __user *buf)
{
	struct shm_info info = {.used_ids = shm_ids.in_use, .shm_tot = shm_tot};
	int max_idx = shm_ids.max_idx;
	struct kern_ipc_perm *perm;

	for (unsigned long idx = 0; (perm = ipc_find_next(&shm_ids, &idx)); idx++) {
		info.shm_rss += shm_rss_pages(to_shmid(perm));
		info.shm_swp += shm_swap_pages(to_shmid(perm));
	}
	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : max_idx;
}

/* IPC_STAT and its relatives, which return the id. */
static int shmctl_stat(int shmid, int cmd, void __user *buf, int version)
{
	struct kern_ipc_perm *perm = ipc_obtain_for_stat(&shm_ids, shmid, cmd, cmd == SHM_STAT_ANY);
	struct shmid64_ds out;
	struct shmid_kernel *shp;
	int id;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	shp = to_shmid(perm);
	id = perm->id;
	memset(&out, 0, sizeof(out));
	kernel_to_ipc64_perm(perm, &out.shm_perm);
	out.shm_segsz = shp->shm_segsz;
	out.shm_atime = shp->shm_atim;
	out.shm_atime_high = shp->shm_atim >> 32;
	out.shm_dtime = shp->shm_dtim;
	out.shm_dtime_high = shp->shm_dtim >> 32;
	out.shm_ctime = shp->shm_ctim;
	out.shm_ctime_high = shp->shm_ctim >> 32;
	out.shm_cpid = shp->shm_cprid;
	out.shm_lpid = shp->shm_lprid;
	out.shm_nattch = shp->shm_nattch;
	if (copy_shmid_to_user(buf, &out, version))
		return -EFAULT;
	return cmd == IPC_STAT ? 0 : id;
}

/* ---- changing ---- */

static int shmctl_set(int shmid, const void __user *buf, int version)
{
	struct kern_ipc_perm *perm;
	struct shmid64_ds in;
	int err = copy_shmid_from_user(&in, buf, version);

	if (err)
		return err;
	perm = ipcctl_obtain_check(&shm_ids, shmid);
	if (IS_ERR(perm))
		return PTR_ERR(perm);
	err = ipc_update_perm(&in.shm_perm, perm);
	if (!err)
		to_shmid(perm)->shm_ctim = get_seconds();
	return err;
}

static int shmctl_rmid(int shmid)
{
	struct kern_ipc_perm *perm = ipcctl_obtain_check(&shm_ids, shmid);

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	do_shm_rmid(to_shmid(perm));
	return 0;
}

/* May current lock or unlock the segment? */
static bool may_lock(const struct kern_ipc_perm *perm, int cmd)
{
	uid_t euid = current->cred.euid;

	if (has_cap(CAP_IPC_LOCK))
		return true;
	if (euid != perm->uid && euid != perm->cuid)
		return false;
	return cmd == SHM_UNLOCK || rlimit(RLIMIT_MEMLOCK);
}

/* What reclaim has found locked may go again. It sleeps, and the segment may be removed meanwhile.
 */
static void unlock_pages(struct file *file)
{
	get_file(file);
	shmem_unlock_mapping(file->f_mapping);
	fput(file);
}

/* Pages that are there stay in memory (AS_LOCKED); all of the segment counts for the limit. */
static int shmctl_do_lock(int shmid, int cmd)
{
	struct kern_ipc_perm *perm = ipc_obtain_object_check(&shm_ids, shmid);
	struct shmid_kernel *shp;

	if (IS_ERR(perm))
		return PTR_ERR(perm);
	if (!may_lock(perm, cmd))
		return -EPERM;
	shp = to_shmid(perm);
	if (is_file_hugepages(shp->shm_file))
		return 0;
	if (cmd == SHM_LOCK && !shp->mlock_user) {
		if (!user_shm_lock(shp->shm_segsz, current->cred.user))
			return -ENOMEM;
		shp->mlock_user = current->cred.user;
		perm->mode |= SHM_LOCKED;
		shp->shm_file->f_mapping->flags |= AS_LOCKED;
	} else if (cmd == SHM_UNLOCK && shp->mlock_user) {
		user_shm_unlock(shp->shm_segsz, shp->mlock_user);
		shp->mlock_user = NULL;
		perm->mode &= ~SHM_LOCKED;
		shp->shm_file->f_mapping->flags &= ~AS_LOCKED;
		unlock_pages(shp->shm_file);
	}
	return 0;
}

long do_shmctl(int shmid, int cmd, void __user *buf, int version)
{
	if (cmd < 0 || shmid < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
		return shmctl_ipc_info(buf, version);
	case SHM_INFO:
		return shmctl_shm_info(buf);
	case SHM_STAT:
	case SHM_STAT_ANY:
	case IPC_STAT:
		return shmctl_stat(shmid, cmd, buf, version);
	case IPC_SET:
		return shmctl_set(shmid, buf, version);
	case IPC_RMID:
		return shmctl_rmid(shmid);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return shmctl_do_lock(shmid, cmd);
	}
	return -EINVAL;
}
