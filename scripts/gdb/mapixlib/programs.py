"""What belongs to one program: its symbols, breakpoints that stop only there, and functions for gdb's expressions."""
import os
import struct

import gdb

from .kernel import PAGING_IS_OFF, Command, constant, find_vma, mm_of, number, path_of, task_of, text, value, vmas
from .tables import page_of, walk

ELF_TYPE = struct.Struct("<16xH")
ET_EXEC, ET_DYN = 2, 3
OTHER_NAMES = {"msh": "sh"}  # in the image: in user/


def sources_of(path):
    """Where make keeps a program of the image with its symbols, beside the kernel that gdb has."""
    folder, name = os.path.split(path)
    kernel = os.path.dirname(os.path.abspath(gdb.current_progspace().filename or ""))
    for build in kernel, os.path.dirname(kernel):
        yield os.path.join(build, "user", OTHER_NAMES.get(name, name) + ".bin")
        yield os.path.join(build, "user", folder.strip("/"), name)


class Symbols(Command):
    """mapix symbols PID|NAME [FILE]: load the symbols of a running program; FILE holds them, on this machine."""
    least, most = 1, 2

    def run(self, who, path=None):
        mm = mm_of(who)
        if path is None:
            inside = path_of(mm["exe_file"])
            path = next((p for p in sources_of(inside) if os.path.exists(p)), None)
            if path is None:
                raise gdb.GdbError(f"which file has the symbols of {inside}? mapix symbols {who} FILE")
        gdb.execute(f'add-symbol-file "{path}" -o {self.base(mm, who, path):#x}')

    def base(self, mm, who, path):
        with open(path, "rb") as f:
            header = f.read(ELF_TYPE.size)
        if not header.startswith(b"\x7fELF") or len(header) < ELF_TYPE.size:
            raise gdb.GdbError(f"{path} is no ELF file")
        kind, = ELF_TYPE.unpack(header)
        if kind not in (ET_EXEC, ET_DYN):
            raise gdb.GdbError(f"{path} is no program")
        if kind == ET_EXEC:
            return 0
        exe = number(mm["exe_file"]["f_inode"])
        base = next((number(v["vm_start"]) for v in vmas(mm) if number(v["vm_file"]) and not number(v["vm_pgoff"])
                     and number(v["vm_file"]["f_inode"]) == exe), None)
        if base is None:
            raise gdb.GdbError(f"process {who} does not map its program's beginning")
        return base


def keep_to_the_kernel(breakpoint):
    """A name that the kernel and a program have means the kernel's: the program's location is disabled."""
    places = [p for p in getattr(breakpoint, "locations", None) or () if p.address is not None]
    if len(places) < 2:  # only the kernel has it, or only a program; before paging is on, nothing of the kernel's could be read
        return
    theirs = [p for p in places if p.address < constant("PAGE_OFFSET")]
    if len(theirs) == len(places):
        return
    for place in theirs:
        place.enabled = False
    print(f"{breakpoint.location}: only the kernel's is enabled; a program has one too (info breakpoints, enable {breakpoint.number}.N)")


class OneProcess(gdb.Breakpoint):
    """Stops only while one process runs: the one with this number, or those with this name."""

    def __init__(self, who, location, kind):
        super().__init__(location, type=kind)
        self.who = who

    def stop(self):
        task = value("current_task")
        return self.who in (str(int(task["tgid"])), str(int(task["pid"])), text(task["comm"]))


class Break(Command):
    """mapix break PID|NAME LOCATION: a breakpoint that stops only while this process runs; one that is to come is given by its name."""
    least = 2
    most = 99

    def run(self, who, *location):
        if who.isdigit():
            task_of(who)  # says so if there is none
        location = " ".join(location)
        gdb.decode_line(location)  # says so if there is no such place
        OneProcess(who, location, self.kind())

    def kind(self):
        """Before paging is on, gdb cannot write to the kernel's code."""
        try:
            number(value("current_task"))
        except gdb.MemoryError:
            return gdb.BP_HARDWARE_BREAKPOINT
        return gdb.BP_BREAKPOINT


def name_or_number(who):
    return who.string() if who.type.strip_typedefs().code in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_PTR) else str(number(who))


class Function(gdb.Function):
    """A function for expressions; least and most are the numbers of its arguments."""
    least = most = 1

    def __init__(self, name):
        self.name = name
        super().__init__(name)

    def invoke(self, *arguments):
        if not self.least <= len(arguments) <= self.most:
            raise gdb.GdbError("usage: " + self.__doc__.split(":")[0])
        try:
            return self.result(*arguments)
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error} ({PAGING_IS_OFF})")


class CurrentTask(Function):
    """$mapix_current(): the struct task_struct * of the running task."""
    least = most = 0

    def result(self):
        return value("current_task")


class TaskOf(Function):
    """$mapix_task(PID or "NAME"): the struct task_struct * of a task."""

    def result(self, who):
        return task_of(name_or_number(who)).address


class MmOf(Function):
    """$mapix_mm(PID or "NAME"): the struct mm_struct * of a process."""

    def result(self, who):
        return mm_of(name_or_number(who)).address


class VmaOf(Function):
    """$mapix_vma(PID or "NAME", ADDRESS): the struct vm_area_struct * that contains the address, 0 if none does."""
    least = most = 2

    def result(self, who, address):
        vma = find_vma(mm_of(name_or_number(who)), number(address))
        return gdb.Value(0).cast(gdb.lookup_type("struct vm_area_struct").pointer()) if vma is None else vma.address


class PteOf(Function):
    """$mapix_pte(PID or "NAME", ADDRESS): the page-table entry of an address, 0 if there is no table."""
    least = most = 2

    def result(self, who, address):
        return walk(mm_of(name_or_number(who))["pgd"], number(address))[1] or 0


class PageOf(Function):
    """$mapix_page(PFN): the struct page * of a frame."""

    def result(self, pfn):
        page = page_of(number(pfn))
        if page is None:
            raise gdb.GdbError(f"frame {number(pfn):#x} is no memory of mem_map's")
        return page.address
