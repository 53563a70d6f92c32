from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from polychrony.hardware import cosimulate
from polychrony.snn import GraphError, SnnError, simulate
from polychrony.snn.exchange import from_spikingjelly

WHY = "spikingjelly is not installed: pip install 'polychrony[spikingjelly]'"
pytest.importorskip("spikingjelly.activation_based", reason=WHY)

from spikingjelly.activation_based import functional, layer, neuron  # noqa: E402

NODES: dict[str, Callable[[], nn.Module]] = {
    "if": neuron.IFNode,
    "if-soft": lambda: neuron.IFNode(v_threshold=1.5, v_reset=None),
    "if-below": lambda: neuron.IFNode(v_reset=-0.7),
    "lif": neuron.LIFNode,
    "lif-soft": lambda: neuron.LIFNode(tau=3.0, v_threshold=0.6, v_reset=None),
    "lif-below": lambda: neuron.LIFNode(tau=1.7, v_threshold=0.5, v_reset=-0.3),
    "lif-above": lambda: neuron.LIFNode(tau=5.0, v_reset=0.4),
    "lif-whole": lambda: neuron.LIFNode(tau=5.0, decay_input=False),
    "lif-whole-soft": lambda: neuron.LIFNode(tau=2.5, decay_input=False, v_reset=None),
    "lif-whole-above": lambda: neuron.LIFNode(tau=8.0, decay_input=False, v_reset=0.2),
    "lif-threshold-at-0": lambda: neuron.LIFNode(v_threshold=0.0, v_reset=-1.0),
    "plif": lambda: neuron.ParametricLIFNode(3.3, v_threshold=0.7, v_reset=-0.2),
    "plif-whole-soft": lambda: neuron.ParametricLIFNode(1.4, decay_input=False, v_reset=None),
}


def run(model: nn.Module, x: np.ndarray[Any, Any]) -> tuple[list[Tensor], Tensor]:
    """Spikes of each layer of neurons and the output, by spikingjelly, in double precision."""
    model = copy.deepcopy(model).double().eval()
    functional.set_step_mode(model, "m")
    functional.reset_net(model)
    spikes: list[Tensor] = []
    for module in model.modules():
        if isinstance(module, neuron.BaseNode):
            module.register_forward_hook(lambda _node, _x, out: spikes.append(out))
    with torch.no_grad():
        output = model(torch.from_numpy(x).double())
    return spikes, output


def assert_same(model: nn.Module, x: np.ndarray[Any, Any], silent: bool = False) -> None:
    """The graph spikes exactly as the model does, and its readout follows the model's output."""
    spikes, output = run(model, x)
    assert silent or all(0.01 < s.mean() < 0.99 for s in spikes)  # silence agrees with anything
    graph = from_spikingjelly(model, 1e-3)
    activity = simulate(graph, x)
    names = [population.name for population in graph if population.kind == "lif"]
    assert len(names) == len(spikes) > 0
    for name, expected in zip(names, spikes, strict=True):
        np.testing.assert_array_equal(activity.spikes[name], expected.numpy(), err_msg=name)
    if graph["output"].kind == "li":
        readout = activity.potentials["output"]
        np.testing.assert_allclose(readout, output.numpy(), rtol=1e-5, atol=1e-5)


def events(n_inputs: int, n_steps: int = 30, n_samples: int = 4) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).poisson(0.4, (n_steps, n_samples, n_inputs))


def linear(n_in: int, n_out: int, bias: bool = True) -> nn.Module:
    module = layer.Linear(n_in, n_out, bias=bias)
    nn.init.normal_(module.weight, 0.15, 0.5)
    return module


def dyadic(n_in: int, n_out: int) -> nn.Module:
    module = layer.Linear(n_in, n_out)
    for values in (module.weight, module.bias):
        values.data = torch.randint(-4, 7, values.shape) / 4
    return module


