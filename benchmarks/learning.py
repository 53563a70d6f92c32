"""Local learning: TESS against the same rule stepped in Python, and memory against time.

`python -m benchmarks.learning --json out.json`
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from benchmarks.cli import Benchmark, main
from benchmarks.equality import difference
from benchmarks.harness import Contender, measure, row
from benchmarks.record import Case, Outcome, claim, ratio, table
from benchmarks.resident import grown_in_fresh_process, print_growth
from benchmarks.stepped import stepped_tess
from benchmarks.yardsticks import yardsticks
from polychrony.experiments.errors import UserError
from polychrony.snn import LIF, Triangle
from polychrony.snn.learning import (
    BPTT,
    Block,
    BlockNetwork,
    LocalRule,
    Rule,
    StandardizedConv2d,
    tess,
)

STEPS, CLASSES = 100, 10
WIDTH, BATCH = 512, 32
SIDE, CONV_BATCH = 16, 16
ACTIVITY = 0.05  # share of inputs that spike in a step
TOLERANCE = 1e-3
FASTER = 5.0
FLAT = 1.05
SHORT, LONG = 10, 1000
MEMORY_BATCH, PIECE = 128, 5
# What is freed goes back to the system at once, so that peaks show needs and no fragments.
RETURNING = {"MALLOC_MMAP_THRESHOLD_": "65536"}
CHUNK = 25  # steps of a piece, where memory for as many is no matter
US, LARGE, STEPPED = "polychrony, TESS", f"the same, chunk={CHUNK}", "TESS stepped in Python"
RULES: dict[str, Rule] = {"TESS": tess(), "BPTT": BPTT()}


def run(options: argparse.Namespace) -> Outcome:
    """Two networks against the clock, and one against the memory."""
    if options.child:
        name, steps, width = options.child
        _train(name, int(steps), int(width))
        sys.exit(0)
    width, steps = (16, 10) if options.quick else (WIDTH, STEPS)
    cases = [
        _speed(
            options,
            f"linear {width}-{width}, T={steps}, B={BATCH}",
            linear(width),
            _spikes(steps, BATCH, (width,)),
        ),
        _speed(
            options,
            f"convolutions 2-16-32 on {SIDE} x {SIDE}, T={steps}, B={CONV_BATCH}",
            convolutional(),
            _spikes(steps, CONV_BATCH, (2, SIDE, SIDE)),
        ),
        _memory(options, width),
    ]
    return Outcome(cases)


def neurons() -> LIF:
    """Those of TESS: decay 1/2, threshold 0.6 V, soft reset."""
    return LIF(2.0, 1.0, 0.6, None, Triangle(1.0, 0.3), discretization="euler")


def linear(width: int) -> BlockNetwork:
    """Two layers of equal width, whose neurons spike about as often as their input."""
    torch.manual_seed(0)
    layers = [nn.Linear(width, width, bias=False) for _ in range(2)]
    for layer in layers:
        nn.init.normal_(layer.weight, std=1.4 * width**-0.5)
    return BlockNetwork([Block(each, neurons()) for each in layers], nn.Linear(width, CLASSES))


def convolutional() -> BlockNetwork:
    """Two convolutions with standardised weights, each before max pooling."""
    torch.manual_seed(0)
    blocks = [
        Block(StandardizedConv2d(n_in, n_out, 3, padding=1), neurons(), nn.MaxPool2d(2))
        for n_in, n_out in ((2, 16), (16, 32))
    ]
    for block in blocks:
        if isinstance(block.synapses, StandardizedConv2d):
            nn.init.constant_(block.synapses.gain, 1.8)  # so that a few per cent of neurons spike
    return BlockNetwork(blocks, nn.Linear(32 * (SIDE // 4) ** 2, CLASSES))


def _spikes(steps: int, batch: int, shape: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand((steps, batch, *shape), generator=generator).lt(ACTIVITY).float()


def _speed(options: argparse.Namespace, name: str, network: BlockNetwork, x: Tensor) -> Case:
    labels = torch.arange(x.shape[1]) % CLASSES
    rule, large = tess(pool_to=2), tess(pool_to=2, chunk=CHUNK)
    for each in (rule, large):
        _check(network, each, x, labels)

    def ours(chosen: LocalRule) -> None:
        network.zero_grad()
        chosen.gradients(network, x, labels)

    def stepped() -> None:
        network.zero_grad()
        stepped_tess(network, rule, x, labels)

    contenders = [
        Contender(US, lambda: ours(rule)),
        Contender(LARGE, lambda: ours(large)),
        Contender(STEPPED, stepped),
        *yardsticks(options.quick),
    ]
    measure(contenders, options.rounds)
    active = ", ".join(f"{100 * share:.0f} %" for share in _activity(network, x))
    medians = [each.median() for each in contenders]
    claims = [
        claim(f"times {STEPPED}'s speed{how}", ratio([medians[2]], [own]), FASTER, at_least=True)
        for own, how in zip(medians, ("", f" with chunk={CHUNK}"), strict=False)
    ]
    return Case(
        name,
        table(contenders),
        claims,
        [
            f"float32, alpha_post = 1, chunk = {rule.chunk}; {100 * ACTIVITY:g} % of inputs spike "
            f"in a step; of the neurons {active}. A turn is the gradients of one batch, all steps."
        ],
    )


@torch.no_grad()
def _activity(network: BlockNetwork, x: Tensor) -> Iterator[float]:
    for block in network.blocks:
        spikes, _ = block.spikes_with_state(x)
        yield float(spikes.mean())
        x = block.pooled(spikes)


def _check(network: BlockNetwork, rule: LocalRule, x: Tensor, labels: Tensor) -> None:
    found = []
    for learn in (rule.gradients, lambda *task: stepped_tess(network, rule, *task[1:])):
        network.zero_grad()
        learn(network, x, labels)
        found.append([p.grad for p in network.parameters() if p.grad is not None])
    off = max(difference(*pair) for pair in zip(*found, strict=True))
    if off > TOLERANCE:
        raise UserError(f"gradients of the two differ by {off:.1e}; nothing was timed")


def _train(name: str, steps: int, width: int) -> None:
    """Print by how much memory grows where a network is made and takes two training steps."""

    def train(width: int, steps: int) -> None:
        network, rule = linear(width), RULES[name]
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
        labels = torch.arange(MEMORY_BATCH) % CLASSES
        frames = _spikes(1, MEMORY_BATCH, (width,)).expand(PIECE, MEMORY_BATCH, width)
        for _ in range(2):
            pieces = (frames for _ in range(steps // PIECE))
            rule.learn(network, pieces, labels, optimizer)

    train(8, 2 * PIECE)  # loads and compiles what a step needs
    print_growth(lambda: train(width, steps))


def _memory(options: argparse.Namespace, width: int) -> Case:
    counts = (SHORT, 50) if options.quick else (SHORT, LONG)
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(1 if options.quick else min(3, options.rounds)):
        for name in RULES:
            for steps in counts:
                words = ["-m", "benchmarks.learning", "--child", name, str(steps), str(width)]
                words += ["--threads", str(options.threads), "--peers", "none"]
                found.setdefault((name, steps), []).append(
                    grown_in_fresh_process(words, RETURNING) / 2**20
                )
    rows = [row(f"{name}, T={steps}", each, "MiB") for (name, steps), each in found.items()]
    peaks = [each["median"] for each in rows]
    text = f"of the peak at T={counts[0]}, that of TESS at T={counts[1]}"
    return Case(
        f"memory of linear {width}-{width}, B={MEMORY_BATCH}",
        rows,
        [claim(text, ratio([peaks[1]], [peaks[0]]), FLAT, at_least=False)],
        [
            "Highest resident memory of a network, Adam and two training steps, over what was "
            f"resident before, in fresh processes; the input comes in pieces of {PIECE} steps. "
            "Blocks from 64 KiB on are mapped one by one, so that no fragments are counted."
        ],
    )


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)


BENCHMARK = Benchmark("learning", "Local learning", run, add_options=_options)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
