"""Neurons with traces, filtered eligibilities and products of spikes: compiled against plain."""

from __future__ import annotations

import pytest
import torch
from neuron_cases import FORMS

from polychrony.snn import ATan, SnnError, kernels
from polychrony.snn.kernels import filtered, spikes, traces

SHAPES = [(1, 1, 1), (7, 2, 3), (33, 3, 65), (5, 4, 700), (9, 2, 3, 4), (0, 2, 3)]


def _call(shape, dtype=torch.float64, v_reset=None, surrogate=FORMS[2], with_trace=True):
    x = torch.randn(shape, dtype=dtype)
    v = torch.randn(shape[1:], dtype=dtype) / 2
    trace = torch.rand(shape[1:], dtype=dtype) if with_trace else None
    decay = torch.rand(shape[2:], dtype=dtype)
    limit = torch.rand(shape[2:], dtype=dtype) + 0.3
    return x, v, trace, decay, limit, v_reset, surrogate, 0.3


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("surrogate", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("v_reset", [None, 0.0, -0.3])
@pytest.mark.parametrize("with_trace", [True, False])
def test_every_option_equals_the_reference(dtype, surrogate, v_reset, with_trace):
    call = _call((12, 2, 33), dtype, v_reset, surrogate, with_trace)
    _same(traces.traced_lif(*call, backend="cpu"), traces.traced_lif(*call, backend="reference"))


@pytest.mark.parametrize("shape", SHAPES)
def test_odd_shapes_equal_the_reference(shape):
    call = _call(shape)
    _same(traces.traced_lif(*call), traces.traced_lif(*call, backend="reference"))


def _same(found, wanted):
    for ours, reference in zip(found, wanted, strict=True):
        if reference is None:
            assert ours is None
        else:
            torch.testing.assert_close(ours, reference, rtol=2e-6, atol=2e-6)
    assert torch.equal(found.spikes, wanted.spikes)


@pytest.mark.parametrize("backend", ["reference", "cpu"])
def test_spikes_are_those_of_the_neurons_and_arguments_stay(backend):
    call = _call((30, 2, 9), v_reset=0.0)
    before = [part.clone() for part in call[:3]]
    found = traces.traced_lif(*call, backend=backend)
    spikes_alone, v = kernels.lif(call[0], call[1], *call[3:7], True, "reference")
    assert torch.equal(found.spikes, spikes_alone) and torch.equal(found.v, v)
    assert all(map(torch.equal, before, call[:3]))
    trace, slope = call[2], found.slope
    for t in range(30):
        torch.testing.assert_close(found.post[t], trace)
        trace = 0.3 * trace + slope[t]
    torch.testing.assert_close(found.trace, trace)


@pytest.mark.parametrize("backend", ["reference", "cpu"])
@pytest.mark.parametrize("late", [True, False])
def test_another_order_of_terms_gives_the_same_update(backend, late):
    n_steps, batch, n_in, n_out = 7, 3, 4, 1500
    m, slope, post = (torch.randn(n_steps, batch, n_out).double() for _ in range(3))
    x, before = torch.randn(n_steps, batch, n_in).double(), torch.randn(batch, n_in).double()
    wanted, q = torch.zeros(n_out, n_in).double(), before
    for t in range(n_steps):
        q = 0.6 * q + x[t]
        wanted += 0.9 * (m[t] * slope[t]).T @ q
        if late:
            wanted -= 0.4 * (m[t] * post[t]).T @ x[t]
    now, first = traces.combine(m, slope.clone(), post if late else None, 0.9, -0.4, 0.6, backend)
    found = torch.einsum("tbo,tbi->oi", now, x) + first.T @ before
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (9, 3, 5, 7), (4, 2, 70, 33)])
def test_filtered_eligibilities_equal_the_reference(dtype, shape):
    n_steps, batch, n_out, n_in = shape
    signal, slope = (torch.randn(n_steps, batch, n_out, dtype=dtype) for _ in range(2))
    trace = torch.randn(n_steps, batch, n_in, dtype=dtype)
    before = torch.randn(batch, n_out, n_in, dtype=dtype)
    kept = before.clone()
    call = (signal, slope, trace, before, 0.8)
    found = filtered.filtered_gradient(*call, backend="cpu")
    wanted = filtered.filtered_gradient(*call, backend="reference")
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    assert torch.equal(before, kept)


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(1, 1, 1), (70, 9, 33), (64, 130, 7)])
def test_products_of_spikes_equal_the_reference(share, shape):
    n_rows, n_in, n_out = shape
    x = torch.randn(n_rows, n_in).double() * torch.rand(n_rows, n_in).lt(share)
    rows, total = torch.randn(n_in, n_out).double(), torch.randn(n_rows, n_out).double()
    wanted, turned = total.clone(), torch.randn(n_in, n_out).double()
    found = spikes.few_spikes(x, rows)
    assert (found is None) == (share > 0.2 or n_rows < spikes.FEW_ROWS)
    if found is None:
        return
    spikes.reference(x, rows, wanted)
    spikes.add_products(found, rows, total)
    torch.testing.assert_close(total, wanted)
    other = torch.randn(n_rows, n_out).double()
    wanted = turned + x.T @ other
    spikes.add_products(found.turned(), other, turned)
    torch.testing.assert_close(turned, wanted)


def test_only_few_spikes_are_taken_one_by_one():
    weight = torch.zeros(5, 40)
    few = torch.zeros(8, 9, 40)
    few[..., :7] = 1
    assert spikes.few_spikes(few, weight) is not None
    assert spikes.few_spikes(torch.ones(8, 9, 40), weight) is None
    assert spikes.few_spikes(few[:2], weight) is None
    assert spikes.few_spikes(few.bfloat16(), weight) is None
    with torch.autocast("cpu", torch.bfloat16):
        assert spikes.few_spikes(few, weight) is None


@pytest.mark.parametrize(
    ("backend", "x", "said"),
    [
        ("magic", torch.zeros(2, 1, 1), "'magic' is unknown"),
        ("cpu", torch.zeros(2, 1, 1, device="meta"), "meta"),
        ("cpu", torch.zeros(2, 1, 1, dtype=torch.bfloat16), "bfloat16"),
    ],
)
def test_by_name_it_runs_or_raises(backend, x, said):
    with pytest.raises(SnnError, match=said):
        traces.traced_lif(
            x, x[0], None, x.new_tensor(0.9), x.new_tensor(1.0), None, ATan(), backend=backend
        )
    with pytest.raises(SnnError, match=said):
        traces.combine(x, x, None, 1.0, 0.0, 0.5, backend)
    with pytest.raises(SnnError, match=said):
        filtered.filtered_gradient(x, x, x, x[0].unsqueeze(2), 0.5, backend)
