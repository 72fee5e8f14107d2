"""The pure parts of the kernel and the C library, compiled for this machine with the address and undefined sanitizers.

tests/host/test_NAME.c begins with a comment that names what it is compiled with: `/* sources: kernel/lib/rbtree.c ... */`.
"""
import glob
import os
import re
import subprocess

import pytest
from machine import ROOT, build, patiently

FLAGS = ["-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer",
         "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-sign-compare", "-DMAPIX_HOST", "-I.", "-Itests/host"]
TESTS = sorted(glob.glob(os.path.join(ROOT, "tests", "host", "test_*.c")))


def named_in(path, word):
    with open(path) as f:
        match = re.match(r"/\*(.*?)\*/", f.read(), re.S)
    found = re.search(rf"{word}: *(.*?)(?:;|$)", match.group(1).replace("\n *", " "), re.S) if match else None
    return [name for name in found.group(1).split() if name != "none"] if found else []


@pytest.mark.parametrize("path", TESTS, ids=[os.path.basename(p)[5:-2] for p in TESTS])
def test_host(path):
    program = build("tests", "host", os.path.basename(path)[:-2])
    os.makedirs(os.path.dirname(program), exist_ok=True)
    source = os.path.relpath(path, ROOT)
    compiled = subprocess.run(["gcc", *FLAGS, *named_in(path, "flags"), "-o", program, source, *named_in(path, "sources")], cwd=ROOT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert compiled.returncode == 0, compiled.stdout
    ran = patiently([program], cwd=ROOT)
    assert ran.returncode == 0, ran.stdout[-8000:]
