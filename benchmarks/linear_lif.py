"""A linear layer and LIF neurons together, against the two alone.

`python -m benchmarks.linear_lif --json out.json`
"""

from __future__ import annotations

import argparse
import sys

import torch
from torch import nn

from benchmarks.cli import Benchmark, main
from benchmarks.harness import Contender, measure
from benchmarks.loops import loop_contender
from benchmarks.peers import must_pass
from benchmarks.record import Case, Outcome, claim, derived, ratio, table
from benchmarks.task import Task, entry, make_task, our_layer, pass_through, stepper
from benchmarks.yardsticks import yardsticks

SIZE = (500, 16, 512)
QUICK = (20, 2, 16)
US, LINEAR, LOOP = "polychrony, linear + LIF", "linear alone", "C++ loop alone"


def run(options: argparse.Namespace) -> Outcome:
    """One size, input and output of equal width."""
    steps, batch, neurons = QUICK if options.quick else SIZE
    task = make_task(steps, batch, neurons)
    torch.manual_seed(0)
    linear = nn.Linear(neurons, neurons, bias=False)
    nn.init.normal_(linear.weight, std=neurons**-0.5)  # currents as strong as the task's input
    contenders = [
        _both(linear, task),
        Contender(LINEAR, stepper(linear, task.x, task.grad)),
        loop_contender(LOOP, task),
        *yardsticks(options.quick),
    ]
    measure(contenders, options.rounds)
    medians = {contender.name: contender.median() for contender in contenders}
    parts = [medians[LINEAR], medians[LOOP]]
    apart = None if None in parts else sum(part or 0.0 for part in parts)
    rows = [*table(contenders), derived(f"{LINEAR} + {LOOP}", apart, "s")]
    text = "times linear alone plus the C++ loop"
    return Outcome(
        [
            Case(
                f"T={steps}, B={batch}, linear {neurons} -> {neurons}",
                rows,
                [claim(text, ratio([medians[US]], parts), 1.1, at_least=False)],
                ["float32; each turn is one forward and backward pass, all gradients included."],
            )
        ]
    )


def _both(linear: nn.Linear, task: Task) -> Contender:
    model = nn.Sequential(linear, our_layer("cpu"))
    definition = nn.Sequential(linear, our_layer("reference"))
    return must_pass(
        US, lambda: entry(model, task, lambda: pass_through(definition, task.x, task.grad))
    )


BENCHMARK = Benchmark("linear_lif", "A linear layer with LIF neurons", run)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
