"""Fixtures of the system tests."""
import sys

import pytest

sys.dont_write_bytecode = True
from machine import PROMPT, Console, boot_arguments, execute


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
