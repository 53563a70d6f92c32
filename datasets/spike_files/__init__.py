"""Spikes of anybody's in files, as input of a network."""

from __future__ import annotations

from polychrony.datasets.spike_files.dataset import SpikeFile

__all__ = ["SpikeFile"]
