"""Networks made to fit a chip: long delays through relays, synapses pruned, neurons split."""

from __future__ import annotations

from polychrony.hardware.adapt.magnitude import Thinning, prune_magnitude
from polychrony.hardware.adapt.prune import Pruning, prune_fan_in
from polychrony.hardware.adapt.relay import Relaying, relay_delays
from polychrony.hardware.adapt.split import Splitting, split_fan_in

__all__ = [
    "Pruning",
    "Relaying",
    "Splitting",
    "Thinning",
    "prune_fan_in",
    "prune_magnitude",
    "relay_delays",
    "split_fan_in",
]
