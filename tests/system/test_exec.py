"""`scripts/mapix exec`: only the command's output, its exit status, its arguments exactly as given."""
import contextlib
import os
import resource
import signal
import subprocess
import threading
import time

import pytest
from machine import MAPIX, build, execute, needs_busybox


def test_output_and_status(mapix):
    result = mapix("/bin/sh", "-c", "echo one two | grep -c one; exit 7")
    assert (result.out, result.status) == ("1\n", 7), result


def test_arguments_arrive_as_given(mapix):
    words = ["a b", "", "it's", '"q"', "$HOME", "`x`", "\\n", "*", "tab\there", "line\nbreak", "é"]
    result = mapix("/bin/echo", *words)
    assert result.out == " ".join(words) + "\n", result


def test_status_of_a_signal(mapix):
    result = mapix("/bin/sh", "-c", "kill -9 $$")
    assert result.status == 128 + 9, result


def test_no_such_command(mapix):
    result = mapix("/no/such/thing")
    assert result.status == 127, result


def test_time_out(mapix):
    result = mapix("/bin/sleep", "1000", timeout=4, patient=False)
    assert result.status == 124, result
    assert 4 <= result.seconds < 1000


def test_time_out_while_typing():
    """The guest does not read what is typed without an end: the time runs out all the same."""
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as typist:
        process = subprocess.Popen([MAPIX, "exec", "--timeout", "4", "--", "/bin/sleep", "1000"], stdin=typist.stdout)
        try:
            assert process.wait() == 124
        finally:
            process.kill()
            typist.kill()


