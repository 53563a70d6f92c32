"""Operations of a step of training, kind by kind; the formulas stand in docs/scaling.md.

`products` are floating point operations, the others are numbers: `transformed` over time or
filtered, `synapses` times taps, `neurons` times steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchmarks.planning.layers import Layer, Run, spectra


def operations(layers: Sequence[Layer], run: Run) -> dict[str, float]:
    """Operations of a step of training, by kind."""
    total: Counter[str] = Counter()
    for layer in layers:
        total.update(_of_layer(layer, run))
    return {name: float(count) for name, count in total.items()}


def _of_layer(layer: Layer, run: Run) -> dict[str, int]:
    n_in, n_out, s = layer.n_in, layer.n_out, layer.synapses
    passes, over_time = (2 if layer.first else 3), run.steps * run.batch
    if layer.kind == "axon":
        return {
            "products": 2 * passes * over_time * s,
            "transformed": 2 * passes * run.taps * over_time * n_in,
            "synapses": s,
            "neurons": over_time * n_out,
        }
    cut = spectra(layer, run)
    pieces = cut.rows * cut.segments * run.batch
    shared = 1 if layer.kind == "synapse" else layer.pixels
    return {
        "products": 2 * passes * pieces * s * shared,
        "transformed": 2 * (pieces * (n_in + n_out) + cut.rows * s),
        "synapses": run.taps * s,
        "neurons": over_time * n_out,
    }
