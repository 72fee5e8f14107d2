"""The commands that show something."""
import struct

import gdb

from .kernel import (Command, constant, find_vma, flag_names, integer, mm_of, number, page_size, permissions, read, task_of, tasks, text, value,
                     vma_line, vma_name, vmas, VM_NAMES)
from .tables import entries, frame_of, is_page, page_of, pmd_number, show_page, show_tables, show_walk

STATES = ((0x10, "X"), (0x20, "Z"), (0x04, "T"), (0x02, "D"), (0x01, "S"))
NANOSECONDS, MICROSECOND = 10**9, 1000
LABEL, LEAST_CELLS, MOST_LINES, USUAL_WIDTH = 37, 8, 4, 80  # of mapix vmmap


class Tasks(Command):
    """mapix tasks: every task, with its state, address space and resident pages; * marks the running one."""

    def run(self):
        current = number(value("current_task"))
        print("    PID   PPID S         MM    RSS  NAME")
        for task in tasks():
            state = next((c for bit, c in STATES if int(task["state"]) & bit), "R")
            mm = task["mm"]
            rss = sum(int(mm["rss_stat"][i]) for i in (0, 1, 3)) if number(mm) else 0
            mark = "*" if number(task.address) == current else " "
            print(f"{mark} {int(task['pid']):5} {int(task['real_parent']['pid']):6} {state} {number(mm):#010x} {rss:6}  {text(task['comm'])}")


