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
from torch import nn

from polychrony.snn import LIF, CubaLIF, NetworkGraph, Population, Projection, simulate
from polychrony.snn.exchange.nir import NirError, from_nir, layers_to_nir, to_nir

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


def read_by(reader: str, written: Any, dt: float) -> Any:
    """The network that a library makes of a NIR graph, called step by step."""
    if reader == "norse":
        library = imported("norse.torch")
        return library.from_nir(written, dt=dt)
    if reader == "snntorch":
        return imported("snntorch.import_nir").import_from_nir(written)
    imported("nirtorch")
    library = imported("spikingjelly.activation_based.nir_exchange")
    return library.import_from_nir(written, dt=dt)


def norse(graph: NetworkGraph, counts: np.ndarray) -> np.ndarray:
    with quiet():
        return step_by_step(read_by("norse", to_nir(graph, reader="norse"), graph.dt), counts)


def snntorch(graph: NetworkGraph, counts: np.ndarray) -> np.ndarray:
    with quiet():
        return step_by_step(read_by("snntorch", to_nir(graph, reader="snntorch"), 1e-4), counts)


def spikingjelly(graph: NetworkGraph, counts: np.ndarray) -> np.ndarray:
    with quiet():
        written = to_nir(graph, reader="spikingjelly")
        return step_by_step(read_by("spikingjelly", written, graph.dt), counts)


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


def strong(*layers: nn.Module) -> list[nn.Module]:
    """Weights large enough to make neurons fire."""
    torch.manual_seed(1)
    with torch.no_grad():
        for layer in layers:
            if isinstance(layer, nn.Linear | nn.Conv2d):
                layer.reset_parameters()
                layer.weight.mul_(3).add_(0.05)
    return list(layers)


@pytest.mark.parametrize("reader", ["norse", "snntorch", "spikingjelly"])
def test_a_reader_runs_synaptic_currents(reader: str) -> None:
    dt = 1e-4
    cells = [CubaLIF(5e-4, 1e-3, dt) for _ in range(2)]
    layers = strong(nn.Linear(N_IN, N_HIDDEN), cells[0], nn.Linear(N_HIDDEN, N_OUT), cells[1])
    with quiet(), torch.no_grad():
        found = step_by_step(read_by(reader, layers_to_nir(layers, [N_IN], dt), dt), counts())
        expected = nn.Sequential(*layers)(torch.tensor(counts()).float()).numpy()
    assert expected.sum() > 100
    np.testing.assert_array_equal(found, expected)


def test_spikingjelly_runs_convolutions() -> None:
    dt, shape = 1e-4, (2, 6, 6)
    conv, first, pool = nn.Conv2d(2, 4, 3), LIF(1e-3, dt), nn.AvgPool2d(2)
    dense, second = nn.Linear(16, N_OUT), LIF(1e-3, dt)
    layers = strong(conv, first, pool, nn.Flatten(), dense, second)
    x = (torch.rand((100, 4, *shape)) < 0.3).float()
    with quiet(), torch.no_grad():
        written = layers_to_nir(layers, shape, dt)
        found = step_by_step(read_by("spikingjelly", written, dt), x.numpy())
        maps = first(conv(x.flatten(0, 1)).unflatten(0, x.shape[:2]))
        pooled = pool(maps.flatten(0, 1)).flatten(1).unflatten(0, x.shape[:2])
        expected = second(dense(pooled)).numpy()
    assert expected.sum() > 50
    np.testing.assert_array_equal(found, expected)


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
