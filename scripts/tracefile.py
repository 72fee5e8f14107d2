"""The stream of the kernel's trace, taken apart: bytes in, events out.

kernel/trace/trace_abi.h has the numbers and says what they mean; scripts/trace-abi makes JSON of it, and from there they come.
"""
import functools
import importlib.machinery
import importlib.util
import os
import re
import shutil
import struct
import subprocess

from vmrun import ROOT, Failure

COMPILERS = ("cc", "gcc", "clang", "i686-linux-gnu-gcc")
CODES = {8: "Q", 4: "I", 2: "H", 1: "B"}
NOTE = re.escape(struct.pack("<3I4s", 4, 20, 3, b"GNU\0"))  # the head of the note that holds a build id
PAE_LEVELS = 3  # of page tables
WHAT_SHIFT, LENGTH_SHIFT, LENGTH_MASK = 24, 12, 0xfff  # of a NAME's first word


def compiler():
    """A C compiler of this machine, for its preprocessor: any one will do."""
    for name in (os.environ.get("CC"), *COMPILERS):
        if name and shutil.which(name.split()[0]):
            return name.split()[0]
    raise Failure("there is no C compiler, whose preprocessor reads kernel/trace/trace_abi.h: run make deps")


@functools.lru_cache(None)
def abi():
    """The numbers, as scripts/trace-abi prints them."""
    path = os.path.join(ROOT, "scripts", "trace-abi")
    loader = importlib.machinery.SourceFileLoader("trace_abi", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("trace_abi", loader))
    loader.exec_module(module)
    try:
        return module.abi(compiler())
    except subprocess.CalledProcessError as error:
        raise Failure(f"kernel/trace/trace_abi.h could not be read: {error}")


@functools.lru_cache(None)
def names(table):
    """{number: name} of one of the ABI's tables."""
    return {number: name for name, number in abi()[table].items()}


class Event:
    """One thing that has happened. `args`: numbers by name; `name`: the file or the slab cache that goes with it, or None."""

    def __init__(self, ns, seq, insns, system, kind, pid, comm, args, name=None):
        self.ns, self.seq, self.insns = ns, seq, insns
        self.system, self.kind, self.pid, self.comm = system, kind, pid, comm
        self.args, self.name = args, name

    def __getattr__(self, arg):
        try:
            return self.args[arg]
        except KeyError:
            raise AttributeError(arg) from None

    def __repr__(self):
        return f"{self.ns} {self.comm}-{self.pid} {self.system}:{self.kind} {self.args} {self.name or ''}"


class Reader:
    """Makes events of a stream that comes in pieces."""

    def __init__(self):
        self.abi = abi()
        self.size = self.abi["record_size"]
        fields = sorted(self.abi["fields"].items(), key=lambda field: field[1][0])
        self.fields = [name for name, _ in fields]
        self.layout = struct.Struct("<" + "".join((str(count) if count > 1 else "") + CODES[size] for _, (_, size, count) in fields))
        self.kinds = {event["number"]: event for event in self.abi["events"] + self.abi["meta"]}
        self.what = names("names")
        self.rest = b""
        self.comms = {0: "swapper"}
        self.text, self.pending = b"", None
        self.khz = 0
        self.lost = 0
        self.records = 0
        self.kernel = ""
        self.build = ""  # the build id of the kernel
        self.levels = 0  # of its page tables: 2, or 3 with PAE

    def feed(self, data):
        """The events in DATA, and in what was left over before it."""
        data = self.rest + data
        whole = len(data) - len(data) % self.size
        self.rest = data[whole:]
        events = []
        for at in range(0, whole, self.size):
            event = self.record(data[at:at + self.size])
            if event:
                events.append(event)
        return events

    def record(self, data):
        """The event of one record; None if it only prepares the next ones."""
        values = self.layout.unpack(data)
        record = dict(zip(self.fields, values))
        record["arg"] = values[self.fields.index("arg"):][:self.abi["args"]]
        # what follows the arguments, if anything, is not needed here
        if not self.records and not self.is_header(record):
            raise Failure("this is no trace: it does not begin with a header")
        self.records += 1
        kind = self.kinds.get(record["type"])
        if not kind:
            raise Failure(f"the trace has a record of type {record['type']}, which this version does not know")
        text = data[len(data) - self.abi["text"]:]
        if kind["system"] == "meta":
            return self.meta(kind["name"], record, text)
        return self.event(kind, record)

    def is_header(self, record):
        return record["arg"][0] == self.abi["magic"] and self.kinds.get(record["type"], {}).get("name") == "header"

    def meta(self, name, record, text):
        """HEADER and NAME change what is known; LOST and MARKER are events."""
        first = record["arg"][0]
        if name == "header":
            self.header(record["arg"])
        elif name == "name":
            self.add_text(first, text)
            if self.text_ended(first):
                self.keep_name(first >> WHAT_SHIFT, record["pid"])
        elif name == "lost":
            self.lost += first
            return self.made(record, "meta", "lost", {"records": first})
        elif name == "marker":
            self.add_text(first, text)
            if self.text_ended(first):
                return self.made(record, "meta", "marker", {}, self.taken_text())
        return None

    def header(self, arg):
        size, version = arg[1] >> 16, arg[1] & 0xffff
        if (version, size) != (self.abi["version"], self.size):
            raise Failure(f"the trace is of version {version} with records of {size} bytes; this is for version "
                          f"{self.abi['version']} with {self.size} bytes: take the scripts of the kernel's own tree")
        self.khz = arg[2]
        self.build = struct.pack("<5I", *arg[4:9]).hex()
        self.levels = arg[9]
        self.kernel = f"Mapix{' with PAE' if self.levels == PAE_LEVELS else ''}, build {self.build[:12]}"

    def add_text(self, first, text):
        if not first & LENGTH_MASK:
            self.text = b""
        self.text += text

    def text_ended(self, first):
        return len(self.text) >= first >> LENGTH_SHIFT & LENGTH_MASK

    def taken_text(self):
        text, self.text = self.text.split(b"\0")[0].decode(errors="replace"), b""
        return text

    def keep_name(self, what, pid):
        if self.what.get(what) == "comm":
            self.comms[pid] = self.taken_text()
        else:
            self.pending = self.taken_text()

    def event(self, kind, record):
        args, at = {}, 0
        for name, words in kind["args"]:
            args[name] = record["arg"][at] if words == 1 else text_of(record["arg"][at:at + words])
            at += words
        name, self.pending = self.pending, None
        return self.made(record, kind["system"], kind["name"], args, name)

    def made(self, record, system, kind, args, name=None):
        pid = record["pid"]
        return Event(record["ns"], record["seq"], record["insns"], system, kind, pid, self.comms.get(pid, ""), args, name)


def build_id(path):
    """The linker's build id in an ELF file, as hexadecimal digits; "" if it has none."""
    with open(path, "rb") as f:
        found = re.search(NOTE + rb"(.{20})", f.read(), re.S)
    return found.group(1).hex() if found else ""


def text_of(words):
    """The text in some words of a record."""
    return struct.pack(f"<{len(words)}I", *words).split(b"\0")[0].decode(errors="replace")
