"""A simulator for each test, or a reason to skip."""

from __future__ import annotations

import pytest


@pytest.fixture
def sim():
    """The PyNN front end."""
    pytest.importorskip("pyNN", reason="PyNN is not installed: pip install 'polychrony[pynn]'")
    import polychrony.hardware.pynn as module

    return module


@pytest.fixture
def signal():
    """Values of a recorded variable of a population, [T, N]."""

    def read(population, name="v", segment=-1):
        data = population.get_data().segments[segment]
        return data.filter(name=name)[0].magnitude

    return read


@pytest.fixture
def trains():
    """Times of the spikes of each cell of a population, ms."""

    def read(population, segment=-1):
        data = population.get_data("spikes").segments[segment]
        return [train.rescale("ms").magnitude.tolist() for train in data.spiketrains]

    return read
