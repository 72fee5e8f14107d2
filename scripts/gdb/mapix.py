"""gdb commands for Mapix, all under the prefix `mapix`; `help mapix` lists them.

They only read the kernel's structures through the debugger, so they work wherever the machine was stopped, in user mode too.
"""
import struct

import gdb

PAGE_SHIFT = 12
PAGE_SIZE = 1 << PAGE_SHIFT
PAGE_OFFSET = 0xC0000000
WORD = 0xFFFFFFFF

PTE_PRESENT, PTE_RW, PTE_USER, PTE_PSE, PTE_GLOBAL = 0x001, 0x002, 0x004, 0x080, 0x100
PTE_BITS = ((PTE_PRESENT, "present"), (PTE_RW, "rw"), (PTE_USER, "user"), (0x008, "pwt"), (0x010, "pcd"), (0x020, "accessed"),
            (0x040, "dirty"), (PTE_GLOBAL, "global"), (0x200, "special"), (0x400, "uffd-wp"), (0x800, "soft-dirty"))

VM_READ, VM_WRITE, VM_EXEC, VM_SHARED, VM_GROWSDOWN = 1, 2, 4, 8, 0x100
VM_BITS = ((VM_GROWSDOWN, "growsdown"), (0x400, "pfnmap"), (0x2000, "locked"), (0x4000, "io"), (0x20000, "dontcopy"), (0x40000, "dontexpand"),
           (0x80000, "lockonfault"), (0x100000, "account"), (0x200000, "noreserve"), (0x400000, "hugetlb"), (0x2000000, "wipeonfork"),
           (0x4000000, "dontdump"))

STATES = ((0x10, "X"), (0x20, "Z"), (0x04, "T"), (0x02, "D"), (0x01, "S"))
ELF_TYPE = struct.Struct("<16xH")
ET_DYN = 3
MM_COUNTERS = ("MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS", "MM_SHMEMPAGES")


def value(name):
    return gdb.parse_and_eval(name)


def number(v):
    return int(v) & WORD


