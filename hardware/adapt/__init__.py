"""Networks made to fit a chip: long delays through relays, synapses pruned, neurons split."""

from __future__ import annotations

from polychrony.hardware.adapt.criteria import prune_share
from polychrony.hardware.adapt.lattice import prune_lattice
from polychrony.hardware.adapt.magnitude import prune_magnitude
from polychrony.hardware.adapt.prune import Pruning, prune_fan_in
from polychrony.hardware.adapt.relay import Relaying, relay_delays
from polychrony.hardware.adapt.split import Splitting, split_fan_in
from polychrony.hardware.adapt.thinning import Thinning

__all__ = [
    "Pruning",
    "Relaying",
    "Splitting",
    "Thinning",
    "prune_fan_in",
    "prune_lattice",
    "prune_magnitude",
    "prune_share",
    "relay_delays",
    "split_fan_in",
]
