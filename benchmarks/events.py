"""Event-driven inference of delayed synapses against dense inference, by activity.

`python -m benchmarks.events --json out.json`
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.cli import Benchmark, main
from benchmarks.equality import difference
from benchmarks.harness import Contender, measure
from benchmarks.record import Case, Outcome, claim, ratio, table
from benchmarks.yardsticks import yardsticks
from polychrony.experiments.errors import UserError
from polychrony.snn import DelayedLinear

SIZE = (100, 256, 256, 25)  # steps, batch, neurons in and out, taps
QUICK = (20, 2, 8, 5)
ACTIVITIES = (0.1, 1.0, 5.0, 20.0)  # spikes per neuron and step, %
CLAIMED = 1.0
TOLERANCE = 1e-5
US, DIRECT, FOURIER = "polychrony, events", "direct convolution", "Fourier"


def run(options: argparse.Namespace) -> Outcome:
    """A case per activity."""
    size = QUICK if options.quick else SIZE
    return Outcome([_case(options, activity, *size) for activity in ACTIVITIES])


def _case(
    options: argparse.Namespace, activity: float, steps: int, batch: int, width: int, taps: int
) -> Case:
    torch.manual_seed(0)
    x = torch.rand(steps, batch, width).lt(activity / 100).float()
    layer = DelayedLinear(width, width, taps - 1).discretize().eval()
    contenders = [*_contenders(layer, x), *yardsticks(options.quick)]
    measure(contenders, options.rounds)
    median = {contender.name: contender.median() for contender in contenders}
    claims = [
        claim(f"times faster than dense, {name}", ratio([median[name]], [median[US]]), 10.0, True)
        for name in (DIRECT, FOURIER)
        if activity == CLAIMED
    ]
    return Case(
        f"{activity:g} % activity, T={steps}, B={batch}, {width} -> {width}, {taps} taps",
        table(contenders),
        claims,
        [
            "Integer delays, one per synapse, forward pass only; events sum in float64.",
            f"Events make {int(x.sum()) * width / 1e6:.1f} million additions of a weight to a sum.",
        ],
    )


def _contenders(layer: DelayedLinear, x: Tensor) -> list[Contender]:
    turns = {US: _inference(layer, x)}
    for name, backend in ((DIRECT, "direct"), (FOURIER, "fourier")):
        dense = copy.deepcopy(layer).train()  # a layer with integer delays is dense in training
        dense.backend = backend
        turns[name] = _inference(dense, x)
    exact = turns[US]()
    made = []
    for name, turn in turns.items():
        off = difference(turn(), exact)
        if off > TOLERANCE:
            raise UserError(f"{name} is {off:.1e} from the events; nothing was timed")
        made.append(Contender(name, turn, detail=f"{off:.1e} apart" if off else ""))
    return made


def _inference(layer: DelayedLinear, x: Tensor) -> Callable[[], Tensor]:
    def turn() -> Tensor:
        with torch.no_grad():
            return layer(x)

    return turn


BENCHMARK = Benchmark("events", "Event-driven inference", run)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
