// What the kernel's own structures say, read from physical memory: processes, mappings, page tables, frames.

const LIMIT = 100000; // steps along a list, so that a list that is just being changed does not hold the page up

const TWO_LEVELS = 22; // the lowest bit of an address that the directory translates, if there are two levels

export const OWNERS = ["free", "reserved", "slab", "page table", "anonymous", "file", "other"];
const [FREE, RESERVED, SLAB, TABLE, ANON, FILE, OTHER] = OWNERS.keys();

export class Kernel {
    constructor(memory, numbers) {
        this.memory = memory;
        this.numbers = numbers;
        this.pageSize = 2 ** this.n("PAGE_SHIFT");
        if (this.n("PGDIR_SHIFT") !== TWO_LEVELS)
            throw new Error("What this kernel publishes says that its page tables have three levels (PAE); the page walks two.");
    }

    n(name) {
        const value = this.numbers.get(name);

        if (value === undefined)
            throw new Error(`The kernel does not publish "${name}"; page and kernel do not belong together.`);
        return value;
    }

    // The physical address of one in the kernel's direct map.
    phys(address) {
        const at = address - this.n("PAGE_OFFSET");

        if (at < 0 || at >= this.memory.size)
            throw new Error(`0x${address.toString(16)} is no address of the kernel's direct map`);
        return at;
    }

    word(address) {
        return this.memory.u32(this.phys(address));
    }

    field(address, name) {
        return this.word(address + this.n(name));
    }

    text(address, max) {
        return this.memory.text(this.phys(address), max);
    }

    // ---- tasks

    task(address) {
        const pid = this.field(address, "task_struct.pid");

        return {
            address, pid,
            tgid: this.field(address, "task_struct.tgid"),
            comm: this.text(address + this.n("task_struct.comm"), 16),
            state: this.stateName(this.field(address, "task_struct.state")),
            mm: this.field(address, "task_struct.mm"),
            parent: this.field(this.field(address, "task_struct.real_parent"), "task_struct.pid"),
            minorFaults: this.field(address, "task_struct.min_flt"),
            majorFaults: this.field(address, "task_struct.maj_flt"),
        };
    }

    stateName(state) {
        for (const [name, text] of [["TASK_STOPPED", "stopped"], ["TASK_UNINTERRUPTIBLE", "waits"], ["TASK_INTERRUPTIBLE", "sleeps"]])
            if (state & this.n(name))
                return text;
        return state ? "dead" : "runs";
    }

    tasks() {
        const head = this.n("&all_tasks");
        const found = [];

        for (let at = this.word(head), steps = 0; at !== head && at && steps < LIMIT; at = this.word(at), steps++)
            found.push(this.task(at - this.n("task_struct.tasks")));
        return found;
    }

    // Processes only: one entry for all threads of one.
    processes() {
        return this.tasks().filter((task) => task.pid === task.tgid);
    }

    currentPid() {
        return this.field(this.word(this.n("&current_task")), "task_struct.pid");
    }

    // The name of the file that a task executes, without its folder; "" for a thread of the kernel.
    programOf(pid) {
        const mm = this.tasks().find((task) => task.pid === pid)?.mm;
        const file = mm ? this.field(mm, "mm_struct.exe_file") : 0;

        return file ? this.path(file + this.n("file.f_path")).split("/").at(-1) : "";
    }

    // ---- mappings

    vma(address) {
        const flags = this.field(address, "vm_area_struct.vm_flags");
        const file = this.field(address, "vm_area_struct.vm_file");
        const letter = (bit, yes) => (flags & this.n(bit) ? yes : "-");

        return {
            address, flags, file,
            start: this.field(address, "vm_area_struct.vm_start"),
            end: this.field(address, "vm_area_struct.vm_end"),
            permissions: letter("VM_READ", "r") + letter("VM_WRITE", "w") + letter("VM_EXEC", "x") + (flags & this.n("VM_MAYSHARE") ? "s" : "p"),
            offset: file ? this.field(address, "vm_area_struct.vm_pgoff") * this.pageSize : 0,
        };
    }

