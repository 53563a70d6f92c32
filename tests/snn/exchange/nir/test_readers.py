"""Files written for other libraries, run by those that are installed."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from polychrony.snn import NetworkGraph, Population, Projection, simulate
from polychrony.snn.exchange.nir import NirError, from_nir, to_nir

pytest.importorskip("nir", reason="nir is not installed: pip install 'polychrony[nir]'")

Run = Callable[[NetworkGraph, np.ndarray], np.ndarray]
N_IN, N_HIDDEN, N_OUT = 10, 12, 6


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """The libraries print and warn while they are imported and read."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def imported(name: str) -> Any:
    with quiet():
        return pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)


def step_by_step(network: Any, counts: np.ndarray) -> np.ndarray:
    state, out = None, []
    with torch.no_grad():
        for step in torch.tensor(counts).float():
            y, state = network(step) if state is None else network(step, state)
            out.append(y)
    return torch.stack(out).numpy()


def norse(graph: NetworkGraph, counts: np.ndarray) -> np.ndarray:
    library = imported("norse.torch")
    with quiet():
        return step_by_step(library.from_nir(to_nir(graph, reader="norse"), dt=graph.dt), counts)


def snntorch(graph: NetworkGraph, counts: np.ndarray) -> np.ndarray:
    library = imported("snntorch.import_nir")
    with quiet():
        return step_by_step(library.import_from_nir(to_nir(graph, reader="snntorch")), counts)


def spikingjelly(graph: NetworkGraph, counts: np.ndarray) -> np.ndarray:
    imported("nirtorch")
    library = imported("spikingjelly.activation_based.nir_exchange")
    with quiet():
        network = library.import_from_nir(to_nir(graph, reader="spikingjelly"), dt=graph.dt)
        return step_by_step(network, counts)


def sinabs(graph: NetworkGraph, counts: np.ndarray) -> np.ndarray:
    library, layers = imported("sinabs.nir"), imported("sinabs.layers")
    activation = imported("sinabs.activation")
    n_steps, n_batch, _ = counts.shape
    with quiet(), torch.no_grad():
        network = library.from_nir(to_nir(graph, reader="sinabs"), batch_size=n_batch)
        for layer in network.modules():  # it reads LIF as neurons that fire twice and subtract
            if isinstance(layer, layers.LIFSqueeze):
                layer.reset_fn = activation.MembraneReset()
                layer.spike_fn = activation.SingleSpike
        y = network(torch.tensor(counts).float().transpose(0, 1).flatten(0, 1))
    y = y[0] if isinstance(y, tuple) else y
    return y.unflatten(0, (n_batch, n_steps)).transpose(0, 1).numpy()


RUNS: dict[str, Run] = {
    "norse": norse,
    "snntorch": snntorch,
    "spikingjelly": spikingjelly,
    "sinabs": sinabs,
}


def network(
    kind: str = "lif", decay: float = 0.9, recurrent: bool = False, delay: int = 0, **options: Any
) -> NetworkGraph:
    random = np.random.default_rng(0)
    bias = random.normal(0, 0.02, N_HIDDEN).astype(np.float32)
    populations = (
        Population("input", N_IN, "input"),
        Population("hidden", N_HIDDEN, "lif", decay=np.float32(decay), bias=bias, **options),
        Population("output", N_OUT, kind, decay=np.float32(0.8)),
    )
    first = random.normal(0.1, 0.4, (N_HIDDEN, N_IN)).astype(np.float32)
    second = random.normal(0.1, 0.5, (N_OUT, N_HIDDEN)).astype(np.float32)
    feedback = random.normal(0, 0.2, (N_HIDDEN, N_HIDDEN)).astype(np.float32)
    projections = [
        Projection.from_dense("input", "hidden", first, delay),
        Projection.from_dense("hidden", "output", second),
    ]
    if recurrent:
        projections.append(Projection.from_dense("hidden", "hidden", feedback, 1))
    return NetworkGraph(populations, tuple(projections), 1e-3)


def counts() -> np.ndarray:
    return (np.random.default_rng(1).random((200, 4, N_IN)) < 0.3).astype(np.uint8)


@pytest.mark.parametrize("reader", RUNS)
@pytest.mark.parametrize("decay", [0.5, 0.9, 0.99])
def test_a_reader_fires_spike_for_spike(reader: str, decay: float) -> None:
    graph = network(decay=decay)
    expected = simulate(graph, counts()).spikes["output"]
    assert expected.sum() > 100
    np.testing.assert_array_equal(RUNS[reader](graph, counts()), expected)


@pytest.mark.parametrize("reader", RUNS)
def test_a_readout_is_integrated_from_the_currents_that_come_out(reader: str) -> None:
    graph = network("li")
    expected, v = simulate(graph, counts()).potentials["output"], np.zeros((4, N_OUT))
    for t, current in enumerate(RUNS[reader](graph, counts())):
        v = graph["output"].decay * v + current
        np.testing.assert_allclose(v, expected[t], atol=1e-4)


@pytest.mark.parametrize("reader", ["norse", "spikingjelly"])
def test_a_reader_runs_a_layer_that_hears_itself(reader: str) -> None:
    graph = network(recurrent=True)
    expected = simulate(graph, counts()).spikes["output"]
    assert (expected != simulate(network(), counts()).spikes["output"]).any()
    np.testing.assert_array_equal(RUNS[reader](graph, counts()), expected)


@pytest.mark.parametrize("reader", ["norse", "spikingjelly"])
def test_a_reader_runs_neurons_that_do_not_leak(reader: str) -> None:
    graph = network(decay=1.0)
    np.testing.assert_array_equal(
        RUNS[reader](graph, counts()), simulate(graph, counts()).spikes["output"]
    )


@pytest.mark.parametrize("reader", RUNS)
def test_what_is_written_for_a_reader_comes_back(reader: str) -> None:
    graph = network("li")
    back = from_nir(to_nir(graph, reader=reader))
    expected, found = simulate(graph, counts()), simulate(back, counts())
    np.testing.assert_array_equal(found.spikes["hidden"], expected.spikes["hidden"])
    np.testing.assert_array_equal(found.potentials["output"], expected.potentials["output"])
    assert back.dt == graph.dt


@pytest.mark.parametrize("reader", RUNS)
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"v_reset": None}, "reset softly"),
        ({"v_reset": -0.5}, "reset to -0.5"),
        ({"delay": 3}, "has no Delay"),
    ],
)
def test_what_a_reader_would_change_is_refused(reader: str, options: dict, reason: str) -> None:
    with pytest.raises(NirError, match=f"{reader} would not read this network.*{reason}"):
        to_nir(network(**options), reader=reader)


@pytest.mark.parametrize(
    ("reader", "options", "reason"),
    [
        ("snntorch", {"recurrent": True}, "feed spikes back"),
        ("sinabs", {"recurrent": True}, "feed spikes back"),
        ("snntorch", {"decay": 1.0}, "does not leak"),
        ("spikingjelly", {"decay": 0.0}, "decay 0"),
        ("brian", {}, "known are"),
    ],
)
def test_what_one_reader_cannot_run_is_refused(reader: Any, options: dict, reason: str) -> None:
    with pytest.raises(NirError, match=reason):
        to_nir(network(**options), reader=reader)
