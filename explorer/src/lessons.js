// The lessons, as data. Each step is a moment: the first event, after that of the step before, whose fields all have
// these values. `program` is the name of the executed file.

const fault = (program, fields) => ({event: "fault", program, ...fields});

export const LESSONS = [
    {id: "variables", title: "Where the 24 kinds of variables live", command: "/experiments/variables", steps: [
        {until: fault("variables", {found: "nothing", done: "file_page"}),
            text: "The program's code is mapped, but not there: the first instruction faults, and the page comes from the file. The other panels show what is there so far."},
        {until: fault("variables", {place: ".bss", found: "nothing", done: "new_page"}),
            text: "A variable of .bss that is written for the first time gets a page of zeros of its own."},
        {until: fault("variables", {done: "file_copy"}),
            text: "A write to .data: the mapping of the file is private, so the write goes to a copy."}]},
    {id: "malloc", title: "malloc: heap or mapping", command: "/experiments/malloc", steps: [
        {until: fault("malloc", {place: "[heap]", done: "new_page"}),
            text: "A small piece comes from the heap. malloc moved the break; only the first write takes a frame."},
        {until: fault("malloc", {place: "", done: "new_page"}),
            text: "A large piece is a mapping of its own, far from the heap."}]},
    {id: "brk", title: "brk, step by step", command: "/experiments/brk", steps: [
        {until: fault("brk", {place: "[heap]"}),
            text: "brk() only made the heap's mapping longer. The first access takes a page."},
        {until: fault("brk", {place: "[heap]", write: false, done: "zero_page"}),
            text: "A read of a page that was never written: all such pages share one frame of zeros."}]},
    {id: "demand-zero", title: "Demand zero", command: "/experiments/zeropage", steps: [
        {until: fault("zeropage", {write: false, done: "zero_page"}),
            text: "The first read. No frame is taken: the entry points to the page of zeros, and is read-only."},
        {until: fault("zeropage", {found: "zero_page", write: true}),
            text: "The first write after reads. Now a frame is taken for it."}]},
    {id: "cow", title: "Copy-on-write", command: "/experiments/cow", steps: [
        {until: fault("cow", {place: "", found: "nothing", done: "new_page"}),
            text: "Before fork(): a page is written for the first time and gets a frame."},
        {until: fault("cow", {place: "", done: "copied"}),
            text: "After fork() both processes share every frame, read-only. Now one of them writes, and gets a copy."},
        {until: fault("cow", {place: "", done: "reused"}),
            text: "The frame has one user left. He writes, and keeps it: no copy."}]},
    {id: "shared-file", title: "A file shared by a writer and a reader", command: "/experiments/sharedfile", steps: [
        {until: fault("sharedfile", {done: "file_shared"}),
            text: "A write to a shared mapping of a file: the entry points to the page cache's own page."},
        {until: fault("sharedfile", {done: "file_page"}),
            text: "A page of a file is read through its mapping: a page of the page cache is mapped, and nothing is copied."}]},
    {id: "stack", title: "The stack grows", command: "/experiments/growth", steps: [
        {until: fault("growth", {place: "[stack]", done: "new_page"}),
            text: "The first write to a page of the stack."},
        {until: fault("growth", {place: "[stack]", done: "new_page"}),
            text: "A deeper call touches the page below: the stack has one page more."}]},
    {id: "fork", title: "fork and vfork", command: "/experiments/fork", steps: [
        {until: fault("fork", {done: "copied"}),
            text: "Parent and child share their frames until one of them writes: this is the first page that is copied."},
        {until: fault("fork", {done: "reused"}),
            text: "The other one writes to the same page: now it is alone with it, and keeps it."}]},
];

// Does the record fit? `program` is what the task executes, `place` the name of the mapping that the address lies in.
export function fits(until, record, {program, vma}) {
    const seen = {...record, program, place: vma?.name};

    return Object.entries(until).every(([key, value]) => seen[key] === value);
}
