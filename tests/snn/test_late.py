"""Spikes that arrive late, or not at all."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import LateArrivals, LateState, SnnError

LATENESS = (0.6, 0.0, 0.25, 0.1)  # 5 % are lost
COUNTS = pytest.mark.parametrize("counts", [False, True])


def single_spike(layer, batch=2000, width=20):
    """What becomes of a spike of every neuron in step 1 of 8."""
    x = torch.zeros(8, batch, width)
    x[1] = 1
    return layer(x)


def pulled(layer, *arguments, seed=3):
    torch.manual_seed(seed)
    return layer(*arguments)


@COUNTS
def test_lateness_has_the_distribution_that_was_given(counts):
    arrived = single_spike(LateArrivals(LATENESS, counts)).mean((1, 2))
    expected = torch.tensor([0, 0.6, 0, 0.25, 0.1, 0, 0, 0])
    torch.testing.assert_close(arrived, expected, atol=0.012, rtol=0)  # five deviations
    assert torch.equal(arrived == 0, expected == 0)


def test_every_sample_neuron_and_step_has_its_own_draw():
    torch.manual_seed(0)
    arrived = single_spike(LateArrivals((0.5, 0.5)))[1]
    for axis in (0, 1):
        shares = arrived.mean(axis)
        deviation = (0.25 / arrived.shape[axis]) ** 0.5
        assert (shares - 0.5).abs().max() < 5 * deviation
        assert shares.std() > deviation / 2
    lasting = LateArrivals((0.5, 0.5))(torch.ones(100, 1, 1)).flatten()
    assert set(lasting.tolist()) == {0.0, 1.0, 2.0}


def test_spikes_of_one_step_part_only_where_they_are_counted():
    x = torch.zeros(3, 500, 4)
    x[0] = 5
    together, apart = LateArrivals((0.5, 0.5))(x), LateArrivals((0.5, 0.5), counts=True)(x)
    assert set(together.unique().tolist()) == {0.0, 5.0}
    assert set(apart.unique().tolist()) == {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert torch.equal(apart.sum(0), x.sum(0))
    assert apart[0].var() == pytest.approx(5 / 4, rel=0.2)  # that of a binomial distribution


@COUNTS
@settings(deadline=None)
@given(
    steps=st.integers(1, 9),
    weights=st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_spike_is_lost_or_made(counts, steps, weights, seed):
    torch.manual_seed(seed)
    layer = LateArrivals([weight / sum(weights) for weight in weights], counts)
    x = torch.randint(0, 4, (steps, 3, 5)).float()
    y, state = layer.forward_with_state(x)
    assert torch.equal(y.sum(0) + state.pending.sum(0), x.sum(0))
    assert len(state.pending) == layer.longest
    assert bool((y >= 0).all())


@COUNTS
def test_what_is_missing_to_one_is_lost(counts):
    x = torch.randint(0, 4, (50, 40, 20)).float()
    y, state = LateArrivals(LATENESS, counts).forward_with_state(x)
    kept = (y.sum(0) + state.pending.sum(0)) / x.sum(0).clamp(min=1)
    assert bool((y.sum(0) + state.pending.sum(0) <= x.sum(0)).all())
    assert kept.mean() == pytest.approx(0.95, abs=0.01)
    assert not LateArrivals((0.0,), counts)(x).any()


@COUNTS
@settings(deadline=None)
@given(step=st.integers(0, 9), seed=st.integers(0, 2**32 - 1))
def test_nothing_arrives_before_it_is_sent_or_after_the_longest_lateness(counts, step, seed):
    layer = LateArrivals((0.3, 0.3, 0.2), counts)
    before = torch.randint(0, 2, (10, 2, 6)).float()
    after = before.clone()
    after[step] = 1 - after[step]
    one, other = (pulled(layer, x, seed=seed) for x in (before, after))
    assert torch.equal(one[:step], other[:step])
    assert torch.equal(one[step + 3 :], other[step + 3 :])
    assert (one - other).abs().sum() <= (after - before).abs().sum()


@COUNTS
def test_samples_do_not_touch_each_other(counts):
    layer = LateArrivals(LATENESS, counts)
    x = torch.randint(0, 2, (10, 6, 4)).float()
    other = x.clone()
    other[:, 2] = 1 - other[:, 2]
    one, two = pulled(layer, x), pulled(layer, other)
    same = [0, 1, 3, 4, 5]
    assert torch.equal(one[:, same], two[:, same])
    assert not torch.equal(one[:, 2], two[:, 2])


def test_its_gradient_is_that_of_what_was_drawn():
    layer = LateArrivals(LATENESS).double()
    x = torch.randn(6, 2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda values: pulled(layer, values), x)
    weight = torch.randn(6, 2, 3, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((pulled(layer, x) * weight).sum(), x)
    one = torch.zeros_like(x)
    for t in range(6):
        moved = pulled(layer, one.index_fill(0, torch.tensor(t), 1.0))
        torch.testing.assert_close(gradient[t], (moved * weight).sum(0))


def test_the_gradient_of_counts_reaches_silent_steps_too():
    x = torch.tensor([0.0, 1.0, 3.0]).view(3, 1, 1).requires_grad_()
    LateArrivals((0.5, 0.5), counts=True)(torch.cat([x, x.new_zeros(1, 1, 1)])).sum().backward()
    torch.testing.assert_close(x.grad, torch.ones_like(x))


@COUNTS
def test_what_is_under_way_arrives_in_the_next_part(counts):
    layer = LateArrivals((0.0, 0.0, 0.0, 1.0), counts)  # nothing to chance
    x = torch.randint(0, 3, (12, 2, 5)).float()
    whole = layer(x)
    assert torch.equal(whole[3:], x[:-3])
    assert not whole[:3].any()
    first, state = layer.forward_with_state(x[:2])
    second, state = layer.forward_with_state(x[2:7], state)
    third, _ = layer.forward_with_state(x[7:], state)
    assert torch.equal(torch.cat([first, second, third]), whole)


def test_evaluation_changes_nothing_unless_asked():
    x = torch.ones(5, 2, 3)
    late = (0.0, 1.0)
    assert LateArrivals(late).eval()(x) is x
    assert LateArrivals((1.0,))(x) is x
    assert LateArrivals((1.0, 0.0), always=True)(x) is x
    y, state = LateArrivals(late).eval().forward_with_state(x)
    assert torch.equal(y, x)
    assert not state.pending.any()
    assert not LateArrivals(late, always=True).eval()(x)[0].any()


def test_what_is_under_way_arrives_in_evaluation_too():
    layer, x = LateArrivals((0.0, 1.0)), torch.ones(2, 1, 1)
    _, state = layer.forward_with_state(x)
    y, state = layer.eval().forward_with_state(x, state)
    assert y.flatten().tolist() == [2.0, 1.0]
    assert not state.pending.any()


def test_draws_follow_the_seed_and_take_nothing_where_nothing_is_late():
    layer, x = LateArrivals(LATENESS), torch.ones(5, 4, 3)
    assert torch.equal(pulled(layer, x), pulled(layer, x))
    assert not torch.equal(pulled(layer, x), pulled(layer, x, seed=4))
    torch.manual_seed(0)
    before = torch.get_rng_state()
    LateArrivals((1.0,))(x)
    assert torch.equal(torch.get_rng_state(), before)


@COUNTS
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_every_precision_keeps_its_type_and_its_spikes(counts, dtype):
    layer = LateArrivals((0.5, 0.3, 0.2), counts)
    x = torch.randint(0, 4, (20, 3, 4)).to(dtype)
    y, state = layer.forward_with_state(x)
    assert y.dtype == dtype
    assert torch.equal(y.sum(0) + state.pending.sum(0), x.sum(0))
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(x).dtype == dtype


def test_it_compiles_in_one_graph():
    layer = LateArrivals((0.0, 1.0))
    x = torch.randint(0, 2, (6, 2, 3)).float()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    assert torch.equal(compiled(x), layer(x))


def test_it_keeps_no_parameters():
    assert not LateArrivals(LATENESS).state_dict()


@pytest.mark.gpu
@COUNTS
def test_spikes_are_late_on_a_gpu(counts):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    x = torch.randint(0, 4, (50, 64, 32), device="cuda").float()
    y, state = LateArrivals((0.5, 0.25, 0.25), counts).forward_with_state(x)
    assert torch.equal(y.sum(0) + state.pending.sum(0), x.sum(0))
    assert float(y[0].mean() / x[0].mean()) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("wrong", [(), (0.6, 0.5), (-0.1, 1.0), (1.5,), (float("nan"),)])
def test_what_is_no_distribution_is_refused(wrong):
    with pytest.raises(SnnError, match="lateness is"):
        LateArrivals(wrong)


def test_wrong_inputs_and_states_are_refused():
    layer = LateArrivals((0.5, 0.5))
    with pytest.raises(SnnError, match=r"LateArrivals: input has shape"):
        layer(torch.ones(3, 2))
    with pytest.raises(SnnError, match=r"LateArrivals: input is torch\.int64"):
        layer(torch.ones(3, 2, 1, dtype=torch.int64))
    with pytest.raises(SnnError, match=r"carried state has shape \(2, 2, 1\)"):
        layer.forward_with_state(torch.ones(3, 2, 1), LateState(torch.zeros(2, 2, 1)))


def test_rounded_sums_lose_nothing():
    layer = LateArrivals((0.1,) * 10, counts=True)  # their sum in floating point is below 1
    x = torch.full((1, 200, 50), 3.0)
    y, state = layer.forward_with_state(x)
    assert torch.equal(y.sum(0) + state.pending.sum(0), x.sum(0))
