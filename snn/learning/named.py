"""The published rules, each an eligibility and a signal with its own settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from polychrony.snn.errors import SnnError
from polychrony.snn.learning.eligibility import Eligibility
from polychrony.snn.learning.local import LocalRule
from polychrony.snn.learning.projections import Projection, RandomUniform, SquareWave
from polychrony.snn.learning.signals import (
    DirectFeedback,
    LocalReadout,
    Signal,
    SpatialBackprop,
)

PostForm = Literal["recursive", "sum"]


def tess(
    alpha_pre: float = 1.0,
    alpha_post: float = 1.0,
    lambda_pre: float | None = 0.5,
    lambda_post: float = 0.2,
    *,
    post_form: PostForm = "recursive",
    projection: Projection | None = None,
    after_pooling: bool = True,
    pool_to: int | tuple[int | None, ...] | None = None,
    **options: Any,
) -> LocalRule:
    """TESS: both traces, and a readout of square waves in every layer; local in time and space.

    Args:
        alpha_pre: share of the causal part, 1 in text and code.
        alpha_post: -1, 0 or 1. Text: best of the three per data set (1 for CIFAR); code: 1 for
            CIFAR, 0 for event data.
        lambda_pre: factor of q; 0.5 in text and code.
        lambda_post: factor of h; 0.2 in text and code.
        post_form: the code has the recursion, the text prints the sum as well; see `Eligibility`.
        projection: `SquareWave()` by default.
        after_pooling: the text reads spikes, the code what was pooled; see `LocalReadout`.
        pool_to: the code averages maps to a small side, the text does not say so.
        options: those of `LocalRule`: first_step, error, chunk, online, backend.

    Reference:
        Apolinario and Roy, arXiv 2502.01837. Its algorithm 1 prints W + eta dW, which with
        m = softmax - target would climb; here, as in the code, the optimiser subtracts.
    """
    eligibility = Eligibility(alpha_pre, alpha_post, lambda_pre, lambda_post, post_form)
    signal = LocalReadout(projection or SquareWave(), after_pooling, pool_to)
    return LocalRule("TESS", eligibility, signal, **options)


def stllr(
    alpha_pre: float = 1.0,
    alpha_post: float = -1.0,
    lambda_pre: float | None = 0.75,
    lambda_post: float = 0.2,
    *,
    post_form: PostForm = "recursive",
    feedback: Literal["spatial", "direct"] = "spatial",
    projection: Projection | None = None,
    **options: Any,
) -> LocalRule:
    """S-TLLR: both traces, and the readout's error by backpropagation in space or fixed feedback.

    Args:
        alpha_pre: share of the causal part, 1 throughout.
        alpha_post: -1 for vision, 1 for SHD in the paper.
        lambda_pre: 0.75 (DVS Gesture), 0.5 (CIFAR10-DVS), 1 (SHD) in the paper.
        lambda_post: 0.2 (vision), 0.5 (SHD) in the paper.
        post_form: see `Eligibility`.
        feedback: `"spatial"` or `"direct"`.
        projection: of direct feedback, `RandomUniform()` by default.
        options: those of `LocalRule`. The paper's first_step is 15 of 20 for DVS Gesture, 0 or 5
            of 10 for CIFAR10-DVS, 10 of 100 for SHD.

    Reference:
        Apolinario and Roy, arXiv 2306.15220.
    """
    eligibility = Eligibility(alpha_pre, alpha_post, lambda_pre, lambda_post, post_form)
    return LocalRule("S-TLLR", eligibility, _feedback(feedback, projection), **options)


def ottt(**options: Any) -> LocalRule:
    """OTTT: the presynaptic trace decays as the neurons do; backpropagation in space.

    Args:
        options: those of `LocalRule`; `online=True` steps at every step, as its variant OTTT_O.

    Reference:
        Xiao et al., "Online training through time", NeurIPS 2022. Its loss is the mean over time,
        here the sum.
    """
    return LocalRule("OTTT", Eligibility(), SpatialBackprop(), **options)


def eprop(
    *,
    feedback: Literal["spatial", "direct"] = "direct",
    projection: Projection | None = None,
    **options: Any,
) -> LocalRule:
    """E-prop for LIF neurons, recurrent and with a leaky readout where the network is so.

        e_ij[t] = Psi_i[t] * sum over t' <= t of decay^(t - t') x_j[t']

    filtered with the decay kappa of the readout; with kappa = 0 no more than a trace per neuron is
    kept, else one number per synapse and sample.

    Args:
        feedback: `"direct"` is random e-prop; `"spatial"`, with one block, symmetric e-prop.
        projection: of direct feedback, `RandomUniform()` by default.
        options: those of `LocalRule`.

    Reference:
        Bellec et al., Nature Communications 2020, eqs. 4, 22 to 25. The reset carries no gradient.
    """
    eligibility = Eligibility(follow_readout=True)
    return LocalRule("e-prop", eligibility, _feedback(feedback, projection), **options)


def decolle(
    *,
    projection: Projection | None = None,
    after_pooling: bool = True,
    pool_to: int | tuple[int | None, ...] | None = None,
    **options: Any,
) -> LocalRule:
    """DECOLLE's manner: a fixed random readout in every layer, the trace decays as the neurons do.

    Args:
        projection: `RandomUniform()` by default.
        after_pooling: read what was pooled, as its code does, or the spikes.
        pool_to: see `LocalReadout`.
        options: those of `LocalRule`; its published loss is a smooth L1 distance, to which
            `error="identity"` comes nearest.

    Reference:
        Kaiser et al., Frontiers in Neuroscience 2020. Its neurons have a synaptic trace and a
        refractory one besides; here they are the network's LIF neurons.
    """
    signal = LocalReadout(projection or RandomUniform(), after_pooling, pool_to)
    return LocalRule("DECOLLE", Eligibility(), signal, **options)


def _feedback(kind: str, projection: Projection | None) -> Signal:
    if kind == "direct":
        return DirectFeedback(projection or RandomUniform())
    if kind != "spatial":
        raise SnnError(f"feedback is {kind!r}; use 'spatial' or 'direct'")
    if projection is not None:
        raise SnnError("a projection goes with feedback='direct' only")
    return SpatialBackprop()


LOCAL_RULES: Mapping[str, Callable[..., LocalRule]] = {
    "tess": tess,
    "s-tllr": stllr,
    "ottt": ottt,
    "eprop": eprop,
    "decolle": decolle,
}
"""Each rule by the name that people type."""