    vmas(mm) {
        const found = [];

        for (let at = this.field(mm, "mm_struct.mmap"); at && found.length < LIMIT; at = this.field(at, "vm_area_struct.vm_next"))
            found.push(this.vma(at));
        for (const vma of found)
            Object.assign(vma, this.backing(mm, vma));
        return found;
    }

    // Name, device and inode as a line of /proc/PID/maps has them.
    backing(mm, vma) {
        const none = {device: "00:00", inode: 0};
        const vdso = this.field(mm, "mm_struct.vdso");

        if (vma.file)
            return this.fileOf(vma.file);
        if (vma.start <= this.field(mm, "mm_struct.brk") && vma.end >= this.field(mm, "mm_struct.start_brk") && vma.end > vma.start)
            return {...none, name: "[heap]"};
        if (vma.start <= this.field(mm, "mm_struct.start_stack") && this.field(mm, "mm_struct.start_stack") <= vma.end)
            return {...none, name: "[stack]"};
        if (vdso && vma.start === vdso)
            return {...none, name: "[vdso]"};
        if (vdso && vma.end === vdso && vma.flags & this.n("VM_PFNMAP"))
            return {...none, name: "[vvar]"};
        return {...none, name: ""};
    }

    fileOf(file) {
        const inode = this.field(file, "file.f_inode");
        const dev = this.field(this.field(inode, "inode.i_sb"), "super_block.s_dev");
        const bits = this.n("MINORBITS");
        const hex = (value) => value.toString(16).padStart(2, "0");

        return {
            name: this.path(file + this.n("file.f_path")),
            device: `${hex(dev >>> bits)}:${hex(dev & (2 ** bits - 1))}`,
            inode: this.field(inode, "inode.i_ino"),
        };
    }

    path(path) {
        let mount = this.field(path, "path.mnt");
        let dentry = this.field(path, "path.dentry");
        let name = "";

        for (let steps = 0; dentry && steps < 100; steps++) {
            if (dentry === this.field(mount, "vfsmount.mnt_root")) {
                const above = this.field(mount, "vfsmount.mnt_parent");

                if (!above || above === mount)
                    break;
                dentry = this.field(mount, "vfsmount.mnt_mountpoint");
                mount = above;
                continue;
            }
            const qstr = dentry + this.n("dentry.d_name");
            name = "/" + this.text(this.field(qstr, "qstr.name"), this.field(qstr, "qstr.len")) + name;
            dentry = this.field(dentry, "dentry.d_parent");
        }
        return name || "/";
    }

    // The red-black tree of the mappings: {start, red, left, right}, or null.
    tree(mm) {
        return this.treeNode(this.word(mm + this.n("mm_struct.mm_rb") + this.n("rb_root.rb_node")), 0);
    }

    treeNode(node, depth) {
        if (!node || depth > 40)
            return null;
        return {
            start: this.field(node - this.n("vm_area_struct.vm_rb"), "vm_area_struct.vm_start"),
            red: (this.field(node, "rb_node.__rb_parent_color") & 1) === 0,
            left: this.treeNode(this.field(node, "rb_node.rb_left"), depth + 1),
            right: this.treeNode(this.field(node, "rb_node.rb_right"), depth + 1),
        };
    }

    counters(mm) {
        const rss = (name) => this.word(mm + this.n("mm_struct.rss_stat") + 4 * this.n(name));

        return {
            mappings: this.field(mm, "mm_struct.map_count"),
            total: this.field(mm, "mm_struct.total_vm"),
            file: rss("MM_FILEPAGES"), anonymous: rss("MM_ANONPAGES"), shmem: rss("MM_SHMEMPAGES"), swap: rss("MM_SWAPENTS"),
            tableBytes: this.field(mm, "mm_struct.pgtables_bytes"),
        };
    }

    // ---- page tables

