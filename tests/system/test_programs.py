"""Programs of others: Debian's busybox, and static programs that the stock compiler builds for Linux."""
import os
import re
import shutil
import subprocess
import textwrap

import pytest
from machine import build, compiled, needs_busybox


SCRIPT = r"""#!/bin/busybox sh
set -u
seq 1 100 | sort -rn | head -n 3 | tr '\n' ' '; echo
sleep 100 & first=$!
sleep 200 & second=$!
jobs | wc -l
until grep -q vdso /proc/$first/maps; do :; done
while read range perms offset device inode name; do
	case $name in */busybox) echo "$perms program";; \[*) echo "$perms $name";; esac
done < /proc/$first/maps
kill $first; wait $first 2>/dev/null; echo "first $?"
kill -9 $second; wait $second 2>/dev/null; echo "second $?"
(exit 3) & wait $!; echo "third $?"
(sleep 0.2; echo late) & wait; echo all
test -d /proc/$first || echo gone
echo a b c | awk '{ print $3, $1 }'
for i in 1 2 3; do echo line $i; done >/tmp/x; sed -n 's/line \([23]\)/<\1>/p' /tmp/x; rm /tmp/x
trap 'echo caught' USR1; kill -USR1 $$; trap - USR1
yes | head -n 100000 | md5sum
cat /proc/$$/comm
exit 5
"""
SCRIPT_PRINTS = """100 99 98 
2
r--p program
r-xp program
r--p program
r--p program
rw-p program
rw-p [heap]
rw-p [heap]
r--p [vvar]
r-xp [vdso]
rw-p [stack]
first 143
second 137
third 3
late
all
gone
c a
<2>
<3>
caught
eda1b2a5649ead4aaf46ae7bb418a101  -
script
"""


@needs_busybox
def test_script_of_busybox(mapix, tmp_path):
    """Pipes, background jobs, kill, wait, and a loop that reads /proc/PID/maps; what it prints is what Linux prints."""
    (tmp_path / "script").write_text(SCRIPT)
    (tmp_path / "script").chmod(0o755)
    result = mapix("/script", overlay=tmp_path, append="norandmaps")
    assert result.out == SCRIPT_PRINTS, result
    assert result.status == 5, result


@needs_busybox
def test_busybox_as_the_whole_userland(mapix):
    """All its applets as links, and its shell as init's command."""
    result = mapix("/bin/busybox", "sh", "-c",
                   "mkdir /tmp/bin; /bin/busybox --install -s /tmp/bin; PATH=/tmp/bin; ls -l /proc/self/exe | awk '{ print $NF }'; "
                   "find /experiments | wc -l >/tmp/n; test $(cat /tmp/n) -gt 5 && echo found; df / | tail -n 1 | awk '{ print $6 }'; "
                   "tar cf - /experiments 2>/dev/null | gzip | gunzip | tar tf - | cmp - /dev/fd/3 3</dev/null >/dev/null; echo $?; "
                   "free | grep -c Mem; uptime | grep -c load; dmesg | grep -c Linux; vi --help 2>&1 | grep -c Usage")
    assert result.out.split("\n")[:3] == ["/bin/busybox", "found", "/"], result
    assert result.status == 0, result


def test_store_to_the_kernel_half(mapix, tmp_path):
    program = compiled(tmp_path, "store", "int main(void) { *(volatile int *)0xC0100000 = 1; return 0; }")
    result = mapix(program, overlay=tmp_path)
    assert (result.out, result.status) == ("", 128 + 11), result


@pytest.mark.parametrize("mem, percent", [("16M", 60), ("128M", 85), ("3G", 85)])
def test_memory_is_there(mapix, tmp_path, mem, percent):
    """Most of what meminfo calls free can be had, and each page keeps what was written to it."""
    program = compiled(tmp_path, "fill", r"""
        #define _GNU_SOURCE
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/mman.h>

        int main(int argc, char **argv)
        {
        	unsigned long kib = 0, n, i, bad = 0;
        	volatile unsigned long *p;
        	char line[128];
        	FILE *f = fopen("/proc/meminfo", "r");

        	while (fgets(line, sizeof(line), f))
        		sscanf(line, "MemFree: %lu", &kib);
        	n = kib / 4 * atoi(argv[1]) / 100;
        	p = mmap(NULL, n * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        	if (p == MAP_FAILED)
        		return 1;
        	for (i = 0; i < n; i++)
        		p[i * 1024] = i * 2654435761u;
        	for (i = 0; i < n; i++)
        		bad += p[i * 1024] != (unsigned long)(i * 2654435761u);
        	printf("%lu pages, %lu bad\n", n, bad);
        	return 0;
        }
        """)
    result = mapix(program, str(percent), overlay=tmp_path, mem=mem)
    pages = re.fullmatch(r"(\d+) pages, 0 bad\n", result.out)
    assert pages and result.status == 0, result
    if mem == "3G":
        assert int(pages.group(1)) * 4096 > 2 << 30


