"""Swap areas, made on the host as mkswap makes them: header version 1, pages of 4096 bytes (Linux: union swap_header)."""
import re
import struct
import uuid

PAGE = 4096
HEADER_AT = 1024  # before it, room for a boot loader
VERSION = 1
LABEL = b"mapix-swap"  # user/etc/fstab looks for it
MAGIC = b"SWAPSPACE2"  # ends the first page
LEAST = 10 * PAGE  # what mkswap wants
UNITS = {"": 20, "K": 10, "M": 20, "G": 30}


def size_of(text):
    """Bytes, of a size as QEMU's -m takes it: MiB without a letter."""
    match = re.fullmatch(r"(\d+)([KMG]?)", text.upper())
    size = int(match[1]) << UNITS[match[2]] if match else 0
    if size < LEAST:
        raise ValueError(f"{text}: not a size of a swap disk (at least {LEAST >> 10}K)")
    return size


def make(path, size):
    """A swap area of SIZE bytes in the file PATH, new and sparse."""
    header = struct.pack("<III16s16s", VERSION, size // PAGE - 1, 0, uuid.uuid4().bytes, LABEL)
    with open(path, "wb") as f:
        f.seek(HEADER_AT)
        f.write(header)
        f.seek(PAGE - len(MAGIC))
        f.write(MAGIC)
        f.truncate(size)
    return path
