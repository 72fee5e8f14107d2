"""A few of the damaged and repaired images of corrupt.py, on both kernels; `make corrupt` runs as many as wanted."""
import corrupt
import pytest
from machine import build

SEEDS = 10


@pytest.mark.parametrize("kernel", [None, "debug"])
def test_damaged_images(tmp_path, kernel):
    first = SEEDS if kernel else 0
    items = corrupt.prepared(str(tmp_path), corrupt.sound(str(tmp_path)), range(first, first + SEEDS))
    assert len(items) > SEEDS  # some can be repaired
    wrong = corrupt.run(str(tmp_path), items, kernel=kernel and build(kernel, "kernel.elf"))
    faults = [f"{item}: {fault}" for item in items for fault in item.faults]
    assert not faults and not wrong, "\n".join(faults) + wrong
