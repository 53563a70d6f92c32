"""Count the visits of the learning engine to synapses, step by step."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.learning.synapses import Heard

IntArray = npt.NDArray[np.int64]


class Visits(NamedTuple):
    """What the synapses of a layer do.

    Args:
        each_step: synapses that have something to learn from, [T, B, C].
        once: synapses that had it in any step, [B, C].
        arrivals: spikes that raise a trace, [B, C].
    """

    each_step: IntArray
    once: IntArray
    arrivals: IntArray


@numba.njit(cache=True, nogil=True)
def _visit(active, spikes, heard, first, each_step, once, arrivals):  # type: ignore[no-untyped-def]
    n_samples, n, n_steps = active.shape
    row_ptr, delay, core, synapses = heard
    for b in range(n_samples):
        for i in range(n):
            for e in range(row_ptr[i], row_ptr[i + 1]):
                d, c, count = delay[e], core[e], synapses[e]
                some = False
                for t in range(max(0, n_steps - d)):
                    arrivals[b, c] += spikes[b, i, t]
                    if t + d >= first and active[b, i, t]:
                        some = True
                        each_step[t + d, b, c] += count
                if some:
                    once[b, c] += count


def visits(
    heard: list[tuple[Heard, npt.NDArray[np.uint8], npt.NDArray[np.bool_]]],
    first_step: int,
    shape: tuple[int, int, int],
) -> Visits:
    """Visits to the synapses of one layer.

        each_step[t, c] = sum over entries (i, d) of core c of synapses(i, d, c) * active_i[t - d]

    for t >= first_step; a spike or a trace whose delay ends after the last step does not count.

    Args:
        heard: what the synapses hear, with the spikes of that population and the steps in which
            they are active, both [T, B, N].
        first_step: steps before it bring no learning signal.
        shape: steps, samples and cores.
    """
    n_steps, n_samples, n_cores = shape
    each_step = np.zeros((n_steps, n_samples, n_cores), np.int64)
    once, arrivals = np.zeros((2, n_samples, n_cores), np.int64)
    for entries, spikes, found in heard:
        acts, came = (np.ascontiguousarray(a.transpose(1, 2, 0)) for a in (found, spikes))
        _visit(acts, came, tuple(entries[1:]), first_step, each_step, once, arrivals)
    return Visits(each_step, once, arrivals)
