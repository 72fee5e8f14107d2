"""The clock goes right whatever the host does: QEMU is stopped and continued while the kernel measures, and later."""
import json
import os
import re
import signal
import socket
import threading
import time

import pytest
from machine import PROMPT, Console, boot_arguments, execute

BOOT_SECONDS = 240
RUN, STOP = 0.004, 0.04  # shorter than any measurement, and much longer


class Interrupter(threading.Thread):
    """Stops and continues a machine, over and over, until told to end."""

    def __init__(self, stop, cont):
        super().__init__(daemon=True)
        self.stop, self.cont = stop, cont
        self.over = threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(RUN):
            self.stop()
            time.sleep(STOP)
            self.cont()

    def end(self):
        self.over.set()
        self.join()


def by_signals(console):
    return Interrupter(lambda: console.qemu.send_signal(signal.SIGSTOP), lambda: console.qemu.send_signal(signal.SIGCONT))


def by_monitor(path):
    """QMP's stop and cont: the machine's own time stands still meanwhile."""
    monitor = socket.socket(socket.AF_UNIX)
    monitor.connect(path)
    answers = monitor.makefile("r")
    answers.readline()  # the greeting

    def command(name):
        monitor.sendall(json.dumps({"execute": name}).encode())
        while "return" not in json.loads(answers.readline()):
            pass

    command("qmp_capabilities")
    return Interrupter(lambda: command("stop"), lambda: command("cont"))


def frequency(console):
    return float(re.search(r"cpu MHz\s*: ([\d.]+)", console.run("cat /proc/cpuinfo", BOOT_SECONDS))[1])


def check_against_host(console):
    """Seconds of the guest are seconds. A busy host makes the limits wider, not the test wrong."""
    def moment():
        before = time.monotonic()
        return before, float(console.run("cat /proc/uptime", BOOT_SECONDS).split()[0]), time.monotonic()

    first = moment()
    time.sleep(5)
    last = moment()
    elapsed = last[1] - first[1]
    resolution = 0.02
    assert last[0] - first[2] - resolution <= elapsed * 1.01, (first, last)
    assert last[2] - first[0] + resolution >= elapsed * 0.99, (first, last)


@pytest.fixture(scope="module")
def quiet():
    """The frequency that a machine finds which nobody stops, in MHz."""
    out = execute("/bin/sh", "-c", "sleep 1; cat /proc/cpuinfo", timeout=BOOT_SECONDS).out
    return float(re.search(r"cpu MHz\s*: ([\d.]+)", out)[1])


def boot(tmp_path, append=""):
    path = os.path.join(tmp_path, "qmp")
    return Console(*boot_arguments(append), "-qmp", f"unix:{path},server=on,wait=off"), path


def test_stopped_while_it_calibrates(tmp_path, quiet):
    console, _ = boot(tmp_path, "loglevel=7")
    try:
        interrupter = by_signals(console)
        found = float(console.expect(r"Detected ([\d.]+) MHz", BOOT_SECONDS)[1])
        interrupter.end()
        assert found == pytest.approx(quiet, rel=0.01)
        console.expect(PROMPT, BOOT_SECONDS)
        check_against_host(console)
    finally:
        console.close()


@pytest.mark.parametrize("way", ["signals", "monitor"])
def test_a_wrong_rate_is_corrected_though_it_is_stopped(tmp_path, quiet, way):
    console, monitor = boot(tmp_path, f"loglevel=7 tsc_early_khz={int(quiet * 5000)}")
    try:
        console.expect("Detected", BOOT_SECONDS)
        interrupter = by_signals(console) if way == "signals" else by_monitor(monitor)
        console.expect("Refined TSC clocksource calibration", BOOT_SECONDS)
        interrupter.end()
        console.expect(PROMPT, BOOT_SECONDS)
        assert frequency(console) == pytest.approx(quiet, rel=0.01)
        check_against_host(console)
    finally:
        console.close()


@pytest.mark.parametrize("way", ["signals", "monitor"])
def test_a_right_rate_stays_though_it_is_stopped(tmp_path, quiet, way):
    console, monitor = boot(tmp_path)
    try:
        console.expect(PROMPT, BOOT_SECONDS)
        interrupter = by_signals(console) if way == "signals" else by_monitor(monitor)
        console.run("sleep 2", BOOT_SECONDS)
        interrupter.end()
        assert frequency(console) == pytest.approx(quiet, rel=0.01)
        check_against_host(console)
    finally:
        console.close()


def test_by_the_clock_of_instructions_each_boot_finds_the_same():
    """1 GHz with an instruction a nanosecond, to one count of the PIT."""
    runs = [execute("/bin/sh", "-c", "sleep 2; dmesg", qemu="-icount shift=0", timeout=BOOT_SECONDS).out for _ in range(2)]
    found = [re.findall(r"tsc: .*", out) for out in runs]
    assert found[0] == found[1] and len(found[0]) == 1
    assert float(re.search(r"[\d.]+", found[0][0])[0]) == pytest.approx(1000, rel=1e-4)
