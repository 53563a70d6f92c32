"""Types of synapses and rules of plasticity."""

from __future__ import annotations

from typing import Any

from pyNN import errors
from pyNN.standardmodels import build_translations, synapses

from polychrony.hardware.pynn import simulator


def _same_names(*names: str) -> Any:
    return build_translations(*((name, name) for name in names))


class StaticSynapse(synapses.StaticSynapse):
    """Synapse of fixed weight and delay."""

    translations = _same_names("weight", "delay")

    def _get_minimum_delay(self) -> float:
        return float(simulator.state.least_delay)


class TsodyksMarkramSynapse(synapses.TsodyksMarkramSynapse):
    """Synapse that is depressed and facilitated by its own spikes."""

    translations = _same_names("weight", "delay", "U", "tau_rec", "tau_facil")

    def _get_minimum_delay(self) -> float:
        return float(simulator.state.least_delay)


class SimpleStochasticSynapse(synapses.SimpleStochasticSynapse):
    """Synapse that transmits each spike with the probability p."""

    translations = _same_names("weight", "delay", "p")

    def _get_minimum_delay(self) -> float:
        return float(simulator.state.least_delay)


class SpikePairRule(synapses.SpikePairRule):
    """Pairs of spikes change the weight, exponentially less the further apart they are."""

    translations = _same_names("tau_plus", "tau_minus", "A_plus", "A_minus")


class AdditiveWeightDependence(synapses.AdditiveWeightDependence):
    """A pair changes the weight by A * w_max at most, whatever the weight."""

    translations = _same_names("w_min", "w_max")
    exponents = (0.0, 0.0)


class MultiplicativeWeightDependence(synapses.MultiplicativeWeightDependence):
    """A pair changes the weight in proportion to its distance from the bound."""

    translations = _same_names("w_min", "w_max")
    exponents = (1.0, 1.0)


class AdditivePotentiationMultiplicativeDepression(
    synapses.AdditivePotentiationMultiplicativeDepression
):
    """Potentiation as in the additive rule, depression as in the multiplicative one."""

    translations = _same_names("w_min", "w_max")
    exponents = (0.0, 1.0)


class GutigWeightDependence(synapses.GutigWeightDependence):
    """A pair changes the weight by powers of its distance from the bounds."""

    translations = _same_names("w_min", "w_max", "mu_plus", "mu_minus")
    exponents = None


class STDPMechanism(synapses.STDPMechanism):
    """Synapse whose weight follows the times of spikes on both sides."""

    base_translations = _same_names("weight", "delay", "dendritic_delay_fraction")

    def __init__(
        self,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
        weight: Any = 0.0,
        delay: Any = None,
    ) -> None:
        known = isinstance(timing_dependence, SpikePairRule) and hasattr(
            weight_dependence, "exponents"
        )
        if not known or voltage_dependence is not None:
            raise errors.NoModelAvailableError(
                "plasticity needs a SpikePairRule and a weight dependence of this simulator, and "
                "has no dependence on the potential"
            )
        super().__init__(
            timing_dependence,
            weight_dependence,
            voltage_dependence,
            dendritic_delay_fraction,
            weight,
            delay,
        )

    def _get_minimum_delay(self) -> float:
        return float(simulator.state.least_delay)

    def _build_translations(self) -> None:
        # A table of its own: PyNN's would add to that of the class, and so to all rules.
        self.translations = {
            **self.base_translations,
            **self.timing_dependence.translations,
            **self.weight_dependence.translations,
        }


SYNAPSES = (StaticSynapse, STDPMechanism, TsodyksMarkramSynapse, SimpleStochasticSynapse)
