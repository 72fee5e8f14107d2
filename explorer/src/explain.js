// A sentence for every record of the trace.

const short = (value) => "0x" + (value >>> 0).toString(16);
const frame = (value) => "frame " + short(value);
const NONE = 0xffffffff;

// Where an address lies, in words; vma is the mapping that holds it, if one does.
export function place(vma) {
    if (!vma)
        return "no mapping";
    if (!vma.name)
        return "an anonymous mapping";
    return {"[heap]": "the heap", "[stack]": "the stack", "[vdso]": "the vdso", "[vvar]": "the kernel's time page"}[vma.name] ?? vma.name;
}

const DONE = {
    nothing: () => "Nothing was left to do: another thread was faster, or the access starts again",
    zero_page: () => "the page of zeros, which all share, was mapped read-only",
    new_page: (r) => `a page of zeros was taken, ${frame(r.after)}`,
    file_page: (r) => `the page of the file, ${frame(r.after)}, was mapped, not writable`,
    file_shared: (r) => `the page of the file, ${frame(r.after)}, was mapped writable: writes go to the file`,
    file_copy: (r) => `the mapping is private, so a copy of the file's page was made at once, ${frame(r.after)}`,
    copied: (r) => `copy-on-write: ${frame(r.before)} has other users, so it was copied to ${frame(r.after)}`,
    reused: (r) => `copy-on-write: nobody else uses ${frame(r.before)} any more, so it became writable without a copy`,
    writable: (r) => `the shared page of the file, ${frame(r.after)}, became writable, and dirty`,
    accessed: () => "only the accessed or the dirty bit was missing",
    device: (r) => `the driver's ${frame(r.after)} was mapped`,
    signal: () => "there is nothing to map: the program gets SIGSEGV or SIGBUS, or its call fails with EFAULT",
    swap_in: (r) => `the page had been written to swap; it is mapped again, ${frame(r.after)}`,
    no_memory: () => "there was no memory for it",
};

const FOUND = {
    nothing: "first", zero_page: "after reads, the first", anon_page: "a", file_page: "a", device: "a", poison: "a", swap: "a", no_vma: "a forbidden",
};

function explainFault(record, vma) {
    const access = `${FOUND[record.found] ?? "a"} ${record.write ? "write to" : "read of"} a page of ${record.found === "no_vma" ? "no mapping" : place(vma)}`;
    const done = (DONE[record.done] ?? (() => record.done))(record);

    return `${access[0].toUpperCase()}${access.slice(1)} (address ${short(record.address)}): ${done}.`;
}

const VMA = {
    map: "a new mapping", unmap: "is no longer mapped", brk: "the heap or .bss changes", stack: "the stack comes or grows",
    protect: "the permissions change", move: "a mapping moves", flags: "a hint or lock changes", fork: "the child gets the mapping",
    special: "the kernel's own mapping", there: "a mapping as it now is",
};

const PAGES = {
    around: (r) => `The page around it at ${short(r.address)}, ${frame(r.frame)}, is in memory already and is mapped too.`,
    moved: (r) => r.old === r.address ? `The contents of the page at ${short(r.address)} lie in another frame now, ${frame(r.frame)}.` :
        `The ${r.pages > 1 ? "large page" : "page"} at ${short(r.old)} moves to ${short(r.address)}, with ${frame(r.frame)}.`,
    large: (r) => `A large page: one entry of the directory maps ${r.pages} frames from ${frame(r.frame)} on at ${short(r.address)}.`,
    split: (r) => `The large page at ${short(r.address)} is split: a page table maps its ${r.pages} frames.`,
    split_zeros: (r) => `The huge page of zeros at ${short(r.address)} is split: ${r.pages} entries of a page table map the small page of zeros, ${frame(r.frame)}.`,
    filled: (r) => `The pager has filled the ${r.pages > 1 ? "large page" : "page"} at ${short(r.address)}, ${frame(r.frame)}.`,
    zeroed: (r) => `The pager wants zeros in the page at ${short(r.address)}: ${frame(r.frame)} is mapped.`,
    continued: (r) => `The ${r.pages > 1 ? "large page" : "page"} at ${short(r.address)}, ${frame(r.frame)}, is in its file already, and the pager lets it be mapped.`,
};

const OTHERS = {
    vma: (r) => `${short(r.start)}–${short(r.end)}: ${VMA[r.op] ?? r.op}${r.file ? ` (${r.file})` : ""}.`,
    mm: (r) => ({switch: "The processor runs in another address space.", fork: "fork: the child gets an address space of its own.",
        exec: "exec: a new, empty address space takes the place of the old one.", exit: "The address space goes, with all its mappings."})[r.op] ?? r.op,
    copy: (r) => `The contents of ${frame(r.from)} are copied to ${frame(r.to)}.`,
    zap: (r) => (r.pages > 1 ? `${r.pages} pages of a large page go, from ${short(r.address)} on.` :
        `The entry of ${short(r.address)} is cleared${r.frame === NONE ? "" : `; it mapped ${frame(r.frame)}`}.`),
    page: (r) => (PAGES[r.op] ?? (() => r.op))(r),
    read: (r) => `A page of ${r.file || "a file"} is read into ${frame(r.frame)}.`,
    write: (r) => `${frame(r.frame)} is written back to its file.`,
    page_fault_user: (r) => `The processor stops the program at ${short(r.ip)}: it cannot reach ${short(r.address)}.`,
    page_fault_kernel: (r) => `The kernel itself, for a program, cannot reach ${short(r.address)}.`,
    sched_switch: (r) => `The processor goes on with ${r.next_comm} (${r.next_pid}).`,
    sched_wakeup: (r) => `${r.other} (${r.argPid}) wakes up.`,
    sched_process_fork: (r) => `A child comes: ${r.child_comm} (${r.child_pid}).`,
    sched_process_exec: (r) => `It executes ${r.file || "another program"}.`,
    sched_process_exit: (r) => `${r.other} ends.`,
    sys_enter: (r) => `${r.call}: the call begins.`,
    sys_exit: (r) => `${r.call}.`,
};

export function explain(record, vma) {
    if (record.event === "fault")
        return explainFault(record, vma);
    return OTHERS[record.event]?.(record) ?? record.event;
}
