import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.datasets import DataError, hold_out_speakers, stratified_split


@given(st.lists(st.integers(0, 4), min_size=3, max_size=200), st.integers(0, 9), st.data())
def test_parts_are_disjoint_complete_and_in_proportion(
    labels: list[int], seed: int, data: st.DataObject
) -> None:
    n = len(labels)
    cuts = sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))
    sizes = (cuts[0], cuts[1] - cuts[0], n - cuts[1])
    parts = stratified_split(labels, sizes, seed=seed)
    assert [len(part) for part in parts] == list(sizes)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    classes = len(set(labels))
    for value in set(labels):
        share = labels.count(value) / n
        for part, size in zip(parts, sizes, strict=True):
            found = int((np.asarray(labels)[part] == value).sum())
            assert abs(found - share * size) <= 2 + 2 * classes * share


def test_the_seed_decides_the_split() -> None:
    labels = np.arange(200) % 10
    first, again, other = (stratified_split(labels, (150, 50), seed=s)[1] for s in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()


def test_sizes_must_add_up() -> None:
    with pytest.raises(DataError, match="do not add up to 4"):
        stratified_split([0, 1, 0, 1], (2, 1), seed=0)


def test_held_out_speakers_are_never_in_the_rest() -> None:
    rest, held = hold_out_speakers([0, 1, 2, 1, 0], [1])
    assert rest.tolist() == [0, 2, 4]
    assert held.tolist() == [1, 3]


def test_unknown_speakers_and_empty_rests_are_refused() -> None:
    with pytest.raises(DataError, match=r"\[9\] do not occur.*\[0, 1\]"):
        hold_out_speakers([0, 1], [1, 9])
    with pytest.raises(DataError, match="leaves nobody"):
        hold_out_speakers([0, 1], [0, 1])
