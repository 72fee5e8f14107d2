"""mapix check: is an address space consistent?"""
import gdb

from .kernel import Command, constant, container, mm_of, number, page_size, value, vmas
from .tables import directories, frame_of, has_table, in_hex, is_large, is_page, page_of, pmd_number, table

MM_COUNTERS = ("MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS", "MM_SHMEMPAGES")


class Check(Command):
    """mapix check PID (or a name): do list, tree, gaps, counters and page tables of an address space agree?"""
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
        pages = sum((number(v["vm_end"]) - number(v["vm_start"])) >> constant("PAGE_SHIFT") for v in areas)
        if number(mm["total_vm"]) != pages:
            wrong.append(f"total_vm {number(mm['total_vm'])}, but {pages} pages")
        return wrong

    def tables(self, mm, areas):
        """Every page stands in an area, and the counters are those of the pages."""
        wrong, tables, count = [], 0, dict.fromkeys(MM_COUNTERS, 0)
        limits = [(number(v["vm_start"]), number(v["vm_end"])) for v in areas]
        zero = number(value("zero_pfn"))
        for i, directory in directories(mm["pgd"], 0, pmd_number(constant("PAGE_OFFSET"))):
            if is_large(directory) and directory & constant("_PAGE_SPECIAL"):
                tables += 1  # for the huge page of zeros, which counts in nothing else
            elif is_large(directory) and self.is_transparent(directory):
                tables += 1  # which is kept for the time when it is split
                count["MM_ANONPAGES"] += constant("PTRS_PER_PTE")
            if not has_table(directory):
                continue
            tables += 1
            for j, entry in enumerate(table(directory)):
                if not entry:
                    continue
                address = (i << constant("PMD_SHIFT")) + j * page_size()
                if not any(start <= address < end for start, end in limits):
                    wrong.append(f"{address:#010x}: an entry {in_hex(entry)} outside every area")
                pfn = frame_of(entry)
                page = page_of(pfn)
                if is_page(entry) and pfn != zero and page is not None:
                    self.count_page(page, count)
        for i, name in enumerate(MM_COUNTERS):
            # a page of the kernel's own (vdso) is mapped without being counted
            if name == "MM_ANONPAGES" and int(mm["rss_stat"][i]) != count[name]:
                wrong.append(f"{name} {int(mm['rss_stat'][i])}, but {count[name]} pages")
        if number(mm["pgtables_bytes"]) != tables * page_size():
            wrong.append(f"pgtables_bytes {number(mm['pgtables_bytes'])}, but {tables} tables")
        return wrong

    def is_transparent(self, directory):
        """Is the large page one that nobody asked for, rather than one of the pool, which is counted nowhere here?"""
        page = value("mem_map")[frame_of(directory) + 1]
        return number(page["private"]) == number(value("COMPOUND_TRANSHUGE"))

    def count_page(self, page, count):
        if number(page["mapping"]) & constant("PAGE_MAPPING_ANON"):
            count["MM_ANONPAGES"] += 1
        elif number(page["mapping"]):
            count["MM_FILEPAGES"] += 1
