"""Layers of synapses as the arithmetic sees them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

from polychrony.snn.kernels.fourier import _KEPT_BYTES, Sizes, plan
from polychrony.snn.kernels.spectra import n_rows

Kind = Literal["synapse", "axon", "conv"]
KINDS: dict[Kind, str] = {
    "synapse": "dense, a delay for each synapse",
    "axon": "dense, a delay for each axon",
    "conv": "convolution, a delay for each weight",
}
BYTES = 4
"""Of a number, float32."""


@dataclass(frozen=True)
class Run:
    """What one step of training takes.

    Args:
        steps: T.
        batch: samples, B.
        max_delay: longest delay D, steps.
        device: `"cpu"`: compiled loops; `"gpu"`: what runs where there are none.
    """

    steps: int
    batch: int
    max_delay: int
    device: Literal["cpu", "gpu"] = "cpu"

    @property
    def taps(self) -> int:
        """Delays that can be seen, K = min(D + 1, T)."""
        return min(self.max_delay + 1, self.steps)


@dataclass(frozen=True)
class Layer:
    """One layer of synapses and the neurons that it ends in.

    Args:
        kind: what has a delay.
        n_in: neurons that send.
        n_out: neurons that hear.
        synapses: weights, each counted once where neurons share it.
        first: whether it hears the data, which need no gradient.
        normed: whether its currents are batch-normalised, and its neurons drop out.
        fires: whether its neurons do; a readout's do not.
        pixels: neurons that share a weight.
    """

    kind: Kind
    n_in: int
    n_out: int
    synapses: int
    first: bool = False
    normed: bool = True
    fires: bool = True
    pixels: int = 1

    @property
    def parameters(self) -> int:
        """Weights, delays, and scale and shift of the normalisation."""
        delays = self.n_in if self.kind == "axon" else self.synapses
        return self.synapses + delays + (2 * self.n_out if self.normed else 0)


@dataclass(frozen=True)
class Spectra:
    """How a layer is cut for the transform over time.

    Args:
        rows: rows of a spectrum, R.
        segments: pieces of time, G.
        group: samples at once.
        kept: whether spectra stay for the backward pass.
    """

    rows: int
    segments: int
    group: int
    kept: bool


def spectra(layer: Layer, run: Run) -> Spectra:
    """The cut that the library itself chooses for these sizes."""
    if layer.kind == "conv":
        return Spectra(n_rows(run.steps + run.taps - 1), 1, run.batch, kept=True)
    sizes = Sizes(run.steps, run.batch, layer.n_in, layer.n_out, run.taps)
    cut = plan(sizes, BYTES)
    rows, segments = n_rows(cut.length), -(-run.steps // cut.segment)
    size = BYTES * rows * (segments * run.batch * layer.n_in + layer.synapses)
    kept = cut.samples >= run.batch and size <= _KEPT_BYTES
    return Spectra(rows, segments, min(cut.samples, run.batch), kept)


def dense(kind: Kind, widths: tuple[int, ...]) -> list[Layer]:
    """Layers between populations of these sizes, inputs first, the last a readout."""
    last = len(widths) - 2
    return [
        Layer(kind, n_in, n_out, n_in * n_out, first=k == 0, normed=k != last, fires=k != last)
        for k, (n_in, n_out) in enumerate(itertools.pairwise(widths))
    ]


def convolutional(channels: tuple[int, ...], side: int, kernel: int = 3) -> list[Layer]:
    """Convolutions over frames of side x side, which keep that size; no normalisation."""
    pairs = enumerate(itertools.pairwise(channels))
    return [
        Layer(
            "conv",
            a * side**2,
            b * side**2,
            a * b * kernel**2,
            first=k == 0,
            normed=False,
            pixels=side**2,
        )
        for k, (a, b) in pairs
    ]
