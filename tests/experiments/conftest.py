"""A tiny data set, a tiny run, and a way to call the command line."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, GradientState

from polychrony.experiments.cli import main
from polychrony.experiments.training.progress import Progress

CLASSES = 20


@dataclass(frozen=True)
class Said:
    """What a command returned and printed."""

    code: int
    out: str
    err: str

    def is_one_error(self, *words: str) -> bool:
        """Whether it failed as a user's mistake should: one line that holds some words."""
        lines = self.err.splitlines()
        assert self.code == 2, self
        assert len(lines) == 1 and lines[0].startswith("polychrony: error: "), self.err
        assert all(word in lines[0] for word in words), (words, lines[0])
        return True


Call = Callable[..., Said]


def _recordings(count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Recordings of classes 0, 1, 2, ...; each class has channels of its own."""
    rng = np.random.default_rng(seed)
    made = []
    for row in range(count):
        size = rng.integers(20, 60)
        units = rng.normal(33 * (row % CLASSES) + 20, 25, size).clip(0, 699)
        made.append((np.sort(rng.uniform(0, 0.19, size)), units.astype(int)))
    return made


@pytest.fixture(scope="session")
def shd_files(
    tmp_path_factory: pytest.TempPathFactory, heidelberg_writer: Callable[..., Path]
) -> Path:
    """SHD's two files: speakers 0, 3 and 6 to train, speaker 4 to test, each class once."""
    folder = tmp_path_factory.mktemp("shd")
    keys = [f"word {k}" for k in range(CLASSES)]
    for name, speakers in (("train", (0, 3, 6)), ("test", (4,))):
        count = CLASSES * len(speakers)
        labels = [row % CLASSES for row in range(count)]
        spoken = [speakers[row // CLASSES] for row in range(count)]
        rows = _recordings(count, seed=count)
        heidelberg_writer(folder / f"shd_{name}.h5", rows, labels, spoken, keys)
    return folder


@pytest.fixture(scope="session")
def nmnist_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a small file in the layout of the denoised N-MNIST: eight classes, ten of each.

    Each class has rows of the sensor of its own.
    """
    folder = tmp_path_factory.mktemp("nmnist")
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(8), 10)
    sizes = rng.integers(150, 250, len(labels))
    rows = 4 * np.repeat(labels, sizes) + rng.integers(0, 5, sizes.sum())
    polarity, x = rng.integers(0, 2, sizes.sum()), rng.integers(0, 34, sizes.sum())
    times = np.concatenate([np.sort(rng.integers(0, 300, size)) for size in sizes])
    np.savez(
        folder / "nmnist_train_8x1000.npz",
        t_ms=times.astype(np.uint16),
        addr=(1156 * polarity + 34 * rows + x).astype(np.uint16),
        n_events=sizes.astype(np.uint32),
        label=labels.astype(np.uint8),
    )
    return folder


@pytest.fixture(scope="session")
def tiny_blocks(nmnist_file: Path) -> list[str]:
    """The words of a training run of blocks: 64 samples of 4 steps."""
    options = "--dt-ms 75 --size 12 --layers 4C3-P2-6C3-GAP-8 --epochs 2 --batch-size 16"
    return ["train", "nmnist", "--root", str(nmnist_file), *options.split()]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test works in an empty folder, and trains as if in a process of its own."""
    monkeypatch.setenv("POLYCHRONY_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)  # tests share few cores, and numbers must not depend on them
    _forget_accelerator()
    yield
    _forget_accelerator()


def _forget_accelerator() -> None:
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


@pytest.fixture(scope="session")
def tiny(shd_files: Path) -> list[str]:
    """The words of a training run that takes half a second: 40 samples, 5 steps per epoch."""
    options = "--valid-speakers 6 --dt-ms 20 --duration-ms 200 --pool 10 --channel-shift 1 "
    options += "--max-delay-ms 60 --tau-mem-ms 30 --hidden 16 --epochs 3 --batch-size 8 --lr 0.02"
    return ["train", "shd", "--root", str(shd_files), *options.split()]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command line with some words."""

    def words(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        _forget_accelerator()
        return Said(code, *capsys.readouterr())

    return words


@pytest.fixture(scope="session")
def train(cache: Path) -> Callable[[list[str]], None]:
    """Trains outside of any single test."""

    def words(arguments: list[str]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("POLYCHRONY_CACHE", str(cache))
            torch.set_num_threads(1)
            _forget_accelerator()
            assert main(arguments) == 0
            _forget_accelerator()

    return words


@pytest.fixture(scope="session")
def finished(
    tiny: list[str],
    train: Callable[[list[str]], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of a finished run; not to be written to."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    train([*tiny, "--run", str(folder)])
    return folder


@pytest.fixture
def finished_copy(finished: Path, tmp_path: Path) -> Path:
    """A finished run that a test may damage."""
    return Path(shutil.copytree(finished, tmp_path / "copy"))


@pytest.fixture
def do_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has something done, once, after a step of an epoch, counted from 1 and 0."""
    add = Progress.add

    def arrange(epoch: int, step: int, act: Callable[[], object]) -> None:
        def add_and_act(self: Progress, *arguments: Any) -> None:
            add(self, *arguments)
            if (self.epoch, self.step) == (epoch, step):
                monkeypatch.setattr(Progress, "add", add)
                act()

        monkeypatch.setattr(Progress, "add", add_and_act)

    return arrange
