"""The order of samples."""

from __future__ import annotations

from polychrony.experiments.training.sampler import EpochSampler


def order(size: int, seed: int, epoch: int) -> list[int]:
    sampler = EpochSampler(size, seed)
    sampler.epoch = epoch
    assert len(sampler) == size
    return list(sampler)


def test_every_sample_comes_once():
    assert sorted(order(50, 3, 2)) == list(range(50))


def test_the_order_is_a_function_of_seed_and_epoch():
    sampler = EpochSampler(50, 3)
    list(sampler)
    sampler.epoch = 2
    assert list(sampler) == list(sampler) == order(50, 3, 2)
    orders = [order(50, seed, epoch) for seed in range(3) for epoch in range(3)]
    assert len({tuple(one) for one in orders}) == 9
    assert orders[0] != list(range(50))


def test_accelerate_cannot_choose_the_epoch():
    assert not hasattr(EpochSampler(5, 0), "set_epoch")
