"""Page tables and frames. Shifts, masks and bits are those of the kernel's headers: see constant()."""
import struct

import gdb

from .kernel import constant, flag_names, number, page_size, read, read_word, value

PTE_NAMES = ("_PAGE_PRESENT", "_PAGE_RW", "_PAGE_USER", "_PAGE_PWT", "_PAGE_PCD", "_PAGE_ACCESSED", "_PAGE_DIRTY", "_PAGE_GLOBAL",
             "_PAGE_SPECIAL", "_PAGE_UFFD_WP", "_PAGE_SOFT_DIRTY")
WORD_SIZE = 4


def bits(entry):
    """The bits of an entry, in words."""
    words = flag_names(PTE_NAMES, "_PAGE_", entry)
    return words if entry & constant("_PAGE_PRESENT") else words.replace("global", "protnone")


def pgd_index(address):
    return address >> constant("PGDIR_SHIFT")


def pte_index(address):
    return address >> constant("PAGE_SHIFT") & constant("PTRS_PER_PTE") - 1


def frame_of(entry):
    return (entry & constant("PTE_PFN_MASK")) >> constant("PAGE_SHIFT")


def is_large(directory):
    return bool(directory & constant("_PAGE_PRESENT") and directory & constant("_PAGE_PSE"))


def has_table(directory):
    return bool(directory & constant("_PAGE_PRESENT")) and not directory & constant("_PAGE_PSE")


def table_address(directory):
    return (directory & constant("PTE_PFN_MASK")) + constant("PAGE_OFFSET")


def walk(pgd, address):
    """The directory's entry and the table's (None without a table) for an address."""
    directory = read_word(number(pgd) + WORD_SIZE * pgd_index(address))
    if not has_table(directory):
        return directory, None
    return directory, read_word(table_address(directory) + WORD_SIZE * pte_index(address))


def directories(pgd, first, last):
    """(index, entry) of the directory's entries that are not empty, from index first to before last."""
    entries = struct.unpack(f"<{last - first}I", read(number(pgd) + WORD_SIZE * first, WORD_SIZE * (last - first)))
    return [(first + i, entry) for i, entry in enumerate(entries) if entry]


def table(directory):
    """All entries of the table that a directory's entry points to."""
    n = constant("PTRS_PER_PTE")
    return struct.unpack(f"<{n}I", read(table_address(directory), WORD_SIZE * n))


def entries(pgd, start, end):
    """{address: entry} of the entries that are not empty in [start, end)."""
    found, step = {}, page_size()
    for i, directory in directories(pgd, pgd_index(start), pgd_index(end - 1) + 1):
        if has_table(directory):
            base = i << constant("PGDIR_SHIFT")
            found.update((base + j * step, entry) for j, entry in enumerate(table(directory)) if entry and start <= base + j * step < end)
    return found


def is_page(entry):
    """Present, or kept for PROT_NONE (_PAGE_PROTNONE is the global bit)."""
    return entry & (constant("_PAGE_PRESENT") | constant("_PAGE_PROTNONE"))


def page_of(pfn):
    """The struct page of a frame, or None."""
    return value("mem_map")[pfn] if pfn < number(value("max_pfn")) else None


def page_flags(flags):
    set_bits = [f.name[3:] for f in gdb.lookup_type("enum pageflags").fields() if f.name.startswith("PG_") and flags >> f.enumval & 1]
    zone = "highmem" if flags >> 31 else "normal"
    return f"{' '.join(dict.fromkeys(set_bits))} zone={zone}".strip()


def show_page(pfn):
    page = page_of(pfn)
    if page is None:
        print(f"  frame {pfn:#x}: no memory of mem_map's")
        return
    flags = number(page["flags"])
    print(f"  frame {pfn:#x} (physical {pfn << constant('PAGE_SHIFT'):#010x}), struct page at {number(page.address):#010x}")
    print(f"    flags    {flags:#010x} {page_flags(flags)}")
    print(f"    count    {int(page['_refcount'])}")
    if flags >> constant("PG_slab") & 1:
        print(f"    slab     {int(page['inuse'])} of {int(page['objects'])} objects, cache at {number(page['slab_cache']):#010x}")
        return
    mapping = number(page["mapping"])
    anonymous = " (anonymous)" if mapping & constant("PAGE_MAPPING_ANON") else ""
    print(f"    mapcount {int(page['_mapcount']) + 1}")
    print(f"    mapping  {mapping & ~constant('PAGE_MAPPING_FLAGS'):#010x}{anonymous} index {number(page['index']):#x}")


def show_walk(pgd, address):
    directory, entry = walk(pgd, address)
    print(f"{address:#010x}: directory at {number(pgd):#010x}")
    print(f"  pgd[{pgd_index(address)}] = {directory:#010x} {bits(directory)}{' 4MiB' if is_large(directory) else ''}")
    if entry is None:
        if is_large(directory):
            show_page(frame_of(directory) + pte_index(address))
        else:
            print("  no page table")
        return
    print(f"  pte[{pte_index(address)}] = {entry:#010x} {bits(entry)}")
    if is_page(entry):
        show_page(frame_of(entry))
    else:
        print("  no page")


class Runs:
    """Neighbours of a page table with the same bits, and frames that follow each other or are the same, as one line."""

    def __init__(self):
        self.start = self.pages = self.first = self.step = self.flags = 0

    def add(self, address, entry, pages=1):
        frame, flags = frame_of(entry), entry & ~constant("PTE_PFN_MASK")
        if self.pages and address == self.start + self.pages * page_size() and flags == self.flags:
            if frame == self.first + self.pages and self.step in (None, 1) or frame == self.first and self.step in (None, 0):
                self.step = 1 if frame == self.first + self.pages else 0
                self.pages += pages
                return
        self.end()
        self.start, self.pages, self.first, self.flags, self.step = address, pages, frame, flags, None

    def end(self):
        if self.pages:
            end = self.start + self.pages * page_size()
            last = f"-{self.first + self.pages - 1:#x}" if self.step != 0 and self.pages > 1 else ""
            large = " 4MiB" if self.flags & constant("_PAGE_PSE") and self.flags & constant("_PAGE_PRESENT") else ""
            print(f"  {self.start:08x}-{end & 0x1FFFFFFFF:08x} {self.pages:6} frame {self.first:#x}{last} {bits(self.flags)}{large}")
        self.pages = 0


def show_table(i, directory):
    """A directory's entry, and what is in its table. How many entries there are."""
    base, runs, pages = i << constant("PGDIR_SHIFT"), Runs(), 0
    print(f"pgd[{i}] = {directory:#010x} {bits(directory)}")
    for j, entry in enumerate(table(directory) if has_table(directory) else ()):
        if entry:
            runs.add(base + j * page_size(), entry)
            pages += 1
    runs.end()
    return pages


def show_tables(pgd, first, last):
    """Every entry from the directory's index first to before last. How many tables there are, those without an entry, and entries."""
    runs, tables, empty, entries = Runs(), 0, 0, 0
    for i, directory in directories(pgd, first, last):
        tables += has_table(directory)
        if is_large(directory):
            runs.add(i << constant("PGDIR_SHIFT"), directory, constant("PTRS_PER_PTE"))
            entries += 1
        elif has_table(directory) and not any(table(directory)):
            empty += 1
        else:
            runs.end()
            entries += show_table(i, directory)
    runs.end()
    return tables, empty, entries