    // The user half of both levels: {directory, tables: [{slot, frame, entries: [{address, raw, frame, kind}]}]}.
    pageTables(mm) {
        const directory = this.phys(this.field(mm, "mm_struct.pgd"));
        const slots = this.n("TASK_SIZE") / 2 ** this.n("PGDIR_SHIFT");
        const tables = [];

        for (let slot = 0; slot < slots; slot++) {
            const raw = this.memory.u32(directory + 4 * slot);

            if (raw & this.n("_PAGE_PRESENT") && !(raw & this.n("_PAGE_PSE")))
                tables.push(this.pageTable(slot, raw));
        }
        return {directory: directory / this.pageSize, slots, tables};
    }

    pageTable(slot, directoryEntry) {
        const base = (directoryEntry & this.n("PTE_PFN_MASK")) >>> 0;
        const entries = [];

        for (let i = 0; i < this.pageSize / 4; i++) {
            const raw = this.memory.u32(base + 4 * i);

            if (raw)
                entries.push(this.entry(slot * 2 ** this.n("PGDIR_SHIFT") + i * this.pageSize, i, raw));
        }
        return {slot, frame: base / this.pageSize, entries};
    }

    entry(address, index, raw) {
        const present = raw & (this.n("_PAGE_PRESENT") | this.n("_PAGE_GLOBAL"));
        const frame = ((raw & this.n("PTE_PFN_MASK")) >>> 0) / this.pageSize;
        const has = (bit) => Boolean(raw & this.n(bit));
        const made = {address, index, raw, frame, writable: has("_PAGE_RW"), accessed: has("_PAGE_ACCESSED"), dirty: has("_PAGE_DIRTY")};

        if (!present)
            return {...made, frame: -1, kind: has("_PAGE_HWPOISON") ? "poison" : "swap"};
        if (has("_PAGE_SPECIAL"))
            return {...made, kind: frame === this.phys(this.n("&empty_zero_page")) / this.pageSize ? "zero page" : "device"};
        return {...made, kind: OWNERS[this.ownerOf(frame)], mapcount: this.page(frame).mapcount};
    }

    // ---- frames

    frameCount() {
        return this.word(this.n("&max_pfn"));
    }

    page(frame) {
        const at = this.phys(this.word(this.n("&mem_map"))) + frame * this.n("sizeof.page");
        const u32 = (name) => this.memory.u32(at + this.n("page." + name));

        return {
            at, frame, flags: u32("flags"), count: u32("_refcount"), mapcount: (u32("_mapcount") + 1) | 0,
            mapping: u32("mapping"), index: u32("index"), order: u32("private"), head: u32("compound_head"),
        };
    }

    ownerOf(frame) {
        let page = this.page(frame);
        const is = (flag) => page.flags & (2 ** this.n(flag));

        if (is("PG_reserved"))
            return RESERVED;
        if (page.head & 1 && page.count === 0)
            page = this.page((page.head - 1 - this.word(this.n("&mem_map"))) / this.n("sizeof.page"));
        if (is("PG_buddy"))
            return FREE;
        if (is("PG_slab"))
            return SLAB;
        if (page.mapping & 1)
            return ANON;
        if (page.mapping)
            return FILE;
        return page.count ? OTHER : FREE;
    }

    // The owner of every frame, one byte each: an index of OWNERS.
    frames() {
        const owners = new Uint8Array(this.frameCount());

        for (let frame = 0; frame < owners.length; frame++)
            owners[frame] = this.ownerOf(frame);
        for (const frame of this.tableFrames())
            owners[frame] = TABLE;
        return owners;
    }

    // Frames that hold page tables of any process.
    tableFrames() {
        const found = new Set();

        for (const mm of new Set(this.tasks().map((task) => task.mm).filter(Boolean))) {
            const {directory, tables} = this.pageTables(mm);

            found.add(directory);
            tables.forEach((table) => found.add(table.frame));
        }
        return found;
    }
}

// A line of /proc/PID/maps, for a mapping of Kernel.vmas().
export function mapsLine(vma) {
    const hex = (value, width) => value.toString(16).padStart(width, "0");
    const line = `${hex(vma.start, 8)}-${hex(vma.end, 8)} ${vma.permissions} ${hex(vma.offset, 8)} ${vma.device} ${vma.inode}`;

    return vma.name ? line.padEnd(49) + vma.name : line + " ";
}
