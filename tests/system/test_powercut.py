"""Power cuts: `e2fsck -p` repairs what is left, and what was promised is there (powercut.py; `make powercuts`: many more)."""
import pytest
from powercut import killed, replayed


@pytest.mark.parametrize("seed", range(5))
def test_killed(tmp_path, seed):
    """QEMU is killed at a random moment."""
    wrong = killed(str(tmp_path), seed)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("seed", (11, 12))
def test_cut_at_many_writes(tmp_path, seed):
    """A run whose writes are logged: cuts between any two of them, also with the last ones lost."""
    wrong = replayed(str(tmp_path), seed, cuts=25, seconds=6)
    assert not wrong, "\n".join(wrong)