def trained_norm(n: int, **options: Any) -> nn.Module:
    norm = layer.BatchNorm1d(n, **options)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.3, 2)
    if norm.affine:
        nn.init.uniform_(norm.weight, -0.5, 1.5)
        nn.init.normal_(norm.bias, 0.3)
    return norm


@pytest.mark.parametrize("node", NODES)
def test_spikes_equal_those_of_spikingjelly(node: str) -> None:
    model = nn.Sequential(linear(12, 20), NODES[node](), linear(20, 8), NODES[node](), linear(8, 3))
    assert_same(model, events(12))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    tau=st.sampled_from([None, 2.0, 4.0]),
    decay_input=st.booleans(),
    v_threshold=st.sampled_from([0.5, 1.0, 1.25]),
    v_reset=st.sampled_from([None, 0.0, -0.5, 0.25]),
)
def test_spikes_are_equal_even_where_potentials_meet_the_threshold(
    seed: int, tau: float | None, decay_input: bool, v_threshold: float, v_reset: float | None
) -> None:
    torch.manual_seed(seed)  # multiples of 1/4, so that every potential is exact in float32

    def node() -> nn.Module:
        if tau is None:
            return neuron.IFNode(v_threshold, v_reset)
        return neuron.LIFNode(tau, decay_input, v_threshold, v_reset)

    model = nn.Sequential(dyadic(4, 6), node(), dyadic(6, 5), node())
    assert_same(model, np.random.default_rng(seed).integers(0, 2, (6, 3, 4)), silent=True)


def test_a_potential_that_equals_the_threshold_fires() -> None:
    model = nn.Sequential(layer.Linear(1, 1, bias=False), neuron.LIFNode(v_threshold=0.5))
    nn.init.ones_(model[0].weight)
    assert run(model, np.ones((3, 1, 1)))[0][0].flatten().tolist() == [1, 1, 1]
    assert_same(model, np.array([1, 1, 0]).reshape(3, 1, 1))


def test_a_learned_time_constant_is_read_after_training() -> None:
    node = neuron.ParametricLIFNode()
    nn.init.constant_(node.w, 1.2)
    graph = from_spikingjelly(nn.Sequential(linear(5, 5), node), 1e-3)
    assert graph["output"].decay == pytest.approx(1 / (1 + np.exp(1.2)))


@pytest.mark.parametrize("options", [{}, {"affine": False}, {"eps": 0.1}])
def test_batch_normalisation_is_folded(options: dict[str, Any]) -> None:
    model = nn.Sequential(
        linear(10, 16), trained_norm(16, **options), neuron.LIFNode(tau=3.0, v_reset=-0.2),
        linear(16, 4, bias=False), trained_norm(4, **options),
    )  # fmt: skip
    assert_same(model, events(10))


def test_running_statistics_count_even_in_training_mode() -> None:
    model = nn.Sequential(linear(10, 16), trained_norm(16), neuron.LIFNode()).train()
    assert_same(model, events(10))
    assert model.training


def test_torch_and_spikingjelly_layers_mean_the_same() -> None:
    ours = nn.Sequential(linear(6, 9), trained_norm(9), neuron.IFNode())
    torchs = nn.Sequential(nn.Linear(6, 9), nn.BatchNorm1d(9), neuron.IFNode())
    torchs.load_state_dict(ours.state_dict())
    spikes = [simulate(from_spikingjelly(m, 1.0), events(6)).spikes for m in (ours, torchs)]
    np.testing.assert_array_equal(spikes[0]["output"], spikes[1]["output"])


def test_delays_become_those_of_the_next_synapses() -> None:
    model = nn.Sequential(
        layer.Delay(2), linear(8, 12), neuron.LIFNode(),
        layer.Delay(3), nn.Dropout(), layer.Delay(1), linear(12, 4), neuron.IFNode(),
    )  # fmt: skip
    graph = from_spikingjelly(model, 1e-3)
    assert [set(p.delay.tolist()) for p in graph.projections] == [{2}, {4}]
    assert_same(model, events(8))


