"""Programs that the stock compiler links dynamically run as they come: the loader and the C library are in the image."""
import os
import re
import shutil
import subprocess
import textwrap

import pytest
from machine import MAPIX, ROOT, build, execute
from test_diff import reference  # noqa: F401, a fixture

LINUX = (os.path.join(ROOT, "scripts", "linux-exec"),)
CC = "i686-linux-gnu-gcc"

pytestmark = pytest.mark.skipif(not os.path.exists(build("root", "lib", "ld-linux.so.2")), reason="the cross package has no loader")

PROGRAM = r"""
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <math.h>
    #include <pthread.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <unistd.h>

    extern int mine(int), calls;
    static __thread int own = 7;

    static void *thread(void *arg)
    {
    	own += mine(20);
    	return (void *)(long)own;
    }

    static void at_end(void)
    {
    	printf("%d calls\n", calls);
    }

    int main(int argc, char **argv)
    {
    	int (*found)(int);
    	pthread_t t;
    	void *result, *plugin;
    	char line[512];
    	FILE *f;

    	atexit(at_end);
    	pthread_create(&t, NULL, thread, NULL);
    	pthread_join(t, &result);
    	printf("thread %ld, here %d, sqrt %.5f\n", (long)result, own, sqrt(argc));
    	plugin = dlopen(argv[1], RTLD_NOW);
    	found = plugin ? (int (*)(int))dlsym(plugin, "twice") : NULL;
    	printf("dlopen %s, twice %d\n", plugin ? "found it" : dlerror(), found ? found(4) : 0);
    	for (f = fopen("/proc/self/maps", "r"); fgets(line, sizeof(line), f);)
    		fputs(line, stdout);
    	return 3;
    }
    """


def compiled(path, source, *options):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    subprocess.run([CC, "-O1", "-Wall", "-x", "c", "-", "-o", path, *options], input=textwrap.dedent(source).encode(), check=True)


@pytest.fixture(scope="module")
def overlay(tmp_path_factory):
    """A program, a library of one's own beside it under /usr/lib, and one that is loaded later."""
    folder = str(tmp_path_factory.mktemp("dynamic"))
    lib = os.path.join(folder, "usr", "lib")
    compiled(os.path.join(lib, "libmine.so"), "int calls; int mine(int n) { calls++; return n + 1; }", "-shared", "-fPIC")
    compiled(os.path.join(lib, "plugin.so"), "extern int mine(int); int twice(int n) { return 2 * mine(n); }", "-shared", "-fPIC")
    for name, how in ("program", ["-pie", "-fPIE"]), ("program-fixed", ["-no-pie"]):
        compiled(os.path.join(folder, "bin", name), PROGRAM, *how, "-L" + lib, "-lmine", "-lm")
    compiled(os.path.join(folder, "bin", "hello"), '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }')
    compiled(os.path.join(folder, "bin", "orphan"), "extern int mine(int); int main(void) { return mine(1); }", "-L" + lib, "-lmine",
             "-Wl,-rpath-link," + lib)
    return folder


@pytest.fixture(scope="module")
def linux_overlay(overlay, reference, tmp_path_factory):  # noqa: F811
    """The same with the image's /lib, which Linux's has to have too."""
    folder = str(tmp_path_factory.mktemp("linux"))
    shutil.copytree(overlay, folder, dirs_exist_ok=True)
    shutil.copytree(build("root", "lib"), os.path.join(folder, "lib"), dirs_exist_ok=True)
    return folder


def plain(text):
    """Without device and inode numbers."""
    return re.sub(r"^(\S{17} \S{4} \S{8}) \S+ +\d+ *", r"\1 ", text, flags=re.M).split("\n")


@pytest.mark.parametrize("program", ["program", "program-fixed"])
def test_as_on_linux(overlay, linux_overlay, program):
    """Threads, a library of one's own, dlopen, and every line of the memory map."""
    ours = execute(f"/bin/{program}", "plugin.so", overlay=overlay, append="norandmaps")
    theirs = execute(f"/bin/{program}", "plugin.so", overlay=linux_overlay, append="norandmaps", program=LINUX)
    assert (ours.status, theirs.status) == (3, 3), (ours, theirs)
    assert ours.out.startswith("thread 28, here 7, sqrt 1.41421\ndlopen found it, twice 10\n"), ours
    assert ours.out.endswith("\n2 calls\n") and "/usr/lib/libmine.so" in ours.out and "/lib/libc.so.6" in ours.out, ours
    assert plain(ours.out) == plain(theirs.out)


def test_the_loader_itself(overlay):
    """It can be run as a program, and tells what a program wants."""
    assert execute("/lib/ld-linux.so.2", "/bin/hello", overlay=overlay).out == "hello\n"
    listed = execute("/lib/ld-linux.so.2", "--list", "/bin/program", overlay=overlay)
    assert listed.status == 0 and re.findall(r"^\t(\S+) => (\S+)", listed.out, re.M) == [
        ("libmine.so", "/usr/lib/libmine.so"), ("libm.so.6", "/lib/libm.so.6"), ("libc.so.6", "/lib/libc.so.6")], listed


def test_a_library_that_is_missing(overlay, tmp_path):
    """The loader's own words, and its status."""
    shutil.copytree(os.path.join(overlay, "bin"), tmp_path / "bin")
    result = execute("/bin/orphan", overlay=tmp_path)
    assert result.status == 127 and "libmine.so: cannot open shared object file: No such file or directory" in result.out, result


def test_no_loader(tmp_path):
    """A program whose loader is not there cannot be started: the file that is missing is the loader."""
    compiled(str(tmp_path / "bin" / "strange"), "int main(void) { return 0; }", "-Wl,-dynamic-linker=/lib/nowhere.so")
    result = execute("/bin/strange", overlay=tmp_path, program=(MAPIX, "exec"))
    assert result.status == 127, result


def test_what_the_image_has_is_all_there(mapix):
    """Each library of the image finds what it wants itself."""
    result = mapix("/bin/sh", "-c", "for f in /lib/*.so*; do /lib/ld-linux.so.2 --list $f || echo $f: $?; done")
    assert "not found" not in result.out and result.status == 0 and result.out.count("libc.so.6") > 8, result
    assert sum(os.path.getsize(build("root", "lib", name)) for name in os.listdir(build("root", "lib"))) < 8 << 20
