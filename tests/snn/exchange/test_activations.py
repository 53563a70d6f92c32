"""Networks of plain torch, with neurons in place of activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from polychrony.hardware import cosimulate
from polychrony.snn import LI, LIF, GeneralLIF, SnnError, simulate
from polychrony.snn.exchange import from_torch
from polychrony.snn.exchange.modules import leaves

NEURONS: dict[str, Callable[[], LIF | GeneralLIF]] = {
    "hard": lambda: LIF(2e-3, 1e-3, discretization="euler"),
    "below": lambda: LIF(2e-3, 1e-3, v_reset=-0.25, discretization="euler"),
    "soft": lambda: LIF(4e-3, 1e-3, v_reset=None, discretization="euler"),
    "spikingjelly": lambda: LIF.like("spikingjelly", tau=4.0, v_threshold=0.5),
    "snntorch": lambda: LIF.like("snntorch", beta=0.75),
    "snntorch-zero": lambda: LIF.like("snntorch", beta=0.5, reset_mechanism="zero"),
    "snntorch-none": lambda: LIF.like("snntorch", beta=0.5, reset_mechanism="none"),
    "sinabs-part": lambda: GeneralLIF(0.5, 1e-3, reset="subtract", amount=0.75),
}


def run(model: nn.Module, neuron: Callable[[], Any], x: np.ndarray) -> list[Tensor]:
    """What each layer of neurons and the last layer give, in double precision, step for step."""
    found, at = [], torch.from_numpy(x).double()
    for _, module in leaves("", model):
        if isinstance(module, nn.ReLU | LIF | GeneralLIF | LI):
            at = (neuron() if isinstance(module, nn.ReLU) else module)(at)
            found.append(at)
        else:
            at = module.double().eval()(at.flatten(0, 1)).unflatten(0, at.shape[:2])
    return [*found, at]


def events(shape: tuple[int, ...], n_steps: int = 20, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).poisson(0.5, (n_steps, 3, *shape))


def assert_same(model: nn.Module, neuron: Callable[[], Any], shape: tuple[int, ...]) -> None:
    x = events(shape)
    expected = [layer.flatten(2).detach().numpy() for layer in run(model, neuron, x)]
    graph = from_torch(model, neuron, input_shape=shape)
    activity = simulate(graph, {"input": x.reshape(*x.shape[:2], -1)})
    hidden = [p.name for p in graph if p.kind == "lif"]
    for name, wanted in zip(hidden, expected, strict=False):
        np.testing.assert_array_equal(activity.spikes[name], wanted, err_msg=name)
    if graph["output"].kind == "li":
        np.testing.assert_allclose(activity.potentials["output"], expected[-1], atol=1e-5)
    assert hidden


def dyadic(module: nn.Module) -> nn.Module:
    for values in module.parameters():
        values.data = torch.randint(-3, 6, values.shape) / 4
    return module


@pytest.mark.parametrize("neuron", NEURONS)
def test_spikes_equal_those_of_the_modules(neuron: str) -> None:
    torch.manual_seed(0)
    layers = [nn.Linear(6, 9), nn.ReLU(), nn.Dropout(), nn.Linear(9, 5), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(5, 3))
    assert_same(dyadic(model).eval(), NEURONS[neuron], (6,))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    channels=st.integers(1, 3),
    stride=st.integers(1, 2),
    padding=st.sampled_from([0, 1, "valid"]),
    groups=st.booleans(),
    pool=st.sampled_from(["none", "before", "after", "adaptive"]),
    neuron=st.sampled_from(["hard", "soft", "snntorch"]),
)
def test_convolutions_and_pools_give_the_spikes_of_the_modules(
    seed: int, channels: int, stride: int, padding: Any, groups: bool, pool: str, neuron: str
) -> None:
    torch.manual_seed(seed)
    conv = nn.Conv2d(
        channels, 2 * channels, (3, 2), stride, padding, groups=channels if groups else 1
    )
    layers: list[nn.Module] = [conv, nn.ReLU()]
    shape = (channels, 8, 8)
    if pool == "before":
        layers = [nn.AvgPool2d(2, 2), *layers]
    if pool == "after":
        layers = [conv, nn.AvgPool2d((2, 1), divisor_override=1), nn.ReLU()]
    if pool == "adaptive":
        layers = [nn.AdaptiveAvgPool2d((4, None)), *layers]
    with torch.no_grad():
        width = nn.Sequential(*layers)(torch.zeros(1, *shape)).numel()
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width, 4), nn.ReLU())
    assert_same(dyadic(model), NEURONS[neuron], shape)


def test_one_axis_of_space_and_batch_normalisation() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.AvgPool1d(2), nn.Conv1d(4, 3, 2),
        nn.ReLU(), nn.Flatten(), nn.Linear(9, 2),
    )  # fmt: skip
    norm: Any = model[1]
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.2, 0.5)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.uniform_(norm.bias)
    assert_same(model, NEURONS["hard"], (2, 10))


def test_neurons_of_a_model_stay() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), LIF(5e-3, 1e-3), nn.Linear(6, 3), LI(20e-3, 1e-3))
    graph = from_torch(model, lambda: LIF(1e-3, 1e-3))
    assert [p.kind for p in graph] == ["input", "lif", "li"]
    assert graph["hidden1"].decay[0] == pytest.approx(np.exp(-1 / 5))
    x = events((4,))
    expected = run(model, lambda: None, x)[-1].detach().numpy()
    np.testing.assert_allclose(simulate(graph, {"input": x}).potentials["output"], expected, 1e-4)


def test_decays_of_each_neuron_and_map() -> None:
    torch.manual_seed(2)
    taus = torch.tensor([2e-3, 4e-3]).reshape(2, 1, 1)
    model = nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU())
    assert_same(dyadic(model), lambda: LIF(taus, 1e-3, discretization="euler"), (1, 3, 3))


def test_three_lines_give_the_cost_on_a_chip() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, 10)
    )
    graph = from_torch(model, lambda: LIF(10e-3, dt=1e-3), input_shape=(1, 8, 8))
    counts = events((64,))
    result = cosimulate(graph, counts, chip="loihi")
    assert result.costs.to_dict()
    assert result.spikes_hardware["hidden1"] > 0


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "maximum": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2)),
        r"module '2' \(MaxPool2d\) is not supported: a maximum of spikes",
    ),
    "unknown": (
        lambda: nn.Sequential(nn.Sequential(nn.Flatten(), nn.Linear(64, 3), nn.Softmax(-1))),
        r"module '0\.2' \(Softmax\) is not supported; supported are: .*AvgPool2d.*ReLU",
    ),
    "padding": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular")),
        "only 'zeros'",
    ),
    "channels": (
        lambda: nn.Sequential(nn.Conv2d(3, 2, 3)),
        r"module '0' \(Conv2d\) on \[1, 8, 8\]: .* do not fit 1 input channels",
    ),
    "large": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3, padding=4000), nn.ReLU()),
        "beyond the limit of 50,000,000",
    ),
    "flat": (lambda: nn.Sequential(nn.Linear(8, 2)), r"gives \[1, 8, 8\]; put a Flatten before"),
    "ceil": (lambda: nn.Sequential(nn.AvgPool2d(3, ceil_mode=True)), "ceil_mode=True cannot"),
    "borders": (
        lambda: nn.Sequential(nn.AvgPool2d(2, padding=1, count_include_pad=False)),
        "count_include_pad=False cannot",
    ),
    "overlap": (lambda: nn.Sequential(nn.AdaptiveAvgPool2d(3)), "would overlap"),
    "two-steps": (
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 2), LIF(1e-2, 2e-3)),
        r"module '2' \(LIF\) has steps of 0\.002 s, the others of 0\.001 s",
    ),
    "floor": (
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 2), GeneralLIF(0.5, 1e-3, v_floor=0.0)),
        r"module '2' \(GeneralLIF\) has no place in a graph: it has no lowest potential",
    ),
    "several": (
        lambda: [nn.Flatten(), nn.Linear(64, 2), LIF.like("sinabs", tau_mem=9.0)],
        "fire at most once a step",
    ),
    "current": (
        lambda: [nn.Flatten(), nn.Linear(64, 2), LIF.like("norse", tau_syn_inv=200.0)],
        "no synaptic current",
    ),
    "once": (
        lambda: [nn.Flatten(), nn.Linear(64, 2), GeneralLIF(0.5, 1e-3, reset="once")],
        r"module '2' \(GeneralLIF\): reset 'once' has no counterpart",
    ),
    "own-forward": (
        lambda: nn.Transformer(8, 2, 1, 1, 8),
        r"the model \(Transformer\) is not supported; pass its layers in the order",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_has_no_counterpart_is_named(case: str) -> None:
    build, message = REFUSED[case]
    with pytest.raises(SnnError, match=message):
        from_torch(build(), lambda: LIF(10e-3, 1e-3), input_shape=(1, 8, 8))


def test_a_convolution_asks_for_the_shape_of_its_input() -> None:
    with pytest.raises(SnnError, match=r"needs the shape of its input; give input_shape="):
        from_torch(nn.Sequential(nn.Conv2d(1, 2, 3)), lambda: LIF(10e-3, 1e-3))
