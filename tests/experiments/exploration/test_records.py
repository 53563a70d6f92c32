from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from polychrony.experiments.exploration.objectives import choose
from polychrony.experiments.exploration.records import Record, pareto_front, same_as, settled

OBJECTIVES = choose(["energy", "accuracy"])


def record(number, energy, accuracy, **fields):
    measured = {"energy": energy, "accuracy": accuracy}
    made = {"params": {"buffer": number}, "reason": "", "repeats": None, "seconds": 0.1}
    return Record(**{**made, "number": number, "measured": measured, **fields})


def test_what_another_beats_in_everything_is_not_on_the_front():
    tried = [record(0, 3.0, 0.9), record(1, 1.0, 0.7), record(2, 3.5, 0.9), record(3, 2.0, 0.6)]
    assert [r.number for r in pareto_front(tried, OBJECTIVES)] == [1, 0]


def test_less_energy_is_better_and_more_accuracy_is():
    tried = [record(0, 1.0, 0.5), record(1, 2.0, 0.4)]
    assert [r.number for r in pareto_front(tried, OBJECTIVES)] == [0]
    assert [r.number for r in pareto_front(tried, choose(["energy"]))] == [0]


def test_what_does_not_fit_and_what_repeats_are_left_out_and_equals_are_not():
    unfit = record(0, 0.0, 1.0, measured={}, reason="too small")
    again = record(2, 1.0, 0.5, repeats=1)
    tried = [unfit, record(1, 1.0, 0.5), again, record(3, 1.0, 0.5)]
    assert [r.number for r in pareto_front(tried, OBJECTIVES)] == [1, 3]
    assert [r.outcome for r in tried] == ["infeasible", "measured", "repeated", "measured"]
    assert pareto_front([unfit], OBJECTIVES) == []


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20))
def test_the_front_beats_the_rest_and_not_itself(points):
    tried = [record(n, float(energy), accuracy / 5) for n, (energy, accuracy) in enumerate(points)]
    front = pareto_front(tried, OBJECTIVES)

    def beats(one, other):
        a = (one.measured["energy"], -one.measured["accuracy"])
        b = (other.measured["energy"], -other.measured["accuracy"])
        return a != b and a[0] <= b[0] and a[1] <= b[1]

    for made in tried:
        assert (made in front) != any(beats(other, made) for other in tried)


def test_the_same_values_are_found_where_they_were_measured():
    first, again = record(4, 1.0, 0.5), record(5, 1.0, 0.5, params={"buffer": 4}, repeats=4)
    assert same_as([again, first], {"buffer": 4}) is first
    assert same_as([again, first], {"buffer": 5}) is None


@given(st.permutations(range(6)))
def test_what_two_workers_measured_at_once_counts_once(order):
    same = {"params": {"buffer": 1}}
    tried = [
        record(0, 1.0, 0.5),
        record(1, 1.0, 0.5, **same, repeats=3),  # chosen before 3, ended after it
        record(2, 2.0, 0.5),
        record(3, 1.0, 0.5, **same),
        record(4, 1.0, 0.5, **same),
        record(5, 1.0, 0.5, **same, repeats=3),
    ]
    told = settled(tried[place] for place in order)
    assert [r.number for r in told] == list(range(6))
    assert [r.repeats for r in told] == [None, None, None, 1, 1, 1]
    assert [r.measured for r in told] == [r.measured for r in tried]