def test_time_out_while_nobody_takes_the_output():
    process = subprocess.Popen([MAPIX, "exec", "--timeout", "4", "--", "/bin/sh", "-c", "while echo yes; do :; done"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert process.wait() == 124
    finally:
        process.kill()
        process.stdout.close()


def test_much_input_and_a_slow_reader(tmp_path):
    """More than pipes hold goes in and comes out, whole, though it is taken late."""
    text = b"".join(b"line %d\n" % n for n in range(20000))
    process = subprocess.Popen([MAPIX, "exec", "--", "/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    threading.Thread(target=lambda: (process.stdin.write(text), process.stdin.close()), daemon=True).start()
    time.sleep(3)
    assert process.stdout.read() == text
    assert process.wait() == 0
    process.stdout.close()


def test_triple_fault_is_125(mapix, monkeypatch):
    """A machine that resets without a word has not succeeded; what it logged before is shown."""
    monkeypatch.setenv("MAPIX_KERNEL", build("debug", "kernel.elf"))
    result = mapix("/bin/true", append="loglevel=7 mapix.crash=triple")
    assert result.status == 125, result
    assert "Kernel command line" in result.err and "panic:" not in result.err, result


def test_panic_is_125(mapix):
    """A kernel that can't mount its root says so in its last words."""
    result = mapix("/bin/true", append="root=/dev/nonesuch")
    assert result.status == 125, result
    assert result.out == ""
    assert "nonesuch" in result.err and "panic" in result.err


def test_standard_input(mapix):
    result = mapix("/bin/cat", stdin=b"one\ntwo\n")
    assert (result.out, result.status) == ("one\ntwo\n", 0), result


def test_every_byte_of_standard_input_arrives(mapix, tmp_path):
    data = bytes(range(256)) * 64 + b"\xff\xff\x00\xff\x04"
    process = subprocess.run([MAPIX, "exec", "--", "/bin/cat"], input=data, stdout=subprocess.PIPE)
    assert process.returncode == 0 and process.stdout == data


@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/msh"])
def test_a_shell_that_reads_a_pipe(mapix, shell):
    """No prompt, no echo, the end of the pipe is the end."""
    script = b'test -t 0 && echo terminal\nx=data\necho "<$x>"\nexit 3 # no newline'
    result = mapix(shell, stdin=script)
    assert (result.out, result.err, result.status) == ("<data>\n", "", 3), result


def test_standard_input_that_nobody_reads(mapix):
    """The command ends, however much there is to read."""
    process = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
    result = subprocess.run([MAPIX, "exec", "--", "/bin/sh", "-c", "head -n 1; exec <&-; sleep 1; exit 4"], stdin=process.stdout,
                            stdout=subprocess.PIPE)
    process.stdout.close()
    process.wait()
    assert (result.stdout, result.returncode) == (b"y\n", 4)


@needs_busybox
def test_no_standard_input(mapix):
    assert mapix("/bin/sh", "-c", "cat; readlink /proc/self/fd/0").out == "/dev/null\n"


def test_overlay(mapix, tmp_path):
    (tmp_path / "dir with blank").mkdir()
    (tmp_path / "dir with blank" / "f").write_text("content\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "mine").symlink_to("../dir with blank/f")
    (tmp_path / "run.sh").write_text("#!/bin/sh\necho script $1\ncat /etc/mine\n")
    (tmp_path / "run.sh").chmod(0o755)
    result = mapix("/run.sh", "x y", overlay=tmp_path)
    assert (result.out, result.status) == ("script x y\ncontent\n", 0), result
    # the tree below was only read
    assert not os.path.exists(build("root", "run.sh"))


@needs_busybox
def test_large_overlay(mapix, tmp_path):
    """300 MB in one file, byte for byte at both ends."""
    with open(tmp_path / "big", "wb") as f:
        f.write(b"first line\n")
        block = os.urandom(1 << 20)
        for _ in range(300):
            f.write(block)
        f.write(b"\nlast line\n")
    result = mapix("/bin/sh", "-c", "head -n 1 /big; wc -c /big; tail -n 1 /big", overlay=tmp_path)
    assert result.status == 0, result
    assert result.out.split() == ["first", "line", str((300 << 20) + 22), "/big", "last", "line"], result


def test_overlay_of_many_files(mapix, tmp_path):
    for folder in range(20):
        (tmp_path / "many" / str(folder)).mkdir(parents=True)
        for n in range(500):
            (tmp_path / "many" / str(folder) / f"file{n}").write_text(f"{folder} {n}\n")
    result = mapix("/bin/sh", "-c", "ls /many/7 | wc -l; cat /many/19/file499", overlay=tmp_path)
    assert result.status == 0, result
    assert result.out.split() == ["500", "19", "499"], result


def seconds_of_processor(overlay=None):
    argv = [MAPIX, "exec"] + (["--overlay", str(overlay)] if overlay else []) + ["--", "/bin/echo", "hello"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert (process.stdout, process.returncode) == (b"hello\n", 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_command_takes_little_time(tmp_path):
    """Two seconds of the processor from the start to the end, four with 50 MB laid over; and nothing is waited for meanwhile,
    by a clock that counts instructions."""
    (tmp_path / "f").write_bytes(os.urandom(50 << 20))
    assert min(seconds_of_processor() for _ in range(3)) < 2
    assert min(seconds_of_processor(tmp_path) for _ in range(3)) < 4
    assert float(execute("/bin/cat", "/proc/uptime", qemu="-icount shift=0,sleep=off").out.split()[0]) < 2


def test_several_at_once():
    argv = [MAPIX, "exec", "--", "/bin/sh", "-c"]
    processes = [subprocess.Popen(argv + [f"sleep 1; echo {n}; exit {n}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
                 for n in range(3)]
    for n, process in enumerate(processes):
        out, _ = process.communicate()
        assert (out, process.returncode) == (f"{n}\n".encode(), n)


def folders():
    """The folders of runs, alive or not."""
    return {name for name in os.listdir(build("tmp")) if name.startswith("exec-")} if os.path.isdir(build("tmp")) else set()


@contextlib.contextmanager
def sleeping():
    """A run that takes long, and its folder's name."""
    before = folders()
    process = subprocess.Popen([MAPIX, "exec", "--", "/bin/sh", "-c", "echo ready; sleep 60"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process, (folders() - before).pop()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_after_a_signal(number):
    """Nor after the same one again and again, while the run clears away."""
    with sleeping() as (process, folder):
        while process.poll() is None:
            process.send_signal(number)
        assert process.returncode == 128 + number
        assert folder not in folders()


def test_what_a_killed_run_leaves_goes_with_the_next():
    """The next run removes it; what belongs to a run that is alive stays."""
    with sleeping() as (killed, left), sleeping() as (_, alive):
        assert alive != left
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert {left, alive} <= folders()
        assert execute("/bin/true").status == 0
        assert left not in folders() and alive in folders()


def test_binary_output_is_not_changed(mapix, tmp_path):
    data = bytes(range(256)) * 300
    (tmp_path / "data").write_bytes(data)
    process = subprocess.run([MAPIX, "exec", "--overlay", str(tmp_path), "--", "/bin/cat", "/data"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.returncode == 0
    assert process.stdout == data


def test_wrong_options():
    assert execute("/bin/true", overlay="/no/such/folder").status == 125
