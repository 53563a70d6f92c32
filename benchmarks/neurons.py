"""Every neuron model, its compiled kernel against its definition in plain torch.

`python -m benchmarks.neurons --json out.json`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.cli import Benchmark, main
from benchmarks.harness import measure
from benchmarks.peers import checked, must_pass
from benchmarks.record import Case, Outcome, table
from benchmarks.task import Entry, Task, make_task, pass_through, stepper
from benchmarks.yardsticks import yardsticks
from polychrony.snn import ATan, kernels

SIZE = (500, 16, 512)
QUICK = (20, 2, 16)
# Number of states, and parameters in the order of `polychrony.snn.kernels`.
MODELS: dict[str, tuple[int, tuple[float, ...]]] = {
    "li": (1, (0.5,)),
    "lif": (1, (0.5, 1.0)),
    "cuba_lif": (2, (0.6, 0.5, 1.0)),
    "adlif": (2, (0.5, 0.8, 0.5, 1.0, 0.3)),
}
DEFINITION = "reference"


def run(options: argparse.Namespace) -> Outcome:
    """A case per model."""
    size = QUICK if options.quick else SIZE
    task = make_task(*size, options.device)
    return Outcome([_case(options, model, task) for model in MODELS])


def _case(options: argparse.Namespace, model: str, task: Task) -> Case:
    backend = "cpu" if options.device.type == "cpu" else "auto"
    definition = checked(DEFINITION, lambda: _entry(model, task, DEFINITION))
    compiled = must_pass(f"polychrony, {model}", lambda: _entry(model, task, backend))
    yards = yardsticks(options.quick, options.device)
    contenders = [compiled, definition, *yards]
    measure(contenders, options.rounds, device=options.device)
    steps, batch, neurons = task.x.shape
    return Case(
        f"{model}, T={steps}, B={batch}, N={neurons}",
        table(contenders),
        notes=["float32; each turn is one forward and backward pass, gradient of the input."],
    )


def _layer(model: str, task: Task, backend: str) -> Callable[[Tensor], Tensor]:
    count, values = MODELS[model]
    states = [torch.zeros_like(task.x[0]) for _ in range(count)]
    parameters = [torch.tensor(value, device=task.x.device) for value in values]
    options: list[Any] = [] if model == "li" else [0.0, ATan(), True]
    kernel = getattr(kernels, model)
    return lambda x: kernel(x, *states, *parameters, *options, backend=backend)[0]


def _entry(model: str, task: Task, backend: str) -> Entry:
    layer, definition = (_layer(model, task, name) for name in (backend, DEFINITION))
    return Entry(
        stepper(layer, task.x, task.grad),
        lambda: pass_through(layer, task.x, task.grad),
        lambda: pass_through(definition, task.x, task.grad),
        "",
    )


BENCHMARK = Benchmark(
    "neurons", "Compiled neurons against their definitions", run, devices=("cpu", "cuda")
)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
