"""Compiled loops neither take more threads than torch nor change how many torch has."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import numpy as np, torch, numba
from polychrony.snn.kernels.events import row_pointers, scatter_events
from polychrony.snn import LIF
torch.set_num_threads({threads})
one = np.zeros(1, np.int32)
scatter_events(np.ones((1, 1, 1), np.uint8), row_pointers(one, 1), one, one, np.ones(1), 1)
LIF(5e-3, 1e-3, backend="cpu")(torch.ones(2, 3, 4))
print(torch.get_num_threads(), numba.get_num_threads() <= {threads})
"""


def test_torch_keeps_its_threads():
    for threads in (1, 2):
        command = [sys.executable, "-c", SCRIPT.format(threads=threads)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [str(threads), "True"]
