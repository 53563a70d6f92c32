"""`polychrony demo`: train digits, put the network on a chip, say what it costs."""

from __future__ import annotations

from rich.console import Console

from polychrony.experiments.commands.cosim import ChipOptions, cosim_run
from polychrony.experiments.commands.train import train
from polychrony.experiments.files import write_json
from polychrony.experiments.recipes import digits
from polychrony.experiments.runs import RUNS, free_folder
from polychrony.experiments.subjects import Asked
from polychrony.experiments.tables import say


def demo(console: Console) -> None:
    """Train the recipe `digits` into runs/demo and co-simulate it on Loihi.

    An earlier demo is kept: its folder moves to the next free name.

    Args:
        console: where progress and results go.
    """
    folder = RUNS / "demo"
    if folder.exists():
        folder.rename(free_folder("demo"))
    train("digits", digits(), folder, resume=False, console=console)
    result = cosim_run(Asked(folder), ChipOptions(), console)
    write_json(folder / "cosim.json", result)
    say(console, f"written: {folder / 'result.json'}, {folder / 'cosim.json'}")
