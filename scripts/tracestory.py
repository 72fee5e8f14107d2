"""The trace as a story: which events concern the command, and each of them in words.

Story.take(event) gives items. An item of a call comes when the call begins and gets its text when it ends; what is waiting for an
end holds back those behind it, so that they come in order.
"""
import json
import os

import tracecalls
import tracefile
from tracefile import PAE_LEVELS
from tracemodel import INIT, PAGE, TASK_SIZE, VM, Mapping, World, area, size
from vmrun import ROOT

SENTENCES = os.path.join(ROOT, "scripts", "trace", "sentences.json")
TOP_TABLES = {2: "page directory", PAE_LEVELS: "page-directory-pointer table"}  # what CR3 holds the address of
FULL = ("copied", "file_copy")  # a fault that did this tells of the copy itself

# What has become of a mapping, by the kernel's name of the operation.
VERBS = {"map": "mapped", "unmap": "unmapped", "brk": "heap is", "stack": "stack is", "protect": "protected", "move": "moved",
         "flags": "advised", "special": "mapped", "there": "there is"}

# Whose entries are set though no fault came on their addresses, by the kernel's name of the operation.
COMES = {"around": "around it, in memory already", "filled": "filled by the pager", "zeroed": "in which the pager wants zeros",
         "continued": "in the file already, as the pager says"}


class Item:
    """One line of the story, or a change without words.

    `kind`: call, vma, fault, zap, entry, copy, page, space, process, lost, event, or silent. `changes`: World.changes() of it.
    """

    def __init__(self, event, group, kind, text, space=0, **data):
        self.ns, self.insns, self.pid, self.comm = event.ns, event.insns, event.pid, event.comm
        self.group, self.space = group, space
        self.kind, self.text, self.data = kind, text, data
        self.end = None  # of a call
        self.inside = False  # a call that is told
        self.waiting = False  # for the end of the call, or of the run of pages
        self.changes = []


class Sentences:
    """Faults, explained."""

    def __init__(self, world):
        with open(SENTENCES, encoding="utf-8") as f:
            self.table = json.load(f)
        self.world = world
        self.found, self.done = tracefile.names("found"), tracefile.names("done")
        self.access = tracefile.abi()["accesses"]

    def kind(self, event, mapping):
        """Which access it was. The processor does not tell reads from execution."""
        if event.access & self.access["unshare"]:
            return "unshare"
        if event.access & self.access["write"]:
            return "write"
        return "access" if mapping and mapping.has("VM_EXEC") else "read"

    def untold(self, event):
        """A mapping that no event has told of yet, as the stack during exec; None if there is none."""
        if self.found[event.found] == "no_vma":
            return None
        name = "[stack]" if event.vma_flags & VM["VM_GROWSDOWN"] else ""
        return Mapping(event.vma_start, event.address + 1, event.vma_flags, name=name)

    def failure(self, event):
        if not event.access & self.access["user"]:
            return self.table["failure"]["EFAULT"]
        return self.table["failure"]["SIGBUS" if event.result & (VM["VM_FAULT_SIGBUS"] | VM["VM_FAULT_HWPOISON"]) else "SIGSEGV"]

    def words(self, event, space, mapping):
        """What the templates may name."""
        where = area(space, mapping) if mapping else ""
        forbidden = self.table["forbidden"]["mapped" if mapping else "free"].format(area=where)
        return {"area": where, "address": f"{event.address:08x}", "before": f"{event.before:#x}", "after": f"{event.after:#x}",
                "failure": self.failure(event), "forbidden": forbidden}

    def of(self, event, call=None):
        """The sentence."""
        space = self.world.space(event.mm)
        mapping = space.find(event.address) or self.untold(event)
        kind, words = self.kind(event, mapping), self.words(event, space, mapping)
        if mapping:
            subject = self.table["subject"][kind].format(**words)
            if self.found[event.found] == "nothing" and kind != "unshare":
                subject = "first " + subject
        else:
            subject = self.table["subject"]["nowhere"].format(access="write to" if kind == "write" else "read of", **words)
        if not event.access & self.access["user"]:
            subject += f", by the kernel in {call.name}()" if call else ", by the kernel"
        templates = self.table["done"][self.done[event.args["done"]]]
        return f"{subject}: " + templates.get(self.found[event.found], templates[""]).format(**words)


