"""Neurons of other libraries, run as they are, and the same ones as `LIF.like` makes them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from polychrony.snn import LIF, GeneralLIF

TRACES = Path(__file__).with_name("library_traces.npz")
N_STEPS, N_NEURONS = 1000, 8


class Case(NamedTuple):
    """Neurons: what `LIF.like` is given, and what the library itself is."""

    library: str
    parameters: dict[str, Any]
    run: Callable[[Tensor], Tensor]

    def ours(self, **options: Any) -> GeneralLIF:
        return LIF.like(self.library, **self.parameters, **options)


def drive() -> np.ndarray:
    """Random input [T, 1, N] with a mean that makes neurons fire, and pauses; float32."""
    random = np.random.default_rng(0)
    x = random.normal(0.25, 0.7, (N_STEPS, 1, N_NEURONS))
    return (x * (random.random(x.shape) < 0.8)).astype(np.float32)


def _spikingjelly(**parameters: Any) -> Case:
    def run(x: Tensor) -> Tensor:
        from spikingjelly.activation_based import neuron

        return neuron.LIFNode(**parameters, step_mode="m")(x)

    return Case("spikingjelly", parameters, run)


def _snntorch(**parameters: Any) -> Case:
    def run(x: Tensor) -> Tensor:
        import snntorch

        node = snntorch.Leaky(**parameters).to(x.dtype)
        spikes, mem = [], torch.zeros_like(x[0])
        for current in x:
            fired, mem = node(current, mem)
            spikes.append(fired)
        return torch.stack(spikes)

    return Case("snntorch", parameters, run)


def _norse(tau_syn_inv: float | None = None, reset_method: str = "value", **values: float) -> Case:
    given: dict[str, Any] = {**values, "reset_method": reset_method}
    if tau_syn_inv is not None:
        given["tau_syn_inv"] = tau_syn_inv

    def run(x: Tensor) -> Tensor:
        import norse.torch as norse
        from norse.torch.functional import lif, lif_box
        from norse.torch.functional.reset import reset_subtract, reset_value

        as_tensors = {name: torch.as_tensor(value, dtype=x.dtype) for name, value in values.items()}
        v = torch.full_like(x[0], values.get("v_leak", 0.0))
        if tau_syn_inv is None:
            method = {"value": reset_value, "subtract": reset_subtract}[reset_method]
            box = lif_box.LIFBoxParameters(**as_tensors, reset_method=method)
            cell, state = norse.LIFBoxCell(box), lif_box.LIFBoxFeedForwardState(v)
        else:
            rate = torch.as_tensor(tau_syn_inv, dtype=x.dtype)
            cell = norse.LIFCell(lif.LIFParameters(tau_syn_inv=rate, **as_tensors))
            state = lif.LIFFeedForwardState(v, torch.zeros_like(v))
        spikes = []
        for current in x:
            fired, state = cell(current, state)
            spikes.append(fired)
        return torch.stack(spikes)

    return Case("norse", given, run)


def _sinabs(
    spike_fn: str = "multi",
    max_num_spikes_per_bin: int | None = None,
    reset_fn: str = "subtract",
    subtract_value: float | None = None,
    **values: Any,
) -> Case:
    given: dict[str, Any] = {**values, "spike_fn": spike_fn, "reset_fn": reset_fn}
    given |= {"subtract_value": subtract_value, "max_num_spikes_per_bin": max_num_spikes_per_bin}

    def run(x: Tensor) -> Tensor:
        from sinabs import activation, layers

        fires = {
            "multi": activation.MultiSpike,
            "max": activation.MaxSpike(max_num_spikes_per_bin),
            "single": activation.SingleSpike,
        }[spike_fn]
        subtracts = activation.MembraneSubtract(subtract_value)
        resets = {"subtract": subtracts, "reset": activation.MembraneReset()}[reset_fn]
        node = layers.LIF(**values, spike_fn=fires, reset_fn=resets).to(x.dtype)
        return node(x.transpose(0, 1)).transpose(0, 1)

    return Case("sinabs", given, run)


CASES = {
    "spikingjelly": _spikingjelly(),
    "spikingjelly-soft": _spikingjelly(tau=5.0, v_threshold=0.6, v_reset=None),
    "spikingjelly-whole": _spikingjelly(tau=4.0, decay_input=False, v_reset=-0.25),
    "spikingjelly-whole-soft": _spikingjelly(tau=3.0, decay_input=False, v_reset=None),
    "snntorch": _snntorch(beta=0.875),
    "snntorch-forgets": _snntorch(beta=0.0, threshold=0.5),
    "snntorch-keeps": _snntorch(beta=1.5, threshold=2.0),
    "snntorch-zero": _snntorch(beta=0.9, reset_mechanism="zero"),
    "snntorch-none": _snntorch(beta=0.8, reset_mechanism="none"),
    "snntorch-now": _snntorch(beta=0.9, threshold=0.5, reset_delay=False),
    "snntorch-now-zero": _snntorch(beta=0.9, reset_mechanism="zero", reset_delay=False),
    "snntorch-now-none": _snntorch(beta=0.8, reset_mechanism="none", reset_delay=False),
    "norse-box": _norse(tau_mem_inv=200.0, v_th=0.5),
    "norse-box-leak": _norse(tau_mem_inv=300.0, v_leak=-0.25, v_th=0.25, v_reset=-0.5),
    "norse-box-subtract": _norse(tau_mem_inv=200.0, v_th=0.25, reset_method="subtract"),
    "norse": _norse(tau_syn_inv=200.0),
    "norse-leak": _norse(
        tau_syn_inv=400.0, tau_mem_inv=150.0, v_leak=0.25, v_th=0.75, v_reset=0.125
    ),
    "sinabs": _sinabs(tau_mem=10.0, spike_threshold=0.125),
    "sinabs-whole": _sinabs(tau_mem=10.0, norm_input=False, spike_threshold=0.25, min_v_mem=-0.5),
    "sinabs-max": _sinabs(
        tau_mem=5.0, norm_input=False, spike_fn="max", max_num_spikes_per_bin=2, spike_threshold=0.5
    ),
    "sinabs-single": _sinabs(tau_mem=20.0, norm_input=False, spike_fn="single"),
    "sinabs-single-part": _sinabs(
        tau_mem=20.0, norm_input=False, spike_fn="single", subtract_value=0.5, min_v_mem=0.0
    ),
    "sinabs-reset": _sinabs(tau_mem=20.0, norm_input=False, spike_fn="single", reset_fn="reset"),
    "sinabs-reset-multi": _sinabs(
        tau_mem=20.0, norm_input=False, reset_fn="reset", spike_threshold=0.5
    ),
    "sinabs-current": _sinabs(tau_mem=10.0, tau_syn=4.0, spike_threshold=0.25, spike_fn="single"),
}


def record() -> None:
    """Write the input and the spikes of every case, with the versions of the libraries."""
    x = drive()
    libraries = sorted({case.library for case in CASES.values()})
    versions = [f"{name} {metadata.version(name)}" for name in libraries]
    with torch.no_grad():
        spikes = {name: case.run(torch.from_numpy(x)) for name, case in CASES.items()}
    found = {name: values.numpy().astype(np.uint8) for name, values in spikes.items()}
    np.savez_compressed(TRACES, drive=x, versions=np.array(versions), **found)


if __name__ == "__main__":
    record()
