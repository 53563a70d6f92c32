"""Turns, budgets, failures, and limits that are lifted again."""

from __future__ import annotations

import os
import time

import pytest
import torch

from benchmarks.harness import LEAST_ROUNDS, Contender, limited, measure, row
from polychrony.experiments.errors import UserError


def test_contenders_take_turns_in_rotating_order():
    turns = []
    contenders = [Contender(name, lambda name=name: turns.append(name)) for name in "abc"]
    measure(contenders, rounds=3, rest_s=0, lead_in_s=0)
    warm_up = "aabbcc"
    assert "".join(turns) == warm_up + "abc" + "bca" + "cab"
    assert [len(contender.samples) for contender in contenders] == [3, 3, 3]


def test_a_short_turn_follows_others_that_do_not_count():
    turns = []
    contenders = [Contender(name, lambda name=name: turns.append(name)) for name in "ab"]
    measure(contenders, rounds=2, rest_s=0, lead_in_s=1e-9)
    warm_up = "aabb"
    assert "".join(turns) == warm_up + "aabb" + "bbaa"
    assert [len(contender.samples) for contender in contenders] == [2, 2]


def test_slow_contender_sits_out_after_its_least_turns():
    slow = Contender("slow", lambda: time.sleep(0.002))
    quick = Contender("quick", lambda: None)
    measure([slow, quick], rounds=8, budget_s=1e-3, rest_s=0, lead_in_s=0)
    assert (len(slow.samples), len(quick.samples)) == (LEAST_ROUNDS, 8)


def test_failing_peer_gets_its_reason_and_ours_ends_the_run():
    def fail():
        raise RuntimeError("no such device\nand more")

    peer = Contender("peer", fail, optional=True)
    measure([peer], rounds=2)
    assert peer.row()["median"] is None
    assert peer.row()["reason"] == "RuntimeError: no such device"
    with pytest.raises(RuntimeError, match="no such device"):
        measure([Contender("ours", fail)], rounds=2)


def test_row_holds_median_quartiles_and_rate():
    made = row("x", [4.0, 1.0, 2.0, 3.0, 5.0], "s", rate=(6.0, "B"))
    assert (made["median"], made["q1"], made["q3"]) == (3, 2, 4)
    assert made["rate"] == {"value": 2, "unit": "B/s"}
    assert row("x", [7.0], "s")["q1"] == 7


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="cores cannot be chosen here")
def test_threads_and_cores_are_given_back():
    before = torch.get_num_threads(), os.sched_getaffinity(0)
    with limited(1):
        assert torch.get_num_threads() == 1
        assert len(os.sched_getaffinity(0)) == 1
    assert (torch.get_num_threads(), os.sched_getaffinity(0)) == before


@pytest.mark.parametrize("threads", [0, 10**6])
def test_impossible_number_of_threads_is_refused(threads):
    with pytest.raises(UserError, match="--threads"), limited(threads):
        pass
