"""The test before the timing: what is timed must compute what it says."""

from __future__ import annotations

import math

from torch import Tensor

from benchmarks.task import Entry

SPIKES = 1e-5
GRADIENT = 1e-4


def difference(found: Tensor, expected: Tensor) -> float:
    """Largest difference of two tensors over the largest value expected; infinite beside NaN."""
    scale = float(expected.abs().max())
    off = float((found - expected).abs().max()) / (scale or 1.0)
    return off if math.isfinite(off) else math.inf


def compare(made: Entry) -> tuple[bool, str]:
    """Whether an entry gives the spikes and the gradient expected of it.

    Libraries that write an equation in another order round differently, and some fire above
    instead of at the threshold: once in a million steps that moves a spike, and with it what
    follows. So a share of `SPIKES` may differ, and the gradient is compared where neurons have no
    such spike.

    Returns:
        The verdict, and what was found in words.
    """
    (spikes, gradient), (wanted, slope) = made.result(), made.expected()
    if spikes.shape != wanted.shape:
        return False, f"spikes {tuple(spikes.shape)} instead of {tuple(wanted.shape)}"
    differs = spikes != wanted
    share = float(differs.float().mean())
    if not share:
        words = "equal output"
    elif _binary(wanted):
        words = f"{share:.1e} of all spikes differ"
        if share > SPIKES:
            return False, words
    else:
        off = difference(spikes, wanted)
        words = f"output differs by {off:.1e}"
        differs = differs & False
        if off > GRADIENT:
            return False, words
    if gradient is None or slope is None:
        return True, f"{words}, gradient of its own"
    same = ~differs.any(0)
    off = difference(gradient[:, same], slope[:, same])
    return off <= GRADIENT, f"{words}, gradients {f'differ by {off:.1e}' if off else 'too'}"


def _binary(values: Tensor) -> bool:
    return bool(((values == 0) | (values == 1)).all())
