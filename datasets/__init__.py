"""Event data: readers, binning, splits and caches."""

from __future__ import annotations

from polychrony.datasets.binned import BinnedDataset
from polychrony.datasets.binning import Binned, bin_events, bin_with_losses, steps_of
from polychrony.datasets.coincidence import Coincidence
from polychrony.datasets.collate import collate
from polychrony.datasets.counted import CountedDataset
from polychrony.datasets.dataset import EventDataset
from polychrony.datasets.digits import Digits, StillDigits
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize, channels, check_events
from polychrony.datasets.formats import from_structured, read_events
from polychrony.datasets.framed import FrameDataset
from polychrony.datasets.heidelberg import SHD, SSC
from polychrony.datasets.nmnist import NMNIST
from polychrony.datasets.selection import Selection, hold_out
from polychrony.datasets.spike_files import SpikeFile
from polychrony.datasets.splits import hold_out_speakers, stratified_split

__all__ = [
    "NMNIST",
    "SHD",
    "SSC",
    "Binned",
    "BinnedDataset",
    "Coincidence",
    "CountedDataset",
    "DataError",
    "Digits",
    "EventDataset",
    "Events",
    "FrameDataset",
    "Selection",
    "SensorSize",
    "SpikeFile",
    "StillDigits",
    "bin_events",
    "bin_with_losses",
    "channels",
    "check_events",
    "collate",
    "from_structured",
    "hold_out",
    "hold_out_speakers",
    "read_events",
    "steps_of",
    "stratified_split",
]
