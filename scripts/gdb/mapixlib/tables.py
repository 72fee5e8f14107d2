"""Page tables and frames. Shifts, masks and bits are those of the kernel's headers: see constant(). So is the format of the
tables: two levels, or three with PAE, whose entries are twice as large."""
import struct

import gdb

from .kernel import constant, flag_names, number, page_size, read, value

PTE_NAMES = ("_PAGE_PRESENT", "_PAGE_RW", "_PAGE_USER", "_PAGE_PWT", "_PAGE_PCD", "_PAGE_ACCESSED", "_PAGE_DIRTY", "_PAGE_GLOBAL",
             "_PAGE_SPECIAL", "_PAGE_UFFD_WP", "_PAGE_SOFT_DIRTY")


def bits(entry):
    """The bits of an entry, in words."""
    words = flag_names(PTE_NAMES, "_PAGE_", entry)
    if entry & wide("_PAGE_NX"):
        words += " nx"
    return words if entry & constant("_PAGE_PRESENT") else words.replace("global", "protnone")


def pmd_number(address):
    """Which entry of the last directory translates the address: of the directory, or with PAE of all its middle tables."""
    return address >> constant("PMD_SHIFT")


def wide(name):
    """A constant of the width of an entry: with PAE, its upper half is published beside it."""
    return constant(name) | constant(f"{name}.high") << 32


def entry_size():
    return constant("sizeof.pte_t")


def in_hex(entry):
    """An entry with all its digits."""
    return f"{entry:#0{2 + 2 * entry_size()}x}"


def read_entries(at, n):
    """N entries from an address of the kernel's on."""
    return struct.unpack(f"<{n}{'Q' if entry_size() == 8 else 'I'}", read(at, entry_size() * n))


def pte_index(address):
    return address >> constant("PAGE_SHIFT") & constant("PTRS_PER_PTE") - 1


def frame_of(entry):
    return (entry & wide("PTE_PFN_MASK")) >> constant("PAGE_SHIFT")


def entry_name(i):
    """An entry of the last directory as the C code names it."""
    per_pgd = constant("PTRS_PER_PMD")
    return f"pgd[{i}]" if per_pgd == 1 else f"pgd[{i // per_pgd}] pmd[{i % per_pgd}]"


def show_top(pgd, address):
    """With PAE, the entry of the directory that points to the middle table."""
    if constant("PTRS_PER_PMD") == 1:
        return
    i = address >> constant("PGDIR_SHIFT")
    entry = read_entries(number(pgd) + entry_size() * i, 1)[0]
    print(f"  pgd[{i}] = {in_hex(entry)} {bits(entry)}")


def large(directory):
    """A word for an entry that maps a large page."""
    return f" {1 << constant('PMD_SHIFT') - 20}MiB" if is_large(directory) else ""


def is_large(directory):
    return bool(directory & constant("_PAGE_PRESENT") and directory & constant("_PAGE_PSE"))


def has_table(directory):
    return bool(directory & constant("_PAGE_PRESENT")) and not directory & constant("_PAGE_PSE")


def table_address(directory):
    return (directory & wide("PTE_PFN_MASK")) + constant("PAGE_OFFSET")


def walk(pgd, address):
    """The directory's entry and the table's (None without a table) for an address."""
    found = dict(directories(pgd, pmd_number(address), pmd_number(address) + 1))
    directory = found.get(pmd_number(address), 0)
    if not has_table(directory):
        return directory, None
    return directory, read_entries(table_address(directory) + entry_size() * pte_index(address), 1)[0]


def directories(pgd, first, last):
    """(index, entry) of the directory's entries that are not empty, from index first to before last."""
    found, per_pgd = [], constant("PTRS_PER_PMD")
    if per_pgd == 1:  # no middle tables: the directory's entries are the last ones
        return [(first + i, entry) for i, entry in enumerate(read_entries(number(pgd) + entry_size() * first, last - first)) if entry]
    for top in range(first // per_pgd, -(-last // per_pgd)):
        middle = read_entries(number(pgd) + entry_size() * top, 1)[0]
        if middle:
            found += [(top * per_pgd + i, entry) for i, entry in enumerate(read_entries(table_address(middle), per_pgd)) if entry]
    return [(i, entry) for i, entry in found if first <= i < last]


def table(directory):
    """All entries of the table that a directory's entry points to."""
    return read_entries(table_address(directory), constant("PTRS_PER_PTE"))


def entries(pgd, start, end):
    """{address: entry} of the entries that are not empty in [start, end); of a large page, as if each of its frames had one."""
    found, step = {}, page_size()
    for i, directory in directories(pgd, pmd_number(start), pmd_number(end - 1) + 1):
        if has_table(directory):
            base = i << constant("PMD_SHIFT")
            found.update((base + j * step, entry) for j, entry in enumerate(table(directory)) if entry and start <= base + j * step < end)
        elif is_large(directory):
            base = i << constant("PMD_SHIFT")
            found.update((at, directory + at - base) for at in range(max(base, start), min(base + (1 << constant("PMD_SHIFT")), end), step))
    return found


def is_page(entry):
    """Present, or kept for PROT_NONE (_PAGE_PROTNONE is the global bit)."""
    return entry & (constant("_PAGE_PRESENT") | constant("_PAGE_PROTNONE"))


def absent(entry):
    """What an entry that maps no page says: nothing, or where the page is."""
    if not entry:
        return "no page"
    if entry & constant("_PAGE_HWPOISON"):
        return "the page's frame is broken"
    kind = entry >> constant("SWP_TYPE_SHIFT") & (1 << constant("SWP_TYPE_BITS")) - 1
    return f"in swap: area {kind}, slot {entry >> constant('SWP_OFFSET_SHIFT'):#x}"


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
    show_top(pgd, address)
    print(f"  {entry_name(pmd_number(address))} = {in_hex(directory)} {bits(directory)}{large(directory)}")
    if entry is None:
        if is_large(directory):
            show_page(frame_of(directory) + pte_index(address))
        else:
            print("  no page table")
        return
    print(f"  pte[{pte_index(address)}] = {in_hex(entry)} {bits(entry)}")
    if is_page(entry):
        show_page(frame_of(entry))
    else:
        print(f"  {absent(entry)}")


class Runs:
    """Neighbours of a page table with the same bits, and frames that follow each other or are the same, as one line."""

    def __init__(self):
        self.start = self.pages = self.first = self.step = self.flags = 0

    def add(self, address, entry, pages=1):
        frame, flags = frame_of(entry), entry & ~wide("PTE_PFN_MASK")
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
            print(f"  {self.start:08x}-{end & 0x1FFFFFFFF:08x} {self.pages:6} frame {self.first:#x}{last} {bits(self.flags)}{large(self.flags)}")
        self.pages = 0


def show_table(i, directory):
    """A directory's entry, and what is in its table. How many entries there are."""
    base, runs, pages = i << constant("PMD_SHIFT"), Runs(), 0
    print(f"{entry_name(i)} = {in_hex(directory)} {bits(directory)}")
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
            runs.add(i << constant("PMD_SHIFT"), directory, constant("PTRS_PER_PTE"))
            entries += 1
        elif has_table(directory) and not any(table(directory)):
            empty += 1
        else:
            runs.end()
            entries += show_table(i, directory)
    runs.end()
    return tables, empty, entries
