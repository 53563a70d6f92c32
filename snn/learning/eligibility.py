"""What a synapse keeps of its past: the eligibility of local rules, and its choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from polychrony.snn import kernels
from polychrony.snn.errors import SnnError
from polychrony.snn.fixed_point import FixedPointLIF
from polychrony.snn.kernels import traces
from polychrony.snn.lif import LIF
from polychrony.snn.multi_bit import MultiBitLIF


@dataclass(frozen=True)
class Eligibility:
    """Eligibility of a synapse from j to i, made of one trace for each neuron.

        e_ij[t] = alpha_pre * Psi(u_i[t]) * q_j[t] + alpha_post * h_i[t] * x_j[t]
        q_j[t] = lambda_pre * q_j[t-1] + x_j[t]
        h_i[t] = lambda_post * h_i[t-1] + Psi(u_i[t-1])

    Psi is the surrogate derivative of the neurons. q includes the present step, h does not. The
    update is the sum over t of m_i[t] * e_ij[t], with a learning signal m.

    Args:
        alpha_pre: share of the causal part, input before the neuron.
        alpha_post: share of the non-causal part, input after the neuron; published are -1, 0 and 1.
        lambda_pre: factor of q per step, in [0, 1]; None takes the decay of the neurons.
        lambda_post: factor of h per step, in [0, 1].
        post_form: `"recursive"`, as above and in the code of both papers; `"sum"`, as in their
            text, h_i[t] = sum over t' < t of lambda_post^(t - t') Psi(u_i[t']), which is
            lambda_post times the other.
        follow_readout: filter the eligibility once more with the readout's decay kappa,
            e'[t] = kappa e'[t-1] + e[t], where that is above 0. It then keeps a number for each
            sample and synapse.

    Raises:
        SnnError: an argument is out of its range.

    Reference:
        Apolinario and Roy, S-TLLR (arXiv 2306.15220), TESS (arXiv 2502.01837); Bellec et al.,
        Nature Communications 2020 (e-prop; `follow_readout` is its filtered eligibility).
    """

    alpha_pre: float = 1.0
    alpha_post: float = 0.0
    lambda_pre: float | None = None
    lambda_post: float = 0.2
    post_form: Literal["recursive", "sum"] = "recursive"
    follow_readout: bool = False

    def __post_init__(self) -> None:
        for name in ("lambda_pre", "lambda_post"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise SnnError(f"Eligibility: {name} is {value}; it must lie in [0, 1]")
        if self.post_form not in ("recursive", "sum"):
            raise SnnError(
                f"Eligibility: post_form is {self.post_form!r}; use 'recursive' or 'sum'"
            )
        if self.follow_readout and self.alpha_post:
            raise SnnError("Eligibility: follow_readout goes with alpha_post=0 only")

    @property
    def post_share(self) -> float:
        """Factor of the recursive h."""
        return self.alpha_post * (self.lambda_post if self.post_form == "sum" else 1.0)

    def pre_decay(self, neurons: LIF | MultiBitLIF | FixedPointLIF) -> float:
        """Factor of q per step, for the synapses of these neurons.

        Raises:
            SnnError: it is to be the decay of neurons that differ in it.
        """
        if self.lambda_pre is not None:
            return self.lambda_pre
        decay = neurons.decay
        if bool((decay != decay.flatten()[0]).any()):
            raise SnnError(
                "lambda_pre=None takes the decay of the neurons, which must then be the same for "
                "all of a block; give lambda_pre a number"
            )
        return float(decay.flatten()[0])


def pre_trace(heard: Tensor, n_past: int, before: Tensor, decay: float) -> tuple[Tensor, Tensor]:
    """Traces q of what synapses hear.

    Args:
        heard: frames after their past, [D + K, B, ...].
        n_past: frames of the past, D.
        before: traces of the last D + 1 steps before, [D + 1, B, ...].
        decay: factor per step.

    Returns:
        Traces with their past [D + K, B, ...], and those of the last D + 1 steps.
    """
    if decay == 0:
        trace = heard[n_past:]
        last = trace[-1]
    else:
        trace, last = kernels.li(heard[n_past:], before[-1], heard.new_tensor(decay))
    if n_past == 0:
        return trace, last.unsqueeze(0).clone()
    frames = torch.cat([before, trace])
    return frames[1:], frames[len(frames) - n_past - 1 :].clone()


def last_traces(heard: Tensor, n_past: int, before: Tensor, decay: float, backend: str) -> Tensor:
    """The second that `pre_trace` returns, without the first where nothing else needs it."""
    if n_past:
        return pre_trace(heard, n_past, before, decay)[1]
    return traces.fade(heard, before[-1], decay, backend).unsqueeze(0)


def constant_trace(before: float, n_steps: int, decay: float) -> list[float]:
    """Traces q of a constant input of 1, as biases have it, one for each step."""
    values = []
    for _ in range(n_steps):
        before = decay * before + 1
        values.append(before)
    return values
