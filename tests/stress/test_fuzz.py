from pathlib import Path

import pytest
from fuzz_files import fuzz
from fuzz_targets import TARGETS

pytest.importorskip("nir", reason="nir is not installed: pip install 'polychrony[nir]'")


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_read_or_refused_in_words(name: str, tmp_path: Path) -> None:
    report = fuzz(0.7, 1, tmp_path, [name])
    assert report.failures == []
    assert report.tried[name] > 5 and report.refused[name] > 2


def test_good_files_are_read(tmp_path: Path) -> None:
    for name, make in TARGETS.items():
        target = make(tmp_path / name)
        target.path.write_bytes(target.seeds[0])
        target.read(target.path)


def test_a_checkpoint_that_would_run_a_command_does_not(tmp_path: Path) -> None:
    target = TARGETS["checkpoints"](tmp_path / "checkpoints")
    target.path.write_bytes(target.seeds[1])
    with pytest.raises(target.errors):
        target.read(target.path)
    assert not (tmp_path / "sentinel").exists()
