"""Formats of files that strangers may send: good ones to begin with, and how each is read."""

from __future__ import annotations

import itertools
import os
import pickle
import random
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from mutations import VALUES, Edit, edit_hdf5

from polychrony.datasets import DataError, SpikeFile
from polychrony.experiments.config import from_dict, to_dict
from polychrony.experiments.errors import UserError
from polychrony.experiments.models import build
from polychrony.experiments.recipes import RECIPES
from polychrony.experiments.runs import Run
from polychrony.experiments.spikes import check_variable
from polychrony.snn import SpikingNetwork, to_graph
from polychrony.snn.exchange.nir import NirError, from_nir, read_nir, to_nir, write_nir

LIMIT = 2**26
"""Bytes that a NIR file may declare here."""


class Target(ABC):
    """A format.

    Args:
        folder: where its files are written.
    """

    errors: tuple[type[Exception], ...]
    """What refuses a file in words."""
    edit: Edit | None = None
    """Changes values inside a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.seeds = self.make()

    @abstractmethod
    def make(self) -> list[bytes]:
        """Good files."""

    @property
    @abstractmethod
    def path(self) -> Path:
        """Where damaged files are written."""

    @abstractmethod
    def read(self, path: Path) -> None:
        """Read all of a file."""


class NirFiles(Target):
    """Networks in NIR."""

    errors = (NirError,)
    edit = staticmethod(edit_hdf5)

    @property
    def path(self) -> Path:
        """A .nir file."""
        return self.folder / "damaged.nir"

    def make(self) -> list[bytes]:
        """Delays, feedback, soft reset, and a convolution with pooling."""
        import nir

        torch.manual_seed(0)
        options: list[dict[str, Any]] = [{}, {"recurrent": 2}, {"v_reset": None}]
        graphs = [
            to_nir(to_graph(SpikingNetwork(4, [5], 2, dt=1e-3, tau_mem=1e-2, max_delay=3, **each)))
            for each in options
        ]
        one, pair = np.ones((2, 2, 2), np.float32), np.array([2, 2])
        nodes = {
            "input": nir.Input(np.array([1, 6, 6])),
            "conv": nir.Conv2d((6, 6), np.ones((2, 1, 3, 3)), 1, 0, 1, 1, np.zeros(2)),
            "pool": nir.SumPool2d(pair, pair, np.array([0, 0])),
            "if": nir.IF(r=one * 1e3, v_threshold=one),
            "flatten": nir.Flatten({"input": np.array([2, 2, 2])}, 0, -1),
            "output": nir.Output(np.array([8])),
        }
        names = list(nodes)
        edges = list(itertools.pairwise(names))
        graphs.append(nir.NIRGraph(nodes, edges, {"dt": 1e-3}, type_check=False))
        made = []
        for graph in graphs:
            write_nir(graph, self.path)
            made.append(self.path.read_bytes())
        return made

    def read(self, path: Path) -> None:
        """As a graph, and as objects of `nir`."""
        from_nir(path, limit=LIMIT)
        read_nir(path, limit=LIMIT)


class SpikeFiles(Target):
    """Spikes in the layout of SHD."""

    errors = (DataError, NirError)
    edit = staticmethod(edit_hdf5)

    @property
    def path(self) -> Path:
        """An .h5 file."""
        return self.folder / "damaged.h5"

    def make(self) -> list[bytes]:
        """With and without labels, times in half and double precision."""
        made = []
        for labels, kind in ((True, np.float16), (False, np.float64)):
            with h5py.File(self.path, "w") as file:
                for name, dtype in (("times", kind), ("units", np.uint16)):
                    column = file.create_dataset(f"spikes/{name}", (4,), h5py.vlen_dtype(dtype))
                    for k in range(4):
                        column[k] = np.arange(20 * k).astype(dtype) / (100 if "t" in name else 1)
                if labels:
                    file["labels"] = np.arange(4)
            made.append(self.path.read_bytes())
        return made

    def read(self, path: Path) -> None:
        """Every recording, once its heaps are known to end, as `cosim --input` does."""
        check_variable(path)
        source = SpikeFile(path, 100, 10)
        for index in range(len(source)):
            source.read(index)


class Checkpoints(Target):
    """Trained weights of a run folder."""

    errors = (UserError,)

    @property
    def path(self) -> Path:
        """The name that a run folder asks for."""
        return self.folder / "network.pt"

    def make(self) -> list[bytes]:
        """Good weights, and a pickle that would run a command."""
        config = from_dict(_small(to_dict(RECIPES["digits"]())))
        self.run = Run(self.folder, "digits", config)
        self.run.save_network(build(config, [16], 3).state_dict(), [16], 3)
        self.good: dict[str, Any] = torch.load(self.path, weights_only=True)
        return [self.path.read_bytes(), self._harmful()]

    def _harmful(self) -> bytes:
        command = _Command(f"echo run > {self.folder.parent / 'sentinel'}")
        torch.save({**self.good, "frame": command}, self.path)
        return self.path.read_bytes()

    @property
    def edit(self) -> Edit:
        """Other values under the same keys, or another pickle in the archive."""
        return self._edit

    def _edit(self, path: Path, chance: random.Random) -> None:
        if chance.random() < 0.3:
            self._repack(path, chance)
            return
        content = {**self.good, "weights": dict(self.good["weights"])}
        within = content["weights"] if chance.random() < 0.5 else content
        key = chance.choice(list(within))
        sizes = [[2**27], [2**40], [2**20, 2**20], [0], [], [-3], [16, 1], "16", None, 2**40, -1, 0]
        within[key] = chance.choice(
            [*sizes, torch.zeros(3), torch.full((16,), torch.nan), {"a": 1}, chance.choice(VALUES)]
        )
        torch.save(content, path)

    def _repack(self, path: Path, chance: random.Random) -> None:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = next(name for name in parts if name.endswith("data.pkl"))
        command = _Command(f"echo run > {self.folder.parent / 'sentinel'}")
        parts[name] = pickle.dumps(command, protocol=chance.choice([0, 2, 4]))
        with zipfile.ZipFile(path, "w") as archive:
            for part, content in parts.items():
                archive.writestr(part, content)

    def read(self, path: Path) -> None:
        """As `evaluate` and `cosim` do."""
        self.run.load_network()


class _Command:
    """A pickle of this runs a command where pickles are trusted."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.command,)


def _small(config: dict[str, Any]) -> dict[str, Any]:
    config["network"] = {**config["network"], "hidden": [6]}
    return config


TARGETS: dict[str, Callable[[Path], Target]] = {
    "nir": NirFiles,
    "spikes": SpikeFiles,
    "checkpoints": Checkpoints,
}
