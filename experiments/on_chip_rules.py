"""Rules of learning by a word of the command line, and what hardware has to know of them."""

from __future__ import annotations

import inspect
from typing import Any

import torch

from polychrony.experiments.errors import UserError
from polychrony.hardware.learning import LayerLearning, LearningRule
from polychrony.snn import NetworkGraph
from polychrony.snn.graph import Population
from polychrony.snn.learning import (
    LOCAL_RULES,
    DirectFeedback,
    LocalReadout,
    LocalRule,
    SpatialBackprop,
)

_ON_CHIP = "tess, eprop, decolle, or s-tllr,feedback=direct"
_SHARED = ("first_step",)
_ELSEWHERE = ("projection", "after_pooling", "pool_to", "options")  # of layers that graphs lack


def parse_rule(text: str) -> LocalRule:
    """A rule from its name and options.

    Args:
        text: a name, and options after commas, as `tess,alpha_post=-1,first_step=5`; what is not
            given has the rule's own default.

    Returns:
        The rule.

    Raises:
        UserError: there is no such rule or option, a value cannot be read, or the rule sends errors
            through weights that a core cannot read.
        SnnError: a value is out of its range.
    """
    name, *words = (word.strip() for word in text.split(","))
    if name not in LOCAL_RULES:
        why = "; bptt keeps every step of a sequence, and no core does" if name == "bptt" else ""
        raise UserError(f"--learning {name!r} is no local rule{why}; use {_ON_CHIP}")
    parameters = inspect.signature(LOCAL_RULES[name]).parameters
    known = [key for key in parameters if key not in _ELSEWHERE]
    options: dict[str, Any] = {}
    for word in words:
        key, equals, value = (part.strip() for part in word.partition("="))
        if not equals or key not in (*known, *_SHARED):
            allowed = ", ".join(f"{each}=" for each in (*known, *_SHARED))
            raise UserError(f"--learning {name}: {word!r} is no option of it; use {allowed}")
        options[key] = _value(name, key, value)
    rule = LOCAL_RULES[name](**options)
    if isinstance(rule.signal, SpatialBackprop):
        raise UserError(
            f"--learning {name}: it sends errors back through the weights of other layers, which "
            f"lie in other cores; use {_ON_CHIP}"
        )
    return rule


def _value(name: str, key: str, text: str) -> Any:
    """A value as its option takes it."""
    if key in ("post_form", "feedback"):
        return text
    if key == "lambda_pre" and text == "none":
        return None
    try:
        number = float(text)
        return int(text) if key == "first_step" else number
    except ValueError:
        kind = "a whole number" if key == "first_step" else "a number"
        raise UserError(f"--learning {name}: {key} is {text!r}; it must be {kind}") from None


def describe_rule(rule: LocalRule, graph: NetworkGraph) -> LearningRule:
    """What hardware has to know of a rule in a network.

    Populations that spike learn by the rule's eligibility and signal; the readout, of kind `li`,
    by its own error and the trace of its input that its decay asks for.

    Args:
        rule: the rule.
        graph: the network.

    Raises:
        UserError: the network has no readout of its own, or its neurons differ where the rule needs
            them alike.
    """
    readouts = [p for p in graph.outputs if p.kind == "li"]
    if len(readouts) != 1:
        raise UserError(
            f"--learning needs a network with one readout without spikes; this one has "
            f"{len(readouts)}"
        )
    (readout,) = readouts
    spiking = [p for p in graph if p.kind == "lif" and graph.incoming(p.name)]
    layers = [_layer(rule, place, p, readout) for place, p in enumerate(spiking)]
    own = LayerLearning(readout.name, pre_decay=_alike(readout, "the readout"))
    return LearningRule(rule.name, (*layers, own), rule.first_step)


def _layer(rule: LocalRule, place: int, neurons: Population, readout: Population) -> LayerLearning:
    chosen, n_classes = rule.eligibility, readout.size
    decay = chosen.lambda_pre
    if decay is None:
        decay = _alike(neurons, f"lambda_pre=none takes the decay of {neurons.name}")
    local = isinstance(rule.signal, LocalReadout)
    sent = isinstance(rule.signal, LocalReadout | DirectFeedback)
    return LayerLearning(
        neurons.name,
        causal=chosen.alpha_pre != 0,
        pre_decay=decay,
        synapse_decay=_alike(readout, "the readout") if chosen.follow_readout else 0.0,
        post_trace=chosen.alpha_post != 0,
        signal_per_spike=n_classes if local else 0,
        signal_per_step=n_classes if sent else 0,
        silent=_silent(rule, place, n_classes, neurons.size) if sent else (),
    )


def _alike(neurons: Population, what: str) -> float:
    """The decay that all neurons of a population have."""
    if (neurons.decay != neurons.decay[0]).any():
        raise UserError(
            f"--learning: {what}, whose neurons differ in it; give a network with one decay in "
            "each population, or another lambda_pre"
        )
    return float(neurons.decay[0])


def _silent(rule: LocalRule, place: int, n_classes: int, size: int) -> tuple[int, ...]:
    """Neurons to which the rule's fixed matrix brings nothing."""
    matrix = rule.matrix(place, n_classes, size, torch.zeros(1, dtype=torch.float64))
    return tuple(torch.nonzero((matrix == 0).all(0)).flatten().tolist())
