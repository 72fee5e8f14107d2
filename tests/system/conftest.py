"""Fixtures of the system tests."""
import sys

import pytest

sys.dont_write_bytecode = True
from machine import PROMPT, Console, boot_arguments, execute


# Several files run at a time, each on a processor: those that take minutes begin first.
LONG = ("test_yield.py", "test_guest.py", "test_hogs.py", "test_latency.py", "test_programs.py", "test_ext2_corrupt.py",
        "test_scale.py", "test_powercut.py", "test_diff.py")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture
def mapix():
    """execute(), as a fixture."""
    return execute


@pytest.fixture
def console():
    """console(arguments...): a machine of its own, gone when the test ends."""
    machines = []

    def start(*arguments, **options):
        machines.append(Console(*arguments, **options))
        return machines[-1]
    yield start
    for machine in machines:
        machine.close()


@pytest.fixture(scope="module")
def shell():
    """A shell at its prompt, shared by the tests of a file."""
    machine = Console(*boot_arguments())
    machine.expect(PROMPT, 60)
    yield machine
    machine.close()
