"""Networks described in PyNN: simulated here, and put on a chip if one is asked for.

`import polychrony.hardware.pynn as sim` stands where scripts for PyNN 0.13 import a simulator.
"""

try:
    from pyNN import errors, random, space
    from pyNN.connectors import (
        CSAConnector,
        FixedNumberPostConnector,
        FixedNumberPreConnector,
        FixedTotalNumberConnector,
        FromFileConnector,
        FromListConnector,
        SmallWorldConnector,
    )
    from pyNN.network import Network
    from pyNN.random import GSLRNG, NumpyRNG, RandomDistribution
    from pyNN.space import Space
except ModuleNotFoundError as error:
    raise ImportError(
        f"polychrony.hardware.pynn needs {error.name}, which is not installed: "
        "pip install 'polychrony[pynn]'"
    ) from error

from polychrony.hardware.pynn.cells import (
    EIF_cond_alpha_isfa_ista,
    EIF_cond_exp_isfa_ista,
    HH_cond_exp,
    IF_cond_alpha,
    IF_cond_exp,
    IF_curr_alpha,
    IF_curr_delta,
    IF_curr_exp,
    Izhikevich,
    SpikeSourceArray,
    SpikeSourceGamma,
    SpikeSourcePoisson,
    SpikeSourcePoissonRefractory,
)
from polychrony.hardware.pynn.connectors import (
    AllToAllConnector,
    ArrayConnector,
    CloneConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    FixedProbabilityConnector,
    IndexBasedProbabilityConnector,
    OneToOneConnector,
)
from polychrony.hardware.pynn.control import (
    end,
    get_current_time,
    get_max_delay,
    get_min_delay,
    get_time_step,
    initialize,
    list_standard_models,
    num_processes,
    rank,
    report,
    reset,
    run,
    run_for,
    run_until,
    setup,
)
from polychrony.hardware.pynn.electrodes import (
    ACSource,
    DCSource,
    NoisyCurrentSource,
    StepCurrentSource,
)
from polychrony.hardware.pynn.populations import Assembly, Population, PopulationView
from polychrony.hardware.pynn.procedural import connect, create, record, record_gsyn, record_v
from polychrony.hardware.pynn.projections import Projection
from polychrony.hardware.pynn.synapses import (
    AdditivePotentiationMultiplicativeDepression,
    AdditiveWeightDependence,
    GutigWeightDependence,
    MultiplicativeWeightDependence,
    SimpleStochasticSynapse,
    SpikePairRule,
    StaticSynapse,
    STDPMechanism,
    TsodyksMarkramSynapse,
)

__all__ = [
    "GSLRNG",
    "ACSource",
    "AdditivePotentiationMultiplicativeDepression",
    "AdditiveWeightDependence",
    "AllToAllConnector",
    "ArrayConnector",
    "Assembly",
    "CSAConnector",
    "CloneConnector",
    "DCSource",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "EIF_cond_alpha_isfa_ista",
    "EIF_cond_exp_isfa_ista",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "GutigWeightDependence",
    "HH_cond_exp",
    "IF_cond_alpha",
    "IF_cond_exp",
    "IF_curr_alpha",
    "IF_curr_delta",
    "IF_curr_exp",
    "IndexBasedProbabilityConnector",
    "Izhikevich",
    "MultiplicativeWeightDependence",
    "Network",
    "NoisyCurrentSource",
    "NumpyRNG",
    "OneToOneConnector",
    "Population",
    "PopulationView",
    "Projection",
    "RandomDistribution",
    "STDPMechanism",
    "SimpleStochasticSynapse",
    "SmallWorldConnector",
    "Space",
    "SpikePairRule",
    "SpikeSourceArray",
    "SpikeSourceGamma",
    "SpikeSourcePoisson",
    "SpikeSourcePoissonRefractory",
    "StaticSynapse",
    "StepCurrentSource",
    "TsodyksMarkramSynapse",
    "connect",
    "create",
    "end",
    "errors",
    "get_current_time",
    "get_max_delay",
    "get_min_delay",
    "get_time_step",
    "initialize",
    "list_standard_models",
    "num_processes",
    "random",
    "rank",
    "record",
    "record_gsyn",
    "record_v",
    "report",
    "reset",
    "run",
    "run_for",
    "run_until",
    "setup",
    "space",
]
