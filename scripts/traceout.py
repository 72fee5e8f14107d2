"""The story of a trace as text, as JSON in the Chrome trace event format (Perfetto opens it), and as a page of HTML."""
import json
import os
import re
import stat
import tempfile

from vmrun import ROOT, Failure

VIEWER = os.path.join(ROOT, "scripts", "trace")
MODULES = ("model", "colours", "addressmap", "pagetables", "frames", "timeline", "viewer")
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.M)
IMPORT = re.compile(r"^import .*;\n", re.M)
TASK = 16  # columns of a line of text
MICRO = 1000  # ns


class Target:
    """A file that is written beside and takes its name when it is complete: there is no half one."""

    def __init__(self, path):
        self.path = path
        self.beside = None
        try:
            self.mode = os.stat(path).st_mode
        except OSError:
            self.mode = None
        if self.mode is not None and stat.S_ISDIR(self.mode):
            raise Failure(f"{path} is a folder")
        if self.mode is None or stat.S_ISREG(self.mode):  # a device or a pipe is written as it is
            self.try_to(self.make)

    def try_to(self, step, *args):
        try:
            return step(*args)
        except OSError as error:
            self.abandon()
            raise Failure(f"{self.path} could not be written: {error.strerror}")

    def make(self):
        folder, name = os.path.split(self.path)
        fd, self.beside = tempfile.mkstemp(prefix=f".{name}.", dir=folder or ".")
        os.close(fd)

    def write(self, text):
        """The whole contents."""
        self.try_to(self.put, text)

    def put(self, text):
        with open(self.beside or self.path, "w", encoding="utf-8") as f:
            f.write(text)
        if self.beside:
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(self.beside, 0o666 & ~mask if self.mode is None else stat.S_IMODE(self.mode))
            os.replace(self.beside, self.path)
            self.beside = None

    def abandon(self):
        if self.beside:
            os.unlink(self.beside)
            self.beside = None


# ---- text ----

def line(item):
    """One item as a line; what a call does stands deeper than the call."""
    text = item.text
    if item.kind == "fault":
        text = f"fault {item.data['address']:08x}: {text} ({item.insns} cycles)"
    indent = "  " if item.inside else ""
    return f"{item.ns / 1e9:11.6f}  {item.comm + '-' + str(item.pid):<{TASK}} {indent}{text}"


# ---- Chrome's format ----

class Chrome:
    """Trace events: complete ones (X) for faults and calls, instants (i) for the others, counters (C) for the resident pages."""

    def __init__(self, khz):
        self.khz = khz
        self.events = []
        self.names = {}
        self.rss = {}
        self.owners = {}  # of an address space: a process

    def add(self, items):
        last = max((item.end or item.ns for item in items), default=0)
        for item in items:
            self.name(item)
            self.counters(item)
            if item.kind == "call":
                end = item.end if item.end is not None else last if item.waiting else item.ns
                self.complete(item, item.data["name"], item.ns, end, {"call": item.text})
            elif item.kind == "fault":
                spent = item.insns * 1000000 // self.khz if self.khz else 0
                args = {name: item.data[name] for name in ("found", "done")}
                args |= {"address": f"{item.data['address']:#x}", "explanation": item.text, "cycles": item.insns,
                         "frame": f"{item.data['after']:#x}"}
                self.complete(item, f"fault: {item.data['done'].replace('_', ' ')}", item.ns - spent, item.ns, args)
            elif item.kind != "silent":
                self.instant(item)

    def name(self, item):
        """Names of processes and threads, which may change at exec: the last one counts."""
        self.names[item.group, item.pid] = item.comm

    def common(self, item, name, phase):
        return {"name": name, "cat": item.kind, "ph": phase, "pid": item.group, "tid": item.pid}

    def complete(self, item, name, start, end, args):
        self.events.append(self.common(item, name, "X") | {"ts": start / MICRO, "dur": (end - start) / MICRO, "args": args})

    def instant(self, item):
        scope = {"process": "p", "space": "p", "lost": "g"}.get(item.kind, "t")
        title = item.text if len(item.text) < 60 else item.kind
        self.events.append(self.common(item, title, "i") | {"ts": item.ns / MICRO, "s": scope, "args": {"text": item.text}})

    def counters(self, item):
        for what, space, *rest in item.changes:
            if what == "space":
                self.owners[space] = rest[0]
            elif what == "gone":
                self.rss.pop(space, None)
                self.owners.pop(space, None)
            elif what == "rss":
                counts = self.rss.setdefault(space, {})
                counts[rest[0][len("MM_"):].lower()] = rest[1]
                pid = self.owners.get(space, item.group)
                self.events.append({"name": "RSS (bytes)", "ph": "C", "pid": pid, "ts": item.ns / MICRO, "args": dict(counts)})

    def text(self, about):
        """The file."""
        named = []
        for (group, pid), comm in sorted(self.names.items()):
            if group == pid:
                named.append({"name": "process_name", "ph": "M", "pid": group, "args": {"name": comm}})
            named.append({"name": "thread_name", "ph": "M", "pid": group, "tid": pid, "args": {"name": comm}})
        return json.dumps({"displayTimeUnit": "ns", "otherData": about, "traceEvents": named + self.events}, indent=0)


# ---- HTML ----

def modules():
    """The viewer's modules as one: what each imports stands before it."""
    parts = []
    for name in MODULES:
        with open(os.path.join(VIEWER, f"{name}.mjs"), encoding="utf-8") as f:
            parts.append(EXPORT.sub("", IMPORT.sub("", f.read())))
    return "\n".join(parts)


def place_of(item):
    """The address that an item is about, or None."""
    if item.kind in ("zap", "entry"):
        return item.data["pages"][0][0]
    return item.data.get("address", item.data.get("start"))


def steps(items):
    """The items as the viewer takes them: changes without words belong to the step before."""
    made = []
    for item in items:
        if item.kind == "silent" and made:
            made[-1]["changes"] += item.changes
        else:
            step = {"ns": item.ns, "pid": item.pid, "group": item.group, "comm": item.comm, "kind": item.kind, "text": item.text,
                    "inside": item.inside, "space": item.space, "changes": list(item.changes)}
            place = place_of(item)
            if place is not None:
                step["place"] = place
            if item.kind == "fault":
                step |= {name: item.data[name] for name in ("address", "found", "done", "before", "after")} | {"cycles": item.insns}
            made.append(step)
    return made


def page(items, about):
    """The viewer with the trace in it, as one file."""
    with open(os.path.join(VIEWER, "viewer.html"), encoding="utf-8") as f:
        text = f.read()
    with open(os.path.join(VIEWER, "viewer.css"), encoding="utf-8") as f:
        style = f.read()
    data = json.dumps({"about": about, "steps": steps(items)}, separators=(",", ":")).replace("</", "<\\/")
    for mark, what in (("/* viewer.css */", style), ("/* viewer.mjs */", modules()), ("/* trace */", data)):
        if text.count(mark) != 1:
            raise Failure(f"scripts/trace/viewer.html has not one place for {mark}")
        text = text.replace(mark, what)
    return text
