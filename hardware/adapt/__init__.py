"""Networks made to fit a chip: long delays through relays, wide fan-in pruned or split."""

from __future__ import annotations

from polychrony.hardware.adapt.prune import Pruning, prune_fan_in
from polychrony.hardware.adapt.relay import Relaying, relay_delays
from polychrony.hardware.adapt.split import Splitting, split_fan_in

__all__ = ["Pruning", "Relaying", "Splitting", "prune_fan_in", "relay_delays", "split_fan_in"]
