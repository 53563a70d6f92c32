"""The command line: `polychrony COMMAND ...`."""

from __future__ import annotations

import dataclasses
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from polychrony.experiments.budgeting.options import Budget
from polychrony.experiments.comparison.options import Compare
from polychrony.experiments.config import (
    BlocksConfig,
    Config,
    DataConfig,
    NetworkConfig,
    RecipeName,
    TrainingConfig,
)
from polychrony.experiments.cosimulation import Cosim
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.exploration.options import Explore
from polychrony.experiments.exporting import Export
from polychrony.experiments.fetching import Fetch
from polychrony.experiments.parsing import given_options, parse
from polychrony.experiments.recipes import RECIPES
from polychrony.experiments.timing.options import Timing

if TYPE_CHECKING:
    from rich.console import Console

DESCRIPTION = (
    "Train spiking networks with learned delays, put them on neuromorphic chips, and see what "
    "accuracy, latency and energy each costs. Every command takes --debug for a full traceback."
)


Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")]
File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]


@dataclass(frozen=True)
class RecipeOptions:
    """Options of one recipe."""

    recipe: tyro.conf.Suppress[RecipeName]
    """Name of the recipe."""
    given: tyro.conf.Suppress[tuple[str, ...]] = ()
    """Options that the command line names."""
    run: Folder = None
    """Run folder; by default the first free of runs/RECIPE, runs/RECIPE-2, ..."""
    resume: bool = False
    """Go on exactly where the run stopped, with its options; without --run, with the newest run of
    the recipe."""
    lateness_from: File = None
    """Take --lateness from what `polychrony cosim --loop closed --json FILE` measured."""
    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    blocks: BlocksConfig = field(default_factory=BlocksConfig)


def _recipes() -> Any:
    defaults: dict[str, RecipeOptions] = {}
    described: dict[str, str] = {}
    for name, recipe in RECIPES.items():
        config = recipe()
        defaults[name] = RecipeOptions(
            name,
            data=config.data,
            network=config.network,
            training=config.training,
            blocks=config.blocks,
        )
        described[name] = " ".join((recipe.__doc__ or "").split())
    return tyro.extras.subcommand_type_from_defaults(defaults, described)


if TYPE_CHECKING:
    Recipe = RecipeOptions
else:
    Recipe = _recipes()


@dataclass(frozen=True)
class Train:
    """Train a recipe; writes a run folder with config, checkpoints, log and result.json."""

    options: Recipe
    """Recipe: a whole set of options, any of which can be changed after its name."""

    def __call__(self, console: Console) -> None:
        """Run the command."""
        from polychrony.experiments.commands.train import train

        chosen = self.options
        config = Config(chosen.data, chosen.network, chosen.training, chosen.blocks)
        train(
            chosen.recipe,
            config,
            chosen.run,
            chosen.resume,
            console,
            chosen.given,
            chosen.lateness_from,
        )


@dataclass(frozen=True)
class Evaluate:
    """Test a trained run in software, with integer delays."""

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Run folder."""
    split: Literal["train", "valid", "test"] = "test"
    """Part of the data."""
    root: Folder = None
    """Folder of the data files, if they have moved since training."""
    json: File = None
    """Write the numbers to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.evaluate import evaluate_run

        return evaluate_run(self.run, self.split, console, self.root)


