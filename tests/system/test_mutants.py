"""tests/mutants.txt is about the source as it is: each of its mistakes can be made (scripts/mutate makes them)."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def test_every_mistake_has_its_place():
    run = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "scripts", "mutate"), "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
