"""Learning rates against their formulas."""

from __future__ import annotations

import io
import math
import typing

import pytest
import torch

from polychrony.experiments.config import ScheduleName, TrainingConfig
from polychrony.experiments.training.schedules import schedule

NAMES = typing.get_args(ScheduleName)


def wsd(t: int, steps: int) -> float:
    rise, stable_until = math.ceil(steps / 20), steps - math.ceil(steps / 10)
    if t < rise:
        return (t + 1) / rise
    return 1.0 if t <= stable_until else (steps - t) / (steps - stable_until)


def one_cycle(t: int, steps: int) -> float:
    top = 0.3 * steps - 1
    low, last = 1 / 25, 1 / 25 / 1e4
    if t <= top:
        return low + (1 - low) * (1 - math.cos(math.pi * t / top)) / 2
    part = (t - top) / (steps - 1 - top)
    return last + (1 - last) * (1 + math.cos(math.pi * part)) / 2


FORMULAS = {
    "cosine": lambda t, steps: (1 + math.cos(math.pi * t / steps)) / 2,
    "linear": lambda t, steps: 1 - t / steps,
    "rex": lambda t, steps: (1 - t / steps) / (0.5 + 0.5 * (1 - t / steps)),
    "wsd": wsd,
    "one-cycle": one_cycle,
}


def made(name: str, steps: int, peak: float | list[float] = 0.2):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(2))]} for _ in range(2)]
    optimizer = torch.optim.Adam(groups, lr=0.2)
    return optimizer, schedule(name, optimizer, peak, steps)


def rates(optimizer, moves, steps: int, group: int = 0) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[group]["lr"])
        optimizer.step()
        moves.step()
    return found


@pytest.mark.parametrize("steps", [20, 100, 137])
@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_follows_its_formula(name, steps):
    optimizer, moves = made(name, steps)
    expected = [0.2 * FORMULAS[name](t, steps) for t in range(steps)]
    assert rates(optimizer, moves, steps) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert max(expected) <= 0.2 * (1 + 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_of_one_step_or_two_moves(name):
    for steps in (1, 2):
        optimizer, moves = made(name, steps)
        assert rates(optimizer, moves, steps)[0] > 0


@pytest.mark.parametrize("name", NAMES)
def test_each_group_has_its_peak(name):
    optimizer, moves = made(name, 100, [0.2, 0.05])
    first = rates(optimizer, moves, 60)
    optimizer, moves = made(name, 100, [0.2, 0.05])
    assert [4 * lr for lr in rates(optimizer, moves, 60, group=1)] == pytest.approx(first)


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_schedule_goes_on_bit_for_bit(name):
    optimizer, moves = made(name, 40)
    whole = rates(optimizer, moves, 40)
    optimizer, moves = made(name, 40)
    before = rates(optimizer, moves, 13)
    kept = io.BytesIO()
    torch.save({"o": optimizer.state_dict(), "s": moves.state_dict()}, kept)
    kept.seek(0)
    held = torch.load(kept, weights_only=True)
    optimizer, moves = made(name, 40)
    optimizer.load_state_dict(held["o"])
    moves.load_state_dict(held["s"])
    assert before + rates(optimizer, moves, 27) == whole


def test_every_name_is_an_option():
    hints = typing.get_type_hints(TrainingConfig)
    assert set(typing.get_args(hints["schedule"])) == {"own", *NAMES}
    assert set(FORMULAS) == set(NAMES)
