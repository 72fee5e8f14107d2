"""What one types at the shell's prompt."""
import re
import time

from machine import PROMPT, boot_arguments, build


def test_pipe(shell):
    assert shell.run("echo one two | grep -c one") == "1"


def test_variables_and_status(shell):
    assert shell.run("X='a  b'; echo \"$X\" $X") == "a  b a b"
    assert shell.run("false; echo $?") == "1"


def test_trace(shell):
    assert shell.run("sh -xc 'X=\"a  b\"; Y=$X; echo \"$Y\" c'").split("\n") == ["+ X='a  b'", "+ Y='a  b'", "+ echo 'a  b' c", "a  b c"]


def test_redirection_to_tmpfs(shell):
    assert shell.run("echo hello > /tmp/f; cat < /tmp/f; rm /tmp/f") == "hello"


def test_loops(shell):
    assert shell.run("for i in 1 2 3; do echo $i; done | tail -n 1") == "3"


def test_ps_with_grep(shell):
    shell.run("sleep 100 &")
    out = shell.run("ps aux | grep sleep")
    assert re.search(r"^\S+ +\d+ .*sleep 100$", out, re.M), out
    shell.run("kill $!; wait")


def test_maps_of_the_last_job(shell):
    shell.run("sleep 100 &")
    out = shell.run("cat /proc/$!/maps")
    assert re.search(r"^08048000-\w{8} r[-x]{2}[xp-]+ .* /bin/sleep$", out, re.M), out
    assert re.search(r"^[0-9a-f]{8}-[0-9a-f]{8} rw-p 00000000 00:00 0 +\[stack\]$", out, re.M), out
    shell.run("kill $!; wait")


def test_interrupt(shell):
    shell.send("sleep 100\n")
    time.sleep(0.5)
    start = time.monotonic()
    shell.send("\x03")
    shell.expect(PROMPT)
    assert time.monotonic() - start < 5
    assert shell.run("echo $?") == "130"


def test_end_of_file(shell):
    shell.send("cat\n")
    time.sleep(0.3)
    shell.send("typed\n\x04")
    shell.expect(r"typed\n(?:.*\n)*typed\n.*" + PROMPT)


def test_erase(shell):
    assert shell.run("echo abX\x7fc") == "abc"


def test_history(shell):
    shell.run("echo remembered")
    shell.send("\x1b[A\n")
    shell.expect(r"remembered\n.*" + PROMPT)


def test_unknown_command(shell):
    assert "not found" in shell.run("nonesuch")
    assert shell.run("echo $?") == "127"


def test_program_that_crashes(shell):
    """The shell lives on after a child that was killed."""
    shell.run("sh -c 'kill -11 $$'")
    assert shell.run("echo alive") == "alive"


def test_damaged_programs(shell):
    """A truncated and a senseless ELF file: ENOEXEC or what the shell makes of it, and the shell lives."""
    shell.run("head -c 100 /bin/ls > /tmp/short; echo -n garbage > /tmp/bad; chmod 755 /tmp/short /tmp/bad")
    shell.run("/tmp/short")
    assert shell.run("echo $?") in ("126", "127", "2")
    shell.run("/tmp/bad; rm /tmp/short /tmp/bad")
    assert shell.run("echo alive") == "alive"


def test_interrupt_amid_forks(console):
    """^C comes by an interrupt, in the midst of whatever fork, exec and exit do, or between two jobs: it ends the loop each
    time, and the kernel that checks itself goes on."""
    machine = console("-kernel", build("debug", "kernel.elf"), *boot_arguments()[2:])
    machine.expect(PROMPT, 60)
    for n in range(25):
        machine.send("while :; do echo a | cat | cat >/dev/null; done\n")
        time.sleep(0.2 + n * 0.013)
        machine.send("\x03")
        machine.expect(PROMPT)
    assert machine.run("echo alive") == "alive"
    assert "panic" not in machine.seen


def test_kill_right_after_the_start(shell):
    """The shell ignores SIGTERM, and so does its child until it has undone that: a signal that comes so early waits."""
    for n in range(20):
        assert "Terminated" in shell.run("sleep 301 & kill %1; wait; jobs")
    assert "sleep 301" not in shell.run("ps aux | grep -v grep")


def test_an_interrupt_that_the_shell_gets_reaches_the_job(shell):
    """The job sleeps for long, and SIGINT comes to the shell alone, as it may before the job has the terminal."""
    shell.run("/bin/sh -c 'sleep 1; kill -INT $PPID' &")
    shell.run("sleep 1000")
    assert shell.run("echo $?; wait").startswith("130")