def container(pointer, kind, member):
    """The structure of type KIND whose MEMBER is at POINTER."""
    struct_type = gdb.lookup_type(kind)
    offset = next(f.bitpos // 8 for f in struct_type.fields() if f.name == member)
    return gdb.Value(number(pointer) - offset).cast(struct_type.pointer()).dereference()


def read_word(address):
    data = gdb.selected_inferior().read_memory(address, 4)
    return struct.unpack("<I", data.tobytes())[0]


def tasks():
    head = value("&all_tasks")
    node = head["next"]
    if not number(node):
        raise gdb.GdbError("there are no tasks yet: the kernel has only begun")
    while number(node) != number(head):
        task = container(node, "struct task_struct", "tasks")
        node = node["next"]
        yield task


def task_of(who):
    """The task with this number, or the only one with this name."""
    named = [task for task in tasks() if text(task["comm"]) == str(who)]
    if len(named) > 1:
        pids = ", ".join(str(int(task["pid"])) for task in named)
        raise gdb.GdbError(f"several tasks are called {who}: say which by its PID ({pids})")
    if named:
        return named[0]
    try:
        pid = number(gdb.parse_and_eval(str(who)))
    except gdb.error:
        raise gdb.GdbError(f"there is no task {who}: mapix tasks lists them")
    for task in tasks():
        if int(task["pid"]) == pid:
            return task
    raise gdb.GdbError(f"there is no task {pid}: mapix tasks lists them")


def mm_of(who):
    mm = task_of(who)["mm"]
    if not number(mm):
        raise gdb.GdbError(f"task {who} has no mm: a kernel thread, or it is exiting")
    return mm.dereference()


def vmas(mm):
    vma = mm["mmap"]
    while number(vma):
        yield vma.dereference()
        vma = vma["vm_next"]


def text(pointer):
    return pointer.string(errors="replace")


def path_of(file):
    """The path of a struct file within its file system."""
    names = []
    dentry = file["f_path"]["dentry"]
    while number(dentry) and number(dentry["d_parent"]) != number(dentry):
        names.append(text(dentry["d_name"]["name"]))
        dentry = dentry["d_parent"]
    return "/" + "/".join(reversed(names))


def names(bits, flags):
    return " ".join(name for bit, name in bits if flags & bit)


def permissions(flags):
    return "".join(c if flags & bit else "-" for bit, c in ((VM_READ, "r"), (VM_WRITE, "w"), (VM_EXEC, "x"))) + \
        ("s" if flags & VM_SHARED else "p")


def vma_name(mm, vma):
    """As arch_vma_name() in mm/special.c names it; a special mapping carries its name itself."""
    if number(vma["vm_ops"]) and number(vma["vm_ops"]) == number(value("&special_mapping_vmops")):
        return text(vma["vm_private_data"].cast(gdb.lookup_type("struct vm_special_mapping").pointer())["name"])
    if number(vma["vm_file"]):
        return path_of(vma["vm_file"])
    start, end = number(vma["vm_start"]), number(vma["vm_end"])
    if start <= number(mm["brk"]) and end >= number(mm["start_brk"]):
        return "[heap]"
    if start <= number(mm["start_stack"]) <= end:
        return "[stack]"
    return ""


def walk(pgd, address):
    """The directory's entry and the table's (None without a table) for an address."""
    directory = read_word(number(pgd) + 4 * (address >> 22))
    if not directory & PTE_PRESENT or directory & PTE_PSE:
        return directory, None
    return directory, read_word((directory & ~0xFFF) + PAGE_OFFSET + 4 * (address >> PAGE_SHIFT & 1023))


def is_page(entry):
    """Present, or kept for PROT_NONE."""
    return entry & (PTE_PRESENT | PTE_GLOBAL)


def page_flags(flags):
    bits = [(1 << f.enumval, f.name[3:]) for f in gdb.lookup_type("enum pageflags").fields() if f.name.startswith("PG_")]
    zone = "highmem" if flags >> 31 else "normal"
    return f"{names(bits, flags)} zone={zone}".strip()


def show_page(pfn):
    if pfn >= number(value("max_pfn")):
        print(f"  frame {pfn:#x}: no memory of mem_map's")
        return
    page = value("mem_map")[pfn]
    flags = number(page["flags"])
    print(f"  frame {pfn:#x} (physical {pfn << PAGE_SHIFT:#010x}), struct page at {number(page.address):#010x}")
    print(f"    flags    {flags:#010x} {page_flags(flags)}")
    print(f"    count    {int(page['_refcount'])}")
    slab = gdb.lookup_type("enum pageflags")["PG_slab"].enumval
    if flags >> slab & 1:
        print(f"    slab     {int(page['inuse'])} of {int(page['objects'])} objects, cache at {number(page['slab_cache']):#010x}")
        return
    mapping = number(page["mapping"])
    print(f"    mapcount {int(page['_mapcount']) + 1}")
    print(f"    mapping  {mapping & ~3:#010x}{' (anonymous)' if mapping & 1 else ''} index {number(page['index']):#x}")


class Mapix(gdb.Command):
    """Mapix: tasks, address spaces, page tables."""

    def __init__(self):
        super().__init__("mapix", gdb.COMMAND_USER, prefix=True)


class Command(gdb.Command):
    """A command under the prefix; least and most are the numbers of its arguments."""
    least = most = 0

    def __init__(self, name):
        super().__init__("mapix " + name, gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        argv = gdb.string_to_argv(argument)
        if not self.least <= len(argv) <= self.most:
            raise gdb.GdbError("usage: " + self.__doc__.split("\n")[0].split(":")[0])
        try:
            self.run(*argv)
        except gdb.GdbError:
            raise
        except gdb.MemoryError as error:
            raise gdb.GdbError(f"{error} (nothing of the kernel's can be read before it has turned paging on)")
        except (gdb.error, OSError) as error:
            raise gdb.GdbError(str(error))


def integer(expression):
    return number(gdb.parse_and_eval(expression))


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


class Vmas(Command):
    """mapix vmas PID (or a name): the areas of a process's address space, as in /proc/PID/maps, with their addresses in the kernel."""
    least = most = 1

    def run(self, pid):
        mm = mm_of(pid)
        for vma in vmas(mm):
            flags = number(vma["vm_flags"])
            line = f"{number(vma.address):#010x}: {number(vma['vm_start']):08x}-{number(vma['vm_end']):08x} {permissions(flags)} " \
                   f"{number(vma['vm_pgoff']) << PAGE_SHIFT & WORD if number(vma['vm_file']) else 0:08x} {vma_name(mm, vma)}"
            more = names(VM_BITS, flags)
            print(line.rstrip() + (f" ({more})" if more else ""))
        print(f"{int(mm['map_count'])} areas, {number(mm['total_vm'])} pages")


class Walk(Command):
    """mapix walk ADDR [PID]: the page-table walk of an address, in the running address space or that of a process."""
    least, most = 1, 2

    def run(self, address, pid=None):
        address = integer(address)
        pgd = mm_of(pid)["pgd"] if pid else value("current_task")["active_mm"]["pgd"]
        directory, entry = walk(pgd, address)
        print(f"{address:#010x}: directory at {number(pgd):#010x}")
        print(f"  pgd[{address >> 22}] = {directory:#010x} {names(PTE_BITS, directory)}{' 4MiB' if directory & PTE_PSE else ''}")
        if entry is None:
            if directory & PTE_PRESENT:
                show_page((directory >> 22 << 10) + (address >> PAGE_SHIFT & 1023))
            else:
                print("  no page table")
            return
        print(f"  pte[{address >> PAGE_SHIFT & 1023}] = {entry:#010x} {names(PTE_BITS, entry)}")
        if is_page(entry):
            show_page(entry >> PAGE_SHIFT)
        else:
            print("  no page")


class Page(Command):
    """mapix page PFN: what the kernel knows about a page frame."""
    least = most = 1

    def run(self, pfn):
        show_page(integer(pfn))


class Check(Command):
    """mapix check PID: do list, tree, gaps, counters and page tables of an address space agree?"""
    least = most = 1

    def run(self, pid):
        mm = mm_of(pid)
        areas = list(vmas(mm))
        wrong = self.list_order(areas) + self.tree(mm, areas) + self.counters(mm, areas) + self.tables(mm, areas)
        for line in wrong:
            print(line)
        if wrong:
            raise gdb.GdbError(f"{len(wrong)} things are wrong in the address space of {pid}")
        print(f"ok: {len(areas)} areas")

    def list_order(self, areas):
        wrong, end, before = [], 0, 0
        for vma in areas:
            start = number(vma["vm_start"])
            if start < end or start >= number(vma["vm_end"]):
                wrong.append(f"area {number(vma.address):#x}: out of order or empty")
            if number(vma["vm_prev"]) != before:
                wrong.append(f"area {number(vma.address):#x}: wrong vm_prev")
            end, before = number(vma["vm_end"]), number(vma.address)
        return wrong

    def tree(self, mm, areas):
        wrong, seen = [], []

        def descend(node):
            """Visit in order; the black height and the largest gap of the subtree."""
            if not number(node):
                return 1, 0
            vma = container(node, "struct vm_area_struct", "vm_rb")
            left, left_gap = descend(node["rb_left"])
            seen.append(number(vma.address))
            before = vma["vm_prev"]
            own = number(vma["vm_start"]) - (number(before["vm_end"]) if number(before) else 0)
            right, right_gap = descend(node["rb_right"])
            gap = max(left_gap, right_gap, own)
            if number(vma["rb_subtree_gap"]) != gap:
                wrong.append(f"area {number(vma.address):#x}: rb_subtree_gap {number(vma['rb_subtree_gap']):#x}, not {gap:#x}")
            if left != right:
                wrong.append(f"area {number(vma.address):#x}: black heights {left} and {right}")
            return left + (number(node["__rb_parent_color"]) & 1), gap
        descend(mm["mm_rb"]["rb_node"])
        if seen != [number(vma.address) for vma in areas]:
            wrong.append("tree and list disagree")
        return wrong

    def counters(self, mm, areas):
        wrong = []
        if int(mm["map_count"]) != len(areas):
            wrong.append(f"map_count {int(mm['map_count'])}, but {len(areas)} areas")
        pages = sum((number(v["vm_end"]) - number(v["vm_start"])) >> PAGE_SHIFT for v in areas)
        if number(mm["total_vm"]) != pages:
            wrong.append(f"total_vm {number(mm['total_vm'])}, but {pages} pages")
        return wrong

    def tables(self, mm, areas):
        """Every page stands in an area, and the counters are those of the pages."""
        wrong, tables, count = [], 0, dict.fromkeys(MM_COUNTERS, 0)
        memory = gdb.selected_inferior()
        limits = [(number(v["vm_start"]), number(v["vm_end"])) for v in areas]
        zero = number(value("zero_pfn"))
        for i in range(PAGE_OFFSET >> 22):
            directory = read_word(number(mm["pgd"]) + 4 * i)
            if not directory & PTE_PRESENT:
                continue
            tables += 1
            entries = struct.unpack("<1024I", memory.read_memory((directory & ~0xFFF) + PAGE_OFFSET, PAGE_SIZE).tobytes())
            for j, entry in enumerate(entries):
                if not entry:
                    continue
                address = i << 22 | j << PAGE_SHIFT
                if not any(start <= address < end for start, end in limits):
                    wrong.append(f"{address:#010x}: an entry {entry:#010x} outside every area")
                pfn = entry >> PAGE_SHIFT
                if is_page(entry) and pfn != zero and pfn < number(value("max_pfn")):
                    self.count_page(value("mem_map")[pfn], count)
        for i, name in enumerate(MM_COUNTERS):
            # a page of the kernel's own (vdso) is mapped without being counted
            if name == "MM_ANONPAGES" and int(mm["rss_stat"][i]) != count[name]:
                wrong.append(f"{name} {int(mm['rss_stat'][i])}, but {count[name]} pages")
        if number(mm["pgtables_bytes"]) != tables * PAGE_SIZE:
            wrong.append(f"pgtables_bytes {number(mm['pgtables_bytes'])}, but {tables} tables")
        return wrong

    def count_page(self, page, count):
        if number(page["mapping"]) & 1:
            count["MM_ANONPAGES"] += 1
        elif number(page["mapping"]):
            count["MM_FILEPAGES"] += 1


class Symbols(Command):
    """mapix symbols PID FILE: load the symbols of the program FILE (on this machine) at its base in the process."""
    least = most = 2

    def run(self, pid, path):
        mm = mm_of(pid)
        with open(path, "rb") as f:
            header = f.read(ELF_TYPE.size)
        if not header.startswith(b"\x7fELF") or len(header) < ELF_TYPE.size:
            raise gdb.GdbError(f"{path} is no ELF file")
        kind, = ELF_TYPE.unpack(header)
        base = 0
        if kind == ET_DYN:
            exe = number(mm["exe_file"]["f_inode"])
            base = next((number(v["vm_start"]) for v in vmas(mm) if number(v["vm_file"]) and not number(v["vm_pgoff"])
                         and number(v["vm_file"]["f_inode"]) == exe), None)
            if base is None:
                raise gdb.GdbError(f"process {pid} does not map its program's beginning")
        gdb.execute(f"add-symbol-file {path} -o {base:#x}")


Mapix()
Tasks("tasks")
Vmas("vmas")
Walk("walk")
Page("page")
Check("check")
Symbols("symbols")
