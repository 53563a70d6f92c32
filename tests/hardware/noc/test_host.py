"""A host sends first what is due first."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from polychrony.hardware.noc.host import begin_of, schedule

MESSAGES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=40)


def plain(step, slack, ahead, begin, length):
    """The same, cycle by cycle, from a list of all that waits."""
    release = [t + max(s - ahead, 0) for t, s in zip(step, slack, strict=True)]
    found, waiting, cycle, now = [0] * len(step), set(range(len(step))), 0, 0
    while waiting:
        while begin + length * (now + 1) <= cycle:
            now += 1
        ready = [m for m in waiting if release[m] <= now]
        if ready:
            m = min(ready, key=lambda m: (step[m] + slack[m], release[m], m))
            found[m] = cycle
            waiting.remove(m)
        cycle += 1
    return found


@given(MESSAGES, st.integers(0, 6), st.integers(1, 12))
def test_the_schedule_is_that_of_a_list(rows, ahead, length):
    step, slack = (np.array(column) for column in zip(*rows, strict=True))
    begin = np.arange(6) * length
    found = schedule(step, slack, ahead, begin)
    assert found.tolist() == plain(step.tolist(), slack.tolist(), ahead, 0, length)


@given(MESSAGES, st.integers(0, 6), st.integers(1, 12))
def test_one_message_in_a_cycle_and_none_too_early(rows, ahead, length):
    step, slack = (np.array(column) for column in zip(*rows, strict=True))
    begin = np.arange(6) * length
    found = schedule(step, slack, ahead, begin)
    assert len(set(found.tolist())) == len(found)
    assert (found >= begin_of(step + np.maximum(slack - ahead, 0), begin)).all()


def test_what_waits_gives_way_to_what_is_due():
    # Two of step 0 that may come much later, and one of step 1 that may not.
    found = schedule(np.array([0, 0, 1]), np.array([5, 5, 0]), 9, np.array([0, 1, 2]))
    assert found.tolist() == [0, 2, 1]


def test_steps_after_the_last_are_as_long():
    assert begin_of(np.array([0, 1, 2, 3, 5]), np.array([0, 10, 30])).tolist() == [
        0,
        10,
        30,
        50,
        90,
    ]
