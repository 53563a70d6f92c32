"""Time in pieces, sequences that go on, optimisers, precision, and mistakes."""

from __future__ import annotations

import pytest
import torch
from stepwise import cells
from torch import nn

from polychrony.snn import LIF, DelayedLinear, SnnError
from polychrony.snn.learning import (
    BPTT,
    Block,
    BlockNetwork,
    Eligibility,
    LocalReadout,
    LocalRule,
    StandardizedConv2d,
    StandardizedLinear,
    decolle,
    eprop,
    ottt,
    stllr,
    tess,
)

RULES = {
    "tess": tess,
    "s-tllr": stllr,
    "direct": lambda **options: stllr(feedback="direct", **options),
    "ottt": ottt,
    "e-prop": eprop,
    "decolle": decolle,
}


def _network(readout_decay=0.5):
    blocks = [
        Block(
            DelayedLinear(9, 8, 5, learn_delays=False),
            cells(),
            recurrent=DelayedLinear(8, 8, 2, learn_delays=False),
        ),
        Block(StandardizedLinear(8, 6), cells()),
    ]
    return BlockNetwork(blocks, nn.Linear(6, 3), readout_decay).double()


def _data(n_steps=23, batch=4):
    x = torch.rand(n_steps, batch, 9).lt(0.4).double()
    return x, torch.arange(batch) % 3


def _found(network, rule, *arguments):
    network.zero_grad()
    outcome = rule.gradients(network, *arguments)
    return [p.grad for p in network.parameters() if p.grad is not None], outcome


@pytest.mark.parametrize("name", RULES)
def test_the_length_of_pieces_changes_nothing(name):
    network, (x, labels) = _network(), _data()
    wanted, told = _found(network, RULES[name](chunk=1, first_step=4), x, labels)
    wanted = [each.clone() for each in wanted]
    for chunk in (2, 5, 8, 40):
        found, outcome = _found(network, RULES[name](chunk=chunk, first_step=4), x, labels)
        torch.testing.assert_close(found, wanted)
        torch.testing.assert_close(outcome.loss, told.loss)
        assert torch.equal(outcome.decisions, told.decisions)


@pytest.mark.parametrize("name", RULES)
def test_a_sequence_in_two_is_the_same_as_in_one(name):
    network, (x, labels) = _network(), _data()
    rule = RULES[name](first_step=6)
    wanted, whole = _found(network, rule, x, labels)
    wanted = [each.clone() for each in wanted]
    for cut in (1, 3, 11):
        network.zero_grad()
        early = rule.gradients(network, x[:cut], labels)
        late = rule.gradients(network, x[cut:], labels, early.state)
        found = [p.grad for p in network.parameters() if p.grad is not None]
        torch.testing.assert_close(found, wanted)
        torch.testing.assert_close(early.evidence + late.evidence, whole.evidence)
        assert late.state.n_steps == len(x)


def test_backpropagation_can_go_on_from_a_state_too():
    network, (x, labels) = _network(), _data()
    early = BPTT().gradients(network, x[:9], labels)
    late = BPTT().gradients(network, x[9:], labels, early.state)
    whole = BPTT().gradients(network, x, labels)
    torch.testing.assert_close(early.evidence + late.evidence, whole.evidence)


@pytest.mark.parametrize("name", RULES)
def test_samples_do_not_know_of_each_other(name):
    network, (x, labels) = _network(), _data()
    rule = RULES[name]()
    whole, told = _found(network, rule, x, labels)
    whole = [each.clone() for each in whole]
    total = None
    for b in range(len(labels)):
        each, one = _found(network, rule, x[:, b : b + 1], labels[b : b + 1])
        torch.testing.assert_close(one.evidence[0], told.evidence[b])
        each = [grad.clone() for grad in each]
        total = each if total is None else [a + c for a, c in zip(total, each, strict=True)]
    torch.testing.assert_close([part / len(labels) for part in total], whole)


