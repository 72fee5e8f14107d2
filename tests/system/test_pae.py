"""The kernel with PAE, which `make test` builds beside the other one. `make test PAE=1` runs all tests with it."""
import os
import re
import shutil

import pytest
import vmrun
from machine import PAE, build, patiently
from test_panic import END, last_words

FOLDER = () if PAE else ("pae",)  # of its kernels, in the build folder
# the page tables themselves, what makes and changes entries, and what can be executed
PROGRAMS = ("nx", "fault", "fork", "layout", "madvise", "mm_pages", "mprotect", "mremap", "pagemap", "trap",
            "uffd", "uffd_events", "uffd_shmem", "uffd_threads", "hugetlb_uffd")
PAE_ONLY = ("qemu32", "+nx", "+pse36")

pytestmark = pytest.mark.skipif(not os.path.exists(build(*FOLDER, "debug", "kernel.elf")), reason="make pae-kernels builds it")


def overlay_of(tmp_path, *programs):
    tests = tmp_path / "tree" / "tests"
    tests.mkdir(parents=True)
    for name in programs:
        shutil.copy(build("tests", "guest", name), tests)
    return str(tmp_path / "tree")


def run(mapix, *command, processor=PAE_ONLY, **options):
    """A command in the kernel with PAE; PROCESSOR: QEMU's."""
    return mapix(*command, qemu=f"-cpu {','.join(processor)}", program=(os.path.join(vmrun.ROOT, "scripts", "mapix"), "exec", "--pae"), **options)


def test_guest_programs(mapix, tmp_path, monkeypatch):
    """On the kernel that checks itself; nothing is lost."""
    monkeypatch.setenv("MAPIX_KERNEL", build(*FOLDER, "debug", "kernel.elf"))
    result = run(mapix, "/tests/runner", "--leaks", *(f"/tests/{name}" for name in PROGRAMS), overlay=overlay_of(tmp_path, "runner", *PROGRAMS),
                 disks=[vmrun.make_disk(str(tmp_path / "disk"))], timeout=900)
    assert [line for line in result.out.split("\n") if re.match("not ok|@@ leak", line)] == [], result
    assert re.findall(r"@@ end /tests/(\w+) 0", result.out) == list(PROGRAMS), result


def test_memory_above_4_gib(mapix):
    """It is there, programs get it, and a disk reads into it."""
    fill = "dd if=/dev/zero of=/dev/null bs=16M & while ! grep -q 'Anonymous: *16... kB' /proc/$!/smaps_rollup; do sleep 1; done; pagemap $!; kill $!"
    result = run(mapix, "/bin/sh", "-c", f"grep MemTotal /proc/meminfo; {fill}; md5sum /bin/busybox; free | grep Mem:", mem="6G")
    assert result.status == 0, result
    assert 6 * 0.95 < int(re.search(r"MemTotal: +(\d+)", result.out).group(1)) / (1 << 20) < 6, result
    frames = [int(frame, 16) for frame in re.findall(r"  frame ([0-9a-f]+)", result.out)]
    assert sum(frame >= 1 << 20 for frame in frames) > 1000, result
    digest = patiently(["md5sum", build("root", "bin", "busybox")]).stdout.split()[0]
    assert digest in result.out, result
    assert int(re.search(r"Mem: +(\d+)", result.out).group(1)) > 5 << 20, result


@pytest.mark.parametrize("processor, append, said", [
    (PAE_ONLY, "", "NX (Execute Disable) protection: active"),
    (PAE_ONLY, "noexec=off", "NX (Execute Disable) protection: disabled by kernel command line option"),
    (("qemu32",), "", "Notice: NX (Execute Disable) protection missing in CPU!")])
def test_nx_on_and_off(mapix, processor, append, said):
    """The log says it, /proc/cpuinfo too, and the experiment does what its page says."""
    result = run(mapix, "/bin/sh", "-c", "dmesg | grep NX; grep flags /proc/cpuinfo; /experiments/nx", processor=processor, append=append)
    assert result.status == 0 and said in result.out, result
    active = said.endswith("active")
    assert (" nx " in result.out) == active, result
    with open(os.path.join(vmrun.ROOT, "docs", "experiments", "nx.md"), encoding="utf-8") as f:
        page = f.read()
    wanted = re.findall(r"^    (.+  (?:runs|SIGSEGV.*))$", page, re.M) if active else page.split("```")[1].strip().split("\n")
    assert len(wanted) == 11 and "\n".join(wanted) in result.out, result


def test_a_processor_without_pae(mapix):
    result = run(mapix, "/bin/true", processor=("qemu32", "-pae"), timeout=60)
    assert result.status == vmrun.FAILED and "This processor lacks PAE" in result.err, result


def test_the_kernel_executes_no_data():
    """Nothing of it is both writable and executable, and a jump into data is its end."""
    words = last_words("mapix.crash=nx", kernel=(*FOLDER, "debug", "kernel.elf"), disk=False, processor=vmrun.cpu(True))
    assert "Checked W+X mappings: passed" in words, words
    assert "kernel tried to execute NX-protected page" in words, words
    assert re.search(r"#PF: supervisor instruction fetch in kernel mode\n.*#PF: error_code\(0x0011\) - permissions violation", words), words
    assert re.search(r"\*pdpt = [0-9a-f]{16}\n.*\*pde = [0-9a-f]{16} \*pte = 8[0-9a-f]{15}", words), words
    assert re.search(END, words).group(1) == "Fatal exception", words


@pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")
def test_entries_are_published_with_their_width():
    out = patiently(["gdb", "-batch", "-nx", "-ex", "print sizeof(pte_t)", build(*FOLDER, "kernel.elf")]).stdout
    assert "= 8" in out
