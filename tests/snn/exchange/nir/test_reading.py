"""Files and graphs of other libraries, as far as each part of NIR goes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from polychrony.snn import NetworkGraph, simulate
from polychrony.snn.exchange.nir import NirError, from_nir

nir = pytest.importorskip("nir", reason="nir is not installed: pip install 'polychrony[nir]'")
DT = 1e-3


def sequence(*nodes: Any, shape: tuple[int, ...] = (4,)) -> Any:
    names = ["input", *(f"n{k}" for k in range(len(nodes))), "output"]
    ends = nir.Input(np.array(shape)), nir.Output(None)
    parts = dict(zip(names, [ends[0], *nodes, ends[1]], strict=True))
    parts["output"].output_type = {"output": _shape_of(nodes[-1])}
    return nir.NIRGraph(parts, list(itertools.pairwise(names)), type_check=False)


def _shape_of(node: Any) -> np.ndarray:
    return np.asarray(node.output_type["output"])


def lif(*shape: int, tau: float = 10e-3, r: float = 10.0, **options: Any) -> Any:
    one = np.ones(shape, np.float32)
    given = {"v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **options}
    return nir.LIF(tau=one * tau, r=one * r, **{key: one * value for key, value in given.items()})


def counts(graph: NetworkGraph, n_steps: int = 30) -> np.ndarray:
    size = graph.inputs[0].size
    return (np.random.default_rng(0).random((n_steps, 2, size)) < 0.4).astype(np.uint8)


def euler(current: np.ndarray, node: Any) -> np.ndarray:
    """The equation of NIR, one Euler step after the other, in float64."""
    v = np.zeros(current.shape[1:]) + node.v_leak
    spikes = []
    for i in current:
        v = v + DT / node.tau * (node.v_leak - v + node.r * i)
        fired = v > node.v_threshold
        v = np.where(fired, node.v_reset, v)
        spikes.append(fired)
    return np.stack(spikes)


@pytest.mark.parametrize(
    "options",
    [{}, {"v_leak": 0.2}, {"v_reset": -0.4}, {"v_leak": -0.3, "v_reset": 0.1}, {"r": 3.0}],
)
def test_neurons_follow_the_equation_of_nir(options: dict) -> None:
    weight = np.random.default_rng(1).normal(0.3, 0.5, (5, 4))
    bias = np.random.default_rng(2).normal(0, 0.1, 5)
    node = lif(5, **options)
    graph = from_nir(sequence(nir.Affine(weight, bias), node), dt=DT)
    x = counts(graph)
    expected = euler(x @ weight.T + bias, node)
    assert expected.any()
    np.testing.assert_array_equal(simulate(graph, x).spikes["n1"], expected)


def test_if_and_readouts_follow_the_equation_of_nir() -> None:
    one, weight = np.ones(4), np.random.default_rng(1).normal(0.2, 0.5, (4, 4))
    leaky = nir.LI(tau=one * 5e-3, r=one * 2, v_leak=one * 0)
    graph = from_nir(
        sequence(nir.IF(r=one / DT, v_threshold=one), nir.Linear(weight), leaky), dt=DT
    )
    x = counts(graph)
    run = simulate(graph, x)
    v, y = np.zeros((2, 4)), np.zeros((2, 4))
    for t, spikes in enumerate(run.spikes["n0"]):
        v = v + x[t]
        np.testing.assert_array_equal(spikes, v > 1)
        v = np.where(v > 1, 0, v)
        y = y + DT / 5e-3 * (-y + 2 * spikes @ weight.T)
        np.testing.assert_allclose(run.potentials["n2"][t], y, atol=1e-5)


def test_threshold_is_strict() -> None:
    weight = np.array([[1.0], [1.0000001]], np.float32)
    compared = nir.Threshold(threshold=np.ones(2, np.float32))
    graph = from_nir(sequence(nir.Linear(weight), compared, shape=(1,)), dt=DT)
    spikes = simulate(graph, np.ones((1, 1, 1), np.uint8)).spikes["n1"]
    assert spikes.tolist() == [[[0, 1]]]


def test_an_integrator_reads_differently_in_the_exact_way() -> None:
    node = lif(4, r=1.0)
    for how, decay in (("euler", 0.9), ("exact", np.exp(-0.1))):
        graph = from_nir(sequence(nir.Linear(np.eye(4)), node), dt=DT, discretization=how)
        np.testing.assert_allclose(graph["n1"].decay, decay, rtol=1e-7)
        np.testing.assert_allclose(graph.projections[0].weight, 1 - decay, rtol=1e-7)


def convolution(space: int, **options: Any) -> Any:
    kernel = (3, 2)[:space]
    weight = np.random.default_rng(3).normal(0.2, 0.3, (4, 2 // options["groups"], *kernel))
    bias = np.random.default_rng(4).normal(0, 0.1, 4)
    shape = (7, 6)[:space]
    kind = (nir.Conv1d, nir.Conv2d)[space - 1]
    return kind(shape if space == 2 else 7, weight.astype(np.float32), bias=bias, **options)


@pytest.mark.parametrize("space", [1, 2])
@pytest.mark.parametrize(
    "options",
    [
        {"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
        {"stride": 2, "padding": 1, "dilation": 2, "groups": 2},
        {"stride": 1, "padding": "same", "dilation": 1, "groups": 1},
        {"stride": 1, "padding": "valid", "dilation": 1, "groups": 2},
    ],
)
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_convolutions_do_what_torch_does(space: int, options: dict) -> None:
    node = convolution(space, **options)
    shape = (2, 7, 6)[: space + 1]
    apply = (functional.conv1d, functional.conv2d)[space - 1]
    x = (np.random.default_rng(5).random((20, *shape)) < 0.5).astype(np.uint8)
    weight, bias = torch.tensor(node.weight), torch.tensor(node.bias)
    current = apply(torch.tensor(x).double(), weight.double(), bias, **options).numpy()
    neurons = lif(*current.shape[1:])
    graph = from_nir(sequence(node, neurons, shape=shape), dt=DT)
    expected = euler(current, neurons)
    assert expected.any() and not expected.all()
    found = simulate(graph, x.reshape(20, 1, -1)).spikes["n1"]
    np.testing.assert_array_equal(found[:, 0], expected.reshape(20, -1))


@pytest.mark.parametrize("kind", ["SumPool2d", "AvgPool2d"])
def test_pooling_and_flattening_are_multiplied_out(kind: str) -> None:
    pair = np.array([2, 2])
    pool = getattr(nir, kind)(kernel_size=pair, stride=pair, padding=np.array([0, 1]))
    flatten = nir.Flatten({"input": np.array([2, 2, 3])}, 0, -1)
    dense = np.random.default_rng(6).normal(0.02, 0.2, (3, 12))
    neurons = lif(3)
    graph = from_nir(sequence(pool, flatten, nir.Linear(dense), neurons, shape=(2, 4, 4)), dt=DT)
    x = (np.random.default_rng(7).random((20, 2, 4, 4)) < 0.5).astype(np.uint8)
    pooled = functional.avg_pool2d(torch.tensor(x).double(), 2, 2, (0, 1)).numpy()
    pooled = pooled * (4 if kind == "SumPool2d" else 1)
    expected = euler(pooled.reshape(20, -1) @ dense.T, neurons)
    assert expected.any() and not expected.all()
    found = simulate(graph, x.reshape(20, 1, -1)).spikes["n3"]
    np.testing.assert_array_equal(found[:, 0], expected)


def test_delays_before_and_after_weights_add_up() -> None:
    weight = np.array([[1.0, 2.0], [3.0, 4.0]])
    before, after = nir.Delay(np.array([0, 2e-3])), nir.Delay(np.array([1e-3, 3e-3]))
    scale = nir.Scale(np.array([2.0, 1.0]))
    graph = from_nir(sequence(before, nir.Linear(weight), after, scale, lif(2), shape=(2,)), dt=DT)
    (projection,) = graph.projections
    assert projection.pre.tolist() == [0, 0, 1, 1]
    assert projection.post.tolist() == [0, 1, 0, 1]
    assert projection.delay.tolist() == [1, 3, 3, 5]
    np.testing.assert_allclose(projection.weight, [2, 3, 4, 4])


def test_a_graph_within_a_graph_hears_itself_one_step_later() -> None:
    neurons, weight = lif(3), np.array([[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0.9]])
    shape = np.array([3])
    inner = nir.NIRGraph(
        {
            "input": nir.Input(shape),
            "lif": neurons,
            "w_rec": nir.Linear(weight),
            "output": nir.Output(shape),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
        type_check=False,
    )
    graph = from_nir(sequence(nir.Linear(np.eye(3) * 0.95), inner, shape=(3,)), dt=DT)
    x = counts(graph)
    run = simulate(graph, x).spikes["n1.lif"]
    sent = np.concatenate([np.zeros_like(run[:1]), run[:-1]])
    np.testing.assert_array_equal(run, euler(0.95 * x + sent @ weight.T, neurons))
    assert [p.delay.max() for p in graph.projections] == [0, 1]


def soft(diagonal: float) -> Any:
    one, shape = np.ones(2), np.array([2])
    return nir.NIRGraph(
        {
            "input": nir.Input(shape),
            "w": nir.Linear(np.array([[0.9, 0.3], [0.2, 1.4]])),
            "li": nir.LI(tau=one * 10e-3, r=one * 10, v_leak=one * 0),
            "fires": nir.Threshold(one),
            "reset": nir.Scale(one * diagonal),
            "output": nir.Output(shape),
        },
        [
            *(("input", "w"), ("w", "li"), ("li", "fires")),
            *(("fires", "reset"), ("reset", "li"), ("fires", "output")),
        ],
        type_check=False,
    )


def test_a_threshold_taken_off_again_is_soft_reset() -> None:
    graph = from_nir(soft(-0.9), dt=DT)
    assert graph["li"].v_reset is None and [p.name for p in graph] == ["input", "li"]
    x = counts(graph)
    h, spikes = np.zeros((2, 2)), np.zeros((2, 2))
    for t, found in enumerate(simulate(graph, x).spikes["li"]):
        h = 0.9 * h + x[t] @ np.array([[0.9, 0.3], [0.2, 1.4]]).T - 0.9 * spikes
        spikes = h > 1
        np.testing.assert_array_equal(found, spikes)


def test_other_feedback_around_a_threshold_is_refused() -> None:
    with pytest.raises(NirError, match="no soft reset"):
        from_nir(soft(-1.0), dt=DT)


def test_synapses_at_the_end_are_a_readout_without_memory() -> None:
    weight = np.random.default_rng(1).normal(size=(2, 4))
    graph = from_nir(sequence(lif(4), nir.Affine(weight, np.array([1.0, 2.0]))), dt=DT)
    run = simulate(graph, counts(graph))
    np.testing.assert_allclose(
        run.potentials["output"], run.spikes["n0"] @ weight.T + [1, 2], atol=1e-6
    )