def test_input_may_come_in_pieces_of_any_length():
    network, (x, labels) = _network(), _data()
    wanted = [each.clone() for each in _found(network, tess(first_step=4), x, labels)[0]]
    found, outcome = _found(
        network, tess(first_step=4), iter(torch.split(x, [3, 9, 1, 10])), labels
    )
    torch.testing.assert_close(found, wanted)
    assert outcome.n_steps == 23
    found, _ = _found(network, BPTT(), torch.split(x, 5), labels)
    assert found[0].abs().sum() > 0


def test_gradients_add_up_and_targets_may_be_given():
    network, (x, labels) = _network(), _data()
    once = [each.clone() for each in _found(network, tess(), x, labels)[0]]
    tess().gradients(network, x, nn.functional.one_hot(labels, 3).double())
    twice = [p.grad for p in network.parameters() if p.grad is not None]
    torch.testing.assert_close(twice, [2 * each for each in once])


def test_steps_before_the_first_bring_nothing():
    network, (x, labels) = _network(), _data()
    network.zero_grad()
    outcome = tess(first_step=99).gradients(network, x, labels)
    assert outcome.loss == 0 and outcome.evidence.abs().sum() > 0
    assert all(not p.grad.any() for p in network.parameters() if p.grad is not None)


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize("make", [torch.optim.Adam, torch.optim.SGD])
def test_any_optimiser_and_schedule_learns(online, make):
    network = _network(0.0)
    x, labels = _data(12, 30)
    x[:, :, :3] = torch.nn.functional.one_hot(labels, 3)
    parts = [[p for p in b.parameters() if p.requires_grad] for b in network.blocks]
    parts.append(list(network.readout.parameters()))
    lr = (2e-2 if make is torch.optim.Adam else 0.3) / (5 if online else 1)
    optimizers = [make(part, lr=lr) for part in parts]
    schedules = [torch.optim.lr_scheduler.StepLR(each, 15) for each in optimizers]
    rule = tess(online=online)
    losses = []
    for _ in range(20):
        losses.append(float(rule.learn(network, x, labels, optimizers).loss))
        for schedule in schedules:
            schedule.step()
    assert losses[-1] < 0.9 * losses[0]


def test_online_steps_move_the_weights_within_a_sequence():
    network, (x, labels) = _network(), _data()
    steps = []

    class Counting(torch.optim.SGD):
        def step(self):
            steps.append(super().step())

    tess(online=True, first_step=3).learn(
        network, x, labels, Counting(network.parameters(), lr=0.1)
    )
    assert len(steps) == len(x) - 3
    with pytest.raises(SnnError, match="use learn"):
        tess(online=True).gradients(network, x, labels)


def test_single_precision_states_under_autocast():
    blocks = [
        Block(StandardizedConv2d(1, 4, 3, padding=1), cells(), nn.MaxPool2d(2)),
        Block(nn.Linear(64, 12), cells(), recurrent=nn.Linear(12, 12, bias=False)),
    ]
    network = BlockNetwork(blocks, nn.Linear(12, 3))
    x, labels = torch.rand(20, 6, 1, 8, 8).lt(0.3).float(), torch.arange(6) % 3
    for rule in (tess(), stllr(), eprop()):
        wanted = [each.clone() for each in _found(network, rule, x, labels)[0]]
        with torch.autocast("cpu", torch.bfloat16):
            found, outcome = _found(network, rule, x, labels)
        assert outcome.state.blocks[0].block.v.dtype == torch.float32
        for ours, full in zip(found, wanted, strict=True):
            assert ours.dtype == torch.float32
            near = nn.functional.cosine_similarity(ours.flatten(), full.flatten(), 0)
            assert near > 0.7  # rounding moves some spikes


def test_frozen_weights_stay_without_gradient():
    network, (x, labels) = _network(), _data()
    network.blocks[0].synapses.weight.requires_grad_(False)
    network.readout.bias.requires_grad_(False)
    network.zero_grad()
    tess().gradients(network, x, labels)
    assert network.blocks[0].synapses.weight.grad is None
    assert network.readout.bias.grad is None
    assert network.blocks[1].synapses.weight.grad is not None


