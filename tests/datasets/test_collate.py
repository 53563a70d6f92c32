import pytest
import torch

from polychrony.datasets import DataError, collate


def test_recordings_are_padded_at_the_end_and_time_comes_first() -> None:
    short = torch.full((2, 3), 7, dtype=torch.uint8)
    long = torch.full((4, 3), 255, dtype=torch.uint8)
    x, labels, lengths = collate([(short, 5), (long, 1)])
    assert (x.shape, x.dtype) == ((4, 2, 3), torch.float32)
    assert (x[:2, 0] == 7).all() and (x[2:, 0] == 0).all() and (x[:, 1] == 255).all()
    assert labels.tolist() == [5, 1] and labels.dtype == torch.int64
    assert lengths.tolist() == [2, 4] and lengths.dtype == torch.int64


def test_a_batch_of_one_keeps_its_axis() -> None:
    x, labels, lengths = collate([(torch.ones(2, 3, dtype=torch.uint8), 0)])
    assert x.shape == (2, 1, 3) and labels.shape == (1,) and lengths.shape == (1,)


def test_batches_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(DataError, match="differ in their channels"):
        collate([(torch.ones(2, 3), 0), (torch.ones(2, 4), 0)])
    with pytest.raises(DataError, match="empty"):
        collate([])
