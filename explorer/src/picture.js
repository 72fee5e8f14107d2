// What the panels show, as plain data: taken at one moment, kept for the way back.

export function takePicture(kernel, pid, record = null) {
    const processes = kernel.processes().map((process) => ({...process, pages: process.mm ? kernel.counters(process.mm).total : 0}));
    const chosen = processes.find((process) => process.pid === pid && process.mm) ?? null;

    return {
        processes, pid, record, chosen,
        current: kernel.currentPid(),
        frames: kernel.frames(),
        space: chosen && takeSpace(kernel, chosen.mm),
    };
}

function takeSpace(kernel, mm) {
    const tables = kernel.pageTables(mm);
    const vmas = kernel.vmas(mm);

    for (const vma of vmas)
        vma.entries = [];
    for (const table of tables.tables)
        for (const entry of table.entries)
            holding(vmas, entry.address)?.entries.push(entry);
    return {vmas, tables, tree: kernel.tree(mm), counters: kernel.counters(mm), end: kernel.n("TASK_SIZE"), pageSize: kernel.pageSize};
}

export function holding(vmas, address) {
    return vmas.find((vma) => vma.start <= address && address < vma.end);
}

// The mapping that a fault's record speaks of: found in the address space of the task that faulted. /proc/PID/maps calls
// .bss a part of the heap if it lies right before it; here it has its own name.
export function faultedMapping(kernel, record) {
    const mm = kernel.tasks().find((task) => task.pid === record.pid)?.mm;
    const vma = mm ? holding(kernel.vmas(mm), record.address) : undefined;

    return vma?.name === "[heap]" && record.address < kernel.field(mm, "mm_struct.start_brk") ? {...vma, name: ".bss"} : vma;
}

export function countOwners(frames, names) {
    const counts = new Array(names.length).fill(0);

    for (const owner of frames)
        counts[owner]++;
    return counts;
}