@dataclass(frozen=True)
class Noc:
    """Measure latency and throughput of a network on chip under synthetic or recorded traffic."""

    mesh: Annotated[str, tyro.conf.arg(metavar="CxR")] = "8x8"
    """Columns and rows of routers, each with one node."""
    traffic: Annotated[str, tyro.conf.arg(metavar="PATTERN")] = "uniform"
    """Targets: uniform (any node, the sender included), transpose (x,y to y,x) or
    hotspot:0,27,36,63 (one of these nodes)."""
    rate: float = 0.1
    """Offered load in flits per node and cycle."""
    packet_flits: int = 1
    """Flits of each packet."""
    vcs: int = 1
    """Virtual channels of each link."""
    buffer: int = 8
    """Flits that each input buffer holds, per virtual channel."""
    pipeline: Literal["speculative", "plain", "asynchronous"] = "speculative"
    """Pipeline of the routers: H hops take 3 H + 5, 5 H + 7 or H cycles without load."""
    cycles: int = 20000
    """Cycle in which the measured window ends; of a trace, after its last packet."""
    warmup: int = 3000
    """Cycle in which the window begins; of a trace, 0."""
    seed: int = 0
    """Seed of the traffic."""
    trace: File = None
    """Recorded packets instead of synthetic ones: CSV with the header time,source,target[,flits],
    or .npz with these arrays; times in cycles."""
    mode: Literal["analytic", "queueing", "cycle"] = "cycle"
    """Sums of hops, with waiting at busy links, or flit by flit."""
    given: tyro.conf.Suppress[tuple[str, ...]] = ()
    """Options that the command line names."""
    json: File = None
    """Write the numbers to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.noc import NocOptions, noc

        options = {name: value for name, value in vars(self).items() if name != "json"}
        return noc(NocOptions(**options), console)


@dataclass(frozen=True)
class Chips:
    """Show chips, what their events cost, and where each number comes from."""

    show: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """Tell every number of this chip, or of a chip file (.toml, .yaml)."""
    json: File = None
    """Write the numbers to this file; - for standard output."""

    def __call__(self, console: Console) -> list[dict[str, Any]]:
        """Run the command."""
        from polychrony.experiments.commands.chips import chips

        return chips(self.show, console)


@dataclass(frozen=True)
class Demo:
    """Train the recipe digits and co-simulate it on Loihi, in runs/demo; about a minute."""

    def __call__(self, console: Console) -> None:
        """Run the command."""
        from polychrony.experiments.commands.demo import demo

        demo(console)


@dataclass(frozen=True)
class Doctor:
    """Show versions, devices, backends that can run, and data sets found."""

    root: Path = Path("data")
    """Folder in which to look for data files."""
    json: File = None
    """Write the report to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.doctor import doctor

        return doctor([self.root], console)


Command = (
    Annotated[Train, tyro.conf.subcommand("train")]
    | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
    | Annotated[Cosim, tyro.conf.subcommand("cosim")]
    | Annotated[Export, tyro.conf.subcommand("export")]
    | Annotated[Explore, tyro.conf.subcommand("explore")]
    | Annotated[Compare, tyro.conf.subcommand("compare")]
    | Annotated[Budget, tyro.conf.subcommand("budget")]
    | Annotated[Timing, tyro.conf.subcommand("timing")]
    | Annotated[Noc, tyro.conf.subcommand("noc")]
    | Annotated[Chips, tyro.conf.subcommand("chips")]
    | Annotated[Demo, tyro.conf.subcommand("demo")]
    | Annotated[Fetch, tyro.conf.subcommand("fetch")]
    | Annotated[Doctor, tyro.conf.subcommand("doctor")]
)


def run(arguments: Sequence[str]) -> None:
    """Parse a command line and carry it out.

    Raises:
        UserError: the words, or what they ask for, cannot be; other packages raise their own.
    """
    command = parse(Command, arguments, DESCRIPTION)
    if isinstance(command, Train | Compare):
        named: Any = dataclasses.replace(command.options, given=tuple(given_options(arguments)))
        command = dataclasses.replace(command, options=named)
    elif isinstance(command, Noc):
        command = dataclasses.replace(command, given=tuple(given_options(arguments)))
    from polychrony.experiments.files import check_writable, to_json, write_json
    from polychrony.experiments.tables import console

    target: Path | None = getattr(command, "json", None)
    to_stdout = target == Path("-")
    if target is not None and not to_stdout:
        check_writable(target)
    result = command(console(stderr=to_stdout))
    if to_stdout:
        print(to_json(result), end="")
    elif target is not None:
        write_json(target, result)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `polychrony`.

    Args:
        arguments: words after the program's name; those of the process by default.

    Returns:
        Exit code: 0; 2 if the user can mend it, told in one line; 130 after Ctrl-C; 141 if nobody
        reads the output any more, as a shell reports it.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    try:
        run(words)
    except Interrupted as stopped:
        print(f"polychrony: {stopped}", file=sys.stderr)
        return 130
    except KeyboardInterrupt:
        print("polychrony: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough, as `| head` has. Python would complain once more when
        # it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except MemoryError as error:
        if debug:
            traceback.print_exc()
        reason = " ".join(str(error).split()) or "this machine has no more"
        print(f"polychrony: error: not enough memory: {reason}; ask for less", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        if not _is_expected(error):
            raise
        if debug:
            traceback.print_exc()
        text = " ".join(str(error).split())
        print(f"polychrony: error: {text}", file=sys.stderr)
        return 2
    return 0


def _is_expected(error: Exception) -> bool:
    """Whether the user, not the program, caused an error."""
    if isinstance(error, UserError | OSError):
        return True
    from polychrony.datasets import DataError
    from polychrony.hardware import HardwareError
    from polychrony.snn import SnnError

    return isinstance(error, DataError | HardwareError | SnnError)


if __name__ == "__main__":
    sys.exit(main())
