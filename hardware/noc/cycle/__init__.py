"""The network on chip, flit by flit and cycle by cycle."""

from __future__ import annotations

from polychrony.hardware.noc.cycle.fabric import Fabric, mesh_fabric, tree_fabric
from polychrony.hardware.noc.cycle.messages import Deliveries, Messages, Trail
from polychrony.hardware.noc.cycle.simulate import simulate, simulate_episodes

__all__ = [
    "Deliveries",
    "Fabric",
    "Messages",
    "Trail",
    "mesh_fabric",
    "simulate",
    "simulate_episodes",
    "tree_fabric",
]
