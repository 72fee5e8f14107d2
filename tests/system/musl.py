"""Debian's musl for i386, fetched when it is first asked for, and the programs of tests/musl/ built with it."""
import os
import shutil
import subprocess

import guest
import pytest
from machine import ROOT, build, execute

PROGRAMS = ("memory", "threads", "calls")  # their cases are those of a guest test; start only prints
KINDS = {"static": ["-static", "-no-pie"], "dynamic": ["-pie", "-fPIE"]}
CC = ["i686-linux-gnu-gcc", "-O1", "-fno-stack-protector", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-infinite-recursion"]


def fetched():
    """Skips the test where the packages cannot be had."""
    if not os.path.exists(build("ref", "musl")):
        fetch = subprocess.run([os.path.join(ROOT, "scripts", "fetch-linux"), build("ref"), "musl"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if not os.path.exists(build("ref", "musl")):
            pytest.skip(f"musl cannot be fetched: {fetch.stdout[-300:]}")


def source(name):
    return os.path.join(ROOT, "tests", "musl", name + ".c")


def compile(name, kind, path):
    """One program: nothing of the compiler's own C library is used, neither headers nor what starts a program."""
    lib = build("ref", "musl", "usr", "lib", "i386-linux-musl")
    ask = lambda what: subprocess.run([CC[0], what], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    includes = ["-nostdinc", "-isystem", build("ref", "musl", "usr", "include", "i386-linux-musl"), "-isystem", ask("-print-file-name=include")]
    # the shared library is at once the dynamic linker
    libc = [f"{lib}/libc.a"] if kind == "static" else ["-L" + build("ref", "musl", "lib", "i386-linux-musl"), "-lc"]
    subprocess.run([*CC, *KINDS[kind], *includes, "-nostdlib", "-Wl,-dynamic-linker=/lib/ld-musl-i386.so.1", "-o", path,
                    f"{lib}/{'crt1' if kind == 'static' else 'Scrt1'}.o", f"{lib}/crti.o", source(name), *libc,
                    ask("-print-libgcc-file-name"), f"{lib}/crtn.o"], check=True)


def overlay(folder):
    """All programs of both kinds in /tests, the dynamic linker, and the library that start loads."""
    tests, lib = os.path.join(folder, "tests"), os.path.join(folder, "lib")
    os.mkdir(tests)
    os.mkdir(lib)
    for name in PROGRAMS + ("start",):
        for kind in KINDS:
            compile(name, kind, os.path.join(tests, f"{name}-{kind}"))
    subprocess.run([*CC, "-shared", "-fPIC", "-nostdlib", "-o", os.path.join(lib, "plugin.so"), source("plugin")], check=True)
    shutil.copy(build("ref", "musl", "lib", "i386-linux-musl", "libc.so"), os.path.join(lib, "ld-musl-i386.so.1"))
    shutil.copy(build("tests", "guest", "runner"), tests)
    return folder


def cases():
    return [(f"{name}-{kind}", case) for name in PROGRAMS for kind in KINDS for case in guest.Program(source(name)).cases]


def run(folder, *options, **how):
    """All programs in one boot: {program: Report}."""
    reports = {}
    result = execute("/tests/runner", *options, *[f"/tests/{name}-{kind}" for name in PROGRAMS for kind in KINDS],
                     overlay=folder, timeout=600, **how)
    guest.parse(result.out, reports)
    assert reports, result
    return reports
