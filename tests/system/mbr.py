"""Partition tables of the PC, written byte by byte: sound ones and others."""
import struct

SECTOR = 512


def entry(start, size, kind=0x83, boot=0):
    return struct.pack("<B3sB3sII", boot, b"\0\2\0", kind, b"\xfe\xff\xff", start, size) if size else b"\0" * 16


def table(*entries):
    return b"\0" * 446 + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"


def write(path, sector, data):
    with open(path, "r+b") as f:
        f.seek(sector * SECTOR)
        f.write(data)


def partition(path, primary, extended=None, logical=()):
    """primary: (start, size) of numbers 1 to 3; extended: (start, size) of number 4; logical: (start, size), each at least one
    sector behind the one before, from number 5 on."""
    entries = [entry(*p) for p in primary] + [entry(0, 0)] * (3 - len(primary))
    write(path, 0, table(*entries, entry(*extended, kind=5) if extended else b""))
    links = [extended[0] if n == 0 else start - 1 for n, (start, _) in enumerate(logical)]
    for n, (start, size) in enumerate(logical):
        following = b""
        if n + 1 < len(logical):
            after, after_size = logical[n + 1]
            following = entry(links[n + 1] - extended[0], after + after_size - links[n + 1], kind=5)
        write(path, links[n], table(entry(start - links[n], size), following))
