"""Memory of a step of training: every array of a step, in the order in which they come and go.

How many numbers each holds, and how long it lives, stands in docs/scaling.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.planning.buffers import Buffers
from benchmarks.planning.layers import Layer, Run, spectra
from polychrony.snn.kernels.compiled.blocks import SEGMENT

_PLAIN_KEPT, _PLAIN_WORKING = 3, 2
"""Arrays [K, S] that autograd keeps, and that it needs beside, for kernels of taps on a GPU."""
_OWN_ORDER = 1
"""Copies of each factor and product that a convolution makes for its own order of axes."""


def memory(layers: Sequence[Layer], run: Run, machine: float = 128e9) -> dict[str, int]:
    """Bytes at the peak of a step of training that follows another.

    Args:
        layers: the network.
        run: sizes of the step.
        machine: memory of the machine, B; on the CPU an eighth of it may wait in buffers.

    Returns:
        Bytes by what they are for: `parameters`, `moments`, `gradients`, `kept` for the backward
        pass, `working`, and `waiting` to be used again.
    """
    buffers = Buffers(run.device == "cpu", machine / 8)
    buffers.take("batch", "kept", run.steps * run.batch * layers[0].n_in, pooled=False)
    for k, layer in enumerate(layers):
        buffers.take(f"p{k}", "parameters", layer.parameters, pooled=False)
        buffers.take(f"m{k}", "moments", 2 * layer.parameters, pooled=False)
    for _ in range(2):
        for k, layer in enumerate(layers):
            _forward(buffers, k, layer, run)
        buffers.drop(*(name for name in [*buffers.held] if name.startswith("g")))
        for k in reversed(range(len(layers))):
            _backward(buffers, k, layers[k], run)
        buffers.take("adam", "working", 2 * max(layer.synapses for layer in layers), pooled=False)
        buffers.drop("adam")
    return {use: size for use, size in buffers.peak.items() if size}


def _forward(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    heard = run.steps * run.batch * layer.n_out
    {"synapse": _spread_out, "axon": _shift, "conv": _convolve}[layer.kind](buffers, k, layer, run)
    if not layer.fires:
        buffers.take(f"trace{k}", "kept", heard)
        buffers.drop(f"y{k}")
        return
    if layer.normed:
        buffers.take(f"normed{k}", "kept", heard)
    buffers.take(f"marks{k}", "kept", -(-run.steps // SEGMENT) * run.batch * layer.n_out)
    buffers.take(f"x{k + 1}", "kept", heard)
    if layer.normed:
        buffers.take("dropped", "kept", heard)
        buffers.drop(f"x{k + 1}")
        buffers.held[f"x{k + 1}"] = buffers.held.pop("dropped")


def _kernel(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    buffers.take(f"inside{k}", "kept", layer.synapses, pooled=False)
    numbers = run.taps * layer.synapses
    if run.device == "gpu":
        buffers.take("plain", "working", _PLAIN_WORKING * numbers)
        buffers.take(f"plain{k}", "kept", _PLAIN_KEPT * numbers)
        buffers.drop("plain")
    buffers.take(f"kernel{k}", "kept", numbers)


def _spread_out(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    _kernel(buffers, k, layer, run)
    cut = spectra(layer, run)
    pieces = cut.rows * cut.segments * cut.group
    buffers.take(f"y{k}", "kept", run.steps * run.batch * layer.n_out)
    buffers.take(f"weights{k}", "kept", cut.rows * layer.synapses)
    buffers.take(f"spectrum{k}", "kept", pieces * layer.n_in)
    buffers.take("product", "working", pieces * layer.n_out)
    buffers.drop("product")
    if cut.kept:
        buffers.drop(f"kernel{k}", f"x{k}")
    else:
        buffers.drop(f"weights{k}", f"spectrum{k}")


def _shift(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    over_time = run.steps * run.batch
    buffers.take(f"copy{k}", "kept", over_time * layer.n_in, pooled=False)
    buffers.take(f"late{k}", "kept", over_time * layer.n_in)
    buffers.take(f"y{k}", "kept", over_time * layer.n_out, pooled=False)
    buffers.drop(f"x{k}")


def _convolve(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    _kernel(buffers, k, layer, run)
    rows = spectra(layer, run).rows
    n_in, n_out = rows * run.batch * layer.n_in, rows * run.batch * layer.n_out
    buffers.take("in_time", "working", n_in, pooled=False)
    buffers.take(f"spectrum{k}", "kept", n_in, pooled=False)
    buffers.drop("in_time")
    buffers.take(f"weights{k}", "kept", rows * layer.synapses, pooled=False)
    buffers.take("own", "working", _OWN_ORDER * (n_in + n_out), pooled=False)
    buffers.take("product", "working", n_out, pooled=False)
    buffers.drop("own")
    buffers.take("parts", "working", n_out, pooled=False)
    buffers.take(f"y{k}", "kept", run.steps * run.batch * layer.n_out, pooled=False)
    buffers.drop("product", "parts", f"kernel{k}", f"x{k}")


def _backward(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    heard = run.steps * run.batch * layer.n_out
    if f"up{k}" not in buffers.held:
        buffers.take(f"up{k}", "working", heard, pooled=False)
    for name in ("dropped", "neurons", "normed") if layer.normed else ("neurons",):
        buffers.take(name, "working", heard)
        buffers.drop(f"up{k}", *({"neurons": (f"normed{k}", f"marks{k}")}.get(name, ())))
        buffers.held[f"up{k}"] = buffers.held.pop(name)
    buffers.drop(f"y{k}", f"trace{k}")
    {"synapse": _gather, "axon": _shift_back, "conv": _convolve_back}[layer.kind](
        buffers, k, layer, run
    )
    buffers.drop(f"up{k}", f"x{k}")
    if layer.kind == "axon":
        return
    if run.device == "gpu":
        buffers.take("plain", "working", _PLAIN_WORKING * run.taps * layer.synapses)
    buffers.take(f"g{k}", "gradients", layer.synapses)
    buffers.take(f"gd{k}", "gradients", layer.synapses)
    buffers.drop("plain", f"plain{k}", f"inside{k}", "for_kernel")


def _below(buffers: Buffers, k: int, layer: Layer, run: Run, pooled: bool = True) -> None:
    if not layer.first:
        buffers.take(f"up{k - 1}", "working", run.steps * run.batch * layer.n_in, pooled)


def _gather(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    cut = spectra(layer, run)
    pieces = cut.rows * cut.segments * cut.group
    _below(buffers, k, layer, run)
    buffers.take("for_kernel", "working", run.taps * layer.synapses)
    if not (cut.kept or layer.first):
        buffers.take(f"weights{k}", "working", cut.rows * layer.synapses)
    buffers.take("upstream", "working", pieces * layer.n_out)
    if not layer.first:
        buffers.take("product", "working", pieces * layer.n_in)
        buffers.drop("product")
    if not cut.kept:
        buffers.take(f"spectrum{k}", "working", pieces * layer.n_in)
    buffers.take("total", "working", cut.rows * layer.synapses)
    buffers.drop("total", "upstream", f"weights{k}", f"spectrum{k}", f"kernel{k}")


def _shift_back(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    over_time = run.steps * run.batch * layer.n_in
    if not layer.first:
        buffers.take("for_late", "working", over_time, pooled=False)
    buffers.take(f"g{k}", "gradients", layer.synapses, pooled=False)
    buffers.drop(f"late{k}")
    if not layer.first:
        buffers.take("for_copy", "working", over_time)
        _below(buffers, k, layer, run, pooled=False)
    buffers.drop("for_late", "for_copy", f"copy{k}")


def _convolve_back(buffers: Buffers, k: int, layer: Layer, run: Run) -> None:
    rows = spectra(layer, run).rows
    n_in, n_out = rows * run.batch * layer.n_in, rows * run.batch * layer.n_out
    buffers.take("parts", "working", n_out, pooled=False)
    buffers.take("products", "working", n_out, pooled=False)
    buffers.take("own", "working", _OWN_ORDER * (n_in + n_out), pooled=False)
    if not layer.first:
        buffers.take("for_signal", "working", n_in, pooled=False)
    buffers.take("for_weights", "working", rows * layer.synapses, pooled=False)
    buffers.drop("own", "parts", "products", f"spectrum{k}", f"weights{k}")
    if not layer.first:
        buffers.take("in_time", "working", n_in, pooled=False)
        _below(buffers, k, layer, run, pooled=False)
    buffers.take("for_kernel", "working", run.taps * layer.synapses, pooled=False)
    buffers.drop("in_time", "for_signal", "for_weights")
