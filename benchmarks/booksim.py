"""BookSim 2, an established simulator of networks on chip, as a contender.

It is a program of its own: build it from its sources and name the executable with `--booksim FILE`.
The router is the one that `Router()` describes: one virtual channel of 8 flits, speculative.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from polychrony.experiments.errors import UserError

_ROUTER = {
    "topology": "mesh",
    "n": 2,
    "routing_function": "dor",
    "num_vcs": 1,
    "vc_buf_size": 8,
    "wait_for_tail_credit": 0,
    "vc_allocator": "islip",
    "sw_allocator": "islip",
    "alloc_iters": 1,
    "credit_delay": 1,
    "routing_delay": 0,
    "vc_alloc_delay": 1,
    "sw_alloc_delay": 1,
    "st_final_delay": 1,
    "input_speedup": 1,
    "output_speedup": 1,
    "internal_speedup": 1.0,
    "speculative": 1,
    "packet_size": 1,
    "sim_type": "latency",
    "traffic": "uniform",
    "warmup_periods": 3,
    "max_samples": 10,
    "seed": 1,
}
_CYCLES = re.compile(r"Time taken is (\d+) cycles")
_LATENCY = re.compile(r"Packet latency average = ([\d.]+) \(")


def booksim(program: Path, side: int, rate: float, period: int) -> Callable[[], tuple[int, float]]:
    """A run under uniform traffic; it returns the cycles simulated and the mean latency.

    Args:
        program: the executable.
        side: routers on each side of the mesh.
        rate: flits per node and cycle.
        period: cycles of a sample; there are at least six.
    """

    def turn() -> tuple[int, float]:
        settings = _ROUTER | {"k": side, "injection_rate": rate, "sample_period": period}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "config")
            path.write_text("".join(f"{key} = {value};\n" for key, value in settings.items()))
            command = [str(program.resolve()), str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        cycles, latency = _CYCLES.findall(done.stdout), _LATENCY.findall(done.stdout)
        if not cycles or not latency:
            raise UserError(f"{program.name} printed no result (exit code {done.returncode})")
        return int(cycles[-1]), float(latency[-1])

    return turn