def _conv():
    return BlockNetwork([Block(nn.Conv2d(1, 2, 3), cells())], nn.Linear(2 * 36, 3), 0.5)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: tess(lambda_pre=1.5), "lambda_pre is 1.5"),
        (lambda: tess(post_form="other"), "'recursive' or 'sum'"),
        (lambda: tess(chunk=0), "chunk is 0"),
        (lambda: tess(first_step=-1), "first_step is -1"),
        (lambda: tess(error="hinge"), "error is 'hinge'"),
        (lambda: stllr(feedback="symmetric"), "'spatial' or 'direct'"),
        (lambda: stllr(projection=LocalReadout().projection), "feedback='direct' only"),
        (lambda: Eligibility(alpha_post=1, follow_readout=True), "alpha_post=0 only"),
        (lambda: Block(nn.Linear(3, 3), nn.Identity()), "use LIF"),
        (lambda: Block(nn.Bilinear(3, 3, 3), cells()), "cannot be Bilinear"),
        (lambda: Block(nn.Linear(3, 3), cells(), recurrent=nn.Linear(3, 3)), "bias=False"),
        (lambda: Block(nn.Conv2d(1, 1, 3), cells(), recurrent=nn.Linear(3, 3)), "linear synapses"),
        (lambda: Block(nn.Conv2d(1, 1, 3, padding="same"), cells()), "padding as numbers"),
        (lambda: BlockNetwork([], nn.Linear(3, 3)), "at least one block"),
        (lambda: Block(DelayedLinear(8, 6, 3), cells()), "discretize"),
        (lambda: BlockNetwork([Block(nn.Linear(3, 3), cells())], nn.Linear(3, 2), 1.0), "[0, 1)"),
        (lambda: eprop().gradients(_conv(), torch.zeros(3, 2, 1, 8, 8), _data()[1]), "linear bl"),
        (lambda: tess().gradients(_network(), torch.zeros(3, 2, 9), _data()[1]), "4 labels"),
        (lambda: tess().gradients(_network(), _data()[0], torch.arange(4) + 1), "0 .. 2"),
        (lambda: tess().gradients(_network(), _data()[0], torch.zeros(4, 2)), r"[B, 3]"),
        (lambda: tess().gradients(_network(), torch.zeros(0, 4, 9), _data()[1]), "no steps"),
        (
            lambda: tess(pool_to=()).gradients(_conv(), torch.zeros(3, 4, 1, 8, 8), _data()[1]),
            "0 e",
        ),
        (lambda: tess(backend="gpu").gradients(_network(), *_data()), "'gpu' is unknown"),
    ],
)
def test_mistakes_are_told(make, said):
    with pytest.raises(SnnError) as caught:
        make()
    assert said in str(caught.value)


def test_signals_do_not_go_back_through_delays():
    blocks = [
        Block(nn.Linear(9, 8), cells()),
        Block(DelayedLinear(8, 6, 3, learn_delays=False), cells()),
    ]
    network = BlockNetwork(blocks, nn.Linear(6, 3)).double()
    x, labels = _data()
    with pytest.raises(SnnError, match="block 2 has delays"):
        ottt().gradients(network, x, labels)
    tess().gradients(network, x, labels)
    stllr(feedback="direct").gradients(network, x, labels)


def test_decays_that_differ_need_a_number_for_the_trace():
    neurons = LIF(torch.tensor([2.0, 3.0]), 1.0)
    network = BlockNetwork([Block(nn.Linear(9, 2), neurons)], nn.Linear(2, 3)).double()
    x, labels = _data()
    with pytest.raises(SnnError, match="give lambda_pre a number"):
        ottt().gradients(network, x, labels)
    tess().gradients(network, x, labels)
    assert isinstance(tess(), LocalRule)
