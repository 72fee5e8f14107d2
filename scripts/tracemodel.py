"""What the records of the trace mean for address spaces: which mappings there are, which page has which frame, whose they are."""
import bisect
import os
import re

import tracefile
from vmrun import ROOT

PAGE = 4096
TASK_SIZE = 0xc0000000
INIT = 1
MAY = ("VM_READ", "VM_WRITE", "VM_EXEC")

# What an entry holds after a fault; `own` is a page that belongs to this process and those it has forked.
KINDS = {"zero_page": "zero", "new_page": "own", "file_copy": "own", "swap_in": "own", "copied": "own", "file_page": "file", "file_shared": "shared",
         "writable": "shared", "device": "device"}
# The same after a pager has filled the page of a private mapping.
FILLED = {"filled": "own", "zeroed": "zero", "continued": "file"}


def constants(path, prefix):
    """{name: value} of the macros with plain values in a header of the kernel."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return {name: int(value, 0) for name, value in re.findall(rf"#define ({prefix}\w+)\s+(0x[0-9a-f]+|\d+)", f.read())}


VM = constants("mm/mm_types.h", "VM_")


def rss_members():
    """The names of rss_stat's members, by number, as the kernel's enum has them."""
    with open(os.path.join(ROOT, "mm/mm_types.h"), encoding="utf-8") as f:
        return re.findall(r"\b(MM_[A-Z]+)\b,", f.read())


class Mapping:
    """One VMA."""

    def __init__(self, start, end, flags, pgoff=0, dev=0, ino=0, name=None):
        self.start, self.end, self.flags, self.pgoff = start, end, flags, pgoff
        self.dev, self.ino, self.name = dev, ino, name or ""

    def key(self):
        return self.start, self.end, self.flags, self.pgoff, self.dev, self.ino, self.name

    def has(self, flag):
        return bool(self.flags & VM[flag])

    def letters(self):
        """rwxp, as in /proc/PID/maps."""
        return "".join(letter if self.has(flag) else "-" for letter, flag in zip("rwx", MAY)) + ("s" if self.has("VM_SHARED") else "p")

    def line(self):
        """The mapping as /proc/PID/maps prints it."""
        offset = self.pgoff * PAGE if self.is_file() else 0
        return (f"{self.start:08x}-{self.end:08x} {self.letters()} {offset:08x} {self.dev >> 20:02x}:{self.dev & 0xfffff:02x} "
                f"{self.ino} {self.name}").rstrip()

    def is_file(self):
        return bool(self.dev or self.ino)

    def part(self, start, end):
        """A piece of it."""
        pgoff = self.pgoff + (start - self.start) // PAGE
        return Mapping(start, end, self.flags, pgoff, self.dev, self.ino, self.name)


class Space:
    """One address space."""

    def __init__(self, number):
        self.number = number
        self.mappings = []  # in order, none overlap
        self.pages = {}  # page number: (frame, kind); of a large page, each of its small ones
        self.large = {}  # the first page number of each large page: how many it has
        self.private = set()  # page numbers that have had a page of the process's own
        self.told = set()  # what was known of the mappings when they were told anew
        self.rss = {}

    def empty(self, start, end):
        """Nothing is mapped from START to END any more."""
        first, last = self.overlapping(start, end)
        gone = self.mappings[first:last]
        kept = [m.part(m.start, start) for m in gone[:1] if m.start < start] + [m.part(end, m.end) for m in gone[-1:] if m.end > end]
        self.mappings[first:last] = kept

    def overlapping(self, start, end):
        """The places in the list of the mappings that touch the range: the first, and the one behind the last."""
        first = bisect.bisect_right(self.mappings, start, key=lambda m: m.end)
        return first, max(first, bisect.bisect_left(self.mappings, end, key=lambda m: m.start))

    def put(self, mapping):
        self.empty(mapping.start, mapping.end)
        bisect.insort(self.mappings, mapping, key=lambda m: m.start)

    def large_pages(self):
        """The numbers of all pages that are parts of large ones."""
        return {page for first, count in self.large.items() for page in range(first, first + count)}

    def find(self, address):
        """The mapping of ADDRESS, or None."""
        at = bisect.bisect_right(self.mappings, address, key=lambda m: m.start) - 1
        return self.mappings[at] if at >= 0 and address < self.mappings[at].end else None

    def behind(self, mapping):
        """The mapping that ends where this one begins, or None."""
        return self.find(mapping.start - 1)

    def child(self, number):
        """The child's at fork: its page table has the pages of mappings in which some page is the process's own.

        A fault finds the others again.
        """
        new = Space(number)
        new.mappings = list(self.mappings)
        own = {id(self.find(page * PAGE)) for page in self.private}
        for page, there in self.pages.items():
            mapping = self.find(page * PAGE)
            if mapping and not mapping.has("VM_SHARED") and id(mapping) in own:
                new.pages[page] = there
        new.large = {page: count for page, count in self.large.items() if page in new.pages}
        new.private = set(self.private)
        return new


class Process:
    """One thread that runs, and the process it belongs to."""

    def __init__(self, pid, parent=None, group=None):
        self.pid = pid
        self.parent = parent
        self.group = group or pid
        self.space = 0


class World:
    """All address spaces and processes, kept up to date event by event.

    changes() says what the last events have changed, in plain lists, from which a viewer makes the same picture:
    ["vma", space, start, end, letters, line, area], ["unmap", space, start, end], ["page", space, page, frame, kind],
    ["nopage", space, page, count], ["large", space, page, frame, kind, count], ["split", space, page],
    ["zeros", space, page, frame, count], ["space", space, pid], ["gone", space], ["rss", space, member, bytes].
    """

    def __init__(self):
        self.spaces = {}
        self.processes = {}
        self.files = {}  # (dev, ino): name
        self.born = {}  # the space of the child that a process is making
        self.log = []
        self.ops = tracefile.names("vma_ops"), tracefile.names("mm_ops")
        self.done, self.page_ops = tracefile.names("done"), tracefile.names("page_ops")
        self.members = rss_members()
        self.none = tracefile.abi()["none"]

    def changes(self):
        log, self.log = self.log, []
        return log

    def process(self, pid):
        return self.processes.setdefault(pid, Process(pid))

    def space(self, number):
        return self.spaces.setdefault(number, Space(number))

    def space_of(self, pid):
        return self.space(self.process(pid).space)

    def apply(self, event):
        """Take note of one event."""
        handler = getattr(self, "on_" + event.kind, None)
        if handler:
            handler(event)

    def put(self, space, mapping):
        space.put(mapping)
        self.log.append(["vma", space.number, mapping.start, mapping.end, mapping.letters(), mapping.line(), area(space, mapping)])

    def set_page(self, space, page, there):
        space.pages[page] = there
        self.log.append(["page", space.number, page, *there])

    def set_large(self, space, page, there, count):
        """One entry of the directory above the tables maps COUNT pages from PAGE on, with frames that follow each other."""
        frame, kind = there
        space.pages.update((page + i, (frame + i, kind)) for i in range(count))
        space.large[page] = count
        self.log.append(["large", space.number, page, frame, kind, count])

    def split_zeros(self, space, page, frame, count):
        """The huge page of zeros goes: each of COUNT entries maps the small one, in FRAME."""
        space.large.pop(page, None)
        space.pages.update((page + i, (frame, "zero")) for i in range(count))
        self.log.append(["zeros", space.number, page, frame, count])

    def kind_of_large(self, space, page, frame, count):
        """What a large page from FRAME on is: what the fault has told of one of its frames already; or else it has taken the place of small ones."""
        there = [(at, space.pages[at]) for at in range(page, page + count) if at in space.pages]
        return next((kind for at, (had, kind) in there if had == frame + at - page), "own")

    def take_pages(self, space, page, count):
        """These pages go; what the first of them had, or None."""
        there = [space.pages.pop(page + i, None) for i in range(count)]
        if space.large.get(page) == count:
            del space.large[page]
        if any(there):
            self.log.append(["nopage", space.number, page, count])
        return there[0]

    def on_vma(self, event):
        space, op = self.space(event.mm), self.ops[0].get(event.op)
        if event.ino and event.name:
            self.files[event.dev, event.ino] = event.name
        if op == "unmap":
            self.unmap(space, event.start, event.end)
            return
        mapping = Mapping(event.start, event.end, event.flags, event.pgoff, event.dev, event.ino, event.name)
        self.put(space, mapping)

    def unmap(self, space, start, end):
        if (start, end) == (0, TASK_SIZE):  # all mappings will be told anew
            space.told = {mapping.key() for mapping in space.mappings}
        else:
            space.private.difference_update([page for page in space.private if start // PAGE <= page < end // PAGE])
        space.empty(start, end)
        self.log.append(["unmap", space.number, start, end])

    def on_mm(self, event):
        op = self.ops[1].get(event.op)
        if op == "switch" and event.args["pid"]:
            self.enter(event.args["pid"], event.mm)
        elif op == "fork":
            self.fork(event)
        elif op == "exec":
            self.space(event.mm).mappings = []  # the arguments have been written to its stack already
            self.enter(event.pid, event.mm)
        elif op == "exit" and self.spaces.pop(event.mm, None):
            self.log.append(["gone", event.mm])

    def enter(self, pid, number):
        """The thread runs in this address space from now on."""
        process = self.process(pid)
        if process.space != number:
            process.space = number
            self.log.append(["space", number, process.group])

    def fork(self, event):
        child = self.spaces[event.mm] = self.space(event.other).child(event.mm)
        self.log.append(["gone", event.mm])
        for mapping in list(child.mappings):
            self.put(child, mapping)
        for page, count in child.large.items():
            self.set_large(child, page, child.pages[page], count)
        small = child.pages.keys() - child.large_pages()
        for page in sorted(small):
            self.set_page(child, page, child.pages[page])
        self.born[event.pid] = event.mm

    def fork_process(self, event, thread):
        """A sched_process_fork: the child is a process, or a thread of its parent's."""
        parent = self.process(event.pid)
        child = self.processes[event.child_pid] = Process(event.child_pid, parent.group, parent.group if thread else None)
        self.enter(child.pid, self.born.pop(event.pid, parent.space))

    def on_fault(self, event):
        space, page, done = self.space(event.mm), event.address // PAGE, self.done.get(event.args["done"])
        if event.after != self.none:
            before = space.pages.get(page, (0, "file"))[1]
            kind = KINDS.get(done, before)
            if kind == "own":
                space.private.add(page)
            self.set_page(space, page, (event.after, kind))
        if event.pid and event.mm:
            self.enter(event.pid, event.mm)

    def on_zap(self, event):
        self.take_pages(self.space(event.mm), event.address // PAGE, event.pages)

    def on_rss_stat(self, event):
        if event.member < len(self.members):
            self.space(event.mm_id).rss[self.members[event.member]] = event.size
            self.log.append(["rss", event.mm_id, self.members[event.member], event.size])

    def on_page(self, event):
        """An entry that no fault on its address has set."""
        space, page, op = self.space(event.mm), event.address // PAGE, self.page_ops.get(event.op)
        if op == "split":
            space.large.pop(page, None)
            self.log.append(["split", space.number, page])
            return
        if op == "split_zeros":
            self.split_zeros(space, page, event.frame, event.pages)
            return
        kind = "file"
        if op == "moved":
            there = self.take_pages(space, event.old // PAGE, event.pages)
            kind = there[1] if there else "own"
        elif op == "large":
            kind = self.kind_of_large(space, page, event.frame, event.pages)
        elif op in FILLED:
            mapping = space.find(event.address)
            kind = "shared" if mapping and mapping.has("VM_SHARED") else FILLED[op]
        if event.frame == self.none:
            return
        if event.pages > 1:
            self.set_large(space, page, (event.frame, kind), event.pages)
        else:
            self.set_page(space, page, (event.frame, kind))
        if kind == "own" or (kind == "zero" and event.pages > 1) or op in FILLED:  # the mapping may have pages of its own now
            space.private.add(page)


def size(number):
    """Bytes, in words."""
    return f"{number >> 20} MiB" if number % (1 << 20) == 0 else f"{number >> 10} KiB"


def area(space, mapping):
    """What a mapping is, in words."""
    known = {"[heap]": "the heap", "[stack]": "the stack", "[vdso]": "the vdso", "[vvar]": "the vdso's data"}
    if mapping.name in known:
        return known[mapping.name]
    if not mapping.is_file():
        before = space.behind(mapping)
        bss = before and before.is_file() and before.has("VM_WRITE") and not before.has("VM_SHARED")
        return f"the .bss of {before.name}" if bss else "an anonymous mapping"
    if mapping.has("VM_SHARED"):
        return "shared memory" if mapping.name.startswith(("/dev/zero", "/SYSV", "/memfd:")) else f"the shared mapping of {mapping.name}"
    kind = "code" if mapping.has("VM_EXEC") else "data" if mapping.has("VM_WRITE") else "constants"
    return f"the {kind} of {mapping.name}"
