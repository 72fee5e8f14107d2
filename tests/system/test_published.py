"""What the kernel publishes of its layout, against what gdb reads in the debug information."""
import re
import shutil
import struct

import pytest
from machine import build, patiently

PAGE = 4096
HEAD = struct.Struct("<8sII")
NUMBER = struct.Struct("<36sI")

pytestmark = pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")


def segment(elf):
    """Bytes of every segment of an ELF file that begins on a page boundary in memory."""
    offset, size, count = struct.unpack_from("<I", elf, 28)[0], *struct.unpack_from("<HH", elf, 42)
    for i in range(count):
        kind, at, vaddr, _, filesz = struct.unpack_from("<5I", elf, offset + i * size)
        if kind == 1 and vaddr % PAGE == 0:
            yield elf[at:at + filesz]


def published():
    """{name: value} of the structure, which is found as any reader finds it."""
    with open(build("kernel.elf"), "rb") as f:
        elf = f.read()
    found = [part[at:] for part in segment(elf) for at in range(0, len(part), PAGE) if part[at:at + 8] == b"MAPIXPUB"]
    assert len(found) == 1
    _, version, size = HEAD.unpack_from(found[0])
    assert (version, size) == (1, NUMBER.size)
    numbers = {}
    for name, value in NUMBER.iter_unpack(found[0][HEAD.size:][:size * 1000]):
        name = name.split(b"\0")[0].decode()
        if not name:
            return numbers
        assert name not in numbers
        numbers[name] = value
    raise AssertionError("the list has no end")


def expression(name):
    """What gdb prints the number of, or nothing for a constant that is a macro."""
    if name.startswith("&"):
        return f"(unsigned){name}"
    if name.startswith("sizeof."):
        return f"sizeof({name[7:]})" if name.endswith("_t") else f"sizeof(struct {name[7:]})"
    if name.endswith(".high"):  # the upper half of a constant of 64 bits
        return None
    if "." in name:
        kind, field = name.split(".")
        return f"(unsigned)&((struct {kind} *)0)->{field}"
    return f"(unsigned){name}" if re.match(r"PG_|MM_", name) else None


def test_what_is_published_is_what_gdb_sees():
    """Offsets, sizes, addresses and the constants that are enumerations."""
    numbers = published()
    asked = [name for name in numbers if expression(name)]
    argv = ["gdb", "-batch", "-nx"]
    for name in asked:
        argv += ["-ex", f"printf \"{name.replace('%', '%%')} %u\\n\", {expression(name)}"]
    out = patiently(argv + [build("kernel.elf")]).stdout
    seen = {line.split()[0]: int(line.split()[1]) for line in out.splitlines() if line.count(" ") == 1}
    assert len(asked) > 60
    assert seen == {name: numbers[name] for name in asked}
