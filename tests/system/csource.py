"""The functions of the kernel's source by name, and what they call: for the tests that compare docs with the source."""
import functools
import glob
import os
import re

from machine import ROOT

FOLDERS = ("kernel", "mm", "libc")
# a definition in this source's style: its name at the left margin's line or the next, its braces in column 0
DEFINITION = re.compile(r"^(?:[A-Za-z_][\w \t*]*?[ \t*])?(\w+)\(((?:[^(){};]|\([^()]*\))*)\)[^;{}]*\n\{\n(.*?)^\}", re.M | re.S)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.S)


@functools.lru_cache(maxsize=None)
def source():
    """All C of the kernel and the library, without comments."""
    paths = [path for folder in FOLDERS for path in glob.glob(os.path.join(ROOT, folder, "**", "*.[ch]"), recursive=True)]
    return "\n".join(without_comments(read(path)) for path in sorted(paths))


@functools.lru_cache(maxsize=None)
def functions():
    """From a function's name to its body; where several have the name, all their bodies. A system call is sys_NAME."""
    found = {}
    for match in DEFINITION.finditer(source()):
        name, arguments, body = match.groups()
        if name.startswith("SYSCALL_DEFINE"):
            name = "sys_" + arguments.split(",")[0].strip()
        found[name] = found.get(name, "") + body
    return found
