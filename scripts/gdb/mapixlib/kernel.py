"""The kernel's structures as gdb sees them: numbers, tasks, address spaces."""
import struct

import gdb

WORD = 0xFFFFFFFF
PUBLISHED_NUMBER = struct.Struct("<36sI")  # kernel/published.h
PAGING_IS_OFF = "nothing of the kernel's can be read before it has turned paging on"

VM_RIGHTS = (("VM_READ", "r"), ("VM_WRITE", "w"), ("VM_EXEC", "x"))
VM_NAMES = ("VM_GROWSDOWN", "VM_PFNMAP", "VM_LOCKED", "VM_IO", "VM_DONTCOPY", "VM_DONTEXPAND", "VM_LOCKONFAULT", "VM_ACCOUNT", "VM_NORESERVE",
            "VM_HUGETLB", "VM_WIPEONFORK", "VM_DONTDUMP")

published = {}


def value(name):
    return gdb.parse_and_eval(name)


def number(v):
    return int(v) & WORD


def integer(expression):
    """The number that an expression gives; a function or an array gives its address."""
    v = gdb.parse_and_eval(expression)
    return number(v.address if v.type.strip_typedefs().code in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY) else v)


def read(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def constant(name):
    """A constant of the C headers, which the kernel publishes (kernel/published.c)."""
    if not published:
        at, found = number(value("mapix_published.numbers").address), {}
        while True:
            key, n = PUBLISHED_NUMBER.unpack(read(at, PUBLISHED_NUMBER.size))
            if not key.rstrip(b"\0"):
                break
            found[key.rstrip(b"\0").decode()] = n
            at += PUBLISHED_NUMBER.size
        published.update(found)
    if name not in published:
        raise gdb.GdbError(f"this kernel does not publish {name}: it is of another version than these commands")
    return published[name]


def page_size():
    return 1 << constant("PAGE_SHIFT")


def flag_names(constants, prefix, flags):
    """The names of the bits that are set, as they are written in C but without the prefix."""
    return " ".join(name[len(prefix):].lower().replace("_", "-") for name in constants if flags & constant(name))


def container(pointer, kind, member):
    """The structure of type KIND whose MEMBER is at POINTER."""
    struct_type = gdb.lookup_type(kind)
    offset = next(f.bitpos // 8 for f in struct_type.fields() if f.name == member)
    return gdb.Value(number(pointer) - offset).cast(struct_type.pointer()).dereference()


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


def permissions(flags):
    return "".join(c if flags & constant(name) else "-" for name, c in VM_RIGHTS) + ("s" if flags & constant("VM_SHARED") else "p")


def vma_line(mm, vma):
    """The line of /proc/PID/maps, without device and inode."""
    offset = number(vma["vm_pgoff"]) << constant("PAGE_SHIFT") & WORD if number(vma["vm_file"]) else 0
    return f"{number(vma['vm_start']):08x}-{number(vma['vm_end']):08x} {permissions(number(vma['vm_flags']))} {offset:08x} {vma_name(mm, vma)}".rstrip()


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


def find_vma(mm, address):
    """The area that contains the address, or None."""
    return next((vma for vma in vmas(mm) if number(vma["vm_start"]) <= address < number(vma["vm_end"])), None)


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
            raise gdb.GdbError(f"{error} ({PAGING_IS_OFF})")
        except (gdb.error, OSError) as error:
            raise gdb.GdbError(str(error))
