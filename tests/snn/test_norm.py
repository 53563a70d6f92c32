"""Normalisation over time and batch, against torch's, in one process and in two."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from polychrony.snn import SnnError, TemporalBatchNorm
from polychrony.snn.kernels import norm

SIZES = [(1, 2, 1), (2, 1, 3), (7, 3, 5), (70, 4, 20), (3, 50, 65)]


def _torch(layer, x):
    return nn.BatchNorm1d.forward(layer, x.flatten(0, 1)).view(x.shape)


def _pair(features, dtype, **options):
    layers = [cls(features, dtype=dtype, **options) for cls in (TemporalBatchNorm, nn.BatchNorm1d)]
    if layers[0].affine:
        for layer in layers:
            with torch.no_grad():
                layer.weight.copy_(torch.linspace(0.5, 2, features))
                layer.bias.copy_(torch.linspace(-1, 1, features))
    return layers


def _run(call, layer, x, upstream):
    x = x.clone().requires_grad_()
    y = call(layer, x)
    y.backward(upstream)
    return [y.detach(), x.grad, *(each.grad for each in layer.parameters()), *layer.buffers()]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "options",
    [{}, {"affine": False}, {"momentum": None}, {"track_running_stats": False}, {"eps": 0.1}],
    ids=str,
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 2e-4)])
def test_equals_torch_in_training(size, options, dtype, tolerance):
    ours, theirs = _pair(size[2], dtype, **options)
    for _ in range(3):
        x, upstream = torch.randn(size, dtype=dtype) * 2 + 3, torch.randn(size, dtype=dtype)
        found = _run(lambda layer, x: layer(x), ours, x, upstream)
        wanted = _run(_torch, theirs, x, upstream)
        for a, b in zip(found, wanted, strict=True):
            torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def test_evaluation_uses_running_statistics():
    ours, theirs = _pair(5, torch.float32)
    for layer in (ours, theirs):
        layer.running_mean.fill_(2.0)
        layer.running_var.fill_(4.0)
        layer.eval()
    x = torch.randn(6, 3, 5)
    assert torch.equal(ours(x), _torch(theirs, x))
    scale, shift = ours.scale_and_shift()
    torch.testing.assert_close(ours(x).double(), x.double() * scale + shift, rtol=1e-5, atol=1e-5)


def test_a_mean_far_from_zero_keeps_the_variance():
    layer = TemporalBatchNorm(4)
    x = torch.randn(50, 8, 4) + 1000
    for _ in range(2):  # from the second on, sums are taken about the running mean
        y = layer(x)
    assert (y.std((0, 1)) - 1).abs().max() < 1e-2
    assert y.mean((0, 1)).abs().max() < 1e-3


def test_gradients_equal_finite_differences():
    layer = TemporalBatchNorm(3).double()
    x = torch.randn(4, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_samples_does_not_matter(order):
    x = torch.randn(5, 6, 3, dtype=torch.float64)
    layer = TemporalBatchNorm(3).double()
    torch.testing.assert_close(layer(x[:, order]), layer(x)[:, order], rtol=1e-9, atol=1e-9)


def test_compiled_passes_equal_plain_ones(monkeypatch):
    x, upstream = torch.randn(40, 3, 7), torch.randn(40, 3, 7)
    layers = [_pair(7, torch.float32)[0] for _ in range(2)]
    compiled = _run(lambda layer, x: layer(x), layers[0], x, upstream)
    monkeypatch.setattr(norm, "is_compiled", lambda x: False)
    plain = _run(lambda layer, x: layer(x), layers[1], x, upstream)
    for a, b in zip(compiled, plain, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)


def test_operators_are_well_formed():
    x, own = torch.randn(6, 3, requires_grad=True), torch.ones(3)
    torch.library.opcheck(norm._forward, (x, own, own.clone(), own.clone(), 1e-5, False))


def test_too_little_to_learn_from_is_refused():
    with pytest.raises(SnnError, match="1 step"):
        TemporalBatchNorm(3)(torch.randn(1, 1, 3))
    with pytest.raises(SnnError, match=r"\[T, B, 3\]"):
        TemporalBatchNorm(3)(torch.randn(5, 3))


TRAINING = """
    import pathlib
    import sys
    import torch
    from torch import distributed
    from torch.nn.parallel import DistributedDataParallel
    from polychrony.snn import LIF, DelayedLinear, TemporalBatchNorm

    def network():
        torch.manual_seed(1)
        return torch.nn.Sequential(
            DelayedLinear(6, 8, 5), TemporalBatchNorm(8), LIF(tau_mem=5.0, dt=1.0),
            DelayedLinear(8, 3, 5), TemporalBatchNorm(3)).double()

    def gradients(model, x, target):
        torch.nn.functional.mse_loss(model(x), target).backward()
        return [p.grad for p in model.parameters()] + list(model.buffers())

    distributed.init_process_group("gloo")
    rank = distributed.get_rank()
    x = torch.randn(12, 8, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 9
    target = torch.ones(12, 8, 3, dtype=torch.float64)
    half = slice(4 * rank, 4 * rank + 4)
    found = gradients(DistributedDataParallel(network()), x[:, half], target[:, half])
    distributed.barrier()
    distributed.destroy_process_group()
    wanted = gradients(network(), x, target)
    assert len(found) == len(wanted)
    assert sum(float(w.abs().sum()) for w in wanted[:4]) > 0
    for a, b in zip(found, wanted):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-10)
    pathlib.Path(sys.argv[1], f"equal-{rank}").touch()  # both print into one pipe, unordered
"""


def test_two_processes_give_the_gradients_of_the_joined_batch(tmp_path):
    script = tmp_path / "training.py"
    script.write_text(textwrap.dedent(TRAINING))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(script), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=240,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert sorted(path.name for path in tmp_path.glob("equal-*")) == ["equal-0", "equal-1"]
