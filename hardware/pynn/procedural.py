"""PyNN's older interface of plain functions."""

from __future__ import annotations

from typing import Any

from pyNN import common

from polychrony.hardware.pynn import simulator
from polychrony.hardware.pynn.connectors import FixedProbabilityConnector
from polychrony.hardware.pynn.populations import Population
from polychrony.hardware.pynn.projections import Projection
from polychrony.hardware.pynn.synapses import StaticSynapse

create = common.build_create(Population)
connect = common.build_connect(Projection, FixedProbabilityConnector, StaticSynapse)
record = common.build_record(simulator)


def record_v(source: Any, filename: str) -> None:
    """Record potentials to a file."""
    record(["v"], source, filename)


def record_gsyn(source: Any, filename: str) -> None:
    """Record synaptic conductances to a file."""
    record(["gsyn_exc", "gsyn_inh"], source, filename)
