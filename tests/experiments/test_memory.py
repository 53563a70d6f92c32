"""Peaks of memory are those of the action alone."""

from __future__ import annotations

import pytest
import torch

from polychrony.experiments.memory import allocated_peak

NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
DEVICES = ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_CUDA])]
LARGE = 2**20  # bytes


def make(size: int, device: str) -> torch.Tensor:
    return torch.empty(size, dtype=torch.uint8, device=device)


@pytest.mark.parametrize("device", DEVICES)
def test_the_most_at_once_counts(device):
    def act() -> None:
        first, second = make(LARGE, device), make(2 * LARGE, device)
        del first, second
        make(LARGE, device)

    assert allocated_peak(act, device) == 3 * LARGE


@pytest.mark.parametrize("device", DEVICES)
def test_what_was_there_before_does_not_count(device):
    kept = [make(8 * LARGE, device)]
    assert allocated_peak(lambda: kept[0].zero_(), device) == 0

    def replace() -> None:
        kept.append(make(LARGE, device))

    assert allocated_peak(replace, device) == LARGE


def test_nothing_is_printed(capfd):
    allocated_peak(lambda: make(LARGE, "cpu"))
    assert capfd.readouterr() == ("", "")


def test_memory_of_another_device_is_not_known():
    assert allocated_peak(lambda: None, "meta") is None
