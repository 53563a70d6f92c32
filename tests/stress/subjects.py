"""Commands that are attacked, and what each must leave."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from forked import Command

from polychrony.datasets.cache import MARKER
from polychrony.experiments.training.checkpoints import latest_checkpoint

NETWORK = [
    *("--hidden", "8", "--epochs", "4", "--samples", "64", "--batch-size", "16"),
    *("--device", "cpu"),
]
VARIED = [
    *("--vary", "neurons-per-core=8,16,32", "--vary", "weight-bits=4,6,8"),
    *("--vary", "place=in_order,greedy", "--sampler", "tpe", "--trials", "14", "--samples", "4"),
]


class Subject(ABC):
    """A command, what it keeps while it works, and what it leaves at its end."""

    name: str

    def prepare(self, folder: Path) -> None:
        """Make what the command needs, once: a trained run beside a filled cache."""
        self.base = folder / "base"
        self.cache = {"POLYCHRONY_CACHE": str(folder / "base-cache")}
        said = folder / "said"
        ended = Command(["train", "digits", "--run", str(self.base), *NETWORK], said, self.cache)
        if (done := ended.wait()).code:
            raise SystemExit(f"training fails: {done.err}")

    @abstractmethod
    def command(self, place: Path) -> tuple[list[str], Mapping[str, str]]:
        """Words to begin or to go on in a folder, and variables."""

    def watched(self, place: Path) -> Path:
        """Folder that the command changes."""
        return place

    @abstractmethod
    def kept(self, place: Path) -> Any:
        """What a killed command has to show so far."""

    @abstractmethod
    def lost(self, before: Any, now: Any) -> str | None:
        """What is wrong with what is kept, compared with what was kept earlier."""

    @abstractmethod
    def left(self, place: Path) -> dict[str, Any]:
        """What a command left at its end, without times and machines."""

    def differs(self, expected: dict[str, Any], found: dict[str, Any]) -> str | None:
        """Where two ends differ."""
        wrong = sorted(key for key in {*expected, *found} if expected.get(key) != found.get(key))
        return f"differs from an undisturbed one in {', '.join(wrong)}" if wrong else None


def digest(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files(folder: Path) -> list[str]:
    """Names of all files and folders, but for the log, which gets a file with every start."""
    found = (str(path.relative_to(folder)) for path in folder.rglob("*"))
    return sorted(name for name in found if not name.startswith("tensorboard/"))


class Training(Subject):
    """`polychrony train`, gone on with by `--resume`."""

    name = "training"

    def command(self, place: Path) -> tuple[list[str], Mapping[str, str]]:
        """As a user would: `--resume` once there is a run."""
        words = ["train", "digits", "--run", str(place)]
        if (place / "config.json").exists():
            return [*words, "--resume"], self.cache
        return [*words, *NETWORK], self.cache

    def kept(self, place: Path) -> str:
        """The newest checkpoint."""
        newest = latest_checkpoint(place) if place.exists() else None
        return "" if newest is None else newest.name

    def lost(self, before: Any, now: Any) -> str | None:
        """Checkpoints only come later."""
        return f"{before} became {now}" if now < before else None

    def left(self, place: Path) -> dict[str, Any]:
        """Weights to the last bit, history, results, and the names of all files."""
        content = torch.load(place / "network.pt", weights_only=True)
        result = json.loads((place / "result.json").read_text())
        timeless = [{k: v for k, v in r.items() if k != "epoch_time_s"} for r in result["history"]]
        named = ("test_accuracy", "valid_accuracy", "kept_epoch", "spike_rate_Hz")
        weights = {
            f"weights {name}": (tensor.dtype, tensor.shape, tensor.numpy().tobytes())
            for name, tensor in content["weights"].items()
        }
        told = {name: result[name] for name in named}
        return {**weights, **told, "history": timeless, "files": _files(place)}


class Data(Subject):
    """`polychrony evaluate` where nothing is in the cache yet."""

    name = "data"

    def command(self, place: Path) -> tuple[list[str], Mapping[str, str]]:
        """The result goes beside the cache."""
        place.mkdir(exist_ok=True)
        words = ["evaluate", str(self.base), "--json", str(place / "told.json")]
        return words, {"POLYCHRONY_CACHE": str(place / "cache")}

    def kept(self, place: Path) -> dict[str, str]:
        """Files of every entry that stands under its name."""
        entries = (place / "cache").glob("[!.]*/*")
        return {f"{path.parent.name}/{path.name}": digest(path) for path in entries}

    def lost(self, before: Any, now: Any) -> str | None:
        """What stands stays as it is, and is complete."""
        entries = {name.split("/")[0] for name in now}
        if part := [name for name in entries if f"{name}/{MARKER}" not in now]:
            return f"an entry without its mark: {part}"
        return None if before.items() <= now.items() else "an entry has changed"

    def left(self, place: Path) -> dict[str, Any]:
        """The cache and the result."""
        told = (place / "told.json").read_text()
        return {"cache": self.kept(place), "files": _files(place), "told": told}


class Exploration(Subject):
    """`polychrony explore`, gone on with by the same command."""

    name = "exploration"

    def command(self, place: Path) -> tuple[list[str], Mapping[str, str]]:
        """One study for each folder."""
        place.mkdir(exist_ok=True)
        url = f"sqlite:///{place / 'studies.db'}"
        return ["explore", str(self.base), *VARIED, "--storage", url, "--out", str(place / "out"),
                "--study", "s"], self.cache  # fmt: skip

    def kept(self, place: Path) -> dict[int, Any]:
        """Values of the finished trials, by number."""
        path = place / "studies.db"
        if not path.exists() or not path.stat().st_size:
            return {}
        connection = sqlite3.connect(path)
        try:
            rows = connection.execute(
                "select number, state, objective, value from trials join trial_values using "
                "(trial_id) where state in ('COMPLETE', 'PRUNED') order by number, objective"
            ).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            rows = []
        finally:
            connection.close()
        found: dict[int, Any] = {}
        for number, *rest in rows:
            found.setdefault(number, []).append(tuple(rest))
        return found

    def lost(self, before: Any, now: Any) -> str | None:
        """Finished trials stay as they are."""
        return None if before.items() <= now.items() else "a finished trial is gone or changed"

    def left(self, place: Path) -> dict[str, Any]:
        """Every trial but for its time, the front, and the names of all files."""
        told = json.loads((place / "out" / "pareto.json").read_text())
        trials = [{k: v for k, v in t.items() if k != "seconds"} for t in told["trials"]]
        return {"trials": trials, "pareto": told["pareto"], "files": _files(place)}


SUBJECTS: dict[str, type[Subject]] = {
    subject.name: subject for subject in (Training, Data, Exploration)
}
