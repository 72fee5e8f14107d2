/*
 * The records of the trace, as they lie in the ring and go over the serial port: plain C without
 * the kernel's types, little-endian. scripts/trace-abi makes JSON of this file for the readers that
 * are not written in C. docs/tracing.md explains the records. Whoever changes a number or the
 * meaning of a field adds one to TRACE_VERSION.
 */
#ifndef KERNEL_TRACE_TRACE_ABI_H
#define KERNEL_TRACE_TRACE_ABI_H

#define TRACE_MAGIC   0x5458504d /* "MPXT" */
#define TRACE_VERSION 4
#define TRACE_ARGS    10
#define TRACE_TEXT    36	 /* bytes of text in one record: all args but the first */
#define TRACE_REPEAT  4096	 /* records between two headers in the stream */
#define TRACE_NONE    0xffffffff /* no frame */

struct trace_record {
	unsigned long long ns; /* since boot */
	unsigned int seq;      /* counts all records; a gap is a loss */
	unsigned int insns;    /* TSC cycles that it took, the tracing itself left out; or 0 */
	unsigned short type;   /* TRACE_EVENTS or TRACE_META */
	unsigned short pid;    /* the thread that ran; 0: none */
	unsigned char flags;   /* TRACE_FLAG_ */
	unsigned char readers; /* TRACE_READERS whose wish it was, a bit mask */
	unsigned short reserved;
	unsigned int arg[TRACE_ARGS];
};

/* The values are Linux's. */
#define TRACE_FLAG_IRQS_OFF	0x01
#define TRACE_FLAG_NEED_RESCHED 0x04
#define TRACE_FLAG_HARDIRQ	0x08

/*
 * Events, below 32: X(name in C, number, Linux's system, Linux's name, names of the args). The
 * system mapix is for what Linux has no event of. `comm` stands for four args, which hold 16 bytes
 * of text. The comm of the record's own pid comes by a NAME.
 *
 * page_fault_*:  error_code: the processor's.
 * sched_switch:  next_comm… is the task that runs now; the record's pid, prev_prio and prev_state
 *                (Linux's values, 0: runnable) are of the task that ran before.
 * sys_enter:     a1 to a6 are ebx, ecx, edx, esi, edi, ebp.
 * vma:           one mapping as it is after the change (op: TRACE_VMA_OPS). It takes the place of
 *                whatever was in its range; UNMAP only empties the range. `old` is where MOVE comes
 *                from. mm: the physical address of the page directory. A NAME (FILE) comes before
 *                it if the mapping has a name.
 * fault:         found, done: TRACE_FOUND, TRACE_DONE; frames are page frame numbers or TRACE_NONE.
 * copy:          frame `from` was copied to frame `to`.
 * zap:           the entry of `address` is cleared: its page is unmapped, or reclaimed, or
 *                written to swap. pte, pte_high: what it held; with two levels of page tables, an
 *                entry has no high half, and pte_high is 0. pages: 1; if a large page goes, or a
 *                part of it, so many small pages from `address` and `frame` on; then pte is what
 *                the first of them would have in a table.
 * page:          an entry that comes without a fault on its address (op: TRACE_PAGE_OPS): `frame`
 *                is mapped at `address` now. `old`: where MOVED comes from. pages: 1; more is a
 *                large page, which one entry of the directory above the tables maps, or did so
 *                until now (SPLIT).
 * read, write:   a page of a file is read from, written to its file system.
 *                dev: its number, major << 20 | minor, as in vma.
 * mm:            an address space (op: TRACE_MM_OPS); `other`: the one before, or the parent's.
 */
