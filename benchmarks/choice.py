"""Which way of delayed synapses is the quickest for a shape, and what `auto` takes.

`python -m benchmarks.choice --json out.json`
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import torch
from torch import Tensor

from benchmarks.cli import Benchmark, main
from benchmarks.equality import difference
from benchmarks.harness import Contender, measure, row
from benchmarks.record import Case, Outcome, claim, table
from benchmarks.tables import quantity
from benchmarks.task import pass_through
from benchmarks.yardsticks import yardsticks
from polychrony.experiments.errors import UserError
from polychrony.snn import kernels

# Steps, batch, neurons in and out.
LAYERS = (
    (20, 1, 16, 16),
    (20, 16, 128, 128),
    (100, 1, 128, 128),
    (100, 16, 128, 128),
    (100, 128, 16, 16),
    (100, 128, 128, 128),
    (500, 2, 16, 16),
    (500, 32, 128, 128),
)
TAPS = (2, 3, 5, 9, 25)
QUICK = ((20, 2, 8, 8),)
TOLERANCE = 1e-5
UNIT = "times the quickest"
WORST = 1.5


def run(options: argparse.Namespace) -> Outcome:
    """A table per number of taps, a row per layer."""
    layers, taps = (QUICK, (3,)) if options.quick else (LAYERS, TAPS)
    return Outcome([_case(options, count, layers) for count in taps])


def _case(options: argparse.Namespace, taps: int, layers: tuple[Any, ...]) -> Case:
    yards = yardsticks(options.quick)
    rows = [_row(options, taps, *layer) for layer in layers]
    measure(yards, options.rounds)
    worst = max(each["median"] for each in rows)
    return Case(
        f"{taps} taps",
        [*rows, *table(yards)],
        [claim("times the quickest, what auto takes, at worst", worst, WORST, at_least=False)],
        [
            "Forward and backward, gradients of input and kernel, float32. Each row tells how much "
            "longer than the quickest that takes which `auto` picks."
        ],
    )


def _row(
    options: argparse.Namespace, taps: int, steps: int, batch: int, n_in: int, n_out: int
) -> dict[str, Any]:
    torch.manual_seed(0)
    x = torch.rand(steps, batch, n_in).lt(0.05).float()
    kernel = torch.randn(taps, n_out, n_in)
    grad = torch.randn(steps, batch, n_out)
    contenders = _contenders(x, kernel, grad)
    measure(contenders, options.rounds, budget_s=10.0)
    medians = {each.name: each.median() or 0.0 for each in contenders}
    chosen = kernels.quickest(x, kernel)
    name = f"T={steps}, B={batch}, {n_in} -> {n_out}"
    detail = ", ".join(f"{each} {quantity(value, 's')}" for each, value in medians.items())
    share = medians[chosen] / min(medians.values())
    return row(name, [share], UNIT, f"{chosen}; {detail}") | {"comparable": False}


def _contenders(x: Tensor, kernel: Tensor, grad: Tensor) -> list[Contender]:
    wanted = _outcome("reference", x, kernel, grad)
    made = []
    for name in kernels.DELAY_BACKENDS:
        found = _outcome(name, x, kernel, grad)
        off = max(difference(*pair) for pair in zip(found, wanted, strict=True))
        if off > TOLERANCE:
            raise UserError(f"{name} is {off:.1e} from the definition; nothing was timed")
        made.append(Contender(name, lambda name=name: _outcome(name, x, kernel, grad)))
    return made


def _outcome(name: str, x: Tensor, kernel: Tensor, grad: Tensor) -> list[Tensor]:
    leaf = kernel.detach().requires_grad_()
    pair = pass_through(lambda values: kernels.delayed_linear(values, leaf, name), x, grad)
    return [part for part in (*pair, leaf.grad) if part is not None]


BENCHMARK = Benchmark("choice", "The choice of a way for delays", run)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
