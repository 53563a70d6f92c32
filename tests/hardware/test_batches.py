from __future__ import annotations

import numpy as np
import pytest
import torch

from polychrony.hardware.batches import batches
from polychrony.hardware.errors import HardwareError

EVENTS = np.arange(2 * 5 * 3).reshape(2, 5, 3)
LABELS = np.arange(5)


@pytest.mark.parametrize("convert", [np.asarray, torch.as_tensor])
def test_array_is_cut_along_the_batch(convert):
    flow, total = batches(convert(EVENTS), convert(LABELS), 2)
    pieces = list(flow)
    assert total == 5
    assert [x.shape[1] for x, _ in pieces] == [2, 2, 1]
    assert np.array_equal(np.concatenate([x for x, _ in pieces], axis=1), EVENTS)
    assert np.array_equal(np.concatenate([y for _, y in pieces]), LABELS)


def test_batches_of_any_length_pass_one_at_a_time():
    def loader():
        yield torch.as_tensor(EVENTS), torch.as_tensor(LABELS)
        yield EVENTS[:1, :2], None

    flow, total = batches(loader(), None, 4)
    pieces = list(flow)
    assert total is None
    assert [x.shape for x, _ in pieces] == [(2, 4, 3), (2, 1, 3), (1, 2, 3)]
    assert [None if y is None else y.tolist() for _, y in pieces] == [[0, 1, 2, 3], [4], None]


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        (EVENTS[0], None, r"inputs have shape \(5, 3\), expected \[T, B, N\]"),
        (EVENTS, LABELS[:3], r"labels have shape \(3,\), expected \(5,\)"),
        ([(EVENTS, LABELS)], LABELS, "labels within the batches"),
        ([EVENTS], None, "each batch must be a pair"),
        (7, None, "not int"),
    ],
)
def test_shapes_that_disagree_are_refused(inputs, labels, message):
    with pytest.raises(HardwareError, match=message):
        list(batches(inputs, labels, 2)[0])
