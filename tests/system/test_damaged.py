"""Damaged images, mounted writable (damaged.py; `make damaged`: many more)."""
from damaged import run


def test_damaged_and_repaired(tmp_path):
    """20 of them: no panic, no hang, and nothing of the repaired ones is lost."""
    wrong = run(str(tmp_path), 0)
    assert not wrong, "\n".join(wrong)
