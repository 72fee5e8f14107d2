"""System calls in the words of their programs, as strace prints them: names, flags and errors instead of numbers."""
import errno
import functools
import json
import os
import re
import subprocess

import tracefile
from tracemodel import PAGE
from vmrun import BUILD, Failure

LAST_ERRNO = 4095
WORD = 1 << 32
HEADERS = ("linux/mman.h", "linux/sched.h", "asm/unistd_32.h")

# What the arguments of a call are. The calls named here concern memory.
MEMORY = {
    "mmap2": "address size prot map fd pageoffset", "mmap": "pointer", "munmap": "address size", "mprotect": "address size prot",
    "mremap": "address size size mremap address", "brk": "address", "madvise": "address size advice", "msync": "address size msync",
    "mlock": "address size", "munlock": "address size", "mlock2": "address size mlock2", "mlockall": "mcl", "munlockall": "",
    "mincore": "address size pointer", "remap_file_pages": "address size prot number map", "shmat": "number address hex",
    "shmdt": "address", "fork": "", "vfork": "", "clone": "clone pointer pointer pointer pointer", "clone3": "pointer size",
    "execve": "path pointer pointer", "execveat": "fd path pointer pointer hex", "exit": "number", "exit_group": "number",
}
RENAMED = {"mmap2": "mmap"}  # as programs and strace call it
ADDRESSES = {"mmap2", "mmap", "mremap", "brk", "shmat"}  # what they return
ENDS = {"exit", "exit_group"}  # these do not return

# The flags of an argument: prefix of the names, names that are no flags, the name of 0.
FLAGS = {
    "prot": ("PROT_", (), "PROT_NONE"),
    "map": ("MAP_", ("MAP_TYPE", "MAP_FILE", "MAP_SHARED_VALIDATE"), "0"),
    "mremap": ("MREMAP_", (), "0"),
    "msync": ("MS_", (), "0"),
    "mlock2": ("MLOCK_", (), "0"),
    "mcl": ("MCL_", (), "0"),
    "clone": ("CLONE_", ("CLONE_CLEAR_SIGHAND", "CLONE_INTO_CGROUP", "CLONE_ARGS_SIZE_VER0", "CLONE_ARGS_SIZE_VER1", "CLONE_ARGS_SIZE_VER2"), "0"),
}
HUGE = re.compile(r"_HUGE_|_HUGETLB_|UNINITIALIZED")
SIGNAL_MASK = 0xff  # of clone's flags


@functools.lru_cache(None)
def macros():
    """{name: value} of the kernel's UAPI headers, by the preprocessor."""
    folder = os.path.join(BUILD, "uapi")
    if not os.path.isdir(folder):
        raise Failure(f"{folder} is not there: run make first")
    text = "".join(f"#include <{header}>\n" for header in HEADERS)
    command = [tracefile.compiler(), "-E", "-dM", "-nostdinc", f"-I{folder}", "-x", "c", "-"]
    try:
        out = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout
    except subprocess.CalledProcessError as error:
        raise Failure(f"the UAPI headers could not be read: {error}")
    return {name: int(value, 0) for name, value in re.findall(r"#define (\w+) (0x[0-9a-fA-F]+|[1-9]\d*|0)(?:[uUlL]*)$", out, re.M)}


@functools.lru_cache(None)
def call_names():
    """{number: name} of all system calls."""
    return {value: name[len("__NR_"):] for name, value in macros().items() if name.startswith("__NR_")}


@functools.lru_cache(None)
def flag_names(kind):
    """[(value, name)] of an argument's flags, those of one bit first."""
    prefix, but, _ = FLAGS[kind]
    found = {value: name for name, value in sorted(macros().items(), reverse=True)
             if name.startswith(prefix) and name not in but and value and not HUGE.search(name)}
    return sorted(found.items(), key=lambda item: (bin(item[0]).count("1"), item[0]))


def flags(kind, value):
    """Names with | between them; what has no name as a number."""
    words = []
    if kind == "clone":
        value, sig = value & ~SIGNAL_MASK, value & SIGNAL_MASK
    for bits, name in flag_names(kind):
        if value & bits == bits:
            words.append(name)
            value &= ~bits
    if value:
        words.append(hex(value))
    if kind == "clone" and sig:
        words.append("SIGCHLD" if sig == 17 else f"signal {sig}")
    return "|".join(words) or FLAGS[kind][2]


def advice(value):
    names = {number: name for name, number in macros().items() if name.startswith("MADV_")}
    return names.get(value, str(value))


def signed(value):
    return value - WORD if value >= WORD // 2 else value


def argument(kind, value, path=None):
    """One argument as text. PATH: of the file that the call is about, if it is known."""
    if kind in FLAGS:
        return flags(kind, value)
    if kind in ("address", "pointer"):
        return f"{value:#x}" if value else "NULL"
    if kind == "fd":
        return f"{signed(value)}<{path}>" if path and signed(value) >= 0 else str(signed(value))
    if kind == "path":
        return f'"{path}"' if path else f"{value:#x}"
    if kind == "pageoffset":
        return f"{value * PAGE:#x}" if value else "0"
    return {"advice": advice, "size": str, "number": lambda n: str(signed(n)), "hex": hex}[kind](value)


def is_error(value):
    return value >= WORD - LAST_ERRNO


def result(name, value):
    """What a call returns."""
    if is_error(value):
        number = WORD - value
        return f"-1 {errno.errorcode.get(number, number)} ({os.strerror(number)})"
    return f"{value:#x}" if name in ADDRESSES else str(value)


def table():
    """What a reader in another language needs to print calls as this file does."""
    return {"names": call_names(), "memory": {name: kinds.split() for name, kinds in MEMORY.items()}, "renamed": RENAMED,
            "addresses": sorted(ADDRESSES), "ends": sorted(ENDS), "flags": {kind: flag_names(kind) for kind in FLAGS},
            "none": {kind: none for kind, (_, _, none) in FLAGS.items()}, "fixed": macros()["MREMAP_FIXED"],
            "advice": {number: name for name, number in macros().items() if name.startswith("MADV_")},
            "errors": {number: [name, os.strerror(number)] for number, name in errno.errorcode.items()}}


class Call:
    """One system call of one thread, from its beginning to its end."""

    def __init__(self, event):
        self.event = event
        self.name = call_names().get(event.id, f"syscall_{event.id}")
        self.values = [event.args[f"a{i}"] for i in range(1, 7)]
        self.value = None
        self.path = None  # of the file that it maps or executes

    def concerns_memory(self):
        return self.name in MEMORY

    def is_thread(self):
        """Does it make a thread of the same process?"""
        return self.name == "clone" and bool(self.values[0] & macros()["CLONE_THREAD"])

    def arguments(self):
        if self.name not in MEMORY:
            return ", ".join(f"{value:#x}" for value in self.values)
        kinds = MEMORY[self.name].split()
        if self.name == "mremap" and not self.values[3] & macros()["MREMAP_FIXED"]:
            kinds = kinds[:4]
        if self.name == "clone" and not self.values[0] & ~SIGNAL_MASK:
            kinds = kinds[:2]
        return ", ".join(argument(kind, value, self.path) for kind, value in zip(kinds, self.values))

    def text(self):
        """The line of strace; a call that has not returned has no result."""
        head = f"{RENAMED.get(self.name, self.name)}({self.arguments()})"
        if self.name in ENDS:
            return head
        return f"{head} = " + ("? (it has not returned)" if self.value is None else result(self.name, self.value))


if __name__ == "__main__":
    print(json.dumps(table()))