class Story:
    """What has happened to the command's processes. EVERYTHING: and to all others. EVENTS: (system, name) of what is told besides."""

    def __init__(self, everything=False, events=()):
        self.world = World()
        self.sentences = Sentences(self.world)
        self.vma_ops, self.mm_ops, self.page_ops = (tracefile.names(table) for table in ("vma_ops", "mm_ops", "page_ops"))
        self.everything = everything
        self.events = set(events)
        self.top = TOP_TABLES[2]
        self.every_call = any(system == "raw_syscalls" for system, _ in events)
        self.chosen = set()  # the command's threads
        self.root = None  # the command's first process
        self.calls = {}  # of each thread in one: the call, and its item or None
        self.queue = []  # from the first item that waits
        self.zaps = None  # the item of pages that go, one after the other
        self.entries = None  # the item of pages that come without a fault of their own, one after the other
        self.copied = None  # a copy of which a fault may tell

    def has_levels(self, levels):
        """So many levels of page tables the kernel has."""
        self.top = TOP_TABLES[levels]

    # ---- whose event it is ----

    def concerns(self, pid):
        return self.everything or pid in self.chosen

    def choose(self, event):
        """The command is what a child of init executes; whatever it forks belongs to it."""
        if event.kind == "sched_process_fork" and event.pid in self.chosen:
            self.chosen.add(event.child_pid)
        if event.kind != "mm" or self.root is not None or self.mm_ops.get(event.op) != "exec":
            return
        if event.pid != INIT and self.world.process(event.pid).parent == INIT:
            self.root = event.pid
            self.chosen.add(event.pid)
            call, item = self.calls.get(event.pid, (None, None))
            if call and not item:  # it began before its process was chosen
                self.calls[event.pid] = call, self.call_item(call)

    def is_told(self, space):
        """Does one of the command's processes run in this address space?"""
        return self.everything or any(self.world.process(pid).space == space for pid in self.chosen)

    # ---- items in order ----

    def add(self, event, kind, text, **data):
        process = self.world.process(event.pid)
        space = data.pop("space", process.space)
        item = Item(event, process.group, kind, text, space, **data)
        item.inside = bool(self.calls.get(event.pid, (None, None))[1])
        self.queue.append(item)
        return item

    def ready(self, end=False):
        """The items that wait for nothing; at the END all."""
        n = 0
        while n < len(self.queue) and (end or not self.queue[n].waiting):
            n += 1
        out, self.queue = self.queue[:n], self.queue[n:]
        return out

    def take(self, event):
        """The items that are complete after this event."""
        self.choose(event)
        if event.kind != "zap":
            self.end_zaps()
        if event.kind not in ("page", "rss_stat"):
            self.end_entries()
        if event.kind not in ("rss_stat", "copy"):
            self.end_copy(event)
        before, handler = len(self.queue), getattr(self, "on_" + event.kind, self.on_other)
        handler(event)
        self.attach(event, before)
        return self.ready()

    def attach(self, event, before):
        """What has changed belongs to the last new item; without one, to an item without words."""
        concerned = self.concerns(event.pid)
        changes = [change for change in self.world.changes() if concerned or self.is_told(change[1])]
        if not changes:
            return
        item = self.zaps if event.kind == "zap" else self.entries if event.kind == "page" else None
        if not item and len(self.queue) > before:
            item = self.queue[-1]
        (item or self.add(event, "silent", "")).changes += changes

    def finish(self):
        """The trace ends: the last items. What has not ended has no result."""
        self.end_zaps()
        self.end_entries()
        for call, item in self.calls.values():
            if item and item.waiting:
                item.text = call.text()
        return self.ready(end=True)

    # ---- calls ----

    def call_item(self, call):
        item = self.add(call.event, "call", "", name=call.name)
        item.waiting = True
        return item

    def on_sys_enter(self, event):
        call = tracecalls.Call(event)
        item = None
        if self.concerns(event.pid) and (call.concerns_memory() or self.every_call):
            item = self.call_item(call)
            if call.name in tracecalls.ENDS:
                item.text, item.waiting = call.text(), False
        self.calls[event.pid] = call, item

    def on_sys_exit(self, event):
        call, item = self.calls.pop(event.pid, (None, None))
        if not call:
            return  # a new process returns from its parent's call
        call.value = event.ret
        if item:
            item.text, item.end, item.waiting = call.text(), event.ns, False

    def on_sched_process_exec(self, event):
        call, _ = self.calls.get(event.pid, (None, None))
        if call and event.name:
            call.path = event.name
        self.on_other(event)

    # ---- processes and address spaces ----

    def on_sched_process_fork(self, event):
        call, _ = self.calls.get(event.pid, (None, None))
        thread = bool(call and call.is_thread())
        self.world.fork_process(event, thread)
        if self.concerns(event.pid):
            what = "thread" if thread else "process"
            self.add(event, "process", f"a new {what}, {event.child_pid}", child=event.child_pid)

    def on_sched_process_exit(self, event):
        self.world.apply(event)
        self.calls.pop(event.pid, None)
        if self.concerns(event.pid):
            self.add(event, "process", "ends")

    def on_mm(self, event):
        op = self.mm_ops.get(event.op)
        self.world.apply(event)
        if not self.concerns(event.pid):
            return
        if op == "fork":
            child = self.world.space(event.mm)
            self.add(event, "space", f"the child's address space: {len(child.mappings)} mappings as here, {len(child.pages)} pages "
                     "in both page tables", op=op, space=event.mm)
        elif op == "exec":
            self.add(event, "space", f"a new address space, empty; its {self.top} is in frame {event.mm // PAGE:#x}", op=op, space=event.mm)
        elif op == "exit":
            self.add(event, "space", "the address space is gone, with all its mappings", op=op, space=event.mm)
        elif ("mapix", "mm") in self.events:
            pid = event.args["pid"]
            self.add(event, "event", f"the processor goes to the address space of {pid}, {self.top} in frame {event.mm // PAGE:#x}")

    # ---- mappings and pages ----

    def on_vma(self, event):
        op = self.vma_ops.get(event.op, "there")
        space = self.world.space(event.mm)
        old = space.find(event.start)
        new = Mapping(event.start, event.end, event.flags, event.pgoff, event.dev, event.ino, event.name)
        same = op not in ("unmap", "map") and (old and old.key() == new.key() or op == "there" and new.key() in space.told)
        same |= op == "unmap" and (event.start, event.end) == (0, TASK_SIZE)
        self.world.apply(event)
        if same or op == "fork" or not self.concerns(event.pid):
            return
        call, _ = self.calls.get(event.pid, (None, None))
        if call and call.name == "mmap2" and event.ino:
            call.path = event.name
        text = f"{event.start:08x}-{event.end:08x}" if op == "unmap" else new.line()
        self.add(event, "vma", f"{VERBS[op]:<9} {text}", op=op, start=event.start, end=event.end, space=event.mm)

    def on_fault(self, event):
        call, _ = self.calls.get(event.pid, (None, None))
        sentence = self.sentences.of(event, call)
        self.world.apply(event)
        if self.concerns(event.pid):
            self.add(event, "fault", sentence, space=event.mm, address=event.address, done=self.sentences.done[event.args["done"]],
                     found=self.sentences.found[event.found], before=event.before, after=event.after, access=event.access)

    def on_zap(self, event):
        told = self.concerns(event.pid) or self.is_told(event.mm)
        mapping = self.world.space(event.mm).find(event.address)
        if told and not (self.zaps and self.zaps.space == event.mm and self.zaps.data["mapping"] is mapping):
            self.end_zaps()
            where = area(self.world.space(event.mm), mapping) if mapping else "what was unmapped"
            self.zaps = self.add(event, "zap", "", space=event.mm, mapping=mapping, area=where, pages=[])
            self.zaps.waiting = True
        self.world.apply(event)
        if told:
            self.zaps.data["pages"] += [(event.address + i * PAGE, event.frame + i) for i in range(event.pages)]

    def end_zaps(self):
        """The run of pages that go has ended."""
        item, self.zaps = self.zaps, None
        if not item:
            return
        pages = item.data["pages"]
        del item.data["mapping"]
        first, last = pages[0][0], pages[-1][0]
        if len(pages) == 1:
            item.text = f"a page of {item.data['area']} goes: {first:08x}, frame {pages[0][1]:#x}"
        else:
            item.text = f"{len(pages)} pages of {item.data['area']} go: {first:08x}-{last + PAGE:08x}"
        item.waiting = False

    def on_page(self, event):
        op = self.page_ops.get(event.op)
        self.world.apply(event)
        if not (self.concerns(event.pid) or self.is_told(event.mm)):
            return
        if event.old == event.address and op == "moved":
            op = "elsewhere"
        if op in ("large", "split") or event.pages > 1:
            self.end_entries()
            self.large_page(event, op)
            return
        if not (self.entries and self.entries.space == event.mm and self.entries.data["op"] == op):
            self.end_entries()
            mapping = self.world.space(event.mm).find(event.address)
            where = area(self.world.space(event.mm), mapping) if mapping else "the new stack"
            self.entries = self.add(event, "entry", "", space=event.mm, op=op, area=where, pages=[])
            self.entries.waiting = True
        self.entries.data["pages"].append((event.address, event.frame, event.old))

    def large_page(self, event, op):
        """A large page comes, moves or is split."""
        space, end, what = self.world.space(event.mm), event.address + event.pages * PAGE, f"a large page of {size(event.pages * PAGE)}"
        mapping = space.find(event.address)
        where = area(space, mapping) if mapping else "the new stack"
        if op == "split_zeros":
            text = f"the huge page of zeros in {where} is split: instead of the one entry, a page table with {event.pages} maps " \
                   f"{event.address:08x}-{end:08x}, each of them the small page of zeros, frame {event.frame:#x}"
        elif op == "split":
            text = f"{what} of {where} is split: instead of the one entry, a page table with {event.pages} maps {event.address:08x}-{end:08x}"
        elif op == "moved":
            text = f"{what} of {where} moves with its frames: from {event.old:08x} to {event.address:08x}"
        else:
            how = f", {COMES[op]}" if op in COMES else ""
            text = f"{what} of {where}{how}: one entry of the page directory maps {event.address:08x}-{end:08x}, frames " \
                   f"{event.frame:#x}-{event.frame + event.pages - 1:#x}"
        self.add(event, "entry", text, space=event.mm, op=op, area=where, pages=[(event.address, event.frame, event.old)])

    def end_entries(self):
        """The run of pages has ended."""
        item, self.entries = self.entries, None
        if not item:
            return
        pages = item.data["pages"]
        op, first, last, several = item.data["op"], pages[0][0], pages[-1][0], len(pages) > 1
        many = f"{len(pages)} pages of {item.data['area']}" if several else f"a page of {item.data['area']}"
        places = f"at {first:08x}" + (f" to {last:08x}" if last != first else "")
        if op == "moved":
            item.text = f"{many} {'move with their frames' if several else 'moves with its frame'}: from {pages[0][2]:08x} to {first:08x}"
        elif op == "elsewhere":
            item.text = f"{many} {'lie in other frames' if several else 'lies in another frame'} now: {places}" + ("" if several else f", frame {pages[0][1]:#x}")
        else:
            item.text = f"{many} {COMES[op]}: mapped {places}"
        item.waiting = False

    def on_copy(self, event):
        self.copied = event

    def end_copy(self, event):
        """Tell of a copy, unless this event is the fault that tells of it."""
        copy, self.copied = self.copied, None
        if not copy or not self.concerns(copy.pid):
            return
        if event.kind == "fault" and event.pid == copy.pid and self.sentences.done[event.args["done"]] in FULL and event.after == copy.to:
            return
        self.add(copy, "copy", f"frame {copy.args['from']:#x} is copied to frame {copy.to:#x}")

    def file(self, event):
        major, minor = event.dev >> 20, event.dev & 0xfffff
        return self.world.files.get((event.dev, event.ino)) or f"inode {event.ino} on {major}:{minor}"

    def on_read(self, event):
        if self.concerns(event.pid):
            self.add(event, "page", f"page {event.index} of {self.file(event)} is read into frame {event.frame:#x}")

    def on_write(self, event):
        if self.concerns(event.pid):
            self.add(event, "page", f"page {event.index} of {self.file(event)} is written back from frame {event.frame:#x}")

    # ---- what else is told ----

    def on_lost(self, event):
        self.add(event, "lost", f"{event.records} records are missing here: they came faster than they could be sent")

    def on_marker(self, event):
        if self.concerns(event.pid):
            self.add(event, "event", f"marker: {event.name}")

    def on_other(self, event):
        self.world.apply(event)
        if (event.system, event.kind) in self.events and self.concerns(event.pid):
            values = " ".join(f"{name}={value if isinstance(value, str) or value < 10000 else hex(value)}" for name, value in event.args.items())
            self.add(event, "event", f"{event.kind}: {values}" + (f" {event.name}" if event.name else ""), space=self.world.process(event.pid).space)