@needs_busybox
@pytest.mark.parametrize("length", [0, 1, 3, 4, 20, 51, 52, 60, 100, 115, 180, 4096, 100000])
def test_truncated_programs(shell, length):
    """An ELF file cut off anywhere: refused, or killed when it reaches what is not there; the shell goes on."""
    shell.run(f"head -c {length} /experiments-glibc/malloc >/tmp/cut; chmod 755 /tmp/cut")
    shell.run("/tmp/cut >/dev/null")
    status = int(shell.run("echo $?"))
    # an empty file is an empty script; a file with whole headers starts, and misses its pages
    refused = (2, 126, 127)  # 2: a script of nonsense
    assert status == 0 if length == 0 else status in refused or (length >= 180 and status in (128 + 7, 128 + 11)), status
    assert shell.run("rm /tmp/cut; echo alive") == "alive"


def test_dynamic_program(mapix, tmp_path):
    """An ordinary PIE with Debian's glibc: the kernel maps it and its interpreter, where Linux maps them."""
    (tmp_path / "lib").mkdir()
    for library in "ld-linux.so.2", "libc.so.6":
        shutil.copy(f"/usr/i686-linux-gnu/lib/{library}", tmp_path / "lib")
    source = """
        #include <stdio.h>
        int main(void)
        {
            char line[256];
            FILE *f = fopen("/proc/self/maps", "r");

            while (fgets(line, sizeof(line), f))
                fputs(line, stdout);
            return 3;
        }
    """
    subprocess.run(["i686-linux-gnu-gcc", "-pie", "-fPIE", "-O1", "-x", "c", "-", "-o", tmp_path / "dynamic"],
                   input=textwrap.dedent(source).encode(), check=True)
    result = mapix("/dynamic", overlay=tmp_path, append="norandmaps")
    assert result.status == 3, result
    lines = [line.split() for line in result.out.splitlines()]
    program = [line for line in lines if line[-1] == "/dynamic"]
    assert program[0][0].startswith("00400000-") and program[0][1] == "r--p", result
    assert [line[0] for line in lines if line[-1] == "[vdso]"] != []
    linker = [line for line in lines if line[-1] == "/lib/ld-linux.so.2"]
    assert linker[-1][0].endswith("-b8000000"), result


STAND_INS = """
mkdir /tmp/d && cd /tmp/d && pwd
echo one two >a; echo three >>a; cat a | grep -c '^t.*e$'; grep -v two a; head -n 1 a; wc a; wc -l <a
if [ -f a ]; then echo file; fi; test ! -d a && [ 3 -le 10 ] && [ x != y ] && echo tests
true && false || ls; ls -l /tmp/d; rm a; cd /; rm /tmp/d; ls /tmp
dmesg | grep -c 'Linux version'
""".strip()
STAND_INS_PRINT = """/tmp/d
1
three
one two
2 3 14 a
2
file
tests
a
-rw-r--r-- root          14 a
1
"""


def test_without_busybox(mapix, tmp_path):
    """What stands in for it, with our shell as /bin/sh."""
    (tmp_path / "bin").mkdir()
    for name in os.listdir(build("user", "standin")):
        if "." not in name:
            shutil.copy(build("user", "standin", name), tmp_path / "bin")
    (tmp_path / "bin" / "[").symlink_to("test")
    (tmp_path / "bin" / "sh").symlink_to("msh")
    (tmp_path / "bin" / "busybox").write_text("")
    result = mapix("/bin/sh", "-c", STAND_INS, overlay=tmp_path)
    assert (result.out, result.status) == (STAND_INS_PRINT, 0), result