def test_a_delay_behind_synapses_without_bias_is_theirs() -> None:
    model = nn.Sequential(
        layer.Delay(1), linear(8, 12, bias=False), layer.Delay(3), trained_norm(12),
        neuron.LIFNode(), linear(12, 3),
    )  # fmt: skip
    graph = from_spikingjelly(model, 1e-3)
    assert [set(p.delay.tolist()) for p in graph.projections] == [{4}, {0}]
    assert_same(model, events(8))


@pytest.mark.parametrize("norm", [False, True])
def test_a_delayed_bias_is_refused(norm: bool) -> None:
    synapses = [linear(3, 4, bias=False), trained_norm(4)] if norm else [linear(3, 4)]
    model = nn.Sequential(*synapses, layer.Delay(1), neuron.IFNode())
    with pytest.raises(SnnError, match=r"\(Delay\) would also delay the bias of module '0'"):
        from_spikingjelly(model, 1e-3)


def test_nesting_and_layers_without_effect_in_evaluation() -> None:
    model = nn.Sequential(
        OrderedDict(
            front=nn.Sequential(
                layer.Flatten(), linear(12, 10), nn.Identity(),
                nn.Sequential(trained_norm(10), neuron.LIFNode()), layer.Dropout(0.5),
            ),
            back=nn.Sequential(nn.Dropout(0.3), nn.Flatten(2), linear(10, 3), nn.Identity()),
        )
    )  # fmt: skip
    assert_same(model, events(12))


def test_images_are_given_flat() -> None:
    model = nn.Sequential(layer.Flatten(), linear(12, 10), neuron.LIFNode())
    x = events(12)
    spikes, _ = run(model, x.reshape(30, 4, 2, 2, 3))
    found = simulate(from_spikingjelly(model, 1e-3), x).spikes["output"]
    np.testing.assert_array_equal(found, spikes[0].numpy())


def test_containers_of_single_step_layers() -> None:
    model = nn.Sequential(
        layer.SeqToANNContainer(linear(6, 9), trained_norm(9)), neuron.LIFNode(v_reset=None),
        layer.MultiStepContainer(linear(9, 5), neuron.IFNode(0.3)),
    )  # fmt: skip
    _, output = run(model, events(6))
    found = simulate(from_spikingjelly(model, 1e-3), events(6)).spikes
    assert found["hidden1"].any()
    assert found["output"].any()
    np.testing.assert_array_equal(found["output"], output.numpy())


def test_single_steps_give_the_same() -> None:
    model = nn.Sequential(linear(6, 9), layer.Delay(2), neuron.LIFNode(v_reset=-0.5))
    model[0].bias.data.zero_()
    x = events(6)
    functional.reset_net(model.double())
    steps = torch.stack([model(step) for step in torch.from_numpy(x).double()])
    found = simulate(from_spikingjelly(model, 1e-3), x).spikes["output"]
    np.testing.assert_array_equal(found, steps.detach().numpy())


def test_what_an_earlier_run_left_behind_does_not_count() -> None:
    model = nn.Sequential(linear(6, 9), neuron.LIFNode())
    with torch.no_grad():
        model(torch.ones(4, 6))
    left = model[1].v.clone()
    assert_same(model, events(6))
    assert torch.equal(model[1].v, left)


def test_synapses_may_be_shared_and_parametrized() -> None:
    shared = weight_norm(nn.Linear(7, 7))
    nn.init.constant_(shared.parametrizations.weight.original0, 3.0)
    assert_same(nn.Sequential(shared, neuron.LIFNode(), shared, neuron.IFNode()), events(7))


def test_names_and_time_step() -> None:
    model = nn.Sequential(linear(3, 4), neuron.IFNode(), linear(4, 4), neuron.IFNode())
    graph = from_spikingjelly(model, 2e-3, input_name="cochlea")
    assert [p.name for p in graph] == ["cochlea", "hidden1", "output"]
    assert [p.kind for p in graph] == ["input", "lif", "lif"]
    assert graph.dt == 2e-3
    with pytest.raises(GraphError, match="repeat"):
        from_spikingjelly(model, 1e-3, input_name="output")


