"""The command line that all benchmarks share."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import torch

from benchmarks import peers
from benchmarks.harness import limited, usable_cores
from benchmarks.record import Outcome, record
from benchmarks.tables import benchmark_text
from polychrony.datasets import DataError
from polychrony.experiments.errors import UserError
from polychrony.experiments.files import check_writable, write_json
from polychrony.snn import SnnError


@dataclass(frozen=True)
class Benchmark:
    """A script."""

    name: str
    """Its module."""
    title: str
    """What it is about."""
    run: Callable[[argparse.Namespace], Outcome]
    """Measure, with the options of the command line."""
    devices: tuple[str, ...] = ("cpu",)
    """Devices it can use."""
    add_options: Callable[[argparse.ArgumentParser], object] = lambda parser: None
    """Adds options of its own."""


class Parser(argparse.ArgumentParser):
    """Words that do not fit are an error of one line."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse with what does not fit."""
        raise UserError(message)


def options_of(benchmark: Benchmark, words: Sequence[str]) -> argparse.Namespace:
    """Parse and check a command line.

    Raises:
        UserError: it asks for what cannot be.
    """
    parser = Parser(prog=f"python -m benchmarks.{benchmark.name}", description=benchmark.title)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there")
    parser.add_argument("--rounds", type=int, help="turns of each contender; 21, or 3 with --quick")
    parser.add_argument("--threads", type=int, help="threads and cores of each; 2, or all if fewer")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: only whether it runs")
    parser.add_argument(
        "--peers", default="all", help=f"all, none, or some of {','.join(peers.PEERS)}"
    )
    if len(benchmark.devices) > 1:
        parser.add_argument("--device", choices=benchmark.devices, default="cpu")
    benchmark.add_options(parser)
    options = parser.parse_args(words)
    options.peers = peers.chosen(options.peers)
    options.rounds = options.rounds or (3 if options.quick else 21)
    options.threads = options.threads or min(2, len(usable_cores()))
    options.device = torch.device(getattr(options, "device", "cpu"))
    if options.rounds < 1:
        raise UserError(f"--rounds is {options.rounds}; it must be above 0")
    if options.json is not None:
        check_writable(options.json)
    return options


def main(benchmark: Benchmark, arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark, print its tables and write its result.

    Args:
        benchmark: what to run.
        arguments: words after the program's name; those of the process by default.

    Returns:
        Exit code: 0; 2 if the user can mend it, told in one line; 130 after Ctrl-C.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(f"benchmarks.{benchmark.name}", lambda: _run(benchmark, words))


def guarded(program: str, action: Callable[[], object]) -> int:
    """Exit code of an action; what a user can mend becomes one line on standard error."""
    try:
        action()
    except KeyboardInterrupt:
        print(f"{program}: stopped", file=sys.stderr)
        return 130
    except (UserError, SnnError, DataError, OSError) as error:
        print(f"{program}: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


def _run(benchmark: Benchmark, words: list[str]) -> None:
    options = options_of(benchmark, words)
    with limited(options.threads):
        outcome = _measure(benchmark, options)
        shown = [_without_folder(word) for word in words]
        command = shlex.join(["python", "-m", f"benchmarks.{benchmark.name}", *shown])
        kept = {key: _plain(value) for key, value in vars(options).items() if key != "json"}
        content = record(benchmark.name, benchmark.title, command, kept, outcome)
    print(benchmark_text(content))
    if options.json is not None:
        write_json(options.json, content)


def _measure(benchmark: Benchmark, options: argparse.Namespace) -> Outcome:
    if options.device.type == "cuda" and not torch.cuda.is_available():
        return Outcome([], skipped="there is no CUDA device")
    return benchmark.run(options)


def _without_folder(word: str) -> str:
    """A word of a command line, an absolute path as its last part: a result tells no folders."""
    return Path(word).name if Path(word).is_absolute() else word


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Path):
        return _without_folder(str(value))
    return value if isinstance(value, bool | int | float | str | None) else str(value)
