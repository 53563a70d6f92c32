"""From a trained network to one that lies on a chip."""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Literal

import numpy.typing as npt

from polychrony.hardware.chip import Chip
from polychrony.hardware.errors import ChipLimitError
from polychrony.hardware.fit import FanIn, Fitted, fit
from polychrony.hardware.mapping import Mapping, Placement, map_network
from polychrony.hardware.quantize import quantize
from polychrony.hardware.quantized import QuantizedGraph
from polychrony.snn.graph import NetworkGraph


@dataclass(frozen=True, eq=False)
class Prepared:
    """A network on a chip.

    Args:
        fitted: the network, changed so that it fits.
        quantized: the same in the numbers of the chip.
        mapping: the same on its cores.
    """

    fitted: Fitted
    quantized: QuantizedGraph
    mapping: Mapping


@dataclass(frozen=True)
class Preparation:
    """How a network is put on a chip.

    Args:
        relays: build delays that the chip cannot hold from relay neurons; None does so where
            synapses have no delays of their own.
        fan_in: what to do with neurons of too many synapses, see `fit`; `"auto"` splits them, and
            prunes if the split network does not fit.
        mismatch: coefficient of variation between analog circuits, instead of the chip's.
        place: way of placing cores on tiles, or a rule that does it.
        seed: seed of the placement and of mismatch.
        quantize: lay the network out as quantization leaves it; with all of its synapses, and
            axons for their delays alone, without.
        spare_bits: bits that the potentials of a population keep free, see `quantize`.
    """

    relays: bool | None = False
    fan_in: FanIn | Literal["auto"] = "refuse"
    mismatch: float | None = None
    place: str | Placement = "annealing"
    seed: int = 0
    quantize: bool = True
    spare_bits: Table[str, int] | None = None

    def __call__(
        self, graph: NetworkGraph, chip: Chip, rates: Table[str, npt.ArrayLike] | None = None
    ) -> Prepared:
        """Fit, quantize and map a network.

        Args:
            graph: the network.
            chip: the chip.
            rates: spikes per inference of each neuron, by population, as far as they are known;
                placement counts 1 for each of the others.

        Returns:
            The network on the chip.

        Raises:
            HardwareError: the network does not fit.
        """
        if self.fan_in != "auto":
            return self._prepare(graph, chip, self.fan_in, rates)
        try:
            return self._prepare(graph, chip, "split", rates)
        except ChipLimitError:
            return self._prepare(graph, chip, "prune", rates)

    def _prepare(
        self,
        graph: NetworkGraph,
        chip: Chip,
        fan_in: FanIn,
        rates: Table[str, npt.ArrayLike] | None,
    ) -> Prepared:
        relays = chip.delay_of != "synapse" if self.relays is None else self.relays
        return self.lay_out(fit(graph, chip, relays=relays, fan_in=fan_in), chip, rates)

    def lay_out(
        self, fitted: Fitted, chip: Chip, rates: Table[str, npt.ArrayLike] | None = None
    ) -> Prepared:
        """Quantize and map a network that has been fitted.

        Args:
            fitted: the network, as it is to lie on the chip.
            chip: the chip.
            rates: spikes per inference of each neuron, by population.

        Returns:
            The network on the chip.

        Raises:
            HardwareError: the network does not fit.
        """
        quantized = quantize(
            fitted.graph,
            chip,
            spare_bits=self.spare_bits,
            mismatch=self.mismatch,
            seed=self.seed,
            relays=fitted.relays,
        )
        mapping = map_network(
            fitted.graph,
            chip,
            self.place,
            types=quantized.axon_types if self.quantize else None,
            relays=fitted.relays,
            shared=fitted.made,
            rates=rates,
            seed=self.seed,
        )
        return Prepared(fitted, quantized, mapping)