def test_a_lone_linear_is_a_readout() -> None:
    model = linear(3, 2)
    graph = from_spikingjelly(model, 1e-3)
    x = events(3)
    expected = model(torch.from_numpy(x).float()).detach().numpy()
    np.testing.assert_allclose(simulate(graph, x).potentials["output"], expected, atol=1e-5)


@pytest.mark.parametrize("mode", ["s", "m"])
def test_convolutions_and_pools(mode: str) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        layer.Conv2d(2, 4, 3, padding=1), layer.BatchNorm2d(4), neuron.LIFNode(v_threshold=0.3),
        layer.AvgPool2d(2), layer.Conv2d(4, 6, 3, stride=2, groups=2),
        neuron.IFNode(v_threshold=0.4, v_reset=None), layer.Flatten(), layer.Linear(6, 5),
        neuron.LIFNode(tau=3.0, v_threshold=0.1, v_reset=-0.1),
    )  # fmt: skip
    norm = model[1]
    norm.running_mean.normal_(0, 0.1)
    norm.running_var.uniform_(0.1, 0.3)
    functional.set_step_mode(model, mode)
    x = np.random.default_rng(0).poisson(0.5, (30, 4, 2, 6, 6))
    spikes, _ = run(model, x)
    graph = from_spikingjelly(model, 1e-3, input_shape=(2, 6, 6))
    found = simulate(graph, x.reshape(30, 4, -1)).spikes
    for name, expected in zip(("hidden1", "hidden2", "output"), spikes, strict=True):
        assert 0.01 < expected.mean() < 0.99
        np.testing.assert_array_equal(found[name], expected.flatten(2).numpy(), err_msg=name)


def test_a_trained_network_decides_alike_and_has_a_price() -> None:
    torch.manual_seed(0)
    digits = load_digits()
    images = torch.from_numpy(digits.images[:, None] / 16)
    x = torch.bernoulli(images.expand(8, -1, -1, -1, -1)).float()
    labels = torch.from_numpy(digits.target)
    network = nn.Sequential(
        layer.Conv2d(1, 4, 3, padding=1), layer.BatchNorm2d(4), neuron.LIFNode(),
        layer.AvgPool2d(2), layer.Flatten(), layer.Linear(64, 10), neuron.LIFNode(),
    )  # fmt: skip
    functional.set_step_mode(network, "m")
    optimizer = torch.optim.Adam(network.parameters(), 2e-2)
    for k in range(60):
        functional.reset_net(network)
        few = slice(k % 6 * 100, k % 6 * 100 + 100)
        loss = nn.functional.cross_entropy(network(x[:, few]).sum(0), labels[few])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    held, wanted = x[:, 1000:1200], labels[1000:1200]
    functional.reset_net(network.eval())
    with torch.no_grad():
        decided = network(held).sum(0).argmax(-1)
    assert (decided == wanted).float().mean() > 0.7
    graph = from_spikingjelly(network, dt=1e-3, input_shape=(1, 8, 8))
    result = cosimulate(graph, held.flatten(2).numpy(), wanted.numpy(), chip="loihi")
    np.testing.assert_array_equal(result.predictions_software, decided.numpy())
    assert result.agreement > 0.8
    table = result.to_dict()
    assert table["energy_per_inference_J"]["total"] > 0
    assert table["latency_per_inference_s"] > 0


def test_loihi_prices_the_network() -> None:
    model = nn.Sequential(
        linear(16, 20),
        trained_norm(20),
        neuron.LIFNode(v_reset=-0.5),
        layer.Delay(3),
        linear(20, 4),
    )
    x = events(16)
    _, output = run(model, x)
    result = cosimulate(from_spikingjelly(model, 1e-3), x, chip="loihi")
    assert result.predictions_software.tolist() == output.softmax(-1).sum(0).argmax(-1).tolist()
    assert result.agreement >= 0.75
    assert result.spikes_software["hidden1"] > 0
    assert result.costs.to_dict()
