"""What torch's own machinery sees of the compiled neurons."""

from __future__ import annotations

import pytest
import torch
from neuron_cases import MODELS, PARAMETERS, STATES, case, gradients
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from polychrony.snn import LIF, SnnError, kernels
from polychrony.snn.kernels import operator


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("learn", [True, False])
def test_registered_operator_keeps_torchs_contract(model, learn):
    x = torch.randn(5, 2, 3, requires_grad=True)
    state = torch.zeros(STATES[model], 2, 3, requires_grad=True)
    parameters = torch.rand(PARAMETERS[model], 3, requires_grad=learn)
    options = operator.Options(model, "cpu", learn, 0.0, False, True, 0, 1.0, 1.5)
    torch.library.opcheck(torch.ops.polychrony.neuron.default, (x, state, parameters, *options))


def test_torch_compile_sees_the_whole_layer():
    layer = LIF(5e-3, 1e-3, backend="cpu")
    compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
    x = torch.randn(6, 2, 3, requires_grad=True)
    (wanted,) = torch.autograd.grad(layer(x).sum(), x)
    (found,) = torch.autograd.grad(compiled(x).sum(), x)
    torch.testing.assert_close(found, wanted)


def test_autocast_keeps_potentials_in_single_precision():
    layer, linear = LIF(5e-3, 1e-3, backend="cpu"), torch.nn.Linear(4, 6)
    with torch.autocast("cpu", torch.bfloat16):
        current = linear(torch.randn(7, 2, 4))
        assert current.dtype == torch.bfloat16
        spikes = layer(current)
    assert torch.equal(spikes.float(), layer(current.float()))
    with torch.autocast("cpu", torch.bfloat16):
        raw = torch.ops.polychrony.neuron(
            current, torch.zeros(1, 2, 6, dtype=torch.bfloat16), torch.ones(2, 6),
            *operator.Options("lif", "cpu", False, 0.0, False, True, 0, 1.0, 1.5),
        )[0]  # fmt: skip
    assert raw.dtype == torch.float32


def test_torch_func_transforms():
    layer = LIF(5e-3, 1e-3, backend="cpu")
    batch = torch.randn(4, 7, 2, 3)

    def loss(x):
        return (layer(x) * torch.arange(1.0, 8).view(7, 1, 1)).sum()

    together = torch.func.vmap(layer)(batch)
    assert torch.equal(together, torch.stack([layer(x) for x in batch]))
    one_by_one = torch.stack([torch.func.grad(loss)(x) for x in batch])
    assert one_by_one.abs().sum() > 0
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(loss))(batch), one_by_one)


def test_vmap_over_parameters_runs_an_ensemble():
    made = case("lif", (6, 2, 3), torch.float64, learn=False)
    x, v, _, threshold, *options = made.arguments
    decays = torch.rand(5, 3, dtype=torch.float64)

    def run(decay):
        return kernels.lif(x.detach(), v.detach(), decay, threshold, *options, backend="cpu")[0]

    wanted = torch.stack([run(decay) for decay in decays])
    assert torch.equal(torch.func.vmap(run)(decays), wanted)


def test_a_second_derivative_says_what_to_do():
    made = case("lif", (6, 2, 3))
    out = kernels.lif(*made.arguments, backend="cpu")[0]
    (first,) = torch.autograd.grad(out.sum(), made.leaves[:1], create_graph=True)
    with pytest.raises(SnnError, match="reference"):
        first.sum().backward()


def test_backward_twice_gives_the_same_and_a_changed_input_is_noticed():
    made = case("lif", (6, 2, 3))
    out = kernels.lif(*made.arguments, backend="cpu")
    first = torch.autograd.grad(out, made.leaves, made.upstream, retain_graph=True)
    torch.testing.assert_close(gradients(out, made), first, rtol=0, atol=0)
    x = made.arguments[0].detach().clone()
    spikes = kernels.lif(x * 1, *made.arguments[1:], backend="cpu")[0]
    spikes.sum().backward()
    moved = made.arguments[0] * 1
    spikes = kernels.lif(moved, *made.arguments[1:], backend="cpu")[0]
    with torch.no_grad():
        moved.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        spikes.sum().backward()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("learn", [True, False])
def test_no_more_is_kept_than_one_tensor_of_the_inputs_size(model, learn):
    made = case(model, (256, 4, 50), torch.float32, learn=learn)
    kept = {}

    def pack(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.numel()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        getattr(kernels, model)(*made.arguments, backend="cpu")
    states_and_parameters = sum(leaf.numel() for leaf in made.leaves[1:]) + 5 * 50 * 4
    marks = 2 * 4 * 4 * 50  # two states at four marks, the most there are
    assert sum(kept.values()) <= made.leaves[0].numel() + marks + 2 * states_and_parameters


class _Seen(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def test_dispatch_modes_see_the_operator():
    layer = LIF(5e-3, 1e-3, backend="cpu")
    with _Seen() as seen:
        layer(torch.randn(5, 2, 3))
    assert "polychrony.neuron.default" in seen.names


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_a_trace_holds_the_operator_instead_of_its_result():
    layer, x = LIF(5e-3, 1e-3, backend="cpu"), torch.randn(5, 2, 3)
    traced = torch.jit.trace(layer, x)
    assert torch.equal(traced(3 * x), layer(3 * x))


def test_fake_tensors_get_shapes_without_values():
    with FakeTensorMode():
        spikes = LIF(5e-3, 1e-3, backend="cpu")(torch.randn(5, 2, 3))
    assert isinstance(spikes, FakeTensor) and spikes.shape == (5, 2, 3)
