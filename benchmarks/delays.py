"""Learned delays, forward and backward: polychrony, the published layer, a plain linear layer.

`python -m benchmarks.delays --json out.json`
"""

from __future__ import annotations

import argparse
import copy
import importlib
import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmarks.cli import Benchmark, main
from benchmarks.equality import difference
from benchmarks.harness import Contender, first_line, measure
from benchmarks.record import Case, Outcome, claim, ratio, table
from benchmarks.task import stepper
from benchmarks.yardsticks import yardsticks
from polychrony.experiments.errors import UserError
from polychrony.snn import DelayedLinear

# Steps, batch, neurons in and out, taps.
SIZES = ((100, 256, 256, 25), (1000, 32, 256, 249))
QUICK = ((20, 2, 8, 5), (30, 2, 8, 17))
ACTIVITY = 0.05
TOLERANCE = 1e-5
PARTS = ("output", "gradient of the input", "gradient of the weights", "gradient of the delays")
US, DIRECT, PEER, LINEAR = "polychrony", "polychrony, direct", "dcls + conv1d", "linear, no delays"


def run(options: argparse.Namespace) -> Outcome:
    """Short delays, then long ones."""
    sizes = QUICK if options.quick else SIZES
    return Outcome([_case(options, *size, long=size is sizes[1]) for size in sizes])


def _case(
    options: argparse.Namespace, steps: int, batch: int, width: int, taps: int, long: bool
) -> Case:
    torch.manual_seed(0)
    x = torch.rand(steps, batch, width).lt(ACTIVITY).float()
    grad = torch.randn(steps, batch, width)
    layer = DelayedLinear(width, width, taps - 1, backend="fourier")
    contenders = _contenders(layer, x, grad, "dcls" in options.peers)
    contenders += yardsticks(options.quick)
    measure(contenders, options.rounds)
    median = {contender.name: contender.median() for contender in contenders}
    faster = ratio([median[PEER]], [median[US]])
    claims = [claim("times faster than dcls + conv1d", faster, 15.0 if long else 4.0, True)]
    if not long:
        slower = ratio([median[US]], [median[LINEAR]])
        claims.append(claim("times the time of a linear layer without delays", slower, 4.0, False))
    return Case(
        f"T={steps}, B={batch}, {width} -> {width}, {taps} taps",
        table(contenders),
        claims,
        [
            "float32, one Gaussian tap per synapse; each turn is one forward and backward pass, "
            "with gradients of input, weights and delays."
        ],
    )


def _contenders(layer: DelayedLinear, x: Tensor, grad: Tensor, peer: bool) -> list[Contender]:
    direct = copy.deepcopy(layer)
    direct.backend = "direct"
    wanted = _pass(direct, x, grad)
    equal, words = _compare(_pass(layer, x, grad), wanted)
    if not equal:
        raise UserError(f"the fourier path differs from the direct one: {words}; nothing was timed")
    linear = nn.Linear(layer.in_features, layer.out_features, bias=False)
    return [
        Contender(US, stepper(layer, x, grad), detail=f"fourier; against the direct path {words}"),
        Contender(DIRECT, stepper(direct, x, grad), detail="one dense convolution"),
        _published(layer, x, grad, wanted) if peer else Contender(PEER, None, reason="not asked"),
        Contender(LINEAR, stepper(linear, x, grad)),
    ]


def _published(layer: DelayedLinear, x: Tensor, grad: Tensor, wanted: list[Tensor]) -> Contender:
    try:
        module = importlib.import_module("benchmarks.peers.dcls")
        step, result = module.delays(layer, x, grad)
        equal, words = _compare(result(), wanted)
    except Exception as error:  # whatever a library of others may raise, installed or not
        return Contender(PEER, None, reason=first_line(error), optional=True)
    if not equal:
        return Contender(PEER, None, reason=f"not what was expected: {words}", optional=True)
    return Contender(PEER, step, detail=words, optional=True)


def _pass(layer: DelayedLinear, x: Tensor, grad: Tensor) -> list[Tensor]:
    leaf = x.clone().requires_grad_()
    y = layer(leaf)
    found = torch.autograd.grad(y, (leaf, layer.weight, layer.delay), grad)
    return [y.detach(), *found]


def _compare(found: list[Tensor], wanted: list[Tensor]) -> tuple[bool, str]:
    pairs = zip(found, wanted, strict=True)
    offs = {part: difference(*pair) for part, pair in zip(PARTS, pairs, strict=True)}
    worst: Callable[[str], float] = offs.__getitem__
    part = max(offs, key=worst)
    return offs[part] <= TOLERANCE, f"at most {offs[part]:.1e} apart ({part})"


BENCHMARK = Benchmark("delays", "Learned delays, forward and backward", run)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
