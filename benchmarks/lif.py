"""LIF neurons, forward and backward: polychrony, a plain C++ loop, other libraries.

`python -m benchmarks.lif --json out.json`; on a GPU `python -m benchmarks.lif --device cuda`.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.cli import Benchmark, main
from benchmarks.harness import Contender, measure
from benchmarks.loops import loop_contender
from benchmarks.peers import LIF_PEERS, checked, lif_contender, must_pass
from benchmarks.record import Case, Outcome, claim, derived, ratio, table
from benchmarks.task import Task, entry, make_task, our_layer, ours
from benchmarks.yardsticks import COPY, rate_of, yardsticks

SIZES = ((500, 16, 512), (100, 16, 16384))
QUICK = ((20, 2, 16),)
BYTES = 20  # per element: input and spikes; then gradient, input again, gradient of the input
US, LOOP, REUSED = "polychrony", "C++ loop", "C++ loop, outputs reused"


def run(options: argparse.Namespace) -> Outcome:
    """Every size in a run of its own."""
    sizes = QUICK if options.quick else SIZES
    return Outcome([_case(options, *size) for size in sizes])


def _case(options: argparse.Namespace, steps: int, batch: int, neurons: int) -> Case:
    task = make_task(steps, batch, neurons, options.device)
    contenders = [*_contenders(options, task), *yardsticks(options.quick, options.device)]
    measure(contenders, options.rounds, device=options.device)
    medians = {contender.name: contender.median() for contender in contenders}
    copied = rate_of(contenders, COPY)
    bound = BYTES * task.elements / copied if copied else None
    rows = table(contenders)
    rows.append(derived("bytes / copy bandwidth", bound, "s", f"{BYTES} B per element"))
    on = " on the GPU" if task.x.is_cuda else ""
    return Case(
        f"T={steps}, B={batch}, N={neurons}{on}",
        rows,
        _claims(medians, steps, options.device.type, bound),
        ["float32, hard reset, arctangent surrogate; each turn is one forward and backward pass."],
    )


def _contenders(options: argparse.Namespace, task: Task) -> list[Contender]:
    backend = "cpu" if options.device.type == "cpu" else "auto"
    us = must_pass(US, lambda: entry(our_layer(backend).to(options.device), task, ours(task)))
    plain = checked(
        "polychrony, reference",
        lambda: entry(our_layer("reference").to(options.device), task, ours(task)),
    )
    loops = [loop_contender(LOOP, task), loop_contender(REUSED, task, reuse=True)]
    peers = [lif_contender(name, task) for name in LIF_PEERS if name in options.peers]
    return [us, plain, *loops, *peers]


def _claims(
    medians: dict[str, float | None], steps: int, device: str, bound: float | None
) -> list[dict[str, object]]:
    def faster(name: str, target: float) -> dict[str, object]:
        value = ratio([medians.get(name)], [medians[US]])
        return claim(f"times faster than {name}", value, target, at_least=True)

    def slower(name: str, target: float) -> dict[str, object]:
        value = ratio([medians[US]], [medians.get(name)])
        return claim(f"times the time of the {name}", value, target, at_least=False)

    if device != "cpu":
        share = claim("of the copy bandwidth", ratio([bound], [medians[US]]), 0.6, at_least=True)
        return [faster("spikingjelly", 1.0), share]
    against = [faster("spikingjelly", 15.0), faster("spyx", 2.0)]
    if steps == SIZES[1][0]:
        against = [faster("spikingjelly", 4.0)]
    return [*against, slower(LOOP, 1.3), slower(REUSED, 1.3)]


BENCHMARK = Benchmark("lif", "LIF neurons, forward and backward", run, devices=("cpu", "cuda"))

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