class Log(Command):
    """mapix log [COUNT]: the kernel's log, as dmesg prints it; the last COUNT messages."""
    most = 1

    def run(self, count=None):
        messages = list(self.messages())
        if not messages:
            print("the log is empty")
        for message in messages[-integer(count):] if count and integer(count) else messages:
            print(message)

    def messages(self):
        """From the oldest record of the ring on: kernel/core/printk.c."""
        ring, at, left = (value(f"'kernel/core/printk.c'::{name}") for name in ("ring", "first_idx", "next_seq"))
        left, at = int(left) - int(value("'kernel/core/printk.c'::first_seq")), int(at)
        data, kind = read(number(ring.address), ring.type.sizeof), gdb.lookup_type("struct log_header")
        offsets = {f.name: f.bitpos // 8 for f in kind.fields()}
        while left:
            size = struct.unpack_from("<H", data, at + offsets["size"])[0] if len(data) - at >= kind.sizeof else 0
            if not size:
                at = 0
                size = struct.unpack_from("<H", data, offsets["size"])[0]
            ns, = struct.unpack_from("<Q", data, at + offsets["ts_ns"])
            length, = struct.unpack_from("<H", data, at + offsets["text_len"])
            line = data[at + kind.sizeof:at + kind.sizeof + length].decode(errors="replace")
            yield f"[{ns // NANOSECONDS:5}.{ns % NANOSECONDS // MICROSECOND:06}] {line}"
            at += size
            left -= 1


class Vmas(Command):
    """mapix vmas PID (or a name): the areas of a process's address space, as in /proc/PID/maps, with their addresses in the kernel."""
    least = most = 1

    def run(self, pid):
        mm = mm_of(pid)
        for vma in vmas(mm):
            more = flag_names(VM_NAMES, "VM_", number(vma["vm_flags"]))
            print(f"{number(vma.address):#010x}: {vma_line(mm, vma)}" + (f" ({more})" if more else ""))
        print(f"{int(mm['map_count'])} areas, {number(mm['total_vm'])} pages")


class Vmmap(Command):
    """mapix vmmap PID (or a name): a picture of an address space: each area with a cell for each page, as the program vmmap draws it."""
    least = most = 1

    def run(self, pid):
        mm = mm_of(pid)
        end = 0
        print(". not there   s swapped   z the page of zeros, or a device's   = shared   # its own")
        for vma in vmas(mm):
            if number(vma["vm_start"]) > end:
                print(f"       : {(number(vma['vm_start']) - end) >> 10}K")
            self.draw(mm, vma)
            end = number(vma["vm_end"])

    def draw(self, mm, vma):
        start, end = number(vma["vm_start"]), number(vma["vm_end"])
        width = max(((gdb.parameter("width") or USUAL_WIDTH) - LABEL) // LEAST_CELLS * LEAST_CELLS, LEAST_CELLS)
        per_cell = page_size()
        while -(-(end - start) // per_cell) > MOST_LINES * width:
            per_cell *= 2
        cells = self.cells(mm, start, end, per_cell)
        label = f"{start:08x} {f'{end - start >> 10}K':>8} {permissions(number(vma['vm_flags']))} {vma_name(mm, vma).split('/')[-1][:13]}"
        for at in range(0, len(cells), width):
            print(f"{label:{LABEL}}{cells[at:at + width]}")
            label = f"         each cell {per_cell >> 10}K" if at == 0 and per_cell > page_size() else ""

    def cells(self, mm, start, end, per_cell):
        """A letter for each cell: that of the page in it which is there most."""
        order = ".sz=#"
        found = {}
        for address, entry in entries(mm["pgd"], start, end).items():
            cell, letter = (address - start) // per_cell, self.letter(entry)
            if order.index(letter) > order.index(found.get(cell, ".")):
                found[cell] = letter
        return "".join(found.get(i, ".") for i in range(-(-(end - start) // per_cell)))

    def letter(self, entry):
        if not is_page(entry):
            return "s"
        page = page_of(frame_of(entry))
        if entry & constant("_PAGE_SPECIAL") or page is None:
            return "z"
        if number(page["compound_head"]) & 1:  # a part of a large page
            page = gdb.Value(number(page["compound_head"]) - 1).cast(page.type.pointer()).dereference()
        return "#" if int(page["_mapcount"]) == 0 else "="


class Walk(Command):
    """mapix walk ADDR [PID]: the page-table walk of an address, in the running address space or that of a process (or its name)."""
    least, most = 1, 2

    def run(self, address, pid=None):
        address = integer(address)
        show_walk(mm_of(pid)["pgd"] if pid else value("current_task")["active_mm"]["pgd"], address)


class Pt(Command):
    """mapix pt PID (or a name; or kernel): the whole page table of a process, or the kernel's half, equal neighbours in one line."""
    least = most = 1

    def run(self, who):
        half = pmd_number(constant("PAGE_OFFSET"))
        if who == "kernel":
            counts = show_tables(value("swapper_pg_dir").address, half, constant("PTRS_PER_PGD") * constant("PTRS_PER_PMD"))
        else:
            counts = show_tables(mm_of(who)["pgd"], 0, half)
        print("{} tables ({} of them empty), {} entries".format(*counts))


class Frame(Command):
    """mapix frame PFN (or an address of the kernel's): what the kernel knows about a page frame."""
    least = most = 1

    def run(self, which):
        n = integer(which)
        if n < number(value("max_pfn")):
            show_page(n)
            return
        mem_map, high = number(value("mem_map")), number(value("high_memory"))
        size = value("mem_map").dereference().type.sizeof
        if mem_map <= n < mem_map + size * number(value("max_pfn")):
            show_page((n - mem_map) // size)
        elif constant("PAGE_OFFSET") <= n < high:
            show_page((n - constant("PAGE_OFFSET")) >> constant("PAGE_SHIFT"))
        else:
            raise gdb.GdbError(f"{n:#x} is no frame, no struct page and no address of the direct map: mapix find {n:#x} [PID] looks for it")


class Find(Command):
    """mapix find ADDRESS [PID] (or a name): whose area the address is in, which page of it, which frame; without PID in the running process."""
    least, most = 1, 2

    def run(self, address, who=None):
        address = integer(address)
        if address >= constant("PAGE_OFFSET"):
            self.find_in_kernel(address)
            return
        task = task_of(who) if who else value("current_task").dereference()
        name = f"process {int(task['pid'])} ({text(task['comm'])})"
        if not number(task["mm"]):
            raise gdb.GdbError(f"{name} has no address space: say whose {address:#x} it is, mapix find {address:#x} PID")
        mm = task["mm"].dereference()
        vma = find_vma(mm, address)
        if vma is None:
            print(f"{address:#010x} is in no area of {name}")
        else:
            self.show_area(mm, vma, address, name)
        show_walk(mm["pgd"], address)

    def show_area(self, mm, vma, address, name):
        page = (address - number(vma["vm_start"])) >> constant("PAGE_SHIFT")
        pages = (number(vma["vm_end"]) - number(vma["vm_start"])) >> constant("PAGE_SHIFT")
        print(f"{address:#010x} is in an area of {name}, struct vm_area_struct at {number(vma.address):#010x}:")
        print(f"  {vma_line(mm, vma)}")
        print(f"  page {page} of {pages}" + (f", page {number(vma['vm_pgoff']) + page} of the file" if number(vma["vm_file"]) else ""))

    def find_in_kernel(self, address):
        where = gdb.execute(f"info symbol {address:#x}", to_string=True).strip()
        direct = address < number(value("high_memory"))
        print(f"{address:#010x} is the kernel's, {'in the direct map' if direct else 'above the direct map'}")
        if not where.startswith("No symbol"):
            print(f"  {where}")
        show_walk(value("swapper_pg_dir").address, address)
