"""Peak memory of LIF neurons, forward and backward, each library in fresh processes.

`python -m benchmarks.memory --json out.json`

The system's own count (resident memory) is taken: kernels need not ask torch for memory. What lies
there before the pass, input and arriving gradient among it, is not counted.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
from typing import Any

from benchmarks.cli import Benchmark, main
from benchmarks.harness import row
from benchmarks.loops import build, loop_lif
from benchmarks.peers import LIF_PEERS, lif_entry
from benchmarks.record import ROOT, Case, Outcome, claim
from benchmarks.resident import STATUS, resident, start_of_peak
from benchmarks.task import ALPHA, DECAY, Entry, Task, entry, make_task, our_layer, ours

SIZE = (500, 16, 2048)
QUICK = (100, 4, 256)
SMALL = (4, 2, 8)  # compiles and imports what the pass needs
US, DEFINITION, LOOP = "polychrony", "polychrony, reference", "C++ loop"
OURS = {US: "cpu", DEFINITION: "reference"}
UNIT = "B per element"


def run(options: argparse.Namespace) -> Outcome:
    """A few processes per library, in turns."""
    size = tuple(options.sizes or (QUICK if options.quick else SIZE))
    if options.child:
        print(json.dumps(_measured(options.child, size)))
        sys.exit(0)
    names = [*OURS, LOOP, *(name for name in LIF_PEERS if name in options.peers)]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(1 if options.quick else min(3, options.rounds)):
        for name in names:
            found[name].append(_in_fresh_process(name, size, options.threads))
    rows = [_row(name, results) for name, results in found.items()]
    peak = rows[0]["median"]
    steps, batch, neurons = size
    return Outcome(
        [
            Case(
                f"T={steps}, B={batch}, N={neurons}",
                rows,
                [claim("bytes per element at the peak", peak, 16.0, at_least=False)],
                [
                    "Highest resident memory of one forward and backward pass, float32, over what "
                    "was resident before it, divided by T * B * N. Spikes and the gradient of the "
                    "input, which nobody can do without, are 8 B."
                ],
            )
        ]
    )


def _row(name: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    peaks = [result["peak"] for result in results if result["peak"] is not None]
    reasons = [result["reason"] for result in results if result["reason"]]
    held = [result["held"] for result in results if result["held"] is not None]
    detail = f"{min(held):.1f} B still held after it" if held else ""
    return row(name, peaks, UNIT, detail, reasons[0] if reasons else "")


def _in_fresh_process(name: str, size: tuple[int, ...], threads: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.memory", "--child", name]
    command += ["--threads", str(threads), "--sizes", *map(str, size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return _result(reason=said)
    return json.loads(lines[-1])


def _result(
    peak: float | None = None, held: float | None = None, reason: str = ""
) -> dict[str, Any]:
    return {"peak": peak, "held": held, "reason": reason}


def _measured(name: str, size: tuple[int, ...]) -> dict[str, Any]:
    if not STATUS.exists():
        return _result(reason="this system does not tell the peak of resident memory")
    try:
        small = _entry(name, make_task(*SMALL))
        for _ in range(2):
            small.step()
        task = make_task(*size)
        made = _entry(name, task)
    except Exception as error:  # whatever a library of others may raise, installed or not
        return _result(reason=f"{type(error).__name__}: {error}".splitlines()[0])
    gc.collect()
    before = start_of_peak()
    made.step()
    peak, after = resident("VmHWM"), resident("VmRSS")
    return _result((peak - before) / task.elements, (after - before) / task.elements)


def _entry(name: str, task: Task) -> Entry:
    if name in OURS:
        return entry(our_layer(OURS[name]), task, ours(task))
    if name == LOOP:
        library = build()
        if isinstance(library, str):
            raise RuntimeError(library)
        return entry(loop_lif(library, DECAY, ALPHA), task, ours(task))
    return lif_entry(name, task)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", type=int, nargs=3, help=argparse.SUPPRESS)


BENCHMARK = Benchmark("memory", "Peak memory of LIF neurons", run, add_options=_options)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
