"""gdb on the host opens the core file of a program that died in Mapix."""
import re
import shutil
import subprocess

import pytest
from machine import execute, patiently

pytestmark = pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")

# The parent prints the core of its child, page by page, without those that are all zeros.
PROGRAM = r"""
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct answer { int number; char text[16]; } answer = {0, "unset"};

static void *helper(void *arg) { pthread_mutex_lock(arg); return NULL; }

__attribute__((noinline)) static int sink(int *where) { *where = 1; return 1; }
__attribute__((noinline)) static int middle(int depth) { return depth ? middle(depth - 1) + 1 : sink((int *)0x10) + 1; }

static void child(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;

	setrlimit(RLIMIT_CORE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
	pthread_mutex_lock(&lock);
	pthread_create(&thread, NULL, helper, &lock);
	usleep(50000);
	answer.number = 4711;
	strcpy(answer.text, "written");
	_exit(middle(2));
}

int main(void)
{
	static char page[4096], zeros[4096];
	int status, fd;
	long at, n;

	if (chdir("/tmp"))
		return 1;
	if (!fork())
		child();
	wait(&status);
	printf("status %x\n", status);
	fd = open("core", O_RDONLY);
	for (at = 0; (n = read(fd, page, sizeof(page))) > 0; at += n)
		if (memcmp(page, zeros, n)) {
			printf("%lx ", at);
			for (int i = 0; i < n; i++)
				printf("%02x", (unsigned char)page[i]);
			printf("\n");
		}
	printf("size %lx\n", at);
	return 0;
}
"""


@pytest.fixture(scope="module")
def gdb(tmp_path_factory):
    """What gdb answers to commands about the core; status: how the program ended."""
    folder = tmp_path_factory.mktemp("coredump")
    overlay = folder / "overlay"
    overlay.mkdir()
    program, core = overlay / "dies", folder / "core"
    subprocess.run(["i686-linux-gnu-gcc", "-static", "-g", "-O1", "-fno-optimize-sibling-calls", "-fno-pie", "-no-pie", "-pthread",
                    "-x", "c", "-", "-o", program], input=PROGRAM.encode(), check=True)
    result = execute("/dies", overlay=overlay, timeout=300)
    with open(core, "wb") as out:
        for at, data in re.findall(r"^([0-9a-f]+) ([0-9a-f]+)$", result.out, re.M):
            out.seek(int(at, 16))
            out.write(bytes.fromhex(data))
        out.truncate(int(re.search(r"^size (\w+)$", result.out, re.M)[1], 16))

    def ask(*commands):
        argv = ["gdb", "-batch", "-nx", "-iex", "set auto-load off", "-iex", "set debuginfod enabled off", "-c", core, program]
        for command in commands:
            argv += ["-ex", command]
        return patiently(argv).stdout
    ask.status = int(re.search(r"^status (\w+)$", result.out, re.M)[1], 16)
    return ask


def test_why_it_died(gdb):
    assert gdb.status == 0x8b
    out = gdb("print $_siginfo.si_signo", "print $_siginfo._sifields._sigfault.si_addr")
    assert "terminated with signal SIGSEGV" in out and "= 11" in out and "0x10" in out, out


def test_backtrace(gdb):
    frames = re.findall(r"^#\d+ .*?(?:in )?(\w+) \(", gdb("bt"), re.M)
    assert frames[-6:] == ["sink", "middle", "middle", "middle", "child", "main"], frames


def test_variables(gdb):
    out = gdb("print answer", "frame 1", "print depth")
    assert '{number = 4711, text = "written' in out and "= 0\n" in out, out


def test_registers(gdb):
    out = gdb("print $cs", "print $ss", "print $eip", "info address sink", "x/i $eip")
    assert "= 115" in out and "= 123" in out and re.search(r"=> 0x\w+ <sink\+?\d*>:\s+mov", out), out


def test_threads(gdb):
    out = gdb("thread apply all bt")
    assert len(re.findall(r"^Thread \d+ \(", out, re.M)) == 2, out
    assert re.search(r"^#\d+ .*helper \(", out, re.M), out
