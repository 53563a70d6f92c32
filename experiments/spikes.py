"""A user's spikes in the place of a run's test samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import h5py

from polychrony.datasets import BinnedDataset, SpikeFile
from polychrony.experiments.errors import UserError
from polychrony.hardware.decision import find_readout
from polychrony.snn import NetworkGraph, SnnError
from polychrony.snn.exchange.nir import check_entries, check_heaps


class Grid(NamedTuple):
    """Steps of a network, and how it sums channels.

    Args:
        dt: duration of a step, s.
        n_steps: steps of a sample.
        pool: neighbouring channels summed into one input.
    """

    dt: float
    n_steps: int
    pool: int


def spike_file(path: Path, graph: NetworkGraph, samples: int, pool: int = 1) -> SpikeFile:
    """A file of spikes for a network.

    Args:
        path: the file.
        graph: the network.
        samples: recordings to take, from the first; 0 for all.
        pool: neighbouring channels summed into one input.

    Raises:
        DataError: the file is not what it must be.
        SnnError: HDF5 would not come to the end of it.
    """
    check_variable(path)
    n_channels, n_classes = graph.inputs[0].size * pool, graph[find_readout(graph)].size
    return SpikeFile(path, n_channels, n_classes, samples=samples)


_BROKEN = (OSError, RuntimeError, KeyError, TypeError, ValueError)
"""What h5py raises on files that are damaged inside."""


def check_variable(path: Path) -> None:
    """Look at recordings of variable length before HDF5 makes room for them.

    What is missing, or no HDF5 file, passes: `SpikeFile` has words for it. Compressed columns pass
    too, since their entries cannot be looked at.

    Args:
        path: the file.

    Raises:
        SnnError: HDF5 would not come to the end of the file, or take memory without bounds.
    """
    if not path.is_file() or not h5py.is_hdf5(path):
        return
    heaps = check_heaps(path)
    for name in ("spikes/times", "spikes/units"):
        try:
            with h5py.File(path) as file:
                column = file[name]
                is_array = isinstance(column, h5py.Dataset)
                if is_array and h5py.check_vlen_dtype(column.dtype) is not None:
                    check_entries(path, column, heaps)
        except SnnError:
            raise
        except _BROKEN:
            continue


def open_spikes(path: Path, grid: Grid, graph: NetworkGraph, samples: int) -> BinnedDataset:
    """Counts of a spike file, in the steps of a network.

        counts[k, n] = #{spikes with k dt <= t < (k + 1) dt of channels n pool to (n + 1) pool - 1}

    Where it sums `pool` channels into one input, the file holds channels as the sensor has
    them, N * pool of them for N inputs; where it does not, they are the inputs. Spikes after the
    last step are cut, as they are in training.

    Args:
        path: the file, see `SpikeFile`.
        grid: its steps.
        graph: the network.
        samples: recordings to take, from the first; 0 for all.

    Returns:
        The counts, made and checked in full.

    Raises:
        DataError: the file, or a spike in it, is not what it must be.
        SnnError: HDF5 would not come to the end of it.
        UserError: no spike at all lies within the steps.
    """
    dt, n_steps, pool = grid
    source = spike_file(path, graph, samples, pool)
    data = BinnedDataset(source, dt=dt, n_steps=n_steps, pool=pool)
    if not data.kept_events:
        end = n_steps * dt
        raise UserError(
            f"{path} holds no spike before {end:g} s, where samples of this run end "
            f"({data.dropped_events:,} come after it); give times in seconds from the beginning "
            "of each recording"
        )
    return data


def describe_spikes(path: Path, data: BinnedDataset) -> dict[str, Any]:
    """What a spike file gave, as plain values for JSON.

    Args:
        path: the file.
        data: what `open_spikes` made of it.
    """
    return {
        "file": str(path),
        "recordings": len(data),
        "channels": data.source.sensor_size.width,
        "channels_per_input": data.pool,
        "spikes": data.kept_events,
        "spikes_cut": data.dropped_events,
        "spikes_saturated": data.saturated_events,
        "labels": labels_known(data),
    }


def labels_known(data: BinnedDataset) -> bool:
    """Whether samples have labels; those of a split do."""
    return not isinstance(data.source, SpikeFile) or data.source.has_labels
