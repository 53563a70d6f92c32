"""Eligibilities of single synapses, filtered over time, compiled."""

from __future__ import annotations

import numba


@numba.njit(parallel=True, cache=True, nogil=True)
def gradient(signal, slope, trace, eligibility, kappa, total):  # type: ignore[no-untyped-def]
    """`filtered.reference`; a thread takes whole target neurons, so that no sum is shared.

    A sample's eligibilities stay in the first-level cache through all steps.
    """
    n_steps, n_samples, n_out = signal.shape
    for o in numba.prange(n_out):
        gathered = total[o]
        for b in range(n_samples):
            kept = eligibility[b, o]
            for t in range(n_steps):
                weight, factor, heard = signal[t, b, o], slope[t, b, o], trace[t, b]
                for s in range(kept.size):
                    value = kappa * kept[s] + factor * heard[s]
                    kept[s] = value
                    gathered[s] += weight * value