#define TRACE_EVENTS(X)                                                                         \
	X(TRACE_PAGE_FAULT_USER, 0, exceptions, page_fault_user, "address ip error_code")       \
	X(TRACE_PAGE_FAULT_KERNEL, 1, exceptions, page_fault_kernel, "address ip error_code")   \
	X(TRACE_MM_PAGE_ALLOC, 2, kmem, mm_page_alloc, "pfn order gfp_flags migratetype")       \
	X(TRACE_MM_PAGE_FREE, 3, kmem, mm_page_free, "pfn order")                               \
	X(TRACE_KMALLOC, 4, kmem, kmalloc, "call_site ptr bytes_req bytes_alloc gfp_flags")     \
	X(TRACE_KFREE, 5, kmem, kfree, "call_site ptr")                                         \
	X(TRACE_KMEM_CACHE_ALLOC, 6, kmem, kmem_cache_alloc,                                    \
	  "call_site ptr bytes_req bytes_alloc gfp_flags")                                      \
	X(TRACE_KMEM_CACHE_FREE, 7, kmem, kmem_cache_free, "call_site ptr")                     \
	X(TRACE_RSS_STAT, 8, kmem, rss_stat, "mm_id curr member size")                          \
	X(TRACE_SCHED_SWITCH, 9, sched, sched_switch,                                           \
	  "comm:next_comm next_pid next_prio prev_prio prev_state")                             \
	X(TRACE_SCHED_WAKEUP, 10, sched, sched_wakeup, "comm:comm pid prio target_cpu")         \
	X(TRACE_SCHED_PROCESS_FORK, 11, sched, sched_process_fork, "comm:child_comm child_pid") \
	X(TRACE_SCHED_PROCESS_EXEC, 12, sched, sched_process_exec, "pid old_pid")               \
	X(TRACE_SCHED_PROCESS_EXIT, 13, sched, sched_process_exit, "comm:comm pid prio")        \
	X(TRACE_SYS_ENTER, 14, raw_syscalls, sys_enter, "id a1 a2 a3 a4 a5 a6")                 \
	X(TRACE_SYS_EXIT, 15, raw_syscalls, sys_exit, "id ret")                                 \
	X(TRACE_VMA, 16, mapix, vma, "op start end flags pgoff dev ino mm old")                 \
	X(TRACE_FAULT, 17, mapix, fault,                                                        \
	  "address access found done before after result vma_flags mm vma_start")               \
	X(TRACE_COPY, 18, mapix, copy, "from to")                                               \
	X(TRACE_ZAP, 19, mapix, zap, "address frame pte pte_high mm pages")                     \
	X(TRACE_READ, 20, mapix, read, "frame dev ino index")                                   \
	X(TRACE_WRITE, 21, mapix, write, "frame dev ino index")                                 \
	X(TRACE_MM, 22, mapix, mm, "op mm other pid")                                           \
	X(TRACE_SCHED_WAKEUP_NEW, 23, sched, sched_wakeup_new, "comm:comm pid prio target_cpu") \
	X(TRACE_PAGE, 24, mapix, page, "op address frame pte pte_high mm old pages")

/* What is no event and cannot be switched off. */
#define TRACE_META(X)                                                                              \
	X(TRACE_HEADER, 64, meta, header, /* size << 16; the linker's build id, as bytes: it names \
					     this kernel and no other; levels of page tables: 2,   \
					     or 3 with PAE */                                      \
	  "magic version_size tsc_khz lost build0 build1 build2 build3 build4 levels")             \
	/* a text, or a part of one: what << 24 | its length << 12 | offset of this part in it */  \
	X(TRACE_NAME, 65, meta, name, "what text:text")                                            \
	X(TRACE_LOST, 66, meta, lost, "records")	    /* so many are missing here */         \
	X(TRACE_MARKER, 67, meta, marker, "what text:text") /* trace_marker */

/* Who reads. */
#define TRACE_READERS(X)           \
	X(TRACE_READER_TRACEFS, 0) \
	X(TRACE_READER_SERIAL, 1)

/* `what` of a NAME. */
#define TRACE_NAMES(X)                                                \
	X(TRACE_NAME_COMM, 1)  /* of the record's pid, from now on */ \
	X(TRACE_NAME_FILE, 2)  /* a path, for the next event */       \
	X(TRACE_NAME_CACHE, 3) /* a slab cache, for the next event */

#define TRACE_VMA_OPS(X)                                          \
	X(TRACE_VMA_MAP, 1)                                       \
	X(TRACE_VMA_UNMAP, 2) /* only start, end and mm count */  \
	X(TRACE_VMA_BRK, 3)   /* the heap grows, or .bss comes */ \
	X(TRACE_VMA_STACK, 4) /* the stack comes or grows */      \
	X(TRACE_VMA_PROTECT, 5)                                   \
	X(TRACE_VMA_MOVE, 6)                                      \
	X(TRACE_VMA_FLAGS, 7)	/* madvise, mlock */              \
	X(TRACE_VMA_FORK, 8)	/* the child's, before it runs */ \
	X(TRACE_VMA_SPECIAL, 9) /* the vdso */                    \
	X(TRACE_VMA_THERE, 10)	/* one that was there when the trace began; or as merged */

#define TRACE_MM_OPS(X)                                      \
	X(TRACE_MM_SWITCH, 1) /* the processor runs in it */ \
	X(TRACE_MM_FORK, 2)                                  \
	X(TRACE_MM_EXEC, 3)                                  \
	X(TRACE_MM_EXIT, 4) /* it goes, with all its mappings */

