"""Worker processes that share nothing: every data set must survive being sent to them."""

from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Subset

from polychrony.datasets import SHD, BinnedDataset, Digits, collate


def as_tensors(batch: list) -> tuple[Tensor, ...]:
    """Batches of counts as `collate` makes them; one recording of events as its columns."""
    (item, label), *_ = batch
    if isinstance(item, Tensor):
        return collate(batch)
    columns = (item.t, item.x, item.y, item.p)
    return (*(torch.from_numpy(column.copy()) for column in columns), torch.tensor(label))


def test_spawned_workers_read_every_kind_of_data_set(
    shd_root: Path, digits_cache: Path, tmp_path: Path
) -> None:
    shd = SHD(shd_root)
    binned = BinnedDataset(shd, dt=0.01, pool=5, cache_dir=tmp_path / "cache")
    digits = Subset(Digits("valid", cache_dir=digits_cache), [0, 1, 2])
    assert shd[0] and binned[0]  # an open file and a map of memory must not travel
    together = ConcatDataset([binned, shd, digits])
    n = len(binned)
    batches = [[*range(n)], *([i] for i in range(n, len(together)))]
    here = DataLoader(together, batch_sampler=batches, collate_fn=as_tensors)
    there = DataLoader(
        together,
        batch_sampler=batches,
        collate_fn=as_tensors,
        num_workers=2,
        multiprocessing_context="spawn",
    )
    found = list(there)
    assert len(found) == 1 + len(shd) + 3
    assert found[0][0].shape[1:] == (n, 140)
    for a, b in zip(found, here, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True))
