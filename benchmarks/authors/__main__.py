"""Train with the authors' code and write a result that `benchmarks.accuracy keep` takes.

    python -m benchmarks.authors CHECKOUT --root FOLDER --epochs 30 --run RUN

Speaker 6 is left out of training, as in the tables of ours; the test set is looked at after every
epoch, as the code does. Needs `benchmarks/requirements.txt`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader

from benchmarks.authors import code, data
from benchmarks.cli import Parser, guarded
from benchmarks.record import versions
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import check_writable, write_json
from polychrony.experiments.machine import commit, machine

HELD_OUT = (6,)
CHOSEN = "the epoch is chosen on the test set itself"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train; exit codes as those of the benchmarks."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded("benchmarks.authors", lambda: _work(words))


def _work(words: Sequence[str]) -> None:
    parser = Parser(prog="python -m benchmarks.authors", description=str(__doc__).split("\n")[0])
    parser.add_argument("checkout", type=Path, help=f"a clone of {code.SOURCE}")
    parser.add_argument("--root", type=Path, required=True, help="folder of shd_train.h5")
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--run", type=Path, required=True, help="folder of the result")
    parser.add_argument("--direct", action="store_true", help="its convolutions as they are")
    options = parser.parse_args(words)
    if options.epochs < 4:
        raise UserError(f"--epochs is {options.epochs}; their schedule needs at least 4")
    options.run.mkdir(parents=True, exist_ok=True)
    check_writable(options.run / "result.json")
    config, network = code.load(options.checkout, options.epochs, options.seed, options.direct)
    train = data.samples(options.root / "shd_train.h5", HELD_OUT, config.time_step, config.n_bins)
    test = data.samples(options.root / "shd_test.h5", (), config.time_step, config.n_bins)
    tested, seconds = _train(config, network, train, test)
    command = f"python -m benchmarks.authors CHECKOUT --root FOLDER --epochs {options.epochs}"
    command += f" --seed {options.seed} --run RUN" + " --direct" * options.direct
    content = {"command": command, "recipe": "authors", "seed": options.seed}
    content |= {"samples": {"train": len(train), "valid": 0, "test": len(test)}, "commit": commit()}
    write_json(options.run / "result.json", content | summary(network, tested, seconds))


def _train(
    config: Any, network: Any, train: list[data.Sample], test: list[data.Sample]
) -> tuple[list[float], float]:
    """Accuracy after each epoch, and seconds of an epoch, its test included."""
    loaders = [
        DataLoader(each, config.batch_size, shuffle=shuffle, collate_fn=data.collate)  # type: ignore[arg-type]
        for each, shuffle in ((train, True), (test, False))
    ]
    tested = []
    evaluate = network.eval_model

    def noted(loader: Any, device: Any) -> tuple[float, float]:
        loss, accuracy = evaluate(loader, device)
        tested.append(float(accuracy))
        return loss, accuracy

    network.eval_model = noted
    with tempfile.TemporaryDirectory() as folder:
        config.save_model_path = f"{folder}/REPL.pt"
        start = time.perf_counter()
        network.train_model(*loaders, None, torch.device("cpu"))
    return tested, (time.perf_counter() - start) / config.epochs


def summary(network: Any, tested: list[float], seconds: float) -> dict[str, Any]:
    """What the page tells of a run, in the names of our own results."""
    best = max(tested)
    return {
        "epochs": len(tested),
        "kept_epoch": len(tested),
        "test_accuracy": tested[-1],
        "valid_accuracy": None,
        "best_on_test": {"test_accuracy": best, "epoch": tested.index(best) + 1, "note": CHOSEN},
        "parameters": sum(each.numel() for each in network.parameters() if each.requires_grad),
        "epoch_time_s": seconds,
        "spike_rate_Hz": None,
        "machine": machine(),
        "versions": versions(),
    }


if __name__ == "__main__":
    sys.exit(main())