#define TRACE_PAGE_OPS(X)                                                                          \
	X(TRACE_PAGE_AROUND, 1)	     /* a fault on a page of a file maps those around it */        \
	X(TRACE_PAGE_MOVED, 2)	     /* mremap, and the arguments of exec; or to another frame */  \
	X(TRACE_PAGE_LARGE, 3)	     /* a large page, by a fault or in the place of small ones */  \
	X(TRACE_PAGE_SPLIT, 4)	     /* its entry has become a table that maps the same frames */  \
	X(TRACE_PAGE_SPLIT_ZEROS, 5) /* or one that maps `frame`, which holds zeros, everywhere */ \
	X(TRACE_PAGE_FILLED, 6)	     /* by a pager, with bytes of its own: UFFDIO_COPY */          \
	X(TRACE_PAGE_ZEROED, 7)	     /* by a pager, with zeros: UFFDIO_ZEROPAGE */                 \
	X(TRACE_PAGE_CONTINUED, 8)   /* the file has it, and a pager says so: UFFDIO_CONTINUE */

/* A kind of access: a bit mask. */
#define TRACE_ACCESSES(X)                                               \
	X(TRACE_ACCESS_WRITE, 1)                                        \
	X(TRACE_ACCESS_USER, 2)	   /* else the kernel, for a program */ \
	X(TRACE_ACCESS_UNSHARE, 4) /* a copy is wanted, because the page will be pinned */

/* What the entry held when the fault came. */
#define TRACE_FOUND(X)                                                \
	X(TRACE_FOUND_NOTHING, 0)                                     \
	X(TRACE_FOUND_ZERO_PAGE, 1)                                   \
	X(TRACE_FOUND_ANON_PAGE, 2)                                   \
	X(TRACE_FOUND_FILE_PAGE, 3)                                   \
	X(TRACE_FOUND_DEVICE, 4) /* a frame without struct page */    \
	X(TRACE_FOUND_POISON, 5)                                      \
	X(TRACE_FOUND_NO_VMA, 6) /* or one that forbids the access */ \
	X(TRACE_FOUND_SWAP, 7)	 /* the page is in swap */

/* What was done. */
#define TRACE_DONE(X)                                                                    \
	X(TRACE_DONE_NOTHING, 0)     /* another thread was faster, or it starts again */ \
	X(TRACE_DONE_ZERO_PAGE, 1)   /* the shared page of zeros is mapped */            \
	X(TRACE_DONE_NEW_PAGE, 2)    /* a page of zeros was taken */                     \
	X(TRACE_DONE_FILE_PAGE, 3)   /* the file's page is mapped, not writable */       \
	X(TRACE_DONE_FILE_SHARED, 4) /* the file's page is mapped, writable */           \
	X(TRACE_DONE_FILE_COPY, 5)   /* a private copy of the file's page, at once */    \
	X(TRACE_DONE_COPIED, 6)	     /* copy-on-write: the page was copied */            \
	X(TRACE_DONE_REUSED, 7)	     /* copy-on-write: its last owner keeps it */        \
	X(TRACE_DONE_WRITABLE, 8)    /* a shared page of a file becomes writable */      \
	X(TRACE_DONE_ACCESSED, 9)    /* only the accessed and dirty bits were missing */ \
	X(TRACE_DONE_DEVICE, 10)     /* a driver's frame is mapped */                    \
	X(TRACE_DONE_SIGNAL, 11)     /* none: SIGSEGV or SIGBUS, or EFAULT of a call */  \
	X(TRACE_DONE_NO_MEMORY, 12)                                                      \
	X(TRACE_DONE_SWAP_IN, 13) /* the page was found in swap, or still in memory */

#define TRACE_ENUM_EVENT(name, number, system, event, args) name = (number),
#define TRACE_ENUM(name, number)			    name = (number),
enum trace_type {
	TRACE_EVENTS(TRACE_ENUM_EVENT) TRACE_META(TRACE_ENUM_EVENT)
};
enum trace_reader {
	TRACE_READERS(TRACE_ENUM) TRACE_NR_READERS
};
enum trace_name_kind {
	TRACE_NAMES(TRACE_ENUM)
};
enum trace_vma_op {
	TRACE_VMA_OPS(TRACE_ENUM)
};
enum trace_mm_op {
	TRACE_MM_OPS(TRACE_ENUM)
};
enum trace_page_op {
	TRACE_PAGE_OPS(TRACE_ENUM)
};
enum trace_access {
	TRACE_ACCESSES(TRACE_ENUM)
};
enum trace_found {
	TRACE_FOUND(TRACE_ENUM)
};
enum trace_done {
	TRACE_DONE(TRACE_ENUM)
};

#endif
